"""Classes of a choropleth, those that the page opens with: quantiles above zero, at round numbers; their colours."""

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
    """Return the bounds between classes of as many values each, ascending, as the page's script does.

    Parameters
    ----------
    values : iterable of float
        Only finite ones above 0 count. Quantiles are of type 7 (Hyndman & Fan 1996).
    most : int
        Largest number of classes; few distinct values make fewer.

    Returns
    -------
    list of float
        One less than there are classes. Each is the roundest number that tells the same values apart,
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
