"""Pages of the documentation site that are made of the code: options, Python names and a live map."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

import geoplan as gp
from geoplan.cli import app

MAP = "home-case.html"
_OUTSIDE = re.compile(r"\[([^\]]*)\]\(\.\./(?!README\.md)[^)]*\)")
_README = re.compile(r"\[([^\]]*)\]\(\.\./README\.md\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the generated pages."""
    from mkdocs.structure.files import File

    for name, text in (("reference/options.md", list_options()), ("reference/python.md", list_names())):
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Adapt links to files outside the documents, and put the live map on the first page."""
    text = _README.sub(r"[\1](tutorial.md)", markdown)
    text = _OUTSIDE.sub(r"\1", text)
    if page.file.src_uri != "README.md":
        return text
    frame = (
        f'<iframe src="{MAP}" title="Map of the home case" style="width:100%;height:640px;border:0"></iframe>'
    )
    return text.replace("\n\n", f"\n\n{frame}\n\n", 1)


def on_post_build(config: Any) -> None:
    """Draw the map of the home case beside the first page."""
    gp.build_map(gp.read_plan(gp.bundled_plan())).save(Path(config["site_dir"]) / MAP)


def list_options() -> str:
    """Return the help of each command as a page."""
    parts = ["# Options of each command", "", "This is what `geoplan COMMAND --help` prints.", ""]
    for name, command in _commands(app, ()):
        context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
        parts += [f"## {name}", "", "```text", command.get_help(context).rstrip(), "```", ""]
    return "\n".join(parts)


def _commands(group: click.Group, above: tuple[str, ...]) -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        path = (*above, name)
        if isinstance(command, click.Group):
            found += _commands(command, path)
        else:
            found.append((" ".join(("geoplan", *path)), command))
    return found


def list_names() -> str:
    """Return a page with the docstring of each public name."""
    parts = [
        "# Python names",
        "",
        "What `import geoplan as gp` offers. How to use it: [Python](../python.md).",
        "",
    ]
    for name in gp.__all__:
        home = getattr(gp, name)
        parts += [f"## gp.{name}", "", f"::: {home.__module__}.{home.__qualname__}", ""]
    return "\n".join(parts)
