"""Poverty classes: which is poorer, by the poverty rate of their people or by the words of their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.model.errors import UsageError, show_value

_DEGREES = (
    ("poorest", "extremely poor", "extreme poor", "ultra poor"),
    ("very poor", "severely poor"),
    ("poor",),
    ("moderately poor",),
    ("less poor", "near poor", "vulnerable"),
    ("average", "medium"),
    ("not poor", "non poor", "nonpoor", "better off", "more developed", "developed"),
    ("rich", "richest"),
)
"""Names of poverty classes, the poorest first; names in one line are equal."""


def order_classes(districts: pd.DataFrame) -> tuple[list[str], bool]:
    """Order poverty classes from the least poor to the poorest, and return whether the order is known.

    The order is by poverty rate: poor persons ÷ people over the districts of the class that state both, so that a
    large district counts more than a small one. If a class has no such district, the order is by the known names of
    classes; without those, by the mean of the districts' rates. If none is available, it is alphabetical and has no
    meaning.

    Parameters
    ----------
    districts : DataFrame
        From `geoplan.ledger.district_figures.complete_figures`.

    >>> classes = pd.DataFrame({"poverty_class": ["poor", "not poor"], "poverty_rate": [None, None]})
    >>> order_classes(classes)
    (['not poor', 'poor'], True)
    """
    names = _names(districts)
    rates = rate_classes(districts)
    if names and rates.reindex(names).notna().all():
        return sorted(names, key=lambda name: (rates[name], name)), True
    stated = districts[districts["poverty_class"].notna()]
    degrees, unknown = rank_classes(stated["poverty_class"], None)
    if not unknown:
        degree = dict(zip(stated["poverty_class"], degrees, strict=True))
        return sorted(names, key=lambda name: (-degree[name], name)), True
    mean = stated["poverty_rate"].astype(float).groupby(stated["poverty_class"].astype(object)).mean()
    if mean.notna().all():
        return sorted(names, key=lambda name: (mean[name], name)), True
    return names, False


def rate_classes(districts: pd.DataFrame) -> pd.Series[float]:
    """Return the poverty rate of each class: poor persons ÷ people over its districts that state both."""
    needed = {"population", "poor", "poverty_class"}
    if not needed <= set(districts):
        return pd.Series(dtype=float)
    known = districts[districts["population"].gt(0) & districts["poor"].notna()]
    sums = known[["population", "poor"]].astype(float).groupby(known["poverty_class"].astype(object)).sum()
    return sums["poor"] / sums["population"]


def describe_contradiction(districts: pd.DataFrame) -> str:
    """Say how the poverty rates of classes contradict the words of their names; empty if they do not.

    Parameters
    ----------
    districts : DataFrame
        From `geoplan.ledger.district_figures.complete_figures`.
    """
    rates = rate_classes(districts)
    names = [name for name in _names(districts) if name in rates.index and pd.notna(rates[name])]
    degrees, unknown = rank_classes(pd.Series(names, dtype=object), None)
    if unknown:
        return ""
    pairs = [
        f"{show_value(one)} ({rates[one]:.1%}) and {show_value(other)} ({rates[other]:.1%})"
        for (one, first), (other, second) in combinations(sorted(zip(names, degrees, strict=True)), 2)
        if (first - second) * (rates[one] - rates[other]) > 0
    ]
    if not pairs:
        return ""
    return f"the poverty rates of classes contradict their names: {', '.join(pairs)}; the order follows the rates"


def _names(districts: pd.DataFrame) -> list[str]:
    return sorted(str(name) for name in districts["poverty_class"].dropna().unique())


def rank_classes(
    classes: pd.Series[str], class_order: Sequence[str] | None
) -> tuple[NDArray[np.float64], list[str]]:
    """Return the rank of each district's class, and the classes whose rank is unknown."""
    occurring = sorted({str(name) for name in classes.dropna()})
    if class_order is not None:
        lacking = [name for name in occurring if name not in class_order]
        if lacking:
            named = ", ".join(show_value(name) for name in lacking)
            raise UsageError(
                f"the order of poverty classes does not have {named}: name all classes, the poorest first"
            )
        known = {name: float(at) for at, name in enumerate(class_order)}
    else:
        known = {word: float(at) for at, words in enumerate(_DEGREES) for word in words}
        known = {name: known[_plain(name)] for name in occurring if _plain(name) in known}
    unknown = [name for name in occurring if name not in known]
    degrees = [known.get(name, np.nan) if isinstance(name, str) else np.nan for name in classes]
    return np.array(degrees, dtype=np.float64), unknown


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().casefold()
