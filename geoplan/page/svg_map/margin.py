"""The margin of the SVG map: title, legend, money that is not on the map, sources."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from geoplan.ledger.summary import summarize_buckets
from geoplan.model.money import from_minor, minor_digits
from geoplan.page.svg_map.colouring import Colouring
from geoplan.page.svg_map.look import (
    FOOT,
    HEIGHT,
    MARGIN,
    NO_AMOUNT,
    OTHERS,
    SIDE,
    SOFT,
    TOP,
    WIDTH,
    cut,
    draw_key,
    draw_mark,
    plain,
    wrap,
)
from geoplan.text.languages import Catalogue

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan


def write_head(plan: Plan, ledger: Ledger, words: dict[str, str]) -> list[str]:
    """Write title, subtitle, and what is illustrative."""
    lines = [
        f'<text x="{MARGIN}" y="47" font-size="24" font-weight="700">{cut(plan.title or words["untitled"], 80)}</text>'
    ]
    if plan.subtitle:
        lines.append(
            f'<text x="{MARGIN}" y="67" font-size="12.5" fill="{SOFT}">{cut(plan.subtitle, 160)}</text>'
        )
    if ledger.illustrative:
        said = f"{words['illustrative_colon']} {ledger.illustrative}"
        for number, line in enumerate(wrap(plain(said), 175, 2)):
            lines.append(
                f'<text x="{MARGIN}" y="{83 + 13 * number}" font-size="10.5" fill="#8a3b00">{html.escape(line)}</text>'
            )
    return lines


def write_legend(
    ledger: Ledger,
    words: dict[str, str],
    colouring: Colouring,
    hatched: Sequence[bool],
    marks: Mapping[int, str],
    say: Callable[[str], str],
    language: str,
) -> list[str]:
    """Write the legend: classes with counts, the poorest class, marks; then the money that is not on the map."""
    x: float = WIDTH - MARGIN - SIDE + 24
    y: float = TOP + 14
    currency = ledger.currencies[0] if ledger.currencies else ""
    kinds = ", ".join(
        words.get(f"kind.{kind}", kind) for kind in sorted(set(ledger.entries["kind"].astype(object)))
    )
    lines = [
        _heading(x, y, words[f"measure.{colouring.measure}"]),
        _small(x, y + 15, f"{currency}, {kinds}" if currency else ""),
    ]
    lines += colouring.keys
    y = colouring.bottom
    if any(hatched):
        poor = str(
            ledger.districts.set_index("district")["poverty_class"]
            .reindex(sorted(ledger.districts["district"]))
            .to_numpy()[list(hatched).index(True)]
        )
        lines += [
            *draw_key(x, y, "#ffffff", say(poor), sum(hatched)),
            f'<rect x="{x}" y="{y - 11}" width="26" height="14" fill="url(#hatch)"/>',
        ]
        y += 20
    y += 14
    if marks:
        several = len(set(marks) - {NO_AMOUNT}) > 1
        lines.append(_heading(x, y, words["projects_by.component" if several else "projects"]))
        y += 20
    for at, name in marks.items():
        lines.append(draw_mark(x + 13, y - 4, at))
        for line in wrap(plain(name), 38, 2):
            lines.append(f'<text x="{x + 36}" y="{y}" font-size="11.5">{html.escape(line)}</text>')
            y += 15
        y += 4
    return lines + _elsewhere(ledger, Catalogue(language, words), x, y + 14)


def name_marks(
    marks: pd.Series[int], components: Sequence[str], words: Mapping[str, str], say: Callable[[str], str]
) -> dict[int, str]:
    """Return the name of each mark on the map by its number."""
    fixed = {OTHERS: words["others"], NO_AMOUNT: words["without_money"]}
    unnamed = words["project" if len(components) == 1 else "not_stated"]
    return {at: fixed.get(at) or say(components[at]) or unnamed for at in sorted(set(marks.tolist()))}


def _elsewhere(ledger: Ledger, words: Catalogue, x: float, y: float) -> list[str]:
    """List the money that is not on the map, and the total."""
    sums = summarize_buckets(ledger)
    lines = [_heading(x, y, words.say("elsewhere"))]
    right = WIDTH - MARGIN
    for place, currency, minor in zip(
        sums["place"], sums["currency"], sums["amount_minor"].tolist(), strict=True
    ):
        y += 18
        shown = words.decimal(from_minor(minor, minor_digits(currency)), minor_digits(currency))
        lines.append(f'<text x="{x}" y="{y}" font-size="11.5">{cut(words.say(f"place.{place}"), 34)}</text>')
        lines.append(f'<text x="{right}" y="{y}" font-size="11.5" text-anchor="end">{shown}</text>')
    for currency in ledger.currencies:
        y += 22
        total = int(ledger.entries.loc[ledger.entries["currency"] == currency, "amount_minor"].sum())
        lines.append(
            f'<text x="{x}" y="{y}" font-size="12" font-weight="700">{html.escape(words.say("total"))}, {html.escape(currency)}</text>'
        )
        shown = words.decimal(from_minor(total, minor_digits(currency)), minor_digits(currency))
        lines.append(
            f'<text x="{right}" y="{y}" font-size="12" font-weight="700" text-anchor="end">{shown}</text>'
        )
    return lines


def write_foot(plan: Plan, ledger: Ledger, words: dict[str, str]) -> list[str]:
    """Write the year of the profile, what was converted, and the sources of the figures, as far as there is room."""
    said = []
    for table in (plan.districts, plan.profile, plan.locations, plan.spending):
        if "source" in table:
            said += [str(text) for text in table["source"].dropna().unique()]
    said = [*dict.fromkeys(said or sorted(path.name for path in plan.files.values()))]
    sources = " · ".join([*_profile_years(ledger, words), *ledger.notes, *said])
    if not sources:
        return []
    y = HEIGHT - FOOT
    lines = [
        f'<text x="{MARGIN}" y="{y}" font-size="10" font-weight="700">{html.escape(words["about"])}</text>'
    ]
    for number, line in enumerate(wrap(plain(sources), 190, 3)):
        lines.append(
            f'<text x="{MARGIN}" y="{y + 14 * (number + 1)}" font-size="9.5" fill="{SOFT}">{html.escape(line)}</text>'
        )
    return lines


def _profile_years(ledger: Ledger, words: dict[str, str]) -> list[str]:
    """Say which year the figures of people are of, or the first and the last one."""
    years = ledger.districts["profile_year"].dropna()
    if not len(years):
        return []
    ends = dict.fromkeys((int(years.min()), int(years.max())))
    return [words["profile_years"].replace("{years}", "–".join(map(str, ends)))]


def _heading(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="13" font-weight="700">{html.escape(text)}</text>'


def _small(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="11" fill="{SOFT}">{cut(text, 46)}</text>'
