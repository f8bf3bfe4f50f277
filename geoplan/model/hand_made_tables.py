"""Tables made by hand: what in the tables of a plan or ledger is not as geoplan's readers make it.

Readers check each cell of a file. A caller can also change a table of a plan, or make a ledger. A wrong type, a missing
code or a share of −7 there would be money in a wrong place, or in none, without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from geoplan.model.choices import KINDS
from geoplan.model.errors import UsageError, list_first, show_value
from geoplan.model.money import minor_digits
from geoplan.model.schema import DISTRICT, ENTRY_COLUMNS, PLACES, TABLES, Column, Table, minor_name

_NUMBERS = ("floating", "integer", "mixed-integer-float", "empty")
_RIGHT: dict[str, tuple[tuple[str, ...], type | tuple[type, ...], str]] = {
    "text": (("string", "empty"), str, "strings"),
    "integer": (_NUMBERS, (int, float), "numbers"),
    "number": (_NUMBERS, (int, float), "numbers"),
    "share": (_NUMBERS, (int, float), "numbers"),
    "year": (("integer", "empty"), int, "whole numbers"),
    "amount": (("integer", "empty"), int, "whole minor units, such as cents"),
    "date": (("datetime64",), (), "dates (datetime64)"),
    "flag": (("boolean", "empty"), bool, "True or False"),
    "answer": (("boolean", "empty"), bool, "True or False"),
}
"""By kind of a column: what pandas calls its cells, their Python types, and what they are in words."""

_LIMITS = {
    "share": (0, 1),
    "year": (1, 9999),
    "precision": (1, 9),
    "exactness": (1, 2),
    "location_class": (1, 4),
    "admin_level": (0, 9),
    "district_level": (1, 9),
    "rule": (0, 1 << 60),
}
_WHOLE = ("year", "precision", "exactness", "location_class", "admin_level", "district_level")
_RELATIONS = (
    ("spending", ("project",), "projects"),
    ("locations", ("project",), "projects"),
    ("profile", ("district",), "districts"),
    ("spending", ("project", "location"), "locations"),
)
"""Columns of a table whose values must be in another table."""


_ARGUMENTS = {
    "locations": tuple(Column(column.name, column.kind, "") for column in TABLES["locations"].columns),
    "sums": (Column("currency", "text", "", required=True), Column(minor_name("amount"), "amount", "")),
}
"""Tables that public functions take by themselves, by the name of the argument."""


def find_table_faults(frame: Any, argument: str) -> list[str]:
    """List what is wrong with the columns of a table that is an argument by itself; those it lacks are not checked."""
    faults: list[str] = []
    for column in _ARGUMENTS.get(argument, ()):
        if column.kind == "geometry" and column.name in frame:
            faults += _shape_faults(frame, argument)
        elif column.name in frame:
            faults += _column_faults(argument, frame[column.name], column)
    return faults


def find_plan_faults(plan: Any) -> list[str]:
    """List what is wrong with the five tables of a `Plan`, in a sentence for each column."""
    faults = [fault for table in TABLES.values() for fault in _table_faults(getattr(plan, table.name), table)]
    return faults or [*_unlisted(plan)]


def find_ledger_faults(ledger: Any) -> list[str]:
    """List what is wrong with the entries of a `Ledger`, in a sentence for each column."""
    entries, kinds = ledger.entries, {"year": "year", "amount_minor": "amount", "rule": "amount"}
    faults = []
    further = [name for name in ("province", "carried_from") if name in entries]
    for name in (*ENTRY_COLUMNS, *further):
        if name not in entries:
            faults.append(_no_column("entries", name))
        else:
            column = Column(name, kinds.get(name, "text"), "", required=name != "district")  # type: ignore[arg-type]
            faults += _column_faults("entries", entries[name], column)
    if faults:
        return faults
    sums = {(str(currency), str(kind)) for currency, kind in ledger.given}
    pairs = entries[["currency", "kind"]].drop_duplicates().itertuples(index=False, name=None)
    faults += _others("entries", "currency and kind", {*pairs} - sums, "in its given sums")
    faults += _others(
        "entries", "place", {*entries["place"].unique()} - {*PLACES}, f"among {', '.join(PLACES)}"
    )
    codes = {*entries["district"].dropna().unique()} - {*ledger.districts.get("district", ())}
    faults += _others("entries", "district", codes, "in its districts")
    if ((entries["place"] == DISTRICT) != entries["district"].notna()).any():
        faults.append(f"entries must have a district exactly where their place is {show_value(DISTRICT)}")
    return faults


def _table_faults(frame: Any, table: Table) -> Iterator[str]:
    if not hasattr(frame, "columns"):
        yield f"{table.name} must be a table, not {type(frame).__name__}"
        return
    faults = []
    for column in table.columns:
        name = minor_name(column.name) if column.kind == "amount" else column.name
        is_key = column.name in table.key
        if name not in frame:
            if column.required or is_key or column.kind == "geometry":
                faults.append(_no_column(table.name, name))
        elif column.kind == "geometry":
            faults += _shape_faults(frame, table.name)
        else:
            needed = Column(name, column.kind, "", required=column.required or is_key)
            faults += _column_faults(table.name, frame[name], needed)
    yield from faults or _repeated(frame, table)


def _no_column(table: str, name: str) -> str:
    unit = f"; its amounts are {_RIGHT['amount'][2]}" if name == minor_name("amount") else ""
    return f"{table} have no column {show_value(name)}{unit}"


def _column_faults(table: str, cells: Any, column: Column) -> Iterator[str]:
    """Yield what is wrong with the cells of a column: their type, their range, or that they are missing."""
    where = f"{table}, column {show_value(column.name)}"
    names, types, words = _RIGHT[column.kind]
    wrong = _of_other_types(cells, names, types)
    if wrong:
        yield f"{where}: needs {words}, not {list_first(map(show_value, dict.fromkeys(map(str, wrong))))}"
        return
    if column.required and cells.isna().any():
        yield f"{where}: {int(cells.isna().sum()):,} cells are missing"
    if column.kind in ("year", "amount") and len(cells) and cells.dtype.kind != "i":
        yield f"{where}: needs {words} (int64), not {cells.dtype}"
    elif column.name in _LIMITS:
        low, high = _LIMITS[column.name]
        known = cells.dropna().astype(float)
        wrong = (
            known[~known.between(low, high) | (column.name in _WHOLE) & (known % 1 != 0)].unique().tolist()
        )
        what = "a whole number " if column.name in _WHOLE else ""
        yield from _others(table, column.name, wrong, f"{what}from {low} to {high}")
    if column.name == "kind":
        yield from _others(table, "kind", {*cells.unique()} - {*KINDS}, f"among {', '.join(KINDS)}")
    if column.name == "currency":
        yield from (
            f"{where}: {fault}" for code in cells.dropna().unique() for fault in _currency_faults(code)
        )


def _of_other_types(cells: Any, names: tuple[str, ...], types: Any) -> list[Any]:
    """Return the cells that are of another type; pandas tells at once whether there are any."""
    import pandas as pd

    labels = cells.cat.categories if isinstance(cells.dtype, pd.CategoricalDtype) else cells
    if pd.api.types.infer_dtype(labels, skipna=True) in names:
        return []
    return [
        cell
        for cell in labels
        if pd.api.types.is_scalar(cell) is False or not (pd.isna(cell) or isinstance(cell, types))
    ]


def _currency_faults(code: str) -> list[str]:
    try:
        minor_digits(code)
    except UsageError as error:
        return [str(error)]
    return []


def _others(table: str, column: str, values: Any, wanted: str) -> list[str]:
    """Say which values of a column are not among those wanted, if there are any."""
    shown = sorted(
        show_value(" ".join(map(str, value)) if isinstance(value, tuple) else value) for value in values
    )
    return [f"{table}, column {show_value(column)}: not {wanted}: {list_first(shown)}"] if shown else []


def _shape_faults(frame: Any, table: str) -> Iterator[str]:
    crs = getattr(frame, "crs", None)
    if frame["geometry"].dtype.name != "geometry" or not hasattr(frame, "crs"):
        yield f"{table}, column 'geometry': needs the shapes of a GeoDataFrame"
    elif crs is None or not crs.is_geographic:
        yield f"{table}, column 'geometry': needs degrees (EPSG:4326), not {show_value(crs)}; convert with to_crs(4326)"


def _repeated(frame: Any, table: Table) -> Iterator[str]:
    keys = frame[[*table.key]] if table.key else frame.iloc[:0]
    twice = keys[keys.duplicated()].drop_duplicates().itertuples(index=False, name=None)
    shown = [show_value(" ".join(map(str, key))) for key in twice]
    if shown:
        yield f"{table.name}: more than one row for {' and '.join(table.key)} {list_first(shown)}"


def _unlisted(plan: Any) -> Iterator[str]:
    """Yield the codes of a table that the table they refer to does not have."""
    for name, columns, other in _RELATIONS:
        table, listed = getattr(plan, name), getattr(plan, other)
        if {*columns} <= {*table.columns}:
            named = table[[*columns]].dropna().drop_duplicates()
            known = {*listed[[*columns]].itertuples(index=False, name=None)}
            unknown = [key for key in named.itertuples(index=False, name=None) if key not in known]
            yield from _others(name, columns[-1], unknown, f"among the {other}")
