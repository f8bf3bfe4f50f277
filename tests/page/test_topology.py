"""Boundaries as arcs: each border once, nothing lost."""

import numpy as np
import pytest
import shapely
from shapely import box
from shapely.geometry import MultiPolygon, Point, Polygon

from geoplan.page.topology import GRID_CELLS, draw_districts, draw_path, label_points, lay_grid, steps


def array(*shapes):
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def unrolled(arc):
    return np.cumsum(np.array(arc).reshape(-1, 2), axis=0)


def rebuilt(arcs, rings):
    """Put the rings of a district together again, as lists of points."""
    result = []
    for ring in rings:
        points = []
        for index in ring:
            path = unrolled(arcs[index if index >= 0 else ~index])
            points += (path if index >= 0 else path[::-1])[:-1].tolist()
        result.append(points)
    return result


def area(points):
    x, y = np.array(points).T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def test_a_shared_border_is_there_once():
    shapes = array(box(0, 0, 1, 1), box(1, 0, 2, 1))
    arcs, rings = draw_districts(shapes, lay_grid(shapes))
    assert len(arcs) == 3
    used = sorted(index if index >= 0 else ~index for ring in rings for arc in ring for index in arc)
    assert len(used) == 4 and len(set(used)) == 3


def test_rings_come_back_with_their_area():
    shapes = array(box(0, 0, 1, 1), box(1, 0, 2, 1), box(0, 1, 2, 2))
    grid = lay_grid(shapes)
    arcs, rings = draw_districts(shapes, grid)
    areas = [sum(area(points) for points in rebuilt(arcs, ring)) * grid.step**2 for ring in rings]
    assert areas == pytest.approx([1, 1, 2], rel=1e-4)


def test_an_enclave_shares_its_ring_with_the_hole():
    outer = Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (1, 3), (3, 3), (3, 1)]])
    shapes = array(outer, box(1, 1, 3, 3))
    arcs, rings = draw_districts(shapes, lay_grid(shapes))
    assert len(arcs) == 2
    assert [len(ring) for ring in rings] == [2, 1]


def test_islands_and_missing_shapes():
    shapes = array(MultiPolygon([box(0, 0, 1, 1), box(3, 0, 4, 1)]), None, Polygon())
    arcs, rings = draw_districts(shapes, lay_grid(shapes))
    assert [len(ring) for ring in rings] == [2, 0, 0]
    assert len(arcs) == 2
    assert label_points(shapes, lay_grid(shapes))[1:] == [None, None]


def test_no_shape_at_all():
    shapes = array(None)
    assert draw_districts(shapes, lay_grid(shapes)) == ([], [[]])


def test_an_area_across_the_antimeridian_is_kept_together():
    shapes = array(box(178, -18, 180, -16), box(-180, -18, -178, -16))
    grid = lay_grid(shapes)
    assert grid.west == -182
    assert grid.step == pytest.approx(4 / GRID_CELLS)
    arcs, _ = draw_districts(grid.unwrap(shapes), grid)
    assert len(arcs) == 3


def test_a_label_lies_inside_its_district():
    crescent = Polygon([(0, 0), (4, 0), (4, 4), (0, 4), (0, 3), (3, 3), (3, 1), (0, 1)])
    shapes = array(crescent)
    grid = lay_grid(shapes)
    ((x, y),) = label_points(shapes, grid)
    assert crescent.contains(Point(grid.west + x * grid.step, grid.south + y * grid.step))


def test_paths_are_simplified_and_keep_their_ends():
    line = shapely.segmentize(shapely.LineString([(0, 0), (1, 0), (1, 1)]), 0.01)
    grid = lay_grid(array(box(0, 0, 1, 1)))
    path = draw_path(line, grid)
    assert path == [0, 0, GRID_CELLS, 0, 0, GRID_CELLS]


def test_steps():
    assert steps([(1, 1)]) == [1, 1]
    assert steps([(1, 1), (3, 0)]) == [1, 1, 2, -1]
