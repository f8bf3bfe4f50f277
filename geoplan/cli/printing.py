"""What the command line says: messages on stderr, tables on stdout."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.model.errors import GeoplanError, UsageError, escape_controls

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan

COMPLETE_VARIABLE = "_GEOPLAN_COMPLETE"
"""Environment variable by which a completion script asks for completions."""

_VERBOSITY = "geoplan.verbosity"
_WIDE = 240
_FORMATS = {".txt": "table", ".json": "json", ".md": "md", ".csv": "csv", ".xlsx": "xlsx"}


def report(error: GeoplanError, headline: str) -> None:
    """Print an error with all its problems."""
    click.echo(f"geoplan: {headline}", err=True)
    for problem in error.problems:
        click.echo(f"  {problem}", err=True)
    for note in getattr(error, "__notes__", []):
        click.echo(f"  {escape_controls(note)}", err=True)


def say(message: str, *, detail: bool = False) -> None:
    """Print a message, with nothing in it that a terminal would obey.

    With ``--quiet`` nothing is printed; a detail only with ``--verbose``.
    """
    level = verbosity()
    if level >= (1 if detail else 0):
        click.echo(escape_controls(message), err=True)


def emit(text: str) -> None:
    """Print a result: to a terminal with visible escapes for what it would obey, elsewhere as it is."""
    if sys.stdout.isatty():
        text = "\n".join(map(escape_controls, text.split("\n")))
    # Without the colour click would take away what looks like one, though it is data.
    click.echo(text, nl=False, color=True)


def verbosity() -> int:
    """Return how much is to be said: -1 with ``--quiet``, 1 with ``--verbose``, else 0."""
    context = click.get_current_context(silent=True)
    return 0 if context is None else int(context.meta.get(_VERBOSITY, 0))


def _set_verbosity(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        context.meta[_VERBOSITY] = -1 if option.name == "quiet" else 1


def verbosity_options() -> list[click.Option]:
    """Return the options ``--quiet`` and ``--verbose``, which every command has."""
    settings: Any = {"is_flag": True, "expose_value": False, "is_eager": True, "callback": _set_verbosity}
    return [
        click.Option(["-q", "--quiet"], help="Print results and errors only.", **settings),
        click.Option(["-v", "--verbose"], help="Say more: what was read, and how long it took.", **settings),
    ]


def close(ledger: Ledger) -> None:
    """Print the reconciliation, and what is illustrative."""
    from geoplan.outputs.text_tables import closing_lines

    for line in closing_lines(ledger):
        say(line)


@contextmanager
def working(step: str) -> Iterator[None]:
    """Show a bar with the time that a step takes, when someone is watching; nothing stays of it."""
    started = time.perf_counter()
    with _bar(step):
        yield
    say(f"{step}: {time.perf_counter() - started:.2f} s", detail=True)


@contextmanager
def _bar(step: str) -> Iterator[None]:
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or verbosity() < 0:
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(step, total=None)
        yield


def format_of(form: str | None, output: Path | None, known: tuple[str, ...]) -> str:
    """Return the format asked for, or that which the ending of the file means; a table when printing."""
    found = form or ("table" if output is None else _FORMATS.get(output.suffix.lower()))
    if found not in known:
        name = output.name if output is not None else ""
        raise UsageError(f"the format of {name} is not clear: add --format, one of {', '.join(known)}")
    if found == "xlsx" and output is None:
        raise UsageError("a workbook needs a file to go to: add -o FILE.xlsx")
    return found


def announce(
    target: Path,
    read: Plan,
    built: Ledger,
    compared: tuple[Plan, Ledger] | None = None,
    /,
    **options: object,
) -> None:
    """Put the manifest beside a file that was written, and print the name of the file."""
    from geoplan.outputs.manifests import write_manifest

    write_manifest(target, read, built, options, compared)
    emit(f"{target}\n")


def put(text: str, output: Path | None) -> None:
    """Print text, or write it to a file."""
    if output is None:
        emit(text)
        return
    from geoplan.outputs.whole_files import write_text

    write_text(output, text)


def put_sections(
    sections: Mapping[str, pd.DataFrame], notes: Sequence[str], built: Ledger, form: str, output: Path | None
) -> None:
    """Print or write several tables: all of them, or for CSV the first."""
    from geoplan.outputs import sections as written

    if form == "xlsx" and output is not None:
        from geoplan.outputs.text_tables import closing_lines
        from geoplan.outputs.whole_files import replacing
        from geoplan.outputs.workbook import write_workbook

        sheets = {name.capitalize()[:31]: frame for name, frame in sections.items()}
        with replacing(output) as temporary:
            write_workbook(temporary, sheets, [*notes, *closing_lines(built)])
    elif form == "json":
        put(written.sections_json(sections, built), output)
    elif form == "csv":
        put(written.first_csv(sections, built), output)
    elif form == "md":
        put(written.sections_markdown(sections, notes, built), output)
    else:
        put(written.sections_text(sections, notes, built, table_text), output)


def table_text(frame: pd.DataFrame) -> str:
    """Lay out a frame as a table of plain text, numbers to the right."""
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from geoplan.outputs.text_tables import is_numeric, shown_cell

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in frame.columns:
        numeric = is_numeric(frame[name])
        table.add_column(Text(str(name)), justify="right" if numeric else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*[Text(shown_cell(cell)) for cell in row])
    out = StringIO()
    width = Console().width if sys.stdout.isatty() else _WIDE
    Console(file=out, width=width, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
