"""Decisions that the words of an unknown name suggest: several districts in a cell, or a whole province.

How this works: a decision is only proposed where every part of the cell is one district, or where the cell has no
words but those for a whole area. A planner confirms it in the review file; until then the money stays unmatched.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from fractions import Fraction

from geoplan.model.errors import show_number
from geoplan.plan.area_words import COUNTRY, whole_area
from geoplan.plan.list_cells import cells_with_several, ways_to_cut
from geoplan.plan.named_units import AreaNames
from geoplan.text.names import Gazetteer

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_PERCENT = re.compile(
    rf"[(\[]?\s*{_NUMBER}\s*(?:[%٪％]|per ?cent|pour ?cent|por ?ciento|por ?cento|pct)\s*[)\]]?",
    re.IGNORECASE,
)
_PLAIN = re.compile(rf"[(\[]?\s*{_NUMBER}\s*[.)\]]?")
_LETTER = re.compile(r"(?<!\w)\(?([a-z])[.)](?=\s*\w)", re.IGNORECASE)
_MARKS = " \t\r\n;,|/&+•·–-:=.()[]"
_JOINING = re.compile(r"^[^\W\d_]{1,3}\s+|\s+[^\W\d_]{1,3}$")
_HUNDRED = Fraction(100)
_WEIGHTS = (
    rf"(?P<weights>{_NUMBER}\s*[%٪％]?(?:\s*(?:[/:;|&+\n–-]|,\s|\s[^\W\d_]{{1,3}}\s)\s*{_NUMBER}\s*[%٪％]?)+)"
)
_WEIGHTS_LAST = re.compile(rf"(?P<names>.*[^\W\d_]\W*?)[\s(\[:,–-]+{_WEIGHTS}\s*[)\].]?")
_WEIGHTS_FIRST = re.compile(rf"[(\[]?{_WEIGHTS}[\s)\]:,–-]+(?P<names>[^\W\d_].*)")
"""Several districts, and weights in the same order: A/B 60/40."""


def propose_decisions(
    gazetteer: Gazetteer, pairs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Propose what names that match no district mean.

    Parameters
    ----------
    gazetteer : Gazetteer
    pairs : collection of (name, province)
        The province is empty where none is given.

    Returns
    -------
    dict of (name, province) to (str, str)
        The candidates, and the decision as `geoplan.plan.name_decisions` reads it, empty where the cell has two
        readings. Names without a proposal are left out.
    """
    several = cells_with_several(gazetteer, list(dict.fromkeys(name for name, _ in pairs)))
    areas = AreaNames(gazetteer.districts)
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for name, province in pairs:
        if area := whole_area(name):
            wide = "country-wide" if area == COUNTRY else "province-wide"
            is_known = area == COUNTRY or _is_one_province(gazetteer, province)
            found[name, province] = wide, wide if is_known else ""
        elif areas.is_own_country(name):
            found[name, province] = "country-wide", "country-wide"
        elif areas.is_country(name):
            found[name, province] = "country-wide | outside", ""  # it may be another country
        elif name in several:
            parts = next(parts for marks, parts in ways_to_cut(name) if marks == several[name])
            found |= _decision(gazetteer, (name, province), parts, [])
        elif cut := _aligned_parts(name) or _numbered_parts(name):
            found |= _decision(gazetteer, (name, province), *cut)
    return found


def _is_one_province(gazetteer: Gazetteer, province: str) -> bool:
    """Tell whether it is known which province is meant: the one of the row, or the only one of the layer."""
    if province:
        return gazetteer.province(province) is not None
    layer = gazetteer.districts
    return bool(layer["province"].where(layer["province"].notna(), layer["province_name"]).nunique() < 2)


def _decision(
    gazetteer: Gazetteer, pair: tuple[str, str], parts: list[str], weights: list[Fraction] | None
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the candidates and the decision for parts, by weights or evenly; nothing unless all are districts."""
    codes = [_district(gazetteer, part, pair[1] or None) for part in parts]
    known = [code for code in codes if code is not None]
    if len(known) < len(parts) or len({*known}) < len(known):
        return {}
    candidates = " | ".join(gazetteer.label(code) for code in known)
    if weights is None:
        return {pair: (candidates, "")}
    if len(known) > 1 and weights:
        known = [
            f"{code} {show_number(float(weight), 12)}" for code, weight in zip(known, weights, strict=True)
        ]
    return {pair: (candidates, " | ".join(known))}


def _district(gazetteer: Gazetteer, part: str, province: str | None) -> str | None:
    """Return the district of a part, with or without a short word such as and, et or y around it."""
    for text in dict.fromkeys((part, _JOINING.sub("", part))):
        if text and (code := gazetteer.match(text, province).district):
            return code
    return None


def _aligned_parts(cell: str) -> tuple[list[str], list[Fraction] | None] | None:
    """Cut a cell that lists districts and then, in the same order, their weights; weights are None if they are unclear.

    >>> _aligned_parts("Paksan/Bolikhan 60/40"), _aligned_parts("3:2 Paksan and Bolikhan")
    ((['Paksan', 'Bolikhan'], [Fraction(60, 1), Fraction(40, 1)]), (['Paksan', 'Bolikhan'], None))
    """
    found = _WEIGHTS_LAST.fullmatch(cell) or _WEIGHTS_FIRST.fullmatch(cell)
    if found is None:
        return None
    weights = [Fraction(number.replace(",", ".")) for number in re.findall(_NUMBER, found["weights"])]
    cuts = [parts for _, parts in ways_to_cut(found["names"].strip(_MARKS)) if len(parts) == len(weights)]
    if not cuts:
        return None
    return cuts[0], _of_whole(weights, "%" in found["weights"])


def _of_whole(weights: list[Fraction], is_percent: bool) -> list[Fraction] | None:
    """Return weights of a whole, an empty list if they are thirds and the like of one, None if they are no such weights."""
    if sum(weights) in (1, _HUNDRED):
        return weights
    # 33 %, 33 %, 33 %
    is_even = is_percent and len({*weights}) == 1 and abs(sum(weights) - _HUNDRED) < len(weights)
    return [] if is_even and len(weights) > 1 else None


def _numbered_parts(cell: str) -> tuple[list[str], list[Fraction] | None] | None:
    """Cut a cell at its numbers; return the parts and their weights: empty if even, None if they are unclear.

    >>> _numbered_parts("1. Paksan 2. Bolikhan")
    (['Paksan', 'Bolikhan'], [])
    >>> _numbered_parts("Paksan (60), Bolikhan (40)")
    (['Paksan', 'Bolikhan'], [Fraction(60, 1), Fraction(40, 1)])
    >>> _numbered_parts("Paksan (3), Bolikhan (2)")
    (['Paksan', 'Bolikhan'], None)
    """
    cell = _with_numbers(cell)
    is_percent = _PERCENT.search(cell) is not None
    pieces = (_PERCENT if is_percent else _PLAIN).split(cell)
    texts = [text.strip(_MARKS) for text in pieces[::2]]
    weights = [Fraction(number.replace(",", ".")) for number in pieces[1::2]]
    is_before = not texts[0]
    parts = texts[1:] if is_before else texts[:-1]
    if not parts or not all(parts):
        return None
    if not is_before and texts[-1]:  # the last part has no number
        return [*parts, texts[-1]], None
    if is_before and not is_percent and len(parts) > 1 and weights == [*range(1, len(parts) + 1)]:
        return parts, []
    return parts, _of_whole(weights, is_percent) if is_percent or len(parts) > 1 else None


def _with_numbers(cell: str) -> str:
    """Write the letters of a list as numbers: a) Paksan b) Bolikhan."""
    letters = [letter.lower() for letter in _LETTER.findall(cell)]
    if len(letters) < 2 or letters != [chr(ord("a") + at) for at in range(len(letters))]:
        return cell
    return _LETTER.sub(lambda found: f" {ord(found[1].lower()) - ord('a') + 1}. ", cell)
