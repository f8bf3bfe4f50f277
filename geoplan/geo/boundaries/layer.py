"""A boundary layer: its codes, its geometries, and new geometries for its rows."""

from __future__ import annotations

from typing import Any, cast

import geopandas as gpd
import numpy as np
import shapely

from geoplan.geo.polygons import Integers, Shapes
from geoplan.model.errors import Problem, raise_if
from geoplan.model.schema import CRS, SOURCE_ROW


def check_layer(districts: gpd.GeoDataFrame) -> None:
    """Raise `InputError` with all reasons why a frame is not a boundary layer."""
    problems = []
    if "district" not in districts:
        advice = "add the column, with the code of each district"
        problems.append(Problem("districts", "a column is missing", column="district", way_out=advice))
    else:
        codes = districts["district"]
        missing = (codes.isna() | (codes.astype(str).str.strip() == "")).to_numpy()
        if missing.any():
            problems.append(
                Problem(
                    "districts",
                    "codes are missing",
                    column="district",
                    rows=tuple(int(row) for row in source_rows(districts)[missing]),
                    way_out="give each district its code",
                )
            )
    if districts.crs is None:
        advice = 'set it, for example with set_crs("EPSG:4326")'
        problems.append(Problem("districts", "the layer has no CRS", way_out=advice))
    raise_if(problems)


def source_rows(districts: gpd.GeoDataFrame) -> Integers:
    """Return the row of each district in its file, or its position from 1 where the file is not known."""
    if SOURCE_ROW in districts:
        return cast(Integers, districts[SOURCE_ROW].to_numpy(dtype=np.int64))
    return np.arange(len(districts)) + 1


def district_codes(districts: gpd.GeoDataFrame) -> Shapes:
    """Return the codes of the districts as strings."""
    return cast(Shapes, districts["district"].astype(str).to_numpy(dtype=object))


def district_shapes(districts: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries of a checked layer in EPSG:4326, without Z."""
    check_layer(districts)
    return to_degrees(raw_shapes(districts), districts.crs)


def raw_shapes(districts: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries in the layer's own coordinates, without Z."""
    return cast(Shapes, shapely.force_2d(np.asarray(districts.geometry.array, dtype=object)))


def to_degrees(shapes: Shapes, crs: Any) -> Shapes:
    """Return geometries in EPSG:4326."""
    return shapes if crs == CRS else np.asarray(gpd.GeoSeries(shapes, crs=crs).to_crs(CRS), dtype=object)


def with_shapes(districts: gpd.GeoDataFrame, shapes: Shapes) -> gpd.GeoDataFrame:
    """Return the layer in EPSG:4326 with new geometries, one for each row."""
    frame = districts if districts.crs == CRS else districts.to_crs(CRS)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=districts.index, crs=CRS))
