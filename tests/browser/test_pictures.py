"""Pictures and prints by the Chromium that is on the machine."""

from __future__ import annotations

import base64
import os
import re
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.outputs.browser_pictures import SIZES

from ..cli.test_nothing import CASES
from ..conftest import WritePlan


def run(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["map", *[str(arg) for arg in args]])
    return done.exit_code, done.output


EDGE = """(png) => new Promise((answer) => {
    const image = new Image();
    image.onload = () => {
        const pen = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height }).getContext("2d");
        pen.drawImage(image, 0, 0);
        const colours = (x) => new Set(new Uint32Array(pen.getImageData(x, 0, 1, image.height).data.buffer)).size;
        answer([colours(image.width - 12), colours(Math.round(image.width / 3))]);
    };
    image.src = `data:image/png;base64,${png}`;
})"""


def test_a_png_is_the_sheet_within_its_margins_without_controls(browser, tmp_path):
    code, said = run("-o", tmp_path / "home.html", "--png", tmp_path / "home.png")
    assert code == 0, said
    page = browser.new_page()
    edge, inside = page.evaluate(EDGE, base64.b64encode((tmp_path / "home.png").read_bytes()).decode())
    assert edge == 1, "the margin is white"
    assert inside > 20
    page.set_viewport_size({"width": 1123, "height": 794})
    page.goto(f"{(tmp_path / 'home.html').as_uri()}#paper=picture")
    page.wait_for_selector("html[data-ready=yes]")
    assert page.is_visible("#title") and page.is_visible("#districts") and page.is_visible("#legend")
    assert not page.is_visible("#choose-measure") and not page.is_visible(".home-view")
    assert page.evaluate("document.getElementById('about').getBoundingClientRect().bottom") <= 794 - 30
    page.close()


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("case", ["no amounts left", "all unlocated"])
def test_plans_with_nothing_of_something_have_their_pictures(
    case: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    folder, files = write_plan(**CASES[case]), [tmp_path / name for name in ("a.html", "a.png", "a.pdf")]
    code, said = run(folder, "-o", files[0], "--png", files[1], "--pdf", files[2])
    assert code == 0, said
    assert [path.read_bytes()[:4] for path in files] == [b"<!DO", b"\x89PNG", b"%PDF"]


@pytest.mark.usefixtures("browser")
def test_png_pdf_and_svg_beside_the_page(tmp_path: Path):
    made = {name: tmp_path / f"home.{name}" for name in ("png", "pdf", "svg")}
    options = [part for name, path in made.items() for part in (f"--{name}", path)]
    code, said = run("-o", tmp_path / "home.html", *options, "--size", "a3")
    assert code == 0, said
    head = made["png"].read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    assert abs(width - SIZES["a3"][0]) <= 2
    assert abs(height - SIZES["a3"][1]) <= 2
    pdf = made["pdf"].read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2  # the sheet, and the report after it
    boxes = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)
    assert {tuple(round(float(edge), -1) for edge in box.split()[2:]) for box in boxes} == {(1190, 840)}
    for path in made.values():
        assert (tmp_path / f"{path.name}.manifest.json").is_file()


def test_without_a_browser_the_way_out_is_said_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("geoplan.outputs.browser_pictures._PLACES", ())
    code, said = run("-o", tmp_path / "home.html", "--pdf", tmp_path / "home.pdf")
    assert code == 2
    assert "install one" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="the program is a script of a shell")
def test_a_browser_that_is_killed_leaves_nothing(tmp_path, monkeypatch):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nkill -KILL $$\n")
    broken.chmod(0o755)
    monkeypatch.setattr("geoplan.outputs.browser_pictures._PLACES", (str(broken),))
    code, said = run("-o", tmp_path / "home.html", "--png", tmp_path / "home.png")
    assert code == 2
    (line,) = [line for line in said.splitlines() if "made no home.png" in line]
    assert "chromium made no home.png (it was killed, perhaps because memory ran out; close other" in line
    assert not (tmp_path / "home.png").exists()


@pytest.mark.parametrize("name", ["png", "pdf", "svg"])
def test_the_ending_must_fit(tmp_path, name):
    code, said = run("-o", tmp_path / "home.html", f"--{name}", tmp_path / "home.jpg")
    assert code == 2
    assert f"home.{name}" in said
