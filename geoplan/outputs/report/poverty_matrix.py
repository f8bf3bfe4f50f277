"""Money × poverty of a report: a small matrix of districts, and the list of those that are poor and left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.analysis.bivariate import cross_money_and_poverty, is_left_out
from geoplan.analysis.gaps import rank_gaps
from geoplan.plan.translations import district_names
from geoplan.text.languages import Catalogue

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan

STEPS = ("low", "middle", "high")
MOST_NAMES = 6
"""Districts that are named in a cell of the matrix; the list has all."""


def cross_districts(plan: Plan, ledger: Ledger, language: str) -> pd.DataFrame:
    """Cross districts by money and poverty, those that are poor and left out first.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        Of one kind of money.
    language : str

    Returns
    -------
    DataFrame
        Per currency and district: ``name``; ``currency``; ``population`` and ``poor`` (persons); ``poverty``, the rate,
        missing where only an order of classes is known; ``per_person`` and ``per_poor_person``; ``gap``, poor persons ×
        what each lacks to the average per poor person; ``money_step`` and ``poverty_step``; ``is_left_out``. In each
        currency the districts that are poor and left out come first, the largest gap first.
    """
    rows = cross_money_and_poverty(ledger)
    gaps = rank_gaps(ledger)[["currency", "district", "population", "poor", "per_poor_person", "gap"]]
    rows["per_person"] = cross_money_and_poverty(ledger, per="person")["per_person"]
    rows = rows.drop(columns="per_poor_person", errors="ignore").merge(
        gaps, on=["currency", "district"], how="left"
    )
    rows = rows.assign(
        name=rows["district"].map(district_names(plan, language)),
        poverty=rows["poor"].astype("float64")
        / rows["population"].astype("float64").where(rows["population"] > 0),
        is_left_out=is_left_out(rows["cell"]),
    )
    rows = rows.sort_values(
        ["currency", "is_left_out", "gap", "per_person", "district"],
        ascending=[True, False, False, True, True],
        ignore_index=True,
    )
    return rows[["name", "currency", "population", "poor", "poverty", "per_person", "per_poor_person", "gap",
                 "money_step", "poverty_step", "is_left_out"]]  # fmt: skip


def lay_out_matrix(rows: pd.DataFrame, words: Catalogue) -> pd.DataFrame:
    """Lay out one currency of `cross_districts` as a matrix of text: the poorest row first, no data last.

    Parameters
    ----------
    rows : DataFrame
    words : Catalogue
        Of the report.

    Returns
    -------
    DataFrame
        ``poverty_step`` in words, and a column for each step of money, with the number of districts and their names.
    """
    steps = [step for step in STEPS if (rows[["money_step", "poverty_step"]] == step).any(axis=None)]
    lines = [
        {"poverty_step": words.say(f"poverty.{poverty}")}
        | {
            f"money.{money}": _tell(
                rows[(rows["money_step"] == money) & (rows["poverty_step"] == poverty)], words
            )
            for money in steps
        }
        for poverty in reversed(steps)
    ]
    unknown = rows[rows["money_step"].isna() | rows["poverty_step"].isna()]
    if len(unknown):
        lines.append(
            {
                "poverty_step": words.say("poverty.unknown"),
                f"money.{(steps or STEPS)[0]}": _tell(unknown, words),
            }
        )
    return pd.DataFrame(lines, columns=["poverty_step", *[f"money.{step}" for step in steps or STEPS[:1]]])


def _tell(rows: pd.DataFrame, words: Catalogue) -> str:
    """Return the number of districts and the names of the first."""
    names = [str(name) for name in rows["name"]]
    if not names:
        return "0"
    more = len(names) - MOST_NAMES
    ending = f" {words.say('and_more', count=more)}" if more > 0 else ""
    return f"{len(names)}: {', '.join(names[:MOST_NAMES])}{ending}"
