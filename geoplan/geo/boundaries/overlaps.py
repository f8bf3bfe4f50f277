"""Overlaps: ground that two valid districts claim, found among districts whose borders do not match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.polygons import Floats, Integers, Shapes, polygons_of


@dataclass(frozen=True)
class Overlaps:
    """Pairs of districts that cover the same ground, by position in the layer, the largest overlap first.

    Parameters
    ----------
    one, other : arrays of int
    area_m2 : array of float
        Ground that both cover (geodesic).
    """

    one: Integers
    other: Integers
    area_m2: Floats


def find_overlaps(shapes: Shapes, *, smallest_part: float) -> Overlaps:
    """Find pairs of districts of which more than a part of the smaller one is in the other one too.

    Parameters
    ----------
    shapes : array of valid Polygon or MultiPolygon
        EPSG:4326.
    smallest_part : float
        0 to 1. Smaller overlaps come from borders that were drawn twice.
    """
    edges = shapely.coverage_invalid_edges(shapes)
    rows = np.flatnonzero(~(shapely.is_missing(edges) | shapely.is_empty(edges)))
    # A district that covers all of another one may have no such edge itself.
    claimed, other = shapely.STRtree(shapes).query(shapes[rows], predicate="intersects")
    pairs = np.sort(np.column_stack([rows[claimed], other]), axis=1)
    one, other = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0).T
    areas = np.zeros(len(shapes))
    measured = np.union1d(one, other)
    areas[measured] = geodesic_area(shapes[measured])
    shared = geodesic_area(polygons_of(shapely.intersection(shapes[one], shapes[other])))
    large = np.flatnonzero(shared > smallest_part * np.minimum(areas[one], areas[other]))
    large = large[np.argsort(-shared[large], kind="stable")]
    return Overlaps(one[large], other[large], shared[large])
