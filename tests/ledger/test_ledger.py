"""Ledgers computed by hand on three squares, and what must hold for any input."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from geoplan.ledger.entries import build_ledger, list_entries, reconcile
from geoplan.ledger.entry_rows import sort_rows
from geoplan.model.errors import BalanceError, InputError
from geoplan.model.placement_rules import PlacementRule, has_rule
from geoplan.model.schema import BUCKETS, ENTRY_COLUMNS, PLACES
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, make_plan, read_plan

from ..conftest import SPENDING, TOML, WritePlan, tries


def rows_of(plan: Plan) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in list_entries(build_ledger(plan)).itertuples(index=False)]


def test_the_toy_ledger_by_hand(write_plan: WritePlan) -> None:
    # P: 100.00 evenly over A, B and a point outside; Q: precision 4; R: no location.
    assert rows_of(read_plan(write_plan())) == [
        (
            "P",
            "1",
            "roads",
            "X",
            2010,
            "budget",
            "EUR",
            "district",
            "A",
            Decimal("33.34"),
            "point; even split",
            "P1",
        ),
        (
            "P",
            "2",
            "roads",
            "X",
            2010,
            "budget",
            "EUR",
            "district",
            "B",
            Decimal("33.33"),
            "point; even split",
            "P1",
        ),
        (
            "P",
            "3",
            "roads",
            "X",
            2010,
            "budget",
            "EUR",
            "outside area",
            "",
            Decimal("33.33"),
            "point outside; even split",
            "",
        ),
        (
            "Q",
            "1",
            "schools",
            "Y",
            2011,
            "budget",
            "EUR",
            "province-wide",
            "",
            Decimal("50.00"),
            "precision 4",
            "P1",
        ),
        ("R", "", "office", "X", 2012, "budget", "EUR", "unlocated", "", Decimal("7.01"), "no location", ""),
    ]


def test_amounts_that_are_split_in_several_blocks_have_the_same_entries(
    write_plan: WritePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = read_plan(write_plan())
    whole = build_ledger(plan)
    for block in (1, 2):
        monkeypatch.setattr("geoplan.ledger.split._BLOCK", block)
        in_blocks = build_ledger(plan)
        assert in_blocks.entries["amount_minor"].tolist() == [3334, 3333, 3333, 5000, 701]
        pd.testing.assert_frame_equal(in_blocks.entries, whole.entries)


def test_reconciliation_names_every_bucket(write_plan: WritePlan) -> None:
    (sums,) = reconcile(build_ledger(read_plan(write_plan())))
    assert sums.input_total == sums.placed_total == Decimal("157.01")
    assert sums.in_districts == Decimal("66.67")
    assert list(sums.buckets) == list(BUCKETS)
    assert {bucket: str(amount) for bucket, amount in sums.buckets.items() if amount} == {
        "province-wide": "50.00",
        "outside area": "33.33",
        "unlocated": "7.01",
    }
    assert sums.difference == 0
    assert sums.balances


def test_rounding_is_a_line_of_the_reconciliation(write_plan: WritePlan) -> None:
    plan = read_plan(write_plan(spending=SPENDING.replace("100.00", "100.005").replace("50.00", "49.9951")))
    (sums,) = reconcile(build_ledger(plan))
    assert sums.input_total == Decimal("157.0101")
    assert sums.rounding == Decimal("0.0001")  # 100.005 to 100.00, 49.9951 to 50.00
    assert sums.placed_total == Decimal("157.01")
    assert sums.difference == 0


def test_currencies_keep_their_minor_digits(write_plan: WritePlan) -> None:
    spending = "project,year,kind,currency,amount\nP,2010,budget,JPY,100\nP,2010,budget,KWD,0.010\n"
    ledger = list_entries(build_ledger(read_plan(write_plan(spending=spending))))
    assert ledger.groupby("currency", observed=True)["amount"].apply(
        lambda amounts: [str(amount) for amount in amounts]
    ).to_dict() == {
        "JPY": ["34", "33", "33"],
        "KWD": ["0.004", "0.003", "0.003"],
    }


def test_own_amount_before_own_share_before_even_split(write_plan: WritePlan) -> None:
    locations = "project,location,share,geometry\nP,1,0.25,POINT (0.5 0.5)\nP,2,0.75,POINT (1.5 0.5)\n"
    spending = (
        "project,location,year,kind,currency,amount\nP,,2010,budget,EUR,1.00\nP,2,2010,budget,EUR,5.00\n"
    )
    rows = [
        (row[1], str(row[9]), row[10])
        for row in rows_of(read_plan(write_plan(locations=locations, spending=spending)))
    ]
    assert rows == [
        ("1", "0.25", "point; own share"),
        ("2", "5.00", "point; own amount"),
        ("2", "0.75", "point; own share"),
    ]


def test_lines_by_length_and_areas_by_area(write_plan: WritePlan) -> None:
    # Along the equator a degree is a degree: 0.5 in A, 1 in B, 0.5 in C; the area is 1 in C, 3 outside.
    locations = (
        "project,location,geometry\n"
        'P,line,"LINESTRING (0.5 0, 2.5 0)"\n'
        'Q,area,"POLYGON ((2 -1, 4 -1, 4 1, 2 1, 2 -1))"\n'
    )
    rows = [row for row in rows_of(read_plan(write_plan(locations=locations))) if row[0] in "PQ"]
    amounts = {(row[0], row[7], row[8]): str(row[9]) for row in rows}
    assert amounts == {
        ("P", "district", "A"): "25.00",
        ("P", "district", "B"): "50.00",
        ("P", "district", "C"): "25.00",
        ("Q", "district", "C"): "12.50",
        ("Q", "outside area", ""): "37.50",
    }


def test_entries_are_the_same_whatever_the_order_of_rows(write_plan: WritePlan) -> None:
    plan = read_plan(find_bundled_plan())
    expected = list_entries(build_ledger(plan))
    shuffled = replace(
        plan,
        districts=plan.districts.sample(frac=1, random_state=1),
        locations=plan.locations.sample(frac=1, random_state=2),
        spending=plan.spending.sample(frac=1, random_state=3),
        projects=plan.projects.sample(frac=1, random_state=4),
        profile=plan.profile.sample(frac=1, random_state=5),
    )
    pd.testing.assert_frame_equal(list_entries(build_ledger(shuffled)), expected)


def test_building_changes_none_of_the_plans_tables() -> None:
    plan = read_plan(find_bundled_plan())
    before = {
        name: getattr(plan, name).copy(deep=True)
        for name in ("districts", "profile", "projects", "locations", "spending")
    }
    build_ledger(plan)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(plan, name)), pd.DataFrame(frame))


def test_rows_are_sorted_by_keys_that_together_need_more_than_63_bits() -> None:
    # By hand: (0, 5), (0, 2**40), then the two rows (2**40, 0) as they come, then (2**40, 2**40).
    wide = 2**40
    first = np.array([wide, 0, wide, 0, wide])
    second = np.array([0, wide, wide, 5, 0])
    assert sort_rows([first, second]).tolist() == [3, 1, 0, 4, 2]


@pytest.mark.parametrize("span", [2, 50, 2**20, 2**50])
def test_rows_are_sorted_by_all_keys_and_equal_rows_keep_their_order(span: int) -> None:
    random = np.random.default_rng(span)
    keys = [
        random.integers(-span, span, 3_000),
        random.integers(0, 3, 3_000),
        random.integers(0, 9, 3_000),
    ]
    keys[2][0] = 2**59 // span  # with a number this wide, the first bits of the others are the same
    rows = list(zip(*(key.tolist() for key in keys), strict=True))
    assert sort_rows(keys).tolist() == sorted(range(3_000), key=rows.__getitem__)
    assert sort_rows([key[:0] for key in keys]).tolist() == []
    # A first key that fills a number alone; the two others share the next.
    wide = [np.array(key) for key in ([0, 1 << 62, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0])]
    assert sort_rows(wide).tolist() == [3, 2, 0, 1]


def test_a_ledger_that_is_off_is_refused(write_plan: WritePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    # A fault is planted in the split, to see that the check that guards it is awake.
    import geoplan.ledger.split

    monkeypatch.setattr(geoplan.ledger.split, "split", lambda amounts, group, weights: amounts[group])
    with pytest.raises(BalanceError, match="the ledger is off by EUR"):
        build_ledger(read_plan(write_plan()))


# --- properties ------------------------------------------------------------------------------

SQUARES = gpd.GeoDataFrame(
    {"district": ["A", "B", "C"]}, geometry=[box(index, 0, index + 1, 1) for index in range(3)], crs=4326
)
COORDINATES = st.sampled_from([-0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 2.75, 3.0, 3.5])
SHAPES = st.one_of(
    st.none(),
    st.builds(Point, COORDINATES, COORDINATES),
    st.lists(st.tuples(COORDINATES, COORDINATES), min_size=2, max_size=4, unique=True).map(LineString),
    st.tuples(COORDINATES, COORDINATES).map(lambda corner: box(*corner, corner[0] + 0.8, corner[1] + 0.6)),
)
LOCATED = st.fixed_dictionaries(
    {
        "project": st.sampled_from("PQR"),
        "name": st.sampled_from(["A", "Alpha", "nowhere", None]),
        "precision": st.sampled_from([None, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        "geometry": SHAPES,
    }
)
SPENT = st.fixed_dictionaries(
    {
        "project": st.sampled_from("PQRS"),
        "component": st.sampled_from(["one", "two"]),
        "funder": st.sampled_from(["x", "y"]),
        "year": st.integers(2009, 2016),
        "kind": st.sampled_from(["budget", "disbursement"]),
        "currency": st.sampled_from(["EUR", "JPY"]),
        "amount_minor": st.integers(-(10**15), 10**15),
    }
)


def plan_of_rows(located: list[dict[str, Any]], spent: list[dict[str, Any]]) -> Plan:
    from geoplan.model.schema import DISTRICTS, LOCATIONS, PROFILE, PROJECTS
    from geoplan.model.schema import SPENDING as SPENDING_TABLE

    def frame(rows: list[dict[str, Any]], names: tuple[str, ...]) -> pd.DataFrame:
        made = pd.DataFrame(
            {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
        )
        return made.assign(source_file="table.csv", source_row=range(2, len(rows) + 2))

    locations = frame(
        [{**row, "location": str(number)} for number, row in enumerate(located)], LOCATIONS.names
    )
    spending = frame(spent, SPENDING_TABLE.read_names)
    districts = SQUARES.reindex(columns=[*DISTRICTS.names]).assign(province="P1")
    return Plan(
        title="any",
        districts=gpd.GeoDataFrame(districts, geometry="geometry", crs=4326),
        profile=pd.DataFrame({name: [] for name in PROFILE.names}),
        projects=pd.DataFrame({name: [] for name in PROJECTS.names}),
        locations=gpd.GeoDataFrame(
            locations.astype({"precision": float, "share": float}), geometry="geometry", crs=4326
        ),
        spending=spending.assign(amount_minor=spending["amount_minor"].astype("int64"), rounding=Decimal(0)),
    )


@tries(20)
@given(
    st.lists(LOCATED, max_size=6), st.lists(SPENT, min_size=1, max_size=8), st.randoms(use_true_random=False)
)
def test_any_ledger_balances_in_any_order_and_at_any_scale(
    located: list[dict[str, Any]], spent: list[dict[str, Any]], random_: random.Random
) -> None:
    plan = plan_of_rows(located, spent)
    entries = build_ledger(plan).entries
    given_ = Counter[str]()
    for row in spent:
        given_[row["currency"]] += row["amount_minor"]
    for currency, total in given_.items():
        assert sum(entries.loc[entries["currency"] == currency, "amount_minor"].tolist()) == total
    assert set(entries["place"].astype(str)) <= set(PLACES)
    assert (entries["district"].notna() == (entries["place"] == "district")).all()

    order = random_.sample(range(len(spent)), len(spent))
    shuffled = build_ledger(replace(plan, spending=plan.spending.iloc[order]))
    columns = [*ENTRY_COLUMNS]
    pd.testing.assert_frame_equal(shuffled.entries[columns], entries[columns])

    opposite = build_ledger(
        replace(plan, spending=plan.spending.assign(amount_minor=-plan.spending["amount_minor"]))
    )
    assert sorted(opposite.entries["amount_minor"]) == sorted(-entries["amount_minor"])


@tries(12)
@given(st.lists(LOCATED, max_size=6), st.lists(SPENT, min_size=1, max_size=6))
def test_twice_the_money_is_twice_the_ledger_and_once_more_the_same(
    located: list[dict[str, Any]], spent: list[dict[str, Any]]
) -> None:
    spent = [{**row, "amount_minor": row["amount_minor"] // 2} for row in spent]
    plan = plan_of_rows(located, spent)
    once, again = build_ledger(plan).entries, build_ledger(plan).entries
    pd.testing.assert_frame_equal(once, again)
    twice = build_ledger(
        replace(plan, spending=plan.spending.assign(amount_minor=plan.spending["amount_minor"] * 2))
    ).entries
    keys = ["source_row", "location", "place", "district", "rule"]
    both = [frame.groupby(keys, observed=True, dropna=False)["amount_minor"].sum() for frame in (once, twice)]
    assert both[1].sum() == 2 * both[0].sum()
    # A part is off its exact share by less than a cent at each of the two splits.
    assert ((2 * both[0] - both[1]).abs() <= 6).all()


# --- real data -------------------------------------------------------------------------------


def test_nepal_commitments_reach_the_ledger_to_the_cent(shared: Path, tmp_path: Path) -> None:
    aid = shared / "aid" / "nepal_aims"
    (tmp_path / "geoplan.toml").write_text(
        f"""
[plan]
title = "Nepal"
[districts]
file = '{shared / "nepal" / "nepal-districts.geojson"}'
[projects]
file = '{aid / "projects.csv"}'
[locations]
file = '{aid / "locations.csv"}'
[spending]
file = '{aid / "transactions.csv"}'
"""
    )
    plan = read_plan(tmp_path)
    assert (len(plan.projects), len(plan.locations), len(plan.districts)) == (873, 20_952, 75)
    transactions = pd.read_csv(aid / "transactions.csv", dtype=str)
    listed = transactions[transactions["project_id"].isin(plan.projects["project"])]
    expected = sum(
        Decimal(value) for value in listed.loc[listed["transaction_value_code"] == "C", "transaction_value"]
    )
    (sums,) = reconcile(build_ledger(plan.only("commitment")))
    assert sums.input_total == sums.placed_total == expected == Decimal("9211134466")
    both = reconcile(build_ledger(plan))
    placed = sum(sums.placed_total for sums in both)
    assert len(both) == 2 and placed == sum(Decimal(value) for value in listed["transaction_value"])


def test_laos_money_of_a_province_is_in_no_district(shared: Path) -> None:
    aid = shared / "aid" / "adb_laos"
    plan = make_plan(
        districts=shared / "laos" / "lao_districts_2019.gpkg",
        locations=aid / "locations.csv",
        spending=aid / "transactions.csv",
        projects=aid / "projects.csv",
    )
    ledger = build_ledger(plan)
    (sums,) = reconcile(ledger)
    assert sums.placed_total == sum(
        Decimal(value) for value in pd.read_csv(aid / "transactions.csv", dtype=str)["transaction_value"]
    )
    named = plan.locations.set_index("location")["name"]
    entries = ledger.entries.assign(name=ledger.entries["location"].astype(str).map(named))
    province = entries[entries["name"] == "Bolikhamsai"]
    assert len(province) > 0
    assert set(province["place"]) == {"province-wide"}
    assert entries[entries["district"] == "LA1106"]["name"].unique().tolist() == ["Muang Viangthong"]
    khamkeut = entries[entries["name"] == "Muang Khamkeut"]
    assert set(khamkeut["district"]) == {"LA1105"}
    assert has_rule(khamkeut["rule"], PlacementRule.DISTRICT_NAME).all()
    assert has_rule(khamkeut["rule"], PlacementRule.AGAINST_POINT).all()


@pytest.mark.parametrize(
    ("shares", "rescale", "expected"),
    [
        (["0.33", "0.33", "0.33"], False, [33.34, 33.33, 33.33]),
        (["0.3", "0.3", "0.3"], False, [33.34, 33.33, 33.33]),
        (["0.5", "0.5", "1"], True, [25, 25, 50]),
    ],
)
def test_shares_that_are_rounded_or_rescaled_are_taken_in_proportion(
    shares: list[str], rescale: bool, expected: list[float], write_plan: WritePlan
) -> None:
    rows = "".join(f"P,{code},{share}\n" for code, share in zip("ABC", shares, strict=True))
    toml = TOML.replace('"locations.csv"', '"locations.csv"\nshares = "rescale"') if rescale else TOML
    spending = "project,year,kind,currency,amount\nP,2010,budget,EUR,100\n"
    folder = write_plan(locations=f"project,district,share\n{rows}", spending=spending, toml=toml)
    entries = build_ledger(read_plan(folder)).entries
    assert (entries.groupby("district", observed=True)["amount_minor"].sum() / 100).tolist() == expected


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        # 0.7 millionths short of 1: exact, and the rest goes to the first of the largest shares.
        (["0.3333331"] * 3, [333333800, 333333100, 333333100]),
        # 1 millionth short, which is rounding of six decimals: in proportion, in billionths.
        (["0.333333"] * 3, [333333334, 333333333, 333333333]),
        (["0.5", "0.5000009", "0"], [500000000, 500000000, 0]),
    ],
)
def test_shares_within_a_millionth_of_1_are_exact(
    shares: list[str], expected: list[float], write_plan: WritePlan
) -> None:
    rows = "".join(f"P,{code},{share}\n" for code, share in zip("ABC", shares, strict=True))
    spending = "project,year,kind,currency,amount\nP,2010,budget,EUR,1000000000\n"
    entries = build_ledger(
        read_plan(write_plan(locations=f"project,district,share\n{rows}", spending=spending))
    ).entries
    placed = entries.groupby("district", observed=False)["amount_minor"].sum() / 100
    assert placed.tolist() == expected


def test_shares_that_are_off_by_more_than_a_millionth_are_refused(write_plan: WritePlan) -> None:
    folder = write_plan(locations="project,district,share\nP,A,0.5\nP,B,0.5000011\n")
    with pytest.raises(InputError, match="shares of project 'P' add up to 1, not 1"):
        read_plan(folder)


def test_a_ledger_in_a_notebook_shows_its_first_10_entries(write_plan: WritePlan) -> None:
    spending = SPENDING + "".join(f"R,office,X,{year},budget,EUR,1.00\n" for year in range(2013, 2021))
    shown = build_ledger(read_plan(write_plan(spending=spending)))._repr_html_()
    assert "Ledger of 13 entries; the first 10 below" in shown
