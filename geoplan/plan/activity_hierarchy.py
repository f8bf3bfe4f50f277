"""Activity hierarchy: parent and child activities of IATI share places, and their money counts once.

How this works: publishers divide a project into a parent and children, and may give the places in one and the money
in the other, or the same money in both. A child without places takes those of its nearest ancestor with places.
If an activity and its descendants have the same kind of money, one level counts: by default the descendants, which
the standard asks publishers to use. The other level is left out and listed; what parents have more than their
children, in the same currency, stays with the parents.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.model.errors import list_first, show_value
from geoplan.model.money import format_minor, minor_digits, share_out
from geoplan.sources.faulty_rows import given_amounts, list_amounts, sum_at_stake


class Hierarchy:
    """Activities with their parents.

    Parameters
    ----------
    parents : mapping of str to set of str
        Identifiers of the parents of each activity. Cycles are ignored.
    known : collection of str
        Activities in the plan. A parent that is none of them, but for capital letters is one, is that one.
    """

    def __init__(self, parents: Mapping[str, frozenset[str]], known: Collection[str] = ()) -> None:
        self.known = frozenset(known)
        folded: dict[str, list[str]] = {}
        for project in known:
            folded.setdefault(project.casefold(), []).append(project)
        named = {one: self._named(one, folded) for child in parents for one in (child, *parents[child])}
        self.parents: dict[str, frozenset[str]] = {}
        for child, found in parents.items():
            own = named[child]
            self.parents[own] = self.parents.get(own, frozenset()) | {named[parent] for parent in found}
        self.ancestors = {child: self._climb(child) for child in self.parents}

    def _named(self, project: str, folded: Mapping[str, list[str]]) -> str:
        alike = folded.get(project.casefold(), ())
        return alike[0] if project not in self.known and len(alike) == 1 else project

    def _climb(self, child: str) -> list[str]:
        """Return the ancestors of an activity, nearest first; none if it is its own ancestor."""
        found: dict[str, None] = {}
        level = sorted(self.parents.get(child, ()))
        while level:
            found |= dict.fromkeys(level)
            above = {parent for one in level for parent in self.parents.get(one, ())}
            level = sorted(above - found.keys())
        return [] if child in found else list(found)

    def doubts(self, locations: pd.DataFrame, spending: pd.DataFrame) -> list[str]:
        """Report activities in a circle of parents, and those without places whose parents no source has."""
        circular = sorted(
            child for child, found in self.ancestors.items() if not found and self.parents[child]
        )
        at_home = self.known - set(locations["project"])
        lost = {
            child: absent
            for child in sorted(at_home & self.parents.keys())
            if (absent := self.parents[child] - self.known)
            and not self.known.intersection(self.ancestors[child])
        }
        said = []
        if circular:
            stake = sum_at_stake(spending, circular)
            said.append(
                f"{_listed(circular)} in a circle of parents, which is not used; all of their money counts{stake}"
            )
        if lost:
            named = list_first(map(show_value, sorted(frozenset().union(*lost.values()))))
            stake = sum_at_stake(spending, [*lost])
            said.append(
                f"{_listed([*lost])} without places, with parents that no source has ({named}){stake}"
            )
        return said

    def inherit_places(
        self, locations: pd.DataFrame, children: Sequence[str]
    ) -> tuple[pd.DataFrame, list[str]]:
        """Give activities without places those of their nearest ancestor.

        Parameters
        ----------
        locations : DataFrame
        children : sequence of str
            Activities in the plan.

        Returns
        -------
        DataFrame, and list of str
            The locations, and the activities that took the places of an ancestor.
        """
        has_places = set(locations["project"])
        nearest = {
            child: next((one for one in self.ancestors[child] if one in has_places), None)
            for child in children
            if child in self.ancestors and child not in has_places
        }
        taken = {child: ancestor for child, ancestor in nearest.items() if ancestor is not None}
        if not taken:
            return locations, []
        rows = locations.groupby(locations["project"].astype(object), sort=False).indices
        copies = [
            locations.iloc[rows[ancestor]].assign(project=child) for child, ancestor in sorted(taken.items())
        ]
        return pd.concat([locations, *copies], ignore_index=True), sorted(taken)

    def count_once(self, spending: pd.DataFrame, keep: str) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
        """Leave out the money of one level where an activity and its descendants have the same kind.

        What a parent has more than its children, in the same currency, stays with the parent.

        Parameters
        ----------
        spending : DataFrame
        keep : str
            ``children`` or ``parents``.

        Returns
        -------
        DataFrame, DataFrame and list of str
            The spending that counts, the amounts that are left out (columns `LEFT_OUT`), and remarks.
        """
        pairs = spending[["project", "kind"]].astype(object)
        has = set(zip(pairs["project"], pairs["kind"], strict=True))
        doubled = {
            (ancestor, kind) if keep == "children" else (child, kind)
            for child, kind in has
            for ancestor in self.ancestors.get(child, ())
            if (ancestor, kind) in has
        }
        gone = np.array(
            [pair in doubled for pair in zip(pairs["project"], pairs["kind"], strict=True)], dtype=bool
        )
        remarks = describe_counted_once(sorted({project for project, _ in doubled}), keep)
        parts = np.where(gone, 0, spending["amount_minor"])
        if keep == "children" and doubled:
            levels = Levels(self, spending, has)
            for pair in sorted(doubled):
                levels.keep_rest(pair, parts)
            remarks += levels.remarks()
        level = "child" if keep == "children" else "parent"
        left_out = _left_out(
            spending[gone], parts[gone], f"the same kind of money is in {level} activities, which count"
        )
        kept = spending.assign(amount_minor=parts.astype(np.int64))[~gone | (parts != 0)]
        return kept.reset_index(drop=True), left_out, remarks


def _left_out(rows: pd.DataFrame, kept: NDArray[np.int64], reason: str) -> pd.DataFrame:
    # What was rounded away goes with what stays, if anything does.
    rounding = rows["rounding"].where(kept == 0, Decimal(0))
    rest = rows.assign(amount_minor=rows["amount_minor"] - kept, rounding=rounding)
    rest = rest[(rest["amount_minor"] != 0) | (kept == 0)]
    return list_amounts(rest, given_amounts(rest), [reason] * len(rest))


class Levels:
    """Money of parents beside that of their children, of one kind, by currency and year in minor units."""

    def __init__(self, hierarchy: Hierarchy, spending: pd.DataFrame, has: set[tuple[str, str]]) -> None:
        self.children: dict[str, list[str]] = {}
        for child, parents in sorted(hierarchy.parents.items()):
            for parent in parents if hierarchy.ancestors[child] else ():
                self.children.setdefault(parent, []).append(child)
        self.has = has
        keys = [spending[name].astype(object) for name in ("project", "kind", "currency")]
        self.rows: dict[Any, Any] = dict(spending.groupby([*keys, spending["year"]], sort=True).indices)
        self.amounts = spending["amount_minor"].to_numpy()
        self.own: dict[tuple[str, str], dict[tuple[str, int], int]] = {}
        for (project, kind, currency, year), rows in self.rows.items():
            self.own.setdefault((project, kind), {})[currency, year] = int(self.amounts[rows].sum())
        self.counted: dict[tuple[str, str], dict[tuple[str, int], int]] = {}
        self.more: list[str] = []
        self.less: list[str] = []
        self.other: list[str] = []

    def _below(self, pair: tuple[str, str]) -> dict[tuple[str, int], int]:
        """Return the money that counts in the nearest descendants that have this kind."""
        project, kind = pair
        found: dict[str, None] = {}
        level = list(self.children.get(project, ()))
        while level:
            child = level.pop()
            if (child, kind) in self.has:
                found[child] = None
            else:
                level += self.children.get(child, ())
        sums: dict[tuple[str, int], int] = {}
        for child in found:
            for key, amount in self._counted((child, kind)).items():
                sums[key] = sums.get(key, 0) + amount
        return sums

    def _counted(self, pair: tuple[str, str]) -> dict[tuple[str, int], int]:
        """Return the money that counts in an activity and below it."""
        if pair not in self.counted:
            below = self._below(pair)
            rest = find_rest(self.own[pair], below) if below else self.own[pair]
            self.counted[pair] = {key: below.get(key, 0) + rest.get(key, 0) for key in {*below, *rest}}
        return self.counted[pair]

    def keep_rest(self, pair: tuple[str, str], parts: NDArray[np.int64]) -> None:
        """Write what a parent keeps into the parts of its rows, and take down how it differs from its children."""
        own, below = self.own[pair], self._below(pair)
        for (currency, year), rest in find_rest(own, below).items():
            rows = self.rows[(*pair, currency, year)]
            parts[rows] = share_out(rest, self.amounts[rows].tolist())
        self._take_down(pair, own, below)

    def _take_down(
        self, pair: tuple[str, str], own: Mapping[tuple[str, int], int], below: Mapping[tuple[str, int], int]
    ) -> None:
        ours, theirs = _by_currency(own), _by_currency(below)
        project, kind = pair
        for currency in sorted({*ours, *theirs}):
            difference = ours.get(currency, 0) - theirs.get(currency, 0)
            if ours.keys() != theirs.keys():
                self.other.append(
                    f"{show_value(project)} ({kind} in {' and '.join(sorted(ours))}, not {' and '.join(sorted(theirs))})"
                )
                return
            shown = f"{currency} {format_minor(abs(difference), minor_digits(currency))} of {kind}"
            if difference > 0 and ours[currency] > 0:
                self.more.append(f"{show_value(project)} ({shown})")
            elif difference < 0:
                self.less.append(f"{show_value(project)} ({shown})")

    def remarks(self) -> list[str]:
        """Say where parents and children differ, and what follows from it."""
        said = [
            (self.more, "have more than their children: the rest stays with them"),
            (self.less, "have less than their children, which count"),
            (
                self.other,
                "have another currency than their children and cannot be compared: the children count",
            ),
        ]
        return [f"activities that {words}: {list_first(listed)}" for listed, words in said if listed]


def find_rest(
    own: Mapping[tuple[str, int], int], below: Mapping[tuple[str, int], int]
) -> dict[tuple[str, int], int]:
    """Return what a parent has more than its children, by currency and year.

    Parameters
    ----------
    own, below : mapping of (currency, year) to int
        Minor units.

    Returns
    -------
    dict of (currency, year) to int
        Above 0. In each currency it adds up to what the parent has more in all years: where the children have more in
        one year, the rest of the other years is less by it. Empty if their currencies differ.

    >>> find_rest({("EUR", 2014): 50, ("EUR", 2015): 50}, {("EUR", 2014): 60, ("EUR", 2015): 10})
    {('EUR', 2015): 30}
    """
    ours, theirs = _by_currency(own), _by_currency(below)
    if ours.keys() != theirs.keys():
        return {}
    rest: dict[tuple[str, int], int] = {}
    for currency, total in ours.items():
        years = {
            key: min(amount - below.get(key, 0), amount) for key, amount in own.items() if key[0] == currency
        }
        years = {key: amount for key, amount in years.items() if amount > 0}
        stays = min(total - theirs[currency], sum(years.values()))
        if stays > 0:
            kept = share_out(stays, [*years.values()])
            rest |= {key: amount for key, amount in zip(years, kept, strict=True) if amount}
    return rest


def _by_currency(amounts: Mapping[tuple[str, int], int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (currency, _), amount in amounts.items():
        sums[currency] = sums.get(currency, 0) + amount
    return sums


def describe_inherited(spending: pd.DataFrame, children: Sequence[str]) -> list[str]:
    """Report the activities that took the places of their parent, with their money."""
    if not children:
        return []
    at_stake = sum_at_stake(spending, children)
    return [f"{_listed(children)} without places took those of their parent{at_stake}"]


def describe_counted_once(projects: Sequence[str], keep: str) -> list[str]:
    """Report the activities whose money is left out."""
    if not projects:
        return []
    other = "parents" if keep == "children" else "children"
    return [
        f"{_listed(projects)}: the same kind of money is in their {keep}, which count; if it is other money, set "
        f'hierarchy = "both" for the source ("{other}" counts the other level)'
    ]


def _listed(projects: Sequence[str]) -> str:
    shown = list_first(map(show_value, projects))
    return f"{len(projects):,} {'activity' if len(projects) == 1 else 'activities'} ({shown})"
