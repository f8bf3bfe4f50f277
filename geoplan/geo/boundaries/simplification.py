"""Simplification of a coverage: fewer vertices, neighbours still share exact edges, and a bound on the distance.

How this works. The borders are taken apart into arcs between the points where three or more districts meet. An arc
is simplified by Douglas & Peucker (1973) in its form that preserves topology: no vertex that goes lies farther from
the new line than the tolerance, and no line crosses or jumps over another one. Small parts of districts get a
smaller tolerance, in steps of a half, so that islands and towns keep their shape. Arcs of one step are simplified
together; all other arcs are cut into single edges meanwhile, so that they stay and block moves across them.

The vertices that stay are vertices of the layer. So the new shapes are the old rings without the others, and both
neighbours of an arc lose the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import shapely

from geoplan.geo.boundaries.coverage import check_coverage
from geoplan.geo.boundaries.layer import district_shapes, with_shapes
from geoplan.geo.boundaries.repairs import repair
from geoplan.geo.boundaries.ring_vertices import RingVertices
from geoplan.geo.geodesy import METRES_PER_DEGREE, area_and_perimeter
from geoplan.geo.polygons import Flags, Floats, Integers, Shapes
from geoplan.model.errors import InputError, Problem

_OF_WIDTH = 0.25  # of the mean width of a part: the largest tolerance for its border
_STEPS = 8  # halvings of the tolerance; a part that needs less keeps all its vertices
_ROUNDS = 10


def simplify(districts: gpd.GeoDataFrame, *, tolerance: float) -> gpd.GeoDataFrame:
    """Remove vertices from a coverage; neighbours keep exactly the same edge.

    No removed vertex lies farther than ``tolerance`` from the new border. The border of a small part of a district
    moves by at most a quarter of its mean width (twice the area over the perimeter). The vertices that stay are
    those of the layer, to the last digit. Overlaps of rounding (see `CoverageReport`) are repaired first, so there
    a border can move by another millimetre.

    Parameters
    ----------
    districts : GeoDataFrame
        An exact coverage, up to rounding; any CRS.
    tolerance : float
        Metres. On a map 1 : N, 0.0002 N metres is the width of a fine line.

    Returns
    -------
    GeoDataFrame
        EPSG:4326.

    Raises
    ------
    InputError
        The layer is not an exact coverage, so edges could not stay shared.
    """
    shapes = district_shapes(districts)
    if not tolerance >= 0:
        raise InputError(Problem("simplify", "tolerance must be 0 m or more", values=(tolerance,)))
    given = shapes[~shapely.is_missing(shapes)]
    if shapely.is_empty(given).all():
        raise InputError(Problem("districts", "the layer has no area", way_out="give a layer of polygons"))
    if not (shapely.is_valid(given).all() and shapely.coverage_is_valid(shapes)):
        shapes = _without_rounding(districts)
    return with_shapes(districts, simplify_shapes(shapes, tolerance))


def _without_rounding(districts: gpd.GeoDataFrame) -> Shapes:
    """Return the shapes of a layer whose only faults come from rounding, as an exact coverage."""
    report = check_coverage(districts)
    if not report.is_exact:
        raise InputError(
            Problem(
                "districts",
                f"the boundaries are not an exact coverage: {report}",
                way_out="repair them first",
            )
        )
    return district_shapes(repair(districts)[0])


def simplify_shapes(shapes: Shapes, tolerance: float) -> Shapes:
    """Simplify the polygons of an exact coverage, see `simplify`; EPSG:4326, metres."""
    rings = RingVertices.of(shapes)
    arcs = _Arcs.of(rings)
    step = np.zeros(len(arcs.lines), np.int64)
    limit = _width_limits(shapes)
    np.maximum.at(step, arcs.of_edge, _steps_for(limit, tolerance)[rings.part_of_edge])
    for _ in range(_ROUNDS):
        kept = arcs.simplified(step, tolerance / METRES_PER_DEGREE)
        simple = rings.keep(kept)
        wrong = _broken(simple)
        if not wrong.any():
            return simple
        # Rings that collapsed or touch themselves: their arcs take a smaller tolerance.
        touched = np.unique(arcs.of_edge[wrong[rings.shape_of_edge]])
        step[touched] += 2
    return shapes


def _steps_for(limit: Floats, tolerance: float) -> Integers:
    """Return by how many halvings the tolerance falls below limits."""
    with np.errstate(divide="ignore"):
        halvings = np.ceil(np.log2(tolerance / limit)) if tolerance > 0 else np.zeros(len(limit))
    halvings = np.clip(np.nan_to_num(halvings, posinf=_STEPS + 1), 0, _STEPS + 1)
    return cast(Integers, halvings.astype(np.int64))


def _width_limits(shapes: Shapes) -> Floats:
    """Return how far the border of each part of each shape may move, in metres."""
    area, perimeter = area_and_perimeter(shapely.get_parts(shapes))
    return _OF_WIDTH * 2 * area / np.where(perimeter > 0, perimeter, np.inf)


def _broken(shapes: Shapes) -> Flags:
    broken = ~shapely.is_valid(shapes)
    edges = shapely.coverage_invalid_edges(shapes)
    return cast(Flags, broken | ~(shapely.is_missing(edges) | shapely.is_empty(edges)))


@dataclass(frozen=True)
class _Arcs:
    """Borders between places where other than two edges meet."""

    rings: RingVertices
    lines: Shapes  # longitudes scaled, so that no distance is underestimated
    of_edge: Integers  # arc of each edge of the rings
    place: Integers  # place of each vertex of the lines

    @classmethod
    def of(cls, rings: RingVertices) -> _Arcs:
        starts = rings.starts
        ends = np.sort(np.column_stack([rings.place[starts], rings.place[starts + 1]]), axis=1)
        edges, of_edge = np.unique(ends @ [len(rings.places), 1], return_inverse=True)
        segments = shapely.linestrings(rings.places[np.column_stack(np.divmod(edges, len(rings.places)))])
        lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(segments)))
        xy, line = shapely.get_coordinates(lines, return_index=True)
        place = rings.places_at(xy)
        inside = np.flatnonzero(line[1:] == line[:-1])
        pairs = np.sort(np.column_stack([place[inside], place[inside + 1]]), axis=1)
        arc = np.empty(len(edges), np.int64)
        arc[np.searchsorted(edges, pairs @ [len(rings.places), 1])] = line[inside]
        scaled = shapely.linestrings(xy * (_longitude_scale(rings.places), 1.0), indices=line)
        return cls(rings, scaled, arc[of_edge.reshape(-1)], place)

    def simplified(self, step: Integers, tolerance: float) -> Flags:
        """Return which places stay, when each arc is simplified by the tolerance halved ``step`` times."""
        lines = self.lines.copy()
        for now in np.unique(step[step <= _STEPS]):
            chosen = step == now
            together = shapely.multilinestrings(
                np.concatenate([lines[chosen], _single_edges(lines[~chosen])])
            )
            simple = shapely.get_parts(shapely.simplify(together, tolerance / 2**now, preserve_topology=True))
            lines[chosen] = simple[: int(chosen.sum())]
        kept = np.zeros(len(self.rings.places), np.bool_)
        kept[self.place[_find_vertices(lines, self.lines)]] = True
        return kept


def _longitude_scale(places: Floats) -> float:
    """Return the length of a degree of longitude, in degrees of latitude, where it is longest."""
    south, north = float(places[:, 1].min()), float(places[:, 1].max())
    nearest_equator = min(abs(south), abs(north)) if south * north > 0 else 0.0
    return float(np.cos(np.radians(nearest_equator)))


def _single_edges(lines: Shapes) -> Shapes:
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = np.flatnonzero(line[1:] == line[:-1])
    return cast(Shapes, shapely.linestrings(np.stack([xy[inside], xy[inside + 1]], axis=1)))


def _find_vertices(simple: Shapes, lines: Shapes) -> Integers:
    """Return the position among the vertices of lines of each vertex of the simplified lines."""
    xy, own = shapely.get_coordinates(lines), shapely.get_coordinates(simple)
    points = xy[:, 0] + 1j * xy[:, 1]
    order = np.argsort(points, kind="stable")
    return cast(Integers, order[np.searchsorted(points[order], own[:, 0] + 1j * own[:, 1])])
