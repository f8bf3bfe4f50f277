"""Location models against every choice there is, and against spopt's own p-median."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from geoplan.model.errors import UsageError
from geoplan.planning.siting import models

from ...conftest import needs

pytestmark = needs("spopt", "spopt is not installed: pip install 'geoplan[siting]'")

NONE = np.empty(0, np.int64)


def cases():
    random = np.random.default_rng(41)
    for number in range(25):
        demand, candidates = random.integers(3, 9), random.integers(4, 9)
        count = int(random.integers(1, 4))
        costs = random.integers(0, 10, (demand, candidates)).astype(float)
        weights = random.integers(0, 5, demand).astype(float)
        fixed = np.array([0]) if number % 2 and count > 1 else NONE
        yield costs, weights, float(random.integers(1, 6)), count, fixed


def choices(candidates, count, fixed):
    return [
        list(chosen)
        for chosen in itertools.combinations(range(candidates), count)
        if set(fixed.tolist()) <= set(chosen)
    ]


@pytest.mark.parametrize("case", list(cases()))
def test_maximal_covering_is_the_best_of_all_choices(case):
    costs, weights, within, count, fixed = case
    best = max(
        weights[(costs[:, c] <= within).any(axis=1)].sum() for c in choices(costs.shape[1], count, fixed)
    )
    found = models.cover_most(costs, weights, within, count, fixed=fixed)
    assert (found.objective, found.gap) == (best, 0.0)
    assert set(fixed.tolist()) <= set(found.sites.tolist())
    greedy = models.cover_most_greedily(costs, weights, within, count, fixed=fixed)
    assert weights[(costs[:, greedy] <= within).any(axis=1)].sum() <= best


@pytest.mark.parametrize("case", list(cases()))
def test_set_covering_needs_as_few_sites_as_the_smallest_choice(case):
    costs, _, within, _, fixed = case
    within = max(within, costs.min(axis=1).max())  # all demand can be reached
    sizes = range(max(1, len(fixed)), costs.shape[1] + 1)
    smallest = next(
        size
        for size in sizes
        if any((costs[:, c] <= within).any(axis=1).all() for c in choices(costs.shape[1], size, fixed))
    )
    found = models.cover_all(costs, within, fixed=fixed)
    assert (len(found.sites), found.gap) == (smallest, 0.0)
    assert (costs[:, found.sites] <= within).any(axis=1).all()
    assert len(models.cover_all_greedily(costs, within, fixed=fixed)) >= smallest


@pytest.mark.parametrize("case", list(cases()))
def test_the_p_median_is_the_best_of_all_choices(case):
    costs, weights, _, count, fixed = case
    best = min(weights @ costs[:, c].min(axis=1) for c in choices(costs.shape[1], count, fixed))
    found = models.minimise_distance(costs, weights, count, fixed=fixed)
    assert found.objective == pytest.approx(best, abs=1e-9)
    assert found.gap == 0.0
    assert len(found.sites) == count
    assert set(fixed.tolist()) <= set(found.sites.tolist())


def scattered(count, seed):
    random = np.random.default_rng(seed)
    places = random.uniform(0, 100, (count, 2))
    return np.hypot(*(places[:, None] - places).T), random.integers(1, 100, count).astype(float)


@pytest.mark.parametrize("count", [2, 7])
def test_the_p_median_matches_that_of_spopt(count):
    import pulp
    from spopt.locate import PMedian

    costs, weights = scattered(40, seed=42)
    with pytest.warns(DeprecationWarning):
        model = PMedian.from_cost_matrix(costs, weights, p_facilities=count)
        model.solve(pulp.HiGHS(msg=False, gapRel=0.0))
    found = models.minimise_distance(costs, weights, count, fixed=NONE)
    assert found.objective == pytest.approx(model.problem.objective.value(), rel=1e-9)
    assert found.gap == 0.0


def test_what_bounds_rule_out_does_not_change_the_p_median(monkeypatch):
    costs, weights = scattered(60, seed=43)
    narrowed = models.minimise_distance(costs, weights, 6, fixed=NONE)
    monkeypatch.setattr(models, "_ROUNDS", 1)
    assert models.minimise_distance(costs, weights, 6, fixed=NONE).objective == pytest.approx(
        narrowed.objective, rel=1e-9
    )


def test_bounds_alone_rule_out_most_candidates():
    costs, weights = scattered(60, seed=43)
    start = np.arange(6)
    sites, bound, kept = models._narrow(costs, weights, start, NONE, 60.0)
    best = models.minimise_distance(costs, weights, 6, fixed=NONE).objective
    assert 0.98 * best < bound <= best * (1 + 1e-9) <= models._cost(costs, weights, sites) * (1 + 1e-9)
    assert set(sites) <= set(kept) and len(kept) < 30


def test_after_the_time_limit_the_gap_is_told(monkeypatch):
    costs, weights = scattered(300, seed=44)
    monkeypatch.setattr(models, "_ROUNDS", 3)
    found = models.minimise_distance(costs, weights, 10, fixed=NONE, time_limit=0.05)
    assert len(found.sites) == 10
    assert found.bound < found.objective
    assert found.gap == pytest.approx((found.objective - found.bound) / found.objective)


def test_no_answer_in_time_is_said():
    costs, weights = scattered(300, seed=45)
    try:
        found = models.cover_most(costs, weights, 5.0, 30, fixed=NONE, time_limit=1e-6)
    except UsageError as error:
        assert "time limit" in str(error)
    else:
        assert found.gap >= 0
