"""Vector layers: whatever GDAL reads, with its CRS, as longitude and latitude."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.errors import InputError, Problem, show_value
from geoplan.schema import CRS
from geoplan.sources.raw import FileSpec, Raw


def list_layers(path: Path) -> pd.DataFrame:
    """List what a vector source holds, without reading its features.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DataFrame
        One row per layer: ``layer, driver, geometry, features, crs, columns``.

    Raises
    ------
    InputError
        GDAL can not open the file.
    """
    import fiona
    from fiona.errors import FionaError

    try:
        names = fiona.listlayers(path)
        rows = []
        for name in names:
            with fiona.open(path, layer=name) as layer:
                rows.append(_describe(name, layer))
    except (FionaError, ValueError, OSError) as error:
        raise InputError(_unreadable(path, error)) from None
    return pd.DataFrame(rows, columns=["layer", "driver", "geometry", "features", "crs", "columns"])


def _describe(name: str, layer: Any) -> dict[str, object]:
    return {
        "layer": name,
        "driver": layer.driver,
        "geometry": layer.schema["geometry"],
        "features": len(layer),
        "crs": layer.crs.to_string() if layer.crs else "",
        "columns": ", ".join(layer.schema["properties"]),
    }


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
    import pyogrio
    import shapely
    from pyogrio.errors import DataLayerError, DataSourceError

    layer = _pick_layer(spec)
    try:
        frame = pyogrio.read_dataframe(spec.path, layer=layer, encoding=spec.encoding)
    except (DataSourceError, DataLayerError, ValueError, OSError) as error:
        raise InputError(_unreadable(spec.path, error)) from None
    if frame.empty:
        raise InputError(
            Problem(spec.path.name, "the layer has no features", way_out="choose another layer or file")
        )
    if not hasattr(frame, "crs") and not table_will_do:
        raise InputError(
            Problem(
                spec.path.name,
                "the layer has no geometry",
                way_out="give the file that holds the shapes, not only the table",
            )
        )
    shapes = None
    if hasattr(frame, "crs"):
        frame = in_degrees(frame, spec, spec.path.name)
        shapes = shapely.force_2d(frame.geometry.to_numpy())
        frame = frame.drop(columns=frame.geometry.name)
    table = pd.DataFrame(frame).astype(object)
    table = table.where(table.notna(), None)
    if shapes is not None:
        table["geometry"] = shapes
    return Raw(spec.path.name, table, pd.Series(range(1, len(table) + 1), dtype="int64"))


def _pick_layer(spec: FileSpec) -> str | None:
    # Not by fiona, which takes as long to import as all else takes to read a layer.
    import pyogrio
    from pyogrio.errors import DataSourceError

    try:
        names = [str(name) for name in pyogrio.list_layers(spec.path)[:, 0]]
    except (DataSourceError, ValueError, OSError) as error:
        raise InputError(_unreadable(spec.path, error)) from None
    listed = ", ".join(show_value(name) for name in names)
    if spec.layer is not None and spec.layer not in names:
        raise InputError(
            Problem(
                spec.path.name,
                "there is no such layer",
                values=(spec.layer,),
                way_out=f"the layers are {listed}",
            )
        )
    if spec.layer is None and len(names) > 1:
        raise InputError(
            Problem(
                spec.path.name,
                f"the file holds {len(names)} layers: {listed}",
                way_out='name one in geoplan.toml, such as layer = "districts"',
            )
        )
    return spec.layer


def in_degrees(frame: Any, spec: FileSpec, name: str) -> Any:
    """Bring a layer to EPSG:4326, refusing to guess what its numbers mean."""
    if spec.crs is not None:
        frame = frame.set_crs(known_crs(spec.crs, name), allow_override=True)
    if frame.crs is None:
        raise InputError(
            Problem(
                name,
                f"the file does not say its CRS; its coordinates go from {_corner(frame, 0)} to {_corner(frame, 2)}",
                way_out='name it in geoplan.toml, such as crs = "EPSG:4326" (degrees) or "EPSG:32648" (UTM zone 48N)',
            )
        )
    frame = frame.to_crs(CRS)
    check_degrees(frame.total_bounds, name)
    return frame


def known_crs(crs: str, name: str) -> Any:
    """Return the CRS a plan names, or raise with the way to write it."""
    import pyproj
    from pyproj.exceptions import CRSError

    try:
        return pyproj.CRS.from_user_input(crs)
    except CRSError:
        raise InputError(
            Problem(name, "unknown CRS", column="crs", values=(crs,), way_out='write it like "EPSG:4326"')
        ) from None


def check_degrees(bounds: Any, name: str) -> None:
    """Raise when bounds (west, south, east, north) can not be degrees, in either order of the axes."""
    west, south, east, north = (float(bound) for bound in bounds)
    if min(west, south) < -360 or max(east, north) > 360:
        raise InputError(
            Problem(
                name,
                f"coordinates from ({west:g}, {south:g}) to ({east:g}, {north:g}) can not be degrees",
                way_out='they look projected: name the CRS they are in, such as crs = "EPSG:32648" (UTM zone 48N)',
            )
        )


def _corner(frame: Any, start: int) -> str:
    x, y = frame.total_bounds[start : start + 2]
    return f"({x:g}, {y:g})"


def _unreadable(path: Path, error: Exception) -> Problem:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Problem(
        path.name,
        f"is no vector layer that can be read ({reason.replace(str(path), path.name)})",
        way_out="give a GeoPackage, GeoJSON, Shapefile (.shp or zipped) or FlatGeobuf; open it in QGIS to see whether it is whole",
    )
