"""Named units: recognises points that stand for a whole country or province by their names.

How this works: publishers often give a whole country or province as a point at its centre. If a place has neither a
precision nor a class, its name is the only evidence. Names are compared without words around them, such as *Republic
of* or *region*, so that any form of a name will do. A name that a district also has is ignored.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from geoplan.text.spelling import normalise, split_aliases

if TYPE_CHECKING:
    import geopandas as gpd

COUNTRY, PROVINCE = 6.0, 4.0
"""Precision codes of a whole country and a whole province."""

_LONGEST_CODE = 3
"""Letters of a code, such as LA or LAO, which is no name."""

_AROUND = frozenset(
    (
        "the", "of", "republic", "democratic", "united", "federal", "kingdom", "people", "peoples", "s", "pdr", "country",
        "nation", "national", "nationwide", "level", "whole", "all", "entire", "province", "region", "state", "county",
        "governorate", "république", "démocratique", "populaire", "rdp", "pays", "tout", "ensemble", "territoire", "niveau",
        "région", "le", "la", "les", "l", "de", "du", "des", "república", "democrática", "del", "da", "do", "país", "todo",
    )
)  # fmt: skip
"""Words around the name of a country or province."""

_WHOLE = frozenset(
    ("country", "countrywide", "nationwide", "national", "nation", "pays", "país", "global", "worldwide")
)
"""Words that mean the whole country if a name has nothing but words around names beside them."""

_EVERY = frozenset(
    (
        "all", "whole", "entire", "every", "across", "throughout", "wide", "level", "the", "of", "in", "tout", "toute", "tous",
        "toutes", "entier", "entiere", "ensemble", "niveau", "dans", "la", "le", "les", "l", "de", "du", "des", "todo", "toda",
        "todos", "todas", "entero", "entera", "inteiro", "inteira", "nivel", "el", "los", "las", "o", "a", "os", "as", "en",
        "em", "seluruh", "semua", "tingkat", "toan", "ca",
    )
)  # fmt: skip
"""Words for all of something, and those between them, without accents."""

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

_COUNTRY_WORDS = frozenset(("nationale", "nacional", "nasional", "negara", "quoc", "nuoc"))

_LAO_EVERY = re.compile("ທົ່ວ|ທຸກ|ທັງ|ໝົດ|ຫມົດ|ລະດັບ|ພາຍໃນ|ໆ")
_LAO_AREAS = {"ແຂວງ": "province", "ປະເທດ": "nation", "ຊາດ": "nation", "ເມືອງ": "districts"}

_NO_COUNTRIES = ("ZZ", "XA", "XB")
"""Codes of the CLDR for an unknown region and for tests."""

_LAO_COUNTRY = "ປະເທດ"

_LANGUAGES = ("en", "fr", "es", "pt", "lo")


def coarsen_named_units(
    locations: pd.DataFrame, districts: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Set the precision of points that have the name of a country or province.

    Parameters
    ----------
    locations : DataFrame
    districts : GeoDataFrame

    Returns
    -------
    DataFrame, and dict of str to float
        The locations, and the recognised names with their precision codes.
    """
    shapes = locations["geometry"].to_numpy(dtype=object)
    is_bare = (
        locations["precision"].isna()
        & locations["location_class"].isna()
        & locations["district"].isna()
        & locations["name"].notna()
        & (shapely.get_type_id(shapes) == 0)
    )
    if not is_bare.any():
        return locations, {}
    of_districts = {key for name in _names(districts, "name", "aliases") for key in _keys(name)}
    provinces = {
        key: code
        for code, rows in districts.groupby("province")
        for name in _names(rows, "province_name", "province_aliases")
        for key in _keys(name)
    }
    found = locations.copy()
    recognised: dict[str, float] = {}
    for row in found.index[is_bare]:
        name = str(found.at[row, "name"])
        keys = _keys(name)
        if not of_districts.isdisjoint(keys):
            continue
        province = next((provinces[key] for key in keys if key in provinces), None)
        if province is not None:
            found.at[row, "precision"] = recognised[name] = PROVINCE
            found.at[row, "province"] = province
        elif _names_country(keys) or _means_all(name):
            found.at[row, "precision"] = recognised[name] = COUNTRY
    return found, recognised


def names_country(name: str) -> bool:
    """Tell whether a name is a country's, in any form.

    Parameters
    ----------
    name : str
    """
    return _names_country(_keys(name))


def _names_country(keys: tuple[str, ...]) -> bool:
    """Tell whether a name is a country's; a short one, such as Lao, needs words around it, such as Lao PDR."""
    whole, bare = _country_names()
    return any(key in whole or (key in bare and (len(keys) > 1 or len(key) > _LONGEST_CODE)) for key in keys)


def _means_all(name: str) -> bool:
    words = set(_words(name))
    return words <= _AROUND | _WHOLE and not words.isdisjoint(_WHOLE)


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
    words = [word for word in _plain_words(name) if not word.isdecimal()]
    areas = {word for word in words if word not in _EVERY}
    if not areas:
        return None
    if areas <= _COUNTRY_WORDS | {_unaccented(word) for word in _WHOLE}:
        return COUNTRY
    is_all = len(words) > len(areas) and areas <= _DISTRICTS_WORDS | _PROVINCE_WORDS
    return PROVINCE if is_all or areas <= _PROVINCE_WORDS else None


def _plain_words(name: str) -> list[str]:
    """Return the words of a name without accents; those of Lao in English, as it has no spaces between them."""
    text = unicodedata.normalize("NFC", name)
    lao = _LAO_EVERY.sub("", text).strip()
    if lao in _LAO_AREAS:
        return ["all", _LAO_AREAS[lao]] if lao != text.strip() else [_LAO_AREAS[lao]]
    return _words(_unaccented(text))


def _unaccented(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", text) if not "\u0300" <= one < "\u0370")


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFC", name).casefold().removeprefix(_LAO_COUNTRY)
    return "".join(" " if unicodedata.category(one)[0] in "PSZC" else one for one in text).split()


@lru_cache(maxsize=4096)
def _keys(name: str) -> tuple[str, ...]:
    """Return a name as it is compared: whole, and without the words around it.

    >>> _keys("The Republic of Kenya (national)")[1] == _keys("KENYA")[0], _keys("Nationwide")
    (True, ('nationwide',))
    """
    bare = " ".join(word for word in _words(name) if word not in _AROUND | _WHOLE)
    return tuple(key for key in dict.fromkeys((normalise(name), normalise(bare))) if key)


def _names(districts: pd.DataFrame, *columns: str) -> list[str]:
    return [part for column in columns for cell in districts[column].dropna() for part in split_aliases(cell)]


@cache
def _country_names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of all countries: whole, and without the words around them.

    They are the short names in several languages, and the official ones.
    """
    from babel import Locale
    from countryinfo import CountryInfo

    short = (
        name
        for language in _LANGUAGES
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    )
    official = (
        name
        for country in CountryInfo.all().values()
        for name in (*country.get("altSpellings", ()), *country.get("translations", {}).values())
        if len(name) > _LONGEST_CODE
    )
    keys = [_keys(name) for name in (*short, *official)]
    return frozenset(each[0] for each in keys), frozenset(each[-1] for each in keys)
