"""WKT at full precision: reading it back gives exactly the same geometry."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from geoplan.sources.tables.cell_values import plain_float

_NUMBER = re.compile(r"\d+")


def write_wkt(geometries: Any) -> Any:
    """Return geometries as WKT with as many digits as each coordinate needs.

    GEOS counts decimals, not significant digits, so the last bit of its own text is sometimes wrong.

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
    # Each coordinate is replaced by the index of its number, and GEOS writes the indices. The exact numbers then
    # replace the indices in the text.
    positions = position.reshape(coordinates.shape).astype(float)
    texts = shapely.to_wkt(shapely.set_coordinates(flat.copy(), positions), rounding_precision=0)
    return np.array(
        [None if text is None else _NUMBER.sub(lambda found: numbers[int(found[0])], text) for text in texts],
        dtype=object,
    )
