"""The share of a line or polygon in each district, by geodesic length or by area on the ellipsoid.

How this works:

1. A feature inside one district needs no overlay (`_single_districts`).
2. A line is cut where it crosses boundary edges, found through the cells of the district index. The lengths of
   its pieces are added up by district.
3. For a polygon no part is constructed. By Green's theorem the area of a part is a sum over its outline: the
   pieces of the polygon's own outline inside the district, and the pieces of the district's boundary inside
   the polygon. The coordinate steps around each outline must add up to 0; if they do not, a piece is missing
   and the feature goes to GEOS.
4. Where rounding could change the result, GEOS cuts the feature, one district after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

from geoplan.geo.cell_grid import (
    OUTSIDE,
    ROUNDING,
    UNDECIDED,
    Bools,
    Cells,
    Floats,
    Geometries,
    Ints,
    cell_span,
    crossings,
    ranges,
    segments,
    touched_cells,
    uncrossed_district,
)
from geoplan.geo.district_index import DistrictIndex

_WORK_BLOCK = 1 << 16  # vertices and cells of features per step
_POINTS_PER_FEATURE = 100  # an overlay by GEOS takes as long as locating this many points
_THREADS = 4  # more would wait for each other: only NumPy runs without the interpreter's lock
_SHORT = 5000.0  # metres; see _geodesic_length
_WGS84 = Geod(ellps="WGS84")
_ECCENTRICITY = np.sqrt(_WGS84.es)


def overlay_shares(features: Any, districts: DistrictIndex | Any) -> tuple[Ints, Ints, Floats]:
    """Return the share of each line or polygon in each district, and outside all of them.

    Lines are measured by geodesic length on WGS 84, polygons by area on the WGS 84 ellipsoid. Between vertices
    a feature runs straight in longitude and latitude, as in the overlay. A piece along a shared border, or an
    area in an overlap, counts once, for the lowest index.

    Parameters
    ----------
    features : (m,) array_like of shapely geometries or None
        Valid features in EPSG:4326; a multi-part feature counts as one. Of a GeometryCollection only the parts
        of the highest dimension count. A point, or a feature without length or area, is placed by a point on
        it. Null and empty features get no row.
    districts : DistrictIndex or (k,) array_like of shapely.Polygon, shapely.MultiPolygon or None
        The districts, or an index over them.

    Returns
    -------
    feature, district : (p,) int64
        Positions of the feature and of the district (-1 = outside all), ascending.
    share : (p,) float64
        Share of the feature, 0 to 1; the shares of a feature add up to 1. Shares below 1e-12 are left out.

    Examples
    --------
    >>> squares = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    >>> feature, district, share = overlay_shares([shapely.LineString([(0.5, 0), (3.5, 0)])], squares)
    >>> feature.tolist(), district.tolist(), share.round(6).tolist()
    ([0, 0, 0], [-1, 0, 1], [0.5, 0.166667, 0.333333])
    """
    index = districts if isinstance(districts, DistrictIndex) else DistrictIndex(districts)
    whole = _of_highest_dimension(np.array(features, dtype=object).reshape(-1))
    with ThreadPoolExecutor(1) as beside:
        if index.uses_cells(len(whole) * _POINTS_PER_FEATURE // 2):
            beside.submit(lambda: index.cells)
        sole, crossing = _single_districts(index, whole)
    settled = np.flatnonzero(sole != UNDECIDED)
    rows = [(settled, sole[settled], np.ones(len(settled)))]
    left = np.ones(len(whole), np.bool_)
    if index.uses_cells(len(crossing) * _POINTS_PER_FEATURE):
        for chosen, parts in _measure_in_blocks(index, whole, crossing):
            feature, district, measure, unsure = parts
            rows.append((chosen[feature], district, measure))
            left[chosen[~unsure]] = False
    crossing = crossing[left[crossing]]
    rows.extend(_overlay_with_geos(index, whole, crossing))
    feature, district, measure = (np.concatenate(column) for column in zip(*rows, strict=True))
    return _shares(index, whole, feature, district, measure)


def _of_highest_dimension(features: Geometries) -> Geometries:
    """Replace each collection by its parts of the highest dimension, as one multi-part geometry."""
    mixed = np.flatnonzero(shapely.get_type_id(features) == 7)
    for number in mixed:
        parts = shapely.get_parts(features[number])
        while (shapely.get_type_id(parts) == 7).any():
            parts = shapely.get_parts(parts)
        kept = parts[shapely.get_dimensions(parts) == shapely.get_dimensions(parts).max(initial=-1)]
        collect = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
        features[number] = collect[shapely.get_dimensions(kept[0])](kept) if len(kept) else None
    return features


def _single_districts(index: DistrictIndex, features: Geometries) -> tuple[Ints, Ints]:
    """Find the features that need no overlay, because one district has all of each.

    Returns
    -------
    sole : (m,) int64
        District that has the whole feature, OUTSIDE if it meets no bounding box of a district, else UNDECIDED.
    crossing : (c,) int64
        Features that need an overlay.
    """
    feature, district = index.tree.query(features)
    by_district = np.argsort(district, kind="stable")
    feature, district = feature[by_district], district[by_district]
    covered = shapely.covers(index.districts[district], features[feature])
    sole = np.full(len(features), len(index))
    np.minimum.at(sole, feature[covered], district[covered])
    lower = np.flatnonzero((district < sole[feature]) & (sole[feature] < len(index)))
    takes_part = shapely.intersects(index.districts[district[lower]], features[feature[lower]])
    sole[feature[lower[takes_part]]] = len(index)
    sole[sole == len(index)] = UNDECIDED
    sole[np.bincount(feature, minlength=len(features)) == 0] = OUTSIDE
    there = ~(shapely.is_missing(features) | shapely.is_empty(features))
    sole[~there] = UNDECIDED
    return sole, np.flatnonzero(there & (sole == UNDECIDED))


def _measure_in_blocks(
    index: DistrictIndex, features: Geometries, chosen: Ints
) -> Iterator[tuple[Ints, Any]]:
    """Measure the parts of chosen features block by block, in several threads; the results come in order."""
    blocks = []
    for dimension in (1, 2):
        alike = chosen[shapely.get_dimensions(features[chosen]) == dimension]
        blocks += [alike[block] for block in _blocks_of_work(features[alike], index.cells.grid.per_degree)]
        if dimension == 2 and len(alike):
            index.is_outer_edge  # noqa: B018 (worked out before the threads need it)
    with ThreadPoolExecutor(min(_THREADS, len(blocks) or 1)) as threads:
        yield from zip(
            blocks, threads.map(lambda block: _measure_parts(index, features[block]), blocks), strict=True
        )


def _blocks_of_work(features: Geometries, cells_per_degree: float) -> Iterator[slice]:
    """Cut features into blocks that have about as many vertices and pass as many cells."""
    work = np.cumsum(shapely.get_num_coordinates(features) + shapely.length(features) * cells_per_degree)
    if len(features):
        cuts = np.searchsorted(work, np.arange(_WORK_BLOCK, work[-1], _WORK_BLOCK))
        yield from (slice(*ends) for ends in pairwise(np.unique([0, *cuts, len(features)])))


def _measure_parts(index: DistrictIndex, features: Geometries) -> tuple[Ints, Ints, Floats, Bools]:
    """Measure the parts of lines or of polygons by district, without constructing the parts.

    Returns
    -------
    feature, district : (p,) int64
    measure : (p,) float64
        Metres, or square metres divided by a constant.
    unsure : (len(features),) bool
        Features left to GEOS, which have no row: rounding could change the result, districts overlap inside
        the polygon, or an outline does not close.
    """
    ends, owner, on_left = segments(features)
    district = uncrossed_district(index.cells.grid, index.cells.code, *ends)
    settled, unsettled = district != UNDECIDED, np.flatnonzero(district == UNDECIDED)
    segment, edge, along_segment, along_edge, doubtful = _segment_crossings(index.cells, ends[:, unsettled])
    unsure = np.zeros(len(features), np.bool_)
    unsure[owner[unsettled[doubtful]]] = True
    piece, start, stop = _cut(len(unsettled), segment, along_segment)
    segment, piece = unsettled[segment], unsettled[piece]
    x, y = _point_along(ends[:, piece], (start + stop) / 2)
    part = index.find(x, y).astype(np.int64)
    is_line = shapely.get_dimensions(features[0]) == 1
    if is_line:
        new = (np.diff(piece, prepend=-1) != 0) | (np.diff(part, prepend=-2) != 0)
        last = np.append(np.flatnonzero(new)[1:] - 1, len(new) - 1)
        piece, start, stop, part = piece[new], start[new], stop[last], part[new]
    cut = np.stack((*_point_along(ends[:, piece], start), *_point_along(ends[:, piece], stop)))
    outline = np.hstack((ends[:, settled], cut))
    feature = np.concatenate((owner[settled], owner[piece]))
    district = np.concatenate((district[settled], part))
    if is_line:
        rows = feature, district, _geodesic_length(*outline)[None]
    else:
        terms = _outline_terms(features, outline, feature)
        terms *= np.where(np.concatenate((on_left[settled], on_left[piece])), 1.0, -1.0)
        crossed = owner[segment], edge, along_edge
        inner, left, right, inside, unclear = _boundary_inside(index, features, *crossed)
        unsure[unclear] = True
        feature = np.concatenate((feature, inner, inner))
        rows = feature, np.concatenate((district, left, right)), np.hstack((terms, inside, -inside))
    feature, district, sums = _sum_by_part(*rows, len(index))
    unsure[feature[_is_no_outline(features, feature, sums)]] = True
    kept = ~unsure[feature]
    return feature[kept], district[kept], sums[0][kept], unsure


def _is_no_outline(features: Geometries, feature: Ints, sums: Floats) -> Bools:
    """Return which parts of polygons have an outline that does not close, or that runs backwards."""
    if len(sums) == 1:
        return np.zeros(len(feature), np.bool_)
    west, south, east, north = shapely.bounds(features).T
    slack = 1e-11 * np.maximum(east - west, north - south) + 2e-13
    total = np.bincount(feature, weights=sums[0], minlength=len(features))
    is_open: Bools = (np.abs(sums[1:]) > slack[feature]).any(axis=0)
    backwards: Bools = sums[0] < -1e-12 * total[feature]
    return is_open | backwards


def _segment_crossings(cells: Cells, ends: Floats) -> tuple[Ints, Ints, Floats, Floats, Ints]:
    """Find where segments cross boundary edges.

    Returns
    -------
    segment, edge : (c,) int64
    along_segment, along_edge : (c,) float64
        Where they cross, 0 at the start and 1 at the end.
    doubtful : (d,) int64
        Segments that touch an edge, or come so close that rounding could change the result.
    """
    segment, cell = touched_cells(cells.grid, *ends)
    border_cell = UNDECIDED - 1 - cells.code[cell].astype(np.int64)
    near = border_cell >= 0
    segment, edge = cells.edges_in(segment[near], border_cell[near], border_cell[near] + 1)
    x, y, px, py = ends[:, segment]
    px, py = px - x, py - y
    ax, ay = cells.edges.ax[edge] - x, cells.edges.ay[edge] - y
    bx, by = cells.edges.bx[edge] - x, cells.edges.by[edge] - y
    reach = np.max(np.abs((px, py, ax, ay, bx, by)), axis=0)
    a_side, b_side, start_side = px * ay - py * ax, px * by - py * bx, ax * by - ay * bx
    end_side = start_side + a_side - b_side
    crossed, unsure = crossings(a_side, b_side, start_side, end_side, ROUNDING * reach * reach)
    along_segment = start_side[crossed] / (start_side - end_side)[crossed]
    along_edge = a_side[crossed] / (a_side - b_side)[crossed]
    return segment[crossed], edge[crossed], along_segment, along_edge, segment[unsure]


def _cut(count: int, owner: Ints, along: Floats) -> tuple[Ints, Floats, Floats]:
    """Cut segments 0 to count - 1 into pieces; return the segment, start and stop (0 to 1) of each, in order."""
    order = np.lexsort((along, owner))
    owner, along = owner[order], along[order]
    piece = np.insert(np.arange(count), owner + 1, owner)
    start = np.insert(np.zeros(count), owner + 1, along)
    stop = np.append(start[1:], 0.0)
    stop[np.diff(piece, append=-1) != 0] = 1.0
    return piece, start, stop


def _point_along(ends: Floats, along: Floats) -> tuple[Floats, Floats]:
    """Return the point at a fraction of each segment; exactly its end at 1."""
    ax, ay, bx, by = ends
    at_end = along == 1.0
    return (
        np.where(at_end, bx, ax + along * (bx - ax)),
        np.where(at_end, by, ay + along * (by - ay)),
    )


def _boundary_inside(
    index: DistrictIndex, features: Geometries, crossed_feature: Ints, crossed_edge: Ints, along_edge: Floats
) -> tuple[Ints, Ints, Ints, Floats, Ints]:
    """Find the pieces of district boundaries inside polygons.

    Returns
    -------
    feature, left, right : (s,) int64
        Polygon, and the districts on both sides of the piece.
    terms : (3, s) float64
        What the piece adds to the outline of the left district's part, see `_outline_terms`.
    unclear : (u,) int64
        Polygons with a boundary inside that is neither between two districts nor on the outside.
    """
    cells = index.cells
    grid, edges = cells.grid, cells.edges
    west, south, east, north = shapely.bounds(features).T
    rows = cell_span(
        (south - grid.south) * grid.per_degree, (north - grid.south) * grid.per_degree, grid.rows
    )
    cols = cell_span((west - grid.west) * grid.per_degree, (east - grid.west) * grid.per_degree, grid.cols)
    feature, row = ranges(*rows)
    strip = (np.searchsorted(cells.border, row * grid.cols + col[feature]) for col in cols)
    feature, edge = cells.edges_in(feature, *strip)
    pair = np.searchsorted(feature * len(edges.ax) + edge, crossed_feature * len(edges.ax) + crossed_edge)
    piece, start, stop = _cut(len(edge), pair, along_edge)
    feature, edge = feature[piece], edge[piece]
    ends = np.stack((edges.ax[edge], edges.ay[edge], edges.bx[edge], edges.by[edge]))
    shapely.prepare(features)
    inside = shapely.contains_xy(features[feature], *_point_along(ends, (start + stop) / 2))
    feature, edge = feature[inside], edge[inside]
    left, right, separates_two = edges.sides(edge)
    ends, start, stop = ends[:, inside], start[inside], stop[inside]
    stretch = np.stack((*_point_along(ends, start), *_point_along(ends, stop)))
    terms = _outline_terms(features, stretch, feature)
    return feature, left, right, terms, feature[~(separates_two | index.is_outer_edge[edge])]


def _outline_terms(features: Geometries, ends: Floats, feature: Ints) -> Floats:
    """Return what pieces of an outline add to the area inside and to the steps east and north, (3, n).

    The area is the integral of (q0 - q) along the longitude. Here q is the area between the equator and a
    latitude, per radian of longitude (Snyder 1987, eq. 3-12). q0 is its value near the feature: subtracting
    it keeps the digits of small features. Three Gauss-Legendre nodes are exact to 1e-12 on edges up to 1°.
    """
    x0, y0, x1, y1 = ends
    east, north = x1 - x0, y1 - y0
    bounds = shapely.bounds(features)
    level = _authalic((bounds[:, 1] + bounds[:, 3]) / 2)[feature]
    middle, reach = (y0 + y1) / 2, north * np.sqrt(0.15)
    mean = (5 * _authalic(middle - reach) + 8 * _authalic(middle) + 5 * _authalic(middle + reach)) / 18
    return np.stack((np.radians(east) * (level - mean), east, north))


def _authalic(latitude: Floats) -> Floats:
    """Return the area on WGS 84 between the equator and a latitude (degrees), per radian, in squared equatorial radii."""
    sine = np.sin(np.radians(latitude))
    e2, e = _WGS84.es, _ECCENTRICITY
    return np.asarray((1 - e2) / 2 * (sine / (1 - e2 * sine**2) + np.arctanh(e * sine) / e), np.float64)


def _geodesic_length(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> Floats:
    """Return the geodesic distance between points in metres, WGS 84.

    Up to 5 km the length follows from the straight chord c through the earth: c + c^3 / (24 R^2). With the
    mean radius of curvature at the middle latitude for R, the error is below 2e-10 of the length.
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
    """Cut features with GEOS, one district after the other, lowest first, and measure the parts."""
    rest = features[chosen]
    place, district = index.tree.query(rest, predicate="intersects")
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
    """Return the length or area of parts, by the dimension of the features they come from; touches count 0."""
    dimension = shapely.get_dimensions(like)
    piece, owner = shapely.get_parts(parts, return_index=True)
    fits = shapely.get_dimensions(piece) == dimension[owner]
    measure = np.zeros(len(parts))
    for of_dimension in (1, 2):
        chosen = fits & (dimension[owner] == of_dimension)
        if chosen.any():
            ends, segment_of, on_left = segments(piece[chosen])
            if of_dimension == 1:
                values = _geodesic_length(*ends)
            else:
                values = _outline_terms(piece[chosen], ends, segment_of)[0]
                values = np.where(on_left, values, -values)
            measure += np.bincount(owner[chosen][segment_of], weights=values, minlength=len(parts))
    return measure


def _shares(
    index: DistrictIndex, features: Geometries, feature: Ints, district: Ints, measure: Floats
) -> tuple[Ints, Ints, Floats]:
    """Turn measures into shares, drop those below 1e-12, and place features without a measure by a point."""
    total = np.bincount(feature, weights=measure, minlength=len(features))
    kept = measure > 1e-12 * total[feature]
    feature, district, measure = feature[kept], district[kept], measure[kept]
    flat = ~(shapely.is_missing(features) | shapely.is_empty(features))
    flat[feature] = False
    flat = np.flatnonzero(flat)
    points = shapely.get_coordinates(shapely.point_on_surface(features[flat]))
    placed = index.find(*np.ascontiguousarray(points.T))
    feature, district = np.concatenate((feature, flat)), np.concatenate((district, placed))
    measure = np.concatenate((measure, np.ones(len(flat))))
    order = np.lexsort((district, feature))
    feature, district, measure = feature[order], district[order], measure[order]
    return feature, district, measure / np.bincount(feature, weights=measure)[feature]
