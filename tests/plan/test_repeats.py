"""Repeats: the same row, amount or place again is a warning with the money at stake."""

from __future__ import annotations

import pytest

from geoplan.plan.plan_tables import read_plan
from geoplan.plan.repeats import find_repeats

from ..conftest import LOCATIONS, TOML, WritePlan

HEADER = "project,component,funder,year,kind,currency,amount,note\n"


def told(write_plan: WritePlan, **tables: str) -> list[str]:
    return [str(problem) for problem in find_repeats(read_plan(write_plan(toml=TOML, **tables)))]


def test_a_plan_without_repeats_has_none(write_plan: WritePlan) -> None:
    assert told(write_plan) == []


def test_identical_rows(write_plan: WritePlan) -> None:
    row = "P,roads,X,2010,budget,EUR,70,\n"
    other = "P,roads,X,2011,budget,EUR,70,\n"
    (said,) = told(write_plan, spending=HEADER + row + other + row + row)
    assert "rows 4, 5" in said
    assert "identical to an earlier row (EUR 140.00 at stake)" in said


def test_the_same_amount_again(write_plan: WritePlan) -> None:
    rows = (
        "P,roads,X,2010,budget,EUR,70,first\nP,roads,X,2010,budget,EUR,70,second\n"
        "P,roads,Y,2010,budget,EUR,70,\nP,roads,X,2010,commitment,EUR,70,\nP,roads,X,2010,budget,EUR,0,\n"
        "P,roads,X,2010,budget,EUR,0,\n"
    )
    (said,) = told(write_plan, spending=HEADER + rows)
    assert "row 3" in said
    assert "the same amount of the same project, year and kind again (EUR 70.00 at stake)" in said


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("quarter", ("Q1", "Q2")),
        ("Mois", ("janvier", "février")),
        ("Month", ("1", "2")),
        ("paid on", ("31/01/2010", "28/02/2010")),
        ("year", ("2010Q1", "2010Q2")),
        ("year", ("2010-01", "2010-02")),
    ],
)
def test_equal_amounts_of_two_quarters_months_or_days_are_no_repeat(
    header: str, cells: tuple[str, str], write_plan: WritePlan
) -> None:
    constant = '[spending.constant]\nkind = "budget"\ncurrency = "EUR"\n'
    constant += "" if header == "year" else "year = 2010\n"
    for second, repeats in ((cells[1], 0), (cells[0], 1)):
        rows = f"project,amount,{header}\nP,70,{cells[0]}\nP,70,{second}\n"
        folder = write_plan(toml=TOML + constant, spending=rows)
        assert len(find_repeats(read_plan(folder))) == repeats


def test_columns_of_quarters_are_no_repeats(write_plan: WritePlan) -> None:
    years = '[spending.years]\n"{year} Q1" = {kind = "budget"}\n"{year} Q2" = {kind = "budget"}\n'
    constant = '[spending.constant]\ncurrency = "EUR"\n'
    folder = write_plan(toml=TOML + years + constant, spending="project,2010 Q1,2010 Q2\nP,70,70\nP,5,\n")
    plan = read_plan(folder)
    assert find_repeats(plan) == []
    assert plan.spending["given_year"].tolist() == ["2010 Q1", "2010 Q2", "2010 Q1"]


def test_running_numbers_tell_no_time(write_plan: WritePlan) -> None:
    rows = "P,roads,X,2010,budget,EUR,70,1\nP,roads,X,2010,budget,EUR,70,2\n"
    (said,) = told(write_plan, spending=HEADER.replace("note", "no") + rows)
    assert "the same amount" in said


def test_the_same_place_twice(write_plan: WritePlan) -> None:
    locations = "project,district\nP,A\nP,A\nP,B\nP,C\nQ,A\n"
    spending = "project,year,kind,currency,amount\nP,2010,budget,EUR,80\nQ,2010,budget,EUR,9\n"
    (said,) = told(write_plan, locations=locations, spending=spending)
    assert "row 3" in said
    assert "names twice" in said
    assert "(EUR 20.00 at stake)" in said


def test_different_points_of_one_name_are_two_places(write_plan: WritePlan) -> None:
    twice = LOCATIONS + "P,9,one,1,POINT (0.25 0.25)\n"
    assert told(write_plan, locations=twice) == []


def test_damaged_codes(write_plan: WritePlan) -> None:
    tables = {
        "projects": "project,title\n7.10345E+12,Road\n",
        "locations": "project,district\n7.10345E+12,A\n",
        "spending": "project,year,kind,currency,amount\n7.10345E+12,2010,budget,EUR,80\n",
    }
    said = told(write_plan, **tables)
    assert len(said) == 3
    assert all(
        "has rounded" in line and "'7.10345E+12'" in line and "EUR 80.00 at stake" in line for line in said
    )
