"""Rows: what is collected from the activities of a file before it becomes tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from geoplan.model.choices import KINDS
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
    "documents",
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
    """How an amount is divided: by recipient, then by calendar year, then by sector.

    Parameters
    ----------
    recipients : sequence of (str, int)
        Why the part is left out (empty if it counts), and its weight.
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
    """Problems and remarks of a file while it is read.

    Parameters
    ----------
    problems : dict of (str, str) to list of (int, str)
        By message and field: lines and values.
    counts : Counter of str
        Remarks, and how often each occurred.
    doubts : dict of (str, tuple) to list of str
        Doubts about activities with the kinds of money at stake, and the identifiers of these.
    """

    problems: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    doubts: dict[tuple[str, tuple[str, ...]], list[str]] = field(default_factory=dict)

    def doubt(self, message: str, project: str, kinds: tuple[str, ...] = KINDS) -> None:
        """Note a doubt about an activity, and which kinds of its money are at stake."""
        self.doubts.setdefault((message, kinds), []).append(project)

    def blame(self, message: str, column: str, line: int | None, value: str) -> None:
        """Note a problem of an element."""
        self.problems.setdefault((message, column), []).append((line or 0, value))

    def listed(self, source: str) -> list[Problem]:
        """Return the problems, one for each message."""
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


CORRECT = 'correct the file, or set on_error = "leave out" for this source'
_WAYS_OUT = {
    "percentage": 'correct the file, or set percentages = "rescale" for this source',
    "iati-identifier": 'give every activity one, or set on_error = "leave out" for this source',
    "transaction-type": "use the codes 1 to 13 of version 2 or the letters of version 1, "
    'or set on_error = "leave out" for this source',
}
