"""The description on a package index: the README, whose relative links would lead nowhere there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)]+)\)")
_WHERE = "This folder, and the files in brackets such as `docs/install.md`, are in the source distribution (`.tar.gz`)."


class CustomMetadataHook(MetadataHookInterface):
    """Fill in the readme of the package."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the readme, with links to the address of the source if pyproject.toml names one."""
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        address = metadata.get("urls", {}).get("Source", "")
        metadata["readme"] = {"content-type": "text/markdown", "text": describe(readme, address)}


def describe(readme: str, address: str) -> str:
    """Make relative links and pictures absolute; without an address, links name the file they lead to.

    An index shows only pictures that have an address: without one they are left out.

    Parameters
    ----------
    readme : str
        Markdown.
    address : str
        Of the source, such as https://example.org/geoplan; empty if it has none.
    """
    if address:
        folders = {"": "blob", "!": "raw"}
        return _LINK.sub(
            lambda link: f"{link[1]}[{link[2]}]({address}/{folders[link[1]]}/main/{link[3]})", readme
        )
    # A table of pictures only has nothing to show without them.
    kept = [line for line in readme.splitlines() if "![" not in line]
    text = re.sub(r"^\|[^\n]*\|\n\|(?:-+\|)+\n(?!\|)", "", "\n".join(kept) + "\n", flags=re.MULTILINE)
    text = re.sub(r"\n{3,}", "\n\n", _LINK.sub(_name_file, text))
    introduction, section, rest = text.partition("\n## ")
    return f"{introduction.rstrip()}\n\n{_WHERE}\n{section}{rest}"


def _name_file(link: re.Match[str]) -> str:
    """Return the text of a link with the file it leads to, unless the text is the name of the file."""
    file = link[3].partition("#")[0]
    return link[2] if link[2] == file else f"{link[2]} (`{file}`)"
