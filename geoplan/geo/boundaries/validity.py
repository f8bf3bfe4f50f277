"""Invalid boundaries made valid, so that no district takes ground of its neighbours.

How this works. An invalid shape can be read in two ways (GEOS calls them methods):

- *structure* trusts the roles of the rings: shells are joined, holes are taken out. It fails where a ring has
  the wrong role, for example where the rings of a district around an enclave are in the wrong order.
- *linework* ignores the roles: ground is inside if an odd number of rings surrounds it. It fails where a
  boundary overlaps itself.

The neighbours decide. Ground on which the two readings differ goes to the district by *structure*, unless
other districts certainly have most of it. Certain is the ground of a valid shape, and of an invalid one the
ground on which its two readings agree. Where *structure* loses most of a district, *linework* takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely

from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.polygons import Flags, Floats, Shapes, polygons_of

_CLAIMED = 0.5  # part of disputed ground that others must have for the district to lose it
_LOST = 0.5  # below this part of the linework reading, the structure reading has lost the district


@dataclass(frozen=True)
class ValidShapes:
    """Valid shapes, and what was uncertain about them.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon
        Empty where a geometry has no area.
    repaired : array of bool
        Whether the geometry was invalid.
    disputed_m2 : array of float
        Ground on which the two readings of an invalid geometry differ (geodesic).
    """

    shapes: Shapes
    repaired: Flags
    disputed_m2: Floats


def make_valid(shapes: Shapes) -> ValidShapes:
    """Make the polygons of a layer valid; of two readings of an invalid one, its neighbours decide.

    Parameters
    ----------
    shapes : array of geometries or None
        One for each district, EPSG:4326 or projected. Points and lines are dropped.
    """
    valid = polygons_of(shapes)
    repaired = ~shapely.is_valid(valid)
    disputed_m2 = np.zeros(len(valid))
    wrong = np.flatnonzero(repaired)
    if not len(wrong):
        return ValidShapes(valid, repaired, disputed_m2)
    structure = _read(valid[wrong], "structure")
    linework = _read(valid[wrong], "linework")
    disputed = shapely.symmetric_difference(structure, linework)
    certain = valid.copy()
    certain[wrong] = shapely.intersection(structure, linework)
    tree = shapely.STRtree(certain)
    for at, row in enumerate(wrong):
        lost = shapely.area(structure[at]) < _LOST * shapely.area(linework[at])
        reading = linework[at] if lost else structure[at]
        if not shapely.is_empty(disputed[at]):
            reading = shapely.difference(reading, _claimed_by_others(disputed[at], int(row), certain, tree))
        valid[row] = reading
    valid[wrong] = polygons_of(valid[wrong])
    disputed_m2[wrong] = geodesic_area(polygons_of(disputed))
    return ValidShapes(valid, repaired, disputed_m2)


def _read(shapes: Shapes, method: str) -> Shapes:
    keep = {"keep_collapsed": False} if method == "structure" else {}
    return polygons_of(shapely.make_valid(shapes, method=method, **keep))


def _claimed_by_others(disputed: Any, row: int, certain: Shapes, tree: Any) -> Any:
    """Return the parts of disputed ground that districts other than ``row`` certainly have."""
    parts = shapely.get_parts(disputed)
    parts = parts[shapely.area(parts) > 0]
    part, other = tree.query(parts, predicate="intersects")
    part, other = part[other != row], other[other != row]
    shared = shapely.area(shapely.intersection(parts[part], certain[other]))
    taken = np.bincount(part, weights=shared, minlength=len(parts)) > _CLAIMED * shapely.area(parts)
    return shapely.union_all(cast(Shapes, parts[taken]))
