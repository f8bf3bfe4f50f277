"""Coordinate pairs: latitude and longitude in one cell, such as ``17.97, 102.63``.

How this works: a column that no other column of ours is read from holds pairs if nearly all its cells are two
coordinates and most of these lie in the area of the plan. Only one order puts them there; where both do, the header or
letters such as N and E say which number is which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from geoplan.model.errors import Problem, show_value
from geoplan.model.schema import Column, Table
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import distinct_cells
from geoplan.sources.tables.degrees import read_angle
from geoplan.sources.tables.headers import HeaderMatch
from geoplan.sources.tables.known_headers import names_money, words_of
from geoplan.sources.tables.numerals import is_numeral, western_digits

_ORDERS = (("lat", "lon"), ("lon", "lat"))
_BRACKETS = re.compile(r"[()\[\]{}]")
_MARKS = (r"\s*[;|/\n]\s*", r",\s+", r"\s+(?=[NSEWO]\b)|(?<=[NSEWO])\s*,?\s*(?=\d)", r"\s+", r"\s*,\s*")
"""What may stand between two coordinates, the surest first: 17,9; 102,6 has commas as decimal marks."""

_NAMED = re.compile("lat|lon|lng")
_FRACTION = re.compile(r"\d[.,]\d|[°º'′\"″]")
_ENOUGH = 0.9
_MOST = 0.5
_SAMPLE = 500
_WIDER = 1.0
"""Degrees around the area of the plan in which its places may lie."""

_Area = tuple[float, float, float, float]


def find_pairs(raw: RawTable, table: Table, spec: FileSpec, matches: HeaderMatch) -> FileSpec:
    """Read longitude and latitude from the only column that holds both, if no column has one of them.

    Returns
    -------
    FileSpec
        With the header of the pairs as ``lon`` and ``lat``.
    """
    if not {"lon", "lat"} <= {*table.names} or raw.is_part or raw.by_program:
        return spec
    if not all(matches.is_open(name) for name in ("lon", "lat", "geometry")):
        return spec
    free = [header for header in matches.free if not names_money(header)]
    found = [header for header in free if holds_pairs(raw.table[header], spec.area)]
    if len(found) != 1:
        return spec
    return replace(spec, columns={**spec.columns, "lat": found[0], "lon": found[0]})


def holds_pairs(cells: pd.Series[Any], area: _Area | None) -> bool:
    """Return whether most cells of a column are pairs of coordinates in an area (west, south, east, north)."""
    texts = [cell for cell in distinct_cells(cells.iloc[:_SAMPLE]) if isinstance(cell, str)]
    if area is None or not texts or not _FRACTION.search(texts[0]) or any(map(is_numeral, texts)):
        return False
    pairs = [pair for text in texts if (pair := cut_pair(text))]
    if len(pairs) < _ENOUGH * len(texts):
        return False
    return max(_inside(pairs, order, area) for order in _ORDERS) >= _MOST * len(pairs)


def split_pairs(
    frame: pd.DataFrame, lon: Column, lat: Column, header: str, raw: RawTable, spec: FileSpec
) -> tuple[list[Problem], list[str]]:
    """Cut the cells of ``lon`` and ``lat``, which are from one column, in place.

    Returns
    -------
    list of Problem, list of str
        A question if the order is not clear; what was detected.
    """
    texts = [cell for cell in distinct_cells(frame["lon"]) if isinstance(cell, str)]
    pairs = {text: pair for text in texts if (pair := cut_pair(text))}
    if not pairs:
        return [], []
    order = _order_of([*pairs.values()], header, spec.area)
    text, shown = next(iter(pairs.items()))
    if order is None:
        message = f"two coordinates in one cell, whose order is not clear: {show_value(text)}"
        way_out = 'name the column "lat, lon" or "lon, lat" in the file, or split it into two'
        # The question is enough: the cells are not listed as unreadable as well.
        frame["lon"] = frame["lat"] = "0"
        return [Problem(raw.source, message, header, way_out=way_out)], []
    for column in (lon, lat):
        at = order.index(column.name)
        frame[column.name] = frame[column.name].map(
            lambda cell, at=at: pairs[cell][at] if cell in pairs else cell, na_action="ignore"
        )
    said = dict(zip(order, shown, strict=True))
    return [], [
        f"{raw.source}: column {show_value(header)} has two coordinates in a cell: {show_value(text)} is latitude "
        f"{said['lat']}, longitude {said['lon']}"
    ]


def cut_pair(text: str) -> tuple[str, str] | None:
    """Return the two coordinates of a cell, or None if it does not have two.

    >>> cut_pair("17.97, 102.63"), cut_pair("(17,97; 102,63)"), cut_pair("17°58'N 102°37'E"), cut_pair("Ban 5, Ban 6")
    (('17.97', '102.63'), ('17,97', '102,63'), ("17°58'N", "102°37'E"), None)
    """
    plain = _BRACKETS.sub(" ", western_digits(text)).strip()
    for mark in _MARKS:
        parts = [part.strip() for part in re.split(mark, plain) if part.strip()]
        if len(parts) == 2 and all(map(_is_coordinate, parts)):
            return parts[0], parts[1]
    return None


def _is_coordinate(text: str) -> bool:
    return is_numeral(text) or any(isinstance(read_angle(text, name), float) for name in ("lon", "lat"))


def _order_of(pairs: Sequence[tuple[str, str]], header: str, area: _Area | None) -> tuple[str, str] | None:
    """Return which of two coordinates is the latitude: by the area, by the header, or None."""
    counts = {order: _inside(pairs, order, area) for order in _ORDERS}
    best, other = sorted(_ORDERS, key=lambda order: -counts[order])
    if counts[best] > 0 and counts[other] == 0:
        return best
    words = [word for word in words_of(header) if _NAMED.match(word)]
    named = tuple(
        dict.fromkeys(name.replace("lng", "lon") for word in words for name in _NAMED.findall(word))
    )
    return next((order for order in _ORDERS if order == named), None)


def _inside(pairs: Iterable[tuple[str, str]], order: tuple[str, str], area: _Area | None) -> int:
    """Return how many pairs lie in or near an area when read in an order; anywhere on the globe without an area."""
    west, south, east, north = area or (-180.0, -90.0, 180.0, 90.0)
    count = 0
    for pair in pairs:
        lon, lat = (_degrees(pair[order.index(name)], name) for name in ("lon", "lat"))
        if lon is None or lat is None:
            continue
        count += west - _WIDER <= lon <= east + _WIDER and south - _WIDER <= lat <= north + _WIDER
    return count


def _degrees(text: str, name: str) -> float | None:
    if is_numeral(text):
        return (
            float(text.replace(",", ".").replace("−", "-"))
            if re.fullmatch(r"[+\-−]?\d+(?:[.,]\d+)?", text)
            else None
        )
    read = read_angle(text, name)
    return read if isinstance(read, float) else None
