"""The same map of the home case by `GeoDataFrame.explore()` and by geoplan: lines, processor seconds, money on the map.

python -m benchmarks.explore
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd

import geoplan as gp

ROUNDS = 5


def by_hand(plan: gp.Plan) -> Any:
    amounts = plan.spending.groupby("project")["amount_minor"].sum() / 100
    places = plan.locations.dropna(subset="geometry")
    counts = places["project"].map(places["project"].value_counts())
    places = places[["project", "geometry"]].assign(amount=places["project"].map(amounts) / counts)
    joined = gpd.sjoin(places, plan.districts[["district", "geometry"]])
    sums = joined.groupby("district")["amount"].sum()
    table = plan.districts.merge(sums, on="district", how="left")
    return table[["name", "amount", "geometry"]].explore("amount").get_root().render()


def by_geoplan(plan: gp.Plan) -> Any:
    return gp.build_map(plan).to_html()


def seconds(work: Callable[[gp.Plan], Any], plan: gp.Plan) -> float:
    work(plan)
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work(plan)
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    plan = gp.read_plan(gp.find_bundled_plan())
    print("| | lines | processor seconds | KB |\n|---|---:|---:|---:|")
    for name, work in (("explore()", by_hand), ("geoplan", by_geoplan)):
        lines = len(inspect.getsource(work).splitlines()) - 1
        print(f"| {name} | {lines} | {seconds(work, plan):.2f} | {len(work(plan)) / 1000:.0f} |")


if __name__ == "__main__":
    main()
