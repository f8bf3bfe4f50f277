"""Cross-checks: errors that appear only when the five tables are compared with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.model.errors import Problem, show_number, show_value
from geoplan.model.money import SHARE_TOLERANCE
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.sources import read as read_table
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.calendars import CALENDARS, gregorian_year

_ENOUGH_YEARS = 3
"""Amounts that are needed to doubt the calendar of their years."""

_MOST_YEARS = 0.9
"""Part of the years that must fit the dates of their projects in another calendar."""

if TYPE_CHECKING:
    import pandas as pd


def cross_check(
    frames: Mapping[str, pd.DataFrame],
    specs: Mapping[str, FileSpec],
    sound: set[str],
    vintages: Mapping[str, Mapping[str, FileSpec]] | None = None,
) -> list[Problem]:
    """Check the tables that could be read against each other.

    Parameters
    ----------
    frames : mapping of str to DataFrame
    specs : mapping of str to FileSpec
    sound : set of str
        Tables without problems of their own. Codes are compared in every table that has their columns.
    vintages : mapping of str to mapping of str to FileSpec, optional
        Files of the plan's other vintages, because a profile may belong to one of them.

    Returns
    -------
    list of Problem
    """
    read = {name for name in specs if SOURCE_ROW in frames[name]}
    problems = []
    for table, column, listed_in in (
        ("spending", "project", "projects"),
        ("locations", "project", "projects"),
        ("profile", "district", "districts"),
    ):
        if {table, listed_in} <= read:
            name, home = specs[table].title, specs[listed_in].title
            found = unlisted(frames[table], column, name, frames[listed_in], home)
            problems += _offer_vintage(found, frames, vintages or {}) if table == "profile" else found
    if {"spending", "locations"} <= sound:
        problems += _unknown_locations(frames, specs)
    if {"spending", "projects"} <= sound & read:
        problems += _ask_for_calendar(frames, specs["spending"])
    if "locations" in sound:
        spec = specs["locations"]
        rescale = any(part.shares == "rescale" for part in spec.parts or (spec,))
        problems += _share_problems(frames["locations"], spec.title, rescale=rescale)
    return problems


def cross_check_files(frames: Mapping[str, pd.DataFrame], specs: Mapping[str, FileSpec]) -> list[Problem]:
    """Check rows from several files, so that each problem names its own file."""
    sound = {"locations", "spending"}
    if not cross_check(frames, specs, sound):
        return []
    problems: dict[Problem, None] = {}
    for name in sorted(sound):
        files = frames[name][SOURCE_FILE].astype(object)
        for file in sorted(files.unique()):
            of_file = {**frames, name: frames[name][files == file]}
            # Files of two tables can have one name, so the problems of this table are found by a name of their own.
            found = cross_check(of_file, {**specs, name: FileSpec(Path(f"\0{name}"))}, sound)
            own = [problem for problem in found if problem.source == f"\0{name}"]
            problems |= dict.fromkeys(replace(problem, source=file, table=name) for problem in own)
    return list(problems) or cross_check(frames, specs, sound)


def _ask_for_calendar(frames: Mapping[str, pd.DataFrame], spec: FileSpec) -> list[Problem]:
    """Return a question if hardly a year fits the dates of its project, but most years of another calendar do."""
    parts = spec.parts or (spec,)
    spending, projects = frames["spending"], frames["projects"]
    dates = projects.dropna(subset=["start", "end"]).drop_duplicates("project").set_index("project")
    rows = spending[spending["project"].isin(dates.index)]
    if any(part.calendar is not None for part in parts) or len(rows) < _ENOUGH_YEARS:
        return []
    of_project = rows["project"].astype(object)
    start = of_project.map(dates["start"].dt.year)
    end = of_project.map(dates["end"].dt.year)
    if rows["year"].between(start, end).mean() > 1 - _MOST_YEARS:
        return []
    for calendar in CALENDARS[1:]:
        years = rows["year"].map(
            {year: gregorian_year(year, calendar) for year in rows["year"].unique().tolist()}
        )
        if years.between(start, end).mean() >= _MOST_YEARS:
            first = int(rows["year"].min())
            way_out = (
                f'write in geoplan.toml: [spending] calendar = "{calendar}" ({first} is {gregorian_year(first, calendar)}) '
                'or calendar = "gregorian"'
            )
            message = f"years that do not fit the dates of their projects, but would as years of another calendar ({calendar})"
            return [
                Problem(
                    file, message, "year", tuple(map(int, part[SOURCE_ROW])), tuple(part["year"]), way_out
                )
                for file, part in by_file(rows, spending, spec.title)
            ]
    return []


def _offer_vintage(
    found: list[Problem], frames: Mapping[str, pd.DataFrame], vintages: Mapping[str, Mapping[str, FileSpec]]
) -> list[Problem]:
    """Suggest another vintage for a profile whose districts are mostly unknown."""
    codes = set(frames["profile"]["district"].dropna())
    unknown = codes - set(frames["districts"]["district"])
    if not found or 2 * len(unknown) <= len(codes):
        advice = "correct the code or name, or add its name, province and district to the file of review"
        return [replace(problem, way_out=advice) for problem in found]
    name = next((name for name, files in vintages.items() if codes <= _codes(files["districts"])), None)
    if name is not None:
        way_out = (
            f"they are the districts of the vintage {show_value(name)}: name the file under "
            f"[vintages.{name}.profile], and use the vintage {name}"
        )
    else:
        way_out = (
            "if they are districts of another year, name their boundaries under [vintages.NAME.districts] and this "
            "file under [vintages.NAME.profile]; geoplan crosswalk OLD NEW says which part of each lies where"
        )
    return [replace(problem, way_out=way_out) for problem in found]


def _codes(spec: FileSpec) -> set[str]:
    """Return the codes of a layer of districts; none if it cannot be read."""
    conformed = read_table(spec, TABLES["districts"])
    return set() if conformed.problems else set(conformed.frame["district"])


def unlisted(
    frame: pd.DataFrame, column: str, source: str, listed: pd.DataFrame, listed_in: str
) -> list[Problem]:
    """Return a problem for values in a column that do not exist in the table they refer to."""
    unknown = frame[column].notna() & ~frame[column].isin(listed[column])
    if not unknown.any():
        return []
    return [
        Problem(
            file,
            f"{column}s that are not in {listed_in}",
            column=column,
            rows=tuple(int(row) for row in rows[SOURCE_ROW]),
            values=tuple(rows[column]),
            way_out=f"add them to {listed_in}, or correct the code",
        )
        for file, rows in by_file(frame[unknown], frame, source)
    ]


def by_file(rows: pd.DataFrame, frame: pd.DataFrame, source: str) -> list[tuple[str, pd.DataFrame]]:
    """Split rows of a table by the file they are from, so that each message names its file.

    Parameters
    ----------
    rows : DataFrame
    frame : DataFrame
        The whole table.
    source : str
        Name of a table in one file.
    """
    if SOURCE_FILE not in frame or frame[SOURCE_FILE].nunique() < 2:
        return [(source, rows)]
    return [(str(file), part) for file, part in rows.groupby(rows[SOURCE_FILE].astype(str), sort=True)]


def _unknown_locations(frames: Mapping[str, pd.DataFrame], specs: Mapping[str, FileSpec]) -> list[Problem]:
    spending, locations = frames["spending"], frames["locations"]
    named = spending[spending["location"].notna()]
    if named.empty:
        return []
    known = set(zip(locations["project"], locations["location"], strict=True))
    unknown = [pair not in known for pair in zip(named["project"], named["location"], strict=True)]
    if not any(unknown):
        return []
    faulty = named[unknown]
    return [
        Problem(
            file,
            f"locations that the project does not have in {specs['locations'].title}",
            column="location",
            rows=tuple(int(row) for row in rows[SOURCE_ROW]),
            values=tuple(rows["location"]),
            way_out="correct the identifier, or leave it empty to split the amount over all of the project's locations",
        )
        for file, rows in by_file(faulty, spending, specs["spending"].title)
    ]


def _share_problems(locations: pd.DataFrame, source: str, *, rescale: bool = False) -> list[Problem]:
    """Check that a project gives shares for all of its locations or none, and that they add up to 1.

    The sum may differ by the rounding of the shares: three times 0.33 is accepted. With ``rescale``, any sum above 0
    is accepted.
    """
    if not locations["share"].notna().any():
        return []
    by_project = locations.groupby("project", sort=True)["share"].agg(["count", "size", "sum"])
    partly = by_project[(by_project["count"] > 0) & (by_project["count"] < by_project["size"])]
    wrong = by_project[
        (by_project["count"] == by_project["size"]) & ((by_project["sum"] - 1).abs() > SHARE_TOLERANCE)
    ]
    problems = []
    for project in partly.index:
        rows = locations[(locations["project"] == project) & locations["share"].isna()]
        message = f"some locations of project {show_value(project)} have a share and some have none"
        way_out = "give all of them a share, or none"
        problems += _in_files(rows, locations, source, message, way_out)
    for project, row in wrong.iterrows():
        shares = locations.loc[locations["project"] == project, "share"]
        if row["sum"] > 0 and (rescale or _is_rounded_one(shares)):
            continue
        rows = locations[locations["project"] == project]
        message = f"shares of project {show_value(project)} add up to {show_number(row['sum'])}, not 1"
        way_out = 'correct the shares, or write in geoplan.toml: [locations] shares = "rescale"'
        problems += _in_files(rows, locations, source, message, way_out)
    return problems


def _in_files(
    rows: pd.DataFrame, locations: pd.DataFrame, source: str, message: str, way_out: str
) -> list[Problem]:
    return [
        Problem(file, message, "share", tuple(int(row) for row in part[SOURCE_ROW]), way_out=way_out)
        for file, part in by_file(rows, locations, source)
    ]


def _is_rounded_one(shares: pd.Series[float]) -> bool:
    """Return whether shares add up to 1, allowing half a unit in the last decimal of each share."""
    exact = [Decimal(repr(float(share))) for share in shares]
    decimals = max(-int(share.as_tuple().exponent) for share in exact)
    return abs(sum(exact, Decimal(-1))) < len(exact) * Decimal(5).scaleb(-decimals - 1)
