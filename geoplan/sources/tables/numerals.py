"""Numerals: the decimal mark and the thousands separator of a column.

How this works: a column can have a point or a comma as its decimal mark, and the other mark between thousands.
Spaces and apostrophes can always separate thousands. Each of these four readings that fits all cells is a
candidate, and candidates that give the same numbers count once. One candidate is the answer; several are a
question to the planner. So ``1.950`` beside ``3 500`` is a question, and ``1.950`` beside ``12.5`` is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from unicodedata import decimal as digit_value

import numpy as np
import pandas as pd

from geoplan.model.optional_libraries import find_library
from geoplan.text.spelled_codes import plain_width

_SPACES = " \u00a0\u202f\u2007\u2009"
_APOSTROPHES = "'’٬"
"""Marks that only separate thousands; the last is the Arabic one."""

_ARABIC_DECIMAL = "٫"
_NO_CENTS = re.compile(r"(?<=[.,])[-−–—]{1,2}$|\s*/[-=]{1,2}$")
"""Marks behind an amount without cents: 1.200,- and 1,200/- and 1,200/=."""

_MINUS_BEHIND = re.compile(r"([^+\-−].*\d)\s?[-−]")
"""A minus behind the number, as accounting programs write it."""
_NAMES = {".": "a point", ",": "a comma", " ": "spaces", "'": "apostrophes"}


@dataclass(frozen=True)
class NumeralStyle:
    """A way to write numbers: a decimal mark and a thousands separator, which can be empty."""

    decimal: str
    thousands: str = ""
    spaces: bool = False
    """Whether spaces and apostrophes may separate thousands too: neither is ever a decimal mark."""

    def __str__(self) -> str:
        marked = f"{_NAMES.get(self.decimal, self.decimal)} as the decimal mark"
        between = f" and {_NAMES.get(self.thousands, self.thousands)} between thousands"
        return marked + (between if self.thousands else "")

    def plain(self, text: str) -> str | None:
        """Return a number with a point as its only mark, or None if the text is not a number of this style.

        Groups of three digits and Indian groups (two digits before the last three) are both read.

        >>> NumeralStyle(",", ".").plain("-1.234,50"), NumeralStyle(",").plain("1.234"), NumeralStyle(".", ",").plain("12,34,567")
        ('-1234.50', None, '1234567')
        """
        text = _plainer(text, self.decimal)
        if not _pattern(self).fullmatch(text):
            power = _POWER.fullmatch(text)
            return None if power is None else _without_exponent(power, self.decimal)
        if self.thousands or self.spaces:
            text = re.sub(f"[{''.join(_members(mark) for mark in self.separators)}]", "", text)
        return text.replace("−", "-").replace(self.decimal, ".")

    @property
    def separators(self) -> tuple[str, ...]:
        """Marks that may separate thousands."""
        given = (self.thousands,) if self.thousands else ()
        return (*given, *(mark for mark in (" ", "'") if self.spaces and mark not in given))


def western_digits(text: str) -> str:
    """Replace the digits of any script, such as Lao and Thai, by 0 to 9, and full-width letters and marks by plain ones.

    >>> western_digits("໒໐໑໒"), western_digits("１，２００")
    ('2012', '1,200')
    """
    if text.isascii():
        return text
    text = plain_width(text)
    return "".join(str(digit_value(char)) if char.isdecimal() else char for char in text)


def _plainer(text: str, decimal: str) -> str:
    """Write a number with western digits, the decimal mark of its column and the minus before it.

    >>> _plainer("١٬٢٣٤٫٥", "."), _plainer("1,300.25-", "."), _plainer("1.200,-", ","), _plainer("1,200/=", ".")
    ('1٬234.5', '-1,300.25', '1.200,', '1,200')
    """
    if text[-1:].isdecimal() and text.isascii():
        return text
    text = _NO_CENTS.sub("", western_digits(text).replace(_ARABIC_DECIMAL, decimal))
    found = _MINUS_BEHIND.fullmatch(text)
    return f"-{found[1]}" if found else text


@cache
def _pattern(style: NumeralStyle) -> re.Pattern[str]:
    decimal = re.escape(style.decimal)
    whole = r"\d+"
    for separator in style.separators:
        mark = f"[{_members(separator)}]"
        # A thousands separator never follows a leading 0: 0.010 is a hundredth.
        whole += rf"|[1-9]\d{{0,2}}(?:{mark}\d{{2,3}})*{mark}\d{{3}}"
    return re.compile(rf"[+\-−]?(?:(?:{whole})(?:{decimal}\d*)?|{decimal}\d+)", re.ASCII)


def _members(mark: str) -> str:
    if mark.isspace():
        return _SPACES
    return _APOSTROPHES if mark in _APOSTROPHES else re.escape(mark)


def _without_exponent(power: re.Match[str], decimal: str) -> str | None:
    """Return a number in scientific notation without its exponent, or None if it has another decimal mark."""
    sign, whole, mark, part, exponent = power.groups("")
    if mark not in ("", decimal):
        return None
    shift = int(exponent.replace("−", "-"))
    if abs(shift) > _LARGEST_EXPONENT:
        return None
    minus = "-" if sign in ("-", "−") else ""
    return f"{Decimal(f'{minus}{whole}.{part or 0}').scaleb(shift):f}"


PLAIN = NumeralStyle(".")
_AS_ASKED = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_POWER = re.compile(r"([+\-−]?)(\d)(?:([.,])(\d+))?[eE]([+\-−]?\d{1,3})", re.ASCII)
_LARGEST_EXPONENT = 40
_SHOWN_DIGITS = 6
"""Digits that a spreadsheet shows at most in scientific notation, unless its format asks for more."""
_PLAIN_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
_NOT_THREE_DECIMALS = r"\.([0-9]{1,2}|[0-9]{4,})$"
_GROUP = 3  # digits between two thousands separators
_LONE_GROUP = re.compile(r"[+−-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_STYLES = (
    PLAIN,
    NumeralStyle(".", ","),
    NumeralStyle(".", " "),
    NumeralStyle(".", "'"),
    NumeralStyle(","),
    NumeralStyle(",", "."),
    NumeralStyle(",", " "),
    NumeralStyle(",", "'"),
)
_READINGS = tuple(
    NumeralStyle(decimal, thousands, spaces=True)
    for decimal, thousands in ((".", ""), (".", ","), (",", ""), (",", "."))
)


def read_plain(cells: pd.Series[Any]) -> tuple[Any, Any] | None:
    """Read the cells of a text column that are plain numbers, such as 104.21 or -1234.50, all at once.

    Parameters
    ----------
    cells : Series of str
        Dtype object or string; missing cells are None or NaN.

    Returns
    -------
    tuple of (n,) float64 and (n,) int64, or None
        The numbers, NaN for missing cells and other texts, and the number of characters of each cell.
        None if some cells are not text, or without Arrow.
    """
    texts = _texts_of(cells)
    if texts is None:
        return None
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = pc.if_else(pc.match_substring_regex(texts, _PLAIN_NUMBER), texts, None)
    numbers = pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False)
    lengths = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    return np.asarray(numbers, dtype=np.float64), np.asarray(lengths, dtype=np.int64)


def are_clearly_plain(cells: pd.Series[Any]) -> bool:
    """Return whether all cells of a text column are plain numbers, and a point can only be their decimal mark.

    It can be another mark if three digits follow it everywhere.

    >>> are_clearly_plain(pd.Series(["1.5", "12"])), are_clearly_plain(pd.Series(["1.500", "12"]))
    (True, False)
    """
    texts = _texts_of(cells)
    if texts is None:
        return False
    import pyarrow.compute as pc

    if not pc.all(pc.match_substring_regex(texts, _PLAIN_NUMBER)).as_py():
        return False
    has_point = pc.any(pc.match_substring(texts, ".")).as_py()
    return not has_point or bool(pc.any(pc.match_substring_regex(texts, _NOT_THREE_DECIMALS)).as_py())


def lone_groups(texts: Iterable[str], style: NumeralStyle) -> list[str]:
    """Return the texts such as 1.950 of a column whose other texts show that the mark is decimal: 1950 may be meant.

    Three decimals are in doubt where the others have two, as money has, or where they end in a zero, which no program
    writes.

    >>> lone_groups(["1.950", "80000.00", "12.5"], PLAIN), lone_groups(["1.955", "80000.00"], PLAIN)
    (['1.950'], ['1.955'])
    >>> lone_groups(["1.950", "2.125"], PLAIN), lone_groups(["1.955", "12.5"], PLAIN)
    ([], [])
    """
    decimals = {text: text.rpartition(style.decimal)[2] for text in texts if style.decimal in text}
    three = sorted(text for text, digits in decimals.items() if len(digits) == _GROUP)
    others = {len(digits) for digits in decimals.values()} - {_GROUP}
    if not three or not others or not all(_LONE_GROUP.fullmatch(text) for text in three):
        return []
    return three if others == {2} or all(text.endswith("0") for text in three) else []


def has_lone_group(cells: pd.Series[Any]) -> bool:
    """Return whether a text column has a number such as 1.950."""
    texts = _texts_of(cells)
    if texts is None:
        return True
    import pyarrow.compute as pc

    return bool(pc.any(pc.match_substring_regex(texts, f"^{_LONE_GROUP.pattern}$")).as_py())


def _texts_of(cells: pd.Series[Any]) -> Any:
    """Return a column as an Arrow array of text, or None if some cells are not text, or without Arrow."""
    pa = find_library("pyarrow")
    if pa is None or (cells.dtype != object and not isinstance(cells.dtype, pd.StringDtype)):
        return None
    try:
        return pa.array(cells.to_numpy(dtype=object), type=pa.string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def named_style(decimal: str | None, thousands: str | None) -> NumeralStyle | None:
    """Return the style that the plan file gives, or None; one mark implies the other."""
    if decimal is None and not thousands:
        return None
    return NumeralStyle(decimal or ("," if thousands == "." else "."), thousands or "", spaces=True)


def is_numeral(text: str) -> bool:
    """Return whether a text is a number in any style.

    >>> is_numeral("1 234,50"), is_numeral("n/a"), is_numeral("12 USD")
    (True, False, False)
    """
    return any(style.plain(text) is not None for style in _READINGS)


def possible_styles(texts: Iterable[str]) -> list[NumeralStyle]:
    """Return the styles that read all texts, without those that give the same numbers.

    Parameters
    ----------
    texts : iterable of str
        Cells of one column.

    Returns
    -------
    list of NumeralStyle
        Empty if no style reads all texts; one if the column is clear; several if it is ambiguous.

    >>> [str(style) for style in possible_styles(["1 234,50", "12"])]
    ['a comma as the decimal mark and spaces between thousands']
    >>> len(possible_styles(["1.234", "5.678"])), len(possible_styles(["1.234", "12.5"]))
    (2, 1)
    >>> len(possible_styles(["1.950", "3 500"])), len(possible_styles(["1.950", "3 500", "12.5"]))
    (2, 1)
    """
    marked = {text for text in texts if not text.isdecimal()}
    if _are_clearly_plain(marked):
        return [PLAIN]
    ordered = sorted(marked)
    found = _readings(ordered, _READINGS)
    if len(found) != 1:
        return list(found.values())
    (reading,) = found
    return [_readings(ordered, _STYLES).get(reading, found[reading])]


def _readings(texts: list[str], styles: Iterable[NumeralStyle]) -> dict[tuple[str, ...], NumeralStyle]:
    """Return the first style of each different reading of all texts."""
    found: dict[tuple[str, ...], NumeralStyle] = {}
    for style in styles:
        plain = [style.plain(text) for text in texts]
        if None not in plain:
            found.setdefault(tuple(_canonical(text or "") for text in plain), style)
    return found


def rounded_powers(texts: Iterable[str]) -> set[str]:
    """Return the texts in scientific notation that may have lost digits, such as ``9.27E+07``.

    A spreadsheet shows 92,692,944 as ``9.27E+07`` and loses the rest when it saves text. Programs write all digits:
    ``9.2692944E7``, and for exactly 96,500,000 ``9.65E7``. A number is complete if its digits reach the unit, or if
    it is a bare power such as ``1e+05``. Otherwise another number of the column must have more digits than a
    spreadsheet shows.

    >>> sorted(rounded_powers(["9.27E+07", "3.1E+05"])), rounded_powers(["9.65E7", "9.2692944E7"]), rounded_powers(["1e+05"])
    (['3.1E+05', '9.27E+07'], set(), set())
    """
    powers = {text: found for text in texts if (found := _POWER.fullmatch(western_digits(text)))}
    if any(len((found[4] or "").rstrip("0")) >= _SHOWN_DIGITS for found in powers.values()):
        return set()
    return {text for text, found in powers.items() if _may_be_rounded(found)}


def _may_be_rounded(power: re.Match[str]) -> bool:
    """Return whether the digits of a number in scientific notation end above its unit."""
    decimals, exponent = len(power[4] or ""), int(power[5].replace("−", "-"))
    # A spreadsheet writes whole numbers of up to 11 digits in full, so a bare power below is exact.
    return exponent > decimals and (decimals > 0 or exponent >= 11)


def _are_clearly_plain(texts: set[str]) -> bool:
    """Return whether a point can only be the decimal mark: it occurs once, and not always before three digits."""
    parts = [text.rpartition(".")[2] for text in texts if "." in text]
    if parts and all(len(part) == 3 for part in parts):
        return False
    return all(PLAIN.plain(text) is not None for text in texts)


def _canonical(plain: str) -> str:
    """Return the same text for equal numbers: 12., 12.0 and +12 are 12."""
    sign = "-" if plain.startswith("-") else ""
    whole, _, part = plain.lstrip("+-").partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}.{part.rstrip('0')}"


def as_plain_numbers(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return numbers with a point as their only mark, as geoplan asks for them, where Excel saved them another way.

    What can be read in two ways, and what is no number, stays as it is. Cells of numbers stay too.

    >>> as_plain_numbers(pd.Series(["0,7785", "1 234,5"])).tolist(), as_plain_numbers(pd.Series(["1,234", "n/a"])).tolist()
    (['0.7785', '1234.5'], ['1,234', 'n/a'])
    """
    texts = {cell for cell in cells if isinstance(cell, str) and cell}
    if all(_AS_ASKED.fullmatch(text) for text in texts):
        return cells
    styles = possible_styles(texts)
    if len(styles) != 1:
        return cells
    return cells.map(lambda cell: (styles[0].plain(cell) or cell) if isinstance(cell, str) else cell)
