"""Make the two small layers of Bolikhamxay in this folder from the full national layers.

    python data/boundaries/generalise.py lao_districts_2019.gpkg lao_districts_pre2011.gpkg

README.md beside this file says where the two inputs come from and what is done to them.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geoplan.geo.boundaries import check_coverage, geodesic_area, repair
from geoplan.geo.geodesy import METRES_PER_DEGREE

SCALE = 500_000
DRAWABLE = 0.0002  # metres on paper: a thin line
DECIMALS = 4  # of a degree, 11 m
LARGEST_FILE = 60_000

PROVINCE = {
    "province": "LA11",
    "province_name": "Bolikhamxay",
    "province_aliases": "Bolikhamxai|Bolikhamsai|Bolikhamsay|Borikhamxai|Borikhamxay|Khoueng Bolikhamxai|"
    "ບໍລິຄຳໄຊ",
}


@dataclass(frozen=True)
class District:
    """Names of one district; they are the same in both vintages."""

    name: str
    name_lo: str
    aliases: str


PAKSAN = District("Paksan", "ປາກຊັນ", "Pakxane|Paksane|Pakxan|Pakxanh|Pak Sanh|Muang Pakxan")
THAPHABATH = District("Thaphabath", "ທ່າພະບາດ", "Thaphabat|Tha Phabak")
PAKKADING = District("Pakkading", "ປາກກະດິງ", "Pak Kading")
BOLIKHAN = District("Bolikhan", "ບໍລິຄັນ", "Bolikhanh|Borikhan|Borikhane|Borikane|Borikham|Bo lykhanh")
KHAMKEUT = District("Khamkeut", "ຄຳເກີດ", "Khamkeuth|Khamkheuth|Khamkeud|Khamkuet|Kham kirth")
VIENGTHONG = District("Viengthong", "ວຽງທອງ", "Viangthong|Vieng Thong")
XAYCHAMPHONE = District("Xaychamphone", "ໄຊຈຳພອນ", "Xaichamphon")


@dataclass(frozen=True)
class Vintage:
    """One layer to make: which features of the input it takes and what it says of them."""

    file: str
    code_column: str
    districts: dict[str, District]
    valid_from: str | None
    valid_to: str | None
    source: str


VINTAGE_2019 = Vintage(
    "bolikhamxay_2019.geojson",
    "ADM2_PCODE",
    {
        "LA1101": PAKSAN,
        "LA1102": THAPHABATH,
        "LA1103": PAKKADING,
        "LA1104": BOLIKHAN,
        "LA1105": KHAMKEUT,
        "LA1106": VIENGTHONG,
        "LA1107": XAYCHAMPHONE,
    },
    "2012-01-01",
    None,
    "geoBoundaries (CC BY 3.0 IGO), P-codes OCHA COD, generalised",
)
VINTAGE_2009 = Vintage(
    "bolikhamxay_2009.geojson",
    "hasc",
    {
        "LA.BL.BO": BOLIKHAN,
        "LA.BL.KH": KHAMKEUT,
        "LA.BL.PD": PAKKADING,
        "LA.BL.PS": PAKSAN,
        "LA.BL.TH": THAPHABATH,
        "LA.BL.VI": VIENGTHONG,
    },
    None,
    "2011-12-31",
    "Who's On First / Mesoshapes (CC0), generalised",
)


def read_districts(path: Path, vintage: Vintage) -> gpd.GeoDataFrame:
    """Read the districts of one vintage, ordered by code."""
    layer = gpd.read_file(path).rename(columns={vintage.code_column: "district"})
    chosen = layer[layer["district"].isin(list(vintage.districts))].sort_values("district")
    if chosen["district"].tolist() != list(vintage.districts):
        raise SystemExit(f"{path.name}: expected the districts {', '.join(vintage.districts)} once each")
    return chosen[["district", "geometry"]].reset_index(drop=True)


def remove_vertices(districts: gpd.GeoDataFrame, size: float) -> gpd.GeoDataFrame:
    """Remove vertices whose triangle with their neighbours is smaller than a square of this size in metres.

    This is the method of Visvalingam and Whyatt (1993). It looks better at small scale than a bound on the
    distance, which is what `geoplan boundaries simplify` gives.
    """
    shapes = districts.geometry.to_numpy()
    south, north = shapely.total_bounds(shapes)[[1, 3]]
    degree = METRES_PER_DEGREE * np.sqrt(np.cos(np.radians((south + north) / 2)))
    simple = shapely.coverage_simplify(shapes, size / degree)
    return districts.set_geometry(gpd.GeoSeries(simple, crs=districts.crs))


def round_coverage(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Round all coordinates; equal vertices stay equal, so shared edges stay shared."""
    rounded = shapely.transform(districts.geometry.to_numpy(), lambda points: np.round(points, DECIMALS))
    rounded = shapely.remove_repeated_points(rounded)
    report = check_coverage(districts.set_geometry(gpd.GeoSeries(rounded, crs=districts.crs)))
    if not report.is_exact:
        raise SystemExit(f"rounding broke the coverage: {report}; use more decimals or a smaller tolerance")
    # A fixed first vertex, then counter-clockwise shells (RFC 7946): the same bytes on every run.
    return districts.set_geometry(
        gpd.GeoSeries(shapely.orient_polygons(shapely.normalize(rounded)), crs=districts.crs)
    )


def write_layer(districts: gpd.GeoDataFrame, vintage: Vintage, folder: Path) -> Path:
    """Write GeoJSON (RFC 7946), one feature a line."""
    lines = [
        json.dumps(_feature(code, shape, vintage), ensure_ascii=False, separators=(",", ":"))
        for code, shape in zip(districts["district"], districts.geometry, strict=True)
    ]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path = folder / vintage.file
    path.write_bytes(text.encode("utf-8"))
    if path.stat().st_size >= LARGEST_FILE:
        raise SystemExit(
            f"{path.name} has {path.stat().st_size:,} bytes; it is to stay below {LARGEST_FILE:,}"
        )
    return path


def _feature(code: str, shape: Any, vintage: Vintage) -> dict[str, Any]:
    district = vintage.districts[code]
    properties = {
        "district": code,
        "name": district.name,
        "name_lo": district.name_lo,
        "aliases": district.aliases,
        **PROVINCE,
        "valid_from": vintage.valid_from,
        "valid_to": vintage.valid_to,
        "source": vintage.source,
    }
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}


def describe(
    full: gpd.GeoDataFrame, small: gpd.GeoDataFrame, changes: Any, vintage: Vintage, path: Path
) -> None:
    """Print the figures that README.md gives."""
    print(f"{path.name}: {path.stat().st_size:,} bytes")
    for change, rows in changes.groupby("change"):
        area = rows["area_m2"]
        print(f"  {change}: {len(rows)}, {area.sum():,.0f} m² in all, largest {area.max():,.1f} m²")
    before, after = full.geometry.to_numpy(), small.geometry.to_numpy()
    moved = geodesic_area(shapely.symmetric_difference(before, after)) / 1e6
    rows = zip(
        small["district"],
        shapely.get_num_coordinates(before),
        shapely.get_num_coordinates(after),
        geodesic_area(before) / 1e6,
        geodesic_area(after) / 1e6,
        moved,
        strict=True,
    )
    for code, full_count, small_count, full_area, small_area, difference in rows:
        counts, areas = f"{full_count:,} → {small_count:,}", f"{full_area:,.1f} → {small_area:,.1f}"
        print(f"  | {code} | {vintage.districts[code].name} | {counts} | {areas} | {difference:.1f} |")
    area, count = geodesic_area(after).sum() / 1e6, shapely.get_num_coordinates(after).sum()
    print(f"  sum {area:,.1f} km², {count:,} vertices")


def compare_outlines(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    """Print how far the outer outlines of two layers differ."""
    first, second = (shapely.coverage_union_all(layer.geometry.to_numpy()) for layer in (one, other))
    only_first, only_second = geodesic_area(np.array([first - second, second - first], dtype=object)) / 1e6
    print(
        f"outlines: {only_first:,.1f} km² only in the first, {only_second:,.1f} km² only in the second, "
        f"symmetric difference {only_first + only_second:,.1f} km²"
    )


def build(source: Path, vintage: Vintage, folder: Path) -> gpd.GeoDataFrame:
    """Make one layer and return it."""
    full = read_districts(source, vintage)
    mended, changes = repair(full)
    small = round_coverage(remove_vertices(mended, SCALE * DRAWABLE))
    path = write_layer(small, vintage, folder)
    describe(full, small, changes, vintage, path)
    return small


def main() -> None:
    """Build both layers."""
    parser = argparse.ArgumentParser(description="Make the two small layers of Bolikhamxay.")
    parser.add_argument("layer_2019", type=Path, help="districts of Laos, 2019, with ADM2_PCODE")
    parser.add_argument("layer_pre2011", type=Path, help="districts of Laos before 2011, with hasc")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path(__file__).parent, help="folder to write to (default: this one)"
    )
    given = parser.parse_args()
    newer = build(given.layer_2019, VINTAGE_2019, given.out)
    older = build(given.layer_pre2011, VINTAGE_2009, given.out)
    compare_outlines(newer, older)


if __name__ == "__main__":
    main()
