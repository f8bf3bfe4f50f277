"""Districts that a measure leaves out, why, and the money that is left out with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geoplan.equity.allocations import Spending
from geoplan.equity.sentences import show_amount

NEGATIVE = "total below 0"
_SHOWN = 5

Excluded: TypeAlias = Sequence[tuple[str, tuple[str, ...], Any]]
"""Per family of measures: what it is made of, its measures, and the reasons (g, d), empty where included."""


def find_exclusions(spending: Spending, usable: Any, lacking: Any) -> Any:
    """Return why each district is left out of each group, empty where it is not: ``(g, d)`` text."""
    reasons = np.broadcast_to(np.where(usable, "", lacking).astype(object), spending.certain.shape).copy()
    reasons[(spending.certain < 0) & (reasons == "")] = NEGATIVE
    return reasons


def say_exclusions(spending: Spending, excluded: Excluded) -> dict[str, list[str]]:
    """Say for each measure and group which districts are left out."""
    said: dict[str, list[str]] = {}
    for _, measures, reasons in excluded:
        lines = [_say_group(spending, group, reasons[group]) for group in range(len(reasons))]
        said |= dict.fromkeys(measures, lines)
    return said


def _say_group(spending: Spending, group: int, reasons: Any) -> str:
    out = np.flatnonzero(reasons != "")
    if not len(out):
        return ""
    names = spending.districts["name"].to_numpy()
    listed = ", ".join(f"{names[at]} ({reasons[at]})" for at in out[:_SHOWN])
    more = f" and {len(out) - _SHOWN} more" if len(out) > _SHOWN else ""
    amount = show_amount(float(spending.certain[group, out].sum()), spending.currency)
    return f"{listed}{more}, with {amount}"


def describe_exclusions(spending: Spending, excluded: Excluded) -> pd.DataFrame:
    """Return one row per group, family of measures and district left out."""
    parts = []
    for kind, _, reasons in excluded:
        group, district = np.nonzero(reasons != "")
        rows = spending.groups.iloc[group].reset_index(drop=True)
        parts.append(
            rows.assign(
                currency=spending.currency,
                measures=f"of {kind}",
                district=spending.districts["district"].to_numpy()[district],
                name=spending.districts["name"].to_numpy()[district],
                reason=reasons[group, district],
                spending_minor=spending.certain[group, district].astype(np.int64),
            )
        )
    return pd.concat(parts, ignore_index=True)
