"""The districts of a plan: a boundary layer read, made valid and ordered, with attributes from a table beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.model.errors import Problem, raise_if, show_value
from geoplan.model.schema import CRS, SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def read_layer(spec: FileSpec, *, as_given: bool = False) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Read a boundary layer as the table districts, ordered by code, with remarks about it.

    Parameters
    ----------
    spec : FileSpec
    as_given : bool
        Leave invalid boundaries and codes that occur twice as they are, in the file's order, to be
        looked at.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    table = replace(TABLES["districts"], key=()) if as_given else TABLES["districts"]
    conformed = read(spec, table)
    raise_if(conformed.problems)
    if as_given:
        import geopandas as gpd

        return gpd.GeoDataFrame(conformed.frame, geometry="geometry", crs=CRS), conformed.remarks
    districts, repaired = as_layer(conformed.frame)
    return districts, [*conformed.remarks, *repaired]


def as_layer(frame: pd.DataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the table districts as a layer, its shapes valid, ordered by code; and which were made valid."""
    import geopandas as gpd

    layer, repaired = _repair_shapes(gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS))
    return layer.sort_values("district", ignore_index=True), repaired


def with_attributes(districts: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Let a table of district attributes (same codes, no geometry) overrule those of the boundary file."""
    from geoplan.model.schema import DISTRICTS

    table = replace(
        DISTRICTS,
        name="district attributes",
        columns=tuple(column for column in DISTRICTS.columns if column.kind != "geometry"),
    )
    given = read(FileSpec(path), table)
    codes = set(districts["district"])
    problems = list(given.problems)
    if not problems:
        for missing, where in (
            (codes - set(given.frame["district"]), path.name),
            (set(given.frame["district"]) - codes, "the boundary file"),
        ):
            if missing:
                problems.append(
                    Problem(
                        where,
                        "districts are missing",
                        column="district",
                        values=tuple(sorted(missing)),
                        way_out="both need the same codes",
                    )
                )
    if problems:
        return districts, problems, given.detected
    merged = given.frame.drop(columns=[SOURCE_FILE, SOURCE_ROW]).merge(
        districts[["district", "geometry", SOURCE_FILE, SOURCE_ROW]], on="district"
    )
    return merged, [], given.detected


def _repair_shapes(districts: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Make invalid boundaries valid, and say which."""
    import shapely

    invalid = ~shapely.is_valid(districts.geometry.to_numpy())
    if not invalid.any():
        return districts, []
    listed = ", ".join(show_value(code) for code in districts.loc[invalid, "district"][:5])
    mended = districts.geometry.to_numpy().copy()
    mended[invalid] = shapely.make_valid(mended[invalid], method="structure", keep_collapsed=False)
    districts = districts.set_geometry(mended, crs=CRS)
    return districts, [f"{int(invalid.sum())} invalid district boundaries were made valid: {listed}"]
