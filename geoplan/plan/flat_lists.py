"""Flat lists: one file whose rows give project, place and amount, read as locations and as spending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geoplan.model.errors import Problem
from geoplan.model.money import split
from geoplan.model.schema import LOCATIONS, SOURCE_FILE, SOURCE_ROW, SPENDING
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec, change_parts
from geoplan.sources.reading_account import is_unused

PLACE_COLUMNS = tuple(name for name in LOCATIONS.names if name not in (*SPENDING.names, "location"))
"""Columns of locations that spending may have in a flat list: name, district, province, lon, lat and so on."""

MOST_ROWS = 1 << 40
"""Rows that a file of a list may have, so that a number can tell the rows of all files apart."""

_PLACES = ("name", "precision", "district", "province", "lon", "lat", "geometry")


def is_list(specs: Mapping[str, FileSpec]) -> bool:
    """Return whether a plan has amounts and no locations, so that each amount says where it is."""
    return "spending" in specs and "locations" not in specs


def split_lists(specs: Mapping[str, FileSpec]) -> dict[str, FileSpec]:
    """Read spending as locations too, where a plan has no locations of its own.

    Parameters
    ----------
    specs : mapping of str to FileSpec
        By table.

    Returns
    -------
    dict
        With ``locations`` from the file of ``spending``; columns, constants and values go to the table
        that has them.
    """
    if not is_list(specs):
        return dict(specs)
    spec = specs["spending"]
    places, amounts = change_parts(spec, _as_locations), change_parts(spec, _as_amounts)
    return {**specs, "locations": places, "spending": amounts}


def _as_locations(spec: FileSpec) -> FileSpec:
    return replace(
        spec,
        columns=_only(spec.columns, LOCATIONS.names),
        constant=_only(spec.constant, LOCATIONS.names),
        values=_only(spec.values, LOCATIONS.names),
        years=None,
        own_places=True,
    )


def _as_amounts(spec: FileSpec) -> FileSpec:
    return replace(
        spec,
        columns=_without(spec.columns, PLACE_COLUMNS),
        constant=_without(spec.constant, PLACE_COLUMNS),
        values=_without(spec.values, PLACE_COLUMNS),
    )


def _only(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in names}


def _without(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}


def come_from_one_file(specs: Mapping[str, FileSpec]) -> bool:
    """Tell whether locations and spending are the same rows of the same file."""
    if not {"locations", "spending"} <= specs.keys():
        return False
    return _rows_read(specs["locations"]) == _rows_read(specs["spending"])


def _rows_read(spec: FileSpec) -> list[tuple[object, ...]]:
    """Return what decides which rows of which files are read."""
    return [(part.path, part.sheet, part.layer, part.header) for part in spec.parts or (spec,)]


def join_rows(read_ones: dict[str, Conformed], *, is_flat: bool) -> dict[str, Conformed]:
    """Send each amount of a list to the place in its own row.

    Parameters
    ----------
    read_ones : dict of str to Conformed
        ``locations`` and ``spending`` from the same file.
    is_flat : bool
        The plan has no locations of its own: places that agree in all columns are one location then.

    Returns
    -------
    dict
        With ``location`` filled in, except where the file names locations itself.
    """
    places, amounts = read_ones["locations"], read_ones["spending"]
    if is_flat:
        places = _in_section(places)
        if places.numbered:
            # What spending calls a location is the name of a place.
            amounts = replace(amounts, frame=amounts.frame.assign(location=None))
        read_ones = {**read_ones, "locations": places, "spending": amounts}
    locations, spending = places.frame, amounts.frame
    was_read = len(locations) > 0 or not places.problems
    if (
        is_flat
        and was_read
        and {*_PLACES} <= {*locations.columns}
        and locations[[*_PLACES]].isna().all(axis=None)
    ):
        return {**read_ones, "locations": replace(places, problems=[_no_place(places)])}
    if places.problems or amounts.problems:
        return _with_joined_accounts(read_ones) if is_flat else read_ones
    if spending["location"].notna().any():
        return read_ones
    rows, at = _row_keys(amounts).to_numpy(), _row_keys(places).to_numpy()
    places_of = locations["location"].set_axis(at)
    if is_flat:
        used = np.isin(at, rows)
        locations, places_of = merge_places(locations[used].reset_index(drop=True), at[used])
    spending = at_places(spending, rows, places_of)
    files = list(spending[SOURCE_FILE].unique())
    source = str(files[0]) if len(files) == 1 else "spending"
    note = f"{source}: each amount is at the place in its own row"
    notes = [note, *(_doubts_of_shares(locations, spending, source) if is_flat else ())]
    joined = {
        **read_ones,
        "locations": replace(places, frame=locations),
        "spending": replace(
            amounts, frame=spending, remarks=[*amounts.remarks, *notes], detected=[*amounts.detected, *notes]
        ),
    }
    return _with_joined_accounts(joined) if is_flat else joined


def _doubts_of_shares(locations: pd.DataFrame, spending: pd.DataFrame, source: str) -> list[str]:
    """Return the doubt about shares in a list: its rows have amounts of their own, which no share divides."""
    if not locations["share"].notna().any():
        return []
    said = f"{source}: the shares are not used, because each row of a list has its own amount"
    amounts = spending.groupby(spending["project"].astype(object))["amount_minor"]
    same = [str(project) for project, cells in amounts if len(cells) > 1 and cells.nunique() == 1]
    if same:
        said += (
            f"; projects with the same amount in each row, which counts in full each time: {', '.join(same[:3])}; if it "
            "is the amount of the whole project, write the amount of each place"
        )
    return [said]


def join_twins(read_ones: dict[str, Conformed]) -> dict[str, Conformed]:
    """Send each amount to the place in the same row of another file, if both files are the same list.

    They are if they have the same projects row by row, and another column that tells the rows of a project apart
    is equal too. With equal projects alone, the rows may belong together or not, so a remark asks.

    Parameters
    ----------
    read_ones : dict of str to Conformed
        ``locations`` and ``spending`` from different files.
    """
    places, amounts = read_ones["locations"], read_ones["spending"]
    locations, spending = places.frame, amounts.frame
    if places.problems or amounts.problems or not places.numbered or len(locations) != len(spending):
        return read_ones
    if spending["location"].notna().any() or locations["share"].notna().any():
        return read_ones
    projects = locations["project"].astype(object)
    if not (projects == spending["project"].astype(object)).all() or not projects.duplicated().any():
        return read_ones
    files = f"{locations[SOURCE_FILE].iloc[0]} and {spending[SOURCE_FILE].iloc[0]}"
    if not any(
        _tells_apart(str(name), locations, spending) for name in locations if name not in LOCATIONS.names
    ):
        said = (
            f"{files} have the same projects row by row, but each amount is spread over all places of its project; "
            "if a row of one belongs to the same row of the other, give both a column location"
        )
        return {**read_ones, "spending": replace(amounts, remarks=[*amounts.remarks, said])}
    rows = np.arange(len(locations))
    note = f"{files} are the same list row by row: each amount is at the place in its own row"
    joined = at_places(spending, rows, locations["location"].set_axis(rows))
    return {
        **read_ones,
        "spending": replace(
            amounts, frame=joined, remarks=[*amounts.remarks, note], detected=[*amounts.detected, note]
        ),
    }


def _tells_apart(name: str, locations: pd.DataFrame, spending: pd.DataFrame) -> bool:
    """Return whether two lists have a column with the same cells that differ within a project."""
    if name not in spending or name in (*SPENDING.names, SOURCE_FILE, SOURCE_ROW):
        return False
    one, other = (frame[name].astype(object).map(str) for frame in (locations, spending))
    if not (one == other).all():
        return False
    by_project = one.groupby(locations["project"].astype(object), sort=False)
    return bool((by_project.nunique() > 1).any())


def merge_places(locations: pd.DataFrame, rows: Any) -> tuple[pd.DataFrame, pd.Series[str]]:
    """Merge the places of a list that agree in all columns: the first of them stands for all.

    Parameters
    ----------
    locations : DataFrame
        Each row has a location of its own in its project.
    rows : array of int
        The row of the list that each place is from.

    Returns
    -------
    DataFrame, Series
        The distinct places, and the location of each row of the list.
    """
    keys = [
        name
        for name in LOCATIONS.names
        if name in locations and name not in ("location", "source", "illustrative")
    ]
    same = np.zeros(len(locations), dtype=np.int64)
    for name in keys:
        cells: Any = locations[name]
        if name == "geometry":
            cells = shapely.to_wkb(cells.to_numpy(dtype=object))
        codes, distinct = pd.factorize(cells)
        # Numbered again after each column, so that the product cannot overflow.
        same = pd.factorize(same * (len(distinct) + 1) + codes)[0]
    first = locations["location"].astype(object).groupby(same, sort=False).transform("first")
    is_first = ~pd.Series(same).duplicated().to_numpy()
    return locations[is_first].reset_index(drop=True), first.set_axis(rows)


def _surer(use: str, other: str) -> str:
    """Return what a column is used as, else what it looks like."""
    by_weight = [use, other] if len(use) >= len(other) else [other, use]
    return next((one for one in (use, other) if not is_unused(one)), by_weight[0])


def at_places(spending: pd.DataFrame, rows: Any, places_of: pd.Series[str]) -> pd.DataFrame:
    """Fill in the location of each amount; an amount whose row names several places is split evenly over them.

    Parameters
    ----------
    spending : DataFrame
    rows : array of int
        The row of the list that each amount is from.
    places_of : Series of str
        Locations, indexed by the row of the list; several with the same row follow each other.
    """
    # The places of a row follow each other, so its first one and their number say which they are.
    order = np.argsort(places_of.index.to_numpy(), kind="stable")
    sorted_rows = places_of.index.to_numpy()[order]
    first, end = np.searchsorted(sorted_rows, rows), np.searchsorted(sorted_rows, rows, side="right")
    parts = np.maximum(end - first, 1)
    amount_of = np.repeat(np.arange(len(rows)), parts)
    place = first[amount_of] + np.arange(len(amount_of)) - np.repeat(np.cumsum(parts) - parts, parts)
    names = np.array([*places_of.to_numpy(dtype=object)[order], None], dtype=object)
    known = (end > first)[amount_of]
    split_rows = spending.iloc[amount_of].reset_index(drop=True)
    split_rows["location"] = names[np.where(known, place, -1)]
    if (parts > 1).any():
        split_rows["amount_minor"] = split(
            spending["amount_minor"].to_numpy(), amount_of, np.ones(len(amount_of), dtype=np.int64)
        )
        later = np.append(False, amount_of[1:] == amount_of[:-1])
        split_rows["rounding"] = split_rows["rounding"].where(~later, Decimal(0))
    return split_rows


def _with_joined_accounts(read_ones: dict[str, Conformed]) -> dict[str, Conformed]:
    """Give each file of a list one account: what its columns are used as in either table."""
    places, amounts = read_ones["locations"], read_ones["spending"]
    if len(places.accounts) != len(amounts.accounts):
        return read_ones
    joined = []
    for place, account in zip(places.accounts, amounts.accounts, strict=True):
        uses = {
            header: _surer(use, place.columns.get(header, use)) for header, use in account.columns.items()
        }
        notes = tuple(dict.fromkeys((*account.notes, *place.notes)))
        joined.append(replace(account, table="spending and locations", columns=uses, notes=notes))
    return {
        **read_ones,
        "locations": replace(places, accounts=()),
        "spending": replace(amounts, accounts=tuple(joined)),
    }


def _row_keys(conformed: Conformed) -> pd.Series[int]:
    """Return a number for each row of a table that tells the rows of all its parts apart."""
    rows: pd.Series[int] = conformed.frame[SOURCE_ROW]
    return rows if conformed.part_of is None else rows + conformed.part_of.astype("int64") * MOST_ROWS


def _in_section(places: Conformed) -> Conformed:
    """Name the section of a list in messages about its places: it has no section locations."""

    def said(text: str) -> str:
        return text.replace("[locations.", "[spending.").replace("[locations]", "[spending]")

    return replace(
        places,
        problems=[replace(problem, way_out=said(problem.way_out)) for problem in places.problems],
        remarks=[said(text) for text in places.remarks],
        detected=[said(text) for text in places.detected],
        accounts=tuple(
            replace(account, notes=tuple(map(said, account.notes))) for account in places.accounts
        ),
    )


def _no_place(places: Conformed) -> Problem:
    """Return the problem of a list without any place, in the words of the section it was named in."""
    return Problem(
        str(places.frame[SOURCE_FILE].iloc[0]) if len(places.frame) else "spending",
        "no column says where the money is",
        way_out="under [spending.columns] map district, province, name, or lon and lat to your headers; or add "
        "a section [locations]",
    )
