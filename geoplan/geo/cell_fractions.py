"""Cell fractions: which part of each cell of a grid lies in each polygon, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoplan.geo.polygons import Floats, Shapes
from geoplan.model.errors import InputError, Problem
from geoplan.model.optional_libraries import missing_extra

Cells = NDArray[np.int64]


def refuse_invalid(shapes: Shapes) -> None:
    """Raise `InputError` if a polygon is invalid: its fractions would be wrong in silence."""
    wrong = np.flatnonzero(~shapely.is_valid(shapes))
    if len(wrong):
        rows = tuple(int(at) + 1 for at in wrong)
        advice = "repair the layer first"
        raise InputError(Problem("districts", "invalid polygons", rows=rows, way_out=advice))


def cell_fractions(
    shapes: Shapes, bounds: tuple[float, float, float, float], size: tuple[int, int]
) -> Iterator[tuple[int, Cells, Floats]]:
    """Yield for each polygon that meets a grid: its position, the cells it covers, and the fraction of each.

    Parameters
    ----------
    shapes : (n,) array of Polygon or MultiPolygon
        Valid, in the CRS of the grid.
    bounds : (west, south, east, north)
        Of the grid.
    size : (rows, columns)

    Yields
    ------
    position : int
    cells : (m,) int
        Row × columns + column, the first row in the north.
    fractions : (m,) float
        0 to 1.

    Raises
    ------
    InputError
        A polygon is invalid: its fractions would be wrong.
    UsageError
        The extra for rasters is not installed.
    """
    try:
        from exactextract import exact_extract
        from exactextract.raster import NumPyRasterSource
    except ImportError:
        raise missing_extra("rasters need", "raster") from None
    refuse_invalid(shapes)
    west, south, east, north = bounds
    # The values do not matter: a view of one number stands for all cells.
    cells = np.broadcast_to(np.uint8(0), size)
    source = NumPyRasterSource(cells, xmin=west, ymin=south, xmax=east, ymax=north)
    meets = np.flatnonzero(shapely.intersects(shapes, shapely.box(west, south, east, north)))
    for at in meets.tolist():
        feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shapes[at])}
        found: Any = exact_extract(source, [feature], ["cell_id", "coverage"], output="geojson")
        properties = found[0]["properties"]
        ids = np.asarray(properties["cell_id"], np.int64)
        if len(ids):
            yield at, ids, np.asarray(properties["coverage"], np.float64)
