"""Commands about boundary layers: check, repair, simplify, get."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    file_argument,
    file_option,
    format_option,
    output_option,
    output_to,
)
from geoplan.cli.layer_options import column_option, empty_option, layer_spec, options_named
from geoplan.cli.printing import emit, format_of, name_output, put_table, say
from geoplan.cli.row_limit import all_option
from geoplan.model.errors import UsageError, show_number, show_value

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.sources.raw_table import FileSpec


@click.group(short_help="Check, repair or simplify a boundary layer.")
def boundaries() -> None:
    """Check, repair, simplify and download boundary layers."""


_file = file_argument("file")
_layer = click.option("--layer", metavar="NAME", help="Layer, if the file has several.")
_vintage = click.option(
    "--vintage",
    metavar="NAME",
    help="Which districts of a plan: the name of a vintage [default: the plan's own].",
)
_changed = click.option(
    "--list-changes",
    "listed_percent",
    type=click.FloatRange(min=0),
    default=0.1,
    show_default=True,
    metavar="PERCENT",
    help="List the districts whose area changes by more than this part of it.",
)
_water = file_option("--water", help="Layer of lakes and rivers: gaps that are water are accepted.")
_accepted = click.option(
    "--accept-gap",
    "accepted",
    multiple=True,
    metavar="LON,LAT",
    help="Accept the gap at this place. Repeatable.",
)
_target = output_to("Layer to write: .gpkg, .geojson or .fgb.", required=True)


@boundaries.command(
    short_help="List gaps, overlaps, slivers, duplicates and invalid shapes.",
    cls=ExampleCommand,
    examples=[
        "boundaries check districts.geojson",
        "boundaries check districts.shp --column district=ID_2 -o findings.csv",
        "boundaries check my-province",
    ],
)
@_file
@_layer
@_vintage
@column_option
@empty_option
@_water
@_accepted
@format_option
@output_option
def check(
    file: Path,
    layer: str | None,
    vintage: str | None,
    columns: tuple[str, ...],
    empty: str,
    water: Path | None,
    accepted: tuple[str, ...],
    form: str | None,
    output: Path | None,
) -> None:
    """List what keeps a boundary layer from being one exact coverage: what, where, how large.

    FILE is a layer, or a plan whose districts to check. Empty shapes are findings; with --empty leave-out they
    are left out. The exit code is 1 if there are gaps, overlaps or similar faults.
    """
    from geoplan.geo.boundaries import check_coverage

    form = format_of(form, output, FORMATS)
    spec = layer_spec(file, layer, columns, empty, vintage)
    report = check_coverage(_read(spec), **_right_gaps(spec, water, accepted))
    put_table(report.findings, form, output)
    say(f"{file.name}: {report}")
    if not report.is_exact:
        click.get_current_context().exit(1)


@boundaries.command(
    short_help="Make a layer one coverage, and list what was changed.",
    cls=ExampleCommand,
    examples=["boundaries repair districts.geojson -o repaired.gpkg"],
)
@_file
@_layer
@_vintage
@column_option
@empty_option
@click.option(
    "--largest-gap",
    type=float,
    metavar="M2",
    help="Fill gaps inside the layer up to this area in m² [default: 1000000, which is 1 km²].",
)
@_water
@_accepted
@_changed
@all_option
@_target
def repair(
    file: Path,
    layer: str | None,
    vintage: str | None,
    columns: tuple[str, ...],
    empty: str,
    largest_gap: float | None,
    water: Path | None,
    accepted: tuple[str, ...],
    listed_percent: float,
    output: Path,
) -> None:
    """Give overlaps and small gaps to one district each, and print every change.

    An overlap that is nearly all of one district stays with it. Any other overlap, and a small gap, goes to the
    neighbour with the longest border. Rows with the same code and name become one district. At the end come the districts whose area changes by more than --list-changes.
    """
    from geoplan.geo.boundaries import LARGEST_GAP
    from geoplan.geo.boundaries import repair as repair_layer
    from geoplan.geo.boundaries.finding_tables import count_noun
    from geoplan.plan.districts import merge_rows

    _check_target(output)
    spec = layer_spec(file, layer, columns, empty, vintage)
    with options_named():
        before, merged = merge_rows(_read(spec, refuse_empty=True), file.name)
    repaired, changes = repair_layer(
        before,
        largest_gap=LARGEST_GAP if largest_gap is None else largest_gap,
        **_right_gaps(spec, water, accepted),
    )
    gone = repaired.geometry.is_empty
    _write(repaired[~gone], output)
    put_table(changes, "table", None)
    _put_area_changes(_codes_and_shapes(before, repaired), listed_percent)
    for line in merged:
        say(line)
    for code in repaired.loc[gone, "district"]:
        say(f"{show_value(code)} has no area left and is not in {output.name}")
    say(f"{output}: {count_noun(len(changes), 'change', 'changes')}")


@boundaries.command(
    short_help="Take vertices out; neighbours keep the same edge.",
    cls=ExampleCommand,
    examples=["boundaries simplify districts.geojson --tolerance 200 -o small.geojson"],
)
@_file
@_layer
@_vintage
@column_option
@empty_option
@click.option(
    "--tolerance",
    type=float,
    required=True,
    metavar="METRES",
    help="How far a border may move: 0.0002 N metres suit a map 1 : N.",
)
@_changed
@all_option
@_target
def simplify(
    file: Path,
    layer: str | None,
    vintage: str | None,
    columns: tuple[str, ...],
    empty: str,
    tolerance: float,
    listed_percent: float,
    output: Path,
) -> None:
    """Write the layer with fewer vertices; neighbours still share exact edges.

    No border moves by more than --tolerance, and that of a small part by at most a quarter of its mean width. At the
    end come the districts whose area changes by more than --list-changes.
    """
    from geoplan.geo.boundaries import simplify as simplify_layer

    _check_target(output)
    before = _read(layer_spec(file, layer, columns, empty, vintage), refuse_empty=True)
    after = simplify_layer(before, tolerance=tolerance)
    _write(after, output)
    name_output(output)
    _put_area_changes(_codes_and_shapes(before, after), listed_percent)
    say(f"{_vertices(before):,} vertices before, {_vertices(after):,} after")


@boundaries.command(
    short_help="Download the districts of a country, with licence and checksum.",
    cls=ExampleCommand,
    examples=["boundaries get LAO", "boundaries get LAO --level 1 -o data/boundaries/lao_provinces.geojson"],
)
@click.argument("country")
@click.option(
    "--level",
    type=click.IntRange(0, 5),
    metavar="N",
    default=2,
    show_default=True,
    help="0 country, 1 provinces, 2 districts.",
)
@click.option(
    "--source",
    default="geoboundaries",
    show_default=True,
    metavar="SOURCE",
    help="geoboundaries, or the address or file of a layer.",
)
@output_to("Layer to write [default: data/boundaries/COUNTRY_admLEVEL.geojson].")
def get(country: str, level: int, source: str, output: Path | None) -> None:
    """Download a boundary layer by the ISO code of its country (three letters, for example LAO).

    An interrupted download continues where it stopped. A note beside the layer gives its origin, licence and
    checksum.
    """
    from geoplan.outputs.downloaded_boundaries import get_boundaries

    target = output or Path("data") / "boundaries" / f"{country.lower()}_adm{level}.geojson"
    note = get_boundaries(country, level=level, source=source, target=target)
    name_output(target)
    say(f"origin, licence and checksum: {note}")


def _read(spec: FileSpec, *, refuse_empty: bool = False) -> gpd.GeoDataFrame:
    """Read a layer with its faults; with ``refuse_empty`` empty shapes must be left out."""
    from geoplan.plan.districts import read_raw_layer

    with options_named():
        districts, remarks = read_raw_layer(spec, keep_empty=not refuse_empty)
    for remark in remarks:
        say(remark)
    return districts


def _right_gaps(spec: FileSpec, water: Path | None, accepted: Sequence[str]) -> dict[str, Any]:
    """Return the gaps that are right, by the options of the command and by the section of the plan."""
    from geoplan.plan.districts import read_water

    places = [*spec.accepted_gaps, *_read_places(accepted)]
    return {"water": read_water(water or spec.water), "accepted_gaps": places}


def _read_places(given: Sequence[str]) -> list[tuple[float, float]]:
    """Turn ``LON,LAT`` into pairs of numbers."""
    places = []
    for text in given:
        try:
            lon, lat = (float(number) for number in text.split(","))
        except ValueError:
            raise UsageError(f"--accept-gap must be LON,LAT in degrees, not {show_value(text)}") from None
        places.append((lon, lat))
    return places


def _put_area_changes(layer: tuple[Any, Any, Any], percent: float) -> None:
    """Print the districts whose area changes by more than a percentage, if any."""
    from geoplan.geo.boundaries import list_area_changes

    changes = list_area_changes(*layer, reported_part=percent / 100)
    if len(changes):
        emit(f"Districts whose area changes by more than {show_number(percent)} %:\n")
        put_table(changes, "table", None)


def _codes_and_shapes(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> tuple[Any, Any, Any]:
    """Return the codes of a layer, and its valid shapes before and after a change."""
    from geoplan.geo.boundaries.layer import district_codes, district_shapes
    from geoplan.geo.boundaries.validity import make_valid

    return district_codes(before), make_valid(district_shapes(before)).shapes, district_shapes(after)


def _vertices(layer: gpd.GeoDataFrame) -> int:
    return int(layer.geometry.count_coordinates().sum())


def _check_target(output: Path) -> None:
    from geoplan.outputs.exports.boundary_layer import check_layer_target

    check_layer_target(output)


def _write(layer: gpd.GeoDataFrame, output: Path) -> None:
    from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW
    from geoplan.outputs.exports.boundary_layer import write_layer

    columns = layer.drop(columns=[SOURCE_FILE, SOURCE_ROW], errors="ignore").dropna(axis="columns", how="all")
    write_layer(columns, output)
