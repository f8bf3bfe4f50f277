"""Records: what stands below the header of a grid, without notes and totals, as a raw table."""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd

from geoplan.model.errors import InputError, Problem, show_value
from geoplan.model.schema import FORMULA_STARTS, Table
from geoplan.sources.raw_table import FileSpec, Raw, TotalRow
from geoplan.sources.tables.grid import Cell, FilledGrid, column_letter
from geoplan.sources.tables.header_row import Header, fill_names, find_header
from geoplan.sources.tables.totals import total_label, totals_problem

_WITH_TOTALS = ("profile", "projects", "locations", "spending")
_NUMBERED = re.compile(r"(?:[IVXLC]+|[A-Za-z]|\d{1,2})[.):]\s|\w+ (?:\d{1,2}|[IVX]+|[A-Z])\s*[:.–-]\s")
_Records = list[tuple[int, list[Cell]]]


def as_raw(grid: FilledGrid, spec: FileSpec, table: Table | None = None) -> Raw:
    """Make a raw table of a grid: the header found, what is no record left out and named.

    Parameters
    ----------
    grid : FilledGrid
    spec : FileSpec
    table : Table, optional
        Table it is read as; its columns tell the header from a title.

    Returns
    -------
    Raw
        Rows that look like totals are in its ``problems``, not in its table.

    Raises
    ------
    InputError
        No header or no record, columns that occur twice, or rows longer than the header.
    """
    if not grid.records:
        raise InputError(
            Problem(grid.source, "the file is empty", way_out="it needs a header row and at least one record")
        )
    header = find_header(grid, spec, table)
    body, left_out = _without_notes(grid.records[header.end :], header, grid.source)
    refused: list[Problem] = []
    totals: _Records = []
    if table is not None and table.name in _WITH_TOTALS:
        body, refused, taken, totals = _without_totals(body, grid.source, spec, table)
        body, headings = _without_headings(body, header, grid, table)
        left_out = (*left_out, *taken, *headings)
    names, body, too_long = _columns(grid, header, body)
    problems = refused + _header_problems(grid.source, names, header.row) + too_long
    if len(problems) > len(refused):
        raise InputError(problems)
    if not body:
        missing = Problem(grid.source, "there is a header but no record", way_out="add at least one record")
        raise InputError([*refused, missing])
    cells = [[_unguarded(cell) for cell in (record + [""] * len(names))[: len(names)]] for _, record in body]
    frame = pd.DataFrame(cells, columns=names, dtype=object)
    keep = [bool(name.strip()) for name in names]
    tags = [tag for tag, kept in zip(header.tags, keep, strict=False) if kept]
    frame = frame.loc[:, keep]
    frame = frame.where(frame != "", None)
    return Raw(
        grid.source,
        frame,
        pd.Series([number for number, _ in body], dtype="int64"),
        (*grid.remarks, *header.remarks, *left_out),
        _merged_downwards(grid, header, keep),
        tuple(tags),
        problems=tuple(refused),
        totals=tuple(
            TotalRow(row, total_label(cells), dict(zip(names, cells, strict=False))) for row, cells in totals
        ),
        encoding=grid.encoding,
        formats={
            name: grid.formats[letter]
            for at, name in enumerate(names)
            if (letter := column_letter(at)) in grid.formats
        },
        above=tuple(str(cell) for _, cells in grid.records[: header.above] for cell in cells if cell != ""),
    )


def _unguarded(cell: Cell) -> Cell:
    """Take off the apostrophe that kept a spreadsheet from taking text for a formula."""
    guarded = isinstance(cell, str) and cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS)
    return str(cell)[1:] if guarded else cell


def _columns(grid: FilledGrid, header: Header, body: _Records) -> tuple[list[str], _Records, list[Problem]]:
    """Return the names of the columns, and what is wrong with rows longer than the header."""
    names = [" ".join(str(_unguarded(name)).split()) for name in header.names]
    while names and not names[-1]:
        names.pop()
    width = len(names)
    wide = [(number, len(record)) for number, record in body if any(cell != "" for cell in record[width:])]
    if wide and grid.ragged:
        problem = Problem(
            grid.source,
            f"more cells than the header has columns ({width})",
            rows=tuple(number for number, _ in wide),
            values=tuple(f"{count} cells" for _, count in wide),
            way_out='put quotation marks around values with a separator in them, such as "1,234"',
        )
        return names, body, [problem]
    width = max([width, *(count for _, count in wide)])
    filled = [any(len(record) > at and record[at] != "" for _, record in body) for at in range(width)]
    named = fill_names(names, width)
    # A column with neither name nor cells is only a wide sheet; one with cells gets the letter it has there.
    return (
        [
            name if used or header_name else ""
            for name, used, header_name in zip(named, filled, _padded(names, width), strict=True)
        ],
        body,
        [],
    )


def _padded(names: list[str], width: int) -> list[str]:
    return names + [""] * (width - len(names))


def _without_notes(body: _Records, header: Header, source: str) -> tuple[_Records, tuple[str, ...]]:
    """Leave out notes below the last record: rows with one cell of words in a table of several columns."""
    if sum(bool(name) for name in header.names) < 3:
        return body, ()
    end = len(body)
    while end and _is_note(body[end - 1][1]):
        end -= 1
    if end == len(body) or end == 0:
        return body, ()
    notes = body[end:]
    text = next(cell for cell in notes[0][1] if cell != "")
    rows = ", ".join(str(number) for number, _ in notes[:5])
    return body[:end], (
        f"{source}: row{'s' if len(notes) > 1 else ''} {rows} left out as a note below the table: {show_value(text)}",
    )


def _is_note(record: list[Cell]) -> bool:
    filled = [cell for cell in record if cell != ""]
    return (
        len(filled) == 1
        and len(str(filled[0]).split()) > 1
        and not re.fullmatch(r"[\d\s.,'+-]+", str(filled[0]))
    )


def _without_headings(
    body: _Records, header: Header, grid: FilledGrid, table: Table
) -> tuple[_Records, tuple[str, ...]]:
    """Leave out headings of groups of rows: one cell of words, that no other row has, in a table of several columns.

    In spending and locations such a row has no amount and no place, so nothing is lost with it. In projects it could
    be a project of which only the name is known, so there the cell must be merged over columns, or numbered.
    """
    if sum(bool(name) for name in header.names) < 3:
        return body, ()
    source = grid.source
    merged = {top for top, left, bottom, right in grid.merged if top == bottom and right > left}
    if table.name == "projects":
        known = {number for number, record in body if number in merged or _NUMBERED.match(_only(record))}
    else:
        known = {number for number, _ in body}
    words = Counter(str(cell) for _, record in body for cell in record if cell != "")
    headings = [
        number
        for number, record in body
        if number in known and _is_note(record) and words[_only(record)] == 1
    ]
    if not headings or len(headings) == len(body):
        return body, ()
    first = next(_only(record) for number, record in body if number == headings[0])
    rows = ", ".join(str(number) for number in headings[:5]) + (" …" if len(headings) > 5 else "")
    kept = [(number, record) for number, record in body if number not in set(headings)]
    return kept, (
        f"{source}: row{'s' if len(headings) > 1 else ''} {rows} left out as headings within the table: {show_value(first)}",
    )


def _only(record: list[Cell]) -> str:
    return str(next(cell for cell in record if cell != ""))


def _without_totals(
    body: _Records, source: str, spec: FileSpec, table: Table
) -> tuple[_Records, list[Problem], tuple[str, ...], _Records]:
    """Take out rows whose first text is a word for a total, as a problem or, if the plan says so, with a remark."""
    totals = [(number, record) for number, record in body if total_label(record)]
    if not totals or spec.totals == "keep":
        return body, [], (), []
    rows, labels = [number for number, _ in totals], [total_label(record) for _, record in totals]
    kept = [(number, record) for number, record in body if number not in set(rows)]
    if spec.totals == "leave out":
        listed = ", ".join(str(row) for row in rows[:5]) + (" …" if len(rows) > 5 else "")
        remark = f"{source}: {len(rows)} row{'s' if len(rows) > 1 else ''} left out as totals ({listed}): {show_value(labels[0])}"
        return kept, [], (remark,), totals
    return kept, [totals_problem(source, table.name, rows, labels)], (), totals


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
