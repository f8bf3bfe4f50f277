"""Tables of plain text that fit the terminal.

How this works: each column has a widest width, which shows every cell in one line, and a least
width, to which its text may be wrapped; numbers never wrap. If the least widths do not fit side by
side, the table is split into blocks below each other. Each block repeats the leading columns that
name a row.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_WIDTH_WITHOUT_TERMINAL = 240
_LEAST_TEXT = 16
_GAP = 3
_MOST_NAMING = 3


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

    from geoplan.outputs.text_tables import is_numeric, shown_cell

    if width is None:
        width = Console().width if sys.stdout is not None and sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL
    columns = [
        _TextColumn(
            str(frame.columns[at]),
            tuple(map(shown_cell, frame.iloc[:, at])),
            is_numeric(frame.iloc[:, at]),
        )
        for at in range(frame.shape[1])
    ]
    return "\n".join(_draw(block, width) for block in _blocks(columns, width))


def _blocks(columns: list[_TextColumn], width: int) -> list[list[_TextColumn]]:
    """Split columns into blocks whose least widths fit; each begins with the columns that name a row.

    Blocks leave out columns without any content.
    """
    if _width(columns) <= width:
        return [columns]
    columns = [column for column in columns if any(column.cells)]
    naming = _naming_columns(columns, width // 2)
    blocks = [list(naming)]
    for column in columns[len(naming) :]:
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
    for column, wide in zip(columns, _widths(columns, width), strict=True):
        table.add_column(
            Text(column.name), justify="right" if column.numeric else "left", overflow="fold", width=wide
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, row))
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
