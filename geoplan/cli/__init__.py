"""Command line: commands that parse, call the library, print, and turn errors into exit codes.

Belongs here: one module per group of commands, their options and help, and everything that is
printed (`printing`). Advice that names an `--option` is written here, nowhere else. Heavy
libraries are imported inside the commands.

Does not belong here: computations, and how files are written (`outputs`).
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import Any

import click

from geoplan.cli.printing import COMPLETE_VARIABLE, report, verbosity_options
from geoplan.model.errors import BalanceError, InputError, UsageError

# Heavy libraries are imported inside the commands: `geoplan --help` must not wait for pandas.

_HOMES = {
    "allocate": "planning_commands.allocate",
    "boundaries": "boundary_commands.boundaries",
    "check": "file_commands.check",
    "compare": "compare_command.compare",
    "completion": "completion_command.completion",
    "coordination": "measure_commands.coordination",
    "crosswalk": "file_commands.crosswalk",
    "equity": "measure_commands.equity",
    "execution": "execution_command.execution",
    "explain": "money_commands.explain",
    "export": "export_command.export",
    "gaps": "measure_commands.gaps",
    "init": "file_commands.init",
    "layers": "file_commands.layers",
    "ledger": "money_commands.ledger",
    "map": "map_command.map_",
    "phase": "planning_commands.phase_",
    "report": "report_command.report",
    "site": "site_command.site",
    "summary": "money_commands.summary",
}
"""Commands by the module they stand in, which is imported when its command is wanted."""


class _Group(click.Group):
    """Turns geoplan's errors into one clear message and an exit code, whatever the command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        module, name = _HOMES[cmd_name].split(".")
        command: click.Command = getattr(import_module(f"geoplan.cli.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            report(error, "usage")
            ctx.exit(2)
        except BalanceError as error:
            report(error, "the ledger does not balance")
            ctx.exit(1)
        except InputError as error:
            count = len(error.problems)
            report(error, f"{count} problem{'s' if count != 1 else ''} in the data; nothing was written")
            ctx.exit(1)
        except BrokenPipeError:
            # The reader of our output (head, less) has gone: that is no error of ours.
            sys.stderr.close()
            ctx.exit(0)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from geoplan.model.version import installed_version

        click.echo(f"geoplan {installed_version()}")
        ctx.exit()


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""
\b
Examples:
  geoplan map                                  the bundled home case, as maps/bolikhamxay.html
  geoplan init my-province                     a plan folder to start from
  geoplan check my-province                    what is doubtful, before anyone sees a map
  geoplan map my-province -o my-province.html
  geoplan summary my-province --by poverty_class,component
  geoplan explain my-province --district LA1104
  geoplan ledger my-province -o ledger.xlsx

\b
Exit codes: 0 done, 1 the data does not hold, 2 wrong usage.
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
    """Show where investment lands, district by district, and whether it reaches the poor."""


app.params += verbosity_options()


def _stop(number: int, _: object) -> None:
    sys.exit(128 + number)


def _stop_tidily() -> None:
    """When the program is ended or its terminal closed, let it take away what it had begun to write."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _stop)


def main() -> None:
    """Run the command line; text goes out as UTF-8 on every system, names of files as they came."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    _stop_tidily()
    if COMPLETE_VARIABLE in os.environ:
        from geoplan.cli.shells import register_powershell

        register_powershell()
    app(prog_name="geoplan", complete_var=COMPLETE_VARIABLE)
