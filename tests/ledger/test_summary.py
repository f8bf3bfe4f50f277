from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from geoplan.ledger.crosstab import cross_amounts
from geoplan.ledger.entries import build_ledger, list_entries
from geoplan.ledger.summary import add_counts, counted_buckets, summarize, summarize_buckets
from geoplan.model.errors import UsageError
from geoplan.model.schema import GROUPINGS
from geoplan.outputs.text_tables import summary_json
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from ..conftest import DISTRICTS, SPENDING, WritePlan


def test_districts_without_money_have_a_row_of_zero(write_plan: WritePlan) -> None:
    rows = summarize(build_ledger(read_plan(write_plan())), by="district")
    assert rows.drop(columns="amount").to_dict("list") == {
        "district": ["A", "B", "C"],
        "name": ["Alpha", "Beta", "Gamma"],
        "poverty_class": ["more developed", "very poor", "very poor"],
        "currency": ["EUR"] * 3,
        "amount_minor": [3334, 3333, 0],
    }
    assert rows["amount"].tolist() == [Decimal("33.34"), Decimal("33.33"), Decimal("0.00")]


def test_groupings_of_districts_hold_what_is_in_districts(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan()))
    classes = summarize(ledger, by="poverty_class")
    assert dict(zip(classes["poverty_class"], classes["amount_minor"], strict=True)) == {
        "more developed": 3334,
        "very poor": 3333,
    }
    provinces = summarize(ledger, by="province")
    assert dict(zip(provinces["province"], provinces["amount_minor"], strict=True)) == {"P1": 6667, "P2": 0}


def test_other_groupings_hold_all_money(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan()))
    components = summarize(ledger, by="component")
    assert dict(zip(components["component"], components["amount_minor"], strict=True)) == {
        "office": 701,
        "roads": 10000,
        "schools": 5000,
    }
    years = summarize(ledger, by=["year", "funder"])
    assert years[["year", "funder", "amount_minor"]].to_numpy().tolist() == [
        [2010, "X", 10000],
        [2011, "Y", 5000],
        [2012, "X", 701],
    ]


def test_every_district_has_a_row_in_every_component(write_plan: WritePlan) -> None:
    plan = read_plan(write_plan(spending=SPENDING + "P,schools,Y,2010,budget,EUR,3.00\n"))
    rows = summarize(build_ledger(plan), by=["component", "district"])
    amounts = {(row.component, row.district): row.amount_minor for row in rows.itertuples()}
    assert amounts == {
        ("roads", "A"): 3334, ("roads", "B"): 3333, ("roads", "C"): 0,
        ("schools", "A"): 100, ("schools", "B"): 100, ("schools", "C"): 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "by",
    [[name] for name in GROUPINGS if name != "period"]
    + [["district", "year"], ["province", "kind"], ["funder", "component"]],
)
def test_rows_and_buckets_are_all_the_money(by: list[str]) -> None:
    ledger = build_ledger(read_plan(find_bundled_plan()))
    total = int(ledger.entries["amount_minor"].sum())
    assert total == 820_000_000
    placed = summarize(ledger, by)["amount_minor"].sum()
    if any(name in ("district", "poverty_class", "province") for name in by):
        placed += summarize_buckets(ledger, by)["amount_minor"].sum()
    assert placed == total


def test_currencies_are_never_added_up(write_plan: WritePlan) -> None:
    plan = read_plan(write_plan(spending=SPENDING + "P,roads,X,2010,budget,JPY,30\n"))
    rows = summarize(build_ledger(plan), by="district")
    assert rows[["currency", "district", "amount"]].to_numpy().tolist() == [
        ["EUR", "A", Decimal("33.34")], ["EUR", "B", Decimal("33.33")], ["EUR", "C", 0.0],
        ["JPY", "A", 10.0], ["JPY", "B", 10.0], ["JPY", "C", 0.0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("by", "said"), [(["districts"], "'districts'"), ([], "nothing"), (["year", "year"], "twice")]
)
def test_wrong_groupings_are_refused(by: list[str], said: str, write_plan: WritePlan) -> None:
    with pytest.raises(UsageError, match=said):
        summarize(build_ledger(read_plan(write_plan())), by)


@pytest.mark.parametrize("by", [["district"], ["year", "district"]])
def test_name_and_class_follow_the_code_of_a_district(write_plan: WritePlan, by: list[str]) -> None:
    ledger = build_ledger(read_plan(write_plan()))
    columns = summarize(ledger, by).columns.tolist()[: len(by) + 2]
    assert columns == [*by, "name", "poverty_class"]


def test_sectors_hold_all_money_also_of_projects_without_one(write_plan: WritePlan) -> None:
    projects = "project,title,sector\nP,Road,Transport\nQ,School,\nR,Office,Transport\n"
    ledger = build_ledger(read_plan(write_plan(projects=projects)))
    by_project = summarize(ledger, by="project").set_index("project")["amount_minor"]
    assert summarize(ledger, by="sector").set_index("sector")["amount_minor"].to_dict() == {
        "Transport": by_project["P"] + by_project["R"],
        "not stated": by_project["Q"],
    }


def test_a_ledger_of_sums_without_projects_is_not_grouped_by_sector(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan()))
    summed = replace(ledger, entries=ledger.entries.assign(project=""))
    with pytest.raises(UsageError, match="summed up without its projects"):
        summarize(summed, by="sector")


WIDE = {
    "projects": "project\nP\nQ\nR\nS\n",
    "locations": "project,location,name,precision,geometry\nP,1,,1,POINT (2.5 0.5)\nQ,1,North,4,\nR,1,South,4,\nS,1,,4,\n",
    "spending": "project,year,kind,currency,amount\nP,2010,budget,EUR,1.00\nQ,2010,budget,EUR,50.00\n"
    "R,2010,budget,EUR,7.00\nR,2010,disbursement,EUR,3.00\nS,2010,budget,EUR,0.50\n",
}
"""Province-wide money of two provinces and of an unknown one."""


def test_province_wide_money_is_summed_by_its_province(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan(**WIDE)))
    rows = summarize_buckets(ledger, ["province"])
    assert rows[["kind", "place", "province", "amount_minor"]].to_numpy().tolist() == [
        ["budget", "province-wide", "", 50],
        ["budget", "province-wide", "P1", 5000],
        ["budget", "province-wide", "P2", 700],
        ["disbursement", "province-wide", "P2", 300],
    ]
    counted = add_counts(rows, ledger, counted_buckets(["province"]))
    assert counted[["projects", "amounts"]].to_numpy().tolist() == [[1, 1]] * 4
    crossed = cross_amounts(ledger, ["province"], "kind").set_index(["province", "place"])
    assert crossed.loc[("P2", "province-wide"), ["budget", "disbursement"]].tolist() == [7, 3]
    budget = json.loads(summary_json(summarize(ledger, "province"), ledger, ["province"]))[0]
    assert budget["province_wide"] == {"": 0.5, "P1": 50, "P2": 7}


def test_written_entries_name_their_province(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan(**WIDE)))
    by_hand = replace(ledger, entries=ledger.entries.drop(columns="province"))
    assert list_entries(ledger)["province"].tolist() == ["P2", "P1", "P2", "P2", ""]
    assert list_entries(by_hand)["province"].tolist() == ["P2", "", "", "", ""]


def test_a_layer_without_codes_of_provinces_has_their_names(write_plan: WritePlan) -> None:
    districts = DISTRICTS.replace(",P1,", ",,").replace(",P2,", ",,")
    plan = read_plan(write_plan(districts=districts, **WIDE))
    assert list_entries(build_ledger(plan))["province"].tolist() == ["South", "North", "South", "South", ""]
