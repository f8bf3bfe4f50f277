"""Rates and shares beside a summary, by hand."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.analysis.rates import RATES, add_rates, count_villages, find_empty
from geoplan.ledger.bounds import add_bounds, bound_amounts
from geoplan.ledger.entries import build_ledger
from geoplan.ledger.summary import summarize
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan

from ..conftest import PROFILE, SPENDING, WritePlan


def rated(write_plan: WritePlan, by: str, **changes: str) -> pd.DataFrame:
    plan: Plan = read_plan(write_plan(**changes))
    ledger = build_ledger(plan)
    return add_rates(summarize(ledger, by), ledger).set_index(by)


def test_rates_of_districts_by_hand(write_plan: WritePlan) -> None:
    rows = rated(write_plan, "district")
    assert rows["per_person"].to_dict() == pytest.approx(
        {"A": 0.03334, "B": 33.33 / 2000, "C": np.nan}, nan_ok=True
    )
    assert rows.loc["A", "per_poor_person"] == pytest.approx(0.3334)
    assert rows["share"].tolist() == pytest.approx([3334 / 6667, 3333 / 6667, 0])
    # One degree by one at the equator is 12 309 km².
    assert rows.loc["A", "per_km2"] == pytest.approx(33.34 / 12_309, rel=1e-3)
    assert rows.loc["C", "per_km2"] == 0


def test_a_rate_near_nothing_makes_no_amount_beyond_all_numbers(write_plan: WritePlan) -> None:
    profile = PROFILE.replace("A,2010,1000,100,0.10", f"A,2010,1000,,0.{'0' * 309}2")
    rows = rated(write_plan, "district", profile=profile)
    assert np.isnan(rows.loc["A", "per_poor_person"])
    assert rows.loc["A", "per_person"] == pytest.approx(0.03334)


def test_a_class_with_a_district_unknown_has_no_rate(write_plan: WritePlan) -> None:
    rows = rated(write_plan, "poverty_class")
    assert rows.loc["more developed", "per_person"] == pytest.approx(0.03334)
    assert np.isnan(rows.loc["very poor", "per_person"])
    assert rows.loc["very poor", "per_km2"] == pytest.approx(33.33 / 24_618, rel=1e-3)


def test_other_groupings_have_shares_only(write_plan: WritePlan) -> None:
    rows = rated(write_plan, "component")
    assert set(RATES) & set(rows.columns) == {"share", "share_of_all"}
    assert rows["share"].sum() == pytest.approx(1)


def test_shares_of_all_leave_room_for_buckets(write_plan: WritePlan) -> None:
    rows = rated(write_plan, "district")
    assert rows["share_of_all"].tolist() == pytest.approx([3334 / 15701, 3333 / 15701, 0])


def test_per_village_by_the_profile_or_by_points(write_plan: WritePlan) -> None:
    profile = PROFILE.replace("poverty_class\n", "poverty_class,villages\n").replace(
        "developed\n", "developed,4\n"
    )
    rows = rated(write_plan, "district", profile=profile)
    assert rows["per_village"].to_dict() == pytest.approx(
        {"A": 33.34 / 4, "B": np.nan, "C": np.nan}, nan_ok=True
    )
    assert find_empty(rows) == {"per_person": 1, "per_poor_person": 1, "per_village": 2}
    plan = read_plan(write_plan(profile=profile))
    ledger = build_ledger(plan)
    # On the border of A and B: counted once, for A.
    points = (
        gpd.GeoSeries.from_xy([0.5, 1.0, 1.5, 9.0], [0.5] * 4, crs=4326).to_frame("geometry").to_crs(3857)
    )
    counted = count_villages(plan, points)
    assert counted.to_dict() == {"A": 2, "B": 1, "C": 0}
    found = add_rates(summarize(ledger), ledger, villages=counted).set_index("district")
    assert found["per_village"].to_dict() == pytest.approx({"A": 16.67, "B": 33.33, "C": np.nan}, nan_ok=True)


def test_shares_are_of_the_same_currency(write_plan: WritePlan) -> None:
    rows = rated(write_plan, "component", spending=SPENDING + "P,roads,X,2010,budget,JPY,300\n")
    assert rows.groupby("currency")["share"].sum().tolist() == pytest.approx([1, 1])


def test_a_total_below_zero_has_no_shares(write_plan: WritePlan) -> None:
    spending = "project,component,funder,year,kind,currency,amount\nP,roads,X,2010,disbursement,EUR,-3.00\n"
    assert rated(write_plan, "component", spending=spending)["share"].isna().all()


@pytest.mark.parametrize(
    "by", [["district"], ["province", "year"], ["district", "poverty_class"], ["poverty_class", "province"]]
)
def test_rows_stay_as_they_are(by: list[str]) -> None:
    plan = read_plan(find_bundled_plan())
    ledger = build_ledger(plan)
    sums = summarize(ledger, by)
    before = sums.copy()
    rows = add_rates(sums, ledger)
    pd.testing.assert_frame_equal(rows[list(sums.columns)], before)
    pd.testing.assert_frame_equal(sums, before)
    assert (rows["per_person"] > 0).any()


def test_without_boundaries_there_is_no_area() -> None:
    ledger = replace(build_ledger(read_plan(find_bundled_plan())), boundaries=None)
    sums = add_bounds(summarize(ledger), bound_amounts(ledger), ["district"])
    assert add_rates(sums, ledger)["per_km2"].isna().all()
