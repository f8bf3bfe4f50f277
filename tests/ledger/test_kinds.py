"""Kinds of money are never added up, in whatever table: each has its own rows, as each currency has."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

import geoplan as gp
from geoplan.cli.money_commands import explain, summary
from geoplan.ledger.summary import add_counts, summarize_buckets
from geoplan.model.schema import GROUPINGS
from geoplan.outputs.exports.written_tables import written_tables
from geoplan.outputs.text_tables import reconciliation_lines

from ..conftest import WritePlan

# P01 is planned with 300 and paid with 120, both in Alpha; 40 more are planned province-wide. No sum of two
# kinds is one of these figures.
SPENDING = """project,year,kind,currency,amount
P01,2016,budget,EUR,300
P01,2016,disbursement,EUR,120
P02,2017,budget,EUR,40
"""
LOCATIONS = """project,location,district,precision
P01,1,A,
P02,1,,5
"""
PROJECTS = "project,title\nP01,One\nP02,Two\n"
BY_KIND = {"budget": 34_000, "disbursement": 12_000}


@pytest.fixture
def folder(write_plan: WritePlan) -> Path:
    return write_plan(spending=SPENDING, locations=LOCATIONS, projects=PROJECTS)


@pytest.fixture
def plan(folder: Path) -> gp.Plan:
    return gp.read_plan(folder)


@pytest.fixture
def ledger(plan: gp.Plan) -> gp.Ledger:
    return gp.build_ledger(plan)


@pytest.mark.parametrize("by", [name for name in GROUPINGS if name != "period"])
def test_every_summary_tells_kinds_apart(by: str, ledger: gp.Ledger) -> None:
    rows = gp.summarize(ledger, by)
    in_districts = by in ("district", "poverty_class", "province")
    buckets = summarize_buckets(ledger, by) if in_districts else rows.iloc[:0]
    found = pd.concat([rows, buckets]).groupby("kind")["amount_minor"].sum().to_dict()
    assert found == BY_KIND
    assert set(rows["kind"]) == {"budget", "disbursement"}


def test_one_kind_needs_no_column(plan: gp.Plan) -> None:
    ledger = gp.build_ledger(plan.only("budget"))
    assert "kind" not in gp.summarize(ledger) and "kind" not in gp.bound_amounts(ledger)


def test_bounds_are_of_one_kind(ledger: gp.Ledger) -> None:
    rows = gp.bound_amounts(ledger).set_index(["kind", "district"])
    assert rows.loc[("budget", "A"), ["certain", "at_most"]].tolist() == [300, 340]
    assert rows.loc[("disbursement", "A"), ["certain", "at_most"]].tolist() == [120, 120]


def test_shares_and_counts_are_of_one_kind(ledger: gp.Ledger) -> None:
    sums = gp.summarize(ledger)
    rows = add_counts(gp.add_rates(sums, ledger), ledger).set_index(["kind", "district"])
    assert rows.loc[("budget", "A"), ["share", "projects", "amounts"]].tolist() == [1, 1, 1]
    assert rows.loc[("budget", "A"), "share_of_all"] == pytest.approx(300 / 340)
    assert rows.loc[("disbursement", "A"), ["share", "share_of_all"]].tolist() == [1, 1]


def test_crosstabs_have_a_row_per_kind_or_no_total(ledger: gp.Ledger) -> None:
    rows = gp.cross_amounts(ledger, "project", "year").set_index(["kind", "project"])
    assert rows["total"].map(str).to_dict() == {
        ("budget", "P01"): "300.00", ("budget", "P02"): "40.00", ("disbursement", "P01"): "120.00",
    }  # fmt: skip
    assert "total" not in gp.cross_amounts(ledger, "project", "kind")


def test_money_in_is_reconciled_by_kind(ledger: gp.Ledger) -> None:
    assert [(row.kind, row.input_total, row.difference) for row in gp.reconcile(ledger)] == [
        ("budget", Decimal("340.00"), 0),
        ("disbursement", Decimal("120.00"), 0),
    ]
    first, second = reconciliation_lines(ledger)
    assert first.startswith("EUR 340.00 of budget given = 300.00 in districts + 40.00 country-wide")
    assert second.startswith("EUR 120.00 of disbursement given")


def test_comparisons_have_a_row_per_kind(plan: gp.Plan, ledger: gp.Ledger) -> None:
    rows = gp.compare(gp.build_ledger(plan.only("budget")), ledger, "project").set_index(["kind", "project"])
    assert rows["change"].to_dict() == {
        ("budget", "P01"): 0, ("budget", "P02"): 0, ("disbursement", "P01"): 120,
    }  # fmt: skip
    projects = gp.compare_projects(ledger, ledger)
    assert projects[["project", "kind", "one"]].to_numpy().tolist() == [
        ["P01", "budget", 300.0], ["P01", "disbursement", 120.0], ["P02", "budget", 40.0],
    ]  # fmt: skip


def test_exports_have_columns_per_kind(plan: gp.Plan, ledger: gp.Ledger) -> None:
    tables = written_tables(plan, ledger, only=("districts", "locations"))
    first = tables["districts"].iloc[0]
    assert (first["amount_budget_eur"], first["amount_disbursement_eur"]) == (300, 120)
    assert first["at_most_budget_eur"] == 340 and "amount_eur" not in tables["districts"]
    assert tables["locations"]["amount_budget_eur"].tolist() == [300, 40]
    assert tables["locations"]["amount_disbursement_eur"].iloc[0] == 120


@pytest.mark.parametrize("options", [[], ["--by", "funder"], ["--across", "year"], ["--format", "json"], ["--rates"],
                                     ["--format", "md"], ["--format", "csv", "--counts"]])  # fmt: skip
def test_commands_never_print_a_sum_of_kinds(options: list[str], folder: Path) -> None:
    from click.testing import CliRunner

    done = CliRunner().invoke(summary, [str(folder), *options], catch_exceptions=False)
    # 420 and 460 are budget and disbursement added up, in district A and in all.
    assert "420.00" not in done.output and "460.00" not in done.output and "120.00" in done.output
    assert "460.00" not in CliRunner().invoke(explain, [str(folder)], catch_exceptions=False).output
