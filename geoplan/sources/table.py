"""Tables: CSV, TSV and Excel workbooks as text, with the row numbers a spreadsheet shows."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import pandas as pd

from geoplan.errors import InputError, Problem, show_value
from geoplan.schema import FORMULA_STARTS
from geoplan.sources.raw import FileSpec, Raw

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
_DELIMITERS = ",;\t|"
_LONGEST_FIELD = 10_000_000
_SIGNATURES = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"SQLite format 3": "a GeoPackage or another SQLite database",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
}


def read_table(spec: FileSpec) -> Raw:
    """Read a CSV, TSV or Excel file as a table of text.

    Parameters
    ----------
    spec : FileSpec

    Returns
    -------
    Raw
        Cells are text, stripped of surrounding space; an empty cell is missing.

    Raises
    ------
    InputError
        The file is empty, is not what its name says, or its text can not be decoded.
    """
    if spec.path.suffix.lower() == ".xlsx":
        return _read_workbook(spec)
    return _read_text(spec)


def _read_text(spec: FileSpec) -> Raw:
    data = spec.path.read_bytes()
    text, remark = _decode(data, spec)
    records = _parse(text, spec)
    return _as_raw(spec.path.name, records, () if remark is None else (remark,))


def _decode(data: bytes, spec: FileSpec) -> tuple[str, str | None]:
    """Decode as the plan says, by the byte order mark, or as UTF-8; never by guessing."""
    name = spec.path.name
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise InputError(
                Problem(
                    name,
                    f"is named as a text table but is {what}",
                    way_out="give it the right ending, or save it as CSV",
                )
            )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and spec.encoding is None:
        return _decode_as(data, "utf-16", name), f"{name} is read as UTF-16"
    if spec.encoding is None and b"\0" in data:
        raise InputError(
            Problem(
                name,
                "has NUL bytes, so it is no text table",
                way_out="save it as CSV UTF-8 again, or set encoding",
            )
        )
    return _decode_as(data, spec.encoding or "utf-8-sig", name), None


def _decode_as(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise InputError(
            Problem(
                name,
                f"the text is not {error.encoding.upper()}",
                rows=(row,),
                values=(
                    data[max(0, error.start - 12) : error.start + 12].decode("ascii", "backslashreplace"),
                ),
                way_out='save it as "CSV UTF-8", or name its encoding in geoplan.toml, such as encoding = "cp1252"',
            )
        ) from None
    except LookupError:
        raise InputError(
            Problem(
                name,
                "unknown encoding",
                values=(encoding,),
                way_out='use a name such as "utf-8", "cp1252" or "utf-16"',
            )
        ) from None


def _parse(text: str, spec: FileSpec) -> list[tuple[int, list[str]]]:
    """Split text into numbered records, keeping none that is wholly empty."""
    _refuse_html(text, spec.path)
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, spec.path), strict=True)
    records = []
    try:
        for number, record in enumerate(reader, start=1):
            cells = [cell.strip() for cell in record]
            if any(cells):
                records.append((number, cells))
    except csv.Error as error:
        raise InputError(
            Problem(
                spec.path.name,
                f"the row can not be read as CSV ({error})",
                rows=(reader.line_num,),
                way_out="look for a quotation mark that is opened and not closed",
            )
        ) from None
    return records


def _delimiter(text: str, path: Path) -> str:
    """Return the separator that occurs most in the header line, outside quotation marks."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    header = next((line for line in io.StringIO(text) if line.strip()), "")
    unquoted = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=unquoted.count)


def _refuse_html(text: str, path: Path) -> None:
    if text.lstrip()[:200].lower().startswith(("<!doctype html", "<html", "<?xml")):
        raise InputError(
            Problem(
                path.name,
                "is named as a table but holds a web page or XML",
                way_out="download the table itself again",
            )
        )


def _read_workbook(spec: FileSpec) -> Raw:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    name = spec.path.name
    try:
        workbook = load_workbook(spec.path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise InputError(
            Problem(
                name,
                f"is no readable Excel workbook ({type(error).__name__})",
                way_out="open it and save it as .xlsx again",
            )
        ) from None
    try:
        title, sheet = _pick_sheet(workbook, spec)
        records = [
            (number, cells)
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
            if any(cells := [_cell_text(cell) for cell in row])
        ]
    finally:
        workbook.close()
    return _as_raw(f"{name}[{title}]" if len(workbook.sheetnames) > 1 else name, records, ())


def _pick_sheet(workbook: Workbook, spec: FileSpec) -> tuple[str, Any]:
    title = spec.sheet or workbook.sheetnames[0]
    if title not in workbook.sheetnames:
        listed = ", ".join(show_value(sheet) for sheet in workbook.sheetnames)
        raise InputError(
            Problem(
                spec.path.name, "there is no such sheet", values=(title,), way_out=f"the sheets are {listed}"
            )
        )
    return title, workbook[title]


def _cell_text(cell: object) -> str:
    """Write a workbook cell as a CSV export would, but exactly."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{Decimal(repr(cell)):f}"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    return str(cell).strip()


def _as_raw(source: str, records: list[tuple[int, list[str]]], remarks: tuple[str, ...]) -> Raw:
    """Make a table of numbered records, the first of which is the header."""
    if not records:
        raise InputError(
            Problem(source, "the file is empty", way_out="it needs a header row and at least one record")
        )
    (_, first), *body = records
    header = [_unguarded(name) for name in first]
    while header and not header[-1]:
        header = header[:-1]
    problems = _header_problems(source, header) + _width_problems(source, len(header), body)
    if problems:
        raise InputError(problems)
    if not body:
        raise InputError(
            Problem(source, "there is a header but no record", way_out="add at least one record")
        )
    width = len(header)
    cells = [[_unguarded(cell) for cell in (record + [""] * width)[:width]] for _, record in body]
    table = pd.DataFrame(cells, columns=header, dtype=object)
    table = table.where(table != "", None)
    return Raw(source, table, pd.Series([number for number, _ in body], dtype="int64"), remarks)


def _unguarded(cell: str) -> str:
    """Take off the apostrophe that kept a spreadsheet from taking text for a formula."""
    guarded = cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS)
    return cell[1:] if guarded else cell


def _header_problems(source: str, header: list[str]) -> list[Problem]:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        return [
            Problem(
                source,
                "columns occur twice",
                rows=(1,),
                values=tuple(twice),
                way_out="rename or remove one of each",
            )
        ]
    return []


def _width_problems(source: str, width: int, body: list[tuple[int, list[str]]]) -> list[Problem]:
    wide = [(number, len(record)) for number, record in body if any(record[width:])]
    if not wide:
        return []
    return [
        Problem(
            source,
            f"more cells than the header has columns ({width})",
            rows=tuple(number for number, _ in wide),
            values=tuple(f"{count} cells" for _, count in wide),
            way_out='put quotation marks around values with a separator in them, such as "1,234"',
        )
    ]
