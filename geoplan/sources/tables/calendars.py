"""Calendars: fiscal years and the years of other calendars as Gregorian years, by a stated rule or a question.

A year of another calendar becomes the Gregorian year that has most of its days: Bikram Sambat 2071 is 2014,
Buddhist 2557 is 2014, Ethiopian 2007 is 2015, Solar Hijri 1393 is 2014, Lunar Hijri 1435 is 2014. A fiscal year such as 2014/15 or FY15 becomes
the first or the last of its two years, as ``fiscal_year`` says.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from geoplan.model.errors import Problem, show_value
from geoplan.model.schema import Column
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import Cells, as_text, cell_problem, distinct_cells, map_labels
from geoplan.sources.tables.dates import year_of
from geoplan.sources.tables.named_dates import named_period
from geoplan.sources.tables.numerals import western_digits

_SHIFTS = {"gregorian": 0, "bikram-sambat": -57, "buddhist": -543, "ethiopian": 8, "solar-hijri": 621}
"""Calendar of solar years to the number that turns its years into Gregorian ones."""

_LUNAR = "lunar-hijri"
CALENDARS = (*_SHIFTS, _LUNAR)

_LIKELY = {
    "bikram-sambat": (2050, 2110),
    "buddhist": (2470, 2620),
    "solar-hijri": (1300, 1450),
    _LUNAR: (1370, 1500),
}
"""Years that no plan has in the Gregorian calendar, by the calendar they may be of."""

_MARKS = {
    "ethiopian": re.compile(
        r"\bE\.?F\.?Y\b|\bE\.C\.|\d{4}\s*E\.?C\b|[\u1200-\u137f]{2}|ዓ\.?\s?ም|\bEthiopian (?:calendar|fiscal|year)",
        re.IGNORECASE,
    ),
    "bikram-sambat": re.compile(r"\bB\.S\.|\d{4}\s*B\.?S\b|\bBikram|वि\.?\s?सं", re.IGNORECASE),
    "buddhist": re.compile(r"\bB\.E\.|\d{4}\s*B\.?E\b|พ\.?\s?ศ|ພ\.?\s?ສ\.", re.IGNORECASE),
    "solar-hijri": re.compile(r"\bS\.H\.|\d{4}\s*(?:A\.?)?S\.?H\b|ه\.?\s?ش", re.IGNORECASE),
    "lunar-hijri": re.compile(r"\bA\.H\.|\d{4}\s*A\.?H\b|\d{4}\s*هـ", re.IGNORECASE),
}
"""Marks beside a year by which a text names its calendar; lists in Ethiopic letters count by the Ethiopian one."""

_USUAL_YEAR = 2015
"""Gregorian year near which most plans are: of two calendars, the one whose years are nearer is named first."""

_FIRST_DATED = 1600
"""Dates of earlier years are of the Hijri calendars themselves."""

_MOST_DATES = 200
"""Different cells of a column that are looked at for dates."""

_PREFIX = r"[^\W\d_]{1,3}\.?\s*'?"
"""Letters before a fiscal year, in any language: FY, AFY, EFY, AF, TA."""

_FISCAL = re.compile(
    rf"(?:{_PREFIX})?\s*(\d{{4}})\s*[/–-]\s*(\d{{2}}|\d{{4}})|{_PREFIX}(\d{{2}})\s*[/–-]\s*'?(\d{{2}})|(?:A?FY|EFY)\s*'?(\d{{4}}|\d{{2}})",
    re.IGNORECASE,
)


_MONTH = re.compile(r"(\d{4})\s*[-–/.]\s*(\d{1,2})|(\d{1,2})\s*[-–/.]\s*(\d{4})|((?:19|20)\d\d)(\d\d)")
"""A month in digits: 2015-03, 03/2015 or 201503."""


class _Year(NamedTuple):
    """A year in a cell: the first of a fiscal year, or a plain one."""

    first: int
    is_fiscal: bool


def gregorian_years(
    cells: Cells, column: Column, raw: RawTable, spec: FileSpec, headers: Iterable[str] = ()
) -> tuple[Cells, list[Problem], list[str]]:
    """Convert fiscal years and years of other calendars; cells that are neither stay as they are.

    Parameters
    ----------
    cells : Series
    column : Column
        Of kind ``year``.
    raw : RawTable
    spec : FileSpec
        Its ``calendar`` and ``fiscal_year``.
    headers : iterable of str
        Header of the years, or headers of the amounts by year: they may name the calendar, as 2005 EFY does.

    Returns
    -------
    tuple of Series, list of Problem, list of str
        The cells, questions, and what was converted.
    """
    given = [as_text(cell) for cell in distinct_cells(cells)]
    named = _named_calendar([*given, *headers, *raw.above]) if spec.calendar is None else None
    read = {text: year for text in given if (year := _year_in(text)) is not None} | _months_in(given)
    fiscal = {text for text, year in read.items() if year.is_fiscal}
    is_plain = all(text == str(year.first) for text, year in read.items())
    calendar = spec.calendar or "gregorian"
    likely = [named[0]] if named and read else _calendars_of(read) if spec.calendar is None else []
    if is_plain and calendar == "gregorian" and not likely:
        return cells, [], []
    problems = []
    if fiscal and spec.fiscal_year is None:
        mask = cells.map(lambda cell: as_text(cell) in fiscal, na_action="ignore").eq(True).to_numpy()
        text = sorted(fiscal)[0]
        first, last = (gregorian_year(read[text].first + later, calendar) for later in (0, 1))
        way_out = (
            f'write in geoplan.toml: [{raw.role}] fiscal_year = "first" ({show_value(text)} is {first}) '
            f'or fiscal_year = "last" ({show_value(text)} is {last})'
        )
        problems.append(cell_problem(raw, column, mask, cells, "fiscal years need a rule", way_out))
    if likely:
        years = [year.first for year in read.values()]
        dated = sorted({*_dated_years(column, raw), *spec.dated})
        fitting = [one for one in likely if dated and _overlap(years, one, dated)]
        likely = sorted(likely, key=lambda one: one not in fitting)
        text = min(read)
        lines = [
            f'calendar = "{one}" ({show_value(text)} is {gregorian_year(read[text].first, one)})'
            for one in likely
        ]
        way_out = f'write in geoplan.toml: [{raw.role}] {" or ".join(lines)} or calendar = "gregorian"'
        if len(likely) > 1 and fitting == likely[:1]:
            way_out += f"; the dates of the projects, {dated[0]} to {dated[-1]}, fit {fitting[0]}"
        message = f"years that look like another calendar ({' or '.join(likely)})"
        if named:
            message += f", which {show_value(named[1])} names"
        problems.append(cell_problem(raw, column, cells.notna().to_numpy(), cells, message, way_out))
    if problems:
        # The question is enough: the cells are not listed as unreadable as well.
        return pd.Series("2000", index=cells.index, dtype=object), problems, []
    meant = {
        text: str(gregorian_year(year.first + (year.is_fiscal and spec.fiscal_year == "last"), calendar))
        for text, year in read.items()
    }
    if not meant:
        return cells, [], []
    text = min((text for text in meant if text != meant[text]), default="")
    remark = (
        f"{raw.source}: column {show_value(column.name)}: {show_value(text)} is read as {meant.get(text)}"
    )
    return map_labels(cells, lambda cell: meant.get(as_text(cell), cell)), [], [remark] if text else []


def _named_calendar(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return the calendar that a text names by its mark beside a year, and the text; None if no text does.

    >>> _named_calendar(["Budget", "2005 EFY"]), _named_calendar(["EC grant 2005"]), _named_calendar(["ปี พ.ศ. 2562"])
    (('ethiopian', '2005 EFY'), None, ('buddhist', 'ปี พ.ศ. 2562'))
    """
    marks = [(text, calendar) for text in texts for calendar, mark in _MARKS.items() if mark.search(text)]
    return (marks[0][1], marks[0][0]) if marks else None


def gregorian_year(year: int, calendar: str) -> int:
    """Return the Gregorian year that has most of the days of a year of a calendar.

    >>> gregorian_year(2071, "bikram-sambat"), gregorian_year(1440, "lunar-hijri"), gregorian_year(1446, "lunar-hijri")
    (2014, 2019, 2024)
    """
    if calendar != _LUNAR:
        return year + _SHIFTS[calendar]
    # The civil calendar of 30 years with 11 leap years; its first day is 19 July 622.
    first_day = dt.date(622, 7, 19).toordinal() + (year - 1) * 354 + (3 + 11 * year) // 30
    return dt.date.fromordinal(first_day + 353 // 2).year


def _dated_years(column: Column, raw: RawTable) -> list[int]:
    """Return the years of all dates in other columns of the table, ascending."""
    found: set[int] = set()
    for name in raw.table.columns:
        if name not in (column.name, "geometry"):
            years = {year_of(as_text(cell)) for cell in distinct_cells(raw.table[name])[:_MOST_DATES]}
            found |= {year for year in years if year is not None and year > _FIRST_DATED}
    return sorted(found)


def _overlap(years: list[int], calendar: str, dated: list[int]) -> bool:
    """Return whether the years of a calendar and the years of dates have one in common, from first to last."""
    first, last = (gregorian_year(year, calendar) for year in (min(years), max(years)))
    return first <= dated[-1] and last >= dated[0]


def _months_in(given: list[str]) -> dict[str, _Year]:
    """Return the years of cells that are months in digits.

    2011-12 may be a month or a fiscal year. It is a month if the column has another cell that can only be a month,
    and none that can only be a fiscal year.

    >>> _months_in(["2011-12", "2012-03"])
    {'2011-12': _Year(first=2011, is_fiscal=False), '2012-03': _Year(first=2012, is_fiscal=False)}
    >>> _months_in(["2011-12", "2012-13"]), _months_in(["03/2015", "13/2015"])
    ({}, {'03/2015': _Year(first=2015, is_fiscal=False)})
    """
    months, others = {}, []
    for text in given:
        match = _MONTH.fullmatch(western_digits(text.strip()))
        parts = sorted((part for part in match.groups() if part), key=len) if match else ["0", ""]
        if 1 <= int(parts[0]) <= 12:
            months[text] = _Year(int(parts[1]), False)
        else:
            others.append(text)
    surely = {text: year for text, year in months.items() if _year_in(text) is None}
    is_fiscal = any((year := _year_in(text)) is not None and year.is_fiscal for text in others)
    return surely if is_fiscal or not surely else months


def says_part_of_year(text: str) -> bool:
    """Return whether a year cell says more than a year, such as its month or day.

    >>> says_part_of_year("2015Q1"), says_part_of_year("2015-03"), says_part_of_year("2015"), says_part_of_year("2014/15")
    (True, True, False, False)
    """
    text = western_digits(text.strip())
    return (not re.fullmatch(r"\d{4}", text) and _FISCAL.fullmatch(text) is None) or bool(_months_in([text]))


def _year_in(text: str) -> _Year | None:
    """Return the year in a cell, or None; a named month, quarter or half-year lies in one year.

    >>> _year_in("2014/15"), _year_in("FY15"), _year_in("2014/16")
    (_Year(first=2014, is_fiscal=True), _Year(first=2014, is_fiscal=True), None)
    >>> _year_in("FY 14/15"), _year_in("T.A. 2014/2015"), _year_in("14/15"), _year_in("Q1 2015")
    (_Year(first=2014, is_fiscal=True), None, None, _Year(first=2015, is_fiscal=False))
    """
    text = western_digits(text.strip())
    if re.fullmatch(r"\d{4}", text):
        return _Year(int(text), False)
    period = named_period(text)
    if period is not None:
        return _Year(period[0].year, False)
    fiscal = _FISCAL.fullmatch(text)
    if fiscal is None:
        return None
    if fiscal[5]:
        # A fiscal year of one number is named after the year it ends in.
        last = int(fiscal[5]) if len(fiscal[5]) == 4 else 2000 + int(fiscal[5])
        return _Year(last - 1, True)
    first, last = (int(fiscal[1]), int(fiscal[2])) if fiscal[1] else (2000 + int(fiscal[3]), int(fiscal[4]))
    return _Year(first, True) if last in (first + 1, (first + 1) % 100) else None


def _calendars_of(read: dict[str, _Year]) -> list[str]:
    """Return the other calendars that all years may be of, the likeliest first."""
    years = [year.first for year in read.values()]
    found = [
        calendar
        for calendar, (low, high) in _LIKELY.items()
        if years and min(years) >= low and max(years) <= high
    ]
    return sorted(found, key=lambda calendar: abs(gregorian_year(max(years), calendar) - _USUAL_YEAR))
