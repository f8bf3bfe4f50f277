"""Tables of factors by currency and time, such as exchange rates and deflators: every cell checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.model.errors import InputError, Problem, raise_if
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
"""How a cell of each column is written, and what to do when it is not."""


def read_factors(spec: FileSpec, time: str, factor: str) -> pd.DataFrame:
    """Read a table that gives a factor for each currency and time, ordered by both.

    Parameters
    ----------
    spec : FileSpec
    time : str
        Column of the time: ``date`` (ISO text, or a year) or ``year``.
    factor : str
        Column of the factor, a decimal above 0: ``rate`` or ``index``.

    Returns
    -------
    DataFrame
        ``currency``, the time, the factor, ``source``: all as text, ``source`` empty where it is not told.

    Raises
    ------
    InputError
        With every problem of the table.
    """
    raw = read_table(spec)
    needed = ["currency", time, factor]
    missing = [name for name in needed if name not in raw.table]
    if missing:
        advice = f"it needs {', '.join([*needed, 'source'])}"
        raise InputError(Problem(raw.source, "columns are missing", values=tuple(missing), way_out=advice))
    table = raw.table.reindex(columns=[*needed, "source"]).astype(object)
    table = table.fillna("").astype(str)
    rows = raw.rows.to_numpy()
    problems = []
    for name in needed:
        pattern, advice = _CELLS[name]
        bad = ~table[name].str.fullmatch(pattern).to_numpy()
        if bad.any():
            cells = tuple(table.loc[bad, name])
            problems.append(
                Problem(raw.source, "not readable", name, tuple(map(int, rows[bad])), cells, advice)
            )
    days = table.assign(**{time: (table[time] + "-01-01").str[:10]})  # a year counts from its first day
    twice = days.duplicated(["currency", time], keep=False).to_numpy()
    if twice.any() and not problems:
        message = f"a currency has more than one {factor} of one {time}"
        problems.append(Problem(raw.source, message, time, tuple(map(int, rows[twice])), way_out="keep one"))
    raise_if(problems)
    return table.sort_values(["currency", time], ignore_index=True)
