"""From many spending rows to a balanced district × component × year table: seconds, and memory at its peak.

    python benchmarks/ledger.py --rows 10000000

The peer is what an analyst would write: geopandas.sjoin, a merge with spending, float amounts divided by
the number of locations, groupby. Tables are checked to agree to half a unit of the smallest amount.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box, points

from geoplan.ledger.entries import build_ledger, reconcile
from geoplan.ledger.summary import summarize
from geoplan.model.schema import DISTRICTS, LOCATIONS, PROFILE, PROJECTS
from geoplan.plan.plan_tables import Plan

SEED = 7
SIDE = 12  # districts in a row, and rows of them


def make_plan(rows: int) -> Plan:
    """Make a plan of 144 square districts, rows / 50 projects with two sites each, and spending in whole cents."""
    chance = np.random.default_rng(SEED)
    cells = [(column, row) for row in range(SIDE) for column in range(SIDE)]
    codes = [f"D{number:03}" for number in range(len(cells))]
    squares = [box(column / 10, row / 10, (column + 1) / 10, (row + 1) / 10) for column, row in cells]
    districts = gpd.GeoDataFrame({"district": codes}, geometry=squares, crs=4326).reindex(
        columns=[*DISTRICTS.names]
    )
    projects = np.array([f"P{number:07}" for number in range(max(1, rows // 50))], dtype=object)
    sites = dict.fromkeys(LOCATIONS.names) | {"project": np.repeat(projects, 2)}
    locations = pd.DataFrame(sites).assign(
        location=np.tile(np.array(["1", "2"], dtype=object), len(projects))
    )
    where = chance.uniform(0, SIDE / 10, (len(locations), 2))
    spending = pd.DataFrame(
        {
            "project": projects[chance.integers(0, len(projects), rows)],
            "location": None,
            "component": np.array(["roads", "schools", "health", "water", "credit"], dtype=object)[
                chance.integers(0, 5, rows)
            ],
            "funder": np.array(["A", "B", "C"], dtype=object)[chance.integers(0, 3, rows)],
            "year": chance.integers(2009, 2017, rows),
            "kind": "disbursement",
            "currency": "EUR",
            "amount_minor": chance.integers(1, 10_000_000, rows),
            "rounding": Decimal(0),
            "source_file": pd.Categorical.from_codes(np.zeros(rows, dtype=np.int8), ["spending.csv"]),
            "source_row": np.arange(2, rows + 2),
        }
    )
    return Plan(
        title="benchmark",
        districts=gpd.GeoDataFrame(districts, geometry="geometry", crs=4326),
        profile=pd.DataFrame({name: [] for name in PROFILE.names}),
        projects=pd.DataFrame({name: [] for name in PROJECTS.names}),
        locations=gpd.GeoDataFrame(
            locations.assign(precision=np.nan, share=np.nan), geometry=points(where), crs=4326
        ),
        spending=spending,
    )


def with_geoplan(plan: Plan) -> pd.DataFrame:
    ledger = build_ledger(plan)
    assert all(sums.balances for sums in reconcile(ledger))
    return summarize(ledger, ["district", "component", "year"])


def with_pandas(plan: Plan) -> pd.DataFrame:
    joined = gpd.sjoin(
        plan.locations[["project", "geometry"]], plan.districts[["district", "geometry"]], predicate="within"
    )
    sites = joined.groupby("project")["district"].transform("size")
    shares = joined[["project", "district"]].assign(share=1 / sites)
    merged = plan.spending[["project", "component", "year", "amount_minor"]].merge(shares, on="project")
    merged["part"] = merged["amount_minor"] * merged["share"]
    return merged.groupby(["district", "component", "year"])["part"].sum().reset_index()


WAYS = {"geoplan": with_geoplan, "pandas": with_pandas}


def measure(way: str, rows: int) -> None:
    plan = make_plan(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    table = WAYS[way](plan)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    total = int(table[table.columns[-1]].round().sum())
    print(
        f"{way:8} {rows:>11,} rows  {seconds:8.1f} s  {before / 2**20:5.2f} GiB with the tables, {peak / 2**20:5.2f} at the peak  total {total:,}"
    )


def compare(rows: int) -> None:
    plan = make_plan(rows)
    ours = with_geoplan(plan).set_index(["district", "component", "year"])["amount_minor"]
    theirs = with_pandas(plan).set_index(["district", "component", "year"])["part"]
    both = pd.concat([ours, theirs], axis=1).fillna(0)
    parts = len(plan.spending)
    worst = float((both["amount_minor"] - both["part"]).abs().max())
    print(
        f"largest difference of a cell: {worst:.1f} cents over {parts:,} amounts (each part is within one cent)"
    )
    assert worst <= parts


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--way", choices=WAYS, help="measure one way in this process")
    chosen = options.parse_args()
    if chosen.way:
        measure(chosen.way, chosen.rows)
        return
    compare(min(chosen.rows, 200_000))
    for way in WAYS:
        subprocess.run([sys.executable, __file__, "--rows", str(chosen.rows), "--way", way], check=True)


if __name__ == "__main__":
    main()
