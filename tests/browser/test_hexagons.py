"""A page of hexagons: amounts are the ledger's, and projects are counted as projects under any filter."""

import re

import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.ledger.hexagons import add_crowds, gather_locations
from geoplan.ledger.summary import add_counts, summarize
from geoplan.page import build_map, page_data, render_page


def crowded(toys):
    """Return 300 projects of three places each, over two squares: roads every year, water in one of them."""
    projects = [{"project": f"P{at:03}"} for at in range(300)]
    places = [
        {
            "project": f"P{at:03}",
            "geometry": toys.Point(0.02 + (0.0065 * at + 0.4 * part) % 1.95, 0.03 + 0.003 * at),
        }
        for at in range(300)
        for part in range(3)
    ]
    rows = [
        toys.amount(f"P{at:03}", 3 * (at + 1), year=2010 + at % 3, component="Roads" if at % 5 else "Water")
        for at in range(300)
    ]
    rows += [toys.amount(f"P{at:03}", 300, year=2012, component="Water") for at in range(0, 300, 7)]
    return toys.plan_of(toys.squares(2), projects, places, rows)


@pytest.fixture
def plan(toys, monkeypatch):
    monkeypatch.setattr(
        page_data, "gather_locations", lambda plan, ledger: gather_locations(plan, ledger, most=100)
    )
    return crowded(toys)


@pytest.fixture
def opened(open_page, plan):
    opened = open_page(render_page(build_map(plan)))
    yield opened
    opened.check()


def counts_of(plan, **chosen):
    """Return projects by district and in all, and cents by district, counted over the ledger itself."""
    ledger = build_ledger(plan)
    entries = ledger.entries
    for name, value in chosen.items():
        entries = entries[entries[name].astype(object) == value]
    by_district = entries.groupby("district", observed=False)
    projects = by_district["project"].nunique().tolist()
    return projects, int(entries["project"].nunique()), by_district["amount_minor"].sum().tolist()


def shown(opened):
    sums = "geoplan.page.sums"
    return (
        opened.page.evaluate(f"[...{sums}.projects].slice(0, 2)"),
        opened.page.evaluate(f"{sums}.allProjects"),
        opened.page.evaluate(f"[...{sums}.amount].slice(0, 2)"),
    )


def test_amounts_and_projects_are_those_of_the_ledger_under_any_filter(opened, plan):
    assert len(opened.page.evaluate("geoplan.page.data.projects.project")) < 900
    assert "each hexagon stands for many projects" in opened.text("#bar")
    assert shown(opened) == counts_of(plan)
    assert "300 projects" in opened.text("#figures")
    opened.keep("component", "Water")
    assert shown(opened) == counts_of(plan, component="Water")
    opened.page.evaluate("geoplan.page.change({ from: 2012, to: 2012 })")
    assert shown(opened) == counts_of(plan, component="Water", year=2012)
    opened.page.evaluate("geoplan.page.change({ component: null })")
    projects, everywhere, _ = counts_of(plan, year=2012)
    assert shown(opened) == counts_of(plan, year=2012)
    assert f"{everywhere} projects" in opened.text("#figures")
    cells = opened.page.eval_on_selector_all(
        "#districts tbody tr td:last-child", "cells => cells.map((cell) => Number(cell.textContent))"
    )
    assert sorted(cells) == sorted(projects)


def test_rings_count_locations(opened):
    opened.wait("geoplan.page.clusters !== undefined")
    places = opened.page.evaluate(
        "geoplan.page.clusters.clusters.reduce((sum, { places }) => sum + places, 0)"
    )
    assert places == 900
    note = re.search(r"(\d+) locations are too many", opened.text("#about").replace("\xa0", " "))
    assert note is not None and note[1] == "900"


def test_a_page_that_can_not_tell_projects_apart_counts_them_without_filters_only(
    open_page, plan, monkeypatch
):
    from geoplan.ledger import hexagons

    monkeypatch.setattr(hexagons, "add_crowds", lambda crowds: add_crowds(crowds, most=12))
    opened = open_page(render_page(build_map(plan)))
    assert not opened.page.evaluate("geoplan.page.data.crowds.fine")
    projects, everywhere, cents = counts_of(plan)
    assert shown(opened) == (projects, everywhere, cents)
    opened.keep("component", "Water")
    assert "projects" not in opened.text("#figures").split("difference")[0].split("districts")[-1]
    assert shown(opened)[2] == counts_of(plan, component="Water")[2]
    last = opened.page.eval_on_selector_all(
        "#districts tbody tr td:last-child", "cells => cells.map((cell) => cell.textContent)"
    )
    assert set(last) == {"–"}
    opened.check()


def test_the_counts_are_those_of_the_summary(plan):
    ledger = build_ledger(plan)
    counted = add_counts(summarize(ledger, ["district"]), ledger, ["district"])
    assert counted["projects"].tolist() == counts_of(plan)[0]
