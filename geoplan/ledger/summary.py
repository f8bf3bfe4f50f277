"""Group-bys of the ledger: where the money lands, by district, component, funder, year, kind or class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.ledger.entries import Ledger, known_projects
from geoplan.ledger.entry_rows import known_provinces
from geoplan.model.errors import UsageError, show_value
from geoplan.model.money import from_minor, minor_digits
from geoplan.model.periods import label_years, order_period
from geoplan.model.schema import DISTRICT, DISTRICT_GROUPINGS, GROUPINGS, PLACES, minor_name

NO_LABEL = "not stated"
_COUNTS = ["projects", "amounts"]


def check_groupings(by: Iterable[str]) -> list[str]:
    """Return the groupings as a list; raise `UsageError` for one that does not exist."""
    wanted = [by] if isinstance(by, str) else list(by)
    unknown = [name for name in wanted if name not in GROUPINGS]
    if unknown or not wanted:
        named = ", ".join(show_value(name) for name in unknown) or "nothing"
        raise UsageError(f"cannot group by {named}: choose from {', '.join(GROUPINGS)}")
    if len(set(wanted)) < len(wanted):
        raise UsageError(f"the same grouping is given twice: {', '.join(wanted)}")
    return wanted


def separate_kinds(by: Sequence[str], *ledgers: Ledger) -> list[str]:
    """Return groupings that keep kinds of money apart: ``kind`` comes first if the ledgers have several.

    Every sum of a ledger passes through here, because a sum over several kinds (planned and paid money) would
    count the same money twice. Currencies are kept apart in the same way, but always.

    >>> separate_kinds(["district"], Ledger(pd.DataFrame(), pd.DataFrame(), {("EUR", "budget"): (0, 0)}))
    ['district']
    """
    several = any(len(ledger.kinds) > 1 for ledger in ledgers)
    return with_kind(by) if several else list(by)


def with_kind(by: Sequence[str]) -> list[str]:
    """Return groupings with ``kind`` among them, first if it was not yet."""
    return list(by) if "kind" in by else ["kind", *by]


def counted_key(by: Sequence[str]) -> tuple[str, ...]:
    """Return the key of a grouping in `Ledger.counted`: its columns and ``kind``, whatever their order."""
    return tuple(sorted(with_kind(by)))


def summarize(ledger: Ledger, by: str | Sequence[str] = ("district",)) -> pd.DataFrame:
    """Sum up a ledger.

    Grouped by district, poverty class or province, the rows hold money placed in districts, and
    every district (class, province) has its row, with 0 where it received nothing; what is in
    buckets is not among them (see `geoplan.reconcile`). Any other grouping covers all money,
    in districts and in buckets.

    Parameters
    ----------
    ledger : Ledger
    by : str or sequence of str
        Among `geoplan.model.schema.GROUPINGS`.

    Returns
    -------
    DataFrame
        The columns of ``by``; for districts ``name`` and ``poverty_class``; ``currency``;
        ``amount`` in currency units (Decimal) and ``amount_minor`` in minor units (int64).
        Currencies and kinds of money are never added up: each has its own rows, and a ledger of several
        kinds has a first column ``kind`` even if ``by`` does not name it.

    Raises
    ------
    UsageError
        A grouping that does not exist.

    Examples
    --------
    >>> from geoplan.ledger.entries import build_ledger
    >>> from geoplan.plan.plan_tables import read_plan
    >>> from geoplan.plan.plan_file import find_bundled_plan
    >>> int(summarize(build_ledger(read_plan(find_bundled_plan())), by="funder")["amount"].sum())
    8200000
    """
    by = separate_kinds(check_groupings(by), ledger)
    rows = with_columns(ledger.entries, ledger, by)
    if any(name in DISTRICT_GROUPINGS for name in by):
        rows = rows[rows["place"] == DISTRICT]
    keys = ["currency", *by]
    sums = rows.groupby(keys, observed=True, sort=True)["amount_minor"].sum().reset_index()
    sums = _with_empty_rows(sums.astype({key: object for key in keys if key != "year"}), ledger, by)
    sums = sums.sort_values(keys, key=sort_key, ignore_index=True)
    if "district" in by:
        sums = with_names(sums, ledger, by)
    return in_currency_units(sums)


def labelled_entries(ledger: Ledger, by: Sequence[str]) -> pd.DataFrame:
    """Return the entries of a ledger with the columns that these groupings need, text as objects."""
    rows = with_columns(ledger.entries, ledger, by)
    columns = [*dict.fromkeys(["currency", "place", *by])]
    return rows[[*columns, "amount_minor"]].astype({name: object for name in columns if name != "year"})


def with_columns(entries: pd.DataFrame, ledger: Ledger, by: Sequence[str]) -> pd.DataFrame:
    """Add the columns of groupings that are no columns of the entries."""
    columns: dict[str, Any] = {}
    wanted = [name for name in ("poverty_class", "province") if name in by]
    if wanted:
        described = described_districts(ledger).set_index("district")
        columns = {name: entries["district"].astype(object).map(described[name]) for name in wanted}
    if "province" in by:
        outside = (entries["place"] != DISTRICT).to_numpy()
        columns["province"] = columns["province"].mask(outside, known_provinces(entries, ledger.districts))
    if "period" in by:
        if not ledger.periods:
            raise UsageError(
                'the plan has no periods: set them in the plan file, such as periods = ["2011-2015"] under [plan]'
            )
        columns["period"] = entries["year"].map(
            label_years(entries["year"].unique().tolist(), ledger.periods)
        )
    if "sector" in by:
        sectors = known_projects(ledger).set_index("project")["sector"]
        named = entries["project"].astype(object)
        if len(named) and not named.isin(sectors.index).any():
            raise UsageError(
                "cannot group by 'sector': the ledger is summed up without its projects, as that of large data is; "
                "write its rows and query them, as in docs/scale.md"
            )
        found = named.map(sectors.to_dict())
        columns["sector"] = found.where(found.notna(), NO_LABEL)
    return entries.assign(**columns) if columns else entries


def described_districts(ledger: Ledger) -> pd.DataFrame:
    """Return the districts of a ledger, with a class and a province also where none is stated."""
    described = ledger.districts.copy()
    described["poverty_class"] = described["poverty_class"].astype(object).fillna(NO_LABEL)
    province = described["province"].astype(object).fillna(described["province_name"])
    described["province"] = province.fillna(NO_LABEL)
    return described


def _with_empty_rows(sums: pd.DataFrame, ledger: Ledger, by: Sequence[str]) -> pd.DataFrame:
    """Add rows of 0 for the districts, classes and provinces without money in a group."""
    of_district = [name for name in DISTRICT_GROUPINGS if name in by]
    if not of_district:
        return sums
    others = ["currency", *[name for name in by if name not in of_district]]
    areas = described_districts(ledger)[of_district].drop_duplicates()
    groups = sums[others].drop_duplicates()
    if {*others} <= {"currency", "kind"}:
        groups = pd.DataFrame(sorted(ledger.given), columns=["currency", "kind"], dtype=object)
        groups = groups[others].drop_duplicates()
    full = groups.merge(areas, how="cross").merge(sums, on=[*others, *of_district], how="left")
    full["amount_minor"] = full["amount_minor"].fillna(0).astype(np.int64)
    return full[["currency", *by, "amount_minor"]]


def with_names(sums: pd.DataFrame, ledger: Ledger, by: Sequence[str]) -> pd.DataFrame:
    """Add name and poverty class after the code of each district."""
    described = ledger.districts.set_index("district")
    added = sums.copy()
    at = list(added.columns).index("district") + 1
    added.insert(at, "name", added["district"].map(described["name"]))
    if "poverty_class" not in by:
        classes = described["poverty_class"].astype(object)
        added.insert(at + 1, "poverty_class", added["district"].map(classes.where(classes.notna(), None)))
    return added


def in_currency_units(sums: pd.DataFrame, names: Sequence[str] = ("amount",)) -> pd.DataFrame:
    """Add amounts in currency units before those in minor units, and the currency before both."""
    exact = [minor_name(name) for name in names]
    result = sums.drop(columns=["currency", *exact])
    result["currency"] = sums["currency"]
    result = result.assign(**{name: exact_amounts(sums, name) for name in names})
    return result.assign(**{minor: sums[minor] for minor in exact})


def exact_amounts(sums: pd.DataFrame, name: str = "amount") -> pd.Series[Any]:
    """Return an amount of each row as Decimal in currency units, with the currency's digits.

    Parameters
    ----------
    sums : DataFrame
        With ``currency`` and the amount in minor units.
    name : str
        Of the amount: ``amount`` is read from ``amount_minor``. A missing amount stays missing.
    """
    cells = [
        None if pd.isna(minor) else from_minor(int(minor), minor_digits(currency))
        for minor, currency in zip(sums[minor_name(name)], sums["currency"], strict=True)
    ]
    return pd.Series(cells, index=sums.index, dtype=object)


def summarize_buckets(ledger: Ledger, by: str | Sequence[str] = ("district",)) -> pd.DataFrame:
    """Sum the money in buckets, which is in no district, by the groupings that apply to it.

    Parameters
    ----------
    ledger : Ledger
    by : str or sequence of str
        As for `summarize`; groupings by district and class are ignored.

    Returns
    -------
    DataFrame
        ``place`` (a named bucket), the other columns of ``by`` (``province`` is that of province-wide money, empty
        where it is unknown), ``currency``, ``amount`` and ``amount_minor``, as in `summarize`. Together with its rows, when ``by`` has a grouping of
        districts, all money.
    """
    by = separate_kinds(check_groupings(by), ledger)
    keys = counted_buckets(by)
    entries = with_columns(ledger.entries[ledger.entries["place"] != DISTRICT], ledger, keys)
    keys = ["currency", *keys]
    sums = entries.groupby(keys, observed=True, sort=True)["amount_minor"].sum().reset_index()
    sums = sums.astype({key: object for key in keys if key != "year"})
    sums = sums[[*keys, "amount_minor"]].sort_values(keys, key=sort_key, ignore_index=True)
    return in_currency_units(sums)


def sort_key(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return sort keys: buckets in the order of `geoplan.model.schema.PLACES`, periods by time."""
    if column.name == "place":
        return column.map(PLACES.index)
    return column.map(order_period) if column.name == "period" else column


def add_counts(sums: pd.DataFrame, ledger: Ledger, by: str | Sequence[str] = ("district",)) -> pd.DataFrame:
    """Add to a summary the number of projects and amounts behind each row.

    A row with 0 amounts has no record at all. A sum of 0 over some amounts is a recorded zero, or money and
    corrections that cancel out.

    Parameters
    ----------
    sums : DataFrame
        From `summarize`.
    ledger : Ledger
        The ledger that was summed.
    by : str or sequence of str
        As for `summarize`.

    Returns
    -------
    DataFrame
        With ``projects`` and ``amounts`` (numbers) added.
    """
    keys = separate_kinds(check_groupings(by), ledger)
    counts = count_amounts(ledger, keys) if ledger.counted is None else ledger.counted[counted_key(by)]
    counted = sums.merge(counts[["currency", *keys, *_COUNTS]], on=["currency", *keys], how="left")
    return counted.assign(**{name: counted[name].fillna(0).astype(np.int64) for name in _COUNTS})


def count_amounts(ledger: Ledger, by: Sequence[str]) -> pd.DataFrame:
    """Count projects and amounts of a ledger by currency and these groupings.

    Returns
    -------
    DataFrame
        ``currency``, the columns of ``by``, ``projects`` and ``amounts``.
    """
    return count_pairs([pair_amounts(ledger, by)], by)


def pair_amounts(ledger: Ledger, by: Sequence[str]) -> pd.DataFrame:
    """Count the amounts of each project by currency and these groupings.

    Parts of one ledger can be paired apart: `count_pairs` then counts a project of several parts once.
    """
    keys = ["currency", *by]
    rows = with_columns(ledger.entries, ledger, keys)
    if any(name in DISTRICT_GROUPINGS for name in keys) and "place" not in keys:
        rows = rows[rows["place"] == DISTRICT]
    named = [*dict.fromkeys([*keys, "project"])]
    rows = rows[named].astype({name: object for name in named if name != "year"})
    return rows.groupby(named, sort=False).size().rename("amounts").reset_index()


def count_pairs(pairs: Sequence[pd.DataFrame], by: Sequence[str]) -> pd.DataFrame:
    """Count projects and amounts over the results of `pair_amounts` for parts of one ledger."""
    joined = pd.concat(pairs, ignore_index=True)
    grouped = joined.groupby(["currency", *by], sort=False)
    return pd.DataFrame(
        {"projects": grouped["project"].nunique(), "amounts": grouped["amounts"].sum()}
    ).reset_index()


def counted_buckets(by: Sequence[str]) -> list[str]:
    """Return the groupings by which buckets are counted when districts are grouped by ``by``."""
    return ["place", *(name for name in by if name not in ("district", "poverty_class", "place"))]
