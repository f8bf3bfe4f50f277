"""Sites chosen on toy points along the equator, one degree (111.3 km) apart."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from geoplan.model.errors import InputError, UsageError
from geoplan.planning.siting import choose_sites, compare_coverage, draw_catchments, read_costs, weigh_demand
from geoplan.planning.siting.travel_costs import lay_out_costs

from ...conftest import needs

pytestmark = needs("spopt", "spopt is not installed: pip install 'geoplan[siting]'")

DISTRICTS = gpd.GeoDataFrame(
    {
        "district": ["A", "B"],
        "name": ["Alpha", "Beta"],
        "poverty_class": ["poor", None],
        "population": [300, 90],
        "poor": [60.0, np.nan],
        "poverty_rate": [0.2, 0.5],
    },
    geometry=[shapely.box(-1, -1, 2.5, 1), shapely.box(2.5, -1, 6, 1)],
    crs="EPSG:4326",
)


def points(*longitudes, **columns):
    shapes = [shapely.Point(x, 0) for x in longitudes]
    return gpd.GeoDataFrame(
        {"name": [f"at {x}" for x in longitudes], **columns}, geometry=shapes, crs="EPSG:4326"
    )


VILLAGES = points(0, 1, 2, 3, 4, district=["A", "A", "A", "B", "B"], code=list("vwxyz"))


def test_one_site_covers_most_from_the_middle():
    found = choose_sites(VILLAGES, VILLAGES, count=1, within=112)
    assert (found.objective, found.gap, found.greedy) == (3.0, 0.0, 3.0)
    assert found.covered.sum() == 3
    site = found.sites.iloc[0]
    assert site["site"] in {"w", "x", "y"}
    assert site["points"] == 5  # all are nearest to the only site


def test_existing_sites_stay_and_weights_decide():
    existing = points(0, code=["e"])
    weights = pd.Series([1.0, 1.0, 1.0, 1.0, 50.0])
    found = choose_sites(VILLAGES, VILLAGES, count=1, within=50, weights=weights, existing=existing)
    assert found.sites["site"].tolist() == ["z", "e"]
    assert found.sites["existing"].tolist() == [False, True]
    assert found.objective == 51.0
    assert found.demand["cost_before"].round(0).tolist() == [0, 111, 223, 334, 445]
    rows = compare_coverage(found, DISTRICTS)
    assert rows["covered_before"].tolist() == [1.0, 0.0]
    assert rows["covered_after"].tolist() == [1.0, 50.0]
    assert rows["weight"].sum() == 54.0
    by_class = compare_coverage(found, DISTRICTS, "poverty_class").set_index("poverty_class")
    assert by_class.loc["not stated", "share_after"] == pytest.approx(50 / 51)


def test_all_are_covered_by_the_fewest_sites():
    found = choose_sites(VILLAGES, VILLAGES, model="cover-all", within=112)
    assert found.objective == 2
    assert found.covered.all()


def test_demand_that_nothing_can_reach_is_named():
    with pytest.raises(InputError, match="'at 4'"):
        choose_sites(VILLAGES, points(0, 1), model="cover-all", within=223)


@pytest.mark.parametrize("model", ["cover", "cover-all"])
@pytest.mark.parametrize(("within", "covered"), [(5.0, [True, True]), (4.999, [True, False])])
def test_a_point_exactly_at_the_reach_is_covered(model, within, covered):
    costs = pd.DataFrame({"p": [0.0, 5.0]}, index=["v", "w"])
    options = {"count": 1} if model == "cover" else {"model": "cover-all"}
    villages, candidates = VILLAGES.iloc[:2], points(0, code=["p"])
    if model == "cover-all" and not all(covered):
        with pytest.raises(InputError, match="'at 1'"):
            choose_sites(villages, candidates, costs=costs, unit="minutes", within=within, **options)
        return
    found = choose_sites(villages, candidates, costs=costs, unit="minutes", within=within, **options)
    assert found.covered.tolist() == covered
    if model == "cover":
        assert found.objective == found.greedy == sum(covered)
    (row,) = compare_coverage(found, DISTRICTS).query("district == 'A'").to_dict("records")
    assert (row["points"], row["covered_before"], row["covered_after"]) == (2, 0, sum(covered))


def test_an_existing_site_exactly_at_the_reach_covers():
    existing = points(9, code=["e"])
    costs = pd.DataFrame({"p": [9.0, 9.0], "e": [5.0, 5.001]}, index=["v", "w"])
    found = choose_sites(
        VILLAGES.iloc[:2],
        points(0, code=["p"]),
        costs=costs,
        unit="minutes",
        within=5,
        count=1,
        existing=existing,
    )
    rows = compare_coverage(found, DISTRICTS).set_index("district")
    assert rows.loc["A", ["covered_before", "covered_after"]].tolist() == [1, 1]


def test_the_p_median_by_travel_costs(tmp_path):
    path = tmp_path / "minutes.csv"
    path.write_text("demand,p,q\nv,10,60\nw,20,5\nx,,5\ny,30,5\nz,40,5\n")
    candidates = points(0, 4, code=["p", "q"])
    costs = read_costs(path)
    found = choose_sites(VILLAGES, candidates, model="p-median", count=1, costs=costs, unit="minutes")
    assert found.sites["site"].tolist() == ["q"]
    assert found.objective == 80.0
    hulls = draw_catchments(
        choose_sites(VILLAGES, candidates, model="p-median", count=2, costs=costs, unit="minutes"), DISTRICTS
    )
    assert len(hulls) == 0  # points on one line have no area
    long = tmp_path / "long.csv"
    long.write_text(
        "demand,candidate,cost\n"
        + "".join(
            f"{d},{c},{cost}\n"
            for d, row in costs.iterrows()
            for c, cost in row.items()
            if not np.isnan(cost)
        )
    )
    pd.testing.assert_frame_equal(
        read_costs(long), costs, check_names=False, check_index_type=False, check_column_type=False
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("demand,p\nv,ten\nw,1\nx,1\ny,1\nz,-2\n", "rows 2, 6, column 'cost'"),
        ("demand,candidate,cost\nv,p,1\nv,p,2\n", "pairs that occur twice"),
        ("demand,p\nv,1\nw,1\nx,1\ny,1\nother,1\n", "'other'"),
        ("demand,p\nv,1\n", "points without any cost"),
    ],
)
def test_travel_costs_that_do_not_hold(tmp_path, text, said):
    path = tmp_path / "costs.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        choose_sites(VILLAGES, points(0, code=["p"]), model="p-median", count=1, costs=read_costs(path))


def test_codes_of_costs_may_lack_their_leading_zeros(tmp_path):
    path = tmp_path / "costs.csv"
    path.write_text("demand,1,2\n1,10,60\n2,20,5\n10,1,5\n")
    demand, sites = pd.Series(["001", "002", "010"]), pd.Series(["01", "02"])
    assert lay_out_costs(read_costs(path), demand, sites).tolist() == [[10, 60], [20, 5], [1, 5]]
    # 1 and 01 are two points: which is meant is not known.
    with pytest.raises(InputError, match="unknown demand points"):
        lay_out_costs(read_costs(path), pd.Series(["1", "01", "2", "010"]), sites)


def test_catchments_halve_the_way_and_end_at_the_reach():
    candidates = points(0, 4)
    found = choose_sites(VILLAGES, candidates, count=2, within=100)
    areas = draw_catchments(found, DISTRICTS).set_index("name").geometry
    assert areas["at 0"].covers(shapely.Point(0.85, 0))
    assert not areas["at 0"].covers(shapely.Point(0.95, 0))  # 105.7 km away
    wide = (
        draw_catchments(choose_sites(VILLAGES, candidates, count=2, within=1000), DISTRICTS)
        .set_index("name")
        .geometry
    )
    assert wide["at 0"].covers(shapely.Point(1.99, 0.5))
    assert wide["at 4"].covers(shapely.Point(2.01, 0.5))
    assert not wide["at 4"].covers(shapely.Point(1.9, 0.5))


def test_the_edge_of_a_catchment_is_a_circle_to_a_thousandth():
    found = choose_sites(VILLAGES, points(1), count=1, within=50)
    (shape,) = draw_catchments(found, DISTRICTS).geometry
    corners = shapely.get_coordinates(shape.exterior)
    assert len(corners) == 72 + 1
    middles = (corners[1:] + corners[:-1]) / 2
    metres = Geod(ellps="WGS84").inv(np.ones(72), np.zeros(72), *middles.T)[2]
    assert 0.999 * 50_000 < metres.min() < metres.max() < 50_000


def test_persons_of_the_profile_are_divided_over_the_points():
    weights, said = weigh_demand(VILLAGES, "poor", described=DISTRICTS)
    assert weights.tolist() == [20.0, 20.0, 20.0, 22.5, 22.5]  # 60 ÷ 3, and 90 × 0.5 ÷ 2
    assert "evenly" in said
    weights, said = weigh_demand(VILLAGES.assign(poor=[1, 2, 3, 4, 5]), "poor", described=DISTRICTS)
    assert (weights.tolist(), said) == ([1.0, 2.0, 3.0, 4.0, 5.0], "poor")


def test_weights_that_do_not_hold():
    with pytest.raises(UsageError, match="no column 'cows'"):
        weigh_demand(VILLAGES, "cows", described=DISTRICTS)
    with pytest.raises(InputError, match="row 2"):
        weigh_demand(VILLAGES.assign(cows=[1, -1, 1, 1, 1]), "cows")
    with pytest.raises(InputError, match="'B'"):
        weigh_demand(VILLAGES, "population", described=DISTRICTS.assign(population=[300, np.nan]))


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "best", "count": 1, "within": 1},
        {"count": 0, "within": 1},
        {"count": 1},
        {"count": 1, "within": 0},
        {"count": 6, "within": 1},
        {"model": "cover-all"},
        {"model": "p-median"},
    ],
)
def test_calls_that_make_no_sense(settings):
    with pytest.raises(UsageError):
        choose_sites(VILLAGES, VILLAGES, **settings)


def test_points_that_are_none_are_listed():
    area = gpd.GeoDataFrame(
        {"code": ["a", "a"]}, geometry=[shapely.box(0, 0, 1, 1), shapely.Point(0, 0)], crs=None
    )
    with pytest.raises(InputError) as caught:
        choose_sites(area, VILLAGES, count=1, within=1)
    assert len(caught.value.problems) == 3


def test_sites_that_some_demand_can_not_reach_are_too_few():
    costs = pd.DataFrame(np.where(np.eye(5), 1.0, np.nan), index=list("vwxyz"), columns=list("vwxyz"))
    with pytest.raises(UsageError, match="choose more"):
        choose_sites(VILLAGES, VILLAGES, model="p-median", count=4, costs=costs)
    found = choose_sites(VILLAGES, VILLAGES, model="p-median", count=5, costs=costs)
    assert found.objective == 5.0
