"""Options for rasters of people, which gaps and site share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from geoplan.cli.arguments import Command, file_option, gathered_options
from geoplan.model.errors import UsageError


@dataclass(frozen=True)
class PeopleRasters:
    """What the options for rasters of people say."""

    population: Path | None = None
    poor: Path | None = None
    values: str | None = None
    band: int | None = None

    def __post_init__(self) -> None:
        if self.population is None and (self.poor, self.values, self.band) != (None, None, None):
            raise UsageError("--poor, --values and --band need --population FILE.tif")

    @property
    def given(self) -> dict[str, object]:
        """The options as a manifest lists them."""
        return {
            "population": self.population and self.population.name,
            "poor": self.poor and self.poor.name,
            "values": self.values,
            "band": self.band,
        }

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments beside the raster of people."""
        return {"values": self.values, "band": self.band, "poor": self.poor}


values_option = click.option(
    "--values",
    type=click.Choice(("counts", "per-km2")),
    help="People per cell, or per km² [default: from a known file name].",
)
band_option = click.option(
    "--band", type=click.IntRange(min=1), metavar="N", help="Band of --population, if it has several."
)


def people_options(purpose: str) -> Callable[[Command], Command]:
    """Add the options for rasters of people; the command gets them as ``people``.

    Parameters
    ----------
    purpose : str
        What the command does with ``--population``, for its help.
    """
    options = (
        file_option("--population", metavar="FILE.tif", help=f"Raster of people: {purpose}."),
        file_option("--poor", metavar="FILE.tif", help="Raster of poor people per cell, to count as well."),
        values_option,
        band_option,
    )

    return gathered_options(PeopleRasters, "people", options)
