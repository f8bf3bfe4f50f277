"""The view of a plan's money that a command shows: which kind, on which districts, in which currency and prices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MoneyView:
    """Which money of a plan to show, and how; by default all of it, as given.

    Parameters
    ----------
    kind : str, optional
        Only money of this kind: budget, commitment, disbursement or expenditure.
    vintage : str, optional
        On the districts of this vintage of the plan.
    convert : bool
        Converted to the plan's currency.
    prices : int, optional
        In constant prices of this year.
    """

    kind: str | None = None
    vintage: str | None = None
    convert: bool = False
    prices: int | None = None


AS_GIVEN = MoneyView()
"""All of the money, as given."""
