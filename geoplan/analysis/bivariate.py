"""Money and poverty together: districts by what they get per person and by how poor they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.poverty_classes import order_classes
from geoplan.ledger.summary import separate_kinds, summarize
from geoplan.model.errors import UsageError, show_number, show_value

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


def cross_money_and_poverty(ledger: Ledger, *, steps: int | None = None, per: str = "person") -> pd.DataFrame:
    """Cross districts by money per person and by poverty, as the map of money × poverty does.

    Parameters
    ----------
    ledger : Ledger
    steps : int, optional
        2 or 3 steps each way. By default 2 for fewer than 20 districts with both figures, else 3.
    per : str
        ``person`` or ``poor person``: by whom the money is divided.

    Returns
    -------
    DataFrame
        Per currency, kind of money (if there are several) and district: ``district, name``; ``per_person`` (or
        ``per_poor_person``), in currency units; ``poverty``, the poverty rate (0–1), or the rank of the poverty class from 1 where no rate is known and the
        classes have an order; ``money_step`` and ``poverty_step``: low, middle or high, missing without the figure;
        ``cell``: both in words, *poor and left out* for money below the average with the most poverty; ``money_cut``
        and ``poverty_cut``: the lower bounds of the steps above the lowest. A value on a bound is above it; a bound of
        0 parts no money from some.

    Notes
    -----
    Two steps part at the average of the plan (Σ money ÷ Σ persons, Σ poor ÷ Σ population, or the mean class), down to
    six digits. Of three steps of money the lowest is no money, or less than half of the average where every district
    has some; of three steps of poverty the highest begins at the average of the districts above the average.

    Raises
    ------
    UsageError
        Another number of steps, or something else than persons to divide by.
    """
    if steps not in (None, 2, 3):
        raise UsageError(f"cannot cut money and poverty into {show_value(steps)} steps: choose 2 or 3")
    if per not in PER:
        raise UsageError(f"cannot divide money by {show_value(per)}: choose {' or '.join(PER)}")
    figures = complete_figures(ledger.districts).set_index("district")
    poverty = _measure_poverty(figures)
    sums = summarize(ledger, "district")
    keys = separate_kinds(["currency"], ledger)
    parts = [
        _cross(part, figures, poverty, steps, per)
        for _, part in sums.groupby(keys, observed=True, sort=False)
    ]
    columns = ["district", "name", *keys, PER[per], "poverty", "money_step", "poverty_step", "cell"]
    columns += ["money_cut", "poverty_cut"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def describe_cuts(rows: pd.DataFrame, currency: str, per: str) -> str:
    """Say where money and poverty are cut, and how, of the rows of one currency and kind of money."""
    (money,), (poverty,) = rows["money_cut"].iloc[:1], rows["poverty_cut"].iloc[:1]
    is_rate = bool((rows["poverty"] <= 1).all())
    poor = [f"{100 * cut:.1f} %" if is_rate else f"class {show_number(cut)}" for cut in poverty] or ["none"]
    at = f"{currency} {money[-1]:,.2f}" if money else "none"
    if len(money) < 2 and len(poverty) < 2:
        without = int((rows[PER[per]] <= 0).sum())
        counted = f" Without any money: {without}." if without else ""
        return f"Cut at the average of the plan: {at} per {per} and a poverty of {poor[0]}.{counted}"
    lowest = "none" if not money or money[0] == 0 else "less than half of the average"
    highest = f", and above {poor[1]}, the average of the districts above it" if len(poor) > 1 else ""
    return (
        f"Money: {lowest}, below and above the average of {at} per {per}. "
        f"Poverty: below and above the average of {poor[0]}{highest}."
    )


def _measure_poverty(figures: pd.DataFrame) -> pd.Series[float]:
    """Return poverty rates from the persons, or ranks of the classes where no rate is known."""
    population = figures["population"].astype("float64")
    rates = figures["poor"].astype("float64") / population.where(population > 0)
    if (rates > 0).any():
        return rates
    names, known = order_classes(figures.reset_index())
    if not known:
        return rates
    return figures["poverty_class"].map({name: at + 1.0 for at, name in enumerate(names)}).astype("float64")


def _cross(
    part: pd.DataFrame, figures: pd.DataFrame, poverty: pd.Series[float], steps: int | None, per: str
) -> pd.DataFrame:
    """Cross the districts of one currency and kind of money."""
    persons = part["district"].map(figures["population" if per == "person" else "poor"]).astype("float64")
    money = part["amount"].astype("float64") / persons.where(persons > 0)
    poor = part["district"].map(poverty).astype("float64")
    both = money.notna() & poor.notna()
    count = steps or (2 if int(both.sum()) < FEW_DISTRICTS else 3)
    people = part["district"].map(figures["population"]).astype("float64")
    # A class of poverty is no share of the people: each district counts once.
    weights = people if bool((poor[both] <= 1).all()) else people.notna().astype("float64")
    money_cut = cut_money(money[both], persons[both], count)
    poverty_cut = cut_poverty(poor[both], weights[both], count)
    made = part.assign(
        **{PER[per]: money},
        poverty=poor,
        money_step=_name_steps(money.where(both), money_cut, count),
        poverty_step=_name_steps(poor.where(both), poverty_cut, count),
        money_cut=pd.Series([money_cut] * len(part), part.index, dtype=object),
        poverty_cut=pd.Series([poverty_cut] * len(part), part.index, dtype=object),
    )
    pairs = zip(made["money_step"], made["poverty_step"], strict=True)
    cells = [name_cell(*pair) if known else None for pair, known in zip(pairs, both, strict=True)]
    return made.assign(cell=pd.Series(cells, made.index, dtype=object))


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
