"""Class breaks and colours of a choropleth, as the page opens: quantiles above zero at round numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

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
    """Return the bounds between classes with equal numbers of values, ascending, like the page's script.

    Parameters
    ----------
    values : iterable of float
        Only finite values above 0 count. Quantiles are of type 7 (Hyndman & Fan 1996).
    most : int
        Maximum number of classes; few distinct values give fewer classes.

    Returns
    -------
    list of float
        One fewer than the classes. Each bound is the roundest number that separates the same values,
        and belongs to the class above it.

    >>> class_breaks([1, 1, 1, 1, 20, 300])
    [20.0]
    """
    positive = np.array([value for value in values if math.isfinite(value) and value > 0], dtype=float)
    distinct = np.unique(positive)
    classes = min(most, len(distinct), max(1, math.floor(1.5 * math.sqrt(len(distinct)) + 0.5)))
    if classes < 2:
        return []
    tops = np.quantile(positive, np.arange(1, classes) / classes)
    nexts = np.unique(np.searchsorted(distinct, tops, side="right"))
    return [roundest_between(distinct[at - 1], distinct[at]) for at in nexts if 0 < at < len(distinct)]


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
