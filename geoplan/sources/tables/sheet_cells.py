"""Sheet cells: an .xlsx sheet as columns all at once, where its XML is as programs write it.

How this works: one regular expression finds all cells, and each distinct cell is read once, what is not plain text or a
number by openpyxl. Whatever is unusual (rows or cells out of order or without a reference, prefixes, comments, a cell
that cannot be read) ends in None: then the sheet is read row by row, and that is where its errors are found.

calamine is as fast, but empties cells with an error such as #DIV/0!, joins the words of rich text, and has no number
formats.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
import pandas as pd

from geoplan.sources.tables.grid import MOST_COLUMNS, Cell, CodedColumn, FilledGrid, column_letter, labels_of
from geoplan.sources.tables.number_formats import ShownAs
from geoplan.sources.tables.sheet_xml import MOST_ROWS, SheetLayout, lacks_result, layout_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LARGEST = 1 << 28
"""Bytes above which a sheet is read row by row, to save memory."""
_PIECE = 1 << 23
"""Bytes whose cells are looked for at once."""
_ENCODING = re.compile(rb'<\?xml[^>]*encoding=["\'](?!utf-8["\'])', re.IGNORECASE)
_ROOT = re.compile(rb'<worksheet\s[^>]*xmlns="' + _MAIN.encode() + rb'"')
_SHARED = re.compile(rb'<sst\s[^>]*xmlns="' + _MAIN.encode() + rb'"[^>]*>')
_PREFIX = re.compile(rb"\sxmlns:(\w+)=")
_UNUSUAL = (b"<!", b"<?", b"xmlns")
_TAG = re.compile(rb"<(?:row|c)[\s/>]")
_FOUND = re.compile(
    rb'<row\b([^>]*)>|<c r="([A-Z]{1,3})([1-9]\d{0,6})"((?:[^>]*?/>)|[^>]*>(?:<v>[^<]*</v>|.*?)</c>)',
    re.DOTALL,
)
_ROW = re.compile(rb'(?:\s[^>]*?)?\sr="([1-9]\d{0,6})"')
_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_PLAIN = re.compile(
    rb'(?: s="(?P<style>\d+)")?(?: t="(?P<type>s|n|inlineStr)")?'
    rb'(?:/>|></c>|><v>(?P<value>[^<&\r]*)</v></c>|><is><t(?: xml:space="preserve")?>(?P<text>[^<&\r]*)</t></is></c>)'
)
_STYLE = re.compile(rb'[^>]*?\ss="(\d+)"')
_FLOAT = re.compile(rb"[.eE]")
_STRINGS = re.compile(
    rb'<si>(?:<t(?: xml:space="preserve")?>([^<&\r]*)</t>|(.*?))</si>',
    re.DOTALL,
)


@dataclass(frozen=True)
class SheetReading:
    """What the cells of a sheet mean.

    Parameters
    ----------
    styles : mapping of str to ShownAs
        Number of each style that shows a currency or a scale.
    dates : collection of int
        Numbers of the styles that show a date or a time.
    strings : sequence of str
        Shared strings of the workbook.
    parse : callable
        Returns the value of a cell that is not plain, given its element.
    value : callable
        Returns a value as a cell of a table.
    """

    styles: Mapping[str, ShownAs]
    dates: Collection[int]
    strings: Sequence[str]
    parse: Callable[[ElementTree.Element], Any]
    value: Callable[[Any], Cell]


@dataclass(frozen=True)
class _Cells:
    """All cells of a sheet in their order: row, column from 0, and position among the distinct ones."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    codes: NDArray[np.int64]
    distinct: list[bytes]
    hidden: frozenset[int]


def read_cells(data: bytes, source: str, reading: SheetReading) -> tuple[FilledGrid, SheetLayout] | None:
    """Read the XML of a sheet as a grid and its layout.

    Parameters
    ----------
    data : bytes
    source : str
        Name of the file for messages.
    reading : SheetReading

    Returns
    -------
    tuple of FilledGrid and SheetLayout, or None
        None if the sheet has to be read row by row.
    """
    start, end = data.find(b"<sheetData>"), data.rfind(b"</sheetData>")
    if not 0 < start < end or len(data) > _LARGEST or data.count(b"<sheetData>") > 1:
        return None
    if not _ROOT.search(data, 0, start) or not _is_plain(data, start, end):
        return None
    cells = _find_cells(data, start, end)
    if cells is None:
        return None
    with warnings.catch_warnings():
        # What openpyxl warns of names the cell, so it must see each in its place.
        warnings.simplefilter("error")
        try:
            values = labels_of([_value(rest, reading) for rest in cells.distinct])
            layout = layout_in(io.BytesIO(data[:start] + data[end + len(b"</sheetData>") :]), source, {})
            layout = replace(layout, hidden_rows=cells.hidden, **_marked(cells, reading.styles))
        except (ArithmeticError, AttributeError, LookupError, SyntaxError, TypeError, ValueError, Warning):
            return None
    return _grid(cells, values, source), layout


def _is_plain(data: bytes, start: int, end: int) -> bool:
    """Return whether XML is well-formed UTF-8, and has neither prefixes nor comments between two places."""
    prefixes = {b"<" + prefix + b":" for prefix in _PREFIX.findall(data, 0, start)}
    if _ENCODING.match(data) or any(data.find(mark, start, end) >= 0 for mark in (*_UNUSUAL, *prefixes)):
        return False
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(data, True)
    except expat.ExpatError:
        return False
    return True


def _find_cells(data: bytes, start: int, end: int) -> _Cells | None:
    """Find all cells; None if some are not where their reference says."""
    columns = _Columns()
    seen: dict[bytes, int] = {}
    found: list[tuple[NDArray[np.int64], ...]] = []
    hidden: set[int] = set()
    row = 0
    for first, last in _pieces(data, start, end):
        tags = _FOUND.findall(data, first, last)
        rows = _rows(tags, row, hidden)
        if rows is None or len(tags) != len(_TAG.findall(data, first, last)):
            return None
        row = int(rows[-1])
        is_cell = np.array([bool(tag[1]) for tag in tags], dtype=bool)
        cells = [tag for tag in tags if tag[1]]
        given = np.array([int(number) for _, _, number, _ in cells], dtype=np.int64)
        if not np.array_equal(given, rows[np.cumsum(~is_cell)[is_cell]]):
            return None
        at = np.array([columns[letters] for _, letters, _, _ in cells], dtype=np.int64)
        codes = np.array([seen.setdefault(rest, len(seen)) for *_, rest in cells], dtype=np.int64)
        found.append((given, at, codes))
    rows, at, codes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    in_order = (np.diff(rows) > 0) | (np.diff(at) > 0)
    if row > MOST_ROWS or not in_order.all() or (at >= MOST_COLUMNS).any():
        return None
    return _Cells(rows, at, codes, list(seen), frozenset(hidden))


def _rows(tags: list[tuple[bytes, ...]], row: int, hidden: set[int]) -> NDArray[np.int64] | None:
    """Return the numbers of the rows after ``row``, with it, and note the hidden ones; None if they do not rise."""
    numbers = [row]
    for about in (tag[0] for tag in tags if not tag[1]):
        number = _ROW.match(about)
        if number is None or int(number[1]) <= numbers[-1]:
            return None
        numbers.append(int(number[1]))
        if _HIDDEN.search(about):
            hidden.add(numbers[-1])
    return np.array(numbers, dtype=np.int64)


def _pieces(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut the rows of a sheet into pieces, each from a row on."""
    cuts = [start]
    while end - cuts[-1] > _PIECE and (cut := data.rfind(b"<row", cuts[-1] + 1, cuts[-1] + _PIECE)) > 0:
        cuts.append(cut)
    return pairwise([*cuts, end])


class _Columns(dict[bytes, int]):
    """Positions of columns by their letters."""

    def __missing__(self, letters: bytes) -> int:
        at = 0
        for letter in letters:
            at = at * 26 + letter - ord("A") + 1
        self[letters] = at - 1
        return at - 1


def _value(rest: bytes, reading: SheetReading) -> Cell:
    """Return what a cell holds, given all of its XML after its reference."""
    plain = _PLAIN.fullmatch(rest)
    if plain is None:
        return reading.value(reading.parse(_element(rest)))
    value, text, kind = plain["value"], plain["text"], plain["type"]
    if kind == b"inlineStr" and text is not None:
        return reading.value(text.decode())
    if kind == b"inlineStr" or not value:
        return ""
    if kind == b"s":
        return reading.value(reading.strings[int(value)])
    if int(plain["style"] or 0) in reading.dates:
        return reading.value(reading.parse(_element(rest)))
    return reading.value(float(value) if _FLOAT.search(value) else int(value))


def _element(rest: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(f'<c xmlns="{_MAIN}"'.encode() + rest)


def _marked(cells: _Cells, styles: Mapping[str, ShownAs]) -> dict[str, Any]:
    """Return the formulas without a result, and the rows of each number format that matters."""
    shown: list[ShownAs | None] = []
    unsolved: list[bool] = []
    for rest in cells.distinct:
        style = _STYLE.match(rest) if styles else None
        shown.append(styles.get(style[1].decode()) if style else None)
        unsolved.append(b"<f" in rest and lacks_result(_element(rest)))
    formats: dict[str, dict[ShownAs, list[int]]] = {}
    is_shown = np.array([about is not None for about in shown], dtype=bool)[cells.codes]
    for row, column, code in _at(cells, is_shown):
        about = shown[code]
        if about is not None:
            formats.setdefault(column_letter(column), {}).setdefault(about, []).append(row)
    is_open = np.array(unsolved, dtype=bool)[cells.codes]
    return {
        "unsolved": tuple(f"{column_letter(column)}{row}" for row, column, _ in _at(cells, is_open)),
        "formats": formats,
    }


def _at(cells: _Cells, chosen: NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
    """Yield row, column and code of the chosen cells."""
    return zip(*(given[chosen].tolist() for given in (cells.rows, cells.columns, cells.codes)), strict=True)


def _grid(cells: _Cells, values: NDArray[np.object_], source: str) -> FilledGrid:
    """Put the cells that are not empty into columns, without empty rows."""
    filled = (values != "")[cells.codes] if len(values) else np.zeros(0, dtype=bool)
    at, columns, codes = cells.rows[filled], cells.columns[filled], cells.codes[filled]
    numbers, first, position = np.unique(at, return_index=True, return_inverse=True)
    last = np.append(first[1:], len(at)) - 1
    widths = columns[last] + 1 if len(at) else np.zeros(0, dtype=np.int64)
    labels = np.append(values, labels_of([""]))
    order = np.argsort(columns, kind="stable")
    ends = np.searchsorted(columns[order], np.arange(widths.max(initial=0) + 1))
    placed = []
    for start, end in pairwise(ends.tolist()):
        inside = order[start:end]
        whole = np.full(len(numbers), len(values), dtype=np.int64)
        whole[position[inside]] = codes[inside]
        own, distinct = pd.factorize(whole)
        placed.append(CodedColumn(own.astype(np.int64), labels[distinct]))
    return FilledGrid(source, numbers, placed, widths)


def read_strings(data: bytes) -> list[str] | None:
    """Read the shared strings of an .xlsx file; None if openpyxl has to.

    >>> read_strings(b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>Paksan</t></si></sst>')
    ['Paksan']
    """
    from openpyxl.cell.text import Text

    root = _SHARED.search(data[:4096])
    if root is None or not _is_plain(data, root.end(), len(data)):
        return None
    found = _STRINGS.findall(data)
    if len(found) != len(re.findall(rb"<si[\s/>]", data)):
        return None
    try:
        # Openpyxl takes this out of the strings, so that both ways agree.
        return [
            (Text.from_tree(_string(other)).content if other else plain.decode()).replace("x005F_", "")
            for plain, other in found
        ]
    except (SyntaxError, TypeError, ValueError):
        return None


def _string(inside: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(f'<si xmlns="{_MAIN}">'.encode() + inside + b"</si>")
