"""Certain, expected and at most, by hand and for any ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.ledger.bounds import add_bounds, bound_amounts
from geoplan.ledger.entries import Ledger, build_ledger
from geoplan.ledger.summary import described_districts, summarize
from geoplan.model.choices import SPREADS
from geoplan.model.errors import InputError, UsageError
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from ..conftest import SPENDING, WritePlan, tries
from .test_ledger import LOCATED, SPENT, plan_of_rows


@pytest.fixture(scope="module")
def home() -> Ledger:
    return build_ledger(read_plan(find_bundled_plan()))


def readings(
    write_plan: WritePlan, by: str = "district", spread: str = "none", **changes: str
) -> dict[str, list[int]]:
    plan = read_plan(write_plan(**changes))
    rows = bound_amounts(build_ledger(plan), by, spread=spread)
    columns = rows[["certain_minor", "expected_minor", "at_most_minor"]].to_numpy().tolist()
    return dict(zip(rows[by], columns, strict=True))


# The toy plan: A 33.34 and B 33.33 for sure; 50.00 in province P1 (A or B); 7.01 unlocated (anywhere); 33.33 outside.
def test_province_money_stays_in_its_province(write_plan: WritePlan) -> None:
    assert readings(write_plan) == {"A": [3334, 3334, 9035], "B": [3333, 3333, 9034], "C": [0, 0, 701]}


def test_a_spread_adds_up_to_all_that_is_not_outside(write_plan: WritePlan) -> None:
    # 50.00 in halves; 7.01 in thirds: 2.34, 2.34, 2.33
    even = readings(write_plan, spread="even")
    assert [row[1] for row in even.values()] == [3334 + 2500 + 234, 3333 + 2500 + 234, 233]
    assert sum(row[1] for row in even.values()) == 15701 - 3333


def test_spread_by_people(write_plan: WritePlan) -> None:
    profile = "district,year,population\nA,2010,1000\nB,2010,4000\nC,2010,5000\n"
    by_people = readings(write_plan, spread="population", profile=profile)
    # 50.00 as 1:4; 7.01 as 1:4:5 = 0.70, 2.80, 3.51 (3.505 takes the cent left over)
    assert [row[1] for row in by_people.values()] == [3334 + 1000 + 70, 3333 + 4000 + 280, 351]


def test_money_that_could_be_in_a_class_counts_once(write_plan: WritePlan) -> None:
    classes = readings(write_plan, by="poverty_class")
    assert classes == {"more developed": [3334, 3334, 3334 + 5701], "very poor": [3333, 3333, 3333 + 5701]}


def test_a_coarse_refund_lowers_what_is_certain(write_plan: WritePlan) -> None:
    paid = SPENDING.replace("budget", "disbursement")
    refund = paid.replace("disbursement,EUR,50.00", "disbursement,EUR,-10.00")
    assert readings(write_plan, spread="even", spending=refund)["A"] == [
        3334 - 1000,
        3334 - 500 + 234,
        3334 + 701,
    ]


def test_a_spread_needs_its_figures(write_plan: WritePlan) -> None:
    with pytest.raises(InputError, match="'C'"):
        readings(write_plan, spread="population")
    with pytest.raises(UsageError, match="grouped by place"):
        bound_amounts(build_ledger(read_plan(find_bundled_plan())), ["component", "place"])
    with pytest.raises(UsageError, match="'wealth'"):
        bound_amounts(build_ledger(read_plan(find_bundled_plan())), spread="wealth")


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize(
    "by", [["district"], ["district", "component"], ["poverty_class", "year"], ["province"]]
)
def test_the_home_case_keeps_the_order_of_readings(spread: str, by: list[str], home: Ledger) -> None:
    rows = bound_amounts(home, by, spread=spread)
    assert (rows["certain_minor"] <= rows["expected_minor"]).all()
    assert (rows["expected_minor"] <= rows["at_most_minor"]).all()
    # 1,000,000.00 is province-wide, and all districts are of that province.
    known = 758_000_000 if by == ["province"] else 658_000_000
    assert rows["expected_minor"].sum() == (known if spread == "none" else 820_000_000)


@tries(15)
@given(
    st.lists(LOCATED, max_size=5), st.lists(SPENT, min_size=1, max_size=6), st.sampled_from(["even", "area"])
)
def test_any_ledger_keeps_the_order_of_readings(
    located: list[dict[str, Any]], spent: list[dict[str, Any]], spread: str
) -> None:
    plan = plan_of_rows(located, spent)
    ledger = build_ledger(plan)
    for by in (["district"], ["district", "kind"], ["province"]):
        rows = bound_amounts(ledger, by, spread=spread)
        assert (rows["certain_minor"] <= rows["expected_minor"]).all()
        assert (rows["expected_minor"] <= rows["at_most_minor"]).all()
        for currency, total in ledger.entries[ledger.entries["place"] != "outside area"].groupby(
            "currency", observed=True
        )["amount_minor"]:
            assert rows.loc[rows["currency"] == currency, "expected_minor"].sum() == total.sum()


# --- by project ------------------------------------------------------------------------------

REFUNDS = """project,year,kind,currency,amount
P,2015,disbursement,EUR,80
Q,2015,disbursement,EUR,-30
R,2015,disbursement,EUR,5
R,2016,disbursement,EUR,-2
S,2016,disbursement,EUR,11
"""
PLACES = "project,location,district,province,precision\nP,1,,P1,4\nQ,1,,P1,4\nR,1,A,,\nS,1,,,6\n"


def test_the_refund_of_one_project_takes_nothing_from_the_maximum_of_another(write_plan: WritePlan) -> None:
    folder = {"spending": REFUNDS, "locations": PLACES, "projects": "project,title\nP,p\nQ,q\nR,r\nS,s\n"}
    # A has 3 for sure; P could bring 80 and S 11, and Q could take 30 away.
    assert readings(write_plan, **folder) == {
        "A": [-2700, 300, 9400],
        "B": [-3000, 0, 9100],
        "C": [0, 0, 1100],
    }


def test_bounds_of_each_project(write_plan: WritePlan) -> None:
    folder = write_plan(spending=REFUNDS, locations=PLACES, projects="project,title\nP,p\nQ,q\nR,r\nS,s\n")
    ledger = build_ledger(read_plan(folder))
    rows = bound_amounts(ledger, ["project", "district"]).set_index(["project", "district"])
    assert rows.loc[("P", "A"), ["certain", "at_most"]].tolist() == [0, 80]
    assert rows.loc[("Q", "B"), ["certain", "at_most"]].tolist() == [-30, 0]
    # Projects with coarse money only have rows in a summary with bounds too.
    sums = add_bounds(summarize(ledger, ["project", "district"]), rows.reset_index(), ["project", "district"])
    assert sums["project"].unique().tolist() == ["P", "Q", "R", "S"]
    assert sums.loc[sums["project"] == "P", ["district", "amount", "at_most"]].to_numpy().tolist() == [
        ["A", 0.0, 80.0], ["B", 0.0, 80.0],
    ]  # fmt: skip


def test_bounds_without_districts_are_of_all_districts_together(write_plan: WritePlan) -> None:
    # Roads: 66.67 in districts, the rest outside. Schools: 50 surely in one of two districts. Office: 7.01 anywhere.
    assert readings(write_plan, by="component") == {
        "office": [0, 0, 701], "roads": [6667, 6667, 6667], "schools": [5000, 5000, 5000],
    }  # fmt: skip


def test_province_wide_money_is_certain_in_its_province(write_plan: WritePlan) -> None:
    # 66.67 in the districts of P1 and 50.00 province-wide; 7.01 could be in either province, or in none.
    assert readings(write_plan, by="province") == {"P1": [11667, 11667, 12368], "P2": [0, 0, 701]}


def brute_force(provinces: dict[str, str], entries: list[dict[str, Any]], area: list[str]) -> tuple[int, int]:
    """Return least and most of an area: each project puts its net of a pool wholly in a district of the pool, or in
    no district where the pool is of no province."""
    inside = sum(entry["amount_minor"] for entry in entries if entry["district"] in area)
    nets = Counter[tuple[str, str]]()
    for entry in entries:
        if entry["place"] in ("province-wide", "country-wide", "unlocated", "unmatched"):
            nets[entry["project"], entry["province"]] += entry["amount_minor"]
    choices = []
    for (_, province), net in nets.items():
        within = [code for code in provinces if province in ("", provinces[code])]
        choices.append([net if code in area else 0 for code in within] + ([] if province and within else [0]))
    sums = [inside + sum(chosen) for chosen in product(*choices)]
    return min(sums), max(sums)


OF_PROVINCES = st.fixed_dictionaries(
    {
        "project": st.sampled_from("PQR"),
        "province": st.sampled_from(["North", "South", "Elsewhere"]),
        "precision": st.just(4),
    }
)


@tries(12)
@given(
    st.lists(st.one_of(LOCATED, OF_PROVINCES), max_size=4),
    st.lists(SPENT, min_size=1, max_size=5),
    st.sampled_from(["year", "component", "funder", "kind", "project"]),
)
def test_bounds_are_those_of_brute_force(
    located: list[dict[str, Any]], spent: list[dict[str, Any]], other: str
) -> None:
    plan = plan_of_rows(located, spent)
    two = plan.districts.assign(province=["P1", "P1", "P2"], province_name=["North", "North", "South"])
    built = build_ledger(replace(plan, districts=two))
    ledger = replace(built, districts=built.districts.assign(poverty_class=["poor", "rich", "poor"]))
    entries = ledger.entries.astype(object).to_dict("records")
    members = described_districts(ledger)
    provinces = dict(zip(members["district"], members["province"], strict=True))
    for areas in ([], ["district"], ["province"], ["poverty_class"], ["province", "poverty_class"]):
        for by in ([*areas], ["project", *areas], [*areas, other], [other, "project", *areas]):
            if not by or len(set(by)) < len(by):
                continue
            rows = bound_amounts(ledger, by)
            others = [name for name in rows if name in (*by, "currency", "kind") and name not in areas]
            for row in rows.to_dict("records"):
                chosen = [entry for entry in entries if all(entry[name] == row[name] for name in others)]
                area = members[(members[areas] == [row[name] for name in areas]).all(axis=1)]
                bounds = (row["certain_minor"], row["at_most_minor"])
                assert bounds == brute_force(provinces, chosen, area["district"].tolist())


def test_an_approximate_name_is_expected_and_not_certain_until_reviewed(write_plan: WritePlan) -> None:
    places = "project,location,district,province\nP,1,Alpha,\nP,2,Gamma,West\nQ,1,Gamma,West\n"
    spending = """project,location,year,kind,currency,amount
P,1,2010,commitment,EUR,7.00
P,2,2010,commitment,EUR,10.00
Q,1,2010,commitment,EUR,-4.00
"""
    folder = write_plan(locations=places, spending=spending, projects="project\nP\nQ\n")
    rows = bound_amounts(build_ledger(read_plan(folder))).set_index("district")
    # Of C nothing is certain but that the refund of Q may be there.
    assert rows.loc["C", ["certain", "expected", "at_most"]].tolist() == [-4.0, 6.0, 10.0]
    assert rows.loc["A", ["certain", "expected", "at_most"]].tolist() == [7.0, 7.0, 7.0]
    (folder / "review.csv").write_text("name,province,district\nGamma,West,C\n")
    toml = (
        (folder / "geoplan.toml")
        .read_text()
        .replace('"locations.csv"', '"locations.csv"\nreview = "review.csv"')
    )
    (folder / "geoplan.toml").write_text(toml)
    rows = bound_amounts(build_ledger(read_plan(folder))).set_index("district")
    assert rows.loc["C", ["certain", "expected", "at_most"]].tolist() == [6.0, 6.0, 6.0]
