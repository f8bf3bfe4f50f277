"""Certain, expected and at most, by hand and for any ledger."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.ledger.bounds import bound_amounts
from geoplan.ledger.entries import build_ledger
from geoplan.model.choices import SPREADS
from geoplan.model.errors import InputError, UsageError
from geoplan.plan.plan_file import bundled_plan
from geoplan.plan.plan_tables import read_plan

from ..conftest import SPENDING, WritePlan
from .test_ledger import LOCATED, SPENT, make_plan


def readings(
    write_plan: WritePlan, by: str = "district", spread: str = "none", **changes: str
) -> dict[str, list[int]]:
    plan = read_plan(write_plan(**changes))
    rows = bound_amounts(build_ledger(plan), by, spread=spread, plan=plan)
    columns = rows[["certain_minor", "expected_minor", "at_most_minor"]].to_numpy().tolist()
    return dict(zip(rows[by], columns, strict=True))


# The toy plan: A 33.34 and B 33.33 for sure; 50.00 in province P1 (A or B); 7.01 unlocated (anywhere); 33.33 outside.
def test_province_money_stays_in_its_province(write_plan: WritePlan) -> None:
    assert readings(write_plan) == {"A": [3334, 3334, 9035], "B": [3333, 3333, 9034], "C": [0, 0, 701]}


def test_a_spread_adds_up_to_all_that_is_not_outside(write_plan: WritePlan) -> None:
    # 50.00 in halves; 7.01 in thirds: 2.34, 2.34, 2.33
    even = readings(write_plan, spread="even")
    assert [row[1] for row in even.values()] == [3334 + 2500 + 234, 3333 + 2500 + 234, 233]
    assert sum(row[1] for row in even.values()) == 15701 - 3333


def test_spread_by_people(write_plan: WritePlan) -> None:
    profile = "district,year,population\nA,2010,1000\nB,2010,4000\nC,2010,5000\n"
    by_people = readings(write_plan, spread="population", profile=profile)
    # 50.00 as 1:4; 7.01 as 1:4:5 = 0.70, 2.80, 3.51 (3.505 takes the cent left over)
    assert [row[1] for row in by_people.values()] == [3334 + 1000 + 70, 3333 + 4000 + 280, 351]


def test_money_that_could_be_in_a_class_counts_once(write_plan: WritePlan) -> None:
    classes = readings(write_plan, by="poverty_class")
    assert classes == {"more developed": [3334, 3334, 3334 + 5701], "very poor": [3333, 3333, 3333 + 5701]}


def test_a_coarse_refund_lowers_what_is_certain(write_plan: WritePlan) -> None:
    refund = SPENDING.replace("schools,Y,2011,budget,EUR,50.00", "schools,Y,2011,disbursement,EUR,-10.00")
    assert readings(write_plan, spread="even", spending=refund)["A"] == [
        3334 - 1000,
        3334 - 500 + 234,
        3334 + 701,
    ]


def test_a_spread_needs_its_figures(write_plan: WritePlan) -> None:
    with pytest.raises(InputError, match="'C'"):
        readings(write_plan, spread="population")
    with pytest.raises(UsageError, match="need districts"):
        bound_amounts(build_ledger(read_plan(bundled_plan())), ["component"])
    with pytest.raises(UsageError, match="'wealth'"):
        bound_amounts(build_ledger(read_plan(bundled_plan())), spread="wealth")


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize(
    "by", [["district"], ["district", "component"], ["poverty_class", "year"], ["province"]]
)
def test_the_home_case_keeps_the_order_of_readings(spread: str, by: list[str]) -> None:
    plan = read_plan(bundled_plan())
    rows = bound_amounts(build_ledger(plan), by, spread=spread, plan=plan)
    assert (rows["certain_minor"] <= rows["expected_minor"]).all()
    assert (rows["expected_minor"] <= rows["at_most_minor"]).all()
    assert rows["expected_minor"].sum() == (658_000_000 if spread == "none" else 820_000_000)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(LOCATED, max_size=5), st.lists(SPENT, min_size=1, max_size=6), st.sampled_from(["even", "area"])
)
def test_any_ledger_keeps_the_order_of_readings(
    located: list[dict[str, Any]], spent: list[dict[str, Any]], spread: str
) -> None:
    plan = make_plan(located, spent)
    ledger = build_ledger(plan)
    for by in (["district"], ["district", "kind"], ["province"]):
        rows = bound_amounts(ledger, by, spread=spread, plan=plan)
        assert (rows["certain_minor"] <= rows["expected_minor"]).all()
        assert (rows["expected_minor"] <= rows["at_most_minor"]).all()
        for currency, total in ledger.entries[ledger.entries["place"] != "outside area"].groupby(
            "currency", observed=True
        )["amount"]:
            assert rows.loc[rows["currency"] == currency, "expected_minor"].sum() == total.sum()
