"""Hexagons: locations too many for a page, gathered so that counts and amounts stay what they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.placement import PRECISION_PROVINCE
from geoplan.schema import CRS, SOURCE_FILE, SOURCE_ROW

if TYPE_CHECKING:
    from geoplan.ledger import Ledger
    from geoplan.plan import Plan

MOST_LOCATIONS = 200_000
"""With more locations than this a page shows hexagons."""

_ACROSS = 120  # hexagons over the longer side of the area: at most some 13,000 of them
_METRES_PER_DEGREE = 111_195  # of latitude, on a sphere of 6,371 km


def gather_locations(plan: Plan, ledger: Ledger, *, most: int = MOST_LOCATIONS) -> tuple[Plan, Ledger]:
    """Gather the locations of a plan by hexagon, when there are too many to show one by one.

    Parameters
    ----------
    plan, ledger : Plan, Ledger
    most : int
        As many locations are shown as they are.

    Returns
    -------
    Plan, Ledger
        The same ones up to ``most`` locations. Else a plan with one project and one location for each
        hexagon, at the mean of its places, named for how many locations and projects are in it; and a ledger
        whose entries are those that differ in nothing but project and location, added up. Sums by district,
        bucket, component, funder, year and kind are unchanged, and a note says what was done.
    """
    if len(plan.locations) <= most:
        return plan, ledger
    hexagon, x, y, width = _hexagons_of(plan)
    gathered = pd.DataFrame(
        {"hexagon": hexagon, "project": plan.locations["project"].to_numpy(), "x": x, "y": y}
    )
    grouped = gathered.groupby("hexagon", sort=True)
    about = pd.DataFrame(
        {
            "places": grouped.size(),
            "projects": grouped["project"].nunique(),
            "x": grouped["x"].mean(),
            "y": grouped["y"].mean(),
        }
    )
    note = (
        f"{len(plan.locations):,} locations are too many to show one by one: they are gathered in "
        f"{int(about['x'].notna().sum()):,} hexagons about {width:.1f} km wide, which stand in the list of projects; amounts are unchanged"
    )
    return _gathered_plan(plan, about), _gathered_ledger(plan, ledger, hexagon, note)


def _hexagons_of(plan: Plan) -> tuple[Any, Any, Any, float]:
    """Name the hexagon each location is in (empty without a place), and give its point and their width in km."""
    import shapely

    shapes = np.asarray(plan.locations.geometry.to_numpy(), dtype=object).copy()
    coarse = (plan.locations["precision"].astype(float) >= PRECISION_PROVINCE).to_numpy()
    shapes[coarse] = None
    points = shapely.centroid(shapes)
    x, y = shapely.get_x(points), shapely.get_y(points)
    west, south, east, north = plan.districts.total_bounds
    narrowing = np.cos(np.radians((south + north) / 2))
    width = max((east - west) * narrowing, north - south) / _ACROSS
    across, up = _cell(x * narrowing / width, y / width)
    placed = np.isfinite(x) & np.isfinite(y)
    names = np.full(len(shapes), "", dtype=object)
    names[placed] = [f"{row}:{column}" for row, column in zip(up[placed], across[placed], strict=True)]
    return names, x, y, width * _METRES_PER_DEGREE / 1000


def _cell(u: Any, v: Any) -> tuple[Any, Any]:
    """Give column and row of the hexagon of width 1, pointing up, that points are in: the nearer of two centres."""
    height = np.sqrt(3)
    u, v = np.nan_to_num(u), np.nan_to_num(v)
    even = np.stack([np.rint(u), np.rint(v / height)])
    odd = np.stack([np.floor(u), np.floor(v / height)])
    to_even = (u - even[0]) ** 2 + (v - even[1] * height) ** 2
    to_odd = (u - odd[0] - 0.5) ** 2 + (v - (odd[1] + 0.5) * height) ** 2
    nearer = to_odd < to_even
    column = np.where(nearer, 2 * odd[0] + 1, 2 * even[0])
    row = np.where(nearer, 2 * odd[1] + 1, 2 * even[1])
    return column.astype(np.int64), row.astype(np.int64)


def _gathered_plan(plan: Plan, about: pd.DataFrame) -> Plan:
    import geopandas as gpd

    codes = about.index.to_numpy(dtype=object)
    names = [
        f"{places:,} locations of {projects:,} projects"
        for places, projects in zip(about["places"], about["projects"], strict=True)
    ]
    if "" in about.index:
        names[about.index.get_loc("")] = f"no point on the map: {names[about.index.get_loc('')]}"
    columns = {name: np.full(len(about), None, dtype=object) for name in plan.projects.columns}
    projects = pd.DataFrame({**columns, "project": codes, "title": names}).infer_objects()
    if "illustrative" in projects:
        projects["illustrative"] = bool(plan.projects["illustrative"].fillna(False).any())
    columns = {
        name: np.full(len(about), None, dtype=object) for name in plan.locations.columns if name != "geometry"
    }
    locations = pd.DataFrame({**columns, "project": codes, "location": codes, "name": names})
    locations["precision"] = np.nan
    if "illustrative" in locations:
        locations["illustrative"] = bool(plan.locations["illustrative"].fillna(False).any())
    points = np.asarray(gpd.points_from_xy(about["x"], about["y"]), dtype=object)
    points[about["x"].isna().to_numpy()] = None
    return replace(plan, projects=projects, locations=gpd.GeoDataFrame(locations, geometry=points, crs=CRS))


def _gathered_ledger(plan: Plan, ledger: Ledger, hexagon: Any, note: str) -> Ledger:
    """Put the hexagon in place of project and location, and add up what then differs in nothing else."""
    pairs = pd.MultiIndex.from_arrays([plan.locations["project"], plan.locations["location"]])
    entries = ledger.entries
    asked = pd.MultiIndex.from_arrays([entries["project"].astype(object), entries["location"].astype(object)])
    at = pairs.get_indexer(asked)
    named = pd.Categorical(np.append(hexagon, "")[at])
    keys = [
        name
        for name in entries.columns
        if name not in ("project", "location", "amount", SOURCE_FILE, SOURCE_ROW)
    ]
    summed = (
        entries[[*keys, "amount"]]
        .assign(location=named)
        .groupby(["location", *keys], observed=True, dropna=False, sort=True)["amount"]
        .sum()
        .reset_index()
    )
    summed["project"] = summed["location"]
    summed[SOURCE_FILE], summed[SOURCE_ROW] = pd.Categorical([""] * len(summed)), 0
    for name in keys:
        if isinstance(entries[name].dtype, pd.CategoricalDtype):
            summed[name] = pd.Categorical(summed[name], entries[name].cat.categories)
    return replace(ledger, entries=summed[[*entries.columns]], notes=(*ledger.notes, note))
