"""Roads, their classes and speeds, and barriers, for travel times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from geoplan.model.errors import InputError, Problem, show_value
from geoplan.model.schema import CRS, fold
from geoplan.sources.file_presence import check_exists
from geoplan.sources.raw_table import FileSpec, name_file
from geoplan.sources.tables.numerals import as_plain_numbers
from geoplan.sources.tables.table_files import read_table
from geoplan.sources.vector.geometries import beyond_poles
from geoplan.sources.vector.vector_layers import read_vector

if TYPE_CHECKING:
    import geopandas as gpd

_CLASS_HEADERS = ("class", "highway", "fclass", "roadclass", "type")
"""Folded headers of the class of a road, the best first."""
_LINES = ("LineString", "MultiLineString")


@dataclass(frozen=True)
class Roads:
    """Roads as lines, and the class of each.

    Parameters
    ----------
    lines : GeoDataFrame
        EPSG:4326.
    classes : Series of str
    name : str
        The files, for messages.
    """

    lines: gpd.GeoDataFrame
    classes: pd.Series[str]
    name: str


def read_roads(files: Sequence[Path]) -> Roads:
    """Read road layers as one.

    The class is in a column ``class``, ``highway``, ``fclass``, ``road_class`` or ``type``.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    import geopandas as gpd

    problems: list[Problem | str] = []
    shapes: list[Any] = []
    classes: list[pd.Series[str]] = []
    for file in files:
        try:
            raw = read_vector(name_file(file))
        except InputError as error:
            problems += error.problems
            continue
        headers = {fold(str(header)): str(header) for header in raw.table.columns}
        header = next((headers[name] for name in _CLASS_HEADERS if name in headers), None)
        if header is None:
            listed = ", ".join(show_value(name) for name in headers.values() if name != "geometry")
            advice = "add a column class to the layer, such as primary or track"
            message = f"no column gives the class of a road; the layer has {listed or 'no column'}"
            problems.append(Problem(raw.source, message, column="class", way_out=advice))
            continue
        lines = raw.table["geometry"].to_numpy()
        empty = raw.table[header].isna() | shapely.is_missing(lines) | shapely.is_empty(lines)
        if empty.any():
            rows = tuple(int(row) for row in raw.rows[empty])
            advice = "fill the class, or remove the row"
            problems.append(Problem(raw.source, "roads without class or shape", header, rows, way_out=advice))
        kinds = raw.table["geometry"].map(lambda shape: None if shape is None else shape.geom_type)
        wrong = kinds.notna() & ~kinds.isin(_LINES)
        if wrong.any():
            rows, values = tuple(int(row) for row in raw.rows[wrong]), tuple(kinds[wrong])
            problems.append(
                Problem(raw.source, "roads that are no lines", "geometry", rows, values, "give lines only")
            )
        problems += beyond_poles(lines, raw)
        shapes += lines.tolist()
        classes.append(raw.table[header].astype(str))
    if problems:
        raise InputError(problems)
    lines = gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, crs=CRS))
    return Roads(lines, pd.concat(classes, ignore_index=True), ", ".join(file.name for file in files))


def read_speeds(path: Path) -> tuple[pd.Series[float], str]:
    """Read a table of speeds: ``class``, ``kmh``, ``source`` and ``year``.

    Returns
    -------
    speeds : Series of float
        km/h by class.
    said : str
        Sources and years, for people.
    """
    check_exists(path)
    raw = read_table(FileSpec(path))
    headers = {fold(str(header)): str(header) for header in raw.table.columns}
    missing = [name for name in ("class", "kmh", "source", "year") if name not in headers]
    if missing:
        advice = "the table needs class, kmh, source and year; one row has the class walking"
        raise InputError(
            [Problem(raw.source, "a column is missing", name, way_out=advice) for name in missing]
        )
    table = raw.table.rename(columns={header: name for name, header in headers.items()})
    problems = []
    for name in ("class", "source", "year"):
        empty = table[name].isna()
        if empty.any():
            rows = tuple(int(row) for row in raw.rows[empty])
            problems.append(
                Problem(raw.source, "cells are empty", name, rows, way_out="say where it is from")
            )
    twice = table["class"].duplicated(keep=False)
    if twice.any():
        rows = tuple(int(row) for row in raw.rows[twice])
        values = tuple(table.loc[twice, "class"])
        problems.append(Problem(raw.source, "classes that occur twice", "class", rows, values, "keep one"))
    numbers = pd.to_numeric(as_plain_numbers(table["kmh"]), errors="coerce")
    wrong = ~numbers.between(0, 300)
    if wrong.any():
        rows = tuple(int(row) for row in raw.rows[wrong])
        values, advice = tuple(table.loc[wrong, "kmh"]), "write km/h, such as 4.5; 0 closes a class"
        problems.append(Problem(raw.source, "speeds that are none", "kmh", rows, values, advice))
    if problems:
        raise InputError(problems)
    speeds = pd.Series(numbers.to_numpy(dtype=float), index=table["class"].astype(str))
    sources = dict.fromkeys(
        f"{source}, {year}" for source, year in zip(table["source"], table["year"], strict=True)
    )
    return speeds, "; ".join(sources)
