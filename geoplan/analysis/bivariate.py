"""Money and poverty together: districts by what their poor people get and by how poor they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.poverty_classes import order_classes
from geoplan.ledger.summary import separate_kinds, summarize
from geoplan.model.errors import UsageError, show_value

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger

LEFT_OUT = "poor and left out"
FEW_DISTRICTS = 20
"""With fewer districts there are two steps each way: nine cells would be nearly half as many as districts."""
_STEPS = {2: ("low", "high"), 3: ("low", "middle", "high")}


CELL_COLOURS = (
    ("#f1efe9", "#a9cbe6", "#4a8fc7"),
    ("#f8d08b", "#b3ab97", "#4f6d8f"),
    ("#ee9a1f", "#a86526", "#1f1d2b"),
)
"""Colours of the cells, distinct for colour-blind readers: rows by poverty, columns by money, from low to high."""

PER = {"person": "per_person", "poor person": "per_poor_person"}
"""By what the money is divided, with the column of the result."""

_POVERTY = ("class", "rate")


class Crossing(TypedDict, total=False):
    """How districts are crossed: arguments of `cross_money_and_poverty`."""

    per: str
    poverty: str


OTHER_CROSSING: Crossing = {"per": "person", "poverty": "rate"}
"""Of the second map of money × poverty."""


def cell_colour(money_step: str, poverty_step: str) -> str:
    """Return the colour of a cell.

    >>> cell_colour("low", "high")
    '#ee9a1f'
    """
    return CELL_COLOURS[_STEPS[3].index(poverty_step)][_STEPS[3].index(money_step)]


def name_cell(money_step: str, poverty_step: str) -> str:
    """Name a cell in words.

    >>> name_cell("high", "low"), name_cell("low", "high"), name_cell("middle", "high")
    ('money high, poverty low', 'poor and left out', 'poor and left out, money middle')
    """
    if poverty_step != "high" or money_step == "high":
        return f"money {money_step}, poverty {poverty_step}"
    return LEFT_OUT if money_step == "low" else f"{LEFT_OUT}, money {money_step}"


def is_left_out(cells: pd.Series[str]) -> pd.Series[bool]:
    """Tell which cells are poor and left out: the most poverty, with money below the average."""
    return cells.astype("string").str.startswith(LEFT_OUT).fillna(False).astype(bool)


def cross_money_and_poverty(
    ledger: Ledger, *, steps: int | None = None, per: str | None = None, poverty: str = "class"
) -> pd.DataFrame:
    """Cross districts by money per poor person and by poverty class, as the map of money × poverty does.

    Parameters
    ----------
    ledger : Ledger
    steps : int, optional
        2 or 3 steps each way. By default 2 for fewer than 20 districts with both figures, else 3.
    per : str, optional
        ``person`` or ``poor person``: by whom the money is divided. By default per poor person where the profile has
        the poor persons of each district with people, else per person.
    poverty : str
        ``class`` or ``rate``: poverty classes whose order is known, or the poverty rate. Where the profile has no such
        class for each district with a rate, or no rate, the other takes its place.

    Returns
    -------
    DataFrame
        Per currency, kind of money (if there are several) and district: ``district, name``; ``per_poor_person`` (or
        ``per_person``), in currency units; ``poverty``, the rank of the poverty class from 1, the least poor, or the
        poverty rate (0–1); ``poverty_class``, missing where the rate counts; ``money_step`` and ``poverty_step``: low, middle or high, missing without the figure;
        ``cell``: both in words, *poor and left out* for money below the average with the most poverty; ``money_cut``
        and ``poverty_cut``: the lower bounds of the steps above the lowest. A value on a bound is above it; a bound of
        0 parts no money from some.

    Notes
    -----
    Money parts at the average of the plan (Σ money ÷ Σ persons, or Σ poor persons), down to six digits. Of three steps
    of money the lowest is no money, or less than half of the average where every district has some. Each poverty class
    is a step; more classes than steps part at the mean class of the districts. Rates part at the average of the plan
    (Σ poor ÷ Σ population). Of three steps of these the highest begins at the average of the districts above the average.

    Raises
    ------
    UsageError
        Another number of steps, something else than persons to divide by, or another poverty.
    """
    if steps not in (None, 2, 3):
        raise UsageError(f"cannot cut money and poverty into {show_value(steps)} steps: choose 2 or 3")
    if per not in (None, *PER):
        raise UsageError(f"cannot divide money by {show_value(per)}: choose {' or '.join(PER)}")
    if poverty not in _POVERTY:
        raise UsageError(f"cannot measure poverty by {show_value(poverty)}: choose {' or '.join(_POVERTY)}")
    figures = complete_figures(ledger.districts).set_index("district")
    divisor = per or choose_persons(figures)
    measured = _measure_poverty(figures, poverty)
    sums = summarize(ledger, "district")
    keys = separate_kinds(["currency"], ledger)
    parts = [
        _cross(part, figures, measured, steps, divisor)
        for _, part in sums.groupby(keys, observed=True, sort=False)
    ]
    columns = [
        "district",
        "name",
        *keys,
        PER[divisor],
        "poverty",
        "poverty_class",
        "money_step",
        "poverty_step",
    ]
    columns += ["cell", "money_cut", "poverty_cut"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def choose_persons(figures: pd.DataFrame) -> str:
    """Return by whom money is divided unless asked: ``poor person`` where each district with people states its poor."""
    poor = figures["poor"].astype("float64")
    is_known = bool((poor > 0).any()) and not bool((poor.isna() & figures["population"].notna()).any())
    return "poor person" if is_known else "person"


def divisor_of(rows: pd.DataFrame) -> str:
    """Return by whom the money of `cross_money_and_poverty` is divided."""
    return next(per for per, column in PER.items() if column in rows)


def describe_cuts(rows: pd.DataFrame, currency: str) -> str:
    """Say where money and poverty are cut, and how, of the rows of one currency and kind of money."""
    (money,), (poverty,) = rows["money_cut"].iloc[:1], rows["poverty_cut"].iloc[:1]
    per = divisor_of(rows)
    at = f"{currency} {money[-1]:,.2f}" if money else "none"
    average = f"the average of {at} per {per}"
    if rows["poverty_class"].notna().any():
        poor = f"Poverty: {_list_steps([show_value(name) for name in name_classes(rows, poverty)])}."
    elif len(poverty) < 2:
        poor = (
            f"Poverty: below and above the average of {f'{100 * poverty[0]:.1f} %' if poverty else 'none'}."
        )
    else:
        lower, upper = (f"{100 * cut:.1f} %" for cut in poverty)
        poor = f"Poverty: below and above the average of {lower}, and above {upper}, the average of the districts above it."
    if len(money) < 2:
        without = int((rows[PER[per]] <= 0).sum())
        counted = f" Without any money: {without}." if without else ""
        return f"Money: below and above {average}. {poor}{counted}"
    lowest = "none" if money[0] == 0 else "less than half of the average"
    return f"Money: {lowest}, below and above {average}. {poor}"


def _list_steps(names: list[str]) -> str:
    if not names:
        return "one class"
    return "".join(
        [f"below the class {names[0]}, and from it", *(f", and from {name}" for name in names[1:])]
    )


def name_classes(rows: pd.DataFrame, cuts: list[float]) -> list[str]:
    """Name the poverty classes at which steps begin; empty where rates are cut."""
    named = (
        rows.dropna(subset=["poverty_class"]).drop_duplicates("poverty").set_index("poverty")["poverty_class"]
    )
    return [str(named[cut]) for cut in cuts if cut in named.index]


def _measure_poverty(figures: pd.DataFrame, wanted: str) -> pd.DataFrame:
    """Return the ``poverty`` of each district, and the ``poverty_class`` where its rank is that poverty."""
    population = figures["population"].astype("float64")
    rates = figures["poor"].astype("float64") / population.where(population > 0)
    names, is_ordered = order_classes(figures.reset_index())
    classes = figures["poverty_class"].astype(object)
    has_rates = bool((rates > 0).any())
    has_classes = is_ordered and len(names) > 1 and not bool((rates.notna() & classes.isna()).any())
    if not is_ordered or (has_rates and not (has_classes and wanted == "class")):
        return pd.DataFrame({"poverty": rates, "poverty_class": None})
    ranks = classes.map({name: at + 1.0 for at, name in enumerate(names)}).astype("float64")
    return pd.DataFrame({"poverty": ranks, "poverty_class": classes})


def _cross(
    part: pd.DataFrame, figures: pd.DataFrame, measured: pd.DataFrame, steps: int | None, per: str
) -> pd.DataFrame:
    """Cross the districts of one currency and kind of money."""
    persons = part["district"].map(figures["population" if per == "person" else "poor"]).astype("float64")
    money = part["amount"].astype("float64") / persons.where(persons > 0)
    poor = part["district"].map(measured["poverty"]).astype("float64")
    classes = part["district"].map(measured["poverty_class"]).astype(object)
    both = money.notna() & poor.notna()
    count = steps or (2 if int(both.sum()) < FEW_DISTRICTS else 3)
    money_cut = cut_money(money[both], persons[both], count)
    if classes.notna().any():
        poverty_cut = cut_classes(poor[both], count)
    else:
        poverty_cut = cut_poverty(
            poor[both], part["district"].map(figures["population"]).astype("float64")[both], count
        )
    made = part.assign(
        **{PER[per]: money},
        poverty=poor,
        poverty_class=classes,
        money_step=_name_steps(money.where(both), money_cut, count),
        poverty_step=_name_steps(poor.where(both), poverty_cut, count),
        money_cut=pd.Series([money_cut] * len(part), part.index, dtype=object),
        poverty_cut=pd.Series([poverty_cut] * len(part), part.index, dtype=object),
    )
    pairs = zip(made["money_step"], made["poverty_step"], strict=True)
    cells = [name_cell(*pair) if known else None for pair, known in zip(pairs, both, strict=True)]
    return made.assign(cell=pd.Series(cells, made.index, dtype=object))


def cut_classes(ranks: pd.Series[float], steps: int) -> list[float]:
    """Return the ranks at which steps begin: at each class, or at the mean class where there are more than steps."""
    present = sorted(set(ranks))
    if len(present) <= steps:
        return [float(rank) for rank in present[1:]]
    # A cut between two classes begins at the upper one, which has a name.
    ones = pd.Series(1.0, index=ranks.index)
    return sorted(
        {float(min(rank for rank in present if rank >= cut)) for cut in cut_poverty(ranks, ones, steps)}
    )


def cut_money(values: pd.Series[float], weights: pd.Series[float], steps: int) -> list[float]:
    """Return the bounds of money: the average, and of three steps no money, or half of the average, below it."""
    average = average_cut(values, weights)
    if steps == 2:
        return average
    return ([0.0] if bool((values <= 0).any()) else [cut / 2 for cut in average]) + average


def cut_poverty(values: pd.Series[float], weights: pd.Series[float], steps: int) -> list[float]:
    """Return the bounds of poverty: the average, and of three steps the average of what is above it (Jiang 2013)."""
    average = average_cut(values, weights)
    if steps == 2 or not average:
        return average
    above = values >= average[0]
    return sorted({*average, *average_cut(values[above], weights[above])})


def average_cut(values: pd.Series[float], weights: pd.Series[float]) -> list[float]:
    """Return the weighted average down to six digits, so that equal values are above; nothing if it is not above 0."""
    weighed = weights.where(values.notna())
    average = float((values * weights).sum()) / max(float(weighed.sum()), 1e-300)
    if not average > 0:
        return []
    step = 10.0 ** (math.floor(math.log10(average)) - 5)
    return [float(f"{math.floor(average / step + 1e-9) * step:.6g}")]


def _name_steps(values: pd.Series[float], cuts: list[float], count: int) -> pd.Series[str]:
    """Name the step of each value; where there are fewer cuts, the middle is left out, not an end."""
    names = _STEPS[count] if len(cuts) == count - 1 else ("low", *("high" for _ in cuts))
    bounds = [cut or np.nextafter(0.0, 1.0) for cut in cuts]
    found = np.array(names, dtype=object)[np.searchsorted(bounds, values.fillna(0.0), side="right")]
    return pd.Series(found, index=values.index).where(values.notna())
