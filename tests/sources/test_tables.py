"""Tables as planners have them: what is detected is said, what is doubtful is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlwt
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from geoplan.cli import app
from geoplan.model.schema import LOCATIONS, POINTS, PROFILE, PROJECTS, SPENDING
from geoplan.model.schema import Table as Contract
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.layer_list import list_layers
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.headers import match_headers
from geoplan.sources.tables.known_headers import looks_like
from geoplan.sources.tables.numerals import PLAIN, NumeralStyle, possible_styles

from ..conftest import SPENDING as TOY_SPENDING
from ..conftest import TOML, WritePlan

HEADER = ["project", "year", "kind", "currency", "amount"]
Rows = Sequence[Sequence[object]]
Merged = Sequence[tuple[int, int, int, int]]
TITLED: Rows = [
    ["ພະແນກແຜນການ ແລະ ການລົງທຶນ"],
    ["Spending, 2012, by project"],
    [],
    ["Project", "Year", "Kind", "Currency", "Amount", None, None],
    ["P1", 2012, "budget", "LAK", 1234567.5],
    ["P2", 2012, "budget", "LAK", 1000],
    ["Total", None, None, None, 1235567.5],
    [],
    ["Source: Provincial department of planning"],
]


def write_xlsx(path: Path, rows: Rows, merged: Merged = (), title: str = "Sheet1") -> None:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    for top, left, bottom, right in merged:
        book.active.merge_cells(start_row=top, start_column=left + 1, end_row=bottom, end_column=right + 1)
    book.save(path)


def write_xls(path: Path, rows: Rows, merged: Merged = (), title: str = "Sheet1") -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet(title)
    day = xlwt.XFStyle()
    day.num_format_str = "dd/mm/yyyy"
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if cell is not None:
                sheet.write(y, x, cell, day if isinstance(cell, dt.date) else xlwt.XFStyle())
    for top, left, bottom, right in merged:
        sheet.merge(top - 1, bottom - 1, left, right)
    book.save(str(path))


def write_ods(path: Path, rows: Rows, merged: Merged = (), title: str = "Sheet1") -> None:
    document = OpenDocumentSpreadsheet()
    table = Table(name=title)
    for row in rows:
        line = TableRow()
        for cell in row:
            line.addElement(_ods_cell(cell))
        table.addElement(line)
    # What LibreOffice writes below and beside the cells.
    table.addElement(TableRow(numberrowsrepeated=1_048_000))
    table.lastChild.addElement(CoveredTableCell(numbercolumnsrepeated=16_384))
    document.spreadsheet.addElement(table)
    document.save(str(path))


def _ods_cell(cell: object) -> TableCell:
    if cell is None:
        return TableCell()
    if isinstance(cell, dt.date):
        return TableCell(valuetype="date", datevalue=cell.isoformat())
    if isinstance(cell, int | float):
        return TableCell(valuetype="float", value=cell)
    found = TableCell(valuetype="string")
    found.addElement(P(text=str(cell)))
    return found


WORKBOOKS = {".xlsx": write_xlsx, ".xls": write_xls, ".ods": write_ods}


def conformed(path: Path, table: Contract = SPENDING, **options: object) -> Conformed:
    return read(FileSpec(path, **options), table)  # type: ignore[arg-type]


def amounts(found: Conformed) -> list[tuple[str, int, int]]:
    assert found.problems == []
    rows = found.frame[["project", "amount_minor", "source_row"]]
    return [(str(code), int(amount), int(row)) for code, amount, row in rows.itertuples(index=False)]


def said(found: Conformed) -> str:
    return "\n".join(str(problem) for problem in found.problems)


@pytest.mark.parametrize(("count", "rows"), [(5, "rows 3, 4, 5, 6, 7"), (6, "rows 3, 4, 5, 6, 7 and 1 more")])
def test_five_notes_are_listed_and_the_others_counted(count: int, rows: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    notes = "".join(f"Note {number} on the table,,,,,\n" for number in range(count))
    path.write_text("project,component,year,kind,currency,amount\nP,roads,2010,budget,EUR,7\n" + notes)
    assert any(f"{rows} left out as a note" in note for note in conformed(path).detected)


@pytest.mark.parametrize("suffix", WORKBOOKS)
def test_a_titled_workbook_with_total_and_note(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"t{suffix}"
    WORKBOOKS[suffix](path, TITLED)
    found = conformed(path)
    assert "row 7: looks like a total" in said(found)
    assert 'totals = "leave out"' in said(found)
    found = conformed(path, totals="leave out")
    assert amounts(found) == [("P1", 123456750, 5), ("P2", 100000, 6)]
    assert "header is taken from row 4" in found.detected[0]
    assert "row 9 left out as a note" in found.detected[1]
    assert "1 row left out as totals (7)" in found.detected[2]


@pytest.mark.parametrize("suffix", WORKBOOKS)
def test_dates_of_a_workbook_are_dates(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"p{suffix}"
    WORKBOOKS[suffix](path, [["project", "start"], ["P", dt.date(2010, 3, 4)], ["Q", "2011-05-06"]])
    starts = conformed(path, PROJECTS).frame["start"]
    assert starts.dt.strftime("%Y-%m-%d").tolist() == ["2010-03-04", "2011-05-06"]


@pytest.mark.parametrize("suffix", [".xlsx", ".xls"])
def test_merged_headers_and_cells(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"m{suffix}"
    rows = [
        ["Project", "When", "Money", None, None],
        [None, "Year", "Kind", "Currency", "Amount"],
        ["P1", 2011, "budget", "EUR", 5],
        [None, 2012, "budget", "EUR", 6],
        ["P2", 2012, "budget", "EUR", 7],
    ]
    WORKBOOKS[suffix](path, rows, [(1, 0, 2, 0), (1, 2, 1, 4), (3, 0, 4, 0)])
    found = conformed(path)
    assert amounts(found) == [("P1", 500, 3), ("P1", 600, 4), ("P2", 700, 5)]
    assert "column 'project' is merged over rows 3 to 4" in "\n".join(found.detected)


def test_an_amount_merged_over_rows_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "m.xlsx"
    write_xlsx(
        path, [HEADER, ["P", 2011, "budget", "EUR", 5], ["Q", 2011, "budget", "EUR", None]], [(2, 4, 3, 4)]
    )
    assert "row 3, column 'amount': no amount" in said(conformed(path))


def test_a_name_that_occurs_twice_takes_what_stands_above_it(tmp_path: Path) -> None:
    path = tmp_path / "m.xlsx"
    rows = [
        ["Project", "Planned", None, "Paid", None],
        [None, "2011", "2012", "2011", "2012"],
        ["P1", 1, 2, 3, 4],
    ]
    write_xlsx(path, rows, [(1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4)])
    listed = said(conformed(path))
    assert "'Planned 2011', 'Planned 2012', 'Paid 2011', 'Paid 2012'" in listed
    assert 'years = { "Planned {year}" = { kind = "budget" }, "Paid {year}" = { kind = "…" } }' in listed


def test_groups_of_columns_need_not_be_merged(tmp_path: Path) -> None:
    path = tmp_path / "m.xlsx"
    rows = [
        ["Report of the department"],
        [None, "Planned", None, "Paid", None, None],
        ["Project", 2011, 2012, 2011, 2012, "Currency"],
        ["P1", 1, 2, 3, None, "EUR"],
    ]
    write_xlsx(path, rows)
    years = {"Planned {year}": {"kind": "budget"}, "Paid {year}": {"kind": "disbursement"}}
    found = conformed(path, years=years)
    assert found.problems == []
    columns = ["year", "kind", "amount_minor"]
    assert found.frame[columns].to_numpy().tolist() == [
        [2011, "budget", 100], [2012, "budget", 200], [2011, "disbursement", 300],
    ]  # fmt: skip
    write_xlsx(path, [["Project", "Amount", "Amount"], ["P1", 1, 2]])
    assert "columns occur twice: 'Amount'" in said(conformed(path))


def test_sheets_are_chosen_by_name_by_table_or_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["some notes"])
    for title in ("Spending", "2013"):
        sheet = book.create_sheet(title)
        sheet.append(HEADER)
        sheet.append(["P", 2012, "budget", "EUR", len(title)])
    book.create_sheet("empty")
    book.save(path)
    assert amounts(conformed(path)) == [("P", 800, 2)]
    assert amounts(conformed(path, sheet="2013")) == [("P", 400, 2)]
    assert "the workbook has 3 sheets: 'Sheet', 'Spending', '2013'" in said(conformed(path, PROFILE))
    assert "no such sheet: '2014'" in said(conformed(path, sheet="2014"))
    listed = list_layers(path)
    assert listed["layer"].tolist() == ["Sheet", "Spending", "2013", "empty"]
    assert listed["columns"].iloc[1] == "project, year, kind, currency, amount"


@pytest.mark.parametrize(
    ("cells", "expected", "note"),
    [
        (["1.234,50", "12"], [123450, 1200], "a comma as the decimal mark and a point between thousands"),
        (["1 234,50", "12\u00a0000,00"], [123450, 1200000], "spaces between thousands"),
        (["1'234.50", "12’000"], [123450, 1200000], "apostrophes between thousands"),
        (["12,5", "1234,00"], [1250, 123400], "a comma as the decimal mark"),
        (["1,234.50", "2,000"], [123450, 200000], "a comma between thousands"),
        (["12,34,567.00", "5"], [123456700, 500], "a comma between thousands"),
        (["1.234.567", "5"], [123456700, 500], "a point between thousands"),
        (["1.234", "12.50"], [123, 1250], ""),
        (["1234.50", "7"], [123450, 700], ""),
        (["2.450", "0.5", "7 200"], [245, 50, 720000], "a point as the decimal mark and spaces"),
        (["2.450", "0,5", "7 200"], [245000, 50, 720000], "a comma as the decimal mark"),
        (["2,450", "7,200,000"], [245000, 720000000], "a comma between thousands"),
    ],
)
def test_decimal_marks_are_taken_from_the_column_and_told(
    cells: list[str], expected: list[int], note: str, tmp_path: Path
) -> None:
    path = tmp_path / "spending.csv"
    path.write_text(
        "\n".join([";".join(HEADER), *(f"P;2012;budget;EUR;{cell}" for cell in cells)]), encoding="utf-8"
    )
    found = conformed(path)
    assert [amount for _, amount, _ in amounts(found)] == expected
    noted = [remark for remark in found.detected if "'amount' is read with" in remark]
    assert (note in noted[0]) if note else not noted


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    ("cells", "noted"),
    [
        (["80000.00", "1.950", "2.500"], "row 3: amount '1.950' (and 1 more) is read as 1.95, although"),
        (["80000.00", "1.955"], "if 1955 is meant"),
        (["12,5", "1,950"], "if 1950 is meant"),
        (["80000.00", "0.950"], ""),
        (["80000.00", "12345.950"], ""),
        (["1.5", "1.955"], ""),
        (["1.5", "1.950", "2.125"], ""),
    ],
)
def test_three_decimals_among_others_may_be_thousands_and_are_told(
    cells: list[str], noted: str, many: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if many:  # whole columns are looked at first
        monkeypatch.setattr("geoplan.sources.tables.cell_values._MANY", 1)
    path = tmp_path / "spending.csv"
    path.write_text("\n".join([";".join(HEADER), *(f"P;2012;budget;EUR;{cell}" for cell in cells)]))
    told = [remark for remark in conformed(path).detected if "three decimals" in remark]
    assert (noted in told[0] and len(told) == 1) if noted else not told


@pytest.mark.parametrize(
    "cells",
    [["1.234"], ["1,234", "2,000"], ["1.234", "5"], ["-1,234"], ["2.450", "7 200"], ["2,450", "7'200", "1"]],
)
def test_an_amount_that_can_be_read_in_two_ways_is_asked(cells: list[str], tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    path.write_text("\n".join([";".join(HEADER), *(f"P;2012;expenditure;EUR;{cell}" for cell in cells)]))
    assert "may be read in two ways" in said(conformed(path))
    assert 'decimal = "."' in said(conformed(path))
    assert conformed(path, decimal=cells[0].strip("-")[1], thousands="").problems == []
    other = "," if "." in cells[0] else "."
    assert conformed(path, decimal=other, thousands=cells[0].strip("-")[1]).problems == []


def test_the_column_of_each_year_proves_its_own_mark(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    constant = {"kind": "budget", "currency": "EUR"}
    path.write_text("project;2010;2011\nP;0.5;2.450\nQ;7.25;3\n")
    (problem,) = conformed(path, years="{year}", constant=constant).problems
    assert (problem.column, problem.rows) == ("2011", (2,))
    path.write_text("project;2010;2011\nP;0.5;2.450\nQ;7.25;0.1\n")
    assert conformed(path, years="{year}", constant=constant).problems == []


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["4.5813207E7", "8.1E6", "12"], [4581320700, 810000000, 1200]),
        (["2e+05", "7E3", "1.25E1"], [20000000, 700000, 1250]),
        (["-3.125e+2", "6.02E0"], [-31250, 602]),
        (["4,5813207E7"], [4581320700]),
    ],
)
def test_complete_scientific_notation_is_read(cells: list[str], expected: list[int], tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    rows = [";".join(HEADER), *(f"P;2012;expenditure;EUR;{cell}" for cell in cells)]
    path.write_text("\n".join(rows))
    assert [amount for _, amount, _ in amounts(conformed(path))] == expected


@pytest.mark.parametrize("cell", ["4.58E+07", "4,58E+07", "1E+11", "6.10234E+09", "4.5E6"])
def test_rounded_scientific_notation_is_asked(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    path.write_text(f"{';'.join(HEADER)}\nP;2012;budget;EUR;{cell}\nP;2012;budget;EUR;3\n")
    (problem,) = conformed(path).problems
    assert (problem.rows, problem.values) == ((2,), (cell,))
    assert '[spending] scientific = "exact"' in problem.way_out
    expected = int(Decimal(cell.replace(",", ".")) * 100)
    assert [amount for _, amount, _ in amounts(conformed(path, scientific="exact"))] == [expected, 300]


def test_coordinates_in_scientific_notation(tmp_path: Path) -> None:
    path = tmp_path / "locations.csv"
    path.write_text("project,lon,lat\nP,4.2e-05,1.75e+01\n")
    found = conformed(path, LOCATIONS)
    assert found.problems == []
    assert found.frame[["lon", "lat"]].to_numpy().tolist() == [[4.2e-05, 17.5]]


def test_persons_of_points_may_have_thousands(tmp_path: Path) -> None:
    path = tmp_path / "villages.csv"
    path.write_text("name;population;lon;lat\nA;1.200;104,5;18,25\n")
    (problem,) = conformed(path, POINTS).problems
    assert (problem.column, problem.values) == ("population", ("1.200",))
    found = conformed(path, POINTS, decimal=",", thousands=".")
    assert found.frame[["population", "lon", "lat"]].to_numpy().tolist() == [[1200, 104.5, 18.25]]


@pytest.mark.parametrize(
    ("options", "cell"),
    [({"decimal": ","}, "1.234"), ({"decimal": ",", "thousands": "."}, "1.23"), ({"decimal": "."}, "1,5")],
)
def test_what_the_plan_says_is_kept_to(options: dict[str, str], cell: str, tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    path.write_text(f"{';'.join(HEADER)}\nP;2012;budget;EUR;{cell}\n")
    assert "not readable as an amount" in said(conformed(path, **options))


def test_persons_are_asked_for_too(tmp_path: Path) -> None:
    path = tmp_path / "profile.csv"
    path.write_text("district,year,population,poor\nA,2012,45.000,900\nB,2012,30.000,1200\n")
    (problem,) = conformed(path, PROFILE).problems
    assert problem.column == "population"
    assert "'45.000' is 45.000 or 45000" in problem.message
    # A part of a person shows that the mark is between thousands.
    path.write_text("district,year,population,poor\nA,2012,45.000,900\nB,2012,30.250,1200\n")
    found = conformed(path, PROFILE)
    assert (found.problems, found.frame["population"].tolist()) == ([], [45_000, 30_250])


@given(
    st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=2), min_size=1, max_size=8),
    st.sampled_from(
        [
            NumeralStyle(".", ","),
            NumeralStyle(",", "."),
            NumeralStyle(",", " "),
            NumeralStyle(".", "'"),
            PLAIN,
            NumeralStyle(","),
        ]
    ),
)
def test_numbers_are_never_read_as_others(values: list[Decimal], style: NumeralStyle) -> None:
    texts = [
        f"{value:,.2f}".translate({ord(","): style.thousands, ord("."): style.decimal}) for value in values
    ]
    styles = possible_styles(texts)
    assert styles, texts
    if len(styles) == 1:
        read_back = [Decimal(styles[0].plain(text) or "nan") for text in texts]
        assert read_back == values


def test_days_and_months(tmp_path: Path) -> None:
    path = tmp_path / "projects.csv"

    def starts(*cells: str) -> Conformed:
        path.write_text("\n".join(["project,start", *(f"P{n},{cell}" for n, cell in enumerate(cells))]))
        return conformed(path, PROJECTS)

    assert starts("31/12/2010", "1/2/2011").frame["start"].dt.strftime("%m-%d").tolist() == ["12-31", "02-01"]
    assert "read day first" in starts("31/12/2010", "1/2/2011").detected[0]
    assert starts("12/31/2010", "1/2/2011").frame["start"].dt.strftime("%m-%d").tolist() == ["12-31", "01-02"]
    assert starts("03.04.2010").frame["start"].dt.month.tolist() == [4]
    assert "2010-04-03 or 2010-03-04" in said(starts("03/04/2010"))
    assert "not readable as a date: '31/12/10'" in said(starts("31/12/10"))


@pytest.mark.parametrize(
    ("encoding", "word", "note"),
    [
        ("utf-8", "École", ""),
        ("utf-8-sig", "ໂຮງຮຽນ", ""),
        ("cp1252", "École – 5 €", "read as cp1252 (Windows, Western Europe): 'École'"),
        ("latin-1", "Forêt", "read as cp1252"),
        ("cp1252", "Café, Þórshöfn", "'Þórshöfn'. If 'Şórshöfn' is right, write encoding = \"cp1254\""),
        ("utf-16", "ໂຮງຮຽນ", "read as UTF-16"),
        ("utf-32", "ໂຮງຮຽນ", "read as UTF-32"),
        ("utf-16-le", "School", "UTF-16 (without a byte order mark)"),
        ("utf-16-be", "School", "UTF-16 (without a byte order mark)"),
    ],
)
def test_encodings_are_detected_and_told(encoding: str, word: str, note: str, tmp_path: Path) -> None:
    path = tmp_path / "projects.csv"
    path.write_bytes(f'project,title\nP,"{word}"\n'.encode(encoding))
    found = conformed(path, PROJECTS)
    assert found.frame["title"].tolist() == [word]
    assert note in " ".join(found.detected)
    assert bool(found.detected) == bool(note)


@pytest.mark.parametrize(
    ("encoding", "word"),
    [("cp1251", "Дорога"), ("cp874", "ปากช่อง"), ("mac_roman", "Forêt"), ("cp850", "École")],
)
def test_other_encodings_are_asked_for(encoding: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "projects.csv"
    path.write_bytes(f"project,title\nP,{word}\n".encode(encoding))
    assert "the text is not UTF-8" in said(conformed(path, PROJECTS))
    assert conformed(path, PROJECTS, encoding=encoding).frame["title"].tolist() == [word]


@pytest.mark.parametrize(
    ("word", "readable"),
    [
        ("Créée", True),  # two letters beyond ASCII, one after the other
        ("Crééé", False),  # three: more likely the wrong encoding
        ("Été", True),  # a capital first
        ("fÊte", False),  # a capital after a small letter
    ],
)
def test_cp1252_is_believed_only_where_it_reads_as_words(word: str, readable: bool, tmp_path: Path) -> None:
    path = tmp_path / "projects.csv"
    path.write_bytes(f"project,title\nP,{word}\n".encode("cp1252"))
    found = conformed(path, PROJECTS)
    assert ("the text is not UTF-8" in said(found)) is not readable
    assert conformed(path, PROJECTS, encoding="cp1252").frame["title"].tolist() == [word]


@pytest.mark.parametrize(("above", "found"), [(39, True), (40, False)])
def test_the_header_is_looked_for_in_the_first_40_rows(above: int, found: bool, tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    lines = ["Spending of the province"] * above + [
        "project,year,kind,currency,amount",
        "P,2010,budget,EUR,1",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    result = conformed(path)
    if found:
        assert amounts(result) == [("P", 100, 41)]
        assert "the header is taken from row 40; 39 rows above it left out" in result.detected[0]
    else:
        assert "more cells than the header has columns" in said(result)  # row 1 is taken for the header


def test_a_title_with_commas_does_not_hide_the_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    path.write_text(
        "Bolikhamxay, spending, by project, 2012\n\nproject;year;kind;currency;amount;;\nP;2012;budget;EUR;12,5;;\n"
    )
    assert amounts(conformed(path)) == [("P", 1250, 4)]


def test_headers_are_mapped_whatever_their_spaces(tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    write_xlsx(
        path, [["ໂຄງການ", "ປີ", "Kind", "Currency", "Amount\n(million  LAK)"], ["P", 2012, "budget", "LAK", 5]]
    )
    columns = {"project": "ໂຄງການ", "year": "ປີ", "amount": "Amount (million LAK)"}
    assert amounts(conformed(path, columns=columns, unit=10**6)) == [("P", 500_000_000, 2)]
    assert "did you mean 'Amount (million LAK)'" in said(
        conformed(path, columns={**columns, "amount": "Amuont million"})
    )


def test_a_condition_chooses_rows(tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    path.write_text(
        f"{','.join(HEADER)},Status\nP,2011,budget,EUR,1,\nQ,2012,budget,EUR,2,cancelled\nR,2013,budget,EUR,3,\n"
    )
    found = conformed(path, where="year >= 2012 AND coalesce(Status, '') <> 'cancelled'")
    assert amounts(found) == [("R", 300, 4)]
    assert "1 of 3 rows are read" in found.detected[-1]
    assert "no such column: nosuch" in said(conformed(path, where="nosuch = 1"))
    assert "invalid condition" in said(conformed(path, where="1=1); DROP TABLE given; --"))


def test_a_cell_far_away_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    book = openpyxl.Workbook()
    for row in (HEADER, ["P", 2012, "budget", "EUR", 5]):
        book.active.append(row)
    book.active.cell(1_048_576, 3).value = "checked"
    book.save(path)
    assert "row 1048576, column 'project': no value" in said(conformed(path))


def test_notes_are_printed_and_kept_for_check(write_plan: WritePlan) -> None:
    folder = write_plan(spending=TOY_SPENDING.replace("roads", "forêts").replace(",", ";").encode("cp1252"))
    for command in ("summary", "check"):
        done = CliRunner().invoke(app, [command, str(folder)])
        assert done.exit_code == 0, done.stderr
        # check lists the notes with its warnings.
        told = done.stderr if command == "summary" else done.stdout
        assert "spending.csv is not UTF-8; it is read as cp1252" in told


def test_the_header_row_can_be_named(write_plan: WritePlan) -> None:
    toml = TOML.replace('"spending.csv"', '"spending.csv"\nheader = 2')
    folder = write_plan(spending=f"a,b,c\n{TOY_SPENDING}", toml=toml)
    assert CliRunner().invoke(app, ["summary", str(folder)]).exit_code == 0
    folder = write_plan(spending=f"a,b,c\n{TOY_SPENDING}", toml=toml.replace("header = 2", "header = 99"))
    assert (
        "the row named by header is empty: '99'" in CliRunner().invoke(app, ["summary", str(folder)]).stderr
    )


def test_the_same_workbook_in_three_formats(tmp_path: Path) -> None:
    rows = [HEADER, ["P", 2012, "budget", "EUR", 0.1], ["Q", 2013, "disbursement", "LAK", 1234567.5]]
    frames = []
    for suffix, write in WORKBOOKS.items():
        write(tmp_path / f"s{suffix}", rows)
        frames.append(conformed(tmp_path / f"s{suffix}").frame.drop(columns="source_file"))
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame, frames[0])


def test_two_columns_of_one_name_are_refused_whatever_their_case(tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    path.write_text("project,Year,year,kind,currency,amount\nP,2012,2013,budget,EUR,1\n")
    (problem,) = read(FileSpec(path), SPENDING).problems
    assert (problem.message, problem.values) == ("columns occur twice", ("Year", "year"))


@pytest.mark.parametrize(
    ("cell", "fine"), [("13.02.2555", False), ("2555-02-13", False), ("9999-12-31", True)]
)
def test_a_date_of_another_calendar_is_refused(cell: str, fine: bool, tmp_path: Path) -> None:
    """2555 of the Buddhist calendar is 2012; an open end is written as the last day there is."""
    path = tmp_path / "projects.csv"
    path.write_text(f"project,title,start\nP,Road,{cell}\n")
    assert bool(read(FileSpec(path), PROJECTS).problems) is not fine


@pytest.mark.parametrize("header", ["amount,Paid", "Paid,amount"])
def test_a_column_whose_name_the_plan_gives_to_another_is_left_aside_and_said(
    header: str, tmp_path: Path
) -> None:
    row = "9,100" if header.startswith("amount") else "100,9"
    path = tmp_path / "s.csv"
    path.write_text(f"project,year,kind,currency,{header}\nP,2010,budget,USD,{row}\n", encoding="utf-8")
    spec = FileSpec(path, columns={"amount": "Paid"}, constant={"currency": "EUR"})
    found = read(spec, SPENDING)
    assert found.problems == []
    assert found.frame["amount_minor"].tolist() == [10_000]
    assert found.frame["currency"].tolist() == ["EUR"]
    assert found.frame["amount_"].tolist() == ["9"]
    assert "s.csv: column 'amount' is not read: amount is read from 'Paid'" in found.remarks
    assert "s.csv: column 'currency' is not read: the plan gives one currency for all rows" in found.remarks


@pytest.mark.parametrize(
    ("header", "row", "table", "expected"),
    [
        ("ProjectId,SiteLongitude,SiteLatitude", "P,104.5,18.25", LOCATIONS, {"lon": 104.5, "lat": 18.25}),
        ("project,Longtitude,Lattitude", "P,104.5,18.25", LOCATIONS, {"lon": 104.5, "lat": 18.25}),
        ("project,POINT_X,POINT_Y", "P,104.5,18.25", LOCATIONS, {"lon": 104.5, "lat": 18.25}),
        ("project,Coord Y,Coord X", "P,18.25,104.5", LOCATIONS, {"lon": 104.5, "lat": 18.25}),
        ("project,Latitude (N),Longitude (E)", "P,18.25,104.5", LOCATIONS, {"lon": 104.5, "lat": 18.25}),
        ("project,District Name,Province", "P,Alpha,One", LOCATIONS, {"district": "Alpha", "province": "One"}),
        ("project,ADM2_PCODE,ADM2_FR,ADM1_FR", "P,A7,Alpha,One", LOCATIONS, {"district": "A7", "province": "One"}),
        ("project,admin2Name,admin1Pcode", "P,Alpha,Q1", LOCATIONS, {"district": "Alpha", "province": "Q1"}),
        ("project,GID_2,NAME_1", "P,LAO.1.2_1,One", LOCATIONS, {"district": "LAO.1.2_1", "province": "One"}),
        ("ADM2_PCODE,year,population", "A7,2012,40", PROFILE, {"district": "A7", "population": 40}),
        ("Project Code,FundingYear,Amount", "P,2012,40", SPENDING, {"project": "P", "year": 2012, "amount_minor": 4000}),
    ],
)  # fmt: skip
def test_known_headers_are_read_in_every_table(
    header: str, row: str, table: Contract, expected: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n{row}\n")
    constant = {"kind": "budget", "currency": "EUR"} if table is SPENDING else {}
    found = conformed(path, table, constant=constant)
    assert found.problems == []
    assert {name: found.frame[name].iloc[0] for name in expected} == expected
    assert all(any(f"is read as {name.removesuffix('_minor')}" in remark for remark in found.remarks) or name.removesuffix("_minor") in header.casefold()
               for name in expected)  # fmt: skip


def test_headers_of_districts_are_known_in_all_tables_alike() -> None:
    of_district = ["ADM2_PCODE", "admin2Pcode", "adm2_psgc", "GID_2", "HASC_2", "hasc", "pcode", "shapeID", "ADM2_EN",
                   "ADM2_PT", "NAME_2", "admin2Name", "admin2Name_ar", "shapeName", "DistrictName", "district_code"]  # fmt: skip
    of_province = ["ADM1_PCODE", "admin1Pcode", "GID_1", "ADM1_FR", "NAME_1", "admin1Name", "Province name"]
    for table in (LOCATIONS, PROFILE):
        for name, headers in (("district", of_district), ("province", of_province)):
            for header in headers:
                cells = pd.DataFrame({"other": ["x"], header: ["A7"]}, dtype=object)
                raw = RawTable("t.csv", cells, pd.Series([2]), role=table.name)
                assert match_headers(raw, table, FileSpec(Path("t.csv"))).taken == {header: name}


def test_a_second_code_looks_like_a_district() -> None:
    codes = pd.Series(["A7"])
    assert [looks_like(header, LOCATIONS, codes) for header in ("shapeID", "GID_2", "hasc", "remark")] == [
        *["district"] * 3, ""]  # fmt: skip


def test_a_code_comes_before_a_name_and_english_before_other_languages() -> None:
    for better, worse in (("GID_2", "ADM2_EN"), ("ADM2_EN", "ADM2_FR"), ("NAME_2", "ADM2_FR")):
        cells = pd.DataFrame({worse: ["x"], better: ["A7"]}, dtype=object)
        taken = match_headers(
            RawTable("t.csv", cells, pd.Series([2])), LOCATIONS, FileSpec(Path("t.csv"))
        ).taken
        assert taken == {better: "district"}


@pytest.mark.parametrize(
    ("header", "row"), [("SiteLatitude", "LA1"), ("FundingYear", "12"), ("Latitude of river", "18.5")]
)
def test_a_header_whose_cells_or_words_do_not_fit_is_not_taken(header: str, row: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"project,kind,currency,amount,{header}\nP,budget,EUR,1,{row}\n")
    assert conformed(path, LOCATIONS).frame["lat"].isna().all()
    assert "a column is missing: year" in said(conformed(path))


def test_a_missing_column_is_suggested_where_the_values_fit_and_headers_are_listed_once(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.csv"
    letters = [f"c{n}" for n in range(14)]
    path.write_text(f"{','.join(letters)},ContractorCount,AmountNote,ContractCost\n{'1,' * 14}3,late,900\n")
    problems = conformed(path, constant={"kind": "budget"}).problems
    (amount,) = [problem for problem in problems if problem.column == "amount"]
    assert "did you mean 'ContractCost'?" in amount.way_out
    assert [problem.message.count("'c13'") for problem in problems] == [1, 0, 0, 0]


def test_one_header_feeds_two_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("dist,year,amount\nLA1,2012,7\n")
    columns = {"project": "dist", "component": "dist"}
    found = conformed(path, columns=columns, constant={"kind": "budget", "currency": "EUR"})
    assert found.problems == []
    assert found.frame[["project", "component"]].to_numpy().tolist() == [["LA1", "LA1"]]


def test_the_very_name_of_a_column_comes_before_one_like_it(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("project,Geometry_,geometry\nP,mine,POINT (1 2)\n", encoding="utf-8")
    found = read(FileSpec(path), LOCATIONS)
    assert found.problems == []
    assert [point.wkt for point in found.frame["geometry"]] == ["POINT (1 2)"]
    assert found.frame["Geometry_"].tolist() == ["mine"]


def test_a_word_that_the_plan_gives_no_meaning_is_an_empty_cell(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("project,start\nP,not fixed\nQ,2019-02-03\n")
    values = {"start": {"not fixed": ""}}
    found = read(FileSpec(tmp_path / "p.csv", values=values), PROJECTS)
    assert not found.problems
    assert [str(day) for day in found.frame["start"].dt.date] == ["NaT", "2019-02-03"]


def test_the_plan_says_what_an_empty_cell_means(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(
        "project,year,kind,currency,amount\n,2012,budget,EUR,\nP,2012,budget,EUR,-\n"
    )
    found = said(conformed(tmp_path / "s.csv", values={"amount": {"-": "0"}}))
    for line in ('[spending.values.project] "" = "…"', '[spending.values.amount] "" = "0"'):
        assert f"{line}" in found
    meant = {"project": {"": "not named"}, "amount": {"-": "7", "": "0"}}
    assert amounts(conformed(tmp_path / "s.csv", values=meant)) == [("not named", 0, 2), ("P", 700, 3)]
    # A word that means an empty cell stays empty, whatever empty cells of the file mean.
    back = conformed(tmp_path / "s.csv", values={"amount": {"-": "", "": "0"}, "project": {"": "x"}})
    assert "row 3, column 'amount': no amount" in said(back) and "row 2" not in said(back)


def test_the_plan_says_the_order_of_day_and_month(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("project,start\nP,03/03/2019\nQ,04/03/2019\nR,2019-05-06\n")
    spec = FileSpec(tmp_path / "p.csv")
    (problem,) = read(spec, PROJECTS).problems
    # The example is a date whose two readings differ.
    assert "('04/03/2019' is 2019-03-04 or 2019-04-03)" in problem.message
    assert '[projects] dates = "day first" or dates = "month first"' in problem.way_out
    for order, second in (("day first", "2019-03-04"), ("month first", "2019-04-03")):
        found = read(replace(spec, dates=order), PROJECTS)
        assert not found.problems
        assert [str(day) for day in found.frame["start"].dt.date] == ["2019-03-03", second, "2019-05-06"]


def test_another_column_of_the_file_shows_the_order_of_day_and_month(tmp_path: Path) -> None:
    def starts(text: str) -> Conformed:
        (tmp_path / "p.csv").write_text(text)
        return read(FileSpec(tmp_path / "p.csv"), PROJECTS)

    found = starts("project,start,end\nP,03/04/2019,04/25/2020\nQ,05/06/2019,\n")
    assert [str(day) for day in found.frame["start"].dt.date] == ["2019-03-04", "2019-05-06"]
    assert (
        "column 'start' is read month first, as column 'end': '03/04/2019' is 2019-03-04" in found.detected[0]
    )
    # A column that geoplan does not use shows it as well.
    found = starts("project,start,Signed\nP,03/04/2019,25/04/2018\n")
    assert str(found.frame["start"].dt.date[0]) == "2019-04-03"
    # Two columns in different orders show nothing of a third.
    (problem,) = starts("project,start,Signed,Paid\nP,03/04/2019,25/04/2018,04/25/2018\n").problems
    assert "may be read in two ways" in problem.message


def test_lines_that_a_spreadsheet_saved_as_one_cell_are_split(tmp_path: Path) -> None:
    lines = ['project,title,"start"', "P,Road,2019-01-02", 'Q,"Wells, ""big""",2019-03-04']
    saved = [f'"{line.replace(chr(34), chr(34) * 2)}"' if '"' in line else line for line in lines]
    (tmp_path / "p.csv").write_text("\r\n".join(saved), newline="")
    found = read(FileSpec(tmp_path / "p.csv"), PROJECTS)
    assert found.frame[["project", "title"]].to_numpy().tolist() == [["P", "Road"], ["Q", 'Wells, "big"']]
    assert "2 lines are each one cell" in found.detected[0]
    # A note in quotation marks has fewer fields than the header, and stays one cell.
    (tmp_path / "p.csv").write_text('project,title,start\nP,Road,2019-01-02\n"Note, of the ministry"\n')
    assert read(FileSpec(tmp_path / "p.csv"), PROJECTS).frame["project"].tolist() == ["P"]


def test_a_date_that_does_not_exist_in_the_stated_order_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("project,start\nP,03/14/2019\n")
    (problem,) = read(FileSpec(tmp_path / "p.csv", dates="day first"), PROJECTS).problems
    assert (problem.message, problem.values) == ("not readable as a date", ("03/14/2019",))


def test_characters_that_xlsx_escapes_are_read_as_themselves(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["project", "title"])
    book.active.append(["P1", "_x005F_x0041_ and _x00E9_t_x00E9_"])
    book.save(tmp_path / "p.xlsx")
    frame = read(FileSpec(tmp_path / "p.xlsx"), PROJECTS).frame
    assert frame["title"].tolist() == ["_x0041_ and été"]


def test_the_only_column_of_years_is_suggested_whatever_its_language(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "project,kind,currency,amount,Année,No\nP,budget,EUR,7,2015,1\nQ,budget,EUR,8,2016,2\n",
        encoding="utf-8",
    )
    (problem,) = read(FileSpec(path), SPENDING).problems
    assert 'year = "Année"' in problem.way_out


def test_powers_of_ten_have_up_to_40_zeros() -> None:
    assert [PLAIN.plain(text) for text in ("1e40", "1e41", "1e-41")] == ["1" + "0" * 40, None, None]


def test_remarks_and_headings_beside_the_column_of_projects_are_no_projects(tmp_path: Path) -> None:
    text = "No,Name,Sector\nNORTH DISTRICT,,\n1,Road to the port,Roads\n,(see the note of 2015),\n2,New school,Schools\n"
    (tmp_path / "p.csv").write_text(text)
    by_name = read(FileSpec(tmp_path / "p.csv", columns={"project": "Name", "sector": "Sector"}), PROJECTS)
    assert by_name.frame["project"].tolist() == ["Road to the port", "(see the note of 2015)", "New school"]
    by_number = read(FileSpec(tmp_path / "p.csv", columns={"project": "No", "title": "Name"}), PROJECTS)
    assert by_number.frame["project"].tolist() == ["NORTH DISTRICT", "1", "2"]


def test_a_header_that_is_repeated_on_each_page_is_no_record(tmp_path: Path) -> None:
    text = "project,title,sector\nP,Road,Roads\nproject,title,sector\nQ,School,Schools\nproject,A project,sector\n"
    (tmp_path / "p.csv").write_text(text)
    found = read(FileSpec(tmp_path / "p.csv"), PROJECTS)
    assert found.problems == [] and found.frame["project"].tolist() == ["P", "Q", "project"]
    assert any("the header again, left out: row 3" in note for note in found.detected)


@pytest.mark.parametrize(
    ("cells", "read_as"),
    [
        (["١٬٢٣٤٬٥٦٧٫٥٠", "٥٠٠٫٢٥"], ["1234567.50", "500.25"]),
        (["１，２３４．５０", "５００"], ["1234.50", "500"]),
        (["1,300.25-", "12.5"], ["-1300.25", "12.5"]),
        (["1.200,-", "3,50"], ["1200.", "3.50"]),
        (["45,000/=", "1,200/-", "3.5"], ["45000", "1200", "3.5"]),
    ],
)
def test_marks_of_other_countries_are_read(cells: list[str], read_as: list[str]) -> None:
    (style,) = possible_styles(cells)
    assert [style.plain(cell) for cell in cells] == read_as


def test_a_minus_in_a_range_is_no_sign() -> None:
    assert not possible_styles(["12-13"]) and not possible_styles(["-5-"])
