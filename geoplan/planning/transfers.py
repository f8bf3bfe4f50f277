"""Transfers: the smallest amounts to move between districts to get from one split to another."""

from __future__ import annotations

import numpy as np
import pandas as pd


def find_transfers(amounts: pd.Series[int], target: pd.Series[int]) -> pd.DataFrame:
    """List the transfers that turn one split into another and move as little money as possible.

    Parameters
    ----------
    amounts, target : Series of int
        Minor units by district code, with the same sum.

    Returns
    -------
    DataFrame
        ``from, to, amount_minor``, in the order of the codes. Their sum, ½ Σ |amounts − target|, is the
        minimum, because each unit moved changes two districts by one.
    """
    codes = sorted(amounts.index)
    change = np.array([int(target[code]) - int(amounts[code]) for code in codes])
    givers = [[code, -int(step)] for code, step in zip(codes, change, strict=True) if step < 0]
    takers = [[code, int(step)] for code, step in zip(codes, change, strict=True) if step > 0]
    moves = []
    while givers and takers:
        moved = min(givers[0][1], takers[0][1])
        moves.append((givers[0][0], takers[0][0], moved))
        for side in (givers, takers):
            side[0][1] -= moved
            if side[0][1] == 0:
                side.pop(0)
    return pd.DataFrame(moves, columns=["from", "to", "amount_minor"])
