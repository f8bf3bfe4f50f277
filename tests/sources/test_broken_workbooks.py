"""Workbooks as they come from offices: what is clear is read and told, what is not is asked, with the line to write."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
import xlwt
from click.testing import CliRunner, Result
from odf.number import CurrencyStyle, CurrencySymbol, Number, NumberStyle, PercentageStyle, Text
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style
from odf.table import Table, TableCell, TableColumn, TableRow
from odf.text import P

from geoplan.cli import app
from geoplan.model.errors import InputError
from geoplan.model.schema import LOCATIONS, PROFILE, PROJECTS, SPENDING
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.magnitudes import magnitudes_beside
from geoplan.sources.tables.workbook_files import open_sheets

from ..conftest import WritePlan
from .test_tables import amounts, conformed, said, write_xlsx

HEADER = ["project", "year", "kind", "currency", "amount"]
PLAN = """[plan]
title = "From an office"
[districts]
file = "districts.csv"
"""


def summary_of(write_plan: WritePlan, rows: Sequence[Sequence[object]], toml: str, *more: str) -> Result:
    folder = write_plan(toml=PLAN + toml)
    write_xlsx(folder / "report.xlsx", rows)
    return CliRunner().invoke(app, ["summary", str(folder), "--format", "csv", *more])


REPORT = [
    ["Department of Planning and Investment"],
    ["Annual report 2012", None, None, None, "Unit: USD"],
    [],
    ["No", "Project ", "District", "Year", "Budget ", "Remark"],
    [None, "Component 1: planning"],
    [1, "P1 ", "Alpha ", 2012, "1,200,000 USD", "ok"],
    [2, "P2", "Betta", 2012, "$350,000", None],
    [None, "Subtotal", None, None, "1,550,000 USD"],
    [None, "Component 2: roads"],
    [3, "P3", "Gamma", 2012, "-", None],
    [4, "P4", "Gamma", 2012, "n/a", None],
    [5, "P5", " alfa", "31/12/2012", "90000", None],
    [None, "Total of component 2", None, None, "90,000 USD"],
    [None, "Grand Total", None, None, "1,640,000 USD"],
    [],
    ["Prepared by: Mr. Bounmy"],
]
FROM_REPORT = """[locations]
file = "report.xlsx"
[spending]
file = "report.xlsx"
[spending.columns]
amount = "Budget"
[spending.constant]
kind = "budget"
currency = "usd"
"""


def test_a_report_with_groups_totals_and_words_for_amounts(write_plan: WritePlan) -> None:
    asked = summary_of(write_plan, REPORT, FROM_REPORT)
    assert asked.exit_code == 1
    assert "rows 8, 13, 14: looks like a total, whose money would be counted twice" in asked.stderr
    assert '[locations] totals = "leave out"' in asked.stderr
    assert "rows 10, 11, column 'amount': not readable as an amount: '-', 'n/a'" in asked.stderr
    assert '[spending.values.amount] "-" = "0"' in asked.stderr
    assert asked.stderr.count("→") == 3
    answered = FROM_REPORT.replace('"report.xlsx"\n', '"report.xlsx"\ntotals = "leave out"\n')
    answered += '[spending.values.amount]\n"-" = "0"\n"n/a" = "0"\n'
    done = summary_of(write_plan, REPORT, answered)
    assert done.exit_code == 0, done.stderr
    assert [line.split(",")[-1] for line in done.stdout.splitlines()[1:]][:3] == [
        "1290000.00",
        "350000.00",
        "0.00",
    ]
    assert "rows 5, 9 left out as headings within the table: 'Component 1: planning'" in done.stderr
    assert "without the currency beside it: '1,200,000 USD' is '1,200,000'" in done.stderr
    assert "row 16 left out as a note below the table" in done.stderr
    assert done.stderr.count("left out as totals") == 1


def test_figures_in_lao_digits(write_plan: WritePlan) -> None:
    rows = [
        ["ໂຄງການ", "ເມືອງ", "ປີ", "ງົບປະມານ (ກີບ)"],
        ["P1", "Alpha", "໒໐໑໒", "໑,໒໐໐,໐໐໐"],
        ["P2", "Beta", "2012", "໓໕໐,໐໐໐ ກີບ"],
    ]
    columns = 'columns = {{ project = "ໂຄງການ", {} }}\n'
    toml = f"""[locations]
file = "report.xlsx"
{columns.format('district = "ເມືອງ"')}
[spending]
file = "report.xlsx"
{columns.format('year = "ປີ", amount = "ງົບປະມານ (ກີບ)"')}
constant = {{ kind = "budget", currency = "LAK" }}
"""
    done = summary_of(write_plan, rows, toml)
    assert done.exit_code == 0, done.stderr
    assert "A,district,Alpha" in done.stdout
    assert done.stdout.splitlines()[1].endswith("1200000.00")
    assert "'໑,໒໐໐,໐໐໐' is 1200000" in done.stderr


def test_lao_digits_in_dates_and_persons(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("project,start\nP,໓໑/໑໒/໒໐໑໐\nQ,໒໐໑໑-໐໑-໐໒\n", encoding="utf-8")
    starts = conformed(tmp_path / "p.csv", PROJECTS).frame["start"]
    assert starts.dt.strftime("%Y-%m-%d").tolist() == ["2010-12-31", "2011-01-02"]
    (tmp_path / "f.csv").write_text("district,year,population\nA,໒໐໑໒,໔໕໐໐໐\n", encoding="utf-8")
    assert conformed(tmp_path / "f.csv", PROFILE).frame["population"].tolist() == [45000]


UNITS = [
    ("Amount (million kip)", [], 1_000_000),
    ("ງົບປະມານ (ລ້ານກີບ)", [], 1_000_000),
    ("Amount", ["Unit: thousand USD"], 1_000),
    ("Montant", ["en milliers d'euros"], 1_000),
    ("Montant (k€)", [], 1_000),
    ("Amount (MEUR)", [], 1_000_000),
    ("Amount in '000", [], 1_000),
    ("Amount", ["ຫົວໜ່ວຍ: ຕື້ກີບ"], 1_000_000_000),
    ("Cost (Rs. in Crores)", [], 10_000_000),
    ("Cost in lakhs", [], 100_000),
    ("Coût (MFCFA)", [], 1_000_000),
    ("Presupuesto (miles de pesos)", [], 1_000),
    ("Biaya (juta rupiah)", [], 1_000_000),
    ("预算（万元）", [], 10_000),
    ("งบประมาณ (ล้านบาท)", [], 1_000_000),
    ("Bajeti (milioni)", [], 1_000_000),
    ("Amount (K)", [], 1_000),
    ("Amount (x 1,000)", [], 1_000),
    ("Amount, USD 000s", [], 1_000),
]


@pytest.mark.parametrize(("header", "above", "unit"), UNITS)
def test_amounts_in_millions_are_asked_for(header: str, above: list[str], unit: int, tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    rows = [
        above,
        [*HEADER[:4], header],
        ["P", 2012, "budget", "LAK", 1.25],
        ["Q", 2012, "budget", "LAK", "2.5"],
    ]
    write_xlsx(path, rows)
    columns = {"amount": header}
    assert f"seem to be in units of {unit:,}" in said(conformed(path, columns=columns))
    assert f"[spending] unit = {unit}" in said(conformed(path, columns=columns))
    found = conformed(path, columns=columns, unit=unit)
    assert [amount for _, amount, _ in amounts(found)] == [125 * unit, 250 * unit]
    assert [amount for _, amount, _ in amounts(conformed(path, columns=columns, unit=1))] == [125, 250]


def test_unknown_words_in_brackets_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    write_xlsx(path, [[*HEADER[:4], "Amount (gribbles)"], ["P", 2012, "budget", "LAK", 7]])
    columns = {"amount": "Amount (gribbles)"}
    (problem,) = conformed(path, columns=columns).problems
    assert "no known unit: 'gribbles'" in problem.message
    assert "[spending] unit = 1" in problem.way_out
    assert amounts(conformed(path, columns=columns, unit=1)) == [("P", 700, 2)]


@pytest.mark.parametrize(
    "header", ["Amount (kip)", "Amount (2000)", "Amount [LAK]", "Amount (total, planned)"]
)
def test_currencies_and_years_in_brackets_are_no_units(header: str, tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    write_xlsx(path, [[*HEADER[:4], header], ["P", 2012, "budget", "LAK", 7]])
    assert amounts(conformed(path, columns={"amount": header})) == [("P", 700, 2)]


def test_a_word_with_two_meanings_is_asked_with_both() -> None:
    assert magnitudes_beside("Betrag (Billionen)") == ([10**12], [])
    assert magnitudes_beside("Amount (billion)", ("USD",)) == ([10**9, 10**12], [])


PERCENTS = [
    ("poverty_rate", ["35 %", "7.5%"], {}, [0.35, 0.075]),
    ("poverty_rate", ["35 %", "7,5%"], {}, [0.35, 0.075]),
    ("Poverty rate (%)", ["35", "0.5"], {}, [0.35, 0.005]),
    ("Poverty rate (%)", ["0.35", "0.5"], {"unit": "percent"}, [0.0035, 0.005]),
    ("Poverty rate (%)", ["0.35", "0.5"], {"unit": 1}, [0.35, 0.5]),
    ("poverty_rate", ["35", "7 %"], {"unit": "percent"}, [0.35, 0.07]),
    ("poverty_rate", ["0.35", ""], {}, [0.35]),
]


@pytest.mark.parametrize(("header", "cells", "options", "expected"), PERCENTS)
def test_percents_are_shares(
    header: str, cells: list[str], options: dict[str, object], expected: list[float], tmp_path: Path
) -> None:
    rows = "".join(f"{code};2012;{cell}\n" for code, cell in zip("AB", cells, strict=True))
    (tmp_path / "p.csv").write_text(f"district;year;{header}\n{rows}", encoding="utf-8")
    found = conformed(tmp_path / "p.csv", PROFILE, columns={"poverty_rate": header}, **options)
    assert found.problems == []
    rates = found.frame["poverty_rate"]
    assert rates.dropna().tolist() == expected


@pytest.mark.parametrize(
    ("header", "cells", "asked"),
    [
        ("Poverty rate (%)", ["0.35", "0.5"], 'unit = "percent"; or unit = 1'),
        ("poverty_rate", ["35 %", "0.5"], 'unit = "percent"'),
        ("poverty_rate", ["35", "50"], 'unit = "percent"'),
    ],
)
def test_percents_that_are_not_clear_are_asked(
    header: str, cells: list[str], asked: str, tmp_path: Path
) -> None:
    rows = "".join(f"{code};2012;{cell}\n" for code, cell in zip("AB", cells, strict=True))
    (tmp_path / "p.csv").write_text(f"district;year;{header}\n{rows}", encoding="utf-8")
    assert asked in said(conformed(tmp_path / "p.csv", PROFILE, columns={"poverty_rate": header}))


def test_a_unit_in_the_headers_of_years_is_asked_for_too(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("project,2011 (million kip),2012 (million kip)\nP,1.5,2\n")
    options = {"years": "{year} (million kip)", "constant": {"kind": "budget", "currency": "LAK"}}
    assert "in units of 1,000,000: '2011 (million kip)'" in said(conformed(path, **options))
    assert amounts(conformed(path, unit=10**6, **options)) == [("P", 150_000_000, 2), ("P", 200_000_000, 2)]


def test_words_that_only_sound_like_units_are_no_units(tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    write_xlsx(path, [["Millionaires' road, phase 2000"], HEADER, ["P", 2012, "budget", "EUR", 5]])
    assert amounts(conformed(path)) == [("P", 500, 3)]


def test_hidden_rows_and_columns_count_and_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (HEADER, ["P", 2012, "budget", "EUR", 5], ["Q", 2012, "budget", "EUR", 7]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["D"].hidden = True
    book.create_sheet("old").append(["project"])
    book["old"].sheet_state = "hidden"
    book.save(tmp_path / "s.xlsx")
    found = conformed(tmp_path / "s.xlsx")
    assert amounts(found) == [("P", 500, 2), ("Q", 700, 3)]
    assert any("row 3 hidden in the workbook" in note for note in found.detected)
    assert any("column D hidden in the workbook" in note for note in found.detected)


FORMATS = ["[$€-2] #,##0.00", '#,##0.0,,"M"', '#,##0 "LAK"', '#,##0 "kip"', '0 "million"', '"Total" 0']
"""Formats of the amounts in rows 2 to 7, the third of which agrees with its currency."""


def write_formats_xlsx(path: Path, rows: list[list[object]]) -> None:
    book = openpyxl.Workbook()
    for at, row in enumerate([HEADER, *rows], start=1):
        book.active.append(row)
        book.active.cell(at, 5).number_format = ["General", *FORMATS][at - 1]
    book.save(path)


def write_formats_xls(path: Path, rows: list[list[object]]) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for y, row in enumerate([HEADER, *rows]):
        for x, cell in enumerate(row):
            style = xlwt.XFStyle()
            style.num_format_str = ["General", *FORMATS][y] if x == 4 else "General"
            sheet.write(y, x, cell, style)
    book.save(str(path))


def write_formats_ods(path: Path, rows: list[list[object]]) -> None:
    document = OpenDocumentSpreadsheet()
    made = [
        (CurrencyStyle, [CurrencySymbol(text="€"), Number()]),
        (NumberStyle, [Number(displayfactor=1_000_000), Text(text="M")]),
        (CurrencyStyle, [Number(), CurrencySymbol(text="LAK")]),
        (NumberStyle, [Number(), Text(text=" kip")]),
        (NumberStyle, [Number(), Text(text=" million")]),
        (NumberStyle, [Text(text="Total "), Number()]),
    ]
    for at, (kind, parts) in enumerate(made):
        number = kind(name=f"N{at}")
        for part in parts:
            number.addElement(part)
        document.automaticstyles.addElement(number)
        document.automaticstyles.addElement(
            Style(name=f"ce{at}", family="table-cell", datastylename=f"N{at}")
        )
    sheet = Table(name="S")
    # The last format is that of the column, the one before that of its row.
    sheet.addElement(TableColumn(numbercolumnsrepeated=4))
    sheet.addElement(TableColumn(defaultcellstylename="ce5"))
    for at, row in enumerate([HEADER, *rows], start=-1):
        line = TableRow(defaultcellstylename="ce4") if at == 4 else TableRow()
        for cell in row:
            style = {"stylename": f"ce{at}"} if 0 <= at < 4 and cell is row[-1] else {}
            if isinstance(cell, str):
                line.addElement(TableCell(valuetype="string", stringvalue=cell))
                line.lastChild.addElement(P(text=cell))
            else:
                line.addElement(TableCell(valuetype="float", value=cell, **style))
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    document.save(str(path))


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods"])
def test_number_formats_that_contradict_are_noted(suffix: str, tmp_path: Path) -> None:
    currencies = ["USD", "USD", "LAK", "USD", "USD", "USD"]
    rows: list[list[object]] = [
        [project, 2012, "budget", currency, amount]
        for project, currency, amount in zip("PQRSTU", currencies, (5, 7, 9, 11, 13, 17), strict=True)
    ]
    write = {".xlsx": write_formats_xlsx, ".xls": write_formats_xls, ".ods": write_formats_ods}[suffix]
    write(tmp_path / f"s{suffix}", rows)
    found = conformed(tmp_path / f"s{suffix}")
    assert [amount for _, amount, _ in amounts(found)] == [500, 700, 900, 1100, 1300, 1700]
    told = "\n".join(
        sorted(note.partition("shows ")[2] for note in found.detected if "number format" in note)
    )
    assert told == (
        "'million' in row 6; the amounts are read without it, unless unit says so\n"
        "EUR in row 2, but the currency is USD\nLAK in row 5, but the currency is USD\n"
        "amounts divided by 1,000,000 in row 3; they are read in full"
    )


def write_percents(path: Path) -> None:
    """Write one amount that is shown as a percent."""
    row = ["P", 2012, "budget", "EUR", 0.5]
    if path.suffix == ".xlsx":
        write_xlsx(path, [HEADER, row])
        book = openpyxl.load_workbook(path)
        book.active["E2"].number_format = "0%"
        book.save(path)
    elif path.suffix == ".xls":
        book = xlwt.Workbook()
        sheet = book.add_sheet("S")
        for at, (header, cell) in enumerate(zip(HEADER, row, strict=True)):
            sheet.write(0, at, header)
            sheet.write(1, at, cell, *([xlwt.easyxf(num_format_str="0.00%")] if at == 4 else []))
        book.save(str(path))
    else:
        document, sheet = OpenDocumentSpreadsheet(), Table(name="S")
        number = PercentageStyle(name="N0")
        number.addElement(Number(decimalplaces=0))
        number.addElement(Text(text="%"))
        document.automaticstyles.addElement(number)
        document.automaticstyles.addElement(Style(name="ce0", family="table-cell", datastylename="N0"))
        for cells in (HEADER, row):
            line = TableRow()
            for cell in cells:
                if cell == 0.5:
                    line.addElement(TableCell(valuetype="percentage", value=cell, stylename="ce0"))
                else:
                    line.addElement(TableCell(valuetype="string", stringvalue=str(cell)))
                    line.lastChild.addElement(P(text=str(cell)))
            sheet.addElement(line)
        document.spreadsheet.addElement(sheet)
        document.save(str(path))


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods"])
def test_percents_are_no_amounts(suffix: str, tmp_path: Path) -> None:
    write_percents(tmp_path / f"s{suffix}")
    told = said(conformed(tmp_path / f"s{suffix}"))
    assert "row 2, column 'amount': the cells of 'amount' are percents, not amounts: '0.5'" in told


def test_formulas_without_result_are_refused(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "s.xlsx", [HEADER, ["P", 2012, "budget", "EUR", "=100*2"]])
    assert "has no results for its formulas, in E2" in said(conformed(tmp_path / "s.xlsx"))


def test_formulas_that_fail_are_named(tmp_path: Path) -> None:
    write_xlsx(
        tmp_path / "s.xlsx",
        [HEADER, ["P", 2012, "budget", "EUR", "#REF!"], ["Q", 2012, "budget", "EUR", "#DIV/0!"]],
    )
    told = said(conformed(tmp_path / "s.xlsx"))
    assert "rows 2, 3, column 'amount': not readable as an amount: '#REF!', '#DIV/0!'" in told
    assert "the formula in the spreadsheet fails" in told
    document = OpenDocumentSpreadsheet()
    sheet = Table(name="S")
    for row in (HEADER, ["P", "2012", "budget", "EUR", "#REF!"], ["Q", "2012", "budget", "EUR", "5"]):
        line = TableRow()
        for cell in row:
            made = TableCell(valuetype="string", stringvalue="" if cell == "#REF!" else cell)
            if cell == "#REF!":
                made.setAttrNS(
                    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
                    "value-type",
                    "error",
                )
            made.addElement(P(text=cell))
            line.addElement(made)
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    document.save(str(tmp_path / "s.ods"))
    assert "row 2, column 'amount': not readable as an amount: '#REF!'" in said(conformed(tmp_path / "s.ods"))


def test_a_year_may_be_a_date(tmp_path: Path) -> None:
    cells = [dt.date(2012, 1, 31), "2013.0", "03/04/2014", "31.12.2015", 2016]
    write_xlsx(tmp_path / "s.xlsx", [HEADER, *(["P", cell, "budget", "EUR", 5] for cell in cells)])
    assert conformed(tmp_path / "s.xlsx").frame["year"].tolist() == [2012, 2013, 2014, 2015, 2016]
    write_xlsx(
        tmp_path / "t.xlsx",
        [HEADER, ["P", "FY2012", "budget", "EUR", 5], ["P", "2012/13", "budget", "EUR", 5]],
    )
    assert "fiscal years need a rule: 'FY2012', '2012/13'" in said(conformed(tmp_path / "t.xlsx"))


@pytest.mark.parametrize(
    ("cell", "currency", "minor"),
    [
        ("1,200,000 USD", "USD", 120_000_000),
        ("USD 1,200.50", "USD", 120_050),
        ("US$ 7", "USD", 700),
        ("€12,5", "EUR", 1_250),
        ("350 000 ₭", "LAK", 35_000_000),
        ("5 kip", "lak", 500),
    ],
)
def test_the_currency_beside_an_amount_is_taken_off_when_it_is_the_rows(
    cell: str, currency: str, minor: int, tmp_path: Path
) -> None:
    write_xlsx(tmp_path / "s.xlsx", [HEADER, ["P", 2012, "budget", currency, cell]])
    found = conformed(tmp_path / "s.xlsx")
    assert amounts(found) == [("P", minor, 2)]
    assert found.frame["currency"].tolist() == [currency.upper()]


@pytest.mark.parametrize(
    ("cell", "currency", "advice"),
    [
        ("1,200,000 USD", "EUR", "put the currency into its own column"),
        ("$5", "EUR", "put the currency into its own column"),
        ("(25)", "EUR", 'values.amount = { "(25)" = "-25" }'),
        ("(25 boxes)", "EUR", "an amount in brackets with a minus"),
        ("Rs. 2.5 Cr", "INR", 'values.amount = { "Rs. 2.5 Cr" = "25000000" }'),
        ("1 234,5 тыс. руб.", "RUB", 'values.amount = { "1 234,5 тыс. руб." = "1234500" }'),
        ("3,5 triệu đồng", "VND", 'values.amount = { "3,5 triệu đồng" = "3500000" }'),
        ("2 million USD", "EUR", "write digits"),
        ("n/a", "EUR", '[spending.values.amount] "n/a" = "0"'),
        ("12 %", "EUR", "write digits"),
    ],
)
def test_an_amount_that_is_not_clear_is_asked(cell: str, currency: str, advice: str, tmp_path: Path) -> None:
    write_xlsx(tmp_path / "s.xlsx", [HEADER, ["P", 2012, "disbursement", currency, cell]])
    assert "not readable as an amount" in said(conformed(tmp_path / "s.xlsx"))
    assert advice in said(conformed(tmp_path / "s.xlsx"))


def test_one_bad_cell_does_not_hide_how_the_others_are_written(tmp_path: Path) -> None:
    write_xlsx(
        tmp_path / "s.xlsx", [HEADER, *(["P", 2012, "budget", "EUR", cell] for cell in ("1 000,5", "soon"))]
    )
    (problem,) = conformed(tmp_path / "s.xlsx").problems
    assert problem.values == ("soon",)


def test_headings_are_left_out_only_where_nothing_can_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("project,district,name\nRural roads,,\nP,A,one\nBig school,,\nBig school,B,two\n")
    found = read(FileSpec(path), LOCATIONS)
    assert found.frame["project"].tolist() == ["P", "Big school", "Big school"]
    path.write_text("project,title,sector\nRural roads,,\nP,A,one\n")
    assert read(FileSpec(path), PROJECTS).frame["project"].tolist() == ["Rural roads", "P"]
    path.write_text("project,year,kind,currency,amount\nP,2012,budget,EUR,1\nRural,,,,\n")
    assert "row 3, column 'amount': no amount" in said(read(FileSpec(path), SPENDING))


def test_a_reader_that_panics_says_nothing_beside_the_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "d.xls"
    write_formats_xls(path, [])
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"d\.xls: is not a readable workbook"), open_sheets(path):
        pass
    assert capfd.readouterr().err == ""
    os.write(2, b"as before")
    assert capfd.readouterr().err == "as before"
