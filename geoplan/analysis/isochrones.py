"""Isochrones: the areas within some minutes of sites, over a friction surface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geoplan.geo.least_cost import Reached
from geoplan.geo.polygons import Floats
from geoplan.model.schema import CRS
from geoplan.sources.friction import Friction

if TYPE_CHECKING:
    import geopandas as gpd

MOST_CELLS = 400
"""Rows or columns of the area that is drawn at most; finer cells become blocks, with the least minutes of their cells."""


def draw_isochrones(friction: Friction, reached: Reached, bands: Sequence[float]) -> gpd.GeoDataFrame:
    """Draw the areas within some minutes.

    Parameters
    ----------
    friction : Friction
    reached : Reached
        A search over the surface, up to the largest band.
    bands : sequence of float
        Minutes.

    Returns
    -------
    GeoDataFrame
        ``minutes`` and ``geometry``, EPSG:4326, the largest first: each area contains the smaller ones. Bands that
        reach no cell have no row.
    """
    import geopandas as gpd
    from rasterio.features import shapes
    from rasterio.transform import from_origin

    top, left, block, minutes = _mosaic(reached, max(bands))
    grid = friction.raster.grid
    width, height = grid.width * block, grid.height * block
    corner = from_origin(grid.west + left * grid.width, grid.north - top * grid.height, width, height)
    rows = []
    for band in sorted(set(bands), reverse=True):
        inside: NDArray[np.uint8] = (minutes <= band).astype(np.uint8)
        parts = [
            shapely.geometry.shape(part) for part, _ in shapes(inside, mask=inside > 0, transform=corner)
        ]
        if parts:
            area = shapely.union_all(parts)
            rows.append({"minutes": band, "geometry": shapely.simplify(area, min(width, height) * 0.75)})
    return gpd.GeoDataFrame(rows, columns=["minutes", "geometry"], geometry="geometry", crs=grid.crs).to_crs(
        CRS
    )


def _mosaic(reached: Reached, limit: float) -> tuple[int, int, int, Floats]:
    """Return top row, left column, cells of a block and least minutes by block of the area within a limit."""
    parts = [(top, left, found) for top, left, found in reached.parts() if (found <= limit).any()]
    if not parts:
        return 0, 0, 1, np.full((1, 1), np.inf)
    top, left = min(part[0] for part in parts), min(part[1] for part in parts)
    bottom = max(part[0] + part[2].shape[0] for part in parts)
    right = max(part[1] + part[2].shape[1] for part in parts)
    block = max(1, -(-max(bottom - top, right - left) // MOST_CELLS))
    least = np.full((-(-(bottom - top) // block), -(-(right - left) // block)), np.inf)
    for first, west, found in parts:
        row = (first - top + np.arange(found.shape[0])) // block
        column = (west - left + np.arange(found.shape[1])) // block
        np.minimum.at(least, (row[:, None], column[None, :]), found)
    return top, left, block, least
