"""Amounts split over the locations of their project."""

from __future__ import annotations

import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.plan.plan_tables import read_plan

from ..conftest import WritePlan


@pytest.mark.parametrize(("named", "district"), [("1", "A"), ("2", "B"), ("3", "C")])
def test_an_amount_goes_to_the_location_it_names(named: str, district: str, write_plan: WritePlan) -> None:
    locations = "project,location,district\nP,1,A\nP,2,B\nP,3,C\n"
    spending = f"project,location,year,kind,currency,amount\nP,{named},2010,budget,EUR,9.00\n"
    entries = build_ledger(read_plan(write_plan(locations=locations, spending=spending))).entries
    assert [*zip(entries["district"], entries["amount_minor"], strict=True)] == [(district, 900)]
