"""Header row: find it in a grid, and name its columns even where cells are merged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geoplan.model.errors import InputError, Problem, show_value
from geoplan.model.schema import Table, fold
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.standards.hxl import is_tag_row
from geoplan.sources.tables.grid import Cell, FilledGrid, column_letter
from geoplan.sources.tables.known_headers import known_among

_SEARCHED = 40


@dataclass(frozen=True)
class Header:
    """Names of the columns, and the position of the header.

    Parameters
    ----------
    names : list of str
        One per column, ``""`` for a column without a name.
    row : int
        Row number of the last header row.
    end : int
        Number of records up to and including the header.
    tags : list of str
        HXL hashtags of the columns, if the grid has a row of them.
    above : int
        Number of records above the header.
    remarks : tuple of str
    """

    names: list[str]
    row: int
    end: int
    tags: list[str]
    above: int = 0
    remarks: tuple[str, ...] = ()


def find_header(grid: FilledGrid, spec: FileSpec, table: Table | None) -> Header:
    """Find the header: the row named in the plan file, the row above HXL hashtags, or the best match.

    How this works: each of the first 40 rows is compared with the headers of the plan file and the known
    names of the table's columns, and the row with the most matches wins. If no row has a match, the first
    row with nearly as many cells as the fullest row is the header. Rows above it are reported.

    Parameters
    ----------
    grid : FilledGrid
        With at least one record.
    spec : FileSpec
    table : Table, optional
        The table to read it as; without it the first record is the header.

    Returns
    -------
    Header

    Raises
    ------
    InputError
        The row named in the plan file is empty.
    """
    searched = range(min(_SEARCHED, len(grid)))
    tagged = next((at for at in searched if is_tag_row(grid.cells(at))), None)
    if tagged is not None:
        return _tagged_header(grid, tagged)
    at = _named_row(grid, spec.header) if spec.header is not None else _best_row(grid, spec, table)
    names, bottom = _names_at(grid, at)
    end = int(np.searchsorted(grid.numbers, bottom, side="right"))
    return Header(names, bottom, end, [], at, _above(grid, at, spec))


def _named_row(grid: FilledGrid, row: int) -> int:
    found = np.flatnonzero(grid.numbers == row)
    if len(found):
        return int(found[0])
    raise InputError(
        Problem(
            grid.source,
            "the row named by header is empty",
            values=(row,),
            way_out="give the row number of the header, as a spreadsheet shows it",
        )
    )


def _tagged_header(grid: FilledGrid, at: int) -> Header:
    """Use the row above the hashtags as names, or the hashtags themselves if there is no such row."""
    row, tags = int(grid.numbers[at]), [str(cell) for cell in grid.cells(at)]
    names = _names_at(grid, at - 1)[0] if at > 0 else tags
    width = max(len(tags), len(names))
    names = [name or tag for name, tag in zip(_padded(names, width), _padded(tags, width), strict=True)]
    remark = f"{grid.source}: row {row} has HXL hashtags; they identify the columns"
    return Header(names, row, at + 1, _padded(tags, width), 0, (remark,))


def _padded(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))


def _best_row(grid: FilledGrid, spec: FileSpec, table: Table | None) -> int:
    if table is None:
        return 0
    wanted = {fold(header) for header in spec.columns.values()}
    for column in table.columns:
        wanted |= {fold(name) for name in (column.name, *column.synonyms)}
    searched = range(min(_SEARCHED, len(grid)))
    rows = [set(_names_at(grid, at)[0]) for at in searched]
    # Records repeat their cells, so each is looked at once.
    headers = _headers_among(set().union(*rows), wanted, table)
    fits = [len(row & headers) for row in rows]
    if max(fits) > 0:
        return fits.index(max(fits))
    filled = [sum(cell != "" for cell in grid.cells(at)) for at in searched]
    return next(at for at in searched if filled[at] >= min(max(filled), max(2, 0.6 * max(filled))))


def _headers_among(cells: set[str], wanted: set[str], table: Table) -> set[str]:
    """Return the cells that are headers of the table, by name or by their words."""
    named = {cell for cell in cells if fold(cell) in wanted}
    return named | known_among(cells - named, table)


def _names_at(grid: FilledGrid, at: int) -> tuple[list[str], int]:
    """Name the columns by a row and the rows merged with it; also return the last of these rows."""
    row = int(grid.numbers[at])
    joined = [(first, last) for first, _, last, _ in grid.merged if first <= row <= last]
    top = min([_group_row(grid, row), *(first for first, _ in joined)])
    bottom = max([row, *(last for _, last in joined)])
    first, end = np.searchsorted(grid.numbers, [top, bottom + 1]).tolist()
    block = {int(grid.numbers[row]): grid.cells(row) for row in range(first, end)}
    if len(block) == 1:
        return _with_group_names(grid, at), bottom
    width = max(len(cells) for cells in block.values())
    parts = [_parts(grid, block, column) for column in range(width)]
    leaves = [part[-1] if part else "" for part in parts]
    # "amount" under both "2011" and "2012" needs the upper name too; a unique name does not.
    names = [
        " ".join(part) if leaf and leaves.count(leaf) > 1 else leaf
        for part, leaf in zip(parts, leaves, strict=True)
    ]
    return names, bottom


def _with_group_names(grid: FilledGrid, at: int) -> list[str]:
    """Prefix repeated names with the row above, if that row has group names in cells that are not merged.

    Each group name applies up to the next one: ``Planned``, empty, ``Paid``, empty above ``2011``, ``2012``,
    ``2011``, ``2012``.
    """
    names = [str(cell) for cell in grid.cells(at)]
    groups = grid.cells(at - 1) if at and grid.numbers[at - 1] == grid.numbers[at] - 1 else []
    if sum(cell != "" for cell in groups) < 2:
        return names
    group, prefixed = "", []
    for column, name in enumerate(names):
        group = str(groups[column]) if column < len(groups) and groups[column] != "" else group
        prefixed.append(f"{group} {name}" if name and group and names.count(name) > 1 else name)
    return prefixed


def _group_row(grid: FilledGrid, row: int) -> int:
    """Return the row above if it has several merged group names; one merged cell is a title."""
    groups = [left for first, left, last, right in grid.merged if first == last == row - 1 and left < right]
    return row - 1 if len(groups) > 1 else row


def _parts(grid: FilledGrid, block: dict[int, list[Cell]], column: int) -> list[str]:
    """Return the header cells of a column from top to bottom, each merged cell once."""
    found: list[str] = []
    for number in sorted(block):
        row, left = number, column
        for first, start, last, end in grid.merged:
            if first <= number <= last and start <= column <= end:
                row, left = first, start
        cells = block.get(row, [])
        text = str(cells[left]) if left < len(cells) else ""
        if text and (not found or found[-1] != text):
            found.append(text)
    return found


def _above(grid: FilledGrid, at: int, spec: FileSpec) -> tuple[str, ...]:
    if at == 0 or spec.header is not None:
        return ()
    first = next(cell for cell in grid.cells(0) if cell != "")
    count = f"{at} rows" if at > 1 else "1 row"
    return (
        f"{grid.source}: the header is taken from row {grid.numbers[at]}; {count} above it left out: {show_value(first)}",
    )


def fill_names(names: list[str], width: int) -> list[str]:
    """Name columns without a name by their spreadsheet letter."""
    return [
        name or f"column {column_letter(position)}" for position, name in enumerate(_padded(names, width))
    ]
