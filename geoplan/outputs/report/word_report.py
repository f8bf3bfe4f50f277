"""The report as a Word document: the chapters of the page, with charts as pictures."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from geoplan.model.optional_libraries import missing_extra
from geoplan.outputs.report.chapters import PrintedTable, amount_words, list_chapters, list_key_figures
from geoplan.outputs.report.contents import Findings, closing_words, opening_words

_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_STAMP = (2000, 1, 1, 0, 0, 0)


def check_word() -> None:
    """Raise `UsageError` if the library that writes Word documents is not installed."""
    try:
        import docx  # noqa: F401
    except ImportError:
        raise missing_extra("a .docx needs", "word") from None


def write_word(path: Path, found: Findings) -> None:
    """Write a report as a Word document. The same findings give the same bytes.

    Parameters
    ----------
    path : Path
    found : Findings

    Raises
    ------
    UsageError
        The extra is not installed.
    """
    check_word()
    import docx
    from docx.shared import Mm, Pt

    document = docx.Document()
    document.core_properties.author = "geoplan"
    document.core_properties.title = _plain(found.plan.title)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(20)
    document.styles["Normal"].font.size = Pt(10)
    document.add_heading(_plain(found.plan.title), 0)
    if found.plan.subtitle:
        document.add_paragraph(_plain(found.plan.subtitle))
    for label, figure in list_key_figures(found):
        document.add_paragraph(f"{label}: {_plain(figure)}", style="List Bullet")
    for line in [amount_words(found), *opening_words(found)]:
        document.add_paragraph(_plain(line))
    pictures = _draw_pictures(found)
    for chapter in list_chapters(found):
        document.add_heading(chapter.title, 1)
        if chapter.about:
            document.add_paragraph(_plain(chapter.about))
        for name, title, picture in pictures:
            if name in chapter.charts:
                document.add_paragraph(_plain(title))
                document.add_picture(BytesIO(picture))
                shape = document.inline_shapes[-1]
                scale = min(1.0, Mm(165) / shape.width)
                shape.width, shape.height = round(shape.width * scale), round(shape.height * scale)
        for table in chapter.tables:
            _add_table(document, table)
    document.add_heading(found.words.say("reconciliation"), 1)
    for line in closing_words(found):
        document.add_paragraph(_plain(line))
    buffer = BytesIO()
    document.save(buffer)
    _write_stamped(path, buffer)


def _draw_pictures(found: Findings) -> list[tuple[str, str, bytes]]:
    """Draw the charts as PNG; without the extra for charts, or in a script that its fonts lack, there are none."""
    if found.words.language == "lo":
        return []
    try:
        import vl_convert
    except ImportError:
        return []
    from geoplan.outputs.report.charts import draw_charts

    return [
        (chart.name.partition("-")[0], f"{chart.title}. {chart.about}", vl_convert.svg_to_png(chart.svg, scale=2, ppi=144))
        for chart in draw_charts(found)
        if chart.svg
    ]  # fmt: skip


def _add_table(document: Any, table: PrintedTable) -> None:
    """Add a table whose head repeats on each page; numbers are at the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    if table.caption:
        document.add_paragraph(_plain(table.caption)).paragraph_format.keep_with_next = True
    grid = document.add_table(rows=1 + len(table.rows), cols=len(table.heads), style="Light List Accent 1")
    heads = tuple(head for head, _ in table.heads)
    # All cells at once: to ask for each takes time that grows with the square of their number.
    cells = grid._cells
    for at, text in enumerate(text for row in (heads, *table.rows) for text in row):
        paragraph = cells[at].paragraphs[0]
        run = paragraph.add_run(_plain(text))
        run.font.size = Pt(8)
        if table.heads[at % len(heads)][1]:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    repeated = grid.rows[0]._tr.get_or_add_trPr()
    repeated.append(OxmlElement("w:tblHeader"))
    document.add_paragraph()


def _plain(text: str) -> str:
    """Replace the characters that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)


def _write_stamped(path: Path, buffer: BytesIO) -> None:
    """Write the parts of a document with one time stamp."""
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stamped:
        for name in made.namelist():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            stamped.writestr(entry, made.read(name))
