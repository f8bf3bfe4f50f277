"""Errors that a planner can act on: every problem of an input, listed at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SHOWN_VALUES = 5
_LONGEST_VALUE = 60


def show_value(value: object) -> str:
    r"""Quote a value from the data for a message: one line, printable, short.

    Control and bidirectional characters come out as escapes, so that a cell of a
    spreadsheet can not drive the terminal that shows it.

    >>> show_value("1.234,50")
    "'1.234,50'"
    >>> print(show_value("a" + chr(27) + "[2J"))
    'a\x1b[2J'
    """
    text = str(value)
    if len(text) > _LONGEST_VALUE:
        text = text[: _LONGEST_VALUE - 1] + "…"
    return f"'{escape_controls(text)}'"


def escape_controls(text: str) -> str:
    """Replace characters a terminal would obey (or hide) by visible escapes; letters of any script stay."""
    return "".join(
        char if char.isprintable() or _is_harmless(char) else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def _is_harmless(char: str) -> bool:
    """Tell whether a non-printable character is a space of some width, or a joiner that scripts need."""
    return unicodedata.category(char) == "Zs" or char in "\u200c\u200d"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input, and the way out.

    Parameters
    ----------
    source : str
        File (or table) the problem is in.
    message : str
        What is wrong, as one sentence without a full stop.
    column : str
        Column or key, if the problem belongs to one.
    rows : tuple of int
        Row numbers as a spreadsheet shows them (the header is row 1), or feature numbers.
    values : tuple of object
        The offending values, in the order of ``rows``.
    way_out : str
        What to do about it.
    """

    source: str
    message: str
    column: str = ""
    rows: tuple[int, ...] = ()
    values: tuple[object, ...] = ()
    way_out: str = ""

    def __str__(self) -> str:
        where = [escape_controls(self.source)]
        if self.rows:
            more = "" if len(self.rows) <= _SHOWN_VALUES else f" and {len(self.rows) - _SHOWN_VALUES:,} more"
            listed = ", ".join(str(row) for row in self.rows[:_SHOWN_VALUES])
            where.append(f"row{'s' if len(self.rows) > 1 else ''} {listed}{more}")
        if self.column:
            where.append(f"column {show_value(self.column)}")
        text = f"{', '.join(where)}: {self.message}"
        if self.values:
            distinct = list(dict.fromkeys(show_value(value) for value in self.values))
            more = "" if len(distinct) <= _SHOWN_VALUES else f", … ({len(distinct):,} different)"
            text += f": {', '.join(distinct[:_SHOWN_VALUES])}{more}"
        if self.way_out:
            text += f"\n    → {self.way_out}"
        return text


class GeoplanError(Exception):
    """Base of every error geoplan raises on purpose.

    Parameters
    ----------
    problems : iterable of Problem or str
        Everything that is wrong, not only the first thing.

    Attributes
    ----------
    problems : tuple of Problem or str
    """

    def __init__(self, problems: Iterable[Problem | str] | Problem | str) -> None:
        if isinstance(problems, Problem | str):
            problems = [problems]
        self.problems: tuple[Problem | str, ...] = tuple(problems)
        super().__init__("\n".join(f"{problem}" for problem in self.problems))


class InputError(GeoplanError):
    """The data given does not hold: a missing column, an unreadable amount, an unknown CRS."""


class UsageError(GeoplanError):
    """The call itself is wrong: an option that does not exist, a plan that is not there."""


class BalanceError(GeoplanError):
    """Money went in that did not come out: a fault of geoplan, never of the data."""


def raise_if(problems: Sequence[Problem]) -> None:
    """Raise one `InputError` with all problems, or return when there is none."""
    if problems:
        raise InputError(problems)
