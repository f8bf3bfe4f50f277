"""Poor and left out: the districts below the average per poor person, what would close their gap, and who is near."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.analysis.clusters import find_neighbours
from geoplan.analysis.coordination import describe_presence
from geoplan.analysis.gaps import rank_gaps
from geoplan.ledger.entries import Ledger


def list_left_out(ledger: Ledger, *, reading: str = "certain", spread: str | None = None) -> pd.DataFrame:
    """List the districts whose poor people get less than the average, by poor people × what each lacks.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money, with boundaries.
    reading, spread
        As for `geoplan.analysis.gaps.rank_gaps`.

    Returns
    -------
    DataFrame
        Per currency and district, largest gap first: ``district, name, poverty_class, poor`` (persons); ``money``
        (``none`` or ``below average``); ``lacks``, what a poor person lacks to the average; ``gap``, poor × lacks,
        the money that would close it; ``funders`` who work there; ``funders_next_door``, who work in a neighbouring
        district and not there; ``currency``.
    """
    rows = rank_gaps(ledger, reading=reading, spread=spread)
    rows = rows[(rows["gap"] > 0) & (rows["poor"] > 0)].reset_index(drop=True)
    here = _funders(ledger)
    near = _funders_next_door(ledger, here)
    nobody: frozenset[str] = frozenset()
    return rows.assign(
        money=np.where(rows["spending"].astype(float) == 0, "none", "below average"),
        lacks=rows["average"] - rows["per_poor_person"],
        funders=["; ".join(sorted(here.get(code, nobody))) for code in rows["district"]],
        funders_next_door=["; ".join(sorted(near.get(code, nobody))) for code in rows["district"]],
    )[["district", "name", "poverty_class", "poor", "money", "lacks", "gap", "funders", "funders_next_door", "currency"]]  # fmt: skip


def _funders(ledger: Ledger) -> dict[str, frozenset[str]]:
    rows = describe_presence(ledger).drop_duplicates("district")
    names = rows["funder_names"].str.split("; ")
    return {
        str(code): frozenset(filter(None, named)) for code, named in zip(rows["district"], names, strict=True)
    }


def _funders_next_door(ledger: Ledger, here: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return the funders of the neighbours of each district that do not work in it; none without boundaries."""
    if ledger.boundaries is None:
        return {}
    codes = ledger.boundaries["district"].astype(str).to_numpy()
    neighbours = find_neighbours(ledger.boundaries.geometry.to_numpy())
    nobody: frozenset[str] = frozenset()
    return {
        code: nobody.union(*(here.get(codes[at], nobody) for at in near)) - here.get(code, nobody)
        for code, near in zip(codes, neighbours, strict=True)
    }
