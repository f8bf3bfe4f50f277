"""Parquet and GeoParquet: reads a file, or a folder of files as one table, whole or in batches.

How this works: a Parquet file consists of row groups, and its footer lists them with their rows. `read_parquet` reads
a whole dataset. For data that does not fit in memory, `geoplan.scale` reads some row groups at a time with
`read_groups`. Both convert one batch after the other (`_as_frame`):

- Numbers stay as they are, without a copy if Arrow allows it.
- Text becomes categories: each distinct text is stored once, and each row has a small code.
- The geometry becomes shapes in longitude and latitude. Columns with bounding boxes are ignored.

A batch can contain rows that the plan leaves out (``where``, ``bbox``). So row numbers are counted before rows are
chosen, and messages name the row in the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem
from geoplan.model.optional_libraries import check_arrow
from geoplan.model.schema import CRS
from geoplan.model.watched_inputs import watch
from geoplan.sources.plain_cells import as_plain, check_headers
from geoplan.sources.raw_table import FileSpec, RawTable, without_categories
from geoplan.sources.reading_faults import not_a_file
from geoplan.sources.vector.crs import check_degrees, in_wgs84, known_crs, no_crs
from geoplan.sources.vector.geometry_cells import shallow_wkb
from geoplan.sources.where_clauses import rows_where

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

SUFFIXES = (".parquet", ".geoparquet")
_MOST_CELLS = 500_000_000
_LONGITUDE_LATITUDE = "OGC:CRS84"
_CODED = ("string", "large_string")
"""Arrow types of columns that are read as codes and a dictionary."""


def is_dataset(path: Path) -> bool:
    """Return whether a path is a Parquet file, or a folder with Parquet files and without a suffix."""
    if path.suffix.lower() in SUFFIXES:
        return path.exists()
    return path.is_dir() and path.suffix == "" and next(_files_in(path), None) is not None


def list_files(path: Path) -> list[Path]:
    """List the Parquet files of a dataset by name, without names that start with ``.`` or ``_``.

    Raises
    ------
    InputError
        The folder has no Parquet file.
    """
    if path.exists() and not (path.is_dir() or path.is_file()):
        raise InputError(not_a_file(path))
    files = sorted(_files_in(path)) if path.is_dir() else [path]
    if not files:
        way_out = "name the folder with the files of the table, or one of them"
        raise InputError(Problem(path.name, "the folder has no Parquet file", way_out=way_out))
    for file in files:
        watch(file)
    return files


def _files_in(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        inner = path.relative_to(folder).parts
        if path.suffix.lower() in SUFFIXES and path.is_file() and not any(part[0] in "._" for part in inner):
            yield path


def read_parquet(spec: FileSpec) -> RawTable:
    """Read a Parquet file, or all files of a folder, as one table.

    Parameters
    ----------
    spec : FileSpec

    Returns
    -------
    RawTable
        Rows are numbered from 1, continuing from file to file. The ``geometry`` column is in EPSG:4326.

    Raises
    ------
    InputError
        A file cannot be read, a geometry has no CRS, or no record is left.
    """
    given = _count_rows(spec)
    raws, before = [], 0
    for path in list_files(spec.path):
        found = list(read_groups(path, spec, first_row=before + 1))
        before += open_parquet(path, name_in(path, spec.path)).metadata.num_rows
        raws += [raw for raw in found if len(raw.table)]
    if not raws:
        message = (
            f"none of its {given:,} features is left by where and bbox" if given else "the file is empty"
        )
        raise InputError(Problem(spec.path.name, message, way_out="it needs at least one record"))
    table = pd.concat([without_categories(raw.table) for raw in raws], ignore_index=True)
    how = " and ".join(name for name in ("where", "bbox") if getattr(spec, name) is not None)
    remark = f"{spec.path.name}: {len(table):,} of {given:,} features are read, as {how} says"
    rows = pd.concat([raw.rows for raw in raws], ignore_index=True)
    return RawTable(spec.path.name, table, rows, (remark,) if len(table) < given else (), by_program=True)


def _count_rows(spec: FileSpec) -> int:
    """Count the rows of a dataset from its footers, and refuse more cells than fit in memory."""
    footers = [open_parquet(path, name_in(path, spec.path)).metadata for path in list_files(spec.path)]
    rows = sum(int(footer.num_rows) for footer in footers)
    if sum(footer.num_rows * footer.num_columns for footer in footers) > _MOST_CELLS:
        raise InputError(
            Problem(
                spec.path.name,
                f"holds {rows:,} rows, more than can be read at once",
                way_out="take the part you need out of it first; or see docs/scale.md about datasets",
            )
        )
    return rows


def open_parquet(path: Path, name: str, *, coded: bool = False) -> pq.ParquetFile:
    """Open a Parquet file, or raise `InputError` if it is not Parquet or is truncated.

    With ``coded``, columns of text are read as the codes and the dictionary that most files have them in.
    """
    check_arrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        texts = [field.name for field in file.schema_arrow if coded and str(field.type) in _CODED]
        return pq.ParquetFile(path, read_dictionary=texts) if texts else file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(unreadable(name, error)) from None


def read_column_of(path: Path, name: str, group: int, column: str) -> pa.ChunkedArray:
    """Read one column of one row group, or raise `InputError` if the file is damaged."""
    import pyarrow as pa

    try:
        return open_parquet(path, name).read_row_group(group, columns=[column]).column(0)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(unreadable(name, error)) from None


def read_groups(
    path: Path,
    spec: FileSpec,
    groups: Sequence[int] | None = None,
    *,
    rows: int = 1 << 18,
    first_row: int = 1,
    columns: Sequence[str] | None = None,
) -> Iterator[RawTable]:
    """Read row groups of one Parquet file in batches.

    Parameters
    ----------
    path : Path
    spec : FileSpec
        Specification of the dataset of the file.
    groups : sequence of int, optional
        Row groups to read; by default all.
    rows : int
        Maximum number of rows in a batch.
    first_row : int
        Number of the first row of these groups in the file.
    columns : sequence of str, optional
        Columns to read; by default all.

    Yields
    ------
    RawTable
        One for each batch. Folders named ``column=value`` in the path of the file add that column.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    import pyarrow as pa

    name = name_in(path, spec.path)
    file = open_parquet(path, name, coded=True)
    crs = _crs_of(file.schema_arrow, name)
    chosen = range(file.num_row_groups) if groups is None else groups
    at = first_row
    try:
        for batch in file.iter_batches(batch_size=rows, row_groups=list(chosen), columns=columns):
            table = _as_frame(batch, crs, spec, name)
            for column, value in _columns_of_folders(path, spec.path).items():
                table[column] = value
            keep = _kept(table, spec, name)
            numbers = pd.Series(np.arange(at, at + len(table))[keep], dtype="int64")
            at += len(table)
            table = table if keep.all() else table[keep].reset_index(drop=True)
            raw = RawTable(name, table, numbers, by_program=True, is_part=True)
            del batch, table, keep  # free the memory while the caller works with the rows
            yield raw
            del raw
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(unreadable(name, error)) from None


def _kept(table: pd.DataFrame, spec: FileSpec, name: str) -> Any:
    """Return which rows ``where`` and ``bbox`` choose."""
    import shapely

    keep = np.ones(len(table), dtype=bool)
    if spec.where is not None:
        keep &= rows_where(table.drop(columns="geometry", errors="ignore"), spec.where, name)
    if spec.bbox is not None and "geometry" in table:
        keep &= shapely.intersects(table["geometry"].to_numpy(), shapely.box(*spec.bbox))
    return keep


def name_in(path: Path, dataset: Path) -> str:
    """Return the name of a file for messages and the ledger: its path relative to the dataset."""
    return path.relative_to(dataset).as_posix() if path != dataset else path.name


def unreadable(name: str, error: Exception) -> Problem:
    """Return the problem of a file that is damaged, or is not Parquet."""
    reason = str(error).splitlines()[0].split(". ")[0] if str(error) else type(error).__name__
    way_out = "copy the file again, or export it again"
    return Problem(name, f"not a readable Parquet file ({reason[:160]})", way_out=way_out)


def _columns_of_folders(path: Path, dataset: Path) -> dict[str, str]:
    """Return the columns in the names of folders between dataset and file, such as ``year=2012``."""
    folders = path.relative_to(dataset).parts[:-1] if path != dataset else ()
    pairs = [folder.split("=", 1) for folder in folders if "=" in folder]
    return {name: unquote(value) for name, value in pairs}


def read_geo_metadata(schema: pa.Schema, name: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the primary geometry column of a GeoParquet file, and the metadata of each geometry column.

    Raises
    ------
    InputError
        The metadata is damaged.
    """
    try:
        about = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        return str(about.get("primary_column", "")), {
            str(key): {**value} for key, value in about.get("columns", {}).items()
        }
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise InputError(unreadable(name, error)) from None


def _crs_of(schema: pa.Schema, name: str) -> dict[str, Any]:
    """Return the CRS of each geometry column in the metadata of GeoParquet or GeoArrow; None if it is unknown."""
    columns = read_geo_metadata(schema, name)[1]
    return _crs_of_geoarrow(schema, name) | {
        header: column.get("crs", _LONGITUDE_LATITUDE) for header, column in columns.items()
    }


def _crs_of_geoarrow(schema: pa.Schema, name: str) -> dict[str, Any]:
    """Return the CRS of each column that is marked as GeoArrow, as geopandas passes on its shapes."""
    found = {}
    for field in schema:
        about = field.metadata or {}
        if about.get(b"ARROW:extension:name", b"").startswith(b"geoarrow."):
            try:
                found[field.name] = json.loads(about.get(b"ARROW:extension:metadata") or b"{}").get("crs")
            except (ValueError, AttributeError, RecursionError) as error:
                raise InputError(unreadable(name, error)) from None
    return found


def frame_of_arrow(table: Any, spec: FileSpec) -> pd.DataFrame:
    """Return an Arrow table in memory as `read_groups` reads one from a file.

    Parameters
    ----------
    table : pyarrow.Table or other table with ``__arrow_c_stream__``
    spec : FileSpec

    Returns
    -------
    DataFrame
        Shapes (WKB) are in ``geometry``, in EPSG:4326.
    """
    check_arrow()
    import pyarrow as pa

    name = spec.path.name
    arrow = pa.table(table)
    crs = _crs_of(arrow.schema, name)
    frames = [_as_frame(batch, crs, spec, name) for batch in arrow.to_batches()]
    return (
        pd.concat([without_categories(frame) for frame in frames], ignore_index=True)
        if frames
        else pd.DataFrame()
    )


def _as_frame(batch: pa.RecordBatch, crs: dict[str, Any], spec: FileSpec, name: str) -> pd.DataFrame:
    import pyarrow as pa

    check_headers(batch.schema.names, name)
    columns: dict[str, Any] = {}
    for header, cells in zip(batch.schema.names, batch.columns, strict=True):
        if header in crs or (header == "geometry" and pa.types.is_binary(cells.type)):
            columns["geometry"] = _shapes(cells, crs.get(header, _LONGITUDE_LATITUDE), spec, name)
        elif not _is_box(cells.type):
            columns[header] = _cells(cells)
    return as_plain(pd.DataFrame(columns, columns=[*columns], copy=False))


def _is_box(kind: pa.DataType) -> bool:
    """Return whether a column has the bounding boxes that GeoParquet can have next to the shapes."""
    import pyarrow as pa

    return bool(pa.types.is_struct(kind)) and {"xmin", "ymin", "xmax", "ymax"} <= {
        kind.field(at).name for at in range(kind.num_fields)
    }


def _cells(cells: pa.Array) -> Any:
    """Convert cells for a table: numbers stay, text becomes categories, everything else becomes objects."""
    import pyarrow as pa

    if pa.types.is_string_view(cells.type):  # polars has it, and Arrow cannot trim it
        cells = cells.cast(pa.large_string())
    kind = cells.type
    if pa.types.is_floating(kind) or (pa.types.is_integer(kind) and not cells.null_count):
        return cells.to_numpy(zero_copy_only=False)
    if is_text(kind):
        return _as_categories(cells.dictionary_encode())
    if pa.types.is_dictionary(kind) and is_text(kind.value_type):
        return _without_unused(
            _as_categories(cells)
        )  # a file's own dictionary can have more texts than its rows
    found = cells.to_pandas(integer_object_nulls=True).astype(object)
    return found.where(found.notna(), None)


def is_text(kind: pa.DataType) -> bool:
    """Return whether an Arrow type is one of its types for text."""
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _as_categories(encoded: pa.DictionaryArray) -> Any:
    """Convert text to categories without surrounding spaces; empty text becomes missing."""
    import pyarrow.compute as pc

    given = encoded.dictionary
    trimmed = pc.utf8_trim_whitespace(given)
    texts = trimmed.to_numpy(zero_copy_only=False)
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    # A file's own dictionary can repeat texts, or have a missing one.
    is_clean = len(given.unique()) == len(given) and not given.null_count and trimmed.equals(given)
    if is_clean and not pc.any(pc.equal(trimmed, "")).as_py():
        return pd.Categorical.from_codes(codes, pd.Index(texts, dtype=object))
    texts[texts == ""] = None
    same, labels = pd.factorize(texts)
    if len(labels) < len(texts):
        codes = np.append(same, -1)[codes]
    return pd.Categorical.from_codes(codes, pd.Index(labels, dtype=object))


def _without_unused(cells: pd.Categorical) -> pd.Categorical:
    """Leave out the categories that no row has."""
    used = np.bincount(cells.codes[cells.codes >= 0], minlength=len(cells.categories))
    return cells if used.all() else cells.remove_unused_categories()


def _shapes(cells: pa.Array, crs: Any, spec: FileSpec, name: str) -> Any:
    """Read WKB and convert it to longitude and latitude."""
    import geopandas
    import pyarrow as pa
    import pyproj
    import shapely

    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    kind = cells.type
    if not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)):
        raise InputError(
            Problem(
                name,
                f"the geometry is of type {kind}, not WKB",
                column="geometry",
                way_out="write it again as GeoParquet with WKB, for example with geopandas or QGIS",
            )
        )
    given_wkb = cells.to_numpy(zero_copy_only=False)
    wkb = np.array([*map(shallow_wkb, given_wkb)], dtype=object)
    shapes = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="fix"))  # closes rings
    damaged = shapely.is_missing(shapes)
    damaged[damaged] = [each is not None for each in given_wkb[damaged]]
    if damaged.any():
        advice = "write the file again from its source, for example with geopandas or QGIS"
        raise InputError(
            Problem(name, f"damaged geometries: {int(damaged.sum()):,}", column="geometry", way_out=advice)
        )
    given = crs if spec.crs is None else spec.crs
    if given is None:
        raise InputError(no_crs(shapely.total_bounds(shapes), name, spec.area))
    if given != _LONGITUDE_LATITUDE:
        known = known_crs(given, name)
        if not known.equals(pyproj.CRS(CRS), ignore_axis_order=True):
            shapes = in_wgs84(geopandas.GeoSeries(shapes, crs=known), name).to_numpy()
    check_degrees(shapes, range(1, len(shapes) + 1), name, spec.area)
    return shapes
