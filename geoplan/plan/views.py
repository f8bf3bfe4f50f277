"""Views: a plan with only the money that was asked for, on the districts, in the currency and prices asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.plan.exchange import convert_plan
from geoplan.plan.prices import deflate_plan
from geoplan.plan.vintages import carry_plan

if TYPE_CHECKING:
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan


def view_plan(plan: Plan, view: MoneyView) -> Plan:
    """Return a plan as a view shows it.

    The money of a plan with datasets stays on disk and is not changed: `geoplan.scale.stream_plan` does that.

    Raises
    ------
    UsageError
        The plan has no such vintage, no money of that kind, or no rates or deflators.
    InputError
        A rate or deflator is missing, or the files of the vintage have errors.
    """
    viewed = plan if view.vintage is None else carry_plan(plan, view.vintage)
    if viewed.datasets:
        return viewed
    return revalue_plan(viewed if view.kind is None else viewed.only(view.kind), view)


def revalue_plan(plan: Plan, view: MoneyView) -> Plan:
    """Return a plan with its amounts in the currency and prices of a view."""
    valued = convert_plan(plan) if view.convert else plan
    return valued if view.prices is None else deflate_plan(valued, view.prices)
