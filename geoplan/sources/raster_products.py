"""Published rasters of people: what their file names say about product, year, unit and whom they count."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geoplan.model.errors import UsageError, show_value

VALUES = ("counts", "per-km2")


@dataclass(frozen=True)
class PopulationProduct:
    """What the name of a published raster says about it.

    Parameters
    ----------
    product : str
        In words, for people.
    year : int, optional
        None where the name has none.
    values : str
        ``counts`` or ``per-km2``.
    group : str
        Whom it counts, if not all people; empty for all.
    """

    product: str
    year: int | None
    values: str
    group: str = ""

    @property
    def in_words(self) -> str:
        """Product and year, and a warning where it does not count all people."""
        said = self.product if self.year is None else f"{self.product}, {self.year}"
        return f"{said}. It counts {self.group} only, not all people" if self.group else said


def name_product(name: str) -> PopulationProduct | None:
    """Read product, year, unit and group from a file name of WorldPop, GHS-POP, GRID3, GPW, LandScan or Meta.

    Returns None for another name.

    >>> name_product("lao_ppp_2015_UNadj_constrained.tif").product
    'WorldPop, constrained, adjusted to UN totals'
    >>> name_product("lao_f_15_2020.tif").group
    'girls and women of one age group'
    """
    for pattern, describe in _NAMES.items():
        found = re.match(pattern, name, re.IGNORECASE)
        if found:
            return describe(found)
    return None


def describe_product(path: Path) -> list[str]:
    """Return a line on the product that a file name names, or none."""
    product = name_product(path.name)
    return [] if product is None else [f"{path.name}: {product.in_words}"]


def _worldpop(found: re.Match[str]) -> PopulationProduct:
    parts = re.split(r"[_.]", found["rest"].lower())
    constrained = "constrained" in parts or "cn" in parts
    adjusted = any(part in ("unadj", "ua") for part in parts)
    said = f"WorldPop, {'constrained' if constrained else 'unconstrained'}" + (
        ", adjusted to UN totals" if adjusted else ""
    )
    kind = found["kind"].lower()
    return PopulationProduct(said, int(found["year"]), "per-km2" if kind == "pd" else "counts")


def _worldpop_group(found: re.Match[str]) -> PopulationProduct:
    whom = {"f": "girls and women", "m": "boys and men", "t": "people"}[found["sex"].lower()]
    whole = _worldpop(found)
    return PopulationProduct(whole.product, whole.year, "counts", f"{whom} of one age group")


def _gpw(found: re.Match[str]) -> PopulationProduct:
    adjusted = ", adjusted to UN totals" if found["adjusted"] else ""
    unit = "per-km2" if found["kind"].lower() == "density" else "counts"
    return PopulationProduct(f"Gridded Population of the World{adjusted}", int(found["year"]), unit)


def _meta(found: re.Match[str]) -> PopulationProduct:
    group = found["group"].lower()
    whom = "" if group == "general" else group.replace("_", " ")
    return PopulationProduct("High Resolution Settlement Layer of Meta", int(found["year"]), "counts", whom)


_NAMES: dict[str, Callable[[re.Match[str]], PopulationProduct]] = {
    r"(?:[a-z]{3}_)?(?P<kind>ppp|pd|pop)_(?:v\d\w*_)?(?P<year>\d{4})(?P<rest>.*)\.tiff?$": _worldpop,
    r"[a-z]+_(?P<kind>(?P<sex>[fmt]))_\d{1,2}_(?P<year>\d{4})(?P<rest>.*)\.tiff?$": _worldpop_group,
    r"GHS_POP_[EP](?P<year>\d{4})_": lambda found: PopulationProduct("GHS-POP", int(found["year"]), "counts"),
    r"[a-z]{3}_population_v\d+_\d+_gridded": lambda found: PopulationProduct("GRID3", None, "counts"),
    r"gpw_v4_population_(?P<kind>count|density)(?P<adjusted>_adjusted_.*)?_rev\d+_(?P<year>\d{4})": _gpw,
    r"landscan[_-]?(?:global|hd)?[_-]?(?P<year>\d{4})": lambda found: PopulationProduct(
        "LandScan, people over 24 hours", int(found["year"]), "counts"
    ),
    r"[a-z]{3}_(?P<group>general|women|men|children_under_five|youth_15_24|elderly_60_plus"
    r"|women_of_reproductive_age_15_49)_(?P<year>\d{4})": _meta,
}
"""Names of published rasters, with how to describe them."""


def choose_year(product: PopulationProduct | None, year: int | None, path: Path) -> int:
    """Return the year of a raster, as said or by the name of its product; `UsageError` if unknown or contradicting."""
    named = None if product is None else product.year
    if named is not None and year is not None and named != year:
        raise UsageError(f"{path.name} is of {named} by its name, not of {year}")
    found = named if named is not None else year
    if found is None:
        raise UsageError(f"the year of {path.name} is unknown: give the year")
    return found


def choose_values(product: PopulationProduct | None, values: str | None, path: Path) -> str:
    """Return the unit of a raster, as said or by the name of its product; `UsageError` if unknown or contradicting."""
    if values is not None and values not in VALUES:
        raise UsageError(f"values must be {' or '.join(VALUES)}, not {show_value(values)}")
    if product is not None and values is not None and product.values != values:
        raise UsageError(f"{path.name} has {product.values} by its name, not {values}")
    if product is None and values is None:
        raise UsageError(
            f"{path.name} may have people per cell or per km²: choose the values, {' or '.join(VALUES)}"
        )
    return product.values if product is not None else str(values)
