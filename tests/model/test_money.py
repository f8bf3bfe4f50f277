from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.model.errors import UsageError
from geoplan.model.money import (
    LARGEST_AMOUNT,
    SHARE_UNITS,
    format_minor,
    from_minor,
    is_currency,
    minor_digits,
    read_amount,
    share_units,
    split,
    to_minor,
)


def test_minor_digits_follow_iso_4217() -> None:
    assert [minor_digits(code) for code in ("EUR", "LAK", "NPR", "JPY", "KWD")] == [2, 2, 2, 0, 3]
    assert is_currency("EUR")
    assert not is_currency("EURO")


@pytest.mark.parametrize(
    ("text", "minor", "rest"),
    [
        ("1234.50", 123450, "0"),
        ("0.125", 12, "0.005"),
        ("0.135", 14, "-0.005"),
        ("-0.125", -12, "-0.005"),
        ("7", 700, "0"),
    ],
)
def test_amounts_are_rounded_once_half_to_even(text: str, minor: int, rest: str) -> None:
    value, left = to_minor(Decimal(text), 2)
    assert (value, left) == (minor, Decimal(rest))
    assert from_minor(value, 2) + left == Decimal(text)


def test_amounts_for_people_have_thin_spaces() -> None:
    assert format_minor(820000000, 2) == "8\u202f200\u202f000.00"
    assert format_minor(-5, 0) == "−5"


def test_largest_remainder_by_hand() -> None:
    # 1.00 over 1:1:1 -> exact thirds, the odd cent goes to the first; 0.10 over 5:3:2 -> 5, 3, 2.
    parts = split(np.array([100, 10]), np.array([0, 0, 0, 1, 1, 1]), np.array([1, 1, 1, 5, 3, 2]))
    assert parts.tolist() == [34, 33, 33, 5, 3, 2]
    # 7 over 2:1 -> 4.67 and 2.33: the larger remainder takes the cent that rounding down left.
    assert split(np.array([7]), np.array([0, 0]), np.array([2, 1])).tolist() == [5, 2]


def test_units_left_go_to_the_largest_remainders_of_each_amount() -> None:
    # 10 by 1, 2, 4: 1 rest 3/7, 2 rest 6/7, 5 rest 5/7: two units left, to the second and the third.
    # 7 by 1, 1, 1: one unit left, to the first. 9 by 2, 1: nothing left. 5 by 3, 1, 4: 1 7/8, 5/8, 2 1/2: first and second.
    weights = np.array([1, 2, 4, 1, 1, 1, 2, 1, 3, 1, 4])
    group = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3])
    assert split(np.array([10, 7, 9, 5]), group, weights).tolist() == [1, 3, 6, 3, 2, 2, 6, 3, 2, 1, 2]


def test_a_refund_is_split_like_a_payment() -> None:
    group, weights = np.array([0, 0, 0]), np.array([3, 1, 1])
    assert split(np.array([-101]), group, weights).tolist() == [
        -part for part in split(np.array([101]), group, weights)
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT),
            st.lists(st.integers(0, SHARE_UNITS // 10), min_size=1, max_size=8).filter(any),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_parts_add_up_and_keep_to_their_quota(cases: list[tuple[int, list[int]]]) -> None:
    amounts = np.array([amount for amount, _ in cases])
    group = np.repeat(np.arange(len(cases)), [len(weights) for _, weights in cases])
    weights = np.array([weight for _, weights in cases for weight in weights])
    parts = split(amounts, group, weights)
    for index, (amount, own) in enumerate(cases):
        mine = [int(part) for part in parts[group == index]]
        assert sum(mine) == amount
        for part, weight in zip(mine, own, strict=True):
            # |part - amount * weight / total| < 1, in exact whole numbers
            assert abs(part * sum(own) - amount * weight) < sum(own)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=20))
def test_shares_become_billionths_that_add_up(values: list[float]) -> None:
    shares = np.array(values) / sum(values)
    units = share_units(shares, np.zeros(len(values), dtype=np.int64), 1)
    assert units.sum() == SHARE_UNITS
    assert np.allclose(units / SHARE_UNITS, shares, atol=1e-8)


def test_a_last_bit_of_a_share_moves_no_cent() -> None:
    group = np.array([0, 0])
    even = share_units(np.array([0.5, 0.5]), group, 1)
    nearly = share_units(np.array([0.5 - 1e-13, 0.5 + 1e-13]), group, 1)
    assert (
        split(np.array([1]), group, even).tolist() == split(np.array([1]), group, nearly).tolist() == [1, 0]
    )


def test_an_amount_may_have_10_to_the_15_minor_units() -> None:
    assert read_amount("10000000000000.00", 2, "the budget") == 10**15
    assert read_amount("1000000000000000", 0, "the budget") == 10**15
    for amount, digits in (("10000000000000.01", 2), ("1000000000000001", 0)):
        with pytest.raises(UsageError, match=r"the budget is larger than 10\^15 minor units"):
            read_amount(amount, digits, "the budget")
