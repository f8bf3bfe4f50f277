"""Gaps by hand on squares, and distances against the ellipsoid."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from rasterio.transform import from_origin

from geoplan.analysis.equity import measure_equity
from geoplan.analysis.gaps import (
    cover_points,
    find_points_beyond,
    find_unreached_districts,
    find_unreached_points,
    measure_distances,
    rank_gaps,
    split_people,
)
from geoplan.cli import app
from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import InputError, UsageError
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan

from ..conftest import LOCATIONS, PROFILE, SPENDING, WritePlan
from .test_gridded_profile import write

GEOD = Geod(ellps="WGS84")


def test_gaps_by_hand(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan(profile=PROFILE.replace("C,2010,,,", "C,2010,500,100,0.20"))))
    rows = rank_gaps(ledger).set_index("district")
    # 66.67 for 1000 poor persons: 0.06667 each.
    assert rows["average"].to_numpy() == pytest.approx([66.67 / 1000] * 3)
    assert rows.loc["B", "gap"] == pytest.approx(800 * 0.06667 - 33.33)
    assert rows.loc["C", "gap"] == pytest.approx(6.667)
    assert rows.loc["A", "gap"] == pytest.approx(6.667 - 33.34)
    assert rows["rank"].to_dict() == {"B": 1, "C": 2, "A": 3}
    assert rows.loc["C", "per_poor_person"] == 0 and rows.loc["C", "of_average"] == 0
    assert rows["gap"].sum() == pytest.approx(0)


def test_a_district_without_poor_has_no_rank_and_a_reason(write_plan: WritePlan) -> None:
    rows = rank_gaps(build_ledger(read_plan(write_plan()))).set_index("district")
    assert rows["rank"].isna().to_dict() == {"B": False, "A": False, "C": True}
    assert rows.loc["C", "left_out"] == "number of poor persons missing"


def test_no_poor_at_all_leaves_every_gap_missing(write_plan: WritePlan) -> None:
    rows = rank_gaps(build_ledger(read_plan(write_plan(profile="district,year,population\nA,2010,5\n"))))
    assert rows["gap"].isna().all() and (rows["left_out"] != "").all()


def test_gaps_of_the_home_case_are_what_dissimilarity_says_would_move() -> None:
    ledger = build_ledger(read_plan(find_bundled_plan()))
    for reading in ("certain", "expected"):
        rows = rank_gaps(ledger, reading=reading)
        moved = rows["gap"].clip(lower=0).sum() / float(rows["spending"].sum())
        measures = measure_equity(ledger).measures
        index = measures.query("measure == 'dissimilarity' and reading == @reading")["value"].item()
        assert moved == pytest.approx(index)
        assert rows["gap"].is_monotonic_decreasing


def test_readings_that_are_none() -> None:
    with pytest.raises(UsageError, match="at_most"):
        rank_gaps(build_ledger(read_plan(find_bundled_plan())), reading="at_most")


# --- reach ----------------------------------------------------------------------------------


def toy(write_plan: WritePlan, **changes: str) -> Plan:
    return read_plan(write_plan(**changes))


def test_districts_out_of_reach_by_hand(write_plan: WritePlan) -> None:
    found = find_unreached_districts(toy(write_plan), 55).set_index("district")
    assert found["reached"].to_dict() == {"A": True, "B": True, "C": False}
    # From (1.5, 0.5) to (2, 0.5).
    metres = GEOD.inv(1.5, 0.5, 2, 0.5)[2]
    assert found.loc["C", "kilometres"] == pytest.approx(metres / 1000)
    assert found.crs == "EPSG:4326"
    assert find_unreached_districts(toy(write_plan), 56)["reached"].all()


VILLAGE = gpd.GeoDataFrame(geometry=[shapely.Point(0.5, 0.6)], crs=4326)


@pytest.mark.parametrize(("part", "reached"), [(1, True), (1 - 1e-12, False)])
def test_what_is_exactly_at_the_reach_is_within_it(
    part: float, reached: bool, write_plan: WritePlan, tmp_path: Path
) -> None:
    plan = toy(write_plan)
    far = find_unreached_districts(plan, 1).set_index("district")["kilometres"]["C"]
    assert find_unreached_districts(plan, far * part).set_index("district")["reached"]["C"] == reached
    near = find_unreached_points(plan, VILLAGE, 1)["kilometres"][0]
    assert find_unreached_points(plan, VILLAGE, near * part)["reached"].tolist() == [reached]
    path = write(tmp_path / "p.tif", [[7.0, 9.0, 5.0]], transform=from_origin(0, 1, 1, 1))
    always = lambda places: nullcontext(lambda points: np.full(len(points), 30.0))  # noqa: E731
    found = split_people(plan, path, 30 * part, values="counts", travel=always).districts
    assert (found["within"].fillna(0).sum() == pytest.approx(21)) == reached


@pytest.mark.parametrize("minutes", [30.0, 24.0, 36.0])
def test_times_exactly_at_the_reach_are_within_it_at_other_speeds_too(
    minutes: float, write_plan: WritePlan
) -> None:
    """At 80 % of the speed the way within 30 minutes is one of 24 minutes, at 120 % one of 36."""
    described = pd.DataFrame({"district": ["A"], "poverty_class": ["poor"]})
    columns = {30.0: "reached", 24.0: "reached_20_percent_slower", 36.0: "reached_20_percent_faster"}
    for time, reached in ((minutes, 1), (np.nextafter(minutes, 99), 0)):
        found = find_points_beyond(
            toy(write_plan),
            VILLAGE,
            30,
            lambda points, places, time=time: (np.full(len(points), time), np.zeros(len(points), dtype=int)),
        )
        assert cover_points(found, described, 30)[columns[minutes]].tolist() == [reached]


def test_a_reach_of_0_km_has_what_is_at_a_site(write_plan: WritePlan, tmp_path: Path) -> None:
    plan = toy(write_plan)
    assert find_unreached_districts(plan, 0)["reached"].tolist() == [True, True, False]
    site = gpd.GeoDataFrame(geometry=[shapely.Point(0.5, 0.5)], crs=4326)
    assert find_unreached_points(plan, site, 0)["reached"].tolist() == [True]
    # The centres of the first two cells are the two sites.
    path = write(tmp_path / "p.tif", [[7.0, 9.0, 5.0]], transform=from_origin(0, 1, 1, 1))
    found = split_people(plan, path, 0, values="counts").districts.set_index("district")
    assert found["within"][["A", "B", "C"]].tolist() == pytest.approx([7, 9, 0])


def test_a_location_known_by_name_reaches_its_district(write_plan: WritePlan) -> None:
    locations = "project,location,district,precision,geometry\nP,1,C,3,\nQ,1,,4,POINT (0.5 0.5)\n"
    found = find_unreached_districts(toy(write_plan, locations=locations), 1).set_index("district")
    assert found["reached"].to_dict() == {"A": False, "B": False, "C": True}
    assert found["kilometres"].isna().to_dict() == {"A": True, "B": True, "C": False}


def test_an_empty_point_reaches_nothing(write_plan: WritePlan) -> None:
    missing, empty = (
        find_unreached_districts(toy(write_plan, locations=LOCATIONS.replace("POINT (0.5 0.5)", one)), 55)
        for one in ("", "POINT EMPTY")
    )
    assert missing["reached"].tolist() == empty["reached"].tolist() == [False, True, False]


def test_a_line_is_as_near_as_its_nearest_place(write_plan: WritePlan) -> None:
    locations = (
        'project,location,precision,geometry\nP,1,1,"LINESTRING (0.2 0.2, 0.8 0.2)"\nQ,1,1,POINT (9 9)\n'
    )
    plan = toy(write_plan, locations=locations)
    villages = gpd.GeoDataFrame({"name": ["v"]}, geometry=[shapely.Point(0.5, 0.3)], crs=4326)
    found = find_unreached_points(plan, villages, 12)
    metres = GEOD.inv(0.5, 0.3, 0.5, 0.2)[2]
    assert found["kilometres"].tolist() == [pytest.approx(metres / 1000)]
    assert (found["district"].tolist(), found["reached"].tolist()) == (["A"], [True])


def test_points_in_another_crs_and_outside(write_plan: WritePlan) -> None:
    villages = gpd.GeoDataFrame(geometry=[shapely.Point(0.5, 0.5), shapely.Point(50, 50)], crs=4326)
    found = find_unreached_points(toy(write_plan), villages.to_crs(3857), 1)
    assert found["district"].tolist() == ["A", None]
    assert found["reached"].tolist() == [True, False]
    assert found["kilometres"].iloc[0] == pytest.approx(0, abs=1e-6)
    assert "district" not in villages


def test_points_that_are_none(write_plan: WritePlan) -> None:
    plan = toy(write_plan)
    with pytest.raises(InputError, match="CRS"):
        find_unreached_points(plan, gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]), 1)
    areas = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0), shapely.box(0, 0, 1, 1), None], crs=4326)
    with pytest.raises(InputError, match="rows 2, 3"):
        find_unreached_points(plan, areas, 1)


@pytest.mark.parametrize("reach", [-1, float("nan"), float("inf")])
def test_a_reach_is_a_distance(write_plan: WritePlan, reach: float) -> None:
    with pytest.raises(UsageError, match="must be 0 km or more"):
        find_unreached_districts(toy(write_plan), reach)


def test_no_location_at_all(write_plan: WritePlan) -> None:
    plan = toy(write_plan, locations=LOCATIONS.splitlines()[0] + "\nQ,1,North,4,\n", spending=SPENDING)
    found = find_unreached_districts(plan, 1000)
    assert not found["reached"].any() and found["kilometres"].isna().all()


PLACE = st.tuples(st.floats(-170, 170), st.floats(-80, 80))


@settings(deadline=None)
@given(st.lists(PLACE, min_size=1, max_size=10))
def test_between_points_the_distance_is_that_of_the_ellipsoid(places: list[tuple[float, float]]) -> None:
    ones = shapely.points(places)
    others = shapely.points([(x + 0.3, y - 0.2) for x, y in places])
    expected = [GEOD.inv(x, y, x + 0.3, y - 0.2)[2] for x, y in places]
    np.testing.assert_allclose(measure_distances(ones, others), expected, rtol=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(100, 108), st.floats(50, 70)), min_size=2, max_size=12))
def test_the_nearest_location_is_the_nearest(places: list[tuple[float, float]]) -> None:
    from geoplan.analysis.gaps import _nearest

    located = gpd.GeoDataFrame(
        {"project": [str(at) for at in range(len(places))]}, geometry=shapely.points(places), crs=4326
    )
    kilometres, project = _nearest(shapely.points([(104.0, 60.0)]), located)
    brute = [GEOD.inv(104.0, 60.0, x, y)[2] / 1000 for x, y in places]
    assert kilometres[0] == pytest.approx(min(brute), rel=1e-9)
    assert brute[int(project[0])] == pytest.approx(min(brute), rel=1e-9)


# --- people within reach --------------------------------------------------------------------


def test_people_within_reach_by_hand(write_plan: WritePlan, tmp_path: Path) -> None:
    """Projects at (0.5, 0.5) and (1.5, 0.5): the centres of the first two cells are within 40 km, the others beyond."""
    people = write(tmp_path / "p.tif", [[10.0, 20.0, 30.0, 40.0]], transform=from_origin(0, 1, 0.8, 0.8))
    # Poor people have their own cells, each a district; two have a project in their centre.
    poor = write(tmp_path / "poor.tif", [[4.0, 8.0, 2.0]], transform=from_origin(0, 1, 1, 1))
    plan = write_plan()
    arguments = ["gaps", str(plan), "--reach", "40", "--population", str(people), "--values", "counts"]
    found = CliRunner().invoke(app, [*arguments, "--poor", str(poor), "--format", "json"])
    assert found.exit_code == 0, found.output
    rows = {row["district"]: row for row in json.loads(found.stdout)["people_within_reach"]}
    parts = ("people", "within", "beyond", "share", "poor", "poor_within", "poor_beyond", "poor_share")
    by_hand = {
        # The second cell is a quarter in A and three quarters in B, the third half in B and half in C.
        "A": (10 + 20 / 4, 15, 0, 1, 4, 4, 0, 1),
        "B": (20 * 3 / 4 + 30 / 2, 15, 15, 0.5, 8, 8, 0, 1),
        "C": (30 / 2 + 40 * 3 / 4, 0, 45, 0, 2, 0, 2, 0),
    }
    for district, figures in by_hand.items():
        assert [rows[district][part] for part in parts] == pytest.approx(figures), district
    assert (rows["outside area"]["people"], rows["outside area"]["within"]) == (pytest.approx(10), None)
    # 10 people outside are in no district, whether near or not.
    assert (
        "people: 30.0 within reach + 60.0 beyond + 10.0 outside all districts = 100.0; the raster has 100.0"
        in found.stderr
    )
    assert "poor: 12.0 within reach + 2.0 beyond + 0.0 outside" in found.stderr
    shown = CliRunner().invoke(app, arguments)
    assert "People within reach" in shown.stdout and "the raster has 100.0" in shown.stdout


def test_people_of_a_district_without_data_are_unknown(write_plan: WritePlan, tmp_path: Path) -> None:
    cells = [[7.0, 9.0, -1.0]]
    path = write(tmp_path / "p.tif", cells, nodata=-1, transform=from_origin(0, 1, 1, 1))
    found = split_people(toy(write_plan), path, 1, values="counts")
    assert found.districts["within"].fillna(-5).tolist() == pytest.approx([7, 9, -5, -5])
    assert found.districts["people"].isna().tolist() == [False, False, True, False]
    assert "no data in the raster: Gamma" in found.remarks
    nowhere = toy(write_plan, locations=LOCATIONS.splitlines()[0] + "\nQ,1,North,4,\n")
    assert split_people(nowhere, path, 1, values="counts").districts["beyond"].sum() == pytest.approx(16)


def test_a_raster_from_0_to_360_is_near_the_same_places(write_plan: WritePlan, tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", [[*range(36)]], transform=from_origin(0, 10, 10, 10))
    plan = toy(
        write_plan,
        districts='district,name,geometry\nA,West,"POLYGON ((-30 0, -10 0, -10 10, -30 10, -30 0))"\n',
        locations="project,location,name,precision,geometry\nP,1,one,1,POINT (-15.5 5)\n",
        profile="district,year,population\nA,2010,5\n",
    )
    found = split_people(plan, path, 100, values="counts").districts
    # The centres of the two cells are at -25 and -15.
    assert found.loc[0, ["people", "within", "beyond"]].tolist() == pytest.approx([33 + 34, 34, 33])


@pytest.mark.parametrize("reach", [1.0, 40.0, 20_000.0])
def test_cells_within_reach_are_those_whose_centres_are_as_points(
    reach: float, write_plan: WritePlan, tmp_path: Path
) -> None:
    """High in the north, where the nearest site in degrees is often not the nearest on the ground."""
    north = [f"{x} {y}" for x, y in ((0, 70), (3, 70), (3, 71), (0, 71), (0, 70))]
    line = "LINESTRING (2.2 70.1, 2.8 70.9)"
    plan = toy(
        write_plan,
        districts=f'district,name,geometry\nA,North,"POLYGON (({", ".join(north)}))"\n',
        locations="project,location,name,precision,geometry\nP,1,one,1,POINT (0.5 70.5)\nP,2,two,1,POINT (1.2 70.7)\n"
        f'Q,3,three,1,"{line}"\n',
        profile="district,year,population\nA,2010,5\n",
    )
    path = write(tmp_path / "p.tif", np.ones((10, 30)), transform=from_origin(0, 71, 0.1, 0.1))
    x, y = np.meshgrid(np.arange(30) * 0.1 + 0.05, 71 - np.arange(10) * 0.1 - 0.05)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x.ravel(), y.ravel()), crs=4326)
    reached = find_unreached_points(plan, points, reach)["reached"].sum()
    found = split_people(plan, path, reach, values="counts").districts
    assert found.loc[0, "within"] == pytest.approx(reached)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--poor", "x.tif"], "need --population"),
        (["--population", "x.tif"], "per cell or per km²"),
        (["--population", "x.tif", "--values", "counts", "--reach", "-1"], "0 km or more"),
        (["--population", "absent.tif", "--values", "counts"], "absent.tif"),
    ],
)
def test_people_that_cannot_be_counted(write_plan: WritePlan, arguments: list[str], said: str) -> None:
    refused = CliRunner().invoke(app, ["gaps", str(write_plan()), *arguments])
    assert refused.exit_code in (1, 2) and said in refused.stderr
