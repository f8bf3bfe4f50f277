"""Poverty classes are ordered by their people, and a contradiction with their names is said."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import geoplan as gp
from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.poverty_classes import describe_contradiction, order_classes, rate_classes
from geoplan.ledger.warnings import find_warnings
from geoplan.planning.phasing import describe_phasing

from ..conftest import WritePlan

# Very poor: 900 of 1,000 people in one large district, 1 of 100 in a small one: 82 % of people, 46 % as a mean of
# districts. Poor: 60 % in its one district.
ROWS = [("A", "very poor", 1000, 900), ("B", "very poor", 100, 1), ("C", "poor", 500, 300)]
PROFILE = "district,year,population,poor,poverty_class\n" + "".join(
    f"{code},2010,{people},{poor},{name}\n" for code, name, people, poor in ROWS
)
CONTRARY = PROFILE.replace("C,2010,500,300", "C,2010,500,450")


def districts(rows: list[tuple[str, str, Any, Any]], **more: Any) -> pd.DataFrame:
    names = ["district", "poverty_class", "population", "poor"]
    return complete_figures(pd.DataFrame(rows, columns=names).assign(**more))


def test_rates_of_classes_are_weighed_by_people() -> None:
    rates = rate_classes(districts(ROWS))
    assert rates.to_dict() == {"poor": 0.6, "very poor": pytest.approx(901 / 1100)}
    assert order_classes(districts(ROWS)) == (["poor", "very poor"], True)
    assert describe_contradiction(districts(ROWS)) == ""


def test_without_people_names_come_before_a_mean_of_rates() -> None:
    rows = [("A", "very poor", None, None), ("B", "poor", None, None)]
    assert order_classes(districts(rows, poverty_rate=[0.2, 0.5])) == (["poor", "very poor"], True)
    rows = [("A", "II", None, None), ("B", "I", None, None)]
    assert order_classes(districts(rows, poverty_rate=[0.2, 0.5])) == (["II", "I"], True)
    assert order_classes(districts(rows)) == (["I", "II"], False)


def test_equal_rates_contradict_nothing() -> None:
    assert describe_contradiction(districts([("A", "very poor", 100, 50), ("B", "poor", 10, 5)])) == ""


def test_a_contradiction_is_a_warning_in_check_and_phase(write_plan: WritePlan) -> None:
    plan = gp.read_plan(write_plan(profile=CONTRARY))
    ledger = gp.build_ledger(plan)
    said = "the poverty rates of classes contradict their names: 'poor' (90.0%) and 'very poor' (81.9%)"
    assert any(said in problem.message for problem in find_warnings(plan, ledger))
    phasing = gp.phase(ledger, {2013: 50}, currency="EUR")
    assert phasing.classes == ("poor", "very poor")
    assert any(said in line for line in describe_phasing(phasing))


def test_a_priority_settles_it(write_plan: WritePlan) -> None:
    ledger = gp.build_ledger(gp.read_plan(write_plan(profile=CONTRARY)))
    phasing = gp.phase(ledger, {2013: 50}, currency="EUR", priority=["very poor", "poor"])
    assert phasing.classes == ("very poor", "poor") and phasing.warning == ""


def test_the_page_warns(write_plan: WritePlan) -> None:
    from geoplan.page.about import tell_about

    plan = gp.read_plan(write_plan(profile=CONTRARY))
    assert any("contradict their names" in note for note in tell_about(plan, gp.build_ledger(plan))["notes"])


def test_a_small_ward_has_an_area_in_a_split_by_area(write_plan: WritePlan) -> None:
    # B is 0.0001 degrees square, some 123 m²: with two decimals of a km² it would be 0.
    small = (
        "district,name,province,geometry\n"
        'A,Alpha,P,"POLYGON ((0 0, 0.01 0, 0.01 0.01, 0 0.01, 0 0))"\n'
        'B,Beta,P,"POLYGON ((1 0, 1.0001 0, 1.0001 0.0001, 1 0.0001, 1 0))"\n'
    )
    locations = "project,location,district\nP,1,A\n"
    ledger = gp.build_ledger(
        gp.read_plan(
            write_plan(
                districts=small, locations=locations, profile="district,year,population\nA,2010,5\nB,2010,5\n"
            )
        )
    )
    needs = gp.describe_needs(ledger, currency="EUR")
    found = gp.allocate(needs, 1_000_000, currency="EUR", rule="formula", formula="area")
    # One part in 10,000 of A.
    assert found.districts["amount_minor"].tolist()[1] == pytest.approx(10_000, rel=0.02)
