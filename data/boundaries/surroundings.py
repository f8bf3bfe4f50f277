"""Make the three small layers that lie around Bolikhamxay on the map: provinces, rivers, towns.

    python data/boundaries/surroundings.py lao_provinces.geojson rivers.geojson towns.geojson

README.md beside this file says where the inputs come from.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

HERE = Path(__file__).parent
OWN_PROVINCE = "LA11"
AROUND = 0.75  # of the province's longer side, as far as the page shows
TOLERANCE = 0.004  # degrees, 400 m
DECIMALS = 3  # of a degree, 110 m
TOWN_RANK = 8  # Natural Earth's scalerank: larger numbers are smaller places


def view() -> shapely.Polygon:
    """Return the rectangle around the province in which layers are kept."""
    west, south, east, north = gpd.read_file(HERE / "bolikhamxay_2019.geojson").total_bounds
    reach = AROUND * max(east - west, north - south)
    return shapely.box(west - reach, south - reach, east + reach, north + reach)


def provinces(path: Path, area: shapely.Polygon) -> gpd.GeoDataFrame:
    """Return the other provinces, simplified together so that they keep common borders."""
    layer = gpd.read_file(path)
    layer = layer[layer["ADM1_PCODE"] != OWN_PROVINCE].rename(columns={"ADM1_EN": "name"})
    shapes = shapely.coverage_simplify(layer.geometry.to_numpy(), TOLERANCE)
    return _cut(layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs)), area)


def rivers(path: Path, area: shapely.Polygon) -> gpd.GeoDataFrame:
    """Return the rivers, the parts of each in one feature."""
    layer = gpd.read_file(path).dropna(subset=["name"])[["name", "geometry"]]
    merged = _cut(layer, area).dissolve("name").reset_index()
    lines = shapely.simplify(shapely.line_merge(merged.geometry.to_numpy()), TOLERANCE / 2)
    return merged.set_geometry(gpd.GeoSeries(lines, crs=layer.crs))


def towns(path: Path, area: shapely.Polygon) -> gpd.GeoDataFrame:
    """Return the larger towns."""
    layer = gpd.read_file(path)
    return _cut(layer[layer["scalerank"] <= TOWN_RANK], area)


def _cut(layer: gpd.GeoDataFrame, area: shapely.Polygon) -> gpd.GeoDataFrame:
    cut = layer.set_geometry(layer.geometry.intersection(area))
    return cut[~cut.geometry.is_empty][["name", "geometry"]].sort_values("name", ignore_index=True)


def write(layer: gpd.GeoDataFrame, name: str, source: str) -> None:
    """Write GeoJSON, one feature a line, coordinates rounded."""
    rounded = shapely.transform(layer.geometry.to_numpy(), lambda points: np.round(points, DECIMALS))
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"name": label, "source": source},
                "geometry": shapely.geometry.mapping(shapely.remove_repeated_points(shape)),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for label, shape in zip(layer["name"], rounded, strict=True)
    ]
    path = HERE / name
    path.write_bytes(('{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n").encode())
    print(f"{name}: {len(layer)} features, {path.stat().st_size:,} bytes")


def main() -> None:
    """Build the three layers."""
    parser = argparse.ArgumentParser(description="Make the layers around Bolikhamxay.")
    for name in ("provinces", "rivers", "towns"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    area = view()
    write(
        provinces(given.provinces, area),
        "around_provinces.geojson",
        "geoBoundaries (CC BY 3.0 IGO), generalised",
    )
    write(rivers(given.rivers, area), "around_rivers.geojson", "Natural Earth (public domain), generalised")
    write(towns(given.towns, area), "around_towns.geojson", "Natural Earth (public domain)")


if __name__ == "__main__":
    main()
