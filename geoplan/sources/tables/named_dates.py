"""Named dates: days and periods written with a name of a month or quarter and a year of four digits.

How this works: the year is taken off, the rest is split into words, and numerals such as 1er and III become digits.
The words must be the name of one period in a language of CLDR, in any order; for a day, with one number besides.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from functools import cache

from geoplan.sources.tables.numerals import western_digits

_LANGUAGES = ("en", "en_GB", "fr", "lo", "es", "pt", "id", "vi", "de")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_BETWEEN = re.compile(r"[\s,./'’–—-]+")
_ORDINAL = re.compile(r"(\d{1,2})[^\W\d_]{1,3}")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_SHORTEST_UNIT = 3
_PLURAL = 2
"""Letters of a plural, as in meses."""

_HALVES = {1: ("h1", "1h", "s1", "1s"), 2: ("h2", "2h", "s2", "2s")}
"""Half-years, which CLDR has no names for."""


def named_day(text: str) -> date | None:
    """Return a day with the name of its month, or None if it is no such day or could be two.

    >>> named_day("13-Mar-2012"), named_day("1er août 2012"), named_day("March 13, 2012")
    (datetime.date(2012, 3, 13), datetime.date(2012, 8, 1), datetime.date(2012, 3, 13))
    >>> named_day("13-Mar-12"), named_day("31-Apr-2012"), named_day("Mar 2012")
    (None, None, None)
    """
    year, words = _parted(text)
    days = {
        (first, int(word))
        for at, word in enumerate(words)
        if word.isdigit()
        for first, last in (_names().get(_key(words[:at] + words[at + 1 :]), (0, 1)),)
        if first == last and 1 <= int(word) <= monthrange(year, first)[1]
    }
    (found,) = days if len(days) == 1 else [None]
    return date(year, *found) if found else None


def named_period(text: str) -> tuple[date, date] | None:
    """Return the first and last day of a named month, quarter or half-year, or None.

    >>> named_period("2015Q1")
    (datetime.date(2015, 1, 1), datetime.date(2015, 3, 31))
    >>> named_period("III trimestre de 2014") == named_period("Q3 2014"), named_period("FY 2015")
    (True, None)
    """
    year, words = _parted(text)
    months = _names().get(_key(words))
    if months is None:
        return None
    first, last = months
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def is_part_of_year(text: str) -> bool:
    """Return whether a text is the name of a day, month, quarter or half-year, with or without its year.

    >>> is_part_of_year("Q3"), is_part_of_year("mars 2015"), is_part_of_year("third phase"), is_part_of_year("4")
    (True, True, False, False)
    """
    return any(
        named_period(dated) is not None or named_day(dated) is not None for dated in (text, f"{text} 2000")
    )


def names_part_of_year(header: str) -> bool:
    """Return whether a word of a header is a word for days, weeks, months or quarters, in a language of CLDR.

    >>> names_part_of_year("Trimestre"), names_part_of_year("No. of month"), names_part_of_year("Phase")
    (True, True, False)
    """
    return any(
        len(word) >= _SHORTEST_UNIT and name.startswith(word) and len(name) <= len(word) + _PLURAL
        for word in re.findall(r"[^\W\d_]+", _plain(header))
        for name in _unit_words()
    )


def _parted(text: str) -> tuple[int, list[str]]:
    """Return the year that a text begins or ends with, and the other words; no words if there is no such year."""
    text = western_digits(text.strip())
    years = [*_YEAR.finditer(text)] if any(map(str.isalpha, text)) else []
    if len(years) != 1 or years[0][0] == "0000":
        return 1, []
    (year,) = years
    before, after = text[: year.start()], text[year.end() :]
    return int(year[0]), [] if before and after else _words(before or after)


def _words(text: str) -> list[str]:
    """Return the words of a text in one spelling: without accents, numerals as digits.

    >>> _words("1er Février "), _words("Q1"), _words("1Q")
    (['1', 'fevrier'], ['q1'], ['1q'])
    """
    words = [word for word in _BETWEEN.split(_plain(text)) if word and word not in _joining_words()]
    if len(words) == 1:
        return words
    return [_ROMAN.get(word) or _ORDINAL.sub(r"\1", word) for word in words]


def _plain(text: str) -> str:
    """Return a text in small letters without accents."""
    return re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text.casefold()))


@cache
def _unit_words() -> frozenset[str]:
    """Return the words for days, weeks, months and quarters."""
    from babel import Locale

    units = [
        Locale.parse(language).unit_display_names.get(f"duration-{unit}", {}).get("long", "")
        for language in _LANGUAGES
        for unit in ("day", "week", "month", "quarter")
    ]
    return frozenset(word for unit in units for word in _words(str(unit)))


def _key(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words))


@cache
def _joining_words() -> frozenset[str]:
    """Return the words between a period and its year, such as de in marzo de 2012."""
    from babel import Locale

    patterns = (
        str(Locale.parse(language).datetime_skeletons[skeleton].pattern)
        for language in _LANGUAGES
        for skeleton in ("yQQQQ", "yMMMM")
    )
    words = {word.strip() for pattern in patterns for word in re.findall("'([^']+)'", pattern)}
    return frozenset(unicodedata.normalize("NFKD", word) for word in words) | {"of", "du"}


@cache
def _names() -> dict[tuple[str, ...], tuple[int, int]]:
    """Return the first and last month of each name; a name of two periods is left out."""
    from babel import Locale

    found: dict[tuple[str, ...], set[tuple[int, int]]] = {}
    for language in _LANGUAGES:
        locale = Locale.parse(language)
        for width in ("abbreviated", "wide"):
            for months in locale.months.values():
                for number, name in months[width].items():
                    found.setdefault(_key(_words(name)), set()).add((number, number))
            for quarters in locale.quarters.values():
                for number, name in quarters[width].items():
                    for form in (name, name[::-1] if len(name) == 2 else name):
                        found.setdefault(_key(_words(form)), set()).add((3 * number - 2, 3 * number))
    for half, names in _HALVES.items():
        for name in names:
            found.setdefault((name,), set()).add((6 * half - 5, 6 * half))
    return {name: next(iter(months)) for name, months in found.items() if name and len(months) == 1}
