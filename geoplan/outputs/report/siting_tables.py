"""Chosen sites as tables and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.model.errors import show_number

if TYPE_CHECKING:
    from geoplan.planning.siting import Siting

_MEASURED = {"km": "distance", "min": "time"}


def siting_sections(siting: Siting, described: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the sites and the coverage by district and poverty class as named tables.

    Parameters
    ----------
    siting : Siting
    described : DataFrame
        Districts as in `Ledger.districts`.
    """
    from geoplan.planning.siting import compare_coverage

    sites = siting.sites.assign(lon=siting.sites.geometry.x.round(5), lat=siting.sites.geometry.y.round(5))
    sites = pd.DataFrame(sites.drop(columns="geometry"))
    sites["existing"] = sites["existing"].map({True: "yes", False: "no"})
    sections = {"sites": sites}
    for by in ("district", "poverty_class"):
        sections[f"coverage by {by.replace('_', ' ')}"] = compare_coverage(siting, described, by)
    return sections


def siting_notes(siting: Siting) -> list[str]:
    """Describe in sentences what the sites reach, whether that is optimal, and the result of a greedy choice."""
    total = float(siting.demand["weight"].sum())
    new = int((~siting.sites["existing"].astype(bool)).sum())
    unit = siting.unit
    within = "" if siting.within is None else f"{show_number(siting.within)} {unit}"
    said = (
        "proven: no other choice is better"
        if siting.gap == 0
        else f"no other choice is better by more than {siting.gap:.2%}"
    )
    notes = [
        f"Weighted by {siting.weighed_by}; {total:,.0f} in {len(siting.demand):,} points; {new} new sites."
    ]
    if siting.model == "cover":
        share = f" ({siting.objective / total:.1%})" if total else ""
        notes.append(f"Within {within} of a site: {siting.objective:,.0f}{share}; {said}.")
    elif siting.model == "cover-all":
        notes.append(f"All within {within} of {siting.objective:.0f} sites; {said}.")
    else:
        mean = f"{siting.objective / total:,.1f} {unit}" if total else "nothing to serve"
        notes.append(f"Average {_MEASURED.get(unit, 'cost')} to the nearest site: {mean}; {said}.")
    notes.append(_greedy_note(siting))
    lost = siting.demand.loc[~siting.covered, "weight"]
    if siting.within is not None and len(lost):
        notes.append(f"Out of reach: {lost.sum():,.0f} in {len(lost):,} points.")
    return notes


def _greedy_note(siting: Siting) -> str:
    found, greedy = siting.objective, siting.greedy
    if abs(found - greedy) <= 1e-9 * max(abs(found), abs(greedy)):
        return "A greedy choice, which takes the best candidate one at a time, gives the same."
    if siting.model == "cover-all":
        return f"A greedy choice, which takes the best candidate one at a time, needs {greedy:.0f} sites."
    worse = f"{abs(found - greedy) / found:.1%}" if found else "everything"
    said = (
        f"covers {worse} less"
        if siting.model == "cover"
        else f"makes the total {_MEASURED.get(siting.unit, 'cost')} {worse} larger"
    )
    return f"A greedy choice, which takes the best candidate one at a time, {said}."
