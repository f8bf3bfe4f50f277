"""Percentages: the parts of an amount by sector or by recipient, and the check of their sum."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Divided:
    """Parts that an amount is divided into.

    Parameters
    ----------
    parts : tuple of (str, Decimal)
        Name and percentage; a single part is the whole.
    fault : str
        What is wrong with them, or empty.
    """

    parts: tuple[tuple[str, Decimal], ...]
    fault: str = ""

    @cached_property
    def only(self) -> str | None:
        """The name of the only part; None if there are none or several."""
        return self.parts[0][0] or None if len(self.parts) == 1 else None

    @cached_property
    def weights(self) -> list[tuple[str, int]]:
        """Names with whole numbers in the same proportion as the percentages."""
        return [*zip([name for name, _ in self.parts], _weights_of(self.parts), strict=True)]


WHOLE = Divided(())
"""Undivided."""


def divide(given: list[tuple[str, str | None]], what: str) -> Divided:
    """Check percentages and return the parts they make.

    They must add up to 100, apart from the rounding of their last decimal: three times 33.33 is accepted.
    A single part without a percentage is the whole.

    Parameters
    ----------
    given : list of (str, str or None)
        Name and percentage as text.
    what : str
        What they are percentages of, for the message.

    Returns
    -------
    Divided

    >>> divide([("a", "33.33"), ("b", "33.33"), ("c", "33.33")], "sectors").fault
    ''
    >>> divide([("a", "60"), ("b", "60")], "sectors of vocabulary 1").fault
    'percentages of sectors of vocabulary 1 add up to 120, not 100'
    """
    if len(given) == 1 and (given[0][1] is None or given[0][1] in ("100", "100.0", "100.00")):
        return Divided(((given[0][0], HUNDRED),))
    parts: dict[str, Decimal] = {}
    decimals = 0
    for name, text in given:
        try:
            value = Decimal((text or "").strip())
        except InvalidOperation:
            return Divided((), f"a percentage of {what} is missing or not a number: {text or 'none'}")
        if not value.is_finite() or value < 0 or value > HUNDRED:
            return Divided((), f"a percentage of {what} is not between 0 and 100: {text}")
        exponent = value.as_tuple().exponent
        decimals = max(decimals, -exponent if isinstance(exponent, int) else 0)
        parts[name] = parts.get(name, Decimal(0)) + value
    total = sum(parts.values(), Decimal(0))
    found = tuple((name, value) for name, value in parts.items() if value)
    slack = Decimal(len(given)) * Decimal(5).scaleb(-decimals - 1)
    if not found or abs(total - HUNDRED) > min(slack, Decimal(1)):
        return Divided(found, f"percentages of {what} add up to {total.normalize():f}, not 100")
    return Divided(found)


def _weights_of(parts: tuple[tuple[str, Decimal], ...]) -> list[int]:
    """Return percentages as whole numbers in the same proportion."""
    decimals = max(-int(value.as_tuple().exponent) for _, value in parts)
    return [int(value.scaleb(max(decimals, 0))) for _, value in parts]
