"""Simplification of a coverage: fewer vertices, neighbours still share exact edges, and a bound on the distance.

How this works. The borders are taken apart into arcs between the points where three or more districts meet. An arc
is simplified by Douglas & Peucker (1973) in its form that preserves topology: no vertex that goes lies farther from
the new line than the tolerance, and no line crosses or jumps over another one. Small parts of districts get a
smaller tolerance, in steps of a half, so that islands and towns keep their shape. Arcs of one step are simplified
together; all other arcs are cut into single edges meanwhile, so that they stay and stand in the way.

The vertices that stay are vertices of the layer. So the new shapes are the old rings without the others, and both
neighbours of an arc lose the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import geopandas as gpd
import numpy as np
import shapely

from geoplan.geo.boundaries.layer import district_shapes, with_shapes
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
    those of the layer, to the last digit.

    Parameters
    ----------
    districts : GeoDataFrame
        An exact coverage, any CRS.
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
        raise InputError(
            Problem("districts", "the boundaries are not an exact coverage", way_out="repair them first")
        )
    return with_shapes(districts, simplify_shapes(shapes, tolerance))


def simplify_shapes(shapes: Shapes, tolerance: float) -> Shapes:
    """Simplify the polygons of an exact coverage, see `simplify`; EPSG:4326, metres."""
    rings = _Rings.of(shapes)
    arcs = _Arcs.of(rings)
    step = np.zeros(len(arcs.lines), np.int64)
    limit = _width_limits(shapes)
    np.maximum.at(step, arcs.of_edge, _steps_for(limit, tolerance)[rings.part_of_edge])
    for _ in range(_ROUNDS):
        kept = arcs.simplified(step, tolerance / METRES_PER_DEGREE)
        simple = rings.keep(kept, shapes)
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
class _Rings:
    """The rings of polygons, in degrees of latitude both ways."""

    xy: Floats  # (vertices, 2) longitudes scaled, so that no distance is underestimated
    ring: Integers  # (vertices,) ring of each vertex
    part: Integers  # (rings,) part of each ring
    shape: Integers  # (parts,) shape of each part
    vertex: Integers  # (vertices,) number of its place: equal for equal coordinates

    @classmethod
    def of(cls, shapes: Shapes) -> _Rings:
        parts, shape = shapely.get_parts(shapes, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        south, north = float(xy[:, 1].min()), float(xy[:, 1].max())
        nearest_equator = min(abs(south), abs(north)) if south * north > 0 else 0.0
        scale = float(np.cos(np.radians(nearest_equator)))
        _, vertex = np.unique(xy, axis=0, return_inverse=True)
        return cls(xy * (scale, 1.0), ring, part, shape, vertex.reshape(-1))

    @property
    def starts(self) -> Integers:
        """First vertex of each edge; its end is the next one."""
        return np.flatnonzero(self.ring[1:] == self.ring[:-1])

    @property
    def part_of_edge(self) -> Integers:
        return self.part[self.ring[self.starts]]

    @property
    def shape_of_edge(self) -> Integers:
        return self.shape[self.part_of_edge]

    def keep(self, kept: Flags, shapes: Shapes) -> Shapes:
        """Return the shapes with the vertices at kept places only; a ring with fewer than 3 stays whole."""
        keep = kept[self.vertex]
        closing = np.append(self.ring[1:] != self.ring[:-1], True)
        left = np.bincount(self.ring[keep & ~closing], minlength=len(self.part))
        keep |= (left < 3)[self.ring]
        xy = shapely.get_coordinates(shapes)[keep]
        return cast(Shapes, _polygons(xy, self.ring[keep], self.part, self.shape, len(shapes)))


def _polygons(xy: Floats, ring: Integers, part: Integers, shape: Integers, count: int) -> Any:
    rings = shapely.linearrings(xy, indices=ring)
    parts = shapely.polygons(rings, indices=part)
    simple = np.full(count, shapely.Polygon(), dtype=object)
    size = np.bincount(shape, minlength=count)
    several = np.flatnonzero(size > 1)
    only = size[shape] == 1
    simple[shape[only]] = parts[only]
    simple[several] = shapely.multipolygons(parts[~only], indices=np.searchsorted(several, shape[~only]))
    return simple


@dataclass(frozen=True)
class _Arcs:
    """Borders between places where other than two edges meet."""

    lines: Shapes
    of_edge: Integers  # arc of each edge of the rings
    place: Integers  # place of each vertex of the lines
    place_count: int
    line: Integers  # line of each vertex of the lines

    @classmethod
    def of(cls, rings: _Rings) -> _Arcs:
        starts = rings.starts
        ends = np.sort(np.column_stack([rings.vertex[starts], rings.vertex[starts + 1]]), axis=1)
        edges, of_edge = np.unique(ends, axis=0, return_inverse=True)
        position = np.empty((int(rings.vertex.max(initial=0)) + 1, 2))
        position[rings.vertex] = rings.xy
        segments = shapely.linestrings(position[edges])
        lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(segments)))
        xy, line = shapely.get_coordinates(lines, return_index=True)
        place = _places(xy, position)
        inside = np.flatnonzero(line[1:] == line[:-1])
        pairs = np.sort(np.column_stack([place[inside], place[inside + 1]]), axis=1)
        key, known = pairs @ [len(position), 1], edges @ [len(position), 1]
        arc = np.empty(len(edges), np.int64)
        arc[np.searchsorted(known, key)] = line[inside]
        return cls(lines, arc[of_edge.reshape(-1)], place, len(position), line)

    def simplified(self, step: Integers, tolerance: float) -> Flags:
        """Return which places stay, when each arc is simplified by the tolerance halved ``step`` times."""
        lines = self.lines.copy()
        for now in np.unique(step[step <= _STEPS]):
            chosen = step == now
            others = _single_edges(lines[~chosen])
            together = shapely.multilinestrings(np.concatenate([lines[chosen], others]))
            simple = shapely.get_parts(shapely.simplify(together, tolerance / 2**now, preserve_topology=True))
            lines[chosen] = simple[: int(chosen.sum())]
        kept = np.zeros(self.place_count, np.bool_)
        position = np.empty((self.place_count, 2))
        position[self.place] = shapely.get_coordinates(self.lines)
        kept[_places(shapely.get_coordinates(lines), position)] = True
        return kept


def _single_edges(lines: Shapes) -> Shapes:
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = np.flatnonzero(line[1:] == line[:-1])
    return cast(Shapes, shapely.linestrings(np.stack([xy[inside], xy[inside + 1]], axis=1)))


def _places(xy: Floats, position: Floats) -> Integers:
    """Return the number of the place at each coordinate; ``position`` is in order of x, then y."""
    known = position[:, 0] + 1j * position[:, 1]
    return np.searchsorted(known, xy[:, 0] + 1j * xy[:, 1])
