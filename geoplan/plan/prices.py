"""Prices: converts amounts to the prices of one year with a table of deflators."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, UsageError, raise_if, show_value
from geoplan.model.money import from_minor, minor_digits, to_minor
from geoplan.plan.exchange import keep_given
from geoplan.sources.rate_tables import read_rate_table

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

_MILLIONTH = Decimal("0.000001")


def deflate_plan(plan: Plan, base: int) -> Plan:
    """Convert all money of a plan to the prices of one year.

    An amount is multiplied by the index of the base year and divided by the index of its own year (fixed-base
    deflation). The result is computed to a millionth of the currency unit and rounded once to minor units, half to
    even. The reconciliation shows the difference.

    Parameters
    ----------
    plan : Plan
        With a table under ``[deflators]``: ``currency``, ``year``, ``index`` (any base), ``source``.
    base : int
        Base year.

    Returns
    -------
    Plan
        ``spending`` has ``given_amount_minor`` and ``given_currency`` next to the amount in
        constant prices; ``notes`` state the deflators used.

    Raises
    ------
    UsageError
        The plan has no table of deflators.
    InputError
        A deflator is missing or not readable.
    """
    if plan.deflators is None:
        raise UsageError("for constant prices the plan needs a table of deflators under [deflators]")
    table = read_rate_table(plan.deflators, "year", "index").astype({"year": int})
    index = {
        (currency, year): Decimal(value)
        for currency, year, value in zip(table["currency"], table["year"], table["index"], strict=True)
    }
    spending = keep_given(plan.spending)
    used = sorted(
        {
            (str(currency), int(year))
            for currency, year in zip(spending["currency"], spending["year"], strict=True)
        }
    )
    needed = sorted({(currency, year) for pair in used for currency, year in (pair, (pair[0], base))})
    raise_if(
        [
            _missing(currency, year, plan.deflators.title)
            for currency, year in needed
            if (currency, year) not in index
        ]
    )
    held = [
        _deflate(int(minor), rounding, currency, index[currency, base], index[currency, year])
        for minor, rounding, currency, year in zip(
            spending["amount_minor"],
            spending["rounding"],
            spending["currency"],
            spending["year"],
            strict=True,
        )
    ]
    spending["amount_minor"] = np.array([minor for minor, _ in held], dtype=np.int64)
    spending["rounding"] = pd.Series([rest for _, rest in held], dtype=object, index=spending.index)
    return replace(plan, spending=spending, notes=(*plan.notes, *_said(table, used, base)))


def _missing(currency: str, year: int, source: str) -> Problem:
    message = f"no deflator of {show_value(currency)} for {year}"
    return Problem(source, message, "year", way_out="add one, or omit constant prices")


def _deflate(
    minor: int, rounding: Decimal, currency: str, base: Decimal, own: Decimal
) -> tuple[int, Decimal]:
    digits = minor_digits(currency)
    with localcontext() as context:
        context.prec = 60
        value = ((from_minor(minor, digits) + rounding) * base / own).quantize(_MILLIONTH)
    return to_minor(value, digits)


def _said(table: pd.DataFrame, used: list[tuple[str, int]], base: int) -> list[str]:
    """Return a note for each currency with the deflators used and their sources."""
    notes = []
    for currency in sorted({currency for currency, _ in used}):
        years = {year for name, year in used if name == currency} | {base}
        rows = table[(table["currency"] == currency) & table["year"].isin(years)]
        listed = ", ".join(
            f"{year} = {index}" for year, index in zip(rows["year"], rows["index"], strict=True)
        )
        sources = "; ".join(dict.fromkeys(source for source in rows["source"] if source)) or "no source named"
        notes.append(f"{currency} in constant prices of {base}: deflators {listed} ({sources})")
    return notes
