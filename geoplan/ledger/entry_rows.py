"""Entry rows: the labels, rules and order of a ledger's entries, as categoricals and whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.ledger.split import Parts, split_spending
from geoplan.model.placement_rules import SPLIT, PlacementRule, describe_rule
from geoplan.model.schema import ENTRY_COLUMNS, NOT_STATED, PLACES, SOURCE_FILE, SOURCE_ROW

_BITS = 62
"""Bits of a whole number that can be used without touching its sign."""
_SPLIT_RULES = np.array(  # by Parts.how
    [0, PlacementRule.OWN_AMOUNT, PlacementRule.OWN_SHARE, PlacementRule.EVEN_SPLIT], dtype=np.int64
)
_ORDER = (*(name for name in ENTRY_COLUMNS if name != "amount_minor"), "amount_minor")


def label_entries(
    parts: Parts,
    spending: pd.DataFrame,
    locations: pd.DataFrame,
    placements: pd.DataFrame,
    codes: pd.Series[str],
) -> pd.DataFrame:
    """Turn positions into labels, and sort the entries so that the order of the input does not matter.

    Parameters
    ----------
    parts : Parts
        Positions in the three tables, from `geoplan.ledger.split.split_spending`.
    spending, locations, placements : DataFrame
        Tables that the positions are of.
    codes : Series of str
        Codes of all districts.

    Returns
    -------
    DataFrame
        ``entries`` of a `geoplan.ledger.entries.Ledger`.
    """
    row, location, placement = parts.spending_row, parts.location_row, parts.placement_row
    columns: dict[str, Any] = {
        "project": _labels(spending["project"], row),
        "location": _labels(locations["location"], location),
        "component": _labels(spending["component"], row),
        "funder": _labels(spending["funder"], row),
        "year": spending["year"].to_numpy()[row],
        "kind": _labels(spending["kind"], row),
        "currency": _labels(spending["currency"], row),
        "place": _known_labels(placements["place"].to_numpy(), placement, PLACES, otherwise="unlocated"),
        "district": _known_labels(placements["district"].to_numpy(), placement, sorted(codes)),
        "amount_minor": parts.amount,
        "rule": _add_splits(placements["rule"], placement, parts.how),
        SOURCE_FILE: spending[SOURCE_FILE].astype("category").array[row],
        SOURCE_ROW: spending[SOURCE_ROW].to_numpy()[row],
        "province": _labels(placements["province"], placement),
        "carried_from": _labels(placements["carried_from"], placement),
    }
    if "given_amount_minor" in spending:
        # The given amount is split in the same way, so that its parts add up to the last unit too.
        given = split_spending(
            spending.assign(amount_minor=spending["given_amount_minor"]), locations, placements
        )
        columns["given_amount_minor"] = given.amount
        columns["given_currency"] = _labels(spending["given_currency"], row)
    order = sort_rows([_sort_key(columns, name) for name in (*_ORDER, SOURCE_FILE, SOURCE_ROW)])
    # One column at a time: two copies of the whole table could be too much for memory.
    for name in columns:
        columns[name] = columns[name][order]
    return pd.DataFrame(columns, copy=False)


def _labels(lookup: pd.Series[str], positions: Any, otherwise: str = NOT_STATED) -> Any:
    """Return labels by position as a categorical, sorted by name; position -1 means ``otherwise``."""
    coded = as_coded(lookup)
    codes, names = coded.codes, np.append(coded.categories.to_numpy(dtype=object), otherwise)
    ordered, rank = np.unique(names.astype(str), return_inverse=True)
    smallest = np.min_scalar_type(-len(ordered) - 1)
    # A missing label has code -1, as a missing position has: both get the last label, ``otherwise``.
    by_row = rank.astype(smallest)[np.append(codes, -1)]
    return _drop_unused(by_row[positions], ordered)


def as_coded(cells: pd.Series[Any]) -> pd.Categorical:
    """Return a column of text as a categorical, with its names in the order in which they occur."""
    if isinstance(cells.array, pd.Categorical):
        return cells.array
    codes, names = pd.factorize(cells)
    return pd.Categorical.from_codes(codes, pd.Index(names.to_numpy(dtype=object), dtype=object))


def _drop_unused(codes: Any, names: Any) -> Any:
    used = np.zeros(len(names), dtype=bool)
    used[codes] = True
    if not used.all():
        codes = (np.cumsum(used) - 1).astype(codes.dtype)[codes]
    return pd.Categorical.from_codes(codes, pd.Index(names[used], dtype=object))


def _known_labels(lookup: Any, positions: Any, names: Sequence[str], otherwise: str | None = None) -> Any:
    """Return labels by position as a categorical of all these names, used or not."""
    categories: Any = pd.Index(names, dtype=object)
    codes = categories.get_indexer([*lookup, otherwise])
    return pd.Categorical.from_codes(codes.astype(np.min_scalar_type(-len(names) - 1))[positions], categories)


def _add_splits(placed: pd.Series[int], positions: Any, how: Any) -> Any:
    """Return the rule that placed each entry with the one that split its amount."""
    by_placement = np.append(placed.to_numpy(dtype=np.int64), PlacementRule.NO_LOCATION)
    return by_placement[positions] | _SPLIT_RULES[how]


def number_rules(rules: Any, carried_from: Any) -> tuple[Any, list[tuple[int, str]]]:
    """Give each rule of entries a number, in the order in which a ledger has them (that of their words).

    Returns
    -------
    numbers : array of int
        One for each entry.
    rules : list of (int, str)
        By number: the flags, and the district of another vintage that the money was carried from.
    """
    carried = pd.Categorical(carried_from)
    districts = [str(code) for code in carried.categories]
    numbers, given = pd.factorize(np.asarray(rules, dtype=np.int64))
    both, pairs = pd.factorize(numbers * max(len(districts), 1) + carried.codes)
    found = [(int(given[pair // len(districts)]), districts[pair % len(districts)]) for pair in pairs]
    # By the words of the placement, then by how the amount was split.
    order = sorted(range(len(found)), key=lambda at: _rule_order(*found[at]))
    rank = np.argsort(np.array(order, dtype=np.int64))
    return rank[both], [found[at] for at in order]


def _rule_order(rule: int, carried_from: str) -> tuple[str, int]:
    return describe_rule(rule & ~SPLIT, carried_from), rule & SPLIT


def written_rules(entries: pd.DataFrame, *, with_split: bool = True) -> pd.Series[Any]:
    """Put the rules of entries into words, as a categorical.

    Parameters
    ----------
    entries : DataFrame
        Of a `geoplan.ledger.entries.Ledger`.
    with_split : bool
        Also say how the amount was split.
    """
    rules = entries["rule"].to_numpy(dtype=np.int64)
    numbers, found = number_rules(rules if with_split else rules & ~SPLIT, entries["carried_from"])
    words = pd.Index([describe_rule(*rule) for rule in found], dtype=object)
    return pd.Series(pd.Categorical.from_codes(numbers, words), index=entries.index, name="rule")


def known_provinces(entries: pd.DataFrame, districts: pd.DataFrame) -> pd.Series[Any]:
    """Return the province of each entry: that of its district, or that of province-wide money.

    Parameters
    ----------
    entries : DataFrame
        Of a `geoplan.ledger.entries.Ledger`.
    districts : DataFrame
        Of that ledger.

    Returns
    -------
    Series of str
        Codes (names where the layer has no codes), empty where the province is unknown.
    """
    stated = districts["province"].astype(object).fillna(districts["province_name"])
    coded = as_coded(entries["district"])
    # The last one is that of code −1, of money in no district.
    of_district = stated.set_axis(districts["district"]).reindex([*coded.categories, NOT_STATED])
    found = pd.Series(of_district.to_numpy(dtype=object)[coded.codes], index=entries.index, name="province")
    # A ledger made by hand may not say which province its province-wide money is for.
    coarse = entries["province"].astype(object) if "province" in entries else NOT_STATED
    return found.where(found.notna(), coarse).fillna(NOT_STATED)


def sort_rows(keys: Sequence[Any]) -> Any:
    """Return the order of rows sorted by whole-number keys, the first key first; equal rows keep their order.

    Keys are packed into one number as long as they fit 63 bits, so that two or three sorts do for a dozen keys.
    """
    packed: list[Any] = []
    spans: list[int] = []
    for key in keys:
        low = int(key.min(initial=0))
        span = int(key.max(initial=0)) - low + 1
        from_zero = key.astype(np.int64) - low
        if spans and spans[-1] * span < 1 << _BITS:
            packed[-1] = packed[-1] * span + from_zero
            spans[-1] *= span
        else:
            packed.append(from_zero)
            spans.append(span)
    if not packed or len(keys[0]) == 0:
        return np.arange(len(keys[0]))
    # Sorting numbers is several times faster than sorting positions by numbers. So each number is made of the first
    # bits of the first key and of its position, and rows that are the same in these bits are sorted by all keys.
    bits = len(keys[0]).bit_length()
    first = packed[0] >> max(0, spans[0].bit_length() + bits - _BITS)
    found = np.sort((first << bits) | np.arange(len(first)))
    order, ordered = found & ((1 << bits) - 1), found >> bits
    same = ordered[1:] == ordered[:-1]
    tied = np.append(same, False) | np.append(False, same)
    rows = order[tied]
    order[tied] = rows[np.lexsort([*(key[rows] for key in packed[::-1]), ordered[tied]])]
    return order


def _sort_key(columns: Mapping[str, Any], name: str) -> Any:
    if name == "rule":
        return number_rules(columns["rule"], columns["carried_from"])[0]
    return columns[name].codes if isinstance(columns[name], pd.Categorical) else columns[name]


def sum_entries(entries: pd.DataFrame, codes: Iterable[str]) -> pd.DataFrame:
    """Sum entries that are the same but for the row of the input they come from.

    Parameters
    ----------
    entries : DataFrame
        Entries of one `geoplan.ledger.entries.Ledger` or, concatenated, of several.
    codes : iterable of str
        Codes of all districts.

    Returns
    -------
    DataFrame
        Entries as in a ledger, without source file and row.
    """
    keys = [*(name for name in ENTRY_COLUMNS if name != "amount_minor"), "province"]
    apart = [*keys, "carried_from"]
    sums = entries.groupby(apart, sort=False, dropna=False, observed=True)["amount_minor"].sum().reset_index()
    whole = ("year", "rule", "amount_minor")
    columns: dict[str, Any] = {name: sums[name].to_numpy(dtype=np.int64) for name in whole}
    known = {"place": [*PLACES], "district": sorted(codes)}
    for name in apart:
        if name not in whole:
            columns[name] = pd.Categorical(sums[name].astype(object), known.get(name))
    columns[SOURCE_FILE] = pd.Categorical([""] * len(sums))
    columns[SOURCE_ROW] = np.zeros(len(sums), dtype=np.int64)
    order = sort_rows([_sort_key(columns, name) for name in keys])
    return pd.DataFrame(columns)[[*ENTRY_COLUMNS, SOURCE_FILE, SOURCE_ROW, "province", "carried_from"]].take(
        order
    )
