"""What a release leaves open is said with the money that is at stake, and with no other."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

import geoplan as gp
from geoplan.sources.origins import parse_origins
from tests.sources.iati_files import ACTIVITY, paid

SQUARES = gpd.GeoDataFrame(
    {"district": ["A", "B"], "name": ["Alpha", "Beta"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4326
)
HERE = "<location><point><pos>0.5 0.5</pos></point><exactness code='1'/></location>"


def related(kind: int, project: str) -> str:
    """Return a related activity."""
    return f'<related-activity type="{kind}" ref="{project}"/>'


def budget(
    amount: int, *, kind: int = 1, first: str = "2015-01-01", last: str = "2015-12-31", currency: str = "EUR"
) -> str:
    """Return one budget."""
    return (
        f'<budget type="{kind}"><period-start iso-date="{first}"/><period-end iso-date="{last}"/>'
        f'<value currency="{currency}" value-date="{first}">{amount}</value></budget>'
    )


def said_of(folder: Path, bodies: dict[str, str]) -> tuple[list[str], gp.Ledger]:
    """Return what is doubtful in activities with these bodies, and their ledger."""
    activities = "".join(ACTIVITY.format(code=code, body=body) for code, body in bodies.items())
    (folder / "a.xml").write_text(f'<iati-activities version="2.03">{activities}</iati-activities>')
    plan = gp.make_plan(districts=SQUARES, sources=parse_origins(f"iati:{folder / 'a.xml'}"))
    ledger = gp.build_ledger(plan)
    return [str(problem) for problem in gp.find_warnings(plan, ledger)], ledger


def says(warnings: list[str], text: str) -> bool:
    """Tell whether a warning ends with a text, before its way out."""
    return any(warning.split("\n")[0].endswith(text) for warning in warnings)


CIRCLE = "2 activities ('P', 'Q') in a circle of parents, which is not used; all of their money counts: EUR 17.00 of disbursement"
LOST = "1 activity ('P') without places, with parents that no source has ('X'): EUR 7.00 of disbursement"


@pytest.mark.parametrize(
    ("bodies", "text"),
    [
        ({"P": related(1, "Q") + paid("7"), "Q": related(1, "P") + HERE + paid("10")}, CIRCLE),
        ({"P": related(2, "Q") + paid("7"), "Q": related(2, "P") + HERE + paid("10")}, CIRCLE),
        ({"P": related(1, "X") + paid("7")}, LOST),
        ({"P": related(1, "X") + paid("7"), "Q": HERE + paid("10")}, LOST),
    ],
)
def test_relations_that_lead_nowhere_are_said(bodies: dict[str, str], text: str, tmp_path: Path) -> None:
    assert says(said_of(tmp_path, bodies)[0], text)


@pytest.mark.parametrize(
    "bodies",
    [
        {"P": related(1, "Q") + paid("7"), "Q": HERE + paid("10")},
        {"P": related(1, "X") + HERE + paid("7")},  # it has places, and its money is not counted twice
        {"P": related(3, "X") + paid("7")},  # a sibling
    ],
)
def test_relations_that_are_used_or_not_needed_are_no_doubt(bodies: dict[str, str], tmp_path: Path) -> None:
    warnings, _ = said_of(tmp_path, bodies)
    assert not any("no source has" in warning or "circle" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("parent", "others", "place"),
    [("xm-1-p", (), "district"), ("xm-1-p", ("XM-1-p",), "unlocated"), ("XM-1-P", ("xm-1-p",), "district")],
)
def test_a_parent_is_found_but_for_capital_letters(
    parent: str, others: tuple[str, ...], place: str, tmp_path: Path
) -> None:
    bodies = {"XM-1-P": HERE, **dict.fromkeys(others, HERE), "C": related(1, parent) + paid("7")}
    entries = gp.list_entries(said_of(tmp_path, bodies)[1])
    assert entries["place"].tolist() == [place]  # two parents with the same letters are a question


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (budget(5) + budget(5), "with the same budget twice; both count: EUR 10.00 of budget"),
        (budget(5, last="2014-01-01"), "ends before it starts; these amounts are left out"),
        (budget(5) + budget(7), "with budgets whose periods overlap; all of them count: EUR 12.00 of budget"),
    ],
)
def test_doubts_about_budgets_name_the_money_of_budgets_only(body: str, text: str, tmp_path: Path) -> None:
    assert says(said_of(tmp_path, {"P": HERE + paid("99") + body})[0], text)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (budget(5) + budget(-3, kind=2), "overlap"),  # what is left out does not count twice
        (budget(5) + budget(5, currency="USD"), "same budget"),
        (budget(6) + budget(3, last="2015-06-30") + budget(3, last="2015-07-31", currency="USD"), "sum of others"),
    ],
)  # fmt: skip
def test_budgets_that_do_not_count_or_differ_are_not_the_same(body: str, word: str, tmp_path: Path) -> None:
    assert not any(word in warning for warning in said_of(tmp_path, {"P": HERE + body})[0])


@pytest.mark.parametrize(
    ("recipients", "what"),
    [
        ('<recipient-country code="LA"/><recipient-country code="VN"/>', "countries"),
        (
            '<recipient-country code="LA" percentage="50"/><recipient-region code="689" percentage="50"/>',
            "countries or regions",
        ),
        ('<recipient-country code="LA"/><recipient-region code="689"/>', None),  # where the country is
        ('<recipient-region code="689" percentage="100"/>', None),
    ],
)
def test_money_for_other_countries_or_regions_is_a_doubt(
    recipients: str, what: str | None, tmp_path: Path
) -> None:
    warnings = said_of(tmp_path, {"P": recipients + HERE + paid("7")})[0]
    told = f"for several recipient {what}; all of their money counts, because the source has no option country: EUR 7.00 of disbursement"
    assert says(warnings, told) is (what is not None)
