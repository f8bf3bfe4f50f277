"""Precision codes name levels of administration: what each means in layers of the first, second and third level."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

import geoplan as gp
from geoplan.model.schema import LOCATIONS
from geoplan.plan.districts import read_layer
from geoplan.sources.origins import parse_origins
from geoplan.sources.raw_table import name_file
from tests.sources.iati_files import paid, wrapped

HEADERS = {
    1: {"district": "ADM1_PCODE", "name": "ADM1_EN"},
    2: {"district": "ADM2_PCODE", "name": "ADM2_EN", "province": "ADM1_PCODE", "province_name": "ADM1_EN"},
    3: {"district": "ADM3_PCODE", "name": "ADM3_EN", "province": "ADM2_PCODE", "province_name": "ADM2_EN"},
}
CELLS = {
    "district": ["D1", "D2", "D3"],
    "name": ["Alpha", "Beta", "Gamma"],
    "province": ["P1", "P1", "P2"],
    "province_name": ["North", "North", "South"],
}
WIDE, ALL = "province-wide", "country-wide"
NORTH = "province-wide P1"


def read(folder: Path, columns: dict[str, list[object]]) -> gpd.GeoDataFrame:
    """Read three squares beside each other with these columns."""
    path = folder / "layer.geojson"
    shapes = [box(index, 0, index + 1, 1) for index in range(3)]
    gpd.GeoDataFrame(columns, geometry=shapes, crs=4326).to_file(path, driver="GeoJSON")
    return read_layer(name_file(path)).districts


@pytest.fixture
def layers(tmp_path: Path) -> dict[int, gpd.GeoDataFrame]:
    """Return a layer of each level, known by its headers."""
    return {
        level: read(tmp_path, {header: CELLS[name] for name, header in headers.items()})
        for level, headers in HEADERS.items()
    }


@pytest.mark.parametrize(
    ("precision", "name", "first", "second", "third"),
    # The point is in D1, Alpha. North is the province of Alpha and Beta, Omega is unknown.
    [
        (1, "Gamma", "D1", "D1", "D1"),  # exact: the point decides
        (2, "Gamma", "D1", "D1", "D1"),
        (3, "Alpha", "D1", "D1", "D1"),  # a unit of the second level: by its name
        (3, "Gamma", "D1", "D3", "D3"),  # in a layer of the first level it is a place in a district
        (3, "North", "D1", NORTH, NORTH),
        (3, "Omega", "D1", ALL, ALL),
        (4, "Alpha", "D1", WIDE, WIDE),  # a unit of the first level, whatever district bears its name
        (4, "Gamma", "D3", WIDE, WIDE),
        (4, "North", ALL, NORTH, NORTH),
        (4, "Omega", ALL, WIDE, WIDE),
        (4, None, "D1", WIDE, WIDE),
        *[(code, name, ALL, ALL, ALL) for code in (5, 6, 7, 8, 9) for name in ("Alpha", "North")],
    ],
)
def test_a_precision_means_what_the_level_of_the_layer_says(
    precision: int, name: str | None, first: str, second: str, third: str, layers: dict[int, gpd.GeoDataFrame]
) -> None:
    row = {
        "project": "P",
        "location": "1",
        "name": name,
        "precision": float(precision),
        "geometry": Point(0.5, 0.5),
    }
    frame = pd.DataFrame({column: pd.Series([row.get(column)], dtype=object) for column in LOCATIONS.names})
    places = gpd.GeoDataFrame(frame.astype({"precision": float}), geometry="geometry", crs=4326)
    for layer, expected in zip(layers.values(), (first, second, third), strict=True):
        found = gp.place_locations(places, layer).iloc[0]
        assert " ".join(filter(None, [found["district"] or found["place"], found["province"]])) == expected


@pytest.mark.parametrize(
    ("columns", "level"),
    [
        ({"ADM1_PCODE": ["D1", "D2", "D3"], "ADM1_EN": ["Alpha", "Beta", "Gamma"]}, 1),
        ({"GID_1": ["D1", "D2", "D3"], "NAME_1": ["Alpha", "Beta", "Gamma"]}, 1),
        ({"shapeID": ["D1", "D2", "D3"], "shapeName": ["Alpha", "Beta", "Gamma"], "shapeType": ["ADM1"] * 3}, 1),
        ({"shapeID": ["D1", "D2", "D3"], "shapeType": ["ADM1", "ADM1", "ADM2"]}, None),
        ({"code": ["D1", "D2", "D3"], "name": ["Alpha", "Beta", "Gamma"]}, None),
        ({"code": ["D1", "D2", "D3"], "district_level": [2, 2, 2], "type": ["ADM1"] * 3}, 2),
        ({"GID_2": ["D1", "D2", "D3"], "NAME_2": ["Alpha", "Beta", "Gamma"], "GID_1": ["P", "P", "Q"]}, 2),
    ],
)  # fmt: skip
def test_headers_and_types_say_the_level_of_a_layer(
    columns: dict[str, list[object]], level: int | None, tmp_path: Path
) -> None:
    found = read(tmp_path, columns)["district_level"]
    assert found.dropna().unique().tolist() == ([] if level is None else [level])


REGION = '<location-class code="1"/>'
VILLAGE = '<location-class code="2"/>'


@pytest.mark.parametrize(
    ("elements", "name", "expected"),
    [
        ('<feature-designation code="PCLI"/>', "Omega", ALL),
        ('<feature-designation code="ADM1"/>', "Omega", WIDE),
        ('<feature-designation code="ADM1H"/>', "Omega", WIDE),
        ('<feature-designation code="ADM2"/>', "Gamma", "D3"),
        ('<feature-designation code="ADM2"/>', "Omega", ALL),
        (
            '<feature-designation code="ADM3"/>',
            "Omega",
            "D1",
        ),  # its label is in the district that it is part of
        ('<feature-designation code="RGN"/>', "Omega", ALL),
        ('<feature-designation code="ADMD"/>', "Gamma", "D3"),
        ('<feature-designation code="PPL"/>', "Gamma", "D1"),
        ('<location-type code="ADM1"/>', "Omega", WIDE),
        (VILLAGE + '<feature-designation code="ADM1"/>', "Omega", "D1"),  # the class comes first
        (REGION + '<administrative vocabulary="99" code="z" level="1"/>', "Omega", WIDE),
        (REGION + '<administrative vocabulary="99" code="z" level="3"/>', "Omega", "D1"),
        (
            '<administrative vocabulary="99" code="z" level="1"/>',
            "Omega",
            "D1",
        ),  # the area that the place is in
        *[(f'{VILLAGE}<exactness code="{code}"/>', "Gamma", "D1") for code in (1, 2)],
        *[(f'{REGION}<exactness code="{code}"/>', "Gamma", "D3") for code in (1, 2)],
        *[(f'{REGION}<exactness code="{code}"/>', "Omega", ALL) for code in (1, 2)],
    ],
)
def test_designations_and_classes_say_what_a_place_of_iati_is(
    elements: str, name: str, expected: str, layers: dict[int, gpd.GeoDataFrame], tmp_path: Path
) -> None:
    place = f"<location><name>{name}</name><point><pos>0.5 0.5</pos></point>{elements}</location>"
    (tmp_path / "a.xml").write_text(wrapped(place + paid("7"), version="1.05"))
    plan = gp.make_plan(districts=layers[2], sources=parse_origins(f"iati:{tmp_path / 'a.xml'}"))
    [entry] = gp.list_entries(gp.build_ledger(plan)).itertuples()
    assert (entry.district or entry.place) == expected
