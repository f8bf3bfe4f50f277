"""Money and poverty together: districts by what they get per person and by how poor they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.analysis.class_breaks import class_breaks
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

    >>> name_cell("high", "low"), name_cell("low", "high")
    ('money high, poverty low', 'poor and left out')
    """
    is_left_out = (money_step, poverty_step) == ("low", "high")
    return LEFT_OUT if is_left_out else f"money {money_step}, poverty {poverty_step}"


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
        ``cell``: both in words, *poor and left out* for the least money with the most poverty; ``money_cut`` and
        ``poverty_cut``: the lower bounds of the steps above the lowest; ``cut_by``: ``average`` or ``quantiles``.
        Two steps part at the average of the plan (Σ money ÷ Σ persons, Σ poor ÷ Σ population, or the mean class), down
        to six digits; three steps are groups of about equal numbers of districts. A value on a bound is above it.

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
    columns += ["money_cut", "poverty_cut", "cut_by"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def describe_cuts(rows: pd.DataFrame, currency: str, per: str) -> str:
    """Say where money and poverty are cut, and how, of the rows of one currency and kind of money."""
    (money,), (poverty,) = rows["money_cut"].iloc[:1], rows["poverty_cut"].iloc[:1]
    is_rate = bool((rows["poverty"] <= 1).all())
    said = (
        ", ".join(f"{100 * cut:.1f} %" if is_rate else f"class {show_number(cut)}" for cut in poverty)
        or "none"
    )
    at = ", ".join(f"{currency} {cut:,.2f}" for cut in money) or "none"
    if rows["cut_by"].iloc[0] == "average":
        return f"Cut at the average of the plan: {at} per {per} and a poverty of {said}."
    return f"Groups of equal numbers of districts, cut at {at} per {per} and at a poverty of {said}."


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
    if count == 2:
        people = part["district"].map(figures["population"]).astype("float64")
        # A class of poverty is no share of the people: each district counts once.
        weights = people if bool((poor[both] <= 1).all()) else people.notna().astype("float64")
        money_cut = average_cut(money[both], persons[both])
        poverty_cut = average_cut(poor[both], weights[both])
    else:
        money_cut = class_breaks(money, count, "quantiles")
        poverty_cut = class_breaks(poor[both], count, "quantiles")
    made = part.assign(
        **{PER[per]: money},
        poverty=poor,
        money_step=_name_steps(money.where(both), money_cut, count),
        poverty_step=_name_steps(poor.where(both), poverty_cut, count),
        money_cut=pd.Series([money_cut] * len(part), part.index, dtype=object),
        poverty_cut=pd.Series([poverty_cut] * len(part), part.index, dtype=object),
        cut_by="average" if count == 2 else "quantiles",
    )
    pairs = zip(made["money_step"], made["poverty_step"], strict=True)
    cells = [name_cell(*pair) if known else None for pair, known in zip(pairs, both, strict=True)]
    return made.assign(cell=pd.Series(cells, made.index, dtype=object))


def average_cut(values: pd.Series[float], weights: pd.Series[float]) -> list[float]:
    """Return the weighted average down to six digits, so that equal values are above; nothing if all are above."""
    weighed = weights.where(values.notna())
    average = float((values * weights).sum()) / max(float(weighed.sum()), 1e-300)
    if not average > 0:
        return []
    step = 10.0 ** (math.floor(math.log10(average)) - 5)
    cut = float(f"{math.floor(average / step + 1e-9) * step:.6g}")
    return [cut] if (values < cut).any() else []


def _name_steps(values: pd.Series[float], cuts: list[float], count: int) -> pd.Series[str]:
    """Name the step of each value; where there are fewer cuts, the middle is left out, not an end."""
    names = _STEPS[count] if len(cuts) == count - 1 else ("low", *("high" for _ in cuts))
    found = np.array(names, dtype=object)[np.searchsorted(cuts, values.fillna(0.0), side="right")]
    return pd.Series(found, index=values.index).where(values.notna())
