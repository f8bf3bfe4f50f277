"""Notes on money carried to another vintage from districts that lie largely outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.model.errors import list_first, show_value
from geoplan.model.money import format_minor, minor_digits

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

NOTED_OUTSIDE = 0.05
"""Part of an old district outside all new ones above which its money is noted."""


def carried_notes(plan: Plan, entries: pd.DataFrame) -> list[str]:
    """Return a note on the money of old districts of which more than a twentieth lies in no new district.

    Parameters
    ----------
    plan : Plan
    entries : DataFrame
        Of its ledger: ``carried_from``, ``kind``, ``currency``, ``amount``.
    """
    if plan.carried_by is None:
        return []
    outside = plan.carried_by.drop_duplicates("old").set_index("old")["left_out"]
    outside = outside[outside > NOTED_OUTSIDE]
    old = entries["carried_from"].astype(object)
    money = entries[old.isin(outside.index)]
    if money.empty:
        return []
    codes = sorted(set(old[money.index]))
    listed = list_first(f"{show_value(code)} ({outside[code]:.0%})" for code in codes)
    sums = money.groupby(["currency", "kind"], observed=True)["amount_minor"].sum().reset_index()
    amounts = ", ".join(
        f"{currency} {format_minor(int(amount), minor_digits(str(currency)))} ({kind})"
        for currency, kind, amount in sums.itertuples(index=False, name=None)
    )
    return [
        f"Part of these districts lies in no district of {plan.vintage}: {listed}; their money is {amounts}."
    ]
