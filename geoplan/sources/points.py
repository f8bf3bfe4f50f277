"""Points: villages, candidate sites and facilities, from a vector layer or a table."""

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
        A vector layer, or a table with ``lon`` and ``lat`` or with WKT.

    Returns
    -------
    GeoDataFrame
        Columns ``name``, ``geometry`` (points), ``source_file`` and ``source_row``; ``code``, ``population`` and
        ``poor`` when the file has them; and the other columns of the file.

    Raises
    ------
    InputError
        The file cannot be read, or has rows without a place.
    """
    import geopandas

    conformed = read(spec, POINTS)
    raise_if(conformed.problems)
    frame = conformed.frame
    absent = [name for name in POINTS.names if name not in ("name", "geometry") and frame[name].isna().all()]
    return geopandas.GeoDataFrame(frame.drop(columns=absent), geometry="geometry", crs=CRS)
