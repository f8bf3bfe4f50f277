"""The command execution: planned against paid money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    build,
    format_option,
    listed,
    output_option,
    periods_option,
    plan_options,
    read_given,
    view_options,
    with_periods,
)
from geoplan.cli.printing import announce, close, format_of, put_sections

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan


@click.command(
    short_help="Compare planned and paid money, by year or month.",
    cls=ExampleCommand,
    examples=[
        "execution my-province",
        "execution my-province --by component,year --format csv -o execution.csv",
        "execution my-province --by period --periods 2011-2015",
        "execution my-province --months --format json -o months.json",
    ],
)
@plan_options
@view_options("vintage", "convert")
@click.option(
    "--by",
    default="year",
    show_default=True,
    metavar="COLUMNS",
    help="Group by these, separated by commas, as in geoplan summary.",
)
@click.option(
    "--planned",
    type=click.Choice(("budget", "commitment")),
    help="Which kind counts as planned [default: budget, else commitment].",
)
@click.option(
    "--paid",
    type=click.Choice(("disbursement", "expenditure", "both")),
    help="Which kind counts as paid; both adds them up [default: the one the plan has].",
)
@click.option(
    "--months",
    is_flag=True,
    help="Show cumulative amounts by month instead, over the months of the projects.",
)
@periods_option
@format_option
@output_option
def execution(
    plan: Path | None,
    view: MoneyView,
    by: str,
    planned: str | None,
    paid: str | None,
    months: bool,
    periods: str | None,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Compare planned with paid money: execution rate, deviation, predictability and cumulative amounts.

    A cell is empty, not 0, where a kind of money is not recorded.
    """
    form = format_of(form, output, FORMATS)
    read = with_periods(read_given(plan, tables, view), periods)
    built = build(read)
    sections, notes = _months(read, built) if months else _executed(built, listed(by), planned, paid, form)
    put_sections(sections, notes, built, form, output)
    if output is not None:
        announce(output, read, built, view=view, by=by, planned=planned, paid=paid, months=months or None, periods=periods)  # fmt: skip
    close(built)


def _executed(
    built: Ledger, by: list[str], planned: str | None, paid: str | None, form: str
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    from geoplan.analysis.planned_vs_paid import choose_kinds, compare_kinds, summarize_execution
    from geoplan.outputs.sections import with_money

    rows = compare_kinds(built, by, planned=planned, paid=paid)
    stands, pays = choose_kinds(built, planned, paid)
    amounts = ["budget", "commitment", "disbursement", "expenditure", "planned", "paid", "deviation"]
    amounts += [name for name in ("planned_so_far", "paid_so_far") if name in rows]
    written = with_money(rows, amounts).drop(
        columns=[f"{name}_minor" for name in amounts if f"{name}_minor" in rows]
    )
    if form in ("table", "md"):
        written = written.drop(columns=["budget", "commitment", "disbursement", "expenditure"])
    total = summarize_execution(rows)
    money = with_money(total, ("planned", "paid", "deviation", "planned_alone", "paid_alone"))
    notes = [f"Planned is {stands or 'not recorded'}; paid is {pays or 'not recorded'}."]
    for name in ("planned", "paid"):
        zero, missing = int((rows[f"{name}_minor"] == 0).sum()), int(rows[f"{name}_minor"].isna().sum())
        notes.append(f"{name}: 0 in {zero}, not recorded in {missing} of {len(rows)} rows.")
    return {"execution": written, "in all": money}, notes


def _months(read: Plan, built: Ledger) -> tuple[dict[str, pd.DataFrame], list[str]]:
    from geoplan.analysis.planned_vs_paid import cumulate_months
    from geoplan.outputs.sections import with_money

    rows = with_money(cumulate_months(built), ("amount", "so_far"))
    note = "Each amount is spread evenly over the months of its year in which its project runs."
    return {"months": rows.drop(columns=["amount_minor", "so_far_minor"])}, [note]
