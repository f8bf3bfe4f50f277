"""The tables of a plan and its ledger for exports: plain cells, exact amounts, measures as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.analysis.bivariate import OTHER_CROSSING, Crossing, cross_money_and_poverty
from geoplan.analysis.coordination import describe_funders
from geoplan.analysis.equity import target_districts
from geoplan.analysis.rates import add_rates
from geoplan.ledger.bounds import add_bounds, bound_amounts
from geoplan.ledger.entries import Ledger, list_entries
from geoplan.ledger.entry_rows import known_provinces, written_rules
from geoplan.ledger.summary import separate_kinds, summarize
from geoplan.model.money import from_minor, minor_digits
from geoplan.model.schema import CRS, DISTRICT, SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.outputs.exports.characters import writable_texts

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan

LAYERS = ("districts", "locations")
"""Tables with a geometry."""

WRITTEN = ("districts", "locations", "projects", "profile", "spending", "ledger", "funders")
"""All tables that are written, in this order."""

_FIGURES = ("population", "poor", "poverty_rate", "profile_year", "poverty_class")
_PROVENANCE = (SOURCE_FILE, SOURCE_ROW)
_FLAGS = {True: "yes", False: "no"}
_RESERVED = ("fid", "ogc_fid", "geom", "geometry", "bbox", "shape")
"""Names that formats, or layers with their geometry, keep for themselves."""

_MARKS = ("illustrative", "illustrative_amounts")


def written_tables(
    plan: Plan, ledger: Ledger, *, only: Iterable[str] = WRITTEN
) -> dict[str, pd.DataFrame | gpd.GeoDataFrame]:
    """Convert a plan and its ledger to the tables of an export.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        Ledger of that plan.
    only : iterable of str
        Tables to convert, named in `WRITTEN`.

    Returns
    -------
    dict of str to DataFrame
        ``districts`` and ``locations`` are GeoDataFrames in EPSG:4326. Cells are text, numbers or
        missing. Dates are ISO text, flags are yes or no, amounts are Decimal in currency units.

        Columns of the table's schema come first and read back as the same table; empty ones are left out. Then come
        measures (districts) or placed amounts (locations), and other columns of the input. A character that no text
        file can store becomes U+FFFD.
    """
    makers: dict[str, Callable[[], pd.DataFrame]] = {
        "districts": lambda: _districts(plan, ledger),
        "locations": lambda: _locations(plan, ledger),
        "projects": lambda: plain_table(plan.projects, "projects"),
        "profile": lambda: plain_table(plan.profile, "profile"),
        "spending": lambda: plain_spending(plan),
        "ledger": lambda: _marked(list_entries(ledger).astype({"year": "int64"}), ledger),
        "funders": lambda: _marked(_funders(ledger), ledger),
    }
    return {name: writable_texts(makers[name]()) for name in WRITTEN if name in set(only)}


def amount_column(name: str, currency: str, kind: str = "") -> str:
    """Return the column of a measure in a currency: ``amount_eur``, or ``amount_budget_eur`` of one kind of several.

    >>> amount_column("amount", "EUR", "budget")
    'amount_budget_eur'
    """
    return "_".join(part for part in (name, kind, currency.lower()) if part)


# --- the five tables as they were read ---------------------------------------------------------


def plain_table(frame: pd.DataFrame, table: str, *, taken: Iterable[str] = ()) -> pd.DataFrame:
    """Return one of the five tables without its geometry, as plain cells.

    Parameters
    ----------
    frame : DataFrame
    table : str
        Name of the table.
    taken : iterable of str
        Names that columns of the file cannot have, because columns that are added later have them.

    Returns
    -------
    DataFrame
        The columns of the schema that have a value, then the other columns of the file. If the name of
        one of these is taken, it gets an underscore.
    """
    contract = TABLES[table]
    written = pd.DataFrame(index=range(len(frame)))
    for name in contract.names:
        if name in frame and name != "geometry":
            cells = _plain_cells(frame[name])
            if cells.notna().any() or contract.column(name).required:
                written[name] = cells
    names = {*_RESERVED, *taken, *contract.names}
    for name in other_columns(frame, table):
        cells = _plain_cells(frame[name])
        if cells.notna().any():
            written[_free_name(name, {*names, *written.columns})] = cells
    return written


def other_columns(frame: pd.DataFrame, table: str) -> list[str]:
    """Return the columns of the file that are not in the table's schema."""
    ours = {*TABLES[table].names, *TABLES[table].read_names, *_PROVENANCE, "rounding"}
    return [name for name in frame.columns if name not in ours]


def _free_name(name: str, taken: Iterable[str]) -> str:
    """Return the name of a column, with an underscore if it is taken; letter case does not matter."""
    folded = {str(other).strip().casefold() for other in taken}
    while name.strip().casefold() in folded:
        name += "_"
    return name


def _plain_cells(cells: pd.Series[Any]) -> pd.Series[Any]:
    plain: pd.Series[Any] = cells.reset_index(drop=True)
    if isinstance(plain.dtype, pd.CategoricalDtype):
        plain = plain.astype(object)
    if pd.api.types.is_datetime64_any_dtype(plain):
        whole_days = (plain.dropna() == plain.dropna().dt.normalize()).all()
        form = "%Y-%m-%d" if whole_days else "%Y-%m-%dT%H:%M:%S"
        days: pd.Series[Any] = plain.dt.strftime(form).astype(object).where(plain.notna(), None)
        return days
    if pd.api.types.is_bool_dtype(plain):
        return plain.map(_FLAGS if plain.any() else {}).astype(object)
    if pd.api.types.infer_dtype(plain, skipna=True) == "boolean":
        # A flag that may be missing: no differs from missing.
        return plain.map(_FLAGS).astype(object).where(plain.notna(), None)
    if pd.api.types.is_float_dtype(plain) and (plain.dropna() % 1 == 0).all() and plain.abs().max() < 2**53:
        return plain.astype("Int64")
    if plain.dtype == object or pd.api.types.is_string_dtype(plain):
        return plain.astype(object).where(plain.notna() & (plain != ""), None)
    return plain


def plain_spending(plan: Plan) -> pd.DataFrame:
    """Return the table of spending as `plain_table` does, with the given amounts before rounding."""
    spending = plan.spending
    given = [
        from_minor(amount, minor_digits(currency)) + (rounding or Decimal(0))
        for amount, currency, rounding in zip(
            spending["amount_minor"], spending["currency"], spending["rounding"], strict=True
        )
    ]
    exact = pd.Series(given, dtype=object, index=spending.index)
    exact_ones = {"amount_minor": exact}
    if "given_amount_minor" in spending:
        digits = spending["given_currency"].map(minor_digits)
        minor = zip(spending["given_amount_minor"], digits, strict=True)
        first = [from_minor(*pair) for pair in minor]
        exact_ones["given_amount_minor"] = pd.Series(first, dtype=object, index=spending.index)
    in_units = {name: name.removesuffix("_minor") for name in exact_ones}
    return plain_table(spending.assign(**exact_ones).rename(columns=in_units), "spending")


# --- districts with their measures -----------------------------------------------------------


def _districts(plan: Plan, ledger: Ledger) -> gpd.GeoDataFrame:
    described = ledger.districts.set_index("district").reindex(plan.districts["district"])
    measures = {name: _plain_cells(described[name]) for name in _FIGURES}
    measures |= _district_measures(plan, ledger)
    written = plain_table(plan.districts, "districts", taken=(*measures, *_MARKS))
    for name, cells in measures.items():
        if cells.notna().any():
            written[name] = cells.array
    return _with_geometry(_marked(written, ledger), plan.districts.geometry.to_numpy())


def _district_measures(plan: Plan, ledger: Ledger) -> dict[str, pd.Series[Any]]:
    """Return each measure by district, in the order of the plan's districts."""
    codes = plan.districts["district"]
    sums = summarize(ledger, "district")
    sums = add_rates(add_bounds(sums, bound_amounts(ledger), ["district"]), ledger)
    columns = {}
    for (currency, *kind), rows in sums.groupby(["currency", *separate_kinds([], ledger)], sort=True):
        by_code = rows.set_index("district")
        for name in ("amount", "certain", "at_most", "per_person", "per_poor_person", "per_km2", "share"):
            columns[amount_column(name, str(currency), *map(str, kind))] = codes.map(by_code[name])
    columns |= _cells(codes, ledger)
    if len(ledger.kinds) == 1:
        columns |= _targeting_ratios(codes, ledger)
    inside = ledger.entries[ledger.entries["place"] == DISTRICT].astype({"district": object})
    projects = inside.groupby("district")["project"].nunique()
    columns["projects"] = codes.map(projects).fillna(0).astype("Int64")
    return columns


CROSSED: dict[str, Crossing] = {"money_poverty": {}, "person_money_poverty": OTHER_CROSSING}
"""Columns of money × poverty, with how districts are crossed."""


def _cells(codes: pd.Series[str], ledger: Ledger) -> dict[str, pd.Series[Any]]:
    """Return the cell of money × poverty of each district."""
    columns = {}
    for name, how in CROSSED.items():
        crossed = cross_money_and_poverty(ledger, **how)
        for (currency, *kind), rows in crossed.groupby(["currency", *separate_kinds([], ledger)], sort=True):
            cells = codes.map(rows.set_index("district")["cell"])
            columns[amount_column(name, str(currency), *map(str, kind))] = cells
    return columns


def _targeting_ratios(codes: pd.Series[str], ledger: Ledger) -> dict[str, pd.Series[Any]]:
    certain = target_districts(ledger, spread="none").query("reading == 'certain'")
    return {
        amount_column("targeting_ratio", str(currency)): codes.map(
            rows.set_index("district")["targeting_ratio"]
        )
        for currency, rows in certain.groupby("currency", sort=True)
    }


def _funders(ledger: Ledger) -> pd.DataFrame:
    """Return what each funder pays alone and up to how much jointly, with a column for the kind of money."""
    rows = describe_funders(ledger).drop(columns=["alone_minor", "jointly_up_to_minor"])
    if "kind" not in rows:
        rows.insert(0, "kind", "".join(ledger.kinds))
    return rows.assign(partners=rows["partners"].replace("", None))


# --- locations with their placed amounts --------------------------------------------------------


def _locations(plan: Plan, ledger: Ledger) -> gpd.GeoDataFrame:
    keys = plan.locations[["project", "location"]].reset_index(drop=True)
    of_project = keys.merge(plan.projects.drop(columns="location", errors="ignore"), on="project", how="left")
    of_location = keys.merge(_landed(ledger), on=["project", "location"], how="left")
    added = {
        "title": of_project["title"],
        "sector": of_project["sector"],
        "component": of_project["component"].where(of_project["component"].notna(), of_location["component"]),
        **{name: of_location[name] for name in of_location.columns if name not in (*keys, "component")},
    }
    places = plan.locations.drop(columns=["lon", "lat"], errors="ignore")
    written = plain_table(places, "locations", taken=(*added, *_MARKS))
    for name, cells in added.items():
        plain = _plain_cells(cells)
        if plain.notna().any():
            written[name] = plain
    # The column illustrative of a location describes the location, not its money.
    written = _marked(written, ledger, "illustrative_amounts")
    return _with_geometry(written, plan.locations.geometry.to_numpy())


def _landed(ledger: Ledger) -> pd.DataFrame:
    """Return the districts, rules and sums of the money of each location."""
    entries = ledger.entries.astype(
        dict.fromkeys(("project", "location", "place", "district", "component", "currency"), object)
    )
    entries = entries[entries["location"] != ""]
    keys = ["project", "location"]
    where = entries["district"].where(entries["place"] == DISTRICT, entries["place"])
    rule = written_rules(entries, with_split=False).astype(object)
    provinces = known_provinces(entries, ledger.districts)
    placed = {"landed_in": where, "landed_province": provinces, "landed_by": rule}
    grouped = entries.groupby(keys, sort=True)
    number = grouped.ngroup().to_numpy()
    landed = pd.DataFrame(index=grouped.size().index)
    for name, cells in {**placed, "component": entries["component"]}.items():
        landed[name] = pd.Series(_list_by(number, cells, len(landed)), index=landed.index, dtype=object)
    for currency, *kind in _money_of(ledger):
        chosen = entries["currency"] == currency
        if kind:
            chosen &= ledger.entries["kind"].astype(object).reindex(entries.index) == kind[0]
        sums = entries[chosen].groupby(keys)["amount_minor"].sum()
        digits = minor_digits(currency)
        decimals = [from_minor(int(minor), digits) for minor in sums]
        column = amount_column("amount", currency, *kind)
        landed[column] = pd.Series(decimals, index=sums.index, dtype=object)
    return landed.reset_index()


def _money_of(ledger: Ledger) -> list[tuple[str, ...]]:
    """Return the currencies of a ledger, each with its kinds of money if there are several."""
    return sorted(ledger.given) if len(ledger.kinds) > 1 else [(code,) for code in ledger.currencies]


def _list_by(number: Any, cells: pd.Series[Any], count: int) -> list[str]:
    """Return the distinct texts of each group in sorted order, separated by bars; ``number`` is the group of a cell."""
    codes, labels = pd.factorize(cells.astype(object), sort=True)
    texts = labels.tolist()
    listed: list[list[str]] = [[] for _ in range(count)]
    for pair in np.unique(number[codes >= 0] * max(len(texts), 1) + codes[codes >= 0]).tolist():
        group, code = divmod(pair, len(texts))
        listed[group] += [texts[code]] if texts[code] else []
    return ["|".join(found) for found in listed]


# --- both ------------------------------------------------------------------------------------


def _marked(frame: pd.DataFrame, ledger: Ledger, column: str = "illustrative") -> pd.DataFrame:
    """Mark each row if figures of the plan are illustrative."""
    return frame.assign(**{column: "yes"}) if ledger.illustrative else frame


def _with_geometry(frame: pd.DataFrame, geometry: Any) -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame(frame, geometry=geometry, crs=CRS)
