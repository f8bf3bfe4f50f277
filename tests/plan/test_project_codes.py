"""Codes of projects that Excel has shortened in one table only."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.ledger.entries import build_ledger, list_entries
from geoplan.model.errors import InputError
from geoplan.plan.plan_tables import read_plan

from ..conftest import WritePlan

PROJECTS = "project,title\n001,Road\n002,School\n"
PLACES = "project,location,name,precision\n001,1,Alpha,3\n002,1,Beta,3\n"
AMOUNTS = "project,year,kind,currency,amount\n001,2012,budget,EUR,10.00\n002,2012,budget,EUR,20.00\n"


def shortened(text: str) -> str:
    return text.replace("\n00", "\n")


def placed(folder: Path) -> list[tuple[object, ...]]:
    entries = list_entries(build_ledger(read_plan(folder)))
    return list(entries[["project", "district", "amount"]].astype(str).itertuples(index=False, name=None))


@pytest.mark.parametrize("table", ["projects", "locations", "spending"])
def test_codes_without_zeros_are_those_of_the_other_tables(table: str, write_plan: WritePlan) -> None:
    texts = {"projects": PROJECTS, "locations": PLACES, "spending": AMOUNTS}
    folder = write_plan(**texts | {table: shortened(texts[table])})
    assert placed(folder) == [("001", "A", "10.00"), ("002", "B", "20.00")]
    said = [remark for remark in read_plan(folder).remarks if "without their leading zeros" in remark]
    assert len(said) == 1
    assert f"{table}.csv" in said[0] and "'1' as '001', '2' as '002'" in said[0]


def test_where_a_table_has_both_codes_they_are_two_projects(write_plan: WritePlan) -> None:
    folder = write_plan(
        projects=PROJECTS + "1,Bridge\n", locations=PLACES + "1,1,Gamma,3\n", spending=shortened(AMOUNTS)
    )
    assert ("1", "C", "10.00") in placed(folder)
    with pytest.raises(InputError, match=r"projects that are not in projects.csv: '3'"):
        read_plan(
            write_plan(projects=PROJECTS, locations=PLACES, spending=AMOUNTS + "3,2012,budget,EUR,1.00\n")
        )
