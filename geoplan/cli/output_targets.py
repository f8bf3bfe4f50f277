"""Targets of a command: a file that it reads is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from geoplan.model.errors import UsageError, show_value

_WRITTEN = ("output", "png", "pdf", "svg", "left_out", "review")
"""Parameters of commands that name a file to write; decisions of ``--review`` are read and written again."""


def spare_arguments(context: click.Context) -> None:
    """Raise `UsageError` where a command is to write a file that its other arguments name."""
    _check_names(context)
    named = [value for name, value in context.params.items() if name not in _WRITTEN]
    # A folder among the arguments may be a plan's, where the map is to lie too.
    files = [path for path in _paths(named) if not path.is_dir()]
    spare_inputs(context, {f"argument {at}": path for at, path in enumerate(files)})


def spare_inputs(context: click.Context, inputs: Mapping[str, Path]) -> None:
    """Raise `UsageError` where a command is to write one of its inputs, lest nothing is left of it.

    Parameters
    ----------
    context : click.Context
    inputs : mapping of str to Path
        Files, and folders of data files, by what they are; ``review`` may be written. No file that a folder of
        data holds may be.
    """
    for name in _WRITTEN:
        target = context.params.get(name)
        others = [path for what, path in inputs.items() if what != name]
        if isinstance(target, Path) and any(_is_same(target, path) for path in others):
            raise UsageError(f"{show_value(target)} is read by this command: give the output another name")


def _check_names(context: click.Context) -> None:
    """Raise `UsageError` where a target, or the manifest beside it, has a name that no file can have."""
    targets = _paths(context.params.get(name) for name in _WRITTEN)
    if not targets:
        return
    from geoplan.outputs.manifests import manifest_path
    from geoplan.outputs.whole_files import check_name

    for target in targets:
        check_name(manifest_path(target) if target.name else target)


def _paths(values: Iterable[Any]) -> list[Path]:
    """Return the files among values, each without the layer that may stand behind it."""
    given = [value for value in values if isinstance(value, Path)]
    return [Path(str(path).partition("::")[0]) for path in given]


def _is_same(target: Path, path: Path) -> bool:
    try:
        if path.is_dir():
            return target.is_file() and target.resolve().is_relative_to(path.resolve())
        return target.is_file() and path.is_file() and target.samefile(path)
    except (OSError, ValueError):
        return False
