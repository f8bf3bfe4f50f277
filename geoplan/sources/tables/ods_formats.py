"""Formats of .ods files: which cells show a currency or a scale that their value does not have.

How this works: a cell names its style, or has that of its row or column; a style names its number style, and a number
style lists its parts (currency, number, text) in the order in which they are shown. They are written as a format
code of Excel, so that all workbooks are looked at in one way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from zipfile import ZipFile

from geoplan.model.money import is_currency
from geoplan.sources.tables.grid import column_letter
from geoplan.sources.tables.number_formats import ShownAs, shown_as
from geoplan.sources.tables.sheet_xml import holds

_OASIS = "{urn:oasis:names:tc:opendocument:xmlns:"
_NUMBER, _STYLE = f"{_OASIS}datastyle:1.0}}", f"{_OASIS}style:1.0}}"
_TABLE, _OFFICE = f"{_OASIS}table:1.0}}", f"{_OASIS}office:1.0}}"
_NUMBERS = (f"{_NUMBER}number-style", f"{_NUMBER}currency-style", f"{_NUMBER}percentage-style")
_MOST_REPEATS = 10_000


def read_ods_formats(path: Path, title: str) -> dict[str, dict[ShownAs, list[int]]]:
    """Return the rows of each format that shows a currency or a scale, by the letter of the column.

    Parameters
    ----------
    path : Path
        An .ods file.
    title : str
        Name of the sheet.
    """
    with ZipFile(path) as archive:
        codes: dict[str, str] = {}
        styles: dict[str, str] = {}
        for part in ("styles.xml", "content.xml"):
            if part in archive.namelist():
                with archive.open(part) as file:
                    _look_at_styles(file, codes, styles)
        shown = {style: shown_as(codes.get(number, "")) for style, number in styles.items()}
        with archive.open("content.xml") as file:
            if not any(shown.values()) and not holds(file, b"office:currency="):
                return {}
        with archive.open("content.xml") as file:
            return _formats_in(file, title, shown)


def _look_at_styles(file: IO[bytes], codes: dict[str, str], styles: dict[str, str]) -> None:
    """Add the code of each number style, and the number style of each style of cells."""
    for event, element in ElementTree.iterparse(file, events=("start", "end")):
        if event == "start" and element.tag == f"{_OFFICE}body":
            return
        if event == "end" and element.tag in _NUMBERS:
            codes[element.get(f"{_STYLE}name", "")] = _code_of(element)
        elif event == "end" and element.tag == f"{_STYLE}style":
            number = element.get(f"{_STYLE}data-style-name") or styles.get(
                element.get(f"{_STYLE}parent-style-name", "")
            )
            if number:
                styles[element.get(f"{_STYLE}name", "")] = number


def _code_of(style: ElementTree.Element) -> str:
    """Return a number style as a format code of Excel.

    >>> number = ElementTree.Element(f"{_NUMBER}number", {f"{_NUMBER}display-factor": "1000"})
    >>> sign = ElementTree.Element(f"{_NUMBER}currency-symbol")
    >>> sign.text, style = "LAK", ElementTree.Element(_NUMBERS[1])
    >>> style.extend([number, sign])
    >>> _code_of(style)
    '#,##0,[$LAK]'
    """
    parts = []
    for element in style:
        text = (element.text or "").strip().replace('"', "")
        if element.tag == f"{_NUMBER}number":
            zeros = re.fullmatch(r"1((?:000)+)(?:\.0*)?", element.get(f"{_NUMBER}display-factor", "1"))
            parts.append("#,##0" + "," * (len(zeros[1]) // 3 if zeros else 0))
        elif element.tag == f"{_NUMBER}currency-symbol" and text:
            parts.append(f"[${text}]")
        elif element.tag == f"{_NUMBER}text" and text:
            parts.append(f'"{text}"')
    return "".join(parts)


def _formats_in(
    file: IO[bytes], title: str, styles: Mapping[str, ShownAs]
) -> dict[str, dict[ShownAs, list[int]]]:
    """Walk through the cells of a sheet; of repeated ones the first `_MOST_REPEATS` rows are listed."""
    found: dict[str, dict[ShownAs, list[int]]] = {}
    columns: list[str] = []
    inside, row, column, of_row = False, 1, 0, ""
    cells: list[tuple[int, int, ShownAs]] = []
    for event, element in ElementTree.iterparse(file, events=("start", "end")):
        repeats = int(element.get(f"{_TABLE}number-columns-repeated", "1"))
        style = element.get(f"{_TABLE}default-cell-style-name", "")
        if event == "start" and element.tag == f"{_TABLE}table":
            inside, row, columns = element.get(f"{_TABLE}name") == title, 1, []
        elif not inside:
            pass
        elif event == "start" and element.tag == f"{_TABLE}table-column":
            columns += [style] * min(repeats, _MOST_REPEATS)
        elif event == "start" and element.tag == f"{_TABLE}table-row":
            column, of_row, cells = 0, style, []
        elif event == "end" and element.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            if element.get(f"{_OFFICE}value") is not None:
                own = element.get(f"{_TABLE}style-name") or of_row or "".join(columns[column : column + 1])
                shown = _shown(styles.get(own), element.get(f"{_OFFICE}currency", ""))
                cells += [(column, repeats, shown)] if shown else []
            column += repeats
        elif event == "end" and element.tag == f"{_TABLE}table-row":
            times = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            rows = range(row, row + min(times, _MOST_REPEATS))
            for first, count, shown in cells:
                for at in range(first, first + min(count, _MOST_REPEATS)):
                    found.setdefault(column_letter(at), {}).setdefault(shown, []).extend(rows)
            row += times
            element.clear()
    return found


def _shown(of_style: ShownAs | None, currency: str) -> ShownAs:
    """Return what a cell shows: by its style, or by the currency that the cell itself names."""
    shown = ShownAs("", 1, "") if of_style is None else of_style
    if shown.currency or not is_currency(currency):
        return shown
    return replace(shown, currency=currency, code=shown.code or f"[${currency}]")
