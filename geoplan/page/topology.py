"""Boundaries as arcs on a grid of whole numbers: the page has each border once.

How this works. The simplified rings (`border_detail`) are rounded to grid cells. Points with other than two
neighbours over all rings are junctions. Each ring is cut at junctions into arcs. An arc that is known already, either
way round, is used again, so a border between two districts is stored once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoplan.geo.longitudes import LongitudeWindow, find_window
from geoplan.page.border_detail import draw_in_place
from geoplan.page.ledger_columns import pack

Geometries = NDArray[np.object_]
NO_MARKS = np.empty((0, 2))
Point = tuple[int, int]
Ring = list[Point]

GRID_CELLS = 65_536
"""Grid cells over the longer side of the area: about 5 m for a province, 20 m for a country."""

_SCREEN_PIXELS = 3_000
"""Pixels over the longer side up to which simplification must not show."""


@dataclass(frozen=True)
class ScreenGrid:
    """A grid over the area of the map, on which coordinates are whole numbers.

    Parameters
    ----------
    west, south : float
        Degrees at the origin.
    step : float
        Degrees per cell, the same both ways.
    window : LongitudeWindow
        Where longitudes run on beyond 180°, for an area across the antimeridian.
    """

    west: float
    south: float
    step: float
    window: LongitudeWindow = field(default_factory=LongitudeWindow)

    @property
    def tolerance(self) -> float:
        """How far, in degrees, simplifying may move a line without being seen."""
        return self.step * GRID_CELLS / _SCREEN_PIXELS

    def unwrap(self, geometries: Geometries) -> Geometries:
        """Return geometries with longitudes that run on across the antimeridian, if the area does."""
        return self.window.move_into(geometries)

    def quantise(self, coordinates: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return (n, 2) coordinates in degrees as whole grid cells."""
        return np.rint((coordinates - (self.west, self.south)) / self.step).astype(np.int64)

    def point(self, geometry: Any) -> Point:
        """Return a point geometry as grid cells."""
        x, y = self.quantise(shapely.get_coordinates(geometry)[:1])[0].tolist()
        return x, y


def lay_grid(geometries: Geometries) -> ScreenGrid:
    """Lay a grid over an area."""
    window = find_window(geometries)
    bounds = shapely.total_bounds(window.move_into(geometries))
    if np.isnan(bounds).any():
        return ScreenGrid(0.0, 0.0, 1.0 / GRID_CELLS)
    extent = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) or 1.0
    return ScreenGrid(float(bounds[0]), float(bounds[1]), float(extent / GRID_CELLS), window)


def draw_districts(
    geometries: Geometries, grid: ScreenGrid, marks: NDArray[np.float64] = NO_MARKS
) -> tuple[list[list[int]], list[list[list[int]]]]:
    """Draw a coverage of districts as arcs; a border between two districts is one arc.

    Parameters
    ----------
    geometries : (n,) array of polygons
        EPSG:4326, unwrapped; missing and empty ones get no rings.
    grid : ScreenGrid
    marks : (m, 2) array of float
        Longitude and latitude of marks, which must be drawn in the district they are in.

    Returns
    -------
    arcs : list of list of int
        Grid cells ``x, y`` of the first point, then steps ``dx, dy`` to each next one.
    rings : list of list of list of int
        For each district its rings, each a list of arcs; ``~i`` is arc ``i`` backwards. Fill
        with the even-odd rule.
    """
    shapes = draw_in_place(geometries, grid.tolerance, grid.step, marks)
    district_rings = _quantised_rings(shapes, grid)
    junctions = _junctions([ring for rings in district_rings for ring in rings])
    known: dict[tuple[Point, ...], int] = {}
    drawn = [[_to_arcs(ring, junctions, known) for ring in rings] for rings in district_rings]
    return [steps(arc) for arc in known], drawn


def _quantised_rings(shapes: Geometries, grid: ScreenGrid) -> list[list[Ring]]:
    """Return the rings of each shape on the grid, not closed, without repeated points or collapsed rings."""
    parts, shape_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    cells = grid.quantise(coordinates)
    is_first = np.append(True, ring[1:] != ring[:-1])[: len(ring)]
    is_closing = np.append(ring[1:] != ring[:-1], True)[: len(ring)]
    before = np.arange(len(ring)) - 1
    before[is_first] = np.flatnonzero(is_closing) - 1
    kept = ~is_closing & np.any(cells != cells[before], axis=1)
    owner = shape_of_part[part_of_ring]
    found: list[list[Ring]] = [[] for _ in shapes]
    starts = np.concatenate([[0], np.cumsum(np.bincount(ring[kept], minlength=len(rings)))]).tolist()
    points = list(map(tuple, cells[kept].tolist()))
    for at, (first, end) in enumerate(pairwise(starts)):
        if len(set(points[first:end])) > 2:
            found[owner[at]].append(points[first:end])
    return found


def _junctions(rings: Sequence[Ring]) -> set[Point]:
    """Return the points where borders meet: all with other than two neighbours over all rings."""
    neighbours: dict[Point, set[Point]] = {}
    for ring in rings:
        before = ring[-1]
        for point in ring:
            neighbours.setdefault(point, set()).add(before)
            neighbours.setdefault(before, set()).add(point)
            before = point
    return {point for point, around in neighbours.items() if len(around) != 2}


def _to_arcs(ring: Ring, junctions: set[Point], known: dict[tuple[Point, ...], int]) -> list[int]:
    """Cut a ring at junctions into arcs; an arc that is known, either way round, is used again."""
    cuts = [at for at, point in enumerate(ring) if point in junctions]
    start = cuts[0] if cuts else ring.index(min(ring))
    turned = [*ring[start:], *ring[:start], ring[start]]
    cuts = [at - start for at in cuts] if cuts else [0]
    ends = [*cuts[1:], len(ring)]
    return [_arc(tuple(turned[first : end + 1]), known) for first, end in zip(cuts, ends, strict=True)]


def _arc(points: tuple[Point, ...], known: dict[tuple[Point, ...], int]) -> int:
    if points in known:
        return known[points]
    backwards = points[::-1]
    if backwards in known:
        return ~known[backwards]
    known[points] = len(known)
    return known[points]


def steps(points: Sequence[Point]) -> list[int]:
    """Return a path as one flat list: its first point, then the step to each next point.

    >>> steps([(5, 5), (7, 5), (7, 4)])
    [5, 5, 2, 0, 0, -1]
    """
    flat = list(points[0])
    for (x0, y0), (x1, y1) in pairwise(points):
        flat += (x1 - x0, y1 - y0)
    return flat


def draw_path(geometry: Any, grid: ScreenGrid) -> list[int]:
    """Draw a line or ring as steps on the grid, simplified for the screen (Douglas–Peucker)."""
    simplified = shapely.simplify(geometry, grid.tolerance / 2)
    cells = grid.quantise(shapely.get_coordinates(simplified))
    moved = np.append(True, np.any(cells[1:] != cells[:-1], axis=1))
    return steps([(x, y) for x, y in cells[moved].tolist()])


def draw_parts(shapes: Geometries, grid: ScreenGrid) -> dict[str, Any]:
    """Draw every part of every shape: points, lines, and areas as lists of rings.

    Parameters
    ----------
    shapes : (n,) array of geometries of any kind
        EPSG:4326, unwrapped; missing and empty ones are left out.
    grid : ScreenGrid

    Returns
    -------
    dict
        ``points``, ``lines`` and ``areas``, each with ``location``, the position of the shape that a part belongs to.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    nested = shapely.get_type_id(parts) > 3  # a part can be a collection itself
    while nested.any():
        inner, index = shapely.get_parts(parts, return_index=True)
        parts, owner = inner, owner[index]
        nested = shapely.get_type_id(parts) > 3
    parts, owner = parts[~shapely.is_empty(parts)], owner[~shapely.is_empty(parts)]
    dimension = shapely.get_dimensions(parts)
    cells = grid.quantise(shapely.get_coordinates(parts[dimension == 0]))
    lines, areas = parts[dimension == 1], parts[dimension == 2]
    return {
        "points": {
            "location": pack(pd.Series(owner[dimension == 0])),
            "x": cells[:, 0].tolist(),
            "y": cells[:, 1].tolist(),
        },
        "lines": {
            "location": owner[dimension == 1].tolist(),
            "path": [draw_path(line, grid) for line in lines],
        },
        "areas": {
            "location": owner[dimension == 2].tolist(),
            "rings": [[draw_path(ring, grid) for ring in shapely.get_rings(area)] for area in areas],
        },
    }


def point_coordinates(shapes: Geometries) -> NDArray[np.float64]:
    """Return longitude and latitude (n, 2) of all points and parts of multipoints among shapes."""
    parts = shapely.get_parts(shapes)
    parts = parts[(shapely.get_dimensions(parts) == 0) & ~shapely.is_empty(parts)]
    found: NDArray[np.float64] = shapely.get_coordinates(parts)
    return found


def label_points(geometries: Geometries, grid: ScreenGrid) -> list[Point | None]:
    """Return for each district the middle of its widest place, where its name has the most room."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    parts, owner = parts[~shapely.is_empty(parts)], owner[~shapely.is_empty(parts)]
    # The largest part of each shape; of equal ones the first.
    order = np.lexsort((-shapely.area(parts), owner))
    owner, first = np.unique(owner[order], return_index=True)
    largest = parts[order[first]]
    coarse = shapely.simplify(largest, grid.tolerance)
    radius = np.maximum(np.sqrt(shapely.area(largest)) / 20, grid.step)
    circles = shapely.maximum_inscribed_circle(
        np.where(shapely.is_empty(coarse), largest, coarse), tolerance=radius
    )
    points: list[Point | None] = [None] * len(geometries)
    for at, circle in zip(owner.tolist(), circles, strict=True):
        points[at] = grid.point(circle)
    return points
