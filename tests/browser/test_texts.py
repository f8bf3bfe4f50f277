"""Every text of the page's catalogue is shown by the page in some state, with all its values filled in.

How this works: pages are made whose English texts each begin with a letter of their own, which no other text has. A
crawl goes through the states of the pages and collects the letters that are shown. Texts that only appear where a
crawl does not come are listed with the test that shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.ledger.hexagons import gather_locations
from geoplan.model.choices import KINDS
from geoplan.model.placement_rules import PlacementRule
from geoplan.model.schema import BUCKETS, DISTRICT
from geoplan.page import build_map, catalogues, page_data, render_page
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan
from geoplan.plan.vintages import carry_plan
from geoplan.text.languages import read_catalogue

from . import test_hexagons
from .test_degenerate import plan_named

TEXTS = read_catalogue("geoplan.page.assets", "en").texts
FIRST = 0xE000
STATES = [
    {"fitted": True, "from": 2010, "to": 2010},
    {"from": 2010, "to": 2012, "fitted": False, "sized": True, "marks": "sector"},
    {"measure": "money_per_person_and_poverty"},
    {"cell": 0},
    {"measure": "money_and_poverty"},
    {"cell": 0},
    {"cell": -1, "measure": "amount", "component": [0]},
]
"""Choices that need each other."""
LETTERS = {key: chr(FIRST + at) for at, key in enumerate(TEXTS)}

ELSEWHERE = {
    "basemap_by": ("Basemap: ", "test_basemap.py"),
    "printed_first": ("The first ", "test_paper.py"),
    "two_fingers": ("two fingers", "test_frame.py"),
}
"""Texts that need a network, paper or fingers: what is looked for in them, and the test that does."""

CRAWL = """
async (states) => {
    const shown = new Set();
    const unfilled = new Set();
    const settle = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const look = () => {
        for (const part of document.body.children) {
            if (part.tagName === "SCRIPT") continue;
            const text = part.outerHTML.replace(/<script[^]*?<\\/script>/g, "");
            for (const letter of text.match(/[\\ue000-\\uf8ff]/g) ?? []) shown.add(letter);
            for (const place of text.match(/\\{[a-z_]+\\}/g) ?? []) unfilled.add(place);
        }
    };
    const all = (selector) => [...document.querySelectorAll(selector)];
    const open = () => {
        for (const one of all("details:not([open])")) {
            one.open = true;
            one.dispatchEvent(new Event("toggle"));
        }
        look();
    };
    const press = async (selector) => {
        for (let at = 0; at < all(selector).length; at++) {
            all(selector)[at].click();
            open();
        }
        await settle();
        look();
    };
    const choose = () => {
        for (let at = 0; at < all("select").length; at++)
            for (let choice = 0; choice < all("select")[at]?.options.length; choice++) {
                const select = all("select")[at];
                select.selectedIndex = choice;
                for (const event of ["input", "change"]) select.dispatchEvent(new Event(event, { bubbles: true }));
                open();
            }
    };
    const search = (text) => {
        for (const box of all("input[type=search]")) {
            box.value = text;
            box.dispatchEvent(new Event("input", { bubbles: true }));
            look();
        }
    };
    const { page } = geoplan;
    const write = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        for (const letter of text.match(/[\\ue000-\\uf8ff]/g) ?? []) shown.add(letter);
        return write.call(this, text, ...place);
    };
    await settle();
    open();
    for (const text of ["zzzz", "P", "D"]) search(text);
    search("");
    for (const tab of ["districts", "projects"]) {
        page.change({ tab });
        for (const type of ["district", "project"])
            for (const at of [0, 1, 0])
                if (at < (type === "district" ? page.data.districts.code : page.data.projects.project).length) {
                    page.select({ type, at }, true);
                    open();
                }
    }
    if (page.data.projects.project.length > 1) {
        page.select({ type: "place", projects: [0, 1] }, true);
        open();
        page.selectFurther({ type: "project", at: 0 });
        open();
    }
    await press(".maximum button, #details button");
    choose();
    for (const event of ["beforeprint", "afterprint"]) (window.dispatchEvent(new Event(event)), look());
    await press("input[type=checkbox]");
    choose();
    page.reset();
    for (const change of states) {
        page.change(change);
        if (change.measure?.startsWith("money_")) all("#save-map")[0].click();
        open();
        await settle();
        look();
    }
    await press("#save-map, #save-csv, #copy-link, #compare, #play");
    await press("input[type=checkbox]");
    choose();
    return [[...shown].join(""), [...unfilled]];
}
"""


def without_number(key: str) -> str:
    return re.sub(r"\.(one|other)$", "", key)


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each English text begin with its letter."""
    texts = catalogues.read_catalogues()
    texts["en"] = {key: LETTERS[key] + text for key, text in texts["en"].items()}
    monkeypatch.setattr(page_data, "read_catalogues", lambda: texts)


def all_rules(toys: Any) -> Any:
    """Return a map whose amounts were placed by every rule there is, are of every kind, and are in every bucket."""
    plan = toys.small_plan()
    more = [*plan.spending.to_dict("records")]
    rows = [{**more[0], "kind": kind, "amount_minor": 1} for kind in KINDS]
    plan = replace(plan, spending=pd.concat([plan.spending, pd.DataFrame(rows)], ignore_index=True))
    plan.projects.loc[:1, "sector"] = ["water|health", "transport"]
    ledger = build_ledger(plan)
    first = (ledger.entries["district"] == "D0").to_numpy().argmax()
    rules, many = [int(rule) for rule in PlacementRule], len(ledger.entries)
    entries = ledger.entries.iloc[[*range(many), *[first] * (len(rules) + len(BUCKETS))]].reset_index(
        drop=True
    )
    placed = [*entries["place"].astype(object)[: -len(BUCKETS)], *BUCKETS]
    entries["place"] = pd.Categorical(placed, [DISTRICT, *BUCKETS])
    entries["rule"] = [*entries["rule"][:many], *rules, *[0] * len(BUCKETS)]
    return build_map(plan, ledger=replace(ledger, entries=entries))


def crowded_map(toys: Any) -> Any:
    """Return a map of hexagons, each for many projects."""
    plan = test_hexagons.crowded(toys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            page_data, "gather_locations", lambda plan, ledger: gather_locations(plan, ledger, most=100)
        )
        return build_map(plan)


def uneven(toys: Any, count: int, classes: list[str], *, poor: bool = True) -> Any:
    """Return a map of so many districts and poverty classes, with amounts that differ by powers of ten."""
    projects = [{"project": f"P{at}"} for at in range(8)]
    locations = [{"project": f"P{at}", "geometry": toys.Point(at + 0.5, 0.5)} for at in range(8)]
    profile = [
        {
            "district": f"D{at}",
            "year": 2010,
            "population": 1000 + at,
            "poor": 9 * at if poor else None,
            "poverty_class": classes[at % len(classes)] if classes else None,
        }
        for at in range(count)
    ]
    rows = [toys.amount(f"P{at}", 10 ** (at + 2)) for at in range(8)]
    return build_map(toys.plan_of(toys.squares(count), projects, locations, rows, profile))


def many_together(toys: Any) -> Any:
    """Return a plan with joint funders, sectors, 400 places, a rounding, many classes and millions."""
    places = [toys.Point(0.05 + 0.095 * (at % 20), 0.05 + 0.045 * (at // 20)) for at in range(400)]
    projects = [
        {"project": f"P{at}", "sector": f"S{at % 4}", "start": "2010-01-01", "end": "2012-12-31"}
        for at in range(400)
    ]
    locations = [{"project": f"P{at}", "geometry": place} for at, place in enumerate(places)]
    rows = [
        toys.amount(
            f"P{at}", 10**8, funder=("A", "B", "A|B")[at % 3], component=f"C{at % 9}", year=2010 + at % 2
        )
        for at in range(400)
    ]
    squares = [{**row, "valid_from": "2009", "valid_to": "2019"} for row in toys.squares(2)]
    plan = toys.plan_of(squares, projects, locations, rows)
    plan.spending.loc[0, "rounding"] = Decimal("0.004")
    return plan


def maps(toys: Any) -> Iterator[Any]:
    plan = toys.small_plan()
    yield build_map(replace(plan, spending=plan.spending[plan.spending["project"] != "P1"]))
    yield all_rules(toys)
    home = read_plan(find_bundled_plan())
    yield build_map(home, compare=carry_plan(home, "2009"), basemap="OpenStreetMap.Mapnik")
    yield build_map(many_together(toys))
    yield crowded_map(toys)
    yield uneven(toys, 21, [f"class {number}" for number in range(9)])
    yield uneven(toys, 21, [])
    yield uneven(toys, 21, ["very poor", "poor", "rich"], poor=False)
    yield uneven(toys, 60, ["poor", "rich"])
    for case in ("one district", "nothing at all", "all unlocated", "no shapes", "10^13", "refunds only"):
        yield build_map(plan_named(case, toys))


def test_every_text_is_shown_with_its_values(open_page: Any, toys: Any, marked: None) -> None:
    shown: set[str] = set()
    for made in maps(toys):
        letters, unfilled = open_page(render_page(made)).page.evaluate(CRAWL, STATES)
        assert unfilled == []
        shown |= set(letters)
    # Of a text with a singular, one form is enough: "and 1 more" needs one more than fits.
    seen = {without_number(key) for key in TEXTS if LETTERS[key] in shown}
    assert {key for key in map(without_number, TEXTS) if key not in seen} == set(ELSEWHERE)


@pytest.mark.parametrize("key", ELSEWHERE)
def test_other_texts_have_a_test_that_shows_them(key: str) -> None:
    words, test = ELSEWHERE[key]
    assert words in TEXTS[key]
    assert words in (Path(__file__).parent / test).read_text(encoding="utf-8")
