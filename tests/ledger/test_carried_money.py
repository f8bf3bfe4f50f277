"""Money carried to another vintage: from districts without a partner, and from those largely outside it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geoplan.analysis.comparison import carry_ledger
from geoplan.geo.boundaries import make_crosswalk
from geoplan.ledger.entries import build_ledger, reconcile
from geoplan.plan.plan_tables import read_plan
from geoplan.plan.vintages import carry_plan

TOML = """
[plan]
title = "Two vintages"
[districts]
file = "old.geojson"
vintage = "old"
[locations]
file = "list.csv"
[spending]
file = "list.csv"
[vintages.new.districts]
file = "new.geojson"
"""


def write_layer(path: Path, **shapes: shapely.Polygon) -> None:
    gpd.GeoDataFrame({"district": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:4326").to_file(
        path
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # Half of A, a fiftieth of B and all of the island I lie in no new district.
    write_layer(
        tmp_path / "old.geojson",
        A=shapely.box(0, 0, 1, 1), B=shapely.box(1, 0, 2, 1), I=shapely.box(9, 0, 10, 1),
    )  # fmt: skip
    write_layer(tmp_path / "new.geojson", N=shapely.box(0.5, 0, 1, 1), O=shapely.box(1, 0, 1.98, 1))
    (tmp_path / "geoplan.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "list.csv").write_text(
        "project,district,year,kind,currency,amount\nP,A,2020,budget,EUR,100\nQ,B,2020,budget,EUR,10\n"
        "R,I,2020,commitment,EUR,1\n",
        encoding="utf-8",
    )
    return tmp_path


def test_money_of_a_district_without_a_partner_is_unmatched_and_noted(folder: Path) -> None:
    carried = carry_plan(read_plan(folder), "new")
    ledger = build_ledger(carried)
    rows = ledger.entries[["project", "place", "district", "amount_minor"]].astype(object)
    rows = rows.where(rows.notna(), None)
    assert rows.to_numpy().tolist() == [
        ["P", "district", "N", 10000],
        ["Q", "district", "O", 1000],
        ["R", "unmatched", None, 100],
    ]
    assert all(row.balances for row in reconcile(ledger))
    assert ledger.notes == (
        "Part of these districts lies in no district of new: 'A' (50%), 'I' (100%); "
        "their money is EUR 100.00 (budget), EUR 1.00 (commitment).",
    )


@pytest.mark.parametrize(("outside", "noted"), [(0.049, False), (0.051, True)])
def test_money_is_noted_when_more_than_a_twentieth_lies_outside(
    folder: Path, outside: float, noted: bool
) -> None:
    write_layer(
        folder / "new.geojson", N=shapely.box(outside, 0, 1, 1), O=shapely.box(1, 0, 2, 1),
        J=shapely.box(9, 0, 10, 1),
    )  # fmt: skip
    notes = build_ledger(carry_plan(read_plan(folder), "new")).notes
    assert any("'A' (5%)" in note for note in notes) == noted


@pytest.mark.parametrize(("count", "end"), [(5, "'E' (50%); "), (6, "'E' (50%) and 1 more; ")])
def test_a_note_lists_five_districts_and_counts_the_others(folder: Path, count: int, end: str) -> None:
    # Of each old district, a square, the western half lies in no new one.
    codes = "ABCDEF"[:count]
    write_layer(folder / "old.geojson", **{c: shapely.box(at, 0, at + 1, 1) for at, c in enumerate(codes)})
    write_layer(
        folder / "new.geojson", **{f"N{c}": shapely.box(at + 0.5, 0, at + 1, 1) for at, c in enumerate(codes)}
    )
    rows = "".join(f"P,{code},2020,budget,EUR,1\n" for code in codes)
    header = "project,district,year,kind,currency,amount\n"
    (folder / "list.csv").write_text(header + rows, encoding="utf-8")
    (note,) = build_ledger(carry_plan(read_plan(folder), "new")).notes
    assert f"{end}their money is EUR {count}.00 (budget)." in note
    assert "'F'" not in note


def test_a_ledger_carried_by_a_crosswalk_keeps_that_money_too(folder: Path) -> None:
    plan = read_plan(folder)
    other = carry_plan(plan, "new")
    weights = make_crosswalk(plan.districts, other.districts)
    carried = carry_ledger(build_ledger(plan), weights, build_ledger(other))
    unmatched = carried.entries[carried.entries["place"] == "unmatched"]
    assert unmatched[["project", "amount_minor"]].to_numpy().tolist() == [["R", 100]]
    assert unmatched["district"].isna().all()
    assert all(row.balances for row in reconcile(carried))


def test_lines_keep_their_lengths_in_the_districts_of_the_other_vintage(tmp_path: Path) -> None:
    write_layer(tmp_path / "old.geojson", A=shapely.box(0, 0, 2, 1))
    write_layer(tmp_path / "new.geojson", N=shapely.box(0, 0, 1, 1), O=shapely.box(1, 0, 2, 1))
    (tmp_path / "geoplan.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "list.csv").write_text(
        'project,geometry,year,kind,currency,amount\nP,"LINESTRING (0.25 0.5, 1.25 0.5)",2020,budget,EUR,100\n',
        encoding="utf-8",
    )
    entries = build_ledger(carry_plan(read_plan(tmp_path), "new")).entries
    # Three quarters of the line are in N. Along a parallel, lengths are as degrees.
    assert entries[["district", "amount_minor"]].to_numpy().tolist() == [["N", 7500], ["O", 2500]]
