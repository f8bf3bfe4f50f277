"""The districts of a plan: reads a boundary layer, makes it valid, sorts it and adds attributes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.geo.boundaries.enclaves import Enclaves, cut_out_enclaves, find_enclaves
from geoplan.geo.boundaries.validity import ValidShapes, make_valid
from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.longitudes import find_window
from geoplan.geo.polygons import Floats, Shapes, polygons_of
from geoplan.model.errors import Problem, raise_if, show_value
from geoplan.model.schema import CRS, SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.plan.plan_file import beside, find_plan, read_settings, read_specs, table_key
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec, name_file
from geoplan.sources.vector.vector_layers import read_vector
from geoplan.text.names import Gazetteer

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


_REPORTED_PART = 0.001  # part of a district's area: a smaller difference needs no note
_LISTED = 5


@dataclass(frozen=True)
class BoundaryLayer:
    """A boundary layer as the table districts.

    Parameters
    ----------
    districts : GeoDataFrame
        Valid shapes, ordered by code, EPSG:4326.
    remarks : list of str
        Remarks on the file.
    notes : list of str
        Repairs that can change the district of an amount; every output of the plan states them.
    """

    districts: gpd.GeoDataFrame
    remarks: list[str]
    notes: list[str]


def read_layer(spec: FileSpec) -> BoundaryLayer:
    """Read a boundary layer as the table districts.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    conformed = read(spec, TABLES["districts"])
    raise_if(conformed.problems)
    layer = as_layer(conformed.frame)
    return replace(layer, remarks=[*conformed.remarks, *layer.remarks])


def read_raw_layer(spec: FileSpec, *, keep_empty: bool = True) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Read a boundary layer without mending it, and remarks on the file; for checks and repairs.

    Invalid shapes and repeated codes stay unchanged, in the order of the file. Empty shapes stay too, unless the
    arguments or the specification leave them out.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    import geopandas as gpd

    if keep_empty and spec.empty != "leave out":
        spec = replace(spec, empty="keep")
    conformed = read(spec, replace(TABLES["districts"], key=()))
    raise_if(conformed.problems)
    frame = conformed.frame.assign(geometry=_in_one_piece(conformed.frame))
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS), conformed.remarks


def read_water(path: Path | None) -> gpd.GeoDataFrame | None:
    """Read the polygons of a layer of lakes and rivers; without a path, return None.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    if path is None:
        return None
    import geopandas as gpd

    raw = read_vector(name_file(path))
    return gpd.GeoDataFrame(geometry=raw.table["geometry"].to_numpy(), crs=CRS)


def move_beside(frame: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Shift shapes to the longitudes of the districts if these cross the antimeridian."""
    window = find_window(districts.geometry.to_numpy())
    given = frame.geometry.to_numpy()
    moved = window.move_into(given)
    return frame if moved is given else frame.set_geometry(moved, crs=frame.crs)


def _in_one_piece(frame: pd.DataFrame) -> Shapes:
    shapes = frame["geometry"].to_numpy(dtype=object)
    return find_window(shapes).move_into(shapes)


def list_districts(path: str | Path | None = None) -> pd.DataFrame:
    """List the districts of a boundary file, or of a plan whose other tables may be missing.

    Parameters
    ----------
    path : str or Path, optional
        A plan folder, its ``geoplan.toml``, or a boundary file.

    Returns
    -------
    DataFrame
        ``district`` (code), ``name, aliases, province, province_name``, ordered by code; without empty columns.

    Raises
    ------
    InputError
        With every problem of the section and of the file.
    """
    import pandas as pd

    is_layer = path is not None and not Path(path).is_dir() and Path(path).suffix != ".toml"
    if is_layer:
        districts = read_layer(name_file(Path(str(path)))).districts
    else:
        toml = find_plan(path)
        settings = read_settings(toml)
        specs, problems = read_specs(settings, toml)
        if "districts" not in specs:
            raise_if(problems)
        districts = read_layer(specs["districts"]).districts
        attributes = beside(toml, table_key(settings, "districts", "attributes"))
        if attributes is not None:
            coded, problems, _ = with_attributes(districts, attributes)
            raise_if(problems)
            districts = as_layer(coded).districts
    columns = ["district", "name", "name_lo", "aliases", "province", "province_name"]
    listed = pd.DataFrame(districts)[columns]
    return listed[[name for name in columns if name in ("district", "name") or listed[name].notna().any()]]


def as_layer(frame: pd.DataFrame) -> BoundaryLayer:
    """Make shapes valid, and cut enclaves out of the districts around them."""
    import geopandas as gpd

    codes = frame["district"].to_numpy(dtype=object)
    readings = make_valid(_in_one_piece(frame))
    enclaves = find_enclaves(readings.shapes)
    shapes = cut_out_enclaves(readings.shapes, enclaves)
    layer = gpd.GeoDataFrame(frame.assign(geometry=shapes), geometry="geometry", crs=CRS)
    repaired = codes[readings.repaired]
    remarks = []
    if len(repaired):
        remarks.append(
            f"{len(repaired)} invalid district boundaries were made valid: {_list_codes(repaired)}"
        )
    notes = _notes_on_readings(codes, readings) + _notes_on_enclaves(codes, readings.shapes, enclaves)
    return BoundaryLayer(layer.sort_values("district", ignore_index=True), remarks, notes)


def _notes_on_readings(codes: Shapes, readings: ValidShapes) -> list[str]:
    """Return a note on invalid boundaries whose two possible readings differ by more than `_REPORTED_PART`."""
    area = geodesic_area(readings.shapes)
    differ = readings.disputed_m2 > _REPORTED_PART * area
    if not differ.any():
        return []
    return [
        f"Invalid boundaries can be read in two ways, which differ by {_km2(readings.disputed_m2[differ])} in "
        f"{_list_codes(codes[differ])}; ground inside a neighbouring district counts as the neighbour's."
    ]


def _notes_on_enclaves(codes: Shapes, shapes: Shapes, enclaves: Enclaves) -> list[str]:
    """Return a note on districts inside another district whose shape has no hole for them."""
    if not len(enclaves.inner):
        return []
    import shapely

    shared = geodesic_area(polygons_of(shapely.intersection(shapes[enclaves.inner], shapes[enclaves.outer])))
    return [
        f"Districts lie inside another district: {_list_codes(codes[enclaves.inner])} inside "
        f"{_list_codes(codes[enclaves.outer])}; the {_km2(shared)} that both cover count as the inner district's."
    ]


def _list_codes(codes: Shapes) -> str:
    distinct = list(dict.fromkeys(codes.tolist()))
    more = f" and {len(distinct) - _LISTED:,} more" if len(distinct) > _LISTED else ""
    return ", ".join(show_value(code) for code in distinct[:_LISTED]) + more


def _km2(areas_m2: Floats) -> str:
    return f"{areas_m2.sum() / 1e6:,.3g} km²"


def with_attributes(districts: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Replace the attributes of a boundary file by those of a table with the same codes."""
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
        given = _with_zeros(given, districts, path.name)
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


def _with_zeros(given: Conformed, districts: pd.DataFrame, source: str) -> Conformed:
    """Put back the leading zeros of codes, which spreadsheets take away, where the boundary file has them."""
    strangers = set(given.frame["district"]) - set(districts["district"])
    known = Gazetteer(districts)
    restored = {code: found for code in sorted(strangers) if (found := known.restore_zeros(code)) is not None}
    if not restored or len({*given.frame["district"].replace(restored)}) < len(given.frame):
        return given
    (code, found), *_ = restored.items()
    note = f"{source}: {len(restored)} codes of districts have their leading zeros again: {show_value(code)} is {found}"
    frame = given.frame.assign(district=given.frame["district"].replace(restored))
    return replace(given, frame=frame, detected=[*given.detected, note])
