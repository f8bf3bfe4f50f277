"""Targeting: the money of each district and poverty class, compared with its people and poor persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity.allocations import Spending, lay_out_spending
from geoplan.analysis.equity.indices import Floats, concentration_curve, shares
from geoplan.analysis.equity.poverty import rank_by_poverty
from geoplan.ledger.entries import Ledger
from geoplan.ledger.summary import exact_amounts
from geoplan.model.errors import UsageError
from geoplan.model.money import minor_digits

_NO_CLASS = "not stated"
_FIXED = ("certain", "expected")
"""Readings that are one allocation, not a range over many."""


def target_districts(
    ledger: Ledger,
    by: str | Sequence[str] | None = None,
    *,
    spread: str | None = None,
) -> pd.DataFrame:
    """Compare the money of each district with its people and poor persons.

    Parameters
    ----------
    ledger, by, spread
        As for `geoplan.analysis.equity.measure_equity`.

    Returns
    -------
    DataFrame
        One row per group, currency, reading (certain, expected) and district: ``district, name,
        poverty_class, population, poor, profile_year`` (of these figures); ``spending`` in currency units and ``spending_minor``;
        ``per_person`` and ``per_poor_person`` in currency units; ``spending_share`` and
        ``poor_share`` among the districts whose poor persons are known; ``targeting_ratio``, the first
        ÷ the second; ``gap``, the money it lacks (negative: has in excess) for the same amount per poor
        person everywhere, r Σy − y; ``left_out``, why a district has no share.
    """
    laid_out = lay_out_spending(ledger, by, spread=spread)
    parts = [_target(spending, reading) for spending in laid_out for reading in _FIXED]
    return _in_order(pd.concat(parts, ignore_index=True), ledger, by, "district")


def compare_classes(
    ledger: Ledger,
    by: str | Sequence[str] | None = None,
    *,
    spread: str | None = None,
) -> pd.DataFrame:
    """Compare the money of each poverty class with its share of the people. It needs no number of poor persons.

    Parameters
    ----------
    ledger, by, spread
        As for `geoplan.analysis.equity.measure_equity`.

    Returns
    -------
    DataFrame
        One row per group, currency, reading and class: ``poverty_class``, ``districts`` (number),
        ``population`` (missing where a district of the class states none), ``people_share``,
        ``spending``, ``spending_minor``, ``spending_share``, ``ratio`` of the two shares,
        ``per_person``; ``left_out``, why a class has no share (a total below 0).
    """
    laid_out = lay_out_spending(ledger, by, spread=spread)
    parts = [_compare(spending, reading) for spending in laid_out for reading in _FIXED]
    return _in_order(pd.concat(parts, ignore_index=True), ledger, by, "poverty_class")


def trace_curve(
    ledger: Ledger,
    by: str | Sequence[str] | None = None,
    *,
    spread: str | None = None,
    class_order: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the concentration curve: the share of the spending that reaches the poorest share of the people.

    Parameters
    ----------
    ledger, by, spread, class_order
        As for `geoplan.analysis.equity.measure_equity`.

    Returns
    -------
    DataFrame
        The columns asked for, ``currency``, ``reading``, ``people`` and ``spending`` (cumulative
        shares, poorest first); no rows if districts cannot be ranked or have no money.
    """
    parts = []
    for spending in lay_out_spending(ledger, by, spread=spread):
        rank = rank_by_poverty(spending.districts, class_order=class_order).rank
        for reading in _FIXED:
            amounts = _amounts(spending, reading)
            parts += [_trace(spending, reading, group, amounts[group], rank) for group in range(len(amounts))]
    keys = [by] if isinstance(by, str) else list(by or [])
    columns = [*keys, "currency", "reading", "people", "spending"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _amounts(spending: Spending, reading: str) -> Floats:
    if reading not in _FIXED:
        raise UsageError(f"{reading} is a range, not one allocation: choose from {', '.join(_FIXED)}")
    return spending.certain if reading == "certain" else spending.expected


def _trace(spending: Spending, reading: str, group: int, amounts: Floats, rank: Floats) -> pd.DataFrame:
    population = spending.districts["population"].to_numpy(dtype=float)
    usable = (population > 0) & np.isfinite(rank) & (spending.certain[group] >= 0)
    if not usable.any() or not amounts[usable].sum() > 0:
        curve = pd.DataFrame({"people": np.zeros(0), "spending": np.zeros(0)})
    else:
        curve = concentration_curve(amounts[usable], population[usable], rank[usable])
    labels: dict[Any, Any] = {
        str(name): spending.groups[name].iloc[group] for name in spending.groups.columns
    }
    return curve.assign(**labels, currency=spending.currency, reading=reading)


def _target(spending: Spending, reading: str) -> pd.DataFrame:
    districts = spending.districts
    amounts = _amounts(spending, reading)
    population = _positive(districts["population"])
    poor = districts["poor"].to_numpy(dtype=float)
    usable = np.isfinite(poor) & (spending.certain >= 0)
    spent, counted = np.where(usable, amounts, 0), np.where(usable, poor, 0)
    poor_share = np.where(usable, shares(counted), np.nan)
    spending_share = np.where(usable, shares(spent), np.nan)
    scale = 10.0 ** minor_digits(spending.currency)
    figures = {
        "spending": amounts,
        "spending_minor": np.rint(amounts).astype(np.int64),
        "per_person": amounts / population / scale,
        "per_poor_person": amounts / _positive(districts["poor"]) / scale,
        "spending_share": spending_share,
        "poor_share": poor_share,
        "targeting_ratio": spending_share / np.where(poor_share > 0, poor_share, np.nan),
        "gap": (poor_share * spent.sum(axis=1, keepdims=True) - amounts) / scale,
    }
    reasons = np.where(
        np.isfinite(poor), np.where(usable, "", "total below 0"), "number of poor persons missing"
    )
    named = ["district", "name", "poverty_class", "population", "poor", "profile_year"]
    described = districts[[name for name in named if name in districts]]
    return _long(spending, described, reading, figures | {"left_out": reasons})


def _compare(spending: Spending, reading: str) -> pd.DataFrame:
    classes = spending.districts["poverty_class"].fillna(_NO_CLASS)
    grouped = spending.districts.groupby(classes, sort=True)
    described = pd.DataFrame(
        {
            "districts": grouped.size(),
            "population": grouped["population"].agg(lambda column: column.sum(skipna=False)),
        }
    ).reset_index()
    member = (classes.to_numpy()[:, None] == described["poverty_class"].to_numpy()).astype(float)
    amounts = _amounts(spending, reading) @ member
    negative = amounts < 0
    people = described["population"].to_numpy(dtype=float)
    scale = 10.0 ** minor_digits(spending.currency)
    # A class whose total is below 0 has no share; the others share the rest.
    spending_share = np.where(negative, np.nan, shares(np.where(negative, 0, amounts)))
    people_share = people / people.sum()
    figures = {
        "people_share": np.broadcast_to(people_share, amounts.shape),
        "spending": amounts,
        "spending_minor": np.rint(amounts).astype(np.int64),
        "spending_share": spending_share,
        "ratio": spending_share / np.where(people_share > 0, people_share, np.nan),
        "per_person": amounts / _positive(described["population"]) / scale,
        "left_out": np.where(negative, "total below 0", ""),
    }
    return _long(spending, described, reading, figures)


def _positive(figures: pd.Series[Any]) -> Floats:
    """Return figures to divide by: missing if they are 0."""
    numbers = figures.to_numpy(dtype=float)
    return np.asarray(np.where(numbers > 0, numbers, np.nan))


def _long(spending: Spending, described: pd.DataFrame, reading: str, figures: dict[str, Any]) -> pd.DataFrame:
    """Return ``(g, n)`` figures as one row each, after the labels of the group and the description."""
    groups, count = len(spending.groups), len(described)
    labels = spending.groups.iloc[np.repeat(np.arange(groups), count)].reset_index(drop=True)
    rows = described.iloc[np.tile(np.arange(count), groups)].reset_index(drop=True)
    columns = {name: np.asarray(values).reshape(-1) for name, values in figures.items()}
    before = labels.assign(currency=spending.currency, reading=reading)
    long = pd.concat([before, rows, pd.DataFrame(columns)], axis=1)
    return long.assign(spending=exact_amounts(long, "spending"))


def _in_order(rows: pd.DataFrame, ledger: Ledger, by: str | Sequence[str] | None, last: str) -> pd.DataFrame:
    keys = [by] if isinstance(by, str) else list(by or [])
    return rows.sort_values([*keys, "currency", "reading", last], ignore_index=True)
