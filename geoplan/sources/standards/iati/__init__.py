"""IATI: activity files of versions 1.01 to 2.03, streamed, as projects, locations and spending."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem
from geoplan.model.money import (
    LARGEST_AMOUNT,
    from_minor,
    is_currency,
    minor_digits,
    share_units,
    split,
    to_minor,
)
from geoplan.model.schema import SOURCE_FILE, TABLES
from geoplan.sources.conform import Conformed, conform, empty_table
from geoplan.sources.faulty_rows import (
    Elements,
    ReleaseWords,
    join_left_out,
    known_currency,
    read_decimal,
    sort_out,
    sum_at_stake,
)
from geoplan.sources.origins import LEFT_OUT, Bundle, Origin, Surroundings
from geoplan.sources.raw_table import RawTable, without_categories
from geoplan.sources.standards.iati.activities import ActivityReader
from geoplan.sources.standards.iati.places import LOCATION_COLUMNS
from geoplan.sources.standards.iati.rows import PROJECT_COLUMNS, SPENDING_COLUMNS, Division, Rows
from geoplan.sources.standards.iati.stream import stream_activities

_BATCH = 100_000
_HEAVIEST = 2_000_000_000
_SELDOM_TWICE = ("title", "name", "amount", "lon", "lat", "geometry")
_COLUMNS = {"projects": PROJECT_COLUMNS, "locations": LOCATION_COLUMNS, "spending": SPENDING_COLUMNS}
_IATI = ReleaseWords(
    "activity",
    {
        "amount": "value",
        "currency": "currency",
        "year": "transaction-date or period-start",
        "value_date": "value-date",
        "kind": "transaction-type",
        "project": "iati-identifier",
        "lon": "pos or longitude",
        "lat": "pos or latitude",
        "location_class": "location-class",
        "admin_level": "administrative level",
        "start": "activity-date",
        "end": "activity-date",
        "status": "activity-status",
    },
    {"currency": ('set currency = "…" for this source',)},
)
"""Fields of IATI by columns of the tables."""


def read_activities(origin: Origin, around: Surroundings) -> Bundle:
    """Read an IATI activity file.

    Amounts are divided over recipient countries (if the source names one), over the calendar years of a budget's
    period and over sectors, by largest remainder to the minor unit. What is not spending of the activity (incoming
    funds, repayments, pledges) is left out and listed. So are faulty rows, unless ``on_error`` refuses them.

    Parameters
    ----------
    origin : Origin
        Options ``language`` (of titles), ``country`` (only the part for it counts), ``currency`` (if the
        file states none), ``sectors`` (vocabulary), ``percentages`` (``refuse`` or ``rescale``),
        ``planned`` (``budget`` or ``planned-disbursement``) ``on_error`` (``leave out`` or ``refuse``)
        and ``hierarchy`` (``children``, ``parents`` or ``both``: whose money counts).
    around : Surroundings

    Returns
    -------
    Bundle
        ``source_row`` is the line of the element in the file.

    Raises
    ------
    InputError
        The file is not an IATI file. Faults of single activities are in ``problems`` or ``remarks``.
    """
    reader = ActivityReader(origin.options, around)
    rows = Rows()
    finished = _Finished(origin)
    with _uncollected():
        for element, namespaces in stream_activities(origin.path):
            reader.read(element, rows, namespaces)
            if len(rows.spending) + len(rows.divided) + len(rows.locations) >= _BATCH:
                finished.add(rows)
                rows = Rows()
        finished.add(rows)
    name = origin.path.name
    problems = [*reader.notes.listed(name), *finished.problems()]
    if not reader.count:
        problems.append(Problem(name, "the file has no activity", way_out="give another file"))
    frames = {table: _stack(table, parts) for table, parts in finished.tables.items()}
    remarks = [f"{name}: {count:,} {what}" for what, count in sorted(reader.notes.counts.items())]
    remarks += [
        f"{name}: {_IATI.name_projects(projects)} {what}{sum_at_stake(frames['spending'], projects, kinds)}"
        for (what, kinds), projects in sorted(reader.notes.doubts.items())
    ]
    remarks += reader.gazetteers.remarks(name)
    remarks += [remark for conformed in finished.all_tables() for remark in conformed.remarks]
    left_out = join_left_out(finished.left_out)
    parents = {child: frozenset(found) for child, found in reader.parents.items()}
    keep = origin.options.get("hierarchy", "children")
    return Bundle(name, frames, tuple(problems), tuple(remarks), left_out, parents, keep)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the search for cyclic garbage: rows have no cycles, and the search would look at all of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Finished:
    """The tables of all batches so far, and what was left out of them."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.tables: dict[str, list[Conformed]] = {name: [] for name in _COLUMNS}
        self.left_out: list[pd.DataFrame] = []

    def add(self, rows: Rows) -> None:
        """Bring the rows of a batch to the contracts of their tables, and release their text."""
        divided, wholes, others = divide_amounts(rows.divided)
        self.left_out.append(_left_out_frame([*rows.left_out, *others], self.origin))
        tables = {"projects": rows.projects, "locations": rows.locations, "spending": rows.spending + divided}
        elements = {**tables, "spending": rows.spending + wholes}
        for name, records in tables.items():
            if records:
                self._conform(name, records, Elements(_COLUMNS[name], elements[name]))

    def _conform(self, name: str, records: Sequence[tuple[Any, ...]], elements: Elements) -> None:
        raw = _as_raw(records, _COLUMNS[name], self.origin.path.name)
        conformed, left_out = sort_out(
            conform(raw, TABLES[name], self.origin.spec(name)),
            TABLES[name],
            _IATI,
            on_error=self.origin.on_error,
            elements=elements,
        )
        self.left_out.append(left_out)
        frame = without_categories(conformed.frame, [SOURCE_FILE])
        self.tables[name].append(replace(conformed, frame=frame))

    def all_tables(self) -> Iterator[Conformed]:
        """Yield the tables of all batches."""
        for parts in self.tables.values():
            yield from parts

    def problems(self) -> list[Problem]:
        """Return the problems of all batches, those of one message and field together."""
        joined: dict[tuple[str, str], Problem] = {}
        for problem in (problem for conformed in self.all_tables() for problem in conformed.problems):
            key = (problem.message, problem.column)
            first = joined.get(key)
            joined[key] = (
                problem
                if first is None
                else replace(first, rows=first.rows + problem.rows, values=first.values + problem.values)
            )
        return list(joined.values())


def _as_raw(records: Sequence[tuple[Any, ...]], columns: Sequence[str], source: str) -> RawTable:
    """Return rows as a raw table that is numbered from 0, so that a problem leads to its row."""
    *cells, _ = zip(*records, strict=True)
    table = pd.DataFrame(
        {name: _cells(name, values) for name, values in zip(columns, cells, strict=True)}, copy=False
    )
    return RawTable(source, table, pd.Series(np.arange(len(records))), by_program=True)


def _cells(name: str, values: Sequence[Any]) -> pd.Series[Any]:
    """Return a column of cells. Those that repeat are categories, so that each is read once."""
    if name not in _SELDOM_TWICE and values.count(values[0]) == len(values):
        # All cells are the same or missing, so no lookup is needed.
        same = [value for value in values[:1] if value is not None]
        everywhere = np.full(len(values), len(same) - 1, dtype=np.int8)
        return pd.Series(pd.Categorical.from_codes(everywhere, pd.Index(same, dtype=object)))
    column = np.empty(len(values), dtype=object)
    column[:] = values
    if name in _SELDOM_TWICE:
        return pd.Series(column, dtype=object)
    codes, distinct = pd.factorize(column)
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(distinct, dtype=object)))


def divide_amounts(
    divided: Iterable[tuple[tuple[Any, ...], Division]],
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[tuple[Any, ...], str]]]:
    """Divide amounts by recipient, then year, then sector, each by largest remainder.

    Parameters
    ----------
    divided : iterable of (tuple, Division)
        Rows of spending as text, and how each is divided.

    Returns
    -------
    list of tuple, list of tuple, and list of (tuple, str)
        Rows that count, the undivided row of each, and the rows that are left out with the reason. An amount that
        cannot be read is not divided; `conform` lists it.
    """
    kept: list[tuple[Any, ...]] = []
    wholes: list[tuple[Any, ...]] = []
    left: list[tuple[tuple[Any, ...], str]] = []
    rows: list[tuple[tuple[Any, ...], Division]] = []
    read: list[tuple[int, Decimal, int]] = []
    for row, division in divided:
        exact = _exact(row[8], row[7])
        if exact is None:
            kept.append(row)
            wholes.append(row)
        else:
            rows.append((row, division))
            read.append(exact)
    at = np.arange(len(rows))
    amounts = np.array([minor for minor, _, _ in read], dtype=np.int64)
    labels: list[list[Any]] = []
    for level in ("recipients", "years", "sectors"):
        parts = [getattr(rows[place][1], level) for place in at.tolist()]
        group = np.repeat(np.arange(len(at)), [len(part) for part in parts])
        if len(group) > len(at):
            amounts = split(amounts, group, _weights(parts))
        at = at[group]
        labels = [[column[place] for place in group.tolist()] for column in labels]
        labels.append([name for part in parts for name, _ in part])
    first: Any = np.append(True, at[1:] != at[:-1]) if len(at) else []
    for place, minor, leads, reason, year, sector in zip(
        at.tolist(), amounts.tolist(), first, *labels, strict=True
    ):
        row, (_, rest, digits) = rows[place][0], read[place]
        amount = from_minor(minor, digits)
        if leads and rest:
            amount += rest
        made = (*row[:2], sector, row[3], year, *row[5:8], f"{amount:f}", row[9])
        if reason:
            left.append((made, reason))
        elif amount:
            kept.append(made)
            wholes.append(row)
    return kept, wholes, left


def _weights(parts: Sequence[Sequence[tuple[Any, int]]]) -> Any:
    """Return the weights of all parts as they are, or in billionths if they are too large."""
    weights: list[int] = []
    for part in parts:
        own = [weight for _, weight in part]
        if sum(own) > _HEAVIEST:
            floats = np.array([weight / sum(own) for weight in own])
            own = share_units(floats, np.zeros(len(own), dtype=np.int64), 1).tolist()
        weights += own
    return np.array(weights, dtype=np.int64)


def _exact(text: str | None, currency: str | None) -> tuple[int, Decimal, int] | None:
    """Read an amount as minor units, the rest that rounding removes, and the currency's decimals."""
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return None
    if not value.is_finite() or not currency or not is_currency(currency):
        return None
    digits = minor_digits(currency)
    minor, rest = to_minor(value, digits)
    return (minor, rest, digits) if abs(minor) <= LARGEST_AMOUNT else None


def _stack(name: str, tables: Sequence[Conformed]) -> pd.DataFrame:
    frames = [conformed.frame for conformed in tables if len(conformed.frame)]
    if not frames:
        return empty_table(name)
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _left_out_frame(left_out: Sequence[tuple[tuple[Any, ...], str]], origin: Origin) -> pd.DataFrame:
    """Return what does not count, with exact amounts; an amount that cannot be read is 0, and its reason says so."""
    records = []
    for (project, _, _, _, _, _, kind, currency, text, line), reason in left_out:
        amount, code = read_decimal(text), known_currency(currency)
        faults = [
            "" if amount is not None else "its value is not a number",
            "" if code else "its currency is unknown",
        ]
        told = "; ".join([reason, *filter(None, faults)])
        records.append((origin.path.name, line or 0, project, kind or "", code, amount or Decimal(0), told))
    return pd.DataFrame(records, columns=[*LEFT_OUT])
