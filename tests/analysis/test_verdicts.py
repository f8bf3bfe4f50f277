"""Verdicts are no stronger than the curve and the numbers behind them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geoplan.analysis.equity import (
    concentration_index,
    describe_equity,
    gini,
    measure_equity,
    measure_spending,
)
from geoplan.analysis.equity.indices import curve_distances
from geoplan.analysis.equity.verdicts import CLEAR, NEUTRAL, SIZES, STRONG, judge, judge_curve

from .test_equity import ledger_of


def judged(index: float, above: float = 0.0, below: float = 0.0) -> str:
    return str(judge_curve(np.array([index]), np.array([above]), np.array([below]))[0])


@pytest.mark.parametrize(
    ("index", "above", "below", "verdict"),
    [
        # At the edges of both bands nothing is concluded; just beyond them it is.
        (-0.02, 0.5, 0.0, "neutral"),
        (-0.020001, 0.5, 0.0, "pro-poor"),
        (0.02, 0.0, 0.5, "neutral"),
        (0.020001, 0.0, 0.5, "pro-rich"),
        (-0.5, 0.01, 0.0, "neutral"),
        (-0.5, 0.010001, 0.01, "pro-poor"),
        (-0.5, 0.5, 0.010001, "mixed"),
        (0.5, 0.01, 0.010001, "pro-rich"),
        (0.0, 0.5, 0.5, "mixed"),
        (np.nan, np.nan, np.nan, "unknown"),
    ],
)
def test_curves_are_judged_with_a_band(index: float, above: float, below: float, verdict: str) -> None:
    assert judged(index, above, below) == verdict


def test_the_bare_sign_of_an_index_decides_nothing() -> None:
    # Four districts of equal population, poorest first: the index is below 0, but the poorest get next to nothing.
    spending, people, rank = [5, 60, 30, 5], [1, 1, 1, 1], [1, 2, 3, 4]
    assert concentration_index(spending, people, rank) < -NEUTRAL
    above, below, crossing = curve_distances(spending, people, rank)
    # Cumulative shares 5, 65, 95 % against 25, 50, 75 %: 20 below, then 15 and 20 above. From −20 to +15 the line crosses at 20/35 of the way from 25 % to 50 %.
    assert (above, below) == (pytest.approx(0.2), pytest.approx(0.2))
    assert crossing == pytest.approx(-(0.25 + 20 / 35 * 0.25))
    said = describe_equity(measure_equity(ledger_of([5, 30, 60, 5], [10] * 4, 0, 0))).verdicts
    assert said["verdict"].tolist() == ["mixed"]


@pytest.mark.parametrize(
    ("index", "size"),
    [(CLEAR - 1e-9, SIZES[0]), (CLEAR, SIZES[1]), (STRONG - 1e-9, SIZES[1]), (STRONG, SIZES[2])],
)
def test_sizes_have_stated_cut_points(index: float, size: str) -> None:
    values = {
        "concentration_index": np.full((1, 4), -index), "coady_grosh_hoddinott": np.full((1, 4), 1.2),
        "curve_above": np.full((1, 4), 0.1), "curve_below": np.zeros((1, 4)), "curve_crossing": np.full((1, 4), np.nan),
    }  # fmt: skip
    found = judge(values)
    assert (found["verdict"][0], found["size"][0]) == ("pro-poor", size)
    assert found["poorest_low"][0] == pytest.approx(0.48)


def test_a_range_names_the_weakest_size() -> None:
    values = {
        "concentration_index": np.array([[-0.2, -0.2, -0.5, -0.05]]), "coady_grosh_hoddinott": np.full((1, 4), 1.2),
        "curve_above": np.full((1, 4), 0.1), "curve_below": np.zeros((1, 4)), "curve_crossing": np.full((1, 4), np.nan),
    }  # fmt: skip
    assert judge(values)["size"][0] == "slightly"


def test_the_ends_of_a_range_are_judged_by_their_own_curves() -> None:
    # The highest curve belongs to the lowest index: all coarse money in the poorest districts.
    values = {
        "concentration_index": np.array([[0.0, 0.0, -0.3, 0.3]]), "coady_grosh_hoddinott": np.full((1, 4), 1.0),
        "curve_above": np.array([[0.0, 0.0, 0.0, 0.2]]), "curve_below": np.array([[0.0, 0.0, 0.0, 0.2]]),
        "curve_crossing": np.full((1, 4), np.nan),
    }  # fmt: skip
    found = judge(values)
    assert (found["verdict"][0], found["if_poorest"][0], found["if_richest"][0]) == (
        "depends",
        "pro-poor",
        "pro-rich",
    )


def test_a_sentence_that_depends_says_on_what_and_gives_numbers_last() -> None:
    equity = measure_equity(ledger_of([10, 10, 10, 20], [10] * 4, 0, 1000))
    (sentence,) = describe_equity(equity).verdicts["sentence"]
    first, second = sentence.split(". ", 1)
    assert first == "Whether poorer districts get more depends on where EUR 10 went"
    assert second.startswith(
        "If all of it went to the poorest districts, the spending is pro-poor; if to the best-off"
    )
    assert "concentration index" not in first and "concentration index −" in second


def test_a_verdict_gives_the_share_of_the_poorest_40_per_cent() -> None:
    # D is the poorest quarter, C the next: the poorest 40 % get all of D and 0.15 / 0.25 of C.
    (sentence,) = describe_equity(measure_equity(ledger_of([10, 20, 30, 40], [10] * 4, 0, 0))).verdicts[
        "sentence"
    ]
    assert "the poorest 40\u00a0% of people get 58.0\u00a0% of the money" in sentence


def test_values_at_0_have_no_sign() -> None:
    measures = measure_equity(ledger_of([10] * 4, [10] * 4, 0, 0)).measures
    values = measures.loc[measures["value"] == 0, "value"].to_numpy()
    assert len(values) and not np.signbit(values).any()


def test_only_a_range_can_be_unproven() -> None:
    equity = measure_equity(ledger_of([10, 20, 30, 40], [10] * 4, 0, 0))
    assert equity.measures["exact"].all()
    assert not any("not proven" in note for note in describe_equity(equity).notes)


@pytest.mark.parametrize(("currency", "said"), [("EUR", "EUR 30.50"), ("JPY", "JPY 30")])
def test_amounts_in_words_are_in_currency_units(currency: str, said: str) -> None:
    spending = 30.5 if currency == "EUR" else 30
    rows = pd.DataFrame(
        {
            "district": ["A", "B", "C"],
            "spending": [100.0, 20, spending],
            "population": [10, 20, 0],
            "poor": [5, 2, 0],
        }
    )
    assert f"C (population 0), with {said}" in measure_spending(rows, currency=currency)["left_out"].tolist()


@pytest.mark.parametrize(
    ("count", "told"), [(5, "E (population missing), with"), (6, "E (population missing) and 1 more, with")]
)
def test_five_districts_that_are_left_out_are_named(count: int, told: str) -> None:
    codes = [*"ABCDEFXY"[:count], "X", "Y"]
    ledger = ledger_of([1, 1, 1, 1], [10] * 4, 0, 0)
    entries = pd.concat([ledger.entries.iloc[:1]] * len(codes), ignore_index=True).assign(
        district=codes, amount_minor=100
    )
    districts = pd.concat([ledger.districts.iloc[:1]] * len(codes), ignore_index=True).assign(
        district=codes,
        name=codes,
        population=[np.nan] * count + [10.0, 20.0],
        poor=[np.nan] * count + [5.0, 1.0],
    )
    said = describe_equity(measure_equity(replace(ledger, entries=entries, districts=districts)))
    assert any(told in note for note in said.notes)


def test_only_rounding_errors_around_0_are_0() -> None:
    people = [1, 1]
    # Of two districts with x and 1 − x, the Gini coefficient is ½ − x.
    assert gini([0.5 - 8e-15, 0.5 + 8e-15], people) == 0
    assert 1.9e-14 < gini([0.5 - 2e-14, 0.5 + 2e-14], people) < 2.1e-14
