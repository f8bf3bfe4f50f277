"""A reader without a mouse: finds, filters, compares and takes away by keys alone."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from geoplan.page import build_map, render_page

CLASSES = ("better off", "poor", "very poor")


class Keys:
    """Presses keys, as a reader does; after each of them something has the focus."""

    def __init__(self, opened) -> None:
        self.opened = opened
        self.page = opened.page

    def has(self, selector: str) -> bool:
        return self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.opened.settle()
            assert not self.has("body"), f"nothing has the focus after {key}"

    def go(self, selector: str) -> None:
        for _ in range(150):
            if self.has(selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {selector}")

    def open(self, selector: str) -> None:
        self.go(selector)
        self.press("Enter")

    def choose(self, selector: str, label: str) -> None:
        """Choose an option of a select by the arrow keys."""
        self.go(selector)
        chosen = "(wanted) => document.querySelector(wanted).selectedOptions[0].text"
        # The select is closed: the first key of all goes up.
        self.press("Home")
        while self.page.evaluate(chosen, selector) != label:
            before = self.page.evaluate(chosen, selector)
            self.press("ArrowDown")
            assert self.page.evaluate(chosen, selector) != before, f"{selector} has no {label}"

    def keep(self, name: str, label: str) -> None:
        """Keep one name of a check-list."""
        self.open(f"#choose-{name} > summary")
        self.open(f"#choose-{name} .check-buttons button:last-child")
        value = self.page.evaluate(
            "([name, label]) => [...document.querySelectorAll(`#choose-${name} li`)]"
            ".find((item) => item.querySelector('bdi').textContent === label).querySelector('input').value",
            [name, label],
        )
        self.go(f"#choose-{name} li input[value='{value}']")
        self.press("Space", "Escape")

    def save(self, button: str) -> tuple[str, bytes]:
        self.page.evaluate("document.activeElement.blur()")
        self.open("#download > summary")
        self.go(button)
        with self.page.expect_download() as download:
            self.page.keyboard.press("Enter")
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()

    def rows(self) -> list[str]:
        return self.page.eval_on_selector_all(
            "#districts tbody th", "all => all.map((head) => head.innerText)"
        )


def plan_of_six(toys):
    """Return six districts, the higher their number the poorer; the two poorest have no money."""
    projects = [
        ("P0", "Village water", "D0", "Water", "Donor A"),
        ("P1", "East road", "D1", "Roads", "Donor B"),
        ("P2", "School", "D2", "Water", "Donor B"),
        ("P3", "Bridge", "D3", "Roads", "Donor C"),
    ]
    spending = [
        toys.amount(code, 100000 * (at + 1), component=component, funder=funder, year=2010 + at)
        for at, (code, _, _, component, funder) in enumerate(projects)
    ]
    spending.append(
        toys.amount("P1", 70000, component="Roads", funder="Donor B", year=2012, kind="disbursement")
    )
    profile = [
        {
            "district": f"D{at}",
            "year": 2010,
            "population": 1000,
            "poor": 100 * (at + 1),
            "poverty_class": CLASSES[at // 2] if at < 5 else CLASSES[2],
        }
        for at in range(6)
    ]
    return toys.plan_of(
        toys.squares(6),
        [{"project": code, "title": title, "status": "done"} for code, title, *_ in projects],
        [
            {"project": code, "district": district, "name": f"Ban {code}"}
            for code, _, district, *_ in projects
        ],
        spending,
        profile,
    )


@pytest.fixture
def keys(open_page, toys):
    opened = open_page(render_page(build_map(plan_of_six(toys))), accept_downloads=True)
    opened.page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    yield Keys(opened)
    opened.check()


def test_the_poor_who_are_left_out_who_pays_for_others_and_their_projects(keys):
    keys.choose("#choose-measure", "Money × poverty")
    keys.open("#legend [aria-label^='poor and left out']")
    assert keys.rows() == ["District 4", "District 5"]
    keys.open("#districts [data-by=class]")
    keys.open("#districts tbody tr:last-child button")
    assert "District 5" in keys.opened.text("#details h2")
    keys.press("Escape")
    assert keys.page.is_hidden("#details")
    assert keys.has("#districts tbody tr:last-child button")
    keys.open("#reset")
    assert len(keys.rows()) == 6
    keys.go("#districts tbody button")  # largest first
    keys.press("Enter")
    told = keys.opened.text("#details")
    assert [word for word in ("District 3", "Bridge", "Donor C", "Roads", "4 000") if word not in told] == []
    keys.open("#projects-here button.link")
    assert "Bridge" in keys.opened.text("#details h2")
    keys.open("#details .close")
    assert "District 3" in keys.opened.text("#details h2")
    keys.open("#details .close")
    assert keys.page.is_hidden("#details")


def test_filters_a_comparison_and_the_way_back(keys):
    keys.keep("funder", "Donor B")
    assert "5 000" in keys.opened.text("#total")
    keys.keep("component", "Water")
    assert "3 000" in keys.opened.text("#total")
    keys.open("#reset")
    keys.choose("#choose-kind", "disbursements")
    assert "700" in keys.opened.text("#total")
    keys.open("#reset")
    keys.open("#years > summary")
    keys.choose("#choose-from", "2013")
    assert "4 000" in keys.opened.text("#total")
    keys.press("Escape")
    keys.open("#reset")
    keys.open("#compare")
    keys.choose("#second-from", "2012")
    keys.choose("#second-to", "2013")
    keys.go("#second-difference")
    keys.press("Space")
    assert keys.page.locator("#districts [data-column=difference]").count() > 0
    assert keys.page.is_hidden("#second-measure")  # the difference is that of the first map's measure
    assert "compare" in keys.opened.address
    keys.open("#compare")
    assert keys.page.locator("#districts [data-column=difference]").count() == 0


def test_search_sort_take_away_and_another_language(keys):
    keys.go("#search")
    keys.page.keyboard.type("ban p1")
    keys.press("ArrowDown", "Enter")
    assert "East road" in keys.opened.text("#details h2")
    keys.press("Escape")
    assert keys.page.is_hidden("#details")
    keys.open("#open-districts")
    keys.open("#districts [data-by=name]")
    assert keys.rows()[0] == "District 0"
    name, content = keys.save("#save-csv")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert name.endswith(".csv") and [row[1] for row in rows[1:]] == [f"District {at}" for at in range(6)]
    assert ET.fromstring(keys.save("#save-svg")[1]).tag.endswith("svg")
    assert keys.save("#save-map")[1].startswith(b"\x89PNG")
    keys.open("#copy-link")
    assert keys.page.evaluate("window.copied") == keys.opened.address
    assert keys.page.inner_text("#copy-link") == "Copied"
    keys.open("#languages [lang=fr]")
    assert keys.has("#languages [lang=fr]")
    assert keys.page.inner_text("#open-elsewhere").startswith("Hors")
