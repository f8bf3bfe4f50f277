"""PostGIS: a ledger as tables with keys and indices, loaded in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.ledger.entries import Ledger, reconcile, written_ledger
from geoplan.model.errors import UsageError, show_value
from geoplan.model.schema import LEDGER_COLUMNS
from geoplan.outputs.text_tables import closing_lines
from geoplan.sources.database import Address, connect

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan

_MARK = "Written by geoplan"
_TYPES = {"year": "integer", "amount": "numeric"}
_INDEXED = ("project", "district", "component", "funder", "year")


def write_database(
    plan: Plan, ledger: Ledger, address: Address, parts: Iterable[pd.DataFrame] | None = None
) -> None:
    """Write a ledger to PostGIS as three tables: ``NAME``, ``NAME_districts`` and ``NAME_reconciliation``.

    ``NAME`` has a primary key ``entry``, a foreign key to the districts, and indices on what is asked for
    most; ``NAME_districts`` has the code as its key, the boundaries (MultiPolygon, EPSG:4326) and a spatial index.
    All of it is one transaction: another reader sees the old ledger, or the new one.

    Parameters
    ----------
    plan, ledger : Plan, Ledger
    address : Address
    parts : iterable of DataFrame, optional
        Entries of a streamed ledger, a part at a time.

    Raises
    ------
    UsageError
        The database cannot be used, has no PostGIS, or a table of that name was not written by geoplan.
    """
    with connect(address) as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            _check(cursor, address)
            _write_districts(cursor, plan.districts, ledger, address)
            _write_entries(cursor, ledger, [ledger.entries] if parts is None else parts, address)
            _write_reconciliation(cursor, ledger, address)


def check_database(address: Address) -> None:
    """Raise `UsageError` when a ledger could not be written there, before hours of work are done for it."""
    with connect(address) as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            _check(cursor, address)
            _execute(cursor, "CREATE TABLE {} ()", address, address.table)
        connection.rollback()


def _check(cursor: Any, address: Address) -> None:
    """Raise when the database cannot hold geometries, or when the tables are someone else's; else drop ours."""
    if cursor.execute("SELECT to_regtype('geometry')").fetchone()[0] is None:
        raise UsageError(
            f"database {address.database} has no PostGIS: let its owner say CREATE EXTENSION postgis"
        )
    for ending in ("_reconciliation", "", "_districts"):
        name = f"{address.table}{ending}"
        found = cursor.execute(
            "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relname = %s",
            (address.schema, name),
        ).fetchone()
        if found is None:
            continue
        if not (found[0] or "").startswith(_MARK):
            raise UsageError(
                f"there is a table {show_value(name)} already that geoplan did not write: choose another name"
            )
        _drop(cursor, address, name)


def _drop(cursor: Any, address: Address, name: str) -> None:
    from psycopg.errors import DependentObjectsStillExist

    try:
        _execute(cursor, "DROP TABLE {}", address, name)
    except DependentObjectsStillExist as error:
        raise UsageError(
            f"table {show_value(name)} cannot be replaced ({error.diag.message_detail}): "
            "drop that first and make it again afterwards, or choose another name"
        ) from None


def _execute(cursor: Any, statement: str, address: Address, *names: str) -> None:
    """Execute a statement with names of tables of the schema put in, quoted."""
    from psycopg import sql

    quoted = [sql.Identifier(address.schema, name) for name in names]
    cursor.execute(sql.SQL(statement).format(*quoted))


def _copy(cursor: Any, address: Address, name: str, columns: Iterable[str], rows: Iterable[Any]) -> None:
    from psycopg import sql

    listed = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(address.schema, name), listed)
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _write_districts(cursor: Any, districts: gpd.GeoDataFrame, ledger: Ledger, address: Address) -> None:
    import shapely

    name = f"{address.table}_districts"
    columns = (
        "district",
        "name",
        "province",
        "province_name",
        "population",
        "poor",
        "poverty_rate",
        "poverty_class",
    )
    kinds = {"population": "numeric", "poor": "numeric", "poverty_rate": "double precision"}
    listed = ", ".join(f"{column} {kinds.get(column, 'text')}" for column in columns)
    _execute(
        cursor,
        f"CREATE TABLE {{}} ({listed}, geometry geometry(MultiPolygon, 4326), PRIMARY KEY (district))",
        address,
        name,
    )
    described = ledger.districts.set_index("district").reindex(districts["district"]).reset_index()
    cells = described[[*columns]].astype(object)
    cells = cells.where(cells.notna(), None)
    shapes = [
        shapely.MultiPolygon([*(getattr(shape, "geoms", [shape]))]) for shape in districts.geometry.to_numpy()
    ]
    wkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
    rows = ([*row, shape] for row, shape in zip(cells.to_numpy().tolist(), wkb, strict=True))
    _copy(cursor, address, name, [*columns, "geometry"], rows)
    _execute(cursor, "CREATE INDEX ON {} USING gist (geometry)", address, name)
    _comment(cursor, address, name, "districts of the ledger beside it")


def _write_entries(cursor: Any, ledger: Ledger, parts: Iterable[pd.DataFrame], address: Address) -> None:
    listed = ", ".join(f"{column} {_TYPES.get(column, 'text')} NOT NULL" for column in LEDGER_COLUMNS)
    listed = listed.replace("district text NOT NULL", "district text REFERENCES {}")
    _execute(
        cursor,
        f"CREATE TABLE {{}} (entry bigint PRIMARY KEY, {listed})",
        address,
        address.table,
        f"{address.table}_districts",
    )
    start = 1
    for entries in parts:
        written = written_ledger(replace(ledger, entries=entries))
        written["district"] = written["district"].where(written["district"] != "", None)
        rows = ([number, *row] for number, row in enumerate(written.to_numpy().tolist(), start))
        _copy(cursor, address, address.table, ["entry", *LEDGER_COLUMNS], rows)
        start += len(written)
    for column in _INDEXED:
        _execute(cursor, f"CREATE INDEX ON {{}} ({column})", address, address.table)
    _comment(cursor, address, address.table, "; ".join(closing_lines(ledger)))


def _write_reconciliation(cursor: Any, ledger: Ledger, address: Address) -> None:
    name = f"{address.table}_reconciliation"
    columns = ("currency", "kind", "input_total", "rounding", "in_districts", "placed_total", "difference")
    listed = ", ".join(
        [f"{column} {'text' if column in columns[:2] else 'numeric'} NOT NULL" for column in columns]
        + ["PRIMARY KEY (currency, kind)"]
    )
    _execute(cursor, f"CREATE TABLE {{}} ({listed})", address, name)
    rows = [[getattr(row, column) for column in columns] for row in reconcile(ledger)]
    _copy(cursor, address, name, columns, rows)
    _comment(cursor, address, name, "what was given, and where it is")


def _comment(cursor: Any, address: Address, name: str, text: str) -> None:
    from psycopg import sql

    statement = sql.SQL("COMMENT ON TABLE {} IS {}")
    cursor.execute(statement.format(sql.Identifier(address.schema, name), sql.Literal(f"{_MARK}: {text}")))
