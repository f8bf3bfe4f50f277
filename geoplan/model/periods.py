"""Periods: runs of years, such as those of a five-year plan, and what lies before, between and after them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from geoplan.model.errors import UsageError, show_value

Periods: TypeAlias = tuple[tuple[int, int], ...]
"""First and last year of each period, in order, none overlapping."""

_PERIOD = re.compile(r"(\d{4})\s*[-–—/]\s*(\d{4})")


def read_periods(texts: Iterable[str]) -> Periods:
    """Read periods such as ``2011-2015``.

    Raises
    ------
    UsageError
        Something that is no period, ends before it begins, or overlaps another.

    >>> read_periods(["2016-2020", "2011–2015"])
    ((2011, 2015), (2016, 2020))
    """
    found = []
    for text in texts:
        match = _PERIOD.fullmatch(str(text).strip())
        if match is None or int(match[1]) > int(match[2]):
            raise UsageError(f"{show_value(str(text))} is no period of years: write it like 2011-2015")
        found.append((int(match[1]), int(match[2])))
    found.sort()
    for (_, last), (first, _) in itertools.pairwise(found):
        if first <= last:
            raise UsageError(f"periods overlap in {first}: each year belongs to one period")
    return tuple(found)


def label_years(years: Sequence[int], periods: Periods) -> dict[int, str]:
    """Return the period of each year, by year: one of the periods, or before, between or after them.

    >>> label_years([2009, 2012, 2016], ((2011, 2015),))
    {2009: 'before 2011', 2012: '2011–2015', 2016: 'after 2015'}
    """
    return {int(year): _label(int(year), periods) for year in years}


def _label(year: int, periods: Periods) -> str:
    for first, last in periods:
        if first <= year <= last:
            return f"{first}–{last}"
    earlier = [last for _, last in periods if last < year]
    later = [first for first, _ in periods if first > year]
    if not earlier:
        return f"before {later[0]}"
    if not later:
        return f"after {earlier[-1]}"
    return f"{earlier[-1] + 1}–{later[0] - 1}"


def order_period(label: str) -> float:
    """Return a number by which labels of periods are in order of time."""
    year = int(re.findall(r"\d{4}", label)[0])
    return year - 0.5 if label.startswith("before") else year + 0.5 if label.startswith("after") else year
