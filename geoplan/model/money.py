"""Amounts in minor units (cents): read exactly, and split without losing a cent.

How this works: an amount is a whole number of minor units from reading to writing, so sums are exact.
`split` divides each amount in proportion to whole-number weights. It rounds every part down and gives
the remaining units to the largest remainders, one each (Hamilton's method), for all amounts at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from functools import cache

import numpy as np
import numpy.typing as npt

from geoplan.model.errors import UsageError, show_value

SHARE_UNITS = 1_000_000_000
"""Shares are whole billionths, so that rounding of floats never moves a cent."""

SHARE_TOLERANCE = 1e-6
"""Difference from 1 up to which the sum of shares counts as exact."""

LARGEST_AMOUNT = 10**15
"""Largest amount of one spending row, in minor units: ten trillion in a currency with cents."""

Amount = Decimal | int | str
"""An amount in currency units, as callers may pass it."""

Integers = npt.NDArray[np.int64]
_EXACT = Context(prec=60)


@cache
def is_currency(code: str) -> bool:
    """Tell whether ``code`` is a currency of ISO 4217, like ``EUR`` or ``LAK``."""
    from iso4217 import Currency

    return any(code == currency.code for currency in Currency)


@cache
def minor_digits(currency: str) -> int:
    """Return how many decimals a currency has by ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD.

    Raises
    ------
    UsageError
        The currency does not exist.

    >>> minor_digits("EUR"), minor_digits("JPY")
    (2, 0)
    """
    from iso4217 import Currency

    try:
        exponent = Currency(currency).exponent
    except ValueError:
        raise UsageError(
            f"{show_value(currency)} is no currency: use an ISO 4217 code, such as EUR, USD or LAK"
        ) from None
    return 2 if exponent is None else int(exponent)


def to_minor(amount: Decimal, digits: int) -> tuple[int, Decimal]:
    """Round an amount once, half to even, to minor units.

    Parameters
    ----------
    amount : Decimal
        Currency units.
    digits : int
        Decimals of the currency.

    Returns
    -------
    tuple of int and Decimal
        The amount in minor units, and the rounding difference (input minus result, in currency units).

    >>> to_minor(Decimal("0.125"), 2)
    (12, Decimal('0.005'))
    """
    minor = int(amount.scaleb(digits, _EXACT).to_integral_value(ROUND_HALF_EVEN, _EXACT))
    return minor, _EXACT.subtract(amount, from_minor(minor, digits))


def from_minor(minor: int, digits: int) -> Decimal:
    """Convert minor units to currency units, with exactly the currency's decimals.

    >>> from_minor(820000000, 2)
    Decimal('8200000.00')
    """
    return Decimal(int(minor)).scaleb(-digits)


def format_minor(minor: int, digits: int) -> str:
    """Format minor units for readers, with thin spaces between thousands.

    >>> format_minor(-123456789, 2).replace(chr(0x202F), "_")
    '−1_234_567.89'
    """
    return format_exact(from_minor(minor, digits))


def format_exact(amount: Decimal) -> str:
    """Format an exact amount for readers, with all its digits.

    >>> format_exact(Decimal("-1234.0050")).replace(chr(0x202F), "_"), format_exact(Decimal("-0.00"))
    ('−1_234.0050', '0.00')
    """
    text = f"{abs(amount):,f}".replace(",", "\u202f")
    return f"−{text}" if amount < 0 else text


def split(amounts: Integers, group: Integers, weights: Integers) -> Integers:
    """Split amounts over their parts in proportion to whole-number weights, by largest remainder.

    The parts of an amount add up to it exactly. The units left after rounding down go to the
    largest remainders; of equal remainders, the earlier part comes first. A negative amount is
    split like the positive one, with the sign reversed.

    Parameters
    ----------
    amounts : (n,) int64
        Minor units, at most `LARGEST_AMOUNT` each.
    group : (m,) int64, ascending
        Index of the amount that each part belongs to.
    weights : (m,) int64, not negative
        Weights of the parts. Those of one amount add up to more than 0 and at most 2e9.

    Returns
    -------
    (m,) int64
        Minor units of each part.

    Notes
    -----
    Hamilton's method (largest remainder). With ``A = qW + r`` the exact part is
    ``q·w + r·w / W``; both products stay below 2^63.

    >>> split(np.array([100]), np.array([0, 0, 0]), np.array([1, 1, 1])).tolist()
    [34, 33, 33]
    """
    if np.array_equal(group, np.arange(len(amounts))):
        return amounts.astype(np.int64)  # Each amount has one part.
    if len(group) == 0:
        return np.zeros(0, dtype=np.int64)
    ends = _ends(group, len(amounts))
    total = _sum_between(weights, ends)
    sign = np.sign(amounts)
    quotient, rest = np.divmod(np.abs(amounts), np.maximum(total, 1))
    product = rest[group] * weights
    part, remainder = np.divmod(product, total[group])
    part += quotient[group] * weights
    left = np.abs(amounts) - _sum_between(part, ends)
    first = np.append(0, ends[:-1])
    rank = np.arange(len(group)) - first[group]
    # Equal remainders are in order already; of the others, only those of amounts with units left matter.
    differs = remainder != remainder[first[group]]
    unequal = np.bincount(group[differs], minlength=len(amounts)) > 0
    at = np.flatnonzero((unequal & (left > 0))[group])
    order = np.lexsort((-remainder[at], group[at]))
    rank[at[order]] = rank[at]
    part += rank < left[group]
    signed: Integers = part * sign[group]
    return signed


def share_out(amount: int, weights: Sequence[int]) -> list[int]:
    """Split one amount in proportion to weights of any size, by largest remainder; equal ones go to the earlier part.

    Parameters
    ----------
    amount : int
        Minor units, 0 or more.
    weights : (n,) int
        With a sum above 0.

    >>> share_out(10, [1, 1, 1])
    [4, 3, 3]
    """
    total = sum(weights)
    parts, remainders = zip(*(divmod(amount * weight, total) for weight in weights), strict=True)
    shares = [*parts]
    order = sorted(range(len(weights)), key=lambda at: -remainders[at])
    for at in order[: amount - sum(shares)]:
        shares[at] += 1
    return shares


def _ends(group: Integers, size: int) -> Integers:
    """Return the position behind the last part of each group."""
    return np.asarray(np.cumsum(np.bincount(group, minlength=size)))


def _sum_between(values: Integers, ends: Integers) -> Integers:
    """Add up the integers of each group exactly (np.bincount would use floats)."""
    # A running sum may pass 2^63 and come around; differences of it are exact all the same.
    running = np.append(0, np.cumsum(values, dtype=np.int64))[ends]
    return np.asarray(np.diff(running, prepend=np.int64(0)))


def share_units(shares: npt.NDArray[np.float64], group: Integers, size: int) -> Integers:
    """Convert float shares to whole billionths that add up to exactly one billion per group.

    Each share is rounded to billionths. The difference to one billion goes to the largest share of
    the group, or to the first of several equal ones.

    Parameters
    ----------
    shares : (m,) float64
        Not negative; those of a group add up to about 1.
    group : (m,) int64, ascending
    size : int
        Number of groups.

    Returns
    -------
    (m,) int64
    """
    units: Integers = np.rint(shares * SHARE_UNITS).astype(np.int64)
    if len(units) == 0:
        return units
    missing = SHARE_UNITS - _sum_between(units, _ends(group, size))
    order = np.lexsort((np.arange(len(group)), -units, group))
    present, first = np.unique(group[order], return_index=True)
    units[order[first]] += missing[present]
    return units


def read_amount(amount: Amount, digits: int, what: str) -> int:
    """Read an amount of currency units as minor units.

    Raises
    ------
    UsageError
        Not a number, negative, too large, or with more decimals than the currency has.
    """
    advice = "write digits with a decimal point, such as 500000.00"
    try:
        value = Decimal(str(amount).strip())
    except InvalidOperation:
        raise UsageError(f"{what} is not an amount: {show_value(amount)}; {advice}") from None
    if not value.is_finite():
        raise UsageError(f"{what} is not an amount: {show_value(amount)}; {advice}")
    if value < 0:
        raise UsageError(f"{what} must be 0 or more, not {show_value(amount)}")
    if abs(value) > LARGEST_AMOUNT:
        raise UsageError(f"{what} is larger than 10^15 minor units: {show_value(amount)}; check the currency")
    minor, rest = to_minor(value, digits)
    if rest:
        raise UsageError(f"{what} has more decimals than the currency ({digits}): {show_value(amount)}")
    if minor > LARGEST_AMOUNT:
        raise UsageError(f"{what} is larger than 10^15 minor units: {show_value(amount)}; check the currency")
    return minor
