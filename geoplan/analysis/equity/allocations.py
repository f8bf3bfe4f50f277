"""Spending by group and district, and the ways in which coarse money could lie over the districts.

How this works
--------------
Coarse money (known by its province at best, or without a location) is in some district, but nobody knows which.
`geoplan.ledger.bounds` returns the maximum of each district. Two districts cannot have the same euro, so these
maxima together are not an allocation, and no index can be computed from them. Instead, each index has a range:
its lowest and highest value over all allocations that put each pool into the districts it could be in. The ends
of the range are at known allocations:

- An index by poverty rank is linear in the amounts. Its ends are at all coarse money in the poorest, or in the
  least poor, district of each pool (`place_in_extremes`).
- An index of inequality is convex, and it falls when money moves from districts with more per person to those
  with less. It is lowest where each pool fills up the districts with the least per person to one level: first
  the pools of provinces, then the pool of all districts (`level`). It is highest where each pool is in a single
  district (`concentrate`); with few pools, all such choices are tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity.indices import Floats
from geoplan.ledger.coarse_money import Bools, CoarseLayout, lay_out, spread_pools, spread_weights
from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.entries import Ledger
from geoplan.ledger.summary import described_districts
from geoplan.model.errors import SeveralKindsError, UsageError, show_value

GROUPS = ("component", "funder", "year")
"""Groupings by which spending can be measured."""

MOST_CHOICES = 400
"""With more ways than this to put each pool into a single district, only the likeliest are tried."""


@dataclass(frozen=True)
class Spending:
    """Spending of one currency: g groups over d districts, and the coarse money of k pools.

    Parameters
    ----------
    currency : str
    groups : DataFrame
        g rows: component, funder or year; without columns if there is no grouping.
    districts : DataFrame
        d rows from `geoplan.ledger.district_figures.complete_figures`, with ``province``.
    certain : (g, d) float
        Minor units placed in the district.
    pooled : (g, k) float
        Minor units that could be in any district that the pool reaches.
    reach : (k, d) bool
        Provinces first, the pool of all districts last.
    expected : (g, d) float
        Minor units that are certain, plus each pool spread over the districts it reaches.
    spread : str
        How coarse money is spread.
    buckets : DataFrame
        g rows: coarse money by bucket, refunds included, and money of approximate names (``approximate``).
    refunds : (g,) float
        Coarse money of projects whose net is below 0, which is in no allocation.
    """

    currency: str
    groups: pd.DataFrame
    districts: pd.DataFrame
    certain: Floats
    pooled: Floats
    reach: Bools
    expected: Floats
    spread: str
    buckets: pd.DataFrame
    refunds: Floats

    def within(self, groups: Bools, districts: Bools) -> Spending:
        """Return some groups and districts; a pool without any of these districts is dropped."""
        reach = self.reach[:, districts]
        left = reach.any(axis=1) & (self.pooled[groups] > 0).any(axis=0)
        return replace(
            self,
            groups=self.groups[groups].reset_index(drop=True),
            districts=self.districts[districts].reset_index(drop=True),
            certain=self.certain[np.ix_(groups, districts)],
            pooled=self.pooled[np.ix_(groups, left)],
            reach=reach[left],
            expected=self.expected[np.ix_(groups, districts)],
            buckets=self.buckets[groups].reset_index(drop=True),
            refunds=self.refunds[groups],
        )


def lay_out_spending(
    ledger: Ledger,
    by: str | Sequence[str] | None = None,
    *,
    spread: str | None = None,
) -> list[Spending]:
    """Lay out a ledger by group and district, for each currency.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money (`geoplan.plan.plan_tables.Plan.only`).
    by : str or sequence of str, optional
        Among `GROUPS`.
    spread : str, optional
        As for `geoplan.bound_amounts`; by default population if every district has one, otherwise even.

    Returns
    -------
    list of Spending
        In alphabetical order of the currencies.

    Raises
    ------
    UsageError
        A grouping or spread does not exist, or the ledger has several kinds of money.
    InputError
        The spread needs a figure that a district does not have.
    """
    keys = check_groups(by)
    check_one_kind(ledger)
    described = described_districts(ledger)
    districts = complete_figures(ledger.districts).assign(province=described["province"])
    spread = spread or choose_spread(ledger)
    weights = spread_weights(ledger, districts, spread)
    return [_as_spending(layout, districts, weights, spread) for layout in lay_out(ledger, keys)]


def choose_spread(ledger: Ledger) -> str:
    """Return the default spread of coarse money: population if every district has one, otherwise even."""
    return "population" if (ledger.districts["population"].astype(float) > 0).all() else "even"


def _as_spending(layout: CoarseLayout, districts: pd.DataFrame, weights: Floats, spread: str) -> Spending:
    certain = layout.certain + layout.likely_refunded
    expected = certain + layout.likely + spread_pools(layout.pooled, layout.reach, weights)
    # Money of an approximate name is a pool that reaches one district.
    has_likely = (layout.likely != 0).any(axis=0)
    reach = np.vstack([layout.reach, np.eye(len(districts), dtype=bool)[has_likely]])
    pooled = np.hstack([layout.pooled, layout.likely[:, has_likely]])
    return Spending(
        currency=layout.currency,
        groups=layout.groups,
        districts=districts,
        certain=certain.astype(np.float64),
        pooled=pooled.astype(np.float64),
        reach=reach,
        expected=expected.astype(np.float64),
        spread=spread,
        buckets=layout.buckets.assign(approximate=layout.likely.sum(axis=1)),
        # An allocation has no negative amounts: refunds without a district are kept apart.
        refunds=layout.refunded.sum(axis=1).astype(np.float64),
    )


def check_groups(by: str | Sequence[str] | None) -> list[str]:
    """Return the groupings as a list; raise `UsageError` for one that cannot be measured by."""
    wanted = [] if by is None else [by] if isinstance(by, str) else list(by)
    unknown = [name for name in wanted if name not in GROUPS]
    if unknown:
        named = ", ".join(show_value(name) for name in unknown)
        raise UsageError(f"cannot measure by {named}: choose from {', '.join(GROUPS)}")
    if len(set(wanted)) < len(wanted):
        raise UsageError(f"the same grouping is given twice: {', '.join(wanted)}")
    return wanted


def check_one_kind(ledger: Ledger) -> None:
    """Raise `UsageError` if a ledger has several kinds of money, because their sum would count money twice."""
    kinds = sorted(str(kind) for kind in ledger.entries["kind"].unique())
    if len(kinds) > 1:
        raise SeveralKindsError(kinds)


# --- allocations of the coarse money, each (g, d) -------------------------------------------


def place_in_extremes(spending: Spending, rank: Floats) -> Iterator[Floats]:
    """Yield spending with all coarse money in the poorest district of each pool, then in the least poor."""
    for sign in (1, -1):
        chosen = [int(np.argmin(np.where(reach, sign * rank, np.inf))) for reach in spending.reach]
        yield _place(spending, np.array(chosen, dtype=np.int64))


def level(spending: Spending, weights: Floats) -> Floats:
    """Return spending where each pool fills up the districts with the least per person (by weight)."""
    levelled = spending.certain.copy()
    for pool, reach in enumerate(spending.reach):
        pooled = spending.pooled[:, pool]
        fillable = np.flatnonzero(reach & (weights > 0))
        if len(fillable):
            levelled[:, fillable] = _fill(levelled[:, fillable], weights[fillable], pooled)
        else:
            levelled[:, reach] += pooled[:, None] / reach.sum()
    return levelled


def _fill(spending: Floats, weights: Floats, pooled: Floats) -> Floats:
    """Raise the districts with the least per person to the highest common level that the pool can pay for."""
    per_person = spending / weights
    order = np.argsort(per_person, axis=1)
    people = np.cumsum(weights[order], axis=1)
    sums = np.cumsum(np.take_along_axis(spending, order, axis=1), axis=1)
    # The cost of raising all districts before one to its level. The last level that the pool can pay for counts.
    cost = np.take_along_axis(per_person, order, axis=1) * people - sums
    last = np.maximum((cost <= pooled[:, None]).sum(axis=1) - 1, 0)[:, None]
    reached = (pooled[:, None] + np.take_along_axis(sums, last, 1)) / np.take_along_axis(people, last, 1)
    return np.maximum(spending, np.where(pooled[:, None] > 0, reached * weights, spending))


def concentrate(spending: Spending, weights: Floats) -> Iterator[Floats]:
    """Yield spending with each pool in a single district: all choices or, if too many, the likeliest."""
    if tries_all(spending):
        for chosen in product(*[np.flatnonzero(reach) for reach in spending.reach]):
            yield _place(spending, np.array(chosen, dtype=np.int64))
        return
    per_person = spending.certain / np.where(weights > 0, weights, np.nan)
    richest = np.nan_to_num(per_person, nan=-1.0)
    reached = [np.flatnonzero(reach) for reach in spending.reach]
    for value in (richest, -richest, np.broadcast_to(-weights, richest.shape)):
        yield _place(spending, np.column_stack([at[np.argmax(value[:, at], axis=1)] for at in reached]))


def tries_all(spending: Spending) -> bool:
    """Return whether every choice of one district per pool is tried."""
    return math.prod(int(count) for count in spending.reach.sum(axis=1)) <= MOST_CHOICES


def _place(spending: Spending, chosen: Any) -> Floats:
    """Return spending with each pool in its chosen district: ``(k,)`` positions, or ``(g, k)``."""
    placed = spending.certain.copy()
    groups = np.arange(len(placed))
    for pool in range(spending.pooled.shape[1]):
        np.add.at(placed, (groups, chosen[..., pool]), spending.pooled[:, pool])
    return placed
