"""Districts that a measure leaves out, with the reason and their money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.analysis.equity.allocations import Spending

REASONS = (
    "",
    "population missing",
    "population 0",
    "no poverty rate",
    "no poverty class",
    "no poverty figure",
    "poor missing",
    "total below 0",
)
"""Why a district is left out; the first if it is not."""

Reasons: TypeAlias = NDArray[np.int8]

Excluded: TypeAlias = Sequence[tuple[str, Reasons]]
"""Per family of measures: its kind, and which of `REASONS` applies to each group and district, ``(g, d)``."""


def reason(name: str) -> int:
    """Return the number of a reason."""
    return REASONS.index(name)


def find_exclusions(spending: Spending, lacking: Reasons) -> Reasons:
    """Return why each district is left out of each group, ``(g, d)``: what it lacks, or a negative total.

    Parameters
    ----------
    spending : Spending
    lacking : (d,) int8
        Which of `REASONS` applies to a district whatever its money; 0 for none.
    """
    reasons = np.broadcast_to(lacking, spending.certain.shape)
    return np.where((spending.certain < 0) & (reasons == 0), reason("total below 0"), reasons).astype(np.int8)


def describe_exclusions(spending: Spending, excluded: Excluded) -> pd.DataFrame:
    """Return one row per group, family of measures and district left out."""
    parts = []
    for kind, reasons in excluded:
        group, district = np.nonzero(reasons)
        rows = spending.groups.iloc[group].reset_index(drop=True)
        parts.append(
            rows.assign(
                currency=spending.currency,
                measures=kind,
                district=spending.districts["district"].to_numpy()[district],
                name=spending.districts["name"].to_numpy()[district],
                reason=np.array(REASONS, dtype=object)[reasons[group, district]],
                spending_minor=spending.certain[group, district].astype(np.int64),
            )
        )
    filled = [part for part in parts if len(part)] or parts[:1]
    joined: pd.DataFrame = pd.concat(filled, ignore_index=True)
    return joined
