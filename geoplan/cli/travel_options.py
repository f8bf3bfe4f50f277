"""Options for travel times over roads or over a friction surface, which gaps and site share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from geoplan.cli.arguments import file_option, gathered_options
from geoplan.cli.printing import say
from geoplan.model.errors import UsageError, show_number, show_value
from geoplan.plan.travel_speeds import TravelSpeeds

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.analysis.friction_times import CellStarts, FrictionTimes
    from geoplan.geo.polygons import Floats, Integers, Shapes
    from geoplan.geo.road_network import RoadNetwork, TravelTimes
    from geoplan.plan.plan_tables import Plan
    from geoplan.sources.friction import FrictionKind

_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(min|h)\s*", re.IGNORECASE)
_LENGTH_UNIT = re.compile(r"\s*(?P<unit>km|m)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class TravelFiles:
    """What the options for travel times say."""

    roads: Sequence[Path] = ()
    speeds: Path | None = None
    friction: Path | None = None
    friction_unit: str | None = None
    friction_mode: str | None = None
    barriers: Path | None = None
    crossings: Path | None = None
    farthest_walk: float | None = None

    @property
    def given(self) -> dict[str, object]:
        """The options as a manifest lists them."""
        named = {name: getattr(self, name) for name in ("speeds", "friction", "barriers", "crossings")}
        return {
            "travel": ", ".join(file.name for file in self.roads) or None,
            **{name: path and path.name for name, path in named.items()},
            "friction_unit": self.friction_unit,
            "friction_mode": self.friction_mode,
            "farthest_walk": self.farthest_walk,
        }


_OPTIONS = (
    file_option(
        "--travel",
        "roads",
        multiple=True,
        metavar="ROADS",
        help="Minutes over these roads instead of distances. Repeatable.",
    ),
    file_option(
        "--speeds",
        help="Speeds on roads and on foot: class, kmh, source, year [default: [travel.speeds] of the plan file].",
    ),
    file_option(
        "--friction",
        metavar="FILE.tif",
        help="Minutes over a raster of travel time per metre or cell instead of distances.",
    ),
    click.option(
        "--friction-unit",
        type=click.Choice(("min/m", "s/m", "s/cell")),
        help="Unit of --friction [default: from a known file name].",
    ),
    click.option(
        "--friction-mode",
        type=click.Choice(("walking", "motorised")),
        help="How people travel in --friction [default: from a known file name].",
    ),
    file_option(
        "--barriers", help="Rivers and the like, which nobody walks across; roads and --crossings cross them."
    ),
    file_option("--crossings", help="Bridges and fords over --barriers, for --friction."),
    click.option(
        "--farthest-walk",
        type=click.FloatRange(min=0),
        metavar="KM",
        help="Farthest walk to the nearest road of --travel [default: 5].",
    ),
)


travel_options = gathered_options(TravelFiles, "travel_files", _OPTIONS)
"""Add the options for travel times; the command gets them as ``travel_files``."""


class Travel(Protocol):
    """Measures minutes, and prints what a planner should know of them."""

    def measure(self, origins: Shapes, destinations: Shapes, limit: float, names: tuple[str, str]) -> Floats:
        """Return minutes (m, n) from origins to destinations, infinite where no way leads within the limit."""
        ...

    def nearest(
        self, origins: Shapes, destinations: Shapes, limit: float, names: tuple[str, str]
    ) -> tuple[Floats, Integers]:
        """Return minutes (m,) from each origin to its nearest destination, and which that is (-1 for none)."""
        ...

    def reaching(
        self, destinations: Shapes, limit: float, name: str
    ) -> AbstractContextManager[Callable[[Shapes], Floats]]:
        """Return a context with a function of many origins, which gives the minutes (m,) to the nearest destination."""
        ...


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

    def measure(self, origins: Shapes, destinations: Shapes, limit: float, names: tuple[str, str]) -> Floats:
        """Return minutes (m, n) from origins to destinations."""
        return self._measure(origins, destinations, limit, names).minutes

    def nearest(
        self, origins: Shapes, destinations: Shapes, limit: float, names: tuple[str, str]
    ) -> tuple[Floats, Integers]:
        """Return minutes (m,) from each origin to its nearest destination, and which that is."""
        import numpy as np

        times = self._measure(origins, destinations, limit, names).minutes
        first = times.argmin(axis=1)
        minutes = times[np.arange(len(times)), first]
        return minutes, np.where(np.isfinite(minutes), first, -1)

    @contextmanager
    def reaching(self, destinations: Shapes, limit: float, name: str) -> Iterator[Callable[[Shapes], Floats]]:
        """Yield a function that returns minutes (m,) from each origin to its nearest destination."""
        from geoplan.geo.boundaries.finding_tables import count_noun
        from geoplan.geo.road_network import measure_nearest

        network, walls = self._open()
        off = 0

        def minutes_of(origins: Shapes) -> Floats:
            nonlocal off
            walk = self.farthest_walk * 1000
            minutes, is_off = measure_nearest(
                network, origins, destinations, limit=limit, farthest_walk=walk, barriers=walls
            )
            off += int(is_off.sum())
            return minutes

        yield minutes_of
        if off:
            cells = count_noun(off, "cell with people has", "cells with people have")
            say(f"{cells} no road within {show_number(self.farthest_walk)} km")

    def _open(self) -> tuple[RoadNetwork, Shapes | None]:
        """Return the roads as a network, and the barriers; print what they are."""
        import pandas as pd

        from geoplan.geo.road_network import build_network
        from geoplan.model.errors import read_all
        from geoplan.sources.friction import read_barriers
        from geoplan.sources.roads import read_roads, read_speeds

        given, barriers = self.speeds, self.barriers
        roads, (speeds, said), walls = read_all(
            lambda: read_roads(self.roads),
            lambda: (
                (pd.Series(dict(given.kmh), dtype=float), given.said)
                if isinstance(given, TravelSpeeds)
                else read_speeds(given)
            ),
            lambda: None if barriers is None else read_barriers(barriers),
        )
        network = build_network(roads.lines, roads.classes, speeds, name=roads.name)
        used = ", ".join(f"{name} {show_number(kmh)}" for name, kmh in speeds.items())
        say(f"speeds in km/h: {used} ({said})", once=True)
        if network.parts > 1:
            say(f"the roads are {network.parts:,} parts that no road connects", once=True)
        return network, walls

    def _measure(
        self, origins: Shapes, destinations: Shapes, limit: float, names: tuple[str, str]
    ) -> TravelTimes:
        import numpy as np

        from geoplan.geo.road_network import measure_travel

        network, walls = self._open()
        found = measure_travel(
            network,
            origins,
            destinations,
            limit=limit,
            farthest_walk=self.farthest_walk * 1000,
            barriers=walls,
        )
        for name, off, walk in zip(
            names,
            (found.off_origins, found.off_destinations),
            (found.walk_origins, found.walk_destinations),
            strict=True,
        ):
            far = np.isfinite(walk) & (walk > self.farthest_walk * 500)
            if off.any():
                say(
                    f"{int(off.sum()):,} of {len(off):,} {name} have no road within {show_number(self.farthest_walk)} km"
                )
            if far.any():
                say(
                    f"{int(far.sum()):,} of {len(far):,} {name} have more than {show_number(self.farthest_walk / 2)} km to walk "
                    "to the road"
                )
        return found


@dataclass(frozen=True)
class TravelOverFriction:
    """A friction surface that the options name; measures minutes when it is called.

    Parameters
    ----------
    path : Path
    kind : FrictionKind
    barriers, crossings : Path, optional
    """

    path: Path
    kind: FrictionKind
    barriers: Path | None
    crossings: Path | None

    def measure(self, origins: Shapes, destinations: Shapes, limit: float, names: tuple[str, str]) -> Floats:
        """Return minutes (m, n) from origins to destinations."""
        with self.between(origins, destinations, limit, names) as (times, here, there):
            return times.matrix(here, there, limit)

    def nearest(
        self, origins: Shapes, destinations: Shapes, limit: float, names: tuple[str, str]
    ) -> tuple[Floats, Integers]:
        """Return minutes (m,) from each origin to its nearest destination, and which that is."""
        with self.between(origins, destinations, limit, names) as (times, here, there):
            return times.nearest(here, there, limit)

    @contextmanager
    def reaching(self, destinations: Shapes, limit: float, name: str) -> Iterator[Callable[[Shapes], Floats]]:
        """Yield a function that returns minutes (m,) from each origin to its nearest destination."""
        import numpy as np

        from geoplan.geo.boundaries.finding_tables import count_noun

        nowhere = np.empty(0, dtype=object)
        with self.between(nowhere, destinations, limit, ("cells", name)) as (times, _, there):
            reached = times.spread(there, limit)
            outside = lost = 0

            def minutes_of(origins: Shapes) -> Floats:
                nonlocal outside, lost
                here = times.place(origins)
                outside, lost = outside + int(here.outside.sum()), lost + int(here.lost.sum())
                return times.minutes_to(reached, here, limit)[0]

            yield minutes_of
            for count, where in ((outside, "outside the friction raster"), (lost, "far from any open cell")):
                if count:
                    cells = count_noun(count, "cell with people is", "cells with people are")
                    say(f"{cells} {where}: beyond reach")

    def isochrones(self, sites: Shapes, bands: Sequence[float]) -> gpd.GeoDataFrame:
        """Return the areas within some minutes of sites."""
        import numpy as np

        from geoplan.analysis.isochrones import draw_isochrones

        nowhere = np.empty(0, dtype=object)
        with self.between(nowhere, sites, max(bands), ("cells", "chosen sites")) as (times, _, there):
            return draw_isochrones(times.friction, times.spread(there, max(bands)), bands)

    @contextmanager
    def between(
        self, origins: Shapes, destinations: Shapes, limit: float, names: tuple[str, str]
    ) -> Iterator[tuple[FrictionTimes, CellStarts, CellStarts]]:
        """Open the surface, and find the cells of origins and destinations."""
        import numpy as np

        from geoplan.analysis.friction_times import FrictionTimes, describe_friction, describe_starts
        from geoplan.model.errors import read_all
        from geoplan.sources.friction import open_friction, read_barriers, read_crossings

        barriers, crossings = read_all(
            lambda: None if self.barriers is None else read_barriers(self.barriers),
            lambda: None if self.crossings is None else read_crossings(self.crossings),
        )
        points = np.concatenate([origins, destinations])
        with open_friction(
            self.path, self.kind, points, barriers=barriers, crossings=crossings, limit=limit
        ) as friction:
            times = FrictionTimes(friction)
            placed = [times.place(shapes) for shapes in (origins, destinations)]
            for line in describe_friction(friction):
                say(line, once=True)
            for name, starts in zip(names, placed, strict=True):
                for line in describe_starts(starts, name):
                    say(line, once=True)
            yield times, placed[0], placed[1]


def travel_of(files: TravelFiles) -> TravelOverRoads | TravelOverFriction | None:
    """Return the travel that the options name; None without ``--travel`` and ``--friction``.

    The speeds on roads are still those of the options: see `with_plan_speeds`.
    """
    _check_combination(files)
    if not files.roads and files.friction is None:
        return None
    from geoplan.sources.raw_table import name_file

    asked = (*files.roads, files.speeds, files.friction, files.barriers, files.crossings)
    absent = [str(file) for file in asked if file is not None and not name_file(file).path.exists()]
    if absent:
        raise UsageError(f"file not found: {', '.join(absent)}")
    if files.friction is not None:
        from geoplan.sources.friction import choose_kind

        kind = choose_kind(files.friction, files.friction_unit, files.friction_mode)
        return TravelOverFriction(files.friction, kind, files.barriers, files.crossings)
    from geoplan.geo.road_network import FARTHEST_WALK

    walk = FARTHEST_WALK / 1000 if files.farthest_walk is None else files.farthest_walk
    return TravelOverRoads(files.roads, files.speeds or TravelSpeeds(), files.barriers, walk)


def _check_combination(files: TravelFiles) -> None:
    """Refuse options that need another one."""
    if files.roads and files.friction is not None:
        roads = ", ".join(file.name for file in files.roads)
        raise UsageError(
            f"--travel {roads} and --friction {files.friction.name} each give the minutes on their own: leave one out. "
            "--travel counts these roads and walks to them. --friction counts the land, and the roads that its cells "
            "contain; give both together as one raster, with the time on the road in each cell that has a road"
        )
    if not files.roads and files.speeds is not None:
        raise UsageError("--speeds needs --travel ROADS")
    if not files.roads and files.farthest_walk is not None:
        raise UsageError("--farthest-walk needs --travel ROADS")
    if not files.roads and files.friction is None and files.barriers is not None:
        raise UsageError("--barriers needs --travel ROADS or --friction FILE.tif")
    if files.friction is None and (files.friction_unit or files.friction_mode or files.crossings):
        raise UsageError("--friction-unit, --friction-mode and --crossings need --friction FILE.tif")
    if files.crossings is not None and files.barriers is None:
        raise UsageError("--crossings needs --barriers FILE")


def with_plan_speeds(
    travel: TravelOverRoads | TravelOverFriction | None, plan: Plan
) -> TravelOverRoads | TravelOverFriction | None:
    """Return a travel with the speeds of the plan file, if it is over roads and the options name none."""
    if not isinstance(travel, TravelOverRoads) or isinstance(travel.speeds, Path):
        return travel
    if plan.travel is None:
        raise UsageError(
            "--travel needs --speeds FILE, a table of class, kmh, source and year, or [travel.speeds] in the plan file"
        )
    return replace(travel, speeds=plan.travel)


def read_reach(text: str, travel: Travel | None, option: str = "--reach") -> float:
    """Return an option such as ``--reach`` in kilometres (also without a unit), or with travel times in minutes."""
    if travel is not None:
        minutes = read_time(text)
        if minutes is None or minutes <= 0:
            raise UsageError(
                f"with travel times, {option} must be a time such as 60min, not {show_value(text)}"
            )
        return minutes
    unit = _LENGTH_UNIT.search(text)
    try:
        number = float(text[: unit.start()] if unit else text)
    except ValueError:
        needs = "; a time needs --travel ROADS or --friction FILE.tif" if read_time(text) is not None else ""
        raise UsageError(
            f"{option} must be a distance such as 10km or 500m, not {show_value(text)}{needs}"
        ) from None
    return number / 1000 if unit and unit["unit"].lower() == "m" else number
