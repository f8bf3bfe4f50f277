"""The page in Chromium with the network off: what is chosen is what is shown, to the cent."""

import base64
import json
import re
import zlib
from dataclasses import replace

import folium
import pytest

from geoplan.page import build_map, render_page
from geoplan.page.block import encode_data
from geoplan.page.folium_map import PlanMap

from ..page.test_block import EDGES
from .conftest import choose, tick

LIGHT = ["#c6dbef", "#9ecae1", "#6baed6", "#2171b5", "#084594"]


def rgb(colour):
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def plain(text):
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.fixture(scope="module")
def script(browser, small_html):
    """The page's own functions, without a page: one browser page for all calls."""
    page = browser.new_page()
    page.set_content(small_html)
    page.wait_for_selector("html[data-ready=yes]")
    yield page
    page.close()


@pytest.fixture
def small(open_page, small_html):
    opened = open_page(small_html)
    yield opened
    opened.check()


def hide_marks(opened):
    """Leave only the colours of districts on the map."""
    for name in ("labels", "hatching", "points", "lines", "areas"):
        tick(opened.page, f"#show-{name}", on=False)


def test_it_opens_without_network_or_complaint(small):
    assert small.page.title() == "Toy plan"
    assert small.text("h1") == "Toy plan"
    assert small.page.evaluate("document.documentElement.lang") == "en"


def test_totals_and_reconciliation(small):
    assert "EUR 2 400" in small.text("#figures")
    assert small.text("#reconciliation") == (
        "Whole plan, budget: EUR 2 399.99 given = 2 100.00 in districts + 299.99 not on the map; difference 0.00."
    )
    assert "disbursements EUR 400; budget LAK 7.00" in small.text("#figures")
    assert "budget LAK 7.00" in small.text("#figures")


def test_equity_is_told_in_each_language_for_the_kind_that_is_shown(open_page):
    from geoplan.analysis.equity import describe_equity, measure_equity
    from geoplan.ledger.entries import build_ledger
    from geoplan.plan.plan_file import find_bundled_plan
    from geoplan.plan.plan_tables import read_plan

    plan = read_plan(find_bundled_plan())
    opened = open_page(render_page(build_map(plan)))
    equity = measure_equity(build_ledger(plan))
    for code in ("en", "fr", "lo"):
        opened.page.click(f"#languages [lang={code}]")
        (verdict,) = describe_equity(equity, code).verdicts["sentence"]
        assert plain(verdict) in opened.text("#equity")
    assert opened.page.locator("#equity li").count() == 4
    assert "geoplan.toml" in opened.page.text_content("#about .inputs")
    opened.check()


def test_money_that_is_not_on_the_map_is_told(small):
    assert "EUR 2 100 in districts" in small.text("#map-head")
    assert "EUR 300 not on the map" in small.text("#map-head")
    assert small.text("#total").replace("\n", " ") == "EUR 2 400 12.5 % not on the map"
    small.page.click("#total button")
    text = small.text("#elsewhere")
    assert re.search(r"province-wide.*\s200\.00\s+8\.3 %\s+1", text, re.DOTALL)
    assert re.search(r"without a location.*\s99\.99\s+4\.2 %\s+1", text, re.DOTALL)
    assert "country-wide" not in text


def test_choosing_a_measure_recolours(small):
    hide_marks(small)
    assert small.colour(3.5, 0.5) == [255, 255, 255]
    amounts = [small.colour(at + 0.5, 0.5) for at in range(3)]
    assert amounts == [rgb("#2171b5"), rgb("#c6dbef"), rgb("#6baed6")]
    small.page.select_option("#choose-measure", "per_person")
    assert small.colour(2.5, 0.5) == rgb("#d9d6d0")
    assert "no data" in small.text("#legend")
    small.page.select_option("#choose-measure", "poverty_class")
    assert small.colour(0.5, 0.5) == rgb("#99ddff")
    assert "better off" in small.text("#legend")


def test_legend_counts_districts(small):
    text = small.text("#legend .classes")
    assert re.sub(r"\s+", " ", text) == "300 – under 500 1 500 – under 1 000 1 1 000 – 1 300 1 no money 1"
    assert "EUR, budget" in small.text("#legend")
    assert "very poor" in small.text("#legend")


def test_clicking_a_district_shows_its_money(small):
    small.click_at(1.2, 0.3)
    text = small.text("#details")
    assert "District 1" in text
    assert "EUR 300" in text
    assert "2 000" in text
    assert "East road" in text
    assert small.page.get_attribute("#districts tr.chosen", "data-district") == "1"
    assert "district=D1" in small.address
    small.page.keyboard.press("Escape")
    assert small.page.is_hidden("#details")


def test_clicking_a_point_shows_the_project_and_how_it_was_placed(small):
    small.click_at(0.25, 0.5)
    text = small.text("#details")
    assert "Village water" in text
    assert "Donor, Ministry" in text
    assert "2010–2012" in text
    assert "point in the district" in text
    assert re.search(r"Planned and paid.*budget\s+1 000\.00\s+disbursements\s+400\.00", text, re.DOTALL)
    assert "Also, not added: budget: LAK 7" in text
    assert "All of it has a known district." in text
    assert re.search(r"2010\s+600\.00\s+2011\s+400\.00\s+Total\s+1 000\.00", text)


def test_a_line_and_an_area_can_be_clicked(small):
    small.click_at(1.0, 0.8)
    assert "East road" in small.text("#details")
    assert re.search(r"District 0: 300\.00 \(by length of the line\)", small.text("#details"))
    small.page.keyboard.press("Escape")
    small.click_at(2.3, 0.3)
    assert "Irrigation" in small.text("#details")
    assert small.text("#details .badge").casefold() == "illustrative"


def test_filters_change_totals_colours_legend_table_and_address(small):
    hide_marks(small)
    before = small.colour(0.5, 0.5)
    small.keep("component", "Roads")
    assert "EUR 600" in small.text("#figures .big")
    assert small.colour(2.5, 0.5) == [255, 255, 255]
    assert small.colour(0.5, 0.5) != before
    assert "nothing" not in small.text("#legend")
    rows = small.page.eval_on_selector_all("#districts tbody tr", "rows => rows.map(row => row.innerText)")
    assert [plain(row).split("\t")[0] for row in rows[:2]] == ["District 0", "District 1"]
    assert "component=Roads" in small.address
    small.keep("funder", "Donor")
    assert "No money matches these filters" in small.text("#map-note")
    small.page.click("text=Reset")
    assert "EUR 2 400" in small.text("#figures .big")


def test_years_filter_and_play(small):
    choose(small.page, "#choose-from", "2011")
    assert "EUR 1 000" in small.text("#figures .big")
    choose(small.page, "#choose-to", "2011")
    assert "EUR 400" in small.text("#figures .big")
    small.page.click("#play")
    assert "2012" in small.text("#choice")
    # After the last year, what was shown before comes back.
    small.page.locator("#play", has_text="Play").wait_for(timeout=5000)
    assert small.page.input_value("#choose-to") == "2011"


def test_kinds_and_currencies_are_chosen_not_added(small):
    small.page.select_option("#choose-kind", label="disbursements")
    assert "EUR 400" in small.text("#figures .big")
    assert "All of this money is in districts" in small.text("#elsewhere")
    small.page.select_option("#choose-kind", label="budget")
    small.page.select_option("#choose-currency", label="LAK")
    assert "LAK 7" in small.text("#figures .big")


def test_table_sorts_and_chooses(small):
    small.page.click("#districts [data-by=name]")
    names = small.page.eval_on_selector_all(
        "#districts tbody th", "cells => cells.map(cell => cell.innerText)"
    )
    assert names == ["District 0", "District 1", "District 2", "District 3"]
    small.page.click("#districts [data-by=per_person]")
    assert plain(small.page.inner_text("#districts tbody tr:first-child")).split("\t")[5] == "1.30"
    assert plain(small.page.inner_text("#districts tbody tr:last-child")).split("\t")[5] == "–"
    small.page.click("#districts tbody tr:first-child button")
    assert "District 0" in small.text("#details")


def test_csv_is_exact_and_no_formula(open_page, toys):
    districts = toys.squares(2)
    districts[0]["name"] = "=1+1"
    districts[1]["name"] = 'a "b", c'
    plan = toys.plan_of(
        districts,
        [{"project": "P"}],
        [{"project": "P", "geometry": toys.Point(0.5, 0.5)}],
        [toys.amount("P", 123456789)],
    )
    opened = open_page(render_page(build_map(plan)))
    csv = opened.page.evaluate("geoplan.tableAsCsv(geoplan.page)")
    assert csv.split("\r\n") == [
        'Code,District,"Amount, EUR",Projects',
        "D0,'=1+1,1234567.89,1",
        'D1,"a ""b"", c",0.00,0',
        "",
    ]
    opened.check()


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_formulas_are_guarded(script, text):
    assert script.evaluate("text => geoplan.csvText(text)", text).lstrip('"').startswith("'")


def test_search_finds_districts_projects_and_places(small):
    small.page.fill("#search", "ban nong")
    small.page.click("#results button")
    assert "Village water" in small.text("#details")
    small.page.fill("#search", "DISTRICT 3")
    assert small.page.locator("#results button").count() == 1
    small.page.fill("#search", "zzz")
    assert small.text("#results") == "Nothing found"


def test_the_address_brings_the_view_back(open_page, small_html):
    address = "#measure=per_person&component=Water&years=2010-2011&hide=points&district=D0&lang=fr"
    opened = open_page(small_html, address=address)
    assert opened.page.input_value("#choose-measure") == "per_person"
    assert "1 000 EUR" in opened.text("#figures .big")
    assert not opened.page.is_checked("#show-points")
    assert "District 0" in opened.text("#details")
    assert opened.page.evaluate("document.documentElement.lang") == "fr"
    opened.check()


def test_a_wrong_address_is_ignored(open_page, small_html):
    opened = open_page(
        small_html, address="#measure=__proto__&component=nope&years=9-1&district=<img>&lang=xx&hide=toString"
    )
    assert "EUR 2 400" in opened.text("#figures .big")
    opened.check()


def test_texts_of_the_plan_in_the_language_of_the_reader(open_page, toys):
    words = {
        "fr": {
            "Toy plan": "Plan jouet",
            "Water": "Eau",
            "very poor": "très pauvre",
            "East road": "Piste",
            "Ban Nong": "Lac",
        },
        "lo": {"Water": "ນ້ຳ"},
    }
    opened = open_page(render_page(build_map(replace(toys.small_plan(), translations=words))))
    page = opened.page
    assert "Water" in opened.text("#legend")
    page.click("#languages [lang=fr]")
    assert page.title() == opened.text("h1") == "Plan jouet"
    assert "Eau" in opened.text("#legend") and "Water" not in opened.text("#legend")
    opened.keep("component", "Eau")
    assert "component=Water" in page.evaluate("location.hash"), "an address holds in every language"
    page.click("#languages [lang=lo]")
    assert "ນ້ຳ" in opened.text("#map-head")
    assert opened.text("h1") == "Toy plan", "what is not translated stays as it is"
    page.click("#languages [lang=en]")
    for wanted, found in (("piste", "East road"), ("lac", "Village water"), ("east", "East road")):
        page.fill("#search", wanted)
        assert opened.text("#results").startswith(found)
    opened.check()


def test_languages(small):
    for code, word in (("fr", "Légende"), ("lo", "ເມືອງ"), ("en", "Legend")):
        small.page.click(f"#languages [lang={code}]")
        assert small.page.evaluate("document.documentElement.lang") == code
        assert word in small.page.inner_text("body")
    assert small.page.evaluate("document.fonts.check('16px \"Page Lao\"', 'ລາວ')")


def test_the_page_brings_its_letters_and_draws_with_them(open_page, small_html):
    """The same on every machine: what is measured and drawn waits for the fonts inside the page."""
    opened = open_page(small_html)
    loaded = opened.page.evaluate(
        "[...document.fonts].filter(({ status }) => status === 'loaded').map(({ family, weight }) => family.replaceAll('\"', '') + ' ' + weight)"
    )
    assert {"Page Sans 400", "Page Sans 600", "Page Serif 600"} <= set(loaded)
    width = """(text) => {
        const pen = document.createElement("canvas").getContext("2d");
        pen.font = '100px "Page Sans"';
        return pen.measureText(text).width;
    }"""
    thin = opened.page.evaluate(width, "1\u202f0") - opened.page.evaluate(width, "10")
    assert thin == pytest.approx(21, abs=0.5)  # of the font itself; a browser's own would be 13
    opened.check()


def test_targeting_ratio_is_share_of_money_over_share_of_the_poor(small):
    small.page.select_option("#choose-measure", "targeting_ratio")
    values = small.page.evaluate(
        "geoplan.page.classes.values.map((value) => (Number.isNaN(value) ? null : value))"
    )
    # D0 has 1 300 of 1 600 and 100 of 1 100 poor, D1 300 of 1 600 and 1 000 of 1 100
    assert values == [
        pytest.approx(1300 / 1600 / (100 / 1100)),
        pytest.approx(300 / 1600 / (1000 / 1100)),
        None,
        None,
    ]
    assert "2.000 – 8.938" in small.text("#legend")


def test_at_most_is_what_bounds_says(open_page, toys):
    from geoplan.ledger.bounds import bound_amounts
    from geoplan.ledger.entries import build_ledger

    districts = [
        {**square, "province": "W" if at < 2 else "E", "province_name": "West" if at < 2 else "East"}
        for at, square in enumerate(toys.squares(4))
    ]
    locations = [
        {"project": "P", "geometry": toys.Point(0.5, 0.5)},
        {"project": "Q", "geometry": toys.Point(0.5, 0.5), "precision": 4},
        {"project": "R", "precision": 8},
        {"project": "S", "geometry": toys.Point(50, 50)},
    ]
    rows = [
        toys.amount("P", 100),
        toys.amount("Q", 1000),
        toys.amount("R", 10000),
        toys.amount("S", 7),
        toys.amount("T", 20),
    ]
    plan = toys.plan_of(districts, [{"project": name} for name in "PQRST"], locations, rows)
    bounds = bound_amounts(build_ledger(plan))
    opened = open_page(render_page(build_map(plan, measure="at_most")))
    found = opened.page.evaluate("geoplan.page.sums.atMost.map(Number)")
    assert found == bounds["at_most_minor"].tolist()
    assert len(set(found)) > 1
    assert "at most" in opened.text("#districts").casefold()
    opened.check()


def test_filters_by_sector_status_and_poverty_class(small):
    small.keep("poverty", "poor")
    # 300.00 in the district that is poor; 200.00 and 99.99 without a district could be there.
    assert "EUR 600" in small.text("#figures .big")
    assert "EUR 300 not on the map: it could be there too" in small.text("#map-head")
    assert "left out by the filters" in small.text("#legend")
    small.page.click("text=Reset")
    total = "Number(geoplan.page.sums.total)"
    whole = small.page.evaluate(total)
    small.keep("sector")
    options = small.page.eval_on_selector_all(
        "#choose-sector bdi", "all => all.map((one) => one.textContent)"
    )
    assert options[-1] == "not stated"
    parts = []
    for option in options:
        small.keep("sector", option)
        parts.append(small.page.evaluate(total))
    assert sum(parts) == whole and all(parts)
    assert "sector=" in small.address and "not stated" in small.text("#choice")


def test_points_sized_by_amount(small):
    tick(small.page, "#show-sized")
    assert "the largest is EUR 1 000" in small.text("#legend")
    assert "sized=yes" in small.address


def test_large_amounts_are_in_millions_on_the_map_and_exact_beside_it(open_page, toys):
    plan = toys.plan_of(
        toys.squares(2),
        [{"project": "P"}],
        [{"project": "P", "geometry": toys.Point(0.5, 0.5)}],
        [toys.amount("P", 123456789012)],
    )
    opened = open_page(render_page(build_map(plan)))
    assert "million EUR, budget" in opened.text("#legend")
    assert "EUR 1 234 567 890" in opened.text("#figures .big")
    opened.check()


def test_every_word_comes_from_the_catalogue(small):
    for code in ("en", "fr", "lo"):
        small.page.click(f"#languages [lang={code}]")
        small.click_at(1.2, 0.3)
        text = small.page.inner_text("body")
        assert (
            re.findall(
                r"\b(?:measure|unit|class|rule|place|kind|layer|table|count_districts|n_projects)\.[a-z_]+\b",
                text,
            )
            == []
        )
        assert re.findall(r"\{\w+\}|undefined|NaN|\[object", text) == []


def test_hostile_texts_do_nothing_anywhere(open_page, toys):
    opened = open_page(render_page(build_map(toys.hostile_plan())))
    page = opened.page
    for measure in ("amount", "per_person", "per_poor_person", "poverty_class"):
        page.select_option("#choose-measure", measure)
    for code in ("fr", "lo", "en"):
        page.click(f"#languages [lang={code}]")
    for at in range(len(toys.HOSTILE)):
        page.evaluate("at => geoplan.page.select({ type: 'district', at }, true)", at)
        page.evaluate("at => geoplan.page.select({ type: 'project', at }, true)", at)
        page.evaluate("at => geoplan.page.change({ component: [at], funder: null })", at)
    page.click("text=Reset")
    page.fill("#search", "canary")
    page.evaluate("geoplan.tableAsCsv(geoplan.page)")
    page.hover(".map", position={"x": 500, "y": 250})
    assert page.evaluate("window.canary") is None
    assert page.evaluate("document.querySelectorAll('img, svg:not(.key), iframe').length") == 0
    assert toys.HOSTILE[0] in page.inner_text("body")
    opened.check()


@pytest.mark.parametrize("compress", [False, True])
def test_both_encodings_open(open_page, toys, compress):
    html = render_page(PlanMap(build_map(toys.small_plan()).data, compress=compress))
    assert ('data-encoding="deflate"' in html) is compress
    opened = open_page(html)
    assert "EUR 2 400" in opened.text("#figures .big")
    opened.check()


def test_a_browser_that_can_not_read_the_data_says_so(open_page, toys):
    html = render_page(build_map(toys.small_plan()))
    broken = re.sub(r'(data-encoding="deflate">)[^<]{20}', r"\1AAAAAAAAAAAAAAAAAAAA", html)
    opened = open_page(broken, wait=False)
    opened.page.wait_for_selector("#page-failed:not([hidden])")
    assert "too old" in opened.text("#page-failed")


def test_phone_has_no_sideways_scroll(open_page, small_html):
    opened = open_page(small_html, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    opened.page.click("#menu")
    for code in ("en", "fr", "lo"):
        opened.page.click(f"#languages [lang={code}]")
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    opened.click_at(2.3, 0.3)
    assert opened.page.is_visible("#details")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    opened.check()


def test_focus_goes_to_the_details_and_back(small):
    page = small.page
    page.focus("#districts tbody tr:nth-child(2) button")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "details"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 2


def test_the_keyboard_reaches_everything(small):
    page = small.page
    reached = set()
    page.evaluate("document.activeElement.blur()")
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate("""() => {
            const { id, className, tagName, textContent } = document.activeElement;
            const style = getComputedStyle(document.activeElement);
            const own = tagName === "SUMMARY" ? `${document.activeElement.parentElement.id} SUMMARY` : "";
            return { key: own || id || String(className) || tagName, text: textContent, outline: style.outlineStyle };
        }""")
        reached.add(found["key"])
        reached.add(found["text"])
        if found["key"] == "BODY":
            break
    for wanted in (
        "choose-measure",
        "search",
        "choose-component SUMMARY",
        "choose-funder SUMMARY",
        "play",
        "compare",
        "open-districts",
        "Reset",
        "District 0",
        "Copy table",
    ):
        assert wanted in reached, wanted


def test_every_control_has_a_name(small):
    nameless = small.page.evaluate("""() => [...document.querySelectorAll("button, select, input, textarea")].filter((control) =>
        !control.closest("[hidden]") && !(control.textContent.trim() || control.getAttribute("aria-label") || control.labels?.length)).map((control) => control.outerHTML)""")
    assert nameless == []


def test_contrast_of_text(small):
    """Every text stands out from its ground by 4.5 to 1 (WCAG AA)."""
    weak = small.page.evaluate("""() => {
        const channel = (value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
        const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
        const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
        const ground = (node) => {
            for (let at = node; at; at = at.parentElement) {
                const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
                if (a > 0.6) return [r, g, b];
            }
            return [255, 255, 255];
        };
        const found = [];
        for (const node of document.querySelectorAll("body *")) {
            const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
            if (!own || !node.checkVisibility() || node.closest(".leaflet-disabled, script, noscript")) continue;
            const [one, two] = [light(numbers(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
            if ((one + 0.05) / (two + 0.05) < 4.5) found.push([node.className, node.textContent.slice(0, 30), (one + 0.05) / (two + 0.05)]);
        }
        return found;
    }""")
    assert weak == []


def test_it_prints_on_one_sheet_with_the_report_after_it(small):
    pdf = small.page.pdf(prefer_css_page_size=True, print_background=True)
    sheets = len(re.findall(rb"/Type\s*/Page\b", pdf))
    has_report = small.page.evaluate(
        "document.querySelectorAll('#equity .indices ul, #about .inputs ul').length > 0"
    )
    assert sheets == (2 if has_report else 1)
    assert small.page.evaluate("document.getElementById('report-sheet')") is None


@pytest.mark.parametrize("address", ["", "#lang=fr", "#lang=lo", "#compare=per_person"])
def test_the_home_case_fills_one_sheet_and_no_more(open_page, address, home_html):
    """One line too many, and Chromium would shrink the sheet or begin another."""

    opened = open_page(home_html, address=address)
    pdf = opened.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2  # the sheet, and the report after it
    opened.page.set_viewport_size({"width": 1054, "height": 725})
    opened.page.emulate_media(media="print")
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    box = "(({ right, bottom }) => [right, bottom])(document.querySelector('%s').getBoundingClientRect())"
    millimetre = 96 / 25.4
    right, _ = opened.page.evaluate(box % ".districts")
    _, bottom = opened.page.evaluate(box % "#about")
    assert right <= 283 * millimetre
    assert bottom <= 192 * millimetre


def test_zooming_and_moving_keeps_the_drawing_in_place(small):
    hide_marks(small)
    before = small.colour(0.1, 0.9)
    small.page.evaluate("geoplan.page.map.setZoom(geoplan.page.map.getZoom() + 1, { animate: false })")
    small.page.evaluate("geoplan.page.map.panTo([0.5, 0.5], { animate: false })")
    assert small.colour(0.1, 0.9) == before
    assert small.colour(-0.1, 0.5) == [0, 0, 0]


def test_added_folium_layers_work_offline(open_page, toys):
    plan_map = build_map(toys.small_plan())
    folium.Marker([0.5, 3.5], tooltip="a marker").add_to(plan_map)
    folium.GeoJson({"type": "Point", "coordinates": [3.2, 0.2]}).add_to(plan_map)
    opened = open_page(render_page(plan_map))
    opened.page.wait_for_selector(".leaflet-marker-icon")
    assert opened.page.locator(".leaflet-marker-icon").count() == 2
    assert opened.page.evaluate("document.querySelector('.leaflet-marker-icon').naturalWidth") > 0


def test_a_notebook_cell_shows_the_map(open_page, toys):
    first, second = build_map(toys.small_plan(title="First")), build_map(toys.small_plan(title="Second"))
    html = f"<!DOCTYPE html><meta charset=utf-8><body>{first._repr_html_()}{second._repr_html_()}</body>"
    opened = open_page(html, wait=False)
    frames = [frame for frame in opened.page.frames if frame.parent_frame]
    assert len(frames) == 2
    for frame, title in zip(frames, ("First", "Second"), strict=True):
        frame.wait_for_selector("html[data-ready=yes]")
        assert frame.inner_text("h1") == title
    assert opened.complaints == []


def test_the_page_unpacks_what_was_packed(small):
    packed = zlib.decompress(base64.b64decode(encode_data(EDGES, compress=True).text))
    assert small.page.evaluate("(bytes) => geoplan.unpack(new Uint8Array(bytes))", list(packed)) == EDGES


@pytest.mark.parametrize("layers", [False, True])
def test_a_compressed_page_says_the_same(toys, open_page, layers):
    told = []
    for compress in (False, True):
        plan_map = PlanMap(build_map(toys.small_plan()).data, compress=compress)
        if layers:
            folium.CircleMarker((18.2, 103.9)).add_to(plan_map)
        opened = open_page(render_page(plan_map))
        told.append(opened.text("body"))
        assert opened.page.evaluate("document.getElementById('page-script') !== null") is compress
        opened.check()
    assert told[0] == told[1]


def test_plain_data_survives_the_block(open_page, toys):
    opened = open_page(render_page(PlanMap(build_map(toys.small_plan()).data, compress=False)))
    text = opened.page.text_content("#plan-data")
    assert encode_data(json.loads(text), compress=False).text == text


def test_money_without_a_known_district_is_told_for_a_project(open_page, toys):
    """Two points in a district and one location in a province share 100.00: 66.67 and 33.33."""
    locations = [
        {"project": "P", "name": "Ban Nong", "geometry": toys.Point(0.25, 0.5)},
        {"project": "P", "name": "Ban Na", "geometry": toys.Point(0.75, 0.5)},
        {"project": "P", "name": "Province", "precision": 4},
    ]
    plan = toys.plan_of(toys.squares(1), [{"project": "P"}], locations, [toys.amount("P", 10000)])
    opened = open_page(render_page(build_map(plan)))
    opened.click_at(0.25, 0.5)
    assert "EUR 66.67 has a known district; EUR 33.33 has no known district." in opened.text("#details")
    opened.check()


def test_what_was_chosen_gives_the_map_back(small):
    place = "[...Object.values(geoplan.page.map.getCenter()), geoplan.page.map.getZoom()]"
    small.page.evaluate("geoplan.page.map.setView([0.5, 1], 11.5, { animate: false })")
    before, address = small.page.evaluate(place), small.address
    for at in (3, 0):
        small.page.evaluate("(at) => geoplan.page.select({ type: 'district', at }, true)", at)
    assert small.page.evaluate(place) != before
    small.page.keyboard.press("Escape")
    assert small.page.evaluate(place) == pytest.approx(before, abs=1e-6)
    assert small.address == address
    # Where the reader has moved the map since, it stays.
    small.page.locator("#districts tbody button", has_text="District 3").click()
    small.page.evaluate("geoplan.page.map.setView([0.4, 2], 10, { animate: false })")
    small.page.keyboard.press("Escape")
    assert small.page.evaluate(place) == pytest.approx([0.4, 2, 10], abs=1e-3)


def test_reset_restores_everything(small):
    page = small.page
    page.select_option("#choose-measure", "per_person")
    choose(page, "#choose-from", "2011")
    small.keep("component", "Water")
    tick(page, "#show-labels", on=False)
    page.fill("#search", "east")
    page.click("#districts [data-by=name]")
    page.evaluate("geoplan.page.map.setView([0.4, 2], 11, { animate: false })")
    page.locator("#districts tbody button", has_text="District 0").click()
    page.keyboard.press("Escape")
    page.click("#open-projects")
    page.click("#projects [data-by=title]")
    page.click("#legend summary")
    page.click("#years summary")
    page.click("#reset")
    small.settle()
    assert page.evaluate("geoplan.page.view.place") is None
    assert page.get_attribute("#panel", "data-tab") == "districts"
    assert page.is_visible("#legend .classes") and page.is_hidden("#choose-from")
    assert page.evaluate("geoplan.page.projectTable.by") == "amount"
    assert page.is_hidden("#details")
    assert page.input_value("#search") == ""
    assert page.input_value("#choose-measure") == "amount"
    assert page.is_checked("#show-labels")
    assert small.address.split("#")[1:] in ([], [""])


def test_projects_are_a_table_of_their_own(small):
    page = small.page
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.click("#open-projects")
    assert page.evaluate("document.activeElement.id") == "open-projects"
    assert "tab=projects" in small.address
    titles = "[...document.querySelectorAll('#projects tbody th')].map((one) => one.textContent)"
    assert page.evaluate(titles) == [
        "Village water",
        "East road",
        "Irrigation",
        "Training",
        "Without a place",
    ]
    page.click("#projects [data-by=title]")
    assert page.evaluate(titles)[0] == "East road"
    page.click("#copy-all-projects")
    head, first, *_ = [line.split("\t") for line in page.evaluate("window.copied").split("\r\n")]
    assert (first[head.index("Project")], first[head.index("Amount, EUR")]) == ("East road", "600.00")
    small.keep("component", "Water")
    assert page.evaluate(titles) == ["Village water"]
    page.click("#projects tbody button")
    assert "Village water" in small.text("#details h2")
    assert small.text("#details .close") == "‹ All projects"
    page.keyboard.press("Escape")
    assert page.is_visible("#projects")


def test_a_district_has_its_projects_down_to_rule_and_input_row(open_page, home_html):
    from geoplan.ledger.entries import build_ledger
    from geoplan.plan.plan_file import find_bundled_plan
    from geoplan.plan.plan_tables import read_plan

    plan = read_plan(find_bundled_plan())
    entries = build_ledger(plan).entries
    here = entries[(entries["district"] == "LA1104") & (entries["kind"] == "budget")]
    opened = open_page(home_html, address="#district=LA1104")
    heads, *rows = opened.page.evaluate("""() => [...document.querySelectorAll('#projects-here tr')]
        .map((row) => [...row.cells].map((cell) => cell.textContent.replace(/[\u2068\u2069\u202f]/g, "")))""")
    assert [head.strip("\xa0▾") for head in heads][:2] == ["Project", "Amount, EUR"]
    titles = plan.projects.set_index("project")["title"]
    sums = here.groupby(here["project"].astype(str))["amount_minor"].sum()
    assert {row[0] for row in rows} == {titles[code] for code in sums.index}
    amounts = [int(row[1]) for row in rows]
    assert amounts == sorted(amounts, reverse=True)
    for code in sums.index:
        (row,) = [row for row in rows if row[0] == titles[code]]
        numbers = sorted(set(here[here["project"] == code]["source_row"]))
        assert row[heads.index("Input rows")] == f"spending.csv: {', '.join(map(str, numbers))}"
        assert row[heads.index("Rule")]
    opened.check()


def test_enter_opens_what_is_in_the_middle_of_the_map_and_leads_back(small):
    page = small.page
    page.evaluate("geoplan.page.map.setView([0.5, 0.25], 10, { animate: false })")
    page.evaluate("geoplan.page.map.getContainer().focus()")
    page.keyboard.press("Enter")
    small.wait("document.activeElement.id === 'details'")
    assert "Village water" in small.text("#details h2")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === geoplan.page.map.getContainer()")


def test_the_skip_link_goes_past_the_map(small):
    small.page.evaluate("document.activeElement.blur()")
    small.page.keyboard.press("Tab")
    assert small.page.evaluate("document.activeElement.id") == "skip"
    assert small.page.evaluate("document.activeElement.offsetHeight") > 20
    small.page.keyboard.press("Enter")
    assert small.page.evaluate("document.activeElement.id") == "open-districts"
    assert "#" not in small.address


def test_the_focus_goes_as_the_eye_does(small):
    """Strip, chips, map, tabs, table: each further down, or to the right on the same row of the page."""
    order = small.page.evaluate("""() => ["head", "bar", "map-column", "tabs", "panel-body"].map((id) =>
        document.getElementById(id)).every((each, at, all) => !at || all[at - 1].compareDocumentPosition(each) & 4)""")
    assert order


def test_leaving_the_comparison_leaves_the_map_where_it_was(small):
    page = small.page
    place = "[...Object.values(geoplan.page.map.getCenter()), geoplan.page.map.getZoom()]"
    for moved in (False, True):
        if moved:
            page.evaluate("geoplan.page.map.setView([0.4, 2.2], 10.4, { animate: false })")
        before, address = page.evaluate(place), small.address
        page.click("#compare")
        small.settle()
        page.click("#compare")
        small.settle()
        small.settle()
        assert page.evaluate(place) == pytest.approx(before, abs=1e-3)  # less than a pixel
        assert small.address == address


def test_the_frame_stays_while_years_play(small):
    page = small.page
    state = "JSON.stringify([geoplan.page.map.getSize(), geoplan.page.map.getCenter(), geoplan.page.map.getZoom()])"
    before = page.evaluate(state)
    page.click("#play")
    for year in (2010, 2011, 2012):
        small.wait(f"geoplan.page.view.to === {year} && geoplan.page.view.from === {year}")
        small.settle()
        assert page.evaluate(state) == before
    page.evaluate("geoplan.page.stop()")


def test_search_says_why_and_opens_by_the_keyboard(small):
    page = small.page
    page.fill("#search", "ban nong")
    assert small.text("#results li:first-child") == "Village water Project · Ban Nong"
    page.press("#search", "Enter")
    assert "Village water" in small.text("#details h2")
    page.keyboard.press("Escape")
    page.fill("#search", "district")
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.innerText").startswith("District 1")
    page.keyboard.press("Enter")
    assert "District 1" in small.text("#details h2")
