"""Arrays of geometries reduced to their polygons, and a point inside each."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

Shapes: TypeAlias = "npt.NDArray[Any]"
Floats: TypeAlias = "npt.NDArray[np.float64]"
Integers: TypeAlias = "npt.NDArray[np.int64]"
Flags: TypeAlias = "npt.NDArray[np.bool_]"

_POLYGONAL = (3, 6)
_COLLECTION = 7


def polygons_of(shapes: Shapes) -> Shapes:
    """Return the polygons of each geometry; points and lines are dropped, a missing geometry is empty.

    A collection becomes one polygon or multipolygon. Its polygons are kept as they are, valid or not.
    """
    kept = np.array(shapes, dtype=object)
    for at in np.flatnonzero(~np.isin(shapely.get_type_id(kept), _POLYGONAL)):
        kept[at] = _gather_polygons(kept[at])
    return kept


def has_no_ground(shapes: Shapes) -> Flags:
    """Return whether a geometry has polygons, but none with an area: all their vertices lie on a line."""
    found: Flags = (
        (shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes) & (shapely.area(shapes) == 0)
    )
    # The area of a boundary that crosses itself may be 0 as well, because one half counts as negative.
    flat = np.flatnonzero(found)
    found[flat] = shapely.area(polygons_of(shapely.make_valid(shapes[flat]))) == 0
    return found


def _gather_polygons(shape: Any) -> Any:
    parts = shapely.get_parts([] if shape is None else [shape])
    while (shapely.get_type_id(parts) == _COLLECTION).any():
        parts = shapely.get_parts(parts)
    parts = shapely.get_parts(parts)
    parts = parts[(shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)]
    if len(parts) == 0:
        return shapely.Polygon()
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def inner_points(shapes: Shapes) -> tuple[Floats, Floats]:
    """Return longitude and latitude of a point in each geometry, NaN where it is empty."""
    points = shapely.point_on_surface(shapes)
    points = np.where(shapely.is_empty(points), None, points)
    return shapely.get_x(points), shapely.get_y(points)
