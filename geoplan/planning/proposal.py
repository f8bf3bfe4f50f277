"""Proposals: an allocation as a plan, and equity before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.analysis.equity import describe_equity, measure_equity
from geoplan.analysis.equity.description import beside
from geoplan.ledger.entries import Ledger
from geoplan.model.errors import UsageError
from geoplan.model.money import format_minor, minor_digits
from geoplan.model.schema import CRS, NOT_STATED, SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.plan.exchange import keep_given
from geoplan.planning.allocation import Allocation, describe_split
from geoplan.sources.tables.cell_values import empty_column

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

STATUS = "proposed"
_DISTRICT_PRECISION = 3


def propose_plan(
    plan: Plan,
    allocation: Allocation,
    *,
    year: int | None = None,
    funder: str = NOT_STATED,
    keep: bool = False,
) -> Plan:
    """Return an allocation as a plan: one project per component, one location per district, kind budget.

    Parameters
    ----------
    plan : Plan
        The plan whose districts the allocation is for.
    allocation : Allocation
    year : int, optional
        Year of the new amounts; by default the year after the last year with money in the plan.
    funder : str
    keep : bool
        Keep the projects and money of the plan as well.

    Returns
    -------
    Plan
        Its title, notes and sources say that it is a proposal.
    """
    digits = minor_digits(allocation.currency)
    rule = describe_split(allocation)
    money = f"{allocation.currency} {format_minor(allocation.budget_minor, digits)}"
    note = f"Proposal, not a decision: {money}, split {rule}."
    when = next_year(plan) if year is None else year
    paid = allocation.amounts[allocation.amounts["amount_minor"] > 0].reset_index(drop=True)
    projects, codes = _projects(plan, paid, when)
    locations = _locations(paid.assign(project=paid["component"].map(codes)))
    spending = _spending(
        paid.assign(project=paid["component"].map(codes)),
        allocation,
        when,
        funder,
        f"planned allocation: {rule}",
    )
    if keep:
        projects = _joined([plan.projects, projects])
        locations = gpd.GeoDataFrame(_joined([plan.locations, locations]), geometry="geometry", crs=CRS)
        # Beside converted money, the new amounts state that they are as given.
        spending = _joined(
            [plan.spending, keep_given(spending) if "given_amount_minor" in plan.spending else spending]
        )
    return replace(
        plan,
        title=f"Proposal: {plan.title}",
        subtitle=f"{money} for {when}, split {rule}; not decided"
        + ("; with the money of the plan" if keep else ""),
        projects=projects,
        locations=locations,
        spending=spending,
        currency=plan.currency or allocation.currency,
        reviewed=plan.reviewed if keep else {},
        notes=(*plan.notes, note),
        files={},
        remarks=(),
        origin=plan.origin if keep else None,
        carried_by=plan.carried_by if keep else None,
        left_out=plan.left_out if keep else None,
    )


def next_year(plan: Plan) -> int:
    """Return the year after the last year with money in the plan."""
    if plan.spending.empty:
        raise UsageError("the plan has no money, so its last year is unknown: give the year of the new money")
    return int(plan.spending["year"].max()) + 1


def _projects(plan: Plan, paid: pd.DataFrame, year: int) -> tuple[pd.DataFrame, dict[str, str]]:
    """Make a project per component, with codes that the plan does not use."""
    names = sorted(paid["component"].unique())
    used = set(plan.projects["project"])
    prefix = "NEXT"
    while any(code.startswith(prefix) for code in used):
        prefix += "X"
    codes = {name: f"{prefix}-{number}" for number, name in enumerate(names, start=1)}
    rows = pd.DataFrame(
        {
            "project": [codes[name] for name in names],
            "title": ["Planned allocation" + (f": {name}" if name else "") for name in names],
            "status": STATUS,
            "start": pd.Series([pd.Timestamp(year, 1, 1)] * len(names), dtype="datetime64[s]"),
            "end": pd.Series([pd.Timestamp(year, 12, 31)] * len(names), dtype="datetime64[s]"),
            "component": [name or None for name in names],
            "illustrative": False,
        }
    )
    return typed_rows(rows, "projects"), codes


def _locations(paid: pd.DataFrame) -> gpd.GeoDataFrame:
    rows = pd.DataFrame(
        {
            "project": paid["project"],
            "location": paid["district"],
            "name": paid["name"],
            "precision": float(_DISTRICT_PRECISION),
            "district": paid["district"],
            "geometry": None,
            "source": "planned allocation",
            "illustrative": False,
        }
    )
    return gpd.GeoDataFrame(typed_rows(rows, "locations"), geometry="geometry", crs=CRS)


def _spending(
    paid: pd.DataFrame, allocation: Allocation, year: int, funder: str, source: str
) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "project": paid["project"],
            "location": paid["district"],
            "component": paid["component"],
            "funder": funder,
            "year": year,
            "kind": "budget",
            "currency": allocation.currency,
            "amount_minor": paid["amount_minor"].astype(np.int64),
            "source": source,
            "illustrative": False,
        }
    )
    rows["rounding"] = pd.Series([Decimal(0)] * len(rows), dtype=object)
    return rows.apply(_objects).assign(**_sources(len(rows)))


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate tables; a column that one of them does not have is missing there."""
    columns = list(dict.fromkeys(name for frame in frames for name in frame.columns))
    filled = [pd.DataFrame(frame).reindex(columns=columns).astype(object) for frame in frames]
    joined = pd.concat(filled, ignore_index=True)
    kinds: dict[Any, Any] = {}
    for name, kind in frames[0].dtypes.items():
        if isinstance(kind, pd.CategoricalDtype):
            kinds[name] = "category"
        elif joined[name].notna().all() or kind.kind in "fM":
            kinds[name] = kind
    return joined.astype(kinds)


def typed_rows(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return rows with all columns of a table; an empty column has the type of its kind.

    Parameters
    ----------
    rows : DataFrame
    table : str
        Among `geoplan.model.schema.TABLES`.
    """
    columns = {
        name: _objects(rows[name]) if name in rows else empty_column(column, len(rows))
        for name, column in zip(TABLES[table].read_names, TABLES[table].columns, strict=True)
    }
    return pd.DataFrame(columns).assign(**_sources(len(rows)))


def _objects(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return text as Python strings, as the readers do, because reading them one by one is much faster."""
    return cells.astype(object) if pd.api.types.is_string_dtype(cells) else cells


def _sources(count: int) -> dict[str, Any]:
    """Return the source columns of rows that come from no file."""
    return {SOURCE_FILE: "", SOURCE_ROW: np.arange(1, count + 1)}


def join_ledgers(before: Ledger, new: Ledger) -> Ledger:
    """Return two ledgers of the same districts as one ledger, with the columns that both have."""
    columns = {}
    for name in [name for name in before.entries.columns if name in new.entries]:
        one, other = before.entries[name], new.entries[name]
        if isinstance(one.dtype, pd.CategoricalDtype):
            both = [
                pd.Categorical.from_codes(each.cat.codes, each.cat.categories.astype(object))
                for each in (one, other)
            ]
            columns[name] = pd.Series(pd.api.types.union_categoricals(both, sort_categories=True))
        else:
            columns[name] = pd.concat([one, other], ignore_index=True)
    given = {
        money: tuple(
            sum((ledger.given[money][at] for ledger in (before, new) if money in ledger.given), Decimal(0))
            for at in (0, 1)
        )
        for money in {*before.given, *new.given}
    }
    return replace(before, entries=pd.DataFrame(columns), given=given, notes=new.notes)  # type: ignore[arg-type]


def compare_equity(before: Ledger, new: Ledger, *, currency: str, language: str = "en") -> pd.DataFrame:
    """Compare the measures of equity before a proposal, of the proposal alone, and of both together.

    Parameters
    ----------
    before, new : Ledger
        Each of one kind of money. The proposal's budget is added to it, whatever its kind.
    currency : str
    language : str
        Language of the sentences.

    Returns
    -------
    DataFrame
        One row per measure: ``measure, label, before, proposal, after`` (the reading ``expected``, with coarse
        money spread by population or evenly) and ``sentence``, which describes the state after.
    """
    one_kind = [_as_budget(ledger, currency) for ledger in (before, new)]
    ledgers = {"before": one_kind[0], "proposal": one_kind[1], "after": join_ledgers(*one_kind)}
    described = {
        name: describe_equity(measure_equity(ledger), language)
        for name, ledger in ledgers.items()
        if len(ledger.entries)
    }
    frame = described["after"].measures
    table = beside(frame, [])[["measure", "label"]]
    for name in ledgers:
        table[name] = beside(described[name].measures, [])["expected"] if name in described else np.nan
    sentences = frame[frame["reading"] == "expected"].set_index("measure")["sentence"]
    return table.assign(sentence=table["measure"].map(sentences))


def _as_budget(ledger: Ledger, currency: str) -> Ledger:
    entries = ledger.entries[ledger.entries["currency"] == currency].reset_index(drop=True)
    kind = pd.Categorical(["budget"] * len(entries))
    given = {(code, "budget"): sums for (code, _), sums in ledger.given.items() if code == currency}
    return replace(ledger, entries=entries.assign(kind=kind), given=given)
