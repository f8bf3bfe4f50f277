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


def test_what_is_chosen_on_the_map_does_not_stay_under_its_details(open_page, home_html):
    opened = open_page(home_html, reduced_motion="reduce")
    spot = "geoplan.page.map.latLngToContainerPoint([18.35, 105.05])"
    left, width = opened.page.evaluate(f"[{spot}.x, geoplan.page.map.getSize().x]")
    assert left > 0.7 * width  # in the east, where the details open, and away from the border
    opened.click_at(105.05, 18.35)
    assert "Khamkeut" in opened.text("#details h2")
    aside = f"(details => {spot}.x < details.offsetLeft && {spot}.x > 0)(document.getElementById('details'))"
    opened.wait(aside)
    # A place that is clear of them stays where it is, and so does one on a phone, where they stand below.
    before = opened.page.evaluate("String(geoplan.page.map.getCenter())")
    opened.click_at(104.1, 18.6)
    opened.settle()
    assert opened.page.evaluate("String(geoplan.page.map.getCenter())") == before
    opened.check()
    phone = open_page(home_html, viewport=PHONE)
    phone.click_at(105.05, 18.35)
    phone.settle()
    assert "Khamkeut" in phone.text("#details h2")
    assert phone.page.evaluate("geoplan.page.view.place") is None
