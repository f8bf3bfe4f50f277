"""Merge sources: combines several sources; a project in two sources is taken from the first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.model.errors import Problem, list_first, show_value
from geoplan.model.money import format_exact, from_minor, minor_digits
from geoplan.model.schema import SOURCE_FILE, TABLES
from geoplan.plan.activity_hierarchy import Hierarchy, describe_inherited
from geoplan.plan.cross_checks import cross_check
from geoplan.plan.named_units import coarsen_named_units
from geoplan.sources.conform import empty_table
from geoplan.sources.faulty_rows import given_amounts, join_left_out, list_amounts
from geoplan.sources.origins import LEFT_OUT, TABLES_OF_SOURCE, Bundle, Origin, Surroundings
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.readers import read_origin
from geoplan.sources.reading_account import ControlSum, ReadingAccount
from geoplan.text.spelled_codes import by_other_codes

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True)
class Merged:
    """The merged tables of several sources, and the amounts that were left out.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        ``projects``, ``locations``, ``spending``.
    problems : tuple of Problem
    remarks : tuple of str
    left_out : DataFrame
        Columns `geoplan.sources.origins.LEFT_OUT`.
    accounts : tuple of ReadingAccount
        What was read from each source.
    """

    frames: Mapping[str, pd.DataFrame]
    problems: tuple[Problem, ...]
    remarks: tuple[str, ...]
    left_out: pd.DataFrame
    accounts: tuple[ReadingAccount, ...] = ()


def merge_sources(
    own: Mapping[str, pd.DataFrame], origins: Sequence[Origin], districts: gpd.GeoDataFrame | None
) -> Merged:
    """Read sources and merge them with the plan's own tables, which come first.

    Projects are compared by identifier. If an earlier source has a project, then its row, places and amounts in later
    sources are left out, and the amounts are listed.

    Parameters
    ----------
    own : mapping of str to DataFrame
        The plan's own ``projects``, ``locations``, ``spending``; any may be absent.
    origins : sequence of Origin
        In order of precedence.
    districts : GeoDataFrame, optional
        Used to recognise codes of districts and swapped axes. Without it, readers skip these checks.

    Returns
    -------
    Merged
    """
    around = _surroundings(districts)
    bundles = [_with_named_units(read_origin(origin, around), districts) for origin in origins]
    problems = [problem for bundle in bundles for problem in (*bundle.problems, *_cross_problems(bundle))]
    accounts = tuple(account for bundle in bundles for account in _accounts_of(bundle))
    if own:
        bundles = [Bundle("the plan's own tables", own), *bundles]
    remarks = [remark for bundle in bundles for remark in bundle.remarks]
    if problems:
        empty = {name: empty_table(name) for name in TABLES_OF_SOURCE}
        return Merged(empty, tuple(problems), tuple(remarks), pd.DataFrame(columns=[*LEFT_OUT]), accounts)
    kept, dropped, said = _first_come(bundles)
    left_out = join_left_out([bundle.left_out for bundle in (*kept, *dropped)])
    frames = {name: _stack([bundle.frames.get(name) for bundle in kept], name) for name in TABLES_OF_SOURCE}
    merged = Merged(frames, (), (*remarks, *said), left_out, accounts)
    return _with_hierarchy(merged, bundles)


def _with_hierarchy(merged: Merged, bundles: Sequence[Bundle]) -> Merged:
    """Give children the places of their parent activities, and count the same kind of money once."""
    parents: dict[str, frozenset[str]] = {}
    for bundle in bundles:
        for child, found in bundle.parents.items():
            parents[child] = parents.get(child, frozenset()) | found
    if not parents:
        return merged
    hierarchy = Hierarchy(parents, set(merged.frames["projects"]["project"]))
    spending, left_out, remarks = merged.frames["spending"], merged.left_out, list(merged.remarks)
    remarks += hierarchy.doubts(merged.frames["locations"], spending)
    keep = next(bundle.keep for bundle in bundles if bundle.parents)
    if keep != "both":
        spending, doubled, said = hierarchy.count_once(spending, keep)
        left_out = join_left_out([left_out, doubled])
        remarks += said
    locations, children = hierarchy.inherit_places(
        merged.frames["locations"], sorted(merged.frames["projects"]["project"])
    )
    remarks += describe_inherited(spending, children)
    frames = {**merged.frames, "locations": locations, "spending": spending}
    return replace(merged, frames=frames, remarks=tuple(remarks), left_out=left_out)


def _accounts_of(bundle: Bundle) -> list[ReadingAccount]:
    """Account for a source: its tables column by column, or the rows and sums that its standard gives."""
    if bundle.accounts or bundle.problems:
        return list(bundle.accounts)
    counts = ", ".join(f"{len(frame):,} {name}" for name, frame in sorted(bundle.frames.items()))
    spending = bundle.frames.get("spending")
    sums: list[ControlSum] = []
    if spending is not None and len(spending):
        by_kind = spending.groupby(["kind", "currency"], sort=True, observed=True)["amount_minor"].sum()
        for kind, currency, minor in by_kind.reset_index().itertuples(index=False, name=None):
            total = Decimal(int(minor)).scaleb(-minor_digits(str(currency)))
            sums.append(ControlSum(str(kind), str(currency), total))
    notes = (counts, *bundle.remarks, *left_out_lines(bundle.left_out))
    rows = sum(len(frame) for frame in bundle.frames.values())
    return [ReadingAccount(bundle.name, "source", rows, {}, notes=notes, sums=tuple(sums))]


def _with_named_units(bundle: Bundle, districts: gpd.GeoDataFrame | None) -> Bundle:
    """Treat a point that has the name of a country or province as that whole area, and add a remark."""
    locations = bundle.frames.get("locations")
    if districts is None or locations is None or locations.empty or bundle.problems:
        return bundle
    found, recognised = coarsen_named_units(locations, districts)
    if not recognised:
        return bundle
    shown = list_first(map(show_value, recognised))
    remark = (
        f"{bundle.name}: places without precision that have the name of a country or province "
        f"are not exact points: {shown}"
    )
    return replace(bundle, frames={**bundle.frames, "locations": found}, remarks=(*bundle.remarks, remark))


def _surroundings(districts: gpd.GeoDataFrame | None) -> Surroundings:
    if districts is None:
        return Surroundings()
    west, south, east, north = (float(side) for side in districts.total_bounds)
    return Surroundings(
        frozenset(districts["district"]),
        frozenset(districts["province"].dropna()),
        (west, south, east, north),
        _other_codes(districts, "other_codes", districts["district"]),
        _other_codes(districts, "province_other_codes", districts["province"]),
    )


def _other_codes(districts: gpd.GeoDataFrame, column: str, owners: pd.Series[str]) -> dict[str, str]:
    """Return codes in other gazetteers to the district or province that has them."""
    if column not in districts:
        return {}
    given = zip(districts[column], owners, strict=True)
    return by_other_codes(
        (codes, owner) for codes, owner in given if isinstance(codes, str) and isinstance(owner, str)
    )


def _cross_problems(bundle: Bundle) -> list[Problem]:
    """Check the tables of one source against each other."""
    if bundle.problems:
        return []
    files = {
        name: FileSpec(path_of)
        for name, frame in bundle.frames.items()
        for path_of in [_file_of(frame, bundle.name)]
    }
    return cross_check(bundle.frames, files, set(bundle.frames))


def _file_of(frame: pd.DataFrame, otherwise: str) -> Path:
    return Path(str(frame[SOURCE_FILE].iloc[0]) if len(frame) else otherwise)


def _first_come(bundles: Sequence[Bundle]) -> tuple[list[Bundle], list[Bundle], list[str]]:
    """Keep each project from the first source that has it; return rows kept, rows dropped, and remarks."""
    owner: dict[str, str] = {}
    kept, dropped, said = [], [], []
    for bundle in bundles:
        named = {str(project) for frame in bundle.frames.values() for project in frame["project"].dropna()}
        twice = sorted(project for project in named if project in owner)
        owner |= {project: bundle.name for project in named if project not in owner}
        if not twice:
            kept.append(bundle)
            continue
        stays, goes = _part(bundle, twice, owner)
        kept.append(stays)
        dropped.append(goes)
        said.append(_dropped_line(bundle, twice, owner))
    return kept, dropped, said


def _part(bundle: Bundle, twice: Sequence[str], owner: Mapping[str, str]) -> tuple[Bundle, Bundle]:
    """Divide a source into rows that stay and rows of projects that an earlier source has."""
    doubled = set(twice)
    frames = {name: frame[~frame["project"].isin(doubled)] for name, frame in bundle.frames.items()}
    gone = bundle.left_out["project"].isin(doubled)
    stays = Bundle(bundle.name, frames, left_out=bundle.left_out[~gone])
    spending = bundle.frames.get("spending")
    amounts = pd.DataFrame(columns=[*LEFT_OUT])
    if spending is not None:
        amounts = _as_left_out(spending[spending["project"].isin(doubled)], owner)
    return stays, Bundle(bundle.name, {}, left_out=join_left_out([bundle.left_out[gone], amounts]))


def _as_left_out(spending: pd.DataFrame, owner: Mapping[str, str]) -> pd.DataFrame:
    reasons = [f"the project is in {owner[project]} already" for project in spending["project"]]
    return list_amounts(spending, given_amounts(spending), reasons)


def _dropped_line(bundle: Bundle, twice: Sequence[str], owner: Mapping[str, str]) -> str:
    counts = {name: int(frame["project"].isin(set(twice)).sum()) for name, frame in bundle.frames.items()}
    listed = list_first(map(show_value, twice))
    firsts = ", ".join(sorted({owner[project] for project in twice}))
    what = ", ".join(f"{count} in {name}" for name, count in counts.items() if count)
    return (
        f"{bundle.name}: {len(twice)} projects are in {firsts} already and were left out ({what}): {listed}"
    )


def _stack(frames: Sequence[pd.DataFrame | None], name: str) -> pd.DataFrame:
    """Concatenate the rows of several sources, with the columns of the schema first."""
    filled = [frame for frame in frames if frame is not None and len(frame)]
    if not filled:
        return empty_table(name)
    if len(filled) == 1:
        return filled[0].reset_index(drop=True)
    names: list[str] = [
        *TABLES[name].read_names,
        *dict.fromkeys(
            str(other) for frame in filled for other in frame if other not in TABLES[name].read_names
        ),
    ]
    files = pd.concat([frame[SOURCE_FILE].astype(object) for frame in filled], ignore_index=True)
    columns = {}
    for column in names:
        if column == SOURCE_FILE:
            columns[column] = pd.Series(pd.Categorical(files))
            continue
        parts = [
            frame[column] if column in frame else pd.Series([None] * len(frame), dtype=object)
            for frame in filled
        ]
        if len({part.dtype for part in parts}) > 1:
            parts = [part.astype(object) for part in parts]
        columns[column] = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns)


def left_out_lines(left_out: pd.DataFrame) -> list[str]:
    """Describe the amounts that a plan leaves out: number and sum by reason, kind and currency.

    Returns
    -------
    list of str
        Sorted; empty if nothing is left out.
    """
    if not len(left_out):
        return []
    lines = []
    for (reason, kind, currency), rows in left_out.groupby(["reason", "kind", "currency"], sort=True):
        digits = minor_digits(str(currency)) if currency else 2
        shown = format_exact(sum(rows["amount"], from_minor(0, digits)))
        shown = f"{currency} {shown}" if currency else f"{shown} without a known currency"
        count = f"{len(rows):,} amounts" if len(rows) != 1 else "1 amount"
        lines.append(f"left out: {shown} of {kind} in {count}: {reason}")
    return lines


def left_out_totals(left_out: pd.DataFrame) -> dict[tuple[str, str], Decimal]:
    """Return the exact sums of the amounts that a plan leaves out, by currency and kind."""
    return {
        (str(currency), str(kind)): sum(rows["amount"], from_minor(0, minor_digits(str(currency))))
        for (currency, kind), rows in left_out.groupby(["currency", "kind"], sort=True)
        if currency
    }
