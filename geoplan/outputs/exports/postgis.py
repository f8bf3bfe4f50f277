"""PostGIS: a ledger as tables with keys and indices, replaced in one step while others read them.

How this works: a first transaction loads the new rows into temporary tables, which no other session sees and which
lock nothing. A second transaction locks the three tables in a fixed order, deletes the old rows and inserts the new
ones. Readers see the old ledger until it ends, and the new one afterwards. The tables themselves stay, with all
permissions, indices and views that others have added. A deadlock ends only the second transaction, which is tried
again. Tables that are missing, or that another version of geoplan made with other columns, are created.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.ledger.entries import Ledger, list_entries, reconcile
from geoplan.model.errors import UsageError, show_value
from geoplan.model.schema import LEDGER_COLUMNS
from geoplan.outputs.text_tables import closing_lines
from geoplan.sources.database import DEADLOCKS, Address, open_session

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan

_MARK = "Written by geoplan"
_SECONDS_FOR_A_LOCK = 10
_TRIES = 4
_LOCK_NOT_AVAILABLE = "55P03"

_DISTRICT_COLUMNS = {
    "district": "text PRIMARY KEY",
    "name": "text",
    "province": "text",
    "province_name": "text",
    "population": "numeric",
    "poor": "numeric",
    "poverty_rate": "double precision",
    "poverty_class": "text",
    "geometry": "geometry(MultiPolygon, 4326)",
}
_ENTRY_COLUMNS = {
    "entry": "bigint PRIMARY KEY",
    **dict.fromkeys(LEDGER_COLUMNS, "text NOT NULL"),
    "year": "integer NOT NULL",
    "amount": "numeric NOT NULL",
    "district": "text REFERENCES {districts}",
    "province": "text",
}
_SUM_COLUMNS = {
    "currency": "text NOT NULL",
    "kind": "text NOT NULL",
    **dict.fromkeys(
        ("input_total", "rounding", "in_districts", "placed_total", "difference"), "numeric NOT NULL"
    ),
}
# In the order of locking and filling. The foreign key requires the reverse order for emptying.
_TABLES = {"_districts": _DISTRICT_COLUMNS, "": _ENTRY_COLUMNS, "_reconciliation": _SUM_COLUMNS}
_INDICES = {
    "_districts": ("USING gist (geometry)",),
    "": tuple(f"({column})" for column in ("project", "district", "component", "funder", "year")),
    "_reconciliation": ("(currency, kind)",),
}


def write_database(
    plan: Plan, ledger: Ledger, address: Address, parts: Iterable[pd.DataFrame] | None = None
) -> None:
    """Write a ledger to PostGIS as three tables: ``NAME``, ``NAME_districts`` and ``NAME_reconciliation``.

    ``NAME`` has a primary key ``entry``, a foreign key to the districts, and indices on the columns that are
    queried most. ``NAME_districts`` has the code as its key, the boundaries (MultiPolygon, EPSG:4326) and a
    spatial index. Other sessions see either the old ledger or the new one. Existing tables keep their permissions,
    indices and views.

    Parameters
    ----------
    plan, ledger : Plan, Ledger
    address : Address
    parts : iterable of DataFrame, optional
        Entries of a streamed ledger, part by part.

    Raises
    ------
    UsageError
        The database cannot be used or has no PostGIS, a table of that name was not written by geoplan, or another
        session locks a table for too long.
    """
    rows: dict[str, Iterable[Any]] = {
        "_districts": _district_rows(plan.districts, ledger),
        "": _entry_rows(ledger, [ledger.entries] if parts is None else parts),
        "_reconciliation": ([getattr(row, column) for column in _SUM_COLUMNS] for row in _sums(ledger)),
    }
    about = {
        "_districts": "districts of the ledger beside it",
        "": "; ".join(closing_lines(ledger)),
        "_reconciliation": "what was given, and where it is",
    }
    with open_session(address) as connection:
        with connection.transaction(), connection.cursor() as cursor:
            _check(cursor, address)
            for ending, columns in _TABLES.items():
                _load(cursor, ending, columns, rows[ending])
        _swap(connection, address, about)


def check_database(address: Address) -> None:
    """Raise `UsageError` if a ledger cannot be written there; call it before a long computation."""
    with open_session(address) as connection, connection.cursor() as cursor:
        _check(cursor, address)
        _execute(cursor, "CREATE TABLE {} ()", address, f"{address.table}_geoplan_check")
        connection.rollback()


def _sums(ledger: Ledger) -> list[Any]:
    """Return the reconciliation by currency and kind."""
    return list(reconcile(ledger))


def _check(cursor: Any, address: Address) -> None:
    """Raise `UsageError` if the database has no PostGIS, or if geoplan did not write a table of that name."""
    if cursor.execute("SELECT to_regtype('geometry')").fetchone()[0] is None:
        raise UsageError(
            f"database {show_value(address.database)} has no PostGIS: ask its owner to run CREATE EXTENSION postgis"
        )
    for ending in _TABLES:
        name = f"{address.table}{ending}"
        found = _comment_of(cursor, address, name)
        if found is not None and not found.startswith(_MARK):
            raise UsageError(
                f"table {show_value(name)} exists and was not written by geoplan: choose another name"
            )


def _comment_of(cursor: Any, address: Address, name: str) -> str | None:
    """Return the comment of a table, or None if the table does not exist."""
    found = cursor.execute(
        "SELECT coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
        (address.schema, name),
    ).fetchone()
    return None if found is None else str(found[0])


def _load(cursor: Any, ending: str, columns: dict[str, str], rows: Iterable[Any]) -> None:
    """Load rows into a temporary table of this session."""
    from psycopg import sql

    # Keys are checked later, when the rows go to the final table.
    kinds = {name: kind.replace(" PRIMARY KEY", "").split(" REFERENCES")[0] for name, kind in columns.items()}
    listed = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
    cursor.execute(f"CREATE TEMPORARY TABLE {_new(ending)} ({listed})")
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(_new(ending)), names)) as copy:
        for row in rows:
            copy.write_row(row)


def _new(ending: str) -> str:
    return f"geoplan_new{ending}"


def _swap(connection: Any, address: Address, about: dict[str, str]) -> None:
    """Replace the rows of the tables in one transaction, and try again after a deadlock."""
    import psycopg

    for last in (*[False] * (_TRIES - 1), True):
        try:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{_SECONDS_FOR_A_LOCK}s'")
                _create_missing(cursor, address)
                _lock(cursor, address)
                for ending in reversed(_TABLES):
                    _execute(cursor, "DELETE FROM {}", address, f"{address.table}{ending}")
                for ending, columns in _TABLES.items():
                    listed = ", ".join(columns)
                    name = f"{address.table}{ending}"
                    _execute(
                        cursor,
                        f"INSERT INTO {{}} ({listed}) SELECT {listed} FROM {_new(ending)}",
                        address,
                        name,
                    )
                    _comment(cursor, address, name, about[ending])
            return
        except psycopg.Error as error:
            if error.sqlstate == _LOCK_NOT_AVAILABLE:
                raise _held(connection, address) from None
            if error.sqlstate not in DEADLOCKS or last:
                raise


def _create_missing(cursor: Any, address: Address) -> None:
    """Create tables that do not exist or have other columns; the other tables stay unchanged."""
    wrong = [
        ending for ending, columns in _TABLES.items() if _columns_of(cursor, address, ending) != [*columns]
    ]
    # The ledger has a foreign key to the districts: a new table of districts needs a new ledger.
    again = [ending for ending in _TABLES if ending in wrong or (ending == "" and "_districts" in wrong)]
    for ending in reversed(again):
        _drop(cursor, address, f"{address.table}{ending}")
    for ending in again:
        listed = ", ".join(f"{name} {kind}" for name, kind in _TABLES[ending].items())
        statement = f"CREATE TABLE {{}} ({listed.replace('{districts}', '{}')})"
        _execute(cursor, statement, address, f"{address.table}{ending}", f"{address.table}_districts")
        for index in _INDICES[ending]:
            _execute(cursor, f"CREATE INDEX ON {{}} {index}", address, f"{address.table}{ending}")


def _columns_of(cursor: Any, address: Address, ending: str) -> list[str]:
    found = cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s "
        "ORDER BY ordinal_position",
        (address.schema, f"{address.table}{ending}"),
    )
    return [name for (name,) in found]


def _lock(cursor: Any, address: Address) -> None:
    """Lock the tables against other writers, always in the same order; readers are not blocked."""
    for ending in _TABLES:
        _execute(cursor, "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", address, f"{address.table}{ending}")


def _held(connection: Any, address: Address) -> UsageError:
    """Return an error about tables that another session locks, with its user and program."""
    names = [f"{address.table}{ending}" for ending in _TABLES]
    with connection.transaction(), connection.cursor() as cursor:
        holders = cursor.execute(
            "SELECT DISTINCT a.usename, nullif(a.application_name, ''), a.pid, a.state FROM pg_locks l "
            "JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace "
            "JOIN pg_stat_activity a ON a.pid = l.pid "
            "WHERE l.granted AND a.pid <> pg_backend_pid() AND n.nspname = %s AND c.relname = ANY(%s) ORDER BY a.pid",
            (address.schema, names),
        ).fetchall()
    listed = ", ".join(
        f"{user} ({program or 'unknown program'}, process {pid}, {state})"
        for user, program, pid, state in holders
    )
    return UsageError(
        f"table {show_value(address.name)} is held by {listed or 'another session'} for more than "
        f"{_SECONDS_FOR_A_LOCK} seconds; nothing was written: let that session finish, then run again"
    )


def _drop(cursor: Any, address: Address, name: str) -> None:
    from psycopg.errors import DependentObjectsStillExist

    try:
        _execute(cursor, "DROP TABLE IF EXISTS {}", address, name)
    except DependentObjectsStillExist as error:
        raise UsageError(
            f"table {show_value(name)} has other columns now and cannot be replaced ({error.diag.message_detail}): "
            "drop what depends on it and make it again afterwards, or choose another name"
        ) from None


def _execute(cursor: Any, statement: str, address: Address, *names: str) -> None:
    """Execute a statement after filling in the quoted names of tables in the schema."""
    from psycopg import sql

    quoted = [sql.Identifier(address.schema, name) for name in names]
    cursor.execute(sql.SQL(statement).format(*quoted))


def _district_rows(districts: gpd.GeoDataFrame, ledger: Ledger) -> Iterator[list[Any]]:
    """Yield the districts with their figures and their boundaries as WKB."""
    import shapely

    columns = [name for name in _DISTRICT_COLUMNS if name != "geometry"]
    described = ledger.districts.set_index("district").reindex(districts["district"]).reset_index()
    cells = described[columns].astype(object)
    cells = cells.where(cells.notna(), None)
    shapes = [
        shapely.MultiPolygon([*(getattr(shape, "geoms", [shape]))]) for shape in districts.geometry.to_numpy()
    ]
    wkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
    for row, shape in zip(cells.to_numpy().tolist(), wkb, strict=True):
        yield [*row, shape]


def _entry_rows(ledger: Ledger, parts: Iterable[pd.DataFrame]) -> Iterator[list[Any]]:
    """Yield the entries, numbered from 1, with cells in the order of the table's columns."""
    order = [column for column in _ENTRY_COLUMNS if column != "entry"]
    start = 1
    for entries in parts:
        written = list_entries(replace(ledger, entries=entries))
        for name in ("district", "province"):
            written[name] = written[name].where(written[name] != "", None)
        for number, row in enumerate(written[order].to_numpy().tolist(), start):
            yield [number, *row]
        start += len(written)


def _comment(cursor: Any, address: Address, name: str, text: str) -> None:
    from psycopg import sql

    statement = sql.SQL("COMMENT ON TABLE {} IS {}")
    cursor.execute(statement.format(sql.Identifier(address.schema, name), sql.Literal(f"{_MARK}: {text}")))
