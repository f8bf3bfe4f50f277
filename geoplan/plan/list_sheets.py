"""Sheets of a planner's workbook as lists: sheets with one layout are one list, and their names say how they differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from geoplan.model.placement_rules import APPROXIMATE
from geoplan.plan.list_cells import is_number, without_currency
from geoplan.plan.list_columns import ListColumns
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.known_headers import may_be_money, names_money
from geoplan.sources.tables.table_files import FoundTable
from geoplan.sources.tables.totals import take_sums_out
from geoplan.sources.tables.year_columns import YEAR_IN_TEXT, guessed_kind
from geoplan.text.names import Gazetteer

_KIND_STEMS = {
    "disbursement": ("paid", "payment", "disburs", "implement", "realis", "réalis", "décaiss", "pagad", "desembols", "ຈ່າຍ"),
    "expenditure": ("spent", "spend", "expend", "actual", "dépens", "gast"),
    "commitment": ("commit", "engag", "compromet"),
    "budget": ("budget", "plan", "alloc", "approv", "prév", "presup", "anggaran", "pagu", "ງົບ", "ແຜນ"),
}  # fmt: skip
"""Starts of words for the kinds of money."""

_COUNT = re.compile(r"number|count|\bnombre|n[uú]mero|jumlah|\bnb\b|\bno\. of", re.IGNORECASE)
"""Words of headers of counts, such as Number of projects."""

_NO_KIND = ("committee", "planning")
"""Starts of words that begin like a kind and are none."""


@dataclass(frozen=True)
class ListSheet:
    """A sheet, or several with one layout, with what its columns are.

    Parameters
    ----------
    table : FoundTable
        The sheet, or the first of several with the rows of all.
    columns : ListColumns
    totals : dict
        Row of each total to its label.
    parts : tuple of FoundTable
        The sheets, if there are several with one layout.
    """

    table: FoundTable
    columns: ListColumns
    totals: dict[int, str]
    parts: tuple[FoundTable, ...] = ()

    @property
    def sheets(self) -> list[str]:
        """Names of the sheets that are read as one list; empty for one sheet."""
        return [str(part.sheet) for part in self.parts]

    def of_sheets(self, find: Callable[[FoundTable], str]) -> str | dict[str, str]:
        """Return what is found out of each sheet: one value, or one for each sheet; empty if a sheet has none."""
        found = {str(part.sheet): find(part) for part in self.parts or (self.table,)}
        if not all(found.values()):
            return ""
        return found if self.parts else next(iter(found.values()))

    @cached_property
    def own_district(self) -> str | dict[str, str]:
        """The district that the name of the sheet, or a line above the table, names; by sheet if there are several."""
        if self.columns.district is not None or self.district_headers:
            return ""
        return self.of_sheets(lambda part: _named_district(part, self.columns.gazetteer))

    @cached_property
    def own_years(self) -> dict[str, str]:
        """The year that each of several sheets names."""
        found = self.of_sheets(lambda part: (one_year(part.sheet or "", *part.raw.above) or ("", ""))[1])
        return found if isinstance(found, dict) else {}

    @cached_property
    def own_kinds(self) -> dict[str, str]:
        """The kind of money that each of several sheets names."""
        found = self.of_sheets(lambda part: kind_in([part.sheet or ""]))
        return found if isinstance(found, dict) and len(set(found.values())) > 1 else {}

    @cached_property
    def district_headers(self) -> list[str]:
        """Headers of columns of amounts that are districts, in a table without a column of districts."""
        if self.columns.district is not None or self.year_headers:
            return []
        amounts = self.columns.numeric - self.columns.percents
        headers = [header for header in self.columns.headers if header in amounts]
        matches = self.columns.gazetteer.match_all([(header, None) for header in headers])
        found = [
            header
            for header, match in zip(headers, matches, strict=True)
            if match.district and not match.rule & APPROXIMATE
        ]
        return found if len(found) > 1 else []

    @cached_property
    def further_amounts(self) -> dict[str, str]:
        """Other columns of amounts to the kind of money that their headers name, if it is another kind."""
        if len(self.amount_headers) != 1 or self.year_headers or self.columns.find("kind") or self.own_kinds:
            return {}
        kinds = {kind_in([self.amount_headers[0]]) or "budget"}
        found = {}
        for header in self.columns.headers:
            kind = kind_in([header]) if header in self.columns.numeric else ""
            if kind and kind not in kinds and may_be_money(header):
                found[header] = kind
                kinds.add(kind)
        return found

    @property
    def texts(self) -> list[str]:
        """What is written around the table, the nearest first: lines above it, name of the sheet, name of the file."""
        return [
            *reversed(self.table.raw.above),
            "" if self.parts else self.table.sheet or "",
            self.table.path.stem.replace("_", " "),
        ]

    @property
    def marked_amounts(self) -> list[str]:
        """The first amount that has its currency in the cell."""
        cells = (cell for header in self.amount_headers for cell in self.columns.texts(header))
        return [cell for cell in cells if without_currency(cell) != cell or not is_number(cell)][:1]

    @property
    def year_headers(self) -> list[str]:
        """Headers of the amounts of a year each."""
        return [header for headers in self.columns.year_patterns.values() for header in headers]

    @property
    def amount_headers(self) -> list[str]:
        """Headers of the amounts: of each year, of each district, or the best one."""
        found = self.columns
        largest = [found.largest] if found.largest else []
        return self.year_headers or self.district_headers or found.amounts[:1] or largest

    @property
    def has_places(self) -> bool:
        """Whether its rows or columns, or the sheet itself, name places."""
        found = self.columns
        by_column = found.district or found.province or (found.find("lon") and found.find("lat"))
        has_shapes = "geometry" in found.raw.table
        return bool(by_column or has_shapes or self.own_district or self.district_headers)

    @property
    def is_profile(self) -> bool:
        """Whether its figures are of people and not of money."""
        found = self.columns
        return (
            bool(found.profile) and not any(map(names_money, found.amounts)) and "project" not in found.known
        )

    @property
    def is_by_district(self) -> bool:
        """Whether nothing but the district or the province tells its rows apart, as in a summary."""
        columns = self.columns
        places = {columns.province, columns.district.header if columns.district else None}
        words = {*columns.headers} - columns.numeric
        is_bare = bool(words) and words <= places and self.project in columns.numeric
        is_count = "project" not in columns.known or _COUNT.search(str(self.project)) is not None
        return self.project in places or (is_bare and is_count)

    @property
    def project(self) -> str | None:
        """The column that tells projects apart: the code, or the title where rows of one project have codes of their own."""
        code, title = self.columns.code, self.columns.title
        if code is None and (repeated := self.columns.repeated_code):
            return repeated
        if code is None and title is None:
            district = self.columns.district
            return self.columns.programme or (district.header if district else None)
        if code is None or title is None or code == self.columns.known.get("project"):
            return code or title
        repeats = self.columns.raw.table[title].dropna().duplicated().any()
        return title if repeats else code


def one_year(*texts: str) -> tuple[str, str] | None:
    """Return the first text that names one year, and that year."""
    named = ((text, set(YEAR_IN_TEXT.findall(text))) for text in texts)
    return next(((text, *years) for text, years in named if len(years) == 1), None)


def kind_in(texts: Iterable[str]) -> str:
    """Return the kind of money that the first text with words for one kind names, or an empty text."""
    for text in texts:
        words = [word for word in re.findall(r"[^\W\d_]+", text.casefold()) if not word.startswith(_NO_KIND)]
        found = [kind for kind, stems in _KIND_STEMS.items() if any(word.startswith(stems) for word in words)]
        exact = guessed_kind(text) or ("expenditure" if "exp" in words else "")
        if exact or found:
            return exact or found[0]
    return ""


def look_at_sheets(tables: Sequence[FoundTable], gazetteer: Gazetteer) -> list[ListSheet]:
    """Look at the columns of each table; sheets of a workbook with one layout are one list."""
    groups: dict[tuple[object, ...], list[FoundTable]] = {}
    for table in tables:
        layout = (table.path, tuple(map(str, table.raw.table.columns)), table.header)
        groups.setdefault(layout, []).append(table)
    return [_look_at(group, gazetteer) for group in groups.values()]


def _look_at(group: Sequence[FoundTable], gazetteer: Gazetteer) -> ListSheet:
    """Take the totals out of each sheet, and look at the columns of all."""
    raws = [_without_sums(table, gazetteer) for table in group]
    totals = {total.row: total.label for raw in raws for total in raw.totals}
    first = group[0]
    if len(group) == 1:
        return ListSheet(first, ListColumns(raws[0], gazetteer), totals)
    above = tuple(text for text in first.raw.above if all(text in raw.above for raw in raws))
    rows = pd.concat([raw.rows for raw in raws], ignore_index=True)
    joined = pd.concat([raw.table for raw in raws], ignore_index=True)
    raw = replace(raws[0], table=joined, rows=rows, above=above)
    return ListSheet(replace(first, raw=raw), ListColumns(raw, gazetteer), totals, tuple(group))


def _without_sums(table: FoundTable, gazetteer: Gazetteer) -> RawTable:
    """Take the rows that are sums of others out of a sheet."""
    columns = ListColumns(table.raw, gazetteer)
    headers = [
        *{header: None for headers in columns.year_patterns.values() for header in headers},
        *columns.amounts,
    ]
    return take_sums_out(table.raw, headers or [*columns.numeric], FileSpec(table.path, totals="leave out"))


def _named_district(table: FoundTable, gazetteer: Gazetteer) -> str:
    """Return the only district that the name of a sheet, or a line above it such as District: Khong, names."""
    texts = [table.sheet or "", *(text.rpartition(":")[2].strip() for text in table.raw.above)]
    named = [text for text in texts if text]
    matches = gazetteer.match_all([(text, None) for text in named])
    found = {
        match.district: text
        for text, match in zip(named, matches, strict=True)
        if match.district and not match.rule & APPROXIMATE
    }
    return next(iter(found.values())) if len(found) == 1 else ""
