"""Scale: sums of points by district as rows grow, with the cell index and the way one would write it without.

Run ``python benchmarks/scale.py ROWS…``, such as ``python benchmarks/scale.py 100000 1000000 10000000``; for
10^8 rows give ``100000000`` (2 GB of disk, and an hour for dask-geopandas). Needs the extra ``distributed`` and
dask-geopandas. Districts are those of the home case; points and amounts are random, in Parquet files of a million
rows. Every way reads the same files, and its sums must equal the others'.

The kernel stands in a module that workers import: one defined in ``__main__`` would be pickled for every task.
``python benchmarks/scale.py --ledger ROWS…`` measures ``geoplan summary`` itself: reading, checks, shuffle,
placement, allocation and reconciliation of as many amounts, over a tenth as many projects.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import geoplan as gp
from geoplan.district_index import DistrictIndex
from geoplan.streaming import stream_plan

FILE_ROWS = 1_000_000


@lru_cache(maxsize=1)
def districts() -> Any:
    return gp.read_plan(gp.bundled_plan()).districts


@lru_cache(maxsize=1)
def index() -> DistrictIndex:
    built = DistrictIndex(districts().geometry.to_numpy())
    _ = built.cells
    return built


def write_points(folder: Path, rows: int) -> list[Path]:
    """Random points over the bounds of the province, with amounts in cents."""
    random = np.random.default_rng(rows)
    west, south, east, north = districts().total_bounds
    paths = []
    for number, start in enumerate(range(0, rows, FILE_ROWS)):
        count = min(FILE_ROWS, rows - start)
        table = pa.table(
            {
                "lon": random.uniform(west, east, count),
                "lat": random.uniform(south, north, count),
                "amount": random.integers(1, 1_000_000, count),
            }
        )
        paths.append(folder / f"part-{number:04d}.parquet")
        pq.write_table(table, paths[-1])
    return paths


def sum_file(path: str) -> np.ndarray[Any, Any]:
    """Kernel: cents by district of one file; the last element is what lies outside."""
    table = pq.read_table(path, use_threads=False)
    found, _ = index().locate(table["lon"].to_numpy(), table["lat"].to_numpy())
    cents = np.zeros(len(index()) + 1, dtype=np.int64)
    # Weights of bincount are floats: exact, for a file's sum stays below 2^53.
    cents += np.bincount(found + 1, table["amount"].to_numpy(), len(cents)).astype(np.int64)
    return np.roll(cents, -1)


def sum_with_geopandas(path: str) -> np.ndarray[Any, Any]:
    import geopandas

    frame = pq.read_table(path).to_pandas()
    points = geopandas.GeoDataFrame(
        frame[["amount"]], geometry=geopandas.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326"
    )
    joined = points.sjoin(districts()[["district", "geometry"]], how="left", predicate="intersects")
    # A point on a border meets two districts: the first one counts, as it does in the ledger.
    joined = joined.sort_values("district")[~joined.sort_values("district").index.duplicated()]
    sums = joined.fillna({"district": "~"}).groupby("district")["amount"].sum()
    return sums.reindex([*districts()["district"], "~"], fill_value=0).to_numpy()


def in_a_loop(paths: list[Path]) -> Any:
    return sum(sum_file(str(path)) for path in paths)


def geopandas_in_chunks(paths: list[Path]) -> Any:
    return sum(sum_with_geopandas(str(path)) for path in paths)


def on_dask(client: Any) -> Callable[[list[Path]], Any]:
    def run(paths: list[Path]) -> Any:
        return sum(client.gather(client.map(sum_file, [str(path) for path in paths], pure=False)))

    return run


def with_dask_geopandas(client: Any) -> Callable[[list[Path]], Any]:
    def run(paths: list[Path]) -> Any:
        import dask.dataframe as dd
        import dask_geopandas

        frame = dd.read_parquet([str(path) for path in paths])
        points = dask_geopandas.from_dask_dataframe(
            frame, geometry=dask_geopandas.points_from_xy(frame, "lon", "lat", crs="EPSG:4326")
        )
        layer = dask_geopandas.from_geopandas(districts()[["district", "geometry"]], npartitions=1)
        joined = points.sjoin(layer, how="inner", predicate="intersects")
        sums = joined.groupby("district")["amount"].sum().compute()
        inside = sums.reindex(districts()["district"], fill_value=0).to_numpy()
        total = int(frame["amount"].sum().compute())
        return np.append(inside, total - inside.sum())

    return run


def peak_megabytes() -> float:
    # Not getrusage: a process that was just made begins with the peak of the one that made it.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def timed(way: Callable[[list[Path]], Any], paths: list[Path]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = way(paths)
    return time.perf_counter() - start, found


def compare(rows: int, slow: bool) -> None:
    from distributed import Client, LocalCluster

    with tempfile.TemporaryDirectory() as name:
        paths = write_points(Path(name), rows)
        expected = None
        plain = [("cell index in a loop", in_a_loop)]
        if slow:
            plain.append(("geopandas in chunks", geopandas_in_chunks))
        index()
        results = [(label, 0, *timed(way, paths), peak_megabytes()) for label, way in plain]
        for workers in (1, 2):
            with (
                LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
                Client(cluster) as client,
            ):
                client.run(index)
                ways = [("cell index, Dask", on_dask(client))]
                if slow:
                    ways.append(("dask-geopandas sjoin, groupby", with_dask_geopandas(client)))
                for label, way in ways:
                    seconds, found = timed(way, paths)
                    results.append((label, workers, seconds, found, max(client.run(peak_megabytes).values())))
        for label, workers, seconds, found, memory in results:
            expected = found if expected is None else expected
            assert (found == expected).all(), label
            nanoseconds = seconds / rows * 1e9
            print(
                f"| {rows:,} | {label} | {workers or '–'} | {seconds:.2f} | {nanoseconds:,.0f} | {memory:,.0f} |",
                flush=True,
            )


def write_plan_files(folder: Path, rows: int) -> dict[str, Path]:
    """As many amounts, over a tenth as many projects with a point each; projects lie in every file."""
    random = np.random.default_rng(rows)
    west, south, east, north = districts().total_bounds
    projects = max(1, rows // 10)
    for table, count in (("locations", projects), ("spending", rows)):
        (folder / table).mkdir()
        for number, start in enumerate(range(0, count, FILE_ROWS)):
            size = min(FILE_ROWS, count - start)
            if table == "locations":
                columns = {
                    "project": np.char.add("P", np.char.zfill(np.arange(start, start + size).astype(str), 9)),
                    "location": np.full(size, "1"),
                    "lon": random.uniform(west, east, size),
                    "lat": random.uniform(south, north, size),
                }
            else:
                code = random.integers(0, projects, size).astype(str)
                columns = {
                    "project": np.char.add("P", np.char.zfill(code, 9)),
                    "component": random.choice(["roads", "schools", "health"], size),
                    "funder": random.choice(["X", "Y"], size),
                    "year": random.integers(2010, 2016, size),
                    "kind": np.full(size, "disbursement"),
                    "currency": np.full(size, "EUR"),
                    "amount": random.integers(1, 1_000_000, size) / 100,
                }
            pq.write_table(
                pa.table(columns), folder / table / f"part-{number:04d}.parquet", row_group_size=250_000
            )
    districts().to_file(folder / "districts.gpkg")
    return {
        "districts": folder / "districts.gpkg",
        "locations": folder / "locations",
        "spending": folder / "spending",
    }


def measure_ledger(rows: int) -> None:
    from distributed import Client, LocalCluster

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = gp.read_tables(**write_plan_files(folder, rows), stream=True)
        for workers in (1, 2):
            with (
                LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
                Client(cluster) as client,
            ):
                start = time.perf_counter()
                with stream_plan(plan, folder, entries=False, scheduler=cluster.scheduler_address) as result:
                    (sums,) = gp.reconcile(result.ledger)
                seconds = time.perf_counter() - start
                memory = max(client.run(peak_megabytes).values())
            assert sums.difference == 0
            per_row = seconds / rows * 1e9
            print(
                f"| {rows:,} | geoplan summary | {workers} | {seconds:.1f} | {per_row:,.0f} | {memory:,.0f} |",
                flush=True,
            )


def main(arguments: list[str]) -> None:
    whole = "--ledger" in arguments
    most = int(os.environ.get("SLOW_ROWS", "1000000"))
    print("| rows | way | workers | seconds | ns a row | MB |\n|---:|---|---:|---:|---:|---:|")
    for rows in [int(text) for text in arguments if text.isdigit()] or [100_000, 1_000_000]:
        if whole:
            measure_ledger(rows)
        else:
            compare(rows, slow=rows <= most)


if __name__ == "__main__":
    # Under its own name, so that workers find the kernel by importing it.
    import scale

    scale.main(sys.argv[1:])
