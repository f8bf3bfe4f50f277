"""The command crosswalk: which part of each old district lies in which new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    file_argument,
    file_option,
    format_option,
    output_option,
)
from geoplan.cli.layer_options import empty_option, layer_spec, options_named
from geoplan.cli.printing import format_of, name_output, put_table, say
from geoplan.model.errors import InputError, UsageError, list_first, show_value


@click.command(
    short_help="List which part of each old district lies in which new one.",
    cls=ExampleCommand,
    examples=[
        "crosswalk districts_2009.geojson districts_2019.geojson --points villages.geojson",
        "crosswalk before.shp now.gpkg --column old.district=ID_2 --column new.district=pcode",
        "crosswalk my-province my-province --vintage old=2009",
    ],
)
@file_argument("old")
@file_argument("new")
@file_option("--points", help="Villages to weight the crosswalk [default: area]")
@file_option("--population", metavar="FILE.tif", help="Raster of people per cell to weight the crosswalk.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=HEADER",
    help="Which column to read, for example district=ID_2, or old.district=ID_2 for one layer. Repeatable.",
)
@click.option(
    "--vintage",
    "vintages",
    multiple=True,
    metavar="old=NAME|new=NAME",
    help="Which districts of a plan: the name of a vintage [default: the plan's own]. Once for each layer.",
)
@empty_option
@format_option
@output_option
def crosswalk(
    old: Path,
    new: Path,
    points: Path | None,
    population: Path | None,
    vintages: tuple[str, ...],
    columns: tuple[str, ...],
    empty: str,
    form: str | None,
    output: Path | None,
) -> None:
    """Print the crosswalk between two boundary layers: old district, new district, weight.

    The weights of an old district add up to 1. Each is its part of the villages, of the people, or of the area. An old district
    that lies in no new one has the basis "undecided": decide where its money goes. Rows with the same code count as
    one district. OLD and NEW may be plans.
    """
    from geoplan.geo.boundaries import UNDECIDED_BASIS
    from geoplan.geo.boundaries.finding_tables import count_noun
    from geoplan.ledger.carried_money import NOTED_OUTSIDE
    from geoplan.plan.vintages import compare_layers
    from geoplan.sources.file_presence import missing_file
    from geoplan.sources.raw_table import name_file
    from geoplan.sources.table_parts import list_files_of

    if points is not None and population is not None:
        raise UsageError("give either --points or --population")
    chosen = _read_vintages(vintages)
    before = layer_spec(old, None, _columns_of("old", columns), empty, chosen.get("old"))
    after = layer_spec(new, None, _columns_of("new", columns), empty, chosen.get("new"))
    counted = None if points is None else name_file(points)
    given = [spec for spec in (before, after, counted) if spec is not None]
    files = [path for spec in given for path in list_files_of(spec)]
    files += [] if population is None else [population]
    missing = [path for path in files if not path.exists()]
    if missing:
        raise InputError(map(missing_file, missing))
    form = format_of(form, output, FORMATS)
    with options_named():
        weights, remarks = compare_layers(before, after, counted, population)
    for remark in dict.fromkeys(remarks):
        say(remark)
    put_table(weights, form, output)
    if output is not None:
        name_output(output)
    parts = weights.drop_duplicates("old").set_index("old")
    undecided = parts.index[parts["basis"] == UNDECIDED_BASIS]
    if len(undecided):
        say(
            f"{count_noun(len(undecided), 'district', 'districts')} in no new district: {list_first(map(show_value, undecided))}"
        )
    outside = parts["left_out"][(parts["left_out"] > NOTED_OUTSIDE) & (parts["basis"] != UNDECIDED_BASIS)]
    for code, part in outside.items():
        say(f"{part:.0%} of {show_value(code)} lies in no new district; its weights are scaled up")


def _read_vintages(given: Sequence[str]) -> dict[str, str]:
    """Turn ``old=NAME`` and ``new=NAME`` into a mapping."""
    chosen = {}
    for pair in given:
        layer, sign, name = pair.partition("=")
        if not sign or not name or layer not in ("old", "new") or layer in chosen:
            raise UsageError(f"--vintage must be old=NAME or new=NAME, once each, not {show_value(pair)}")
        chosen[layer] = name
    return chosen


def _columns_of(layer: str, columns: Sequence[str]) -> list[str]:
    """Return the columns given for one of two layers: those of both, and those with its prefix."""
    own = [pair.removeprefix(f"{layer}.") for pair in columns if pair.startswith(f"{layer}.")]
    both = [pair for pair in columns if not pair.startswith(("old.", "new."))]
    return [*both, *own]
