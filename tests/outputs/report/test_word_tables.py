"""Tables of the Word report fit the page, with numbers and words whole where there is room."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.outputs.report.chapters import PrintedTable
from geoplan.outputs.report.word_tables import SIZES, add_table, fit_columns, needs_wide_page

PORTRAIT, LANDSCAPE = 482.0, 728.0
MILLIONS = "4\u202f539\u202f753\u202f062"


def table_of(numbers: int, text: str = "Paksan") -> PrintedTable:
    heads = (("district", False), *(("province-wide", True),) * numbers, ("in words", False))
    return PrintedTable(heads, ((text, *(MILLIONS,) * numbers, "a sentence of many words " * 6),) * 3)


def test_columns_are_as_wide_as_their_contents_and_text_has_the_rest() -> None:
    size, widths = fit_columns(table_of(3), PORTRAIT)
    assert size == SIZES[0] and sum(widths) <= PORTRAIT + 1e-6
    # 13 characters of at least half the size of the letters, in one line.
    assert all(width > 13 * size / 2 for width in widths[1:4])
    assert widths[-1] > 2 * widths[0]


def test_a_table_that_does_not_fit_gets_smaller_letters_and_never_leaves_the_page() -> None:
    sizes = [fit_columns(table_of(numbers), LANDSCAPE)[0] for numbers in (3, 9, 30)]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[1] and sizes[-1] == SIZES[-1]
    for numbers in (3, 9, 30):
        assert sum(fit_columns(table_of(numbers), LANDSCAPE)[1]) <= LANDSCAPE + 1e-6


def test_a_narrow_table_stays_narrow() -> None:
    table = PrintedTable((("year", False), ("paid", True)), (("2009", "1"),))
    assert sum(fit_columns(table, PORTRAIT)[1]) < 100


def test_pages_lie_on_their_side_where_a_table_needs_it() -> None:
    assert not needs_wide_page([table_of(1), table_of(2)], PORTRAIT)
    assert needs_wide_page([table_of(1), table_of(9)], PORTRAIT)


def test_a_table_is_written_with_these_widths_and_whole_rows(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    table = table_of(3)
    add_table(document, table, PORTRAIT)
    document.save(tmp_path / "made.docx")
    (grid,) = docx.Document(tmp_path / "made.docx").tables
    size, widths = fit_columns(table, PORTRAIT)
    assert not grid.autofit
    assert [cell.width.pt for cell in grid.rows[1].cells] == pytest.approx(widths, abs=0.1)
    assert [column.width.pt for column in grid.columns] == pytest.approx(widths, abs=0.1)
    assert {run.font.size.pt for cell in grid.rows[1].cells for run in cell.paragraphs[0].runs} == {size}
    assert grid._tbl.xml.count("<w:cantSplit/>") == 4 and grid._tbl.xml.count("<w:tblHeader/>") == 1
