"""The shuffle: rows of all pieces sorted into shards, so that each shard has whole projects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.geo.district_index import DistrictIndex
from geoplan.model.errors import InputError, Problem
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW
from geoplan.plan.plan_tables import Plan
from geoplan.scale.pieces import Piece, read_piece
from geoplan.scale.workspace import Workspace

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
        "amount": "int64",
        "illustrative": "bool",
        SOURCE_ROW: "int64",
    },
}


@dataclass(frozen=True)
class Job:
    """What every worker needs to know of a run; it is sent to each of them once.

    Parameters
    ----------
    plan : Plan
        Without locations and spending: they are in its ``datasets``.
    index : DistrictIndex
        Over the plan's districts, with its cells laid.
    workspace : Workspace
    pieces : tuple of Piece
    bounds : tuple of str
        First project of each shard but the first, ascending.
    rows : int
        Rows read at a time.
    kind : str, optional
        Only money of this kind.
    convert : bool
        Whether to convert money to the plan's currency.
    prices : int, optional
        Year of the constant prices.
    entries : bool
        Whether the entries of the ledger are wanted, not only their sums.
    counts : tuple of tuple of str
        Groupings by which projects and amounts are counted.
    page : str
        What is gathered for a page: ``hexagons``, ``locations``, or nothing.
    sources : tuple of Scattered
        What became of the pieces that count, once they are read.
    """

    plan: Plan
    index: DistrictIndex
    workspace: Workspace
    pieces: tuple[Piece, ...]
    bounds: tuple[str, ...]
    rows: int
    kind: str | None = None
    convert: bool = False
    prices: int | None = None
    entries: bool = True
    counts: tuple[tuple[str, ...], ...] = ()
    page: str = ""
    sources: tuple[Scattered, ...] = ()

    @property
    def shards(self) -> int:
        """Number of shards."""
        return len(self.bounds) + 1


@dataclass(frozen=True)
class Batch:
    """A file of rows ordered by shard, and where in it each shard is.

    Parameters
    ----------
    name : str
    bytes : (shards + 1,) array of int
        First byte of each shard, and the one after the last.
    rows : (shards + 1,) array of int
        First row of each, and the one after the last.
    """

    name: str
    bytes: NDArray[np.int64]
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Scattered:
    """What became of a piece.

    Parameters
    ----------
    piece : int
    digest : str
        SHA-256 of what was read.
    rows : int
    batches : tuple of Batch
        Files written.
    problems : tuple of Problem
        When there are any, the piece was not written.
    amounts : mapping of str to int, optional
        By currency, the minor units of a piece of spending; None where they are not known.
    remarks : tuple of str
    """

    piece: int
    digest: str
    rows: int
    batches: tuple[Batch, ...] = ()
    problems: tuple[Problem, ...] = ()
    amounts: dict[str, int] | None = None
    remarks: tuple[str, ...] = ()


def cut_bounds(counts: pd.Series[float], rows: int) -> tuple[str, ...]:
    """Cut the projects, in the order of their codes, into ranges of about so many rows.

    Where the cuts are changes nothing of the result: shards follow each other in the order of the
    ledger, and each is as if it were read alone.
    """
    import pyarrow as pa

    # Arrow groups and sorts about 100,000 strings in a tenth of the time that pandas takes.
    sampled = pa.table({"project": pa.array(counts.index, pa.string()), "rows": counts.to_numpy()})
    ordered = sampled.group_by("project").aggregate([("rows", "sum")]).sort_by("project")
    sizes = ordered["rows_sum"].to_numpy()
    shard = ((np.cumsum(sizes) - sizes) // rows).astype(np.int64)
    firsts = ordered["project"].take(pa.array(np.flatnonzero(np.diff(shard, prepend=0))))
    return tuple(firsts.to_pylist())


def scatter_piece(job: Job, number: int) -> Scattered:
    """Read a piece and write its rows to the workspace, shard by shard.

    An existing piece from the same bytes is kept.
    """
    piece = job.pieces[number]
    marker = f"piece-{number:06d}.json"
    try:
        digest = piece.digest()
    except OSError as error:
        problem = Problem(
            piece.name, f"cannot be read ({error.strerror})", way_out="check it, or your rights"
        )
        return Scattered(number, "", 0, problems=(problem,))
    done = job.workspace.noted(marker)
    if done is not None and done["digest"] == digest:
        known, remarks = done["amounts"], tuple(done["remarks"])
        batches = tuple(Batch(name, *map(np.array, about)) for name, about in done["batches"].items())
        return Scattered(number, digest, done["rows"], batches, amounts=known, remarks=remarks)
    job.workspace.path(marker).unlink(missing_ok=True)
    scattered = _scatter(job, piece, number, digest)
    if not scattered.problems:
        where = {batch.name: [batch.bytes.tolist(), batch.rows.tolist()] for batch in scattered.batches}
        about = {"digest": digest, "rows": scattered.rows, "batches": where}
        about |= {"amounts": scattered.amounts, "remarks": list(scattered.remarks)}
        job.workspace.note(marker, about, where)
    return scattered


def _scatter(job: Job, piece: Piece, number: int, digest: str) -> Scattered:
    spec = job.plan.datasets[piece.table]
    problems: list[Problem] = []
    amounts: dict[str, int] | None = {}
    remarks: dict[str, None] = {}
    batches: list[Batch] = []
    rows = 0
    try:
        for conformed in read_piece(piece, spec, job.rows):
            problems += conformed.problems
            remarks |= dict.fromkeys(conformed.remarks)
            rows += len(conformed.frame)
            if not problems:
                name = f"piece-{number:06d}-{len(batches):04d}.arrow"
                batches.append(_write_batch(job, piece.table, conformed.frame, name))
            amounts = _add_amounts(amounts, conformed.frame, piece.table)
            del conformed  # before the next one is read
    except InputError as error:
        problems += [problem for problem in error.problems if isinstance(problem, Problem)]
        amounts, rows = None, piece.rows
    return Scattered(number, digest, rows, tuple(batches), tuple(problems), amounts, tuple(remarks))


def _add_amounts(amounts: dict[str, int] | None, frame: pd.DataFrame, table: str) -> dict[str, int] | None:
    if table != "spending" or amounts is None or frame.get("amount", frame.iloc[:, 0]).dtype != np.int64:
        return None
    sums = frame.groupby("currency")["amount"].sum()
    return {
        currency: amounts.get(currency, 0) + int(sums.get(currency, 0))
        for currency in {*amounts, *sums.index}
    }


def _write_batch(job: Job, table: str, frame: pd.DataFrame, name: str) -> Batch:
    """Write the rows of a batch ordered by shard: Arrow's stream, with a message for each shard that has any."""
    import pyarrow as pa

    codes, projects = pd.factorize(frame["project"])
    of_project = np.fromiter(map(partial(bisect_right, job.bounds), projects), np.int64, len(projects))
    shard = of_project[codes]
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
    """Bring conformed rows, in an order, into the form in which they lie in a workspace."""
    import pyarrow as pa
    import shapely

    def cells(name: str) -> Any:
        # One column after the other, so that no two copies of all are held at once.
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
    """What lies in a workspace is not what was written."""


def read_shard(job: Job, table: str, shard: int) -> Iterator[pd.DataFrame]:
    """Read the rows of a table in one shard, as many at a time as a batch has, from what was scattered.

    Yields
    ------
    DataFrame
        At least one, that may have no rows.
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
    """Read what batches have of a shard.

    A country has as many batches as shards. So each file is opened for its bytes alone: one after the other
    they are one stream, which Arrow reads at once.
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
    # The batches are so small that handing them to threads would take longer than reading them.
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
    """Return what a stream of a table begins with."""
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
    """Write what rounding took away; nothing where it took nothing."""
    import pyarrow as pa

    texts = np.full(len(rests), None, dtype=object)
    some = np.flatnonzero(rests.astype(bool))
    texts[some] = [str(rest) for rest in rests[some]]
    return pa.array(texts, type=pa.string())


def _read_rests(texts: Any) -> pd.Series[Any]:
    known = np.array([*(Decimal(text) for text in texts.categories), Decimal(0)], dtype=object)
    return pd.Series(known[texts.codes], dtype=object)


def _labels(cells: Any) -> Any:
    """Return text as categories, in the order of their code points, as text is sorted anywhere."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    encoded = whole.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order) + 1, dtype=np.int32)
    rank[order], rank[-1] = np.arange(len(order)), -1
    names = pd.Index(encoded.dictionary.take(pa.array(order)).to_pylist(), dtype=object)
    codes = rank[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return pd.Categorical.from_codes(codes, names)
