"""Time the sum of amounts by district, from columns x, y: geoplan's index against its peers, in one run.

    python -m benchmarks.points
    python -m benchmarks.points --points 1000 100000 10000000 --districts 150 5000 --repeat 3

Every time holds all the work from the columns to the sums: making points, indexing districts, the join and
the grouping. Before anything is timed the answers are compared point by point, border and vertex points
included. Peak memory is what the process grew by, measured in a process of its own.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.layers import clustered_points, district_layer
from geoplan.geo.district_index import DistrictIndex

BASELINE = "geopandas.sjoin within"
CRS = "EPSG:4326"
Sum = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def sum_with_index(districts: np.ndarray, x: np.ndarray, y: np.ndarray, amount: np.ndarray) -> np.ndarray:
    district = DistrictIndex(districts).find(x, y)
    return np.bincount(district + 1, weights=amount, minlength=len(districts) + 1)[1:]


def sum_with_geopandas(districts: np.ndarray, x: np.ndarray, y: np.ndarray, amount: np.ndarray) -> np.ndarray:
    joined = _join(districts, x, y)
    return np.bincount(joined["index_right"], weights=amount[joined.index], minlength=len(districts))


def _join(districts: np.ndarray, x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=CRS)
    return gpd.sjoin(points, gpd.GeoDataFrame(geometry=districts, crs=CRS), predicate="within")


def sum_with_candidates(
    districts: np.ndarray, x: np.ndarray, y: np.ndarray, amount: np.ndarray
) -> np.ndarray:
    """The dozen lines one would write by hand: shapely.contains_xy for the points in each bounding box."""
    order = np.argsort(x)
    x, y, amount = x[order], y[order], amount[order]
    bounds = shapely.bounds(districts)
    first, last = np.searchsorted(x, bounds[:, 0]), np.searchsorted(x, bounds[:, 2], side="right")
    shapely.prepare(districts)
    sums = np.zeros(len(districts))
    for number, (_, south, _, north) in enumerate(bounds):
        strip = slice(first[number], last[number])
        near = np.flatnonzero((y[strip] >= south) & (y[strip] <= north)) + first[number]
        sums[number] = amount[near][shapely.contains_xy(districts[number], x[near], y[near])].sum()
    return sums


def sum_with_sedonadb(districts: np.ndarray, x: np.ndarray, y: np.ndarray, amount: np.ndarray) -> np.ndarray:
    import pyarrow as pa
    import sedona.db

    session = sedona.db.connect()
    layer = gpd.GeoDataFrame({"district": np.arange(len(districts))}, geometry=districts, crs=CRS)
    session.create_data_frame(layer).to_view("districts", overwrite=True)
    points = pa.table({"x": x, "y": y, "amount": amount})
    session.create_data_frame(points).to_view("points", overwrite=True)
    result = session.sql(
        "SELECT d.district, SUM(p.amount) AS amount FROM points p JOIN districts d "
        "ON ST_Within(ST_SetSRID(ST_Point(p.x, p.y), 4326), d.geometry) GROUP BY d.district"
    ).to_pandas()
    sums = np.zeros(len(districts))
    sums[result["district"]] = result["amount"]
    return sums


def methods() -> dict[str, Sum]:
    found: dict[str, Sum] = {BASELINE: sum_with_geopandas, "contains_xy on boxes": sum_with_candidates}
    if importlib.util.find_spec("sedona") and importlib.util.find_spec("sedonadb"):
        found["sedonadb within"] = sum_with_sedonadb
    return found | {"geoplan DistrictIndex": sum_with_index}


def check_equal(districts: np.ndarray, point_count: int) -> None:
    """Stop unless the index agrees with GEOS, point by point, near and on borders too."""
    x, y = clustered_points(point_count)
    district, on_border = DistrictIndex(districts).locate(x, y)
    joined = _join(districts, x, y)
    inside = np.full(point_count, -1)
    inside[joined.index] = joined["index_right"]
    _stop_unless(np.array_equal(np.where(on_border, -1, district), inside), "clustered points")

    vertex = shapely.get_coordinates(districts)
    middle = (vertex[1:] + vertex[:-1]) / 2
    x, y = np.concatenate((vertex, middle, np.nextafter(vertex, 0))).T
    district, _ = DistrictIndex(districts).locate(x, y)
    point, covering = shapely.STRtree(districts).query(shapely.points(x, y), predicate="intersects")
    lowest = np.full(len(x), len(districts))
    np.minimum.at(lowest, point, covering)
    _stop_unless(np.array_equal(district, np.where(lowest == len(districts), -1, lowest)), "border points")


def _stop_unless(equal: bool, what: str) -> None:
    if not equal:
        sys.exit(f"the methods disagree on {what}")


def measure_memory(name: str, district_count: int, point_count: int) -> float:
    """Peak growth of a fresh process while it sums, in MiB."""
    columns = clustered_points(point_count)
    districts, amount = district_layer(district_count), np.ones(point_count)
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of making the points
    before = _peak_kib()
    methods()[name](districts, *columns, amount)
    return (_peak_kib() - before) / 1024


def _peak_kib() -> int:
    """Peak resident memory of this process, which unlike that of getrusage is its own (Linux only)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def time_methods(district_count: int, point_count: int, repeat: int) -> dict[str, float]:
    """Median seconds of each method; the methods take turns, so that load on the machine hits all alike."""
    districts, (x, y) = district_layer(district_count), clustered_points(point_count)
    amount = np.ones(point_count)
    expected, seconds = None, {name: [] for name in methods()}
    for _ in range(repeat):
        for name, total in methods().items():
            fresh = shapely.from_wkb(shapely.to_wkb(districts))  # nothing prepared by the method before
            start = time.perf_counter()
            sums = total(fresh, x, y, amount)
            seconds[name].append(time.perf_counter() - start)
            expected = sums if expected is None else expected
            _stop_unless(np.array_equal(sums, expected), f"the sums of {name}")
    return {name: statistics.median(times) for name, times in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--points", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000, 10_000_000]
    )
    parser.add_argument("--districts", type=int, nargs="+", default=[150, 5000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--no-memory", action="store_true", help="leave out the peak memory of the largest size"
    )
    options = parser.parse_args()
    for district_count in options.districts:
        check_equal(district_layer(district_count), 1_000_000)
    print("the index and GEOS agree on 1,000,000 clustered points and on all vertices and edge middles\n")
    print(f"{'districts':>9} {'points':>11}  {'method':24} {'seconds':>9} {'ratio':>7} {'peak MiB':>9}")
    for district_count in options.districts:
        for point_count in options.points:
            seconds = time_methods(district_count, point_count, options.repeat)
            for name, median in seconds.items():
                memory = ""
                if point_count == max(options.points) and not options.no_memory:
                    spawn = multiprocessing.get_context("spawn")
                    with ProcessPoolExecutor(1, mp_context=spawn) as fresh:
                        peak = fresh.submit(measure_memory, name, district_count, point_count).result()
                    memory = f"{peak:,.0f}"
                ratio = seconds[BASELINE] / median
                print(
                    f"{district_count:9,} {point_count:11,}  {name:24} {median:9.4f} {ratio:7.1f} {memory:>9}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
