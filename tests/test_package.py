"""The wheel carries all it needs: installed alone, in an empty folder, it makes the home case."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-cache-dir", "-w", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("geoplan-*.whl")
    return built


def test_the_wheel_holds_data_assets_and_licences(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "geoplan/data/bolikhamxay/geoplan.toml",
        "geoplan/data/boundaries/bolikhamxay_2009.geojson",
        "geoplan/data/boundaries/bolikhamxay_2019.geojson",
        "geoplan/data/boundaries/LICENSE.txt",
        "geoplan/py.typed",
    ):
        assert name in names
    for name in (
        "start.js",
        "leaflet.js",
        "page.js",
        "leaflet.css",
        "images/marker-icon.png",
        "LICENSES.txt",
    ):
        assert f"geoplan/page/assets/bundle/{name}" in names
    assert not any("frontend" in name or "node_modules" in name for name in names)
    assert any(name.endswith(".dist-info/licenses/geoplan/page/assets/bundle/LICENSES.txt") for name in names)
    assert not any(name.startswith(("tests", "benchmarks")) for name in names)
    # The scripts that made the data stay in the repository.
    assert not any(name.startswith("geoplan/data/") and name.endswith(".py") for name in names)


def test_no_link_of_the_description_leads_nowhere(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    text = archive.read(name).decode("utf-8")
    assert "Description-Content-Type: text/markdown" in text and "geoplan init my-province" in text
    assert re.findall(r"\]\((?!https?:|#)[^)]*\)", text) == [] and "![" not in text
    # What it names instead is in the source distribution, beside the file of the description.
    named = {name.rstrip("/") for name in re.findall(r"\(`([^`]+)`\)", text)} - {
        ".tar.gz",
        "maps/bolikhamxay.html",
    }
    assert "docs/install.md" in named and [name for name in named if not (ROOT / name).exists()] == []


def test_links_of_the_description_are_absolute_where_the_source_has_an_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Only the build has hatchling.
    for module in (
        "hatchling",
        "hatchling.metadata",
        "hatchling.metadata.plugin",
        "hatchling.metadata.plugin.interface",
    ):
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(MetadataHookInterface=object))
    names: dict[str, Any] = {}
    exec(compile((ROOT / "hatch_build.py").read_text(encoding="utf-8"), "hatch_build.py", "exec"), names)
    text = "![Map](docs/a.png) and [how](docs/map.md#b), [there](https://example.org/x)"
    shown = names["describe"](text, "https://example.org/geoplan")
    assert shown == (
        "![Map](https://example.org/geoplan/raw/main/docs/a.png) and "
        "[how](https://example.org/geoplan/blob/main/docs/map.md#b), [there](https://example.org/x)"
    )
    alone = names["describe"](
        "# T\n\n![Map](a.png)\n\n[how](docs/map.md#b), [LICENSE](LICENSE)\n\n## A\n", ""
    )
    title, shown, where, section = alone.split("\n\n")
    assert (title, shown, section) == ("# T", "how (`docs/map.md`), LICENSE", "## A\n")
    assert "source distribution" in where


def test_the_installed_wheel_makes_the_home_case(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-compile",
        "--target",
        site,
        wheel,
    ]
    subprocess.run(install, check=True)
    (tmp_path / "empty").mkdir()
    environment = os.environ | {"PYTHONPATH": str(site)}
    run = [sys.executable, "-m", "geoplan", "map"]
    done = subprocess.run(
        run, cwd=tmp_path / "empty", env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "the bundled home case" in done.stderr
    assert (tmp_path / "empty" / "maps" / "bolikhamxay.html").stat().st_size > 10_000


def test_citation_and_changelog_have_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    (date,) = re.findall(r'^date-released: "(.*)"$', citation, re.MULTILINE)
    assert f"\n## {version} ({date})\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_source_release_holds_what_its_tests_read() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    included = build["targets"]["sdist"]["include"]
    read = {
        named
        for path in (ROOT / "tests").rglob("*.py")
        for named in re.findall(r'\bROOT / "([^"/]+)', path.read_text(encoding="utf-8"))
    }
    kept = {name for name in read if f"/{name}" in included or (name.endswith(".md") and "/*.md" in included)}
    # hatchling adds pyproject.toml itself.
    assert read - kept == {"pyproject.toml"}


def test_the_workflows_run_every_python_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    text = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    (matrix,) = re.findall(r"python: \[(.*)\]", text)
    assert re.findall(r"[\d.]+", matrix) == named
    table = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    assert f"| system | {' | '.join(named)} |" in table
    # Each extra is explained, but those of developers.
    for extra in project["optional-dependencies"].keys() - {"docs", "test"}:
        assert f"`{extra}`" in table, extra
