"""Given splits: a table of districts and amounts, such as a sheet of a meeting, as an allocation."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, UsageError, raise_if
from geoplan.model.money import from_minor, minor_digits, read_amount
from geoplan.planning.allocation import Allocation, find_district
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.numerals import as_plain_numbers
from geoplan.sources.tables.table_files import TABLE_SUFFIXES, read_table

_NEEDED = ("district", "amount")
_FORMAT = "write digits with a decimal point, such as 500000.00"


def read_given_split(path: Path, needs: pd.DataFrame, *, currency: str) -> Allocation:
    """Read a table with the columns district, amount (or proposed) and, if wanted, component and currency.

    Parameters
    ----------
    path : Path
        A text file or a workbook. A district is given by its code or its name; one that is not listed gets 0.
    needs : DataFrame
        Of `geoplan.planning.describe_needs`.
    currency : str
        ISO 4217.

    Returns
    -------
    Allocation
        Its budget is the sum of the amounts; no bounds.

    Raises
    ------
    InputError
        With every cell that is not a district or an amount, and every pair of rows for the same district.
    """
    if path.suffix.lower() not in TABLE_SUFFIXES:
        way_out = f"give a table that ends in {', '.join(TABLE_SUFFIXES)}"
        raise InputError(Problem(path.name, "is not a table", way_out=way_out))
    raw = read_table(FileSpec(path))
    table = raw.table.rename(columns=lambda name: str(name).strip().casefold())
    if "amount" not in table:
        # The table that a proposal writes has the new money beside what districts had, and will have.
        table = table.rename(columns={"proposed": "amount"})
    raise_if(_other_currencies(raw, table, currency))
    missing = [name for name in _NEEDED if name not in table]
    raise_if(
        [
            Problem(
                raw.source, "a column is missing", name, way_out="it needs the columns district and amount"
            )
            for name in missing
        ]
    )
    needs = needs.sort_values("district", ignore_index=True)
    named = table["component"] if "component" in table else pd.Series([""] * len(table))
    components = ["" if pd.isna(cell) else str(cell).strip() for cell in named]
    amounts, problems = _read_rows(raw, table, components, needs, minor_digits(currency))
    raise_if(problems)
    if not sum(amounts.values()):
        raise InputError(
            Problem(raw.source, "all amounts are 0", "amount", way_out="give at least one amount")
        )
    return _as_allocation(amounts, needs, currency, path)


def _other_currencies(raw: RawTable, table: pd.DataFrame, currency: str) -> list[Problem]:
    """Return the amounts whose row names another currency."""
    if "currency" not in table:
        return []
    wrong = table["currency"].notna() & (table["currency"].astype(str).str.strip().str.upper() != currency)
    rows, values = tuple(int(row) for row in raw.rows[wrong]), tuple(table.loc[wrong, "currency"])
    way_out = f"give the amounts in {currency}, or name the currency of the budget"
    return (
        [Problem(raw.source, "amounts of another currency", "currency", rows, values, way_out)]
        if rows
        else []
    )


def _read_rows(
    raw: RawTable, table: pd.DataFrame, components: list[str], needs: pd.DataFrame, digits: int
) -> tuple[dict[tuple[str, str], int], list[Problem]]:
    """Return the amounts by district and component in minor units, and what is wrong with rows."""
    amounts: dict[tuple[str, str], int] = {}
    problems = []
    rows = zip(raw.rows, table["district"], components, as_plain_numbers(table["amount"]), strict=True)
    for row, district, component, amount in rows:
        try:
            code = find_district("" if pd.isna(district) else str(district).strip(), needs)
        except UsageError as error:
            problems.append(Problem(raw.source, str(error), "district", (int(row),)))
            continue
        try:
            minor = read_amount(amount, digits, "the amount")
        except UsageError:
            problems.append(Problem(raw.source, "not an amount", "amount", (int(row),), (amount,), _FORMAT))
            continue
        if (code, component) in amounts:
            way_out = "keep one row for each district, or for each district and component"
            problems.append(
                Problem(
                    raw.source,
                    "the district has an amount already",
                    "district",
                    (int(row),),
                    (district,),
                    way_out,
                )
            )
        amounts[code, component] = minor
    return amounts, problems


def _as_allocation(
    amounts: dict[tuple[str, str], int], needs: pd.DataFrame, currency: str, path: Path
) -> Allocation:
    digits = minor_digits(currency)
    names = sorted({component for _, component in amounts})
    codes = needs["district"].tolist()
    cells = np.array([[amounts.get((code, name), 0) for name in names] for code in codes], dtype=np.int64)

    def decimals(minor: Any) -> pd.Series[Any]:
        return pd.Series([from_minor(int(amount), digits) for amount in minor], dtype=object)

    rows = needs.loc[np.repeat(needs.index.to_numpy(), len(names)), ["district", "name", "poverty_class"]]
    frame = rows.reset_index(drop=True).assign(component=names * len(codes), amount_minor=cells.ravel())
    totals = cells.sum(axis=1)
    poor = needs["poor"].to_numpy(dtype=float)
    districts = needs[["district", "name", "poverty_class"]].assign(
        minimum=decimals([0] * len(codes)),
        maximum=pd.Series([None] * len(codes), dtype=object),
        bound="",
        amount_minor=totals,
        amount=decimals(totals),
        received_minor=needs["received_minor"].to_numpy(),
        amount_per_poor=totals / 10**digits / np.where(poor > 0, poor, np.nan),
    )
    return Allocation(
        amounts=frame.assign(amount=decimals(frame["amount_minor"])),
        districts=districts,
        rule=f"as given in {path.name}",
        terms=(),
        budget_minor=int(cells.sum()),
        currency=currency,
        components=dict(zip(names, cells.sum(axis=0).tolist(), strict=True)) if names != [""] else {},
        rate=Fraction(0),
    )
