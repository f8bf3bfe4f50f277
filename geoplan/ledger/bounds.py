"""Bounds: the money a district has for certain, with its expected part of coarse money, and at most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoplan.ledger.coarse_money import (
    CoarseLayout,
    Floats,
    Integers,
    lay_out,
    number_groups,
    spread_pools,
    spread_weights,
)
from geoplan.ledger.entries import Ledger
from geoplan.ledger.summary import (
    check_groupings,
    described_districts,
    exact_amounts,
    in_currency_units,
    separate_kinds,
    sort_key,
    with_kind,
    with_names,
)
from geoplan.model.errors import UsageError
from geoplan.model.schema import DISTRICT_GROUPINGS

READINGS = ("certain", "expected", "at_most")


def bound_amounts(
    ledger: Ledger, by: str | Sequence[str] = ("district",), *, spread: str = "none"
) -> pd.DataFrame:
    """Return three readings of the money of each district, class or province, or of all districts together.

    ``certain`` is surely there. ``at_most`` adds all coarse money that could be there, and ``expected``
    adds the part that the chosen spread gives it. Province-wide money could be in any district of its
    province, and is surely in the province. Other coarse money could be in any district, or in none; money
    outside the area is in none.
    Money placed by a name that matched only approximately, and that nobody has reviewed, is expected in its
    district, not certain.
    Coarse money is netted by project. A project whose net is negative (a refund) lowers the certain reading, and
    takes nothing from the maximum that other projects make possible.

    Parameters
    ----------
    ledger : Ledger
    by : str or sequence of str
        Groupings, such as ``district``, or ``project`` and ``district``. Without a grouping of districts
        (district, poverty_class, province), the readings are those of all districts together.
    spread : str
        ``none``, ``even``, ``area`` (geodesic), ``population`` or ``poor`` (persons).

    Returns
    -------
    DataFrame
        The columns of ``by`` (and ``kind``, if the ledger has several kinds of money); for districts ``name``
        and ``poverty_class``; ``currency``;
        ``certain``, ``expected``, ``at_most`` in currency units (Decimal), and each in minor units with
        the suffix ``_minor``. Always certain ≤ expected ≤ at most. With a spread, the expected amounts
        and the money outside the area add up to all money.

    Raises
    ------
    UsageError
        Grouped by place, or an unknown spread.
    InputError
        The spread needs a figure that a district does not have.
    """
    by = separate_kinds(check_groupings(by), ledger)
    areas = [name for name in by if name in DISTRICT_GROUPINGS]
    if "place" in by:
        raise UsageError("bounds say how much could be in districts: they cannot be grouped by place")
    others = [name for name in by if name not in areas]
    described = described_districts(ledger)
    weights = spread_weights(ledger, described, spread)
    parts = [_read(layout, described, weights, areas) for layout in lay_out(ledger, others)]
    rows = pd.concat(parts, ignore_index=True).sort_values(["currency", *by], key=sort_key, ignore_index=True)
    rows = rows[["currency", *by, *[f"{name}_minor" for name in READINGS]]]
    if "district" in by:
        rows = with_names(rows, ledger, by)
    return in_currency_units(rows, READINGS)


def _read(layout: CoarseLayout, described: pd.DataFrame, weights: Floats, areas: list[str]) -> pd.DataFrame:
    """Return the readings of each group and area (district, class or province), one row each."""
    area, named = number_groups(described, areas)
    certain = _sum_areas(layout.certain, area)
    # A pool counts once for an area, however many districts of the area it could be in.
    reached = _sum_areas(layout.reach.astype(np.int64), area)
    is_within = layout.of_province[:, None] & (reached == layout.reach.sum(axis=1)[:, None])
    could_be = np.minimum(reached, 1) - is_within
    net = layout.pooled + layout.refunded
    surely = certain + net @ is_within
    spread = certain + _sum_areas(spread_pools(net, layout.reach, weights), area)
    likely, likely_refunded = (_sum_areas(cells, area) for cells in (layout.likely, layout.likely_refunded))
    figures = {
        "certain_minor": surely + layout.refunded @ could_be + likely_refunded,
        "expected_minor": (spread if weights.any() else surely) + likely + likely_refunded,
        "at_most_minor": surely + layout.pooled @ could_be + likely,
    }
    groups, count = len(layout.groups), len(named)
    columns = {name: layout.groups[name].to_numpy().repeat(count) for name in layout.groups}
    columns |= {name: np.tile(named[name].to_numpy(), groups) for name in areas}
    columns |= {name: cells.reshape(-1) for name, cells in figures.items()}
    return pd.DataFrame(columns).assign(currency=layout.currency)


def _sum_areas(cells: Integers, area: Integers) -> Integers:
    """Sum ``(n, d)`` cells of districts to ``(n, a)`` cells of areas; each area has at least one district."""
    order = np.argsort(area, kind="stable")
    first = np.searchsorted(area[order], np.arange(area.max() + 1))
    return np.asarray(np.add.reduceat(cells[:, order], first, axis=1))


def add_bounds(sums: pd.DataFrame, bounds: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Add the three readings to a summary by the same groupings.

    A group that has coarse money only, and so no row in the summary, gets its rows, with an amount of 0.
    """
    keys = [*(with_kind(by) if "kind" in bounds else by), "currency"]
    columns = [name for reading in READINGS for name in (reading, f"{reading}_minor")]
    described = [name for name in sums.columns if name in bounds and name not in keys]
    merged = sums.drop(columns=described).merge(bounds[[*keys, *described, *columns]], on=keys, how="outer")
    readings = merged[[f"{reading}_minor" for reading in READINGS]]
    merged = merged[merged["amount_minor"].notna() | (readings.fillna(0) != 0).any(axis=1)]
    merged = merged.assign(amount_minor=merged["amount_minor"].fillna(0))
    order = ["currency", *[name for name in keys if name != "currency"]]
    rows = merged.assign(amount=exact_amounts(merged)).sort_values(order, key=sort_key, ignore_index=True)
    exact = [name for name in rows.columns if name.endswith("_minor")]
    return rows.astype(dict.fromkeys(exact, np.int64))[[*sums.columns, *columns]]
