"""People of rasters within and beyond reach, by district.

They are summed as in a gridded profile: a cell whose centre is within reach has the rate 1, another 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.analysis.gridded_profile import (
    describe_sums,
    part_of,
    sum_cells,
    warn_of,
)
from geoplan.geo.polygons import Floats
from geoplan.model.schema import CRS
from geoplan.sources.raster import open_raster
from geoplan.sources.raster_products import choose_values, describe_product, name_product

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True)
class _ReachedPlaces:
    """The value 1 at places within reach, 0 elsewhere."""

    is_near: Callable[[Floats, Floats], NDArray[np.bool_]]
    name: str = "reach"
    crs: Any = CRS

    def sample(self, x: Floats, y: Floats) -> Floats:
        return self.is_near(x, y).astype(np.float64)


@dataclass(frozen=True)
class GriddedReach:
    """People within and beyond reach by district, and how they add up.

    Parameters
    ----------
    districts : DataFrame
        ``district, name, people, within, beyond, share`` (within ÷ people; missing where unknown), and for poor people
        ``poor, poor_within, poor_beyond, poor_share``. Other reaches have a column ``within_…`` each. The last row is what lies outside all districts: it has
        ``people`` and ``poor`` only.
    totals : dict of str to float
        The sum of the raster of ``people``, and of that of ``poor``.
    remarks : tuple of str
    """

    districts: pd.DataFrame
    totals: dict[str, float]
    remarks: tuple[str, ...] = ()

    def by_class(self, described: pd.DataFrame) -> pd.DataFrame:
        """Sum the districts of each poverty class; what lies outside all districts is left out.

        Parameters
        ----------
        described : DataFrame
            ``district`` and ``poverty_class``.
        """
        classes = described.set_index("district")["poverty_class"].astype(object).fillna("no class")
        rows = self.districts.iloc[:-1]
        shares = [str(name) for name in rows.columns if str(name).endswith("share")]
        group = rows["district"].map(classes).rename("poverty_class")
        sums = rows.drop(columns=["district", "name", *shares]).groupby(group).sum().reset_index()
        for name in shares:
            before = name.removesuffix("share")
            whole = sums[before.removesuffix("_") or "people"]
            sums[name] = part_of(sums[f"{before}within"].to_numpy(), whole.to_numpy())
        return sums

    @property
    def reconciliations(self) -> list[str]:
        """The sum of the parts beside the sum of each raster, one line for each."""
        lines = []
        for who, total in self.totals.items():
            before = "" if who == "people" else f"{who}_"
            within, beyond = (float(self.districts[f"{before}{part}"].sum()) for part in ("within", "beyond"))
            outside = float(self.districts[who].iloc[-1])
            lines.append(
                f"{who}: {within:,.1f} within reach + {beyond:,.1f} beyond + {outside:,.1f} outside all districts "
                f"= {within + beyond + outside:,.1f}; the raster has {total:,.1f}"
            )
        return lines


def split_by_reach(
    districts: gpd.GeoDataFrame,
    population: Path,
    is_near: Callable[[Floats, Floats], NDArray[np.bool_]],
    *,
    also: Mapping[str, Callable[[Floats, Floats], NDArray[np.bool_]]] = MappingProxyType({}),
    values: str | None = None,
    band: int | None = None,
    poor: Path | None = None,
) -> GriddedReach:
    """Sum rasters of people within and beyond reach by district.

    A cell is within reach as a whole or not at all, by its centre. Its people count by the exact fraction of it
    in each district, as in `profile_districts`.

    Parameters
    ----------
    districts, population, values, band, poor
        As for `profile_districts`.
    is_near : callable
        Whether each place (longitudes, latitudes) is within reach.
    also : mapping of str to callable
        Other reaches, each with the end of a column ``within_…``.

    Raises
    ------
    InputError, UsageError
        As for `profile_districts`.
    """
    unit = choose_values(name_product(population.name), values, population)
    reach = {"": _ReachedPlaces(is_near)} | {f"_{name}": _ReachedPlaces(near) for name, near in also.items()}
    sums = {}
    with ExitStack() as stack:
        counts = stack.enter_context(open_raster(population, band))
        sums["people"] = sum_cells(districts, counts, unit, reach, None)
        if poor is not None:
            raster = stack.enter_context(open_raster(poor))
            sums["poor"] = sum_cells(districts, raster, "counts", reach, None)
    described = describe_sums(districts, sums["people"], sums.get("poor"), {})
    frame = described[["district", "name"]].copy()
    for who, found in sums.items():
        before = "" if who == "people" else f"{who}_"
        known = described[who].to_numpy()
        near = {name: np.where(np.isfinite(known), found.weighed[name][:-1], np.nan) for name in reach}
        frame[who] = known
        frame[f"{before}within"], frame[f"{before}beyond"] = near[""], known - near[""]
        frame[f"{before}share"] = part_of(near[""], known)
        for name in also:
            frame[f"{before}within_{name}"] = near[f"_{name}"]
    last = {"district": "outside area", "name": ""} | {who: found.outside for who, found in sums.items()}
    frame = pd.concat([frame, pd.DataFrame([last])], ignore_index=True)
    totals = {who: found.total for who, found in sums.items()}
    return GriddedReach(frame, totals, (*describe_product(population), *warn_of(described)))
