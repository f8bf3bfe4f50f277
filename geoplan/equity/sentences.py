"""What the measures of equity say, in plain sentences."""

from __future__ import annotations

import math

from geoplan.money import format_minor, minor_digits

NEUTRAL = 0.001
"""A concentration index nearer to 0 than this favours no one."""

NEEDS = {
    "gini": "population by district",
    "theil": "population by district",
    "theil_between": "population and poverty class by district",
    "theil_within": "population and poverty class by district",
    "mean_log_deviation": "population by district",
    "hoover": "population by district",
    "concentration_index": "population, and poverty rate, poor persons or poverty class by district",
    "coady_grosh_hoddinott": "population, and poverty rate, poor persons or poverty class by district",
    "dissimilarity": "poor persons by district (or population and poverty rate)",
}
"""The measures, in the order in which they are given, and what each is made of."""

LABELS = {
    "gini": "Gini",
    "theil": "Theil T",
    "theil_between": "Theil T, between poverty classes",
    "theil_within": "Theil T, within poverty classes",
    "mean_log_deviation": "mean log deviation",
    "hoover": "Hoover",
    "concentration_index": "concentration index",
    "coady_grosh_hoddinott": "Coady–Grosh–Hoddinott",
    "dissimilarity": "dissimilarity",
}
"""Names of the measures for people."""

_LEVEL = "(district means, not people)"


def show_amount(minor: float, currency: str) -> str:
    """Write an amount in minor units with its currency."""
    return f"{currency} {format_minor(round(minor), minor_digits(currency))}"


def say_value(measure: str, value: float) -> str:
    """Say in one sentence what the value of a measure means.

    >>> say_value("hoover", 0.25)
    '25.0 % of the money would have to move for every district to have the same per person (district means, not people).'
    """
    if math.isnan(value):
        return ""
    percent = f"{100 * value:.1f} %"
    sayings = {
        "gini": f"Spending per person is {_degree(value)} unequal between districts: Gini {value:.3f} of at most 1",
        "theil": f"Inequality of spending per person between districts is {value:.3f} by Theil's T, where 0 is the same for all",
        "theil_between": f"{value:.3f} of Theil's T lies between poverty classes: what would be left if each class shared evenly",
        "theil_within": f"{value:.3f} of Theil's T lies between districts of the same poverty class",
        "mean_log_deviation": f"Inequality by the mean log deviation, which looks most at those who get least, is {value:.3f}",
        "hoover": f"{percent} of the money would have to move for every district to have the same per person",
        "concentration_index": _say_concentration(value),
        "coady_grosh_hoddinott": f"The poorest 40 % of people, by their district, got {40 * value:.1f} % of the money: {value:.2f} times an equal share",
        "dissimilarity": f"{percent} of the money would have to move for every district to have the same per poor person",
    }
    if measure == "mean_log_deviation" and math.isinf(value):
        return f"The mean log deviation is infinite, for a district got nothing; the other measures hold {_LEVEL}."
    return f"{sayings[measure]} {_LEVEL}."


def _degree(gini: float) -> str:
    return "hardly" if gini < 0.1 else "somewhat" if gini < 0.25 else "clearly" if gini < 0.4 else "very"


def _say_concentration(value: float) -> str:
    if abs(value) < NEUTRAL:
        return "Poorer and better-off districts get about the same per person: concentration index 0"
    favoured, other, kind = (
        ("Poorer", "better-off", "pro-poor") if value < 0 else ("Better-off", "poorer", "pro-rich")
    )
    return f"{favoured} districts tend to get more per person than {other} ones: concentration index {_signed(value)}, {kind}"


def _signed(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def say_reading(reading: str, spread: str, coarse: float, currency: str) -> str:
    """Say what a reading counts, as the beginning of a sentence; empty where there is no coarse money."""
    if coarse <= 0:
        return ""
    amount = show_amount(coarse, currency)
    return {
        "certain": f"Without the {amount} whose district is not known: ",
        "expected": f"With the {amount} whose district is not known {_SPREADS[spread]}: ",
        "at most, low": f"Lowest that can be, by where the {amount} went: ",
        "at most, high": f"Highest that can be, by where the {amount} went: ",
    }[reading]


_SPREADS = {
    "none": "left out",
    "even": "spread evenly over districts",
    "area": "spread by area",
    "population": "spread by population",
    "poor": "spread by poor persons",
}


def say_verdict(values: dict[str, float], coarse: float, buckets: str, currency: str) -> tuple[str, str]:
    """Return the verdict on who is favoured, and the sentence that gives its grounds.

    Parameters
    ----------
    values : dict of str to float
        The concentration index by reading.
    coarse : float
        Minor units whose district is not known.
    buckets : str
        That money by bucket, in words.
    currency : str
    """
    known = [value for value in values.values() if not math.isnan(value)]
    if not known:
        return "can not be told", ""
    low, high = min(known), max(known)
    span = f"concentration index {_signed(low)}" + (f" to {_signed(high)}" if high - low > NEUTRAL else "")
    if high < -NEUTRAL:
        verdict = "pro-poor"
    elif low > NEUTRAL:
        verdict = "pro-rich"
    elif low >= -NEUTRAL and high <= NEUTRAL:
        verdict = "neutral"
    else:
        amount = show_amount(coarse, currency)
        return (
            f"depends on where {amount} went",
            f"Whether the poorer districts got more depends on where {amount} went ({buckets}): {span}.",
        )
    sturdy = f"{verdict} under every reading" if coarse > 0 else verdict
    return sturdy, f"The spending is {sturdy}: {span} {_LEVEL}."
