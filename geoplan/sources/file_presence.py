"""Presence: whether there is a file to read at a path, before a reader waits for a pipe or opens a folder."""

from __future__ import annotations

from pathlib import Path

from geoplan.model.errors import InputError, Problem, escape_controls, show_value
from geoplan.sources.parquet import SUFFIXES as PARQUET_SUFFIXES
from geoplan.sources.parquet import is_dataset


def absent(path: Path) -> Problem:
    """Return the problem of a file that is not there: where it was looked for, and what lies there instead."""
    from rapidfuzz import process

    folder = path.parent
    names = sorted(other.name for other in folder.iterdir() if other.is_file()) if folder.is_dir() else []
    close = process.extractOne(path.name, names, score_cutoff=75)
    guess = f"did you mean {show_value(close[0])}? " if close else ""
    way_out = f"{guess}it was looked for at {escape_controls(str(path))}"
    return Problem(path.name or str(path), "there is no such file", way_out=way_out)


def check_there(path: Path) -> None:
    """Raise `InputError` when a path is neither a file nor a folder that a reader knows."""
    if not path.exists():
        raise InputError(absent(path))
    if path.is_dir():
        if path.suffix.lower() not in PARQUET_SUFFIXES and not is_dataset(path):
            way_out = "name the file in it that is meant"
            raise InputError(Problem(path.name, "is a folder, not a file", way_out=way_out))
    elif not path.is_file():
        way_out = "save what comes from it as a file first"
        raise InputError(Problem(path.name, "is a device or a pipe, not a file", way_out=way_out))
