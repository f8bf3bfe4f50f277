"""Who is where with whom, and which projects may be the same, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from geoplan.analysis.coordination import (
    cross_funders,
    describe_funders,
    describe_presence,
    describe_sectors,
    find_overlaps,
)
from geoplan.analysis.duplicates import find_duplicates
from geoplan.cli.measure_commands import coordination
from geoplan.ledger.entries import Ledger, build_ledger
from geoplan.model.errors import UsageError
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan

from ..conftest import PROJECTS, SPENDING, WritePlan

# A has 33.34 of X and 30.00 of Y, both for roads; B has 33.33 of X.
SHARED = SPENDING + "S,roads,Y,2010,budget,EUR,30.00\n"
WITH_S = PROJECTS + "S,Rural road,2011-01-01,2013-12-31\n"
LOCATED = """project,location,name,precision,geometry
P,1,one,1,POINT (0.5 0.5)
P,2,two,1,POINT (1.5 0.5)
P,3,three,1,POINT (9 9)
Q,1,North,4,
S,1,there,1,POINT (0.5 0.6)
"""


def toy(write_plan: WritePlan, **changes: str) -> tuple[Plan, Ledger]:
    given = {"spending": SHARED, "projects": WITH_S, "locations": LOCATED} | changes
    plan = read_plan(write_plan(**given))
    return plan, build_ledger(plan)


def test_the_matrix_by_hand(write_plan: WritePlan) -> None:
    _, ledger = toy(write_plan)
    rows = cross_funders(ledger)
    cells = {
        (row.place, row.district, row.component, row.funder): (row.amount_minor, row.projects)
        for row in rows.itertuples()
    }
    assert cells == {
        ("district", "A", "roads", "X"): (3334, 1),
        ("district", "A", "roads", "Y"): (3000, 1),
        ("district", "B", "roads", "X"): (3333, 1),
        ("province-wide", "", "schools", "Y"): (5000, 1),
        ("outside area", "", "roads", "X"): (3333, 1),
        ("unlocated", "", "office", "X"): (701, 1),
    }


def test_presence_by_hand(write_plan: WritePlan) -> None:
    _, ledger = toy(write_plan)
    rows = describe_presence(ledger).set_index("district")
    assert rows["state"].to_dict() == {"A": "several", "B": "alone", "C": "left out"}
    assert rows["funder_names"].to_dict() == {"A": "X; Y", "B": "X", "C": ""}
    assert rows.loc["A", "hhi"] == pytest.approx((3334**2 + 3000**2) / 6334**2)
    assert rows.loc["B", "hhi"] == 1
    assert np.isnan(rows.loc["C", "hhi"])
    assert rows["could_have_minor"].to_dict() == {"A": 5701, "B": 5701, "C": 701}
    assert rows["amount_minor"].to_dict() == {"A": 6334, "B": 3333, "C": 0}


def test_a_funder_below_zero_is_out_of_the_index_and_named(write_plan: WritePlan) -> None:
    spending = SHARED.replace("budget", "disbursement") + "S,roads,Z,2010,disbursement,EUR,-5.00\n"
    _, ledger = toy(write_plan, spending=spending)
    row = describe_presence(ledger).set_index("district").loc["A"]
    assert (row["below_zero"], row["funders"]) == ("Z", 3)
    assert row["hhi"] == pytest.approx((3334**2 + 3000**2) / 6334**2)


def test_overlaps_by_hand(write_plan: WritePlan) -> None:
    _, ledger = toy(write_plan)
    (row,) = find_overlaps(ledger).to_dict("records")
    assert (row["district"], row["name"], row["component"]) == ("A", "Alpha", "roads")
    assert (row["funders"], row["funder_names"], row["projects"], row["amount_minor"]) == (2, "X; Y", 2, 6334)


def test_who_is_not_stated_is_said(write_plan: WritePlan) -> None:
    _, ledger = toy(write_plan, spending=SHARED.replace("roads,X", "roads,"))
    assert set(describe_presence(ledger)["funder_names"]) == {"Y", ""}


def test_currencies_are_not_added_up(write_plan: WritePlan) -> None:
    _, ledger = toy(write_plan, spending=SHARED + "P,roads,Z,2010,budget,JPY,300\n")
    rows = describe_presence(ledger)
    assert rows.groupby("currency")["amount_minor"].sum().to_dict() == {"EUR": 9667, "JPY": 200}
    assert rows.groupby("district")["state"].nunique().max() == 1


def test_sectors_are_those_of_the_projects(write_plan: WritePlan) -> None:
    _, ledger = toy(write_plan)
    with pytest.raises(UsageError, match="no table of projects"):
        cross_funders(replace(ledger, projects=None), "sector")
    assert set(cross_funders(ledger, "sector")["sector"]) == {"not stated"}
    with pytest.raises(UsageError, match="choose from"):
        cross_funders(ledger, "colour")


def test_the_home_matrix_balances() -> None:
    plan = read_plan(find_bundled_plan())
    ledger = build_ledger(plan)
    for topic in ("component", "sector"):
        assert cross_funders(ledger, topic)["amount_minor"].sum() == 820_000_000
    assert find_duplicates(plan, ledger).empty, "its projects have the same funders"


# --- probable duplicates --------------------------------------------------------------------

# Project 1 of funder X: a water scheme in A, 2010 to 2012, EUR 100.
FIRST = {"title": "Water supply, phase 1", "funder": "X", "start": "2010-01-01", "end": "2012-12-31", "amount": 100.0,
         "place": "POINT (0.5 0.5)"}  # fmt: skip


def pair(write_plan: WritePlan, **second: Any) -> pd.DataFrame:
    rows = [FIRST, FIRST | {"funder": "Y"} | second]
    frame = pd.DataFrame(rows).assign(project=["P", "Q"], location="1", precision=1, kind="budget", currency="EUR",
                                      year=2010, component="")  # fmt: skip
    plan = read_plan(
        write_plan(
            projects=frame[["project", "title", "start", "end"]].to_csv(index=False),
            locations=frame[["project", "location", "precision", "place"]].rename(columns={"place": "geometry"}).to_csv(index=False),
            spending=frame[["project", "component", "funder", "year", "kind", "currency", "amount"]].to_csv(index=False),
        )
    )  # fmt: skip
    return find_duplicates(plan, build_ledger(plan))


def test_a_twin_of_another_funder_is_found_with_its_reasons(write_plan: WritePlan) -> None:
    (row,) = pair(write_plan, title="water SUPPLY - phase 1", place="POINT (0.5 0.51)", amount=90.0).to_dict(
        "records"
    )
    assert (row["project"], row["other_project"], row["funders"], row["other_funders"]) == (
        "P",
        "Q",
        "X",
        "Y",
    )
    assert row["likeness"] == 100
    # A hundredth of a degree along a meridian near the equator is 1.1057 km.
    assert row["kilometres"] == pytest.approx(1.1057, abs=0.001)
    assert (row["days"], row["amount_ratio"]) == (1096, 0.9)
    assert (
        row["reasons"]
        == "titles 100 % alike; 1.1 km apart; 1096 days at the same time; amounts 90 % alike in EUR"
    )


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ({}, True),
        ({"funder": "X"}, False),
        ({"title": "Health posts"}, False),
        ({"title": None}, False),
        ({"place": "POINT (2.5 0.5)"}, False),
        ({"place": None}, True),
        ({"place": None, "start": "2014-01-01", "end": "2015-12-31", "amount": 5.0}, False),
        ({"start": None, "amount": 1.0}, True),
    ],
)
def test_what_speaks_for_and_against(write_plan: WritePlan, second: dict[str, Any], found: bool) -> None:
    assert len(pair(write_plan, **second)) == int(found)


@pytest.mark.parametrize("at_once", [1, 2, 500])
def test_titles_are_compared_in_blocks(
    write_plan: WritePlan, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    # Four projects of four funders at one point. The second and the fourth have the same title.
    titles = {"P": "Irrigation", "Q": "Rural road", "R": "Clinics", "S": "Rural road"}
    plan = read_plan(
        write_plan(
            projects="project,title,start,end\n"
            + "".join(f"{code},{title},2010-01-01,2012-12-31\n" for code, title in titles.items()),
            locations="project,location,name,precision,geometry\n"
            + "".join(f"{code},1,here,1,POINT (0.5 0.5)\n" for code in titles),
            spending="project,component,funder,year,kind,currency,amount\n"
            + "".join(f"{code},roads,F{code},2010,budget,EUR,10.00\n" for code in titles),
        )
    )
    monkeypatch.setattr("geoplan.analysis.duplicates._TITLES_AT_ONCE", at_once)
    found = find_duplicates(plan, build_ledger(plan))
    assert found[["project", "other_project"]].to_numpy().tolist() == [["Q", "S"]]


def test_lao_titles_are_compared_whole(write_plan: WritePlan) -> None:
    assert len(pair(write_plan, title="ນ້ຳປະປາ")) == 0
    twins = pair(write_plan, title="Water supply phase 1 ນ້ຳ")
    assert twins["likeness"].lt(100).all()


def test_joint_funders_are_each_there_and_their_money_is_one(write_plan: WritePlan) -> None:
    spending = SPENDING.replace("P,roads,X", "P,roads,X|Z")
    ledger = build_ledger(read_plan(write_plan(spending=spending)))
    districts = describe_presence(ledger).set_index("district")
    assert districts.loc["A", "funder_names"] == "X; Z" and districts.loc["A", "funders"] == 2
    assert districts.loc["A", "state"] == "several" and districts.loc["A", "hhi"] == 1
    assert find_overlaps(ledger).empty, "who pays together does not overlap"
    matrix = cross_funders(ledger)
    assert set(matrix["funder"]) == {"X|Z", "Y", "X"} and matrix["amount_minor"].sum() == 15701
    more = build_ledger(read_plan(write_plan(spending=spending + "P,roads,X,2010,budget,EUR,3.00\n")))
    (overlap, _) = find_overlaps(more).to_dict("records")
    assert (overlap["funders"], overlap["funder_names"]) == (2, "X; Z")


# --- funders -------------------------------------------------------------------------------

JOINT_MONEY = """project,component,funder,year,kind,currency,amount
P,roads,X,2010,budget,EUR,60.00
P,roads,X|Y,2010,budget,EUR,30.00
Q,schools,Y; Z,2011,budget,EUR,50.00
R,office,Unspecified,2012,budget,EUR,7.00
R,office,,2012,budget,EUR,1.00
"""


def test_joint_money_has_a_view_per_partner(write_plan: WritePlan) -> None:
    rows = describe_funders(build_ledger(read_plan(write_plan(spending=JOINT_MONEY)))).set_index("funder")
    assert rows["alone"].to_dict() == {"X": 60, "Y": 0, "Z": 0, "not stated": 8}
    # Y could have paid all of both joint amounts.
    assert rows["jointly_up_to"].to_dict() == {"X": 30, "Y": 80, "Z": 50, "not stated": 0}
    assert rows["partners"].to_dict() == {"X": "Y", "Y": "X; Z", "Z": "Y", "not stated": ""}
    assert rows.loc["X", ["projects", "districts"]].tolist() == [1, 2]


def test_sectors_named_together_have_a_view_each(write_plan: WritePlan) -> None:
    projects = "project,title,sector\nP,Road,Transport | Energy\nQ,School,Energy\nR,Office,\n"
    ledger = build_ledger(read_plan(write_plan(spending=JOINT_MONEY, projects=projects)))
    rows = describe_sectors(ledger).set_index("sector")
    assert rows["alone_minor"].to_dict() == {"Transport": 0, "Energy": 5000, "not stated": 800}
    assert rows["jointly_up_to_minor"].to_dict() == {"Transport": 9000, "Energy": 9000, "not stated": 0}
    assert rows.loc["Energy", ["partners", "projects"]].tolist() == ["Transport", 2]


def test_words_for_no_funder_are_no_funders(write_plan: WritePlan) -> None:
    spending = SPENDING.replace("P,roads,X", "P,roads,Unspecified")
    rows = describe_presence(build_ledger(read_plan(write_plan(spending=spending)))).set_index("district")
    assert rows["state"].to_dict() == {"A": "not stated", "B": "not stated", "C": "left out"}
    assert rows["funders"].tolist() == [0, 0, 0] and set(rows["funder_names"]) == {""}


def test_no_funder_says_how_much_could_be_there(write_plan: WritePlan) -> None:
    said = CliRunner().invoke(coordination, [str(write_plan())]).output
    # 7.01 has no location: it could be in C, the only district without a funder.
    assert "no funder: 1 district (Gamma)" in said
    assert "up to EUR 7.01 without a known district could be in a district with no funder" in said
