"""Degrees: coordinates written with degrees, minutes and seconds, or with a letter for the side of the globe.

How this works: a letter or word at either end (N, S, E, W; North, Ouest, …) gives the side, and must belong to
the column. The rest is one, two or three numbers with signs between them (``18°22'41"``, ``18 22.68``,
``18:22:41``); only the last may have decimals, and minutes and seconds are less than 60. Plain numbers are not looked
at. The letter O is Ost in German and Ouest or Oeste in French and Spanish, so the extent of the plan decides.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, show_number, show_value
from geoplan.model.schema import Column
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import cell_problem, distinct_cells
from geoplan.sources.tables.numerals import is_numeral, read_plain, western_digits

_SIDES = {
    "lat": ({"n", "north", "nord", "norte", "norden", "lu"}, {"s", "south", "sud", "sur", "sul", "ls"}),
    "lon": ({"e", "east", "est", "este", "leste", "ost", "bt"}, {"w", "west", "ouest", "oeste", "bb"}),
}
"""Letters and words for north and south, east and west, in English, French, Spanish, Portuguese, German, Indonesian."""

_OST_OR_OUEST = "o"
_NUMBER = r"\d+(?:[.,]\d+)?"
_SIGNS = (
    (re.compile(rf"(\d)d\s?({_NUMBER})m\s?(?:({_NUMBER})s)?"), r"\1°\2′\3″"),
    (re.compile(r"[º˚⁰]|(?<=\d)[do](?=\s?\d)|\bdeg(?:rees?)?\b\.?", re.IGNORECASE), "°"),
    (re.compile(r"[\"”“″]|[’‘′´`']{2}|\bsec(?:onds?)?\b\.?", re.IGNORECASE), "″"),
    (re.compile(r"[’‘′´`']|\bmin(?:utes?)?\b\.?", re.IGNORECASE), "′"),
)
"""What is written for degrees, seconds and minutes, and the one sign for each."""

_PARTS = re.compile(r"([^\W\d_]+\.?)?\s*([+\-−]?)\s*(\d[\d\s.,:°′″–-]*?)\s*([^\W\d_]+\.?)?")
_WITH_SIGNS = re.compile(rf"({_NUMBER})\s*°\s*(?:({_NUMBER})\s*′?\s*(?:(?<!\d)({_NUMBER})\s*″?|″)?)?")
_BETWEEN = re.compile(rf"(\d+)(?:\s*[:\-–]\s*|\s+)({_NUMBER})(?:(?:\s*[:\-–]\s*|\s+)({_NUMBER}))?")
_WITH_POINTS = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_ALONE = re.compile(rf"({_NUMBER})")
_MOST = {"lat": 90, "lon": 360}
_MANY = 1_000
"""Cells above which those that are plain numbers are set aside all at once."""


def decimal_degrees(
    cells: pd.Series[Any], column: Column, raw: RawTable, spec: FileSpec
) -> tuple[pd.Series[Any], list[Problem], list[str]]:
    """Read coordinates with minutes or letters as decimal degrees; leave all other cells as they are.

    Parameters
    ----------
    cells : Series
        Of the column ``lon`` or ``lat``.
    column : Column
    raw : RawTable
    spec : FileSpec
        Its ``area`` tells what the letter O is.

    Returns
    -------
    tuple of Series, list of Problem, list of str
        The cells, those that look like degrees but cannot be read, and what was detected.
    """
    others = _not_plain(cells)
    texts = [
        cell for cell in distinct_cells(others) if isinstance(cell, str) and not is_numeral(cell.strip())
    ]
    read = {text: found for text in texts if (found := read_angle(text, column.name, spec.area)) is not None}
    if not read:
        return cells, [], []
    faults = {text: found for text, found in read.items() if isinstance(found, str)}
    problems = []
    for reason in dict.fromkeys(faults.values()):
        mask = cells.map(lambda cell, reason=reason: faults.get(cell) == reason).to_numpy(dtype=bool)
        way_out = "write it in decimal degrees such as 18.378, negative for south and west"
        problems.append(cell_problem(raw, column, mask, cells, reason, way_out))
    numbers = {text: found for text, found in read.items() if not isinstance(found, str)}
    missing = dict.fromkeys(faults)
    filled = cells.astype(object).map(lambda cell: {**missing, **numbers}.get(cell, cell), na_action="ignore")
    shown = next(iter(numbers), None)
    remark = f"{raw.source}: column {show_value(column.name)} has degrees with letters or minutes: "
    remarks = [] if shown is None else [f"{remark}{show_value(shown)} is {show_number(numbers[shown], 10)}"]
    return filled.where(filled.notna(), None), problems, remarks


def is_angle(text: str, name: str) -> bool:
    """Return whether a text is a coordinate with letters or minutes, for the column ``lon`` or ``lat``."""
    return isinstance(read_angle(text, name), float)


def read_angle(
    text: str, name: str, area: tuple[float, float, float, float] | None = None
) -> float | str | None:
    """Return a coordinate in decimal degrees, or why it cannot be read, or None if it is no coordinate.

    Parameters
    ----------
    text : str
    name : str
        ``lon`` or ``lat``.
    area : tuple of 4 float, optional
        Extent of the plan: west, south, east, north.

    >>> read_angle("18°30'36''N", "lat"), read_angle("W 104 15.75", "lon"), read_angle("18.5 S", "lat")
    (18.51, -104.2625, -18.5)
    >>> read_angle("18°75'N", "lat"), read_angle("near the river", "lat")
    ('minutes or seconds of 60 or more', None)
    """
    plain = western_digits(text.strip())
    for written, sign in _SIGNS:
        plain = written.sub(sign, plain)
    parts = _PARTS.fullmatch(plain)
    numbers = _numbers_of(parts[3]) if parts else None
    if parts is None or numbers is None:
        return None
    minus = parts[2] in ("-", "−")
    words = [word.casefold().rstrip(".") for word in (parts[1], parts[4]) if word]
    if len(words) > 1 or not (words or len(numbers) > 1 or "°" in parts[3]):
        return None
    side = _side_of(words[0], name, area) if words else 1
    size = sum((number / 60**at for at, number in enumerate(numbers)), Fraction(0))
    if (
        not isinstance(side, int)
        or (minus and words)
        or size > _MOST[name]
        or any(number >= 60 for number in numbers[1:])
    ):
        return _fault(side, numbers, name, minus=minus)
    return float(size) * side * (-1 if minus else 1)


def _fault(side: int | str | None, numbers: list[Fraction], name: str, *, minus: bool) -> str | None:
    """Return why degrees cannot be read; None if the word beside them is not known."""
    if not isinstance(side, int):
        return side
    if any(number >= 60 for number in numbers[1:]):
        return "minutes or seconds of 60 or more"
    return "a minus sign beside the letter of a side" if minus else f"more than {_MOST[name]} degrees"


def _numbers_of(text: str) -> list[Fraction] | None:
    """Return degrees, minutes and seconds of a text without signs and sides; None if it has another form."""
    for pattern in (_WITH_SIGNS, _BETWEEN, _WITH_POINTS, _ALONE):
        match = pattern.fullmatch(text)
        if match:
            given = [part for part in match.groups() if part is not None]
            if any(mark in part for part in given[:-1] for mark in ".,"):
                return None
            return [Fraction(part.replace(",", ".")) for part in given]
    return None


def _side_of(word: str, name: str, area: tuple[float, float, float, float] | None) -> int | str | None:
    """Return 1 for north and east, -1 for south and west, what is wrong, or None for an unknown word."""
    other = "lon" if name == "lat" else "lat"
    if any(word in side for side in _SIDES[other]) or (word == _OST_OR_OUEST and name == "lat"):
        return f"a letter of {'longitude' if name == 'lat' else 'latitude'} in the column {name}"
    if word == _OST_OR_OUEST:
        if area is None or area[0] <= 0 <= area[2]:
            return "the letter O may be Ost (east) or Ouest, Oeste (west)"
        return 1 if area[0] > 0 else -1
    plus, minus = _SIDES[name]
    return 1 if word in plus else -1 if word in minus else None


def _not_plain(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return the cells without those that are plain numbers."""
    if cells.dtype != object and not isinstance(cells.dtype, pd.StringDtype | pd.CategoricalDtype):
        return cells[:0]
    plain = read_plain(cells) if len(cells) > _MANY else None
    return cells if plain is None else cells[np.isnan(plain[0])]
