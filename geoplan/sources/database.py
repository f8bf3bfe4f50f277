"""Databases: tables of PostgreSQL and PostGIS, ``postgresql://[USER@]HOST[:PORT]/DATABASE/[SCHEMA.]TABLE``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import pandas as pd

from geoplan.model.errors import InputError, Problem, UsageError, show_value
from geoplan.model.optional_libraries import missing_extra
from geoplan.sources.plain_cells import as_plain
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.vector.vector_layers import in_degrees

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Connection

SCHEMES = ("postgresql:", "postgres:")
DEADLOCKS = ("40P01", "40001")
"""States of errors after which the same transaction may succeed."""

_SERVER = re.compile(
    r"(?:[^@\s]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s@:\[\]]+)"
    r"(?::(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?"
)
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Address:
    """The address of a table in a database.

    Parameters
    ----------
    server : str
        The part of the address before the database: user, host and port.
    database, schema, table : str
    """

    server: str
    database: str
    schema: str
    table: str

    @property
    def url(self) -> str:
        """Address of the database for psycopg."""
        return f"postgresql://{self.server}/{quote(self.database, safe='')}"

    @property
    def name(self) -> str:
        """Name of the table for messages: without server, user or password."""
        return self.table if self.schema == "public" else f"{self.schema}.{self.table}"


def address_of(path: Path) -> Address | None:
    """Return the database address that a path stands for, or None for a path to files.

    >>> address_of(Path("postgresql://planner@db.example/province/plan.districts")).name
    'plan.districts'

    Raises
    ------
    UsageError
        The address is not complete. The message never shows a password.
    """
    # Path reduces two slashes to one, and Windows turns slashes into backslashes.
    parts = path.as_posix().split("/")
    if parts[0].lower() not in SCHEMES:
        return None
    server, database, table, *more = [*(part for part in parts[1:] if part), "", "", ""][: max(3, len(parts))]
    faults = []
    if not table or any(more):
        faults.append("it needs a server, a database and a table")
    if not _SERVER.fullmatch(server):
        faults.append(
            "the server is written [USER[:PASSWORD]@]HOST[:PORT], the port as a number from 1 to 65535"
        )
    if _BAD_PERCENT.search(f"{server}/{database}/{table}"):
        faults.append("% starts a code such as %20 for a space, or %25 for itself")
    if faults:
        raise UsageError(
            f"{'; '.join(faults)}: write the address of a table like postgresql://USER@HOST/DATABASE/TABLE"
        )
    schema, _, bare = unquote(table).rpartition(".")
    return Address(server, unquote(database), schema or "public", bare)


@contextmanager
def connect(address: Address) -> Iterator[Connection]:
    """Open a transaction in a database.

    Raises
    ------
    UsageError
        A required library is not installed, or the server does not answer.
    """
    try:
        import psycopg
        from sqlalchemy import create_engine
        from sqlalchemy.exc import DBAPIError
    except ImportError:
        raise missing_extra("databases need", "postgis") from None
    engine = create_engine(address.url.replace("postgresql:", "postgresql+psycopg:", 1))
    try:
        with engine.begin() as connection:
            yield connection
    except (DBAPIError, psycopg.Error) as error:
        raise unusable(address, error) from None
    finally:
        engine.dispose()


@contextmanager
def open_session(address: Address) -> Iterator[psycopg.Connection[Any]]:
    """Open a session in a database, for several transactions.

    Raises
    ------
    UsageError
        As for `connect`.
    """
    try:
        import psycopg
    except ImportError:
        raise missing_extra("databases need", "postgis") from None
    try:
        with closing(psycopg.connect(address.url, application_name="geoplan")) as connection:
            yield connection
    except psycopg.Error as error:
        raise unusable(address, error) from None


def unusable(address: Address, error: Exception) -> UsageError:
    """Return the error of a database, with a way out that fits the server's message."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None) or ""
    said = _reason(error)
    if state.startswith("28") or "password" in said:
        way_out = "check the user; a password goes into PGPASSWORD or ~/.pgpass"
    elif not state or state.startswith("08"):
        way_out = "check the server's name and port, and that it runs"
    elif state == "42501":
        way_out = "ask the owner of the database for the permission"
    elif state in DEADLOCKS:
        way_out = "another program changes the same tables: run again"
    else:
        way_out = "check the names of database, schema and table"
    return UsageError(f"database {show_value(address.database)} cannot be used ({said}): {way_out}")


def _reason(error: Exception) -> str:
    """Return the message of a server or its driver, with the object it is about."""
    cause = getattr(error, "orig", None) or error
    about = getattr(cause, "diag", None)
    said = [getattr(about, "message_primary", None), getattr(about, "message_detail", None)]
    told = "; ".join(part for part in said if part) or str(cause).strip()
    return " ".join(told.splitlines()[:2]).strip()


def read_database(spec: FileSpec, address: Address) -> RawTable:
    """Read a table of a database; a geometry column of PostGIS is converted to EPSG:4326.

    Raises
    ------
    InputError
        The table does not exist, is empty, or has several geometry columns.
    UsageError
        The database cannot be used.
    """
    with connect(address) as connection:
        frame = _read(connection, address, spec)
    if frame.empty:
        raise InputError(Problem(address.name, "the table has no rows", way_out="choose another table"))
    return RawTable(address.name, frame, pd.Series(range(1, len(frame) + 1), dtype="int64"))


def _read(connection: Connection, address: Address, spec: FileSpec) -> pd.DataFrame:
    import geopandas
    import shapely
    from sqlalchemy import MetaData, Table, inspect, select, text

    inspector = inspect(connection)
    if not inspector.has_table(address.table, schema=address.schema) and address.table not in (
        inspector.get_view_names(schema=address.schema)
    ):
        known = ", ".join(sorted(inspector.get_table_names(schema=address.schema))[:12])
        way_out = f"its tables are {known}" if known else "check schema and database"
        raise InputError(Problem(address.name, "no such table in the database", way_out=way_out))
    geometry = _geometry_column(connection, address, spec)
    quote = inspector.bind.dialect.identifier_preparer.quote
    order = inspector.get_pk_constraint(address.table, schema=address.schema)["constrained_columns"]
    query = f"SELECT * FROM {quote(address.schema)}.{quote(address.table)}"
    if order:
        query += " ORDER BY " + ", ".join(quote(column) for column in order)
    if geometry is None:
        table = Table(address.table, MetaData(), schema=address.schema, autoload_with=connection)
        rows = connection.execute(select(table).order_by(*[table.c[column] for column in order]))
        frame = as_plain(pd.DataFrame(rows.fetchall(), columns=[*rows.keys()], dtype=object))
        return frame.where(frame.notna(), None)
    layer = geopandas.read_postgis(text(query), connection, geom_col=geometry)
    layer = in_degrees(layer, spec, address.name)
    shapes = shapely.force_2d(layer.geometry.to_numpy())
    frame = as_plain(pd.DataFrame(layer.drop(columns=geometry)).astype(object))
    frame = frame.where(frame.notna(), None)
    frame["geometry"] = shapes
    return frame


def _geometry_column(connection: Connection, address: Address, spec: FileSpec) -> str | None:
    """Find the geometry column of a table in PostGIS's list of geometry columns."""
    from sqlalchemy import text

    if not connection.execute(text("SELECT to_regclass('geometry_columns') IS NOT NULL")).scalar():
        return None
    query = text(
        "SELECT f_geometry_column FROM geometry_columns WHERE f_table_schema = :schema AND f_table_name = :name"
    )
    found: list[Any] = [
        row[0] for row in connection.execute(query, {"schema": address.schema, "name": address.table})
    ]
    wanted = spec.columns.get("geometry")
    if wanted in found:
        return wanted
    if len(found) > 1:
        way_out = 'name one in geoplan.toml under columns, such as geometry = "geom"'
        raise InputError(
            Problem(address.name, "the table has several geometries", values=tuple(found), way_out=way_out)
        )
    return str(found[0]) if found else None
