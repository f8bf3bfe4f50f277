"""Planned against paid, by year and month: execution rates and predictability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analysis.funder_names import named_or_not_stated
from geoplan.ledger.entries import Ledger, known_projects
from geoplan.ledger.summary import check_groupings, described_districts, exact_amounts, labelled_entries
from geoplan.model.choices import KINDS
from geoplan.model.errors import UsageError, show_value
from geoplan.model.money import from_minor, minor_digits, split
from geoplan.model.periods import order_period
from geoplan.model.schema import DISTRICT_GROUPINGS, minor_name

PLANNED = ("budget", "commitment")
"""Kinds of planned money. The first one that a plan has is the default."""

PAID = ("disbursement", "expenditure", "both")
"""Kinds of paid money; ``both`` is their sum."""

_MONTHS = 12
_TIMES = ("year", "period")


def choose_kinds(ledger: Ledger, planned: str | None = None, paid: str | None = None) -> tuple[str, str]:
    """Return the kind of planned and the kind of paid money; empty if the ledger has none.

    Parameters
    ----------
    ledger : Ledger
    planned : str, optional
        budget or commitment; by default the first one that the ledger has.
    paid : str, optional
        disbursement, expenditure, or both for their sum; by default the one that the ledger has.

    Raises
    ------
    UsageError
        The ledger does not have the kind, or it has disbursements and expenditures and ``paid`` is not given.
    """
    present = [kind for kind in KINDS if (ledger.entries["kind"] == kind).any()]
    has = f"the plan has {', '.join(present) or 'no amounts'}"
    if planned is not None and (planned not in PLANNED or planned not in present):
        raise UsageError(f"cannot use {show_value(planned)} as planned money; {has}")
    if paid is not None and (paid not in PAID or not set(paid_kinds(paid)) & set(present)):
        raise UsageError(f"cannot use {show_value(paid)} as paid money; {has}")
    paying = [kind for kind in PAID if kind in present]
    if paid is None and len(paying) > 1:
        raise UsageError(
            "the plan has disbursements and expenditures: choose paid money as disbursement or expenditure, "
            "or both if they are different money"
        )
    planned = planned or next((kind for kind in PLANNED if kind in present), "")
    return planned, paid or next(iter(paying), "")


def paid_kinds(paid: str) -> tuple[str, ...]:
    """Return the kinds that add up to the paid money."""
    return ("disbursement", "expenditure") if paid == "both" else (paid,)


def compare_kinds(
    ledger: Ledger,
    by: str | Sequence[str] = ("year",),
    *,
    planned: str | None = None,
    paid: str | None = None,
) -> pd.DataFrame:
    """Compare planned with paid money.

    Parameters
    ----------
    ledger : Ledger
        Of several kinds of money.
    by : str or sequence of str
        Groupings, among `geoplan.model.schema.GROUPINGS` without kind. Groupings of districts only cover
        money in districts.
    planned, paid : str, optional
        As for `choose_kinds`.

    Returns
    -------
    DataFrame
        One row per group and currency: the columns of ``by``, ``currency``; ``budget``,
        ``commitment``, ``disbursement``, ``expenditure``, ``planned`` and ``paid`` in currency units (Decimal), each
        also in minor units (``…_minor``, Int64): missing where no amount of the kind is
        recorded, 0 where the amounts add up to 0; ``execution_rate``, paid ÷ planned; ``deviation``,
        paid − planned, and ``deviation_minor``; ``predictability``, the smaller of planned and paid
        over the larger (0 to 1). Grouped by year, also the sums up to each year within the other
        groupings: ``planned_so_far``, ``paid_so_far`` and their ratio ``execution_so_far``. A ratio is
        missing where planned is missing or not above 0.

    Raises
    ------
    UsageError
        A grouping does not exist, or the ledger does not have a kind.

    Notes
    -----
    Predictability follows the survey on the Paris Declaration, indicator 7: disbursed over scheduled, or
    the inverse if more was disbursed than scheduled (OECD 2008). The execution rate is the aggregate
    outturn of PEFA 2016, PI-1.
    """
    planned, paid = choose_kinds(ledger, planned, paid)
    rows = check_groupings(by)
    if "kind" in rows:
        raise UsageError("cannot group by kind here: planned and paid are kinds")
    keys = ["currency", *rows]
    entries = named_or_not_stated(labelled_entries(ledger, [*rows, "kind"]))
    if any(name in DISTRICT_GROUPINGS for name in rows):
        entries = entries[entries["place"] == "district"]
    sums = entries.groupby([*keys, "kind"], sort=True)["amount_minor"].sum().unstack("kind")
    sums = sums.reindex(columns=list(KINDS)).astype("Int64").reset_index().rename_axis(columns=None)
    sums = sums.sort_values(keys, key=_in_order, ignore_index=True)
    minor = {kind: sums[kind] for kind in KINDS}
    nothing = pd.Series(pd.NA, sums.index, dtype="Int64")
    minor["planned"] = sums[planned] if planned else nothing
    minor["paid"] = sums[list(paid_kinds(paid))].sum(axis=1, min_count=1).astype("Int64") if paid else nothing
    result = _with_rates(sums[keys], minor)
    if "year" in rows:
        result = _with_sums_so_far(result, [name for name in keys if name not in _TIMES])
    if "district" in rows:
        names = described_districts(ledger).set_index("district")["name"]
        result.insert(list(result.columns).index("district") + 1, "name", result["district"].map(names))
    return result[[*[name for name in result.columns if name != "currency" and name in (*rows, "name")],
                   *[name for name in result.columns if name not in (*rows, "name")]]]  # fmt: skip


def _in_order(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.map(order_period) if column.name == "period" else column


def _with_rates(keys: pd.DataFrame, minor: dict[str, pd.Series[Any]]) -> pd.DataFrame:
    exact = keys.assign(**{minor_name(name): amounts for name, amounts in minor.items()})
    exact[minor_name("deviation")] = minor["paid"] - minor["planned"]
    columns: dict[str, Any] = {name: exact_amounts(exact, name) for name in minor}
    planned, paid = (minor[name].astype("float64") for name in ("planned", "paid"))
    above = planned.where(planned > 0)
    larger = planned.where(planned > paid, paid)
    smaller = planned.where(planned < paid, paid)
    columns["execution_rate"] = paid / above
    columns["deviation"] = exact_amounts(exact, "deviation")
    columns["predictability"] = (smaller / larger.where(above.notna() & paid.notna())).clip(lower=0)
    return keys.assign(**columns, **exact.drop(columns=keys.columns))


def _with_sums_so_far(rows: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Add cumulative sums by year; a year without an amount adds nothing."""
    grouped = rows.sort_values("year", kind="stable").groupby(groups, sort=False)
    sums = rows[["currency"]].assign(
        **{f"{name}_minor": grouped[f"{name}_minor"].transform(_sum_so_far) for name in ("planned", "paid")}
    )
    planned, paid = (sums[f"{name}_minor"].astype("float64") for name in ("planned", "paid"))
    return rows.assign(
        planned_so_far=exact_amounts(sums, "planned"),
        paid_so_far=exact_amounts(sums, "paid"),
        execution_so_far=paid / planned.where(planned > 0),
    )


def _sum_so_far(amounts: pd.Series[Any]) -> pd.Series[Any]:
    """Return cumulative sums; all missing if nothing is recorded."""
    return amounts if amounts.isna().all() else amounts.fillna(0).cumsum()


def summarize_execution(rows: pd.DataFrame) -> pd.DataFrame:
    """Sum a comparison over the rows that have both planned and paid money, for each currency.

    A year of plans without payments, or of payments without a plan, says nothing about execution: its money is
    counted beside the rates, not in them.

    Parameters
    ----------
    rows : DataFrame
        From `compare_kinds`.

    Returns
    -------
    DataFrame
        Per currency: ``planned`` and ``paid`` over the rows that have both, missing without such rows;
        ``execution_rate``; ``deviation``; ``mean_deviation``, Σ |paid − planned| ÷ Σ planned over these rows;
        ``predictability``, Σ min(planned, paid) ÷ Σ max(planned, paid); ``planned_alone`` and ``paid_alone``,
        the money of the other rows; ``rows``, and ``rows_missing``, in which one of the two is not recorded.
    """
    found = [_sum_up(str(currency), part) for currency, part in rows.groupby("currency", sort=True)]
    return pd.DataFrame(found, columns=[*_EXECUTION])


_EXECUTION = ("currency", "planned", "paid", "execution_rate", "deviation", "mean_deviation", "predictability",
              "planned_alone", "paid_alone", "rows", "rows_missing")  # fmt: skip


def _sum_up(currency: str, rows: pd.DataFrame) -> dict[str, Any]:
    has_both = rows["planned_minor"].notna() & rows["paid_minor"].notna()
    planned, paid = (rows.loc[has_both, f"{name}_minor"].astype("int64") for name in ("planned", "paid"))
    alone = {name: int(rows.loc[~has_both, f"{name}_minor"].fillna(0).sum()) for name in ("planned", "paid")}
    digits = minor_digits(currency)
    total, given = int(planned.sum()), int(paid.sum())
    larger = int(planned.where(planned > paid, paid).clip(lower=0).sum())
    smaller = int(planned.where(planned < paid, paid).clip(lower=0).sum())
    any_both = bool(has_both.any())
    compared = any_both and total > 0
    return {
        "currency": currency,
        "planned": from_minor(total, digits) if any_both else None,
        "paid": from_minor(given, digits) if any_both else None,
        "execution_rate": given / total if compared else np.nan,
        "deviation": from_minor(given - total, digits) if any_both else None,
        "mean_deviation": int((paid - planned).abs().sum()) / total if compared else np.nan,
        "predictability": smaller / larger if compared and larger else np.nan,
        "planned_alone": from_minor(alone["planned"], digits),
        "paid_alone": from_minor(alone["paid"], digits),
        "rows": len(rows),
        "rows_missing": int((~has_both).sum()),
    }


# --- months ---------------------------------------------------------------------------------


def cumulate_months(ledger: Ledger) -> pd.DataFrame:
    """Cumulate money over the months of the plan's projects, by kind.

    The month of an amount is unknown. It is spread evenly over the months of its year in which its project
    runs, or over all 12 if the project has no dates or does not run in that year. Cents are split by
    largest remainder, the earlier month first.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame
        One row per currency, kind and calendar month, without gaps: ``month`` (1 for the first month
        of all), ``date`` (``YYYY-MM``), ``currency``, ``kind``, ``amount``, ``so_far`` in currency
        units, ``amount_minor`` and ``so_far_minor`` in minor units, ``share_so_far``.
    """
    names = ["project", "year", "kind", "currency"]
    entries = ledger.entries[[*names, "amount_minor"]].astype(
        {"project": object, "kind": object, "currency": object}
    )
    sums = entries.groupby(names, sort=True)["amount_minor"].sum().reset_index()
    if not len(sums):
        columns = ["month", "date", "currency", "kind", "amount", "so_far", "amount_minor", "so_far_minor", "share_so_far"]  # fmt: skip
        return pd.DataFrame({name: [] for name in columns})
    first, last = _months_of(sums, ledger)
    count = (last - first + 1).to_numpy()
    part = np.repeat(np.arange(len(sums)), count)
    month = first.to_numpy()[part] + np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)
    amounts = split(sums["amount_minor"].to_numpy(), part, np.ones(len(part), dtype=np.int64))
    spread = sums.loc[part, ["currency", "kind"]].assign(month=month, amount_minor=amounts)
    by_month = spread.groupby(["currency", "kind", "month"], sort=True)["amount_minor"].sum()
    every = np.arange(month.min(), month.max() + 1)
    groups = sums[["currency", "kind"]].drop_duplicates().itertuples(index=False, name=None)
    full = pd.MultiIndex.from_tuples(
        [(*group, at) for group in sorted(groups) for at in every], names=["currency", "kind", "month"]
    )
    rows = by_month.reindex(full, fill_value=0).reset_index()
    rows["so_far_minor"] = rows.groupby(["currency", "kind"])["amount_minor"].cumsum()
    total = rows.groupby(["currency", "kind"])["amount_minor"].transform("sum")
    return pd.DataFrame(
        {
            "month": rows["month"] - every[0] + 1,
            "date": [f"{at // _MONTHS:04}-{at % _MONTHS + 1:02}" for at in rows["month"]],
            "currency": rows["currency"],
            "kind": rows["kind"],
            "amount": exact_amounts(rows),
            "so_far": exact_amounts(rows, "so_far"),
            "amount_minor": rows["amount_minor"],
            "so_far_minor": rows["so_far_minor"],
            "share_so_far": rows["so_far_minor"] / total.where(total > 0),
        }
    )


def _months_of(sums: pd.DataFrame, ledger: Ledger) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return the first and last month, counted from year 0, over which each amount is spread."""
    dates = known_projects(ledger).set_index("project")[["start", "end"]]
    january = sums["year"] * _MONTHS
    december = january + _MONTHS - 1
    start, end = (_month(sums["project"].map(dates[name])) for name in ("start", "end"))
    first = start.fillna(january).astype(np.int64).clip(lower=january)
    last = end.fillna(december).astype(np.int64).clip(upper=december)
    runs = first <= last
    return first.where(runs, january), last.where(runs, december)


def _month(dates: pd.Series[Any]) -> pd.Series[Any]:
    stamps = pd.to_datetime(dates)
    return stamps.dt.year * _MONTHS + stamps.dt.month - 1
