"""Indices of how spending is spread over districts: arrays in, numbers out, each formula with its source.

All indices compare the means of districts: they do not see inequality within a district. Spending may be one row,
``(d,)``, or many at once, ``(…, d)``. There is one index per row, missing if the row adds up to 0.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geoplan.model.errors import InputError, Problem

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_ROUNDING = 1e-14

POOREST = 0.4
"""Share of the people that the Coady–Grosh–Hoddinott index counts as the poorest."""


def gini(spending: ArrayLike, population: ArrayLike) -> Floats:
    """Return the Gini coefficient of spending per person, weighted by population.

    G = 1 − Σ (P_d − P_{d−1}) (L_d + L_{d−1}), districts ordered by spending per person, P and L the
    cumulative shares of people and of spending (Lerman & Yitzhaki 1989; O'Donnell et al. 2008, ch. 8).

    Parameters
    ----------
    spending : (…, d) array_like
        Any unit, not negative.
    population : (d,) array_like
        Persons, more than 0.

    Returns
    -------
    (…) float
        0 if every person gets the same, close to 1 if a few get everything.

    Raises
    ------
    InputError
        Lengths differ, or a figure is missing, negative, or a population is 0.

    Examples
    --------
    >>> round(float(gini([1, 3], [50, 50])), 4)
    0.25
    """
    y, w = _figures(spending, population, "population")
    order = np.argsort(y / w, axis=-1)
    people = w[order] / w.sum()
    reached = np.cumsum(np.take_along_axis(shares(y), order, axis=-1), axis=-1)
    before = np.concatenate([np.zeros((*reached.shape[:-1], 1)), reached[..., :-1]], axis=-1)
    return _number(1 - np.sum(people * (reached + before), axis=-1))


def theil(spending: ArrayLike, population: ArrayLike) -> Floats:
    """Return the Theil index T of spending per person, weighted by population.

    T = Σ s ln(s / p), with s the share of spending, p that of people, and 0 ln 0 = 0 (Theil 1967).

    Parameters
    ----------
    spending, population
        As for `gini`.

    Returns
    -------
    (…) float
        0 if every person gets the same, at most ln(1 / smallest p).
    """
    y, w = _figures(spending, population, "population")
    return _number(_entropy(shares(y), w / w.sum()))


def decompose_theil(spending: ArrayLike, population: ArrayLike, classes: ArrayLike) -> tuple[Floats, Floats]:
    """Split the Theil index T into the parts between and within classes of districts.

    T = Σ_g S_g ln(S_g / P_g) + Σ_g S_g T_g, with S_g and P_g the class's shares of spending and
    people and T_g the index within it (Theil 1967; Shorrocks 1980).

    Parameters
    ----------
    spending, population
        As for `gini`.
    classes : (d,) array_like
        Class of each district.

    Returns
    -------
    between, within : (…) float
        Their sum is `theil`.
    """
    y, w = _figures(spending, population, "population")
    member = _membership(classes, len(w))
    share, people = shares(y), w / w.sum()
    between = _entropy(share @ member, people @ member)
    # The two parts add up to T. Rounding must not make the part within negative.
    return _number(between), _number(np.maximum(_entropy(share, people) - between, 0.0))


def mean_log_deviation(spending: ArrayLike, population: ArrayLike) -> Floats:
    """Return the mean log deviation of spending per person (Theil's L), weighted by population.

    L = Σ p ln(p / s) (Theil 1967; Shorrocks 1980).

    Parameters
    ----------
    spending, population
        As for `gini`.

    Returns
    -------
    (…) float
        0 if every person gets the same; infinite if a district gets nothing.
    """
    y, w = _figures(spending, population, "population")
    share, people = shares(y), w / w.sum()
    with np.errstate(divide="ignore"):
        return _number(np.sum(people * (np.log(people) - np.log(share)), axis=-1))


def hoover(spending: ArrayLike, population: ArrayLike) -> Floats:
    """Return the Hoover index: the share of spending that would have to move for the same per person.

    H = ½ Σ |s − p| (Hoover 1936).

    Parameters
    ----------
    spending, population
        As for `gini`.

    Returns
    -------
    (…) float
        0 to 1.
    """
    y, w = _figures(spending, population, "population")
    return _number(np.abs(shares(y) - w / w.sum()).sum(axis=-1) / 2)


def dissimilarity(spending: ArrayLike, poor: ArrayLike) -> Floats:
    """Return the share of spending that would have to move for the same per poor person.

    D = ½ Σ |s − r|, with r the share of the poor (Duncan & Duncan 1955).

    Parameters
    ----------
    spending
        As for `gini`.
    poor : (d,) array_like
        Poor persons; some may be 0.

    Returns
    -------
    (…) float
        0 to 1.
    """
    y, q = _figures(spending, poor, "poor", zero=True)
    return _number(np.abs(shares(y) - q / q.sum()).sum(axis=-1) / 2)


def concentration_index(spending: ArrayLike, population: ArrayLike, rank: ArrayLike) -> Floats:
    """Return the concentration index of spending over people ranked by the poverty of their district.

    C = (2 / μ) Σ p (x − μ) (R − ½), with x the spending per person, μ its mean, and R the cumulative
    share of people, poorest first, to the middle of the district; districts of equal rank share one R
    (Kakwani, Wagstaff & van Doorslaer 1997; O'Donnell et al. 2008, ch. 8).

    Parameters
    ----------
    spending, population
        As for `gini`.
    rank : (d,) array_like
        Lowest for the poorest; equal for districts of equal poverty.

    Returns
    -------
    (…) float
        −1 to 1; negative if the poorer districts get more per person.

    Examples
    --------
    Births by wealth, poorest first, and deaths under five per thousand (O'Donnell et al. 2008):

    >>> births = np.array([29939, 28776, 26528, 24689, 19739])
    >>> rate = np.array([154.7, 152.9, 119.5, 86.9, 54.3])
    >>> round(float(concentration_index(births * rate, births, range(5))), 4)
    -0.1694
    """
    y, w = _figures(spending, population, "population")
    return _number(2 * np.sum(shares(y) * (_middle_ranks(w, rank) - 0.5), axis=-1))


def coady_grosh_hoddinott(
    spending: ArrayLike, population: ArrayLike, rank: ArrayLike, *, poorest: float = POOREST
) -> Floats:
    """Return the share of the money that reaches the poorest people, relative to an equal share.

    Share of spending that reaches the poorest part of the people ÷ that part, interpolated on the
    concentration curve (Coady, Grosh & Hoddinott 2004).

    Parameters
    ----------
    spending, population, rank
        As for `concentration_index`.
    poorest : float
        Part of the people, 0 to 1.

    Returns
    -------
    (…) float
        1 if they get an equal share; above 1 if they get more.
    """
    y, w = _figures(spending, population, "population")
    below, group = _people_below(w, rank)
    among = np.clip((poorest - below) / group, 0, 1)
    return _number(np.sum(shares(y) * among, axis=-1) / poorest)


def concentration_curve(spending: ArrayLike, population: ArrayLike, rank: ArrayLike) -> pd.DataFrame:
    """Return the concentration curve: the share of spending that reaches each share of the poorest people.

    Parameters
    ----------
    spending : (d,) array_like
    population, rank
        As for `concentration_index`.

    Returns
    -------
    DataFrame
        ``people`` and ``spending``: cumulative shares from (0, 0) to (1, 1), a row per poverty rank.
    """
    y, w = _figures(spending, population, "population")
    _, group = np.unique(np.asarray(rank), return_inverse=True)
    rows = pd.DataFrame({"people": w / w.sum(), "spending": shares(y)}).groupby(group).sum().cumsum()
    start = pd.DataFrame({"people": [0.0], "spending": [0.0]})
    return pd.concat([start, rows], ignore_index=True)


def curve_distances(
    spending: ArrayLike, population: ArrayLike, rank: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Return how far the concentration curve is above and below the diagonal, and where it crosses it.

    The curve is above the diagonal where the poorest people get more than an equal share of the money.

    Parameters
    ----------
    spending, population, rank
        As for `concentration_index`.

    Returns
    -------
    above, below : (…) float
        Largest distances, as shares of the money, 0 or more.
    crossing : (…) float
        Share of the people at the first crossing, negative if the curve starts below the diagonal; missing if
        the curve stays on one side.

    Examples
    --------
    Three districts with equal population: the poorest gets 50 %, the next 10 %, the last 40 %.

    >>> [round(float(value), 4) for value in curve_distances([50, 10, 40], [1, 1, 1], [1, 2, 3])]
    [0.1667, 0.0667, 0.5714]
    """
    y, w = _figures(spending, population, "population")
    order = np.argsort(np.asarray(rank), kind="stable")
    ranks, first = np.unique(np.asarray(rank)[order], return_index=True)
    people = np.cumsum(np.add.reduceat((w / w.sum())[order], first))
    distance = np.cumsum(np.add.reduceat(shares(y)[..., order], first, axis=-1), axis=-1) - people
    distance[..., -1] = 0.0  # the curve ends on the diagonal
    above, below = np.clip(distance, 0, None).max(axis=-1), np.clip(-distance, 0, None).max(axis=-1)
    rows = distance.reshape(-1, len(ranks))
    crossing = np.array([_first_crossing(row, people) for row in rows]).reshape(distance.shape[:-1])
    return _number(above), _number(below), _number(crossing)


def _first_crossing(distance: Floats, people: Floats) -> float:
    """Return the share of people at which a curve first changes sides, signed by the side it starts on."""
    seen = np.flatnonzero(np.abs(np.nan_to_num(distance)) > 1e-12)
    turns = np.flatnonzero(np.diff(np.sign(distance[seen])) != 0)
    if not len(turns):
        return float("nan")
    before, after = seen[turns[0]], seen[turns[0] + 1]
    part = distance[before] / (distance[before] - distance[after])
    return float(np.sign(distance[before]) * (people[before] + part * (people[after] - people[before])))


def concentration_of_funders(amounts: ArrayLike) -> Floats:
    """Return the Herfindahl–Hirschman index of funders: Σ share².

    Parameters
    ----------
    amounts : (…, f) array_like
        Amount of each funder, not negative.

    Returns
    -------
    (…) float
        1 for a single funder, 1 / f for f funders with equal amounts; missing if all are 0.
    """
    return _number(np.square(shares(np.asarray(amounts, dtype=np.float64))).sum(axis=-1))


def shares(spending: Floats) -> Floats:
    """Return each district's share of the sum; missing if the sum is 0."""
    total = spending.sum(axis=-1, keepdims=True)
    return np.asarray(spending / np.where(total > 0, total, np.nan), dtype=np.float64)


def _figures(
    spending: ArrayLike, weights: ArrayLike, name: str, *, zero: bool = False
) -> tuple[Floats, Floats]:
    """Return spending and weights as floats; raise if no index can be computed from them."""
    y, w = np.asarray(spending, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    problems: list[Problem] = []
    if w.ndim != 1 or y.ndim == 0 or y.shape[-1] != len(w) or len(w) == 0:
        raise InputError(
            Problem(
                name,
                f"spending has the shape {y.shape} and {name} {w.shape}",
                way_out="give both for the same districts, in the same order",
            )
        )
    if not (np.isfinite(y).all() and (y >= 0).all()):
        wrong = tuple(y[~(y >= 0)].ravel()[:5])
        advice = "leave out the districts with a negative total, and fill in missing amounts"
        problems.append(Problem("spending", "amounts are missing or negative", values=wrong, way_out=advice))
    allowed = w >= 0 if zero else w > 0
    if not (np.isfinite(w) & allowed).all() or w.sum() == 0:
        advice = "leave out the districts without it"
        problems.append(Problem(name, "persons are missing, negative or 0", values=tuple(w[~allowed]), way_out=advice))  # fmt: skip
    if problems:
        raise InputError(problems)
    return y, w


def _entropy(share: Floats, people: Floats) -> Floats:
    """Return Σ s ln(s / p), with 0 ln 0 = 0."""
    # A share of 0 gets the logarithm of 1: its term is 0 either way.
    return np.asarray((share * np.log(np.where(share == 0, 1.0, share / people))).sum(axis=-1))


def _membership(classes: ArrayLike, count: int) -> Floats:
    """Return a table of ones and zeros: which district (row) is in which class (column)."""
    names, which = np.unique(np.asarray(classes).astype(str), return_inverse=True)
    if len(which) != count:
        raise InputError(Problem("classes", f"{len(which)} classes for {count} districts"))
    return np.asarray(np.eye(len(names))[which])


def _people_below(population: Floats, rank: ArrayLike) -> tuple[Floats, Floats]:
    """Return, for each district, the share of people in poorer ones, and that in those of its rank."""
    ranks, group = np.unique(np.asarray(rank), return_inverse=True)
    if len(group) != len(population):
        raise InputError(Problem("rank", f"{len(group)} ranks for {len(population)} districts"))
    people = np.bincount(group, population / population.sum(), len(ranks))
    below: Floats = np.asarray(np.cumsum(people) - people, dtype=np.float64)
    return below[group], np.asarray(people[group], dtype=np.float64)


def _middle_ranks(population: Floats, rank: ArrayLike) -> Floats:
    below, group = _people_below(population, rank)
    return np.asarray(below + group / 2)


def _number(value: Any) -> Floats:
    """Return one value as a number, several as an array; rounding errors around 0 become 0."""
    values = np.asarray(value, dtype=np.float64)
    result: Floats = np.where(np.abs(values) < _ROUNDING, 0.0, values)[()]
    return result
