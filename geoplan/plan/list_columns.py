"""Columns of a planner's list: which are places, amounts, years, projects and funders, by what they hold.

How this works: a column holds districts if most of its cells, or all parts of a cell with several, are names or codes
of the layer; the marks between the parts are its separators. A column that is the sum of the year columns beside it is
a total. Only where cells say nothing do the words of the headers decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geoplan.model.placement_rules import APPROXIMATE, PlacementRule
from geoplan.model.schema import LOCATIONS, PROFILE, PROJECTS, SPENDING, Table
from geoplan.plan.list_cells import (
    MOST,
    MOST_NAMES,
    is_number,
    largest_reading,
    number_of,
    ways_to_cut,
    written_meanings,
)
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import as_text
from geoplan.sources.tables.coordinate_pairs import holds_pairs
from geoplan.sources.tables.currency_words import codes_of_currencies, country_of_codes, currencies_of
from geoplan.sources.tables.dates import year_of
from geoplan.sources.tables.headers import match_headers
from geoplan.sources.tables.known_headers import may_be_money, names_money, suggest, words_of
from geoplan.sources.tables.magnitudes import magnitudes_beside
from geoplan.sources.tables.numerals import is_numeral
from geoplan.sources.tables.year_columns import YEAR_IN_TEXT, as_pattern
from geoplan.text.names import Gazetteer

LIST = Table(
    "spending",
    "one row of a list",
    tuple(
        {
            column.name: column for table in (PROJECTS, LOCATIONS, SPENDING) for column in table.columns
        }.values()
    ),
)
"""All columns that one list may have."""

_SUMS = 0.8
"""Share of the rows in which a column must be the sum of the year columns to be a total."""

_IN_LAYER = PlacementRule.AMBIGUOUS_NAME | PlacementRule.PROVINCE_NAME
_NAME_WORDS = re.compile(
    r"name|nom\b|nombre|nama|title|titre|título|judul|project|projet|proyecto|activit|ໂຄງການ|ຊື່", re.IGNORECASE
)
_LONGEST_CODE = 24
_CODE_DIGITS = 6
_SHORTEST_CODE = 3
_CODE_WORDS = re.compile(r"\b(?:code|c[oó]digo|kode|cod|id)\b", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1980, 2060
_MOST_YEARS = 30
_THOUSANDS = 1_000.0
_TITLE = 6.0
"""Least mean length of the names of projects."""

_DIGITS = r"[\d\s.:/TZ+-]+"
"""Text of dates, times and numbers."""

_NOWHERE = Path("list")
_PLACES = ("district", "province", "name", "location")
_LOOKED_AT = 1_000
"""Cells of a column that are looked at, to see whether they are numbers."""

_FUNDER = re.compile(r"fund|donor|financ|source|bailleur|sumber|fuente|ທຶນ", re.IGNORECASE)
_COMPONENT = re.compile(
    r"component|composante|componente|programme|pillar|sector|secteur|ຂະແໜງ", re.IGNORECASE
)
_PROFILE_WORDS = {
    "poverty_rate": re.compile(r"rate|incidence|ratio|taux|tasa|taxa|%", re.IGNORECASE),
    "poverty_class": re.compile(r"class|categor|priorit|level|niveau|group", re.IGNORECASE),
    "poor": re.compile(r"\bpoor\b|pauvres|pobres", re.IGNORECASE),
    "villages": re.compile(r"villages?\b", re.IGNORECASE),
    "population": re.compile(r"popula|persons|people|inhabitants|habitant|ປະຊາກອນ|ພົນລະເມືອງ", re.IGNORECASE),
}


@dataclass(frozen=True)
class PlaceColumn:
    """A column whose cells are names or codes of districts.

    Parameters
    ----------
    header : str
    known, filled : int
        Different cells that are districts, and different cells.
    separators : tuple of str
        Marks between several districts in a cell.
    several : str
        A cell with several districts, or empty.
    """

    header: str
    known: int
    filled: int
    separators: tuple[str, ...] = ()
    several: str = ""


@dataclass(frozen=True)
class ListColumns:
    """A list with the layer that its places belong to.

    Parameters
    ----------
    raw : RawTable
    gazetteer : Gazetteer
    """

    raw: RawTable
    gazetteer: Gazetteer

    @cached_property
    def headers(self) -> list[str]:
        """Headers of the columns that have cells, without the shapes of places."""
        table = self.raw.table
        return [str(name) for name in table.columns if name != "geometry" and table[name].notna().any()]

    @cached_property
    def known(self) -> dict[str, str]:
        """Column of ours to the header that geoplan reads it from without being told."""
        taken = match_headers(self.raw, LIST, FileSpec(_NOWHERE)).taken
        known = {
            name: header
            for header, name in taken.items()
            if header in self.headers and (name in _PLACES or header not in self.codes_of_places)
        }
        if {"lon", "lat"} & known.keys() or "geometry" not in self.gazetteer.districts:
            return known
        west, south, east, north = shapely.total_bounds(self.gazetteer.districts["geometry"].to_numpy())
        area = (float(west), float(south), float(east), float(north))
        pairs = [header for header in self.headers if holds_pairs(self.raw.table[header], area)]
        return known | (dict.fromkeys(("lon", "lat"), pairs[0]) if len(pairs) == 1 else {})

    @cached_property
    def codes_of_places(self) -> set[str]:
        """Headers of columns whose cells are codes of districts or provinces, whatever their headers say."""
        layer = self.gazetteer.districts
        codes = {str(code) for name in ("district", "province") for code in layer[name].dropna()}
        return {
            header
            for header in self.headers
            if (cells := self.texts(header)) and sum(cell in codes for cell in cells) >= MOST * len(cells)
        }

    @cached_property
    def district(self) -> PlaceColumn | None:
        """The column with most districts of the layer."""
        found = [self._places(header) for header in self.headers if header != self.province]
        holding = [place for place in found if place is not None and place.known >= MOST * place.filled]
        if holding:
            return max(holding, key=lambda place: (place.known / place.filled, place.known))
        header = self.known.get("district")
        return None if header is None else PlaceColumn(header, 0, self.raw.table[header].nunique())

    def _places(self, header: str) -> PlaceColumn | None:
        cells = self.texts(header)
        is_number = header in self.numeric or all(map(is_numeral, cells))
        if not cells or (is_number and not self._has_codes(cells)):
            return None
        names = list(
            dict.fromkeys(
                [*cells, *(part for cell in cells for _, parts in ways_to_cut(cell) for part in parts)]
            )
        )
        province = self._province_pairs(header)
        matches = self.gazetteer.match_all([(name, province.get(name)) for name in names])
        pairs = [*zip(names, matches, strict=True)]
        known = {name for name, match in pairs if match.district or match.rule & _IN_LAYER}
        surely = {name for name, match in pairs if name in known and not match.rule & APPROXIMATE}
        marks: Counter[str] = Counter()
        several, count = "", 0
        for cell in cells:
            fitting = [cut for cut, parts in ways_to_cut(cell) if all(part in known for part in parts)]
            count += bool(cell in known or fitting)
            if fitting and cell not in surely:
                several = several or cell
                marks.update(fitting[0])
        return PlaceColumn(header, count, len(cells), tuple(marks), several) if count else None

    def _has_codes(self, cells: Collection[str]) -> bool:
        codes = {str(code) for code in self.gazetteer.districts["district"]}
        known = sum(cell in codes or self.gazetteer.layer.restore_zeros(cell) is not None for cell in cells)
        # Short numbers count the rows of many lists.
        return known >= MOST * len(cells) and min(map(len, cells)) >= _SHORTEST_CODE

    def _province_pairs(self, header: str) -> dict[str, str]:
        """Return the province that each cell of a column is given with."""
        if self.province in (None, header):
            return {}
        pairs = self.raw.table[[header, self.province]].dropna().astype(object)
        return {as_text(name): as_text(given) for name, given in pairs.itertuples(index=False)}

    @cached_property
    def province(self) -> str | None:
        """The column whose cells are provinces of the layer."""
        if self.gazetteer.districts["province"].nunique() == 0:
            return None
        named = self.known.get("province")
        texts = {
            header: cells
            for header in dict.fromkeys([*([named] if named else []), *self.headers])
            if header not in self.numeric and (cells := self.texts(header))
        }
        asked = {
            cell: self.gazetteer.province(cell) is not None for cells in texts.values() for cell in cells
        }
        bare = {
            cell
            for cell, is_province in asked.items()
            if is_province and not self.gazetteer.has_district(cell)
        }
        only = [
            header
            for header, cells in texts.items()
            if sum(cell in bare for cell in cells) >= MOST * len(cells)
        ]
        # Districts may bear the names of their provinces: then the rows say which column is above the other.
        holding = [
            header
            for header, cells in texts.items()
            if sum(asked[cell] for cell in cells) >= MOST * len(cells)
        ]
        above = [wide for wide in holding if any(self._is_above(wide, narrow) for narrow in holding)]
        return next(iter([*above, *only]), None)

    def _is_above(self, wide: str, narrow: str) -> bool:
        """Tell whether a column groups the cells of another: each of these has one of its cells, which are fewer."""
        pairs = self.raw.table[[wide, narrow]].dropna().drop_duplicates() if wide != narrow else None
        if pairs is None or pairs.empty or pairs[narrow].duplicated().any():
            return False
        return bool(pairs[wide].nunique() < pairs[narrow].nunique())

    def texts(self, header: str) -> list[str]:
        """Return the different cells of a column as text, without empty ones."""
        cells = [as_text(cell) for cell in self.raw.table[header].dropna().unique()[:MOST_NAMES]]
        return [cell for cell in dict.fromkeys(cells) if cell]

    @cached_property
    def numeric(self) -> set[str]:
        """Headers of columns with numbers, whatever dashes and notes some of their cells have."""
        filled = {header: self.raw.table[header].dropna()[:_LOOKED_AT] for header in self.headers}
        return {
            header
            for header, cells in filled.items()
            if cells.map(is_number).mean() >= MOST or self.meanings(header)
        }

    def meanings(self, header: str) -> dict[str, str]:
        """Return what the cells of a column of amounts mean that are no numbers, such as 2.5 Cr."""
        codes = [str(code) for code in self.gazetteer.districts["district"]]
        texts = map(as_text, self.raw.table[header].dropna()[:_LOOKED_AT].unique())
        return (
            written_meanings(header, [*texts], country_of_codes(codes))
            if names_money(header) or codes_of_currencies(header)
            else {}
        )

    @cached_property
    def percents(self) -> set[str]:
        """Headers of columns whose cells are shown with a percent sign."""
        formats = self.raw.formats
        return {
            header for header in self.headers if any(style.is_percent for style in formats.get(header, ()))
        }

    @cached_property
    def year_patterns(self) -> dict[str, list[str]]:
        """Patterns of headers with a year, such as ``Paid {year}``, to the columns with amounts that they match."""
        found: dict[str, list[str]] = {}
        for header in self.headers:
            if (
                header in self.numeric - self.percents
                and 1 <= len(YEAR_IN_TEXT.findall(header)) <= 2
                and header != self.known.get("year")
            ):
                found.setdefault(as_pattern(header), []).append(header)
        sums = set(self.totals_of([header for headers in found.values() for header in headers]))
        return {text: headers for text, headers in found.items() if not sums.issuperset(headers)}

    def totals_of(self, parts: Sequence[str]) -> list[str]:
        """Return the columns that are the sum of the columns ``parts`` in nearly every row."""
        found = []
        for header in sorted(self.numeric):
            others = [part for part in parts if part != header]
            if len(others) < 2:
                continue
            total = self.numbers(header)
            summed = np.nansum([self.numbers(part) for part in others], axis=0)
            given = ~np.isnan(total) & (summed != 0)
            if given.sum() > 1 and np.isclose(total[given], summed[given]).mean() >= _SUMS:
                found.append(header)
        return found

    def numbers(self, header: str) -> Any:
        """Return a column as floats, NaN where a cell is no number or has two readings."""
        return self.raw.table[header].map(number_of).to_numpy(dtype=float)

    @cached_property
    def amounts(self) -> list[str]:
        """Columns with one amount in each row, the best first; without columns of years."""
        by_year = {header for headers in self.year_patterns.values() for header in headers} | self.percents
        free = [header for header in self.headers if header in self.numeric - by_year]
        named = self.known.get("amount")
        if named is None:
            named = suggest(SPENDING.column("amount"), free, self.raw.table)
        money = [header for header in free if names_money(header) or codes_of_currencies(header)]
        return list(dict.fromkeys([*([named] if named in free else []), *money]))

    @property
    def written_amounts(self) -> dict[str, str]:
        """Headers that speak of money over cells with figures that are no numbers, with the first such cell."""
        money = [header for header in self.headers if names_money(header) or codes_of_currencies(header)]
        named = [header for header in money if header not in self.numeric]
        written = {
            header: [text for text in self.texts(header) if re.search(r"\d", text) and not is_number(text)]
            for header in named
        }
        return {header: cells[0] for header, cells in written.items() if cells}

    @cached_property
    def largest(self) -> str | None:
        """The column with the largest numbers, where no header speaks of money; None without numbers in thousands."""
        others = {self.year, self.code, self.known.get("lon"), self.known.get("lat"), *self.identifiers}
        free = [
            header
            for header in self.headers
            if header in self.numeric - others - self.percents
            and may_be_money(header)
            and not self._holds_years(header)
        ]
        country = country_of_codes([str(code) for code in self.gazetteer.districts["district"]])
        in_units = [header for header in free if magnitudes_beside(header, currencies_of(country))[0]]
        if len(in_units) == 1:
            return in_units[0]  # amounts in millions are small numbers
        sizes = {header: self._size(header) for header in free}
        found = max(sizes, key=lambda header: sizes[header], default=None)
        return found if found is not None and sizes[found] >= _THOUSANDS else None

    def _size(self, header: str) -> float:
        """Return the median of a column; of numbers with two readings, such as 1.250, the larger one counts."""
        cells = self.raw.table[header].dropna()[:_LOOKED_AT]
        sizes = [abs(number) for cell in cells for number in largest_reading(cell)]
        return float(np.median([*sizes, 0]))

    @cached_property
    def identifiers(self) -> list[str]:
        """Headers of codes in digits: whole numbers of one length, as amounts never are, or called codes."""
        found = []
        for header in self.headers:
            cells = self.texts(header) if header in self.numeric else []
            is_code = len(cells) > 1 and all(cell.isdecimal() for cell in cells)
            is_round = all(cell.endswith("00") for cell in cells)
            is_even = (
                is_code and len({*map(len, cells)}) == 1 and len(cells[0]) >= _CODE_DIGITS and not is_round
            )
            if is_even or (is_code and _CODE_WORDS.search(" ".join(words_of(header)))):
                found.append(header)
        return found

    @cached_property
    def year(self) -> str | None:
        """The column with the year of each row, by its header or because all its cells are years."""
        if "year" in self.known:
            return self.known["year"]
        years = [header for header in self.headers if header in self.numeric and self._holds_years(header)]
        return years[0] if len(years) == 1 else None

    @cached_property
    def day(self) -> str | None:
        """The only column with the days of payments or the like, which is neither start nor end of a project."""
        others = {self.known.get(name) for name in ("start", "end")} | self.numeric
        days = [
            header
            for header in self.headers
            if header not in others and all(year_of(text) is not None for text in self.texts(header))
        ]
        return days[0] if len(days) == 1 else None

    def _holds_years(self, header: str) -> bool:
        numbers = self.numbers(header)
        numbers = numbers[~np.isnan(numbers)]
        if len(numbers) and np.all((numbers >= _FIRST_YEAR) & (numbers <= _LAST_YEAR) & (numbers % 1 == 0)):
            return True
        # Years of another calendar look like any number, but for being few and close to each other.
        few = len(self.texts(header)) < len(numbers) and np.ptp(numbers) <= _MOST_YEARS
        return bool(few and all(map(YEAR_IN_TEXT.fullmatch, self.texts(header))))

    def find(self, name: str) -> str | None:
        """Return the header of a column by its name or words, if its cells fit."""
        return self.known.get(name)

    @cached_property
    def title(self) -> str | None:
        """The column with the names of the projects: known by its header, or the longest different texts."""
        if "title" in self.known:
            return self.known["title"]
        others = {self.province, self.district.header if self.district else None, self.funder, self.component}
        others |= self.codes_of_places
        others |= {header for name, header in self.known.items() if name != "project"}
        texts = {
            header: self.raw.table[header].dropna().map(as_text)
            for header in self.headers
            if header not in self.numeric | others
        }
        texts = {
            header: cells
            for header, cells in texts.items()
            if not cells.str.fullmatch(_DIGITS).mean() >= MOST
        }
        sizes = {
            header: cells.nunique() / len(self.raw.table) * cells.str.len().mean()
            for header, cells in texts.items()
        }
        found = [
            header
            for header, cells in texts.items()
            if cells.nunique() >= MOST * len(self.raw.table) and cells.str.len().mean() >= _TITLE
        ]
        named = [header for header in found if _NAME_WORDS.search(" ".join(words_of(header)))]
        return max(named or found, key=lambda header: sizes[header], default=None)

    @cached_property
    def code(self) -> str | None:
        """The column with the code of each project: filled, different in each row, and short."""
        named = [self.known[name] for name in ("project",) if name in self.known]
        others = {header for name, header in self.known.items() if name not in ("project", "title")}
        for header in [*named, *self.headers]:
            cells = self.raw.table[header]
            texts = cells.dropna().map(as_text)
            if header in named and cells.notna().all():
                return header
            if (
                header in self.codes_of_places | others
                or header in (self.year, self.province, self.district.header if self.district else None)
                or header
                in {part for headers in self.year_patterns.values() for part in headers} | {*self.amounts}
            ):
                continue
            short = texts.str.fullmatch(rf"[^\s,;]{{1,{_LONGEST_CODE}}}").all() if len(texts) else False
            at_start = self.headers.index(header) < 2
            if cells.notna().all() and short and texts.is_unique and at_start and header != self.title:
                return header
        return None

    @cached_property
    def repeated_code(self) -> str | None:
        """A filled column of codes among the first two, which several rows of one project share."""
        codes = [header for header in self.headers[:2] if header in self.identifiers]
        places = {
            self.year,
            self.province,
            self.district.header if self.district else None,
        } | self.codes_of_places
        filled = [header for header in codes if header not in places and self.raw.table[header].notna().all()]
        return filled[0] if filled and len(self.texts(filled[0])) > 1 else None

    def linked_by(self, codes: Collection[str]) -> str | None:
        """Return the column most of whose cells are projects of another list, or None."""
        shares = {
            header: np.mean([cell in codes for cell in self.texts(header)])
            for header in self.headers
            if len(self.texts(header)) > 1
        }
        header = max(shares, key=lambda name: shares[name], default=None)
        return header if header is not None and shares[header] >= _SUMS else None

    @cached_property
    def funder(self) -> str | None:
        """The column that says who pays."""
        return self.known.get("funder") or self._text_column(_FUNDER)

    @cached_property
    def component(self) -> str | None:
        """The column with the component or sector of each row."""
        return self.known.get("component") or self.known.get("sector") or self._text_column(_COMPONENT)

    @cached_property
    def programme(self) -> str | None:
        """The column of texts with most different cells that is no place, where no column names projects."""
        places = {self.province, self.district.header if self.district else None} | self.codes_of_places
        free = [
            header
            for header in self.headers
            if header not in self.numeric | places and len(self.texts(header)) > 0
        ]
        words = [
            header for header in free if not all(re.fullmatch(_DIGITS, text) for text in self.texts(header))
        ]
        codes = [header for header in self.identifiers if header not in places]
        return max(codes or words, key=lambda header: len(self.texts(header)), default=None)

    def _text_column(self, words: re.Pattern[str]) -> str | None:
        free = [header for header in self.headers if header not in self.numeric | {*self.known.values()}]
        return next((header for header in free if words.search(" ".join(words_of(header)))), None)

    @cached_property
    def profile(self) -> dict[str, str]:
        """Columns of the profile of districts to their headers, if each district has a row at most once a year."""
        place = self.district
        if place is None or place.known < 2 or place.several:
            return {}
        keys = [place.header] + ([self.year] if self.year else [])
        if self.raw.table.duplicated(keys).any():
            return {}
        found: dict[str, str] = {}
        for name, pattern in _PROFILE_WORDS.items():
            column = PROFILE.column(name)
            for header in self.headers:
                text = " ".join([*words_of(header), *("%" for _ in range("%" in header))])
                fitting = header in self.numeric if column.kind != "text" else header not in self.numeric
                if header not in (*keys, *found.values()) and fitting and pattern.search(text):
                    found[name] = header
                    break
        return found if any(name in found for name in ("population", "poor", "poverty_rate")) else {}
