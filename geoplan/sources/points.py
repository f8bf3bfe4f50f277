"""Points: villages, candidates for sites, existing facilities; of a vector layer or of a table."""

from __future__ import annotations

from typing import Any

from geoplan.model.errors import raise_if
from geoplan.model.schema import CRS, POINTS
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec


def read_points(spec: FileSpec) -> Any:
    """Read villages or other points as a GeoDataFrame in EPSG:4326.

    Parameters
    ----------
    spec : FileSpec
        A vector layer, or a table with lon and lat (or WKT).

    Returns
    -------
    GeoDataFrame
        ``name`` and ``geometry`` (points); ``code``, ``population`` and ``poor`` where the file has them, and its
        other columns; ``source_file`` and ``source_row``.

    Raises
    ------
    InputError
        The file can not be read, or has rows without a place.
    """
    import geopandas

    conformed = read(spec, POINTS)
    raise_if(conformed.problems)
    frame = conformed.frame
    absent = [name for name in POINTS.names if name not in ("name", "geometry") and frame[name].isna().all()]
    return geopandas.GeoDataFrame(frame.drop(columns=absent), geometry="geometry", crs=CRS)
