"""Summaries as text: CSV, JSON, Markdown."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from decimal import Decimal
from numbers import Number
from typing import Any

import pandas as pd

from geoplan.analysis.rates import find_empty
from geoplan.ledger.district_figures import list_figure_years
from geoplan.ledger.entries import Ledger, Reconciliation, money_before_conversion, reconcile
from geoplan.ledger.summary import (
    add_counts,
    counted_buckets,
    separate_kinds,
    summarize_buckets,
)
from geoplan.model.errors import escape_controls
from geoplan.model.money import format_exact, format_minor, minor_digits
from geoplan.model.schema import DISTRICT_GROUPINGS, FORMULA_STARTS
from geoplan.sources.tables.cell_values import plain_float

_PARTNERS = 10
"""Most funders with joint money that a summary lists below its table."""


def spreadsheet_safe(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    Reading removes it; text that already begins with an apostrophe and a formula sign gets one more.

    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("Paksan")
    ("'=1+1", 'Paksan')
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def write_csv(frame: pd.DataFrame) -> str:
    """Write a frame as CSV: text safe for spreadsheets, missing cells empty, numbers unrounded."""
    head = [spreadsheet_safe(str(name)) for name in frame.columns]
    columns = [[_csv_cell(cell) for cell in frame[name]] for name in frame.columns]
    # Unquoted, another separator in a header could be detected as the separator of the file.
    odd_head = any(mark in name for name in head for mark in ";\t|")
    # Python before 3.13 does not quote a lone carriage return, and then cannot read it.
    odd_cells = any("\r" in cell for column in columns for cell in column if isinstance(cell, str))
    out = io.StringIO()
    _csv_writer(out, odd_head).writerow(head)
    _csv_writer(out, odd_cells).writerows(zip(*columns, strict=True))
    return out.getvalue()


def _csv_writer(out: io.StringIO, quote_all: bool) -> Any:
    return csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)


def _csv_cell(cell: object) -> object:
    if isinstance(cell, str):
        return spreadsheet_safe(cell)
    if isinstance(cell, float) and math.isfinite(cell):
        return plain_float(cell)
    return "" if pd.isna(cell) else cell  # type: ignore[call-overload]


def summary_frame(sums: pd.DataFrame, ledger: Ledger, by: Sequence[str]) -> pd.DataFrame:
    """Return a summary with its buckets below, as it is written: amounts as Decimal.

    Parameters
    ----------
    sums : DataFrame
        Of `geoplan.summarize`, with bounds or without.
    ledger : Ledger
    by : sequence of str

    Returns
    -------
    DataFrame
        The columns of ``sums`` without those in minor units; by district, class or province also
        ``place``, and a row per bucket. A column ``illustrative`` has yes if figures of the plan are
        illustrative.
    """
    rows = _exact(sums)
    by = separate_kinds(by, ledger)
    if any(name in DISTRICT_GROUPINGS for name in by) and "place" not in by:
        buckets = summarize_buckets(ledger, by)
        if "amounts" in sums:
            buckets = add_counts(buckets, ledger, counted_buckets(by))
        buckets = _exact(buckets)
        rows.insert(len(by), "place", "district")
        columns = list(rows.columns)
        rows = pd.concat([rows.astype(object), buckets.astype(object)], ignore_index=True)[columns]
    if ledger.illustrative:
        rows["illustrative"] = "yes"
    return rows


def _exact(sums: pd.DataFrame) -> pd.DataFrame:
    """Leave out the amounts in minor units: those in currency units are exact too."""
    exact = [name for name in sums.columns if f"{name}_minor" in sums.columns]
    return sums.drop(columns=[f"{name}_minor" for name in exact])


def summary_json(sums: pd.DataFrame, ledger: Ledger, by: Sequence[str]) -> str:
    """Write a summary as one JSON object, or as a list with one object per currency and kind of money.

    Keys: ``rows`` (the columns of ``by``, ``amount``, for districts ``name`` and
    ``poverty_class``), ``buckets`` (amount by place that is no district), ``province_wide`` (if grouped by province:
    the province-wide amount of each province, of an unknown one under an empty code), ``input_total``,
    ``rounding``, ``placed_total`` (districts and buckets), ``difference``, ``currency``, ``kind`` (if there
    are several), ``by``, ``partners`` (funders that pay jointly, if grouped by funder), ``notes``, ``illustrative``. Amounts are exact decimals in currency units.
    """
    rows = _exact(sums)
    objects = [_as_object(_rows_of(rows, row), row, ledger, by) for row in reconcile(ledger)]
    return render_json(objects[0] if len(objects) == 1 else objects) + "\n"


def _rows_of(rows: pd.DataFrame, sums: Reconciliation) -> pd.DataFrame:
    """Return the rows of a summary in one currency and, if it has several kinds of money, of one kind."""
    rows = rows[rows["currency"] == sums.currency]
    return rows[rows["kind"] == sums.kind] if "kind" in rows else rows


def _as_object(
    rows: pd.DataFrame, sums: Reconciliation, ledger: Ledger, by: Sequence[str]
) -> dict[str, object]:
    return {
        "currency": sums.currency,
        **({"kind": sums.kind} if several_kinds(ledger) else {}),
        "by": list(by),
        "rows": rows.drop(columns="currency").astype(object).to_dict("records"),
        "buckets": dict(sums.buckets),
        **_provinces_object(sums, ledger, by),
        "input_total": sums.input_total,
        "rounding": sums.rounding,
        **({"left_out": sums.left_out} if sums.left_out else {}),
        "placed_total": sums.placed_total,
        "difference": sums.difference,
        "zero": int((rows["amount"] == 0).sum()),
        "missing": find_empty(rows),
        **_partners_object(sums, ledger, by),
        "notes": [*figure_year_lines(ledger), *ledger.notes],
        "illustrative": ledger.illustrative,
    }


def _provinces_object(sums: Reconciliation, ledger: Ledger, by: Sequence[str]) -> dict[str, object]:
    if "province" not in by:
        return {}
    rows = _rows_of(summarize_buckets(ledger, ["province"]), sums)
    rows = rows[rows["place"] == "province-wide"]
    return {"province_wide": dict(zip(rows["province"], rows["amount"], strict=True))}


def _partners_object(sums: Reconciliation, ledger: Ledger, by: Sequence[str]) -> dict[str, object]:
    rows = partners_of(ledger, by)
    if rows.empty:
        return {}
    return {"partners": _rows_of(rows, sums).drop(columns="currency").astype(object).to_dict("records")}


def count_lines(sums: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """Count the rows of a summary with amount 0, and those with a missing rate.

    A rate is missing, not 0, if a figure it needs is unknown or 0.
    """
    lines = []
    zero = int((sums["amount_minor"] == 0).sum())
    if zero and any(name in DISTRICT_GROUPINGS for name in by):
        lines.append(f"amount 0: {zero} of {len(sums)} rows")
    for name, count in find_empty(sums).items():
        lines.append(f"{name.replace('_', ' ')} missing, not 0: {count} of {len(sums)} rows")
    return lines


def render_json(value: Any, indent: str = "") -> str:
    """Write JSON with decimals as exact numbers, which the standard encoder cannot."""
    deeper = indent + "  "
    if isinstance(value, dict):
        items = [
            f"{deeper}{json.dumps(key, ensure_ascii=False)}: {render_json(item, deeper)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}" if items else "{}"
    if isinstance(value, list):
        items = [f"{deeper}{render_json(item, deeper)}" for item in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]" if items else "[]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if pd.isna(value):
        return "null"
    return json.dumps(value if isinstance(value, str | bool | float) else int(value), ensure_ascii=False)


def summary_markdown(sums: pd.DataFrame, ledger: Ledger, by: Sequence[str]) -> str:
    """Write a summary as a Markdown table with the reconciliation below."""
    frame = summary_frame(sums, ledger, by).drop(columns="illustrative", errors="ignore")
    numeric = {"year", *[name for name in frame.columns if f"{name}_minor" in sums.columns]}
    lines = [
        "| " + " | ".join(frame.columns) + " |",
        "| " + " | ".join("---:" if name in numeric else "---" for name in frame.columns) + " |",
    ]
    digits = {currency: minor_digits(currency) for currency in ledger.currencies}
    for record in frame.to_dict("records"):
        lines.append(
            "| "
            + " | ".join(_markdown_cell(cell, digits[record["currency"]]) for cell in record.values())
            + " |"
        )
    notes = [*count_lines(sums, by), *partner_lines(ledger, by), *closing_lines(ledger)]
    return "\n".join([*lines, "", *[f"{markdown_text(note)}  " for note in notes]]) + "\n"


def _markdown_cell(cell: object, digits: int) -> str:
    if pd.isna(cell):  # type: ignore[call-overload]
        return ""
    if isinstance(cell, Decimal):
        return format_minor(int(cell.scaleb(digits)), digits)
    return markdown_text(str(cell))


def markdown_table(frame: pd.DataFrame) -> str:
    """Write a frame as a Markdown table, with numbers aligned to the right."""
    numeric = [is_numeric(frame.iloc[:, at]) for at in range(frame.shape[1])]
    rows = [
        map(markdown_text, map(str, frame.columns)),
        ("---:" if number else "---" for number in numeric),
        *((markdown_text(shown_cell(cell)) for cell in row) for row in frame.itertuples(index=False)),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def markdown_text(text: str) -> str:
    """Escape Markdown and HTML in text from data."""
    text = escape_controls(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for char in "\\`*_[]|#!":
        text = text.replace(char, f"\\{char}")
    return text


def is_numeric(column: pd.Series[Any]) -> bool:
    """Tell whether all cells of a column are numbers, apart from missing ones."""
    kinds = {*map(type, column.dropna())}
    return len(kinds) > 0 and all(issubclass(kind, Number) for kind in kinds)


def shown_cell(cell: object) -> str:
    """Format a cell for readers: thin spaces between thousands, control characters escaped."""
    if pd.isna(cell):  # type: ignore[call-overload]
        return ""
    if isinstance(cell, Decimal):
        return format_exact(cell)
    if isinstance(cell, float) and math.isfinite(cell):
        return _plain_number(cell)
    return escape_controls(str(cell))


def _plain_number(number: float) -> str:
    """Write a float without an exponent: 2 decimals from 1,000 on, else up to 6, without zeros at the end.

    >>> _plain_number(8986553.25).replace(chr(0x202F), "_"), _plain_number(0.00002), _plain_number(-1e-9)
    ('8_986_553.25', '0.00002', '0')
    """
    text = f"{number:,.2f}" if abs(number) >= 1000 else f"{number:z.6f}"  # z: no −0
    return text.rstrip("0").rstrip(".").replace(",", "\u202f")


def illustrative_lines(ledger: Ledger) -> list[str]:
    """Return the line that names illustrative figures, if there are any."""
    return [f"Illustrative figures: {ledger.illustrative}"] if ledger.illustrative else []


def partners_of(ledger: Ledger, by: Sequence[str]) -> pd.DataFrame:
    """Return each funder that pays with others: what it pays alone, and up to how much jointly.

    Parameters
    ----------
    ledger : Ledger
    by : sequence of str
        Groupings of a summary. Without ``funder`` there are no rows.

    Returns
    -------
    DataFrame
        ``kind`` if the ledger has several; ``funder``, ``currency``, ``alone`` and ``jointly_up_to`` (Decimal, currency
        units), and ``partners``. The part of each funder in joint money is unknown.
    """
    from geoplan.analysis.coordination import describe_funders
    from geoplan.analysis.funder_names import has_joint_money

    if "funder" not in by or not has_joint_money(ledger):
        return pd.DataFrame()
    found = describe_funders(ledger)
    found = found.drop(columns=["alone_minor", "jointly_up_to_minor", "projects", "districts"])
    return found[found["partners"] != ""].reset_index(drop=True)


def partner_lines(ledger: Ledger, by: Sequence[str]) -> list[str]:
    """Say for each funder that pays with others what it pays alone, and up to how much jointly."""
    rows = partners_of(ledger, by).to_dict("records")
    lines = [
        f"{escape_controls(str(row['funder']))}: {row['currency']} {shown_cell(row['alone'])} alone and up to "
        f"{shown_cell(row['jointly_up_to'])} jointly with {escape_controls(str(row['partners']))}"
        + (f" ({row['kind']})" if "kind" in row else "")
        for row in rows[:_PARTNERS]
    ]
    more = [f"and {len(rows) - _PARTNERS:,} more funders that pay jointly: see geoplan coordination"]
    return lines + (more if len(rows) > _PARTNERS else [])


def several_kinds(ledger: Ledger) -> bool:
    """Return whether a ledger has several kinds of money, placed or left out, so that each must be named."""
    return len({kind for _, kind in (*ledger.given, *ledger.left_out)}) > 1


def reconciliation_lines(ledger: Ledger) -> list[str]:
    """Say for each currency and kind of money what went in, where it is, and that nothing is missing."""
    lines = []
    several = several_kinds(ledger)
    for sums in reconcile(ledger):
        parts = [f"{shown_cell(sums.in_districts)} in districts"]
        parts += [f"{shown_cell(amount)} {bucket}" for bucket, amount in sums.buckets.items() if amount]
        if sums.left_out:
            parts.append(f"{shown_cell(sums.left_out)} left out")
        rounding = f" (rounding when read: {shown_cell(sums.rounding)})" if sums.rounding else ""
        verdict = "balanced" if sums.balances else "NOT BALANCED"
        lines.append(
            f"{sums.currency} {shown_cell(sums.input_total)} {f'of {sums.kind} ' if several else ''}given{rounding}"
            f" = {' + '.join(parts)}; difference {shown_cell(sums.difference)}, {verdict}"
        )
    return lines


def given_lines(ledger: Ledger) -> list[str]:
    """Return the line that states converted money as it was given, in its own currencies."""
    several = len(ledger.kinds) > 1
    parts = [
        f"{currency} {format_minor(minor, minor_digits(currency))}" + (f" of {kind}" if several else "")
        for (currency, kind), minor in sorted(money_before_conversion(ledger).items())
    ]
    return [f"As given, before conversion: {' + '.join(parts)}"] if parts else []


def figure_year_lines(ledger: Ledger) -> list[str]:
    """Return the line that states the year of the population and poverty figures, if there are any."""
    years = list_figure_years(ledger.districts)
    return [f"Population and poverty figures of {years}"] if years else []


def closing_lines(ledger: Ledger) -> list[str]:
    """Return the lines that every output of a ledger carries: reconciliation, years of figures, notes, illustrative."""
    return [
        *reconciliation_lines(ledger),
        *given_lines(ledger),
        *figure_year_lines(ledger),
        *ledger.notes,
        *illustrative_lines(ledger),
    ]
