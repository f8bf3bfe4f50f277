"""One longitude convention: shapes on both sides of the antimeridian lie next to each other.

How this works. Files write the same place as longitude −179 or 181. A shape across the antimeridian is split at
180, or jumps from 179 to −179, or has longitudes of 0 to 360. So every layer gets a window of 360 degrees, with
its edges where the layer has its widest empty range of longitudes. A part of a shape that jumps is made to run on,
and a part outside the window is moved by 360 degrees as a whole. Longitudes run on beyond ±180 where a layer
crosses the antimeridian; nothing moves where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geoplan.geo.polygons import Floats, Shapes

_TURN = 360.0
_HALF = 180.0
_NARROWEST_CUT = 20.0  # degrees: a layer without a wider empty range goes all around the globe


@dataclass(frozen=True)
class LongitudeWindow:
    """The 360 degrees of longitude in which the shapes of a plan lie.

    Parameters
    ----------
    west : float
        Its western edge in degrees; −180 for layers that do not cross the antimeridian.
    middle : float
        The middle of the layer, which a shape across the antimeridian is brought close to.
    """

    west: float = -_HALF
    middle: float = 0.0

    def move_into(self, shapes: Shapes) -> Shapes:
        """Return geometries in the window; those that lie in it already stay exactly as they are.

        Parameters
        ----------
        shapes : array of geometries or None
            EPSG:4326. The two halves of a polygon that was split at the antimeridian are joined.
        """
        parts, owner = shapely.get_parts(shapes, return_index=True)
        bounds = shapely.bounds(parts)
        outside = (bounds[:, 0] < self.west) | (bounds[:, 2] > self.west + _TURN)
        wrong = np.flatnonzero(outside | (bounds[:, 2] - bounds[:, 0] > _HALF))
        wrong = wrong[[outside[part] or _jumps(parts[part]) for part in wrong]]
        if not len(wrong):
            return shapes
        for part in wrong:
            parts[part] = self._move(_run_on(parts[part]))
        moved = np.array(shapes, dtype=object)
        for row in np.unique(owner[wrong]):
            moved[row] = _assemble(parts[owner == row], shapely.get_type_id(moved[row]))
        return moved

    def _move(self, part: Any) -> Any:
        west, _, east, _ = shapely.bounds(part)
        turns = round(((west + east) / 2 - self.middle) / _TURN)
        return part if turns == 0 else _shift(part, -_TURN * turns)


def find_window(shapes: Shapes) -> LongitudeWindow:
    """Return the window of longitudes that keeps a layer in one piece.

    Parameters
    ----------
    shapes : array of geometries or None
        EPSG:4326, in any of the conventions.
    """
    bounds = shapely.total_bounds(shapes)
    west, east = float(bounds[0]), float(bounds[2])
    if np.isnan(west):
        return LongitudeWindow()
    if west >= -_HALF and east <= _HALF and east - west <= _HALF:
        return LongitudeWindow(middle=(west + east) / 2)
    longitudes = np.unique(shapely.get_coordinates(shapes)[:, 0] % _TURN)
    gaps = np.diff(longitudes, append=longitudes[0] + _TURN)
    widest = int(np.argmax(gaps))
    if gaps[widest] < _NARROWEST_CUT:
        west = -_HALF if west >= -_HALF and east <= _HALF else west
        return LongitudeWindow(west, west + _HALF)
    middle = float(longitudes[widest] + gaps[widest] / 2 + _HALF)  # of the layer: opposite to the gap
    middle = (middle + _HALF) % _TURN - _HALF
    return LongitudeWindow(middle - _HALF, middle)


def _jumps(part: Any) -> bool:
    """Return whether a line or ring jumps from one side of the antimeridian to the other."""
    xy, line = shapely.get_coordinates(
        shapely.get_rings(part) if part.geom_type == "Polygon" else [part], return_index=True
    )
    steps = np.abs(np.diff(xy[:, 0]))[np.diff(line) == 0]
    # A step of a whole turn is the edge of a map of the world.
    return bool((steps > _HALF).any() and (steps < _TURN).all())


def _run_on(part: Any) -> Any:
    """Return a part that jumps with longitudes that run on eastwards."""
    if part.geom_type == "Point" or not _jumps(part):
        return part
    return shapely.transform(part, _eastward)


def _eastward(coordinates: Floats) -> Floats:
    moved = coordinates.copy()
    moved[moved[:, 0] < 0, 0] += _TURN
    return moved


def _shift(part: Any, degrees: float) -> Any:
    return shapely.transform(part, lambda coordinates: coordinates + np.array([degrees, 0.0]))


def _assemble(parts: Shapes, type_id: int) -> Any:
    """Return parts as one geometry of a type; polygons that share an edge are joined."""
    if type_id <= shapely.GeometryType.POLYGON:
        return parts[0]
    if type_id == shapely.GeometryType.MULTIPOLYGON:
        whole = shapely.multipolygons(parts)
        return shapely.union_all(parts) if not whole.is_valid and shapely.is_valid(parts).all() else whole
    collect = {
        shapely.GeometryType.MULTIPOINT: shapely.multipoints,
        shapely.GeometryType.MULTILINESTRING: shapely.multilinestrings,
    }.get(shapely.GeometryType(type_id), shapely.geometrycollections)
    return collect(parts)
