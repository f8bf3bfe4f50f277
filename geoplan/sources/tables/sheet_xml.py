"""Sheet XML: what the readers of workbooks leave out, such as merged and hidden cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree
from zipfile import ZipFile

from geoplan.model.errors import InputError, Problem
from geoplan.sources.tables.grid import MOST_COLUMNS
from geoplan.sources.tables.number_formats import ShownAs, read_formats

MOST_ROWS = 1_048_576
"""Rows a sheet can have."""

_REFERENCE = re.compile(r"(?:[A-Z]{1,2}|[A-W][A-Z]{2}|X[A-E][A-Z]|XF[A-D])(\d{1,7})")
_YES = ("1", "true")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


@dataclass(frozen=True)
class SheetLayout:
    """Merged and hidden cells of a sheet, and formulas without a result.

    Parameters
    ----------
    merged : list of (int, int, int, int)
        First row, first column, last row, last column; rows counted from 1, columns from 0.
    hidden_rows, hidden_columns : frozenset of int
        Rows counted from 1, columns from 0.
    unsolved : list of str
        Cells with a formula and no saved result, such as ``C7``.
    formats : mapping of str to mapping of ShownAs to list of int
        Rows of each number format with a currency or a scale, by the letter of the column.
    """

    merged: list[tuple[int, int, int, int]]
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    unsolved: tuple[str, ...] = ()
    formats: Mapping[str, Mapping[ShownAs, list[int]]] = field(default_factory=dict)


def read_layout(path: Path, title: str) -> SheetLayout:
    """Read the layout of one sheet of an .xlsx file.

    Raises
    ------
    InputError
        A cell lies outside a sheet: readers would fill the memory with the cells before it.
    """
    with ZipFile(path) as archive:
        part = part_of(archive, title)
        if part is None:
            return SheetLayout([])
        with archive.open(part) as file:
            return layout_in(file, path.name, read_formats(archive))


def part_of(archive: ZipFile, title: str) -> str | None:
    """Find the file of a sheet in the archive, by the relations of the workbook."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    for sheet in book.iter(f"{_MAIN}sheet"):
        if sheet.get("name") == title:
            target = targets.get(sheet.get(_RELATION), "")
            part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            return part if part in archive.namelist() else None
    return None


def layout_in(file: IO[bytes], name: str, styles: Mapping[str, ShownAs]) -> SheetLayout:
    """Read the layout of a sheet from its XML, as `read_layout` does."""
    from openpyxl.utils import range_boundaries

    ranges: list[str] = []
    unsolved: list[str] = []
    rows: set[int] = set()
    columns: set[int] = set()
    formats: dict[str, dict[ShownAs, list[int]]] = {}
    at = 0
    for _, element in ElementTree.iterparse(file):
        if element.tag == f"{_MAIN}mergeCell":
            ranges.append(element.get("ref", "A1"))
        elif element.tag == f"{_MAIN}c":
            _check_reference(element.get("r", ""), name)
            shown = styles.get(element.get("s", ""))
            if shown is not None and (place := _REFERENCE.fullmatch(element.get("r", ""))):
                letters = place[0].removesuffix(place[1])
                formats.setdefault(letters, {}).setdefault(shown, []).append(int(place[1]))
            if lacks_result(element):
                unsolved.append(element.get("r", "?"))
        elif element.tag == f"{_MAIN}col" and element.get("hidden") in _YES:
            last = min(int(element.get("max", "1")), MOST_COLUMNS)
            columns |= set(range(int(element.get("min", "1")) - 1, last))
        elif element.tag == f"{_MAIN}row":
            at = int(element.get("r", at + 1))
            _check_reference(f"A{at}", name)
            if element.get("hidden") in _YES:
                rows.add(at)
            element.clear()
    bounds = [range_boundaries(found) for found in ranges]
    merged = [(top, left - 1, bottom, right - 1) for left, top, right, bottom in bounds]
    return SheetLayout(merged, frozenset(rows), frozenset(columns), tuple(unsolved), formats)


def _check_reference(reference: str, name: str) -> None:
    """Refuse a cell beyond the last row or column of a sheet."""
    read = _REFERENCE.fullmatch(reference)
    if (read is None and reference) or (read is not None and int(read[1] or 1) > MOST_ROWS):
        way_out = "open it in a spreadsheet program and save it again"
        raise InputError(
            Problem(
                name,
                "has a cell outside the rows and columns of a sheet",
                values=(reference,),
                way_out=way_out,
            )
        )


def lacks_result(cell: ElementTree.Element) -> bool:
    """Return whether a cell has a formula and no result; the result of text can be empty."""
    value = cell.find(f"{_MAIN}v")
    has_result = value is not None and (bool(value.text) or cell.get("t") == "str")
    return cell.find(f"{_MAIN}f") is not None and not has_result


def read_failures(path: Path, title: str) -> dict[tuple[int, int], str]:
    """Read the cells of a sheet of an .ods file whose formula fails, such as ``#DIV/0!``.

    Returns
    -------
    dict of (int, int) to str
        Row and column, both counted from 0, to the error that the cell shows.
    """
    with ZipFile(path) as archive:
        with archive.open("content.xml") as file:
            if not holds(file, b':value-type="error"'):
                return {}
        with archive.open("content.xml") as file:
            return _failures_in(file, title)


def holds(file: IO[bytes], wanted: bytes) -> bool:
    """Return whether a file has some bytes, read piece by piece."""
    rest = b""
    while piece := file.read(1 << 20):
        if wanted in rest + piece:
            return True
        rest = piece[-len(wanted) :]
    return False


def _failures_in(file: IO[bytes], title: str) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    inside, row, column = False, 0, 0
    for event, element in ElementTree.iterparse(file, events=("start", "end")):
        if event == "start" and element.tag == f"{_TABLE}table":
            inside, row = element.get(f"{_TABLE}name") == title, 0
        elif event == "start" and element.tag == f"{_TABLE}table-row":
            column = 0
        elif event == "end" and element.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            if inside and element.get(f"{_CALC}value-type") == "error":
                found[row, column] = "".join(element.itertext()).strip()
            column += int(element.get(f"{_TABLE}number-columns-repeated", "1"))
        elif event == "end" and element.tag == f"{_TABLE}table-row":
            row += int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            element.clear()
    return found


def refuse_doctypes(path: Path) -> None:
    """Refuse a workbook with a document type: its entities could fill the memory, and no workbook needs one.

    Raises
    ------
    InputError
    """
    with ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".xml") and not name.startswith("META-INF/"):
                with archive.open(name) as part:
                    start = part.read(4096)
                if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                    way_out = "open it in a spreadsheet program and save it again"
                    message = "declares a document type, which workbooks never do"
                    raise InputError(Problem(path.name, message, values=(name,), way_out=way_out))


def check_repeats(path: Path, most: int) -> None:
    """Refuse an .ods file whose repeated cells would fill the memory.

    One short line of XML can repeat a row of filled cells a million times.

    Raises
    ------
    InputError
        More than ``most`` cells in a sheet.
    """
    try:
        with ZipFile(path) as archive, archive.open("content.xml") as file:
            cells = _filled_cells(file)
    except (KeyError, OSError, ElementTree.ParseError) as error:
        raise InputError(
            Problem(
                path.name,
                f"is not a readable workbook ({str(error).splitlines()[0]})",
                way_out="open it in a spreadsheet program and save it again",
            )
        ) from None
    if cells > most:
        raise InputError(
            Problem(
                path.name,
                f"a sheet spans {cells:,} cells, more than the limit of {most:,}",
                way_out="delete stray cells far below or to the right, or save the sheet as CSV",
            )
        )


def _filled_cells(file: IO[bytes]) -> int:
    """Count the cells between the first and the last filled one, in the largest sheet."""
    largest = rows = last_row = width = column = row_width = 0
    for event, element in ElementTree.iterparse(file, events=("start", "end")):
        if event == "start" and element.tag == f"{_TABLE}table":
            rows = last_row = width = 0
        elif event == "start" and element.tag == f"{_TABLE}table-row":
            column = row_width = 0
        elif event == "end" and element.tag == f"{_TABLE}table-cell":
            column += int(element.get(f"{_TABLE}number-columns-repeated", "1"))
            row_width = column if len(element) else row_width
        elif event == "end" and element.tag == f"{_TABLE}table-row":
            rows += int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            last_row, width = (rows, max(width, row_width)) if row_width else (last_row, width)
            largest = max(largest, last_row * width)
            element.clear()
    return largest
