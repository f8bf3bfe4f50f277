"""Text tables: CSV and TSV, with separator and encoding detected."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from pathlib import Path
from typing import Any

from geoplan.model.errors import InputError, Problem
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.encodings import decode
from geoplan.sources.tables.grid import MOST_COLUMNS, Cell, FilledGrid, grid_of, too_wide
from geoplan.sources.tables.text_columns import split_columns

_DELIMITERS = ",;\t|"
_DELIMITER_NAMES = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_LONGEST_FIELD = 10_000_000
_SAMPLE = 200
_HEAD = 1_000_000
"""Lines, and characters, in which the separator is looked for."""
_LARGE = 200_000
"""Characters above which columns are faster; below, loading Arrow takes longer than splitting."""
_WRAPPED = re.compile(r'^"((?:[^"\n]|"")*)"(?=\r?$)', re.MULTILINE)
"""A line that is one field in quotation marks."""
_SPACES = ("\xa0", "\u202f", "\u2007")
_SIGNATURES = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"SQLite format 3": "a GeoPackage or another SQLite database",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
}


def read_text(spec: FileSpec) -> FilledGrid:
    """Read a CSV or TSV file as a grid of stripped text.

    Parameters
    ----------
    spec : FileSpec

    Returns
    -------
    FilledGrid
        Its ``remarks`` report what was detected: encoding, separator.

    Raises
    ------
    InputError
        It is not what its name says, or its text cannot be decoded or split.
    """
    data = spec.path.read_bytes()
    _refuse_signatures(data, spec.path.name)
    text, remarks = decode(data, spec)
    _refuse_markup(text, spec.path)
    text, unwrapped = unwrap_lines(text)
    encoding = (
        f"{spec.encoding} (geoplan.toml)"
        if spec.encoding
        else "not UTF-8 (a note names it)"
        if remarks
        else "UTF-8"
    )
    if unwrapped:
        remarks.append(
            f"{spec.path.name}: {unwrapped:,} lines are each one cell, as Excel saves a file whose separator it does not "
            "expect; they are split like the others"
        )
    delimiter = _delimiter(text, spec.path)
    if delimiter in _DELIMITER_NAMES and spec.path.suffix.lower() == ".csv":
        remarks.append(f"{spec.path.name} is separated by {_DELIMITER_NAMES[delimiter]}")
    return split_text(text, delimiter, spec.path.name, remarks=tuple(remarks), encoding=encoding)


def _refuse_signatures(data: bytes, name: str) -> None:
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise InputError(
                Problem(
                    name,
                    f"is {what}, not a text table as its name says",
                    way_out="rename it with the right extension, or save it as CSV",
                )
            )


def _refuse_markup(text: str, path: Path) -> None:
    if text.lstrip()[:200].lower().startswith(("<!doctype html", "<html", "<?xml")):
        raise InputError(
            Problem(
                path.name,
                "is a web page or XML, not a table as its name says",
                way_out="download the table again",
            )
        )


def unwrap_lines(text: str) -> tuple[str, int]:
    r"""Take off the quotation marks around whole lines, and return how many lines had them.

    Excel whose separator is a semicolon opens a line with commas as one cell, and saves it as one: in quotation marks
    if some were in it. Such a line is known by its fields: without the marks it has as many as the header.

    >>> unwrap_lines('project,title,sum\n"P1,""Roads, bridges"",5"\nP2,School,6\n')
    ('project,title,sum\nP1,"Roads, bridges",5\nP2,School,6\n', 1)
    """
    if not _WRAPPED.search(text):
        return text, 0
    header, *_ = text.split("\n", 1)
    bare = _WRAPPED.sub(_bare, header)
    delimiter = max(_DELIMITERS, key=bare.count)
    width = _count_fields(bare, delimiter)
    changed = 0

    def unwrapped(found: re.Match[str]) -> str:
        nonlocal changed
        line = _bare(found)
        if width < 2 or _count_fields(line, delimiter) != width:
            return found[0]
        changed += 1
        return line

    return _WRAPPED.sub(unwrapped, text), changed


def _bare(found: re.Match[str]) -> str:
    return found[1].replace('""', '"')


def _count_fields(line: str, delimiter: str) -> int:
    return len(next(csv.reader([line.rstrip("\r")], delimiter=delimiter), []))


def split_text(text: str, delimiter: str, name: str, **about: Any) -> FilledGrid:
    """Split a text into a grid: a large one by columns, if that gives the same cells, else row by row."""
    for space in _SPACES if not text.isascii() else ():
        text = text.replace(space, " ")
    if '="' in text:
        text = _without_formulas(text, delimiter)
    csv.field_size_limit(_LONGEST_FIELD)
    grid = split_columns(text, delimiter, name, **about) if len(text) > _LARGE else None
    return grid_of(name, split_rows(text, delimiter, name), **about) if grid is None else grid


def _without_formulas(text: str, delimiter: str) -> str:
    r"""Return a text whose cells have what a spreadsheet shows for ="0101", which keeps it from dropping zeros.

    >>> _without_formulas('code,title\n="0101",Road\n', ",")
    'code,title\n"0101",Road\n'
    """
    mark = re.escape(delimiter)
    cell = r'(?:="([^"\r\n]*)"|"="{2}([^"\r\n]*)"{3})'
    return re.sub(
        rf"(?:(?<=[{mark}\r\n])|\A){cell}(?=[{mark}\r\n]|\Z)",
        lambda found: f'"{found[1] or found[2] or ""}"',
        text,
    )


def split_rows(text: str, delimiter: str, name: str) -> list[tuple[int, list[Cell]]]:
    """Split a text into numbered records of stripped cells, without empty ones.

    Raises
    ------
    InputError
        A quotation mark is not closed, or a row has more columns than a table can have.
    """
    reader = csv.reader(_checked_lines(text, delimiter, name), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[Cell]]] = []
    try:
        for number, record in enumerate(reader, start=1):
            cells: list[Cell] = [cell.strip() for cell in record]
            if any(cells):
                records.append((number, cells))
    except csv.Error as error:
        raise InputError(
            Problem(
                name,
                f"the row cannot be read as CSV ({error})",
                rows=(reader.line_num,),
                way_out="look for a quotation mark that is opened and not closed",
            )
        ) from None
    return records


def _checked_lines(text: str, delimiter: str, name: str):  # type: ignore[no-untyped-def]
    """Yield lines, and refuse one with more columns than a table can have."""
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > MOST_COLUMNS and line.count(delimiter) >= MOST_COLUMNS:
            raise InputError(too_wide(name, number, line.count(delimiter) + 1))
        yield line


def _delimiter(text: str, path: Path) -> str:
    """Return the separator that splits most lines into the same number of columns, outside quotation marks.

    Counting over many lines keeps titles and decimal commas from winning.
    """
    if path.suffix.lower() == ".tsv":
        return "\t"
    sample = [line for line in islice(io.StringIO(text[:_HEAD]), _SAMPLE) if line.strip()]
    bare = ["".join(line.split('"')[::2]) for line in sample]

    def fit(delimiter: str) -> int:
        counts = [line.count(delimiter) for line in bare]
        return max((counts.count(count) * count for count in set(counts)), default=0)

    return max(_DELIMITERS, key=fit)
