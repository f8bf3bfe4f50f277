"""Plans at the edge of what there can be: the page opens, complains of nothing, and says what is true."""

from __future__ import annotations

import re

import pytest
from shapely import box
from shapely.geometry import Point

from geoplan.page import build_map, render_page

from .conftest import tick

NOTHING_SAID = re.compile(r"undefined|NaN|\[object|Infinity|\{\w+\}|-∞|\(\)|^,|, *$", re.MULTILINE)


def here(**about):
    return {"project": "P", "geometry": Point(0.5, 0.5), **about}


def plan_named(case, toys):
    """Return the plan of a case: districts, projects, locations, spending, profile."""
    squares, amount = toys.squares, toys.amount
    profile = [{"district": "D0", "year": 2010, "population": 10, "poor": 5, "poverty_class": "poor"}]
    no_people = [{"district": "D0", "year": 2010, "population": 0, "poor": 0, "poverty_class": None}]
    islands = [
        {**row, "geometry": box(west, -17, east, -16)}
        for row, (west, east) in zip(squares(3), [(178, 179), (179, 180), (-180, -179)], strict=True)
    ]
    cases = {
        "nothing at all": (squares(2), [], [], [], []),
        "no projects placed": (squares(2), [{"project": "P"}], [], [], []),
        "who is where": (squares(2), [{"project": "P"}], [here()], [], profile),
        "all unlocated": (squares(2), [{"project": "P"}], [], [amount("P", 5)], profile),
        "all coarse": (squares(2), [{"project": "P"}], [{"project": "P", "precision": 9}], [amount("P", 5)], profile),
        "no shapes": (squares(2, geometry=None), [{"project": "P"}], [{"project": "P", "district": "D0"}], [amount("P", 5)], profile),
        "all outside": (squares(2), [{"project": "P"}], [here(geometry=Point(100, 45))], [amount("P", 5)], profile),
        "one district": (squares(1), [{"project": "P"}], [here()], [amount("P", 123)], profile),
        "zero": (squares(2), [{"project": "P"}], [here()], [amount("P", 0)], no_people),
        "10^13": (squares(2), [{"project": "P"}], [here()], [amount("P", 10**15)], profile),
        "sums beyond exact": (squares(2), [{"project": "P"}], [here()], [amount("P", 10**15, year=2000 + at) for at in range(12)], profile),
        "0 beside 10^13": (squares(2), [{"project": "P"}, {"project": "Q"}], [here(), here(project="Q", geometry=Point(1.5, 0.5))],
                           [amount("P", 0), amount("Q", 10**15), amount("Q", 1, component="Small")], profile),
        "refunds only": (squares(2), [{"project": "P"}], [here()], [amount("P", -500)], profile),
        "300 components": (squares(2), [{"project": f"P{at:03}"} for at in range(300)],
                           [{"project": f"P{at:03}", "geometry": Point(0.003 + 0.006 * at, 0.5)} for at in range(300)],
                           [amount(f"P{at:03}", 1, component=f"Component {at:03}") for at in range(300)], profile),
        "antimeridian": (islands, [{"project": "P"}], [here(geometry=Point(-179.5, -16.5))], [amount("P", 700)], profile),
    }  # fmt: skip
    districts, projects, locations, spending, people = cases[case]
    return toys.plan_of(districts, projects, locations, spending, people, title="")


SAID = {
    "nothing at all": ["The plan has no spending.", "Plan without a title"],
    "no projects placed": ["The plan has no spending."],
    "who is where": ["The plan has no spending.", "Projects"],
    "all unlocated": ["None of this money is placed in a district.", "without a location"],
    "all coarse": ["None of this money is placed in a district.", "country-wide"],
    "no shapes": [
        "The plan has no district boundaries to draw.",
        "EUR 0.05 in districts (100.0 %), in 1 of 2 districts",
    ],
    "all outside": ["None of this money is placed in a district.", "outside the area"],
    "one district": ["EUR 1.23", "in 1 of 1 district."],
    "zero": ["EUR 0"],
    "10^13": ["EUR 10 000 000 000 000", "billion EUR, budget"],
    "sums beyond exact": ["EUR 120 000 000 000 000"],
    "0 beside 10^13": ["EUR 10 000 000 000 000"],
    "refunds only": ["EUR −5", "below zero (−5)"],
    "300 components": ["EUR 3", "others"],
    "antimeridian": ["EUR 7", "in 1 of 3 districts"],
}


def go_through(opened):
    """Show every measure in every language, choose what can be chosen, compare, and print."""
    page = opened.page
    texts = []
    for code in ("en", "fr", "lo"):
        page.click(f"#languages [lang={code}]")
        for measure in page.eval_on_selector_all(
            "#choose-measure option", "all => all.map((each) => each.value)"
        ):
            page.select_option("#choose-measure", measure)
            texts.append(page.inner_text("body"))
    page.click("#languages [lang=en]")
    page.click("text=Reset")
    page.click("#districts tbody tr:first-child button")
    texts.append(page.inner_text("#details"))
    if page.evaluate("geoplan.page.data.projects.rows"):
        page.evaluate("geoplan.page.select({ type: 'project', at: 0 }, true)")
        texts.append(page.inner_text("#details"))
    page.keyboard.press("Escape")
    page.mouse.move(900, 300)
    page.evaluate("geoplan.tableAsCsv(geoplan.page)")
    page.click("#compare")
    texts.append(page.inner_text("body"))
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    return texts


@pytest.mark.parametrize("case", SAID)
def test_the_page_says_something_true(open_page, toys, case):
    opened = open_page(render_page(build_map(plan_named(case, toys))))
    text = " ".join(opened.text(part) for part in ("body", "#figures", "#elsewhere"))
    assert [said for said in SAID[case] if said not in text] == []
    assert [NOTHING_SAID.findall(text) for text in go_through(opened) if NOTHING_SAID.search(text)] == []
    opened.check()


def test_a_plan_without_money_shows_counts_and_no_amounts(open_page, toys):
    opened = open_page(render_page(build_map(plan_named("who is where", toys))))
    text = opened.text("body")
    assert [word for word in ("Amount", "No money matches these filters", "EUR") if word in text] == []
    last = "rows => rows.map((row) => row.cells.item(row.cells.length - 1).innerText)"
    assert opened.page.eval_on_selector_all("#districts tbody tr", last) == ["1", "0"]
    sorted_by = "heads => heads.map((head) => head.getAttribute('aria-sort'))"
    assert opened.page.eval_on_selector_all("#districts th[data-column=extra]", sorted_by) == ["descending"]


def test_little_does_not_look_like_nothing_nor_most_like_all(open_page, toys):
    plan = toys.plan_of(
        toys.squares(2),
        [{"project": code} for code in "PQZ"],
        [here(), here(project="Q", geometry=Point(1.5, 0.5))],
        [toys.amount("P", 5), toys.amount("Q", 10**9), toys.amount("P", 100, funder="Other", kind="disbursement"),
         toys.amount("Z", 3)],
        [{"district": "D0", "year": 2010, "population": 3000}],
    )  # fmt: skip
    opened = open_page(render_page(build_map(plan)))
    row = opened.text("#districts tr[data-district='0']").split()
    assert "0.05" in row and "0.0000167" in row
    assert "(> 99.9 %)" in opened.text("#figures")
    assert "< 0.1 %" in opened.text("#elsewhere")
    opened.check()


def test_islands_across_the_antimeridian_lie_side_by_side(open_page, toys):
    opened = open_page(render_page(build_map(plan_named("antimeridian", toys))))
    for name in ("labels", "hatching", "points"):
        tick(opened.page, f"#show-{name}", on=False)
    west, east = opened.page.evaluate(
        "(({ _southWest, _northEast }) => [_southWest.lng, _northEast.lng])(geoplan.page.map.getBounds())"
    )
    assert 0 < east - west < 15
    assert opened.colour(180.5, -16.5) not in ([255, 255, 255], [0, 0, 0])
    assert opened.colour(178.5, -16.5) == [255, 255, 255]
    opened.click_at(180.5, -16.2)
    assert "District 2" in opened.text("#details")
    tick(opened.page, "#show-points")
    opened.page.keyboard.press("Escape")
    opened.click_at(180.5, -16.5)
    assert "point in the district" in opened.text("#details")
    opened.check()


def test_days_are_written_as_each_language_writes_them(open_page, toys):
    plan = toys.plan_of(toys.squares(1, valid_from="2012-01-01", valid_to="2019-12-31"), [], [], [])
    opened = open_page(render_page(build_map(plan)))
    for code, said in {
        "en": "1 January 2012 to 31 December 2019",
        "fr": "du 1er janvier 2012 au 31 décembre 2019",
        "lo": "1/1/2012 ຫາ 31/12/2019",
    }.items():
        opened.page.click(f"#languages [lang={code}]")
        assert said in opened.text("#about")
    opened.check()
