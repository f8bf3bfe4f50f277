"""Headers: match the columns of a file to the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from geoplan.model.errors import Problem, show_value
from geoplan.model.schema import Column, Table, fold
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.standards.hxl import columns_of_tags, tags_of
from geoplan.sources.tables.known_headers import as_level_2, recognise, suggest
from geoplan.sources.tables.year_columns import suggest_years

_SAME_IN_ALL = {"kind": "budget", "currency": "EUR", "year": "2012"}
"""Columns that files often leave out because every row has the same value, with an example."""

PLACES = ("district", "province", "name", "lon", "lat", "geometry", "precision", "admin_level")
"""Columns of locations that say where a place is."""

IS_MISSING = "a column is missing"
"""Start of the message about a required column that a file does not have."""


@dataclass
class HeaderMatch:
    """Which header of a file is which column of a table, as far as it is known."""

    raw: RawTable
    table: Table
    spec: FileSpec
    headers: list[str]
    taken: dict[str, str] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    """Further columns that are read from a header already taken."""
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def is_open(self, name: str) -> bool:
        """Return whether a column still needs a header."""
        return name not in (*self.taken.values(), *self.copies, *self.spec.constant)

    def take(self, header: str, name: str, shown: str = "") -> None:
        """Read a column from a header, and report it unless the header is its name."""
        self.taken[header] = name
        if shown or fold(header) != fold(name):
            self.remarks.append(f"{self.raw.source}: column {show_value(shown or header)} is read as {name}")

    def rename(self, name: str, other: str) -> None:
        """Read another column from the header of a column, if that is open, or none."""
        header = next(header for header, taken in self.taken.items() if taken == name)
        del self.taken[header]
        said = f" is read as {name}"
        self.remarks = [remark for remark in self.remarks if not remark.endswith(said)]
        if self.is_open(other):
            self.take(header, other)

    def header_of(self, name: str) -> str | None:
        """Return the header that a column is read from, also if another column is read from it too."""
        taken = (header for header, column in self.taken.items() if column == name)
        return next(taken, self.copies.get(name))

    @property
    def used(self) -> dict[str, str]:
        """Header to the column or columns that are read from it."""
        also = {header: name for name, header in self.copies.items()}
        return {
            header: f"{name}, {also[header]}" if header in also else name
            for header, name in self.taken.items()
        }

    @property
    def free(self) -> list[str]:
        """Headers that no column is read from."""
        return [header for header in self.headers if header not in self.taken]


def find_columns(
    raw: RawTable, table: Table, spec: FileSpec, matches: HeaderMatch | None = None
) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Rename columns to those of the table: by the plan file, by hashtag, by name, or by a known header.

    The match of its headers need not be given if nothing else uses it.
    """
    matches = match_headers(raw, table, spec) if matches is None else matches
    headers, taken = matches.headers, matches.taken
    aside = _set_aside(headers, taken, spec, _kept_names(table))
    instead = {name: f"{name} is read from {show_value(header)}" for header, name in taken.items()}
    instead |= {name: f"the plan gives one {name} for all rows" for name in spec.constant}
    instead |= dict.fromkeys(_kept_names(table), "geoplan keeps this name for a column of its own")
    remarks = [f"{raw.source}: column {show_value(name)} is not read: {instead[name]}" for name in aside]
    renamed = {**taken, **aside}
    frame = raw.table.set_axis([renamed.get(header, header) for header in headers], axis=1)
    for name, header in matches.copies.items():
        frame[name] = frame[taken[header]]
    for name, value in spec.constant.items():
        frame[name] = str(value)
    if spec.currency is not None and "currency" in table.names and "currency" not in frame:
        frame["currency"] = spec.currency
    problems = matches.problems + _missing_columns(raw, table, frame, matches.free, matches.problems)
    return frame, _with_headers(problems, raw), matches.remarks + remarks


def match_headers(raw: RawTable, table: Table, spec: FileSpec) -> HeaderMatch:
    """HeaderMatch headers to columns, the surest way first."""
    headers = [str(name) for name in raw.table.columns]
    matches = HeaderMatch(raw, table, spec, headers, problems=_unknown_mappings(raw, table, spec, headers))
    for name, wanted in spec.columns.items():
        header = _header_named(wanted, headers)
        if header in matches.taken:
            matches.copies[name] = header
        elif header is not None:
            matches.taken[header] = name
    tags = [as_level_2(tag, spec.level) for tag in tags_of(raw)]
    for position, name in columns_of_tags(tags, table).items():
        header, tag = headers[position], tags[position]
        if header not in matches.taken and matches.is_open(name):
            matches.take(header, name, f"{header} ({tag})" if header != tag else header)
    for column in table.columns:
        if matches.is_open(column.name):
            _match_by_name(column, matches)
    cells = raw.table.set_axis(headers, axis=1)
    for column in table.columns:
        if matches.is_open(column.name) and column.kind != "geometry":
            known = recognise(column, matches.free, cells, spec.level)
            if known is not None:
                matches.take(known, column.name)
    return matches


def name_places(matches: HeaderMatch) -> None:
    """Take a column of locations for the names of places, where it is no identifier: each row has its own place."""
    header_of = {name: header for header, name in matches.taken.items()}
    location, project = header_of.get("location"), header_of.get("project")
    if location is None or project is None or "location" in matches.spec.columns:
        return
    rows = matches.raw.table[[project, location]].dropna()
    if rows.astype(object).duplicated().any() or not {*PLACES} & header_of.keys():
        matches.rename("location", "name")


def _match_by_name(column: Column, matches: HeaderMatch) -> None:
    """HeaderMatch a column to the header with its name or a synonym; two that differ in case only are a problem."""
    free = matches.free
    named = {as_level_2(header, matches.spec.level): header for header in free}
    found = _header_for(column, [*named])
    if found is None:
        return
    header = named[found]
    same = tuple(other for other in free if other.casefold() == header.casefold())
    if len(same) > 1:
        way_out = f"rename or remove one of them, or map it in geoplan.toml under columns: {column.name}"
        problem = Problem(
            matches.raw.source, "columns occur twice", column.name, values=same, way_out=way_out
        )
        matches.problems.append(problem)
    matches.take(header, column.name)


def _missing_columns(
    raw: RawTable, table: Table, frame: pd.DataFrame, left: list[str], listed: list[Problem]
) -> list[Problem]:
    """List the required columns that are missing, except those already listed."""
    if table.name == "districts" and "district" not in frame and not _has_attributes(raw):
        message = "the layer has shapes only; no district has a code"
        advice = "give the layer with its attributes, or add a column of codes, for example in QGIS"
        return [Problem(raw.source, message, way_out=advice)]
    wide = "year" not in frame and suggest_years(left, table)
    problems: list[Problem] = []
    for column in table.columns:
        if wide and (column.kind == "amount" or (column.name == "kind" and "kind = " in wide)):
            continue  # the problem of the missing year already says how to read year columns
        if column.required and column.name not in frame and not _lists(listed, column.name):
            problems.append(_missing(raw, table, column, left))
    return problems


def _has_attributes(raw: RawTable) -> bool:
    return bool(raw.table.drop(columns="geometry", errors="ignore").notna().any(axis=None))


def _with_headers(problems: list[Problem], raw: RawTable) -> list[Problem]:
    """List all headers of the file once, in the first problem about a missing column."""
    headers = ", ".join(show_value(header) for header in raw.table.columns if header != "geometry")
    for at, problem in enumerate(problems):
        if problem.message.startswith(IS_MISSING):
            message = f"{problem.message}; the file has {headers or 'no named column'}"
            return [*problems[:at], replace(problem, message=message), *problems[at + 1 :]]
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


def _kept_names(table: Table) -> set[str]:
    """Return the names of columns that reading adds to a table."""
    added = {*table.read_names} - {*table.names}
    return added | {"rounding"} if added else set()


def _set_aside(
    headers: list[str], taken: Mapping[str, str], spec: FileSpec, kept: set[str]
) -> dict[str, str]:
    """Return a new name for each column whose name belongs to another column, a constant or geoplan itself."""
    given = {*taken.values(), *spec.constant, *kept}
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


def _unknown_mappings(raw: RawTable, table: Table, spec: FileSpec, headers: list[str]) -> list[Problem]:
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
    raw: RawTable, table: Table, column: Column, headers: list[str], wanted: str | None = None
) -> Problem:
    from rapidfuzz import fuzz, process

    if wanted is None:
        close = suggest(
            column, headers, raw.table.set_axis([str(name) for name in raw.table.columns], axis=1)
        )
    else:
        named = process.extractOne(wanted, headers, scorer=fuzz.WRatio, processor=fold, score_cutoff=70)
        close = str(named[0]) if named else None
    guess = f"did you mean {show_value(close)}? " if close else ""
    if column.kind == "geometry":
        way_out = "give a boundary file (GeoPackage, GeoJSON, Shapefile), or a geometry column with WKT"
    elif column.kind == "year" and (side_by_side := suggest_years(headers, table)):
        way_out = side_by_side
    else:
        example = close or "its header"
        way_out = f'{guess}map it in geoplan.toml under columns: {column.name} = "{example}"'
        if column.name in _SAME_IN_ALL:
            way_out += (
                f'; or, the same for all rows, under constant: {column.name} = "{_SAME_IN_ALL[column.name]}"'
            )
    return Problem(
        raw.source,
        f"{IS_MISSING}: {wanted or column.name} ({column.meaning})",
        column=wanted or column.name,
        way_out=way_out,
    )
