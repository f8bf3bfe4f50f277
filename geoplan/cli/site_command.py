"""The command site: where new facilities serve the demand best."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.cli.arguments import ExampleCommand, build, plan_options, read_given
from geoplan.cli.printing import announce, close, emit, format_of, put_sections, say, working
from geoplan.model.errors import UsageError, show_value

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan
    from geoplan.planning.siting import Siting
    from geoplan.sources.raw_table import FileSpec

_FORMATS = ("table", "csv", "json", "md", "xlsx")
_PAGES = (".html", ".htm")
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(km|m)?\s*", re.IGNORECASE)
_EVERY = 5.0  # seconds between two lines of progress


@click.command(
    short_help="Choose sites that serve villages best, next to those that exist.",
    cls=ExampleCommand,
    examples=[
        "site my-province --demand villages.geojson --candidates villages.geojson --n 1 --within 10km",
        "site my-province --demand villages.geojson --candidates villages.geojson --within 25km -o sites.html",
        "site my-province --demand villages.geojson --candidates villages.geojson --n 1 --p-median --weight poor",
    ],
)
@plan_options
@click.option(
    "--demand",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Villages or other points to be served.",
)
@click.option(
    "--candidates",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Points where a site could be.",
)
@click.option("--n", "count", type=click.IntRange(min=1), metavar="N", help="How many new sites.")
@click.option(
    "--within",
    metavar="DISTANCE",
    help="How far a site serves, such as 10km. With --n as much demand as possible is covered, without it all, "
    "by the fewest sites.",
)
@click.option(
    "--p-median", is_flag=True, help="Make the way to the nearest site as short as possible, over all demand."
)
@click.option(
    "--existing", type=click.Path(path_type=Path), metavar="FILE", help="Sites that are there and stay."
)
@click.option(
    "--weight",
    metavar="COLUMN",
    help="How much each point counts: a column of the demand file; population or poor also from the plan's profile.",
)
@click.option(
    "--costs",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Travel costs instead of distance: demand, candidate, cost, or a matrix; --within is then in its unit.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Take the best found by then, and say how far from the optimum it may be.",
)
@click.option(
    "--unit-cost",
    metavar="AMOUNT",
    help="What a new site costs, in the plan's currency: needed to write the sites as a plan.",
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="Default: by the ending of FILE, else table."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="A table (.csv, .json, .md, .xlsx), a map of the sites and their catchments (.html), or a plan folder (no ending).",
)
def site(
    plan: Path | None,
    demand: Path,
    candidates: Path,
    count: int | None,
    within: str | None,
    p_median: bool,
    existing: Path | None,
    weight: str | None,
    costs: Path | None,
    time_limit: float | None,
    unit_cost: str | None,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Choose among candidates the sites that serve the demand best, and prove it.

    Maximal covering (--n and --within), set covering (--within alone), or p-median (--n and --p-median),
    with geodesic distance or travel costs. The answer stands beside what one would get by taking the best
    candidate one after the other.
    """
    from geoplan.sources.raw_table import name_file

    as_page = output is not None and output.suffix.lower() in _PAGES
    as_folder = output is not None and not output.suffix and form is None
    if as_folder != (unit_cost is not None):
        raise UsageError(
            "a plan folder of the sites and --unit-cost AMOUNT go together: -o DIR --unit-cost 50000"
        )
    form = "html" if as_page else "folder" if as_folder else format_of(form, output, _FORMATS)
    model = _model(count, within, p_median)
    reach, unit = _reach(within, costs)
    files = {"demand": demand, "candidates": candidates, "existing": existing}
    specs = {name: name_file(path) for name, path in files.items() if path is not None}
    gone = [f"--{name} {spec.path}" for name, spec in specs.items() if not spec.path.exists()]
    if gone:
        raise UsageError(f"there is no such file: {', '.join(gone)}")
    read = read_given(plan, tables)
    built = build(read)
    with working("choosing sites"):
        found = _choose(
            read,
            built,
            specs,
            weight,
            costs,
            unit,
            model=model,
            count=count,
            within=reach,
            time_limit=time_limit,
        )
    sections, notes = _describe(found, built)
    if as_page and output is not None:
        _write_page(read, built, found, output)
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
        announce(output, read, built, model=model, n=count, within=within, weight=weight, costs=costs and costs.name,
                 time_limit=time_limit, **given)  # fmt: skip
    close(built)


def _model(count: int | None, within: str | None, p_median: bool) -> str:
    if p_median:
        if count is None:
            raise UsageError("--p-median needs --n, the number of new sites")
        return "p-median"
    if within is None:
        raise UsageError(
            "say how far a site serves (--within 10km), or ask for the shortest ways (--p-median)"
        )
    return "cover-all" if count is None else "cover"


def _reach(within: str | None, costs: Path | None) -> tuple[float | None, str]:
    """Return the reach and its unit: kilometres, or that of the travel costs."""
    unit = "km" if costs is None else "units of cost"
    if within is None:
        return None, unit
    read = _LENGTH.fullmatch(within)
    if read is None or float(read[1]) <= 0 or (costs is not None and read[2]):
        example = (
            "a number in the unit of the travel costs, such as 60"
            if costs
            else "a distance such as 10km or 500m"
        )
        raise UsageError(f"--within {show_value(within)} is no reach: write {example}")
    return float(read[1]) / (1000 if (read[2] or "").lower() == "m" else 1), unit


def _choose(
    read: Plan,
    built: Ledger,
    files: dict[str, FileSpec],
    weight: str | None,
    costs: Path | None,
    unit: str,
    **settings: Any,
) -> Siting:
    from geoplan.planning.siting import choose_sites, read_costs, weigh_demand
    from geoplan.planning.siting.district_lookup import within_districts
    from geoplan.sources.points import read_points

    points = {name: read_points(spec) for name, spec in files.items()}
    points["candidates"] = within_districts(points["candidates"], read.districts, only=True)
    points["demand"] = within_districts(points["demand"], read.districts)
    weights, said = weigh_demand(points["demand"], weight, described=built.districts)
    return choose_sites(
        points["demand"],
        points["candidates"],
        weights=weights,
        weighed_by=said,
        existing=points.get("existing"),
        costs=None if costs is None else read_costs(costs),
        unit=unit,
        report=_progress(),
        **settings,
    )


def _progress() -> Any:
    """Return a function that prints a line of progress now and then."""
    last = time.monotonic()

    def report(seconds: float, gap: float) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            within = f"within {gap:.1%} of the optimum" if gap < 1 else "no answer yet"
            say(f"choosing sites: {seconds:.0f} s, {within}")

    return report


def _describe(found: Siting, built: Ledger) -> tuple[dict[str, pd.DataFrame], list[str]]:
    from geoplan.outputs.report.siting_tables import siting_notes, siting_sections

    return siting_sections(found, built.districts), siting_notes(found)


def _write_page(read: Plan, built: Ledger, found: Siting, output: Path) -> None:
    with working("drawing the map"):
        from geoplan.outputs.whole_files import write_text
        from geoplan.page import build_map, render_page
        from geoplan.page.siting_layers import siting_layers, siting_measures

        layers = siting_layers(found, read.districts)
        measures = siting_measures(found, built.districts)
        map_ = build_map(read, ledger=built, measure=measures[0].key, measures=measures, layers=layers)
        write_text(output, render_page(map_))


def _write_folder(read: Plan, found: Siting, unit_cost: str, output: Path) -> None:
    """Write the new sites as a plan folder, and the reconciliation of that plan."""
    from geoplan.outputs.exports.plan_folder import write_plan_folder
    from geoplan.planning.siting.site_projects import propose_sites

    proposed = propose_sites(read, found, unit_cost)
    write_plan_folder(proposed, output)
    emit(f"{output}\n")
    close(build(proposed))
