"""Apportionment: an amount split in proportion to weights, within bounds, to the last unit.

How this works
--------------
All arithmetic is in whole numbers: the result is exact and does not depend on the order of the parts.

Each part gets rate · weight, or its bound if that is outside the bounds. The sum of the parts grows with the rate,
so there is one rate at which they add up to the amount. `_active_sets` finds by bisection which parts have a bound
that applies at that rate, and the others share the rest by largest remainder.

`cross` fills a table whose rows and columns are given: it rounds each column by largest remainder and then moves
single units within columns until the rows add up too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from geoplan.model.money import share_out

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Apportionment:
    """An amount split over parts.

    Parameters
    ----------
    amounts : list of int
    bound : list of str
        ``minimum`` or ``maximum`` if the bound applies to a part, otherwise empty.
    rate : Fraction
        Units of the amount per unit of weight, for the parts without a bound that applies; 0 without such parts.
    """

    amounts: list[int]
    bound: list[str]
    rate: Fraction


def apportion(
    amount: int,
    weights: Sequence[int],
    lowest: Sequence[int],
    highest: Sequence[int | None],
) -> Apportionment | None:
    """Split an amount in proportion to weights, each part within its bounds, by largest remainder.

    Each part is the rate times its weight, or its bound if that is outside the bounds. There is one rate with
    which the parts add up. The units left after rounding down go to the largest remainders among the parts
    without a bound that applies; equal remainders go to the earlier part.

    Parameters
    ----------
    amount : int
        Minor units, 0 or more.
    weights : (n,) int
        0 or more, of any size.
    lowest : (n,) int
    highest : (n,) int or None
        None for no upper bound.

    Returns
    -------
    Apportionment or None
        None if no split within the bounds gives out the whole amount. A part without weight gets its lowest.

    Notes
    -----
    Σ clip(rate · weight, lowest, highest) grows with the rate, by straight pieces between the rates at
    which a part meets a bound: the active sets. The piece in which it reaches the amount is found by
    bisection, and there the rate is one division.

    >>> apportion(100, [1, 1, 2], [0, 30, 0], [None, None, None]).amounts
    [23, 30, 47]
    """
    if sum(lowest) > amount or not _reachable(amount, weights, lowest, highest):
        return None
    below, above = _active_sets(amount, weights, lowest, highest)
    amounts = [
        low if at in below else int(high) if at in above and high is not None else 0
        for at, (low, high) in enumerate(zip(lowest, highest, strict=True))
    ]
    free = [at for at in range(len(weights)) if at not in below and at not in above]
    rest = amount - sum(amounts)
    total = sum(weights[at] for at in free)
    if free:
        for at, part in zip(free, share_out(rest, [weights[at] for at in free]), strict=True):
            amounts[at] = part
    bound = [
        "minimum" if at in below and lowest[at] else "maximum" if at in above else ""
        for at in range(len(weights))
    ]
    return Apportionment(amounts, bound, Fraction(rest, total) if free else Fraction(0))


def _reachable(
    amount: int, weights: Sequence[int], lowest: Sequence[int], highest: Sequence[int | None]
) -> bool:
    most = 0
    for weight, low, high in zip(weights, lowest, highest, strict=True):
        if high is not None and high < low:
            return False
        if weight and high is None:
            return True
        most += int(high) if weight and high is not None else low
    return most >= amount


def _active_sets(
    amount: int, weights: Sequence[int], lowest: Sequence[int], highest: Sequence[int | None]
) -> tuple[set[int], set[int]]:
    """Return the parts at their lowest and the parts at their highest bound, at the rate that gives the amount."""
    # Two different rates differ by at least 1 / (largest weight)²: with this many bits, whole numbers order them exactly.
    bits = 2 * max(weights, default=1).bit_length() + 1
    reached = [
        [
            -1 if not weight or not bound else (bound << bits) // weight
            for weight, bound in zip(weights, bounds, strict=True)
        ]
        for bounds in (lowest, [-1 if high is None else high for high in highest])
    ]
    rates = {
        key: (bound, weight)
        for keys, bounds in zip(reached, (lowest, highest), strict=True)
        for key, bound, weight in zip(keys, bounds, weights, strict=True)
        if key >= 0 and bound is not None
    }
    meets = sorted(rates)

    def reaches(key: int) -> bool:
        """Tell whether at this rate the parts add up to the amount, or more."""
        over, under = rates[key]
        fixed, shared = 0, 0
        for weight, low, high, at_low, at_high in zip(weights, lowest, highest, *reached, strict=True):
            if not weight or key <= at_low:
                fixed += low
            elif high is not None and key >= at_high:
                fixed += high
            else:
                shared += weight
        return fixed * under + shared * over >= amount * under

    first, last = 0, len(meets)
    while first < last:
        middle = (first + last) // 2
        if reaches(meets[middle]):
            last = middle
        else:
            first = middle + 1
    # The amount is reached between the rate before and this one, and no part meets a bound in between.
    before = meets[first - 1] if first else -1
    after = meets[first] if first < len(meets) else None
    below, above = set(), set()
    for at, (weight, low, high) in enumerate(zip(weights, lowest, highest, strict=True)):
        if not weight or (low and after is not None and reached[0][at] >= after):
            below.add(at)
        elif high is not None and (high == 0 or reached[1][at] <= before):
            above.add(at)
    return below, above


def cross(rows: Sequence[int], columns: Sequence[int]) -> Whole:
    """Split the amounts of rows over columns so that both add up, with each cell close to its proportion.

    Parameters
    ----------
    rows : (r,) int
        Amounts of the rows, 0 or more.
    columns : (c,) int
        Amounts of the columns, with the same sum.

    Returns
    -------
    (r, c) int64
        Not negative. Columns are split by largest remainder. Then single units move within a column from rows
        with too much to rows with too little, first from cells rounded up to cells rounded down.

    >>> cross([50, 50], [33, 67]).tolist()
    [[16, 34], [17, 33]]
    """
    total = sum(rows)
    cells = np.zeros((len(rows), len(columns)), dtype=np.int64)
    error = np.zeros(cells.shape)
    if total == 0:
        return cells
    for column, amount in enumerate(columns):
        quota = [divmod(amount * row, total) for row in rows]
        remainders = np.array([rest / total for _, rest in quota])
        cells[:, column] = [whole for whole, _ in quota]
        left = amount - int(cells[:, column].sum())
        order = np.array(sorted(range(len(rows)), key=lambda at: (-quota[at][1], at)), dtype=int)
        cells[order[:left], column] += 1
        error[:, column] = -remainders
        error[order[:left], column] += 1
    excess = cells.sum(axis=1) - np.array(rows, dtype=np.int64)
    for strict in (True, False):
        for column in range(len(columns)):
            _settle(cells, error, excess, column, strict=strict)
    return cells


def _settle(
    cells: Whole, error: npt.NDArray[np.float64], excess: Whole, column: int, *, strict: bool
) -> None:
    """Move single units within a column from rows with too much to rows with too little, in place."""
    while True:
        off = error[:, column]
        givers = np.flatnonzero((excess > 0) & (cells[:, column] > 0) & (off > 0))
        takers = np.flatnonzero((excess < 0) & ((off < 0) | (not strict)))
        count = min(len(givers), len(takers))
        if count == 0:
            return
        givers = givers[np.lexsort((givers, -off[givers]))][:count]
        takers = takers[np.lexsort((takers, off[takers]))][:count]
        for at, step in ((givers, -1), (takers, 1)):
            cells[at, column] += step
            error[at, column] += step
            excess[at] += step
