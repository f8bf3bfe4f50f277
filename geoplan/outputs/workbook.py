"""Workbooks: frames as sheets of an .xlsx file, in which text from data is never a formula."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from geoplan.model.errors import UsageError
from geoplan.model.schema import FORMULA_STARTS
from geoplan.outputs.text_tables import is_numeric

if TYPE_CHECKING:
    from xlsxwriter.format import Format

# The one time stamp of all workbooks, so that the same input gives the same bytes.
_STAMP = datetime(2000, 1, 1)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST = 60
_HEAD = 18
_HEAD_MARGIN = 3
_LINE = 15
_MOST_TIDY = 500
_LINE_LETTERS = 110
_COLOURS = ("#0072B2", "#D55E00", "#A6CEE3")
MOST_ROWS = 1_048_575
"""Rows that a sheet has below its header."""
LONGEST_CELL = 32_767
"""Most characters that a cell of a sheet can hold."""
_PAGE_LETTERS = 200
"""Letters in the width of a landscape page that can still be read."""
_REPEATED = 2
"""First columns that repeat on each page of a sheet that is several pages wide."""
_PIXELS = 96 / 2.54


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
    printed_rows : int, optional
        Rows that are printed, if not all.
    """

    frame: pd.DataFrame
    heads: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    bars: Bars | None = None
    printed_rows: int | None = None


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

    Raises
    ------
    UsageError
        A frame has more rows than a sheet.
    """
    with new_workbook(path) as book:
        first = book.add_sheet(opening)
        lines = [*([title] if title else []), *notes]
        heading = book.style(bold=True, font_size=14, text_wrap=True, valign="top")
        plain = book.style(text_wrap=True, valign="top")
        for row, note in enumerate(lines):
            is_title = bool(title) and row == 0
            if not is_title:
                # Spreadsheets do not adjust row heights when they open a file.
                first.set_row(row, _LINE * (1 + len(note) // _LINE_LETTERS))
            first.put(row, 0, note, heading if is_title else plain)
        first.set_column(0, 0, 110)
        _set_page(first, pages=1)
        for name, table in sheets.items():
            sheet = add_table(book, name, table if isinstance(table, SheetToWrite) else SheetToWrite(table))
            if len(book.sheets) == 2 and not title:
                sheet.activate()


def add_table(book: Book, name: str, table: SheetToWrite) -> Any:
    """Add a sheet with a table to a workbook, and return it.

    Raises
    ------
    UsageError
        The table has more rows than a sheet.
    """
    if len(table.frame) > MOST_ROWS:
        raise UsageError(
            f"{len(table.frame):,} rows of {name} do not fit on a sheet: write a .csv, .parquet or .gpkg file"
        )
    sheet = book.add_sheet(name)
    _fill(book, sheet, table)
    return sheet


class Book:
    """A workbook that is being written, with its sheets and styles.

    Parameters
    ----------
    workbook : xlsxwriter.Workbook
    """

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self.sheets: list[Any] = []
        self._styles: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._sheet_class = _sheet_class()

    def add_sheet(self, name: str) -> Any:
        """Add a sheet of XlsxWriter with one more method: ``put(row, column, value, style)``."""
        self.sheets.append(self.workbook.add_worksheet(name, worksheet_class=self._sheet_class))
        return self.sheets[-1]

    def style(self, **properties: Any) -> Format:
        """Return the style with these properties of XlsxWriter; equal ones are one style."""
        key = tuple(sorted(properties.items()))
        if key not in self._styles:
            self._styles[key] = self.workbook.add_format(properties)
        return self._styles[key]


@contextmanager
def new_workbook(path: Path) -> Iterator[Book]:
    """Yield a workbook to fill; the same cells give the same bytes."""
    import xlsxwriter

    # In memory first, because an unfinished zip on a full disk raises a second error when it is deleted.
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    workbook.set_properties({"author": "geoplan", "created": _STAMP})
    yield Book(workbook)
    workbook.close()
    path.write_bytes(buffer.getvalue())


@dataclass(frozen=True)
class StyledColumn:
    """Values of a column and the style of each, both None where missing; equal texts and years have the same style."""

    values: list[Any]
    styles: list[Format | None]


def _look_alike(values: Sequence[Any]) -> bool:
    """Return whether equal values look the same: texts and whole numbers do, 1.0 and 1.00 do not."""
    return {*map(type, values)} - {type(None)} in ({str}, {int}, set())


def _number_styles(columns: Sequence[StyledColumn]) -> None:
    """Give the styles their numbers in the order in which they occur row by row."""
    met = []
    for at, column in enumerate(columns):
        last_to_first = zip(reversed(column.styles), reversed(range(len(column.styles))), strict=True)
        met += [(row, at, style) for style, row in dict(last_to_first).items() if style is not None]
    for _, _, style in sorted(met, key=lambda found: found[:2]):
        style._get_xf_index()


def _sheet_class() -> type[Any]:
    """Return a class of sheets that takes every value as it is.

    XlsxWriter rounds numbers to 16 digits, and takes text such as ``<r>…</r>`` for its own markup. Writing cells as
    finished XML avoids both, and halves the time.
    """
    from xlsxwriter.utility import xl_col_to_name
    from xlsxwriter.worksheet import Worksheet

    texts: dict[str, str] = {}

    class PlainSheet(Worksheet):  # type: ignore[misc]
        def put(self, row: int, column: int, value: object, style: Format | None = None) -> None:
            """Write a value with its type; text is never a formula, and a missing value only has its style."""
            self._check_dimensions(row, column)
            content = self._content(value, style)
            self.table[row][column] = f'<c r="{xl_col_to_name(column)}{row + 1}"{content}'

        def put_columns(self, first: int, columns: Sequence[StyledColumn]) -> None:
            """Write columns from a row on, as `put` would cell by cell; a missing value is no cell."""
            _number_styles(columns)
            rows = range(first + 1, first + 1 + max((len(column.values) for column in columns), default=0))
            cells = [
                self._cells(f'<c r="{xl_col_to_name(at)}', rows, column) for at, column in enumerate(columns)
            ]
            for row, of_row in enumerate(zip(*cells, strict=True), start=first):
                filled = [at for at, cell in enumerate(of_row) if cell]
                if filled:
                    # The row is written where its first cell is; its last cell is there to be counted.
                    self.table[row] |= {filled[-1]: "", filled[0]: "".join(of_row)}
                    self._check_dimensions(row, filled[0])
                    self._check_dimensions(row, filled[-1])

        def _cells(self, start: str, rows: range, column: StyledColumn) -> list[str]:
            """Return the finished cells of a column; each distinct text and whole number is made once."""
            pairs: Iterable[tuple[Any, Format | None]] = zip(column.values, column.styles, strict=True)
            contents: Iterable[str | None]
            if _look_alike(column.values):
                made = {
                    value: None if value is None else self._content(value, style)
                    for value, style in dict(pairs).items()
                }
                contents = map(made.get, column.values)
            else:
                contents = (None if value is None else self._content(value, style) for value, style in pairs)
            return [
                f'{start}{row}"{content}' if content else ""
                for row, content in zip(rows, contents, strict=True)
            ]

        def _content(self, value: object, style: Format | None) -> str:
            """Return a cell as finished XML after its reference."""
            mark = "" if style is None else f' s="{style._get_xf_index()}"'
            if isinstance(value, str):
                text = texts.get(value)
                if text is None:
                    text = texts[value] = escape(self._escape_control_characters(_as_cell_text(value)))
                content = f' t="inlineStr"><is><t xml:space="preserve">{text}</t></is>'
            elif value is None or pd.isna(value):  # type: ignore[call-overload]
                content = ">"
            elif isinstance(value, bool | np.bool_):
                content = f' t="b"><v>{int(value)}</v>'
            elif isinstance(value, Decimal):
                content = f"><v>{value:f}</v>"
            elif isinstance(value, int | float | np.number):
                number = value.item() if isinstance(value, np.number) else value
                if not math.isfinite(number):
                    return self._content("∞" if number > 0 else "−∞", style)
                content = f"><v>{number!r}</v>"
            elif isinstance(value, date):
                content = f"><v>{self._convert_date_time(value):.16G}</v>"
            else:
                return self._content(str(value), style)
            return f"{mark}{content}</c>"

        def _write_cell(self, row: int, col: int, cell: Any) -> None:
            if isinstance(cell, str):
                self.fh.write(cell)
            else:
                super()._write_cell(row, col, cell)

    return PlainSheet


def _as_cell_text(text: str) -> str:
    """Return text as a cell has it; an apostrophe that reading would take for a guard gets one more."""
    text = _ILLEGAL.sub("\ufffd", text)
    guarded = text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS)
    return (f"'{text}" if guarded else text)[:LONGEST_CELL]


def _fill(book: Book, sheet: Any, table: SheetToWrite) -> None:
    frame = table.frame
    wrapped, tidy = _has_long_texts(frame), len(frame) <= _MOST_TIDY
    heads = [str(table.heads.get(name, name)) for name in frame.columns]
    for column, name in enumerate(frame.columns):
        side = "right" if is_numeric(frame[name]) else "left"
        look = {"bold": True, "bg_color": "#E8EDF0", "text_wrap": True, "valign": "top", "align": side}
        guard = {"quote_prefix": True} if heads[column].startswith(FORMULA_STARTS) else {}
        sheet.put(0, column, heads[column], book.style(**look, **guard, indent=int(side == "left")))
    columns = [_cells_of(book, frame.iloc[:, at], table.formats.get(name), tidy=tidy, wrapped=wrapped)
               for at, name in enumerate(frame.columns)]  # fmt: skip
    sheet.put_columns(1, columns)
    for row, cells in enumerate(zip(*(column.values for column in columns), strict=True) if wrapped else ()):
        longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
        if longest > _WIDEST:
            sheet.set_row(row + 1, _LINE * (1 + longest // _WIDEST))
    widths = [_width(head, frame.iloc[:, at], table.formats.get(name))
              for at, (head, name) in enumerate(zip(heads, frame.columns, strict=True))]  # fmt: skip
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    # Bold letters and the arrow of the filter take room too, and spreadsheets do not adjust row heights.
    tallest = max(
        (
            len(wrap(head, max(1, int(width) - _HEAD_MARGIN)))
            for head, width in zip(heads, widths, strict=True)
        ),
        default=1,
    )
    if tallest > 1:
        sheet.set_row(0, _LINE * tallest)
    sheet.freeze_panes(1, 0)
    if len(frame) and len(frame.columns):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
        if table.printed_rows is not None and table.printed_rows < len(frame):
            sheet.print_area(0, 0, table.printed_rows, len(frame.columns) - 1)
    # Columns that do not fit beside each other go to further pages, each with the first columns and the header.
    pages = max(1, math.ceil(sum(widths) / _PAGE_LETTERS))
    _set_page(sheet, pages=pages)
    sheet.repeat_rows(0)
    if pages > 1:
        sheet.repeat_columns(0, min(_REPEATED, len(widths)) - 1)
    if table.bars is not None and len(frame):
        # Beside the columns that repeat, which would show a part of the chart on each page.
        _add_bars(book, sheet, table, table.bars, heads, column=_REPEATED if pages > 1 else 0)


def _cells_of(
    book: Book, cells: pd.Series[Any], shape: str | None, *, tidy: bool, wrapped: bool
) -> StyledColumn:
    """Return the values of a column with the style of each."""
    values = cells.astype(object).where(cells.notna(), None).tolist()
    usual = {"valign": "top"} if tidy else {}
    looks = {"align": "left", "indent": 1, "text_wrap": wrapped, **usual} if tidy else {}
    text, formula = book.style(**looks), book.style(**looks, quote_prefix=True)
    shaped = book.style(**({"num_format": shape} if shape else {}), **usual)

    @cache
    def of_places(places: int) -> Format:
        return book.style(num_format=decimal_format(places), **usual)

    def style_of(value: object) -> Format | None:
        if value is None:
            return None
        if isinstance(value, str):
            return formula if value.startswith(FORMULA_STARTS) else text
        if shape is None and isinstance(value, Decimal):
            return of_places(_places(value))
        if shape is None and isinstance(value, date):
            return book.style(num_format="yyyy-mm-dd", **usual)
        return shaped

    if not _look_alike(values):
        return StyledColumn(values, [style_of(value) for value in values])
    styles = {value: style_of(value) for value in dict.fromkeys(values)}
    return StyledColumn(values, [*map(styles.get, values)])


def decimal_format(places: int) -> str:
    """Return the number format of amounts with so many decimals.

    >>> decimal_format(2), decimal_format(0)
    ('#,##0.00', '#,##0')
    """
    return "#,##0" + ("." + "0" * places if places else "")


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _has_long_texts(frame: pd.DataFrame) -> bool:
    """Tell whether to wrap text. On very long sheets that only costs time."""
    if len(frame) > _MOST_TIDY:
        return False
    return any(
        frame[name].map(lambda cell: isinstance(cell, str) and len(cell) > _WIDEST).any() for name in frame
    )


def _width(head: str, cells: pd.Series[Any], shape: str | None) -> float:
    """Return the width of a column in letters: no number is too wide for it."""
    known = cells.dropna()
    # The widest of equal texts is found once.
    distinct = known.unique() if len(known) > _MOST_TIDY and not pd.api.types.is_float_dtype(known) else known
    longest = max((_length(cell, shape) for cell in distinct), default=0)
    return float(min(max(longest, min(len(head), _HEAD)) + 3, _WIDEST))


def _length(value: object, shape: str | None) -> int:
    """Return the number of characters that a cell shows."""
    if isinstance(value, Decimal) and shape is None:
        return len(f"{value:,f}")
    if isinstance(value, int | float | Decimal | np.number) and not isinstance(value, bool):
        if shape is None:
            return min(len(f"{value:,}"), 12)
        number = float(value) * (100 if "%" in shape else 1)
        if not math.isfinite(number):
            return 2
        places = len(shape.partition(".")[2].rstrip("%"))
        return len(f"{number:,.{places}f}") + shape.count("%")
    return len(str(value))


def _set_page(sheet: Any, *, pages: int) -> None:
    """Print landscape on A4, a number of pages wide."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(pages, 0)


def _add_bars(
    book: Book, sheet: Any, table: SheetToWrite, bars: Bars, heads: Sequence[str], *, column: int
) -> None:
    columns = list(table.frame.columns)
    last = len(table.frame)
    chart = book.workbook.add_chart({"type": "column" if bars.upright else "bar"})
    labels = columns.index(bars.labels)
    for name, colour in zip(bars.values, _COLOURS, strict=False):
        at = columns.index(name)
        chart.add_series(
            {
                "name": [sheet.name, 0, at],
                "categories": [sheet.name, 1, labels, last, labels],
                "values": [sheet.name, 1, at, last, at],
                "fill": {"color": colour},
            }
        )
    chart.set_title({"name": bars.title, "name_font": {"size": 12}})
    amounts = {"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    names = {} if bars.upright else {"reverse": True}
    # The axis of the labels is the upright one where bars are horizontal. It runs down, so that the first row is on top.
    chart.set_x_axis(names if bars.upright else {**amounts, "label_position": "high"})
    chart.set_y_axis(amounts if bars.upright else names)
    chart.set_legend({"position": "bottom"})
    height = 9.0 if bars.upright else max(8.0, min(1.2 * (last + 1), 24))
    chart.set_size({"width": round((16 if column else 24) * _PIXELS), "height": round(height * _PIXELS)})
    sheet.insert_chart(last + 2, column, chart, {"object_position": 2})
