"""Merged cells: one value for several rows."""

from __future__ import annotations

import pandas as pd

from geoplan.model.errors import show_value
from geoplan.model.schema import Table
from geoplan.sources.raw_table import RawTable

_FILLED = ("text", "year", "date", "flag")


def fill_merged(frame: pd.DataFrame, raw: RawTable, table: Table) -> list[str]:
    """Repeat codes, names, years and dates in all rows of their merged cell, in place.

    Amounts and numbers of persons are never repeated, because they would be counted once per row.

    Parameters
    ----------
    frame : DataFrame
        Rows in the order of ``raw.rows``; columns in the order of the file.
    raw : RawTable
    table : Table

    Returns
    -------
    list of str
        What was repeated.
    """
    kinds = {column.name: column.kind for column in table.columns}
    filled: dict[str, list[str]] = {}
    for position, top, bottom in raw.merged:
        name = str(frame.columns[position])
        rows = raw.rows.between(top, bottom).to_numpy()
        values = frame.loc[rows, name].dropna().unique()
        if kinds.get(name, "text") in _FILLED and len(values) == 1:
            frame.loc[rows, name] = values[0]
            filled.setdefault(name, []).append(f"{top} to {bottom}")
    return [
        f"{raw.source}: column {show_value(name)} is merged over rows {', '.join(spans[:3])}"
        f"{' …' if len(spans) > 3 else ''}; its value is repeated in each row"
        for name, spans in filled.items()
    ]
