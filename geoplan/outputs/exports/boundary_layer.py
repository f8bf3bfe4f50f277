"""Boundary layers at full precision, because the shared edges of districts must stay identical."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.model.errors import UsageError, show_value
from geoplan.outputs.whole_files import replacing

if TYPE_CHECKING:
    import geopandas as gpd

LAYER_SUFFIXES = (".gpkg", ".geojson", ".fgb")


def check_layer_target(target: Path) -> None:
    """Raise `UsageError` if a layer cannot be written in the format of a target's suffix."""
    if target.suffix.lower() not in LAYER_SUFFIXES:
        raise UsageError(
            f"a layer cannot be written as {show_value(target.name)}: end it in {', '.join(LAYER_SUFFIXES)}"
        )


def write_layer(layer: gpd.GeoDataFrame, target: Path) -> None:
    """Write a layer with all digits of its coordinates.

    Parameters
    ----------
    layer : GeoDataFrame
        EPSG:4326.
    target : Path
        ``.gpkg``, ``.geojson`` or ``.fgb``.

    Raises
    ------
    UsageError
        The suffix is unknown, or the target cannot be written.
    """
    check_layer_target(target)
    with replacing(target) as temporary:
        match target.suffix.lower():
            case ".gpkg":
                from geoplan.outputs.exports.geopackage import write_geopackage

                write_geopackage({target.stem: layer}, temporary)
            case ".fgb":
                from geoplan.outputs.exports.flatgeobuf import write_flatgeobuf

                write_flatgeobuf(layer, temporary, name=target.stem)
            case _:
                _write_all_digits(layer, temporary, target.stem)


def _write_all_digits(layer: gpd.GeoDataFrame, path: Path, name: str) -> None:
    """Write GeoJSON with 15 significant digits, instead of the 7 decimals that RFC 7946 advises."""
    import pyogrio

    buffer = BytesIO()
    pyogrio.write_dataframe(layer, buffer, driver="GeoJSON", layer=name)
    path.write_bytes(buffer.getvalue())
