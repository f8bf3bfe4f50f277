"""Workbooks: sheets of .xlsx, .ods and .xls files, with typed numbers and dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from geoplan.model.errors import InputError, Problem, list_first, show_value
from geoplan.sources.archives import check_archive
from geoplan.sources.files_read_once import made_once, opened_once
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.grid import Cell, FilledGrid, column_letter, grid_of
from geoplan.sources.tables.native_messages import native_messages_hidden
from geoplan.sources.tables.number_formats import read_formats
from geoplan.sources.tables.ods_formats import read_ods_formats
from geoplan.sources.tables.sheet_xml import (
    SheetLayout,
    check_repeats,
    part_of,
    read_failures,
    read_layout,
    refuse_doctypes,
)
from geoplan.sources.tables.xls_containers import check_compound
from geoplan.sources.tables.xls_formats import read_xls_formats

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".ods", ".xls")
_ZIPPED = (".xlsx", ".xlsm", ".ods")
_TEXT = frozenset((9, 10, 13, *range(32, 127)))
_OLE = b"\xd0\xcf\x11\xe0"
_MOST_CELLS = 20_000_000


@dataclass(frozen=True)
class Sheet:
    """One sheet: its title, whether it is visible, and functions that read its rows and its layout.

    ``cells`` reads both at once, or returns None if the sheet has to be read row by row.
    """

    title: str
    visible: bool
    rows: Callable[[], Iterable[Iterable[Any]]]
    layout: Callable[[], SheetLayout]
    cells: Callable[[], tuple[FilledGrid, SheetLayout] | None] = lambda: None


def read_workbook(spec: FileSpec, table: str = "") -> FilledGrid:
    """Read one sheet of a workbook as a grid.

    Parameters
    ----------
    spec : FileSpec
        ``sheet`` selects one; by default the only sheet with cells, or the one named like the table.
    table : str
        Name of the table to read it as.

    Returns
    -------
    FilledGrid

    Raises
    ------
    InputError
        Not readable, protected by a password, too large, or several sheets and none selected.
    """
    with open_sheets(spec.path) as sheets:
        sheet = _pick_sheet(sheets, spec, table)
        name = spec.path.name if len(sheets) == 1 else f"{spec.path.name}[{sheet.title}]"
        rows = partial(read_sheet, sheet, spec.path)
        grid, layout = made_once(spec.path, ("rows", sheet.title), rows)
    if layout.unsolved:
        raise InputError(_unsolved(name, layout.unsolved))
    return replace(grid, source=name, remarks=_hidden(name, grid, layout))


def read_sheet(sheet: Sheet, path: Path) -> tuple[FilledGrid, SheetLayout]:
    """Read the rows of a sheet that are not empty, and its layout; the grid is named after the sheet."""
    found = sheet.cells()
    if found is None:
        found = grid_of(sheet.title, _records(sheet, path)), sheet.layout()
    grid, layout = found
    if grid.widths.sum() > _MOST_CELLS:
        raise InputError(_too_large(path, sheet.title))
    return replace(
        grid,
        source=sheet.title,
        merged=layout.merged,
        ragged=False,
        formats=layout.formats,
        sheet=sheet.title,
    ), layout


def _hidden(name: str, grid: FilledGrid, layout: SheetLayout) -> tuple[str, ...]:
    """Report hidden rows and columns with cells: they are read like the others."""
    rows = [str(number) for number in grid.numbers.tolist() if number in layout.hidden_rows]
    columns = [column_letter(at) for at in sorted(layout.hidden_columns) if at < len(grid.columns)]
    return tuple(
        f"{name}: {what}{'s' if len(found) > 1 else ''} {', '.join(found[:10])}{' …' if len(found) > 10 else ''} "
        f"hidden in the workbook; hidden cells are read too"
        for what, found in (("row", rows), ("column", columns))
        if found
    )


def _unsolved(name: str, cells: tuple[str, ...]) -> Problem:
    return Problem(
        name,
        f"the file has no results for its formulas, in {list_first(cells)}",
        way_out="open it in Excel or LibreOffice and save it, which calculates them",
    )


@contextmanager
def open_sheets(path: Path) -> Iterator[list[Sheet]]:
    """Open a workbook and list its sheets in order.

    Raises
    ------
    InputError
        Not readable (also if this shows only when rows are read), protected by a password, or too
        large when unpacked.
    """
    _check_container(path)
    try:
        with opened_once(path, "sheets", partial(_open, path)) as sheets:
            yield sheets
    except BaseException as error:
        # A panic of calamine, which is written in Rust, is not an Exception and cannot be imported by name.
        if not isinstance(error, _faults()) and type(error).__name__ != "PanicException":
            raise
        raise InputError(_unreadable(path, error)) from None


@contextmanager
def _open(path: Path) -> Iterator[list[Sheet]]:
    suffix = path.suffix.lower()
    if suffix in _ZIPPED:
        refuse_doctypes(path)
    if suffix == ".xls":
        check_compound(path)
    if suffix == ".ods":
        check_repeats(path, _MOST_CELLS)
    with _open_xlsx(path) if suffix in (".xlsx", ".xlsm") else _open_other(path) as sheets:
        yield sheets


def _records(sheet: Sheet, path: Path) -> list[tuple[int, list[Cell]]]:
    """Read the rows of a sheet that are not empty, with their spreadsheet row numbers."""
    records, size = [], 0
    for number, row in enumerate(sheet.rows(), start=1):
        cells = [cell_value(cell) for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        size += len(cells)
        if size > _MOST_CELLS:
            raise InputError(_too_large(path, sheet.title))
        if cells:
            records.append((number, cells))
    return records


def _faults() -> tuple[type[Exception], ...]:
    """Return the exceptions that readers of workbooks raise for a broken file; openpyxl raises many."""
    from xml.etree.ElementTree import ParseError
    from zipfile import BadZipFile
    from zlib import error as zlib_error

    from openpyxl.utils.exceptions import InvalidFileException
    from python_calamine import CalamineError

    return (
        BadZipFile,
        CalamineError,
        InvalidFileException,
        ParseError,
        SyntaxError,
        zlib_error,
        AttributeError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        IndexError,
        KeyError,
        OSError,
        TypeError,
        ValueError,
    )


def _check_container(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(8)
        rest = file.read(1 << 20) if start.startswith(_OLE) else b""
    suffix = path.suffix.lower()
    if start.startswith(_OLE) and suffix in _ZIPPED:
        if "EncryptedPackage".encode("utf-16-le") in rest:
            message, advice = "is protected by a password", "open it, remove the password, and save it"
        else:
            message, advice = "is an old Excel workbook (.xls)", "rename it to .xls, or save it as .xlsx"
        raise InputError(Problem(path.name, message, way_out=advice))
    wrong = _other_than_named(start, suffix)
    if wrong is not None:
        message, advice = wrong
        raise InputError(Problem(path.name, message, way_out=advice))
    if suffix in _ZIPPED:
        check_archive(path, "workbook")


def _other_than_named(start: bytes, suffix: str) -> tuple[str, str] | None:
    """Return what a file is and the way out, if its first bytes do not match its name."""
    if not start:
        return "the file is empty", "copy it or save it again"
    if start.lstrip().lower().startswith((b"<html", b"<!doctyp", b"<table", b"<?xml")):
        return (
            "is a web page, not a workbook as its name says",
            "open it in a spreadsheet program and save it as .xlsx",
        )
    if suffix == ".xls" and start.startswith(b"PK"):
        return "is a newer workbook (.xlsx or .ods), not .xls as its name says", "rename it"
    if not start.startswith((b"PK", _OLE)) and all(byte in _TEXT for byte in start):
        return "is text, not a workbook as its name says", "rename it to .csv, or save it as .xlsx"
    return None


def _pick_sheet(sheets: list[Sheet], spec: FileSpec, table: str) -> Sheet:
    if not sheets:
        raise InputError(Problem(spec.path.name, "the workbook has no sheet", way_out="give another file"))
    titles = [sheet.title for sheet in sheets]
    listed = ", ".join(show_value(title) for title in titles)
    if spec.sheet is not None:
        if spec.sheet not in titles:
            raise InputError(
                Problem(
                    spec.path.name,
                    "there is no such sheet",
                    values=(spec.sheet,),
                    way_out=f"the sheets are {listed}",
                )
            )
        return sheets[titles.index(spec.sheet)]
    filled = [sheet for sheet in sheets if sheet.visible and has_cells(sheet)]
    named = [sheet for sheet in filled if table and sheet.title.strip().casefold() == table]
    if len(named) == 1:
        return named[0]
    if len(filled) > 1:
        listed = ", ".join(show_value(sheet.title) for sheet in filled)
        raise InputError(
            Problem(
                spec.path.name,
                f"the workbook has {len(filled)} sheets: {listed}",
                way_out=f'name one in geoplan.toml, such as {f"[{table}] " if table else ""}sheet = "{filled[0].title}", '
                f"or give {spec.path.name}::{filled[0].title}",
            )
        )
    return (filled or sheets)[0]


def has_cells(sheet: Sheet) -> bool:
    """Return whether any cell of a sheet is filled."""
    found = sheet.cells()
    if found is not None:
        return len(found[0]) > 0
    return any(cell_value(cell) != "" for cell in chain.from_iterable(sheet.rows()))


@contextmanager
def _open_xlsx(path: Path) -> Iterator[list[Sheet]]:
    # openpyxl streams, so one stray cell in the last row of an empty sheet costs nothing.
    with path.open("rb") as file:
        workbook = _load(file)
        for worksheet in workbook.worksheets:
            # The size written in the file can be wrong or huge; only the actual rows count.
            worksheet.reset_dimensions()
        yield [_xlsx_sheet(worksheet, path) for worksheet in workbook.worksheets]
        workbook.close()


def _load(file: IO[bytes]) -> Any:
    """Open a workbook by openpyxl, which is slow with shared strings."""
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.xml.constants import SHARED_STRINGS

    from geoplan.sources.tables.sheet_cells import read_strings

    reader = ExcelReader(file, read_only=True, data_only=True)
    strings_by_openpyxl = reader.read_strings

    def strings() -> None:
        part = reader.package.find(SHARED_STRINGS)
        found = None if part is None else read_strings(reader.archive.read(part.PartName[1:]))
        if found is None:
            strings_by_openpyxl()
        else:
            reader.shared_strings = found

    reader.read_strings = strings
    reader.read()
    return reader.wb


def _xlsx_sheet(worksheet: Any, path: Path) -> Sheet:
    layout = cache(partial(read_layout, path, worksheet.title))

    def rows() -> Iterable[Iterable[Any]]:
        layout()  # refuses cells outside a sheet first, because openpyxl would fill all rows before them
        return ([_unescaped(cell) for cell in row] for row in worksheet.iter_rows(values_only=True))

    return Sheet(
        worksheet.title,
        worksheet.sheet_state == "visible",
        rows,
        layout,
        cache(partial(_cells_of, worksheet, path)),
    )


def _cells_of(worksheet: Any, path: Path) -> tuple[FilledGrid, SheetLayout] | None:
    """Read a sheet of an .xlsx file as columns, with the strings and dates that openpyxl has found."""
    from openpyxl.worksheet._reader import WorkSheetParser

    from geoplan.sources.tables.sheet_cells import SheetReading, read_cells

    book = worksheet.parent
    about = {
        "epoch": book.epoch,
        "date_formats": book._date_formats,
        "timedelta_formats": book._timedelta_formats,
    }
    parser = WorkSheetParser(None, worksheet._shared_strings, data_only=True, **about)
    with ZipFile(path) as archive:
        part = part_of(archive, worksheet.title)
        if part is None:
            return None
        reading = SheetReading(
            read_formats(archive),
            book._date_formats,
            worksheet._shared_strings,
            lambda cell: parser.parse_cell(cell)["value"],
            lambda value: cell_value(_unescaped(value)),
        )
        return read_cells(archive.read(part), path.name, reading)


def _unescaped(cell: Any) -> Any:
    """Return a cell with the characters that .xlsx writes as ``_x000D_``; openpyxl leaves them as they are."""
    if not isinstance(cell, str) or "_x" not in cell:
        return cell
    from openpyxl.utils.escape import unescape

    return unescape(cell)


@contextmanager
def _open_other(path: Path) -> Iterator[list[Sheet]]:
    from python_calamine import SheetVisibleEnum, load_workbook

    with native_messages_hidden():
        opened = load_workbook(path)
    with opened as workbook:
        yield [
            Sheet(
                about.name,
                about.visible == SheetVisibleEnum.Visible,
                partial(_rows_of, workbook, about.name, path),
                cache(partial(_layout_of, workbook, about.name, path)),
            )
            for about in workbook.sheets_metadata
        ]


def _rows_of(workbook: Any, title: str, path: Path) -> list[list[Any]]:
    with native_messages_hidden():
        rows = list(workbook.get_sheet_by_name(title).to_python(skip_empty_area=False))
    # Calamine returns cells with a failed formula as empty.
    for (row, column), shown in read_failures(path, title).items() if path.suffix.lower() == ".ods" else ():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = shown
    return rows


def _layout_of(workbook: Any, title: str, path: Path) -> SheetLayout:
    with native_messages_hidden():
        ranges = workbook.get_sheet_by_name(title).merged_cell_ranges or []
    read_formats = read_ods_formats if path.suffix.lower() == ".ods" else read_xls_formats
    return SheetLayout(
        [(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in ranges],
        formats=read_formats(path, title),
    )


def cell_value(cell: object) -> Cell:
    """Return a cell as text, or as a number with the 15 digits that a spreadsheet keeps.

    >>> cell_value(0.1 + 0.2), cell_value(dt.datetime(2012, 3, 4)), cell_value(True)
    (0.3, '2012-03-04', 'yes')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else float(f"{cell:.15g}")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    return str(cell).replace("\xa0", " ").replace("\u202f", " ").strip()


def _unreadable(path: Path, error: BaseException) -> Problem:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Problem(
        path.name,
        f"is not a readable workbook ({reason})",
        way_out="open it in a spreadsheet program and save it again; the copy may be incomplete",
    )


def _too_large(path: Path, title: str) -> Problem:
    return Problem(
        path.name,
        f"sheet {show_value(title)} has more than {_MOST_CELLS:,} cells",
        way_out="delete stray cells far below or to the right, or save the sheet as CSV",
    )
