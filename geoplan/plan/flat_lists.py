"""Flat lists: one file whose rows give project, place and amount, read as locations and as spending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem
from geoplan.model.money import split
from geoplan.model.schema import LOCATIONS, SOURCE_FILE, SOURCE_ROW, SPENDING
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec, change_parts
from geoplan.sources.reading_account import is_unused

PLACE_COLUMNS = tuple(name for name in LOCATIONS.names if name not in (*SPENDING.names, "location"))
"""Columns of locations that spending may have in a flat list: name, district, province, lon, lat and so on."""

_ROW = "row of a part"
_MOST_ROWS = 1 << 40
_PLACES = ("name", "precision", "district", "province", "lon", "lat", "geometry")


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
    if "spending" not in specs or "locations" in specs:
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
    locations, spending = places.frame, amounts.frame
    if is_flat and {*_PLACES} <= {*locations.columns} and locations[[*_PLACES]].isna().all(axis=None):
        return {**read_ones, "locations": replace(places, problems=[_no_place(places)])}
    if places.problems or amounts.problems:
        return _with_joined_accounts(read_ones) if is_flat else read_ones
    if spending["location"].notna().any():
        return read_ones
    locations = locations.assign(**{_ROW: _row_keys(places)})
    rows = _row_keys(amounts)
    places_of = locations.set_index(_ROW)["location"]
    if is_flat:
        locations = locations[locations[_ROW].isin(rows)]
        keys = [name for name in LOCATIONS.names if name not in ("location", "source", "illustrative")]
        same = locations[keys].astype(object).map(str).agg("\x1f".join, axis=1)
        first = locations.assign(same=same).groupby("same", sort=False)["location"].transform("first")
        places_of = first.set_axis(locations[_ROW])
        locations = locations[first == locations["location"]].reset_index(drop=True)
    locations = locations.drop(columns=_ROW)
    spending = _at_places(spending, rows.to_numpy(), places_of)
    files = list(spending[SOURCE_FILE].unique())
    source = str(files[0]) if len(files) == 1 else "spending"
    note = f"{source}: each amount is at the place in its own row"
    joined = {
        **read_ones,
        "locations": replace(places, frame=locations),
        "spending": replace(
            amounts, frame=spending, remarks=[*amounts.remarks, note], detected=[*amounts.detected, note]
        ),
    }
    return _with_joined_accounts(joined) if is_flat else joined


def _surer(use: str, other: str) -> str:
    """Return what a column is used as, else what it looks like."""
    by_weight = [use, other] if len(use) >= len(other) else [other, use]
    return next((one for one in (use, other) if not is_unused(one)), by_weight[0])


def _at_places(spending: pd.DataFrame, rows: Any, places_of: pd.Series[str]) -> pd.DataFrame:
    """Fill in the location of each amount; an amount whose row names several places is split evenly over them."""
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
    return rows if conformed.part_of is None else rows + conformed.part_of.astype("int64") * _MOST_ROWS


def _no_place(places: Conformed) -> Problem:
    """Return the problem of a list without any place, in the words of the section it was named in."""
    return Problem(
        str(places.frame[SOURCE_FILE].iloc[0]) if len(places.frame) else "spending",
        "no column says where the money is",
        way_out="under [spending.columns] map district, province, name, or lon and lat to your headers; or add "
        "a section [locations]",
    )
