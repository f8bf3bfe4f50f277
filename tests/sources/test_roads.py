"""Layers of roads, barriers and crossings: shapes that are none, and places that do not exist."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan.geo.road_network import build_network
from geoplan.model.errors import InputError
from geoplan.sources.friction import read_barriers, read_crossings
from geoplan.sources.roads import read_roads

ROAD = shapely.LineString([(104.0, 18.0), (104.2, 18.1)])
SPEEDS = pd.Series({"main": 50.0, "walking": 4.5})


def layer(path: Path, *shapes: Any) -> Path:
    gpd.GeoDataFrame({"class": ["main"] * len(shapes)}, geometry=list(shapes), crs=4326).to_file(path)
    return path


@pytest.mark.parametrize("empty", [shapely.LineString(), shapely.MultiLineString(), None])
def test_a_road_without_a_shape_is_an_error_with_its_row(tmp_path: Path, empty: Any) -> None:
    with pytest.raises(InputError, match=r"roads\.gpkg, row 2, column 'class': roads without class or shape"):
        read_roads([layer(tmp_path / "roads.gpkg", ROAD, empty)])


def test_a_network_leaves_out_lines_without_points() -> None:
    """GEOS ends the whole program when it cuts such a line."""
    lines = gpd.GeoDataFrame(geometry=[ROAD, shapely.LineString()], crs=4326)
    classes = pd.Series(["main", "main"])
    network, alone = (build_network(lines[:count], classes[:count], SPEEDS) for count in (2, 1))
    assert network.minutes.tolist() == alone.minutes.tolist()
    with pytest.raises(InputError, match="no line has a length"):
        build_network(lines[1:], classes[1:], SPEEDS)


@pytest.mark.parametrize("read", [lambda path: read_roads([path]), read_barriers, read_crossings])
def test_latitudes_that_do_not_exist_are_an_error(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    swapped = shapely.LineString([(18.0, 104.0), (18.1, 104.2)])
    with pytest.raises(InputError, match=r"swapped\.gpkg, row 2.*latitudes are beyond 90°"):
        read(layer(tmp_path / "swapped.gpkg", ROAD, swapped))
