"""Tables of the Word report: columns as wide as their contents need, on a page that is wide enough."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from geoplan.outputs.report.word_texts import plain_text

if TYPE_CHECKING:
    from geoplan.outputs.report.chapters import PrintedTable

SIZES = (8.0, 7.0, 6.0)
"""Sizes of the letters of a table, in points: the first one with which its columns fit."""

_PADDING = 9.0
_EM = 0.6
"""Mean width of a letter, in parts of its size: more than most fonts need, because the reader's font is unknown."""

_BOLD = 1.2

_WIDEST_WORD = 110.0
"""Width up to which a column is as wide as its longest word, in points."""


def needs_wide_page(tables: Iterable[PrintedTable], width: float) -> bool:
    """Tell whether a table does not fit a page of so many points without smaller letters."""
    return any(sum(low for low, _ in _needed(table, SIZES[0])) > width for table in tables)


def fit_columns(table: PrintedTable, width: float) -> tuple[float, list[float]]:
    """Return the size of the letters and the width of each column, in points.

    No number and no word breaks, as far as there is room; columns of text share the rest by their length.
    """
    for size in SIZES:
        needed = _needed(table, size)
        if sum(low for low, _ in needed) <= width:
            break
    least = [low for low, _ in needed]
    spare = width - sum(least)
    if spare < 0:
        return size, [low * width / sum(least) for low in least]
    wanted = [high - low for low, high in needed]
    part = min(1.0, spare / (sum(wanted) or 1.0))
    return size, [low + part * more for low, more in zip(least, wanted, strict=True)]


def _needed(table: PrintedTable, size: float) -> list[tuple[float, float]]:
    """Return the least and the widest useful width of each column."""
    widths = []
    for at, (head, is_number) in enumerate(table.heads):
        # Heads and the first column are bold.
        texts = [
            (head, size * _BOLD),
            *((str(row[at]), size * (_BOLD if at == 0 else 1)) for row in table.rows),
        ]
        longest = max((_width(text, points) for text, points in texts[1:]), default=0.0)
        word = max(_width(word, points) for text, points in texts for word in text.split(" "))
        least = max(longest, word) if is_number else min(word, _WIDEST_WORD)
        widths.append((least + _PADDING, max(least, longest) + _PADDING))
    return widths


def _width(text: str, size: float) -> float:
    capitals = sum(letter.isupper() for letter in text)
    return size * (_EM * len(text) + 0.15 * capitals)


def add_table(document: Any, table: PrintedTable, width: float) -> None:
    """Add a table whose head repeats on each page and whose rows stay whole; numbers are at the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    if table.caption:
        document.add_paragraph(plain_text(table.caption)).paragraph_format.keep_with_next = True
    size, widths = fit_columns(table, width)
    grid = document.add_table(rows=1 + len(table.rows), cols=len(table.heads), style="Light List Accent 1")
    grid.autofit = False
    for column, wide in zip(grid.columns, widths, strict=True):
        column.width = Pt(wide)
    heads = tuple(head for head, _ in table.heads)
    # All cells at once: to ask for each takes time that grows with the square of their number.
    cells = grid._cells
    for at, text in enumerate(text for row in (heads, *table.rows) for text in row):
        cell, column = cells[at], at % len(heads)
        cell.width = Pt(widths[column])
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(plain_text(text))
        run.font.size = Pt(size)
        if table.heads[column][1]:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for row in grid._tbl.tr_lst:
        row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    grid._tbl.tr_lst[0].get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _narrow_margins(grid)
    document.add_paragraph()


def _narrow_margins(grid: Any) -> None:
    """Set the space at both sides of a cell's text to half of `_PADDING`."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(20 * _PADDING / 2)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # The order of elements matters to Word: the margins come before the look of the table.
    grid._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)
