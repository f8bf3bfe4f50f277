"""What the readers of workbooks do not tell: merged cells of .xlsx, repeated cells of .ods."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree
from zipfile import ZipFile

from geoplan.errors import InputError, Problem

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def read_merged(path: Path, title: str) -> list[tuple[int, int, int, int]]:
    """Read the merged cells of one sheet of an .xlsx file.

    Returns
    -------
    list of (int, int, int, int)
        First row, first column, last row, last column; rows counted from 1, columns from 0.
    """
    from openpyxl.utils import range_boundaries

    with ZipFile(path) as archive:
        part = _part_of(archive, title)
        if part is None:
            return []
        with archive.open(part) as file:
            ranges = [range_boundaries(found) for found in _merge_references(file)]
    return [(top, left - 1, bottom, right - 1) for left, top, right, bottom in ranges]


def _part_of(archive: ZipFile, title: str) -> str | None:
    """Find the file of a sheet within the archive, by the relations of the workbook."""
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


def _merge_references(file: IO[bytes]) -> list[str]:
    found = []
    for _, element in ElementTree.iterparse(file):
        if element.tag == f"{_MAIN}mergeCell":
            found.append(element.get("ref", "A1"))
        if element.tag == f"{_MAIN}row":
            element.clear()
    return found


def check_repeats(path: Path, most: int) -> None:
    """Refuse an .ods file whose repeated cells would flood the memory.

    One short line of XML can say that a row of filled cells repeats a million times.

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
                f"is no readable workbook ({str(error).splitlines()[0]})",
                way_out="open it in a spreadsheet program and save it again",
            )
        ) from None
    if cells > most:
        raise InputError(
            Problem(
                path.name,
                f"a sheet spans {cells:,} cells, more than the {most:,} that are read",
                way_out="look for stray cells far below or to the right, or save the sheet as CSV",
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
