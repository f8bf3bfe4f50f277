"""Make the illustrative raster of people of the home case: run ``python data/illustrative/people.py``.

The people of each district in 2015 are put around its sites, the more the nearer. The figures by district are those of
``profile.csv``; where the people are within a district is invented.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

HERE = Path(__file__).parent
STEP = 0.01  # degrees, about 1 km
REACH = 0.08  # degrees over which people thin out around a site
YEAR = 2015
NO_DATA = -1.0


def main() -> None:
    """Write ``people_2015.tif``: people per cell, no data outside the province."""
    plan = read_plan(find_bundled_plan())
    districts = plan.districts.geometry.to_numpy()
    west, south, east, north = (float(edge) for edge in plan.districts.total_bounds)
    columns, rows = int((east - west) / STEP) + 3, int((north - south) / STEP) + 3
    left, top = round(west, 2) - STEP, round(north, 2) + STEP
    x, y = np.meshgrid(left + (np.arange(columns) + 0.5) * STEP, top - (np.arange(rows) + 0.5) * STEP)
    people = np.full((rows, columns), NO_DATA)
    shapes = plan.locations.geometry.to_numpy()
    sites = shapes[shapely.get_type_id(shapes) == 0]
    known = plan.profile[plan.profile["year"] == YEAR].set_index("district")["population"]
    for code, district in zip(plan.districts["district"], districts, strict=True):
        inside = shapely.contains_xy(district, x, y)
        own = sites[shapely.contains(district, sites)]
        away = np.sqrt(
            np.min([(x - site.x) ** 2 + (y - site.y) ** 2 for site in own], axis=0, initial=np.inf)
        )
        weight = np.where(inside, 0.05 + np.exp(-away / REACH), 0.0)
        people[inside] = np.round(float(known[code]) * weight / weight.sum(), 3)[inside]
    with rasterio.open(
        HERE / f"people_{YEAR}.tif", "w", driver="GTiff", width=columns, height=rows, count=1, dtype="float32",
        crs=4326, nodata=NO_DATA, transform=from_origin(left, top, STEP, STEP), compress="deflate", predictor=3,
    ) as file:  # fmt: skip
        file.write(people.astype("float32"), 1)


if __name__ == "__main__":
    main()
