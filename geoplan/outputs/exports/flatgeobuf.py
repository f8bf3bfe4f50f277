"""FlatGeobuf: one layer with a spatial index, for the web and for large datasets."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.outputs.exports.exactness import real_amounts

if TYPE_CHECKING:
    import geopandas as gpd


def write_flatgeobuf(frame: gpd.GeoDataFrame, path: Path, *, name: str, about: str = "") -> None:
    """Write a layer as FlatGeobuf.

    Parameters
    ----------
    frame : GeoDataFrame
        EPSG:4326. The spatial index decides the order of the features. It cannot contain features without a geometry:
        a layer with such features is written without an index.
    path : Path
    name, about : str
        Name of the layer, and its description in the header.
    """
    import pyogrio
    import shapely

    shapes = frame.geometry.to_numpy()
    placeless = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    index = "NO" if placeless.any() else "YES"
    options = {"SPATIAL_INDEX": index, "TITLE": name, "DESCRIPTION": about}
    buffer = BytesIO()
    pyogrio.write_dataframe(
        real_amounts(frame),
        buffer,
        driver="FlatGeobuf",
        layer=name,
        promote_to_multi=False,
        layer_options=options,
    )
    path.write_bytes(buffer.getvalue())
