"""Plan periods: read, labelled, and grouped by."""

from __future__ import annotations

import pytest

from geoplan.ledger.bounds import bound_amounts
from geoplan.ledger.entries import build_ledger
from geoplan.ledger.summary import summarize, summarize_buckets
from geoplan.model.errors import InputError, UsageError
from geoplan.model.periods import label_years, order_period, read_periods
from geoplan.plan.plan_tables import read_plan

from ..conftest import TOML, WritePlan


def test_years_before_between_and_after() -> None:
    labels = label_years([2009, 2010, 2011, 2013, 2015, 2016], read_periods(["2014-2015", "2010 – 2011"]))
    assert labels == {
        2009: "before 2010",
        2010: "2010–2011",
        2011: "2010–2011",
        2013: "2012–2013",
        2015: "2014–2015",
        2016: "after 2015",
    }
    assert sorted(set(labels.values()), key=order_period) == list(dict.fromkeys(labels.values()))


@pytest.mark.parametrize("text", ["2011", "2015-2011", "2011-15", "", "abcd-efgh"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UsageError, match="2011-2015"):
        read_periods([text])


def test_periods_do_not_overlap() -> None:
    with pytest.raises(UsageError, match="overlap in 2015"):
        read_periods(["2011-2015", "2015-2020"])


def test_money_by_period(write_plan: WritePlan) -> None:
    toml = TOML.replace("[districts]", 'periods = ["2011-2011"]\n[districts]', 1)
    ledger = build_ledger(read_plan(write_plan(toml=toml)))
    rows = summarize(ledger, ["period"])
    assert dict(zip(rows["period"], rows["amount_minor"], strict=True)) == {
        "before 2011": 10000,
        "2011–2011": 5000,
        "after 2011": 701,
    }
    assert rows["period"].tolist() == ["before 2011", "2011–2011", "after 2011"]
    inside = summarize(ledger, ["district", "period"])
    outside = summarize_buckets(ledger, ["district", "period"])
    assert inside["amount_minor"].sum() + outside["amount_minor"].sum() == 15701
    bounds = bound_amounts(ledger, ["district", "period"])
    of_a = bounds[(bounds["district"] == "A") & (bounds["period"] == "2011–2011")]
    assert of_a[["certain_minor", "at_most_minor"]].to_numpy().tolist() == [[0, 5000]]


def test_without_periods_there_is_nothing_to_group_by(write_plan: WritePlan) -> None:
    with pytest.raises(UsageError, match="set them in the plan file"):
        summarize(build_ledger(read_plan(write_plan())), "period")


@pytest.mark.parametrize("periods", ['"2011-2015"', "[2011]", '["2011-2015", "2012-2013"]', '["soon"]'])
def test_periods_in_the_plan_that_do_not_hold(write_plan: WritePlan, periods: str) -> None:
    toml = TOML.replace("[districts]", f"periods = {periods}\n[districts]", 1)
    with pytest.raises(InputError, match=r"\[plan\]"):
        read_plan(write_plan(toml=toml))
