"""Named units: recognises points that stand for a whole country or province by their names.

How this works: publishers often give a whole country or province as a point at its centre. If a place has neither a
precision nor a class, its name is the only evidence. Names are compared without words around them, such as *Republic
of* or *region*, so that any form of a name will do. A name that a district also has is ignored.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from geoplan.plan.area_words import COUNTRY, PROVINCE, whole_area, without_area_words
from geoplan.text.spelling import normalise, split_aliases

if TYPE_CHECKING:
    import geopandas as gpd

_LONGEST_CODE = 3
"""Letters of a code, such as LA or LAO, which is no name."""

_NO_COUNTRIES = ("ZZ", "XA", "XB")
"""Codes of the CLDR for an unknown region and for tests."""

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
        elif _names_country(keys) or whole_area(name) == COUNTRY:
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


@lru_cache(maxsize=4096)
def _keys(name: str) -> tuple[str, ...]:
    """Return a name as it is compared: whole, and without the words around it.

    >>> _keys("The Republic of Kenya (national)")[1] == _keys("KENYA")[0], _keys("Nationwide")
    (True, ('nationwide',))
    """
    return tuple(key for key in dict.fromkeys((normalise(name), normalise(without_area_words(name)))) if key)


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
