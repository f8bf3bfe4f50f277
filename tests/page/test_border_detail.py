"""Districts drawn where they are: small ones keep their shape, and marks stay in their district."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from shapely import Polygon, box

from geoplan.geo.district_index import DistrictIndex
from geoplan.page.border_detail import LARGEST_DIFFERENCE, draw_in_place, is_misplaced

STEP = 1e-6
NONE = np.empty((0, 2))


def array(*shapes: Any) -> Any:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


# A border at x = 10 with a bump 0.02 wide and 0.05 deep, far smaller than a tolerance of 0.2 shows.
BUMP = [(10, 5), (10.05, 5), (10.05, 5.02), (10, 5.02)]
WEST = Polygon([(0, 0), (10, 0), *BUMP, (10, 10), (0, 10)])
EAST = Polygon([(20, 0), (20, 10), (10, 10), *BUMP[::-1], (10, 0)])
IN_BUMP = np.array([[10.03, 5.01]])


def test_a_border_is_simplified_where_nobody_looks() -> None:
    drawn = draw_in_place(array(WEST, EAST), 0.2, STEP, NONE)
    assert drawn[0].equals(box(0, 0, 10, 10))
    assert drawn[1].equals(box(10, 0, 20, 10))


def test_a_mark_brings_the_border_back_that_it_lies_behind() -> None:
    drawn = draw_in_place(array(WEST, None, EAST), 0.2, STEP, IN_BUMP)
    assert drawn[0].equals(WEST)
    assert drawn[1] is None
    assert drawn[2].equals(EAST)


def test_a_mark_outside_all_districts_stays_outside() -> None:
    # The same bump, as a bay of the only district.
    drawn = draw_in_place(array(EAST), 0.2, STEP, IN_BUMP)
    assert drawn[0].equals(EAST)


def test_a_mark_elsewhere_brings_nothing_back() -> None:
    drawn = draw_in_place(array(WEST, EAST), 0.2, STEP, np.array([[9.0, 5.0], [12.0, 1.0], [30.0, 30.0]]))
    assert shapely.get_num_coordinates(drawn).tolist() == [5, 5]


def test_a_small_district_keeps_its_shape_and_a_large_one_does_not() -> None:
    # Two plus signs, cut out of the district around them: 0.3 and 30 wide.
    def plus(x: float, size: float) -> Any:
        return shapely.union(
            box(x - size, -size / 3, x + size, size / 3), box(x - size / 3, -size, x + size / 3, size)
        )

    small, large = plus(0, 0.15), plus(60, 15)
    around = box(-100, -100, 100, 100).difference(shapely.union(small, large))
    drawn = draw_in_place(array(around, small, large), 0.3, STEP, NONE)
    for true, shape in zip((small, large), drawn[1:], strict=True):
        assert shapely.area(shapely.symmetric_difference(true, shape)) <= LARGEST_DIFFERENCE * true.area
    assert drawn[1].equals(small)


@pytest.mark.parametrize("districts", [[], [None], [Polygon()]])
def test_nothing_to_draw(districts: list[Any]) -> None:
    drawn = draw_in_place(array(*districts), 0.2, STEP, IN_BUMP)
    assert drawn.tolist() == districts


def test_marks_of_a_rough_layer_are_drawn_in_their_districts() -> None:
    # Squares of 1° whose common borders are zigzags of 200 corners, 0.04° deep, at a tolerance of 0.02°.
    random = np.random.default_rng(7)
    heights = np.linspace(0, 6, 1201)
    lines = [
        np.column_stack([x + random.uniform(-0.02, 0.02, 1201) * (0 < x < 6), heights]) for x in range(7)
    ]
    layer = array(*[Polygon([*lines[at], *lines[at + 1][::-1]]) for at in range(6)])
    beside = np.concatenate(lines[1:-1])[::7] + np.array([0.004, 0.001])
    home, _ = DistrictIndex(layer).locate(*np.ascontiguousarray(beside.T))
    coarse = shapely.coverage_simplify(layer, 0.02)
    drawn = draw_in_place(layer, 0.02, STEP, beside)
    assert is_misplaced(coarse, beside, home, STEP).sum() > 100
    assert is_misplaced(drawn, beside, home, STEP).sum() == 0
