"""Catchments: the area within reach of each site that no other site is nearer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj
import shapely

from geoplan.model.schema import CRS

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.planning.siting.choice import Siting

_ELLIPSOID = pyproj.Geod(ellps="WGS84")
_DIRECTIONS = 72  # corners of a circle; between two corners, the radius is up to 0.1 % too short


def draw_catchments(siting: Siting, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw the catchment of each site.

    With distances, it is the part of the districts within reach that is nearer to the site than to any other site.
    Travel costs exist only between points, so there it is the convex hull of the demand points that the site serves.

    Parameters
    ----------
    siting : Siting
    districts : GeoDataFrame
        EPSG:4326.

    Returns
    -------
    GeoDataFrame
        ``site, name, existing, weight, geometry``, EPSG:4326; sites without a catchment have no row.

    Notes
    -----
    The areas are computed in an azimuthal equidistant projection around the sites. Over a province, it is accurate to
    a few metres in 10 km. The site that serves a demand point is computed with geodesic distance.
    """
    import geopandas as gpd

    sites = siting.sites
    if siting.unit != "km":
        served = siting.demand[siting.covered & siting.demand["site"].notna()]
        hulls = served.groupby("site")["geometry"].agg(
            lambda points: shapely.convex_hull(shapely.multipoints(list(points)))
        )
        shapes = sites["site"].map(hulls)
    else:
        shapes = _nearest_areas(sites, districts, siting.within)
    drawn = sites[["site", "name", "existing", "weight"]].assign(geometry=np.asarray(shapes, dtype=object))
    area = [
        shape is not None and not pd.isna(shape) and shapely.get_dimensions(shape) == 2
        for shape in drawn["geometry"]
    ]
    return gpd.GeoDataFrame(drawn[area].reset_index(drop=True), geometry="geometry", crs=CRS)


def _nearest_areas(
    sites: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, within: float | None
) -> list[shapely.Geometry]:
    x, y = sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy()
    local = pyproj.CRS.from_proj4(
        f"+proj=aeqd +lat_0={y.mean():.6f} +lon_0={x.mean():.6f} +datum=WGS84 +units=m"
    )
    ground = shapely.union_all(districts.geometry.to_crs(local).to_numpy(), grid_size=0.01)
    points = sites.geometry.to_crs(local).to_numpy()
    cells = _voronoi(points, ground)
    if within is not None:
        circles = shapely.polygons([_circle(*place, within * 1000) for place in zip(x, y, strict=True)])
        cells = shapely.intersection(
            cells, sites.set_geometry(circles, crs=CRS).to_crs(local).geometry.to_numpy()
        )
    import geopandas as gpd

    areas: list[shapely.Geometry] = list(
        gpd.GeoSeries(shapely.intersection(cells, ground), crs=local).to_crs(CRS)
    )
    return areas


def _voronoi(points: np.ndarray, ground: shapely.Geometry) -> np.ndarray:
    """Return the Voronoi cell of each point; points in the same place share a cell."""
    distinct = np.unique(shapely.get_coordinates(points), axis=0)
    if len(distinct) == 1:
        return np.full(len(points), shapely.envelope(shapely.union_all([ground, *points])), dtype=object)
    extent = shapely.envelope(shapely.union_all([ground, *points]))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(distinct), extend_to=extent))
    tree = shapely.STRtree(cells)
    point, cell = tree.query(points, predicate="intersects")
    found = np.full(len(points), None, dtype=object)
    found[point[::-1]] = cells[cell[::-1]]
    return found


def _circle(x: float, y: float, metres: float) -> np.ndarray:
    directions = np.linspace(0, 360, _DIRECTIONS, endpoint=False)
    turn = np.ones(_DIRECTIONS)
    east, north, _ = _ELLIPSOID.fwd(x * turn, y * turn, directions, metres * turn)
    return np.column_stack((east, north))
