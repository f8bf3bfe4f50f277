"""Measures of equity of a ledger: each index, each reading, what it means and what stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.equity.allocations import Spending, lay_out_spending
from geoplan.equity.exclusions import describe_exclusions, find_exclusions, say_exclusions
from geoplan.equity.families import MEASURES, READINGS, Family, Values, families, measure_family
from geoplan.equity.indices import Floats
from geoplan.equity.poverty import Ranking, complete_figures, rank_by_poverty
from geoplan.equity.sentences import NEEDS, say_reading, say_value, say_verdict, show_amount
from geoplan.errors import InputError, Problem
from geoplan.ledger import Ledger
from geoplan.money import minor_digits

if TYPE_CHECKING:
    from geoplan.plan import Plan


@dataclass(frozen=True)
class Equity:
    """Measures of equity, and what they amount to.

    Parameters
    ----------
    measures : DataFrame
        One row per group, currency, measure and reading: the columns asked for, ``currency``,
        ``measure``, ``reading``, ``value`` (missing where there is an obstacle, infinite where a
        district gets nothing), ``exact`` (whether the end of a range is proven, not only found),
        ``sentence``, ``needs``, ``obstacle``, ``left_out`` (districts, and why).
    verdicts : DataFrame
        One row per group and currency: ``verdict``, ``sentence``, ``ranked_by``, ``coarse`` and
        ``coarse_minor`` (money whose district is not known), ``spread``, ``obstacle``, ``remark``.
    exclusions : DataFrame
        One row per group, currency, kind of measure and district left out: ``measures``,
        ``district``, ``name``, ``reason``, ``spending_minor``.
    """

    measures: pd.DataFrame
    verdicts: pd.DataFrame
    exclusions: pd.DataFrame

    def _repr_html_(self) -> str:
        said: str = self.verdicts.to_html(escape=True, index=False)
        columns = [name for name in self.measures.columns if name not in ("needs", "exact")]
        table: str = self.measures[columns].to_html(escape=True, index=False)
        return said + table


def measure_equity(
    ledger: Ledger,
    by: str | Sequence[str] | None = None,
    *,
    spread: str | None = None,
    plan: Plan | None = None,
    class_order: Sequence[str] | None = None,
) -> Equity:
    """Measure how evenly spending reaches people, and whether it reaches the poor.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money.
    by : str or sequence of str, optional
        component, funder, year: measured one by one.
    spread : str, optional
        How coarse money is spread for the reading ``expected``: none, even, area, population, poor; by
        default by population where every district states one, else even.
    plan : Plan, optional
        The ledger's, needed for the spread by area.
    class_order : sequence of str, optional
        Poverty classes, the poorest first: districts are then ranked by class.

    Returns
    -------
    Equity

    Raises
    ------
    UsageError
        No such grouping or spread; several kinds of money; classes that ``class_order`` lacks.
    InputError
        Figures that can not be (a poverty rate of 35), or that the spread needs and a district has not.

    Examples
    --------
    >>> from geoplan.ledger import build_ledger
    >>> from geoplan.plan import read_plan
    >>> from geoplan.planfile import bundled_plan
    >>> equity = measure_equity(build_ledger(read_plan(bundled_plan())))
    >>> equity.verdicts["verdict"].tolist()
    ['depends on where EUR 1\u202f620\u202f000.00 went']
    """
    laid_out = lay_out_spending(ledger, by, spread=spread, plan=plan)
    return _joined([_measure(spending, class_order) for spending in laid_out])


def measure_spending(
    districts: pd.DataFrame, *, currency: str = "EUR", class_order: Sequence[str] | None = None
) -> pd.DataFrame:
    """Measure a plain table of districts, without a ledger.

    Parameters
    ----------
    districts : DataFrame
        ``district``, ``spending`` (any unit), and as far as they are known ``name``, ``population``,
        ``poor`` (persons), ``poverty_rate`` (0 to 1), ``poverty_class``.
    currency : str
        For the sentences.
    class_order : sequence of str, optional
        As for `measure_equity`.

    Returns
    -------
    DataFrame
        ``measure, value, sentence, needs, obstacle, left_out``.

    Raises
    ------
    InputError
        A column is missing, an amount is missing, or a figure can not be.
    """
    lacking = [name for name in ("district", "spending") if name not in districts]
    if lacking:
        raise InputError(Problem("districts", "columns are missing", values=tuple(lacking)))
    amounts = districts["spending"].astype(float)
    if amounts.isna().any():
        missing = tuple(districts.loc[amounts.isna(), "district"])
        raise InputError(Problem("districts", "spending is missing", "spending", values=missing,
                                 way_out="write 0 where a district got nothing"))  # fmt: skip
    certain = np.asarray(amounts, dtype=np.float64)[None, :]
    spending = Spending(
        currency=currency,
        groups=pd.DataFrame(index=pd.RangeIndex(1)),
        districts=complete_figures(districts.reset_index(drop=True)),
        certain=certain,
        expected=certain,
        pooled=np.zeros((1, 0)),
        reach=np.zeros((0, len(districts)), dtype=bool),
        spread="none",
        buckets=pd.DataFrame(index=pd.RangeIndex(1)),
        refunds=np.zeros(1),
    )
    measures = _measure(spending, class_order).measures
    only = measures[measures["reading"] == "certain"].reset_index(drop=True)
    return only[["measure", "value", "sentence", "needs", "obstacle", "left_out"]]


def _joined(parts: list[Equity]) -> Equity:
    if len(parts) == 1:
        return parts[0]
    frames = [
        pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        for name in ("measures", "verdicts", "exclusions")
    ]
    return Equity(*frames)


def _measure(spending: Spending, class_order: Sequence[str] | None) -> Equity:
    """Measure the spending of one currency."""
    ranking = rank_by_poverty(spending.districts, class_order=class_order)
    made_of = families(spending, ranking)
    values: Values = {}
    exact: dict[str, Any] = {}
    coarse: Values = {}
    excluded = []
    for family in made_of:
        reasons = find_exclusions(spending, family.usable, family.lacking)
        found = measure_family(spending, family, reasons == "")
        values |= found.values
        exact |= found.exact
        coarse |= dict.fromkeys(family.measures, found.coarse)
        excluded.append((family.kind, family.measures, reasons))
    left_out = say_exclusions(spending, excluded)
    measures = _as_rows(spending, values, exact, coarse, left_out, made_of)
    verdicts = _verdicts(
        spending, ranking, values["concentration_index"], coarse["concentration_index"], measures
    )
    return Equity(measures, verdicts, describe_exclusions(spending, excluded))


def _as_rows(
    spending: Spending, values: Values, exact: dict[str, Any], coarse: Values, left_out: dict[str, list[str]],
    made_of: list[Family],
) -> pd.DataFrame:  # fmt: skip
    """Bring values to one row per group, measure and reading."""
    family_of = {name: family for family in made_of for name in family.measures}
    rows = []
    keys = [*spending.groups.columns]
    for group, labels in enumerate(spending.groups.itertuples(index=False)):
        for name in MEASURES:
            for at, reading in enumerate(READINGS):
                value = float(values[name][group, at])
                rows.append(
                    (
                        *labels,
                        spending.currency,
                        name,
                        reading,
                        value,
                        bool(exact[name][group, at]),
                        _sentence(spending, name, reading, value, coarse[name][group]),
                        NEEDS[name],
                        _obstacle(family_of[name], spending, name, value, group),
                        left_out[name][group],
                    )
                )
    columns = [
        *keys,
        "currency",
        "measure",
        "reading",
        "value",
        "exact",
        "sentence",
        "needs",
        "obstacle",
        "left_out",
    ]
    return pd.DataFrame(rows, columns=columns)


def _sentence(spending: Spending, measure: str, reading: str, value: float, coarse: float) -> str:
    said = say_value(measure, value)
    return say_reading(reading, spending.spread, coarse, spending.currency) + said if said else ""


def _obstacle(family: Family, spending: Spending, measure: str, value: float, group: int) -> str:
    """Say why there is no value, or why it is infinite."""
    if np.isinf(value):
        return "infinite: a district got nothing"
    if not np.isnan(value):
        unclassed = family.unclassed if measure.startswith("theil_") else 0
        return f"{unclassed} districts state no poverty class and count as one" if unclassed else ""
    why = family.class_obstacle if measure.startswith("theil_") else family.obstacle
    if why:
        return why
    if family.usable.sum() < 2:
        return f"fewer than two districts have what it needs ({NEEDS[measure]})"
    return "no money is in these districts in this reading"


def _verdicts(
    spending: Spending, ranking: Ranking, concentration: Floats, coarse: Floats, measures: pd.DataFrame
) -> pd.DataFrame:
    """Say for each group who is favoured, and whether that stands whatever the coarse money did."""
    rows = spending.groups.copy()
    obstacles = measures[(measures["measure"] == "concentration_index") & (measures["reading"] == "expected")]
    said = [
        say_verdict(dict(zip(READINGS, concentration[group], strict=True)), coarse[group],
                    _say_buckets(spending, group), spending.currency)
        for group in range(len(rows))
    ]  # fmt: skip
    scale = 10.0 ** minor_digits(spending.currency)
    return rows.assign(
        currency=spending.currency,
        verdict=[verdict for verdict, _ in said],
        sentence=[sentence for _, sentence in said],
        ranked_by=ranking.basis,
        coarse=coarse / scale,
        coarse_minor=np.rint(coarse).astype(np.int64),
        spread=spending.spread,
        obstacle=obstacles["obstacle"].to_numpy(),
        remark=[
            _remark(spending, group, coarse[group], bool(np.isfinite(concentration[group]).any()))
            for group in range(len(rows))
        ],
    )


def _say_buckets(spending: Spending, group: int) -> str:
    amounts = spending.buckets.iloc[group]
    return ", ".join(
        f"{show_amount(amount, spending.currency)} {name}" for name, amount in amounts.items() if amount
    )


def _remark(spending: Spending, group: int, coarse: float, measured: bool) -> str:
    """Say what coarse money is in no reading: refunds, and what could be in no district that counts."""
    refunds = float(spending.refunds[group])
    said = []
    if refunds:
        said.append(
            f"{show_amount(refunds, spending.currency)} of refunds without a district are in no reading"
        )
    elsewhere = float(spending.buckets.iloc[group].sum()) - refunds - coarse
    if measured and elsewhere > 0:
        amount = show_amount(elsewhere, spending.currency)
        said.append(f"{amount} without a district could be in none that is counted, and is in no reading")
    return "; ".join(said)
