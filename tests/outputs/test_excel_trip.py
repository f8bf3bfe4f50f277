"""Emulates what Excel does to a CSV that geoplan wrote: the same plan comes back, or an error that names the cause."""

from __future__ import annotations

import codecs
import csv
import io
import re
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import InputError, Problem
from geoplan.outputs.exports.plan_folder import write_plan_folder
from geoplan.outputs.starter_folder import write_first_plan
from geoplan.plan.name_decisions import read_decisions
from geoplan.plan.plan_tables import Plan, read_plan
from geoplan.planning import describe_needs
from geoplan.planning.given_splits import read_given_split
from geoplan.planning.siting.travel_costs import read_costs
from geoplan.sources.rate_tables import read_rate_table
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.roads import read_speeds

from ..cli.test_cli import run
from ..conftest import DISTRICTS, LOCATIONS, PROFILE, PROJECTS, SPENDING, WritePlan

FRENCH: dict[str, Any] = {"separator": ";", "decimal": ",", "date": "{day:02}/{month:02}/{year}"}
TRIPS: dict[str, dict[str, Any]] = {
    "English": {"separator": ",", "decimal": ".", "date": "{month}/{day}/{year}"},
    "French, imported": {**FRENCH, "opens": ","},
    "French, double-clicked": FRENCH,
}
TABLES = ("districts.csv", "profile.csv", "projects.csv", "locations.csv", "spending.csv")


def excel(
    data: bytes, separator: str, decimal: str, date: str, opens: str = "", encoding: str = "utf-8-sig"
) -> bytes:
    """Open a CSV in Excel and save it: cells are saved as they are shown."""
    text = data.decode("utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "cp1252", "replace")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=opens or separator)
    shown = [[_shown(cell, decimal, date) for cell in row] for row in rows]
    saved = io.StringIO(newline="")
    csv.writer(saved, delimiter=separator, lineterminator="\r\n").writerows(shown)
    return saved.getvalue().encode(encoding, "replace")


def _shown(cell: str, decimal: str, date: str) -> str:
    """Show a cell as Excel does by default: no leading zeros, at most 11 characters, dates of the system."""
    if re.fullmatch(r"-?\d+(\.\d+)?", cell):
        number = float(cell)
        return (f"{number:.10G}" if abs(number) < 1e11 else f"{number:.5E}").replace(".", decimal)
    if day := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", cell):
        return date.format(year=day[1], month=int(day[2]), day=int(day[3]))
    return cell


def money(plan: Plan) -> list[tuple[Any, ...]]:
    """The ledger without its rules: a restored zero is part of one."""
    entries = build_ledger(plan).entries
    columns = ["project", "funder", "year", "kind", "place", "district", "currency", "amount_minor"]
    return list(entries[columns].astype(str).itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan]:
    folder = tmp_path_factory.mktemp("first") / "plan"
    write_first_plan(folder)
    return folder, read_plan(folder)


@pytest.mark.parametrize("trip", TRIPS)
def test_the_tables_of_init_come_back_from_excel_as_the_same_plan(
    trip: str, home: tuple[Path, Plan], tmp_path: Path
) -> None:
    folder = tmp_path / "plan"
    shutil.copytree(home[0], folder)
    for path in folder.glob("*.csv"):
        path.write_bytes(excel(path.read_bytes(), **TRIPS[trip]))
    again = read_plan(folder)
    assert money(again) == money(home[1])
    for name in ("name", "aliases"):
        assert again.districts[name].tolist() == home[1].districts[name].tolist()
    assert again.projects[["start", "end"]].equals(home[1].projects[["start", "end"]])


def lao_folder(write_plan: WritePlan, tmp_path: Path, amount: str = "1234.50") -> Path:
    """A plan folder that geoplan writes: codes with leading zeros, Lao and French names, places outside ASCII."""
    codes = {"\nA,Alpha": "\n01,ບໍລິຄັນ", "\nB,Beta": "\n02,Thénong", "\nC,Gamma": "\n03,ທ່າພະບາດ"}
    districts, profile = DISTRICTS, "district,year,population\n01,2010,1000\n02,2010,2000\n"
    for old, new in codes.items():
        districts = districts.replace(old, new)
    locations = LOCATIONS + "R,1,ບໍລິຄັນ,3,\n"
    spending = SPENDING.replace("50.00", amount).replace("roads", "ກໍ່ສ້າງທາງ")
    tables = {"districts": districts, "profile": profile, "locations": locations, "spending": spending}
    plan = read_plan(write_plan(**tables, projects=PROJECTS.replace("Road", "Pont à Thénong")))
    write_plan_folder(plan, tmp_path / "written")
    return tmp_path / "written"


@pytest.mark.parametrize("trip", TRIPS)
def test_a_written_plan_folder_comes_back_from_excel(
    trip: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    folder = lao_folder(write_plan, tmp_path)
    before = money(read_plan(folder))
    for path in folder.glob("*.csv"):
        path.write_bytes(excel(path.read_bytes(), **TRIPS[trip]))
    if trip == "French, imported":
        # The folder says that a point is the decimal mark: another one is refused, with the line to write.
        with pytest.raises(InputError, match='write decimal = ","'):
            read_plan(folder)
        toml = folder / "geoplan.toml"
        toml.write_text(toml.read_text(encoding="utf-8").replace('"."', '","'), encoding="utf-8")
    assert [row[:-3] + row[-2:] for row in money(read_plan(folder))] == [
        row[:-3] + row[-2:] for row in before
    ]


@pytest.mark.parametrize("trip", TRIPS)
def test_rates_come_back_from_excel(trip: str, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    rates = "currency,date,rate,source\nUSD,2012-06-30,0.7785,bank\nUSD,2012-12-31,0.75,bank\nLAK,2011,0.0000897,bank\n"
    path.write_text(rates, encoding="utf-8-sig")
    before = read_rate_table(FileSpec(path), "date", "rate")
    path.write_bytes(excel(path.read_bytes(), **TRIPS[trip]))
    after = read_rate_table(FileSpec(path), "date", "rate")
    assert after["date"].tolist() == before["date"].tolist() == ["2011", "2012-06-30", "2012-12-31"]
    assert [*map(float, after["rate"])] == [0.0000897, 0.7785, 0.75]


SINGLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "split": ("district,amount\nAlpha,1234.50\nB,98765.25\n", ("allocate", "--from")),
    "ceilings": ("year,ceiling\n2017,33.50\n2018,20000000\n", ("phase", "--ceilings")),
}


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("trip", TRIPS)
def test_a_single_table_comes_back_from_excel(
    name: str, trip: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    text, (command, option) = SINGLE[name]
    folder = write_plan(profile=PROFILE.replace("C,2010,,,", "C,2010,500,100,0.20"))
    path = tmp_path / "t.csv"
    outputs = []
    for data in (text.encode("utf-8-sig"), excel(text.encode("utf-8-sig"), **TRIPS[trip])):
        path.write_bytes(data)
        said = run(command, folder, option, path, "--format", "json")
        assert said.exit_code == 0, said.output
        outputs.append(said.stdout)
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize("trip", TRIPS)
def test_speeds_and_costs_come_back_from_excel(trip: str, tmp_path: Path) -> None:
    speeds = "class,kmh,source,year\nmain,60.5,relevé,2015\nwalking,4.5,toy,2015\n"
    costs = "demand,candidate,cost\nv1,k1,12.5\nv2,k1,1234.25\nv2,k2,\n"
    (tmp_path / "s.csv").write_bytes(excel(speeds.encode("utf-8-sig"), **TRIPS[trip]))
    (tmp_path / "c.csv").write_bytes(excel(costs.encode("utf-8-sig"), **TRIPS[trip]))
    assert read_speeds(tmp_path / "s.csv")[0].to_dict() == {"main": 60.5, "walking": 4.5}
    assert read_costs(tmp_path / "c.csv")["k1"].to_dict() == {"v1": 12.5, "v2": 1234.25}


@pytest.mark.parametrize("trip", TRIPS)
def test_a_proposal_comes_back_from_excel_as_its_own_split(
    trip: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    folder = write_plan(profile=PROFILE.replace("C,2010,,,", "C,2010,500,100,0.20"))
    path = tmp_path / "split.csv"
    run("allocate", folder, "--budget", "1000.01", "--rule", "poor", "-o", path)
    with path.open(encoding="utf-8-sig") as stream:
        split = {row["district"]: row["proposed"] for row in csv.DictReader(stream)}
    path.write_bytes(excel(path.read_bytes(), **TRIPS[trip]))
    run("allocate", folder, "--from", path, "-o", tmp_path / "again.csv")
    with (tmp_path / "again.csv").open(encoding="utf-8-sig") as stream:
        assert {row["district"]: row["proposed"] for row in csv.DictReader(stream)} == split
    text = path.read_text(encoding="utf-8-sig").replace("EUR", "LAK")
    path.write_text(text, encoding="utf-8-sig")
    with pytest.raises(InputError, match="amounts of another currency: 'LAK'"):
        read_given_split(
            path, describe_needs(build_ledger(read_plan(folder)), currency="EUR"), currency="EUR"
        )


def test_rates_that_read_in_two_ways_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("currency;date;rate\nUSD;03/04/2012;1,234\nLAK;juin-12;0,5\n", encoding="utf-8-sig")
    with pytest.raises(InputError) as error:
        read_rate_table(FileSpec(path), "date", "rate")
    # The month with its name and the rate of 0,5 are clear, and with that so is 1,234.
    (problem,) = error.value.problems
    assert isinstance(problem, Problem) and (problem.column, problem.values) == ("date", ("03/04/2012",))


def test_decisions_keep_their_districts_without_leading_zeros(write_plan: WritePlan, tmp_path: Path) -> None:
    lao_folder(write_plan, tmp_path, "12.00")
    path = tmp_path / "review.csv"
    path.write_text("name,province,district\nOmega,,02\nPsi,,01 30 | 03 70\n", encoding="utf-8-sig")
    path.write_bytes(excel(path.read_bytes(), **TRIPS["English"]))
    districts = read_plan(tmp_path / "written").districts
    assert read_decisions(path, districts) == {("Omega", ""): "02", ("Psi", ""): "01 30 | 03 70"}


@pytest.mark.parametrize("name", ["districts.csv", "locations.csv", "spending.csv"])
def test_letters_that_excel_saves_as_question_marks_are_an_error(
    name: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    path = lao_folder(write_plan, tmp_path) / name
    path.write_bytes(excel(path.read_bytes(), **TRIPS["English"], encoding="cp1252"))
    with pytest.raises(InputError, match=f"{name}: letters are lost"):
        read_plan(path.parent)


def test_digits_that_excel_rounds_away_are_an_error(write_plan: WritePlan, tmp_path: Path) -> None:
    path = lao_folder(write_plan, tmp_path, amount="123456789012.34") / "spending.csv"
    path.write_bytes(excel(path.read_bytes(), **TRIPS["French, imported"]))
    with pytest.raises(InputError, match=r"1,23457E\+11"):
        read_plan(path.parent)


def test_every_csv_for_people_starts_with_a_byte_order_mark(write_plan: WritePlan, tmp_path: Path) -> None:
    """Printed CSV has none: another program reads it."""
    folder = write_plan(locations=LOCATIONS + "R,1,Omega,3,\n")
    out = tmp_path / "out"
    run(
        "check",
        folder,
        "--review",
        out / "review.csv",
        "--left-out",
        out / "left.csv",
        "-o",
        out / "check.csv",
    )
    run("summary", folder, "-o", out / "summary.csv")
    run("districts", folder, "-o", out / "districts.csv")
    run("ledger", folder, "-o", out / "ledger.csv")
    run("equity", folder, "-o", out / "equity.csv")
    run("export", folder, "-o", out / "amounts.csv", "--table", "spending")
    run("init", out / "bare", "--empty")
    plan = read_plan(folder)
    write_plan_folder(plan, out / "written")
    written = sorted(out.rglob("*.csv"))
    assert len(written) > 15
    for path in written:
        data = path.read_bytes()
        assert data.startswith(codecs.BOM_UTF8) and data.count(codecs.BOM_UTF8) == 1, path.name
    assert run("ledger", folder).stdout == (out / "ledger.csv").read_text(encoding="utf-8-sig")


def test_the_tables_of_init_as_workbooks_are_the_same_plan(home: tuple[Path, Plan], tmp_path: Path) -> None:
    run("init", tmp_path / "plan", "--xlsx")
    assert not list((tmp_path / "plan").rglob("*.csv"))
    again = read_plan(tmp_path / "plan")
    assert money(again) == money(home[1])
    assert again.districts["name"].tolist() == home[1].districts["name"].tolist()
    sheet = openpyxl.load_workbook(tmp_path / "plan" / "spending.xlsx").active
    assert sheet is not None
    head = [cell.value for cell in sheet[1]]
    assert isinstance(sheet[2][head.index("amount")].value, int | float)
    run("init", tmp_path / "bare", "--xlsx", "--empty")
    assert {path.suffix for path in (tmp_path / "bare").iterdir()} == {".toml", ".json", ".xlsx"}
    run("init", tmp_path / "no", "--xlsx", "--from", "a.xlsx", "--districts", "b.gpkg", code=2)
