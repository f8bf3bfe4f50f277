"""Demand points from a raster of people, on two squares that cut its cells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from rasterio.transform import from_origin

from geoplan.cli import app
from geoplan.planning.siting.gridded_demand import grid_demand

SQUARES = gpd.GeoDataFrame(
    {"district": ["A", "B"], "name": ["Alpha", "Beta"]},
    geometry=[shapely.box(100, 10, 101, 11), shapely.box(101, 10, 102, 11)],
    crs=4326,
)
CELLS = (
    np.arange(1.0, 16).reshape(3, 5) * 10
)  # of 0.4°: the border cuts the third column, the last row by half


def write(path: Path, cells: Any, step: float = 0.4, **more: Any) -> Path:
    cells = np.asarray(cells, "float32")
    with rasterio.open(
        path, "w", driver="GTiff", height=cells.shape[0], width=cells.shape[1], count=1, dtype="float32",
        **{"crs": 4326, "transform": from_origin(100, 11, step, step), **more},
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return path


def test_points_keep_the_sums_of_districts(tmp_path: Path) -> None:
    found = grid_demand(SQUARES, write(tmp_path / "p.tif", CELLS), values="counts")
    assert (found.block, len(found.points)) == (1, 18)
    sums = found.points.groupby("district")["population"].sum()
    # By hand: A has columns 1, 2 and half of 3; rows 1 and 2 whole, row 3 by half.
    assert sums["A"] == pytest.approx(10 + 20 + 15 + 60 + 70 + 40 + (110 + 120 + 65) / 2)
    assert sums.sum() == pytest.approx(CELLS[:2].sum() + CELLS[2].sum() / 2)
    first = found.points.iloc[0]
    assert (first.geometry.x, first.geometry.y) == (pytest.approx(100.2), pytest.approx(10.8))
    outside = CELLS[2].sum() / 2
    assert (
        f"+ {outside:,.1f} outside all districts = 1,200.0; the raster has 1,200.0"
        in found.reconciliations[0]
    )


def test_blocks_become_coarser_until_the_points_are_few(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", CELLS)
    fine, coarse = (grid_demand(SQUARES, path, values="counts", most=most) for most in (100, 8))
    assert (coarse.block, len(coarse.points)) == (2, 8)
    for column in ("district",):
        sums = [found.points.groupby(column)["population"].sum() for found in (fine, coarse)]
        assert sums[0].tolist() == pytest.approx(sums[1].tolist())
    # The first block of A: cells of 10, 20, 60 and 70 people.
    assert coarse.points.geometry.x.iloc[0] == pytest.approx((70 * 100.2 + 90 * 100.6) / 160)
    assert "one for each 2 × 2 cells" in coarse.said[0]


@pytest.mark.parametrize("empty", [0.0, np.nan])
def test_empty_cells_make_no_block_coarser(tmp_path: Path, empty: float) -> None:
    cells = np.full((64, 128), empty)
    cells[1::8, 1::16] = 3.0  # 8 by 8 cells with people
    path = write(tmp_path / "p.tif", cells, step=1 / 64)
    found = [grid_demand(SQUARES, path, values="counts", most=most) for most in (64, 63, 3)]
    assert [(demand.block, len(demand.points)) for demand in found] == [(1, 64), (16, 32), (64, 2)]
    assert {float(demand.points["population"].sum()) for demand in found} == {192.0}


def test_a_point_is_at_the_people_and_without_them_at_the_poor(tmp_path: Path) -> None:
    # Blocks of 2 cells: in the first, people and poor people are in different cells; the second has only poor people.
    people, poor = np.zeros((2, 8)), np.zeros((2, 8))
    people[0, 0], poor[0, 1], poor[0, 6] = 9.0, 4.0, 2.0
    paths = [write(tmp_path / name, cells, step=0.25) for name, cells in (("p.tif", people), ("q.tif", poor))]
    points = grid_demand(SQUARES, paths[0], values="counts", poor=paths[1], most=2).points
    assert points[["population", "poor"]].to_numpy().tolist() == [[9.0, 4.0], [0.0, 2.0]]
    assert points.geometry.x.tolist() == pytest.approx([100.125, 101.625])


def test_poor_people_come_from_a_grid_of_their_own(tmp_path: Path) -> None:
    people = write(tmp_path / "p.tif", CELLS)
    poor = write(tmp_path / "q.tif", np.full((10, 20), 2.0), step=0.1)
    found = grid_demand(SQUARES, people, values="counts", poor=poor)
    assert found.points["poor"].sum() == pytest.approx(400)
    assert found.points["population"].sum() == pytest.approx(CELLS[:2].sum() + CELLS[2].sum() / 2)


def test_longitudes_from_0_to_360_are_turned(tmp_path: Path) -> None:
    west = SQUARES.set_geometry(SQUARES.translate(-270))
    path = write(tmp_path / "p.tif", CELLS, transform=from_origin(190, 11, 0.4, 0.4))
    found = grid_demand(west, path, values="counts")
    assert found.points.geometry.x.between(-170, -168).all()


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "d.geojson").write_text(SQUARES.to_json(), encoding="utf-8")
    (tmp_path / "s.csv").write_text(
        "project,year,kind,amount,currency,lon,lat\nP,2012,budget,5,EUR,100.2,10.8\n", encoding="utf-8"
    )
    (tmp_path / "geoplan.toml").write_text(
        '[districts]\nfile = "d.geojson"\n[spending]\nfile = "s.csv"\n', encoding="utf-8"
    )
    (tmp_path / "c.csv").write_text("name,lon,lat\nwest,100.2,10.6\neast,101.8,10.6\n", encoding="utf-8")
    return tmp_path


def site(plan: Path, *more: object) -> Any:
    arguments = ("site", plan, "--candidates", plan / "c.csv", "--n", 1, "--within", "30km", *more)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_site_serves_the_people_of_a_raster(plan: Path) -> None:
    people = write(plan / "p.tif", CELLS)
    poor = write(plan / "q.tif", np.where(np.arange(5) < 1, 5.0, 0.0) * np.ones((3, 1)))
    raster = ("--population", people, "--values", "counts")
    found = site(plan, *raster, "--poor", poor, "--format", "json")
    assert found.exit_code == 0, found.output
    sections = json.loads(found.stdout)
    # East has more people within 30 km, all poor people are in the west.
    assert [row["name"] for row in sections["sites"]] == ["east"]
    reached = {row["district"]: row["covered_after"] for row in sections["coverage_by_district"]}
    assert reached == {"A": 0, "B": pytest.approx(50 + 100)}
    poor_reached = {row["district"]: row for row in sections["coverage_of_poor_people_by_district"]}
    assert (poor_reached["A"]["weight"], poor_reached["A"]["covered_after"]) == (pytest.approx(12.5), 0)
    assert "the raster has 1,200.0" in found.stderr
    by_poor = json.loads(site(plan, *raster, "--poor", poor, "--weight", "poor", "--format", "json").stdout)
    assert [row["name"] for row in by_poor["sites"]] == ["west"]
    extra = {"coverage_of_people_by_district", "coverage_of_poor_people_by_district"}
    assert extra & set(sections) == {"coverage_of_poor_people_by_district"}
    assert extra & set(by_poor) == {"coverage_of_people_by_district"}


def test_what_gridded_demand_needs_is_said(plan: Path) -> None:
    raster = ("--population", write(plan / "p.tif", CELLS))
    for arguments, said in (
        ((), "either --demand FILE or --population FILE.tif"),
        ((*raster, "--demand", plan / "c.csv"), "either --demand FILE or --population FILE.tif"),
        (raster, "choose the values, counts or per-km2"),
        ((*raster, "--values", "counts", "--weight", "poor"), "--weight poor needs --poor FILE.tif"),
        ((*raster, "--weight", "height"), "--weight is population or poor"),
        ((*raster, "--costs", plan / "c.csv"), "--costs needs --demand FILE"),
        (("--demand", plan / "c.csv", "--values", "counts"), "need --population FILE.tif"),
    ):
        refused = site(plan, *arguments)
        assert (refused.exit_code, said in refused.output) == (2, True), (arguments, refused.output)
