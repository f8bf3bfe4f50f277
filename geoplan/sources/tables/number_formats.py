"""Number formats of a workbook: a currency or a scale that a cell shows and its value does not have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from zipfile import ZipFile

import pandas as pd

from geoplan.model.errors import Problem, list_first, show_value
from geoplan.model.money import is_currency
from geoplan.sources.raw_table import RawTable
from geoplan.sources.tables.currency_words import currencies_in
from geoplan.sources.tables.magnitudes import magnitudes_in

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_SYMBOL = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]|\"([^\"]+)\"|([€£₭฿₫₹₦₱¥])")
_SCALE = re.compile(r"[0#?](,+)(?![0#?,.])")
_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "₭": "LAK",
    "฿": "THB",
    "₫": "VND",
    "₹": "INR",
    "₦": "NGN",
    "₱": "PHP",
    "US$": "USD",
}


BUILT_IN = {"9": "0%", "10": "0.00%"}
"""Percent formats of Excel that a workbook uses by their number alone."""


@dataclass(frozen=True)
class ShownAs:
    """What a number format adds to a value.

    Parameters
    ----------
    currency : str
        ISO 4217 code, or empty.
    scale : int
        1000 if amounts are shown in thousands, else 1.
    code : str
        The format, such as ``#,##0 "LAK"``.
    word : str
        Word for a magnitude beside the value as it is, such as ``million``; empty where the format divides it too.
    """

    currency: str
    scale: int
    code: str
    word: str = ""

    def __bool__(self) -> bool:
        return bool(self.currency or self.scale > 1 or self.word or self.is_percent)

    @property
    def is_percent(self) -> bool:
        """Whether the value is shown with a percent sign, so it is no amount."""
        return "%" in self.code


def read_formats(archive: ZipFile) -> dict[str, ShownAs]:
    """Return the cell styles of an .xlsx file that show a currency, a scale or a percent sign, by their number.

    Returns
    -------
    dict of str to ShownAs
    """
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    own = {part.get("numFmtId", ""): part.get("formatCode", "") for part in root.iter(f"{_MAIN}numFmt")}
    codes = {**BUILT_IN, **own}
    styles = root.find(f"{_MAIN}cellXfs")
    found = {}
    for number, style in enumerate(styles if styles is not None else ()):
        shown = shown_as(codes.get(style.get("numFmtId", ""), ""))
        if shown:
            found[str(number)] = shown
    return found


def shown_as(code: str) -> ShownAs:
    """Return what a number format shows beside the value.

    >>> shown_as('[$€-2] #,##0.00').currency, shown_as('#,##0 "LAK"').currency, shown_as('0.0,,"M"').scale
    ('EUR', 'LAK', 1000000)
    >>> shown_as('#,##0 "million kip"').word, shown_as('#,##0 "million kip"').currency
    ('million kip', 'LAK')
    """
    positive = code.split(";", maxsplit=1)[0]
    currency = word = ""
    for parts in _SYMBOL.findall(positive):
        text = next(part for part in parts if part).strip()
        known = _SIGNS.get(text, text.upper())
        named = [known] if is_currency(known) else currencies_in(text)
        currency = currency or (named[0] if len(named) == 1 else "")
        word = word or (text if magnitudes_in(text, named) else "")
    bare = _SYMBOL.sub(lambda match: "" if match[2] is None else '"', positive)
    scale = _SCALE.search(bare)
    if scale:
        return ShownAs(currency, 1000 ** len(scale[1]), code)
    return ShownAs(currency, 1, code, word)


def contradictions(raw: RawTable, headers: Sequence[str], currencies: pd.Series[str]) -> list[str]:
    """Report amounts whose number format shows another currency than theirs, or a scale.

    Parameters
    ----------
    raw : RawTable
        Its ``formats``: header to the rows of each number format.
    headers : sequence of str
        Columns with amounts.
    currencies : Series of str
        Currency of each row of ``raw``.
    """
    if not raw.formats:
        return []
    by_row: Mapping[int, str] = dict(zip(raw.rows.tolist(), currencies.tolist(), strict=False))
    found = []
    for header in headers:
        for shown, rows in raw.formats.get(header, {}).items():
            wrong = [row for row in rows if row in by_row and shown.currency not in ("", by_row[row])]
            inside = [row for row in rows if row in by_row]
            where = f"{raw.source}, column {show_value(header)}: the number format {show_value(shown.code)}"
            if wrong:
                found.append(
                    f"{where} shows {shown.currency} in row {list_first(wrong)}, but the currency is {by_row[wrong[0]]}"
                )
            if shown.scale > 1 and inside:
                found.append(
                    f"{where} shows amounts divided by {shown.scale:,} in row {list_first(inside)}; they are read in full"
                )
            if shown.word and inside:
                found.append(
                    f"{where} shows {show_value(shown.word)} in row {list_first(inside)}; the amounts are read without it, unless unit says so"
                )
    return found


def percent_amounts(raw: RawTable, headers: Sequence[str]) -> list[Problem]:
    """List the columns of amounts whose cells are shown as percents, which are parts of other amounts.

    Parameters
    ----------
    raw : RawTable
    headers : sequence of str
        Columns with amounts.
    """
    known = {*raw.rows.tolist()}
    found = []
    for header in headers:
        shown = raw.formats.get(header, {}).items()
        rows = sorted({row for style, listed in shown if style.is_percent for row in listed} & known)
        if rows:
            cells = raw.table.loc[raw.rows.isin(rows), header] if header in raw.table else ()
            message = f"the cells of {show_value(header)} are percents, not amounts"
            way_out = (
                "name the column with the amounts: [spending.columns] amount; percents of a project by district are "
                "shares: [locations.columns] share; if they are amounts, change their number format"
            )
            found.append(Problem(raw.source, message, "amount", tuple(rows), tuple(cells), way_out))
    return found
