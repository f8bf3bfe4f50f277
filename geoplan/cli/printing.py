"""Terminal output: messages on stderr, results on stdout."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from io import TextIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.cli.row_limit import count_rows_shown, short_table_text
from geoplan.model.errors import GeoplanError, InputError, UsageError, escape_controls, show_value

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan

COMPLETE_VARIABLE = "_GEOPLAN_COMPLETE"
"""Environment variable by which a completion script asks for completions."""

_VERBOSITY = "geoplan.verbosity"
_SAID = "geoplan.said"
_LAST_LINES = 60
"""Lines at the end of a printed result that messages do not repeat: its notes stand there."""
_FORMATS = {".txt": "table", ".json": "json", ".md": "md", ".csv": "csv", ".xlsx": "xlsx"}


_PASSWORD = re.compile(r"(\w:/{1,2})[^/@\s]*:[^/\s]*@")


class OutputError(Exception):
    """Standard output cannot be written."""


class ClosedOutput(TextIOBase):
    """What stands for a standard output that is closed: Python has none then, and what prints would lose its text."""

    def write(self, _: str, /) -> int:
        """Raise `OutputError`."""
        raise OutputError("standard output is closed: write to a file with --output, or open it")


def report(error: GeoplanError, headline: str) -> None:
    """Print an error with all its problems."""
    lines = [f"geoplan: {headline}", *(f"  {problem}" for problem in error.problems)]
    lines += [f"  {note}" for note in getattr(error, "__notes__", [])]
    for line in "\n".join(lines).split("\n"):
        tell(line)


def report_input_error(error: InputError) -> None:
    """Print the problems of the data, after their number."""
    count = len(error.problems)
    report(error, f"{count} problem{'s' if count != 1 else ''} in the data; nothing was written")


def hide_passwords(text: str) -> str:
    """Return a text without the user and password of addresses in it.

    >>> hide_passwords("postgresql://planner:secret@db/province")
    'postgresql://…@db/province'
    """
    return _PASSWORD.sub(r"\1…@", text)


def tell(line: str) -> None:
    """Print a line on standard error, without passwords and with control characters escaped.

    A line that cannot be printed is lost, and the run goes on.
    """
    try:
        click.echo(hide_passwords(escape_controls(line)), err=True)
    except OSError:
        _drop(sys.stderr)


def drop_output() -> None:
    """Send what is still to be printed nowhere, so that the program does not fail again when it ends."""
    for stream in (sys.stdout, sys.stderr):
        _drop(stream)


def _drop(stream: Any) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError, AttributeError):
        pass  # a stream without a descriptor, or none
    finally:
        os.close(nowhere)


def say(message: str, *, detail: bool = False, once: bool = False) -> None:
    """Print a message with control characters escaped.

    With ``--quiet`` nothing is printed, and a detail only with ``--verbose``. With ``once`` a message
    is not printed again in the same run, nor if it stands at the end of the printed result.
    """
    if verbosity() < (1 if detail else 0) or (once and message in _said()):
        return
    _said().add(message)
    if sys.stderr is None or not sys.stderr.isatty():
        tell(message)
        return
    for line in _wrap(escape_controls(message)).split("\n"):
        tell(line)


def retell(line: str, *, last: bool) -> None:
    """Print a line on standard error in place of the one before; only where `can_redraw`."""
    end = "\n" if last else ""
    click.echo(f"\r\x1b[2K{escape_controls(line)}{end}", err=True, nl=False)


def _wrap(text: str) -> str:
    """Break the lines that are longer than the terminal is wide, between words."""
    from textwrap import fill

    from rich.console import Console

    width = Console().width

    def fit(line: str) -> str:
        if len(line) <= width:
            return line
        indent = line[: len(line) - len(line.lstrip())] + "  "
        return fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)

    return "\n".join(map(fit, text.split("\n")))


def _said() -> set[str]:
    """Return the lines printed so far in this run."""
    context = click.get_current_context(silent=True)
    lines: set[str] = set() if context is None else context.meta.setdefault(_SAID, set())
    return lines


def emit(text: str, *, prose: bool = False) -> None:
    """Print a result. A terminal gets control characters as visible escapes; a file or pipe gets them unchanged.

    Long lines of ``prose`` are broken between words on a terminal.
    """
    _said().update(text.rsplit("\n", _LAST_LINES + 1)[-_LAST_LINES - 1 :])
    if sys.stdout is None:
        ClosedOutput().write(text)
    if sys.stdout.isatty():
        text = "\n".join(map(escape_controls, text.split("\n")))
        text = _wrap(text) if prose else text
    try:
        # color=True keeps click from removing text that only looks like a colour code.
        click.echo(text, nl=False, color=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"standard output cannot be written ({error.strerror}): make room, or write to a file with --output"
        ) from error


def verbosity() -> int:
    """Return -1 with ``--quiet``, 1 with ``--verbose``, else 0."""
    context = click.get_current_context(silent=True)
    return 0 if context is None else int(context.meta.get(_VERBOSITY, 0))


def _set_verbosity(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        context.meta[_VERBOSITY] = -1 if option.name == "quiet" else 1


def verbosity_options() -> list[click.Option]:
    """Return the options ``--quiet`` and ``--verbose`` of every command."""
    settings: Any = {"is_flag": True, "expose_value": False, "is_eager": True, "callback": _set_verbosity}
    return [
        click.Option(["-q", "--quiet"], help="Print results and errors only.", **settings),
        click.Option(
            ["-v", "--verbose"], help="Also print what was read and how long each step took.", **settings
        ),
    ]


def close(ledger: Ledger) -> None:
    """Print the reconciliation, and which figures are illustrative."""
    from geoplan.outputs.text_tables import closing_lines, reconciliation_lines

    # Two ledgers of one run may reconcile alike: both lines are printed.
    sums = reconciliation_lines(ledger)
    for line in closing_lines(ledger):
        say(line, once=line not in sums)


@contextmanager
def working(step: str) -> Iterator[None]:
    """Show a progress bar with the elapsed time on a terminal, and remove it afterwards."""
    started = time.perf_counter()
    with _bar(step):
        yield
    say(f"{step}: {time.perf_counter() - started:.2f} s", detail=True)


@contextmanager
def _bar(step: str) -> Iterator[None]:
    if not can_redraw() or verbosity() < 0:
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(step, total=None)
        yield


def can_redraw() -> bool:
    """Tell whether stderr is a terminal that replaces lines on request.

    Without that no escape codes are written: to a file or pipe, with ``NO_COLOR`` or ``TERM=dumb``, and
    to a Windows console without virtual terminal sequences.
    """
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("NO_COLOR"):
        return False
    from rich.console import Console

    console = Console(stderr=True)
    return not (console.is_dumb_terminal or console.legacy_windows)


def format_of(form: str | None, output: Path | None, known: tuple[str, ...]) -> str:
    """Return the format given by ``--format``, else by the ending of the output file, else ``table``."""
    found = form or ("table" if output is None else _FORMATS.get(output.suffix.lower()))
    if found not in known:
        name = output.name if output is not None else ""
        raise UsageError(f"the format of {show_value(name)} is unknown: add --format {' or '.join(known)}")
    if found == "xlsx" and output is None:
        raise UsageError("xlsx output needs a file: add -o FILE.xlsx")
    return found


def announce(
    target: Path,
    read: Plan,
    built: Ledger,
    compared: tuple[Plan, Ledger] | None = None,
    /,
    *,
    view: MoneyView,
    **options: object,
) -> None:
    """Write the manifest next to an output file, and print the name of the file."""
    from geoplan.outputs.manifests import write_manifest

    shown = {
        "kind": view.kind,
        "vintage": view.vintage,
        "convert": view.convert or None,
        "constant_prices": view.prices,
    }
    write_manifest(target, read, built, {**shown, **options}, compared)
    name_output(target)


def name_output(target: Path) -> None:
    """Print the name of an output file, as soon as the file is in its place."""
    from geoplan.outputs.whole_files import when_published

    if not (sys.stdout is None or isinstance(sys.stdout, ClosedOutput)):
        when_published(partial(emit, f"{target}\n"))


def put(text: str, output: Path | None, *, prose: bool = False) -> None:
    """Print text, or write it to a file; ``prose`` as for `emit`."""
    if output is None:
        emit(text, prose=prose)
        return
    from geoplan.outputs.whole_files import write_text

    write_text(output, text)


def put_sections(
    sections: Mapping[str, pd.DataFrame],
    notes: Sequence[str],
    built: Ledger,
    form: str,
    output: Path | None,
    language: str = "en",
) -> None:
    """Print or write several tables with notes. CSV takes the first table only.

    JSON and CSV have no place for notes: these are printed beside them.
    """
    from geoplan.outputs import sections as written

    if form == "json":
        put(written.sections_json(sections, built), output)
    elif form == "csv":
        put(written.first_csv(sections, built), output)
    elif form == "xlsx" and output is not None:
        from geoplan.outputs.whole_files import replacing

        with replacing(output) as temporary:
            written.write_sections(temporary, sections, notes, built, language)
    elif form == "md":
        put(written.sections_markdown(sections, notes, built, language), output)
    else:
        most = (
            None
            if output is not None
            else count_rows_shown([len(one) for one in sections.values() if len(one)])
        )
        lay_out = partial(short_table_text, most=most)
        put(written.sections_text(sections, notes, built, lay_out, language), output, prose=True)
    if form in ("json", "csv"):
        for note in notes:
            say(note)


def put_table(frame: pd.DataFrame, form: str, output: Path | None, notes: Sequence[str] = ()) -> None:
    """Print or write one table that is not about the money of a ledger."""
    from geoplan.outputs import text_tables

    if form == "json":
        put(text_tables.render_json(frame.astype(object).to_dict("records")) + "\n", output)
    elif form == "csv":
        put(text_tables.write_csv(frame), output)
    elif form == "xlsx" and output is not None:
        from geoplan.outputs.whole_files import replacing
        from geoplan.outputs.workbook import write_workbook

        with replacing(output) as temporary:
            write_workbook(temporary, {"Table": frame}, notes)
    elif form == "md":
        put(text_tables.markdown_table(frame), output)
    else:
        most = None if output is not None else count_rows_shown([len(frame)])
        text = short_table_text(frame, most)
        put(text + "".join(f"{note}\n" for note in notes), output, prose=True)
