"""Allocations and phasings as tables and sentences."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.model.errors import show_number
from geoplan.model.money import format_minor, from_minor, minor_digits
from geoplan.model.schema import minor_name
from geoplan.outputs.sections import with_money
from geoplan.sources.tables.cell_values import FIRST_YEAR

if TYPE_CHECKING:
    from geoplan.planning import Allocation, Phasing

_SHARE_DIGITS = 6


def allocation_sections(allocation: Allocation, equity: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return an allocation as named tables: the amount of each district, its arithmetic, and equity.

    Parameters
    ----------
    allocation : Allocation
    equity : DataFrame
        Of `geoplan.planning.compare_equity`.
    """
    districts = allocation.districts
    digits = minor_digits(allocation.currency)
    named = districts[["district", "name", "poverty_class"]].assign(
        received=_money(districts["received_minor"], digits),
        proposed=districts["amount"],
        after=_money(districts["received_minor"] + districts["amount_minor"], digits),
        proposed_per_poor=districts["amount_per_poor"],
        currency=allocation.currency,
    )
    proposal = with_money(named, ["proposed_per_poor"])
    arithmetic = districts.drop(
        columns=["poverty_class", "received_minor", "amount_minor", "amount_per_poor"]
    )
    for name in arithmetic.columns:
        if pd.api.types.is_float_dtype(arithmetic[name]):
            arithmetic[name] = arithmetic[name].round(2 if name == "by_weight" else _SHARE_DIGITS)
    sections = {"proposal": proposal, "arithmetic": arithmetic}
    if allocation.components:
        sections["components"] = allocation.amounts.drop(columns="amount_minor").assign(
            currency=allocation.currency
        )
    return {**sections, "equity": equity.drop(columns="measure").round(4)}


def allocation_notes(allocation: Allocation) -> list[str]:
    """Describe in sentences how the split was computed, so that a reader can check it by hand."""
    from geoplan.planning import FACTORS

    digits = minor_digits(allocation.currency)

    def money(minor: Any) -> str:
        return f"{allocation.currency} {format_minor(round(minor), digits)}"

    if "change" not in allocation.districts and not allocation.terms:
        return [f"The split is {allocation.rule}; it adds up to {money(allocation.budget_minor)}."]
    if not allocation.terms:
        change = allocation.districts["change"]
        moved = sum((step for step in change if step > 0), Decimal(0))
        return [
            f"{sum(step != 0 for step in change)} of {len(change)} districts differ from the proposal; "
            f"{allocation.currency} {moved:,f} moved."
        ]
    notes = [
        "A district's weight is its share of all districts"
        + (
            ": "
            + " + ".join(
                f"{show_number(float(term.weight))} × share of {term.factor} ({FACTORS[term.factor]})"
                for term in allocation.terms
            )
            if len(allocation.terms) > 1
            else f" of {allocation.terms[0].factor} ({FACTORS[allocation.terms[0].factor]})"
        )
        + ".",
    ]
    held = allocation.districts[allocation.districts["bound"] != ""]
    if len(held):
        fixed = int(held["amount_minor"].sum())
        listed = ", ".join(
            f"{row.district} ({row.bound} {money(row.amount_minor)})" for row in held.head(10).itertuples()
        )
        notes.append(f"At a bound: {listed}{', …' if len(held) > 10 else ''}; together {money(fixed)}.")
        if len(held) < len(allocation.districts):
            notes.append(
                f"The other districts share {money(allocation.budget_minor - fixed)}: weight × {money(float(allocation.rate))}."
            )
    notes.append(
        f"Amounts are rounded down to {'the smallest unit' if allocation.unit_minor == 1 else f'multiples of {money(allocation.unit_minor)}'}. "
        "The remaining units go to the largest remainders, one each."
    )
    return notes


def _money(minor: pd.Series[int], digits: int) -> pd.Series[Any]:
    return pd.Series([from_minor(int(amount), digits) for amount in minor], index=minor.index, dtype=object)


def phasing_sections(phasing: Phasing) -> dict[str, pd.DataFrame]:
    """Return a phasing as named tables: by year, and each demand.

    Parameters
    ----------
    phasing : Phasing
    """
    digits = minor_digits(phasing.currency)
    demands, years = phasing.demands, phasing.years
    totals = years[["year", "ceiling", "carried", "planned", "unused"]].copy()
    classes = [*dict.fromkeys([*phasing.classes, *sorted(demands["poverty_class"].unique())])]
    of_years = [minor_name(str(year)) for year in years["year"]]
    by_class = demands.groupby("poverty_class")[[*of_years, "unmet_minor"]].sum()
    for name in classes:
        row = by_class.loc[name] if name in by_class.index else None
        totals[name] = _money(pd.Series([0 if row is None else row[year] for year in of_years]), digits)
    unmet = {"year": "unmet", "planned": from_minor(phasing.unmet_minor, digits)}
    unmet |= {name: from_minor(int(by_class["unmet_minor"].get(name, 0)), digits) for name in classes}
    totals = pd.concat([totals.astype(object), pd.DataFrame([unmet], dtype=object)], ignore_index=True)
    columns = ["project", "location", "district", "poverty_class", "component", "funder", "start", "place"]
    rows = demands[[*columns, "demand", *map(str, years["year"]), "unmet"]].copy()
    rows["start"] = demands["start"].where(demands["start"] > FIRST_YEAR).astype("Int64")
    return {
        "years": totals.assign(currency=phasing.currency),
        "demands": rows.assign(currency=phasing.currency),
    }
