"""The report as a workbook, sheet by sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.model.money import minor_digits
from geoplan.outputs.report.chapters import place_heads
from geoplan.outputs.report.charts import MOST_DISTRICTS
from geoplan.outputs.report.contents import Findings, closing_words, opening_words
from geoplan.outputs.report.poverty_matrix import lay_out_matrix
from geoplan.outputs.sections import with_money
from geoplan.outputs.workbook import Bars, SheetToWrite, decimal_format, write_workbook

_PRINTED_ROWS = 60
"""Rows of the ledger and of unplaced money that are printed: who wants all of them reads them on the screen."""
_SHARES = ("share", "execution_rate", "predictability", "execution_so_far", "poverty")
_FORMATS = {
    **dict.fromkeys(_SHARES, "0.0%"),
    **dict.fromkeys(("certain", "expected", "lowest", "highest"), "0.000"),
    **dict.fromkeys(("population", "poor"), "#,##0"),
    "year": "0",
}


def write_book(path: Path, found: Findings) -> None:
    """Write a report as a workbook.

    Parameters
    ----------
    path : Path
    found : Findings

    Raises
    ------
    UsageError
        A table, such as the ledger, has more rows than a sheet.
    """
    words = found.words
    sheets = {words.say(f"sheet.{name}"): sheet for name, sheet in _sheets(found).items()}
    about = [
        f"{title}: {words.say(f'about.{name}')}" for title, name in zip(sheets, _sheets(found), strict=True)
    ]
    plan = found.plan
    notes = [*([plan.subtitle] if plan.subtitle else []), *opening_words(found), *closing_words(found), "",
             f"{words.say('contents')}:", *about, "", *found.equity.notes]  # fmt: skip
    write_workbook(path, sheets, notes, opening=words.say("sheet.readme"), title=plan.title)


def _sheets(found: Findings) -> dict[str, SheetToWrite]:
    words = found.words
    money = _money_format(found)
    few = len(found.districts) <= MOST_DISTRICTS and len(found.ledger.currencies) == 1
    one = len(found.ledger.currencies) == 1
    districts = Bars(words.say("chart.districts"), "name", ("certain", "expected")) if few else None
    years = Bars(words.say("chart.years"), "year", ("planned", "paid"), upright=True) if one else None
    amounts = dict.fromkeys(("certain", "expected", "at_most"), money)
    stated = (found.sectors["sector"] != words.say("column.not stated")).any()
    sectors = {"sectors": _sheet(found, found.sectors.drop(columns="partners")),
               "sector_places": _sheet(found, found.sector_places, heads=dict(found.heads))} if stated else {}  # fmt: skip
    named = found.components["component"].replace("", None).notna().any()
    components = (
        {"components": _sheet(found, found.components, heads=place_heads(found, found.components))}
        if named
        else {}
    )
    is_crossed = found.crossing["money_step"].notna().any()
    crossed = (
        {"poverty": _sheet(found, _matrix(found)), "crossing": _sheet(found, _crossing(found))}
        if is_crossed
        else {}
    )
    return {
        "districts": _sheet(found, found.districts, amounts, bars=districts),
        **crossed,
        **components,
        **sectors,
        "funders": _sheet(found, found.funders),
        "funder_places": _sheet(found, found.funder_places, heads=dict(found.heads)),
        "projects": _sheet(found, found.projects, heads=place_heads(found, found.projects)),
        "years": _sheet(found, found.years, bars=years),
        "equity": _sheet(found, found.measures),
        "unplaced": _sheet(found, found.unplaced, printed_rows=_PRINTED_ROWS),
        "reconciliation": _sheet(found, found.reconciliation),
        "ledger": _sheet(found, found.entries, printed_rows=_PRINTED_ROWS),
    }


def _matrix(found: Findings) -> pd.DataFrame:
    """Return the matrix of money and poverty of each currency."""
    parts = [
        lay_out_matrix(part, found.words).assign(currency=currency)
        for currency, part in found.crossing.groupby("currency", sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


def _crossing(found: Findings) -> pd.DataFrame:
    """Return the districts of the matrix with their steps in words."""
    words, rows = found.words, found.crossing
    steps = {
        name: rows[name].map(
            lambda step, key=key: words.say(f"{key}.{step}") if isinstance(step, str) else None
        )
        for name, key in (("money_step", "column.money"), ("poverty_step", "poverty"))
    }
    left_out = [words.say("yes" if is_left_out else "no") for is_left_out in rows["is_left_out"]]
    amounts = with_money(rows, ["per_person", "per_poor_person", "gap"])
    return amounts.assign(**steps, is_left_out=left_out)


def _sheet(
    found: Findings,
    frame: pd.DataFrame,
    formats: dict[str, str] | None = None,
    *,
    heads: dict[str, str] | None = None,
    bars: Bars | None = None,
    printed_rows: int | None = None,
) -> SheetToWrite:
    words = found.words
    drawn = () if bars is None else (bars.labels, *bars.values)
    # A column without any value says nothing on its sheet.
    frame = frame[[name for name in frame if name in drawn or len(frame) == 0 or _has_values(frame[name])]]
    named = {name: words.say(f"column.{name}") for name in frame.columns if words.knows(f"column.{name}")}
    return SheetToWrite(frame, named | (heads or {}), _FORMATS | (formats or {}), bars, printed_rows)


def _has_values(column: pd.Series[Any]) -> bool:
    """Tell whether any cell is filled; an empty text is not."""
    return bool((column.notna() & (column.astype(object) != "")).any())


def _money_format(found: Findings) -> str:
    """Return the number format of amounts: with the currency's decimals if there is only one currency."""
    digits: Any = {minor_digits(currency) for currency in found.ledger.currencies}
    return decimal_format(max(digits, default=2))
