"""Phasing: the money of a plan scheduled by year under ceilings, the poorest districts first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.analysis.equity.allocations import check_one_kind
from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.entries import Ledger, known_projects
from geoplan.ledger.poverty_classes import describe_contradiction, order_classes
from geoplan.ledger.summary import exact_amounts
from geoplan.model.errors import InputError, Problem, UsageError, raise_if, show_value
from geoplan.model.money import Amount, format_minor, minor_digits, read_amount
from geoplan.model.notebook_cells import as_html
from geoplan.model.schema import CRS, DISTRICT, SOURCE_FILE, SOURCE_ROW, minor_name
from geoplan.planning.apportionment import apportion
from geoplan.sources.tables.cell_values import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

UNMET = "unmet demand"
"""Funder of the money that does not fit under the ceilings; it is in the year after the last one."""

NO_CLASS = "not stated"
_UNIT = ("project", "location", "component", "funder")


@dataclass(frozen=True)
class Phasing:
    """The money scheduled in each year, and the money that does not fit.

    Parameters
    ----------
    demands : DataFrame
        One row per project, place, component and funder: ``project, location, component, funder, place,
        district`` (missing if it is in no district or several), ``poverty_class``, ``start`` (first year
        that can have money), and the amounts ``demand``, one of each year (such as ``2017``) and ``unmet``.
        Each row adds up. Amounts are in currency units (Decimal), and in minor units with the suffix ``_minor``.
    years : DataFrame
        One row per year: ``year`` and the amounts ``ceiling, carried`` (unused money of the year before, with
        ``carry``), ``planned, unused``, in the same two units.
    classes : tuple of str
        Poverty classes in the order in which they are served; empty without priority.
    currency : str
    warning : str
        How poverty rates contradict the names of the classes that the order is for; empty if they do not, or if a
        priority was given.
    """

    demands: pd.DataFrame
    years: pd.DataFrame
    classes: tuple[str, ...]
    currency: str
    warning: str = ""

    @property
    def unmet_minor(self) -> int:
        """Money that does not fit under the ceilings, in minor units."""
        return int(self.demands["unmet_minor"].sum())

    def _repr_html_(self) -> str:
        digits = minor_digits(self.currency)
        money = [name for name in self.years.columns if name.endswith("_minor")]
        shown = self.years.drop(columns=money).assign(
            **{
                name.removesuffix("_minor"): [format_minor(int(minor), digits) for minor in self.years[name]]
                for name in money
            }
        )
        return as_html(describe_phasing(self), shown)


def phase(
    ledger: Ledger,
    ceilings: Mapping[int, Amount],
    *,
    currency: str,
    priority: Sequence[str] | None = None,
    starts: Mapping[str, int] | None = None,
    carry: bool = False,
) -> Phasing:
    """Schedule the money of a plan by year under a ceiling per year, the poorest districts first.

    In each year the classes are served in order, with all projects that have started. If the rest of the
    ceiling is too small for a class, its demands share it in proportion to what they still lack (largest
    remainder). Demands without a district or class come last.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money.
    ceilings : mapping of year to amount
        Currency units.
    currency : str
    priority : sequence of str, optional
        Poverty classes in the order in which they are served; by default the poorest first. Empty for no order.
    starts : mapping of project to year, optional
        First year of a project's money, instead of its start date.
    carry : bool
        Carry unused money of a year to the next.

    Returns
    -------
    Phasing

    Raises
    ------
    UsageError
        No ceilings, an invalid amount, an unknown project or class, or an unknown order of classes.
    InputError
        Demands below 0.
    """
    check_one_kind(ledger)
    digits = minor_digits(currency)
    limits = {
        year: read_amount(ceilings[year], digits, f"the ceiling of {year}") for year in sorted(ceilings)
    }
    if not limits:
        raise UsageError("no ceilings: give one per year, such as 2017=500000")
    classes = _order(ledger, priority)
    demands = _demands(ledger, currency, starts or {})
    rank = (
        demands["poverty_class"]
        .map({name: at for at, name in enumerate(classes)})
        .fillna(len(classes))
        .to_numpy(int)
    )
    left = demands["demand_minor"].to_numpy(dtype=np.int64).copy()
    start = demands["start"].to_numpy(dtype=int)
    rows, spare = [], 0
    for year, ceiling in limits.items():
        room = ceiling + spare
        given = _serve(left, np.where(start <= year, rank, -1), room)
        left -= given
        demands[minor_name(str(year))] = given
        unused = room - int(given.sum())
        rows.append((year, ceiling, spare, int(given.sum()), unused))
        spare = unused if carry else 0
    demands["unmet_minor"] = left
    names = ["year", "ceiling_minor", "carried_minor", "planned_minor", "unused_minor"]
    warning = "" if priority is not None else describe_contradiction(complete_figures(ledger.districts))
    demands = _with_currency_units(demands, currency)
    years = _with_currency_units(pd.DataFrame(rows, columns=names), currency)
    return Phasing(demands, years, tuple(classes), currency, warning)


def _with_currency_units(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Add each amount in currency units before the same in minor units."""
    names = [str(name).removesuffix("_minor") for name in table if str(name).endswith("_minor")]
    found = table.copy()
    for name in names:
        at = list(found.columns).index(minor_name(name))
        found.insert(at, name, exact_amounts(table.assign(currency=currency), name))
    return found


def _serve(left: Any, rank: Any, room: int) -> Any:
    """Return the part of the room that each demand gets: rank by rank, the last rank in proportion; -1 waits."""
    given = np.zeros(len(left), dtype=np.int64)
    for at in sorted(set(rank[rank >= 0].tolist())):
        waiting = np.flatnonzero((rank == at) & (left > 0))
        wanted = int(left[waiting].sum())
        if wanted <= room:
            given[waiting] = left[waiting]
        else:
            lacks = left[waiting].tolist()
            found = apportion(room, lacks, [0] * len(lacks), [None] * len(lacks))
            assert found is not None
            given[waiting] = found.amounts
        room -= int(given[waiting].sum())
    return given


def _order(ledger: Ledger, priority: Sequence[str] | None) -> list[str]:
    """Return poverty classes in the order in which they are served."""
    known = complete_figures(ledger.districts)
    if priority is not None:
        stated = {str(name) for name in known["poverty_class"].dropna()}
        unknown = [name for name in priority if name not in stated]
        missing = sorted(stated - set(priority)) if priority else []
        if unknown or missing or len(set(priority)) < len(priority):
            listed = ", ".join(show_value(name) for name in sorted(stated)) or "none"
            raise UsageError(f"the priority must name each poverty class of the plan once: {listed}")
        return list(priority)
    classes, certain = order_classes(known)
    if not certain:
        listed = ", ".join(show_value(name) for name in classes)
        raise UsageError(
            f"the order of the poverty classes is unknown: give a priority that names them in order: {listed}"
        )
    if not classes:
        raise UsageError(
            "no district has a poverty class: fill in poverty_class in the profile, or choose no priority"
        )
    return classes[::-1]


def _demands(ledger: Ledger, currency: str, starts: Mapping[str, int]) -> pd.DataFrame:
    """Sum the ledger by project, location, component and funder, and by district if all of it is in districts."""
    entries = ledger.entries[ledger.entries["currency"] == currency].astype(
        dict.fromkeys((*_UNIT, "place", "district"), object)
    )
    if entries.empty:
        raise UsageError(f"the plan has no money in {currency}: choose another currency")
    if (entries["amount_minor"] < 0).any():
        wrong = sorted(entries.loc[entries["amount_minor"] < 0, "project"].unique())
        raise InputError(
            Problem("spending", "cannot phase amounts below 0", "amount", values=tuple(wrong),
                    way_out="choose a kind of money without corrections, such as budget")
        )  # fmt: skip
    where = entries["place"] + "\0" + entries["district"].fillna("").astype(str)
    key = [entries["project"], entries["location"]]
    several = where.groupby(key).transform("nunique") > 1
    only_districts = (entries["place"] == DISTRICT).groupby(key).transform("all")
    entries = entries.assign(
        place=entries["place"].where(~several | only_districts, "several places"),
        district=entries["district"].where(~several | only_districts, None).fillna("").astype(str),
        parted=several & only_districts,
    )
    demands = entries.groupby([*_UNIT, "place", "district", "parted"], sort=True)["amount_minor"].sum()
    frame = demands.rename("demand_minor").reset_index()
    frame = frame[frame["demand_minor"] > 0].reset_index(drop=True)
    classes = ledger.districts.set_index("district")["poverty_class"]
    frame["poverty_class"] = (
        frame["district"].map(classes).astype(object).where(lambda cells: cells.notna(), NO_CLASS)
    )
    frame["start"] = _starts(known_projects(ledger), frame["project"], starts)
    return frame


def _starts(known: pd.DataFrame, projects: pd.Series[str], starts: Mapping[str, int]) -> Any:
    unknown = [name for name in starts if name not in set(known["project"])]
    if unknown:
        raise UsageError(
            f"unknown projects in the start years: {', '.join(show_value(name) for name in unknown)}"
        )
    dates = pd.to_datetime(known["start"])
    years = {
        code: int(date.year) for code, date in zip(known["project"], dates, strict=True) if not pd.isna(date)
    }
    return projects.map({**years, **starts}).fillna(FIRST_YEAR).astype(int)


def schedule_plan(plan: Plan, phasing: Phasing) -> Plan:
    """Return a phasing as a plan: budgets by year, and unmet demand with the funder `UNMET` in the year after.

    Parameters
    ----------
    plan : Plan
        The plan that was phased.
    phasing : Phasing

    Returns
    -------
    Plan
        With the same money in the same districts and buckets.
    """
    years = phasing.years["year"].tolist()
    demands = phasing.demands.copy()
    demands["place_of"] = np.where(
        demands["parted"], demands["location"] + " in " + demands["district"], demands["location"]
    )
    parts = [(year, demands[minor_name(str(year))], demands["funder"]) for year in years]
    parts.append((years[-1] + 1, demands["unmet_minor"], pd.Series(UNMET, demands.index)))
    rows = pd.concat(
        [
            demands.assign(year=year, amount_minor=amounts, funder=funder)[amounts > 0]
            for year, amounts, funder in parts
        ],
        ignore_index=True,
    )
    origin: dict[str, Any] = {SOURCE_FILE: "", SOURCE_ROW: np.arange(1, len(rows) + 1)}
    spending = rows[["project", "component", "funder", "year", "amount_minor"]].assign(
        location=rows["place_of"].where(rows["place_of"] != "", None),
        kind="budget",
        currency=phasing.currency,
        source="phasing",
        illustrative=False,
        rounding=pd.Series([Decimal(0)] * len(rows), dtype=object),
        **origin,
    )
    return replace(
        plan,
        title=f"Phasing: {plan.title}",
        subtitle=f"{years[0]}–{years[-1]}, under a ceiling for each year; not decided",
        locations=_locations(plan, demands),
        spending=spending,
        notes=(*plan.notes, *describe_phasing(phasing)),
        files={},
        remarks=(),
        left_out=None,
    )


def _locations(plan: Plan, demands: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the plan's locations; one that is in several districts becomes one location per district."""
    parted = demands[demands["parted"]].drop_duplicates(["project", "place_of"])
    locations = plan.locations.assign(share=np.nan)
    keys = pd.MultiIndex.from_frame(parted[["project", "location"]])
    kept = locations[~pd.MultiIndex.from_frame(locations[["project", "location"]]).isin(keys)]
    columns = [
        name
        for name in locations.columns
        if name not in ("project", "location", "district", "precision", "geometry", "lon", "lat")
    ]
    described = parted[["project", "location", "place_of", "district"]].merge(
        locations[["project", "location", *columns]], on=["project", "location"], how="left"
    )
    parts = (
        described.drop(columns="location")
        .rename(columns={"place_of": "location"})
        .assign(precision=3.0, geometry=None)
    )
    joined = (
        pd.concat([pd.DataFrame(kept), parts.reindex(columns=locations.columns)], ignore_index=True)
        if len(parts)
        else kept
    )
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=CRS)


def describe_phasing(phasing: Phasing) -> list[str]:
    """Describe how the money was phased, and the unmet demand."""
    digits = minor_digits(phasing.currency)

    def money(minor: int) -> str:
        return f"{phasing.currency} {format_minor(minor, digits)}"

    order = (
        f"in the order {', '.join(phasing.classes)}" if phasing.classes else "without an order of districts"
    )
    planned = int(phasing.years["planned_minor"].sum())
    demand = int(phasing.demands["demand_minor"].sum())
    notes = [
        f"Phasing, not a decision: {money(planned)} of {money(demand)} fits under the ceilings, {order}."
    ]
    if phasing.warning:
        notes.append(f"Warning: {phasing.warning}. Give a priority to choose another order.")
    if phasing.unmet_minor:
        after = int(phasing.years["year"].max()) + 1
        notes.append(
            f"Unmet demand: {money(phasing.unmet_minor)}, listed under {after} with the funder {show_value(UNMET)}."
        )
    for row in phasing.years.itertuples(index=False):
        if row[4]:
            notes.append(f"{row[0]}: {money(int(row[4]))} of the ceiling is unused.")
    return notes


def read_ceilings(text: str) -> dict[int, str]:
    """Read ceilings such as ``2017=500000,2018=600000``, or a table with the columns year and ceiling.

    Raises
    ------
    UsageError
        The text is neither.
    InputError
        The table cannot be read.
    """
    path = Path(text)
    pairs = _table(path) if path.is_file() else [part.partition("=")[::2] for part in text.split(",")]
    found: dict[int, str] = {}
    for name, amount in pairs:
        year = name.strip()
        if not (year.isdecimal() and FIRST_YEAR <= int(year) <= LAST_YEAR) or not amount.strip():
            raise UsageError(
                f"cannot read the ceilings at {show_value(f'{name}={amount}' if amount else name)}: write 2017=500000,2018=600000, "
                "or name a table with the columns year and ceiling"
            )
        if int(year) in found:
            raise UsageError(f"{year} has two ceilings: give one")
        found[int(year)] = amount.strip()
    return found


def _table(path: Path) -> list[tuple[str, str]]:
    from geoplan.sources.raw_table import FileSpec
    from geoplan.sources.tables.numerals import as_plain_numbers
    from geoplan.sources.tables.table_files import TABLE_SUFFIXES, read_table

    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise UsageError(
            f"{show_value(path.name)} is no table: give a file that ends in {', '.join(TABLE_SUFFIXES)}"
        )
    raw = read_table(FileSpec(path))
    raise_if([
        Problem(raw.source, "a column is missing", column=name, way_out="it needs the columns year and ceiling")
        for name in ("year", "ceiling") if name not in raw.table
    ])  # fmt: skip
    years, amounts = (raw.table[name].fillna("").astype(str) for name in ("year", "ceiling"))
    amounts = as_plain_numbers(amounts)
    return list(zip(years, amounts, strict=True))
