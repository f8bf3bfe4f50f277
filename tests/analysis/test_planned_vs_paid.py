"""Planned against paid, by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.analysis.planned_vs_paid import choose_kinds, compare_kinds, cumulate_months, summarize_execution
from geoplan.ledger.entries import Ledger, build_ledger
from geoplan.model.errors import UsageError
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan

from ..conftest import PROJECTS, SPENDING, WritePlan

HEAD = "project,component,funder,year,kind,currency,amount\n"
PAID = (
    HEAD
    + """P,roads,X,2010,budget,EUR,100.00
P,roads,X,2011,budget,EUR,100.00
P,roads,X,2012,budget,EUR,50.00
P,roads,X,2010,disbursement,EUR,50.00
P,roads,X,2011,disbursement,EUR,125.00
P,roads,X,2013,disbursement,EUR,25.00
P,roads,X,2010,commitment,EUR,0.00
"""
)


def ledger_of(write_plan: WritePlan, spending: str = PAID) -> Ledger:
    return build_ledger(read_plan(write_plan(spending=spending)))


def test_by_year_by_hand(write_plan: WritePlan) -> None:
    rows = compare_kinds(ledger_of(write_plan)).set_index("year")
    nothing = np.nan
    expected = {
        "planned": [100, 100, 50, nothing],
        "paid": [50, 125, nothing, 25],
        "commitment": [0, nothing, nothing, nothing],
        "expenditure": [nothing] * 4,
        "execution_rate": [0.5, 1.25, nothing, nothing],
        "deviation": [-50, 25, nothing, nothing],
        "predictability": [0.5, 0.8, nothing, nothing],
        "planned_so_far": [100, 200, 250, 250],
        "paid_so_far": [50, 175, 175, 200],
        "execution_so_far": [0.5, 0.875, 0.7, 0.8],
    }
    for name, values in expected.items():
        assert rows[name].astype(float).tolist() == pytest.approx(values, nan_ok=True), name
    assert rows["paid_minor"].tolist() == [5000, 12500, pd.NA, 2500]


def test_in_all_by_hand(write_plan: WritePlan) -> None:
    (row,) = summarize_execution(compare_kinds(ledger_of(write_plan))).to_dict("records")
    # Only two of the four years have both; the others stand beside them.
    assert (row["planned"], row["paid"], row["deviation"]) == (200, 175, -25)
    assert (row["planned_alone"], row["paid_alone"]) == (50, 25)
    assert row["execution_rate"] == 0.875
    # |50 − 100| + |125 − 100| over 200.
    assert row["mean_deviation"] == pytest.approx(75 / 200)
    # The smaller of each year, 50 + 100, over the larger, 100 + 125.
    assert row["predictability"] == pytest.approx(150 / 225)
    assert (row["rows"], row["rows_missing"]) == (4, 2)


def test_what_is_not_paid_is_missing_not_zero(write_plan: WritePlan) -> None:
    rows = compare_kinds(ledger_of(write_plan, SPENDING))
    assert (
        rows[["paid", "deviation", "execution_rate", "paid_so_far", "predictability"]].isna().all(axis=None)
    )
    (row,) = summarize_execution(rows).to_dict("records")
    assert row["paid"] is None and np.isnan(row["execution_rate"]) and row["rows_missing"] == 3
    assert (row["planned_alone"], row["paid_alone"]) == (Decimal("157.01"), 0)


def test_kinds_are_chosen_or_asked_for(write_plan: WritePlan) -> None:
    ledger = ledger_of(write_plan, PAID + "P,roads,X,2011,expenditure,EUR,5.00\n")
    with pytest.raises(UsageError, match="or both if they are different money"):
        choose_kinds(ledger)
    assert choose_kinds(ledger, paid="both") == ("budget", "both")
    rows = compare_kinds(ledger, planned="commitment", paid="both").set_index("year")
    assert rows.loc[2011, "paid"] == 130 and rows.loc[2011, "planned"] is None
    assert np.isnan(rows.loc[2010, "execution_rate"]), "nothing planned has no rate"
    for wrong in ({"planned": "disbursement"}, {"paid": "budget"}, {"planned": "commitments"}):
        with pytest.raises(UsageError, match="the plan has"):
            choose_kinds(ledger, **wrong)
    with pytest.raises(UsageError, match="expenditure"):
        choose_kinds(ledger_of(write_plan), paid="expenditure")


@pytest.mark.parametrize("by", ["funder", ["component", "year"], "district", ["district", "year"]])
def test_groupings(write_plan: WritePlan, by: str | list[str]) -> None:
    rows = compare_kinds(ledger_of(write_plan), by)
    keys = [by] if isinstance(by, str) else by
    assert rows.columns[0] == keys[0]
    located = "district" in keys
    assert rows["planned_minor"].sum() == (16668 if located else 25000)  # a third of P lies outside the area
    with pytest.raises(UsageError, match="kinds"):
        compare_kinds(ledger_of(write_plan), "kind")


def test_a_refund_year_is_not_predictable(write_plan: WritePlan) -> None:
    spending = HEAD + "P,roads,X,2010,budget,EUR,100.00\nP,roads,X,2010,disbursement,EUR,-5.00\n"
    row = compare_kinds(ledger_of(write_plan, spending)).iloc[0]
    assert row["predictability"] == 0 and row["execution_rate"] == -0.05


# --- months ---------------------------------------------------------------------------------


def test_months_by_hand(write_plan: WritePlan) -> None:
    projects = PROJECTS.replace("P,Road,2010-01-01", "P,Road,2010-11-15").replace(
        "R,Office,2010-01-01,2012-12-31", "R,Office,,"
    )
    plan = read_plan(write_plan(projects=projects))
    rows = cumulate_months(build_ledger(plan)).set_index("date")
    assert (
        rows.index[0] == "2010-11"
        and rows.index[-1] == "2012-12"
        and rows["month"].tolist() == list(range(1, 27))
    )
    assert rows.loc["2010-11", "amount_minor"] == 5000 and rows.loc["2010-12", "so_far_minor"] == 10000
    assert rows.loc["2011-01", "amount"] == Decimal("4.17") and rows.loc["2011-12", "amount"] == Decimal(
        "4.16"
    )
    assert rows.loc["2012-01", "amount"] == Decimal("0.59") and rows.loc["2012-12", "so_far"] == Decimal(
        "157.01"
    )
    assert rows.loc["2012-12", "share_so_far"] == 1


def test_a_year_in_which_a_project_does_not_run_has_all_its_months(write_plan: WritePlan) -> None:
    projects = PROJECTS.replace("P,Road,2010-01-01,2012-12-31", "P,Road,2015-01-01,2015-12-31")
    plan = read_plan(write_plan(projects=projects))
    rows = cumulate_months(build_ledger(plan)).set_index("date")
    assert rows.loc["2010-01", "amount"] == Decimal("8.34") and rows.loc["2010-12", "so_far"] == 100


def test_the_home_case_has_81_months() -> None:
    plan = read_plan(find_bundled_plan())
    rows = cumulate_months(build_ledger(plan))
    assert (rows["month"].iloc[-1], rows["date"].iloc[0], rows["date"].iloc[-1]) == (81, "2009-10", "2016-06")
    assert rows["so_far_minor"].iloc[-1] == 820_000_000


@pytest.fixture(scope="module")
def home() -> Plan:
    return read_plan(find_bundled_plan())


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(2008, 2013), st.integers(-500, 10**6)), min_size=1, max_size=6))
def test_months_lose_no_cent(home: Plan, rows: list[tuple[int, int]]) -> None:
    entries = pd.DataFrame(
        {"project": "P01", "year": [year for year, _ in rows], "kind": "disbursement", "currency": "EUR",
         "amount_minor": [amount for _, amount in rows]}
    )  # fmt: skip
    given: Any = {("EUR", "disbursement"): (None, None)}
    months = cumulate_months(Ledger(entries, pd.DataFrame(), given, projects=home.projects))
    assert months["amount_minor"].sum() == sum(amount for _, amount in rows)
    assert months["month"].tolist() == list(range(1, len(months) + 1))
