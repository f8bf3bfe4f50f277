"""Several values in a cell: a row for each, split at the separator that the plan names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import list_first, show_value
from geoplan.model.toml_text import toml_value
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import as_text, distinct_cells, map_labels

SPLIT_COLUMNS = ("project", "district", "name")
"""Columns of locations whose cells may be split."""

_HUNDRED = 100
JOINT_COLUMNS = ("funder",)
"""Columns of projects and spending whose cells may name several, whose money stays joint."""

_NUMBER = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)?)\s*([%٪％]?)(?![\w.,])")
"""A number that stands alone, and the sign for percent after it."""
_MARK = re.compile(r"[;|,/&+\s]")
"""What any cell with a likely separator has."""
_LIKELY = re.compile(r"\s*(;|\||\n|,|/|&|\+|(?<=\s)(?:and|et|y|und|e|ແລະ)(?=\s))\s*", re.IGNORECASE)


def split_cells(
    frame: pd.DataFrame, raw: RawTable, spec: FileSpec
) -> tuple[pd.DataFrame, RawTable, list[str]]:
    """Repeat each row of locations for every value in its split columns.

    A share is divided evenly over the rows, and a location identifier gets a number. Without a separator in the plan
    nothing is split, and cells that look as if they had several values are reported. A cell with weights, such as
    A/B 60/40, stays whole: an even split would be wrong, and the review file has its districts by weight.

    Parameters
    ----------
    frame : DataFrame
        With the columns of the table.
    raw : RawTable
    spec : FileSpec
        Its ``separator``: column to one separator or several.

    Returns
    -------
    tuple of DataFrame, RawTable, list of str
        The frame, the raw table with its row numbers repeated, and what was done or could be.
    """
    remarks = []
    for column in SPLIT_COLUMNS:
        if column not in frame:
            continue
        if column in spec.separator:
            frame, raw, count = _split(frame, raw, column, spec.separator[column])
            if count:
                remarks.append(f"{raw.source}: {count:,} cells of column {show_value(column)} name several")
            remarks += _whole_cells(frame, raw, column, spec)
        elif found := _suggested(frame[column]):
            remarks.append(_ask(raw.role, raw.source, column, found))
    return frame, raw, remarks


def join_funders(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> list[str]:
    """Write several funders of a cell as joint funders (``A|B``), in place; report it, or a separator that is likely.

    The money of joint funders is not split.
    """
    cells = frame["funder"]
    if "funder" not in spec.separator:
        found = {mark: cell for mark, cell in _suggested(cells).items() if mark != "|"}
        return [_ask(raw.role, raw.source, "funder", found)] if found else []
    pattern = _separating(spec.separator["funder"])
    frame["funder"] = map_labels(
        cells,
        lambda cell: "|".join(part.strip() for part in pattern.split(as_text(cell)) if part.strip()) or cell,
    )
    count = int((frame["funder"].astype(object) != cells.astype(object))[cells.notna()].sum())
    return [f"{raw.source}: {count:,} cells of column 'funder' name joint funders"] if count else []


def _separating(separators: str | Sequence[str]) -> re.Pattern[str]:
    marks = [separators] if isinstance(separators, str) else list(separators)
    return re.compile("|".join(_pattern(mark) for mark in marks))


def _split(
    frame: pd.DataFrame, raw: RawTable, column: str, separators: str | Sequence[str]
) -> tuple[pd.DataFrame, RawTable, int]:
    pattern = _separating(separators)
    parts_of = {cell: _parts(cell, pattern, column) for cell in distinct_cells(frame[column])}
    parts = frame[column].astype(object).map(parts_of, na_action="ignore")
    lists = [part if isinstance(part, list) else [part] for part in parts]
    counts = np.array([len(part) for part in lists])
    if len(counts) == 0 or counts.max() == 1:
        return frame, raw, 0
    at = np.repeat(np.arange(len(frame)), counts)
    split = frame.iloc[at].reset_index(drop=True)
    split[column] = pd.Series([part for row in lists for part in row], dtype=object)
    number = pd.Series(at).groupby(at).cumcount().to_numpy() + 1
    several = counts[at] > 1
    if "location" in split:
        named = split["location"].notna().to_numpy() & several & (column != "project")
        split.loc[named, "location"] = [
            f"{as_text(code)}.{n}"
            for code, n in zip(split.loc[named, "location"], number[named], strict=True)
        ]
    if "share" in split and column != "project":
        split["share"] = _divided(split["share"], counts[at])
    rows = raw.rows.iloc[at].reset_index(drop=True)
    return split, replace(raw, rows=rows), int((counts > 1).sum())


def _parts(cell: object, pattern: re.Pattern[str], column: str) -> list[Any]:
    """Return the parts of a cell; a cell that states the weights of its places is one part."""
    parts = [part.strip() for part in pattern.split(as_text(cell)) if part.strip()]
    return [cell] if not parts or (column != "project" and _state_weights(parts)) else parts


def _state_weights(parts: list[str]) -> bool:
    """Return whether the numbers in the parts of a cell are weights of the names in it.

    >>> _state_weights(["Khong", "Nong 60", "40"]), _state_weights(["Khong 60%", "Nong 40%"])
    (True, True)
    >>> _state_weights(["Block 5", "Block 6"]), _state_weights(["1101", "1102"])
    (False, False)
    """
    found = [_NUMBER.findall(part) for part in parts]
    is_named = [any(map(str.isalpha, part)) for part in parts]
    if len(parts) < 2 or not any(is_named) or not any(found):
        return False
    weights = [Fraction(number.replace(",", ".")) for numbers in found for number, _ in numbers]
    is_bare = not all(is_named) and max(weights) <= _HUNDRED
    is_percent = any(sign for numbers in found for _, sign in numbers)
    return is_bare or is_percent or sum(weights) in (1, _HUNDRED)


def _whole_cells(frame: pd.DataFrame, raw: RawTable, column: str, spec: FileSpec) -> list[str]:
    """Return a remark on the cells that state weights, and so stay whole."""
    pattern = _separating(spec.separator[column])
    texts = [cell for cell in distinct_cells(frame[column]) if isinstance(cell, str)]
    kept = [
        text for text in texts if len(_parts(text, pattern, column)) < len(_parts(text, pattern, "project"))
    ]
    said = f"cells of column {show_value(column)} state the weights of their districts, so they are not split evenly"
    decide = "decide about them in the file of geoplan check --review"
    return [f"{raw.source}: {said}: {list_first(map(show_value, kept))}; {decide}"] if kept else []


def _pattern(mark: str) -> str:
    """Return the pattern of a separator; a word needs spaces around it."""
    return rf"\s+{re.escape(mark.strip())}\s+" if mark.strip().isalpha() else re.escape(mark)


def _divided(shares: pd.Series[Any], counts: Any) -> pd.Series[Any]:
    numbers = pd.to_numeric(shares, errors="coerce")
    divided: pd.Series[Any] = (numbers / counts).where(numbers.notna() & (counts > 1), shares)
    return divided


def _suggested(cells: pd.Series[Any]) -> dict[str, str]:
    """Return likely separators, each with a cell that has it.

    A semicolon, a bar or a new line separates. Any other mark does if each part of the cell is a cell of its own
    elsewhere.
    """
    texts = {cell for cell in distinct_cells(cells) if isinstance(cell, str)}
    if not _MARK.search("\0".join(texts)):  # such as codes, of which there can be millions
        return {}
    alone = {text.casefold() for text in texts}
    found: dict[str, str] = {}
    for text in sorted(texts):
        marks = _LIKELY.findall(text)
        parts = [part.casefold() for part in _LIKELY.split(text)[::2] if part]
        if marks and len(parts) > 1:
            sure = all(part in alone for part in parts)
            for mark in marks:
                if sure or mark in ";|\n":
                    found.setdefault(mark, text)
    return found


def _ask(role: str, source: str, column: str, found: dict[str, str]) -> str:
    """Ask whether cells name several, with the line for the plan file."""
    marks = toml_value(list(found) if len(found) > 1 else next(iter(found)))
    listed = ", ".join(map(show_value, dict.fromkeys(found.values())))
    return (
        f"{source}: column {show_value(column)} may name several in one cell ({listed}); if so, "
        f"write in geoplan.toml: [{role}.separator] {column} = {marks}"
    )
