"""How many rows of a table are printed: a terminal is for the rows that matter, a file takes them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from geoplan.cli.table_layout import table_text

if TYPE_CHECKING:
    import pandas as pd

Command = TypeVar("Command", bound=Callable[..., Any])

MOST_ROWS = 150
"""Rows up to which the printed tables of a command are whole: districts of a country, for example."""

_LEAST_ROWS = 20
"""Rows of each of many tables."""

_MOST_LISTED = 3
"""Names of a list in one cell of a table that is cut short."""

_MOST_BUCKETS = 10
"""Rows of money without a district that always stay: a summary has one for each bucket."""

_WANTED = "geoplan.all_rows"


def _want_all(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    context.meta[_WANTED] = wanted


def all_option(command: Command) -> Command:
    """Add ``--all`` to a command that prints tables."""
    add = click.option(
        "--all",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_want_all,
        help=f"Print all rows. Without, tables of more than {MOST_ROWS} rows are cut short.",
    )
    return add(command)


def count_rows_shown(lengths: Sequence[int]) -> int | None:
    """Return the rows to print of each table of a command, given their lengths; None for all.

    >>> count_rows_shown([75, 75]), count_rows_shown([5000]), count_rows_shown([3000, 7, 60])
    (None, 150, 50)
    """
    context = click.get_current_context(silent=True)
    if sum(lengths) <= MOST_ROWS or (context is not None and context.meta.get(_WANTED, False)):
        return None
    return max(MOST_ROWS // len(lengths), _LEAST_ROWS)


def short_table_text(frame: pd.DataFrame, most: int | None) -> str:
    """Lay out a table, with at most so many rows and a line that says how many there are.

    Where the tables of a command are cut short, so are lists in a cell: one row would take 20 lines.
    """
    if most is None:
        return table_text(frame)
    if len(frame) <= most:
        return table_text(_shorten_lists(frame))
    kept, which = _cut(frame, most)
    said = f"{len(kept):,} of {len(frame):,} rows, {which}; for all add {_ways()}\n"
    return table_text(_shorten_lists(kept)) + said


def _shorten_lists(frame: pd.DataFrame) -> pd.DataFrame:
    texts = frame.select_dtypes(exclude="number").columns
    return frame.assign(**{name: frame[name].map(_shorten_list) for name in texts})


def _shorten_list(cell: object) -> object:
    """Leave the first names of a long list, and count the others.

    >>> _shorten_list("Norway; Japan; Denmark; Finland; Sweden"), _shorten_list("Norway|Japan")
    ('Norway; Japan; Denmark; and 2 more', 'Norway|Japan')
    """
    if not isinstance(cell, str):
        return cell
    mark = "; " if "; " in cell else "|"
    names = cell.split(mark)
    if len(names) <= _MOST_LISTED + 1:
        return cell
    return mark.join([*names[:_MOST_LISTED], f"and {len(names) - _MOST_LISTED} more"])


def _cut(frame: pd.DataFrame, most: int) -> tuple[pd.DataFrame, str]:
    """Keep the largest amounts, or the first rows of a table that is ranked or not about one sum of money."""
    from geoplan.model.schema import DISTRICT

    one_sum = all(name not in frame or frame[name].nunique() == 1 for name in ("currency", "kind"))
    if "amount" not in frame or "rank" in frame or not one_sum:
        return frame.head(most), "the first"
    rows = frame.reset_index(drop=True)
    largest = rows["amount"].astype("float64").abs().nlargest(most).index
    buckets = rows.index[rows["place"] != DISTRICT] if "place" in rows else rows.index[:0]
    if len(buckets) <= _MOST_BUCKETS:
        largest = largest.difference(buckets, sort=False).append(buckets)
    return rows.loc[largest], "the largest amounts"


def _ways() -> str:
    """Name the options of this command that print or write all rows."""
    context = click.get_current_context(silent=True)
    known = {name for option in context.command.params for name in option.opts} if context else set()
    return "--all or -o FILE" if "--format" in known else "--all"
