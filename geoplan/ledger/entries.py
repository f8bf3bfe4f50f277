"""The ledger: every amount in exactly one district or named bucket, to the cent, with the rule that put it there.

How this works
--------------
1. `place_plan` gives each location one or more placements: a district or a bucket, a share, and a rule.
2. `geoplan.ledger.split.split_spending` splits each amount over the locations of its project, then over
   the placements of each location. It returns positions in the three tables, not copies of their rows.
3. `geoplan.ledger.entry_rows.label_entries` turns positions into labels. Text columns become categoricals with
   the smallest codes that fit, because a ledger can have millions of rows.
4. Rows are sorted by all columns, so that the order of the input does not change the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html import escape
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from geoplan.ledger.carried_money import carried_notes
from geoplan.ledger.carried_placements import carry_placements
from geoplan.ledger.district_figures import describe_districts
from geoplan.ledger.entry_rows import as_coded, known_provinces, label_entries, written_rules
from geoplan.ledger.placement import asked_names, place_locations
from geoplan.ledger.split import split_spending
from geoplan.model.errors import BalanceError, InputError, Problem, UsageError
from geoplan.model.money import format_exact, from_minor, minor_digits
from geoplan.model.notebook_cells import as_html
from geoplan.model.periods import Periods
from geoplan.model.schema import (
    BUCKETS,
    DISTRICT,
    LEDGER_COLUMNS,
    PLACES,
    SOURCE_FILE,
    SOURCE_ROW,
    minor_name,
)
from geoplan.plan.merge_sources import left_out_totals
from geoplan.text.names import ColumnHabits, Gazetteer

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.geo.district_index import DistrictIndex
    from geoplan.plan.plan_tables import Plan

Money: TypeAlias = tuple[str, str]
"""Currency and kind of money: amounts are only added up if both are the same."""

_SHOWN = 10


@dataclass(frozen=True)
class Reconciliation:
    """Money in against money out, for one currency and kind of money.

    Parameters
    ----------
    currency : str
    kind : str
        budget, commitment, disbursement or expenditure; of money that is only left out also another word.
    input_total : Decimal
        Sum of the amounts as given, in currency units.
    rounding : Decimal
        What rounding to minor units took away when the amounts were read.
    placed_total : Decimal
        Sum over the ledger: districts and buckets.
    in_districts : Decimal
    buckets : mapping of str to Decimal
        Amount in each named bucket, 0 where it has none.
    left_out : Decimal
        Money of the sources that the plan does not count, such as a project that another source has too.
        It is part of ``input_total``.
    """

    currency: str
    kind: str
    input_total: Decimal
    rounding: Decimal
    placed_total: Decimal
    in_districts: Decimal
    buckets: Mapping[str, Decimal]
    left_out: Decimal = Decimal(0)

    @property
    def difference(self) -> Decimal:
        """Money that went in and did not come out: 0, or the ledger is wrong."""
        return self.input_total - self.rounding - self.left_out - self.placed_total

    @property
    def balances(self) -> bool:
        """Whether all money that went in came out, and no more."""
        return self.difference == 0

    def _repr_html_(self) -> str:
        amounts = {
            "given": self.input_total,
            "in districts": self.in_districts,
            **self.buckets,
            "left out": self.left_out,
            "rounding": self.rounding,
            "difference": self.difference,
        }
        table = pd.DataFrame(
            {"money": [*amounts], self.currency: [f"{amount:,f}" for amount in amounts.values()]}
        )
        return as_html([f"{self.kind}: {'balances' if self.balances else 'does not balance'}"], table)


@dataclass(frozen=True)
class Ledger:
    """Entries of a plan's ledger, with all that is needed to sum and to check them.

    Parameters
    ----------
    entries : DataFrame
        One row per amount, location and place. Columns of `geoplan.model.schema.ENTRY_COLUMNS`:
        ``amount_minor`` is in minor units (int64) and ``rule`` as flags of
        `geoplan.model.placement_rules.PlacementRule` (int64); ``source_file`` and ``source_row`` of the
        amount; ``province`` (code) of province-wide money, empty where unknown; ``carried_from``, the
        district of another vintage that an entry was carried from. Converted money also has ``given_amount_minor`` and ``given_currency``. Text columns are categorical. ``district`` is missing unless
        ``place`` is ``district``.
    districts : DataFrame
        All districts, with or without money, as `describe_districts` returns them.
    given : mapping of (str, str) to (Decimal, Decimal)
        By currency and kind: sum of the amounts as given, and of what rounding took away.
    illustrative : str
        What is made up as an example; empty when nothing is.
    notes : tuple of str
        Lines that every output must show, such as the exchange rates used.
    periods : tuple of (int, int)
        First and last year of each plan period.
    boundaries : GeoDataFrame, optional
        The plan's districts with their geometry, for measures per km².
    projects : DataFrame, optional
        The plan's projects, for measures by sector, by date and by plan item.
    left_out : mapping of (str, str) to Decimal
        By currency and kind: money of the plan's sources that the plan does not count.
    crowds : DataFrame, optional
        For a ledger that was clustered by hexagon, whose entries no longer name their projects: how many
        ``projects`` have money under exactly the same keys. One row per crowd of projects (``crowd`` and
        ``crowd_too``: a 128-bit number) and set of keys ``place, district, component, funder, year, kind,
        currency``, as text; an empty key stands for all values.
    counted : mapping of tuple of str to DataFrame, optional
        For a ledger whose entries are sums: projects and amounts by the groupings asked for, as
        `geoplan.ledger.summary.count_amounts` returns them.
    before_conversion : mapping of (str, str) to int, optional
        For a ledger whose entries are sums: converted money in its own currency, by that and kind, in minor units.
    """

    entries: pd.DataFrame
    districts: pd.DataFrame
    given: Mapping[Money, tuple[Decimal, Decimal]]
    illustrative: str = ""
    notes: tuple[str, ...] = ()
    periods: Periods = ()
    boundaries: gpd.GeoDataFrame | None = None
    projects: pd.DataFrame | None = None
    left_out: Mapping[Money, Decimal] = field(default_factory=dict)
    crowds: pd.DataFrame | None = None
    counted: Mapping[tuple[str, ...], pd.DataFrame] | None = None
    before_conversion: Mapping[Money, int] | None = None

    @property
    def currencies(self) -> list[str]:
        """Currencies in the ledger, in alphabetical order."""
        return sorted({currency for currency, _ in self.given})

    @property
    def kinds(self) -> list[str]:
        """Kinds of money in the ledger, in alphabetical order."""
        return sorted({kind for _, kind in self.given})

    def _repr_html_(self) -> str:
        found = reconcile(self)
        places = pd.DataFrame(
            {
                f"{sums.currency} {sums.kind}": {"given": sums.input_total, "in districts": sums.in_districts,
                                                 **sums.buckets, "difference": sums.difference}
                for sums in found
            }
        ).map(format_exact)  # fmt: skip
        first = replace(self, entries=self.entries.head(_SHOWN))
        entries: str = list_entries(first).to_html(escape=True, index=False)
        illustrative = f"<p>Illustrative: {escape(self.illustrative)}</p>" if self.illustrative else ""
        table: str = places.to_html(escape=True)
        return f"<p>Ledger of {len(self.entries):,} entries; the first {len(first.entries)} below</p>{illustrative}{table}{entries}"


def build_ledger(
    plan: Plan, *, index: DistrictIndex | None = None, habits: ColumnHabits | None = None
) -> Ledger:
    """Place a plan's locations and split its spending over them.

    An amount that names its location goes there. Otherwise it is split by the shares that the project's
    locations state, or evenly if they state none (the even split of AidData's research releases). Within
    a line or polygon it is split by length or area. Cents are split by largest remainder.

    Parameters
    ----------
    plan : Plan
    index : DistrictIndex, optional
        Index of the plan's districts, if one exists already.
    habits : ColumnHabits, optional
        As in `place_plan`.

    Returns
    -------
    Ledger
        It does not depend on the order of rows in the plan's tables.

    Raises
    ------
    BalanceError
        The ledger does not balance. This would be a fault of geoplan.

    Examples
    --------
    >>> from geoplan.plan.plan_tables import read_plan
    >>> from geoplan.plan.plan_file import find_bundled_plan
    >>> ledger = build_ledger(read_plan(find_bundled_plan()))
    >>> [str(row.difference) for row in reconcile(ledger)]
    ['0.00']
    """
    locations = plan.locations.sort_values(["project", "location"], ignore_index=True)
    if habits is None:
        _check_decisions(plan)
    placements = place_plan(plan, locations, index=index, distances=False, habits=habits)
    spending = _with_codes(_with_sources(plan.spending))
    parts = split_spending(spending, locations, placements)
    entries = label_entries(parts, spending, locations, placements, plan.districts["district"])
    ledger = Ledger(
        entries=entries,
        districts=describe_districts(plan),
        given=_given(spending),
        illustrative=plan.illustrative,
        notes=(*plan.notes, *carried_notes(plan, entries)),
        periods=plan.periods,
        boundaries=plan.districts,
        projects=plan.projects,
        left_out={} if plan.left_out is None else left_out_totals(plan.left_out),
    )
    unbalanced = [row for row in reconcile(ledger) if not row.balances]
    if unbalanced:
        raise BalanceError(
            [f"the ledger is off by {row.currency} {row.difference} ({row.kind})" for row in unbalanced]
        )
    return ledger


def _check_decisions(plan: Plan) -> None:
    """Raise `InputError` if nothing has a reviewed name, for example because letters were damaged."""
    asked = (
        asked_names(plan.locations, plan.districts)
        if plan.reviewed
        else pd.DataFrame({"name": [], "province": []})
    )
    known = {*zip(asked["name"], asked["province"], strict=True), *plan.named_districts}
    unused = [name for name, province in plan.reviewed if (name, province) not in known]
    if unused:
        file = plan.files["review"].name if "review" in plan.files else "review"
        message = "decisions about names that no location or table has"
        way_out = "write the names as in their tables, or remove these rows; geoplan check --review writes a new file"
        raise InputError([Problem(file, message, "name", values=tuple(unused), way_out=way_out)])


def _with_sources(spending: pd.DataFrame) -> pd.DataFrame:
    """Add an empty file name and row numbers to a table made by hand that has none."""
    known = spending.reset_index(drop=True)
    if SOURCE_FILE not in known:
        known = known.assign(**{SOURCE_FILE: ""})
    if SOURCE_ROW not in known:
        known = known.assign(**{SOURCE_ROW: np.arange(1, len(known) + 1)})
    return known


def _with_codes(spending: pd.DataFrame) -> pd.DataFrame:
    """Return spending with its columns of text as categoricals, so that each text is compared once."""
    texts = [name for name in ("project", "component", "funder", "kind", "currency") if name in spending]
    return spending.assign(**{name: as_coded(spending[name]) for name in texts})


def place_plan(
    plan: Plan,
    locations: gpd.GeoDataFrame,
    *,
    index: DistrictIndex | None = None,
    distances: bool = True,
    habits: ColumnHabits | None = None,
) -> pd.DataFrame:
    """Place locations of a plan; if it was carried to another vintage, carry the placements too.

    Parameters
    ----------
    plan : Plan
    locations : GeoDataFrame
    index : DistrictIndex, optional
        Index of the plan's districts, if one exists already.
    distances : bool
        Measure how far points outside all districts are from the nearest one.
    habits : ColumnHabits, optional
        From `learn_habits`, where the plan has only a part of the locations.

    Returns
    -------
    DataFrame
        As from `geoplan.ledger.placement.place_locations`.
    """
    if plan.origin is None or plan.carried_by is None:
        return place_locations(
            locations, plan.districts, reviewed=plan.reviewed, index=index, distances=distances, habits=habits
        )
    written_for = place_locations(
        locations, plan.origin, reviewed=plan.reviewed, distances=False, habits=habits
    )
    return carry_placements(written_for, locations, plan.districts, plan.carried_by, index=index)


def learn_habits(
    plan: Plan, names: Iterable[str], provinces: Iterable[str], pairs: Iterable[tuple[str, str]]
) -> ColumnHabits:
    """Learn what whole columns of names tell, for locations that are placed a part at a time.

    Parameters
    ----------
    plan : Plan
        Its districts, or those of the vintage that its locations were written for.
    names, provinces : iterable of str
        Distinct cells of `geoplan.ledger.placement.asked_names` over all locations.
    pairs : iterable of (name, province)
        The distinct pairs of these cells in which the province is a path of areas.
    """
    written_for = plan.districts if plan.origin is None or plan.carried_by is None else plan.origin
    gazetteer = Gazetteer(written_for)
    habits = gazetteer.learn(names, provinces)
    asked = sorted(pairs)
    matches = dict(zip(asked, gazetteer.match_all(asked, habits), strict=True))
    return replace(habits, units=gazetteer.learn_units(matches))


def money_before_conversion(ledger: Ledger) -> Mapping[Money, int]:
    """Return converted money in its own currency, by that currency and kind, in minor units; empty if none was."""
    if ledger.before_conversion is not None:
        return ledger.before_conversion
    if "given_amount_minor" not in ledger.entries:
        return {}
    keys = ["given_currency", "kind"]
    groups = ledger.entries.groupby(keys, observed=True, sort=True)["given_amount_minor"]
    return {(str(currency), str(kind)): int(amounts.sum()) for (currency, kind), amounts in groups}


def _given(spending: pd.DataFrame) -> dict[Money, tuple[Decimal, Decimal]]:
    """Return by currency and kind the exact sum of the amounts as given, and of what rounding took away."""
    given = {}
    money = spending[["currency", "kind", "amount_minor", "rounding"]]
    for (currency, kind), rows in money.groupby(["currency", "kind"], sort=True, observed=True):
        rests = rows["rounding"].to_numpy(dtype=object)
        rounding = sum(rests[rests.astype(bool)], Decimal(0))
        minor = _sum_exactly(rows["amount_minor"].to_numpy())
        total = from_minor(minor, minor_digits(str(currency))) + rounding
        given[str(currency), str(kind)] = (total, rounding)
    return given


def _sum_exactly(amounts: Any) -> int:
    """Sum int64 in blocks short enough that no block can overflow."""
    largest = max(int(amounts.max(initial=1)), -int(amounts.min(initial=-1)))
    block = max(1, (1 << 62) // largest)
    return sum(int(amounts[start : start + block].sum()) for start in range(0, len(amounts), block))


def known_projects(ledger: Ledger) -> pd.DataFrame:
    """Return the projects of a ledger.

    Raises
    ------
    UsageError
        The ledger has no projects, because it was made by hand.
    """
    if ledger.projects is None:
        raise UsageError("the ledger has no table of projects: build it with build_ledger(plan)")
    return ledger.projects


def reconcile(ledger: Ledger) -> list[Reconciliation]:
    """Compare the money that went in with the money in the ledger.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    list of Reconciliation
        One per currency and kind of money, in alphabetical order. Kinds are never added up.
    """
    sums = _sums_by_place(ledger.entries)
    rows = []
    for currency, kind in sorted({*ledger.given, *ledger.left_out}):
        digits = minor_digits(currency)
        by_place = {place: from_minor(int(sums.get((currency, kind, place), 0)), digits) for place in PLACES}
        kept, rounding = ledger.given.get((currency, kind), (from_minor(0, digits), Decimal(0)))
        left_out = ledger.left_out.get((currency, kind), Decimal(0))
        rows.append(
            Reconciliation(
                currency=currency,
                kind=kind,
                input_total=kept + left_out,
                rounding=rounding,
                placed_total=sum(by_place.values(), Decimal(0)),
                in_districts=by_place[DISTRICT],
                buckets={bucket: by_place[bucket] for bucket in BUCKETS},
                left_out=left_out,
            )
        )
    return rows


def _sums_by_place(entries: pd.DataFrame) -> dict[tuple[str, ...], int]:
    """Return the sum of the amounts by currency, kind and place, in minor units."""
    keys = [as_coded(entries[name]) for name in ("currency", "kind", "place")]
    at = np.zeros(len(entries), dtype=np.int64)
    for key in keys:
        at = at * len(key.categories) + key.codes
    labels = product(*([str(name) for name in key.categories] for key in keys))
    sums = np.zeros(math.prod(len(key.categories) for key in keys), dtype=np.int64)
    np.add.at(sums, at, entries["amount_minor"].to_numpy())
    return dict(zip(labels, sums.tolist(), strict=True))


def list_entries(ledger: Ledger) -> pd.DataFrame:
    """Return the entries as they are written: columns `LEDGER_COLUMNS`, amounts in currency units.

    Returns
    -------
    DataFrame
        ``amount`` is Decimal with the currency's minor digits, and ``rule`` is in words. ``province`` is that of
        the district, or that of province-wide money. A missing district or province is an empty string. Money that was converted or is in constant prices also has ``given_amount`` and
        ``given_currency``.
    """
    pairs = {"amount": "currency"}
    if minor_name("given_amount") in ledger.entries:
        pairs["given_amount"] = "given_currency"
    names = dict.fromkeys((*LEDGER_COLUMNS, *(name for pair in pairs.items() for name in pair)))
    entries = ledger.entries.assign(province=known_provinces(ledger.entries, ledger.districts))
    entries = entries.rename(columns={minor_name(amount): amount for amount in pairs})[[*names]]
    if (
        entries["rule"].dtype != "category"
    ):  # the parts of a streamed ledger have their rules in words already
        entries = entries.assign(rule=written_rules(ledger.entries))
    entries = entries.astype(object)
    for amount, currency in pairs.items():
        digits = {code: minor_digits(code) for code in entries[currency].unique()}
        cells = zip(entries[amount], entries[currency], strict=True)
        entries[amount] = pd.Series([from_minor(minor, digits[code]) for minor, code in cells], dtype=object)
    entries["district"] = entries["district"].where(entries["district"].notna(), "")
    return entries
