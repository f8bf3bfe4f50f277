"""Pieces: parts of a dataset's files, each read and checked on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem
from geoplan.model.schema import TABLES
from geoplan.sources import read
from geoplan.sources.conform import Conformed, conform
from geoplan.sources.database import address_of
from geoplan.sources.parquet import (
    is_dataset,
    is_text,
    list_files,
    name_in,
    open_parquet,
    read_column_of,
    read_groups,
)
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.headers import find_columns

_SAMPLED_PIECES = 64
_SAMPLED_ROWS = 1 << 19
_ROOM_OF_A_LOCATION = 2  # amounts
_ONE_IN = 8  # rows are sampled, at most


@dataclass(frozen=True)
class Piece:
    """Row groups of one file that are read together.

    Parameters
    ----------
    table : str
        ``locations`` or ``spending``.
    file : Path
    name : str
        Name of the file in messages.
    groups : tuple of int
        Row groups; empty for a file that is not Parquet and is read whole.
    rows : int
        Number of records in these row groups, as the file states it.
    first_row : int
        Number of the first of them.
    """

    table: str
    file: Path
    name: str
    groups: tuple[int, ...]
    rows: int
    first_row: int


def cut_pieces(table: str, spec: FileSpec, rows: int) -> tuple[list[Piece], list[Problem]]:
    """Cut a dataset into pieces of about ``rows`` rows, using the footers of its files.

    Returns
    -------
    list of Piece, list of Problem
        A file that cannot be opened has a problem and no piece.
    """
    if not is_dataset(spec.path):
        address = address_of(spec.path)
        name = spec.path.name if address is None else address.name
        return [Piece(table, spec.path, name, (), 0, 1)], []
    pieces: list[Piece] = []
    problems: list[Problem] = []
    for path in list_files(spec.path):
        try:
            pieces += _cut_file(table, path, name_in(path, spec.path), _as_many(table, rows))
        except InputError as error:
            problems += [problem for problem in error.problems if isinstance(problem, Problem)]
    return pieces, problems


def _as_many(table: str, rows: int) -> int:
    """Return how many rows of a table need as much memory as ``rows`` amounts: a shape needs more than an amount."""
    return max(1, rows // _ROOM_OF_A_LOCATION) if table == "locations" else rows


def _cut_file(table: str, path: Path, name: str, rows: int) -> Iterator[Piece]:
    about = open_parquet(path, name).metadata
    groups: list[int] = []
    held, first = 0, 1
    for group in range(about.num_row_groups):
        groups.append(group)
        held += about.row_group(group).num_rows
        if held >= rows or group == about.num_row_groups - 1:
            yield Piece(table, path, name, tuple(groups), held, first)
            groups, first, held = [], first + held, 0


def read_piece(piece: Piece, spec: FileSpec, rows: int, *, takes_rows: bool = False) -> Iterator[Conformed]:
    """Read a piece in batches that follow the schema of their table, except where their problems say otherwise.

    Parameters
    ----------
    piece : Piece
    spec : FileSpec
    rows : int
        Rows of a batch.
    takes_rows : bool
        Locations are known by their rows, so they need no identifier of their own.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    table = TABLES[piece.table]
    if not piece.groups:
        yield read(spec, table)
        return
    most = _as_many(piece.table, rows)
    for raw in read_groups(piece.file, spec, piece.groups, rows=most, first_row=piece.first_row):
        conformed = conform(raw, table, spec)
        unnamed = [] if takes_rows else _unnamed_locations(raw, piece, spec)
        problems = [*conformed.problems, *unnamed]
        del raw  # free the memory while the caller works with the result
        yield replace(conformed, problems=problems)
        del conformed


def _unnamed_locations(raw: RawTable, piece: Piece, spec: FileSpec) -> list[Problem]:
    """Refuse locations without an identifier: two pieces could generate the same one."""
    if piece.table != "locations":
        return []
    named, problems, _ = find_columns(raw, TABLES["locations"], spec)
    if problems or ("location" in named and named["location"].notna().all()):
        return []
    rows = raw.rows if "location" not in named else raw.rows[named["location"].isna()]
    message = "locations of a dataset need an identifier of their own"
    listed = tuple(int(row) for row in rows)
    return [
        Problem(raw.source, message, "location", listed, way_out="add it; it must be unique in a project")
    ]


def sample_projects(pieces: Sequence[Piece], spec: FileSpec) -> pd.Series[float]:
    """Estimate the number of rows of each project from a sample of rows and pieces.

    Returns
    -------
    Series
        Rows by project code. They only decide where shards are cut: a wrong estimate costs time, nothing else.
    """
    chosen = pieces[:: max(1, len(pieces) // _SAMPLED_PIECES)]
    most = min(_SAMPLED_ROWS, sum(piece.rows for piece in pieces) // _ONE_IN)
    found = []
    for piece in chosen:
        try:
            found.append(_some_projects(piece, spec, most // len(chosen)))
        except InputError:
            continue  # The error is reported when the piece is read.
    counts = pd.concat(found) if found else pd.Series(dtype=float)
    return counts * (len(pieces) / max(1, len(chosen)))


def _some_projects(piece: Piece, spec: FileSpec, most: int) -> pd.Series[float]:
    """Sample every n-th row in the first row group of a piece and scale the counts by project up to the whole."""
    import pyarrow.compute as pc

    from geoplan.sources.tables.cell_values import as_text

    if not piece.groups:  # a file that is not Parquet does not state its number of rows: it is read whole
        return read(spec, TABLES[piece.table]).frame["project"].astype(object).value_counts().astype(float)
    header = spec.columns.get("project") or _project_header(piece, spec)
    if header is None:
        return pd.Series(dtype=float)
    cells = read_column_of(piece.file, piece.name, piece.groups[0], header)
    chosen = cells.take(np.arange(0, len(cells), max(1, len(cells) // max(1, most))))
    counts = chosen.drop_null().value_counts()
    codes: Any = counts.field(0)
    texts = (pc.utf8_trim_whitespace(codes) if is_text(codes.type) else codes).to_pylist()
    names = texts if is_text(codes.type) else [as_text(code) for code in texts]
    stands_for = piece.rows / max(1, len(chosen))
    return pd.Series(counts.field(1).to_numpy() * stands_for, pd.Index(names, dtype=object), dtype=float)


def _project_header(piece: Piece, spec: FileSpec) -> str | None:
    """Find the column of projects by conforming one record whose cells are the column names."""
    names = open_parquet(piece.file, piece.name).schema_arrow.names
    raw = RawTable(piece.name, pd.DataFrame([names], columns=names, dtype=object), pd.Series([1]))
    named, _, _ = find_columns(raw, TABLES[piece.table], spec)
    header = named["project"].iloc[0] if "project" in named and "project" not in spec.constant else None
    return header if header in names else None
