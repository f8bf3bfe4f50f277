"""GeoPackage: districts, locations and all tables in one file, with styles for QGIS."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.outputs.exports.exactness import real_amounts
from geoplan.outputs.exports.styles import SHAPES, LayerStyle, name_shapes

if TYPE_CHECKING:
    import geopandas as gpd

STAMP = "2000-01-01T00:00:00.000Z"
"""The one time stamp of all files, so that the same input gives the same bytes."""

GEOMETRY_COLUMN = "geom"
_DEGREES = 4326
_CHANGE_COUNTERS = (24, 92)  # bytes of the file: the counter, and the same when SQLite last wrote its version
_VERSION = "1.2"  # readers of recent years accept it without a warning


def write_geopackage(
    tables: Mapping[str, pd.DataFrame | gpd.GeoDataFrame],
    path: Path,
    *,
    about: pd.DataFrame | None = None,
    styles: Sequence[LayerStyle] = (),
) -> None:
    """Write tables as layers of a GeoPackage.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables with a geometry become layers, the others become attribute tables. If a layer mixes points, lines and
        areas, it also gets a view for each of them (``locations_points``, …), because a GIS needs different symbols.
    path : Path
    about : DataFrame, optional
        Written as the table ``about``.
    styles : sequence of LayerStyle
        Written to ``layer_styles``, where QGIS looks for stored styles; the first style of a layer is its default.

    Notes
    -----
    Amounts are REAL if a double can represent all of them exactly, else TEXT. Entries of the ledger also have
    ``amount_minor``: whole numbers that add up without rounding.
    """
    plain = dict(tables) if about is None else {**tables, "about": about}
    layers = {name: _with_shapes(_plain_types(frame)) for name, frame in plain.items()}
    with _errors_of_the_disk():
        _write_layers(layers, path)
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            for name, frame in layers.items():
                _add_views(database, name, frame)
            if styles:
                _add_styles(database, styles)
            database.execute("UPDATE gpkg_contents SET last_change = ?", [STAMP])
            database.execute("VACUUM")
        _reset_changes(path)


def _reset_changes(path: Path) -> None:
    """Set the two counters of changes in the header of SQLite to 1: how often GDAL saves depends on the time it takes."""
    with path.open("r+b") as stream:
        for offset in _CHANGE_COUNTERS:
            stream.seek(offset)
            stream.write((1).to_bytes(4, "big"))


@contextmanager
def _errors_of_the_disk() -> Iterator[None]:
    """Turn write errors of GDAL and SQLite into `OSError`."""
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        yield
    except (DataSourceError, DataLayerError, sqlite3.Error) as error:
        # GDAL quotes its whole statement before the reason.
        raise OSError(str(error).rpartition(": ")[2].rpartition("; ")[2]) from error


def _write_layers(layers: Mapping[str, pd.DataFrame], path: Path) -> None:
    import pyogrio

    for name, frame in layers.items():
        start = {"append": True} if path.exists() else {"dataset_options": {"VERSION": _VERSION}}
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", **start, **_layer_options(frame))


def _layer_options(frame: pd.DataFrame) -> dict[str, Any]:
    if not _has_geometry(frame):
        return {}
    return {"layer_options": {"GEOMETRY_NAME": GEOMETRY_COLUMN}, "promote_to_multi": False}


def _has_geometry(frame: pd.DataFrame) -> bool:
    return "geometry" in frame and hasattr(frame, "crs")


def _plain_types(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert amounts to types of SQLite, and add the exact minor units to a ledger."""
    written = real_amounts(frame)
    if "rule" in frame and "amount" in frame and "place" in frame:
        minor = [int(amount.scaleb(-amount.as_tuple().exponent)) for amount in frame["amount"]]
        written.insert(list(frame.columns).index("amount") + 1, "amount_minor", minor)
    return written


def _with_shapes(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``shape`` if a layer mixes points, lines and areas."""
    if not _has_geometry(frame):
        return frame
    shapes = name_shapes(frame)
    return frame.assign(shape=shapes) if shapes.nunique() > 1 else frame


def _add_views(database: sqlite3.Connection, name: str, frame: pd.DataFrame) -> None:
    """Add views of the points, lines and areas of a mixed layer, registered for GDAL and QGIS."""
    for shape in SHAPES:
        rows = frame["shape"] == shape if "shape" in frame else pd.Series(dtype=bool)
        if rows.any():
            view = f"{name}_{shape}s"
            database.execute(f'CREATE VIEW "{view}" AS SELECT * FROM "{name}" WHERE shape = \'{shape}\'')
            database.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y,"
                " srs_id) VALUES (?, 'features', ?, '', ?, ?, ?, ?, ?)",
                [view, view, *map(float, frame[rows].total_bounds), _DEGREES],
            )
            types = frame[rows].geom_type.str.upper().unique()
            database.execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
                [view, GEOMETRY_COLUMN, types[0] if len(types) == 1 else "GEOMETRY", _DEGREES],
            )


def _add_styles(database: sqlite3.Connection, styles: Sequence[LayerStyle]) -> None:
    """Store styles in QGIS's own table ``layer_styles``, with the columns that QGIS gives it."""
    database.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),"
        " f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30),"
        " styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),"
        " update_time DATETIME)"
    )
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', '')"
    )
    seen: set[str] = set()
    for style in styles:
        database.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)"
            " VALUES ('', '', ?, ?, ?, ?, ?, ?, ?, '', NULL, ?)",
            [
                style.layer,
                GEOMETRY_COLUMN,
                style.name,
                style.qml,
                style.sld,
                style.layer not in seen,
                style.description,
                STAMP,
            ],
        )
        seen.add(style.layer)
