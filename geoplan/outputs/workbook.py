"""Workbooks: frames as sheets of an .xlsx file, in which text from data is never a formula."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pandas as pd

from geoplan.outputs.text_tables import is_numeric, spreadsheet_safe

# The one time stamp of all workbooks, so that the same input gives the same bytes.
_STAMP = datetime(2000, 1, 1)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST = 60
_HEAD = 18
_FONT = "Calibri"
_LINE = 15
_MOST_TIDY = 500
_LINE_LETTERS = 110
_COLOURS = ("0072B2", "D55E00", "A6CEE3")
_LONGEST_CELL = 32_767


@dataclass(frozen=True)
class Bars:
    """A bar chart of columns of a sheet's table, next to the table.

    Parameters
    ----------
    title : str
    labels : str
        Column with the names of the bars.
    values : tuple of str
        Columns with their lengths.
    upright : bool
        Vertical bars; otherwise horizontal.
    """

    title: str
    labels: str
    values: tuple[str, ...]
    upright: bool = False


@dataclass(frozen=True)
class SheetToWrite:
    """A table as a sheet.

    Parameters
    ----------
    frame : DataFrame
    heads : mapping of str to str
        Headers in the sheet, by column of the frame.
    formats : mapping of str to str
        Number formats by column. Decimal and float columns have a default.
    bars : Bars, optional
    """

    frame: pd.DataFrame
    heads: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    bars: Bars | None = None


def write_workbook(
    path: Path,
    sheets: Mapping[str, pd.DataFrame | SheetToWrite],
    notes: Sequence[str],
    *,
    opening: str = "Read me",
    title: str = "",
) -> None:
    """Write frames as sheets, and notes as a first sheet.

    Parameters
    ----------
    path : Path
    sheets : mapping of title to DataFrame or SheetToWrite
        Headers are frozen and filtered, and repeat on printed pages; numbers get a format.
    notes : sequence of str
        Lines about the workbook, such as reconciliation and illustrative figures.
    opening : str
        Name of the first sheet.
    title : str
        Heading of the first sheet; empty for none.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    workbook = Workbook()
    first = workbook.active
    first.title = opening
    lines = [*([title] if title else []), *notes]
    for row, note in enumerate(lines, start=1):
        cell = first.cell(row, 1)
        set_cell(cell, note)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if title and row == 1:
            cell.font = Font(name=_FONT, bold=True, size=14)
        else:
            # Spreadsheets do not adjust row heights when they open a file.
            first.row_dimensions[row].height = _LINE * (1 + len(note) // _LINE_LETTERS)
    first.column_dimensions["A"].width = 110
    _set_page(first)
    for name, table in sheets.items():
        _fill(workbook.create_sheet(name), table if isinstance(table, SheetToWrite) else SheetToWrite(table))
    workbook.active = 0 if title or not sheets else 1
    save_workbook(workbook, path)


def save_workbook(workbook: Any, path: Path) -> None:
    """Save a workbook of openpyxl so that the same cells give the same bytes."""
    workbook.properties.creator = "geoplan"
    workbook.properties.created = workbook.properties.modified = _STAMP
    # In memory first, because an unfinished zip on a full disk raises a second error when it is deleted.
    buffer = BytesIO()
    try:
        workbook.save(buffer)
    except Exception as error:
        # openpyxl writes sheets to the folder for temporary files by lxml, which raises its own error type.
        if str(error).startswith("IO_"):
            raise OSError(f"no room in {gettempdir()}: {error}") from error
        raise
    path.write_bytes(_with_fixed_stamps(buffer))


def _fill(sheet: Any, table: SheetToWrite) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    frame = table.frame
    wrapped, tidy = _has_long_texts(frame), len(frame) <= _MOST_TIDY
    for column, name in enumerate(frame.columns, start=1):
        head = sheet.cell(1, column)
        set_cell(head, str(table.heads.get(name, name)))
        head.font, head.fill = Font(name=_FONT, size=11, bold=True), PatternFill("solid", fgColor="E8EDF0")
        side = "right" if is_numeric(frame[name]) else "left"
        head.alignment = Alignment(
            wrap_text=True, vertical="top", horizontal=side, indent=int(side == "left")
        )
        shape = table.formats.get(name)
        longest = min(len(str(head.value or "")), _HEAD)
        for row, value in enumerate(frame[name], start=2):
            cell = sheet.cell(row, column)
            set_cell(cell, value)
            if shape and cell.value is not None:
                cell.number_format = shape
            if tidy:
                text = isinstance(value, str)
                cell.alignment = Alignment(
                    horizontal="left" if text else None,
                    vertical="top",
                    indent=int(text),
                    wrap_text=text and wrapped,
                )
            longest = max(longest, _length(value, shape))
        sheet.column_dimensions[get_column_letter(column)].width = min(longest + 3, _WIDEST)
    sheet.freeze_panes = "A2"
    if len(frame):
        sheet.auto_filter.ref = sheet.dimensions
    if wrapped:
        _set_heights(sheet, frame)
    _set_page(sheet)
    if table.bars is not None and len(frame):
        _add_bars(sheet, table, table.bars)


def _has_long_texts(frame: pd.DataFrame) -> bool:
    """Tell whether to wrap text. On very long sheets that only costs time."""
    if len(frame) > _MOST_TIDY:
        return False
    return any(
        frame[name].map(lambda cell: isinstance(cell, str) and len(cell) > _WIDEST).any() for name in frame
    )


def _set_heights(sheet: Any, frame: pd.DataFrame) -> None:
    """Set the height of rows with wrapped text."""
    for row, cells in enumerate(frame.itertuples(index=False, name=None), start=2):
        longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
        if longest > _WIDEST:
            sheet.row_dimensions[row].height = _LINE * (1 + longest // _WIDEST)


def _length(value: object, shape: str | None) -> int:
    """Return the number of characters that a cell shows."""
    if pd.isna(value):  # type: ignore[call-overload]
        return 0
    if isinstance(value, Decimal):
        return len(f"{value:,f}")
    if isinstance(value, float):
        return 8 if shape else min(len(f"{value:,}"), 12)
    return len(str(value))


def _set_page(sheet: Any) -> None:
    """Print landscape, one page wide, with the header on each page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    if sheet.freeze_panes:
        sheet.print_title_rows = "1:1"


def _add_bars(sheet: Any, table: SheetToWrite, bars: Bars) -> None:
    from openpyxl.chart import BarChart, Reference

    columns = list(table.frame.columns)
    last = len(table.frame) + 1
    chart = BarChart()
    chart.type = "col" if bars.upright else "bar"
    chart.style = 10
    chart.title = bars.title
    for name, colour in zip(bars.values, _COLOURS, strict=False):
        at = columns.index(name) + 1
        chart.add_data(Reference(sheet, min_col=at, min_row=1, max_row=last), titles_from_data=True)
        chart.series[-1].graphicalProperties.solidFill = colour
    labels = columns.index(bars.labels) + 1
    chart.set_categories(Reference(sheet, min_col=labels, min_row=2, max_row=last))
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.numFmt = "#,##0"
    if not bars.upright:
        chart.x_axis.scaling.orientation = "maxMin"
    chart.legend.position = "b"
    chart.width, chart.height = 24, max(8.0, min(1.2 * last, 24)) if not bars.upright else 9
    sheet.add_chart(chart, f"A{last + 3}")


def set_cell(cell: Any, value: object) -> None:
    """Write a value with its type; text is never a formula."""
    if pd.isna(value):  # type: ignore[call-overload]
        return
    if isinstance(value, float) and not math.isfinite(value):
        cell.value = "∞" if value > 0 else "−∞"
    elif isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) else 0
        cell.value = value
        cell.number_format = "#,##0" + ("." + "0" * places if places else "")
    elif isinstance(value, str):
        cell.value = spreadsheet_safe(_ILLEGAL.sub("\ufffd", value))[:_LONGEST_CELL]
        cell.data_type = "s"
    else:
        cell.value = value


def _with_fixed_stamps(workbook: BytesIO) -> bytes:
    """Rewrite the archive with a fixed time for every member, because openpyxl uses the current time."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    with ZipFile(workbook) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    stamp = _STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    core = re.sub(
        rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, members["docProps/core.xml"]
    )
    members["docProps/core.xml"] = core
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(ZipInfo(name, date_time=_STAMP.timetuple()[:6]), data, ZIP_DEFLATED)
    return packed.getvalue()
