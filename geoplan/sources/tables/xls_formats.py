"""Formats of .xls files: which cells show a currency or a scale that their value does not have.

How this works: the first part of the stream of records lists the number formats (FORMAT), the styles that name them
(XF), and the sheets (BOUNDSHEET); each cell with a number names its style. Source: [MS-XLS].
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import error as struct_error
from struct import unpack_from

from geoplan.sources.tables.grid import column_letter
from geoplan.sources.tables.number_formats import BUILT_IN, ShownAs, shown_as
from geoplan.sources.tables.xls_containers import workbook_stream

_START, _END, _SHEET, _FORMAT, _STYLE = 0x809, 0x0A, 0x85, 0x41E, 0xE0
_NUMBERS = frozenset((0x06, 0x206, 0x406, 0x03, 0x203, 0x27E))
_ROW_OF_NUMBERS = 0xBD
_UNICODE = 0x600
"""Version from which texts are Unicode."""


def read_xls_formats(path: Path, title: str) -> dict[str, dict[ShownAs, list[int]]]:
    """Return the rows of each format that shows a currency or a scale, by the letter of the column.

    Parameters
    ----------
    path : Path
        An .xls file.
    title : str
        Name of the sheet.
    """
    stream = workbook_stream(path)
    codes: dict[int, str] = {}
    formats: list[int] = []
    sheets: dict[str, int] = {}
    version = _UNICODE
    try:
        for kind, record in _records(stream, 0):
            if kind == _START:
                (version,) = unpack_from("<H", record)
            elif kind == _FORMAT:
                codes[unpack_from("<H", record)[0]] = _text(record[2:], version, wide=True)
            elif kind == _STYLE:
                formats.append(unpack_from("<H", record, 2)[0])
            elif kind == _SHEET:
                sheets[_text(record[6:], version)] = unpack_from("<I", record)[0]
        shown = [shown_as(codes.get(number, BUILT_IN.get(str(number), ""))) for number in formats]
        styles = {at: style for at, style in enumerate(shown) if style}
        return _formats_of(stream, sheets[title], styles) if styles and title in sheets else {}
    except (struct_error, IndexError):
        return {}  # calamine says what is wrong with a damaged file


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of the stream."""
    while at + 4 <= len(stream):
        kind, length = unpack_from("<HH", stream, at)
        if kind == _END:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _formats_of(stream: bytes, at: int, styles: dict[int, ShownAs]) -> dict[str, dict[ShownAs, list[int]]]:
    found: dict[str, dict[ShownAs, list[int]]] = {}
    for kind, record in _records(stream, at):
        if kind in _NUMBERS:
            row, column, style = unpack_from("<HHH", record)
            cells = [(column, style)]
        elif kind == _ROW_OF_NUMBERS:
            row, first = unpack_from("<HH", record)
            count = (len(record) - 6) // 6
            cells = [(first + nth, unpack_from("<H", record, 4 + 6 * nth)[0]) for nth in range(count)]
        else:
            continue
        for column, style in cells:
            if style in styles:
                letters = column_letter(column)
                found.setdefault(letters, {}).setdefault(styles[style], []).append(row + 1)
    return found


def _text(record: bytes, version: int, *, wide: bool = False) -> str:
    """Return a text with its length before it, in two bytes (``wide``, Unicode only) or in one."""
    if version < _UNICODE:
        return record[1 : 1 + record[0]].decode("cp1252", "replace")
    length, start = (unpack_from("<H", record)[0], 2) if wide else (record[0], 1)
    is_double = record[start] & 1
    data = record[start + 1 : start + 1 + length * (2 if is_double else 1)]
    return data.decode("utf-16-le" if is_double else "latin-1", "replace")
