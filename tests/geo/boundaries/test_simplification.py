"""Layers generalised: which vertices go, and that edges stay shared."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geoplan.geo.boundaries import check_coverage, simplify
from geoplan.model.errors import InputError

from .conftest import EXACT, box, home_layer, layer, shape


class TestSimplify:
    @staticmethod
    def bump(north: float) -> gpd.GeoDataFrame:
        """Two districts whose border has one bump: a triangle of base 0.002° and height 0.001°."""
        line = [(10, north), (10, north + 9), (11, north + 10), (10, north + 11), (10, north + 20)]
        return layer(
            A=shape((0, north), *line, (0, north + 20)),
            B=shape((20, north), (20, north + 20), *reversed(line)),
        )

    @pytest.mark.parametrize(("north", "side"), [(0, 110.9), (60_000, 78.6)])
    def test_takes_out_a_triangle_smaller_than_the_tolerance_squared(self, north: float, side: float) -> None:
        # One cell: 111.3 m × 110.6 m at the equator, half as much at 60°.
        districts = self.bump(north)
        kept = simplify(districts, tolerance=side * 0.97).geometry
        gone = simplify(districts, tolerance=side * 1.03).geometry
        assert kept.geom_equals(districts.geometry).all()
        assert shapely.get_num_coordinates(gone.to_numpy()).tolist() == [5, 5]
        assert shapely.coverage_is_valid(gone.to_numpy())

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

    def test_refuses_what_is_no_coverage(self) -> None:
        with pytest.raises(InputError, match="repair them first"):
            simplify(layer(A=box(0, 0, 2, 2), B=box(1, 0, 3, 2)), tolerance=10)
        with pytest.raises(InputError, match="0 or more"):
            simplify(EXACT, tolerance=-1)
