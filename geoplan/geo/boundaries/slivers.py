"""Slivers of a layer: narrow detached parts, and narrow strips that are open to the outside.

How this works for open strips: the faces of the arrangement are an exact coverage, in which overlaps and gaps
are faces of their own. So the only edges that GEOS still finds close to each other, without touching, lie
along open strips. Around these edges the ground is closed (grown and shrunk by half the width): what the
closing adds is the strip.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd
import shapely

from geoplan.geo.boundaries.arrangement import Arrangement
from geoplan.geo.boundaries.coverage_findings import FINDING_COLUMNS, make_findings
from geoplan.geo.boundaries.finding_tables import join_codes, stack_frames
from geoplan.geo.geodesy import METRES_PER_DEGREE, area_and_perimeter, longitude_scale
from geoplan.geo.polygons import Integers, Shapes


def detached_slivers(shapes: Shapes, codes: Shapes, width: float) -> pd.DataFrame:
    """Find narrow parts of a district beside its largest part."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    several = np.bincount(row, minlength=len(shapes))[row] > 1
    parts, row = parts[several], row[several]
    area, perimeter = area_and_perimeter(parts)
    largest = pd.Series(area).groupby(row).transform("max").to_numpy()
    narrow = (2 * area < width * perimeter) & (area < largest)
    return make_findings("sliver", codes[row[narrow]], parts[narrow], "detached part")


def open_slivers(arrangement: Arrangement, faces: Shapes, codes: Shapes, width: float) -> pd.DataFrame:
    """Find narrow strips between two districts that are open to the outside."""
    if not len(faces):
        return stack_frames([], FINDING_COLUMNS)
    degrees = width / METRES_PER_DEGREE
    # Longitudes are scaled, so that a width is the same in all directions.
    even = longitude_scale(np.array([[0.0, np.mean(shapely.total_bounds(faces)[[1, 3]])]]))
    faces = shapely.transform(faces, lambda points: points * even)
    edges = shapely.coverage_invalid_edges(faces, gap_width=degrees)
    zones = shapely.get_parts(shapely.union_all(shapely.buffer(edges[~shapely.is_empty(edges)], 2 * degrees)))
    tree = shapely.STRtree(faces)
    strips, named = [], []
    for zone in zones[~shapely.is_empty(zones)]:
        near = np.sort(tree.query(zone, predicate="intersects"))
        for strip in _strips(faces[near], zone, degrees):
            rows = _rows_beside(strip, near, arrangement, faces, degrees)
            if len(rows) > 1:
                strips.append(shapely.transform(strip, lambda points: points / even))
                named.append(join_codes(set(codes[rows])))
    return make_findings("sliver", named, np.array(strips, dtype=object), "open strip")


def _strips(faces: Shapes, zone: Any, width: float) -> Shapes:
    """Return the ground in a zone that no face covers and that is narrower than the width."""
    ground = shapely.union_all(shapely.intersection(faces, zone))
    closed = shapely.buffer(shapely.buffer(ground, width / 2), -width / 2)
    strips = shapely.get_parts(shapely.intersection(shapely.difference(closed, ground), zone))
    return cast(Shapes, strips[shapely.area(strips) > 0])


def _rows_beside(
    part: Any, near: Integers, arrangement: Arrangement, faces: Shapes, degrees: float
) -> Integers:
    """Return the districts that a strip runs along, for more than half of its width."""
    along = shapely.length(
        shapely.intersection(shapely.boundary(part), shapely.buffer(faces[near], degrees / 1000))
    )
    touching = near[along > degrees / 2]
    return np.unique(arrangement.district[np.isin(arrangement.face, touching)])
