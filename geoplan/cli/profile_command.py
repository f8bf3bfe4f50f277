"""The command profile: population and poverty by district from rasters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from geoplan.cli.arguments import (
    FORMATS,
    Command,
    ExampleCommand,
    file_option,
    format_option,
    input_options,
    output_option,
    read_given,
)
from geoplan.cli.people_options import band_option, values_option
from geoplan.cli.printing import emit, format_of, name_output, put_table, say, working


def _raster(name: str, said: str, **more: Any) -> Callable[[Command], Command]:
    return file_option(name, metavar="FILE.tif", **more, help=said)


@click.command(
    short_help="Make a profile of the districts from rasters of people.",
    cls=ExampleCommand,
    examples=[
        "profile my-province --population lao_ppp_2015_UNadj.tif -o profile.csv",
        "profile my-province --population people.tif --values counts --year 2015 --poverty-rate rate.tif",
    ],
)
@input_options
@_raster("--population", "Raster of people, such as WorldPop, GHS-POP or GRID3.", required=True)
@_raster("--poor", "Raster of poor people per cell.")
@_raster("--poverty-rate", "Raster of poor people per person, on any grid.")
@_raster("--wealth-index", "Raster of a wealth index: gives a mean by people, never a rate.")
@values_option
@click.option(
    "--rates", type=click.Choice(("share", "percent")), help="Unit of --poverty-rate [default: share]."
)
@band_option
@click.option(
    "--year", type=int, metavar="YEAR", help="Year of the figures [default: from a known file name]."
)
@format_option
@output_option
def profile(
    plan: Path | None,
    population: Path,
    poor: Path | None,
    poverty_rate: Path | None,
    wealth_index: Path | None,
    values: str | None,
    rates: str | None,
    band: int | None,
    year: int | None,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Sum people, poor people and rates by district, by the exact part of each cell that lies in a district.

    With -o the table is a profile for a plan; without, it also shows how far the raster covers each district.
    The sums are compared with the whole raster, and with the plan's profile. Nothing is rescaled.
    """
    from geoplan.analysis.gridded_profile import compare_with_census, profile_districts
    from geoplan.model.money_view import MoneyView

    form = format_of(form, output, FORMATS)
    read = read_given(plan, tables, MoneyView(), surroundings=False)
    with working("summing cells"):
        found = profile_districts(
            read.districts,
            population,
            year=year,
            values=values,
            band=band,
            poor=poor,
            poverty_rate=poverty_rate,
            rate_unit=rates,
            wealth_index=wealth_index,
        )
    put_table(found.districts if output is None else found.as_profile(), form, output)
    if len(read.profile) and form == "table":
        emit("\nBeside the plan's profile:\n")
        put_table(compare_with_census(found, read.profile), "table", None)
    if output is not None:
        name_output(output)
    for remark in found.remarks:
        say(remark)
    say(found.reconciliation)
