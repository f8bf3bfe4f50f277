"""Layer lists: lists the layers or sheets of a file without reading its features or records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from geoplan.model.errors import InputError, Problem, UsageError, as_text, raise_if
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

_COLUMNS = ("layer", "driver", "geometry", "features", "crs", "columns")

Row: TypeAlias = "dict[str, object] | Problem"
"""What is known of a layer, or why it cannot be read."""


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
        No reader can open the file, or one of its layers.
    """
    listed, problems = list_readable_layers(path)
    raise_if(problems)
    return listed


def list_readable_layers(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """List the layers that can be read, as `list_layers`, and a problem for each of the others.

    Raises
    ------
    InputError
        No reader can open the file, or any of its layers.
    """
    with faults_as_problems(path):
        rows = _describe(path)
    problems = [row for row in rows if isinstance(row, Problem)]
    layers = [{**row, "layer": as_text(str(row["layer"]))} for row in rows if not isinstance(row, Problem)]
    listed = pd.DataFrame(layers, columns=[*_COLUMNS])
    if listed.empty:
        raise_if(problems)
    return listed, problems


def _describe(path: Path) -> list[Row]:
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
        return [*describe_table(path)]
    if suffix == ".zip" and len(members := vector_members(path)) > 1:
        return [
            row if isinstance(row, Problem) else {**row, "layer": name}
            for member, name in zip(members, layer_names(members), strict=True)
            for row in _describe_member(path, member)
        ]
    return _describe_layers(path)


def _describe_member(path: Path, member: str) -> list[Row]:
    try:
        return _describe_layers(path, member)
    except InputError as error:
        found = [problem for problem in error.problems if isinstance(problem, Problem)]
        shown = f"{path.name}/{member}"
        return [replace(each, source=shown) if each.source == path.name else each for each in found]


def _describe_layers(path: Path, member: str | None = None) -> list[Row]:
    from pyogrio.errors import DataLayerError, DataSourceError

    with open_layer_file(path, member=member) as file:
        try:
            with gdal_session():
                # The driver of fiona's wheels for KML lacks KMZ and columns; fiona has no wheels for some systems.
                by_fiona = file.driver != "LIBKML" and find_library("fiona") is not None
                return list(_ask_fiona(path, file) if by_fiona else _ask_pyogrio(path, file))
        except (DataSourceError, DataLayerError, ValueError, OSError, IndexError) as error:
            raise InputError(unreadable(path, error, file)) from None


def _ask_fiona(path: Path, file: LayerFile) -> Iterator[Row]:
    import fiona
    import pyogrio
    from fiona._err import CPLE_BaseError
    from fiona.errors import FionaError

    # fiona would crash Python on a message that is not UTF-8 about a damaged file. pyogrio refuses such a file.
    pyogrio.list_layers(file.source)
    try:
        with fiona_offline():
            for name in fiona.listlayers(file.source):
                try:
                    yield _by_fiona(file, name)
                except (FionaError, CPLE_BaseError, ValueError) as error:
                    yield unreadable(path, error, file, name)
    except (FionaError, CPLE_BaseError) as error:
        raise ValueError(str(error)) from error


def _by_fiona(file: LayerFile, name: str) -> dict[str, object]:
    import fiona

    with fiona.open(file.source, layer=name, enabled_drivers=[file.driver]) as layer:
        return {
            "layer": name,
            "driver": layer.driver,
            "geometry": layer.schema["geometry"],
            "features": _count(layer),
            "crs": layer.crs.to_string() if layer.crs else "",
            "columns": ", ".join(layer.schema["properties"]),
        }


def _count(layer: Any) -> int:
    """Return the number of features; raise `ValueError` where GDAL lists a layer that it cannot read."""
    try:
        return len(layer)
    except TypeError:
        raise ValueError(
            "its features cannot be counted: if it is a view, a table or column that it uses may be missing"
        ) from None


def _ask_pyogrio(path: Path, file: LayerFile) -> Iterator[Row]:
    """Describe layers with pyogrio, which also knows KMZ."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    for name in pyogrio.list_layers(file.source)[:, 0]:
        try:
            about = pyogrio.read_info(file.source, layer=name, force_feature_count=True)
        except (DataSourceError, DataLayerError, ValueError) as error:
            yield unreadable(path, error, file, name)
            continue
        yield {
            "layer": name,
            "driver": about["driver"],
            "geometry": about["geometry_type"] or "none",
            "features": about["features"],
            "crs": about["crs"] or "",
            "columns": ", ".join(about["fields"]),
        }
