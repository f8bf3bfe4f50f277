"""The commands allocate and phase: split a new budget over districts, and schedule it by year."""

from __future__ import annotations

from collections.abc import Mapping
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
    one_of,
    output_to,
    plan_options,
    read_given,
    view_options,
)
from geoplan.cli.output_targets import PAGES, is_page
from geoplan.cli.printing import announce, close, format_of, name_output, put_sections, say, working
from geoplan.model.choices import SPLIT_RULES
from geoplan.model.errors import UsageError, show_value

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan
    from geoplan.planning import Allocation

_OUTPUTS = (".xlsx", *PAGES, ".csv", ".json", ".md", ".txt")


@click.command(
    short_help="Propose how to split a new budget over districts.",
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
@view_options("kind", "vintage")
@click.option("--budget", metavar="X", help="Amount to split, in currency units, such as 1000000.00.")
@click.option("--currency", metavar="CODE", help="Currency of the budget (ISO 4217) [default: the plan's].")
@click.option(
    "--rule",
    metavar="RULE",
    shell_complete=one_of(SPLIT_RULES),
    help="How to split: equal, population, poor, poverty-gap (raises the districts with least per poor person to "
    "one level) or formula.",
)
@click.option(
    "--formula",
    metavar="TEXT",
    help="Weighted sum for --rule formula, such as 0.5*poor + 0.3*population + 0.2*area.",
)
@click.option(
    "--min", "minima", multiple=True, metavar="DISTRICT=X", help="Minimum for a district (repeatable)."
)
@click.option(
    "--max", "maxima", multiple=True, metavar="DISTRICT=X", help="Maximum for a district (repeatable)."
)
@click.option("--floor", metavar="X", help="Minimum for every district.")
@click.option("--unit", metavar="X", help="Round amounts to multiples of X, such as 1000000.")
@click.option(
    "--by",
    "components",
    multiple=True,
    metavar="COMPONENT=SHARE",
    help="Share of a component in the budget (repeatable). The word component alone: shares as in the plan.",
)
@click.option(
    "--year",
    type=click.IntRange(1900, 2100),
    metavar="YEAR",
    help="Year of the new money [default: the year after the plan's last].",
)
@click.option("--funder", default="", metavar="NAME", help="Funder of the new money.")
@click.option(
    "--keep", is_flag=True, help="Keep the plan's own money next to the new money, in a plan folder or map."
)
@file_option(
    "--from",
    "workbook",
    help="Read an edited split from a workbook of this command, or any table with the columns district, amount and "
    "optionally component, instead of --budget and --rule.",
)
@language_option
@format_option
@output_to(
    "A plan folder, a workbook to edit (.xlsx), a map (.html) or a table (.csv, .json, .md).",
    metavar="DIR|FILE",
)
def allocate(
    plan: Path | None,
    view: MoneyView,
    workbook: Path | None,
    year: int | None,
    funder: str,
    keep: bool,
    language: str,
    form: str | None,
    output: Path | None,
    **options: Any,
) -> None:
    """Propose how to split a new budget over districts and components, by a rule you can check by hand.

    The proposal keeps the minimum and maximum of each district, adds up to the cent, and shows equity before and
    after. Save it as a plan folder to map, summarise and compare it.
    """
    from geoplan.outputs.report.planning_tables import allocation_notes, allocation_sections
    from geoplan.outputs.text_tables import figure_year_lines
    from geoplan.planning import compare_equity, describe_needs
    from geoplan.planning.proposal import propose_plan

    rule = {
        name: options.pop(name)
        for name in (
            "budget",
            "currency",
            "rule",
            "formula",
            "minima",
            "maxima",
            "floor",
            "unit",
            "components",
        )
    }
    _check_rule(rule, workbook)
    form = None if _is_plan_target(output) else _form(form, output)
    read = read_given(plan, options, view)
    built = build(read)
    with working("splitting the budget"):
        allocation = _allocation(read, built, rule, workbook)
        proposal = propose_plan(read, allocation, year=year, funder=funder)
        new = build(proposal)
        equity = compare_equity(built, new, currency=allocation.currency, language=language)
    shown = propose_plan(read, allocation, year=year, funder=funder, keep=True) if keep else proposal
    notes = [*allocation_notes(allocation), *figure_year_lines(built)]
    sections = allocation_sections(allocation, equity)
    if output is not None and form in (None, "html", "xlsx"):
        _write(output, form, shown, allocation, notes, describe_needs(built, currency=allocation.currency))
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
        announce(output, read, built, view=view, **said, year=year, funder=funder or None, keep=keep or None,
                 workbook=workbook and workbook.name)  # fmt: skip
    close(new)


def _check_rule(rule: Mapping[str, Any], workbook: Path | None) -> None:
    if workbook is not None:
        given = [f"--{name}" for name, value in rule.items() if value]
        # A plain table does not state its currency.
        if given == ["--currency"] and not (workbook.is_file() and _is_own_workbook(workbook)):
            given = []
        if given:
            raise UsageError(f"--from reads budget, rule and bounds from the file: omit {', '.join(given)}")
        if not workbook.is_file():
            raise UsageError(f"file not found: --from {workbook}")
        return
    missing = [f"--{name}" for name in ("budget", "rule") if rule[name] is None]
    if missing:
        raise UsageError(f"{' and '.join(missing)} must be given, such as --budget 1000000 --rule poor")


def _is_own_workbook(path: Path) -> bool:
    from geoplan.outputs.report.edited_allocation import is_reallocation

    return is_reallocation(path)


def _is_plan_target(output: Path | None) -> bool:
    return output is not None and output.suffix.lower() not in _OUTPUTS


def _form(form: str | None, output: Path | None) -> str:
    if output is not None and output.suffix.lower() in (*PAGES, ".xlsx"):
        return "xlsx" if output.suffix.lower() == ".xlsx" else "html"
    return format_of(form, output, FORMATS)


def pairs(texts: tuple[str, ...], option: str, example: str) -> dict[str, str]:
    """Read ``NAME=VALUE`` of a repeated option, or raise `UsageError`."""
    found: dict[str, str] = {}
    for text in texts:
        name, mark, value = text.rpartition("=")
        if not mark or not name.strip() or not value.strip():
            raise UsageError(f"cannot read {option} {show_value(text)}: write it like {option} {example}")
        if name.strip() in found:
            raise UsageError(f"{option} names {show_value(name.strip())} twice")
        found[name.strip()] = value.strip()
    return found


def _allocation(read: Plan, built: Ledger, rule: Mapping[str, Any], workbook: Path | None) -> Allocation:
    from geoplan.analysis.equity import check_one_kind
    from geoplan.planning import allocate, describe_needs, find_currency

    check_one_kind(built)
    if workbook is not None and not _is_own_workbook(workbook):
        from geoplan.planning.given_splits import read_given_split

        currency = find_currency(built, read.currency, rule["currency"])
        return read_given_split(workbook, describe_needs(built, currency=currency), currency=currency)
    if workbook is not None:
        from geoplan.outputs.report.edited_allocation import read_currency, read_reallocation

        needs = describe_needs(built, currency=read_currency(workbook))
        return read_reallocation(workbook, needs)
    currency = find_currency(built, read.currency, rule["currency"])
    needs = describe_needs(built, currency=currency)
    return allocate(
        needs,
        rule["budget"],
        currency=currency,
        rule=rule["rule"],
        formula=rule["formula"],
        minima=pairs(rule["minima"], "--min", "LA1101=50000"),
        maxima=pairs(rule["maxima"], "--max", "LA1101=50000"),
        floor=rule["floor"],
        unit=rule["unit"],
        components=_components(rule["components"], built, currency),
    )


def _components(texts: tuple[str, ...], built: Ledger, currency: str) -> dict[str, Any]:
    if texts != ("component",):
        return dict(pairs(texts, "--by", "'2 Infrastructure=0.6'"))
    entries = built.entries[built.entries["currency"] == currency]
    sums = entries.groupby("component", observed=True)["amount_minor"].sum()
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
    """Write the map of a proposal, coloured by the proposed amount per poor person."""
    from geoplan.page.extras import DistrictMeasure

    values = allocation.districts.set_index("district")["amount_per_poor"]
    label = {"en": "Proposed per poor person", "fr": "Proposé par personne pauvre", "lo": "ສະເໜີຕໍ່ຄົນທຸກຍາກ"}
    _draw(shown, [DistrictMeasure("proposed_per_poor", label, values, currency=allocation.currency)], output)


def _illustrative(shown: Plan) -> list[str]:
    return [f"Illustrative figures: {shown.illustrative}"] if shown.illustrative else []


@click.command(
    "phase",
    short_help="Schedule a plan's spending by year under ceilings.",
    cls=ExampleCommand,
    examples=[
        "phase next-phase --ceilings 2017=300000,2018=400000",
        "phase next-phase --ceilings ceilings.csv --carry -o phased",
        "phase next-phase --ceilings 2017=300000,2018=400000 -o phased.html",
    ],
)
@plan_options
@view_options("kind")
@click.option(
    "--ceilings",
    required=True,
    metavar="YEAR=X,…",
    help="Maximum for each year, such as 2017=300000,2018=400000, or a table with the columns year and ceiling.",
)
@click.option("--currency", metavar="CODE", help="Currency of the ceilings (ISO 4217) [default: the plan's].")
@click.option(
    "--priority",
    metavar="CLASSES",
    help="Poverty classes in the order they are served, separated by |; none treats all alike [default: the poorest "
    "first].",
)
@click.option(
    "--start",
    "starts",
    multiple=True,
    metavar="PROJECT=YEAR",
    help="First year of a project, instead of its start date (repeatable).",
)
@click.option("--carry", is_flag=True, help="Add the unused amount of a year to the next.")
@format_option
@output_to(
    "A plan folder, a map with a time slider (.html) or a table (.csv, .json, .md, .xlsx).",
    metavar="DIR|FILE",
)
def phase_(
    plan: Path | None,
    view: MoneyView,
    ceilings: str,
    currency: str | None,
    priority: str | None,
    starts: tuple[str, ...],
    carry: bool,
    form: str | None,
    output: Path | None,
    **tables: Any,
) -> None:
    """Schedule a plan's spending by year under ceilings, the poorest districts first.

    If a ceiling is too low for a poverty class, its districts share the rest in proportion to their unmet demand. What
    fits under no ceiling is listed as unmet demand in the year after the last.
    """
    from geoplan.analysis.equity import check_one_kind
    from geoplan.outputs.report.planning_tables import phasing_sections
    from geoplan.planning import find_currency, phase, schedule_plan
    from geoplan.planning.phasing import read_ceilings

    as_page = is_page(output)
    as_folder = _is_plan_target(output)
    shape = "" if as_page or as_folder else format_of(form, output, FORMATS)
    limits = read_ceilings(ceilings)
    years = _start_years(starts)
    read = read_given(plan, tables, view)
    built = build(read)
    check_one_kind(built)
    with working("phasing"):
        phasing = phase(
            built,
            limits,
            currency=find_currency(built, read.currency, currency),
            priority=_classes(priority),
            starts=years,
            carry=carry,
        )
        phased = schedule_plan(read, phasing)
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
            view=view,
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
            raise UsageError(
                f"--start of {show_value(project)} must be a year from 1900 to 2100, not {show_value(year)}"
            )
        found[project] = int(year)
    return found


def _write_folder(shown: Plan, output: Path) -> None:
    from geoplan.outputs.exports.plan_folder import write_plan_folder

    written = write_plan_folder(shown, output)
    say(f"wrote a plan folder with {len(written)} files; next: geoplan map {output}")
    name_output(output)


def _draw(shown: Plan, measures: list[Any], output: Path) -> None:
    with working("drawing the map"):
        from geoplan.outputs.whole_files import write_text
        from geoplan.page import build_map, render_page

        write_text(output, render_page(build_map(shown, measures=measures)))
