"""Cells: text of a column into numbers, years, dates and flags, with those that can not be read listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geoplan.errors import Problem
from geoplan.schema import Column
from geoplan.sources.raw import FileSpec, Raw

FIRST_YEAR, LAST_YEAR = 1900, 2100
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
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
_NOT_READ = object()
Cells: TypeAlias = "pd.Series[Any]"


def empty_column(column: Column, length: int) -> Cells:
    """Return a column of missing values, of the type its kind has."""
    if column.kind in ("integer", "number", "share"):
        return pd.Series(np.full(length, np.nan), dtype="float64")
    if column.kind == "flag":
        return pd.Series(np.zeros(length, dtype=bool))
    if column.kind == "date":
        return pd.Series(np.full(length, "NaT", dtype="datetime64[s]"))
    return pd.Series(np.full(length, None, dtype=object))


def as_text(value: object) -> str:
    """Write a typed cell as text: 3.0 as 3, 1e-5 as 0.00001, a date in ISO form."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else plain_float(value)
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return str(value).strip()


def plain_float(value: float) -> str:
    """Write a float in as many digits as it needs, without an exponent."""
    return f"{Decimal(repr(float(value))):f}"


def read_column(cells: Cells, column: Column, raw: Raw, spec: FileSpec) -> tuple[Cells, list[Problem]]:
    """Read one column; cells that can not be read become missing and are listed."""
    problems = []
    missing = cells.isna().to_numpy()
    if column.required and missing.any():
        problems.append(
            cell_problem(raw, column, missing, cells, "no value", "every row needs one", show=False)
        )
    reader, advice = _READERS[column.kind]
    distinct = {value: reader(as_text(value), spec) for value in cells[~missing].unique()}
    values = cells.map(distinct).where(~missing, None)
    bad = np.array([value is _NOT_READ for value in values], dtype=bool)
    if bad.any():
        problems.append(
            cell_problem(raw, column, bad, cells, f"not readable as {_WHAT[column.kind]}", advice)
        )
        values = values.where(~bad, None)
    return _typed(values, column), problems


def _typed(values: Cells, column: Column) -> Cells:
    if column.kind in ("integer", "number", "share"):
        return values.astype("float64")
    if column.kind == "year":
        return values.fillna(0).astype("int64")
    if column.kind == "flag":
        return values.eq(True)  # not fillna: a column without any value is one of floats
    if column.kind == "date":
        return pd.to_datetime(values.astype(object)).astype("datetime64[s]")
    return values.astype(object)


def cell_problem(
    raw: Raw, column: Column, mask: Any, cells: Cells, message: str, way_out: str = "", *, show: bool = True
) -> Problem:
    """Make the problem of the cells of a column that ``mask`` points at."""
    return Problem(
        raw.source,
        message,
        column=column.name,
        rows=tuple(int(row) for row in raw.rows.to_numpy()[mask]),
        values=tuple(cells.to_numpy()[mask]) if show else (),
        way_out=way_out,
    )


def plain_number(text: str, spec: FileSpec) -> str:
    """Take out the thousands separator and make the decimal mark a point, as the plan says."""
    if spec.thousands:
        text = text.replace(spec.thousands, "")
        if spec.thousands.isspace():
            text = re.sub(r"\s", "", text)
    return text.replace(spec.decimal, ".") if spec.decimal != "." else text


def _read_text(text: str, spec: FileSpec) -> object:
    return text


def _read_number(text: str, spec: FileSpec) -> object:
    text = plain_number(text, spec)
    return float(text) if NUMBER.fullmatch(text) else _NOT_READ


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
    "answer": (_read_flag, "write yes or no, or leave it empty where it is not known"),
    "date": (_read_date, "write it like 2012-10-31"),
}
_WHAT = {
    "text": "text",
    "integer": "a whole number, 0 or more",
    "number": "a number",
    "share": "a share between 0 and 1",
    "year": "a year",
    "flag": "yes or no",
    "answer": "yes or no",
    "date": "a date",
}
