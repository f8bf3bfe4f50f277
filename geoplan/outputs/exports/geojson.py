"""GeoJSON as RFC 7946 requires: WGS 84, 7 decimals, right-hand rule, cut at the antimeridian."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.outputs.exports.exactness import real_amounts

if TYPE_CHECKING:
    import geopandas as gpd

_DECIMALS = 7


def write_geojson(frame: gpd.GeoDataFrame, path: Path, *, name: str, about: str) -> None:
    """Write a layer as GeoJSON.

    Parameters
    ----------
    frame : GeoDataFrame
        EPSG:4326.
    path : Path
    name, about : str
        Foreign members ``name`` and ``description`` of the collection.

    Notes
    -----
    RFC 7946: coordinates in degrees without a ``crs`` member, to 10^-7 degrees (about 1 cm); outer
    rings counter-clockwise; geometries that cross the antimeridian are cut there (section 3.1.9).
    """
    import pyogrio

    written = real_amounts(frame).set_geometry(cut_at_antimeridian(frame.geometry.to_numpy()), crs=frame.crs)
    options = {"RFC7946": "YES", "COORDINATE_PRECISION": _DECIMALS, "DESCRIPTION": about, "WRITE_NAME": "YES"}
    options["AUTODETECT_JSON_STRINGS"] = "NO"  # keep text that looks like JSON as text
    buffer = BytesIO()
    pyogrio.write_dataframe(
        written, buffer, driver="GeoJSON", layer=name, promote_to_multi=False, layer_options=options
    )
    path.write_bytes(buffer.getvalue())


def cut_at_antimeridian(geometries: Any) -> Any:
    """Cut geometries at ±180 degrees, and shift every part to −180 to 180.

    Parameters
    ----------
    geometries : (n,) array of Geometry or None
        The longitudes of a shape that crosses continue beyond 180 (or below −180).

    Returns
    -------
    (n,) array of Geometry or None
    """
    import shapely

    bounds = shapely.bounds(geometries)
    over = (bounds[:, 0] < -180) | (bounds[:, 2] > 180)
    if not over.any():
        return geometries
    cut = np.array(geometries, dtype=object)
    for at in np.flatnonzero(over):
        cut[at] = _cut(geometries[at])
    return cut


def _cut(geometry: Any) -> Any:
    import shapely
    from shapely.affinity import translate

    parts = []
    for turn in (-1, 0, 1):
        window = shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90)
        part = shapely.intersection(geometry, window)
        if not part.is_empty and part.geom_type.removeprefix("Multi") == geometry.geom_type.removeprefix(
            "Multi"
        ):
            parts += list(shapely.get_parts(translate(part, xoff=-360 * turn)))
    if len(parts) == 1:
        return parts[0]
    return {"Point": shapely.multipoints, "LineString": shapely.multilinestrings}.get(
        parts[0].geom_type, shapely.multipolygons
    )(parts)
