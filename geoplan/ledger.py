"""The ledger: every amount in exactly one district or named bucket, to the cent, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import BalanceError
from geoplan.money import from_minor, minor_digits, share_units, split
from geoplan.placement import carry_placements, place_locations
from geoplan.schema import BUCKETS, DISTRICT, LEDGER_COLUMNS, NOT_STATED, PLACES, SOURCE_ROW

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan import Plan

NO_LOCATION = "no location"
_SPLITS = ("", "; own amount", "; own share", "; even split")
_ORDER = (*(name for name in LEDGER_COLUMNS if name != "amount"), "amount")
_NEITHER, _OWN_AMOUNT, _OWN_SHARE, _EVEN = range(4)


@dataclass(frozen=True)
class Reconciliation:
    """Money in against money out, for one currency.

    Parameters
    ----------
    currency : str
    input_total : Decimal
        Sum of the amounts as given, currency units.
    rounding : Decimal
        What rounding to minor units took away when the amounts were read.
    placed_total : Decimal
        Sum over the ledger: districts and buckets.
    in_districts : Decimal
    buckets : mapping of str to Decimal
        Amount in each named bucket, all of them listed.
    """

    currency: str
    input_total: Decimal
    rounding: Decimal
    placed_total: Decimal
    in_districts: Decimal
    buckets: Mapping[str, Decimal]

    @property
    def difference(self) -> Decimal:
        """What went in and did not come out: zero, or the ledger is wrong."""
        return self.input_total - self.rounding - self.placed_total

    @property
    def balances(self) -> bool:
        """Whether nothing was lost and nothing was made."""
        return self.difference == 0


@dataclass(frozen=True)
class Ledger:
    """Entries of a plan's ledger, and what is needed to sum them up and to check them.

    Parameters
    ----------
    entries : DataFrame
        One row per amount, location and place: columns of `geoplan.schema.LEDGER_COLUMNS` with
        ``amount`` in minor units (int64), then ``source_row`` of the amount and ``province`` (code)
        of province-wide money, empty where it is not known. Text columns are categorical;
        ``district`` is missing unless ``place`` is ``district``.
    districts : DataFrame
        All districts, with money or without: ``district, name, province, province_name``,
        ``population, poor, poverty_rate, poverty_class`` of the latest year of the profile.
    given : mapping of str to (Decimal, Decimal)
        By currency: sum of the amounts as given, and of what rounding took away.
    illustrative : str
        What is made up as an example, or empty.
    """

    entries: pd.DataFrame
    districts: pd.DataFrame
    given: Mapping[str, tuple[Decimal, Decimal]]
    illustrative: str = ""

    @property
    def currencies(self) -> list[str]:
        """Currencies in the ledger, in alphabetical order."""
        return sorted(self.given)

    def _repr_html_(self) -> str:
        lines = [
            f"{row.currency} {row.input_total:,f} in, difference {row.difference:f}"
            for row in reconcile(self)
        ]
        html: str = self.entries.head(20).to_html(escape=True)
        return f"<p>Ledger of {len(self.entries):,} entries; {'; '.join(lines)}</p>{html}"


def build_ledger(plan: Plan) -> Ledger:
    """Place a plan's locations and split its spending over them.

    An amount that names its location goes there; else a project's amount is split by the shares
    its locations give, else evenly over them (the even split of AidData's research releases), and
    within a line or polygon by its length or area. Cents are split by largest remainder.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Ledger
        The same whatever the order of rows in the plan's tables.

    Raises
    ------
    BalanceError
        Never, unless geoplan is at fault.

    Examples
    --------
    >>> from geoplan.plan import bundled_plan, read_plan
    >>> ledger = build_ledger(read_plan(bundled_plan()))
    >>> [str(row.difference) for row in reconcile(ledger)]
    ['0.00']
    """
    locations = plan.locations.sort_values(["project", "location"], ignore_index=True)
    placements = place_plan(plan, locations)
    spending = plan.spending.reset_index(drop=True)
    parts = _allocate(spending, locations, placements)
    ledger = Ledger(
        entries=_as_entries(parts, spending, locations, placements, plan.districts["district"]),
        districts=describe_districts(plan),
        given=_given(plan.spending),
        illustrative=plan.illustrative,
    )
    unbalanced = [row for row in reconcile(ledger) if not row.balances]
    if unbalanced:
        raise BalanceError([f"the ledger is off by {row.currency} {row.difference}" for row in unbalanced])
    return ledger


def place_plan(plan: Plan, locations: gpd.GeoDataFrame) -> pd.DataFrame:
    """Place locations of a plan, carried by its crosswalk when it is on another vintage.

    Returns
    -------
    DataFrame
        As `geoplan.placement.place_locations`.
    """
    if plan.origin is None or plan.carried_by is None:
        return place_locations(locations, plan.districts, reviewed=plan.reviewed)
    written_for = place_locations(locations, plan.origin, reviewed=plan.reviewed)
    return carry_placements(written_for, locations, plan.districts, plan.carried_by)


def _given(spending: pd.DataFrame) -> dict[str, tuple[Decimal, Decimal]]:
    """Sum the amounts as given, exactly, and the rounding, by currency."""
    given = {}
    for currency, rows in spending.groupby("currency", sort=True):
        rounding = sum((rest for rest in rows["rounding"] if rest), Decimal(0))
        minor = sum(rows["amount"].tolist())
        given[str(currency)] = (from_minor(minor, minor_digits(str(currency))) + rounding, rounding)
    return given


def _allocate(spending: pd.DataFrame, locations: pd.DataFrame, placements: pd.DataFrame) -> pd.DataFrame:
    """Split amounts over locations, then each location's part over the places it is in.

    Returns positions ``spending_row``, ``location_row`` and ``placement_row`` (-1 for none), ``amount``, ``split``.
    """
    on_locations = _over_locations(spending, locations)
    located = on_locations["location_row"].to_numpy() >= 0
    parts = on_locations[located].reset_index(drop=True)
    first, count = _ranges(placements["location_row"].to_numpy(), len(locations))
    rows = parts["location_row"].to_numpy()
    part, placement = _expand(first[rows], count[rows])
    amount = split(parts["amount"].to_numpy(), part, placements["share"].to_numpy()[placement])
    over_places = parts.iloc[part].reset_index(drop=True).assign(placement_row=placement, amount=amount)
    unplaced = on_locations[~located].assign(placement_row=-1)
    return pd.DataFrame(pd.concat([over_places, unplaced], ignore_index=True))


def _over_locations(spending: pd.DataFrame, locations: pd.DataFrame) -> pd.DataFrame:
    """Split each amount over the locations of its project, or give it to the one it names."""
    project_of = pd.Index(locations["project"].drop_duplicates())
    first, count = _ranges(project_of.get_indexer(locations["project"]), len(project_of))
    project = project_of.get_indexer(spending["project"])
    has_any = project >= 0
    own = _own_location(spending, locations)
    start = np.where(own >= 0, own, first[project] if len(first) else 0)
    parts = np.where(own >= 0, 1, np.where(has_any, count[project] if len(count) else 0, 0))
    row, location = _expand(start, parts)
    weights, is_share = _location_weights(locations)
    weight = np.where(own[row] >= 0, 1, weights[location] if len(weights) else 1)
    amount = split(spending["amount"].to_numpy(), row, weight)
    how = np.where(
        own[row] >= 0,
        _OWN_AMOUNT,
        np.where(is_share[location] if len(is_share) else False, _OWN_SHARE, _EVEN),
    )
    how = np.where((parts[row] == 1) & (own[row] < 0), _NEITHER, how)
    split_up = pd.DataFrame({"spending_row": row, "location_row": location, "amount": amount, "split": how})
    nowhere = np.flatnonzero(parts == 0)
    rest = {
        "spending_row": nowhere,
        "location_row": -1,
        "amount": spending["amount"].to_numpy()[nowhere],
        "split": _NEITHER,
    }
    return pd.concat([split_up, pd.DataFrame(rest)], ignore_index=True)


def _own_location(spending: pd.DataFrame, locations: pd.DataFrame) -> Any:
    """Return the position of the location that each amount names; -1 where it names none."""
    known = pd.MultiIndex.from_arrays(
        [locations["project"].astype(object), locations["location"].astype(object)]
    )
    named = spending["location"].notna().to_numpy()
    own = np.full(len(spending), -1)
    if named.any():
        pairs = pd.MultiIndex.from_frame(spending.loc[named, ["project", "location"]].astype(object))
        own[named] = known.get_indexer(pairs)
    return own


def _location_weights(locations: pd.DataFrame) -> tuple[Any, Any]:
    """Return whole-number weights of locations within their project, and whether they are its own shares."""
    shares = locations["share"].to_numpy(dtype=float)
    is_share = ~np.isnan(shares)
    weights = np.ones(len(locations), dtype=np.int64)
    group, names = pd.factorize(locations["project"].to_numpy()[is_share])
    weights[is_share] = share_units(shares[is_share], group.astype(np.int64), len(names))
    return weights, is_share


def _ranges(group: Any, size: int) -> tuple[Any, Any]:
    """Return first position and count of each group in an ascending array."""
    count = np.bincount(group, minlength=size)
    return np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)[:size], count


def _expand(start: Any, count: Any) -> tuple[Any, Any]:
    """Turn ranges into rows: for each, its index repeated, and the positions it covers."""
    index = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return index, np.repeat(start - before, count) + np.arange(len(index))


def _as_entries(
    parts: pd.DataFrame,
    spending: pd.DataFrame,
    locations: pd.DataFrame,
    placements: pd.DataFrame,
    codes: pd.Series[str],
) -> pd.DataFrame:
    """Put names to positions and bring the entries into one order, whatever the order of the input."""
    row, location, placement = (
        parts[f"{name}_row"].to_numpy() for name in ("spending", "location", "placement")
    )
    entries = pd.DataFrame(
        {
            "project": _labels(spending["project"], row),
            "location": _labels(locations["location"], location),
            "component": _labels(spending["component"], row),
            "funder": _labels(spending["funder"], row),
            "year": spending["year"].to_numpy()[row],
            "kind": _labels(spending["kind"], row),
            "currency": _labels(spending["currency"], row),
            "place": pd.Categorical(_labels(placements["place"], placement, otherwise="unlocated"), PLACES),
            "district": _districts(placements["district"], placement, codes),
            "amount": parts["amount"].to_numpy(),
            "rule": _rules(placements["rule"], placement, parts["split"].to_numpy()),
            SOURCE_ROW: spending[SOURCE_ROW].to_numpy()[row],
            "province": _labels(placements["province"], placement),
        }
    )
    keys = [_sort_key(entries[name]) for name in (*_ORDER, SOURCE_ROW)]
    return pd.DataFrame(entries.iloc[np.lexsort(keys[::-1])]).reset_index(drop=True)


def _labels(lookup: pd.Series[str], positions: Any, otherwise: str = NOT_STATED) -> Any:
    """Take labels by position as an ordered-by-name categorical; position -1 stands for ``otherwise``."""
    cells = np.append(lookup.to_numpy(dtype=object), otherwise)
    codes, names = pd.factorize(np.where(pd.isna(cells), otherwise, cells), sort=True)
    return pd.Categorical.from_codes(codes[positions], pd.Index(names, dtype=object))


def _districts(lookup: pd.Series[str], positions: Any, codes: pd.Series[str]) -> Any:
    """Take district codes by position, missing for money in a bucket; all districts are categories."""
    categories: Any = pd.Index(sorted(codes), dtype=object)
    found = np.append(categories.get_indexer(lookup.to_numpy(dtype=object)), -1)
    return pd.Categorical.from_codes(found[positions], categories)


def _rules(lookup: pd.Series[str], positions: Any, how: Any) -> Any:
    """Name the rule that placed an entry, and the one that split its amount."""
    placed = _labels(lookup, positions, otherwise=NO_LOCATION)
    names = [f"{rule}{ending}" for rule in placed.categories for ending in _SPLITS]
    combined = pd.Categorical.from_codes(placed.codes.astype(np.int64) * len(_SPLITS) + how, pd.Index(names))
    return combined.remove_unused_categories()


def _sort_key(column: pd.Series[Any]) -> Any:
    return column.cat.codes.to_numpy() if isinstance(column.dtype, pd.CategoricalDtype) else column.to_numpy()


def describe_districts(plan: Plan) -> pd.DataFrame:
    """Return one row per district with the latest figures of the profile.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        ``district, name, province, province_name, population, poor, poverty_rate, poverty_class``;
        each figure from the latest year that states it, missing where none does.
    """
    columns = ["population", "poor", "poverty_rate", "poverty_class"]
    latest = plan.profile.sort_values("year").groupby("district", sort=True)[columns].last()
    described = plan.districts[["district", "name", "province", "province_name"]].merge(
        latest, left_on="district", right_index=True, how="left"
    )
    described["name"] = described["name"].where(described["name"].notna(), described["district"])
    return pd.DataFrame(described).sort_values("district", ignore_index=True)


def reconcile(ledger: Ledger) -> list[Reconciliation]:
    """Compare what went in with what is in the ledger.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    list of Reconciliation
        One per currency, in alphabetical order.
    """
    sums = ledger.entries.groupby(["currency", "place"], observed=True)["amount"].sum()
    rows = []
    for currency in ledger.currencies:
        digits = minor_digits(currency)
        by_place = {place: from_minor(int(sums.get((currency, place), 0)), digits) for place in PLACES}
        input_total, rounding = ledger.given[currency]
        rows.append(
            Reconciliation(
                currency=currency,
                input_total=input_total,
                rounding=rounding,
                placed_total=sum(by_place.values(), Decimal(0)),
                in_districts=by_place[DISTRICT],
                buckets={bucket: by_place[bucket] for bucket in BUCKETS},
            )
        )
    return rows


def written_ledger(ledger: Ledger) -> pd.DataFrame:
    """Return the entries as they are written: `LEDGER_COLUMNS`, amounts as decimals in currency units.

    Returns
    -------
    DataFrame
        ``amount`` holds Decimal with the currency's minor digits; a missing district is empty.
    """
    entries = ledger.entries[[*LEDGER_COLUMNS]].astype(object)
    digits = {currency: minor_digits(currency) for currency in ledger.currencies}
    amounts = zip(entries["amount"], entries["currency"], strict=True)
    decimals = [from_minor(amount, digits[currency]) for amount, currency in amounts]
    entries["amount"] = pd.Series(decimals, dtype=object)
    entries["district"] = entries["district"].where(entries["district"].notna(), "")
    return entries
