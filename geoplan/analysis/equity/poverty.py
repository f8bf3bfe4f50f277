"""Poverty of districts: the order of districts and of poverty classes, from the poorest to the least poor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoplan.analysis.equity.indices import Floats
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


@dataclass(frozen=True)
class Ranking:
    """Order of the districts by poverty.

    Parameters
    ----------
    rank : (d,) float
        Lowest for the poorest, equal for districts of equal poverty, missing where unknown.
    basis : str
        ``poverty rate``, ``poverty class`` (districts of a class are equal), or empty without an order.
    obstacle : str
        Why there is no order: ``unknown order`` (of the classes in ``detail``) or ``no poverty``; else empty.
    detail : str
    """

    rank: Floats
    basis: str = ""
    obstacle: str = ""
    detail: str = ""


def rank_by_poverty(districts: pd.DataFrame, *, class_order: Sequence[str] | None = None) -> Ranking:
    """Order districts from the poorest to the least poor.

    The order is by poverty rate if at least as many districts have one as have a class. Otherwise it is by
    class, and districts of a class are equal.

    Parameters
    ----------
    districts : DataFrame
        From `geoplan.ledger.district_figures.complete_figures`.
    class_order : sequence of str, optional
        Poverty classes, the poorest first: districts are then ranked by class.

    Returns
    -------
    Ranking

    Raises
    ------
    UsageError
        ``class_order`` does not have a class that occurs.
    """
    peopled = (districts["population"] > 0).to_numpy()
    rate = districts["poverty_rate"].to_numpy(dtype=float)
    # Rates computed from persons can differ in their last bits, which must not make a district poorer.
    rank = -np.round(rate, 9)
    stated = districts["poverty_class"].notna().to_numpy()
    if class_order is None and (np.isfinite(rate) & peopled).sum() >= max(1, (stated & peopled).sum()):
        return Ranking(rank, "poverty rate")
    degrees, unknown = _degrees(districts["poverty_class"], class_order)
    if unknown and np.isfinite(rate).any():
        return Ranking(rank, "poverty rate")
    nowhere = np.full(len(rate), np.nan)
    if unknown:
        return Ranking(
            nowhere, obstacle="unknown order", detail=", ".join(show_value(name) for name in unknown)
        )
    if not stated.any():
        return Ranking(nowhere, obstacle="no poverty")
    return Ranking(degrees, "poverty class")


def order_classes(districts: pd.DataFrame) -> tuple[list[str], bool]:
    """Order poverty classes from the least poor to the poorest, and return whether the order is known.

    The order is by mean poverty rate if each class has one, otherwise by the known names of classes. If
    neither is available, it is alphabetical and has no meaning.

    Parameters
    ----------
    districts : DataFrame
        From `geoplan.ledger.district_figures.complete_figures`.

    >>> classes = pd.DataFrame({"poverty_class": ["poor", "not poor"], "poverty_rate": [None, None]})
    >>> order_classes(classes)
    (['not poor', 'poor'], True)
    """
    stated = districts[districts["poverty_class"].notna()]
    names = sorted(str(name) for name in stated["poverty_class"].unique())
    rates = stated.astype({"poverty_rate": float}).groupby("poverty_class", observed=True)["poverty_rate"]
    mean = rates.mean()
    if len(mean) and mean.notna().all():
        return sorted(names, key=lambda name: (mean[name], name)), True
    degrees, unknown = _degrees(stated["poverty_class"], None)
    if unknown:
        return names, False
    degree = dict(zip(stated["poverty_class"], degrees, strict=True))
    return sorted(names, key=lambda name: (-degree[name], name)), True


def _degrees(classes: pd.Series[str], class_order: Sequence[str] | None) -> tuple[Floats, list[str]]:
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
