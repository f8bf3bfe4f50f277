"""axe-core finds no violation in any state of the page, and every control can be reached by keyboard."""

from __future__ import annotations

from importlib.resources import files

import pytest

from geoplan.page import build_map, render_page
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from .conftest import DESK, PHONE

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def axe() -> str:
    package = pytest.importorskip(
        "axe_playwright_python", reason="axe-playwright-python, which ships axe-core, is absent"
    )
    return files(package).joinpath("axe.min.js").read_text(encoding="utf-8")


def violations(page, axe: str) -> list[str]:
    """Run axe-core in the page; what it complains about, each with the first element."""
    page.evaluate(axe)
    found = page.evaluate(
        """(rules) => axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"],
            rules: { "target-size": { enabled: !document.documentElement.classList.contains("paper") } } })""",
        RULES,
    )
    assert found["testEngine"]["version"]
    return [
        f"{each['id']}: {each['nodes'][0]['target']} {each['nodes'][0]['html'][:120]}"
        for each in found["violations"]
    ]


STATES = {
    "as it opens": "",
    "in French": "document.querySelector('#languages [lang=fr]').click()",
    "in Lao": "document.querySelector('#languages [lang=lo]').click()",
    "another measure": "const s = document.querySelector('#choose-measure'); s.value = 'poverty_class'; s.dispatchEvent(new Event('change', { bubbles: true }))",
    "a district chosen": "document.querySelector('#districts tbody .link').click()",
    "a project chosen": "geoplan.page.select({ type: 'project', at: 3 }, true)",
    "several projects at a place": "geoplan.page.select({ type: 'place', projects: [0, 1, 2] }, true)",
    "filters that leave nothing": "geoplan.page.change({ poverty: [0], component: [0], funder: [0], from: 2016, to: 2016 })",
    "money and poverty, one cell": "geoplan.page.change({ measure: 'money_and_poverty' }); geoplan.page.change({ cell: 2 })",
    "a filter open, some kept": "document.querySelector('#choose-component').open = true; geoplan.page.change({ component: [0, 1] })",
    "the difference": "geoplan.page.turnComparison(); geoplan.page.change({ compare: { ...geoplan.page.view.compare, from: 2012, to: 2013, difference: true } })",
    "years playing": "document.querySelector('#play').click()",
    "years open": "document.querySelector('#years').open = true",
    "layers open": "document.querySelector('#classing').open = true",
    "about the data, folds open": "geoplan.page.openTab('about'); document.querySelectorAll('#panel details').forEach((each) => (each.open = true))",
    "not on the map": "geoplan.page.openTab('elsewhere')",
    "searching": "const q = document.querySelector('#search'); q.value = 'Pak'; q.dispatchEvent(new Event('input', { bubbles: true }))",
    "side by side": "[...document.querySelectorAll('button')].find((each) => each.textContent.includes('side by side')).click()",
    "on paper": "window.dispatchEvent(new Event('beforeprint'))",
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_no_violation(open_page, home_html, axe, state):
    opened = open_page(home_html)
    if state:
        opened.page.evaluate(state)
        opened.page.wait_for_timeout(300)
    assert violations(opened.page, axe) == []


COMPARED = {
    "two plans": "",
    "two plans, a district of the second": "geoplan.page.select({ type: 'district', at: 1, second: true }, true)",
    "two plans, in French": "document.querySelector('#languages [lang=fr]').click()",
    "two plans, on paper": "window.dispatchEvent(new Event('beforeprint'))",
}


@pytest.mark.parametrize("state", COMPARED.values(), ids=COMPARED)
def test_no_violation_in_a_comparison(open_page, compared_html, axe, state):
    opened = open_page(compared_html)
    if state:
        opened.page.evaluate(state)
        opened.page.wait_for_timeout(300)
    assert violations(opened.page, axe) == []


def test_no_violation_in_a_comparison_on_a_phone(open_page, compared_html, axe):
    opened = open_page(compared_html, viewport=PHONE)
    assert violations(opened.page, axe) == []


@pytest.mark.parametrize("code", ["en", "lo"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_no_violation_when_the_basemap_is_not_reached(open_page, axe, code, viewport):
    html = render_page(build_map(read_plan(find_bundled_plan()), basemap="OpenStreetMap.Mapnik"))
    opened = open_page(html, viewport=viewport, address=f"#lang={code}")
    opened.wait("document.documentElement.dataset.basemap === 'unreached'")
    assert opened.page.is_visible("#basemap-note")
    assert violations(opened.page, axe) == []


def test_no_violation_in_a_cell_of_a_notebook(open_page, axe):
    shown = build_map(read_plan(find_bundled_plan()))._repr_html_()
    opened = open_page(
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>N</title><main><h1>N</h1>{shown}</main>",
        wait=False,
    )
    (frame,) = [frame for frame in opened.page.frames if frame.parent_frame]
    frame.wait_for_selector("html[data-ready=yes]")
    assert violations(frame, axe) == []


def test_no_violation_with_a_row_pointed_at_and_folds_open_below_the_map(open_page, small_html, axe):
    opened = open_page(small_html)
    assert opened.page.locator(".legend-below").count() == 1
    opened.page.hover("#districts tr[data-district='2'] td")
    assert violations(opened.page, axe) == []


SMALL = """(least) => [...document.querySelectorAll("button, select, input, summary")].filter((each) => each.checkVisibility() && each.id !== "skip")
    .map((each) => [each, (each.type === "checkbox" ? each.parentElement : each).getBoundingClientRect()])
    .filter(([, { width, height }]) => Math.min(width, height) < least - 0.5).map(([each]) => each.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize(
    ("viewport", "least"),
    [(DESK, 24), (PHONE, 44), ({"width": 320, "height": 640}, 44)],
    ids=["desk", "phone", "least"],
)
def test_what_can_be_touched_is_large_enough_and_nothing_lies_beside_the_page(
    open_page, home_html, viewport, least
):
    opened = open_page(home_html, viewport=viewport, address="#lang=fr")
    assert opened.page.evaluate(SMALL, least) == []
    opened.page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 3 }, true)")
    assert opened.page.evaluate(SMALL, least) == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # A chip that is opened closes the others.
    for at in range(opened.page.locator(".bar details").count()):
        opened.page.evaluate("(at) => { document.querySelectorAll('.bar details')[at].open = true; }", at)
        opened.settle()
        assert opened.page.evaluate(SMALL, least) == []


@pytest.mark.parametrize("language", ["en", "fr", "lo"])
def test_the_menu_and_the_choices_of_a_second_map_are_large_enough_for_a_finger(
    open_page, home_html, language
):
    opened = open_page(home_html, viewport=PHONE, address=f"#lang={language}&compare=per_person")
    assert opened.page.is_visible("#second-measure")
    opened.page.click("#menu")
    assert opened.page.evaluate(SMALL, 44) == []


def test_texts_of_any_length_are_within_reach_of_the_keyboard(open_page, toys, axe):
    long = "Nongbouakhaoteng " * 600
    plan = toys.plan_of(
        toys.squares(2, name=long),
        [{"project": "P", "title": long, "sector": long}],
        [{"project": "P", "district": "D0"}],
        [toys.amount("P", 100, component=long)],
        title=long,
        subtitle=long,
        illustrative=long,
    )
    opened = open_page(render_page(build_map(plan)))
    for kind in ("district", "project"):
        opened.page.evaluate("(type) => geoplan.page.select({ type, at: 0 }, true)", kind)
        assert violations(opened.page, axe) == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_no_violation_with_the_names_by_number_unfolded(open_page, toys, axe, viewport):
    districts = [{**row, "name": f"Nongbouakhaotengthong {at}"} for at, row in enumerate(toys.squares(18))]
    plan = toys.plan_of(
        districts, [{"project": "A"}], [{"project": "A", "district": "D1"}], [toys.amount("A", 1)]
    )
    opened = open_page(render_page(build_map(plan)), viewport=viewport)
    opened.page.focus("#numbered summary")
    opened.page.keyboard.press("Enter")
    assert opened.page.is_visible("#numbered li")
    assert violations(opened.page, axe) == []


def test_no_violation_on_a_phone(open_page, home_html, axe):
    opened = open_page(home_html, viewport=PHONE)
    assert violations(opened.page, axe) == []


def test_axe_would_complain(open_page, home_html, axe):
    opened = open_page(home_html)
    opened.page.evaluate("document.querySelector('#choose-measure').parentElement.firstChild.remove()")
    assert any(each.startswith("select-name") for each in violations(opened.page, axe))


def test_every_control_is_reached_by_tab_and_shows_it(open_page, home_html):
    opened = open_page(home_html)
    wanted = opened.page.evaluate(
        """() => [...document.querySelectorAll('button, select, input, summary, a[href], [tabindex="0"]')]
            .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled)
            .map((each, at) => (each.dataset.stop = at, at))"""
    )
    reached, unseen = set(), []
    for _ in range(2 * len(wanted) + 20):
        opened.page.keyboard.press("Tab")
        stop, outline = opened.page.evaluate(
            """() => {
                const each = document.activeElement;
                const style = getComputedStyle(each);
                const seen = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
                return [each.dataset?.stop ?? null, seen];
            }"""
        )
        if stop is not None:
            reached.add(int(stop))
            if not outline:
                unseen.append(int(stop))
        if len(reached) == len(wanted):
            break
    names = opened.page.evaluate(
        "() => [...document.querySelectorAll('[data-stop]')].map((each) => [each.dataset.stop, each.outerHTML.slice(0, 120)])"
    )
    # Of a group of radio buttons or tabs only one is a stop.
    radios = {int(at) for at, html in names if 'type="radio"' in html or 'role="tab"' in html}
    assert [html for at, html in names if int(at) not in reached | radios] == []
    assert [html for at, html in names if int(at) in unseen] == []
