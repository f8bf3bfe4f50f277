"""Amounts: read exactly, as whole minor units, with their kinds and currencies.

How this works: most columns are plain decimals. `_whole_amounts` reads those at once as floats and keeps only
the cells whose float is provably the exact decimal. The rest are read one by one as `Decimal`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.choices import CORRECTABLE_KINDS, KINDS
from geoplan.model.errors import Problem, show_value
from geoplan.model.money import LARGEST_AMOUNT, is_currency, minor_digits, to_minor
from geoplan.model.schema import KIND_SYNONYMS, Column
from geoplan.model.toml_text import toml_value
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import Cells, cell_problem, distinct_cells, map_labels
from geoplan.sources.tables.currency_words import currencies_in, signs_of
from geoplan.sources.tables.magnitudes import magnitudes_beside, magnitudes_in
from geoplan.sources.tables.numerals import PLAIN, NumeralStyle, is_numeral, named_style, read_plain
from geoplan.sources.tables.written_amounts import may_be_units, meanings_of, where_is

NEGATIVE_AMOUNT = "a negative amount"
"""Message of a negative amount of a kind that has no corrections."""

_ZERO = Decimal(0)
_LOOKED_AT = 200
_CHARACTERS_OF_A_FLOAT = 16  # 15 digits and a point: every such decimal survives the way to float and back
_UNMARKED = re.compile(r"[\d\s.,'’+−-]*")
_FAILED = re.compile(r"#[A-Z/0-9]+[!?]?|Err:\d+")
_SIGNS = {
    "EUR": ("€",),
    "GBP": ("£",),
    "LAK": ("₭", "kip", "kips", "ກີບ"),
    "THB": ("฿", "baht", "ບາດ"),
    "USD": ("US$", "$"),
    "VND": ("₫",),
}
"""Signs and words for a currency that can stand beside an amount."""


def conform_spending(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> list[Problem]:
    """Read kinds, currencies and amounts of a spending table in place: ``amount_minor`` and ``rounding`` replace ``amount``."""
    problems = []
    frame["kind"] = map_labels(frame["kind"], _known_kind)
    wrong = (~frame["kind"].isin(KINDS) & frame["kind"].notna()).to_numpy()
    if wrong.any():
        advice = f'use {", ".join(KINDS)}; or map your words in geoplan.toml: [spending.values.kind] paid = "disbursement"'
        problems.append(
            cell_problem(
                raw, Column("kind", "text", ""), wrong, frame["kind"], "unknown kind of money", advice
            )
        )
    fine = {code for code in distinct_cells(frame["currency"]) if is_currency(code)}
    wrong = (~frame["currency"].isin(fine) & frame["currency"].notna()).to_numpy()
    if wrong.any():
        unknown = sorted({*distinct_cells(frame["currency"])} - fine)
        meant = {text: found[0] for text in unknown if len(found := currencies_in(text)) == 1}
        advice = "write the ISO 4217 code, such as EUR, USD or LAK"
        if meant:
            advice += f"; or say what the words mean in geoplan.toml: [spending] values.currency = {toml_value(meant)}"
        problems.append(
            cell_problem(
                raw, Column("currency", "text", ""), wrong, frame["currency"], "unknown currency", advice
            )
        )
    return problems + _read_amounts(frame, raw, spec, fine)


def strip_currencies(frame: pd.DataFrame, raw: RawTable) -> list[str]:
    """Upper-case currencies, and remove the currency of the row from its amount, in place; report it.

    ``1,200,000 USD`` in a row with currency USD is clear. If the two differ, the cell stays as it is.
    """
    frame["currency"] = map_labels(frame["currency"], _known_currency)
    if isinstance(frame["amount"].dtype, pd.CategoricalDtype):
        frame["amount"] = frame["amount"].astype(object)
    if pd.api.types.is_numeric_dtype(frame["amount"]):
        return []
    if _are_bare(frame["amount"]):
        return []
    marked = frame["amount"].map(lambda cell: isinstance(cell, str) and not _UNMARKED.fullmatch(cell))
    if not marked.any():
        return []
    cells = frame.loc[marked, "amount"]
    bare = [
        _bare(cell, currency) for cell, currency in zip(cells, frame.loc[marked, "currency"], strict=True)
    ]
    frame.loc[marked, "amount"] = bare
    taken = [(cell, left) for cell, left in zip(cells, bare, strict=True) if cell != left]
    if not taken:
        return []
    cell, left = (show_value(text) for text in taken[0])
    return [f"{raw.source}: column 'amount' is read without the currency beside it: {cell} is {left}"]


def _are_bare(cells: Cells) -> bool:
    """Return whether all cells are plain numbers or missing (one fast pass)."""
    found = read_plain(cells)
    return found is not None and bool((~np.isnan(found[0]) | cells.isna()).all())


def texts_about(raw: RawTable) -> list[str]:
    """Return what may name the unit of a table: texts above it, the name of its sheet, notes below without a figure."""
    below = (text for text in raw.below if not re.search(r"[1-9]", text))
    return [*raw.above, *filter(None, [raw.sheet]), *below]


def ask_for_unit(
    headers: Iterable[str], above: Iterable[str], currencies: Cells, raw: RawTable, spec: FileSpec
) -> list[Problem]:
    """Return a question for the unit if the header or the text above it names thousands, millions or the like.

    Parameters
    ----------
    headers : iterable of str
        Headers of the amounts.
    above : iterable of str
        Texts above the header, or otherwise about the table.
    currencies : Series of str
        Currency of each amount; the languages of their countries are looked at.
    raw : RawTable
    spec : FileSpec
        If its ``unit`` is given, nothing is asked.
    """
    if spec.unit is not None:
        return []
    paid_in = tuple(code for code in distinct_cells(currencies) if is_currency(code))
    for header in headers:
        units, unknown = magnitudes_beside(header, paid_in)
        if units:
            return [_unit_question(raw, header, units)]
        if unknown:
            message = f"the header has words in brackets that are no known unit: {', '.join(map(show_value, unknown))}"
            way_out = (
                "write in geoplan.toml: [spending] unit = 1 if the amounts are in single units of their currency, "
                "or their multiplier, such as unit = 1000"
            )
            return [Problem(raw.source, message, "amount", values=(header,), way_out=way_out)]
    for text in above:
        if units := magnitudes_in(text, paid_in):
            return [_unit_question(raw, text, units)]
    return _ask_for_units_of_rows(raw, {*headers}, paid_in)


def _ask_for_units_of_rows(
    raw: RawTable, headers: Collection[str], currencies: Collection[str]
) -> list[Problem]:
    """Return a question if a column beside the amounts says for each row in which unit its amount is."""
    problems = []
    for name in raw.table.columns:
        if name in headers or name == "geometry":
            continue
        column = raw.table[name]
        # The first rows of nearly every other column say at once that it holds no units.
        if not may_be_units(str(name), distinct_cells(column[:_LOOKED_AT])):
            continue
        cells = distinct_cells(column)
        if not may_be_units(str(name), cells):
            continue
        sizes = {
            str(cell): meant.get(f"1 {cell}")
            for cell in cells
            for meant in [meanings_of([f"1 {cell}"], currencies)]
        }
        if None in sizes.values() or {*sizes.values()} == {"1"}:
            continue
        shown = ", ".join(f"{show_value(cell)} is {size}" for cell, size in sizes.items())
        units = {*sizes.values()}
        way_out = (
            f"write in geoplan.toml: [spending] unit = {next(iter(units))}"
            if len(units) == 1
            else "write a section [[spending]] for each unit, with where and unit, such as "
            f"where = {toml_value(where_is(str(name), next(iter(sizes))))} and unit = {next(iter(sizes.values()))}"
        )
        message = f"column {show_value(name)} gives the unit of each amount ({shown})"
        problems.append(
            Problem(raw.source, message, "amount", way_out=f"{way_out}; or unit = 1 if it does not")
        )
    return problems


def _unit_question(raw: RawTable, text: str, units: list[int]) -> Problem:
    named = " or ".join(f"unit = {unit}" for unit in units)
    way_out = f"write in geoplan.toml: [spending] {named}; or unit = 1 if they are not"
    message = f"the amounts seem to be in units of {' or '.join(f'{unit:,}' for unit in units)}"
    return Problem(raw.source, message, "amount", values=(text,), way_out=way_out)


def _bare(cell: str, currency: object) -> str:
    """Remove the code or sign of a given currency from an amount."""
    code = str(currency)
    for mark in (code, *_SIGNS.get(code, ()), *(signs_of(code) if is_currency(code) else ())):
        for left in (_after(cell, mark), _before(cell, mark)):
            if left is not None and is_numeral(left):
                return left
    return cell


def _after(cell: str, mark: str) -> str | None:
    return cell[len(mark) :].strip() if cell.casefold().startswith(mark.casefold()) else None


def _before(cell: str, mark: str) -> str | None:
    return cell[: -len(mark)].strip() if cell.casefold().endswith(mark.casefold()) else None


def _known_kind(kind: str) -> str:
    """Return the kind of money that a word means, or the word as it is in the file."""
    plain = kind.casefold()
    return KIND_SYNONYMS.get(plain, plain if plain in KINDS else kind)


def _known_currency(code: str) -> str:
    return code.upper() if is_currency(code.upper()) else code


def _read_amounts(frame: pd.DataFrame, raw: RawTable, spec: FileSpec, currencies: set[str]) -> list[Problem]:
    """Read amounts exactly, as integers in minor units and the rest that rounding removed."""
    digits = {currency: minor_digits(currency) for currency in currencies}
    unit = spec.unit if isinstance(spec.unit, int) else 1
    minor = np.zeros(len(frame), dtype=np.int64)
    rounding = np.full(len(frame), _ZERO, dtype=object)
    faults: dict[str, list[int]] = {"missing": [], "unreadable": [], "negative": [], "large": []}
    style = named_style(spec.decimal, spec.thousands) or PLAIN
    may_be_negative = _may_be_negative(frame["kind"], spec)
    sure = _whole_amounts(frame["amount"], frame["currency"], digits, minor, unit, style)
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
        value, rest = to_minor(Decimal(text) * unit, digits.get(currency, 2))
        if abs(value) > LARGEST_AMOUNT:
            faults["large"].append(position)
        else:
            minor[position], rounding[position] = value, rest if rest else _ZERO
    cells = frame.pop("amount")
    frame["amount_minor"], frame["rounding"] = minor, rounding
    return [
        _amount_problem(raw, cells, fault, places, style, unit, currencies)
        for fault, places in faults.items()
        if places
    ]


def _whole_amounts(
    cells: Cells, currencies: Cells, digits: dict[str, int], minor: Any, unit: int, style: NumeralStyle
) -> Any:
    """Fill in the amounts that are whole minor units for certain, and return which they are.

    A text of up to 15 digits is the shortest decimal of its float. Below 10^15 minor units, a float is a whole
    number of hundredths (or other minor units) exactly if dividing that number gives the same float back.
    """
    values = _floats(cells, style)
    if values is None:
        return np.zeros(len(cells), dtype=bool)
    codes, names = pd.factorize(currencies)
    scale = np.array([10.0 ** digits.get(name, 2) for name in [*names, None]])[codes] * unit
    with np.errstate(invalid="ignore", over="ignore"):
        units = np.rint(values * scale)
        sure = (np.abs(units) <= LARGEST_AMOUNT) & (units / scale == values)
    minor[sure] = units[sure].astype(np.int64)
    return np.asarray(sure)


def _floats(cells: Cells, style: NumeralStyle) -> Any:
    """Return a column as floats that identify their decimals, NaN for other cells; None if the column has none."""
    if cells.dtype.kind in "if":
        return cells.to_numpy(dtype=np.float64)
    if style.decimal != PLAIN.decimal:
        return None
    found = read_plain(cells)
    return None if found is None else np.where(found[1] <= _CHARACTERS_OF_A_FLOAT, found[0], np.nan)


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
        "write 0 if nothing was spent; remove the row if the amount is unknown; or write in geoplan.toml: "
        '[spending.values.amount] "" = "0"',
    ),
    "negative": (
        NEGATIVE_AMOUNT,
        'correct the amounts; if they are corrections, write in geoplan.toml: [spending] negative = "accept"',
    ),
    "large": ("an amount over 10^15 minor units", "check the currency and the decimal mark"),
}


def _amount_problem(
    raw: RawTable,
    cells: Cells,
    fault: str,
    positions: list[int],
    style: NumeralStyle,
    unit: int,
    currencies: Collection[str],
) -> Problem:
    values = tuple(cells.iloc[positions])
    if fault == "unreadable":
        message, way_out = (
            "not readable as an amount",
            _amount_advice([str(value) for value in values], style, unit, currencies),
        )
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


def _amount_advice(values: list[str], style: NumeralStyle, unit: int, currencies: Collection[str]) -> str:
    """Return the way out for unreadable amounts, by their look."""
    if all(_FAILED.fullmatch(value.strip()) for value in values):
        return "the formula in the spreadsheet fails: correct it, or write the amount"
    if not any(re.search(r"\d", value) for value in values):
        word = show_value(values[0])[1:-1].replace('"', "")
        return f'give its meaning in geoplan.toml: [spending.values.amount] "{word}" = "0"; or leave such rows out with [spending] where'
    meant = meanings_of(values, currencies, style) if unit == 1 else {}
    if len(meant) == len({*values}):
        return f"say what they mean in geoplan.toml: [spending] values.amount = {toml_value(meant)}; or write all digits in the file"
    plain = (style.decimal, style.thousands) == (PLAIN.decimal, "")
    advice = [
        "write digits with a point as the only mark, such as 1234.50"
        if plain
        else f"write digits with {style}, such as 1234{style.decimal}50"
    ]
    if any(re.fullmatch(r"\(.*\d.*\)", value.strip()) for value in values):
        advice.append("an amount in brackets with a minus, such as -25")
    if any(_FAILED.fullmatch(value.strip()) for value in values):
        advice.append("correct formulas that fail")
    if not all(re.search(r"\d", value) or _FAILED.fullmatch(value.strip()) for value in values):
        advice.append('give the meaning of words and dashes: [spending.values.amount] "-" = "0"')
    if plain and any(re.search(r"\d,\d{1,2}\b(?!,)", value) for value in values):
        advice.append('or write decimal = "," (and thousands = "." if used) in geoplan.toml')
    elif plain and any(re.search(r"\d[,\s\u00a0\u202f]\d{3}", value) for value in values):
        advice.append('or give the separator in geoplan.toml, such as thousands = ","')
    if any(re.search(r"[€$£₭]|[A-Za-z]{3}", value) for value in values):
        advice.append("put the currency into its own column")
    return "; ".join(advice)
