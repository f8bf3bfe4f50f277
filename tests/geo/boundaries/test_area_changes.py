"""Districts whose area changes, in cells of 0.001°."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoplan.geo.boundaries import list_area_changes

from .conftest import CELL, box, layer


def test_lists_changes_of_more_than_a_thousandth_largest_first() -> None:
    before = layer(A=box(0, 0, 1000, 1), B=box(0, 1, 1000, 2), C=box(0, 2, 10, 3), D=shapely.Polygon())
    after = layer(A=box(0, 0, 1000.9, 1), B=box(0, 1, 998, 2), C=shapely.Polygon(), D=box(0, 4, 1, 5))
    shapes = [each.geometry.to_numpy() for each in (before, after)]
    listed = list_area_changes(np.array(list("ABCD"), dtype=object), *shapes)
    assert listed["district"].tolist() == ["C", "B", "D"]
    km2 = CELL / 1e6
    assert listed["before_km2"].tolist() == pytest.approx([10 * km2, 1000 * km2, 0], rel=1e-3)
    assert listed["change_km2"].tolist() == pytest.approx([-10 * km2, -2 * km2, km2], rel=1e-2)
    assert listed["change_percent"].tolist() == pytest.approx([-100, -0.2, np.inf], rel=1e-2)


def test_a_part_may_be_given() -> None:
    before, after = layer(A=box(0, 0, 100, 1)), layer(A=box(0, 0, 102, 1))
    shapes = [each.geometry.to_numpy() for each in (before, after)]
    codes = np.array(["A"], dtype=object)
    assert len(list_area_changes(codes, *shapes, reported_part=0.019)) == 1
    assert list_area_changes(codes, *shapes, reported_part=0.021).empty
