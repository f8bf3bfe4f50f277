"""The vertices of a layer: where equal ones are one place, and how shapes look with only some of the places.

Neighbours of a coverage have equal vertices on their border. A choice by place is the same choice for both, so
their border stays one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely

from geoplan.geo.polygons import Flags, Floats, Integers, Shapes


@dataclass(frozen=True)
class RingVertices:
    """The vertices of the rings of polygons.

    Parameters
    ----------
    xy : (vertices, 2) float
        Coordinates as given.
    ring : (vertices,) int
        Ring of each vertex.
    part : (rings,) int
        Part of each ring.
    shape : (parts,) int
        Shape of each part.
    place : (vertices,) int
        Number of the place of each vertex, equal for equal coordinates, in order of x and y.
    places : (places, 2) float
        Coordinates of each place.
    shape_count : int
    """

    xy: Floats
    ring: Integers
    part: Integers
    shape: Integers
    place: Integers
    places: Floats
    shape_count: int

    @classmethod
    def of(cls, shapes: Shapes) -> RingVertices:
        """Take polygons apart; missing and empty ones have no vertices."""
        parts, shape = shapely.get_parts(shapes, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        points = xy[:, 0] + 1j * xy[:, 1]  # complex numbers sort by x, then y
        found, place = np.unique(points, return_inverse=True)
        places = np.column_stack([found.real, found.imag])
        return cls(xy, ring, part, shape, place.reshape(-1), places, len(shapes))

    @property
    def starts(self) -> Integers:
        """First vertex of each edge; its end is the next vertex."""
        return np.flatnonzero(self.ring[1:] == self.ring[:-1])

    @property
    def part_of_edge(self) -> Integers:
        """Part of each edge."""
        return self.part[self.ring[self.starts]]

    @property
    def shape_of_edge(self) -> Integers:
        """Shape of each edge."""
        return self.shape[self.part_of_edge]

    def places_at(self, xy: Floats) -> Integers:
        """Return the place of coordinates that are vertices."""
        known = self.places[:, 0] + 1j * self.places[:, 1]
        return np.searchsorted(known, xy[:, 0] + 1j * xy[:, 1])

    def keep(self, kept: Flags) -> Shapes:
        """Return the shapes with the vertices at kept places only; a ring left with fewer than 3 stays whole."""
        keep = kept[self.place]
        closing = np.append(self.ring[1:] != self.ring[:-1], True)
        left = np.bincount(self.ring[keep & ~closing], minlength=len(self.part))
        keep |= (left < 3)[self.ring]
        return cast(Shapes, self._polygons(self.xy[keep], self.ring[keep]))

    def _polygons(self, xy: Floats, ring: Integers) -> Any:
        parts = shapely.polygons(shapely.linearrings(xy, indices=ring), indices=self.part)
        shapes = np.full(self.shape_count, shapely.Polygon(), dtype=object)
        size = np.bincount(self.shape, minlength=self.shape_count)
        several = np.flatnonzero(size > 1)
        only = size[self.shape] == 1
        shapes[self.shape[only]] = parts[only]
        shapes[several] = shapely.multipolygons(
            parts[~only], indices=np.searchsorted(several, self.shape[~only])
        )
        return shapes
