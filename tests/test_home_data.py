"""The bundled home case and its boundaries hold what their READMEs say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

ROOT = Path(__file__).resolve().parents[1]
BOUNDARIES = ROOT / "data" / "boundaries"
PLAN = ROOT / "data" / "bolikhamxay"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

LAYERS = {"bolikhamxay_2019.geojson": 7, "bolikhamxay_2009.geojson": 6}
PROPERTIES = [
    "district",
    "name",
    "name_lo",
    "aliases",
    "province",
    "province_name",
    "province_aliases",
    "valid_from",
    "valid_to",
    "source",
]
SPELLINGS = {
    "Paksan": "Pakxane Paksane Paksan Pakxan Pakxanh Pak_Sanh Muang_Pakxan ປາກຊັນ",
    "Thaphabath": "Thaphabath Thaphabat Tha_Phabak ທ່າພະບາດ",
    "Pakkading": "Pakkading Pak_Kading ປາກກະດິງ",
    "Bolikhan": "Bolikhanh Bolikhan Borikhan Borikhane Borikane Borikham Bo_lykhanh ບໍລິຄັນ",
    "Khamkeut": "Khamkeuth Khamkeut Khamkheuth Khamkeud Khamkuet Kham_kirth ຄຳເກີດ",
    "Viengthong": "Viengthong Viangthong Vieng_Thong ວຽງທອງ",
    "Xaychamphone": "Xaychamphone Xaichamphon ໄຊຈຳພອນ",
}


def test_the_layers_around_are_the_ones_the_readme_counts() -> None:
    counts = {"around_provinces.geojson": 15, "around_rivers.geojson": 10, "around_towns.geojson": 20}
    readme = (BOUNDARIES / "README.md").read_text(encoding="utf-8")
    for name, count in counts.items():
        layer = read_layer(name)
        assert len(layer) == count
        assert layer.is_valid.all() and layer["name"].notna().all()
        assert f"| `{name}` | {count} " in readme
        assert (BOUNDARIES / name).stat().st_size < 20_000


def read_layer(name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(BOUNDARIES / name)


def read_table(name: str) -> pd.DataFrame:
    return pd.read_csv(PLAN / name, dtype=str, keep_default_na=False)


def shapes_of_locations() -> gpd.GeoDataFrame:
    locations = read_table("locations.csv")
    placed = locations[locations["geometry"] != ""]
    return gpd.GeoDataFrame(placed, geometry=gpd.GeoSeries.from_wkt(placed["geometry"]), crs="EPSG:4326")


@pytest.mark.parametrize(("name", "count"), LAYERS.items())
class TestLayer:
    def test_is_an_exact_coverage_without_gaps(self, name: str, count: int) -> None:
        shapes = read_layer(name).geometry.to_numpy()
        assert len(shapes) == count
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        outline = shapely.coverage_union_all(shapes)
        assert outline.geom_type == "Polygon"
        assert not outline.interiors
        assert outline.area == pytest.approx(shapely.area(shapes).sum(), rel=1e-12)

    def test_is_small_and_rounded(self, name: str, count: int) -> None:
        assert (BOUNDARIES / name).stat().st_size < 60_000
        points = shapely.get_coordinates(read_layer(name).geometry.to_numpy())
        np.testing.assert_array_equal(points, np.round(points, 4))

    def test_follows_rfc_7946(self, name: str, count: int) -> None:
        layer = read_layer(name)
        parts = shapely.get_parts(layer.geometry.to_numpy())
        assert shapely.is_ccw(shapely.get_exterior_ring(parts)).all()
        west, south, east, north = layer.total_bounds
        assert 102 < west < east < 106
        assert 17 < south < north < 20
        assert "crs" not in json.loads((BOUNDARIES / name).read_text("utf-8"))

    def test_has_one_feature_a_line_with_its_properties_in_order(self, name: str, count: int) -> None:
        lines = (BOUNDARIES / name).read_text("utf-8").splitlines()
        features = [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"type":"Feature",')]
        assert len(features) == count
        assert all(list(feature["properties"]) == PROPERTIES for feature in features)
        codes = [feature["properties"]["district"] for feature in features]
        assert codes == sorted(set(codes))

    def test_knows_every_spelling_and_leads_to_one_district(self, name: str, count: int) -> None:
        owners: dict[str, set[str]] = {}
        for row in read_layer(name).to_dict("records"):
            known = {row["name"], row["name_lo"], *row["aliases"].split("|")}
            assert set(SPELLINGS[row["name"]].replace("_", "\0").split()) <= {
                each.replace(" ", "\0") for each in known
            }
            assert all(alias == alias.strip() != "" for alias in known)
            for each in known:
                owners.setdefault(each, set()).add(row["district"])
        assert all(len(codes) == 1 for codes in owners.values())


def test_vintages_share_names_and_province_and_do_not_overlap_in_time() -> None:
    newer, older = (read_layer(name).set_index("name") for name in LAYERS)
    assert set(newer.index) - set(older.index) == {"Xaychamphone"}
    assert set(older.index) < set(newer.index)
    same = ["name_lo", "aliases", "province", "province_name", "province_aliases"]
    pd.testing.assert_frame_equal(pd.DataFrame(newer.loc[older.index, same]), pd.DataFrame(older[same]))
    assert (pd.to_datetime(older["valid_to"]) < pd.to_datetime(newer["valid_from"].iloc[0])).all()
    assert older["valid_from"].isna().all()
    assert newer["valid_to"].isna().all()


def test_budget_adds_up_by_funder_to_the_cent() -> None:
    spending = read_table("spending.csv")
    assert spending["amount"].str.fullmatch(r"\d+\.\d\d").all()
    totals = (
        spending.assign(amount=spending["amount"].map(Decimal)).groupby("funder")["amount"].sum().to_dict()
    )
    assert totals == {"Luxembourg": Decimal("7600000.00"), "Local contribution": Decimal("600000.00")}
    assert set(spending["kind"]) == {"budget"}
    assert set(spending["currency"]) == {"EUR"}
    assert spending["year"].astype(int).between(2009, 2016).all()
    assert spending["component"].str[0].isin(list("123")).all()
    assert spending["component"].nunique() == 3


def test_projects_are_the_same_in_all_tables() -> None:
    projects, locations, spending = (
        read_table(f"{name}.csv") for name in ("projects", "locations", "spending")
    )
    assert projects["project"].is_unique
    assert set(spending["project"]) == set(projects["project"])
    assert set(projects["project"]) - set(locations["project"]) == {"P03"}
    of_project = projects.set_index("project")["component"]
    assert (spending["component"] == spending["project"].map(of_project)).all()
    assert projects["start"].min() == "2009-10-01"
    assert projects["end"].max() == "2016-06-30"
    for row in projects.to_dict("records"):
        years = spending.loc[spending["project"] == row["project"], "year"]
        assert row["start"][:4] == years.min()
        assert row["end"][:4] == years.max()


@pytest.mark.parametrize(
    "name", ["projects.csv", "locations.csv", "spending.csv", "profile.csv", "profile_2009.csv"]
)
def test_every_row_says_whether_it_is_illustrative(name: str) -> None:
    table = read_table(name)
    assert set(table["illustrative"]) <= {"yes", "no"}
    assert (PLAN / name).read_bytes().count(b"\r") == 0
    if name != "projects.csv":
        assert (table["source"] != "").all()


@pytest.mark.parametrize("name", LAYERS)
def test_every_district_has_a_site(name: str) -> None:
    layer, shapes = read_layer(name), shapes_of_locations()
    points = shapes[shapes.geom_type == "Point"]
    joined = points[["geometry"]].sjoin(layer[["district", "geometry"]], predicate="within")
    assert len(joined) == len(points)
    assert set(joined["district"]) == set(layer["district"])


@pytest.mark.parametrize("name", LAYERS)
def test_roads_and_the_irrigation_area_cross_borders_and_stay_inside(name: str) -> None:
    layer, shapes = read_layer(name), shapes_of_locations().set_index("project").geometry
    outline = layer.union_all()
    for project, kind in (("P09", "LineString"), ("P10", "LineString"), ("P11", "Polygon")):
        shape = shapes[project]
        assert shape.geom_type == kind
        assert shape.is_valid
        assert outline.contains(shape)
    assert layer.intersects(shapes["P09"]).sum() == 3
    assert layer.intersects(shapes["P11"]).sum() == 2
    assert layer.intersects(shapes["P10"]).sum() == (2 if "2019" in name else 1)


def test_locations_follow_the_rules_they_show() -> None:
    locations = read_table("locations.csv")
    assert not locations.duplicated(["project", "location"]).any()
    whole = locations[locations["precision"] == "4"]
    assert whole[["project", "name", "geometry", "district"]].to_numpy().tolist() == [
        ["P01", "Bolikhamxay", "", ""]
    ]
    for _, rows in locations.groupby("project"):
        shares = [Decimal(share) for share in rows["share"] if share]
        assert not shares or (len(shares) == len(rows) and sum(shares) == 1)
    codes = set(read_layer("bolikhamxay_2019.geojson")["district"])
    given = set(locations["district"]) - {""}
    assert given & codes == {"LA1105", "LA1107"}


@pytest.mark.parametrize(
    ("table", "layer"),
    [("profile.csv", "bolikhamxay_2019.geojson"), ("profile_2009.csv", "bolikhamxay_2009.geojson")],
)
def test_profile_adds_up_to_the_census(table: str, layer: str) -> None:
    profile, districts = read_table(table), read_layer(layer)
    profile["population"] = profile["population"].astype(int)
    assert profile.groupby("year")["population"].sum().to_dict() == {"2005": 225_301, "2015": 273_691}
    for _, rows in profile.groupby("year"):
        assert rows["district"].tolist() == districts["district"].tolist()
    rated = profile[profile["poverty_rate"] != ""]
    expected = rated["population"] * rated["poverty_rate"].astype(float)
    assert (rated["poor"].astype(int) - expected).abs().max() <= 0.5
    names = districts.set_index("district")["name"]
    rich = {"Paksan", "Pakkading", "Thaphabath"}
    wanted = (
        profile["district"].map(names).map(lambda name: "more developed" if name in rich else "very poor")
    )
    assert (profile["poverty_class"] == wanted).all()


def test_boundaries_rebuild_to_the_same_bytes(tmp_path: Path) -> None:
    inputs = [SHARED / "laos" / name for name in ("lao_districts_2019.gpkg", "lao_districts_pre2011.gpkg")]
    if not all(path.is_file() for path in inputs):
        pytest.skip("the national layers (../shared/data/laos) are not here")
    script = BOUNDARIES / "generalise.py"
    call = [sys.executable, str(script), *map(str, inputs), "--out", str(tmp_path)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True, env=_with_package())
    for name in LAYERS:
        assert (tmp_path / name).read_bytes() == (BOUNDARIES / name).read_bytes()
    readme = (BOUNDARIES / "README.md").read_text("utf-8")
    figures = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith("|")]
    assert len(figures) == sum(LAYERS.values())
    assert [line for line in figures if line not in readme] == []


def _with_package() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
