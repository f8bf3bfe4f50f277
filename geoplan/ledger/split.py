"""Allocation: an amount over the locations of its project, then over the places each location is in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geoplan.model.money import share_units, split

WHOLE, OWN_AMOUNT, OWN_SHARE, EVEN_SPLIT = range(4)
"""How an amount came to a location: as the only one, named by the amount, by its share, or evenly."""

_BLOCK = 1 << 17

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True)
class Parts:
    """Parts of amounts, as positions in the tables they come from: parallel arrays.

    Parameters
    ----------
    spending_row, location_row, placement_row : (n,) int32
        -1 where an amount has no location.
    amount : (n,) int64
        Minor units.
    how : (n,) int8
        `WHOLE`, `OWN_AMOUNT`, `OWN_SHARE` or `EVEN_SPLIT`.
    """

    spending_row: Array
    location_row: Array
    placement_row: Array
    amount: Array
    how: Array


def allocate(spending: pd.DataFrame, locations: pd.DataFrame, placements: pd.DataFrame) -> Parts:
    """Split amounts over locations, then each location's part over the places it is in.

    An amount that names its location goes there; else the project's shares count; else it is split
    evenly. Within a location the shares of its placements count. Largest remainder at both steps,
    so that what a location gets is a whole number of minor units too.

    Parameters
    ----------
    spending : DataFrame
        Columns ``project, location, amount``.
    locations : DataFrame
        Columns ``project, location, share``, ordered by project, then location.
    placements : DataFrame
        Of `geoplan.ledger.placement.place_locations` for these locations.

    Returns
    -------
    Parts
        Amounts that add up to those of each spending row.
    """
    sites = _Sites(locations, placements)
    project = sites.projects.get_indexer(spending["project"])
    # In blocks: what a block needs while it is split is several times what is kept of it.
    blocks = [
        sites.allocate(spending.iloc[start : start + _BLOCK], project[start : start + _BLOCK], start)
        for start in range(0, len(spending), _BLOCK)
    ]
    if not blocks:
        return Parts(*(np.zeros(0, dtype=kind) for kind in (np.int32, np.int32, np.int32, np.int64, np.int8)))
    names = ("spending_row", "location_row", "placement_row", "amount", "how")
    return Parts(*(np.concatenate([getattr(block, name) for block in blocks]) for name in names))


@dataclass(frozen=True)
class _Sites:
    """Locations by project and placements by location, ready to be given amounts."""

    locations: pd.DataFrame
    placements: pd.DataFrame

    @cached_property
    def projects(self) -> Any:
        return pd.Index(self.locations["project"].drop_duplicates())

    @cached_property
    def of_project(self) -> tuple[Array, Array]:
        """First location of each project, and how many it has; a last element stands for no project."""
        return _ranges(self.projects.get_indexer(self.locations["project"]), len(self.projects))

    @cached_property
    def of_location(self) -> tuple[Array, Array]:
        """First placement of each location, and how many it has."""
        return _ranges(self.placements["location_row"].to_numpy(), len(self.locations))

    @cached_property
    def own(self) -> Any:
        """Locations by project and identifier."""
        return pd.MultiIndex.from_frame(self.locations[["project", "location"]].astype(object))

    @cached_property
    def weights(self) -> tuple[Array, Array]:
        """Whole-number weights of locations within their project, and whether they are its own shares."""
        shares = self.locations["share"].to_numpy(dtype=np.float64)
        is_share = ~np.isnan(shares)
        weights = np.ones(len(shares) + 1, dtype=np.int64)
        group, names = pd.factorize(self.locations["project"].to_numpy()[is_share])
        weights[:-1][is_share] = share_units(shares[is_share], group.astype(np.int64), len(names))
        return weights, np.append(is_share, False)

    def allocate(self, spending: pd.DataFrame, project: Array, offset: int) -> Parts:
        """Split the amounts of one block, of these projects, whose first row is number ``offset`` of the table."""
        amounts = spending["amount"].to_numpy()
        own = self._own_locations(spending)
        first, count = self.of_project
        parts = np.where(own >= 0, 1, count[project])
        row, location = _expand(np.where(own >= 0, own, first[project]), parts)
        weights, is_share = self.weights
        at_location = split(amounts, row, np.where(own[row] >= 0, 1, weights[location]))
        how = np.where(is_share[location], OWN_SHARE, EVEN_SPLIT)
        how = np.where(own[row] >= 0, OWN_AMOUNT, np.where(parts[row] == 1, WHOLE, how))
        first, count = self.of_location
        part, placement = _expand(first[location], count[location])
        amount = split(at_location, part, self.placements["share"].to_numpy()[placement])
        nowhere = np.flatnonzero(parts == 0)
        none = np.full(len(nowhere), -1)
        return Parts(
            spending_row=np.append(row[part], nowhere).astype(np.int32) + np.int32(offset),
            location_row=np.append(location[part], none).astype(np.int32),
            placement_row=np.append(placement, none).astype(np.int32),
            amount=np.append(amount, amounts[nowhere]),
            how=np.append(how[part], np.full(len(nowhere), WHOLE)).astype(np.int8),
        )

    def _own_locations(self, spending: pd.DataFrame) -> Array:
        """Return the position of the location that each amount names; -1 where it names none."""
        own = np.full(len(spending), -1)
        named = spending["location"].notna().to_numpy()
        if named.any():
            pairs = spending.loc[named, ["project", "location"]].astype(object)
            own[named] = self.own.get_indexer(pd.MultiIndex.from_frame(pairs))
        return own


def _ranges(group: Array, size: int) -> tuple[Array, Array]:
    """Return first position and count of each group in an ascending array, and 0 and 0 for position -1."""
    count = np.bincount(group, minlength=size)
    first = np.cumsum(count) - count
    return np.append(first, 0), np.append(count, 0)


def _expand(start: Array, count: Array) -> tuple[Array, Array]:
    """Turn ranges into rows: for each, its index repeated, and the positions it covers."""
    index = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return index, np.repeat(start - before, count) + np.arange(len(index))
