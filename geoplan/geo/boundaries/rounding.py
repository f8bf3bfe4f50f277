"""Rounding of coordinates: overlaps and gaps that are too narrow to be faults of the borders.

Coordinates are usually stored to 0.1 mm or finer, or to 1e-9 degrees, which is about the same. The conversion from
one CRS to another rounds once more. So the same border, read from two files, can differ by some tenths of a
millimetre without a fault in either.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from geoplan.geo.boundaries.layer import to_degrees
from geoplan.geo.geodesy import METRES_PER_DEGREE, longitude_scale
from geoplan.geo.polygons import Flags, Floats, Integers, Shapes

ROUNDING_WIDTH = 0.001
"""Width in metres below which an overlap or a gap comes from the rounding of coordinates."""


def is_rounding(faces: Shapes) -> Flags:
    """Return whether polygons are narrower than `ROUNDING_WIDTH` everywhere.

    Parameters
    ----------
    faces : (n,) array of Polygon
        EPSG:4326.
    """
    # From a corner of its own, each keeps all digits of its width; geodesic areas would be as large as their error.
    points, owner = shapely.get_coordinates(faces, return_index=True)
    _, first = np.unique(owner, return_index=True)
    origin = points[first][owner]
    metres = shapely.set_coordinates(
        faces.copy(), (points - origin) * longitude_scale(origin) * METRES_PER_DEGREE
    )
    found: Flags = 2 * shapely.area(metres) < ROUNDING_WIDTH * shapely.length(metres)
    # What is narrow on average can still be wide at one place.
    found[found] = shapely.is_empty(shapely.buffer(metres[found], -ROUNDING_WIDTH / 2))
    return found


def has_twin(points: pd.DataFrame, vertices: tuple[Floats, Integers], crs: Any) -> Flags:
    """Return whether a district has a vertex within `ROUNDING_WIDTH` of a point.

    Parameters
    ----------
    points : DataFrame
        ``row`` (position of a district in the layer), ``x``, ``y`` in the CRS.
    vertices : (m, 2) array of float, (m,) array of int
        Vertices of all districts in the CRS, and the position of their districts.
    crs
        Any that `to_degrees` takes.
    """
    xy, row = vertices
    near = np.isin(row, points["row"])
    at = to_degrees(shapely.points(points[["x", "y"]].to_numpy()), crs)
    tree = shapely.STRtree(to_degrees(shapely.points(xy[near]), crs))
    found, twin = tree.query(at, predicate="dwithin", distance=ROUNDING_WIDTH / METRES_PER_DEGREE)
    same = points["row"].to_numpy()[found] == row[near][twin]
    twins = np.zeros(len(points), dtype=np.bool_)
    twins[found[same]] = True
    return twins
