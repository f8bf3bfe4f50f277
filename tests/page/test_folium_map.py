"""The map as folium sees it: open to layers, alone in its page, nothing shared between maps."""

import html
import re

import branca.element
import folium
import pytest

from geoplan.page import build_map, render_page


@pytest.fixture
def plan_map(toys):
    return build_map(toys.small_plan())


def test_it_is_a_folium_map(plan_map):
    assert isinstance(plan_map, folium.Map)


def test_bounds_are_those_of_the_districts(plan_map):
    assert plan_map.get_bounds() == [
        [pytest.approx(0, abs=1e-3), pytest.approx(0, abs=1e-3)],
        [pytest.approx(1, abs=1e-3), pytest.approx(4, abs=1e-3)],
    ]


def test_bounds_grow_with_added_layers(plan_map):
    folium.Marker([5, 9]).add_to(plan_map)
    assert plan_map.get_bounds()[1] == [5, 9]


def test_an_added_marker_brings_nothing_from_the_network(plan_map):
    marker = folium.Marker([0.5, 0.5]).add_to(plan_map)
    page = render_page(plan_map)
    assert f"var {marker.get_name()} = L.marker(" in page
    assert re.search(r"<(script|link)[^>]*https?:", page) is None
    assert "useMarkerImages({" in page


def test_an_added_popup_brings_jquery_and_nothing_else(plan_map):
    folium.Marker([0.5, 0.5], popup="here").add_to(plan_map)
    page = render_page(plan_map)
    assert len(re.findall(r"<script src=", page)) == 1
    assert re.search(r'<script src="https://[^"]*jquery', page)
    assert '<link rel="stylesheet"' not in page


def test_an_added_icon_brings_what_icons_need(plan_map):
    folium.Marker([0.5, 0.5], icon=folium.Icon(color="red")).add_to(plan_map)
    page = render_page(plan_map)
    assert "awesome-markers" in page
    assert "jquery" not in page


def test_folium_is_not_changed(plan_map):
    before = (list(folium.Map.default_js), list(folium.Map.default_css))
    plan_map.add_js_link("extra", "https://example.org/extra.js")
    render_page(plan_map)
    assert (folium.Map.default_js, folium.Map.default_css) == before
    assert "https://example.org/extra.js" in render_page(plan_map)


def test_maps_do_not_leak_into_each_other(toys):
    first, second = build_map(toys.small_plan(title="First")), build_map(toys.small_plan(title="Second"))
    folium.Marker([0.5, 0.5], popup="only in the first").add_to(first)
    first.add_js_link("extra", "https://example.org/extra.js")
    assert first.get_name() != second.get_name()
    alone = render_page(build_map(toys.small_plan(title="Second")))
    assert render_page(first) != alone
    assert render_page(second) == alone


def test_it_shows_in_a_notebook_cell(plan_map):
    cell = plan_map._repr_html_()
    assert cell.startswith("<iframe")
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', cell)[1]) == render_page(plan_map)


def test_it_can_stand_in_another_figure(plan_map):
    figure = branca.element.Figure()
    figure.add_child(plan_map)
    page = figure.render()
    assert f'id="{plan_map.get_name()}"' in page
    assert f"var {plan_map.get_name()} = " in page


def test_it_needs_a_figure(plan_map):
    plan_map._parent = None
    with pytest.raises(TypeError, match="inside a branca Figure"):
        plan_map.render()


def test_template_marks_in_the_data_are_not_read_as_templates(toys):
    page = render_page(build_map(toys.small_plan(title="{{ 7*7 }}{% for %}")))
    assert "<title>{{ 7*7 }}{% for %}</title>" in page
