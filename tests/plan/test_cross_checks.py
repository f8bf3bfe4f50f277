"""Checks of the tables against each other: shares, calendars and districts of another vintage."""

from __future__ import annotations

import pytest

from geoplan.model.errors import InputError, Problem
from geoplan.plan.plan_tables import read_plan

from ..conftest import DISTRICTS, TOML, WritePlan


def problems_of(write_plan: WritePlan, **changes: str) -> list[Problem]:
    try:
        read_plan(write_plan(**changes))
    except InputError as error:
        return list(error.problems)
    return []


def shared(project: str, shares: list[str]) -> str:
    rows = (f"{project},{at},place {at},1,POINT (0.5 0.5),{share}\n" for at, share in enumerate(shares))
    return "project,location,name,precision,geometry,share\n" + "".join(rows)


@pytest.mark.parametrize(
    ("last", "accepted"),
    # Nine shares with two decimals are each rounded by at most 0.005, so that their sum is off by less than 0.045.
    [("0.12", True), ("0.08", True), ("0.07", False), ("0.16", True), ("0.17", False)],
)
def test_shares_may_be_off_by_their_rounding(write_plan: WritePlan, last: str, accepted: bool) -> None:
    found = problems_of(write_plan, locations=shared("P", ["0.11"] * 8 + [last]))
    assert [problem.column for problem in found] == ([] if accepted else ["share"])


def test_wrong_shares_name_the_rows_of_their_project_only(write_plan: WritePlan) -> None:
    others = "Q,8,eight,1,POINT (0.5 0.5),1\nA,9,nine,1,POINT (0.5 0.5),1\n"
    projects = "project,title,start,end\n" + "".join(f"{code},t,2010-01-01,2012-12-31\n" for code in "APQR")
    (found,) = problems_of(write_plan, locations=shared("P", ["0.5", "0.2"]) + others, projects=projects)
    assert found.rows == (2, 3) and "project 'P' add up to 0.7, not 1" in found.message


@pytest.mark.parametrize(("fitting", "asked"), [(10, True), (9, True), (8, False)])
def test_years_are_of_another_calendar_if_nine_tenths_would_fit(
    write_plan: WritePlan, fitting: int, asked: bool
) -> None:
    # 2003 of the Ethiopian calendar is 2011; 1990 is no year of the project in any calendar.
    years = [2003] * fitting + [1990] * (10 - fitting)
    rows = (f"P,roads,X,{year},budget,EUR,{at}.00\n" for at, year in enumerate(years, start=1))
    found = problems_of(
        write_plan, spending="project,component,funder,year,kind,currency,amount\n" + "".join(rows)
    )
    ways = [problem.way_out for problem in found if "another calendar (ethiopian)" in problem.message]
    first = "(2003 is 2011)" if fitting == 10 else "(1990 is 1998)"
    assert [first in str(way) for way in ways] == [True] * asked


@pytest.mark.parametrize(("amounts", "asked"), [(2, False), (3, True)])
def test_two_years_are_too_few_to_doubt_their_calendar(
    write_plan: WritePlan, amounts: int, asked: bool
) -> None:
    rows = "".join(f"P,roads,X,2003,budget,EUR,{at}.00\n" for at in range(1, amounts + 1))
    found = problems_of(write_plan, spending="project,component,funder,year,kind,currency,amount\n" + rows)
    assert any("another calendar (ethiopian)" in problem.message for problem in found) == asked


def test_lunar_years_are_read_where_the_plan_says_so(write_plan: WritePlan) -> None:
    rows = "".join(f"P,roads,X,{year},budget,EUR,5.00\n" for year in (1431, 1432, 1433, 1434))
    spending = "project,component,funder,year,kind,currency,amount\n" + rows
    projects = "project,title,start,end\nP,Road,2010-01-01,2012-12-31\n"
    places = "project,district\nP,A\n"
    toml = TOML + 'calendar = "lunar-hijri"\n'
    folder = write_plan(spending=spending, projects=projects, toml=toml, locations=places)
    assert read_plan(folder).spending["year"].tolist() == [2010, 2011, 2012, 2013]


TWO_MORE = """
[vintages.older.districts]
file = "older.csv"
[vintages.oldest.districts]
file = "oldest.csv"
"""


@pytest.mark.parametrize(("codes", "offered"), [("XYZ", True), ("XYA", None), ("XAB", False), ("XA", False)])
def test_a_profile_that_is_mostly_of_other_districts_offers_their_vintage(
    write_plan: WritePlan, codes: str, offered: bool | None
) -> None:
    folder = write_plan(
        toml=TOML + TWO_MORE,
        profile="district,year,population\n" + "".join(f"{code},2010,5\n" for code in codes),
    )
    older = DISTRICTS.replace("A,Alpha", "X,Xi").replace("B,Beta", "Y,Ypsilon")
    (folder / "older.csv").write_text(older.replace("C,Gamma", "W,Wau"), encoding="utf-8")
    (folder / "oldest.csv").write_text(older.replace("C,Gamma", "Z,Zeta"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(folder)
    (found,) = caught.value.problems
    said = str(found.way_out)
    # All of its districts are of the oldest vintage; of most there is none; half or fewer are a slip.
    if offered:
        assert "use the vintage oldest" in said
    else:
        assert ("geoplan crosswalk OLD NEW" in said) == (offered is None)
        assert ("correct the code" in said) == (offered is False)


@pytest.mark.parametrize(
    ("years", "dates", "first"),
    [
        ((1398, 1400, 1401), (2019, 2022), "solar-hijri"),
        ((1398, 1400, 1401), (1977, 1981), "lunar-hijri"),
    ],
)
def test_dates_in_a_table_of_projects_tell_the_calendar_of_the_years(
    write_plan: WritePlan, years: tuple[int, ...], dates: tuple[int, int], first: str
) -> None:
    rows = "".join(f"P,roads,X,{year},budget,EUR,{year}.00\n" for year in years)
    (found,) = problems_of(
        write_plan,
        spending="project,component,funder,year,kind,currency,amount\n" + rows,
        projects=f"project,title,start,end\nP,t,{dates[0]}-01-01,{dates[1]}-12-31\nQ,t,,\n",
    )
    assert str(found.way_out).startswith(f'write in geoplan.toml: [spending] calendar = "{first}"')
    assert f"the dates of the projects, {dates[0]} to {dates[1]}, fit {first}" in str(found.way_out)


def test_one_year_that_fits_by_chance_does_not_hide_another_calendar(write_plan: WritePlan) -> None:
    years = (
        [2003] * 18 + [2011] + [2004]
    )  # 2011 is in the project, as 2003 and 2004 are in the Ethiopian calendar
    rows = (f"P,roads,X,{year},budget,EUR,{at}.00\n" for at, year in enumerate(years, start=1))
    found = problems_of(
        write_plan, spending="project,component,funder,year,kind,currency,amount\n" + "".join(rows)
    )
    assert [problem.message for problem in found if "(ethiopian)" in problem.message]
