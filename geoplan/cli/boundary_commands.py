"""Commands about boundary layers: check, repair, simplify."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.arguments import ExampleCommand, output_option
from geoplan.cli.printing import emit, format_of, put, say, table_text

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_FORMATS = ("table", "csv")


@click.group(short_help="Check, repair or simplify a boundary layer.")
def boundaries() -> None:
    """Look after boundary layers: are they one coverage, mend them, make them smaller."""


_file = click.argument("file", type=click.Path(path_type=Path))
_layer = click.option("--layer", metavar="NAME", help="Layer, when the file holds several.")
_target = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="Layer to write: .gpkg, .geojson or .fgb.",
)


@boundaries.command(
    short_help="List gaps, overlaps, slivers, duplicates and invalid shapes.",
    cls=ExampleCommand,
    examples=["boundaries check districts.geojson", "boundaries check districts.geojson -o findings.csv"],
)
@_file
@_layer
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="Default: by the ending of FILE, else table."
)
@output_option
def check(file: Path, layer: str | None, form: str | None, output: Path | None) -> None:
    """List what keeps a boundary layer from being one exact coverage: what, where, how large.

    Exits with 1 when there are gaps, overlaps or the like.
    """
    from geoplan.geo.boundaries import check_coverage

    form = format_of(form, output, _FORMATS)
    report = check_coverage(_read(file, layer))
    _put(report.findings, form, output)
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
@click.option(
    "--largest-gap",
    type=float,
    metavar="M2",
    help="Fill gaps inside up to this many square metres (default 1 km²).",
)
@_target
def repair(file: Path, layer: str | None, largest_gap: float | None, output: Path) -> None:
    """Give overlaps and small gaps to the neighbour with the longest border, and print each change."""
    from geoplan.geo.boundaries import LARGEST_GAP
    from geoplan.geo.boundaries import repair as repair_layer

    _check_target(output)
    repaired, changes = repair_layer(
        _read(file, layer), largest_gap=LARGEST_GAP if largest_gap is None else largest_gap
    )
    _write(repaired, output)
    _put(changes, "table", None)
    say(f"{output}: {len(changes)} changes")


@boundaries.command(
    short_help="Take vertices out; neighbours keep the same edge.",
    cls=ExampleCommand,
    examples=["boundaries simplify districts.geojson --tolerance 200 -o small.geojson"],
)
@_file
@_layer
@click.option(
    "--tolerance", type=float, required=True, metavar="METRES", help="About 0.0002 N metres for a map 1 : N."
)
@_target
def simplify(file: Path, layer: str | None, tolerance: float, output: Path) -> None:
    """Write the layer with fewer vertices, shared edges exact."""
    from geoplan.geo.boundaries import simplify as simplify_layer

    _check_target(output)
    before = _read(file, layer)
    after = simplify_layer(before, tolerance=tolerance)
    _write(after, output)
    emit(f"{output}\n")
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
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Default: data/boundaries/COUNTRY_admLEVEL.geojson.",
)
def get(country: str, level: int, source: str, output: Path | None) -> None:
    """Download a boundary layer by the ISO code of its country (three letters, such as LAO).

    A download that was cut off goes on where it stopped. A note beside the layer says where it came
    from, its licence and its checksum.
    """
    from geoplan.outputs.downloaded_boundaries import get_boundaries

    target = output or Path("data") / "boundaries" / f"{country.lower()}_adm{level}.geojson"
    note = get_boundaries(country, level=level, source=source, target=target)
    emit(f"{target}\n")
    say(f"where it comes from, its licence and checksum: {note}")


def _read(file: Path, layer: str | None) -> gpd.GeoDataFrame:
    from geoplan.plan.districts import read_layer
    from geoplan.sources.raw_table import name_file

    named = name_file(file)
    spec = named if layer is None else replace(named, layer=layer)
    districts, remarks = read_layer(spec, as_given=True)
    for remark in remarks:
        say(remark)
    return districts


def _put(frame: pd.DataFrame, form: str, output: Path | None) -> None:
    from geoplan.outputs.text_tables import write_csv

    put(write_csv(frame) if form == "csv" else table_text(frame), output)


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
