"""A streamed run: from datasets on disk to a ledger on disk, and its sums in memory.

How this works: `stream_plan` goes through these steps.

1. The footers of the files divide the datasets into pieces (`pieces`). A sample of rows decides which projects go into
   which shard, so that shards have about the same size.
2. Each piece is read, checked, and written to the workspace by shard (`shuffle.scatter_piece`).
3. Each shard has whole projects, so it is a small plan of its own. `shards.place_shard` builds its ledger and writes
   the entries and their sums.
4. The sums of all shards are added and compared with the amounts given. The entries stay on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from geoplan.geo.district_index import DistrictIndex
from geoplan.ledger.district_figures import describe_districts
from geoplan.ledger.entries import Ledger, reconcile
from geoplan.ledger.summary import counted_key
from geoplan.model.errors import (
    BalanceError,
    InputError,
    Problem,
    UsageError,
    show_value,
)
from geoplan.model.money import format_minor, is_currency, minor_digits
from geoplan.model.money_view import AS_GIVEN, MoneyView
from geoplan.model.schema import ENTRY_COLUMNS, NOT_STATED, PLACES
from geoplan.plan.plan_tables import Plan
from geoplan.scale.frames import read_frame
from geoplan.scale.name_columns import learn_from_pieces
from geoplan.scale.pages import choose_page, join_page
from geoplan.scale.pieces import Piece, cut_pieces, sample_projects
from geoplan.scale.shards import (
    Placed,
    add_before_conversion,
    add_given,
    counts_name,
    ledger_name,
    place_shard,
    sum_entries,
    sums_name,
)
from geoplan.scale.shuffle import DamagedError, Job, Scattered, cut_bounds, scatter_piece
from geoplan.scale.workers import open_workers
from geoplan.scale.workspace import Workspace, open_workspace
from geoplan.text.names import ColumnHabits

if TYPE_CHECKING:
    from geoplan.scale.workers import DaskWorkers, InProcess

ROWS = 500_000
"""Default number of rows that are read at a time, and of rows in a shard."""

OnError = Literal["stop", "skip"]
Progress = Callable[[str, int, int, int], None]
"""Called with the step, the number of tasks done, the number of all tasks, and the rows done."""

_SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Streamed:
    """A ledger in a workspace, in the same order as in memory.

    Parameters
    ----------
    ledger : Ledger
        Its ``entries`` are sums by component, funder, year, kind, currency, place, district and
        province. The other columns are empty, but for the project of refunds that are not certainly in a district.
    parts : tuple of Path
        Files with the entries, in order; empty if entries were not requested.
    page : (Plan, Ledger), optional
        The input of `geoplan.build_map`, if a page was requested.
    """

    ledger: Ledger
    parts: tuple[Path, ...]
    page: tuple[Plan, Ledger] | None = None

    def entries(self) -> Iterator[pd.DataFrame]:
        """Read the entries part by part: columns of `geoplan.model.schema.ENTRY_COLUMNS`, rules in words."""
        return (read_frame(part) for part in self.parts)


def _silent(step: str, done: int, count: int, rows: int) -> None:
    """Ignore the progress."""


@contextmanager
def stream_plan(
    plan: Plan,
    folder: Path,
    *,
    rows: int = ROWS,
    view: MoneyView = AS_GIVEN,
    entries: bool = True,
    counts: Sequence[Sequence[str]] = (),
    page: bool = False,
    scheduler: str | None = None,
    workers: int | None = None,
    on_error: OnError = "stop",
    progress: Progress = _silent,
) -> Iterator[Streamed]:
    """Place and allocate a plan whose locations and spending are datasets, in memory that depends on ``rows``.

    Rows are first shuffled into shards of whole projects, in the order of their codes. Each shard is then a small
    plan and goes through `geoplan.ledger.entries.build_ledger` like any plan. No amount belongs to two projects.
    So the ledgers of the shards, one after the other, are the ledger of the whole plan, to the cent and in its order.

    Parameters
    ----------
    plan : Plan
        With ``datasets``.
    folder : Path
        The workspace is created in it. With Dask on several machines, all machines must see this folder and the
        datasets under the same path.
    rows : int
        Number of rows that are read at a time, and of rows in a shard.
    view : MoneyView
        Which money, in which currency and prices; the plan has the districts of its vintage already.
    entries : bool
        Whether to write the entries, not only their sums.
    counts : sequence of sequence of str
        Groupings for which to count projects and amounts.
    page : bool
        Whether to collect the data of a map.
    scheduler, workers
        As `geoplan.scale.workers.open_workers`.
    on_error : str
        What to do with an invalid file: ``stop``, or ``skip`` it whole and report it.
    progress : callable

    Yields
    ------
    Streamed
        The workspace is deleted when the caller is done with it, or the run ends with an error.

    Raises
    ------
    InputError
        With the problems of all files.
    UsageError
        The disk is full, or the scheduler is not available.
    """
    with open_workspace(folder) as workspace:
        with _explained(workspace):
            pieces, broken = _cut(plan, rows)
            job = _prepare(plan, workspace, pieces, rows=rows, view=view, entries=entries)
            with open_workers(scheduler, workers) as pool:
                scattered = _scatter(job, pool, progress)
                good, notes = _leave_out_invalid(job, scattered, broken, on_error)
                job = replace(job, counts=tuple(dict.fromkeys(counted_key(by) for by in counts)))
                while True:
                    job = replace(job, sources=tuple(good), page=choose_page(job, good) if page else "")
                    job = replace(job, habits=_learn(job))
                    placed = _place(job, pool, progress)
                    faults = [problem for done in placed for problem in done.problems]
                    if not faults:
                        break
                    # Some faults show only beside other files. Without these files the rest is placed again.
                    good, more = _leave_out_invalid(job, _blame(job, good, faults), (), on_error)
                    notes += more
            streamed = _gather(job, placed, notes)
        yield streamed


@contextmanager
def _explained(workspace: Workspace) -> Iterator[None]:
    """Turn errors about files of the workspace into messages with a way out."""
    try:
        yield
    except (DamagedError, FileNotFoundError) as error:
        reason = error.strerror or str(error)
        gone = UsageError(
            f"what the run had finished in {show_value(workspace.folder)} is gone or damaged ({reason}): start the "
            "run again; on a cluster all machines must see the work folder and the datasets under the same path"
        )
        raise gone from error
    except OSError as error:
        reason = error.strerror or str(error)
        full = UsageError(
            f"the work could not be written in {show_value(workspace.folder.parent)} ({reason}): make room, or choose "
            "another work folder"
        )
        raise full from error


def _cut(plan: Plan, rows: int) -> tuple[list[Piece], list[Problem]]:
    pieces: list[Piece] = []
    problems: list[Problem] = []
    for table, spec in sorted(plan.datasets.items()):
        found, wrong = cut_pieces(table, spec, rows)
        pieces += found
        problems += wrong
    return pieces, problems


def _prepare(plan: Plan, workspace: Workspace, pieces: Sequence[Piece], **options: Any) -> Job:
    """Build the district index once for all workers, and cut the projects into shards of about the same size."""
    index = DistrictIndex(plan.districts.geometry.to_numpy())
    if len(index) and index.uses_cells(sum(piece.rows for piece in pieces)):
        _ = index.cells
    return Job(plan, index, workspace, tuple(pieces), _bounds(plan, pieces, options["rows"]), **options)


def _bounds(plan: Plan, pieces: Sequence[Piece], rows: int) -> tuple[str, ...]:
    """Return the first project of each shard."""
    counts = [
        sample_projects([piece for piece in pieces if piece.table == table], spec)
        for table, spec in sorted(plan.datasets.items())
    ]
    return cut_bounds(pd.concat(counts), rows)


def _scatter(job: Job, pool: InProcess | DaskWorkers, progress: Progress) -> list[Scattered]:
    rows = 0
    scattered = []
    for done in pool.run(scatter_piece, job, [(number,) for number in range(len(job.pieces))]):
        scattered.append(done)
        rows += done.rows
        progress("reading", len(scattered), len(job.pieces), rows)
    return sorted(scattered, key=lambda done: done.piece)


def _learn(job: Job) -> ColumnHabits:
    """Learn once from the names of all locations, so that no shard reads a name by its own column only."""
    numbers = [done.piece for done in job.sources if job.pieces[done.piece].table == "locations"]
    return learn_from_pieces(job.plan, job.workspace, numbers)


def _place(job: Job, pool: InProcess | DaskWorkers, progress: Progress) -> list[Placed]:
    rows = 0
    placed = []
    for done in pool.run(place_shard, job, [(shard,) for shard in range(job.shards)]):
        placed.append(done)
        rows += done.rows
        progress("placing", len(placed), job.shards, rows)
    return sorted(placed, key=lambda done: done.shard)


def _leave_out_invalid(
    job: Job, scattered: Sequence[Scattered], broken: Sequence[Problem], on_error: OnError
) -> tuple[list[Scattered], list[str]]:
    """Stop at invalid files, or leave them out whole and note what is missing."""
    problems = [*broken, *(problem for done in scattered for problem in done.problems)]
    problems = problems or _empty_tables(job, scattered)
    if not problems:
        return list(scattered), []
    if on_error == "stop":
        raise InputError(_joined(problems))
    faulty = {job.pieces[done.piece].file for done in scattered if done.problems}
    good = [done for done in scattered if job.pieces[done.piece].file not in faulty]
    for table in sorted(job.plan.datasets):
        if not any(job.pieces[done.piece].table == table for done in good):
            raise InputError(_joined(problems))
    notes = [f"skipped: {problem.source}, amounts unknown ({problem.message})" for problem in broken]
    for file in sorted(faulty):
        notes.append(_skip_note(job, [done for done in scattered if job.pieces[done.piece].file == file]))
    return good, notes


def _blame(job: Job, good: Sequence[Scattered], faults: Sequence[Problem]) -> list[Scattered]:
    """Give the problems of placing to the files that they name; raise `InputError` if one names none of them."""
    by_file: dict[tuple[str, str], list[Problem]] = {}
    for fault in faults:
        by_file.setdefault((fault.table, fault.source), []).append(fault)
    files = {done.piece: (job.pieces[done.piece].table, job.pieces[done.piece].name) for done in good}
    if not {*by_file} <= {*files.values()}:
        raise InputError(_joined(faults))
    return [replace(done, problems=tuple(by_file.get(files[done.piece], ()))) for done in good]


def _empty_tables(job: Job, scattered: Sequence[Scattered]) -> list[Problem]:
    """Return a problem for each dataset without any row, as for a table without rows."""
    filled = {job.pieces[done.piece].table for done in scattered if done.rows}
    return [
        Problem(spec.path.name, "the dataset has no rows", way_out="it needs at least one record")
        for table, spec in sorted(job.plan.datasets.items())
        if table not in filled
    ]


def _skip_note(job: Job, of_file: Sequence[Scattered]) -> str:
    """Describe a file that is left out: its name, the reason, and its money if known."""
    piece = job.pieces[of_file[0].piece]
    first = next(problem for done in of_file for problem in done.problems)
    rows = sum(job.pieces[done.piece].rows for done in of_file)
    what = f"skipped: {piece.name}, {rows:,} rows of {piece.table}"
    if piece.table == "spending":
        what += f", {_skipped_amounts(of_file)}"
    return f"{what} ({first.message})"


def _skipped_amounts(of_file: Sequence[Scattered]) -> str:
    # Amounts are unknown for a piece that cannot be read or whose amounts are not valid.
    if any(done.amounts is None for done in of_file):
        return "amounts unknown"
    sums: dict[str, int] = {}
    for done in of_file:
        for currency, amount in (done.amounts or {}).items():
            sums[currency] = sums.get(currency, 0) + amount
    return ", ".join(
        f"{currency} {format_minor(amount, minor_digits(currency))} readable in it"
        if is_currency(currency)
        else f"amounts in the unknown currency {show_value(currency)}"
        for currency, amount in sorted(sums.items())
    )


def _joined(problems: Sequence[Problem]) -> list[Problem]:
    """Merge problems with the same message about the same column of a file, and limit their number."""
    joined: dict[tuple[str, ...], Problem] = {}
    for problem in problems:
        key = (problem.source, problem.message, problem.column, problem.way_out, problem.table)
        known = joined.get(key)
        joined[key] = (
            problem
            if known is None
            else replace(known, rows=known.rows + problem.rows, values=known.values + problem.values)
        )
    listed = [joined[key] for key in sorted(joined)]
    if len(listed) > _SHOWN_PROBLEMS:
        rest = Problem("and more", f"{len(listed) - _SHOWN_PROBLEMS} further problems, like these")
        listed = [*listed[:_SHOWN_PROBLEMS], rest]
    return listed


def _gather(job: Job, placed: Sequence[Placed], notes: Sequence[str]) -> Streamed:
    """Add up the sums of the shards, and check that they equal the amounts given."""
    plan, at = job.plan, job.workspace.path
    sums = sum_entries(
        pd.concat([read_frame(at(sums_name(done.shard))) for done in placed], ignore_index=True)
    )
    given = add_given([_given_only(done) for done in placed])
    if not given and job.view.kind is not None:
        raise UsageError(f"the plan has no spending of kind {show_value(job.view.kind)}")
    # Notes on rates differ between shards: each names only the rates that it used.
    told = dict.fromkeys(note for done in placed for note in sorted(done.notes))
    ledger = Ledger(
        entries=_as_entries(sums, plan),
        districts=describe_districts(plan),
        given=given,
        illustrative=plan.illustrative or _illustrative(placed),
        notes=tuple(dict.fromkeys([*plan.notes, *sorted(told), *notes])),
        periods=plan.periods,
        boundaries=plan.districts,
        projects=plan.projects,
        counted=_counted(job) if job.counts else None,
        before_conversion=add_before_conversion(done.before_conversion for done in placed),
    )
    unbalanced = [row for row in reconcile(ledger) if not row.balances]
    if unbalanced:
        raise BalanceError(
            [f"the ledger is off by {row.currency} {row.difference} ({row.kind})" for row in unbalanced]
        )
    parts = tuple(at(ledger_name(done.shard)) for done in placed) if job.entries else ()
    return Streamed(ledger, parts, join_page(job, ledger) if job.page else None)


def _counted(job: Job) -> dict[tuple[str, ...], pd.DataFrame]:
    """Add up the counts of the shards; this is exact because no project is in two shards."""
    counted = {}
    for number, by in enumerate(job.counts):
        parts = [read_frame(job.workspace.path(counts_name(number, shard))) for shard in range(job.shards)]
        keys = ["currency", *by]
        plain = [part.astype({name: object for name in keys if name != "year"}) for part in parts]
        counted[by] = pd.concat(plain).groupby(keys)[["projects", "amounts"]].sum().reset_index()
    return counted


def _illustrative(placed: Sequence[Placed]) -> str:
    told = sorted({done.illustrative for done in placed if done.illustrative})
    return max(told, key=len) if told else ""


def _given_only(placed: Placed) -> Ledger:
    from decimal import Decimal

    given = {money: (Decimal(total), Decimal(rest)) for money, (total, rest) in placed.given.items()}
    return Ledger(pd.DataFrame(), pd.DataFrame(), given)


def _as_entries(sums: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Give sums the columns of ledger entries, so that every measure of a ledger works on them."""
    whole = ("year", "amount_minor", "rule")
    entries = sums.astype({name: object for name in sums.columns if name not in whole}).assign(
        **{name: NOT_STATED for name in ENTRY_COLUMNS if name not in sums.columns},
        carried_from="",
    )
    for name in (*ENTRY_COLUMNS, "province", "carried_from"):
        if name not in (*whole, "place", "district"):
            entries[name] = entries[name].astype("category")
    entries["place"] = pd.Categorical(entries["place"], [*PLACES])
    entries["district"] = pd.Categorical(entries["district"], sorted(plan.districts["district"]))
    return entries[[*ENTRY_COLUMNS, "province", "carried_from"]].reset_index(drop=True)
