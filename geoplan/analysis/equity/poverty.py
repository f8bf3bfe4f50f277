"""Poverty of districts: their order from the poorest to the least poor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoplan.analysis.equity.indices import Floats
from geoplan.ledger.poverty_classes import rank_classes
from geoplan.model.errors import show_value


@dataclass(frozen=True)
class Ranking:
    """Order of the districts by poverty.

    Parameters
    ----------
    rank : (d,) float
        Lowest for the poorest, equal for districts of equal poverty, missing where unknown.
    basis : str
        ``poverty rate``, ``poverty class`` (districts of a class are equal), or empty without an order.
    obstacle : str
        Why there is no order: ``unknown order`` (of the classes in ``detail``) or ``no poverty``; else empty.
    detail : str
    """

    rank: Floats
    basis: str = ""
    obstacle: str = ""
    detail: str = ""


def rank_by_poverty(districts: pd.DataFrame, *, class_order: Sequence[str] | None = None) -> Ranking:
    """Order districts from the poorest to the least poor.

    The order is by poverty rate if at least as many districts have one as have a class. Otherwise it is by
    class, and districts of a class are equal.

    Parameters
    ----------
    districts : DataFrame
        From `geoplan.ledger.district_figures.complete_figures`.
    class_order : sequence of str, optional
        Poverty classes, the poorest first: districts are then ranked by class.

    Returns
    -------
    Ranking

    Raises
    ------
    UsageError
        ``class_order`` does not have a class that occurs.
    """
    peopled = (districts["population"] > 0).to_numpy()
    rate = districts["poverty_rate"].to_numpy(dtype=float)
    # Rates computed from persons can differ in their last bits, which must not make a district poorer.
    rank = -np.round(rate, 9)
    stated = districts["poverty_class"].notna().to_numpy()
    if class_order is None and (np.isfinite(rate) & peopled).sum() >= max(1, (stated & peopled).sum()):
        return Ranking(rank, "poverty rate")
    degrees, unknown = rank_classes(districts["poverty_class"], class_order)
    if unknown and np.isfinite(rate).any():
        return Ranking(rank, "poverty rate")
    nowhere = np.full(len(rate), np.nan)
    if unknown:
        return Ranking(
            nowhere, obstacle="unknown order", detail=", ".join(show_value(name) for name in unknown)
        )
    if not stated.any():
        return Ranking(nowhere, obstacle="no poverty")
    return Ranking(degrees, "poverty class")
