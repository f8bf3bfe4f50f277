"""Barriers and crossings on cells."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoplan.geo.cell_walls import Walls, build_walls


def shapes(*listed: object) -> np.ndarray:
    return np.array(listed, dtype=object)


def joined_by_corners(is_open: np.ndarray) -> int:
    """Count the parts of open cells that a path over 8 neighbours cannot leave."""
    from scipy.ndimage import label

    return int(label(is_open, np.ones((3, 3)))[1])


@pytest.mark.parametrize(
    "line",
    [
        [(0, 0), (10, 10)],
        [(-3, 1.3), (6, 4.1), (13, 9.7)],
        [(0, 10), (10, 0)],
        [(4.5, -1), (5.5, 11)],
        [(5, 0), (5, 10)],
    ],
)
def test_no_path_slips_through_a_river(line: list[tuple[float, float]]) -> None:
    walls = build_walls(shapes(shapely.LineString(line)))
    is_closed = walls.close(0, 0, 10, 10)
    assert joined_by_corners(~is_closed) == 2
    # Parts of the grid close the same cells as the whole.
    assert (walls.close(3, 2, 5, 6) == is_closed[3:8, 2:8]).all()


def test_what_lies_outside_closes_nothing() -> None:
    walls = build_walls(shapes(shapely.LineString([(-50, -50), (-20, 60)]), shapely.box(20, 20, 30, 30)))
    assert not walls.close(0, 0, 10, 10).any()


def test_an_area_closes_its_inside() -> None:
    walls = build_walls(shapes(shapely.Polygon([(2.2, 2.2), (6.8, 2.2), (6.8, 6.8), (2.2, 6.8)])))
    assert walls.close(0, 0, 10, 10).sum() == 25


@pytest.mark.parametrize("crossing", [shapely.Point(5.2, 5.3), shapely.LineString([(3, 7), (7, 3)])])
def test_a_crossing_joins_both_sides(crossing: object) -> None:
    walls = build_walls(shapes(shapely.LineString([(0, 0), (10, 10)])))
    crossed = walls.with_crossings(shapes(crossing, shapely.Point(1, 8)), ["bridge", "nowhere"])
    assert joined_by_corners(~crossed.close(0, 0, 10, 10)) == 1
    assert (crossed.used, crossed.useless) == (["bridge"], ["nowhere"])
    assert Walls().with_crossings(shapes(crossing), ["bridge"]).useless == ["bridge"]


def test_a_way_may_leave_an_area_but_not_cross_a_line() -> None:
    walls = build_walls(shapes(shapely.LineString([(5, 0), (5, 10)]), shapely.box(7, 7, 9, 9)))
    ways = shapes(
        shapely.LineString([(4.8, 5), (5.2, 5)]),
        shapely.LineString([(4.8, 5), (4.2, 5)]),
        shapely.LineString([(8, 8), (9.5, 8)]),
        shapely.LineString([(6.5, 8), (9.5, 8)]),
    )
    assert walls.blocks(ways).tolist() == [True, False, False, True]
