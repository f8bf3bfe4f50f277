"""Crossed summaries: rows by columns, by hand and against the plain sums."""

from __future__ import annotations

from decimal import Decimal

import pytest

from geoplan.ledger.crosstab import TOTAL, count_cells, cross_amounts
from geoplan.ledger.entries import Ledger, build_ledger, reconcile
from geoplan.model.errors import UsageError
from geoplan.model.schema import GROUPINGS
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from ..conftest import SPENDING, WritePlan

FREE = [name for name in GROUPINGS if name != "period"]


@pytest.fixture(scope="module")
def home() -> Ledger:
    return build_ledger(read_plan(find_bundled_plan()))


def test_districts_by_year_by_hand(write_plan: WritePlan) -> None:
    table = cross_amounts(build_ledger(read_plan(write_plan())), "district", "year")
    assert list(table.columns) == ["district", "name", "place", "currency", "2010", "2011", "2012", TOTAL]
    assert table[["district", "place", "2010", "2011", "2012", TOTAL]].to_numpy().tolist() == [
        ["A", "district", Decimal("33.34"), None, None, Decimal("33.34")],
        ["B", "district", Decimal("33.33"), None, None, Decimal("33.33")],
        ["C", "district", None, None, None, Decimal("0.00")],
        ["", "province-wide", None, Decimal("50.00"), None, Decimal("50.00")],
        ["", "outside area", Decimal("33.33"), None, None, Decimal("33.33")],
        ["", "unlocated", None, None, Decimal("7.01"), Decimal("7.01")],
    ]
    assert count_cells(table) == (0, 13)


def test_a_recorded_zero_is_no_missing_cell(write_plan: WritePlan) -> None:
    spending = SPENDING + "P,roads,X,2011,budget,EUR,0.00\n"
    table = cross_amounts(build_ledger(read_plan(write_plan(spending=spending))), "component", "year")
    roads = table.set_index("component").loc["roads"]
    assert roads["2011"] == 0 and roads["2012"] is None
    assert count_cells(table) == (1, 5)


@pytest.mark.parametrize("across", FREE)
@pytest.mark.parametrize("by", FREE)
def test_every_crossing_holds_all_money(home: Ledger, by: str, across: str) -> None:
    if by == across:
        with pytest.raises(UsageError):
            cross_amounts(home, by, across)
        return
    table = cross_amounts(home, by, across)
    total = reconcile(home)[0].input_total
    assert table[TOTAL].sum() == total
    described = {by, "name", "place", "currency", TOTAL}
    assert sum(table[name].dropna().sum() for name in table if name not in described) == total


def test_districts_across_have_their_names_and_buckets(home: Ledger) -> None:
    table = cross_amounts(home, "component", "district")
    assert list(table.columns)[2:] == [
        "Paksan", "Thaphabath", "Pakkading", "Bolikhan", "Khamkeut", "Viengthong", "Xaychamphone",
        "province-wide", "unlocated", TOTAL,
    ]  # fmt: skip


def test_names_that_are_not_one_districts_alone_carry_the_code(write_plan: WritePlan) -> None:
    folder = write_plan()
    text = (folder / "districts.csv").read_text(encoding="utf-8").replace("Beta", "Alpha")
    (folder / "districts.csv").write_text(text.replace("Gamma", "total"), encoding="utf-8")
    table = cross_amounts(build_ledger(read_plan(folder)), "year", "district")
    assert {"Alpha (A)", "Alpha (B)", TOTAL} <= set(table.columns)
    assert table.columns.is_unique


def test_currencies_have_their_own_rows(write_plan: WritePlan) -> None:
    spending = SPENDING + "P,roads,X,2010,budget,JPY,300\n"
    table = cross_amounts(build_ledger(read_plan(write_plan(spending=spending))), "component", "year")
    assert table.groupby("currency")[TOTAL].sum().to_dict() == {"EUR": Decimal("157.01"), "JPY": Decimal(300)}
