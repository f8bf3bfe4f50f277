"""Texts that would be markup or script stay text, in every field and on every surface of the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box
from shapely.geometry import LineString, Point

from geoplan.ledger.entries import build_ledger
from geoplan.ledger.hexagons import gather_locations
from geoplan.page import build_map, render_page
from geoplan.page.extras import DistrictMeasure, ExtraLayer
from geoplan.page.folium_map import PlanMap
from geoplan.page.svg_map import draw_svg_map
from geoplan.page.unreached_layers import draw_unreached
from geoplan.plan.map_context import Surrounding

from .conftest import choose

GROWN = """() => [
    window.canary === undefined,
    document.querySelectorAll("#page :is(img, svg:not(.key), svg.key :not(g, path, rect, text, title), iframe, object, embed, link, style, form, base, meta, a[href]:not(.leaflet-control-zoom a))").length,
    [...document.scripts].filter((script) => !window.known.includes(script)).length,
    [...document.querySelectorAll("#page *")].filter((each) => each.getAttributeNames().some((name) => name.startsWith("on"))).length,
    document.querySelectorAll("#page [href^=javascript], #page [src]").length,
]"""
CLEAN = [True, 0, 0, 0, 0]


def frame(texts, shapes, **columns):
    return gpd.GeoDataFrame(
        {"label": list(texts), "note": list(texts), **columns}, geometry=list(shapes), crs=4326
    )


def everywhere(toys):
    """Return the map of a plan in which every text of every table, layer, measure and note is hostile."""
    texts = toys.HOSTILE
    plan = toys.hostile_plan()
    points = [Point(at + 0.2, 0.9) for at in range(len(texts))]
    lines = [LineString([(at + 0.1, 0.1), (at + 0.9, 0.1)]) for at in range(len(texts))]
    around = [
        Surrounding(text, style, frame(texts, shapes), Path("around.geojson"))
        for text, style, shapes in (
            (texts[0], "neighbour", [box(at, -2, at + 1, 0) for at in range(len(texts))]),
            (texts[1], "water", lines),
            (texts[5], "context", points),
        )
    ]
    said = {
        "fr": dict(zip(texts, texts[::-1], strict=True)),
        "lo": {text: f"{text}{texts[1]}" for text in texts},
    }
    said["en"] = {"__proto__": texts[0], "constructor": texts[1]}
    plan = replace(plan, notes=texts, vintage=texts[0], surroundings=tuple(around), translations=said)
    plan.projects["illustrative"] = True
    villages = gpd.GeoDataFrame({"name": list(texts)}, geometry=[Point(at + 0.5, 2) for at in range(len(texts))], crs=4326)  # fmt: skip
    layers = [
        ExtraLayer({"en": texts[0], "fr": texts[1], "lo": texts[5]}, frame(texts, points), "site"),
        ExtraLayer(texts[2], frame(texts, [shape.buffer(0.2) for shape in points]), "catchment"),
        *draw_unreached(plan, 20, villages),
    ]
    measures = [
        DistrictMeasure("hostile", {"en": texts[0], "fr": texts[1], "lo": texts[5]},
                        pd.Series({code: at + 1.0 for at, code in enumerate(plan.districts["district"])}),
                        unit=texts[0], currency="EUR"),
    ]  # fmt: skip
    other = replace(plan, title=texts[5], vintage=texts[1])
    return build_map(plan, measures=measures, layers=layers, compare=other)


@pytest.fixture
def opened(open_page, toys):
    shown = open_page(render_page(everywhere(toys)))
    shown.page.evaluate("window.known = [...document.scripts]")
    yield shown
    shown.page.wait_for_timeout(100)  # an image that fails would tell a little later
    assert shown.page.evaluate(GROWN) == CLEAN
    shown.check()


def test_the_plain_block_and_what_no_table_has_room_for(open_page, toys, tmp_path):
    """Names of files and dates come out as text too, and the block need not be packed for that."""
    named = tmp_path / "<img src=x onerror=window.canary='file'>{{ 7*7 }}`.csv"
    named.write_text("x\n")
    plan = toys.plan_of(
        toys.squares(2, valid_from=toys.HOSTILE[5], valid_to=toys.HOSTILE[0]),
        [{"project": "P", "start": toys.HOSTILE[0]}],
        [{"project": "P", "geometry": Point(0.5, 0.5)}],
        [toys.amount("P", 100)],
        files={"spending": named, "projects": named},
    )
    opened = open_page(render_page(PlanMap(build_map(plan).data, compress=False)))
    page = opened.page
    page.evaluate("window.known = [...document.scripts]")
    assert page.get_attribute("#plan-data", "data-encoding") == "plain"
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.evaluate("geoplan.page.select({ type: 'project', at: 0 }, true)")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(GROWN) == CLEAN
    assert named.name in page.inner_text("#report-sheet")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert named.name in page.inner_text("#about")
    assert "<img src=x" in page.inner_text("#about")  # of the dates, which are cut to their length
    opened.check()


BREACHES = {
    "an inline script": "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.canary = 1' }))",
    "a handler": "document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=window.canary=1>')",
    "a link": "document.body.insertAdjacentHTML('beforeend', '<a id=bad href=javascript:window.canary=1>x</a>'), document.getElementById('bad').click()",
    "text as code": "try { new Function('window.canary = 1')() } catch {}",
    "a style": "document.body.append(Object.assign(document.createElement('style'), { textContent: 'body { color: red }' }))",
    "a frame": "document.body.insertAdjacentHTML('beforeend', '<iframe src=https://example.org/></iframe>')",
    "an image": "new Image().src = 'https://example.org/x.png'",
    "a request": "fetch('https://example.org/').catch(() => 0)",
    "a form": "document.body.insertAdjacentHTML('beforeend', '<form id=worse action=https://example.org/></form>'), document.getElementById('worse').submit()",
    "a worker": "try { new Worker('data:text/javascript,1') } catch {}",
    "another base": "document.head.append(Object.assign(document.createElement('base'), { href: 'https://example.org/' }))",
}


@pytest.mark.parametrize("compress", [True, False], ids=["packed", "plain"])
def test_the_policy_forbids_what_is_not_the_page_s_own(open_page, toys, compress):
    """Even had a text become markup, it could neither run nor reach the network."""
    opened = open_page(render_page(PlanMap(build_map(toys.small_plan()).data, compress=compress)))
    page = opened.page
    # The driver's own evaluate stands outside the policy, what it schedules does not.
    page.evaluate("""() => {
        window.stopped = [];
        document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => window.stopped.push(effectiveDirective));
    }""")
    for name, breach in BREACHES.items():
        before = len(page.evaluate("window.stopped"))
        page.evaluate(f"setTimeout(() => {{ {breach} }}, 0)")
        for _ in range(100):
            if len(page.evaluate("window.stopped")) > before:
                break
            page.wait_for_timeout(20)
        assert len(page.evaluate("window.stopped")) > before, name
    assert page.evaluate("window.canary") is None
    assert page.evaluate("getComputedStyle(document.body).color") != "rgb(255, 0, 0)"


def test_measures_languages_and_filters(opened, toys):
    page = opened.page
    for code in ("fr", "lo", "en"):
        page.click(f"#languages [lang={code}]")
        for measure in page.eval_on_selector_all(
            "#choose-measure option", "all => all.map((each) => each.value)"
        ):
            page.select_option("#choose-measure", measure)
    for name in ("component", "funder", "sector", "status", "poverty"):
        for at in (0, 3, 7):
            page.evaluate("([name, at]) => geoplan.page.change({ [name]: [at] })", [name, at])
        page.evaluate("(name) => geoplan.page.change({ [name]: null })", name)
    choose(page, "#choose-marks", "sector")
    assert page.evaluate(GROWN) == CLEAN
    # What is hostile is there, as text.
    text = page.inner_text("body")
    assert [each for each in toys.HOSTILE[:6] if each not in text] == []


def test_details_of_everything(opened):
    page = opened.page
    for second in ("false", "true"):
        for at in range(14):
            page.evaluate(
                f"(at) => geoplan.page.select({{ type: 'district', at, second: {second} }}, true)", at
            )
            page.evaluate(
                f"(at) => geoplan.page.select({{ type: 'project', at, second: {second} }}, true)", at
            )
    page.evaluate("geoplan.page.select({ type: 'place', projects: [0, 1, 2, 3, 4, 5] }, true)")
    layers = page.evaluate("geoplan.page.data.layers.length")
    assert layers >= 6
    for at in range(layers):
        page.evaluate(
            "(at) => geoplan.page.select({ type: 'feature', features: [[at, 0], [at, 1], [at, 5]] }, true)",
            at,
        )
        assert page.evaluate(GROWN) == CLEAN
    assert "<img src=x" in page.inner_text("#details")


def test_tips_rows_search_and_copies(opened, toys):
    page = opened.page
    for x in range(500, 1300, 90):
        page.mouse.move(x, 330)
        page.wait_for_timeout(30)
    for text in ("canary", "<img", "</script", "{{", toys.HOSTILE[7]):
        page.fill("#search", text)
        assert page.evaluate(GROWN) == CLEAN
    page.fill("#search", "<img")
    page.click("#results button >> nth=0")
    page.keyboard.press("Escape")
    page.hover("#districts tr[data-district='1'] th")
    page.click("#districts [data-by=name]")
    page.click("text=Copy table")
    csv = page.evaluate("geoplan.tableAsCsv(geoplan.page)")
    assert '\'=HYPERLINK(""http://evil"")' in csv


def test_addresses_are_only_compared(open_page, toys):
    html = render_page(everywhere(toys))
    for text in (
        "<img src=x onerror=window.canary=1>",
        "javascript:window.canary=1",
        "__proto__",
        "constructor",
    ):
        names = (
            "measure",
            "lang",
            "component",
            "district",
            "project",
            "compare",
            "sort",
            "hide",
            "show",
            "spread",
            "paper",
            "with",
        )
        opened = open_page(html, address="#" + "&".join(f"{name}={text}" for name in names))
        opened.page.evaluate("window.known = [...document.scripts]")
        assert opened.page.evaluate(GROWN) == CLEAN
        opened.check()


def test_paper_and_the_report_sheet(opened):
    opened.page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator("#report-sheet").count() == 1
    assert opened.page.evaluate(GROWN) == CLEAN
    opened.page.evaluate("window.dispatchEvent(new Event('afterprint'))")


def test_clusters_and_hexagons(open_page, toys):
    count = 40
    texts = [toys.HOSTILE[at % len(toys.HOSTILE)] for at in range(count)]
    plan = toys.plan_of(
        toys.squares(2, name=toys.HOSTILE[0]),
        [{"project": f"{text}#{at}", "title": text} for at, text in enumerate(texts)],
        [{"project": f"{text}#{at}", "name": text, "geometry": Point(0.04 * at + 0.01, 0.01 * (at * 7 % 90) + 0.02)}
         for at, text in enumerate(texts)],
        [toys.amount(f"{text}#{at}", 100, component=text, funder=text) for at, text in enumerate(texts)],
    )  # fmt: skip
    hexagons, ledger = gather_locations(plan, build_ledger(plan), most=5)
    crowded = pd.concat(
        [plan.locations.assign(location=[f"{at}-{turn}" for at in range(count)]) for turn in range(8)]
    )
    clusters = replace(
        plan, locations=gpd.GeoDataFrame(crowded.reset_index(drop=True), geometry="geometry", crs=4326)
    )
    for built in (build_map(hexagons, ledger=ledger), build_map(clusters)):
        opened = open_page(render_page(built))
        opened.page.evaluate("window.known = [...document.scripts]")
        for longitude in (0.21, 0.61, 1.01, 1.41):
            opened.click_at(longitude, 0.4)
        opened.page.evaluate("geoplan.page.select({ type: 'project', at: 0 }, true)")
        opened.page.mouse.move(800, 300)
        opened.page.wait_for_timeout(60)
        assert opened.page.evaluate(GROWN) == CLEAN
        opened.check()


@pytest.mark.parametrize("language", ["en", "fr", "lo"])
def test_the_still_and_the_report(open_page, toys, language):
    pytest.importorskip("altair")
    from geoplan.outputs.report.contents import gather_findings
    from geoplan.outputs.report.html_report import render_report

    plan = replace(toys.hostile_plan(), notes=toys.HOSTILE)
    ledger = build_ledger(plan)
    still = draw_svg_map(plan, ledger, language=language)
    tags = {each.tag.split("}")[1] for each in ET.fromstring(still).iter()}
    assert not tags & {"script", "foreignObject", "image", "a", "iframe", "set", "animate"}
    assert all(
        not name.lower().startswith("on") for each in ET.fromstring(still).iter() for name in each.attrib
    )
    for html in (
        render_report(gather_findings(plan, ledger, language=language)),
        f"<!DOCTYPE html><title>t</title>{still}",
    ):
        opened = open_page(html, wait=False)
        opened.page.wait_for_timeout(100)
        assert opened.page.evaluate("window.canary") is None
        assert opened.page.locator("img, iframe, script:not([type])").count() == 0
        opened.check()
