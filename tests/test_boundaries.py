"""Boundary layers: checked, mended, generalised, carried from one vintage to another."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.boundaries import (
    CHANGE_COLUMNS,
    FINDING_COLUMNS,
    CoverageReport,
    check_coverage,
    crosswalk,
    geodesic_area,
    repair,
    simplify,
)
from geoplan.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
LAOS = Path(__file__).resolve().parents[2] / "shared" / "data" / "laos"

CELL = 12_309.1
"""m² of a cell of 0.001° at the equator: 111.32 m × 110.574 m."""


def box(west: float, south: float, east: float, north: float) -> Any:
    """Make a rectangle; units of 0.001°."""
    return shapely.transform(shapely.box(west, south, east, north), lambda points: points / 1000)


def shape(*corners: tuple[float, float]) -> Any:
    """Make a polygon; units of 0.001°."""
    return shapely.Polygon([(x / 1000, y / 1000) for x, y in corners])


def layer(crs: Any = "EPSG:4326", **shapes: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"district": list(shapes)}, geometry=list(shapes.values()), crs=crs)


def areas(districts: gpd.GeoDataFrame) -> dict[str, float]:
    """Areas in cells."""
    return dict(zip(districts["district"], geodesic_area(districts.geometry.to_numpy()) / CELL, strict=True))


def real_layer(name: str, **columns: str) -> gpd.GeoDataFrame:
    path = LAOS / name
    if not path.is_file():
        pytest.skip(f"../shared/data/laos/{name} is not here")
    return gpd.read_file(path).rename(columns=columns)


def older_laos() -> gpd.GeoDataFrame:
    return real_layer("lao_districts_pre2011.gpkg", hasc="district", region="province")


def newer_laos() -> gpd.GeoDataFrame:
    columns = {"ADM2_PCODE": "district", "ADM2_EN": "name", "ADM1_PCODE": "province"}
    return real_layer("lao_districts_2019.gpkg", **columns)


def home_layer(year: int) -> gpd.GeoDataFrame:
    return gpd.read_file(ROOT / "data" / "boundaries" / f"bolikhamxay_{year}.geojson")


def only(report: CoverageReport, kind: str) -> pd.Series[Any]:
    """Return the one finding of a report."""
    assert report.findings["kind"].tolist() == [kind]
    return report.findings.iloc[0]


EXACT = layer(
    A=shape((0, 0), (2, 0), (2, 1), (2, 2), (0, 2)),
    B=box(2, 0, 4, 1),
    C=shape((2, 1), (4, 1), (4, 2), (2, 2)),
)
RING = {
    "A": shape((0, 0), (3, 0), (3, 1), (2, 1), (1, 1), (0, 1)),
    "B": shape((0, 1), (1, 1), (1, 2), (0, 2)),
    "C": shape((2, 1), (3, 1), (3, 2), (2, 2)),
    "D": shape((0, 2), (1, 2), (2, 2), (3, 2), (3, 3), (0, 3)),
}


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


class TestCheckCoverage:
    def test_finds_nothing_in_an_exact_coverage(self) -> None:
        report = check_coverage(EXACT)
        assert report.findings.empty
        assert tuple(report.findings.columns) == FINDING_COLUMNS
        assert report.is_exact
        assert str(report) == "one exact coverage"

    @pytest.mark.parametrize("year", [2009, 2019])
    def test_finds_nothing_in_the_bundled_layers(self, year: int) -> None:
        assert check_coverage(home_layer(year)).findings.empty

    def test_an_empty_layer_has_no_findings(self) -> None:
        assert check_coverage(EXACT.iloc[:0]).findings.empty

    def test_overlap(self) -> None:
        # B reaches 1 over into A: 1 × 2 cells, width 2 × 2 / (2 × 3) cells.
        report = check_coverage(layer(B=box(1, 0, 4, 2), A=box(0, 0, 2, 2)))
        found = only(report, "overlap")
        assert found["districts"] == "A|B"
        assert found["area_m2"] / CELL == pytest.approx(2, rel=1e-4)
        assert found["width_m"] == pytest.approx(2 / 3 * 111, rel=0.01)
        assert (1 < found["lon"] * 1000 < 2) and (0 < found["lat"] * 1000 < 2)
        assert found["note"] == "1 piece"
        assert not report.is_exact
        assert str(report) == "1 overlap"

    def test_overlap_in_two_pieces_is_one_finding_and_three_districts_make_three(self) -> None:
        comb = shape((1, 0), (4, 0), (4, 4), (1, 4), (1, 3), (2, 3), (2, 1), (1, 1))
        found = only(check_coverage(layer(A=box(0, 0, 2, 4), B=comb)), "overlap")
        assert found["note"] == "2 pieces"
        assert found["area_m2"] / CELL == pytest.approx(2, rel=1e-4)
        three = check_coverage(layer(A=box(0, 0, 2, 2), B=box(1, 0, 3, 2), C=box(1, 0, 2, 3)))
        pairs = three.of_kind("overlap").set_index("districts")["area_m2"] / CELL
        assert pairs.to_dict() == pytest.approx({"A|B": 2, "A|C": 2, "B|C": 2}, rel=1e-4)

    def test_gap_names_the_districts_that_share_an_edge_with_it(self) -> None:
        found = only(check_coverage(layer(**RING)), "gap")
        assert found["districts"] == "A|B|C|D"
        assert found["area_m2"] == pytest.approx(CELL, rel=1e-4)
        assert found["width_m"] == pytest.approx(111 / 2, rel=0.01)
        assert (1 < found["lon"] * 1000 < 2) and (1 < found["lat"] * 1000 < 2)

    def test_unmatched_edge(self) -> None:
        halves = layer(A=box(0, 0, 2, 2), B=box(2, 0, 4, 1), C=box(2, 1, 4, 2))
        report = check_coverage(halves)
        assert report.findings[["kind", "districts", "note"]].to_numpy().tolist() == [
            ["unmatched edge", "A|B", "1 vertex"],
            ["unmatched edge", "A|C", "1 vertex"],
        ]
        assert report.findings[["lon", "lat"]].to_numpy().tolist() == [[0.002, 0.001]] * 2
        assert not shapely.coverage_is_valid(halves.geometry.to_numpy())

    def test_open_strip_is_a_sliver_when_narrow(self) -> None:
        # 0.2 of 111 m wide, 2 cells long, open at both ends
        strip = layer(A=box(0, 0, 2, 2), B=box(2.2, 0, 4, 2))
        found = only(check_coverage(strip, sliver_width=50), "sliver")
        assert found["districts"] == "A|B"
        assert found["note"] == "open strip"
        assert found["area_m2"] / CELL == pytest.approx(0.4, rel=0.1)
        assert found["width_m"] == pytest.approx(22 * 10 / 11, rel=0.1)
        assert check_coverage(strip, sliver_width=50).is_exact
        assert check_coverage(strip, sliver_width=10).findings.empty

    def test_open_strip_is_as_wide_in_the_north(self) -> None:
        # At 60° a degree of longitude is half as long: 0.2 are 11 m there.
        strip = layer(A=box(0, 60_000, 4, 60_002), B=box(4.2, 60_000, 8, 60_002))
        assert check_coverage(strip, sliver_width=15).findings["kind"].tolist() == ["sliver"]
        assert check_coverage(strip, sliver_width=8).findings.empty

    def test_detached_sliver(self) -> None:
        parts = shapely.union_all([box(0, 0, 2, 2), box(0, 5, 3, 5.1)])
        found = only(check_coverage(layer(A=parts)), "sliver")
        assert found["note"] == "detached part"
        assert found["area_m2"] / CELL == pytest.approx(0.3, rel=1e-3)
        assert check_coverage(layer(A=parts), sliver_width=5).findings.empty

    def test_invalid_and_empty_geometries(self) -> None:
        bowtie = shape((0, 0), (2, 2), (2, 0), (0, 2))
        report = check_coverage(layer(A=bowtie, B=None, C=shapely.Polygon(), D=shapely.Point(9, 9)))
        kinds = report.findings.set_index("districts")["kind"].to_dict()
        empty = "empty geometry"
        assert kinds == {"A": "invalid geometry", "B": empty, "C": empty, "D": empty}
        assert report.of_kind("invalid geometry")["note"][0].startswith("Self-intersection")
        assert report.of_kind(empty)["note"].tolist() == ["no geometry", "Polygon", "Point"]

    def test_duplicate_codes_and_names(self) -> None:
        doubled = EXACT.assign(district=["A", "A", "C"], name=["Ban", "Ban", "Ban"])
        report = check_coverage(doubled)
        assert report.of_kind("duplicate code")["note"].tolist() == ["A, 2 times"]
        assert report.of_kind("duplicate name")[["districts", "note"]].to_numpy().tolist() == [
            ["A|C", "Ban, 3 times"]
        ]
        assert report.is_exact

    def test_a_name_may_repeat_in_another_province(self) -> None:
        named = EXACT.assign(name=["Ban", "Ban", None], province=["P1", "P2", "P2"])
        assert check_coverage(named).findings.empty

    def test_all_problems_of_a_layer_that_can_not_be_checked_at_once(self) -> None:
        with pytest.raises(InputError) as caught:
            check_coverage(EXACT.drop(columns="district").set_crs(None, allow_override=True))
        assert len(caught.value.problems) == 2

    def test_any_crs_will_do_and_the_frame_stays_as_it_is(self) -> None:
        projected = layer(**RING).to_crs(32631)
        before = projected.copy()
        found = only(check_coverage(projected), "gap")
        assert found["area_m2"] == pytest.approx(CELL, rel=1e-4)
        assert found["lon"] == pytest.approx(0.0015, abs=0.0005)
        assert projected.equals(before)

    def test_older_laos(self) -> None:
        report = check_coverage(older_laos())
        counts = report.findings["kind"].value_counts()
        assert counts["overlap"] == 50
        assert counts["gap"] == 1_043
        assert report.of_kind("duplicate name")["note"].tolist() == ["Sanamxai, 3 times"]
        assert counts["duplicate code"] == 2
        assert report.of_kind("overlap")["area_m2"].max() == pytest.approx(232_144, abs=1)
        assert report.of_kind("gap")["area_m2"].max() == pytest.approx(49_706, abs=1)

    def test_three_more_holes_of_older_laos_come_from_reprojection(self) -> None:
        # 1,046 holes are counted in UTM 48N: three of them are specks that rounding has made.
        union = older_laos().to_crs(32648).union_all()
        holes = [shapely.Polygon(ring).area for part in shapely.get_parts(union) for ring in part.interiors]
        assert len(holes) == 1_046
        assert max(sorted(holes)[:3]) < 1e-7
        assert min(sorted(holes)[3:]) > 1e-6

    def test_newer_laos_is_exact(self) -> None:
        assert check_coverage(newer_laos()).findings.empty


class TestRepair:
    def test_leaves_an_exact_coverage_as_it_is(self) -> None:
        mended, changes = repair(EXACT)
        assert changes.empty
        assert tuple(changes.columns) == CHANGE_COLUMNS
        assert mended.geometry.geom_equals(EXACT.geometry).all()
        np.testing.assert_array_equal(
            shapely.get_num_coordinates(mended.geometry.to_numpy()),
            shapely.get_num_coordinates(EXACT.geometry.to_numpy()),
        )

    def test_overlap_goes_to_the_claimant_with_the_longer_border(self) -> None:
        # The tongue of B in A, 1 × 1, borders A on three sides and B on one.
        tongue = shape((2, 0), (4, 0), (4, 3), (2, 3), (2, 2), (1, 2), (1, 1), (2, 1))
        mended, changes = repair(layer(A=box(0, 0, 2, 3), B=tongue))
        assert areas(mended) == pytest.approx({"A": 6, "B": 6}, rel=1e-4)
        row = changes.iloc[0]
        assert row[["change", "district", "from"]].tolist() == ["overlap given", "A", "A|B"]
        assert row["area_m2"] == pytest.approx(CELL, rel=1e-4)
        assert (1 < row["lon"] * 1000 < 2) and (1 < row["lat"] * 1000 < 2)

    def test_gap_goes_to_the_neighbour_with_the_longest_border(self) -> None:
        wide = {
            "A": box(0, 0, 4, 1),
            "B": box(0, 1, 1, 2),
            "C": box(3, 1, 4, 2),
            "D": shape((0, 2), (2.9, 2), (3, 2), (4, 2), (4, 3), (0, 3)),
        }
        # A and D border the gap with 2 each: the lower code has it; the corner of D is no reason.
        mended, changes = repair(layer(**dict(reversed(wide.items()))))
        assert changes[["change", "district", "from"]].to_numpy().tolist() == [["gap filled", "A", ""]]
        assert areas(mended) == pytest.approx({"A": 6, "B": 1, "C": 1, "D": 4}, rel=1e-4)
        assert shapely.coverage_is_valid(mended.geometry.to_numpy())
        assert mended["district"].tolist() == list("DCBA")

    def test_a_large_gap_is_left_and_said(self) -> None:
        mended, changes = repair(layer(**RING), largest_gap=CELL / 2)
        assert changes[["change", "district"]].to_numpy().tolist() == [["gap left", ""]]
        assert areas(mended) == pytest.approx({"A": 3, "B": 1, "C": 1, "D": 3}, rel=1e-4)

    def test_unmatched_edges_get_their_vertices(self) -> None:
        mended, changes = repair(layer(A=box(0, 0, 2, 2), B=box(2, 0, 4, 1), C=box(2, 1, 4, 2)))
        assert changes.empty
        assert shapely.coverage_is_valid(mended.geometry.to_numpy())
        assert check_coverage(mended).findings.empty

    def test_one_shape_twice_goes_to_the_lowest_code_and_the_other_keeps_its_row(self) -> None:
        mended, changes = repair(layer(B=box(0, 0, 2, 2), A=box(0, 0, 2, 2)))
        assert mended.geometry.is_empty.tolist() == [True, False]
        assert changes[["change", "district", "from"]].to_numpy().tolist() == [
            ["overlap given", "A", "A|B"],
            ["no area left", "B", "B"],
        ]

    def test_invalid_geometry_is_made_valid_and_recorded(self) -> None:
        mended, changes = repair(layer(A=shape((0, 0), (2, 2), (2, 0), (0, 2)), B=None))
        assert changes[["change", "district"]].to_numpy().tolist() == [["made valid", "A"]]
        assert areas(mended) == pytest.approx({"A": 2, "B": 0}, rel=1e-3)
        assert mended.geometry.is_valid.all()

    def test_keeps_columns_index_and_the_frame_it_was_given(self) -> None:
        districts = (
            layer(**RING).assign(name="Ban", source="toy").set_index(pd.Index([7, 5, 5, 1])).to_crs(32631)
        )
        districts = districts.rename_geometry("boundary")
        before = districts.copy()
        mended, _ = repair(districts)
        assert districts.equals(before)
        assert mended.crs == "EPSG:4326"
        assert mended.index.tolist() == [7, 5, 5, 1]
        assert list(mended.columns) == list(districts.columns)
        assert shapely.coverage_is_valid(mended.geometry.to_numpy())

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(*[st.integers(0, 6)] * 2, *[st.integers(1, 4)] * 2).map(
                lambda corner: box(corner[0], corner[1], corner[0] + corner[2], corner[1] + corner[3])
            ),
            min_size=1,
            max_size=7,
        )
    )
    def test_any_boxes_become_a_coverage_and_no_ground_is_lost(self, boxes: list[Any]) -> None:
        districts = layer(**{f"D{number}": each for number, each in enumerate(boxes)})
        mended, changes = repair(districts, largest_gap=2.5 * CELL)
        shapes = mended.geometry.to_numpy()
        assert shapely.coverage_is_valid(shapes)
        filled = changes.loc[changes["change"] == "gap filled", "area_m2"].sum()
        union = geodesic_area(np.array([shapely.union_all(np.array(boxes))])).sum()
        assert geodesic_area(shapes).sum() == pytest.approx(union + filled, rel=1e-9)
        assert repair(mended, largest_gap=0)[1]["change"].isin(["gap left"]).all()

    def test_order_of_rows_does_not_matter(self) -> None:
        shapes = {"A": box(0, 0, 2, 3), "B": box(1, 1, 4, 2), "C": box(1, 0, 3, 2)}
        results = [
            areas(repair(layer(**{code: shapes[code] for code in order}))[0])
            for order in itertools.permutations(shapes)
        ]
        assert all(result == pytest.approx(results[0], rel=1e-12) for result in results)

    def test_older_laos(self) -> None:
        districts = older_laos()
        mended, changes = repair(districts)
        assert shapely.coverage_is_valid(mended.geometry.to_numpy())
        assert mended.geometry.is_valid.all()
        assert check_coverage(mended).is_exact
        assert changes["change"].value_counts().to_dict() == {"gap filled": 1_043, "overlap given": 1_042}
        union = geodesic_area(np.array([districts.union_all()])).sum()
        filled = changes.loc[changes["change"] == "gap filled", "area_m2"].sum()
        assert geodesic_area(mended.geometry.to_numpy()).sum() == pytest.approx(union + filled, rel=1e-12)
        assert repair(mended)[1].empty


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
        table = crosswalk(self.OLD, self.NEW)
        assert list(table.columns) == ["old", "new", "weight", "basis", "left_out"]
        assert self.weights(table) == pytest.approx(
            {("K", "K1"): 0.75, ("K", "X"): 0.25, ("V", "V1"): 0.75, ("V", "X"): 0.25}, rel=1e-9
        )
        assert set(table["basis"]) == {"area"}
        assert table["left_out"].tolist() == pytest.approx([0, 0, 0, 0], abs=1e-9)

    def test_by_points_and_by_area_where_there_are_none(self) -> None:
        villages = self.at((1, 1), (2, 1), (3.5, 1), (3.6, 1), (3.7, 1), (99, 99))
        table = crosswalk(self.OLD, self.NEW, points=villages)
        assert self.weights(table) == pytest.approx(
            {("K", "K1"): 0.4, ("K", "X"): 0.6, ("V", "V1"): 0.75, ("V", "X"): 0.25}, rel=1e-9
        )
        assert table["basis"].tolist() == ["points", "points", "area", "area"]

    def test_by_persons(self) -> None:
        villages = self.at((1, 1), (3.5, 1), (7, 1), persons=[300, 100, 5])
        table = crosswalk(self.OLD, self.NEW, points=villages, persons="persons")
        assert self.weights(table) == {("K", "K1"): 0.75, ("K", "X"): 0.25, ("V", "V1"): 1.0}

    def test_a_point_on_a_border_counts_once_in_the_lowest_code(self) -> None:
        villages = self.at((4, 1), (5, 1))
        # (4, 1) is on the old border: K; (5, 1) on the new one: V1 before X.
        table = crosswalk(self.OLD, self.NEW, points=villages)
        assert self.weights(table) == {("K", "X"): 1.0, ("V", "V1"): 1.0}

    def test_crumbs_and_what_lies_outside_are_dropped_and_told(self) -> None:
        new = layer(A=box(0, 0, 1.9, 2), B=box(1.9, 0, 3.999, 2), C=box(3.999, 0, 4, 2), V=box(4, 0, 8, 2))
        old = layer(K=box(0, -0.2, 4, 2), V=box(4, 0, 8, 2))
        table = crosswalk(old, new)
        # Of K's 4 × 2.2 cells 0.8 are outside and 0.002 a crumb.
        assert table["new"].tolist() == ["A", "B", "V"]
        assert table["left_out"].tolist() == pytest.approx([0.802 / 8.8, 0.802 / 8.8, 0], abs=1e-6)
        assert table["weight"].tolist() == pytest.approx([1.9 / 3.999, 2.099 / 3.999, 1], rel=1e-6)
        assert "C" in set(crosswalk(old, new, crumb=0)["new"])

    def test_an_old_district_that_lies_nowhere_is_refused(self) -> None:
        with pytest.raises(InputError, match="lie in no new district") as caught:
            crosswalk(layer(K=box(0, 0, 4, 2), FAR=box(900, 0, 901, 1)), self.NEW)
        assert "'FAR'" in str(caught.value)

    def test_rows_with_one_code_are_one_district(self) -> None:
        old = self.OLD.assign(district="P")
        assert self.weights(crosswalk(old, self.NEW)) == pytest.approx(
            {("P", "K1"): 0.375, ("P", "V1"): 0.375, ("P", "X"): 0.25}, rel=1e-9
        )

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(1, 999), min_size=1, max_size=12, unique=True))
    def test_weights_add_up_to_exactly_one_in_any_order(self, cuts: list[int]) -> None:
        edges = [0, *sorted(cuts), 1000]
        new = layer(**{f"N{west:04}": box(west, 0, east, 7) for west, east in itertools.pairwise(edges)})
        weights = crosswalk(layer(O=box(0, 0, 1000, 7)), new, crumb=0)["weight"].tolist()
        assert sum(weights) == sum(reversed(weights)) == sum(sorted(weights)) == 1.0
        expected = [(east - west) / 1000 for west, east in itertools.pairwise(edges)]
        # Edges are geodesics, so that a long one encloses a little more than its pieces.
        assert weights == pytest.approx(expected, abs=1e-5)

    def test_xaychamphone_was_cut_out_of_khamkeut_and_viengthong(self) -> None:
        older, newer = home_layer(2009), home_layer(2019)
        table = crosswalk(older, newer)
        assert (table.groupby("old")["weight"].sum() == 1.0).all()
        area = dict(zip(older["district"], geodesic_area(older.geometry.to_numpy()), strict=True))
        given_away = table[table["new"] == "LA1107"].assign(
            area=lambda rows: rows["old"].map(area) * rows["weight"]
        )
        shares = (given_away.set_index("old")["area"] / given_away["area"].sum()).to_dict()
        assert shares == pytest.approx({"LA.BL.KH": 0.853, "LA.BL.VI": 0.147}, abs=0.005)

    def test_bolikhamxay_by_villages(self) -> None:
        villages = real_layer("bolikhamxay_villages.gpkg")
        table = crosswalk(home_layer(2009), home_layer(2019), points=villages)
        assert set(table["basis"]) == {"points"}
        assert (table.groupby("old")["weight"].sum() == 1.0).all()
        weights = self.weights(table)
        assert weights["LA.BL.KH", "LA1107"] == pytest.approx(57 / 224)
        assert weights["LA.BL.VI", "LA1107"] == pytest.approx(8 / 141)
        assert weights["LA.BL.TH", "LA1102"] == 1.0
