"""Layers mended: who gets an overlap or a gap, and that no ground is lost."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.geo.boundaries import CHANGE_COLUMNS, check_coverage, geodesic_area, repair
from geoplan.model.errors import InputError

from .conftest import CELL, EXACT, RING, areas, box, layer, older_laos, shape


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

    @pytest.mark.parametrize(("cells", "change"), [(81, "gap filled"), (82, "gap left")])
    def test_a_gap_of_at_most_a_square_kilometre_is_filled(self, cells: int, change: str) -> None:
        # 81 cells are 0.997 km², 82 cells are 1.009 km².
        east = cells + 1
        ring = {
            "A": shape((0, 0), (east + 1, 0), (east + 1, 1), (east, 1), (1, 1), (0, 1)),
            "B": box(0, 1, 1, 2),
            "C": box(east, 1, east + 1, 2),
            "D": shape((0, 2), (1, 2), (east, 2), (east + 1, 2), (east + 1, 3), (0, 3)),
        }
        _, changes = repair(layer(**ring))
        assert changes["change"].tolist() == [change]
        assert changes["area_m2"].item() == pytest.approx(cells * CELL, rel=1e-4)

    def test_a_lake_stays_a_gap(self) -> None:
        for accepted in ({"water": layer(L=box(1, 1, 2, 2))}, {"accepted_gaps": [(0.0015, 0.0015)]}):
            mended, changes = repair(layer(**RING), **accepted)
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

    def test_an_enclave_keeps_its_ground_whatever_its_code(self) -> None:
        # B has 4 of the 100 cells of the square, and the square has no hole.
        for inner, outer in (("A", "B"), ("B", "A")):
            mended, changes = repair(layer(**{outer: box(0, 0, 10, 10), inner: box(4, 4, 6, 6)}))
            assert areas(mended) == pytest.approx({outer: 96, inner: 4}, rel=1e-4)
            assert changes[["change", "district", "from"]].to_numpy().tolist() == [
                ["overlap given", inner, "A|B"]
            ]

    def test_an_enclave_in_an_enclave(self) -> None:
        nested = layer(A=box(0, 0, 10, 10), B=box(2, 2, 8, 8), C=box(4, 4, 6, 6))
        mended, _ = repair(nested)
        assert areas(mended) == pytest.approx({"A": 64, "B": 32, "C": 4}, rel=1e-4)

    @pytest.mark.parametrize(("covered", "enclave_has"), [(2.7, 3), (2.6, 0.4)])
    def test_nine_tenths_of_a_district_make_an_enclave(self, covered: float, enclave_has: float) -> None:
        # B is 3 × 1 cells and reaches over the edge of A; the rest of the overlap borders A more than B.
        inner = box(10 - covered, 4, 13 - covered, 5)
        mended, _ = repair(layer(A=box(0, 0, 10, 10), B=inner))
        assert areas(mended)["B"] == pytest.approx(enclave_has, rel=1e-3)

    @pytest.mark.parametrize(("width", "enclave_has"), [(8.9, 8.9), (9.1, 0)])
    def test_an_enclave_is_smaller_than_nine_tenths_of_its_district(
        self, width: float, enclave_has: float
    ) -> None:
        # Of two shapes of nearly one size, neither is an enclave: the overlap goes to the lowest code, A.
        mended, _ = repair(layer(A=box(0, 0, 10, 1), B=box(0, 0, width, 1)))
        assert areas(mended)["B"] == pytest.approx(enclave_has, rel=1e-3)

    def test_a_negative_gap_is_refused(self) -> None:
        with pytest.raises(InputError, match="0 m² or more"):
            repair(EXACT, largest_gap=-1)

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
