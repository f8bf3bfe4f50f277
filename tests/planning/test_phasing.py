"""Phasing: under ceilings, the poorest first, nothing silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.cli import app
from geoplan.ledger.entries import build_ledger, reconcile
from geoplan.ledger.summary import summarize
from geoplan.model.errors import InputError, UsageError
from geoplan.outputs.exports.plan_folder import write_plan_folder
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan
from geoplan.planning import phase, schedule_plan
from geoplan.planning.phasing import UNMET, Phasing, _serve, read_ceilings

from ..conftest import TOY, WritePlan

pytestmark = pytest.mark.usefixtures("plans_read_once")

# Alpha, more developed, asks for 60; Beta and Gamma, very poor, for 30 and 90; Q, province-wide, for 50.
LOCATIONS = "project,location,name,precision,district\nP,1,a,3,A\nP,2,b,3,B\nP,3,c,3,C\nQ,1,North,4,\n"
SPENDING = (
    "project,location,component,funder,year,kind,currency,amount\n"
    "P,1,roads,X,2010,budget,EUR,60\nP,2,roads,X,2010,budget,EUR,30\nP,3,roads,X,2010,budget,EUR,90\n"
    "Q,1,schools,Y,2010,budget,EUR,50\n"
)


@pytest.fixture
def folder(write_plan: WritePlan) -> Path:
    return write_plan(locations=LOCATIONS, spending=SPENDING)


def phased(folder: Path, ceilings: dict[int, int | str], **options: object) -> tuple[Plan, Phasing]:
    plan = read_plan(folder)
    return plan, phase(build_ledger(plan), ceilings, currency="EUR", **options)  # type: ignore[arg-type]


def by_year(phasing: Phasing, *years: int) -> list[list[int]]:
    return (
        phasing.demands.set_index(["project", "location"])[[*map(str, years), "unmet"]]
        .astype(int)
        .to_numpy()
        .tolist()
    )


def test_the_poorest_first_by_hand(folder: Path) -> None:
    plan, found = phased(folder, {2011: 60, 2012: 100})
    # 2011: 60 over Beta and Gamma as 30 : 90. 2012: they get the 15 and 45 they lack, Alpha 40 of its 60.
    assert by_year(found, 2011, 2012) == [[0, 40, 20], [15, 15, 0], [45, 45, 0], [0, 0, 50]]
    assert found.classes == ("very poor", "more developed")
    assert found.unmet_minor == 7000
    for table in (found.demands, found.years):
        money = [name for name in table if name.endswith("_minor")]
        units = table[[name.removesuffix("_minor") for name in money]]
        after_it = [table.columns[table.columns.get_loc(name) + 1] for name in units]
        assert after_it == money
        assert (units * 100).astype(int).to_numpy().tolist() == table[money].to_numpy().tolist()
    after = build_ledger(schedule_plan(plan, found))
    assert [str(row.input_total) for row in reconcile(after)] == ["230.00"]
    assert summarize(after)["amount_minor"].tolist() == summarize(build_ledger(plan))["amount_minor"].tolist()
    unmet = after.entries[after.entries["funder"] == UNMET]
    assert (unmet["amount_minor"].sum(), set(unmet["year"]), set(unmet["place"])) == (
        7000,
        {2013},
        {"district", "province-wide"},
    )


def test_other_orders_starts_and_what_is_left_over(folder: Path) -> None:
    _, found = phased(folder, {2011: 60, 2012: 100}, priority=["more developed", "very poor"])
    assert by_year(found, 2011, 2012) == [[60, 0, 0], [0, 25, 5], [0, 75, 15], [0, 0, 50]]
    _, found = phased(folder, {2011: 115, 2012: 115}, priority=[])
    assert by_year(found, 2011, 2012) == [[30, 30, 0], [15, 15, 0], [45, 45, 0], [25, 25, 0]]
    _, found = phased(folder, {2011: 100, 2012: 100}, starts={"P": 2012})
    assert by_year(found, 2011, 2012) == [[0, 0, 60], [0, 25, 5], [0, 75, 15], [50, 0, 0]]
    assert found.years["unused_minor"].tolist() == [5000, 0]
    _, found = phased(folder, {2011: 100, 2012: 100}, starts={"P": 2012}, carry=True)
    assert by_year(found, 2011, 2012) == [[0, 30, 30], [0, 30, 0], [0, 90, 0], [50, 0, 0]]
    assert found.years["carried_minor"].tolist() == [0, 5000]


def test_the_home_case_keeps_every_cent_in_its_place(tmp_path: Path) -> None:
    plan = read_plan(find_bundled_plan())
    ledger = build_ledger(plan)
    found = phase(ledger, {2017: 3_000_000, 2018: "2000000.01"}, currency="EUR")
    after = schedule_plan(plan, found)
    keys = ["district", "component", "project"]
    write_plan_folder(after, tmp_path / "phased")
    for each in (after, read_plan(tmp_path / "phased")):
        again = build_ledger(each)
        sums = [
            summarize(one, keys).query("amount_minor != 0")["amount_minor"].tolist()
            for one in (ledger, again)
        ]
        assert sums[0] == sums[1]
        assert reconcile(again)[0].buckets == reconcile(ledger)[0].buckets
    assert found.years["planned_minor"].tolist() == [300_000_000, 200_000_001]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(-1, 3)), min_size=1, max_size=8), st.integers(0, 600)
)
def test_no_rank_is_served_while_one_before_it_lacks(demands: list[tuple[int, int]], room: int) -> None:
    left, rank = (np.array(column, dtype=np.int64) for column in zip(*demands, strict=True))
    given_ = _serve(left, rank, room)
    assert given_.sum() == min(room, left[rank >= 0].sum())
    assert ((given_ >= 0) & (given_ <= left)).all()
    assert not given_[rank < 0].any()
    for at in range(4):
        if (left - given_)[rank == at].any():
            assert not given_[rank > at].any()


def test_the_command_writes_tables_a_folder_and_a_map(folder: Path, tmp_path: Path) -> None:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, [str(each) for each in arguments])
        return done.exit_code, done.stdout, done.stderr.replace("\u202f", " ")

    ceilings = tmp_path / "ceilings.csv"
    ceilings.write_text("year,ceiling\n2011,60\n2012,100.00\n")
    code, out, err = run("phase", folder, "--ceilings", ceilings)
    assert code == 0, err
    assert "unmet" in out
    assert "Unmet demand: EUR 70.00, listed under 2013 with the funder 'unmet demand'" in err
    assert "EUR 230.00 given" in err
    for target in ("phased", "phased.html", "phased.xlsx", "phased.json"):
        code, _, err = run(
            "phase",
            folder,
            "--ceilings",
            "2011=60,2012=100",
            "--start",
            "P=2012",
            "--carry",
            "-o",
            tmp_path / target,
        )
        assert code == 0, err
    code, out, _ = run("summary", tmp_path / "phased", "--by", "funder,year", "--format", "csv")
    assert code == 0 and "unmet demand,2013" in out
    for wrong in ("2011", "2011=", "x=5", "2011=5,2011=6", "ceilings.csv", "2011=-5", "2011=a", "2011=1.005"):
        assert run("phase", folder, "--ceilings", wrong)[0] == 2, wrong
    assert run("phase", folder, "--ceilings", "2011=5", "--start", "P=soon")[0] == 2


def test_wrong_inputs_are_said(folder: Path, write_plan: WritePlan, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name each poverty class"):
        phased(folder, {2011: 1}, priority=["very poor"])
    with pytest.raises(UsageError, match="unknown projects in the start years: 'Z'"):
        phased(folder, {2011: 1}, starts={"Z": 2011})
    table = tmp_path / "ceilings.csv"
    table.write_text("jahr,ceiling\n2011,5\n")
    with pytest.raises(InputError, match="it needs the columns year and ceiling"):
        read_ceilings(str(table))
    paid = SPENDING.replace("budget,EUR,90", "disbursement,EUR,-9").replace("budget", "disbursement")
    with pytest.raises(InputError, match="cannot phase amounts below 0"):
        phased(write_plan(locations=LOCATIONS, spending=paid), {2011: 1})
    classless = (
        TOY["profile.csv"]
        .replace("very poor", "II")
        .replace("more developed", "I")
        .replace("0.10", "")
        .replace("0.40", "")
        .replace(",100,", ",,")
        .replace(",800,", ",,")
    )
    with pytest.raises(UsageError, match="give a priority that names them in order"):
        phased(write_plan(locations=LOCATIONS, spending=SPENDING, profile=classless), {2011: 1})
