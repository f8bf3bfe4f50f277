"""A boundary layer: its codes and geometries, and new geometries put into it."""

from __future__ import annotations

from typing import Any, cast

import geopandas as gpd
import numpy as np
import shapely

from geoplan.geo.polygons import Shapes
from geoplan.model.errors import Problem, raise_if
from geoplan.model.schema import CRS


def check_layer(districts: gpd.GeoDataFrame) -> None:
    """Raise what keeps a frame from being a boundary layer, all at once."""
    problems = []
    if "district" not in districts:
        problems.append(
            Problem(
                "districts", "a column is missing", column="district", way_out="give each district its code"
            )
        )
    if districts.crs is None:
        problems.append(
            Problem(
                "districts", "the layer does not say its CRS", way_out='set it, such as set_crs("EPSG:4326")'
            )
        )
    raise_if(problems)


def codes_of(districts: gpd.GeoDataFrame) -> Shapes:
    """Return the codes of the districts as text."""
    return cast(Shapes, districts["district"].astype(str).to_numpy(dtype=object))


def shapes_of(districts: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries as an array, in degrees, with the axis Z left out."""
    check_layer(districts)
    return in_degrees(own_shapes(districts), districts.crs)


def own_shapes(districts: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries as an array, in the coordinates they have, with the axis Z left out."""
    return cast(Shapes, shapely.force_2d(np.asarray(districts.geometry.array, dtype=object)))


def in_degrees(shapes: Shapes, crs: Any) -> Shapes:
    """Return geometries in EPSG:4326."""
    return shapes if crs == CRS else np.asarray(gpd.GeoSeries(shapes, crs=crs).to_crs(CRS), dtype=object)


def with_shapes(districts: gpd.GeoDataFrame, shapes: Shapes) -> gpd.GeoDataFrame:
    """Return the layer in EPSG:4326 with these geometries, one for each row."""
    frame = districts if districts.crs == CRS else districts.to_crs(CRS)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=districts.index, crs=CRS))
