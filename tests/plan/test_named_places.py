"""Amounts that name a location of their project in a column of their own."""

from __future__ import annotations

import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.plan.plan_tables import Plan, read_plan

from ..conftest import TOML, WritePlan

PLACES = "project,name,district\nP,Village one,A\nP,Village two,B\nP,Village three,C\nQ,,A\n"
CONSTANT = '[spending.constant]\nkind = "budget"\ncurrency = "EUR"\nyear = 2010\n'


def placed(plan: Plan) -> dict[str, int]:
    entries = build_ledger(plan).entries
    sums = entries.groupby("district")["amount_minor"].sum()
    return {str(code): int(minor) for code, minor in sums.items()}


@pytest.mark.parametrize("header", ["district", "Ville", "site"])
@pytest.mark.parametrize(
    "cells",
    [("C", "A", "B"), ("Gamma", "Alfa", "beta district"), ("village three", "Village One", "Village two")],
)
def test_each_amount_goes_where_its_row_says(
    header: str, cells: tuple[str, ...], write_plan: WritePlan
) -> None:
    rows = [f"P,{amount},{cell}" for amount, cell in zip((900, 50, 40), cells, strict=True)]
    spending = "\n".join([f"project,amount,{header}", *rows, "Q,7,"])
    plan = read_plan(write_plan(toml=TOML + CONSTANT, locations=PLACES, spending=spending))
    assert placed(plan) == {"A": 5_700, "B": 4_000, "C": 90_000}
    assert any(f"that its row names in column '{header}'" in note for note in plan.remarks)
    (account,) = [account for account in plan.accounts if account.table == "spending"]
    assert account.columns[header] == "location, by its name"


def test_amounts_of_other_places_are_spread_and_named(write_plan: WritePlan) -> None:
    spending = "project,amount,place\nP,90,A\nP,60,B\nP,30,Q\nP,3,\n"
    plan = read_plan(write_plan(toml=TOML + CONSTANT, locations=PLACES, spending=spending))
    assert placed(plan) == {"A": 9_000 + 1_000 + 100, "B": 6_000 + 1_000 + 100, "C": 1_000 + 100}
    assert any("rows 4: column 'place' names places that are no location" in note for note in plan.remarks)


@pytest.mark.parametrize("cells", [("X", "Y", "Z"), ("A", "A", "A"), ("A", "Y", "Z")])
def test_a_column_of_other_words_says_nothing(cells: tuple[str, ...], write_plan: WritePlan) -> None:
    spending = "\n".join(["project,amount,contractor", *(f"P,30,{cell}" for cell in cells)])
    plan = read_plan(write_plan(toml=TOML + CONSTANT, locations=PLACES, spending=spending))
    assert placed(plan) == {"A": 3_000, "B": 3_000, "C": 3_000}
