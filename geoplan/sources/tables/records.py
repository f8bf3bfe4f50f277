"""Records: what stands below the header of a grid, without notes and totals, as a raw table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, list_first, show_value
from geoplan.model.schema import FORMULA_STARTS, TABLES, Table
from geoplan.sources.raw_table import FileSpec, RawTable, TotalRow
from geoplan.sources.tables.encodings import find_damage
from geoplan.sources.tables.grid import Cell, FilledGrid, column_letter, labels_of
from geoplan.sources.tables.header_row import Header, fill_names, find_header
from geoplan.sources.tables.magnitudes import magnitudes_in
from geoplan.sources.tables.totals import total_label, totals_problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WITH_TOTALS = ("profile", "projects", "locations", "spending")
_IN_BRACKETS = re.compile(r"[(\[（].*[)\]）]")
_FEW = 2
_SAMPLE = 200
_ONE_WORD = re.compile(r"[^\W\d_]{4,}:?")
_HEADING_NUMBER = re.compile(r"[IVXLC]{1,5}[.)]?|[A-Za-z][.)]?|\d{1,2}[.)]?")
_NUMBERED = re.compile(r"(?:[IVXLC]+|[A-Za-z]|\d{1,2})[.):]\s|\w+ (?:\d{1,2}|[IVX]+|[A-Z])\s*[:.–-]\s")
_At: TypeAlias = "NDArray[np.int64]"
"""Positions of rows in a grid."""


def as_raw(grid: FilledGrid, spec: FileSpec, table: Table | None = None) -> RawTable:
    """Make a raw table of a grid: the header found, what is no record left out and named.

    Parameters
    ----------
    grid : FilledGrid
    spec : FileSpec
    table : Table, optional
        Table it is read as; its columns tell the header from a title.

    Returns
    -------
    RawTable
        Rows that look like totals are in its ``problems``, not in its table.

    Raises
    ------
    InputError
        No header or no record, columns that occur twice, or rows longer than the header.
    """
    if not len(grid):
        raise InputError(
            Problem(grid.source, "the file is empty", way_out="it needs a header row and at least one record")
        )
    if spec.encoding is None:
        section = table.name if table is not None and table.name in TABLES else ""
        damage = find_damage(_texts(grid), grid.source, section)
        if damage is not None:
            raise InputError(damage)
    header = find_header(grid, spec, table)
    body, units = _without_units(grid, np.arange(header.end, len(grid)), header)
    body, repeated = _without_repeated_headers(grid, body, header)
    records = body
    body, left_out = _without_notes(grid, records, header)
    left_out = (*repeated, *left_out)
    below = tuple(_only(grid.cells(at)) for at in records[len(body) :].tolist())
    refused: list[Problem] = []
    totals: _At = body[:0]
    if table is not None and table.name in _WITH_TOTALS:
        body, refused, taken, totals = _without_totals(grid, body, spec, table)
        body, headings = _without_headings(grid, body, header, table, spec.columns.get("project"))
        left_out = (*left_out, *taken, *headings)
    names, too_long = _names(grid, header, body)
    problems = refused + _header_problems(grid.source, names, header.row) + too_long
    if len(problems) > len(refused):
        raise InputError(problems)
    if not len(body):
        missing = Problem(grid.source, "there is a header but no record", way_out="add at least one record")
        raise InputError([*refused, missing])
    keep = [bool(name.strip()) for name in names]
    tags = [tag for tag, kept in zip(header.tags, keep, strict=False) if kept]
    return RawTable(
        grid.source,
        pd.DataFrame(
            {
                name: _cells(grid, at, body)
                for at, (name, kept) in enumerate(zip(names, keep, strict=True))
                if kept
            },
            index=range(len(body)),
            dtype=object,
            copy=False,
        ),
        pd.Series(grid.numbers[body]),
        (*grid.remarks, *header.remarks, *_said_of_units(grid, units), *left_out),
        _merged_downwards(grid, header, keep),
        tuple(tags),
        problems=tuple(refused),
        totals=tuple(_total_row(grid, at, names) for at in totals.tolist()),
        encoding=grid.encoding,
        formats={
            name: grid.formats[letter]
            for at, name in enumerate(names)
            if (letter := column_letter(at)) in grid.formats
        },
        above=(*(str(cell) for at in range(header.above) for cell in grid.cells(at) if cell != ""), *units),
        below=below,
        sheet=grid.sheet,
    )


def _texts(grid: FilledGrid) -> Iterator[str]:
    """Yield the texts of a grid, with repeats."""
    for column in grid.columns:
        yield from (cell for cell in column.labels.tolist() if isinstance(cell, str))


def _cells(grid: FilledGrid, column: int, body: _At) -> Any:
    """Return the cells of a column, without the apostrophes that guard them."""
    if column >= len(grid.columns):
        return np.full(len(body), None, dtype=object)
    given = grid.columns[column]
    if _may_be_guarded(given.labels.tolist()):
        given = replace(given, labels=labels_of([_unguarded(cell) for cell in given.labels.tolist()]))
    return given.take(body)


def _may_be_guarded(cells: list[Cell]) -> bool:
    """Return whether some cells can start with an apostrophe, by one look at all of them where all are text."""
    try:
        return "\n'" in "\n".join(["", *cells])  # type: ignore[list-item]
    except TypeError:
        return True


def _total_row(grid: FilledGrid, at: int, names: list[str]) -> TotalRow:
    cells = grid.cells(at)
    return TotalRow(int(grid.numbers[at]), total_label(cells), dict(zip(names, cells, strict=False)))


def _unguarded(cell: Cell) -> Cell:
    """Take off the apostrophe that kept a spreadsheet from taking text for a formula."""
    guarded = isinstance(cell, str) and cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS)
    return str(cell)[1:] if guarded else cell


def _names(grid: FilledGrid, header: Header, body: _At) -> tuple[list[str], list[Problem]]:
    """Return the names of the columns, and what is wrong with rows longer than the header."""
    names = [" ".join(str(_unguarded(name)).split()) for name in header.names]
    while names and not names[-1]:
        names.pop()
    width = len(names)
    beyond = [column.filled[body] for column in grid.columns[width:]]
    wide = body[np.logical_or.reduce(beyond)] if beyond else body[:0]
    if len(wide) and grid.ragged:
        problem = Problem(
            grid.source,
            f"more cells than the header has columns ({width})",
            rows=tuple(grid.numbers[wide].tolist()),
            values=tuple(f"{count} cells" for count in grid.widths[wide].tolist()),
            way_out='put quotation marks around values with a separator in them, such as "1,234"',
        )
        return names, [problem]
    width = max([width, *grid.widths[wide].tolist()])
    named = fill_names(names, width)
    # A column with neither name nor cells is only a wide sheet; one with cells gets the letter it has there.
    return [
        name if header_name or (at < len(grid.columns) and grid.columns[at].filled[body].any()) else ""
        for at, (name, header_name) in enumerate(zip(named, _padded(names, width), strict=True))
    ], []


def _padded(names: list[str], width: int) -> list[str]:
    return names + [""] * (width - len(names))


def _without_units(grid: FilledGrid, body: _At, header: Header) -> tuple[_At, tuple[str, ...]]:
    """Take out the row of units below the header: its cells are words in brackets, or of a magnitude, and nothing else."""
    is_wide = sum(bool(name) for name in header.names) > _FEW
    given = [str(cell).strip() for cell in _filled(grid.cells(body[0]))] if is_wide and len(body) > 1 else []
    are_units = all(_IN_BRACKETS.fullmatch(text) for text in given)
    if not given or not (are_units or (len(given) == 1 and magnitudes_in(given[0]))):
        return body, ()
    return body[1:], tuple(given)


def _said_of_units(grid: FilledGrid, units: tuple[str, ...]) -> tuple[str, ...]:
    shown = ", ".join(map(show_value, units))
    return (
        (f"{grid.source}: the row below the header is left out as a row of units: {shown}",) if units else ()
    )


def _without_notes(grid: FilledGrid, body: _At, header: Header) -> tuple[_At, tuple[str, ...]]:
    """Leave out notes below the last record: rows with one cell of words in a table of several columns."""
    if sum(bool(name) for name in header.names) < 3:
        return body, ()
    end = len(body)
    while end and _is_note(grid.cells(body[end - 1])):
        end -= 1
    if end == len(body) or end == 0:
        return body, ()
    notes = body[end:]
    rows = list_first(grid.numbers[notes])
    return body[:end], (
        f"{grid.source}: row{'s' if len(notes) > 1 else ''} {rows} left out as a note below the table: {show_value(_only(grid.cells(notes[0])))}",
    )


def _is_note(record: list[Cell]) -> bool:
    filled = [cell for cell in record if cell != ""]
    return (
        len(filled) == 1
        and len(str(filled[0]).split()) > 1
        and not re.fullmatch(r"[\d\s.,'+-]+", str(filled[0]))
    )


def _without_repeated_headers(grid: FilledGrid, body: _At, header: Header) -> tuple[_At, tuple[str, ...]]:
    """Leave out rows that are the header again, as lists of several printed pages have it on each page."""
    named = [(at, name) for at, name in enumerate(header.names) if name]
    if len(named) < _FEW or named[0][0] >= len(grid.columns):
        return body, ()
    first = grid.columns[named[0][0]]
    same = np.flatnonzero(np.asarray(first.labels, dtype=object) == named[0][1])
    again = [
        at
        for at in body[np.isin(first.codes[body], same)].tolist()
        if (cells := grid.cells(at))
        and all(at < len(cells) and str(cells[at]).strip() == name for at, name in named)
    ]
    if not again:
        return body, ()
    rows = list_first(grid.numbers[again])
    return body[~np.isin(body, again)], (f"{grid.source}: the header again, left out: row {rows}",)


def _without_headings(
    grid: FilledGrid, body: _At, header: Header, table: Table, project: str | None
) -> tuple[_At, tuple[str, ...]]:
    """Leave out headings of groups of rows: one cell of words, that no other row has, in a table of several columns.

    The words may stand beside a number of another kind than the records have: II beside Roads, where those have 1, 2.
    In spending and locations such a row has no amount and no place, so nothing is lost with it. In projects it could
    be a project of which only the name is known, so there the cell must be merged over columns, or numbered, or
    stand in another column than ``project``, the header that the plan names for the project.
    """
    if sum(bool(name) for name in header.names) < 3:
        return body, ()
    merged = {top for top, left, bottom, right in grid.merged if top == bottom and right > left}
    filled = np.sum([column.filled[body] for column in grid.columns], axis=0)
    if not np.isin(filled, (1, _FEW)).any():
        return body, ()
    records = [grid.cells(at) for at in body[filled > _FEW][:_SAMPLE].tolist()]
    alone = {
        at: cells
        for at in body[filled == 1].tolist()
        if _is_note(cells := grid.cells(at))
        # A heading of one word stands above records: below them, it is a record that lacks its cells.
        or (table.name != "projects" and at != body[-1] and _is_one_word(cells, records))
    }
    if table.name == "projects":
        alone = {
            at: cells
            for at, cells in alone.items()
            if grid.numbers[at] in merged
            or _NUMBERED.match(_only(cells))
            or (project in header.names and header.names[_place_of(cells)] != project)
        }
    alone |= {
        at: [cells[-1]]
        for at in body[filled == _FEW].tolist()
        if _is_numbered_heading(grid.cells(at), records) and (cells := _filled(grid.cells(at)))
    }
    occurs = _count(grid, body, {_only(cells) for cells in alone.values()})
    headings = [at for at, cells in alone.items() if occurs[_only(cells)] == 1]
    if not headings or len(headings) == len(body):
        return body, ()
    rows = list_first(grid.numbers[headings])
    return body[~np.isin(body, headings)], (
        f"{grid.source}: row{'s' if len(headings) > 1 else ''} {rows} left out as headings within the table: {show_value(_only(alone[headings[0]]))}",
    )


def _filled(cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell != ""]


def _place_of(cells: list[Cell]) -> int:
    return next(at for at, cell in enumerate(cells) if cell != "")


def _is_one_word(cells: list[Cell], records: list[list[Cell]]) -> bool:
    """Return whether the only cell of a row is a word, where no record has one word in that column."""
    (at,) = (at for at, cell in enumerate(cells) if cell != "")
    others = [record[at] for record in records if at < len(record) and record[at] != ""]
    return (
        bool(others)
        and bool(_ONE_WORD.fullmatch(str(cells[at])))
        and not any(_ONE_WORD.fullmatch(str(other)) for other in others)
    )


def _is_numbered_heading(cells: list[Cell], records: list[list[Cell]]) -> bool:
    """Return whether a row has a number and words only, and the records have numbers of another kind there."""
    number, words = (at for at, cell in enumerate(cells) if cell != "")
    if not _HEADING_NUMBER.fullmatch(str(cells[number])) or not any(map(str.isalpha, str(cells[words]))):
        return False
    given = [_kind_of(record[number]) for record in records if number < len(record) and record[number] != ""]
    return 2 * len(given) > len(records) and _kind_of(cells[number]) not in given


def _kind_of(cell: Cell) -> str:
    """Return how a number is written: digits as 9, letters as A."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", text))


def _count(grid: FilledGrid, body: _At, texts: set[str]) -> Counter[str]:
    """Count the cells with each of some texts."""
    found: Counter[str] = Counter()
    for column in grid.columns if texts else ():
        times = np.bincount(column.codes[body], minlength=len(column.labels)).tolist()
        for cell, count in zip(column.labels.tolist(), times, strict=True):
            if str(cell) in texts:
                found[str(cell)] += count
    return found


def _only(record: list[Cell]) -> str:
    return str(next(cell for cell in record if cell != ""))


def _without_totals(
    grid: FilledGrid, body: _At, spec: FileSpec, table: Table
) -> tuple[_At, list[Problem], tuple[str, ...], _At]:
    """Take out rows whose first text is a word for a total, as a problem or, if the plan says so, with a remark."""
    is_total = _are_totals(grid)[body]
    totals = body[is_total]
    if not len(totals) or spec.totals == "keep":
        return body, [], (), body[:0]
    rows, labels = grid.numbers[totals].tolist(), [total_label(grid.cells(at)) for at in totals.tolist()]
    if spec.totals == "leave out":
        remark = f"{grid.source}: {len(rows)} row{'s' if len(rows) > 1 else ''} left out as totals ({list_first(rows)}): {show_value(labels[0])}"
        return body[~is_total], [], (remark,), totals
    return body[~is_total], [totals_problem(grid.source, table.name, rows, labels)], (), totals


def _are_totals(grid: FilledGrid) -> NDArray[np.bool_]:
    """Return in which rows the first text is a word for a total."""
    found, is_open = np.zeros(len(grid), dtype=bool), np.ones(len(grid), dtype=bool)
    for column in grid.columns:
        if not is_open.any():
            break
        found |= is_open & column.where(lambda cell: bool(total_label((cell,))))
        is_open &= ~column.where(lambda cell: isinstance(cell, str) and bool(cell.strip()))
    return found


def _header_problems(source: str, header: list[str], row: int) -> list[Problem]:
    twice = sorted({name for name in header if name.strip() and header.count(name) > 1})
    if twice:
        return [
            Problem(
                source,
                "columns occur twice",
                rows=(row,),
                values=tuple(twice),
                way_out="rename or remove one of each",
            )
        ]
    return []


def _merged_downwards(grid: FilledGrid, header: Header, keep: list[bool]) -> tuple[tuple[int, int, int], ...]:
    """Return the cells merged downwards among the records, by the position their column has in the table."""
    position = {column: sum(keep[:column]) for column, kept in enumerate(keep) if kept}
    return tuple(
        (position[left], top, bottom)
        for top, left, bottom, right in grid.merged
        if top > header.row and bottom > top and left == right and left in position
    )
