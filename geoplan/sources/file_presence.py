"""File presence: check that a path is a file before a reader opens it."""

from __future__ import annotations

from pathlib import Path

from geoplan.model.errors import InputError, Problem, escape_controls, show_value
from geoplan.sources.parquet import SUFFIXES as PARQUET_SUFFIXES
from geoplan.sources.parquet import is_dataset
from geoplan.sources.reading_faults import not_a_file


def missing_file(path: Path) -> Problem:
    """Return the problem of a missing file, with the path and a file of a similar name."""
    from rapidfuzz import process

    folder = path.parent
    names = sorted(other.name for other in folder.iterdir() if other.is_file()) if folder.is_dir() else []
    close = process.extractOne(path.name, names, score_cutoff=75)
    guess = f"did you mean {show_value(close[0])}? " if close else ""
    way_out = f"{guess}the path is {escape_controls(str(path))}"
    return Problem(path.name or str(path), "file not found", way_out=way_out)


def check_exists(path: Path) -> None:
    """Raise `InputError` unless a path is a file, or a folder that a reader supports.

    A device or a pipe is refused, because reading it could wait forever.
    """
    if not path.exists():
        raise InputError(missing_file(path))
    if path.is_dir():
        if path.suffix.lower() not in PARQUET_SUFFIXES and not is_dataset(path):
            way_out = "give a file in this folder"
            raise InputError(Problem(path.name, "is a folder, not a file", way_out=way_out))
    elif not path.is_file():
        raise InputError(not_a_file(path))
