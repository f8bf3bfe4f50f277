"""In every table an amount is a Decimal in currency units, and a name with _minor is a whole number of minor units."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

import geoplan as gp
from geoplan.model.schema import SPENDING as CONTRACT
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec

from ..conftest import WritePlan

SPENDING = """project,component,funder,year,kind,currency,amount
P,roads,X,2010,budget,KWD,0.005
P,roads,Y,2011,budget,KWD,140.1
Q,water,X,2011,budget,KWD,7
"""
TABLES: dict[str, Callable[[gp.Ledger], pd.DataFrame]] = {
    "summary": lambda ledger: gp.summarize(ledger, ["district", "year"]),
    "bounds": gp.bound_amounts,
    "comparison": lambda ledger: gp.compare(ledger, ledger, ["component"]),
    "projects": lambda ledger: gp.compare_projects(ledger, ledger),
    "funders": gp.cross_funders,
    "kinds": lambda ledger: gp.compare_kinds(ledger, "year"),
    "months": gp.cumulate_months,
    "alignment": gp.measure_alignment,
    "gaps": gp.rank_gaps,
    "written": gp.list_entries,
}
AMOUNTS = {"amount", "certain", "expected", "at_most", "one", "other", "change", "moved", "planned", "paid", "deviation",
           "so_far", "planned_so_far", "paid_so_far", "on_plan", "spending"}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_amounts_are_decimals_and_minor_units_say_so(name: str, write_plan: WritePlan) -> None:
    table = TABLES[name](gp.build_ledger(gp.read_plan(write_plan(spending=SPENDING))))
    found = [column for column in table if column in AMOUNTS]
    assert found
    for column in found:
        cells = [cell for cell in table[column] if not pd.isna(cell)]
        assert all(isinstance(cell, Decimal) and cell.as_tuple().exponent == -3 for cell in cells), column
        if f"{column}_minor" in table:
            assert [int(cell * 1000) for cell in cells] == table[f"{column}_minor"].dropna().tolist()


def test_entries_and_spending_have_minor_units_only(write_plan: WritePlan) -> None:
    plan = gp.read_plan(write_plan(spending=SPENDING))
    entries = gp.build_ledger(plan).entries
    assert plan.spending["amount_minor"].tolist() == [5, 140_100, 7_000]
    assert entries["amount_minor"].sum() == 147_105
    assert "amount" not in plan.spending and "amount" not in entries


def test_a_plan_by_hand_with_amounts_in_other_units_is_an_error(write_plan: WritePlan) -> None:
    plan = gp.read_plan(write_plan(spending=SPENDING))
    by_hand: Any = plan.spending.rename(columns={"amount_minor": "amount"})
    with pytest.raises(gp.UsageError, match=r"'amount_minor'.*whole minor units"):
        gp.build_ledger(
            gp.Plan(plan.title, plan.districts, plan.profile, plan.projects, plan.locations, by_hand)
        )


def test_a_header_with_the_name_of_a_column_of_geoplan_changes_no_amount(write_plan: WritePlan) -> None:
    folder = write_plan(
        spending="project,year,kind,currency,amount,amount_minor,rounding\nP,2010,budget,EUR,5,77,9\n"
    )
    found = read(FileSpec(folder / "spending.csv"), CONTRACT)
    assert found.frame[["amount_minor", "amount_minor_"]].to_numpy().tolist() == [[500, "77"]]
    assert any("'amount_minor' is not read: geoplan keeps this name" in remark for remark in found.remarks)
    (row,) = gp.reconcile(gp.build_ledger(gp.read_plan(folder)))
    assert (row.input_total, row.rounding) == (Decimal("5.00"), 0)
