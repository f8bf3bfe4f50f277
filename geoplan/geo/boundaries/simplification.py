"""A coverage with fewer vertices, in which neighbours still share their edges."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geoplan.geo.boundaries.layer import district_shapes, with_shapes
from geoplan.geo.geodesy import METRES_PER_DEGREE
from geoplan.model.errors import InputError, Problem


def simplify(districts: gpd.GeoDataFrame, *, tolerance: float) -> gpd.GeoDataFrame:
    """Take vertices out of a coverage so that neighbours keep exactly the same edge.

    Visvalingam & Whyatt (1993) on the coverage: a vertex goes when the triangle it makes with its
    neighbours is smaller than ``tolerance``², and it goes from both districts. The vertices that
    stay are the ones that were there, to the last digit.

    The tolerance in degrees is ``tolerance`` / √(metres in a degree of longitude × metres in a
    degree of latitude) at the middle latitude of the layer. Areas in square degrees and in m²
    have that one ratio there; at the ends of a country that reaches from 14° to 22° north the
    tolerance is 2 % off.

    Parameters
    ----------
    districts : GeoDataFrame
        An exact coverage, any CRS.
    tolerance : float
        Metres. On a map 1 : N, what can not be drawn is about 0.0002 N metres.

    Returns
    -------
    GeoDataFrame
        EPSG:4326.

    Raises
    ------
    InputError
        The layer is no exact coverage, so that edges could not stay shared.
    """
    shapes = district_shapes(districts)
    if tolerance < 0:
        raise InputError(Problem("simplify", "a tolerance is 0 or more", values=(tolerance,)))
    if not shapely.coverage_is_valid(shapes):
        raise InputError(
            Problem("districts", "the boundaries are no exact coverage", way_out="repair them first")
        )
    if shapely.is_empty(shapes).all():
        raise InputError(Problem("districts", "the layer has no area", way_out="give a layer of polygons"))
    south, north = shapely.total_bounds(shapes)[[1, 3]]
    degree = METRES_PER_DEGREE * np.sqrt(np.cos(np.radians((south + north) / 2)))
    return with_shapes(districts, shapely.coverage_simplify(shapes, tolerance / degree))
