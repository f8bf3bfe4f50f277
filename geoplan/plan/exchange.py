"""Exchange rates: money in several currencies converted to one, with rates and sources named."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, UsageError, raise_if, show_value
from geoplan.model.money import from_minor, minor_digits, to_minor
from geoplan.sources.rate_tables import read_rate_table

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan


def convert_plan(plan: Plan) -> Plan:
    """Return a plan whose money is all in the plan's currency, at the rates the plan gives.

    The rate of an amount is the last one dated on or before the day it is valued at (``value_date``), or,
    where it has none, in or before its year. What is given is multiplied
    exactly and rounded once to minor units, half to even; the reconciliation tells the difference.

    Parameters
    ----------
    plan : Plan
        With ``[plan] currency`` and a table under ``[rates]``: ``currency``, ``date`` (ISO), ``rate``
        (units of the plan's currency for one unit), ``source``.

    Returns
    -------
    Plan
        ``spending`` has ``given_amount`` (minor units) and ``given_currency`` beside the converted
        amount; ``notes`` say which rates were used.

    Raises
    ------
    UsageError
        The plan names no currency or no rates.
    InputError
        A rate is missing or not readable.
    """
    if not plan.currency or plan.rates is None:
        raise UsageError("to convert, the plan needs [plan] currency and a table of rates under [rates]")
    rates = read_rate_table(plan.rates, "date", "rate")
    used, problems = _rates_of(plan.spending, rates, plan.currency, plan.rates.path.name)
    raise_if(problems)
    spending = keep_given(plan.spending)
    converted = [
        _convert(
            int(amount),
            rounding,
            str(currency),
            Decimal(rates["rate"].iloc[row]) if row >= 0 else Decimal(1),
            plan.currency,
        )
        for amount, rounding, currency, row in zip(
            spending["amount"], spending["rounding"], spending["currency"], used, strict=True
        )
    ]
    spending["amount"] = np.array([minor for minor, _ in converted], dtype=np.int64)
    spending["rounding"] = pd.Series([rest for _, rest in converted], dtype=object, index=spending.index)
    spending["currency"] = plan.currency
    notes = [
        f"converted: 1 {currency} = {rate} {plan.currency} of {date} ({source or 'no source named'})"
        for currency, date, rate, source in rates.iloc[sorted(set(used[used >= 0]))][
            ["currency", "date", "rate", "source"]
        ].to_numpy(dtype=object)
    ]
    return replace(plan, spending=spending, notes=(*plan.notes, *notes))


def _rates_of(
    spending: pd.DataFrame, rates: pd.DataFrame, target: str, source: str
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], list[Problem]]:
    """Find the row of the rate of each amount, -1 where it is in the target currency already."""
    found = np.full(len(spending), -1)
    problems = []
    days = (rates["date"] + "-01-01").str[:10]
    groups: dict[Any, Any] = spending.groupby([spending["currency"], _last_days(spending)]).indices
    for (currency, day), rows in groups.items():
        if currency == target:
            continue
        fitting = np.flatnonzero((rates["currency"] == currency) & (days <= day))
        if len(fitting):
            found[rows] = fitting[-1]
        else:
            message = f"no rate of {show_value(currency)} dated {str(day).removesuffix('-12-31')} or before"
            problems.append(
                Problem(source, message, "currency", way_out=f"add one to {target}, or leave out --convert")
            )
    return found, problems


def _last_days(spending: pd.DataFrame) -> pd.Series[str]:
    """Return for each amount the last day whose rate it can have: its value date, or the end of its year."""
    ends = spending["year"].astype(str) + "-12-31"
    if "value_date" not in spending:
        return ends
    stated = pd.to_datetime(spending["value_date"]).dt.strftime("%Y-%m-%d")
    return stated.where(stated.notna(), ends).astype(str)


def keep_given(spending: pd.DataFrame) -> pd.DataFrame:
    """Return amounts with what was given beside them, before any conversion: the first one keeps it."""
    if "given_amount" in spending:
        return spending.copy()
    return spending.assign(given_amount=spending["amount"], given_currency=spending["currency"])


def _convert(
    amount: int, rounding: Decimal, currency: str, rate: Decimal, target: str
) -> tuple[int, Decimal]:
    given = from_minor(amount, minor_digits(currency)) + rounding
    return to_minor(given * rate, minor_digits(target))
