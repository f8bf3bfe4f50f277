"""Scale: datasets of growing size, with geoplan and the way one would write it without.

Run ``python benchmarks/scale.py ROWS…``, such as ``python benchmarks/scale.py 100000 1000000 10000000``; for
10^8 rows give ``100000000`` (2 GB of disk). Needs the extra ``distributed`` and dask-geopandas. Districts are those
of the home case; points and amounts are random, in Parquet files: eight, or as many as have a million rows. Every
way reads the same files, on the same workers, one thread each, that are up and have done some work before. Its sums
must equal the others'.

- By default: points to sums by district. The cell index that geoplan's placement looks points up in, in a loop and in
  Dask, beside ``geopandas.sjoin`` in chunks and ``dask_geopandas.sjoin`` with a group-by.
- ``--ledger``: all of ``geoplan summary``: reading, checks, shuffle, placement, allocation to the cent and
  reconciliation of as many amounts, over a tenth as many projects. Beside it what keeps none of that: a
  dask-geopandas ``sjoin`` of the projects, a Dask ``merge`` with the amounts, a group-by of floats.

The slow ways are run up to ``SLOW_ROWS`` rows (10^7), with ``WORKERS`` (1,2): variables of the environment. Beside the
time on the clock stands that of the processors, which other work on the machine touches less. The kernel stands in a module that workers
import: one defined in ``__main__`` would be pickled for every task.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import geoplan as gp
from geoplan.geo.district_index import DistrictIndex
from geoplan.scale import stream_plan
from geoplan.scale.workers import open_workers

FILE_ROWS = 1_000_000
FILES = 8
WORKERS = [int(text) for text in os.environ.get("WORKERS", "1,2").split(",")]


@lru_cache(maxsize=1)
def districts() -> Any:
    return gp.read_plan(gp.find_bundled_plan()).districts


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
    size = min(FILE_ROWS, -(-rows // FILES))
    for number, start in enumerate(range(0, rows, size)):
        count = min(size, rows - start)
        table = pa.table(
            {
                "lon": random.uniform(west, east, count),
                "lat": random.uniform(south, north, count),
                "amount": random.integers(1, 1_000_000, count),
            }
        )
        folder.mkdir(exist_ok=True)
        paths.append(folder / f"part-{number:04d}.parquet")
        pq.write_table(table, paths[-1])
    return paths


def sum_file(path: str) -> np.ndarray[Any, Any]:
    """Kernel: cents by district of one file; the last element is what lies outside."""
    table = pq.read_table(path, use_threads=False)
    found = index().find(table["lon"].to_numpy(), table["lat"].to_numpy())
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


def nobody() -> float:
    return 0.0


def work_of(pool: Any) -> float:
    """Seconds that processors have spent in this process and in all workers."""
    workers = 0.0 if pool is nobody else sum(pool.client.run(time.process_time).values())
    return time.process_time() + workers


def timed(way: Callable[[Any], Any], given: Any, pool: Any) -> tuple[float, float, Any]:
    """Time on the clock, time of processors, and what was found."""
    start, before = time.perf_counter(), work_of(pool)
    found = way(given)
    return time.perf_counter() - start, work_of(pool) - before, found


def compare(rows: int, slow: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        paths = write_points(Path(name), rows)
        few = write_points(Path(name, "few"), 10_000)
        expected = None
        plain = [("cell index in a loop", in_a_loop)]
        if slow:
            plain.append(("geopandas in chunks", geopandas_in_chunks))
        for _, way in plain:
            way(few)
        results = [(label, 0, *timed(way, paths, nobody), peak_megabytes()) for label, way in plain]
        for workers in WORKERS:
            with open_workers("processes", workers) as pool:
                ways = [("cell index, Dask", on_dask(pool.client))]
                if slow:
                    ways.append(("dask-geopandas sjoin, groupby", with_dask_geopandas(pool.client)))
                for label, way in ways:
                    way(few)
                    seconds, work, found = timed(way, paths, pool)
                    memory = max(pool.client.run(peak_megabytes).values())
                    results.append((label, workers, seconds, work, found, memory))
        for label, workers, seconds, work, found, memory in results:
            expected = found if expected is None else expected
            assert (found == expected).all(), label
            print_row(rows, label, workers, seconds, work, memory)


def print_row(rows: int, label: str, workers: int, seconds: float, work: float, memory: float) -> None:
    each, worked = seconds / rows * 1e9, work / rows * 1e9
    print(
        f"| {rows:,} | {label} | {workers or '–'} | {seconds:.2f} | {each:,.0f} | {worked:,.0f} | {memory:,.0f} |",
        flush=True,
    )


def write_plan_files(folder: Path, rows: int) -> dict[str, Path]:
    """As many amounts, over a tenth as many projects with a point each; projects lie in every file."""
    random = np.random.default_rng(rows)
    west, south, east, north = districts().total_bounds
    projects = max(1, rows // 10)
    for table, count in (("locations", projects), ("spending", rows)):
        (folder / table).mkdir(parents=True)
        most = min(FILE_ROWS, -(-count // FILES))
        for number, start in enumerate(range(0, count, most)):
            size = min(most, count - start)
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


def summarise_with_dask(files: dict[str, Path]) -> Any:
    """Sums of floats by district and component, and what lies outside all districts."""
    import dask.dataframe as dd
    import dask_geopandas

    locations, spending = dd.read_parquet(files["locations"]), dd.read_parquet(files["spending"])
    points = dask_geopandas.from_dask_dataframe(
        locations, geometry=dask_geopandas.points_from_xy(locations, "lon", "lat", crs="EPSG:4326")
    )
    layer = dask_geopandas.from_geopandas(districts()[["district", "geometry"]], npartitions=1)
    placed = points.sjoin(layer, how="inner", predicate="intersects")[["project", "district"]]
    paid = spending[["project", "component", "amount"]].merge(placed, on="project", how="left")
    paid = paid.fillna({"district": "~"})
    return paid.groupby(["district", "component"])["amount"].sum().compute().sort_index()


def summarise_with_geoplan(files: dict[str, Path], address: str, folder: Path) -> Any:
    plan = gp.make_plan(**files, stream=True)
    with stream_plan(plan, folder, entries=False, scheduler=address) as result:
        assert all(row.balances for row in gp.reconcile(result.ledger))
        entries = result.ledger.entries
    places = entries["district"].astype(object).where(entries["district"].notna(), "~").rename("district")
    return (
        entries.groupby([places, entries["component"].astype(object)])["amount_minor"]
        .sum()
        .div(100)
        .sort_index()
    )


def measure_ledger(rows: int, slow: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, little = Path(name), Path(name, "few")
        files, few = write_plan_files(folder, rows), write_plan_files(little, 10_000)
        for workers in WORKERS:
            with open_workers("processes", workers) as pool:
                address = pool.client.scheduler.address
                summarise_with_geoplan(few, address, little)
                way = partial(summarise_with_geoplan, address=address, folder=folder)
                seconds, work, sums = timed(way, files, pool)
                memory = max(pool.client.run(peak_megabytes).values())
                print_row(rows, "geoplan summary", workers, seconds, work, memory)
                if slow:
                    summarise_with_dask(few)
                    seconds, work, floats = timed(summarise_with_dask, files, pool)
                    memory = max(pool.client.run(peak_megabytes).values())
                    assert np.allclose(floats.to_numpy(), sums.to_numpy(), rtol=1e-9)
                    assert list(floats.index) == list(sums.index)
                    print_row(rows, "dask-geopandas sjoin, merge, groupby", workers, seconds, work, memory)


def main(arguments: list[str]) -> None:
    warnings.filterwarnings(
        "ignore", "CRS mismatch"
    )  # dask-geopandas forgets the CRS of a frame without rows
    measure = measure_ledger if "--ledger" in arguments else compare
    most = int(os.environ.get("SLOW_ROWS", "10000000"))
    print("| rows | way | workers | seconds | ns a row | of processors | MB |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    for rows in [int(text) for text in arguments if text.isdigit()] or [100_000, 1_000_000]:
        measure(rows, slow=rows <= most)


if __name__ == "__main__":
    # Under its own name, so that workers find the kernel by importing it.
    import scale

    scale.main(sys.argv[1:])
