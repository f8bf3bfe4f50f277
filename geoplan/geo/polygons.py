"""Arrays of geometries: made into valid areas, and a point in each."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

Shapes: TypeAlias = "npt.NDArray[Any]"
Floats: TypeAlias = "npt.NDArray[np.float64]"
Integers: TypeAlias = "npt.NDArray[np.int64]"
Flags: TypeAlias = "npt.NDArray[np.bool_]"


def polygons_only(shapes: Shapes) -> Shapes:
    """Make geometries valid; what is not an area (a spike, a stray point) goes."""
    valid = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    kept = [
        shape if shape is None or shape.geom_type in ("Polygon", "MultiPolygon") else _areas_of(shape)
        for shape in valid
    ]
    return np.array([shapely.Polygon() if shape is None else shape for shape in kept], dtype=object)


def _areas_of(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def inner_points(shapes: Shapes) -> tuple[Floats, Floats]:
    """Return longitude and latitude of a point in each geometry, NaN where it is empty."""
    points = shapely.point_on_surface(shapes)
    points = np.where(shapely.is_empty(points), None, points)
    return shapely.get_x(points), shapely.get_y(points)
