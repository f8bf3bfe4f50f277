"""Enclaves: districts that lie inside another district whose shape has no hole for them, and parts that do.

Where an overlap is all, or nearly all, of one district, that district would vanish if the others had the
overlap. So the overlap is the enclave's. In the same way a detached part of a district, an exclave, keeps its ground
inside another district.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geoplan.geo.polygons import Floats, Integers, Shapes, polygons_of

ENCLAVE_PART = 0.9
"""Part of a district that another district must cover for it to be an enclave of the other."""

_BANDS = 3  # horizontal bands of a district, each with a point inside, to find districts that cover it


@dataclass(frozen=True)
class Enclaves:
    """Pairs of an enclave and the district that covers it, by position in the layer.

    Parameters
    ----------
    inner, outer : arrays of int
        The enclave, and the district around it.
    """

    inner: Integers
    outer: Integers


def find_enclaves(shapes: Shapes) -> Enclaves:
    """Find districts of which another district, or several larger ones together, cover nearly all.

    Two districts that cover nearly all of each other are no enclaves: neither shape says whose the ground is.

    Parameters
    ----------
    shapes : array of valid Polygon or MultiPolygon
    """
    area = shapely.area(shapes)
    inner, outer = _covering_pairs(shapes)
    larger = area[inner] < ENCLAVE_PART * area[outer]
    inner, outer = inner[larger], outer[larger]
    shared = shapely.intersection(shapes[inner], shapes[outer])
    found = shapely.area(shared) >= ENCLAVE_PART * area[inner]
    for row in np.setdiff1d(inner, inner[found]):
        own = (inner == row) & (shapely.area(shared) > 0)
        if own.sum() > 1 and shapely.area(shapely.union_all(shared[own])) >= ENCLAVE_PART * area[row]:
            found |= own
    return Enclaves(inner[found], outer[found])


def _covering_pairs(shapes: Shapes) -> tuple[Integers, Integers]:
    """Return candidates: a district, and another one with a point that lies well inside the first.

    A point in each of several bands is enough: a district that covers nine tenths of another covers at least
    one of them, except in contrived shapes. A point on the border of two districts counts for both. This is much faster than intersecting all neighbours.
    """
    points, owner = _band_points(shapes)
    point, other = shapely.STRtree(shapes).query(points, predicate="intersects")
    inner = owner[point]
    pairs = np.unique(np.column_stack([inner, other])[inner != other], axis=0)
    return pairs[:, 0], pairs[:, 1]


def _band_points(shapes: Shapes) -> tuple[Shapes, Integers]:
    bounds = shapely.bounds(shapes)
    rows = np.flatnonzero(~np.isnan(bounds[:, 0]))
    points, owners = [], []
    for row in rows:
        west, south, east, north = bounds[row]
        cuts: Floats = np.linspace(south, north, _BANDS + 1)
        bands = [
            shapely.clip_by_rect(shapes[row], west, cuts[band], east, cuts[band + 1])
            for band in range(_BANDS)
        ]
        found = shapely.point_on_surface([shapes[row], *bands])
        found = found[~shapely.is_empty(found)]
        points.append(found)
        owners.append(np.full(len(found), row))
    if not points:
        return np.array([], dtype=object), np.array([], dtype=np.int64)
    return np.concatenate(points), np.concatenate(owners)


def cut_out_enclaves(shapes: Shapes, enclaves: Enclaves) -> Shapes:
    """Return the shapes with each enclave taken out of the districts around it."""
    cut = shapes.copy()
    for outer in np.unique(enclaves.outer):
        inside = shapely.union_all(shapes[enclaves.inner[enclaves.outer == outer]])
        cut[outer] = shapely.difference(shapes[outer], inside)
    return polygons_of(cut)


@dataclass(frozen=True)
class Exclaves:
    """Parts of districts that keep their ground inside other districts.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon
        The layer in which each part is its district's alone.
    row, outer : arrays of int
        The district of each part, and the district around it, by position in the layer.
    parts : array of Polygon
    """

    shapes: Shapes
    row: Integers
    outer: Integers
    parts: Shapes


def keep_exclaves(given: Shapes, valid: Shapes) -> Exclaves:
    """Give ground that is nearly all of a detached part of a district to that district.

    Parameters
    ----------
    given : array of Polygon or MultiPolygon
        As published. A part inside another part of the same district has no meaning in itself, so that a valid shape
        no longer has it: here it is looked for in the district around it.
    valid : array of valid Polygon or MultiPolygon
    """
    parts, row = _smaller_parts(given)
    around, owner = shapely.get_parts(valid, return_index=True)
    at, other = shapely.STRtree(around).query(shapely.point_on_surface(parts), predicate="within")
    at, other = at[row[at] != owner[other]], other[row[at] != owner[other]]
    area = shapely.area(parts[at])
    inside = area < ENCLAVE_PART * shapely.area(around[other])
    inside &= shapely.area(shapely.intersection(parts[at], around[other])) >= ENCLAVE_PART * area
    at, other = at[inside], other[inside]
    shapes = valid.copy()
    for outer in np.unique(owner[other]):
        shapes[outer] = shapely.difference(shapes[outer], shapely.union_all(parts[at[owner[other] == outer]]))
    for own in np.unique(row[at]):
        shapes[own] = shapely.union_all([shapes[own], *parts[np.unique(at[row[at] == own])]])
    return Exclaves(polygons_of(shapes), row[at], owner[other], parts[at])


def _smaller_parts(shapes: Shapes) -> tuple[Shapes, Integers]:
    """Return the valid parts of each shape but the largest, and the position of their shapes."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    area = shapely.area(parts)
    largest = np.zeros(len(shapes))
    np.maximum.at(largest, row, area)
    smaller = (area < largest[row]) & (area > 0) & shapely.is_valid(parts)
    return parts[smaller], row[smaller]
