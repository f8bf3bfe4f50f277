"""Measures of equity of a ledger: each index in each reading, or why it is not available."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity.allocations import Spending, lay_out_spending
from geoplan.analysis.equity.description import Equity, describe_equity
from geoplan.analysis.equity.exclusions import describe_exclusions, find_exclusions
from geoplan.analysis.equity.families import MEASURES, READINGS, Family, Values, families, measure_family
from geoplan.analysis.equity.indices import Floats
from geoplan.analysis.equity.poverty import Ranking, rank_by_poverty
from geoplan.analysis.equity.verdicts import judge
from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.entries import Ledger
from geoplan.ledger.summary import exact_amounts
from geoplan.model.errors import InputError, Problem
from geoplan.model.money import minor_digits


def measure_equity(
    ledger: Ledger,
    by: str | Sequence[str] | None = None,
    *,
    spread: str | None = None,
    class_order: Sequence[str] | None = None,
) -> Equity:
    """Measure how evenly spending reaches people, and whether it reaches the poor.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money.
    by : str or sequence of str, optional
        component, funder or year: each group is measured by itself.
    spread : str, optional
        How coarse money is spread for the reading ``expected``: none, even, area, population or poor; by
        default population if every district has one, otherwise even.
    class_order : sequence of str, optional
        Poverty classes, the poorest first: districts are then ranked by class.

    Returns
    -------
    Equity

    Raises
    ------
    UsageError
        Unknown grouping or spread, several kinds of money, or a class that ``class_order`` does not have.
    InputError
        Impossible figures (a poverty rate of 35), or the spread needs a figure that a district does not have.

    Examples
    --------
    >>> from geoplan.ledger.entries import build_ledger
    >>> from geoplan.plan.plan_tables import read_plan
    >>> from geoplan.plan.plan_file import find_bundled_plan
    >>> equity = measure_equity(build_ledger(read_plan(find_bundled_plan())))
    >>> equity.verdicts["verdict"].tolist()
    ['depends']
    """
    laid_out = lay_out_spending(ledger, by, spread=spread)
    return _joined([_measure(spending, class_order) for spending in laid_out])


def measure_spending(
    districts: pd.DataFrame,
    *,
    currency: str = "EUR",
    class_order: Sequence[str] | None = None,
    language: str = "en",
) -> pd.DataFrame:
    """Measure a table of districts without a ledger.

    Parameters
    ----------
    districts : DataFrame
        ``district``, ``spending`` (currency units) and, if known, ``name``, ``population``, ``poor``
        (persons), ``poverty_rate`` (0 to 1), ``poverty_class``.
    currency : str
        For amounts in the sentences.
    class_order : sequence of str, optional
        As for `measure_equity`.
    language : str
        Language of the sentences: en, fr or lo.

    Returns
    -------
    DataFrame
        ``measure, value, sentence, needs, obstacle, left_out``.

    Raises
    ------
    InputError
        A column or an amount is missing, or a figure is impossible.
    """
    lacking = [name for name in ("district", "spending") if name not in districts]
    if lacking:
        raise InputError(Problem("districts", "columns are missing", values=tuple(lacking)))
    amounts = districts["spending"].astype(float)
    if amounts.isna().any():
        missing = tuple(districts.loc[amounts.isna(), "district"])
        raise InputError(Problem("districts", "spending is missing", "spending", values=missing,
                                 way_out="write 0 for a district that received nothing"))  # fmt: skip
    certain = np.asarray(amounts, dtype=np.float64)[None, :] * 10.0 ** minor_digits(currency)
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
    measures = describe_equity(_measure(spending, class_order), language).measures
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
        reasons = find_exclusions(spending, family.lacking)
        found = measure_family(spending, family, reasons == 0)
        values |= found.values
        exact |= found.exact
        coarse |= dict.fromkeys(family.measures, found.coarse)
        excluded.append((family.kind, reasons))
    verdicts = _verdicts(spending, ranking, values, coarse["concentration_index"])
    measures = _as_rows(spending, values, exact, coarse, made_of)
    return Equity(measures, verdicts, describe_exclusions(spending, excluded))


def _as_rows(
    spending: Spending, values: Values, exact: dict[str, Any], coarse: Values, made_of: list[Family]
) -> pd.DataFrame:
    """Return values as one row per group, measure and reading."""
    groups, readings = len(spending.groups), len(READINGS)
    family_of = {name: family for family in made_of for name in family.measures}
    obstacles = [_obstacles(family_of[name], name, values[name]) for name in MEASURES]
    labels = spending.groups.iloc[np.repeat(np.arange(groups), len(MEASURES) * readings)]
    return labels.reset_index(drop=True).assign(
        currency=spending.currency,
        measure=np.tile(np.repeat(np.array(MEASURES, dtype=object), readings), groups),
        reading=np.tile(np.array(READINGS, dtype=object), groups * len(MEASURES)),
        value=np.stack([values[name] for name in MEASURES], axis=1).ravel(),
        exact=np.stack([exact[name] for name in MEASURES], axis=1).ravel(),
        coarse_minor=np.rint(np.stack([coarse[name] for name in MEASURES], axis=1))
        .astype(np.int64)
        .repeat(readings),
        obstacle=np.stack([codes for codes, _ in obstacles], axis=1).ravel(),
        detail=np.stack([details for _, details in obstacles], axis=1).ravel(),
    )


def _obstacles(family: Family, measure: str, values: Floats) -> tuple[Any, Any]:
    """Return the catalogue key and detail of why values are missing, infinite or incomplete."""
    by_class = measure.startswith("theil_")
    unclassed = family.unclassed if by_class else 0
    why = family.class_obstacle if by_class else family.obstacle
    if not why:
        why = "too few" if (family.lacking == 0).sum() < 2 else "no money"
    there = "unclassed" if unclassed else ""
    codes = np.select([np.isinf(values), np.isnan(values)], ["infinite", why], there).astype(object)
    details = np.where(np.isnan(values), family.detail, "").astype(object)
    if unclassed:
        details = np.where(np.isfinite(values), str(unclassed), details)
    return codes, details


def _verdicts(spending: Spending, ranking: Ranking, values: Values, coarse: Floats) -> pd.DataFrame:
    """Return for each group who is favoured, and whether that depends on where the coarse money is."""
    judged = judge(values)
    buckets = {f"{name}_minor": spending.buckets[name].to_numpy() for name in spending.buckets}
    elsewhere = spending.buckets.to_numpy(dtype=float).sum(axis=1) - spending.refunds - coarse
    groups = spending.groups.assign(currency=spending.currency, coarse_minor=np.rint(coarse).astype(np.int64))
    return spending.groups.assign(
        currency=spending.currency,
        **judged,
        ranked_by=ranking.basis,
        coarse=exact_amounts(groups, "coarse"),
        coarse_minor=groups["coarse_minor"],
        spread=spending.spread,
        **buckets,
        refunds_minor=np.rint(spending.refunds).astype(np.int64),
        elsewhere_minor=np.where(
            judged["verdict"] != "unknown", np.rint(np.clip(elsewhere, 0, None)), 0
        ).astype(np.int64),
    )
