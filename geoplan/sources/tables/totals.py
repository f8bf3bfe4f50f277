"""Totals: rows that sum up others, found by their words or because they are the sum of the rows above.

How this works: a row counts as a total if each of its amounts equals the sum of all rows above, or of the rows since
the last subtotal. Subtotals count only if they explain the whole table: a grand total that is the sum of all other
rows, or subtotals down to the last row. Otherwise they must lack a cell that nearly all other rows have. So a record
that happens to be the sum of two others is not taken for a total unless its label looks different from theirs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, list_first, show_number, show_value
from geoplan.sources.raw_table import FileSpec, RawTable, TotalRow
from geoplan.sources.tables.cell_values import as_text, distinct_cells
from geoplan.sources.tables.numerals import is_numeral, named_style, possible_styles, read_plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOTAL = re.compile(
    r"(?:grand |general |overall |sub-?\s?)?totals?(?:\s*(?:général|general|amount|[A-Z]{3}|\d{4}))?"
    r"|(?:grand |sub-?\s?|sous-?\s?)total\b.*"
    r"|total (?:of|for|per|du|de|des|pour|component|composante|project|projet|district|province|programme|year)\b.*"
    r"|sous-?\s?total|somme|sum|ລວມ|ລວມທັງໝົດ|ລວມທັງຫມົດ|ທັງໝົດ|ຍອດລວມ",
    re.IGNORECASE,
)
_RELATIVE = 1e-9
_MOST_ROWS_WITH_GROUPS = 50_000
"""Groups are looked for row by row, in tables of a size that a spreadsheet program still handles well."""
_MARKS = re.compile(r"^[^\d+\-−(.,]+|[^\d.,]+$")
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class Sums:
    """Numbers of a table, to compare totals with.

    Parameters
    ----------
    headers : sequence of str
    values : (rows, headers) array of float
        0 where a cell is no number.
    """

    headers: Sequence[str]
    values: NDArray[np.float64]


def total_label(cells: Iterable[object]) -> str:
    """Return the first text of a row if it is a word for a total, else an empty text.

    >>> total_label(["", "Grand total:", 5]), total_label(["Road", 5])
    ('Grand total:', '')
    """
    first = next((cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()), "")
    return first if _TOTAL.fullmatch(first.rstrip(" :.")) else ""


def totals_problem(source: str, role: str, rows: Sequence[int], labels: Sequence[str]) -> Problem:
    """Return the problem of rows whose words say that they are totals."""
    what = "whose money would be counted twice" if role == "spending" else "which is not a record"
    way_out = f'remove the row, or write in geoplan.toml: [{role}] totals = "leave out" (or "keep" if it is no total)'
    return Problem(
        source, f"looks like a total, {what}", rows=tuple(rows), values=tuple(labels), way_out=way_out
    )


def take_sums_out(raw: RawTable, headers: Sequence[str], spec: FileSpec) -> RawTable:
    """Take out the rows that are the sum of the rows above or below, as a problem or, if the plan says so, with a remark.

    Parameters
    ----------
    raw : RawTable
    headers : sequence of str
        Columns with amounts.
    spec : FileSpec
        Its ``totals``.

    Returns
    -------
    RawTable
        The same object if there is no such row.
    """
    if spec.totals == "keep" or len(raw.table) < 3 or raw.is_part or raw.by_program:
        return raw
    sums = _read_numbers(raw.table, headers, spec)
    found, side = _find_sums(sums.values, raw.table) if sums is not None else [], "above"
    if sums is not None and not found:
        # A total may also stand before the rows that it sums up.
        upwards = _find_sums(sums.values[::-1], raw.table.iloc[::-1].reset_index(drop=True))
        found, side = sorted(len(raw.table) - 1 - at for at in upwards), "below"
    if not found:
        return raw
    labels = [_label(raw.table.iloc[at]) for at in found]
    rows = raw.rows.to_numpy()[found].tolist()
    taken = [
        TotalRow(row, label, {str(name): cell for name, cell in raw.table.iloc[at].items()})
        for at, row, label in zip(found, rows, labels, strict=True)
    ]
    keep = np.ones(len(raw.table), dtype=bool)
    keep[found] = False
    problems, remarks = raw.problems, raw.remarks
    if spec.totals == "leave out":
        remark = f"{raw.source}: {len(rows)} row{'s' if len(rows) > 1 else ''} left out as sums of the rows {side} ({list_first(rows)}): {show_value(labels[0])}"
        remarks = (*remarks, remark)
    else:
        way_out = (
            f'write in geoplan.toml: [{raw.role}] totals = "leave out"; or totals = "keep" if it is no total'
        )
        message = f"equals the sum of the rows {side}, so it looks like a total"
        problems = (
            *problems,
            Problem(raw.source, message, rows=tuple(rows), values=tuple(labels), way_out=way_out),
        )
    return replace(
        raw,
        table=raw.table[keep].reset_index(drop=True),
        rows=raw.rows[keep].reset_index(drop=True),
        totals=(*raw.totals, *taken),
        problems=problems,
        remarks=remarks,
    )


def compare_totals(raw: RawTable, headers: Sequence[str], spec: FileSpec) -> list[str]:
    """Compare the totals of a file with the sums of its rows, and report each that differs.

    A total may be the sum of all rows above, of the rows since the last total or up to the next, or of all rows.

    Returns
    -------
    list of str
    """
    named = [total for total in raw.totals if any(header in total.cells for header in headers)]
    if not named or spec.totals == "keep":
        return []
    cells = pd.DataFrame([{header: total.cells.get(header) for header in headers} for total in named])
    both = _read_numbers(
        pd.concat([raw.table.reindex(columns=list(headers)), cells], ignore_index=True), headers, spec
    )
    if both is None:
        return []
    values, totals = both.values[: len(raw.table)], both.values[len(raw.table) :]
    rows = raw.rows.to_numpy()
    ends = [0, *sorted(total.row for total in named), int(rows.max(initial=0)) + 1]
    differences: list[str] = []
    agreeing = 0
    for total, given in zip(named, totals, strict=True):
        before = max(end for end in ends if end < total.row)
        after = min((end for end in ends if end > total.row), default=total.row)
        sums = [
            values[rows < total.row].sum(0),
            values[(rows > before) & (rows < total.row)].sum(0),
            values[(rows > total.row) & (rows < after)].sum(0),
            values.sum(0),
        ]
        for at in np.flatnonzero(given).tolist():
            if any(_near(given[at], summed[at]) for summed in sums):
                agreeing += 1
                continue
            nearest = sums[int(np.argmin([abs(summed[at] - given[at]) for summed in sums]))][at]
            differences.append(
                f"{raw.source}: the total in row {total.row}, column {show_value(headers[at])}, is {show_number(given[at], 10, commas=True)}, "
                f"but the rows add up to {show_number(nearest, 10, commas=True)} (difference {show_number(given[at] - nearest, 10, commas=True)})"
            )
    if agreeing and not differences:
        return [f"{raw.source}: the totals of the file agree with its rows ({agreeing} compared)"]
    return differences


def _near(given: float, summed: float) -> bool:
    return abs(given - summed) <= _RELATIVE * max(abs(given), abs(summed), 1.0)


def _read_numbers(table: pd.DataFrame, headers: Sequence[str], spec: FileSpec) -> Sums | None:
    """Read the amounts of some columns as floats; None if their decimal mark is not clear."""
    named = named_style(spec.decimal, spec.thousands)
    present = [header for header in headers if header in table]
    plain = [read_plain(table[header]) if named is None else None for header in present]
    texts = {
        _bare(cell)
        for header, found in zip(present, plain, strict=True)
        for cell in distinct_cells(_not_plain(table[header], found))
        if isinstance(cell, str)
    }
    numerals = {text for text in texts if is_numeral(text)}
    styles = [named] if named is not None else possible_styles(numerals)
    if not present or len(styles) > 1:
        return None
    read = {
        text: float(shown) for text in numerals if styles and (shown := styles[0].plain(text)) is not None
    }
    values = np.zeros((len(table), len(present)))
    for at, (header, found) in enumerate(zip(present, plain, strict=True)):
        others = _not_plain(table[header], found)
        if found is not None:
            values[:, at] = np.nan_to_num(found[0])
        if not len(others):
            continue
        codes, distinct = pd.factorize(others, use_na_sentinel=True)
        numbers = [
            read.get(_bare(cell), 0.0) if isinstance(cell, str) else _as_number(cell) for cell in distinct
        ]
        values[:, at] += np.array([*numbers, 0.0])[codes]
    return Sums(present, values)


def _not_plain(cells: pd.Series[Any], plain: tuple[Any, Any] | None) -> pd.Series[Any]:
    """Return the cells that are not read as plain numbers, the others missing."""
    if plain is None:
        return cells
    others = np.isnan(plain[0])
    return cells.where(others) if others.any() else cells[:0]


def _as_number(cell: object) -> float:
    return float(cell) if isinstance(cell, int | float | np.number) else 0.0


def _bare(cell: str) -> str:
    """Return an amount without the currency or other words around it."""
    return _MARKS.sub("", cell.strip()).strip()


def _find_sums(values: NDArray[np.float64], table: pd.DataFrame) -> list[int]:
    """Return the positions of rows that are the sum of the rows above."""
    last = len(values) - 1
    addends = int(np.count_nonzero(values[:last].any(axis=1)))
    running = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])

    def equals(at: int, summed: NDArray[np.float64]) -> bool:
        return bool(values[at].any()) and all(map(_near, values[at], summed))

    rounded = _is_rounded_sum(values[last], running[last]) and _lacking(table)[last]
    if equals(last, running[last]) or rounded:
        if addends < 2 or _occurs_again(table, last):
            return []
        sure = addends > 2 or _lacking(table)[last] or _looks_different(table, last)
        return [last] if sure else []
    if len(values) > _MOST_ROWS_WITH_GROUPS or not _may_have_subtotals(values, running):
        return []
    lacking = _lacking(table)
    subtotals: list[int] = []
    most = 0
    start = 0
    for at in range(1, len(values)):
        needed = 1 if lacking[at] else 2
        if at - start >= needed and equals(at, running[at] - running[start]):
            subtotals.append(at)
            most = max(most, int(np.count_nonzero(values[start:at].any(axis=1))))
            start = at + 1
    # Equal amounts side by side are no sums.
    subtotals = [at for at in subtotals if most > 1 and not _occurs_again(table, at, sums=subtotals)]
    inner = [at for at in subtotals if at != last]
    if inner and equals(last, running[last] - values[inner].sum(0)):
        return [*inner, last]
    if len(subtotals) > 1 and subtotals[-1] == last:
        return subtotals
    return [at for at in subtotals if lacking[at]]


def _is_rounded_sum(row: NDArray[np.float64], summed: NDArray[np.float64]) -> bool:
    """Return whether a row has whole numbers that are the rounded sums of numbers with decimals."""
    return bool(np.any(row)) and np.array_equal(row, np.round(summed)) and not np.array_equal(row, summed)


def _may_have_subtotals(values: NDArray[np.float64], running: NDArray[np.float64]) -> bool:
    """Return whether any row after the first is the sum of all rows above it, as the first subtotal must be."""
    above = running[:-1]
    allowed = _RELATIVE * np.maximum(np.maximum(np.abs(values), np.abs(above)), 1.0)
    near = np.all(np.abs(values - above) <= allowed, axis=1) & np.any(values, axis=1)
    return bool(np.any(np.asarray(near)[1:]))


def _lacking(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows lack a cell that nearly all other rows have."""
    filled = table.notna().to_numpy()
    often = filled.sum(axis=0) - filled >= _NEARLY_ALL * max(len(table) - 1, 1)
    return np.asarray((often & ~filled).any(axis=1))


def _label(row: pd.Series[Any]) -> str:
    """Return the first text of a row that is no number, else its first cell."""
    texts = [as_text(cell) for cell in row if pd.notna(cell)]
    return next((text for text in texts if not is_numeral(text)), texts[0] if texts else "")


def _occurs_again(table: pd.DataFrame, at: int, *, sums: Sequence[int] = ()) -> bool:
    """Return whether the label of a row is in another row too, so that it is a code and no word for a total.

    A row that lacks a cell which others have, and has numbers only, has no label: its year is in other rows too. Other
    rows that are sums do not count: each group may end with the same word.
    """
    label = _label(table.iloc[at])
    if is_numeral(label) and _lacking(table)[at]:
        return False
    columns = [name for name in table.columns if as_text(table[name].iloc[at]) == label]
    others = table.drop(index=table.index[[*{at, *sums}]])
    return any((others[name].astype(object).map(as_text) == label).any() for name in columns[:1])


def _looks_different(table: pd.DataFrame, at: int) -> bool:
    """Return whether the label of a row is built otherwise than the first texts of the others: no code like P1."""
    shapes = Counter(_shape(_label(row)) for _, row in table.drop(index=table.index[at]).iterrows())
    return _shape(_label(table.iloc[at])) not in shapes


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", text))
