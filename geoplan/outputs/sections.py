"""Sections: several named tables of one output, as JSON, CSV, Markdown or plain text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.ledger.entries import Ledger
from geoplan.model.errors import escape_controls
from geoplan.model.money import minor_digits
from geoplan.outputs.text_tables import (
    closing_lines,
    figure_year_lines,
    illustrative_lines,
    markdown_table,
    markdown_text,
    render_json,
    write_csv,
)
from geoplan.outputs.workbook import SheetToWrite, write_workbook
from geoplan.text.languages import read_catalogue

_SHARES = ("share", "_rate", "predictability", "execution_so_far", "mean_deviation")


def with_money(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Write amounts in currency units as decimals with the digits of their currency.

    Parameters
    ----------
    frame : DataFrame
        With a column ``currency``.
    names : sequence of str
        Columns of amounts in currency units; a missing amount stays missing. Rates, such as
        amounts per person, have two decimals at least, and two digits where these would show 0.
    """
    digits = [minor_digits(currency) for currency in frame["currency"]]
    columns = {}
    for name in names:
        rate = "_per_" in f"_{name}" or name.startswith("average")
        cells = [
            None if pd.isna(amount) else _rounded(amount, max(places, 2) if rate else places, small=rate)
            for amount, places in zip(frame[name], digits, strict=True)
        ]
        columns[name] = pd.Series(cells, index=frame.index, dtype=object)
    return frame.assign(**columns)


def _rounded(amount: float, places: int, *, small: bool) -> Decimal:
    """Round an amount; one that would show as 0 keeps two digits if it is a rate, because little is not nothing.

    >>> _rounded(0.00123, 2, small=True), _rounded(0.00123, 2, small=False), _rounded(1.005, 2, small=True)
    (Decimal('0.0012'), Decimal('0.00'), Decimal('1.00'))
    """
    rounded = Decimal(f"{amount:.{places}f}")
    if small and not rounded and amount and math.isfinite(amount):
        return Decimal(f"{amount:.{1 - math.floor(math.log10(abs(amount)))}f}")
    return rounded


def sections_json(sections: Mapping[str, pd.DataFrame], ledger: Ledger) -> str:
    """Write tables as one object; missing and infinite values are null."""
    written: dict[str, Any] = {
        name.replace(" ", "_"): [
            {key: _json_cell(cell) for key, cell in row.items()}
            for row in frame.astype(object).to_dict("records")
        ]
        for name, frame in sections.items()
    }
    told = {"notes": [*figure_year_lines(ledger), *ledger.notes], "illustrative": ledger.illustrative}
    return render_json(written | told) + "\n"


def _json_cell(cell: Any) -> Any:
    return None if isinstance(cell, float) and cell in (float("inf"), float("-inf")) else cell


def first_csv(sections: Mapping[str, pd.DataFrame], ledger: Ledger) -> str:
    """Write the first table as CSV, because a CSV file has only one table."""
    first = next(iter(sections.values()))
    return write_csv(first.assign(illustrative="yes") if ledger.illustrative else first)


def sections_markdown(
    sections: Mapping[str, pd.DataFrame], notes: Sequence[str], ledger: Ledger, language: str = "en"
) -> str:
    """Write non-empty tables, notes and the reconciliation as Markdown."""
    lines = []
    for name, frame in _in_words(_filled(sections), language).items():
        lines += [f"## {name.capitalize()}", "", markdown_table(for_people(frame))]
    said = [*notes, *closing_lines(ledger)]
    return "\n".join([*lines, *[f"- {markdown_text(note)}" for note in said]]) + "\n"


def sections_text(
    sections: Mapping[str, pd.DataFrame],
    notes: Sequence[str],
    ledger: Ledger,
    lay_out: Callable[[pd.DataFrame], str],
    language: str = "en",
) -> str:
    """Write non-empty tables as plain text, laid out by a function, with notes below."""
    filled = _in_words(_filled(sections), language)
    tables = [f"{name.capitalize()}\n{lay_out(for_people(frame))}" for name, frame in filled.items()]
    lines = [*notes, *illustrative_lines(ledger)]
    return "\n".join(tables) + "\n" + "".join(f"{escape_controls(line)}\n" for line in lines)


def write_sections(
    path: Path,
    sections: Mapping[str, pd.DataFrame],
    notes: Sequence[str],
    ledger: Ledger,
    language: str = "en",
) -> None:
    """Write non-empty tables as sheets of a workbook; the first sheet has notes and the reconciliation."""
    sheets = {}
    for title, frame in _in_words(_filled(sections), language).items():
        kept = frame[[name for name in frame.columns if not name.endswith("_minor")]]
        floats = [name for name in kept.columns if pd.api.types.is_float_dtype(kept[name])]
        shares = {name for name in floats if str(name).endswith(_SHARES)}
        formats = {name: "0.0%" if name in shares else "#,##0.####" for name in floats}
        heads = {name: str(name).replace("_", " ") for name in kept.columns}
        sheets[title.capitalize()] = SheetToWrite(kept, heads, formats)
    write_workbook(path, sheets, [*notes, *closing_lines(ledger)])


def _filled(sections: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: frame for name, frame in sections.items() if len(frame)}


def _in_words(sections: Mapping[str, pd.DataFrame], language: str) -> dict[str, pd.DataFrame]:
    """Translate names of sections, columns and readings, if the catalogue has them."""
    if language == "en":
        return dict(sections)
    words = read_catalogue("geoplan.outputs.report", language)

    def named(key: str, name: str) -> str:
        return words.say(f"{key}.{name}") if words.knows(f"{key}.{name}") else name

    written = {}
    for title, frame in sections.items():
        cells = {
            name: frame[name].map(lambda cell, key=name: named(key, cell) if isinstance(cell, str) else cell)
            for name in ("reading", "measures")
            if name in frame
        }
        kept = frame[[name for name in frame.columns if not name.endswith("_minor")]]
        heads = {name: named("column", name) for name in kept.columns}
        written[named("section", title)] = kept.assign(**cells).rename(columns=heads)
    return written


def for_people(frame: pd.DataFrame) -> pd.DataFrame:
    """Round floats, drop columns in minor units, and replace underscores in column names."""
    chosen = frame[[name for name in frame.columns if not name.endswith("_minor")]].copy()
    for name in chosen.columns:
        if pd.api.types.is_float_dtype(chosen[name]):
            whole = bool((chosen[name].dropna() % 1 == 0).all())
            chosen[name] = chosen[name].astype("Int64") if whole else chosen[name].round(4)
    return chosen.rename(columns=lambda name: name.replace("_", " "))
