"""Gaps of a layer that are right: lakes, and ground that belongs to no district."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from geoplan.geo.boundaries.layer import raw_shapes, to_degrees
from geoplan.geo.boundaries.validity import make_valid
from geoplan.geo.polygons import Shapes
from geoplan.model.errors import InputError, Problem, show_number

WATER_PART = 0.9
"""Part of a gap that water must cover for it to be accepted as water."""

Place = Sequence[float]
"""Longitude and latitude in degrees."""


def accept_gaps(gaps: Shapes, water: gpd.GeoDataFrame | None, accepted_gaps: Sequence[Place]) -> Shapes:
    """Return for each gap why it is accepted: ``water``, ``named``, or an empty string if it is not.

    Parameters
    ----------
    gaps : (n,) array of Polygon
        EPSG:4326.
    water : GeoDataFrame, optional
        Lakes and rivers as polygons, any CRS.
    accepted_gaps : sequence of (float, float)
        A place in each gap to accept.

    Raises
    ------
    InputError
        The water has no CRS, or a place lies in no gap.
    """
    reasons = np.full(len(gaps), "", dtype=object)
    if water is not None:
        reasons[_is_water(gaps, water)] = "water"
    if len(accepted_gaps):
        points = shapely.points(np.asarray(accepted_gaps, dtype=np.float64).reshape(-1, 2))
        point, gap = shapely.STRtree(gaps).query(points, predicate="intersects")
        missed = sorted(set(range(len(points))) - set(point.tolist()))
        if missed:
            values = tuple(
                f"{show_number(lon)},{show_number(lat)}" for lon, lat in (accepted_gaps[at] for at in missed)
            )
            advice = "give longitude, latitude of a place inside a gap, as the check lists them"
            raise InputError(
                Problem("accepted gaps", "no gap at these places", values=values, way_out=advice)
            )
        reasons[gap] = "named"
    return reasons


def _is_water(gaps: Shapes, water: gpd.GeoDataFrame) -> Shapes:
    if water.crs is None:
        advice = "set it, for example with set_crs(4326)"
        raise InputError(Problem("water", "the layer has no CRS", way_out=advice))
    wet = make_valid(to_degrees(raw_shapes(water), water.crs)).shapes
    gap, lake = shapely.STRtree(wet).query(gaps, predicate="intersects")
    covered = np.zeros(len(gaps))
    for row in np.unique(gap):
        lakes = shapely.union_all(wet[lake[gap == row]])
        covered[row] = shapely.area(shapely.intersection(gaps[row], lakes))
    is_water: Shapes = covered >= WATER_PART * shapely.area(gaps)
    return is_water
