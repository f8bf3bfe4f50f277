"""Rates: summaries per person, per poor person and per km², and shares of the total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.equity.poverty import complete_figures
from geoplan.ledger import Ledger
from geoplan.schema import DISTRICT_GROUPINGS
from geoplan.summary import described_districts

if TYPE_CHECKING:
    from geoplan.plan import Plan

RATES = ("per_person", "per_poor_person", "per_km2", "share")
"""Columns that `add_rates` adds."""

_SQUARE_METRES = 1e6


def add_rates(sums: pd.DataFrame, ledger: Ledger, plan: Plan | None = None) -> pd.DataFrame:
    """Add amounts per person, per poor person and per km², and shares of the total, to a summary.

    Parameters
    ----------
    sums : DataFrame
        Of `geoplan.summarize`, with bounds or without.
    ledger : Ledger
        The one that was summed up.
    plan : Plan, optional
        The ledger's, needed for ``per_km2``.

    Returns
    -------
    DataFrame
        With, when it is by district, poverty class or province, ``per_person``, ``per_poor_person``
        and ``per_km2`` (geodesic) in currency units; and always ``share``, 0 to 1, of the money of the
        same currency in ``sums``. A rate is missing where a figure of any district of the row is, or is
        0: missing is not 0. A share is missing where the total is not above 0.
    """
    rated = sums.copy()
    areas = [name for name in DISTRICT_GROUPINGS if name in sums.columns and name != "poverty_class"]
    if "poverty_class" in sums.columns and "district" not in sums.columns:
        areas.append("poverty_class")
    if areas:
        figures = _figures(ledger, plan, areas)
        of_row = rated[areas].merge(figures, on=areas, how="left")
        for name, figure in (("per_person", "population"), ("per_poor_person", "poor"), ("per_km2", "area")):
            divisor = of_row[figure].to_numpy(dtype=float)
            rated[name] = rated["amount"].to_numpy() / np.where(divisor > 0, divisor, np.nan)
    total = rated.groupby("currency")["amount_minor"].transform("sum")
    rated["share"] = rated["amount_minor"] / total.where(total > 0)
    return rated


def _figures(ledger: Ledger, plan: Plan | None, areas: list[str]) -> pd.DataFrame:
    """Return people, poor and km² by area, missing where they are for one of its districts."""
    complete = complete_figures(ledger.districts)
    described = described_districts(ledger)[["district", "province", "poverty_class"]]
    figures = described.assign(
        population=complete["population"].to_numpy(),
        poor=complete["poor"].to_numpy(),
        area=_square_kilometres(described["district"], plan),
    )
    grouped = figures.groupby(areas, sort=True)[["population", "poor", "area"]]
    # A sum over fewer districts than there are would make a rate too high.
    complete_sums = grouped.sum().where(grouped.count().eq(grouped.size(), axis=0))
    return complete_sums.reset_index()


def _square_kilometres(codes: pd.Series[str], plan: Plan | None) -> Any:
    from geoplan.boundaries import geodesic_area

    if plan is None:
        return np.nan
    areas = geodesic_area(plan.districts.geometry.to_numpy()) / _SQUARE_METRES
    return codes.map(dict(zip(plan.districts["district"], areas, strict=True))).to_numpy()
