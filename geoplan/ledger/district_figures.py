"""Figures of the districts: population, poor persons and poverty rate of one year, complete and possible."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, UsageError, list_first, raise_if

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan


def describe_districts(plan: Plan) -> pd.DataFrame:
    """Return one row per district with the figures of the profile.

    Population, poor persons and poverty rate of a district are of one year, because a rate made of the poor persons
    of one year and the people of another describes no year at all. It is the latest year that states population
    and a poverty figure; without one, the latest that states population; else the latest that states a poverty
    figure. Poverty class and villages are of the latest year that states each.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        ``district, name, province, province_name, population, poor, poverty_rate, poverty_class, villages`` and
        ``profile_year`` (Int64), the year of population and poverty figures; missing where nothing is stated.
    """
    profile = plan.profile if "villages" in plan.profile else plan.profile.assign(villages=np.nan)
    profile = profile.sort_values("year")
    poverty = profile[["poor", "poverty_rate"]].notna().any(axis=1)
    stated = 2 * profile["population"].notna() + poverty
    ranked = profile.assign(stated=stated, profile_year=profile["year"])[stated > 0]
    ranked = ranked.sort_values(["district", "stated", "year"], kind="stable").drop_duplicates(
        "district", keep="last"
    )
    figures = ranked.set_index("district")[["population", "poor", "poverty_rate", "profile_year"]]
    latest = profile.groupby("district", sort=True)[["poverty_class", "villages"]].last()
    described = plan.districts[["district", "name", "province", "province_name"]].merge(
        figures.join(latest, how="outer"), left_on="district", right_index=True, how="left"
    )
    described["name"] = described["name"].where(described["name"].notna(), described["district"])
    described["profile_year"] = described["profile_year"].astype("Int64")
    columns = ["district", "name", "province", "province_name", "population", "poor", "poverty_rate",
               "poverty_class", "villages", "profile_year"]  # fmt: skip
    return pd.DataFrame(described)[columns].sort_values("district", ignore_index=True)


def measure_areas(boundaries: gpd.GeoDataFrame | None) -> pd.Series[float]:
    """Return the geodesic area of each district in square metres, by code.

    Parameters
    ----------
    boundaries : GeoDataFrame or None
        Boundaries of a `Ledger`.

    Raises
    ------
    UsageError
        The ledger has no boundaries, because it was made by hand.
    """
    from geoplan.geo.geodesy import geodesic_area

    if boundaries is None:
        raise UsageError("the ledger has no boundaries to measure areas: build it with build_ledger(plan)")
    areas = geodesic_area(boundaries.geometry.to_numpy())
    return pd.Series(areas, index=boundaries["district"].to_numpy(), name="area")


def list_figure_years(districts: pd.DataFrame, one: str = "district", more: str = "districts") -> str:
    """List the years of population and poverty figures, with the number of districts if there are several.

    The words ``one`` and ``more`` stand after a number of districts.

    >>> list_figure_years(pd.DataFrame({"profile_year": [2005, 2015, 2015, None]}))
    '2005 (1 district), 2015 (2 districts)'
    """
    stated = [] if "profile_year" not in districts else districts["profile_year"].dropna().tolist()
    counts = sorted(Counter(int(year) for year in stated).items())
    if len(counts) == 1:
        return str(counts[0][0])
    return ", ".join(f"{year} ({count} {more if count > 1 else one})" for year, count in counts)


def complete_figures(districts: pd.DataFrame) -> pd.DataFrame:
    """Return districts with figures as floats; fill in poor persons from the poverty rate, and the reverse.

    Parameters
    ----------
    districts : DataFrame
        ``district`` and, if known, ``name``, ``population`` and ``poor`` (persons), ``poverty_rate`` (0 to 1)
        and ``poverty_class``.

    Returns
    -------
    DataFrame
        The same rows with all of these columns; missing stays missing.

    Raises
    ------
    InputError
        A rate above 1 (35 for 35 %), a negative figure, more poor persons than people.
    """
    complete = districts.copy()
    for column in ("population", "poor", "poverty_rate"):
        given = complete[column] if column in complete else pd.Series(np.nan, complete.index)
        complete[column] = given.astype(float)
    for column in ("name", "poverty_class"):
        texts = complete[column] if column in complete else pd.Series(None, complete.index, dtype=object)
        complete[column] = texts.astype(object).where(texts.notna(), None)
    complete["name"] = complete["name"].where(complete["name"].notna(), complete["district"])
    raise_if(_impossible(complete))
    computed = complete["population"] * complete["poverty_rate"]
    # Less than a millionth of a person counts as nobody: an amount per person would overflow.
    computed = computed.mask(computed < 1e-6, 0.0)
    people = complete["population"].where(complete["population"] > 0)
    rate = complete["poor"] / people
    complete["poor"] = complete["poor"].where(complete["poor"].notna(), computed)
    complete["poverty_rate"] = complete["poverty_rate"].where(complete["poverty_rate"].notna(), rate)
    return complete


def _impossible(districts: pd.DataFrame) -> list[Problem]:
    """Return the problems of impossible figures."""
    rate = districts["poverty_rate"]
    checks = [
        ("poverty_rate", (rate < 0) | (rate > 1), "not between 0 and 1", "write 35 % as 0.35"),
        ("population", districts["population"] < 0, "a population below 0", "correct the profile"),
        ("poor", districts["poor"] < 0, "poor persons below 0", "correct the profile"),
        ("poor", districts["poor"] > districts["population"], "more poor persons than people", "correct the profile"),
    ]  # fmt: skip
    return [
        Problem("profile", f"{message} (districts {list_first(districts.loc[wrong, 'district'])})", column,
                values=tuple(districts.loc[wrong, column]), way_out=way_out)
        for column, wrong, message, way_out in checks
        if wrong.any()
    ]  # fmt: skip
