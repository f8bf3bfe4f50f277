"""Two maps side by side in Chromium: they move together, share classes, and tell their own figures."""

import re
from dataclasses import replace

import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.page import build_map, render_page
from geoplan.page.page_data import page_data

from .conftest import tick

VALUES = "classes.values.map((value) => (Number.isNaN(value) ? null : value))"


def colour_of(opened, longitude, latitude):
    """Return the colour of the second map at a place."""
    return opened.page.evaluate(
        """([longitude, latitude]) => {
            const { canvas, map } = geoplan.page.second;
            const frame = canvas.frame();
            const spot = map.latLngToLayerPoint([latitude, longitude]).subtract(canvas._bounds.min);
            const pixel = canvas._container.getContext("2d").getImageData(
                Math.round(spot.x * frame.ratio), Math.round(spot.y * frame.ratio), 1, 1);
            return [...pixel.data].slice(0, 3);
        }""",
        [longitude, latitude],
    )


def click_second(opened, longitude, latitude):
    spot = opened.page.evaluate(
        """([longitude, latitude]) => {
            const { map } = geoplan.page.second;
            const point = map.latLngToContainerPoint([latitude, longitude]);
            const frame = map.getContainer().getBoundingClientRect();
            return [frame.left + point.x, frame.top + point.y];
        }""",
        [longitude, latitude],
    )
    opened.page.mouse.click(*spot)


@pytest.fixture
def opened(open_page, small_html):
    opened = open_page(small_html)
    opened.page.click("#compare")
    yield opened
    opened.check()


def test_the_second_map_shows_another_measure_of_the_same_money(opened):
    assert opened.page.get_attribute("#compare", "aria-pressed") == "true"
    assert opened.page.input_value("#second-measure") == "per_poor_person"
    # 1 300 over 100 poor, 300 over 1 000, and no poor persons known
    assert opened.page.evaluate(f"geoplan.page.second.{VALUES}") == [13, 0.3, None, None]
    assert "Amount per poor person" in opened.text("#second-head")
    assert "EUR per poor inhabitant" in opened.text("#second-legend")
    assert opened.page.evaluate(f"geoplan.page.{VALUES}") == [1300, 300, 500, 0]
    assert "Second map: Amount per poor person" in opened.text("#districts thead")
    assert "compare=per_poor_person" in opened.address


def test_filters_hold_for_both_and_years_can_differ(opened):
    opened.page.select_option("#second-measure", "amount")
    opened.page.select_option("#second-from", "2010")
    assert opened.page.evaluate(f"geoplan.page.second.{VALUES}") == [900, 300, 0, 0]
    opened.keep("component", "Water")
    assert opened.page.evaluate(f"geoplan.page.second.{VALUES}") == [600, 0, 0, 0]
    assert opened.page.evaluate(f"geoplan.page.{VALUES}") == [1000, 0, 0, 0]
    opened.page.select_option("#second-kind", "disbursement")
    opened.page.select_option("#second-from", "")
    assert opened.page.evaluate(f"geoplan.page.second.{VALUES}") == [400, 0, 0, 0]


def test_the_same_measure_has_the_same_classes_on_both(opened):
    opened.page.select_option("#second-measure", "amount")
    opened.page.select_option("#second-from", "2010")
    first, second = (opened.page.evaluate(f"geoplan.page.{side}classes.breaks") for side in ("", "second."))
    assert first == second
    assert len(first) > 0
    for name in ("labels", "hatching", "points", "lines", "areas"):
        tick(opened.page, f"#show-{name}", on=False)
    opened.settle()  # the legends are lower now, so the maps fit their frames,
    opened.settle()  # and the second follows the first
    assert colour_of(opened, 1.5, 0.5) == opened.colour(1.5, 0.5)  # 300 on both
    assert colour_of(opened, 2.5, 0.5) == [255, 255, 255]
    assert opened.colour(2.5, 0.5) != [255, 255, 255]


def test_leaving_the_comparison_leaves_the_map_where_the_area_is(open_page, small_html):
    opened = open_page(small_html)
    place = "[...Object.values(geoplan.page.map.getCenter()), geoplan.page.map.getZoom()]"
    before = opened.page.evaluate(place)
    for _ in range(2):
        opened.page.click("#compare")
        opened.settle()
        opened.page.evaluate("geoplan.page.second.map.setZoom(7, { animate: false })")
        opened.settle()
        opened.page.click("#compare")
        opened.settle()
        opened.page.click("#reset")
        opened.settle()
        assert opened.page.evaluate(place) == pytest.approx(before, abs=0.02)
    # A hidden map leads nowhere.
    opened.page.evaluate("geoplan.page.second.map.setView([10, 10], 3, { animate: false })")
    opened.settle()
    assert opened.page.evaluate(place) == pytest.approx(before, abs=0.02)
    opened.check()


def test_the_maps_move_together_either_way(opened):
    for leader, follower in (("", "second."), ("second.", "")):
        opened.page.evaluate(f"geoplan.page.{leader}map.setView([0.4, 1.2], 10.5, {{ animate: false }})")
        opened.wait(f"geoplan.page.{follower}map.getZoom() === 10.5")
        centre = opened.page.evaluate(f"Object.values(geoplan.page.{follower}map.getCenter())")
        assert centre == pytest.approx([0.4, 1.2], abs=1e-3)
        opened.page.evaluate(f"geoplan.page.{leader}map.setView([0.5, 2], 7, {{ animate: false }})")
        opened.wait(f"geoplan.page.{follower}map.getZoom() === 7")


def test_a_click_on_the_second_map_tells_its_figures_and_marks_the_row(opened):
    opened.page.select_option("#second-measure", "amount")
    opened.page.select_option("#second-from", "2011")
    click_second(opened, 0.6, 0.2)
    text = opened.text("#details")
    assert "District 0" in text
    assert "EUR 400" in text
    assert opened.page.get_attribute("#districts tr.chosen", "data-district") == "0"
    opened.page.keyboard.press("Escape")
    opened.click_at(0.6, 0.2)
    assert "EUR 1 300" in opened.text("#details")


def test_it_goes_away_again_and_comes_back_by_address(opened, open_page, small_html):
    opened.page.select_option("#second-measure", "share")
    opened.page.select_option("#second-from", "2010")
    address = "#" + opened.address.split("#")[1]
    opened.page.click("#compare")
    assert opened.page.is_hidden("#second-map")
    assert "compare" not in opened.address
    again = open_page(small_html, address=address)
    assert again.page.input_value("#second-measure") == "share"
    assert again.page.input_value("#second-to") == "2010"
    assert again.page.evaluate(f"geoplan.page.second.{VALUES}") == [75, 25, 0, 0]
    again.check()


def test_wrong_comparisons_in_the_address_are_ignored(open_page, small_html):
    opened = open_page(
        small_html, address="#compare=__proto__&second-kind=nope&second-years=2012-2010&with=other"
    )
    assert opened.page.input_value("#second-measure") == "amount"
    assert opened.page.input_value("#second-from") == ""
    opened.check()


def test_languages_and_playing_years_hold_for_both(opened):
    opened.page.click("#languages [lang=fr]")
    assert "Montant par" in opened.text("#second-head")
    opened.page.click("#play")
    assert "2010" in opened.text("#second-head")
    opened.page.click("#play")


def test_on_a_phone_the_second_map_stands_below_the_first(open_page, small_html):
    opened = open_page(small_html, viewport={"width": 390, "height": 844}, address="#compare=share")
    boxes = opened.page.evaluate(
        "[...document.querySelectorAll('.map')].map((map) => map.getBoundingClientRect().toJSON())"
    )
    first, second = boxes
    assert second["top"] >= first["bottom"]
    assert second["height"] > 200 and second["width"] == pytest.approx(first["width"], abs=2)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    opened.check()


@pytest.fixture
def other(toys):
    """Two of the squares in one, a third one elsewhere, other money, other names."""
    districts = [
        {**toys.squares(1)[0], "district": "D1", "name": "Wide", "geometry": toys.box(0, 0, 2, 1)},
        {**toys.squares(1)[0], "district": "X", "name": "Far", "geometry": toys.box(2, 0, 3, 1)},
    ]
    return toys.plan_of(
        districts,
        [{"project": "N", "title": "New"}],
        [{"project": "N", "geometry": toys.Point(2.5, 0.5)}],
        [
            toys.amount("N", 70000, component="Roads"),
            toys.amount("N", 5000, component="Health", currency="USD"),
        ],
        title="Next plan",
        vintage="2020",
    )


def test_another_plan_opens_on_the_second_map(open_page, toys, other):
    opened = open_page(render_page(build_map(toys.small_plan(), compare=other)))
    assert "Next plan" in opened.text("#second-choices")
    assert opened.page.evaluate(f"geoplan.page.second.{VALUES}") == [0, 700]
    # Low windows hide this sum: two maps need the room.
    assert "700 in districts" in opened.page.text_content("#second-head")
    click_second(opened, 2.5, 0.2)
    text = opened.text("#details")
    assert "Far" in text and "EUR 700" in text and "New" in text
    opened.page.click("#details tbody button")
    assert "New" in opened.text("#details h2")
    assert "point in the district" in opened.text("#details")
    for _ in range(2):  # back to the district, and back to the tab
        opened.page.keyboard.press("Escape")
    opened.click_at(1.3, 0.2)  # D1 is on both
    assert opened.page.evaluate("geoplan.page.second.view.selected") == {"type": "district", "at": 0}
    opened.page.keyboard.press("Escape")
    opened.keep("component", "Water")  # which the other plan has not
    assert opened.page.evaluate(f"geoplan.page.second.{VALUES}") == [0, 0]
    opened.page.select_option("#second-plan", "own")
    assert opened.page.evaluate(f"geoplan.page.second.{VALUES}") == [1000, 0, 0, 0]
    assert re.search(r"compare=amount.*with=own", opened.address)
    opened.check()


def test_the_other_plan_travels_once_and_without_the_words(toys, other):
    plan = toys.small_plan()
    data = page_data(plan, build_ledger(plan), other=page_data(other, build_ledger(other)))
    assert "messages" not in data["other"]
    assert data["other"]["districts"]["name"] == ["Wide", "Far"]
    assert page_data(plan, build_ledger(plan))["other"] is None


def test_hostile_texts_of_another_plan_stay_texts(open_page, toys):
    hostile = replace(toys.hostile_plan(), vintage=toys.HOSTILE[0])
    opened = open_page(render_page(build_map(toys.small_plan(), compare=hostile)))
    for at in range(0, len(toys.HOSTILE), 4):
        click_second(opened, at + 0.5, 0.2)
    opened.page.select_option("#second-measure", "poverty_class")
    assert opened.page.evaluate("window.canary") is None
    assert opened.page.locator("#page img, #page svg:not(.key)").count() == 0
    opened.check()


def test_any_span_component_and_funder_with_their_difference(opened):
    page = opened.page
    page.select_option("#second-measure", "amount")
    page.select_option("#second-from", "2010")
    page.select_option("#second-to", "2011")
    assert page.evaluate("[geoplan.page.second.view.from, geoplan.page.second.view.to]") == [2010, 2011]
    page.select_option("#second-to", "")
    assert page.input_value("#second-from") == ""
    opened.keep("component", "Roads")
    page.select_option("#second-component", label="Water")
    assert page.evaluate(f"geoplan.page.{VALUES}") == [300, 300, 0, 0]
    assert page.evaluate(f"geoplan.page.second.{VALUES}") == [1000, 0, 0, 0]
    page.check("#second-difference")
    assert page.evaluate(f"geoplan.page.second.{VALUES}") == [700, -300, 0, 0]
    assert page.evaluate("geoplan.page.second.differences") == [700, -300, 0, 0]
    assert "Difference: Amount" in opened.text("#second-head")
    assert "second map minus first" in opened.text("#second-legend")
    heads = page.eval_on_selector_all("#districts thead th", "all => all.map((one) => one.innerText)")
    assert [head.strip() for head in heads if head.startswith(("Second", "Difference"))] == [
        "Second map: Amount",
        "Difference",
    ]
    row = opened.text("#districts tbody tr[data-district='1']")
    assert "300" in row and "−300" in row.replace("\u2212", "−")
    # The difference follows the measure of the first map.
    page.select_option("#choose-measure", "per_person")
    assert page.evaluate(f"geoplan.page.second.{VALUES}")[:2] == pytest.approx([0.7, -0.15])
    page.select_option("#choose-measure", "poverty_class")
    assert page.evaluate("geoplan.page.second.differences") is None
    page.select_option("#choose-measure", "amount")
    page.click("#languages [lang=fr]")
    assert "Écart : Montant" in opened.text("#second-head")


def test_what_is_compared_comes_back_by_link_and_by_the_button(opened, open_page, small_html):
    page = opened.page
    page.select_option("#second-measure", "amount")
    page.select_option("#second-funder", "all")
    page.select_option("#second-component", label="Roads")
    page.check("#second-difference")
    address = "#compare=" + opened.address.split("compare=")[1]
    assert address == "#compare=amount&second-component=Roads&all=second-funder&difference=yes"
    page.click("#compare")
    page.click("#compare")
    assert page.is_checked("#second-difference") and opened.address.endswith(address[1:])
    wanted = page.evaluate(f"geoplan.page.second.{VALUES}")
    again = open_page(small_html, address=address)
    assert again.page.evaluate(f"geoplan.page.second.{VALUES}") == wanted
    assert again.page.input_value("#second-funder") == "all"
    again.check()
