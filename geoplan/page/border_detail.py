"""How much detail each border on the page needs, so that a district is drawn where it is.

How this works. All borders are simplified for a large screen. That is too coarse in two cases, which get more
vertices back:

- A small district would change its shape. While the drawn shape differs from the true one by more than a few
  percent of its area, its borders take the next finer level.
- A mark would lie in another district than the one that has its money. Around such a mark the vertices of all
  borders come back, in growing circles.

Vertices are chosen by place, so both neighbours of a border keep the same ones. The script of the page leaves out
what cannot be seen at a zoom, by less than a pixel. So a mark lies in its district at any zoom, or within a pixel
of it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from geoplan.geo.boundaries.ring_vertices import RingVertices
from geoplan.geo.district_index import DistrictIndex

Geometries: TypeAlias = "NDArray[np.object_]"
Floats: TypeAlias = "NDArray[np.float64]"
Flags: TypeAlias = "NDArray[np.bool_]"

LARGEST_DIFFERENCE = 0.04
"""Part of a district's area that may be drawn in the wrong place."""

_FINER = (1 / 4, 1 / 16, 0)  # of the tolerance, for small districts; 0 keeps all vertices
_SMALL = 10.0  # districts narrower than so many tolerances are compared with their true shape
_CIRCLES = (2.0, 8.0, 32.0)  # tolerances around a mark in which vertices come back


def draw_in_place(districts: Geometries, tolerance: float, step: float, marks: Floats) -> Geometries:
    """Simplify a layer for the screen, with more detail where districts or marks would be drawn in the wrong place.

    Parameters
    ----------
    districts : (n,) array of Polygon, MultiPolygon or None
        EPSG:4326.
    tolerance : float
        Degrees that may be left out without being seen when all districts are in view.
    step : float
        Degrees to which the page rounds coordinates.
    marks : (m, 2) array of float
        Longitude and latitude of marks.
    """
    drawn = districts.copy()
    present = np.flatnonzero(~(shapely.is_missing(districts) | shapely.is_empty(districts)))
    if not len(present):
        return drawn
    true = districts[present]
    vertices = RingVertices.of(true)
    kept = np.zeros(len(vertices.places), np.bool_)
    simple = shapely.coverage_simplify(true, tolerance)
    _keep_vertices(kept, vertices, simple)
    coarse = kept.copy()
    _refine_small_districts(true, vertices, kept, tolerance)
    home = DistrictIndex(true).find(*np.ascontiguousarray(marks.T))
    for radius in _CIRCLES if len(marks) else ():
        wrong = marks[is_misplaced(vertices.keep(kept), marks, home, step)]
        if not len(wrong):
            break
        kept |= _near(vertices, wrong, radius * tolerance)
    drawn[present] = simple if (kept == coarse).all() else vertices.keep(kept)
    return drawn


def _keep_vertices(kept: Flags, vertices: RingVertices, simple: Geometries) -> None:
    """Mark the places of simplified shapes as kept."""
    kept[vertices.places_at(shapely.get_coordinates(simple))] = True


def _refine_small_districts(true: Geometries, vertices: RingVertices, kept: Flags, tolerance: float) -> None:
    """Bring back vertices of small districts until their drawn shape is nearly the true one."""
    area = shapely.area(true)
    small = np.flatnonzero(2 * area < _SMALL * tolerance * shapely.length(true))
    for part in _FINER:
        if not len(small):
            return
        differs = _difference(true[small], vertices.keep(kept)[small]) > LARGEST_DIFFERENCE * area[small]
        small = small[differs]
        finer = shapely.coverage_simplify(true[small], tolerance * part) if part else true[small]
        _keep_vertices(kept, vertices, finer)


def _difference(true: Geometries, drawn: Geometries) -> Floats:
    """Return the area that is in one of the two shapes only; infinite where the drawn one is broken."""
    found = np.full(len(true), np.inf)
    fine = shapely.is_valid(drawn) & shapely.is_valid(true)
    found[fine] = shapely.area(shapely.symmetric_difference(true[fine], drawn[fine]))
    return found


def is_misplaced(drawn: Geometries, marks: Floats, home: NDArray[np.int32], step: float) -> Flags:
    """Return which marks are drawn in another district than their own, where all is rounded to the page's grid.

    Parameters
    ----------
    drawn : (n,) array of Polygon or MultiPolygon
    marks : (m, 2) array of float
    home : (m,) array of int
        District that each mark is in, -1 outside all.
    step : float
        Degrees that coordinates are rounded to.
    """
    rounded = shapely.transform(drawn, lambda xy: np.rint(xy / step) * step)
    shapely.prepare(rounded)
    x, y = np.rint(np.ascontiguousarray(marks.T) / step) * step
    inside, outside = np.flatnonzero(home >= 0), np.flatnonzero(home < 0)
    wrong = np.zeros(len(marks), np.bool_)
    wrong[inside] = ~shapely.intersects_xy(rounded[home[inside]], x[inside], y[inside])
    covered, _ = shapely.STRtree(rounded).query(shapely.points(x[outside], y[outside]), predicate="within")
    wrong[outside[covered]] = True
    return wrong


def _near(vertices: RingVertices, marks: Floats, radius: float) -> Flags:
    """Return which places lie within a radius of a mark, in degrees both ways; places are in order of x."""
    x, y = vertices.places.T
    near = np.zeros(len(x), np.bool_)
    for mark_y, first, end in zip(
        marks[:, 1],
        np.searchsorted(x, marks[:, 0] - radius),
        np.searchsorted(x, marks[:, 0] + radius, side="right"),
        strict=True,
    ):
        near[first:end] |= np.abs(y[first:end] - mark_y) <= radius
    return near
