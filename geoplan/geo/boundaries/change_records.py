"""Tables of what was found or changed: codes in one cell, counts in words, frames under each other."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd


def join_codes(codes: Iterable[str]) -> str:
    """Return codes as one text, ordered, with ``|`` between them."""
    return "|".join(sorted(codes))


def count(number: int, one: str, many: str) -> str:
    """Say how many there are."""
    return f"1 {one}" if number == 1 else f"{number:,} {many}"


def stack(frames: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    """Put frames under each other; empty ones would blur the types of the columns."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))
