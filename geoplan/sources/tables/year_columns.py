"""Years that stand side by side as columns, turned into rows: one for each record and year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.choices import KINDS
from geoplan.model.errors import Problem, show_value
from geoplan.model.schema import KIND_SYNONYMS, Table
from geoplan.sources.raw_table import FileSpec, Raw
from geoplan.sources.tables.cell_values import as_text

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_VALUE = {"spending": "amount"}
_TURNED = ("profile", "spending")
_EXAMPLE = {
    "profile": 'years = { "Population {year}" = "population" }',
    "spending": 'years = "{year}", or years = { "Paid {year}" = { kind = "disbursement" } }',
}


@dataclass(frozen=True)
class _Pattern:
    """Headers such as ``Paid {year}``, the column their cells belong to, and what else each of them says."""

    text: str
    column: str
    says: Mapping[str, str] = field(default_factory=dict)

    def year_of(self, header: str) -> int | None:
        """Return the year a header names, when it fits: letter case and the width of spaces do not count."""
        text = _plain(self.text)
        given = _YEAR.search(text)
        if given and "{year}" not in text:
            return int(given[0]) if text == _plain(header) else None
        parts = [re.escape(part).replace(r"\*", ".*") for part in text.split("{year}")]
        fits = re.fullmatch(r"(?<!\d)((?:19|20)\d\d)(?!\d)".join(parts), _plain(header))
        return int(fits[1]) if fits else None


@dataclass(frozen=True)
class _Slot:
    """What becomes one row of each record: a year, what its headers say, and the header of each column of values."""

    year: int
    says: Mapping[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Turned:
    """A raw table with a row for each record and year, and where each value stood.

    Parameters
    ----------
    raw : Raw
        With a column ``year`` and those of the values; ``rows`` are still those of the file.
    headers : mapping of str to list of str
        For each column of values, the header that each row's value stood under.
    problems : list of Problem
    """

    raw: Raw
    headers: Mapping[str, list[str]]
    problems: list[Problem]

    def locate(self, problems: Iterable[Problem]) -> list[Problem]:
        """Give problems whose rows are positions in the turned table the rows and headers of the file."""
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


def turn_years(raw: Raw, table: Table, spec: FileSpec) -> Turned:
    """Turn the columns that stand for years into rows, as ``years`` of the plan file says.

    An empty cell of spending, or a year without any figure of a district, makes no row.

    Parameters
    ----------
    raw : Raw
    table : Table
        ``spending`` or ``profile``.
    spec : FileSpec
        Its ``years``: patterns of headers, such as ``{year}`` or ``Paid {year}``, where ``*`` stands for
        any text.

    Returns
    -------
    Turned
        As given, when its ``problems`` say why it can not be turned.
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
    for name in dict.fromkeys(name for slot in slots for name in slot.says):
        turned[name] = np.tile(np.array([slot.says.get(name) for slot in slots], dtype=object), count)
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


def _values(raw: Raw, name: str, slots: list[_Slot], spec: FileSpec) -> Any:
    """Return the values of one column, record by record and within each slot by slot; empty ones are None."""
    empty = pd.Series([None] * len(raw.table), dtype=object)
    meanings = spec.values.get(name, {})
    columns = []
    for slot in slots:
        cells = raw.table[slot.headers[name]] if name in slot.headers else empty
        cells = cells.map(lambda cell: meanings.get(as_text(cell), cell), na_action="ignore")
        cells = cells.astype(object).where(cells.notna() & cells.ne(""), None)
        columns.append(cells.to_numpy())
    return np.column_stack(columns).ravel()


def _remarks(raw: Raw, headers: list[str], taken: set[str], empty: int) -> list[str]:
    remarks = [f"{raw.source}: {len(taken)} columns of years are turned into rows"]
    if empty:
        remarks[0] += f"; {empty:,} empty cells make none"
    left = [header for header in headers if header not in taken and _YEAR.search(header)]
    if left:
        listed = ", ".join(show_value(header) for header in left[:5]) + (" …" if len(left) > 5 else "")
        remarks.append(
            f"{raw.source}: columns that name a year, but fit nothing under years, are not counted: {listed}"
        )
    return remarks


def _patterns(spec: FileSpec, table: Table) -> tuple[list[_Pattern], list[Problem]]:
    """Read what the plan file says under years."""
    if table.name not in _TURNED:
        way_out = f"it is for {' and '.join(_TURNED)}"
        return [], [
            Problem("geoplan.toml", f"table {table.name} has no years to turn", "years", way_out=way_out)
        ]
    given = spec.years
    entries = (
        given
        if isinstance(given, Mapping)
        else {text: {} for text in ([given] if isinstance(given, str) else given or [])}
    )
    patterns, problems = [], []
    for text, entry in entries.items():
        says = {"column": entry} if isinstance(entry, str) else dict(entry)
        column = str(says.pop("column", _VALUE.get(table.name, "")))
        wrong = [name for name in (column, *says) if name not in table.names or name == "year"]
        if _plain(text).count("{year}") != 1 and len(_YEAR.findall(text)) != 1:
            wrong = [text]
        if wrong:
            message = "says nothing that can be turned into rows" if wrong != [text] else "names no year"
            problems.append(
                Problem(
                    "geoplan.toml",
                    f"{show_value(text)} under years {message}",
                    values=tuple(name for name in wrong if name and name != text),
                    way_out=f"write it like {_EXAMPLE[table.name]}; the columns are {', '.join(table.names)}",
                )
            )
        patterns.append(_Pattern(text, column, {name: str(value) for name, value in says.items()}))
    return patterns, problems


def _slots(patterns: list[_Pattern], headers: list[str], source: str) -> tuple[list[_Slot], list[Problem]]:
    """Find the headers that fit the patterns, each once, and gather those that make one row."""
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
            way_out = f"write it as the headers are: {listed}"
            problems.append(
                Problem(source, f"no column fits {show_value(pattern.text)}", "years", way_out=way_out)
            )
        if twice:
            way_out = "write a pattern for each, so that nothing is counted twice"
            message = f"several columns of one year fit {show_value(pattern.text)}"
            problems.append(Problem(source, message, "years", values=twice, way_out=way_out))
        if claimed:
            message = f"columns fit {show_value(pattern.text)} and {show_value(by_header[claimed[0]])}"
            way_out = "write the patterns so that each column fits one"
            problems.append(Problem(source, message, "years", values=claimed, way_out=way_out))
        for year, header in fitting:
            by_header[header] = pattern.text
            slot = next(
                (
                    slot
                    for slot in slots
                    if slot.year == year and slot.says == pattern.says and pattern.column not in slot.headers
                ),
                None,
            )
            if slot is None:
                slot = _Slot(year, pattern.says, {})
                slots.append(slot)
            slot.headers[pattern.column] = header
    return slots, problems


def _clashes(
    patterns: list[_Pattern], headers: list[str], table: Table, spec: FileSpec, source: str
) -> list[Problem]:
    """Refuse to say one thing in two ways: by years, and by columns or constant, or a column of the file."""
    said = dict.fromkeys(name for pattern in patterns for name in pattern.says)
    given = ["year", *dict.fromkeys(pattern.column for pattern in patterns), *said]
    twice = [name for name in given if name in spec.columns or name in spec.constant]
    twice += [name for name in said if name in headers and name not in twice]
    partly = [name for name in said if any(name not in pattern.says for pattern in patterns)]
    problems = []
    if twice:
        way_out = "say it in one place: under years, or in a column, columns or constant"
        problems.append(
            Problem(
                source, "is said under years and elsewhere too", "years", values=tuple(twice), way_out=way_out
            )
        )
    if partly:
        way_out = "say it for each pattern under years, or for none"
        problems.append(
            Problem(
                source,
                "is said for some patterns under years only",
                "years",
                values=tuple(partly),
                way_out=way_out,
            )
        )
    return problems


def suggest_years(headers: Iterable[str], table: Table) -> str:
    """Say how years that stand side by side can be declared, or nothing when there are none.

    >>> from geoplan.model.schema import SPENDING
    >>> suggest_years(["project", "Planned 2011", "Planned 2012"], SPENDING)
    'years stand side by side here; say so in geoplan.toml: [spending] years = { "Planned {year}" = { kind = "budget" } }'
    """
    named = [header for header in headers if len(_YEAR.findall(header)) in (1, 2)]
    if len(named) < 2 or table.name not in _TURNED:
        return ""
    # Of a fiscal year such as 2010-2011 the first year counts here; the planner may move the mark.
    patterns = list(dict.fromkeys(_as_pattern(header) for header in named))
    if table.name == "profile":
        years = _inline(f'"{text}" = "{_guessed_column(text, table)}"' for text in patterns)
    elif len(patterns) == 1 and not _guessed_kind(patterns[0]):
        years = f'"{patterns[0]}"'
    else:
        years = _inline(f'"{text}" = {{ kind = "{_guessed_kind(text) or "…"}" }}' for text in patterns)
    return f"years stand side by side here; say so in geoplan.toml: [{table.name}] years = {years}"


def _inline(entries: Iterable[str]) -> str:
    return f"{{ {', '.join(list(entries)[:6])} }}"


def _as_pattern(header: str) -> str:
    text = " ".join(header.split())
    text = _YEAR.sub("{year}", text, count=1)
    text = _YEAR.sub("*", text)
    return re.sub(r"(\{year\}\s*[/–-]\s*)(?:\d\d)(?!\d)", r"\1*", text)


def _guessed_kind(text: str) -> str:
    words = re.findall(r"\w+", text.casefold())
    return next(
        (KIND_SYNONYMS.get(word, word) for word in words if word in KIND_SYNONYMS or word in KINDS), ""
    )


def _guessed_column(text: str, table: Table) -> str:
    words = set(re.findall(r"[^\W\d]+", text.replace("{year}", "").casefold()))
    return next((column.name for column in table.columns if column.name in words), "…")


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
