"""Tables of findings and changes: codes in one cell, counts with their noun, frames stacked."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd


def join_codes(codes: Iterable[str]) -> str:
    """Return codes as one string, sorted, separated by ``|``."""
    return "|".join(sorted(codes))


def count_noun(number: int, one: str, many: str) -> str:
    """Return a count with its noun.

    >>> count_noun(1, "change", "changes"), count_noun(1204, "change", "changes")
    ('1 change', '1,204 changes')
    """
    return f"1 {one}" if number == 1 else f"{number:,} {many}"


def count_findings(number: int, kind: str) -> str:
    """Return a count of findings of a kind.

    >>> count_findings(1, "gap"), count_findings(1204, "gap"), count_findings(2, "invalid geometry")
    ('1 gap', '1,204 gaps', '2 invalid geometries')
    """
    return count_noun(number, kind, f"{kind.removesuffix('y')}ies" if kind.endswith("y") else f"{kind}s")


def stack_frames(frames: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    """Stack frames. Empty ones are left out because they would change the types of the columns."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))
