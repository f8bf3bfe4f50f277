"""Words around the names of countries and provinces, and those that mean a whole one of them.

Words are compared in lower case and without accents. They count only for a place that has neither a code, a precision
nor a class, and whose name no district has.
"""

from __future__ import annotations

import re
import unicodedata

COUNTRY, PROVINCE = 6.0, 4.0
"""Precision codes of a whole country and a whole province."""

_TITLES = frozenset(
    (
        "republic", "democratic", "united", "federal", "kingdom", "people", "peoples", "pdr", "republique", "democratique",
        "populaire", "rdp", "republica", "democratica", "ສປປ",
    )
)  # fmt: skip
"""Words of the official names of countries."""

_ARTICLES = frozenset(("the", "of", "s", "le", "la", "les", "l", "de", "du", "des", "del", "da", "do"))

_ALL = frozenset(("all", "whole", "entire", "level", "tout", "ensemble", "niveau", "todo"))

_FILLERS = (
    _ARTICLES
    | _ALL
    | frozenset(
        (
            "every", "across", "throughout", "wide", "in", "toute", "tous", "toutes", "entier", "entiere", "dans", "toda",
            "todos", "todas", "entero", "entera", "inteiro", "inteira", "nivel", "el", "los", "las", "o", "a", "os", "as",
            "en", "em", "seluruh", "semua", "tingkat", "toan", "ca",
        )
    )
)  # fmt: skip
"""Words for all of something, and those between them."""

_COUNTRY_WORDS = frozenset(
    (
        "country", "countrywide", "nationwide", "national", "nation", "global", "worldwide", "pays", "territoire", "nationale", "pais",
        "nacional", "nasional", "negara", "quoc", "nuoc",
    )
)  # fmt: skip

_PROVINCE_WORDS = frozenset(
    (
        "province", "provincial", "provinciale", "provincewide", "provincia", "provinsi", "region", "regional", "regionale",
        "regionwide", "state", "statewide", "county", "countywide", "governorate", "prefecture", "departement",
        "departmental", "departemental", "departamento", "tinh",
    )
)  # fmt: skip

_DISTRICTS_WORDS = frozenset(
    (
        "districts", "distritos", "municipalities", "municipios", "municipes", "communes", "cantons", "counties",
        "kabupaten", "huyen",
    )
)  # fmt: skip
"""Words for districts, which mean all of them only beside a word for all."""

_AROUND = _TITLES | _ARTICLES | _ALL | _COUNTRY_WORDS | _PROVINCE_WORDS

_LAO_EVERY = re.compile("ທົ່ວ|ທຸກ|ທັງ|ໝົດ|ຫມົດ|ລະດັບ|ພາຍໃນ|ໆ")
_LAO_COUNTRY = "ປະເທດ"
_LAO_AREAS = {"ແຂວງ": "province", _LAO_COUNTRY: "nation", "ຊາດ": "nation", "ເມືອງ": "districts"}


def whole_area(name: str) -> float | None:
    """Return whether a name is nothing but words for a whole country or province.

    Parameters
    ----------
    name : str

    Returns
    -------
    float or None
        `COUNTRY`, `PROVINCE` or None.

    >>> whole_area("Toute la province"), whole_area("All 7 districts"), whole_area("Nationwide"), whole_area("Road")
    (4.0, 4.0, 6.0, None)
    """
    words = [word for word in _words_of(name) if not word.isdecimal()]
    areas = {word for word in words if word not in _FILLERS}
    if not areas:
        return None
    if areas <= _COUNTRY_WORDS:
        return COUNTRY
    is_all = len(words) > len(areas) and areas <= _DISTRICTS_WORDS | _PROVINCE_WORDS
    return PROVINCE if is_all or areas <= _PROVINCE_WORDS else None


def without_area_words(name: str) -> str:
    """Return a name in lower case without the words around it.

    >>> without_area_words("The Republic of Kenya (national)"), without_area_words("Région de l’Est")
    ('kenya', 'est')
    """
    return " ".join(word for word in _words(name) if word not in _AROUND)


def has_area_words(name: str) -> bool:
    """Tell whether a name has one of the words that stand around names of countries and provinces, or mean them.

    >>> has_area_words("Republic of Kenya"), has_area_words("Kenya")
    (True, False)
    """
    return not _AROUND.isdisjoint(_words_of(name)) or name.startswith(_LAO_COUNTRY)


def _words_of(name: str) -> list[str]:
    """Return the words of a name; those of Lao in English, as it has no spaces between them."""
    if name.isascii():
        return _words(name)
    text = unicodedata.normalize("NFC", name).strip()
    lao = _LAO_EVERY.sub("", text).strip()
    if lao in _LAO_AREAS:
        return ["all", _LAO_AREAS[lao]] if lao != text else [_LAO_AREAS[lao]]
    return _words(text)


def _words(name: str) -> list[str]:
    if name.isascii():
        return re.findall("[a-z0-9]+", name.lower())
    parts = unicodedata.normalize("NFD", name.casefold())
    text = "".join(one for one in parts if not "\u0300" <= one < "\u0370")
    text = unicodedata.normalize("NFC", text).removeprefix(_LAO_COUNTRY)
    return "".join(" " if unicodedata.category(one)[0] in "PSZC" else one for one in text).split()
