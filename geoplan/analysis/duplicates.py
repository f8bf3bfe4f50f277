"""Duplicates: pairs of projects of different funders that may be the same project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity import check_one_kind
from geoplan.analysis.funder_names import all_funders
from geoplan.ledger.entries import Ledger
from geoplan.ledger.placement import PRECISION_PROVINCE
from geoplan.model.schema import NOT_STATED
from geoplan.text.spelling import split_words

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

_TITLES_AT_ONCE = 500


@dataclass(frozen=True)
class _Project:
    """The facts of a project that are compared; empty or missing where unknown."""

    code: str
    title: str
    funders: frozenset[str]
    districts: frozenset[str]
    shape: Any
    start: Any
    end: Any
    amounts: dict[str, int]


def find_duplicates(
    plan: Plan, ledger: Ledger, *, title: float = 80, distance: float = 5, amount: float = 0.8
) -> pd.DataFrame:
    """List pairs of projects of different funders that may be the same project. Nothing is merged.

    A pair is listed when its titles are alike, its places are not apart, and at least one of place, dates
    and amount agrees. Unknown facts do not count either way.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        The plan's.
    title : float
        Minimum likeness of the titles, 0 to 100 (rapidfuzz ``token_sort_ratio``).
    distance : float
        Kilometres within which places count as the same.
    amount : float
        Minimum ratio of the smaller amount to the larger, in one currency.

    Returns
    -------
    DataFrame
        ``project, title, funders`` and ``other_project, other_title, other_funders``; ``likeness`` of
        the titles; ``districts`` in common; ``kilometres`` between the nearest places; ``days`` in
        common; ``amount_ratio``; ``reasons`` in words; most reasons first. Missing where not known.

    Raises
    ------
    UsageError
        Several kinds of money.
    """
    check_one_kind(ledger)
    projects = _describe_projects(plan, ledger)
    rows = []
    for first, second, likeness in _alike(projects, title):
        row = _compare(projects[first], projects[second], likeness, distance, amount)
        if row is not None:
            rows.append(row)
    columns = ["project", "title", "funders", "other_project", "other_title", "other_funders", "likeness", "districts",
               "kilometres", "days", "amount_ratio", "reasons"]  # fmt: skip
    found = pd.DataFrame(rows, columns=[*columns, "count"])
    order = ["count", "likeness", "project", "other_project"]
    found = found.sort_values(order, ascending=[False, False, True, True], ignore_index=True)
    return found[columns]


def _describe_projects(plan: Plan, ledger: Ledger) -> list[_Project]:
    """Collect the facts of each project that has a title."""
    import shapely

    names = ["project", "funder", "district", "currency"]
    entries = ledger.entries[[*names, "amount_minor"]].astype(dict.fromkeys(names, object))
    stated = entries[entries["funder"] != NOT_STATED]
    funders = {code: frozenset(all_funders(names)) for code, names in stated.groupby("project")["funder"]}
    districts = entries.dropna(subset="district").groupby("project")["district"].agg(frozenset).to_dict()
    sums = entries.groupby(["project", "currency"])["amount_minor"].sum()
    amounts: dict[str, dict[str, int]] = {}
    for row in sums.reset_index().to_dict("records"):
        amounts.setdefault(row["project"], {})[row["currency"]] = int(row["amount_minor"])
    near = plan.locations[~(plan.locations["precision"].astype(float) >= PRECISION_PROVINCE)]
    near = near[~shapely.is_missing(near.geometry.to_numpy())]
    shapes = {code: shapely.union_all(rows.geometry.to_numpy()) for code, rows in near.groupby("project")}
    titled = plan.projects[plan.projects["title"].notna()].sort_values("project")
    return [
        _Project(
            code=row["project"],
            title=row["title"],
            funders=funders.get(row["project"], frozenset()),
            districts=districts.get(row["project"], frozenset()),
            shape=shapes.get(row["project"]),
            start=row["start"],
            end=row["end"],
            amounts=amounts.get(row["project"], {}),
        )
        for row in titled.to_dict("records")
    ]


def _alike(projects: Sequence[_Project], least: float) -> list[tuple[int, int, float]]:
    """Return pairs of projects with alike titles and without a common funder."""
    from rapidfuzz import fuzz, process

    titles = [" ".join(split_words(project.title)) for project in projects]
    pairs = []
    for start in range(0, len(titles), _TITLES_AT_ONCE):
        block = titles[start : start + _TITLES_AT_ONCE]
        scores = process.cdist(
            block, titles, scorer=fuzz.token_sort_ratio, score_cutoff=least, dtype=np.float32
        )
        for row, other in zip(*np.nonzero(scores), strict=True):
            first, second = start + int(row), int(other)
            ours, theirs = projects[first].funders, projects[second].funders
            if first < second and ours and theirs and not ours & theirs and titles[first]:
                pairs.append((first, second, float(scores[row, other])))
    return pairs


def _compare(
    one: _Project, other: _Project, likeness: float, near: float, alike: float
) -> dict[str, Any] | None:
    """Return the row of a pair, or None if its places are apart or nothing except the titles agrees."""
    common = sorted(one.districts & other.districts)
    kilometres = _kilometres(one.shape, other.shape)
    is_near = kilometres is not None and kilometres <= near
    # Known sites decide. If one project has no site, the districts do.
    apart = (
        kilometres > near
        if kilometres is not None
        else bool(one.districts and other.districts and not common)
    )
    days = _days_in_common(one, other)
    ratio, currency = _amount_ratio(one.amounts, other.amounts)
    reasons = [f"titles {likeness:.0f} % alike"]
    if is_near:
        reasons.append(f"{kilometres:.1f} km apart")
    elif kilometres is None and common:
        reasons.append(f"both in {', '.join(common)}")
    if days is not None and days > 0:
        reasons.append(f"{days} days at the same time")
    if ratio is not None and ratio >= alike:
        reasons.append(f"amounts {100 * ratio:.0f} % alike in {currency}")
    if apart or len(reasons) < 2:
        return None
    return {
        "project": one.code, "title": one.title, "funders": "; ".join(sorted(one.funders)),
        "other_project": other.code, "other_title": other.title, "other_funders": "; ".join(sorted(other.funders)),
        "likeness": round(likeness, 1), "districts": "; ".join(common), "kilometres": kilometres, "days": days,
        "amount_ratio": ratio, "reasons": "; ".join(reasons), "count": len(reasons),
    }  # fmt: skip


def _kilometres(one: Any, other: Any) -> float | None:
    """Return the geodesic distance between the nearest places of two projects."""
    from geoplan.geo.distances import measure_distances

    if one is None or other is None:
        return None
    metres = measure_distances(np.array([one], dtype=object), np.array([other], dtype=object))
    return round(float(metres[0]) / 1000, 3)


def _days_in_common(one: _Project, other: _Project) -> int | None:
    """Return the number of days on which both run; None if a date is missing."""
    dates = (one.start, one.end, other.start, other.end)
    if any(pd.isna(date) for date in dates):
        return None
    return max(0, int((min(one.end, other.end) - max(one.start, other.start)).days) + 1)


def _amount_ratio(one: dict[str, int], other: dict[str, int]) -> tuple[float | None, str]:
    """Return the highest ratio of the smaller to the larger amount over the common currencies, and its currency."""
    ratios = [
        (min(one[currency], other[currency]) / max(one[currency], other[currency]), currency)
        for currency in sorted(one.keys() & other.keys())
        if one[currency] > 0 and other[currency] > 0
    ]
    return max(ratios, default=(None, ""), key=lambda ratio: ratio[0] or 0)
