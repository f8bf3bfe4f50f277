"""The district of each point: a spatial index over the districts, exact on borders.

How this works:

1. Points are tested with GEOS, district by district, within the bounding boxes that contain them. A tree finds the
   boxes of a few points; more points are sorted once, and each box takes its own.
2. For many points for each vertex of the layer, a grid of cells is built once (`cell_grid`). A point in a cell without a boundary takes the
   district of the cell from a table.
3. In a border cell the answer starts with the districts that contain the centre of the cell. It changes
   wherever the straight path from the centre to the point crosses a boundary edge: crossing an edge of a
   district enters or leaves that district, which is one XOR of a bit mask.
4. The signs of determinants decide each crossing. Where rounding could change a sign, and therefore wherever a
   point lies on a boundary, GEOS decides with its exact predicates.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoplan.geo.cell_grid import (
    OUTSIDE,
    UNDECIDED,
    Bools,
    Cells,
    Floats,
    Geometries,
    Ints,
    build_cells,
    crossings,
)

_BLOCK = 1 << 13  # points per step: their columns fit the processor's cache
_GEOS_BLOCK = 1 << 16  # points per call of GEOS: limits the memory that their geometries take
_MANY_EDGES = 20_000  # edges without a neighbour: above this, testing each takes too long
_FEW_POINTS = 20_000  # up to this many, testing each point is faster than building the cells
_POINTS_PER_VERTEX = 2.5  # above it, building the cells takes less time than they save in one call
_POINTS_PER_BOX = 15  # above it, going through all boxes takes less time than a tree of points


class DistrictIndex:
    """Spatial index that assigns many points to districts, with exactly the result of GEOS.

    Parameters
    ----------
    geometries : (k,) array_like of shapely.Polygon, shapely.MultiPolygon or None
        Districts in EPSG:4326, in the order that decides ties: the lowest index wins. Null and empty
        geometries contain no point.

    Raises
    ------
    TypeError
        A geometry is neither a polygon, a multipolygon nor null.

    Notes
    -----
    The first call with enough points or features builds the cells, and the index keeps them. So use one index
    for all points and features of a plan. Until the cells exist, only one thread at a time may use the index.

    Examples
    --------
    >>> index = DistrictIndex([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> district, on_border = index.locate(np.array([0.5, 1.0, 3.0]), np.array([0.5, 0.5, 0.5]))
    >>> district.tolist(), on_border.tolist()
    ([0, 0, -1], [False, True, False])
    """

    def __init__(self, geometries: Any) -> None:
        districts = np.array(geometries, dtype=object).reshape(-1)
        kinds = shapely.get_type_id(districts)
        wrong = np.flatnonzero(~np.isin(kinds, (-1, 3, 6)))
        if wrong.size:
            raise TypeError(
                f"districts must be Polygon, MultiPolygon or None; "
                f"{wrong.size} are not, first at index {wrong[0]}: {districts[wrong[0]].geom_type}"
            )
        shapely.prepare(districts)
        districts.flags.writeable = False
        self.districts: Geometries = districts
        self._one_at_a_time = Lock()
        self._vertex_count = int(shapely.get_num_coordinates(districts).sum())

    def __len__(self) -> int:
        return len(self.districts)

    def __getstate__(self) -> dict[str, Any]:
        left_behind = ("tree", "_one_at_a_time")
        return {name: value for name, value in self.__dict__.items() if name not in left_behind}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A pickle does not carry the prepared geometries, the tree and the lock.
        self.__dict__.update(state)
        self._one_at_a_time = Lock()
        shapely.prepare(self.districts)
        self.districts.flags.writeable = False

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The tree of the districts, built at its first use."""
        return shapely.STRtree(self.districts)

    def find(self, x: Floats, y: Floats) -> NDArray[np.int32]:
        """Return the district of each point, as `locate` does, without a look at what lies on a border.

        Parameters
        ----------
        x, y : (n,) float64
            Longitude and latitude in degrees, EPSG:4326.

        Returns
        -------
        (n,) int32
        """
        return self._located(x, y, borders=False)[0]

    def locate(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Bools]:
        """Return the district of each point.

        Parameters
        ----------
        x, y : (n,) float64
            Longitude and latitude in degrees, EPSG:4326.

        Returns
        -------
        district : (n,) int32
            Lowest index of the districts that cover the point, boundary included. -1 outside all of them and
            where a coordinate is not finite.
        on_border : (n,) bool
            True where the point lies on the boundary of that district.

        Raises
        ------
        ValueError
            ``x`` and ``y`` are not columns of the same length.
        """
        return self._located(x, y, borders=True)

    def _located(self, x: Floats, y: Floats, *, borders: bool) -> tuple[NDArray[np.int32], Bools]:
        x, y = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
        if x.ndim != 1 or x.shape != y.shape:
            raise ValueError(f"x and y must be columns of the same length, not {x.shape} and {y.shape}")
        if "cells" not in self.__dict__ and not 0 < self._vertex_count * _POINTS_PER_VERTEX < len(x):
            return self._locate_with_geos(x, y, borders)
        district = np.empty(len(x), np.int32)
        on_border = np.zeros(len(x), np.bool_)
        for block in _blocks(len(x), _BLOCK):
            _look_up(self.cells, x[block], y[block], district[block])
        open_ones = np.flatnonzero(district == UNDECIDED)
        decided = self._locate_with_geos(x[open_ones], y[open_ones], borders)
        district[open_ones], on_border[open_ones] = decided
        return district, on_border

    def uses_cells(self, point_count: int) -> bool:
        """Return whether to use the cells: they exist, or building them is faster than testing each point."""
        if self._vertex_count == 0:
            return False
        return "cells" in self.__dict__ or point_count > max(_FEW_POINTS, self._vertex_count)

    def _locate_with_geos(self, x: Floats, y: Floats, borders: bool) -> tuple[NDArray[np.int32], Bools]:
        """Test every point with GEOS, in blocks."""
        district = np.full(len(x), OUTSIDE, np.int32)
        on_border = np.zeros(len(x), np.bool_)
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if len(finite) > _POINTS_PER_BOX * len(self):
            blocks, test = [finite], self._test_boxes
        else:
            blocks = [finite[block] for block in _blocks(len(finite), _GEOS_BLOCK)]
            test = self._test_candidates
        for chosen in blocks:
            with self._one_at_a_time:  # GEOS prepares a geometry at its first use
                district[chosen] = test(x[chosen], y[chosen])
                if borders:
                    on_border[chosen] = self._are_on_border(district[chosen], x[chosen], y[chosen])
        return district, on_border

    def _test_boxes(self, x: Floats, y: Floats) -> NDArray[np.int32]:
        """Test the points in the bounding box of each district, the lowest district first.

        A point that a district covers needs no test against later ones.
        """
        order = np.argsort(x)
        x, y = x[order], y[order]
        west, south, east, north = shapely.bounds(self.districts).T
        first, last = np.searchsorted(x, west), np.searchsorted(x, east, side="right")
        found = np.full(len(x), OUTSIDE, np.int32)
        for number in range(len(self)):
            strip = slice(first[number], last[number])
            in_box = (y[strip] >= south[number]) & (y[strip] <= north[number]) & (found[strip] == OUTSIDE)
            near = np.flatnonzero(in_box) + first[number]
            found[near[shapely.intersects_xy(self.districts[number], x[near], y[near])]] = number
        district = np.empty_like(found)
        district[order] = found
        return district

    def _test_candidates(self, x: Floats, y: Floats) -> NDArray[np.int32]:
        """Test the points against the districts whose bounding box they are in."""
        point, candidate = self.tree.query(shapely.points(x, y))
        by_district = np.argsort(candidate, kind="stable")  # one prepared district at a time
        point, candidate = point[by_district], candidate[by_district]
        covering = shapely.intersects_xy(self.districts[candidate], x[point], y[point])
        district = np.full(len(x), len(self), np.int32)
        np.minimum.at(district, point[covering], candidate[covering].astype(np.int32))
        district[district == len(self)] = OUTSIDE
        return district

    def _are_on_border(self, district: NDArray[np.int32], x: Floats, y: Floats) -> Bools:
        """Return which points lie on the boundary of the district that covers them: it does not contain them."""
        on_border = np.zeros(len(x), np.bool_)
        covered = np.flatnonzero(district != OUTSIDE)
        covered = covered[np.argsort(district[covered], kind="stable")]
        on_border[covered] = ~shapely.contains_xy(self.districts[district[covered]], x[covered], y[covered])
        return on_border

    @cached_property
    def cells(self) -> Cells:
        """The grid of cells over the districts, built at its first use."""
        return build_cells(self.districts)

    @cached_property
    def is_outer_edge(self) -> Bools:
        """Whether each edge of the cells is on the outside: one district on one side, none on the other."""
        edges = self.cells.edges
        is_outer = np.zeros(len(edges.ax), np.bool_)
        alone = np.flatnonzero(np.diff(edges.member_start) == 1)
        if len(alone) > max(_MANY_EDGES, len(is_outer) // 10):
            return is_outer  # the layer is no coverage: neighbours share no edges
        ends = np.stack((edges.ax, edges.ay, edges.bx, edges.by), axis=1)[alone].reshape(-1, 2, 2)
        lines, tips = shapely.linestrings(ends), shapely.multipoints(ends)
        line, district = self.tree.query(lines, predicate="intersects")
        other = district != edges.member_district[edges.member_start[alone[line]]]
        line, district = line[other], district[other]
        met = shapely.intersection(lines[line], self.districts[district])
        is_outer[alone] = True
        is_outer[alone[line[~shapely.covers(tips[line], met)]]] = False
        return is_outer


def _blocks(count: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def _look_up(cells: Cells, x: Floats, y: Floats, district: NDArray[np.int32]) -> None:
    """Write the district of each point of a block, or UNDECIDED where GEOS has to decide."""
    cell = _cell_of(cells, x, y)
    np.take(cells.code, cell, out=district, mode="clip")
    near = np.flatnonzero(district < UNDECIDED)
    border_cell = UNDECIDED - 1 - district[near]
    is_open = cells.undecided[border_cell]
    district[near[is_open]] = UNDECIDED
    near, border_cell = near[~is_open], border_cell[~is_open]
    if near.size:
        district[near] = _walk_from_centre(cells, border_cell, x[near], y[near])


def _cell_of(cells: Cells, x: Floats, y: Floats) -> Ints:
    """Return the cell of each point; points off the grid, and NaN, get an outermost cell."""
    grid = cells.grid
    col = _clip_to_grid((x - grid.west) * grid.per_degree, grid.cols)
    row = _clip_to_grid((y - grid.south) * grid.per_degree, grid.rows)
    return row.astype(np.int64) * grid.cols + col.astype(np.int64)


def _clip_to_grid(position: Floats, count: int) -> Floats:
    np.fmax(position, 0.0, out=position)  # also turns NaN into 0
    return np.fmin(position, count - 1.0, out=position)


def _walk_from_centre(cells: Cells, border_cell: NDArray[np.int32], x: Floats, y: Floats) -> Ints:
    """Return the district of points in border cells, by the edges crossed on the way from the centre.

    The centre of the cell is the origin, p is the point, a and b are the ends of an edge. The edge's line
    separates p from the centre if det(a, b) and det(a, b) + det(p, a) - det(p, b) differ in sign. The path
    from the centre to p separates a from b if det(p, a) and det(p, b) differ in sign.
    """
    px, py = x - cells.centre_x[border_cell], y - cells.centre_y[border_cell]
    start = cells.entry_start[border_cell]
    count = cells.entry_start[border_cell + 1] - start
    first = np.cumsum(count) - count
    point = np.repeat(np.arange(len(px)), count)
    entry = np.repeat(start - first, count)
    entry += np.arange(len(point))
    ax, ay, bx, by, centre_side, error = np.take(cells.entry, entry, axis=0).T
    px, py = px[point], py[point]
    a_side, b_side = px * ay - py * ax, px * by - py * bx
    crossed, unsure = crossings(a_side, b_side, centre_side, centre_side + a_side - b_side, error)
    toggles = np.where(crossed, cells.toggles[entry], np.uint64(0))
    inside = cells.at_centre[border_cell] ^ np.bitwise_xor.reduceat(toggles, first)
    lowest = np.bitwise_count((inside & -inside) - np.uint64(1))  # position of the lowest set bit
    found = inside != 0
    district = np.full(len(border_cell), OUTSIDE, np.int64)
    district[found] = cells.candidate[cells.candidate_start[border_cell[found]] + lowest[found]]
    district[point[unsure]] = UNDECIDED
    return district
