"""The limits of the boundary tools, each just inside and just outside, on rectangles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from geoplan.geo.boundaries import check_coverage, make_crosswalk, simplify
from geoplan.geo.boundaries.area_changes import list_area_changes
from geoplan.geo.boundaries.enclaves import find_enclaves
from geoplan.geo.boundaries.validity import make_valid

from .conftest import box, layer, shape


def array(*shapes: Any) -> Any:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


@pytest.mark.parametrize(("wet", "kind"), [(8.9, "gap"), (9.1, "accepted gap")])
def test_water_over_nine_tenths_of_a_gap_accepts_it(wet: float, kind: str) -> None:
    districts = layer(A=shapely.difference(box(0, 0, 20, 5), box(5, 2, 15, 3)))
    lake = layer(lake=box(5, 2, 5 + wet, 3))
    assert check_coverage(districts, water=lake).findings["kind"].tolist() == [kind]


@pytest.mark.parametrize(("north", "listed"), [(100.098, []), (100.102, ["A"]), (99.898, ["A"])])
def test_a_change_of_a_thousandth_of_the_area_is_listed(north: float, listed: list[str]) -> None:
    changes = list_area_changes(array("A"), array(box(0, 0, 100, 100)), array(box(0, 0, 100, north)))
    assert changes["district"].tolist() == listed


@pytest.mark.parametrize(("metres", "kinds"), [(49.0, ["sliver"]), (51.0, [])])
def test_a_detached_part_of_a_mean_width_below_50_metres_is_a_sliver(metres: float, kinds: list[str]) -> None:
    # The mean width of a strip is its height times its length over their sum; it is 11,132 m long.
    height = metres * 11_132 / (11_132 - metres) / 110.574
    parts = shapely.MultiPolygon([box(0, 0, 100, 10), box(0, 30, 100, 30 + height)])
    assert check_coverage(layer(A=parts)).findings["kind"].tolist() == kinds


@pytest.mark.parametrize(("part", "found"), [(0.98, ["X"]), (1.02, ["X", "Y"])])
def test_less_than_a_thousandth_of_a_district_is_no_change_of_borders(part: float, found: list[str]) -> None:
    new = layer(X=box(0, 0, 1000 - part, 1), Y=box(1000 - part, 0, 2000, 1))
    assert make_crosswalk(layer(K=box(0, 0, 1000, 1)), new)["new"].tolist() == found


def test_an_enclave_whose_middle_nobody_covers_is_found() -> None:
    inner = box(0, 0, 10, 10)
    outer = shapely.difference(box(-20, -20, 30, 30), box(0, 4.6, 10, 5.4))
    found = find_enclaves(array(inner, outer))
    assert (found.inner.tolist(), found.outer.tolist()) == ([0], [1])


@pytest.mark.parametrize(("width", "area"), [(8.2, 50), (8.5, 102)])
def test_a_shape_that_loses_half_is_read_by_its_lines(width: float, area: float) -> None:
    # A shell of 10 × 10 and a hole of 12 × width over its half: 50 is left, or with the hole's other part 12 × width.
    crossed = shapely.Polygon(
        [(0, 0), (10, 0), (10, 10), (0, 10)], [[(5, -1), (5 + width, -1), (5 + width, 11), (5, 11)]]
    )
    assert shapely.area(make_valid(array(crossed)).shapes).tolist() == [pytest.approx(area)]


def island(bump: float) -> Any:
    """A square of 11 km with a bump on its northern side: a quarter of its mean width is 1,333 m (bump 9) or 1,372 m (3)."""
    return layer(A=shape((0, 0), (100, 0), (100, 100), (51, 100), (50, 100 + bump), (49, 100), (0, 100)))


@pytest.mark.parametrize(
    ("bump", "tolerance", "corners"),
    [
        # Up to a quarter of the mean width the tolerance is used; above, its half.
        (9, 1_310, 5),
        (9, 1_360, 8),
        # It is halved up to 8 times; a part that needs less keeps all its vertices.
        (3, 1_345 * 2**8, 5),
        (3, 1_400 * 2**8, 8),
    ],
)
def test_a_border_moves_by_at_most_a_quarter_of_the_mean_width(
    bump: float, tolerance: float, corners: int
) -> None:
    assert shapely.get_num_coordinates(simplify(island(bump), tolerance=tolerance).geometry[0]) == corners
