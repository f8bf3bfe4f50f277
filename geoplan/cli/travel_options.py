"""Options for travel times, which gaps and site share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from geoplan.cli.printing import say
from geoplan.model.errors import UsageError, show_value
from geoplan.plan.travel_speeds import TravelSpeeds

if TYPE_CHECKING:
    from geoplan.geo.polygons import Shapes
    from geoplan.geo.road_network import TravelTimes
    from geoplan.plan.plan_tables import Plan

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])
_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(min|h)\s*", re.IGNORECASE)
FASTER, SLOWER = 1.2, 0.8
"""Speeds, as parts of those given, at which results are shown as well."""


def travel_options(command: _Decorated) -> _Decorated:
    """Add the options for travel times over roads."""
    for add in reversed(
        (
            click.option(
                "--travel",
                "roads",
                multiple=True,
                type=click.Path(path_type=Path),
                metavar="ROADS",
                help="Minutes over these roads instead of distances. Repeatable.",
            ),
            click.option(
                "--speeds",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Speeds on roads and on foot: class, kmh, source, year [default: [travel.speeds] of the plan file].",
            ),
            click.option(
                "--barriers",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Rivers and the like, which nobody walks across; roads cross them.",
            ),
            click.option(
                "--farthest-walk",
                type=click.FloatRange(min=0),
                default=5.0,
                show_default=True,
                metavar="KM",
                help="Farthest walk to the nearest road.",
            ),
        )
    ):
        command = add(command)
    return command


def read_time(text: str) -> float | None:
    """Return the minutes of a text such as 60min or 1.5h; None if it is no time."""
    found = _TIME.fullmatch(text)
    return None if found is None else float(found[1]) * (60 if found[2].lower() == "h" else 1)


@dataclass(frozen=True)
class TravelOverRoads:
    """What the options say; measures minutes when it is called.

    Parameters
    ----------
    roads : sequence of Path
    speeds : Path or TravelSpeeds
        A table, or what the plan file says.
    barriers : Path, optional
    farthest_walk : float
        Kilometres.
    """

    roads: Sequence[Path]
    speeds: Path | TravelSpeeds
    barriers: Path | None
    farthest_walk: float

    def measure(
        self, origins: Shapes, destinations: Shapes, limit: float, names: tuple[str, str]
    ) -> TravelTimes:
        """Measure minutes, and print what a planner should know of them."""
        import numpy as np
        import pandas as pd

        from geoplan.geo.road_network import build_network, measure_travel
        from geoplan.sources.raw_table import name_file
        from geoplan.sources.roads import read_roads, read_speeds
        from geoplan.sources.vector.vector_layers import read_vector

        roads = read_roads(self.roads)
        if isinstance(self.speeds, TravelSpeeds):
            speeds, said = pd.Series(dict(self.speeds.kmh), dtype=float), self.speeds.said
        else:
            speeds, said = read_speeds(self.speeds)
        network = build_network(roads.lines, roads.classes, speeds)
        walls = None
        if self.barriers is not None:
            walls = read_vector(name_file(self.barriers)).table["geometry"].to_numpy(dtype=object)
        found = measure_travel(
            network,
            origins,
            destinations,
            limit=limit,
            farthest_walk=self.farthest_walk * 1000,
            barriers=walls,
        )
        used = ", ".join(f"{name} {kmh:g}" for name, kmh in speeds.items())
        say(f"speeds in km/h: {used} ({said})")
        if network.parts > 1:
            say(f"the roads are {network.parts:,} parts that no road connects")
        for name, off, walk in zip(
            names,
            (found.off_origins, found.off_destinations),
            (found.walk_origins, found.walk_destinations),
            strict=True,
        ):
            far = np.isfinite(walk) & (walk > self.farthest_walk * 500)
            if off.any():
                say(
                    f"{int(off.sum()):,} of {len(off):,} {name} have no road within {self.farthest_walk:g} km"
                )
            if far.any():
                say(f"{int(far.sum()):,} {name} walk more than {self.farthest_walk / 2:g} km to the road")
        return found


def travel_of(
    roads: Sequence[Path], speeds: Path | None, barriers: Path | None, farthest_walk: float
) -> TravelOverRoads | None:
    """Return the travel that the options name; None without ``--travel``."""
    if not roads:
        if speeds is not None or barriers is not None:
            raise UsageError("--speeds and --barriers need --travel ROADS")
        return None
    from geoplan.sources.raw_table import name_file

    files = [*roads, *(file for file in (speeds, barriers) if file is not None)]
    absent = [str(file) for file in files if not name_file(file).path.exists()]
    if absent:
        raise UsageError(f"file not found: {', '.join(absent)}")
    return TravelOverRoads(roads, speeds or TravelSpeeds(), barriers, farthest_walk)


def with_plan_speeds(travel: TravelOverRoads | None, plan: Plan) -> TravelOverRoads | None:
    """Return a travel with the speeds of the plan file, if the options name none."""
    if travel is None or isinstance(travel.speeds, Path):
        return travel
    if plan.travel is None:
        raise UsageError(
            "--travel needs --speeds FILE, a table of class, kmh, source and year, or [travel.speeds] in the plan file"
        )
    return replace(travel, speeds=plan.travel)


def read_reach(text: str, travel: TravelOverRoads | None) -> float:
    """Return ``--reach`` in kilometres, or with ``--travel`` in minutes."""
    if travel is not None:
        minutes = read_time(text)
        if minutes is None or minutes <= 0:
            raise UsageError(f"with --travel, --reach must be a time such as 60min, not {show_value(text)}")
        return minutes
    try:
        return float(text)
    except ValueError:
        needs = "; a time needs --travel ROADS" if read_time(text) is not None else ""
        raise UsageError(
            f"--reach must be a distance in km, such as 10, not {show_value(text)}{needs}"
        ) from None
