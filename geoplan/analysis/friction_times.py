"""Travel times over a friction surface: minutes between points, and which of them could not be used as they are.

A point stands for the cell it lies in, so minutes lack up to half a cell at each end. A point in a closed cell moves to
the nearest open one that no barrier separates from it, at most `FARTHEST_MOVE` cells away, and its way there counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoplan.geo.least_cost import LONGEST_DETOUR, CostSearch, Reached
from geoplan.geo.polygons import Floats, Integers, Shapes
from geoplan.model.errors import list_first, show_number
from geoplan.sources.friction import Friction

FARTHEST_MOVE = 3
"""Cells that a point may move from a closed cell to an open one."""

_MOVED_AT_A_TIME = 20_000


@dataclass(frozen=True)
class CellStarts:
    """Points as cells of a friction surface.

    Parameters
    ----------
    rows, columns : (n,) array of int
        -1 for points without a cell.
    minutes : (n,) array of float
        From the point to its cell; infinite for points without one.
    moved : (n,) array of float
        Metres that the point was moved; 0 where it lies in an open cell.
    outside : (n,) array of bool
        Points outside the raster.
    """

    rows: Integers
    columns: Integers
    minutes: Floats
    moved: Floats
    outside: NDArray[np.bool_]

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Which points in the raster have no open cell nearby."""
        return (self.rows < 0) & ~self.outside


class FrictionTimes:
    """Measures minutes over a friction surface."""

    def __init__(self, friction: Friction) -> None:
        self.friction = friction
        self._search = CostSearch(friction)

    def place(self, points: Shapes) -> CellStarts:
        """Find the open cell of each point (EPSG:4326)."""
        y, x = self.friction.locate(points)
        row, column = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
        inside = self._is_inside(row, column)
        rows, columns = np.where(inside, row, -1), np.where(inside, column, -1)
        minutes, moved = np.where(inside, 0.0, np.inf), np.zeros(len(points))
        costs = self._search.costs_at(rows[inside], columns[inside])
        closed = np.flatnonzero(inside)[~np.isfinite(costs)]
        # Points of one block of cells follow each other, so that each block is read a few times only.
        closed = closed[np.lexsort((columns[closed], rows[closed] // self._search.size))]
        for start in range(0, len(closed), _MOVED_AT_A_TIME):
            some = closed[start : start + _MOVED_AT_A_TIME]
            rows[some], columns[some], moved[some], minutes[some] = self._move(x[some], y[some])
        return CellStarts(rows, columns, minutes, moved, ~inside)

    def _move(self, x: Floats, y: Floats) -> tuple[Integers, Integers, Floats, Floats]:
        """Return the nearest open cell on each point's side of the barriers, its distance, and the minutes there."""
        steps = np.arange(-FARTHEST_MOVE, FARTHEST_MOVE + 1)
        down, right = (part.ravel() for part in np.meshgrid(steps, steps, indexing="ij"))
        row = np.floor(y).astype(np.int64)[:, None] + down
        column = np.floor(x).astype(np.int64)[:, None] + right
        costs, metres = self._ways(x, y, row, column)
        metres[~np.isfinite(costs)] = np.inf
        chosen, left = np.full(len(x), -1), np.arange(len(x))
        for _ in range(len(down)):
            nearest = metres[left].argmin(axis=1)
            has_cell = np.isfinite(metres[left, nearest])
            left, nearest = left[has_cell], nearest[has_cell]
            if not len(left):
                break
            ends = np.column_stack([column[left, nearest] + 0.5, row[left, nearest] + 0.5])
            ways = shapely.linestrings(np.stack([np.column_stack([x[left], y[left]]), ends], axis=1))
            is_blocked = self.friction.walls.blocks(ways)
            chosen[left[~is_blocked]] = nearest[~is_blocked]
            metres[left[is_blocked], nearest[is_blocked]] = np.inf
            left = left[is_blocked]
        every = np.arange(len(x))
        has = chosen >= 0
        far = np.where(has, metres[every, chosen], 0.0)
        minutes = np.where(has, far * np.where(has, costs[every, chosen], 0.0), np.inf)
        return np.where(has, row[every, chosen], -1), np.where(has, column[every, chosen], -1), far, minutes

    def _ways(self, x: Floats, y: Floats, row: Integers, column: Integers) -> tuple[Floats, Floats]:
        """Return cost of cells (n, k) around n points, and metres from the points to their centres; NaN outside."""
        inside = self._is_inside(row, column)
        costs = np.full(row.shape, np.nan)
        costs[inside] = self._search.costs_at(row[inside], column[inside])
        top, bottom = int(row[inside].min()), int(row[inside].max()) + 1
        width, height = self.friction.cell_sizes(top, bottom - top)
        at = np.clip(row - top, 0, bottom - top - 1)
        metres = np.hypot((column + 0.5 - x[:, None]) * width[at], (row + 0.5 - y[:, None]) * height[at])
        return costs, metres

    def _is_inside(self, row: Integers, column: Integers) -> NDArray[np.bool_]:
        within = (row >= 0) & (row < self.friction.rows) & (column >= 0) & (column < self.friction.columns)
        return np.asarray(within)

    def spread(self, starts: CellStarts, limit: float = np.inf) -> Reached:
        """Spread from the cells of all points at once."""
        return self._search.spread(starts.rows, starts.columns, starts.minutes, limit)

    def nearest(self, origins: CellStarts, destinations: CellStarts, limit: float) -> tuple[Floats, Integers]:
        """Return minutes from each origin to its nearest destination, and which that is.

        Infinite, and -1, where no way leads within the limit.
        """
        return self.minutes_to(self.spread(destinations, limit), origins, limit)

    def minutes_to(self, reached: Reached, origins: CellStarts, limit: float) -> tuple[Floats, Integers]:
        """Return minutes from each origin to the nearest start of a search, and which that is."""
        minutes, nearest = np.full(len(origins.rows), np.inf), np.full(len(origins.rows), -1)
        here = np.flatnonzero(origins.rows >= 0)
        minutes[here], nearest[here] = reached.at(origins.rows[here], origins.columns[here])
        minutes = minutes + origins.minutes
        beyond = ~(minutes <= limit)
        minutes[beyond], nearest[beyond] = np.inf, -1
        return minutes, nearest

    def matrix(self, origins: CellStarts, destinations: CellStarts, limit: float) -> Floats:
        """Return minutes (m, n) from origins to destinations; infinite where no way leads within the limit."""
        minutes = np.full((len(origins.rows), len(destinations.rows)), np.inf)
        # Neighbours share blocks of cells, which are then still in memory.
        order = np.lexsort((destinations.columns, destinations.rows // self._search.size))
        for at in order.tolist():
            one = np.array([at])
            start = CellStarts(*(part[one] for part in (destinations.rows, destinations.columns, destinations.minutes,
                                                        destinations.moved, destinations.outside)))  # fmt: skip
            minutes[:, at] = self.nearest(origins, start, limit)[0]
        return minutes


def describe_friction(friction: Friction) -> list[str]:
    """Say what the minutes stand on: mode, unit, size of cells, crossings, and how far paths can be wrong."""
    row = friction.rows // 2
    width, height = (float(size[0]) for size in friction.cell_sizes(row, 1))
    lines = [
        f"friction: {friction.raster.name}, {friction.kind.mode}, {friction.kind.unit}, "
        f"cells of {width:,.0f} × {height:,.0f} m",
        f"half of the cells around the points are slower than {show_number(friction.middle_speed, 3)} km/h, and the fastest allows "
        f"{show_number(friction.fastest, 3)} km/h",
        f"paths lead over 8 neighbours, so times are up to {LONGEST_DETOUR:.0%} too long",
    ]
    walls = friction.walls
    if walls.used:
        lines.append(f"crossings: {len(walls.used):,} ({list_first(walls.used)})")
    if walls.useless:
        lines.append(f"crossings that cross no barrier: {len(walls.useless):,} ({list_first(walls.useless)})")
    if len(walls.barriers) and not walls.used:
        lines.append("the barriers have no crossing: no path leads to the other side")
    return lines


def describe_starts(starts: CellStarts, name: str) -> list[str]:
    """Say which points were moved to an open cell, and which have none.

    Parameters
    ----------
    starts : CellStarts
    name : str
        Plural for messages, such as ``villages``.
    """
    lines, count = [], len(starts.rows)
    moved = starts.moved[starts.moved > 0]
    if len(moved):
        lines.append(
            f"{len(moved):,} of {count:,} {name} lie in closed cells and are moved by up to {moved.max():,.0f} m "
            f"(rows {_list_rows(starts.moved > 0)})"
        )
    for which, said in (
        (starts.lost, f"lie in closed cells, with no open cell within {FARTHEST_MOVE} cells"),
        (starts.outside, "lie outside the friction raster"),
    ):
        if which.any():
            lines.append(f"{int(which.sum()):,} of {count:,} {name} {said} (rows {_list_rows(which)})")
    return lines


def _list_rows(which: NDArray[np.bool_]) -> str:
    return list_first(np.flatnonzero(which) + 1)
