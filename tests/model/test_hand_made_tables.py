"""A table of a plan or ledger that was changed by hand is checked before any public function uses it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from inspect import isfunction, signature
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import geoplan as gp
from geoplan.model.hand_made_tables import find_ledger_faults, find_plan_faults
from geoplan.model.schema import ENTRY_COLUMNS, TABLES

from ..conftest import TOY

CHANGES: dict[str, Any] = {
    "objects": lambda cells: pd.Series([["x"]] * len(cells), cells.index, dtype=object),
    "far out": lambda cells: np.full(len(cells), -7.5),
    "no cell": lambda cells: cells.astype(object).where(np.arange(len(cells)) > 0, None),
    "missing": lambda cells: np.full(len(cells), np.nan),
}
ANY_NUMBER = {"lon", "lat", "population", "poor", "poverty_rate", "villages"}
"""Columns of numbers whose size is checked elsewhere, or not used after reading."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> gp.Plan:
    folder = tmp_path_factory.mktemp("plan")
    for file, text in TOY.items():
        (folder / file).write_text(text, encoding="utf-8")
    return gp.read_plan(folder)


@pytest.fixture(scope="module")
def ledger(plan: gp.Plan) -> gp.Ledger:
    return gp.build_ledger(plan)


def broken(frame: pd.DataFrame, column: str, needed: bool) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each change of a column that is an error: of any column its type, of one that is needed also its absence."""
    for change, make in CHANGES.items():
        if needed or change == "objects" or (change == "far out" and column not in ANY_NUMBER):
            yield change, frame.assign(**{column: make(frame[column])})
    if needed:
        yield "no column", frame.drop(columns=column)


def test_what_was_read_has_no_fault(plan: gp.Plan, ledger: gp.Ledger) -> None:
    assert find_plan_faults(plan) == find_ledger_faults(ledger) == []
    home = gp.read_plan(gp.find_bundled_plan())
    assert find_plan_faults(home) == find_ledger_faults(gp.build_ledger(home)) == []


@pytest.mark.parametrize("table", TABLES)
def test_every_broken_column_of_a_plan_is_named(table: str, plan: gp.Plan) -> None:
    contract, frame = TABLES[table], getattr(plan, table)
    for column in contract.columns:
        name = "amount_minor" if column.name == "amount" else column.name
        if name not in frame or column.kind == "geometry":
            continue
        needed = column.required or column.name in contract.key
        for change, given in broken(frame, name, needed):
            faults = find_plan_faults(replace(plan, **{table: given}))
            assert any(table in fault and f"'{name}'" in fault for fault in faults), (name, change, faults)


@pytest.mark.parametrize("name", ENTRY_COLUMNS)
def test_every_broken_column_of_entries_is_named(name: str, ledger: gp.Ledger) -> None:
    for change, given in broken(ledger.entries, name, name != "district"):
        faults = find_ledger_faults(replace(ledger, entries=given))
        assert any(f"'{name}'" in fault for fault in faults), (change, faults)


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("spending", {"kind": "planned"}, "spending, column 'kind': not among budget, commitment"),
        ("spending", {"currency": "EURO"}, "'EURO' is no currency: use an ISO 4217 code"),
        ("spending", {"project": "Z"}, "spending, column 'project': not among the projects: 'Z'"),
        ("spending", {"location": "9"}, "spending, column 'location': not among the locations: 'P 9', 'Q 9', 'R 9'"),
        ("spending", {"amount_minor": 1.5}, "needs whole minor units, such as cents"),
        ("spending", {"year": 12345}, "spending, column 'year': not a whole number from 1 to 9999"),
        ("locations", {"location": "1"}, "locations: more than one row for project and location 'P 1'"),
        ("locations", {"precision": 10}, "locations, column 'precision': not a whole number from 1 to 9: '10.0'"),
        ("locations", {"share": 1.5}, "locations, column 'share': not from 0 to 1: '1.5'"),
        ("projects", {"project": "P"}, "projects: more than one row for project 'P'"),
        ("profile", {"district": "Z"}, "profile: more than one row for district and year"),
        ("districts", {"district": 5}, "districts, column 'district': needs strings, not '5'"),
    ],
)  # fmt: skip
def test_wrong_values_are_named(table: str, change: dict[str, Any], said: str, plan: gp.Plan) -> None:
    with pytest.raises(gp.UsageError) as caught:
        gp.build_ledger(replace(plan, **{table: getattr(plan, table).assign(**change)}))
    assert said in str(caught.value)
    assert "read plans with read_plan" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"currency": "USD"}, "not in its given sums: 'USD budget'"),
        ({"place": "somewhere"}, "not among district, province-wide"),
        ({"district": "Z"}, "not in its districts: 'Z'"),
        ({"district": "A"}, "must have a district exactly where their place is 'district'"),
    ],
)
def test_entries_fit_their_ledger(change: dict[str, Any], said: str, ledger: gp.Ledger) -> None:
    with pytest.raises(gp.UsageError) as caught:
        gp.summarize(replace(ledger, entries=ledger.entries.assign(**change)))
    assert said in str(caught.value)


def test_shapes_are_in_degrees(plan: gp.Plan) -> None:
    metres = replace(plan, locations=plan.locations.to_crs(3857))
    with pytest.raises(gp.UsageError, match="convert with to_crs"):
        gp.build_ledger(metres)
    with pytest.raises(gp.UsageError, match="shapes of a GeoDataFrame"):
        gp.build_ledger(replace(plan, districts=pd.DataFrame(plan.districts).astype({"geometry": object})))
    with pytest.raises(gp.UsageError, match="no column 'geometry'"):
        gp.build_ledger(replace(plan, locations=pd.DataFrame(plan.locations).drop(columns="geometry")))


def test_tables_that_are_arguments_are_checked_too(plan: gp.Plan, ledger: gp.Ledger) -> None:
    with pytest.raises(gp.UsageError, match="place_locations: locations: locations, column 'precision'"):
        gp.place_locations(plan.locations.assign(precision="x"), plan.districts)
    with pytest.raises(gp.UsageError, match="add_rates: sums: sums, column 'amount_minor'"):
        gp.add_rates(gp.summarize(ledger).assign(amount_minor=0.5), ledger)


FUNCTIONS = [name for name in gp.__all__ if isfunction(getattr(gp, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_refuses_broken_tables(name: str, plan: gp.Plan, ledger: gp.Ledger) -> None:
    """Found by themselves: the functions, and their arguments that are plans or ledgers."""
    function = getattr(gp, name)
    wrong = {
        "Plan": [replace(plan, spending=plan.spending.assign(amount_minor=1.5)),
                 replace(plan, locations=plan.locations.assign(share=-7.0))],
        "Ledger": [replace(ledger, entries=ledger.entries.assign(amount_minor=np.nan))],
    }  # fmt: skip
    tables = {
        "Plan": plan,
        "Ledger": ledger,
        "DataFrame": gp.summarize(ledger),
        "GeoDataFrame": gpd.GeoDataFrame(),
    }
    parameters = {
        key: str(parameter.annotation).rpartition(".")[2]
        for key, parameter in signature(function).parameters.items()
        if parameter.default is parameter.empty
    }
    fill = {
        key: tables.get(kind, {2030: 5} if kind.startswith("Mapping") else "x")
        for key, kind in parameters.items()
    }
    for key, kind in parameters.items():
        for given in wrong.get(kind, []):
            with pytest.raises(gp.GeoplanError) as caught, contextlib.redirect_stdout(None):
                function(**{**fill, key: given})
            told = str(caught.value)
            assert "column" in told or " must be " in told, told
