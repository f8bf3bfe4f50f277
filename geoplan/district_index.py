"""Which district is each point in: a cell index over the districts, exact to the border.

The index lays a grid of cells over the boundary layer. A cell that no boundary passes is answered from a
table. In a border cell the answer starts from the districts that contain the cell's centre, and changes
where the straight way from the centre to the point crosses a boundary edge. Each crossing is decided by the
signs of determinants; where rounding could turn a sign, and so always where a point lies on a boundary,
GEOS decides with its exact predicates. Nothing is assumed of the layer: overlaps and gaps come out right.

The shares of lines and polygons come from the same cells: a line is cut where it crosses boundary edges, and
the area of a part of a polygon is an integral around its outline, so that no part has to be constructed.
Whatever is not certain there is cut by GEOS, one district after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Geometries = NDArray[np.object_]

OUTSIDE = -1  # the district of a point or a stretch that no district covers
_HARD = -2  # a point that GEOS has to decide; the codes of border cells count down from -3
_BLOCK = 1 << 18  # points looked up at once: their columns stay in the processor's cache
_GEOS_BLOCK = 1 << 16  # points handed to GEOS at once: bounds the memory their geometries take
_WORK_BLOCK = 1 << 16  # vertices and cells of features measured at once
_MARGIN = 1e-6  # of a cell: far more than a rounded cell coordinate is off, far less than a cell
_CELLS_PER_EDGE = 4  # finer cells take longer to lay than they save on ten million points
_FEW_POINTS = 20_000  # fewer are sooner tested one by one than cells are laid
_MOST_CELLS = 1 << 24
_MOST_IN_CELL = 64  # candidates of a cell: as many as a mask has bits; edges: with more, GEOS is faster
_ROUNDING = 1e-14  # bounds the error of a determinant of coordinates up to 1 (90 units of roundoff)
_POINTS_PER_FEATURE = 100  # an overlay by GEOS takes as long as locating so many points
_SHORT = 5000.0  # metres; see _geodesic_length
_WGS84 = Geod(ellps="WGS84")
_ECCENTRICITY = np.sqrt(_WGS84.es)


@dataclass(frozen=True)
class _Edges:
    """Boundary edges, each once, with the districts that have it (EPSG:4326 degrees)."""

    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats
    member_start: Ints  # (edges + 1,) where the districts of each edge start in member_district
    member_district: Ints
    member_on_left: Bools  # whether that district lies left of the edge, going from a to b

    def members(self, edge: Ints) -> tuple[Ints, Ints]:
        """List the districts of edges (one edge may be asked for often), each with its place in ``edge``."""
        place, member = _ranges(self.member_start[edge], self.member_start[edge + 1])
        return place, self.member_district[member]

    def sides(self, edge: Ints) -> tuple[Ints, Ints, Bools]:
        """Give the district left and right of edges, and whether the edge parts exactly these two."""
        first = self.member_start[edge]
        second = np.minimum(first + 1, len(self.member_district) - 1)
        first_on_left = self.member_on_left[first]
        parts_two = self.member_start[edge + 1] - first == 2
        parts_two &= first_on_left != self.member_on_left[second]
        left = self.member_district[np.where(first_on_left, first, second)]
        right = self.member_district[np.where(first_on_left, second, first)]
        return left, right, parts_two


@dataclass(frozen=True)
class _Grid:
    """Square cells, numbered row by row from the south-west."""

    west: float
    south: float
    per_degree: float
    rows: int
    cols: int

    @cached_property
    def centre_x(self) -> Floats:
        return np.asarray(self.west + (np.arange(self.cols) + 0.5) / self.per_degree, np.float64)

    @cached_property
    def centre_y(self) -> Floats:
        return np.asarray(self.south + (np.arange(self.rows) + 0.5) / self.per_degree, np.float64)


@dataclass(frozen=True)
class _Cells:
    """What is known of each cell, and what the border cells need for the exact test."""

    grid: _Grid
    edges: _Edges
    code: NDArray[np.int32]  # (cells,) district, OUTSIDE, or -3 - border cell
    border: Ints  # (border cells,) cell, ascending
    centre_x: Floats  # (border cells,)
    centre_y: Floats
    at_centre: NDArray[np.uint64]  # which of the cell's candidates contain its centre, one bit each
    hard: Bools  # (border cells,) GEOS decides all its points
    candidate_start: Ints  # (border cells + 1,)
    candidate: NDArray[np.int32]  # districts, ascending within a cell
    entry_start: Ints  # (border cells + 1,)
    entry_edge: Ints  # (entries,) edges that touch the cell
    entry: Floats  # (entries, 6) edge ax, ay, bx, by from the centre; their determinant; its error bound
    toggles: NDArray[np.uint64]  # (entries,) candidates one enters or leaves by crossing the edge


class DistrictIndex:
    """Spatial index that assigns points to districts exactly as GEOS would, many at a time.

    Parameters
    ----------
    geometries : (k,) array_like of shapely.Polygon, shapely.MultiPolygon or None
        Districts in EPSG:4326, in the order that decides ties: the lowest index wins. Null and empty
        geometries match nothing.

    Raises
    ------
    TypeError
        If a geometry is neither polygonal nor null.

    Notes
    -----
    The cells are laid by the first call that has enough points or features for it, and kept: ask one index for
    all the points and features of a plan. Until then one thread at a time may use the index.

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
        self._tree = shapely.STRtree(districts)
        self._vertex_count = int(shapely.get_num_coordinates(districts).sum())

    def __len__(self) -> int:
        return len(self.districts)

    def locate(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Bools]:
        """Give the district of each point.

        Parameters
        ----------
        x, y : (n,) float64
            Longitude and latitude in degrees, EPSG:4326.

        Returns
        -------
        district : (n,) int32
            Lowest index of the districts that cover the point, boundary included; -1 outside all of them and
            for coordinates that are not finite.
        on_border : (n,) bool
            True where the point lies on the boundary of that district.

        Raises
        ------
        ValueError
            If ``x`` and ``y`` are not columns of the same length.
        """
        x, y = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
        if x.ndim != 1 or x.shape != y.shape:
            raise ValueError(f"x and y must be columns of the same length, not {x.shape} and {y.shape}")
        if not self._pays_for_cells(len(x)):
            return self._locate_with_geos(x, y)
        district = np.empty(len(x), np.int32)
        on_border = np.zeros(len(x), np.bool_)
        for block in _blocks(len(x), _BLOCK):
            _look_up(self._cells, x[block], y[block], district[block])
        hard = np.flatnonzero(district == _HARD)
        district[hard], on_border[hard] = self._locate_with_geos(x[hard], y[hard])
        return district, on_border

    def _pays_for_cells(self, point_count: int) -> bool:
        """Tell whether the cells are laid already, or are laid sooner than the points are tested without."""
        if self._vertex_count == 0:
            return False
        return "_cells" in self.__dict__ or point_count > max(_FEW_POINTS, self._vertex_count)

    def _locate_with_geos(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Bools]:
        """Test every point against the districts whose bounding box it is in."""
        district = np.full(len(x), OUTSIDE, np.int32)
        on_border = np.zeros(len(x), np.bool_)
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        for block in _blocks(len(finite), _GEOS_BLOCK):
            chosen = finite[block]
            district[chosen], on_border[chosen] = self._test_candidates(x[chosen], y[chosen])
        return district, on_border

    def _test_candidates(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Bools]:
        """Test the points against the districts whose bounding box they are in.

        A district can only beat the lowest one that contains a point if its index is lower still and the point
        lies on its boundary, so that most candidates are tested once.
        """
        point, candidate = self._tree.query(shapely.points(x, y))
        by_district = np.argsort(candidate, kind="stable")  # one prepared district after the other
        point, candidate = point[by_district], candidate[by_district]
        containing = shapely.contains_xy(self.districts[candidate], x[point], y[point])
        district = np.full(len(x), len(self), np.int32)
        np.minimum.at(district, point[containing], candidate[containing].astype(np.int32))
        lower = np.flatnonzero(~containing & (candidate < district[point]))
        point, candidate = point[lower], candidate[lower]
        touching = shapely.intersects_xy(self.districts[candidate], x[point], y[point])
        np.minimum.at(district, point[touching], candidate[touching].astype(np.int32))
        on_border = np.zeros(len(x), np.bool_)
        on_border[point[touching & (candidate == district[point])]] = True
        district[district == len(self)] = OUTSIDE
        return district, on_border

    @cached_property
    def _cells(self) -> _Cells:
        return _lay_cells(self.districts)


def _blocks(count: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def _look_up(cells: _Cells, x: Floats, y: Floats, district: NDArray[np.int32]) -> None:
    """Write the district of each point of a block, or _HARD where GEOS has to decide."""
    cell = _cell_of(cells, x, y)
    np.take(cells.code, cell, out=district, mode="clip")
    near = np.flatnonzero(district < _HARD)
    border_cell = _HARD - 1 - district[near]
    is_hard = cells.hard[border_cell]
    district[near[is_hard]] = _HARD
    near, border_cell = near[~is_hard], border_cell[~is_hard]
    if near.size:
        district[near] = _walk_from_centre(cells, border_cell, x[near], y[near])


def _cell_of(cells: _Cells, x: Floats, y: Floats) -> Ints:
    """Find the cell each point is in; a point off the grid, or not a number, is in an outermost cell."""
    grid = cells.grid
    col = _clip_to_grid((x - grid.west) * grid.per_degree, grid.cols)
    row = _clip_to_grid((y - grid.south) * grid.per_degree, grid.rows)
    return row.astype(np.int64) * grid.cols + col.astype(np.int64)


def _clip_to_grid(position: Floats, count: int) -> Floats:
    np.fmax(position, 0.0, out=position)  # also turns NaN into 0
    return np.fmin(position, count - 1.0, out=position)


def _walk_from_centre(cells: _Cells, border_cell: NDArray[np.int32], x: Floats, y: Floats) -> Ints:
    """District of points in border cells, by the edges crossed on the straight way from the cell's centre.

    With the centre as origin, p the point and a, b the ends of an edge: p and the centre lie on two sides of
    the edge's line if det(a, b) and det(a, b) + det(p, a) - det(p, b) differ in sign, and a and b on two
    sides of the way if det(p, a) and det(p, b) do.
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
    crossed, unsure = _crossings(a_side, b_side, centre_side, centre_side + a_side - b_side, error)
    toggles = np.where(crossed, cells.toggles[entry], np.uint64(0))
    inside = cells.at_centre[border_cell] ^ np.bitwise_xor.reduceat(toggles, first)
    lowest = np.bitwise_count((inside & -inside) - np.uint64(1))  # position of the lowest set bit
    found = inside != 0
    district = np.full(len(border_cell), OUTSIDE, np.int64)
    district[found] = cells.candidate[cells.candidate_start[border_cell[found]] + lowest[found]]
    district[point[unsure]] = _HARD
    return district


def _crossings(
    a_side: Floats, b_side: Floats, c_side: Floats, p_side: Floats, error: Floats
) -> tuple[Bools, Bools]:
    """Tell where two segments cross for certain, and where that is not certain either way."""
    low, high = np.minimum(a_side, b_side), np.maximum(a_side, b_side)
    apart = (low > error) | (high < -error)
    crossed = (low < -error) & (high > error)
    low, high = np.minimum(c_side, p_side), np.maximum(c_side, p_side)
    apart |= (low > error) | (high < -error)
    crossed &= (low < -error) & (high > error)
    return crossed, ~(apart | crossed)


def _lay_cells(districts: Geometries) -> _Cells:
    """Lay the grid, find the border cells and what each needs, and fill in the rest."""
    edges = _boundary_edges(districts)
    grid = _grid_over(edges)
    edge, cell = _touched_cells(grid, edges.ax, edges.ay, edges.bx, edges.by)
    by_cell = np.argsort(cell, kind="stable")
    edge, cell = edge[by_cell], cell[by_cell]
    entry_start = np.flatnonzero(np.diff(cell, prepend=-1, append=-1))
    border = cell[entry_start[:-1]]
    owner = np.repeat(np.arange(len(border)), np.diff(entry_start))
    crossing, unsafe_cell = _centre_crossings(grid, edges)
    code, depth = _fill(grid, crossing)

    candidate_of, candidate, toggles = _candidates(edges, edge, owner, code[border], len(districts))
    candidate_start = np.searchsorted(candidate_of, np.arange(len(border) + 1))
    row, col = np.divmod(border[candidate_of], grid.cols)
    key = _crossing_key(grid, candidate, row, col)
    contains = (np.searchsorted(crossing, key, side="right") & 1).astype(np.uint64)
    bit = (np.arange(len(candidate)) - candidate_start[candidate_of]).astype(np.uint64)
    at_centre = np.bitwise_or.reduceat(contains << bit, candidate_start[:-1])

    hard = (np.diff(candidate_start) > _MOST_IN_CELL) | (np.diff(entry_start) > _MOST_IN_CELL)
    hard |= depth[border] > np.bitwise_count(at_centre)  # an overlap: a second district covers the cell
    code[border] = _HARD - 1 - np.arange(len(border))
    hard[_HARD - 1 - code[unsafe_cell]] = True
    centre_x, centre_y = grid.centre_x[border % grid.cols], grid.centre_y[border // grid.cols]
    entry = _edges_from_centre(grid, edges, edge, centre_x[owner], centre_y[owner])
    return _Cells(
        grid=grid,
        edges=edges,
        code=code,
        border=border,
        centre_x=centre_x,
        centre_y=centre_y,
        at_centre=at_centre,
        hard=hard,
        candidate_start=candidate_start,
        candidate=candidate.astype(np.int32),
        entry_start=entry_start,
        entry_edge=edge,
        entry=entry,
        toggles=toggles,
    )


def _boundary_edges(districts: Geometries) -> _Edges:
    """Take the boundaries apart into edges, and keep an edge that several districts share once."""
    ends, district, on_left = _segments(districts)
    ax, ay, bx, by = ends
    westward = (ax > bx) | ((ax == bx) & (ay > by))
    ends[:, westward] = ends[:, westward][[2, 3, 0, 1]]
    mixed = np.zeros(len(district), np.uint64)
    for bits in ends.view(np.uint64):
        mixed = (mixed ^ bits ^ (bits >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    together = np.argsort(mixed, kind="stable")  # equal edges; others that mix alike do no harm
    ends = ends[:, together]
    new = np.ones(len(together), np.bool_)
    new[1:] = (ends[:, 1:] != ends[:, :-1]).any(axis=0)
    member_start = np.append(np.flatnonzero(new), len(new))
    ax, ay, bx, by = ends[:, new]
    return _Edges(ax, ay, bx, by, member_start, district[together], (on_left != westward)[together])


def _segments(geometries: Geometries) -> tuple[Floats, Ints, Bools]:
    """Take lines or the rings of polygons apart.

    Returns
    -------
    ends : (4, n) float64
        Start x, y and end x, y of each segment that has a length.
    owner : (n,) int64
        Number of its geometry.
    inside_on_left : (n,) bool
        Whether a polygon lies left of its segment.
    """
    lines, owner = shapely.get_parts(geometries, return_index=True)
    on_left = np.ones(len(lines), np.bool_)
    if (shapely.get_dimensions(lines) == 2).any():
        lines, part = shapely.get_rings(lines, return_index=True)
        owner = owner[part]
        is_hole = np.diff(part, prepend=-1) == 0
        on_left = shapely.is_ccw(lines) != is_hole
    xy, line = shapely.get_coordinates(lines, return_index=True)
    moves = (line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    ends = np.concatenate((xy[:-1].T[:, moves], xy[1:].T[:, moves]))
    line = line[:-1][moves]
    return ends, owner[line], on_left[line]


def _grid_over(edges: _Edges) -> _Grid:
    """Choose the cells: square in degrees, as many as suit the number of edges, a ring of them outside."""
    west, east = edges.ax.min(), edges.bx.max()
    south, north = np.minimum(edges.ay, edges.by).min(), np.maximum(edges.ay, edges.by).max()
    width, height = east - west, north - south
    wanted = min(_CELLS_PER_EDGE * len(edges.ax) + 1024, _MOST_CELLS)
    finest = max(width, height) / (1 << 15), 1e-8 * max(abs(west), abs(east), abs(south), abs(north))
    size = max(np.sqrt(width * height / wanted), *finest)
    corner = float(west - 1.5 * size), float(south - 1.5 * size)
    return _Grid(*corner, float(1 / size), int(height / size) + 4, int(width / size) + 4)


def _touched_cells(grid: _Grid, ax: Floats, ay: Floats, bx: Floats, by: Floats) -> tuple[Ints, Ints]:
    """Pair each segment with every cell of the grid it touches or misses by less than the margin."""
    au, bu = (ax - grid.west) * grid.per_degree, (bx - grid.west) * grid.per_degree
    av, bv = (ay - grid.south) * grid.per_degree, (by - grid.south) * grid.per_degree
    segment, row = _ranges(*_cell_span(np.minimum(av, bv), np.maximum(av, bv), grid.rows))
    rise, foot = (bv - av)[segment], row - av[segment]
    level = np.abs(rise) < _MARGIN
    rise[level] = 1.0
    at_foot, at_top = np.clip((foot - _MARGIN) / rise, 0, 1), np.clip((foot + 1 + _MARGIN) / rise, 0, 1)
    at_foot[level], at_top[level] = 0.0, 1.0
    start, run = au[segment], (bu - au)[segment]
    at_foot, at_top = start + at_foot * run, start + at_top * run
    stretch, col = _ranges(*_cell_span(np.minimum(at_foot, at_top), np.maximum(at_foot, at_top), grid.cols))
    return segment[stretch], row[stretch] * grid.cols + col


def _cell_span(low: Floats, high: Floats, count: int) -> tuple[Ints, Ints]:
    """First column or row of each interval, and the one after its last, kept on the grid."""
    first = np.clip(low - _MARGIN, 0, count - 1).astype(np.int64)
    return first, np.clip(high + _MARGIN, 0, count - 1).astype(np.int64) + 1


def _ranges(start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """List the integers of many ranges, each after the number of its range."""
    length = stop - start
    owner = np.repeat(np.arange(len(start)), length)
    return owner, np.arange(len(owner)) + np.repeat(start - (np.cumsum(length) - length), length)


def _centre_crossings(grid: _Grid, edges: _Edges) -> tuple[Ints, Ints]:
    """Find where boundaries cross the level of the cell centres of each row.

    Returns
    -------
    crossing : (c,) int64
        Sorted keys of district, row, and first column whose centre is east of the crossing. Rings are closed,
        so that each district has an even number in each row.
    unsafe_cell : (u,) int64
        Cells whose centre a boundary passes so near that rounding may put it on the wrong side.
    """
    lowest = np.searchsorted(grid.centre_y, np.minimum(edges.ay, edges.by))
    highest = np.searchsorted(grid.centre_y, np.maximum(edges.ay, edges.by))
    edge, row = _ranges(lowest, highest)
    ax, ay = edges.ax[edge], edges.ay[edge]
    along = (grid.centre_y[row] - ay) / (edges.by[edge] - ay)
    position = (ax + along * (edges.bx[edge] - ax) - grid.west) * grid.per_degree - 0.5
    nearest = np.rint(position).astype(np.int64)
    unsafe = np.abs(position - nearest) < _MARGIN
    place, district = edges.members(edge)
    crossing = _crossing_key(grid, district, row[place], np.ceil(position).astype(np.int64)[place])
    crossing.sort()
    return crossing, row[unsafe] * grid.cols + nearest[unsafe]


def _crossing_key(grid: _Grid, district: Ints, row: Ints, col: Ints) -> Ints:
    return (district * grid.rows + row) * grid.cols + col


def _fill(grid: _Grid, crossing: Ints) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give each cell the lowest district that contains its centre, and the number of those that do."""
    code = np.full(grid.rows * grid.cols, OUTSIDE, np.int32)
    depth = np.zeros(grid.rows * grid.cols, np.int32)
    district, start = np.divmod(crossing[0::2], len(code))
    stop = crossing[1::2] % len(code)
    np.add.at(depth, start, 1)
    np.add.at(depth, stop, -1)
    np.cumsum(depth, out=depth)
    spans = zip(start[::-1].tolist(), stop[::-1].tolist(), district[::-1].tolist(), strict=True)
    for first, end, lowest_yet in spans:  # the lowest district last
        code[first:end] = lowest_yet
    return code, depth


def _candidates(
    edges: _Edges, edge: Ints, owner: Ints, covering: NDArray[np.int32], district_count: int
) -> tuple[Ints, Ints, NDArray[np.uint64]]:
    """List the districts that share in each border cell, and those that each of its edges bounds.

    Parameters
    ----------
    edges : _Edges
    edge, owner : (entries,) int64
        Edges by border cell, and the border cell of each.
    covering : (border cells,) int32
        Lowest district that contains the centre: it may cover the whole cell and have no edge in it.
    district_count : int

    Returns
    -------
    candidate_of, candidate : (candidates,) int64
        Border cell and district, ascending.
    toggles : (entries,) uint64
        Bits of the cell's candidates that change across the edge.
    """
    place, district = edges.members(edge)
    key = owner[place] * district_count + district
    centre_key = (np.arange(len(covering)) * district_count + covering)[covering != OUTSIDE]
    both = np.sort(np.concatenate((key, centre_key)))
    both = both[np.diff(both, prepend=-1) != 0]
    candidate_of, candidate = np.divmod(both, district_count)
    bit = np.searchsorted(both, key) - np.searchsorted(candidate_of, owner)[place]
    first_member = np.flatnonzero(np.diff(place, prepend=-1))
    toggles = np.bitwise_xor.reduceat(np.uint64(1) << bit.astype(np.uint64), first_member)
    return candidate_of, candidate, toggles


def _edges_from_centre(grid: _Grid, edges: _Edges, edge: Ints, centre_x: Floats, centre_y: Floats) -> Floats:
    """Move each edge so that the centre of its cell is the origin; add determinant and error bound."""
    entry = np.empty((len(edge), 6))
    ax, ay, bx, by, determinant, error = entry.T
    np.subtract(edges.ax[edge], centre_x, out=ax)
    np.subtract(edges.ay[edge], centre_y, out=ay)
    np.subtract(edges.bx[edge], centre_x, out=bx)
    np.subtract(edges.by[edge], centre_y, out=by)
    np.subtract(ax * by, ay * bx, out=determinant)
    reach = np.maximum(np.abs(entry[:, :4]).max(axis=1), 1 / grid.per_degree)
    np.multiply(_ROUNDING, reach * reach, out=error)
    return entry


def overlay_shares(features: Any, districts: DistrictIndex | Any) -> tuple[Ints, Ints, Floats]:
    """Give the share of each line or polygon that lies in each district, and outside all of them.

    Lines are measured by geodesic length on WGS84, polygons by area on the WGS84 ellipsoid; between its vertices
    a feature runs straight in longitude and latitude, as in the overlay itself. What several districts cover,
    a stretch along a shared border or an area in an overlap, counts once, for the lowest index.

    Parameters
    ----------
    features : (m,) array_like of shapely geometries or None
        Valid features in EPSG:4326, multi-part ones handled whole. Of a GeometryCollection only the parts of
        the highest dimension count. A feature without length or area, and a point, is placed by its
        representative point. Null and empty features get no row.
    districts : DistrictIndex or (k,) array_like of shapely.Polygon, shapely.MultiPolygon or None
        The districts, or an index over them made earlier.

    Returns
    -------
    feature, district : (p,) int64
        Positions of the feature and of the district (-1 = outside all), ascending.
    share : (p,) float64
        Share of the feature, 0 to 1; the shares of a feature add to 1. Shares under 1e-12 are left out.

    Examples
    --------
    >>> squares = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    >>> feature, district, share = overlay_shares([shapely.LineString([(0.5, 0), (3.5, 0)])], squares)
    >>> feature.tolist(), district.tolist(), share.round(6).tolist()
    ([0, 0, 0], [-1, 0, 1], [0.5, 0.166667, 0.333333])
    """
    index = districts if isinstance(districts, DistrictIndex) else DistrictIndex(districts)
    whole = _of_highest_dimension(np.array(features, dtype=object).reshape(-1))
    home, crossing = _homes(index, whole)
    settled = np.flatnonzero(home != _HARD)
    rows = [(settled, home[settled], np.ones(len(settled)))]
    left = np.ones(len(whole), np.bool_)
    if index._pays_for_cells(len(crossing) * _POINTS_PER_FEATURE):
        for dimension in (1, 2):
            chosen = crossing[shapely.get_dimensions(whole[crossing]) == dimension]
            for block in _blocks_of_work(whole[chosen], index._cells.grid.per_degree):
                feature, district, measure, unsure = _measure_parts(index, whole[chosen[block]])
                rows.append((chosen[block][feature], district, measure))
                left[chosen[block][~unsure]] = False
    crossing = crossing[left[crossing]]
    rows.extend(_overlay_with_geos(index, whole, crossing))
    feature, district, measure = (np.concatenate(column) for column in zip(*rows, strict=True))
    return _shares(index, whole, feature, district, measure)


def _of_highest_dimension(features: Geometries) -> Geometries:
    """Keep of each collection the parts of its highest dimension, as one multi-part geometry."""
    mixed = np.flatnonzero(shapely.get_type_id(features) == 7)
    for number in mixed:
        parts = shapely.get_parts(features[number])
        while (shapely.get_type_id(parts) == 7).any():
            parts = shapely.get_parts(parts)
        kept = parts[shapely.get_dimensions(parts) == shapely.get_dimensions(parts).max(initial=-1)]
        collect = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
        features[number] = collect[shapely.get_dimensions(kept[0])](kept) if len(kept) else None
    return features


def _homes(index: DistrictIndex, features: Geometries) -> tuple[Ints, Ints]:
    """Find the features that one district settles, without an overlay.

    Returns
    -------
    home : (m,) int64
        District that has the whole feature, OUTSIDE if it meets no district's bounding box, else _HARD.
    crossing : (c,) int64
        Features that need an overlay.
    """
    feature, district = index._tree.query(features)
    by_district = np.argsort(district, kind="stable")
    feature, district = feature[by_district], district[by_district]
    covered = shapely.covers(index.districts[district], features[feature])
    home = np.full(len(features), len(index))
    np.minimum.at(home, feature[covered], district[covered])
    lower = np.flatnonzero((district < home[feature]) & (home[feature] < len(index)))
    takes_part = shapely.intersects(index.districts[district[lower]], features[feature[lower]])
    home[feature[lower[takes_part]]] = len(index)
    home[home == len(index)] = _HARD
    home[np.bincount(feature, minlength=len(features)) == 0] = OUTSIDE
    there = ~(shapely.is_missing(features) | shapely.is_empty(features))
    home[~there] = _HARD
    return home, np.flatnonzero(there & (home == _HARD))


def _blocks_of_work(features: Geometries, cells_per_degree: float) -> Iterator[slice]:
    """Cut features into blocks that have about as many vertices and pass as many cells."""
    work = np.cumsum(shapely.get_num_coordinates(features) + shapely.length(features) * cells_per_degree)
    if len(features):
        cuts = np.searchsorted(work, np.arange(_WORK_BLOCK, work[-1], _WORK_BLOCK))
        yield from (slice(*ends) for ends in pairwise(np.unique([0, *cuts, len(features)])))


def _measure_parts(index: DistrictIndex, features: Geometries) -> tuple[Ints, Ints, Floats, Bools]:
    """Measure the parts of lines or of polygons by district, without making the parts.

    A line is cut where it crosses a boundary edge. The area of a part of a polygon is an integral around the
    part's outline: the stretches of the polygon's own outline in the district, and the stretches of the
    district's boundary in the polygon.

    Returns
    -------
    feature, district : (p,) int64
    measure : (p,) float64
        Metres, or square metres divided by a constant.
    unsure : (len(features),) bool
        Features left to GEOS, which have no row: where rounding could decide, where the boundaries in the
        polygon are not each between two districts (gaps, overlaps), or where an outline does not close.
    """
    ends, owner, on_left = _segments(features)
    segment, edge, along_segment, along_edge, doubtful = _segment_crossings(index._cells, ends)
    unsure = np.zeros(len(features), np.bool_)
    unsure[owner[doubtful]] = True
    piece, start, stop = _cut(len(owner), segment, along_segment)
    x, y = _point_along(ends[:, piece], (start + stop) / 2)
    district = index.locate(x, y)[0].astype(np.int64)
    if shapely.get_dimensions(features[0]) == 1:
        new = (np.diff(piece, prepend=-1) != 0) | (np.diff(district, prepend=-2) != 0)
        last = np.append(np.flatnonzero(new)[1:] - 1, len(new) - 1)
        piece, start, stop, district = piece[new], start[new], stop[last], district[new]
        measure = _geodesic_length(*_point_along(ends[:, piece], start), *_point_along(ends[:, piece], stop))
        rows = owner[piece], district, measure[None]
    else:
        outline = _outline_terms(features, ends[:, piece], owner[piece], start, stop)
        outline *= np.where(on_left[piece], 1.0, -1.0)
        crossings = owner[segment], edge, along_edge
        inner, left, right, terms, unclear = _boundary_inside(index._cells, features, *crossings)
        unsure[unclear] = True
        feature = np.concatenate((owner[piece], inner, inner))
        rows = feature, np.concatenate((district, left, right)), np.hstack((outline, terms, -terms))
    feature, district, sums = _sum_by_part(*rows, len(index))
    unsure[feature[_is_no_outline(features, feature, sums)]] = True
    kept = ~unsure[feature]
    return feature[kept], district[kept], sums[0][kept], unsure


def _is_no_outline(features: Geometries, feature: Ints, sums: Floats) -> Bools:
    """Tell the parts of polygons whose outline does not lead back to its start, or goes around backwards."""
    if len(sums) == 1:
        return np.zeros(len(feature), np.bool_)
    west, south, east, north = shapely.bounds(features).T
    slack = 1e-11 * np.maximum(east - west, north - south) + 2e-13
    total = np.bincount(feature, weights=sums[0], minlength=len(features))
    is_open: Bools = (np.abs(sums[1:]) > slack[feature]).any(axis=0)
    backwards: Bools = sums[0] < -1e-12 * total[feature]
    return is_open | backwards


def _segment_crossings(cells: _Cells, ends: Floats) -> tuple[Ints, Ints, Floats, Floats, Ints]:
    """Find where segments cross boundary edges.

    Returns
    -------
    segment, edge : (c,) int64
    along_segment, along_edge : (c,) float64
        Where they cross, 0 at the start and 1 at the end.
    doubtful : (d,) int64
        Segments that touch an edge, or come so near that rounding could decide.
    """
    segment, cell = _touched_cells(cells.grid, *ends)
    border_cell = _HARD - 1 - cells.code[cell].astype(np.int64)
    near = border_cell >= 0
    segment, edge = _edges_in(cells, segment[near], border_cell[near], border_cell[near] + 1)
    x, y, px, py = ends[:, segment]
    px, py = px - x, py - y
    ax, ay = cells.edges.ax[edge] - x, cells.edges.ay[edge] - y
    bx, by = cells.edges.bx[edge] - x, cells.edges.by[edge] - y
    reach = np.max(np.abs((px, py, ax, ay, bx, by)), axis=0)
    a_side, b_side, start_side = px * ay - py * ax, px * by - py * bx, ax * by - ay * bx
    end_side = start_side + a_side - b_side
    crossed, unsure = _crossings(a_side, b_side, start_side, end_side, _ROUNDING * reach * reach)
    along_segment = start_side[crossed] / (start_side - end_side)[crossed]
    along_edge = a_side[crossed] / (a_side - b_side)[crossed]
    return segment[crossed], edge[crossed], along_segment, along_edge, segment[unsure]


def _edges_in(cells: _Cells, owner: Ints, first: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Pair owners of ranges of border cells with the edges that touch these cells, each pair once, ascending."""
    place, entry = _ranges(cells.entry_start[first], cells.entry_start[end])
    pair = np.sort(owner[place] * len(cells.edges.ax) + cells.entry_edge[entry])
    owner, edge = np.divmod(pair[np.diff(pair, prepend=-1) != 0], len(cells.edges.ax))
    return owner, edge


def _cut(count: int, owner: Ints, along: Floats) -> tuple[Ints, Floats, Floats]:
    """Cut segments 0 to count - 1 at given places into pieces, in order, with where each starts and stops."""
    order = np.lexsort((along, owner))
    owner, along = owner[order], along[order]
    piece = np.insert(np.arange(count), owner + 1, owner)
    start = np.insert(np.zeros(count), owner + 1, along)
    stop = np.append(start[1:], 0.0)
    stop[np.diff(piece, append=-1) != 0] = 1.0
    return piece, start, stop


def _point_along(ends: Floats, along: Floats) -> tuple[Floats, Floats]:
    """Point on each segment; the end itself at 1."""
    ax, ay, bx, by = ends
    at_end = along == 1.0
    return (
        np.where(at_end, bx, ax + along * (bx - ax)),
        np.where(at_end, by, ay + along * (by - ay)),
    )


def _boundary_inside(
    cells: _Cells, features: Geometries, crossed_feature: Ints, crossed_edge: Ints, along_edge: Floats
) -> tuple[Ints, Ints, Ints, Floats, Ints]:
    """Find the stretches of district boundaries inside polygons.

    Returns
    -------
    feature, left, right : (s,) int64
        Polygon, and the districts to both sides of the stretch.
    terms : (3, s) float64
        What the stretch adds to the outline of the left district's part, see `_outline_terms`.
    unclear : (u,) int64
        Polygons with a boundary inside that is not between two districts.
    """
    grid, edges = cells.grid, cells.edges
    west, south, east, north = shapely.bounds(features).T
    rows = _cell_span(
        (south - grid.south) * grid.per_degree, (north - grid.south) * grid.per_degree, grid.rows
    )
    cols = _cell_span((west - grid.west) * grid.per_degree, (east - grid.west) * grid.per_degree, grid.cols)
    feature, row = _ranges(*rows)
    strip = (np.searchsorted(cells.border, row * grid.cols + col[feature]) for col in cols)
    feature, edge = _edges_in(cells, feature, *strip)
    pair = np.searchsorted(feature * len(edges.ax) + edge, crossed_feature * len(edges.ax) + crossed_edge)
    piece, start, stop = _cut(len(edge), pair, along_edge)
    feature, edge = feature[piece], edge[piece]
    ends = np.stack((edges.ax[edge], edges.ay[edge], edges.bx[edge], edges.by[edge]))
    shapely.prepare(features)
    inside = shapely.contains_xy(features[feature], *_point_along(ends, (start + stop) / 2))
    feature, edge = feature[inside], edge[inside]
    left, right, parts_two = edges.sides(edge)
    terms = _outline_terms(features, ends[:, inside], feature, start[inside], stop[inside])
    return feature, left, right, terms, feature[~parts_two]


def _outline_terms(features: Geometries, ends: Floats, feature: Ints, start: Floats, stop: Floats) -> Floats:
    """Give what pieces of outline add to the area inside and to the way around it, which must lead back, (3, n).

    The area is the integral of (q0 - q) along the longitude, where q is the area between the equator and a
    latitude per radian of longitude (Snyder 1987, eq. 3-12), and q0 its value near the feature, which keeps
    the digits of small features. Three Gauss-Legendre nodes are exact to 1e-12 on edges up to a degree.
    """
    x0, y0 = _point_along(ends, start)
    x1, y1 = _point_along(ends, stop)
    east, north = x1 - x0, y1 - y0
    bounds = shapely.bounds(features)
    level = _authalic((bounds[:, 1] + bounds[:, 3]) / 2)[feature]
    middle, reach = (y0 + y1) / 2, north * np.sqrt(0.15)
    mean = (5 * _authalic(middle - reach) + 8 * _authalic(middle) + 5 * _authalic(middle + reach)) / 18
    return np.stack((np.radians(east) * (level - mean), east, north))


def _authalic(latitude: Floats) -> Floats:
    """Area on WGS84 between the equator and a latitude in degrees, per radian, in squares of the equator's radius."""
    sine = np.sin(np.radians(latitude))
    e2, e = _WGS84.es, _ECCENTRICITY
    return np.asarray((1 - e2) / 2 * (sine / (1 - e2 * sine**2) + np.arctanh(e * sine) / e), np.float64)


def _geodesic_length(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> Floats:
    """Metres along the geodesic between points, WGS84.

    Up to 5 km the length follows from the straight chord c through the earth: c + c^3 / (24 R^2), where taking
    the mean radius of curvature at the middle for R is off by less than 2e-10 of the length.
    """
    e2 = _WGS84.es
    sin0, sin1, middle = np.sin(np.radians(y0)), np.sin(np.radians(y1)), np.radians((y0 + y1) / 2)
    cos0, cos1 = np.cos(np.radians(y0)), np.cos(np.radians(y1))
    normal0, normal1 = _WGS84.a / np.sqrt(1 - e2 * sin0**2), _WGS84.a / np.sqrt(1 - e2 * sin1**2)
    out, up = normal1 * cos1 - normal0 * cos0, (1 - e2) * (normal1 * sin1 - normal0 * sin0)
    around = 2 * np.sin(np.radians(x1 - x0) / 2)
    chord = np.sqrt(out**2 + up**2 + around**2 * normal0 * cos0 * normal1 * cos1)
    radius = _WGS84.b / (1 - e2 * np.sin(middle) ** 2)
    length = chord + chord**3 / (24 * radius**2)
    far = np.flatnonzero(chord > _SHORT)
    length[far] = _WGS84.inv(x0[far], y0[far], x1[far], y1[far], return_back_azimuth=False)[2]
    return length


def _sum_by_part(
    feature: Ints, district: Ints, terms: Floats, district_count: int
) -> tuple[Ints, Ints, Floats]:
    """Add up the columns of ``terms`` (t, n) by feature and district."""
    key = feature * (district_count + 1) + district + 1
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    sums = np.add.reduceat(terms[:, order], first, axis=1) if len(key) else terms
    feature, district = np.divmod(key[order][first], district_count + 1)
    return feature, district - 1, sums


def _overlay_with_geos(
    index: DistrictIndex, features: Geometries, chosen: Ints
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Cut features with one district after the other, lowest first, and measure what each takes."""
    rest = features[chosen]
    place, district = index._tree.query(rest, predicate="intersects")
    order = np.lexsort((district, place))
    place, district = place[order], district[order]
    turn = np.arange(len(place)) - np.searchsorted(place, place)
    for now in range(int(turn.max(initial=-1)) + 1):
        cut, by = place[turn == now], index.districts[district[turn == now]]
        measure = _measure(shapely.intersection(rest[cut], by), features[chosen[cut]])
        yield chosen[cut], district[turn == now], measure
        rest[cut] = shapely.difference(rest[cut], by)
    yield chosen, np.full(len(chosen), OUTSIDE), _measure(rest, features[chosen])


def _measure(parts: Geometries, like: Geometries) -> Floats:
    """Length or area of parts, whichever the geometries they are cut from have; a mere touch measures 0."""
    dimension = shapely.get_dimensions(like)
    piece, owner = shapely.get_parts(parts, return_index=True)
    fits = shapely.get_dimensions(piece) == dimension[owner]
    measure = np.zeros(len(parts))
    for of_dimension in (1, 2):
        chosen = fits & (dimension[owner] == of_dimension)
        if chosen.any():
            ends, segment_of, on_left = _segments(piece[chosen])
            if of_dimension == 1:
                values = _geodesic_length(*ends)
            else:
                values = _outline_terms(piece[chosen], ends, segment_of, np.zeros(1), np.ones(1))[0]
                values = np.where(on_left, values, -values)
            measure += np.bincount(owner[chosen][segment_of], weights=values, minlength=len(parts))
    return measure


def _shares(
    index: DistrictIndex, features: Geometries, feature: Ints, district: Ints, measure: Floats
) -> tuple[Ints, Ints, Floats]:
    """Turn measures into shares, drop crumbs, and place features that have no measure by a point."""
    total = np.bincount(feature, weights=measure, minlength=len(features))
    kept = measure > 1e-12 * total[feature]
    feature, district, measure = feature[kept], district[kept], measure[kept]
    flat = ~(shapely.is_missing(features) | shapely.is_empty(features))
    flat[feature] = False
    flat = np.flatnonzero(flat)
    points = shapely.get_coordinates(shapely.point_on_surface(features[flat]))
    placed = index.locate(*np.ascontiguousarray(points.T))[0]
    feature, district = np.concatenate((feature, flat)), np.concatenate((district, placed))
    measure = np.concatenate((measure, np.ones(len(flat))))
    order = np.lexsort((district, feature))
    feature, district, measure = feature[order], district[order], measure[order]
    return feature, district, measure / np.bincount(feature, weights=measure)[feature]
