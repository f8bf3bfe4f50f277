"""Audit: trace a figure back to the input rows behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.ledger.entries import Ledger, list_entries
from geoplan.model.errors import UsageError, show_value
from geoplan.model.placement_rules import describe_rule
from geoplan.model.schema import BUCKETS, DISTRICT, SOURCE_FILE, SOURCE_ROW
from geoplan.text.names import Gazetteer

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan


def explain_amount(
    plan: Plan,
    ledger: Ledger,
    *,
    district: str | None = None,
    place: str | None = None,
    component: str | None = None,
    funder: str | None = None,
    year: int | None = None,
    project: str | None = None,
) -> pd.DataFrame:
    """List the ledger entries behind a figure, with the file and row of each.

    Parameters
    ----------
    plan, ledger : Plan, Ledger
    district : str, optional
        Code or name.
    place : str, optional
        A named bucket.
    component, funder, year, project : optional
        Only these.

    Returns
    -------
    DataFrame
        ``amount`` (Decimal, currency units), ``currency`` (of converted money also ``given_amount`` and
        ``given_currency``), ``year, kind, component, funder, project,
        title, location, name, place, district, province, rule``, and the ``file`` and ``row`` of the amount.

    Raises
    ------
    UsageError
        Unknown district, bucket or value of a filter.
    """
    entries = ledger.entries
    if district is not None:
        entries = entries[entries["district"] == _district_code(plan, district)]
    if place is not None:
        if place not in (DISTRICT, *BUCKETS):
            raise UsageError(f"{show_value(place)} is no bucket: choose from {', '.join(BUCKETS)}")
        entries = entries[entries["place"] == place]
    filters = {"component": component, "funder": funder, "year": year, "project": project}
    for name, wanted in filters.items():
        if wanted is not None:
            if wanted not in set(ledger.entries[name]):
                known = [show_value(value) for value in sorted(set(ledger.entries[name]))]
                listed = ", ".join([*known[:12], *["…"] * (len(known) > 12)]) or "no amounts"
                raise UsageError(f"the ledger has no {name} {show_value(wanted)}; it has {listed}")
            entries = entries[entries[name] == wanted]
    return _described(entries.reset_index(drop=True), plan, ledger)


def _district_code(plan: Plan, district: str) -> str:
    match = Gazetteer(plan.districts).match(district)
    if match.district is None:
        fits = f"; it could be {', '.join(match.candidates)}" if match.candidates else ""
        raise UsageError(
            f"no district has the code or name {show_value(district)} ({describe_rule(match.rule)}){fits}"
        )
    return match.district


def _described(entries: pd.DataFrame, plan: Plan, ledger: Ledger) -> pd.DataFrame:
    written = list_entries(Ledger(entries, ledger.districts, ledger.given))
    titles = plan.projects.set_index("project")["title"].to_dict()
    names = plan.locations.set_index(["project", "location"])["name"].to_dict()
    described = written[["amount", "currency", "year", "kind", "component", "funder", "project"]].copy()
    for name in ("given_amount", "given_currency"):
        if name in written:
            described[name] = written[name]
    described["title"] = [titles.get(project) for project in written["project"]]
    described["location"] = written["location"]
    pairs = zip(written["project"], written["location"], strict=True)
    described["name"] = [names.get(pair) for pair in pairs]
    placed = ["place", "district", "province", "rule"]
    described[placed] = written[placed]
    described["file"] = entries[SOURCE_FILE].astype(object)
    described["row"] = entries[SOURCE_ROW].to_numpy()
    return described
