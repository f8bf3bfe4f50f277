"""Currencies of headers: what a header such as ``Cost (USD)`` says against the currency of its amounts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from geoplan.model.errors import Problem, show_value
from geoplan.model.money import is_currency
from geoplan.sources.raw_table import RawTable
from geoplan.sources.tables.cell_values import Cells
from geoplan.sources.tables.currency_words import LIKE_WORDS, codes_in_identifier

_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?=(?:bn|mn|mm|[mk])?(?![A-Za-z]))")
_PREFIXED = re.compile(r"(?<![A-Za-z])[kKMT]([A-Z]{3})(?![A-Za-z])")
_SIGNS = {"€": "EUR", "£": "GBP", "₭": "LAK", "฿": "THB", "₫": "VND", "US$": "USD", "₹": "INR", "₱": "PHP"}
_DOLLARS = ("ARS", "BOB", "CLP", "COP", "CUP", "DOP", "MXN", "UYU")
"""Currencies that are written with the sign $ too, beside those whose code ends in D."""


def currencies_in(header: str) -> set[str]:
    """Return the currencies that a header names by code or sign.

    In a header of capitals, a word may look like a code, so only one in brackets or at the end counts.

    >>> sorted(currencies_in("Cost (USD)")), currencies_in("Montant M€"), currencies_in("ALL COSTS")
    (['USD'], {'EUR'}, set())
    """
    inside = " ".join(re.findall(r"[(\[{]([^)\]}]*)[)\]}]", header))
    text = header if header != header.upper() else " ".join((inside, *re.findall(r"\S+$", header)))
    codes = {*_CODE.findall(text), *_PREFIXED.findall(text)}
    signs = {code for sign, code in _SIGNS.items() if sign in header}
    named = {code for code in codes if is_currency(code) and code not in LIKE_WORDS}
    return (named or {*codes_in_identifier(header)}) | signs


def compare_currencies(
    headers: Iterable[str], currencies: Cells, raw: RawTable, *, by_plan: bool
) -> tuple[list[Problem], list[str]]:
    """Compare the currencies that headers name with those of the amounts.

    Parameters
    ----------
    headers : iterable of str
        Headers of the amounts.
    currencies : Series of str
    raw : RawTable
    by_plan : bool
        The table does not say its currency, so it has that of the plan. A header that names another is a question
        then, and otherwise a remark.
    """
    used = {code.upper() for code in currencies.dropna().unique() if isinstance(code, str)}
    if not used:
        return [], []
    shown = ", ".join(sorted(used))
    for header in headers:
        named = currencies_in(header)
        if not named:
            # The sign $ alone fits any dollar and peso.
            if "$" in header and not any(code.endswith("D") or code in _DOLLARS for code in used):
                named = {"USD"}
            else:
                continue
        if named & used or not _all_valid(used):
            continue
        said = f"the header names {' and '.join(sorted(named))}, but its amounts are read as {shown}"
        if not by_plan:
            return [], [f"{raw.source}, column {show_value(header)}: {said}"]
        first = min(named)
        way_out = (
            f'write in geoplan.toml: [{raw.role}.constant] currency = "{first}"; or currency = "{min(used)}" if the '
            "header is wrong"
        )
        return [Problem(raw.source, said, "currency", values=(header,), way_out=way_out)], []
    return [], []


def _all_valid(codes: Collection[str]) -> bool:
    return all(is_currency(code) for code in codes)
