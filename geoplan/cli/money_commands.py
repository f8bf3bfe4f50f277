"""The commands summary, ledger and explain: amounts by group, in full, and back to their input rows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    build,
    file_option,
    format_option,
    listed,
    output_option,
    output_to,
    periods_option,
    plan_options,
    points_file,
    read_given,
    spread_option,
    view_options,
    with_periods,
)
from geoplan.cli.printing import (
    announce,
    close,
    emit,
    format_of,
    put,
    put_sections,
    put_table,
    say,
    working,
)
from geoplan.cli.row_limit import count_rows_shown, short_table_text
from geoplan.cli.streaming import (
    check_summed,
    streamed,
    streaming_options,
    sum_up,
    take_streaming,
    write_projects,
)
from geoplan.model.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan


@click.command(
    short_help="Add up amounts by district, component, funder, year and more.",
    cls=ExampleCommand,
    examples=[
        "summary my-province",
        "summary my-province --by component,year --format csv -o years.csv",
        "summary my-province --by poverty_class --bounds --spread population",
        "summary my-province --by district,component --rates",
        "summary --by district --across year",
        "summary --by period,component --periods 2011-2015",
        "summary --vintage 2009",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@click.option(
    "--by",
    default="district",
    show_default=True,
    metavar="COLUMNS",
    help="Group by these, separated by commas: district, component, funder, year, period, poverty_class, kind, "
    "province, project, sector, place.",
)
@click.option(
    "--across", metavar="COLUMN", help="Make a column for each value of another grouping, such as year."
)
@click.option(
    "--bounds",
    is_flag=True,
    help="Add the readings certain, expected and at most: how much coarse money a district could have.",
)
@spread_option
@click.option(
    "--rates",
    is_flag=True,
    help="Add amounts per person, per poor person, per village and per km², and shares.",
)
@file_option(
    "--villages", help="Village points to count for --rates [default: the profile's column villages]."
)
@click.option("--counts", is_flag=True, help="Add the number of projects and of amounts in each row.")
@periods_option
@format_option
@output_option
@streaming_options
def summary(
    plan: Path | None,
    view: MoneyView,
    by: str,
    across: str | None,
    bounds: bool,
    spread: str,
    rates: bool,
    villages: Path | None,
    counts: bool,
    periods: str | None,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Add up amounts by district or other groups.

    Money outside the districts is listed below them, by bucket, so that the table adds up to the input.
    """
    from geoplan.ledger.summary import check_groupings, counted_buckets

    added = bounds or spread != "none" or rates or villages is not None or counts
    if across is not None and added:
        raise UsageError(
            "--across shows amounts only: omit --bounds, --spread, --rates, --villages and --counts"
        )
    form = format_of(form, output, FORMATS)
    how = take_streaming(tables)
    read = with_periods(
        read_given(plan, tables, view, stream=True, surroundings=False, without_money=True), periods
    )
    if not read.has_money:
        if added or across is not None:
            raise UsageError(
                "a plan without money has counts only: omit --across, --bounds, --spread, --rates, --villages and --counts"
            )
        _write_counts(read, listed(by), form, output)
        return
    groupings = check_groupings(listed(by))
    if check_summed(read, [*groupings, across or ""], form, added=added or across is not None):
        built = write_projects(read, how, groupings, view=view, output=output)
    else:
        counted = [groupings, counted_buckets(groupings)] if counts else []
        built = sum_up(read, how, view=view, beside=output, counts=counted)
        if across is not None:
            _write_crossed(built, groupings, across, form, output)
        else:
            sums = _summed(read, built, groupings, bounds=bounds, spread=spread, rates=rates, villages=villages, counts=counts)  # fmt: skip
            _write_summary(sums, built, groupings, form, output)
    if output is not None:
        announce(
            output,
            read,
            built,
            by=by,
            across=across,
            spread=spread,
            rates=rates or None,
            villages=villages and villages.name,
            counts=counts or None,
            periods=periods,
            view=view,
        )
    close(built)


def _write_counts(read: Plan, by: list[str], form: str, output: Path | None) -> None:
    """Write how many projects and places there are by district or other groups."""
    from geoplan.ledger.place_counts import count_lines, count_places

    put_table(count_places(read, by), form, output)
    for line in [*count_lines(read), *read.notes]:
        say(line)


def _summed(
    read: Plan,
    built: Ledger,
    by: list[str],
    *,
    bounds: bool,
    spread: str,
    rates: bool,
    villages: Path | None,
    counts: bool,
) -> pd.DataFrame:
    """Return a summary with the bounds, rates and counts asked for."""
    from geoplan.ledger.summary import add_counts, summarize

    sums = summarize(built, by)
    if bounds or spread != "none":
        from geoplan.ledger.bounds import add_bounds, bound_amounts

        sums = add_bounds(sums, bound_amounts(built, by, spread=spread), by)
    if rates or villages is not None:
        from geoplan.analysis.rates import add_rates, count_villages
        from geoplan.sources.points import read_points

        spec = points_file(villages)
        counted = None if spec is None else count_villages(read, read_points(spec))
        sums = add_rates(sums, built, villages=counted)
    return add_counts(sums, built, by) if counts else sums


def _write_crossed(built: Ledger, by: list[str], across: str, form: str, output: Path | None) -> None:
    from geoplan.ledger.crosstab import count_cells, cross_amounts

    table = cross_amounts(built, by, across)
    zero, missing = count_cells(table)
    notes = [f"cells with 0: {zero}; empty cells, because no amount is recorded: {missing}"]
    put_sections({"summary": table}, notes, built, form, output)


@click.command(
    short_help="Write the ledger: each amount with its place and rule.",
    cls=ExampleCommand,
    examples=[
        "ledger my-province -o ledger.csv",
        "ledger my-province -o ledger.parquet",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@output_to("A .csv, .parquet, .gpkg or .xlsx file, or postgresql://…/TABLE [default: print CSV].")
@streaming_options
def ledger(
    plan: Path | None,
    view: MoneyView,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Write the ledger: every amount in exactly one district or one named bucket."""
    from geoplan.sources.database import address_of

    how = take_streaming(tables)
    address = None if output is None else address_of(output)
    read = read_given(plan, tables, view, stream=True, surroundings=False)
    if read.datasets:
        _stream_ledger(read, how, view=view, output=output)
        return
    built = build(read)
    if address is not None:
        from geoplan.outputs.exports.postgis import write_database

        with working("writing the ledger"):
            write_database(read, built, address)
        emit(f"{address.name}\n")
    elif output is None:
        from geoplan.ledger.entries import list_entries
        from geoplan.outputs.text_tables import write_csv

        put(write_csv(list_entries(built)), None)
    else:
        from geoplan.outputs.exports import write_ledger

        with working("writing the ledger"):
            write_ledger(read, built, output)
        announce(output, read, built, view=view)
    close(built)


def _stream_ledger(
    read: Plan,
    how: Mapping[str, Any],
    *,
    view: MoneyView,
    output: Path | None,
) -> None:
    """Write the ledger of streamed datasets, one part at a time."""
    from geoplan.outputs.exports.streamed import check_streamed_target, csv_parts, write_streamed
    from geoplan.sources.database import address_of

    address = None if output is None else address_of(output)
    if address is not None:
        from geoplan.outputs.exports.postgis import check_database

        check_database(address)
    elif output is not None:
        check_streamed_target(output)
    beside = None if address is not None else output
    with streamed(read, how, view=view, entries=True, beside=beside) as result:
        if address is not None:
            from geoplan.outputs.exports.postgis import write_database

            write_database(read, result.ledger, address, result.entries())
            emit(f"{address.name}\n")
        elif output is None:
            for part in csv_parts(read, result):
                put(part, None)
        else:
            write_streamed(read, result, output)
            announce(output, read, result.ledger, view=view)
        close(result.ledger)


@click.command(
    short_help="List the input rows behind a figure.",
    cls=ExampleCommand,
    examples=[
        "explain my-province --district LA1104",
        'explain my-province --district Bolikhan --component "3 Rural microcredit" --year 2012',
        "explain my-province --place unlocated",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@click.option("--district", metavar="CODE", help="Only this district, by code or name.")
@click.option(
    "--place",
    metavar="BUCKET",
    help="Only this bucket: province-wide, country-wide, outside area, unlocated or unmatched.",
)
@click.option("--component", metavar="NAME", help="Only this component.")
@click.option("--funder", metavar="NAME", help="Only this funder.")
@click.option("--year", type=int, metavar="YEAR", help="Only this year.")
@click.option("--project", metavar="CODE", help="Only this project.")
@format_option
@output_option
def explain(
    plan: Path | None,
    view: MoneyView,
    district: str | None,
    place: str | None,
    form: str | None,
    output: Path | None,
    **others: Any,
) -> None:
    """List the amounts behind a figure, with the rule, file and row of each."""
    from geoplan.ledger.explain import explain_amount

    filters = {name: others.pop(name) for name in ("component", "funder", "year", "project")}
    form = format_of(form, output, FORMATS)
    read = read_given(plan, others, view, surroundings=False)
    built = build(read)
    found = explain_amount(read, built, district=district, place=place, **filters)
    put_table(found, form, output, _totals(found))
    if output is not None:
        announce(
            output,
            read,
            built,
            district=district,
            place=place,
            view=view,
            **filters,
        )
    close(built)


def _totals(frame: pd.DataFrame) -> list[str]:
    """Return the sum of the amounts listed, by currency and kind of money."""
    from geoplan.model.money import format_exact

    groups = frame.groupby(["currency", "kind"], observed=True)["amount"]
    several = frame["kind"].nunique() > 1
    return [
        f"{currency} {format_exact(sum(amounts, Decimal(0)))}"
        + (f" of {kind}" if several else "")
        + f" in {len(amounts):,} entr{'y' if len(amounts) == 1 else 'ies'}"
        for (currency, kind), amounts in groups
    ]


def _write_summary(sums: pd.DataFrame, built: Ledger, by: list[str], form: str, output: Path | None) -> None:
    from geoplan.outputs import text_tables
    from geoplan.outputs.whole_files import replacing

    frame = text_tables.summary_frame(sums, built, by)
    if form == "xlsx" and output is not None:
        from geoplan.outputs.workbook import write_workbook

        with replacing(output) as temporary:
            notes = [*text_tables.partner_lines(built, by), *text_tables.closing_lines(built)]
            write_workbook(temporary, {"Summary": frame}, notes)
        return
    if form == "json":
        written = text_tables.summary_json(sums, built, by)
    elif form == "md":
        written = text_tables.summary_markdown(sums, built, by)
    elif form == "csv":
        written = text_tables.write_csv(frame)
    else:
        notes = [
            *text_tables.count_lines(sums, by),
            *text_tables.partner_lines(built, by),
            *text_tables.illustrative_lines(built),
        ]
        most = None if output is not None else count_rows_shown([len(frame)])
        written = short_table_text(frame.drop(columns="illustrative", errors="ignore"), most)
        written += "".join(f"{note}\n" for note in notes)
    put(written, output, prose=form == "table")
