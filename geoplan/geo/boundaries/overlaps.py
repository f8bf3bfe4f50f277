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
    claimed = shapes[rows]
    pairs = shapely.STRtree(claimed).query(claimed, predicate="intersects")
    one, other = pairs[:, pairs[0] < pairs[1]]
    areas = geodesic_area(claimed)
    shared = geodesic_area(polygons_of(shapely.intersection(claimed[one], claimed[other])))
    large = np.flatnonzero(shared > smallest_part * np.minimum(areas[one], areas[other]))
    large = large[np.argsort(-shared[large], kind="stable")]
    return Overlaps(rows[one[large]], rows[other[large]], shared[large])
