"""Rules for exchange rates: the maximum age of a rate, and the rate of a yearly amount."""

from __future__ import annotations

from dataclasses import dataclass

OLD_RATES = ("warn", "refuse")
"""What to do with a rate that is too old: use it with a warning, or stop."""

YEARLY_RATES = ("last", "mean")
"""Rate of an amount that is known by its year only: the last of the year, or the mean of the rates of the year."""


@dataclass(frozen=True)
class RateRules:
    """Rules of the section ``[rates]``.

    Parameters
    ----------
    max_age_days : int
        A rate is old if it is older than this on the day of the amount.
    old : str
        One of `OLD_RATES`.
    yearly : str
        One of `YEARLY_RATES`.
    """

    max_age_days: int = 366
    old: str = "warn"
    yearly: str = "last"
