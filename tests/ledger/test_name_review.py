from __future__ import annotations

import codecs
import csv
from pathlib import Path

import openpyxl
import pytest

from geoplan.plan.plan_tables import read_plan

from ..cli.test_cli import run
from ..conftest import DISTRICTS, LOCATIONS, TOML, WritePlan

TWICE = DISTRICTS.replace("Gamma", "Beta")
NAMED = LOCATIONS + "Q,2,Beta,3,\nR,1,Omega,3,\nR,2,=cmd,3,\n"
WITH_REVIEW = TOML.replace('file = "locations.csv"', 'file = "locations.csv"\nreview = "review.csv"')


def test_names_are_decided_by_a_planner_and_read_back(write_plan: WritePlan) -> None:
    folder = write_plan(districts=TWICE, locations=NAMED)
    said = run("check", folder, "--review", folder / "review.csv")
    assert "3 names in" in said.stderr
    rows = list(csv.DictReader((folder / "review.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["name"], row["found"], row["candidates"], row["district"]) for row in rows] == [
        ("Beta", "ambiguous name", "B Beta | C Beta", ""),
        ("Omega", "unknown name", "", ""),
        ("'=cmd", "unknown name", "", ""),
    ] or [row["name"] for row in rows] == ["'=cmd", "Beta", "Omega"]
    assert "unmatched" in run("summary", folder).stdout

    for row in rows:
        row["district"] = {"Beta": "C", "Omega": "A", "'=cmd": ""}[row["name"]]
    write_rows(folder / "review.csv", rows)
    folder = write_plan(districts=TWICE, locations=NAMED, toml=WITH_REVIEW)
    ledger = run("ledger", folder).stdout
    assert "district,C,25.00,reviewed name; even split" in ledger
    assert "district,A,3.51,reviewed name; even split" in ledger
    assert "unmatched,,3.50,unknown name; even split" in ledger

    run("check", folder, "--review", folder / "again.csv")
    again = {
        row["name"]: row["district"]
        for row in csv.DictReader((folder / "again.csv").read_text(encoding="utf-8-sig").splitlines())
    }
    assert again == {"Beta": "C", "Omega": "A", "'=cmd": ""}


def test_a_decision_for_no_district_is_refused(write_plan: WritePlan) -> None:
    folder = write_plan(toml=WITH_REVIEW)
    assert "review.csv" in run("summary", folder, code=1).stderr
    (folder / "review.csv").write_text("name,province,district\nOmega,,Z\n")
    assert "review.csv, row 2, column 'district'" in run("summary", folder, code=1).stderr


ONE_PROJECT = """project,location,name,province,precision
P,1,Omega,,3
"""
ONE_AMOUNT = "project,year,kind,currency,amount\nP,2012,budget,EUR,10.01\n"


@pytest.mark.parametrize(
    ("decision", "landed"),
    [
        ("B", {"B": "10.01"}),
        ("beta", {"B": "10.01"}),
        ("B Beta", {"B": "10.01"}),
        ("A | C", {"A": "5.01", "C": "5.00"}),
        ("Alpha|Gamma|B", {"A": "3.34", "B": "3.34", "C": "3.33"}),
        ("A 75 | Gamma 25", {"A": "7.51", "C": "2.50"}),
        ("A 0,4 | B 0.6", {"A": "4.00", "B": "6.01"}),
        ("A 90 % | province-wide 10", {"A": "9.01", "province-wide": "1.00"}),
        ("Province-wide", {"province-wide": "10.01"}),
        ("outside", {"outside area": "10.01"}),
        ("leave out", {"unlocated": "10.01"}),
    ],
)
def test_a_decision_may_be_several_districts_or_none(
    write_plan: WritePlan, decision: str, landed: dict[str, str]
) -> None:
    folder = write_plan(locations=ONE_PROJECT, spending=ONE_AMOUNT, toml=WITH_REVIEW)
    (folder / "review.csv").write_text(f'name,province,district\nOmega,,"{decision}"\n')
    rows = csv.DictReader(run("ledger", folder).stdout.splitlines())
    found = {row["district"] or row["place"]: (row["amount"], row["rule"]) for row in rows}
    assert {place: amount for place, (amount, _) in found.items()} == landed
    assert {rule for _, rule in found.values()} == {"reviewed name"}


@pytest.mark.parametrize(
    ("decision", "landed"),
    [
        ("A 12.3456789 | B 87.6543211", {"A": "123456.79", "B": "876543.21"}),
        ("A 0.00001 | B 99.99999", {"A": "0.10", "B": "999999.90"}),
    ],
)
def test_weights_of_a_decision_count_with_all_their_digits(
    write_plan: WritePlan, decision: str, landed: dict[str, str]
) -> None:
    spending = ONE_AMOUNT.replace("10.01", "1000000.00")
    folder = write_plan(locations=ONE_PROJECT, spending=spending, toml=WITH_REVIEW)
    (folder / "review.csv").write_text(f"name,province,district\nOmega,,{decision}\n")
    rows = csv.DictReader(run("ledger", folder).stdout.splitlines())
    assert {row["district"]: row["amount"] for row in rows} == landed


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        ("A 60 | B 50", "add up to 100"),
        ("A 60 | B", "add up to 100"),
        ("A | Alpha", "given twice"),
        ("A | Nowhere", "no district is called so"),
    ],
)
def test_a_decision_that_cannot_be_read_is_refused(write_plan: WritePlan, decision: str, why: str) -> None:
    folder = write_plan(locations=ONE_PROJECT, spending=ONE_AMOUNT, toml=WITH_REVIEW)
    (folder / "review.csv").write_text(f"name,province,district\nOmega,,{decision}\n")
    said = run("summary", folder, code=1).stderr
    assert why in said
    assert "review.csv, row 2, column 'district'" in said


def test_the_review_is_filled_in_where_there_is_one_candidate(write_plan: WritePlan) -> None:
    places = "project,location,name,province,precision\nP,1,Gamma,West,3\nP,2,Beta,,3\n"
    folder = write_plan(locations=places, spending=ONE_AMOUNT)
    run("check", folder, "--review", folder / "review.csv")
    rows = list(csv.DictReader((folder / "review.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["name"], row["found"], row["candidates"], row["district"]) for row in rows] == [
        ("Gamma", "district name, unknown province", "C Gamma", "C")
    ]


@pytest.mark.parametrize(
    ("cell", "landed"),
    [
        ("Toute la province", {"province-wide": "10.01"}),
        ("All 3 districts", {"province-wide": "10.01"}),
        ("ທົ່ວແຂວງ", {"province-wide": "10.01"}),
        ("Todo el país", {"country-wide": "10.01"}),
        ("Alpha 75%, Gamma 25%", {"A": "7.51", "C": "2.50"}),
        ("60,5 % Alpha and 39,5 % Beta", {"A": "6.06", "B": "3.95"}),
        ("Alpha (75), Gamma (25)", {"A": "7.51", "C": "2.50"}),
        ("1. Alpha 2. Gamma", {"A": "5.01", "C": "5.00"}),
        ("a) Alpha b) Beta c) Gamma", {"A": "3.34", "B": "3.34", "C": "3.33"}),
        ("Alpha 33%, Beta 33%, Gamma 33%", {"A": "3.34", "B": "3.34", "C": "3.33"}),
        ("Alpha; Gamma", {"A": "5.01", "C": "5.00"}),
        ("a) Alpha b) Gamma", {"A": "5.01", "C": "5.00"}),
        ("Alpha/Gamma 60/40", {"A": "6.01", "C": "4.00"}),
        ("Alpha & Gamma (60:40)", {"A": "6.01", "C": "4.00"}),
        ("25 %, 75 %: Alpha, Gamma", {"A": "2.50", "C": "7.51"}),
        ("Alpha et Gamma 0,25 et 0,75", {"A": "2.50", "C": "7.51"}),
        ("Alpha/Beta/Gamma 33%/33%/33%", {"A": "3.34", "B": "3.34", "C": "3.33"}),
        # Two readings, or none: the planner decides.
        ("Alpha (3), Gamma (2)", {"unmatched": "10.01"}),
        ("Alpha/Gamma 3/2", {"unmatched": "10.01"}),
        ("Alpha/Gamma 2014/15", {"unmatched": "10.01"}),
        ("Alpha/Beta/Gamma 60/40", {"unmatched": "10.01"}),
        ("Alpha 60%, Gamma", {"unmatched": "10.01"}),
        ("Alpha 60%, Omega 40%", {"unmatched": "10.01"}),
        ("Kenya", {"unmatched": "10.01"}),
        ("Provincial Hospital", {"unmatched": "10.01"}),
        ("Districts", {"unmatched": "10.01"}),
    ],
)
def test_the_review_is_filled_in_where_the_cell_says_the_decision(
    write_plan: WritePlan, cell: str, landed: dict[str, str]
) -> None:
    places = ONE_PROJECT.replace("Omega", f'"{cell}"')
    districts = DISTRICTS if "; " in cell else DISTRICTS.replace("P2,South", "P1,North")
    folder = write_plan(locations=places, spending=ONE_AMOUNT, districts=districts)
    assert landed_at(folder) == {"unmatched": "10.01"}
    run("check", folder, "--review", folder / "review.csv")
    (folder / "geoplan.toml").write_text(WITH_REVIEW)
    assert landed_at(folder) == landed


def test_a_whole_province_is_not_filled_in_where_it_may_be_any(write_plan: WritePlan) -> None:
    places = "project,location,name,province,precision\nP,1,Whole province,,3\nP,2,Whole province,North,3\n"
    folder = write_plan(locations=places, spending=ONE_AMOUNT)
    run("check", folder, "--review", folder / "review.csv")
    rows = list(csv.DictReader((folder / "review.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["province"], row["candidates"], row["district"]) for row in rows] == [
        ("", "province-wide", ""),
        ("North", "province-wide", "province-wide"),
    ]


def landed_at(folder: Path) -> dict[str, str]:
    rows = csv.DictReader(run("ledger", folder).stdout.splitlines())
    return {row["district"] or row["place"]: row["amount"] for row in rows}


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_the_review_file_and_the_file_of_what_is_left_out_may_be_workbooks(write_plan: WritePlan) -> None:
    folder = write_plan(districts=TWICE, locations=NAMED)
    run("check", folder, "--review", folder / "review.xlsx", "--left-out", folder / "left.xlsx")
    book = openpyxl.load_workbook(folder / "review.xlsx")
    (sheet,) = book.worksheets
    column = [cell.value for cell in sheet[1]].index("district")
    for row in sheet.iter_rows(min_row=2):
        row[column].value = {"Beta": "C", "Omega": "A"}.get(str(row[0].value))
    book.save(folder / "review.xlsx")
    assert len(openpyxl.load_workbook(folder / "left.xlsx").worksheets) == 1
    toml = folder / "geoplan.toml"
    toml.write_text(WITH_REVIEW.replace("review.csv", "review.xlsx"))
    plan = read_plan(folder)
    assert plan.reviewed == {("Beta", ""): "C", ("Omega", ""): "A"}
    refused = run("check", folder, "--review", folder / "review.ods", code=2)
    assert "review.ods: this table is written as .csv or .xlsx" in refused.stderr


def test_decisions_that_the_plan_does_not_read_yet_are_not_written_over(write_plan: WritePlan) -> None:
    folder = write_plan(districts=TWICE, locations=NAMED)
    review = folder / "review.csv"
    run("check", folder, "--review", review)
    run("check", folder, "--review", review)  # as geoplan made it
    rows = list(csv.DictReader(review.read_text(encoding="utf-8-sig").splitlines()))
    write_rows(review, [row | {"district": "A"} if row["name"] == "Omega" else row for row in rows])
    before = review.read_bytes()
    said = run("check", folder, "--review", review, code=2).stderr
    assert 'set [locations] review = "review.csv"' in said
    assert review.read_bytes() == before


def test_excel_reads_the_review_file_as_utf_8(write_plan: WritePlan) -> None:
    folder = write_plan(districts=TWICE, locations=NAMED)
    run("check", folder, "--review", folder / "review.csv")
    assert (folder / "review.csv").read_bytes().startswith(codecs.BOM_UTF8)


def test_a_decision_about_a_name_that_no_location_has_is_an_error(write_plan: WritePlan) -> None:
    folder = write_plan(districts=TWICE, locations=NAMED, toml=WITH_REVIEW)
    (folder / "review.csv").write_text("name,province,district\nOmega,,A\nOmegâ,,A\n", encoding="utf-8")
    refused = run("summary", folder, code=1).stderr
    assert (
        "review.csv, column 'name': decisions about names that no location or table has: 'Omegâ'" in refused
    )


@pytest.mark.parametrize(
    "cell", ["Paksan, Bolikhan", "Paksan Bolikhan", "Paksan 60, Bolikhan", "a) Paksan b) Bolikhan"]
)
def test_a_cell_with_two_districts_is_like_neither(write_plan: WritePlan, cell: str) -> None:
    districts = (
        DISTRICTS.replace("P2,South", "P1,North").replace("Alpha", "Paksan").replace("Beta", "Bolikhan")
    )
    places = ONE_PROJECT.replace("Omega,", f'"{cell}",North')
    folder = write_plan(locations=places, spending=ONE_AMOUNT, districts=districts)
    assert landed_at(folder) == {"unmatched": "10.01"}


def test_a_village_with_a_district_in_its_name_stays_in_the_district_beside_it(write_plan: WritePlan) -> None:
    places = ONE_PROJECT.replace("Omega,", "Old Alpha (Gamma),")
    folder = write_plan(locations=places, spending=ONE_AMOUNT)
    assert landed_at(folder) == {"C": "10.01"}


def test_the_line_to_write_names_the_section_with_the_places(write_plan: WritePlan) -> None:
    folder = write_plan(locations=ONE_PROJECT, spending=ONE_AMOUNT)
    said = run("check", folder, "--review", folder / "review.csv").stderr
    assert 'then set [locations] review = "review.csv"' in said
    flat = 'project,name,year,kind,currency,amount\nP,Omega,2012,budget,EUR,10.01\nP,"Alpha, Gamma",2012,budget,EUR,3\n'
    toml = TOML.replace('[locations]\nfile = "locations.csv"\n', "")
    folder = write_plan(spending=flat, toml=toml)
    said = run("check", folder, "--review", folder / "review.csv").stderr
    assert 'then set [spending] review = "review.csv"' in said
    toml = toml.replace('"spending.csv"', '"spending.csv"\nreview = "review.csv"')
    (folder / "review.csv").write_text('name,province,district\nOmega,,A 60 | B 40\n"Alpha, Gamma",,A | C\n')
    write_plan(spending=flat, toml=toml)
    amounts = [row["amount"] for row in csv.DictReader(run("ledger", folder).stdout.splitlines())]
    assert sorted(amounts) == ["1.50", "1.50", "4.00", "6.01"]
