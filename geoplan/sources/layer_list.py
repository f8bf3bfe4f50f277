"""Layers: what a file holds, without reading its features or records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.model.errors import InputError
from geoplan.sources.archives import gdal_path, layer_names, vector_members
from geoplan.sources.file_presence import check_exists
from geoplan.sources.parquet import SUFFIXES as PARQUET_SUFFIXES
from geoplan.sources.tables.table_files import TABLE_SUFFIXES, describe_table
from geoplan.sources.vector.gdal_messages import gathered
from geoplan.sources.vector.geoparquet_footer import describe_geoparquet
from geoplan.sources.vector.vector_layers import open_source, unreadable

# The KML driver in fiona's wheels knows no KMZ and no columns; GDAL in pyogrio's has libkml.
_NOT_FOR_FIONA = (".kml", ".kmz")


def list_layers(path: Path) -> pd.DataFrame:
    """List the layers of a vector source, or the sheets of a workbook.

    Parameters
    ----------
    path : Path
        Also a zip with several files in it, each of which is a layer.

    Returns
    -------
    DataFrame
        One row per layer: ``layer, driver, geometry, features, crs, columns``.

    Raises
    ------
    InputError
        No reader can open the file.
    """
    check_exists(path)
    suffix = path.suffix.lower()
    if suffix in PARQUET_SUFFIXES:
        about = describe_geoparquet(path)
        rows = [{"layer": path.stem, "driver": "Parquet", **about, "columns": ", ".join(about["columns"])}]
    elif suffix in TABLE_SUFFIXES:
        rows = describe_table(path)
    elif suffix == ".zip" and len(members := vector_members(path)) > 1:
        rows = [
            {**row, "layer": name}
            for member, name in zip(members, layer_names(members), strict=True)
            for row in _describe_source(path, gdal_path(path, member))
        ]
    else:
        rows = list(_describe_source(path, str(open_source(path, None)[0])))
    return pd.DataFrame(rows, columns=["layer", "driver", "geometry", "features", "crs", "columns"])


def _describe_source(path: Path, source: str) -> Iterator[dict[str, object]]:
    from fiona._err import CPLE_BaseError
    from fiona.errors import FionaError
    from pyogrio.errors import DataLayerError, DataSourceError

    describe = _ask_gdal if path.suffix.lower() in _NOT_FOR_FIONA else _ask_fiona
    try:
        with gathered():
            found = list(describe(source))
    except (FionaError, CPLE_BaseError, DataSourceError, DataLayerError, ValueError, OSError) as error:
        raise InputError(unreadable(path, error)) from None
    yield from found


def _ask_fiona(source: str) -> Iterator[dict[str, object]]:
    import fiona
    import pyogrio

    # A complaint of a damaged file that is no UTF-8 brings fiona down, and Python with it; pyogrio refuses the file.
    pyogrio.list_layers(source)
    for name in fiona.listlayers(source):
        with fiona.open(source, layer=name) as layer:
            yield {
                "layer": name,
                "driver": layer.driver,
                "geometry": layer.schema["geometry"],
                "features": len(layer),
                "crs": layer.crs.to_string() if layer.crs else "",
                "columns": ", ".join(layer.schema["properties"]),
            }


def _ask_gdal(source: str) -> Iterator[dict[str, Any]]:
    import pyogrio

    for name in pyogrio.list_layers(source)[:, 0]:
        about = pyogrio.read_info(source, layer=name, force_feature_count=True)
        yield {
            "layer": name,
            "driver": about["driver"],
            "geometry": about["geometry_type"] or "none",
            "features": about["features"],
            "crs": about["crs"] or "",
            "columns": ", ".join(about["fields"]),
        }
