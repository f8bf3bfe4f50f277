"""Layers of rectangles on a grid of 0.001°, and the real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan.geo.boundaries import CoverageReport, geodesic_area

ROOT = Path(__file__).resolve().parents[3]
LAOS = Path(__file__).resolve().parents[4] / "shared" / "data" / "laos"

CELL = 12_309.1
"""m² of a cell of 0.001° at the equator: 111.32 m × 110.574 m."""


def box(west: float, south: float, east: float, north: float) -> Any:
    """Make a rectangle; units of 0.001°."""
    return shapely.transform(shapely.box(west, south, east, north), lambda points: points / 1000)


def shape(*corners: tuple[float, float]) -> Any:
    """Make a polygon; units of 0.001°."""
    return shapely.Polygon([(x / 1000, y / 1000) for x, y in corners])


def layer(crs: Any = "EPSG:4326", **shapes: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"district": list(shapes)}, geometry=list(shapes.values()), crs=crs)


def areas(districts: gpd.GeoDataFrame) -> dict[str, float]:
    """Areas in cells."""
    return dict(zip(districts["district"], geodesic_area(districts.geometry.to_numpy()) / CELL, strict=True))


def real_layer(name: str, **columns: str) -> gpd.GeoDataFrame:
    path = LAOS / name
    if not path.is_file():
        pytest.skip(f"../shared/data/laos/{name} is not here")
    return gpd.read_file(path).rename(columns=columns)


def older_laos() -> gpd.GeoDataFrame:
    return real_layer("lao_districts_pre2011.gpkg", hasc="district", region="province")


def newer_laos() -> gpd.GeoDataFrame:
    columns = {"ADM2_PCODE": "district", "ADM2_EN": "name", "ADM1_PCODE": "province"}
    return real_layer("lao_districts_2019.gpkg", **columns)


def home_layer(year: int) -> gpd.GeoDataFrame:
    return gpd.read_file(ROOT / "data" / "boundaries" / f"bolikhamxay_{year}.geojson")


def only(report: CoverageReport, kind: str) -> pd.Series[Any]:
    """Return the one finding of a report."""
    assert report.findings["kind"].tolist() == [kind]
    return report.findings.iloc[0]


EXACT = layer(
    A=shape((0, 0), (2, 0), (2, 1), (2, 2), (0, 2)),
    B=box(2, 0, 4, 1),
    C=shape((2, 1), (4, 1), (4, 2), (2, 2)),
)
RING = {
    "A": shape((0, 0), (3, 0), (3, 1), (2, 1), (1, 1), (0, 1)),
    "B": shape((0, 1), (1, 1), (1, 2), (0, 2)),
    "C": shape((2, 1), (3, 1), (3, 2), (2, 2)),
    "D": shape((0, 2), (1, 2), (2, 2), (3, 2), (3, 3), (0, 3)),
}
