"""GeoPackages: databases in which a stranger can put more than tables.

GDAL gives SQL to SQLite as it is. So before it opens a file, what the file would have computed is looked at here:

1. Virtual tables can stand for other files. Spatial indices (rtree) cannot.
2. A view may join, choose and compute, but not call itself (it need not end) and not call functions that open files
   or addresses, or make values of any size from nothing. Counting its rows must not take longer than a limit.
3. Computed columns of a table must be within the same limits.
4. Changes that another program has not finished are in a ``-wal`` or ``-journal`` file beside it. They are in no hash
   of an input, and GDAL would write them into the file, or undo them there.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from geoplan.model.errors import InputError, Problem, show_value

_SECONDS = 10.0
_STEPS_BETWEEN_LOOKS = 10_000
_LARGEST_VALUE = 64 * 1024**2  # bytes
_MOST_UNKNOWN = 100
_REFUSED = ("load_extension", "zeroblob", "randomblob", "printf", "format", "ogr_", "gdal_")
"""Starts of the names of functions that a view cannot call."""
_HOT = bytes.fromhex("d9d505f920a163d7")
"""Start of a journal whose changes are to be undone; others are left over."""
_VIRTUAL = "SELECT name FROM sqlite_master WHERE sql LIKE '%VIRTUAL%TABLE%' AND NOT sql LIKE '%USING%rtree%'"
_VIEWS = "SELECT name FROM sqlite_master WHERE type = 'view'"
_COMPUTED = """
    SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_xinfo(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.sql LIKE '%AS%(%' AND columns.hidden IN (2, 3)
"""


def open_geopackage(path: Path) -> sqlite3.Connection:
    """Open a GeoPackage to look at it: without a lock, and without a journal beside the file; text is bytes."""
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    database.text_factory = bytes
    return database


def check_geopackage(path: Path, shown: str) -> None:
    """Raise `InputError` where a GeoPackage has more than tables and harmless views.

    Parameters
    ----------
    path : Path
    shown : str
        How messages name the file.
    """
    _refuse_waiting(path, shown)
    try:
        with closing(open_geopackage(path)) as database:
            virtual = _names(database, _VIRTUAL)
            endless = [*_harmful_views(database), *_harmful_columns(database)]
    except sqlite3.Error as error:
        advice = "it may be cut off or damaged: copy or download it again"
        raise InputError(Problem(shown, f"the GeoPackage cannot be read ({error})", way_out=advice)) from None
    advice = "save its layers to a new GeoPackage, for example in QGIS"
    if virtual:
        message = "the GeoPackage has virtual tables, which can stand for other files"
        raise InputError(Problem(shown, message, values=tuple(virtual), way_out=advice))
    if endless:
        message = "the GeoPackage has views or computed columns that need not end, or call functions that are not safe"
        raise InputError(Problem(shown, message, values=tuple(endless), way_out=advice))


def _refuse_waiting(path: Path, shown: str) -> None:
    """Raise where another program has begun to change the file, and has not ended."""
    for suffix, start in (("-wal", b""), ("-journal", _HOT)):
        beside = path.with_name(f"{path.name}{suffix}")
        if not beside.is_file():
            continue
        with beside.open("rb") as stream:
            head = stream.read(len(_HOT))
        if head and head.startswith(start):
            message = (
                f"the GeoPackage has changes that are not finished, in {show_value(beside.name)} beside it"
            )
            advice = "save and close it in QGIS and other programs; if none has it open, open and close it there once"
            raise InputError(Problem(shown, message, way_out=advice))


def _names(database: sqlite3.Connection, query: str) -> list[str]:
    return [name.decode("utf-8", "replace") for (name,) in database.execute(query).fetchall()]


def _harmful_views(database: sqlite3.Connection) -> Iterator[str]:
    for name in _names(database, _VIEWS):
        view = _quoted(name)
        database.set_authorizer(_authorize)
        try:
            _with_unknown_functions(database, f"EXPLAIN SELECT * FROM {view}")
            _limit(database)
            database.execute(f"SELECT count(*) FROM (SELECT * FROM {view})").fetchall()
        except sqlite3.Error as error:
            # A view on a table that is not there any more gives an error to GDAL, too.
            if not str(error).startswith("no such"):
                yield name
        finally:
            database.set_authorizer(None)
            database.set_progress_handler(None, 0)


def _harmful_columns(database: sqlite3.Connection) -> Iterator[str]:
    for table, column in database.execute(_COMPUTED).fetchall():
        names = [_quoted(each.decode("utf-8", "replace")) for each in (column, table)]
        _limit(database)
        try:
            database.execute("SELECT max(length({})) FROM {}".format(*names)).fetchall()
        except sqlite3.Error:
            yield table.decode("utf-8", "replace")
        finally:
            database.set_progress_handler(None, 0)


def _authorize(action: int, _: str | None, function: str | None, *__: str | None) -> int:
    refused = action == sqlite3.SQLITE_RECURSIVE or (
        action == sqlite3.SQLITE_FUNCTION and str(function).lower().startswith(_REFUSED)
    )
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


def _with_unknown_functions(database: sqlite3.Connection, query: str) -> None:
    """Run a query; functions of GDAL, which SQLite does not know, return nothing."""
    for _ in range(_MOST_UNKNOWN):
        try:
            database.execute(query).fetchall()
            return
        except sqlite3.OperationalError as error:
            what, _, function = str(error).partition("no such function: ")
            if function.lower().startswith(_REFUSED):
                raise sqlite3.DatabaseError(f"not authorized: {function}") from error
            if what or not function:
                raise
            database.create_function(function, -1, lambda *_: None, deterministic=True)


def _limit(database: sqlite3.Connection) -> None:
    end = time.monotonic() + _SECONDS
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
    database.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS_BETWEEN_LOOKS)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
