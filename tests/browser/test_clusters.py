"""Dense points as clusters: none lost, each to be reached."""

import re

import pytest

from geoplan.page import build_map, render_page

from .conftest import choose, tick


def many(toys, count):
    """Return a plan with so many projects on a lattice over two squares, and three at one place."""
    places = [toys.Point(0.05 + 0.095 * (at % 20), 0.05 + 0.045 * (at // 20)) for at in range(count)]
    places += [toys.Point(1.999, 0.999)] * 3
    projects = [{"project": f"P{at:03}"} for at in range(len(places))]
    locations = [{"project": f"P{at:03}", "geometry": place} for at, place in enumerate(places)]
    rows = [
        toys.amount(f"P{at:03}", 100, component="Roads" if at % 4 else "Water") for at in range(len(places))
    ]
    return toys.plan_of(toys.squares(2), projects, locations, rows)


@pytest.fixture
def opened(open_page, toys):
    opened = open_page(render_page(build_map(many(toys, 400))))
    yield opened
    opened.check()


CLUSTERS = "geoplan.page.clusters.clusters"


def test_every_point_is_in_one_cluster(opened):
    assert opened.page.evaluate("geoplan.page.clustered")
    counts = opened.page.evaluate(f"{CLUSTERS}.map(({{ count }}) => count)")
    assert sum(counts) == 403
    assert 4 < len(counts) < 150
    members = opened.page.evaluate(f"{CLUSTERS}.flatMap(({{ points }}) => points).sort((a, b) => a - b)")
    assert members == list(range(403))
    parts = opened.page.evaluate(f"{CLUSTERS}.map(({{ parts }}) => [...parts].reduce((a, b) => a + b))")
    assert parts == counts
    assert "A ring shows how many places it groups" in opened.text("#legend")


def test_marks_that_would_cover_the_districts_wait_or_are_dots(opened):
    page = opened.page
    zoom = "(by) => geoplan.page.map.setZoom(geoplan.page.map.getZoom() + by, { animate: false })"
    visible = "getComputedStyle(document.querySelector('#{}')).visibility === 'visible'"
    page.evaluate(zoom, -2)
    assert page.evaluate("geoplan.page.marks") == "later"
    assert page.evaluate(visible.format("marks-note"))
    assert not page.evaluate(visible.format("cluster-note"))
    page.click("#marks-note button")
    assert page.evaluate("geoplan.page.marks") == "full"
    assert page.is_checked("#show-marked")
    assert "marked=yes" in opened.address
    tick(page, "#show-marked", on=False)
    assert page.evaluate("geoplan.page.marks") == "later"
    page.evaluate(zoom, 4)
    assert page.evaluate("geoplan.page.marks") == "full"
    assert not page.evaluate(visible.format("marks-note"))


def test_clusters_do_not_touch(opened):
    gaps = opened.page.evaluate(
        f"""() => {{
            const {{ scale }} = geoplan.page.clusters;
            const found = [];
            const all = {CLUSTERS};
            all.forEach((one, at) => all.slice(at + 1).forEach((other) =>
                found.push(Math.hypot(one.x - other.x, one.y - other.y) * scale - one.radius - other.radius)));
            return found;
        }}"""
    )
    assert min(gaps) > 0


def test_a_filter_recounts(opened):
    tick(opened.page, "#show-marked")
    opened.keep("component", "Water")
    opened.page.evaluate("geoplan.page.map.setZoom(geoplan.page.map.getZoom() - 1, { animate: false })")
    assert not opened.page.evaluate("geoplan.page.clustered")  # 101 points can be drawn one by one
    opened.keep("component", "Roads")
    assert opened.page.evaluate("geoplan.page.clustered")
    assert sum(opened.page.evaluate(f"{CLUSTERS}.map(({{ count }}) => count)")) == 302


def click_largest(opened):
    place = opened.page.evaluate(
        f"""() => {{
            const [{{ x, y }}] = {CLUSTERS};
            const {{ projection, map }} = geoplan.page;
            const {{ lat, lng }} = map.unproject([x + projection.origin[0], y + projection.origin[1]], 0);
            return [lng, lat];
        }}"""
    )
    opened.click_at(*place)


def test_clicking_a_cluster_goes_nearer_until_its_points_are_there(opened):
    before = opened.page.evaluate("geoplan.page.map.getZoom()")
    click_largest(opened)
    opened.wait(f"geoplan.page.map.getZoom() > {before}")
    assert opened.page.is_hidden("#details")


def test_the_note_on_rings_stands_while_there_are_rings(opened):
    assert opened.page.is_visible("#cluster-note")
    height = opened.page.evaluate("document.getElementById('legend').offsetHeight")
    opened.page.evaluate("geoplan.page.map.setZoom(15, { animate: false })")
    assert opened.page.evaluate("geoplan.page.clustered") is False
    assert not opened.page.is_visible("#cluster-note")
    assert opened.page.evaluate("document.getElementById('legend').offsetHeight") == height
    opened.page.click(".home-view")
    opened.wait("geoplan.page.clustered")
    assert opened.page.is_visible("#cluster-note")
    opened.check()


def test_projects_at_one_place_are_listed(opened):
    tick(opened.page, "#show-clusters", on=False)
    assert not opened.page.evaluate("geoplan.page.clustered")
    assert "hide=clusters" in opened.address
    tick(opened.page, "#show-clusters")
    opened.page.evaluate("geoplan.page.map.setView([0.999, 1.999], 18, { animate: false })")
    opened.click_at(1.999, 0.999)
    assert re.search(r"3 projects here\s+P400\s+P401\s+P402", opened.text("#details"))


def test_many_projects_at_one_spot_show_their_number_and_open_a_list(open_page, toys):
    codes = [f"P{at:02}" for at in range(30)]
    places = [*[toys.Point(0.5, 0.5)] * 30, toys.Point(0.2, 0.2)]
    locations = [
        {"project": code, "geometry": place} for code, place in zip([*codes, "P00"], places, strict=True)
    ]
    amounts = [toys.amount(code, 100, component="Roads" if code < "P20" else "Water") for code in codes]
    plan = toys.plan_of(toys.squares(1), [{"project": code} for code in codes], locations, amounts)
    opened = open_page(render_page(build_map(plan)))
    spots = "geoplan.page.spots.spots.map(({ count }) => count)"
    assert opened.page.evaluate(spots) == [30], "a single project has no number"
    opened.click_at(0.5, 0.5)
    assert "30 projects here" in opened.text("#details")
    opened.keep("component", "Water")
    opened.settle()
    assert opened.page.evaluate(spots) == [10]
    opened.check()


def test_a_cluster_of_one_place_opens_its_list_at_once(open_page, toys):
    codes = [f"P{at:03}" for at in range(260)]
    locations = [{"project": code, "geometry": toys.Point(0.5, 0.5)} for code in codes]
    plan = toys.plan_of(
        toys.squares(1),
        [{"project": code} for code in codes],
        locations,
        [toys.amount(code, 1) for code in codes],
    )
    opened = open_page(render_page(build_map(plan)))
    zoom = opened.page.evaluate("geoplan.page.map.getZoom()")
    opened.click_at(0.5, 0.5)
    assert "260 projects here" in opened.text("#details")
    assert opened.page.evaluate("geoplan.page.map.getZoom()") == zoom
    opened.check()


def test_clusters_of_even_points_form_no_lattice(open_page, toys):
    """Evenly scattered points: with a grid, rings would stand in rows and columns 64 pixels apart."""
    import numpy as np

    random = np.random.default_rng(5)
    spots = random.uniform(0.01, [1.99, 0.99], (4000, 2))
    locations = [{"project": f"P{at}", "geometry": toys.Point(*spot)} for at, spot in enumerate(spots)]
    codes = [row["project"] for row in locations]
    plan = toys.plan_of(
        toys.squares(2),
        [{"project": code} for code in codes],
        locations,
        [toys.amount(code, 1) for code in codes],
    )
    opened = open_page(render_page(build_map(plan)), address="#marked=yes")
    assert opened.page.evaluate(f"{CLUSTERS}.reduce((sum, {{ count }}) => sum + count, 0)") == 4000
    places = np.array(
        opened.page.evaluate(
            f"{CLUSTERS}.map(({{ x, y }}) => [x, y].map((one) => one * geoplan.page.clusters.scale))"
        )
    )
    # Of a lattice, the phases of one axis agree: the mean of their unit vectors is long.
    for width in range(40, 100):
        for axis in (0, 1):
            regular = abs(np.exp(2j * np.pi * places[:, axis] / width).mean())
            assert regular < 0.45, (width, axis)
    opened.check()


def test_few_points_are_drawn_one_by_one(open_page, toys):
    opened = open_page(render_page(build_map(many(toys, 40))))
    assert opened.page.evaluate("geoplan.page.clustered") is False
    assert opened.page.locator("#show-clusters").count() == 0
    opened.check()


def test_projects_are_told_apart_by_component_or_sector(open_page, toys, small_html):
    places = [toys.Point(0.2 + 0.1 * at, 0.5) for at in range(4)]
    projects = [{"project": f"P{at}", "sector": ["Health", "Roads", None, "Health"][at]} for at in range(4)]
    locations = [{"project": f"P{at}", "geometry": place} for at, place in enumerate(places)]
    rows = [toys.amount(f"P{at}", 100, component=["One", "One", "Two", "Two"][at]) for at in range(4)]
    opened = open_page(render_page(build_map(toys.plan_of(toys.squares(1), projects, locations, rows))))
    styles = "[...geoplan.page.styles]"
    assert opened.page.evaluate(styles) == [0, 0, 1, 1]
    assert re.search(r"Projects by component\s+One\s+Two", opened.text("#legend"))
    choose(opened.page, "#choose-marks", "sector")
    assert opened.page.evaluate(styles) == [0, 1, 6, 0]  # without a sector: among the others
    assert re.search(r"Projects by sector\s+Health\s+Roads\s+others", opened.text("#legend"))
    assert "marks=sector" in opened.address
    again = open_page(small_html, address="#marks=__proto__")
    assert again.page.evaluate("geoplan.page.view.marks") == "component"
    opened.check()
    again.check()
