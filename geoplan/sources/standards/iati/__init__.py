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
from geoplan.sources.conform import Conformed, conform
from geoplan.sources.origins import LEFT_OUT, Bundle, Origin, Surroundings
from geoplan.sources.raw_table import FileSpec, Raw, without_categories
from geoplan.sources.standards.iati.activities import ActivityReader
from geoplan.sources.standards.iati.places import LOCATION_COLUMNS
from geoplan.sources.standards.iati.rows import CORRECT, PROJECT_COLUMNS, SPENDING_COLUMNS, Division, Rows
from geoplan.sources.standards.iati.stream import stream_activities

_BATCH = 100_000
_HEAVIEST = 2_000_000_000
_SELDOM_TWICE = ("title", "name", "amount", "lon", "lat", "geometry")
_COLUMNS = {"projects": PROJECT_COLUMNS, "locations": LOCATION_COLUMNS, "spending": SPENDING_COLUMNS}


def read_activities(origin: Origin, around: Surroundings) -> Bundle:
    """Read an IATI activity file.

    Amounts are divided over sectors, over recipient countries (where the source names one) and over the
    calendar years of a budget's period by largest remainder, to the minor unit. What is no spending of
    the activity (incoming funds, repayments, pledges) is left out and listed.

    Parameters
    ----------
    origin : Origin
        Options ``language`` (of titles), ``country`` (only what is for it), ``currency`` (where the
        file states none), ``sectors`` (vocabulary), ``percentages`` (``refuse`` or ``rescale``) and
        ``planned`` (``budget`` or ``planned-disbursement``).
    around : Surroundings

    Returns
    -------
    Bundle
        ``source_row`` is the line of the element in the file.

    Raises
    ------
    InputError
        The file cannot be read as IATI at all. What is wrong in single activities is in ``problems``.
    """
    reader = ActivityReader(origin.options, around)
    rows = Rows()
    finished: dict[str, list[Conformed]] = {name: [] for name in _COLUMNS}
    left_out: list[tuple[Any, ...]] = []
    with _uncollected():
        for element, namespaces in stream_activities(origin.path):
            reader.read(element, rows, namespaces)
            if len(rows.spending) + len(rows.divided) + len(rows.locations) >= _BATCH:
                _finish(rows, origin, finished, left_out)
                rows = Rows()
        _finish(rows, origin, finished, left_out)
    problems = [*reader.notes.listed(origin.path.name), *_joined_problems(finished)]
    if not reader.seen and not problems:
        problems.append(
            Problem(origin.path.name, "there is no activity in the file", way_out="give another one")
        )
    others, faults = _left_out_frame(left_out, origin)
    problems += faults
    frames = {name: _stack(name, tables) for name, tables in finished.items()}
    remarks = [f"{origin.path.name}: {count:,} {what}" for what, count in sorted(reader.notes.counts.items())]
    return Bundle(origin.path.name, frames, tuple(problems), tuple(remarks), others)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the search for cyclic garbage: rows have no cycles, and there are so many that looking takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _finish(
    rows: Rows, origin: Origin, finished: dict[str, list[Conformed]], left_out: list[tuple[Any, ...]]
) -> None:
    """Bring the rows of a batch to the contracts of their tables, and let go of the text."""
    divided, others = divide_amounts(rows.divided)
    left_out += [(*row, reason) for row, reason in (*rows.left_out, *others)]
    tables = {"projects": rows.projects, "locations": rows.locations, "spending": rows.spending + divided}
    for name, records in tables.items():
        if records:
            raw = _as_raw(records, _COLUMNS[name], origin.path.name)
            conformed = conform(raw, TABLES[name], FileSpec(origin.path))
            finished[name].append(
                replace(conformed, frame=without_categories(conformed.frame, [SOURCE_FILE]))
            )


def _as_raw(records: Sequence[tuple[Any, ...]], columns: Sequence[str], source: str) -> Raw:
    *cells, lines = zip(*records, strict=True)
    table = pd.DataFrame(
        {name: _cells(name, values) for name, values in zip(columns, cells, strict=True)}, copy=False
    )
    return Raw(source, table, pd.Series([line or 0 for line in lines], dtype="int64"), by_program=True)


def _cells(name: str, values: Sequence[Any]) -> pd.Series[Any]:
    """Return a column of cells; those that repeat as categories, each of which is then read once."""
    if name not in _SELDOM_TWICE and values.count(values[0]) == len(values):
        # The same throughout, or missing: nothing is to be looked up.
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
) -> tuple[list[tuple[Any, ...]], list[tuple[tuple[Any, ...], str]]]:
    """Divide amounts by recipient, then year, then sector, each by largest remainder.

    Parameters
    ----------
    divided : iterable of (tuple, Division)
        Rows of spending as text, and how each is divided.

    Returns
    -------
    list of tuple, and list of (tuple, str)
        Rows that count, and those that are left out with the reason. What cannot be read stays whole,
        to be refused where amounts are read.
    """
    kept: list[tuple[Any, ...]] = []
    left: list[tuple[tuple[Any, ...], str]] = []
    rows: list[tuple[tuple[Any, ...], Division]] = []
    read: list[tuple[int, Decimal, int]] = []
    for row, division in divided:
        exact = _exact(row[8], row[7])
        if exact is None:
            kept.append(row)
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
    return kept, left


def _weights(parts: Sequence[Sequence[tuple[Any, int]]]) -> Any:
    """Return the weights of all parts as they are, or in billionths where they are too large."""
    weights: list[int] = []
    for part in parts:
        own = [weight for _, weight in part]
        if sum(own) > _HEAVIEST:
            floats = np.array([weight / sum(own) for weight in own])
            own = share_units(floats, np.zeros(len(own), dtype=np.int64), 1).tolist()
        weights += own
    return np.array(weights, dtype=np.int64)


def _exact(text: str | None, currency: str | None) -> tuple[int, Decimal, int] | None:
    """Read an amount as minor units, what rounding takes away, and the currency's decimals."""
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return None
    if not value.is_finite() or not currency or not is_currency(currency):
        return None
    digits = minor_digits(currency)
    minor, rest = to_minor(value, digits)
    return (minor, rest, digits) if abs(minor) <= LARGEST_AMOUNT else None


def _joined_problems(finished: dict[str, list[Conformed]]) -> list[Problem]:
    """Put the problems of all batches together, those of one kind and column as one."""
    joined: dict[tuple[str, str], Problem] = {}
    for tables in finished.values():
        for problem in (problem for conformed in tables for problem in conformed.problems):
            key = (problem.message, problem.column)
            first = joined.get(key)
            joined[key] = (
                _told_of_a_source(problem)
                if first is None
                else Problem(
                    first.source,
                    first.message,
                    first.column,
                    first.rows + problem.rows,
                    first.values + problem.values,
                    first.way_out,
                )
            )
    return list(joined.values())


def _told_of_a_source(problem: Problem) -> Problem:
    """Return a problem without advice that only tables of a plan can follow."""
    return replace(problem, way_out=CORRECT) if "geoplan.toml" in problem.way_out else problem


def _stack(name: str, tables: Sequence[Conformed]) -> pd.DataFrame:
    frames = [conformed.frame for conformed in tables if len(conformed.frame)]
    if not frames:
        columns = {column: pd.Series([], dtype=object) for column in (*TABLES[name].names, "source_file")}
        return pd.DataFrame(columns).assign(source_row=pd.Series([], dtype="int64"))
    if len(frames) == 1:
        return frames[0]
    return pd.concat(frames, ignore_index=True)


def _left_out_frame(
    left_out: Sequence[tuple[Any, ...]], origin: Origin
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return what is left out with exact amounts, and the problem of those that cannot be read."""
    records, bad = [], []
    for project, _, _, _, _, _, kind, currency, text, line, reason in left_out:
        try:
            amount = Decimal(text or "0")
        except InvalidOperation:
            bad.append((line or 0, text))
            continue
        records.append((origin.path.name, line or 0, project, kind or "", currency or "", amount, reason))
    problems = []
    if bad:
        lines, values = tuple(line for line, _ in bad), tuple(text for _, text in bad)
        advice = "write digits with a point as the only mark, such as 1234.50"
        problems = [Problem(origin.path.name, "not readable as an amount", "amount", lines, values, advice)]
    return pd.DataFrame(records, columns=[*LEFT_OUT]), problems
