"""Output files of a command: what they are by their ending, and that they must not overwrite its input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from geoplan.model.errors import UsageError, show_value

_WRITTEN = ("output", "png", "pdf", "svg", "left_out", "review")
"""Parameters that name a file to write."""

PAGES = (".html", ".htm")
"""Endings of a page."""


def is_page(output: Path | None) -> bool:
    """Return whether an output file is a page, by its ending."""
    return output is not None and output.suffix.lower() in PAGES


def spare_arguments(context: click.Context) -> None:
    """Raise `UsageError` if a command would write a file that its other arguments name."""
    _check_targets(context)
    named = [value for name, value in context.params.items() if name not in _WRITTEN]
    # A folder may be the plan's own, in which outputs are allowed.
    files = [path for path in _paths(named) if not path.is_dir()]
    spare_inputs(context, {f"argument {at}": path for at, path in enumerate(files)})


def spare_inputs(context: click.Context, inputs: Mapping[str, Path]) -> None:
    """Raise `UsageError` if a command would overwrite one of its inputs.

    Parameters
    ----------
    context : click.Context
    inputs : mapping of str to Path
        Input files and folders, by table. A file inside an input folder counts as input. The file of
        decisions, ``review``, may be written again.
    """
    for name in _WRITTEN:
        target = context.params.get(name)
        others = [path for what, path in inputs.items() if what != name]
        if isinstance(target, Path) and any(_is_same(target, path) for path in others):
            raise UsageError(f"{show_value(target)} is an input of this command: choose another output name")


def _check_targets(context: click.Context) -> None:
    """Raise `UsageError` if an output, or its manifest, cannot be written."""
    targets = _paths(context.params.get(name) for name in _WRITTEN)
    if not targets:
        return
    from geoplan.outputs.manifests import manifest_path
    from geoplan.outputs.whole_files import check_name, check_target
    from geoplan.sources.database import address_of

    for target in targets:
        if address_of(target) is not None:
            continue
        check_name(target)
        # What a folder is for, the command knows.
        if target.name and not target.is_dir():
            check_target(target)
            check_target(manifest_path(target))


def _paths(values: Iterable[Any]) -> list[Path]:
    """Return the paths among values, without ``::LAYER``."""
    given = [value for value in values if isinstance(value, Path)]
    return [Path(str(path).partition("::")[0]) for path in given]


def _is_same(target: Path, path: Path) -> bool:
    try:
        if path.is_dir():
            return target.is_file() and target.resolve().is_relative_to(path.resolve())
        return target.is_file() and path.is_file() and target.samefile(path)
    except (OSError, ValueError):
        return False
