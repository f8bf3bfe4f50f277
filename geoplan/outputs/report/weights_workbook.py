"""The weights workbook: an index with weights to edit, so that a meeting sees at once what they change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.outputs.workbook import Book, new_workbook

if TYPE_CHECKING:
    from geoplan.plan.classification_rules import ClassificationRule

_INPUT, _HEADER = "#FFF8D6", "#E8EDF0"
_FIRST = 3  # row of the first district on the sheet of scores, counted from 0
_LEADING = 2  # columns before the indicators: code and name


def write_weights(
    path: Path,
    indicators: pd.DataFrame,
    scored: pd.DataFrame,
    districts: pd.DataFrame,
    rule: ClassificationRule,
    notes: Sequence[str],
) -> None:
    """Write an index as a workbook in which scores and ranks follow the weights.

    Parameters
    ----------
    path : Path
    indicators : DataFrame
        From `geoplan.analysis.sturdiness.describe_indicators`.
    scored : DataFrame
        From `geoplan.plan.need_scores.score_districts`, in the order of ``districts``.
    districts : DataFrame
        ``district, name, rank, poverty_class, year`` (of the indicators).
    rule : ClassificationRule
        With method ``index``.
    notes : sequence of str
        Lines for the last sheet.
    """
    with new_workbook(path) as book:
        _write_weights(book, indicators)
        _write_scores(book, scored, districts, rule)
        sheet = book.add_sheet("Notes")
        sheet.set_column(0, 0, 110)
        for row, note in enumerate(notes):
            sheet.put(row, 0, note, book.style(text_wrap=True, valign="top"))


def _write_weights(book: Book, indicators: pd.DataFrame) -> None:
    sheet = book.add_sheet("Weights")
    heads = ["Indicator", "More need at", "Weight", "Effective weight", "Least needy", "Its figure", "Neediest", "Its figure"]  # fmt: skip
    for column, head in enumerate(heads):
        sheet.put(0, column, head, book.style(bold=True, bg_color=_HEADER, text_wrap=True))
    for row, values in enumerate(indicators.itertuples(index=False), start=1):
        for column, value in enumerate(values):
            look = {"bg_color": _INPUT, "num_format": "0.00"} if column == 2 else {}
            if column == 3:
                look = {"num_format": "0.00"}
            sheet.put(row, column, value, book.style(**look))
    last = len(indicators) + 1
    sheet.put(last, 0, "Sum", book.style(bold=True))
    sheet.write_formula(
        last,
        2,
        f"=SUM(C2:C{last})",
        book.style(bold=True, num_format="0.00"),
        float(indicators["weight"].sum()),
    )
    sheet.put(
        last + 1,
        0,
        "Change the yellow cells; scores and ranks follow on the next sheet. Effective weights do not.",
    )
    sheet.set_column(0, 7, 16)
    sheet.activate()


def _write_scores(
    book: Book, scored: pd.DataFrame, districts: pd.DataFrame, rule: ClassificationRule
) -> None:
    sheet = book.add_sheet("Scores")
    count = len(rule.names)
    bold = book.style(bold=True, bg_color=_HEADER, text_wrap=True)
    heads = [
        "District",
        "Name",
        *rule.names,
        "Score",
        "Rank",
        "Rank in the plan",
        "Class in the plan",
        "Year of the figures",
    ]
    for column, head in enumerate(heads):
        sheet.put(_FIRST - 1, column, head, bold)
    sheet.put(0, 0, "Indicators on one scale, where more is more need; weights from the first sheet:")
    for at, weight in enumerate(rule.weights):
        style = book.style(num_format="0.00")
        sheet.write_formula(1, _LEADING + at, f"=Weights!C{at + 2}", style, float(weight))
    for at in range(len(scored)):
        row = _FIRST + at
        values = scored[rule.names].iloc[at].to_numpy(dtype=float)
        if rule.aggregation == "geometric":
            values = np.where(np.isnan(values), np.nan, np.maximum(values, rule.floor or 0.0))
        cells: list[Any] = [districts["district"].iloc[at], districts["name"].iloc[at]]
        for column, value in enumerate(
            [*cells, *(None if np.isnan(value) else float(value) for value in values)]
        ):
            sheet.put(row, column, value, book.style(num_format="0.000"))
        _put_score(book, sheet, row, scored.iloc[at], rule, last=_FIRST + len(scored))
        for column, name in enumerate(("rank", "poverty_class", "year"), start=_LEADING + count + 2):
            sheet.put(row, column, districts[name].iloc[at])
    sheet.freeze_panes(_FIRST, _LEADING)
    sheet.set_column(0, len(heads) - 1, 16)


def _put_score(
    book: Book, sheet: Any, row: int, scored: pd.Series[Any], rule: ClassificationRule, *, last: int
) -> None:
    """Put the score of a district as a formula of its row and the weights, and its rank."""
    from xlsxwriter.utility import xl_col_to_name

    first, end = xl_col_to_name(_LEADING), xl_col_to_name(_LEADING + len(rule.names) - 1)
    score, style = xl_col_to_name(_LEADING + len(rule.names)), book.style(num_format="0.000")
    weights, values = f"${first}$2:${end}$2", f"{first}{row + 1}:{end}{row + 1}"
    known = f"COUNT({values})"
    mean = f"SUMPRODUCT({weights},{values})/SUMPRODUCT({weights},--ISNUMBER({values}))"
    if rule.aggregation == "geometric":
        # A missing figure counts as 1, whose logarithm is 0, and its weight is left out below the line.
        mean = f"EXP(SUMPRODUCT({weights},LN({values}+NOT(ISNUMBER({values}))))/SUMPRODUCT({weights},--ISNUMBER({values})))"
    needed = len(rule.names) if rule.missing == "no score" else 1
    value = "" if pd.isna(scored["score"]) else float(scored["score"])
    sheet.write_formula(row, _LEADING + len(rule.names), f'=IF({known}<{needed},"",{mean})', style, value)
    rank = f'=IF({score}{row + 1}="","",RANK({score}{row + 1},{score}${_FIRST + 1}:{score}${last}))'
    place = "" if pd.isna(scored["rank"]) else int(scored["rank"])
    sheet.write_formula(row, _LEADING + len(rule.names) + 1, rank, book.style(), place)
