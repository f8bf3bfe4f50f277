"""From what a file holds to a table that keeps its contract, with every fault listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geoplan.errors import Problem, show_value
from geoplan.money import LARGEST_AMOUNT, is_currency, minor_digits, to_minor
from geoplan.schema import CORRECTABLE_KINDS, CRS, KIND_SYNONYMS, KINDS, SOURCE_ROW, Column, Table, fold
from geoplan.sources.raw import FileSpec, Raw
from geoplan.sources.vector import check_degrees

FIRST_YEAR, LAST_YEAR = 1900, 2100

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_FLAGS = {
    "yes": True,
    "y": True,
    "true": True,
    "1": True,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}
_ADMINISTRATIVE_REGION = 1
_ZERO = Decimal(0)
_NOT_READ = object()

Cells: TypeAlias = "pd.Series[Any]"


@dataclass(frozen=True)
class Conformed:
    """A table that keeps its contract as far as ``problems`` does not say otherwise.

    Parameters
    ----------
    frame : DataFrame
        The columns of the table in the order of the schema, then any others of the file, then
        ``source_row``. A spending table has ``amount`` in minor units (int64) and ``rounding``
        (Decimal, currency units: what was given minus what is held).
    problems : list of Problem
    remarks : list of str
    """

    frame: pd.DataFrame
    problems: list[Problem]
    remarks: list[str]


def conform(raw: Raw, table: Table, spec: FileSpec) -> Conformed:
    """Bring a raw table to its contract.

    Parameters
    ----------
    raw : Raw
    table : Table
    spec : FileSpec
        Column mapping, constants, value mapping, number format.

    Returns
    -------
    Conformed
        Never raises for faults of the data: they are all in ``problems``.
    """
    frame, problems, remarks = _find_columns(raw, table, spec)
    if problems:
        return Conformed(frame, problems, remarks)
    for name, meanings in spec.values.items():
        if name in frame:
            frame[name] = frame[name].map(lambda value, known=meanings: known.get(_as_text(value), value))
    for column in table.columns:
        if column.name in frame and column.kind not in ("amount", "geometry"):
            frame[column.name], found = _read_column(frame[column.name], column, raw, spec)
            problems += found
    problems += _SPECIAL.get(table.name, _nothing_special)(frame, raw, spec)
    for column in table.columns:
        if column.name not in frame:
            frame[column.name] = _empty(column, len(frame))
    problems += _doubled_keys(frame, table, raw)
    others = [name for name in frame.columns if name not in table.names]
    frame = frame[[*table.names, *others]]
    frame[SOURCE_ROW] = raw.rows.to_numpy()
    return Conformed(frame, problems, remarks + list(raw.remarks))


def _nothing_special(frame: pd.DataFrame, raw: Raw, spec: FileSpec) -> list[Problem]:
    return []


# --- columns ---------------------------------------------------------------------------------


def _find_columns(raw: Raw, table: Table, spec: FileSpec) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Give the columns their names in the schema: as the plan says, by name, or by a known synonym."""
    headers = [str(name) for name in raw.table.columns]
    frame = raw.table.set_axis(headers, axis=1)
    problems = _unknown_mappings(raw, table, spec, headers)
    taken: dict[str, str] = {
        spec.columns[name]: name for name in spec.columns if spec.columns[name] in headers
    }
    remarks = []
    for column in table.columns:
        if column.name in taken.values() or column.name in spec.constant:
            continue
        header = _header_for(column, [header for header in headers if header not in taken])
        if header is not None:
            taken[header] = column.name
            if fold(header) != fold(column.name):
                remarks.append(f"{raw.source}: column {show_value(header)} is read as {column.name}")
    frame = frame.rename(columns=taken)
    for name, value in spec.constant.items():
        frame[name] = str(value)
    if spec.currency is not None and "currency" in table.names and "currency" not in frame:
        frame["currency"] = spec.currency
    for column in table.columns:
        if column.required and column.name not in frame and not _lists(problems, column.name):
            problems.append(_missing(raw, column, headers))
    return frame, problems, remarks


def _lists(problems: list[Problem], column: str) -> bool:
    """Tell whether a problem about this column is there already."""
    return any(problem.column == column for problem in problems)


def _header_for(column: Column, headers: list[str]) -> str | None:
    for name in (column.name, *column.synonyms):
        for header in headers:
            if header == name or fold(header) == fold(name):
                return header
    return None


def _unknown_mappings(raw: Raw, table: Table, spec: FileSpec, headers: list[str]) -> list[Problem]:
    problems = []
    for name in (*spec.columns, *spec.constant, *spec.values):
        if name not in table.names:
            problems.append(
                Problem(
                    "geoplan.toml",
                    f"table {table.name} has no such column",
                    values=(name,),
                    way_out=f"its columns are {', '.join(table.names)}",
                )
            )
    for name, header in spec.columns.items():
        if header not in headers and name in table.names:
            problems.append(_missing(raw, table.column(name), headers, wanted=header))
    return problems


def _missing(raw: Raw, column: Column, headers: list[str], wanted: str | None = None) -> Problem:
    from rapidfuzz import fuzz, process

    close = process.extractOne(
        wanted or column.name, headers, scorer=fuzz.WRatio, processor=fold, score_cutoff=70
    )
    guess = f"did you mean {show_value(close[0])}? " if close else ""
    listed = ", ".join(show_value(header) for header in headers[:12] if header != "geometry")
    if column.kind == "geometry":
        way_out = "give a boundary file (GeoPackage, GeoJSON, Shapefile), or a geometry column with WKT"
    else:
        example = close[0] if close else "its header"
        way_out = f'{guess}map it in geoplan.toml under columns: {column.name} = "{example}"'
    return Problem(
        raw.source,
        f"a column is missing: {wanted or column.name} ({column.meaning}); the file has {listed or 'no named column'}",
        column=wanted or column.name,
        way_out=way_out,
    )


def _empty(column: Column, length: int) -> Cells:
    if column.kind in ("integer", "number", "share"):
        return pd.Series(np.full(length, np.nan), dtype="float64")
    if column.kind == "flag":
        return pd.Series(np.zeros(length, dtype=bool))
    if column.kind == "date":
        return pd.Series(np.full(length, "NaT", dtype="datetime64[s]"))
    return pd.Series(np.full(length, None, dtype=object))


# --- cells -----------------------------------------------------------------------------------


def _as_text(value: object) -> str:
    """Write a typed cell as text: 3.0 as 3, a date in ISO form."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return str(value).strip()


def _read_column(cells: Cells, column: Column, raw: Raw, spec: FileSpec) -> tuple[Cells, list[Problem]]:
    """Read one column; cells that can not be read become missing and are listed."""
    problems = []
    missing = cells.isna().to_numpy()
    if column.required and missing.any():
        problems.append(_problem(raw, column, missing, cells, "no value", "every row needs one", show=False))
    reader, advice = _READERS[column.kind]
    distinct = {value: reader(_as_text(value), spec) for value in cells[~missing].unique()}
    values = cells.map(distinct).where(~missing, None)
    bad = np.array([value is _NOT_READ for value in values], dtype=bool)
    if bad.any():
        problems.append(_problem(raw, column, bad, cells, f"not readable as {_WHAT[column.kind]}", advice))
        values = values.where(~bad, None)
    return _typed(values, column), problems


def _typed(values: Cells, column: Column) -> Cells:
    if column.kind in ("integer", "number", "share"):
        return values.astype("float64")
    if column.kind == "year":
        return values.fillna(0).astype("int64")
    if column.kind == "flag":
        return values.fillna(False).astype(bool)
    if column.kind == "date":
        return pd.to_datetime(values.astype(object)).astype("datetime64[s]")
    return values.astype(object)


def _problem(
    raw: Raw, column: Column, mask: Any, cells: Cells, message: str, way_out: str = "", *, show: bool = True
) -> Problem:
    return Problem(
        raw.source,
        message,
        column=column.name,
        rows=tuple(int(row) for row in raw.rows.to_numpy()[mask]),
        values=tuple(cells.to_numpy()[mask]) if show else (),
        way_out=way_out,
    )


def _plain_number(text: str, spec: FileSpec) -> str:
    """Take out the thousands separator and make the decimal mark a point, as the plan says."""
    if spec.thousands:
        text = text.replace(spec.thousands, "")
        if spec.thousands.isspace():
            text = re.sub(r"\s", "", text)
    return text.replace(spec.decimal, ".") if spec.decimal != "." else text


def _read_text(text: str, spec: FileSpec) -> object:
    return text


def _read_number(text: str, spec: FileSpec) -> object:
    text = _plain_number(text, spec)
    return float(text) if _NUMBER.fullmatch(text) else _NOT_READ


def _read_integer(text: str, spec: FileSpec) -> object:
    number = _read_number(text, spec)
    return number if isinstance(number, float) and number.is_integer() and number >= 0 else _NOT_READ


def _read_share(text: str, spec: FileSpec) -> object:
    number = _read_number(text, spec)
    return number if isinstance(number, float) and 0 <= number <= 1 else _NOT_READ


def _read_year(text: str, spec: FileSpec) -> object:
    number = _read_number(text, spec)
    in_range = isinstance(number, float) and number.is_integer() and FIRST_YEAR <= number <= LAST_YEAR
    return int(number) if isinstance(number, float) and in_range else _NOT_READ


def _read_flag(text: str, spec: FileSpec) -> object:
    return _FLAGS.get(text.casefold(), _NOT_READ)


def _read_date(text: str, spec: FileSpec) -> object:
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2}.*)?)?", text):
        return _NOT_READ
    date = pd.to_datetime(text, format="ISO8601", errors="coerce")
    return _NOT_READ if pd.isna(date) else date.tz_localize(None)


_READERS: dict[str, tuple[Callable[[str, FileSpec], object], str]] = {
    "text": (_read_text, ""),
    "integer": (
        _read_integer,
        "write digits only, such as 45000; leave the cell empty when the figure is not known",
    ),
    "number": (_read_number, "write it like 104.21; leave the cell empty when it is not known"),
    "share": (_read_share, "write a part of one: 0.35 for 35 %"),
    "year": (_read_year, f"write a year from {FIRST_YEAR} to {LAST_YEAR}, such as 2012"),
    "flag": (_read_flag, "write yes or no"),
    "date": (_read_date, "write it like 2012-10-31"),
}
_WHAT = {
    "text": "text",
    "integer": "a whole number, 0 or more",
    "number": "a number",
    "share": "a share between 0 and 1",
    "year": "a year",
    "flag": "yes or no",
    "date": "a date",
}


# --- what single tables need besides ---------------------------------------------------------


def _doubled_keys(frame: pd.DataFrame, table: Table, raw: Raw) -> list[Problem]:
    if not table.key:
        return []
    key = list(table.key)
    doubled = frame.duplicated(key, keep=False).to_numpy() & frame[key].notna().all(axis=1).to_numpy()
    if not doubled.any():
        return []
    values = [" / ".join(_as_text(value) for value in row) for row in frame.loc[doubled, key].to_numpy()]
    return [
        Problem(
            raw.source,
            f"{' and '.join(key)} must occur once",
            column=key[-1],
            rows=tuple(int(row) for row in raw.rows.to_numpy()[doubled]),
            values=tuple(values),
            way_out="give each its own code, or merge the rows",
        )
    ]


def _conform_districts(frame: pd.DataFrame, raw: Raw, spec: FileSpec) -> list[Problem]:
    frame["geometry"], problems = _read_geometry(frame, raw, spec)
    import shapely

    kinds = shapely.get_type_id(frame["geometry"].to_numpy())
    wrong = ~np.isin(kinds, (3, 6)) | shapely.is_empty(frame["geometry"].to_numpy())
    if wrong.any() and not problems:
        shown = pd.Series(
            [geometry.geom_type if geometry is not None else "none" for geometry in frame["geometry"]]
        )
        problems.append(
            _problem(
                raw,
                Column("geometry", "geometry", "boundary"),
                wrong,
                shown,
                "a district needs an area (polygon)",
                "give the boundary layer of the districts, with a polygon in each row",
            )
        )
    return problems


def _conform_locations(frame: pd.DataFrame, raw: Raw, spec: FileSpec) -> list[Problem]:
    if "location" not in frame:
        frame["location"] = (frame.groupby("project", sort=False).cumcount() + 1).astype(str)
    missing = frame["location"].isna()
    if missing.any():
        frame.loc[missing, "location"] = [f"row {row}" for row in raw.rows.to_numpy()[missing.to_numpy()]]
    problems = []
    if "precision" in frame:
        outside = ((frame["precision"] < 1) | (frame["precision"] > 9)).to_numpy()
        if outside.any():
            column = Column("precision", "integer", "")
            problems.append(
                _problem(
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


def _precision(frame: pd.DataFrame) -> Cells:
    """Derive a precision code from IATI's location class, administrative level and exactness, where none is given.

    An administrative region is as precise as its level; its coordinates are only where its label is drawn.
    """
    given = frame["precision"] if "precision" in frame else pd.Series(np.nan, index=frame.index)
    level = frame["admin_level"] if "admin_level" in frame else pd.Series(np.nan, index=frame.index)
    by_level = level.map({0: 6.0, 1: 4.0, 2: 3.0})
    region = (frame["location_class"] == _ADMINISTRATIVE_REGION) & level.notna()
    exactness = frame["exactness"] if "exactness" in frame else pd.Series(np.nan, index=frame.index)
    by_exactness = exactness.map({1: 1.0, 2: 2.0}).where(~region)
    return given.where(given.notna(), by_level.where(region, by_exactness))


def _read_geometry(frame: pd.DataFrame, raw: Raw, spec: FileSpec) -> tuple[Any, list[Problem]]:
    """Read WKT cells of a table; geometries of a vector layer are taken as they are."""
    import shapely

    cells = frame["geometry"].to_numpy()
    if not any(isinstance(cell, str) for cell in cells):
        return cells, []
    geometries = shapely.force_2d(
        shapely.from_wkt(
            frame["geometry"].where(frame["geometry"].notna(), None).to_numpy(), on_invalid="ignore"
        )
    )
    bad = pd.isna(geometries) & ~pd.isna(cells)
    problems = []
    if bad.any():
        column = Column("geometry", "geometry", "")
        advice = "write it like POINT (103.65 18.38), longitude first"
        problems.append(_problem(raw, column, bad, frame["geometry"], "not readable as WKT geometry", advice))
    geometries, found = _to_degrees(geometries, raw, spec)
    return geometries, problems + found


def _add_points(frame: pd.DataFrame, raw: Raw, spec: FileSpec) -> list[Problem]:
    """Make points of lon and lat where the row has no geometry of its own."""
    import shapely

    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    half = np.isnan(lon) != np.isnan(lat)
    problems = []
    if half.any():
        problems.append(
            _problem(
                raw,
                Column("lat", "number", ""),
                half,
                frame["lat"],
                "lon or lat is missing",
                "give both or none",
                show=False,
            )
        )
    use = (
        ~np.isnan(lon)
        & ~np.isnan(lat)
        & np.array([geometry is None for geometry in frame["geometry"]], dtype=bool)
    )
    points = np.full(len(frame), None, dtype=object)
    points[use] = shapely.points(lon[use], lat[use])
    points, found = _to_degrees(points, raw, spec)
    frame.loc[use, "geometry"] = points[use]
    return problems + found


def _to_degrees(geometries: Any, raw: Raw, spec: FileSpec) -> tuple[Any, list[Problem]]:
    """Reproject coordinates of a table from the CRS the plan names; degrees when it names none."""
    import geopandas
    import shapely

    from geoplan.errors import InputError
    from geoplan.sources.vector import known_crs

    try:
        if spec.crs is not None:
            known = known_crs(spec.crs, raw.source)
            geometries = geopandas.GeoSeries(geometries, crs=known).to_crs(CRS).to_numpy()
        if any(geometry is not None and not geometry.is_empty for geometry in geometries):
            check_degrees(shapely.total_bounds(geometries), raw.source)
    except InputError as error:
        return geometries, [problem for problem in error.problems if isinstance(problem, Problem)]
    return geometries, []


def _conform_spending(frame: pd.DataFrame, raw: Raw, spec: FileSpec) -> list[Problem]:
    problems = []
    frame["kind"] = frame["kind"].map(_known_kind, na_action="ignore")
    wrong = (~frame["kind"].isin(KINDS) & frame["kind"].notna()).to_numpy()
    if wrong.any():
        advice = f'use {", ".join(KINDS)}; or map your words in geoplan.toml: [spending.values.kind] paid = "disbursement"'
        problems.append(
            _problem(raw, Column("kind", "text", ""), wrong, frame["kind"], "no such kind of money", advice)
        )
    known = {code: is_currency(code) for code in frame["currency"].dropna().unique()}
    wrong = (~frame["currency"].map(known, na_action="ignore").fillna(True).astype(bool)).to_numpy()
    if wrong.any():
        advice = "write the ISO 4217 code, such as EUR, USD or LAK"
        problems.append(
            _problem(
                raw, Column("currency", "text", ""), wrong, frame["currency"], "no such currency", advice
            )
        )
    return problems + _read_amounts(frame, raw, spec, {code for code, fine in known.items() if fine})


def _known_kind(kind: str) -> str:
    return KIND_SYNONYMS.get(kind.casefold(), kind.casefold())


def _read_amounts(frame: pd.DataFrame, raw: Raw, spec: FileSpec, currencies: set[str]) -> list[Problem]:
    """Read amounts exactly, as integers in minor units plus what rounding took away."""
    digits = {currency: minor_digits(currency) for currency in currencies}
    minor = np.zeros(len(frame), dtype=np.int64)
    rounding = np.full(len(frame), _ZERO, dtype=object)
    faults: dict[str, list[int]] = {"missing": [], "unreadable": [], "negative": [], "large": []}
    may_be_negative = _may_be_negative(frame["kind"], spec)
    for position, (cell, currency) in enumerate(zip(frame["amount"], frame["currency"], strict=True)):
        if pd.isna(cell):
            faults["missing"].append(position)
            continue
        text = _plain_number(_amount_text(cell), spec)
        if not _NUMBER.fullmatch(text):
            faults["unreadable"].append(position)
            continue
        if text.startswith("-") and text.strip("-0.") and not may_be_negative[position]:
            faults["negative"].append(position)
        value, rest = to_minor(Decimal(text), digits.get(currency, 2))
        if abs(value) > LARGEST_AMOUNT:
            faults["large"].append(position)
        else:
            minor[position], rounding[position] = value, rest if rest else _ZERO
    cells = frame["amount"].copy()
    frame["amount"], frame["rounding"] = minor, rounding
    return [_amount_problem(raw, cells, fault, places) for fault, places in faults.items() if places]


def _may_be_negative(kinds: Cells, spec: FileSpec) -> Any:
    if spec.negative == "corrections":
        return kinds.isin(CORRECTABLE_KINDS).to_numpy()
    return np.full(len(kinds), spec.negative == "accept")


def _amount_text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}"
    return str(cell).strip()


_AMOUNT_FAULTS = {
    "missing": (
        "no amount",
        "write 0 where nothing was spent; leave the row out where the amount is not known",
    ),
    "negative": (
        "a negative amount",
        'write what is meant; if these are corrections, say so in geoplan.toml: [spending] negative = "accept"',
    ),
    "large": ("an amount over 10^15 minor units", "check the currency and the decimal mark"),
}


def _amount_problem(raw: Raw, cells: Cells, fault: str, positions: list[int]) -> Problem:
    values = tuple(cells.iloc[positions])
    if fault == "unreadable":
        message, way_out = "not readable as an amount", _amount_advice([str(value) for value in values])
    else:
        message, way_out = _AMOUNT_FAULTS[fault]
    return Problem(
        raw.source,
        message,
        column="amount",
        rows=tuple(int(row) for row in raw.rows.iloc[positions]),
        values=() if fault == "missing" else values,
        way_out=way_out,
    )


def _amount_advice(values: list[str]) -> str:
    """Say how to get rid of unreadable amounts, by what they look like."""
    advice = ["write digits with a point as the only mark, such as 1234.50"]
    if any(re.search(r"\d,\d{1,2}\b(?!,)", value) for value in values):
        advice.append('or say decimal = "," (and thousands = "." if it is used) in geoplan.toml')
    elif any(re.search(r"\d[,\s\u00a0\u202f]\d{3}", value) for value in values):
        advice.append('or name the separator in geoplan.toml, such as thousands = ","')
    if any(re.search(r"[€$£₭]|[A-Za-z]{3}", value) for value in values):
        advice.append("the currency goes into its own column")
    return "; ".join(advice)


_SPECIAL: dict[str, Callable[[pd.DataFrame, Raw, FileSpec], list[Problem]]] = {
    "districts": _conform_districts,
    "locations": _conform_locations,
    "spending": _conform_spending,
}
