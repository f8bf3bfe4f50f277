"""Friction: a raster of the time that each metre or cell takes, with barriers and crossings burnt in.

How this works. The unit is stated, or known from the name of a published surface, and checked: in a wrong unit, the
middle cell would be faster or slower than anybody travels. Only the cells that a search asks for are read. Cells that
a barrier touches are closed. They form a wall without diagonal gaps, which a path over 8 neighbours could slip
through. A crossing opens the cells that it touches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from geoplan.geo.cell_walls import Walls, build_walls
from geoplan.geo.polygons import Floats, Shapes
from geoplan.model.errors import InputError, Problem, UsageError, raise_if, show_number, show_value
from geoplan.model.schema import CRS
from geoplan.sources.raster import Raster, bring_to_grid, open_raster
from geoplan.sources.raw_table import name_file
from geoplan.sources.tables.cell_values import as_text
from geoplan.sources.vector.geometries import beyond_poles
from geoplan.sources.vector.vector_layers import read_vector

UNITS = ("min/m", "s/m", "s/cell")
MODES = ("walking", "motorised")

_PUBLISHED = re.compile(
    r"20\d\d(01)?_(global_travel_speed_|walking_only_|motorized_)?friction_surface", re.IGNORECASE
)
_ELLIPSOID = pyproj.Geod(ellps="WGS84")
_SLOWEST_MIDDLE = 0.5  # km/h: half the cells of a place are not slower, even on steep slopes
_LEAST_FASTEST = 2.0  # km/h: a surface whose fastest cell is slower holds speeds, not times
_FASTEST_MIDDLE = {"walking": 7.0, "motorised": 130.0}  # km/h
_FASTEST = {"walking": 15.0, "motorised": 200.0}  # km/h, of any cell
_SQUARE = 0.01  # part by which width and height of a cell may differ if a cell has a time
_SAMPLE_ROWS = 400


@dataclass(frozen=True)
class FrictionKind:
    """Unit and mode of a friction surface.

    Parameters
    ----------
    unit : str
        One of `UNITS`.
    mode : str
        One of `MODES`.
    """

    unit: str
    mode: str


def name_friction(name: str) -> FrictionKind | None:
    """Read unit and mode from the name of a surface of the Malaria Atlas Project; None for another name.

    >>> name_friction("2020_walking_only_friction_surface.geotiff").mode
    'walking'
    """
    if not _PUBLISHED.search(name):
        return None
    return FrictionKind("min/m", "walking" if "walking" in name.lower() else "motorised")


def choose_kind(path: Path, unit: str | None, mode: str | None) -> FrictionKind:
    """Return unit and mode of a file, as said or as its name says.

    Raises
    ------
    UsageError
        They are unknown, or contradict the name.
    """
    named = name_friction(path.name)
    for what, said, known, choices in (
        ("unit", unit, named and named.unit, UNITS),
        ("mode", mode, named and named.mode, MODES),
    ):
        if said is None and known is None:
            raise UsageError(f"the {what} of {path.name} is unknown: choose from {', '.join(choices)}")
        if said is not None and said not in choices:
            raise UsageError(
                f"{show_value(said)} is not a {what} of friction: choose from {', '.join(choices)}"
            )
        if said is not None and known is not None and said != known:
            raise UsageError(f"{path.name} is {known} by its name, not {said}")
    return FrictionKind(unit or str(named and named.unit), mode or str(named and named.mode))


@dataclass(frozen=True)
class Crossings:
    """Places where a barrier can be crossed.

    Parameters
    ----------
    names : list of str
    shapes : (n,) array of Point or LineString
        EPSG:4326.
    """

    names: list[str]
    shapes: Shapes


def read_barriers(path: Path) -> Shapes:
    """Read lines or areas that nobody crosses, EPSG:4326.

    Raises
    ------
    InputError
        The layer has points, or features without a shape, or cannot be read.
    """
    raw = read_vector(name_file(path))
    shapes: Shapes = raw.table["geometry"].to_numpy(dtype=object)
    _refuse_shapes(path, "barriers", shapes, (1, 2), "give lines or areas")
    raise_if(beyond_poles(shapes, raw))
    return shapes


def read_crossings(path: Path) -> Crossings:
    """Read bridges and fords as points or lines, EPSG:4326, with an optional ``name``; others are named by their row.

    Raises
    ------
    InputError
        The layer has areas, or features without a shape, or cannot be read.
    """
    raw = read_vector(name_file(path))
    table = raw.table
    shapes: Shapes = table["geometry"].to_numpy(dtype=object)
    _refuse_shapes(path, "crossings", shapes, (0, 1), "give points or lines")
    raise_if(beyond_poles(shapes, raw))
    column = next((name for name in table.columns if str(name).lower() == "name"), None)
    given = [""] * len(shapes) if column is None else table[column].astype(object).fillna("")
    names = [as_text(name) or str(at) for at, name in enumerate(given, start=1)]
    return Crossings(names, shapes)


def _refuse_shapes(path: Path, what: str, shapes: Shapes, dimensions: tuple[int, int], advice: str) -> None:
    wrong = np.flatnonzero(~np.isin(shapely.get_dimensions(shapes), dimensions))
    if len(wrong):
        kinds = tuple("none" if shape is None else str(shape.geom_type) for shape in shapes[wrong])
        rows = tuple(int(row) + 1 for row in wrong)
        raise InputError(Problem(path.name, f"{what} of another kind", "geometry", rows, kinds, advice))


@dataclass(frozen=True)
class Friction:
    """A friction surface whose cells are read on demand.

    Parameters
    ----------
    raster : Raster
    kind : FrictionKind
    middle : float
        Column of the grid at which the sizes of cells are measured.
    walls : Walls
    middle_speed, fastest : float
        Speed of the middle cell around the points, and of the fastest, in km/h.
    """

    raster: Raster
    kind: FrictionKind
    middle: float
    walls: Walls
    middle_speed: float = np.nan
    fastest: float = np.nan

    @property
    def rows(self) -> int:
        """Rows of the grid."""
        return self.raster.grid.rows

    @property
    def columns(self) -> int:
        """Columns of the grid."""
        return self.raster.grid.columns

    def read_costs(self, top: int, left: int, rows: int, columns: int) -> Floats:
        """Return minutes per metre (rows, columns); NaN for closed cells.

        Raises
        ------
        InputError
            Cells of 0, below 0 or infinite.
        """
        costs = self.raster.read(left, top, columns, rows)
        _refuse_cells(self.raster.name, costs)
        costs = costs * self._minutes_per_metre(top, rows)[:, None]
        costs[self.walls.close(top, left, rows, columns)] = np.nan
        return costs

    def cell_sizes(self, top: int, rows: int) -> tuple[Floats, Floats]:
        """Return width and height in metres of a cell of each row, on the ground, at the middle column."""
        grid = self.raster.grid
        y: Floats = grid.north - (top + np.arange(rows + 1, dtype=np.float64)) * grid.height
        x: Floats = np.full(rows, grid.west + self.middle * grid.width)
        centre: Floats = grid.north - (top + np.arange(rows, dtype=np.float64) + 0.5) * grid.height
        half = grid.width / 2
        width = self._lengths(x - half, centre, x + half, centre)
        return width, self._lengths(x, y[:-1], x, y[1:])

    def locate(self, points: Shapes) -> tuple[Floats, Floats]:
        """Return row and column of points (EPSG:4326), with fractions; also outside the grid."""
        return _to_cells(points, self.raster)

    def _lengths(self, x: Floats, y: Floats, to_x: Floats, to_y: Floats) -> Floats:
        crs = self.raster.grid.crs
        if crs != CRS:
            back = pyproj.Transformer.from_crs(crs, CRS, always_xy=True)
            (x, y), (to_x, to_y) = back.transform(x, y), back.transform(to_x, to_y)
        y, to_y = np.clip(y, -90, 90), np.clip(to_y, -90, 90)
        return np.asarray(_ELLIPSOID.inv(x, y, to_x, to_y)[2], np.float64)

    def _minutes_per_metre(self, top: int, rows: int) -> Floats:
        if self.kind.unit == "s/cell":
            return 1 / 60 / self.cell_sizes(top, rows)[0]
        return np.full(rows, 1.0 if self.kind.unit == "min/m" else 1 / 60)


def _to_cells(points: Shapes, raster: Raster) -> tuple[Floats, Floats]:
    grid = raster.grid
    x, y = shapely.get_coordinates(bring_to_grid(points, grid)).T
    return (grid.north - y) / grid.height, (x - grid.west) / grid.width


def _refuse_cells(name: str, cells: Floats) -> None:
    wrong = cells[(cells <= 0) | np.isinf(cells)]
    if len(wrong):
        values = tuple(show_number(value) for value in np.unique(wrong)[:5])
        message = f"{len(wrong):,} cells are 0, below 0 or infinite, and cannot be a time"
        advice = "declare the value that means no data, for example: gdal_edit.py -a_nodata VALUE FILE"
        raise InputError(Problem(name, message, values=values, way_out=advice))


@contextmanager
def open_friction(
    path: Path,
    kind: FrictionKind,
    points: Shapes,
    *,
    barriers: Shapes | None = None,
    crossings: Crossings | None = None,
    limit: float = np.inf,
) -> Iterator[Friction]:
    """Open a friction surface for a search from or to some points.

    Parameters
    ----------
    path : Path
        GeoTIFF of one band.
    kind : FrictionKind
    points : array of Point
        EPSG:4326.
    barriers : array of LineString or Polygon, optional
        EPSG:4326.
    crossings : Crossings, optional
    limit : float
        Minutes that a search will reach at most.

    Raises
    ------
    InputError
        A raster of another place, of one cell, with cells of 0 or below, with speeds that its unit makes impossible, or
        with cells that take longer to cross than the limit.
    """
    with open_raster(path) as raster:
        row, column = _to_cells(points, raster)
        inside = (row >= 0) & (row < raster.grid.rows) & (column >= 0) & (column < raster.grid.columns)
        if not inside.any():
            raise InputError(_elsewhere(raster, points))
        if min(raster.grid.rows, raster.grid.columns) < 2:
            message = (
                f"the raster has {raster.grid.columns} × {raster.grid.rows} cells, so no path can be found"
            )
            raise InputError(Problem(raster.name, message, way_out="give a raster with smaller cells"))
        walls = Walls() if barriers is None else build_walls(_in_cells(barriers, raster))
        if crossings is not None:
            walls = walls.with_crossings(_in_cells(crossings.shapes, raster), crossings.names)
        friction = Friction(raster, kind, float(np.mean(column[inside])), walls)
        middle, fastest = _check_speeds(friction, row[inside], column[inside], limit)
        yield replace(friction, middle_speed=middle, fastest=fastest)


def _elsewhere(raster: Raster, points: Shapes) -> Problem:
    theirs = ", ".join(show_number(edge) for edge in raster.grid.bounds)
    ours = ", ".join(show_number(edge) for edge in shapely.total_bounds(points))
    message = f"no point lies in the raster: it covers {theirs} ({raster.grid.crs.name}), the points cover {ours} (degrees)"
    return Problem(raster.name, message, way_out="give a raster of this place, and check the CRS of both")


def _check_speeds(friction: Friction, row: Floats, column: Floats, limit: float) -> tuple[float, float]:
    """Return the middle and the fastest speed around the points; refuse what is faster or slower than anybody travels."""
    name, kind = friction.raster.name, friction.kind
    top, bottom = int(row.min()), int(row.max()) + 1
    left, right = int(column.min()), int(column.max()) + 1
    step = max(1, (bottom - top) // _SAMPLE_ROWS)
    width, height = friction.cell_sizes(top, bottom - top)
    if kind.unit == "s/cell" and (np.abs(width / height - 1) > _SQUARE).any():
        message = f"a cell is {width[0]:,.0f} m wide and {height[0]:,.0f} m high, so seconds for a cell can mean either"
        raise InputError(Problem(name, message, way_out="convert the cells to seconds for a metre (s/m)"))
    sampled = [friction.raster.read(left, at, right - left, 1)[0] for at in range(top, bottom, step)]
    cells = np.stack(sampled)
    _refuse_cells(name, cells)
    if not np.isfinite(cells).any():
        raise InputError(
            Problem(
                name,
                "the raster has no data around the points",
                way_out="check its CRS and its value for no data",
            )
        )
    speeds = 0.06 / (cells * friction._minutes_per_metre(top, bottom - top)[::step, None])
    middle, fastest = float(np.nanmedian(speeds)), float(np.nanmax(speeds))
    is_plausible = (
        _SLOWEST_MIDDLE <= middle <= _FASTEST_MIDDLE[kind.mode]
        and _LEAST_FASTEST <= fastest <= _FASTEST[kind.mode]
    )
    if not is_plausible:
        message = f"in {kind.unit}, half of the cells are slower than {show_number(middle, 3)} km/h and the fastest allows {show_number(fastest, 3)} km/h, which is not {kind.mode}"
        value = show_number(float(np.nanmedian(cells)))
        raise InputError(Problem(name, message, values=(value,), way_out=_other_units(cells, width, kind)))
    across = float(np.median(width)) * 0.06 / middle
    if across > limit:
        message = f"it takes {across:,.0f} min to cross a cell of {np.median(width):,.0f} m at {show_number(middle, 3)} km/h, so nothing is within {show_number(limit)} min"
        raise InputError(
            Problem(name, message, way_out="give a raster with smaller cells, or ask for more minutes")
        )
    return middle, fastest


def _other_units(cells: Floats, width: Floats, kind: FrictionKind) -> str:
    """Return the speed of the middle cell in each unit, for a way out."""
    middle = float(np.nanmedian(cells))
    metres = {"min/m": 1.0, "s/m": 60.0, "s/cell": 60.0 * float(np.median(width))}
    said = ", ".join(f"{unit} {show_number(0.06 / middle * metres[unit], 3)} km/h" for unit in UNITS)
    return f"choose the unit and mode in which the middle cell makes sense: {said}; a raster of speeds is not one of times"


def _in_cells(shapes: Shapes, raster: Raster) -> Shapes:
    """Return shapes (EPSG:4326) in units of cells: x is a column, y a row."""
    grid = raster.grid

    def move(xy: Floats) -> Floats:
        return np.column_stack([(xy[:, 0] - grid.west) / grid.width, (grid.north - xy[:, 1]) / grid.height])

    moved: Any = shapely.transform(bring_to_grid(shapely.force_2d(shapes), grid), move)
    return np.asarray(moved, dtype=object)
