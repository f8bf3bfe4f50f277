"""The command line: parse, call, print, and turn errors into exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from geoplan.errors import BalanceError, GeoplanError, InputError, UsageError, escape_controls

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger import Ledger
    from geoplan.plan import Plan

# Heavy libraries are imported inside the commands: `geoplan --help` must not wait for pandas.

Command = TypeVar("Command", bound=Callable[..., Any])

_TABLES = ("districts", "locations", "spending", "projects", "profile")
_FORMATS = ("table", "csv", "json", "md", "xlsx")


class _Group(click.Group):
    """Turns geoplan's errors into one clear message and an exit code, whatever the command."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            _report(error, "usage")
            ctx.exit(2)
        except BalanceError as error:
            _report(error, "the ledger does not balance")
            ctx.exit(1)
        except InputError as error:
            count = len(error.problems)
            _report(error, f"{count} problem{'s' if count != 1 else ''} in the data; nothing was written")
            ctx.exit(1)
        except BrokenPipeError:
            # The reader of our output (head, less) has gone: that is no error of ours.
            sys.stderr.close()
            ctx.exit(0)


def _report(error: GeoplanError, headline: str) -> None:
    click.echo(f"geoplan: {headline}", err=True)
    for problem in error.problems:
        click.echo(f"  {problem}", err=True)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        import geoplan

        click.echo(f"geoplan {geoplan.__version__}")
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


def plan_options(command: Command) -> Command:
    """Add the ways to name a plan: a folder, its geoplan.toml, or single tables."""
    for table in reversed(_TABLES):
        note = {
            "districts": "Boundary file",
            "projects": "Table, optional",
            "profile": "Table, optional",
        }.get(table, "Table")
        command = click.option(
            f"--{table}",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help=f"{note}: {table}, without a plan.",
        )(command)
    return click.argument("plan", required=False, type=click.Path(path_type=Path), metavar="[PLAN]")(command)


kind_option = click.option(
    "--kind", metavar="KIND", help="Only money of this kind: budget, commitment, disbursement or expenditure."
)


@app.command(short_help="Write a plan folder to start from.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init(folder: Path) -> None:
    r"""Write a ready plan folder: a commented geoplan.toml, the five tables as CSV, a boundary file.

    It holds the home case, Bolikhamxay; replace its tables by yours.

    \b
    Example:
      geoplan init my-province
      geoplan map my-province
    """
    from geoplan.start import write_plan_folder

    written = write_plan_folder(folder)
    for path in written:
        click.echo(str(path))
    _say(f"a plan folder with {len(written)} files; next: geoplan map {folder}")


@app.command(short_help="Say what is wrong or doubtful, changing nothing.")
@plan_options
def check(plan: Path | None, **tables: Path | None) -> None:
    r"""Read and check everything, and say what would be lost from sight or is doubtful.

    \b
    Example:
      geoplan check my-province
    """
    from geoplan.doubts import find_doubts

    read = _read(plan, tables)
    ledger = _build(read)
    doubts = find_doubts(read, ledger)
    click.echo(f"{read!r}")
    for line in _closing_lines(ledger):
        click.echo(line)
    click.echo("Nothing doubtful was found." if not doubts else f"{len(doubts)} things to look at:")
    for doubt in doubts:
        click.echo(f"- {doubt}")


@app.command("map", short_help="Write the interactive map as one HTML file.")
@plan_options
@kind_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE.html", help="Default: maps/NAME.html."
)
def map_(plan: Path | None, kind: str | None, output: Path | None, **tables: Path | None) -> None:
    r"""Write the interactive map: one HTML file that opens in any browser without a network.

    \b
    Examples:
      geoplan map my-province -o my-province.html
      geoplan map --districts districts.gpkg --locations sites.csv --spending budget.xlsx
    """
    target = output or Path("maps") / f"{_plan_name(plan, tables)}.html"
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"a map is an HTML file: name it {target.with_suffix('.html')}")
    read = _read(plan, tables, kind)
    ledger = _build(read)
    with _working("drawing the map"):
        from geoplan.page import build_map, render_page
        from geoplan.report.target import write_text

        write_text(target, render_page(build_map(read, ledger=ledger)))
    click.echo(str(target))
    _close(ledger)


@app.command(short_help="Sum up the money by district, component, funder, year, kind or poverty class.")
@plan_options
@kind_option
@click.option(
    "--by",
    default="district",
    show_default=True,
    metavar="COLUMNS",
    help="Groupings, separated by commas: district, component, funder, year, poverty_class, kind, province, project, place.",
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="Default: by the ending of FILE, else table."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a file instead of printing.",
)
def summary(
    plan: Path | None, kind: str | None, by: str, form: str | None, output: Path | None, **tables: Path | None
) -> None:
    r"""Sum up the money. What is in no district is listed below the districts, never left out.

    \b
    Examples:
      geoplan summary my-province
      geoplan summary my-province --by component,year --format csv -o years.csv
      geoplan summary my-province --by poverty_class --format json
    """
    from geoplan.summary import check_groupings

    groupings = check_groupings([name.strip() for name in by.split(",") if name.strip()])
    form = form or _format_of(output)
    if form == "xlsx" and output is None:
        raise UsageError("a workbook needs a file to go to: add -o FILE.xlsx")
    read = _read(plan, tables, kind)
    ledger = _build(read)
    _write_summary(ledger, groupings, form, output)
    _close(ledger)


@app.command(short_help="Write the ledger: each amount, its place and the rule that put it there.")
@plan_options
@kind_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="End it in .csv, .parquet, .gpkg or .xlsx; without it CSV is printed.",
)
def ledger(plan: Path | None, kind: str | None, output: Path | None, **tables: Path | None) -> None:
    r"""Write the ledger: every amount in exactly one district or named bucket.

    \b
    Examples:
      geoplan ledger my-province > ledger.csv
      geoplan ledger my-province -o ledger.parquet
    """
    read = _read(plan, tables, kind)
    built = _build(read)
    if output is None:
        from geoplan.ledger import written_ledger
        from geoplan.report.text import write_csv

        click.echo(write_csv(written_ledger(built)), nl=False)
    else:
        from geoplan.report.ledger_files import write_ledger

        with _working("writing the ledger"):
            write_ledger(built, read, output)
        click.echo(str(output))
    _close(built)


@app.command(short_help="List the layers of a vector file.")
@click.argument("file", type=click.Path(path_type=Path))
def layers(file: Path) -> None:
    r"""List what a vector file holds: layers, geometry, number of features, CRS, columns.

    \b
    Example:
      geoplan layers districts.gpkg
    """
    from geoplan.sources.vector import list_layers

    if not file.exists():
        raise UsageError(f"there is no file {file}")
    _print_table(list_layers(file))


# --- reading ---------------------------------------------------------------------------------


def _read(plan: Path | None, tables: dict[str, Path | None], kind: str | None = None) -> Plan:
    """Read the plan that the arguments mean, and say which it is."""
    from geoplan.plan import bundled_plan, find_plan, read_plan, read_tables

    given = {name: path for name, path in tables.items() if path is not None}
    if given and plan is not None:
        raise UsageError("give either a plan or single tables (--districts, …), not both")
    with _working("reading"):
        if given:
            missing = [f"--{name}" for name in ("districts", "locations", "spending") if name not in given]
            if missing:
                raise UsageError(f"without a plan, {', '.join(missing)} must be given too")
            read = read_tables(**given, title=given["districts"].stem)
        else:
            found = find_plan(plan)
            read = read_plan(found)
    if not given:
        bundled = plan is None and found == bundled_plan()
        _say(
            f"plan: {read.title}"
            + (" (the bundled home case; name a plan folder for your own)" if bundled else f" ({found})")
        )
    return read if kind is None else read.only(kind)


def _plan_name(plan: Path | None, tables: dict[str, Path | None]) -> str:
    """Return the name an output of the plan gets: its folder's, or that of the boundary file."""
    from geoplan.plan import find_plan

    districts = tables.get("districts")
    return districts.stem if districts is not None else find_plan(plan).resolve().parent.name


def _build(read: Plan) -> Ledger:
    with _working("placing the money"):
        from geoplan.ledger import build_ledger

        return build_ledger(read)


# --- printing --------------------------------------------------------------------------------


@contextmanager
def _working(step: str) -> Iterator[None]:
    """Show that work is going on, when someone is watching."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(step):
        yield


def _say(message: str) -> None:
    click.echo(escape_controls(message), err=True)


def _close(ledger: Ledger) -> None:
    for line in _closing_lines(ledger):
        _say(line)


def _closing_lines(ledger: Ledger) -> list[str]:
    from geoplan.report.text import illustrative_lines, reconciliation_lines

    return [*reconciliation_lines(ledger), *illustrative_lines(ledger)]


def _format_of(output: Path | None) -> str:
    if output is None:
        return "table"
    form = {".txt": "table", ".json": "json", ".md": "md", ".csv": "csv", ".xlsx": "xlsx"}.get(
        output.suffix.lower()
    )
    if form is None:
        raise UsageError(
            f"the format of {output.name} is not clear: add --format, one of {', '.join(_FORMATS)}"
        )
    return form


def _write_summary(ledger: Ledger, by: list[str], form: str, output: Path | None) -> None:
    from geoplan.report import text
    from geoplan.report.target import replacing, write_text

    if form == "xlsx" and output is not None:
        from geoplan.report.workbook import write_workbook

        with replacing(output) as temporary:
            write_workbook(temporary, {"Summary": text.summary_frame(ledger, by)}, _closing_lines(ledger))
    elif form == "table" and output is None:
        _print_table(text.summary_frame(ledger, by).drop(columns="illustrative", errors="ignore"))
        for line in text.illustrative_lines(ledger):
            click.echo(line)
    else:
        written = {
            "csv": lambda: text.write_csv(text.summary_frame(ledger, by)),
            "json": lambda: text.summary_json(ledger, by),
            "md": lambda: text.summary_markdown(ledger, by),
            "table": lambda: _table_text(text.summary_frame(ledger, by)),
        }[form]()
        if output is None:
            click.echo(written, nl=False)
        else:
            write_text(output, written)
    if output is not None:
        click.echo(str(output))


def _print_table(frame: pd.DataFrame) -> None:
    click.echo(_table_text(frame), nl=False)


def _table_text(frame: pd.DataFrame) -> str:
    """Lay out a frame as a table of plain text, numbers to the right."""
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in frame.columns:
        numeric = name in ("amount", "year", "features")
        table.add_column(Text(str(name)), justify="right" if numeric else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*[Text(_shown(cell)) for cell in row])
    out = StringIO()
    width = Console().width if sys.stdout.isatty() else 200
    Console(file=out, width=width, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _shown(cell: object) -> str:
    from decimal import Decimal

    import pandas as pd

    if pd.isna(cell):  # type: ignore[call-overload]
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:,f}".replace(",", "\u202f").replace("-", "−")
    return escape_controls(str(cell))


def main() -> None:
    """Run the command line; text goes out as UTF-8 on every system."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    app(prog_name="geoplan")
