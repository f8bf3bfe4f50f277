"""Minutes over roads at the equator, where 0.01° of longitude are 1.11319 km."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import networkx
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, Polygon

from geoplan.geo.road_network import RoadNetwork, TravelTimes, build_network, measure_nearest, measure_travel
from geoplan.model.errors import InputError, UsageError

KM = 1.1131949079327358  # of 0.01° of longitude at the equator
NORTH_KM = 1.1057427582  # of 0.01° of latitude there
SPEEDS = pd.Series({"main": 60.0, "track": 15.0, "closed": 0.0, "walking": 5.0})


def network(*roads: tuple[str, LineString], speeds: pd.Series[float] = SPEEDS) -> RoadNetwork:
    lines = gpd.GeoDataFrame(geometry=[line for _, line in roads], crs=4326)
    return build_network(lines, pd.Series([name for name, _ in roads]), speeds)


def times(on: RoadNetwork, origins: list[Point], destinations: list[Point], **more: Any) -> TravelTimes:
    both = [np.array(points, dtype=object) for points in (origins, destinations)]
    return measure_travel(on, *both, **more)


STRAIGHT = ("main", LineString([(0, 0), (0.2, 0)]))


def test_a_road_takes_its_length_at_its_speed() -> None:
    found = times(network(STRAIGHT), [Point(0.02, 0)], [Point(0.14, 0)])
    assert found.minutes[0, 0] == pytest.approx(12 * KM, rel=1e-5)  # 60 km/h: a minute a kilometre


def test_both_ends_walk_to_the_road() -> None:
    # 0.01° of latitude off the road at one end, a quarter of that at the other.
    found = times(network(STRAIGHT), [Point(0.02, 0.01)], [Point(0.14, -0.0025)])
    walk = 1.25 * NORTH_KM / 5 * 60
    assert found.minutes[0, 0] == pytest.approx(12 * KM + walk, rel=1e-4)
    assert found.walk_destinations[0] == pytest.approx(250 * NORTH_KM, rel=1e-3)


def test_a_point_reaches_the_middle_of_a_road_not_its_ends() -> None:
    found = times(network(STRAIGHT), [Point(0.1, 0.001)], [Point(0.1, -0.001), Point(0.11, 0)])
    assert found.minutes[0, 0] == pytest.approx(0.2 * NORTH_KM / 5 * 60, rel=1e-3)
    assert found.minutes[0, 1] == pytest.approx(0.1 * NORTH_KM / 5 * 60 + KM, rel=1e-3)


def test_of_parallel_roads_the_faster_counts() -> None:
    for roads in ((STRAIGHT, ("track", STRAIGHT[1])), (("track", STRAIGHT[1]), STRAIGHT)):
        found = times(network(*roads), [Point(0, 0)], [Point(0.2, 0)])
        assert found.minutes[0, 0] == pytest.approx(20 * KM, rel=1e-5)
    bow = ("track", LineString([(0, 0), (0.1, 0.001), (0.2, 0)]))
    assert times(network(bow, STRAIGHT), [Point(0, 0)], [Point(0.2, 0)]).minutes[0, 0] == pytest.approx(
        20 * KM, rel=1e-5
    )


def test_one_can_turn_where_roads_cross_without_a_common_vertex() -> None:
    across = ("track", LineString([(0.1, -0.1), (0.1, 0.1)]))
    found = times(network(STRAIGHT, across), [Point(0, 0)], [Point(0.1, 0.05)])
    assert found.minutes[0, 0] == pytest.approx(10 * KM + 5 * NORTH_KM * 4, rel=1e-4)


def test_times_are_the_same_both_ways() -> None:
    on = network(STRAIGHT, ("track", LineString([(0.1, -0.1), (0.1, 0.1)])))
    random = np.random.default_rng(5)
    points = [Point(x, y) for x, y in random.uniform((0, -0.02), (0.2, 0.02), (20, 2))]
    minutes = times(on, points, points).minutes
    assert np.allclose(minutes, minutes.T)
    assert np.allclose(np.diag(minutes), 0)


def test_a_point_too_far_from_roads_has_no_time_and_is_said() -> None:
    found = times(
        network(STRAIGHT), [Point(0.1, 0.02), Point(0.1, 0.01)], [Point(0.2, 0)], farthest_walk=2000
    )
    assert np.isinf(found.minutes[0, 0]) and np.isfinite(found.minutes[1, 0])
    assert found.off_origins.tolist() == [True, False]
    assert found.off_destinations.tolist() == [False]


def test_no_way_leads_between_parts_without_a_road() -> None:
    on = network(STRAIGHT, ("main", LineString([(0.5, 0), (0.6, 0)])))
    assert on.parts == 2
    assert np.isinf(times(on, [Point(0, 0)], [Point(0.6, 0)]).minutes[0, 0])


def test_nobody_walks_across_a_barrier_and_roads_do() -> None:
    far = ("main", LineString([(0, 0.02), (0.2, 0.02), (0.2, 0)]))
    on = network(STRAIGHT, far)
    origin, destination = Point(0.1, 0.004), Point(0.1, -0.001)
    river = np.array([LineString([(0, 0.002), (0.3, 0.002)])], dtype=object)
    free = times(on, [origin], [destination]).minutes[0, 0]
    assert free == pytest.approx(0.5 * NORTH_KM / 5 * 60, rel=1e-3)
    kept = times(on, [origin], [destination], barriers=river).minutes[0, 0]
    # To the far road, round the bend, and back along the near one.
    walk = (1.6 + 0.1) * NORTH_KM / 5 * 60
    assert kept == pytest.approx(walk + 10 * KM + 2 * NORTH_KM + 10 * KM, rel=1e-3)
    lake = np.array([Polygon([(0.05, 0.001), (0.15, 0.001), (0.15, 0.003), (0.05, 0.003)])], dtype=object)
    assert times(on, [origin], [destination], barriers=lake).minutes[0, 0] > 20


def test_a_limit_ends_the_search() -> None:
    minutes = times(network(STRAIGHT), [Point(0, 0)], [Point(0.05, 0), Point(0.2, 0)], limit=10).minutes
    assert np.isfinite(minutes[0, 0]) and np.isinf(minutes[0, 1])


def test_a_closed_class_is_no_road() -> None:
    found = times(
        network(("closed", STRAIGHT[1]), ("main", LineString([(0.5, 0), (0.6, 0)]))),
        [Point(0.1, 0)],
        [Point(0.5, 0)],
    )
    assert found.off_origins[0]
    with pytest.raises(InputError, match="no road is open"):
        network(("closed", STRAIGHT[1]))


def test_all_faults_of_roads_and_speeds_are_listed() -> None:
    speeds = pd.Series({"main": -5.0})
    lines = gpd.GeoDataFrame(geometry=[Point(0, 0), STRAIGHT[1]], crs=4326)
    with pytest.raises(InputError) as refused:
        build_network(lines, pd.Series(["main", "ice road"]), speeds)
    said = str(refused.value)
    for part in ("no lines", "main: -5", "speed on foot is missing", "'ice road (1)'"):
        assert part in said


@pytest.mark.parametrize("measure", [measure_travel, measure_nearest])
def test_a_farthest_walk_below_0_is_refused(measure: Any) -> None:
    point = np.array([Point(0, 0)], dtype=object)
    with pytest.raises(UsageError, match="farthest walk"):
        measure(network(STRAIGHT), point, point, farthest_walk=-1)


def test_times_of_a_grid_are_those_of_networkx() -> None:
    random = np.random.default_rng(11)
    graph, roads = networkx.Graph(), []
    for x in range(6):
        for y in range(6):
            for dx, dy in ((1, 0), (0, 1)):
                if x + dx > 5 or y + dy > 5 or random.random() < 0.2:
                    continue
                name = str(random.choice(["main", "track"]))
                roads.append((name, LineString([(x / 100, y / 100), ((x + dx) / 100, (y + dy) / 100)])))
                km = KM * dx + NORTH_KM * dy
                graph.add_edge((x, y), (x + dx, y + dy), minutes=km / SPEEDS[name] * 60)
    places = sorted(graph.nodes)
    lengths = dict(networkx.all_pairs_dijkstra_path_length(graph, weight="minutes"))
    points = [Point(x / 100, y / 100) for x, y in places]
    found = times(network(*roads), points, points, farthest_walk=1).minutes
    expected = np.array([[lengths[one].get(other, np.inf) for other in places] for one in places])
    assert np.allclose(found, expected, rtol=2e-4)
    assert shapely.is_valid(points).all()


@pytest.mark.parametrize("limit", [np.inf, 12.0])
@pytest.mark.parametrize("walls", [None, LineString([(0.13, -0.3), (0.13, 0.3)])])
def test_the_nearest_destination_has_the_least_minutes_of_all(
    limit: float, walls: LineString | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geoplan.geo.road_network._ORIGINS_AT_A_TIME", 7)
    on = network(STRAIGHT, ("track", LineString([(0.1, -0.1), (0.1, 0.1)])))
    random = np.random.default_rng(7)
    origins, destinations = (
        np.array([Point(x, y) for x, y in random.uniform((0, -0.1), (0.2, 0.1), (count, 2))])
        for count in (60, 4)
    )
    barriers = None if walls is None else np.array([walls], dtype=object)
    every = measure_travel(on, origins, destinations, limit=limit, barriers=barriers)
    minutes, off = measure_nearest(on, origins, destinations, limit=limit, barriers=barriers)
    assert minutes == pytest.approx(every.minutes.min(axis=1))
    assert (off == every.off_origins).all() and off.any() and np.isfinite(minutes).any()


def test_a_point_behind_a_barrier_walks_to_the_nearest_road_on_its_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("geoplan.geo.road_network._CUT_OFF_AT_A_TIME", 3)
    on = network(*(("track", LineString([(0, y / 100), (0.2, y / 100)])) for y in (0, 2, 5)))
    river = np.array(
        [LineString([(-1, 0.002), (1, 0.002)]), LineString([(0.1, 0.002), (0.1, 0.03)])], dtype=object
    )
    random = np.random.default_rng(11)
    points = [Point(x, y) for x, y in random.uniform((0, 0.001), (0.2, 0.02), (40, 2))]
    found = times(on, points, [Point(0.1, 0.05)], barriers=river, farthest_walk=3_000).walk_origins
    # North of the river the nearest free road is at 0.02°, south of it at 0°.
    free = [0.02 - point.y if point.y > 0.002 else point.y for point in points]
    assert found == pytest.approx(np.array(free) * 100_000 * NORTH_KM, rel=1e-3)
    assert sum(0.002 < point.y < 0.01 for point in points) > 5
