"""A grid of square cells over a boundary layer, which speeds up point, line and area look-ups.

How this works:

1. The boundaries are taken apart into edges. An edge that several districts share is kept once, with the
   list of these districts and the side each lies on.
2. Every cell that an edge touches is a border cell. It stores its edges, its candidate districts (at most 64,
   one bit each) and the bit mask of the candidates that contain its centre.
3. All other cells lie wholly inside the districts that contain their centre. A scan along each row of cell
   centres (count the crossings to the west: an odd number means inside) fills them in.
4. Where floating-point rounding could change an answer, the cell or point is marked ``UNDECIDED`` and GEOS
   decides it with exact predicates. So the grid never has to be exact itself, only to know when it is not.

The layer may have overlaps and gaps. The lowest district wins, as everywhere in geoplan.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Geometries = NDArray[np.object_]
OUTSIDE = -1  # stands for a district where no district covers a point or a piece of a line
UNDECIDED = -2  # GEOS has to decide; the codes of border cells count down from -3
_MARGIN = (
    1e-6  # part of a cell: much more than the rounding error of a cell coordinate, much less than a cell
)
_CELLS_PER_EDGE = 2  # finer cells take longer to build than they save on ten million points
_MAX_CELLS = 1 << 24
_MAX_IN_CELL = 64  # candidates: the bits of a mask; edges: with more of them, GEOS is faster
ROUNDING = 1e-14  # bound of the error of a determinant of coordinates up to 1 (90 units of roundoff)


@dataclass(frozen=True)
class DistrictEdges:
    """Boundary edges, each once, with the districts it bounds (EPSG:4326, degrees)."""

    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats
    member_start: Ints  # (edges + 1,) start of the districts of each edge in member_district
    member_district: Ints
    member_on_left: Bools  # whether that district lies left of the edge, going from a to b

    def members(self, edge: Ints) -> tuple[Ints, Ints]:
        """List the districts of edges (an edge may occur several times), each with its position in ``edge``."""
        place, member = ranges(self.member_start[edge], self.member_start[edge + 1])
        return place, self.member_district[member]

    def sides(self, edge: Ints) -> tuple[Ints, Ints, Bools]:
        """Return the district left and right of edges (OUTSIDE for none), and whether the edge separates two."""
        first = self.member_start[edge]
        count = self.member_start[edge + 1] - first
        second = np.minimum(first + 1, len(self.member_district) - 1)
        first_on_left = self.member_on_left[first]
        one, other = self.member_district[first], self.member_district[second]
        other = np.where(count == 1, OUTSIDE, other)
        separates_two = (count == 2) & (first_on_left != self.member_on_left[second])
        return np.where(first_on_left, one, other), np.where(first_on_left, other, one), separates_two


@dataclass(frozen=True)
class CellGrid:
    """Square cells, numbered row by row from the south-west."""

    west: float
    south: float
    per_degree: float
    rows: int
    cols: int

    @cached_property
    def centre_x(self) -> Floats:
        """Longitude of the middle of each column of cells."""
        return np.asarray(self.west + (np.arange(self.cols) + 0.5) / self.per_degree, np.float64)

    @cached_property
    def centre_y(self) -> Floats:
        """Latitude of the middle of each row of cells."""
        return np.asarray(self.south + (np.arange(self.rows) + 0.5) / self.per_degree, np.float64)


@dataclass(frozen=True)
class Cells:
    """The district of each cell, and what the border cells need for the exact test."""

    grid: CellGrid
    edges: DistrictEdges
    code: NDArray[np.int32]  # (cells,) district, OUTSIDE, or -3 - border cell
    border: Ints  # (border cells,) cell, ascending
    centre_x: Floats  # (border cells,)
    centre_y: Floats
    at_centre: NDArray[np.uint64]  # candidates of the cell that contain its centre, one bit each
    undecided: Bools  # (border cells,) GEOS decides all points in the cell
    candidate_start: Ints  # (border cells + 1,)
    candidate: NDArray[np.int32]  # districts, ascending within a cell
    entry_start: Ints  # (border cells + 1,)
    entry_edge: Ints  # (entries,) edges that touch the cell
    entry: Floats  # (entries, 6) edge ax, ay, bx, by from the centre; their determinant; its error bound
    toggles: NDArray[
        np.uint64
    ]  # (entries,) candidates that a path enters or leaves where it crosses the edge

    def edges_in(self, owner: Ints, first: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Pair the owner of each range of border cells with the edges that touch these cells: unique, ascending."""
        place, entry = ranges(self.entry_start[first], self.entry_start[end])
        pair = np.sort(owner[place] * len(self.edges.ax) + self.entry_edge[entry])
        owner, edge = np.divmod(pair[np.diff(pair, prepend=-1) != 0], len(self.edges.ax))
        return owner, edge


def crossings(
    a_side: Floats, b_side: Floats, c_side: Floats, p_side: Floats, error: Floats
) -> tuple[Bools, Bools]:
    """Return which pairs of segments cross for certain, and which are too close to call."""
    low, high = np.minimum(a_side, b_side), np.maximum(a_side, b_side)
    apart = (low > error) | (high < -error)
    crossed = (low < -error) & (high > error)
    low, high = np.minimum(c_side, p_side), np.maximum(c_side, p_side)
    apart |= (low > error) | (high < -error)
    crossed &= (low < -error) & (high > error)
    return crossed, ~(apart | crossed)


def build_cells(districts: Geometries) -> Cells:
    """Build the grid: find the border cells and what each needs, then fill in all other cells."""
    edges = _boundary_edges(districts)
    grid = _grid_over(edges)
    edge, cell = touched_cells(grid, edges.ax, edges.ay, edges.bx, edges.by)
    by_cell = np.argsort(cell, kind="stable")
    edge, cell = edge[by_cell], cell[by_cell]
    entry_start = np.flatnonzero(np.diff(cell, prepend=-1, append=-1))
    border = cell[entry_start[:-1]]
    owner = np.repeat(np.arange(len(border)), np.diff(entry_start))
    crossing, unsafe_cell = _centre_crossings(grid, edges)
    code, depth = _fill_cells(grid, crossing)

    candidate_of, candidate, toggles = _candidates(edges, edge, owner, code[border], len(districts))
    candidate_start = np.searchsorted(candidate_of, np.arange(len(border) + 1))
    row, col = np.divmod(border[candidate_of], grid.cols)
    key = _crossing_key(grid, candidate, row, col)
    contains = (np.searchsorted(crossing, key, side="right") & 1).astype(np.uint64)
    bit = (np.arange(len(candidate)) - candidate_start[candidate_of]).astype(np.uint64)
    at_centre = np.bitwise_or.reduceat(contains << bit, candidate_start[:-1])

    undecided = (np.diff(candidate_start) > _MAX_IN_CELL) | (np.diff(entry_start) > _MAX_IN_CELL)
    undecided |= depth[border] > np.bitwise_count(
        at_centre
    )  # an overlap: another district covers the whole cell
    code[border] = UNDECIDED - 1 - np.arange(len(border))
    undecided[UNDECIDED - 1 - code[unsafe_cell]] = True
    centre_x, centre_y = grid.centre_x[border % grid.cols], grid.centre_y[border // grid.cols]
    entry = _edges_from_centre(grid, edges, edge, centre_x[owner], centre_y[owner])
    return Cells(
        grid=grid,
        edges=edges,
        code=code,
        border=border,
        centre_x=centre_x,
        centre_y=centre_y,
        at_centre=at_centre,
        undecided=undecided,
        candidate_start=candidate_start,
        candidate=candidate.astype(np.int32),
        entry_start=entry_start,
        entry_edge=edge,
        entry=entry,
        toggles=toggles,
    )


def _boundary_edges(districts: Geometries) -> DistrictEdges:
    """Take the boundaries apart into edges; keep an edge that several districts share only once."""
    ends, district, on_left = segments(districts)
    ax, ay, bx, by = ends
    westward = (ax > bx) | ((ax == bx) & (ay > by))
    ends[:, westward] = ends[:, westward][[2, 3, 0, 1]]
    # Hash the coordinates: sorting one column of hashes is faster than sorting four of coordinates.
    mixed = np.zeros(len(district), np.uint64)
    for bits in ends.view(np.uint64):
        mixed = (mixed ^ bits ^ (bits >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    together = np.argsort(mixed, kind="stable")  # brings equal edges together; a hash collision does no harm
    ends = ends[:, together]
    new = np.ones(len(together), np.bool_)
    new[1:] = (ends[:, 1:] != ends[:, :-1]).any(axis=0)
    member_start = np.append(np.flatnonzero(new), len(new))
    ax, ay, bx, by = ends[:, new]
    return DistrictEdges(ax, ay, bx, by, member_start, district[together], (on_left != westward)[together])


def segments(geometries: Geometries) -> tuple[Floats, Ints, Bools]:
    """Take lines or the rings of polygons apart into segments.

    Returns
    -------
    ends : (4, n) float64
        Start x, y and end x, y of each segment longer than 0.
    owner : (n,) int64
        Position of the geometry it belongs to.
    inside_on_left : (n,) bool
        Whether the polygon lies left of the segment.
    """
    lines, owner = shapely.get_parts(geometries, return_index=True)
    on_left = np.ones(len(lines), np.bool_)
    if (shapely.get_dimensions(lines) == 2).any():
        lines, part = shapely.get_rings(lines, return_index=True)
        owner = owner[part]
        is_hole = np.diff(part, prepend=-1) == 0
        on_left = shapely.is_ccw(lines) != is_hole
    xy, line = shapely.get_coordinates(lines, return_index=True)
    x, y = np.ascontiguousarray(xy.T)
    moves = np.flatnonzero((line[1:] == line[:-1]) & ((x[1:] != x[:-1]) | (y[1:] != y[:-1])))
    ends = np.stack((x[moves], y[moves], x[moves + 1], y[moves + 1]))
    line = line[moves]
    return ends, owner[line], on_left[line]


def _grid_over(edges: DistrictEdges) -> CellGrid:
    """Choose the grid: cells square in degrees, about 2 per edge, with one ring of cells outside the layer."""
    west, east = edges.ax.min(), edges.bx.max()
    south, north = np.minimum(edges.ay, edges.by).min(), np.maximum(edges.ay, edges.by).max()
    width, height = east - west, north - south
    wanted = min(_CELLS_PER_EDGE * len(edges.ax) + 1024, _MAX_CELLS)
    finest = max(width, height) / (1 << 15), 1e-8 * max(abs(west), abs(east), abs(south), abs(north))
    size = max(np.sqrt(width * height / wanted), *finest)
    corner = float(west - 1.5 * size), float(south - 1.5 * size)
    return CellGrid(*corner, float(1 / size), int(height / size) + 4, int(width / size) + 4)


def touched_cells(grid: CellGrid, ax: Floats, ay: Floats, bx: Floats, by: Floats) -> tuple[Ints, Ints]:
    """Pair each segment with every cell that it touches, or misses by less than the margin."""
    au, bu = (ax - grid.west) * grid.per_degree, (bx - grid.west) * grid.per_degree
    av, bv = (ay - grid.south) * grid.per_degree, (by - grid.south) * grid.per_degree
    segment, row = ranges(*cell_span(np.minimum(av, bv), np.maximum(av, bv), grid.rows))
    rise, foot = (bv - av)[segment], row - av[segment]
    level = np.abs(rise) < _MARGIN
    rise[level] = 1.0
    at_foot, at_top = np.clip((foot - _MARGIN) / rise, 0, 1), np.clip((foot + 1 + _MARGIN) / rise, 0, 1)
    at_foot[level], at_top[level] = 0.0, 1.0
    start, run = au[segment], (bu - au)[segment]
    at_foot, at_top = start + at_foot * run, start + at_top * run
    stretch, col = ranges(*cell_span(np.minimum(at_foot, at_top), np.maximum(at_foot, at_top), grid.cols))
    return segment[stretch], row[stretch] * grid.cols + col


def uncrossed_district(
    grid: CellGrid, code: NDArray[np.int32], ax: Floats, ay: Floats, bx: Floats, by: Floats
) -> Ints:
    """Return the district of each segment that surely crosses no boundary, UNDECIDED for all others.

    Sure are segments whose ends lie in one cell, or in two neighbouring cells, that no boundary touches: the
    two cells form a rectangle, which is convex.
    """
    columns = [
        np.clip((x - grid.west) * grid.per_degree, 0, grid.cols - 1).astype(np.int32) for x in (ax, bx)
    ]
    rows = [np.clip((y - grid.south) * grid.per_degree, 0, grid.rows - 1).astype(np.int32) for y in (ay, by)]
    aside, above = columns[1] - columns[0], rows[1] - rows[0]
    first = rows[0] * np.int64(grid.cols) + columns[0]
    district = code[first]
    near = np.abs(aside) + np.abs(above) <= 1
    near &= (district > UNDECIDED) & (district == code[first + above * np.int64(grid.cols) + aside])
    return np.where(near, district, UNDECIDED).astype(np.int64)


def cell_span(low: Floats, high: Floats, count: int) -> tuple[Ints, Ints]:
    """Return the first column or row that each interval touches, and the one after its last, within the grid."""
    first = np.clip(low - _MARGIN, 0, count - 1).astype(np.int64)
    return first, np.clip(high + _MARGIN, 0, count - 1).astype(np.int64) + 1


def ranges(start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """List the integers of many ranges; return the position of the range of each, and the integers."""
    length = stop - start
    owner = np.repeat(np.arange(len(start)), length)
    return owner, np.arange(len(owner)) + np.repeat(start - (np.cumsum(length) - length), length)


def _centre_crossings(grid: CellGrid, edges: DistrictEdges) -> tuple[Ints, Ints]:
    """Find where boundaries cross the horizontal line through the cell centres of each row.

    Returns
    -------
    crossing : (c,) int64
        Sorted keys of district, row, and first column whose centre lies east of the crossing. Rings are
        closed, so each district has an even number of crossings in each row.
    unsafe_cell : (u,) int64
        Cells whose centre lies so close to a boundary that rounding may put it on the wrong side.
    """
    lowest = np.searchsorted(grid.centre_y, np.minimum(edges.ay, edges.by))
    highest = np.searchsorted(grid.centre_y, np.maximum(edges.ay, edges.by))
    edge, row = ranges(lowest, highest)
    ax, ay = edges.ax[edge], edges.ay[edge]
    along = (grid.centre_y[row] - ay) / (edges.by[edge] - ay)
    position = (ax + along * (edges.bx[edge] - ax) - grid.west) * grid.per_degree - 0.5
    nearest = np.rint(position).astype(np.int64)
    unsafe = np.abs(position - nearest) < _MARGIN
    place, district = edges.members(edge)
    crossing = _crossing_key(grid, district, row[place], np.ceil(position).astype(np.int64)[place])
    crossing.sort()
    return crossing, row[unsafe] * grid.cols + nearest[unsafe]


def _crossing_key(grid: CellGrid, district: Ints, row: Ints, col: Ints) -> Ints:
    return (district * grid.rows + row) * grid.cols + col


def _fill_cells(grid: CellGrid, crossing: Ints) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return for each cell the lowest district that contains its centre, and how many districts do."""
    code = np.full(grid.rows * grid.cols, OUTSIDE, np.int32)
    depth = np.zeros(grid.rows * grid.cols, np.int32)
    district, start = np.divmod(crossing[0::2], len(code))
    stop = crossing[1::2] % len(code)
    np.add.at(depth, start, 1)
    np.add.at(depth, stop, -1)
    np.cumsum(depth, out=depth)
    spans = zip(start[::-1].tolist(), stop[::-1].tolist(), district[::-1].tolist(), strict=True)
    for first, end, lowest_yet in spans:  # the lowest district is written last, so it wins
        code[first:end] = lowest_yet
    return code, depth


def _candidates(
    edges: DistrictEdges, edge: Ints, owner: Ints, covering: NDArray[np.int32], district_count: int
) -> tuple[Ints, Ints, NDArray[np.uint64]]:
    """List the districts that have a part of each border cell, and those that each of its edges bounds.

    Parameters
    ----------
    edges : DistrictEdges
    edge, owner : (entries,) int64
        Edges, ordered by border cell, and the border cell of each.
    covering : (border cells,) int32
        Lowest district that contains the centre. It may cover the whole cell and have no edge in it.
    district_count : int

    Returns
    -------
    candidate_of, candidate : (candidates,) int64
        Border cell and district, ascending.
    toggles : (entries,) uint64
        Bits of the candidates that change from one side of the edge to the other.
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


def _edges_from_centre(
    grid: CellGrid, edges: DistrictEdges, edge: Ints, centre_x: Floats, centre_y: Floats
) -> Floats:
    """Shift each edge so that the centre of its cell is the origin, and add determinant and error bound."""
    entry = np.empty((len(edge), 6))
    ax, ay, bx, by, determinant, error = entry.T
    np.subtract(edges.ax[edge], centre_x, out=ax)
    np.subtract(edges.ay[edge], centre_y, out=ay)
    np.subtract(edges.bx[edge], centre_x, out=bx)
    np.subtract(edges.by[edge], centre_y, out=by)
    np.subtract(ax * by, ay * bx, out=determinant)
    reach = np.maximum(np.abs(entry[:, :4]).max(axis=1), 1 / grid.per_degree)
    np.multiply(ROUNDING, reach * reach, out=error)
    return entry
