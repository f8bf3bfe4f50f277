"""Colouring of the SVG map: the colour of each district, and the keys of the legend."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geoplan.analysis.bivariate import (
    OTHER_CROSSING,
    PER,
    Crossing,
    cell_colour,
    cross_money_and_poverty,
    divisor_of,
    name_classes,
)
from geoplan.analysis.class_breaks import SEQUENTIAL, class_breaks
from geoplan.ledger.summary import summarize
from geoplan.model.errors import UsageError, show_value
from geoplan.page.svg_map.look import (
    INK,
    NEGATIVE,
    NO_DATA,
    NO_MONEY,
    SOFT,
    draw_key,
    plain,
    wrap,
    write_amount,
)

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger
    from geoplan.text.languages import Catalogue

CROSSED: dict[str, Crossing] = {"money_and_poverty": {}, "money_per_person_and_poverty": OTHER_CROSSING}
"""Measures of money × poverty, with how districts are crossed."""

MEASURES = ("amount", *CROSSED)
"""Measures that a picture can show."""


@dataclass(frozen=True)
class Colouring:
    """How the districts of a picture are coloured, in the order of the districts.

    Parameters
    ----------
    measure : str
        Among `MEASURES`.
    colours : list of str
    labels : list of str
        The figure under the name of each district.
    keys : list of str
        Drawn keys of the legend.
    bottom : float
        Where the keys end, in pixels.
    """

    measure: str
    colours: list[str]
    labels: list[str]
    keys: list[str]
    bottom: float


def colour_districts(
    ledger: Ledger, codes: Sequence[str], measure: str, words: Catalogue, corner: tuple[float, float]
) -> Colouring:
    """Colour districts by a measure.

    Parameters
    ----------
    ledger : Ledger
        Of one currency and kind of money.
    codes : sequence of str
        Codes of the districts.
    measure : str
        Among `MEASURES`.
    words : Catalogue
    corner : tuple of float
        Where the keys begin: the left edge, and the baseline of the first one, in pixels.

    Raises
    ------
    UsageError
        A picture cannot show the measure, or no district has the figures for it.
    """
    if measure not in MEASURES:
        raise UsageError(f"a picture cannot show {show_value(measure)}: choose from {', '.join(MEASURES)}")
    if measure in CROSSED:
        return _by_cell(ledger, codes, measure, words, corner)
    return _by_amount(ledger, codes, words, corner)


def _by_amount(
    ledger: Ledger, codes: Sequence[str], words: Catalogue, corner: tuple[float, float]
) -> Colouring:
    sums = summarize(ledger, "district").set_index("district")["amount"]
    amounts = np.asarray(sums.reindex(list(codes)).astype(float).fillna(0.0), dtype=np.float64)
    breaks = class_breaks(amounts)
    classes = np.where(amounts > 0, np.searchsorted(breaks, amounts, side="right"), -1)
    palette = SEQUENTIAL[len(breaks) + 1]
    keys: list[str] = []
    x, y = corner
    for at, said in reversed(list(enumerate(_ranges(amounts, breaks, words)))):
        keys += draw_key(x, y, palette[at], said, int((classes == at).sum()))
        y += 20
    negative = amounts < 0
    for chosen, colour, said in (
        (amounts == 0, NO_MONEY, words.say("class.zero")),
        (negative, NEGATIVE, _below_zero(amounts[negative], words)),
    ):
        if chosen.any():
            keys += draw_key(x, y, colour, said, int(chosen.sum()))
            y += 20
    without = np.where(negative, NEGATIVE, NO_MONEY).tolist()
    return Colouring(
        "amount",
        [palette[at] if at >= 0 else without[row] for row, at in enumerate(classes.tolist())],
        [write_amount(amount) for amount in amounts.tolist()],
        keys,
        y,
    )


def _ranges(amounts: NDArray[np.float64], breaks: Sequence[float], words: Catalogue) -> list[str]:
    """Return what each class says, the lowest first."""
    positive = amounts[amounts > 0]
    if len(positive) == 0:
        return []
    ends = [write_amount(end) for end in (float(positive.min()), *breaks, float(positive.max()))]
    said = [words.say("class.between", **{"from": low, "to": high}) for low, high in pairwise(ends[:-1])]
    low, high = ends[-2:]
    return [*said, _range(low, high, words)]


def _below_zero(amounts: NDArray[np.float64], words: Catalogue) -> str:
    """Return what the class of refunds says."""
    if len(amounts) == 0:
        return ""
    low, high = write_amount(float(amounts.min())), write_amount(float(amounts.max()))
    return words.say("class.negative", values=_range(low, high, words))


def _range(low: str, high: str, words: Catalogue) -> str:
    return low if low == high else words.say("class.to", **{"from": low, "to": high})


_HALF = 70
_LINE = 14


def _by_cell(
    ledger: Ledger, codes: Sequence[str], measure: str, words: Catalogue, corner: tuple[float, float]
) -> Colouring:
    rows = cross_money_and_poverty(ledger, **CROSSED[measure]).set_index("district").reindex(list(codes))
    column = PER[divisor_of(rows)]
    known = rows["cell"].notna()
    if not known.any():
        raise UsageError(
            "no district has both money and poverty: add a profile with population and poor persons, or ordered poverty classes"
        )
    pairs = list(zip(rows["money_step"], rows["poverty_step"], strict=True))
    colours = [
        cell_colour(*pair) if is_known else NO_DATA for pair, is_known in zip(pairs, known, strict=True)
    ]
    names = sorted(
        {*rows.loc[known, "money_step"], *rows.loc[known, "poverty_step"]},
        key=["low", "middle", "high"].index,
    )
    counts = dict.fromkeys(((money, poverty) for money in names for poverty in names), 0)
    for pair, is_known in zip(pairs, known, strict=True):
        counts[pair] = counts.get(pair, 0) + int(is_known)
    x, y = corner
    keys = [f'<g transform="translate({x:g} {y - 11:g})">', *_square(names, counts, words), "</g>"]
    y += 2 * _HALF + 10
    for line in wrap(_cuts_in_words(ledger, rows[known], words), 44, 8):
        keys.append(f'<text x="{x:g}" y="{y:g}" font-size="11" fill="{SOFT}">{html.escape(line)}</text>')
        y += _LINE
    without = int((rows.loc[known, column] <= 0).sum())
    if without and len(names) == 2:
        said = f"{words.say('class.zero')}: {without}"
        keys.append(f'<text x="{x:g}" y="{y:g}" font-size="11" fill="{SOFT}">{html.escape(said)}</text>')
        y += _LINE
    if not known.all():
        keys += draw_key(x, y + 6, NO_DATA, words.say("class.missing"), int((~known).sum()))
        y += 24
    figures = rows[column].astype(float)
    labels = ["" if math.isnan(figure) else _write_rate(figure) for figure in figures]
    return Colouring(measure, colours, labels, keys, y)


def _square(names: Sequence[str], counts: dict[tuple[str, str], int], words: Catalogue) -> list[str]:
    """Draw the legend of the page: a square on its corner, money to the lower right, poverty to the upper right."""
    steps, middle = len(names), 130.0
    reach = _HALF / steps
    drawn = []
    for poor, poverty in enumerate(names):
        for paid, money in enumerate(names):
            x, y = middle - _HALF + reach * (1 + paid + poor), _HALF + reach * (paid - poor)
            corners = f"{x - reach:.1f},{y:.1f} {x:.1f},{y - reach:.1f} {x + reach:.1f},{y:.1f} {x:.1f},{y + reach:.1f}"
            drawn.append(
                f'<polygon points="{corners}" fill="{cell_colour(money, poverty)}" stroke="#ffffff" stroke-width="1.5"/>'
                f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="13" font-weight="700" text-anchor="middle" fill="{INK}" '
                f'stroke="#ffffff" stroke-width="3" paint-order="stroke">{counts.get((money, poverty), 0)}</text>'
            )
    for key, x, y, turn in (
        ("more_poverty", middle - _HALF / 2 - 10, _HALF / 2 - 4, -45),
        ("more_money", middle - _HALF / 2 - 10, 1.5 * _HALF + 14, 45),
    ):
        drawn.append(
            f'<text transform="translate({x:.1f} {y:.1f}) rotate({turn})" font-size="11" text-anchor="middle">'
            f"{html.escape(words.say(key))}</text>"
        )
    return drawn


def _cuts_in_words(ledger: Ledger, rows: pd.DataFrame, words: Catalogue) -> str:
    """Say how and where the groups are cut."""
    money, poverty = rows["money_cut"].iloc[0], rows["poverty_cut"].iloc[0]
    column = PER[divisor_of(rows)]
    currency = ledger.currencies[0] if ledger.currencies else ""
    by_class = bool(rows["poverty_class"].notna().any())
    cuts = name_classes(rows, poverty) if by_class else [f"{100 * cut:.1f}\u202f%" for cut in poverty]
    given = {
        "money": f"{currency} {_write_rate(money[-1])}".strip() if money else "–",
        "poverty": cuts[0] if cuts else "–",
    }
    form = "class" if by_class else "average"
    if len(money) < 2 and len(cuts) < 2:
        return plain(words.say(f"cell_{form}.{column}", **given))
    lowest = words.say("cell_no_money" if not money or money[0] == 0 else "cell_half")
    highest = cuts[1] if len(cuts) > 1 else "–"
    form = "class_cuts" if by_class else "cuts"
    return plain(words.say(f"cell_{form}.{column}", **given, lowest=lowest, highest=highest))


def _write_rate(value: float) -> str:
    """Write an amount per person: with cents below 100."""
    return write_amount(value) if abs(value) >= 100 else f"{value:.2f}"
