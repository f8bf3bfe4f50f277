"""Verdicts: whether spending favours poorer districts, judged by the whole concentration curve.

How this works
--------------
The sign of the concentration index alone proves little: a curve that crosses the diagonal can have any sign. So the
curve is judged (the dominance test of O'Donnell et al. 2008, ch. 7), with a band around the diagonal in which it
counts as neutral:

- **pro-poor**: the curve rises above the band, never falls below it, and the index is below the neutral band.
- **pro-rich**: the reverse.
- **mixed**: the curve leaves the band on both sides, so some poorer people get more and some less than an equal share.
- **neutral**: anything else.

The neutral band of the index is ±0.02. By the rule of Koolman & van Doorslaer (2004), an index C of this form
corresponds to moving 75·C per cent of the money from one half of the people to the other, so the band is
1.5 % of the money. The band of the curve is 1 % of the money. Poverty figures of districts are not exact enough
to support a conclusion from less.

Coarse money is judged at the two ends of what it could do. The curve is highest everywhere with all coarse money in
the poorest districts it could be in, and lowest everywhere with all of it in the least poor ones. If the verdict is
the same at both ends and in both readings between them, it is the same wherever the money is; else it depends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from geoplan.analysis.equity.indices import Floats

NEUTRAL = 0.02
"""Half the width of the neutral band of the concentration index."""

CURVE_BAND = 0.01
"""Distance from the diagonal, as a share of the money, up to which a concentration curve counts as on it."""

CLEAR, STRONG = 0.1, 0.25
"""Absolute concentration index from which a tendency is not slight any more, and from which it is strong."""

SIZES = ("slightly", "", "strongly")


def judge(values: Mapping[str, Floats]) -> dict[str, Any]:
    """Judge groups by their concentration curves.

    Parameters
    ----------
    values : mapping of str to (g, 4) float
        ``concentration_index``, ``coady_grosh_hoddinott``, ``curve_above``, ``curve_below`` and
        ``curve_crossing`` in the readings certain, expected, lowest and highest.

    Returns
    -------
    dict of str to (g,) array
        ``verdict`` (pro-poor, pro-rich, neutral, mixed, depends or unknown) and ``size`` (among `SIZES`: that of
        the weakest reading); ``if_poorest`` and ``if_richest``, the verdicts with all coarse money in the poorest
        and in the least poor districts; ``lowest`` and ``highest`` index; ``poorest_low`` and ``poorest_high``,
        the share of the money that reaches the poorest 40 % of people; ``crossing`` as in `curve_distances`.
    """
    index, above, below = (values[name] for name in ("concentration_index", "curve_above", "curve_below"))
    # With all coarse money in the poorest districts, the index is lowest and the curve highest.
    at = {"certain": (0, 0, 0), "expected": (1, 1, 1), "poorest": (2, 3, 2), "richest": (3, 2, 3)}
    verdicts = {
        name: judge_curve(index[:, of_index], above[:, of_above], below[:, of_below])
        for name, (of_index, of_above, of_below) in at.items()
    }
    known = np.isfinite(index)
    measured = known.any(axis=1)
    distinct = np.array(
        [len({*row} - {"unknown"}) for row in zip(*verdicts.values(), strict=True)], dtype=int
    )
    last_known = verdicts["richest"]
    verdict = np.where(~measured, "unknown", np.where(distinct == 1, last_known, "depends"))
    low = np.where(known, index, np.inf).min(axis=1)
    high = np.where(known, index, -np.inf).max(axis=1)
    weakest = np.minimum(np.abs(low), np.abs(high))
    reached = 0.4 * values["coady_grosh_hoddinott"]
    crossing = values["curve_crossing"]
    return {
        "verdict": verdict.astype(object),
        "size": np.array(SIZES, dtype=object)[np.digitize(weakest, [CLEAR, STRONG])],
        "if_poorest": verdicts["poorest"],
        "if_richest": verdicts["richest"],
        "lowest": np.where(measured, low, np.nan),
        "highest": np.where(measured, high, np.nan),
        "poorest_low": np.where(known, reached, np.inf).min(axis=1),
        "poorest_high": np.where(known, reached, -np.inf).max(axis=1),
        "crossing": np.where(np.isnan(crossing[:, 1]), crossing[:, 0], crossing[:, 1]),
    }


def judge_curve(index: Floats, above: Floats, below: Floats) -> Any:
    """Judge concentration curves by their index and their distances above and below the diagonal.

    >>> judge_curve(np.array([-0.3, -0.01, -0.05]), np.array([0.2, 0.01, 0.06]), np.array([0, 0, 0.03])).tolist()
    ['pro-poor', 'neutral', 'mixed']
    """
    rises, falls = above > CURVE_BAND, below > CURVE_BAND
    return np.select(
        [
            np.isnan(index),
            rises & falls,
            rises & (index < -NEUTRAL),
            falls & (index > NEUTRAL),
        ],
        ["unknown", "mixed", "pro-poor", "pro-rich"],
        "neutral",
    ).astype(object)
