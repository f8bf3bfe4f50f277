"""Headers: match the columns of a file to the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geoplan.model.errors import Problem, show_value
from geoplan.model.schema import TABLES, Column, Table, fold
from geoplan.sources.raw_table import FileSpec, Raw
from geoplan.sources.standards.hxl import columns_of_tags
from geoplan.sources.tables.year_columns import suggest_years

_SAME_IN_ALL = {"kind": "budget", "currency": "EUR", "year": "2012"}
"""Columns that files often leave out because every row has the same value, with an example."""


def find_columns(raw: Raw, table: Table, spec: FileSpec) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Rename columns to those of the table: by the plan file, by hashtag, by name, or by a known synonym."""
    headers = [str(name) for name in raw.table.columns]
    frame = raw.table.set_axis(headers, axis=1)
    problems = _unknown_mappings(raw, table, spec, headers)
    taken: dict[str, str] = {}
    for name, wanted in spec.columns.items():
        header = _header_named(wanted, headers)
        if header is not None:
            taken[header] = name
    remarks = []
    for position, name in columns_of_tags(raw.tags, table).items():
        if headers[position] not in taken and name not in (*taken.values(), *spec.constant):
            taken[headers[position]] = name
            shown = f" ({raw.tags[position]})" if headers[position] != raw.tags[position] else ""
            remarks.append(f"{raw.source}: column {show_value(headers[position] + shown)} is read as {name}")
    for column in table.columns:
        if column.name in taken.values() or column.name in spec.constant:
            continue
        free = [header for header in headers if header not in taken]
        header = _header_for(column, free)
        if header is not None:
            same = tuple(other for other in free if other.casefold() == header.casefold())
            if len(same) > 1:
                way_out = (
                    f"rename or remove one of them, or map it in geoplan.toml under columns: {column.name}"
                )
                problems.append(
                    Problem(raw.source, "columns occur twice", column.name, values=same, way_out=way_out)
                )
            taken[header] = column.name
            if fold(header) != fold(column.name):
                remarks.append(f"{raw.source}: column {show_value(header)} is read as {column.name}")
    aside = _set_aside(headers, taken, spec)
    instead = {name: f"{name} is read from {show_value(header)}" for header, name in taken.items()}
    instead |= {name: f"the plan gives one {name} for all rows" for name in spec.constant}
    remarks += [f"{raw.source}: column {show_value(name)} is not read: {instead[name]}" for name in aside]
    frame = frame.rename(columns={**taken, **aside})
    for name, value in spec.constant.items():
        frame[name] = str(value)
    if spec.currency is not None and "currency" in table.names and "currency" not in frame:
        frame["currency"] = spec.currency
    left = [header for header in headers if header not in taken]
    return frame, problems + _missing_columns(raw, table, frame, left, problems), remarks


def header_of(column: Column, raw: Raw, spec: FileSpec) -> str | None:
    """Return the header that a column of a table is read from, or None."""
    headers = [str(name) for name in raw.table.columns]
    if column.name in spec.columns:
        return _header_named(spec.columns[column.name], headers)
    tagged = {name: headers[at] for at, name in columns_of_tags(raw.tags, TABLES[raw.role]).items()}
    return tagged.get(column.name) or _header_for(column, headers)


def _missing_columns(
    raw: Raw, table: Table, frame: pd.DataFrame, left: list[str], listed: list[Problem]
) -> list[Problem]:
    """List the required columns that are missing, except those already listed."""
    wide = "year" not in frame and suggest_years(left, table)
    problems = []
    for column in table.columns:
        if wide and (column.kind == "amount" or (column.name == "kind" and "kind = " in wide)):
            continue  # the problem of the missing year already says how to read year columns
        if column.required and column.name not in frame and not _lists(listed, column.name):
            problems.append(_missing(raw, table, column, left))
    return problems


def _lists(problems: list[Problem], column: str) -> bool:
    """Return whether a problem of this column is already listed."""
    return any(problem.column == column for problem in problems)


def _header_named(wanted: str, headers: list[str]) -> str | None:
    """Return the header named in the plan file: exactly, or the only one with the same letters and digits."""
    if wanted in headers:
        return wanted
    same = [header for header in headers if fold(wanted) and fold(header) == fold(wanted)]
    return same[0] if len(same) == 1 else None


def _set_aside(headers: list[str], taken: Mapping[str, str], spec: FileSpec) -> dict[str, str]:
    """Return a new name for each column whose name the plan file gives to another column or to a constant."""
    given = {*taken.values(), *spec.constant}
    aside = {}
    for header in headers:
        if header in given and header not in taken:
            name = f"{header}_"
            while name in headers:
                name += "_"
            aside[header] = name
    return aside


def _header_for(column: Column, headers: list[str]) -> str | None:
    for name in (column.name, *column.synonyms):
        if name in headers:
            return name
        for header in headers:
            if fold(header) == fold(name):
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
        if _header_named(header, headers) is None and name in table.names:
            problems.append(_missing(raw, table, table.column(name), headers, wanted=header))
    return problems


def _missing(
    raw: Raw, table: Table, column: Column, headers: list[str], wanted: str | None = None
) -> Problem:
    from rapidfuzz import fuzz, process

    close = process.extractOne(
        wanted or column.name, headers, scorer=fuzz.WRatio, processor=fold, score_cutoff=70
    )
    guess = f"did you mean {show_value(close[0])}? " if close else ""
    listed = ", ".join(show_value(header) for header in headers[:12] if header != "geometry")
    if column.kind == "geometry":
        way_out = "give a boundary file (GeoPackage, GeoJSON, Shapefile), or a geometry column with WKT"
    elif column.kind == "year" and (side_by_side := suggest_years(headers, table)):
        way_out = side_by_side
    else:
        example = close[0] if close else "its header"
        way_out = f'{guess}map it in geoplan.toml under columns: {column.name} = "{example}"'
        if column.name in _SAME_IN_ALL:
            way_out += (
                f'; or, the same for all rows, under constant: {column.name} = "{_SAME_IN_ALL[column.name]}"'
            )
    return Problem(
        raw.source,
        f"a column is missing: {wanted or column.name} ({column.meaning}); the file has {listed or 'no named column'}",
        column=wanted or column.name,
        way_out=way_out,
    )
