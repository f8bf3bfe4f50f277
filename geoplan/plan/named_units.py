"""Named units: recognises points that stand for a whole country or province by their names.

How this works: publishers often give a whole country or province as a point at its centre. If a place has neither a
precision nor a class, its name is the only evidence. Names are compared without words around them, such as *Republic
of* or *region*, so that any form of a name will do. A name that a district also has is ignored.

The names of countries are those of the CLDR in widely used languages. The country of the layer is known by all its
names: in the languages that are spoken there, and in the columns of the layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import shapely

from geoplan.plan.area_words import COUNTRY, PROVINCE, has_area_words, whole_area, without_area_words
from geoplan.sources.tables.currency_words import country_of_codes
from geoplan.text.spelling import Name, normalise, split_aliases

if TYPE_CHECKING:
    import geopandas as gpd

_LONGEST_CODE = 3
"""Letters of a code, such as LA or LAO, which is no name."""

_SHORTEST_SOUND = 5
"""Letters of a romanised name that seldom agree by chance, where words around it say that it is an area."""

_NO_COUNTRIES = ("ZZ", "XA", "XB")
"""Codes of the CLDR for an unknown region and for tests."""

_LANGUAGES = ("en", "fr", "es", "pt", "lo")

_COUNTRY_HEADER = re.compile(r"(?:adm|admin|name|level)_?0(?!\d)|country|\bpays\b|pa[ií]s\b", re.IGNORECASE)
"""Headers of a layer's columns with the name of its country."""

_SAYS_HOW_EXACT = ("precision", "exactness", "location_class", "district")


class NamedArea(NamedTuple):
    """Meaning of a name: its precision code, the province if it is one, and whether it is an area of the layer."""

    precision: float
    province: str | None
    is_own: bool


@dataclass(frozen=True)
class AreaNames:
    """The names of countries and of the provinces of a layer, ready to be asked. Build it once, ask it often.

    Parameters
    ----------
    districts : DataFrame
    """

    districts: pd.DataFrame

    def find(self, name: str) -> NamedArea | None:
        """Return the country or province that a name means, in any form; None if it is none, or a district's too."""
        if not has_area_words(name) and normalise(name) not in self._known:
            return None
        keys = _keys(name)
        if not self._districts.isdisjoint(keys):
            return None
        if province := self._province(name, keys):
            return NamedArea(PROVINCE, province, True)
        is_own = self._is_own(keys) or whole_area(name) == COUNTRY
        return NamedArea(COUNTRY, None, is_own) if is_own or self._is_country(keys) else None

    def is_country(self, name: str) -> bool:
        """Tell whether a name is a country's, in any form."""
        return self._is_country(_keys(name))

    def is_own_country(self, name: str) -> bool:
        """Tell whether a name is that of the country of the layer."""
        return self._is_own(_keys(name))

    def _is_own(self, keys: tuple[str, ...]) -> bool:
        return any(key in self._own_names and _tells(key, keys) for key in keys)

    def _is_country(self, keys: tuple[str, ...]) -> bool:
        whole, bare = _country_names()
        return self._is_own(keys) or any(key in whole or (key in bare and _tells(key, keys)) for key in keys)

    def _province(self, name: str, keys: tuple[str, ...]) -> str | None:
        """Return the province of a name; one with words around it may be romanised otherwise."""
        found = next((self._provinces[key] for key in keys if key in self._provinces), None)
        if found is None and has_area_words(name):
            bare = Name.read(without_area_words(name)).spoken
            found = self._spoken.get(bare) if len(bare) >= _SHORTEST_SOUND else None
        return found

    @cached_property
    def _spoken(self) -> dict[str, str]:
        """Provinces by the sound of their names, without those that sound like a district."""
        districts = {Name.read(name).spoken for name in _names(self.districts, "name", "aliases")}
        found = {
            Name.read(name).spoken: str(code)
            for code, rows in self.districts.groupby(self._codes)
            for name in _names(rows.drop_duplicates("province_name"), "province_name", "province_aliases")
        }
        return {key: code for key, code in found.items() if key not in districts}

    @cached_property
    def _known(self) -> frozenset[str]:
        """All names by which a country or province is known without words around them."""
        whole, bare = _country_names()
        return whole | bare | self._own_names | self._provinces.keys()

    @cached_property
    def _districts(self) -> set[str]:
        return {key for name in _names(self.districts, "name", "aliases") for key in _keys(name)}

    @cached_property
    def _codes(self) -> pd.Series[str]:
        """Province of each district: its code, else its name."""
        codes = self.districts["province"].astype(object)
        named: pd.Series[str] = codes.where(codes.notna(), self.districts["province_name"].astype(object))
        return named

    @cached_property
    def _provinces(self) -> dict[str, str]:
        return {
            key: str(code)
            for code, rows in self.districts.groupby(self._codes)
            for name in _names(rows, "province_name", "province_aliases")
            for key in _keys(name)
        }

    @cached_property
    def _own_names(self) -> frozenset[str]:
        columns = [
            column
            for column in self.districts.columns
            if isinstance(column, str) and _COUNTRY_HEADER.search(column)
        ]
        cells = {cell for column in columns for cell in self.districts[column].dropna().unique()}
        country = country_of_codes([str(code) for code in self.districts["district"]])
        names = [*(cell for cell in cells if isinstance(cell, str)), *_names_of_country(country)]
        keys = {
            key for name in names if len(name) > _LONGEST_CODE or not name.isascii() for key in _keys(name)
        }
        return frozenset(keys)


def _tells(key: str, keys: tuple[str, ...]) -> bool:
    """Tell whether a key may be a name: a short one, such as Lao, needs words around it, such as Lao PDR."""
    return len(keys) > 1 or len(key) > _LONGEST_CODE or not key.isascii()


def find_area_points(locations: pd.DataFrame, districts: pd.DataFrame) -> pd.DataFrame:
    """Find the points that bear the name of a country or province, where nothing else says how exact they are.

    Parameters
    ----------
    locations, districts : DataFrame

    Returns
    -------
    DataFrame
        ``place`` (country-wide or province-wide), ``province`` (code, or None) and ``is_own`` (an area of the layer),
        indexed as ``locations``.
    """
    is_point = shapely.get_type_id(locations["geometry"].to_numpy(dtype=object)) == 0
    said = [name for name in _SAYS_HOW_EXACT if name in locations]
    is_silent = locations["name"].notna() & locations[said].isna().all(axis=1)
    names = locations.loc[is_silent & is_point, "name"].astype(object)
    areas = _find_areas(names.unique(), districts)
    names = names[names.isin([*areas])]
    found = [areas[name] for name in names]
    columns = {
        "place": ["country-wide" if area.province is None else "province-wide" for area in found],
        "province": [area.province for area in found],
        "is_own": [area.is_own for area in found],
    }
    return pd.DataFrame(columns, index=names.index, dtype=object)


def _find_areas(names: Iterable[str], districts: pd.DataFrame) -> dict[str, NamedArea]:
    areas = AreaNames(districts)
    found = ((name, areas.find(str(name))) for name in names)
    return {name: area for name, area in found if area is not None}


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
    names = locations.loc[is_bare, "name"].astype(str).astype(object)
    areas = _find_areas(names.unique(), districts)
    if not areas:
        return locations, {}
    found = locations.copy()
    of_area = names[names.isin([*areas])]
    found.loc[of_area.index, "precision"] = of_area.map(lambda name: areas[name].precision)
    provinces = of_area.map(lambda name: areas[name].province).dropna()
    found.loc[provinces.index, "province"] = provinces
    return found, {name: areas[name].precision for name in of_area}


@lru_cache(maxsize=4096)
def _keys(name: str) -> tuple[str, ...]:
    """Return a name as it is compared: whole, and without the words around it.

    >>> _keys("The Republic of Kenya (national)")[1] == _keys("KENYA")[0], _keys("Nationwide")
    (True, ('nationwide',))
    """
    return tuple(key for key in dict.fromkeys((normalise(name), normalise(without_area_words(name)))) if key)


def _names(districts: pd.DataFrame, *columns: str) -> list[str]:
    return [part for column in columns for cell in districts[column].dropna() for part in split_aliases(cell)]


def _names_of_country(country: str) -> list[str]:
    """Return the names of a country in widely used languages and those that are spoken there, and its official ones."""
    from babel import Locale, UnknownLocaleError
    from babel.core import get_global
    from countryinfo import CountryInfo

    if not country:
        return []
    names = []
    for language in (*_LANGUAGES, *get_global("territory_languages").get(country, {})):
        with suppress(UnknownLocaleError, ValueError):
            names.append(Locale.parse(language).territories.get(country, ""))
    about = (one for one in CountryInfo.all().values() if one["ISO"]["alpha2"] == country)
    return [*names, *(name for one in about for name in _official_names(one))]


def _official_names(about: Mapping[str, Any]) -> list[str]:
    names = (*about.get("altSpellings", ()), *about.get("translations", {}).values())
    return [name for name in names if len(name) > _LONGEST_CODE]


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
    official = (name for country in CountryInfo.all().values() for name in _official_names(country))
    keys = [_keys(name) for name in (*short, *official)]
    return frozenset(each[0] for each in keys), frozenset(each[-1] for each in keys)
