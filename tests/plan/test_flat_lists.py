"""Flat lists: rows that give project, place and amount, from one file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.ledger.entries import build_ledger, list_entries
from geoplan.ledger.warnings import find_warnings
from geoplan.model.errors import InputError
from geoplan.plan.plan_tables import make_plan, read_plan

from ..conftest import DISTRICTS

TOML = """[districts]
file = "districts.csv"
[spending]
file = "list.csv"
"""
CONSTANT = '[spending.constant]\nkind = "budget"\ncurrency = "EUR"\n'
LIST = """project,title,district,province,year,kind,currency,amount
P,Wells,A,North,2019,budget,EUR,70.00
P,Wells,B,North,2019,budget,EUR,5.00
P,Wells,A,North,2020,budget,EUR,4.00
P,Wells,,South,2020,budget,EUR,0.90
Q,Clinic,Gamma,,2020,budget,EUR,0.03
"""


def landed(folder: Path) -> dict[str, list[str]]:
    """Return the amounts by project and place."""
    rows = list_entries(build_ledger(read_plan(folder)))
    found: dict[str, list[str]] = {}
    for row in rows.itertuples():
        found.setdefault(f"{row.project} {row.district or row.place}", []).append(str(row.amount))
    return found


def write(folder: Path, toml: str = TOML, rows: str = LIST) -> Path:
    for name, text in {"districts.csv": DISTRICTS, "geoplan.toml": toml, "list.csv": rows}.items():
        (folder / name).write_text(text)
    return folder


EXPECTED = {"P A": ["70.00", "4.00"], "P B": ["5.00"], "P province-wide": ["0.90"], "Q C": ["0.03"]}


def test_each_amount_goes_where_its_row_says(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path))
    assert landed(tmp_path) == EXPECTED
    # A and A again are one place.
    assert list(zip(plan.locations["project"], plan.locations["location"], strict=True)) == [
        ("P", "1"), ("P", "2"), ("P", "4"), ("Q", "1"),
    ]  # fmt: skip
    assert [note for note in plan.detected if "own row" in note] == [
        "list.csv: each amount is at the place in its own row"
    ]


@pytest.mark.parametrize(
    "places",
    ['[locations]\nfile = "list.csv"\n', '[locations]\nfile = "list.csv"\ncolumns = { name = "title" }\n'],
)
def test_a_list_named_as_locations_too_is_not_spread(tmp_path: Path, places: str) -> None:
    assert landed(write(tmp_path, TOML + places)) == EXPECTED


def test_places_are_found_by_the_columns_of_spending(tmp_path: Path) -> None:
    rows = LIST.replace("project,title,district,province", "project,title,Woreda,Zone")
    toml = TOML + 'columns = { district = "Woreda", province = "Zone" }\n'
    assert landed(write(tmp_path, toml, rows)) == EXPECTED


def test_points_and_years_in_columns(tmp_path: Path) -> None:
    rows = "project,lon,lat,2019,2020\nP,0.5,0.5,8.00,1.00\nP,1.5,0.5,,2.00\n"
    toml = TOML + 'years = "{year}"\nconstant = { kind = "budget", currency = "EUR" }\n'
    assert landed(write(tmp_path, toml, rows)) == {"P A": ["8.00", "1.00"], "P B": ["2.00"]}


def test_identifiers_of_locations_in_the_file_count(tmp_path: Path) -> None:
    rows = "project,location,district,year,kind,currency,amount\nP,x,A,2019,budget,EUR,3\nP,y,B,2019,budget,EUR,4\n"
    assert landed(write(tmp_path, rows=rows)) == {"P A": ["3.00"], "P B": ["4.00"]}


def test_a_list_without_a_place_is_refused_with_the_way_out(tmp_path: Path) -> None:
    rows = "project,woreda,year,kind,currency,amount\nP,A,2019,budget,EUR,3\n"
    with pytest.raises(InputError, match="no column says where the money is") as error:
        read_plan(write(tmp_path, rows=rows))
    assert "[spending.columns]" in str(error.value)


def test_projects_from_the_list_are_merged_where_they_agree(tmp_path: Path) -> None:
    folder = write(tmp_path, TOML + '[projects]\nfile = "list.csv"\n')
    plan = read_plan(folder)
    assert plan.projects[["project", "title"]].to_numpy().tolist() == [["P", "Wells"], ["Q", "Clinic"]]
    with pytest.raises(InputError, match="3"):
        read_plan(
            write(folder, TOML + '[projects]\nfile = "list.csv"\n', LIST.replace("P,Wells,B", "P,Pumps,B"))
        )


def test_warnings_about_places_name_the_list(tmp_path: Path) -> None:
    rows = LIST.replace("Q,Clinic,Gamma", "Q,Clinic,Omega")
    plan = read_plan(write(tmp_path, rows=rows))
    found = [problem for problem in find_warnings(plan, build_ledger(plan)) if "Omega" in problem.values]
    assert [(problem.source, problem.rows) for problem in found] == [("list.csv", (6,))]


def test_single_files_without_locations(tmp_path: Path) -> None:
    write(tmp_path)
    plan = make_plan(districts=tmp_path / "districts.csv", spending=tmp_path / "list.csv")
    assert len(plan.locations) == 4


SEVERAL = """project,district,2019,2020
P,A; B,0.07,1.00
P,C,5.00,
Q,B and C,0.02,
"""
BY_YEAR = 'years = "{year}"\nconstant = { kind = "budget", currency = "EUR" }\n'


@pytest.mark.parametrize(
    "toml",
    [
        TOML + BY_YEAR + 'separator = { district = [";", "and"] }\n',
        TOML + BY_YEAR + '[locations]\nfile = "list.csv"\nseparator = { district = [";", "and"] }\n',
    ],
)
def test_an_amount_is_split_over_the_places_that_its_row_names(toml: str, tmp_path: Path) -> None:
    # P has places in another row too: C gets nothing of the first row's amounts.
    assert landed(write(tmp_path, toml, SEVERAL)) == {
        "P A": ["0.04", "0.50"],
        "P B": ["0.03", "0.50"],
        "P C": ["5.00"],
        "Q B": ["0.01"],
        "Q C": ["0.01"],
    }


def test_the_rounding_of_an_amount_is_stated_once_for_its_parts(tmp_path: Path) -> None:
    rows = SEVERAL.replace("0.07", "0.0731")
    plan = read_plan(write(tmp_path, TOML + BY_YEAR + 'separator = { district = [";", "and"] }\n', rows))
    assert sum(plan.spending["rounding"]) == Decimal("0.0031")


def test_two_files_that_are_one_list_row_by_row(tmp_path: Path) -> None:
    places = "no,project,district\n1,P,A\n2,P,B\n3,Q,C\n4,P,C\n"
    money = "no,project,year,kind,currency,amount\n1,P,2011,budget,EUR,70\n2,P,2011,budget,EUR,5\n3,Q,2011,budget,EUR,9\n4,P,2012,budget,EUR,0.60\n"
    toml = TOML.replace("list.csv", "money.csv") + '[locations]\nfile = "places.csv"\n'
    write(tmp_path, toml)
    (tmp_path / "places.csv").write_text(places)
    (tmp_path / "money.csv").write_text(money)
    assert landed(tmp_path) == {"P A": ["70.00"], "P B": ["5.00"], "P C": ["0.60"], "Q C": ["9.00"]}
    assert any("are the same list row by row" in note for note in read_plan(tmp_path).detected)
    # Other rows, or rows that only the project connects, are spread as before; the doubt is said.
    (tmp_path / "money.csv").write_text(money.replace("\n1,", "\n7,"))
    assert landed(tmp_path)["P A"] == ["1.67", "23.34", "0.20"]
    (doubt,) = [remark for remark in read_plan(tmp_path).remarks if "row by row" in remark]
    assert doubt.startswith(
        "places.csv and money.csv have the same projects row by row, but each amount is spread"
    )
    (tmp_path / "money.csv").write_text(money.replace("4,P", "4,Q"))
    assert landed(tmp_path)["P A"] == ["1.67", "23.34"]
    assert not any("row by row" in remark for remark in read_plan(tmp_path).remarks)


def test_a_streamed_list_gives_the_ledger_of_one_in_memory(tmp_path: Path) -> None:
    rows = [
        (f"P{at * 7 % 5}", ["A", "B", "C; A", "Delta"][at * 3 % 4], 2010 + at % 3, at * 101 % 997 / 100)
        for at in range(1, 30)
    ]
    frame = pd.DataFrame(rows, columns=["project", "district", "year", "amount"]).assign(
        kind="budget", currency="EUR"
    )
    (tmp_path / "many.parquet").mkdir()
    frame[:12].to_parquet(tmp_path / "many.parquet" / "a.parquet", row_group_size=10)
    frame[12:].to_parquet(tmp_path / "many.parquet" / "b.parquet", row_group_size=10)
    frame.to_csv(tmp_path / "many.csv", index=False)
    written = []
    for form in ("csv", "parquet"):
        toml = TOML.replace("list.csv", f"many.{form}") + 'separator = { district = ";" }\n'
        folder = tmp_path / form
        folder.mkdir()
        write(folder, toml.replace("many", "../many"))
        target = folder / "ledger.csv"
        done = CliRunner().invoke(app, ["ledger", str(folder), "--batch", "8", "-o", str(target)])
        assert done.exit_code == 0, done.output
        written.append(target.read_text())
    assert written[0] == written[1]
    assert len(written[0].splitlines()) > 30


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        ("project,Location,year,amount", ["P,{A},2010,5", "P,{B},2010,7", "P,{A},2011,9"]),
        ("project,location,district,year,amount", ["P,L1,{A},2010,5", "P,L1,{B},2010,7", "P,L1,{A},2011,9"]),
        ("project,location,district,year,amount", ["P,L1,{A},2010,5", "P,L2,{B},2010,7", "P,L1,{A},2011,9"]),
    ],
)
def test_a_location_in_a_flat_list_is_the_name_of_a_place(
    headers: str, cells: list[str], tmp_path: Path
) -> None:
    rows = [cell.format(A="Alfa", B="Beta") for cell in cells]
    write(tmp_path, TOML + CONSTANT, "\n".join([headers, *rows]))
    by_district = {name: sum(map(Decimal, given)) for name, given in landed(tmp_path).items()}
    assert by_district == {"P A": Decimal(14), "P B": Decimal(7)}


def test_locations_that_tell_places_apart_stay_identifiers(tmp_path: Path) -> None:
    rows = "project,location,district,year,amount\nP,L1,A,2010,5\nP,L2,B,2010,7\n"
    write(tmp_path, TOML + CONSTANT, rows)
    assert read_plan(tmp_path).locations["location"].tolist() == ["L1", "L2"]


def test_shares_in_a_flat_list_are_a_doubt(tmp_path: Path) -> None:
    rows = "project,district,share,year,amount\nP,A,60%,2010,100\nP,B,40%,2010,100\nQ,A,,2010,7\n"
    write(tmp_path, TOML + CONSTANT, rows)
    (doubt,) = [remark for remark in read_plan(tmp_path).remarks if "shares are not used" in remark]
    assert "counts in full each time: P;" in doubt
    write(tmp_path, TOML + CONSTANT, rows.replace("share", "note"))
    assert not any("shares are not used" in remark for remark in read_plan(tmp_path).remarks)
