"""Tables of PostgreSQL and PostGIS: ``postgresql://[USER@]HOST[:PORT]/DATABASE/[SCHEMA.]TABLE``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.model.errors import InputError, Problem, UsageError
from geoplan.sources.plain_cells import as_plain
from geoplan.sources.raw_table import FileSpec, Raw
from geoplan.sources.vector.vector_layers import in_degrees

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEME = "postgresql:"


@dataclass(frozen=True)
class Address:
    """Where a table is.

    Parameters
    ----------
    server : str
        What stands before the database: user, host and port.
    database, schema, table : str
    """

    server: str
    database: str
    schema: str
    table: str

    @property
    def url(self) -> str:
        """Address of the database for psycopg."""
        return f"postgresql://{self.server}/{self.database}"

    @property
    def name(self) -> str:
        """Name of the table for messages: without server, user or password."""
        return self.table if self.schema == "public" else f"{self.schema}.{self.table}"


def address_of(path: Path) -> Address | None:
    """Return the address that a path stands for, or None for a path of files.

    >>> address_of(Path("postgresql://planner@db.example/province/plan.districts")).name
    'plan.districts'

    Raises
    ------
    UsageError
        It names no table.
    """
    # A path keeps one slash of two, and Windows turns them round.
    parts = path.as_posix().split("/")
    if parts[0] != SCHEME:
        return None
    server, database, table = ([part for part in parts[1:] if part] + ["", "", ""])[:3]
    if not table:
        raise UsageError("a table of a database is named like postgresql://USER@HOST/DATABASE/TABLE")
    schema, _, bare = table.rpartition(".")
    return Address(server, database, schema or "public", bare)


@contextmanager
def connect(address: Address) -> Iterator[Connection]:
    """Open a transaction in a database.

    Raises
    ------
    UsageError
        What it takes is not installed, or the server does not answer.
    """
    try:
        import psycopg
        from sqlalchemy import create_engine
        from sqlalchemy.exc import DBAPIError
    except ImportError:
        raise UsageError(
            'databases need more libraries: install them with python -m pip install "geoplan[postgis]"'
        ) from None
    engine = create_engine(address.url.replace("postgresql:", "postgresql+psycopg:", 1))
    try:
        with engine.begin() as connection:
            yield connection
    except (DBAPIError, psycopg.Error) as error:
        raise UsageError(
            f"database {address.database} cannot be used ({_reason(error)}): check address, user and rights; "
            "a password goes into PGPASSWORD or ~/.pgpass"
        ) from None
    finally:
        engine.dispose()


def _reason(error: Exception) -> str:
    """Return what a server or its driver says is wrong, and about which object."""
    cause = getattr(error, "orig", None) or error
    about = getattr(cause, "diag", None)
    said = [getattr(about, "message_primary", None), getattr(about, "message_detail", None)]
    told = "; ".join(part for part in said if part) or str(cause).strip()
    return " ".join(told.splitlines()[:2]).strip()


def read_database(spec: FileSpec, address: Address) -> Raw:
    """Read a table of a database; a geometry column of PostGIS is converted to EPSG:4326.

    Raises
    ------
    InputError
        There is no such table, it is empty, or it has several geometries.
    UsageError
        The database cannot be used.
    """
    with connect(address) as connection:
        frame = _read(connection, address, spec)
    if frame.empty:
        raise InputError(Problem(address.name, "the table has no rows", way_out="choose another table"))
    return Raw(address.name, frame, pd.Series(range(1, len(frame) + 1), dtype="int64"))


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
        raise InputError(Problem(address.name, "there is no such table in the database", way_out=way_out))
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
    """Find the geometry column of a table, as PostGIS lists it."""
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
