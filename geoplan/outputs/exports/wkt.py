"""WKT to the last bit: what is read back is the same geometry, not one that is nearly so."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from geoplan.sources.tables.cell_values import plain_float

_NUMBER = re.compile(r"\d+")


def write_wkt(geometries: Any) -> Any:
    """Write geometries as WKT with as many digits as each coordinate needs.

    GEOS counts decimals, not significant digits, so that its own text is off by a last bit now and then.

    Parameters
    ----------
    geometries : (n,) array of Geometry or None
        Two-dimensional.

    Returns
    -------
    (n,) array of str or None

    >>> import shapely
    >>> write_wkt(np.array([shapely.Point(0.1, 1e-7), None], dtype=object)).tolist()
    ['POINT (0.1 0.0000001)', None]
    """
    import shapely

    flat = shapely.force_2d(np.asarray(geometries, dtype=object))
    coordinates = shapely.get_coordinates(flat)
    distinct, position = np.unique(coordinates, return_inverse=True)
    numbers = [plain_float(number) for number in distinct.tolist()]
    # Written with the position of each number in its stead, the text shows where each one goes.
    positions = position.reshape(coordinates.shape).astype(float)
    texts = shapely.to_wkt(shapely.set_coordinates(flat.copy(), positions), rounding_precision=0)
    return np.array(
        [None if text is None else _NUMBER.sub(lambda found: numbers[int(found[0])], text) for text in texts],
        dtype=object,
    )
