"""Travel times in gaps and site, as a planner types them."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from click.testing import CliRunner, Result

from geoplan.cli import app
from geoplan.cli.travel_options import TravelFiles

from ..conftest import page_text


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def layer(path: Path, *features: tuple[dict[str, Any], Any]) -> Path:
    listed = [
        {"type": "Feature", "properties": about, "geometry": shapely.geometry.mapping(shape)}
        for about, shape in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed}), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plan on the equator: one project at the western end of a road of 0.3° (33.4 km) at 60 km/h."""
    layer(
        tmp_path / "d.geojson",
        ({"district": "W", "name": "West"}, shapely.box(-0.01, -0.1, 0.15, 0.1)),
        ({"district": "E", "name": "East"}, shapely.box(0.15, -0.1, 0.4, 0.1)),
    )
    layer(tmp_path / "roads.geojson", ({"highway": "main"}, shapely.LineString([(0, 0), (0.3, 0)])))
    layer(
        tmp_path / "villages.geojson",
        *(({"name": name, "code": name}, shapely.Point(x, 0)) for name, x in (("near", 0.1), ("far", 0.2), ("end", 0.3))),
        ({"name": "lost", "code": "lost"}, shapely.Point(0.39, 0)),
    )  # fmt: skip
    (tmp_path / "s.csv").write_text(
        "class,kmh,source,year\nmain,60,toy,2015\nwalking,5,toy,2015\n", encoding="utf-8"
    )
    (tmp_path / "spending.csv").write_text(
        "project,year,kind,amount,currency,lon,lat\nP1,2012,budget,5,EUR,0,0\n", encoding="utf-8"
    )
    (tmp_path / "profile.csv").write_text(
        "district,year,population,poor,poverty_class\nW,2012,100,10,better off\nE,2012,100,50,very poor\n", encoding="utf-8"
    )  # fmt: skip
    (tmp_path / "geoplan.toml").write_text(
        '[districts]\nfile = "d.geojson"\n[profile]\nfile = "profile.csv"\n[spending]\nfile = "spending.csv"\n',
        encoding="utf-8",
    )
    return tmp_path


def test_gaps_counts_villages_by_minutes(folder: Path) -> None:
    travel = ("--travel", folder / "roads.geojson", "--speeds", folder / "s.csv")
    found = run(
        "gaps",
        folder,
        "--points",
        folder / "villages.geojson",
        "--reach",
        "23min",
        *travel,
        "--format",
        "json",
    )
    assert found.exit_code == 0, found.output
    sections = json.loads(found.stdout)
    listed = {row["district"]: row for row in sections["coverage"]}
    # 11.1, 22.3 and 33.4 minutes; "lost" has no road within 5 km.
    assert (listed["W"]["reached"], listed["E"]["points"], listed["E"]["reached"]) == (1, 3, 1)
    assert listed["E"]["reached_20_percent_slower"] == 0  # 22.3 ÷ 0.8 = 27.8
    assert listed["E"]["no_way"] == 2  # beyond 1.2 × 23 minutes, or without a road
    (poor,) = [row for row in sections["coverage_by_class"] if row["poverty_class"] == "very poor"]
    assert poor["reached"] == 1
    assert "1 of 4 points have no road within 5 km" in found.output
    assert "main 60" in found.output and "toy, 2015" in found.output


def test_site_covers_villages_by_minutes(folder: Path) -> None:
    villages = folder / "villages.geojson"
    travel = ("--travel", folder / "roads.geojson", "--speeds", folder / "s.csv")
    found = run(
        "site", folder, "--demand", villages, "--candidates", villages, "--n", 1, "--within", "12min", *travel
    )
    assert found.exit_code == 0, found.output
    # "far" reaches "near" and "end" in 11.1 minutes each; "lost" only itself.
    assert "covered at the speeds given: 3 of 4; at 20 % less: 1; at 20 % more: 3" in found.output
    assert "min" in found.output


@pytest.fixture
def friction(folder: Path) -> tuple[object, ...]:
    """A minute for each kilometre, as the road has."""
    import rasterio

    profile = {"driver": "GTiff", "width": 45, "height": 20, "count": 1, "dtype": "float32", "crs": 4326}
    transform = rasterio.transform.from_origin(-0.05, 0.1, 0.01, 0.01)
    with rasterio.open(folder / "f.tif", "w", transform=transform, **profile) as file:
        file.write(np.full((20, 45), 0.001, "float32"), 1)
    return ("--friction", folder / "f.tif", "--friction-unit", "min/m", "--friction-mode", "motorised")


def test_gaps_and_site_measure_minutes_over_friction(folder: Path, friction: tuple[object, ...]) -> None:
    villages = folder / "villages.geojson"
    arguments = ("gaps", folder, "--points", villages, "--reach", "23min", *friction, "--format", "json")
    found = run(*arguments)
    assert found.exit_code == 0, found.output
    sections = json.loads(found.stdout)
    listed = {row["district"]: row for row in sections["coverage"]}
    # 11.1, 22.3, 33.4 and 43.4 minutes.
    assert (listed["W"]["reached"], listed["E"]["points"], listed["E"]["reached"]) == (1, 3, 1)
    assert "f.tif, motorised, min/m, cells of 1,113 × 1,106 m" in found.stderr
    assert "up to 8% too long" in found.stderr
    layer(folder / "river.geojson", ({"name": "river"}, shapely.LineString([(0.15, -0.2), (0.15, 0.2)])))
    layer(folder / "bridges.geojson", ({"name": "old bridge"}, shapely.Point(0.15, 0.004)))
    walled = json.loads(run(*arguments, "--barriers", folder / "river.geojson").stdout)
    assert {row["district"]: row["no_way"] for row in walled["coverage"]} == {"W": 0, "E": 3}
    bridged = run(
        *arguments, "--barriers", folder / "river.geojson", "--crossings", folder / "bridges.geojson"
    )
    assert json.loads(bridged.stdout)["coverage"] == sections["coverage"]
    assert "crossings: 1 (old bridge)" in bridged.stderr
    sited = run(
        "site",
        folder,
        "--demand",
        villages,
        "--candidates",
        villages,
        "--n",
        1,
        "--within",
        "12min",
        *friction,
    )
    assert sited.exit_code == 0, sited.output
    # Unlike over roads, "lost" reaches "end" in 10 minutes: "end" covers "far", itself and "lost".
    assert "covered at the speeds given: 3 of 4" in sited.output


@pytest.mark.parametrize("model", [("--n", 2), ("--n", 1, "--within", "12min"), ("--within", "12min")])
def test_each_model_of_siting_counts_the_minutes_that_its_output_covers(
    folder: Path, friction: tuple[object, ...], model: tuple[object, ...]
) -> None:
    villages = folder / "villages.geojson"
    asked = ("site", folder, "--demand", villages, "--candidates", villages, *friction, "--format", "json")
    found = run(*asked, *model, *(() if "--within" in model else ("--p-median",)))
    assert found.exit_code == 0, found.output
    sections = json.loads(found.stdout)
    sites = [row["name"] for row in sections["sites"]]
    (east,) = [row for row in sections["coverage_by_district"] if row["district"] == "E"]
    # Steps of 10 cells of 1.113 km take 11.1 minutes; "lost" is 9 cells (10.0 minutes) from "end".
    if model == ("--n", 2):
        # "near" goes to "far" and "lost" to "end"; notes stand beside JSON: (11.1 + 0 + 0 + 10) ÷ 4.
        assert "Average time to the nearest site: 5.3 min" in found.stderr
        assert sites == ["end", "far"] and east["mean_cost_after"] == pytest.approx(10.02 / 3, abs=0.01)
    else:
        assert east["covered_after"] == 3 and sites[0] == "end"
        assert len(sites) == (1 if "--n" in model else 2)


def test_a_village_without_a_way_is_named_by_the_p_median(folder: Path, friction: tuple[object, ...]) -> None:
    layer(folder / "river.geojson", ({"name": "river"}, shapely.LineString([(0.15, -0.2), (0.15, 0.2)])))
    layer(folder / "west.geojson", ({"name": "near", "code": "near"}, shapely.Point(0.1, 0)))
    refused = run("site", folder, "--demand", folder / "villages.geojson", "--candidates", folder / "west.geojson",
                  "--n", 1, "--p-median", *friction, "--barriers", folder / "river.geojson")  # fmt: skip
    assert refused.exit_code == 1, refused.output
    assert (
        "demand, rows 2, 3, 4: points without a way to any candidate: 'far', 'end', 'lost'" in refused.stderr
    )
    assert "leave these points out" in refused.stderr


@pytest.mark.parametrize("over", ["roads", "friction"])
def test_gaps_counts_people_of_a_raster_by_minutes(
    folder: Path, friction: tuple[object, ...], over: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rasterio

    monkeypatch.setattr("geoplan.sources.raster.CELLS_AT_A_TIME", 90)  # strips of 2 rows

    people = np.zeros((20, 45), "float32")
    # On the road at 0.105°, 0.205° and 0.305°, a little more than 11, 22 and 33 minutes away; and 9 km off it.
    people[10, [15, 25, 35]], people[1, 15] = (10, 20, 40), 5
    transform = rasterio.transform.from_origin(-0.05, 0.1, 0.01, 0.01)
    profile = {"driver": "GTiff", "width": 45, "height": 20, "count": 1, "dtype": "float32", "crs": 4326}
    with rasterio.open(folder / "p.tif", "w", transform=transform, **profile) as file:
        file.write(people, 1)
    roads = ("--travel", folder / "roads.geojson", "--speeds", folder / "s.csv", "--farthest-walk", 2)
    found = run("gaps", folder, "--population", folder / "p.tif", "--values", "counts", "--reach", "30min",
                *(roads if over == "roads" else friction), "--format", "json")  # fmt: skip
    assert found.exit_code == 0, found.output
    sections = json.loads(found.stdout)
    listed = {row["district"]: row for row in sections["people_within_reach"]}
    # Over friction, one also gets to the cell off the road: it is as far as 9 km north and 10.5 km east.
    off_the_road = 5 if over == "friction" else 0
    assert (listed["W"]["people"], listed["W"]["within"]) == (15, 10 + off_the_road)
    # Over roads the centre of the cell is 0.005° off: 22.9 minutes of road and 6.6 on foot.
    assert listed["E"]["within"] == 20
    # At 33.4 and more minutes; with all speeds 20 % higher, 30 minutes are as far as 36 are now.
    assert (listed["E"]["within_20_percent_slower"], listed["E"]["within_20_percent_faster"]) == (
        (20, 60) if over == "friction" else (0, 20)
    )
    by_class = {row["poverty_class"]: row for row in sections["people_within_reach_by_class"]}
    assert (by_class["very poor"]["people"], by_class["very poor"]["share"]) == (60, pytest.approx(1 / 3))
    if over == "roads":
        assert "1 cell with people has no road within 2 km" in found.stderr


def test_the_map_shows_villages_by_minutes(folder: Path, friction: tuple[object, ...]) -> None:
    villages, page = folder / "villages.geojson", folder / "m.html"
    asked = ("map", folder, "--gaps", "23min", "--points", villages, "-o", page)
    for travel in (("--travel", folder / "roads.geojson", "--speeds", folder / "s.csv"), friction):
        drawn = run(*asked, *travel)
        assert drawn.exit_code == 0, drawn.output
        text = page_text(page)
        assert "Villages with a project within 23 min" in text
        assert "Villages with no project within 23 min" in text
        # Beyond 1.2 × 23 minutes no time is known.
        assert "11 min" in text and "22 min" in text and "33 min" not in text
    for arguments, said in (
        (("--gaps", "23min"), "a time needs --travel"),
        (("--gaps", "soon"), "--gaps must be a distance"),
    ):
        refused = run("map", folder, *arguments)
        assert refused.exit_code == 2 and said in refused.output
    refused = run("map", folder, "--gaps", "23min", *friction)
    assert refused.exit_code == 2 and "add --gaps 60min --points FILE" in refused.output


def test_what_the_options_need_is_said(folder: Path) -> None:
    villages, roads, speeds = folder / "villages.geojson", folder / "roads.geojson", folder / "s.csv"
    for arguments, said in (
        (["gaps", folder, "--reach", "60min"], "a time needs --travel ROADS"),
        (["gaps", folder, "--speeds", speeds], "--speeds needs --travel ROADS"),
        (["gaps", folder, "--travel", roads, "--points", villages, "--reach", "1h"], "[travel.speeds] in the plan file"),
        (["site", folder, "--demand", villages, "--candidates", villages, "--n", 1, "--within", "1h",
          "--travel", roads], "needs --speeds FILE"),
        (["gaps", folder, "--travel", roads, "--speeds", speeds, "--reach", "60min"], "add --points FILE or --population FILE.tif"),
        (["gaps", folder, "--travel", roads, "--speeds", speeds, "--points", villages], "--reach must be a time"),
        (["gaps", folder, "--travel", folder / "no.gpkg", "--speeds", speeds], "file not found"),
        (["site", folder, "--demand", villages, "--candidates", villages, "--n", 1, "--within", "10km",
          "--travel", roads, "--speeds", speeds], "--within must be a time"),
        (["gaps", folder, "--travel", roads, "--friction", roads], "--travel roads.geojson and --friction roads.geojson each give the minutes on their own: leave one out"),
        (["gaps", folder, "--barriers", roads], "--barriers needs --travel ROADS or --friction FILE.tif"),
        (["gaps", folder, "--farthest-walk", 2, "--friction", roads], "--farthest-walk needs --travel ROADS"),
        (["gaps", folder, "--friction-unit", "s/m"], "need --friction FILE.tif"),
        (["gaps", folder, "--friction", roads, "--crossings", roads], "--crossings needs --barriers FILE"),
        (["gaps", folder, "--friction", roads, "--points", villages, "--reach", "1h"], "choose from min/m, s/m, s/cell"),
    ):  # fmt: skip
        refused = run(*arguments)
        assert (refused.exit_code, said in refused.output) == (2, True), (arguments, refused.output)


def test_a_manifest_lists_every_option_for_travel_times() -> None:
    assert set(TravelFiles().given) == {item.name for item in fields(TravelFiles)} - {"roads"} | {"travel"}


@pytest.mark.parametrize("over", ["roads", "friction"])
def test_without_scipy_the_extra_is_named(
    folder: Path, friction: tuple[object, ...], over: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    travel = (
        friction
        if over == "friction"
        else ("--travel", folder / "roads.geojson", "--speeds", folder / "s.csv")
    )
    said = run("gaps", folder, "--points", folder / "villages.geojson", "--reach", "23min", *travel)
    assert said.exit_code == 2, said.output
    assert said.stderr.splitlines()[-1].strip() == 'travel times need an extra: pip install "geoplan[travel]"'


def test_faults_of_the_files_are_listed_together(folder: Path) -> None:
    (folder / "s.csv").write_text(
        "class,kmh,source,year\nmain,fast,,2015\nmain,60,toy,2015\n", encoding="utf-8"
    )
    travel = ("--travel", folder / "roads.geojson", "--speeds", folder / "s.csv")
    refused = run("gaps", folder, "--points", folder / "villages.geojson", "--reach", "1h", *travel)
    assert refused.exit_code == 1
    for said in ("'fast'", "column 'source'", "classes that occur twice"):
        assert said in refused.output
    layer(folder / "bare.geojson", ({"label": "x"}, shapely.LineString([(0, 0), (0.3, 0)])))
    bare = run("gaps", folder, "--points", folder / "villages.geojson", "--reach", "1h", "--travel",
               folder / "bare.geojson", "--speeds", folder / "s.csv")  # fmt: skip
    assert "no column gives the class of a road; the layer has 'label'" in bare.output
    layer(folder / "odd.geojson", ({"highway": "main"}, shapely.box(0, 0, 0.3, 0.1)))
    layer(folder / "spots.geojson", ({"name": "rock"}, shapely.Point(0, 0)))
    both = run("gaps", folder, "--points", folder / "villages.geojson", "--reach", "1h", "--travel", folder / "bare.geojson",
               "--travel", folder / "odd.geojson", "--speeds", folder / "s.csv", "--barriers", folder / "spots.geojson")  # fmt: skip
    for said in (
        "bare.geojson, column 'class'",
        "odd.geojson, row 1, column 'geometry': roads that are no lines: 'Polygon'",
        "'fast'",
        "spots.geojson, row 1, column 'geometry': barriers of another kind: 'Point'",
    ):
        assert said in both.output, both.output


def test_a_class_without_a_speed_names_the_layers(folder: Path) -> None:
    layer(folder / "tracks.geojson", ({"highway": "track"}, shapely.LineString([(0, 0), (0, 0.1)])))
    refused = run("gaps", folder, "--points", folder / "villages.geojson", "--reach", "1h", "--travel", folder / "roads.geojson",
                  "--travel", folder / "tracks.geojson", "--speeds", folder / "s.csv")  # fmt: skip
    assert "roads.geojson, tracks.geojson: classes of roads without a speed: 'track (1)'" in refused.output


@pytest.mark.parametrize("crs", [4326, 32631])
def test_roads_without_a_crs_are_refused(folder: Path, crs: int) -> None:
    roads = gpd.GeoDataFrame({"class": ["main"]}, geometry=[shapely.LineString([(0, 0), (0.3, 0)])], crs=4326)
    roads.to_crs(crs).to_file(folder / "roads.shp")
    (folder / "roads.prj").unlink()
    refused = run("gaps", folder, "--points", folder / "villages.geojson", "--reach", "1h",
                  "--travel", folder / "roads.shp", "--speeds", folder / "s.csv")  # fmt: skip
    assert refused.exit_code == 1
    assert "roads.shp: the file does not say its CRS" in refused.output
    assert "save the file with its CRS" in refused.output


def test_speeds_come_from_the_plan_file_unless_a_table_is_given(folder: Path) -> None:
    villages, roads, speeds = folder / "villages.geojson", folder / "roads.geojson", folder / "s.csv"
    arguments = (
        "gaps",
        folder,
        "--points",
        villages,
        "--reach",
        "23min",
        "--travel",
        roads,
        "--format",
        "json",
    )
    by_table = run(*arguments, "--speeds", speeds)
    toml = folder / "geoplan.toml"
    plain = toml.read_text(encoding="utf-8")
    walking = 'walking = { kmh = 5, source = "survey", year = 2014 }\n'
    toml.write_text(
        plain + '[travel.speeds]\nmain = { kmh = 60, source = "counts", year = 2015 }\n' + walking,
        encoding="utf-8",
    )
    by_plan = run(*arguments)
    assert (by_plan.exit_code, by_plan.stdout) == (0, by_table.stdout), by_plan.output
    assert "speeds in km/h: main 60, walking 5 (counts, 2015; survey, 2014)" in by_plan.stderr
    speeds.write_text(speeds.read_text(encoding="utf-8").replace("60", "30"), encoding="utf-8")
    assert "main 30, walking 5 (toy, 2015)" in run(*arguments, "--speeds", speeds).stderr
    site = run(
        "site",
        folder,
        "--demand",
        villages,
        "--candidates",
        villages,
        "--n",
        1,
        "--within",
        "12min",
        "--travel",
        roads,
    )
    assert site.exit_code == 0 and "3 of 4" in site.output
    toml.write_text(plain + "[travel.speeds]\n" + walking, encoding="utf-8")
    unknown = run(*arguments)
    assert unknown.exit_code == 1 and "main (1)" in unknown.stderr
    wrong = 'track = 20\nmain = { kmh = 400, source = " ", yaer = 2015 }\nwalking = { kmh = 0, source = "x", year = true }\n'
    toml.write_text(plain + "[travel.speeds]\n" + wrong, encoding="utf-8")
    refused = run(*arguments)
    assert refused.exit_code == 1
    for said in ("track in [travel.speeds] needs", "kmh of main", "source of main", "'yaer'", "main in [travel.speeds] has no year",
                 "kmh of walking", "year of walking"):  # fmt: skip
        assert said in refused.stderr, said


def test_the_illustrative_layers_run_as_the_docs_say(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[2]
    monkeypatch.chdir(root)
    part = (
        (root / "docs" / "travel.md").read_text(encoding="utf-8").split("## Data to try")[1].split("```")[1]
    )
    commands = [shlex.split(line) for line in part.replace("\\\n", " ").strip().splitlines()]
    assert len(commands) == 2
    for _, *arguments in commands:
        found = run(*arguments, "--format", "json")
        assert found.exit_code == 0, found.output
        districts = json.loads(found.stdout)["people_within_reach"]
        assert sum(row["people"] for row in districts) == pytest.approx(273_691.0, abs=0.1)
        assert 0.3 < sum(row["within"] or 0 for row in districts) / 273_691 < 0.5
