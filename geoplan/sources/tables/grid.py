"""A grid: the filled rows of a text table or a sheet, before it is known which of them is the header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from geoplan.model.errors import Problem

Cell: TypeAlias = str | int | float
MOST_COLUMNS = 16_384
"""Columns a spreadsheet can have; a wider line is no table."""


@dataclass(frozen=True)
class FilledGrid:
    """Rows of a table as they stand in the file.

    Parameters
    ----------
    source : str
        Name of the file (and sheet) for messages.
    records : list of (int, list of Cell)
        Rows that are not wholly empty, with their numbers as a spreadsheet shows them. An empty cell is ``""``.
    merged : sequence of (int, int, int, int)
        Merged cells: first row, first column, last row, last column; rows counted from 1, columns from 0.
    remarks : tuple of str
        What was detected.
    ragged : bool
        Whether a row may be longer than the header by mistake, as in text, where a separator too many does it.
    """

    source: str
    records: list[tuple[int, list[Cell]]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    remarks: tuple[str, ...] = ()
    ragged: bool = True


def too_wide(name: str, row: int, columns: int) -> Problem:
    """Make the problem of a line with more columns than any table has."""
    return Problem(
        name,
        f"the row has {columns:,} columns; a table has at most {MOST_COLUMNS:,}",
        rows=(row,),
        way_out="look whether it is the right file, and whether its line ends have been lost",
    )


def column_letter(position: int) -> str:
    """Return the letter of a column as a spreadsheet shows it.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
