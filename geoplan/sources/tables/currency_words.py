"""Currency words: which currencies a text beside amounts names, such as ``million kip``.

How this works: the names and signs of currencies come from CLDR. A word that several currencies share,
such as dollar, means the one that is paid in the country of the layer.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache

from geoplan.model.money import is_currency

_WORD = re.compile(r"[^\W\d_]{1,3}\$|\$[^\W\d_]{1,2}(?![^\W\d_])|[^\W\d_]+|[^\w\s]")
"""A word or a sign; R$ and $US are one sign."""
LIKE_WORDS = frozenset(("ALL", "BOB", "CUP", "GEL", "IRR", "MAD", "MOP", "PEN", "RON", "SOS", "TOP", "TRY"))
"""Codes that are also words or abbreviations in headers."""

_UNIT_IS_WORD = {"en": -1, "de": -1, "fr": 0, "es": 0, "pt": 0}
"""Where the names of currencies have the unit: Lao Kip, kip loatien."""


def currencies_in(text: str, country: str = "") -> list[str]:
    """Return the currencies that a text names by code, name, word or sign; several if it is not clear which.

    Parameters
    ----------
    text : str
    country : str
        ISO 3166 code of two letters, to tell currencies apart that share a word.

    >>> currencies_in("Unit: million kip"), currencies_in("Budget (USD)"), currencies_in("Cost in rupees", "NP")
    (['LAK'], ['USD'], ['NPR'])
    >>> len(currencies_in("in dollars")) > 1, currencies_in("in US dollars")
    (True, ['USD'])
    """
    words = _WORD.findall(text)
    codes = [word for word in words if word.isascii() and word.isupper() and is_currency(word)]
    codes = codes or codes_in_identifier(text)
    if codes:
        return list(dict.fromkeys(codes))
    plain = f" {' '.join(words)} ".casefold()
    named = [code for name, code in _names().items() if f" {name} " in plain or f" {name}s " in plain]
    if named:
        return named[:1]
    known = _words_of_currencies(country)
    own = set(currencies_of(country))
    meant = [known.get(word, known.get(word.removesuffix("s"), frozenset())) for word in plain.split()]
    found = frozenset().union(*meant)
    if "$" in plain.split():
        # The sign of many dollars and pesos; where none of these is paid, the US dollar is meant.
        found |= _dollars() & own or ({"USD"} if country else _dollars())
    return sorted(found & own or found)


def codes_of_currencies(header: str) -> list[str]:
    """Return the ISO 4217 codes in capital letters that stand in a header, such as Gharama (TZS).

    >>> codes_of_currencies("Gharama (TZS)"), codes_of_currencies("TOP 10"), codes_of_currencies("Budget")
    (['TZS'], [], [])
    """
    words = re.findall(r"(?<![^\W_])[A-Z]{3}(?![^\W_])", header)
    return [word for word in words if is_currency(word) and word not in LIKE_WORDS]


def codes_in_identifier(text: str) -> list[str]:
    """Return the currencies that a header without spaces names by codes in small letters, as cost_usd and amountEur.

    >>> codes_in_identifier("cost_usd"), codes_in_identifier("amountEur"), codes_in_identifier("total_all"), codes_in_identifier("usd")
    (['USD'], ['EUR'], [], ['USD'])
    """
    if re.search(r"\s", text.strip()):
        return []
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z\d])(?=[A-Z])", "_", text))
    codes = [word.upper() for word in words if len(word) == 3 and word.isascii() and not word.isupper()]
    return [code for code in dict.fromkeys(codes) if is_currency(code) and code not in LIKE_WORDS]


def currencies_of(country: str) -> list[str]:
    """Return the currencies that are legal tender in a country today, by its ISO 3166 code of two letters."""
    from babel.core import get_global

    entries = get_global("territory_currencies").get(country, [])
    return [code for code, _, end, tender in entries if end is None and tender and is_currency(code)]


def country_of_codes(codes: list[str]) -> str:
    """Return the country that all P-codes of a layer start with, as an ISO 3166 code of two letters, or ``""``.

    >>> country_of_codes(["LA1101", "LA1102"]), country_of_codes(["NPL.1_1", "NPL.2_1"]), country_of_codes(["A", "B"])
    ('LA', 'NP', '')
    """
    from babel.core import get_global

    letters = {re.match(r"[A-Z]*", code)[0] for code in codes}  # type: ignore[index]
    start = next(iter(letters)) if len(letters) == 1 else ""
    aliases = get_global("territory_aliases").get(start, [])
    code = aliases[0] if len(start) == 3 and len(aliases) == 1 else start
    return code if len(code) == 2 and currencies_of(code) else ""


@cache
def signs_of(currency: str) -> tuple[str, ...]:
    """Return the signs of a currency, in English and in the official languages where it is legal tender.

    >>> signs_of("BRL"), signs_of("IDR"), "$" in signs_of("COP")
    (('R$',), ('IDR', 'Rp'), True)
    """
    from babel import Locale, UnknownLocaleError
    from babel.core import get_global

    signs = [Locale("en").currency_symbols.get(currency, "")]
    for country in get_global("territory_currencies"):
        if currency in currencies_of(country):
            spoken = get_global("territory_languages").get(country, {})
            for language in (name for name, about in spoken.items() if about.get("official_status")):
                with suppress(UnknownLocaleError, ValueError):
                    locale = Locale.parse(f"{language}_{country}")
                    signs.append(locale.currency_symbols.get(currency, ""))
    return tuple(dict.fromkeys(sign.strip("\u200e\u200f") for sign in signs if sign))


_SHORT_NAMES = {
    "rs": ("INR", "LKR", "MUR", "NPR", "PKR", "SCR"),
    "tk": ("BDT",),
    "fcfa": ("XAF", "XOF"),
    "cfa": ("XAF", "XOF"),
}
"""Short names of currencies that CLDR lacks."""

_LEAST_LETTERS = 3
"""Letters of a shortened name, such as руб."""


@cache
def names_currency(word: str, currency: str) -> bool:
    """Tell whether a word beside an amount is a code, sign, name or shortened name of one currency.

    >>> [names_currency(word, "RUB") for word in ("руб.", "RUB", "₽", "USD", "тыс")]
    [True, True, True, False, False]
    """
    plain = word.casefold().strip(".")
    if plain == currency.casefold() or currency in _SHORT_NAMES.get(plain, ()):
        return True
    if word in signs_of(currency) or f"{word}$" in signs_of(currency):
        return True
    words = _name_words(currency)
    return plain in words or (
        len(plain) >= _LEAST_LETTERS and plain.isalpha() and any(name.startswith(plain) for name in words)
    )


@cache
def _name_words(currency: str) -> frozenset[str]:
    """Return the words of the names of a currency, in widely used languages and those where it is legal tender."""
    from babel import Locale, UnknownLocaleError
    from babel.core import get_global

    spoken = [
        get_global("territory_languages").get(country, {})
        for country in get_global("territory_currencies")
        if currency in currencies_of(country)
    ]
    own = [name for about in spoken for name, of in about.items() if of.get("official_status")]
    names: set[str] = set()
    for language in dict.fromkeys((*_UNIT_IS_WORD, *own)):
        with suppress(UnknownLocaleError, ValueError):
            names.add(Locale.parse(language).currencies.get(currency, ""))
    return frozenset(word for name in names for word in re.findall(r"[^\W\d_]+", name.casefold()))


@cache
def _names() -> dict[str, str]:
    """Return the English names of currencies in lower case, the longest first."""
    from babel import Locale

    names = {name.casefold(): code for code, name in Locale("en").currencies.items() if _is_live(code)}
    return dict(sorted(names.items(), key=lambda entry: -len(entry[0])))


@cache
def _words_of_currencies(country: str) -> dict[str, frozenset[str]]:
    """Return the currencies that each word or sign may mean, in widely used languages and those of the country."""
    from babel import Locale, UnknownLocaleError
    from babel.core import get_global

    words: dict[str, set[str]] = {}
    for language, at in _UNIT_IS_WORD.items():
        locale = Locale(language)
        for code in filter(_is_live, locale.currencies):
            name = locale.currencies[code].partition("(")[0]
            for word in [_WORD.findall(name)[at], locale.currency_symbols.get(code, "")]:
                words.setdefault(word.casefold(), set()).add(code)
    for short, meant in _SHORT_NAMES.items():
        words.setdefault(short, set()).update(meant)
    words.pop("$", None)
    spoken = get_global("territory_languages").get(country, {})
    for language in (name for name, about in spoken.items() if about.get("official_status")):
        with suppress(UnknownLocaleError, ValueError):
            locale = Locale.parse(language)
            for code in currencies_of(country):
                text = f"{locale.currencies.get(code, '')} {locale.currency_symbols.get(code, '')}"
                for word in _WORD.findall(text):
                    words.setdefault(word.casefold(), set()).add(code)
    return {
        word: frozenset(codes)
        for word, codes in words.items()
        if len(word) > 2 or word in _SHORT_NAMES or (word and word != "$" and not word.isalpha())
    }


@cache
def _dollars() -> frozenset[str]:
    """Return the currencies whose sign is that of the dollar."""
    return frozenset(code for name, code in _names().items() if {"dollar", "peso"} & {*name.split()})


@cache
def _is_live(code: str) -> bool:
    """Tell whether a currency is legal tender anywhere today."""
    from babel.core import get_global

    return is_currency(code) and any(
        code == entry[0] and entry[2] is None and entry[3]
        for entries in get_global("territory_currencies").values()
        for entry in entries
    )
