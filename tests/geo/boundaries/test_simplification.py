"""Layers generalised: which vertices go, and that edges stay shared."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geoplan.geo.boundaries import check_coverage, simplify
from geoplan.geo.geodesy import METRES_PER_DEGREE
from geoplan.model.errors import InputError

from .conftest import EXACT, box, home_layer, layer, shape


def _roughen(cells: Any, seed: int) -> Any:
    """Put vertices into edges and shake them, the same way for both neighbours of an edge."""
    dense = shapely.set_precision(shapely.segmentize(cells, 0.02), 1e-9)

    def shake(xy: Any) -> Any:
        whole = np.rint(xy * 1e6).astype(np.int64)
        noise = np.sin((whole[:, :1] * 12.9898 + whole[:, 1:] * 78.233 + seed % 1000) * [1.0, 2.0])
        return xy + 0.003 * noise

    return shapely.transform(dense, shake)


class TestSimplify:
    @staticmethod
    def bump(north: float) -> gpd.GeoDataFrame:
        """Two districts whose border has one bump: a triangle of base 0.002° and height 0.001°."""
        line = [(10, north), (10, north + 9), (11, north + 10), (10, north + 11), (10, north + 20)]
        return layer(
            A=shape((0, north), *line, (0, north + 20)),
            B=shape((20, north), (20, north + 20), *reversed(line)),
        )

    @pytest.mark.parametrize(("north", "far"), [(0, 111.3), (60_000, 55.7)])
    def test_removes_a_bump_that_is_nearer_than_the_tolerance(self, north: float, far: float) -> None:
        # The tip is 0.001° of longitude from the new border: 111.3 m at the equator, 55.7 m at 60°.
        districts = self.bump(north)
        kept = simplify(districts, tolerance=far * 0.99).geometry
        gone = simplify(districts, tolerance=far * 1.01).geometry
        tip = {(0.011, (north + 10) / 1000)}
        assert all(tip <= {tuple(xy) for xy in shapely.get_coordinates(each)} for each in kept)
        assert shapely.get_num_coordinates(gone.to_numpy()).tolist() == [5, 5]
        assert shapely.coverage_is_valid(gone.to_numpy())

    def test_a_small_district_keeps_its_shape(self) -> None:
        # An enclave of 2 × 2 cells has a mean width of one cell, so its border moves by at most 28 m. Its bump is
        # half a cell, 56 m; the bump of the outer border, as large, goes.
        inner = shape((4, 4), (5, 4), (5, 3.5), (5.1, 4), (6, 4), (6, 6), (4, 6))
        outer = shape((0, 0), (5, 0), (5, -0.5), (5.1, 0), (20, 0), (20, 20), (0, 20))
        districts = layer(A=shapely.difference(outer, inner), B=inner)
        simple = simplify(districts, tolerance=1_000)
        assert simple.geometry[1].equals(inner)
        assert simple.geometry[0].equals(shapely.difference(box(0, 0, 20, 20), inner))

    def test_an_island_never_collapses(self) -> None:
        districts = layer(A=shapely.MultiPolygon([box(0, 0, 50, 50), box(90, 90, 90.1, 90.1)]))
        simple = simplify(districts, tolerance=100_000).geometry[0]
        assert simple.equals(districts.geometry[0])

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 2**32), st.sampled_from([50.0, 500.0, 5_000.0]))
    def test_any_coverage_stays_one_and_no_border_moves_too_far(self, seed: int, tolerance: float) -> None:
        random = np.random.default_rng(seed)
        places = shapely.multipoints(random.uniform(0, 0.5, (12, 2)))
        cells = shapely.get_parts(shapely.voronoi_polygons(places, extend_to=shapely.box(0, 0, 0.5, 0.5)))
        rough = _roughen(shapely.intersection(cells, shapely.box(0, 0, 0.5, 0.5)), seed)
        assume(shapely.is_valid(rough).all() and shapely.coverage_is_valid(rough))
        before = layer(**{f"D{number}": each for number, each in enumerate(rough)})
        after = simplify(before, tolerance=tolerance).geometry.to_numpy()
        assert shapely.coverage_is_valid(after) and shapely.is_valid(after).all()
        moved = (
            shapely.hausdorff_distance(shapely.boundary(rough), shapely.boundary(after)) * METRES_PER_DEGREE
        )
        assert moved.max() <= tolerance
        assert not shapely.is_empty(after).any()

    def test_keeps_vertices_to_the_last_digit(self) -> None:
        districts = home_layer(2019)
        simple = simplify(districts, tolerance=1_000)
        assert shapely.coverage_is_valid(simple.geometry.to_numpy())
        vertices = {tuple(point) for point in shapely.get_coordinates(districts.geometry.to_numpy())}
        left = {tuple(point) for point in shapely.get_coordinates(simple.geometry.to_numpy())}
        assert left < vertices
        assert len(left) < len(vertices) / 2
        assert check_coverage(simple).is_exact
        assert list(simple.columns) == list(districts.columns)

    def test_takes_an_overlap_of_rounding_and_it_is_gone(self) -> None:
        # The border y = 10 has a bump of half a cell, 56 m, and beside it A reaches 0.9 mm over B.
        over = 0.9 / 111_195_000 * 1000
        bump = [(14, 10), (15, 10.5), (16, 10)]
        a = shape((0, 0), (20, 0), (20, 10), *reversed(bump), (5, 10 + over), (0, 10))
        b = shape((0, 10), (5, 10), *bump, (20, 10), (20, 20), (0, 20))
        assert not shapely.coverage_is_valid([a, b])
        simple = simplify(layer(A=a, B=b), tolerance=100).geometry.to_numpy()
        assert shapely.coverage_is_valid(simple)
        moved = shapely.hausdorff_distance(simple, [box(0, 0, 20, 10), box(0, 10, 20, 20)])
        assert moved.max() < 0.001 / METRES_PER_DEGREE

    def test_refuses_what_is_no_coverage(self) -> None:
        with pytest.raises(InputError, match=r"not an exact coverage: 1 overlap\n.*repair them first"):
            simplify(layer(A=box(0, 0, 2, 2), B=box(1, 0, 3, 2)), tolerance=10)
        with pytest.raises(InputError, match="0 m or more"):
            simplify(EXACT, tolerance=-1)
