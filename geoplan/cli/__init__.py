"""Command line: commands that parse, call the library, print, and turn errors into exit codes.

Belongs here: one module per group of commands, their options and help, and everything that is
printed (`printing`). Advice that names an `--option` is written here, nowhere else. Heavy
libraries are imported inside the commands.

Does not belong here: computations, and how files are written (`outputs`).
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

import click

from geoplan.cli.last_resort import EXIT_CODE as FAULT
from geoplan.cli.last_resort import report_fault, show_warning
from geoplan.cli.printing import (
    COMPLETE_VARIABLE,
    ClosedOutput,
    OutputError,
    drop_output,
    emit,
    report,
    report_input_error,
    tell,
    verbosity_options,
)
from geoplan.model.errors import (
    BalanceError,
    InputError,
    SeveralKindsError,
    UnreachableError,
    UsageError,
    show_value,
)

# Heavy libraries are imported inside the commands: `geoplan --help` must not wait for pandas.

_GROUPS = {
    "Check the input": {
        "init": "file_commands.init",
        "check": "file_commands.check",
        "layers": "file_commands.layers",
        "districts": "file_commands.districts",
        "profile": "profile_command.profile",
    },
    "Look at a plan": {
        "map": "map_command.map_",
        "summary": "money_commands.summary",
        "explain": "money_commands.explain",
        "equity": "measure_commands.equity",
        "execution": "execution_command.execution",
        "coordination": "measure_commands.coordination",
        "gaps": "measure_commands.gaps",
        "classify": "classify_command.classify",
        "clusters": "clusters_command.clusters",
        "compare": "compare_command.compare",
    },
    "Plan what comes next": {
        "allocate": "planning_commands.allocate",
        "phase": "planning_commands.phase_",
        "site": "site_command.site",
    },
    "Exchange data": {
        "report": "report_command.report",
        "ledger": "money_commands.ledger",
        "export": "export_command.export",
    },
    "Manage boundaries and settings": {
        "boundaries": "boundary_commands.boundaries",
        "crosswalk": "crosswalk_command.crosswalk",
        "completion": "completion_command.completion",
    },
}
"""The module and function of each command, by the group it has in the help. Modules are imported on demand."""

_HOMES = {name: home for group in _GROUPS.values() for name, home in group.items()}


class _Group(click.Group):
    """The root command: groups the commands in its help, and turns errors into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        module, name = _HOMES[cmd_name].split(".")
        command: click.Command = getattr(import_module(f"geoplan.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command by its name, or suggest the names that are close to it."""
        if args[0] not in _HOMES and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], _HOMES, n=3)
            hint = f" Did you mean {' or '.join(close)}?" if close else ""
            ctx.fail(f"No such command {show_value(args[0])}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by group."""
        widest = max(map(len, _HOMES))
        for title, homes in _GROUPS.items():
            rows = []
            for name in homes:
                command = self.get_command(ctx, name)
                assert command is not None
                rows.append((name.ljust(widest), command.get_short_help_str(formatter.width)))
            with formatter.section(title):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return self._publish(ctx)
        except UsageError as error:
            report(self._with_option(ctx, error), "usage")
            ctx.exit(2)
        except BalanceError as error:
            report(error, "the ledger does not balance")
            ctx.exit(1)
        except InputError as error:
            report_input_error(error)
            ctx.exit(1)
        except UnreachableError as error:
            report(error, "a server cannot be reached; nothing was written")
            ctx.exit(1)
        except BrokenPipeError:
            # The program that read the output, such as head or less, has closed the pipe: no error.
            drop_output()
            ctx.exit(0)

    def _with_option(self, ctx: click.Context, error: UsageError) -> UsageError:
        """Name the option in place of the argument of the library, if the command has it."""
        if not isinstance(error, SeveralKindsError):
            return error
        command = self.get_command(ctx, ctx.invoked_subcommand or "")
        if command is None or "--kind" not in {name for one in command.params for name in one.opts}:
            return UsageError(
                f"{error.fault}: keep the amounts of one kind, such as {error.kinds[0]}, in the plan"
            )
        return UsageError(f"{error.fault}: choose one kind, such as --kind {error.kinds[0]}")

    def _publish(self, ctx: click.Context) -> Any:
        """Run a command; its outputs appear together when it ends, if no input has changed meanwhile."""
        from geoplan.model.watched_inputs import watched_inputs
        from geoplan.outputs.whole_files import published_together

        code = 0
        with watched_inputs() as inputs, published_together() as outputs:
            try:
                super().invoke(ctx)
            except click.exceptions.Exit as ended:
                code = ended.exit_code
            if outputs.staged:
                inputs.check_unchanged()
        return ctx.exit(code)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the program; whatever ends it, the user sees one message and the shell one exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        try:
            code = super().main(args, prog_name, complete_var, False, **extra)
        except click.ClickException as error:
            shown = StringIO()
            error.show(shown)
            for line in shown.getvalue().rstrip("\n").split("\n"):
                tell(line)
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            tell("interrupted")
            sys.exit(130)
        except OutputError as error:
            _end_without_output(str(error))
        except BaseException as error:
            # A fault in a library that is written in Rust, such as that of charts, is no Exception.
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            if isinstance(error, OSError) and error.errno in _NO_OUTPUT and error.filename is None:
                _end_without_output(f"standard output cannot be written ({error.strerror})")
            report_fault(error, sys.argv[1:] if args is None else args)
            drop_output()
            sys.exit(FAULT)
        sys.exit(code if isinstance(code, int) else 0)


_NO_OUTPUT = (errno.ENOSPC, errno.EBADF, errno.EIO)


def _end_without_output(what: str) -> NoReturn:
    tell(f"geoplan: {what}")
    drop_output()
    sys.exit(2)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from geoplan.model.version import installed_version

        emit(f"geoplan {installed_version()}\n")
        ctx.exit()


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""
\b
Examples:
  geoplan map                      map the bundled home case: maps/bolikhamxay.html
  geoplan init my-province         create a plan folder with example data
  geoplan check my-province        list errors and warnings
  geoplan map my-province -o my-province.html
  geoplan summary my-province --by poverty_class,component
  geoplan explain my-province --district LA1104
  geoplan ledger my-province -o ledger.xlsx

\b
Exit codes: 0 done, 1 the data has errors, 2 wrong usage, 3 unexpected error.
""",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def app() -> None:
    """Show where a province's investment lands, district by district, and whether it reaches the poor."""


app.params += verbosity_options()


_OBJECTS = 200_000
"""New objects after which Python looks for cyclic garbage."""


def _stop(number: int, _: object) -> None:
    sys.exit(128 + number)


def _stop_tidily() -> None:
    """Exit normally when the program is terminated or its terminal closes, so that unfinished files are removed."""
    # Windows sends SIGBREAK when a console closes, and at Ctrl-Break.
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _stop)


def _open_streams() -> None:
    """Prepare the standard streams: text is UTF-8 on every system, and file names keep their bytes.

    Where a stream is closed, its number is taken: else the next file to be opened would get it, and with it
    whatever a library prints.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = ClosedOutput()
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open until the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def main() -> None:
    """Run the command line."""
    # Importing the libraries makes 200,000 objects that all stay: looking for garbage among them takes a tenth of the time.
    gc.set_threshold(_OBJECTS)
    _open_streams()
    _stop_tidily()
    warnings.showwarning = show_warning
    if COMPLETE_VARIABLE in os.environ:
        from geoplan.cli.shells import register_powershell

        register_powershell()
    try:
        app(prog_name="geoplan", complete_var=COMPLETE_VARIABLE)
    finally:
        # The process ends: to look for garbage once more among all objects would take another fifth.
        gc.freeze()
