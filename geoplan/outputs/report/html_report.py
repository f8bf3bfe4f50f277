"""The report as one HTML page: charts, tables and sources, without network or script."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geoplan.outputs.report.charts import FONT, draw_charts
from geoplan.outputs.report.contents import Findings, closing_words, opening_words
from geoplan.outputs.text_tables import is_numeric
from geoplan.text.fonts import font_faces
from geoplan.text.languages import Catalogue

_SHORT, _SENTENCE = 24, 60
_SHARES = ("share", "execution_rate", "predictability", "execution_so_far", "people", "certain_share")


def render_report(found: Findings) -> str:
    """Render a report as one HTML page.

    Parameters
    ----------
    found : Findings

    Returns
    -------
    str
        HTML without links to other files and without scripts. Text from data is escaped.
    """
    words = found.words
    loader = PackageLoader("geoplan.outputs.report", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.get_template("table.html")

    def table(frame: pd.DataFrame, label: str) -> Markup:
        return Markup(template.render(label=label, **_laid_out(frame, words)))

    charts = [
        {"title": chart.title, "about": chart.about, "svg": Markup(chart.svg), "table": chart.table}
        for chart in draw_charts(found)
    ]
    return environment.get_template("report.html").render(
        language=words.language,
        title=found.plan.title,
        subtitle=found.plan.subtitle,
        font=Markup(FONT),
        fonts=Markup(font_faces("Page Sans", *(["Page Lao"] if words.language == "lo" else []))),
        opening=opening_words(found),
        charts=charts,
        tables=_tables(found),
        closing=closing_words(found),
        illustrative=words.say("illustrative", text=found.ledger.illustrative) if found.ledger.illustrative else "",
        words=words,
        table=table,
    )  # fmt: skip


def _tables(found: Findings) -> list[tuple[str, pd.DataFrame]]:
    words = found.words
    places = {
        name: words.say(f"place.{name}") for name in found.components.columns if words.knows(f"place.{name}")
    }
    measures = found.measures.drop(columns=["needs", "left_out", "obstacle"])
    return [
        (words.say("sheet.districts"), _headed(found.districts, words)),
        (words.say("sheet.components"), _headed(found.components.rename(columns=places), words)),
        (words.say("sheet.equity"), _headed(measures, words)),
    ]


def _headed(frame: pd.DataFrame, words: Catalogue) -> pd.DataFrame:
    columns = {}
    for name in frame.columns:
        column = frame[name]
        if name in _SHARES:
            column = column.map(lambda share: None if pd.isna(share) else words.percent(float(share)))
        columns[words.say(f"column.{name}") if words.knows(f"column.{name}") else str(name)] = column
    return pd.DataFrame(columns)


def _laid_out(frame: pd.DataFrame, words: Catalogue) -> dict[str, Any]:
    numeric = [is_numeric(frame[name]) or _is_percents(frame[name]) for name in frame.columns]
    return {
        "heads": list(zip(map(str, frame.columns), numeric, strict=True)),
        "rows": [
            [
                (text, "number" if number else _length(text))
                for text, number in zip([_cell(cell, words) for cell in row], numeric, strict=True)
            ]
            for row in frame.itertuples(index=False, name=None)
        ],
    }


def _length(text: str) -> str:
    """Return the class of a cell: short texts do not wrap, and sentences get more room."""
    return "short" if len(text) < _SHORT else "words" if len(text) > _SENTENCE else ""


def _is_percents(column: pd.Series[Any]) -> bool:
    """Tell whether a column has shares that are already written as percentages."""
    written = column.dropna()
    return len(written) > 0 and all(isinstance(cell, str) and cell.endswith("%") for cell in written)


def _cell(cell: Any, words: Catalogue) -> str:
    if pd.isna(cell):
        return ""
    if isinstance(cell, Decimal):
        exponent = cell.as_tuple().exponent
        return words.decimal(cell, -exponent if isinstance(exponent, int) else 0)
    if isinstance(cell, float):
        return words.number(cell, 0 if cell.is_integer() and abs(cell) > 1 else 3)
    return str(cell)
