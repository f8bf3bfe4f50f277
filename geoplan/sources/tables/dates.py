"""Dates: the order of day and month that fits all cells of a column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

from geoplan.sources.tables.numerals import western_digits

_WRITTEN = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", re.ASCII)
ORDERS = {"day first": (0, 1), "month first": (1, 0)}


def possible_orders(texts: Iterable[str]) -> list[str]:
    """Return the orders of day and month in which all dates with slashes, points or hyphens can be read.

    Parameters
    ----------
    texts : iterable of str
        Cells of one column; other cells are ignored.

    Returns
    -------
    list of str
        ``day first``, ``month first``, or both if the cells allow both; empty if no cell is such a date or
        no order fits. Dates with points are always day first.

    >>> possible_orders(["03/04/2010", "15/04/2010"]), possible_orders(["03/04/2010"])
    (['day first'], ['day first', 'month first'])
    """
    written = [match for text in texts if (match := _written(text))]
    if not written:
        return []
    if any(match[2] == "." for match in written) or all(match[1] == match[3] for match in written):
        known = ["day first"]
    else:
        known = list(ORDERS)
    return [order for order in known if all(_date(match, order) for match in written)]


def as_iso(text: str, order: str) -> str:
    """Return a date with the year last in ISO form, and any other text unchanged.

    >>> as_iso("3/4/2010", "day first"), as_iso("2010-04-03", "day first")
    ('2010-04-03', '2010-04-03')
    """
    match = _written(text)
    found = match and _date(match, order)
    return found.isoformat() if found else text


def _written(text: str) -> re.Match[str] | None:
    return _WRITTEN.fullmatch(western_digits(text.strip()))


def year_of(text: str) -> int | None:
    """Return the year of a date with a four-digit year; the order of day and month does not matter.

    >>> year_of("03/04/2010"), year_of("2012-01-01"), year_of("2012/13")
    (2010, 2012, None)
    """
    written = _written(text)
    iso = re.fullmatch(r"(\d{4})-\d{2}-\d{2}(?:[T ].*)?", western_digits(text.strip()))
    return int(written[4]) if written else int(iso[1]) if iso else None


def _date(match: re.Match[str], order: str) -> date | None:
    numbers = int(match[1]), int(match[3])
    day, month = (numbers[place] for place in ORDERS[order])
    try:
        return date(int(match[4]), month, day)
    except ValueError:
        return None


_MONTH = re.compile(r"([^\W\d_]+)\.?[\s./-]+(\d{4}|\d{2})")


def month_of(text: str) -> str:
    """Return a month with its name, such as Jan 2016 or avr-18, as ``2016-01``, or an empty text.

    Two digits of a year are those of the years 2000 to 2099.

    >>> month_of("Jan 2016"), month_of("Apr-18"), month_of("TBD")
    ('2016-01', '2018-04', '')
    """
    match = _MONTH.fullmatch(western_digits(text.strip()))
    month = _month_names().get(match[1].casefold()) if match else None
    return (
        ""
        if match is None or month is None
        else f"{int(match[2]) % 2000 + 2000 if len(match[2]) == 2 else match[2]}-{month:02}"
    )


@cache
def _month_names() -> dict[str, int]:
    """Return the names of months in languages with many readers, whole and short."""
    from babel import Locale

    return {
        name.casefold().rstrip("."): number
        for language in ("vi", "id", "de", "pt", "es", "fr", "en")
        for forms in Locale(language).months.values()
        for width in ("abbreviated", "wide")
        for number, name in forms[width].items()
    }
