"""Vector layers: files that GDAL reads, and GeoParquet, as longitude and latitude on WGS 84."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, list_first, show_value
from geoplan.model.schema import CRS
from geoplan.sources.file_presence import check_exists
from geoplan.sources.parquet import is_dataset, read_parquet
from geoplan.sources.plain_cells import as_plain, check_headers
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.tables.encodings import shapefile_encoding
from geoplan.sources.vector.crs import check_degrees, in_wgs84, known_crs, no_crs
from geoplan.sources.vector.gdal_session import gdal_session
from geoplan.sources.vector.geojson_crs import with_named_crs
from geoplan.sources.vector.layer_files import LayerFile, open_layer_file
from geoplan.sources.where_clauses import bad_where, check_where, rows_where

# TopoJSON cannot name a CRS. Made from GeoJSON it is in degrees; else it is in the pixels of a drawing.
_WITHOUT_CRS = (".topojson", ".json")
_OPEN_RING = "Non closed ring detected"  # what GDAL says of one, with an option that no user of geoplan has
_NO_NUMBER = "invalid value encountered in"  # numpy, of a shape with a coordinate that is NaN, which is empty


def read_vector(spec: FileSpec, *, table_will_do: bool = False) -> RawTable:
    """Read one layer of a vector source.

    Parameters
    ----------
    spec : FileSpec
    table_will_do : bool
        Whether the layer may be a table without geometry, as a GeoPackage can have.

    Returns
    -------
    RawTable
        With a ``geometry`` column in EPSG:4326, two-dimensional; rows are counted from 1.

    Raises
    ------
    InputError
        Unreadable, several layers and none chosen, no geometry, no CRS, or coordinates that
        cannot be degrees.
    """
    with faults_as_problems(spec.path):
        if not is_dataset(spec.path):
            return _read_features(spec, table_will_do)
        found = read_parquet(spec)
        if "geometry" not in found.table and not table_will_do:
            raise InputError(_no_geometry(spec))
        return found


def _read_features(spec: FileSpec, table_will_do: bool) -> RawTable:
    import shapely

    check_exists(spec.path)
    frame, given, remarks = _read_frame(spec)
    if frame.empty:
        raise InputError(_nothing_read(spec, given))
    if not hasattr(frame, "crs") and not table_will_do:
        raise InputError(_no_geometry(spec))
    remarks += _chosen(spec, frame, given)
    rows = pd.Series(frame.index.to_numpy() + 1, dtype="int64")
    shapes = None
    if hasattr(frame, "crs"):
        frame = in_degrees(frame, spec, spec.path.name)
        shapes = frame.geometry.to_numpy()
        if shapely.has_z(shapes).any():
            shapes = shapely.force_2d(shapes)
        # A GeoDataFrame would be rebuilt in each step from here.
        frame = pd.DataFrame(frame).drop(columns=frame.active_geometry_name)
    check_headers(frame.columns, spec.path.name)
    table = as_plain(pd.DataFrame(frame).reset_index(drop=True).astype(object))
    table = table.where(table.notna(), None)
    if shapes is not None:
        table["geometry"] = shapes
    return RawTable(spec.path.name, table, rows, tuple(remarks))


def _read_frame(spec: FileSpec) -> tuple[Any, int | None, list[str]]:
    """Return the features, how many the layer has before ``where`` and ``bbox`` (if one is given), and remarks."""
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
    from shapely.errors import GEOSException

    with open_layer_file(spec.path, spec.layer) as file:
        try:
            return _read_layer(spec, file)
        except UnicodeDecodeError as error:
            raise InputError(_not_decoded(spec, error)) from None
        except (
            DataSourceError,
            DataLayerError,
            FeatureError,
            GEOSException,
            ValueError,
            OSError,
            UserWarning,
        ) as error:
            _check_layer(spec.path, file, error)
            raise InputError(unreadable(spec.path, error, file)) from None
        except IndexError:  # what pyogrio raises where there is no first layer
            reason = ValueError("it has no layer, or only the start of one")
            raise InputError(unreadable(spec.path, reason, file)) from None


def _read_layer(spec: FileSpec, file: LayerFile) -> tuple[Any, int | None, list[str]]:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

    info: dict[str, Any] = {}
    encoding, remarks = shapefile_encoding(spec)
    chosen = spec.where is not None or spec.bbox is not None
    with gdal_session() as messages:
        # pyogrio reads the first of several layers, with a warning; asking beforehand would open the file twice.
        warnings.filterwarnings("error", message="More than one layer found", category=UserWarning)
        # XML has no driver of its own in the path, so that what GDAL chose is looked at.
        if chosen or file.driver == "LIBKML":
            info = pyogrio.read_info(file.source, layer=file.layer, force_feature_count=chosen)
            _check_driver(info["driver"], file)
        box = None if spec.bbox is None else _own_bbox(spec, file, info)
        # Numbers are text in KML; GDAL would not compare them.
        where = None if file.driver == "LIBKML" else spec.where
        if where is not None:
            # A GeoPackage gives its conditions to SQLite as they are; other drivers have a smaller language.
            check_where(["fid", *info["fields"]], where, spec.path.name, dialect=file.driver != "GPKG")
        options: dict[str, Any] = {
            "layer": file.layer, "encoding": encoding, "where": where, "bbox": box, "fid_as_index": chosen,
        }  # fmt: skip
        try:
            frame, closed = _read_closing_rings(file.source, options)
            if spec.crs is None and hasattr(frame, "crs"):
                frame = with_named_crs(frame, file.crs_names, spec.path.name)
                if frame.crs is None and _is_without_crs(file.path) and _are_degrees(frame.total_bounds):
                    frame = frame.set_crs(CRS)
        except (DataSourceError, DataLayerError, FeatureError, ValueError) as error:
            if spec.where is not None and "SQL" in str(error):
                raise InputError(bad_where(spec.path.name, spec.where, error, info["fields"])) from None
            raise
    said = [text for text in messages if not text.startswith((_OPEN_RING, _NO_NUMBER))]
    remarks += [f"{spec.path.name}: {text.removesuffix('.')}" for text in said]
    if chosen:
        frame = _counted_from_zero(frame, file)
    if closed.any():
        remarks.append(_rings_closed(spec.path.name, frame.index[closed] + 1))
    if not chosen:
        return frame, None, remarks
    if where != spec.where and spec.where is not None:
        frame = frame[rows_where(frame.drop(columns="geometry"), spec.where, spec.path.name)]
    return frame, info["features"], remarks


def _read_closing_rings(source: str, options: dict[str, Any]) -> tuple[Any, Any]:
    """Read features, and return which of them have rings that do not end where they begin; those are closed."""
    import pyogrio
    from shapely.errors import GEOSException

    try:
        frame = pyogrio.read_dataframe(source, **options)
        return frame, np.zeros(len(frame), dtype=bool)
    except GEOSException:
        frame = pyogrio.read_dataframe(source, **options, on_invalid="fix")
        refused = pyogrio.read_dataframe(source, **options, on_invalid="ignore").geometry.isna()
        return frame, (refused & frame.geometry.notna()).to_numpy()


def _rings_closed(name: str, rows: Any) -> str:
    return f"{name}: rings that do not end where they begin are closed (row {list_first(rows)})"


def _check_driver(found: str, file: LayerFile) -> None:
    """Raise where GDAL chose another driver than the file's suffix names."""
    if found not in (file.driver, "KML" if file.driver == "LIBKML" else file.driver):
        raise ValueError(f"GDAL takes it for {found}")


def _check_layer(path: Path, file: LayerFile, error: Exception) -> None:
    """Raise an error that lists the layers, where none was chosen or the one chosen does not exist."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    if not isinstance(error, UserWarning | DataLayerError):
        return
    try:
        with gdal_session():
            names = [str(name) for name in pyogrio.list_layers(file.source)[:, 0]]
    except (DataSourceError, DataLayerError, ValueError, OSError):
        return
    listed = ", ".join(show_value(name) for name in names)
    if file.layer is not None and file.layer not in names:
        raise InputError(
            Problem(path.name, "no such layer", values=(file.layer,), way_out=f"the layers are {listed}")
        ) from None
    if file.layer is None and len(names) > 1:
        raise InputError(
            Problem(
                path.name,
                f"the file has {len(names)} layers: {listed}",
                way_out=f'name one in geoplan.toml, such as layer = "{names[0]}" ("*" for all), '
                f"or on the command line: {path.name}::{names[0]}",
            )
        ) from None


def _own_bbox(spec: FileSpec, file: LayerFile, info: dict[str, Any]) -> tuple[float, float, float, float]:
    """Bring the box of a plan, in degrees, to the CRS of the layer."""
    import pyproj

    crs = spec.crs or info["crs"] or (CRS if _is_without_crs(file.path) else None)
    if crs is None:
        raise InputError(no_crs(info.get("total_bounds") or (0, 0, 0, 0), spec.path.name, spec.area))
    transformer = pyproj.Transformer.from_crs(CRS, known_crs(crs, spec.path.name), always_xy=True)
    west, south, east, north = spec.bbox or (-180, -90, 180, 90)
    return transformer.transform_bounds(west, south, east, north)


def _counted_from_zero(frame: Any, file: LayerFile) -> Any:
    """Give features their place in the file as index: identifiers count from 1 in some formats."""
    if file.driver in ("GPKG", "LIBKML"):
        return frame.set_index(frame.index - 1)
    return frame


def _chosen(spec: FileSpec, frame: Any, given: int | None) -> list[str]:
    if given is None or given == len(frame):
        return []
    how = " and ".join(name for name in ("where", "bbox") if getattr(spec, name) is not None)
    return [f"{spec.path.name}: {len(frame):,} of {given:,} features are read, as {how} says"]


def _no_geometry(spec: FileSpec) -> Problem:
    advice = "give the file with the shapes, not only the table"
    return Problem(spec.path.name, "the layer has no geometry", way_out=advice)


def _nothing_read(spec: FileSpec, given: int | None) -> Problem:
    if given:
        return Problem(
            spec.path.name,
            f"where and bbox leave none of its {given:,} features",
            way_out="compare them with the values in the file; bbox is west, south, east, north in degrees",
        )
    return Problem(spec.path.name, "the layer has no features", way_out="choose another layer or file")


def in_degrees(frame: Any, spec: FileSpec, name: str) -> Any:
    """Bring a layer to EPSG:4326; raise where the CRS is not known."""
    if spec.crs is not None:
        frame = frame.set_crs(known_crs(spec.crs, name), allow_override=True)
    if frame.crs is None:
        raise InputError(no_crs(frame.total_bounds, name, spec.area))
    if frame.crs != CRS:
        known_crs(frame.crs, name)
        frame = in_wgs84(frame, name)
    check_degrees(frame.geometry.to_numpy(), frame.index + 1, name, spec.area)
    return frame


def _is_without_crs(path: Path) -> bool:
    """Return whether the format of a file, which may come from an archive, cannot name a CRS."""
    return path.suffix.lower() in _WITHOUT_CRS


def _are_degrees(bounds: Any) -> bool:
    west, south, east, north = bounds
    return bool(west >= -180 and east <= 180 and south >= -90 and north <= 90)


def unreadable(
    path: Path, error: Exception, file: LayerFile | None = None, layer: str | None = None
) -> Problem:
    """Make the problem of a file, or of one layer in it, that GDAL cannot read."""
    shapes = path if file is None else file.path
    if shapes.suffix.lower() == ".shp" and not any(
        shapes.with_suffix(suffix).exists() for suffix in (".shx", ".SHX")
    ):
        message = "the .shx file of the Shapefile is missing"
        return Problem(
            path.name, message, way_out="copy all files of the same name: .shp, .shx, .dbf, .prj, .cpg"
        )
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    opened = () if file is None else (file.source, str(file.path))
    for shown in (*opened, str(path), str(path.absolute())):
        reason = reason.replace(shown, path.name)
    which = "the layer" if layer is None else f"the layer {show_value(layer)}"
    return Problem(
        path.name,
        f"{which} cannot be read ({reason.removesuffix('.')})",
        way_out="open it in QGIS to see whether it is whole, and save it again from there",
    )


def _not_decoded(spec: FileSpec, error: UnicodeDecodeError) -> Problem:
    """Make the problem of text in another encoding than the format or the plan says."""
    around = bytes(error.object[max(0, error.start - 20) : error.end + 20])
    return Problem(
        spec.path.name,
        f"the text is not {error.encoding.upper()}",
        values=(around.decode("cp1252", "replace"),),
        way_out="name its encoding in geoplan.toml: encoding = "
        '"cp1252" for Western European text (the value above is read that way)',
    )
