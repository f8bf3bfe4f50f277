"""Walls on a grid of cells: barriers close the cells that they touch, crossings open them again.

How this works. All shapes are in units of cells: x is a column, y a row from the north. A barrier closes every cell
that it touches, so its cells are joined by their sides and leave no diagonal gap, which a path over 8 neighbours could
slip through. An area also closes the cells whose centre it contains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import shapely

from geoplan.geo.cell_grid import CellGrid, segments, touched_cells
from geoplan.geo.polygons import Flags, Floats, Shapes

_ROUND_A_CROSSING = 1.5  # cells that a crossing given as a point may be from a barrier


@dataclass(frozen=True)
class Walls:
    """Barriers and crossings in units of cells.

    Parameters
    ----------
    barriers : (n,) array
        Lines and areas.
    closed, opened : (4, k) array of float
        Segments that close or open the cells that they touch: start x, y and end x, y.
    useless : list of str
        Crossings that cross no barrier.
    used : list of str
        Names of all others.
    """

    barriers: Shapes = field(default_factory=lambda: np.empty(0, object))
    closed: Floats = field(default_factory=lambda: np.empty((4, 0)))
    opened: Floats = field(default_factory=lambda: np.empty((4, 0)))
    useless: Sequence[str] = ()
    used: Sequence[str] = ()

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.barriers)

    def with_crossings(self, shapes: Shapes, names: Sequence[str]) -> Walls:
        """Return walls that points or lines, in units of cells, open."""
        reach = np.where(shapely.get_dimensions(shapes) == 0, _ROUND_A_CROSSING, 0.0)
        hits = np.zeros(len(shapes), np.bool_)
        if len(self.barriers):
            hits[self._tree.query(shapes, predicate="dwithin", distance=reach)[0]] = True
        return replace(
            self,
            opened=segments(_widen_points(shapes))[0],
            used=[name for name, hit in zip(names, hits, strict=True) if hit],
            useless=[name for name, hit in zip(names, hits, strict=True) if not hit],
        )

    def close(self, top: int, left: int, rows: int, columns: int) -> Flags:
        """Return which cells of a part of the grid a barrier closes."""
        is_closed = _touched(self.closed, top, left, rows, columns)
        if len(self.barriers):
            frame = shapely.box(left, top, left + columns, top + rows)
            near = self._tree.query(frame, predicate="intersects")
            areas = self.barriers[near][shapely.get_dimensions(self.barriers[near]) == 2]
            if len(areas):
                x, y = np.meshgrid(left + np.arange(columns) + 0.5, top + np.arange(rows) + 0.5)
                area = shapely.union_all(areas)
                shapely.prepare(area)
                is_closed |= shapely.contains_xy(area, x, y)
        return is_closed & ~_touched(self.opened, top, left, rows, columns)

    def blocks(self, ways: Shapes) -> Flags:
        """Return which ways, in units of cells, cross a barrier; a way may leave an area in which it starts."""
        found = np.zeros(len(ways), np.bool_)
        if len(self.barriers):
            way, barrier = self._tree.query(ways, predicate="crosses")
            leaves = shapely.covers(self.barriers[barrier], shapely.get_point(ways[way], 0))
            found[way[~leaves]] = True
        return found


def build_walls(barriers: Shapes) -> Walls:
    """Return the walls of lines and areas, in units of cells."""
    return Walls(barriers, segments(barriers)[0])


def _widen_points(shapes: Shapes) -> Shapes:
    """Return lines as they are, and for each point lines through its cell and the 8 around it."""
    parts = shapely.get_parts(shapes)
    points = parts[shapely.get_dimensions(parts) == 0]
    x, y = np.floor(shapely.get_coordinates(points).T) + 0.5
    rungs = [shapely.linestrings(np.stack([np.column_stack([x - 1, y + down]), np.column_stack([x + 1, y + down])], axis=1))
             for down in (-1, 0, 1)] if len(points) else []  # fmt: skip
    widened: Shapes = np.concatenate([parts[shapely.get_dimensions(parts) == 1], *rungs])
    return widened


def _touched(ends: Floats, top: int, left: int, rows: int, columns: int) -> Flags:
    """Return which cells of a part of the grid segments touch."""
    ax, ay, bx, by = ends
    near = (np.maximum(ax, bx) >= left - 1) & (np.minimum(ax, bx) <= left + columns + 1)
    near &= (np.maximum(ay, by) >= top - 1) & (np.minimum(ay, by) <= top + rows + 1)
    if not near.any():
        return np.zeros((rows, columns), np.bool_)
    # A ring of cells around takes what lies outside.
    grid = CellGrid(left - 1.0, top - 1.0, 1.0, rows + 2, columns + 2)
    _, cell = touched_cells(grid, ax[near], ay[near], bx[near], by[near])
    found = np.zeros((rows + 2) * (columns + 2), np.bool_)
    found[cell] = True
    return found.reshape(rows + 2, columns + 2)[1:-1, 1:-1]
