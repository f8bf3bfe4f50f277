"""Counts of projects and places, for plans without money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.ledger.district_figures import describe_districts
from geoplan.ledger.entries import place_plan
from geoplan.model.errors import UsageError
from geoplan.model.schema import DISTRICT

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

COUNT_GROUPINGS = (
    "district",
    "province",
    "poverty_class",
    "component",
    "funder",
    "sector",
    "project",
    "place",
)
"""What projects and places can be counted by."""

_OF_PROJECT = ("component", "funder", "sector")
_OF_DISTRICT = ("province", "poverty_class")


def count_places(plan: Plan, by: Sequence[str] = ("district",)) -> pd.DataFrame:
    """Count projects and places by district and other groups.

    A place that lies in several districts, such as a road, counts in each of them, and so does its project. Projects
    without a place are in the bucket ``unlocated``.

    Parameters
    ----------
    plan : Plan
    by : sequence of str
        Among `COUNT_GROUPINGS`.

    Returns
    -------
    DataFrame
        The columns of ``by``, the ``name`` of a district and the ``place`` (``district`` or a bucket) if districts are
        listed, ``projects`` and ``places``. Districts without a project have 0.

    Raises
    ------
    UsageError
        A grouping is unknown, or needs amounts.
    """
    wrong = [name for name in by if name not in COUNT_GROUPINGS]
    if wrong or not by:
        raise UsageError(
            f"a plan without money cannot be counted by {', '.join(wrong) or 'nothing'}: choose among "
            f"{', '.join(COUNT_GROUPINGS)}"
        )
    districts = describe_districts(plan)
    rows = _rows(plan, districts)
    keys = list(dict.fromkeys([*by, *(["place"] if _lists_districts(by) else [])]))
    grouped = rows.groupby(keys, dropna=False, sort=False)
    counts = grouped.agg(projects=("project", "nunique"), places=("location", "nunique")).reset_index()
    if list(by) == ["district"]:
        counts = _with_empty_districts(counts, districts)
    if "district" in by:
        names = districts.set_index("district")["name"]
        counts.insert(list(counts.columns).index("district") + 1, "name", counts["district"].map(names))
    order = counts[keys].astype(object).where(counts[keys].notna(), "\U0010ffff").astype(str)
    return counts.iloc[order.sort_values(keys).index].reset_index(drop=True)


def _lists_districts(by: Sequence[str]) -> bool:
    return any(name in by for name in (DISTRICT, *_OF_DISTRICT))


def _rows(plan: Plan, districts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per location and place it is in, and one per project without a location."""
    locations = plan.locations.sort_values(["project", "location"], ignore_index=True)
    placements = place_plan(plan, locations, distances=False)
    at = placements["location_row"].to_numpy()
    found = pd.DataFrame(
        {
            "project": locations["project"].to_numpy(dtype=object)[at],
            "location": at.astype(float),
            "place": placements["place"].to_numpy(dtype=object),
            "district": placements["district"].to_numpy(dtype=object),
        }
    )
    without = plan.projects.loc[~plan.projects["project"].isin(locations["project"]), "project"]
    nowhere = pd.DataFrame(
        {"project": without.to_numpy(dtype=object), "location": np.nan, "place": "unlocated"}
    )
    nowhere["district"] = None
    rows = pd.concat([found.astype(object), nowhere.astype(object)], ignore_index=True)
    about = plan.projects.set_index("project")
    for name in _OF_PROJECT:
        rows[name] = _known(rows["project"].map(about[name]))
    described = districts.set_index("district")
    for name in _OF_DISTRICT:
        rows[name] = _known(rows["district"].map(described[name]))
    return rows


def _known(cells: pd.Series[Any]) -> pd.Series[Any]:
    return cells.astype(object).where(cells.notna(), None)


def _with_empty_districts(counts: pd.DataFrame, districts: pd.DataFrame) -> pd.DataFrame:
    """Add a row of zeros for each district without a project."""
    others = [code for code in districts["district"] if code not in set(counts["district"])]
    empty = pd.DataFrame({"district": others, "place": DISTRICT, "projects": 0, "places": 0})
    return pd.concat([counts, empty], ignore_index=True)


def count_lines(plan: Plan) -> list[str]:
    """Return the lines about a plan without money that every output states."""
    rows = count_places(plan, ["place"])
    placed = dict(zip(rows["place"].tolist(), rows["places"].tolist(), strict=True))
    places = ", ".join(
        f"{count:,} {'in districts' if place == DISTRICT else place}"
        for place, count in placed.items()
        if count
    )
    return [
        f"No amounts: {len(plan.projects):,} projects and {len(plan.locations):,} places are counted"
        + (f" ({places})" if places else "")
    ]
