"""The house: imports point down, only the page speaks Folium, the README speaks of every command."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from geoplan.cli import app

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "geoplan"

# From the top of the house to its ground; a module may import those of its own floor and below.
FLOORS: list[set[str]] = [
    {"__main__"},
    {"cli"},
    {"start", "download"},
    {"page", "doubts"},
    {"exports"},
    {"report"},
    {"siting", "comparison", "planning"},
    {"coordination", "alignment", "gaps", "rates"},
    {"equity"},
    {"bounds", "crossing", "execution", "audit", "review"},
    {"pools"},
    {"summary", "streaming", "translations"},
    {"hexagons"},
    {"ledger"},
    {"prices"},
    {"placement", "vintages", "allocation", "exchange"},
    {"plan"},
    {"precedence"},
    {"decisions"},
    {"crosschecks", "districts", "surroundings"},
    {"planfile", "basemap"},
    {"plankeys"},
    {"boundaries", "names", "overlay"},
    {"district_index"},
    {"cells"},
    {"spelling"},
    {"sources"},
    {"languages", "letters"},
    {"periods"},
    {"money", "schema"},
    {"errors"},
]
FLOOR = {module: depth for depth, modules in enumerate(FLOORS) for module in modules}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a name lives"
            found.add(node.module or "")
            if node.module == "geoplan":
                found |= {f"geoplan.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize(
    "path", [path for path in modules() if path.name != "__init__.py" or path.parent != PACKAGE], ids=str
)
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR, f"{room} has no floor yet: give it one in this test"
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "geoplan" and len(parts) > 1 and parts[1] in FLOOR:
            assert FLOOR[parts[1]] >= FLOOR[room], f"{path.name} imports {name}, which is above it"


@pytest.mark.parametrize("path", modules(), ids=str)
def test_only_the_page_speaks_folium(path: Path) -> None:
    folium = {name for name in imports_of(path) if name.split(".")[0] in ("folium", "branca")}
    assert not folium or room_of(path) == "page"


@pytest.mark.parametrize("path", modules(), ids=str)
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    if room_of(path) == "cli":
        return
    calls = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]
    names = {ast.unparse(call.func) for call in calls}
    assert not names & {"print", "sys.exit", "exit", "quit", "click.echo"}


@pytest.mark.parametrize(
    "tool", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=" ".join
)
def test_code_keeps_the_rules(tool: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def commands(group: click.Group, path: str = "geoplan") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_every_command_is_in_the_readme_and_every_option_in_the_docs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))]
    for name, command in commands(app):
        assert f"`{name}" in readme
        about = [readme, *(page for page in pages if name in page)]
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--"):
                    assert any(option in page for page in about), f"{option} of {name}"


def test_public_names_are_documented() -> None:
    import geoplan

    for name in geoplan.__all__:
        assert getattr(geoplan, name).__doc__, name
    assert sorted(geoplan.__all__) == sorted(geoplan._HOMES)
