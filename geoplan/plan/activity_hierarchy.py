"""Activity hierarchy: parent and child activities of IATI share places, and their money counts once.

How this works: publishers divide a project into a parent and children, and may give the places in one and the money
in the other, or the same money in both. A child without places takes those of its nearest ancestor with places.
If an activity and its descendants have the same kind of money, one level counts: by default the descendants, which
the standard asks publishers to use. The other level is left out and listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from geoplan.model.errors import list_first, show_value
from geoplan.sources.faulty_rows import given_amounts, list_amounts, sum_at_stake


class Hierarchy:
    """Activities with their parents.

    Parameters
    ----------
    parents : mapping of str to set of str
        Identifiers of the parents of each activity. Cycles are ignored.
    """

    def __init__(self, parents: Mapping[str, frozenset[str]]) -> None:
        self.parents = parents
        self.ancestors = {child: self._climb(child) for child in parents}

    def _climb(self, child: str) -> list[str]:
        """Return the ancestors of an activity, nearest first; none if it is its own ancestor."""
        found: dict[str, None] = {}
        level = sorted(self.parents.get(child, ()))
        while level:
            found |= dict.fromkeys(level)
            above = {parent for one in level for parent in self.parents.get(one, ())}
            level = sorted(above - found.keys())
        return [] if child in found else list(found)

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

        Parameters
        ----------
        spending : DataFrame
        keep : str
            ``children`` or ``parents``.

        Returns
        -------
        DataFrame, DataFrame and list of str
            The spending that counts, the amounts that are left out (columns `LEFT_OUT`), and their activities.
        """
        pairs = spending[["project", "kind"]].astype(object)
        has = set(zip(pairs["project"], pairs["kind"], strict=True))
        doubled = {
            (ancestor, kind) if keep == "children" else (child, kind)
            for child, kind in has
            for ancestor in self.ancestors.get(child, ())
            if (ancestor, kind) in has
        }
        gone = [pair in doubled for pair in zip(pairs["project"], pairs["kind"], strict=True)]
        rows = spending[gone]
        level = "child" if keep == "children" else "parent"
        reason = f"the same kind of money is in {level} activities, which count"
        left_out = list_amounts(rows, given_amounts(rows), [reason] * len(rows))
        kept = spending[[not one for one in gone]].reset_index(drop=True)
        return kept, left_out, sorted({project for project, _ in doubled})


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
