"""Magnitudes: the words for thousand, million and the like beside amounts, in any language.

How this works: the words come from the compact number formats of CLDR ("0 million", "0 lakh"), which Babel carries
for more than 300 languages. Reading all of them takes about a second. A text in brackets beside an amount is rare
and is checked against all languages; any other text only against the world's most used languages and those of the
countries that pay in the currencies of the table. A text of known words, such as "Budget 2012", loads no language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache
from math import prod
from typing import Any

from geoplan.model.choices import KINDS
from geoplan.model.money import is_currency
from geoplan.model.schema import KIND_SYNONYMS, TABLES

_WIDELY_USED = ("en", "en_IN", "fr", "es", "pt", "de", "ar", "ru")
_MOST_COUNTRIES = 3
"""A currency of more countries than this says nothing about the language."""

_NOT_IN_CLDR = {
    "lac": 100_000,
    "cr": 10_000_000,
    "mio": 1_000_000,
    "mln": 1_000_000,
    "mn": 1_000_000,
    "mm": 1_000_000,
    "bn": 1_000_000_000,
    "mrd": 1_000_000_000,
    "mld": 1_000_000_000,
    "tsd": 1_000,
    "milhares": 1_000,
}
"""Abbreviations that CLDR lacks."""

_PREFIXES = {
    "k": 1_000,
    "t": 1_000,
    "m": 1_000_000,
    "mm": 1_000_000,
    "mn": 1_000_000,
    "md": 1_000_000_000,
    "bn": 1_000_000_000,
}
"""Letters directly before or behind a currency: k€, TEUR, US$m, USDbn."""

_THOUSANDS_OF = "miles"
"""Thousands in Spanish; a length in English, unless "de" follows."""

_HUNDREDS = frozenset(("hundred", "hundreds", "cent", "cien", "cientos", "cem", "centenas", "ratus", "trăm"))
"""Words for 100, which counts before another magnitude only."""

_OF = frozenset(("of", "de", "des", "di"))
_SHORTEST = 3
"""Letters of a short form that is looked for outside brackets, such as тыс. and млн."""

_CURRENCY_WORDS = frozenset(("rs", "tk", "fcfa", "cfa", "kips"))
_PLAIN_WORDS = (
    "actual", "amount", "annual", "approved", "constant", "cost", "currency", "current", "estimate", "final", "fy",
    "in", "nominal", "of", "paid", "per", "plan", "prices", "real", "revised", "the", "total", "unit", "value",
)  # fmt: skip
"""Words beside an amount that say nothing about its magnitude."""

_WORD = re.compile(r"[^\s\d!-/:-@\[-`{-~«»“”‘’（），、：…·|–—]+")
_ZEROS = re.compile(r"(?<![\d.,])1?(?:[.,\s]?000)+s?(?!\d)")
_POWER = re.compile(
    r"(?<![\d.,])(?:10\s*([³⁶⁹])|10\s*(?:\^|\*\*)\s*([369])|10?E\+?0?([369]))(?!\d)", re.IGNORECASE
)
_HUNDRED_THOUSANDS = re.compile(r"(?<![\d.,])(1?00[.,\s]?000)s\b")
_EAST_ASIAN = re.compile(
    r"([十百千拾佰仟]?[万萬億亿兆]|[十百千拾佰仟])(?=[円圓圆元]|美元|ドル)|([십백천]?[만억조]|[십백천])(?=\s?(?:원|달러))"
)
_EAST_ASIAN_SIZES = {
    **dict.fromkeys("十拾십", 10),
    **dict.fromkeys("百佰백", 100),
    **dict.fromkeys("千仟천", 1_000),
    **dict.fromkeys("万萬만", 10_000),
    **dict.fromkeys("億亿억", 100_000_000),
    **dict.fromkeys("兆조", 1_000_000_000_000),
}
"""Numbers that multiply each other before a currency: 百万円 is a million yen."""

_SCRIPTS = {
    "Arab": "ARABIC",
    "Armn": "ARMENIAN",
    "Beng": "BENGALI",
    "Cyrl": "CYRILLIC",
    "Deva": "DEVANAGARI",
    "Ethi": "ETHIOPIC",
    "Geor": "GEORGIAN",
    "Grek": "GREEK",
    "Gujr": "GUJARATI",
    "Hans": "CJK",
    "Hebr": "HEBREW",
    "Jpan": "CJK",
    "Khmr": "KHMER",
    "Knda": "KANNADA",
    "Kore": "HANGUL",
    "Laoo": "LAO",
    "Mlym": "MALAYALAM",
    "Mymr": "MYANMAR",
    "Orya": "ORIYA",
    "Sinh": "SINHALA",
    "Taml": "TAMIL",
    "Telu": "TELUGU",
    "Thai": "THAI",
}
"""Codes of scripts as CLDR has them, and as the names of their letters begin."""

_BRACKETS = re.compile(r"[(\[{（]([^)\]}）]*)[)\]}）]")
_UNSPACED = ("LAO", "THAI", "KHMER", "MYANMAR", "CJK", "HIRAGANA", "KATAKANA")


def magnitudes_beside(header: str, currencies: Collection[str] = ()) -> tuple[list[int], list[str]]:
    """Return the magnitudes that a header of amounts names, and the words in its brackets that are unknown.

    Parameters
    ----------
    header : str
    currencies : collection of str
        ISO 4217 codes of the amounts.

    Returns
    -------
    tuple of list of int and list of str
        Several magnitudes if a word means different numbers in different languages.

    >>> magnitudes_beside("Budget (Rs. in Lakh)"), magnitudes_beside("Coût (MFCFA)"), magnitudes_beside("Paid (kip)")
    (([100000], []), ([1000000], []), ([], []))
    >>> magnitudes_beside("Вартість, тис. грн"), magnitudes_beside("予算（百万円）"), magnitudes_beside("예산(천원)")
    (([1000], []), ([1000000], []), ([1000], []))
    >>> magnitudes_beside("Amount (gribbles)")
    ([], ['gribbles'])
    """
    inside = " ".join(_BRACKETS.findall(header))
    outside = _BRACKETS.sub(" ", header)
    found = magnitudes_in(outside, currencies) or _plain_magnitudes(inside) or _by_script(outside)
    unknown = [word for word in _words(inside) if not _is_explained(word)]
    if found or not unknown:
        return found, []
    near = _languages_near(tuple(sorted(currencies)))
    for languages in (near, ()):
        found = found or _looked_up(inside, _number_words(languages), short=True)
    names = _currency_words(near)
    return found, [] if found else [word for word in unknown if not _starts_as(word.casefold(), names)]


def _by_script(text: str) -> list[int]:
    """Return the magnitudes that words in another script than the Latin one name, in any language of the script.

    A header in such a script says its language better than the currency does: Вартість, тис. грн.
    """
    words = " ".join(word for word in _words(text) if not word.isascii() and not _is_latin(word))
    if not words or all(map(_is_explained, words.split())):
        return []
    return _looked_up(words, _number_words(_languages_in(unicodedata.name(words[0], "").split(" ")[0])))


def _is_latin(word: str) -> bool:
    return unicodedata.name(word[0], "").startswith("LATIN")


@cache
def _languages_in(script: str) -> tuple[str, ...]:
    """Return the languages that are mostly written in a script, by its name in Unicode, such as CYRILLIC."""
    from babel.core import get_global
    from babel.localedata import locale_identifiers

    likely = get_global("likely_subtags")
    codes = {name: likely.get(name, "").split("_")[1:2] for name in locale_identifiers() if "_" not in name}
    found = tuple(name for name, code in codes.items() if code and _SCRIPTS.get(code[0]) == script)
    return found or ("en",)


def magnitudes_in(text: str, currencies: Collection[str] = ()) -> list[int]:
    """Return the magnitudes that a text names, such as a header or a line above a table.

    >>> magnitudes_in("Unit: million kip", ["LAK"]), magnitudes_in("ຫົວໜ່ວຍ: ລ້ານກີບ", ["LAK"]), magnitudes_in("Budget 2012")
    ([1000000], [1000000], [])
    """
    found = _plain_magnitudes(text)
    if found or all(_is_explained(word) for word in _words(text)):
        return found
    return _looked_up(text, _number_words(_languages_near(tuple(sorted(currencies)))))


def _plain_magnitudes(text: str) -> list[int]:
    """Return the magnitudes that need no language: '000, M€, MUSD, and abbreviations that CLDR lacks."""
    found = [10 ** zeros.count("0") for zeros in [*_HUNDRED_THOUSANDS.findall(text), *_ZEROS.findall(text)]]
    found += [10 ** int(unicodedata.digit("".join(power))) for power in _POWER.findall(text)]
    if not text.isascii():
        found += [prod(_EAST_ASIAN_SIZES[char] for char in match[0]) for match in _EAST_ASIAN.finditer(text)]
    for token in re.split(r"[\s()\[\],;:/]+", text):
        word = token.casefold().strip(".'’")
        before = re.match(r"(mm|mn|md|bn|k|m|t)[.\s]?(.+)", word)
        behind = re.fullmatch(r"(.+?)[.\s]?(mm|mn|md|bn|k|m)", word)
        if before and _is_currency_word(before[2]) and not is_currency(word.upper()):
            found.append(_PREFIXES[before[1]])
        elif behind and _is_currency_word(behind[1]) and not is_currency(word.upper()):
            found.append(_PREFIXES[behind[2]])
        elif word in _NOT_IN_CLDR or word.removesuffix("s") in _NOT_IN_CLDR:
            found.append(_NOT_IN_CLDR.get(word, _NOT_IN_CLDR.get(word.removesuffix("s"), 0)))
    return found[:1]


def _is_currency_word(word: str) -> bool:
    signs = all(unicodedata.category(char) == "Sc" for char in word) or re.fullmatch(r"[a-z]{1,2}\$", word)
    return bool(signs) or word in _CURRENCY_WORDS or (word.isascii() and is_currency(word.upper()))


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if unicodedata.category(word[0])[0] == "L"]


@cache
def _known_words() -> frozenset[str]:
    """Return the words of our own columns and kinds, which are no magnitudes."""
    columns = [column for table in TABLES.values() for column in table.columns]
    names = [name for column in columns for name in (column.name, *column.synonyms)]
    words = {word.casefold() for name in names for word in _words(name.replace("_", " "))}
    return frozenset((*words, *KINDS, *KIND_SYNONYMS, *_PLAIN_WORDS, *_CURRENCY_WORDS)) - set("bcdemy")


def _is_explained(word: str) -> bool:
    return word.casefold() in _known_words() or (word.isascii() and is_currency(word.upper()))


@cache
def _languages_near(currencies: tuple[str, ...]) -> tuple[str, ...]:
    """Return widely used languages, and the official ones where the currencies are paid."""
    from babel.core import get_global

    countries = {
        currency: [
            territory
            for territory, known in get_global("territory_currencies").items()
            if any(entry[0] == currency and entry[2] is None for entry in known)
        ]
        for currency in currencies
    }
    languages = [
        language
        for found in countries.values()
        for territory in (found if len(found) <= _MOST_COUNTRIES else ())
        for language, about in get_global("territory_languages").get(territory, {}).items()
        if about.get("official_status") in ("official", "de_facto_official")
    ]
    return tuple(dict.fromkeys((*_WIDELY_USED, *languages)))


def _locales(languages: tuple[str, ...]) -> Iterable[Any]:
    """Yield the locales of languages, or of all without any."""
    from babel import Locale, UnknownLocaleError
    from babel.localedata import locale_identifiers

    every = [name for name in locale_identifiers() if "_" not in name]
    for name in languages or (*every, "en_IN"):
        try:
            yield Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue


@cache
def _number_words(languages: tuple[str, ...]) -> dict[str, dict[str, frozenset[int]]]:
    """Return the words for magnitudes in some languages, or in all, long and short ones apart."""
    found: dict[str, dict[str, set[int]]] = {"long": {}, "short": {}}
    for locale in _locales(languages):
        for form, words in found.items():
            for plural in locale.compact_decimal_formats.get(form, {}).values():
                for size, pattern in plural.items():
                    digits = pattern.pattern.partition(";")[0]
                    word = " ".join(_WORD.findall(digits.replace("'", " "))).casefold().strip(".")
                    if word and digits.count("0"):
                        words.setdefault(word, set()).add(int(size) // 10 ** (digits.count("0") - 1))
    return {form: {word: frozenset(sizes) for word, sizes in words.items()} for form, words in found.items()}


@cache
def _currency_words(languages: tuple[str, ...]) -> frozenset[str]:
    names = [
        text
        for locale in _locales(languages)
        for text in (*locale.currencies.values(), *locale.currency_symbols.values())
    ]
    return frozenset(word.casefold() for name in names for word in _words(name))


def _looked_up(text: str, words: dict[str, dict[str, frozenset[int]]], *, short: bool = False) -> list[int]:
    """Return the magnitudes of the first phrase of a text that is a word for one, times those that it multiplies.

    Miles de millones and mil milhões are thousands of millions.
    """
    tokens = [word.casefold() for word in _words(text)]
    for at in range(len(tokens)):
        found, end = _phrase_at(tokens, at, words, short)
        if found:
            more, _ = _phrase_at(tokens, end + (tokens[end : end + 1] in [[of] for of in _OF]), words, short)
            before = [token for token in tokens[:at] if token not in _OF][-1:]
            times = 100 if _HUNDREDS.issuperset(before) and before else 1
            return sorted({times * one * other for one in found for other in more or {1}})
    return []


def _phrase_at(
    tokens: list[str], at: int, words: dict[str, dict[str, frozenset[int]]], short: bool
) -> tuple[frozenset[int], int]:
    """Return the magnitudes of the phrase that begins at a token, and where it ends."""
    if tokens[at : at + 2] == [_THOUSANDS_OF, "de"]:
        return frozenset((1_000,)), at + 1
    for size in (2, 1):
        phrase = " ".join(tokens[at : at + size])
        if len(tokens) < at + size:
            continue
        for form in ("long", "short"):
            if form == "long" or short or len(phrase) >= _SHORTEST:
                found = _sizes_of(phrase, words[form])
                if found:
                    return found, at + size
    return frozenset(), at


def _sizes_of(phrase: str, words: dict[str, frozenset[int]]) -> frozenset[int]:
    """Return the magnitudes of a phrase, which may have another ending: millions, lakhs, crores."""
    if phrase in words:
        return words[phrase]
    if unicodedata.name(phrase[0], "").split(" ")[0] in _UNSPACED:
        # These scripts have no spaces between words, so the currency follows the number word directly.
        longest = max((word for word in words if phrase.startswith(word)), key=len, default="")
        return words.get(longest, frozenset())
    for ending in (1, 2):
        stem = phrase[:-ending]
        if len(stem) >= 4 and stem in words:
            return words[stem]
    return frozenset()


def _starts_as(word: str, names: frozenset[str]) -> bool:
    return word in names or (len(word) > 3 and (word[:-1] in names or word[:-2] in names))
