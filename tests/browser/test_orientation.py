"""Coordinates, search and names of places on the map."""

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point

from geoplan.page import build_map, render_page
from geoplan.page.extras import ExtraLayer

from .conftest import tick


@pytest.fixture(scope="module")
def script(browser, small_html):
    page = browser.new_page()
    page.set_content(small_html)
    page.wait_for_selector("html[data-ready=yes]")
    yield page
    page.close()


@pytest.mark.parametrize(
    ("angle", "text"),
    [(18.5, "18°30′N"), (-7.25, "7°15′S"), (0, "0°"), (104, "104°N"), (59.99999, "60°N"), (1 / 12, "0°05′N")],
)
def test_degrees_are_written_with_whole_minutes(script, angle, text):
    assert script.evaluate("angle => geoplan.inDegrees(angle, ['N', 'S'])", angle) == text


@pytest.mark.parametrize(("pixels", "step"), [(1, 30), (120, 1), (300, 0.5), (7000, 1 / 60), (1e6, 1 / 60)])
def test_lines_of_the_graticule_stay_apart(script, pixels, step):
    assert script.evaluate("pixels => geoplan.graticuleStep(pixels)", pixels) == pytest.approx(step)


def test_the_graticule_and_coordinates_are_shown_at_choice(open_page, small_html):
    opened = open_page(small_html)
    for name in ("points", "lines", "areas", "labels", "hatching"):
        tick(opened.page, f"#show-{name}", on=False)
    pixels = "geoplan.page.canvas._container.toDataURL()"
    before = opened.page.evaluate(pixels)
    tick(opened.page, "#show-graticule")
    assert opened.page.evaluate(pixels) != before
    assert "graticule=yes" in opened.address
    spot = opened.page.evaluate(
        """() => {
            const { map } = geoplan.page;
            const point = map.latLngToContainerPoint([0.5, 1.25]);
            const frame = map.getContainer().getBoundingClientRect();
            return [frame.left + point.x, frame.top + point.y];
        }"""
    )
    opened.page.mouse.move(*spot)
    opened.page.wait_for_selector("#tip:not([hidden])")
    tip = opened.text("#tip")
    assert "° N, 1.2" in tip
    again = open_page(small_html, address="#graticule=yes")
    assert again.page.is_checked("#show-graticule")
    again.check()


def test_search_finds_lao_names_codes_villages_and_features_of_layers(open_page, home_html):
    opened = open_page(home_html)

    def found(words):
        opened.page.fill("#search", words)
        return opened.page.eval_on_selector_all("#results button", "all => all.map((one) => one.innerText)")

    # Districts first, then the projects whose Lao titles name them, each with the name that was found; ໍາ stands for ຳ.
    for words, name, lao in (("ປາກຊັນ", "Paksan", "ປາກຊັນ"), ("ຄໍາເກີດ", "Khamkeut", "ຄຳເກີດ")):
        first, *projects = found(words)
        assert first == f"{name} District · {lao}"
        parts = [one.split(" Project · ") for one in projects]
        assert parts and all(name in title and lao in why for title, why in parts)
    assert found("la1106") == ["Viengthong District · LA1106"]
    assert found("mekong") == ["Mekong Rivers"]
    opened.page.click("#results button")
    assert "Mekong" in opened.text("#details h2")
    assert opened.page.evaluate("document.activeElement.id") == "details"
    opened.page.click("#languages [lang=lo]")
    assert found("paksan")[0].startswith("ປາກຊັນ")
    opened.check()


def test_chips_open_one_at_a_time_and_close_by_the_keyboard(open_page, small_html):
    opened = open_page(small_html)
    page = opened.page
    assert not page.is_visible("#choose-from")
    page.focus("#years summary")
    page.keyboard.press("Enter")
    assert page.is_visible("#choose-from")
    page.focus("#classing summary")
    assert not page.is_visible("#choose-from")
    page.keyboard.press("Enter")
    assert page.is_visible("#show-points")
    page.keyboard.press("Escape")
    assert not page.is_visible("#show-points")
    assert page.evaluate("document.activeElement.closest('details').id") == "classing"
    page.evaluate("geoplan.page.change({ from: 2011 })")
    assert opened.text("#years summary").split("\n")[-1] == "2011–2012"
    opened.check()


def test_names_keep_clear_of_legend_and_buttons(open_page, toys):
    """Where names of features are written, neither the legend nor a button lies over them."""
    places = [Point(0.02 + 0.1 * x, 0.02 + 0.1 * y) for x in range(40) for y in range(10)]
    towns = ExtraLayer(
        "Towns", gpd.GeoDataFrame({"label": ["Town"] * 400}, geometry=places, crs=4326), "context"
    )
    opened = open_page(render_page(build_map(toys.small_plan(), layers=[towns])))
    opened.page.evaluate("geoplan.page.map.setZoom(geoplan.page.map.getZoom() + 1, { animate: false })")
    written = opened.page.evaluate(
        """() => {
            const { canvas, map } = geoplan.page;
            const frame = canvas._container.getBoundingClientRect();
            const boxes = [];
            const proto = CanvasRenderingContext2D.prototype;
            const { fillText } = proto;
            proto.fillText = function (text, x, y) {
                const width = this.measureText(text).width;
                if (this.canvas === canvas._container)
                    boxes.push([frame.left + x - width / 2, frame.top + y - 6, frame.left + x + width / 2, frame.top + y + 6]);
                fillText.call(this, text, x, y);
            };
            canvas.paint();
            proto.fillText = fillText;
            return boxes;
        }"""
    )
    covers = opened.page.evaluate(
        """[...document.querySelectorAll("#legend, .leaflet-control")].map((one) => {
            const { left, top, right, bottom } = one.getBoundingClientRect();
            return [left, top, right, bottom];
        })"""
    )
    assert len(written) > 20
    hidden = [
        one
        for one in written
        for cover in covers
        if one[0] < cover[2] and cover[0] < one[2] and one[1] < cover[3] and cover[1] < one[3]
    ]
    assert hidden == []


def test_a_line_and_a_point_of_a_layer_can_be_found(open_page, toys):
    features = gpd.GeoDataFrame(
        {"label": ["Main road", "Hill"]}, geometry=[LineString([(0, 0), (1, 1)]), Point(3, 0.5)], crs=4326
    )
    opened = open_page(
        render_page(build_map(toys.small_plan(), layers=[ExtraLayer("Things", features, "line")]))
    )
    opened.page.fill("#search", "main")
    opened.page.click("#results button")
    assert "Main road" in opened.text("#details")
    opened.check()


def test_place_and_order_of_rows_are_in_the_address(open_page, small_html):
    opened = open_page(small_html)
    assert "place=" not in opened.address
    opened.page.evaluate("geoplan.page.map.setView([0.25, 1.5], 9.5, { animate: false })")
    assert "place=0.25%2C1.5%2C9.5" in opened.address
    opened.page.click("#districts [data-by=name]")
    assert "sort=name-rising" in opened.address
    address = "#" + opened.address.split("#")[1]
    again = open_page(small_html, address=address)
    assert again.page.evaluate("Object.values(geoplan.page.map.getCenter())") == pytest.approx(
        [0.25, 1.5], abs=1e-3
    )
    assert again.page.evaluate("geoplan.page.map.getZoom()") == 9.5
    assert again.page.inner_text("#districts tbody tr:first-child th") == "District 0"
    again.page.click(".home-view")
    assert "place=" not in again.address
    again.check()


def test_places_that_are_none_are_ignored(open_page, small_html):
    opened = open_page(small_html)
    for place in ("1,2", "a,b,c", "99,0,5", "0,0,99", "0,0,", "1e9,0,3"):
        opened.page.evaluate(
            "hash => { location.hash = hash; }", f"place={place}&sort=__proto__-rising&hide=lines"
        )
        opened.wait("!geoplan.page.view.lines")
        assert opened.page.evaluate("geoplan.page.view.place") is None
        assert opened.page.evaluate("geoplan.page.view.sort.by") == "amount"
        opened.page.evaluate("location.hash = 'hide=points'")
        opened.wait("geoplan.page.view.lines")
    opened.check()


def test_the_row_of_the_district_under_the_pointer_is_marked(open_page, small_html):
    opened = open_page(small_html)
    spot = opened.page.evaluate(
        """() => {
            const { map } = geoplan.page;
            const point = map.latLngToContainerPoint([0.2, 2.1]);
            const frame = map.getContainer().getBoundingClientRect();
            return [frame.left + point.x, frame.top + point.y];
        }"""
    )
    opened.page.mouse.move(*spot)
    opened.page.wait_for_selector("#districts tr.pointed")
    assert opened.page.get_attribute("#districts tr.pointed", "data-district") == "2"
    opened.check()


def test_days_are_written_as_the_language_writes_them(open_page, home_html):
    opened = open_page(home_html)
    assert "since 1 January 2012" in opened.text("#about")
    opened.page.click("#languages [lang=fr]")
    assert "1er janvier 2012" in opened.text("#about")
    opened.check()


def test_classes_without_an_order_all_have_a_hatch(open_page, toys):
    profile = [{"district": f"D{at}", "year": 2010, "poverty_class": name} for at, name in enumerate("AB")]
    plan = toys.plan_of(toys.squares(2), [{"project": "P"}], [], [toys.amount("P", 5)], profile)
    opened = open_page(render_page(build_map(plan, measure="poverty_class")))
    hatches = opened.page.evaluate("geoplan.page.classes.rows.slice(0, 2).map(({ hatch }) => hatch)")
    assert hatches == ["rising", "dots"]
    opened.check()
