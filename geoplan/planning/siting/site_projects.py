"""Site projects: chosen sites as a plan, with a project and a budget for each new site."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.model.errors import UsageError, show_value
from geoplan.model.money import format_minor, minor_digits, read_amount
from geoplan.model.schema import CRS, NOT_STATED
from geoplan.planning.proposal import STATUS, next_year, typed_rows

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan
    from geoplan.planning.siting.choice import Siting

_COMPONENT = "new sites"


def propose_sites(
    plan: Plan,
    siting: Siting,
    unit_cost: Decimal | str | int,
    *,
    currency: str | None = None,
    year: int | None = None,
) -> Plan:
    """Return the new sites as a plan: a project, a point and a budget for each.

    Parameters
    ----------
    plan : Plan
        The plan whose districts and profile the sites are for.
    siting : Siting
    unit_cost : Decimal, str or int
        Cost of one site, in currency units.
    currency : str, optional
        ISO 4217; by default the plan's.
    year : int, optional
        Year of the budget; by default the year after the last year with money in the plan.

    Returns
    -------
    Plan
        Its title and notes say that it is a proposal.

    Raises
    ------
    UsageError
        There is no new site, the currency is unclear, or the cost is not valid.
    """
    import geopandas as gpd

    sites = siting.sites[~siting.sites["existing"].astype(bool)].reset_index(drop=True)
    if sites.empty:
        raise UsageError("no site is new: nothing to make a plan from")
    known = sorted(plan.spending["currency"].dropna().unique()) if len(plan.spending) else []
    code = currency or plan.currency or (known[0] if len(known) == 1 else "")
    if not code:
        raise UsageError(
            f"give the currency of the cost of a site: the plan has {', '.join(known) or 'none'}"
        )
    if year is None and plan.spending.empty:
        raise UsageError(f"give the year of the budget: {show_value(plan.title)} has no money in any year")
    minor = read_amount(unit_cost, minor_digits(code), "the cost of a site")
    when = next_year(plan) if year is None else year
    money = f"{code} {format_minor(minor * len(sites), minor_digits(code))}"
    said = f"{len(sites)} new sites, {money}"
    source = "chosen by geoplan site"
    codes = [f"SITE-{site}" for site in sites["site"]]
    projects = pd.DataFrame({
        "project": codes,
        "title": "New site: " + sites["name"].astype(str),
        "status": STATUS,
        "start": pd.Series([pd.Timestamp(when, 1, 1)] * len(sites), dtype="datetime64[s]"),
        "component": _COMPONENT,
        "illustrative": False,
    })  # fmt: skip
    locations = pd.DataFrame({
        "project": codes,
        "location": "1",
        "name": sites["name"].astype(object),
        "precision": 1.0,
        "geometry": np.asarray(sites.geometry, dtype=object),
        "source": source,
        "illustrative": False,
    })  # fmt: skip
    spending = pd.DataFrame({
        "project": codes,
        "location": "1",
        "component": _COMPONENT,
        "funder": NOT_STATED,
        "year": when,
        "kind": "budget",
        "currency": code,
        "amount_minor": np.int64(minor),
        "source": source,
        "illustrative": False,
    })  # fmt: skip
    rows = typed_rows(spending, "spending").assign(
        rounding=pd.Series([Decimal(0)] * len(sites), dtype=object)
    )
    return replace(
        plan,
        title=f"Proposal: sites in {plan.title}",
        subtitle=f"{said} in {when}; not decided",
        projects=typed_rows(projects, "projects"),
        locations=gpd.GeoDataFrame(typed_rows(locations, "locations"), geometry="geometry", crs=CRS),
        spending=rows,
        currency=code,
        reviewed={},
        notes=(*plan.notes, f"Proposal, not a decision: {said}."),
        files={},
        remarks=(),
        origin=None,
        carried_by=None,
        left_out=None,
    )
