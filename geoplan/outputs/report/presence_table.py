"""Who is where: a table of districts by their largest funders or sectors, for a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.analysis.coordination import cross_presence
from geoplan.model.money import from_minor, minor_digits
from geoplan.model.schema import BUCKETS, DISTRICT
from geoplan.plan.translations import district_names
from geoplan.text.languages import Catalogue

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan

NAMED = "name:"
"""Start of the columns of single funders and sectors, so that no name of the data is taken for another column."""
GROUPS = ("jointly", "others", "not stated")


def lay_out_presence(
    plan: Plan, ledger: Ledger, presence: pd.DataFrame, topic: str, words: Catalogue, language: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Lay out districts and buckets by their largest funders or sectors; each row adds up to its total.

    Parameters
    ----------
    plan : Plan
        For names and translations.
    ledger : Ledger
        Of one kind of money.
    presence : DataFrame
        Of `describe_presence`.
    topic : str
        funder or sector.
    words : Catalogue
        Of the report.
    language : str

    Returns
    -------
    (DataFrame, mapping of str to str)
        The table, with a column per name, and the headers of these columns.
    """
    rows = cross_presence(ledger, topic)
    order = rows[rows["group"] == "named"].sort_values(["currency", "size"])
    names = list(dict.fromkeys(order["name"]))
    rows["column"] = (NAMED + rows["name"].astype(object)).where(rows["group"] == "named", rows["group"])
    columns = [
        *(NAMED + name for name in names),
        *[group for group in GROUPS if (rows["group"] == group).any()],
    ]
    sums = rows.pivot_table(
        index=["currency", "place", "district"], columns="column", values="amount_minor", aggfunc="sum"
    ).astype("Int64")
    frame = presence[["currency", "district", "funders", "projects"]].assign(place=DISTRICT)
    if topic != "funder":
        frame = frame.drop(columns="funders")
    outside = rows.loc[rows["place"] != DISTRICT, ["currency", "place", "district"]].drop_duplicates()
    rank = {name: at for at, name in enumerate(BUCKETS)}
    outside = outside.sort_values(
        ["currency", "place"], key=lambda cells: cells.map(rank) if cells.name == "place" else cells
    )
    frame = pd.concat([frame, outside], ignore_index=True).astype({"projects": "Int64"})
    frame = frame.sort_values("currency", kind="stable", ignore_index=True)
    shown = district_names(plan, language)
    frame["name"] = [
        shown[code] if place == DISTRICT else words.say(f"place.{place}")
        for code, place in zip(frame["district"], frame["place"], strict=True)
    ]
    amounts = sums.reindex(pd.MultiIndex.from_frame(frame[["currency", "place", "district"]]))
    amounts["total"] = amounts.sum(axis=1).astype("Int64")
    digits = [minor_digits(currency) for currency in frame["currency"]]
    for name in (*columns, "total"):
        cells = [None if pd.isna(minor) else from_minor(int(minor), places)
                 for minor, places in zip(amounts[name], digits, strict=True)]  # fmt: skip
        frame[name] = pd.Series(cells, frame.index, dtype=object)
    frame = frame[
        ["name", "currency", *(["funders"] if topic == "funder" else []), "projects", *columns, "total"]
    ]
    if topic == "funder":
        frame["funders"] = frame["funders"].astype("Int64")
    heads = {NAMED + name: plan.say(name, language) for name in names}
    return frame, heads
