"""Barriers and crossings of a friction surface: what their layers may hold."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geoplan.model.errors import InputError
from geoplan.sources.friction import read_barriers, read_crossings


def layer(folder: Path, shapes: list[shapely.Geometry | None], **columns: object) -> Path:
    path = folder / "layer.geojson"
    gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326").to_file(path)
    return path


@pytest.mark.parametrize(
    ("columns", "names"),
    [({}, ["1", "2"]), ({"Name": ["Bridge", None]}, ["Bridge", "2"]), ({"name": [7, 8]}, ["7", "8"])],
)
def test_a_crossing_without_a_name_is_named_by_its_row(
    columns: dict[str, object], names: list[str], tmp_path: Path
) -> None:
    path = layer(tmp_path, [shapely.Point(1, 1), shapely.LineString([(2, 2), (3, 3)])], **columns)
    assert read_crossings(path).names == names


@pytest.mark.parametrize(
    ("read", "wrong"), [(read_barriers, shapely.Point(1, 1)), (read_crossings, shapely.box(0, 0, 1, 1))]
)
def test_features_of_another_kind_or_without_a_shape_are_refused(
    read: object, wrong: shapely.Geometry, tmp_path: Path
) -> None:
    line = shapely.LineString([(2, 2), (3, 3)])
    with pytest.raises(InputError) as raised:
        read(layer(tmp_path, [line, wrong, None]))  # type: ignore[operator]
    (problem,) = raised.value.problems
    assert (problem.rows, problem.values) == ((2, 3), (wrong.geom_type, "none"))  # type: ignore[union-attr]
