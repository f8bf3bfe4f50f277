"""Calendar years: the days of a period in each year, for amounts that are given for a period."""

from __future__ import annotations

import datetime as dt


def days_by_year(start: str, end: str) -> list[tuple[int, int]] | None:
    """Count the days of a period in each calendar year, including its first and last day.

    Parameters
    ----------
    start, end : str
        ISO dates; a time after the date is ignored.

    Returns
    -------
    list of (int, int)
        Year and number of days, in order; None if a date cannot be read or the end is before the start.

    >>> days_by_year("2011-07-01", "2012-06-30")
    [(2011, 184), (2012, 182)]
    """
    try:
        first, last = (dt.date.fromisoformat(day.strip()[:10]) for day in (start, end))
    except ValueError:
        return None
    if last < first:
        return None
    return [
        (
            year,
            (min(last, dt.date(year, 12, 31)) - max(first, dt.date(year, 1, 1))).days + 1,
        )
        for year in range(first.year, last.year + 1)
    ]
