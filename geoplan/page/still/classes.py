"""Classes of the vector picture: those that the page opens with."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from geoplan.exports.breaks import MOST_CLASSES, roundest_between


def quantile_breaks(values: Iterable[float], most: int = MOST_CLASSES) -> list[float]:
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

    >>> quantile_breaks([1, 1, 1, 1, 20, 300])
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
