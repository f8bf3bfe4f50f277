"""One vintage carried to another: by area, by points, by persons."""

from __future__ import annotations

import itertools

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.geo.boundaries import UNDECIDED_BASIS, geodesic_area, make_crosswalk
from geoplan.model.errors import InputError

from .conftest import box, home_layer, layer, real_layer


class TestCrosswalk:
    OLD = layer(K=box(0, 0, 4, 2), V=box(4, 0, 8, 2))
    NEW = layer(K1=box(0, 0, 3, 2), X=box(3, 0, 5, 2), V1=box(5, 0, 8, 2))

    @staticmethod
    def at(*places: tuple[float, float], **columns: list[float]) -> gpd.GeoDataFrame:
        points = shapely.points([(x / 1000, y / 1000) for x, y in places])
        return gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:4326")

    @staticmethod
    def weights(table: pd.DataFrame) -> dict[tuple[str, str], float]:
        return dict(zip(zip(table["old"], table["new"], strict=True), table["weight"], strict=True))

    def test_by_area(self) -> None:
        table = make_crosswalk(self.OLD, self.NEW)
        assert list(table.columns) == ["old", "new", "weight", "basis", "left_out"]
        assert self.weights(table) == pytest.approx(
            {("K", "K1"): 0.75, ("K", "X"): 0.25, ("V", "V1"): 0.75, ("V", "X"): 0.25}, rel=1e-9
        )
        assert set(table["basis"]) == {"area"}
        assert table["left_out"].tolist() == pytest.approx([0, 0, 0, 0], abs=1e-9)

    def test_by_points_and_by_area_where_there_are_none(self) -> None:
        villages = self.at((1, 1), (2, 1), (3.5, 1), (3.6, 1), (3.7, 1), (99, 99))
        table = make_crosswalk(self.OLD, self.NEW, points=villages)
        assert self.weights(table) == pytest.approx(
            {("K", "K1"): 0.4, ("K", "X"): 0.6, ("V", "V1"): 0.75, ("V", "X"): 0.25}, rel=1e-9
        )
        assert table["basis"].tolist() == ["points", "points", "area", "area"]

    def test_by_persons(self) -> None:
        villages = self.at((1, 1), (3.5, 1), (7, 1), persons=[300, 100, 5])
        table = make_crosswalk(self.OLD, self.NEW, points=villages, persons="persons")
        assert self.weights(table) == {("K", "K1"): 0.75, ("K", "X"): 0.25, ("V", "V1"): 1.0}

    def test_a_point_on_a_border_counts_once_in_the_lowest_code(self) -> None:
        villages = self.at((4, 1), (5, 1))
        # (4, 1) is on the old border: K; (5, 1) on the new one: V1 before X.
        table = make_crosswalk(self.OLD, self.NEW, points=villages)
        assert self.weights(table) == {("K", "X"): 1.0, ("V", "V1"): 1.0}

    def test_tiny_parts_and_what_lies_outside_are_left_out_and_summed(self) -> None:
        new = layer(A=box(0, 0, 1.9, 2), B=box(1.9, 0, 3.999, 2), C=box(3.999, 0, 4, 2), V=box(4, 0, 8, 2))
        old = layer(K=box(0, -0.2, 4, 2), V=box(4, 0, 8, 2))
        table = make_crosswalk(old, new)
        # Of K's 4 × 2.2 cells 0.8 are outside, and 0.002 is a tiny part.
        assert table["new"].tolist() == ["A", "B", "V"]
        assert table["left_out"].tolist() == pytest.approx([0.802 / 8.8, 0.802 / 8.8, 0], abs=1e-6)
        assert table["weight"].tolist() == pytest.approx([1.9 / 3.999, 2.099 / 3.999, 1], rel=1e-6)
        assert "C" in set(make_crosswalk(old, new, smallest_part=0)["new"])

    def test_an_old_district_that_lies_nowhere_is_a_row_to_decide(self) -> None:
        old = layer(K=box(0, 0, 4, 2), FAR=box(900, 0, 901, 1), GONE=shapely.Polygon())
        table = make_crosswalk(old, self.NEW)
        assert table[["old", "new", "weight", "basis", "left_out"]].to_numpy().tolist() == [
            ["FAR", "", 1.0, UNDECIDED_BASIS, 1.0],
            ["GONE", "", 1.0, UNDECIDED_BASIS, 1.0],
            ["K", "K1", pytest.approx(0.75), "area", 0.0],
            ["K", "X", pytest.approx(0.25), "area", 0.0],
        ]

    def test_persons_must_be_a_column_of_the_points(self) -> None:
        with pytest.raises(InputError, match="people"):
            make_crosswalk(self.OLD, self.NEW, points=self.at((1, 1)), persons="people")

    def test_vintages_on_both_sides_of_the_antimeridian(self) -> None:
        old = layer(K=shapely.box(179, 0, 181, 1))
        new = layer(W=shapely.box(179, 0, 180, 1), E=shapely.box(-180, 0, -179, 1))
        assert self.weights(make_crosswalk(old, new)) == pytest.approx(
            {("K", "W"): 0.5, ("K", "E"): 0.5}, abs=1e-6
        )

    def test_rows_with_one_code_are_one_district(self) -> None:
        old = self.OLD.assign(district="P")
        assert self.weights(make_crosswalk(old, self.NEW)) == pytest.approx(
            {("P", "K1"): 0.375, ("P", "V1"): 0.375, ("P", "X"): 0.25}, rel=1e-9
        )

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(1, 999), min_size=1, max_size=12, unique=True))
    def test_weights_add_up_to_exactly_one_in_any_order(self, cuts: list[int]) -> None:
        edges = [0, *sorted(cuts), 1000]
        new = layer(**{f"N{west:04}": box(west, 0, east, 7) for west, east in itertools.pairwise(edges)})
        weights = make_crosswalk(layer(O=box(0, 0, 1000, 7)), new, smallest_part=0)["weight"].tolist()
        assert sum(weights) == sum(reversed(weights)) == sum(sorted(weights)) == 1.0
        expected = [(east - west) / 1000 for west, east in itertools.pairwise(edges)]
        # Edges are geodesics, so that a long one encloses a little more than its pieces.
        assert weights == pytest.approx(expected, abs=1e-5)

    def test_xaychamphone_was_cut_out_of_khamkeut_and_viengthong(self) -> None:
        older, newer = home_layer(2009), home_layer(2019)
        table = make_crosswalk(older, newer)
        assert (table.groupby("old")["weight"].sum() == 1.0).all()
        area = dict(zip(older["district"], geodesic_area(older.geometry.to_numpy()), strict=True))
        given_away = table[table["new"] == "LA1107"].assign(
            area=lambda rows: rows["old"].map(area) * rows["weight"]
        )
        shares = (given_away.set_index("old")["area"] / given_away["area"].sum()).to_dict()
        assert shares == pytest.approx({"LA.BL.KH": 0.853, "LA.BL.VI": 0.147}, abs=0.005)

    def test_bolikhamxay_by_villages(self) -> None:
        villages = real_layer("bolikhamxay_villages.gpkg")
        table = make_crosswalk(home_layer(2009), home_layer(2019), points=villages)
        assert set(table["basis"]) == {"points"}
        assert (table.groupby("old")["weight"].sum() == 1.0).all()
        weights = self.weights(table)
        assert weights["LA.BL.KH", "LA1107"] == pytest.approx(57 / 224)
        assert weights["LA.BL.VI", "LA1107"] == pytest.approx(8 / 141)
        assert weights["LA.BL.TH", "LA1102"] == 1.0
