"""A boundary layer: its codes, its geometries, and new geometries for its rows."""

from __future__ import annotations

from typing import Any, cast

import geopandas as gpd
import numpy as np
import shapely

from geoplan.geo.polygons import Integers, Shapes
from geoplan.model.errors import InputError, Problem, raise_if
from geoplan.model.schema import CRS, SOURCE_ROW

_NO_AREAS = ("Point", "MultiPoint", "LineString", "MultiLineString", "LinearRing")


def check_layer(districts: gpd.GeoDataFrame, argument: str = "districts") -> None:
    """Raise `InputError` with all reasons why a frame is not a boundary layer; ``argument`` names it."""
    problems = []
    if "district" not in districts:
        advice = "add the column, with the code of each district"
        problems.append(Problem(argument, "a column is missing", column="district", way_out=advice))
    else:
        codes = districts["district"]
        missing = (codes.isna() | (codes.astype(str).str.strip() == "")).to_numpy()
        if missing.any():
            problems.append(
                Problem(
                    argument,
                    "codes are missing",
                    column="district",
                    rows=tuple(int(row) for row in source_rows(districts)[missing]),
                    way_out="give each district its code",
                )
            )
    if districts.active_geometry_name is None:
        advice = "name its column with set_geometry"
        problems.append(Problem(argument, "the layer has no active geometry", way_out=advice))
    elif districts.crs is None:
        advice = 'set it, for example with set_crs("EPSG:4326")'
        problems.append(Problem(argument, "the layer has no CRS", way_out=advice))
    raise_if(problems)


def check_areas(districts: gpd.GeoDataFrame, argument: str) -> None:
    """Raise `InputError` if a boundary layer has no districts, or shapes that are no areas; ``argument`` names it."""
    check_layer(districts, argument)
    if not len(districts):
        raise InputError(Problem(argument, "the layer has no districts", way_out="give a layer with areas"))
    kinds = districts.geom_type
    wrong = (kinds.isin(_NO_AREAS) & ~districts.geometry.is_empty).to_numpy()
    if wrong.any():
        rows = tuple(int(row) for row in source_rows(districts)[wrong])
        values, advice = tuple(kinds[wrong]), "give the areas of the districts, as polygons"
        raise InputError(Problem(argument, "shapes are not areas", "geometry", rows, values, advice))


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
