"""Named places: a column of the amounts that names places of their projects says where each amount goes.

How this works: locations and spending are two lists. Where a project has several locations and a column of spending
that no table uses names one of them in each row, each amount goes to that location, and is not spread over all.
Names are compared as districts of the layer if they are any, else by their spelling.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from geoplan.model.errors import list_first, show_value
from geoplan.model.schema import GIVEN_YEAR, LOCATIONS, SOURCE_FILE, SOURCE_ROW, SPENDING
from geoplan.model.toml_text import toml_value
from geoplan.sources.conform import Conformed
from geoplan.sources.tables.cell_values import as_text, distinct_cells
from geoplan.text.names import Gazetteer
from geoplan.text.spelling import normalise, split_aliases

_NAMES = ("district", "name")
_MOST_NAMES = 2_000
"""Different cells of a column that are compared; a column with more is text of another kind."""

_MOSTLY = 0.5
"""Share of the cells that must be locations of their projects for a column to be one of places."""


@dataclass(frozen=True)
class _Named:
    """A column with the location that each amount names.

    Parameters
    ----------
    header : str
    location : Series of str
        By row of spending; missing where the cell is empty or names no location of the project.
    strange : Series of bool
        Rows whose cell names no location of the project.
    """

    header: str
    location: pd.Series[str]
    strange: pd.Series[bool]


def join_named(read_ones: dict[str, Conformed]) -> dict[str, Conformed]:
    """Send each amount to the location of its project that its row names.

    Parameters
    ----------
    read_ones : dict of str to Conformed
        ``locations`` and ``spending`` from different lists, and ``districts``.

    Returns
    -------
    dict
        With ``location`` of the amounts filled in and a remark, if a column of spending names locations.
    """
    places, amounts = read_ones["locations"], read_ones["spending"]
    locations, spending = places.frame, amounts.frame
    if places.problems or amounts.problems or spending.empty or locations["share"].notna().any():
        return read_ones
    several = locations["project"].duplicated(keep=False)
    rows = spending["location"].isna() & spending["project"].isin(locations.loc[several, "project"])
    free = _free_columns(spending) if rows.any() else []
    if not free:
        return read_ones
    # Most plans have no such column, which their spelling shows fast; the layer is asked about the others only.
    spelled = _keys_of(None, locations, spending, free)
    known = _spelled_names(read_ones["districts"], locations)
    free = [
        header
        for header in free
        if not known.isdisjoint(spelled[as_text(cell)] for cell in distinct_cells(spending[header]))
    ]
    keys = _keys_of(read_ones["districts"], locations, spending, free) if free else spelled
    found = [named for header in free if (named := _named(header, locations, spending[rows], keys))]
    if not found:
        return read_ones
    best = max(found, key=lambda named: (int(named.location.notna().sum()), -int(named.strange.sum())))
    joined = spending["location"].astype(object)
    joined.loc[best.location.index] = best.location.where(best.location.notna(), None)
    notes = _notes(best, locations, spending)
    return {
        **read_ones,
        "spending": replace(
            amounts,
            frame=spending.assign(location=joined),
            remarks=[*amounts.remarks, *notes],
            detected=[*amounts.detected, *notes],
            accounts=tuple(
                replace(account, columns={**account.columns, best.header: "location, by its name"})
                if best.header in account.columns
                else account
                for account in amounts.accounts
            ),
        ),
    }


def suggest_places(read_ones: dict[str, Conformed], *, is_flat: bool) -> dict[str, Conformed]:
    """Say which unused column of the locations names districts, if the column that is used does not.

    Parameters
    ----------
    read_ones : dict of str to Conformed
    is_flat : bool
        The locations are read from the rows of spending.
    """
    places, districts = read_ones.get("locations"), read_ones["districts"]
    if places is None or districts.problems or places.frame.empty:
        return read_ones
    frame = places.frame
    # Each column is looked at only where the used one names few districts of the layer.
    known = _spelled_names(districts, frame[[]])
    used = max((_share_of_names(frame[name], known) for name in _NAMES if name in frame), default=0.0)
    points = frame.get("geometry")
    if used >= _MOSTLY or (points is not None and points.notna().any()):
        return read_ones
    own = (*LOCATIONS.read_names, SOURCE_FILE, SOURCE_ROW)
    shares = {str(name): _share_of_names(frame[name], known) for name in frame.columns if name not in own}
    header = max(shares, key=lambda name: shares[name], default="")
    if not header or shares[header] < _MOSTLY:
        return read_ones
    section = "spending" if is_flat else "locations"
    line = f"[{section}.columns] district = {toml_value(header)}"
    said = f"column {show_value(header)} is not used, although its cells are names or codes of districts"
    problems = [
        replace(problem, way_out=f"write in geoplan.toml: {line}, because {said}; or {problem.way_out}")
        if problem.message.startswith("no column")
        else problem
        for problem in places.problems
    ]
    remarks = places.remarks
    if not problems:
        source = str(frame[SOURCE_FILE].iloc[0])
        remarks = [*remarks, f"{source}: {said}; if they are the places, write in geoplan.toml: {line}"]
    return {**read_ones, "locations": replace(places, problems=problems, remarks=remarks)}


def _share_of_names(cells: pd.Series[Any], known: Collection[str]) -> float:
    """Return the share of the different cells of a column that are districts by code or name."""
    texts = [as_text(cell) for cell in distinct_cells(cells)[:_MOST_NAMES]]
    return sum(normalise(text) in known for text in texts) / len(texts) if texts else 0.0


def _free_columns(spending: pd.DataFrame) -> list[str]:
    """Return the columns of text that no table uses."""
    own = (*SPENDING.read_names, SOURCE_FILE, SOURCE_ROW, GIVEN_YEAR, "rounding")
    others = [str(name) for name in spending.columns if name not in own]
    return [name for name in others if 0 < len(distinct_cells(spending[name])) <= _MOST_NAMES]


def _keys_of(
    districts: Conformed | None, locations: pd.DataFrame, spending: pd.DataFrame, free: Iterable[str]
) -> dict[str, str]:
    """Return what each cell means: the code of a district, if the layer is given, or its spelling."""
    columns = [spending[name] for name in free] + [locations[name] for name in _NAMES if name in locations]
    texts = list(dict.fromkeys(as_text(cell) for cells in columns for cell in distinct_cells(cells)))
    codes: list[str | None] = [None] * len(texts)
    if districts is not None and not districts.problems:
        found = Gazetteer(districts.frame).match_all([(text, None) for text in texts])
        codes = [match.district for match in found]
    return {text: code or normalise(text) for text, code in zip(texts, codes, strict=True)}


def _spelled_names(districts: Conformed, locations: pd.DataFrame) -> set[str]:
    """Return the spelling of all districts and locations."""
    layer = districts.frame
    columns = [locations[name] for name in _NAMES if name in locations]
    columns += [layer[name] for name in ("district", "name", "name_lo") if name in layer]
    texts = {as_text(cell) for cells in columns for cell in distinct_cells(cells)}
    aliases = layer.get("aliases", ())
    return {normalise(text) for text in (*texts, *(name for cell in aliases for name in split_aliases(cell)))}


def _named(
    header: str, locations: pd.DataFrame, spending: pd.DataFrame, keys: Mapping[str, str]
) -> _Named | None:
    """Return the locations that a column names, or None if it names few, or does not tell those of a project apart."""
    cells = spending[header].astype(object)
    asked = cells.map(lambda cell: keys[as_text(cell)], na_action="ignore")
    pairs = pd.MultiIndex.from_arrays([spending["project"].astype(object), asked])
    known = _location_of(locations, keys)
    location = pd.Series(known.reindex(pairs).to_numpy(dtype=object), index=spending.index, dtype=object)
    strange = cells.notna() & location.isna()
    hits = int(location.notna().sum())
    told = location.groupby(spending["project"].astype(object)).nunique()
    if hits < _MOSTLY * int(cells.notna().sum()) or not (told > 1).any():
        return None
    return _Named(header, location, strange)


def _location_of(locations: pd.DataFrame, keys: Mapping[str, str]) -> pd.Series[str]:
    """Return the location by project and name; a name of two locations of a project is left out."""
    parts = [
        pd.DataFrame(
            {
                "project": locations["project"].astype(object),
                "key": locations[name]
                .astype(object)
                .map(lambda cell: keys[as_text(cell)], na_action="ignore"),
                "location": locations["location"].astype(object),
            }
        )
        for name in _NAMES
        if name in locations
    ]
    pairs = pd.concat(parts).dropna().drop_duplicates()
    pairs = pairs[~pairs.duplicated(["project", "key"], keep=False)]
    return pairs.set_index(["project", "key"])["location"]


def _notes(named: _Named, locations: pd.DataFrame, spending: pd.DataFrame) -> list[str]:
    """Say that the amounts go where their rows say, and which rows name another place."""
    source = str(spending[SOURCE_FILE].iloc[0])
    column = f"column {show_value(named.header)}"
    notes = [f"{source}: each amount is at the location of its project that its row names in {column}"]
    rows = spending.loc[named.strange[named.strange].index]
    if len(rows):
        shown = ", ".join(show_value(as_text(cell)) for cell in rows[named.header].unique()[:3])
        at = f"row{'s' if len(rows) > 1 else ''} {list_first(rows[SOURCE_ROW])}"
        notes.append(
            f"{source}: {at}: {column} names places that are not locations of their project, so these amounts "
            f"are spread over its locations: {shown}; add them to {locations[SOURCE_FILE].iloc[0]}"
        )
    return notes
