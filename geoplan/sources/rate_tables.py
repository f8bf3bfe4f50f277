"""Rate tables: exchange rates and deflators by currency and time, in one file or several, with every cell checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from geoplan.model.errors import InputError, Problem, raise_if
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW
from geoplan.sources.table_parts import list_parts
from geoplan.sources.tables.dates import as_iso, month_of, possible_orders
from geoplan.sources.tables.numerals import as_plain_numbers
from geoplan.sources.tables.table_files import read_table

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.sources.raw_table import FileSpec

_CELLS = {
    "currency": (r"[A-Z]{3}", "write the ISO 4217 code"),
    "date": (r"\d{4}(-\d{2}(-\d{2})?)?", "write it like 2012-06-30, or a year"),
    "year": (r"\d{4}", "write a year"),
    "rate": (r"(?=.*[1-9])\d+(\.\d+)?", "write a decimal above 0, such as 0.7785"),
    "index": (r"(?=.*[1-9])\d+(\.\d+)?", "write a decimal above 0, such as 104.3"),
}
"""Pattern of the cells of each column, and the way out when a cell does not match."""


def read_rate_table(spec: FileSpec, time: str, factor: str) -> pd.DataFrame:
    """Read a table with one rate per currency and time, sorted by both.

    Parameters
    ----------
    spec : FileSpec
        One file or several, with ``*`` or as a list; one sheet or several.
    time : str
        Column with the time: ``date`` (ISO text, or a year) or ``year``.
    factor : str
        Column with the rate, a decimal above 0: ``rate`` or ``index``.

    Returns
    -------
    DataFrame
        Columns ``currency``, the time, the rate and ``source``, all as text; a missing ``source`` is empty.

    Raises
    ------
    InputError
        Lists every problem of the table.
    """
    import pandas as pd

    read = [_read_part(part, time, factor) for part in list_parts(spec)]
    faults = [fault for _, found in read for fault in found]
    if faults:
        raise InputError(faults)
    table = pd.concat([table for table, _ in read if table is not None], ignore_index=True)
    days = table.assign(**{time: (table[time] + "-01-01").str[:10]})  # a year means its first day
    twice = days[days.duplicated(["currency", time], keep=False)]
    message = f"a currency has several values of {factor} for the same {time}"
    raise_if(
        [
            Problem(str(source), message, time, tuple(map(int, rows)), way_out="keep one of them")
            for source, rows in twice.groupby(SOURCE_FILE, sort=False)[SOURCE_ROW]
        ]
    )
    columns = ["currency", time, factor, "source"]
    return table.sort_values(["currency", time], ignore_index=True)[columns]


def _as_saved_by_excel(cells: pd.Series[Any], pattern: str) -> pd.Series[Any]:
    """Return cells as geoplan asks for them where Excel has saved them in the form of its country.

    Excel writes 30/06/2012, juin-12 or 0,7785 for 2012-06-30, 2012-06 and 0.7785. What can be read in two ways stays
    as it is, and is a problem.
    """
    texts = {text for text in cells if text}
    if all(re.fullmatch(pattern, text) for text in texts):
        return cells
    if pattern == _CELLS["date"][0]:
        orders = possible_orders(texts)
        order = orders[0] if len(orders) == 1 else None
        return cells.map(lambda text: month_of(text) or (as_iso(text, order) if order else text))
    return as_plain_numbers(cells) if pattern in (_CELLS["rate"][0], _CELLS["index"][0]) else cells


def _read_part(spec: FileSpec, time: str, factor: str) -> tuple[pd.DataFrame | None, list[Problem | str]]:
    """Read one file or sheet, with the name of the file and the row of each rate; list its problems."""
    try:
        raw = read_table(spec)
    except InputError as error:
        return None, list(error.problems)
    needed = ["currency", time, factor]
    missing = [name for name in needed if name not in raw.table]
    if missing:
        advice = f"it needs the columns {', '.join([*needed, 'source'])}"
        return None, [Problem(raw.source, "columns are missing", values=tuple(missing), way_out=advice)]
    table = raw.table.reindex(columns=[*needed, "source"]).astype(object)
    table = table.fillna("").astype(str)
    rows = raw.rows.to_numpy()
    problems: list[Problem | str] = []
    for name in needed:
        pattern, advice = _CELLS[name]
        table[name] = _as_saved_by_excel(table[name], pattern)
        bad = ~table[name].str.fullmatch(pattern).to_numpy()
        if bad.any():
            cells = tuple(table.loc[bad, name])
            problems.append(
                Problem(raw.source, "not readable", name, tuple(map(int, rows[bad])), cells, advice)
            )
    table[SOURCE_FILE], table[SOURCE_ROW] = raw.source, rows
    return table, problems
