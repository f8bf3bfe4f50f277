"""Object cells: cells with a JSON object, such as ``names`` of Overture Maps, as columns of their own."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

_MOST_FIELDS = 50  # of an object; more are data, not columns


def with_object_fields(table: pd.DataFrame) -> pd.DataFrame:
    """Add a column for each text or whole number in the objects of a column, named like ``names.primary``.

    Columns whose cells are not all objects, and columns that exist already, stay as they are.
    """
    added: dict[str, pd.Series[Any]] = {}
    for header, cells in table.items():
        if header == "geometry" or cells.dtype != object:
            continue
        objects = _objects_of(cells)
        fields = dict.fromkeys(field for each in objects for field, value in each.items() if _is_plain(value))
        if len(fields) > _MOST_FIELDS:
            continue
        for field in fields:
            name = f"{header}.{field}"
            if name not in table:
                values = [each.get(field) if _is_plain(each.get(field)) else None for each in objects]
                added[name] = pd.Series(values, index=cells.index, dtype=object)
    return table.assign(**added) if added else table


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _objects_of(cells: pd.Series[Any]) -> list[dict[str, Any]]:
    """Return the object of each cell, an empty one where the cell is empty; no objects if a cell holds anything else."""
    found: list[dict[str, Any]] = []
    for cell in cells:
        if cell is None or cell is pd.NA or cell != cell:  # noqa: PLR0124 - a float that is not a number
            found.append({})
            continue
        if not (isinstance(cell, str) and cell.startswith("{")):
            return []
        try:
            value = json.loads(cell)
        except (ValueError, RecursionError):
            return []
        found.append(value)
    return found
