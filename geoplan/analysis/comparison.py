"""Comparison: two ledgers side by side, by district, by measure and by project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.ledger.entries import Ledger
from geoplan.ledger.summary import (
    check_groupings,
    exact_amounts,
    separate_kinds,
    summarize,
    summarize_buckets,
    with_names,
)
from geoplan.model.errors import UsageError, list_first, show_value
from geoplan.model.money import share_units, split
from geoplan.model.placement_rules import PlacementRule
from geoplan.model.schema import BUCKETS, DISTRICT, DISTRICT_GROUPINGS, minor_name

STATES = ("entered", "left", "moved", "more", "less", "same")
"""States of a project in the other ledger, in order of precedence."""


def compare(one: Ledger, other: Ledger, by: str | Sequence[str] = ("district",)) -> pd.DataFrame:
    """Compare two ledgers: the money of each group in both, and the change.

    Parameters
    ----------
    one, other : Ledger
        On the same districts and in the same currencies.
    by : str or sequence of str
        As for `geoplan.summarize`. With a grouping of districts, each bucket has a row too.

    Returns
    -------
    DataFrame
        The columns of ``by`` (and ``kind``, if a ledger has several kinds of money; for districts ``name`` and
        ``poverty_class``), ``place`` (``district`` or a bucket,
        when grouped by districts); ``currency``; ``one``, ``other`` and ``change`` (other − one) in currency
        units (Decimal), each also in minor units with the suffix ``_minor``; ``share_one`` and ``share_other`` of
        all money (missing unless it is above 0); ``relative_change`` (change ÷ one, missing where one is 0 or less). It has
        every group of either ledger, and the changes add up to the change of the total.

    Raises
    ------
    UsageError
        A grouping that does not exist, other districts, other currencies.
    """
    by = separate_kinds(check_groupings(by), one, other)
    _check_comparable(one, other)
    sides = {"one": _sums(one, by), "other": _sums(other, by)}
    keys = [name for name in sides["one"].columns if name != "amount_minor"]
    merged = sides["one"].merge(sides["other"], on=keys, how="outer", suffixes=("_one", "_other"))
    rows = merged[keys].copy()
    for side in sides:
        rows[f"{side}_minor"] = merged[f"amount_minor_{side}"].fillna(0).astype(np.int64)
    rows["change_minor"] = rows["other_minor"] - rows["one_minor"]
    rows = rows.sort_values(["currency", "place", *by], key=_in_order, ignore_index=True)
    if "district" in by:
        rows = with_names(rows, one, by)
    if not any(name in DISTRICT_GROUPINGS for name in by) and "place" not in by:
        rows = rows.drop(columns="place")
    for name in ("one", "other", "change"):
        rows[name] = exact_amounts(rows, name)
    for side in sides:
        total = rows.groupby(["currency", *(["kind"] if "kind" in by else [])])[f"{side}_minor"].transform(
            "sum"
        )
        rows[f"share_{side}"] = rows[f"{side}_minor"] / total.where(total > 0)
    rows["relative_change"] = rows["change_minor"] / rows["one_minor"].where(rows["one_minor"] > 0)
    return rows


def _check_comparable(one: Ledger, other: Ledger) -> None:
    """Raise if the ledgers have different districts or currencies, and say what to do."""
    problems = []
    if one.currencies != other.currencies:
        had, has = ", ".join(one.currencies) or "no money", ", ".join(other.currencies) or "no money"
        problems.append(f"one ledger is in {had}, the other in {has}: convert both to one currency")
    ours, theirs = set(one.districts["district"]), set(other.districts["district"])
    if ours != theirs:
        listed = list_first(map(show_value, sorted(ours ^ theirs)))
        problems.append(
            f"the districts differ ({listed}): carry the other ledger's money onto the districts of the first, "
            "or compare both on one vintage"
        )
    if problems:
        raise UsageError(problems)


def _sums(ledger: Ledger, by: list[str]) -> pd.DataFrame:
    """Sum all money of a ledger: in districts by all groupings, in buckets by the groupings that apply."""
    sums = summarize(ledger, by)[[*by, "currency", "amount_minor"]]
    if not any(name in DISTRICT_GROUPINGS for name in by) or "place" in by:
        return sums if "place" in by else sums.assign(place=DISTRICT)
    buckets = summarize_buckets(ledger, by).drop(columns="amount")
    columns = ["place", *by, "currency", "amount_minor"]
    sums = sums.assign(place=DISTRICT)
    rows = [
        frame.reindex(columns=columns).astype({"place": object}) for frame in (sums, buckets) if len(frame)
    ]
    return pd.concat(rows, ignore_index=True) if rows else sums.reindex(columns=columns)


def _in_order(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return sort keys that put districts before buckets."""
    return column.map((DISTRICT, *BUCKETS).index) if column.name == "place" else column


def compare_projects(one: Ledger, other: Ledger) -> pd.DataFrame:
    """Compare the projects of two ledgers: entered, left, moved, more or less money, or the same.

    Parameters
    ----------
    one, other : Ledger
        On the same districts and in the same currencies.

    Returns
    -------
    DataFrame
        One row per project and currency (and ``kind``, if a ledger has several), changes first: ``project``; ``state`` (`STATES`); ``currency``;
        ``one``, ``other``, ``change`` and ``moved`` in currency units, each also in minor units (``_minor``).
        ``moved`` is the money that is in another place than before; money that was added or taken away
        does not count as moved.

    Raises
    ------
    UsageError
        The districts or currencies differ.
    """
    _check_comparable(one, other)
    keys = ["project", *separate_kinds([], one, other), "currency"]
    place = ["place", "district"]
    sides = []
    for ledger in (one, other):
        entries = ledger.entries[[*keys, *place, "amount_minor"]].astype(
            dict.fromkeys([*keys, *place], object)
        )
        sides.append(entries.groupby([*keys, *place], dropna=False)["amount_minor"].sum())
    cells = pd.concat(sides, axis=1, keys=["one", "other"]).fillna(0).astype(np.int64)
    kept = np.minimum(cells["one"], cells["other"])
    groups = cells.assign(kept=kept).groupby(keys)
    rows = groups[["one", "other", "kept"]].sum()
    rows["moved"] = (np.minimum(rows["one"], rows["other"]) - rows["kept"]).clip(lower=0)
    has = {
        side: pd.MultiIndex.from_frame(ledger.entries[keys].astype(object).drop_duplicates())
        for side, ledger in (("one", one), ("other", other))
    }
    rows["change"] = rows["other"] - rows["one"]
    was, is_ = rows.index.isin(has["one"]), rows.index.isin(has["other"])
    moved, change = rows["moved"].to_numpy(), rows["change"].to_numpy()
    conditions = [~was, ~is_, moved > 0, change > 0, change < 0]
    rows["state"] = np.array(STATES, dtype=object)[np.select(conditions, list(range(5)), 5)]
    rows = rows.reset_index()
    order = pd.DataFrame(
        {
            "state": rows["state"].map(STATES.index),
            "size": -(rows["change"].abs() + rows["moved"]),
            "project": rows["project"],
        }
    )
    rows = rows.loc[order.sort_values(["state", "size", "project"]).index].reset_index(drop=True)
    amounts = ("one", "other", "change", "moved")
    rows = rows.rename(columns={name: minor_name(name) for name in amounts})
    result = rows[["project", "state", *keys[1:]]].copy()
    for name in amounts:
        result[name], result[minor_name(name)] = exact_amounts(rows, name), rows[minor_name(name)]
    return result


def compare_measures(
    one: Ledger,
    other: Ledger,
    *,
    spread: str | None = None,
    language: str = "en",
) -> pd.DataFrame:
    """Compare the measures of equity of two ledgers.

    Parameters
    ----------
    one, other : Ledger
        Each of one kind of money.
    spread : str, optional
        As for `geoplan.analysis.equity.measure_equity`.
    language : str
        Of the names of the measures.

    Returns
    -------
    DataFrame
        ``measure`` (key), ``label`` (its name), ``reading``, ``currency``, ``one``, ``other`` and ``change``.
        A value is missing where the measure is not available.
    """
    from geoplan.analysis.equity import describe_equity, measure_equity

    keys = ["currency", "measure", "label", "reading"]
    sides = []
    for ledger in (one, other):
        described = describe_equity(measure_equity(ledger, spread=spread), language)
        sides.append(described.measures.set_index(keys)["value"])
    rows = pd.concat(sides, axis=1, keys=["one", "other"], sort=False)
    # Two infinite values have no difference.
    finite = pd.Series(np.isfinite(rows.to_numpy(np.float64)).all(axis=1), index=rows.index)
    rows["change"] = (rows["other"].where(finite) - rows["one"].where(finite)).astype(float)
    rows = rows.reset_index()
    return rows[["measure", "label", "reading", "currency", "one", "other", "change"]]


def carry_ledger(ledger: Ledger, weights: pd.DataFrame, onto: Ledger) -> Ledger:
    """Carry the money of a ledger onto other districts by a crosswalk, to the cent.

    Each entry in a district is split by the weights of that district, by largest remainder. Money in buckets
    stays where it is.

    Parameters
    ----------
    ledger : Ledger
    weights : DataFrame
        ``old, new, weight``, as from `geoplan.make_crosswalk`; the weights of an old district add up to 1.
    onto : Ledger
        A ledger of the other districts.

    Returns
    -------
    Ledger
        It has the same totals. The rule of each carried entry names the crosswalk.

    Raises
    ------
    UsageError
        The crosswalk has no weights for a district with money.
    """
    entries = ledger.entries
    weights = weights.sort_values(["old", "new"], ignore_index=True)
    codes = pd.Index(weights["old"].drop_duplicates())
    count = weights.groupby("old", sort=True).size().to_numpy()
    first = np.cumsum(count) - count
    in_district = (entries["place"] == DISTRICT).to_numpy()
    at = codes.get_indexer(entries.loc[in_district, "district"].astype(object))
    if (at < 0).any():
        lost = sorted(set(entries.loc[in_district, "district"].astype(object)[at < 0]))
        listed = list_first(map(show_value, lost))
        raise UsageError(f"the crosswalk has no weights for these districts: {listed}")
    old = np.repeat(np.flatnonzero(in_district), count[at])
    place = (
        np.repeat(first[at], count[at])
        + np.arange(len(old))
        - np.repeat(np.cumsum(count[at]) - count[at], count[at])
    )
    units = share_units(
        weights["weight"].to_numpy(np.float64), codes.get_indexer(weights["old"]).astype(np.int64), len(codes)
    )
    group = np.repeat(np.arange(len(at)), count[at])
    amounts = split(entries["amount_minor"].to_numpy()[in_district], group, units[place])
    given = entries["amount_minor"].to_numpy()[old]
    is_first = np.diff(group, prepend=-1) != 0
    kept = (amounts != 0) | ((given == 0) & is_first)  # parts of nothing are no entries
    carried = entries.iloc[old[kept]].assign(amount_minor=amounts[kept])
    new = weights["new"].to_numpy(dtype=object)[place[kept]]
    carried["district"] = np.where(new == "", None, new)
    carried["place"] = carried["place"].astype(object).mask(new == "", "unmatched")
    carried["rule"] |= int(PlacementRule.CARRIED_BY_CROSSWALK)
    parts = (carried, entries[~in_district])
    joined = pd.concat(
        [part.astype({"district": object, "place": object}) for part in parts], ignore_index=True
    )
    kinds = {"district": "category", "place": entries["place"].dtype}
    return replace(ledger, entries=joined.astype(kinds), districts=onto.districts, boundaries=onto.boundaries)


def compare_readings(ledger: Ledger, one: str, other: str, *, spread: str = "none") -> pd.DataFrame:
    """Compare two readings of the districts' money: certain, expected or at_most.

    Parameters
    ----------
    ledger : Ledger
    one, other : str
        Among `geoplan.ledger.bounds.READINGS`.
    spread
        As for `geoplan.bound_amounts`.

    Returns
    -------
    DataFrame
        As from `compare` by district, without buckets.

    Raises
    ------
    UsageError
        Unknown reading or spread.
    """
    from geoplan.ledger.bounds import READINGS, bound_amounts

    for name in (one, other):
        if name not in READINGS:
            raise UsageError(f"{show_value(name)} is no reading: choose from {', '.join(READINGS)}")
    rows = bound_amounts(ledger, ["district"], spread=spread)
    keys = separate_kinds(["district", "name", "poverty_class", "currency"], ledger)
    kept = rows[keys].copy()
    for side, name in (("one", one), ("other", other)):
        kept[side], kept[f"{side}_minor"] = rows[name], rows[f"{name}_minor"]
    kept["change"] = kept["other"] - kept["one"]
    kept["change_minor"] = kept["other_minor"] - kept["one_minor"]
    kept["relative_change"] = kept["change_minor"] / kept["one_minor"].where(kept["one_minor"] > 0)
    return kept
