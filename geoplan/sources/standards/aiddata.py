"""AidData: a research release, which is a folder with ``projects``, ``locations`` and ``transactions`` as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from geoplan.model.errors import InputError, Problem
from geoplan.model.schema import SOURCE_FILE, TABLES
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.faulty_rows import ReleaseWords, join_left_out, sort_out
from geoplan.sources.origins import Bundle, Origin
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.reading_account import ReadingAccount
from geoplan.sources.tables.table_files import read_table

_FILES = {"projects": "projects.csv", "locations": "locations.csv", "spending": "transactions.csv"}
_WIDE = "level_1a.csv"  # projects × locations, as published for mapping
_WAY_OUT = "give the unpacked folder of the release, with its projects, locations and transactions"
WORDS = ReleaseWords(
    "project",
    {
        "project": "project_id",
        "location": "project_location_id",
        "name": "place_name",
        "precision": "precision_code",
        "lon": "longitude",
        "lat": "latitude",
        "amount": "transaction_value",
        "currency": "transaction_currency",
        "kind": "transaction_value_code",
        "year": "transaction_year",
    },
)
"""Fields of a research release by columns of the tables."""


def read_release(origin: Origin) -> Bundle:
    """Read a research release as projects, locations and spending.

    Locations are in ``locations.csv``, or in ``level_1a.csv``, which repeats the project beside each of them.
    Several donors of a project, ``A|B``, are one joint funder, because a release does not state their shares.

    Returns
    -------
    Bundle
        The release as it is published. Faulty rows are left out and listed, or refused, by ``on_error``.

    Raises
    ------
    InputError
        The folder is no release.
    """
    folder = origin.path
    if not folder.is_dir():
        raise InputError(
            _not_a_release(folder, "is a file, not a folder" if folder.exists() else "folder not found")
        )
    paths = _paths(folder)
    if "spending" not in paths or "locations" not in paths:
        lacking = "transactions.csv" if "spending" not in paths else "locations.csv and level_1a.csv"
        raise InputError(_not_a_release(folder, f"the folder has no {lacking}"))
    tables = {}
    left_out = []
    accounts: list[ReadingAccount] = []
    for name, path in paths.items():
        read_one = read(replace(origin.spec(name, path), decimal="."), TABLES[name])
        tables[name], out = sort_out(read_one, TABLES[name], WORDS, on_error=origin.on_error)
        left_out.append(_with_folder(out, folder))
        accounts += read_one.accounts
        _name_folder(tables[name].frame, folder)
    return Bundle(
        folder.name,
        {name: conformed.frame for name, conformed in tables.items()},
        tuple(problem for conformed in tables.values() for problem in conformed.problems),
        (*_remarks(tables), *_published_split(folder / _WIDE, tables)),
        join_left_out(left_out),
        accounts=tuple(accounts),
    )


def _not_a_release(folder: Path, message: str) -> Problem:
    return Problem(folder.name, message, way_out=_WAY_OUT)


def _paths(folder: Path) -> dict[str, Path]:
    paths = {name: folder / file for name, file in _FILES.items() if (folder / file).is_file()}
    if "locations" not in paths and (folder / _WIDE).is_file():
        paths["locations"] = folder / _WIDE
    return paths


def _with_folder(left_out: pd.DataFrame, folder: Path) -> pd.DataFrame:
    return left_out.assign(source_file=[f"{folder.name}/{file}" for file in left_out["source_file"]])


def _name_folder(frame: pd.DataFrame, folder: Path) -> None:
    """Add the folder to the file of each record, in place, because all releases have files of the same names."""
    if isinstance(frame.get(SOURCE_FILE), pd.Series):
        frame[SOURCE_FILE] = frame[SOURCE_FILE].cat.rename_categories(lambda file: f"{folder.name}/{file}")


def _remarks(tables: Mapping[str, Conformed]) -> list[str]:
    return [remark for conformed in tables.values() for remark in conformed.remarks]


def _published_split(path: Path, tables: Mapping[str, Conformed]) -> list[str]:
    """Report a difference between the locations of ``level_1a.csv`` and those that are read."""
    if not path.is_file() or any(conformed.problems for conformed in tables.values()):
        return []
    try:
        published = read_table(FileSpec(path)).table
    except InputError:
        return [f"{path.name} cannot be read; it is not needed"]
    if not {"project_id", "project_location_id"} <= set(published.columns):
        return []
    theirs = set(zip(published["project_id"], published["project_location_id"], strict=True))
    locations = tables["locations"].frame
    ours = set(zip(locations["project"], locations["location"], strict=True))
    if ours == theirs:
        return []
    return [
        f"{path.name} has {len(theirs - ours)} locations that are not in locations.csv, and lacks {len(ours - theirs)} of them"
    ]
