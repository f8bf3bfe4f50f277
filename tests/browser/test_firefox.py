"""The page in Firefox ESR, opened from a file, with no network."""

from __future__ import annotations

import shutil

import pytest

from geoplan.page import build_map, render_page
from geoplan.page.folium_map import PlanMap
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from .conftest import give_up

READY = """new Promise((done) => {
    const look = () => document.documentElement.dataset.ready === "yes" ? done(true) : setTimeout(look, 50);
    look();
})"""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        give_up("Firefox is not installed: the page is not tested in it")
    pytest.importorskip("websockets", reason="websockets is not installed: Firefox cannot be driven")
    from .firefox import running_firefox

    with running_firefox(path, tmp_path_factory.mktemp("firefox") / "profile") as running:
        yield running


@pytest.fixture
def opened(firefox, tmp_path, home_html):
    path = tmp_path / "home.html"
    path.write_text(home_html, encoding="utf-8")
    firefox.complaints.clear()
    firefox.requests.clear()
    firefox.open(path)
    assert firefox.evaluate(READY) is True
    yield firefox
    assert firefox.complaints == []
    assert [
        url for url in firefox.requests if not url.startswith(("file:", "data:", "blob:", "about:"))
    ] == []


def test_totals_and_districts_are_shown(opened):
    said = opened.evaluate("document.querySelector('#figures').innerText").replace("\u202f", " ")
    assert "EUR 8 200 000" in said
    assert opened.evaluate("document.querySelectorAll('#districts tbody tr').length") == 7


def test_districts_have_the_colours_of_the_legend(opened):
    for name in ("labels", "hatching", "points", "lines", "areas"):
        opened.evaluate(
            f"(document.querySelector('#show-{name}').checked && document.querySelector('#show-{name}').click(), 1)"
        )
    colour = opened.evaluate(
        """(() => {
            const { canvas, map } = geoplan.page;
            const frame = canvas.frame();
            const spot = map.latLngToLayerPoint([18.15, 104.95]).subtract(canvas._bounds.min);
            const pixel = canvas._container.getContext("2d").getImageData(
                Math.round(spot.x * frame.ratio), Math.round(spot.y * frame.ratio), 1, 1);
            return [...pixel.data].slice(0, 3);
        })()"""
    )
    assert colour == [33, 113, 181]  # Khamkeut, the third of four classes


def test_filters_and_languages_work(opened):
    opened.evaluate("(document.querySelector('#languages [lang=lo]').click(), 1)")
    assert opened.evaluate("document.documentElement.lang") == "lo"
    assert "ປາກຊັນ" in opened.evaluate("document.querySelector('#districts').innerText")
    opened.evaluate("(document.querySelector('#languages [lang=en]').click(), 1)")


def test_a_compressed_page_opens(firefox, tmp_path):
    path = tmp_path / "packed.html"
    packed = PlanMap(build_map(read_plan(find_bundled_plan())).data, compress=True)
    path.write_text(render_page(packed), encoding="utf-8")
    firefox.complaints.clear()
    firefox.open(path)
    assert firefox.evaluate(READY) is True
    assert firefox.evaluate("document.querySelectorAll('#districts tbody tr').length") == 7
    assert firefox.complaints == []


def test_without_decompression_there_is_a_message_not_a_blank_page(firefox, tmp_path):
    path = tmp_path / "old.html"
    packed = PlanMap(build_map(read_plan(find_bundled_plan())).data, compress=True)
    path.write_text(render_page(packed), encoding="utf-8")
    firefox.call(
        "script.addPreloadScript", functionDeclaration="() => { delete window.DecompressionStream; }"
    )
    firefox.open(path)
    said = firefox.evaluate("new Promise((done) => setTimeout(() => done(document.body.innerText), 500))")
    assert "browser" in said
