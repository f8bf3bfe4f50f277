"""Workbooks: frames as sheets of an .xlsx file, with no cell that a spreadsheet would execute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.report.text import spreadsheet_safe

# The one time stamp of all workbooks, so that the same input gives the same bytes.
_STAMP = datetime(2000, 1, 1)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST = 60
_LONGEST_CELL = 32_767


def write_workbook(path: Path, sheets: Mapping[str, pd.DataFrame], notes: list[str]) -> None:
    """Write frames as sheets, and notes as a first sheet ``Read me``.

    Parameters
    ----------
    path : Path
    sheets : mapping of title to DataFrame
        Headers are frozen and filtered; Decimal and float columns get a number format.
    notes : list of str
        Lines about what the workbook holds: reconciliation, what is illustrative.
    """
    from openpyxl import Workbook

    workbook = Workbook()
    first = workbook.active
    first.title = "Read me"
    for row, note in enumerate(notes, start=1):
        _set_cell(first.cell(row, 1), note)
    first.column_dimensions["A"].width = 110
    for title, frame in sheets.items():
        _fill(workbook.create_sheet(title), frame)
    workbook.active = 1 if len(sheets) else 0
    workbook.properties.created = workbook.properties.modified = _STAMP
    workbook.save(path)
    _fix_stamps(path)


def _fill(sheet: Any, frame: pd.DataFrame) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    for column, name in enumerate(frame.columns, start=1):
        head = sheet.cell(1, column)
        _set_cell(head, str(name))
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="E8EDF0")
        longest = len(str(name))
        for row, value in enumerate(frame[name], start=2):
            _set_cell(sheet.cell(row, column), value)
            longest = max(longest, len(str(value)))
        sheet.column_dimensions[get_column_letter(column)].width = min(longest + 3, _WIDEST)
    sheet.freeze_panes = "A2"
    if len(frame):
        sheet.auto_filter.ref = sheet.dimensions


def _set_cell(cell: Any, value: object) -> None:
    """Write a value as what it is; text always as text, never as a formula."""
    if pd.isna(value):  # type: ignore[call-overload]
        return
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) else 0
        cell.value = value
        cell.number_format = "#,##0" + ("." + "0" * places if places else "")
    elif isinstance(value, str):
        cell.value = spreadsheet_safe(_ILLEGAL.sub("\ufffd", value))[:_LONGEST_CELL]
        cell.data_type = "s"
    else:
        cell.value = value


def _fix_stamps(path: Path) -> None:
    """Pack the archive again with one time for every member: openpyxl stamps them with the clock."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    stamp = _STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    core = re.sub(
        rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, members["docProps/core.xml"]
    )
    members["docProps/core.xml"] = core
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(ZipInfo(name, date_time=_STAMP.timetuple()[:6]), data, ZIP_DEFLATED)
