"""Cells of a list: numbers in any style, several districts in one cell, and the province that most names lie in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from geoplan.model.placement_rules import PlacementRule
from geoplan.sources.tables.currency_words import currencies_in, currencies_of
from geoplan.sources.tables.numerals import is_numeral, possible_styles
from geoplan.sources.tables.written_amounts import meanings_of
from geoplan.text.names import Gazetteer

MOST = 0.5
"""Share of the cells of a column that must be names of the layer."""

_SOME = 0.2
"""Share of the cells that must be names of the layer for a closer look at a column."""

MOST_NAMES = 500
"""Different cells of a column that are looked up as names of districts."""

_SHORT_WORD = 3
_PUNCTUATION = re.compile(r"[;|,/&+\n•·]|\s[–-]\s")
_SHORT = re.compile(rf"\s([^\W\d_]{{1,{_SHORT_WORD}}})\s")
_DASHES = ("-", "–")
_MONEY = re.compile(
    r"\s*(?P<before>[^\d\s(+-]{1,5}\s*)?(?P<number>[(+-]?\d[\d.,'’\s]*?\)?)(?P<after>\s*[^\d\s)]{1,5})?\s*"
)
"""A number with the sign, code or short name of a currency at one side."""


def likely_province(gazetteer: Gazetteer, names: Iterable[str]) -> tuple[str, int] | None:
    """Return the province that most names lie in, and how many they are, if they clearly lie in one.

    Parameters
    ----------
    gazetteer : Gazetteer
    names : iterable of str
        Different names of districts.

    Returns
    -------
    tuple of str and int, or None
        None too if the layer has only one province, or if more names are found elsewhere.
    """
    asked = [*dict.fromkeys(names)][:MOST_NAMES]
    layer = gazetteer.districts
    provinces = layer["province"].where(layer["province"].notna(), layer["province_name"])
    if provinces.nunique() < 2 or not asked:
        return None
    # Asking each province is slow, and pointless for a column of other texts.
    if sum(map(gazetteer.has_district, asked)) < _SOME * len(asked):
        return None
    counts = {
        str(province): sum(
            match.district in codes
            for match in gazetteer.match_all([(name, str(province)) for name in asked])
        )
        for province, codes in (
            (province, {*rows["district"]}) for province, rows in layer.groupby(provinces)
        )
    }
    province, most = max(counts.items(), key=lambda entry: entry[1])
    sure = {match.district for match in gazetteer.match_all([(name, None) for name in asked])} - {None}
    elsewhere = layer[layer["district"].isin(sure) & (provinces != province)]
    second = sorted(counts.values())[-2]
    return (
        (province, most)
        if most > 1 and most >= MOST * len(asked) and most > second and elsewhere.empty
        else None
    )


def cells_with_several(gazetteer: Gazetteer, cells: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the cells whose parts are all districts, with the marks between them; the first `MOST_NAMES` are tried."""
    ways = {cell: ways_to_cut(cell) for cell in [*cells][:MOST_NAMES]}
    parts = list(dict.fromkeys(part for cuts in ways.values() for _, found in cuts for part in found))
    matches = gazetteer.match_all([(part, None) for part in parts])
    known = {
        part
        for part, match in zip(parts, matches, strict=True)
        if match.district or match.rule & PlacementRule.AMBIGUOUS_NAME
    }
    fitting = {
        cell: [marks for marks, found in cuts if known.issuperset(found)] for cell, cuts in ways.items()
    }
    return {cell: marks[0] for cell, marks in fitting.items() if marks}


def ways_to_cut(cell: str) -> list[tuple[tuple[str, ...], list[str]]]:
    """Return the ways to cut a cell into several: at one of its marks, or at all of them.

    >>> ways_to_cut("Khong et Soukhouma")
    [(('et',), ['Khong', 'Soukhouma'])]
    """
    marks = list(dict.fromkeys([*_PUNCTUATION.findall(cell), *_SHORT.findall(cell)]))
    ways = [(mark,) for mark in marks] + ([tuple(marks)] if len(marks) > 1 else [])
    found = []
    for way in ways:
        pattern = "|".join(rf"\s{re.escape(mark)}\s" if mark.isalpha() else re.escape(mark) for mark in way)
        parts = [part.strip() for part in re.split(pattern, cell) if part.strip()]
        if len(parts) > 1:
            # A dash without its spaces would cut Nord-Est too.
            marks_of_way = (mark if mark.strip() in _DASHES else mark.strip() or mark for mark in way)
            found.append((tuple(marks_of_way), parts))
    return found


def is_number(cell: object) -> bool:
    """Tell whether a cell is a number, in any style of writing, with or without its currency.

    >>> is_number("1.500,00"), is_number("R$ 1.500,00"), is_number("1 500 KES"), is_number("LA1101")
    (True, True, True, False)
    """
    return isinstance(cell, int | float) or is_numeral(str(cell)) or is_numeral(without_currency(str(cell)))


def without_currency(text: str) -> str:
    """Return an amount without the currency before or after it; any other text as it is."""
    found = _MONEY.fullmatch(text)
    if found and found["before"] and found["after"]:
        return text  # the second is a magnitude: US$ 1.5 m
    mark = (found["before"] or found["after"] or "") if found else ""
    is_apart = found is not None and (any(map(str.isspace, mark)) or not mark.strip()[-1:].isalnum())
    return found["number"] if found and mark and is_apart and currencies_in(mark.strip()) else text


def number_of(cell: object) -> float:
    """Return a cell as a number, NaN if it is none or has two readings."""
    if isinstance(cell, int | float):
        return float(cell)
    cell = without_currency(cell) if isinstance(cell, str) else cell
    styles = possible_styles([cell]) if isinstance(cell, str) and is_numeral(cell) else []
    plain = styles[0].plain(cell) if len(styles) == 1 and isinstance(cell, str) else None
    return float(plain) if plain is not None else np.nan


def largest_reading(cell: object) -> list[float]:
    """Return a cell as a number, the larger one of two readings; empty if it is no number.

    >>> largest_reading("1.250"), largest_reading("1.250,5"), largest_reading("n/a")
    ([1250.0], [1250.5], [])
    """
    if isinstance(cell, int | float):
        return [float(cell)]
    text = without_currency(str(cell))
    read = [style.plain(text) for style in possible_styles([text])] if is_numeral(text) else []
    return [max((float(plain) for plain in read if plain is not None), key=abs)] if read else []


def written_meanings(header: str, texts: Sequence[str], country: str) -> dict[str, str]:
    """Return what the cells of a column of amounts mean that are no numbers, if most cells are one or mean one.

    Parameters
    ----------
    header : str
    texts : sequence of str
        Different cells.
    country : str
        ISO 3166 code of two letters: amounts may be in its currencies, or in those that the texts name.
    """
    others = [text for text in texts if not is_number(text)]
    named = {code for text in (header, *texts) for code in currencies_in(text, country)} if others else set()
    meanings = meanings_of(others, {*currencies_of(country), *named}) if others else {}
    known = len(texts) - len(others) + sum(any(map(str.isdigit, text)) for text in meanings)
    return meanings if texts and known >= MOST * len(texts) else {}
