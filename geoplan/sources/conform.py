"""Conform: turn a raw table into a table that keeps its contract, and list every problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, list_first, show_value
from geoplan.model.schema import GIVEN_YEAR, SOURCE_FILE, SOURCE_ROW, TABLES, Column, Table
from geoplan.sources.district_headers import (
    add_other_names,
    advise_on_codes,
    find_district_columns,
    list_code_columns,
)
from geoplan.sources.layer_level import add_level
from geoplan.sources.other_codes import add_other_codes
from geoplan.sources.project_table import conform_projects
from geoplan.sources.raw_table import FileSpec, RawTable, without_categories
from geoplan.sources.reading_account import ReadingAccount, account_for
from geoplan.sources.standards.hxl import at_district_level, is_of_districts
from geoplan.sources.tables.amounts import ask_for_unit, conform_spending, strip_currencies, texts_about
from geoplan.sources.tables.calendars import gregorian_years, says_part_of_year
from geoplan.sources.tables.cell_values import (
    Cells,
    as_text,
    choose_style,
    distinct_cells,
    empty_column,
    map_labels,
    read_column,
)
from geoplan.sources.tables.coordinate_pairs import find_pairs, split_pairs
from geoplan.sources.tables.degrees import decimal_degrees
from geoplan.sources.tables.encodings import misread_text
from geoplan.sources.tables.header_currencies import compare_currencies
from geoplan.sources.tables.headers import (
    IS_MISSING,
    PLACES,
    HeaderMatch,
    find_columns,
    match_headers,
    name_places,
)
from geoplan.sources.tables.known_headers import looks_like, names_money
from geoplan.sources.tables.merged_cells import fill_merged
from geoplan.sources.tables.number_formats import contradictions, percent_amounts
from geoplan.sources.tables.numerals import NumeralStyle
from geoplan.sources.tables.percents import shares_of_one
from geoplan.sources.tables.person_counts import counts_in_full
from geoplan.sources.tables.several_values import join_funders, split_cells
from geoplan.sources.tables.totals import compare_totals, take_sums_out
from geoplan.sources.tables.year_columns import YEAR_IN_TEXT, year_headers, years_to_rows
from geoplan.sources.vector.geometries import (
    conform_districts,
    conform_locations,
    conform_points,
    empty_districts,
)


@dataclass(frozen=True)
class Conformed:
    """A table that keeps its contract, except where ``problems`` says otherwise.

    Parameters
    ----------
    frame : DataFrame
        The columns of the table in the order of the schema, then any others of the file, then
        ``source_file`` and ``source_row``. A spending table has ``amount_minor`` (int64) and ``rounding``
        (Decimal, currency units: amount in the file minus amount kept).
    problems : list of Problem
    remarks : list of str
        Everything to report: recognised columns, and all of ``detected``.
    detected : list of str
        What was inferred from the file and could be wrong: encoding, decimal mark, header row.
    accounts : tuple of ReadingAccount
        What was read column by column, for each file, sheet or layer.
    numbered : bool
        Whether geoplan numbered the locations, because the file names none.
    part_of : array of int, optional
        Of a table in several parts, the part of each row.
    """

    frame: pd.DataFrame
    problems: list[Problem]
    remarks: list[str]
    detected: list[str] = field(default_factory=list)
    accounts: tuple[ReadingAccount, ...] = ()
    numbered: bool = False
    part_of: Any = None


def conform(raw: RawTable, table: Table, spec: FileSpec) -> Conformed:
    """Check a raw table against its contract and read its cells.

    Parameters
    ----------
    raw : RawTable
    table : Table
    spec : FileSpec
        Column mapping, constants, value mapping, number format.

    Returns
    -------
    Conformed
        Problems of the data are listed in ``problems``, never raised.
    """
    raw = replace(raw, role=table.name)
    if is_of_districts(table):
        raw = at_district_level(raw)
    recognised: list[str] = []
    if table.name == "districts":
        raw, spec, recognised = find_district_columns(raw, spec)
    matches = match_headers(raw, table, spec) if spec.years is None else None
    paired = find_pairs(raw, table, spec, matches) if matches is not None else spec
    if paired is not spec:
        spec, matches = paired, match_headers(raw, table, paired)
    summed = _without_sums(raw, table, spec, matches)
    if summed.table is not raw.table and matches is not None:
        matches = match_headers(summed, table, spec)
    if spec.own_places and matches is not None and not raw.is_part:
        name_places(matches)
    raw = summed
    if matches is not None:
        found = _conform(raw, table, spec, raw, matches)
        return replace(
            found, problems=[*raw.problems, *found.problems], remarks=[*recognised, *found.remarks]
        )
    turned = years_to_rows(raw, table, spec)
    if turned.problems:
        said = list(raw.remarks)
        accounts = _accounts(raw, table, spec, None, said, match_headers(raw, table, spec))
        return Conformed(raw.table, [*raw.problems, *turned.problems], said, said, accounts)
    # Rows are numbered from 0 while cells are read, so that each problem can be traced to its header.
    counted = replace(turned.raw, rows=pd.Series(np.arange(len(turned.raw.table))))
    matches = match_headers(turned.raw, table, spec)
    found = _conform(turned.raw, table, spec, counted, matches, turned.headers)
    return replace(found, problems=[*raw.problems, *turned.locate(found.problems)])


def _without_sums(raw: RawTable, table: Table, spec: FileSpec, matches: HeaderMatch | None) -> RawTable:
    """Take out rows that are sums of others, and compare all totals of the file with its rows."""
    if table.name in ("projects", "locations") and spec.totals == "leave out":
        return _without_sums_of_others(raw, spec)
    if table.name not in ("spending", "profile"):
        return raw
    if matches is None:
        headers = year_headers(raw, table, spec)
    else:
        header_of = {name: header for header, name in reversed(matches.taken.items())}
        counted = [column.name for column in table.columns if column.kind in ("amount", "integer")]
        headers = [header_of[name] for name in counted if name in header_of]
    raw = take_sums_out(raw, headers, spec)
    return replace(raw, remarks=(*raw.remarks, *compare_totals(raw, headers, spec)))


def _without_sums_of_others(raw: RawTable, spec: FileSpec) -> RawTable:
    """Take out rows that are sums in a column of money, or in the columns of years, of a table that reads no amounts."""
    names = [str(name) for name in raw.table.columns if name != "geometry"]
    years = [name for name in names if YEAR_IN_TEXT.search(name)]
    for headers in [[name] for name in names if names_money(name)] + [years] * bool(years):
        taken = take_sums_out(raw, headers, spec)
        if taken is not raw:
            return taken
    return raw


def _conform(
    raw: RawTable,
    table: Table,
    spec: FileSpec,
    counted: RawTable,
    matches: HeaderMatch,
    headers: Mapping[str, list[str]] | None = None,
) -> Conformed:
    """Read the cells of a raw table; problems use the row numbers of ``counted``."""
    given, style = spec, None
    frame, problems, remarks = find_columns(raw, table, spec, matches)
    detected = list(raw.remarks)
    if problems:
        problems = _with_possible_codes(problems, raw, table)
        accounts = _accounts(raw, table, given, None, detected, matches)
        return Conformed(frame, problems, remarks + detected, detected, accounts)
    if table.name == "districts" and spec.empty == "leave out":
        frame, raw, noticed = _leave_out_empty(frame, raw, spec)
        counted, detected = raw, [*detected, *noticed]
    paired = matches.header_of("lon")
    if paired is not None and paired == matches.header_of("lat"):
        asked, noticed = split_pairs(frame, table.column("lon"), table.column("lat"), paired, raw, spec)
        problems, detected = [*problems, *asked], [*detected, *noticed]
    # Text columns stay categorical; all others are read cell by cell.
    frame = without_categories(frame, [column.name for column in table.columns if column.kind == "text"])
    detected += fill_merged(frame, raw, table)
    for name in spec.values.keys() & {*frame}:
        frame[name] = _with_meanings(frame[name], spec.values[name])
    if "funder" in table.names and "funder" in frame:
        remarks += join_funders(frame, raw, spec)
    if table.name == "locations":
        frame, raw, noticed = split_cells(frame, raw, spec)
        counted, remarks = (raw if headers is None else counted), [*remarks, *noticed]
    for column in table.columns:
        if column.name in frame and column.kind not in ("amount", "geometry"):
            found, noticed = _read_cells(frame, column, raw, counted, spec, headers)
            problems += found
            detected += noticed
        if column.kind == "amount":
            style, found, noticed = _look_at_amounts(frame, table, raw, counted, spec, headers)
            problems += found
            detected += noticed
            spec = replace(spec, decimal=style.decimal, thousands=style.thousands)
    numbered = "location" not in frame
    problems += _SPECIAL.get(table.name, _nothing_special)(frame, counted, spec)
    for name, column in zip(table.read_names, table.columns, strict=True):
        if name not in frame:
            frame[name] = empty_column(column, len(frame))
    frame, raw, counted, noticed = _merge_repeats(frame, raw, counted, table)
    detected = [*detected, *noticed]
    problems += duplicate_keys(frame, table, counted)
    if table.name == "locations":
        problems += _no_place(frame, raw, matches)
    is_layer = table.name == "districts"
    frame = (
        add_level(add_other_codes(add_other_names(frame, matches), matches), matches) if is_layer else frame
    )
    others = [name for name in frame.columns if name not in table.read_names]
    frame = frame[[*table.read_names, *others]]
    frame[SOURCE_FILE] = pd.Categorical.from_codes(
        np.zeros(len(frame), dtype=np.int8), pd.Index([raw.source])
    )
    frame[SOURCE_ROW] = raw.rows.to_numpy()
    detected += _misread_names(frame, table, raw)
    read = frame if not problems else None
    accounts = _accounts(raw, table, given, read, detected, matches, style, headers or {})
    return Conformed(frame, problems, remarks + detected, detected, accounts, numbered)


def _with_possible_codes(problems: list[Problem], raw: RawTable, table: Table) -> list[Problem]:
    """Name the columns that could be the code of a district, where a layer has several and none is surer."""
    if table.name != "districts":
        return problems
    return [
        replace(problem, way_out=advise_on_codes(raw.table) + problem.way_out)
        if problem.column == "district" and problem.message.startswith(IS_MISSING)
        else problem
        for problem in problems
    ]


def _accounts(
    raw: RawTable,
    table: Table,
    spec: FileSpec,
    frame: pd.DataFrame | None,
    notes: Sequence[str],
    matches: HeaderMatch,
    style: NumeralStyle | None = None,
    headers: Mapping[str, list[str]] | None = None,
) -> tuple[ReadingAccount, ...]:
    """Account for a file, also for one with problems; a part of a dataset has no account of its own."""
    if raw.is_part:
        return ()
    return (account_for(raw, table, spec, frame, matches, style, headers or {}, notes),)


def _look_at_amounts(
    frame: pd.DataFrame,
    table: Table,
    raw: RawTable,
    counted: RawTable,
    spec: FileSpec,
    headers: Mapping[str, list[str]] | None,
) -> tuple[NumeralStyle, list[Problem], list[str]]:
    """Take currencies off the amounts, in place, and return how the amounts are written, questions and notes."""
    column = table.column("amount")
    detected = strip_currencies(frame, raw)
    beside = _headers_of(column, frame, raw, headers)
    around = [*texts_about(raw), *(_unread_amounts(raw, table, beside) if headers else ())]
    problems = ask_for_unit(beside, around, frame["currency"], counted, spec) + percent_amounts(raw, beside)
    by_plan = not _headers_of(table.column("currency"), frame, raw, None) and "currency" not in spec.constant
    found, noticed = compare_currencies(beside, frame["currency"], raw, by_plan=by_plan)
    detected += [*noticed, *contradictions(raw, beside, frame["currency"])]
    under = None if headers is None else headers.get(column.name)
    style, ambiguous, said = choose_style(frame[column.name], column, counted, spec, under)
    return style, [*problems, *found, *ambiguous], [*detected, *said]


def _unread_amounts(raw: RawTable, table: Table, beside: Sequence[str]) -> list[str]:
    """Return the headers that look like amounts beside columns of years, such as 'Total (million kip)'.

    The header of a year has no place for the unit: a total of the years names it.
    """
    names = [str(name) for name in raw.table.columns if name != "geometry" and name not in beside]
    return [name for name in names if looks_like(name, table, raw.table[name]) == "amount"]


def _read_cells(
    frame: pd.DataFrame,
    column: Column,
    raw: RawTable,
    counted: RawTable,
    spec: FileSpec,
    headers: Mapping[str, list[str]] | None,
) -> tuple[list[Problem], list[str]]:
    """Read one column of a table in place; percents become shares, and other years Gregorian ones."""
    cells: Cells = frame[column.name]
    problems: list[Problem] = []
    detected: list[str] = []
    if column.kind == "year":
        _keep_parts_of_years(frame, cells, raw)
        by_year = {header for found in (headers or {}).values() for header in found}
        beside = [*_headers_of(column, frame, raw, None), *sorted(by_year)]
        cells, problems, detected = gregorian_years(cells, column, counted, spec, beside)
    if column.kind == "share":
        header = " ".join(_headers_of(column, frame, raw, headers))
        cells, problems, detected = shares_of_one(cells, column, header, counted, spec)
    if column.kind == "integer":
        cells, problems, detected = counts_in_full(
            cells, column, _headers_of(column, frame, raw, headers), counted, spec
        )
    if column.name in ("lon", "lat"):
        cells, problems, detected = decimal_degrees(cells, column, counted, spec)
    under = None if headers is None else headers.get(column.name)
    frame[column.name], found, noticed = read_column(cells, column, counted, spec, under)
    return [*problems, *found], [*detected, *noticed]


def _keep_parts_of_years(frame: pd.DataFrame, cells: Cells, raw: RawTable) -> None:
    """Keep the months, quarters or days of amounts beside their years, in place: they tell equal amounts apart."""
    if raw.is_part or "amount" not in frame or GIVEN_YEAR in frame:
        return
    if any(says_part_of_year(as_text(cell)) for cell in distinct_cells(cells)):
        frame[GIVEN_YEAR] = map_labels(cells, as_text)


def _misread_names(frame: pd.DataFrame, table: Table, raw: RawTable) -> list[str]:
    """Report a column of text that looks as if it was read in the wrong encoding."""
    for column in table.columns:
        if column.kind != "text" or column.name not in frame or _is_ascii(frame[column.name]):
            continue
        found = misread_text(text for text in distinct_cells(frame[column.name]) if isinstance(text, str))
        if found is not None:
            text, meant, encoding = found
            advice = f'{show_value(meant)} in {encoding}; write encoding = "{encoding}" in geoplan.toml, or mend the file'
            said = advice if encoding else "look for the right encoding and write it in geoplan.toml"
            return [
                f"{raw.source}: column {show_value(column.name)} looks misread: {show_value(text)} is {said}"
            ]
    return []


def _is_ascii(cells: Cells) -> bool:
    """Return whether a column in codes has only plain letters, such as a million codes of projects."""
    return isinstance(cells.array, pd.Categorical) and "".join(map(str, cells.array.categories)).isascii()


def _no_place(frame: pd.DataFrame, raw: RawTable, matches: HeaderMatch) -> list[Problem]:
    """Return the problem of locations without any place although the file has columns that are not used."""
    if frame.empty or any(name in frame and frame[name].notna().any() for name in PLACES):
        return []
    # Columns of other tables, and those that geoplan's own exports add, are no places.
    own = ("landed_", "amount_", "illustrative_amounts")
    others = {name for known in TABLES.values() for name in known.names}
    unused = [header for header in matches.free if header not in others and not header.startswith(own)]
    if not unused:
        return []
    listed = ", ".join(show_value(header) for header in unused)
    way_out = f'map one in geoplan.toml: [locations.columns] district = "{unused[0]}" (or lon and lat); not used are {listed}'
    return [Problem(raw.source, "no column gives a place, so all money would be unlocated", way_out=way_out)]


def _leave_out_empty(
    frame: pd.DataFrame, raw: RawTable, spec: FileSpec
) -> tuple[pd.DataFrame, RawTable, list[str]]:
    """Return districts without those whose shape is empty, and say which these are."""
    empty = empty_districts(frame, raw, spec)
    if not empty.any():
        return frame, raw, []
    codes = list_first(map(show_value, frame.loc[empty, "district"]))
    rows = raw.rows[empty]
    kept = replace(
        raw,
        table=raw.table[~empty].reset_index(drop=True),
        rows=raw.rows[~empty].reset_index(drop=True),
    )
    left = (
        "1 district with an empty shape is"
        if len(rows) == 1
        else f"{len(rows):,} districts with an empty shape are"
    )
    remark = f"{raw.source}: {left} left out (row{'s' * (len(rows) > 1)} {list_first(rows)}): {codes}"
    return frame[~empty].reset_index(drop=True), kept, [remark]


def _merge_repeats(
    frame: pd.DataFrame, raw: RawTable, counted: RawTable, table: Table
) -> tuple[pd.DataFrame, RawTable, RawTable, list[str]]:
    """Return projects without rows that repeat another one in all columns that are read."""
    if table.name != "projects" or not frame.duplicated([*table.key]).any():
        return frame, raw, counted, []
    repeats = frame[[*table.names]].astype(object).duplicated().to_numpy()
    if not repeats.any():
        return frame, raw, counted, []
    kept = ~repeats
    raw = replace(
        raw, table=raw.table[kept].reset_index(drop=True), rows=raw.rows[kept].reset_index(drop=True)
    )
    remark = f"{raw.source}: rows that repeat a project, merged with its first row: {int(repeats.sum()):,}"
    return frame[kept].reset_index(drop=True), raw, raw, [remark]


def _headers_of(
    column: Column, frame: pd.DataFrame, raw: RawTable, headers: Mapping[str, list[str]] | None
) -> list[str]:
    """Return the headers in the file that a column of the table is read from."""
    if headers is not None:
        return list(dict.fromkeys(headers.get(column.name, ())))
    names = zip(frame.columns, raw.table.columns, strict=False)
    return [str(header) for name, header in names if name == column.name]


def _with_meanings(cells: Cells, meanings: dict[str, str]) -> Cells:
    """Replace the words of a column by what the plan file says they mean; an empty word is an empty cell."""
    meant = map_labels(cells, partial(_as_meant, meanings))
    if not meanings.get("") or not meant.isna().any():
        return meant
    return meant.astype(object).where(cells.notna(), meanings[""])


def _as_meant(meanings: dict[str, str], value: object) -> object:
    """Return the meaning that the plan file gives to a value; an empty text means that there is none."""
    meant = meanings.get(as_text(value), value)
    return None if meant == "" else meant


def _nothing_special(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> list[Problem]:
    return []


def duplicate_keys(frame: pd.DataFrame, table: Table, raw: RawTable) -> list[Problem]:
    """Return the problem of rows that share a key, if any do."""
    if not table.key:
        return []
    key = list(table.key)
    if table.name == "profile" and "province" in frame and frame["province"].notna().all():
        key = ["province", *key]  # equal names of districts are told apart when they become codes
    doubled = frame.duplicated(key, keep=False).to_numpy()
    if not doubled.any():
        return []
    doubled = doubled & frame[key].notna().all(axis=1).to_numpy()
    if not doubled.any():
        return []
    values = [" / ".join(as_text(value) for value in row) for row in frame.loc[doubled, key].to_numpy()]
    others = list_code_columns(raw.table) if table.name == "districts" else []
    instead = f', or read another column as the code: district = "{others[0]}"' if others else ""
    return [
        Problem(
            raw.source,
            f"{' and '.join(key)} must be unique",
            column=key[-1],
            rows=tuple(int(row) for row in raw.rows.to_numpy()[doubled]),
            values=tuple(values),
            way_out=f"give each row its own code, or merge the rows{instead}",
        )
    ]


_SPECIAL: dict[str, Callable[[pd.DataFrame, RawTable, FileSpec], list[Problem]]] = {
    "districts": conform_districts,
    "projects": conform_projects,
    "locations": conform_locations,
    "points": conform_points,
    "spending": conform_spending,
}


def empty_table(name: str) -> pd.DataFrame:
    """Return one of the five tables without rows, with all columns that a conformed table has.

    Parameters
    ----------
    name : str
        Among `geoplan.model.schema.TABLES`.
    """
    names = (*TABLES[name].read_names, *(("rounding",) if name == "spending" else ()))
    frame = pd.DataFrame({column: pd.Series([], dtype=object) for column in names})
    frame[SOURCE_FILE], frame[SOURCE_ROW] = pd.Categorical([]), pd.Series([], dtype="int64")
    return frame
