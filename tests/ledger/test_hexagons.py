"""Hexagons: more locations than a page can show are gathered, and no sum changes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.ledger import hexagons
from geoplan.ledger.entries import Ledger, build_ledger, reconcile
from geoplan.ledger.hexagons import _cell, gather_locations
from geoplan.ledger.summary import summarize
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, make_plan, read_plan


def crowded(count: int) -> Plan:
    """The home case with so many points for each of its projects, over and around the province."""
    plan = read_plan(find_bundled_plan())
    random = np.random.default_rng(3)
    west, south, east, north = plan.districts.total_bounds
    project = random.choice(plan.projects["project"].to_numpy(dtype=object), count)
    frame = pd.DataFrame({name: [None] * count for name in plan.locations.columns if name != "geometry"})
    frame = frame.assign(project=project, location=[f"L{at:07d}" for at in range(count)])
    frame["precision"], frame["share"] = np.nan, np.nan
    frame.loc[frame.index[::50], "precision"] = 4.0
    points = shapely.points(random.uniform(west, east, count), random.uniform(south, north, count))
    return replace(plan, locations=gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4326"))


def test_few_locations_are_shown_as_they_are() -> None:
    plan = read_plan(find_bundled_plan())
    ledger = build_ledger(plan)
    assert gather_locations(plan, ledger) == (plan, ledger)


@pytest.mark.parametrize("by", [["district", "component"], ["year", "funder", "kind"], ["place"]])
def test_sums_and_counts_stay(by: list[str]) -> None:
    plan = crowded(3000)
    ledger = build_ledger(plan)
    gathered, smaller = gather_locations(plan, ledger, most=1000)
    pd.testing.assert_frame_equal(summarize(smaller, by), summarize(ledger, by))
    assert reconcile(smaller) == reconcile(ledger)
    assert len(gathered.locations) < 2600
    assert not gathered.locations["name"].str.contains(r"\b1 (?:locations|projects)").any()
    counts = gathered.locations["name"].str.extract(r"([\d,]+) locations? of ")[0].str.replace(",", "")
    assert counts.astype(int).sum() == 3000
    assert "3,000 locations are too many" in smaller.notes[-1]
    assert set(smaller.entries["location"]) <= {*gathered.locations["location"]}


def test_the_nearest_centre_is_the_hexagon() -> None:
    u, v = np.random.default_rng(4).uniform(-3, 3, (2, 500))
    column, row = _cell(u, v)
    assert ((column + row) % 2 == 0).all()
    centres = [(c / 2, r * np.sqrt(3) / 2) for c in range(-9, 10) for r in range(-9, 10) if (c + r) % 2 == 0]
    tree = shapely.STRtree([shapely.Point(centre) for centre in centres])
    nearest = tree.geometries[tree.nearest(shapely.points(u, v))]
    assert np.allclose(shapely.get_x(nearest), column / 2)
    assert np.allclose(shapely.get_y(nearest), row * np.sqrt(3) / 2)


def test_a_page_of_many_locations_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from geoplan.page import page_data as module
    from geoplan.page.page_data import page_data

    monkeypatch.setattr(
        module, "gather_locations", lambda plan, ledger: hexagons.gather_locations(plan, ledger, most=1000)
    )
    plan = crowded(2000)
    data = page_data(plan, build_ledger(plan))
    assert data["locations"]["rows"] < 2000
    assert any("2,000 locations are too many" in note for note in data["about"]["notes"])


def counted_by(crowds: pd.DataFrame, **chosen: object) -> int:
    """Return the projects that have money under the chosen keys, as a page counts them: each crowd once."""
    rows = crowds[np.all([crowds[name] == value for name, value in chosen.items()], axis=0)]
    return int(rows.drop_duplicates(["crowd", "crowd_too"])["projects"].sum())


def test_crowds_count_each_project_once() -> None:
    plan = crowded(3000)
    ledger = build_ledger(plan)
    _, gathered = gather_locations(plan, ledger, most=1000)
    assert gathered.crowds is not None
    entries = ledger.entries
    for keys in ({}, {"kind": "budget"}, {"place": "district"}, {"component": entries["component"].iloc[0]}):
        mask = np.all(
            [entries[name] == value for name, value in keys.items()] or [entries["year"] > 0], axis=0
        )
        crowds = gathered.crowds.assign(all="")
        assert counted_by(crowds, **(keys or {"all": ""})) == entries[mask]["project"].nunique()


@pytest.mark.parametrize(("most", "told_apart"), [(6, True), (5, False), (3, False)])
def test_too_many_crowds_keep_fewer_keys_and_the_same_counts(most: int, told_apart: bool) -> None:
    """Six rows tell all keys apart; three remain when only place, district, kind and currency do."""
    pairs = pd.DataFrame(
        {
            "project": ["P1", "P1", "P2", "P2", "P3", "P3"],
            "place": "district",
            "district": ["A", "A", "A", "A", "B", "B"],
            "component": ["roads", "schools", "roads", "water", "roads", "water"],
            "funder": "X",
            "year": 2010,
            "kind": "budget",
            "currency": "EUR",
        }
    )
    crowds = hexagons.add_crowds([hexagons.count_crowds(pairs)], most=most)
    assert counted_by(crowds, district="A") == 2
    assert counted_by(crowds, district="B") == 1
    assert set(crowds["component"]) == ({"roads", "schools", "water"} if told_apart else {""})


def test_crowds_that_are_still_too_many_are_not_kept() -> None:
    pairs = pd.DataFrame(
        {"project": ["P1", "P2"], "place": "district", "district": ["A", "B"], "component": "c", "funder": "f",
         "year": 2010, "kind": "budget", "currency": "EUR"}
    )  # fmt: skip
    counted = hexagons.count_crowds(pairs)
    assert len(hexagons.add_crowds([counted], most=2)) == 2
    assert len(hexagons.add_crowds([counted], most=1)) == 0


@pytest.mark.parametrize(("count", "gathers"), [(200_000, False), (200_001, True)])
def test_more_than_200_000_locations_are_gathered(
    count: int, gathers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hexagons, "name_hexagons", lambda plan: "gathered")
    monkeypatch.setattr(hexagons, "Gathering", lambda *parts: parts)
    monkeypatch.setattr(hexagons, "as_hexagons", lambda plan, ledger, gathering: (plan, "gathered"))
    for name in ("count_hexagons", "gather_entries", "add_crowds", "count_crowds", "pair_projects"):
        monkeypatch.setattr(hexagons, name, lambda *_: None)
    plan = SimpleNamespace(locations=range(count))
    ledger = SimpleNamespace(entries=None)
    found = gather_locations(plan, ledger)  # type: ignore[arg-type]
    assert found == (plan, "gathered" if gathers else ledger)


@pytest.mark.parametrize(("rows", "keys"), [(300_000, hexagons.CROWD_KEYS), (300_001, ())])
def test_more_than_300_000_rows_of_crowds_are_not_told_apart(
    rows: int, keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    crowds = pd.DataFrame(index=range(rows))
    used: list[tuple[str, ...]] = []

    def add(total: pd.DataFrame | None, part: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
        used.append(by)
        return part if by is hexagons.CROWD_KEYS else part.iloc[:1]

    monkeypatch.setattr(hexagons, "_add", add)
    hexagons.add_crowds([crowds])
    assert used[-1] == (keys or ("place", "district", "kind", "currency"))


def gathered_at(*points: tuple[float, float]) -> tuple[Plan, Ledger]:
    """A layer 30 degrees wide and 1 high, with the given points of one project, gathered by hexagon."""
    district = gpd.GeoDataFrame(
        {"district": ["A"], "name": ["Alpha"], "aliases": None, "province": None, "province_name": None},
        geometry=[shapely.box(0, 0, 30, 1)], crs="EPSG:4326",
    )  # fmt: skip
    locations = gpd.GeoDataFrame(
        {"project": "P", "location": [str(at) for at in range(len(points))], "precision": np.nan, "share": np.nan},
        geometry=[shapely.Point(point) for point in points], crs="EPSG:4326",
    )  # fmt: skip
    spending = pd.DataFrame(
        {"project": ["P"], "year": 2010, "kind": "budget", "currency": "EUR", "amount": "9.00"}
    )
    plan = make_plan(districts=district, locations=locations, spending=spending)
    return gather_locations(plan, build_ledger(plan), most=0)


def test_120_hexagons_lie_across_the_area() -> None:
    # 30 degrees of 111.195 km, narrowed by the cosine of half a degree, over 120.
    _, ledger = gathered_at((1, 0.5), (29, 0.5))
    assert "hexagons about 27.8 km wide" in ledger.notes[-1]


def test_a_hexagon_stands_at_the_mean_of_its_places_to_7_decimals() -> None:
    plan, _ = gathered_at((0.12345678, 0.5), (0.12345678, 0.5), (29.1, 0.25))
    points = plan.locations.geometry
    assert [*zip(points.x, points.y, strict=True)] == [(29.1, 0.25), (0.1234568, 0.5)]


def test_gatherings_that_are_added_up_on_the_way_have_the_same_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = crowded(600)
    ledger = build_ledger(plan)
    hexagon = hexagons.name_hexagons(plan)
    part = hexagons.Gathering(
        hexagons.count_hexagons(plan, hexagon),
        hexagons.gather_entries(plan, ledger, hexagon),
        hexagons.count_crowds(hexagons.pair_projects(ledger.entries)),
    )
    codes = plan.districts["district"]
    at_once = hexagons.add_gatherings([part] * 5, codes)
    assert at_once.entries["amount_minor"].sum() == 5 * ledger.entries["amount_minor"].sum()
    monkeypatch.setattr(hexagons, "_MOST_HELD", 1)
    on_the_way = hexagons.add_gatherings([part] * 5, codes)
    for name in ("hexagons", "entries", "crowds"):
        pd.testing.assert_frame_equal(getattr(on_the_way, name), getattr(at_once, name))
