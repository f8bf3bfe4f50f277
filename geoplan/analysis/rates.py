"""Rates: summaries per person, per poor person and per km², and shares of the total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.ledger.district_figures import complete_figures, measure_areas
from geoplan.ledger.entries import Ledger
from geoplan.ledger.summary import described_districts
from geoplan.model.schema import CRS, DISTRICT_GROUPINGS

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan

RATES = ("per_person", "per_poor_person", "per_village", "per_km2", "share", "share_of_all")
"""Columns that `add_rates` adds."""

_SQUARE_METRES = 1e6


_DIVISORS = (
    ("per_person", "population"),
    ("per_poor_person", "poor"),
    ("per_village", "villages"),
    ("per_km2", "area"),
)


def add_rates(
    sums: pd.DataFrame,
    ledger: Ledger,
    *,
    villages: pd.Series[Any] | None = None,
) -> pd.DataFrame:
    """Add amounts per person, poor person, village and km² to a summary, and shares of the total.

    Parameters
    ----------
    sums : DataFrame
        From `geoplan.summarize`, with or without bounds.
    ledger : Ledger
        The ledger that was summed.
    villages : Series, optional
        Number of villages by district code (`count_villages`); by default those of the profile.

    Returns
    -------
    DataFrame
        A summary by district, poverty class or province gets ``per_person``, ``per_poor_person``,
        ``per_village`` and ``per_km2`` (geodesic) in currency units. Every summary gets ``share`` (0 to 1)
        of the money of the same currency and kind in ``sums``, and ``share_of_all`` of all such money, in
        districts and buckets. A rate is missing where the figure of any district of the row is missing or
        0. A share is missing where the total is not above 0.
    """
    rated = sums.copy()
    areas = [name for name in DISTRICT_GROUPINGS if name in sums.columns and name != "poverty_class"]
    if "poverty_class" in sums.columns and "district" not in sums.columns:
        areas.append("poverty_class")
    if areas:
        figures = _figures(ledger, areas, villages)
        of_row = rated[areas].merge(figures, on=areas, how="left")
        for name, figure in _DIVISORS:
            divisor = of_row[figure].to_numpy(dtype=float)
            rated[name] = rated["amount"].to_numpy(dtype=float) / np.where(divisor > 0, divisor, np.nan)
    keys = ["currency", "kind"] if "kind" in rated else ["currency"]
    total = rated.groupby(keys)["amount_minor"].transform("sum")
    rated["share"] = rated["amount_minor"] / total.where(total > 0)
    sums_of_all = (
        ledger.entries.groupby(keys, observed=True)["amount_minor"].sum().rename("_all").reset_index()
    )
    sums_of_all = sums_of_all.astype(dict.fromkeys(keys, object))
    everything = rated[keys].merge(sums_of_all, on=keys, how="left")["_all"].to_numpy(dtype=float)
    rated["share_of_all"] = rated["amount_minor"] / np.where(everything > 0, everything, np.nan)
    return rated


def count_villages(plan: Plan, points: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Count villages, or other points, by district; a point on a shared border counts once.

    Parameters
    ----------
    plan : Plan
    points : GeoDataFrame
        Points, any CRS.

    Returns
    -------
    Series
        Numbers by district code, 0 for a district without points.
    """
    import shapely

    from geoplan.geo.district_index import DistrictIndex

    districts = plan.districts.sort_values("district", ignore_index=True)
    found = points.to_crs(CRS).geometry.to_numpy()
    at = DistrictIndex(districts.geometry.to_numpy()).find(shapely.get_x(found), shapely.get_y(found))
    counts = np.bincount(at[at >= 0], minlength=len(districts))
    return pd.Series(counts, index=districts["district"].to_numpy(), name="villages")


def find_empty(rated: pd.DataFrame) -> dict[str, int]:
    """Return the number of rows without each rate, for the rates that some row does not have.

    Parameters
    ----------
    rated : DataFrame
        From `add_rates`.
    """
    counts = {name: int(rated[name].isna().sum()) for name in RATES if name in rated}
    return {name: count for name, count in counts.items() if count}


def _figures(ledger: Ledger, areas: list[str], villages: pd.Series[Any] | None) -> pd.DataFrame:
    """Return people, poor persons, villages and km² by area; missing if one of its districts has none."""
    complete = complete_figures(ledger.districts)
    described = described_districts(ledger)[["district", "province", "poverty_class"]]
    figures = described.assign(
        population=complete["population"].to_numpy(),
        poor=complete["poor"].to_numpy(),
        villages=_villages(ledger, villages),
        area=_square_kilometres(ledger, described["district"]),
    )
    grouped = figures.groupby(areas, sort=True)[["population", "poor", "villages", "area"]]
    # A sum over only some of the districts would make a rate too high.
    complete_sums = grouped.sum().where(grouped.count().eq(grouped.size(), axis=0))
    return complete_sums.reset_index()


def _villages(ledger: Ledger, counted: pd.Series[Any] | None) -> Any:
    if counted is not None:
        return ledger.districts["district"].map(counted).to_numpy(dtype=float)
    return ledger.districts["villages"].to_numpy(dtype=float) if "villages" in ledger.districts else np.nan


def _square_kilometres(ledger: Ledger, codes: pd.Series[str]) -> Any:
    if ledger.boundaries is None:
        return np.nan
    return codes.map(measure_areas(ledger.boundaries) / _SQUARE_METRES).to_numpy()
