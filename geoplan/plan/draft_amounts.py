"""Amounts of a drafted plan file: their columns, years, kind, currency, unit and numerals, by the evidence of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from geoplan.model.choices import KINDS
from geoplan.model.errors import show_value
from geoplan.model.schema import KIND_SYNONYMS
from geoplan.plan.draft_sections import LISTED, PlanSection, open_section, put_places, put_project, put_review
from geoplan.plan.list_cells import is_number, number_of
from geoplan.plan.list_sheets import ListSheet, kind_in, one_year
from geoplan.sources.tables.amounts import texts_about
from geoplan.sources.tables.cell_values import as_text
from geoplan.sources.tables.currency_words import codes_of_currencies, currencies_in, currencies_of
from geoplan.sources.tables.known_headers import names_money
from geoplan.sources.tables.magnitudes import magnitudes_beside, magnitudes_in
from geoplan.sources.tables.numerals import NumeralStyle, possible_styles

_NEAR = 1.0
"""Powers of ten by which the right reading of an amount may differ from its neighbours."""

_FAR = 1.5
"""Powers of ten by which every other reading must differ more."""


def draft_amounts(
    sheet: ListSheet,
    folder: Path,
    country: str,
    *,
    several: bool,
    project: str,
    with_places: bool = False,
    header: str = "",
    kind: str = "",
) -> PlanSection:
    """Write the section of the amounts of a list: of its best column, or of a given one, of a given kind."""
    columns = sheet.columns
    headers = [header] if header else sheet.amount_headers
    section = open_section("spending", sheet, folder, several=several)
    if with_places:
        put_review(section)
    put_project(section, sheet, project)
    if with_places and header in sheet.district_headers:
        section.put("constant.district", header, "each column of a district has a section")
    elif with_places:
        put_places(section, sheet)
    for name, taken in (
        ("component", columns.component),
        ("funder", columns.funder),
        ("currency", columns.find("currency")),
    ):
        if taken is not None:
            section.put(f"columns.{name}", taken)
    _put_years(section, sheet, headers)
    if kind:
        section.put("constant.kind", kind, f"by the words of {show_value(header)}")
    else:
        _put_kind(section, sheet)
    named = {code for text in (*headers, *sheet.texts) for code in currencies_in(text, country)}
    currencies = {*currencies_of(country), *named}
    beside = [(header, magnitudes_beside(header, currencies)[0]) for header in headers]
    # The header of a year has no place for the unit: a total of the years names it.
    others = [other for other in columns.amounts if other not in headers]
    texts = [*texts_about(sheet.table.raw), *(others if sheet.year_headers else ())]
    around = [(text, magnitudes_in(text, currencies)) for text in texts]
    units = [(text, found) for text, found in [*beside, *around] if found]
    if units:
        text, found = units[0]
        section.put("unit", found[0], f"named in {show_value(text)}", check=len(found) > 1)
    _put_numbers(section, sheet, headers)
    rest = [other for other in others if other not in (*sheet.further_amounts, *sheet.amount_headers)]
    sums = columns.totals_of(sheet.year_headers or sheet.district_headers)
    parts = "years" if sheet.year_headers else "districts"
    for other in rest:
        why = f"the sum of the columns of {parts}" if other in sums else "which looks like an amount too"
        section.note(f"not read: column {show_value(other)}, {why}", "" if other in sums else "amount")
    return section


def _put_years(section: PlanSection, sheet: ListSheet, headers: Sequence[str]) -> None:
    """Write where the years are: in headers, in a column, or in a text above the table."""
    columns = sheet.columns
    if columns.year_patterns:
        kinds = {text: kind_in([text]) for text in columns.year_patterns}
        listed = ", ".join(show_value(header) for header in sheet.year_headers[:LISTED])
        if len(kinds) == 1 and not any(kinds.values()):
            section.put("years", next(iter(kinds)), f"amounts by year, in columns {listed} …")
        else:
            others = kind_in(sheet.texts) or "budget"
            years = {text: {"kind": kind or others} for text, kind in kinds.items()}
            section.put(
                "years", years, f"amounts by year, in columns {listed} …", check=not all(kinds.values())
            )
        return
    (header,) = headers
    if (
        names_money(header)
        or codes_of_currencies(header)
        or header == columns.known.get("amount")
        or header in sheet.district_headers
    ):
        section.put("columns.amount", header)
    else:
        section.put(
            "columns.amount",
            header,
            "no header speaks of money; this column has the largest numbers",
            check=True,
        )
    year = columns.year
    if year is not None:
        section.put("columns.year", year)
        return
    if columns.day is not None:
        section.put("columns.year", columns.day, "the years of its days")
        return
    found = one_year(header, *sheet.texts)
    if sheet.own_years:
        section.put("constant.year", sheet.own_years, "named by the sheets; no column has a year", check=True)
    elif found is not None:
        section.put(
            "constant.year", found[1], f"named in {show_value(found[0])}; no column has a year", check=True
        )
    else:
        section.ask("constant.year", "2020", "no column has the year of the amounts: write it here")


def _put_kind(section: PlanSection, sheet: ListSheet) -> None:
    columns = sheet.columns
    # Several patterns of years have their kinds with them.
    if len(columns.year_patterns) > 1 or any(kind_in([text]) for text in columns.year_patterns):
        return
    if sheet.own_kinds:
        section.put("constant.kind", sheet.own_kinds, "by the names of the sheets", check=True)
        return
    header = columns.find("kind")
    if header is not None:
        section.put("columns.kind", header)
        unknown = [text for text in columns.texts(header) if text.casefold() not in (*KINDS, *KIND_SYNONYMS)]
        meanings = {text: kind_in([text]) or "budget" for text in unknown}
        if meanings:
            section.put("values.kind", meanings, f"one of {', '.join(KINDS)}", check=True)
        return
    texts = [*sheet.amount_headers, *sheet.texts]
    text = next((text for text in texts if kind_in([text])), None)
    if text is None:
        section.put(
            "constant.kind",
            "budget",
            f"nothing says what the amounts are: one of {', '.join(KINDS)}",
            check=True,
        )
    else:
        section.put("constant.kind", kind_in([text]), f"by the words of {show_value(text)}")


def _put_numbers(section: PlanSection, sheet: ListSheet, headers: Sequence[str]) -> None:
    """Write the marks of numbers that have two readings, and a meaning for cells that are no numbers."""
    table = sheet.columns.raw.table
    cells = [cell for header in headers for cell in table[header].dropna()]
    meanings = {text: meant for header in headers for text, meant in sheet.columns.meanings(header).items()}
    words = {as_text(cell) for cell in cells if not is_number(cell) and not re.search(r"\d", str(cell))}
    meanings |= dict.fromkeys(sorted(words), "0")
    style = _clear_style(table, headers)
    if style is not None:
        chosen, shown = style
        if chosen.thousands:
            section.put("thousands", chosen.thousands, shown)
        else:
            section.put("decimal", chosen.decimal, shown)
    empty = int(table[headers[0]].isna().sum()) if len(headers) == 1 and headers != sheet.year_headers else 0
    if meanings or empty:
        said = f"what cells mean that are no numbers{f'; {empty:,} are empty' if empty else ''}"
        section.put(
            "values.amount",
            meanings | dict.fromkeys([""] * bool(empty), "0"),
            said,
            check=bool(empty) or any(map(_is_in_words, meanings)),
        )


def _is_in_words(cell: str) -> bool:
    """Tell whether the meaning of a cell is a guess: it has letters or digits, unlike a dash."""
    return any(map(str.isalnum, cell))


def _clear_style(table: pd.DataFrame, headers: Sequence[str]) -> tuple[NumeralStyle, str] | None:
    """Choose the reading of doubtful numbers that is near the other amounts of its row or column, or None."""
    doubtful: dict[str, list[float]] = {}
    values = np.column_stack([table[header].map(number_of).to_numpy(dtype=float) for header in headers])
    for at, header in enumerate(headers):
        for row, cell in enumerate(table[header]):
            if isinstance(cell, str) and is_number(cell) and np.isnan(values[row, at]):
                near = [*values[row], *values[:, at]]
                doubtful.setdefault(cell, []).extend(
                    abs(value) for value in near if value and not np.isnan(value)
                )
    styles = possible_styles(doubtful)
    if len(styles) < 2 or not all(doubtful.values()):
        return None
    distances = []
    for style in styles:
        apart = [
            abs(np.log10(abs(float(style.plain(cell) or 0)) or 1e-9) - np.log10(np.median(near)))
            for cell, near in doubtful.items()
        ]
        distances.append(float(np.median(apart)))
    order = np.argsort(distances)
    best, second = distances[order[0]], distances[order[1]]
    if best > _NEAR or second - best < _FAR:
        return None
    cell = next(iter(doubtful))
    chosen = styles[int(order[0])]
    return chosen, f"{show_value(cell)} is {chosen.plain(cell)}, like the amounts around it"
