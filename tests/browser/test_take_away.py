"""What a reader takes away: the table on the clipboard and in files, the map as a picture, the view as a link."""

from __future__ import annotations

import csv
import io
import re
import struct
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from geoplan.page import build_map, render_page

from .conftest import Opened

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def small(open_page, small_html):
    opened = open_page(small_html, accept_downloads=True)
    opened.page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    yield opened
    opened.check()


def saved(opened, button: str) -> tuple[str, bytes]:
    opened.page.evaluate("document.getElementById('download').open = true")
    with opened.page.expect_download() as download:
        opened.page.click(button)
    path = download.value.path()
    return download.value.suggested_filename, Path(path).read_bytes()


def test_the_table_as_workbook_and_csv_has_the_same_cells(small):
    name, content = saved(small, "#save-xlsx")
    assert name == "Toy-plan-Districts.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert sheet.title == "Districts"
    assert rows[0][:2] == ["Code", "District"]
    amount = rows[0].index("Amount, EUR")
    assert [row[amount] for row in rows[1:]] == [1300, 500, 300, 0]
    assert [row[0] for row in rows[1:]] == ["D0", "D2", "D1", "D3"]
    assert sheet.freeze_panes == "A2"
    name, content = saved(small, "#save-csv")
    assert name == "Toy-plan-Districts.csv"
    text = content.decode("utf-8-sig")
    given = list(csv.reader(io.StringIO(text)))
    assert given[0] == rows[0]
    assert [row[amount] for row in given[1:]] == ["1300.00", "500.00", "300.00", "0.00"]


def test_the_copied_table_has_the_decimal_mark_of_the_language_and_says_so(small):
    small.page.click("#copy-table")
    assert small.page.inner_text("#copy-table") == "Copied"
    assert small.page.inner_text("#status") == "Copied"
    rows = [line.split("\t") for line in small.page.evaluate("window.copied").split("\r\n")]
    assert rows[1][rows[0].index("Amount, EUR")] == "1300.00"
    assert len({len(row) for row in rows}) == 1
    small.page.click("#languages [lang=fr]")
    small.page.click("#copy-table")
    rows = [line.split("\t") for line in small.page.evaluate("window.copied").split("\r\n")]
    assert "1300,00" in rows[1]
    assert small.page.inner_text("#copy-table") == "Copié"


def test_the_view_is_taken_away_as_link_and_picture(small):
    small.page.select_option("#choose-measure", "per_person")
    small.page.click("#copy-link")
    assert small.page.evaluate("window.copied") == small.address
    assert "measure=per_person" in small.address
    before = small.page.evaluate("geoplan.page.canvas._container.width")
    name, content = saved(small, "#save-map")
    assert name == "Toy-plan.png"
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert width == 2 * small.page.evaluate("geoplan.page.map.getSize().x")
    assert height > 2 * small.page.evaluate("geoplan.page.map.getSize().y")
    assert len(content) > 10_000
    assert small.page.evaluate("geoplan.page.canvas._container.width") == before


def test_the_map_as_svg_has_what_the_map_shows_as_lines_and_texts(small):
    name, content = saved(small, "#save-svg")
    assert name == "Toy-plan.svg"
    root = ET.fromstring(content)
    fills = [path.get("fill") for path in root.iter(f"{SVG}path") if path.get("fill-rule") == "evenodd"]
    colours = small.page.evaluate("geoplan.page.classes.of.map((at) => geoplan.page.classes.rows[at].colour)")
    assert [fill for fill in fills if fill in set(colours)][: len(colours)] == colours
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "Toy plan" in texts and any("District 0" in text for text in texts)
    assert any(text.endswith("(1)") for text in texts), "the legend counts districts"
    styles = set(small.page.evaluate("[...geoplan.page.styles]"))
    assert len([path for path in root.iter(f"{SVG}path") if path.get("stroke") == "#26292e"]) >= len(styles)
    assert not [image for image in root.iter(f"{SVG}image") if image.get("width") != image.get("height")]
    # Its letters are inside; a program that ignores them, such as Word, has those of its system.
    (style,) = root.iter(f"{SVG}style")
    assert {"Page Sans", "Page Lao"} <= set(re.findall(r'font-family: "?([^";]+)', style.text))
    assert "data:font/woff2" in style.text and "http" not in style.text
    assert '"Leelawadee UI"' in root.get("font-family")


def test_hostile_texts_in_the_svg_are_texts(open_page, toys):
    opened = open_page(render_page(build_map(toys.hostile_plan())), accept_downloads=True)
    _, content = saved(opened, "#save-svg")
    root = ET.fromstring(content)
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {
        "svg",
        "style",
        "g",
        "path",
        "rect",
        "text",
        "image",
        "pattern",
        "linearGradient",
        "stop",
    }
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]
    links = [element.get("href") for element in root.iter() if element.get("href")]
    assert all(link.startswith("data:image/png") for link in links)
    opened.check()


NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
  Object.defineProperty(window, name, { get() { throw new DOMException("no storage", "SecurityError"); } });
Object.defineProperty(Document.prototype, "cookie", { get() { throw new DOMException("no storage", "SecurityError"); } });
Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined });
history.replaceState = () => { throw new DOMException("not on a file", "SecurityError"); };
document.execCommand = (what) => { window.copied = [what, document.activeElement.value ?? document.activeElement.textContent]; };
"""


def test_everything_is_taken_away_from_a_stick_where_the_browser_keeps_nothing(browser, small_html, tmp_path):
    """As Edge opens a mail attachment: from a file, without storage, and without the newer clipboard."""
    path = tmp_path / "ແຜນທີ່ map.html"
    path.write_text(small_html, encoding="utf-8")
    context = browser.new_context(accept_downloads=True, offline=True)
    try:
        page = context.new_page()
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.add_init_script(NO_STORAGE)
        page.goto(path.as_uri())
        opened = Opened(page)
        for button, name in (
            ("xlsx", "Districts.xlsx"),
            ("csv", "Districts.csv"),
            ("map", ".png"),
            ("svg", ".svg"),
        ):
            assert saved(opened, f"#save-{button}")[0].endswith(name)
        page.click("#copy-table")
        assert page.evaluate("window.copied[0]") == "copy"
        assert "1300.00" in page.evaluate("window.copied[1]")
        page.select_option("#choose-measure", "per_person")
        page.click("#copy-link")
        link = page.evaluate("window.copied[1]")
        assert link == opened.address and link.startswith("file:") and "measure=per_person" in link
        page.goto("about:blank")
        page.goto(link)
        assert page.evaluate("document.getElementById('choose-measure').value") == "per_person"
        page.click("#languages [lang=lo]")
        assert complaints == []
    finally:
        context.close()


def test_projects_are_saved_where_a_filter_leaves_none(small):
    small.page.evaluate("geoplan.page.change({ component: [] })")
    small.page.click("#open-projects")
    name, content = saved(small, "#save-xlsx")
    assert name == "Toy-plan-Projects.xlsx"
    (heads,) = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    assert heads[0] == "Project" and "Amount, EUR" in heads
