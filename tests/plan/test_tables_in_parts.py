"""Tables in parts: several files, sheets, layers or sections, read as one table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.ledger.entries import build_ledger, list_entries
from geoplan.ledger.warnings import find_warnings
from geoplan.model.errors import InputError
from geoplan.outputs.exports.plan_folder import write_plan_folder
from geoplan.plan.plan_tables import read_plan

from ..conftest import DISTRICTS, PROFILE

HEAD = '[plan]\ncurrency = "EUR"\n[districts]\nfile = "districts.csv"\n'
NORTH = "project,district,year,kind,amount\nP,A,2011,budget,8.05\nP,B,2012,budget,0.30\n"
SOUTH = "project,district,year,kind,amount\nQ,C,2011,budget,2.00\nQ,Delta,2012,budget,1.00\n"


def write(folder: Path, toml: str, **files: str) -> Path:
    for name, text in {"districts.csv": DISTRICTS, "geoplan.toml": HEAD + toml, **files}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    return folder


def write_book(path: Path, **sheets: Sequence[Sequence[object]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)


def money(folder: Path) -> dict[tuple[str, str], str]:
    """Return the sums by kind and by district or bucket."""
    rows = list_entries(build_ledger(read_plan(folder))).astype({"amount": float})
    places = rows["district"].where(rows["district"] != "", rows["place"]).fillna(rows["place"])
    sums = rows.groupby([rows["kind"].astype(str), places.astype(str)])["amount"].sum()
    return {key: f"{amount:.2f}" for key, amount in sums.items()}


def errors(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_plan(folder)
    return str(caught.value)


LANDED = {
    ("budget", "A"): "8.05",
    ("budget", "B"): "0.30",
    ("budget", "C"): "2.00",
    ("budget", "unmatched"): "1.00",
}


@pytest.mark.parametrize(
    "files", ['"*/list.csv"', *(str(list(p)) for p in permutations(["n/list.csv", "s/list.csv"]))]
)
def test_files_are_one_table_in_any_order(files: str, tmp_path: Path) -> None:
    toml = f"[spending]\nfile = {files}\n"
    folder = write(tmp_path, toml, **{"n/list.csv": NORTH, "s/list.csv": SOUTH})
    assert money(folder) == LANDED
    plan = read_plan(folder)
    # Both lists number their places from 1, and P and Q keep theirs apart from each other's.
    assert plan.locations[["project", "location"]].to_numpy().tolist() == [
        ["P", "1"], ["P", "2"], ["Q", "1"], ["Q", "2"],
    ]  # fmt: skip
    assert [account.source for account in plan.accounts] == ["districts.csv", "n/list.csv", "s/list.csv"]
    assert plan.accounts[1].columns == {
        name: name for name in ("project", "district", "year", "kind", "amount")
    }
    warned = [str(warning) for warning in find_warnings(plan, build_ledger(plan))]
    assert any(text.startswith("s/list.csv, row 3: names that match no district: 'Delta'") for text in warned)


def test_one_project_in_two_files_has_the_places_of_both(tmp_path: Path) -> None:
    again = SOUTH.replace("Q,C", "P,C").replace("Q,Delta", "P,A")
    folder = write(tmp_path, '[spending]\nfile = ["a.csv", "b.csv"]\n', **{"a.csv": NORTH, "b.csv": again})
    assert money(folder) == {("budget", "A"): "9.05", ("budget", "B"): "0.30", ("budget", "C"): "2.00"}


@pytest.mark.parametrize("sheets", ['["Plan", "Paid 2012"]', '["Paid 2012", "Plan"]', '"*"'])
def test_sheets_have_constants_of_their_own(sheets: str, tmp_path: Path) -> None:
    head = ["project", "district", "year", "amount"]
    write_book(
        tmp_path / "book.xlsx",
        **{"Plan": [head, ["P", "A", 2011, 50]], "Empty": [], "Paid 2012": [head, ["P", "B", 2012, 4.5]]},
    )
    toml = f"""[spending]
file = "book.xlsx"
sheet = {sheets}
[spending.constant]
kind = {{ Plan = "budget", "Paid 2012" = "disbursement" }}
"""
    assert money(write(tmp_path, toml)) == {("budget", "A"): "50.00", ("disbursement", "B"): "4.50"}
    refused = errors(write(tmp_path, toml.replace('Plan = "budget", ', "")))
    assert "book.xlsx, column 'kind': the constant kind has no value for 'Plan'" in refused
    refused = errors(write(tmp_path, toml.replace("{ Plan", '{ Plans = "budget", Plan')))
    assert "the constant kind names sheets, layers or files that are not read: 'Plans'" in refused
    broken = write(tmp_path, toml)
    write_book(
        tmp_path / "book.xlsx",
        **{"Plan": [head, ["P", "A", "soon", 50]], "Paid 2012": [head, ["P", "B", 2012, "many"]]},
    )
    refused = errors(broken)
    assert "book.xlsx[Plan], row 2, column 'year'" in refused
    assert "book.xlsx[Paid 2012], row 2, column 'amount'" in refused


def test_two_sections_read_two_columns_of_the_same_rows(tmp_path: Path) -> None:
    rows = "project,district,year,Approved,Paid\nP,A,2011,100.10,\nP,B,2011,7.00,6.50\nP,A,2012,0,0.05\n"
    toml = """[[spending]]
file = "list.csv"
columns = { amount = "Approved" }
constant = { kind = "budget" }
values = { amount = { "" = "0" } }
[[spending]]
file = "list.csv"
where = "Paid IS NOT NULL"
columns = { amount = "Paid" }
constant = { kind = "disbursement" }
"""
    assert money(write(tmp_path, toml, **{"list.csv": rows})) == {
        ("budget", "A"): "100.10",
        ("budget", "B"): "7.00",
        ("disbursement", "A"): "0.05",
        ("disbursement", "B"): "6.50",
    }


def test_problems_name_the_section_and_the_very_file(tmp_path: Path) -> None:
    toml = '[[spending]]\nfile = "a.csv"\n[[spending]]\nfile = "b.csv"\nsheat = "x"\nreview = "r.csv"\n'
    refused = errors(write(tmp_path, toml, **{"a.csv": NORTH, "b.csv": SOUTH}))
    assert "[[spending]] number 2: unknown key in [spending]: 'sheat'" in refused
    toml = toml.replace('sheat = "x"\n', "") + '[[spending]]\nfile = "c.csv"\nreview = "s.csv"\n'
    refused = errors(write(tmp_path, toml))
    assert "the sections [[spending]] give different values for review: 'r.csv', 's.csv'" in refused
    projects = '[projects]\nfile = ["p.csv", "q.csv"]\n[spending]\nfile = ["a.csv", "b.csv"]\n'
    files = {
        "a.csv": NORTH,
        "b.csv": SOUTH,
        "p.csv": "project,title\nP,Road\n",
        "q.csv": "project,title\nR,Well\n",
    }
    refused = errors(write(tmp_path, projects, **files))
    assert "b.csv, rows 2, 3, column 'project': projects that are not in p.csv, q.csv: 'Q'" in refused
    assert "a.csv" not in refused
    files |= {"q.csv": "project,title\nQ,Well\nP,Road\n"}
    assert list(read_plan(write(tmp_path, projects, **files)).projects["project"]) == ["P", "Q"]
    files |= {"q.csv": "project,title\nQ,Well\nP,Bridge\n"}
    refused = errors(write(tmp_path, projects, **files))
    assert "p.csv, row 2, column 'project': project must be unique, but other files of projects" in refused
    assert "q.csv, row 3, column 'project': project must be unique" in refused


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ('"lists/*.csv"', "*.csv: no file matches this pattern"),
        ('["a.csv", "*.csv"]', "a.csv: is named twice, so its rows would count twice"),
        ('["a.csv", "../%s/a.csv"]', "a.csv: is named twice"),
        ('["a.csv", "c.csv"]', "c.csv: file not found"),
    ],
)
def test_a_list_that_does_not_fit_is_an_error(files: str, said: str, tmp_path: Path) -> None:
    toml = f"[spending]\nfile = {files}\n".replace("%s", tmp_path.name)
    folder = write(tmp_path, toml, **{"a.csv": NORTH})
    (folder / "districts.csv").rename(folder / "d.txt")
    (folder / "geoplan.toml").write_text((HEAD + toml).replace("districts.csv", "d.txt"))
    assert said in errors(folder)


def test_a_profile_by_year_in_two_files(tmp_path: Path) -> None:
    later = "district,year,population,poor\nA,2015,1500,90\nBeta,2015,1,1\n"
    toml = '[profile]\nfile = ["later.csv", "profile.csv"]\n[spending]\nfile = "n.csv"\n'
    files = {"profile.csv": PROFILE, "later.csv": later, "n.csv": NORTH}
    profile = read_plan(write(tmp_path, toml, **files)).profile
    assert sorted(zip(profile["district"], profile["year"], strict=True)) == [
        ("A", 2010), ("A", 2015), ("B", 2010), ("B", 2015), ("C", 2010),
    ]  # fmt: skip
    # A name in one file and the code in the other are the same district.
    refused = errors(
        write(tmp_path, toml, **{**files, "later.csv": later.replace("2015", "2010").replace("A,", "C,")})
    )
    assert "later.csv, rows 2" in refused or "later.csv, row 2" in refused
    refused = errors(
        write(tmp_path, toml, **{**files, "later.csv": "district,year,population\nBeta,2010,9\n"})
    )
    assert "later.csv, row 2, column 'district': rows that mean the same district and year: 'B'" in refused
    assert "profile.csv, row 3, column 'district': rows that mean the same district and year: 'B'" in refused


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>wells</name>
<Placemark><name>P</name><ExtendedData><Data name="project"><value>P</value></Data></ExtendedData>
<Point><coordinates>0.5,0.5</coordinates></Point></Placemark></Folder>
<Folder><name>schools</name>
<Placemark><name>Q</name><ExtendedData><Data name="project"><value>Q</value></Data></ExtendedData>
<Point><coordinates>2.5,0.5</coordinates></Point></Placemark></Folder>
</Document></kml>"""


def test_all_folders_of_a_kml(tmp_path: Path) -> None:
    spending = "project,year,kind,amount\nP,2011,budget,3\nQ,2011,budget,4\n"
    toml = '[locations]\nfile = "places.kml"\nlayer = "*"\n[spending]\nfile = "s.csv"\n'
    folder = write(tmp_path, toml, **{"s.csv": spending, "places.kml": KML})
    assert money(folder) == {("budget", "A"): "3.00", ("budget", "C"): "4.00"}
    assert [a.source for a in read_plan(folder).accounts if a.table == "locations"] == [
        "places.kml[schools]",
        "places.kml[wells]",
    ]


def test_manifest_and_written_folder_have_all_files(tmp_path: Path) -> None:
    toml = '[spending]\nfile = "*/list.csv"\n[vintages.old.districts]\nfile = ["old/x.csv", "old/y.csv"]\n'
    lines = DISTRICTS.splitlines(keepends=True)
    files: Mapping[str, str] = {
        "n/list.csv": NORTH,
        "s/list.csv": SOUTH,
        "old/x.csv": "".join(lines[:2]),
        "old/y.csv": lines[0] + "".join(lines[2:]),
    }
    folder = write(tmp_path / "plan", toml, **files)
    target = tmp_path / "ledger.csv"
    done = CliRunner().invoke(app, ["ledger", str(folder), "-o", str(target)])
    assert done.exit_code == 0, done.output
    inputs = json.loads(target.with_name("ledger.csv.manifest.json").read_text())["inputs"]
    assert {"spending", "spending 2"} <= inputs.keys()
    assert inputs["spending"] != inputs["spending 2"]
    write_plan_folder(read_plan(folder), tmp_path / "written")
    assert money(tmp_path / "written") == LANDED
    checked = CliRunner().invoke(app, ["summary", str(tmp_path / "written"), "--vintage", "old"])
    assert checked.exit_code == 0, checked.output


def test_patterns_on_the_command_line(tmp_path: Path) -> None:
    lines = DISTRICTS.splitlines(keepends=True)
    write(
        tmp_path,
        "",
        **{"d/x.csv": "".join(lines[:2]), "d/y.csv": lines[0] + "".join(lines[2:])},
        **{
            "l/1.csv": NORTH.replace("amount", "amount,currency")
            .replace("\n", ",EUR\n")
            .replace("currency,EUR", "currency")
        },
    )
    arguments = ["--districts", str(tmp_path / "d" / "*.csv"), "--spending", str(tmp_path / "l" / "*.csv")]
    done = CliRunner().invoke(app, ["summary", *arguments])
    assert done.exit_code == 0, done.output
    assert "8.35 given = 8.35 in districts" in done.output


def test_rates_and_deflators_may_be_in_several_files_and_sheets(tmp_path: Path) -> None:
    spending = (
        "project,district,year,kind,currency,amount\nP,A,2010,budget,USD,10.00\nP,A,2011,budget,KES,300\n"
    )
    toml = (
        '[spending]\nfile = "s.csv"\n[rates]\nfile = ["usd.csv", "other.csv"]\n'
        '[deflators]\nfile = "eur.xlsx"\nsheet = ["Old", "New"]\n'
    )
    rates = {
        "usd.csv": "currency,date,rate\nUSD,2010,0.7\n",
        "other.csv": "currency,date,rate\nKES,2011,0.01\n",
    }
    folder = write(tmp_path, toml, **{"s.csv": spending}, **rates)
    head = ["currency", "year", "index"]
    write_book(
        folder / "eur.xlsx", Old=[head, ["EUR", 2010, 80]], New=[head, ["EUR", 2011, 100]], Note=[["x"]]
    )
    # 10.00 × 0.7 = 7.00 in prices of 2010; 300 × 0.01 = 3.00 in those of 2011, × 80 ÷ 100 = 2.40
    options = [
        "summary",
        str(folder),
        "--convert",
        "--constant-prices",
        "2010",
        "--by",
        "year",
        "--format",
        "json",
    ]
    found = json.loads(CliRunner().invoke(app, options).stdout)
    assert {row["year"]: row["amount"] for row in found["rows"]} == {2010: 7.0, 2011: 2.4}
    copy = tmp_path / "copy"
    write_plan_folder(read_plan(folder), copy)
    assert (
        json.loads(CliRunner().invoke(app, [options[0], str(copy), *options[2:]]).stdout)["rows"]
        == found["rows"]
    )
    (folder / "geoplan.toml").write_text(HEAD + toml.replace('["usd.csv", "other.csv"]', '"*rates.csv"'))
    said = CliRunner().invoke(app, ["check", str(folder)]).stderr
    assert "*rates.csv: no file matches this pattern" in said
    for name, text in rates.items():
        (folder / name.replace(".", "-rates.")).write_text(text)
    (folder / "b-rates.csv").write_text("currency,date,rate\nKES,2011-01-01,0.02\n")
    said = CliRunner().invoke(app, ["check", str(folder)]).stderr
    assert (
        "b-rates.csv, row 2, column 'date': a currency has several values of rate for the same date" in said
    )
    assert "other-rates.csv, row 2, column 'date'" in said


def test_what_holds_for_several_files_is_said_once(tmp_path: Path) -> None:
    toml = (
        '[spending]\nfile = ["north.csv", "south.csv"]\ncolumns.amount = "paid"\ncolumns.project = "scheme"\n'
    )
    files = {"north.csv": NORTH, "south.csv": SOUTH}
    mapped = {
        name: text.replace("amount", "paid").replace("project", "scheme") for name, text in files.items()
    }
    mapped = {name: text.replace("year", "FundingYear") for name, text in mapped.items()}
    remarks = read_plan(write(tmp_path, toml, **mapped)).remarks
    assert [text for text in remarks if "FundingYear" in text] == [
        "north.csv and 1 more: column 'FundingYear' is read as year"
    ]
