"""Extra measures and layers on the page in Chromium, with the network off."""

import re

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box
from shapely.geometry import LineString, Point

from geoplan.page import build_map, render_page
from geoplan.page.extras import DistrictMeasure, ExtraLayer

from .conftest import tick


def plain(text):
    return re.sub(r"\s+", " ", text.replace("\u202f", " ")).strip()


def gap(**about):
    values = pd.Series({"D0": -200.0, "D1": 0.0, "D2": 100.0})
    return DistrictMeasure(
        "gap",
        {"en": "Gap per poor person", "fr": "Écart par pauvre"},
        values,
        unit="per poor person",
        scale="diverging",
        currency="EUR",
        **about,
    )


def layer(*shapes, name="Wells", style="site", visible=True, **columns):
    return ExtraLayer(name, gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4326), style, visible)


@pytest.fixture
def shown(open_page, toys):
    opened = []

    def show(measures=(), layers=(), **options):
        html = render_page(build_map(toys.small_plan(), measures=measures, layers=layers))
        opened.append(open_page(html, **options))
        return opened[-1]

    yield show
    for each in opened:
        each.check()


def hide(opened, *names):
    for name in names:
        tick(opened.page, f"#show-{name}", on=False)


def test_a_diverging_measure_is_classed_alike_around_zero(shown):
    opened = shown([gap()])
    hide(opened, "points", "lines", "areas", "labels", "hatching")
    opened.page.select_option("#choose-measure", "gap")
    assert "EUR per poor person" in opened.text("#legend")
    text = plain(opened.text("#legend .classes"))
    assert text == "under −200 0 −200 – under 0 1 above 0, under 200 1 200 and more 0 0 1 no data 1"
    below, zero, above, missing = (opened.colour(at + 0.5, 0.5) for at in range(4))
    assert len({tuple(below), tuple(zero), tuple(above), tuple(missing)}) == 4
    assert zero == [255, 255, 255]
    opened.click_at(0.5, 0.2)
    assert "EUR −200 per poor person" in plain(opened.text("#details"))
    assert "measure=gap" in opened.address
    opened.page.click("#languages [lang=fr]")
    assert "Écart par pauvre" in opened.text("#legend")


def test_the_table_and_the_csv_hold_the_measure_that_is_shown(shown):
    opened = shown([gap()], address="#measure=gap")
    assert "Gap per poor person" in opened.text("#districts thead")
    csv = opened.page.evaluate("geoplan.tableAsCsv(geoplan.page)")
    assert sorted(row.split(",")[-2] for row in csv.split("\r\n")[1:5]) == ["", "-200", "0", "100"]


def test_layers_are_drawn_switched_and_told_in_the_legend(shown):
    catchment = layer(
        box(2, 0, 3, 1), name="Reach", style="catchment", label=["Reach of A"], note=["within 5 km"]
    )
    hidden = layer(box(0, 0, 1, 1), name="Hidden", style="unreached", visible=False)
    opened = shown(layers=[catchment, hidden])
    hide(opened, "points", "lines", "areas", "labels", "hatching")
    with_layer = opened.colour(2.5, 0.2)
    assert "Reach" in opened.text("#legend")
    assert "Hidden" not in opened.text("#legend")
    plain_fill = opened.colour(0.5, 0.2)
    tick(opened.page, "#show-layer-1")
    assert opened.colour(0.5, 0.2) != plain_fill
    hide(opened, "layer-0")
    assert opened.colour(2.5, 0.2) != with_layer
    assert "hide=layer+1" in opened.address
    assert "show=layer+2" in opened.address


def test_the_address_brings_layers_back(shown):
    opened = shown(
        layers=[layer(Point(1, 0.5)), layer(Point(2, 0.5), visible=False)],
        address="#hide=layer+1&show=layer+2",
    )
    assert not opened.page.is_checked("#show-layer-0")
    assert opened.page.is_checked("#show-layer-1")


def test_points_and_lines_have_details_and_areas_are_told_with_their_district(shown):
    sites = layer(
        Point(3.5, 0.2),
        LineString([(3.1, 0.5), (3.9, 0.5)]),
        label=["Well <b>1</b>", "Pipe"],
        note=["=1+1", None],
    )
    reach = layer(box(3, 0, 5, 1), name="Reach", style="catchment", label=["Reach of 1"], note=["5 km"])
    opened = shown(layers=[reach, sites])
    opened.click_at(3.5, 0.2)
    text = plain(opened.text("#details"))
    assert text.startswith("‹ All districts Well <b>1</b> Wells =1+1")
    assert "Reach of 1 Reach 5 km" in text
    opened.page.keyboard.press("Escape")
    opened.click_at(3.5, 0.5)
    assert "Pipe" in opened.text("#details")
    opened.page.keyboard.press("Escape")
    opened.click_at(3.7, 0.8)
    assert "District 3" in opened.text("#details")
    assert "Reach of 1" in opened.text("#details")


def test_neighbours_lie_under_the_districts(shown):
    around = layer(box(-2, -2, 6, 3), name="Around", style="neighbour", label=["Next province"])
    opened = shown(layers=[around])
    hide(opened, "points", "lines", "areas", "labels", "hatching")
    assert opened.colour(-0.5, 0.5) == [232, 227, 216]
    assert opened.colour(3.5, 0.5) == [255, 255, 255]
    opened.click_at(3.5, 0.5)
    assert "District 3" in opened.text("#details")


def test_hostile_texts_of_extras_stay_texts(open_page, toys):
    points = [Point(0.1 + 0.25 * at, 0.9) for at in range(len(toys.HOSTILE))]
    layers = [
        layer(*points, name=text, label=list(toys.HOSTILE), note=list(toys.HOSTILE)) for text in toys.HOSTILE
    ]
    values = pd.Series({"D0": 1.0, "D1": 2.0})
    measures = [
        DistrictMeasure(f"{text}#{at}", text, values, unit=text) for at, text in enumerate(toys.HOSTILE)
    ]
    opened = open_page(render_page(build_map(toys.small_plan(), measures=measures, layers=layers)))
    for measure in measures[::4]:
        opened.page.select_option("#choose-measure", measure.key)
    opened.click_at(0.1, 0.9)
    assert opened.page.evaluate("window.canary") is None
    assert opened.page.locator("#page img, #page svg:not(.key)").count() == 0
    opened.check()
