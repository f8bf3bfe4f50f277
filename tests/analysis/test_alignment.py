"""Alignment: on plan, on budget, and what is not known, by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from geoplan.analysis.alignment import measure_alignment, states_alignment
from geoplan.cli.measure_commands import coordination
from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import InputError, UsageError
from geoplan.plan.plan_tables import Plan, read_plan

from ..conftest import PROJECTS, SPENDING, WritePlan

# P refers to a district plan and is on budget; Q to no plan and off budget; of R nothing is known.
ALIGNED = """project,title,start,end,plan_item,plan_level,on_budget
P,Road,2010-01-01,2012-12-31,DP-7,District,yes
Q,School,2010-01-01,2012-12-31,,none,no
R,Office,2010-01-01,2012-12-31,,,
"""


def plan_of(write_plan: WritePlan, projects: str = ALIGNED, spending: str = SPENDING) -> Plan:
    return read_plan(write_plan(projects=projects, spending=spending))


def test_by_funder_by_hand(write_plan: WritePlan) -> None:
    plan = plan_of(write_plan)
    rows = measure_alignment(build_ledger(plan)).set_index("funder")
    x, y = rows.loc["X"], rows.loc["Y"]
    assert (x["amount_minor"], x["on_plan_minor"], x["off_plan_minor"], x["plan_unknown_minor"]) == (
        10701,
        10000,
        0,
        701,
    )
    assert (x["on_plan_share"], x["on_budget_share"]) == (1, 1)
    assert x["plan_known_share"] == pytest.approx(100 / 107.01)
    assert (x["district_plan"], x["provincial_plan"], x["national_plan"]) == (100, 0, 0)
    assert (y["on_plan_share"], y["on_budget_share"], y["off_budget"], y["plan_known_share"]) == (0, 0, 50, 1)


def test_by_district_and_year(write_plan: WritePlan) -> None:
    plan = plan_of(write_plan)
    ledger = build_ledger(plan)
    districts = measure_alignment(ledger, "district")
    assert districts["on_plan_minor"].tolist() == [3334, 3333] and districts["name"].tolist() == [
        "Alpha",
        "Beta",
    ]
    years = measure_alignment(ledger, "year").set_index("year")
    assert years["on_plan_share"].tolist() == pytest.approx([1, 0, np.nan], nan_ok=True)
    total = years[["on_plan_minor", "off_plan_minor", "plan_unknown_minor"]].sum().sum()
    assert total == years["amount_minor"].sum() == 15701


def test_absent_stays_absent(write_plan: WritePlan) -> None:
    plan = plan_of(write_plan, PROJECTS)
    assert not states_alignment(build_ledger(plan))
    rows = measure_alignment(build_ledger(plan))
    assert (
        rows[["on_plan", "off_plan", "on_plan_share", "on_budget", "on_budget_share"]].isna().all(axis=None)
    )
    assert rows["amount_minor"].sum() == 15701
    only_budget = ALIGNED.replace(",DP-7,District", ",,").replace(",none", ",")
    plan = plan_of(write_plan, only_budget)
    rows = measure_alignment(build_ledger(plan))
    assert (
        states_alignment(build_ledger(plan))
        and rows["on_plan"].isna().all()
        and rows["on_budget"].tolist() == [100, 0]
    )


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("DP-7,District", "DP-7,village", "unknown plan level"),
        (",,none", ",X1,none", "plan_level is none but plan_item"),
        ("DP-7,District", ",provincial", "without plan_item"),
        (",yes", ",perhaps", "not readable as yes or no"),
    ],
)
def test_statements_that_do_not_hold(write_plan: WritePlan, was: str, becomes: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        plan_of(write_plan, ALIGNED.replace(was, becomes))


@pytest.mark.parametrize("word", ["Five-Year Plan", "national", "NSEDP"])
def test_other_words_for_levels(write_plan: WritePlan, word: str) -> None:
    plan = plan_of(write_plan, ALIGNED.replace("District", word))
    assert measure_alignment(build_ledger(plan))["national_plan"].tolist() == [100, 0]


def test_several_kinds_and_projects_are_refused(write_plan: WritePlan) -> None:
    plan = plan_of(write_plan, spending=SPENDING + "P,roads,X,2010,disbursement,EUR,80.00\n")
    with pytest.raises(UsageError, match="choose one kind"):
        measure_alignment(build_ledger(plan))
    plan = plan.only("budget")
    with pytest.raises(UsageError, match="cannot group alignment by project"):
        measure_alignment(build_ledger(plan), "project")


def test_the_command_shows_alignment_and_scheduled_against_disbursed(write_plan: WritePlan) -> None:
    folder = write_plan(projects=ALIGNED, spending=SPENDING + "P,roads,X,2010,disbursement,EUR,80.00\n")
    answer = json.loads(
        CliRunner().invoke(coordination, [str(folder), "--kind", "budget", "--format", "json"]).stdout
    )
    assert [row["on_plan_share"] for row in answer["alignment_by_funder"]] == [1, 0]
    assert {"alignment_by_district", "alignment_by_year"} <= answer.keys()
    x, y = answer["scheduled_against_disbursed"]
    assert x["scheduled (budget)"] == 107.01
    assert x["paid (disbursement)"] == 80 and y["paid (disbursement)"] is None
    plain = CliRunner().invoke(coordination, [str(write_plan())]).stdout
    assert "alignment is unknown" in plain and "scheduled against disbursed is unknown" in plain


def test_a_word_in_place_of_a_funder_is_not_a_funder_of_scheduled_money(write_plan: WritePlan) -> None:
    header, *_ = SPENDING.splitlines()
    rows = ["P,roads,X,2010,budget,EUR,1.00", "P,roads,Unspecified,2010,budget,EUR,2.00", "P,roads,,2010,budget,EUR,4.00",
            "P,roads,N/A,2010,disbursement,EUR,3.00"]  # fmt: skip
    folder = write_plan(projects=ALIGNED, spending="\n".join([header, *rows]) + "\n")
    answer = json.loads(
        CliRunner().invoke(coordination, [str(folder), "--kind", "budget", "--format", "json"]).stdout
    )
    found = {row["funder"]: row["scheduled (budget)"] for row in answer["scheduled_against_disbursed"]}
    assert found == {"X": 1, "not stated": 6}
    assert {row["funder"]: row["amount"] for row in answer["alignment_by_funder"]} == found
