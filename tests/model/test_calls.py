"""Public functions answer a wrong argument with an error that says what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from inspect import isfunction, signature
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely

import geoplan as gp
from geoplan.model.calls import check_call

from ..conftest import TOY, WritePlan

Call = Callable[[gp.Plan, gp.Ledger], Any]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda plan, ledger: gp.summarize(plan), "summarize: ledger must be a Ledger, not Plan: build it with"),
        (lambda plan, ledger: gp.explain_amount(ledger, plan), "explain_amount: plan must be a Plan, not Ledger"),
        (lambda plan, ledger: gp.measure_equity(plan), "measure_equity: ledger must be a Ledger"),
        (lambda plan, ledger: gp.compare(ledger, plan), "compare: other must be a Ledger, not Plan"),
        (lambda plan, ledger: gp.build_ledger("plan"), "build_ledger: plan must be a Plan, not 'plan'"),
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


FUNCTIONS = [name for name in gp.__all__ if isfunction(getattr(gp, name))]
NAMES = {
    "plan": "plan", "ledger": "ledger", "one": "ledger", "other": "ledger", "districts": "districts", "old": "districts",
    "new": "districts", "locations": "locations", "demand": "locations", "candidates": "locations", "sums": "sums",
    "needs": "needs", "currency": "EUR", "budget": 1000, "ceilings": {2030: 5}, "base": 2010, "vintage": "2009",
    "reach": 5.0, "across": "year", "by": "component", "target": "x.csv", "folder": "x",
}  # fmt: skip
"""What is right for an argument, by its name; a word stands for the table of that name."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("plan")
    for file, text in TOY.items():
        (folder / file).write_text(text, encoding="utf-8")
    plan = gp.read_plan(folder)
    ledger = gp.build_ledger(plan)
    needs = gp.describe_needs(ledger, currency="EUR")
    return {
        "plan": plan, "ledger": ledger, "sums": gp.summarize(ledger), "needs": needs, "locations": plan.locations,
        "districts": plan.districts, "equity": gp.measure_equity(ledger),
        "allocation": gp.allocate(needs, 1000, rule="equal", currency="EUR"),
        "phasing": gp.phase(ledger, {2030: 5}, currency="EUR"),
    }  # fmt: skip


def by_hand(value: Any) -> Any:
    """Return an argument as somebody makes it by hand: without a column, or with an empty table."""
    if isinstance(value, gp.Plan):
        return replace(value, spending=pd.DataFrame(), districts=pd.DataFrame(value.districts))
    if isinstance(value, gp.Ledger):
        return replace(value, entries=pd.DataFrame({"amount": [1.5]}))
    return value.iloc[:0, 1:] if isinstance(value, pd.DataFrame) else object()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_wrong_call_is_an_error_with_the_way_out(
    name: str, tables: dict[str, Any], tmp_path: Path
) -> None:
    function = getattr(gp, name)
    parameters = signature(function).parameters
    right = {
        key: tables.get(str(NAMES.get(key, key)), NAMES.get(key))
        for key, parameter in parameters.items()
        if parameter.default is parameter.empty
    }
    wrong = [{**right, "no_such_option": 1}]
    for key in parameters:
        wrong += [
            {**right, key: value} for value in (object(), float("nan"), {"no": "table"}, pd.DataFrame())
        ]
    for key, given in right.items():
        others = {name: value for name, value in right.items() if name != key}
        wrong += [others, {**right, key: by_hand(given)}]
        wrong += [{**right, key: value, name: given} for name, value in others.items()]
    with contextlib.chdir(tmp_path):
        for call in wrong:
            with contextlib.suppress(gp.GeoplanError):
                function(**call)
    with pytest.raises(gp.UsageError, match="its arguments are"):
        function(no_such_option=1)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda found: gp.bound_amounts(found["ledger"], spread=3), "spread must be a string, not '3'"),
        (lambda found: gp.summarize(found["ledger"], ["year", 5]), "by must be a string or a list, each a string, not list with '5'"),
        (lambda found: gp.make_plan(districts=found["districts"], sources=["iati:a.xml"]), "sources must be a list, each an Origin, not list with 'iati:a.xml'"),
        (lambda found: gp.phase(found["ledger"], {"soon": 5}, currency="EUR"), "ceilings must be a dict, each from a whole number to a number"),
        (lambda found: gp.describe_equity(found["ledger"]), "equity must be an Equity, not Ledger: make it with measure_equity"),
        (lambda found: gp.check_coverage(found["districts"], sliver_width=float("nan")), "sliver_width must be a number, not"),
        (lambda found: gp.deflate_plan(found["plan"], True), "base must be a whole number, not 'True'"),
        (lambda found: gp.make_plan(districts=None), "districts must be a file or a DataFrame, not NoneType"),
        (lambda found: gp.check_coverage(gpd.GeoDataFrame()), "districts: the layer has no active geometry"),
        (lambda found: gp.compare_projects(found["ledger"], replace(found["ledger"], entries=pd.DataFrame())), "no column 'project'"),
        (lambda found: gp.build_ledger(replace(found["plan"], spending=None)), "plan: spending must be a table, not NoneType"),
        (lambda found: gp.build_ledger(replace(found["plan"], districts=found["districts"].assign(district="A"))), "districts: more than one row for district 'A'"),
    ],
)  # fmt: skip
def test_the_way_out_names_the_argument(
    call: Callable[[Any], Any], said: str, tables: dict[str, Any]
) -> None:
    with pytest.raises(gp.GeoplanError) as caught:
        call(tables)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ZeroDivisionError("x"), gp.UsageError),
        (pd.errors.InvalidIndexError("x"), gp.UsageError),
        (shapely.errors.GEOSException("x"), gp.UsageError),
        (pyproj.exceptions.CRSError("x"), gp.UsageError),
        (MemoryError("x"), MemoryError),
        (OSError("x"), OSError),
    ],
)
def test_an_error_of_hand_made_tables_is_told_from_one_of_the_machine(
    error: Exception, expected: type[Exception]
) -> None:
    @check_call
    def measure(sums: pd.DataFrame) -> None:
        raise error

    with pytest.raises(expected):
        measure(pd.DataFrame())


def test_functions_keep_their_names_and_are_the_same_each_time() -> None:
    assert gp.summarize is gp.summarize and gp.summarize.__name__ == "summarize"
    assert gp.summarize.__doc__ == gp.summarize.__wrapped__.__doc__  # type: ignore[attr-defined]
