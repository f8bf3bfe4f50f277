"""Warnings: input that is valid and balances, but that a planner should check before showing a map."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from geoplan.ledger.boundary_warnings import warn_of_boundaries
from geoplan.ledger.district_figures import complete_figures, list_figure_years
from geoplan.ledger.entries import Ledger, place_plan, reconcile
from geoplan.ledger.place_counts import count_places
from geoplan.ledger.poverty_classes import describe_contradiction
from geoplan.model.errors import Problem, show_value
from geoplan.model.money import format_exact, format_minor, minor_digits
from geoplan.model.placement_rules import APPROXIMATE, PlacementRule, has_rule
from geoplan.model.schema import DISTRICT, SOURCE_FILE, SOURCE_ROW
from geoplan.plan.cross_checks import by_file
from geoplan.plan.repeats import find_repeats
from geoplan.plan.translations import texts_of

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

RATE_TOLERANCE = 0.005
"""A stated poverty rate may differ this much from poor ÷ population: it is often rounded to whole per cent."""

_FAR = 1_000.0
"""Metres outside every district beyond which a point looks wrong, not just near a simplified boundary."""


def find_warnings(plan: Plan, ledger: Ledger) -> list[Problem]:
    """List what would be missed, and what looks wrong, in a valid plan.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        Of this plan.

    Returns
    -------
    list of Problem
        Money in buckets, names matched approximately or against their point, points outside the
        area, spending outside a project's dates, districts without money or figures, and more.

    Raises
    ------
    InputError
        Impossible figures of districts, such as more poor persons than people.
    """
    placements = _described_placements(plan)
    found = [
        *_warn_of_buckets(ledger),
        *_warn_of_placements(plan, placements, ledger),
        *_warn_of_units(ledger),
        *_warn_of_shapes(plan),
        *_warn_of_projects(plan, ledger),
        *_warn_of_spending(plan),
        *_warn_of_districts(plan, ledger),
        *_warn_of_figures(plan, ledger),
        *warn_of_boundaries(plan, _name_of(plan, "districts")),
        *_warn_of_translations(plan),
        *find_repeats(plan),
    ]
    return [*found, *[Problem("reading", remark) for remark in plan.remarks]]


def _name_of(plan: Plan, table: str) -> str:
    # In a flat list the places are in the file of the amounts.
    named = plan.section_of_places if table == "locations" else table
    return plan.files[named].name if named in plan.files else table


def _by_file(plan: Plan, table: str, rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Split rows of a table by file, if it was read from several."""
    return by_file(rows, getattr(plan, table), _name_of(plan, table))


def _described_placements(plan: Plan) -> pd.DataFrame:
    locations = plan.locations.reset_index(drop=True)
    placements = place_plan(plan, locations)
    given = ["project", "location", "name", "district", "province", "geometry", SOURCE_FILE, SOURCE_ROW]
    described = locations[given].add_prefix("given_")
    return placements.merge(pd.DataFrame(described), left_on="location_row", right_index=True)


def _warn_of_buckets(ledger: Ledger) -> list[Problem]:
    """Warn of money that no district shows."""
    problems = []
    entries = ledger.entries
    for sums in reconcile(ledger):
        of_kind = f" of {sums.kind}" if len(ledger.kinds) > 1 else ""
        alike = entries[(entries["currency"] == sums.currency) & (entries["kind"] == sums.kind)]
        for bucket, amount in sums.buckets.items():
            if amount:
                share = f" ({amount / sums.input_total:.1%})" if sums.input_total else ""
                count = alike[alike["place"] == bucket]["project"].nunique()
                projects = f"{count} project{'s' if count > 1 else ''}"
                text = f"{sums.currency} {format_exact(amount)}{of_kind}{share} of {projects} is {bucket}, in no district"
                problems.append(Problem("ledger", text))
        if sums.rounding:
            text = f"{sums.currency} {format_exact(sums.rounding)}{of_kind} was rounded away when amounts were read"
            problems.append(Problem("ledger", text))
    return problems


def _warn_of_placements(plan: Plan, placements: pd.DataFrame, ledger: Ledger) -> list[Problem]:
    has = partial(has_rule, placements["rule"])
    names = placements["given_district"]
    for other in ("given_name", "given_province"):
        names = names.where(names.notna(), placements[other])
    far = placements["distance_m"] > _FAR
    unknown = has(PlacementRule.UNKNOWN_NAME)
    several = _several_in_one(plan, names[unknown])
    proposed = _proposed(plan, placements[unknown], names[unknown], several)
    undecided = unknown & names.isin([*proposed])
    marks = list(dict.fromkeys(mark for found in several.values() for mark in found))
    section = plan.section_of_places
    column = "district" if placements["given_district"].notna().any() else "name"
    separator = json.dumps(marks[0] if len(marks) == 1 else marks, ensure_ascii=False)
    cases: list[tuple[Any, str, str]] = [
        (
            has(PlacementRule.AGAINST_POINT),
            "placed by name or code, but the point is in another district (name against point)",
            "correct the point or the name",
        ),
        (
            has(APPROXIMATE) & ~(has(PlacementRule.UNKNOWN_PROVINCE) & (placements["place"] != DISTRICT)),
            "names matched approximately",
            "check them, and add the spelling to the aliases of the district",
        ),
        (
            has(PlacementRule.SIMILAR_PROVINCE),
            "names whose province was matched approximately",
            "check them; add the spelling to the aliases of the province",
        ),
        (
            has(PlacementRule.UNKNOWN_PROVINCE) & (placements["place"] == DISTRICT),
            "names placed in the one district of that name, although the layer does not have their province",
            "correct the province, or give the district code",
        ),
        (
            has(PlacementRule.UNKNOWN_PROVINCE) & (placements["place"] != DISTRICT),
            "places that give only a province, which the layer does not have",
            "correct the province, or give the district",
        ),
        (
            has(PlacementRule.ZEROS_RESTORED),
            "codes that differ from the layer's codes by leading zeros; taken for those",
            "format the column as text in the spreadsheet",
        ),
        (
            has(PlacementRule.COARSER_UNIT),
            "places of precision 3 (a district) whose named unit is no district of the layer; kept out of every district",
            "give the district code, or correct the name or the precision",
        ),
        (
            has(PlacementRule.AREA_NAME),
            "points that have the name of a country or province, so that they are not exact points; "
            f"{_sum_at(ledger, placements[has(PlacementRule.AREA_NAME)], 'country-wide', 'province-wide')} is in no district",
            f'if they are exact, write in geoplan.toml: [{section}.constant] precision = "1"',
        ),
        (
            has(PlacementRule.AMBIGUOUS_NAME),
            "names that match several districts",
            "add the province or the district code",
        ),
        (
            unknown & names.isin([*several]),
            "several districts in one cell",
            f"write in geoplan.toml: [{section}.separator] {column} = {separator}",
        ),
        (
            undecided,
            f"names that are several districts or a whole area; {_sum_at(ledger, placements[undecided], 'unmatched')} is unmatched "
            "until you decide",
            _review_lines(section, proposed),
        ),
        (
            unknown & ~undecided & ~names.isin([*several]),
            "names that match no district",
            "correct the name, add an alias, or add the district code",
        ),
        (
            has(PlacementRule.AXES_SWAPPED),
            "points outside the area whose longitude and latitude look swapped",
            "swap them",
        ),
        (has(PlacementRule.AT_ZERO), "points at 0° 0°", "correct the coordinates, or leave both empty"),
        (
            far & ~has(PlacementRule.AXES_SWAPPED | PlacementRule.AT_ZERO),
            "points more than 1 km outside every district",
            "check the coordinates",
        ),
        (
            (placements["distance_m"] <= _FAR),
            "points less than 1 km outside every district",
            "the boundary layer may be simplified: add the district code",
        ),
        (
            has(PlacementRule.POINT_ON_BORDER),
            "points on a border: assigned to the district with the lowest code",
            "add the district code if it is another district",
        ),
        (
            has(PlacementRule.PART_OUTSIDE),
            "lines or areas that are partly outside the districts; the money of that part is in outside area",
            "",
        ),
        (
            has(PlacementRule.NO_PLACE),
            "locations without a district, coordinates or a precision code",
            "add one of them",
        ),
    ]
    placements = placements.assign(**{SOURCE_FILE: placements[f"given_{SOURCE_FILE}"]})
    return [
        _listed(source, message, rows, names.loc[rows.index], way_out)
        for mask, message, way_out in cases
        if mask.any()
        for source, rows in _by_file(plan, "locations", placements[mask])
    ]


def _several_in_one(plan: Plan, names: pd.Series[Any]) -> dict[str, tuple[str, ...]]:
    """Return the names that are several districts, with the marks between them."""
    given = [str(name) for name in names.dropna().unique()]
    if not given:
        return {}
    from geoplan.plan.list_cells import cells_with_several
    from geoplan.text.names import Gazetteer

    return cells_with_several(Gazetteer(plan.districts), given)


def _proposed(
    plan: Plan, placements: pd.DataFrame, names: pd.Series[Any], several: dict[str, tuple[str, ...]]
) -> dict[str, str]:
    """Return the names that the review file proposes a decision for, with the decision, empty if it is open."""
    given = pd.DataFrame({"name": names, "province": placements["given_province"].astype(object).fillna("")})
    given = given[given["name"].notna() & ~given["name"].isin([*several])].drop_duplicates()
    if given.empty:
        return {}
    from geoplan.plan.proposed_decisions import propose_decisions
    from geoplan.text.names import Gazetteer

    pairs = list(given.itertuples(index=False, name=None))
    found = propose_decisions(Gazetteer(plan.districts), pairs)
    return {name: decision for (name, _), (_, decision) in found.items()}


def _review_lines(section: str, proposed: dict[str, str]) -> str:
    """Say where to decide about names, with the first lines that have a decision."""
    lines = [f"{show_value(name)} → {decision}" for name, decision in proposed.items() if decision]
    shown = f", where the column district says {'; '.join(lines[:3])}" if lines else ""
    file = f'write in geoplan.toml: [{section}] review = "review.csv"'
    return f"geoplan check --review review.csv writes them to a file{shown}; check it, and {file}"


def _sum_at(ledger: Ledger, placements: pd.DataFrame, *buckets: str) -> str:
    """Return the money in buckets at locations, as the subject of a sentence; the place where there is none."""
    if placements.empty:
        return ""
    entries = ledger.entries[ledger.entries["place"].isin(buckets)]
    at = pd.MultiIndex.from_frame(entries[["project", "location"]].astype(object))
    asked = pd.MultiIndex.from_frame(placements[["given_project", "given_location"]].astype(object))
    found = entries[at.isin(asked)].groupby(["currency", "kind"], observed=True)["amount_minor"].sum()
    rows = found.reset_index().astype(object).itertuples(index=False, name=None)
    sums = [
        f"{currency} {format_minor(minor, minor_digits(currency))} of {kind}"
        for currency, kind, minor in rows
    ]
    return ", ".join(sums) or "the place"


def _warn_of_units(ledger: Ledger) -> list[Problem]:
    """Warn of money at places of precision 3 whose named unit is no district of the layer."""
    entries = ledger.entries[has_rule(ledger.entries["rule"], PlacementRule.COARSER_UNIT)]
    sums = entries.groupby(["currency", "kind", "place"], observed=True)["amount_minor"].sum().reset_index()
    why = "because its places have precision 3 and name a unit that is no district of the layer"
    return [
        Problem(
            "ledger", f"{currency} {format_minor(minor, minor_digits(currency))} of {kind} is {place}, {why}"
        )
        for currency, kind, place, minor in sums.astype(object).itertuples(index=False, name=None)
    ]


def _warn_of_shapes(plan: Plan) -> list[Problem]:
    """Warn of locations whose geometry is invalid or empty."""
    shapes = plan.locations.geometry.to_numpy()
    given = ~shapely.is_missing(shapes)
    faults = (
        (given & ~shapely.is_valid(shapes), "invalid geometries; they are repaired before they are placed"),
        (given & shapely.is_empty(shapes), "empty geometries; they count as missing"),
    )
    found = []
    for mask, message in faults:
        for source, rows in _by_file(plan, "locations", plan.locations[mask]) if mask.any() else ():
            names = tuple(rows["name"].where(rows["name"].notna(), rows["location"]))
            found.append(
                Problem(source, message, "geometry", tuple(int(row) for row in rows[SOURCE_ROW]), names)
            )
    return found


def _listed(source: str, message: str, rows: pd.DataFrame, names: pd.Series[Any], way_out: str) -> Problem:
    shown = names.where(names.notna(), rows["given_location"])
    numbers = tuple(dict.fromkeys(int(row) for row in rows[f"given_{SOURCE_ROW}"]))
    return Problem(source, message, rows=numbers, values=tuple(shown), way_out=way_out)


def _warn_of_projects(plan: Plan, ledger: Ledger) -> list[Problem]:
    problems = []
    unlocated = (
        ledger.entries[has_rule(ledger.entries["rule"], PlacementRule.NO_LOCATION)]["project"]
        .astype(str)
        .unique()
    )
    if len(unlocated):
        message = "projects with spending but no location: their money is unlocated"
        problems.append(
            Problem(_name_of(plan, "locations"), message, "project", values=tuple(sorted(unlocated)))
        )
    if "projects" in plan.files:
        idle = plan.projects[~plan.projects["project"].isin(plan.spending["project"])]
        if len(idle) and plan.has_money:
            rows = tuple(int(row) for row in idle[SOURCE_ROW])
            problems.append(
                Problem(
                    _name_of(plan, "spending"),
                    "projects without spending",
                    "project",
                    rows,
                    tuple(idle["project"]),
                )
            )
        problems += _warn_of_dates(plan)
    return problems


def _warn_of_dates(plan: Plan) -> list[Problem]:
    """Warn of spending in years before a project starts or after it ends."""
    dates = plan.projects.set_index("project")[["start", "end"]]
    start = plan.spending["project"].map(dates["start"].dt.year)
    end = plan.spending["project"].map(dates["end"].dt.year)
    year = plan.spending["year"]
    outside = (year < start) | (year > end)
    if not outside.any():
        return []
    message = "spending in years outside the project's dates"
    return [
        Problem(
            source,
            message,
            "year",
            tuple(int(row) for row in rows[SOURCE_ROW]),
            tuple(f"{project} {spent}" for project, spent in zip(rows["project"], rows["year"], strict=True)),
        )
        for source, rows in _by_file(plan, "spending", plan.spending[outside])
    ]


def _warn_of_spending(plan: Plan) -> list[Problem]:
    problems = []
    cases = [
        (plan.spending["amount_minor"] < 0, "amounts below zero, taken as corrections or refunds", "amount")
    ]
    cases += [
        (plan.spending[column] == "", f"no {column} stated", column) for column in ("component", "funder")
    ]
    for mask, message, column in cases:
        for source, rows in _by_file(plan, "spending", plan.spending[mask]) if mask.any() else ():
            numbers = tuple(int(row) for row in rows[SOURCE_ROW])
            problems.append(Problem(source, message, column, numbers))
    return problems


def _warn_of_districts(plan: Plan, ledger: Ledger) -> list[Problem]:
    described = ledger.districts
    if plan.has_money:
        what, inside = "money", ledger.entries.loc[ledger.entries["place"] == DISTRICT, "district"]
    else:
        counts = count_places(plan)
        what, inside = "project", counts.loc[counts["projects"] > 0, "district"]
    found = [(f"without any {what}", described[~described["district"].isin(inside.astype(object))])]
    if "profile" in plan.files:
        found += [
            (f"without {column.replace('_', ' ')} in the profile", described[described[column].isna()])
            for column in ("population", "poverty_class")
        ]
    source = _name_of(plan, "districts")
    return [
        Problem(source, f"{len(rows)} of {len(described)} districts {what}", values=tuple(rows["name"]))
        for what, rows in found
        if len(rows)
    ]


def _warn_of_figures(plan: Plan, ledger: Ledger) -> list[Problem]:
    """Warn of district figures of different years, and of poverty rates that contradict the persons."""
    source = _name_of(plan, "profile")
    described = ledger.districts
    complete = complete_figures(
        described
    )  # impossible figures are errors here as in the commands that use them
    years = sorted(int(year) for year in described["profile_year"].dropna().unique())
    problems = []
    if len(years) > 1:
        message = f"population and poverty figures are of different years: {list_figure_years(described)}"
        way_out = "compare districts with care, or add a year that all districts have"
        problems.append(Problem(source, message, "year", way_out=way_out))
    contradiction = describe_contradiction(complete)
    if contradiction:
        way_out = (
            "correct the classes or the figures, or give the order of the classes where a command asks for it"
        )
        problems.append(Problem(source, contradiction, "poverty_class", way_out=way_out))
    stated = described["poverty_rate"].astype(float)
    counted = described["poor"].astype(float) / described["population"].astype(float).where(
        described["population"] > 0
    )
    apart = described[(stated - counted).abs() > RATE_TOLERANCE + 1e-9]
    if len(apart):
        values = tuple(
            f"{row.name}: {stated[at]:.3f}, not {counted[at]:.3f}"
            for at, row in zip(apart.index, apart[["name"]].itertuples(index=False), strict=True)
        )
        message = "poverty rates that differ from poor ÷ population of the same year"
        problems.append(
            Problem(source, message, "poverty_rate", values=values, way_out="correct one of the three")
        )
    return problems


def _warn_of_translations(plan: Plan) -> list[Problem]:
    """Warn of translations of texts that the plan does not have (any more)."""
    texts = texts_of(plan) if plan.translations else set()
    source = plan.files["plan"].name if "plan" in plan.files else "plan"
    problems = []
    for language, words in plan.translations.items():
        unused = tuple(text for text in words if text not in texts)
        if unused:
            message = f"[translations.{language}] translates texts that the plan does not have"
            way_out = "copy the texts exactly from the tables, or remove them"
            problems.append(Problem(source, message, values=unused, way_out=way_out))
    return problems
