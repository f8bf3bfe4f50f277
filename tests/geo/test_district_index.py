"""Points, lines and polygons against districts: by hand on squares, and against GEOS by the million."""

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon, box

from geoplan.geo import district_index, overlay
from geoplan.geo.district_index import DistrictIndex
from geoplan.geo.overlay import overlay_shares

LAOS = Path(__file__).resolve().parents[3] / "shared" / "data" / "laos"
GEOD = pyproj.Geod(ellps="WGS84")
EQUAL_AREA = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:6933", always_xy=True)
FOUR_SQUARES = [box(0, 0, 1, 1), box(1, 0, 2, 1), box(0, 1, 1, 2), box(1, 1, 2, 2)]


@pytest.fixture(params=["by GEOS", "by boxes", "by cells"])
def make_index(request, monkeypatch):
    """All ways to the same result: small inputs go to GEOS unless the cells exist already."""
    if request.param != "by cells":
        least = -1 if request.param == "by boxes" else 10**9
        monkeypatch.setattr(district_index, "_POINTS_PER_BOX", least)

    def make(districts):
        index = DistrictIndex(districts)
        if request.param == "by cells" and index._vertex_count:
            _ = index.cells
        return index

    return make


def locate(index, *points):
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    district, on_border = index.locate(x, y)
    return district.tolist(), on_border.tolist()


def shares(features, districts):
    """Shares as {(feature, district): share}, which also shows that no pair comes twice."""
    rows = list(zip(*(column.tolist() for column in overlay_shares(features, districts)), strict=True))
    found = {(feature, district): share for feature, district, share in rows}
    assert len(found) == len(rows)
    assert rows == sorted(rows)
    return found


# --- points, by hand ---------------------------------------------------------------------------------------


def test_points_inside_squares(make_index):
    index = make_index(FOUR_SQUARES)
    assert locate(index, (0.5, 0.5), (1.5, 0.5), (0.5, 1.5), (1.5, 1.5)) == ([0, 1, 2, 3], [False] * 4)


@pytest.mark.parametrize(
    ("point", "district"),
    [
        ((1, 0.5), 0),  # border of 0 and 1
        ((1.5, 1), 1),  # border of 1 and 3
        ((0.25, 1), 0),  # border of 0 and 2
        ((1, 1.75), 2),  # border of 2 and 3
        ((1, 1), 0),  # where all four meet
        ((2, 1), 1),  # end of the border of 1 and 3
        ((0, 0), 0),
        ((2, 2), 3),
        ((2, 1.5), 3),  # outer border
    ],
)
def test_a_point_on_a_border_goes_to_the_lowest_district(make_index, point, district):
    assert locate(make_index(FOUR_SQUARES), point) == ([district], [True])


def test_points_outside_and_next_to_the_border(make_index):
    index = make_index(FOUR_SQUARES)
    just_outside, just_inside = np.nextafter(2.0, 3.0), np.nextafter(2.0, 0.0)
    assert locate(index, (just_outside, 1.5), (just_inside, 1.5), (-1, 0.5), (1e9, 1e9)) == (
        [-1, 3, -1, -1],
        [False] * 4,
    )
    assert locate(index, (np.nextafter(1.0, 0.0), 0.5), (np.nextafter(1.0, 2.0), 0.5)) == (
        [0, 1],
        [False] * 2,
    )


def test_coordinates_that_are_not_finite_are_outside(make_index):
    index = make_index(FOUR_SQUARES)
    bad = [(np.nan, 0.5), (0.5, np.nan), (np.inf, 0.5), (0.5, -np.inf), (np.nan, np.nan)]
    assert locate(index, *bad, (0.5, 0.5)) == ([-1] * 5 + [0], [False] * 6)


def test_no_points(make_index):
    district, on_border = make_index(FOUR_SQUARES).locate(np.empty(0), np.empty(0))
    assert district.shape == on_border.shape == (0,)


def test_the_lowest_district_wins_in_an_overlap(make_index):
    index = make_index([box(2, 0, 4, 2), box(0, 0, 3, 2), box(-1, -1, 5, 3)])
    points = [(2.5, 1), (1, 1), (3.5, 1), (2, 1), (3, 1), (0, 1), (-0.5, 1), (4, 1)]
    assert locate(index, *points) == (
        [0, 1, 0, 0, 0, 1, 2, 0],
        [False, False, False, True, False, True, False, True],
    )


def test_on_the_border_of_a_low_district_within_a_higher_one(make_index):
    assert locate(make_index([box(1, 1, 2, 2), box(0, 0, 3, 3)]), (1, 1.5), (2, 2)) == ([0, 0], [True, True])


def test_on_the_border_of_a_high_district_within_a_lower_one(make_index):
    assert locate(make_index([box(0, 0, 3, 3), box(1, 1, 2, 2)]), (1, 1.5), (2, 2)) == (
        [0, 0],
        [False, False],
    )


def test_holes_gaps_and_parts(make_index):
    ring = box(0, 0, 6, 6) - box(2, 2, 4, 4)
    parts = MultiPolygon([box(7, 0, 8, 1), box(9, 0, 10, 1)])
    index = make_index([ring, parts, box(2.5, 2.5, 3.5, 3.5)])
    points = [(3, 3), (2.25, 3), (2, 3), (1, 1), (7.5, 0.5), (8.5, 0.5), (9.5, 0.5), (9, 0.5)]
    assert locate(index, *points) == (
        [2, -1, 0, 0, 1, -1, 1, 1],
        [False, False, True, False, False, False, False, True],
    )


def test_null_and_empty_districts_match_nothing(make_index):
    index = make_index([None, Polygon(), box(0, 0, 1, 1), None, MultiPolygon()])
    assert len(index) == 5
    assert locate(index, (0.5, 0.5), (0, 0), (2, 2)) == ([2, 2, -1], [False, True, False])


@pytest.mark.parametrize("districts", [[], [None], [Polygon(), None]])
def test_no_districts_at_all(districts):
    district, on_border = DistrictIndex(districts).locate(np.zeros(30_000), np.zeros(30_000))
    assert set(district) == {-1}
    assert not on_border.any()


def test_a_district_must_be_a_polygon():
    with pytest.raises(TypeError, match=r"2 are not, first at index 1: LineString"):
        DistrictIndex([box(0, 0, 1, 1), LineString([(0, 0), (1, 1)]), Point(0, 0)])


def test_columns_must_have_the_same_length():
    with pytest.raises(ValueError, match="same length"):
        DistrictIndex(FOUR_SQUARES).locate(np.zeros(3), np.zeros(2))


def test_the_callers_columns_stay_as_they_are(make_index):
    x, y = np.array([0.5, np.nan, 1.0]), np.array([0.5, 0.5, 1.0])
    before = x.copy(), y.copy()
    make_index(FOUR_SQUARES).locate(x, y)
    np.testing.assert_array_equal((x, y), before)


@pytest.mark.parametrize("count", [64, 65, 200])
def test_more_districts_meet_in_a_cell_than_a_mask_has_bits(count):
    angle = np.linspace(0, 2 * np.pi, count + 1)
    wedges = [Polygon([(0, 0), (np.cos(a), np.sin(a)), (np.cos(b), np.sin(b))]) for a, b in pairwise(angle)]
    random = np.random.default_rng(1)
    x, y = random.normal(0, 0.1, (2, 30_000))
    assert_same_as_geos(np.array(wedges), np.append(x, 0.0), np.append(y, 0.0))


# --- points, against GEOS ----------------------------------------------------------------------------------


def reference_locate(districts, x, y):
    """One prepared district after the other, the lowest last."""
    district, on_border = np.full(len(x), -1), np.zeros(len(x), dtype=bool)
    for number in reversed(range(len(districts))):
        west, south, east, north = shapely.bounds(districts[number])
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        shapely.prepare(districts[number])
        hit = near[shapely.intersects_xy(districts[number], x[near], y[near])]
        district[hit] = number
        on_border[hit] = ~shapely.contains_xy(districts[number], x[hit], y[hit])
    return district, on_border


def assert_same_as_geos(districts, x, y):
    index = DistrictIndex(districts)
    _ = index.cells
    district, on_border = index.locate(x, y)
    expected_district, expected_on_border = reference_locate(districts, x, y)
    np.testing.assert_array_equal(district, expected_district)
    np.testing.assert_array_equal(on_border, expected_on_border)
    np.testing.assert_array_equal(index.find(x, y), expected_district)
    by_boxes = index._test_boxes(x, y)
    np.testing.assert_array_equal(by_boxes, expected_district)
    np.testing.assert_array_equal(index._are_on_border(by_boxes, x, y), expected_on_border)
    return on_border.sum()


def trying_points(districts, count, seed):
    """Columns x, y: anywhere, clustered, rounded, on vertices, on edges, and a rounding step off them."""
    random = np.random.default_rng(seed)
    vertices = shapely.get_coordinates(districts)
    chosen = random.integers(0, len(vertices) - 1, count)
    vertex, following = vertices[chosen], vertices[chosen + 1]
    middle = (vertex + following) / 2
    west, south, east, north = shapely.total_bounds(districts)
    anywhere = random.uniform((west - 0.1, south - 0.1), (east + 0.1, north + 0.1), (4 * count, 2))
    points = (
        vertex,
        middle,
        vertex + random.random((count, 1)) * (following - vertex),
        np.nextafter(vertex, vertex + random.choice([-1.0, 1.0], (count, 2))),
        np.nextafter(middle, middle + random.choice([-1.0, 1.0], (count, 2))),
        np.column_stack((vertex[:, 0], random.permutation(vertices[chosen, 1]))),
        vertex + random.normal(0, 0.02, (count, 2)),
        vertex + random.normal(0, 1e-5, (count, 2)),
        vertex + random.normal(0, 1e-12, (count, 2)),
        np.round(vertex, 2),
        anywhere,
    )
    return np.ascontiguousarray(np.concatenate(points).T)


def cell_points(index, count, seed):
    """Columns x, y: corners, edge middles and centres of border cells, where the grid itself might err."""
    grid = index.cells.grid
    cell = np.random.default_rng(seed).choice(index.cells.border, count)
    row, col = np.divmod(cell, grid.cols)
    corner_x, corner_y = grid.west + col / grid.per_degree, grid.south + row / grid.per_degree
    x = np.concatenate((corner_x, grid.centre_x[col], corner_x))
    y = np.concatenate((corner_y, grid.centre_y[row], grid.centre_y[row]))
    return x, y


def wiggly_coverage(rows, cols, segments, seed=3):
    """Exact coverage of bent squares around 100 °E 18 °N whose shared borders wiggle, vertex for vertex."""
    random = np.random.default_rng(seed)
    along = np.linspace(0, 1, segments + 1)[1:-1]
    node = np.stack(np.meshgrid(np.arange(cols + 1.0), np.arange(rows + 1.0)), axis=-1)
    node = (node + random.uniform(-0.15, 0.15, node.shape)) * 0.3 + (100, 18)

    def border(start, end):
        swing = random.uniform(-0.2, 0.2, len(along)) * np.minimum(along, 1 - along)
        across = (end - start)[::-1] * (-1, 1)
        return np.vstack((start, start + along[:, None] * (end - start) + swing[:, None] * across, end))

    level = {(r, c): border(node[r, c], node[r, c + 1]) for r in range(rows + 1) for c in range(cols)}
    upright = {(r, c): border(node[r, c], node[r + 1, c]) for r in range(rows) for c in range(cols + 1)}
    rings = [
        np.vstack((level[r, c], upright[r, c + 1][1:], level[r + 1, c][-2::-1], upright[r, c][-2::-1]))
        for r in range(rows)
        for c in range(cols)
    ]
    return np.array([Polygon(ring) for ring in rings])


def test_a_million_points_on_an_exact_coverage_match_geos():
    districts = wiggly_coverage(7, 9, 96)
    assert shapely.coverage_is_valid(districts)
    x, y = trying_points(districts, 75_000, seed=5)
    assert len(x) > 1_000_000
    assert assert_same_as_geos(districts, x, y) > 90_000
    index = DistrictIndex(districts)
    assert_same_as_geos(districts, *cell_points(index, 20_000, seed=6))


def test_small_and_large_inputs_agree():
    districts = wiggly_coverage(5, 5, 32)
    x, y = trying_points(districts, 3_000, seed=7)
    index, plain = DistrictIndex(districts), DistrictIndex(districts)
    large, small = index.locate(x, y), [plain.locate(x[part::9], y[part::9]) for part in range(9)]
    assert "cells" in vars(index)
    assert "cells" not in vars(plain)
    for part in range(9):
        np.testing.assert_array_equal(large[0][part::9], small[part][0])
        np.testing.assert_array_equal(large[1][part::9], small[part][1])


@pytest.mark.parametrize("size", ["_BLOCK", "_GEOS_BLOCK"])
def test_the_size_of_the_blocks_does_not_matter(make_index, monkeypatch, size):
    districts = wiggly_coverage(3, 3, 16)
    x, y = trying_points(districts, 300, seed=21)
    whole = make_index(districts).locate(x, y)
    monkeypatch.setattr(district_index, size, 1_000)
    np.testing.assert_array_equal(make_index(districts).locate(x, y), whole)


def damaged_layers():
    exact = wiggly_coverage(4, 5, 24)
    shifts = np.random.default_rng(8).normal(0, 1e-7, (len(exact), 2))
    shifted = [
        shapely.transform(district, shift.__add__) for district, shift in zip(exact, shifts, strict=True)
    ]
    return {
        "overlaps": shapely.buffer(exact, 0.03),
        "gaps": shapely.buffer(exact, -0.01),
        "slivers": np.array(shifted),
        "rounded": shapely.transform(exact, lambda xy: np.round(xy, 2)),
        "holes": shapely.difference(exact, shapely.buffer(shapely.centroid(exact), 0.05)),
        "enclaves": np.concatenate((shapely.buffer(shapely.centroid(exact), 0.05), exact)),
        "province first": np.concatenate(([shapely.union_all(exact)], exact)),
        "province last": np.concatenate((exact, [shapely.union_all(exact)])),
        "twice": np.concatenate((exact, exact[::-1])),
        "in parts": np.array([MultiPolygon([exact[i], exact[i + 7]]) for i in range(6)]),
        "millimetres": shapely.transform(exact, lambda xy: (xy - 100) * 1e-8 + 100),
    }


@pytest.mark.parametrize("name", list(damaged_layers()))
def test_layers_that_are_no_exact_coverage_match_geos(name):
    districts = damaged_layers()[name]
    districts = districts[shapely.is_valid(districts)]
    x, y = trying_points(districts, 3_000, seed=9)
    assert_same_as_geos(districts, x, y)
    assert_same_as_geos(districts, *cell_points(DistrictIndex(districts), 1_000, seed=10))


def lao_districts(name):
    path = LAOS / name
    if not path.exists():
        pytest.skip(f"{path.name} is not there: the shared data lie beside the checkout")
    return np.asarray(gpd.read_file(path).geometry.values)


@pytest.mark.parametrize("name", ["lao_districts_2019.gpkg", "lao_districts_pre2011.gpkg"])
def test_points_on_lao_districts_match_geos(name):
    districts = lao_districts(name)
    x, y = trying_points(districts, 20_000, seed=11)
    assert assert_same_as_geos(districts, x, y) > 20_000
    assert_same_as_geos(districts, *cell_points(DistrictIndex(districts), 5_000, seed=12))


corner = st.integers(0, 6)
boxes = st.tuples(corner, corner, st.integers(1, 4), st.integers(1, 4))


@given(st.lists(boxes, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_boxes_against_plain_comparisons(sides):
    sides = [(x, y, x + width, y + height) for x, y, width, height in sides]
    x, y = (column.ravel() for column in np.meshgrid(np.arange(-0.5, 11, 0.5), np.arange(-0.5, 11, 0.5)))
    index = DistrictIndex([box(*side) for side in sides])
    _ = index.cells
    district, on_border = index.locate(x, y)
    for number, (px, py) in enumerate(zip(x, y, strict=True)):
        covering = [i for i, (w, s, e, n) in enumerate(sides) if w <= px <= e and s <= py <= n]
        lowest = covering[0] if covering else -1
        west, south, east, north = sides[lowest]
        assert district[number] == lowest
        assert on_border[number] == (bool(covering) and (px in (west, east) or py in (south, north)))


triangles = st.lists(st.tuples(corner, corner, corner, corner, corner, corner), min_size=1, max_size=6)


@given(triangles, st.floats(1e-4, 1e3), st.floats(-170, 170))
@settings(max_examples=60, deadline=None)
def test_any_triangles_match_geos(corners, scale, shift):
    shapes = [Polygon(np.array(c, dtype=float).reshape(3, 2) * scale + shift) for c in corners]
    districts = np.array([shape for shape in shapes if shape.is_valid and shape.area > 0], dtype=object)
    if len(districts):
        x, y = trying_points(districts, 50, seed=13)
        assert_same_as_geos(districts, x, y)


# --- lines and polygons, by hand ---------------------------------------------------------------------------


def test_a_line_along_the_equator():
    line = LineString([(0.5, 0), (3.5, 0)])
    assert shares([line], FOUR_SQUARES) == pytest.approx({(0, -1): 1.5 / 3, (0, 0): 0.5 / 3, (0, 1): 1 / 3})


def test_a_line_is_measured_by_geodesic_length():
    line = LineString([(0.5, 0.5), (0.5, 1.8)])  # degrees of latitude grow towards the pole
    south, north = GEOD.inv(0.5, 0.5, 0.5, 1)[2], GEOD.inv(0.5, 1, 0.5, 1.8)[2]
    found = shares([line], FOUR_SQUARES)
    assert found == pytest.approx(
        {(0, 0): south / (south + north), (0, 2): north / (south + north)}, abs=1e-12
    )
    assert abs(found[0, 0] - 0.5 / 1.3) > 1e-7


def test_a_stretch_along_a_shared_border_counts_once_for_the_lowest():
    along = LineString([(1, 0), (1, 2)])
    found = shares([along, LineString([(1.5, 1), (1, 1), (0.5, 1)])], FOUR_SQUARES)
    assert set(found) == {(0, 0), (0, 2), (1, 0), (1, 1)}
    assert found[0, 0] == pytest.approx(0.5, abs=1e-4)
    assert found[1, 0] == pytest.approx(0.5, abs=1e-12)


def test_a_line_in_one_district_that_runs_along_its_neighbours_border():
    line = LineString([(1.5, 0.5), (1.5, 1.0), (1.9, 1.0)])
    reverse = [FOUR_SQUARES[3], FOUR_SQUARES[1]]  # the upper district comes first now
    found = shares([line], reverse)
    assert set(found) == {(0, 0), (0, 1)}
    upright, level = GEOD.inv(1.5, 0.5, 1.5, 1)[2], GEOD.inv(1.5, 1, 1.9, 1)[2]
    assert found[0, 0] == pytest.approx(level / (upright + level), abs=1e-12)


def test_polygons_by_hand():
    features = [
        box(0.2, 0.2, 0.4, 0.4),  # inside one
        box(0.5, 0.2, 1.5, 0.4),  # half and half
        box(-0.5, 0.2, 0.5, 0.4),  # half outside
        box(5, 5, 6, 6),  # far off
    ]
    expected = {(0, 0): 1, (1, 0): 0.5, (1, 1): 0.5, (2, -1): 0.5, (2, 0): 0.5, (3, -1): 1}
    assert shares(features, FOUR_SQUARES) == pytest.approx(expected, abs=1e-12)


def test_area_in_an_overlap_counts_once_for_the_lowest():
    districts = [box(2, 0, 4, 2), box(0, 0, 3, 2)]
    found = shares([box(1, 0.5, 4, 1.5), box(2.2, 0.5, 2.6, 1)], districts)
    assert found == pytest.approx({(0, 0): 2 / 3, (0, 1): 1 / 3, (1, 0): 1}, abs=1e-12)


def test_an_enclave_in_an_overlap_takes_its_part_of_a_feature_its_neighbour_covers():
    found = shares([box(0.25, 0.25, 0.75, 0.75)], [box(0.25, 0.25, 0.5, 0.75), box(0, 0, 1, 1)])
    assert found == pytest.approx({(0, 0): 0.5, (0, 1): 0.5}, abs=1e-12)


def test_areas_are_taken_on_the_ellipsoid():
    found = shares([box(0.2, 0.5, 0.4, 1.5)], FOUR_SQUARES)
    (_, low), (_, middle), (_, high) = (EQUAL_AREA.transform(0.2, lat) for lat in (0.5, 1.0, 1.5))
    assert found[0, 0] == pytest.approx((middle - low) / (high - low), abs=1e-12)


def test_features_in_parts_are_handled_whole():
    lines = MultiLineString([[(0.2, 0.5), (0.4, 0.5)], [(1.2, 0.5), (1.8, 0.5)]])
    polygons = MultiPolygon([box(0.2, 0.2, 0.4, 0.4), box(1.2, 0.2, 1.8, 0.4), box(3, 0.2, 3.2, 0.4)])
    expected = {(0, 0): 0.25, (0, 1): 0.75, (1, -1): 0.2, (1, 0): 0.2, (1, 1): 0.6}
    assert shares([lines, polygons], FOUR_SQUARES) == pytest.approx(expected, abs=1e-9)


def test_a_hole_in_a_feature_does_not_count():
    found = shares([box(0.1, 0.2, 1.9, 0.8) - box(1.1, 0.2, 1.9, 0.8)], FOUR_SQUARES)
    assert found == pytest.approx({(0, 0): 0.9, (0, 1): 0.1}, abs=1e-12)


def test_of_a_collection_the_highest_dimension_counts():
    collection = shapely.GeometryCollection(
        [Point(1.5, 1.5), LineString([(0, 0), (2, 2)]), shapely.GeometryCollection([box(0.1, 0.1, 0.2, 0.2)])]
    )
    assert shares([collection], FOUR_SQUARES) == {(0, 0): 1}


def test_features_without_a_measure_are_placed_by_a_point():
    flat = [
        Point(1.5, 0.5),
        LineString([(1.5, 1.5), (1.5, 1.5)]),
        LineString([(1, 1), (1, 1)]),
        Point(7, 7),
        Point(3, -3),
    ]
    assert shares(flat, FOUR_SQUARES) == {(0, 1): 1, (1, 3): 1, (2, 0): 1, (3, -1): 1, (4, -1): 1}


def test_null_and_empty_features_get_no_row():
    assert shares([None, LineString(), box(0.1, 0.1, 0.2, 0.2), Polygon()], FOUR_SQUARES) == {(2, 0): 1}
    assert shares([], FOUR_SQUARES) == {}
    assert shares([None], FOUR_SQUARES) == {}


def test_without_districts_everything_is_outside():
    assert shares([box(0, 0, 1, 1), LineString([(0, 0), (1, 1)])], [None]) == {(0, -1): 1, (1, -1): 1}


def test_the_callers_features_stay_as_they_are():
    features = np.array([shapely.GeometryCollection([Point(0, 0), box(0, 0, 1.5, 1)])], dtype=object)
    overlay_shares(features, FOUR_SQUARES)
    assert features[0].geom_type == "GeometryCollection"


# --- lines and polygons, against a straightforward reference ------------------------------------------------


def reference_shares(features, districts):
    """Cut each feature with one district after the other; measure lengths and areas with pyproj."""
    found = {}
    tree = shapely.STRtree(districts)
    for number, feature in enumerate(features):
        measures, rest = {}, feature
        for district in sorted(tree.query(feature)):
            measures[district] = reference_measure(rest & districts[district], feature)
            rest = rest - districts[district]
        measures[-1] = reference_measure(rest, feature)
        total = sum(measures.values())
        found.update({(number, d): m / total for d, m in measures.items() if m > 1e-12 * total})
    return found


def reference_measure(part, feature):
    pieces = [piece for piece in shapely.get_parts(part) if piece.geom_type in feature.geom_type]
    if "LineString" in feature.geom_type:
        return sum(GEOD.geometry_length(piece) for piece in pieces)
    # short edges stay straight in degrees to 1e-11 of the area when they are projected
    fine = shapely.segmentize(np.array(pieces, dtype=object), 5e-5)
    return sum(shapely.transform(piece, EQUAL_AREA.transform, interleaved=False).area for piece in fine)


def winding_lines(count, centre, spread, step, seed):
    random = np.random.default_rng(seed)
    heading = np.cumsum(random.normal(0, 0.5, (count, 12)), axis=1) + random.uniform(0, 6.3, (count, 1))
    walk = np.cumsum(np.stack((np.cos(heading), np.sin(heading)), axis=-1) * step, axis=1)
    return shapely.linestrings(walk + random.uniform(-spread, spread, (count, 1, 2)) + centre)


def blobs(count, centre, spread, radius, seed):
    random = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    reach = radius * random.uniform(0.5, 1.5, (count, 24))
    ring = np.stack((reach * np.cos(angle), reach * np.sin(angle)), axis=-1)
    return shapely.polygons(ring + random.uniform(-spread, spread, (count, 1, 2)) + centre)


def assert_same_shares(features, districts):
    """Compare the way through the cells, the way through GEOS, and the reference."""
    index, plain = DistrictIndex(districts), DistrictIndex(districts)
    _ = index.cells
    expected = reference_shares(features, districts)
    for way in (index, plain):
        found = shares(features, way)
        for pair in found.keys() | expected.keys():
            assert found.get(pair, 0) == pytest.approx(expected.get(pair, 0), abs=1e-9), pair
        total = np.bincount([feature for feature, _ in found], weights=list(found.values()))
        np.testing.assert_allclose(total, 1, atol=1e-12)


@pytest.mark.parametrize("name", ["exact", *(name for name in damaged_layers() if name != "millimetres")])
def test_shares_match_the_reference(name):
    layers = {"exact": wiggly_coverage(4, 5, 24), **damaged_layers()}
    districts = layers[name][shapely.is_valid(layers[name])]
    west, south, east, north = shapely.total_bounds(districts)
    centre, size = ((west + east) / 2, (south + north) / 2), (east - west) / 5
    assert_same_shares(winding_lines(150, centre, 2.6 * size, size / 4, seed=14), districts)
    assert_same_shares(blobs(25, centre, 2.6 * size, size / 4, seed=15), districts)
    assert_same_shares(blobs(3, centre, size, 1.5 * size, seed=16), districts)  # whole districts inside


@pytest.mark.parametrize("name", ["lao_districts_2019.gpkg", "lao_districts_pre2011.gpkg"])
def test_shares_over_lao_districts_match_the_reference(name):
    districts = lao_districts(name)
    assert_same_shares(winding_lines(200, (103.8, 18.4), 1.0, 0.03, seed=17), districts)
    assert_same_shares(blobs(15, (103.8, 18.4), 1.0, 0.15, seed=18), districts)


def test_features_made_of_the_districts_own_borders():
    districts = wiggly_coverage(3, 3, 16)
    borders = np.concatenate((shapely.boundary(districts), shapely.boundary(districts[:1])))
    assert_same_shares(borders, districts)
    assert shares(districts, districts) == {(i, i): 1 for i in range(9)}
    assert_same_shares(np.array([shapely.union_all(districts[:2])]), districts)


@pytest.mark.parametrize("spread", [0.4, 1.0], ids=["inside the layer", "over its outer edge"])
def test_crossing_polygons_take_the_cells_and_not_geos(monkeypatch, spread):
    districts = wiggly_coverage(5, 5, 32)
    index = DistrictIndex(districts)
    assert index.is_outer_edge.sum() == 4 * 5 * 32
    handed_over = []
    with_geos = overlay._overlay_with_geos
    monkeypatch.setattr(
        overlay,
        "_overlay_with_geos",
        lambda index, features, chosen: handed_over.append(len(chosen)) or with_geos(index, features, chosen),
    )
    district = overlay_shares(blobs(200, (100.75, 18.75), spread, 0.05, seed=19), index)[1]
    assert handed_over == [0]
    assert (-1 in district) == (spread == 1.0)


SPIKED = {
    "a spike through an edge, off its middle": "POLYGON ((0.5 0.7, 2 0.69, 2 0.71, 0.5 0.7))",
    "a spike that ends on an edge": "POLYGON ((1 0.7, 2 0.69, 2 0.71, 1 0.7))",
    "an edge along part of another": "POLYGON ((1 0.8, 2 0.69, 2 1, 1 1, 1 0.8))",
    "a shared end and a stretch in common": "POLYGON ((1 1, 1 0.9, 2 0.69, 2 1, 1 1))",
}


@pytest.mark.parametrize("spike", SPIKED.values(), ids=SPIKED)
def test_an_edge_that_another_district_meets_is_no_outer_edge(spike):
    districts = np.array([box(0, 0, 1, 1), shapely.from_wkt(spike)])
    index = DistrictIndex(districts)
    edges = index.cells.edges
    east = (edges.ax == 1) & (edges.bx == 1) & (np.abs(edges.by - edges.ay) == 1)
    assert east.sum() == 1
    assert not index.is_outer_edge[east].any()
    assert_same_shares(blobs(60, (1, 0.7), 0.5, 0.3, seed=23), districts)


def test_the_size_of_the_blocks_of_features_does_not_matter(monkeypatch):
    index = DistrictIndex(wiggly_coverage(5, 5, 32))
    _ = index.cells
    features = blobs(60, (100.75, 18.75), 0.9, 0.05, seed=22)
    whole = shares(features, index)
    monkeypatch.setattr(overlay, "_WORK_BLOCK", 500)
    assert shares(features, index) == whole


def test_lengths_match_the_geodesic():
    random = np.random.default_rng(20)
    for step in (1e-5, 1e-3, 0.04, 1.0):
        x, y = random.uniform(-180, 180, 2_000), random.uniform(-85, 85, 2_000)
        x1, y1 = x + random.uniform(-step, step, 2_000), y + random.uniform(-step, step, 2_000)
        expected = np.array(GEOD.inv(x, y, x1, y1)[2])
        found = overlay._geodesic_length(x, y, x1, y1)
        np.testing.assert_allclose(found, expected, rtol=3e-10, atol=1e-8)


# --- properties ---------------------------------------------------------------------------------------------

place = st.tuples(st.floats(-1, 4), st.floats(-1, 4))


@given(st.lists(st.lists(place, min_size=2, max_size=6), min_size=1, max_size=5), st.randoms())
@settings(max_examples=60, deadline=None)
def test_shares_add_to_one_whatever_the_features_and_their_order(walks, random):
    lines = [LineString(walk) for walk in walks]
    features = lines + [line.convex_hull for line in lines]
    found = shares(features, FOUR_SQUARES)
    for number in range(len(features)):
        assert sum(share for (feature, _), share in found.items() if feature == number) == pytest.approx(
            1, abs=1e-12
        )
    order = list(range(len(features)))
    random.shuffle(order)
    shuffled = shares([features[number] for number in order], FOUR_SQUARES)
    assert {(order[feature], district): share for (feature, district), share in shuffled.items()} == found
