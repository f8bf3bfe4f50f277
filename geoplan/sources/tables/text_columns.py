"""Text columns: split a large text table into columns all at once, where that gives the same cells as row by row.

How this works: Arrow's CSV reader is fifty times faster than Python's, and more lenient. So the bytes are looked at
first: each quotation mark must open a field at its start and close it at its end, and each line must end in the
same way. Lines with more or fewer fields than most others are split by Python and put back in their place. A text that
does not pass is split row by row as a whole, and that is where its errors are found.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.model.optional_libraries import find_library
from geoplan.sources.tables.grid import MOST_COLUMNS, CodedColumn, FilledGrid, grid_of, labels_of

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_SAMPLE = 200
_HEAD = 1_000_000
"""Lines, and characters, in which the usual number of fields is looked for."""
_CODED = 50_000
"""Rows by which it is decided whether cells repeat, so that each is kept once."""
_BLOCK = 8 << 20
_SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What `str.strip` takes off."""


def split_columns(text: str, delimiter: str, source: str, **about: Any) -> FilledGrid | None:
    r"""Split a text into columns of stripped cells.

    Parameters
    ----------
    text : str
    delimiter : str
    source : str
        Name of the file.
    about
        Further parameters of `FilledGrid`.

    Returns
    -------
    FilledGrid or None
        None if the text has to be read row by row, as without Arrow.

    >>> grid = split_columns("project,amount\nP1, 5.00\nnote\n", ",", "spending.csv")
    >>> grid.cells(1), grid.cells(2), grid.numbers.tolist()
    (['P1', '5.00'], ['note'], [1, 2, 3])
    """
    width = _usual_width(text, delimiter)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return None
    if find_library("pyarrow") is None or not 2 <= width <= MOST_COLUMNS or not _is_regular(data, delimiter):
        return None
    found = _parsed(data, delimiter, width)
    if found is None:
        return None
    columns, odd = found
    return _assembled(columns, odd, source, about)


def _usual_width(text: str, delimiter: str) -> int:
    """Return how many fields most of the first lines with several have; 0 if there are none, or they cannot be split."""
    head = io.StringIO(text[:_HEAD], newline="")
    try:
        rows = islice(csv.reader(head, delimiter=delimiter), _SAMPLE)
        widths = Counter(len(row) for row in rows if len(row) > 1)
    except csv.Error:
        return 0
    return widths.most_common(1)[0][0] if widths else 0


def _is_regular(data: bytes, delimiter: str) -> bool:
    """Return whether both readers agree on where the fields of a text begin and end."""
    if data.startswith(codecs.BOM_UTF8) or b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return False
    if b'"' not in data:
        return True
    marks = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord('"'))
    if len(marks) % 2:
        return False
    around = np.frombuffer(b"\n" + data + b"\n", dtype=np.uint8)  # one further on than in `data`
    between = np.frombuffer(f"{delimiter}\r\n".encode(), dtype=np.uint8)
    opening, closing = marks[::2], marks[1::2]
    # Two marks in a row inside a field are one that belongs to its text: it closes and opens again.
    again = opening[1:] == closing[:-1] + 1
    starts, ends = np.isin(around[opening], between), np.isin(around[closing + 2], between)
    return bool(starts[0] and ends[-1] and (starts[1:] | again).all() and (ends[:-1] | again).all())


def _parsed(
    data: bytes, delimiter: str, width: int
) -> tuple[list[pa.StringArray], dict[int, list[str]]] | None:
    """Split bytes into columns of trimmed texts, and the rows of another width by their position."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    odd: dict[int, list[str]] = {}

    def keep(row: Any) -> str:
        fields = next(csv.reader(io.StringIO(row.text, newline=""), delimiter=delimiter), [])
        odd[row.number - 1] = [field.strip() for field in fields]
        return "skip"

    names = [str(at) for at in range(width)]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(data),
            # Only one thread counts the rows.
            arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=names),
            arrow_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    columns = [pc.utf8_trim(table.column(name).combine_chunks(), _SPACES) for name in names]
    longest = max((pc.max(pc.binary_length(column)).as_py() or 0 for column in columns), default=0)
    if longest >= MOST_COLUMNS or any(len(fields) >= MOST_COLUMNS for fields in odd.values()):
        return None
    return columns, odd


def _assembled(
    columns: list[pa.StringArray], odd: dict[int, list[str]], source: str, about: dict[str, Any]
) -> FilledGrid:
    """Put the rows of another width between the others, and leave out empty ones."""
    rows = len(columns[0]) + len(odd)
    at = np.array(sorted(odd), dtype=np.int64)
    others = grid_of(source, [(row, odd[row]) for row in at.tolist()])
    usual = np.ones(rows, dtype=bool)
    usual[at] = False
    widths = np.full(rows, len(columns), dtype=np.int64)
    widths[at] = others.widths
    coded = [_coded(column) for column in columns]
    blank = labels_of([""])
    empty = CodedColumn(np.zeros(rows - len(at), dtype=np.int64), blank)
    missing = CodedColumn(np.zeros(len(at), dtype=np.int64), blank)
    merged = []
    for number in range(max(len(coded), len(others.columns))):
        first = coded[number] if number < len(coded) else empty
        second = others.columns[number] if number < len(others.columns) else missing
        merged.append(_woven(first, second, usual) if len(at) else first)
    filled = np.logical_or.reduce([column.filled for column in merged])
    if not filled.all():
        merged = [CodedColumn(column.codes[filled], column.labels) for column in merged]
    return FilledGrid(source, np.flatnonzero(filled) + 1, merged, widths[filled], **about)


def _woven(usual: CodedColumn, other: CodedColumn, is_usual: NDArray[np.bool_]) -> CodedColumn:
    """Return one column of two, with the rows of the first where ``is_usual`` says."""
    codes = np.empty(len(is_usual), dtype=np.int64)
    codes[is_usual] = usual.codes
    codes[~is_usual] = other.codes + len(usual.labels)
    return CodedColumn(codes, np.concatenate([usual.labels, other.labels]))


def _coded(column: pa.StringArray) -> CodedColumn:
    """Return a column with each distinct cell once, unless most cells differ."""
    head = column.slice(0, _CODED)
    if len(head.unique()) > len(head) / 2 and len(column) > 1:
        return CodedColumn(np.arange(len(column)), labels_of(column.to_pylist()))
    coded = column.dictionary_encode()
    return CodedColumn(coded.indices.to_numpy().astype(np.int64), labels_of(coded.dictionary.to_pylist()))
