"""Coarse money: money whose district is unknown, and the districts it could be in.

How this works
--------------
A pool is the coarse money that could be in the same districts: one pool per province for province-wide
money, and one for all money that could be in any district. A layout has g groups (such as components),
d districts and k pools: ``certain`` is a ``(g, d)`` table of money placed in districts, ``pooled`` a ``(g, k)``
table of coarse money, and ``reach`` a ``(k, d)`` table that says which districts each pool could be in.
Bounds and measures are then products of these tables.

The coarse money of a project in a pool is netted first: its payments and refunds are of the same money. Between
projects nothing is netted, because the refund of one project takes nothing from the maximum of another. So
projects with a net above 0 are summed in ``pooled``, and projects with a net below 0 in ``refunded``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.ledger.district_figures import measure_areas
from geoplan.ledger.entries import Ledger
from geoplan.ledger.summary import described_districts, with_columns
from geoplan.model.choices import SPREADS
from geoplan.model.errors import InputError, Problem, UsageError, show_value
from geoplan.model.money import share_units, split
from geoplan.model.placement_rules import APPROXIMATE, has_rule
from geoplan.model.schema import DISTRICT, NOT_STATED

Integers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

NO_CURRENCY = "XXX"
"""ISO 4217's code for no currency: that of tables without rows."""

COARSE = ("province-wide", "country-wide", "unlocated", "unmatched")
"""Buckets whose money could be in a district. Money outside the area could not."""


@dataclass(frozen=True)
class CoarseLayout:
    """Money of one currency: g groups over d districts, and the coarse money of k pools.

    Parameters
    ----------
    currency : str
    groups : DataFrame
        g sorted rows with the columns asked for; one row without columns when none were.
    certain : (g, d) int64
        Minor units placed in each district for certain.
    likely : (g, d) int64
        Minor units placed by a name that matched only approximately, and that nobody has reviewed: projects with
        a net above 0.
    likely_refunded : (g, d) int64
        The same, 0 or less, of projects whose net in the district is a refund.
    pooled : (g, k) int64
        Minor units that could be in any district that the pool reaches: projects with a net above 0.
    refunded : (g, k) int64
        Minor units, 0 or less, of projects whose net in the pool is a refund.
    reach : (k, d) bool
        Provinces first, money that could be anywhere last; pools without money are left out.
    of_province : (k,) bool
        Whether the pool is of one province: its money is surely in one of the districts that it reaches. Money of
        the other pool can also be in no district of the layer.
    buckets : DataFrame
        g rows: minor units by coarse bucket.
    """

    currency: str
    groups: pd.DataFrame
    certain: Integers
    likely: Integers
    likely_refunded: Integers
    pooled: Integers
    refunded: Integers
    reach: Bools
    of_province: Bools
    buckets: pd.DataFrame


def lay_out(ledger: Ledger, by: Sequence[str] = ()) -> list[CoarseLayout]:
    """Lay out a ledger by group, district and pool, for each currency, in whole minor units.

    Province-wide money could be in any district of its province, other coarse money in any district, and
    money outside the area in none.

    Parameters
    ----------
    ledger : Ledger
    by : sequence of str
        Columns of the ledger to group by.

    Returns
    -------
    list of CoarseLayout
        In alphabetical order of the currencies; districts in the order of ``ledger.districts``.
    """
    provinces, of_district = np.unique(
        described_districts(ledger)["province"].astype(str), return_inverse=True
    )
    reach = np.vstack(
        [of_district == np.arange(len(provinces))[:, None], np.ones((1, len(of_district)), dtype=bool)]
    )
    codes = ledger.districts["district"].tolist()
    used = [*by, "project", "currency", "place", "district", "province", "rule", "amount_minor"]
    parts = _by_currency(
        with_columns(ledger.entries, ledger, by)[list(dict.fromkeys(used))], ledger.currencies
    )
    layouts = [
        _lay_out(rows, list(by), currency, codes, [*provinces, NOT_STATED], reach) for currency, rows in parts
    ]
    return layouts or [_lay_out_nothing(list(by), len(codes))]


def _lay_out_nothing(by: list[str], districts: int) -> CoarseLayout:
    """Return the layout of a ledger without money: no groups, so that tables made from it have columns but no rows."""
    groups = pd.DataFrame({name: pd.Series([], dtype=object) for name in by})
    none = np.zeros((0, 0), dtype=np.int64)
    cells = np.zeros((0, districts), dtype=np.int64)
    reach = np.zeros((0, districts), dtype=bool)
    buckets = pd.DataFrame(np.zeros((0, len(COARSE)), dtype=np.int64), columns=[*COARSE])
    return CoarseLayout(
        NO_CURRENCY, groups, cells, cells, cells, none, none, reach, np.zeros(0, dtype=bool), buckets
    )


def _by_currency(entries: pd.DataFrame, currencies: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    if len(currencies) == 1:
        return [(currencies[0], entries)]
    return [(name, entries[(entries["currency"] == name).to_numpy()]) for name in currencies]


def _lay_out(
    entries: pd.DataFrame, by: list[str], currency: str, codes: list[str], pools: list[str], reach: Bools
) -> CoarseLayout:
    group, groups = number_groups(entries, by)
    place = _positions(entries["place"], [*COARSE, DISTRICT])
    amount = entries["amount_minor"].to_numpy()
    inside = place == len(COARSE)
    district = _positions(entries["district"], codes)
    approximate = inside & has_rule(entries["rule"], APPROXIMATE)
    shape = (len(groups), len(codes))
    certain = _sum_cells(group, district, amount, inside & ~approximate, shape)
    doubted = entries["project"][approximate]
    likely, likely_refunded = _sum_by_sign(
        group[approximate], pd.factorize(doubted)[0], district[approximate], amount[approximate], shape
    )
    coarse = (place >= 0) & ~inside
    rows, of_place = group[coarse], place[coarse]
    # Province-wide money of a province without districts could be in no district: it joins no pool.
    pool = _positions(entries["province"][coarse], pools)
    project = pd.factorize(entries["project"][coarse])[0]
    pooled, refunded = _sum_by_sign(rows, project, pool, amount[coarse], (len(groups), len(pools)))
    buckets = _sum_cells(rows, of_place, amount[coarse], of_place >= 0, (len(groups), len(COARSE)))
    used = (pooled != 0).any(axis=0) | (refunded != 0).any(axis=0)
    return CoarseLayout(
        currency,
        groups,
        certain,
        likely,
        likely_refunded,
        pooled[:, used],
        refunded[:, used],
        reach[used],
        np.arange(len(pools))[used] < len(pools) - 1,
        pd.DataFrame(buckets, columns=[*COARSE]),
    )


def _sum_by_sign(
    group: Integers, project: Integers, pool: Integers, amount: Integers, shape: tuple[int, int]
) -> tuple[Integers, Integers]:
    """Net amounts by project within each group and pool, and sum the nets above 0 and those below 0 apart."""
    known = pool >= 0
    keys = np.stack([group[known], pool[known], project[known]])
    cells, member = np.unique(keys, axis=1, return_inverse=True)
    nets = np.zeros(cells.shape[1], dtype=np.int64)
    np.add.at(nets, member.ravel(), amount[known])
    above, below = (
        _sum_cells(cells[0], cells[1], clipped, np.ones(len(nets), dtype=bool), shape)
        for clipped in (np.clip(nets, 0, None), np.clip(nets, None, 0))
    )
    return above, below


def number_groups(entries: pd.DataFrame, by: Sequence[str]) -> tuple[Integers, pd.DataFrame]:
    """Return the number of each entry's group, and the sorted groups.

    Parameters
    ----------
    entries : DataFrame
        n rows, with the columns of ``by``, none of them missing.
    by : sequence of str

    Returns
    -------
    number : (n,) int64
    groups : DataFrame
        The columns of ``by``, text as objects; one row without columns when ``by`` is empty.
    """
    if not by:
        return np.zeros(len(entries), dtype=np.int64), pd.DataFrame(index=pd.RangeIndex(1))
    columns = [_number_labels(entries[name]) for name in by]
    sizes = [len(labels) for _, labels in columns]
    if not len(entries):
        return np.zeros(0, dtype=np.int64), pd.DataFrame({name: [] for name in by})
    numbers = np.ravel_multi_index([codes for codes, _ in columns], sizes)
    found, present = pd.factorize(numbers, sort=True)
    positions = np.unravel_index(present, sizes)
    groups = {name: labels[at] for name, (_, labels), at in zip(by, columns, positions, strict=True)}
    return np.asarray(found, dtype=np.int64), pd.DataFrame(groups)


def _number_labels(column: pd.Series[Any]) -> tuple[Integers, Any]:
    """Return the position of each label among the sorted labels that occur, and those labels."""
    codes, labels = pd.factorize(column)
    names: Any = np.asarray(labels) if column.dtype.kind == "i" else np.asarray(labels, dtype=object)
    order = np.argsort(names, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes], names[order]


def _positions(column: pd.Series[Any], names: Sequence[Any]) -> Integers:
    """Return the position of each label in a list of names, −1 if the list does not have it."""
    lookup = pd.Index([*names])
    if isinstance(column.dtype, pd.CategoricalDtype):
        of_category = np.append(lookup.get_indexer(column.cat.categories), -1)
        return np.asarray(of_category[column.cat.codes.to_numpy()], dtype=np.int64)
    return np.asarray(lookup.get_indexer(pd.Index(column)), dtype=np.int64)


def _sum_cells(
    row: Integers, column: Integers, amount: Integers, chosen: Bools, shape: tuple[int, int]
) -> Integers:
    """Sum integers by cell of a table, without going through floats."""
    cells = np.zeros(shape[0] * shape[1], dtype=np.int64)
    where = row * shape[1] + column
    if chosen.all():
        np.add.at(cells, where, amount)
    else:
        np.add.at(cells, where[chosen], amount[chosen])
    return cells.reshape(shape)


def spread_weights(ledger: Ledger, districts: pd.DataFrame, spread: str) -> Floats:
    """Return the weight of each district when coarse money is spread, all 0 for ``none``.

    Parameters
    ----------
    ledger : Ledger
        Its boundaries are needed for the spread by (geodesic) area.
    districts : DataFrame
        d rows with ``district`` and, for these spreads, ``population`` and ``poor``.
    spread : str
        Among `SPREADS`.

    Raises
    ------
    UsageError
        An unknown spread, or by area for a ledger without boundaries.
    InputError
        The spread needs a figure that a district does not have.
    """
    if spread not in SPREADS:
        raise UsageError(f"cannot spread money by {show_value(spread)}: choose from {', '.join(SPREADS)}")
    if spread in ("none", "even"):
        return np.full(len(districts), float(spread == "even"))
    if spread == "area":
        return np.asarray(measure_areas(ledger.boundaries).loc[districts["district"]], dtype=np.float64)
    missing = districts.loc[districts[spread].isna(), "district"]
    if len(missing):
        raise InputError(
            Problem(
                "profile", f"cannot spread money by {spread}: districts have no figure", spread, values=tuple(missing),
                way_out="add it to the profile, or choose another spread",
            )
        )  # fmt: skip
    return districts[spread].to_numpy(dtype=float)


def spread_pools(pooled: Integers, reach: Bools, weights: Floats) -> Integers:
    """Spread each pool over the districts it reaches, by weight and largest remainder.

    Parameters
    ----------
    pooled : (g, k) int64
        Minor units.
    reach : (k, d) bool
    weights : (d,) float
        From `spread_weights`.

    Returns
    -------
    (g, d) int64
        Each row adds up to the pools of its group. If all weights are 0, nothing is spread.

    Raises
    ------
    InputError
        A pool reaches only districts with a weight of 0, while others have a weight.
    """
    parts = np.zeros((len(pooled), len(weights)), dtype=np.int64)
    if not weights.any():
        return parts
    for pool, reached in enumerate(reach):
        at = np.flatnonzero(reached)
        total = weights[at].sum()
        if total == 0:
            raise InputError(
                Problem("profile", "cannot spread money: the figures of the districts are all 0",
                        way_out="choose another spread")
            )  # fmt: skip
        groups = np.flatnonzero(pooled[:, pool])
        units = share_units(weights[at] / total, np.zeros(len(at), dtype=np.int64), 1)
        of_group = np.repeat(np.arange(len(groups)), len(at))
        split_up = split(pooled[groups, pool], of_group, np.tile(units, len(groups)))
        parts[np.ix_(groups, at)] += split_up.reshape(len(groups), len(at))
    return parts
