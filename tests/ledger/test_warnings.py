"""Every warning about a valid plan, by hand on toy squares: when it appears, with which rows, and when not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.ledger.warnings import find_warnings
from geoplan.model.errors import Problem
from geoplan.plan.plan_tables import read_plan

from ..conftest import DISTRICTS, PROFILE, PROJECTS, SPENDING, TOML, WritePlan

PLACES = "project,location,name,district,precision,geometry\n"
EVERYWHERE = PLACES + "P,1,,A,,\nQ,1,,B,,\nR,1,,C,,\n"
FULL_PROFILE = PROFILE.replace("C,2010,,,,very poor", "C,2010,500,250,0.50,very poor")
# Money in each district, every figure known, nothing outside: no reason to warn.
CALM = {"locations": EVERYWHERE, "profile": FULL_PROFILE}

FindNew = Callable[..., list[Problem]]


@pytest.fixture
def warn(write_plan: WritePlan) -> FindNew:
    """Return a function that gives the warnings of the calm plan with some of its files replaced."""

    def find(**changes: str) -> list[Problem]:
        plan = read_plan(write_plan(**{**CALM, **changes}))
        return find_warnings(plan, build_ledger(plan))

    return find


def at(*rows: str) -> str:
    """Return the locations of the calm plan, those of project P replaced."""
    return PLACES + "Q,1,,B,,\nR,1,,C,,\n" + "".join(f"P,{number},{row}\n" for number, row in enumerate(rows))


def test_a_calm_plan_has_no_warning(warn: FindNew) -> None:
    assert warn() == []


def test_the_toy_plan_has_these_warnings_and_no_other(write_plan: WritePlan) -> None:
    plan = read_plan(write_plan())
    found = [
        (problem.source, problem.message, problem.rows, problem.values)
        for problem in find_warnings(plan, build_ledger(plan))
    ]
    assert found == [
        (
            "ledger",
            "EUR 50.00 (31.8%) of 1 project is province-wide, in no district",
            (),
            (),
        ),
        ("ledger", "EUR 33.33 (21.2%) of 1 project is outside area, in no district", (), ()),
        ("ledger", "EUR 7.01 (4.5%) of 1 project is unlocated, in no district", (), ()),
        ("locations.csv", "points more than 1 km outside every district", (4,), ("three",)),
        ("locations.csv", "projects with spending but no location: their money is unlocated", (), ("R",)),
        ("districts.csv", "1 of 3 districts without any money", (), ("Gamma",)),
        ("districts.csv", "1 of 3 districts without population in the profile", (), ("Gamma",)),
    ]


def test_projects_in_a_bucket_are_counted_once(warn: FindNew) -> None:
    locations = PLACES + "P,1,North,,4,\nP,2,South,,4,\nQ,1,North,,4,\nR,1,,C,,\n"
    assert (
        warn(locations=locations)[0].message
        == "EUR 150.00 (95.5%) of 2 projects is province-wide, in no district"
    )


def test_what_is_rounded_away_is_stated(warn: FindNew) -> None:
    (found,) = warn(spending=SPENDING.replace("7.01", "7.0104"))
    assert found.message == "EUR 0.0004 was rounded away when amounts were read"


def test_amounts_below_zero_have_a_minus_sign(warn: FindNew) -> None:
    spending = "project,year,kind,currency,amount\nP,2010,disbursement,EUR,-1234.504\n"
    messages = [problem.message for problem in warn(spending=spending, locations="project,precision\nP,4\n")]
    assert "EUR −1\u202f234.50 (100.0%) of 1 project is province-wide, in no district" in messages
    assert "EUR −0.004 was rounded away when amounts were read" in messages


# The geometry of the location of P in row 4, and the message.
PLACEMENTS = {
    "code against point": (",C,,POINT (0.5 0.5)", "the point is in another district"),
    "name against point": ("Gamma,,3,POINT (0.5 0.5)", "the point is in another district"),
    "unknown name": ("Omega,,3,", "names that match no district"),
    "axes swapped": ("one,,1,POINT (0.5 2.5)", "longitude and latitude look swapped"),
    "999.9 m outside": ("one,,1,POINT (3.008983 0.5)", "points less than 1 km outside every district"),
    "1,000.1 m outside": ("one,,1,POINT (3.008985 0.5)", "points more than 1 km outside every district"),
    "on a border": ("one,,1,POINT (1 0.5)", "points on a border: assigned to the district with the lowest"),
    "partly outside": ("one,,1,LINESTRING (0.5 0.5, 0.5 1.5)", "lines or areas that are partly outside"),
    "no place": ("one,,1,", "locations without a district, coordinates or a precision code"),
    "invalid": (
        'one,,1,"POLYGON ((0.1 0.1, 0.4 0.4, 0.4 0.1, 0.1 0.4, 0.1 0.1))"',
        "invalid geometries; they are repaired",
    ),
    "empty": ("one,,1,POINT EMPTY", "empty geometries; they count as missing"),
}


@pytest.mark.parametrize(("place", "message"), PLACEMENTS.values(), ids=PLACEMENTS)
def test_each_doubtful_placement_has_its_warning(place: str, message: str, warn: FindNew) -> None:
    quoted = place if '"' in place else ",".join([*place.split(",", 3)[:3], f'"{place.split(",", 3)[3]}"'])
    found = [problem for problem in warn(locations=at(quoted)) if message in problem.message]
    assert [(problem.source, problem.rows) for problem in found] == [("locations.csv", (4,))]
    name, code, _ = place.split(",", maxsplit=2)
    assert found[0].values == (code or name,)


def test_only_the_doubtful_rows_are_listed(warn: FindNew) -> None:
    """Good points inside a district, or in the district that is named, are not part of a warning."""
    calm = at('one,,1,"POINT (0.5 0.5)"', ',A,,"POINT (0.25 0.5)"', 'Alpha,,3,"POINT (0.75 0.5)"', "Alfa,,3,")
    assert warn(locations=calm) == []


def test_a_name_that_is_only_similar_is_listed(warn: FindNew) -> None:
    districts = DISTRICTS.replace("A,Alpha", "A,Savannakhet")
    found = warn(districts=districts, locations=at("Savanakhed,,3,"))
    assert [(problem.message, problem.rows, problem.values) for problem in found] == [
        ("names matched approximately", (4,), ("Savanakhed",))
    ]


@pytest.mark.parametrize(
    ("cell", "separator"),
    [
        ("Alpha et Gamma", '"et"'),
        ("Alpha + Beta", '"+"'),
        ("Alpha – Beta", '" – "'),
        ("Alpha, Beta y Gamma", '[",", "y"]'),
    ],
)
def test_several_districts_in_one_cell_say_their_separator(cell: str, separator: str, warn: FindNew) -> None:
    locations = f'project,location,district\nP,1,"{cell}"\nQ,1,Alpha\nR,1,Omega\n'
    found = {problem.message: problem for problem in warn(locations=locations)}
    assert found["several districts in one cell"].values == (cell,)
    assert f"[locations.separator] district = {separator}" in found["several districts in one cell"].way_out
    assert found["names that match no district"].values == ("Omega",)


def test_a_place_with_an_unknown_province_only_is_shown_by_its_province(warn: FindNew) -> None:
    found = warn(locations="project,location,province\nP,1,Far East\nQ,1,North\nR,1,North\n")
    assert [problem.values for problem in found if problem.rows == (2,)] == [("Far East",)]


def test_an_ambiguous_name_is_listed(warn: FindNew) -> None:
    twice = DISTRICTS.replace("C,Gamma", "C,Beta")
    found = [problem for problem in warn(districts=twice, locations=at("Beta,,3,")) if problem.rows == (4,)]
    assert [(problem.message, problem.values) for problem in found] == [
        ("names that match several districts", ("Beta",))
    ]


def test_a_point_at_zero_is_named_and_not_called_far(warn: FindNew) -> None:
    away = "district,name,geometry\n" + "".join(
        f'{code},{name},"POLYGON (({x} 10, {x + 1} 10, {x + 1} 11, {x} 11, {x} 10))"\n'
        for x, (code, name) in enumerate((("A", "Alpha"), ("B", "Beta"), ("C", "Gamma")), start=100)
    )
    found = warn(districts=away, locations=at('one,,1,"POINT (0 0)"'))
    assert [problem.message for problem in found if problem.rows == (4,)] == ["points at 0° 0°"]


def test_projects_without_spending_are_listed(warn: FindNew) -> None:
    (found,) = warn(projects=PROJECTS + "S,Clinic,2010-01-01,2012-12-31\n")
    assert (found.source, found.message, found.rows, found.values) == (
        "spending.csv",
        "projects without spending",
        (5,),
        ("S",),
    )


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2009, [((2,), ("P 2009",))]), (2010, []), (2012, []), (2013, [((2,), ("P 2013",))])],
)
def test_spending_outside_the_dates_of_its_project(
    year: int, expected: list[tuple[tuple[int, ...], tuple[str, ...]]], warn: FindNew
) -> None:
    found = warn(spending=SPENDING.replace("X,2010", f"X,{year}"))
    assert [(problem.rows, problem.values) for problem in found] == expected
    assert {problem.message for problem in found} <= {"spending in years outside the project's dates"}


@pytest.mark.parametrize(("amount", "expected"), [("-0.01", [(2,)]), ("0.00", []), ("0.01", [])])
def test_amounts_below_zero(amount: str, expected: list[tuple[int, ...]], warn: FindNew) -> None:
    spending = SPENDING.replace("budget", "disbursement").replace("100.00", amount)
    found = warn(spending=spending)
    assert [problem.rows for problem in found if problem.message.startswith("amounts below zero")] == expected


@pytest.mark.parametrize(("column", "text"), [("component", "P,roads,X"), ("funder", "P,roads,X")])
def test_a_component_or_funder_that_is_not_stated(column: str, text: str, warn: FindNew) -> None:
    without = {"component": "P,,X", "funder": "P,roads,"}[column]
    (found,) = warn(spending=SPENDING.replace(text, without))
    assert (found.message, found.column, found.rows) == (f"no {column} stated", column, (2,))


def test_districts_without_money_or_figures_are_named(warn: FindNew) -> None:
    (found,) = warn(locations=EVERYWHERE.replace("R,1,,C", "R,1,,B"))
    assert (found.message, found.values) == ("1 of 3 districts without any money", ("Gamma",))
    (found,) = warn(profile=FULL_PROFILE.replace("0.50,very poor", "0.50,"))
    assert (found.message, found.values) == (
        "1 of 3 districts without poverty class in the profile",
        ("Gamma",),
    )


def test_figures_of_different_years_are_stated(warn: FindNew) -> None:
    (found,) = warn(profile=FULL_PROFILE.replace("B,2010", "B,2008"))
    assert "population and poverty figures are of different years" in found.message
    assert "2008" in found.message and "2010" in found.message


@pytest.mark.parametrize(
    ("rate", "expected"),
    [("0.494", ("Gamma: 0.494, not 0.500",)), ("0.495", ()), ("0.505", ()), ("0.506", ("Gamma: 0.506, not 0.500",))],
)  # fmt: skip
def test_a_poverty_rate_may_be_rounded_but_not_differ(
    rate: str, expected: tuple[str, ...], warn: FindNew
) -> None:
    found = warn(profile=FULL_PROFILE.replace("0.50,", f"{rate},"))
    assert tuple(value for problem in found for value in problem.values) == expected
    assert all("differ from poor ÷ population" in problem.message for problem in found)


@pytest.mark.parametrize(
    ("edge", "message"),
    [("2.001", "1 gap in the boundary layer"), ("1.999", "1 overlap in the boundary layer")],
)
def test_faults_of_the_boundary_layer_are_counted(edge: str, message: str, warn: FindNew) -> None:
    gamma = DISTRICTS.replace("POLYGON ((2 0,", f"POLYGON (({edge} 0,").replace(
        "2 1, 2 0))", f"{edge} 1, {edge} 0))"
    )
    if edge == "2.001":  # districts all around the strip make it a gap, not a part of the outer border
        gamma += (
            'D,Delta,,P2,South,"POLYGON ((0 -1, 3 -1, 3 0, 0 0, 0 -1))"\n'
            'E,Epsilon,,P2,South,"POLYGON ((0 1, 3 1, 3 2, 0 2, 0 1))"\n'
        )
    found = [problem for problem in warn(districts=gamma) if "boundary layer" in problem.message]
    assert [problem.message for problem in found if "unmatched" not in problem.message] == [message]
    assert "m² at" in found[0].values[0]


@pytest.mark.parametrize(
    ("levels", "way_out"),
    [
        (("one", "three"), 'in [districts]: where = "\\"level\\" = \'three\'"'),
        (("3", "3"), "read one of them: add where"),
    ],
)
def test_districts_without_ground_of_their_own_may_be_another_level(
    levels: tuple[str, str], way_out: str, warn: FindNew
) -> None:
    above, below = levels
    head, *rows = DISTRICTS.strip().splitlines()
    mixed = [f"{head},level", *(f"{row},{below}" for row in rows)]
    mixed.append(f'Z,Whole,,P1,North,"POLYGON ((0 0, 3 0, 3 1, 0 1, 0 0))",{above}')
    (found,) = [problem for problem in warn(districts="\n".join(mixed)) if "geometr" in problem.message]
    assert (
        found.message == "1 empty geometry in the boundary layer: the districts inside have all of the ground"
    )
    assert found.values == ("Z",)
    assert way_out in found.way_out


def test_translations_of_texts_that_the_plan_does_not_have(warn: FindNew) -> None:
    toml = TOML + '[translations.fr]\nroads = "routes"\n"no such text" = "rien"\n'
    (found,) = warn(toml=toml)
    assert found.source == "geoplan.toml"
    assert found.message.startswith("[translations.fr] ")
    assert found.values == ("no such text",)


def test_remarks_of_reading_come_last(warn: FindNew, tmp_path: Path) -> None:
    (found,) = warn(spending=SPENDING.replace("funder", "Donor"))
    assert found.source == "reading"
    assert "'Donor' is read as funder" in found.message


def test_points_with_the_name_of_a_country_or_province(warn: FindNew) -> None:
    # A point in Alpha: the province is North. A precision, a district or a name of a district says how exact it is.
    *buckets, found = warn(
        locations=at("North,,,POINT (0.5 0.5)", "Alpha,,,POINT (0.5 0.5)", "Laos,,,POINT (0.5 0.5)")
    )
    assert [problem.source for problem in buckets] == ["ledger", "ledger"]
    assert found.message.startswith("points that have the name of a country or province")
    assert "EUR 66.67 of budget is in no district" in found.message
    assert (found.rows, found.values) == ((4, 6), ("North", "Laos"))
    assert '[locations.constant] precision = "1"' in found.way_out
    assert warn(locations=at("North,,1,POINT (0.5 0.5)", "North,A,,POINT (0.5 0.5)")) == []


def test_cells_that_say_their_decision_are_listed_with_their_money_and_the_review(warn: FindNew) -> None:
    rows = at("Nationwide,,,", '"Alpha 60%, Gamma 40%",,,', "Omega,,,")
    found = {problem.message: problem for problem in warn(locations=rows)}
    (message,) = (
        text for text in found if text.startswith("names that are several districts or a whole area")
    )
    assert "EUR 66.67 of budget is unmatched until you decide" in message
    assert found[message].values == ("Nationwide", "Alpha 60%, Gamma 40%")
    assert "'Nationwide' → country-wide; 'Alpha 60%, Gamma 40%' → A 60 | C 40" in found[message].way_out
    assert '[locations] review = "review.csv"' in found[message].way_out
    assert found["names that match no district"].values == ("Omega",)
