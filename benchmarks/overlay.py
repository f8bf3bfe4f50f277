"""Time which part of each line or polygon lies in each district: geoplan against geopandas.overlay.

    python -m benchmarks.overlay
    python -m benchmarks.overlay --lines 100000 --polygons 30000 --districts 150 5000 --repeat 3

The shares of a sample are compared first, to 1e-9, lengths and areas of the parts that geopandas makes being
measured as geoplan measures. Both methods are timed from bare geometries. The first ratio is the way to the
shares: `geopandas.overlay`, then pyproj's geodesic length or area of each part and of each feature, against
geoplan, which measures as it goes. The second leaves the measuring out for geopandas, and the third leaves out
laying the cells as well, which already exist in a plan that has placed its points.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Geod

from benchmarks.layers import blob_polygons, district_layer, winding_lines
from geoplan.geo.district_index import DistrictIndex
from geoplan.geo.overlay import _measure, overlay_shares

CRS = "EPSG:4326"
GEOD = Geod(ellps="WGS84")
SAMPLE = 2_000


def overlay_with_geopandas(features: np.ndarray, districts: np.ndarray) -> gpd.GeoDataFrame:
    left = gpd.GeoDataFrame({"feature": np.arange(len(features))}, geometry=features, crs=CRS)
    right = gpd.GeoDataFrame({"district": np.arange(len(districts))}, geometry=districts, crs=CRS)
    return gpd.overlay(left, right, how="intersection")


def check_equal(features: np.ndarray, districts: np.ndarray, index: DistrictIndex) -> float:
    """Stop unless the shares are equal to 1e-9; return the greatest difference."""
    feature, district, share = overlay_shares(features, index)
    ours = np.zeros((len(features), len(districts) + 1))
    ours[feature, district] = share
    pieces = overlay_with_geopandas(features, districts)
    theirs = np.zeros_like(ours)
    lying_in = pieces["feature"].to_numpy(), pieces["district"].to_numpy()
    parts = np.asarray(pieces.geometry.values)
    np.add.at(theirs, lying_in, _measure(parts, features[lying_in[0]]))
    outside = shapely.difference(features, shapely.coverage_union_all(districts))
    theirs[:, -1] = _measure(outside, features)
    theirs /= theirs.sum(axis=1, keepdims=True)
    difference = float(np.abs(ours - theirs).max())
    if difference > 1e-9:
        sys.exit(f"shares differ by up to {difference:.1e}")
    return difference


def measure_with_pyproj(geometries: np.ndarray) -> np.ndarray:
    return np.array(
        [
            GEOD.geometry_length(shape)
            if "Line" in shape.geom_type
            else abs(GEOD.geometry_area_perimeter(shape)[0])
            for shape in geometries
        ]
    )


def time_once(features: np.ndarray, districts: np.ndarray) -> tuple[float, float, float, float]:
    """Seconds of geopandas with and without measuring, and of geoplan with a new index and with one laid already."""
    fresh = shapely.from_wkb(shapely.to_wkb(districts))
    start = time.perf_counter()
    pieces = overlay_with_geopandas(features, fresh)
    cutting = time.perf_counter() - start
    pieces["share"] = (
        measure_with_pyproj(np.asarray(pieces.geometry.values))
        / (measure_with_pyproj(features)[pieces["feature"]])
    )
    measuring = time.perf_counter() - start

    fresh = shapely.from_wkb(shapely.to_wkb(districts))
    start = time.perf_counter()
    index = DistrictIndex(fresh)
    overlay_shares(features, index)
    new_index = time.perf_counter() - start

    start = time.perf_counter()
    overlay_shares(features, index)
    return measuring, cutting, new_index, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--polygons", type=int, default=30_000)
    parser.add_argument("--districts", type=int, nargs="+", default=[150, 5000])
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(
        f"{'districts':>9} {'features':>16} {'to shares s':>12} {'cut only s':>11} {'geoplan s':>10} {'ratio':>6} "
        f"{'cut only':>9} {'index there s':>14} {'ratio':>6} {'greatest difference':>20}"
    )
    for district_count in options.districts:
        districts = district_layer(district_count)
        index = DistrictIndex(districts)
        index.locate(*np.zeros((2, 10_000_000)))  # lays the cells
        for name, features in (
            ("lines", winding_lines(options.lines)),
            ("polygons", blob_polygons(options.polygons)),
        ):
            difference = check_equal(features[:SAMPLE], districts, index)
            runs = [time_once(features, districts) for _ in range(options.repeat)]
            shares, cut, new, there = (statistics.median(column) for column in zip(*runs, strict=True))
            print(
                f"{district_count:9,} {len(features):9,} {name:8}"[:27]
                + f"{shares:12.2f} {cut:11.2f} {new:10.2f} {shares / new:6.1f} {cut / new:9.1f} {there:14.2f} "
                f"{cut / there:6.1f} {difference:20.1e}",
                flush=True,
            )


if __name__ == "__main__":
    main()
