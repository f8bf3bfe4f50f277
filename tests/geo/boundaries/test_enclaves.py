"""Enclaves and exclaves in a layer without holes for them, on a grid: who has the ground, placed and repaired."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.geo.boundaries import check_coverage, repair
from geoplan.geo.boundaries.overlaps import find_overlaps
from geoplan.plan.districts import as_layer

from .conftest import box, layer, shape

WHOLE = box(0, 0, 9, 9)
BOW = shape((3, 3), (6, 6), (6, 3), (3, 6))
LAYERS: dict[str, tuple[dict[str, Any], dict[str, float]]] = {
    "enclave in enclave": (
        {"A": WHOLE, "B": box(2, 2, 7, 7), "C": box(4, 4, 5, 5)},
        {"A": 56, "B": 24, "C": 1},
    ),
    "lowest code inmost": (
        {"C": WHOLE, "B": box(2, 2, 7, 7), "A": box(4, 4, 5, 5)},
        {"A": 1, "B": 24, "C": 56},
    ),
    "bow tie": ({"A": WHOLE, "B": BOW}, {"A": 76.5, "B": 4.5}),
    "hole before shell": (
        {
            "A": shapely.Polygon(box(3, 3, 6, 6).exterior, [WHOLE.exterior]),
            "B": box(3, 3, 6, 6),
        },
        {"A": 72, "B": 9},
    ),
    "two that touch at a point": (
        {"A": WHOLE, "B": box(2, 2, 4, 4), "C": box(4, 4, 6, 6)},
        {"A": 73, "B": 4, "C": 4},
    ),
    "exclave of the district around it": (
        {"A": shapely.MultiPolygon([WHOLE, box(4, 4, 5, 5)]), "B": box(3, 3, 6, 6)},
        {"A": 73, "B": 8},
    ),
    "exclave of a third district": (
        {"A": WHOLE, "B": box(3, 3, 6, 6), "C": shapely.MultiPolygon([box(9, 0, 12, 9), box(4, 4, 5, 5)])},
        {"A": 72, "B": 8, "C": 28},
    ),
    "covered by two together": (
        {"A": box(0, 0, 4, 8), "B": box(4, 0, 8, 8), "C": box(2, 2, 6, 6)},
        {"A": 24, "B": 24, "C": 16},
    ),
    "covered by two, each wholly": (
        {"A": box(0, 0, 6, 8), "B": box(2, 0, 8, 8), "C": box(3, 3, 5, 5)},
        {"A": 44, "B": 16, "C": 4},
    ),
}


def cells(districts: gpd.GeoDataFrame) -> dict[str, float]:
    """Areas in cells of the grid, in degrees."""
    return dict(zip(districts["district"], shapely.area(districts.geometry.to_numpy()) * 1e6, strict=True))


@pytest.mark.parametrize("name", LAYERS)
def test_what_lies_inside_keeps_its_ground(name: str) -> None:
    shapes, expected = LAYERS[name]
    given = layer(**shapes)
    repaired, changes = repair(given)
    assert cells(repaired) == pytest.approx(expected)
    assert check_coverage(repaired).is_exact
    assert len(changes)
    placed = as_layer(given.assign(name=given["district"], province=None))
    if name != "covered by two, each wholly":  # A and B overlap as before, and a note says so
        assert cells(placed.districts) == pytest.approx(expected)
    assert placed.notes


def test_a_part_that_two_districts_have_is_nobodys_exclave() -> None:
    island = box(4, 4, 5, 5)
    shapes = {
        "A": shapely.MultiPolygon([box(0, 0, 2, 2), island]),
        "B": shapely.MultiPolygon([box(6, 6, 8, 8), island]),
    }
    repaired, _ = repair(layer(**shapes))
    assert cells(repaired) == pytest.approx({"A": 5, "B": 4})


@pytest.mark.parametrize(("covered", "overlaps"), [(0.89, True), (0.91, False)])
def test_a_part_is_an_exclave_from_nine_tenths(covered: float, overlaps: bool) -> None:
    exclave = box(4 - (1 - covered), 4, 4 + covered, 5)
    shapes = layer(A=box(4, 0, 9, 9), B=shapely.MultiPolygon([box(9, 0, 19, 9), exclave])).geometry.to_numpy()
    placed = as_layer(layer(A=shapes[0], B=shapes[1]))
    assert bool(placed.notes[0].startswith("Districts overlap")) == overlaps


def test_an_overlap_is_found_where_only_one_of_both_has_an_edge_inside_the_other() -> None:
    found = find_overlaps(np.array([box(2, 2, 6, 6), box(0, 0, 4, 8), box(4, 0, 8, 8)]), smallest_part=0.001)
    assert sorted(zip(found.one.tolist(), found.other.tolist(), strict=True)) == [(0, 1), (0, 2)]
