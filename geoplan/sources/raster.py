"""Rasters: one band of a GeoTIFF, in strips of rows, checked before a number is used.

How this works. `open_raster` reads the header and refuses what would give wrong figures in silence: no CRS, rotated
cells, pictures, several bands without a choice. Only the file itself is read: files beside it, such as
`.aux.xml`, `.tfw` or `.ovr`, could change position and values without a trace, and the network is off. `Raster.strips` then reads some rows at a time, the northernmost
first (rows that run from south to north are turned), so that a raster of any size needs little memory. Cells
without data are NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoplan.geo.polygons import Shapes, polygons_of
from geoplan.model.errors import InputError, Problem, show_number
from geoplan.model.optional_libraries import missing_extra
from geoplan.model.schema import CRS
from geoplan.sources.file_presence import check_exists
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.vector.crs import known_crs
from geoplan.sources.vector.gdal_session import OFFLINE

Floats = NDArray[np.float64]

CELLS_AT_A_TIME = 8_000_000
_CACHE_BYTES = 64 << 20
_ALONE = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
}
_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ALL_PEOPLE = 10**10
_EARTH_RADIUS_KM = 6371.0072  # of the sphere with the area of WGS 84


@dataclass(frozen=True)
class RasterGrid:
    """Where the cells of a raster lie, the first row in the north.

    Parameters
    ----------
    crs : pyproj.CRS
    west, north : float
        Corner of the first cell, in units of the CRS.
    width, height : float
        Of a cell, in units of the CRS; both positive.
    columns, rows : int
    """

    crs: Any
    west: float
    north: float
    width: float
    height: float
    columns: int
    rows: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return (
            self.west,
            self.north - self.rows * self.height,
            self.west + self.columns * self.width,
            self.north,
        )

    def part(self, first: int, count: int) -> RasterGrid:
        """Return the grid of some rows."""
        return replace(self, north=self.north - first * self.height, rows=count)

    def row_areas(self) -> Floats:
        """Return the area of a cell of each row in km²: on a sphere for degrees, else by the projection."""
        if not self.crs.is_geographic:
            metres = float(self.crs.axis_info[0].unit_conversion_factor)
            return np.full(self.rows, self.width * self.height * metres**2 / 1e6)
        edges = np.radians(self.north - np.arange(self.rows + 1) * self.height)
        band = np.sin(edges[:-1]) - np.sin(edges[1:])
        return np.asarray(_EARTH_RADIUS_KM**2 * np.radians(self.width) * band)


@dataclass(frozen=True)
class Raster:
    """One band of an open GeoTIFF.

    Parameters
    ----------
    name : str
        File name, for messages.
    grid : RasterGrid
    band : int
        Counted from 1.
    """

    name: str
    grid: RasterGrid
    band: int
    _dataset: Any
    _is_turned: bool

    @property
    def crs(self) -> Any:
        """The CRS of the grid."""
        return self.grid.crs

    @property
    def fullest(self) -> float | None:
        """The highest value that whole numbers of its type can have, if no value is declared to mean no data."""
        kind = np.dtype(self._dataset.dtypes[self.band - 1])
        if kind.kind not in "iu" or self._dataset.nodatavals[self.band - 1] is not None:
            return None
        at = self.band - 1
        return float(np.iinfo(kind).max * self._dataset.scales[at] + self._dataset.offsets[at])

    def strips(self) -> Iterator[tuple[RasterGrid, Floats]]:
        """Yield grid and values of some rows at a time, from north to south; cells without data are NaN."""
        count = max(1, CELLS_AT_A_TIME // self.grid.columns)
        for first in range(0, self.grid.rows, count):
            rows = min(count, self.grid.rows - first)
            yield self.grid.part(first, rows), self.read(0, first, self.grid.columns, rows)

    def sample(self, x: Floats, y: Floats) -> Floats:
        """Return the value of the cell that each place lies in; NaN outside and where there is no data."""
        grid = self.grid
        if grid.crs.is_geographic:
            middle = (grid.bounds[0] + grid.bounds[2]) / 2
            x = x + 360 * np.round((middle - x) / 360)
        column = np.floor((x - grid.west) / grid.width).astype(np.int64)
        row = np.floor((grid.north - y) / grid.height).astype(np.int64)
        inside = (column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows)
        found = np.full(len(x), np.nan)
        if inside.any():
            left, top = int(column[inside].min()), int(row[inside].min())
            wide, high = int(column[inside].max()) - left + 1, int(row[inside].max()) - top + 1
            values = self.read(left, top, wide, high)
            found[inside] = values[row[inside] - top, column[inside] - left]
        return found

    def read(self, left: int, top: int, columns: int, rows: int) -> Floats:
        """Return the values (rows, columns) of a part of the grid, from north to south; NaN without data."""
        from rasterio.windows import Window

        start = self.grid.rows - top - rows if self._is_turned else top
        with _damage_as_problem(Path(self._dataset.name)):
            cells = self._dataset.read(self.band, window=Window(left, start, columns, rows), masked=True)
        values = np.ma.filled(cells.astype(np.float64), np.nan)
        scale, offset = self._dataset.scales[self.band - 1], self._dataset.offsets[self.band - 1]
        values = values * scale + offset if (scale, offset) != (1.0, 0.0) else values
        return np.asarray(values[::-1] if self._is_turned else values)


@contextmanager
def open_raster(path: Path, band: int | None = None) -> Iterator[Raster]:
    """Open one band of a GeoTIFF.

    Parameters
    ----------
    path : Path
    band : int, optional
        Counted from 1; required if the file has several.

    Raises
    ------
    InputError
        The file is no GeoTIFF, has no CRS, rotated cells, several bands and none chosen, or cells that are no numbers.
    UsageError
        The extra for rasters is not installed.
    """
    try:
        import rasterio
    except ImportError:
        raise missing_extra("rasters need", "raster") from None
    check_exists(path)
    if path.suffix.lower() not in (".tif", ".tiff", ".geotiff") or not _is_tiff(path):
        advice = "convert it to GeoTIFF, for example in QGIS"
        raise InputError(Problem(path.name, "the file is not a GeoTIFF (.tif)", way_out=advice))
    with rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES, **OFFLINE, **_ALONE):
        with _damage_as_problem(path):
            dataset = rasterio.open(path, driver="GTiff")
        with dataset:
            with _damage_as_problem(path):
                chosen = _check_header(dataset, path.name, band)
                grid, is_turned = _lay_cells(dataset, path.name)
            yield Raster(path.name, grid, chosen, dataset, is_turned)


@contextmanager
def _damage_as_problem(path: Path) -> Iterator[None]:
    """Turn what GDAL says of a damaged file into a problem of that file."""
    from rasterio.errors import RasterioError

    with faults_as_problems(path):
        try:
            yield
        except RasterioError as error:
            reason = str(error.__cause__ or error).replace(str(path), path.name).strip()
            advice = "copy or download it again, or save it again, for example in QGIS"
            raise InputError(
                Problem(path.name, f"the raster is damaged ({reason[:160]})", way_out=advice)
            ) from error


def _is_tiff(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) in _SIGNATURES


def _check_header(dataset: Any, name: str, band: int | None) -> int:
    """Return the band to read, or raise with every problem of the header."""
    from rasterio.enums import ColorInterp

    problems = []
    if dataset.crs is None:
        advice = "assign it, for example in QGIS, and save the raster again"
        problems.append(Problem(name, "the raster does not say its CRS", way_out=advice))
    elif not (dataset.crs.is_geographic or dataset.crs.is_projected):
        advice = "warp it to degrees or metres, for example in QGIS; for counts of people use the method sum"
        problems.append(Problem(name, "the CRS of the raster is not one of a map", way_out=advice))
    step = dataset.transform
    if not np.isfinite(step[:6]).all():
        advice = "save the raster again, for example in QGIS"
        problems.append(Problem(name, "the position of the cells is not a number", way_out=advice))
    elif step.b or step.d or not step.a > 0 or not step.e:
        advice = "warp it to a north-up grid, for example with gdalwarp; for counts of people use -r sum"
        problems.append(Problem(name, "the cells of the raster are rotated or mirrored", way_out=advice))
    if band is None and dataset.count > 1:
        picture = ColorInterp.red in dataset.colorinterp
        message = f"the raster has {dataset.count} bands" + (" and is a picture" if picture else "")
        advice = (
            "give a raster of numbers"
            if picture
            else "save the band that counts as a file of its own; of a raster of people, its number chooses it (band = 1)"
        )
        problems.append(Problem(name, message, way_out=advice))
    if band is not None and not 1 <= band <= dataset.count:
        advice = f"choose one from 1 to {dataset.count}"
        problems.append(Problem(name, "the raster has no such band", values=(band,), way_out=advice))
    if not problems and np.dtype(dataset.dtypes[(band or 1) - 1]).kind not in "iuf":
        advice = "give a raster of real numbers"
        problems.append(Problem(name, "the cells are not real numbers", way_out=advice))
    if problems:
        raise InputError(problems)
    return band or 1


def _lay_cells(dataset: Any, name: str) -> tuple[RasterGrid, bool]:
    """Return the grid, and whether its rows run from south to north in the file."""
    step = dataset.transform
    north = step.f if step.e < 0 else step.f + step.e * dataset.height
    grid = RasterGrid(
        known_crs(dataset.crs.to_wkt(), name),
        float(step.c),
        float(north),
        float(step.a),
        float(abs(step.e)),
        int(dataset.width),
        int(dataset.height),
    )
    return grid, bool(step.e > 0)


def bring_to_grid(shapes: Shapes, grid: RasterGrid) -> Shapes:
    """Return shapes (EPSG:4326) in the CRS of a grid; edges are cut so that they stay where they are on the ground.

    On a grid in degrees, shapes are turned by 360° to where the grid is, and cut if they run on beyond its far side.
    """
    import geopandas as gpd
    import shapely

    if grid.crs != CRS:
        steps = shapely.segmentize(shapes, 0.05)
        shapes = gpd.GeoSeries(steps, crs=CRS).to_crs(grid.crs).to_numpy()
        if not np.isfinite(shapely.get_coordinates(shapes)).all():
            advice = "warp the raster to a CRS of this place, or check the CRS of both"
            what = f"they lie where the CRS of the raster does not apply ({grid.crs.name})"
            raise InputError(Problem("districts", what, way_out=advice))
    if grid.crs.is_geographic:
        shapes = _turn_to(np.asarray(shapes, dtype=object), (grid.bounds[0] + grid.bounds[2]) / 2)
    return np.asarray(shapes, dtype=object)


def _turn_to(shapes: Shapes, middle: float) -> Shapes:
    """Return shapes on the turn of longitudes around a middle: the parts beyond 180° of it are moved by 360°."""
    import shapely

    west, _, east, _ = shapely.bounds(shapes).T
    beyond = np.flatnonzero((west < middle - 180) | (east > middle + 180))
    turned = shapes.copy()
    for at in beyond.tolist():
        parts = [_cut_turn(shapes[at], middle, turn) for turn in (-1, 0, 1)]
        turned[at] = shapely.union_all([part for part in parts if not part.is_empty])
    return turned


def _cut_turn(shape: Any, middle: float, turn: int) -> Any:
    """Return the part of a shape that lies on one turn of longitudes, moved to the turn around a middle."""
    import shapely

    band = shapely.box(middle - 180 + 360 * turn, -90, middle + 180 + 360 * turn, 90)
    part = shapely.intersection(shape, band)
    if shapely.get_dimensions(shape) == 2:
        part = polygons_of(np.array([part], dtype=object))[0]
    return shapely.transform(part, lambda xy: xy - [360 * turn, 0])


class ImpossibleCells:
    """Counts cells that cannot be people, and refuses them."""

    def __init__(self, raster: Raster) -> None:
        self.name, self.fullest = raster.name, raster.fullest
        self.count, self.full = 0, 0
        self.values: set[float] = set()

    def look_at(self, cells: Floats) -> None:
        """Count the cells below 0, those above the number of all people, and those at the end of their type."""
        wrong = cells[(cells < 0) | (cells > _ALL_PEOPLE)]
        self.count += len(wrong)
        self.values |= set(np.unique(wrong)[:5].tolist())
        if self.fullest is not None:
            self.full += int((cells == self.fullest).sum())

    def refuse(self) -> None:
        """Raise `InputError` if there were any."""
        advice = "declare the value that means no data, for example: gdal_edit.py -a_nodata VALUE FILE"
        if self.count:
            values = tuple(show_number(value) for value in sorted(self.values)[:5])
            message = f"{_count_cells(self.count)} below 0 or above 10 billion, and cannot be people"
            raise InputError(Problem(self.name, message, values=values, way_out=advice))
        if self.full and self.fullest is not None:
            message = (
                f"{_count_cells(self.full)} at the highest value of their type, which often means no data"
            )
            raise InputError(Problem(self.name, message, values=(show_number(self.fullest),), way_out=advice))


def _count_cells(count: int) -> str:
    return "1 cell is" if count == 1 else f"{count:,} cells are"
