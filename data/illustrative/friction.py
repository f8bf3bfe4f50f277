"""Make the illustrative friction surface and bridges of the home case: run ``python data/illustrative/friction.py``.

Cells on the illustrative roads take the time of their class (`roads.geojson`, `speeds.csv`), all others that of a slow walk. The
bridges are where these roads cross the rivers of the map.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.features import rasterize

HERE = Path(__file__).parent
OFF_ROAD = 3.0  # km/h
RIVERS = HERE.parent / "boundaries" / "around_rivers.geojson"


def main() -> None:
    """Write ``friction_min_per_m.tif``, minutes per metre on the grid of the people, and ``bridges.geojson``."""
    roads = gpd.read_file(HERE / "roads.geojson")
    with (HERE / "speeds.csv").open(encoding="utf-8", newline="") as stream:
        speeds = {row["class"]: float(row["kmh"]) for row in csv.DictReader(stream)}
    with rasterio.open(HERE / "people_2015.tif") as people:
        place, shape = people.transform, people.shape
    kmh = np.full(shape, OFF_ROAD)
    for name in ("track", "main"):  # the faster last
        lines = roads.geometry[roads["class"] == name]
        kmh = rasterize(((line, speeds[name]) for line in lines), out=kmh, transform=place, all_touched=True)
    with rasterio.open(
        HERE / "friction_min_per_m.tif", "w", driver="GTiff", width=shape[1], height=shape[0], count=1, dtype="float32",
        crs=4326, nodata=-1, transform=place, compress="deflate", predictor=3,
    ) as file:  # fmt: skip
        file.write((0.06 / kmh).astype("float32"), 1)
    rivers = gpd.read_file(RIVERS).geometry.union_all()
    crossings = roads.geometry.intersection(rivers).explode().dropna()
    places = sorted(
        {(round(point.x, 4), round(point.y, 4)) for point in crossings if point.geom_type == "Point"}
    )
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"bridge {at}", "illustrative": "yes"},
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }
        for at, (x, y) in enumerate(places, start=1)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    (HERE / "bridges.geojson").write_text(
        text.replace('{"type":"Feature",', '\n{"type":"Feature",') + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
