"""Equity: the worked fixture, published figures, a peer library, properties, and every obstacle."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geoplan.analysis.equity import (
    MEASURES,
    READINGS,
    Equity,
    coady_grosh_hoddinott,
    compare_classes,
    concentration_curve,
    concentration_index,
    concentration_of_funders,
    decompose_theil,
    describe_equity,
    dissimilarity,
    gini,
    hoover,
    lay_out_spending,
    mean_log_deviation,
    measure_equity,
    measure_spending,
    rank_by_poverty,
    target_districts,
    theil,
    trace_curve,
)
from geoplan.analysis.equity.allocations import Spending, concentrate, tries_all
from geoplan.analysis.equity.description import _say_exclusions
from geoplan.analysis.equity.exclusions import REASONS
from geoplan.ledger.bounds import bound_amounts
from geoplan.ledger.coarse_money import COARSE
from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.entries import Ledger, build_ledger
from geoplan.ledger.summary import summarize
from geoplan.model.choices import LANGUAGES, SPREADS
from geoplan.model.errors import InputError, UsageError
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan
from geoplan.text.languages import read_catalogue

from ..conftest import LOCATIONS, PROFILE, SPENDING, WritePlan, tries

FIXTURE = pd.DataFrame(
    {
        "district": list("ABCDEF"),
        "population": [45_000, 25_000, 45_000, 40_000, 60_000, 30_000],
        "poverty_rate": [0.12, 0.15, 0.25, 0.35, 0.30, 0.60],
        "spending": [300_000, 100_000, 200_000, 300_000, 400_000, 700_000],
        "poverty_class": ["less", "less", "less", "more", "more", "more"],
    }
)
EXPECTED = {
    "gini": 0.2897959,
    "theil": 0.1875224,
    "theil_between": 0.0596402,
    "theil_within": 0.1278823,
    "mean_log_deviation": 0.1564931,
    "hoover": 0.2275510,
    "concentration_index": -0.2591837,
    "coady_grosh_hoddinott": 1.4833333,
    "dissimilarity": 0.1676136,
}


def of_ledger(write_plan: WritePlan, **changes: str) -> Ledger:
    return build_ledger(read_plan(write_plan(**changes)))


def values(equity: Equity, reading: str = "certain") -> dict[str, float]:
    rows = equity.measures[equity.measures["reading"] == reading]
    return dict(zip(rows["measure"], rows["value"], strict=True))


def column(equity: Equity, name: str, reading: str = "certain") -> dict[str, str]:
    said = describe_equity(equity).measures
    rows = said[said["reading"] == reading]
    return dict(zip(rows["measure"], rows[name], strict=True))


# --- worked and published figures -----------------------------------------------------------


def test_the_worked_fixture_to_all_its_digits() -> None:
    measured = measure_spending(FIXTURE)
    found = dict(zip(measured["measure"], measured["value"].round(7), strict=True))
    assert found == EXPECTED
    assert (measured["obstacle"] == "").all() and (measured["left_out"] == "").all()


def test_the_worked_fixture_per_poor_person() -> None:
    poor = FIXTURE["population"] * FIXTURE["poverty_rate"]
    assert (FIXTURE["spending"] / poor).round(2).tolist() == [55.56, 26.67, 17.78, 21.43, 22.22, 38.89]


def test_the_published_concentration_index() -> None:
    births = np.array([29939, 28776, 26528, 24689, 19739])
    rate = np.array([154.7, 152.9, 119.5, 86.9, 54.3])
    assert round(float(concentration_index(births * rate, births, range(5))), 4) == -0.1694


def test_two_districts_by_hand() -> None:
    # Half of the people each; a quarter and three quarters of the money.
    y, w = [1, 3], [50, 50]
    assert gini(y, w) == pytest.approx(0.25)
    assert theil(y, w) == pytest.approx(0.25 * np.log(0.5) + 0.75 * np.log(1.5))
    assert mean_log_deviation(y, w) == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3))
    assert hoover(y, w) == pytest.approx(0.25)
    assert dissimilarity(y, [0, 10]) == pytest.approx(0.25)
    # The poorer one has three quarters: below the diagonal of the curve by half of (0.75 - 0.5).
    assert concentration_index(y, w, [2, 1]) == pytest.approx(-0.25)
    assert concentration_index(y, w, [1, 1]) == 0
    assert coady_grosh_hoddinott(y, w, [2, 1]) == pytest.approx(0.75 * 0.8 / 0.4)
    assert concentration_of_funders([1, 1, 2]) == pytest.approx(0.375)


def test_the_curve_by_hand() -> None:
    curve = concentration_curve([1, 1, 2], [10, 20, 10], [3, 1, 3])
    assert curve["people"].tolist() == [0, 0.5, 1]
    assert curve["spending"].tolist() == [0, 0.25, 1]


def test_many_rows_at_once_are_each_row() -> None:
    rows = np.random.default_rng(1).uniform(0, 9, (7, 6))
    w, rank = FIXTURE["population"], -FIXTURE["poverty_rate"]
    for index in (gini, theil, mean_log_deviation, hoover, dissimilarity):
        np.testing.assert_allclose(index(rows, w), [index(row, w) for row in rows])
    np.testing.assert_allclose(concentration_index(rows, w, rank), [concentration_index(row, w, rank) for row in rows])  # fmt: skip


# --- a peer ---------------------------------------------------------------------------------


def mexico() -> pd.DataFrame:
    pytest.importorskip("inequality")
    libpysal = pytest.importorskip("libpysal")
    return pd.read_csv(libpysal.examples.get_path("mexico.csv"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("year", range(1940, 2010, 10))
def test_pysal_agrees_on_its_own_mexico(year: int) -> None:
    data = mexico()
    from inequality.gini import Gini
    from inequality.theil import Theil, TheilD

    y, regions = data[f"pcgdp{year}"].to_numpy(dtype=float), data["hanson98"].to_numpy()
    equal = np.ones(len(y))
    assert gini(y, equal) == pytest.approx(Gini(y).g, abs=1e-12)
    assert theil(y, equal) == pytest.approx(float(np.squeeze(Theil(y).T)), abs=1e-9)
    between, within = decompose_theil(y, equal, regions)
    theirs = TheilD(y, regions)
    assert between == pytest.approx(float(np.squeeze(theirs.bg)), abs=1e-9)
    assert within == pytest.approx(float(np.squeeze(theirs.wg)), abs=1e-9)


# --- properties -----------------------------------------------------------------------------

DISTRICTS = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(1, 10**5), st.integers(0, 3)), min_size=2, max_size=8
)


def every_index(y: Any, w: Any, rank: Any) -> np.ndarray[Any, Any]:
    return np.array(
        [
            gini(y, w),
            theil(y, w),
            *decompose_theil(y, w, rank),
            mean_log_deviation(y, w),
            hoover(y, w),
            dissimilarity(y, w),
            concentration_index(y, w, rank),
            coady_grosh_hoddinott(y, w, rank),
        ]
    )


def columns(rows: list[tuple[int, int, int]]) -> tuple[Any, Any, Any]:
    y, w, rank = (np.array(cells, dtype=float) for cells in zip(*rows, strict=True))
    assume(y.sum() > 0)
    return y, w, rank


@given(DISTRICTS, st.floats(0.001, 1000), st.floats(0.001, 1000))
def test_another_unit_changes_nothing(rows: list[tuple[int, int, int]], money: float, people: float) -> None:
    y, w, rank = columns(rows)
    np.testing.assert_allclose(every_index(y * money, w * people, rank), every_index(y, w, rank), atol=1e-9)


@given(DISTRICTS, st.integers(2, 4))
def test_replication_changes_nothing(rows: list[tuple[int, int, int]], times: int) -> None:
    y, w, rank = columns(rows)
    again = every_index(np.tile(y, times), np.tile(w, times), np.tile(rank, times))
    np.testing.assert_allclose(again, every_index(y, w, rank), atol=1e-9)


@given(DISTRICTS)
def test_a_district_cut_in_two_alike_halves_changes_nothing(rows: list[tuple[int, int, int]]) -> None:
    y, w, rank = columns(rows)
    halves = np.repeat(y / 2, 2), np.repeat(w / 2, 2), np.repeat(rank, 2)
    np.testing.assert_allclose(every_index(*halves), every_index(y, w, rank), atol=1e-9)


@given(DISTRICTS, st.data())
def test_money_moved_to_where_there_is_less_lowers_inequality(
    rows: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    y, w, rank = columns(rows)
    low, high = np.argmin(y / w), np.argmax(y / w)
    level = (y[low] + y[high]) / (w[low] + w[high])
    moved = data.draw(st.floats(0, 1)) * (y[high] - level * w[high])
    after = y.copy()
    after[low] += moved
    after[high] -= moved
    for index in (gini, theil, hoover, mean_log_deviation):
        assert index(after, w) <= index(y, w) + 1e-9
    poorer_first = np.where(np.arange(len(w)) == low, -1.0, rank)
    assert concentration_index(after, w, poorer_first) <= concentration_index(y, w, poorer_first) + 1e-9


@given(DISTRICTS)
def test_indices_stay_in_their_bounds(rows: list[tuple[int, int, int]]) -> None:
    y, w, rank = columns(rows)
    between, within = decompose_theil(y, w, rank)
    assert -1e-12 <= gini(y, w) < 1
    assert -1e-12 <= theil(y, w) <= np.log(w.sum() / w.min()) + 1e-9
    assert between >= -1e-12 and within >= -1e-12
    assert between + within == pytest.approx(float(theil(y, w)), abs=1e-9)
    assert 0 <= hoover(y, w) < 1 and 0 <= dissimilarity(y, w) < 1
    assert abs(concentration_index(y, w, rank)) <= gini(y, w) + 1e-9
    assert 0 <= coady_grosh_hoddinott(y, w, rank) <= 2.5 + 1e-9
    assert np.isinf(mean_log_deviation(y, w)) == bool((y == 0).any())
    curve = concentration_curve(y, w, rank)
    area = ((curve["spending"] + curve["spending"].shift()) * curve["people"].diff()).sum() / 2
    assert 1 - 2 * area == pytest.approx(float(concentration_index(y, w, rank)), abs=1e-9)


@given(DISTRICTS)
def test_all_the_same_per_person_is_no_inequality(rows: list[tuple[int, int, int]]) -> None:
    _, w, rank = columns([(1, people, at) for _, people, at in rows])
    np.testing.assert_allclose(every_index(w * 3, w, rank), [0, 0, 0, 0, 0, 0, 0, 0, 1], atol=1e-9)


@pytest.mark.parametrize(
    ("y", "w", "said"),
    [
        ([1, -1], [1, 1], "negative"),
        ([1, np.nan], [1, 1], "missing"),
        ([1, 1], [1, 0], "population"),
        ([1, 1], [1, np.nan], "population"),
        ([1, 1, 1], [1, 1], "shape"),
        ([], [], "shape"),
    ],
)
def test_figures_no_index_can_be_made_of(y: list[float], w: list[float], said: str) -> None:
    for index in (gini, theil, mean_log_deviation, hoover):
        with pytest.raises(InputError, match=said):
            index(y, w)


def test_nothing_spent_has_no_index() -> None:
    assert np.isnan(gini([0, 0], [1, 1])) and np.isnan(theil([0, 0], [1, 1]))


# --- readings -------------------------------------------------------------------------------

# The toy plan: A 33.34 (population 1000, 10 % poor) and B 33.33 (2000, 40 %) for sure; 50.00 in P1 (A or
# B); 7.01 anywhere; C has no population. In C the 7.01 could be too, but C is in no measure.


def test_readings_of_the_toy_plan_by_hand(write_plan: WritePlan) -> None:
    equity = measure_equity(of_ledger(write_plan), spread="even")
    rank = [2, 1]
    assert values(equity)["concentration_index"] == pytest.approx(
        float(concentration_index([3334, 3333], [1000, 2000], rank))
    )
    spread = [3334 + 2500 + 234, 3333 + 2500 + 234]
    assert values(equity, "expected")["gini"] == pytest.approx(float(gini(spread, [1000, 2000])))
    low = concentration_index([3334, 3333 + 5701], [1000, 2000], rank)
    high = concentration_index([3334 + 5701, 3333], [1000, 2000], rank)
    assert values(equity, "at most, low")["concentration_index"] == pytest.approx(float(low))
    assert values(equity, "at most, high")["concentration_index"] == pytest.approx(float(high))
    # 57.01 can bring both to the same per person: 123.68 over 3000 people.
    assert values(equity, "at most, low")["gini"] == pytest.approx(0)
    assert equity.measures["exact"].mean() > 0.9


def test_certain_and_expected_are_those_of_the_ledger(write_plan: WritePlan) -> None:
    for ledger, spread in itertools.product(
        [of_ledger(write_plan), build_ledger(read_plan(find_bundled_plan()))], ["none", "even"]
    ):
        rows = target_districts(ledger, "component", spread=spread)
        bounds = bound_amounts(ledger, ["component", "district"], spread=spread)
        for reading in ("certain", "expected"):
            ours = rows[rows["reading"] == reading].sort_values(["component", "district"])["spending_minor"]
            theirs = bounds.sort_values(["component", "district"])[f"{reading}_minor"]
            assert ours.tolist() == theirs.tolist()


AMOUNTS = st.lists(st.integers(0, 1000), min_size=4, max_size=4)


@tries(25)
@given(
    AMOUNTS, st.lists(st.integers(1, 50), min_size=4, max_size=4), st.integers(1, 900), st.integers(0, 900)
)
def test_no_allocation_leaves_the_range(
    certain: list[int], people: list[int], province: int, anywhere: int
) -> None:
    ledger = ledger_of(certain, people, province, anywhere)
    equity = measure_equity(ledger)
    low, high = values(equity, "at most, low"), values(equity, "at most, high")
    exact = {reading: column(equity, "exact", reading) for reading in READINGS}
    w, rank = np.array(people, dtype=float), np.array([4.0, 3, 2, 1])
    chance = np.random.default_rng(sum(certain))
    for _ in range(20):
        y = np.array(certain, dtype=float)
        y[:2] += province * chance.dirichlet([0.3, 0.3])
        y += anywhere * chance.dirichlet([0.3] * 4)
        found = {
            "gini": gini(y, w),
            "theil": theil(y, w),
            "mean_log_deviation": mean_log_deviation(y, w),
            "hoover": hoover(y, w),
            "dissimilarity": dissimilarity(y, w / [4, 3, 2, 1]),
            "concentration_index": concentration_index(y, w, rank),
            "coady_grosh_hoddinott": coady_grosh_hoddinott(y, w, rank),
        }
        for name, value in found.items():
            assert exact["at most, low"][name] and exact["at most, high"][name]
            assert low[name] - 1e-9 <= value <= high[name] + 1e-9, name


def ledger_of(certain: list[int], people: list[int], province: int, anywhere: int) -> Ledger:
    """Make a ledger of four districts, the first two in province P, with two pools."""
    places = [("district", code, "") for code in "ABCD"]
    places += [("province-wide", None, "P"), ("unlocated", None, "")]
    rows = pd.DataFrame(places, columns=["place", "district", "province"])
    entries = rows.assign(amount_minor=[*certain, province, anywhere], currency="EUR", kind="budget", project="X", component="c", rule=0,
                          funder="f", year=2010)  # fmt: skip
    rate = 1 / np.array([4.0, 3, 2, 1])
    districts = pd.DataFrame(
        {"district": list("ABCD"), "name": list("ABCD"), "province": ["P", "P", "Q", "Q"], "province_name": None,
         "population": people, "poor": people * rate, "poverty_rate": np.sort(rate), "poverty_class": None}
    )  # fmt: skip
    districts["poverty_rate"] = rate
    return Ledger(entries, districts, {("EUR", "budget"): (None, None)})  # type: ignore[dict-item]


def test_many_pools_are_found_not_proven() -> None:
    count = 30
    entries = pd.DataFrame(
        {"place": ["district"] * count + ["province-wide"] * 6, "district": [f"D{at:02}" for at in range(count)] + [None] * 6,
         "province": [""] * count + [f"P{at}" for at in range(6)], "rule": 0, "amount_minor": 100, "currency": "EUR", "kind": "budget",
         "project": "X"}
    )  # fmt: skip
    districts = pd.DataFrame(
        {"district": [f"D{at:02}" for at in range(count)], "province": [f"P{at % 6}" for at in range(count)],
         "province_name": None, "name": None, "population": np.arange(count) + 1, "poor": None,
         "poverty_rate": np.linspace(0, 1, count), "poverty_class": None}
    )  # fmt: skip
    equity = measure_equity(Ledger(entries, districts, {("EUR", "budget"): (None, None)}))  # type: ignore[dict-item]
    exact = column(equity, "exact", "at most, high")
    assert not exact["gini"] and exact["concentration_index"]
    assert column(equity, "exact", "at most, low")["gini"]
    assert values(equity, "at most, high")["gini"] > values(equity)["gini"]


@pytest.mark.parametrize(
    ("certain", "province", "anywhere", "verdict"),
    [
        # A is the least poor (1 in 4), D the poorest (all).
        ([10, 10, 10, 900], 0, 0, "strongly pro-poor"),
        ([900, 10, 10, 10], 0, 0, "strongly pro-rich"),
        ([10, 10, 10, 10], 0, 0, "neutral"),
        # Equal populations, mean 1,000,000: the index is 0.375 (A - D) / 2,000,000; the neutral band ends at 0.02.
        ([1_053_200, 1_000_000, 1_000_000, 946_800], 0, 0, "neutral"),
        ([1_053_400, 1_000_000, 1_000_000, 946_600], 0, 0, "slightly pro-rich"),
        ([946_800, 1_000_000, 1_000_000, 1_053_200], 0, 0, "neutral"),
        ([946_600, 1_000_000, 1_000_000, 1_053_400], 0, 0, "slightly pro-poor"),
        ([10, 10, 10, 900], 10, 0, "strongly pro-poor in every reading"),
        ([900, 10, 10, 10], 10, 0, "strongly pro-rich in every reading"),
        ([10, 10, 10, 20], 0, 100_000_00, "depends on where EUR 100\u202f000 went"),
        ([0, 0, 0, 0], 0, 0, "unknown"),
    ],
)
def test_verdicts(certain: list[int], province: int, anywhere: int, verdict: str) -> None:
    equity = measure_equity(ledger_of(certain, [10] * 4, province, anywhere))
    assert describe_equity(equity).verdicts["verdict"].tolist() == [verdict]


def test_spread_by_area_needs_boundaries(write_plan: WritePlan) -> None:
    plan = read_plan(write_plan())
    ledger = build_ledger(plan)
    with pytest.raises(UsageError, match="no boundaries"):
        measure_equity(replace(ledger, boundaries=None), spread="area")
    assert len(measure_equity(ledger, spread="area").measures) == len(MEASURES) * len(READINGS)
    with pytest.raises(InputError, match="population"):
        measure_equity(ledger, spread="population")
    with pytest.raises(UsageError, match="choose from"):
        measure_equity(ledger, spread="evenly")


# --- obstacles -----------------------------------------------------------------------------


def test_no_population_says_so(write_plan: WritePlan) -> None:
    equity = measure_equity(
        of_ledger(write_plan, profile="district,year,poverty_class\nA,2010,poor\nB,2010,very poor\n")
    )
    assert all(np.isnan(value) for value in values(equity).values())
    obstacles = column(equity, "obstacle")
    assert obstacles["gini"] == "no district has a population: add it to the profile"
    assert "number of poor persons" in obstacles["dissimilarity"]
    said = describe_equity(equity).verdicts
    assert said["verdict"].tolist() == ["unknown"]
    assert "population" in said["obstacle"][0]
    classes = compare_classes(of_ledger(write_plan), "component")
    assert {"very poor", "more developed"} == set(classes["poverty_class"])


def test_classes_without_headcount_rank_with_ties(write_plan: WritePlan) -> None:
    profile = "district,year,population,poverty_class\nA,2010,1000,more developed\nB,2010,2000,very poor\nC,2010,3000,very poor\n"
    equity = measure_equity(of_ledger(write_plan, profile=profile))
    expected = concentration_index([3334, 3333, 0], [1000, 2000, 3000], [1, 0, 0])
    assert values(equity)["concentration_index"] == pytest.approx(float(expected))
    said = describe_equity(equity).verdicts
    assert said["ranked_by"].tolist() == ["poverty class (districts of one class are equal)"]
    assert np.isnan(values(equity)["dissimilarity"])
    classes = compare_classes(of_ledger(write_plan, profile=profile))
    certain = classes[classes["reading"] == "certain"].set_index("poverty_class")
    assert certain["spending_minor"].to_dict() == {"more developed": 3334, "very poor": 3333}
    assert certain.loc["very poor", "ratio"] == pytest.approx((3333 / 6667) / (5 / 6))


def test_classes_of_unknown_order_want_it_named(write_plan: WritePlan) -> None:
    profile = "district,year,population,poverty_class\nA,2010,1000,Z1\nB,2010,2000,Z2\n"
    ledger = of_ledger(write_plan, profile=profile)
    assert "'Z1', 'Z2'" in column(measure_equity(ledger), "obstacle")["concentration_index"]
    named = measure_equity(ledger, class_order=["Z2", "Z1"])
    assert values(named)["concentration_index"] == pytest.approx(
        float(concentration_index([3334, 3333], [1000, 2000], [1, 0]))
    )
    with pytest.raises(UsageError, match="does not have 'Z2'"):
        measure_equity(ledger, class_order=["Z1"])


def test_left_out_and_why(write_plan: WritePlan) -> None:
    equity = measure_equity(of_ledger(write_plan))
    assert column(equity, "left_out")["gini"] == "Gamma (population missing), with EUR 0"
    zero = PROFILE.replace("C,2010,,,", "C,2010,0,0,")
    assert column(measure_equity(of_ledger(write_plan, profile=zero)), "left_out")["gini"].startswith("Gamma (population 0)")  # fmt: skip
    assert equity.exclusions["district"].tolist() == ["C", "C", "C"]
    assert equity.exclusions["reason"].tolist() == [
        "population missing",
        "population missing",
        "poor missing",
    ]


def test_a_total_below_zero_is_left_out_of_its_group(write_plan: WritePlan) -> None:
    spending = SPENDING.replace("budget", "disbursement") + "P,roads,X,2011,disbursement,EUR,-30.00\n"
    locations = LOCATIONS.replace(
        "P,2,two,1,POINT (1.5 0.5)\nP,3,three,1,POINT (9 9)\n", "R,1,two,1,POINT (1.5 0.5)\n"
    )
    ledger = of_ledger(
        write_plan, spending=spending + "R,office,Y,2011,disbursement,EUR,5.00\n", locations=locations
    )
    equity = measure_equity(ledger, by="year")
    rows = equity.exclusions[equity.exclusions["reason"] == "total below 0"]
    assert rows["year"].unique().tolist() == [2011]
    assert rows["spending_minor"].unique().tolist() == [-3000]
    said = (
        describe_equity(equity)
        .measures.query("year == 2011 and measure == 'gini' and reading == 'certain'")["left_out"]
        .item()
    )
    assert "Alpha (total below 0)" in said and "EUR −30" in said


def test_a_coarse_refund_is_in_no_reading_and_said(write_plan: WritePlan) -> None:
    spending = SPENDING.replace("budget", "disbursement").replace("EUR,50.00", "EUR,-10.00")
    equity = measure_equity(of_ledger(write_plan, spending=spending))
    assert describe_equity(equity).verdicts["remark"].tolist() == [
        "EUR −10 of refunds without a known district is in no reading"
    ]
    assert equity.verdicts["coarse_minor"].tolist() == [701]


def test_coarse_money_that_reaches_no_counted_district_is_said(write_plan: WritePlan) -> None:
    locations = LOCATIONS.replace("Q,1,North,4,", "Q,1,South,4,")
    equity = measure_equity(of_ledger(write_plan, locations=locations))
    # Of the two provinces the South has only Gamma, whose population is missing.
    assert describe_equity(equity).verdicts["remark"].tolist() == [
        "EUR 50 without a known district cannot be in any district that is counted, so it is in no reading"
    ]
    assert equity.verdicts["coarse_minor"].tolist() == [701]


def test_money_of_approximate_names_is_named_with_its_sum(write_plan: WritePlan) -> None:
    # EUR 30 is in A for sure. EUR 10 is in B by a name whose province is unknown; EUR 100 is unlocated; EUR 50 is in
    # the South, where no district has a population. B and A could get any part of the EUR 110, and none of the EUR 50.
    locations = "project,location,district,province,precision\nP,1,Alpha,,\nQ,1,Beta,West,\nS,1,,South,4\n"
    amounts = {"P": 30, "Q": 10, "R": 100, "S": 50}
    spending = "".join(f"{project},2010,budget,EUR,{amount}\n" for project, amount in amounts.items())
    folder = write_plan(
        locations=locations,
        spending="project,year,kind,currency,amount\n" + spending,
        projects="project\nP\nQ\nR\nS\n",
    )
    ledger = build_ledger(read_plan(folder))
    said = describe_equity(measure_equity(ledger)).verdicts.iloc[0]
    assert "EUR 100 unlocated, EUR 10 in districts by approximate names; " in said["sentence"]
    assert said["coarse_minor"] == 11000
    assert said["remark"].startswith("EUR 50 without a known district cannot be in any district")
    left_out = describe_equity(measure_equity(ledger, spread="none")).measures
    expected = left_out[left_out["reading"] == "expected"]["sentence"].iloc[0]
    assert expected.startswith("Counting only money with a district, approximate names included: ")


def test_a_district_with_nothing_makes_the_mean_log_deviation_infinite(write_plan: WritePlan) -> None:
    profile = PROFILE.replace("C,2010,,,", "C,2010,1000,300,0.30")
    equity = measure_equity(of_ledger(write_plan, profile=profile))
    assert np.isinf(values(equity)["mean_log_deviation"])
    assert column(equity, "obstacle")["mean_log_deviation"] == "infinite, because a district received nothing"
    assert "infinite" in column(equity, "sentence")["mean_log_deviation"]
    assert values(equity)["gini"] > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"poverty_rate": 35.0}, "0.35"),
        ({"population": -1.0}, "a population below 0"),
        ({"poor": -1.0}, "poor persons below 0"),
        ({"poor": 10**6}, "more poor persons"),
        ({"spending": np.nan}, "write 0"),
    ],
)
def test_figures_that_can_not_be(change: dict[str, float], said: str) -> None:
    faulty = FIXTURE.assign(poor=10.0)
    for name, value in change.items():
        faulty[name] = faulty[name].astype(float)
        faulty.loc[2, name] = value
    with pytest.raises(InputError, match=said) as caught:
        measure_spending(faulty)
    assert "C" in str(caught.value)


def test_columns_that_are_missing() -> None:
    with pytest.raises(InputError, match="spending"):
        measure_spending(FIXTURE.drop(columns="spending"))


def test_several_kinds_are_not_added_up(write_plan: WritePlan) -> None:
    ledger = of_ledger(write_plan, spending=SPENDING + "P,roads,X,2011,disbursement,EUR,30.00\n")
    with pytest.raises(UsageError, match="choose one kind, such as budget"):
        measure_equity(ledger)


@pytest.mark.parametrize("by", ["district", ["component", "component"], ["colour"]])
def test_groupings_that_are_none(write_plan: WritePlan, by: Any) -> None:
    with pytest.raises(UsageError):
        measure_equity(of_ledger(write_plan), by=by)


def test_currencies_are_measured_apart(write_plan: WritePlan) -> None:
    equity = measure_equity(of_ledger(write_plan, spending=SPENDING + "P,roads,X,2010,budget,JPY,300\n"))
    assert equity.verdicts["currency"].tolist() == ["EUR", "JPY"]
    assert len(equity.measures) == 2 * len(MEASURES) * len(READINGS)


def test_rates_and_poor_complete_each_other() -> None:
    given_ = pd.DataFrame({"district": ["A", "B", "C"], "population": [100, 200, 0], "poor": [10, None, 0],
                           "poverty_rate": [None, 0.5, None]})  # fmt: skip
    complete = complete_figures(given_)
    assert complete["poor"].tolist() == [10, 100, 0]
    assert complete["poverty_rate"].tolist()[:2] == [0.1, 0.5] and np.isnan(complete["poverty_rate"][2])
    assert rank_by_poverty(complete).basis == "poverty rate"
    assert given_["poor"].isna().any(), "the caller's frame is left alone"


# --- the home case --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home() -> Ledger:
    return build_ledger(read_plan(find_bundled_plan()))


def test_the_home_case(home: Ledger) -> None:
    equity = measure_equity(home)
    certain = values(equity)
    assert (equity.measures["obstacle"] == "").all()
    rows = summarize(home).set_index("district")["amount_minor"]
    described = home.districts.set_index("district").loc[rows.index]
    expected = concentration_index(rows, described["population"], -described["poverty_rate"])
    assert certain["concentration_index"] == pytest.approx(float(expected))
    assert equity.verdicts["coarse_minor"].tolist() == [162_000_000]
    said = describe_equity(equity).verdicts
    assert said["verdict"].tolist() == ["depends on where EUR 1\u202f620\u202f000 went"]
    assert "EUR 1\u202f000\u202f000 province-wide, EUR 620\u202f000 unlocated" in said["sentence"][0]
    for name in MEASURES:
        low, high = (values(equity, reading)[name] for reading in READINGS[2:])
        assert low <= values(equity, "expected")[name] <= high


def test_targeting_of_the_home_case(home: Ledger) -> None:
    rows = target_districts(home)
    for _, reading in rows.groupby("reading"):
        assert reading["gap"].sum() == pytest.approx(0, abs=0.01)
        assert reading["spending_share"].sum() == pytest.approx(1)
        moved = reading["gap"].clip(lower=0).sum() / float(reading["spending"].sum())
        name = reading["reading"].iloc[0]
        assert moved == pytest.approx(values(measure_equity(home), name)["dissimilarity"])
    certain = rows[rows["reading"] == "certain"].set_index("district")
    assert certain.loc["LA1104", "per_poor_person"] == pytest.approx(1358043.39 / 10218)


@pytest.mark.parametrize("by", ["component", "year", "funder", ("component", "year")])
def test_groups_are_measured_one_by_one(home: Ledger, by: Any) -> None:
    keys = [by] if isinstance(by, str) else list(by)
    equity = measure_equity(home, by=by, spread="even")
    chosen = equity.measures[keys].drop_duplicates()
    assert len(equity.measures) == len(chosen) * len(MEASURES) * len(READINGS)
    assert len(equity.verdicts) == len(chosen)
    # One group measured alone, as if nothing else had been spent.
    labels = chosen.iloc[0]
    only = home.entries[(home.entries[keys] == labels.to_numpy()).all(axis=1)]
    alone = measure_equity(Ledger(only, home.districts, home.given), spread="even")
    together = equity.measures[(equity.measures[keys] == labels.to_numpy()).all(axis=1)]
    np.testing.assert_allclose(together["value"].to_numpy(), alone.measures["value"].to_numpy())


def test_curves_of_the_home_case(home: Ledger) -> None:
    curve = trace_curve(home, "component")
    for _, part in curve.groupby(["component", "reading"]):
        assert part["people"].iloc[-1] == pytest.approx(1) and part["spending"].iloc[-1] == pytest.approx(1)
        assert (part["people"].diff().dropna() > 0).all()


def test_money_is_laid_out_whole(home: Ledger) -> None:
    (spending,) = lay_out_spending(home, "year")
    assert spending.certain.sum() + spending.pooled.sum() == 820_000_000
    assert spending.buckets.sum().sum() == spending.pooled.sum()


def test_results_show_in_a_notebook(home: Ledger) -> None:
    shown = measure_equity(home)._repr_html_()
    assert "<table" in shown and "concentration index" in shown and "depends on where" in shown


def test_every_measure_says_what_it_means(home: Ledger) -> None:
    sentences = describe_equity(measure_equity(home)).measures["sentence"]
    assert sentences.str.endswith("(district means, not people).").all()


# --- languages ------------------------------------------------------------------------------


def catalogue(language: str) -> Any:
    return read_catalogue("geoplan.analysis.equity", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_say_the_same_things(language: str) -> None:
    ours, english = catalogue(language).texts, catalogue("en").texts
    assert ours.keys() == english.keys()
    places = {key: set(re.findall(r"{(\w+)}", text)) for key, text in ours.items()}
    assert places == {key: set(re.findall(r"{(\w+)}", text)) for key, text in english.items()}
    assert language == "en" or sum(ours[key] == english[key] for key in ours) < len(ours) / 5


@pytest.mark.parametrize(
    ("language", "verdict", "percent"),
    [
        ("en", "depends on where EUR 1\u202f620\u202f000 went", "22.8\u00a0%"),
        ("fr", "dépend de l’endroit où sont allés 1\u202f620\u202f000 EUR", "22,8\u00a0%"),
        ("lo", "ຂຶ້ນກັບວ່າ 1\u202f620\u202f000 EUR ໄປໃສ", "22,8\u00a0%"),
    ],
)
def test_sentences_are_in_the_chosen_language(
    home: Ledger, language: str, verdict: str, percent: str
) -> None:
    assert describe_equity(measure_equity(home), language).verdicts["verdict"].tolist() == [verdict]
    said = measure_spending(FIXTURE, language=language).set_index("measure")["sentence"]
    assert percent in said["hoover"]


def test_a_language_that_is_not_spoken(home: Ledger) -> None:
    with pytest.raises(UsageError, match="choose from en, fr, lo"):
        describe_equity(measure_equity(home), "de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_words(language: str) -> None:
    texts = catalogue(language).texts
    for name in MEASURES:
        assert f"label.{name}" in texts and f"needs.{name}" in texts
        assert any(key == name or key.startswith(f"{name}.") for key in texts)
    for group, codes in (
        ("reason", REASONS[1:]),
        ("spread", SPREADS),
        ("place", COARSE),
        ("before", READINGS),
        ("verdict", ("pro-poor", "pro-rich", "slightly pro-poor", "neutral", "mixed", "unknown", "depends")),
    ):
        assert {f"{group}.{code}" for code in codes} <= texts.keys()


@pytest.mark.parametrize("function", [measure_equity, target_districts, compare_classes])
def test_the_ledger_is_left_alone(home: Ledger, function: Callable[[Ledger], object]) -> None:
    before = home.entries.copy(), home.districts.copy()
    function(home)
    pd.testing.assert_frame_equal(home.entries, before[0])
    pd.testing.assert_frame_equal(home.districts, before[1])


def test_order_of_entries_does_not_matter(home: Ledger) -> None:
    shuffled = home.entries.sample(frac=1, random_state=3).reset_index(drop=True)
    ours = measure_equity(Ledger(shuffled, home.districts, home.given), by="component")
    pd.testing.assert_frame_equal(ours.measures, measure_equity(home, by="component").measures)


def test_transfer_within_a_pair_by_hand() -> None:
    for before, after in itertools.pairwise([[0, 4], [1, 3], [2, 2]]):
        assert gini(after, [1, 1]) < gini(before, [1, 1])


@pytest.mark.parametrize(
    ("reached", "tried"), [([20, 20], True), ([401], False), ([2, 200], True), ([3, 134], False)]
)
def test_up_to_400_choices_of_a_district_per_pool_are_all_tried(reached: list[int], tried: bool) -> None:
    # One choice per pool: 20 × 20 and 2 × 200 are 400, 3 × 134 are 402.
    reach = np.arange(401) < np.array(reached)[:, None]
    money, none = np.zeros((1, 401)), pd.DataFrame(index=[0])
    spending = Spending(
        "EUR", none, pd.DataFrame(index=range(401)), money, np.ones((1, len(reached))), reach, money, "even",
        none, np.zeros(1),
    )  # fmt: skip
    assert tries_all(spending) == tried


def spending_of(certain: list[int], pools: int) -> Spending:
    """Make spending over two districts, which each pool of 1 reaches."""
    none, count = pd.DataFrame(index=[0]), len(certain)
    money = np.array([certain], dtype=float)
    return Spending(
        "EUR", none, pd.DataFrame(index=range(count)), money, np.ones((1, pools)), np.ones((pools, count), dtype=bool),
        money, "even", none, np.zeros(1),
    )  # fmt: skip


def test_the_likeliest_district_of_a_pool_is_richest_by_person_not_by_money() -> None:
    # Nine pools of two districts have 512 ways. A has 10 for 1 person, B 100 for 100.
    tried = list(concentrate(spending_of([10, 100], 9), np.array([1.0, 100.0])))
    assert [row.tolist() for row in tried] == [[[19, 100]], [[10, 109]], [[19, 100]]]


def test_amounts_per_person_of_a_class_are_in_currency_units() -> None:
    ledger = ledger_of([1000, 3000, 500, 500], [4, 4, 2, 2], 0, 0)
    ledger.districts["poverty_class"] = ["better", "better", "poor", "poor"]
    compared = compare_classes(ledger).query("reading == 'certain'").set_index("poverty_class")
    assert compared["per_person"].to_dict() == {"better": 5.0, "poor": 2.5}


def test_coarse_money_of_a_verdict_is_in_currency_units_beside_minor_units() -> None:
    (verdict,) = measure_equity(ledger_of([10, 10, 10, 900], [10] * 4, 150, 50)).verdicts.to_dict("records")
    assert (verdict["coarse"], verdict["coarse_minor"], verdict["elsewhere_minor"]) == (2.0, 200, 0)
    (nothing,) = measure_equity(ledger_of([0] * 4, [10] * 4, 0, 0)).verdicts.to_dict("records")
    assert (nothing["coarse"], nothing["coarse_minor"], nothing["elsewhere_minor"]) == (0.0, 0, 0)


@pytest.mark.parametrize(("coarse", "exact"), [(0, True), (1, False)])
def test_one_cent_of_coarse_money_makes_a_range(coarse: int, exact: bool) -> None:
    ledger = ledger_of([100, 200, 300, 400], [10, 20, 30, 40], 0, coarse)
    ledger.districts["poverty_class"] = ["better", "better", "poor", "poor"]
    equity = measure_equity(ledger)
    # The lowest Gini index is known to be the lowest; the lowest part between classes is only found.
    found = column(equity, "exact", "at most, low")
    assert (found["gini"], found["theil_between"]) == (True, exact)


def test_a_single_district_has_no_index(write_plan: WritePlan) -> None:
    alone = PROFILE.replace("B,2010,2000,800", "B,2010,,")
    equity = measure_equity(of_ledger(write_plan, profile=alone))
    assert np.isnan(values(equity)["gini"]) and column(equity, "obstacle")["gini"].startswith(
        "fewer than two"
    )


def test_districts_without_a_class_are_counted_only_where_classes_count() -> None:
    ledger = ledger_of([100, 200, 300, 400], [10] * 4, 0, 0)
    ledger.districts["poverty_class"] = ["better", "better", "poor", None]
    rows = measure_equity(ledger).measures.query("reading == 'certain'").set_index("measure")
    assert rows.loc[["gini", "theil_between"], ["obstacle", "detail"]].to_numpy().tolist() == [
        ["", ""],
        ["unclassed", "1"],
    ]


def test_amounts_below_zero_are_shown() -> None:
    with pytest.raises(InputError, match=r"-7"):
        gini([5.0, -7.0, 3.0], [1, 1, 1])


@pytest.mark.parametrize("count", [5, 6])
def test_five_districts_that_are_left_out_are_named(count: int) -> None:
    rows = pd.DataFrame({"currency": "EUR", "measures": "population", "name": [*"ABCDEF"][:count],
                         "reason": "population missing", "spending_minor": 100})  # fmt: skip
    (said,) = _say_exclusions(read_catalogue("geoplan.analysis.equity", "en"), rows, []).values()
    assert ("E (population missing)" in said, "F (" in said, "and 1 more" in said) == (
        True,
        False,
        count == 6,
    )
