"""Cost of `boundaries check`, and how many marks the page draws in another district than their own.

Run as ``python benchmarks/boundaries.py [DISTRICTS [SEGMENTS]]``, with a power of two of segments for each border: one
process per layer gives a true peak of memory. ``5564`` and ``1491 128`` are the layers of the README.
"""

from __future__ import annotations

import resource
import sys
import time

import geopandas as gpd
import numpy as np
import shapely
from layers import district_layer

from geoplan.geo.boundaries import check_coverage
from geoplan.geo.district_index import DistrictIndex
from geoplan.page.border_detail import draw_in_place, is_misplaced
from geoplan.page.topology import lay_grid

SHIFTED = 300  # districts moved by 10 m, so that the layer has overlaps and gaps
MARKS = 6_000


def shifted_layer(count: int, segments: int = 0) -> gpd.GeoDataFrame:
    """Make a layer with overlaps and gaps: some districts of an exact coverage are moved."""
    shapes = district_layer(count, border_vertices=segments)
    for at in np.random.default_rng(3).choice(count, min(SHIFTED, count), replace=False):
        shapes[at] = shapely.transform(shapes[at], lambda points: points + 1e-4)
    codes = [f"D{number:05}" for number in range(count)]
    return gpd.GeoDataFrame({"district": codes}, geometry=shapes, crs="EPSG:4326")


def main() -> None:
    """Print the figures of one layer."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_564
    segments = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    layer = shifted_layer(count, segments)
    vertices = int(layer.geometry.count_coordinates().sum())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    report = check_coverage(layer)
    seconds, peak = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{count:,} districts, {vertices:,} vertices: {report}")
    print(f"check: {seconds:.1f} s of processor time, {(peak - before) / 1024:.0f} MB above the layer")

    shapes = district_layer(count, border_vertices=segments)
    grid = lay_grid(shapes)
    west, south, east, north = shapely.total_bounds(shapes)
    marks = np.random.default_rng(1).uniform((west, south), (east, north), (MARKS, 2))
    home = DistrictIndex(shapes).find(*np.ascontiguousarray(marks.T))
    for name, drawn in (
        ("one tolerance", shapely.coverage_simplify(shapes, grid.tolerance)),
        ("drawn in place", draw_in_place(shapes, grid.tolerance, grid.step, marks)),
    ):
        wrong = int(is_misplaced(drawn, marks, home, grid.step).sum())
        kept = int(shapely.get_num_coordinates(drawn).sum())
        print(f"{name}: {wrong} of {MARKS:,} marks in another district; {kept:,} vertices")


if __name__ == "__main__":
    main()
