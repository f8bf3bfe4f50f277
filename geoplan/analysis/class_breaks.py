"""Class breaks and colours of a choropleth, as the page opens: natural breaks or quantiles above zero at round numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

MOST_CLASSES = 5
FEW_DISTRICTS = 15
LEAST_GAP = 0.01

SEQUENTIAL = {
    1: ("#6baed6",),
    2: ("#9ecae1", "#2171b5"),
    3: ("#c6dbef", "#6baed6", "#2171b5"),
    4: ("#c6dbef", "#6baed6", "#2171b5", "#084594"),
    5: ("#c6dbef", "#9ecae1", "#6baed6", "#2171b5", "#084594"),
}
"""Colours by number of classes, from low to high, the same as the page's: ColorBrewer "Blues" (Brewer & Harrower)."""


def class_breaks(values: Iterable[float], most: int = MOST_CLASSES, method: str | None = None) -> list[float]:
    """Return the lower bounds of the classes above the lowest one, ascending, like the page's script.

    Parameters
    ----------
    values : iterable of float
        Only finite values above 0 are classed.
    most : int
        Maximum number of classes; few values that print differently give fewer classes.
    method : str, optional
        ``quantiles`` of type 7 (Hyndman & Fan 1996) or ``fisher`` (1958, natural breaks). By default natural breaks
        for fewer than 15 values, else quantiles.

    Returns
    -------
    list of float
        One fewer than the classes. Values that print alike are never in different classes: a bound between them
        moves to the nearest gap of 1 % or more, or to the widest one where values are dense. Each bound is the
        roundest number in its gap, and belongs to the class above it.

    >>> class_breaks([1, 1, 1, 1, 20, 300], method="quantiles")
    [20.0]
    """
    given = list(values)
    by = method or ("fisher" if len(given) < FEW_DISTRICTS else "quantiles")
    ordered = np.sort(np.array([value for value in given if math.isfinite(value) and value > 0], dtype=float))
    distinct = np.unique(ordered)
    printed = len({_three_digits(value) for value in distinct})
    classes = min(most, printed, max(1, math.floor(1.5 * math.sqrt(printed) + 0.5)))
    if classes < 2:
        return []
    tops = (
        _fisher_tops(ordered, classes)
        if by == "fisher"
        else np.quantile(ordered, np.arange(1, classes) / classes)
    )
    reach = max(1, len(distinct) // (2 * classes))
    nexts = np.unique(np.searchsorted(distinct, tops, side="right"))
    gaps = {_clear_gap(distinct, int(at), reach) for at in nexts if 0 < at < len(distinct)} - {0}
    return [roundest_between(distinct[at - 1], distinct[at]) for at in sorted(gaps)]


def _three_digits(value: float) -> str:
    return f"{value:.2e}"


def _clear_gap(distinct: NDArray[np.float64], wanted: int, reach: int) -> int:
    """Return the position above the gap nearest to the wanted one where a class can end, or 0."""

    def gap(at: int) -> float:
        return float((distinct[at] - distinct[at - 1]) / distinct[at])

    near = sorted(
        (at for at in range(wanted - reach, wanted + reach + 1) if 0 < at < len(distinct)),
        key=lambda at: (abs(at - wanted), -gap(at), at),
    )
    clear = next((at for at in near if gap(at) >= LEAST_GAP), 0)
    if clear or reach < 2:
        return clear
    visible = [at for at in near if _three_digits(distinct[at]) != _three_digits(distinct[at - 1])]
    return min(visible, key=lambda at: (-gap(at), at), default=0)


def _fisher_tops(ordered: NDArray[np.float64], classes: int) -> list[float]:
    """Return the highest values of all classes but the last; of equal solutions the one with the latest bounds.

    The sums are those of simple-statistics' `ckmeans` in the page's script, in the same order of operations.
    """
    count = len(ordered)
    shifted = ordered - ordered[count // 2]
    sums, squares = np.cumsum(shifted), np.cumsum(shifted * shifted)

    def cost(first: int, last: int) -> float:
        size = last - first + 1
        if first == 0:
            return max(0.0, float(squares[last] - sums[last] * sums[last] / size))
        mean = (sums[last] - sums[first - 1]) / size
        return max(0.0, float(squares[last] - squares[first - 1] - size * mean * mean))

    least = [cost(0, last) for last in range(count)]
    starts = []
    for number in range(1, classes):
        row, begun = [math.inf] * count, [0] * count
        for last in range(number, count):
            row[last], begun[last] = least[last - 1], last
            for first in range(last - 1, number - 1, -1):
                found = least[first - 1] + cost(first, last)
                if found < row[last]:
                    row[last], begun[last] = found, first
        least = row
        starts.append(begun)
    tops, last = [], count - 1
    for begun in reversed(starts):
        last = begun[last] - 1
        tops.append(float(ordered[last]))
    return tops[::-1]


def roundest_between(low: float, high: float) -> float:
    """Return the number with the fewest digits above ``low`` and up to ``high``.

    >>> roundest_between(1234, 2345)
    2000.0
    """
    for digits in range(1, 13):
        exponent = math.floor(math.log10(high)) - digits + 1
        step = 10.0**exponent
        rounded = float(f"{math.floor(high / step) * step:.{digits}g}")
        if low < rounded <= high:
            return rounded
    return high
