"""The gridded profile: people, poor people and rates by district, from rasters.

How this works. Counts are never resampled: the districts come to the raster, and each cell counts by the exact
fraction of it that lies in a district. What lies in no district is a polygon of its own, not the rest, so that the
sum of all parts can be compared with the sum of the raster. A rate from another grid is read at the centre of each
cell of the counts, because a rate, unlike a count, is the same in every part of a cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import shapely

from geoplan.geo.cell_fractions import cell_fractions, refuse_invalid
from geoplan.geo.polygons import Floats, Shapes
from geoplan.model.errors import (
    BalanceError,
    InputError,
    Problem,
    UsageError,
    list_first,
    show_number,
)
from geoplan.sources.raster import ImpossibleCells, Raster, RasterGrid, bring_to_grid, open_raster
from geoplan.sources.raster_products import choose_values, choose_year, describe_product, name_product

if TYPE_CHECKING:
    import geopandas as gpd

FEWEST_CELLS = 20
"""A district of fewer cells has a rough figure."""

THIN_CELL = 0.01
"""People in a cell below which they are spread so thin that the place says little."""

_MUCH = 0.25  # part of a district's people in thin cells that is worth a warning
_BALANCE = 1e-7
_RATELESS = 0.05  # part of a district's people without a rate beyond which it gets none


@dataclass(frozen=True)
class GriddedProfile:
    """Figures by district from rasters, and how they add up.

    Parameters
    ----------
    districts : DataFrame
        ``district, name``; ``people``, ``poor``, ``poverty_rate``, ``wealth_index`` (missing where unknown);
        ``cells``; ``outside_raster`` and ``no_data``, parts of the district's area; ``thin``, the part of the people in
        cells of fewer than `THIN_CELL` people; ``without_rate``, the part of the people in cells without a rate.
    total, outside : float
        People in the whole raster, and outside all districts.
    year : int
    source : str
        The rasters, for the column ``source`` of a profile.
    remarks : tuple of str
    """

    districts: pd.DataFrame
    total: float
    outside: float
    year: int
    source: str
    remarks: tuple[str, ...] = ()

    @property
    def reconciliation(self) -> str:
        """The sum of the parts beside the sum of the raster, in one line."""
        inside = float(self.districts["people"].sum())
        return (
            f"people: {inside:,.1f} in districts + {self.outside:,.1f} outside = {inside + self.outside:,.1f}; "
            f"the raster has {self.total:,.1f}"
        )

    def as_profile(self) -> pd.DataFrame:
        """Return the figures as a table ``profile``: whole persons that add up to the rounded sum."""
        rows = self.districts
        table = pd.DataFrame({"district": rows["district"], "year": self.year})
        table["population"] = _whole(rows["people"])
        for name in ("poor", "poverty_rate", "wealth_index"):
            if name in rows:
                table[name] = _whole(rows[name]) if name == "poor" else rows[name].round(4)
        return table.assign(source=self.source)


def _whole(people: pd.Series[float]) -> pd.Series[Any]:
    """Round to whole persons by largest remainder; missing stays missing."""
    known = people.dropna()
    floor = known // 1
    short = round(float(known.sum() - floor.sum()))
    up = (known - floor).sort_values(ascending=False, kind="stable").index[:short]
    floor[up] += 1
    whole: pd.Series[Any] = floor.astype("Int64").reindex(people.index)
    return whole


def profile_districts(
    districts: gpd.GeoDataFrame,
    population: Path,
    *,
    year: int | None = None,
    values: str | None = None,
    band: int | None = None,
    poor: Path | None = None,
    poverty_rate: Path | None = None,
    rate_unit: str | None = None,
    wealth_index: Path | None = None,
) -> GriddedProfile:
    """Sum rasters of people by district.

    Parameters
    ----------
    districts : GeoDataFrame
        EPSG:4326, with ``district`` and ``name``; one coverage without overlaps.
    population : Path
        GeoTIFF of people per cell, or per km².
    year : int, optional
        Of the figures; by default the one in the file name.
    values : str, optional
        ``counts`` per cell or ``per-km2``; by default what the name of a known product says.
    band : int, optional
    poor : Path, optional
        GeoTIFF of poor people per cell.
    poverty_rate : Path, optional
        GeoTIFF of poor people per person, on any grid.
    rate_unit : str, optional
        ``share`` (0 to 1) or ``percent``; needed where rates exceed 1.
    wealth_index : Path, optional
        GeoTIFF of a wealth index, which gives a mean weighted by people, never a rate.

    Raises
    ------
    InputError
        Negative or infinite cells, rates that are none, a raster of another place, or districts that overlap.
    UsageError
        The year or the unit is unknown, or contradicts the file name.
    """
    if poor is not None and poverty_rate is not None:
        raise UsageError("give poor people or a poverty rate, not both")
    product = name_product(population.name)
    chosen_year, unit = choose_year(product, year, population), choose_values(product, values, population)
    with ExitStack() as stack:
        counts = stack.enter_context(open_raster(population, band))
        rates = {
            name: stack.enter_context(open_raster(path))
            for name, path in (("rate", poverty_rate), ("wealth", wealth_index))
            if path is not None
        }
        sums = sum_cells(districts, counts, unit, rates, rate_unit)
        poor_sums = None
        if poor is not None:
            poor_sums = sum_cells(districts, stack.enter_context(open_raster(poor)), "counts", {}, None)
    frame = describe_sums(districts, sums, poor_sums, rates)
    files = [path.name for path in (population, poor, poverty_rate, wealth_index) if path is not None]
    return GriddedProfile(
        frame,
        sums.total,
        sums.outside,
        chosen_year,
        f"sum of cells of {', '.join(files)}",
        (*describe_product(population), *warn_of(frame)),
    )


class CellValues(Protocol):
    """Values at places, such as those of a raster."""

    @property
    def name(self) -> str:
        """Name for messages."""
        ...

    @property
    def crs(self) -> Any:
        """CRS of the places."""
        ...

    def sample(self, x: Floats, y: Floats) -> Floats:
        """Return the value at each place; NaN where there is none."""
        ...


@dataclass
class CellSums:
    """Sums over cells, by district."""

    people: Floats
    cells: Floats  # in fractions, all
    data: Floats  # in fractions, those with a value
    populated: Floats  # in fractions, those with people
    thin: Floats
    rated: dict[str, Floats]  # people in cells with a rate
    weighed: dict[str, Floats]  # Σ people × rate
    inside: Floats  # part of the district's area in the raster
    total: float = 0.0
    outside: float = 0.0


def sum_cells(
    districts: gpd.GeoDataFrame,
    raster: Raster,
    unit: str,
    rates: Mapping[str, CellValues],
    rate_unit: str | None,
) -> CellSums:
    """Sum one raster of people over districts, and over what lies outside them.

    Parameters
    ----------
    districts : GeoDataFrame
        EPSG:4326.
    raster : Raster
    unit : str
        ``counts`` or ``per-km2``.
    rates : mapping of str to values at places
        Read at the centre of each cell with people.
    rate_unit : str, optional
        Of the rate named ``rate``.

    Raises
    ------
    InputError
        A raster of another place, cells that are impossible or larger than districts, or districts that overlap.
    """
    shapes = bring_to_grid(districts.geometry.to_numpy(), raster.grid)
    refuse_invalid(shapes)
    frame = shapely.box(*raster.grid.bounds)
    inside = shapely.area(shapely.intersection(shapes, frame))
    if not inside.any():
        raise InputError(_elsewhere(raster, districts))
    outside = shapely.difference(frame, shapely.union_all(shapes))
    all_shapes = np.append(shapes, outside)
    count = len(shapes)
    sums = CellSums(
        np.zeros(count + 1),
        np.zeros(count + 1),
        np.zeros(count + 1),
        np.zeros(count + 1),
        np.zeros(count + 1),
        {name: np.zeros(count + 1) for name in rates},
        {name: np.zeros(count + 1) for name in rates},
        inside / shapely.area(shapes),
    )
    wrong = ImpossibleCells(raster)
    for grid, cells in raster.strips():
        wrong.look_at(cells)
        people = cells * grid.row_areas()[:, None] if unit == "per-km2" else cells
        _add_strip(
            sums, all_shapes, grid, people.ravel(), _read_rates(rates, raster.grid, grid, people, rate_unit)
        )
    wrong.refuse()
    _check_size(sums, raster)
    _check_sums(sums, raster, np.append(inside, shapely.area(outside)))
    _refuse_rates_elsewhere(sums, rates)
    sums.outside = float(sums.people[-1])
    return sums


def _refuse_rates_elsewhere(sums: CellSums, rates: Mapping[str, CellValues]) -> None:
    """Refuse rates that no cell with people has: they are of another place, or have no data there."""
    if not sums.people[:-1].sum() > 0:
        return
    problems = [
        Problem(
            values.name,
            "no cell with people in a district has a rate",
            way_out="give a raster of this place with data there, and check its CRS",
        )
        for name, values in rates.items()
        if not sums.rated[name][:-1].any()
    ]
    if problems:
        raise InputError(*problems)


def _add_strip(
    sums: CellSums, shapes: Shapes, grid: RasterGrid, people: Floats, rates: dict[str, Floats]
) -> None:
    known = np.isfinite(people)
    filled = np.where(known, people, 0.0)
    sums.total += float(filled.sum())
    for at, cells, fractions in cell_fractions(shapes, grid.bounds, (grid.rows, grid.columns)):
        here = filled[cells] * fractions
        sums.people[at] += here.sum()
        sums.cells[at] += fractions.sum()
        sums.data[at] += fractions[known[cells]].sum()
        sums.populated[at] += fractions[filled[cells] > 0].sum()
        sums.thin[at] += here[filled[cells] < THIN_CELL].sum()
        for name, rate in rates.items():
            has = np.isfinite(rate[cells])
            sums.rated[name][at] += here[has].sum()
            sums.weighed[name][at] += (here[has] * rate[cells][has]).sum()


def _read_rates(
    rates: Mapping[str, CellValues],
    whole: RasterGrid,
    grid: RasterGrid,
    people: Floats,
    rate_unit: str | None,
) -> dict[str, Floats]:
    """Return the rate of each cell of a strip: the value at its centre."""
    found = {}
    for name, raster in rates.items():
        values = np.full(people.size, np.nan)
        asked = np.flatnonzero(np.nan_to_num(people.ravel()) > 0)
        row, column = np.divmod(asked, grid.columns)
        x = grid.west + (column + 0.5) * grid.width
        y = grid.north - (row + 0.5) * grid.height
        if raster.crs != whole.crs:
            import pyproj

            x, y = pyproj.Transformer.from_crs(whole.crs, raster.crs, always_xy=True).transform(x, y)
        values[asked] = raster.sample(np.asarray(x), np.asarray(y))
        if name == "rate":
            values = _as_shares(values, raster.name, rate_unit)
        found[name] = values
    return found


def _as_shares(rates: Floats, name: str, unit: str | None) -> Floats:
    known = rates[np.isfinite(rates)]
    top = 100.0 if unit == "percent" else 1.0
    wrong = known[(known < 0) | (known > top)]
    if len(wrong):
        if unit is None and wrong.min() > 1 and wrong.max() <= 100:
            way_out = 'say rates = "percent" if they are in percent'
        else:
            way_out = "give poor people per person; a wealth index is not a rate"
        values = tuple(show_number(value) for value in np.unique(wrong)[:5])
        message = f"{len(wrong):,} cells have rates outside 0 to {show_number(top)}"
        raise InputError(Problem(name, message, values=values, way_out=way_out))
    return rates / top


def _elsewhere(raster: Raster, districts: gpd.GeoDataFrame) -> Problem:
    theirs = ", ".join(show_number(edge) for edge in raster.grid.bounds)
    ours = ", ".join(show_number(edge) for edge in districts.total_bounds)
    return Problem(
        raster.name,
        f"the raster does not touch the districts: it covers {theirs} ({raster.grid.crs.name}), the districts cover {ours} (degrees)",
        way_out="give a raster of this place, and check the CRS of both",
    )


def _check_size(sums: CellSums, raster: Raster) -> None:
    """Refuse cells so large that a district has less than one on average: each would get a share by area only."""
    cells, inside = float(sums.cells[:-1].sum()), float(sums.inside.sum())
    if cells < inside:
        grid = raster.grid
        message = f"the cells are larger than the districts: {show_number(cells, 3)} cells for {show_number(inside, 3)} districts (the raster has {grid.columns} × {grid.rows})"
        raise InputError(Problem(raster.name, message, way_out="give a raster with smaller cells"))


def _check_sums(sums: CellSums, raster: Raster, areas: Floats) -> None:
    """Compare fractions with areas, and the parts with the whole."""
    cell = raster.grid.width * raster.grid.height
    apart = np.abs(sums.cells * cell - areas)
    tolerance = 1e-6 * areas + 1e-6 * cell * np.maximum(np.sqrt(sums.cells), 1)
    if (apart > tolerance).any():
        raise BalanceError("fractions of cells do not add up to the areas of the districts")
    added = float(sums.people.sum())
    if abs(added - sums.total) > _BALANCE * max(sums.total, 1.0):
        message = f"the districts overlap: {added - sums.total:,.1f} people would count twice"
        raise InputError(Problem("districts", message, way_out="repair the boundary layer first"))


def describe_sums(
    districts: gpd.GeoDataFrame, sums: CellSums, poor: CellSums | None, rates: Mapping[str, CellValues]
) -> pd.DataFrame:
    """Return the sums of one raster, and of its poor people or rates, as one row for each district."""
    own = slice(0, len(districts))
    people = np.where(sums.data[own] > 0, sums.people[own], np.nan)
    frame = pd.DataFrame(
        {
            "district": districts["district"].to_numpy(),
            "name": districts["name"].to_numpy(),
            "people": people,
            "cells": sums.cells[own],
            "outside_raster": np.clip(1 - sums.inside, 0, 1),
            "no_data": part_of(sums.cells[own] - sums.data[own], sums.cells[own]),
            "thin": part_of(sums.thin[own], people),
        }
    )
    if poor is not None:
        frame["poor"] = np.where(poor.data[own] > 0, poor.people[own], np.nan)
        frame["poverty_rate"] = part_of(frame["poor"].to_numpy(), people)
    for name in rates:
        with_rate = sums.rated[name][own]
        mean = part_of(sums.weighed[name][own], with_rate)
        without = 1 - part_of(with_rate, people)
        mean[~(without <= _RATELESS)] = np.nan
        frame["without_rate"] = np.fmax(without, frame.get("without_rate", 0.0))
        if name == "rate":
            frame["poverty_rate"] = mean
            frame["poor"] = mean * people
        else:
            frame["wealth_index"] = mean
    return frame


def part_of(part: Floats, whole: Floats) -> Floats:
    """Return part ÷ whole; NaN where the whole is not above 0."""
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))


def warn_of(frame: pd.DataFrame) -> list[str]:
    """Return what a planner should know of the districts' figures."""
    warned = (
        (frame["people"].isna(), "no data in the raster"),
        (frame["outside_raster"] > 0.001, "partly outside the raster"),
        ((frame["no_data"] > 0) & frame["people"].notna(), "partly without data"),
        (frame["cells"] < FEWEST_CELLS, f"fewer than {FEWEST_CELLS} cells, so a rough figure"),
        (frame["thin"] > _MUCH, f"much of the people in cells of fewer than {show_number(THIN_CELL)} people"),
        (frame.get("without_rate", pd.Series(0.0, frame.index)) > 0, "people in cells without a rate"),
        (
            frame.get("poor", pd.Series(np.nan, frame.index)) > frame["people"] * (1 + 1e-9),
            "more poor than people",
        ),
    )
    return [f"{said}: {list_first(frame.loc[rows, 'name'])}" for rows, said in warned if rows.any()]


def compare_with_census(found: GriddedProfile, census: pd.DataFrame) -> pd.DataFrame:
    """Compare the people of the raster with those of a profile, by district and in total.

    Parameters
    ----------
    found : GriddedProfile
    census : DataFrame
        A table ``profile``; of each district the figure of the nearest year counts.

    Returns
    -------
    DataFrame
        ``district, name, people, census, census_year, ratio``; the last row is the total over districts with both.
    """
    known = census[census["population"].notna()].copy()
    known["apart"] = (known["year"] - found.year).abs()
    nearest = known.sort_values(["apart", "year"]).drop_duplicates("district").set_index("district")
    rows = found.districts[["district", "name", "people"]].copy()
    rows["census"] = rows["district"].map(nearest["population"]).astype(float)
    rows["census_year"] = rows["district"].map(nearest["year"]).astype("Int64")
    both = rows[rows["people"].notna() & rows["census"].notna()]
    total = {"district": "", "name": "total", "people": both["people"].sum(), "census": both["census"].sum()}
    rows = pd.concat([rows, pd.DataFrame([total])], ignore_index=True)
    rows["ratio"] = rows["people"] / rows["census"].where(rows["census"] > 0)
    return rows
