"""Presence: whether there is a file to read at a path, before a reader waits for a pipe or opens a folder."""

from __future__ import annotations

from pathlib import Path

from geoplan.errors import InputError, Problem
from geoplan.sources.parquet import SUFFIXES as PARQUET_SUFFIXES
from geoplan.sources.parquet import is_dataset

_FOLDERS = (".gdb", *PARQUET_SUFFIXES)


def check_there(path: Path) -> None:
    """Raise `InputError` when a path is neither a file nor a folder that a reader knows."""
    if not path.exists():
        raise InputError(Problem(path.name, "there is no such file", way_out="check the path"))
    if path.is_dir():
        if path.suffix.lower() not in _FOLDERS and not is_dataset(path):
            way_out = "name the file in it that is meant"
            raise InputError(Problem(path.name, "is a folder, not a file", way_out=way_out))
    elif not path.is_file():
        way_out = "save what comes from it as a file first"
        raise InputError(Problem(path.name, "is a device or a pipe, not a file", way_out=way_out))
