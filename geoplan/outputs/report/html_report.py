"""The report as one HTML page: charts, tables and sources, without network or script; whole or on one printed page."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geoplan.outputs.report.chapters import (
    PrintedTable,
    amount_words,
    list_brief,
    list_chapters,
    list_key_figures,
    print_table,
)
from geoplan.outputs.report.charts import FONT, Chart, draw_charts
from geoplan.outputs.report.contents import Findings, closing_words, opening_words
from geoplan.text.fonts import font_faces

_SHORT, _SENTENCE = 24, 60
_WIDE = 150
"""Letters in a row of a table that an upright page cannot hold."""


def render_report(found: Findings, *, one_page: bool = False) -> str:
    """Render a report as one HTML page.

    Parameters
    ----------
    found : Findings
    one_page : bool
        Only what fits one printed page: key figures, the verdict, and the first rows of the main tables.

    Returns
    -------
    str
        HTML without links to other files and without scripts. Text from data is escaped.
    """
    words = found.words
    loader = PackageLoader("geoplan.outputs.report", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.globals.update(
        # Jinja runs a macro only inside its own template, and both pages need these.
        table=lambda printed: Markup(environment.get_template("table.html").render(**_laid_out(printed))),
        is_wide=lambda chapter: any(_letters_across(table) > _WIDE for table in chapter.tables),
    )
    charts = [] if one_page else draw_charts(found)
    made_up = found.ledger.illustrative
    illustrative = words.say("illustrative", text=made_up) if made_up else ""
    verdicts = [text for text in found.equity.verdicts["sentence"] if text]
    return environment.get_template("one_page.html" if one_page else "report.html").render(
        language=words.language,
        title=found.plan.title,
        subtitle=found.plan.subtitle,
        font=Markup(FONT),
        fonts=Markup(font_faces("Page Sans", *(["Page Lao"] if words.language == "lo" else []))),
        figures=list_key_figures(found),
        opening=[amount_words(found), *opening_words(found)],
        verdicts=verdicts,
        notes=[amount_words(found), *(line for line in opening_words(found) if not any(text in line for text in verdicts))],
        chapters=list_brief(found) if one_page else list_chapters(found),
        charts_of=lambda names: [chart for name in names for chart in charts if _is_of(chart, name)],
        closing=[line for line in closing_words(found) if not (one_page and line == illustrative)],
        illustrative=illustrative,
        words=words,
        drawn=Markup,
        chart_table=lambda chart: _chart_table(found, chart),
    )  # fmt: skip


def _is_of(chart: Chart, name: str) -> bool:
    return chart.name == name or chart.name.startswith(f"{name}-")


def _chart_table(found: Findings, chart: Chart) -> PrintedTable:
    return print_table(found, chart.table)


def _laid_out(printed: PrintedTable) -> dict[str, object]:
    return {
        "heads": printed.heads,
        "caption": printed.caption,
        "rows": [
            [
                (text, "number" if number else _length(text))
                for text, (_, number) in zip(row, printed.heads, strict=True)
            ]
            for row in printed.rows
        ],
    }


def _letters_across(table: PrintedTable) -> int:
    """Estimate the letters in a row: numbers do not wrap, headers and texts do."""
    widths = []
    for at, (head, is_number) in enumerate(table.heads):
        longest = max((len(row[at]) for row in table.rows), default=0)
        word = max(map(len, head.split()), default=0)
        widths.append(max(longest if is_number else min(longest, _SHORT), min(word, _SHORT)) + 2)
    return sum(widths)


def _length(text: str) -> str:
    """Return the class of a cell: short texts do not wrap, and sentences get more room."""
    return "short" if len(text) < _SHORT else "words" if len(text) > _SENTENCE else ""
