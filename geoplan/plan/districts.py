"""The districts of a plan: reads a boundary layer, makes it valid, sorts it and adds attributes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.geo.boundaries.enclaves import Enclaves, Exclaves, cut_out_enclaves, find_enclaves, keep_exclaves
from geoplan.geo.boundaries.overlaps import find_overlaps
from geoplan.geo.boundaries.validity import ValidShapes, make_valid
from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.longitudes import find_window
from geoplan.geo.polygons import Floats, Shapes, polygons_of
from geoplan.model.errors import InputError, Problem, list_first, raise_if, show_number, show_value
from geoplan.model.schema import CRS, DISTRICTS, SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.plan.district_names import Decisions, match_districts
from geoplan.plan.plan_file import find_plan, read_more_specs, read_settings, read_specs
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec, name_file
from geoplan.sources.vector.vector_layers import read_vector

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


def read_by_code(spec: FileSpec) -> BoundaryLayer:
    """Read a boundary layer in which rows with the same code are one district, and say which these are.

    Raises
    ------
    InputError
        With every other problem of the file.
    """
    conformed = read(spec, replace(TABLES["districts"], key=()))
    raise_if(conformed.problems)
    layer = as_layer(conformed.frame)
    districts = layer.districts
    again = districts["district"].duplicated(keep=False)
    if not again.any():
        return replace(layer, remarks=[*conformed.remarks, *layer.remarks])
    said = [
        f"{show_value(code)} is the code of {len(rows)} rows ({', '.join(map(show_value, names))}), taken as one district"
        for code, rows in districts[again].groupby("district")
        for names in [dict.fromkeys(rows["name"].dropna()) or ("no name",)]
    ]
    merged = districts.dissolve("district", as_index=False)[[*districts.columns]]
    remarks = [*conformed.remarks, *layer.remarks, *(f"{spec.title}: {line}" for line in said)]
    return BoundaryLayer(merged, remarks, layer.notes)


def merge_rows(layer: gpd.GeoDataFrame, source: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Make one district of the rows with the same code and name, at the first of them, and say which.

    Parameters
    ----------
    layer : GeoDataFrame
        As from `read_raw_layer`.
    source : str
        For messages.

    Raises
    ------
    InputError
        Rows with the same code have several names, so they are different districts.
    """
    codes = layer["district"]
    again = codes.duplicated(keep=False)
    if not again.any():
        return layer, []
    names = layer[again].groupby("district")["name"].nunique()
    unlike = codes.isin(names.index[names > 1]).to_numpy()
    if unlike.any():
        rows = tuple(int(row) for row in layer.loc[unlike, SOURCE_ROW])
        values = tuple(
            f"{code} ({name})" for code, name in zip(codes[unlike], layer.loc[unlike, "name"], strict=True)
        )
        advice = "give each district its own code, or name another column as the code"
        raise InputError(
            Problem(
                source, "districts with different names have the same code", "district", rows, values, advice
            )
        )
    shapes = layer.geometry.to_numpy().copy()
    said = []
    for code, rows in layer[again].groupby("district").indices.items():
        at = np.flatnonzero(again)[rows]
        shapes[at[0]] = _in_one(shapes[at])
        said.append(f"{show_value(code)}: {len(at)} rows are one district")
    return layer.set_geometry(shapes, crs=layer.crs)[~codes.duplicated()], said


def _in_one(shapes: Shapes) -> Any:
    """Return shapes as one; faults of invalid ones stay for `repair` to list."""
    parts = shapely.get_parts(polygons_of(shapes))
    return shapely.union_all(parts) if shapely.is_valid(parts).all() else shapely.multipolygons(parts)


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
    if shapely.is_empty(polygons_of(raw.table["geometry"].to_numpy())).all():
        advice = "give the layer with the areas of lakes and rivers, not their lines"
        raise InputError(Problem(path.name, "the layer of water has no areas (polygons)", way_out=advice))
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
        attributes = read_more_specs(settings, toml).get("attributes")
        if attributes is not None:
            found, _ = with_attributes(Conformed(districts, [], []), attributes)
            raise_if(found.problems)
            districts = as_layer(found.frame).districts
    columns = ["district", "name", "name_lo", "aliases", "province", "province_name"]
    listed = pd.DataFrame(districts)[columns]
    return listed[[name for name in columns if name in ("district", "name") or listed[name].notna().any()]]


def as_layer(frame: pd.DataFrame) -> BoundaryLayer:
    """Make shapes valid, and cut enclaves out of the districts around them."""
    import geopandas as gpd

    codes = frame["district"].to_numpy(dtype=object)
    given = _in_one_piece(frame)
    readings = make_valid(given)
    exclaves = keep_exclaves(polygons_of(given), readings.shapes)
    enclaves = find_enclaves(exclaves.shapes)
    shapes = cut_out_enclaves(exclaves.shapes, enclaves)
    layer = gpd.GeoDataFrame(frame.assign(geometry=shapes), geometry="geometry", crs=CRS)
    repaired = codes[readings.repaired]
    remarks = []
    if len(repaired):
        remarks.append(
            f"{len(repaired)} invalid district boundaries were made valid: {_list_codes(repaired)}"
        )
    notes = [
        *_notes_on_readings(codes, readings),
        *_notes_on_exclaves(codes, exclaves),
        *_notes_on_enclaves(codes, exclaves.shapes, enclaves),
        *_notes_on_overlaps(codes, shapes),
    ]
    return BoundaryLayer(layer.sort_values("district", ignore_index=True), remarks, notes)


def _notes_on_readings(codes: Shapes, readings: ValidShapes) -> list[str]:
    """Return a note on invalid boundaries whose two possible readings differ by more than `_REPORTED_PART`."""
    differ = readings.disputed_m2 > 0
    if not differ.any():
        return []
    differ[differ] = readings.disputed_m2[differ] > _REPORTED_PART * geodesic_area(readings.shapes[differ])
    if not differ.any():
        return []
    return [
        f"Invalid boundaries can be read in two ways, which differ by {_km2(readings.disputed_m2[differ])} in "
        f"{_list_codes(codes[differ])}; ground inside a neighbouring district counts as the neighbour's."
    ]


def _notes_on_exclaves(codes: Shapes, exclaves: Exclaves) -> list[str]:
    """Return a note on parts of districts inside another district whose shape has no hole for them."""
    if not len(exclaves.row):
        return []
    ground = geodesic_area(polygons_of(np.array([shapely.union_all(exclaves.parts)], dtype=object)))
    return [
        f"Parts of districts lie inside another district: {_list_codes(codes[exclaves.row])} inside "
        f"{_list_codes(codes[exclaves.outer])}; the {_km2(ground)} that both cover count as "
        "the inner part's."
    ]


def _notes_on_enclaves(codes: Shapes, shapes: Shapes, enclaves: Enclaves) -> list[str]:
    """Return a note on districts inside another district whose shape has no hole for them."""
    if not len(enclaves.inner):
        return []
    shared = geodesic_area(polygons_of(shapely.intersection(shapes[enclaves.inner], shapes[enclaves.outer])))
    return [
        f"Districts lie inside another district: {_list_codes(codes[enclaves.inner])} inside "
        f"{_list_codes(codes[enclaves.outer])}; the {_km2(shared)} that both cover count as the inner district's."
    ]


def _notes_on_overlaps(codes: Shapes, shapes: Shapes) -> list[str]:
    """Return a note on districts that share more than `_REPORTED_PART` of the smaller one's area."""
    found = find_overlaps(shapes, smallest_part=_REPORTED_PART)
    pairs = [
        f"{' and '.join(sorted(map(show_value, (codes[one], codes[other]))))} by {_km2(area)}"
        for one, other, area in zip(found.one, found.other, found.area_m2, strict=True)
        if codes[one] != codes[other]
    ]
    if not pairs:
        return []
    more = f" and {len(pairs) - _LISTED:,} more pairs" if len(pairs) > _LISTED else ""
    return [
        f"Districts overlap: {', '.join(pairs[:_LISTED])}{more}; places that both cover count for the lower code."
    ]


def _list_codes(codes: Shapes) -> str:
    return list_first(map(show_value, dict.fromkeys(codes.tolist())))


def _km2(areas_m2: Floats) -> str:
    total = np.sum(areas_m2) / 1e6
    return f"{total:,.0f} km²" if total >= 1000 else f"{show_number(total, 3)} km²"


def with_attributes(
    layer: Conformed, spec: FileSpec, decisions: Decisions | None = None
) -> tuple[Conformed, tuple[tuple[str, str], ...]]:
    """Replace the attributes of a boundary layer by those of a table with codes or names.

    Attributes that the table has no column for stay those of the layer.

    Parameters
    ----------
    layer : Conformed
        Without problems.
    spec : FileSpec
        The table. Without codes, each row is found by its name and, if given, its province.
    decisions : mapping of (name, province) to str, optional
        Of a planner, about the names of the table.

    Returns
    -------
    Conformed, tuple of (name, province)
        With the attributes; the names of the table that are no codes.
    """
    columns = [replace(column, required=False) for column in DISTRICTS.columns if column.kind != "geometry"]
    given = read(spec, replace(DISTRICTS, name="district attributes", columns=tuple(columns)))
    found = replace(
        layer,
        problems=given.problems,
        remarks=[*layer.remarks, *given.remarks],
        detected=[*layer.detected, *given.detected],
        accounts=(*layer.accounts, *given.accounts),
    )
    if SOURCE_ROW not in given.frame:
        return found, ()
    districts, table = layer.frame, given.frame
    named = table.assign(
        district=table["district"].where(table["district"].notna(), table["name"]),
        province=table["province"].where(table["province"].notna(), table["province_name"]),
    )
    coded = match_districts(named, districts, spec.title, "a column with the province", decisions)
    table = table.loc[coded.frame.index]
    unlike = _unlike_districts(coded.frame, districts["district"], spec.title)
    listed = {problem.rows for problem in given.problems}
    problems = [
        *given.problems,
        *coded.problems,
        *(problem for problem in unlike if problem.rows not in listed),
    ]
    if problems:
        return replace(found, problems=problems), coded.names
    own = districts.set_index("district").loc[coded.frame["district"]].reset_index()
    used = {name for one in given.accounts for use in one.columns.values() for name in use.split(", ")}
    kept = [name for name in DISTRICTS.names if name not in used or name == "district"]
    own.index = table.index
    whole = replace(
        found,
        frame=table.assign(**{name: own[name] for name in [*kept, SOURCE_FILE, SOURCE_ROW]}),
        remarks=[*found.remarks, *coded.remarks],
        detected=[*found.detected, *coded.remarks],
    )
    return whole, coded.names


def _unlike_districts(table: pd.DataFrame, codes: pd.Series[str], source: str) -> list[Problem]:
    """List the districts that only the table has, or only the boundary layer, or that the table has twice."""
    given = table["district"]
    missing = codes[~codes.isin(given)]
    found: list[tuple[str, tuple[int, ...], tuple[str, ...], str]] = []
    if len(missing):
        found.append(("has no row for these districts", (), tuple(missing), "add a row for each"))
    for message, mask, way_out in (
        ("has districts that the boundary layer does not have", given.notna() & ~given.isin(codes),
         "correct the code or name, or remove the row"),
        ("has several rows for a district", given.notna() & given.duplicated(keep=False), "keep one of them"),
    ):  # fmt: skip
        if mask.any():
            rows = tuple(int(row) for row in table.loc[mask, SOURCE_ROW])
            found.append((message, rows, tuple(given[mask]), way_out))
    return [
        Problem(source, message, "district", rows, values, way_out)
        for message, rows, values, way_out in found
    ]
