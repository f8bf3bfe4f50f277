"""Layers checked: by hand on a grid, and Laos."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point

from geoplan.geo.boundaries import FINDING_COLUMNS, check_coverage, make_crosswalk, repair
from geoplan.model.errors import InputError

from .conftest import CELL, EXACT, RING, box, home_layer, layer, newer_laos, older_laos, only, shape


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

    def test_gaps_that_are_water_or_named_are_accepted(self) -> None:
        # The gap is one cell. Water over 0.95 of it makes it a lake, over 0.85 does not.
        lake = layer(L=box(1, 1, 1.95, 2)).to_crs(32631)
        report = check_coverage(layer(**RING), water=lake)
        found = only(report, "accepted gap")
        assert (found["districts"], found["note"]) == ("A|B|C|D", "water")
        assert report.is_exact
        assert str(report) == "1 accepted gap"
        assert not check_coverage(layer(**RING), water=layer(L=box(1, 1, 1.85, 2))).is_exact
        named = check_coverage(layer(**RING), accepted_gaps=[(0.0015, 0.0015)])
        assert only(named, "accepted gap")["note"] == "named"
        with pytest.raises(InputError, match=r"no gap at these places: '0.0005,0.0005'"):
            check_coverage(layer(**RING), accepted_gaps=[(0.0005, 0.0005)])

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
        assert report.of_kind(empty)["note"].tolist() == [
            "row 2, no geometry",
            "row 3, Polygon",
            "row 4, Point",
        ]

    def test_an_enclave_on_a_shape_without_a_hole_is_named(self) -> None:
        found = only(check_coverage(layer(A=box(0, 0, 5, 5), B=box(1, 1, 2, 3))), "overlap")
        assert found["note"] == "B lies inside A"
        assert found["area_m2"] / CELL == pytest.approx(2, rel=1e-4)

    def test_missing_codes_are_refused_with_their_rows(self) -> None:
        with pytest.raises(InputError) as caught:
            check_coverage(EXACT.assign(district=["A", None, None]))
        (problem,) = caught.value.problems
        assert (problem.column, problem.rows) == ("district", (2, 3))
        with pytest.raises(InputError):
            repair(EXACT.assign(district=["A", None, "C"]))

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

    def test_all_problems_of_a_layer_at_once(self) -> None:
        with pytest.raises(InputError) as caught:
            check_coverage(EXACT.drop(columns="district").set_crs(None, allow_override=True))
        assert len(caught.value.problems) == 2

    @pytest.mark.parametrize("code", [None, "", " "])
    def test_a_district_without_a_code_is_an_error(self, code: str | None) -> None:
        blank = EXACT.assign(district=["A", code, "C"])
        with pytest.raises(InputError, match=r"districts, row 2, column 'district': codes are missing"):
            check_coverage(blank)

    def test_any_crs_will_do_and_the_frame_stays_as_it_is(self) -> None:
        projected = layer(**RING).to_crs(32631)
        before = projected.copy()
        found = only(check_coverage(projected), "gap")
        assert found["area_m2"] == pytest.approx(CELL, rel=1e-4)
        assert found["lon"] == pytest.approx(0.0015, abs=0.0005)
        assert projected.equals(before)

    def test_pieces_in_two_crs_are_one_coverage_up_to_rounding(self) -> None:
        # A wavy border, which no CRS stores to the last digit; B was published in metres.
        wave = [(2 + math.sin(y), y / 4) for y in range(24)]
        west, east = (layer(**{code: shape(*wave, (x, 6), (x, 0))}) for code, x in (("A", 0), ("B", 4)))
        both = pd.concat([west, east.to_crs(32631).to_crs(4326)], ignore_index=True)
        report = check_coverage(both)
        assert set(report.findings["kind"]) == {"rounding"}
        assert set(report.findings["districts"]) == {"A|B"}
        assert report.findings["area_m2"].max() < 0.01
        assert report.is_exact
        assert check_coverage(repair(both)[0]).findings.empty

    @pytest.mark.parametrize("direction", [1, -1])
    @pytest.mark.parametrize(("millimetres", "rounded"), [(0.9, True), (1.1, False)])
    def test_a_strip_of_less_than_a_millimetre_is_rounding(
        self, millimetres: float, rounded: bool, direction: int
    ) -> None:
        # A wedge of 222 m between A and B, from nothing to its full width in the middle; a degree is 111,195 m.
        width = direction * millimetres / 111_195_000 * 1000
        dented = shape((0, 0), (2, 0), (2, 1), (1, 1 - width), (0, 1))
        report = check_coverage(layer(A=dented, B=shape((0, 1), (2, 1), (2, 2), (0, 2))))
        assert set(report.findings["kind"]) == {
            "rounding" if rounded else "gap" if direction > 0 else "overlap"
        }
        assert report.is_exact == rounded

    def test_a_strip_that_is_wide_at_one_place_is_a_gap(self) -> None:
        # 1 m wide over 1 m, and without width over 11 km: 0.1 mm on average.
        metre = 1 / 111.195
        dented = shape((0, 0), (100, 0), (100, 1), (2 * metre, 1), (metre, 1 - metre), (0, 1))
        report = check_coverage(layer(A=dented, B=shape((0, 1), (100, 1), (100, 2), (0, 2))))
        assert only(report, "gap")["width_m"] > 0.1

    @pytest.mark.parametrize(("millimetres", "kind"), [(0.9, "rounding"), (1.1, "unmatched edge")])
    def test_a_vertex_within_a_millimetre_matches(self, millimetres: float, kind: str) -> None:
        # Both have a vertex on the border y = 1, at different places.
        x = 1 + millimetres / 111_195_000 * 1000
        report = check_coverage(
            layer(
                A=shape((0, 0), (2, 0), (2, 1), (1, 1), (0, 1)),
                B=shape((0, 1), (x, 1), (2, 1), (2, 2), (0, 2)),
            )
        )
        assert only(report, kind)["note"] == "2 vertices"

    def test_older_laos(self) -> None:
        report = check_coverage(older_laos())
        counts = report.findings["kind"].value_counts()
        assert counts["overlap"] == 50
        assert counts["gap"] == 1_033
        assert report.of_kind("rounding")["width_m"].max() < 0.001
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


AREAS = gpd.GeoDataFrame({"district": ["A", "B"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4326)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (AREAS.iloc[:0], "the layer has no districts"),
        (gpd.GeoDataFrame({"district": ["A"]}), "the layer has no active geometry"),
        (AREAS.set_geometry([Point(0, 0), box(0, 0, 1, 1)], crs=4326), "shapes are not areas"),
        (AREAS.set_geometry([LineString([(0, 0), (1, 1)])] * 2, crs=4326), "shapes are not areas"),
        (AREAS.set_crs(None, allow_override=True).drop(columns="district"), "the layer has no CRS"),
        (AREAS.set_crs(None, allow_override=True).drop(columns="district"), "column 'district': a column is missing"),
    ],
)  # fmt: skip
def test_a_frame_that_is_no_boundary_layer_is_named_with_its_argument(
    layer: gpd.GeoDataFrame, said: str
) -> None:
    with pytest.raises(InputError, match=f"old.*{said}"):
        make_crosswalk(layer, AREAS)
    with pytest.raises(InputError, match=f"new.*{said}"):
        make_crosswalk(AREAS, layer)
    if said not in ("the layer has no districts", "shapes are not areas"):  # these are findings of a check
        with pytest.raises(InputError, match=f"districts.*{said}"):
            check_coverage(layer)
