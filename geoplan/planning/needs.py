"""Needs: the figures of each district by which a new budget can be split."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity.allocations import check_one_kind
from geoplan.ledger.district_figures import complete_figures, measure_areas
from geoplan.model.errors import Problem, UsageError, list_first, raise_if, show_value
from geoplan.model.schema import DISTRICT
from geoplan.planning.formula import FACTORS

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger

_SQUARE_METRES = 1e6
_COLUMNS = {
    "population": "population",
    "poor": "poor",
    "poverty_rate": "poverty_rate",
    "villages": "villages",
}


def describe_needs(ledger: Ledger, *, currency: str) -> pd.DataFrame:
    """Return the figures by which a new budget can be split, one row per district.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money.
    currency : str
        Of ``received_minor``.

    Returns
    -------
    DataFrame
        ``district, name, poverty_class, population, poor`` (persons; from the poverty rate if it is not
        stated), ``poverty_rate`` (0 to 1), ``villages``, ``area`` (km², geodesic, to the square metre) and ``received_minor``
        (minor units that are surely in the district).

    Raises
    ------
    UsageError
        Several kinds of money.
    """
    check_one_kind(ledger)
    known = complete_figures(ledger.districts)
    entries = ledger.entries
    inside = entries[(entries["place"] == DISTRICT) & (entries["currency"] == currency)]
    received = inside.groupby("district", observed=True)["amount_minor"].sum()
    area: Any = np.nan
    if ledger.boundaries is not None:
        # To the square metre: a ward of 3,589 m² must not count as 0, and the last bits of a float decide nothing.
        square_metres = known["district"].map(measure_areas(ledger.boundaries))
        area = square_metres.round() / _SQUARE_METRES
    villages = known.get("villages", np.nan)
    columns = ["district", "name", "poverty_class", "population", "poor", "poverty_rate"]
    needs = known[columns].assign(villages=villages, area=area)
    needs["received_minor"] = known["district"].map(received.to_dict()).fillna(0).astype("int64")
    return needs.reset_index(drop=True)


@dataclass(frozen=True)
class Factor:
    """A factor of each district as exact whole numbers, and how many of them make one unit."""

    values: list[int]
    scale: int

    @property
    def total(self) -> int:
        """Sum over all districts."""
        return sum(self.values)


def measure_factor(needs: pd.DataFrame, factor: str, budget: int) -> Factor:
    """Return a factor of each district as exact numbers.

    Parameters
    ----------
    needs : DataFrame
        As `describe_needs`, with at least the columns the factor needs.
    factor : str
        Among `geoplan.planning.formula.FACTORS`; money in minor units.
    budget : int
        Minor units, used by ``poverty_gap``.

    Raises
    ------
    InputError
        The factor is missing or negative for a district, or 0 for all districts.
    """
    if factor == "equal":
        return Factor([1] * len(needs), 1)
    if factor == "poverty_gap":
        return _poverty_gaps(_figures(needs, "poor"), needs["received_minor"].tolist(), budget)
    if factor == "received":
        values = [int(minor) for minor in needs["received_minor"]]
        _check(needs, factor, [float(value) for value in values], "choose another rule")
        return Factor(values, 1)
    return _figures(needs, factor)


def _figures(needs: pd.DataFrame, factor: str) -> Factor:
    values = needs[factor].astype(float).tolist() if factor in needs else [float("nan")] * len(needs)
    _check(needs, factor, values, f"fill in the column {factor} of the profile, or choose another rule")
    # The shortest decimal that reads back as the float is what a person would see: the split uses these digits.
    decimals = [Decimal(repr(value)) for value in values]
    places = max(0, *(-int(number.as_tuple().exponent) for number in decimals))
    whole = [int(number.scaleb(places)) for number in decimals]
    common = gcd(10**places, *whole)
    return Factor([value // common for value in whole], 10**places // common)


def _check(needs: pd.DataFrame, factor: str, values: list[float], way_out: str) -> None:
    found = np.array(values, dtype=float)
    what = f"the rule needs {factor} ({FACTORS[factor]})"
    if factor == "area":
        way_out = "give the plan's boundaries, or choose another rule"
    problems = []
    for wrong, said in ((~np.isfinite(found), "which is missing for"), (found < 0, "which is below 0 for")):
        if wrong.any():
            codes = needs["district"].to_numpy()[wrong]
            listed = list_first(map(show_value, codes))
            problems.append(Problem("profile", f"{what}, {said} {listed}", factor, way_out=way_out))
    if not problems and not found.any():
        problems.append(Problem("profile", f"{what}, which is 0 for every district", factor, way_out=way_out))
    raise_if(problems)


def _poverty_gaps(poor: Factor, received: list[int], budget: int) -> Factor:
    """Return the money each district lacks to reach one level per poor person (water filling).

    The level is the one at which Σ max(0, level · poor − received) equals the budget.
    """
    persons = poor.values
    levels = {at: Fraction(received[at], persons[at]) for at in range(len(persons)) if persons[at]}
    order = sorted(levels, key=lambda at: levels[at])
    people, money = 0, budget
    for place, at in enumerate(order, start=1):
        people += persons[at]
        money += received[at]
        if place == len(order) or money <= levels[order[place]] * people:
            break
    # A district lacks level · poor − received with level = money / people. Times people, that is a whole number.
    lacks = [
        max(0, money * number - got * people) if number else 0
        for number, got in zip(persons, received, strict=True)
    ]
    return Factor(lacks, people)


def find_currency(ledger: Ledger, plan_currency: str, given: str | None) -> str:
    """Return the currency of a new budget: the given one, the only one of the ledger, or the plan's.

    Raises
    ------
    UsageError
        The currency does not exist, or it is not clear which of several is meant.
    """
    from geoplan.model.money import is_currency

    if given is not None:
        if not is_currency(given):
            raise UsageError(
                f"{show_value(given)} is no currency: use an ISO 4217 code, such as EUR, USD or LAK"
            )
        return given
    if len(ledger.currencies) == 1:
        return ledger.currencies[0]
    if plan_currency:
        return plan_currency
    listed = ", ".join(ledger.currencies) or "no money"
    raise UsageError(f"the plan has {listed}: give the currency of the budget, such as EUR")
