"""Options and progress of the commands that stream datasets."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from geoplan.cli.arguments import build
from geoplan.cli.printing import emit, say, verbosity
from geoplan.model.errors import UsageError

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan
    from geoplan.scale import Streamed

Command = TypeVar("Command", bound=Callable[..., Any])

_EVERY = 5.0  # seconds between two lines where nobody watches


_OPTIONS = ("scheduler", "workers", "batch", "work", "resume", "on_error")


def streaming_options(command: Command) -> Command:
    """Add the options about datasets; `take_streaming` takes them out of the others."""
    for option in (
        click.option(
            "--on-error",
            type=click.Choice(["stop", "skip"]),
            default="stop",
            show_default=True,
            help="At a file of a dataset that does not hold: stop, or skip it whole and say so.",
        ),
        click.option("--resume", is_flag=True, help="Take up what an earlier run of the same has finished."),
        click.option(
            "--work",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="Where finished batches of datasets are kept; default: beside the output.",
        ),
        click.option(
            "--batch", type=click.IntRange(min=1), metavar="ROWS", help="Rows of a dataset read at a time."
        ),
        click.option(
            "--workers", type=click.IntRange(min=1), metavar="N", help="How many threads or processes."
        ),
        click.option(
            "--scheduler",
            metavar="KIND",
            help="Stream datasets with Dask: threads, processes, or tcp://HOST:PORT.",
        ),
    ):
        command = option(command)
    return command


def take_streaming(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options about datasets out of those that are left over."""
    return {name: options.pop(name) for name in _OPTIONS} | {"prices": options.get("constant_prices")}


@contextmanager
def streamed(
    read: Plan,
    how: Mapping[str, Any],
    *,
    kind: str | None,
    convert: bool,
    beside: Path | None,
    entries: bool = False,
    counts: Sequence[Sequence[str]] = (),
    page: bool = False,
) -> Iterator[Streamed]:
    """Stream the datasets of a plan, and say how it goes."""
    from geoplan.scale import ROWS, stream_plan

    if how["scheduler"] is None and how["workers"] is not None:
        raise UsageError("--workers goes with --scheduler threads or processes")
    try:
        with stream_plan(
            read,
            how["work"] or (Path() if beside is None else beside.parent),
            rows=how["batch"] or ROWS,
            kind=kind,
            convert=convert,
            prices=how["prices"],
            entries=entries,
            counts=counts,
            page=page,
            scheduler=how["scheduler"],
            workers=how["workers"],
            resume=how["resume"],
            on_error=how["on_error"],
            progress=Progress(),
        ) as result:
            yield result
    except (KeyboardInterrupt, SystemExit) as end:
        for note in getattr(end, "__notes__", []):
            say(note)
        raise


def sum_up(
    read: Plan,
    how: Mapping[str, Any],
    *,
    kind: str | None,
    convert: bool,
    beside: Path | None,
    counts: Sequence[Sequence[str]] = (),
) -> Ledger:
    """Build the ledger of a plan that was read, or that of its datasets summed up, and counted by groupings."""
    if not read.datasets:
        return build(read)
    with streamed(read, how, kind=kind, convert=convert, counts=counts, beside=beside) as result:
        return result.ledger


def draw_up(
    read: Plan, how: Mapping[str, Any], *, kind: str | None, convert: bool, beside: Path
) -> tuple[Plan, Ledger]:
    """Return a plan and its ledger as a page needs them: of datasets, what they add up to."""
    if not read.datasets:
        return read, build(read)
    with streamed(read, how, kind=kind, convert=convert, beside=beside, page=True) as result:
        if result.page is None:
            raise TypeError("a run for a page leaves one")
        return result.page


def check_summed(read: Plan, by: list[str], form: str, *, added: bool) -> bool:
    """Tell whether a summary has to be written project after project; `UsageError` when it can not be."""
    if not read.datasets or "project" not in by:
        return False
    from geoplan.model.schema import DISTRICT_GROUPINGS

    if added or form != "csv" or any(name in DISTRICT_GROUPINGS for name in by):
        raise UsageError(
            "--by project of a dataset has as many rows as there are projects, and is written one after the other: "
            "as CSV (--format csv), by project, component, funder, year, period, kind and place, with nothing "
            "beside the amounts. For all else write the ledger (geoplan ledger -o ledger.parquet) and ask it with "
            "DuckDB, as docs/scale.md shows"
        )
    return True


def write_projects(
    read: Plan, how: Mapping[str, Any], by: list[str], *, kind: str | None, convert: bool, output: Path | None
) -> Ledger:
    """Write a summary by project as CSV, shard after shard: each has whole projects, in the order of their codes."""
    from geoplan.outputs.whole_files import replacing

    with streamed(read, how, kind=kind, convert=convert, beside=output, entries=True) as result:
        if output is None:
            for text in _summary_parts(result, by):
                emit(text)
        else:
            with (
                replacing(output) as temporary,
                temporary.open("w", encoding="utf-8", newline="\n") as stream,
            ):
                stream.writelines(_summary_parts(result, by))
        return result.ledger


def _summary_parts(result: Streamed, by: list[str]) -> Iterator[str]:
    from dataclasses import replace

    from geoplan.ledger.summary import summarize
    from geoplan.outputs.text_tables import summary_frame, write_csv

    first = True
    for currency in result.ledger.currencies:
        for entries in result.entries():
            of_currency = entries[entries["currency"] == currency]
            if len(of_currency):
                ledger = replace(result.ledger, entries=of_currency)
                text = write_csv(summary_frame(summarize(ledger, by), ledger, by))
                yield text if first else text.split("\n", 1)[1]
                first = False


class Progress:
    """Says on stderr how far a run is, how fast, and how long it still takes."""

    def __init__(self) -> None:
        self.step = ""
        self.started = self.said = 0.0

    def __call__(self, step: str, done: int, count: int, rows: int) -> None:
        """Say it: on a terminal in one line that changes, else now and then in a line of its own."""
        now = time.monotonic()
        if step != self.step:
            self.step, self.started, self.said = step, now, now
        line = progress_line(step, done, count, rows, now - self.started)
        if sys.stderr.isatty() and verbosity() >= 0:
            click.echo(f"\r\x1b[2K{line}" + ("\n" if done == count else ""), err=True, nl=False)
        elif now - self.said >= _EVERY or done == count:
            self.said = now
            say(line)


def progress_line(step: str, done: int, count: int, rows: int, seconds: float) -> str:
    """Write how far a step is.

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
