"""Several maps in one notebook, executed and turned into HTML as an analyst would, do not leak into each other."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]
CELLS = [
    "import geoplan as gp\nplan = gp.read_plan(gp.find_bundled_plan())\ngp.build_map(plan)",
    "gp.build_map(plan)  # the same once more: the same ids",
    'gp.build_map(gp.carry_plan(plan, "2009"), measure="per_person")',
    "plan.profile.head(3)",
]
STYLES = """() => [...document.querySelectorAll('body, h2, table, th')].map((each) => {
    const { color, font, borderBottomWidth, margin } = getComputedStyle(each);
    return [each.tagName, color, font, borderBottomWidth, margin];
})"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("notebook")
    made = new_notebook(cells=[new_markdown_cell("## Two maps"), *map(new_code_cell, CELLS)])
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        NotebookClient(made, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.validate(made)
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(made)
    return (
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Notebook</title><body>{body}</body></html>"
    )


pytestmark = pytest.mark.filterwarnings("default")  # of the notebook machinery, which is not ours


@pytest.fixture
def opened(open_page, notebook):
    shown = open_page(notebook, wait=False)
    shown.frames = [frame for frame in shown.page.frames if frame.parent_frame]
    for frame in shown.frames:
        frame.wait_for_selector("html[data-ready=yes]", timeout=20_000)
    yield shown
    shown.check()


def views(opened):
    return [frame.evaluate("JSON.stringify(geoplan.page.view)") for frame in opened.frames]


def test_each_cell_shows_its_own_map(opened):
    assert len(opened.frames) == 3
    districts = [frame.locator("#districts tr[data-district]").count() for frame in opened.frames]
    assert districts == [7, 7, 6]
    measures = [frame.input_value("#choose-measure") for frame in opened.frames]
    assert measures == ["amount", "amount", "per_person"]


def test_what_is_done_in_one_stays_in_it(opened):
    first, second, _ = opened.frames
    _, *others = views(opened)
    address = opened.address
    first.select_option("#choose-measure", "poverty_class")
    first.click("#languages [lang=lo]")
    first.click("#choose-component summary")
    first.click("#choose-component li input >> nth=0")
    first.click("#compare")
    assert views(opened)[1:] == others
    assert second.evaluate("document.documentElement.lang") == "en"
    assert second.is_hidden("#second-map")
    assert opened.address == address
    assert first.evaluate("geoplan.page.view.measure") == "poverty_class"


def test_the_keyboard_acts_where_the_focus_is(opened):
    first, second, _ = opened.frames
    for frame in (first, second):
        frame.click("#districts tbody tr:first-child button")
        assert frame.is_visible("#details")
    second.locator("#details").press("Escape")
    assert second.is_hidden("#details")
    assert first.is_visible("#details")


def test_the_notebook_around_them_is_left_alone(opened):
    page = opened.page
    assert page.evaluate("typeof geoplan + typeof L") == "undefinedundefined"
    assert page.locator("#page, #map-column, .leaflet-container").count() == 0
    shown = page.evaluate(STYLES)
    page.evaluate("document.querySelectorAll('iframe').forEach((frame) => frame.remove())")
    assert page.evaluate(STYLES) == shown
    assert page.title() == "Notebook"
