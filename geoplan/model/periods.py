"""Periods of years, such as those of five-year plans, and the years before, between and after them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from geoplan.model.errors import UsageError, show_value

Periods: TypeAlias = tuple[tuple[int, int], ...]
"""First and last year of each period, in order and without overlap."""

_PERIOD = re.compile(r"(\d{4})\s*[-–—/]\s*(\d{4})")


def read_periods(texts: Iterable[str]) -> Periods:
    """Read periods such as ``2011-2015``.

    Raises
    ------
    UsageError
        A text is not a period, a period ends before it starts, or two periods overlap.

    >>> read_periods(["2016-2020", "2011–2015"])
    ((2011, 2015), (2016, 2020))
    """
    found = []
    for text in texts:
        match = _PERIOD.fullmatch(str(text).strip())
        if match is None or int(match[1]) > int(match[2]):
            raise UsageError(f"{show_value(str(text))} is not a period of years: write it like 2011-2015")
        found.append((int(match[1]), int(match[2])))
    found.sort()
    for (_, last), (first, _) in itertools.pairwise(found):
        if first <= last:
            raise UsageError(f"periods overlap in {first}: each year belongs to one period")
    return tuple(found)


def label_years(years: Sequence[int], periods: Periods) -> dict[int, str]:
    """Label each year with its period, or with the gap before, between or after the periods.

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
    """Return a number that sorts period labels by time."""
    year = int(re.findall(r"\d{4}", label)[0])
    return year - 0.5 if label.startswith("before") else year + 0.5 if label.startswith("after") else year
