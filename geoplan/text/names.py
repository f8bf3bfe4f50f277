"""Matching of district names: spelling, script and prefix aside, never across provinces in silence.

How this works. Each name becomes a `geoplan.text.spelling.Name` with several keys, from strict to loose. A
`Gazetteer` asks its indexes in that order and stops at the first that has an answer: code, name, alias,
the same name romanised otherwise, then similar spellings. Every index is built once for each set of provinces.
What a whole column tells is learned first: words that most of its names share, and codes that lost their zeros.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from geoplan.model.placement_rules import PlacementRule
from geoplan.model.schema import DISTRICTS, SOURCE_FILE, SOURCE_ROW
from geoplan.text.layer_names import LayerNames, province_of
from geoplan.text.shared_words import own_words
from geoplan.text.spelled_codes import (
    as_number,
    bare_code,
    gazetteer_code,
    plain_text,
)
from geoplan.text.spelling import (
    CAPITAL,
    DISTRICT,
    LONG_NAME,
    PROVINCE,
    Name,
    normalise,
    split_aliases,
)
from geoplan.text.spelling_index import FUZZY_LENGTH, FUZZY_SCORE, Ranking, close_to_best

_JOINING_WORD = 3
"""Most letters of a word between the names of several districts: and, et, y."""

CANDIDATES = 5
"""Most candidates offered for a name that is unknown."""


@dataclass(frozen=True)
class Match:
    """What a name was found to mean.

    Parameters
    ----------
    district : str or None
        Code of the one district, or None.
    rule : PlacementRule
        How a code or name decided, or why it did not.
    candidates : tuple of str
        Codes that came into question, best first, when there is not one answer. Those of an
        unknown name may lie in other provinces than the one it was given with.
    """

    district: str | None
    rule: PlacementRule
    candidates: tuple[str, ...] = ()


_SURE = PlacementRule(0)


@dataclass(frozen=True)
class ColumnHabits:
    """What whole columns of names and provinces tell about each of their cells.

    Parameters
    ----------
    zeros_lost : bool
        Whether numbers stand for codes that lost or gained zeros.
    first, last : frozenset of str
        Words that most names share at their start and at their end.
    province_first, province_last : frozenset of str
        The same of provinces.
    units : mapping of str to str
        Normalised name of a unit above districts, such as a zone, to the code of the province that has all districts
        known to be in the unit.
    """

    zeros_lost: bool = False
    first: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()
    province_first: frozenset[str] = frozenset()
    province_last: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gazetteer:
    """The names of a boundary layer, ready to be asked. Build it once, ask it often.

    Parameters
    ----------
    districts : DataFrame
        Columns ``district``, ``name`` and, where there are any, ``name_lo, aliases, province,
        province_name, province_aliases``.
    """

    districts: pd.DataFrame

    @cached_property
    def layer(self) -> LayerNames:
        """Codes and spellings of the layer, indexed."""
        return LayerNames(self.districts)

    def match(self, name: str, province: str | None = None) -> Match:
        """Find the district a code or name means.

        Order: code, name, alias, the same name romanised otherwise, similar name; each but the
        code only within the province when one is given. A name of a province is recognised as
        that, unless a district bears it too. Without a province, in a layer of several, a similar
        name is ignored.

        Parameters
        ----------
        name : str
            Code or name of a district.
        province : str, optional
            Code or name of the province the name was given with, or a path of areas, widest
            first, separated by ``|``.

        Returns
        -------
        Match
        """
        return self.match_all([(name, province)])[0]

    def match_all(
        self, pairs: Sequence[tuple[str, str | None]], habits: ColumnHabits | None = None
    ) -> list[Match]:
        """Find what many names mean, each with its province: as `match`, and faster.

        Parameters
        ----------
        pairs : sequence of (name, province or None)
        habits : ColumnHabits, optional
            From `learn`, where the pairs are only a part of their columns; else they are learned from the pairs.

        Returns
        -------
        list of Match
            In the order of the pairs.
        """
        matches: list[Match] = []
        nearly: dict[frozenset[str], list[tuple[int, Name]]] = {}
        names = {name: Name.read(name) for name, _ in pairs}
        column = habits or self._learn(names, {province for _, province in pairs if province})
        self._expect_in_provinces(column)
        for position, (name, province) in enumerate(pairs):
            if by_code := self._by_code(name, column):
                matches.append(by_code)
                continue
            provinces, doubt = self._provinces_of(province)
            asked, match = self._first_same(names[name], provinces or self.layer.all_provinces, column)
            if match is None and provinces:
                nearly.setdefault(provinces, []).append((position, asked))
            matches.append(_with_doubt(match or self._unknown(asked, []), doubt))
        for provinces, waiting in nearly.items():
            positions, unclear = zip(*waiting, strict=True)
            for position, match in zip(positions, self._nearly(unclear, provinces), strict=True):
                matches[position] = _with_doubt(match, self._provinces_of(pairs[position][1])[1])
        for position, (name, _) in enumerate(pairs):
            if matches[position].rule == PlacementRule.UNKNOWN_NAME and (parts := _parts_of(name)):
                matches[position] = self._by_parts(*parts) or matches[position]
            if matches[position].rule & PlacementRule.SIMILAR_NAME and (codes := self._all_named(name)):
                matches[position] = Match(None, PlacementRule.UNKNOWN_NAME, codes[:CANDIDATES])
        return matches

    def _by_parts(self, first: str, last: str) -> Match | None:
        """Match a name with its province or a village with its district: Khong, Champasack; Ban Na (Khong)."""
        if self.province(last) is not None:
            found = self._same(Name.read(first), self._provinces_of(last)[0])
        elif self._same(Name.read(first), self.layer.all_provinces) is None:
            found = self._same(Name.read(last), self.layer.all_provinces)
        else:
            return None
        return Match(found.district, PlacementRule.SIMILAR_NAME) if found and found.district else None

    def _all_named(self, name: str) -> tuple[str, ...]:
        """Return the districts of a cell that names nothing but several of them; empty for any other."""
        words, found, at = Name.read(name).words, dict[str, None](), 0
        while at < len(words):
            ends = range(len(words), at, -1)
            named = ((end, self.layer.everywhere.names.get("".join(words[at:end]))) for end in ends)
            end, codes = next(((end, codes) for end, codes in named if codes), (at + 1, []))
            # Only numbers, letters of a list and, after a name, words such as and may stand beside the names.
            if not codes and not words[at].isdigit() and len(words[at]) > (_JOINING_WORD if found else 1):
                return ()
            found |= dict.fromkeys(codes[:1])
            at = end
        return tuple(found) if len(found) > 1 else ()

    # --- what a column tells --------------------------------------------------------------

    def learn(self, names: Iterable[str], provinces: Iterable[str]) -> ColumnHabits:
        """Learn from whole columns which codes lost their zeros, and which words most names and provinces share.

        Parameters
        ----------
        names, provinces : iterable of str
            Distinct cells, in any order. Paths of areas tell nothing about the words of provinces.

        Returns
        -------
        ColumnHabits
            For `match_all`, when it is asked for parts of the columns.
        """
        return self._learn({name: Name.read(name) for name in names}, provinces)

    def _learn(self, names: Mapping[str, Name], provinces: Iterable[str]) -> ColumnHabits:
        read = [name for given, name in names.items() if given not in self.layer.codes]
        layer = [name for name, _, is_alias in self.layer.everywhere.spellings if not is_alias]
        read_provinces = [Name.read(province) for province in provinces if "|" not in province]
        layer_provinces = [name for name, _, _ in self.layer.province_names.spellings]
        return ColumnHabits(
            self._lost_zeros(names),
            first=own_words(read, layer, 0),
            last=own_words(read, layer, -1),
            province_first=own_words(read_provinces, layer_provinces, 0),
            province_last=own_words(read_provinces, layer_provinces, -1),
        )

    def _expect_in_provinces(self, habits: ColumnHabits) -> None:
        """Leave the words that a column of provinces shares out of account from now on."""
        learned = (habits.province_first, habits.province_last)
        for known, words in zip(self._province_words, learned, strict=True):
            if not words <= known:
                known.update(words)
                self._remembered.clear()

    def _lost_zeros(self, names: Iterable[str]) -> bool:
        """Tell whether most numbers of a column that are no codes are codes but for their zeros."""
        numbers = (as_number(name) for name in names if self._known_code(name) is None)
        fits = [number in self.layer.numbers for number in numbers if number is not None]
        return 2 * sum(fits) > len(fits)

    def _known_code(self, name: str) -> str | None:
        return self.layer.codes.get(name) or self.layer.codes.get(name.casefold())

    def _by_code(self, name: str, column: ColumnHabits) -> Match | None:
        if (code := self._known_code(name)) or (code := self._known_code(plain_text(name))):
            return Match(code, PlacementRule.DISTRICT_CODE)
        if code := self.layer.bare_codes.get(bare_code(name)):
            return Match(code, PlacementRule.DISTRICT_CODE)
        number = as_number(name) if column.zeros_lost else None
        if number is not None and (code := self.layer.numbers.get(number)):
            return Match(code, PlacementRule.DISTRICT_CODE | PlacementRule.ZEROS_RESTORED)
        if code := self.layer.other_codes.get(gazetteer_code(name)):
            return Match(code, PlacementRule.DISTRICT_CODE)
        if (
            plain_text(name).casefold() in self.layer.province_codes
            or gazetteer_code(name) in self.layer.province_other_codes
        ):
            return Match(None, PlacementRule.PROVINCE_CODE)
        return None

    def learn_units(self, matches: Mapping[tuple[str, str], Match]) -> dict[str, str]:
        """Learn in which province units above districts lie, by the districts that they cover.

        A path of areas beside a district names the units that it is in, and so may columns of the boundary layer.

        Parameters
        ----------
        matches : mapping of (name, province) to Match
            Of whole columns. Only provinces that are paths of areas tell something.

        Returns
        -------
        dict of str to str
            Normalised name of a unit to the code of its province; without units in several provinces.
        """
        if len(self.layer.provinces) < 2:  # a layer of one province has no evidence of other ones
            return {}
        provinces = {row["district"]: province_of(row) for row in self.layer.rows}
        found: dict[str, set[str]] = {}
        for (_, path), match in matches.items():
            if match.district is not None and "|" in path:
                for part in path.split("|"):
                    found.setdefault(normalise(part), set()).add(provinces[match.district])
        for column in self.districts.columns.difference([*DISTRICTS.names, SOURCE_FILE, SOURCE_ROW]):
            cells = self.districts[["district", column]].dropna()
            for district, cell in cells[cells[column].map(lambda value: isinstance(value, str))].to_numpy():
                found.setdefault(normalise(cell), set()).add(provinces[district])
        return {unit: code for unit, (code, *more) in found.items() if unit and code and not more}

    # --- the rules, in order --------------------------------------------------------------

    def province(self, name: str) -> str | None:
        """Return the code of the one province that a code, a name or a path of areas means, or None."""
        found, _ = self._provinces_of(name)
        return next(iter(found)) if len(found) == 1 else None

    def label(self, code: str) -> str:
        """Return the code and the name of a district, as lists of candidates show it."""
        return f"{code} {self.layer.labels.get(code) or code}"

    def has_district(self, name: str) -> bool:
        """Tell whether any district of the layer bears a name, whatever its province."""
        return Name.read(name).spoken in self.layer.everywhere.romanised

    def _first_same(
        self, asked: Name, provinces: frozenset[str], column: ColumnHabits
    ) -> tuple[Name, Match | None]:
        """Match a name as it is, else without the words that its column shares; return which was asked last."""
        match = self._same(asked, provinces)
        bare = asked.without(column.first, column.last)
        if match is None and bare is not asked:
            asked, match = bare, self._same(bare, provinces)
        return asked, match or self._without_words_of_layer(asked, provinces)

    def _without_words_of_layer(self, asked: Name, provinces: frozenset[str]) -> Match | None:
        """Match a name that lacks the words most names of the layer share, such as Distrito de."""
        first, last = self.layer.common_words
        if not (first or last) or not asked.key:
            return None
        named, parts = self.layer.bare_names(provinces)
        # Kota Bandung is Bandung too, where most districts are Kab.
        codes = named.get(asked.key, set()) | parts.get(asked.words, set())
        return _decide(sorted(codes), PlacementRule.DISTRICT_NAME) if asked.key in named else None

    def _same(self, asked: Name, provinces: frozenset[str]) -> Match | None:
        """Match a name that is the district's, or a province's, but for script and romanisation."""
        if not asked.key:
            return Match(None, PlacementRule.UNKNOWN_NAME)
        area = self.layer.area(provinces)
        in_key = asked.key in self.layer.province_names.names
        in_sound = asked.spoken in self.layer.province_names.romanised
        if (in_key or in_sound) and self._names_province(asked):
            return Match(None, PlacementRule.PROVINCE_NAME)
        vouched = area.romanised.get(asked.spoken) if _is_one(provinces) else area.strict.get(asked.strict)
        may_be_province = asked.level != DISTRICT
        for rule, codes, is_province in (
            (PlacementRule.DISTRICT_NAME, area.names.get(asked.key), False),
            (PlacementRule.DISTRICT_ALIAS, area.aliases.get(asked.key), in_key),
            (PlacementRule.DISTRICT_NAME | PlacementRule.OTHER_ROMANISATION, vouched, in_sound),
        ):
            if codes:
                return _decide(codes, rule)
            if is_province and may_be_province:
                return Match(None, PlacementRule.PROVINCE_NAME)
        return None

    def _names_province(self, asked: Name) -> bool:
        """Tell whether the words of a name say that it is a province's; a municipality may be a district."""
        if asked.level != CAPITAL:
            return asked.level == PROVINCE
        codes = self.layer.province_names.romanised.get(asked.spoken, [])
        return not self.layer.capitals.isdisjoint(codes)

    def _nearly(self, asked: Sequence[Name], provinces: frozenset[str]) -> list[Match]:
        """Match spellings that come close; else offer what is nearest."""
        area, is_one = self.layer.area(provinces), _is_one(provinces)
        if not is_one and len(self.layer.provinces) > 1:
            return [self._unknown(name, area.loose.get(name.loose, [])) for name in asked]
        of_districts = area.similar(asked, shortest=FUZZY_LENGTH if is_one else LONG_NAME)
        of_provinces = self.layer.province_names.similar(asked)
        alike = [area.sounding_like(name) if is_one else [] for name in asked]
        return [
            self._approximate(name, same, districts, named)
            or self._unknown(name, [code for code, _ in districts])
            for name, same, districts, named in zip(asked, alike, of_districts, of_provinces, strict=True)
        ]

    def _approximate(
        self, asked: Name, alike: list[str], districts: Ranking, provinces: Ranking
    ) -> Match | None:
        """Match a spelling that is close to one district's and clearly farther from all others."""
        if asked.level == PROVINCE and any(
            name.spoken in self.layer.province_names.romanised for name in asked.within()
        ):
            return Match(None, PlacementRule.PROVINCE_NAME)
        if alike and len(asked.romanised) >= FUZZY_LENGTH:
            return _decide(alike, PlacementRule.SIMILAR_NAME)
        score = districts[0][1] if districts else 0.0
        if provinces and provinces[0][1] >= max(score, FUZZY_SCORE):
            return Match(None, PlacementRule.PROVINCE_NAME)
        if score < FUZZY_SCORE:
            return None
        return _decide(close_to_best(districts), PlacementRule.SIMILAR_NAME)

    def _unknown(self, asked: Name, near: list[str]) -> Match:
        """Offer what is nearest in the area, and who bears the name elsewhere."""
        if asked.spoken in self.layer.province_names.romanised:
            return Match(None, PlacementRule.PROVINCE_NAME)
        elsewhere = self.layer.everywhere.romanised.get(asked.spoken, [])
        near = [*near, *elsewhere, *self.layer.everywhere.reordered(asked)]
        return Match(None, PlacementRule.UNKNOWN_NAME, tuple(dict.fromkeys(near))[:CANDIDATES])

    # --- the province a name was given with -----------------------------------------------

    def _provinces_of(self, given: str | None) -> tuple[frozenset[str], PlacementRule]:
        """Return the provinces a cell may mean, and the doubt about them: all when it is empty, none if unknown."""
        known = self._remembered
        if given not in known:
            parts = split_aliases(given)
            anywhere = not parts or self.layer.provinces.keys() <= {""}
            known[given] = (self.layer.all_provinces, _SURE) if anywhere else self._provinces_on(parts)
        return known[given]

    def _provinces_on(self, path: list[str]) -> tuple[frozenset[str], PlacementRule]:
        """Return the provinces of the first part of a path of areas that is one, exactly before nearly."""
        for part in path:
            if code := self._province_code(part):
                return frozenset([code]), _SURE
        asked = [name for name in map(Name.read, path) if name.key and name.level != DISTRICT]
        bare = [name.without(*self._province_words) for name in asked]
        for find, names, doubt in (
            (lambda name: self.layer.province_names.names.get(name.key), [*asked, *bare], _SURE),
            (lambda name: self.layer.province_names.romanised.get(name.spoken), [*asked, *bare], _SURE),
            (self._similar_provinces, bare, PlacementRule.SIMILAR_PROVINCE),
        ):
            for name in names:
                if codes := find(name):
                    return self._of_level(codes, name), doubt
        return frozenset(), PlacementRule.UNKNOWN_PROVINCE

    def _province_code(self, given: str) -> str | None:
        """Return the code of a province; a number may have lost its zeros."""
        plain = plain_text(given).casefold()
        number = as_number(given)
        counted = self.layer.province_numbers.get(number) if number else None
        return (
            self.layer.province_codes.get(plain)
            or counted
            or self.layer.province_other_codes.get(gazetteer_code(given))
        )

    def _similar_provinces(self, asked: Name) -> list[str] | None:
        ranked = self.layer.province_names.similar([asked])[0]
        if ranked and ranked[0][1] >= FUZZY_SCORE:
            return close_to_best(ranked)
        within = (self.layer.province_names.romanised.get(name.spoken) for name in asked.within())
        return next((codes for codes in within if codes), None)

    def _of_level(self, codes: list[str], asked: Name) -> frozenset[str]:
        """Tell a capital from the province of the same name, where there are both."""
        wants_capital = asked.level == CAPITAL
        fitting = [code for code in codes if (code in self.layer.capitals) == wants_capital]
        return frozenset(fitting or codes)

    @cached_property
    def _remembered(self) -> dict[str | None, tuple[frozenset[str], PlacementRule]]:
        """Answers about provinces already given."""
        return {}

    @cached_property
    def _province_words(self) -> tuple[set[str], set[str]]:
        """Words at the start and at the end of provinces that columns asked so far share."""
        return set(), set()


def _parts_of(name: str) -> tuple[str, str] | None:
    """Return the two parts of a name with a comma or brackets, or None.

    >>> _parts_of("Khong, Champasack"), _parts_of("Ban Na (Khong)"), _parts_of("A, B, C")
    (('Khong', 'Champasack'), ('Ban Na', 'Khong'), None)
    """
    found = re.fullmatch(r"\s*([^,()]+?)\s*(?:,\s*([^,()]+?)|\(([^,()]+?)\))\s*", name)
    return (found[1], found[2] or found[3]) if found else None


def _with_doubt(match: Match, doubt: PlacementRule) -> Match:
    """Add the doubt about the province to a match that relies on it."""
    return replace(match, rule=match.rule | doubt) if match.district and doubt else match


def _is_one(provinces: frozenset[str]) -> bool:
    """Tell whether the names come from one known province, which vouches for a looser match."""
    return len(provinces) == 1 and "" not in provinces


def _decide(codes: list[str], rule: PlacementRule) -> Match:
    """Take the only candidate; never one of several."""
    if len(codes) == 1:
        return Match(codes[0], rule)
    return Match(None, PlacementRule.AMBIGUOUS_NAME, tuple(codes))
