"""What is written on the page can be read: legends, labels, tables, heads."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from geoplan.page import build_map, render_page
from geoplan.page.extras import ExtraLayer

from .conftest import DESK, LARGE, PHONE

WRITTEN = """() => {
    const pen = CanvasRenderingContext2D.prototype;
    const [own, texts] = [pen.fillText, []];
    pen.fillText = function (text, x, y) { texts.push([text.replace(/[\\u2068\\u2069]/g, ""), x, y]); own.call(this, text, x, y); };
    geoplan.page.canvas.paint();
    pen.fillText = own;
    return texts;
}"""


def plan_with_amounts(toys, cents, **about):
    codes = [f"P{at}" for at in range(len(cents))]
    return toys.plan_of(
        toys.squares(len(cents)),
        [{"project": code} for code in codes],
        [{"project": code, "district": f"D{at}"} for at, code in enumerate(codes)],
        [toys.amount(code, amount) for code, amount in zip(codes, cents, strict=True)],
        **about,
    )


def test_the_bounds_of_classes_have_the_same_decimals(open_page, toys):
    opened = open_page(
        render_page(build_map(plan_with_amounts(toys, [110, 120, 121, 122, 130, 140, 141, 142])))
    )
    labels = opened.page.eval_on_selector_all(
        "#legend .key-text", "all => all.map((each) => each.textContent)"
    )
    decimals = {
        len(number.partition(".")[2]) for label in labels for number in re.findall(r"\d+(?:\.\d+)?", label)
    }
    assert len(decimals) == 1, labels


def test_bounds_of_very_different_sizes_keep_their_own_decimals(open_page, toys):
    opened = open_page(
        render_page(build_map(plan_with_amounts(toys, [1, 2, 3, 10**7, 2 * 10**7, 3 * 10**8])))
    )
    assert "000.0" not in opened.text("#legend .classes")


def test_the_legend_says_what_it_counts_and_where_values_end(open_page, home_html):
    opened = open_page(home_html)
    assert opened.text("#legend .counted").split("\n")[-1] == "districts"
    assert opened.text("#legend .ends").split() == ["0", "1", "358", "043"]


@pytest.mark.parametrize(
    ("amounts", "line", "keys"),
    [
        ([-100000, -400, 700], "Amount −1 000 7 EUR", ["7", "below zero (−1 000 – −4)"]),
        ([-500, -500], "Amount −5 EUR", ["below zero (−5)"]),
        ([500, 500], "Amount 5 EUR", ["5"]),
        ([1, 100, 10**13], "Amount 0.01 100 000 000 000 EUR", ["0.01 – under 1", "1 – under 100 000 000 000", "100 000 000 000"]),
    ],
)  # fmt: skip
def test_the_line_of_a_phone_reaches_from_the_least_to_the_greatest_value(
    open_page, toys, amounts, line, keys
):
    opened = open_page(render_page(build_map(plan_with_amounts(toys, amounts))), viewport=PHONE)
    assert " ".join(opened.text("#legend .legend-line").split()) == line
    opened.page.click("#legend summary")
    found = opened.page.eval_on_selector_all(
        "#legend .classes .key-text", "all => all.map((key) => key.innerText)"
    )
    assert [text.replace("\u202f", " ") for text in found if text != "no money"] == keys


def test_below_the_map_the_legend_takes_the_whole_width(open_page, home_html):
    opened = open_page(home_html)
    opened.page.evaluate("document.getElementById('map-column').classList.add('legend-below')")
    reach = opened.page.evaluate("""() => {
        const body = document.querySelector("#legend .legend-body").getBoundingClientRect();
        const rights = [...document.querySelectorAll("#legend h3, #legend li")].map((each) => each.getBoundingClientRect().right);
        return (Math.max(...rights) - body.left) / body.width;
    }""")
    assert reach > 0.9


@pytest.mark.parametrize("viewport", [LARGE, PHONE], ids=["desk", "phone"])
def test_most_names_have_their_value_or_none_has(open_page, home_html, viewport):
    opened = open_page(home_html, viewport=viewport)
    texts = [text for text, _, _ in opened.page.evaluate(WRITTEN)]
    names = [
        text
        for text in texts
        if text in {"Paksan", "Thaphabath", "Pakkading", "Bolikhan", "Khamkeut", "Viengthong", "Xaychamphone"}
    ]
    values = [text for text in texts if re.fullmatch(r"[\d\u202f]+", text)]
    assert len(names) >= 5
    assert len(values) == (7 if viewport is LARGE else 0)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_name_lies_over_its_own_district_more_than_over_others(open_page, home_html, viewport):
    opened = open_page(home_html, viewport=viewport)
    astray = opened.page.evaluate(
        """(written) => {
            const { data, drawnDistricts, canvas } = geoplan.page;
            const { scale, left, top } = canvas.frame();
            const pen = document.createElement("canvas").getContext("2d");
            pen.font = '600 12px "Page Sans"';
            const districtUnder = (x, y) => geoplan.districtAt(drawnDistricts, (x - left) / scale, (y - top) / scale);
            return written.filter(([text]) => data.districts.name.includes(text)).map(([text, x, y]) => {
                const own = data.districts.name.indexOf(text);
                const half = pen.measureText(text).width / 2;
                const spots = Array.from({ length: 21 }, (_, at) => districtUnder(x + half * (at / 10 - 1), y));
                const over = (wanted) => spots.filter(wanted).length;
                return [text, over((at) => at === own), over((at) => at >= 0 && at !== own)];
            }).filter(([, own, others]) => own < others || (own === others && own > 0)); // beside the area, with a line: 0, 0
        }""",
        opened.page.evaluate(WRITTEN),
    )
    assert astray == []


def test_the_name_of_a_town_does_not_hide_another_town(open_page, toys):
    towns = gpd.GeoDataFrame(
        {"label": ["Westtown", "Easttown"]}, geometry=[Point(1.5, -0.3), Point(1.53, -0.3)], crs=4326
    )
    built = build_map(toys.small_plan(), layers=[ExtraLayer("Towns", towns, "context")])
    opened = open_page(render_page(built))
    place = {text: x for text, x, _ in opened.page.evaluate(WRITTEN)}
    assert place["Westtown"] < place["Easttown"]
    dots = opened.page.evaluate("""() => [1.5, 1.53].map((longitude) =>
        geoplan.page.map.latLngToLayerPoint([-0.3, longitude]).x - geoplan.page.canvas._bounds.min.x)""")
    assert place["Westtown"] < dots[0] < dots[1] < place["Easttown"]


def test_details_tell_every_measure_of_a_district_and_no_missing_profile(open_page, toys, small_html):
    opened = open_page(small_html)
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 1 }, true)")
    facts = opened.text("#details dl")
    assert "Amount per poor person\nEUR 0.3" in facts  # 300.00 over 1 000
    assert (
        "Targeting ratio\n0.206" in facts
    )  # 300 of 1 600 over 1 000 of 1 100: of the districts whose poor are known
    bare = open_page(render_page(build_map(plan_with_amounts(toys, [100, 200]))))
    bare.page.evaluate("geoplan.page.select({ type: 'district', at: 1 }, true)")
    assert "no data" not in bare.text("#details")


def test_names_and_totals_stay_while_a_table_is_scrolled(open_page, home_html):
    opened = open_page(home_html, viewport=PHONE)
    opened.page.click("#handle")
    left = "document.querySelector('#districts tbody th').getBoundingClientRect().left"
    before = opened.page.evaluate(left)
    opened.page.evaluate("document.querySelector('#districts .scroll').scrollLeft = 120")
    assert opened.page.evaluate("document.querySelector('#districts .scroll').scrollLeft") == 120
    assert opened.page.evaluate(left) == before
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 3 }, true)")
    total, frame = (
        opened.page.evaluate("""() => [document.querySelector("#details .plain thead th:last-child"),
        document.querySelector("#details .scroll:has(.plain)")].map((each) => each.getBoundingClientRect().right)""")
    )
    assert total <= frame + 0.5


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_names_stand_on_one_line_with_their_figures(open_page, home_html, viewport):
    opened = open_page(home_html, viewport=viewport)
    feet = opened.page.evaluate("""() => [...document.querySelectorAll("#districts tbody tr")].map((row) =>
        [...row.cells].slice(0, 4).map((cell) => {
            const text = document.createRange();
            text.selectNodeContents(cell.querySelector("bdi"));
            return text.getBoundingClientRect().bottom;
        }))""")
    assert feet and all(max(row) - min(row) < 1.5 for row in feet)


def test_heads_of_two_maps_stand_side_by_side(open_page, compared_html):
    opened = open_page(compared_html)
    for part in (".plan-name", "strong"):
        tops = opened.page.evaluate(
            f"['#map-head', '#second-head'].map((head) => document.querySelector(`${{head}} {part}`).getBoundingClientRect().top)"
        )
        assert abs(tops[0] - tops[1]) < 1
    cut = opened.page.evaluate("""() => {
        const select = document.getElementById("second-plan");
        const pen = document.createElement("canvas").getContext("2d");
        pen.font = getComputedStyle(select).font;
        return pen.measureText(select.selectedOptions[0].textContent).width + 40 > select.clientWidth;
    }""")
    assert not cut
    opened.page.click("#languages [lang=fr]")
    opened.page.select_option("#second-measure", "per_poor_person")
    assert opened.text("#second-legend h2") == "Montant par habitant pauvre"
    # Two columns would break the legend's heading in two; heads out of sight would make the table's head high.
    assert opened.page.evaluate("document.querySelector('#second-legend h2').getClientRects().length") == 1
    assert opened.page.evaluate("document.querySelector('#districts thead').offsetHeight") < 66


def test_pointing_at_a_class_outlines_its_districts(open_page, small_html):
    opened = open_page(small_html)
    drawn = """() => {
        const { outline } = geoplan.page.map;
        if (!outline || !geoplan.page.map.hasLayer(outline)) return [];
        const pen = outline._container.getContext("2d");
        const ratio = outline.frame().ratio;
        return [0, 1, 2, 3].filter((at) => {
            const spot = geoplan.page.map.latLngToLayerPoint([0, at + 0.5]).subtract(outline._bounds.min);
            return pen.getImageData(Math.round(spot.x * ratio), Math.round(spot.y * ratio), 1, 1).data[3] > 200;
        });
    }"""
    assert opened.page.evaluate(drawn) == []
    opened.page.hover("#legend .classes li:has-text('no money')")
    assert opened.page.evaluate(drawn) == [3]
    opened.page.hover("#legend .classes li:has-text('1\u202f000 – ')")
    assert opened.page.evaluate(drawn) == [0]
    opened.page.hover("h1")
    assert opened.page.evaluate(drawn) == []
    opened.check()


@pytest.mark.parametrize("language", ["en", "fr", "lo"])
def test_no_word_of_the_head_is_broken_on_a_phone(open_page, home_html, language):
    opened = open_page(home_html, viewport=PHONE, address=f"#lang={language}")
    opened.page.click("#menu")
    heights = opened.page.eval_on_selector_all(
        "#languages button", "all => all.map((each) => each.clientHeight)"
    )
    assert max(heights) < 45
    assert opened.page.evaluate("document.querySelector('.total').scrollWidth") <= 390


def test_a_legend_that_takes_room_leaves_the_whole_area_the_whole_area(open_page, small_html):
    opened = open_page(small_html)
    assert opened.page.locator(".legend-below").count() == 1
    opened.page.evaluate("""() => {
        window.written = [];
        const replace = history.replaceState.bind(history);
        history.replaceState = (...values) => window.written.push(values[2]) && replace(...values);
    }""")
    for name in ("points", "lines", "areas", "hatching"):
        opened.page.evaluate("(name) => geoplan.page.change({ [name]: false })", name)
        opened.settle()
        assert "place=" not in opened.address
    opened.page.click("#legend summary")
    opened.settle()
    assert opened.page.evaluate("geoplan.page.view.place") is None
    # Nor was a map half fitted to its frame in the address for a moment.
    written = opened.page.evaluate("window.written")
    assert len(written) == 4 and not [each for each in written if "place=" in each]


def test_a_chosen_project_without_points_is_edged_and_brought_into_view(open_page, small_html):
    opened = open_page(small_html)
    opened.page.evaluate("geoplan.page.change({ labels: false, hatching: false })")

    def beside(longitude, latitude):
        """Return the colour four pixels above a place."""
        return opened.page.evaluate(
            """([longitude, latitude]) => {
                const { canvas, map } = geoplan.page;
                const spot = map.latLngToLayerPoint([latitude, longitude]).subtract(canvas._bounds.min);
                const { ratio } = canvas.frame();
                return [...canvas._container.getContext("2d").getImageData(Math.round(spot.x * ratio), Math.round((spot.y - 4) * ratio), 1, 1).data].slice(0, 3);
            }""",
            [longitude, latitude],
        )

    for project, place in ((1, (1.0 + 0.2, 0.8)), (2, (2.4, 0.8))):
        before = beside(*place)
        opened.page.evaluate("geoplan.page.map.setView([30, 60], 9, { animate: false })")
        opened.page.evaluate("(at) => geoplan.page.select({ type: 'project', at }, true)", project)
        assert opened.page.evaluate(
            "(place) => geoplan.page.map.getBounds().contains([place[1], place[0]])", place
        )
        opened.page.evaluate("geoplan.page.map.setView([0.5, 2], 8, { animate: false })")
        assert max(beside(*place)) < 60 < max(before)
        opened.page.keyboard.press("Escape")
        opened.page.click(".home-view")


def test_what_the_plan_never_states_is_not_said_to_be_missing(open_page, toys):
    plan = toys.plan_of(
        toys.squares(1),
        [{"project": "P"}],
        [{"project": "P", "district": "D0"}],
        [toys.amount("P", 1, component="", funder="")],
    )
    opened = open_page(render_page(build_map(plan)))
    opened.page.evaluate("geoplan.page.select({ type: 'project', at: 0 }, true)")
    assert "not stated" not in opened.text("#details")


def test_a_chosen_area_too_small_to_see_is_ringed(open_page, toys):
    plan = toys.plan_of(
        toys.squares(3),
        [{"project": "P"}],
        [{"project": "P", "geometry": Point(1.5, 0.5).buffer(0.004)}],
        [toys.amount("P", 100)],
    )
    opened = open_page(render_page(build_map(plan)), address="#hide=labels")
    above = """() => {
        const { canvas, map } = geoplan.page;
        const spot = map.latLngToLayerPoint([0.5, 1.5]).subtract(canvas._bounds.min);
        return [...canvas._container.getContext("2d").getImageData(Math.round(spot.x), Math.round(spot.y - 12), 1, 1).data].slice(0, 3);
    }"""
    before = opened.page.evaluate(above)
    opened.page.evaluate("geoplan.page.select({ type: 'project', at: 0 }, true)")
    assert max(opened.page.evaluate(above)) < 60 < max(before)
    opened.page.evaluate("geoplan.page.map.setView([0.5, 1.5], 14, { animate: false })")
    assert max(opened.page.evaluate(above)) > 60  # large now: its edge tells it


@pytest.mark.parametrize("address", ["", "#sized=yes", "#measure=poverty_class"])
def test_keys_are_whole_drawings_in_vectors(open_page, home_html, address):
    opened = open_page(home_html, address=address)
    keys = opened.page.evaluate("""() => [...document.querySelectorAll("#legend .legend-body svg.key")].map((key) =>
        [...key.querySelectorAll("*")].map((part) =>
            [part.tagName, part.textContent, ...[...part.attributes].map(({ name, value }) => `${name}=${value}`)]))""")
    assert len(keys) >= 7 and all(keys)
    drawn = [part for key in keys for part in key]
    assert {tag for tag, *_ in drawn} <= {"g", "path", "rect", "text", "title"}
    assert not [
        part for part in drawn if any(word in " ".join(part) for word in ("NaN", "undefined", "null"))
    ]
    assert opened.page.locator("#legend canvas").count() == 0
    # A hatch is a pale line beside each dark one.
    for stroke in ("stroke=rgba(20,25,35,.36)", "stroke=rgba(255,255,255,.42)"):
        assert len([part for part in drawn if stroke in part]) == 1
    opened.check()


def test_where_districts_are_too_small_for_names_their_provinces_are_named(open_page, toys):
    districts = [
        {**row, "province": f"P{at // 60}", "province_name": f"Province {at // 60}"}
        for at, row in enumerate(toys.squares(120))
    ]
    plan = toys.plan_of(
        districts,
        [{"project": "A"}],
        [{"project": "A", "district": "D1"}],
        [toys.amount("A", 100)],
    )
    opened = open_page(render_page(build_map(plan)))
    names = {text for text, *_ in opened.page.evaluate(WRITTEN)}
    assert {"Province 0", "Province 1"} <= names
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 3 }, true)")
    names = {text for text, *_ in opened.page.evaluate(WRITTEN)}
    assert "District 100" in names and not {"Province 0", "Province 1"} & names


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_capitals_of_a_layer_are_named_where_districts_are_too_small(open_page, toys, viewport):
    districts = toys.squares(900)
    for at, row in enumerate(districts):
        row |= {"province": f"P{at % 30 // 15}", "province_name": f"Province {at % 30 // 15}"}
        row["geometry"] = box(at % 30, at // 30, at % 30 + 1, at // 30 + 1)
    capitals = gpd.GeoDataFrame(
        {"label": ["Westtown", "Easttown"]}, geometry=[Point(6.5, 6.5), Point(23.5, 6.5)], crs=4326
    )
    plan = toys.plan_of(
        districts, [{"project": "P"}], [{"project": "P", "district": "D1"}], [toys.amount("P", 100)]
    )
    built = build_map(plan, layers=[ExtraLayer("Capitals of provinces", capitals, "context")])
    opened = open_page(render_page(built), viewport=viewport)
    written = [text for text, *_ in opened.page.evaluate(WRITTEN)]
    assert {"Province 0", "Province 1", "Westtown", "Easttown"} <= set(written)
    assert [text for text in written if text.startswith("District")] == []
    opened.check()


def test_the_projects_of_a_district_show_their_status_beside_the_map(open_page, toys):
    title = "Rehabilitation of rural roads and irrigation in the districts of the north; " * 2
    plan = toys.plan_of(
        toys.squares(2),
        [{"project": "A", "title": title, "status": "completed"}, {"project": "B", "status": "planned"}],
        [{"project": "A", "district": "D0"}, {"project": "B", "district": "D0"}],
        [toys.amount("A", 123_456_700, component="Socio-economic infrastructure"), toys.amount("B", 100)],
    )
    opened = open_page(render_page(build_map(plan)))
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 0 }, true)")
    edge, words, title_height = opened.page.evaluate("""() => {
        const table = document.querySelector("#projects-here table");
        const status = document.createRange();
        status.selectNodeContents([...table.querySelectorAll("td[data-column=status]")].find((cell) => cell.textContent === "completed"));
        return [table.parentElement.getBoundingClientRect().right, status.getBoundingClientRect().right,
            table.querySelector("tbody th .clamp").getBoundingClientRect().height];
    }""")
    assert words <= edge
    assert title_height < 90  # four lines at most; the whole title is in reach
    assert opened.page.get_attribute("#projects-here tbody th .clamp", "title").strip() == title.strip()


BROKEN = """(selector) => [...document.querySelectorAll(selector)].flatMap((part) => {
    const found = [];
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        for (const { 0: word, index } of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
            const range = document.createRange();
            range.setStart(texts.currentNode, index);
            range.setEnd(texts.currentNode, index + word.length);
            if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(word);
        }
    }
    return found;
})"""


@pytest.mark.parametrize("viewport", [DESK, LARGE, PHONE], ids=["desk", "large", "phone"])
def test_no_word_of_a_table_of_projects_is_broken(open_page, toys, viewport):
    words = ["Approvisionnement", "Désenclavement", "intercommunale", "Wiederaufbau", "Implementation"]
    plan = toys.plan_of(
        toys.squares(2),
        [{"project": word, "title": f"{word} of {word}", "status": word} for word in words],
        [{"project": word, "district": "D0"} for word in words],
        [
            toys.amount(word, 123_456_700, component=f"{other} {word}", funder=f"{word}; {other}")
            for word, other in zip(words, reversed(words), strict=True)
        ],
    )
    opened = open_page(render_page(build_map(plan)), viewport=viewport)
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 0 }, true)")
    assert opened.page.evaluate(BROKEN, "#projects-here table") == []
    opened.page.evaluate("geoplan.page.select(null); geoplan.page.change({ tab: 'projects' })")
    assert opened.page.locator("#all-projects tbody tr").count() == len(words)
    assert opened.page.evaluate(BROKEN, "#all-projects table") == []


FIRST_SEEN = """(selector) => [...document.querySelectorAll(selector)].map((part) => {
    const word = document.createRange();
    const text = document.createTreeWalker(part, NodeFilter.SHOW_TEXT).nextNode();
    word.setStart(text, 0);
    word.setEnd(text, text.data.indexOf(" "));
    const [inner, outer] = [word.getBoundingClientRect(), part.getBoundingClientRect()];
    return inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
})"""


def test_a_text_that_runs_leftwards_is_cut_at_its_end(open_page, toys):
    long = "خطة التنمية للمحافظات " * 12
    plan = toys.plan_of(
        toys.squares(2, name=f"أسوان {long}"),
        [{"project": "P", "title": long, "status": long}],
        [{"project": "P", "district": "D0"}],
        [toys.amount("P", 100, component=long)],
        [{"district": "D0", "year": 2010, "poverty_class": long}],
        title=long,
        subtitle=long,
    )
    opened = open_page(render_page(build_map(plan)))
    for cut in ("#title", "#subtitle", "#districts tbody tr:first-child .line"):
        seen = opened.page.evaluate(FIRST_SEEN, cut)
        assert seen and all(seen), cut
    assert opened.page.locator("#districts tbody tr").first.bounding_box()["height"] < 70
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 0 }, true)")
    assert (
        opened.page.eval_on_selector_all(
            "#projects-here tbody .clamp[title]",
            "all => new Set(all.map((one) => getComputedStyle(one).direction)).size",
        )
        == 1
    )
    assert opened.page.locator("#projects-here .clamp:dir(rtl)").count() >= 3


def test_a_word_too_long_for_a_column_does_not_push_the_others_away(open_page, toys):
    plan = toys.plan_of(
        toys.squares(2),
        [{"project": "P", "title": "Road"}],
        [{"project": "P", "district": "D0"}],
        [toys.amount("P", 100, component="Wasser" * 30)],
    )
    opened = open_page(render_page(build_map(plan)))
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 0 }, true)")
    cell = opened.page.locator("#projects-here td[data-column=component]")
    assert cell.bounding_box()["width"] < 300
    assert cell.locator("[title]").get_attribute("title").startswith("WasserWasser")


def test_compared_maps_have_room_on_a_small_screen(open_page, small_html):
    opened = open_page(small_html)
    opened.page.click("#compare")
    heights = opened.page.eval_on_selector_all(
        ".map-column .map", "maps => maps.map((each) => each.offsetHeight)"
    )
    assert min(heights) >= 300 and heights[0] == heights[1]
    opened.check()


def test_the_legend_of_money_and_poverty_does_not_scroll_sideways(open_page, home_html):
    opened = open_page(home_html, address="#measure=money_and_poverty")
    wide, room, tall, height = opened.page.evaluate("""() => {
        const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.getElementById("legend");
        return [scrollWidth, clientWidth, scrollHeight, clientHeight];
    }""")
    assert tall > height  # it scrolls down, which takes some of its width
    assert wide <= room
