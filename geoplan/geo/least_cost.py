"""Least cost over cells: minutes from places to the cells around them, in blocks of cells.

How this works. A path goes from the centre of a cell to that of one of its 8 neighbours, and each step takes its
length times the mean cost of both cells. Cells without a cost are closed. The grid is cut into blocks that overlap
by two cells. Dijkstra's algorithm (SciPy) runs in one block at a time, the one that the search reaches first. Where
it finds a faster way in the overlap, the neighbouring block is searched again from there. So only blocks
within the limit are read and searched, and memory does not grow with the grid.

Paths over 8 neighbours are longer than straight ones, by up to `LONGEST_DETOUR`.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geoplan.geo.polygons import Floats, Integers
from geoplan.model.optional_libraries import find_sparse

BLOCK = 256
"""Rows and columns of a block."""

LONGEST_DETOUR = 1 / np.cos(np.pi / 8) - 1
"""Part by which a path over 8 neighbours is longer than the straight line at most: 8.2 %."""

_KEPT_GRAPHS = 32  # of about 6 MB
_GAIN = 1e-9  # part of the minutes that a faster way must save, more than rounding
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))

Labels = NDArray[np.int64]
_Steps: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32], Floats]


class CostSurface(Protocol):
    """Cells with a cost, the first row in the north."""

    @property
    def rows(self) -> int:
        """Rows of the grid."""
        ...

    @property
    def columns(self) -> int:
        """Columns of the grid."""
        ...

    def read_costs(self, top: int, left: int, rows: int, columns: int) -> Floats:
        """Return minutes per metre (rows, columns); NaN for closed cells."""
        ...

    def cell_sizes(self, top: int, rows: int) -> tuple[Floats, Floats]:
        """Return width and height in metres of a cell of each row."""
        ...


@dataclass(frozen=True)
class _Window:
    top: int
    left: int
    rows: int
    columns: int

    def overlap(self, other: _Window) -> tuple[slice, slice]:
        """Return the rows and columns of this window that lie in another one."""
        first, last = max(self.top, other.top), min(self.top + self.rows, other.top + other.rows)
        west, east = max(self.left, other.left), min(self.left + self.columns, other.left + other.columns)
        return slice(first - self.top, last - self.top), slice(west - self.left, east - self.left)


@dataclass
class _Block:
    """What a search knows of a block."""

    window: _Window
    minutes: Floats
    nearest: Labels
    waiting: list[tuple[Integers, Floats, Labels]] = field(default_factory=list)  # cells, minutes, starts

    def take(self) -> tuple[Integers, Floats, Labels]:
        """Return the waiting cells that are faster than what is known, the fastest of each."""
        cells, minutes, starts = (np.concatenate(parts) for parts in zip(*self.waiting, strict=True))
        self.waiting.clear()
        order = np.lexsort((starts, minutes, cells))
        cells, minutes, starts = cells[order], minutes[order], starts[order]
        better = minutes < self.minutes.ravel()[cells] * (1 - _GAIN)
        better &= np.diff(cells, prepend=-1) != 0
        return cells[better], minutes[better], starts[better]


class CostSearch:
    """Searches a surface of costs; the graphs of blocks are kept between searches."""

    def __init__(self, surface: CostSurface, *, block: int = BLOCK) -> None:
        self.surface, self.size = surface, block
        self._graphs: OrderedDict[tuple[int, int], Any] = OrderedDict()

    def spread(self, rows: Integers, columns: Integers, minutes: Floats, limit: float = np.inf) -> Reached:
        """Spread from some cells over all others.

        Parameters
        ----------
        rows, columns : (n,) array of int
            Cells to start from; starts without a cell have -1.
        minutes : (n,) array of float
            Minutes at the start, 0 or more.
        limit : float
            Minutes after which the search stops.
        """
        blocks: dict[tuple[int, int], _Block] = {}
        queue: list[tuple[float, tuple[int, int]]] = []
        usable = np.flatnonzero((rows >= 0) & (minutes <= limit))
        for key, some in _by_block(rows[usable], columns[usable], self.size):
            window, mine = self._window(key), usable[some]
            cells = (rows[mine] - window.top) * window.columns + columns[mine] - window.left
            self._hand_over(blocks, queue, key, cells, minutes[mine], mine)
        while queue:
            _, key = heapq.heappop(queue)
            if blocks[key].waiting:
                improved = self._search_block(blocks[key], key, limit)
                self._tell_neighbours(blocks, queue, key, improved)
        return Reached(
            self.size, {key: (block.window, block.minutes, block.nearest) for key, block in blocks.items()}
        )

    def costs_at(self, rows: Integers, columns: Integers) -> Floats:
        """Return the cost of cells, in minutes per metre; NaN for closed ones."""
        costs = np.full(len(rows), np.nan)
        for key, mine in _by_block(rows, columns, self.size):
            window = self._window(key)
            part = self.surface.read_costs(window.top, window.left, window.rows, window.columns)
            costs[mine] = part[rows[mine] - window.top, columns[mine] - window.left]
        return costs

    def _window(self, key: tuple[int, int]) -> _Window:
        top, left = max(0, key[0] * self.size - 1), max(0, key[1] * self.size - 1)
        bottom = min(self.surface.rows, (key[0] + 1) * self.size + 1)
        right = min(self.surface.columns, (key[1] + 1) * self.size + 1)
        return _Window(top, left, bottom - top, right - left)

    def _hand_over(
        self,
        blocks: dict[tuple[int, int], _Block],
        queue: list[tuple[float, tuple[int, int]]],
        key: tuple[int, int],
        cells: Integers,
        minutes: Floats,
        starts: Labels,
    ) -> None:
        """Let cells wait in a block, and the block in the queue."""
        if key not in blocks:
            window = self._window(key)
            size = (window.rows, window.columns)
            blocks[key] = _Block(window, np.full(size, np.inf), np.full(size, -1))
        better = minutes < blocks[key].minutes.ravel()[cells] * (1 - _GAIN)
        if better.any():
            blocks[key].waiting.append((cells[better], minutes[better], starts[better]))
            heapq.heappush(queue, (float(minutes[better].min()), key))

    def _search_block(self, block: _Block, key: tuple[int, int], limit: float) -> NDArray[np.bool_]:
        """Search a block from the cells that wait; return which cells became faster."""
        cells, minutes, starts = block.take()
        if not len(cells):
            return np.zeros(block.minutes.shape, np.bool_)
        found, came_from = _run_dijkstra(self._graph(key), cells, minutes, limit)
        known = block.minutes.ravel()
        improved = found < known * (1 - _GAIN)
        labels = _follow_labels(came_from, cells, starts)
        known[improved] = found[improved]
        block.nearest.ravel()[improved] = labels[improved]
        return improved.reshape(block.minutes.shape)

    def _tell_neighbours(
        self,
        blocks: dict[tuple[int, int], _Block],
        queue: list[tuple[float, tuple[int, int]]],
        key: tuple[int, int],
        improved: NDArray[np.bool_],
    ) -> None:
        """Hand faster ways in the overlap to the neighbouring blocks."""
        block = blocks[key]
        for down, right in _NEIGHBOURS:
            other = key[0] + down, key[1] + right
            if not (
                0 <= other[0] * self.size < self.surface.rows
                and 0 <= other[1] * self.size < self.surface.columns
            ):
                continue
            theirs = self._window(other)
            here, there = block.window.overlap(theirs), theirs.overlap(block.window)
            row, column = np.nonzero(improved[here])
            if len(row):
                cells = (row + there[0].start) * theirs.columns + column + there[1].start
                minutes, starts = block.minutes[here][row, column], block.nearest[here][row, column]
                self._hand_over(blocks, queue, other, cells, minutes, starts)

    def _graph(self, key: tuple[int, int]) -> Any:
        if key in self._graphs:
            self._graphs.move_to_end(key)
            return self._graphs[key]
        window = self._window(key)
        costs = self.surface.read_costs(window.top, window.left, window.rows, window.columns)
        self._graphs[key] = _join_cells(costs, *self.surface.cell_sizes(window.top, window.rows))
        if len(self._graphs) > _KEPT_GRAPHS:
            self._graphs.popitem(last=False)
        return self._graphs[key]


@dataclass(frozen=True)
class Reached:
    """Minutes at cells, and the start that each is reached from."""

    size: int
    _blocks: dict[tuple[int, int], tuple[_Window, Floats, Labels]]

    def at(self, rows: Integers, columns: Integers) -> tuple[Floats, Labels]:
        """Return minutes at cells (infinite where not reached), and the position of the start (-1 for none)."""
        minutes, nearest = np.full(len(rows), np.inf), np.full(len(rows), -1)
        for key, mine in _by_block(rows, columns, self.size):
            if key in self._blocks:
                window, known, starts = self._blocks[key]
                place = rows[mine] - window.top, columns[mine] - window.left
                minutes[mine], nearest[mine] = known[place], starts[place]
        return minutes, nearest

    def parts(self) -> Iterator[tuple[int, int, Floats]]:
        """Yield top row, left column and minutes of each block, without overlap."""
        for (down, right), (window, minutes, _) in sorted(self._blocks.items(), key=lambda item: item[0]):
            top, left = down * self.size, right * self.size
            own = minutes[top - window.top :, left - window.left :][: self.size, : self.size]
            yield top, left, own


def _by_block(rows: Integers, columns: Integers, size: int) -> Iterator[tuple[tuple[int, int], Integers]]:
    """Yield each block, and the positions of the cells that lie in it."""
    order = np.lexsort((columns // size, rows // size))
    down, right = rows[order] // size, columns[order] // size
    cuts = np.flatnonzero((np.diff(down) != 0) | (np.diff(right) != 0)) + 1
    for mine in np.split(order, cuts) if len(order) else ():
        yield (int(rows[mine[0]]) // size, int(columns[mine[0]]) // size), mine


def _join_cells(costs: Floats, width: Floats, height: Floats) -> _Steps:
    """Return the steps from each cell to its open neighbours as a sparse matrix: row starts, columns, minutes."""
    rows, columns = costs.shape
    framed = np.full((rows + 2, columns + 2), np.nan)
    framed[1:-1, 1:-1] = costs
    wide, high = np.pad(width, 1, mode="edge"), np.pad(height, 1, mode="edge")
    cell = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    minutes = np.empty((rows, columns, len(_NEIGHBOURS)))
    target = np.empty((rows, columns, len(_NEIGHBOURS)), np.int32)
    for at, (down, right) in enumerate(_NEIGHBOURS):
        there = framed[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        # Each row has its own width on a grid in degrees.
        east = right * (wide[1:-1] + wide[1 + down : 1 + down + rows]) / 2
        north = down * (high[1:-1] + high[1 + down : 1 + down + rows]) / 2
        minutes[..., at] = (costs + there) / 2 * np.hypot(east, north)[:, None]
        target[..., at] = cell + down * columns + right
    is_open = np.isfinite(minutes)
    starts = np.append(0, np.cumsum(is_open.sum(axis=2).ravel()))
    return starts.astype(np.int32), target[is_open], minutes[is_open]


def _run_dijkstra(graph: _Steps, cells: Integers, minutes: Floats, limit: float) -> tuple[Floats, Integers]:
    """Return minutes to each cell, and the cell before it (itself where a search starts)."""
    sparse = find_sparse()
    starts, target, cost = graph
    count = len(starts) - 1
    # One more node leads to all cells where the search starts, by the minutes that each starts with.
    first = float(minutes.min())
    joined = (
        np.append(cost, minutes - first),
        np.append(target, cells.astype(np.int32)),
        np.append(starts, np.int32(len(target) + len(cells))),
    )
    matrix = sparse.csr_array(joined, shape=(count + 1, count + 1))
    found, came_from = sparse.csgraph.dijkstra(
        matrix, indices=count, limit=limit - first, return_predecessors=True
    )
    return found[:count] + first, came_from[:count]


def _follow_labels(came_from: Integers, cells: Integers, starts: Labels) -> Labels:
    """Return the start of each cell's path: that of the cell before it."""
    count = len(came_from)
    labels = np.full(count, -1)
    labels[cells] = starts
    before = np.where((came_from < 0) | (came_from == count), np.arange(count), came_from)
    for _ in range(count.bit_length()):
        further = before[before]
        if np.array_equal(further, before):
            break
        before = further
    followed: Labels = labels[before]
    return followed
