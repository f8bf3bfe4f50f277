"""Errors that list every problem of an input at once, each with a way to fix it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import Any

_SHOWN_VALUES = 5
_LONGEST_VALUE = 60
_LONGEST_PATH = 260


def show_value(value: object) -> str:
    r"""Quote a value for a message in one short, printable line.

    Control and bidirectional characters become visible escapes, so that data cannot control the
    terminal that shows the message.

    >>> show_value("1.234,50")
    "'1.234,50'"
    >>> print(show_value("a" + chr(27) + "[2J"))
    'a\x1b[2J'
    """
    text = str(value)
    if isinstance(value, PurePath):
        # The end of a path names the file.
        text = text if len(text) <= _LONGEST_PATH else "…" + text[1 - _LONGEST_PATH :]
    elif len(text) > _LONGEST_VALUE:
        text = text[: _LONGEST_VALUE - 1] + "…"
    return f"'{escape_controls(text)}'"


def show_number(value: float, digits: int = 6, *, commas: bool = False) -> str:
    """Write a number for a message in up to so many significant digits, whole numbers in full, without an exponent.

    Numbers of more than 15 digits, such as the fill value of a raster, keep theirs.

    >>> show_number(8986553.25), show_number(0.00002), show_number(17.25), show_number(-3.4028235e38)
    ('8986553', '0.00002', '17.25', '-3.40282e+38')
    >>> show_number(398960000000.5, 10, commas=True)
    '398,960,000,000'
    """
    comma = "," if commas else ""
    short = f"{value:z{comma}.{digits}g}"
    if "e" not in short or abs(value) >= 1e15:
        return short
    return f"{value:{comma}.0f}" if abs(value) >= 1 else f"{Decimal(short):f}"


def list_first(items: Iterable[object], most: int = _SHOWN_VALUES) -> str:
    """List the first of several items, and how many more there are.

    >>> list_first(["A", "B", "C"], most=2)
    'A, B and 1 more'
    """
    texts = [str(item) for item in items]
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def as_text(name: str) -> str:
    r"""Return a name with visible escapes for bytes that are no text, which names of files can have on Linux.

    >>> print(as_text("a" + chr(0xDCFF)))
    a\udcff
    """
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode("utf-8")


def escape_controls(text: str) -> str:
    """Replace control and invisible characters by visible escapes. Letters of every script stay."""
    return "".join(
        char if char.isprintable() or _is_harmless(char) else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def _is_harmless(char: str) -> bool:
    """Tell whether a non-printable character is a space, or a joiner that some scripts need."""
    return unicodedata.category(char) == "Zs" or char in "\u200c\u200d"


@dataclass(frozen=True)
class Problem:
    """One problem of an input, and how to fix it.

    Parameters
    ----------
    source : str
        File or table with the problem.
    message : str
        What is wrong, as a sentence without a full stop.
    column : str
        Column or key with the problem, if any.
    rows : tuple of int
        Row numbers as a spreadsheet shows them (the header is row 1), or feature numbers.
    values : tuple of object
        The values that are wrong, in the order of ``rows``.
    way_out : str
        How to fix it, as an imperative.
    table : str
        Table that the file is a part of, where files of two tables can have one name.
    """

    source: str
    message: str
    column: str = ""
    rows: tuple[int, ...] = ()
    values: tuple[object, ...] = ()
    way_out: str = ""
    table: str = ""

    def __hash__(self) -> int:
        """Leave the values out: those of a TOML or JSON file can be lists, which have no hash."""
        return hash((self.source, self.message, self.column, self.rows))

    def __str__(self) -> str:
        where = [escape_controls(self.source)]
        if self.rows:
            # Amounts of several years or places can be in one row.
            rows = list(dict.fromkeys(self.rows))
            where.append(f"row{'s' if len(rows) > 1 else ''} {list_first(rows)}")
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
    """Base class of all errors that geoplan raises on purpose.

    Parameters
    ----------
    problems : iterable of Problem or str
        All problems, not only the first.

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
    """The data has errors, such as a missing column, an unreadable amount or an unknown CRS."""


class PlanError(InputError):
    """The tables of a plan have errors.

    Parameters
    ----------
    problems : iterable of Problem or str
    accounts : sequence of object
        What was read from each file until then: `geoplan.sources.reading_account.ReadingAccount`.
    """

    def __init__(self, problems: Iterable[Problem | str], accounts: Sequence[object] = ()) -> None:
        super().__init__(problems)
        self.accounts = tuple(accounts)


class UsageError(GeoplanError):
    """The call is wrong, such as an unknown option or a plan that does not exist."""


class SeveralKindsError(UsageError):
    """Several kinds of money would be added, which counts the same money twice.

    Parameters
    ----------
    kinds : sequence of str
        The kinds; the first stands as the example.
    """

    def __init__(self, kinds: Sequence[str]) -> None:
        self.kinds = tuple(kinds)
        self.fault = f"the plan has several kinds of money ({', '.join(kinds)}), and their sum would count the same money twice"
        super().__init__(f"{self.fault}: choose one kind, such as {kinds[0]} (plan.only({kinds[0]!r}))")


class UnreachableError(GeoplanError):
    """A server cannot be reached, because there is no network or the server is down."""


class BalanceError(GeoplanError):
    """The ledger does not add up to the input. This is a bug in geoplan, never an error in the data."""


def read_all(*readers: Callable[[], Any]) -> list[Any]:
    """Return what each reader returns, or raise one `InputError` with the problems of all of them.

    >>> read_all(lambda: 1, lambda: 2)
    [1, 2]
    """
    found: list[Any] = []
    problems: list[Problem | str] = []
    for read in readers:
        try:
            found.append(read())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def raise_if(problems: Sequence[Problem]) -> None:
    """Raise one `InputError` with all problems, if there are any."""
    if problems:
        raise InputError(problems)
