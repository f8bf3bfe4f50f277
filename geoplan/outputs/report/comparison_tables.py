"""Comparisons as tables and sentences."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geoplan.model.money import format_minor, minor_digits
from geoplan.outputs.sections import with_money

_MONEY = ("one", "other", "change", "moved")


def comparison_sections(sections: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables of a comparison, with amounts as exact decimals and only the certain measures.

    Parameters
    ----------
    sections : mapping of str to DataFrame
        ``change``, and optionally ``measures`` and ``projects``, from `geoplan.analysis.comparison`.
    """
    shown = {}
    for name, frame in sections.items():
        if name == "measures":
            certain = frame[frame["reading"] == "certain"].drop(columns=["reading", "measure"])
            shown[name] = certain.rename(columns={"label": "measure"}).round(4).reset_index(drop=True)
            continue
        money = [column for column in _MONEY if column in frame]
        exact = [f"{column}_minor" for column in money]
        shown[name] = with_money(frame.drop(columns=exact), money)
    return shown


def comparison_notes(change: pd.DataFrame, one: str, other: str) -> list[str]:
    """Describe a comparison: its two sides, and their totals by currency and kind of money.

    Parameters
    ----------
    change : DataFrame
        As from `geoplan.analysis.comparison.compare`.
    one, other : str
        Names of the two sides.
    """
    notes = [f"one: {one}; other: {other}; change: other − one."]
    for (currency, *kind), rows in change.groupby(
        ["currency", *(["kind"] if "kind" in change else [])], sort=True
    ):
        digits = minor_digits(str(currency))
        sums = [format_minor(int(rows[f"{name}_minor"].sum()), digits) for name in ("one", "other", "change")]
        of_kind = "".join(f" of {name}" for name in kind)
        notes.append(f"{currency} {sums[0]}{of_kind} in one, {sums[1]} in the other, change {sums[2]}.")
    return notes
