"""Public functions answer a wrong argument with an error that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import geoplan as gp

from ..conftest import WritePlan

Call = Callable[[gp.Plan, gp.Ledger], Any]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda plan, ledger: gp.summarize(plan), "summarize: ledger must be a Ledger, not Plan: build it with"),
        (lambda plan, ledger: gp.explain_amount(ledger, plan), "explain_amount: plan must be a Plan, not Ledger"),
        (lambda plan, ledger: gp.measure_equity(plan), "measure_equity: ledger must be a Ledger"),
        (lambda plan, ledger: gp.compare(ledger, plan), "compare: other must be a Ledger, not Plan"),
        (lambda plan, ledger: gp.build_ledger("plan"), "build_ledger: plan must be a Plan, not str"),
        (lambda plan, ledger: gp.add_rates(ledger, ledger), "add_rates: sums must be a DataFrame"),
        (lambda plan, ledger: gp.describe_needs(ledger, currency="EURO"), None),
        (lambda plan, ledger: gp.allocate(pd.DataFrame({"district": ["A"]}), 5, currency="EURO"), "'EURO' is no currency"),
        (lambda plan, ledger: gp.add_rates(gp.summarize(ledger).drop(columns="currency"), ledger), "no column 'currency'"),
        (lambda plan, ledger: gp.build_ledger(replace(plan, spending=plan.spending.drop(columns="rounding"))),
         "build_ledger: a table has no column 'rounding'"),
        (lambda plan, ledger: gp.build_ledger(replace(plan, spending=plan.spending.assign(currency="EURO"))),
         "'EURO' is no currency"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_usage_errors(call: Call, said: str | None, write_plan: WritePlan) -> None:
    plan = gp.read_plan(write_plan())
    ledger = gp.build_ledger(plan)
    if said is None:
        call(plan, ledger)  # needs of a currency without money are districts that received nothing
        return
    with pytest.raises(gp.UsageError) as caught:
        call(plan, ledger)
    assert said in str(caught.value)


def test_functions_keep_their_names_and_are_the_same_each_time() -> None:
    assert gp.summarize is gp.summarize and gp.summarize.__name__ == "summarize"
    assert gp.summarize.__doc__ == gp.summarize.__wrapped__.__doc__  # type: ignore[attr-defined]
