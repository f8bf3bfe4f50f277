"""A sheet of an .xlsx file read as columns has the same cells and layout as read row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from geoplan.model.errors import InputError
from geoplan.sources.tables.grid import FilledGrid
from geoplan.sources.tables.sheet_cells import read_strings
from geoplan.sources.tables.sheet_xml import SheetLayout
from geoplan.sources.tables.workbook_files import Sheet, open_sheets, read_sheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DATE, MONEY = 1, 2  # styles of the workbook below
STRINGS = """<si><t>Paksan</t></si><si><t xml:space="preserve"> ປາກຊັນ &amp; more </t></si><si/><si><t/></si>
<si><r><rPr><family val="2"/></rPr><t>rich </t></r><r><t>text</t></r></si><si><t>漢</t><rPh sb="0" eb="1"><t>kan</t></rPh></si>
<si><t>two_x005F_x000D_\nlines</t></si>"""

AS_COLUMNS = {
    "nothing": "",
    "rows without cells": '<row r="1"/><row r="2"></row>',
    "numbers": '<row r="1"><c r="A1"><v>5</v></c><c r="B1" t="n"><v>0.30000000000000004</v></c><c r="C1"><v>1e5</v></c>'
    '<c r="D1"><v>12345678901234567890</v></c><c r="E1"><v>-7.50</v></c><c r="F1"><v>1E400</v></c></row>',
    "nothing in cells": '<row r="1"><c r="A1"/><c r="B1"></c><c r="C1"><v/></c><c r="D1"><v></v></c><c r="E1" s="2"/>'
    '<c r="F1" t="inlineStr"/><c r="G1" t="s"/><c r="H1"><v>1</v></c><c r="I1"/></row>',
    "strings": '<row r="2">'
    + "".join(f'<c r="{"ABCDEFG"[at]}2" t="s"><v>{at}</v></c>' for at in range(7))
    + "</row>",
    "texts in cells": '<row r="1"><c r="A1" t="inlineStr"><is><t> a &lt; b </t></is></c><c r="B1" t="inlineStr"><is><t/></is></c>'
    '<c r="C1" t="inlineStr"><is><r><rPr><family val="2"/></rPr><t>rich </t></r><r><t>text</t></r></is></c>'
    '<c r="D1" t="inlineStr"><is><t xml:space="preserve">ປາກ\u00a0ຊັນ </t></is></c><c r="E1" t="inlineStr"><is><t>a\r\nb_x000D_</t></is></c></row>',
    "booleans, errors and ISO dates": '<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="b"><v>0</v></c><c r="C1" t="e"><v>#DIV/0!</v></c>'
    '<c r="D1" t="d"><v>2012-03-04</v></c><c r="E1" t="d"><v>2012-03-04T05:06:07</v></c></row>',
    "dates": f'<row r="1"><c r="A1" s="{DATE}"><v>40000</v></c><c r="B1" s="{DATE}"><v>40000.5</v></c><c r="C1" s="{DATE}"><v>0.25</v></c>'
    f'<c r="D1" s="{DATE}"/><c r="E1" s="{DATE}" t="s"><v>0</v></c></row>',
    "formulas": '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c><c r="C1" t="str"><f>""</f><v></v></c>'
    '<c r="D1"><f t="shared" si="0"/><v>3.5</v></c><c r="E1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>',
    "formulas without results": '<row r="3"><c r="A3"><f>1+1</f></c><c r="B3"><f/><v/></c></row><row r="4"><c r="A4"><f>1+1</f></c></row>',
    "formats": "".join(
        f'<row r="{row}"><c r="B{row}" s="{MONEY}"><v>{row}</v></c><c r="AA{row}" t="n" s="{MONEY}"><v>7</v></c></row>'
        for row in (2, 3, 9)
    ),
    "hidden rows": '<row r="1"><c r="A1"><v>1</v></c></row><row hidden="1" r="2" spans="1:1"><c r="A2"><v>2</v></c></row>'
    '<row r="3" hidden="true"/><row r="4" hidden="0"><c r="A4"><v>2</v></c></row>',
    "other attributes": '<row spans="1:2" r="1" x14ac:dyDescent="0.2"><c r="A1" cm="1" t="n"><v>1</v></c><c r="B1" t="s" s="2"><v>0</v></c></row>',
    "far to the right": '<row r="2000"><c r="A2000"><v>1</v></c><c r="XFD2000"/></row>',
    "line breaks between tags": '<row r="1">\n <c r="A1">\n<v>1</v>\n</c>\n</row>\n<row r="2"><c r="C2"><v>1</v></c></row>',
}
ROW_BY_ROW = {
    "rows out of order": '<row r="2"><c r="A2"><v>2</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
    "a row twice": '<row r="2"><c r="A2"><v>2</v></c></row><row r="2"><c r="B2"><v>1</v></c></row>',
    "cells out of order": '<row r="1"><c r="B1"><v>2</v></c><c r="A1"><v>1</v></c></row>',
    "a cell twice": '<row r="1"><c r="B1"><v>2</v></c><c r="B1"><v>1</v></c></row>',
    "a cell of another row": '<row r="1"><c r="A2"><v>2</v></c></row>',
    "cells without a reference": '<row r="1"><c><v>2</v></c><c r="B1"><v>1</v></c></row>',
    "rows without a number": '<row><c r="A1"><v>2</v></c></row>',
    "a reference behind": '<row r="1"><c t="n" r="A1"><v>2</v></c></row>',
    "a comment": '<row r="1"><!-- <c r="A1"><v>2</v></c> --><c r="B1"><v>1</v></c></row>',
    "text as it is": '<row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[<c r="B1">]]></t></is></c></row>',
    "a prefix": f'<x:row xmlns:x="{MAIN}" r="1"><x:c r="A1"><x:v>2</x:v></x:c></x:row>',
    "another namespace": '<row r="1"><c xmlns="urn:other" r="A1"><v>2</v></c></row>',
    "a date outside the calendar": f'<row r="1"><c r="A1" s="{DATE}"><v>99999999</v></c></row>',
    "no number": '<row r="1"><c r="A1"><v>soon</v></c></row>',
    "no such string": '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
    "a row beyond the last": '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
    "a column beyond the last": '<row r="1"><c r="XFE1"><v>1</v></c></row>',
    "a tag left open": '<row r="1"><c r="A1"><v>1</v></c>',
}
BELOW = '<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>'
ABOVE = '<dimension ref="A1"/><cols><col min="2" max="3" hidden="1"/></cols>'


def write_sheet(path: Path, cells: str, start: str = "") -> None:
    """Write a workbook with two styles whose sheet has the given XML."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = dt.date(2012, 3, 4), 5
    book.active["A2"].number_format = '#,##0 "LAK"'
    book.save(path.with_suffix(".zip"))
    with ZipFile(path.with_suffix(".zip")) as old, ZipFile(path, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                other = 'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"'
                data = f'{start}<worksheet xmlns="{MAIN}" {other}>{ABOVE}<sheetData>{cells}</sheetData>{BELOW}</worksheet>'
            elif name == "[Content_Types].xml":
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
                data = data.replace(
                    "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
                )
            new.writestr(name, data)
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{STRINGS}</sst>')


@pytest.fixture
def open_sheet(tmp_path: Path) -> Iterator[object]:
    opened = []

    def opens(cells: str, start: str = "") -> Sheet:
        write_sheet(tmp_path / "s.xlsx", cells, start)
        opened.append(open_sheets(tmp_path / "s.xlsx"))
        return opened[-1].__enter__()[0]

    yield opens
    for each in opened:
        each.__exit__(None, None, None)


def content(found: tuple[FilledGrid, SheetLayout]) -> object:
    """Return everything that a grid and its layout say, with the types of the cells."""
    grid, layout = found
    rows = [[(cell, type(cell)) for cell in grid.cells(at)] for at in range(len(grid))]
    return rows, grid.numbers.tolist(), grid.widths.tolist(), len(grid.columns), grid.source, layout


@pytest.mark.parametrize("name", AS_COLUMNS)
def test_columns_are_the_same_as_rows(name: str, open_sheet, tmp_path: Path) -> None:
    sheet = open_sheet(AS_COLUMNS[name])
    assert sheet.cells() is not None
    found = content(read_sheet(sheet, tmp_path))
    assert found == content(read_sheet(replace(sheet, cells=lambda: None), tmp_path))


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_what_is_unusual_is_read_row_by_row(name: str, open_sheet) -> None:
    assert open_sheet(ROW_BY_ROW[name]).cells() is None


def test_another_encoding_is_read_row_by_row(open_sheet, tmp_path: Path) -> None:
    sheet = open_sheet(AS_COLUMNS["strings"], '<?xml version="1.0" encoding="iso-8859-1"?>')
    assert sheet.cells() is None
    assert read_sheet(sheet, tmp_path)[0].cells(0)[0] == "Paksan"


def test_a_sheet_in_several_pieces(open_sheet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geoplan.sources.tables.sheet_cells._PIECE", 300)
    sheet = open_sheet(
        "".join(
            f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c><c r="C{row}"><v>{row}</v></c></row>'
            for row in range(2, 50)
        )
    )
    grid, _ = sheet.cells() or pytest.fail()
    assert [grid.cells(at) for at in (0, 47)] == [["Paksan", "", 2], ["Paksan", "", 49]]
    assert grid.numbers.tolist() == list(range(2, 50))


def test_strings_are_those_of_openpyxl(tmp_path: Path) -> None:
    write_sheet(tmp_path / "s.xlsx", "")
    openpyxl_strings = (
        openpyxl.load_workbook(tmp_path / "s.xlsx", read_only=True).worksheets[0]._shared_strings
    )
    start = f'<sst xmlns="{MAIN}">'
    assert read_strings(f"{start}{STRINGS.replace('<si/>', '<si></si>')}</sst>".encode()) == openpyxl_strings
    assert read_strings(f"{start}{STRINGS}</sst>".encode()) is None  # openpyxl reads it
    assert read_strings(f"{start}<si><t>a</t>".encode()) is None


def test_errors_are_those_of_the_careful_way(open_sheet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="outside the rows and columns of a sheet"):
        read_sheet(open_sheet(ROW_BY_ROW["a row beyond the last"]), tmp_path)
