"""Numerals: the decimal mark and the thousands separator of a column.

How this works: every style in `_STYLES` that reads all cells of the column is a candidate. Candidates that
give the same numbers count once. One candidate is the answer; several are a question to the planner, because
``1.234`` alone can be 1.234 or 1234.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from unicodedata import decimal

import numpy as np
import pandas as pd

_SPACES = " \u00a0\u202f\u2007\u2009"
_APOSTROPHES = "'’"
_NAMES = {".": "a point", ",": "a comma", " ": "spaces", "'": "apostrophes"}


@dataclass(frozen=True)
class NumeralStyle:
    """A way to write numbers: a decimal mark and a thousands separator, which can be empty."""

    decimal: str
    thousands: str = ""

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
        text = western_digits(text)
        if not _pattern(self).fullmatch(text):
            return None
        if self.thousands:
            text = re.sub(f"[{_members(self.thousands)}]", "", text)
        return text.replace("−", "-").replace(self.decimal, ".")


def western_digits(text: str) -> str:
    """Replace the digits of any script, such as Lao and Thai, by 0 to 9.

    >>> western_digits("໒໐໑໒")
    '2012'
    """
    if text.isascii():
        return text
    return "".join(str(decimal(char)) if char.isdecimal() else char for char in text)


@cache
def _pattern(style: NumeralStyle) -> re.Pattern[str]:
    decimal = re.escape(style.decimal)
    whole = r"\d+"
    if style.thousands:
        mark = f"[{_members(style.thousands)}]"
        # A thousands separator never follows a leading 0: 0.010 is a hundredth.
        whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{mark}\d{{2,3}})*{mark}\d{{3}})"
    return re.compile(rf"[+\-−]?(?:{whole}(?:{decimal}\d*)?|{decimal}\d+)", re.ASCII)


def _members(mark: str) -> str:
    if mark.isspace():
        return _SPACES
    return _APOSTROPHES if mark in _APOSTROPHES else re.escape(mark)


PLAIN = NumeralStyle(".")
_PLAIN_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
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
        None if some cells are not text.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if cells.dtype != object and not isinstance(cells.dtype, pd.StringDtype):
        return None
    try:
        texts = pa.array(cells.to_numpy(dtype=object), type=pa.string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    plain = pc.if_else(pc.match_substring_regex(texts, _PLAIN_NUMBER), texts, None)
    numbers = pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False)
    lengths = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    return np.asarray(numbers, dtype=np.float64), np.asarray(lengths, dtype=np.int64)


def named_style(decimal: str | None, thousands: str | None) -> NumeralStyle | None:
    """Return the style that the plan file gives, or None; one mark implies the other."""
    if decimal is None and not thousands:
        return None
    return NumeralStyle(decimal or ("," if thousands == "." else "."), thousands or "")


def is_numeral(text: str) -> bool:
    """Return whether a text is a number in any style.

    >>> is_numeral("1 234,50"), is_numeral("n/a"), is_numeral("12 USD")
    (True, False, False)
    """
    return any(style.plain(text) is not None for style in _STYLES)


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
    """
    marked = {text for text in texts if not text.isdecimal()}
    if _are_clearly_plain(marked):
        return [PLAIN]
    found: dict[tuple[str, ...], NumeralStyle] = {}
    ordered = sorted(marked)
    for style in _STYLES:
        plain = [style.plain(text) for text in ordered]
        if None not in plain:
            found.setdefault(tuple(_canonical(text or "") for text in plain), style)
    return list(found.values())


def _are_clearly_plain(texts: set[str]) -> bool:
    """Tell whether a point can only be the decimal mark: it stands once, and not always before three digits."""
    parts = [text.rpartition(".")[2] for text in texts if "." in text]
    if parts and all(len(part) == 3 for part in parts):
        return False
    return all(PLAIN.plain(text) is not None for text in texts)


def _canonical(plain: str) -> str:
    """Return the same text for equal numbers: 12., 12.0 and +12 are 12."""
    sign = "-" if plain.startswith("-") else ""
    whole, _, part = plain.lstrip("+-").partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}.{part.rstrip('0')}"
