"""Rasters: people summed by district, and minutes over a friction surface from all villages to the nearest site.

Run as ``python benchmarks/rasters.py people 15000`` or ``python benchmarks/rasters.py friction 5000``: one process each
gives a true peak of memory. The raster is made first by a process of its own, in a temporary folder.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from layers import EXTENT, SOUTH_WEST, district_layer

from geoplan.analysis.friction_times import FrictionTimes
from geoplan.analysis.gridded_profile import profile_districts
from geoplan.sources.friction import FrictionKind, open_friction

DISTRICTS, SITES, VILLAGES = 144, 500, 15_000
STRIP = 256
SEED = 20096


def make_raster(path: Path, size: int, kind: str) -> None:
    """Write people per cell, or minutes per metre with 2 % of closed cells, over all districts."""
    random = np.random.default_rng(SEED)
    west, south = SOUTH_WEST - 0.5
    step = (EXTENT + 1) / size
    place = rasterio.transform.from_origin(west, south + EXTENT + 1, step, step)
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32", crs=4326, transform=place,
        nodata=-1, tiled=True, compress="deflate",
    ) as file:  # fmt: skip
        for top in range(0, size, STRIP):
            shape = (min(STRIP, size - top), size)
            if kind == "people":
                cells = random.poisson(0.3, shape).astype("float32")
            else:
                cells = (0.06 / random.choice([3.0, 4.0, 5.0, 40.0], shape)).astype("float32")
                cells[random.random(shape) < 0.02] = -1
            file.write(cells, 1, window=rasterio.windows.Window(0, top, size, shape[0]))


def sum_people(path: Path) -> str:
    """Sum people by district."""
    codes = [f"D{number:03}" for number in range(DISTRICTS)]
    districts = gpd.GeoDataFrame(
        {"district": codes, "name": codes}, geometry=district_layer(DISTRICTS), crs=4326
    )
    return profile_districts(districts, path, year=2020, values="counts").reconciliation


def measure_minutes(path: Path) -> str:
    """Measure minutes from villages to the nearest site, without a limit."""
    random = np.random.default_rng(SEED)
    villages, sites = (
        shapely.points(random.uniform(SOUTH_WEST, SOUTH_WEST + EXTENT, (count, 2)))
        for count in (VILLAGES, SITES)
    )
    kind = FrictionKind("min/m", "motorised")
    with open_friction(path, kind, np.concatenate([villages, sites])) as friction:
        times = FrictionTimes(friction)
        minutes, _ = times.nearest(times.place(villages), times.place(sites), np.inf)
    return f"{int(np.isfinite(minutes).sum()):,} of {VILLAGES:,} villages have a way, median {np.median(minutes):.0f} min"


def main() -> None:
    """Print the figures of one raster."""
    kind, size = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.tif"
        maker = multiprocessing.get_context("spawn").Process(target=make_raster, args=(path, size, kind))
        maker.start()
        maker.join()
        start, busy = time.perf_counter(), time.process_time()
        said = (sum_people if kind == "people" else measure_minutes)(path)
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{kind}, {size:,} × {size:,} cells: {seconds:.1f} s ({busy:.1f} s of processor time), {peak:,.0f} MB"
    )
    print(said)


if __name__ == "__main__":
    main()
