"""Known headers: what a column is by the words of its header and by the cells it holds.

How this works: a header is split into words ("ProjectLatitude" is project, latitude). It is recognised if its words
contain a key word of one of our columns and nothing but qualifiers, and if the cells fit the kind of that column.
Key words of 8 letters or more may be misspelled by a letter. Headers with a level, such as ``ADM2_PCODE`` of OCHA or ``NAME_2``
of GADM, name the district at level 2 and the province at level 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.schema import Column, Table, fold
from geoplan.sources.tables.cell_values import FIRST_YEAR, LAST_YEAR
from geoplan.sources.tables.degrees import is_angle
from geoplan.sources.tables.numerals import is_numeral

_CODES = (
    re.compile(r"(?:adm|admin)(\d)(?:pcode|code|cod|psgc|id)"),
    re.compile(r"gid(\d)"),
    re.compile(r"hasc(\d)"),
)
LEVEL_CODES = (*_CODES[:2], re.compile(r"id(\d)"), *_CODES[2:], re.compile(r"cc(\d)"))
"""Folded headers of codes at a level of administration, the best first; the short ones in boundary layers only."""

LEVEL_NAMES = (
    re.compile(r"(?:adm|admin)(\d)(?:name)?(?:en)?"),
    re.compile(r"name(\d)"),
    re.compile(r"(?:adm|admin)(\d)(?:name)?[a-z]{2}"),
)
"""Folded headers of names at a level, the best first."""

LEVEL_ALIASES = (
    re.compile(r"varname(\d)"),
    re.compile(r"nlname(\d)"),
    re.compile(r"(?:adm|admin)(\d)(?:name\d|alt(?:name)?\d?|ref(?:name)?)(?:[a-z]{2})?"),
)

_LEVELS = {"district": "2", "province": "1"}
_AT_LEVEL = (*_CODES, *LEVEL_NAMES)
_MAY_HAVE_LEVEL = re.compile(r"(?:adm|gid|hasc|name)[a-z]*\d[a-z]*")
_OTHER_NAMES = frozenset(("shapename",))
"""Folded headers of names of districts beside those of the schema."""

_QUALIFIERS = (
    "code", "coordinate", "coordinates", "dd", "decimal", "deg", "degrees", "e", "facility", "geo", "gps", "id", "location",
    "n", "name", "no", "of", "pcode", "place", "project", "site", "the", "village", "wgs84", "x", "y",
)  # fmt: skip
"""Words that may stand beside a key word without changing what the column is."""

_MONEY_WORDS = re.compile(
    r"amount|budget|cost|value|paid|payment|disburs|expend|spent|commit|fund|grant|total|price|montant|co[uû]t|"
    r"monto|importe|valor|presupuesto|biaya|anggaran|pagu|dana|betrag|kosten|ງົບ|ຈຳນວນ",
    re.IGNORECASE,
)
_NOT_MONEY = re.compile(
    r"count|number|\bno\b|\bids?\b|code|days?|delay|lat|lon|year|\bkm\b|length|area|persons?|people|population|staff|households?|beneficiar|villages?|share|rate|%",
    re.IGNORECASE,
)
_ENOUGH = 0.9
_SAMPLE = 1_000
"""Cells of a column that are looked at."""


def level_of(header: str) -> int | None:
    """Return the level of administration that a header names, or None.

    >>> level_of("ADM3_PCODE"), level_of("#adm3+code"), level_of("NAME_1"), level_of("Name")
    (3, 3, 1, None)
    """
    folded = fold(header)
    found = next((match for form in (*LEVEL_CODES, *LEVEL_NAMES) if (match := form.fullmatch(folded))), None)
    return int(found[1]) if found else None


def as_level_2(header: str, level: int | None) -> str:
    """Return a header of districts at a level as that of level 2, and of the areas above them as that of level 1.

    >>> as_level_2("ADM3_EN", 3), as_level_2("admin2Pcode", 3), as_level_2("ADM2_EN", 1), as_level_2("Year 3", 3)
    ('ADM2_EN', 'admin1Pcode', 'ADM0_EN', 'Year 3')
    """
    if level in (None, 2):
        return header
    at = level_of(header)
    meant = None if at is None else {level: "2", level - 1: "1"}.get(at, "0")
    return header if meant is None else re.sub(r"\d", meant, header, count=1)


def recognise(
    column: Column, headers: Sequence[str], table: pd.DataFrame, level: int | None = None
) -> str | None:
    """Return the only header that is a column by its words and its cells, or None.

    Parameters
    ----------
    column : Column
    headers : sequence of str
        Headers that are not used yet.
    table : DataFrame
        Its cells, by header.
    level : int, optional
        Level of administration of the districts; 2 without it.
    """
    if column.name in _LEVELS:
        ranks = {header: _rank(as_level_2(header, level), column.name) for header in headers}
        filled = [header for header in headers if ranks[header] is not None and table[header].notna().any()]
        if filled:
            return min(filled, key=lambda header: ranks[header] or 0)
    fitting = [header for header in headers if _says(header, column.words) and fits(column, table[header])]
    return fitting[0] if len(fitting) == 1 else None


def _rank(header: str, name: str) -> int | None:
    """Return how good a header with a level is for the district or province, 0 for the best; None for others."""
    if not _may_have_level(header):
        return None
    folded = fold(header)
    if folded in _OTHER_NAMES:
        return len(_AT_LEVEL) if name == "district" else None
    for rank, pattern in enumerate(_AT_LEVEL):
        match = pattern.fullmatch(folded)
        if match:
            return rank if match[1] == _LEVELS[name] else None
    return None


def _may_have_level(header: str) -> bool:
    folded = fold(header)
    return folded in _OTHER_NAMES or bool(_MAY_HAVE_LEVEL.fullmatch(folded))


def suggest(column: Column, headers: Sequence[str], table: pd.DataFrame) -> str | None:
    """Return the header that a missing column most likely has, among those whose cells fit, or None."""
    from rapidfuzz import fuzz, process

    fitting = [header for header in headers if fits(column, table[header])]
    money: list[str] = []
    if column.kind == "amount":
        fitting = [header for header in fitting if may_be_money(header)]
        money = [header for header in fitting if names_money(header)]
        fitting = money or fitting
        if len(money) == 1:
            return money[0]
    close = process.extractOne(column.name, fitting, scorer=fuzz.WRatio, processor=fold, score_cutoff=70)
    if not close and column.kind == "year" and len(fitting) == 1:
        # The only column whose cells are all years, whatever the language of its header.
        return fitting[0]
    return str(close[0]) if close else (money[0] if money else None)


def known_among(cells: Iterable[str], table: Table) -> set[str]:
    """Return the cells whose words name a column of a table."""
    keys = tuple(key for column in table.columns for key in column.words)
    return {
        cell
        for cell in cells
        if any(map(str.isalpha, cell))
        # Few of many cells can be headers, and only these are compared with each column.
        and (_may_have_level(cell) or _may_say(cell, keys))
        and any(is_known(cell, column) for column in table.columns)
    }


def is_known(header: str, column: Column) -> bool:
    """Return whether the words of a header name a column, whatever its cells."""
    if column.name in _LEVELS and _rank(header, column.name) is not None:
        return True
    return _says(header, column.words)


def looks_like(header: str, table: Table, cells: pd.Series[Any]) -> str:
    """Return the column of a table that an unused header looks like, or an empty text."""
    for column in table.columns:
        named = fold(header) in {fold(name) for name in column.synonyms}
        if (named or is_known(header, column)) and fits(column, cells):
            return column.name
        if column.kind == "amount" and names_money(header) and fits(column, cells):
            return column.name
    return ""


def names_money(header: str) -> bool:
    """Tell whether the words of a header are of money, and not of a count, a code or the like."""
    return bool(_MONEY_WORDS.search(header)) and may_be_money(header)


def may_be_money(header: str) -> bool:
    """Tell whether no word of a header says that it is a count, a code or the like."""
    return not _NOT_MONEY.search(" ".join(words_of(header)))


def fits(column: Column, cells: pd.Series[Any]) -> bool:
    """Return whether most cells of a column could be values of its kind."""
    given = cells.iloc[:_SAMPLE].dropna()
    if len(given) < min(_SAMPLE, len(cells)):
        given = cells.dropna().iloc[:_SAMPLE]
    if given.empty:
        return False
    if column.kind in ("text", "date", "flag", "answer", "geometry"):
        return True
    if column.name in ("lon", "lat"):
        angles = [isinstance(cell, str) and is_angle(cell, column.name) for cell in given]
        if any(angles):
            return bool(np.mean(angles) >= _ENOUGH) or fits(column, given[~np.array(angles)])
    numeric = [isinstance(cell, int | float) or is_numeral(_stripped(cell)) for cell in given]
    if np.mean(numeric) < _ENOUGH:
        return False
    numbers = pd.to_numeric(given.astype(str).str.replace(r"[^\d.eE+-]", "", regex=True), errors="coerce")
    low, high = _RANGES.get(column.name, _RANGES.get(column.kind, (-np.inf, np.inf)))
    return bool(numbers.dropna().between(low, high).mean() >= _ENOUGH) if len(numbers.dropna()) else True


_RANGES = {
    "lon": (-360, 360),
    "lat": (-90, 90),
    "year": (FIRST_YEAR, LAST_YEAR),
    "share": (0, 100),
    "integer": (0, np.inf),
}


def _stripped(cell: object) -> str:
    """Return a number without the currency or the percent sign beside it."""
    return re.sub(r"^[^\d+\-−.,]+|[^\d.,]+$", "", str(cell).strip())


def words_of(header: str) -> list[str]:
    """Split a header into lower-case words.

    >>> words_of("ProjectLatitude"), words_of("ADM2_PCODE"), words_of("District  Name")
    (['project', 'latitude'], ['adm2', 'pcode'], ['district', 'name'])
    """
    return list(_split_words(header))


@lru_cache(maxsize=1_000)  # the same cell is compared with every column
def _split_words(header: str) -> tuple[str, ...]:
    spaced = re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", header)
    return tuple(word.casefold() for word in re.findall(r"\w+", spaced.replace("_", " ")))


def _says(header: str, keys: tuple[str, ...]) -> bool:
    """Return whether the words of a header are a key word and qualifiers."""
    words = _split_words(header)
    if not _may_say(header, keys):
        return False
    for key in keys:
        needed = key.split()
        if all(any(_is_word(word, need) for word in words) for need in needed):
            rest = [word for word in words if not any(_is_word(word, need) for need in needed)]
            if all(word in _QUALIFIERS for word in rest):
                return True
    return False


def _may_say(header: str, keys: tuple[str, ...]) -> bool:
    """Return whether the first word of a header is one that headers with these key words begin with."""
    words = _split_words(header)
    return bool(keys and words) and _begins_header(words[0], keys)


@lru_cache(maxsize=10_000)
def _begins_header(word: str, keys: tuple[str, ...]) -> bool:
    """Return whether a header may begin with a word: one of a key, or a qualifier."""
    return word in _QUALIFIERS or any(_is_word(word, need) for key in keys for need in key.split())


def _is_word(word: str, key: str) -> bool:
    """Return whether a word is a key word, in the plural, or misspelled by one letter."""
    if word in (key, f"{key}s"):
        return True
    if min(len(word), len(key)) < 8:
        return False
    from rapidfuzz.distance import OSA

    return bool(OSA.distance(word, key, score_cutoff=1) <= 1)
