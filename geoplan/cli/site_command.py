"""The command site: where new facilities serve villages best."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    build,
    file_option,
    format_option,
    output_to,
    plan_options,
    read_given,
    view_options,
)
from geoplan.cli.output_targets import is_page
from geoplan.cli.people_options import PeopleRasters, people_options
from geoplan.cli.printing import announce, close, format_of, name_output, put_sections, say, working
from geoplan.cli.travel_options import (
    Travel,
    TravelFiles,
    TravelOverFriction,
    read_reach,
    travel_of,
    travel_options,
    with_plan_speeds,
)
from geoplan.model.choices import FASTER, SLOWER
from geoplan.model.errors import UsageError, show_number, show_value

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan
    from geoplan.planning.siting import Siting
    from geoplan.sources.raw_table import FileSpec

_PROGRESS_SECONDS = 5.0


@click.command(
    short_help="Choose the sites that serve villages best.",
    cls=ExampleCommand,
    examples=[
        "site my-province --demand villages.geojson --candidates villages.geojson --n 1 --within 10km",
        "site my-province --demand villages.geojson --candidates villages.geojson --within 25km -o sites.html",
        "site my-province --demand villages.geojson --candidates villages.geojson --n 1 --p-median --weight poor",
        "site my-province --demand villages.geojson --candidates villages.geojson --n 1 --within 60min "
        "--travel roads.geojson --speeds speeds.csv",
        "site my-province --population lao_ppp_2015.tif --candidates villages.geojson --n 2 --within 10km",
    ],
)
@plan_options
@view_options()
@file_option("--demand", help="Villages or other points to serve, if there is no --population.")
@people_options("the demand, instead of --demand")
@file_option("--candidates", required=True, help="Points that are possible sites.")
@click.option("--n", "count", type=click.IntRange(min=1), metavar="N", help="Number of new sites.")
@click.option(
    "--within",
    metavar="KM|TIME",
    help="Service radius, such as 10km; with --travel or --friction a time such as 60min. With --n: cover as much demand as possible; alone: cover all of it with "
    "the fewest sites.",
)
@click.option("--p-median", is_flag=True, help="Minimise the total distance to the nearest site (needs --n).")
@file_option("--existing", help="Existing sites, which stay.")
@click.option(
    "--weight",
    metavar="COLUMN",
    help="Weight of each point: a column of the demand file, or population or poor from the plan's profile "
    "[default: 1 each].",
)
@file_option(
    "--costs",
    help="Travel costs instead of distances: a table of demand, candidate and cost, or a matrix. --within is then "
    "in their unit.",
)
@travel_options
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop after this time with the best answer so far, and report its distance from the optimum.",
)
@click.option(
    "--unit-cost",
    metavar="AMOUNT",
    help="Cost of a new site in the plan's currency; required to write a plan folder.",
)
@format_option
@output_to(
    "A table (.csv, .json, .md, .xlsx), a map of sites and catchments (.html) or a plan folder (no ending).",
    metavar="FILE|DIR",
)
def site(
    plan: Path | None,
    demand: Path | None,
    people: PeopleRasters,
    candidates: Path,
    count: int | None,
    within: str | None,
    p_median: bool,
    existing: Path | None,
    weight: str | None,
    costs: Path | None,
    travel_files: TravelFiles,
    time_limit: float | None,
    unit_cost: str | None,
    form: str | None,
    output: Path | None,
    view: MoneyView,
    **tables: Path | None,
) -> None:
    """Choose the sites among candidates that serve villages best, with proof that no choice is better.

    Models: maximal covering (--n and --within), set covering (--within alone) and p-median (--n and --p-median),
    with geodesic distances or travel costs. The output compares the answer with a greedy choice, which takes
    the best candidate one at a time.
    """
    from geoplan.sources.raw_table import name_file

    as_page = is_page(output)
    as_folder = output is not None and not output.suffix and form is None
    if as_folder != (unit_cost is not None):
        raise UsageError(
            "a plan folder needs --unit-cost, and --unit-cost needs a plan folder: -o DIR --unit-cost 50000"
        )
    form = "html" if as_page else "folder" if as_folder else format_of(form, output, FORMATS)
    model = _model(count, within, p_median)
    travel = travel_of(travel_files)
    if travel is not None and costs is not None:
        raise UsageError("give one of --travel, --friction and --costs")
    _check_demand(demand, people, weight, costs)
    reach, unit = _reach(within, costs, travel)
    files = {"demand": demand, "candidates": candidates, "existing": existing}
    specs = {name: name_file(path) for name, path in files.items() if path is not None}
    absent = [f"--{name} {spec.path}" for name, spec in specs.items() if not spec.path.exists()]
    if absent:
        raise UsageError(f"file not found: {', '.join(absent)}")
    read = read_given(plan, tables, view)
    travel = with_plan_speeds(travel, read)
    built = build(read)
    with working("choosing sites"):
        found = _choose(
            read,
            built,
            specs,
            people,
            weight,
            _costs_of(costs, travel, reach if model != "p-median" else None),
            unit,
            model=model,
            count=count,
            within=reach,
            time_limit=time_limit,
        )
    sections, notes = _describe(found, built)
    if people.poor is not None:
        sections |= _cover_other_weights(found, built)
    if travel is not None:
        notes = [*notes, *_notes_on_travel(found)]
    if as_page and output is not None:
        _write_page(read, built, found, output, _isochrones(found, travel))
        for note in notes:
            say(note)
    elif as_folder and output is not None and unit_cost is not None:
        _write_folder(read, found, unit_cost, output)
        for note in notes:
            say(note)
    else:
        put_sections(sections, notes, built, form, output)
    if output is not None and not as_folder:
        given = {name: path.name for name, path in files.items() if path is not None}
        announce(output, read, built, view=view, model=model, n=count, within=within, weight=weight, costs=costs and costs.name,
                 time_limit=time_limit, **people.given, **travel_files.given, **given)  # fmt: skip
    close(built)


def _check_demand(demand: Path | None, people: PeopleRasters, weight: str | None, costs: Path | None) -> None:
    """Refuse options about the demand that do not fit together."""
    if (demand is None) == (people.population is None):
        raise UsageError("give the demand: either --demand FILE or --population FILE.tif")
    if people.population is not None and costs is not None:
        raise UsageError("--costs needs --demand FILE: the cells of a raster have no codes")
    if people.population is not None and weight not in (None, "population", "poor"):
        raise UsageError("with --population, --weight is population or poor")
    if people.population is not None and weight == "poor" and people.poor is None:
        raise UsageError("--weight poor needs --poor FILE.tif, because --population has people only")


def _model(count: int | None, within: str | None, p_median: bool) -> str:
    if p_median:
        if count is None:
            raise UsageError("--p-median needs the number of new sites: add --n")
        return "p-median"
    if within is None:
        raise UsageError(
            "give the service radius (--within 10km), or minimise the total distance (--n 5 --p-median)"
        )
    return "cover-all" if count is None else "cover"


def _reach(within: str | None, costs: Path | None, travel: Travel | None) -> tuple[float | None, str]:
    """Return the reach and its unit: kilometres, minutes, or that of the travel costs."""
    unit = "min" if travel is not None else "km" if costs is None else "units of cost"
    if within is None:
        return None, unit
    reach = read_reach(within, travel, "--within") if costs is None else _read_cost(within)
    if not 0 < reach < math.inf:
        raise UsageError(f"--within must be above 0, not {show_value(within)}")
    return reach, unit


def _read_cost(within: str) -> float:
    try:
        return float(within)
    except ValueError:
        raise UsageError(
            f"with --costs, --within must be a number in the unit of the costs, such as 60, not {show_value(within)}"
        ) from None


def _costs_of(costs: Path | None, travel: Travel | None, reach: float | None) -> Any:
    """Return the travel costs for the choice: a table, a function of travel times, or None for distances."""
    if travel is not None:
        limit = float("inf") if reach is None else reach * FASTER

        def measure(points: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> Any:
            shapes = (points.geometry.to_numpy(), sites.geometry.to_numpy())
            return travel.measure(*shapes, limit, ("demand points", "sites"))

        return measure
    if costs is None:
        return None
    from geoplan.planning.siting import read_costs

    return read_costs(costs)


def _notes_on_travel(found: Siting) -> list[str]:
    """Return the demand that has no way to a site, and what is covered at other speeds."""
    weight, cost = found.demand["weight"], found.demand["cost"]
    lost = ~cost.map(lambda minutes: minutes < float("inf"))
    notes = []
    if found.within is None:
        notes.append(
            f"no way to any site: {int(lost.sum()):,} demand points, weight {show_number(weight[lost].sum(), commas=True)}"
        )
    else:
        at = {part: weight[cost <= found.within * part].sum() for part in (SLOWER, 1.0, FASTER)}
        notes.append(
            f"covered at the speeds given: {show_number(at[1.0], commas=True)} of {show_number(weight.sum(), commas=True)}; at 20 % less: {show_number(at[SLOWER], commas=True)}; "
            f"at 20 % more: {show_number(at[FASTER], commas=True)}"
        )
    return notes


def _choose(
    read: Plan,
    built: Ledger,
    files: dict[str, FileSpec],
    people: PeopleRasters,
    weight: str | None,
    costs: Any,
    unit: str,
    **settings: Any,
) -> Siting:
    from geoplan.planning.siting import choose_sites, weigh_demand
    from geoplan.planning.siting.district_lookup import within_districts
    from geoplan.sources.points import read_points

    points = {name: read_points(spec) for name, spec in files.items()}
    points["candidates"] = within_districts(points["candidates"], read.districts, only=True)
    if people.population is not None:
        from geoplan.planning.siting.gridded_demand import grid_demand

        gridded = grid_demand(read.districts, people.population, **people.settings)
        for line in gridded.said:
            say(line)
        points["demand"], weight = gridded.points, weight or "population"
    else:
        points["demand"] = within_districts(points["demand"], read.districts)
    weights, said = weigh_demand(points["demand"], weight, described=built.districts)
    return choose_sites(
        points["demand"],
        points["candidates"],
        weights=weights,
        weighed_by=said,
        existing=points.get("existing"),
        costs=costs,
        unit=unit,
        report=_progress(),
        **settings,
    )


def _progress() -> Any:
    """Return a function that prints progress every few seconds."""
    last = time.monotonic()

    def report(seconds: float, gap: float) -> None:
        nonlocal last
        if time.monotonic() - last >= _PROGRESS_SECONDS:
            last = time.monotonic()
            within = f"at most {gap:.1%} from the optimum" if gap < 1 else "no answer yet"
            say(f"choosing sites: {seconds:.0f} s, {within}")

    return report


def _describe(found: Siting, built: Ledger) -> tuple[dict[str, pd.DataFrame], list[str]]:
    from geoplan.outputs.report.siting_tables import siting_notes, siting_sections

    return siting_sections(found, built.districts), siting_notes(found)


def _cover_other_weights(found: Siting, built: Ledger) -> dict[str, pd.DataFrame]:
    """Return the coverage of people and of poor people, whichever of them the sites were chosen for."""
    from geoplan.planning.siting import compare_coverage

    sections = {}
    for name in ("population", "poor"):
        if name != found.weighed_by:
            weighed = replace(found, demand=found.demand.assign(weight=found.demand[name]))
            said = "people" if name == "population" else "poor people"
            sections[f"coverage of {said} by district"] = compare_coverage(weighed, built.districts)
    return sections


def _isochrones(found: Siting, travel: Travel | None) -> gpd.GeoDataFrame | None:
    """Return the areas within a quarter, half, three quarters and all of the reach; None without friction."""
    if not isinstance(travel, TravelOverFriction) or found.within is None:
        return None
    bands = [found.within * quarter / 4 for quarter in (1, 2, 3, 4)]
    return travel.isochrones(found.sites.geometry.to_numpy(), bands)


def _write_page(
    read: Plan, built: Ledger, found: Siting, output: Path, isochrones: gpd.GeoDataFrame | None
) -> None:
    with working("drawing the map"):
        from geoplan.outputs.whole_files import write_text
        from geoplan.page import build_map, render_page
        from geoplan.page.siting_layers import siting_layers, siting_measures

        layers = siting_layers(found, read.districts, isochrones)
        measures = siting_measures(found, built.districts)
        map_ = build_map(read, ledger=built, measure=measures[0].key, measures=measures, layers=layers)
        write_text(output, render_page(map_))


def _write_folder(read: Plan, found: Siting, unit_cost: str, output: Path) -> None:
    """Write the new sites as a plan folder, and print that plan's reconciliation."""
    from geoplan.outputs.exports.plan_folder import write_plan_folder
    from geoplan.planning.siting.site_projects import propose_sites

    proposed = propose_sites(read, found, unit_cost)
    write_plan_folder(proposed, output)
    name_output(output)
    close(build(proposed))
