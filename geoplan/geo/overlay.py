"""Which part of a line or polygon lies in each district: by geodesic length, and by area on the ellipsoid.

The shares come from the cells of the district index: a line is cut where it crosses boundary edges, and the
area of a part of a polygon is an integral around its outline, so that no part has to be constructed. Whatever
is not certain there is cut by GEOS, one district after the other.
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
    HARD,
    OUTSIDE,
    ROUNDING,
    Bools,
    Cells,
    Floats,
    Geometries,
    Ints,
    cell_span,
    crossings,
    ranges,
    segments,
    settled_district,
    touched_cells,
)
from geoplan.geo.district_index import DistrictIndex

_WORK_BLOCK = 1 << 16  # vertices and cells of features measured at once
_POINTS_PER_FEATURE = 100  # an overlay by GEOS takes as long as locating so many points
_THREADS = 4  # more wait for each other: only the numbers are worked on without the interpreter's lock
_SHORT = 5000.0  # metres; see _geodesic_length
_WGS84 = Geod(ellps="WGS84")
_ECCENTRICITY = np.sqrt(_WGS84.es)


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
    with ThreadPoolExecutor(1) as beside:
        if index.pays_for_cells(len(whole) * _POINTS_PER_FEATURE // 2):
            beside.submit(lambda: index.cells)
        home, crossing = _homes(index, whole)
    settled = np.flatnonzero(home != HARD)
    rows = [(settled, home[settled], np.ones(len(settled)))]
    left = np.ones(len(whole), np.bool_)
    if index.pays_for_cells(len(crossing) * _POINTS_PER_FEATURE):
        for chosen, parts in _measure_in_blocks(index, whole, crossing):
            feature, district, measure, unsure = parts
            rows.append((chosen[feature], district, measure))
            left[chosen[~unsure]] = False
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
        District that has the whole feature, OUTSIDE if it meets no district's bounding box, else HARD.
    crossing : (c,) int64
        Features that need an overlay.
    """
    feature, district = index.tree.query(features)
    by_district = np.argsort(district, kind="stable")
    feature, district = feature[by_district], district[by_district]
    covered = shapely.covers(index.districts[district], features[feature])
    home = np.full(len(features), len(index))
    np.minimum.at(home, feature[covered], district[covered])
    lower = np.flatnonzero((district < home[feature]) & (home[feature] < len(index)))
    takes_part = shapely.intersects(index.districts[district[lower]], features[feature[lower]])
    home[feature[lower[takes_part]]] = len(index)
    home[home == len(index)] = HARD
    home[np.bincount(feature, minlength=len(features)) == 0] = OUTSIDE
    there = ~(shapely.is_missing(features) | shapely.is_empty(features))
    home[~there] = HARD
    return home, np.flatnonzero(there & (home == HARD))


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
        polygon do not each part two districts or one from the outside (overlaps), or where an outline does not close.
    """
    ends, owner, on_left = segments(features)
    district = settled_district(index.cells.grid, index.cells.code, *ends)
    settled, unsettled = district != HARD, np.flatnonzero(district == HARD)
    segment, edge, along_segment, along_edge, doubtful = _segment_crossings(index.cells, ends[:, unsettled])
    unsure = np.zeros(len(features), np.bool_)
    unsure[owner[unsettled[doubtful]]] = True
    piece, start, stop = _cut(len(unsettled), segment, along_segment)
    segment, piece = unsettled[segment], unsettled[piece]
    x, y = _point_along(ends[:, piece], (start + stop) / 2)
    part = index.locate(x, y)[0].astype(np.int64)
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
    """Tell the parts of polygons whose outline does not lead back to its start, or goes around backwards."""
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
        Segments that touch an edge, or come so near that rounding could decide.
    """
    segment, cell = touched_cells(cells.grid, *ends)
    border_cell = HARD - 1 - cells.code[cell].astype(np.int64)
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
    index: DistrictIndex, features: Geometries, crossed_feature: Ints, crossed_edge: Ints, along_edge: Floats
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
    left, right, parts_two = edges.sides(edge)
    ends, start, stop = ends[:, inside], start[inside], stop[inside]
    stretch = np.stack((*_point_along(ends, start), *_point_along(ends, stop)))
    terms = _outline_terms(features, stretch, feature)
    return feature, left, right, terms, feature[~(parts_two | index.is_outer_edge[edge])]


def _outline_terms(features: Geometries, ends: Floats, feature: Ints) -> Floats:
    """Give what pieces of outline add to the area inside and to the way around it, which must lead back, (3, n).

    The area is the integral of (q0 - q) along the longitude, where q is the area between the equator and a
    latitude per radian of longitude (Snyder 1987, eq. 3-12), and q0 its value near the feature, which keeps
    the digits of small features. Three Gauss-Legendre nodes are exact to 1e-12 on edges up to a degree.
    """
    x0, y0, x1, y1 = ends
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
    """Length or area of parts, whichever the geometries they are cut from have; a mere touch measures 0."""
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
