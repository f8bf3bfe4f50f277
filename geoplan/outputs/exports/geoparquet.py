"""Parquet: GeoParquet 1.1 for tables with a geometry, plain Parquet for the others."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.model.schema import LEDGER_COLUMNS
from geoplan.outputs.exports.exactness import decimal_columns

if TYPE_CHECKING:
    import geopandas as gpd


def write_parquet(frame: pd.DataFrame | gpd.GeoDataFrame, path: Path, *, about: str) -> None:
    """Write a table as Parquet.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Amounts become decimals. A GeoDataFrame becomes GeoParquet 1.1 with WKB geometry and a
        bounding box for each row (``bbox``), so that readers can skip rows outside their area.
    path : Path
    about : str
        Written to the metadata of the file as ``description``.
    """
    import pyarrow.parquet as pq

    table = _as_arrow(frame)
    metadata = {**(table.schema.metadata or {}), b"description": about.encode()}
    metadata.pop(b"pandas", None)
    pq.write_table(table.replace_schema_metadata(metadata), path)


def _as_arrow(frame: pd.DataFrame | gpd.GeoDataFrame) -> Any:
    """Convert to Arrow with types that do not depend on the cells: decimals of one scale, text even if empty."""
    import pyarrow as pa

    decimals = decimal_columns(frame)
    empty = [name for name in frame.columns if frame[name].isna().all() and name != "geometry"]
    plain = frame.assign(
        **{name: pd.Series(0, index=frame.index, dtype="int8") for name in (*decimals, *empty)}
    )
    if "geometry" in frame and hasattr(frame, "crs"):
        table = _geo_arrow(plain)
    else:
        table = pa.Table.from_pandas(plain, preserve_index=False)
    arrays = {name: _decimal_array(frame[name]) for name in decimals}
    arrays |= {name: _empty_array(name, len(frame)) for name in empty if name not in decimals}
    for name, array in arrays.items():
        table = table.set_column(table.column_names.index(name), name, array)
    return table


def _geo_arrow(frame: gpd.GeoDataFrame) -> Any:
    """Convert to Arrow with GeoPandas, which adds the GeoParquet metadata and the bounding boxes."""
    from io import BytesIO

    import pyarrow.parquet as pq

    buffer = BytesIO()
    frame.to_parquet(buffer, index=False, write_covering_bbox=True, schema_version="1.1.0")
    buffer.seek(0)
    return _without_empty_boxes(pq.read_table(buffer))


def _without_empty_boxes(table: Any) -> Any:
    """Remove the bounding boxes of rows without a geometry, as GeoParquet requires.

    GeoPandas gives such rows a box of NaN values.
    """
    import pyarrow as pa

    boxes = table["bbox"].combine_chunks()
    absent = table["geometry"].combine_chunks().is_null()
    fields = [boxes.type.field(at) for at in range(boxes.type.num_fields)]
    kept = pa.StructArray.from_arrays(
        [boxes.field(field.name) for field in fields], fields=fields, mask=absent
    )
    at = table.column_names.index("bbox")
    return table.set_column(at, table.schema.field(at), kept)


def _decimal_array(cells: pd.Series[Any]) -> Any:
    import pyarrow as pa

    present = [cell for cell in cells if isinstance(cell, Decimal)]
    scale = max((max(0, -int(cell.as_tuple().exponent)) for cell in present), default=2)
    return pa.array(
        [cell if isinstance(cell, Decimal) else None for cell in cells], type=pa.decimal128(38, scale)
    )


def _empty_array(name: str, length: int) -> Any:
    import pyarrow as pa

    number = name == "amount" and name in LEDGER_COLUMNS
    return pa.nulls(length, pa.decimal128(38, 2) if number else pa.string())
