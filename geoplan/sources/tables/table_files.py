"""Table files: CSV, TSV and workbooks read as raw tables that keep the row numbers of the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from geoplan.model.errors import InputError, show_value
from geoplan.model.schema import Table
from geoplan.sources.file_presence import check_exists
from geoplan.sources.files_read_once import made_once, read_once
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.tables.cell_values import as_text
from geoplan.sources.tables.grid import FilledGrid
from geoplan.sources.tables.header_row import find_header
from geoplan.sources.tables.records import as_raw
from geoplan.sources.tables.text_files import read_text
from geoplan.sources.tables.workbook_files import (
    WORKBOOK_SUFFIXES,
    has_cells,
    open_sheets,
    read_sheet,
    read_workbook,
)
from geoplan.sources.where_clauses import rows_where

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", *WORKBOOK_SUFFIXES)


def read_table(spec: FileSpec, table: Table | None = None) -> RawTable:
    """Read a CSV, TSV, Excel or OpenDocument file as a table.

    Parameters
    ----------
    spec : FileSpec
    table : Table, optional
        The table to read it as. Its columns help to tell the header from a title above it.

    Returns
    -------
    RawTable
        Cells are stripped text or numbers (only text without ``table``); an empty cell is missing.

    Raises
    ------
    InputError
        The file is empty, is not what its name says, or cannot be read.
    """
    with faults_as_problems(spec.path):
        check_exists(spec.path)
        if spec.path.suffix.lower() in WORKBOOK_SUFFIXES:
            grid = read_workbook(spec, table.name if table is not None else "")
        else:
            grid = made_once(spec.path, ("text", spec.encoding), partial(read_text, spec))
        raw = as_raw(grid, spec, table)
        if table is None:
            raw = replace(raw, table=raw.table.map(as_text, na_action="ignore").astype(object))
        return raw if spec.where is None else _chosen(raw, spec.where)


def _chosen(raw: RawTable, where: str) -> RawTable:
    """Keep the rows that meet a condition, and report how many."""
    keep = rows_where(raw.table, where, raw.source)
    remark = f"{raw.source}: {int(keep.sum()):,} of {len(keep):,} rows are read (where)"
    return replace(
        raw,
        table=raw.table[keep].reset_index(drop=True),
        rows=raw.rows[keep].reset_index(drop=True),
        remarks=(*raw.remarks, remark),
    )


@dataclass(frozen=True)
class FoundTable:
    """A sheet or text file as a table, before anyone said what it is.

    Parameters
    ----------
    path : Path
    sheet : str, optional
        None for a text file, and for a workbook with one sheet.
    raw : RawTable
        Without rows that words call totals; these are in its ``totals``.
    header : int, optional
        Row number of the first header row; None if it is the first row, or known by HXL hashtags.
    layer : str, optional
        Of a layer of places in a vector file.
    """

    path: Path
    sheet: str | None
    raw: RawTable
    header: int | None
    layer: str | None = None


def find_tables(path: Path, table: Table) -> tuple[list[FoundTable], list[InputError]]:
    """Read every visible sheet of a workbook, or a text file, that has a header and records.

    Parameters
    ----------
    path : Path
    table : Table
        Columns that tell a header from a title.

    Returns
    -------
    tuple of list of FoundTable and list of InputError
        The tables, and why other sheets were not read.

    Raises
    ------
    InputError
        The file cannot be read at all.
    """
    titles: list[str | None] = [None]
    with faults_as_problems(path), read_once([path]):
        check_exists(path)
        is_workbook = path.suffix.lower() in WORKBOOK_SUFFIXES
        if is_workbook:
            with open_sheets(path) as sheets:
                titles = [sheet.title for sheet in sheets if sheet.visible and has_cells(sheet)]
        found, unread = [], []
        for title in titles:
            spec = FileSpec(path, sheet=title, totals="leave out")
            try:
                grid = read_workbook(spec) if is_workbook else read_text(spec)
                raw = as_raw(grid, spec, table)
                header = find_header(grid, spec, table)
            except InputError as error:
                unread.append(error)
                continue
            row = int(grid.numbers[header.above]) if not header.tags else 1
            found.append(FoundTable(path, title if len(titles) > 1 else None, raw, row if row > 1 else None))
    return found, unread


def describe_table(path: Path) -> list[dict[str, object]]:
    """List the sheets of a workbook, or the one table in a text file, as `list_layers` does."""
    spec = FileSpec(path)
    if path.suffix.lower() not in WORKBOOK_SUFFIXES:
        return [_describe(path, path.stem, read_text(spec), spec)]
    with open_sheets(path) as sheets:
        return [_describe(path, sheet.title, read_sheet(sheet, path)[0], spec) for sheet in sheets]


def _describe(path: Path, name: str, grid: FilledGrid, spec: FileSpec) -> dict[str, object]:
    columns: list[str] = []
    records = len(grid)
    try:
        raw = as_raw(grid, spec)
        columns, records = [str(column) for column in raw.table.columns], len(raw.table)
    except InputError:
        pass  # list an empty sheet, or one without a header, all the same
    return {
        "layer": name,
        "driver": path.suffix[1:].upper(),
        "geometry": "none",
        "features": records,
        "crs": "",
        "columns": ", ".join(show_value(column)[1:-1] for column in columns),
    }
