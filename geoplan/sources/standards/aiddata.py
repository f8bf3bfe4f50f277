"""AidData: a research release, a folder of ``projects``, ``locations``, ``transactions`` and ``level_1a`` CSV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from geoplan.model.errors import InputError, Problem
from geoplan.model.schema import SOURCE_FILE, TABLES
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.origins import Bundle, Origin
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.table_files import read_table

_FILES = {"projects": "projects.csv", "locations": "locations.csv", "spending": "transactions.csv"}
_WIDE = "level_1a.csv"  # projects × locations, as published for mapping
_NO_WAY = "give the unpacked folder of the release, with its projects, locations and transactions"


def read_release(origin: Origin) -> Bundle:
    """Read a research release as projects, locations and spending.

    Locations are in ``locations.csv``, or else in ``level_1a.csv``, which repeats the project beside each.
    A project's several donors, ``A|B``, stay one joint funder: a release does not say who gave which part.

    Returns
    -------
    Bundle
        The release; its errors are in ``problems``.
    """
    folder = origin.path
    if not folder.is_dir():
        missing = Problem(folder.name, "there is no such folder", way_out=_NO_WAY)
        return Bundle(folder.name, {}, (missing,))
    paths = _paths(folder)
    if "spending" not in paths or "locations" not in paths:
        lacking = "transactions.csv" if "spending" not in paths else "locations.csv and level_1a.csv"
        missing = Problem(folder.name, f"the folder has no {lacking}", way_out=_NO_WAY)
        return Bundle(folder.name, {}, (missing,))
    tables = {name: read(FileSpec(path), TABLES[name]) for name, path in paths.items()}
    for conformed in tables.values():
        _name_folder(conformed.frame, folder)
    return Bundle(
        folder.name,
        {name: conformed.frame for name, conformed in tables.items()},
        tuple(problem for conformed in tables.values() for problem in conformed.problems),
        (*_remarks(tables), *_published_split(folder / _WIDE, tables)),
    )


def _paths(folder: Path) -> dict[str, Path]:
    paths = {name: folder / file for name, file in _FILES.items() if (folder / file).is_file()}
    if "locations" not in paths and (folder / _WIDE).is_file():
        paths["locations"] = folder / _WIDE
    return paths


def _name_folder(frame: pd.DataFrame, folder: Path) -> None:
    """Say the folder too in where a record came from: all releases have files of the same names."""
    if isinstance(frame.get(SOURCE_FILE), pd.Series):
        frame[SOURCE_FILE] = frame[SOURCE_FILE].cat.rename_categories(lambda file: f"{folder.name}/{file}")


def _remarks(tables: Mapping[str, Conformed]) -> list[str]:
    return [remark for conformed in tables.values() for remark in conformed.remarks]


def _published_split(path: Path, tables: Mapping[str, Conformed]) -> list[str]:
    """Say where the release's own table of locations has other ones than those that are read."""
    if not path.is_file() or any(conformed.problems for conformed in tables.values()):
        return []
    try:
        published = read_table(FileSpec(path)).table
    except InputError:
        return [f"{path.name} is there but cannot be read; it is not needed"]
    if not {"project_id", "project_location_id"} <= set(published.columns):
        return []
    theirs = set(zip(published["project_id"], published["project_location_id"], strict=True))
    locations = tables["locations"].frame
    ours = set(zip(locations["project"], locations["location"], strict=True))
    if ours == theirs:
        return []
    return [
        f"{path.name} has {len(theirs - ours)} locations that are not read, and lacks {len(ours - theirs)} that are"
    ]
