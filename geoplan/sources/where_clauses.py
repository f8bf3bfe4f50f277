"""Conditions: which rows of a table to read, in the words of SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rows_where(table: pd.DataFrame, where: str, source: str) -> NDArray[np.bool_]:
    """Tell for each row whether it meets an SQL condition.

    Parameters
    ----------
    table : DataFrame
    where : str
        As after WHERE in SQLite. A cell that looks like a number is compared as one.
    source : str
        File, for the message.

    Returns
    -------
    (rows,) array of bool

    Raises
    ------
    InputError
        The condition can not be used.

    >>> rows_where(pd.DataFrame({"year": ["2011", "2012"]}), "year > 2011", "t.csv").tolist()
    [False, True]
    """
    names = [_quoted(name) for name in table.columns]
    database = sqlite3.connect(":memory:")
    try:
        database.execute(f"CREATE TABLE given ({', '.join(f'{name} NUMERIC' for name in names)})")
        marks = ", ".join("?" for _ in names)
        records = ([_cell(cell) for cell in row] for row in table.itertuples(index=False))
        database.executemany(f"INSERT INTO given VALUES ({marks})", records)
        # Only reading from here on, whatever the condition says.
        database.execute("PRAGMA query_only = ON")
        found = database.execute(f"SELECT rowid FROM given WHERE ({where}\n)").fetchall()
    except sqlite3.Error as error:
        raise InputError(bad_where(source, where, error, table.columns)) from None
    finally:
        database.close()
    meets = np.zeros(len(table), dtype=bool)
    meets[[row - 1 for (row,) in found]] = True
    return meets


def bad_where(source: str, where: str | None, error: Exception, columns: Any) -> Problem:
    """Make the problem of a condition that can not be used."""
    return Problem(
        source,
        f"the condition can not be used ({str(error).splitlines()[0]})",
        column="where",
        values=(where,),
        way_out=f"write it like where = \"province = 'LA11'\"; the columns are {', '.join(map(str, columns))}",
    )


def _quoted(name: Hashable) -> str:
    escaped = str(name).replace('"', '""')
    return f'"{escaped}"'


def _cell(cell: Any) -> Any:
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, str | int | float) and not isinstance(cell, bool):
        return cell
    return cell.item() if isinstance(cell, np.generic) else str(cell)
