"""The command map: the interactive page, and pictures of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.cli.arguments import (
    ExampleCommand,
    file_option,
    language_option,
    output_to,
    plan_name,
    plan_options,
    points_file,
    read_given,
    view_options,
)
from geoplan.cli.output_targets import is_page
from geoplan.cli.printing import announce, close, working
from geoplan.cli.streaming import draw_up, streaming_options, take_streaming
from geoplan.cli.travel_options import (
    TravelFiles,
    read_reach,
    travel_of,
    travel_options,
    with_plan_speeds,
)
from geoplan.model.choices import FASTER
from geoplan.model.errors import UsageError

if TYPE_CHECKING:
    from geoplan.cli.travel_options import TravelOverFriction, TravelOverRoads
    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.page.extras import ExtraLayer
    from geoplan.plan.plan_tables import Plan
    from geoplan.sources.raw_table import FileSpec


@click.command(
    "map",
    short_help="Write the interactive map as one HTML file.",
    cls=ExampleCommand,
    examples=[
        "map my-province -o my-province.html",
        "map --compare 2009",
        "map my-province --basemap OpenStreetMap.Mapnik",
        "map my-province --gaps 10 -o my-gaps.html",
        "map --districts districts.geojson --locations locations.csv --spending spending.csv",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@click.option(
    "--compare",
    metavar="PLAN|VINTAGE",
    help="Add a second map: another plan, or this plan on another vintage.",
)
@click.option(
    "--basemap",
    metavar="NAME",
    help="Add an online basemap, for example OpenStreetMap.Mapnik (none turns it off).",
)
@click.option(
    "--gaps",
    metavar="KM|TIME",
    help="Show the districts, and with --points the villages, with no project within that distance. With --travel or "
    "--friction: the villages by minutes.",
)
@file_option("--points", help="Villages or other points to show with --gaps.")
@travel_options
@click.option(
    "--measure",
    metavar="NAME",
    help="Measure that colours the districts: amount, per_person, money_and_poverty or another of the page "
    "[default: amount].",
)
@file_option("--png", help="Also save a PNG (uses Chromium, Chrome or Edge).")
@file_option("--pdf", help="Also print the map and its report as PDF (uses Chromium, Chrome or Edge).")
@file_option("--svg", help="Also save a vector picture (needs no browser).")
@click.option(
    "--size",
    type=click.Choice(("a4", "a3")),
    default="a4",
    show_default=True,
    help="Paper size of --png and --pdf.",
)
@click.option(
    "--pages",
    type=click.Choice(("all", "map")),
    default="all",
    show_default=True,
    help="Pages of --pdf: all of them, or the sheet with the map only.",
)
@click.option(
    "--watch", is_flag=True, help="Make the map again when an input is saved, and say what changed."
)
@language_option
@output_to("Page to write [default: maps/NAME.html].", metavar="FILE.html")
@streaming_options
def map_(
    plan: Path | None,
    view: MoneyView,
    compare: str | None,
    basemap: str | None,
    gaps: str | None,
    points: Path | None,
    travel_files: TravelFiles,
    measure: str | None,
    png: Path | None,
    pdf: Path | None,
    svg: Path | None,
    size: str,
    pages: str,
    watch: bool,
    language: str,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Write the interactive map: one HTML file that opens offline in any browser."""
    target = output or Path("maps") / f"{plan_name(plan, tables)}.html"
    if not is_page(target):
        raise UsageError(f"a map is an HTML file: name it {target.with_suffix('.html')}")
    pictures = _pictures(png, pdf, svg)
    if points is not None and gaps is None:
        raise UsageError("--points needs --gaps: add --gaps KM")
    travel = travel_of(travel_files)
    reach = None if gaps is None else read_reach(gaps, travel, "--gaps")
    if travel is not None and (gaps is None or points is None):
        raise UsageError("--travel and --friction measure from villages: add --gaps 60min --points FILE")
    if pages != "all" and pdf is None:
        raise UsageError("--pages needs --pdf: add --pdf FILE.pdf")
    if basemap is not None:
        from geoplan.plan.basemap import name_basemap

        name_basemap(basemap)
    villages = points_file(points)
    how = take_streaming(tables)

    def make() -> Ledger:
        read, built = _drawn_up(plan, tables, how, target, view)
        if gaps is not None and built.crowds is not None:
            raise UsageError(
                "--gaps needs single locations, but the map groups this many into hexagons: use geoplan gaps instead"
            )
        other, other_built = None, None
        if compare is not None:
            same = compare in (read.vintage, *read.vintages)
            other, other_built = _drawn_up(
                plan if same else Path(compare),
                tables if same else {},
                how,
                target,
                replace(view, vintage=compare if same else None),
            )
        with working("drawing the map"):
            from geoplan.outputs.whole_files import write_text
            from geoplan.page import build_map, render_page

            layers = () if reach is None else _unreached(read, reach, villages, travel)
            drawn = build_map(
                read,
                ledger=built,
                layers=layers,
                compare=other,
                compare_ledger=other_built,
                basemap=basemap,
                measure=measure or "amount",
            )
            page = render_page(drawn)
            write_text(target, page)
        options = {
            "compare": compare,
            "basemap": basemap,
            "gaps": reach if travel is None else gaps,
            "points": points and points.name,
            **travel_files.given,
        }
        options |= {} if measure is None else {"measure": measure}
        compared = None if other is None or other_built is None else (other, other_built)
        announce(target, read, built, compared, view=view, **options)
        for name, path in pictures.items():
            with working(f"drawing {path.name}"):
                _draw_picture(name, path, page, read, built, size, pages, language, measure or "amount")
            announce(path, read, built, compared, view=view, **options, size=None if name == "svg" else size)
        close(built)
        if other_built is not None:
            close(other_built)
        return built

    if watch:
        from geoplan.cli.watching import make_again_when_saved

        make_again_when_saved(make)
    else:
        make()


def _drawn_up(
    plan: Path | None,
    tables: Mapping[str, Any],
    how: Mapping[str, Any],
    target: Path,
    view: MoneyView,
) -> tuple[Plan, Ledger]:
    """Read a plan and build its ledger for a page."""
    read = read_given(plan, tables, view, stream=True, without_money=True)
    return draw_up(read, how, view=view, beside=target)


def _unreached(
    read: Plan, reach: float, points: FileSpec | None, travel: TravelOverRoads | TravelOverFriction | None
) -> tuple[ExtraLayer, ...]:
    from geoplan.page.unreached_layers import draw_by_minutes, draw_unreached
    from geoplan.sources.points import read_points

    ready = with_plan_speeds(travel, read)
    if ready is not None and points is not None:
        from geoplan.analysis.gaps import find_points_beyond

        nearest = partial(ready.nearest, limit=reach * FASTER, names=("points", "project locations"))
        return draw_by_minutes(find_points_beyond(read, read_points(points), reach, nearest), reach)
    return draw_unreached(read, reach, None if points is None else read_points(points))


def _pictures(png: Path | None, pdf: Path | None, svg: Path | None) -> dict[str, Path]:
    """Return the pictures asked for. Raise an error for a missing browser before any work is done."""
    asked = {name: path for name, path in {"png": png, "pdf": pdf, "svg": svg}.items() if path is not None}
    for name, path in asked.items():
        if path.suffix.lower() != f".{name}":
            raise UsageError(f"--{name} writes a .{name} file: name it {path.with_suffix('.' + name)}")
    if "png" in asked or "pdf" in asked:
        from geoplan.outputs.browser_pictures import find_browser

        find_browser()
    return asked


def _draw_picture(
    name: str,
    path: Path,
    page: str,
    read: Plan,
    built: Ledger,
    size: str,
    pages: str,
    language: str,
    measure: str,
) -> None:
    if name == "svg":
        from geoplan.outputs.whole_files import write_text
        from geoplan.page.svg_map import draw_svg_map

        write_text(path, draw_svg_map(read, built, language=language, measure=measure))
        return
    from geoplan.outputs.browser_pictures import draw_png, print_pdf

    if name == "png":
        draw_png(page, path, size=size, language=language)
    else:
        print_pdf(page, path, size=size, language=language, pages=pages)
