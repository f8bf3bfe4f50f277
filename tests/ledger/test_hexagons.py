"""Hexagons: more locations than a page can show are gathered, and no sum changes."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.ledger import hexagons
from geoplan.ledger.entries import build_ledger, reconcile
from geoplan.ledger.hexagons import _cell, gather_locations
from geoplan.ledger.summary import summarize
from geoplan.plan.plan_file import bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan


def crowded(count: int) -> Plan:
    """The home case with so many points for each of its projects, over and around the province."""
    plan = read_plan(bundled_plan())
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
    plan = read_plan(bundled_plan())
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
    counts = gathered.locations["name"].str.extract(r"([\d,]+) locations of ")[0].str.replace(",", "")
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
