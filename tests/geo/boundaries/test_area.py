"""Sizes on the ellipsoid."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoplan.geo.boundaries import geodesic_area

from .conftest import CELL, box


class TestGeodesicArea:
    def test_a_cell_at_the_equator(self) -> None:
        # 40,075,017 m / 360,000 × 6,335,439 m × π / 180,000
        expected = 40_075_016.686 / 360_000 * 6_335_439.327 * np.pi / 180_000
        assert geodesic_area(np.array([box(0, 0, 1, 1)])) == pytest.approx([expected], rel=1e-6)
        assert pytest.approx(expected, rel=1e-4) == CELL

    def test_the_turn_of_the_shell_does_not_matter_and_holes_count(self) -> None:
        holed = box(0, 0, 3, 3) - box(1, 1, 2, 2)
        turned = np.array([shapely.orient_polygons(holed, exterior_cw=cw) for cw in (True, False)])
        assert geodesic_area(turned) / CELL == pytest.approx([8, 8], rel=1e-4)

    def test_nothing_has_no_area(self) -> None:
        assert geodesic_area(np.array([None, shapely.Polygon()], dtype=object)).tolist() == [0, 0]
        assert geodesic_area(np.array([], dtype=object)).shape == (0,)
