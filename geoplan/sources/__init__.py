"""Readers of files, one module per family of formats; each yields raw tables that `conform` checks."""

from __future__ import annotations

from geoplan.errors import InputError, Problem
from geoplan.schema import Table
from geoplan.sources.box import within_box
from geoplan.sources.conform import Conformed, conform
from geoplan.sources.database import address_of, read_database
from geoplan.sources.parquet import is_dataset, read_parquet
from geoplan.sources.raw import FileSpec
from geoplan.sources.table import TABLE_SUFFIXES, read_table
from geoplan.sources.vector import read_vector


def read(spec: FileSpec, table: Table) -> Conformed:
    """Read one file as one of the five tables.

    Parameters
    ----------
    spec : FileSpec
    table : Table

    Returns
    -------
    Conformed
        Faults are in its ``problems``; nothing is raised, so that a caller can list those of all files.
    """
    try:
        address = address_of(spec.path)
        if address is not None:
            raw = read_database(spec, address)
        elif spec.path.suffix.lower() in TABLE_SUFFIXES:
            raw = read_table(spec, table)
        elif is_dataset(spec.path):
            raw = read_parquet(spec)
        else:
            raw = read_vector(spec, table_will_do=True)
    except InputError as error:
        import pandas as pd

        problems = [problem for problem in error.problems if isinstance(problem, Problem)]
        return Conformed(pd.DataFrame(columns=[*table.names]), problems, [])
    except OSError as error:
        import pandas as pd

        problem = Problem(
            spec.path.name,
            f"can not be opened ({error.strerror})",
            way_out="close it elsewhere, or check your rights",
        )
        return Conformed(pd.DataFrame(columns=[*table.names]), [problem], [])
    conformed = conform(raw, table, spec)
    # Readers of layers choose by the box themselves; in a table it shows only now where a row lies.
    is_table = address is None and spec.path.suffix.lower() in TABLE_SUFFIXES
    return within_box(conformed, raw.source, spec.bbox) if is_table and spec.bbox is not None else conformed
