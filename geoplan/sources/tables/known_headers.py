"""Known headers: what a column is by the words of its header and by the cells it holds.

How this works: a header is split into words ("ProjectLatitude" is project, latitude). It is recognised if its words
contain a key word of one of our columns and nothing but qualifiers, and if the cells fit the kind of that column.
Key words of 8 letters or more may be misspelled by a letter. Headers with a level, such as ``ADM2_PCODE`` of OCHA or ``NAME_2``
of GADM, name the district at level 2 and the province at level 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.schema import Column, Table, fold
from geoplan.sources.tables.cell_values import FIRST_YEAR, LAST_YEAR
from geoplan.sources.tables.numerals import is_numeral

_LEVELS = {
    "district": (r"(?:adm|admin)2(?:pcode|code|psgc|id)|gid2|hasc2|shapeid", r"(?:adm|admin)2(?:name)?[a-z]{0,2}|name2|shapename"),
    "province": (r"(?:adm|admin)1(?:pcode|code|psgc|id)|gid1|hasc1", r"(?:adm|admin)1(?:name)?[a-z]{0,2}|name1"),
}  # fmt: skip
"""Folded headers with a level: codes first, then names."""

_KEYS: dict[str, tuple[str, ...]] = {
    "district": ("district",),
    "province": ("province",),
    "lon": ("longitude", "lon", "lng", "long", "longitud"),
    "lat": ("latitude", "lat", "latitud"),
    "project": ("project id", "project code", "project number", "activity id", "project no"),
    "title": ("project name", "project title", "name of project"),
    "funder": ("donor", "funder", "funding agency", "funding source", "source of funds", "source of funding"),
    "year": ("year", "fiscal year", "funding year", "budget year"),
    "amount": ("amount", "amount in", "total amount"),
}
_QUALIFIERS = (
    "code", "coordinate", "coordinates", "dd", "decimal", "facility", "geo", "gps", "id", "location", "name", "no",
    "of", "pcode", "place", "project", "site", "the", "village", "wgs84", "x", "y",
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


def recognise(column: Column, headers: Sequence[str], table: pd.DataFrame) -> str | None:
    """Return the only header that is a column by its words and its cells, or None.

    Parameters
    ----------
    column : Column
    headers : sequence of str
        Headers that are not used yet.
    table : DataFrame
        Its cells, by header.
    """
    for pattern in _LEVELS.get(column.name, ()):
        found = [header for header in headers if re.fullmatch(pattern, fold(header))]
        filled = [header for header in found if table[header].notna().any()]
        if filled:
            return filled[0]
    keys = _KEYS.get(column.name, ())
    fitting = [header for header in headers if _says(header, keys) and fits(column, table[header])]
    return fitting[0] if len(fitting) == 1 else None


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
    return str(close[0]) if close else (money[0] if money else None)


def is_known(header: str, column: Column) -> bool:
    """Return whether the words of a header name a column, whatever its cells."""
    patterns, keys = _LEVELS.get(column.name, ()), _KEYS.get(column.name, ())
    level = any(re.fullmatch(pattern, fold(header)) for pattern in patterns)
    return level or (bool(keys) and _says(header, keys))


def looks_like(header: str, table: Table, cells: pd.Series[Any]) -> str:
    """Return the column of a table that an unused header looks like, or an empty text."""
    for column in table.columns:
        if is_known(header, column) and fits(column, cells):
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


def _says(header: str, keys: Sequence[str]) -> bool:
    """Return whether the words of a header are a key word and qualifiers."""
    words = _split_words(header)
    for key in keys:
        needed = key.split()
        if all(any(_is_word(word, need) for word in words) for need in needed):
            rest = [word for word in words if not any(_is_word(word, need) for need in needed)]
            if all(word in _QUALIFIERS for word in rest):
                return True
    return False


def _is_word(word: str, key: str) -> bool:
    """Return whether a word is a key word, in the plural, or misspelled by one letter."""
    if word in (key, f"{key}s"):
        return True
    if min(len(word), len(key)) < 8:
        return False
    from rapidfuzz.distance import OSA

    return bool(OSA.distance(word, key, score_cutoff=1) <= 1)
