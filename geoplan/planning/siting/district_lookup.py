"""District lookup: the district of each point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, raise_if
from geoplan.model.schema import CRS, SOURCE_ROW

if TYPE_CHECKING:
    import geopandas as gpd


def within_districts(
    points: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, *, only: bool = False
) -> gpd.GeoDataFrame:
    """Add the district of each point; on a shared border, it is the district with the lowest code.

    Parameters
    ----------
    points : GeoDataFrame
        Any CRS.
    districts : GeoDataFrame
        EPSG:4326.
    only : bool
        Refuse points outside all districts.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, with ``district`` (missing outside all).

    Raises
    ------
    InputError
        Points are outside all districts, if ``only``.
    """
    from geoplan.geo.district_index import DistrictIndex

    ordered = districts.sort_values("district", ignore_index=True)
    found = points.to_crs(CRS)
    at = DistrictIndex(ordered.geometry.to_numpy()).find(
        found.geometry.x.to_numpy(), found.geometry.y.to_numpy()
    )
    codes = np.array([*ordered["district"], None], dtype=object)[at]
    outside = np.flatnonzero(at < 0)
    if only and len(outside):
        names = tuple(found["name"].iloc[outside]) if "name" in found else tuple(outside + 1)
        rows = found[SOURCE_ROW].iloc[outside] if SOURCE_ROW in found else outside + 1
        way_out = "remove them, or add their districts to the boundary layer"
        source = str(found["source_file"].iloc[0]) if "source_file" in found else "candidates"
        raise_if(
            [
                Problem(
                    source,
                    "points outside every district",
                    rows=tuple(map(int, rows)),
                    values=names,
                    way_out=way_out,
                )
            ]
        )
    return found.assign(district=pd.Series(codes, index=found.index, dtype=object))
