"""Workbooks: every value as it is, numbers that fit their columns, pages that can be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from geoplan.model.errors import UsageError
from geoplan.outputs.text_tables import is_numeric
from geoplan.outputs.workbook import SheetToWrite, StyledColumn, new_workbook, write_workbook
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.table_files import read_table

ODD = [
    "<r><t>bold</t></r>",
    "<b>&amp;",
    "=1+1",
    "'=1+1",
    "''@x",
    "'plain'",
    "-5 %",
    " spaces ",
    "two\nlines",
    "ປາກຊັນ",
    "bell",
]


def write(path: Path, frame: pd.DataFrame, **options: Any) -> Any:
    write_workbook(path, {"Table": SheetToWrite(frame, **options)}, ["A note"])
    return openpyxl.load_workbook(path)["Table"]


@pytest.mark.parametrize("rows", [1, 600], ids=["laid out", "long"])
def test_text_is_read_back_as_it_was(rows: int, tmp_path: Path) -> None:
    frame = pd.DataFrame({"number": range(len(ODD) * rows), "text": ODD * rows})
    sheet = write(tmp_path / "odd.xlsx", frame)
    cells = [sheet.cell(row, 2) for row in range(2, 2 + len(ODD))]
    assert {cell.data_type for cell in cells} == {"s"}
    # Programs keep these as text when someone edits the cell.
    assert [cell.value for cell in cells if cell.quotePrefix] == ["=1+1", "-5 %"]
    read = read_table(FileSpec(tmp_path / "odd.xlsx", sheet="Table")).table["text"]
    assert [" ".join(text.split()) for text in read[: len(ODD)]] == [" ".join(text.split()) for text in ODD]


def test_a_control_character_becomes_a_visible_one(tmp_path: Path) -> None:
    assert write(tmp_path / "bell.xlsx", pd.DataFrame({"text": ["a\x07b"]}))["A2"].value == "a\ufffdb"


def test_numbers_keep_all_their_digits(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "exact": [0.1 + 0.2, 1 / 3, 1e-7, -0.0],
            "amount": [Decimal("12345678901234.56"), Decimal("0.10"), Decimal(5), None],
            "count": [2**53, 0, -1, 7],
        }
    )
    sheet = write(tmp_path / "digits.xlsx", frame)
    assert [sheet.cell(row, 1).value for row in range(2, 6)] == [0.1 + 0.2, 1 / 3, 1e-7, 0]
    assert [sheet.cell(row, 2).value for row in range(2, 6)] == [12345678901234.56, 0.1, 5, None]
    assert [sheet.cell(row, 3).value for row in range(2, 6)] == [2**53, 0, -1, 7]
    assert sheet["B2"].number_format == "#,##0.00"


def test_a_number_is_never_wider_than_its_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [123456789.5], "b": [0.5], "c": [Decimal("98765432109.00")]})
    sheet = write(tmp_path / "wide.xlsx", frame, formats={"a": "#,##0.00", "b": "0.0%"})
    assert [sheet.column_dimensions[letter].width >= len(shown) + 1 for letter, shown in
            zip("ABC", ("123,456,789.50", "50.0%", "98,765,432,109.00"), strict=True)] == [True] * 3  # fmt: skip


def test_wide_tables_print_on_several_pages_and_long_ones_in_part(tmp_path: Path) -> None:
    narrow = write(tmp_path / "narrow.xlsx", pd.DataFrame({"a": ["x"] * 9}), printed_rows=4)
    assert (narrow.page_setup.fitToWidth or 1, narrow.print_area) == (1, "'Table'!$A$1:$A$5")
    wide = write(tmp_path / "pages.xlsx", pd.DataFrame({f"column {at}": ["x" * 20] for at in range(30)}))
    # 30 columns of 23 letters, 200 letters on a page: 4 pages.
    assert (wide.page_setup.fitToWidth, wide.print_title_cols, wide.print_title_rows) == (4, "$A:$B", "$1:$1")


def test_a_long_header_is_wrapped_and_a_long_sheet_is_not(tmp_path: Path) -> None:
    sheet = write(tmp_path / "head.xlsx", pd.DataFrame({"h" * 30: ["x"]}))
    # 18 letters and 3 for the button of the filter.
    assert round(sheet.column_dimensions["A"].width - 0.71, 2) == 21
    # Two lines of 18 letters, which no spreadsheet makes room for when it opens a file.
    assert sheet.row_dimensions[1].height == 30
    for head, tall in (("Energy generation and supply", 30), ("h" * 18, None), ("one two " * 6, 45)):
        assert (
            write(tmp_path / "heads.xlsx", pd.DataFrame({"a": [1], head: [2]})).row_dimensions[1].height
            == tall
        )
    for rows, height in ((500, 30), (501, None)):
        sheet = write(tmp_path / f"{rows}.xlsx", pd.DataFrame({"a": ["x" * 61] * rows}))
        assert sheet.row_dimensions[2].height == height


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": ["x"], "b": [1.5]})
    write(tmp_path / "one.xlsx", frame)
    write(tmp_path / "two.xlsx", frame)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_columns_give_the_same_sheet_as_single_cells(tmp_path: Path) -> None:
    columns: list[list[Any]] = [
        [None, "Paksan", "=1+1", "Paksan", None],
        [Decimal("1.50"), None, Decimal(2), Decimal("1.5"), None],
        [1, 2.5, float("inf"), True, None],
        [None, date(2012, 3, 4), "<r>&</r>", ("a", "b"), None],
    ]
    for name, way in (("columns", put_columns), ("cells", put_cells)):
        with new_workbook(tmp_path / f"{name}.xlsx") as book:
            sheet = book.add_sheet("amounts")
            looks = [book.style(num_format=look) for look in ("0", "0.0", "0.00", "0.000")]
            # The styles occur in another order row by row than column by column.
            styles = [
                [None if cell is None else looks[at * (5 - row) % 4] for row, cell in enumerate(cells)]
                for at, cells in enumerate(columns)
            ]
            way(sheet, columns, styles)
    assert (tmp_path / "columns.xlsx").read_bytes() == (tmp_path / "cells.xlsx").read_bytes()


def put_columns(sheet: Any, columns: list[list[Any]], styles: list[list[Any]]) -> None:
    sheet.put_columns(2, [StyledColumn(cells, looks) for cells, looks in zip(columns, styles, strict=True)])


def put_cells(sheet: Any, columns: list[list[Any]], styles: list[list[Any]]) -> None:
    for row in range(5):
        for at, cells in enumerate(columns):
            if cells[row] is not None:
                sheet.put(2 + row, at, cells[row], styles[at][row])


def test_a_cell_holds_what_excel_allows_and_no_more(tmp_path: Path) -> None:
    sheet = write(tmp_path / "long.xlsx", pd.DataFrame({"text": ["x" * 32_767, "x" * 32_768]}))
    assert [len(sheet.cell(row, 1).value) for row in (2, 3)] == [32_767, 32_767]


def test_a_table_longer_than_a_sheet_is_refused_not_cut(tmp_path: Path) -> None:
    # A sheet of Excel has 1,048,576 rows, one of them for the header.
    write_workbook(tmp_path / "full.xlsx", {"Ledger": pd.DataFrame(index=range(1_048_575))}, [])
    with pytest.raises(UsageError, match=r"1,048,576 rows of Ledger do not fit on a sheet: write a \.csv"):
        write_workbook(tmp_path / "more.xlsx", {"Ledger": pd.DataFrame(index=range(1_048_576))}, [])
    assert not (tmp_path / "more.xlsx").exists()


def test_long_texts_are_wrapped_in_columns_of_60_letters(tmp_path: Path) -> None:
    sheet = write(tmp_path / "wide.xlsx", pd.DataFrame({"a": ["x" * 60, "x" * 61]}))
    # Excel counts the margins of a cell as 0.71 letters.
    assert round(sheet.column_dimensions["A"].width - 0.71, 2) == 60
    assert [sheet.row_dimensions[row].height for row in (2, 3)] == [None, 30]
    narrow = write(tmp_path / "narrow.xlsx", pd.DataFrame({"a": ["x" * 56]}))
    assert round(narrow.column_dimensions["A"].width - 0.71, 2) == 59


def test_a_column_without_any_value_is_not_numeric() -> None:
    columns = {"empty": [None, None], "missing": [None, float("nan")], "text": ["1", None], "mixed": [1, "x"]}
    assert [is_numeric(pd.Series(cells, dtype=object)) for cells in columns.values()] == [False] * 4
    assert is_numeric(pd.Series([1, None, Decimal("2.0"), float("nan")], dtype=object))
