"""Geometries: boundaries of districts, and the points, lines and areas of locations, in degrees."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.geo.polygons import has_no_ground, polygons_of
from geoplan.model.errors import InputError, Problem, show_number
from geoplan.model.schema import Column
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import Cells, cell_problem
from geoplan.sources.vector.crs import check_degrees, in_wgs84, known_crs
from geoplan.sources.vector.geometry_cells import read_cells

_ADMINISTRATIVE_REGION = 1
_UNCLEAR = 7.0
_PRECISION_OF_LEVEL = {0: 6.0, 1: 4.0, 2: 3.0}
_NEAR = 2.0
"""Precision of a region below the districts: its label is in the district that it is part of."""
_SRID = re.compile(r"\s*SRID\s*=\s*(\d{1,9})\s*;", re.IGNORECASE)
_GEOMETRY = Column("geometry", "geometry", "")
_WORDS_FOR_NONE = frozenset({"null", "<null>", "(null)", "nan", "#n/a", "n/a"})


def conform_districts(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> list[Problem]:
    """Read the boundaries of a table of districts in place; each must have polygons, which are all that is kept."""
    shapes, problems = _read_geometry(frame, raw, spec)
    problems += [*_words_for_none(frame["district"], raw), *beyond_poles(shapes, raw)]
    if problems or spec.empty == "keep":
        frame["geometry"] = shapes
        return problems
    empty = _is_empty(shapes) | has_no_ground(shapes)
    areas = polygons_of(shapes)
    for wrong, shown, message, way_out in (
        (
            empty,
            frame["district"],
            "the shapes of these districts are empty",
            'draw them, or set empty = "leave out" in the section [districts] of geoplan.toml',
        ),
        (
            ~empty & _is_empty(areas),
            pd.Series([None if shape is None else shape.geom_type for shape in shapes]),
            "a district needs an area (polygon)",
            "give the boundary layer of the districts, with a polygon in each row",
        ),
    ):
        if wrong.any():
            problems.append(cell_problem(raw, _GEOMETRY, wrong, shown, message, way_out))
    frame["geometry"] = areas
    return problems


def _words_for_none(codes: pd.Series[Any], raw: RawTable) -> list[Problem]:
    """Return the problem of districts whose code is what a program writes where there is none."""
    none = codes.astype(str).str.strip().str.casefold().isin(_WORDS_FOR_NONE).to_numpy()
    if not none.any():
        return []
    column = Column("district", "text", "code of the district")
    return [
        cell_problem(
            raw, column, none, codes, "a word for no data, not a code", "give each district its code"
        )
    ]


def beyond_poles(shapes: Any, raw: RawTable) -> list[Problem]:
    """Return the problem of shapes whose latitudes do not exist."""
    import shapely

    bounds = shapely.bounds(shapes)
    beyond = (bounds[:, 1] < -90) | (bounds[:, 3] > 90)
    if not beyond.any():
        return []
    shown = pd.Series(
        [f"latitude {show_number(south)} to {show_number(north)}" for _, south, _, north in bounds]
    )
    advice = "longitude and latitude may be swapped: write longitude first, or name the CRS of the layer"
    return [cell_problem(raw, _GEOMETRY, beyond, shown, "latitudes are beyond 90°", advice)]


def empty_districts(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> Any:
    """Return which rows of a table of districts have no shape, or an empty one."""
    shapes, _ = _read_geometry(frame, raw, spec)
    return _is_empty(shapes) | has_no_ground(shapes)


def _is_empty(shapes: Any) -> Any:
    import shapely

    return shapely.is_missing(shapes) | shapely.is_empty(shapes)


def conform_locations(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> list[Problem]:
    """Read identifiers, precision and geometries of a table of locations in place."""
    if "location" not in frame:
        frame["location"] = (frame.groupby("project", sort=False).cumcount() + 1).astype(str)
    missing = frame["location"].isna()
    if missing.any():
        frame["location"] = frame["location"].astype(object)
        frame.loc[missing, "location"] = [f"row {row}" for row in raw.rows.to_numpy()[missing.to_numpy()]]
    problems = []
    if "precision" in frame:
        outside = ((frame["precision"] < 1) | (frame["precision"] > 9)).to_numpy()
        if outside.any():
            column = Column("precision", "integer", "")
            problems.append(
                cell_problem(
                    raw,
                    column,
                    outside,
                    frame["precision"],
                    "no such precision code",
                    "codes go from 1 (exact) to 9",
                )
            )
    if "location_class" in frame:
        frame["precision"] = _precision(frame)
    if "geometry" in frame:
        frame["geometry"], found = _read_geometry(frame, raw, spec)
        problems += found
    else:
        frame["geometry"] = None
    if "lon" in frame and "lat" in frame:
        problems += _add_points(frame, raw, spec)
    return problems


def conform_points(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> list[Problem]:
    """Read the places of a table of points in place.

    An area, such as the outline of a school, counts by a point within it. A line or several points have no one place.
    """
    import shapely

    problems: list[Problem] = []
    if "geometry" in frame:
        frame["geometry"], problems = _read_geometry(frame, raw, spec)
    else:
        frame["geometry"] = None
    if "lon" in frame and "lat" in frame:
        problems += _add_points(frame, raw, spec)
    shapes = frame["geometry"].to_numpy()
    nowhere = pd.isna(shapes) | shapely.is_empty(shapes)
    if nowhere.any() and not problems:
        advice = "give lon and lat in degrees, or a geometry, for every point"
        column = Column("geometry", "geometry", "")
        problems.append(
            cell_problem(
                raw, column, nowhere, frame["geometry"], "points without a place", advice, show=False
            )
        )
    several = (shapely.get_dimensions(shapes) == 1) | (shapely.get_num_geometries(shapes) > 1)
    several &= ~(shapely.get_dimensions(shapes) > 1)
    if several.any():
        kinds = pd.Series([str(kind.geom_type) if kind is not None else None for kind in shapes], frame.index)
        advice = "give one point for each, or an area that it lies in"
        message = "lines or several points in place of one point"
        problems.append(
            cell_problem(raw, Column("geometry", "geometry", ""), several, kinds, message, advice)
        )
    drawn = np.flatnonzero(shapely.get_type_id(shapes) > 0)
    frame["geometry"] = shapes
    frame.loc[frame.index[drawn], "geometry"] = shapely.point_on_surface(shapes[drawn])
    return problems


def _precision(frame: pd.DataFrame) -> Cells:
    """Derive a precision code from IATI's location class, administrative level and exactness, where none is given.

    An administrative region is as precise as its level; its coordinates are only where its label is drawn. One
    whose level is not told is unclear: its name may say more, its coordinates cannot.
    """
    given = frame["precision"] if "precision" in frame else pd.Series(np.nan, index=frame.index)
    level = frame["admin_level"] if "admin_level" in frame else pd.Series(np.nan, index=frame.index)
    by_level = (
        level.map(_PRECISION_OF_LEVEL).where(~(level > max(_PRECISION_OF_LEVEL)), _NEAR).fillna(_UNCLEAR)
    )
    region = frame["location_class"] == _ADMINISTRATIVE_REGION
    exactness = frame["exactness"] if "exactness" in frame else pd.Series(np.nan, index=frame.index)
    by_exactness = exactness.map({1: 1.0, 2: 2.0}).where(~region)
    return given.where(given.notna(), by_level.where(region, by_exactness))


def _read_geometry(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> tuple[Any, list[Problem]]:
    """Read cells of a table with WKT or WKB; geometries of a vector layer are taken as they are."""
    given = frame["geometry"].astype(object)
    cells = given.where(given.notna(), None).to_numpy()
    if not any(isinstance(cell, str) for cell in cells):
        return cells, []
    cells, codes = _split_srids(cells)
    geometries, srids = read_cells(cells)
    codes = np.where(srids > 0, srids, codes)
    bad = pd.isna(geometries) & ~pd.isna(cells)
    problems = []
    if bad.any():
        advice = "write it like POINT (103.65 18.38), longitude first, or as WKB in hexadecimal digits"
        message = "not readable as WKT or WKB geometry"
        problems.append(cell_problem(raw, _GEOMETRY, bad, frame["geometry"], message, advice))
    for code in dict.fromkeys(codes.tolist()):
        chosen = codes == code
        own, fault, way_out = _with_srid(spec, code)
        if fault:
            problems.append(cell_problem(raw, _GEOMETRY, chosen, frame["geometry"], fault, way_out))
            continue
        geometries[chosen], found = _to_degrees(geometries[chosen], raw.rows[chosen], raw.source, own)
        problems += found
    return geometries, problems


def _with_srid(spec: FileSpec, code: int) -> tuple[FileSpec, str, str]:
    """Return how to read geometries with an SRID; what is wrong with it and the way out, if anything is."""
    import pyproj
    from pyproj.exceptions import CRSError

    if code == 0:
        return spec, "", ""
    named = f"EPSG:{code}"
    try:
        own = pyproj.CRS.from_user_input(named)
    except CRSError:
        return spec, f"no CRS has the code {named}", "correct the SRID, or leave it out"
    if spec.crs is None:
        return replace(spec, crs=named), "", ""
    if own.equals(known_crs(spec.crs, spec.path.name), ignore_axis_order=True):
        return spec, "", ""
    way_out = 'leave out crs if the cells are right, or take "SRID=…;" out of the cells if crs is right'
    return spec, f"these are in {named}, but crs says {spec.crs}", way_out


def _split_srids(cells: Any) -> tuple[Any, Any]:
    """Return WKT without the prefix of PostGIS, ``SRID=4326;``, and the number in it; 0, as there, if none is given."""
    found = [_SRID.match(cell) if isinstance(cell, str) else None for cell in cells]
    texts = [cell[prefix.end() :] if prefix else cell for cell, prefix in zip(cells, found, strict=True)]
    codes = [int(prefix[1]) if prefix else 0 for prefix in found]
    return np.array(texts, dtype=object), np.array(codes, dtype=np.int64)


def _add_points(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> list[Problem]:
    """Make points of lon and lat where the row has no geometry of its own."""
    import shapely

    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    half = np.isnan(lon) != np.isnan(lat)
    problems = []
    if half.any():
        problems.append(
            cell_problem(
                raw,
                Column("lat", "number", ""),
                half,
                frame["lat"],
                "lon or lat is missing",
                "give both or none",
                show=False,
            )
        )
    shapes = frame["geometry"].to_numpy(dtype=object, copy=True)
    use = ~np.isnan(lon) & ~np.isnan(lat) & np.array([shape is None for shape in shapes], dtype=bool)
    points = np.full(len(frame), None, dtype=object)
    points[use] = shapely.points(lon[use], lat[use])
    points, found = _to_degrees(points, raw.rows, raw.source, spec)
    shapes[use] = points[use]
    frame["geometry"] = shapes
    return problems + found


def _to_degrees(geometries: Any, rows: Any, source: str, spec: FileSpec) -> tuple[Any, list[Problem]]:
    """Reproject coordinates of a table from the CRS the plan names; degrees when it names none."""
    try:
        if spec.crs is not None:
            import geopandas

            known = known_crs(spec.crs, source)
            geometries = in_wgs84(geopandas.GeoSeries(geometries, crs=known), source).to_numpy()
        check_degrees(geometries, rows, source, spec.area)
    except InputError as error:
        return geometries, [problem for problem in error.problems if isinstance(problem, Problem)]
    return geometries, []
