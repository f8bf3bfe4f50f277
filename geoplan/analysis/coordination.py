"""Coordination: which funder pays for what in which district, and where there is one funder, several or none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity import check_one_kind, concentration_of_funders
from geoplan.analysis.funder_names import all_funders, name_funders
from geoplan.ledger.bounds import bound_amounts
from geoplan.ledger.entries import Ledger, known_projects
from geoplan.ledger.summary import in_currency_units, separate_kinds
from geoplan.model.errors import UsageError, show_value
from geoplan.model.schema import DISTRICT, NOT_STATED

TOPICS = ("component", "sector")
"""Columns that can be crossed with districts and funders."""

UNKNOWN = "not stated"


def describe_funders(ledger: Ledger) -> pd.DataFrame:
    """Describe each funder: what it pays alone, and up to how much it pays together with others.

    The part of each funder in joint money is unknown, so that the joint amount is an upper limit for each of them and
    must not be added up over funders.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame
        One row per funder, currency and kind of money, the largest first: ``kind`` if the ledger has several;
        ``funder``; ``currency``; ``alone`` and ``jointly_up_to`` in currency units, each in exact minor units with the
        suffix ``_minor``; ``partners``; ``projects`` and ``districts`` (numbers). Money without a named funder is in
        the row of ``not stated``.
    """
    return _describe_members(ledger, "funder")


def describe_sectors(ledger: Ledger) -> pd.DataFrame:
    """Describe each sector: the money it has alone, and up to how much it has together with others.

    A project can name several sectors (``Health|Education``). The part of each sector in its money is unknown, as in
    `describe_funders`.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    DataFrame
        One row per sector, currency and kind of money, with the columns of `describe_funders` but ``sector`` for
        ``funder``.
    """
    return _describe_members(ledger, "sector")


def _describe_members(ledger: Ledger, column: str) -> pd.DataFrame:
    """Describe each funder or sector, of which an amount can have several."""
    entries = _entries(ledger, "component" if column == "funder" else column)
    kinds = separate_kinds([], ledger)
    money = [*kinds, "currency"]
    keys = [*money, column, "project", "district"]
    sums = entries.groupby(keys, sort=True)["amount_minor"].sum().reset_index()
    sums["names"] = sums[column].map(lambda text: tuple(name_funders(text)) or (UNKNOWN,))
    sums["is_joint"] = sums["names"].map(len) > 1
    rows = sums.explode("names")
    rows["alone_minor"] = rows["amount_minor"].where(~rows["is_joint"], 0)
    rows["jointly_up_to_minor"] = rows["amount_minor"].where(rows["is_joint"], 0)
    rows["district"] = rows["district"].where(rows["district"] != "")
    grouped = rows.groupby([*money, "names"], sort=True)
    found = grouped[["alone_minor", "jointly_up_to_minor"]].sum().astype(np.int64)
    found["projects"] = grouped["project"].nunique()
    found["districts"] = grouped["district"].nunique()
    found = found.reset_index().rename(columns={"names": column})
    groups = sums["names"].groupby(sums["kind"]) if kinds else [("", sums["names"])]
    partners = {kind: _partners_by_name(names) for kind, names in groups}
    of_kind = found["kind"] if kinds else [""] * len(found)
    found["partners"] = [
        partners[kind].get(name, "") for kind, name in zip(of_kind, found[column], strict=True)
    ]
    found["size"] = -(found["alone_minor"] + found["jointly_up_to_minor"])
    found = found.sort_values([*money, "size", column], ignore_index=True)
    found = in_currency_units(found, ("alone", "jointly_up_to"))
    return found[[*kinds, column, "currency", "alone", "alone_minor", "jointly_up_to", "jointly_up_to_minor", "partners",
                  "projects", "districts"]]  # fmt: skip


def _partners_by_name(groups: pd.Series[Any]) -> dict[str, str]:
    """Return the partners of each funder that pays with others."""
    partners: dict[str, set[str]] = {}
    for names in set(groups):
        for name in names if len(names) > 1 else ():
            partners.setdefault(name, set()).update(names)
    return {name: "; ".join(sorted(others - {name})) for name, others in partners.items()}


def cross_funders(ledger: Ledger, topic: str = "component") -> pd.DataFrame:
    """Cross districts, components (or sectors) and funders.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money.
    topic : str
        component or sector.

    Returns
    -------
    DataFrame
        One row where there is money: ``place`` (district or a bucket), ``district``, ``name``, the
        topic, ``funder``, ``currency``, ``amount`` in currency units, ``amount_minor``, ``projects``
        (number). The amounts add up to all money. A project counts in each row in which it has money.
        Joint money (``A|B``) has a row of its own, because the part of each funder is unknown.

    Raises
    ------
    UsageError
        Unknown topic, or several kinds of money.
    """
    check_one_kind(ledger)
    entries = _entries(ledger, topic)
    keys = ["currency", "place", "district", topic, "funder"]
    grouped = entries.groupby(keys, sort=True)
    rows = grouped["amount_minor"].sum().to_frame()
    rows["projects"] = grouped["project"].nunique()
    rows = in_currency_units(rows.reset_index())
    names = ledger.districts.set_index("district")["name"]
    rows.insert(2, "name", rows["district"].map(names).astype(object).fillna(""))
    return rows[
        ["place", "district", "name", topic, "funder", "currency", "amount", "amount_minor", "projects"]
    ]


def _entries(ledger: Ledger, topic: str) -> pd.DataFrame:
    """Return the entries with texts as objects and, for the topic sector, the sector of their project."""
    if topic not in TOPICS:
        raise UsageError(f"cannot cross funders with {show_value(topic)}: choose from {', '.join(TOPICS)}")
    names = ["kind", "currency", "place", "district", "component", "funder", "project"]
    entries = ledger.entries[[*names, "amount_minor"]].astype(dict.fromkeys(names, object))
    if topic == "sector":
        entries["sector"] = entries["project"].map(known_projects(ledger).set_index("project")["sector"])
    entries["district"] = entries["district"].astype(object).fillna("")
    for name in (topic, "funder"):
        stated = entries[name].notna() & (entries[name] != NOT_STATED)
        if name == "funder":
            stated &= entries[name].map(lambda text: bool(name_funders(str(text))))
        entries[name] = entries[name].where(stated, UNKNOWN)
    return entries


def cross_presence(ledger: Ledger, topic: str = "funder", *, most: int = 6) -> pd.DataFrame:
    """Cross districts and buckets with the largest funders (or sectors); the columns add up to all money.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money.
    topic : str
        funder, component or sector.
    most : int
        Number of names with a group of their own, in each currency; the money of the other names is together.

    Returns
    -------
    DataFrame
        One row per place, currency and group that has money: ``place`` (district or a bucket), ``district``,
        ``currency``; ``group``: *named*, *jointly* (of several names together), *others* or *not stated*; ``name``,
        empty unless named; ``size``, the rank of the name (0 for the largest); ``amount`` in currency units and
        ``amount_minor``.

    Raises
    ------
    UsageError
        Unknown topic, or several kinds of money.
    """
    check_one_kind(ledger)
    entries = _entries(ledger, topic if topic != "funder" else "component")
    named = {text: name_funders(str(text)) for text in entries[topic].unique()}
    count = entries[topic].map({text: len(names) for text, names in named.items()})
    first = entries[topic].map({text: names[0] if len(names) == 1 else "" for text, names in named.items()})
    groups = np.select([count == 0, count > 1], ["not stated", "jointly"], "named")
    keys = ["currency", "place", "district", "group", "name"]
    rows = (
        entries.assign(group=groups, name=first).groupby(keys, sort=True)["amount_minor"].sum().reset_index()
    )
    sizes = rows[rows["group"] == "named"].groupby(["currency", "name"])["amount_minor"].sum().reset_index()
    sizes = sizes.sort_values(["currency", "amount_minor", "name"], ascending=[True, False, True])
    sizes["size"] = sizes.groupby("currency").cumcount()
    rows = rows.merge(sizes[["currency", "name", "size"]], on=["currency", "name"], how="left")
    # One more name than fits has a group of its own: "others" would hold nothing but it.
    counts = rows["currency"].map(sizes.groupby("currency").size()).fillna(0)
    small = (rows["size"] >= most) & (counts > most + 1)
    rows["group"] = rows["group"].mask(small, "others")
    rows["name"] = rows["name"].mask(small, "")
    rows["size"] = rows["size"].where(rows["group"] == "named", -1).astype(np.int64)
    rows = rows.groupby([*keys, "size"], sort=True)["amount_minor"].sum().reset_index()
    return in_currency_units(rows)[
        ["place", "district", "currency", "group", "name", "size", "amount", "amount_minor"]
    ]


def describe_presence(ledger: Ledger) -> pd.DataFrame:
    """Describe the funders of each district, and how concentrated their money is.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money.

    Returns
    -------
    DataFrame
        One row per district and currency: ``district, name, poverty_class``; ``state`` (left out,
        alone, several, or not stated where no amount names its funder), ``funders`` (number) and ``funder_names``, ``projects`` and ``components``
        (numbers), all of these over all currencies; ``currency``; ``hhi``, the
        Herfindahl–Hirschman index Σ share² of the funders' money (1 for one alone; missing without
        money); ``amount``, ``amount_minor``; ``below_zero``, funders whose total there is below 0,
        left out of the index; ``could_have``, the coarse money that could be there too.
    """
    check_one_kind(ledger)
    entries = _entries(ledger, "component")
    entries = entries[entries["place"] == DISTRICT]
    counts = _count_presence(entries[entries["amount_minor"] != 0])
    bounds = bound_amounts(ledger, ["district"])
    rows = bounds[["district", "name", "poverty_class", "currency", "at_most_minor"]]
    rows = rows.merge(counts, on="district", how="left")
    for name in ("funders", "projects", "components"):
        rows[name] = rows[name].fillna(0).astype(np.int64)
    rows["funder_names"] = rows["funder_names"].astype(object).fillna("")
    has_money = rows["district"].isin(counts["district"])
    rows["state"] = np.select(
        [(rows["funders"] == 0) & has_money, rows["funders"] == 0, rows["funders"] == 1],
        ["not stated", "left out", "alone"],
        "several",
    )
    rows = rows.merge(_concentrate(entries), on=["district", "currency"], how="left")
    rows["amount_minor"] = rows["amount_minor"].fillna(0).astype(np.int64)
    rows["could_have_minor"] = rows["at_most_minor"] - rows["amount_minor"]
    rows["below_zero"] = rows["below_zero"].astype(object).fillna("")
    rows = in_currency_units(rows, ("amount", "could_have"))
    columns = ["district", "name", "poverty_class", "state", "funders", "funder_names", "projects", "components",
               "currency", "hhi", "amount", "amount_minor", "below_zero", "could_have", "could_have_minor"]  # fmt: skip
    return rows.sort_values(["currency", "district"], ignore_index=True)[columns]


def _count_presence(entries: pd.DataFrame) -> pd.DataFrame:
    grouped = entries.groupby("district", sort=True)
    counts = grouped[["project", "component"]].nunique()
    counts.columns = pd.Index(["projects", "components"])
    funders = grouped["funder"].agg(all_funders)
    named = funders.map("; ".join)
    return counts.assign(funders=funders.map(len), funder_names=named).reset_index()


def _concentrate(entries: pd.DataFrame) -> pd.DataFrame:
    """Return per district and currency the sum, the concentration of funders, and the funders below 0."""
    sums = (
        entries.groupby(["district", "currency", "funder"], sort=True)["amount_minor"]
        .sum()
        .unstack(fill_value=0)
    )
    amounts = sums.to_numpy(dtype=np.float64)
    below = [
        "; ".join(str(name) for name, amount in zip(sums.columns, row, strict=True) if amount < 0)
        for row in amounts
    ]
    hhi = concentration_of_funders(np.clip(amounts, 0, None)) if amounts.size else np.zeros(len(sums))
    return pd.DataFrame(
        {"hhi": hhi, "amount_minor": sums.sum(axis=1).astype(np.int64), "below_zero": below}, index=sums.index
    ).reset_index()


def find_overlaps(ledger: Ledger, topic: str = "component") -> pd.DataFrame:
    """List where several funders pay for the same component (or sector) in one district.

    Parameters
    ----------
    ledger, topic
        As for `cross_funders`.

    Returns
    -------
    DataFrame
        One row per district, topic and currency with two funders or more: ``district, name``, the
        topic, ``funders`` (number), ``funder_names``, ``projects``, ``currency``, ``amount``,
        ``amount_minor``; most funders first.
    """
    check_one_kind(ledger)
    entries = _entries(ledger, topic)
    entries = entries[(entries["place"] == DISTRICT) & (entries["amount_minor"] != 0)]
    grouped = entries.groupby(["district", topic, "currency"], sort=True)
    found = grouped[["funder", "project"]].nunique()
    found.columns = pd.Index(["payers", "projects"])
    funders = grouped["funder"].agg(all_funders)
    found["funders"] = funders.map(len)
    found["funder_names"] = funders.map("; ".join)
    found["amount_minor"] = grouped["amount_minor"].sum()
    # Funders that pay together are one payer, not an overlap.
    found = in_currency_units(found.query("payers > 1 and funders > 1").reset_index())
    found["name"] = found["district"].map(ledger.districts.set_index("district")["name"])
    columns = [
        "district",
        "name",
        topic,
        "funders",
        "funder_names",
        "projects",
        "currency",
        "amount",
        "amount_minor",
    ]
    ordered = found.sort_values(
        ["funders", "district", topic, "currency"], ascending=[False, True, True, True]
    )
    return ordered[columns].reset_index(drop=True)
