"""Travel times over a friction surface: minutes between points, and which of them could not be used as they are.

A point stands for the cell it lies in, so minutes lack up to half a cell at each end. A point in a closed cell moves to
the nearest open one that no barrier separates from it, at most `FARTHEST_MOVE` cells away, and its way there counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoplan.geo.least_cost import LONGEST_DETOUR, CostSearch, Reached
from geoplan.geo.polygons import Floats, Integers, Shapes
from geoplan.sources.friction import Friction

FARTHEST_MOVE = 3
"""Cells that a point may move from a closed cell to an open one."""


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
        inside = (row >= 0) & (row < self.friction.rows) & (column >= 0) & (column < self.friction.columns)
        rows, columns = np.where(inside, row, -1), np.where(inside, column, -1)
        minutes, moved = np.where(inside, 0.0, np.inf), np.zeros(len(points))
        costs = self._search.costs_at(rows[inside], columns[inside])
        for at in np.flatnonzero(inside)[~np.isfinite(costs)].tolist():
            rows[at], columns[at], moved[at], minutes[at] = self._move(x[at], y[at])
        return CellStarts(rows, columns, minutes, moved, ~inside)

    def _move(self, x: float, y: float) -> tuple[int, int, float, float]:
        """Return the nearest open cell on the same side of the barriers, its distance, and the minutes there."""
        top, left = max(0, int(y) - FARTHEST_MOVE), max(0, int(x) - FARTHEST_MOVE)
        rows = min(self.friction.rows, int(y) + FARTHEST_MOVE + 1) - top
        columns = min(self.friction.columns, int(x) + FARTHEST_MOVE + 1) - left
        costs = self.friction.read_costs(top, left, rows, columns)
        width, height = self.friction.cell_sizes(top, rows)
        row, column = np.nonzero(np.isfinite(costs))
        metres = np.hypot((column + left + 0.5 - x) * width[row], (row + top + 0.5 - y) * height[row])
        ends = np.column_stack([column + left + 0.5, row + top + 0.5])
        ways = shapely.linestrings(np.stack([np.broadcast_to([x, y], ends.shape), ends], axis=1))
        free = np.flatnonzero(~self.friction.walls.blocks(ways))
        if len(free):
            at = free[np.argmin(metres[free])]
            far = float(metres[at])
            return int(row[at]) + top, int(column[at]) + left, far, far * float(costs[row[at], column[at]])
        return -1, -1, 0.0, np.inf

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
        f"half of the cells around the points are slower than {friction.middle_speed:.3g} km/h, and the fastest has "
        f"{friction.fastest:.3g} km/h",
        f"paths lead over 8 neighbours, so times are up to {LONGEST_DETOUR:.0%} too long",
    ]
    walls = friction.walls
    if walls.used:
        lines.append(f"crossings: {len(walls.used):,} ({_list_names(walls.used)})")
    if walls.useless:
        lines.append(
            f"crossings that cross no barrier: {len(walls.useless):,} ({_list_names(walls.useless)})"
        )
    if len(walls.barriers) and not walls.used:
        lines.append("barriers have no crossing: nobody gets to the other side")
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
    return _list_names([str(row + 1) for row in np.flatnonzero(which)])


def _list_names(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
