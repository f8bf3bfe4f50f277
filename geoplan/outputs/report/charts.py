"""Charts of a report as SVG, each with its table.

Text stays text in the SVG, so that the viewer can shape scripts such as Lao. Colour-blind readers can
distinguish the colours (Okabe & Ito 2008), and shape or position always shows the same as colour.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.ledger.district_figures import list_figure_years
from geoplan.model.errors import escape_controls
from geoplan.model.optional_libraries import missing_extra
from geoplan.outputs.report.contents import Findings, say_figure_years
from geoplan.outputs.whole_files import write_text
from geoplan.text.fonts import font_faces
from geoplan.text.languages import Catalogue

BLUE, VERMILION, GREY, LIGHT = "#0072b2", "#d55e00", "#595959", "#a6cee3"
FONT = (
    "'Page Sans', 'Page Lao', 'Noto Sans', 'Noto Sans Lao', 'Segoe UI', 'Leelawadee UI', 'Lao UI', 'Phetsarath OT', "
    "system-ui, sans-serif"
)
MOST_DISTRICTS = 40
"""With more districts than this, the chart shows those with most money (none in a workbook); the table has all."""

_WIDTH = 560
_SCALES = (1_000_000, 1_000, 1)


@dataclass(frozen=True)
class Chart:
    """A chart, its description and its table.

    Parameters
    ----------
    name : str
        Short name for files.
    title, about : str
    svg : str
        Empty if there is nothing to draw; ``about`` then says why.
    table : DataFrame
    """

    name: str
    title: str
    about: str
    svg: str
    table: pd.DataFrame

    def _repr_html_(self) -> str:
        table = self.table.to_html(escape=True, index=False, na_rep="")
        return f"<figure><figcaption>{html.escape(self.title)}. {html.escape(self.about)}</figcaption>{self.svg}{table}</figure>"


def draw_charts(found: Findings) -> list[Chart]:
    """Draw the charts of a report: districts, concentration curve, planned against paid, cumulative amounts.

    Parameters
    ----------
    found : Findings

    Returns
    -------
    list of Chart
        Charts of each currency. The same findings give the same bytes.

    Raises
    ------
    UsageError
        The charting library is not installed.
    """
    charts = []
    currencies = found.ledger.currencies
    for currency in currencies:
        ending = f"-{currency}" if len(currencies) > 1 else ""
        for draw in (_draw_districts, _draw_curve, _draw_years, _draw_months):
            charts.append(draw(found, currency, ending))
    return charts


_CLIPPED_FROM = 1.15
"""Of the largest certain or expected amount: a line to at most ends there, with an arrow and its figure."""


def _draw_districts(found: Findings, currency: str, ending: str) -> Chart:
    """Draw a bar per district for certain, a mark for expected, and a line to at most."""
    import altair as alt

    words = found.words
    table = _of(found.districts, currency)[["name", "certain", "expected", "at_most"]]
    # The scale is that of what is known: money that could be anywhere would make every bar a stub.
    rows, factor = _scaled(table, ("certain", "expected", "at_most"), by=("certain", "expected"))
    shown = rows.sort_values("expected", ascending=False, kind="stable").head(MOST_DISTRICTS)
    shown = shown.assign(name=_unique(shown["name"].map(escape_controls)))  # which SVG cannot hold
    end_of_scale = _CLIPPED_FROM * shown[["certain", "expected"]].to_numpy(dtype=float).max(initial=0.0)
    is_clipped = (shown["at_most"] > end_of_scale) & (end_of_scale > 0)
    shown = shown.assign(
        drawn_most=shown["at_most"].mask(is_clipped, end_of_scale),
        figure=[
            words.decimal(Decimal(repr(value)), 0 if value >= 100 else 1)
            for value in shown["at_most"].fillna(0.0)
        ],
    )
    clipped, whole = shown[is_clipped], shown[~is_clipped]
    # The viewer's font may be wider than the font that the layout was measured with.
    room = max((_letters(name) for name in shown["name"]), default=0) * 8
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(minExtent=min(room, 230)))
    base = alt.Chart(shown)
    line = base.mark_rule(color=GREY, strokeWidth=1.5).encode(y=y, x="certain:Q", x2="drawn_most:Q")
    end = alt.Chart(whole).mark_tick(color=GREY, size=9, thickness=1.5).encode(y=y, x="drawn_most:Q")
    arrow = (
        alt.Chart(clipped)
        .mark_point(color=GREY, shape="triangle-right", filled=True, size=50, opacity=1)
        .encode(y=y, x="drawn_most:Q")
    )
    figure = (
        alt.Chart(clipped)
        .mark_text(align="left", dx=8, fontSize=10)
        .encode(y=y, x="drawn_most:Q", text="figure:N")
    )
    bar = base.mark_bar(color=BLUE, height=11).encode(
        y=y, x=alt.X("certain:Q", title=_unit(words, currency, factor))
    )
    mark = base.mark_point(color=VERMILION, shape="diamond", filled=True, size=60, opacity=1).encode(
        y=y, x="expected:Q"
    )
    about = words.say("chart.districts.about")
    if len(rows) > MOST_DISTRICTS:
        about += " " + words.say("chart.districts.more", shown=MOST_DISTRICTS, count=len(rows))
    if len(clipped):
        about += " " + words.say("chart.districts.clipped")
    drawn = alt.layer(line, end, *([arrow, figure] if len(clipped) else []), bar, mark).properties(
        width=_WIDTH, height=alt.Step(20)
    )
    return _chart(
        words, "districts" + ending, f"{words.say('chart.districts')}, {currency}", about, drawn, table
    )


def _draw_curve(found: Findings, currency: str, ending: str) -> Chart:
    """Draw the concentration curves of certain and expected money, and the line of equality."""
    import altair as alt

    words = found.words
    table = _of(found.curve, currency)[["reading", "people", "spending"]].reset_index(drop=True)
    title = f"{words.say('chart.curve')}, {currency}"
    if not len(table):
        about = words.say("chart.none", reason=_of(found.equity.verdicts, currency)["obstacle"].iloc[0])
        return Chart("curve" + ending, title, about, "", _renamed(table.drop(columns="reading"), words))
    names = {name: words.say(f"column.{name}") for name in ("certain", "expected")}
    equal = words.say("chart.curve.equal")
    lines = table.assign(line=table["reading"].map(names))
    diagonal = pd.DataFrame({"line": equal, "people": [0.0, 1.0], "spending": [0.0, 1.0]})
    order = [*names.values(), equal]
    scale = alt.Scale(domain=order, range=[BLUE, VERMILION, GREY])
    dashes = alt.Scale(domain=order, range=[[1, 0], [6, 3], [2, 3]])
    drawn = (
        alt.Chart(pd.concat([lines[["line", "people", "spending"]], diagonal]))
        .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=2)
        .encode(
            x=alt.X("people:Q", title=[words.say("chart.curve.x"), *say_figure_years(found)], scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
            y=alt.Y("spending:Q", title=words.say("chart.curve.y"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
            color=alt.Color("line:N", scale=scale, sort=order, legend=alt.Legend(title=None, orient="top")),
            strokeDash=alt.StrokeDash("line:N", scale=dashes, sort=order, legend=alt.Legend(title=None, orient="top")),
            order="people:Q",
        )
        .properties(width=360, height=360)
    )  # fmt: skip
    wide = table.pivot_table(index="people", columns="reading", values="spending").reset_index()
    wide.columns.name = None
    years = list_figure_years(found.ledger.districts)
    wide = wide.assign(profile_year=years) if years else wide
    return _chart(words, "curve" + ending, title, words.say("chart.curve.about"), drawn, wide)


def _draw_years(found: Findings, currency: str, ending: str) -> Chart:
    """Draw planned and paid money of each year side by side."""
    import altair as alt

    words = found.words
    columns = ["year", "planned", "paid", "execution_rate", "deviation", "predictability"]
    table = _of(found.years, currency)[columns]
    rows, factor = _scaled(table, ("planned", "paid"))
    names = {name: words.say(f"column.{name}") for name in ("planned", "paid")}
    long = rows.melt(id_vars="year", value_vars=["planned", "paid"], var_name="kind").dropna()
    long = long.assign(kind=long["kind"].map(names))
    order = list(names.values())
    drawn = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=_every_year(rows["year"]))),
            xOffset=alt.XOffset("kind:N", sort=order, scale=alt.Scale(domain=order)),
            y=alt.Y("value:Q", title=_unit(words, currency, factor)),
            color=alt.Color(
                "kind:N", sort=order, scale=alt.Scale(domain=order, range=[LIGHT, BLUE]),
                legend=alt.Legend(title=None, orient="top"),
            ),
        )
        .properties(width=_WIDTH, height=240)
    )  # fmt: skip
    about = words.say(
        "chart.years.about", planned=words.say(f"kind.{found.planned}"), paid=words.say(f"kind.{found.paid}")
    )
    return _chart(words, "years" + ending, f"{words.say('chart.years')}, {currency}", about, drawn, table)


def _draw_months(found: Findings, currency: str, ending: str) -> Chart:
    """Draw cumulative amounts of each kind of money by month."""
    import altair as alt

    words = found.words
    table = _of(found.months, currency)[["date", "kind", "amount", "so_far"]]
    rows, factor = _scaled(table, ("amount", "so_far"))
    kinds = [
        kind
        for kind in ("budget", "commitment", "disbursement", "expenditure")
        if (rows["kind"] == kind).any()
    ]
    names = {kind: words.say(f"kind.{kind}") for kind in kinds}
    order = list(names.values())
    colours = {"budget": GREY, "commitment": "#cc79a7", "disbursement": BLUE, "expenditure": VERMILION}
    dashes = {"budget": [6, 3], "commitment": [2, 3], "disbursement": [1, 0], "expenditure": [8, 3, 2, 3]}
    rows = rows.assign(kind=rows["kind"].map(names), date=rows["date"] + "-01")
    drawn = (
        alt.Chart(rows)
        .mark_line(strokeWidth=2, interpolate="linear")
        .encode(
            x=alt.X("utcyearmonth(date):T", title=None, axis=alt.Axis(format="%Y", tickCount="year")),
            y=alt.Y("so_far:Q", title=_unit(words, currency, factor)),
            color=alt.Color("kind:N", sort=order, scale=alt.Scale(domain=order, range=[colours[kind] for kind in kinds]),
                            legend=alt.Legend(title=None, orient="top")),
            strokeDash=alt.StrokeDash("kind:N", sort=order, scale=alt.Scale(domain=order, range=[dashes[kind] for kind in kinds]),
                                      legend=alt.Legend(title=None, orient="top")),
        )
        .properties(width=_WIDTH, height=240)
    )  # fmt: skip
    table = table.assign(kind=table["kind"].map(names))
    return _chart(
        words,
        "months" + ending,
        f"{words.say('chart.months')}, {currency}",
        words.say("chart.months.about"),
        drawn,
        table,
    )


def _letters(text: str) -> int:
    """Count the characters that have a width."""
    return sum(unicodedata.category(letter) not in ("Mn", "Cf") for letter in text)


def _of(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    return table[table["currency"] == currency].reset_index(drop=True)


def _scaled(
    table: pd.DataFrame, amounts: Sequence[str], by: Sequence[str] | None = None
) -> tuple[pd.DataFrame, int]:
    """Return amounts as floats in units, thousands or millions, whichever is easiest to read for ``by``."""
    numbers = table.assign(**{name: table[name].astype("float64") for name in amounts})
    largest = max(
        (float(numbers[name].abs().max()) for name in by or amounts if numbers[name].notna().any()),
        default=0.0,
    )
    factor = next((scale for scale in _SCALES if largest >= 2 * scale), 1)
    return numbers.assign(**{name: numbers[name] / factor for name in amounts}), factor


def _unit(words: Catalogue, currency: str, factor: int) -> str:
    return words.say(f"unit.{factor}", currency=currency)


def _every_year(years: pd.Series[Any]) -> list[int]:
    return list(range(int(years.min()), int(years.max()) + 1)) if len(years) else []


def _unique(names: pd.Series[Any]) -> list[str]:
    """Make equal names unique by invisible spaces, so that each has its own bar."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        found.append(f"{name}{chr(0x200B) * seen.get(name, 0)}")
        seen[name] = seen.get(name, 0) + 1
    return found


def _renamed(table: pd.DataFrame, words: Catalogue) -> pd.DataFrame:
    heads = {name: words.say(f"column.{name}") for name in table.columns if words.knows(f"column.{name}")}
    return table.rename(columns=heads)


def write_picture(target: Path, chart: Chart) -> None:
    """Write a chart as an SVG with its letters inside; programs that ignore them, such as Word, have others."""
    write_text(target, chart.svg.replace(">", f"><style>{font_faces('Page Sans', 'Page Lao')}</style>", 1))


def _chart(words: Catalogue, name: str, title: str, about: str, drawn: Any, table: pd.DataFrame) -> Chart:
    return Chart(name, title, about, _as_svg(drawn, words, title, name), _renamed(table, words))


def _as_svg(drawn: Any, words: Catalogue, title: str, name: str) -> str:
    """Render a chart. Its ids contain its name, because a page may have several charts."""
    import vl_convert

    styled = drawn.configure(font=FONT).configure_axis(
        labelFontSize=12, titleFontSize=12, labelLimit=220, titleFontWeight="normal"
    )
    styled = styled.configure_legend(labelFontSize=12).configure_view(stroke=None)
    spec = styled.to_dict()
    decimal = "." if words.language == "en" else ","
    locale = {"decimal": decimal, "thousands": "\u202f", "grouping": [3], "currency": ["", ""]}
    svg: str = vl_convert.vegalite_to_svg(spec, format_locale=locale)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(title)}" ', 1)


def check_charting() -> None:
    """Raise `UsageError` when the charting library is not installed."""
    try:
        import altair  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError:
        raise missing_extra("charts need", "charts") from None
