"""The commands allocate and phase: where the next money could go, and when."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.cli.arguments import (
    ExampleCommand,
    build,
    kind_option,
    language_option,
    one_of,
    plan_options,
    read_given,
    vintage_option,
)
from geoplan.cli.printing import announce, close, emit, format_of, put_sections, say, working
from geoplan.model.choices import SPLIT_RULES
from geoplan.model.errors import UsageError, show_value

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan
    from geoplan.planning import Allocation

_FORMATS = ("table", "csv", "json", "md")
_PAGES = (".html", ".htm")
_OUTPUTS = (".xlsx", *_PAGES, ".csv", ".json", ".md", ".txt")


@click.command(
    short_help="Propose a split of a new budget over districts.",
    cls=ExampleCommand,
    examples=[
        "allocate my-province --budget 1000000 --rule poor",
        "allocate my-province --budget 1000000 --rule formula --formula '0.5*poor + 0.3*population + 0.2*area'",
        "allocate my-province --budget 1000000 --rule poor --floor 50000 --max LA1105=250000 -o next-phase",
        "allocate my-province --budget 1000000 --rule poor -o next-phase.xlsx",
        "allocate my-province --from next-phase.xlsx -o next-phase-agreed",
    ],
)
@plan_options
@kind_option
@vintage_option
@click.option("--budget", metavar="X", help="Money to be split, in currency units such as 1000000.00.")
@click.option("--currency", metavar="CODE", help="Of the budget (ISO 4217); by default the plan's.")
@click.option(
    "--rule",
    metavar="RULE",
    shell_complete=one_of(SPLIT_RULES),
    help="equal, population, poor, poverty-gap (lifts those with least per poor person to one level), or formula.",
)
@click.option(
    "--formula",
    metavar="TEXT",
    help="For the rule formula: a weighted sum such as 0.5*poor + 0.3*population + 0.2*area.",
)
@click.option("--min", "minima", multiple=True, metavar="D=X", help="Least for a district; may be repeated.")
@click.option("--max", "maxima", multiple=True, metavar="D=X", help="Most for a district; may be repeated.")
@click.option("--floor", metavar="X", help="Least for every district.")
@click.option(
    "--by",
    "components",
    multiple=True,
    metavar="COMPONENT=SHARE",
    help="Part of the budget for a component; may be repeated. 'component' alone: as in the plan.",
)
@click.option(
    "--year",
    type=click.IntRange(1900, 2100),
    metavar="YEAR",
    help="Of the new money; by default the year after the plan's last.",
)
@click.option("--funder", default="", metavar="NAME", help="Who would pay.")
@click.option(
    "--keep", is_flag=True, help="Keep what is in the plan beside the new money, in a folder or map."
)
@click.option(
    "--from",
    "workbook",
    type=click.Path(path_type=Path),
    metavar="FILE.xlsx",
    help="Read a split that was edited in a workbook of this command, instead of a rule.",
)
@language_option
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="Default: by the ending of FILE, else table."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR|FILE",
    help="A plan folder, a workbook to edit (.xlsx), a map (.html), or a table (.csv, .json, .md).",
)
def allocate(
    plan: Path | None,
    kind: str | None,
    vintage: str | None,
    workbook: Path | None,
    year: int | None,
    funder: str,
    keep: bool,
    language: str,
    form: str | None,
    output: Path | None,
    **options: Any,
) -> None:
    """Propose how a new budget could be split over districts and components, by a rule to follow by hand.

    Least and most per district are kept, or the bounds that clash are named. The proposal adds up to the cent, stands
    beside what each district received, with equity before and after, and is a plan that can be mapped, summed
    up and compared.
    """
    from geoplan.outputs.report.planning_tables import allocation_notes, allocation_sections
    from geoplan.planning import compare_equity, describe_needs
    from geoplan.planning.proposal import propose_plan

    rule = {
        name: options.pop(name)
        for name in ("budget", "currency", "rule", "formula", "minima", "maxima", "floor", "components")
    }
    _check_rule(rule, workbook)
    form = None if _is_plan_target(output) else _form(form, output)
    read = read_given(plan, options, kind, vintage)
    built = build(read)
    with working("splitting the budget"):
        allocation = _allocation(read, built, rule, workbook)
        proposal = propose_plan(read, allocation, year=year, funder=funder)
        new = build(proposal)
        equity = compare_equity(built, new, currency=allocation.currency, language=language)
    shown = propose_plan(read, allocation, year=year, funder=funder, keep=True) if keep else proposal
    notes = allocation_notes(allocation)
    sections = allocation_sections(allocation, equity)
    if output is not None and form in (None, "html", "xlsx"):
        _write(
            output, form, shown, allocation, notes, describe_needs(built, read, currency=allocation.currency)
        )
    else:
        put_sections(sections, notes, new, form or "table", output)
    for note in notes if form in (None, "html", "xlsx") else []:
        say(note)
    if output is not None and not _is_plan_target(output):
        said = {
            name: ", ".join(value) if isinstance(value, tuple) else value
            for name, value in rule.items()
            if value
        }
        announce(output, read, built, **said, year=year, funder=funder or None, keep=keep or None,
                 workbook=workbook and workbook.name)  # fmt: skip
    close(new)


def _check_rule(rule: Mapping[str, Any], workbook: Path | None) -> None:
    given = [f"--{name}" for name, value in rule.items() if value]
    if workbook is not None:
        if given:
            raise UsageError(
                f"--from reads budget, rule and bounds from the workbook: leave out {', '.join(given)}"
            )
        if not workbook.is_file():
            raise UsageError(f"there is no such file: --from {workbook}")
        return
    missing = [f"--{name}" for name in ("budget", "rule") if rule[name] is None]
    if missing:
        raise UsageError(f"{' and '.join(missing)} must be given, such as --budget 1000000 --rule poor")


def _is_plan_target(output: Path | None) -> bool:
    return output is not None and output.suffix.lower() not in _OUTPUTS


def _form(form: str | None, output: Path | None) -> str:
    if output is not None and output.suffix.lower() in (*_PAGES, ".xlsx"):
        return "xlsx" if output.suffix.lower() == ".xlsx" else "html"
    return format_of(form, output, _FORMATS)


def pairs(texts: tuple[str, ...], option: str, example: str) -> dict[str, str]:
    """Read ``NAME=VALUE`` of a repeated option, or raise `UsageError`."""
    found: dict[str, str] = {}
    for text in texts:
        name, mark, value = text.rpartition("=")
        if not mark or not name.strip() or not value.strip():
            raise UsageError(f"{option} {show_value(text)} can not be read: write it like {option} {example}")
        if name.strip() in found:
            raise UsageError(f"{option} names {show_value(name.strip())} twice")
        found[name.strip()] = value.strip()
    return found


def _allocation(read: Plan, built: Ledger, rule: Mapping[str, Any], workbook: Path | None) -> Allocation:
    from geoplan.analysis.equity import check_one_kind
    from geoplan.planning import allocate, describe_needs, find_currency

    check_one_kind(built)
    if workbook is not None:
        from geoplan.outputs.report.allocation_workbook import read_currency, read_reallocation

        needs = describe_needs(built, read, currency=read_currency(workbook))
        return read_reallocation(workbook, needs)
    currency = find_currency(built, read.currency, rule["currency"])
    needs = describe_needs(built, read, currency=currency)
    return allocate(
        needs,
        rule["budget"],
        currency=currency,
        rule=rule["rule"],
        formula=rule["formula"],
        minima=pairs(rule["minima"], "--min", "LA1101=50000"),
        maxima=pairs(rule["maxima"], "--max", "LA1101=50000"),
        floor=rule["floor"],
        components=_components(rule["components"], built, currency),
    )


def _components(texts: tuple[str, ...], built: Ledger, currency: str) -> dict[str, Any]:
    if texts != ("component",):
        return dict(pairs(texts, "--by", "'2 Infrastructure=0.6'"))
    entries = built.entries[built.entries["currency"] == currency]
    sums = entries.groupby("component", observed=True)["amount"].sum()
    return {str(name): str(minor) for name, minor in sums.items()}


def _write(
    output: Path, form: str | None, shown: Plan, allocation: Allocation, notes: list[str], needs: pd.DataFrame
) -> None:
    if form is None:
        _write_folder(shown, output)
    elif form == "xlsx":
        from geoplan.outputs.report.allocation_workbook import write_reallocation
        from geoplan.outputs.whole_files import replacing

        with replacing(output) as temporary:
            write_reallocation(temporary, allocation, [*shown.notes, *notes, *_illustrative(shown)], needs)
    elif form == "html":
        write_page(shown, allocation, output)


def write_page(shown: Plan, allocation: Allocation, output: Path) -> None:
    """Write the map of a proposal, with what each district would get per poor person."""
    from geoplan.page.extras import DistrictMeasure

    values = allocation.districts.set_index("district")["amount_per_poor"]
    label = {"en": "Proposed per poor person", "fr": "Proposé par personne pauvre", "lo": "ສະເໜີຕໍ່ຄົນທຸກຍາກ"}
    _draw(shown, [DistrictMeasure("proposed_per_poor", label, values, currency=allocation.currency)], output)


def _illustrative(shown: Plan) -> list[str]:
    return [f"Illustrative figures: {shown.illustrative}"] if shown.illustrative else []


@click.command(
    "phase",
    short_help="Plan the money by year under ceilings, the poorest first.",
    cls=ExampleCommand,
    examples=[
        "phase next-phase --ceilings 2017=300000,2018=400000",
        "phase next-phase --ceilings ceilings.csv --carry -o phased",
        "phase next-phase --ceilings 2017=300000,2018=400000 -o phased.html",
    ],
)
@plan_options
@kind_option
@click.option(
    "--ceilings",
    required=True,
    metavar="YEAR=X,…",
    help="Most for each year, such as 2017=300000,2018=400000; or a table with the columns year and ceiling.",
)
@click.option("--currency", metavar="CODE", help="Of the ceilings (ISO 4217); by default the plan's.")
@click.option(
    "--priority",
    metavar="CLASSES",
    help="Poverty classes in the order they are served, with | between; by default the poorest first; none for no order.",
)
@click.option(
    "--start",
    "starts",
    multiple=True,
    metavar="PROJECT=YEAR",
    help="First year of a project, instead of its start date.",
)
@click.option("--carry", is_flag=True, help="Add what a year leaves unused to the next.")
@click.option(
    "--format",
    "form",
    type=click.Choice((*_FORMATS, "xlsx")),
    help="Default: by the ending of FILE, else table.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR|FILE",
    help="A plan folder, a map that plays the years (.html), or a table (.csv, .json, .md, .xlsx).",
)
def phase_(
    plan: Path | None,
    kind: str | None,
    ceilings: str,
    currency: str | None,
    priority: str | None,
    starts: tuple[str, ...],
    carry: bool,
    form: str | None,
    output: Path | None,
    **tables: Any,
) -> None:
    """Plan what a plan asks for by year, under a ceiling for each, the poorest districts first.

    Where a ceiling does not reach, a class is served in proportion to what each still lacks. What no ceiling leaves room
    for is named: it stands in the year after as unmet demand.
    """
    from geoplan.analysis.equity import check_one_kind
    from geoplan.outputs.report.planning_tables import phasing_sections
    from geoplan.planning import find_currency, phase, phased_plan
    from geoplan.planning.phasing import read_ceilings

    as_page = output is not None and output.suffix.lower() in _PAGES
    as_folder = _is_plan_target(output)
    shape = "" if as_page or as_folder else format_of(form, output, (*_FORMATS, "xlsx"))
    limits = read_ceilings(ceilings)
    years = _start_years(starts)
    read = read_given(plan, tables, kind)
    built = build(read)
    check_one_kind(built)
    with working("phasing"):
        phasing = phase(
            read,
            built,
            limits,
            currency=find_currency(built, read.currency, currency),
            priority=_classes(priority),
            starts=years,
            carry=carry,
        )
        phased = phased_plan(read, phasing)
        new = build(phased)
    if shape:
        put_sections(phasing_sections(phasing), [], new, shape, output)
    elif as_folder and output is not None:
        _write_folder(phased, output)
    elif output is not None:
        _draw(phased, [], output)
    if output is not None and not as_folder:
        announce(
            output,
            read,
            built,
            ceilings=ceilings,
            priority=priority,
            starts=", ".join(starts) or None,
            carry=carry or None,
        )
    close(new)


def _classes(priority: str | None) -> list[str] | None:
    if priority is None:
        return None
    return [] if priority == "none" else [name.strip() for name in priority.split("|")]


def _start_years(starts: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for project, year in pairs(starts, "--start", "P01=2018").items():
        if not (year.isdecimal() and 1900 <= int(year) <= 2100):
            raise UsageError(f"--start of {show_value(project)} is no year: {show_value(year)}")
        found[project] = int(year)
    return found


def _write_folder(shown: Plan, output: Path) -> None:
    from geoplan.outputs.exports.plan_folder import write_plan_folder

    written = write_plan_folder(shown, output)
    say(f"a plan folder with {len(written)} files; next: geoplan map {output}")
    emit(f"{output}\n")


def _draw(shown: Plan, measures: list[Any], output: Path) -> None:
    with working("drawing the map"):
        from geoplan.outputs.whole_files import write_text
        from geoplan.page import build_map, render_page

        write_text(output, render_page(build_map(shown, measures=measures)))
