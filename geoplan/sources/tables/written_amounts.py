"""Written amounts: what cells such as ``2.5 Cr``, ``(1,200)`` and ``n/a`` in a column of amounts mean.

How this works: a cell is a number with words around it. It has a meaning if each word names a currency or a magnitude.
Nothing is read so by itself: the meanings are offered as a line of the plan file, which the planner checks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from decimal import Decimal

from geoplan.sources.tables.currency_words import names_currency
from geoplan.sources.tables.magnitudes import magnitudes_in
from geoplan.sources.tables.numerals import PLAIN, NumeralStyle, is_numeral, possible_styles

_IN_BRACKETS = re.compile(r"[^\d(]*[(（].*[)）][^\d)]*")
_BRACKETS = re.compile(r"[()（）]")
_PARTS = re.compile(
    r"(?P<before>\D*?)(?P<number>[+−-]?\d(?:[\d.,'’٬٫\s]*\d)?(?:[.,][-–—]|/[-=])?)(?P<after>\D*)"
)
_WORDS = re.compile(r"[\s,;:]+")
_MOST_UNITS = 20
_UNIT_HEADER = re.compile(
    r"\bunit|\bunidad|einheit|satuan|multipl|magnitude|đơn vị|единиц|birim|ຫົວໜ່ວຍ", re.IGNORECASE
)
_COMMON_UNITS = frozenset(
    ("thousand", "million", "billion", "lakh", "crore", "mio", "mln", "bn", "millier", "mile", "millone")
)
_SHORT = 2
"""Letters of a magnitude that is only read as before a currency: 300k."""


def meanings_of(
    texts: Iterable[str], currencies: Collection[str], style: NumeralStyle = PLAIN
) -> dict[str, str]:
    """Return the texts that mean an amount, each as a number that a column of this style reads.

    Parameters
    ----------
    texts : iterable of str
        Cells of one column that are no numbers. Their numbers are read in one way, or not at all.
    currencies : collection of str
        ISO 4217 codes of the amounts; a text that names another currency has no meaning.
    style : NumeralStyle
        How the numbers of the column are written.

    Returns
    -------
    dict of str to str
        In single units of the currency. Texts without a figure mean 0. Other texts are left out.

    >>> meanings_of(["2.5 Cr", "Rs. 45 lakh", "(1,200.50)", "n/a", "$ 7"], ["INR"])
    {'2.5 Cr': '25000000', 'Rs. 45 lakh': '4500000', '(1,200.50)': '-1200.50', 'n/a': '0'}
    """
    # A bare number in another style is a question of the marks, not of its meaning.
    given = [text for text in dict.fromkeys(texts) if not is_numeral(text)]
    found = {text: parts for text in given if (parts := _parts_of(text, currencies))}
    numbers = {number for number, _, _ in found.values()}
    readings = [style] if all(style.plain(number) for number in numbers) else possible_styles(numbers)
    meanings = {}
    for text in given:
        if not re.search(r"\d", text):
            meanings[text] = "0"
        elif text in found and len(readings) == 1:
            number, size, sign = found[text]
            value = Decimal(readings[0].plain(number) or 0) * size * sign
            shown = f"{value:f}"
            shown = shown.rstrip("0").rstrip(".") if size > 1 and "." in shown else shown
            meanings[text] = shown.replace(".", style.decimal)
    return meanings


def _parts_of(text: str, currencies: Collection[str]) -> tuple[str, int, int] | None:
    """Return the number of a text, its magnitude and its sign; None if a word beside it has no meaning."""
    is_negative = _IN_BRACKETS.fullmatch(text.strip()) is not None
    found = _PARTS.fullmatch(_BRACKETS.sub(" ", text).strip())
    if found is None:
        return None
    words = [word for side in ("before", "after") for word in _WORDS.split(found[side]) if word]
    others = [word for word in words if not any(names_currency(word, code) for code in currencies)]
    sizes = _sizes_of(others, currencies) if others else [1]
    return (found["number"], sizes[0], -1 if is_negative else 1) if len(sizes) == 1 else None


def _sizes_of(words: list[str], currencies: Collection[str]) -> list[int]:
    """Return the magnitudes that words name together; empty if one of the words says something else."""
    sizes = [_size_of(word, currencies) for word in words]
    return (magnitudes_in(" ".join(words), currencies) or sizes[0]) if all(sizes) else []


def _size_of(word: str, currencies: Collection[str]) -> list[int]:
    # A letter alone, as in 300k, is read as before a currency.
    return magnitudes_in(word, currencies) or (magnitudes_in(f"{word}EUR") if len(word) <= _SHORT else [])


def may_be_units(header: str, cells: Collection[object]) -> bool:
    """Tell at once whether a column may say in which unit each amount is: by its header, or a common word in a cell.

    >>> may_be_units("Scale", ["million kip", "kip"]), may_be_units("Funder", ["GoL", "ADB"])
    (True, False)
    """
    if not 0 < len(cells) <= _MOST_UNITS or not all(
        isinstance(cell, str) and len(cell) > 1 for cell in cells
    ):
        return False
    words = {word.rstrip("s.") for cell in cells for word in str(cell).casefold().split()}
    return bool(_UNIT_HEADER.search(header)) or not words.isdisjoint(_COMMON_UNITS)


def where_is(header: str, cell: str) -> str:
    """Return a condition that chooses the rows of a cell.

    >>> print(where_is('Unit "x" of all', "d'or"))
    "Unit ""x"" of all" = 'd''or'
    """
    column, text = header.replace('"', '""'), cell.replace("'", "''")
    return f"\"{column}\" = '{text}'"
