"""Gridded demand: the people of a raster as demand points.

How this works. Each cell counts by the exact fraction of it that lies in a district, as in a profile. Neighbouring
cells of one district become one point, at the mean place of their people. The blocks of cells are as small as a
number of points allows, so the sums by district stay those of the raster, and only the places become coarser.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geoplan.analysis.gridded_profile import CellSums, sum_cells
from geoplan.geo.cell_fractions import cell_fractions
from geoplan.model.schema import CRS
from geoplan.sources.raster import Raster, RasterGrid, bring_to_grid, open_raster
from geoplan.sources.raster_products import choose_values, describe_product, name_product

if TYPE_CHECKING:
    import geopandas as gpd

MOST_POINTS = 10_000
"""Demand points that a raster becomes at most."""


@dataclass(frozen=True)
class GriddedDemand:
    """People of a raster as demand points.

    Parameters
    ----------
    points : GeoDataFrame
        EPSG:4326, with ``name``, ``district``, ``population`` and, with a raster of poor people, ``poor``.
    block : int
        Rows and columns of cells that became one point.
    reconciliations : tuple of str
        The sum of the points beside the sum of each raster.
    """

    points: gpd.GeoDataFrame
    block: int
    reconciliations: tuple[str, ...]

    @property
    def said(self) -> list[str]:
        """Size of the blocks and reconciliations, for people."""
        size = "cell" if self.block == 1 else f"{self.block} × {self.block} cells"
        return [
            f"demand: {len(self.points):,} points, one for each {size} with people in a district",
            *self.reconciliations,
        ]


def grid_demand(
    districts: gpd.GeoDataFrame,
    population: Path,
    *,
    values: str | None = None,
    band: int | None = None,
    poor: Path | None = None,
    most: int = MOST_POINTS,
) -> GriddedDemand:
    """Make demand points of the people in districts.

    Parameters
    ----------
    districts : GeoDataFrame
        EPSG:4326, with ``district``.
    population, values, band, poor
        As for `geoplan.analysis.gridded_profile.profile_districts`.
    most : int
        Maximum number of points.

    Raises
    ------
    InputError, UsageError
        As for `geoplan.analysis.gridded_profile.profile_districts`.
    """
    with ExitStack() as stack:
        raster = stack.enter_context(open_raster(population, band))
        unit = choose_values(name_product(population.name), values, population)
        read = {"population": (raster, unit)}
        if poor is not None:
            read["poor"] = (stack.enter_context(open_raster(poor)), "counts")
        sums = {name: sum_cells(districts, *with_unit, {}, None) for name, with_unit in read.items()}
        block = _first_block(sums["population"], most)
        cells = pd.concat(
            [
                _cells_of(districts, *with_unit, raster.grid, block).assign(of=name)
                for name, with_unit in read.items()
            ]
        )
    while True:
        points = _gather(cells, raster.grid, block)
        if len(points) <= most or block > max(raster.grid.rows, raster.grid.columns):
            break
        block *= 2
    lines = (
        *describe_product(population),
        *(_reconcile(name, points, found) for name, found in sums.items()),
    )
    return GriddedDemand(_as_points(points, districts, raster.grid), block, lines)


def _first_block(sums: CellSums, most: int) -> int:
    """Return the largest power of 2 at which blocks with people cannot be fewer than a number of points, or 1."""
    populated = float(sums.populated[:-1].sum())
    return 1 << max(0, int(np.log2(max(populated / most, 1.0)) / 2))


def _cells_of(
    districts: gpd.GeoDataFrame, raster: Raster, unit: str, blocks: RasterGrid, block: int
) -> pd.DataFrame:
    """Return the people of each block of cells and district, and the mean place of the cells in the CRS of the blocks."""
    import pyproj

    shapes = bring_to_grid(districts.geometry.to_numpy(), raster.grid)
    move = pyproj.Transformer.from_crs(raster.crs, blocks.crs, always_xy=True)
    parts = []
    for grid, cells in raster.strips():
        people = np.nan_to_num(cells * grid.row_areas()[:, None] if unit == "per-km2" else cells).ravel()
        for at, inside, fractions in cell_fractions(shapes, grid.bounds, (grid.rows, grid.columns)):
            some = people[inside] > 0
            row, column = np.divmod(inside[some], grid.columns)
            x, y = grid.west + (column + 0.5) * grid.width, grid.north - (row + 0.5) * grid.height
            if raster.crs != blocks.crs:
                x, y = move.transform(x, y)
            here = pd.DataFrame({"at": at, "x": x, "y": y, "people": people[inside[some]] * fractions[some]})
            parts.append(_sum_blocks(here, blocks, block))
    return pd.concat(parts, ignore_index=True)


def _sum_blocks(cells: pd.DataFrame, grid: RasterGrid, block: int) -> pd.DataFrame:
    """Sum cells by block of cells and district, at the mean place of their people."""
    row = np.floor((grid.north - cells["y"]) / grid.height / block).astype("int64")
    column = np.floor((cells["x"] - grid.west) / grid.width / block).astype("int64")
    keys = {"at": cells["at"], "row": row, "column": column}
    if "of" in cells:
        keys["of"] = cells["of"]
    weighed = pd.DataFrame(keys).assign(
        x=cells["x"] * cells["people"], y=cells["y"] * cells["people"], people=cells["people"]
    )
    sums = weighed.groupby(list(keys), as_index=False).sum()
    return sums.assign(x=sums["x"] / sums["people"], y=sums["y"] / sums["people"])


def _gather(cells: pd.DataFrame, grid: RasterGrid, block: int) -> pd.DataFrame:
    """Return one row for each block and district, with a column for each raster."""
    sums = _sum_blocks(cells, grid, block)
    keys = ["at", "row", "column"]
    wide = sums.pivot(index=keys, columns="of", values="people").fillna(0.0).reset_index()
    # Poor people without people in another raster still have a place.
    place = sums.sort_values([*keys, "of"], ascending=[True, True, True, False]).drop_duplicates(keys)
    return wide.merge(place[[*keys, "x", "y"]], on=keys)


def _reconcile(name: str, points: pd.DataFrame, found: CellSums) -> str:
    inside = float(points[name].sum())
    who = "people" if name == "population" else name
    return (
        f"{who}: {inside:,.1f} in {len(points):,} demand points + {found.outside:,.1f} outside all districts "
        f"= {inside + found.outside:,.1f}; the raster has {found.total:,.1f}"
    )


def _as_points(points: pd.DataFrame, districts: gpd.GeoDataFrame, grid: RasterGrid) -> gpd.GeoDataFrame:
    import geopandas as gpd

    codes = districts["district"].to_numpy(dtype=object)[points["at"].to_numpy()]
    figures = {name: points[name] for name in ("population", "poor") if name in points}
    names = [
        f"{code}, row {row + 1}, column {column + 1}"
        for code, row, column in zip(codes, points["row"], points["column"], strict=True)
    ]
    table = pd.DataFrame({"name": names, "district": pd.Series(codes, dtype=object), **figures})
    x = (points["x"] + 180) % 360 - 180 if grid.crs.is_geographic else points["x"]
    places = gpd.GeoSeries(shapely.points(x, points["y"]), crs=grid.crs).to_crs(CRS)
    return gpd.GeoDataFrame(table, geometry=places.to_numpy(), crs=CRS)
