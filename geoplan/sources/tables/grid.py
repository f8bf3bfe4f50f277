"""Grid: the filled rows of a text table or a sheet as columns, before the header is known.

How this works: a column keeps its distinct cells once, and the position of its cell for each row. So what a cell is
(empty, a number, a word for a total) is asked once for each distinct cell, and answered for all rows at once.
A single row is put together only where a person would look at it: the header, totals, notes and headings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from geoplan.model.errors import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

Cell: TypeAlias = str | int | float
MOST_COLUMNS = 16_384
"""The most columns a spreadsheet can have; a longer line is not a table."""


@dataclass(frozen=True)
class CodedColumn:
    """Cells of one column: each row has the position of its cell among the labels.

    Parameters
    ----------
    codes : (rows,) array of int
    labels : array of Cell
        Cells of the column. A cell can occur several times, if finding repeats costs more than it saves.
    """

    codes: NDArray[np.int64]
    labels: NDArray[np.object_]

    @cached_property
    def filled(self) -> NDArray[np.bool_]:
        """Which rows have a cell."""
        return np.asarray((self.labels != "")[self.codes], dtype=bool)

    def where(self, test: Callable[[Cell], bool]) -> NDArray[np.bool_]:
        """Return which rows have a cell that passes a test."""
        passed = np.fromiter(map(test, self.labels.tolist()), dtype=bool, count=len(self.labels))
        return np.asarray(passed[self.codes])

    def take(self, at: NDArray[np.int64]) -> NDArray[np.object_]:
        """Return the cells of some rows; an empty one is None."""
        cells = self.labels.copy()
        cells[cells == ""] = None
        return np.asarray(cells[self.codes[at]])


@dataclass(frozen=True)
class FilledGrid:
    """Rows of a table as in the file, without empty ones.

    Parameters
    ----------
    source : str
        Name of the file (and sheet) for messages.
    numbers : (rows,) array of int
        Spreadsheet row numbers.
    columns : list of CodedColumn
        An empty cell is ``""``.
    widths : (rows,) array of int
        How many cells each row has in the file.
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
    sheet : str
        Name of the sheet of a workbook, also if it has only one.
    """

    source: str
    numbers: NDArray[np.int64]
    columns: list[CodedColumn]
    widths: NDArray[np.int64]
    merged: Sequence[tuple[int, int, int, int]] = ()
    remarks: tuple[str, ...] = ()
    ragged: bool = True
    encoding: str = ""
    formats: Mapping[str, Mapping[Any, Sequence[int]]] = field(default_factory=dict)
    sheet: str = ""

    def __len__(self) -> int:
        return len(self.numbers)

    def cells(self, at: int) -> list[Cell]:
        """Return the cells of the row at a position."""
        return [column.labels[column.codes[at]] for column in self.columns[: self.widths[at]]]


def grid_of(source: str, records: Sequence[tuple[int, Sequence[Cell]]], **about: Any) -> FilledGrid:
    """Return the grid of rows with their numbers.

    Parameters
    ----------
    source : str
    records : sequence of (int, sequence of Cell)
    about
        Further parameters of `FilledGrid`.

    >>> grid = grid_of("a.csv", [(1, ["project", "amount"]), (3, ["P1"])])
    >>> grid.cells(1), grid.columns[1].filled.tolist()
    (['P1'], [True, False])
    """
    at = np.arange(len(records))
    columns = zip_longest(*(cells for _, cells in records), fillvalue="")
    return FilledGrid(
        source,
        np.array([number for number, _ in records], dtype=np.int64),
        [CodedColumn(at, labels_of(cells)) for cells in columns],
        np.array([len(cells) for _, cells in records], dtype=np.int64),
        **about,
    )


def labels_of(cells: Sequence[Cell]) -> NDArray[np.object_]:
    """Return cells as an array that keeps their types."""
    labels = np.empty(len(cells), dtype=object)
    labels[:] = cells
    return labels


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
