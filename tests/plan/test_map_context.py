"""Layers for orientation, from the section [map] of a plan file."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box
from shapely.geometry import LineString, Point

from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import InputError
from geoplan.outputs.starter_folder import write_first_plan
from geoplan.page.page_data import page_data
from geoplan.plan.plan_tables import read_plan

SECTION = "[map]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a plan folder without a section [map], with three layers beside it."""
    folder = tmp_path / "plan"
    write_first_plan(folder)
    toml = folder / "geoplan.toml"
    lines = toml.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("[map]", "neighbours", "water", "context"))]
    toml.write_text("".join(kept), encoding="utf-8")
    river = gpd.GeoDataFrame(
        {"Name": ["Nam Kading"]}, geometry=[LineString([(103, 18), (105, 19)])], crs=4326
    )
    river.to_file(folder / "rivers.geojson", driver="GeoJSON")
    towns = gpd.GeoDataFrame({"town": ["Paksan"]}, geometry=[Point(103.65, 18.4)], crs=4326).to_crs(32648)
    towns.to_file(folder / "places.gpkg", layer="towns", driver="GPKG")
    gpd.GeoDataFrame(geometry=[box(100, 15, 110, 21)], crs=4326).to_file(
        folder / "around.geojson", driver="GeoJSON"
    )
    return folder


def add(folder: Path, section: str) -> Path:
    with (folder / "geoplan.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[map]\n{section}\n")
    return folder


def test_layers_are_read_lowest_first_and_stand_in_the_page(folder: Path) -> None:
    add(
        folder,
        'context = [{ file = "places.gpkg", name = "Towns", label = "town", layer = "towns" }]\n'
        'water = "rivers.geojson"\nneighbours = ["around.geojson"]',
    )
    plan = read_plan(folder)
    assert [(layer.name, layer.style) for layer in plan.surroundings] == [
        ("around", "neighbour"),
        ("rivers", "water"),
        ("Towns", "context"),
    ]
    assert plan.files["map 2"] == folder / "rivers.geojson"
    layers = page_data(plan, build_ledger(plan))["layers"]
    assert [layer["label"] for layer in layers] == [None, ["Nam Kading"], ["Paksan"]]
    assert [
        len(layer[part][key])
        for layer, part, key in zip(layers, ("areas", "lines", "points"), ("rings", "path", "x"), strict=True)
    ] == [1, 1, 1]


def test_a_plan_without_the_section_has_none(folder: Path) -> None:
    assert read_plan(folder).surroundings == ()


def test_the_home_case_has_neighbours_rivers_and_towns(tmp_path: Path) -> None:
    write_first_plan(tmp_path / "home")
    assert [layer.name for layer in read_plan(tmp_path / "home").surroundings] == [
        "Other provinces",
        "Rivers",
        "Towns",
    ]


def test_all_that_is_wrong_is_listed_at_once(folder: Path) -> None:
    add(
        folder,
        'rivers = "rivers.geojson"\n'
        'water = ["nowhere.geojson", 5, { file = "rivers.geojson", colour = "blue" }]\n'
        'context = { file = "rivers.geojson", label = "nom" }',
    )
    with pytest.raises(InputError) as caught:
        read_plan(folder)
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    assert "unknown key in [map]: 'rivers'" in text
    assert "nowhere.geojson: file not found" in text
    assert "water in [map] has no file: '5'" in text
    assert "unknown key of water in [map]: 'colour'" in text
    assert "rivers.geojson has no such column for the label: 'nom'" in text
