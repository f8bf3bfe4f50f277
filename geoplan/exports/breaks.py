"""Classes of a choropleth: breaks at quantiles over the distinct values above zero, at round numbers; their colours."""

from __future__ import annotations

import math
from collections.abc import Iterable

MOST_CLASSES = 5

SEQUENTIAL = {
    1: ("#6baed6",),
    2: ("#9ecae1", "#2171b5"),
    3: ("#c6dbef", "#6baed6", "#2171b5"),
    4: ("#c6dbef", "#6baed6", "#2171b5", "#084594"),
    5: ("#c6dbef", "#9ecae1", "#6baed6", "#2171b5", "#084594"),
}
"""Colours by number of classes, from low to high, the same as the page's: ColorBrewer "Blues" (Brewer & Harrower)."""


def class_breaks(values: Iterable[float], most: int = MOST_CLASSES) -> list[float]:
    """Return the bounds between classes of nearly equal number, ascending.

    Parameters
    ----------
    values : iterable of float
        Only finite ones above 0 count, each once, so that many equal values make no empty class.
    most : int
        Largest number of classes; few distinct values make fewer.

    Returns
    -------
    list of float
        One less than there are classes. Each is the roundest number that tells the same values apart,
        and belongs to the class above it.

    >>> class_breaks([1234, 2345, 3456, 45678])
    [2000.0, 40000.0]
    """
    distinct = sorted({float(value) for value in values if math.isfinite(value) and value > 0})
    classes = min(most, len(distinct), max(1, math.floor(1.5 * math.sqrt(len(distinct)) + 0.5)))
    firsts = [math.floor(at * len(distinct) / classes + 0.5) for at in range(1, classes)]
    return [roundest_between(distinct[first - 1], distinct[first]) for first in firsts]


def roundest_between(low: float, high: float) -> float:
    """Return the number with the fewest digits that is above ``low`` and at most ``high``.

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
