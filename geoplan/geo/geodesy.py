"""Areas and lengths on the WGS 84 ellipsoid, and degrees as metres."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Geod

from geoplan.geo.polygons import Floats, Shapes

METRES_PER_DEGREE = 111_195.0
"""Metres in a degree of latitude, on a sphere of the mean radius of the earth."""

_ELLIPSOID = Geod(ellps="WGS84")


def geodesic_area(shapes: Shapes) -> Floats:
    """Return the area of each polygon on the WGS 84 ellipsoid.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon
        EPSG:4326.

    Returns
    -------
    array of float
        m², 0 for empty and missing geometries.
    """
    return area_and_perimeter(shapes)[0]


def area_and_perimeter(shapes: Shapes) -> tuple[Floats, Floats]:
    """Return geodesic area (m²) and perimeter (m) of each polygon."""
    measured = [
        (0.0, 0.0) if shape is None or shape.is_empty else _ELLIPSOID.geometry_area_perimeter(shape)
        for shape in shapely.orient_polygons(np.asarray(shapes, dtype=object))
    ]
    both = np.array(measured, dtype=np.float64).reshape(-1, 2)
    return np.abs(both[:, 0]), both[:, 1]


def longitude_scale(points: Floats) -> Floats:
    """Return factors (n, 2) that scale degrees of longitude to the length of degrees of latitude at each point."""
    return np.column_stack([np.cos(np.radians(points[:, 1])), np.ones(len(points))])
