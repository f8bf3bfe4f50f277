"""A budget split over 5,000 districts × 20 components within bounds, as a plan with equity before and after.

    python benchmarks/planning.py

Measured from a ledger in memory to the proposal's ledger and the measures. The peer is what an analyst would write:
floats in NumPy, bounds by clipping and sharing again until nothing changes, rounded to cents at the end, components
by an outer product. It gives no plan, no ledger and no measures, and its cents do not add up; that its amounts are
the same to a cent per district, before its rounding, is checked.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.analysis.comparison import compare, compare_measures, compare_projects
from geoplan.ledger.entries import Ledger, build_ledger, reconcile
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan
from geoplan.planning import allocate, compare_equity, describe_needs, phase, propose_plan

SEED = 7
COMPONENTS = 20
BUDGET = 1_000_000_000
FLOOR, MOST = 50_000, 300_000
FORMULA = {"poor": 0.5, "population": 0.3, "area": 0.2}


def make_plan(count: int) -> Plan:
    """Make a plan of squares with one amount per district and component."""
    chance = np.random.default_rng(SEED)
    codes = [f"D{number:05}" for number in range(count)]
    components = [f"C{number:02}" for number in range(COMPONENTS)]
    x, y = np.arange(count) % 100 * 0.1, np.arange(count) // 100 * 0.1
    named = pd.DataFrame({"district": codes, "name": codes, "province": "P", "province_name": "P"})
    districts = gpd.GeoDataFrame(named, geometry=shapely.box(x, y, x + 0.1, y + 0.1), crs="EPSG:4326")
    population = chance.integers(5_000, 90_000, count).astype(float)
    poor = np.floor(population * chance.uniform(0.05, 0.6, count))
    classes = np.where(poor / population > 0.3, "very poor", "more developed")
    profile = pd.DataFrame(
        {"district": codes, "year": 2015, "population": population, "poor": poor, "poverty_rate": np.nan, "poverty_class": classes}
    )  # fmt: skip
    projects = pd.DataFrame({"project": components, "component": components, "title": None, "sector": None,
                             "status": None, "start": pd.NaT, "end": pd.NaT, "funder": None})  # fmt: skip
    keys = {"project": np.repeat(components, count), "location": np.tile(codes, COMPONENTS)}
    places = pd.DataFrame({**keys, "name": None, "precision": 3.0, "share": np.nan, "province": None,
                           "district": np.tile(codes, COMPONENTS), "geometry": None})  # fmt: skip
    amounts = chance.integers(0, 10**7, count * COMPONENTS)
    spending = pd.DataFrame({**keys, "component": keys["project"], "funder": "", "year": 2015, "kind": "budget",
                             "currency": "EUR", "amount_minor": amounts, "rounding": [Decimal(0)] * len(amounts)})  # fmt: skip
    return replace(
        read_plan(find_bundled_plan()), districts=districts, profile=profile, projects=projects,
        locations=gpd.GeoDataFrame(places.astype({"district": object}), geometry="geometry", crs="EPSG:4326"),
        spending=spending, surroundings=(), vintages={},
    )  # fmt: skip


def split_plainly(needs: pd.DataFrame, most: Any) -> tuple[Any, Any]:
    """Split as an analyst would: districts, and districts × components rounded to cents."""
    weights = sum(part * needs[name] / needs[name].sum() for name, part in FORMULA.items()).to_numpy()
    amounts = np.full(len(needs), np.nan)
    low, high = np.full(len(needs), float(FLOOR)), most
    held = np.zeros(len(needs), dtype=bool)
    while True:
        rest = BUDGET - amounts[held].sum()
        shared = rest * weights / weights[~held].sum()
        short, over = ~held & (shared < low), ~held & (shared > high)
        if not (short | over).any():
            break
        # Hold the side that is further off first, or a district may be held that need not be.
        lacking, extra = (low - shared)[short].sum(), (shared - high)[over].sum()
        side, bound = (short, low) if lacking >= extra else (over, high)
        amounts[side] = bound[side]
        held |= side
    amounts[~held] = shared[~held]
    return amounts, np.round(np.outer(amounts, np.full(COMPONENTS, 1 / COMPONENTS)), 2)


def time_comparison(one: Ledger, other: Ledger) -> tuple[float, float]:
    """Compare two ledgers by district and component, in the measures and by project; and with a merge in pandas."""
    started = time.perf_counter()
    rows = compare(one, other, ["district", "component"])
    compare_measures(one, other)
    compare_projects(one, other)
    compared = time.perf_counter() - started
    started = time.perf_counter()
    keys = ["district", "component"]
    sums = [ledger.entries.groupby(keys, observed=True)["amount_minor"].sum() for ledger in (one, other)]
    plain = pd.concat(sums, axis=1, keys=["one", "other"]).fillna(0)
    merged = time.perf_counter() - started
    assert int((plain["other"] - plain["one"]).sum()) == int(rows["change_minor"].sum())
    return compared, merged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    plan = make_plan(options.districts)
    ledger = build_ledger(plan)
    codes = plan.districts["district"].tolist()
    most = np.full(len(codes), np.inf)
    most[::7] = MOST
    ours: list[list[float]] = []
    plainly = []
    for _ in range(options.runs):
        marks = [time.perf_counter()]
        needs = describe_needs(ledger, plan, currency="EUR")
        found = allocate(
            needs, BUDGET, currency="EUR", rule="formula", formula=" + ".join(f"{part}*{name}" for name, part in FORMULA.items()),
            floor=FLOOR, maxima=dict.fromkeys(codes[::7], MOST), components=dict.fromkeys((f"C{at:02}" for at in range(COMPONENTS)), 1),
        )  # fmt: skip
        marks.append(time.perf_counter())
        proposal = propose_plan(plan, found)
        new = build_ledger(proposal)
        marks.append(time.perf_counter())
        compare_equity(ledger, new, currency="EUR")
        marks.append(time.perf_counter())
        ours.append(np.diff(marks).tolist())
        started = time.perf_counter()
        exact, rounded = split_plainly(needs, most)
        plainly.append(time.perf_counter() - started)
    started = time.perf_counter()
    phase(proposal, new, {2016: BUDGET // 3, 2017: BUDGET // 2}, currency="EUR")
    phased = time.perf_counter() - started
    compared, merged = time_comparison(ledger, new)
    assert reconcile(new)[0].placed_total == BUDGET
    assert np.abs(found.districts["amount_minor"].to_numpy() / 100 - exact).max() < 0.011
    best = min(ours, key=sum)
    print(f"{len(codes):,} districts × {COMPONENTS} components, from a ledger in memory")
    print(
        f"  split {best[0]:.2f} s, plan and ledger {best[1]:.2f} s, equity {best[2]:.2f} s: {sum(best):.2f} s; adds up to {BUDGET:,}.00"
    )
    print(f"  NumPy, floats, the split alone: {min(plainly):.3f} s; its cents add up to {rounded.sum():,.2f}")
    print(f"  phased over two years: {phased:.2f} s")
    print(
        f"  compared, by district and component, in the measures and by project: {compared:.2f} s; pandas, one merge: {merged:.2f} s"
    )


if __name__ == "__main__":
    main()
