"""The report as a Word document: the chapters of the page, with charts as pictures."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from geoplan.model.optional_libraries import missing_extra
from geoplan.outputs.report.chapters import Chapter, amount_words, list_chapters, list_key_figures
from geoplan.outputs.report.contents import Findings, closing_words, opening_words
from geoplan.outputs.report.word_tables import add_table, needs_wide_page
from geoplan.outputs.report.word_texts import plain_text

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
    from docx.shared import Pt

    document = docx.Document()
    document.core_properties.author = "geoplan"
    document.core_properties.title = plain_text(found.plan.title)
    chapters = list_chapters(found)
    width = _lay_out_page(document.sections[0], chapters)
    document.styles["Normal"].font.size = Pt(10)
    document.add_heading(plain_text(found.plan.title), 0)
    if found.plan.subtitle:
        document.add_paragraph(plain_text(found.plan.subtitle))
    for label, figure in list_key_figures(found):
        document.add_paragraph(f"{label}: {plain_text(figure)}", style="List Bullet")
    for line in [amount_words(found), *opening_words(found)]:
        document.add_paragraph(plain_text(line))
    pictures = _draw_pictures(found)
    for chapter in chapters:
        document.add_heading(chapter.title, 1)
        if chapter.about:
            _add_leading(document, chapter.about)
        for name, title, picture in pictures:
            if name in chapter.charts:
                _add_leading(document, title)
                _add_picture(document, picture)
        for table in chapter.tables:
            add_table(document, table, width)
    document.add_heading(found.words.say("reconciliation"), 1)
    for line in closing_words(found):
        document.add_paragraph(plain_text(line))
    buffer = BytesIO()
    document.save(buffer)
    _write_stamped(path, buffer)


def _lay_out_page(page: Any, chapters: Sequence[Chapter]) -> float:
    """Make pages A4, on their side if a table needs it; return the width between the margins in points."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(20)
    page.top_margin = page.bottom_margin = Mm(18)
    tables = [table for chapter in chapters for table in chapter.tables]
    if needs_wide_page(tables, _width_of(page)):
        page.orientation = WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = Mm(297), Mm(210)
    return _width_of(page)


def _width_of(page: Any) -> float:
    from docx.shared import Pt

    return float(page.page_width - page.left_margin - page.right_margin) / Pt(1)


def _add_leading(document: Any, text: str) -> None:
    """Add a paragraph that stays on the page of what follows."""
    document.add_paragraph(plain_text(text)).paragraph_format.keep_with_next = True


def _add_picture(document: Any, picture: bytes) -> None:
    from docx.shared import Mm

    document.add_picture(BytesIO(picture))
    shape = document.inline_shapes[-1]
    # Below its heading, on a page that lies on its side.
    scale = min(1.0, Mm(165) / shape.width, Mm(125) / shape.height)
    shape.width, shape.height = round(shape.width * scale), round(shape.height * scale)


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


def _write_stamped(path: Path, buffer: BytesIO) -> None:
    """Write the parts of a document with one time stamp."""
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stamped:
        for name in made.namelist():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            stamped.writestr(entry, made.read(name))
