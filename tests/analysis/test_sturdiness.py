"""Sturdiness of an index: ranks under other weights and methods."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoplan.analysis import sturdiness
from geoplan.analysis.sturdiness import combine_indicators, describe_indicators, vary_weights
from geoplan.model.errors import InputError, UsageError
from geoplan.plan.classification_rules import ClassificationRule, Indicator, NeedClass

RULE = ClassificationRule(
    "index",
    (Indicator("rate", "high", 0.5), Indicator("road", "low", 0.5)),
    (NeedClass("poor", districts=1), NeedClass("rest")),
)


def figures(rate: list[float], road: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"district": [*"ABCD"][: len(rate)], "year": 2015, "rate": rate, "road": road})


def test_a_district_that_is_neediest_by_every_indicator_is_first_in_every_draw() -> None:
    found = vary_weights(figures([0.9, 0.5, 0.1], [1, 5, 9]), RULE, draws=50)
    assert found.districts["median_rank"].tolist() == [1, 2, 3]
    assert found.districts["rank_low"].tolist() == found.districts["rank_high"].tolist() == [1, 2, 3]
    assert found.districts["in_class"].tolist() == [1, 1, 1]


def test_a_district_whose_rank_hangs_on_the_weights_is_seen() -> None:
    # A is neediest by rate, B by road; equal weights make them equal, so each draw prefers one of them.
    found = vary_weights(figures([1.0, 0.0, 0.4, 0.4], [9, 1, 6, 6]), RULE, draws=400)
    assert found.districts["rank"].tolist()[:2] == [1, 1]
    assert found.districts["poverty_class"].tolist() == ["poor", "poor", "rest", "rest"]
    low, high = found.districts["rank_low"][0], found.districts["rank_high"][0]
    assert low == 1 and high >= 2


def test_only_one_method_and_no_change_of_weights_would_give_the_rank_itself() -> None:
    """With one indicator, weights cannot matter, and all methods keep its order."""
    one = ClassificationRule("index", (Indicator("rate", "high"),), RULE.classes)
    found = vary_weights(figures([0.2, 0.9, 0.5], [0, 0, 0]), one, draws=30)
    assert found.districts["median_rank"].tolist() == [3, 1, 2]
    assert found.districts["in_class"].tolist() == [1, 1, 1]


def test_the_seed_gives_the_same_draws_and_leaves_the_global_state_alone() -> None:
    table = figures([1.0, 0.0, 0.4, 0.3], [9, 1, 6, 2])
    state, legacy = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index, union-attr]
    first, again = vary_weights(table, RULE, draws=60, seed=5), vary_weights(table, RULE, draws=60, seed=5)
    other = vary_weights(table, RULE, draws=60, seed=6)
    pd.testing.assert_frame_equal(first.districts, again.districts)
    assert not first.districts.equals(other.districts)
    assert random.getstate() == state
    assert np.random.get_state()[1].tolist() == legacy  # type: ignore[index, union-attr]


def test_effective_weights_are_shares_of_the_variance() -> None:
    """The road is scaled to 0, 1, 0.5 and the rate to 0, 1, 1: by hand from the sums of products."""
    table = figures([0.0, 0.4, 0.4], [9, 1, 5])
    parts = np.array([[0, 0], [0.5, 0.5], [0.5, 0.25]])
    centred = parts - parts.mean(axis=0)
    score = centred.sum(axis=1)
    expected = (centred * score[:, None]).sum(axis=0) / (score**2).sum()
    found = describe_indicators(table, RULE)
    assert found["effective_weight"].tolist() == pytest.approx(expected.tolist())
    assert found["effective_weight"].sum() == pytest.approx(1)
    assert found["neediest"].tolist() == ["C", "B"] and found["least_needy"].tolist() == ["A", "A"]
    assert found["neediest_figure"].tolist() == [0.4, 1]


def test_a_variant_that_cannot_run_is_an_error_not_left_out() -> None:
    with pytest.raises(InputError, match="in all districts"):
        vary_weights(figures([0.3, 0.3], [1, 2]), RULE)


def test_rules_without_weights_and_draws_below_one_are_refused() -> None:
    ranks = ClassificationRule("ranks", (Indicator("rate", "high"),), RULE.classes, normalization="rank")
    with pytest.raises(UsageError, match="no weights to vary"):
        vary_weights(figures([1, 2], [1, 2]), ranks)
    with pytest.raises(UsageError, match="1 or more"):
        vary_weights(figures([1, 2], [1, 2]), RULE, draws=0)


def test_weights_change_by_up_to_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal weights are at most 1.25 to 0.75."""
    ratios = []

    def combine(scaled: Any, rule: Any, weights: Any) -> Any:
        ratios.append(weights[0] / weights[1])
        return combine_indicators(scaled, rule, weights)

    monkeypatch.setattr(sturdiness, "combine_indicators", combine)
    vary_weights(figures([1.0, 0.0, 0.4, 0.3], [9, 1, 6, 2]), RULE, draws=400)
    assert 1.5 < max(ratios) <= 1.25 / 0.75
    assert 0.75 / 1.25 <= min(ratios) < 1 / 1.5


def test_a_geometric_mean_without_a_floor_takes_one_per_cent() -> None:
    table = figures([0.0, 0.4, 0.4], [9, 1, 5])
    parts = np.log([[0.01, 0.01], [1, 1], [1, 0.5]]) * 0.5
    centred = parts - parts.mean(axis=0)
    score = centred.sum(axis=1)
    expected = (centred * score[:, None]).sum(axis=0) / (score**2).sum()
    found = describe_indicators(table, replace(RULE, aggregation="geometric"))
    assert found["effective_weight"].tolist() == pytest.approx(expected.tolist())
