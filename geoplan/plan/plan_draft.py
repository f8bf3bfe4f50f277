"""Plan draft: the plan file that fits a planner's lists as they are, each setting with its evidence as a comment.

How this works: every sheet is read as a list with all columns that the five tables have. `ListColumns` says what its
columns are. A sheet with districts and figures of people is the profile, a sheet with places is a list of projects and
amounts, a sheet with amounts of the same projects adds more money. What the files do not say is written as a line to
check, or as a comment to fill in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from geoplan.model.choices import KINDS
from geoplan.model.errors import InputError, Problem, escape_controls, raise_if, show_value
from geoplan.model.schema import DISTRICTS, KIND_SYNONYMS, PROJECTS
from geoplan.plan.list_columns import LIST, ListColumns, PlaceColumn, is_number, likely_province, number_of
from geoplan.plan.list_sheets import ListSheet, kind_in, look_at_sheets, one_year
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec, name_file
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.tables.amounts import texts_about
from geoplan.sources.tables.cell_values import as_text, read_column
from geoplan.sources.tables.currency_words import country_of_codes, currencies_in, currencies_of
from geoplan.sources.tables.dates import month_of
from geoplan.sources.tables.known_headers import names_money
from geoplan.sources.tables.magnitudes import magnitudes_beside, magnitudes_in
from geoplan.sources.tables.numerals import NumeralStyle, possible_styles
from geoplan.sources.tables.table_files import TABLE_SUFFIXES, FoundTable, find_tables
from geoplan.sources.vector.vector_layers import read_vector
from geoplan.text.names import Gazetteer

TO_CHECK = "CHECK"
"""Word in a comment above a setting that the planner must look at."""

REVIEW_FILE = "review.csv"
REVIEW_LINE = f'# review = "{REVIEW_FILE}"'
"""Line of a drafted plan that names the file of reviewed names, before there is one."""

_NEAR = 1.0
"""Powers of ten by which the right reading of an amount may differ from its neighbours."""

_FAR = 1.5
"""Powers of ten by which every other reading must differ more."""

_LISTED = 3
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


@dataclass
class _Section:
    """A section of a plan file in the making."""

    head: str
    lines: list[str] = field(default_factory=list)
    to_check: list[str] = field(default_factory=list)

    def put(self, key: str, value: object, why: str = "", *, check: bool = False) -> None:
        """Write a key under a comment that says why."""
        self.note(why, key if check else "")
        self.lines.append(f"{key} = {toml_value(value)}")

    def ask(self, key: str, example: object, why: str) -> None:
        """Write a key as a comment for the planner to fill in."""
        self.note(why, key)
        self.lines.append(f"# {key} = {toml_value(example)}")

    def note(self, why: str, to_check: str = "") -> None:
        """Write a comment; with the name of a setting, as one to check."""
        if to_check:
            self.to_check.append(f"{self.head} {to_check}: {why}")
        if why:
            self.lines.append(f"# {TO_CHECK + ': ' if to_check else ''}{_one_line(why)}")

    def __str__(self) -> str:
        return "\n".join([self.head, *self.lines, ""])


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
        sections.append(_amounts(sheets[at], folder, country, several=True, project=header))
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


# --- sections ----------------------------------------------------------------------------


def _about(sheets: Sequence[ListSheet], country: str, title: str) -> _Section:
    section = _Section("[plan]")
    above = [text for sheet in sheets for text in sheet.table.raw.above]
    section.put("title", above[0].strip() if above else title, "the first line of the list" if above else "")
    money = [sheet for sheet in sheets if sheet.amount_headers and "currency" not in sheet.columns.known]
    if not money:
        return section
    texts = [text for sheet in money for text in (*sheet.amount_headers, *sheet.texts)]
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
) -> tuple[_Section, Gazetteer]:
    """Write the section of the districts, only those of one province if the lists are about it."""
    section = _Section("[districts]")
    section.put("file", _relative(spec.path, folder))
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
) -> list[_Section]:
    """Write the sections of a list of projects: what they are, where, and how much."""
    project = str(sheet.project)
    sections = _projects(sheet, folder, several=several)
    if sheet.amount_headers and not (several or more_amounts):
        return [*sections, *_flat_amounts(sheet, folder, country, project)]
    places = _opened("locations", sheet, folder, several=several)
    _put_review(places)
    _put_project(places, sheet, project)
    _put_places(places, sheet)
    sections.append(places)
    if sheet.amount_headers:
        sections.append(_amounts(sheet, folder, country, several=True, project=project))
    return sections


def _flat_amounts(sheet: ListSheet, folder: Path, country: str, project: str) -> list[_Section]:
    """Write the section of a flat list, or one for each column of a district or of a kind of money."""
    columns: list[tuple[str, str]] = [(header, "") for header in sheet.district_headers]
    columns = columns or [("", ""), *sheet.further_amounts.items()]
    return [
        _amounts(
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


def _opened(name: str, sheet: ListSheet, folder: Path, *, several: bool = False) -> _Section:
    """Start a section with the file, sheet, header row and totals."""
    section = _Section(f"[[{name}]]" if several else f"[{name}]")
    section.put("file", _relative(sheet.table.path, folder))
    if sheet.parts:
        section.put("sheet", sheet.sheets, "these sheets have the same columns")
    elif sheet.table.sheet is not None:
        section.put("sheet", sheet.table.sheet)
    if sheet.table.layer is not None:
        section.put("layer", sheet.table.layer)
    if sheet.table.header is not None:
        first = show_value(str(sheet.table.raw.table.columns[0]))
        section.put(
            "header", sheet.table.header, f"the row with the names of the columns; the first is {first}"
        )
    if sheet.totals:
        listed = ", ".join(f"{row} {show_value(label)}" for row, label in [*sheet.totals.items()][:_LISTED])
        section.put("totals", "leave out", f"sums of other rows, in row {listed}")
    return section


def _put_review(section: _Section) -> None:
    section.note(
        "names that match no district, or not exactly: fill in the file, then remove the # of the next line"
    )
    section.lines.append(REVIEW_LINE)


def _put_project(section: _Section, sheet: ListSheet, project: str) -> None:
    doubtful = project == sheet.columns.programme and project not in (sheet.columns.code, sheet.columns.title)
    why = "no column names projects; this one has most different texts" if doubtful else ""
    section.put("columns.project", project, why, check=doubtful)
    empty = int(sheet.columns.raw.table[project].isna().sum())
    if empty:
        section.put("values.project", {"": "not named"}, f"{empty:,} rows name no project", check=True)


def _put_places(section: _Section, sheet: ListSheet) -> None:
    columns = sheet.columns
    place = columns.district
    if sheet.own_district:
        section.put(
            "constant.district", sheet.own_district, "named by the sheet, or above its table", check=True
        )
    if place is not None:
        section.put("columns.district", place.header, _says_districts(place), check=place.known == 0)
    if columns.province is not None:
        section.put("columns.province", columns.province, "its cells are provinces of the layer")
    for name in ("lon", "lat", "precision", "name"):
        if header := columns.find(name):
            section.put(f"columns.{name}", header)
    if place is not None and place.separators:
        marks = place.separators[0] if len(place.separators) == 1 else list(place.separators)
        section.put(
            "separator",
            {"district": marks},
            f"cells name several districts, such as {show_value(place.several)}",
        )


def _says_districts(place: PlaceColumn) -> str:
    if place.known == 0:
        return "by its header; none of its names is a district of the layer"
    return f"{place.known} of its {place.filled} different cells are districts of the layer"


def _projects(sheet: ListSheet, folder: Path, *, several: bool) -> list[_Section]:
    """Write the section of the projects if the list says more of them than a name."""
    columns = sheet.columns
    more = {name: columns.find(name) for name in ("sector", "status", "start", "end")}
    if columns.title != sheet.project and columns.title is not None:
        more = {"title": columns.title, **more}
    more = {name: header for name, header in more.items() if header is not None}
    once = columns.raw.table[[sheet.project, *more.values()]].astype(object).drop_duplicates()
    if not more or once[sheet.project].duplicated().any():
        return []
    section = _opened("projects", sheet, folder, several=several)
    section.put("columns.project", sheet.project)
    for name, header in more.items():
        section.put(f"columns.{name}", header)
    for name in ("start", "end"):
        if name in more:
            _put_dates(section, name, columns.raw.table[more[name]], sheet)
    return [section]


def _put_dates(section: _Section, name: str, cells: pd.Series[Any], sheet: ListSheet) -> None:
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


def _amounts(
    sheet: ListSheet,
    folder: Path,
    country: str,
    *,
    several: bool,
    project: str,
    with_places: bool = False,
    header: str = "",
    kind: str = "",
) -> _Section:
    """Write the section of the amounts of a list: of its best column, or of a given one, of a given kind."""
    columns = sheet.columns
    headers = [header] if header else sheet.amount_headers
    section = _opened("spending", sheet, folder, several=several)
    if with_places:
        _put_review(section)
    _put_project(section, sheet, project)
    if with_places and header in sheet.district_headers:
        section.put("constant.district", header, "each column of a district has a section")
    elif with_places:
        _put_places(section, sheet)
    for name, taken in (
        ("component", columns.component),
        ("funder", columns.funder),
        ("currency", columns.find("currency")),
    ):
        if taken is not None:
            section.put(f"columns.{name}", taken)
    _put_years(section, sheet, headers)
    if kind:
        section.put("constant.kind", kind, f"by the words of {show_value(header)}")
    else:
        _put_kind(section, sheet)
    named = {code for text in (*headers, *sheet.texts) for code in currencies_in(text, country)}
    currencies = {*currencies_of(country), *named}
    beside = [(header, magnitudes_beside(header, currencies)[0]) for header in headers]
    # The header of a year has no place for the unit: a total of the years names it.
    others = [other for other in columns.amounts if other not in headers]
    texts = [*sheet.table.raw.above, *texts_about(sheet.table.raw), *(others if sheet.year_headers else ())]
    around = [(text, magnitudes_in(text, currencies)) for text in texts]
    units = [(text, found) for text, found in [*beside, *around] if found]
    if units:
        text, found = units[0]
        section.put("unit", found[0], f"named in {show_value(text)}", check=len(found) > 1)
    _put_numbers(section, sheet, headers)
    read_too = [*headers, *sheet.further_amounts, *sheet.amount_headers]
    rest = [other for other in others if other not in read_too]
    sums = columns.totals_of(sheet.year_headers or sheet.district_headers)
    parts = "years" if sheet.year_headers else "districts"
    for other in rest:
        why = f"the sum of the columns of {parts}" if other in sums else "which looks like an amount too"
        section.note(f"not read: column {show_value(other)}, {why}", "" if other in sums else "amount")
    return section


def _put_years(section: _Section, sheet: ListSheet, headers: Sequence[str]) -> None:
    """Write where the years are: in headers, in a column, or in a text above the table."""
    columns = sheet.columns
    if columns.year_patterns:
        kinds = {text: kind_in([text]) for text in columns.year_patterns}
        listed = ", ".join(show_value(header) for header in sheet.year_headers[:_LISTED])
        if len(kinds) == 1 and not any(kinds.values()):
            section.put("years", next(iter(kinds)), f"amounts by year, in columns {listed} …")
        else:
            others = kind_in(sheet.texts) or "budget"
            years = {text: {"kind": kind or others} for text, kind in kinds.items()}
            section.put(
                "years", years, f"amounts by year, in columns {listed} …", check=not all(kinds.values())
            )
        return
    (header,) = headers
    if names_money(header) or header == columns.known.get("amount") or header in sheet.district_headers:
        section.put("columns.amount", header)
    else:
        section.put(
            "columns.amount",
            header,
            "no header speaks of money; this column has the largest numbers",
            check=True,
        )
    year = columns.year
    if year is not None:
        section.put("columns.year", year)
        return
    if columns.day is not None:
        section.put("columns.year", columns.day, "the years of its days")
        return
    found = one_year(header, *sheet.texts)
    if sheet.own_years:
        section.put("constant.year", sheet.own_years, "named by the sheets; no column has a year", check=True)
    elif found is not None:
        section.put(
            "constant.year", found[1], f"named in {show_value(found[0])}; no column has a year", check=True
        )
    else:
        section.ask("constant.year", "2020", "no column has the year of the amounts: write it here")


def _put_kind(section: _Section, sheet: ListSheet) -> None:
    columns = sheet.columns
    # Several patterns of years have their kinds with them.
    if len(columns.year_patterns) > 1 or any(kind_in([text]) for text in columns.year_patterns):
        return
    if sheet.own_kinds:
        section.put("constant.kind", sheet.own_kinds, "by the names of the sheets", check=True)
        return
    header = columns.find("kind")
    if header is not None:
        section.put("columns.kind", header)
        unknown = [text for text in columns.texts(header) if text.casefold() not in (*KINDS, *KIND_SYNONYMS)]
        meanings = {text: kind_in([text]) or "budget" for text in unknown}
        if meanings:
            section.put("values.kind", meanings, f"one of {', '.join(KINDS)}", check=True)
        return
    texts = [*sheet.amount_headers, *sheet.texts]
    text = next((text for text in texts if kind_in([text])), None)
    if text is None:
        section.put(
            "constant.kind",
            "budget",
            f"nothing says what the amounts are: one of {', '.join(KINDS)}",
            check=True,
        )
    else:
        section.put("constant.kind", kind_in([text]), f"by the words of {show_value(text)}")


def _put_numbers(section: _Section, sheet: ListSheet, headers: Sequence[str]) -> None:
    """Write the marks of numbers that have two readings, and a meaning for cells that are no numbers."""
    table = sheet.columns.raw.table
    cells = [cell for header in headers for cell in table[header].dropna()]
    words = {as_text(cell) for cell in cells if not is_number(cell) and not re.search(r"\d", str(cell))}
    style = _clear_style(table, headers)
    if style is not None:
        chosen, shown = style
        if chosen.thousands:
            section.put("thousands", chosen.thousands, shown)
        else:
            section.put("decimal", chosen.decimal, shown)
    empty = int(table[headers[0]].isna().sum()) if len(headers) == 1 and headers != sheet.year_headers else 0
    if words or empty:
        said = f"cells of the amounts without a number{f'; {empty:,} are empty' if empty else ''}"
        section.put(
            "values.amount",
            dict.fromkeys([*sorted(words), *[""] * bool(empty)], "0"),
            said,
            check=bool(empty) or any(word.isalnum() for word in words),
        )


def _clear_style(table: pd.DataFrame, headers: Sequence[str]) -> tuple[NumeralStyle, str] | None:
    """Choose the reading of doubtful numbers that is near the other amounts of its row or column, or None."""
    doubtful: dict[str, list[float]] = {}
    values = np.column_stack([table[header].map(number_of).to_numpy(dtype=float) for header in headers])
    for at, header in enumerate(headers):
        for row, cell in enumerate(table[header]):
            if isinstance(cell, str) and is_number(cell) and np.isnan(values[row, at]):
                near = [*values[row], *values[:, at]]
                doubtful.setdefault(cell, []).extend(
                    abs(value) for value in near if value and not np.isnan(value)
                )
    styles = possible_styles(doubtful)
    if len(styles) < 2 or not all(doubtful.values()):
        return None
    distances = []
    for style in styles:
        apart = [
            abs(np.log10(abs(float(style.plain(cell) or 0)) or 1e-9) - np.log10(np.median(near)))
            for cell, near in doubtful.items()
        ]
        distances.append(float(np.median(apart)))
    order = np.argsort(distances)
    best, second = distances[order[0]], distances[order[1]]
    if best > _NEAR or second - best < _FAR:
        return None
    cell = next(iter(doubtful))
    chosen = styles[int(order[0])]
    return chosen, f"{show_value(cell)} is {chosen.plain(cell)}, like the amounts around it"


def _profile(sheet: ListSheet, folder: Path, *, several: bool) -> _Section:
    """Write the section of the figures of districts."""
    columns = sheet.columns
    section = _opened("profile", sheet, folder, several=several)
    place = columns.district
    if place is not None:
        section.put("columns.district", place.header, _says_districts(place))
    for name, header in columns.profile.items():
        section.put(f"columns.{name}", header)
    rate = columns.profile.get("poverty_rate")
    if rate is not None:
        most = np.nanmax(columns.numbers(rate))
        if "%" in rate or most > 1:
            section.put("unit", "percent", f"the highest value of {show_value(rate)} is {most:g}")
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


def _unused(sheets: Sequence[ListSheet], unread: Sequence[Problem | str]) -> _Section:
    """List sheets that no section reads, and why."""
    section = _Section("")
    for sheet in sheets:
        why = "whose rows are districts and name no projects" if sheet.is_by_district else _HAS_NOTHING
        section.note(f"not read: {sheet.table.raw.source}, {why}", "sheet")
    for problem in unread:
        section.note(f"not read: {problem}", "sheet")
    return section


# --- evidence ----------------------------------------------------------------------------


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


def _relative(path: Path, folder: Path) -> str:
    """Return the path of a file as the plan file writes it: from its folder, with slashes."""
    try:
        return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
    except ValueError:  # another drive on Windows
        return path.absolute().as_posix()


def _one_line(text: str) -> str:
    return escape_controls(" ".join(text.split()))


def toml_value(value: object) -> str:
    """Return a value as TOML in one line.

    >>> toml_value({"kind": "budget", "a b": ["x", 1]})
    '{ kind = "budget", "a b" = ["x", 1] }'
    """
    if isinstance(value, dict):
        entries = [f"{_toml_key(str(key))} = {toml_value(entry)}" for key, entry in value.items()]
        return f"{{ {', '.join(entries)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII) else toml_value(key)
