"""The documentation site: its pages made of the code, its list of pages, and the tutorial followed word for word."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from click.testing import CliRunner

import geoplan as gp
from geoplan.cli import app

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_pages", DOCS / "site" / "pages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_of_the_code_name_every_command_and_every_public_name(pages: ModuleType) -> None:
    options = pages.list_options()
    for name in ("map", "summary", "boundaries get", "report", "init"):
        assert f"## geoplan {name}\n" in options
    assert "--watch" in options
    names = re.findall(r"^## gp\.(\w+)\n\n::: (geoplan[\w.]+)$", pages.list_names(), re.MULTILINE)
    assert [name for name, _ in names] == gp.__all__
    assert ("summarize", "geoplan.ledger.summary.summarize") in names


def test_the_site_lists_every_page_once() -> None:
    listed = re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for name in listed if "/" not in name) == sorted(
        path.name for path in DOCS.glob("*.md")
    )


def test_commands_within_lists_are_blocks_on_the_site_too() -> None:
    """GitHub shows an indented fence as a block; Python-Markdown needs four spaces and an extension for it."""
    indented = [
        len(spaces)
        for path in DOCS.glob("*.md")
        for spaces in re.findall(r"^( +)```\w", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert indented and all(spaces % 4 == 0 for spaces in indented)
    assert "- pymdownx.superfences\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def test_links_out_of_the_documents_become_text_and_the_map_is_on_the_first_page(pages: ModuleType) -> None:
    first = SimpleNamespace(file=SimpleNamespace(src_uri="README.md"))
    text = "# Title\n\nSee [the README](../README.md) and [how](../CONTRIBUTING.md), [the map](map.md#a).\n"
    shown = pages.on_page_markdown(text, page=first)
    assert "See [the README](tutorial.md) and how, [the map](map.md#a)." in shown
    assert shown.count("<iframe") == 1
    other = SimpleNamespace(file=SimpleNamespace(src_uri="map.md"))
    assert "<iframe" not in pages.on_page_markdown(text, page=other)


def test_the_tutorial_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (table,) = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    Path("projects.csv").write_text(table, encoding="utf-8")
    said: dict[str, str] = {}
    commands = [
        line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
    ]
    for line in commands:
        if line == "geoplan check my-plan":
            plan = Path("my-plan/geoplan.toml")
            lines = plan.read_text(encoding="utf-8")
            assert "# review" in lines
            plan.write_text(lines.replace("# review", "review"), encoding="utf-8")
            assert "Bolikan,,1" in Path("my-plan/review.csv").read_text(encoding="utf-8-sig")
        done = CliRunner().invoke(app, shlex.split(line)[1:])
        assert done.exit_code == 0, (line, done.stderr)
        said[line] = done.output.replace("\u202f", " ")
    init = next(output for line, output in said.items() if line.startswith("geoplan init"))
    assert "EUR 40 000.00" in init and "names matched approximately: 'Bolikan'" in init
    assert "Bolikan" not in said["geoplan check my-plan"].partition("\n\n")[0]
    by_funder = said["geoplan summary my-plan --by funder"]
    assert "500 000.00" in by_funder and "80 000.50" in by_funder
    assert {"my-plan.html", "my-plan.xlsx"} <= {path.name for path in tmp_path.iterdir()}


def test_the_gallery_is_made_by_its_commands_and_shows_what_they_write(
    pages: ModuleType, tmp_path: Path
) -> None:
    text = "# Gallery\n\n## Six\n\n```sh\ngeoplan districts -o six.csv\ngeoplan report --one-page -o six.html\n```\n"
    pages.make_gallery(text, tmp_path / "gallery")
    assert {"six.csv", "six.html"} <= {path.name for path in (tmp_path / "gallery").iterdir()}
    shown = pages.on_page_markdown(text, page=SimpleNamespace(file=SimpleNamespace(src_uri="gallery.md")))
    # MkDocs in strict mode refuses a Markdown link to a file that is made after its pages.
    assert '<a href="six.html"' in shown and "](six.html)" not in shown
    assert shown.endswith("</iframe>\n") and '<iframe src="six.html"' in shown
    with pytest.raises(RuntimeError, match="summary nowhere"):
        pages.make_gallery("```sh\ngeoplan summary nowhere -o no.html\n```\n", tmp_path / "gallery")
