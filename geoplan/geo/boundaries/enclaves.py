"""Enclaves: districts that lie inside another district whose shape has no hole for them.

Where an overlap is all, or nearly all, of one district, that district would vanish if the other one had the
overlap. So the overlap is the enclave's.
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
    """Find districts of which another district covers nearly all.

    Two districts that cover nearly all of each other are no enclaves: neither shape says whose the ground is.

    Parameters
    ----------
    shapes : array of valid Polygon or MultiPolygon
    """
    area = shapely.area(shapes)
    inner, outer = _covering_pairs(shapes)
    larger = area[inner] < ENCLAVE_PART * area[outer]
    inner, outer = inner[larger], outer[larger]
    shared = shapely.area(shapely.intersection(shapes[inner], shapes[outer]))
    nearly_all = shared >= ENCLAVE_PART * area[inner]
    return Enclaves(inner[nearly_all], outer[nearly_all])


def _covering_pairs(shapes: Shapes) -> tuple[Integers, Integers]:
    """Return candidates: a district, and another one with a point that lies well inside the first.

    A point in each of several bands is enough: a district that covers nine tenths of another covers at least
    one of them, except in contrived shapes. This is much faster than intersecting all neighbours.
    """
    points, owner = _band_points(shapes)
    point, other = shapely.STRtree(shapes).query(points, predicate="within")
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
