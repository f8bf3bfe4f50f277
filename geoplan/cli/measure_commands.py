"""The commands equity, coordination and gaps, which measure a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    build,
    file_option,
    format_option,
    language_option,
    listed,
    measured_spread_option,
    output_option,
    plan_options,
    points_file,
    read_given,
    view_options,
)
from geoplan.cli.people_options import PeopleRasters, people_options
from geoplan.cli.printing import announce, close, format_of, put_sections, say, working
from geoplan.cli.travel_options import (
    Travel,
    TravelFiles,
    read_reach,
    travel_of,
    travel_options,
    with_plan_speeds,
)
from geoplan.model.choices import FASTER
from geoplan.model.errors import UsageError, list_first, show_number

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.analysis.gridded_reach import GriddedReach
    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan
    from geoplan.sources.raw_table import FileSpec


@click.command(
    short_help="Measure whether the money reaches the poor.",
    cls=ExampleCommand,
    examples=[
        "equity my-province",
        "equity my-province --by component --spread poor",
        "equity my-province --kind budget --by year --format json -o equity.json",
        "equity my-province --language fr",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@click.option("--by", metavar="COLUMNS", help="Measure separately by component, year or funder.")
@measured_spread_option
@click.option(
    "--class-order",
    metavar="NAMES",
    help="Rank districts by poverty class in this order, the poorest first, separated by commas.",
)
@language_option
@format_option
@output_option
def equity(
    plan: Path | None,
    view: MoneyView,
    by: str | None,
    spread: str | None,
    class_order: str | None,
    language: str,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Measure how evenly the money is spread over districts, and whether it favours the poor.

    Each index has up to four readings: certain (only money placed for sure), expected (with coarse money
    spread), and the lowest and highest value over all ways to place the coarse money.
    """
    form = format_of(form, output, FORMATS)
    groups, order = listed(by), listed(class_order) or None
    read = read_given(plan, tables, view)
    built = build(read)
    with working("measuring"):
        sections, notes = _measure_equity(read, built, groups, spread, order, form, language)
    put_sections(sections, notes, built, form, output, language)
    if output is not None:
        announce(
            output,
            read,
            built,
            by=by,
            spread=spread,
            class_order=class_order,
            view=view,
            language=language,
        )
    close(built)


def _measure_equity(
    read: Plan,
    built: Ledger,
    by: list[str],
    spread: str | None,
    order: list[str] | None,
    form: str,
    language: str,
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the tables of the command equity, and the notes below them."""
    from geoplan.analysis.equity import (
        compare_classes,
        describe_equity,
        measure_equity,
        target_districts,
        trace_curve,
    )
    from geoplan.analysis.equity.description import beside, list_sentences
    from geoplan.outputs.sections import with_money

    found = measure_equity(built, by, spread=spread, class_order=order)
    said = describe_equity(found, language)
    districts = target_districts(built, by, spread=spread)
    classes = compare_classes(built, by, spread=spread)
    amounts = ("spending", "per_person", "per_poor_person", "gap")
    verdicts = said.verdicts.drop(columns="coarse_minor")
    sections = {
        "measures": said.measures,
        "verdicts": with_money(verdicts, ("coarse",)),
        "districts": with_money(districts.drop(columns="spending_minor"), amounts),
        "classes": with_money(classes.drop(columns="spending_minor"), ("spending", "per_person")),
        "left out": said.exclusions,
    }
    if form == "json":
        curve = trace_curve(built, by, spread=spread, class_order=order)
        return sections | {"curve": curve}, []
    if form == "csv":
        return sections, []
    sections["measures"] = (
        beside(said.measures, by).drop(columns="measure").rename(columns={"label": "measure"})
    )
    sections["verdicts"] = verdicts[[*by, "currency", "verdict", "sentence"]]
    verdict: list[str] = []
    if form == "table" and not by:
        # One sentence is read as a line, not as a column of a few letters.
        several = len(verdicts) > 1
        verdict = [
            f"{row['currency']}: {row['sentence']}" if several else row["sentence"]
            for row in verdicts.to_dict("records")
        ]
        del sections["verdicts"]
    if by:
        del sections["districts"], sections["classes"]
    else:
        sections |= {name: _without_empty(sections[name], "left_out") for name in ("districts", "classes")}
    return sections, [*filter(None, verdict), *([] if by else list_sentences(found, language)), *said.notes]


def _without_empty(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Leave out a column of text that is empty in every row."""
    return frame if (frame[name] != "").any() else frame.drop(columns=name)


@click.command(
    short_help="Show which funders work where: alone, together or not at all.",
    cls=ExampleCommand,
    examples=[
        "coordination my-province",
        "coordination my-province --topic sector --kind budget --format csv -o matrix.csv",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@click.option(
    "--topic",
    type=click.Choice(("component", "sector")),
    default="component",
    show_default=True,
    help="Compare funders by component or by sector.",
)
@format_option
@output_option
def coordination(
    plan: Path | None,
    view: MoneyView,
    topic: str,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Show districts by component and funder, and list projects that may be recorded twice.

    Review the probable duplicates: geoplan merges nothing. CSV contains the matrix only.
    """
    from geoplan.analysis.coordination import (
        cross_funders,
        describe_funders,
        describe_presence,
        find_overlaps,
    )
    from geoplan.analysis.duplicates import find_duplicates
    from geoplan.outputs.sections import with_money

    form = format_of(form, output, FORMATS)
    whole = read_given(plan, tables, replace(view, kind=None))
    read = whole if view.kind is None else whole.only(view.kind)
    built = build(read)
    with working("comparing funders"):
        matrix = cross_funders(built, topic)
        sections = {
            "matrix": with_money(matrix.drop(columns="amount_minor"), ("amount",)),
            "districts": with_money(describe_presence(built), ("amount", "could_have")),
            "funders": with_money(
                describe_funders(built).drop(columns=["alone_minor", "jointly_up_to_minor"]),
                ("alone", "jointly_up_to"),
            ),
            "overlaps": with_money(find_overlaps(built, topic), ("amount",)),
            "probable duplicates": find_duplicates(read, built),
            **_alignment(read, built, form),
            **_scheduled(whole),
        }
    notes = _coordination_notes(sections)
    put_sections(sections, notes, built, form, output)
    if output is not None:
        announce(output, read, built, topic=topic, view=view)
    close(built)


def _alignment(read: Plan, built: Ledger, form: str) -> dict[str, pd.DataFrame]:
    """Return the money on plan and on budget by funder, district and year; empty if no project states it."""
    from geoplan.analysis.alignment import measure_alignment, states_alignment
    from geoplan.outputs.sections import with_money

    if not states_alignment(built):
        return {}
    sections = {}
    for name in ("funder", "district", "year"):
        rows = measure_alignment(built, name)
        exact = [column for column in rows.columns if column.endswith("_minor")]
        rows = with_money(rows.drop(columns=exact), [column.removesuffix("_minor") for column in exact])
        if form in ("table", "md"):
            keys = [name, *(["name"] if name == "district" else []), "currency"]
            rows = rows[[*keys, "amount", "on_plan", "on_plan_share", "plan_known_share", "on_budget",
                         "on_budget_share", "budget_known_share"]]  # fmt: skip
        sections[f"alignment by {name}"] = rows
    return sections


def _scheduled(whole: Plan) -> dict[str, pd.DataFrame]:
    """Return scheduled and disbursed money by funder, if the plan has both."""
    from geoplan.analysis.coordination import UNKNOWN
    from geoplan.analysis.planned_vs_paid import choose_kinds, compare_kinds
    from geoplan.model.schema import NOT_STATED
    from geoplan.outputs.sections import with_money

    kinds = set(whole.spending["kind"])
    if not kinds & {"budget", "commitment"} or not kinds & {"disbursement", "expenditure"}:
        return {}
    ledger = build(whole)
    paid = "both" if {"disbursement", "expenditure"} <= kinds else None
    rows = compare_kinds(ledger, "funder", paid=paid)
    rows["funder"] = rows["funder"].replace(NOT_STATED, UNKNOWN)
    planned, paid = choose_kinds(ledger, paid=paid)
    heads = {"planned": f"scheduled ({planned})", "paid": f"paid ({'disbursement + expenditure' if paid == 'both' else paid})"}  # fmt: skip
    amounts = ("planned", "paid", "deviation")
    chosen = with_money(rows, amounts)[["funder", "currency", *amounts, "execution_rate", "predictability"]]
    return {"scheduled against disbursed": chosen.rename(columns=heads)}


def _could_have(districts: pd.DataFrame) -> list[str]:
    """Say up to how much money without a known district could be in a district without a funder."""
    from geoplan.model.money import format_exact

    rows = districts[(districts["state"] == "left out") & (districts["could_have"] > 0)]
    most = rows.groupby("currency", observed=True)["could_have"].max()
    listed = ", ".join(f"{currency} {format_exact(amount)}" for currency, amount in most.items())
    return (
        [f"up to {listed} without a known district could be in a district with no funder"] if listed else []
    )


def _coordination_notes(sections: Mapping[str, pd.DataFrame]) -> list[str]:
    """Count the districts with no funder, one or several, and the pairs of projects to review."""
    districts = sections["districts"].drop_duplicates("district")
    notes = []
    for state, meaning in (
        ("left out", "no funder"),
        ("alone", "one funder"),
        ("several", "several funders"),
        ("not stated", "money without a named funder"),
    ):
        if state == "not stated" and not (districts["state"] == state).any():
            continue
        names = districts.loc[districts["state"] == state, "name"].tolist()
        counted = "1 district" if len(names) == 1 else f"{len(names)} districts"
        notes.append(f"{meaning}: {counted}" + (f" ({list_first(names, most=10)})" if names else ""))
        if state == "left out":
            notes += _could_have(sections["districts"])
    pairs = len(sections["probable duplicates"])
    notes.append(f"probable duplicates to review (none merged): {pairs}")
    if not any(name.startswith("alignment") for name in sections):
        notes.append("alignment is unknown: no project has plan_item, plan_level or on_budget")
    if "scheduled against disbursed" not in sections:
        notes.append("scheduled against disbursed is unknown: the plan has only one of the two")
    return notes


@click.command(
    short_help="Rank districts by lack of funding, and list unserved places.",
    cls=ExampleCommand,
    examples=[
        "gaps my-province",
        "gaps my-province --reach 5 --points villages.geojson --format json -o gaps.json",
        "gaps my-province --reach 5 --population lao_ppp_2015_UNadj.tif",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@click.option(
    "--reach",
    default="10km",
    show_default=True,
    metavar="KM|TIME",
    help="A project location within this geodesic distance, such as 10km, counts as near; with --travel or --friction a time such as 60min.",
)
@file_option("--points", help="Villages or other points to check as well.")
@people_options("count those within reach by district")
@travel_options
@click.option(
    "--reading",
    type=click.Choice(("certain", "expected")),
    default="certain",
    show_default=True,
    help="Count only money placed for sure (certain), or also coarse money (expected).",
)
@measured_spread_option
@format_option
@output_option
def gaps(
    plan: Path | None,
    view: MoneyView,
    reach: str,
    points: Path | None,
    people: PeopleRasters,
    travel_files: TravelFiles,
    reading: str,
    spread: str | None,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Rank districts by funding per poor person against the average, with the amount that would close the gap.

    Then list the districts and points that have no project location within --reach. With --travel or
    --friction, list the points by minutes, and count those within --reach by district and poverty class. With --population,
    also count the people within --reach. CSV contains the ranking only.
    """
    form = format_of(form, output, FORMATS)
    villages = points_file(points)
    travel = travel_of(travel_files)
    near = read_reach(reach, travel)
    if travel is not None and villages is None and people.population is None:
        raise UsageError(
            "--travel and --friction measure from villages or cells: add --points FILE or --population FILE.tif"
        )
    read = read_given(plan, tables, view)
    travel = with_plan_speeds(travel, read)
    built = build(read)
    with working("measuring distances"):
        sections, notes = _find_gaps(read, built, near, villages, reading, spread, travel)
        if people.population is not None:
            counted = _split_people(read, people.population, near, travel, **people.settings)
            sections["people within reach"] = counted.districts
            sections["people within reach by class"] = counted.by_class(built.districts)
            notes += [*counted.remarks, *counted.reconciliations]
            if form in ("json", "csv"):
                for line in (*counted.remarks, *counted.reconciliations):
                    say(line)
    put_sections(sections, notes, built, form, output)
    if output is not None:
        announce(output, read, built, reach=near if travel is None else reach, points=points and points.name,
                 reading=reading, spread=spread, view=view, **people.given, **travel_files.given)  # fmt: skip
    close(built)


def _split_people(
    read: Plan, population: Path, reach: float, travel: Travel | None, **settings: Any
) -> GriddedReach:
    from geoplan.analysis.gaps import split_people

    if travel is None:
        return split_people(read, population, reach, **settings)
    reaching = partial(travel.reaching, limit=reach * FASTER, name="project locations")
    return split_people(read, population, reach, travel=reaching, **settings)


def _find_gaps(
    read: Plan,
    built: Ledger,
    reach: float,
    points: FileSpec | None,
    reading: str,
    spread: str | None,
    travel: Travel | None = None,
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the tables of the command gaps, and the notes below them."""
    from geoplan.analysis.gaps import find_unreached_districts, find_unreached_points, rank_gaps
    from geoplan.analysis.left_out import list_left_out
    from geoplan.outputs.sections import with_money
    from geoplan.sources.points import read_points

    ranked = rank_gaps(built, reading=reading, spread=spread)
    sections = {"gaps": with_money(ranked, ("spending", "per_poor_person", "average", "gap"))}
    notes = [f"Left out of the ranking: {row.name} ({row.left_out})." for row in
             ranked[ranked["left_out"] != ""].drop(columns="rank").itertuples(index=False)]  # fmt: skip
    sections["poor and left out"] = with_money(
        list_left_out(built, reading=reading, spread=spread), ("lacks", "gap")
    )
    if travel is not None:
        by_time, said = ({}, []) if points is None else _find_gaps_by_time(read, built, reach, points, travel)
        return {**sections, **by_time}, [*notes, *said]
    looked_at = {"districts": find_unreached_districts(read, reach)}
    if points is not None:
        looked_at["points"] = find_unreached_points(read, read_points(points), reach)
    for name, found in looked_at.items():
        out = found[~found["reached"]].drop(columns=["geometry", "reached"])
        sections[f"{name} out of reach"] = out.sort_values("kilometres", ascending=False, kind="stable")
        notes.append(
            f"{len(out)} of {len(found)} {name} have no project location within {show_number(reach)} km."
        )
    return sections, notes


def _find_gaps_by_time(
    read: Plan, built: Ledger, reach: float, points: FileSpec, travel: Travel
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the points out of reach by minutes, and how many each district and class has within reach."""
    from geoplan.analysis.gaps import cover_points, find_points_beyond
    from geoplan.sources.points import read_points

    find_nearest = partial(travel.nearest, limit=reach * FASTER, names=("points", "project locations"))
    found = find_points_beyond(read, read_points(points), reach, find_nearest)
    out = found[~found["reached"]].drop(columns=["geometry", "reached"])
    sections = {
        "points out of reach": out.sort_values("minutes", ascending=False, kind="stable"),
        "coverage": cover_points(found, built.districts, reach),
        "coverage by class": cover_points(found, built.districts, reach, "poverty_class"),
    }
    far = int((~(found["minutes"] < float("inf"))).sum())
    return sections, [
        f"{len(out)} of {len(found)} points have no project location within {show_number(reach)} min.",
        f"{far} of them have none within {show_number(reach * FASTER)} min: no way, or a longer one.",
    ]
