"""Exchange rates: converts money to one currency and names the rates and their sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, UsageError, list_first, raise_if, show_value
from geoplan.model.money import from_minor, minor_digits, to_minor
from geoplan.sources.rate_tables import read_rate_table

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan


@dataclass(frozen=True)
class _Rate:
    """An exchange rate: one row of the table, or the mean of a year."""

    value: Decimal
    said: str
    day: str


def convert_plan(plan: Plan) -> Plan:
    """Convert all money of a plan to the plan's currency, at the rates of the plan.

    An amount gets the last rate on or before its value date. Without a value date, it gets the last rate in or before
    its year. With ``yearly = "mean"``, it gets the mean of the rates of its year, if there are any.
    The given amount is multiplied exactly and rounded once to minor units, half to even. The reconciliation shows the
    difference.

    A rate that is older than ``max_age_days`` on that day is a warning, or an error with ``old = "refuse"``.

    Parameters
    ----------
    plan : Plan
        With ``[plan] currency`` and a table under ``[rates]``: ``currency``, ``date`` (ISO), ``rate``
        (units of the plan's currency for one unit), ``source``.

    Returns
    -------
    Plan
        ``spending`` has ``given_amount_minor`` and ``given_currency`` next to the converted
        amount; ``notes`` list the rates used and state which of them are old.

    Raises
    ------
    UsageError
        The plan has no currency or no rates.
    InputError
        A rate is missing, not readable, or old while old rates are refused.
    """
    if not plan.currency or plan.rates is None:
        raise UsageError("to convert, the plan needs [plan] currency and a table of rates under [rates]")
    source = plan.rates.title
    rates = read_rate_table(plan.rates, "date", "rate")
    used, of_row, problems = _rates_of(plan, rates)
    raise_if(problems)
    old = _old_rates(plan, used, of_row)
    if plan.rate_rules.old == "refuse":
        way_out = "add rates of that time, or raise max_age_days in [rates]"
        raise_if([Problem(source, text, "date", way_out=way_out) for text in old])
    spending = keep_given(plan.spending)
    amounts = zip(spending["amount_minor"], spending["rounding"], spending["currency"], of_row, strict=True)
    converted = [
        _convert(
            int(amount), rounding, str(currency), used[at].value if at >= 0 else Decimal(1), plan.currency
        )
        for amount, rounding, currency, at in amounts
    ]
    spending["amount_minor"] = np.array([minor for minor, _ in converted], dtype=np.int64)
    spending["rounding"] = pd.Series([rest for _, rest in converted], dtype=object, index=spending.index)
    spending["currency"] = plan.currency
    notes = [f"converted: {said}" for said in sorted({rate.said for rate in used})]
    return replace(
        plan,
        spending=spending,
        notes=(*plan.notes, *notes, *[f"old rate: {text}" for text in old]),
        remarks=(*plan.remarks, *[f"old rate: {text}" for text in old]),
    )


def _rates_of(
    plan: Plan, rates: pd.DataFrame
) -> tuple[list[_Rate], np.ndarray[tuple[int], np.dtype[np.int64]], list[Problem]]:
    """Return the rates used, the index of each amount's rate (-1 in the plan's currency), and problems."""
    spending, target = plan.spending, plan.currency
    of_row = np.full(len(spending), -1)
    used: list[_Rate] = []
    problems = []
    days = (rates["date"] + "-01-01").str[:10]
    groups: dict[Any, Any] = spending.groupby(
        [spending["currency"], _last_days(spending), _is_dated(spending)]
    ).indices
    for (currency, day, is_dated), rows in groups.items():
        if currency == target:
            continue
        is_fitting = (rates["currency"] == currency) & (days <= day)
        in_year = np.flatnonzero(is_fitting & (days.str[:4] == str(day)[:4]))
        fitting = np.flatnonzero(is_fitting)
        if not len(fitting):
            message = f"no rate of {show_value(currency)} dated {str(day).removesuffix('-12-31')} or before"
            problems.append(
                Problem(plan.rates.title if plan.rates else "", message, "currency",
                        way_out=f"add one to {target}, or do not convert")
            )  # fmt: skip
            continue
        is_mean = plan.rate_rules.yearly == "mean" and not is_dated and len(in_year) > 0
        rate = _as_rate(rates, days, in_year if is_mean else fitting[-1:], target)
        if rate not in used:
            used.append(rate)
        of_row[rows] = used.index(rate)
    return used, of_row, problems


def _as_rate(rates: pd.DataFrame, days: pd.Series[str], rows: Any, target: str) -> _Rate:
    """Return one rate of the table, or the mean of the rates of one year."""
    chosen = rates.iloc[rows]
    values = [Decimal(text) for text in chosen["rate"]]
    sources = "; ".join(dict.fromkeys(text for text in chosen["source"] if text)) or "no source named"
    currency = chosen["currency"].iloc[0]
    if len(values) == 1:
        said = f"1 {currency} = {chosen['rate'].iloc[0]} {target} of {chosen['date'].iloc[0]} ({sources})"
        return _Rate(values[0], said, str(days.iloc[rows[0]]))
    mean = (sum(values, Decimal(0)) / len(values)).normalize()
    year = str(days.iloc[rows[0]])[:4]
    said = f"1 {currency} = {mean:f} {target}, the mean of {len(values)} rates of {year} ({sources})"
    return _Rate(mean, said, str(days.iloc[rows[-1]]))


def _old_rates(plan: Plan, used: list[_Rate], of_row: Any) -> list[str]:
    """List the rates that are older than allowed on the day of an amount, with their greatest age."""
    last_days = pd.to_datetime(_last_days(plan.spending)).to_numpy()
    found = []
    for at, rate in enumerate(used):
        rows = np.flatnonzero(of_row == at)
        ages = (last_days[rows] - np.datetime64(rate.day)).astype("timedelta64[D]").astype(int)
        old = rows[ages > plan.rate_rules.max_age_days]
        if len(old):
            years = sorted({int(year) for year in plan.spending["year"].iloc[old]})
            count = f"{len(old)} amount{'s' if len(old) > 1 else ''}"
            found.append(
                f"{rate.said} is used for {count} of {list_first(years)}, up to {ages.max() / 365.25:.1f} years later"
            )
    return found


def _last_days(spending: pd.DataFrame) -> pd.Series[str]:
    """Return the last day whose rate each amount can use: its value date, or the end of its year."""
    ends = spending["year"].astype(str) + "-12-31"
    if "value_date" not in spending:
        return ends
    stated = pd.to_datetime(spending["value_date"]).dt.strftime("%Y-%m-%d")
    return stated.where(stated.notna(), ends).astype(str)


def _is_dated(spending: pd.DataFrame) -> pd.Series[bool]:
    """Return which amounts have a value date."""
    if "value_date" not in spending:
        return pd.Series(False, index=spending.index)
    return spending["value_date"].notna()


def keep_given(spending: pd.DataFrame) -> pd.DataFrame:
    """Add the given amounts and currencies as columns, unless an earlier conversion has added them."""
    if "given_amount_minor" in spending:
        return spending.copy()
    return spending.assign(given_amount_minor=spending["amount_minor"], given_currency=spending["currency"])


def _convert(
    amount: int, rounding: Decimal, currency: str, rate: Decimal, target: str
) -> tuple[int, Decimal]:
    given = from_minor(amount, minor_digits(currency)) + rounding
    return to_minor(given * rate, minor_digits(target))
