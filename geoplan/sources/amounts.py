"""Amounts: read exactly, as whole numbers in minor units, and the kinds and currencies they are of."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import Problem
from geoplan.money import LARGEST_AMOUNT, is_currency, minor_digits, to_minor
from geoplan.schema import CORRECTABLE_KINDS, KIND_SYNONYMS, KINDS, Column
from geoplan.sources.cells import Cells, cell_problem
from geoplan.sources.numerals import PLAIN, named_style
from geoplan.sources.raw import FileSpec, Raw

_ZERO = Decimal(0)


def conform_spending(frame: pd.DataFrame, raw: Raw, spec: FileSpec) -> list[Problem]:
    """Read kinds, currencies and amounts of a spending table in place; add what rounding took away."""
    problems = []
    known_kinds = {kind: _known_kind(kind) for kind in frame["kind"].dropna().unique()}
    frame["kind"] = frame["kind"].map(known_kinds).astype(object)
    wrong = (~frame["kind"].isin(KINDS) & frame["kind"].notna()).to_numpy()
    if wrong.any():
        advice = f'use {", ".join(KINDS)}; or map your words in geoplan.toml: [spending.values.kind] paid = "disbursement"'
        problems.append(
            cell_problem(
                raw, Column("kind", "text", ""), wrong, frame["kind"], "no such kind of money", advice
            )
        )
    known = {code: is_currency(code) for code in frame["currency"].dropna().unique()}
    wrong = (~frame["currency"].map(known, na_action="ignore").fillna(True).astype(bool)).to_numpy()
    if wrong.any():
        advice = "write the ISO 4217 code, such as EUR, USD or LAK"
        problems.append(
            cell_problem(
                raw, Column("currency", "text", ""), wrong, frame["currency"], "no such currency", advice
            )
        )
    fine = {code for code, is_known in known.items() if is_known}
    return problems + _read_amounts(frame, raw, spec, fine)


def _known_kind(kind: str) -> str:
    return KIND_SYNONYMS.get(kind.casefold(), kind.casefold())


def _read_amounts(frame: pd.DataFrame, raw: Raw, spec: FileSpec, currencies: set[str]) -> list[Problem]:
    """Read amounts exactly, as integers in minor units plus what rounding took away."""
    digits = {currency: minor_digits(currency) for currency in currencies}
    minor = np.zeros(len(frame), dtype=np.int64)
    rounding = np.full(len(frame), _ZERO, dtype=object)
    faults: dict[str, list[int]] = {"missing": [], "unreadable": [], "negative": [], "large": []}
    style = named_style(spec.decimal, spec.thousands) or PLAIN
    may_be_negative = _may_be_negative(frame["kind"], spec)
    sure = _whole_amounts(frame["amount"], frame["currency"], digits, minor)
    sure &= (minor >= 0) | may_be_negative
    minor[~sure] = 0
    unsure = np.flatnonzero(~sure).tolist()
    left = frame[["amount", "currency"]].iloc[unsure]
    for position, cell, currency in zip(unsure, left["amount"], left["currency"], strict=True):
        if pd.isna(cell):
            faults["missing"].append(position)
            continue
        text = style.plain(cell.strip()) if isinstance(cell, str) else PLAIN.plain(_amount_text(cell))
        if text is None:
            faults["unreadable"].append(position)
            continue
        if text.startswith("-") and text.strip("-0.") and not may_be_negative[position]:
            faults["negative"].append(position)
        value, rest = to_minor(Decimal(text), digits.get(currency, 2))
        if abs(value) > LARGEST_AMOUNT:
            faults["large"].append(position)
        else:
            minor[position], rounding[position] = value, rest if rest else _ZERO
    cells = frame["amount"].copy()
    frame["amount"], frame["rounding"] = minor, rounding
    return [_amount_problem(raw, cells, fault, places) for fault, places in faults.items() if places]


def _whole_amounts(cells: Cells, currencies: Cells, digits: dict[str, int], minor: Any) -> Any:
    """Fill in the amounts of a column of numbers that are whole minor units beyond doubt, and tell which they are.

    A float is the decimal it prints as. Up to 10^15 minor units, that is so many hundredths (or whatever
    the currency has) exactly when dividing them gives the very same float.
    """
    if cells.dtype.kind not in "if":
        return np.zeros(len(cells), dtype=bool)
    factors = currencies.map({code: 10**places for code, places in digits.items()}).fillna(100)
    scale = factors.to_numpy(dtype=np.float64)
    values = cells.to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        units = np.rint(values * scale)
        sure = (np.abs(units) <= LARGEST_AMOUNT) & (units / scale == values)
    minor[sure] = units[sure].astype(np.int64)
    return np.asarray(sure)


def _may_be_negative(kinds: Cells, spec: FileSpec) -> Any:
    if spec.negative == "corrections":
        return kinds.isin(CORRECTABLE_KINDS).to_numpy()
    return np.full(len(kinds), spec.negative == "accept")


def _amount_text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}"
    return str(cell).strip()


_AMOUNT_FAULTS = {
    "missing": (
        "no amount",
        "write 0 where nothing was spent; leave the row out where the amount is not known",
    ),
    "negative": (
        "a negative amount",
        'write what is meant; if these are corrections, say so in geoplan.toml: [spending] negative = "accept"',
    ),
    "large": ("an amount over 10^15 minor units", "check the currency and the decimal mark"),
}


def _amount_problem(raw: Raw, cells: Cells, fault: str, positions: list[int]) -> Problem:
    values = tuple(cells.iloc[positions])
    if fault == "unreadable":
        message, way_out = "not readable as an amount", _amount_advice([str(value) for value in values])
    else:
        message, way_out = _AMOUNT_FAULTS[fault]
    return Problem(
        raw.source,
        message,
        column="amount",
        rows=tuple(int(row) for row in raw.rows.iloc[positions]),
        values=() if fault == "missing" else values,
        way_out=way_out,
    )


def _amount_advice(values: list[str]) -> str:
    """Say how to get rid of unreadable amounts, by what they look like."""
    advice = ["write digits with a point as the only mark, such as 1234.50"]
    if any(re.search(r"\d,\d{1,2}\b(?!,)", value) for value in values):
        advice.append('or say decimal = "," (and thousands = "." if it is used) in geoplan.toml')
    elif any(re.search(r"\d[,\s\u00a0\u202f]\d{3}", value) for value in values):
        advice.append('or name the separator in geoplan.toml, such as thousands = ","')
    if any(re.search(r"[€$£₭]|[A-Za-z]{3}", value) for value in values):
        advice.append("the currency goes into its own column")
    return "; ".join(advice)
