"""Two plans side by side, on toy squares worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.analysis.comparison import (
    carry_ledger,
    compare,
    compare_measures,
    compare_projects,
    compare_readings,
)
from geoplan.cli import app
from geoplan.ledger.entries import Ledger, build_ledger, reconcile
from geoplan.model.errors import UsageError
from geoplan.model.placement_rules import PlacementRule, has_rule
from geoplan.plan.plan_tables import read_plan

from ..conftest import SPENDING

pytestmark = pytest.mark.usefixtures("plans_read_once")

# P: two thirds stay (A and outside), the part in B doubles; Q moves from the province into B; R leaves; S enters in C.
LATER_LOCATIONS = """project,location,name,precision,geometry
P,1,one,1,POINT (0.5 0.5)
P,2,two,1,POINT (1.5 0.5)
P,3,three,1,POINT (9 9)
Q,1,Beta,3,
S,1,four,1,POINT (2.5 0.5)
"""
LATER_SPENDING = """project,component,funder,year,kind,currency,amount
P,roads,X,2010,budget,EUR,200.00
Q,schools,Y,2011,budget,EUR,50.00
S,roads,X,2012,budget,EUR,30.00
"""
LATER_PROJECTS = "project,title\nP,Road\nQ,School\nR,Office\nS,Clinic\n"


@pytest.fixture
def ledgers(write_plan) -> tuple[Ledger, Ledger]:
    one = build_ledger(read_plan(write_plan()))
    later = write_plan(locations=LATER_LOCATIONS, spending=LATER_SPENDING, projects=LATER_PROJECTS)
    return one, build_ledger(read_plan(later))


def test_change_by_district_and_bucket(ledgers):
    rows = compare(*ledgers)
    found = rows.assign(at=rows["district"].fillna(rows["place"])).set_index("at")
    # 100.00 over three places is 33.34, 33.33, 33.33; 200.00 is 66.67, 66.67, 66.66.
    assert found["one_minor"].to_dict() == {
        "A": 3334, "B": 3333, "C": 0, "outside area": 3333, "province-wide": 5000, "unlocated": 701}  # fmt: skip
    assert found["other_minor"].to_dict() == {
        "A": 6667, "B": 11667, "C": 3000, "outside area": 6666, "province-wide": 0, "unlocated": 0}  # fmt: skip
    assert found["change_minor"].sum() == 28000 - 15701
    assert found.loc["A", "share_one"] == pytest.approx(3334 / 15701)
    assert found.loc["B", "relative_change"] == pytest.approx((11667 - 3333) / 3333)
    assert np.isnan(found.loc["C", "relative_change"])
    assert found.loc["A", "name"] == "Alpha"


def test_shares_and_changes_of_refunds_have_no_false_sign(write_plan):
    refunds = SPENDING.replace("budget", "disbursement").replace("EUR,", "EUR,-")
    ledger = build_ledger(read_plan(write_plan(spending=refunds)))
    rows = compare(ledger, ledger).set_index("district")
    # A share of a total below 0 would be 100 % of a refund. A change from an amount below 0 has no percentage.
    assert rows["share_one"].isna().all()
    assert rows["relative_change"].isna().all()


def test_change_by_component_covers_all_money(ledgers):
    rows = compare(*ledgers, by="component").set_index("component")
    assert rows["change_minor"].to_dict() == {"office": -701, "roads": 13000, "schools": 0}
    assert "place" not in rows


def test_what_became_of_each_project(ledgers):
    rows = compare_projects(*ledgers).set_index("project")
    assert rows["state"].to_dict() == {"S": "entered", "R": "left", "Q": "moved", "P": "more"}
    assert rows["change_minor"].to_dict() == {"S": 3000, "R": -701, "Q": 0, "P": 10000}
    assert rows["moved_minor"].to_dict() == {"S": 0, "R": 0, "Q": 5000, "P": 0}


def test_a_plan_against_itself_changes_nothing(ledgers):
    one, _ = ledgers
    assert (compare(one, one)["change_minor"] == 0).all()
    assert set(compare_projects(one, one)["state"]) == {"same"}
    measures = compare_measures(one, one)
    assert (measures["change"].dropna() == 0).all()
    assert len(measures)


def test_readings_side_by_side(ledgers):
    rows = compare_readings(ledgers[0], "certain", "at_most").set_index("district")
    assert rows["change_minor"].to_dict() == {"A": 5701, "B": 5701, "C": 701}
    with pytest.raises(UsageError, match="is no reading"):
        compare_readings(ledgers[0], "certain", "hoped")


def test_other_districts_and_currencies_are_refused_together(write_plan):
    one = build_ledger(read_plan(write_plan()))
    other = build_ledger(
        read_plan(write_plan(spending=LATER_SPENDING.replace("EUR", "USD").replace("S,", "R,")))
    )
    other = carry_ledger(other, pd.DataFrame({"old": list("ABC"), "new": list("ABD"), "weight": 1.0}),
                         replace(other, districts=other.districts.replace({"district": {"C": "D"}})))  # fmt: skip
    with pytest.raises(UsageError) as caught:
        compare(one, other)
    assert len(caught.value.problems) == 2
    assert "convert both to one currency" in str(caught.value)
    assert "carry the other ledger" in str(caught.value)


def test_a_ledger_is_carried_by_largest_remainder(ledgers):
    one, _ = ledgers
    weights = pd.DataFrame(
        {"old": ["A", "A", "B", "C"], "new": ["X", "Y", "Y", "Y"], "weight": [0.25, 0.75, 1.0, 1.0]}
    )
    onto = replace(one, districts=one.districts.iloc[:2].assign(district=["X", "Y"]))
    carried = carry_ledger(one, weights, onto)
    sums = carried.entries.groupby("district", observed=True)["amount_minor"].sum().to_dict()
    assert sums == {
        "X": 834,
        "Y": 2500 + 3333,
    }  # 33.34 × ¼ = 8.335, × ¾ = 25.005: the odd cent to the first of equals
    assert reconcile(carried)[0].difference == 0
    assert has_rule(carried.entries["rule"], PlacementRule.CARRIED_BY_CROSSWALK).sum() == 3
    with pytest.raises(UsageError, match="'B'"):
        carry_ledger(one, weights[weights["old"] != "B"], onto)


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_carrying_conserves_every_total(parts, scale):
    from geoplan.plan.plan_file import find_bundled_plan

    ledger = _home(find_bundled_plan())
    codes = sorted(ledger.districts["district"])
    weights = pd.DataFrame(
        [(code, f"N{number}", part / sum(parts)) for code in codes for number, part in enumerate(parts)],
        columns=["old", "new", "weight"],
    )
    onto = replace(ledger, districts=ledger.districts.iloc[:3].assign(district=["N0", "N1", "N2"]))
    carried = carry_ledger(ledger, weights, onto)
    for keys in (["project"], ["component", "year"], ["place"]):
        before = ledger.entries.groupby(keys, observed=True)["amount_minor"].sum()
        pd.testing.assert_series_equal(
            carried.entries.groupby(keys, observed=True)["amount_minor"].sum(), before
        )


_KEPT: dict[Path, Ledger] = {}


def _home(path: Path) -> Ledger:
    if path not in _KEPT:
        _KEPT[path] = build_ledger(read_plan(path))
    return _KEPT[path]


# --- the command ------------------------------------------------------------------------------------------


def run(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["compare", *[str(arg) for arg in args]])
    return done.exit_code, done.output


def test_two_plans_in_all_formats(write_plan, tmp_path):
    import shutil

    one = tmp_path / "one"
    shutil.copytree(write_plan(), one)
    other = write_plan(locations=LATER_LOCATIONS, spending=LATER_SPENDING, projects=LATER_PROJECTS)
    code, said = run(one, other)
    assert code == 0
    assert "EUR 157.01 in one, 280.00 in the other, change 122.99" in said.replace("\u202f", " ")
    assert said.count("balanced") == 2
    for name in ("change.json", "change.xlsx", "change.csv", "change.md", "change.html"):
        assert run(one, other, "-o", tmp_path / name)[0] == 0
    written = json.loads((tmp_path / "change.json").read_text())
    assert [row["state"] for row in written["projects"]] == ["entered", "left", "moved", "more"]
    assert "Clinic" in (tmp_path / "change.md").read_text()


def test_sides_of_different_kinds_name_them(write_plan, tmp_path):
    import shutil

    one = tmp_path / "one"
    shutil.copytree(write_plan(), one)
    other = write_plan(spending=SPENDING.replace("budget", "disbursement"))
    said = run(one, other)[1]
    assert "one: Three squares (budget); other: Three squares (disbursement); change" in said
    assert "one: Three squares; other: Three squares; change" in run(one, one)[1]


def test_projects_are_counted_not_their_kinds_of_money(write_plan, tmp_path):
    import shutil

    # P changes what it paid only, Q and R stay: 2 of 3 projects, in 5 rows of project and kind.
    rows = "project,component,funder,year,kind,currency,amount\n" + "".join(
        f"{project},roads,X,2010,{kind},EUR,{amount}\n"
        for project, kind, amount in (("P", "budget", 9), ("P", "disbursement", 4), ("Q", "budget", 7),
                                      ("Q", "disbursement", 7), ("R", "budget", 1))
    )  # fmt: skip
    shutil.copytree(write_plan(spending=rows), tmp_path / "one")
    code, said = run(tmp_path / "one", write_plan(spending=rows.replace("EUR,4", "EUR,5")))
    assert code == 0 and "2 of 3 projects are the same in both." in said


def test_vintages_of_the_home_case_on_one_base():
    code, said = run("--vintages", "2009,2019")
    assert code == 0
    assert "change 0.00" in said
    assert "LA1107" not in said  # six districts: the base is the first


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name two plans, or one plan and one of"),
        (["--years", "2010"], "two different years"),
        (["--years", "2010,2010"], "two different years"),
        (["--years", "2010,1999"], "no money in '1999', only in"),
        (["--kinds", "budget,gift"], "no spending of kind 'gift'"),
        (["--vintages", "2009,1850"], "no vintage '1850'"),
        (["--readings", "certain,hoped"], "'hoped' is no reading"),
        (["--years", "2010,2011", "--by", "cow"], "cannot group by 'cow'"),
        (["--years", "2010,2011", "--by", "year", "-o", "x.html"], "omit --by"),
        (["--years", "2010,2011", "--points", "nowhere.gpkg"], "file not found"),
    ],
)
def test_wrong_usage(options, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output = run(*options)
    assert (code, said in output) == (2, True), output
    assert list(tmp_path.iterdir()) == []
