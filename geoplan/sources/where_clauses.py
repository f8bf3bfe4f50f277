"""Where clauses: SQL conditions that select the rows to read."""

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
    """Return which rows meet an SQL condition.

    Parameters
    ----------
    table : DataFrame
    where : str
        A condition as after WHERE in SQLite. Cells that look like numbers are compared as numbers.
    source : str
        Name of the file for messages.

    Returns
    -------
    (rows,) array of bool

    Raises
    ------
    InputError
        The condition is not valid SQL, or names an unknown column.

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
        # The condition comes from a file: from here on the database is read-only.
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
    """Return the problem of an invalid condition."""
    return Problem(
        source,
        f"invalid condition ({str(error).splitlines()[0]})",
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
