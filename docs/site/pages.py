"""Pages of the documentation site that are made of the code: options, Python names, a live map and the gallery."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

import geoplan as gp
from geoplan.cli import app

MAP = "home-case.html"
_OUTSIDE = re.compile(r"\[([^\]]*)\]\(\.\./(?!README\.md)[^)]*\)")
GALLERY = "gallery.md"
_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
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
    if page.file.src_uri == GALLERY:
        return _BLOCK.sub(_show_result, text)
    if page.file.src_uri != "README.md":
        return text
    frame = (
        f'<iframe src="{MAP}" title="Map of the home case" style="width:100%;height:640px;border:0"></iframe>'
    )
    return text.replace("\n\n", f"\n\n{frame}\n\n", 1)


def on_post_build(config: Any) -> None:
    """Draw the map of the home case beside the first page, and make what the gallery shows."""
    site = Path(config["site_dir"])
    gp.build_map(gp.read_plan(gp.find_bundled_plan())).save(site / MAP)
    make_gallery((Path(config["docs_dir"]) / GALLERY).read_text(encoding="utf-8"), site / "gallery")


def make_gallery(markdown: str, folder: Path) -> None:
    """Run the commands of the gallery in a folder. An error of one of them stops the build."""
    folder.mkdir(parents=True, exist_ok=True)
    here = Path.cwd()
    os.chdir(folder)
    try:
        for block in _BLOCK.findall(markdown):
            for line in block.splitlines():
                done = CliRunner().invoke(app, ["--quiet", *shlex.split(line)[1:]])
                if done.exit_code:
                    raise RuntimeError(f"{line}: {done.stderr}")
    finally:
        os.chdir(here)


def _show_result(block: re.Match[str]) -> str:
    """Return a block of commands with what they write below it."""
    name = re.findall(r"-o (\S+\.html)", block[1])[-1]
    frame = f'<iframe src="{name}" title="{name}" loading="lazy" style="width:100%;height:480px;border:1px solid #ccc"></iframe>'
    # As HTML: MkDocs knows only the links between its own pages, and this file is made after them.
    link = f'<p><a href="{name}" target="_blank">Open it alone</a></p>'
    return f"{block[0]}\n\n{link}\n\n{frame}"


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
