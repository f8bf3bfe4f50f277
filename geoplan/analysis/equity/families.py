"""Families of measures: measures of the same figures, and their values in each reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geoplan.analysis.equity import indices
from geoplan.analysis.equity.allocations import (
    Spending,
    concentrate,
    level,
    place_in_extremes,
    tries_all,
)
from geoplan.analysis.equity.exclusions import Reasons, reason
from geoplan.analysis.equity.indices import Floats
from geoplan.analysis.equity.poverty import Ranking

READINGS = ("certain", "expected", "at most, low", "at most, high")
"""Only certain money; with coarse money spread; and the range over all places where it could be."""

MEASURES = (
    "gini",
    "theil",
    "theil_between",
    "theil_within",
    "mean_log_deviation",
    "hoover",
    "concentration_index",
    "coady_grosh_hoddinott",
    "dissimilarity",
)
"""Names of the measures, in the order of the output."""

Values: TypeAlias = dict[str, Floats]

_EXACT_LOW = {"gini", "theil", "mean_log_deviation", "hoover", "dissimilarity"}
_EXACT_HIGH = {*_EXACT_LOW, "theil_between"}
_BY_RANK = {"concentration_index", "coady_grosh_hoddinott"}
_OF_CURVE = ("curve_above", "curve_below", "curve_crossing")
"""Values of the concentration curve that the verdict needs, besides the measures."""
_NO_CLASS = "not stated"


@dataclass(frozen=True)
class Family:
    """Measures that leave out the same districts and have their extremes at the same allocations.

    ``lacking`` is what each district lacks (`geoplan.analysis.equity.exclusions.REASONS`), ``unclassed`` the
    number of districts without a poverty class. Obstacles are keys of the catalogue, with their ``detail``.
    """

    kind: str
    measures: tuple[str, ...]
    lacking: Reasons
    rank: Floats
    obstacle: str = ""
    class_obstacle: str = ""
    detail: str = ""
    unclassed: int = 0

    def compute(self, amounts: Floats, districts: pd.DataFrame, rank: Floats) -> Values:
        """Return the measures of ``(g, d)`` amounts."""
        return _COMPUTE[self.kind](amounts, districts, rank)

    def allocate(self, spending: Spending, rank: Floats) -> Iterator[Floats]:
        """Yield the allocations at which the measures have their extremes."""
        if self.kind == "poverty rank":
            yield from place_in_extremes(spending, rank)
            return
        column = "population" if self.kind == "population" else "poor"
        weights = spending.districts[column].to_numpy(dtype=float)
        yield level(spending, weights)
        yield from concentrate(spending, weights)


def families(spending: Spending, ranking: Ranking) -> list[Family]:
    """Return the families of measures, and what each district lacks for them."""
    districts = spending.districts
    population = districts["population"].to_numpy(dtype=float)
    poor = districts["poor"].to_numpy(dtype=float)
    peopled, ranked = population > 0, np.isfinite(ranking.rank)
    people = np.select([peopled, population == 0], [0, reason("population 0")], reason("population missing"))
    unranked = reason(f"no {ranking.basis or 'poverty figure'}")
    rank = np.where(peopled & ~ranked, unranked, people)
    poors = np.where(np.isfinite(poor), 0, reason("poor missing"))
    no_people = "" if peopled.any() else "no population"
    no_class = "" if districts["poverty_class"].notna().any() else "no class"
    unclassed = int(districts["poverty_class"].isna().sum())
    by_population, by_rank, by_poor = (lacking.astype(np.int8) for lacking in (people, rank, poors))
    return [
        Family("population", MEASURES[:6], by_population, ranking.rank, no_people, no_people or no_class, unclassed=unclassed),
        Family("poverty rank", (*MEASURES[6:8], *_OF_CURVE), by_rank, ranking.rank, no_people or ranking.obstacle, detail=ranking.detail),
        Family("poor persons", MEASURES[8:], by_poor, ranking.rank, "" if (poor > 0).any() else "no poor"),
    ]  # fmt: skip


def _of_population(amounts: Floats, districts: pd.DataFrame, _: Floats) -> Values:
    population = districts["population"].to_numpy(dtype=float)
    classes = districts["poverty_class"].fillna(_NO_CLASS)
    between, within = indices.decompose_theil(amounts, population, classes)
    theil = between + within
    if not districts["poverty_class"].notna().any():
        between, within = np.full_like(between, np.nan), np.full_like(within, np.nan)
    return {
        "gini": indices.gini(amounts, population),
        "theil": theil,
        "theil_between": between,
        "theil_within": within,
        "mean_log_deviation": indices.mean_log_deviation(amounts, population),
        "hoover": indices.hoover(amounts, population),
    }


def _of_rank(amounts: Floats, districts: pd.DataFrame, rank: Floats) -> Values:
    population = districts["population"].to_numpy(dtype=float)
    return {
        **dict(zip(_OF_CURVE, indices.curve_distances(amounts, population, rank), strict=True)),
        "concentration_index": indices.concentration_index(amounts, population, rank),
        "coady_grosh_hoddinott": indices.coady_grosh_hoddinott(amounts, population, rank),
    }


def _of_poor(amounts: Floats, districts: pd.DataFrame, _: Floats) -> Values:
    return {"dissimilarity": indices.dissimilarity(amounts, districts["poor"])}


_COMPUTE: dict[str, Callable[[Floats, pd.DataFrame, Floats], Values]] = {
    "population": _of_population,
    "poverty rank": _of_rank,
    "poor persons": _of_poor,
}


@dataclass(frozen=True)
class Found:
    """Values by measure and whether each is exact, both ``(g, readings)``, and coarse money by group."""

    values: Values
    exact: dict[str, Any]
    coarse: Floats


def measure_family(spending: Spending, family: Family, included: Any) -> Found:
    """Measure each group over the districts it includes; groups with the same districts go together."""
    shape = (len(spending.groups), len(READINGS))
    values = {name: np.full(shape, np.nan) for name in family.measures}
    exact = {name: np.ones(shape, dtype=bool) for name in family.measures}
    coarse = np.zeros(shape[0])
    if family.obstacle:
        return Found(values, exact, coarse)
    for groups, mask in _alike(included):
        part = spending.within(groups, mask)
        if not _measurable(part, family):
            continue
        coarse[groups] = part.pooled.sum(axis=1)
        for name, columns in _read(part, family, family.rank[mask]).items():
            values[name][groups] = columns
            # Without coarse money the range is one value; a missing value has no range.
            one_value = (coarse[groups] == 0) | np.isnan(columns).all(axis=1)
            is_high = name in _BY_RANK or (name in _EXACT_HIGH and tries_all(part))
            exact[name][groups, 2] = one_value | (name in _EXACT_LOW | _BY_RANK)
            exact[name][groups, 3] = one_value | is_high
    return Found(values, exact, coarse)


def _alike(included: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the groups that include the same districts, and these districts."""
    _, first, which = np.unique(np.packbits(included, axis=1), axis=0, return_index=True, return_inverse=True)
    for number, row in enumerate(first):
        yield which.ravel() == number, included[row]


def _measurable(part: Spending, family: Family) -> bool:
    if family.kind == "poor persons" and not part.districts["poor"].sum() > 0:
        return False
    return len(part.districts) > 1


def _read(part: Spending, family: Family, rank: Floats) -> Values:
    """Return each measure of each group in the four readings."""
    certain = family.compute(part.certain, part.districts, rank)
    expected = family.compute(part.expected, part.districts, rank)
    low, high = _range(
        (family.compute(amounts, part.districts, rank) for amounts in family.allocate(part, rank)),
        family.measures,
    )
    return {
        name: np.column_stack([certain[name], expected[name], low[name], high[name]])
        for name in family.measures
    }


def _range(computed: Iterable[Values], names: Sequence[str]) -> tuple[Values, Values]:
    """Return the lowest and the highest value of each measure over the allocations."""
    low: Values = {}
    high: Values = {}
    for values in computed:
        for name in names:
            low[name] = np.fmin(low.get(name, values[name]), values[name])
            high[name] = np.fmax(high.get(name, values[name]), values[name])
    return low, high
