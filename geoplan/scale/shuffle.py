"""The shuffle: rows of all pieces sorted into shards, so that each shard has whole projects.

How this works: the rows of a project can be anywhere in the files, but its amounts can only be placed together with
all its locations. So the projects, in the order of their codes, are cut into ranges of about the same number of rows:
the shards (`cut_bounds`).

- `scatter_piece` reads a piece in batches. It sorts the rows of each batch by shard and writes them as one Arrow
  stream, with one message for each shard. A `Batch` remembers the bytes of each message.
- `read_shard` reads only the bytes of its shard from each batch. It puts them one after the other behind the schema of
  the table, which makes a valid Arrow stream again.

So each row is written once and read once, and memory depends on the size of a batch or shard, not of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.geo.district_index import DistrictIndex
from geoplan.ledger.entry_rows import as_coded
from geoplan.model.errors import InputError, Problem
from geoplan.model.money_view import AS_GIVEN, MoneyView
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW
from geoplan.plan.flat_lists import MOST_ROWS, at_places, merge_places
from geoplan.plan.plan_tables import Plan
from geoplan.scale.frames import write_frame
from geoplan.scale.name_columns import add_names, names_file, no_names
from geoplan.scale.pieces import Piece, read_piece
from geoplan.scale.workspace import Workspace
from geoplan.text.names import ColumnHabits

if TYPE_CHECKING:
    import pyarrow as pa

_TEXT = {
    "locations": ("project", "location", "name", "district", "province"),
    "spending": ("project", "location", "component", "funder", "kind", "currency"),
}
_NUMBERS = {
    "locations": {"precision": "float64", "share": "float64", "illustrative": "bool", SOURCE_ROW: "int64"},
    "spending": {
        "year": "int64",
        "value_date": "datetime64[s]",
        "amount_minor": "int64",
        "illustrative": "bool",
        SOURCE_ROW: "int64",
    },
}


@dataclass(frozen=True)
class Job:
    """What every worker needs to know about a run; each worker gets it once.

    Parameters
    ----------
    plan : Plan
        Without locations and spending: they are in its ``datasets``.
    index : DistrictIndex
        Index of the plan's districts, with its grid cells already built.
    workspace : Workspace
    pieces : tuple of Piece
    bounds : tuple of str
        First project of each shard except the first, ascending.
    rows : int
        Number of rows that are read at a time.
    view : MoneyView
        Which money, in which currency and prices; the plan has the districts of its vintage already.
    entries : bool
        Whether to write the entries of the ledger, not only their sums.
    counts : tuple of tuple of str
        Groupings for which to count projects and amounts.
    page : str
        What to collect for a page: ``hexagons``, ``locations``, or nothing (empty).
    sources : tuple of Scattered
        The pieces that count; empty until they are read.
    habits : ColumnHabits, optional
        What the columns of names tell, learned from the names of all these pieces.
    """

    plan: Plan
    index: DistrictIndex
    workspace: Workspace
    pieces: tuple[Piece, ...]
    bounds: tuple[str, ...]
    rows: int
    view: MoneyView = AS_GIVEN
    entries: bool = True
    counts: tuple[tuple[str, ...], ...] = ()
    page: str = ""
    sources: tuple[Scattered, ...] = ()
    habits: ColumnHabits | None = None

    @property
    def shards(self) -> int:
        """Number of shards."""
        return len(self.bounds) + 1


@dataclass(frozen=True)
class Batch:
    """A file of rows ordered by shard, and the position of each shard in it.

    Parameters
    ----------
    name : str
    bytes : (shards + 1,) array of int
        First byte of each shard, then the byte after the last shard.
    rows : (shards + 1,) array of int
        First row of each shard, then the row after the last shard.
    """

    name: str
    bytes: NDArray[np.int64]
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Scattered:
    """The result of reading a piece and writing it by shard.

    Parameters
    ----------
    piece : int
    rows : int
    batches : tuple of Batch
        Files written.
    problems : tuple of Problem
        If there are any, the piece does not count.
    amounts : mapping of str to int, optional
        Sum of a piece of spending by currency, in minor units; None if unknown.
    remarks : tuple of str
    """

    piece: int
    rows: int
    batches: tuple[Batch, ...] = ()
    problems: tuple[Problem, ...] = ()
    amounts: dict[str, int] | None = None
    remarks: tuple[str, ...] = ()


def cut_bounds(counts: pd.Series[float], rows: int) -> tuple[str, ...]:
    """Cut the projects, in the order of their codes, into ranges of about ``rows`` rows.

    The position of the cuts does not change the result: shards follow each other in the order of the ledger, and
    each is processed on its own.
    """
    import pyarrow as pa

    # Arrow groups and sorts about 100,000 strings in a tenth of the time of pandas.
    sampled = pa.table({"project": pa.array(counts.index, pa.string()), "rows": counts.to_numpy()})
    ordered = sampled.group_by("project").aggregate([("rows", "sum")]).sort_by("project")
    sizes = ordered["rows_sum"].to_numpy()
    shard = ((np.cumsum(sizes) - sizes) // rows).astype(np.int64)
    firsts = ordered["project"].take(pa.array(np.flatnonzero(np.diff(shard, prepend=0))))
    return tuple(firsts.to_pylist())


def scatter_piece(job: Job, number: int) -> Scattered:
    """Read a piece and write its rows to the workspace, ordered by shard."""
    piece = job.pieces[number]
    spec = job.plan.datasets[piece.table]
    problems: list[Problem] = []
    amounts: dict[str, int] | None = {}
    remarks: dict[str, None] = {}
    batches: list[Batch] = []
    asked = no_names()
    rows = 0
    try:
        for conformed in read_piece(piece, spec, job.rows, takes_rows=reads_list(job)):
            problems += conformed.problems
            remarks |= dict.fromkeys(conformed.remarks)
            rows += len(conformed.frame)
            if not problems:
                name = f"piece-{number:06d}-{len(batches):04d}.arrow"
                batches.append(_write_batch(job, piece.table, conformed.frame, name))
                if piece.table == "locations":
                    asked = add_names(asked, conformed.frame, job.plan.districts)
            amounts = _add_amounts(amounts, conformed.frame, piece.table)
            del conformed  # free the memory before the next batch is read
    except InputError as error:
        problems += [problem for problem in error.problems if isinstance(problem, Problem)]
        amounts, rows = None, piece.rows
    if piece.table == "locations" and not problems:
        write_frame(job.workspace, names_file(number), asked)
    return Scattered(number, rows, tuple(batches), tuple(problems), amounts, tuple(remarks))


def _add_amounts(amounts: dict[str, int] | None, frame: pd.DataFrame, table: str) -> dict[str, int] | None:
    if (
        table != "spending"
        or amounts is None
        or frame.get("amount_minor", frame.iloc[:, 0]).dtype != np.int64
    ):
        return None
    sums = frame.groupby("currency")["amount_minor"].sum()
    return {
        currency: amounts.get(currency, 0) + int(sums.get(currency, 0))
        for currency in {*amounts, *sums.index}
    }


def _write_batch(job: Job, table: str, frame: pd.DataFrame, name: str) -> Batch:
    """Write the rows of a batch ordered by shard: an Arrow stream with one message for each shard that has rows."""
    import pyarrow as pa

    projects = as_coded(frame["project"])
    bounds = np.array(job.bounds, dtype=object)
    shard = np.searchsorted(bounds, projects.categories.to_numpy(dtype=object), side="right")[projects.codes]
    order = np.argsort(shard, kind="stable")
    rows = np.searchsorted(shard[order], np.arange(job.shards + 1))
    arrow = as_arrow(table, frame, order)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    at: list[int] = []

    def write(path: Path) -> None:
        with (
            pa.OSFile(str(path), "wb") as sink,
            pa.ipc.new_stream(sink, arrow.schema, options=options) as file,
        ):
            at[:] = [len(_written_schema(table))]
            for first, end in pairwise(rows):
                if end > first:
                    file.write_batch(arrow.slice(first, end - first))
                    at.append(sink.tell())
                else:
                    at.append(at[-1])

    job.workspace.write(name, write)
    return Batch(name, np.array(at, dtype=np.int64), rows)


def as_arrow(table: str, frame: pd.DataFrame, order: Any = None) -> pa.RecordBatch:
    """Convert conformed rows, in the given order, to the Arrow columns of the workspace."""
    import pyarrow as pa
    import shapely

    def cells(name: str) -> Any:
        # Reorder column by column, so that memory never has two copies of the whole frame.
        return frame[name] if order is None else frame[name].take(order)

    columns: dict[str, Any] = {name: _as_strings(cells(name)) for name in (*_TEXT[table], SOURCE_FILE)}
    for name, kind in _NUMBERS[table].items():
        columns[name] = pa.array(cells(name).to_numpy(dtype=kind))
    if table == "spending":
        columns["rounding"] = _written_rests(cells("rounding").to_numpy(dtype=object))
    else:
        shapes = shapely.to_wkb(cells("geometry").to_numpy(dtype=object))
        columns["geometry"] = pa.array(shapes, type=pa.binary(), from_pandas=True)
    return pa.record_batch(columns)


def _as_strings(cells: pd.Series[Any]) -> Any:
    import pyarrow as pa

    if not isinstance(cells.dtype, pd.CategoricalDtype):
        return pa.array(cells.to_numpy(dtype=object), type=pa.string(), from_pandas=True)
    codes = cells.cat.codes.to_numpy()
    labels = pa.array(cells.cat.categories.to_numpy(dtype=object), type=pa.string())
    return labels.take(pa.array(codes, mask=codes < 0))


class DamagedError(OSError):
    """A file in a workspace differs from what was written."""


def reads_list(job: Job) -> bool:
    """Return whether the amounts of a job say where they are, in a list without locations of its own."""
    return "locations" in job.plan.datasets and "locations" not in job.plan.files


def read_places(job: Job, shard: int) -> tuple[pd.DataFrame, Callable[[pd.DataFrame], pd.DataFrame]]:
    """Read the locations of a shard, and return what gives the amounts of the shard their locations.

    The locations of a list are numbered and merged here, because a shard has all rows of its projects, as a plan
    in memory has.
    """
    locations = pd.concat(read_shard(job, "locations", shard), ignore_index=True)
    if not reads_list(job):
        return locations, lambda spending: spending
    files = list(dict.fromkeys(locations[SOURCE_FILE].astype(object)))
    numbers = (locations.groupby("project", sort=False, observed=True).cumcount() + 1).astype(str)
    locations, places_of = merge_places(
        locations.assign(location=numbers.astype(object)), _list_rows(locations, files)
    )
    return locations, lambda spending: at_places(spending, _list_rows(spending, files), places_of)


def _list_rows(frame: pd.DataFrame, files: list[str]) -> Any:
    """Return a number for each row that tells the rows of all files apart."""
    codes = pd.Categorical(frame[SOURCE_FILE].astype(object), categories=files).codes.astype(np.int64)
    return codes * MOST_ROWS + frame[SOURCE_ROW].to_numpy(dtype=np.int64)


def read_shard(job: Job, table: str, shard: int) -> Iterator[pd.DataFrame]:
    """Read the rows of a table in one shard, about ``job.rows`` rows at a time.

    Yields
    ------
    DataFrame
        At least one, which may have no rows.
    """
    held: list[Batch] = []
    count = 0
    for batch in _batches(job, table):
        rows = int(batch.rows[shard + 1] - batch.rows[shard])
        if held and count + rows > job.rows:
            yield _as_frame(table, _read_parts(job, table, held, shard))
            held, count = [], 0
        if rows:
            held.append(batch)
            count += rows
    yield _as_frame(table, _read_parts(job, table, held, shard))


def _batches(job: Job, table: str) -> Iterator[Batch]:
    for scattered in job.sources:
        if job.pieces[scattered.piece].table == table:
            yield from scattered.batches


def _read_parts(job: Job, table: str, batches: Sequence[Batch], shard: int) -> pa.Table:
    """Read the rows of a shard from several batches.

    A large dataset has about as many batches as shards, so each read is small. Opening each file with Arrow would
    take longer than reading it. So only the bytes of the shard are read from each file; put one after the other
    behind a schema, they are one stream that Arrow reads at once.
    """
    import pyarrow as pa

    schema = _written_schema(table)
    spans = [(int(batch.bytes[shard]), int(batch.bytes[shard + 1])) for batch in batches]
    at = len(schema)
    stream = memoryview(bytearray(at + sum(end - start for start, end in spans)))
    stream[:at] = schema
    for batch, (start, end) in zip(batches, spans, strict=True):
        with job.workspace.path(batch.name).open("rb") as file:
            file.seek(start)
            file.readinto(stream[at : at + end - start])
        at += end - start
    # The batches are so small that threads would cost more time than they save.
    options = pa.ipc.IpcReadOptions(use_threads=False)
    expected = sum(int(batch.rows[shard + 1] - batch.rows[shard]) for batch in batches)
    try:
        with pa.ipc.open_stream(pa.py_buffer(stream), options=options) as reader:
            found = reader.read_all()
    except pa.ArrowInvalid as error:
        raise DamagedError(str(error).splitlines()[0]) from None
    if found.num_rows != expected:
        raise DamagedError(f"{found.num_rows:,} of {expected:,} rows")
    return found


@cache
def _written_schema(table: str) -> bytes:
    """Return the first bytes of an Arrow stream of a table: its schema."""
    begin: bytes = as_arrow(table, _no_rows(table)).schema.serialize().to_pybytes()
    return begin


def _no_rows(table: str) -> pd.DataFrame:
    names = [*_TEXT[table], SOURCE_FILE, *_NUMBERS[table], "rounding" if table == "spending" else "geometry"]
    return pd.DataFrame({name: pd.Series(dtype=object) for name in names})


def _as_frame(table: str, arrow: Any) -> pd.DataFrame:
    import shapely

    columns: dict[str, Any] = {name: _labels(arrow.column(name)) for name in (*_TEXT[table], SOURCE_FILE)}
    for name, kind in _NUMBERS[table].items():
        columns[name] = arrow.column(name).to_numpy(zero_copy_only=False).astype(kind)
    if table == "spending":
        columns["rounding"] = _read_rests(_labels(arrow.column("rounding")))
        return pd.DataFrame(columns, copy=False)
    columns["geometry"] = shapely.from_wkb(arrow.column("geometry").to_numpy(zero_copy_only=False))
    return pd.DataFrame(columns, copy=False).astype(dict.fromkeys(("name", "district", "province"), object))


def _written_rests(rests: Any) -> Any:
    """Return the rounding remainders as text; missing where the remainder is 0, which is nearly everywhere."""
    import pyarrow as pa

    texts = np.full(len(rests), None, dtype=object)
    some = np.flatnonzero(rests.astype(bool))
    texts[some] = [str(rest) for rest in rests[some]]
    return pa.array(texts, type=pa.string())


def _read_rests(texts: Any) -> pd.Series[Any]:
    known = np.array([*(Decimal(text) for text in texts.categories), Decimal(0)], dtype=object)
    return pd.Series(known[texts.codes], dtype=object)


def _labels(cells: Any) -> Any:
    """Return text as categories in code point order, the order of strings in Python."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    encoded = whole.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order) + 1, dtype=np.int32)
    rank[order], rank[-1] = np.arange(len(order)), -1
    names = pd.Index(encoded.dictionary.take(pa.array(order)).to_numpy(zero_copy_only=False), dtype=object)
    codes = rank[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return pd.Categorical.from_codes(codes, names)
