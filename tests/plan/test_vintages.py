"""Money carried between vintages, by hand on squares and on the home case."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from geoplan.ledger.entries import build_ledger, list_entries, reconcile
from geoplan.ledger.summary import summarize
from geoplan.model.errors import InputError, UsageError
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan
from geoplan.plan.vintages import carry_plan

from ..cli.test_cli import run
from ..conftest import TOML, WritePlan

# Before: one district W where A and B are now (0 to 2), and C as it is (2 to 3), called D.
BEFORE = """district,name,geometry
W,West,"POLYGON ((0 0, 1 0, 2 0, 2 1, 1 1, 0 1, 0 0))"
D,Gamma,"POLYGON ((2 0, 3 0, 3 1, 2 1, 2 0))"
"""
# The other way: B was split in two unequal parts, E (a quarter) and F.
AFTER = """district,name,geometry
A,Alpha,"POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
E,East,"POLYGON ((1 0, 1.25 0, 1.25 1, 1 1, 1 0))"
F,Far,"POLYGON ((1.25 0, 2 0, 2 1, 1.25 1, 1.25 0))"
C,Gamma,"POLYGON ((2 0, 3 0, 3 1, 2 1, 2 0))"
"""
VINTAGES = (
    TOML.replace("[districts]", '[districts]\nvintage = "now"')
    + """
[vintages.before.districts]
file = "before.csv"
[vintages.after.districts]
file = "after.csv"
"""
)
LOCATIONS = """project,location,name,district,precision,geometry
P,1,one,,1,POINT (0.5 0.5)
P,2,two,B,3,
Q,1,North,,4,
R,1,three,,1,POINT (1.9 0.5)
"""


def carried(folder: Path, vintage: str) -> dict[str, str]:
    ledger = build_ledger(carry_plan(read_plan(folder), vintage))
    assert all(sums.balances for sums in reconcile(ledger))
    rows = list_entries(ledger)
    return {
        f"{row.project}{row.location} {row.district or row.place}": f"{row.amount} {row.rule}"
        for row in rows.itertuples()
    }


@pytest.fixture
def folder(write_plan: WritePlan) -> Path:
    folder = write_plan(toml=VINTAGES, locations=LOCATIONS)
    (folder / "before.csv").write_text(BEFORE)
    (folder / "after.csv").write_text(AFTER)
    return folder


def test_to_larger_districts(folder: Path) -> None:
    assert carried(folder, "before") == {
        "P1 W": "50.00 point; even split",
        "P2 W": "50.00 district code, carried from B; even split",
        "Q1 province-wide": "50.00 precision 4",
        "R1 W": "7.01 point",
    }


def test_to_smaller_districts_points_exactly_codes_by_area(folder: Path) -> None:
    assert carried(folder, "after") == {
        "P1 A": "50.00 point; even split",
        "P2 E": "12.50 district code, carried from B; even split",
        "P2 F": "37.50 district code, carried from B; even split",
        "Q1 province-wide": "50.00 precision 4",
        "R1 F": "7.01 point",
    }


def test_to_smaller_districts_by_villages(folder: Path) -> None:
    (folder / "villages.geojson").write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {},
                        "geometry": {"type": "Point", "coordinates": [x, 0.5]},
                    }
                    for x in (1.1, 1.15, 1.2, 1.5)
                ],
            }
        )
    )
    toml = folder / "geoplan.toml"
    toml.write_text(toml.read_text() + '[vintages.after.points]\nfile = "villages.geojson"\n')
    rows = carried(folder, "after")
    assert rows["P2 E"].startswith("37.50")
    assert rows["P2 F"].startswith("12.50")


def test_the_home_case_on_six_and_seven_districts() -> None:
    plan = read_plan(find_bundled_plan())
    before, now = build_ledger(carry_plan(plan, "2009")), build_ledger(carry_plan(plan, "2019"))
    assert [len(summarize(ledger)) for ledger in (before, now)] == [6, 7]
    for ledger in (before, now):
        (sums,) = reconcile(ledger)
        assert (sums.input_total, sums.placed_total) == (Decimal(8_200_000), Decimal(8_200_000))
    # What today's Khamkeut and Xaychamphone have came from old Khamkeut for the larger part.
    old, new = (summarize(ledger).set_index("name")["amount"] for ledger in (before, now))
    assert old["Khamkeut"] > new["Khamkeut"]
    assert summarize(before).set_index("name")["poverty_class"].notna().all()


def test_the_command_shows_both(tmp_path: Path) -> None:
    assert "LA.BL.KH" in run("summary", "--vintage", "2009").stdout
    assert "LA1107" in run("summary", "--vintage", "2019").stdout
    assert "it has 2019, 2009" in run("summary", "--vintage", "1975", code=2).stderr
    boundaries = find_bundled_plan().parents[1] / "boundaries"
    layers = [boundaries / f"bolikhamxay_{year}.geojson" for year in (2009, 2019)]
    assert "Xaychamphone" in run("crosswalk", *layers).stdout
    run("crosswalk", *layers, "-o", tmp_path / "c.csv")
    lines = (tmp_path / "c.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "old,old_name,new,new_name,weight,basis,left_out"
    assert "file not found" in run("crosswalk", "x.gpkg", "y.gpkg", code=1).stderr


def test_faulty_vintages_are_refused(folder: Path) -> None:
    toml = folder / "geoplan.toml"
    text = toml.read_text()
    toml.write_text(text + '[vintages.other.profile]\nfile = "profile.csv"\n')
    with pytest.raises(InputError, match=r"\[vintages.other\] names no districts"):
        read_plan(folder)
    toml.write_text(text + '[vintages.before.profile]\nfile = "profile.csv"\n')
    with pytest.raises(InputError, match="'A', 'B', 'C'"):
        carry_plan(read_plan(folder), "before")
    toml.write_text(text)
    with pytest.raises(UsageError, match="'1066'"):
        carry_plan(read_plan(folder), "1066")


@pytest.mark.parametrize("there", ["before", "after"])
def test_there_and_back_conserves_the_money(there: str, folder: Path) -> None:
    from dataclasses import replace

    from geoplan.geo.boundaries import make_crosswalk
    from geoplan.ledger.carried_placements import carry_placements
    from geoplan.ledger.placement import place_locations

    plan = read_plan(folder)
    locations = plan.locations.sort_values(["project", "location"], ignore_index=True)
    other = carry_plan(plan, there)
    at_home = place_locations(locations, plan.districts)
    carried_there = carry_placements(at_home, locations, other.districts, other.carried_by)
    back = make_crosswalk(other.districts, plan.districts)
    # Only what is known by name has to take the crosswalk both ways; shapes find their district again.
    returned = carry_placements(carried_there, locations.assign(geometry=None), plan.districts, back)
    for placements in (carried_there, returned):
        assert placements.groupby("location_row")["share"].sum().nunique() == 1
    assert (
        build_ledger(replace(plan)).entries["amount_minor"].sum()
        == build_ledger(other).entries["amount_minor"].sum()
    )
