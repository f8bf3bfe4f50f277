"""Languages: message catalogues, one JSON file per language, and numbers in the format of the language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files

from geoplan.model.choices import LANGUAGES
from geoplan.model.errors import UsageError, show_value
from geoplan.model.money import minor_digits

_WHOLE_FROM = 1000
"""Amounts in sentences have whole units from here on; the tables have the cents."""


@dataclass(frozen=True)
class Catalogue:
    """Texts of one language by key, with placeholders in braces.

    Parameters
    ----------
    language : str
    texts : mapping of str to str
    """

    language: str
    texts: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """Return a text with its values filled in; braces in a value stay text."""
        return self.texts[key].format(**values)

    def knows(self, key: str) -> bool:
        """Return whether the catalogue has a text."""
        return key in self.texts

    def number(self, value: float, decimals: int) -> str:
        """Format a number with the given number of decimals.

        >>> Catalogue("fr", {}).number(-1234.5, 2).replace(chr(0x202F), "_")
        '−1_234,50'
        """
        text = f"{abs(value):,.{decimals}f}".replace(",", "\u202f")
        negative = value < 0 and float(f"{value:.{decimals}f}") != 0
        return self._marked(f"−{text}" if negative else text)

    def percent(self, share: float, decimals: int = 1) -> str:
        """Format a share from 0 to 1 as a percentage."""
        return f"{self.number(100 * share, decimals)}\u00a0%"

    def amount(self, minor: float, currency: str) -> str:
        """Format an amount in minor units for a sentence, with its currency: first in English, last in other languages.

        Amounts of 1,000 or more are rounded to whole units, and whole amounts have no decimals.

        >>> words = Catalogue("en", {})
        >>> words.amount(820_000_050, "EUR").replace(chr(0x202F), "_"), words.amount(4_000, "EUR")
        ('EUR 8_200_001', 'EUR 40')
        >>> words.amount(99_950, "EUR"), words.amount(7_500, "KWD")
        ('EUR 999.50', 'KWD 7.500')
        >>> Catalogue("fr", {}).amount(4_050, "EUR")
        '40,50 EUR'
        """
        digits = minor_digits(currency)
        value = Decimal(round(minor)).scaleb(-digits)
        in_whole = value == int(value) or abs(value) >= _WHOLE_FROM
        if in_whole:
            value = value.quantize(Decimal(1), ROUND_HALF_UP)
        number = self.decimal(value, 0 if in_whole else digits)
        return self.with_currency(number, currency)

    def with_currency(self, number: str, currency: str) -> str:
        """Write a currency beside a number, in the order of the language.

        >>> [Catalogue(language, {}).with_currency("140", "EUR") for language in ("en", "fr")]
        ['EUR 140', '140 EUR']
        """
        return f"{currency} {number}" if self.language == "en" else f"{number} {currency}"

    def decimal(self, value: Decimal, decimals: int) -> str:
        """Format an exact amount with the given number of decimals.

        >>> Catalogue("fr", {}).decimal(Decimal("1234.50"), 2).replace(chr(0x202F), "_")
        '1_234,50'
        """
        text = f"{abs(value):,.{decimals}f}".replace(",", "\u202f")
        return self._marked(f"−{text}" if value < 0 else text)

    def _marked(self, text: str) -> str:
        return text if self.language == "en" else text.replace(".", ",")


@cache
def read_catalogue(package: str, language: str) -> Catalogue:
    """Read the catalogue of a language from the folder ``messages`` of a package.

    Parameters
    ----------
    package : str
        For example ``geoplan.analysis.equity``.
    language : str
        One of `LANGUAGES`.

    Raises
    ------
    UsageError
        The language is not supported.
    """
    check_language(language)
    path = files(package) / "messages" / f"{language}.json"
    return Catalogue(language, json.loads(path.read_text(encoding="utf-8")))


def check_language(language: str) -> None:
    """Raise `UsageError` if a language is not supported."""
    if language not in LANGUAGES:
        raise UsageError(
            f"language {show_value(language)} is not supported: choose from {', '.join(LANGUAGES)}"
        )
