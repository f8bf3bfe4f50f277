"""Sturdiness of an index: how far the order of the districts depends on weights and method.

How this works: the rule of the plan is one choice among several that could be defended. Each draw varies the weights
by up to a quarter, and takes one of the ways to normalize and to combine the indicators at random. The spread of the
ranks over many draws shows which districts are needy under all choices, and which only under some.

Source: OECD and JRC (2008), Handbook on Constructing Composite Indicators, step 7, uncertainty and sensitivity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.model.choices import DRAWS, SEED
from geoplan.model.errors import UsageError
from geoplan.plan.classification_rules import AGGREGATIONS, NORMALIZATIONS, ClassificationRule, NeedClass
from geoplan.plan.need_scores import (
    classify_districts,
    combine_indicators,
    cut_scores,
    indicator_table,
    normalize_indicators,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHT_CHANGE = 0.25
"""Largest relative change of a weight."""

FLOOR = 0.01
"""Least normalized value of a geometric mean, for a rule that states none."""

_LOW, _HIGH = 5, 95


@dataclass(frozen=True)
class Sturdiness:
    """How far an index depends on its weights and method.

    Parameters
    ----------
    districts : DataFrame
        ``district, score, rank, poverty_class``; ``median_rank``, ``rank_low`` and ``rank_high`` (5th and 95th
        percentile of the ranks); ``in_class``, the share of draws in which the district is in its class.
    indicators : DataFrame
        ``indicator, needier, weight``; ``effective_weight``, the share of the variance of the scores that comes from
        the indicator; ``least_needy`` and ``neediest``, the districts at both ends.
    variants : tuple of str
        Ways to normalize and combine that were drawn.
    draws, seed : int
    """

    districts: pd.DataFrame
    indicators: pd.DataFrame
    variants: tuple[str, ...]
    draws: int
    seed: int


def vary_weights(
    profile: pd.DataFrame, rule: ClassificationRule, *, draws: int = DRAWS, seed: int = SEED
) -> Sturdiness:
    """Vary the weights and the method of an index, and compare the ranks of the districts.

    Parameters
    ----------
    profile : DataFrame
        ``district, year`` and the indicators of the rule.
    rule : ClassificationRule
        With method ``index``.
    draws : int
        Number of draws, at least 1.
    seed : int
        The same seed gives the same draws; the global random state stays as it is.

    Raises
    ------
    InputError
        The rule, or one of the variants, cannot be used with these figures.
    UsageError
        The rule has no weights, or ``draws`` is below 1.
    """
    if rule.method != "index":
        raise UsageError(f"a rule by {rule.method} has no weights to vary: use a rule with method = 'index'")
    if draws < 1:
        raise UsageError("draws must be 1 or more")
    classified = classify_districts(profile, rule)
    table = indicator_table(profile, rule)
    variants = _variants(rule)
    scales = [normalize_indicators(table, variant) for variant in variants]
    random = np.random.default_rng(seed)
    counted = _counted(classified, rule)
    ranks = np.empty((draws, len(table)))
    classes = np.empty((draws, len(table)), dtype=object)
    for at in range(draws):
        weights = rule.weights * random.uniform(1 - WEIGHT_CHANGE, 1 + WEIGHT_CHANGE, len(rule.indicators))
        chosen = int(random.integers(len(variants)))
        score = np.round(combine_indicators(scales[chosen], variants[chosen], weights / weights.sum()), 9)
        ranks[at] = pd.Series(score).rank(ascending=False, method="min")
        classes[at] = cut_scores(score, counted)
    scored = classified["score"].notna().to_numpy()
    spread = np.full((3, len(table)), np.nan)
    spread[:, scored] = np.percentile(ranks[:, scored], [50, _LOW, _HIGH], axis=0)
    own = classified["poverty_class"].to_numpy()
    districts = classified[["district", "score", "rank", "poverty_class"]].assign(
        median_rank=spread[0], rank_low=spread[1], rank_high=spread[2],
        in_class=np.where(scored, (classes == own).mean(axis=0), np.nan),
    )  # fmt: skip
    names = tuple(f"{variant.normalization}, {variant.aggregation} mean" for variant in variants)
    return Sturdiness(districts, describe_indicators(profile, rule), names, draws, seed)


def describe_indicators(profile: pd.DataFrame, rule: ClassificationRule) -> pd.DataFrame:
    """Return the direction, weight and ends of each indicator, so that a wrong direction is seen.

    Returns
    -------
    DataFrame
        ``indicator, needier, weight, effective_weight, least_needy, least_needy_figure, neediest,
        neediest_figure``. Effective weights add up to 1; they are missing where the scores are all equal, and for
        rules by thresholds.
    """
    table = indicator_table(profile, rule)
    rows = []
    for one in rule.indicators:
        known = table[table[one.name].notna()].sort_values(one.name, kind="stable")
        ends = known.iloc[[0, -1]] if one.needier == "high" else known.iloc[[-1, 0]]
        rows.append(
            {
                "indicator": one.name,
                "needier": one.needier,
                "weight": one.weight,
                "effective_weight": np.nan,
                "least_needy": ends["district"].iloc[0],
                "least_needy_figure": float(ends[one.name].iloc[0]),
                "neediest": ends["district"].iloc[1],
                "neediest_figure": float(ends[one.name].iloc[1]),
            }
        )
    described = pd.DataFrame(rows)
    if rule.method == "thresholds":
        return described.assign(weight=np.nan)
    described["effective_weight"] = _effective(normalize_indicators(table, rule), rule)
    return described


def _effective(normalized: NDArray[np.float64], rule: ClassificationRule) -> NDArray[np.float64]:
    """Return the share of each indicator in the variance of the score (of its logarithm, for a geometric mean)."""
    complete = normalized[~np.isnan(normalized).any(axis=1)]
    if rule.aggregation == "geometric":
        complete = np.log(np.maximum(complete, rule.floor or FLOOR))
    parts = complete * rule.weights
    centred = parts - parts.mean(axis=0)
    score = centred.sum(axis=1)
    variance = float((score**2).sum())
    if variance == 0:
        return np.full(len(rule.indicators), np.nan)
    return np.asarray((centred * score[:, None]).sum(axis=0) / variance)


def _variants(rule: ClassificationRule) -> list[ClassificationRule]:
    """Return the rule with each way to normalize and combine that its indicators allow."""
    has_posts = all(one.goalposts is not None for one in rule.indicators)
    allowed = [
        (how, mean)
        for how, mean in product(NORMALIZATIONS, AGGREGATIONS)
        if (how != "goalposts" or has_posts) and (how, mean) != ("z-score", "geometric")
    ]
    floor = rule.floor or FLOOR
    return [replace(rule, normalization=how, aggregation=mean, floor=floor) for how, mean in allowed]


def _counted(classified: pd.DataFrame, rule: ClassificationRule) -> ClassificationRule:
    """Return the rule with classes by number of districts: a least score means nothing on another scale."""
    counts = classified["poverty_class"].value_counts()
    named = [found.name for found in rule.classes if counts.get(found.name, 0)]
    return replace(rule, classes=tuple(NeedClass(name, districts=int(counts[name])) for name in named))
