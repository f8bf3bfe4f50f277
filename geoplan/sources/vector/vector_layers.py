"""Vector layers: whatever GDAL reads, and GeoParquet, with its CRS, as longitude and latitude."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.model.errors import InputError, Problem, show_value
from geoplan.model.schema import CRS
from geoplan.sources.archives import check_archive, gdal_path, pick_member
from geoplan.sources.file_presence import check_exists
from geoplan.sources.parquet import is_dataset, read_parquet
from geoplan.sources.raw_table import FileSpec, Raw
from geoplan.sources.tables.encodings import shapefile_encoding
from geoplan.sources.vector.crs import check_degrees, known_crs, no_crs
from geoplan.sources.vector.gdal_messages import gathered
from geoplan.sources.where_clauses import bad_where, rows_where

# TopoJSON can not name a CRS. Made from GeoJSON it is in degrees; else it is in the pixels of a drawing.
_WITHOUT_CRS = (".topojson", ".json")
_TEXT_ONLY = ("LIBKML", "KML")


def read_vector(spec: FileSpec, *, table_will_do: bool = False) -> Raw:
    """Read one layer of a vector source.

    Parameters
    ----------
    spec : FileSpec
    table_will_do : bool
        Whether the layer may be a table without geometry, as a GeoPackage can hold.

    Returns
    -------
    Raw
        With a ``geometry`` column in EPSG:4326, two-dimensional; rows are counted from 1.

    Raises
    ------
    InputError
        Unreadable, several layers and none chosen, no geometry, no CRS, or coordinates that can
        not be degrees.
    """
    import shapely

    if is_dataset(spec.path):
        return read_parquet(spec)
    check_exists(spec.path)
    frame, given, remarks = _read_frame(spec)
    if frame.empty:
        raise InputError(_nothing_read(spec, given))
    if not hasattr(frame, "crs") and not table_will_do:
        raise InputError(
            Problem(
                spec.path.name,
                "the layer has no geometry",
                way_out="give the file that holds the shapes, not only the table",
            )
        )
    remarks += _chosen(spec, frame, given)
    rows = pd.Series(frame.index.to_numpy() + 1, dtype="int64")
    shapes = None
    if hasattr(frame, "crs"):
        frame = in_degrees(frame, spec, spec.path.name)
        shapes = frame.geometry.to_numpy()
        if shapely.has_z(shapes).any():
            shapes = shapely.force_2d(shapes)
        # A GeoDataFrame would make itself anew for each step from here.
        frame = pd.DataFrame(frame).drop(columns=frame.active_geometry_name)
    table = pd.DataFrame(frame).reset_index(drop=True).astype(object)
    table = table.where(table.notna(), None)
    if shapes is not None:
        table["geometry"] = shapes
    return Raw(spec.path.name, table, rows, tuple(remarks))


def _read_frame(spec: FileSpec) -> tuple[Any, int | None, list[str]]:
    """Return the features, how many the layer has without a choice (if one is made), and remarks."""
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
    from shapely.errors import GEOSException

    source, layer = open_source(spec.path, spec.layer)
    try:
        return _read_layer(spec, source, layer)
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
        _check_layer(spec.path, source, layer, error)
        raise InputError(unreadable(spec.path, error)) from None
    except IndexError:  # what pyogrio raises where there is no first layer
        reason = ValueError("it holds no layer, or only the start of one")
        raise InputError(unreadable(spec.path, reason)) from None


def _read_layer(spec: FileSpec, source: str | Path, layer: str | None) -> tuple[Any, int | None, list[str]]:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

    info: dict[str, Any] = {}
    encoding, remarks = shapefile_encoding(spec)
    chosen = spec.where is not None or spec.bbox is not None
    with gathered() as said:
        # pyogrio reads the first of several layers, with a warning; asking beforehand would open the file twice.
        warnings.filterwarnings("error", message="More than one layer found", category=UserWarning)
        if chosen:
            info = pyogrio.read_info(source, layer=layer, force_feature_count=True)
        box = None if spec.bbox is None else _own_bbox(spec, info)
        # Numbers are text in KML; GDAL would not compare them.
        where = None if info.get("driver") in _TEXT_ONLY else spec.where
        try:
            frame = pyogrio.read_dataframe(
                source, layer=layer, encoding=encoding, where=where, bbox=box, fid_as_index=chosen
            )
        except (DataSourceError, DataLayerError, FeatureError, ValueError) as error:
            if spec.where is not None and "SQL" in str(error):
                raise InputError(bad_where(spec.path.name, spec.where, error, info["fields"])) from None
            raise
    remarks += [f"{spec.path.name}: {text.removesuffix('.')}" for text in said]
    frame = _counted_from_zero(frame, info)
    if where != spec.where and spec.where is not None:
        frame = frame[rows_where(frame.drop(columns="geometry"), spec.where, spec.path.name)]
    return frame, info.get("features"), remarks


def open_source(path: Path, layer: str | None) -> tuple[str | Path, str | None]:
    """Return what GDAL is to open, looking into archives, and the layer that is left to choose."""
    suffix = path.suffix.lower()
    _refuse_pointer(path)
    if suffix == ".zip":
        return pick_member(path, layer)
    if suffix == ".kmz":
        members = [name for name in check_archive(path, "KMZ") if name.lower().endswith(".kml")]
        if len(members) == 1:
            # Opened as a KMZ, libkml does not find the columns that a document declares for one within it.
            return gdal_path(path.absolute(), members[0]), layer
    # A folder of its own keeps GDAL from taking a leading dash or a colon for something else.
    return path if path.is_absolute() else Path.cwd() / path, layer


def _refuse_pointer(path: Path) -> None:
    """Refuse what Git LFS leaves in place of a large file."""
    if (
        path.is_file()
        and path.stat().st_size < 1024
        and path.read_bytes().startswith(b"version https://git-lfs")
    ):
        raise InputError(
            Problem(
                path.name,
                "is only a pointer of Git LFS, not the file itself",
                way_out="download the file from the project's page, or run git lfs pull",
            )
        )


def _check_layer(path: Path, source: str | Path, layer: str | None, error: Exception) -> None:
    """Say which layers there are, where the one to be read is not clear or not there."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    if not isinstance(error, UserWarning | DataLayerError):
        return
    try:
        names = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
    except (DataSourceError, DataLayerError, ValueError, OSError):
        return
    listed = ", ".join(show_value(name) for name in names)
    if layer is not None and layer not in names:
        raise InputError(
            Problem(path.name, "there is no such layer", values=(layer,), way_out=f"the layers are {listed}")
        ) from None
    if layer is None and len(names) > 1:
        raise InputError(
            Problem(
                path.name,
                f"the file holds {len(names)} layers: {listed}",
                way_out=f'name one in geoplan.toml, such as layer = "{names[0]}", '
                f"or on the command line: {path.name}::{names[0]}",
            )
        ) from None


def _own_bbox(spec: FileSpec, info: dict[str, Any]) -> tuple[float, float, float, float]:
    """Bring the box of a plan, in degrees, to the CRS of the layer."""
    import pyproj

    crs = spec.crs or info["crs"] or (CRS if spec.path.suffix.lower() in _WITHOUT_CRS else None)
    if crs is None:
        raise InputError(no_crs(info.get("total_bounds") or (0, 0, 0, 0), spec.path.name, spec.area))
    transformer = pyproj.Transformer.from_crs(CRS, known_crs(crs, spec.path.name), always_xy=True)
    west, south, east, north = spec.bbox or (-180, -90, 180, 90)
    return transformer.transform_bounds(west, south, east, north)


def _counted_from_zero(frame: Any, info: dict[str, Any]) -> Any:
    """Give features their place in the file as a number: identifiers count from 1 in some formats."""
    if info and info["driver"] in ("GPKG", "SQLite", "OpenFileGDB", *_TEXT_ONLY):
        return frame.set_index(frame.index - 1)
    return frame


def _chosen(spec: FileSpec, frame: Any, given: int | None) -> list[str]:
    if given is None or given == len(frame):
        return []
    how = " and ".join(name for name in ("where", "bbox") if getattr(spec, name) is not None)
    return [f"{spec.path.name}: {len(frame):,} of {given:,} features are read, as {how} says"]


def _nothing_read(spec: FileSpec, given: int | None) -> Problem:
    if given:
        return Problem(
            spec.path.name,
            f"none of its {given:,} features is left by where and bbox",
            way_out="look at the values with geoplan layers; a box is west, south, east, north in degrees",
        )
    return Problem(spec.path.name, "the layer has no features", way_out="choose another layer or file")


def in_degrees(frame: Any, spec: FileSpec, name: str) -> Any:
    """Bring a layer to EPSG:4326, refusing to guess what its numbers mean."""
    if spec.crs is not None:
        frame = frame.set_crs(known_crs(spec.crs, name), allow_override=True)
    if frame.crs is None and spec.path.suffix.lower() in _WITHOUT_CRS and _are_degrees(frame.total_bounds):
        frame = frame.set_crs(CRS)
    if frame.crs is None:
        raise InputError(no_crs(frame.total_bounds, name, spec.area))
    if frame.crs != CRS:
        frame = frame.to_crs(CRS)
    check_degrees(frame.geometry.to_numpy(), frame.index + 1, name, spec.area)
    return frame


def _are_degrees(bounds: Any) -> bool:
    west, south, east, north = bounds
    return bool(west >= -180 and east <= 180 and south >= -90 and north <= 90)


def unreadable(path: Path, error: Exception) -> Problem:
    """Make the problem of a file that no reader can make sense of."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    for shown in (str(path), str(Path.cwd() / path)):
        reason = reason.replace(shown, path.name)
    return Problem(
        path.name,
        f"is no vector layer that can be read ({reason.removesuffix('.')})",
        way_out=_advice(path),
    )


def _not_decoded(spec: FileSpec, error: UnicodeDecodeError) -> Problem:
    """Make the problem of text in another encoding than its format, or the plan, says."""
    around = bytes(error.object[max(0, error.start - 20) : error.end + 20])
    return Problem(
        spec.path.name,
        f"holds text that is not {error.encoding.upper()}",
        values=(around.decode("cp1252", "replace"),),
        way_out="name its encoding in geoplan.toml: encoding = "
        '"cp1252" for Western European text (the value above is read that way)',
    )


def _advice(path: Path) -> str:
    start = path.read_bytes()[:512].lstrip().lower() if path.is_file() else b""
    if start.startswith((b"<!doctype html", b"<html")):
        return "it is a web page, not the file: download it again by its own link"
    return (
        "give a GeoPackage, GeoJSON, TopoJSON, Shapefile (.shp or zipped), FlatGeobuf, GeoParquet or KML; "
        "open it in QGIS to see whether it is whole"
    )
