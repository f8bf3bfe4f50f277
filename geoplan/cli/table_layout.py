"""Tables of plain text that fit the terminal, in the form in which people read them.

How this works: each column has a widest width, which shows every cell in one line, and a least
width, to which its text may be wrapped; numbers never wrap. If the least widths do not fit side by
side, the table is split into blocks below each other. Each block repeats the leading columns that
name a row, and its number where they do not.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_WIDTH_WITHOUT_TERMINAL = 240
_LEAST_TEXT = 14
_GAP = 3
_MOST_NAMING = 3
_SHARES = ("share", "execution rate", "predictability", "execution so far", "mean deviation", "of average")
_RATES = ("per ", "average")
_NUMBER = re.compile(r"−?\d[\d\s]*(\.\d+)?")
_MOST_PLACES = 4
"""Decimals up to which the numbers of a column are filled with zeros; a column with more stays as it is."""


@dataclass(frozen=True)
class _TextColumn:
    """A column as it is printed."""

    name: str
    cells: tuple[str, ...]
    numeric: bool

    @property
    def least(self) -> int:
        """The width below which the column cannot be read."""
        from rich.cells import cell_len

        longest = max(map(cell_len, self.cells), default=0)
        word = max(map(cell_len, self.name.split()), default=0)
        return max(longest if self.numeric else min(longest, _LEAST_TEXT), word)

    @property
    def widest(self) -> int:
        """The width that shows every cell in one line."""
        from rich.cells import cell_len

        return max(map(cell_len, (self.name, *self.cells)))


def table_text(frame: pd.DataFrame, width: int | None = None) -> str:
    """Lay out a frame as plain text, numbers aligned to the right.

    Parameters
    ----------
    frame : DataFrame
    width : int, optional
        Characters per line; by default those of the terminal, or 240 where the output is a file or pipe.
    """
    from rich.console import Console

    if width is None:
        width = Console().width if sys.stdout is not None and sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL
    read = _for_reading(frame)
    columns = [_as_text(str(read.columns[at]), read.iloc[:, at]) for at in range(read.shape[1])]
    return "\n".join(_draw(block, width) for block in _blocks(columns, width))


def _for_reading(frame: pd.DataFrame) -> pd.DataFrame:
    """Name buckets where districts have their name, put the only currency into the heads of amounts, and name columns in words."""
    from geoplan.model.schema import DISTRICT

    read = frame
    if {"place", "district", "name"} <= set(read.columns):
        outside = read["place"] != DISTRICT
        if not read.loc[outside, "name"].fillna("").astype(bool).any():
            named = read["name"].astype(object).where(~outside, read["place"].astype(object))
            read = read.assign(name=named).drop(columns="place")
    heads = {name: str(name).replace("_", " ") for name in read.columns}
    currencies = set(read["currency"]) if "currency" in read else set()
    amounts = [name for name in read.columns if _is_money(str(heads[name]), read[name])]
    if len(currencies) == 1 and amounts:
        (currency,) = currencies
        read = read.drop(columns="currency")
        heads |= {name: f"{heads[name]} ({currency})" for name in amounts}
    return read.set_axis([heads[name] for name in read.columns], axis=1)


def _is_money(head: str, cells: pd.Series[Any]) -> bool:
    from geoplan.outputs.text_tables import is_numeric

    if head.startswith(_RATES):
        return is_numeric(cells)
    known = cells.dropna()
    return len(known) > 0 and all(isinstance(cell, Decimal) for cell in known)


def _as_text(head: str, cells: pd.Series[Any]) -> _TextColumn:
    """Write the cells of a column: shares as percentages, amounts per person and the like with 2 decimals."""
    from geoplan.outputs.text_tables import is_numeric, shown_cell

    numeric = is_numeric(cells)

    def write(cell: Any) -> str:
        if numeric and isinstance(cell, float) and math.isfinite(cell):
            if head.startswith("share") or head.endswith(_SHARES):
                return f"{100 * cell:z.1f} %".replace("-", "−")
            if head.startswith(_RATES) and abs(cell) >= 1:
                return shown_cell(Decimal(f"{cell:.2f}"))
            return shown_cell(cell).replace("-", "−")
        return shown_cell(cell)

    written = tuple(map(write, cells))
    return _TextColumn(head, _with_equal_places(written) if numeric else written, numeric)


def _with_equal_places(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Fill the decimals of a column with zeros, so that their points stand below each other."""
    places = max((len(cell.partition(".")[2]) for cell in cells if _NUMBER.fullmatch(cell)), default=0)
    if not 0 < places <= _MOST_PLACES:
        return cells
    return tuple(
        f"{cell.partition('.')[0]}.{cell.partition('.')[2]:0<{places}}" if _NUMBER.fullmatch(cell) else cell
        for cell in cells
    )


def _blocks(columns: list[_TextColumn], width: int) -> list[list[_TextColumn]]:
    """Split columns into blocks whose least widths fit; each begins with the columns that name a row.

    Blocks leave out columns without any content.
    """
    if _width(columns) <= width:
        return [columns]
    columns = [column for column in columns if any(column.cells)]
    naming = _naming_columns(columns, width // 2)
    rest = columns[len(naming) :]
    if len({*zip(*(column.cells for column in naming), strict=True)}) < len(columns[0].cells):
        # Numbers of rows tell which lines of the blocks belong together.
        naming = [_TextColumn("", tuple(map(str, range(1, 1 + len(columns[0].cells)))), True), *naming]
    blocks = [list(naming)]
    for column in rest:
        if _width([*blocks[-1], column]) > width and len(blocks[-1]) > len(naming):
            blocks.append(list(naming))
        blocks[-1].append(column)
    return blocks


def _naming_columns(columns: list[_TextColumn], room: int) -> list[_TextColumn]:
    """Return the leading columns that name a row: up to the first number after a text, as far as there is room."""
    naming: list[_TextColumn] = []
    for column in columns[:_MOST_NAMING]:
        follows_text = any(not one.numeric for one in naming)
        if (column.numeric and follows_text) or _width([*naming, column]) > room:
            break
        naming.append(column)
    return naming if any(not one.numeric for one in naming) else []


def _width(columns: list[_TextColumn]) -> int:
    return sum(column.least + _GAP for column in columns)


def _widths(columns: list[_TextColumn], width: int) -> list[int]:
    """Return the width of each column: at least its least, and as much of its widest as there is room for."""
    widths = [column.least for column in columns]
    spare = width - _width(columns)
    # Those that need little more get it first.
    wanted = sorted(range(len(columns)), key=lambda at: columns[at].widest - columns[at].least)
    for at in wanted:
        more = min(columns[at].widest - columns[at].least, max(spare, 0))
        widths[at] += more
        spare -= more
    return widths


def _draw(columns: list[_TextColumn], width: int) -> str:
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    widths = _widths(columns, width)
    for column, wide in zip(columns, widths, strict=True):
        table.add_column(
            Text(column.name), justify="right" if column.numeric else "left", overflow="fold", width=wide
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        # Joint funders that need several lines get one each.
        table.add_row(*(Text(cell if len(cell) <= wide else cell.replace("|", "|\n"))
                        for cell, wide in zip(row, widths, strict=True)))  # fmt: skip
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
