"""Layers in pieces: several files, one for each region for example, read as one table of districts."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from geoplan.model.errors import Problem
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, Table
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec


def list_pieces(path: Path) -> list[Path]:
    """Return the files that a path with ``*`` stands for, in order; any other path stands for itself."""
    if path.exists() or not glob.has_magic(str(path)):
        return [path]
    return sorted(Path(name) for name in glob.glob(str(path))) or [path]  # noqa: PTH207 - may be absolute


def read_pieces(
    spec: FileSpec, pieces: Sequence[Path], table: Table, read_one: Callable[[FileSpec, Table], Conformed]
) -> Conformed:
    """Read several files as one table.

    Parameters
    ----------
    spec : FileSpec
        How to read each of them.
    pieces : sequence of Path
    table : Table
    read_one : callable
        Reads one file.
    """
    parts = [read_one(replace(spec, path=path), table) for path in pieces]
    problems = [problem for part in parts for problem in part.problems]
    frames = [part.frame.astype({SOURCE_FILE: object}) for part in parts if SOURCE_FILE in part.frame]
    if problems:
        return Conformed(parts[0].frame, problems, [], [])
    frame = pd.concat(frames, ignore_index=True)
    names = [
        *table.names,
        *[name for name in frame.columns if name not in (*table.names, SOURCE_FILE, SOURCE_ROW)],
    ]
    frame = frame[[*names, SOURCE_FILE, SOURCE_ROW]].astype({SOURCE_FILE: "category"})
    joined = f"{len(parts)} files are read as one layer"
    return Conformed(
        frame,
        _repeated_keys(frame, table),
        [joined, *[remark for part in parts for remark in part.remarks]],
        [joined, *[note for part in parts for note in part.detected]],
    )


def _repeated_keys(frame: pd.DataFrame, table: Table) -> list[Problem]:
    """Return a problem for each file with a key that another file has too."""
    if not table.key:
        return []
    repeated = frame[frame.duplicated([*table.key], keep=False)]
    return [
        Problem(
            str(file),
            f"{' and '.join(table.key)} must be unique, but other files of the layer have it too",
            column=table.key[-1],
            rows=tuple(int(row) for row in rows[SOURCE_ROW]),
            values=tuple(rows[table.key[-1]]),
            way_out="keep each district in one file only",
        )
        for file, rows in repeated.groupby(SOURCE_FILE, observed=True)
    ]
