"""Names of a boundary layer: the codes and spellings of its districts and provinces, indexed for matching."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from geoplan.text.shared_words import shared_words
from geoplan.text.spelled_codes import as_number, bare_code, by_number, by_other_codes
from geoplan.text.spelling import CAPITAL, Name, split_aliases
from geoplan.text.spelling_index import SpellingIndex

_BareNames = tuple[dict[str, set[str]], dict[tuple[str, ...], set[str]]]


@dataclass(frozen=True)
class LayerNames:
    """What a layer says of its districts. Each index is built when it is first asked for.

    Parameters
    ----------
    districts : DataFrame
        As of a `geoplan.text.names.Gazetteer`.
    """

    districts: pd.DataFrame

    @cached_property
    def codes(self) -> dict[str, str]:
        """District code, exact and without case, to itself."""
        exact = {code: code for code in self.districts["district"]}
        return {code.casefold(): code for code in exact} | exact

    @cached_property
    def bare_codes(self) -> dict[str, str]:
        """District codes by their letters and digits, for LA-1102 and la 1102; none that two codes share."""
        bare = [(bare_code(str(code)), code) for code in self.districts["district"]]
        counts = Counter(key for key, _ in bare)
        return {key: code for key, code in bare if key and counts[key] == 1}

    def restore_zeros(self, text: str) -> str | None:
        """Return the district code that a text is when the leading zeros are put back, or None."""
        number = as_number(text)
        return None if number is None else self.numbers.get(number)

    @cached_property
    def other_codes(self) -> dict[str, str]:
        """Codes in other gazetteers, to the code of the district."""
        return by_other_codes((row["other_codes"], row["district"]) for row in self.rows)

    @cached_property
    def province_other_codes(self) -> dict[str, str]:
        """Codes of provinces in other gazetteers, to the code of the province."""
        return by_other_codes((row["province_other_codes"], province_of(row)) for row in self.rows)

    @cached_property
    def numbers(self) -> dict[str, str]:
        """District codes by the number they stand for, without leading zeros."""
        return by_number(self.districts["district"])

    @cached_property
    def province_numbers(self) -> dict[str, str]:
        """Province codes by the number they stand for, without leading zeros."""
        return by_number(self.province_codes.values())

    @cached_property
    def all_provinces(self) -> frozenset[str]:
        """Every province of the layer."""
        return frozenset(self.provinces)

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The cells of the layer that hold codes and names, or empty."""
        columns = ["district", "name", "name_lo", "aliases", "province", "province_name", "province_aliases"]
        columns += ["other_codes", "province_other_codes"]
        cells = self.districts.reindex(columns=columns)
        rows = zip(*(cells[column].to_numpy(dtype=object) for column in columns), strict=True)
        return [
            {column: cell if isinstance(cell, str) else "" for column, cell in zip(columns, row, strict=True)}
            for row in rows
        ]

    @cached_property
    def provinces(self) -> dict[str, list[tuple[Name, str, bool]]]:
        """Province (its code, else its name) to the spellings of its districts."""
        found: dict[str, list[tuple[Name, str, bool]]] = {}
        for row in self.rows:
            spellings = found.setdefault(province_of(row), [])
            for column in ("name", "name_lo", "aliases"):
                names = [Name.read(spelling) for spelling in split_aliases(row[column])]
                spellings += [(name, row["district"], column == "aliases") for name in names if name.key]
        return found

    @cached_property
    def province_names(self) -> SpellingIndex:
        """Spellings of the provinces."""
        found = {
            (spelling, province_of(row)): None
            for row in self.rows
            for spelling in [row["province_name"], *split_aliases(row["province_aliases"])]
        }
        read = [(Name.read(spelling), code, False) for spelling, code in found]
        return SpellingIndex([spelling for spelling in read if spelling[0].key])

    @cached_property
    def capitals(self) -> set[str]:
        """Provinces that are named as capitals."""
        return {code for name, code, _ in self.province_names.spellings if name.level == CAPITAL}

    @cached_property
    def province_codes(self) -> dict[str, str]:
        """Province code without case, to itself."""
        return {row["province"].casefold(): row["province"] for row in self.rows if row["province"]}

    @cached_property
    def everywhere(self) -> SpellingIndex:
        """Spellings of all districts."""
        return SpellingIndex([spelling for spellings in self.provinces.values() for spelling in spellings])

    @cached_property
    def _areas(self) -> dict[frozenset[str], SpellingIndex]:
        """Areas already asked for."""
        return {}

    def area(self, provinces: frozenset[str]) -> SpellingIndex:
        """Return the spellings of the districts of these provinces."""
        if len(provinces) == len(self.provinces):
            return self.everywhere
        if provinces not in self._areas:
            chosen = [spelling for code in sorted(provinces) for spelling in self.provinces[code]]
            self._areas[provinces] = SpellingIndex(chosen)
        return self._areas[provinces]

    def bare_names(self, provinces: frozenset[str]) -> _BareNames:
        """Return the districts by their names without the shared words, and by the words their names begin or end with."""
        if provinces not in self._bare:
            first, last = self.common_words
            named: dict[str, set[str]] = {}
            parts: dict[tuple[str, ...], set[str]] = {}
            for name, code, _ in self.area(provinces).spellings:
                named.setdefault(name.without(first, last).key, set()).add(code)
                for at in range(1, len(name.words)):
                    for part in (name.words[at:], name.words[:at]):
                        parts.setdefault(part, set()).add(code)
            self._bare[provinces] = named, parts
        return self._bare[provinces]

    @cached_property
    def _bare(self) -> dict[frozenset[str], _BareNames]:
        """Names already asked for, by their provinces."""
        return {}

    @cached_property
    def common_words(self) -> tuple[set[str], set[str]]:
        """Words that most names of the layer share at their start and at their end."""
        layer = [name for name, _, is_alias in self.everywhere.spellings if not is_alias]
        return shared_words(layer, 0), shared_words(layer, -1)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Name of each district by its code."""
        return {row["district"]: row["name"] for row in self.rows}


def province_of(row: dict[str, str]) -> str:
    """Return the code of the province of a row, else its name."""
    return row["province"] or row["province_name"]
