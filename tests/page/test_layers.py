"""The page as data: its sums are the ledger's, to the cent."""

import json
from decimal import Decimal

import numpy as np
import pytest

from geoplan.ledger.entries import build_ledger, reconcile
from geoplan.ledger.entry_rows import written_rules
from geoplan.model.errors import UsageError
from geoplan.model.schema import BUCKETS
from geoplan.page.ledger_columns import pack
from geoplan.page.page_data import MEASURES, page_data
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan
from geoplan.plan.vintages import carry_plan


def columns(packed):
    """Return the ledger's columns at full length."""
    names = (
        "project",
        "location",
        "component",
        "funder",
        "year",
        "kind",
        "currency",
        "place",
        "rule",
        "amount",
    )
    rows = packed["rows"]
    return {name: unpacked(packed[name], rows) for name in names}


def unpacked(column, rows):
    """Undo `pack`."""
    if isinstance(column, dict):
        return np.cumsum(column["steps"]).tolist()
    return column if isinstance(column, list) else [column] * rows


def sums_by_place(data, currency, kind):
    """Add up amounts by place, as the page's script does."""
    ledger = data["ledger"]
    table = columns(ledger)
    places = [*data["districts"]["code"], *data["buckets"]]
    sums = dict.fromkeys(places, 0)
    for place, amount, of_currency, of_kind in zip(
        table["place"], table["amount"], table["currency"], table["kind"], strict=True
    ):
        if list(data["currencies"])[of_currency] == currency and ledger["kinds"][of_kind] == kind:
            sums[places[place]] += int(amount)
    return sums


@pytest.mark.parametrize(
    ("numbers", "packed"),
    [([], []), ([5], [5]), ([5, 5], 5), ([-1, 0, 0, 7], {"steps": [-1, 1, 0, 7]}), ([3, 1], [3, 1])],
)
def test_packing(numbers, packed):
    import pandas as pd

    assert pack(pd.Series(numbers, dtype="int64")) == packed
    assert unpacked(packed, len(numbers)) == numbers


@pytest.fixture(scope="module")
def small(toys):
    plan = toys.small_plan()
    ledger = build_ledger(plan)
    return plan, ledger, page_data(plan, ledger)


def test_sums_by_place_are_those_worked_by_hand(small):
    _, _, data = small
    sums = sums_by_place(data, "EUR", "budget")
    assert sums == {
        "D0": 130000,
        "D1": 30000,
        "D2": 50000,
        "D3": 0,
        "province-wide": 20000,
        "country-wide": 0,
        "outside area": 0,
        "unlocated": 9999,
        "unmatched": 0,
    }


def test_kinds_and_currencies_stay_apart(small):
    _, _, data = small
    assert sum(sums_by_place(data, "EUR", "disbursement").values()) == 40000
    assert sum(sums_by_place(data, "LAK", "budget").values()) == 700
    assert data["currencies"] == {"EUR": 2, "LAK": 2}
    assert data["ledger"]["kinds"] == ["budget", "disbursement"]


def test_page_holds_the_whole_ledger(small):
    _, ledger, data = small
    table = columns(data["ledger"])
    assert sum(table["amount"]) == int(ledger.entries["amount_minor"].sum())
    by_rule = {}
    for rule, amount in zip(table["rule"], table["amount"], strict=True):
        name = "; ".join(", ".join(step) for step in data["ledger"]["rules"][rule])
        by_rule[name] = by_rule.get(name, 0) + amount
    assert (
        by_rule
        == ledger.entries.groupby(written_rules(ledger.entries), observed=True)["amount_minor"]
        .sum()
        .to_dict()
    )


def test_reconciliation_is_by_currency_and_kind_and_adds_up_to_the_ledgers(small):
    _, ledger, data = small
    rows = data["reconciliation"]
    assert [
        (row["currency"], row["kind"], row["given"], row["districts"], row["elsewhere"], row["difference"])
        for row in rows
    ] == [
        ("EUR", "budget", "2399.99", "2100.00", "299.99", "0.00"),
        ("EUR", "disbursement", "400.00", "400.00", "0.00", "0.00"),
        ("LAK", "budget", "7.00", "7.00", "0.00", "0.00"),
    ]
    assert [
        (row["currency"], row["kind"], Decimal(row["given"]), Decimal(row["districts"])) for row in rows
    ] == [(sums.currency, sums.kind, sums.input_total, sums.in_districts) for sums in reconcile(ledger)]


def test_missing_population_is_missing_not_zero(small):
    _, _, data = small
    assert data["districts"]["population"] == [1000, 2000, None, None]
    assert data["districts"]["poor"] == [100, 1000, None, None]
    assert data["districts"]["classes"] == ["better off", "poor", "very poor"]
    assert data["districts"]["poverty_class"] == [0, 1, 2, -1]


def test_classes_are_ordered_by_rate_then_by_words_else_not_at_all(toys):
    import pandas as pd

    from geoplan.ledger.district_figures import complete_figures
    from geoplan.ledger.poverty_classes import order_classes

    def order(classes, rates):
        rows = {"district": [f"D{at}" for at in range(len(classes))], "poverty_class": classes}
        return order_classes(complete_figures(pd.DataFrame({**rows, "poverty_rate": rates})))

    nothing = [None] * 3
    assert order(["b", "a", "c"], [0.1, 0.4, 0.2]) == (["b", "c", "a"], True)
    assert order(["very poor", "poor", "more developed"], nothing) == (
        ["more developed", "poor", "very poor"],
        True,
    )
    assert order(["very poor", "priority", "poor"], nothing) == (["poor", "priority", "very poor"], False)
    assert order(nothing, nothing) == ([], True)


def test_locations_are_drawn_by_shape(small):
    _, _, data = small
    locations = data["locations"]
    assert unpacked(locations["project"], 4) == [0, 1, 2, 3]
    assert locations["points"]["location"] == [0]
    assert locations["lines"]["location"] == [1]
    assert locations["areas"]["location"] == [2]
    assert len(locations["areas"]["rings"][0]) == 1
    west, step = data["grid"]["west"], data["grid"]["step"]
    assert west + step * locations["points"]["x"][0] == pytest.approx(0.25, abs=step)


def test_a_point_that_stands_for_a_province_has_no_mark(toys):
    locations = [
        {"project": "P", "geometry": toys.Point(0.5, 0.5), "precision": 1},
        {"project": "P", "geometry": toys.Point(0.5, 0.5), "precision": 3},
        {"project": "P", "geometry": toys.Point(0.5, 0.5), "precision": 4},
        {"project": "P", "geometry": toys.Point(0.5, 0.5), "precision": 8},
    ]
    plan = toys.plan_of(toys.squares(1), [{"project": "P"}], locations, [toys.amount("P", 4)])
    data = page_data(plan, build_ledger(plan))
    assert unpacked(data["locations"]["points"]["location"], 2) == [0, 1]
    assert data["locations"]["coarse"] == 2


def test_shapes_of_many_parts_and_kinds_are_drawn_part_by_part(toys):
    from shapely import GeometryCollection, MultiPoint
    from shapely.geometry import LineString

    mixed = GeometryCollection(
        [
            MultiPoint([(0.1, 0.1), (0.2, 0.2)]),
            LineString([(0, 0), (1, 1)]),
            GeometryCollection([toys.box(0.5, 0.5, 0.6, 0.6)]),
        ]
    )
    locations = [{"project": "P", "geometry": mixed}, {"project": "P", "geometry": toys.Point()}]
    plan = toys.plan_of(toys.squares(1), [{"project": "P"}], locations, [])
    drawn = page_data(plan, build_ledger(plan), measure="poverty_class")["locations"]
    points = unpacked(drawn["points"]["location"], 2)
    assert (points, drawn["lines"]["location"], drawn["areas"]["location"]) == (
        [0, 0],
        [0],
        [0],
    )


def test_illustrative_rows_are_marked(small):
    _, _, data = small
    assert data["projects"]["illustrative"] == [2]


def test_data_is_json_without_nan(small):
    _, _, data = small
    json.dumps(data, allow_nan=False)


def test_rows_in_another_order_give_the_same_data(toys):
    plan = toys.small_plan()
    from dataclasses import replace

    turned = replace(
        plan,
        districts=plan.districts.iloc[::-1].reset_index(drop=True),
        projects=plan.projects.iloc[::-1].reset_index(drop=True),
        locations=plan.locations.iloc[::-1].reset_index(drop=True),
        spending=plan.spending.iloc[::-1].reset_index(drop=True),
    )
    assert page_data(plan, build_ledger(plan)) == page_data(turned, build_ledger(turned))


def test_the_callers_tables_are_not_changed(toys):
    plan = toys.small_plan()
    before = {
        name: getattr(plan, name).copy()
        for name in ("districts", "profile", "projects", "locations", "spending")
    }
    page_data(plan, build_ledger(plan))
    for name, frame in before.items():
        assert frame.equals(getattr(plan, name))


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_can_open_the_page(toys, measure):
    plan = toys.small_plan()
    assert page_data(plan, build_ledger(plan), measure=measure)["measure"] == measure


def test_unknown_measure_is_refused(toys):
    plan = toys.small_plan()
    with pytest.raises(UsageError, match="unknown measure 'colour'"):
        page_data(plan, build_ledger(plan), measure="colour")


def test_sums_beyond_a_float_travel_as_text(toys):
    rows = [toys.amount("P", 10**15, location=str(at)) for at in range(12)]
    locations = [{"project": "P", "location": str(at), "geometry": toys.Point(0.5, 0.5)} for at in range(12)]
    plan = toys.plan_of(toys.squares(1), [{"project": "P"}], locations, rows)
    data = page_data(plan, build_ledger(plan))
    assert data["ledger"]["big"] is True
    assert sum(int(amount) for amount in data["ledger"]["amount"]) == 12 * 10**15


@pytest.mark.parametrize(
    ("districts", "locations", "spending"),
    [
        pytest.param(1, [], [], id="one district and nothing else"),
        pytest.param(2, [], [("P", 5)], id="no location"),
        pytest.param(2, [{"project": "P", "precision": 9}], [("P", 5)], id="all money coarse"),
        pytest.param(2, [{"project": "P", "name": ""}], [("P", 0)], id="empty name and an amount of 0"),
        pytest.param(2, [{"project": "P"}], [("P", -5)], id="negative amount"),
    ],
)
def test_degenerate_plans_make_a_page(toys, districts, locations, spending):
    rows = [toys.amount(project, cents) for project, cents in spending]
    plan = toys.plan_of(toys.squares(districts), [{"project": "P"}], locations, rows)
    data = page_data(plan, build_ledger(plan), measure="amount" if spending else "poverty_class")
    table = columns(data["ledger"])
    assert sum(table["amount"]) == sum(cents for _, cents in spending)
    assert all(place >= districts for place in table["place"])
    assert data["buckets"] == list(BUCKETS)


def test_three_hundred_components_are_ranked_by_projects(toys):
    rows = [toys.amount("P", 1, component=f"C{at:03}") for at in range(300)] + [
        toys.amount("Q", 1, component="C200")
    ]
    plan = toys.plan_of(toys.squares(1), [{"project": "P"}, {"project": "Q"}], [], rows)
    ledger = page_data(plan, build_ledger(plan))["ledger"]
    assert len(ledger["components"]) == 300
    assert ledger["ranking"][:2] == [200, 0]


def test_a_rule_names_the_district_that_money_was_carried_from():
    plan = carry_plan(read_plan(find_bundled_plan()), "2009")
    ledger = build_ledger(plan)
    carried = {
        (step[-1], district)
        for rule, district in zip(
            *map(page_data(plan, ledger)["ledger"].get, ("rules", "carried_from")), strict=True
        )
        for step in rule
        if district
    }
    known = set(ledger.entries["carried_from"]) - {""}
    assert known and carried >= {("carried from {district}", district) for district in known}
