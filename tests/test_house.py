"""The house: imports point down, only the page speaks Folium, the documents speak of every command."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import click
import pytest

from geoplan.cli import app

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "geoplan"

# From the top of the house to its ground; a room may import itself and the rooms below it.
ROOMS = [
    "cli",
    "page",
    "outputs",
    "planning",
    "scale",
    "analysis",
    "ledger",
    "plan",
    "sources",
    "geo",
    "text",
    "model",
]
# The public face names modules of many rooms, but imports them only when they are asked for.
FACE = ("__init__", "__main__")


@cache
def trees() -> dict[Path, ast.Module]:
    """Every module of the package, parsed once for all tests of this file."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "node_modules" not in path.parts
    }


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """Every module that a module imports: at its top, inside functions, and for type checkers."""
    known = {name_of(other) for other in trees()}
    found = set()
    for node in ast.walk(trees()[path]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a name lives"
            module = node.module or ""
            modules = {f"{module}.{alias.name}" for alias in node.names} & known
            found |= modules if len(modules) == len(node.names) else {module, *modules}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                found.add(argument.value)
    return found


def faults_of_direction(imports: dict[str, set[str]]) -> list[str]:
    """Name each import that points up, for modules by their dotted names."""
    faults = []
    for module, targets in imports.items():
        room = module.split(".")[1]
        if room not in ROOMS:
            faults.append(f"{module} is in no room: add one to ROOMS")
            continue
        for target in targets:
            parts = target.split(".")
            if parts[0] != "geoplan":
                continue
            if len(parts) == 1:
                faults.append(f"{module} imports the public face")
            elif parts[1] not in ROOMS or ROOMS.index(parts[1]) < ROOMS.index(room):
                faults.append(f"{module} imports {target}, which is above it")
    return faults


def test_imports_point_down() -> None:
    imports = {name_of(path): imports_of(path) for path in trees() if room_of(path) not in FACE}
    assert faults_of_direction(imports) == []


def test_the_test_of_imports_notices() -> None:
    assert faults_of_direction({"geoplan.geo.x": {"geoplan.plan.y", "geoplan.model.z", "numpy"}}) == [
        "geoplan.geo.x imports geoplan.plan.y, which is above it"
    ]
    assert faults_of_direction({"geoplan.page.x": {"geoplan"}, "geoplan.shed.x": set()}) == [
        "geoplan.page.x imports the public face",
        "geoplan.shed.x is in no room: add one to ROOMS",
    ]


def test_no_module_imports_itself_by_way_of_others() -> None:
    names = {name_of(path) for path in trees()}
    # A package's __init__ passes on what its modules define; they may not import it back.
    graph = {name_of(path): imports_of(path) & names for path in trees() if room_of(path) not in FACE}
    TopologicalSorter(graph).prepare()


def test_one_name_is_one_thing() -> None:
    modules = Counter(name_of(path).split(".")[-1] for path in trees() if room_of(path) not in FACE)
    assert [name for name, count in modules.items() if count > 1] == []
    classes = Counter(
        node.name for tree in trees().values() for node in tree.body if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in classes.items() if count > 1] == []


def test_only_the_page_speaks_folium() -> None:
    speakers = [
        name_of(path)
        for path in trees()
        if {name.split(".")[0] for name in imports_of(path)} & {"folium", "branca"}
    ]
    assert "geoplan.page.folium_map" in speakers
    assert [name for name in speakers if not name.startswith("geoplan.page")] == []


def test_only_the_command_line_prints_and_exits() -> None:
    talkers = [
        name_of(path)
        for path, tree in trees().items()
        if {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        & {"print", "sys.exit", "exit", "quit", "click.echo"}
    ]
    assert "geoplan.cli.printing" in talkers
    assert [name for name in talkers if not name.startswith("geoplan.cli")] == []


def test_numbers_for_readers_have_no_exponent() -> None:
    """Readers get 8986553, not 8.98655e+06: `show_number` writes it. Drawings and rounding may use the format g."""
    found = [
        f"{name_of(path)}: {ast.unparse(node)}"
        for path, tree in trees().items()
        if not {path.name, path.parent.name} & {"errors.py", "symbols.py", "allocation_layout.py", "svg_map"}
        for call in ast.walk(tree)
        if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "float")
        for node in ast.iter_child_nodes(call)
        if isinstance(node, ast.JoinedStr)
        and any(isinstance(part, ast.FormattedValue) and part.format_spec is not None
                and ast.unparse(part.format_spec).endswith(("g'", 'g"')) for part in node.values)
    ]  # fmt: skip
    assert found == []


def test_only_the_command_line_names_its_options() -> None:
    """The library speaks of arguments and keys. A whole command, such as `geoplan check --review`, may be named."""
    option = re.compile(r"(?<![-\w])--[a-z]{2,}")
    command = re.compile(r"geoplan [a-z]+[^;:]*--[a-z]")
    found = []
    for path, tree in trees().items():
        # Options of browsers are not ours.
        if name_of(path).startswith("geoplan.cli") or path.name == "browser_pictures.py":
            continue
        explained = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found += [
            f"{name_of(path)}, line {node.lineno}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in explained
            and option.search(node.value)
            and not command.search(node.value)
        ]
    assert found == []


def test_each_room_says_what_belongs_there_and_the_guide_lists_them() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = []
    for room in ROOMS:
        text = ast.get_docstring(trees()[PACKAGE / room / "__init__.py"]) or ""
        assert "Belongs here:" in text, room
        assert "Does not belong here:" in text, room
        summary = text.split("\n")[0].split(": ", 1)[1]
        rows.append(f"| `{room}/` | {summary} |")
    assert "\n".join(rows) in guide


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


def test_every_command_and_option_is_in_the_docs() -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
    listed = pages["commands.md"]
    for name, command in commands(app):
        assert f"`{name}" in listed
        about = [listed, *(page for page in pages.values() if name in page)]
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--"):
                    assert any(option in page for page in about), f"{option} of {name}"


def test_public_names_are_documented() -> None:
    import geoplan

    for name in geoplan.__all__:
        assert getattr(geoplan, name).__doc__, name
    assert sorted(geoplan.__all__) == sorted(geoplan._HOMES)


def test_one_module_writes_to_the_terminal() -> None:
    """What it escapes and hides, and where it writes no escape codes, then holds for all output."""
    writing = {"click.echo", "click.secho", "print", "sys.stdout.write", "sys.stderr.write"}
    found = {
        path.name
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in writing
    }
    assert found == {"printing.py"}


def test_options_that_name_files_are_made_in_one_place() -> None:
    """So that a path is read, shown in help and completed in one way."""
    found = {
        path.name
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node) == "click.Path(path_type=Path)"
    }
    assert found == {"arguments.py"}


def names_defined(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module defines at its top, and the properties of its classes."""
    for node in ast.walk(tree):
        is_property = isinstance(node, ast.FunctionDef) and any(
            ast.unparse(decorator).endswith("property") for decorator in node.decorator_list
        )
        if (node in tree.body and isinstance(node, ast.FunctionDef | ast.ClassDef)) or is_property:
            yield node.name  # type: ignore[union-attr]
        elif node in tree.body and isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_every_name_is_used() -> None:
    """What only its definition names is dead. `key_tree` is the list of keys that the tests of the plan file go through."""
    words = Counter(word for path in trees() for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))
    found = {
        f"{name_of(path)}.{name}"
        for path, tree in trees().items()
        for name in names_defined(tree)
        if words[name] == 1 and not name.startswith("__")
    }
    assert found == {"geoplan.plan.plan_keys.key_tree"}


def test_an_old_python_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apple's Python is 3.9: what it reads before the line must be in its grammar."""
    for name in ("__main__.py", "__init__.py", "model/__init__.py", "model/calls.py", "model/errors.py"):
        ast.parse((PACKAGE / name).read_text(encoding="utf-8"), feature_version=(3, 9))
    monkeypatch.setattr(sys, "version_info", (3, 9, 6, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3.11 or newer, and this is 3.9"):
        runpy.run_path(str(PACKAGE / "__main__.py"), run_name="started")
