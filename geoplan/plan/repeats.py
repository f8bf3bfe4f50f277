"""Repeats: finds rows that may count money or places twice, and codes that lost digits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem
from geoplan.model.money import format_minor, minor_digits
from geoplan.model.schema import GIVEN_YEAR, SOURCE_FILE, SOURCE_ROW, SPENDING, STANDS_FOR
from geoplan.sources.tables.cell_values import as_text, distinct_cells
from geoplan.sources.tables.dates import year_of
from geoplan.sources.tables.named_dates import is_part_of_year, names_part_of_year

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

_SAME_AMOUNT = (
    "project",
    "location",
    "component",
    "funder",
    "year",
    "value_date",
    "kind",
    "currency",
    "amount_minor",
)
_PLACE = ("district", "province", "name", "lon", "lat", "precision")
_DAMAGED = re.compile(r"\d(?:[.,]\d+)?E\+\d{1,3}", re.IGNORECASE)


def find_repeats(plan: Plan) -> list[Problem]:
    """List repeated rows and codes that a spreadsheet damaged, with the sums at stake.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    list of Problem
    """
    return [*_repeated_amounts(plan), *_repeated_places(plan), *_damaged_codes(plan)]


def _repeated_amounts(plan: Plan) -> list[Problem]:
    spending = plan.spending
    if spending.empty or STANDS_FOR in spending:
        return []
    all_columns = [name for name in spending.columns if name not in (SOURCE_ROW, SOURCE_FILE)]
    key = [name for name in (*_SAME_AMOUNT, GIVEN_YEAR, *_PLACE) if name in spending]
    again = _again(spending[key]) & (spending["amount_minor"] != 0).to_numpy()
    if not again.any():
        return []
    # Comparing all columns is slow. Few rows have the same key, so only these are compared.
    near = spending[spending.duplicated(key, keep=False)]
    times = [
        str(name) for name in near.columns if name not in SPENDING.read_names and _tells_time(near[name])
    ]
    if times:
        again[:] = False
        again[spending.index.get_indexer(near.index)] = _again(near[[*key, *times]])
        again &= (spending["amount_minor"] != 0).to_numpy()
    identical = np.zeros(len(spending), dtype=bool)
    identical[spending.index.get_indexer(near.index)] = _again(near[all_columns].astype(str))
    identical = identical & again
    cases = (
        (identical, "rows that are identical to an earlier row"),
        (again & ~identical, "the same amount of the same project, year and kind again"),
    )
    return [
        _listed(plan, "spending", message, spending[mask], _sum_of(spending[mask]), "remove them if they count the same money twice")
        for mask, message in cases
        if mask.any()
    ]  # fmt: skip


def _tells_time(cells: pd.Series[Any]) -> bool:
    """Return whether the cells of a column are months, quarters or days: equal amounts of two of them are no repeat."""
    if cells.name in (SOURCE_ROW, SOURCE_FILE, "rounding"):
        return False
    texts = [as_text(cell) for cell in distinct_cells(cells)]
    if names_part_of_year(str(cells.name)) and texts and all(map(str.isdecimal, texts)):
        return True
    return bool(texts) and all(year_of(text) is not None or is_part_of_year(text) for text in texts)


def _again(frame: pd.DataFrame) -> Any:
    return frame.duplicated(keep="first").to_numpy()


def _repeated_places(plan: Plan) -> list[Problem]:
    """Find places that a project names twice, because each of them gets a part of its money."""
    locations = pd.DataFrame(plan.locations)
    if locations.empty:
        return []
    key = ["project", *(name for name in _PLACE if name in locations)]
    shapes = plan.locations.geometry.to_wkb().fillna(b"")
    again = _again(locations[key].assign(shape=shapes.to_numpy()))
    again = again & locations[[*key[1:], "geometry"]].notna().any(axis=1).to_numpy()
    if not again.any():
        return []
    rows = locations[again]
    counts = locations["project"].value_counts()
    part = (rows["project"].value_counts() / counts).dropna()
    money = plan.spending[plan.spending["project"].isin(part.index)]
    at_stake = money.assign(
        amount_minor=(money["amount_minor"] * money["project"].map(part).astype(float))
        .round()
        .astype("int64")
    )
    message = "places that a project names twice"
    message += ", so that they get a double part of its money" if plan.has_money else ", which count twice"
    return [
        _listed(plan, "locations", message, rows, _sum_of(at_stake), "remove one of each if it is one place")
    ]


def _damaged_codes(plan: Plan) -> list[Problem]:
    """Find codes in scientific notation, which a spreadsheet has rounded."""
    found = []
    for table in ("districts", "projects", "locations", "spending"):
        frame = getattr(plan, table)
        for column in ("project", "location", "district"):
            if column not in frame or SOURCE_ROW not in frame:
                continue
            codes = pd.Series(frame[column].dropna().unique(), dtype=object).astype(str)
            damaged = codes[codes.str.fullmatch(_DAMAGED)]
            if damaged.empty:
                continue
            rows = frame[frame[column].isin(damaged)]
            money = (
                plan.spending[plan.spending["project"].isin(rows["project"])] if "project" in rows else None
            )
            message = "codes that a spreadsheet has rounded, so that different ones may look the same"
            way_out = "format the column as text in the spreadsheet and enter the codes again"
            found.append(_listed(plan, table, message, rows, _sum_of(money), way_out, column))
    return found


def _sum_of(spending: pd.DataFrame | None) -> str:
    """Return the sum of amounts by currency, as text."""
    if spending is None or spending.empty:
        return ""
    sums = spending.groupby("currency", sort=True, observed=True)["amount_minor"].sum()
    return ", ".join(
        f"{code} {format_minor(int(minor), minor_digits(str(code)))}" for code, minor in sums.items()
    )


def _listed(
    plan: Plan,
    table: str,
    message: str,
    rows: pd.DataFrame,
    at_stake: str,
    way_out: str,
    column: str = "project",
) -> Problem:
    source = plan.files[table].name if table in plan.files else table
    files = list(dict.fromkeys(rows[SOURCE_FILE].astype(str))) if SOURCE_FILE in rows else []
    if len(files) and f"{table} 2" in plan.files:
        source = ", ".join(sorted(files))
    return Problem(
        source,
        f"{message} ({at_stake} at stake)" if at_stake else message,
        column,
        tuple(int(row) for row in rows[SOURCE_ROW]),
        tuple(rows[column]),
        way_out,
    )
