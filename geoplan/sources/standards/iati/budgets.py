"""Budgets: which budgets of an IATI activity replace which, and which look as if they are counted twice.

How this works: the days of all budgets of an activity are compared. A revised budget replaces the days that it shares
with an original budget, and with a revised budget before it in the file. If 31 days or fewer of the replaced budget
are left, all of it is replaced, because publishers write the ends of a period in several ways. Otherwise it is
divided by days: the days that are left count. A revised budget that is itself left out as faulty replaces nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from geoplan.sources.faulty_rows import read_decimal
from geoplan.sources.standards.iati import codes

if TYPE_CHECKING:
    from lxml import etree

EDGE_DAYS = 31
"""If this many days of a replaced budget remain, or fewer, the whole budget is replaced."""


class Budget(NamedTuple):
    """One budget: its days as ordinal numbers, both included, and its amount."""

    element: etree._Element
    first: int
    last: int
    amount: Decimal | None
    currency: str | None
    is_revised: bool
    is_faulty: bool


def read_budgets(elements: Sequence[etree._Element], *, negative: bool = False) -> list[Budget]:
    """Return the budgets whose period can be read, in the order of the file; amounts below 0 are faulty if not stated."""
    found = []
    for element in elements:
        start, end = (_day(element, tag) for tag in ("period-start", "period-end"))
        if start is not None and end is not None and start <= end:
            value = element.find("value")
            amount = None if value is None else read_decimal((value.text or "").strip())
            currency = None if value is None else value.get("currency")
            revised = element.get("type") in codes.REVISED
            is_faulty = amount is None or (amount < 0 and not negative)
            found.append(Budget(element, start, end, amount, currency, revised, is_faulty))
    return found


def _day(element: etree._Element, tag: str) -> int | None:
    end = element.find(tag)
    try:
        return (
            dt.date.fromisoformat((end.get("iso-date") or "").strip()[:10]).toordinal()
            if end is not None
            else None
        )
    except ValueError:
        return None


def days_left(budgets: Sequence[Budget]) -> dict[etree._Element, list[tuple[int, int]]]:
    """Return what is left of the budgets that others replace: their remaining spans of days, or none.

    Parameters
    ----------
    budgets : sequence of Budget
        Of one activity, in the order of the file.
    """
    left: dict[etree._Element, list[tuple[int, int]]] = {}
    for at, budget in enumerate(budgets):
        others = [
            other
            for place, other in enumerate(budgets)
            if other.is_revised and not other.is_faulty and (not budget.is_revised or place > at)
        ]
        spans = [(budget.first, budget.last)]
        for other in others:
            spans = [part for span in spans for part in _without(span, other)]
        if spans == [(budget.first, budget.last)]:
            continue
        days = sum(last - first + 1 for first, last in spans)
        left[budget.element] = spans if days > EDGE_DAYS else []
    return left


def _without(span: tuple[int, int], other: Budget) -> list[tuple[int, int]]:
    first, last = span
    if other.last < first or other.first > last:
        return [span]
    parts = [(first, other.first - 1), (other.last + 1, last)]
    return [part for part in parts if part[0] <= part[1]]


def find_double_budgets(budgets: Sequence[Budget]) -> list[str]:
    """Describe budgets of one activity that count and share days: the same twice, a total beside its parts, others."""
    found = []
    for at, budget in enumerate(budgets):
        for other in budgets[at + 1 :]:
            if budget[1:5] == other[1:5]:
                found.append("with the same budget twice; both count")
        inside = [
            other
            for other in budgets
            if other is not budget
            and other.currency == budget.currency
            and budget.first <= other.first
            and other.last <= budget.last
        ]
        if len(inside) > 1 and budget.amount == sum(
            (other.amount or Decimal(0) for other in inside), Decimal(0)
        ):
            found.append("with a budget that is the sum of others in its period; all of them count")
    if not found and any(
        one.first <= other.last and other.first <= one.last
        for at, one in enumerate(budgets)
        for other in budgets[at + 1 :]
    ):
        found.append("with budgets whose periods overlap; all of them count")
    return list(dict.fromkeys(found))
