"""Sources: readers of files, databases and published releases; each yields checked tables.

Belongs here: everything between bytes and a table that keeps its contract: `tables` (text and
workbooks), `vector` (layers), `standards` (IATI, AidData, OC4IDS, HXL), `parquet`, `database`,
`memory_tables`, `download`. `raw_table` is the content of a file before it is checked; `conform` checks it.

Does not belong here: checks of one table against another (`plan.cross_checks`).
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

from geoplan.model.errors import InputError, Problem
from geoplan.model.schema import Table
from geoplan.sources.bounding_box import keep_in_box
from geoplan.sources.conform import Conformed, conform
from geoplan.sources.database import address_of, read_database
from geoplan.sources.files_read_once import read_once, several_times
from geoplan.sources.memory_tables import read_memory_table
from geoplan.sources.parquet import is_dataset, read_parquet
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.standards.other_standards import recognise_file, recognise_headers
from geoplan.sources.table_parts import list_parts, read_parts
from geoplan.sources.tables.headers import IS_MISSING
from geoplan.sources.tables.table_files import TABLE_SUFFIXES, read_table
from geoplan.sources.vector.vector_layers import read_vector


def read(spec: FileSpec, table: Table) -> Conformed:
    """Read one file, or one table in memory, as one of the five tables.

    Parameters
    ----------
    spec : FileSpec
    table : Table

    Returns
    -------
    Conformed
        Problems are listed in ``problems``, never raised, so that a caller can list those of all files.
    """
    if spec.in_memory is not None:
        return _read_part(spec, table)
    try:
        parts = list_parts(spec)
    except InputError as error:
        return _nothing_read(table, error)
    with read_once(several_times(part.path for part in parts)):
        return read_parts(parts, table, _read_part) if len(parts) > 1 else _read_part(parts[0], table)


def _read_part(spec: FileSpec, table: Table) -> Conformed:
    """Read one file, sheet or layer."""
    try:
        # A table in memory has no file that could change meanwhile.
        with faults_as_problems(spec.path) if spec.in_memory is None else nullcontext():
            raw = _read_raw(spec, table)
    except InputError as error:
        standard = recognise_file(spec.path) if spec.in_memory is None else None
        return _nothing_read(table, error if standard is None else InputError(standard.problem_of(spec.path)))
    conformed = _named(conform(raw, table, spec), raw, spec)
    # Readers of layers apply bbox themselves; the rows of a table have a place only after conform.
    is_table = address_of(spec.path) is None and spec.path.suffix.lower() in TABLE_SUFFIXES
    return keep_in_box(conformed, raw.source, spec.bbox) if is_table and spec.bbox is not None else conformed


def _named(conformed: Conformed, raw: RawTable, spec: FileSpec) -> Conformed:
    """Name the standard of a table that lacks columns, if its headers show one."""
    lacks = any(problem.message.startswith(IS_MISSING) for problem in conformed.problems)
    standard = recognise_headers(raw.table.columns) if lacks else None
    if standard is None:
        return conformed
    return replace(conformed, problems=[standard.problem_of(spec.path), *conformed.problems])


def _nothing_read(table: Table, error: InputError) -> Conformed:
    import pandas as pd

    problems = [problem for problem in error.problems if isinstance(problem, Problem)]
    return Conformed(pd.DataFrame(columns=[*table.read_names]), problems, [])


def _read_raw(spec: FileSpec, table: Table) -> RawTable:
    """Read one table by the reader of its format."""
    if spec.in_memory is not None:
        return read_memory_table(spec)
    address = address_of(spec.path)
    if address is not None:
        return read_database(spec, address)
    if spec.path.suffix.lower() in TABLE_SUFFIXES:
        return read_table(spec, table)
    return read_parquet(spec) if is_dataset(spec.path) else read_vector(spec, table_will_do=True)
