"""Invalid figures in measures: a clear error, or a stated exclusion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

from geoplan.analysis.equity import compare_classes, describe_equity, measure_equity
from geoplan.analysis.gaps import rank_gaps
from geoplan.analysis.rates import add_rates
from geoplan.cli import measure_commands, money_commands
from geoplan.ledger.entries import build_ledger
from geoplan.ledger.summary import summarize
from geoplan.model.errors import InputError
from geoplan.plan.plan_tables import read_plan

from ..conftest import DISTRICTS, LOCATIONS, PROFILE, SPENDING, TOML, WritePlan


def said(command: click.Command, *arguments: object) -> str:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert done.exception is None, done.exception
    return done.stdout


# --- a population of zero -------------------------------------------------------------------


def test_a_population_of_zero_is_left_out_and_said(write_plan: WritePlan) -> None:
    folder = write_plan(profile=PROFILE.replace("C,2010,,,", "C,2010,0,0,"))
    assert "Gamma (population 0)" in said(measure_commands.equity, folder)
    assert "per person missing, not 0: 1 of 3 rows" in said(money_commands.summary, folder, "--rates")
    ledger = build_ledger(read_plan(folder))
    assert np.isnan(add_rates(summarize(ledger), ledger)["per_person"].iloc[2])


# --- rates given as per cent ----------------------------------------------------------------


@pytest.mark.parametrize("value", ["35", "35.0", "1.01", "-0.1"])
def test_rates_in_per_cent_are_recognised_and_named(write_plan: WritePlan, value: str) -> None:
    with pytest.raises(InputError) as caught:
        read_plan(write_plan(profile=PROFILE.replace("0.10", value)))
    (problem,) = caught.value.problems
    assert (problem.source, problem.column, problem.rows) == ("profile.csv", "poverty_rate", (2,))
    assert value in str(problem) and "0.35 for 35 %" in str(problem)


# --- a profile of another vintage -----------------------------------------------------------

OLD = DISTRICTS.replace("A,Alpha", "OA,Alpha").replace("B,Beta", "OB,Beta").replace("C,Gamma", "OC,Gamma")
OLD_PROFILE = PROFILE.replace("\nA,", "\nOA,").replace("\nB,", "\nOB,").replace("\nC,", "\nOC,")


def test_a_profile_of_a_vintage_of_the_plan_is_named(write_plan: WritePlan) -> None:
    folder = write_plan(profile=OLD_PROFILE, toml=TOML + '[vintages.2005.districts]\nfile = "old.csv"\n')
    (folder / "old.csv").write_text(OLD, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(folder)
    (problem,) = caught.value.problems
    assert problem.rows == (2, 3, 4) and "[vintages.2005.profile]" in problem.way_out
    assert "use the vintage 2005" in problem.way_out
    (folder / "profile.csv").write_text(PROFILE, encoding="utf-8")
    (folder / "old_profile.csv").write_text(OLD_PROFILE, encoding="utf-8")
    toml = (folder / "geoplan.toml").read_text(encoding="utf-8")
    (folder / "geoplan.toml").write_text(
        toml + '[vintages.2005.profile]\nfile = "old_profile.csv"\n', encoding="utf-8"
    )
    assert "Beta" in said(money_commands.summary, folder, "--vintage", "2005", "--rates")


def test_a_profile_of_unknown_districts_is_offered_the_crosswalk(write_plan: WritePlan) -> None:
    with pytest.raises(InputError, match="geoplan crosswalk OLD NEW"):
        read_plan(write_plan(profile=OLD_PROFILE))
    with pytest.raises(InputError, match="correct the code or name"):
        read_plan(write_plan(profile=PROFILE.replace("\nC,", "\nX,")))


# --- a district missing from the profile ----------------------------------------------------


def test_a_district_without_a_row_is_left_out_and_said(write_plan: WritePlan) -> None:
    folder = write_plan(profile=PROFILE.replace("C,2010,,,,very poor\n", ""))
    printed = said(measure_commands.equity, folder)
    assert "Left out: Gamma (population missing), with EUR 0." in printed
    assert "districts without a poverty class are counted as one class: 1" in printed
    assert "Left out of the ranking: Gamma (number of poor persons missing)." in said(
        measure_commands.gaps, folder
    )
    assert "per poor person missing, not 0: 1 of 3 rows" in said(money_commands.summary, folder, "--rates")
    answer = json.loads(said(money_commands.summary, folder, "--rates", "--format", "json"))
    assert answer["rows"][2]["per_person"] is None and answer["missing"]["per_person"] == 1


# --- negative totals in a group -------------------------------------------------------------


@pytest.fixture
def refunded(write_plan: WritePlan) -> Path:
    """Return a plan in which Alpha, alone in its class, gave back more than it got."""
    spending = SPENDING.replace("budget", "disbursement") + "P,roads,X,2010,disbursement,EUR,-130.00\n"
    spending += "R,office,Y,2010,disbursement,EUR,50.00\n"
    lines: Any = LOCATIONS.replace(
        "P,2,two,1,POINT (1.5 0.5)\nP,3,three,1,POINT (9 9)\n", "R,1,two,1,POINT (1.5 0.5)\n"
    )
    return write_plan(spending=spending, locations=lines)


def test_a_negative_total_is_left_out_and_said(refunded: Path) -> None:
    ledger = build_ledger(read_plan(refunded))
    left_out = describe_equity(measure_equity(ledger, spread="none")).measures["left_out"]
    assert left_out.str.contains(r"Alpha \(total below 0\)").any()
    classes = compare_classes(ledger, spread="none").query("reading == 'certain'").set_index("poverty_class")
    assert classes.loc["more developed", "left_out"] == "total below 0"
    assert np.isnan(classes.loc["more developed", "spending_share"])
    assert classes.loc["very poor", "spending_share"] == 1 and classes.loc["very poor", "left_out"] == ""
    ranked = rank_gaps(ledger, spread="none").set_index("district")
    assert ranked.loc["A", "left_out"] == "total below 0" and np.isnan(ranked.loc["A", "gap"])
    printed = said(measure_commands.gaps, refunded)
    assert "Left out of the ranking: Alpha (total below 0)." in printed
    assert "total below 0" in said(measure_commands.coordination, refunded) or "below zero" in said(
        measure_commands.coordination, refunded
    )


def test_shares_of_a_negative_total_are_missing(write_plan: WritePlan) -> None:
    spending = "project,component,funder,year,kind,currency,amount\nP,roads,X,2010,disbursement,EUR,-3.00\n"
    answer = json.loads(
        said(money_commands.summary, write_plan(spending=spending), "--rates", "--format", "json")
    )
    assert answer["missing"]["share"] == 3 and answer["rows"][0]["share"] is None
