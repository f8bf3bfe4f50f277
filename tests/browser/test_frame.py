"""How the map fills its frame: the legend beside or below it, folded or not; ground that ends."""

import geopandas as gpd
from shapely import box

from geoplan.page import build_map, render_page
from geoplan.page.extras import ExtraLayer

PHONE = {"width": 390, "height": 844}

WIDTH = """() => {
    const { map, projection, data } = geoplan.page;
    const corner = (longitude) => map.latLngToContainerPoint([0, longitude]).x;
    return corner(4) - corner(0);
}"""


def tall_plan(toys):
    districts = [dict(row, geometry=box(0, at, 1, at + 1)) for at, row in enumerate(toys.squares(4))]
    return toys.plan_of(
        districts,
        [{"project": "P"}],
        [{"project": "P", "geometry": toys.Point(0.5, 0.5)}],
        [toys.amount("P", 1)],
    )


def test_a_wide_area_has_its_legend_below_and_a_tall_one_beside(open_page, small_html, toys):
    wide = open_page(small_html)
    assert wide.page.locator("#map-column.legend-below").count() == 1
    # From edge to edge: nothing is left free at the side for the legend.
    assert wide.page.evaluate(WIDTH) > 0.9 * wide.page.evaluate("geoplan.page.map.getSize().x")
    tall = open_page(render_page(build_map(tall_plan(toys))))
    assert tall.page.locator("#map-column.legend-below").count() == 0
    wide.check()
    tall.check()


def test_the_map_takes_the_room_of_a_folded_legend(open_page, toys):
    plan = tall_plan(toys)
    plan.districts.geometry = [box(at % 2, at // 2 * 0.6, at % 2 + 1, at // 2 * 0.6 + 0.6) for at in range(4)]
    opened = open_page(render_page(build_map(plan)))
    opened.page.evaluate("document.getElementById('map-column').classList.add('legend-below')")
    opened.wait("geoplan.page.map.getSize().y === geoplan.page.map.getContainer().clientHeight")
    before, zoom = opened.page.evaluate("[geoplan.page.map.getSize().y, geoplan.page.map.getZoom()]")
    opened.page.click("#legend summary")
    opened.wait(f"geoplan.page.map.getSize().y > {before}")
    assert opened.page.evaluate("geoplan.page.map.getZoom()") > zoom
    assert "place=" not in opened.address
    opened.check()


def test_a_place_the_reader_has_gone_to_stays_when_the_frame_changes(open_page, small_html):
    opened = open_page(small_html, address="#place=0.5,1.5,9")
    opened.page.click("#legend summary")
    opened.settle()
    assert opened.page.evaluate("geoplan.page.map.getZoom()") == 9
    opened.check()


def test_ground_that_was_cut_off_fades(open_page, toys):
    ground = gpd.GeoDataFrame(geometry=[box(-50, -50, 50, 50)], crs=4326)
    layers = [ExtraLayer("Around", ground, "neighbour")]
    opened = open_page(render_page(build_map(toys.small_plan(), layers=layers)))
    opened.page.evaluate("geoplan.page.map.setZoom(geoplan.page.map.getZoom() - 1, { animate: false })")
    # Kept are three degrees around the districts, which reach from 0 to 4.
    assert opened.colour(-1.5, 0.5) == [232, 227, 216]
    edge = opened.colour(-2.98, 0.5)
    assert all(abs(found - wanted) <= 3 for found, wanted in zip(edge, (243, 241, 236), strict=True))
    opened.check()


PLACE = "[...Object.values(geoplan.page.map.getCenter()), geoplan.page.map.getZoom()]"


def test_details_stand_in_place_of_the_tabs_and_going_back_restores_everything(open_page, toys):
    plan = toys.plan_of(
        [dict(row, geometry=box(at % 8, at // 8, at % 8 + 1, at // 8 + 1)) for at, row in enumerate(toys.squares(40))],
        [{"project": "P", "title": "Wells"}],
        [{"project": "P", "district": "D23"}],
        [toys.amount("P", 100)],
    )  # fmt: skip
    opened = open_page(render_page(build_map(plan)))
    page = opened.page
    before, legend = (
        page.evaluate(PLACE),
        page.evaluate("JSON.stringify(document.getElementById('legend').getBoundingClientRect())"),
    )
    page.evaluate("document.getElementById('panel-body').scrollTop = 300")
    page.locator("#districts button", has_text="District 23").evaluate(
        "row => row.focus({ preventScroll: true })"
    )
    page.keyboard.press("Enter")
    assert "District 23" in opened.text("#details h2")
    assert page.is_hidden("#districts") and page.is_hidden("#tabs")
    apart = """[...document.querySelectorAll('.map, #legend')].every((each) =>
        each.hidden || each.getBoundingClientRect().right <= document.getElementById('details').getBoundingClientRect().left)"""
    assert page.evaluate(apart)
    assert (
        page.evaluate("JSON.stringify(document.getElementById('legend').getBoundingClientRect())") == legend
    )
    assert page.evaluate(PLACE) != before
    # From a district to a project and back, step by step.
    page.locator("#details button", has_text="Wells").click()
    assert "Wells" in opened.text("#details h2")
    assert opened.text("#details .close") == "‹ District 23"
    page.click("#details .close")
    assert "District 23" in opened.text("#details h2")
    page.keyboard.press("Escape")
    page.wait_for_selector("#details", state="hidden")
    assert page.evaluate("document.getElementById('panel-body').scrollTop") == 300
    assert page.evaluate(PLACE) == before
    assert page.evaluate("document.activeElement.textContent") == "District 23"
    opened.check()


def test_a_tap_on_a_phone_is_answered_in_sight_and_leaves_its_place_visible(open_page, home_html):
    phone = open_page(home_html, viewport=PHONE, has_touch=True, is_mobile=True)
    phone.click_at(104.25, 18.05)
    phone.settle()
    assert "Pakkading" in phone.text("#details h2")
    top = phone.page.evaluate("document.querySelector('#details h2').getBoundingClientRect().top")
    sheet = phone.page.evaluate("document.getElementById('panel').getBoundingClientRect().top")
    assert sheet < top < PHONE["height"] - 60
    # Nothing lies over the sheet, not even the line of the legend.
    covering = phone.page.evaluate("""() => [...Array(30)].map((_, at) => document.elementFromPoint(195, 830 - 12 * at))
        .filter((each) => !each.closest('#panel')).map((each) => each.outerHTML.slice(0, 80))""")
    assert covering == []
    spot = phone.page.evaluate("""(() => {
        const { map } = geoplan.page;
        return map.getContainer().getBoundingClientRect().top + map.latLngToContainerPoint([18.05, 104.25]).y;
    })()""")
    assert spot < sheet
    phone.page.click("#details .close")
    assert phone.page.evaluate("document.getElementById('page').dataset.sheet") == "low"
    phone.check()


def test_nothing_hovers_where_a_finger_tapped(open_page, small_html):
    phone = open_page(small_html, viewport=PHONE, has_touch=True, is_mobile=True)
    spot = phone.page.evaluate("""(() => {
        const frame = geoplan.page.map.getContainer().getBoundingClientRect();
        const { x, y } = geoplan.page.map.latLngToContainerPoint([0.3, 2.5]);
        return [frame.left + x, frame.top + y];
    })()""")
    phone.page.touchscreen.tap(*spot)
    phone.wait("!document.getElementById('details').hidden")
    phone.settle()
    assert phone.page.is_hidden("#tip")


def test_what_the_pointer_says_at_the_foot_of_the_map_is_in_sight(open_page, toys):
    opened = open_page(render_page(build_map(toys.plan_of(toys.squares(1), [], [], []))))
    opened.page.evaluate("geoplan.page.map.setZoom(geoplan.page.map.getZoom() + 2, { animate: false })")
    frame = opened.page.evaluate("geoplan.page.map.getContainer().getBoundingClientRect().toJSON()")
    opened.page.mouse.move(frame["right"] - 300, frame["bottom"] - 9)
    opened.page.wait_for_selector("#tip:not([hidden])")
    tip = opened.page.evaluate("document.getElementById('tip').getBoundingClientRect().toJSON()")
    assert frame["top"] <= tip["top"] < tip["bottom"] <= frame["bottom"]


def test_the_sheet_of_a_phone_has_three_heights_and_follows_the_finger(open_page, home_html):
    phone = open_page(home_html, viewport=PHONE, has_touch=True, is_mobile=True)
    height = "document.getElementById('panel').offsetHeight"
    heights = [phone.page.evaluate(height)]
    for _ in range(2):
        phone.page.click("#handle")
        heights.append(phone.page.evaluate(height))
    assert (
        heights[0] < 110 and 0.4 < heights[1] / PHONE["height"] < 0.6 and heights[2] > 0.85 * PHONE["height"]
    )
    phone.page.mouse.move(195, 70)
    phone.page.mouse.down()
    phone.page.mouse.move(195, 400, steps=3)
    phone.page.mouse.up()
    assert phone.page.evaluate("document.getElementById('page').dataset.sheet") == "half"
    phone.page.click("#open-about")
    assert phone.page.is_visible("#about")
    phone.check()


def test_one_finger_moves_the_map_only_after_a_tap(open_page, small_html):
    phone = open_page(small_html, viewport=PHONE, has_touch=True, is_mobile=True)
    assert not phone.page.evaluate("geoplan.page.map.dragging.enabled()")
    assert phone.page.evaluate("geoplan.page.map.touchZoom.enabled()")
    phone.page.evaluate("""() => {
        const box = geoplan.page.map.getContainer();
        const touch = new Touch({ identifier: 1, target: box, clientX: 100, clientY: 300 });
        box.dispatchEvent(new TouchEvent("touchmove", { touches: [touch], bubbles: true }));
    }""")
    assert "two fingers" in phone.text("#touch-note")
    phone.click_at(2.3, 0.3)
    assert phone.page.evaluate("geoplan.page.map.dragging.enabled()")
    assert phone.page.is_hidden("#touch-note")
    phone.check()
    desk = open_page(small_html)
    assert desk.page.evaluate("geoplan.page.map.dragging.enabled()")


def test_fourteen_rows_show_without_scrolling(open_page, toys):
    squares = toys.squares(20)
    squares[0]["name"] = "Kirchdorfmarktwiesenbergundseenlandkreis"
    people = [{"district": "D1", "year": 2010, "population": 10, "poor": 5, "poverty_class": "poor"}]
    money = [toys.amount("P", 10**13), toys.amount("Q", 10**13)]
    projects = [{"project": "P"}, {"project": "Q"}]
    places = [{"project": "P", "district": "D1"}, {"project": "Q", "precision": 9}]
    html = render_page(build_map(toys.plan_of(squares, projects, places, money, people)))
    opened = open_page(html)
    seen = opened.page.evaluate("""() => [...document.querySelectorAll('#districts tbody tr')]
        .filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length""")
    assert seen >= 14
    # No name runs into the next column.
    assert opened.page.evaluate("""() => [...document.querySelectorAll('#districts tbody th')].every((cell) =>
        cell.firstChild.getBoundingClientRect().right <= cell.getBoundingClientRect().right)""")
    assert opened.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
