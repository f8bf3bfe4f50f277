"""Service coverage: demand within reach of a site before and after, by district or poverty class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.model.errors import UsageError, show_value
from geoplan.model.schema import BUCKETS

if TYPE_CHECKING:
    from geoplan.planning.siting.choice import Siting

GROUPS = ("district", "poverty_class")
_NO_CLASS = "not stated"
_OUTSIDE = BUCKETS[2]


def compare_coverage(siting: Siting, described: pd.DataFrame, by: str = "district") -> pd.DataFrame:
    """Sum the demand that is covered before and after, by district or poverty class.

    Parameters
    ----------
    siting : Siting
        Its demand has ``district`` (missing outside all).
    described : DataFrame
        ``Ledger.districts``: ``district``, ``name`` and ``poverty_class``.
    by : {"district", "poverty_class"}

    Returns
    -------
    DataFrame
        A row for each group, also for districts without demand, and for ``outside area`` if it has demand. Columns:
        ``points``, ``weight``, ``covered_before``, ``covered_after`` (weight within reach),
        ``share_before``, ``share_after`` (missing if the weight is 0), ``mean_cost_after`` by weight
        (missing if no site can be reached). The weights add up to the weight of the whole demand.

    Raises
    ------
    UsageError
        The grouping is unknown.
    """
    if by not in GROUPS:
        raise UsageError(f"cannot group coverage by {show_value(by)}: choose from {', '.join(GROUPS)}")
    demand = siting.demand
    reach = np.inf if siting.within is None else siting.within
    classes = described.set_index("district")["poverty_class"].astype(object)
    group = demand["district"].astype(object)
    if by == "poverty_class":
        group = group.map(classes.where(classes.notna(), _NO_CLASS))
    group = group.where(demand["district"].notna(), _OUTSIDE)
    weight = demand["weight"]
    before = weight.where((demand["cost_before"] <= reach) & np.isfinite(demand["cost_before"]), 0.0)
    reached = np.isfinite(demand["cost"])
    rows = pd.DataFrame(
        {
            by: group,
            "points": 1,
            "weight": weight,
            "covered_before": before,
            "covered_after": weight.where((demand["cost"] <= reach) & reached, 0.0),
            "spent": (weight * demand["cost"]).where(reached, 0.0),
            "reached": weight.where(reached, 0.0),
        }
    )
    sums = rows.groupby(by).sum()
    groups = _groups(described, by)
    listed = [*groups, *[name for name in sums.index if name not in set(groups)]]
    sums = sums.reindex(listed, fill_value=0).rename_axis(by).reset_index()
    known = sums["weight"].where(sums["weight"] > 0)
    sums["share_before"], sums["share_after"] = sums["covered_before"] / known, sums["covered_after"] / known
    sums["mean_cost_after"] = sums["spent"] / sums["reached"].where(sums["reached"] > 0)
    if by == "district":
        names = described.set_index("district")["name"]
        sums.insert(1, "name", sums["district"].map(names))
        sums.insert(2, "poverty_class", sums["district"].map(classes))
    return sums.drop(columns=["spent", "reached"])


def _groups(described: pd.DataFrame, by: str) -> list[str]:
    if by == "district":
        return sorted(described["district"].astype(str))
    return sorted(set(described["poverty_class"].astype(object).fillna(_NO_CLASS)))
