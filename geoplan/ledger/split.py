"""Split each amount over the locations of its project, then over the places each location is in.

How this works
--------------
Locations are sorted by project, and placements by location, so that the locations of a project and the
placements of a location are runs of rows. `_ranges` returns where each run starts and how long it is, and
`_expand` turns runs into one row per element. Both splits (`geoplan.model.money.split`) then work on whole
arrays with whole-number weights, and no amount goes through a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geoplan.model.money import SHARE_TOLERANCE, share_units, split

WHOLE, OWN_AMOUNT, OWN_SHARE, EVEN_SPLIT = range(4)
"""How an amount came to its location: the only one, named by the amount, by its share, or by an even split."""

_BLOCK = 1 << 17

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True)
class Parts:
    """Parts of amounts as parallel arrays of positions in the tables they come from.

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


def split_spending(spending: pd.DataFrame, locations: pd.DataFrame, placements: pd.DataFrame) -> Parts:
    """Split amounts over locations, then the part of each location over the places it is in.

    An amount that names its location goes there. Otherwise it is split by the shares of the project's
    locations, or evenly if they state none. Within a location it is split by the shares of the placements.
    Both steps use largest remainder, so that each location also gets a whole number of minor units.

    Parameters
    ----------
    spending : DataFrame
        Columns ``project, location, amount``.
    locations : DataFrame
        Columns ``project, location, share``, sorted by project, then location.
    placements : DataFrame
        From `geoplan.ledger.placement.place_locations` for these locations.

    Returns
    -------
    Parts
        The parts of each spending row add up to its amount.
    """
    targets = _Targets(locations, placements)
    codes, names = pd.factorize(spending["project"])
    project = np.append(targets.projects.get_indexer(np.asarray(names, dtype=object)), -1)[codes]
    # In blocks: while a block is being split it needs several times the memory of its result.
    blocks = [
        targets.split(spending.iloc[start : start + _BLOCK], project[start : start + _BLOCK], start)
        for start in range(0, len(spending), _BLOCK)
    ]
    if not blocks:
        return Parts(*(np.zeros(0, dtype=kind) for kind in (np.int32, np.int32, np.int32, np.int64, np.int8)))
    fields = ("spending_row", "location_row", "placement_row", "amount", "how")
    return Parts(*(np.concatenate([getattr(block, name) for block in blocks]) for name in fields))


@dataclass(frozen=True)
class _Targets:
    """Where money can go: locations by project, and placements by location."""

    locations: pd.DataFrame
    placements: pd.DataFrame

    @cached_property
    def projects(self) -> Any:
        return pd.Index(self.locations["project"].drop_duplicates())

    @cached_property
    def of_project(self) -> tuple[Array, Array]:
        """First location of each project and their number; the last element stands for no project."""
        return _ranges(self.projects.get_indexer(self.locations["project"]), len(self.projects))

    @cached_property
    def of_location(self) -> tuple[Array, Array]:
        """First placement of each location and their number."""
        return _ranges(self.placements["location_row"].to_numpy(), len(self.locations))

    @cached_property
    def own(self) -> Any:
        """Locations by project and identifier."""
        return pd.MultiIndex.from_frame(self.locations[["project", "location"]].astype(object))

    @cached_property
    def weights(self) -> tuple[Array, Array]:
        """Whole-number weights of locations within their project, and whether they are stated shares."""
        shares = self.locations["share"].to_numpy(dtype=np.float64)
        is_share = ~np.isnan(shares)
        weights = np.ones(len(shares) + 1, dtype=np.int64)
        group, names = pd.factorize(self.locations["project"].to_numpy()[is_share])
        given = shares[is_share]
        sums = np.bincount(group, given, minlength=len(names))[group]
        # Shares that add up to 1 only but for rounding, or are to be rescaled, are taken in proportion.
        given = np.where(np.abs(sums - 1) > SHARE_TOLERANCE, given / sums, given)
        weights[:-1][is_share] = share_units(given, group.astype(np.int64), len(names))
        return weights, np.append(is_share, False)

    def split(self, spending: pd.DataFrame, project: Array, offset: int) -> Parts:
        """Split the amounts of one block whose first row is row ``offset`` of the table."""
        amounts = spending["amount_minor"].to_numpy()
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
        """Return the position of the location that each amount names, -1 if it names none."""
        own = np.full(len(spending), -1)
        named = spending["location"].notna().to_numpy()
        if named.any():
            pairs = spending.loc[named, ["project", "location"]].astype(object)
            own[named] = self.own.get_indexer(pd.MultiIndex.from_frame(pairs))
        return own


def _ranges(group: Array, size: int) -> tuple[Array, Array]:
    """Return the first position and the size of each group in an ascending array; the last element is an empty group."""
    count = np.bincount(group, minlength=size)
    first = np.cumsum(count) - count
    return np.append(first, 0), np.append(count, 0)


def _expand(start: Array, count: Array) -> tuple[Array, Array]:
    """Turn ranges into rows: the index of the range, and each position it covers."""
    index = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return index, np.repeat(start - before, count) + np.arange(len(index))
