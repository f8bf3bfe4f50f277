"""Commands about boundary layers, as a planner types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner, Result

from geoplan.cli import app

A, B = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write(path: Path, header: str = "district", **shapes: Any) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {header: code, "extra": 1},
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for code, shape in shapes.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_column_names_the_code(tmp_path: Path) -> None:
    path = write(tmp_path / "d.geojson", "Label of area", A=A, B=B)
    assert run("boundaries", "check", path, "--column", "district=Label of area").exit_code == 0
    missing = run("boundaries", "check", path, "--column", "district=Label of are")
    assert missing.exit_code != 0
    assert "--column district=HEADER" in missing.output


def test_a_plan_in_pieces_that_so_far_has_only_districts_is_checked(tmp_path: Path) -> None:
    # A wavy border; one piece of the layer was published in metres.
    wave = [(1 + y % 3 / 70, y / 12) for y in range(13)]
    for code, x, crs in (("A", 0, 4326), ("B", 2, 32631)):
        piece = gpd.GeoSeries([shapely.Polygon([*wave, (x, 1), (x, 0)])], crs=4326).to_crs(crs)
        gpd.GeoDataFrame({"district": [code]}, geometry=piece).to_file(tmp_path / f"{code}.gpkg")
    (tmp_path / "geoplan.toml").write_text('[districts]\nfile = "*.gpkg"\n', encoding="utf-8")
    result = run("boundaries", "check", tmp_path)
    assert (result.exit_code, "rounding" in result.output) == (0, True)
    simple = run("boundaries", "simplify", tmp_path, "--tolerance", 10, "-o", tmp_path / "simple.geojson")
    assert simple.exit_code == 0, simple.output


@pytest.mark.parametrize("pair", ["district", "=x", "district=", ""])
def test_a_column_is_a_pair(tmp_path: Path, pair: str) -> None:
    result = run("boundaries", "check", write(tmp_path / "d.geojson", A=A), "--column", pair)
    assert result.exit_code == 2
    assert "NAME=HEADER" in result.output


def test_a_plan_stands_for_its_districts(tmp_path: Path) -> None:
    write(tmp_path / "d.geojson", "label", A=A, B=B)
    (tmp_path / "geoplan.toml").write_text(
        '[districts]\nfile = "d.geojson"\n[districts.columns]\ndistrict = "label"\n'
        '[locations]\nfile = "l.csv"\n[spending]\nfile = "s.csv"\n',
        encoding="utf-8",
    )
    for plan in (tmp_path, tmp_path / "geoplan.toml"):
        result = run("boundaries", "check", plan)
        assert result.exit_code == 0
        assert "one exact coverage" in result.output


def test_repair_lists_changes_and_its_output_opens_again(tmp_path: Path) -> None:
    path = write(tmp_path / "d.geojson", A=A, B=A, C=shapely.box(0.5, 0.5, 0.6, 0.6), D=None)
    refused = run("boundaries", "repair", path, "-o", tmp_path / "r.gpkg")
    assert refused.exit_code != 0
    assert "--empty leave-out" in refused.output
    assert not (tmp_path / "r.gpkg").exists()
    result = run("boundaries", "repair", path, "--empty", "leave-out", "-o", tmp_path / "r.gpkg")
    assert result.exit_code == 0
    assert "'B' has no area left and is not in r.gpkg" in result.output
    assert "Districts whose area changes by more than 0.1 %" in result.output
    repaired = gpd.read_file(tmp_path / "r.gpkg")
    assert repaired["district"].tolist() == ["A", "C"]
    again = run("boundaries", "check", tmp_path / "r.gpkg")
    assert (again.exit_code, "one exact coverage" in again.output) == (0, True)


def test_repair_makes_one_district_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "d.geojson"
    crossing = shapely.Polygon([(4, 0), (5, 1), (5, 0), (4, 1)])
    layer = gpd.GeoDataFrame(
        {"code": ["X", "Y", "X", "Y", "X"], "name": ["Isles", None, "Isles", None, "Isles"]},
        geometry=[A, B, shapely.box(0, 2, 1, 3), crossing, A], crs=4326,
    )  # fmt: skip
    layer.to_file(path)
    result = run("boundaries", "repair", path, "-o", tmp_path / "r.gpkg")
    assert result.exit_code == 0, result.output
    assert "'X': 3 rows are one district" in result.stderr and "made valid" in result.output
    repaired = gpd.read_file(tmp_path / "r.gpkg").set_index("district")
    assert dict(zip(repaired.index, shapely.area(repaired.geometry), strict=True)) == {"X": 2, "Y": 1.5}
    assert run("districts", tmp_path / "r.gpkg").exit_code == 0
    layer.assign(name=["a", "b", "a", "c", "a"]).to_file(path)
    refused = run("boundaries", "repair", path, "-o", tmp_path / "n.gpkg")
    assert "rows 2, 4, column 'district': districts with different names have the same code: 'Y (b)', 'Y (c)'" in refused.output  # fmt: skip
    assert not (tmp_path / "n.gpkg").exists()


def test_columns_that_could_be_the_code_are_named(tmp_path: Path) -> None:
    path = tmp_path / "d.geojson"
    layer = {"code_a": ["1", "2"], "code_b": ["7", "8"], "area": [3, 4], "label": ["x y", "x y"]}
    gpd.GeoDataFrame(layer, geometry=[A, B], crs=4326).to_file(path)
    refused = run("boundaries", "check", path)
    assert "these columns could be the code: 'code_a', 'code_b'; " in refused.output
    assert run("boundaries", "check", path, "--column", "district=code_b").exit_code == 0


def test_one_change_is_one_change(tmp_path: Path) -> None:
    path = write(tmp_path / "d.geojson", A=A, B=shapely.box(0.9, 0, 2, 1))
    result = run("boundaries", "repair", path, "-o", tmp_path / "r.gpkg")
    assert "r.gpkg: 1 change\n" in result.output


def test_a_layer_in_pieces_is_one_layer(tmp_path: Path) -> None:
    write(tmp_path / "west.json", A=A)
    write(tmp_path / "east.json", B=B)
    result = run("boundaries", "check", tmp_path / "*.json")
    assert result.exit_code == 0
    assert "2 files are read as one layer" in result.output
    write(tmp_path / "north.json", A=shapely.box(0, 1, 1, 2))
    listed = run("districts", tmp_path / "*.json")
    assert listed.exit_code != 0
    assert "north.json, row 1, column 'district': district must be unique" in listed.output
    assert "west.json, row 1, column 'district': district must be unique" in listed.output


def test_a_pattern_finds_shapefiles_once_and_one_without_its_index_is_said(tmp_path: Path) -> None:
    write(tmp_path / "p_west.geojson", A=A)
    gpd.GeoDataFrame({"district": ["B"]}, geometry=[B], crs=4326).to_file(tmp_path / "p_east.shp")
    (tmp_path / "p_east.shp.xml").write_text("<metadata/>")
    (tmp_path / "p_east.sbn").write_bytes(b"index")
    result = run("boundaries", "check", tmp_path / "p_*")
    assert (result.exit_code, "2 files are read as one layer" in result.output) == (0, True)
    (tmp_path / "p_east.shx").unlink()
    refused = run("boundaries", "check", tmp_path / "p_east.shp")
    assert "p_east.shp: the .shx file of the Shapefile is missing" in refused.output


def test_rows_with_the_same_code_are_one_district_of_a_crosswalk(tmp_path: Path) -> None:
    shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 4, 1), shapely.box(4, 0, 5, 1)]
    old = tmp_path / "old.geojson"
    gpd.GeoDataFrame({"hasc": ["X", "X", "Y"], "name": ["West", "East", None], "wof": ["7", "8", "9"]}, geometry=shapes, crs=4326).to_file(old)  # fmt: skip
    new = write(tmp_path / "new.geojson", N=shapes[0], O=shapely.box(1, 0, 5, 1))
    result = run("crosswalk", old, new, "--format", "json")
    assert result.exit_code == 0
    assert "old.geojson: 'X' is the code of 2 rows ('West', 'East'), taken as one district" in result.stderr
    weights = {(row["old"], row["new"]): row["weight"] for row in json.loads(result.stdout)}
    # Long edges along a parallel are geodesics, so areas are not quite those of the drawing.
    assert weights == pytest.approx({("X", "N"): 0.25, ("X", "O"): 0.75, ("Y", "O"): 1}, abs=1e-4)
    # Anywhere else they are an error, which names the column that could be the code.
    refused = run("districts", old).output
    assert "district must be unique: 'X'" in refused
    assert 'read another column as the code: district = "wof"' in refused


def test_crosswalk_names_columns_for_each_layer_and_what_to_decide(tmp_path: Path) -> None:
    old = write(tmp_path / "old.geojson", "before", A=A, I=shapely.box(9, 0, 10, 1))
    new = write(tmp_path / "new.geojson", "now", N=shapely.box(0, 0, 0.5, 1))
    result = run(
        "crosswalk", old, new, "--column", "old.district=before", "--column", "new.district=now",
        "--format", "csv",
    )  # fmt: skip
    assert result.exit_code == 0
    assert "A,,N,,1" in result.stdout.replace(".0", "")
    assert "1 district in no new district: 'I'" in result.output
    assert "50% of 'A' lies in no new district" in result.output


def test_a_good_layer_with_a_lake_passes(tmp_path: Path) -> None:
    lake = shapely.box(0.4, 0.4, 0.6, 0.6)
    path = write(tmp_path / "d.geojson", A=shapely.difference(shapely.union(A, B), lake))
    assert run("boundaries", "check", path).exit_code == 1
    water = write(tmp_path / "water.geojson", L=lake)
    for accepted in (("--water", water), ("--accept-gap", "0.5,0.5")):
        result = run("boundaries", "check", path, *accepted)
        assert (result.exit_code, "1 accepted gap" in result.output) == (0, True)
    river = write(tmp_path / "river.geojson", R=shapely.LineString([(0, 0), (1, 1)]))
    lines = run("boundaries", "check", path, "--water", river)
    assert (lines.exit_code, "the layer of water has no areas" in lines.output) == (1, True)
    wrong = run("boundaries", "check", path, "--accept-gap", "0.5")
    assert (wrong.exit_code, "LON,LAT" in wrong.output) == (2, True)


def plan_of_two_vintages(folder: Path) -> Path:
    """A plan with a lake in its own districts, and a small gap in those of 1990."""
    lake = shapely.box(0.4, 0.4, 0.6, 0.6)
    write(folder / "now.geojson", A=shapely.difference(shapely.union(A, B), lake))
    write(folder / "before.geojson", A=A, B=shapely.difference(B, shapely.box(1.4, 0.4, 1.401, 0.401)))
    write(folder / "lakes.geojson", L=lake)
    (folder / "geoplan.toml").write_text(
        '[districts]\nfile = "now.geojson"\nwater = "lakes.geojson"\nvintage = "now"\n'
        '[vintages.1990.districts]\nfile = "before.geojson"\naccepted_gaps = [[1.4005, 0.4005]]\n'
        '[spending]\nfile = "s.csv"\n',
        encoding="utf-8",
    )
    (folder / "s.csv").write_text(
        "project,district,year,kind,amount,currency\nP1,A,2012,budget,5,EUR\n", encoding="utf-8"
    )
    return folder


def test_a_plan_says_which_gaps_are_right(tmp_path: Path) -> None:
    plan = plan_of_two_vintages(tmp_path)
    for vintage in ("now", "1990"):
        checked = run("boundaries", "check", plan, "--vintage", vintage)
        assert (checked.exit_code, "1 accepted gap" in checked.output) == (0, True)
    assert "gap" not in run("check", plan).stdout.split("warning")[1].split("\n\n")[0]
    repaired = run("boundaries", "repair", plan, "--vintage", "1990", "-o", tmp_path / "r.gpkg")
    assert "gap left" in repaired.output
    for line, lost in (("water", "1 gap"), ("accepted_gaps", "1 gap")):
        text = (plan / "geoplan.toml").read_text(encoding="utf-8")
        kept = "\n".join(row for row in text.splitlines() if not row.startswith(line))
        (plan / "other.toml").write_text(kept, encoding="utf-8")
        vintage = "now" if line == "water" else "1990"
        assert lost in run("boundaries", "check", plan / "other.toml", "--vintage", vintage).output


def test_vintages_of_a_plan_are_chosen(tmp_path: Path) -> None:
    plan = plan_of_two_vintages(tmp_path)
    weights = run("crosswalk", plan, plan, "--vintage", "old=1990", "--format", "csv")
    assert [line.split(",")[0] for line in weights.stdout.splitlines()] == ["old", "A", "B"]
    for arguments, said in (
        (["boundaries", "check", plan, "--vintage", "1980"], "its vintages are 'now', '1990'"),
        (["boundaries", "check", plan / "now.geojson", "--vintage", "1990"], "is a layer"),
        (["crosswalk", plan, plan, "--vintage", "1990"], "--vintage must be old=NAME or new=NAME"),
        (["crosswalk", plan, plan, "--vintage", "old=now", "--vintage", "old=1990"], "once each"),
    ):
        refused = run(*arguments)
        assert (refused.exit_code, said in refused.output) == (2, True)


def test_the_list_of_changes_has_a_threshold(tmp_path: Path) -> None:
    # B loses 0.1 of its 1.1: 9 %; A keeps its area.
    path = write(tmp_path / "d.geojson", A=A, B=shapely.box(0.9, 0, 2, 1))
    for percent, listed in (("5", True), ("10", False)):
        result = run("boundaries", "repair", path, "--list-changes", percent, "-o", tmp_path / "r.gpkg")
        assert (f"more than {percent} %" in result.output) is listed
    bumpy = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0.5, 1.0005), (0, 1)])
    path = write(tmp_path / "s.geojson", A=bumpy)
    for percent, listed in (("0.01", True), ("0.1", False)):
        result = run(
            "boundaries", "simplify", path, "--tolerance", 200, "--list-changes", percent,
            "-o", tmp_path / "s.gpkg",
        )  # fmt: skip
        assert (f"more than {percent} %" in result.output) is listed


def test_single_tables_leave_empty_shapes_out(tmp_path: Path) -> None:
    path = write(tmp_path / "d.geojson", A=A, B=None)
    spending = tmp_path / "s.csv"
    spending.write_text(
        "project,district,year,kind,amount,currency\nP1,A,2012,budget,5,EUR\n", encoding="utf-8"
    )
    tables = ("--districts", path, "--spending", spending, "--locations", spending)
    assert "empty" in run("summary", *tables).output
    assert run("summary", *tables).exit_code == 1
    left = run("summary", *tables, "--empty", "leave-out")
    assert (left.exit_code, "'B'" in left.output) == (0, True)
    plan = run("summary", "--empty", "leave-out")
    assert (plan.exit_code, "--empty needs --districts" in plan.output) == (2, True)


def test_a_crosswalk_is_weighted_by_people_of_a_raster(tmp_path: Path) -> None:
    import numpy as np
    import rasterio
    from rasterio.transform import Affine

    old = write(tmp_path / "old.geojson", O=shapely.box(0, 0, 2, 1))
    new = write(tmp_path / "new.geojson", N=A, M=shapely.box(1, 0, 1.75, 1))
    # Cells of half a degree: 10 people in N, and 30 in the column that M has half of.
    cells = np.array([[5, 0, 0, 30], [5, 0, 0, 0]], dtype="float32")
    with rasterio.open(
        tmp_path / "p.tif", "w", driver="GTiff", width=4, height=2, count=1, dtype="float32", crs=4326,
        transform=Affine(0.5, 0, 0, 0, -0.5, 1),
    ) as file:  # fmt: skip
        file.write(cells, 1)
    result = run("crosswalk", old, new, "--population", tmp_path / "p.tif", "--format", "json")
    assert result.exit_code == 0, result.output
    rows = {row["new"]: row for row in json.loads(result.stdout)}
    # 10 in N, 15 in M, 15 in neither.
    assert rows["N"]["weight"] == pytest.approx(10 / 25) and rows["M"]["weight"] == pytest.approx(15 / 25)
    assert rows["N"]["left_out"] == pytest.approx(15 / 40) and rows["N"]["basis"] == "people"
    both = run("crosswalk", old, new, "--population", tmp_path / "p.tif", "--points", old)
    assert (both.exit_code, "either --points or --population" in both.output) == (2, True)
    cells[0, 0] = -9999
    with rasterio.open(tmp_path / "p.tif", "r+") as file:
        file.write(cells, 1)
    assert "-9999" in run("crosswalk", old, new, "--population", tmp_path / "p.tif").output
    with rasterio.open(
        tmp_path / "west.tif", "w", driver="GTiff", width=2, height=2, count=1, dtype="float32", crs=4326,
        transform=Affine(0.5, 0, 0, 0, -0.5, 1),
    ) as file:  # fmt: skip
        file.write(np.full((2, 2), 5, dtype="float32"), 1)
    partly = run("crosswalk", old, new, "--population", tmp_path / "west.tif", "--format", "json")
    assert "west.tif covers 50% of 'O', which is weighted by area instead" in partly.stderr
    assert {row["basis"] for row in json.loads(partly.stdout)} == {"area"}


def test_all_missing_files_of_a_crosswalk_are_listed(tmp_path: Path) -> None:
    names = ("old.shp", "new.gpkg", "people.tif")
    old, new, people = (tmp_path / name for name in names)
    said = run("crosswalk", old, new, "--population", people).stderr
    assert "3 problems" in said and all(f"{name}: file not found" in said for name in names)
