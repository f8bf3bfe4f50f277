"""Gaps: the districts that get least per poor person, and places with no project nearby."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from geoplan.analysis.equity import target_districts
from geoplan.analysis.gridded_reach import GriddedReach, split_by_reach
from geoplan.geo.distances import measure_distances
from geoplan.ledger.entries import Ledger, place_plan
from geoplan.ledger.placement import PRECISION_PROVINCE
from geoplan.model.choices import FASTER, SLOWER
from geoplan.model.errors import InputError, Problem, UsageError
from geoplan.model.schema import DISTRICT

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

OTHER_SPEEDS = {"20_percent_slower": SLOWER, "20_percent_faster": FASTER}
"""Speeds, as parts of those given, at which reach is shown as well."""

FindNearest: TypeAlias = Callable[[Shapes, Shapes], "tuple[Floats, NDArray[np.int64]]"]

Reaching: TypeAlias = Callable[[Shapes], "AbstractContextManager[Callable[[Shapes], Floats]]"]

_ELLIPSOID = Geod(ellps="WGS84")
_METRES_PER_DEGREE = (
    110_000.0  # of latitude on WGS 84, rounded down so that the search boxes are too large, never too small
)

_CELLS_AT_A_TIME = 100_000


def rank_gaps(ledger: Ledger, *, reading: str = "certain", spread: str | None = None) -> pd.DataFrame:
    """Rank districts by the money they lack to reach the average spending per poor person.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money.
    reading : str
        certain, or expected (with coarse money spread).
    spread
        As for `geoplan.analysis.equity.measure_equity`.

    Returns
    -------
    DataFrame
        Per currency and district, largest gap first: ``rank`` (missing where the number of poor persons is
        unknown); ``district, name, poverty_class, population, poor, profile_year``; ``spending``, ``per_poor_person``,
        ``average`` (Σ spending ÷ Σ poor), ``of_average`` (per poor person ÷ average); ``gap``, the money
        that would bring the district to the average, poor × average − spending, negative above the
        average; ``currency``; ``left_out``.

    Raises
    ------
    UsageError
        Unknown reading or spread, or several kinds of money.
    """
    rows = target_districts(ledger, spread=spread)
    if reading not in ("certain", "expected"):
        raise UsageError(f"cannot rank gaps by the reading {reading!r}: choose certain or expected")
    rows = rows[rows["reading"] == reading].copy()
    counted = rows[(rows["left_out"] == "")]
    sums = counted.groupby("currency")[["spending", "poor"]].sum().astype(float)
    average = sums["spending"] / sums["poor"].where(sums["poor"] > 0)
    rows["average"] = rows["currency"].map(average).astype(float)
    rows["of_average"] = rows["per_poor_person"] / rows["average"].where(rows["average"] > 0)
    rows["gap"] = (rows["poor"] * rows["average"] - rows["spending"].astype(float)).where(
        rows["left_out"] == ""
    )
    rows = rows.sort_values(["currency", "gap", "district"], ascending=[True, False, True], ignore_index=True)
    ranks = rows.groupby("currency")["gap"].rank(ascending=False, method="min").astype("Int64")
    columns = ["district", "name", "poverty_class", "population", "poor", "profile_year", "spending", "per_poor_person",
               "average", "of_average", "gap", "currency", "left_out"]  # fmt: skip
    return rows.assign(rank=ranks)[["rank", *columns]]


def find_unreached_districts(plan: Plan, reach: float) -> gpd.GeoDataFrame:
    """Find the districts with no project location within a distance.

    A location in a district, on its boundary, or known by the district's name or code is at 0 km.
    Locations known by their province at best do not count.

    Parameters
    ----------
    plan : Plan
    reach : float
        Kilometres, geodesic, from the boundary of the district.

    Returns
    -------
    GeoDataFrame
        One row per district, EPSG:4326: ``district, name, kilometres`` to the nearest location
        (missing if not available), ``nearest_project``, ``reached``, ``geometry``.

    Raises
    ------
    UsageError
        The reach is not a distance.
    """
    _check_reach(reach)
    districts = plan.districts.sort_values("district", ignore_index=True)
    placed = place_plan(plan, plan.locations)
    inside = placed[placed["place"] == DISTRICT]
    projects = plan.locations["project"].to_numpy()[inside["location_row"].to_numpy()]
    at_home = inside.assign(project=projects).groupby("district")["project"].min()
    nearest = districts["district"].map(at_home).astype(object)
    kilometres = np.zeros(len(districts))
    # Only districts without a location need a distance.
    empty = nearest.isna().to_numpy()
    kilometres[empty], nearest[empty] = _nearest(districts.geometry.to_numpy()[empty], _located(plan))
    districts["name"] = districts["name"].where(districts["name"].notna(), districts["district"])
    districts["kilometres"] = kilometres
    districts["nearest_project"] = nearest
    districts["reached"] = districts["kilometres"] <= reach
    return districts[["district", "name", "kilometres", "nearest_project", "reached", "geometry"]]


def find_unreached_points(plan: Plan, points: gpd.GeoDataFrame, reach: float) -> gpd.GeoDataFrame:
    """Find the villages, or other points, with no project location within a distance.

    Only locations with a geometry count: a location known by its district alone has no distance to a village.

    Parameters
    ----------
    plan : Plan
    points : GeoDataFrame
        Points in any CRS, with an optional ``name``.
    reach : float
        Kilometres, geodesic.

    Returns
    -------
    GeoDataFrame
        The points in EPSG:4326 with ``district`` (missing outside all), ``kilometres`` to the
        nearest location, ``nearest_project`` and ``reached`` added.

    Raises
    ------
    InputError
        No CRS, or geometries that are not points.
    UsageError
        The reach is not a distance.
    """
    _check_reach(reach)
    found = _checked_points(points)
    kilometres, nearest = _nearest(found.geometry.to_numpy(), _located(plan))
    return found.assign(
        district=_districts_of(plan, found),
        kilometres=kilometres,
        nearest_project=nearest,
        reached=kilometres <= reach,
    )


def split_people(
    plan: Plan,
    population: Path,
    reach: float,
    *,
    values: str | None = None,
    band: int | None = None,
    poor: Path | None = None,
    travel: Reaching | None = None,
) -> GriddedReach:
    """Sum the people of a raster who have a project location within a distance or time, and all others, by district.

    A cell is within reach if its centre is. Only locations with a geometry count, as in `find_unreached_points`.

    Parameters
    ----------
    plan : Plan
    population : Path
        GeoTIFF of people per cell, or per km².
    reach : float
        Kilometres, geodesic; with ``travel`` minutes.
    values, band, poor
        As for `geoplan.analysis.gridded_profile.profile_districts`.
    travel : callable, optional
        From places of projects (n,) to a context with a callable, which gives the minutes (m,) from m points to the
        nearest of them; infinite where no way leads. Measured to 1.2 × reach, for other speeds. A location that is a line or an area counts at a point on it.

    Raises
    ------
    InputError
        Negative or infinite cells, a raster of another place, or districts that overlap.
    UsageError
        The reach is not a distance, or the unit of the raster is unknown.
    """
    _check_reach(reach)
    located = _located(plan)
    if travel is not None:
        places = shapely.point_on_surface(located.geometry.to_numpy())
        with travel(places) as minutes_of:
            times = _LastMinutes(minutes_of)
            also = {name: times.within(reach * part) for name, part in OTHER_SPEEDS.items()}
            return split_by_reach(
                plan.districts,
                population,
                times.within(reach),
                also=also,
                values=values,
                band=band,
                poor=poor,
            )

    def is_near(x: Floats, y: Floats) -> NDArray[np.bool_]:
        near = np.zeros(len(x), dtype=np.bool_)
        for start in range(0, len(x), _CELLS_AT_A_TIME):
            part = slice(start, start + _CELLS_AT_A_TIME)
            near[part] = _are_near(x[part], y[part], located.geometry.to_numpy(), reach * 1000)
        return near

    return split_by_reach(plan.districts, population, is_near, values=values, band=band, poor=poor)


class _LastMinutes:
    """Minutes at places, measured once if the same places are asked again in a row."""

    def __init__(self, minutes_of: Callable[[Shapes], Floats]) -> None:
        self._minutes_of = minutes_of
        self._x, self._y, self._minutes = np.empty(0), np.empty(0), np.empty(0)

    def within(self, limit: float) -> Callable[[Floats, Floats], NDArray[np.bool_]]:
        """Return a function that says which places are within some minutes."""

        def is_within(x: Floats, y: Floats) -> NDArray[np.bool_]:
            if not (np.array_equal(x, self._x) and np.array_equal(y, self._y)):
                self._x, self._y, self._minutes = x, y, self._minutes_of(shapely.points(x, y))
            return np.asarray(self._minutes <= limit)

        return is_within


def find_points_beyond(
    plan: Plan, points: gpd.GeoDataFrame, reach: float, find_nearest: FindNearest
) -> gpd.GeoDataFrame:
    """Find the villages, or other points, with no project location within a time.

    Parameters
    ----------
    plan : Plan
        A location that is a line or an area counts at a point on it.
    points : GeoDataFrame
        Points in any CRS, with an optional ``name``.
    reach : float
        Minutes.
    find_nearest : callable
        Minutes (m,) from m points to the nearest of n places, infinite where no way leads, and which place that is.

    Returns
    -------
    GeoDataFrame
        The points in EPSG:4326 with ``district`` (missing outside all), ``minutes`` to the nearest location
        (infinite without a way), ``nearest_project`` and ``reached`` added.
    """
    found = _checked_points(points)
    located = _located(plan)
    minutes: NDArray[np.float64] = np.full(len(found), np.inf)
    nearest: NDArray[np.object_] = np.full(len(found), None, dtype=object)
    if len(located) and len(found):
        places = shapely.point_on_surface(located.geometry.to_numpy())
        minutes, first = find_nearest(found.geometry.to_numpy(), places)
        projects = located["project"].to_numpy(dtype=object)
        nearest = projects[first]
        nearest[~np.isfinite(minutes)] = None
    return found.assign(
        district=_districts_of(plan, found),
        minutes=minutes,
        nearest_project=nearest,
        reached=minutes <= reach,
    )


def cover_points(
    found: gpd.GeoDataFrame, described: pd.DataFrame, reach: float, by: str = "district"
) -> pd.DataFrame:
    """Count the points within reach by district or poverty class, also at other speeds.

    A speed of 80 % everywhere makes each time 1 ÷ 0.8 as long.

    Parameters
    ----------
    found : GeoDataFrame
        From `find_points_beyond`, with times up to 1.2 × reach.
    described : DataFrame
        ``district`` and ``poverty_class``.
    by : {"district", "poverty_class"}

    Returns
    -------
    DataFrame
        ``points``, ``reached``, ``share``, ``reached_20_percent_slower``, ``reached_20_percent_faster``, ``no_way``
        (no way within 1.2 × reach); outside all districts last.
    """
    classes = described.set_index("district")["poverty_class"].astype(object)
    group = found["district"] if by == "district" else found["district"].map(classes.fillna("no class"))
    rows = pd.DataFrame(
        {
            by: group.astype(object).where(found["district"].notna(), "outside area"),
            "points": 1,
            "reached": found["reached"],
            **{f"reached_{name}": found["minutes"] <= reach * part for name, part in OTHER_SPEEDS.items()},
            "no_way": ~np.isfinite(found["minutes"]),
        }
    )
    sums = rows.groupby(by, sort=True).sum().astype("int64").reset_index()
    sums.insert(3, "share", sums["reached"] / sums["points"])
    return sums


def _districts_of(plan: Plan, points: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Return the code of the district of each point; missing outside all."""
    from geoplan.geo.district_index import DistrictIndex

    districts = plan.districts.sort_values("district", ignore_index=True)
    x, y = shapely.get_x(points.geometry.to_numpy()), shapely.get_y(points.geometry.to_numpy())
    at = DistrictIndex(districts.geometry.to_numpy()).find(x, y)
    codes = np.array([*districts["district"], None], dtype=object)
    return pd.Series(codes[at], index=points.index, dtype=object)


def _check_reach(reach: float) -> None:
    if not (np.isfinite(reach) and reach >= 0):
        raise UsageError(f"the reach must be 0 km or more, not {reach}")


def _checked_points(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return points in EPSG:4326, or raise if some features are no points."""
    problems = []
    if points.crs is None:
        problems.append(Problem("points", "the points have no CRS",
                                way_out="set it: points.set_crs('EPSG:4326')"))  # fmt: skip
    wrong = np.flatnonzero((shapely.get_type_id(points.geometry.to_numpy()) != 0) | points.geometry.is_empty)
    if len(wrong):
        kinds = [
            str(points.geometry.iloc[at].geom_type) if points.geometry.iloc[at] is not None else "none"
            for at in wrong
        ]
        rows = tuple(int(at) + 1 for at in wrong)
        problems.append(Problem("points", "features that are not points", rows=rows, values=tuple(kinds),
                                way_out="give one point per village"))  # fmt: skip
    if problems:
        raise InputError(problems)
    return points.to_crs("EPSG:4326")


def _located(plan: Plan) -> gpd.GeoDataFrame:
    """Return the locations whose geometry is a site or a district, not a province or country."""
    locations = plan.locations
    coarse = (locations["precision"].astype(float) >= PRECISION_PROVINCE).to_numpy()
    shapes = locations.geometry.to_numpy()
    usable = ~coarse & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    return locations[usable].sort_values(["project", "location"], ignore_index=True)


def _nearest(shapes: Shapes, located: gpd.GeoDataFrame) -> tuple[Floats, NDArray[np.object_]]:
    """Return the distance in kilometres from each shape to its nearest location, and that location's project."""
    kilometres = np.full(len(shapes), np.nan)
    projects = np.full(len(shapes), None, dtype=object)
    if len(located) == 0 or len(shapes) == 0:
        return kilometres, projects
    sites = located.geometry.to_numpy()
    tree = shapely.STRtree(sites)
    # The nearest location in degrees need not be the nearest on the ground, but the search can stop at its distance.
    limit = measure_distances(shapes, sites[tree.nearest(shapes)])
    shape, site = tree.query(_widened(shapes, limit))
    metres = measure_distances(shapes[shape], sites[site])
    order = np.lexsort((site, metres, shape))
    first = order[np.unique(shape[order], return_index=True)[1]]
    kilometres[shape[first]] = metres[first] / 1000
    projects[shape[first]] = located["project"].to_numpy(dtype=object)[site[first]]
    return kilometres, projects


def _are_near(x: Floats, y: Floats, sites: Shapes, metres: float) -> NDArray[np.bool_]:
    """Return which points are within a distance of some site."""
    near = np.zeros(len(x), dtype=np.bool_)
    if len(sites) == 0:
        return near
    west, _, east, _ = shapely.total_bounds(sites)
    # Rasters count longitudes from 0° to 360° or from -180° to 180°: take the turn on which the sites are.
    points = shapely.points(x + 360 * np.round(((west + east) / 2 - x) / 360), y)
    # Most points are in no box, or near the site that is nearest in degrees: only the others need all distances.
    boxes = shapely.STRtree(_widened(sites, np.full(len(sites), metres)))
    asked = np.unique(boxes.query(points)[0])
    first = shapely.STRtree(sites).nearest(points[asked])
    near[asked] = measure_distances(points[asked], sites[first]) <= metres
    point, site = boxes.query(points[asked[~near[asked]]])
    point = asked[~near[asked]][point]
    near[point[measure_distances(points[point], sites[site]) <= metres]] = True
    return near


def _widened(shapes: Shapes, metres: Floats) -> Shapes:
    """Return boxes that contain everything within a distance of each shape."""
    west, south, east, north = shapely.bounds(shapes).T
    high = metres / _METRES_PER_DEGREE + 1e-9
    farthest = np.minimum(np.maximum(np.abs(south - high), np.abs(north + high)), 89.0)
    wide = high / np.cos(np.radians(farthest)) * 1.01
    boxes: Shapes = shapely.box(west - wide, south - high, east + wide, north + high)
    return boxes
