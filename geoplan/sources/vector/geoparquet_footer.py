"""GeoParquet: what its footer says, without reading a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geoplan.model.schema import CRS
from geoplan.sources.parquet import open_parquet, read_geo_metadata
from geoplan.sources.vector.crs import known_crs


def describe_geoparquet(path: Path) -> dict[str, Any]:
    """Return what the footer of a GeoParquet file says: rows, columns, geometry types, CRS.

    Raises
    ------
    InputError
        Not readable.
    """
    file = open_parquet(path, path.name)
    columns = list(file.schema_arrow.names)
    shapes, about = read_geo_metadata(file.schema_arrow, path.name)
    primary = about.get(shapes, {})
    return {
        "features": file.metadata.num_rows,
        "columns": [name for name in columns if name != shapes],
        "geometry": " or ".join(primary.get("geometry_types") or ["Unknown"]) if primary else "none",
        "crs": _crs_name(primary.get("crs", CRS), path.name) if primary else "",
    }


def _crs_name(crs: Any, name: str) -> str:
    """Write a CRS of GeoParquet (PROJJSON; absent means longitude and latitude on WGS 84) as a code."""
    if crs is None:
        return ""
    known = known_crs(crs, name)
    authority = known.to_authority()
    return known.name if authority is None else ":".join(authority)
