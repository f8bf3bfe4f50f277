"""Plan draft: the plan file that fits a planner's lists as they are, each setting with its evidence as a comment.

How this works: every sheet is read as a list with all columns that the five tables have. `ListColumns` says what its
columns are. A sheet with districts and figures of people is the profile, a sheet with places is a list of projects and
amounts, a sheet with amounts of the same projects adds more money. What the files do not say is written as a line to
check, or as a comment to fill in (`draft_sections`, for the amounts `draft_amounts`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, raise_if, show_number, show_value
from geoplan.model.schema import DISTRICTS, PROJECTS
from geoplan.plan.draft_amounts import draft_amounts
from geoplan.plan.draft_sections import (
    PlanSection,
    open_section,
    put_places,
    put_project,
    put_review,
    relative_to_plan,
    says_districts,
)
from geoplan.plan.list_cells import likely_province
from geoplan.plan.list_columns import LIST, ListColumns
from geoplan.plan.list_sheets import ListSheet, look_at_sheets, one_year
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec, name_file
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.tables.cell_values import as_text, read_column
from geoplan.sources.tables.currency_words import country_of_codes, currencies_in, currencies_of
from geoplan.sources.tables.dates import month_of
from geoplan.sources.tables.table_files import TABLE_SUFFIXES, FoundTable, find_tables
from geoplan.sources.vector.vector_layers import read_vector
from geoplan.text.names import Gazetteer

_HAS_NOTHING = "which has no column of places, projects and amounts"


@dataclass(frozen=True)
class PlanDraft:
    """A proposed plan file.

    Parameters
    ----------
    text : str
        TOML with comments.
    to_check : tuple of str
        Settings that the files do not state; the plan file marks them with `TO_CHECK`.
    """

    text: str
    to_check: tuple[str, ...]


def draft_plan(tables: Sequence[Path], districts: Path, folder: Path, *, title: str) -> PlanDraft:
    """Propose a plan file for lists as planners keep them.

    Parameters
    ----------
    tables : sequence of Path
        Workbooks or text tables with projects and amounts, or with figures of districts.
    districts : Path
        Boundary file, with ``::LAYER`` if it has several layers.
    folder : Path
        Where the plan file will be; its paths are relative to it.
    title : str
        Title of the plan if the tables have none.

    Returns
    -------
    PlanDraft

    Raises
    ------
    InputError
        A file cannot be read, or no sheet has places, amounts or figures of districts.
    """
    spec = name_file(districts)
    layer = read(spec, DISTRICTS)
    if layer.problems and not read(replace(spec, empty="leave out"), DISTRICTS).problems:
        spec = replace(spec, empty="leave out")
        layer = read(spec, DISTRICTS)
    raise_if(layer.problems)
    found: list[FoundTable] = []
    unread: list[Problem | str] = []
    for path in tables:
        readable, faults = _find_lists(path)
        found += readable
        unread += [problem for fault in faults for problem in fault.problems]
    if not found:
        raise InputError(unread)
    section, gazetteer = _districts(spec, layer, folder, found)
    sheets = look_at_sheets(found, gazetteer)
    profiles = [sheet for sheet in sheets if sheet.is_profile]
    lists = [sheet for sheet in sheets if sheet not in profiles and sheet.project and sheet.has_places]
    # A summary by district counts the money of the other sheets again.
    lists = [sheet for sheet in lists if not sheet.is_by_district] or lists
    codes = {code for sheet in lists for code in sheet.columns.texts(str(sheet.project))}
    linked = {
        at: header
        for at, sheet in enumerate(sheets)
        if sheet not in [*profiles, *lists]
        and sheet.amount_headers
        and (header := sheet.columns.linked_by(codes))
    }
    if not lists and not profiles:
        raise InputError(_nothing_found(sheets))
    country = country_of_codes([str(code) for code in layer.frame["district"]])
    about = _about(lists or profiles, country, title)
    sections = [about, section]
    several = len(lists) > 1
    for sheet in lists:
        sections += _list_sections(sheet, folder, country, several=several, more_amounts=bool(linked))
    for at, header in linked.items():
        sections.append(draft_amounts(sheets[at], folder, country, several=True, project=header))
    sections += [_profile(sheet, folder, several=len(profiles) > 1) for sheet in profiles]
    unused = [
        sheet for at, sheet in enumerate(sheets) if sheet not in [*profiles, *lists] and at not in linked
    ]
    sections.append(_unused(unused, unread))
    text = "\n".join(str(section) for section in sections if section.head or section.lines)
    return PlanDraft(text, tuple(ask for section in sections for ask in section.to_check))


def _find_lists(path: Path) -> tuple[list[FoundTable], list[InputError]]:
    """Read the sheets of a workbook, a text table, or a layer of places."""
    spec = name_file(path)
    if spec.path.suffix.lower() in TABLE_SUFFIXES:
        return find_tables(path, LIST)
    with faults_as_problems(spec.path):
        return [FoundTable(spec.path, None, read_vector(spec), None, spec.layer)], []


def _about(sheets: Sequence[ListSheet], country: str, title: str) -> PlanSection:
    section = PlanSection("[plan]")
    above = [text for sheet in sheets for text in sheet.table.raw.above]
    section.put("title", above[0].strip() if above else title, "the first line of the list" if above else "")
    money = [sheet for sheet in sheets if sheet.amount_headers and "currency" not in sheet.columns.known]
    if not money:
        return section
    texts = [
        text
        for sheet in money
        for text in (*sheet.amount_headers, *sheet.texts, *sheet.marked_amounts, *sheet.columns.amounts)
    ]
    shown = {style.currency for sheet in money for header in sheet.amount_headers
             for style in sheet.table.raw.formats.get(header, ()) if style.currency}  # fmt: skip
    named = [(text, meant) for text in texts if (meant := currencies_in(text, country))]
    local = currencies_of(country)
    if len(shown) == 1:
        section.put("currency", next(iter(shown)), "the number format of the amounts")
    elif named and len(named[0][1]) == 1:
        text, (code,) = named[0]
        section.put(
            "currency",
            code,
            f"named in {show_value(text)}",
            check=bool(local) and code not in local and code not in text,
        )
    elif not named and not shown and len(local) == 1:
        section.put(
            "currency",
            local[0],
            "nothing names a currency; this is the one of the country of the districts",
            check=True,
        )
    else:
        section.ask(
            "currency",
            "EUR",
            "nothing says clearly in which currency the amounts are: write its ISO 4217 code",
        )
    return section


def _districts(
    spec: FileSpec, layer: Conformed, folder: Path, found: Sequence[FoundTable]
) -> tuple[PlanSection, Gazetteer]:
    """Write the section of the districts, only those of one province if the lists are about it."""
    section = PlanSection("[districts]")
    section.put("file", relative_to_plan(spec.path, folder))
    if spec.layer is not None:
        section.put("layer", spec.layer)
    if spec.empty != "refuse":
        section.put("empty", spec.empty, "some districts have no shape; geoplan check names them")
    whole = Gazetteer(layer.frame)
    best: tuple[str, int, int] | None = None
    for table in found:
        columns = ListColumns(table.raw, whole)
        for header in [] if columns.province else columns.headers:
            cells = columns.texts(header) if header not in columns.numeric else []
            area = likely_province(whole, cells)
            if area is not None and (best is None or area[1] > best[1]):
                best = (area[0], area[1], len(cells))
    if best is None:
        return section, whole
    province, known, asked = best
    is_one = (layer.frame["province"] == province) | (layer.frame["province_name"] == province)
    for clause in _clauses(layer, layer.frame[is_one]):
        chosen = read(replace(spec, where=clause), DISTRICTS)
        if not chosen.problems and set(chosen.frame["district"]) == set(layer.frame.loc[is_one, "district"]):
            name = next(iter(layer.frame.loc[is_one, "province_name"].dropna()), province)
            why = f"{known} of {asked} names are districts of {show_value(name)}; remove this line to map all {len(layer.frame):,} districts"
            section.put("where", clause, why)
            return section, Gazetteer(chosen.frame)
    return section, whole


def _clauses(layer: Conformed, chosen: pd.DataFrame) -> list[str]:
    """Return conditions that may select the districts of a province, as text and as a number."""
    used = {header: use for account in layer.accounts for header, use in account.columns.items()}
    clauses = []
    for column in ("province", "province_name"):
        headers = [header for header, use in used.items() if column in use.split(", ")]
        values = chosen[column].dropna().unique()
        if headers and len(values) == 1:
            header = headers[0] if re.fullmatch(r"[A-Za-z_]\w*", headers[0]) else f'"{headers[0]}"'
            text = str(values[0])
            clauses.append(f"{header} = '{text.replace(chr(39), chr(39) * 2)}'")
            clauses += [f"{header} = {text}"] if text.isdecimal() else []
    return clauses


def _list_sections(
    sheet: ListSheet, folder: Path, country: str, *, several: bool, more_amounts: bool
) -> list[PlanSection]:
    """Write the sections of a list of projects: what they are, where, and how much."""
    project = str(sheet.project)
    sections = _projects(sheet, folder, several=several)
    if sheet.amount_headers and not (several or more_amounts):
        return [*sections, *_flat_amounts(sheet, folder, country, project)]
    places = open_section("locations", sheet, folder, several=several)
    put_review(places)
    put_project(places, sheet, project)
    put_places(places, sheet)
    for header, cell in ({} if sheet.amount_headers else sheet.columns.written_amounts).items():
        said = f"column {show_value(header)}, because most of its cells are no numbers, such as {show_value(cell)}"
        places.note(f"not read: {said}", "amount")
    sections.append(places)
    if sheet.amount_headers:
        sections.append(draft_amounts(sheet, folder, country, several=True, project=project))
    return sections


def _flat_amounts(sheet: ListSheet, folder: Path, country: str, project: str) -> list[PlanSection]:
    """Write the section of a flat list, or one for each column of a district or of a kind of money."""
    columns: list[tuple[str, str]] = [(header, "") for header in sheet.district_headers]
    columns = columns or [("", ""), *sheet.further_amounts.items()]
    return [
        draft_amounts(
            sheet,
            folder,
            country,
            several=len(columns) > 1,
            project=project,
            with_places=True,
            header=header,
            kind=kind,
        )
        for header, kind in columns
    ]


def _projects(sheet: ListSheet, folder: Path, *, several: bool) -> list[PlanSection]:
    """Write the section of the projects if the list says more of them than a name."""
    columns = sheet.columns
    more = {name: columns.find(name) for name in ("sector", "status", "start", "end")}
    if columns.title != sheet.project and columns.title is not None:
        more = {"title": columns.title, **more}
    more = {name: header for name, header in more.items() if header is not None}
    once = columns.raw.table[[sheet.project, *more.values()]].astype(object).drop_duplicates()
    if not more or once[sheet.project].duplicated().any():
        return []
    section = open_section("projects", sheet, folder, several=several)
    section.put("columns.project", sheet.project)
    for name, header in more.items():
        section.put(f"columns.{name}", header)
    for name in ("start", "end"):
        if name in more:
            _put_dates(section, name, columns.raw.table[more[name]], sheet)
    return [section]


def _put_dates(section: PlanSection, name: str, cells: pd.Series[Any], sheet: ListSheet) -> None:
    """Give a meaning to cells that are no dates: months by their names, other words as empty."""
    column, raw = PROJECTS.column(name), sheet.table.raw
    _, problems, _ = read_column(cells, column, replace(raw, table=raw.table[[]]), FileSpec(sheet.table.path))
    unread = dict.fromkeys(
        as_text(value) for problem in problems if problem.column == name for value in problem.values
    )
    meanings = {text: month_of(text) or "" for text in unread if "may be read" not in problems[0].message}
    if meanings:
        section.put(
            f"values.{name}",
            meanings,
            "months as dates; words that are no date as empty",
            check="" in meanings.values(),
        )


def _profile(sheet: ListSheet, folder: Path, *, several: bool) -> PlanSection:
    """Write the section of the figures of districts."""
    columns = sheet.columns
    section = open_section("profile", sheet, folder, several=several)
    place = columns.district
    if place is not None:
        section.put("columns.district", place.header, says_districts(place))
    for name, header in columns.profile.items():
        section.put(f"columns.{name}", header)
    rate = columns.profile.get("poverty_rate")
    if rate is not None:
        most = np.nanmax(columns.numbers(rate))
        if "%" in rate or most > 1:
            section.put("unit", "percent", f"the highest value of {show_value(rate)} is {show_number(most)}")
    year = columns.year
    if year is not None:
        section.put("columns.year", year)
        return section
    found = one_year(*columns.profile.values(), *sheet.texts)
    if found is not None:
        section.put("constant.year", found[1], f"named in {show_value(found[0])}")
    else:
        section.ask("constant.year", "2015", "no column has the year of the figures: write it here")
    return section


def _unused(sheets: Sequence[ListSheet], unread: Sequence[Problem | str]) -> PlanSection:
    """List sheets that no section reads, and why."""
    section = PlanSection("")
    for sheet in sheets:
        why = (
            "whose rows are districts or provinces and name no projects"
            if sheet.is_by_district
            else _HAS_NOTHING
        )
        section.note(f"not read: {sheet.table.raw.source}, {why}", "sheet")
    for problem in unread:
        section.note(f"not read: {problem}", "sheet")
    return section


def _nothing_found(sheets: Sequence[ListSheet]) -> list[Problem | str]:
    way_out = (
        "give the boundary file whose districts the list names; or start with geoplan init --empty, and name the "
        "columns under [spending.columns]"
    )
    return [
        Problem(
            sheet.table.raw.source,
            "no column has districts of the boundary file, provinces or coordinates",
            way_out=way_out,
        )
        for sheet in sheets
    ]
