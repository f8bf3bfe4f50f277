"""Allocations: by hand, by properties, and by what is wrong with what was asked for."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.model.errors import GeoplanError, InputError, UsageError
from geoplan.outputs.report.planning_tables import allocation_sections
from geoplan.planning import allocate, find_transfers, parse_formula
from geoplan.planning.apportionment import apportion, cross

from ..conftest import tries

NEEDS = pd.DataFrame(
    {
        "district": ["A", "B", "C"],
        "name": ["Alpha", "Beta", "Gamma"],
        "population": [1000.0, 2000.0, 1000.0],
        "poor": [100.0, 800.0, 100.0],
        "area": [50.0, 25.0, 25.0],
        "villages": [np.nan, 4.0, 5.0],
        "received_minor": [10_000, 10_000, 30_000],
    }
)


def split(**options: Any) -> list[str]:
    found = allocate(NEEDS, options.pop("budget", "1000.00"), **{"currency": "EUR", **options})
    return [str(amount) for amount in found.districts["amount"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"rule": "equal"}, ["333.34", "333.33", "333.33"]),
        ({"rule": "population"}, ["250.00", "500.00", "250.00"]),
        ({"rule": "poor"}, ["100.00", "800.00", "100.00"]),
        # .5 × (.1, .8, .1) + .5 × (.5, .25, .25)
        ({"rule": "formula", "formula": "0.5*poor + 0.5*area"}, ["300.00", "525.00", "175.00"]),
        # B at its 200, A and C share 800 as 1 : 1
        ({"rule": "poor", "maxima": {"B": 200}}, ["400.00", "200.00", "400.00"]),
        # A and C at 300; B takes the rest
        ({"rule": "poor", "floor": "300"}, ["300.00", "400.00", "300.00"]),
        ({"rule": "poor", "minima": {"Gamma": 460}}, ["60.00", "480.00", "460.00"]),
        # 100, 100 and 300 received: per poor person 1, .125 and 3. B alone up to 1 per poor person takes 700,
        # then A and B share 300 as 100 : 800 up to 1.3333.
        ({"rule": "poverty-gap"}, ["33.33", "966.67", "0.00"]),
        ({"rule": "equal", "budget": "0.02"}, ["0.01", "0.01", "0.00"]),
        ({"rule": "equal", "currency": "JPY", "budget": "1000"}, ["334", "333", "333"]),
        ({"rule": "equal", "currency": "KWD", "budget": "1.000"}, ["0.334", "0.333", "0.333"]),
    ],
)  # fmt: skip
def test_split_by_hand(options: dict[str, Any], expected: list[str]) -> None:
    assert split(**options) == expected


def test_the_arithmetic_is_shown() -> None:
    found = allocate(NEEDS, 1000, currency="EUR", rule="formula", formula="3*poor + area", floor=200)
    row = found.districts.set_index("district").loc["A"]
    assert (row["poor_share"], row["area_share"]) == (0.1, 0.5)
    assert (row["poor_part"], row["area_part"], row["weight"]) == (0.075, 0.125, 0.2)
    assert (row["by_weight"], str(row["minimum"]), row["bound"]) == (200.0, "200.00", "minimum")
    # C by weight would have 137.50, so it is held; the others share 800 in .2 : .6625, A falls to its 200.
    assert found.districts["bound"].tolist() == ["minimum", "", "minimum"]
    assert found.rate * Fraction(53, 80) == 60_000
    assert row["amount_per_poor"] == 2.0


def test_shares_of_the_arithmetic_are_written_with_6_digits() -> None:
    found = allocate(NEEDS.assign(poor=[1, 1, 1]), 1000, currency="EUR", rule="poor")
    equity = pd.DataFrame({"measure": ["gini"], "before": [1 / 3]})
    sections = allocation_sections(found, equity)
    assert sections["arithmetic"]["poor_share"].tolist() == [0.333333] * 3
    assert sections["arithmetic"]["by_weight"].tolist() == [333.33] * 3
    assert sections["equity"].to_dict("list") == {"before": [0.3333]}


def test_little_money_per_poor_person_keeps_its_digits_and_no_poor_person_has_none() -> None:
    found = allocate(NEEDS.assign(poor=[100.0, 90_000.0, 0.0]), 3, currency="EUR", rule="equal")
    shown = allocation_sections(found, pd.DataFrame({"measure": []}))["proposal"]["proposed_per_poor"]
    # 1 EUR for each district: 1 ÷ 100, and 1 ÷ 90,000 = 0.0000111…
    assert shown.tolist() == [Decimal("0.01"), Decimal("0.000011"), None]


def test_five_districts_without_a_figure_are_named_and_the_others_counted() -> None:
    needs = pd.DataFrame({"district": [*"ABCDEFG"], "name": [*"ABCDEFG"], "poor": np.nan})
    with pytest.raises(InputError, match="missing for 'A', 'B', 'C', 'D', 'E' and 2 more"):
        allocate(needs, 100, currency="EUR", rule="poor")


def test_components_and_districts_both_add_up() -> None:
    found = allocate(
        NEEDS, "100.01", currency="EUR", rule="poor", components={"roads": "60%", "schools": "40"}
    )
    assert found.components == {"roads": 6001, "schools": 4000}
    cells = found.amounts.pivot_table(
        index="district", columns="component", values="amount_minor", aggfunc="sum"
    )
    assert cells.sum().to_dict() == found.components
    assert cells.sum(axis=1).tolist() == found.districts["amount_minor"].tolist() == [1000, 8001, 1000]
    assert cells.loc["A"].tolist() == [600, 400]


def test_formula_terms_are_normalised() -> None:
    terms = parse_formula("50% * poor + population*0.3 + 0.2*area + poor*0")
    assert [(term.factor, term.weight) for term in terms] == [
        ("poor", Fraction(1, 2)), ("population", Fraction(3, 10)), ("area", Fraction(1, 5)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("__import__('os').system('x')", "cannot read the formula"),
        ("poor.__class__", "cannot read the formula"),
        ("poor if 1 else area", "is not a number times a factor"),
        ("(poor)", "cannot read the formula"),
        ("poor - area", "use numbers of 0 or more"),
        ("poor * population", "is not a number times a factor"),
        ("0.5 * 2", "is not a number times a factor"),
        ("poor +", "is not a number times a factor"),
        ("", "is not a number times a factor"),
        ("0*poor", "are 0"),
        ("poors", "did you mean poor?"),
        ("lambda", "is no factor: use equal"),
        ("1e9999*poor", "is not a number times a factor"),
    ],
)
def test_a_formula_is_parsed_and_never_run(formula: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        split(rule="formula", formula=formula)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"rule": "poor", "floor": 400}, InputError, "the minima add up to EUR 1 200.00, EUR 200.00 over the budget"),
        ({"rule": "poor", "minima": {"A": 5}, "maxima": {"A": 4}}, InputError, "the minimum of 'A', EUR 5.00, is over its maximum"),
        ({"rule": "poor", "maxima": dict.fromkeys("ABC", 300)}, InputError, "leave EUR 100.00 of the budget"),
        ({"rule": "formula", "formula": "villages"}, InputError, "villages (villages), which is missing for 'A'"),
        ({"rule": "formula", "formula": "poverty_rate"}, InputError, "missing for 'A', 'B', 'C'"),
        ({"rule": "poor", "minima": {"Alfa": 1}}, UsageError, "did you mean 'Alpha'?"),
        ({"rule": "poor", "minima": {"A": 1, "alpha": 2}}, UsageError, "is given twice"),
        ({"rule": "poor", "minima": {"A": -1}}, UsageError, "must be 0 or more, not '-1'"),
        ({"rule": "poor", "maxima": {"A": "x"}}, UsageError, "is not an amount"),
        ({"rule": "poor", "budget": "-5"}, UsageError, "the budget must be 0 or more"),
        ({"rule": "poor", "budget": "0"}, UsageError, "give an amount above 0"),
        ({"rule": "poor", "budget": "nan"}, UsageError, "is not an amount"),
        ({"rule": "poor", "budget": "1e400"}, UsageError, "larger than 10^15"),
        ({"rule": "poor", "budget": "0.005"}, UsageError, "more decimals than the currency"),
        ({"rule": "poor", "budget": "1,000"}, UsageError, "a decimal point"),
        ({"rule": "best"}, UsageError, "choose from equal"),
        ({"rule": "formula"}, UsageError, "the rule formula needs a formula"),
        ({"rule": "poor", "formula": "area"}, UsageError, "takes no formula"),
        ({"rule": "poor", "components": {"x": "much"}}, UsageError, "the share of 'x' is no number"),
        ({"rule": "poor", "components": {"x": 0}}, InputError, "all shares are 0"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_said(options: dict[str, Any], kind: type[GeoplanError], said: str) -> None:
    with pytest.raises(kind) as error:
        split(**options)
    assert said in str(error.value).replace("\u202f", " ")


def test_all_clashes_are_listed_at_once() -> None:
    with pytest.raises(InputError) as error:
        split(rule="poor", minima={"A": 900, "B": 900}, maxima={"A": 1, "B": 1})
    assert len(error.value.problems) == 3


def test_a_factor_that_is_0_everywhere() -> None:
    with pytest.raises(InputError, match="which is 0 for every district"):
        allocate(NEEDS.assign(poor=0), 5, currency="EUR", rule="poor")


# --- properties ------------------------------------------------------------------------------

SMALL = tries(30)
bounds = st.tuples(st.integers(0, 30), st.none() | st.integers(0, 40))
parts = st.lists(st.tuples(st.integers(0, 9), bounds), min_size=1, max_size=7)


def unpack(drawn: list[tuple[int, tuple[int, int | None]]]) -> tuple[list[int], list[int], list[int | None]]:
    highest = [None if extra is None else low + extra for _, (low, extra) in drawn]
    return [weight for weight, _ in drawn], [low for _, (low, _) in drawn], highest


@SMALL
@given(st.integers(0, 300), parts)
def test_sums_bounds_and_feasibility(amount: int, drawn: list[Any]) -> None:
    weights, lowest, highest = unpack(drawn)
    most = sum((10**6 if high is None else high) if weight else low
               for weight, low, high in zip(weights, lowest, highest, strict=True))  # fmt: skip
    found = apportion(amount, weights, lowest, highest)
    assert (found is not None) == (sum(lowest) <= amount <= most)
    if found is None:
        return
    assert sum(found.amounts) == amount
    for got, weight, low, high, bound in zip(
        found.amounts, weights, lowest, highest, found.bound, strict=True
    ):
        assert low <= got and (high is None or got <= high)
        if weight and not bound and found.rate:
            assert abs(got - found.rate * weight) < 1


@SMALL
@given(st.integers(0, 300), parts, st.integers(2, 9))
def test_weights_count_in_proportion_only(amount: int, drawn: list[Any], times: int) -> None:
    weights, lowest, highest = unpack(drawn)
    one = apportion(amount, weights, lowest, highest)
    other = apportion(amount, [weight * times for weight in weights], lowest, highest)
    assert (one and one.amounts) == (other and other.amounts)


@SMALL
@given(
    st.integers(1, 10**7),
    st.lists(st.integers(1, 1000), min_size=2, max_size=6),
    st.integers(0, 10**6),
    st.randoms(),
)
def test_order_does_not_matter_and_more_poor_never_get_less(
    budget: int, poor: list[int], floor: int, chance: Any
) -> None:
    needs = pd.DataFrame({"district": [f"D{at}" for at in range(len(poor))], "poor": poor})
    amount = Decimal(budget).scaleb(-2)
    least = Decimal(min(floor, budget // len(poor))).scaleb(-2)
    found = allocate(needs, amount, currency="EUR", rule="poor", floor=least)
    order = list(needs.index)
    chance.shuffle(order)
    again = allocate(needs.loc[order], amount, currency="EUR", rule="poor", floor=least)
    pd.testing.assert_frame_equal(found.districts, again.districts)
    got = found.districts["amount_minor"].tolist()
    assert sum(got) == budget
    for one, other in zip(range(len(poor)), range(1, len(poor)), strict=False):
        if poor[one] > poor[other]:
            assert got[one] >= got[other]
    more = allocate(needs, amount * 2, currency="EUR", rule="poor", floor=least)
    assert all(after >= before for after, before in zip(more.districts["amount_minor"], got, strict=True))


@SMALL
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=6), st.lists(st.integers(0, 40), min_size=1, max_size=5)
)
def test_crossed_amounts_add_up_both_ways(rows: list[int], columns: list[int]) -> None:
    missing = sum(rows) - sum(columns)
    rows, columns = [*rows, max(0, -missing)], [*columns, max(0, missing)]
    cells = cross(rows, columns)
    assert cells.sum(axis=1).tolist() == rows
    assert cells.sum(axis=0).tolist() == columns
    assert (cells >= 0).all()


@SMALL
@given(st.lists(st.integers(0, 100), min_size=1, max_size=7), st.randoms())
def test_moves_reach_the_target_with_the_least_that_can_be_moved(amounts: list[int], chance: Any) -> None:
    codes = [f"D{at}" for at in range(len(amounts))]
    target = list(amounts)
    chance.shuffle(target)
    before, after = pd.Series(amounts, codes), pd.Series(target, codes)
    moves = find_transfers(before, after)
    for row in moves.itertuples(index=False):
        before[row[0]] -= row[2]
        before[row[1]] += row[2]
    assert before.tolist() == target
    assert moves["amount_minor"].sum() * 2 == sum(
        abs(one - other) for one, other in zip(amounts, target, strict=True)
    )
    assert len(moves) < len(amounts) or moves.empty
