"""Commands about files: init, check, layers, districts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    build,
    file_argument,
    file_option,
    format_option,
    output_option,
    plan_options,
    read_given,
    view_options,
)
from geoplan.cli.printing import format_of, name_output, put, put_table, report, report_input_error, say
from geoplan.model.errors import InputError, Problem, UsageError, show_value

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan
    from geoplan.sources.reading_account import ReadingAccount


@click.command(
    short_help="Create a plan folder, also for your own workbook.",
    cls=ExampleCommand,
    examples=[
        "init my-province",
        "init my-province --from projects.xlsx --from people.xlsx --districts districts.gpkg",
        "init my-province --empty",
        "init my-province --xlsx",
    ],
)
@file_argument("folder", metavar="DIR")
@file_option(
    "--from",
    "tables",
    multiple=True,
    help="Workbook or CSV with your projects, or with figures of districts. Repeatable. Needs --districts.",
)
@click.option(
    "--districts",
    metavar="FILE",
    help="Boundary file of the districts that the workbook names; FILE::LAYER if it has several layers.",
)
@click.option("--empty", is_flag=True, help="Write the plan file and empty tables, without example data.")
@click.option("--xlsx", is_flag=True, help="Write the tables as Excel workbooks [default: CSV].")
@click.pass_context
def init(
    ctx: click.Context,
    folder: Path,
    tables: tuple[Path, ...],
    districts: str | None,
    empty: bool,
    xlsx: bool,
) -> None:
    """Create a plan folder: geoplan.toml with comments, the five tables, and boundary files.

    It contains the home case, Bolikhamxay. Replace its tables by yours.

    With --from, geoplan.toml says how to read your own workbook as it is: sheets, header, columns, years, units and
    totals, each with its evidence as a comment. Settings that the workbook does not state are marked CHECK. Names that
    match no district are in review.csv. Then geoplan check runs.
    """
    from geoplan.outputs.starter_folder import write_bare_plan, write_first_plan

    if bool(tables) != (districts is not None):
        raise UsageError("give both --from FILE and --districts FILE")
    if tables and empty:
        raise UsageError("give either --from or --empty")
    if tables and xlsx:
        raise UsageError("give either --from or --xlsx: your own workbooks stay as they are")
    if districts is not None:
        _init_from(ctx, folder, tables, districts)
        return
    written = (write_bare_plan if empty else write_first_plan)(folder, workbooks=xlsx)
    for path in written:
        name_output(path)
    step = f"fill in the tables, then geoplan check {folder}" if empty else f"geoplan map {folder}"
    say(f"wrote a plan folder with {len(written)} files; next: {step}")


def _init_from(ctx: click.Context, folder: Path, tables: Sequence[Path], districts: str) -> None:
    """Write the plan file for a planner's own files, and the names to review; then check the plan."""
    from geoplan.ledger.name_review import names_to_review
    from geoplan.outputs.edited_tables import write_edited_table
    from geoplan.outputs.starter_folder import check_has_no_plan, write_draft
    from geoplan.outputs.whole_files import published_together
    from geoplan.plan.draft_sections import REVIEW_FILE
    from geoplan.plan.plan_draft import draft_plan
    from geoplan.plan.plan_tables import read_plan

    check_has_no_plan(folder)
    draft = draft_plan(tables, Path(districts), folder, title=folder.name)
    # The plan is in place before it is checked: what check finds is mended in it.
    with published_together():
        written = write_draft(folder, draft.text)
    for path in written:
        name_output(path)
    for setting in draft.to_check:
        say(f"check {setting}")
    try:
        names = names_to_review(read_plan(folder))
        if len(names):
            with published_together():
                write_edited_table(folder / REVIEW_FILE, names)
            name_output(folder / REVIEW_FILE)
            say(
                f"{len(names)} names to review: fill in the column district in {REVIEW_FILE}, "
                f"then remove the # before review in {written[0]}"
            )
        ctx.invoke(check, plan=folder)
    except InputError as error:
        count = len(error.problems)
        headline = f"the plan is written; {count} problem{'s' if count != 1 else ''} left: edit {written[0]}, then run geoplan check {folder}"
        report(error, headline)
        ctx.exit(1)


@click.command(
    short_help="Check the input and list errors and warnings.",
    cls=ExampleCommand,
    examples=[
        "check my-province",
        "check my-province --review my-province/review.csv",
    ],
)
@plan_options
@view_options("kind", "convert")
@format_option
@output_option
@file_option(
    "--review",
    help="Write the names that match no district or several. Fill them in, and name the file in geoplan.toml. A .csv or .xlsx file.",
)
@file_option(
    "--left-out",
    help="Write the amounts of the plan's sources that are not counted, with reasons, as .csv or .xlsx.",
)
@click.pass_context
def check(
    ctx: click.Context,
    /,
    plan: Path | None,
    view: MoneyView,
    form: str | None,
    output: Path | None,
    review: Path | None,
    left_out: Path | None,
    **tables: Path | None,
) -> None:
    """Check the input: list errors and warnings, and show how each file is read. Nothing is changed."""
    import pandas as pd

    from geoplan.ledger.place_counts import count_lines
    from geoplan.ledger.warnings import find_warnings
    from geoplan.outputs.edited_tables import check_table_format
    from geoplan.outputs.text_tables import closing_lines

    for table in (review, left_out):
        if table is not None:
            check_table_format(table)
    form = format_of(form, output, FORMATS)
    with _errors_before_accounts(ctx, form, output):
        # A table and JSON list the notes among the warnings.
        read = read_given(plan, tables, view, without_money=True, with_notes=form not in ("table", "json"))
        _read_the_rest(read)
    ledger = build(read)
    warnings = find_warnings(read, ledger)
    if form == "table":
        shown = _readings_shown(read.accounts)
        warnings = [warning for warning in warnings if warning.message not in shown]
    counted = "no warnings" if not warnings else f"{len(warnings)} warning{'s' if len(warnings) > 1 else ''}:"
    closing = closing_lines(ledger) if read.has_money else count_lines(read)
    if form == "json":
        put(_as_json(read, warnings, closing), output)
    elif form == "table":
        lines = [f"No errors, {counted}", *(f"- {warning}" for warning in warnings), "", _contents(read)]
        lines += [*closing, "", *(_account_text(account, read.remarks) for account in read.accounts)]
        put("\n".join(lines), output, prose=True)
    else:
        put_table(_columns_of(read.accounts), form, output)
    if left_out is not None:
        from geoplan.outputs.edited_tables import write_edited_table
        from geoplan.sources.origins import LEFT_OUT

        listed = pd.DataFrame(columns=[*LEFT_OUT]) if read.left_out is None else read.left_out
        write_edited_table(left_out, listed)
        say(f"wrote {len(listed)} amounts that are not counted to {left_out}")
    if review is not None:
        from geoplan.ledger.name_review import count_lost_decisions, names_to_review
        from geoplan.outputs.edited_tables import write_edited_table

        names = names_to_review(read)
        if review.is_file() and count_lost_decisions(review, names):
            raise UsageError(
                f"{review.name} has decisions that the plan does not read, and they would be lost: "
                f'set [{read.section_of_places}] review = "{review.name}", or choose another output name'
            )
        write_edited_table(review, names)
        line = f'[{read.section_of_places}] review = "{review.name}"'
        say(f"{len(names)} names in {review}: fill in the column district, then set {line}")


@contextmanager
def _errors_before_accounts(ctx: click.Context, form: str, output: Path | None) -> Iterator[None]:
    """Print the errors of a plan, then how each file was read; a file for the output is not written then."""
    from geoplan.model.errors import PlanError
    from geoplan.sources.reading_account import ReadingAccount

    try:
        yield
    except PlanError as error:
        report_input_error(error)
        accounts = [account for account in error.accounts if isinstance(account, ReadingAccount)]
        if output is None and accounts:
            _put_accounts(accounts, error, form)
        ctx.exit(1)


def _put_accounts(accounts: Sequence[ReadingAccount], error: InputError, form: str) -> None:
    """Print how the files of a plan with errors were read."""
    if form == "json":
        problems = [*map(str, error.problems)]
        found = {
            "files": [account.as_json() for account in accounts],
            "errors": len(problems),
            "problems": problems,
        }
        put(json.dumps(found, ensure_ascii=False, indent=2) + "\n", None)
    elif form == "table":
        put("\nHow the files are read:\n\n" + "\n".join(map(_account_text, accounts)), None, prose=True)
    else:
        put_table(_columns_of(accounts), form, None)


def _readings_shown(accounts: Sequence[ReadingAccount]) -> set[str]:
    """Return the remarks about headers that the accounts below the warnings show in their tables."""
    return {
        f"{account.source}: column {show_value(header)} is read as {use}"
        for account in accounts
        for header, use in account.columns.items()
    }


def _account_text(account: ReadingAccount, told: Collection[str] = ()) -> str:
    """Show how a file was read: its columns, settings, control sums, and the notes that are not told yet."""
    lines = [f"{account.source} as {account.table}: {account.rows:,} rows", *_uses(account.columns)]
    lines += [f"{name}: {value}" for name, value in account.settings.items()]
    for found in account.sums:
        given = f"; total in the file: {found.given}" if found.given else ""
        lines.append(f"sum of {show_value(found.header)}: {found.currency} {found.total:,f}{given}")
    # The file stands in the first line already.
    lines += [
        f"note: {note.removeprefix(f'{account.source}: ')}" for note in account.notes if note not in told
    ]
    return "\n".join(lines) + "\n"


def _uses(columns: Mapping[str, str]) -> Iterator[str]:
    """Say what the columns of a file are used as, in one line for each answer."""
    from geoplan.sources.reading_account import is_unused

    used = [
        header if header == use else f"{show_value(header)} as {use}"
        for header, use in columns.items()
        if not is_unused(use)
    ]
    if used:
        yield f"columns: {', '.join(used)}"
    # Those that look like a column of the table come first: they may be missed.
    for unused in sorted({use for use in columns.values() if is_unused(use)}, key=len, reverse=True):
        yield f"{unused}: {', '.join(show_value(header) for header, use in columns.items() if use == unused)}"


def _columns_of(accounts: Sequence[ReadingAccount]) -> pd.DataFrame:
    """List the columns of all files with what they are used as."""
    import pandas as pd

    rows = [
        (account.source, account.table, header, use)
        for account in accounts
        for header, use in account.columns.items()
    ]
    return pd.DataFrame(rows, columns=["file", "table", "column", "used as"])


def _read_the_rest(read: Plan) -> None:
    """Read the files that other commands need (rates, deflators, vintages), and raise all their problems at once."""
    from geoplan.plan.districts import read_water
    from geoplan.plan.vintages import read_vintage
    from geoplan.sources.rate_tables import read_rate_table

    problems: list[Problem | str] = []
    for spec, columns in ((read.rates, ("date", "rate")), (read.deflators, ("year", "index"))):
        try:
            if spec is not None:
                read_rate_table(spec, *columns)
        except InputError as error:
            problems += error.problems
    for vintage in read.vintages:
        try:
            read_vintage(read, vintage)
            read_water(read.vintages[vintage]["districts"].water)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _as_json(read: Plan, warnings: list[Problem], closing: list[str]) -> str:
    """Write what check found as JSON."""
    found = {
        "files": [account.as_json() for account in read.accounts],
        "errors": 0,
        "warnings": [str(warning) for warning in warnings],
        "contents": _contents(read),
        "balance": closing,
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _contents(read: Plan) -> str:
    """Return the number of rows of each table of a plan."""
    counts = {
        "districts": read.districts,
        "projects": read.projects,
        "locations": read.locations,
        "amounts": read.spending,
    }
    return f"{read.title}: " + ", ".join(f"{len(frame):,} {name}" for name, frame in counts.items())


@click.command(
    short_help="List the layers of a vector file, or the sheets of a workbook.",
    cls=ExampleCommand,
    examples=[
        "layers my-province/boundaries/bolikhamxay_2019.geojson",
    ],
)
@file_argument("file")
@format_option
@output_option
def layers(file: Path, form: str | None, output: Path | None) -> None:
    """List the layers or sheets of a file, with geometry, number of features, CRS and columns.

    Layers that cannot be read are named after the others, and the exit code is 1.
    """
    from geoplan.sources.layer_list import list_readable_layers

    if not file.exists():
        raise UsageError(f"file not found: {file}")
    listed, problems = list_readable_layers(file)
    put_table(listed, format_of(form, output, FORMATS), output)
    if problems:
        several = "layers" if len(problems) > 1 else "layer"
        report(InputError(*problems), f"{len(problems)} {several} cannot be read")
        click.get_current_context().exit(1)


@click.command(
    short_help="List the codes and names of a plan's districts.",
    cls=ExampleCommand,
    examples=[
        "districts my-province",
        "districts my-province/boundaries/bolikhamxay_2019.geojson -o codes.csv",
    ],
)
@file_argument("plan", metavar="[PLAN]", required=False)
@format_option
@output_option
def districts(plan: Path | None, form: str | None, output: Path | None) -> None:
    """List the districts of a plan or a boundary file: codes, names, other spellings and provinces.

    The other tables of the plan need not be ready. Use the codes or names in your own tables.
    """
    from geoplan.plan.districts import list_districts

    put_table(list_districts(plan), format_of(form, output, FORMATS), output)
