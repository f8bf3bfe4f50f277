"""The ledger as columns of whole numbers, and the reconciliation, for the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.analysis.funder_names import name_funders
from geoplan.ledger.entries import Ledger
from geoplan.ledger.entry_rows import number_rules
from geoplan.ledger.summary import described_districts
from geoplan.model.choices import KINDS
from geoplan.model.money import from_minor, minor_digits
from geoplan.model.placement_rules import APPROXIMATE, has_rule, rule_parts
from geoplan.model.schema import BUCKETS, DISTRICT, SOURCE_FILE, SOURCE_ROW, STANDS_FOR

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

LARGEST_EXACT = 2**53 - 1
"""Largest whole number that JavaScript represents exactly."""


def ledger_columns(ledger: Ledger, locations: pd.DataFrame, projects: pd.DataFrame) -> dict[str, Any]:
    """Return the ledger as columns. Entries that differ only in their amount are added up.

    Parameters
    ----------
    ledger : Ledger
    locations, projects : DataFrame
        Tables whose row positions the columns refer to.

    Returns
    -------
    dict
        ``project, location`` (-1 for none), ``component, funder, kind, currency, rule`` as positions
        in the lists of the same plural name; ``input`` in ``inputs``, the file and rows that the amounts come from; ``year``; ``place`` as position among the districts,
        then the buckets; ``province`` of province-wide money (-1 if unknown, -2 if it has no district); ``amount`` in minor units.
        ``big`` is true if sums may exceed `LARGEST_EXACT`; amounts are then strings. ``funder_members`` has the
        members of joint funders (`list_members`).
    """
    entries = ledger.entries
    provinces = sorted(set(described_districts(ledger)["province"]))
    kinds = [kind for kind in KINDS if kind in set(entries["kind"])]
    coded = {name: entries[name].cat.remove_unused_categories() for name in ("component", "funder")}
    rule_numbers, rules = number_rules(entries["rule"], entries["carried_from"])
    keys = pd.DataFrame(
        {
            "project": _positions(entries["project"], projects["project"]),
            "location": _location_positions(entries, locations),
            "component": coded["component"].cat.codes.astype(np.int64),
            "funder": coded["funder"].cat.codes.astype(np.int64),
            "year": entries["year"].astype(np.int64),
            "kind": _positions(entries["kind"], kinds),
            "currency": _positions(entries["currency"], ledger.currencies),
            "place": _places(entries),
            "rule": rule_numbers,
            "province": _province_positions(entries, provinces),
            "amount_minor": entries["amount_minor"].astype(np.int64),
        }
    )
    names = [str(name) for name in keys if name != "amount_minor"]
    grouped = keys.groupby(names, sort=True, as_index=False)
    added_up = grouped["amount_minor"].sum()
    inputs, rows_of = _input_rows(entries, grouped.ngroup())
    big = bool(added_up["amount_minor"].abs().astype(float).sum() > LARGEST_EXACT / 2)
    return {
        "components": [str(name) for name in coded["component"].cat.categories],
        "funders": (funders := [str(name) for name in coded["funder"].cat.categories]),
        "funder_members": list_members(funders),
        # The script puts the district that money was carried from into words of its language.
        "rules": [rule_parts(rule, "{district}") for rule, _ in rules],
        "carried_from": [district for _, district in rules],
        "approximate": has_rule([rule for rule, _ in rules], APPROXIMATE).tolist(),
        "kinds": kinds,
        "provinces": provinces,
        "ranking": _component_ranking(keys),
        "rows": len(added_up),
        "big": big,
        **{name: pack(added_up[name]) for name in names},
        "inputs": inputs,
        "input": pack(rows_of),
        "amount": [str(amount) if big else int(amount) for amount in added_up["amount_minor"]],
    }


def list_members(names: Sequence[str]) -> dict[str, Any] | None:
    """Return the single funders or sectors of names that may have several (``A|B``).

    Returns
    -------
    dict or None
        ``names`` of the members, sorted; ``of``, for each of the given names the positions of its members, none if
        it names none. None if each name is its own only member.
    """
    found = [name_funders(name) for name in names]
    if all(members == [name] for name, members in zip(names, found, strict=True)):
        return None
    members = sorted({member for each in found for member in each})
    position = {name: at for at, name in enumerate(members)}
    return {"names": members, "of": [[position[member] for member in each] for each in found]}


def crowd_columns(ledger: Ledger, codes: Iterable[str]) -> dict[str, Any] | None:
    """Return the number of projects by key, for a page that shows hexagons instead of projects.

    Returns
    -------
    dict or None
        ``project`` (number of the crowd), ``component, funder, kind, currency, place, year`` as in
        `ledger_columns`, sorted by crowd; ``projects`` of each crowd, ``count`` of crowds; ``fine`` is true if
        they are separated by component, funder and year.
    """
    if ledger.crowds is None:
        return None
    crowds = ledger.crowds
    number, pairs = pd.factorize(pd.MultiIndex.from_frame(crowds[["crowd", "crowd_too"]]))
    first = np.unique(number, return_index=True)[1]
    kinds = [kind for kind in KINDS if kind in set(ledger.entries["kind"])]
    fine = bool((crowds["year"] != "").all())
    names = {
        name: ledger.entries[name].cat.remove_unused_categories().cat.categories
        for name in ("component", "funder")
    }
    place = crowds["district"].where(crowds["place"] == DISTRICT, crowds["place"])
    columns = {
        "project": pd.Series(number),
        **{name: pd.Series(_positions(crowds[name], known)) for name, known in names.items()},
        "year": crowds["year"].astype(np.int64) if fine else pd.Series(np.zeros(len(crowds))),
        "kind": pd.Series(_positions(crowds["kind"], kinds)),
        "currency": pd.Series(_positions(crowds["currency"], ledger.currencies)),
        "place": pd.Series(_positions(place, [*codes, *BUCKETS])),
    }
    return {
        "rows": len(crowds),
        "count": len(pairs),
        "fine": fine,
        "projects": pack(crowds["projects"].iloc[first]),
        **{name: pack(column) for name, column in columns.items()},
    }


_MOST_ROWS = 12
"""Input rows that the page names of one amount; it says how many more there are."""


def _input_rows(entries: pd.DataFrame, group: pd.Series[int]) -> tuple[list[list[list[Any]]], pd.Series[int]]:
    """Return the different inputs, each as files with rows and how many more, and which one each group of entries has."""
    files = entries[SOURCE_FILE].astype(object).to_numpy()
    found: dict[int, dict[str, set[int]]] = {}
    for at, file, row in zip(group.tolist(), files, entries[SOURCE_ROW].tolist(), strict=True):
        if file and row > 0:
            found.setdefault(int(at), {}).setdefault(str(file), set()).add(int(row))
    position: dict[tuple[Any, ...], int] = {}
    which = np.full(int(group.max()) + 1 if len(group) else 0, -1, dtype=np.int64)
    for at, by_file in found.items():
        key = tuple((file, tuple(sorted(rows))) for file, rows in sorted(by_file.items()))
        which[at] = position.setdefault(key, len(position))
    inputs = [
        [[file, list(rows[:_MOST_ROWS]), max(0, len(rows) - _MOST_ROWS)] for file, rows in key]
        for key in position
    ]
    return inputs, pd.Series(which)


def _positions(values: pd.Series[Any], names: Iterable[str]) -> Any:
    """Return the position of each value among names, or -1."""
    return pd.Index(list(names), dtype=object).get_indexer(pd.Index(values.astype(object), dtype=object))


def _provinces_of(entries: pd.DataFrame) -> pd.Series[Any]:
    """Return the province of each province-wide amount, and an empty string for the others."""
    if "province" not in entries:
        return pd.Series("", index=entries.index, dtype=object)
    return entries["province"].astype(object)


def _province_positions(entries: pd.DataFrame, provinces: list[str]) -> Any:
    """Return provinces as positions; money of a province without districts can be in none, so it is told apart."""
    given = _provinces_of(entries)
    found = _positions(given, provinces)
    return np.where((found < 0) & (given != "").to_numpy(), -2, found)


def _location_positions(entries: pd.DataFrame, locations: pd.DataFrame) -> Any:
    pairs = zip(locations["project"], locations["location"].fillna(""), strict=True)
    position: dict[Any, int] = {}
    for at, pair in enumerate(pairs):
        position.setdefault(pair, at)
    keys = zip(entries["project"].astype(object), entries["location"].astype(object), strict=True)
    return np.array([position.get(pair, -1) for pair in keys], dtype=np.int64)


def _places(entries: pd.DataFrame) -> Any:
    """Return places as numbers: districts in order of their codes, then the buckets."""
    districts = len(entries["district"].cat.categories)
    bucket = _positions(entries["place"], BUCKETS) + districts
    return np.where(
        entries["place"].astype(object) == DISTRICT, entries["district"].cat.codes.astype(np.int64), bucket
    )


def _component_ranking(keys: pd.DataFrame) -> list[int]:
    """Return components by number of projects, largest first. The first few get their own colour."""
    counts = keys.groupby("component", sort=True)["project"].nunique()
    return [int(code) for code in counts.sort_values(ascending=False, kind="stable").index]


def pack(values: pd.Series[Any]) -> list[int] | int | dict[str, list[int]]:
    """Return a column of whole numbers in its shortest form for the page.

    One number if all rows are equal; the differences from row to row if none is negative, because they
    repeat and compress well; else the numbers.
    """
    numbers = values.to_numpy(dtype=np.int64)
    if len(numbers) > 1 and (numbers == numbers[0]).all():
        return int(numbers[0])
    taken = np.diff(numbers, prepend=0)
    if len(numbers) > 1 and (taken[1:] >= 0).all():
        return {"steps": taken.tolist()}
    return list(numbers.tolist())


def count_rows(table: pd.DataFrame) -> int:
    """Count the rows of the input that a table represents."""
    return int(table[STANDS_FOR].sum()) if STANDS_FOR in table else len(table)


def reconciliation_rows(plan: Plan, ledger: Ledger) -> list[dict[str, Any]]:
    """Compare the amounts given with the ledger, by currency and kind.

    Returns
    -------
    list of dict
        ``currency``, ``kind``, ``count`` of amounts; ``given``, ``rounding``, ``districts``,
        ``elsewhere`` (all buckets) and ``difference`` as decimal text in currency units.
    """
    rows = []
    placed = (
        ledger.entries.groupby(["currency", "kind", "place"], observed=True)["amount_minor"].sum().to_dict()
    )
    for (currency, kind), given in plan.spending.groupby(["currency", "kind"], sort=True, observed=True):
        digits = minor_digits(str(currency))
        rounding = (
            sum((rest for rest in given["rounding"] if rest), Decimal(0))
            if "rounding" in given
            else Decimal(0)
        )
        total = from_minor(sum(int(amount) for amount in given["amount_minor"]), digits) + rounding
        inside = from_minor(int(placed.get((currency, kind, DISTRICT), 0)), digits)
        elsewhere = from_minor(
            sum(int(placed.get((currency, kind, bucket), 0)) for bucket in BUCKETS), digits
        )
        rows.append(
            {
                "currency": str(currency),
                "kind": str(kind),
                "count": count_rows(given),
                "given": f"{total:f}",
                "rounding": f"{rounding:f}" if rounding else "",
                "districts": f"{inside:f}",
                "elsewhere": f"{elsewhere:f}",
                "difference": f"{total - rounding - inside - elsewhere:f}",
            }
        )
    return rows
