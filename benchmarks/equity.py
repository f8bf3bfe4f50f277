"""All measures of equity of 5,000 districts × 20 components × 15 years of ledger, against the plain pandas way.

    python benchmarks/equity.py

Measured from a ledger in memory to tables: overall, by component, by year and by funder, in all four readings.
The peer is what an analyst would write: groupby and one function per index, applied group by group, for money in
districts only (the certain reading). Its values are checked to be the same.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity import MEASURES, measure_equity
from geoplan.ledger.entries import Ledger

SEED = 7
YEARS = 15
COMPONENTS = 20
PROVINCES = 50
GROUPINGS: list[list[str]] = [[], ["component"], ["year"], ["funder"]]
CROSSED = ["component", "year"]


def make_ledger(districts: int) -> Ledger:
    """Make a ledger with one entry per district, component and year; one in fifty is province-wide."""
    chance = np.random.default_rng(SEED)
    cells = np.meshgrid(np.arange(districts), np.arange(COMPONENTS), np.arange(YEARS), indexing="ij")
    district, component, year = (axis.ravel() for axis in cells)
    count = len(district)
    coarse = chance.random(count) < 0.02
    codes = [f"D{number:05}" for number in range(districts)]
    provinces = [f"P{number:02}" for number in range(PROVINCES)]
    entries = pd.DataFrame(
        {
            "component": labels(component, [f"C{number:02}" for number in range(COMPONENTS)]),
            "funder": labels(chance.integers(0, 3, count), ["A", "B", "C"]),
            "year": year + 2001,
            "kind": labels(np.zeros(count, dtype=int), ["disbursement"]),
            "currency": labels(np.zeros(count, dtype=int), ["EUR"]),
            "place": labels(coarse.astype(int), ["district", "province-wide"]),
            "district": labels(np.where(coarse, -1, district), codes),
            "province": labels(np.where(coarse, district % PROVINCES, PROVINCES), [*provinces, ""]),
            "amount_minor": chance.integers(0, 10**7, count),
        }
    )
    population = chance.integers(5_000, 90_000, districts)
    poor = (population * chance.uniform(0.05, 0.6, districts)).astype(int)
    described = pd.DataFrame(
        {
            "district": codes,
            "name": codes,
            "province": [provinces[number % PROVINCES] for number in range(districts)],
            "province_name": None,
            "population": population.astype(float),
            "poor": poor.astype(float),
            "poverty_rate": poor / population,
            "poverty_class": chance.choice(
                np.array(["very poor", "poor", "not poor"], dtype=object), districts
            ),
        }
    )
    return Ledger(
        entries, described, {"EUR": (Decimal(int(entries["amount_minor"].sum())) / 100, Decimal(0))}
    )


def labels(codes: Any, names: list[str]) -> Any:
    return pd.Categorical.from_codes(codes, pd.Index(names, dtype=object))


def with_geoplan(ledger: Ledger, groupings: list[list[str]]) -> dict[tuple[Any, ...], float]:
    values = {}
    for by in groupings:
        rows = measure_equity(ledger, by).measures
        rows = rows[rows["reading"] == "certain"]
        for key in rows[[*by, "measure", "value"]].itertuples(index=False):
            values[tuple(by), *key[:-1]] = key[-1]
    return values


def with_pandas(ledger: Ledger, groupings: list[list[str]]) -> dict[tuple[Any, ...], float]:
    values = {}
    placed = ledger.entries[ledger.entries["place"] == "district"]
    for by in groupings:
        sums = placed.groupby([*by, "district"], observed=False)["amount_minor"].sum().reset_index()
        joined = sums.merge(ledger.districts, on="district")
        groups = joined.groupby(by, observed=True) if by else [((), joined)]
        for key, frame in groups:
            for name, value in measure_frame(frame).items():
                values[tuple(by), *(key if by else ()), name] = value
    return values


def measure_frame(frame: pd.DataFrame) -> dict[str, float]:
    """Measure one group as textbooks write the formulas."""
    share = frame["amount_minor"] / frame["amount_minor"].sum()
    people = frame["population"] / frame["population"].sum()
    terms = share * np.log((share / people).where(share > 0, 1.0))
    classes = pd.DataFrame({"s": share, "p": people}).groupby(frame["poverty_class"]).sum()
    between = (classes["s"] * np.log(classes["s"] / classes["p"])).sum()
    by_person = (frame["amount_minor"] / frame["population"]).sort_values().index
    lorenz, cumulative = share[by_person].cumsum(), people[by_person].cumsum()
    area = (people[by_person] * (lorenz + lorenz.shift(fill_value=0))).sum()
    ranked = pd.DataFrame({"s": share, "p": people}).groupby(-frame["poverty_rate"]).sum()
    middle = ranked["p"].cumsum() - ranked["p"] / 2
    reached = np.interp(0.4, [0, *ranked["p"].cumsum()], [0, *ranked["s"].cumsum()])
    assert abs(cumulative.iloc[-1] - 1) < 1e-9
    return {
        "gini": 1 - area,
        "theil": terms.sum(),
        "theil_between": between,
        "theil_within": terms.sum() - between,
        "mean_log_deviation": (people * np.log(people / share)).sum() if (share > 0).all() else np.inf,
        "hoover": (share - people).abs().sum() / 2,
        "concentration_index": 2 * (ranked["s"] * (middle - 0.5)).sum(),
        "coady_grosh_hoddinott": reached / 0.4,
        "dissimilarity": (share - frame["poor"] / frame["poor"].sum()).abs().sum() / 2,
    }


WAYS = {"geoplan": with_geoplan, "pandas": with_pandas}


def measure(way: str, districts: int, crossed: bool) -> None:
    ledger = make_ledger(districts)
    groupings = [CROSSED] if crossed else GROUPINGS
    start, worked = time.perf_counter(), time.process_time()
    values = WAYS[way](ledger, groupings)
    seconds, busy = time.perf_counter() - start, time.process_time() - worked
    what = "component × year" if crossed else "overall, by component, year and funder"
    readings = 4 if way == "geoplan" else 1
    print(
        f"{way:8} {len(ledger.entries):>10,} entries  {seconds:6.2f} s ({busy:.2f} s of processor)  {len(values):>5,} measures × {readings} readings  {what}"
    )


def compare(districts: int) -> None:
    ledger = make_ledger(districts)
    ours, theirs = (way(ledger, [*GROUPINGS, CROSSED]) for way in WAYS.values())
    assert ours.keys() == theirs.keys()
    both = [(ours[key], theirs[key]) for key in ours if ours[key] != theirs[key]]
    worst = max((abs(one - other) for one, other in both), default=0.0)
    print(f"largest difference of {len(ours):,} values over {len(MEASURES)} measures: {worst:.1e}")
    assert worst < 1e-9


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--districts", type=int, default=5_000)
    options.add_argument("--way", choices=WAYS, help="measure one way in this process")
    options.add_argument("--crossed", action="store_true", help="one group per component and year")
    chosen = options.parse_args()
    if chosen.way:
        measure(chosen.way, chosen.districts, chosen.crossed)
        return
    compare(min(chosen.districts, 1_000))
    for crossed in ([], ["--crossed"]):
        for way in WAYS:
            arguments = ["--districts", str(chosen.districts), "--way", way, *crossed]
            subprocess.run([sys.executable, __file__, *arguments], check=True)


if __name__ == "__main__":
    main()
