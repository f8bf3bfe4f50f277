"""Demand: the weight of each village or other point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, UsageError, raise_if, show_value
from geoplan.sources.tables.numerals import as_plain_numbers

if TYPE_CHECKING:
    import geopandas as gpd

_OF_PROFILE = ("population", "poor")


def weigh_demand(
    demand: gpd.GeoDataFrame, weight: str | None = None, *, described: pd.DataFrame | None = None
) -> tuple[pd.Series[float], str]:
    """Return the weight of each demand point.

    Parameters
    ----------
    demand : GeoDataFrame
        Points with ``district`` (missing outside all).
    weight : str, optional
        A numeric column of ``demand``. If ``population`` or ``poor`` is not a column, the district's figure in
        ``described`` is divided evenly over its points. Without ``weight``, each point counts 1.
    described : DataFrame, optional
        Districts with ``population`` and ``poor`` (persons), or ``poverty_rate``, as a ledger describes them.

    Returns
    -------
    weights : (m,) Series of float
    said : str
        Description of the weights, for people.

    Raises
    ------
    UsageError
        The column does not exist.
    InputError
        Weights are missing, below 0 or not numbers, or a district has no such figure.
    """
    if weight is None:
        return pd.Series(1.0, index=demand.index), "points"
    if weight in demand.columns:
        return _checked(demand[weight], weight), weight
    if weight not in _OF_PROFILE or described is None:
        numeric = [str(name) for name in demand.columns if pd.api.types.is_numeric_dtype(demand[name])]
        known = ", ".join([*numeric, *_OF_PROFILE])
        raise UsageError(f"the demand points have no column {show_value(weight)}: choose from {known}")
    figures = described.set_index("district")
    persons = figures["population"].astype(float)
    if weight == "poor":
        persons = figures["poor"].astype(float).fillna(persons * figures["poverty_rate"].astype(float))
    asked = demand["district"].dropna().unique()
    unknown = sorted(code for code in asked if not np.isfinite(persons.get(code, np.nan)))
    if unknown:
        raise_if([_without_figure(weight, unknown)])
    points = demand.groupby("district")["district"].transform("size")
    spread = (demand["district"].map(persons) / points).fillna(0.0).astype(float)
    return spread, f"{weight}, each district's divided evenly over its points"


def _without_figure(weight: str, districts: list[str]) -> Problem:
    way_out = f"fill it in, add a column {weight} to the demand points, or choose another weight"
    return Problem(
        "profile",
        f"demand is weighted by {weight}, which these districts do not have",
        weight,
        values=tuple(districts),
        way_out=way_out,
    )


def _checked(values: pd.Series[Any], name: str) -> pd.Series[float]:
    numbers = pd.to_numeric(as_plain_numbers(values), errors="coerce").astype(float)
    wrong = ~(np.isfinite(numbers) & (numbers >= 0))
    if wrong.any():
        rows = tuple(int(at) + 1 for at in np.flatnonzero(wrong))
        way_out = "write a number of 0 or more for each point"
        raise_if(
            [
                Problem(
                    "demand",
                    "weights that are no numbers of 0 or more",
                    name,
                    rows,
                    tuple(values[wrong]),
                    way_out,
                )
            ]
        )
    return numbers
