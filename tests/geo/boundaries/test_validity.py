"""Invalid shapes made valid: two readings, and the neighbours that decide between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from geoplan.geo.boundaries.validity import make_valid

SQUARE = [(0, 0), (8, 0), (8, 8), (0, 8)]
HOLE = [(3, 3), (5, 3), (5, 5), (3, 5)]
FAR = [(20, 0), (21, 0), (21, 1), (20, 1)]


def array(*shapes: Any) -> Any:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def valid_areas(*shapes: Any) -> list[float]:
    return [float(area) for area in shapely.area(make_valid(array(*shapes)).shapes)]


WRONG_ORDER = shapely.Polygon(FAR, [SQUARE, HOLE])
"""A far part as the shell, the district as its hole, and the hole of the enclave: 1 + 64 − 4 by linework."""
NESTED = shapely.MultiPolygon([shapely.Polygon(SQUARE), shapely.Polygon(HOLE)])
"""A shell in a shell: 64 by structure, 60 by linework."""
ENCLAVE = shapely.Polygon(HOLE)


@pytest.mark.parametrize("shape", [WRONG_ORDER, NESTED])
def test_the_reading_that_claims_a_neighbour_loses(shape: Any) -> None:
    around = 61 if shape is WRONG_ORDER else 60
    assert valid_areas(shape, ENCLAVE) == [around, 4]
    assert valid_areas(ENCLAVE, shape) == [4, around]


@pytest.mark.parametrize("shape", [WRONG_ORDER, NESTED])
def test_ground_that_nobody_else_has_stays_with_the_district(shape: Any) -> None:
    assert valid_areas(shape) == [65 if shape is WRONG_ORDER else 64]


def test_a_neighbour_needs_more_than_half_of_the_disputed_ground() -> None:
    assert valid_areas(NESTED, shapely.box(3, 3, 4.02, 5)) == [60, pytest.approx(2.04)]
    assert valid_areas(NESTED, shapely.box(3, 3, 3.98, 5)) == [64, pytest.approx(1.96)]


def test_two_invalid_neighbours_decide_by_what_both_readings_give_them() -> None:
    # A bow tie over the enclave: both readings agree on its two triangles, 2 of the 4 cells and more outside.
    bow_tie = shapely.Polygon([(3, 3), (5, 3), (3, 5.2), (5, 5.2)])
    first, second = valid_areas(NESTED, bow_tie)
    assert second == pytest.approx(2.2)
    assert first == 64  # the bow tie has less than half of the disputed ground


def test_the_enclave_before_its_district_as_shell() -> None:
    # By structure nothing is left: a hole larger than its shell. By linework the ring around the hole is left.
    assert valid_areas(shapely.Polygon(HOLE, [SQUARE])) == [60]


def test_says_how_much_is_disputed_and_which_shapes_were_repaired() -> None:
    cell = shapely.transform(array(NESTED, ENCLAVE, None), lambda points: points / 1000)
    found = make_valid(cell)
    assert found.repaired.tolist() == [True, False, False]
    assert found.disputed_m2 / 12_309.1 == pytest.approx([4, 0, 0], rel=1e-4)
    assert shapely.is_empty(found.shapes).tolist() == [False, False, True]


def test_polygons_of_collections_count_and_lines_do_not() -> None:
    mixed = shapely.GeometryCollection(
        [
            shapely.box(0, 0, 1, 1),
            shapely.GeometryCollection([shapely.MultiPolygon([shapely.box(5, 5, 7, 6)])]),
            shapely.LineString([(0, 0), (9, 9)]),
        ]
    )
    assert valid_areas(mixed, shapely.Point(0, 0), shapely.box(0, 0, 3, 1)) == [3, 0, 3]
