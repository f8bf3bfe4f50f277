"""Commands that measure: equity, coordination, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.arguments import (
    ExampleCommand,
    build,
    convert_option,
    kind_option,
    language_option,
    output_option,
    plan_options,
    points_file,
    read_given,
    vintage_option,
)
from geoplan.cli.printing import announce, close, format_of, working
from geoplan.cli.section_output import FORMATS, emit, format_option, listed
from geoplan.model.choices import SPREADS

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan
    from geoplan.sources.raw_table import FileSpec


_spread_option = click.option(
    "--spread",
    type=click.Choice(SPREADS),
    help="How coarse money is expected to spread over the districts. Default: population where every "
    "district states one, else even.",
)


@click.command(
    short_help="Measure whether the money reaches the poor, and how evenly it is spread.",
    cls=ExampleCommand,
    examples=[
        "equity my-province",
        "equity my-province --by component --spread poor",
        "equity my-province --kind budget --by year --format json -o equity.json",
        "equity my-province --language fr",
    ],
)
@plan_options
@kind_option
@vintage_option
@convert_option
@click.option("--by", metavar="COLUMNS", help="Measure one by one: component, year or funder.")
@_spread_option
@click.option(
    "--class-order",
    metavar="NAMES",
    help="Poverty classes separated by commas, the poorest first: rank districts by class.",
)
@language_option
@format_option
@output_option
def equity(
    plan: Path | None,
    kind: str | None,
    vintage: str | None,
    convert: bool,
    by: str | None,
    spread: str | None,
    class_order: str | None,
    language: str,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Measure equity between districts, and how far it hangs on where money without a district went.

    Each index is given for what is placed for sure (certain), with coarse money spread (expected), and
    at its lowest and highest over all ways in which the coarse money could lie.
    """
    form = format_of(form, output, FORMATS)
    groups, order = listed(by), listed(class_order) or None
    read = read_given(plan, tables, kind, vintage, convert=convert)
    built = build(read)
    with working("measuring"):
        sections, notes = _measure_equity(read, built, groups, spread, order, form, language)
    emit(sections, notes, built, form, output, language)
    if output is not None:
        announce(
            output,
            read,
            built,
            by=by,
            spread=spread,
            class_order=class_order,
            kind=kind,
            vintage=vintage,
            convert=convert or None,
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
    """Return the tables of the command equity, and what is said below them."""
    from geoplan.analysis.equity import (
        compare_classes,
        describe_equity,
        measure_equity,
        target_districts,
        trace_curve,
    )
    from geoplan.analysis.equity.description import beside
    from geoplan.outputs.sections import with_money

    found = measure_equity(built, by, spread=spread, plan=read, class_order=order)
    said = describe_equity(found, language)
    districts = target_districts(built, by, spread=spread, plan=read)
    classes = compare_classes(built, by, spread=spread, plan=read)
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
        curve = trace_curve(built, by, spread=spread, plan=read, class_order=order)
        return sections | {"curve": curve}, []
    if form == "csv":
        return sections, []
    sections["measures"] = (
        beside(said.measures, by).drop(columns="measure").rename(columns={"label": "measure"})
    )
    sections["verdicts"] = verdicts[[*by, "currency", "verdict", "sentence"]]
    if by:
        del sections["districts"], sections["classes"]
    else:
        sections |= {name: _without_empty(sections[name], "left_out") for name in ("districts", "classes")}
    certain = said.measures[(said.measures["reading"] == "certain") & (said.measures["sentence"] != "")]
    return sections, [*([] if by else certain["sentence"]), *said.notes]


def _without_empty(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Leave out a column that says nothing in any row."""
    return frame if (frame[name] != "").any() else frame.drop(columns=name)


@click.command(
    short_help="Say which funders are where: alone, several at once, or none.",
    cls=ExampleCommand,
    examples=[
        "coordination my-province",
        "coordination my-province --topic sector --kind budget --format csv -o matrix.csv",
    ],
)
@plan_options
@kind_option
@vintage_option
@convert_option
@click.option(
    "--topic",
    type=click.Choice(("component", "sector")),
    default="component",
    show_default=True,
    help="What to cross with districts and funders.",
)
@format_option
@output_option
def coordination(
    plan: Path | None,
    kind: str | None,
    vintage: str | None,
    convert: bool,
    topic: str,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Cross districts, components and funders, and list what may be the same project twice.

    Probable duplicates are candidates to look at: nothing is merged. CSV holds the matrix only.
    """
    from geoplan.analysis.coordination import cross_funders, describe_presence, find_duplicates, find_overlaps
    from geoplan.outputs.sections import with_money

    form = format_of(form, output, FORMATS)
    whole = read_given(plan, tables, None, vintage, convert=convert)
    read = whole if kind is None else whole.only(kind)
    built = build(read)
    with working("comparing funders"):
        matrix = cross_funders(built, topic, plan=read)
        sections = {
            "matrix": with_money(matrix.drop(columns="amount_minor"), ("amount",)),
            "districts": with_money(describe_presence(built), ("amount", "could_have")),
            "overlaps": with_money(find_overlaps(built, topic, plan=read), ("amount",)),
            "probable duplicates": find_duplicates(read, built),
            **_alignment(read, built, form),
            **_scheduled(whole),
        }
    notes = _coordination_notes(sections)
    emit(sections, notes, built, form, output)
    if output is not None:
        announce(output, read, built, topic=topic, kind=kind, vintage=vintage, convert=convert or None)
    close(built)


def _alignment(read: Plan, built: Ledger, form: str) -> dict[str, pd.DataFrame]:
    """Return what is on plan and on budget by funder, district and year; nothing where no project says."""
    from geoplan.analysis.alignment import has_alignment, measure_alignment
    from geoplan.outputs.sections import with_money

    if not has_alignment(read):
        return {}
    sections = {}
    for name in ("funder", "district", "year"):
        rows = measure_alignment(built, read, name)
        exact = [column for column in rows.columns if column.endswith("_minor")]
        rows = with_money(rows.drop(columns=exact), [column.removesuffix("_minor") for column in exact])
        if form in ("table", "md"):
            keys = [name, *(["name"] if name == "district" else []), "currency"]
            rows = rows[[*keys, "amount", "on_plan", "on_plan_share", "plan_known_share", "on_budget",
                         "on_budget_share", "budget_known_share"]]  # fmt: skip
        sections[f"alignment by {name}"] = rows
    return sections


def _scheduled(whole: Plan) -> dict[str, pd.DataFrame]:
    """Return scheduled against disbursed money by funder, where the plan has both."""
    from geoplan.analysis.planned_vs_paid import choose_kinds, compare_kinds
    from geoplan.outputs.sections import with_money

    kinds = set(whole.spending["kind"])
    if not kinds & {"budget", "commitment"} or not kinds & {"disbursement", "expenditure"}:
        return {}
    ledger = build(whole)
    paid = "both" if {"disbursement", "expenditure"} <= kinds else None
    rows = compare_kinds(ledger, "funder", paid=paid)
    planned, paid = choose_kinds(ledger, paid=paid)
    heads = {"planned": f"scheduled ({planned})", "paid": f"paid ({'disbursement + expenditure' if paid == 'both' else paid})"}  # fmt: skip
    amounts = ("planned", "paid", "deviation")
    chosen = with_money(rows, amounts)[["funder", "currency", *amounts, "execution_rate", "predictability"]]
    return {"scheduled against disbursed": chosen.rename(columns=heads)}


def _coordination_notes(sections: Mapping[str, pd.DataFrame]) -> list[str]:
    """Say how many districts have no funder, one or several, and how many pairs are worth a look."""
    districts = sections["districts"].drop_duplicates("district")
    notes = []
    for state, meaning in (
        ("left out", "no funder"),
        ("alone", "one funder"),
        ("several", "several funders"),
    ):
        names = districts.loc[districts["state"] == state, "name"].tolist()
        listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        counted = "1 district" if len(names) == 1 else f"{len(names)} districts"
        notes.append(f"{meaning}: {counted}" + (f" ({listed})" if names else ""))
    pairs = len(sections["probable duplicates"])
    notes.append(f"probable duplicates to look at, none merged: {pairs}")
    if not any(name.startswith("alignment") for name in sections):
        notes.append("alignment is not known: no project says plan_item, plan_level or on_budget")
    if "scheduled against disbursed" not in sections:
        notes.append("scheduled against disbursed is not known: the plan has only one of the two")
    return notes


@click.command(
    short_help="Rank districts by what they lack, and find what no project comes near.",
    cls=ExampleCommand,
    examples=[
        "gaps my-province",
        "gaps my-province --reach 5 --points villages.geojson --format json -o gaps.json",
    ],
)
@plan_options
@kind_option
@vintage_option
@convert_option
@click.option(
    "--reach",
    type=float,
    default=10.0,
    show_default=True,
    metavar="KM",
    help="Distance within which a project location counts as near, geodesic.",
)
@click.option(
    "--points",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Villages or other points to look at, besides districts.",
)
@click.option(
    "--reading",
    type=click.Choice(("certain", "expected")),
    default="certain",
    show_default=True,
    help="Count what is placed for sure, or also coarse money spread over the districts.",
)
@_spread_option
@format_option
@output_option
def gaps(
    plan: Path | None,
    kind: str | None,
    vintage: str | None,
    convert: bool,
    reach: float,
    points: Path | None,
    reading: str,
    spread: str | None,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Rank districts by funding per poor person against the average, with what would close the gap.

    Then list the districts, and the points given, that no project location comes near. CSV holds the
    ranking only.
    """
    form = format_of(form, output, FORMATS)
    villages = points_file(points)
    read = read_given(plan, tables, kind, vintage, convert=convert)
    built = build(read)
    with working("measuring distances"):
        sections, notes = _find_gaps(read, built, reach, villages, reading, spread)
    emit(sections, notes, built, form, output)
    if output is not None:
        announce(output, read, built, reach=reach, points=points and points.name, reading=reading, spread=spread,
                 kind=kind, vintage=vintage, convert=convert or None)  # fmt: skip
    close(built)


def _find_gaps(
    read: Plan, built: Ledger, reach: float, points: FileSpec | None, reading: str, spread: str | None
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the tables of the command gaps, and what is said below them."""
    from geoplan.analysis.gaps import find_unreached_districts, find_unreached_points, rank_gaps
    from geoplan.outputs.sections import with_money
    from geoplan.sources.points import read_points

    ranked = rank_gaps(built, reading=reading, spread=spread, plan=read)
    sections = {"gaps": with_money(ranked, ("spending", "per_poor_person", "average", "gap"))}
    notes = [f"Left out of the ranking: {row.name} ({row.left_out})." for row in
             ranked[ranked["left_out"] != ""].drop(columns="rank").itertuples(index=False)]  # fmt: skip
    looked_at = {"districts": find_unreached_districts(read, reach)}
    if points is not None:
        looked_at["points"] = find_unreached_points(read, read_points(points), reach)
    for name, found in looked_at.items():
        out = found[~found["reached"]].drop(columns=["geometry", "reached"])
        sections[f"{name} out of reach"] = out.sort_values("kilometres", ascending=False, kind="stable")
        notes.append(f"{len(out)} of {len(found)} {name} have no project location within {reach:g} km.")
    return sections, notes
