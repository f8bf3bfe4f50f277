"""Tables in memory: DataFrames, GeoDataFrames and Arrow tables, read like the tables of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pandas as pd

from geoplan.model.errors import InputError, Problem, UsageError, show_number
from geoplan.model.schema import CRS
from geoplan.sources.parquet import frame_of_arrow
from geoplan.sources.plain_cells import as_plain, check_headers
from geoplan.sources.raw_table import FileSpec, RawTable, name_file, without_categories
from geoplan.sources.vector.crs import suggest_crs
from geoplan.sources.vector.vector_layers import in_degrees


class ArrowTable(Protocol):
    """A table that hands over its columns as Arrow data, such as those of pyarrow, polars and DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return a capsule with a stream of record batches."""
        ...


TableInput: TypeAlias = str | Path | pd.DataFrame | ArrowTable
"""A path, or a table in memory."""


def name_tables(given: Mapping[str, TableInput], *, currency: str = "") -> dict[str, FileSpec]:
    """Return how to read the tables of a plan, each a path or a table in memory.

    Parameters
    ----------
    given : mapping of str to TableInput
        By name of the table. In messages and in the ledger a table in memory has this name.
    currency : str
        Currency of the amounts, if ``spending`` has no such column.

    Raises
    ------
    UsageError
        A table is neither a path nor a table.
    """
    wrong = [
        name for name, table in given.items() if not isinstance(table, str | Path) and not _is_table(table)
    ]
    if wrong:
        kinds = ", ".join(f"{name} is a {type(given[name]).__name__}" for name in wrong)
        raise UsageError(f"{kinds}: give a path, a DataFrame, a GeoDataFrame, or an Arrow or polars table")
    first_of: dict[int, str] = {}
    specs = {}
    for name, table in given.items():
        if isinstance(table, str | Path):
            specs[name] = name_file(table)
        else:
            # The same table as locations and spending is a flat list, as the same file is.
            specs[name] = FileSpec(Path(first_of.setdefault(id(table), name)), in_memory=table)
    if currency and "spending" in specs:
        specs["spending"] = replace(specs["spending"], currency=currency)
    return specs


def _is_table(table: TableInput) -> bool:
    return isinstance(table, pd.DataFrame) or hasattr(table, "__arrow_c_stream__")


def read_memory_table(spec: FileSpec) -> RawTable:
    """Read a table in memory; the table of the caller does not change.

    Parameters
    ----------
    spec : FileSpec
        With ``in_memory``.

    Returns
    -------
    RawTable
        Rows are counted from 1. A ``geometry`` column is in EPSG:4326.

    Raises
    ------
    InputError
        The table is empty, has two columns of the same name, or shapes without a CRS.
    """
    name, given = spec.path.name, spec.in_memory
    if isinstance(given, pd.DataFrame):
        table = _of_pandas(given, spec)
    else:
        table = without_categories(frame_of_arrow(given, spec))
    if table.empty:
        raise InputError(Problem(name, "the table has no rows", way_out="it needs at least one row"))
    return RawTable(name, table, pd.Series(range(1, len(table) + 1), dtype="int64"))


def _of_pandas(given: pd.DataFrame, spec: FileSpec) -> pd.DataFrame:
    """Return a DataFrame as plain cells; a named index becomes columns, and shapes are in ``geometry``."""
    import shapely

    name = spec.path.name
    frame = given
    if all(label is not None and label not in frame.columns for label in frame.index.names):
        frame = frame.reset_index()
    check_headers(frame.columns, name)
    shapes = None
    if hasattr(given, "crs"):
        frame = frame.reset_index(drop=True)
        shaped: Any = frame
        if given.crs is None and spec.crs is None:
            if given.geometry.notna().any():
                raise InputError(_no_crs(given, spec))
            shaped = shaped.set_crs(CRS)
        frame = in_degrees(shaped.set_geometry(given.active_geometry_name), spec, name)
        shapes = shapely.force_2d(frame.geometry.to_numpy())
        frame = pd.DataFrame(frame).drop(columns=given.active_geometry_name)
    elif "geometry" in frame and frame["geometry"].map(lambda cell: hasattr(cell, "geom_type")).any():
        raise InputError(
            Problem(
                name,
                "the table has shapes without a CRS",
                column="geometry",
                way_out='make it a GeoDataFrame: gpd.GeoDataFrame(table, crs="EPSG:4326")',
            )
        )
    table = pd.DataFrame(frame).reset_index(drop=True).astype(object).rename(columns=str)
    table = as_plain(table.where(table.notna(), None))
    # Empty text is a missing cell, as in a file.
    table = table.map(lambda cell: (cell.strip() or None) if isinstance(cell, str) else cell)
    return table if shapes is None else table.assign(geometry=shapes)


def _no_crs(given: Any, spec: FileSpec) -> Problem:
    west, south, east, north = (float(bound) for bound in given.total_bounds)
    code = suggest_crs((west, south, east, north), spec.area)
    return Problem(
        spec.path.name,
        f"the GeoDataFrame has no CRS; its coordinates go from ({show_number(west)}, {show_number(south)}) to ({show_number(east)}, {show_number(north)})",
        way_out=f"set it with set_crs; {code}",
    )
