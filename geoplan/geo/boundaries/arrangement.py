"""The planar arrangement of a layer: all boundaries cut where they meet, and the faces between them.

How this works. The boundaries of all districts are merged into one set of lines without crossings
(`union_all`), and the faces between the lines are built (`polygonize`). Each face lies wholly inside or wholly
outside every district, so one point in the face tells which districts cover it. A face that two districts
cover is an overlap, a face that none covers is a gap, and two faces of different districts share whole edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
import shapely

from geoplan.geo.boundaries.ring_vertices import RingVertices
from geoplan.geo.geodesy import METRES_PER_DEGREE, longitude_scale
from geoplan.geo.polygons import Floats, Integers, Shapes

NO_DISTRICT = -1
"""Stands for the district of a face that has none."""


@dataclass(frozen=True)
class Arrangement:
    """The faces between the boundaries of a layer, and the districts that cover each.

    Parameters
    ----------
    faces : array of Polygon
        They do not overlap, and neighbours share whole edges.
    face, district : arrays of int
        Pairs of a face and a district that covers it.
    cover_count : array of int
        Number of districts that cover each face: 1 is normal, 2 or more an overlap, 0 a gap.
    """

    faces: Shapes
    face: Integers
    district: Integers
    cover_count: Integers

    def sole_districts(self) -> Integers:
        """Return the district of each face that exactly one covers, `NO_DISTRICT` for the others."""
        sole = self.cover_count[self.face] == 1
        districts = np.full(len(self.faces), NO_DISTRICT, dtype=np.int64)
        districts[self.face[sole]] = self.district[sole]
        return districts


def arrange(shapes: Shapes, grid: float = 0.0) -> Arrangement:
    """Cut the boundaries of all districts where they meet, and find which districts cover each face.

    Parameters
    ----------
    shapes : array of valid Polygon or MultiPolygon
    grid : float
        Grid size that coordinates are snapped to, in their own unit; 0 keeps them as they are.
    """
    lines = shapely.union_all(_lines_once(shapes), grid_size=grid or None)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    face, district = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), predicate="within")
    order = np.lexsort((district, face))
    return Arrangement(faces, face[order], district[order], np.bincount(face, minlength=len(faces)))


def _lines_once(shapes: Shapes) -> Shapes:
    """Return the boundaries as lines, in which an edge that two shapes share occurs once; that halves the noding."""
    vertices = RingVertices.of(shapes)
    starts = vertices.starts
    ends = np.sort(np.column_stack([vertices.place[starts], vertices.place[starts + 1]]), axis=1)
    _, first = np.unique(ends @ [len(vertices.places), 1], return_index=True)
    start = starts[np.sort(first)]
    new_line = np.diff(start, prepend=-2) != 1
    line = np.cumsum(new_line) - 1
    # Each line is the starts of its edges, and the end of its last edge.
    last = np.append(new_line[1:], True) if len(start) else new_line
    vertex = np.concatenate([start, start[last] + 1])
    line = np.concatenate([line, line[last]])
    order = np.lexsort((vertex, line))
    return cast(Shapes, shapely.linestrings(vertices.xy[vertex[order]], indices=line[order]))


@dataclass(frozen=True)
class SharedEdges:
    """Edges that two faces share; each edge occurs once.

    Parameters
    ----------
    face, neighbour : arrays of int
    starts, ends : arrays of float, shape (n, 2)
    """

    face: Integers
    neighbour: Integers
    starts: Floats
    ends: Floats


def shared_edges(faces: Shapes) -> SharedEdges:
    """Find the edges that two faces have in common, equal to the last digit."""
    vertices = RingVertices.of(faces)
    starts = vertices.starts
    ends = np.sort(np.column_stack([vertices.place[starts], vertices.place[starts + 1]]), axis=1)
    key, face = ends @ [len(vertices.places), 1], vertices.shape_of_edge
    order = np.lexsort((face, key))
    twice = key[order][1:] == key[order][:-1]
    first, second = order[:-1][twice], order[1:][twice]
    return SharedEdges(
        face[first], face[second], vertices.places[ends[first, 0]], vertices.places[ends[first, 1]]
    )


def border_lengths(edges: SharedEdges) -> pd.DataFrame:
    """Return pairs of faces that share edges: ``face, neighbour, length`` (m), each pair in both directions."""
    steps = (edges.ends - edges.starts) * longitude_scale(edges.starts)
    length = METRES_PER_DEGREE * np.hypot(steps[:, 0], steps[:, 1])
    pairs = pd.DataFrame({"face": edges.face, "neighbour": edges.neighbour, "length": length})
    both = pd.concat([pairs, pairs.rename(columns={"face": "neighbour", "neighbour": "face"})])
    return both.groupby(["face", "neighbour"], as_index=False).agg(length=("length", "sum"))
