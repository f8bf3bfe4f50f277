"""Options and progress of commands that stream Parquet datasets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from geoplan.cli.arguments import build
from geoplan.cli.printing import can_redraw, emit, retell, say, verbosity
from geoplan.model.errors import UsageError

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan
    from geoplan.scale import Streamed

Command = TypeVar("Command", bound=Callable[..., Any])

_PROGRESS_SECONDS = 5.0
"""Time between two progress lines where the output is not a terminal."""


_OPTIONS = ("scheduler", "workers", "batch", "work", "on_error")


def streaming_options(command: Command) -> Command:
    """Add the options for datasets to a command; `take_streaming` reads them."""
    for option in (
        click.option(
            "--on-error",
            type=click.Choice(["stop", "skip"]),
            default="stop",
            show_default=True,
            help="What to do with an invalid file: stop, or skip it and report it.",
        ),
        click.option(
            "--work",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="Folder for sorted batches during the run [default: next to the output].",
        ),
        click.option(
            "--batch",
            type=click.IntRange(min=1),
            metavar="ROWS",
            help="Rows to read at a time [default: 500000].",
        ),
        click.option(
            "--workers", type=click.IntRange(min=1), metavar="N", help="Number of threads or processes."
        ),
        click.option(
            "--scheduler",
            metavar="KIND",
            help="Run on Dask: threads, processes or tcp://HOST:PORT.",
        ),
    ):
        command = option(command)
    return command


def take_streaming(options: dict[str, Any]) -> dict[str, Any]:
    """Remove the options for datasets from the others, and return them."""
    return {name: options.pop(name) for name in _OPTIONS}


@contextmanager
def streamed(
    read: Plan,
    how: Mapping[str, Any],
    *,
    view: MoneyView,
    beside: Path | None,
    entries: bool = False,
    counts: Sequence[Sequence[str]] = (),
    page: bool = False,
) -> Iterator[Streamed]:
    """Stream the datasets of a plan, with progress."""
    from geoplan.scale import ROWS, stream_plan

    if how["scheduler"] is None and how["workers"] is not None:
        raise UsageError("--workers needs --scheduler threads or --scheduler processes")
    with stream_plan(
        read,
        how["work"] or (Path() if beside is None else beside.parent),
        rows=how["batch"] or ROWS,
        view=view,
        entries=entries,
        counts=counts,
        page=page,
        scheduler=how["scheduler"],
        workers=how["workers"],
        on_error=how["on_error"],
        progress=Progress(),
    ) as result:
        yield result


def sum_up(
    read: Plan,
    how: Mapping[str, Any],
    *,
    view: MoneyView,
    beside: Path | None,
    counts: Sequence[Sequence[str]] = (),
) -> Ledger:
    """Build the ledger of a plan, or the summed ledger of its datasets with counts by groupings."""
    if not read.datasets:
        return build(read)
    with streamed(read, how, view=view, counts=counts, beside=beside) as result:
        return result.ledger


def draw_up(read: Plan, how: Mapping[str, Any], *, view: MoneyView, beside: Path) -> tuple[Plan, Ledger]:
    """Return a plan and its ledger for a page; datasets come summed."""
    if not read.datasets:
        return read, build(read)
    with streamed(read, how, view=view, beside=beside, page=True) as result:
        if result.page is None:
            raise TypeError("a run with page=True returned no page")
        return result.page


def check_summed(read: Plan, by: list[str], form: str, *, added: bool) -> bool:
    """Tell whether a summary is written project by project. Raise `UsageError` if that is not possible."""
    if not read.datasets or "project" not in by:
        return False
    from geoplan.model.schema import DISTRICT_GROUPINGS

    if added or form != "csv" or any(name in DISTRICT_GROUPINGS for name in by):
        raise UsageError(
            "--by project of a dataset is written project by project: use --format csv, group by project, component, "
            "funder, year, period, kind or place only, and omit --across, --bounds, --rates and --counts. For other "
            "summaries write the ledger (geoplan ledger -o ledger.parquet) and query it with DuckDB, as in docs/scale.md"
        )
    return True


def write_projects(
    read: Plan, how: Mapping[str, Any], by: list[str], *, view: MoneyView, output: Path | None
) -> Ledger:
    """Write a summary by project as CSV, one shard at a time: shards contain whole projects, in order of their codes."""
    from geoplan.outputs.whole_files import fill_text, replacing

    with streamed(read, how, view=view, beside=output, entries=True) as result:
        if output is None:
            for text in _summary_parts(result, by):
                emit(text)
        else:
            with replacing(output) as temporary:
                fill_text(temporary, _summary_parts(result, by))
        return result.ledger


def _summary_parts(result: Streamed, by: list[str]) -> Iterator[str]:
    from dataclasses import replace

    from geoplan.ledger.summary import separate_kinds, summarize
    from geoplan.outputs.text_tables import summary_frame, write_csv

    # Rows are sorted by currency, and by kind if that is the first grouping: each shard is read for each of them.
    by_kind = separate_kinds(by, result.ledger)[0] == "kind"
    pairs = sorted(result.ledger.given if by_kind else {(code, "") for code in result.ledger.currencies})
    first = True
    for currency, kind in pairs:
        for entries in result.entries():
            chosen = entries[entries["currency"] == currency]
            chosen = chosen[chosen["kind"] == kind] if by_kind else chosen
            if len(chosen):
                ledger = replace(result.ledger, entries=chosen)
                text = write_csv(summary_frame(summarize(ledger, by), ledger, by))
                yield text if first else text.split("\n", 1)[1]
                first = False


class Progress:
    """Prints the progress of a run on stderr: batches, speed and remaining time."""

    def __init__(self) -> None:
        self.step = ""
        self.started = self.said = 0.0

    def __call__(self, step: str, done: int, count: int, rows: int) -> None:
        """Print progress: on a terminal in one line that is replaced, elsewhere in a new line every few seconds."""
        now = time.monotonic()
        if step != self.step:
            self.step, self.started, self.said = step, now, now
        line = progress_line(step, done, count, rows, now - self.started)
        if can_redraw() and verbosity() >= 0:
            retell(line, last=done == count)
        elif now - self.said >= _PROGRESS_SECONDS or done == count:
            self.said = now
            say(line)


def progress_line(step: str, done: int, count: int, rows: int, seconds: float) -> str:
    """Return the progress of a step as one line.

    >>> progress_line("placing", 3, 12, 750_000, 10.0)
    'placing: 3 of 12 batches, 750,000 rows, 75,000 rows/s, about 30 s left'
    """
    line = f"{step}: {done} of {count} batches, {rows:,} rows"
    if seconds > 0:
        line += f", {rows / seconds:,.0f} rows/s"
    if 0 < done < count:
        left = seconds * (count - done) / done
        line += f", about {left:.0f} s left" if left < 120 else f", about {left / 60:.0f} min left"
    return line
