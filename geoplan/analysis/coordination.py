"""Coordination: which funder pays for what in which district, and where there is one funder, several or none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity import check_one_kind, concentration_of_funders
from geoplan.ledger.bounds import bound_amounts
from geoplan.ledger.entries import Ledger, known_projects
from geoplan.ledger.placement import PRECISION_PROVINCE
from geoplan.ledger.summary import in_currency_units, separate_kinds
from geoplan.model.errors import UsageError, show_value
from geoplan.model.schema import DISTRICT, NOT_STATED

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

TOPICS = ("component", "sector")
"""Columns that can be crossed with districts and funders."""

UNKNOWN = "not stated"

JOINT = re.compile(r"[|;]")
"""Separators between the names of funders that pay together, such as ``A|B`` in AidData's releases, or ``A; B``."""

NO_FUNDERS = frozenset(
    (
        "", "unspecified", "not specified", "not stated", "not known", "not available", "not reported", "unknown",
        "undefined", "undisclosed", "n a", "na", "none", "nil", "null", "tbd", "tbc", "to be determined",
        "to be confirmed", "various", "several", "multiple",
        "non précisé", "non spécifié", "non renseigné", "inconnu", "aucun", "à déterminer", "à préciser", "divers",
        "ບໍ່ລະບຸ", "ບໍ່ຮູ້", "ບໍ່ມີ", "ຫຼາຍພາກສ່ວນ",
    )
)  # fmt: skip
"""Words in place of a funder that name none, in lower case and without punctuation."""

_ROLES = frozenset(("donor", "donors", "funder", "funders", "partner", "partners", "bailleur", "bailleurs"))
"""Words that may follow such a word, as in *various donors*."""

_TITLES_AT_ONCE = 500
_KEPT = 10_000
"""Names whose look at single letters is kept: a ledger has few funders and many rows."""


def name_funders(funder: str) -> list[str]:
    """Return the single funders, or sectors, of an amount that several may share; none if the text names none.

    >>> name_funders("World Bank|Japan"), name_funders("Lux-Dev; GoL"), name_funders("Unspecified")
    (['World Bank', 'Japan'], ['Lux-Dev', 'GoL'], [])

    A name given twice is one funder.
    """
    names = dict.fromkeys(name.strip() for name in JOINT.split(funder))
    return [name for name in names if not _names_nobody(name)]


@lru_cache(maxsize=_KEPT)
def _names_nobody(name: str) -> bool:
    """Tell whether a text in place of a funder is only punctuation, or a word such as *unspecified*.

    >>> _names_nobody("(Not-specified)"), _names_nobody("Various donors"), _names_nobody("..."), _names_nobody("KfW")
    (True, True, True, False)
    """
    plain = unicodedata.normalize("NFC", name).casefold()
    words = "".join(" " if unicodedata.category(one)[0] in "PSZC" else one for one in plain).split()
    if len(words) > 1 and words[-1] in _ROLES:
        words = words[:-1]
    return " ".join(words) in NO_FUNDERS


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


def has_joint_money(ledger: Ledger) -> bool:
    """Return whether funders pay some of the money together, such as ``A|B``."""
    return any(len(name_funders(str(name))) > 1 for name in ledger.entries["funder"].unique())


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
    funders = grouped["funder"].agg(_all_funders)
    named = funders.map("; ".join)
    return counts.assign(funders=funders.map(len), funder_names=named).reset_index()


def _all_funders(names: pd.Series[str]) -> tuple[str, ...]:
    """Return all funders in sorted order; funders that pay together are listed one by one."""
    return tuple(sorted({funder for name in set(names) for funder in name_funders(str(name))}))


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
    funders = grouped["funder"].agg(_all_funders)
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


# --- probable duplicates --------------------------------------------------------------------


@dataclass(frozen=True)
class _Project:
    """The facts of a project that are compared; empty or missing where unknown."""

    code: str
    title: str
    funders: frozenset[str]
    districts: frozenset[str]
    shape: Any
    start: Any
    end: Any
    amounts: dict[str, int]


def find_duplicates(
    plan: Plan, ledger: Ledger, *, title: float = 80, distance: float = 5, amount: float = 0.8
) -> pd.DataFrame:
    """List pairs of projects of different funders that may be the same project. Nothing is merged.

    A pair is listed when its titles are alike, its places are not apart, and at least one of place, dates
    and amount agrees. Unknown facts do not count either way.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        The plan's.
    title : float
        Minimum likeness of the titles, 0 to 100 (rapidfuzz ``token_sort_ratio``).
    distance : float
        Kilometres within which places count as the same.
    amount : float
        Minimum ratio of the smaller amount to the larger, in one currency.

    Returns
    -------
    DataFrame
        ``project, title, funders`` and ``other_project, other_title, other_funders``; ``likeness`` of
        the titles; ``districts`` in common; ``kilometres`` between the nearest places; ``days`` in
        common; ``amount_ratio``; ``reasons`` in words; most reasons first. Missing where not known.

    Raises
    ------
    UsageError
        Several kinds of money.
    """
    check_one_kind(ledger)
    projects = _describe_projects(plan, ledger)
    rows = []
    for first, second, likeness in _alike(projects, title):
        row = _compare(projects[first], projects[second], likeness, distance, amount)
        if row is not None:
            rows.append(row)
    columns = ["project", "title", "funders", "other_project", "other_title", "other_funders", "likeness", "districts",
               "kilometres", "days", "amount_ratio", "reasons"]  # fmt: skip
    found = pd.DataFrame(rows, columns=[*columns, "count"])
    order = ["count", "likeness", "project", "other_project"]
    found = found.sort_values(order, ascending=[False, False, True, True], ignore_index=True)
    return found[columns]


def _describe_projects(plan: Plan, ledger: Ledger) -> list[_Project]:
    """Collect the facts of each project that has a title."""
    import shapely

    names = ["project", "funder", "district", "currency"]
    entries = ledger.entries[[*names, "amount_minor"]].astype(dict.fromkeys(names, object))
    stated = entries[entries["funder"] != NOT_STATED]
    funders = {code: frozenset(_all_funders(names)) for code, names in stated.groupby("project")["funder"]}
    districts = entries.dropna(subset="district").groupby("project")["district"].agg(frozenset).to_dict()
    sums = entries.groupby(["project", "currency"])["amount_minor"].sum()
    amounts: dict[str, dict[str, int]] = {}
    for row in sums.reset_index().to_dict("records"):
        amounts.setdefault(row["project"], {})[row["currency"]] = int(row["amount_minor"])
    near = plan.locations[~(plan.locations["precision"].astype(float) >= PRECISION_PROVINCE)]
    near = near[~shapely.is_missing(near.geometry.to_numpy())]
    shapes = {code: shapely.union_all(rows.geometry.to_numpy()) for code, rows in near.groupby("project")}
    titled = plan.projects[plan.projects["title"].notna()].sort_values("project")
    return [
        _Project(
            code=row["project"],
            title=row["title"],
            funders=funders.get(row["project"], frozenset()),
            districts=districts.get(row["project"], frozenset()),
            shape=shapes.get(row["project"]),
            start=row["start"],
            end=row["end"],
            amounts=amounts.get(row["project"], {}),
        )
        for row in titled.to_dict("records")
    ]


def _alike(projects: Sequence[_Project], least: float) -> list[tuple[int, int, float]]:
    """Return pairs of projects with alike titles and without a common funder."""
    from rapidfuzz import fuzz, process

    titles = [_plain(project.title) for project in projects]
    pairs = []
    for start in range(0, len(titles), _TITLES_AT_ONCE):
        block = titles[start : start + _TITLES_AT_ONCE]
        scores = process.cdist(
            block, titles, scorer=fuzz.token_sort_ratio, score_cutoff=least, dtype=np.float32
        )
        for row, other in zip(*np.nonzero(scores), strict=True):
            first, second = start + int(row), int(other)
            ours, theirs = projects[first].funders, projects[second].funders
            if first < second and ours and theirs and not ours & theirs and titles[first]:
                pairs.append((first, second, float(scores[row, other])))
    return pairs


def _plain(title: str) -> str:
    """Normalise a title for comparison: no case, no punctuation, single spaces."""
    folded = unicodedata.normalize("NFC", title).casefold()
    kept = [" " if unicodedata.category(char)[0] in "PZSC" else char for char in folded]
    return " ".join("".join(kept).split())


def _compare(
    one: _Project, other: _Project, likeness: float, near: float, alike: float
) -> dict[str, Any] | None:
    """Return the row of a pair, or None if its places are apart or nothing except the titles agrees."""
    common = sorted(one.districts & other.districts)
    kilometres = _kilometres(one.shape, other.shape)
    is_near = kilometres is not None and kilometres <= near
    # Known sites decide. If one project has no site, the districts do.
    apart = (
        kilometres > near
        if kilometres is not None
        else bool(one.districts and other.districts and not common)
    )
    days = _days_in_common(one, other)
    ratio, currency = _amount_ratio(one.amounts, other.amounts)
    reasons = [f"titles {likeness:.0f} % alike"]
    if is_near:
        reasons.append(f"{kilometres:.1f} km apart")
    elif kilometres is None and common:
        reasons.append(f"both in {', '.join(common)}")
    if days is not None and days > 0:
        reasons.append(f"{days} days at the same time")
    if ratio is not None and ratio >= alike:
        reasons.append(f"amounts {100 * ratio:.0f} % alike in {currency}")
    if apart or len(reasons) < 2:
        return None
    return {
        "project": one.code, "title": one.title, "funders": "; ".join(sorted(one.funders)),
        "other_project": other.code, "other_title": other.title, "other_funders": "; ".join(sorted(other.funders)),
        "likeness": round(likeness, 1), "districts": "; ".join(common), "kilometres": kilometres, "days": days,
        "amount_ratio": ratio, "reasons": "; ".join(reasons), "count": len(reasons),
    }  # fmt: skip


def _kilometres(one: Any, other: Any) -> float | None:
    """Return the geodesic distance between the nearest places of two projects."""
    from geoplan.geo.distances import measure_distances

    if one is None or other is None:
        return None
    metres = measure_distances(np.array([one], dtype=object), np.array([other], dtype=object))
    return round(float(metres[0]) / 1000, 3)


def _days_in_common(one: _Project, other: _Project) -> int | None:
    """Return the number of days on which both run; None if a date is missing."""
    dates = (one.start, one.end, other.start, other.end)
    if any(pd.isna(date) for date in dates):
        return None
    return max(0, int((min(one.end, other.end) - max(one.start, other.start)).days) + 1)


def _amount_ratio(one: dict[str, int], other: dict[str, int]) -> tuple[float | None, str]:
    """Return the highest ratio of the smaller to the larger amount over the common currencies, and its currency."""
    ratios = [
        (min(one[currency], other[currency]) / max(one[currency], other[currency]), currency)
        for currency in sorted(one.keys() & other.keys())
        if one[currency] > 0 and other[currency] > 0
    ]
    return max(ratios, default=(None, ""), key=lambda ratio: ratio[0] or 0)
