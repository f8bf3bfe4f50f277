"""The planar arrangement of a layer: all boundaries cut where they meet, and the faces between them.

How this works. The boundaries of all districts are merged into one set of lines without crossings
(`union_all`), and the faces between the lines are built (`polygonize`). Each face lies wholly inside or wholly
outside every district, so one point in the face tells which districts cover it. A face that two districts
cover is an overlap, a face that none covers is a gap, and two faces of different districts share whole edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

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
    lines = shapely.union_all(shapely.boundary(shapes), grid_size=grid or None)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    face, district = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), predicate="within")
    order = np.lexsort((district, face))
    return Arrangement(faces, face[order], district[order], np.bincount(face, minlength=len(faces)))


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
    rings, ring_face = shapely.get_parts(shapely.boundary(faces), return_index=True)
    lines, line_ring = shapely.get_parts(rings, return_index=True)
    points, point_line = shapely.get_coordinates(lines, return_index=True)
    inside = point_line[1:] == point_line[:-1]
    starts, ends = points[:-1][inside], points[1:][inside]
    backwards = (starts[:, 0] > ends[:, 0]) | ((starts[:, 0] == ends[:, 0]) & (starts[:, 1] > ends[:, 1]))
    starts[backwards], ends[backwards] = ends[backwards], starts[backwards].copy()
    face = ring_face[line_ring][point_line[:-1][inside]]
    edges = np.column_stack([starts, ends])
    order = np.lexsort((face, *edges.T))
    twice = (edges[order][1:] == edges[order][:-1]).all(axis=1)
    first, second = order[:-1][twice], order[1:][twice]
    return SharedEdges(face[first], face[second], starts[first], ends[first])


def border_lengths(faces: Shapes) -> pd.DataFrame:
    """Return pairs of faces that share edges: ``face, neighbour, length`` (m), each pair in both directions."""
    edges = shared_edges(faces)
    steps = (edges.ends - edges.starts) * longitude_scale(edges.starts)
    length = METRES_PER_DEGREE * np.hypot(steps[:, 0], steps[:, 1])
    pairs = pd.DataFrame({"face": edges.face, "neighbour": edges.neighbour, "length": length})
    both = pd.concat([pairs, pairs.rename(columns={"face": "neighbour", "neighbour": "face"})])
    return both.groupby(["face", "neighbour"], as_index=False).agg(length=("length", "sum"))
