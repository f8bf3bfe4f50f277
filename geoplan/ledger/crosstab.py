"""Crosstab: amounts in a table of rows by columns, money in buckets included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from geoplan.ledger.entries import Ledger
from geoplan.ledger.summary import check_groupings, described_districts, labelled_entries, separate_kinds
from geoplan.model.money import from_minor, minor_digits
from geoplan.model.periods import order_period
from geoplan.model.schema import BUCKETS, DISTRICT, DISTRICT_GROUPINGS

TOTAL = "total"


def cross_amounts(ledger: Ledger, by: str | Sequence[str], across: str) -> pd.DataFrame:
    """Make a crosstab of all money of a ledger: groupings in the rows, one grouping across.

    Parameters
    ----------
    ledger : Ledger
    by : str or sequence of str
        Groupings of the rows, among `geoplan.model.schema.GROUPINGS`.
    across : str
        The grouping whose values become columns.

    Returns
    -------
    DataFrame
        The columns of ``by`` (for districts also ``name``; with a grouping of districts also ``place``,
        and a row for each bucket with money); ``currency``; a column for each value of ``across``
        (districts by name, then buckets with money); ``total``. Amounts are Decimal in currency units:
        missing where no amount is recorded, 0 where the recorded amounts add up to 0. Kinds of money are
        never added up: a ledger of several kinds has a column ``kind``, or no total across kinds.

    Raises
    ------
    UsageError
        A grouping does not exist or is given twice.

    Examples
    --------
    >>> from geoplan.ledger.entries import build_ledger
    >>> from geoplan.plan.plan_tables import read_plan
    >>> from geoplan.plan.plan_file import find_bundled_plan
    >>> table = cross_amounts(build_ledger(read_plan(find_bundled_plan())), "funder", "component")
    >>> str(table[TOTAL].sum())
    '8200000.00'
    """
    rows = check_groupings(by)
    check_groupings([*rows, across])
    several_across = across == "kind" and len(ledger.kinds) > 1
    if across != "kind":
        rows = separate_kinds(rows, ledger)
    entries = labelled_entries(ledger, [*rows, across])
    outside = (entries["place"] != DISTRICT).to_numpy()
    keys = ["currency", *rows]
    by_district = any(name in DISTRICT_GROUPINGS for name in rows)
    if by_district and "place" not in rows:
        keys.insert(len(keys), "place")
    labels = entries[across]
    if across in DISTRICT_GROUPINGS:
        labels = labels.where(~outside, entries["place"])
    table = entries[[*dict.fromkeys([*keys, "amount_minor"])]].assign(_label=labels)
    for name in ("district", "poverty_class"):
        if name in rows:
            table[name] = table[name].where(~outside, "")
    sums = table.groupby([*keys, "_label"], sort=True)["amount_minor"].sum().unstack("_label").astype("Int64")
    sums = _with_all_areas(sums, ledger, keys, rows)
    columns = _in_order(list(sums.columns), ledger, across)
    sums = sums.reindex(columns=columns)
    table = _as_table(sums, ledger, keys, rows, across)
    return table.drop(columns=TOTAL) if several_across else table


def _with_all_areas(sums: pd.DataFrame, ledger: Ledger, keys: list[str], rows: list[str]) -> pd.DataFrame:
    """Add a row for each district, class and province without money, and sort the rows."""
    areas = [name for name in DISTRICT_GROUPINGS if name in rows]
    if areas:
        known = described_districts(ledger)[areas].drop_duplicates()
        others = [name for name in keys if name not in (*areas, "place")]
        groups = sums.index.to_frame(index=False)[others].drop_duplicates()
        full = groups.merge(known, how="cross").assign(place=DISTRICT)[keys]
        sums = sums.reindex(sums.index.union(pd.MultiIndex.from_frame(full), sort=False))
    # A value of the data that became a column can have the name of a key, so only the index is sorted.
    order = sums.index.to_frame(index=False).sort_values(keys, key=_order, kind="stable").index
    return sums.iloc[order]


def _order(column: pd.Series[Any]) -> pd.Series[Any]:
    if column.name == "period":
        return column.map(order_period)
    if column.name == "place":
        return column.map([DISTRICT, *BUCKETS].index)
    if column.name in DISTRICT_GROUPINGS:
        # Buckets have an empty name and come last.
        return column.map(lambda name: (name == "", name))
    return column


def _in_order(labels: list[Any], ledger: Ledger, across: str) -> list[Any]:
    if across in DISTRICT_GROUPINGS:
        areas = sorted(described_districts(ledger)[across].unique())
        return [*areas, *[bucket for bucket in BUCKETS if bucket in labels]]
    return sorted(labels, key=order_period) if across == "period" else sorted(labels)


def _as_table(
    sums: pd.DataFrame, ledger: Ledger, keys: list[str], rows: list[str], across: str
) -> pd.DataFrame:
    names = dict(zip(ledger.districts["district"], ledger.districts["name"], strict=True))
    table = sums.index.to_frame(index=False)
    digits = [minor_digits(currency) for currency in table["currency"]]

    def decimals(column: pd.Series[Any]) -> pd.Series[Any]:
        cells = [None if pd.isna(minor) else from_minor(int(minor), places)
                 for minor, places in zip(column, digits, strict=True)]  # fmt: skip
        return pd.Series(cells, dtype=object)

    heads = _heads(list(sums.columns), names if across == "district" else {}, [*keys, "name", TOTAL])
    columns = {head: decimals(sums[label]) for label, head in zip(sums.columns, heads, strict=True)}
    columns[TOTAL] = decimals(sums.sum(axis=1, skipna=True, min_count=0))
    order = [*rows, *[name for name in ("place",) if name in keys and name not in rows], "currency"]
    described = table[order]
    if "district" in rows:
        described.insert(rows.index("district") + 1, "name", described["district"].map(names).fillna(""))
    return pd.concat([described, pd.DataFrame(columns)], axis=1)


def _heads(labels: list[Any], names: dict[str, str], taken: list[str]) -> list[str]:
    """Return unique column headers; a district name that occurs twice gets its code too."""
    named = [str(names.get(label, label)) for label in labels]
    heads = []
    for label, name in zip(labels, named, strict=True):
        head = name if named.count(name) == 1 else f"{name} ({label})"
        heads.append(f"{head} " if head in taken else head or "not stated")
    return heads


def count_cells(table: pd.DataFrame) -> tuple[int, int]:
    """Return how many cells of a crosstab are 0, and how many have no recorded amount."""
    # Only the columns after the currency hold amounts; a value of the data can have the name of a grouping.
    cells = table.iloc[:, list(table.columns).index("currency") + 1 :].drop(columns=TOTAL, errors="ignore")
    missing = int(cells.isna().to_numpy().sum())
    return int((cells == 0).to_numpy().sum()), missing
