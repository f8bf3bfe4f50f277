"""Grid: the filled rows of a text table or a sheet, before the header is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from geoplan.model.errors import Problem

Cell: TypeAlias = str | int | float
MOST_COLUMNS = 16_384
"""The most columns a spreadsheet can have; a longer line is not a table."""


@dataclass(frozen=True)
class FilledGrid:
    """Rows of a table as in the file.

    Parameters
    ----------
    source : str
        Name of the file (and sheet) for messages.
    records : list of (int, list of Cell)
        Rows that are not empty, with their spreadsheet row numbers. An empty cell is ``""``.
    merged : sequence of (int, int, int, int)
        Merged cells: first row, first column, last row, last column; rows counted from 1, columns from 0.
    remarks : tuple of str
        What was detected.
    ragged : bool
        Whether a row longer than the header is an error, as in text with a stray separator.
    encoding : str
        Encoding of a text, and how it is known.
    formats : mapping of str to mapping of ShownAs to sequence of int
        Rows of each number format that shows a currency or a scale, by the letter of the column.
    """

    source: str
    records: list[tuple[int, list[Cell]]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    remarks: tuple[str, ...] = ()
    ragged: bool = True
    encoding: str = ""
    formats: Mapping[str, Mapping[Any, Sequence[int]]] = field(default_factory=dict)


def too_wide(name: str, row: int, columns: int) -> Problem:
    """Return the problem of a line with more columns than a spreadsheet can have."""
    return Problem(
        name,
        f"the row has {columns:,} columns; a table has at most {MOST_COLUMNS:,}",
        rows=(row,),
        way_out="check that it is the right file and that its line ends are intact",
    )


def column_letter(position: int) -> str:
    """Return the spreadsheet letter of a column.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
