"""Rows: what is gathered from the activities of a file before it becomes tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from geoplan.model.errors import Problem

PROJECT_COLUMNS = (
    "project",
    "title",
    "sector",
    "status",
    "start",
    "end",
    "component",
    "funder",
    "plan_item",
    "plan_level",
    "on_budget",
)
SPENDING_COLUMNS = (
    "project",
    "location",
    "component",
    "funder",
    "year",
    "value_date",
    "kind",
    "currency",
    "amount",
)


@dataclass(frozen=True)
class Division:
    """How an amount is divided: first by recipient, then by calendar year, then by sector.

    Parameters
    ----------
    recipients : sequence of (str, int)
        Why the part is left out (empty for what counts), and its weight.
    years, sectors : sequence of (str or None, int)
        Year or sector, and its weight.
    """

    recipients: Sequence[tuple[str, int]]
    years: Sequence[tuple[str | None, int]]
    sectors: Sequence[tuple[str | None, int]]


@dataclass
class Rows:
    """Rows read so far; the last cell of each is its line in the file.

    Parameters
    ----------
    projects, locations, spending : list of tuple
    divided : list of (tuple, Division)
        Rows of spending that go to several parts.
    left_out : list of (tuple, str)
        Rows of spending that are not counted, each with its reason.
    """

    projects: list[tuple[Any, ...]] = field(default_factory=list)
    locations: list[tuple[Any, ...]] = field(default_factory=list)
    spending: list[tuple[Any, ...]] = field(default_factory=list)
    divided: list[tuple[tuple[Any, ...], Division]] = field(default_factory=list)
    left_out: list[tuple[tuple[Any, ...], str]] = field(default_factory=list)


@dataclass
class Notes:
    """What was noticed on the way, counted.

    Parameters
    ----------
    problems : dict of (str, str) to list of (int, str)
        By message and column: lines and values.
    counts : Counter of str
    """

    problems: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def blame(self, message: str, column: str, line: int | None, value: str) -> None:
        """Note a problem of an element."""
        self.problems.setdefault((message, column), []).append((line or 0, value))

    def listed(self, source: str) -> list[Problem]:
        """Return the problems, those of one message together."""
        return [
            Problem(
                source,
                message,
                column,
                tuple(line for line, _ in found if line),
                tuple(value for _, value in found if value),
                _WAYS_OUT.get(column, CORRECT),
            )
            for (message, column), found in self.problems.items()
        ]


CORRECT = "correct the file, or ask its publisher"
_WAYS_OUT = {
    "percentage": 'correct the file; or say percentages = "rescale" of this source to take them in proportion',
    "iati-identifier": "every activity needs one, once",
    "transaction-type": "known are the codes 1 to 13 of version 2, and the letters of version 1, such as C, D and E",
}
