"""Arguments that many commands share: how to name a plan, and options such as ``--kind`` and ``--format``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from geoplan.cli.output_targets import spare_arguments, spare_inputs
from geoplan.cli.printing import say, verbosity_options, working
from geoplan.cli.row_limit import all_option
from geoplan.model.choices import KINDS, LANGUAGES, SPREADS
from geoplan.model.errors import UsageError, show_value
from geoplan.model.money_view import MoneyView

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan
    from geoplan.sources.origins import Origin
    from geoplan.sources.raw_table import FileSpec

Command = TypeVar("Command", bound=Callable[..., Any])

_TABLES = {
    "districts": "Boundary file of the districts.",
    "locations": "Table of locations.",
    "spending": "Table of spending.",
    "projects": "Table of projects (optional).",
    "profile": "Table of population and poverty by district (optional).",
}
_REQUIRED = ("districts", "spending")
_SECTIONS = {
    "People of a raster": "population poor values band",
    "Travel times": "roads speeds friction friction_unit friction_mode barriers crossings farthest_walk costs",
    "Input without a plan": " ".join((*_TABLES, "source empty")),
    "Which money, on which districts": "kind vintage spread convert constant_prices",
    "Large datasets": "scheduler workers batch work on_error",
    "Output": "png pdf svg size pages language form all output quiet verbose help",
}
"""Sections of a command's help, each with the parameters that it lists, in their order. All others are listed first."""
_SIGNS = {
    "People of a raster": ("friction",),
    "Travel times": ("friction",),
    "Input without a plan": ("locations",),
    "Which money, on which districts": ("convert", "constant_prices"),
}
"""Parameters of which a command has one if the section applies to it: elsewhere the same names mean something else."""


class ExampleCommand(click.Command):
    """A command whose help groups the options by purpose and ends in examples.

    Parameters
    ----------
    examples : sequence of str
        Arguments after ``geoplan``.
    """

    def __init__(self, *args: Any, examples: Sequence[str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params += verbosity_options()
        self.examples = tuple(examples)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, unless it would overwrite its own input."""
        spare_arguments(ctx)
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in sections, those of this command first."""
        given = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        options = {"help" if "--help" in one.opts else str(one.name): one for one in given}
        sections = {
            title: [options[name] for name in names.split() if name in options]
            for title, names in _SECTIONS.items()
            if options.keys() & set(_SIGNS.get(title, options))
        }
        listed = [one for rows in sections.values() for one in rows]
        first = [one for one in options.values() if one not in listed]
        for title, found in {"Options": first, **sections}.items():
            rows = [row for row in (one.get_help_record(ctx) for one in found) if row is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, unwrapped."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"  geoplan {example}\n")


def plan_options(command: Command) -> Command:
    """Add the ways to name a plan, and the prices in which its amounts count."""
    prices = click.option(
        "--constant-prices",
        type=int,
        metavar="YEAR",
        help="Express all amounts in the prices of this year, with the plan's deflators.",
    )
    return input_options(prices(command))


def file_option(*names: str, metavar: str = "FILE", **settings: Any) -> Callable[[Command], Command]:
    """Return an option that names a file or a folder."""
    return click.option(*names, type=click.Path(path_type=Path), metavar=metavar, **settings)


def file_argument(name: str, **settings: Any) -> Callable[[Command], Command]:
    """Return an argument that names a file or a folder."""
    return click.argument(name, type=click.Path(path_type=Path), **settings)


def output_to(meaning: str, **settings: Any) -> Callable[[Command], Command]:
    """Return the option ``--output`` of a command that can write what this help says."""
    return file_option("-o", "--output", **settings, help=meaning)


def input_options(command: Command) -> Command:
    """Add the ways to name a plan: a folder, its geoplan.toml, or single tables."""
    for table, meaning in reversed(_TABLES.items()):
        add = file_option(f"--{table}", help=meaning)
        command = add(command)
    add = click.option(
        "--source",
        multiple=True,
        metavar="KIND:PATH",
        help="Release with several tables, with a plan or with --districts: aiddata:DIR, iati:FILE.xml, "
        "oc4ids:FILE.json. Repeatable; a project counts from the first source that has it.",
    )
    command = add(command)
    command = click.option(
        "--empty",
        type=click.Choice(("refuse", "leave-out")),
        help="What to do with districts of --districts whose shape is empty [default: refuse].",
    )(command)
    return file_argument("plan", required=False, metavar="[PLAN]")(command)


def one_of(names: Sequence[str]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return a shell completion that offers the given names."""

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return complete


_VIEW_OPTIONS = {
    "kind": click.option(
        "--kind",
        metavar="KIND",
        shell_complete=one_of(KINDS),
        help="Count only this kind of money: budget, commitment, disbursement or expenditure.",
    ),
    "vintage": click.option(
        "--vintage",
        metavar="NAME",
        help="Show the money on the districts of another vintage of the plan, such as 2009.",
    ),
    "convert": click.option(
        "--convert", is_flag=True, help="Convert all amounts to the plan's currency, at the plan's rates."
    ),
}


def view_options(*names: str) -> Callable[[Command], Command]:
    """Add the named options (kind, vintage, convert); the command gets them, and constant prices, as ``view``."""

    def add(command: Command) -> Command:
        @wraps(command)
        def viewed(**given: Any) -> Any:
            chosen = {name: given.pop(name) for name in names}
            view = MoneyView(**chosen, prices=given.pop("constant_prices", None))
            return command(view=view, **given)

        for name in reversed(names):
            viewed = _VIEW_OPTIONS[name](viewed)
        return cast(Command, viewed)

    return add


def gathered_options(
    kind: type, name: str, options: Sequence[Callable[[Any], Any]]
) -> Callable[[Command], Command]:
    """Add options to a command, which gets them as one dataclass with a field for each.

    Parameters
    ----------
    kind : dataclass
    name : str
        Argument of the command.
    options : sequence of click.option
    """

    def add(command: Command) -> Command:
        @wraps(command)
        def gathered(**given: Any) -> Any:
            chosen = kind(**{item.name: given.pop(item.name) for item in fields(kind)})
            return command(**{name: chosen}, **given)

        for option in reversed(options):
            gathered = option(gathered)
        return cast(Command, gathered)

    return add


spread_option = click.option(
    "--spread",
    type=click.Choice(SPREADS),
    default="none",
    show_default=True,
    help="How to spread coarse money over districts for the expected reading.",
)
measured_spread_option = click.option(
    "--spread",
    type=click.Choice(SPREADS),
    help="How to spread coarse money over districts for the expected reading [default: population if every "
    "district has one, else even].",
)
language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of the output: English, French or Lao.",
)
periods_option = click.option(
    "--periods",
    metavar="YEARS",
    help="Plan periods, separated by commas, such as 2011-2015,2016-2020 [default: the plan's].",
)
output_option = output_to("Write this file instead of printing.")
FORMATS = ("table", "csv", "json", "md", "xlsx")


def format_option(command: Command) -> Command:
    """Add ``--format`` and ``--all`` to a command that prints tables."""
    meaning = "[default: from the ending of FILE, else table]"
    add = click.option("--format", "form", type=click.Choice(FORMATS), help=meaning)
    return add(all_option(command))


def read_given(
    plan: Path | None,
    tables: Mapping[str, Any],
    view: MoneyView,
    *,
    stream: bool = False,
    surroundings: bool = True,
    without_money: bool = False,
    with_notes: bool = True,
) -> Plan:
    """Read the plan that the arguments name, and print which one it is.

    Parameters
    ----------
    plan : Path, optional
        Plan folder or plan file.
    tables : mapping
        Values of the options of `plan_options`.
    view : MoneyView
        What to show of its money.
    stream : bool
        Leave Parquet datasets unread, to be streamed.
    surroundings : bool
        Also read the layers of ``[map]``.
    without_money : bool
        Whether the command can do something for a plan without amounts.
    with_notes : bool
        Also print what was detected in the files.

    Raises
    ------
    UsageError
        The arguments contradict each other, or the command needs amounts and the plan has none.
    """
    given = {
        name: path for name, path in tables.items() if path is not None and name not in ("source", "empty")
    }
    sources = _origins(tables)
    if given and plan is not None:
        raise UsageError("give either a plan or single tables (--districts, …), not both")
    if sources and not given and plan is None:
        raise UsageError("--source also needs districts: add --districts FILE, or name a plan")
    empty = tables.get("empty")
    if empty is not None and not given:
        raise UsageError('--empty needs --districts; a plan says it in [districts]: empty = "leave out"')
    with working("reading"):
        read = (
            _read_tables(given, sources, stream, (empty or "refuse").replace("-", " "))
            if given
            else _read_folder(plan, sources, stream, surroundings)
        )
    spare_inputs(click.get_current_context(), {**read.files, **_files_of_vintages(read)})
    _say_details(read)
    for note in read.detected if with_notes else ():
        say(f"note: {note}", once=True)
    if not read.has_money:
        if not without_money or view != MoneyView():
            what = (
                f"geoplan {click.get_current_context().info_name}" if not without_money else "these options"
            )
            raise UsageError(
                f"the plan {show_value(read.title)} has no money{_left_out_of(read)}, so {what} cannot be used: "
                "add a section [spending], or use geoplan summary, map, check, export or report, which count "
                "projects and places"
            )
        return read
    from geoplan.plan.views import view_plan

    return view_plan(read, view)


def _left_out_of(read: Plan) -> str:
    """Say which money a plan without any leaves out."""
    from geoplan.plan.merge_sources import left_out_lines

    lines = [] if read.left_out is None else left_out_lines(read.left_out)
    return f" that counts ({'; '.join(lines)})" if lines else ""


def _files_of_vintages(read: Plan) -> dict[str, Path]:
    from geoplan.plan.plan_inputs import files_read

    return {
        f"{table} of {name}": path
        for name, specs in read.vintages.items()
        for table, path in files_read(specs).items()
    }


def listed(names: str | None) -> list[str]:
    """Split names separated by commas."""
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def with_periods(read: Plan, periods: str | None) -> Plan:
    """Return a plan with the periods of ``--periods``, if given."""
    if periods is None:
        return read
    from dataclasses import replace

    from geoplan.model.periods import read_periods

    return replace(read, periods=read_periods(listed(periods)))


def _say_details(read: Plan) -> None:
    """Print the files that were read, and remarks about them, with ``--verbose``."""
    for table, path in read.files.items():
        frame: Any = getattr(read, table, None)
        rows = f": {len(frame)} rows" if table in _TABLES else ""
        say(f"read {table} from {path}{rows}", detail=True)
    for remark in read.remarks:
        say(f"remark: {remark}", detail=True)


def _origins(tables: Mapping[str, Any]) -> list[Origin]:
    """Return the sources named by ``--source``, in order."""
    if not tables.get("source"):
        return []
    from geoplan.sources.origins import parse_origins

    return [origin for text in tables["source"] for origin in parse_origins(text)]


def _read_tables(given: dict[str, Path], sources: list[Origin], stream: bool, empty: str) -> Plan:
    from geoplan.plan.plan_tables import make_plan
    from geoplan.sources.raw_table import name_file

    required = _REQUIRED[:1] if sources or "locations" in given else _REQUIRED
    missing = [f"--{name}" for name in required if name not in given]
    if missing:
        raise UsageError(f"without a plan, {', '.join(missing)} must be given too")
    from geoplan.sources.database import address_of
    from geoplan.sources.table_parts import list_files_of

    absent = [
        f"--{name} {path}"
        for name, path in given.items()
        if address_of(path) is None and not list_files_of(name_file(path))[0].exists()
    ]
    if absent:
        raise UsageError(f"file not found: {', '.join(absent)}")
    title = (
        _stem(name_file(given["districts"]).path)
        if not sources
        else ", ".join(origin.path.stem for origin in sources)
    )
    tables: dict[str, Any] = {**given}
    return make_plan(**tables, sources=sources, title=title, stream=stream, empty=empty)


def _stem(path: Path) -> str:
    """Return the name of a file without suffix; of a path with ``*``, the name of its folder."""
    return path.absolute().parent.name if "*" in path.name else path.stem


def _read_folder(plan: Path | None, sources: list[Origin], stream: bool, surroundings: bool) -> Plan:
    from geoplan.plan.plan_file import find_bundled_plan, find_plan
    from geoplan.plan.plan_tables import read_plan

    found = find_plan(plan)
    read = read_plan(found, sources=sources, stream=stream, surroundings=surroundings)
    bundled = plan is None and found == find_bundled_plan()
    say(
        f"plan: {read.title}"
        + (" (the bundled home case; name a plan folder for your own)" if bundled else f" ({found})")
    )
    return read


def points_file(given: Path | None) -> FileSpec | None:
    """Split ``FILE::LAYER`` of an option that names points. Raise `UsageError` if the file does not exist."""
    from geoplan.sources.raw_table import name_file

    if given is None:
        return None
    spec = name_file(given)
    if not spec.path.exists():
        raise UsageError(f"file not found: {spec.path}")
    return spec


def plan_name(plan: Path | None, tables: Mapping[str, Any]) -> str:
    """Return the default name for outputs of a plan: its folder's name, or that of the boundary file."""
    from geoplan.plan.plan_file import find_plan
    from geoplan.sources.raw_table import name_file

    districts = tables.get("districts")
    if districts is not None:
        return _stem(name_file(districts).path)
    return find_plan(plan).resolve().parent.name


def build(read: Plan) -> Ledger:
    """Build the ledger of a plan, with a progress bar."""
    with working("placing the money"):
        from geoplan.ledger.entries import build_ledger

        return build_ledger(read)
