"""Named units: recognises points that stand for a whole country or province by their names.

How this works: publishers often give a whole country or province as a point at its centre. If a place has neither a
precision nor a class, its name is the only evidence. A name that a district also has is ignored.
"""

from __future__ import annotations

from functools import cache
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
    of_districts = {normalise(name) for name in _names(districts, "name", "aliases")}
    provinces = {
        normalise(name): code
        for code, rows in districts.groupby("province")
        for name in _names(rows, "province_name", "province_aliases")
    }
    found = locations.copy()
    recognised: dict[str, float] = {}
    for row in found.index[is_bare]:
        name = str(found.at[row, "name"])
        key = normalise(name)
        if not key or key in of_districts:
            continue
        if key in provinces:
            found.at[row, "precision"] = recognised[name] = PROVINCE
            found.at[row, "province"] = provinces[key]
        elif key in _country_names():
            found.at[row, "precision"] = recognised[name] = COUNTRY
    return found, recognised


def _names(districts: pd.DataFrame, *columns: str) -> list[str]:
    return [part for column in columns for cell in districts[column].dropna() for part in split_aliases(cell)]


@cache
def _country_names() -> frozenset[str]:
    """Return the normalised names of all countries: short ones in several languages, and official ones."""
    from babel import Locale
    from countryinfo import CountryInfo

    short = (
        name
        for language in _LANGUAGES
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha()
    )
    official = (
        name
        for country in CountryInfo.all().values()
        for name in (*country.get("altSpellings", ()), *country.get("translations", {}).values())
        if len(name) > _LONGEST_CODE
    )
    return frozenset(normalise(name) for name in (*short, *official))
