"""Year columns: turn columns that stand for years into rows, one per record and year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.choices import KINDS
from geoplan.model.errors import Problem, list_first, show_value
from geoplan.model.schema import GIVEN_YEAR, KIND_SYNONYMS, Table
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import as_text

_YEAR = r"(?<!\d)(?:19\d\d|20\d\d|13[5-9]\d|14[0-5]\d|25[3-9]\d)(?!\d)"
YEAR_IN_TEXT = re.compile(_YEAR)
"""A year of a plan: Gregorian, Bikram Sambat, Hijri or Buddhist."""
_VALUE = {"spending": "amount"}
_TURNED = ("profile", "spending")
_EXAMPLE = {
    "profile": 'years = { "Population {year}" = "population" }',
    "spending": 'years = "{year}", or years = { "Paid {year}" = { kind = "disbursement" } }',
}


@dataclass(frozen=True)
class _Pattern:
    """A pattern of headers such as ``Paid {year}``, the column of its cells, and its constants."""

    text: str
    column: str
    constants: Mapping[str, str] = field(default_factory=dict)

    def year_of(self, header: str) -> int | None:
        """Return the year of a header that matches; letter case and width of spaces are ignored."""
        text = _plain(self.text)
        given = YEAR_IN_TEXT.search(text)
        if given and "{year}" not in text:
            return int(given[0]) if text == _plain(header) else None
        parts = [re.escape(part).replace(r"\*", ".*") for part in text.split("{year}")]
        fits = re.fullmatch(f"({_YEAR})".join(parts), _plain(header))
        return int(fits[1]) if fits else None


@dataclass(frozen=True)
class _Slot:
    """One output row of each record: a year, its constants, and the header of each value column."""

    year: int
    constants: Mapping[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Turned:
    """A raw table with one row per record and year, and the header of each value.

    Parameters
    ----------
    raw : RawTable
        With a column ``year`` and the value columns; ``rows`` are the rows of the file.
    headers : mapping of str to list of str
        For each value column, the header of each row's value.
    problems : list of Problem
    """

    raw: RawTable
    headers: Mapping[str, list[str]]
    problems: list[Problem]

    def locate(self, problems: Iterable[Problem]) -> list[Problem]:
        """Replace positions in the turned table by rows and headers of the file."""
        rows = self.raw.rows.to_numpy()
        located = []
        for problem in problems:
            groups: dict[str, dict[tuple[int, int], object]] = {}
            for at, position in enumerate(problem.rows):
                column = (
                    self.headers[problem.column][position]
                    if problem.column in self.headers
                    else problem.column
                )
                value = problem.values[at] if problem.values else None
                groups.setdefault(column, {}).setdefault(
                    (int(rows[position]), 0 if column == problem.column else at), value
                )
            for column, places in groups.items():
                values = tuple(places.values()) if problem.values else ()
                located.append(
                    replace(problem, column=column, rows=tuple(row for row, _ in places), values=values)
                )
            if not groups:
                located.append(problem)
        return located


def years_to_rows(raw: RawTable, table: Table, spec: FileSpec) -> Turned:
    """Turn year columns into rows, by the key ``years`` of the plan file.

    An empty cell makes no row.

    How this works: each header that matches a pattern belongs to a slot (a year and its constants). Every
    record is repeated once per slot with NumPy's repeat and tile, then rows without a value are dropped.

    Parameters
    ----------
    raw : RawTable
    table : Table
        ``spending`` or ``profile``.
    spec : FileSpec
        ``years``: patterns of headers, such as ``{year}`` or ``Paid {year}``; ``*`` matches any text.

    Returns
    -------
    Turned
        The table unchanged if there are ``problems``.
    """
    patterns, problems = _patterns(spec, table)
    headers = [str(name) for name in raw.table.columns]
    slots, found = ([], []) if problems else _slots(patterns, headers, raw.source)
    problems += found or ([] if problems else _clashes(patterns, headers, table, spec, raw.source))
    if problems:
        return Turned(raw, {}, problems)
    values = list(dict.fromkeys(pattern.column for pattern in patterns))
    taken = {header for slot in slots for header in slot.headers.values()}
    kept = [at for at, header in enumerate(headers) if header not in taken]
    count = len(raw.table)
    turned: dict[str, Any] = {"year": np.tile(np.array([slot.year for slot in slots], dtype=object), count)}
    for name in dict.fromkeys(name for slot in slots for name in slot.constants):
        turned[name] = np.tile(np.array([slot.constants.get(name) for slot in slots], dtype=object), count)
    kinds = {(slot.year, tuple(slot.constants.items())) for slot in slots}
    if table.name == "spending" and len(kinds) < len(slots):
        # Quarters of a year: their headers tell equal amounts apart.
        names = [next(iter(slot.headers.values())) for slot in slots]
        turned[GIVEN_YEAR] = np.tile(np.array(names, dtype=object), count)
    under = {}
    for name in values:
        turned[name] = _values(raw, name, slots, spec)
        under[name] = [slot.headers.get(name, "") for slot in slots]
    repeated = np.repeat(np.arange(count), len(slots))
    frame = pd.DataFrame(turned, dtype=object)
    filled = frame[values].notna().any(axis=1).to_numpy()
    others = raw.table.iloc[repeated, kept].reset_index(drop=True)
    frame = pd.concat([frame, others], axis=1)[filled].reset_index(drop=True)
    width = len(turned)
    place = {old: width + new for new, old in enumerate(kept)}
    result = replace(
        raw,
        table=frame,
        rows=raw.rows.iloc[repeated[filled]].reset_index(drop=True),
        merged=tuple((place[at], top, bottom) for at, top, bottom in raw.merged if at in place),
        tags=tuple([""] * width + [raw.tags[at] for at in kept if at < len(raw.tags)]) if raw.tags else (),
        remarks=(*raw.remarks, *_remarks(raw, headers, taken, int(filled.size - filled.sum()))),
    )
    at_slot = np.tile(np.arange(len(slots)), count)[filled].tolist()
    return Turned(result, {name: [names[slot] for slot in at_slot] for name, names in under.items()}, [])


def _values(raw: RawTable, name: str, slots: list[_Slot], spec: FileSpec) -> Any:
    """Return the values of one column by record and slot; empty cells are None."""
    empty = pd.Series([None] * len(raw.table), dtype=object)
    meanings = spec.values.get(name, {})
    columns = []
    for slot in slots:
        cells = raw.table[slot.headers[name]] if name in slot.headers else empty
        cells = cells.map(lambda cell: meanings.get(as_text(cell), cell), na_action="ignore")
        cells = cells.astype(object).where(cells.notna() & cells.ne(""), None)
        columns.append(cells.to_numpy())
    return np.column_stack(columns).ravel()


def _remarks(raw: RawTable, headers: list[str], taken: set[str], empty: int) -> list[str]:
    remarks = [f"{raw.source}: {len(taken)} year columns are turned into rows"]
    if empty:
        remarks[0] += f"; {empty:,} empty cells are skipped"
    left = [header for header in headers if header not in taken and YEAR_IN_TEXT.search(header)]
    if left:
        listed = list_first(map(show_value, left))
        remarks.append(
            f"{raw.source}: columns with a year that match no pattern of years are not read: {listed}"
        )
    return remarks


def _patterns(spec: FileSpec, table: Table) -> tuple[list[_Pattern], list[Problem]]:
    """Read the key ``years`` of the plan file."""
    if table.name not in _TURNED:
        way_out = f"use years in {' or '.join(f'[{name}]' for name in _TURNED)}"
        return [], [
            Problem("geoplan.toml", f"[{table.name}] does not support years", "years", way_out=way_out)
        ]
    given = spec.years
    entries = (
        given
        if isinstance(given, Mapping)
        else {text: {} for text in ([given] if isinstance(given, str) else given or [])}
    )
    patterns, problems = [], []
    for text, entry in entries.items():
        keys = {"column": entry} if isinstance(entry, str) else dict(entry)
        column = str(keys.pop("column", _VALUE.get(table.name, "")))
        wrong = [name for name in (column, *keys) if name not in table.names or name == "year"]
        if _plain(text).count("{year}") != 1 and len(YEAR_IN_TEXT.findall(text)) != 1:
            wrong = [text]
        if wrong:
            message = "names unknown columns" if wrong != [text] else "names no year"
            problems.append(
                Problem(
                    "geoplan.toml",
                    f"{show_value(text)} under years {message}",
                    values=tuple(name for name in wrong if name and name != text),
                    way_out=f"write it like {_EXAMPLE[table.name]}; the columns are {', '.join(table.names)}",
                )
            )
        patterns.append(_Pattern(text, column, {name: str(value) for name, value in keys.items()}))
    return patterns, problems


def _slots(patterns: list[_Pattern], headers: list[str], source: str) -> tuple[list[_Slot], list[Problem]]:
    """Match headers to patterns, each header once, and group those that make one row."""
    problems = []
    slots: list[_Slot] = []
    by_header: dict[str, str] = {}
    for pattern in patterns:
        fitting = [(year, header) for header in headers if (year := pattern.year_of(header)) is not None]
        years = [year for year, _ in fitting]
        twice = tuple(header for year, header in fitting if years.count(year) > 1)
        claimed = tuple(header for _, header in fitting if header in by_header)
        if not fitting:
            listed = ", ".join(show_value(header) for header in headers[:12])
            way_out = f"write it like the headers: {listed}"
            problems.append(
                Problem(source, f"no header matches {show_value(pattern.text)}", "years", way_out=way_out)
            )
        if twice:
            way_out = "write one pattern for each column, so that nothing is counted twice"
            message = f"several columns of the same year match {show_value(pattern.text)}"
            problems.append(Problem(source, message, "years", values=twice, way_out=way_out))
        if claimed:
            message = f"columns match both {show_value(pattern.text)} and {show_value(by_header[claimed[0]])}"
            way_out = "write the patterns so that each column matches only one"
            problems.append(Problem(source, message, "years", values=claimed, way_out=way_out))
        for year, header in fitting:
            by_header[header] = pattern.text
            slot = next(
                (
                    slot
                    for slot in slots
                    if slot.year == year
                    and slot.constants == pattern.constants
                    and pattern.column not in slot.headers
                ),
                None,
            )
            if slot is None:
                slot = _Slot(year, pattern.constants, {})
                slots.append(slot)
            slot.headers[pattern.column] = header
    return slots, problems


def _clashes(
    patterns: list[_Pattern], headers: list[str], table: Table, spec: FileSpec, source: str
) -> list[Problem]:
    """Refuse a column that is given by years and also by columns, constant or the file."""
    constants = dict.fromkeys(name for pattern in patterns for name in pattern.constants)
    given = ["year", *dict.fromkeys(pattern.column for pattern in patterns), *constants]
    twice = [name for name in given if name in spec.columns or name in spec.constant]
    twice += [name for name in constants if name in headers and name not in twice]
    partly = [name for name in constants if any(name not in pattern.constants for pattern in patterns)]
    problems = []
    if twice:
        way_out = "give it once: under years, under columns, under constant, or in the file"
        problems.append(
            Problem(
                source, "given under years and elsewhere too", "years", values=tuple(twice), way_out=way_out
            )
        )
    if partly:
        way_out = "give it for every pattern under years, or for none"
        problems.append(
            Problem(
                source,
                "given only for some patterns under years",
                "years",
                values=tuple(partly),
                way_out=way_out,
            )
        )
    return problems


def year_headers(raw: RawTable, table: Table, spec: FileSpec) -> list[str]:
    """Return the headers of year columns that match ``years`` of the plan file."""
    patterns, problems = _patterns(spec, table)
    if problems:
        return []
    headers = [str(name) for name in raw.table.columns]
    return [header for header in headers if any(pattern.year_of(header) for pattern in patterns)]


def suggest_years(headers: Iterable[str], table: Table) -> str:
    """Return the key ``years`` to paste for year columns among the headers, or an empty text.

    >>> from geoplan.model.schema import SPENDING
    >>> suggest_years(["project", "Planned 2011", "Planned 2012"], SPENDING)
    'years are side by side in columns; write in geoplan.toml: [spending] years = { "Planned {year}" = { kind = "budget" } }'
    """
    named = [header for header in headers if len(YEAR_IN_TEXT.findall(header)) in (1, 2)]
    if not named or table.name not in _TURNED:
        return ""
    if len(named) == 1:
        # One header with a year may be anything; it is a column of amounts if a word says so.
        kind = guessed_kind(named[0])
        if not kind or table.name == "profile":
            return ""
        years = f'{{ "{as_pattern(named[0])}" = {{ kind = "{kind}" }} }}'
        return f"the year is in a header; write in geoplan.toml: [{table.name}] years = {years}"
    # A fiscal year such as 2010-2011 counts as its first year here; the planner can move {year}.
    patterns = list(dict.fromkeys(as_pattern(header) for header in named))
    if table.name == "profile":
        years = _inline(f'"{text}" = "{_guessed_column(text, table)}"' for text in patterns)
    elif len(patterns) == 1 and not guessed_kind(patterns[0]):
        years = f'"{patterns[0]}"'
    else:
        years = _inline(f'"{text}" = {{ kind = "{guessed_kind(text) or "…"}" }}' for text in patterns)
    return f"years are side by side in columns; write in geoplan.toml: [{table.name}] years = {years}"


def _inline(entries: Iterable[str]) -> str:
    return f"{{ {', '.join(list(entries)[:6])} }}"


def as_pattern(header: str) -> str:
    """Return a header with its year as ``{year}``, as the key ``years`` has it."""
    text = " ".join(header.split())
    text = YEAR_IN_TEXT.sub("{year}", text, count=1)
    text = YEAR_IN_TEXT.sub("*", text)
    return re.sub(r"(\{year\}\s*[/–-]\s*)(?:\d\d)(?!\d)", r"\1*", text)


def guessed_kind(text: str) -> str:
    """Return the kind of money that a word of a text names, or an empty text."""
    words = re.findall(r"\w+", text.casefold())
    return next(
        (KIND_SYNONYMS.get(word, word) for word in words if word in KIND_SYNONYMS or word in KINDS), ""
    )


def _guessed_column(text: str, table: Table) -> str:
    words = set(re.findall(r"[^\W\d]+", text.replace("{year}", "").casefold()))
    return next((column.name for column in table.columns if column.name in words), "…")


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
