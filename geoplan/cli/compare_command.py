"""The command compare: what changes between two plans, vintages, years, kinds or readings."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    listed,
    output_to,
    points_file,
    read_given,
    spread_option,
    view_options,
)
from geoplan.cli.output_targets import is_page
from geoplan.cli.printing import announce, close, format_of, put_sections, say, working
from geoplan.model.errors import UsageError, show_value

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan
    from geoplan.sources.raw_table import FileSpec


@dataclass(frozen=True)
class _Side:
    """One of the two sides of a comparison."""

    label: str
    read: Plan
    ledger: Ledger


@click.command(
    short_help="Show what changes between two plans, years, kinds or vintages.",
    cls=ExampleCommand,
    examples=[
        "compare my-province my-province",
        "compare my-province --years 2010,2014 --by district,component",
        "compare --vintages 2009,2019",
        "compare --readings certain,expected --spread population -o change.html",
    ],
)
@file_argument("one", required=False, metavar="[PLAN]")
@file_argument("other", required=False, metavar="[OTHER]")
@click.option("--years", metavar="Y1,Y2", help="Compare two years of one plan.")
@click.option(
    "--kinds", metavar="K1,K2", help="Compare two kinds of money of one plan, such as budget,disbursement."
)
@click.option(
    "--vintages",
    metavar="V1,V2",
    help="Compare one plan placed in two vintages, on the districts of the first.",
)
@click.option(
    "--readings", metavar="R1,R2", help="Compare two readings of one plan: certain, expected or at_most."
)
@click.option(
    "--carry",
    is_flag=True,
    help="Move the other plan's money to the districts of the first, by a crosswalk.",
)
@file_option("--points", help="Villages to weight the crosswalk [default: area].")
@click.option(
    "--by",
    default="district",
    show_default=True,
    metavar="COLUMNS",
    help="Group by these, as in geoplan summary.",
)
@spread_option
@view_options("kind", "vintage", "convert")
@format_option
@output_to("Tables (.xlsx, .json, .csv, .md) or a map of the change (.html).")
def compare(
    one: Path | None,
    other: Path | None,
    years: str | None,
    kinds: str | None,
    vintages: str | None,
    readings: str | None,
    carry: bool,
    points: Path | None,
    by: str,
    spread: str,
    view: MoneyView,
    form: str | None,
    output: Path | None,
) -> None:
    """Show what changes from one side to the other: by district, in the measures, and by project.

    Compare two plans, or two sides of one plan (--years, --kinds, --vintages, --readings). Both sides need the
    same districts and currency: use --carry and --convert if they differ.
    """
    as_page = is_page(output)
    form = "html" if as_page else format_of(form, output, FORMATS)
    pairs = {"years": years, "kinds": kinds, "vintages": vintages, "readings": readings}
    asked = {name: _pair(name, value) for name, value in pairs.items() if value is not None}
    if len(asked) + (other is not None) != 1:
        raise UsageError("name two plans, or one plan and one of --years, --kinds, --vintages and --readings")
    villages = points_file(points)
    read = read_given(one, {}, view)
    if "readings" in asked:
        built = build(read)
        sides = tuple(_Side(name, read, built) for name in asked["readings"])
    elif other is not None:
        beside = read_given(other, {}, view)
        sides = (_Side(read.title, read, build(read)), _Side(beside.title, beside, build(beside)))
    else:
        ((axis, names),) = asked.items()
        sides = tuple(_side(read, axis, name) for name in names)
    with working("comparing"):
        first, second = sides if kinds else _named_by_kind(*sides)
        if carry or "vintages" in asked:
            second = _carried(first, second, villages)
        sections, notes = _describe(first, second, by, spread, is_reading="readings" in asked)
    if as_page and output is not None:
        _write_page(first, second, sections["change"], by, output)
    else:
        shown = _for_output(sections)
        put_sections(shown, notes, first.ledger, form, output)
    if output is not None:
        options: dict[str, object] = {name: ",".join(pair) for name, pair in asked.items()}
        compared = None if "readings" in asked else (second.read, second.ledger)
        announce(output, first.read, first.ledger, compared, other=other and other.name, view=view, by=by, spread=spread,
                 carry=carry or None, **options)  # fmt: skip
    for side in (first, second)[: 1 if "readings" in asked else 2]:
        say(f"{side.label}:")
        close(side.ledger)


def _pair(name: str, value: str) -> tuple[str, str]:
    parts = listed(value)
    if len(parts) != 2 or parts[0] == parts[1]:
        raise UsageError(
            f"--{name} needs two different {name}, separated by a comma, not {show_value(value)}"
        )
    return parts[0], parts[1]


def _side(read: Plan, axis: str, name: str) -> _Side:
    """Return one side of a plan: a year, a kind of money or a vintage."""
    from geoplan.plan.vintages import carry_plan

    if axis == "vintages":
        chosen = carry_plan(read, name)
    elif axis == "kinds":
        chosen = read.only(name)
    else:
        is_year = read.spending["year"].astype(str) == name
        if not is_year.any():
            known = ", ".join(sorted(set(read.spending["year"].astype(str))))
            where = f", only in {known}" if known else "; it has no amounts"
            raise UsageError(f"the plan has no money in {show_value(name)}{where}")
        chosen = replace(read, spending=read.spending[is_year].reset_index(drop=True))
    return _Side(name, chosen, build(chosen))


def _named_by_kind(first: _Side, second: _Side) -> tuple[_Side, _Side]:
    """Name the kind of money beside each side if each has another one: paid money less than planned is no change."""
    of_first, of_second = first.ledger.kinds, second.ledger.kinds
    if len(of_first) != 1 or len(of_second) != 1 or of_first == of_second:
        return first, second
    return (
        replace(first, label=f"{first.label} ({of_first[0]})"),
        replace(second, label=f"{second.label} ({of_second[0]})"),
    )


def _carried(first: _Side, second: _Side, points: FileSpec | None) -> _Side:
    """Move the second side's money to the districts of the first."""
    from geoplan.analysis.comparison import carry_ledger
    from geoplan.geo.boundaries import make_crosswalk
    from geoplan.sources.points import read_points

    villages = None if points is None else read_points(points)
    weights = make_crosswalk(second.read.districts, first.read.districts, points=villages)
    return replace(second, ledger=carry_ledger(second.ledger, weights, first.ledger))


def _describe(
    first: _Side, second: _Side, by: str, spread: str, *, is_reading: bool
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    from geoplan.analysis import comparison
    from geoplan.outputs.report.comparison_tables import comparison_notes

    groups = listed(by)
    if is_reading:
        change = comparison.compare_readings(first.ledger, first.label, second.label, spread=spread)
        return {"change": change}, comparison_notes(change, first.label, second.label)
    sections = {"change": comparison.compare(first.ledger, second.ledger, groups)}
    notes = comparison_notes(sections["change"], first.label, second.label)
    try:
        base = None if spread == "none" else spread
        sections["measures"] = comparison.compare_measures(first.ledger, second.ledger, spread=base)
    except UsageError as error:
        notes.append(f"Measures are left out: {error}.")
    projects = comparison.compare_projects(first.ledger, second.ledger)
    titles = second.read.projects.set_index("project")["title"].combine_first(
        first.read.projects.set_index("project")["title"]
    )
    projects.insert(1, "title", projects["project"].map(titles))
    sections["projects"] = projects[projects["state"] != "same"].reset_index(drop=True)
    # A project has a row for each currency and kind of money; it is the same if all of them are.
    every, changed = projects["project"].nunique(), sections["projects"]["project"].nunique()
    return sections, [*notes, f"{every - changed} of {every} projects are the same in both."]


def _for_output(sections: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    from geoplan.outputs.report.comparison_tables import comparison_sections

    return comparison_sections(sections)


def _write_page(first: _Side, second: _Side, change: pd.DataFrame, by: str, output: Path) -> None:
    """Write the first plan's map, coloured by the change."""
    from geoplan.outputs.whole_files import write_text
    from geoplan.page import build_map, render_page
    from geoplan.page.comparison_measures import comparison_measures

    if by != "district":
        raise UsageError("a map shows the change by district: omit --by")
    with working("drawing the map"):
        measures = comparison_measures(change, first.label, second.label)
        title = f"{first.label} → {second.label}"
        plan = replace(
            first.read, title=title, subtitle=" · ".join(dict.fromkeys((first.read.title, second.read.title)))
        )
        page = build_map(plan, ledger=first.ledger, measure=measures[0].key, measures=measures)
        write_text(output, render_page(page))
