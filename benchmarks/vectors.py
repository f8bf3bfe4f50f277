"""Reading a vector layer: `read_vector` against bare pyogrio converted to the same CRS.

Both give the same geometries, which is checked first.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from benchmarks.layers import clustered_points, district_layer
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.vector.vector_layers import read_vector


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    x, y = clustered_points(given.points)
    layers = {
        "districts": gpd.GeoDataFrame({"district": range(150)}, geometry=list(district_layer(150)), crs=4326),
        "points": gpd.GeoDataFrame({"project": range(given.points)}, geometry=shapely.points(x, y), crs=4326),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in layers.items():
            for suffix in ("gpkg", "fgb"):
                path = Path(folder) / f"{name}.{suffix}"
                pyogrio.write_dataframe(frame, path)
                bare, ours = [], []
                for _ in range(given.repeat):
                    start = time.perf_counter()
                    plain = pyogrio.read_dataframe(path).to_crs(4326)
                    bare.append(time.perf_counter() - start)
                    start = time.perf_counter()
                    raw = read_vector(FileSpec(path))
                    ours.append(time.perf_counter() - start)
                assert (raw.table["geometry"].to_numpy() == plain.geometry.to_numpy()).all()
                print(
                    f"{path.name}: pyogrio {min(bare):.3f} s, geoplan {min(ours):.3f} s, {min(ours) / min(bare):.2f}×"
                )


if __name__ == "__main__":
    main()
