"""Location models: find the candidates that serve the demand best, with proof of the optimum.

How this works
--------------
Maximal covering (Church & ReVelle 1974) and set covering (Toregas et al. 1971) are models of spopt, solved with
HiGHS. The p-median model of spopt has a variable for each pair of demand point and candidate and takes minutes. So
the p-median (ReVelle & Swain 1970) is solved here in three steps:

1. A greedy answer, improved by swapping single sites (`swap_sites`), gives a good upper limit of the cost.
2. Lagrangian bounds rule out most candidates (`_narrow`), and often prove that the answer is optimal.
3. HiGHS decides among the remaining candidates (`_solve_exactly`). Each demand point starts with only its nearest
   candidates and gets more as long as the solution serves it from farther away. Few pairs matter, so the model stays
   small.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoplan.model.errors import UsageError
from geoplan.model.optional_libraries import missing_extra

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Report = Callable[[float, float], None]
"""Called while a model is being solved with the seconds spent and the relative gap (infinite at first)."""

_OPTIMAL = 1e-9  # a smaller relative gap is rounding: the optimum is proven
_ROUNDS = 600  # of the prices; the bound stops rising long before
_MORE = 5  # candidates that a demand point starts with, beyond its site in the greedy answer (see `_solve_exactly`)
_UNSERVED = 1e-6  # part of a demand point served from farther away; less is the solver's rounding


@dataclass(frozen=True)
class Solution:
    """The sites that a model chose.

    Parameters
    ----------
    sites : (s,) int64
        Ascending positions among the candidates, fixed ones included.
    objective : float
        Weight covered, number of sites, or weighted cost.
    bound : float
        A limit that no choice can beat.
    """

    sites: Ints
    objective: float
    bound: float

    @property
    def gap(self) -> float:
        """Relative distance of the objective from the bound; 0 for a proven optimum."""
        gap = abs(self.objective - self.bound) / max(abs(self.objective), abs(self.bound), 1e-300)
        return 0.0 if gap <= _OPTIMAL else gap


def cover_most(
    costs: Floats,
    weights: Floats,
    within: float,
    count: int,
    *,
    fixed: Ints,
    time_limit: float | None = None,
    report: Report | None = None,
) -> Solution:
    """Choose the sites with the most demand within reach: maximal covering.

    Parameters
    ----------
    costs : (m, n) float64
        Costs from demand points to candidates.
    weights : (m,) float64
    within : float
        Reach, in the unit of the costs.
    count : int
        Number of sites, fixed ones included.
    fixed : (f,) int64
        Candidates that are existing sites.
    time_limit : float, optional
        Seconds.
    report : callable, optional
        Called with the seconds spent and the gap.

    Returns
    -------
    Solution
        Its objective is the weight covered. At the time limit it is the best answer so far.
    """
    covering, _ = _models()
    model = _build(covering, costs, weights, within, p_facilities=count, **_predefined(costs, fixed))
    bound = _solve(model, time_limit, report)
    sites = _opened(model)
    covered = weights[_reached(costs, sites, within)].sum()
    return Solution(sites, float(covered), float(covered if bound is None else min(-bound, weights.sum())))


def cover_all(
    costs: Floats,
    within: float,
    *,
    fixed: Ints,
    time_limit: float | None = None,
    report: Report | None = None,
) -> Solution:
    """Choose the fewest sites with all demand within reach: set covering.

    Parameters and returns as `cover_most`; the objective is the number of sites.
    """
    _, covering = _models()
    model = _build(covering, costs, within, **_predefined(costs, fixed))
    bound = _solve(model, time_limit, report)
    sites = _opened(model)
    count = float(len(sites))
    return Solution(sites, count, count if bound is None else float(math.ceil(bound - 1e-6)))


def minimise_distance(
    costs: Floats,
    weights: Floats,
    count: int,
    *,
    fixed: Ints,
    time_limit: float | None = None,
    report: Report | None = None,
) -> Solution:
    """Choose the sites with the lowest weighted cost from demand points to their nearest site: p-median.

    Parameters and returns as `cover_most`; the objective is the sum of weight × cost.
    """
    started = time.monotonic()
    greedy = minimise_distance_greedily(costs, weights, count, fixed=fixed)
    best = _narrow(
        costs, weights, swap_sites(costs, weights, greedy, fixed=fixed), fixed, _left(time_limit, started)
    )
    sites, bound, kept = best
    if len(kept) > count:
        found, found_bound = _solve_exactly(
            costs[:, kept], weights, count, np.searchsorted(kept, fixed), time_limit, report, started
        )
        bound = max(bound, found_bound)
        if len(found) and _cost(costs, weights, kept[found]) < _cost(costs, weights, sites):
            sites = kept[found]
    else:
        bound = _cost(costs, weights, sites)
    objective = _cost(costs, weights, sites)
    return Solution(sites, objective, min(bound, objective))


def _cost(costs: Floats, weights: Floats, sites: Ints) -> float:
    return float(weights @ costs[:, sites].min(axis=1))


def _left(time_limit: float | None, started: float) -> float:
    return math.inf if time_limit is None else time_limit - (time.monotonic() - started)


def swap_sites(costs: Floats, weights: Floats, sites: Ints, *, fixed: Ints) -> Ints:
    """Swap one site for one candidate as long as that lowers the weighted cost (Teitz & Bart 1968)."""
    sites = sites.copy()
    lowest = _cost(costs, weights, sites)
    while True:
        movable = [place for place, site in enumerate(sites.tolist()) if site not in set(fixed.tolist())]
        trials = []
        for place in movable:
            rest = costs[:, np.delete(sites, place)].min(axis=1, initial=np.inf)
            total = weights @ np.minimum(rest[:, None], costs)
            candidate = int(np.argmin(total))
            trials.append((float(total[candidate]), place, candidate))
        best, place, candidate = min(trials, default=(math.inf, 0, 0))
        if not best < lowest * (1 - _OPTIMAL):
            return np.sort(sites)
        lowest, sites[place] = best, candidate


def _narrow(
    costs: Floats, weights: Floats, sites: Ints, fixed: Ints, seconds: float
) -> tuple[Ints, float, Ints]:
    """Rule out candidates that cannot be in an optimum, by Lagrangian bounds.

    The constraint that one site serves each demand point is relaxed: each demand point gets a price. A candidate earns
    the difference for each point that it serves for less than its price. The candidates that earn most give a lower
    bound of the optimum. A candidate is ruled out if opening it raises that bound above the cost of known sites
    (Cornuejols, Fisher & Nemhauser 1977; Beasley 1985). Subgradient steps improve the prices: up for points that no
    chosen site serves, down for points that several sites serve.

    Returns
    -------
    sites : (count,) int64
        The best sites found.
    bound : float
    kept : (k,) int64
        The remaining candidates, ``sites`` and ``fixed`` included.
    """
    count, candidates = len(sites), costs.shape[1]
    spent = weights[:, None] * costs
    known, bound = _cost(costs, weights, sites), -math.inf
    price = np.sort(spent[:, sites], axis=1)[:, min(1, count - 1)]
    is_fixed = np.isin(np.arange(candidates), fixed)
    is_out = np.zeros(candidates, np.bool_)
    stop, pace, stale = time.monotonic() + seconds, 2.0, 0
    for _ in range(_ROUNDS):
        earned = np.minimum(spent - price[:, None], 0.0).sum(axis=0)
        order = np.argsort(np.where(is_fixed, -np.inf, np.where(is_out, np.inf, earned)), kind="stable")
        chosen, next_best = order[:count], order[count] if count < candidates else None
        now = float(price.sum() + earned[chosen].sum())
        if next_best is not None:
            free = chosen[~is_fixed[chosen]]
            worst = earned[free].max() if len(free) else -math.inf
            is_out |= now + earned - worst > known + _OPTIMAL * abs(known)
            is_out[chosen] = False
        stale = 0 if now > bound else stale + 1
        bound = max(bound, now)
        trial = _cost(costs, weights, chosen)
        if trial < known:
            known, sites = trial, np.sort(chosen)
        if stale > 20:
            pace, stale = pace / 2, 0
        too_often = 1.0 - (spent[:, chosen] < price[:, None]).sum(axis=1)
        length = float(too_often @ too_often)
        if length == 0 or known - bound <= _OPTIMAL * abs(known) or pace < 1e-4 or time.monotonic() > stop:
            break
        price = np.maximum(price + pace * (known - now) / length * too_often, 0.0)
    proven = known - bound <= _OPTIMAL * abs(known)
    kept = sites if proven else np.union1d(np.flatnonzero(~is_out | is_fixed), sites)
    return sites, bound, kept


def _solve_exactly(
    costs: Floats,
    weights: Floats,
    count: int,
    fixed: Ints,
    time_limit: float | None,
    report: Report | None,
    started: float,
) -> tuple[Ints, float]:
    """Solve the p-median with HiGHS, adding farther candidates as they are needed."""
    order = np.argsort(costs, axis=1, kind="stable")
    greedy = minimise_distance_greedily(costs, weights, count, fixed=fixed)
    near = np.minimum((costs <= costs[:, greedy].min(axis=1)[:, None]).sum(axis=1) + _MORE, costs.shape[1])
    best, bound = greedy, -math.inf
    while (left := _left(time_limit, started)) > 0:
        limit = None if time_limit is None else left
        sites, found, unserved = _solve_nearest(
            costs, weights, count, fixed, order, near, limit, report, started
        )
        bound = max(bound, found)
        if len(sites) and _cost(costs, weights, sites) < _cost(costs, weights, best):
            best = sites
        if len(unserved) == 0 or _cost(costs, weights, best) - bound <= _OPTIMAL * abs(bound):
            break
        near[unserved] = np.minimum(near[unserved] * 2, costs.shape[1])
    return best, bound


# --- greedy answers, to compare with the optimum ------------------------------------------------------------


def cover_most_greedily(costs: Floats, weights: Floats, within: float, count: int, *, fixed: Ints) -> Ints:
    """Add, one by one, the candidate with the most additional demand within reach; of equal ones, the first."""
    near = costs <= within
    sites = list(fixed.tolist())
    open_weights = np.where(near[:, sites].any(axis=1), 0.0, weights)
    while len(sites) < count:
        gain = open_weights @ near
        gain[sites] = -1.0
        sites.append(int(np.argmax(gain)))
        open_weights = np.where(near[:, sites[-1]], 0.0, open_weights)
    return np.array(sorted(sites), np.int64)


def cover_all_greedily(costs: Floats, within: float, *, fixed: Ints) -> Ints:
    """Add, one by one, the candidate that reaches the most demand points not yet reached."""
    near = costs <= within
    sites = list(fixed.tolist())
    is_open = ~near[:, sites].any(axis=1)
    while is_open.any():
        sites.append(int(np.argmax(is_open.astype(np.int64) @ near)))
        is_open &= ~near[:, sites[-1]]
    return np.array(sorted(sites), np.int64)


def minimise_distance_greedily(costs: Floats, weights: Floats, count: int, *, fixed: Ints) -> Ints:
    """Add, one by one, the candidate that lowers the weighted cost most."""
    sites = list(fixed.tolist())
    nearest = costs[:, sites].min(axis=1, initial=np.inf)
    while len(sites) < count:
        total = weights @ np.minimum(nearest[:, None], costs)
        total[sites] = np.inf
        sites.append(int(np.argmin(total)))
        nearest = np.minimum(nearest, costs[:, sites[-1]])
    return np.array(sorted(sites), np.int64)


# --- spopt --------------------------------------------------------------------------------------------------


def _models() -> tuple[Any, Any]:
    """Return the covering models of spopt, imported late because that is slow and needs an extra."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from spopt.locate import LSCP, MCLP
    except ImportError:
        raise missing_extra("siting needs", "siting") from None
    return MCLP, LSCP


def _build(model: Any, *args: Any, **settings: Any) -> Any:
    with warnings.catch_warnings():  # PuLP warns about names that a later version will change
        warnings.simplefilter("ignore")
        return model.from_cost_matrix(*args, **settings)


def _predefined(costs: Floats, fixed: Ints) -> dict[str, Any]:
    if len(fixed) == 0:
        return {}
    is_fixed = np.zeros(costs.shape[1], np.int64)
    is_fixed[fixed] = 1
    return {"predefined_facilities_arr": is_fixed}


def _solve(model: Any, time_limit: float | None, report: Report | None) -> float | None:
    """Solve a model of spopt with HiGHS; return the bound (of the minimisation), or None for a proven optimum."""
    import highspy
    import pulp

    started = time.monotonic()
    logging = [highspy.cb.HighsCallbackType.kCallbackMipLogging] if report is not None else None
    told = (lambda *event: _tell(report, started, event), None) if report is not None else None
    solver = pulp.HiGHS(
        msg=False, gapRel=0.0, timeLimit=time_limit, callbackTuple=told, callbacksToActivate=logging
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.problem.solve(solver)
    solved = model.problem.solverModel
    if not _opened(model).size:
        raise UsageError("no answer was found within the time limit: raise it")
    done = solved.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return None if done else float(solved.getInfo().mip_dual_bound)


def _tell(report: Report, started: float, event: tuple[Any, ...]) -> None:
    """Report the progress of HiGHS."""
    report(time.monotonic() - started, float(event[2].mip_gap))


def _opened(model: Any) -> Ints:
    values = [variable.value() for variable in model.fac_vars]
    return np.flatnonzero([value is not None and value > 0.5 for value in values])


def _reached(costs: Floats, sites: Ints, within: float) -> NDArray[np.bool_]:
    return np.asarray((costs[:, sites] <= within).any(axis=1), np.bool_)


# --- p-median -----------------------------------------------------------------------------------------------


def _solve_nearest(
    costs: Floats,
    weights: Floats,
    count: int,
    fixed: Ints,
    order: Ints,
    near: Ints,
    time_limit: float | None,
    report: Report | None,
    started: float,
) -> tuple[Ints, float, Ints]:
    """Solve the p-median with only the nearest candidates of each demand point.

    Its variables are the candidates, the pairs of a demand point and a near candidate, and for each demand
    point the part that is served from farther away. That part costs as much as the nearest of the farther candidates,
    which is never too much, so the result is a bound of the full model.

    Returns
    -------
    sites : (count,) int64
        Empty if none was found in time.
    bound : float
        Bound of the full model.
    unserved : (u,) int64
        Demand points that a farther candidate serves.
    """
    import highspy

    demand, candidates = costs.shape
    point = np.repeat(np.arange(demand), near)
    rank = np.arange(len(point)) - np.repeat(np.cumsum(near) - near, near)
    candidate = order[point, rank]
    far = np.flatnonzero(near < candidates)
    beyond = costs[far, order[far, near[far]]]
    pairs, first_far = len(point), candidates + len(point)
    pair = np.arange(pairs)
    columns = first_far + len(far)
    row = np.concatenate((point, far, demand + pair, demand + pair, np.full(candidates, demand + pairs)))
    column = np.concatenate(
        (
            candidates + pair,
            first_far + np.arange(len(far)),
            candidates + pair,
            candidate,
            np.arange(candidates),
        )
    )
    value = np.concatenate((np.ones(pairs + len(far) + pairs), -np.ones(pairs), np.ones(candidates)))
    by_row = np.lexsort((column, row))

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, demand + pairs + 1
    model.col_cost_ = np.concatenate(
        (np.zeros(candidates), weights[point] * costs[point, candidate], weights[far] * beyond)
    )
    lowest = np.zeros(columns)
    lowest[fixed] = 1.0
    model.col_lower_, model.col_upper_ = lowest, np.ones(columns)
    model.row_lower_ = np.concatenate((np.ones(demand), np.full(pairs, -highspy.kHighsInf), [count]))
    model.row_upper_ = np.concatenate((np.ones(demand), np.zeros(pairs), [count]))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.searchsorted(row[by_row], np.arange(demand + pairs + 2))
    model.a_matrix_.index_ = column[by_row]
    model.a_matrix_.value_ = value[by_row]
    whole, any_part = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    model.integrality_ = [whole] * candidates + [any_part] * (columns - candidates)

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    if time_limit is not None:
        solver.setOptionValue("time_limit", max(time_limit, 0.01))
    if report is not None:
        solver.setCallback(lambda *event: _tell(report, started, event), None)
        solver.startCallback(highspy.cb.HighsCallbackType.kCallbackMipLogging)
    solver.passModel(model)
    solver.run()
    values = np.array(solver.getSolution().col_value)
    chosen = np.flatnonzero(values[:candidates] > 0.5) if len(values) else np.empty(0, np.int64)
    if len(chosen) != count:
        return np.empty(0, np.int64), -math.inf, np.empty(0, np.int64)
    done = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    info = solver.getInfo()
    bound = info.objective_function_value if done else info.mip_dual_bound
    unserved = far[values[first_far:] > _UNSERVED] if done else np.empty(0, np.int64)
    return chosen, float(bound), unserved
