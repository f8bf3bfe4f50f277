"""Bounds: what a district has for certain, what it can expect of money placed coarser, and at most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError, Problem, UsageError, show_value
from geoplan.ledger import Ledger
from geoplan.money import share_units, split
from geoplan.schema import DISTRICT, DISTRICT_GROUPINGS, NOT_STATED
from geoplan.summary import check_groupings, described_districts, in_currency_units, with_names

if TYPE_CHECKING:
    from geoplan.plan import Plan

SPREADS = ("none", "even", "area", "population", "poor")
"""Bases for spreading coarse money over the districts it could be in."""

COARSE = ("province-wide", "country-wide", "unlocated", "unmatched")
"""Buckets whose money could be in a district; what is outside the area could not."""

READINGS = ("certain", "expected", "at_most")


def bound_amounts(
    ledger: Ledger, by: str | Sequence[str] = ("district",), *, spread: str = "none", plan: Plan | None = None
) -> pd.DataFrame:
    """Give three readings of what each district, class or province gets.

    ``certain`` is placed there for sure; ``at_most`` adds all coarse money that could be there;
    ``expected`` adds the part that the chosen spread gives it. Province-wide money could be in any
    district of its province, other coarse money in any district; what is outside the area in none.
    Where coarse money is negative in sum (refunds), it lowers the certain reading instead.

    Parameters
    ----------
    ledger : Ledger
    by : str or sequence of str
        Groupings, among them one of districts (district, poverty_class, province).
    spread : str
        ``none``, ``even``, ``area`` (geodesic), ``population`` or ``poor`` (persons).
    plan : Plan, optional
        The ledger's, needed for the spread by area.

    Returns
    -------
    DataFrame
        The columns of ``by``; for districts ``name`` and ``poverty_class``; ``currency``;
        ``certain``, ``expected``, ``at_most`` in currency units, and each exact in minor units
        with the ending ``_minor``. Always certain ≤ expected ≤ at most. With a spread, expected
        amounts and money outside the area add up to all money.

    Raises
    ------
    UsageError
        No grouping of districts, or no such spread.
    InputError
        The spread needs a figure that a district has not.
    """
    by = check_groupings(by)
    areas = [name for name in by if name in DISTRICT_GROUPINGS]
    if not areas or "place" in by or spread not in SPREADS:
        _refuse(by, spread)
    others = [name for name in by if name not in areas]
    entries = ledger.entries.astype(
        dict.fromkeys(("district", "place", "province", "currency", *_text(others)), object)
    )
    described = described_districts(ledger)
    certain = _certain(entries, described, ["currency", *others])
    pools = _pools(entries, ["currency", *others])
    shares = _spread(pools, described, _weights(described, spread, plan), others)
    if spread == "none":
        shares["part"] = 0
    rows = _read(certain, shares, described, ["currency", *others], areas)
    rows = rows.sort_values(["currency", *by], ignore_index=True)[
        ["currency", *by, *[f"{name}_minor" for name in READINGS]]
    ]
    if "district" in by:
        rows = with_names(rows, ledger, by)
    return in_currency_units(rows, READINGS)


def add_bounds(sums: pd.DataFrame, bounds: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Put the three readings beside the amounts of a summary by the same groupings."""
    keys = [*by, "currency"]
    columns = [name for reading in READINGS for name in (reading, f"{reading}_minor")]
    return sums.merge(bounds[[*keys, *columns]], on=keys, how="left")


def _refuse(by: Sequence[str], spread: str) -> None:
    if spread not in SPREADS:
        raise UsageError(f"money can not be spread by {show_value(spread)}: choose from {', '.join(SPREADS)}")
    raise UsageError(
        f"bounds need districts: group by one of {', '.join(DISTRICT_GROUPINGS)} (and not by place)"
    )


def _text(names: Sequence[str]) -> list[str]:
    return [name for name in names if name != "year"]


def _certain(entries: pd.DataFrame, described: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sum what is in each district, for every group of the other columns, zeros included."""
    groups = entries[keys].drop_duplicates()
    inside = entries[entries["place"] == DISTRICT]
    sums = inside.groupby([*keys, "district"], sort=False)["amount"].sum().reset_index()
    full = groups.merge(described[["district", "province"]], how="cross").merge(
        sums, on=[*keys, "district"], how="left"
    )
    full["amount"] = full["amount"].fillna(0).astype(np.int64)
    return full.sort_values([*keys, "district"], ignore_index=True)


def _pools(entries: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sum coarse money by group and by the province it could be in (empty: any)."""
    coarse = entries[entries["place"].isin(COARSE)]
    return coarse.groupby([*keys, "province"], sort=True)["amount"].sum().reset_index()


def _weights(described: pd.DataFrame, spread: str, plan: Plan | None) -> Any:
    """Return how much each district counts when coarse money is spread."""
    if spread in ("none", "even"):
        return np.ones(len(described))
    if spread == "area":
        return _areas(described, plan)
    figures = described[spread].to_numpy(dtype=float)
    missing = described[np.isnan(figures)]
    if len(missing):
        problem = Problem(
            "profile", f"money can not be spread by {spread}: the figure is missing", spread, values=tuple(missing["district"]),
            way_out="add it to the profile, or spread by another base",
        )  # fmt: skip
        raise InputError(problem)
    return figures


def _areas(described: pd.DataFrame, plan: Plan | None) -> Any:
    from geoplan.boundaries import geodesic_area

    if plan is None:
        raise UsageError("to spread by area, give the plan: bound_amounts(ledger, …, plan=plan)")
    areas = pd.Series(
        geodesic_area(plan.districts.geometry.to_numpy()), index=plan.districts["district"].to_numpy()
    )
    return areas.loc[described["district"]].to_numpy()


def _spread(pools: pd.DataFrame, described: pd.DataFrame, weights: Any, others: list[str]) -> pd.DataFrame:
    """Split each pool over the districts it could be in: one row per pool and district."""
    keys = ["currency", *others]
    reach = pools.rename(columns={"province": "pool", "amount": "pooled"}).reset_index(names="number")
    districts = described[["district", "province"]].assign(weight=weights)
    in_province = reach.merge(districts, left_on="pool", right_on="province")
    anywhere = reach[reach["pool"] == NOT_STATED].merge(districts, how="cross")
    cells = pd.concat([in_province[in_province["pool"] != NOT_STATED], anywhere], ignore_index=True)
    cells = cells.sort_values(["number", "district"], ignore_index=True)
    group, present = pd.factorize(cells["number"])
    total = cells.groupby("number")["weight"].transform("sum")
    if len(cells) and not (total > 0).all():
        raise InputError(
            Problem("profile", "money can not be spread: the figures of the districts are all 0")
        )
    units = share_units((cells["weight"] / total).to_numpy(dtype=float), group.astype(np.int64), len(present))
    amounts = pools["amount"].to_numpy()[present] if len(cells) else np.zeros(0, dtype=np.int64)
    cells["part"] = split(amounts, group.astype(np.int64), units)
    return cells[[*keys, "number", "district", "pooled", "part"]]


def _read(
    certain: pd.DataFrame, shares: pd.DataFrame, described: pd.DataFrame, keys: list[str], areas: list[str]
) -> pd.DataFrame:
    """Bring districts to the groups asked for, and money that could be in a group to its bounds."""
    columns = described[list(dict.fromkeys(["district", *areas]))]
    sums = (
        certain.drop(columns="province")
        .merge(columns, on="district")
        .groupby([*keys, *areas])["amount"]
        .sum()
    )
    cells = shares.merge(columns, on="district")
    expected = cells.groupby([*keys, *areas])["part"].sum().reindex(sums.index, fill_value=0)
    # Within a group of districts a pool counts once, however many of them it could be in.
    pools = cells.drop_duplicates([*keys, *areas, "number"])
    limits = pools.assign(below=pools["pooled"].clip(upper=0), above=pools["pooled"].clip(lower=0))
    limits = limits.groupby([*keys, *areas])[["below", "above"]].sum().reindex(sums.index, fill_value=0)
    rows = {
        "certain_minor": sums + limits["below"],
        "expected_minor": sums + expected,
        "at_most_minor": sums + limits["above"],
    }
    return pd.DataFrame(rows).astype("int64").reset_index()
