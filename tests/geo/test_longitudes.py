"""Layers and places across the antimeridian, in every convention, end in one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from geoplan.geo.longitudes import LongitudeWindow, find_window


def array(*shapes: Any) -> Any:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


WEST = box(178, -17, 179, -16)
ACROSS = box(179, -17, 181, -16)
CONVENTIONS = {
    "split": MultiPolygon([box(179, -17, 180, -16), box(-180, -17, -179, -16)]),
    "unsplit": Polygon([(179, -17), (-179, -17), (-179, -16), (179, -16)]),
    "0 to 360": ACROSS,
    "-360 to 0": box(-181, -17, -179, -16),
}


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_layer_across_the_antimeridian_is_in_one_piece(convention: str) -> None:
    layer = array(WEST, CONVENTIONS[convention])
    window = find_window(layer)
    moved = window.move_into(layer)
    assert window == LongitudeWindow(-0.5, 179.5)
    assert moved[0] is layer[0]
    assert moved[1].equals(ACROSS)
    assert moved[1].geom_type == "Polygon" and moved[1].is_valid
    assert find_window(moved) == window
    assert window.move_into(moved) is moved


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Point(-179.5, -16.5), Point(180.5, -16.5)),
        (Point(180.5, -16.5), Point(180.5, -16.5)),
        (Point(-180, -16.5), Point(180, -16.5)),
        (Point(0, 0), Point(0, 0)),
        (LineString([(179.5, -16.5), (-179.5, -16.5)]), LineString([(179.5, -16.5), (180.5, -16.5)])),
        (MultiPoint([(179, 0), (-179, 0)]), MultiPoint([(179, 0), (181, 0)])),
        # A shape across the edge of the window moves as a whole, so that it does not reach over the layer.
        (box(-17, 0, 51, 10), box(-17, 0, 51, 10)),
        (box(-60, 0, -10, 10), box(300, 0, 350, 10)),
    ],
)
def test_places_come_into_the_window_of_the_layer(given: Any, expected: Any) -> None:
    window = find_window(array(WEST, ACROSS))
    (moved,) = window.move_into(array(given))
    assert moved.equals(expected)


def test_nothing_moves_where_a_layer_does_not_cross() -> None:
    window = find_window(array(box(100, 14, 108, 22)))
    places = array(Point(104, 18), None, Point(-170, 0), MultiPoint([(-170, 0), (170, 0)]), Polygon())
    assert window == LongitudeWindow(-180, 104)
    assert window.move_into(places) is places


def test_a_place_counted_to_360_comes_to_a_layer_counted_to_180() -> None:
    window = find_window(array(box(-172, -15, -170, -13)))
    moved = window.move_into(array(Point(189, -14), LineString([(179, -14), (-171, -14)])))
    assert moved[0].equals(Point(-171, -14))
    assert moved[1].equals(LineString([(-181, -14), (-171, -14)]))


def test_a_layer_counted_to_360_that_does_not_cross_comes_back() -> None:
    layer = array(box(188, -15, 190, -13))
    assert find_window(layer).move_into(layer)[0].equals(box(-172, -15, -170, -13))


def test_a_layer_around_the_globe_stays() -> None:
    world = array(*[box(west, -60, west + 10, 60) for west in range(-180, 180, 10)], box(-180, -90, 180, -60))
    assert find_window(world).move_into(world) is world


def test_the_widest_empty_range_is_the_cut() -> None:
    # Provinces at −178…−176, −63…−51, −5…9, 45…46 and 164…168: nothing between 46 and 164.
    layer = array(*[box(w, 0, e, 1) for w, e in ((-178, -176), (-63, -51), (-5, 9), (45, 46), (164, 168))])
    window = find_window(layer)
    assert window == LongitudeWindow(105 - 360, 105 - 180)
    assert shapely.total_bounds(window.move_into(layer)).tolist() == [-196, 0, 46, 1]


@pytest.mark.parametrize(
    ("east", "window"), [(160.5, LongitudeWindow(-180, 0)), (160, LongitudeWindow(-190, -10))]
)
def test_a_layer_is_cut_at_an_empty_range_of_20_degrees(east: float, window: LongitudeWindow) -> None:
    # Nothing lies between ``east`` and 180: 19.5° in the first layer, 20° in the second, whose middle is 170.
    layer = array(*[box(west, 0, west + 10, 1) for west in range(-180, 150, 10)], box(150, 0, east, 1))
    assert find_window(layer) == window
