"""Layer lists: lists the layers or sheets of a file without reading its features or records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.model.errors import InputError, UsageError, show_value
from geoplan.model.optional_libraries import find_library
from geoplan.sources.archives import layer_names, vector_members
from geoplan.sources.database import address_of
from geoplan.sources.file_presence import check_exists
from geoplan.sources.parquet import SUFFIXES as PARQUET_SUFFIXES
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.tables.table_files import TABLE_SUFFIXES, describe_table
from geoplan.sources.vector.gdal_session import fiona_offline, gdal_session
from geoplan.sources.vector.geoparquet_footer import describe_geoparquet
from geoplan.sources.vector.layer_files import LayerFile, open_layer_file
from geoplan.sources.vector.vector_layers import unreadable


def list_layers(path: Path) -> pd.DataFrame:
    """List the layers of a vector source, or the sheets of a workbook.

    Parameters
    ----------
    path : Path
        In a zip with several vector files, each file is a layer.

    Returns
    -------
    DataFrame
        One row per layer: ``layer, driver, geometry, features, crs, columns``.

    Raises
    ------
    InputError
        No reader can open the file.
    """
    with faults_as_problems(path):
        rows = _describe(path)
    return pd.DataFrame(rows, columns=["layer", "driver", "geometry", "features", "crs", "columns"])


def _describe(path: Path) -> list[dict[str, object]]:
    if address_of(path) is not None:
        raise UsageError(
            "this is a table of a database: list the layers of a file, or read the table as it is"
        )
    check_exists(path)
    suffix = path.suffix.lower()
    if suffix in PARQUET_SUFFIXES:
        about = describe_geoparquet(path)
        return [{"layer": path.stem, "driver": "Parquet", **about, "columns": ", ".join(about["columns"])}]
    if suffix in TABLE_SUFFIXES:
        return describe_table(path)
    if suffix == ".zip" and len(members := vector_members(path)) > 1:
        return [
            {**row, "layer": name}
            for member, name in zip(members, layer_names(members), strict=True)
            for row in _describe_layers(path, member)
        ]
    return _describe_layers(path)


def _describe_layers(path: Path, member: str | None = None) -> list[dict[str, object]]:
    from pyogrio.errors import DataLayerError, DataSourceError

    with open_layer_file(path, member=member) as file:
        try:
            with gdal_session():
                # The driver of fiona's wheels for KML lacks KMZ and columns; fiona has no wheels for some systems.
                by_fiona = file.driver != "LIBKML" and find_library("fiona") is not None
                return list(_ask_fiona(file) if by_fiona else _ask_pyogrio(file))
        except (DataSourceError, DataLayerError, ValueError, OSError, IndexError) as error:
            raise InputError(unreadable(path, error, file)) from None


def _ask_fiona(file: LayerFile) -> Iterator[dict[str, object]]:
    import fiona
    import pyogrio
    from fiona._err import CPLE_BaseError
    from fiona.errors import FionaError

    # fiona would crash Python on a message that is not UTF-8 about a damaged file. pyogrio refuses such a file.
    pyogrio.list_layers(file.source)
    try:
        with fiona_offline():
            for name in fiona.listlayers(file.source):
                with fiona.open(file.source, layer=name, enabled_drivers=[file.driver]) as layer:
                    yield {
                        "layer": name,
                        "driver": layer.driver,
                        "geometry": layer.schema["geometry"],
                        "features": _count(layer, name),
                        "crs": layer.crs.to_string() if layer.crs else "",
                        "columns": ", ".join(layer.schema["properties"]),
                    }
    except (FionaError, CPLE_BaseError) as error:
        raise ValueError(str(error)) from error


def _count(layer: Any, name: str) -> int:
    """Return the number of features; raise `ValueError` where GDAL lists a layer that it cannot read."""
    try:
        return len(layer)
    except TypeError:
        raise ValueError(
            f"the features of the layer {show_value(name)} cannot be counted: if it is a view, "
            "a table or column that it uses may be missing"
        ) from None


def _ask_pyogrio(file: LayerFile) -> Iterator[dict[str, Any]]:
    """Describe layers with pyogrio, which also knows KMZ."""
    import pyogrio

    for name in pyogrio.list_layers(file.source)[:, 0]:
        about = pyogrio.read_info(file.source, layer=name, force_feature_count=True)
        yield {
            "layer": name,
            "driver": about["driver"],
            "geometry": about["geometry_type"] or "none",
            "features": about["features"],
            "crs": about["crs"] or "",
            "columns": ", ".join(about["fields"]),
        }
