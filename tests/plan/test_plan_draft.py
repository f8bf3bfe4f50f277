"""Drafts of a plan file: a planner's lists as they are, with the evidence of each setting."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.ledger.entries import build_ledger, list_entries
from geoplan.model.errors import InputError
from geoplan.plan.draft_amounts import _clear_style
from geoplan.plan.plan_draft import draft_plan
from geoplan.plan.plan_tables import read_plan

Rows = Sequence[Sequence[object]]

_SQUARES = {
    "LA1401": ("Moonlapamok", "LA14", "Champasack"),
    "LA1402": ("Khong", "LA14", "Champasack"),
    "LA1403": ("Soukhouma", "LA14", "Champasack"),
    "LA1404": ("Pathoumphone", "LA14", "Champasack"),
    "LA1501": ("Saravane", "LA15", "Saravane"),
    "LA1502": ("Khongxedone", "LA15", "Saravane"),
}
"""Districts of two provinces, as squares in a row."""

LIST: Rows = [
    ["Provincial investment programme"],
    ["Unit: million kip"],
    ["No", "Project name", "Sector", "District", "Source of funds", 2021, 2022, "Total", "Remarks"],
    ["A. Roads"],
    [1, "Gravel road to the river port", "Transport", "Khong", "GoL", 1200, 800, 2000, "ongoing"],
    [2, "Two bridges", "Transport", "Moonlapamok; Soukhuma", "ADB; GoL", None, "2,450", 2450, None],
    ["B. Schools"],
    [3, "Secondary school with a dormitory", "Education", "Pathoumphone", "GoL", 650, "-", 650, None],
    [4, "Planning office", "Planning", "Province", "LuxDev", 100, 100, 200, "all districts"],
    [None, "TOTAL", None, None, None, 1950, 3350, 5300, None],
    ["Source: Department of Planning and Investment"],
]
PEOPLE: Rows = [
    ["Population and poverty by district, 2020"],
    ["District", "Population", "Poverty rate (%)", "Poverty class"],
    ["Moonlapamok", 40000, 31.5, "poor"],
    ["Khong", 80000, 20, "medium"],
    ["Soukhouma", 55000, 41, "very poor"],
    ["Pathoumphone", 60000, 25, "medium"],
]


def districts(folder: Path) -> Path:
    """Write the toy districts as a table with WKT."""
    rows = [
        f'{code},{name},{province},{called},"POLYGON (({at} 0, {at + 1} 0, {at + 1} 1, {at} 1, {at} 0))"'
        for at, (code, (name, province, called)) in enumerate(_SQUARES.items())
    ]
    path = folder / "layer.csv"
    path.write_text("\n".join(["ADM2_PCODE,ADM2_EN,ADM1_PCODE,ADM1_EN,geometry", *rows]))
    return path


def workbook(path: Path, **sheets: Rows) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def drafted(folder: Path, *tables: Path) -> tuple[dict[str, Any], str]:
    """Return the drafted plan file as settings and as text."""
    text = draft_plan(tables, districts(folder), folder, title="Toy").text
    return tomllib.loads(text), text


def test_a_workbook_reaches_its_first_correct_map_with_one_review_file_and_one_edited_line(
    tmp_path: Path,
) -> None:
    files = [
        workbook(tmp_path / "Projects final.xlsx", Plan=LIST),
        workbook(tmp_path / "people.xlsx", Sheet1=PEOPLE),
    ]
    asked = [part for file in files for part in ("--from", str(file))]
    plan = tmp_path / "my province"
    made = CliRunner().invoke(app, ["init", str(plan), *asked, "--districts", str(districts(tmp_path))])
    assert made.exit_code == 0, made.output
    assert "No errors" in made.output
    review = (plan / "review.csv").read_text(encoding="utf-8-sig").splitlines()
    names = [line.split(",")[0] for line in review]
    assert names == ["name", "Province", "Soukhuma"]
    # The cell says its decision, so that the file is used as it was written.
    assert [line.split(",")[-1] for line in review][1] == "province-wide"
    toml = plan / "geoplan.toml"
    toml.write_text(toml.read_text("utf-8").replace("# review =", "review ="), encoding="utf-8")
    mapped = CliRunner().invoke(app, ["map", str(plan), "-o", str(tmp_path / "map.html")])
    assert mapped.exit_code == 0, mapped.output
    read = read_plan(plan)
    found: dict[tuple[str, int], Decimal] = {}
    for row in list_entries(build_ledger(read)).itertuples():
        key = (row.district or row.place, row.year)
        found[key] = found.get(key, Decimal(0)) + Decimal(row.amount)
    million = 10**6
    assert {key: amount / million for key, amount in found.items() if amount} == {
        ("LA1402", 2021): 1200,
        ("LA1402", 2022): 800,
        ("LA1401", 2022): 1225,
        ("LA1403", 2022): 1225,
        ("LA1404", 2021): 650,
        ("province-wide", 2021): 100,
        ("province-wide", 2022): 100,
    }
    assert [*read.profile["poverty_rate"]] == [0.315, 0.2, 0.41, 0.25]
    assert [*read.profile["year"]] == [2020] * 4


@pytest.mark.parametrize(
    ("beside", "chosen"),
    # 2450 and 2.45 are three powers of ten apart. The reading is at most one from the amounts around it, and
    # the other at least one and a half farther.
    [(24_400, True), (24_600, False), (441, True), (434, False)],
)
def test_a_doubtful_number_is_read_only_if_one_reading_is_clearly_nearer(beside: int, chosen: bool) -> None:
    found = _clear_style(pd.DataFrame({"amount": ["2,450", beside]}), ["amount"])
    assert (found is not None and found[1].startswith("'2,450' is 2450,")) == chosen


def test_each_setting_has_its_evidence(tmp_path: Path) -> None:
    settings, text = drafted(tmp_path, workbook(tmp_path / "p.xlsx", Plan=LIST))
    assert settings["plan"] == {"title": "Provincial investment programme", "currency": "LAK"}
    assert settings["districts"] == {"file": "layer.csv", "where": "ADM1_PCODE = 'LA14'"}
    spending = settings["spending"]
    assert (spending["header"], spending["totals"], spending["unit"]) == (3, "leave out", 1_000_000)
    assert (spending["years"], spending["constant"]) == ("{year}", {"kind": "budget"})
    assert (spending["thousands"], spending["separator"]) == (",", {"district": ";"})
    assert spending["values"] == {"amount": {"-": "0"}}
    assert spending["columns"] == {
        "project": "No",
        "district": "District",
        "component": "Sector",
        "funder": "Source of funds",
    }
    assert settings["projects"]["columns"] == {"project": "No", "title": "Project name", "sector": "Sector"}
    for evidence in (
        "# named in 'Unit: million kip'\nunit = 1000000",
        "# sums of other rows, in row 10 'TOTAL'\ntotals",
        "# cells name several districts, such as 'Moonlapamok; Soukhuma'\nseparator",
        "# '2,450' is 2450, like the amounts around it\nthousands",
        "names are districts of 'Champasack'; remove this line to map all 6 districts\nwhere",
        "# not read: column 'Total', the sum of the columns of years",
    ):
        assert evidence in text


def test_an_own_list_in_another_language_is_known_by_what_it_holds(tmp_path: Path) -> None:
    rows = [
        "Jahr;Vorhaben;Kreis;Geber;Summe in USD",
        "2020;Brunnen in den Dörfern;Khong;KfW;1200,50",
        "2020;Straße nach Süden;Saravane;KfW;900,00",
        "2021;Schule am Fluss;Soukhouma;GIZ;3000,00",
    ]
    (tmp_path / "Ausgaben.csv").write_text("\n".join(rows))
    settings, text = drafted(tmp_path, tmp_path / "Ausgaben.csv")
    assert settings["spending"]["columns"] == {
        "project": "Vorhaben",
        "district": "Kreis",
        "amount": "Summe in USD",
        "year": "Jahr",
    }
    assert settings["plan"]["currency"] == "USD"
    assert "where" not in settings["districts"]  # its districts lie in two provinces
    assert "# CHECK: nothing says what the amounts are" in text


def test_what_the_list_does_not_say_is_asked(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(
        "Project name,District,Amount\nWells in villages,Khong,500\nSchools and roads,Saravane,800\n"
    )
    layer = districts(tmp_path)
    layer.write_text(layer.read_text().replace("LA1", "D1"))
    draft = draft_plan([tmp_path / "l.csv"], layer, tmp_path, title="Toy")
    assert [ask.split(":")[0] for ask in draft.to_check] == [
        "[plan] currency",
        "[spending] constant.year",
        "[spending] constant.kind",
    ]
    assert '# constant.year = "2020"' in draft.text
    tomllib.loads(draft.text)


def test_a_list_without_places_of_the_layer_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("Item,Amount\nPens and paper,500\nChairs for staff,800\n")
    with pytest.raises(InputError, match=r"(?s)no column has districts of the boundary file.*init --empty"):
        draft_plan([tmp_path / "l.csv"], districts(tmp_path), tmp_path, title="Toy")


def test_a_plan_with_problems_left_is_written_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("Project name,District,Amount\nWells,Khong,500\nSchools,Saravane,800\n")
    layer = districts(tmp_path)
    plan = tmp_path / "plan"
    found = CliRunner().invoke(
        app, ["init", str(plan), "--from", str(tmp_path / "l.csv"), "--districts", str(layer)]
    )
    assert found.exit_code == 1
    assert "the plan is written; 1 problem left" in found.output
    assert "a column is missing: year" in found.output
    assert "nothing was written" not in found.output
    assert (plan / "geoplan.toml").is_file()


def test_the_plan_file_may_lie_beside_its_files(tmp_path: Path) -> None:
    book = workbook(tmp_path / "p.xlsx", Plan=LIST)
    layer = districts(tmp_path)
    arguments = ["init", str(tmp_path), "--from", str(book), "--districts", str(layer)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    assert "already has a geoplan.toml" in again.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "x.xlsx"], "give both --from FILE and --districts FILE"),
        (["--districts", "x.gpkg"], "give both --from FILE and --districts FILE"),
        (["--from", "x.xlsx", "--districts", "x.gpkg", "--empty"], "give either --from or --empty"),
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], message: str, tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["init", str(tmp_path / "new"), *arguments])
    assert (found.exit_code, message in found.output) == (2, True)
    assert not (tmp_path / "new").exists()


def test_an_empty_plan_has_the_tables_with_headers_only(tmp_path: Path) -> None:
    plan = tmp_path / "bare"
    assert CliRunner().invoke(app, ["init", str(plan), "--empty"]).exit_code == 0
    settings = tomllib.loads((plan / "geoplan.toml").read_text("utf-8"))
    assert [*settings] == ["plan", "districts", "profile", "projects", "locations", "spending"]
    header = (plan / "spending.csv").read_text(encoding="utf-8-sig")
    assert (
        header
        == "project,location,component,funder,year,value_date,kind,currency,amount,source,illustrative\n"
    )
    found = CliRunner().invoke(app, ["check", str(plan)])
    assert found.exit_code == 1
    assert "districts.gpkg" in found.output


PAID: Rows = [
    ["Implementation 2021-22 (million kip)"],
    ["No", "Project", "2021", "2022"],
    [1, "Gravel road", 1100, 700],
    [2, "Bridges", None, 2000],
    [3, "School", 600, None],
    [None, "Total", 1700, 2700],
]


def test_more_sheets_add_their_amounts_to_the_same_projects(tmp_path: Path) -> None:
    book = workbook(tmp_path / "p.xlsx", Plan=LIST, Paid=PAID, Notes=[["Ask Mr Kham about road 9"]])
    plan = tmp_path / "plan"
    arguments = ["init", str(plan), "--from", str(book), "--districts", str(districts(tmp_path))]
    made = CliRunner().invoke(app, arguments)
    assert made.exit_code == 0, made.output
    settings = tomllib.loads((plan / "geoplan.toml").read_text("utf-8"))
    paid = settings["spending"][1]
    assert (paid["sheet"], paid["constant"]["kind"], paid["columns"]["project"]) == (
        "Paid",
        "disbursement",
        "No",
    )
    found: dict[tuple[str, str], Decimal] = {}
    for row in list_entries(build_ledger(read_plan(plan))).itertuples():
        if row.kind == "disbursement":
            found[row.project, row.district] = found.get((row.project, row.district), Decimal(0)) + Decimal(
                row.amount
            )
    million = 10**6
    assert {key: amount / million for key, amount in found.items()} == {
        ("1", "LA1402"): 1800,
        ("2", "LA1401"): 1000,
        ("2", "LA1403"): 1000,
        ("3", "LA1404"): 600,
    }


def test_codes_of_provinces_are_no_projects_and_empty_cells_get_a_meaning(tmp_path: Path) -> None:
    rows: Rows = [
        ["Title", "Agency", "District", "Budget (LAK)", "Year"],
        ["LA14", "First agency", "Khong", 1200, 2021],
        ["LA14", None, "Soukhouma", None, 2021],
        ["LA14", "Second agency", "Moonlapamok", 800, 2022],
        ["LA15", "Third agency", "Saravane", 500, 2022],
    ]
    book = workbook(tmp_path / "list.xlsx", Who=rows)
    section = tomllib.loads(draft_plan([book], districts(tmp_path), tmp_path, title="x").text)["spending"]
    assert (section["columns"]["project"], section["columns"]["district"]) == ("Agency", "District")
    assert section["values"] == {"project": {"": "not named"}, "amount": {"": "0"}}


def test_the_unit_of_years_is_in_the_header_of_their_total(tmp_path: Path) -> None:
    rows = [row for row in LIST if row[0] != "Unit: million kip"]
    rows = [["Total (million kip)" if cell == "Total" else cell for cell in row] for row in rows]
    settings, text = drafted(tmp_path, workbook(tmp_path / "p.xlsx", Plan=rows))
    assert settings["spending"]["unit"] == 1_000_000
    assert "# named in 'Total (million kip)'\nunit" in text


@pytest.mark.parametrize(
    ("headers", "rows", "years"),
    [
        (("Budget 1440", "Budget 1441"), [(5200, 6100), (7300, 8400)], {"Budget {year}": {"kind": "budget"}}),
        (("Budget 2562", "Budget 2563"), [(5200, 6100), (7300, 8400)], {"Budget {year}": {"kind": "budget"}}),
        (("ปี", "Budget"), [(2562, 6100), (2562, 8400)], "ปี"),
        (("ปี", "Budget"), [(2501, 6100), (2599, 8400)], None),
    ],
)
def test_years_of_other_calendars_are_years(
    headers: tuple[str, str], rows: list[tuple[int, int]], years: object, tmp_path: Path
) -> None:
    named = ["Road to the river port", "Well with a pump", "Secondary school"]
    listed = [(name, "Khong", *cells) for name, cells in zip(named, [*rows, rows[0]], strict=True)]
    path = workbook(tmp_path / "list.xlsx", List=[("Project", "District", *headers), *listed])
    plan, _ = drafted(tmp_path, path)
    assert plan["spending"].get("years", plan["spending"]["columns"].get("year")) == years


def test_amounts_with_their_currency_are_amounts_and_codes_are_none(tmp_path: Path) -> None:
    rows = [
        ("Código", "Ano", "Autor", "Município", "Valor Empenhado"),
        (202012340001, 2020, "Bancada do Norte", "Khong", "R$ 1.500,00"),
        (202012340001, 2020, "Bancada do Norte", "Soukhouma", "R$ 300,50"),
        (202112340002, 2021, "Comissão de Obras", "Saravane", "R$ 955,10"),
    ]
    plan, _ = drafted(tmp_path, workbook(tmp_path / "list.xlsx", List=rows))
    assert plan["plan"]["currency"] == "BRL"
    columns = plan["spending"]["columns"]
    assert (columns["project"], columns["amount"]) == ("Código", "Valor Empenhado")


@pytest.mark.parametrize(
    ("codes", "places", "is_known"),
    [
        (["05001", "05002", "08001"], ["5001", "5002", "8001"], True),
        (["1100", "1102", "2704"], [1100, 1102, 2704], True),
        (["1", "2", "3"], [1, 2, 3], False),
    ],
)
def test_codes_in_digits_are_districts_also_without_their_zeros(
    codes: list[str], places: list[object], is_known: bool, tmp_path: Path
) -> None:
    shapes = [
        f'{code},"POLYGON (({at} 0, {at + 1} 0, {at + 1} 1, {at} 1, {at} 0))"'
        for at, code in enumerate(codes)
    ]
    (tmp_path / "codes.csv").write_text("\n".join(["district,geometry", *shapes]))
    named = ["Road to the river port", "Well with a pump", "Secondary school"]
    rows = [("BPIN", "Municipio", "Valor"), *zip(named, places, [10_500, 20_700, 30_900], strict=True)]
    path = workbook(tmp_path / "list.xlsx", List=rows)
    if is_known:
        text = draft_plan([path], tmp_path / "codes.csv", tmp_path, title="Toy").text
        assert tomllib.loads(text)["spending"]["columns"]["district"] == "Municipio"
    else:
        with pytest.raises(InputError, match="no column has districts"):
            draft_plan([path], tmp_path / "codes.csv", tmp_path, title="Toy")


def test_amounts_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    rows = [
        ("Project", "District", "Amount (USD)"),
        ("Road to the river port", "Khong", "1.5 trucks"),
        ("Well with a pump", "Soukhouma", "2 boats"),
    ]
    draft = draft_plan(
        [workbook(tmp_path / "list.xlsx", List=rows)], districts(tmp_path), tmp_path, title="Toy"
    )
    assert "spending" not in tomllib.loads(draft.text)
    assert any("not read: column 'Amount (USD)'" in ask and "'1.5 trucks'" in ask for ask in draft.to_check)


def test_a_summary_by_province_counts_no_money_again(tmp_path: Path) -> None:
    head = ["Project", "District", "Cost"]
    sheets: dict[str, Rows] = {
        "South": [head, ["Road to the river port", "Khong", 2500], ["Well with a pump", "Soukhouma", 800]],
        "Summary": [
            ["Province", "Number of projects", "Cost"],
            ["Champasack", 2, 3300],
            ["Saravane", 3, 2140],
        ],
    }
    plan, text = drafted(tmp_path, workbook(tmp_path / "list.xlsx", **sheets))
    assert isinstance(plan["spending"], dict) and plan["spending"]["columns"]["project"] == "Project"
    assert "Summary], whose rows are districts or provinces" in text


def sums(folder: Path, *by: str) -> dict[tuple[str, ...], Decimal]:
    """Return the amounts of the drafted plan by district and other columns."""
    rows = list_entries(build_ledger(read_plan(folder)))
    found: dict[tuple[str, ...], Decimal] = {}
    for _, row in rows.iterrows():
        key = (row["district"] or row["place"], *(str(row[name]) for name in by))
        found[key] = found.get(key, Decimal(0)) + row["amount"]
    return found


def planned(folder: Path, *tables: Path) -> dict[str, Any]:
    """Write the drafted plan file, as it is, and return its settings."""
    settings, text = drafted(folder, *tables)
    (folder / "geoplan.toml").write_text(text)
    return settings


def test_sheets_with_one_layout_are_one_list_with_their_years(tmp_path: Path) -> None:
    head = ["No", "Activity", "District", "Amount (USD)"]
    years: dict[str, Rows] = {
        "2021": [head, [1, "Water supply", "Khong", 10], [2, "Primary school", "Soukhouma", 25], [None, "Total", None, 35]],
        "2022": [head, [1, "Bridge to the market", "Pathoumphone", 7], [2, "Water supply", "Khong", 4], [None, "Total", None, 11]],
    }  # fmt: skip
    settings = planned(tmp_path, workbook(tmp_path / "years.xlsx", **years))
    assert settings["spending"]["sheet"] == ["2021", "2022"]
    # Number 1 of one sheet is another project in the other.
    assert settings["spending"]["columns"]["project"] == "Activity"
    assert sums(tmp_path, "year") == {
        ("LA1402", "2021"): 10, ("LA1403", "2021"): 25, ("LA1404", "2022"): 7, ("LA1402", "2022"): 4,
    }  # fmt: skip


def test_sheets_may_be_districts_beside_a_summary(tmp_path: Path) -> None:
    head = ["Activity", "Amount 2021 (USD)"]
    sheets: dict[str, Rows] = {
        "Khong": [head, ["Water supply", 10], ["Road to the market", 5], ["Total", 15]],
        "Soukhouma": [head, ["Primary school", 25], ["Road to the market", 3], ["Total", 28]],
        "Summary": [["District", "Amount"], ["Khong", 15], ["Soukhouma", 28]],
    }
    settings = planned(tmp_path, workbook(tmp_path / "w.xlsx", **sheets))
    assert settings["spending"]["constant"]["district"] == {"Khong": "Khong", "Soukhouma": "Soukhouma"}
    assert sums(tmp_path) == {("LA1402",): 15, ("LA1403",): 28}
    assert "Summary], whose rows are districts" in (tmp_path / "geoplan.toml").read_text()


def test_sheets_may_be_kinds_of_money(tmp_path: Path) -> None:
    head = ["Project title", "District", "Year", "Amount (USD)"]
    rows = [["Water supply", "Khong", 2021, 10], ["Road to the market", "Soukhouma", 2022, 5]]
    sheets: dict[str, Rows] = {"Plan": [head, *rows], "Paid": [head, *rows[:1]]}
    planned(tmp_path, workbook(tmp_path / "w.xlsx", **sheets))
    assert sums(tmp_path, "kind") == {
        ("LA1402", "budget"): 10, ("LA1402", "disbursement"): 10, ("LA1403", "budget"): 5,
    }  # fmt: skip


def test_the_district_may_be_written_above_the_table(tmp_path: Path) -> None:
    rows: Rows = [["Plan 2021"], ["District: Pathoumphone"], ["Project name", "Cost (USD)"], ["Water supply", 10], ["Road", 2]]  # fmt: skip
    settings = planned(tmp_path, workbook(tmp_path / "w.xlsx", Sheet1=rows))
    assert settings["spending"]["constant"]["district"] == "Pathoumphone"
    assert sums(tmp_path) == {("LA1404",): 12}


def test_a_column_for_each_district(tmp_path: Path) -> None:
    rows: Rows = [
        ["Budget 2021 (USD)"],
        ["Project", "Khong", "Soukhouma", "Pathoumphone", "All"],
        ["Road maintenance", 10, None, 3, 13],
        ["School construction", 4, 5, 6, 15],
        ["Total", 14, 5, 9, 28],
    ]
    settings = planned(tmp_path, workbook(tmp_path / "w.xlsx", Sheet1=rows))
    assert [part["constant"]["district"] for part in settings["spending"]] == [
        "Khong",
        "Soukhouma",
        "Pathoumphone",
    ]
    assert sums(tmp_path) == {("LA1402",): 14, ("LA1403",): 5, ("LA1404",): 9}


def test_budget_and_spent_side_by_side_are_two_kinds(tmp_path: Path) -> None:
    rows: Rows = [
        ["Ref", "District", "Year", "Budget (USD)", "Spent (USD)", "Balance (USD)"],
        ["A1", "Khong", 2021, 10, 8, 2],
        ["A2", "Soukhouma", 2021, 5, 5, 0],
    ]
    settings = planned(tmp_path, workbook(tmp_path / "w.xlsx", Sheet1=rows))
    assert [part["constant"]["kind"] for part in settings["spending"]] == ["budget", "expenditure"]
    assert sums(tmp_path, "kind") == {
        ("LA1402", "budget"): 10, ("LA1402", "expenditure"): 8,
        ("LA1403", "budget"): 5, ("LA1403", "expenditure"): 5,
    }  # fmt: skip
    assert len(read_plan(tmp_path).locations) == 2


def test_a_column_of_coordinate_pairs_is_the_place(tmp_path: Path) -> None:
    rows: Rows = [
        ["Project name", "Cost 2021 (USD)", "GPS (lat, lon)"],
        ["Water supply", 10, "0.5, 1.5"],
        ["Road", 2, "0.25, 3.5"],
    ]
    planned(tmp_path, workbook(tmp_path / "w.xlsx", Sheet1=rows))
    assert sums(tmp_path) == {("LA1402",): 10, ("LA1404",): 2}


def test_totals_units_and_kinds_in_another_language(tmp_path: Path) -> None:
    rows: Rows = [
        ["RENCANA KERJA TAHUN 2021"],
        ["(dalam jutaan rupiah)"],
        ["No", "Kegiatan", "Lokasi", "Pagu", "Realisasi"],
        ["A", "BIDANG PEKERJAAN UMUM"],
        [1, "Pembangunan jalan desa", "Khong", "1.250,50", "1.100,25"],
        [2, "Rehabilitasi irigasi", "Soukhouma", "850,00", "800,00"],
        ["B", "BIDANG PENDIDIKAN"],
        [3, "Pembangunan sekolah dasar", "Khong dan Pathoumphone", "500,00", "0,00"],
        [None, "JUMLAH", None, "2.600,50", "1.900,25"],
    ]
    settings = planned(tmp_path, workbook(tmp_path / "w.xlsx", Sheet1=rows))
    assert [(part["unit"], part["constant"]["kind"]) for part in settings["spending"]] == [
        (1_000_000, "budget"),
        (1_000_000, "disbursement"),
    ]
    plan = read_plan(tmp_path)
    assert sorted(plan.projects["project"]) == ["1", "2", "3"]
    assert sums(tmp_path, "kind")["LA1402", "budget"] == 1_500_500_000


def test_a_committee_is_no_commitment_and_quarters_are_of_one_kind(tmp_path: Path) -> None:
    rows: Rows = [
        ["District Development Committee"],
        ["Project name", "District", "2021 Q1", "2021 Q2"],
        ["Water supply", "Khong", 10, 5],
        ["Road to the market", "Soukhouma", 2, 3],
    ]
    planned(tmp_path, workbook(tmp_path / "w.xlsx", Sheet1=rows))
    assert sums(tmp_path, "kind") == {("LA1402", "budget"): 15, ("LA1403", "budget"): 5}


def test_the_days_of_payments_give_their_years_and_districts_are_no_codes(tmp_path: Path) -> None:
    rows: Rows = [
        ["Chef-lieu", "Project name", "Paid on", "Amount paid (USD)"],
        ["Khong", "Water supply", "31/03/2021", 10],
        ["Soukhouma", "Road to the market", "30/06/2022", 2],
    ]
    settings = planned(tmp_path, workbook(tmp_path / "w.xlsx", Sheet1=rows))
    assert settings["spending"]["columns"]["project"] == "Project name"
    assert sums(tmp_path, "year") == {("LA1402", "2021"): 10, ("LA1403", "2022"): 2}


def test_a_layer_of_places_is_a_list_too(tmp_path: Path) -> None:
    points = gpd.GeoDataFrame(
        {"ref": ["A1", "B2"], "title": ["Water supply", "Road"], "cost_usd": [5, 9], "year": [2021, 2022]},
        geometry=gpd.points_from_xy([0.5, 1.5], [0.5, 0.5]),
        crs=4326,
    )
    points.to_file(tmp_path / "p.gpkg", layer="projects")
    settings = planned(tmp_path, tmp_path / "p.gpkg")
    assert settings["plan"]["currency"] == "USD"
    assert sums(tmp_path, "year") == {("LA1401", "2021"): 5, ("LA1402", "2022"): 9}


def test_amounts_in_words_get_their_meaning(tmp_path: Path) -> None:
    rows = [
        ("Project", "District", "Year", "Paid (USD)"),
        ("Road to the river port", "Khong", 2019, "US$ 1.5 m"),
        ("Well with a pump", "Soukhouma", 2019, "(1,200.50)"),
        ("School with a garden", "Pathoumphone", 2020, "300.25-"),
        ("Bridge over the stream", "Moonlapamok", 2020, "n/a"),
    ]
    plan = planned(tmp_path, workbook(tmp_path / "list.xlsx", List=rows))
    assert plan["spending"]["values"]["amount"] == {
        "US$ 1.5 m": "1500000",
        "(1,200.50)": "-1200.50",
        "n/a": "0",
    }
    assert sums(tmp_path) == {
        ("LA1402",): Decimal(1500000),
        ("LA1403",): Decimal("-1200.50"),
        ("LA1404",): Decimal("-300.25"),
        ("LA1401",): Decimal(0),
    }


def test_districts_named_like_their_provinces_are_told_apart_by_the_rows(tmp_path: Path) -> None:
    rows = [
        ("Projet", "Province", "Cercle", "Year", "Cost (USD)"),
        ("Road to the river port", "Saravane", "Cercle Saravane", 2019, 1),
        ("Well with a pump", "Saravane", "Cercle Khongxedone", 2019, 2),
        ("School with a garden", "Champasack", "Cercle Khong", 2020, 4),
        ("Bridge over the stream", "Champasack", "Cercle Soukhouma", 2020, 8),
    ]
    plan = planned(tmp_path, workbook(tmp_path / "list.xlsx", List=rows))
    assert plan["spending"]["columns"]["province"] == "Province"
    assert sums(tmp_path) == {
        (code,): Decimal(paid) for code, paid in (("LA1501", 1), ("LA1502", 2), ("LA1402", 4), ("LA1403", 8))
    }


def test_a_column_of_years_is_no_amount_also_with_an_empty_cell(tmp_path: Path) -> None:
    rows = [
        ("STT", "Tên dự án", "Địa điểm", "Tổng mức đầu tư", "Năm"),
        (1, "Đường vào bến sông", "Khong", "1.250", 2021),
        (2, "Trường có vườn", "Soukhouma", "15.500", 2021),
        (3, "Cầu qua suối", "Pathoumphone", "3.750", None),
    ]
    plan = planned(tmp_path, workbook(tmp_path / "list.xlsx", List=rows))
    assert plan["spending"]["columns"]["amount"] == "Tổng mức đầu tư"
    assert plan["spending"]["columns"]["year"] == "Năm"


def test_percents_are_no_amounts(tmp_path: Path) -> None:
    rows = [
        ("Project", "District", "Year", "Budget done", "Outlay"),
        ("Road to the river port", "Khong", 2019, 0.5, 4000),
        ("Well with a pump", "Soukhouma", 2019, 0.25, 2000),
    ]
    path = workbook(tmp_path / "list.xlsx", List=rows)
    book = openpyxl.load_workbook(path)
    for row in (2, 3):
        book["List"][f"D{row}"].number_format = "0%"
    book.save(path)
    assert planned(tmp_path, path)["spending"]["columns"]["amount"] == "Outlay"


def test_a_code_of_a_currency_says_that_a_column_is_money(tmp_path: Path) -> None:
    rows = [
        ("Mradi", "Wilaya", "Mwaka", "Gharama (TZS)"),
        ("Barabara ya bandari", "Khong", 2019, 1000000),
        ("Kisima na pampu", "Soukhouma", 2020, 2500000),
    ]
    plan = planned(tmp_path, workbook(tmp_path / "list.xlsx", List=rows))
    assert plan["plan"]["currency"] == "TZS"
    assert sums(tmp_path) == {("LA1402",): Decimal(1000000), ("LA1403",): Decimal(2500000)}


def test_the_currency_may_stand_in_the_header_of_another_amount(tmp_path: Path) -> None:
    rows = [
        ("Project", "District", "Total cost (EUR)", "Paid 2020", "Paid 2021", "Balance"),
        ("Road to the river port", "Khong", 100, 10, 20, 70),
        ("Well with a pump", "Soukhouma", 200, 50, 25, 125),
    ]
    assert planned(tmp_path, workbook(tmp_path / "list.xlsx", List=rows))["plan"]["currency"] == "EUR"


def test_small_numbers_are_amounts_where_their_header_names_a_unit(tmp_path: Path) -> None:
    rows = [
        ("事業", "市", "年度", "予算（百万円）"),
        ("港までの道路改良", "Khong", 2019, 12),
        ("ポンプ付きの井戸", "Soukhouma", 2020, 5),
    ]
    plan = planned(tmp_path, workbook(tmp_path / "list.xlsx", List=rows))
    assert plan["spending"]["unit"] == 1_000_000
    assert sums(tmp_path) == {("LA1402",): Decimal(12_000_000), ("LA1403",): Decimal(5_000_000)}
