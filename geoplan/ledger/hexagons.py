"""Hexagons: too many locations for a page, clustered so that counts and amounts do not change.

How this works
--------------
1. Each location gets the hexagon its point is in (`name_hexagons`).
2. Ledger entries get the hexagon in place of project and location, and are summed (`gather_entries`).
3. A page counts projects under its filters. The summed entries no longer name projects, so projects with
   money under exactly the same keys are counted as one crowd (`count_crowds`). A crowd is named by a hash
   of its set of keys, and the crowds of parts of a plan can be summed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.geo.geodesy import METRES_PER_DEGREE
from geoplan.ledger.entries import Ledger
from geoplan.ledger.entry_rows import sum_entries
from geoplan.ledger.placement import PRECISION_PROVINCE
from geoplan.model.schema import CRS, STANDS_FOR

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

MOST_LOCATIONS = 200_000
"""With more locations than this, a page shows hexagons."""

MOST_CROWDED = 300_000
"""With more rows than this, crowds of projects are not distinguished by component, funder and year."""

CROWD_KEYS = ("place", "district", "component", "funder", "year", "kind", "currency")
"""Columns that decide whether a page counts a project under its filters."""

_BASE_KEYS = ("place", "district", "kind", "currency")
_HASHES = ("crowd", "crowd_too")
_ACROSS = 120  # hexagons over the longer side of the area: at most about 13,000 of them
_MOST_HELD = 1_000_000  # rows of entries
_STEPS = 10_000_000  # of a degree: whole numbers, whose sums do not depend on the order


@dataclass(frozen=True)
class Gathering:
    """Contents of each hexagon. The contents of plans without common projects can be summed.

    Parameters
    ----------
    hexagons : DataFrame
        ``hexagon`` (empty without a point); the numbers of ``places``, of ``projects`` and of
        ``illustrative`` places in it; the sums ``x`` and ``y`` of their points in 10^-7 degrees.
    entries : DataFrame
        Sums of the ledger's entries, with the hexagon in place of project and location.
    crowds : DataFrame
        As `geoplan.ledger.entries.Ledger.crowds`.
    """

    hexagons: pd.DataFrame
    entries: pd.DataFrame
    crowds: pd.DataFrame


def gather_locations(plan: Plan, ledger: Ledger, *, most: int = MOST_LOCATIONS) -> tuple[Plan, Ledger]:
    """Cluster the locations of a plan by hexagon when there are too many to show one by one.

    Parameters
    ----------
    plan, ledger : Plan, Ledger
    most : int
        Up to this many locations, nothing changes.

    Returns
    -------
    Plan, Ledger
        The same ones up to ``most`` locations, otherwise those of `as_hexagons`.
    """
    if len(plan.locations) <= most:
        return plan, ledger
    hexagon = name_hexagons(plan)
    gathering = Gathering(
        count_hexagons(plan, hexagon),
        gather_entries(plan, ledger, hexagon),
        add_crowds([count_crowds(pair_projects(ledger.entries))]),
    )
    return as_hexagons(plan, ledger, gathering)


def name_hexagons(plan: Plan) -> Any:
    """Return the name of the hexagon of each location; empty if it has no point or stands for a wider area."""
    x, y = _points_of(plan)
    _, south, _, north = plan.districts.total_bounds
    narrowing = np.cos(np.radians((south + north) / 2))
    width = _width_in_degrees(plan)
    across, up = _cell(x * narrowing / width, y / width)
    placed = np.isfinite(x) & np.isfinite(y)
    names = np.full(len(x), "", dtype=object)
    names[placed] = [f"{row}:{column}" for row, column in zip(up[placed], across[placed], strict=True)]
    return names


def _width_in_degrees(plan: Plan) -> float:
    west, south, east, north = plan.districts.total_bounds
    return float(max((east - west) * np.cos(np.radians((south + north) / 2)), north - south) / _ACROSS)


def _points_of(plan: Plan) -> tuple[Any, Any]:
    import shapely

    shapes = np.asarray(plan.locations.geometry.to_numpy(), dtype=object).copy()
    shapes[(plan.locations["precision"].astype(float) >= PRECISION_PROVINCE).to_numpy()] = None
    points = shapely.centroid(shapes)
    return shapely.get_x(points), shapely.get_y(points)


def _cell(u: Any, v: Any) -> tuple[Any, Any]:
    """Return the column and row of the hexagon (width 1, a corner up) of each point.

    The centres of hexagons form two rectangular grids, one shifted by half a cell: the nearest centre of
    each grid is found by rounding, and the nearer of the two is the centre of the point's hexagon.
    """
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


def count_hexagons(plan: Plan, hexagon: Any) -> pd.DataFrame:
    """Count places and projects by hexagon, as in `Gathering`."""
    locations = plan.locations
    made_up = np.zeros(len(locations), dtype=np.int64)
    if "illustrative" in locations:
        made_up = locations["illustrative"].eq(True).fillna(False).to_numpy(dtype=np.int64)
    steps = [np.rint(np.nan_to_num(axis) * _STEPS).astype(np.int64) for axis in _points_of(plan)]
    frame = pd.DataFrame(
        {"hexagon": hexagon, "places": 1, "illustrative": made_up, "x": steps[0], "y": steps[1]}
    )
    grouped = frame.groupby("hexagon", sort=True)
    projects = locations["project"].astype(object).groupby(hexagon, sort=True).nunique()
    return grouped.sum().assign(projects=projects).reset_index()


def gather_entries(plan: Plan, ledger: Ledger, hexagon: Any) -> pd.DataFrame:
    """Replace project and location by the hexagon, and sum the entries that are then alike."""
    pairs = pd.MultiIndex.from_arrays(
        [plan.locations[name].astype(object) for name in ("project", "location")]
    )
    entries = ledger.entries
    asked = pd.MultiIndex.from_arrays([entries[name].astype(object) for name in ("project", "location")])
    named = pd.Categorical(np.append(hexagon, "")[pairs.get_indexer(asked)])
    return sum_entries(entries.assign(project=named, location=named), plan.districts["district"])


def pair_projects(entries: pd.DataFrame) -> pd.DataFrame:
    """Return each combination of a project and `CROWD_KEYS` under which it has money, once."""
    return entries[["project", *CROWD_KEYS]].drop_duplicates(ignore_index=True)


def count_crowds(pairs: pd.DataFrame) -> pd.DataFrame:
    """Count the projects of each crowd: those that have money under exactly the same keys.

    Parameters
    ----------
    pairs : DataFrame
        From `pair_projects`, for all the money of these projects.

    Returns
    -------
    DataFrame
        As `geoplan.ledger.entries.Ledger.crowds`.
    """
    texts = pairs[[*CROWD_KEYS]].astype(object)
    texts = texts.where(texts.notna(), "").astype(str)
    return _count_sets(texts.assign(member=pairs["project"].astype(object), projects=1), CROWD_KEYS)


def _count_sets(cells: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Sum ``projects`` over all members with the same set of keys; keys that are left out become empty."""
    apart = cells.drop_duplicates(["member", *keys], ignore_index=True).copy()
    of_member, _ = pd.factorize(apart["member"])
    # Two 64-bit sums of hashes identify a set of cells: they do not depend on the order or the machine, and two
    # sets get the same sums only by a chance too small to matter.
    for number, name in enumerate(_HASHES):
        of_cell = pd.util.hash_pandas_object(apart[[*keys]], index=False, hash_key=f"geoplan crowds {number}")
        sums = np.zeros(of_member.max(initial=-1) + 1, dtype=np.uint64)
        np.add.at(sums, of_member, of_cell.to_numpy())
        apart[name] = sums[of_member].view(np.int64)
    counted = apart.groupby([*_HASHES, *keys], sort=True)["projects"].sum().reset_index()
    others = dict.fromkeys([name for name in CROWD_KEYS if name not in keys], "")
    return counted.assign(**others)[[*_HASHES, *CROWD_KEYS, "projects"]]


def add_crowds(crowds: Iterable[pd.DataFrame], *, most: int = MOST_CROWDED) -> pd.DataFrame:
    """Sum the crowds of different sets of projects.

    Parameters
    ----------
    crowds : iterable of DataFrame
        From `count_crowds`.
    most : int
        With more rows than this, crowds are distinguished by place, kind and currency only. If that is still
        too many, none is kept and the result has no rows.
    """
    total: pd.DataFrame | None = None
    keys: Sequence[str] = CROWD_KEYS
    for part in crowds:
        total = _add(total, part, keys)
        if len(total) > most and keys is CROWD_KEYS:
            keys = _BASE_KEYS
            total = _add(None, total, keys)
        if len(total) > most:
            return total.iloc[:0]
    return count_crowds(pd.DataFrame(columns=["project", *CROWD_KEYS])) if total is None else total


def _add(total: pd.DataFrame | None, part: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    if keys is not CROWD_KEYS:
        part = _count_sets(
            part.assign(member=part["crowd"].astype(str) + part["crowd_too"].astype(str)), keys
        )
    if total is None:
        return part
    both = pd.concat([total, part], ignore_index=True)
    return both.groupby([*_HASHES, *CROWD_KEYS], sort=True)["projects"].sum().reset_index()


def add_gatherings(gatherings: Iterable[Gathering], codes: Iterable[str]) -> Gathering:
    """Sum the clusters of plans without common projects, over districts with these codes."""
    hexagons: list[pd.DataFrame] = []
    entries: list[pd.DataFrame] = []
    held = 0
    codes = list(codes)

    def crowds() -> Iterator[pd.DataFrame]:
        nonlocal held
        for part in gatherings:
            hexagons.append(part.hexagons.astype({"hexagon": object}))
            entries.append(part.entries)
            # Summed now and then, so that not all entries are in memory at once.
            if sum(map(len, entries)) > max(_MOST_HELD, 2 * held):
                entries[:] = [_add_up(entries, codes)]
                held = len(entries[0])
            yield part.crowds.astype(dict.fromkeys(CROWD_KEYS, object))

    counted = add_crowds(crowds())
    places = pd.concat(hexagons).groupby("hexagon", sort=True).sum().reset_index()
    return Gathering(places, _add_up(entries, codes), counted)


def _add_up(parts: Sequence[pd.DataFrame], codes: Iterable[str]) -> pd.DataFrame:
    both = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return sum_entries(both.astype({"amount_minor": np.int64, "year": np.int64}), codes)


def as_hexagons(plan: Plan, ledger: Ledger, gathering: Gathering) -> tuple[Plan, Ledger]:
    """Return a plan and a ledger with one location per cluster.

    Returns
    -------
    Plan, Ledger
        The plan has one project and one location for each hexagon, at the mean of its places; its name says
        how many locations and projects are in it. The ledger has the sums of entries that are alike but for
        project and location. Sums by district, bucket, component, funder, year and kind are unchanged, and
        a note says so.
    """
    about = gathering.hexagons.set_index("hexagon")
    width = _width_in_degrees(plan) * METRES_PER_DEGREE / 1000
    note = (
        f"{int(about['places'].sum()):,} locations are too many to show one by one: they are clustered in "
        f"{int((about.index != '').sum()):,} hexagons about {width:.1f} km wide; amounts and counts of projects are unchanged"
    )
    entries = gathering.entries
    gathered = replace(ledger, entries=entries, notes=(*ledger.notes, note), crowds=gathering.crowds)
    return _gathered_plan(plan, about), gathered


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"


def _gathered_plan(plan: Plan, about: pd.DataFrame) -> Plan:
    import geopandas as gpd

    codes = about.index.to_numpy(dtype=object)
    names = [
        f"{_count(places, 'location')} of {_count(projects, 'project')}"
        for places, projects in zip(about["places"], about["projects"], strict=True)
    ]
    if "" in about.index:
        names[about.index.get_loc("")] = f"no point on the map: {names[about.index.get_loc('')]}"
    columns = {name: np.full(len(about), None, dtype=object) for name in plan.projects.columns}
    projects = pd.DataFrame({**columns, "project": codes, "title": names}).infer_objects()
    made_up = about["illustrative"].gt(0).to_numpy()
    if "illustrative" in projects:
        listed = "illustrative" in plan.projects and plan.projects["illustrative"].eq(True).any()
        projects["illustrative"] = made_up | bool(listed)
    columns = {
        name: np.full(len(about), None, dtype=object) for name in plan.locations.columns if name != "geometry"
    }
    locations = pd.DataFrame({**columns, "project": codes, "location": codes, "name": names})
    locations["precision"] = np.nan
    locations["illustrative"] = made_up
    locations[STANDS_FOR] = about["places"].to_numpy()
    places = about["places"].to_numpy() * float(_STEPS)
    points = np.asarray(gpd.points_from_xy(about["x"] / places, about["y"] / places), dtype=object)
    points[codes == ""] = None
    return replace(plan, projects=projects, locations=gpd.GeoDataFrame(locations, geometry=points, crs=CRS))
