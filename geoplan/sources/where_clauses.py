"""Where clauses: SQL conditions that select the rows to read.

How this works: a condition comes from a plan file, perhaps a stranger's. SQLite asks an authorizer
about each part of it: columns of the one table and common functions pass, subqueries and all else do
not. A progress handler ends a condition that takes too long, and lets Ctrl-C through.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Hashable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, show_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_WHERE = 2_000
"""Most characters of a condition."""

_SECONDS = 20.0
_STEPS_BETWEEN_LOOKS = 100_000
_LONGEST_PATTERN = 200  # of LIKE and GLOB, whose time grows by a power of the wildcards
_LARGEST_TEXT = 10_000_000
_FUNCTIONS = frozenset(
    [
        "abs",
        "coalesce",
        "date",
        "datetime",
        "glob",
        "ifnull",
        "iif",
        "instr",
        "julianday",
        "length",
        "like",
        "lower",
        "ltrim",
        "max",
        "min",
        "nullif",
        "round",
        "rtrim",
        "sign",
        "strftime",
        "substr",
        "substring",
        "time",
        "trim",
        "typeof",
        "unicode",
        "upper",
    ]
)


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
    with _limited(table.columns, where, source) as (database, limits):
        marks = ", ".join("?" for _ in table.columns)
        records = ([_cell(cell) for cell in row] for row in table.itertuples(index=False))
        database.executemany(f"INSERT INTO given VALUES ({marks})", records)
        limits.begin(database)
        found = database.execute(f"SELECT rowid FROM given WHERE ({where}\n)").fetchall()
    meets = np.zeros(len(table), dtype=bool)
    meets[[row - 1 for (row,) in found]] = True
    return meets


def check_where(columns: Iterable[Hashable], where: str, source: str, *, dialect: bool = False) -> None:
    """Raise `InputError` where a condition does more than compare columns, before another reader gets it.

    Parameters
    ----------
    columns : iterable of str
    where, source : str
    dialect : bool
        Whether the reader has a syntax of its own, so that what SQLite does not understand is left to it.
    """
    with _limited([*columns], where, source, dialect=dialect) as (database, limits):
        limits.begin(database)
        database.execute(f"SELECT rowid FROM given WHERE ({where}\n)").fetchall()


class _Limits:
    """What a condition may do, and for how long."""

    def __init__(self) -> None:
        self.denied = ""
        self.raised: BaseException | None = None
        self._selects = 0
        self._end = 0.0

    def begin(self, database: sqlite3.Connection) -> None:
        """Limit all that the database does from here on."""
        self._end = time.monotonic() + _SECONDS
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_TEXT)
        database.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, _LONGEST_PATTERN)
        database.set_authorizer(self._authorize)
        database.set_progress_handler(self._look, _STEPS_BETWEEN_LOOKS)

    def _authorize(
        self, action: int, first: str | None, second: str | None, _: str | None, trigger: str | None
    ) -> int:
        if action == sqlite3.SQLITE_SELECT:
            self._selects += 1
            allowed, what = self._selects == 1, "a subquery"
        elif action == sqlite3.SQLITE_READ:
            allowed, what = first == "given" and trigger is None, f"table {first}"
        elif action == sqlite3.SQLITE_FUNCTION:
            allowed, what = str(second).lower() in _FUNCTIONS, f"function {second}"
        else:
            allowed, what = False, "more than a condition"
        if not allowed:
            self.denied = self.denied or what
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    def _look(self) -> int:
        """End the query after its time, or when the user interrupts: SQLite would swallow the exception."""
        try:
            return int(time.monotonic() > self._end)
        except BaseException as error:
            self.raised = error
            return 1


@contextmanager
def _limited(
    columns: Iterable[Hashable], where: str, source: str, *, dialect: bool = False
) -> Iterator[tuple[sqlite3.Connection, _Limits]]:
    """Open a database with an empty table ``given`` of these columns; errors of SQLite become `InputError`."""
    names = [_quoted(name) for name in columns]
    if len(where) > LONGEST_WHERE:
        too_long = ValueError(f"it is longer than {LONGEST_WHERE:,} characters")
        raise InputError(bad_where(source, f"{where[:40]}…", too_long, columns))
    limits = _Limits()
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.execute(f"CREATE TABLE given ({', '.join(f'{name} NUMERIC' for name in names)})")
            yield database, limits
        except sqlite3.Error as error:
            if limits.raised is not None:
                raise limits.raised from None
            if limits.denied:
                refused = ValueError(f"{limits.denied} is not allowed: compare columns with values")
                raise InputError(bad_where(source, where, refused, columns)) from None
            if dialect:
                return
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                error = sqlite3.OperationalError(f"it takes longer than {show_number(_SECONDS)} seconds")
            raise InputError(bad_where(source, where, error, columns)) from None


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
