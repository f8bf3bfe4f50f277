"""Matching of district names: spelling, script and prefix aside, never across provinces in silence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

FUZZY_SCORE = 84.0
"""Least similarity (0 to 100, rapidfuzz ratio) of an approximate match."""

FUZZY_LEAD = 6.0
"""How much better than the next district an approximate match must be."""

_PREFIXES = re.compile(
    r"^(?:(?:muang|muong|mueang|khoueng|khoueang|district|province|prefecture|distrito)\s+|(?:ເມືອງ|ແຂວງ|ມ\.|ຂ\.)\s*)+"
)
_SUFFIXES = re.compile(r"\s+(?:district|province|prefecture|zone|capital)$")


def normalise(name: str) -> str:
    """Reduce a name to what counts when names are compared.

    Unicode is composed, the two spellings of Lao AM are made one, Latin accents, case, spaces
    and punctuation go, and so do the words for district and province.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        Empty when nothing remains.

    >>> normalise("Muang  Pak-Kading") == normalise("Pakkading District")
    True
    >>> normalise("ມ. ຄໍາເກີດ") == normalise("ເມືອງຄຳເກີດ")
    True
    """
    # NFKD splits Lao AM (U+0EB3) into U+0ECD U+0EB2, the other spelling in use: one form for both.
    text = unicodedata.normalize("NFKD", name).casefold().strip()
    text = "".join(char for char in text if not _is_latin_accent(char))
    text = _SUFFIXES.sub("", _PREFIXES.sub("", text))
    return "".join(char for char in text if char.isalnum() or unicodedata.category(char).startswith("M"))


def _is_latin_accent(char: str) -> bool:
    return "\u0300" <= char <= "\u036f"


def split_aliases(aliases: object) -> list[str]:
    """Return the spellings in an ``aliases`` cell, separated by ``|``."""
    if not isinstance(aliases, str):
        return []
    return [alias.strip() for alias in aliases.split("|") if alias.strip()]


@dataclass(frozen=True)
class Match:
    """What a name was found to mean.

    Parameters
    ----------
    district : str or None
        Code of the one district, or None.
    rule : str
        ``district code``, ``district name``, ``district alias``, ``similar district name``,
        ``province name``, ``ambiguous name`` or ``unknown name``.
    candidates : tuple of str
        Codes that came into question, best first, when there is not one answer.
    """

    district: str | None
    rule: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gazetteer:
    """The names of a boundary layer, ready to be asked.

    Parameters
    ----------
    districts : DataFrame
        Columns ``district, name, aliases, name_lo, province, province_name, province_aliases``.
    """

    districts: pd.DataFrame

    @cached_property
    def codes(self) -> dict[str, str]:
        """District code, exact and normalised, to itself."""
        exact = {code: code for code in self.districts["district"]}
        return {code.casefold(): code for code in exact} | exact

    @cached_property
    def names(self) -> dict[str, set[str]]:
        """Normalised name to the districts that bear it."""
        return self._by_name(["name", "name_lo"])

    @cached_property
    def aliases(self) -> dict[str, set[str]]:
        """Normalised alias to the districts that bear it."""
        return self._by_name(["aliases"])

    @cached_property
    def provinces(self) -> dict[str, set[str]]:
        """Normalised name or code of a province to province codes."""
        found: dict[str, set[str]] = {}
        for row in self.districts.itertuples():
            for spelling in [row.province, row.province_name, *split_aliases(row.province_aliases)]:
                if isinstance(spelling, str) and normalise(spelling):
                    found.setdefault(normalise(spelling), set()).add(self._province_of[row.district])
        return found

    @cached_property
    def _province_of(self) -> dict[str, str]:
        key = self.districts["province"].fillna(self.districts["province_name"]).fillna("")
        return dict(zip(self.districts["district"], key, strict=True))

    def _by_name(self, columns: list[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for column in columns:
            for code, cell in zip(self.districts["district"], self.districts[column], strict=True):
                for spelling in split_aliases(cell):
                    if key := normalise(spelling):
                        found.setdefault(key, set()).add(code)
        return found

    def match(self, name: str, province: str | None = None) -> Match:
        """Find the district a code or name means.

        Order: code, name, alias, similar name; each only within the province when one is given
        and known. A name of a province is recognised as that, unless a district bears it too.

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
        code = self.codes.get(name) or self.codes.get(name.casefold())
        if code is not None:
            return Match(code, "district code")
        key = normalise(name)
        within = self._within(province)
        for rule, index in (("district name", self.names), ("district alias", self.aliases)):
            found = sorted(index.get(key, set()) & within)
            if len(found) == 1:
                return Match(found[0], rule)
            if found:
                return Match(None, "ambiguous name", tuple(found))
        if key in self.provinces:
            return Match(None, "province name")
        return self._similar(key, within)

    def _within(self, province: str | None) -> set[str]:
        """Return the districts of a province; all when none is given, none when it is unknown.

        A path of areas (``Earth|Asia|Laos|Bolikhamsai|…``) counts by its first part that is a province.
        """
        parts = [key for part in split_aliases(province) if (key := normalise(part))]
        if not parts or not self.provinces:
            return set(self._province_of)
        for find in (self.provinces.get, self._similar_province):
            for part in parts:
                if wanted := find(part):
                    return {code for code, held in self._province_of.items() if held in wanted}
        return set()

    def _similar_province(self, key: str) -> set[str] | None:
        from rapidfuzz import fuzz, process

        best = process.extractOne(key, list(self.provinces), scorer=fuzz.ratio, score_cutoff=FUZZY_SCORE)
        return None if best is None else self.provinces[best[0]]

    def _similar(self, key: str, within: set[str]) -> Match:
        """Match a spelling that is close to one district's and clearly farther from all others."""
        from rapidfuzz import fuzz, process

        if not key:
            return Match(None, "unknown name")
        spellings = [
            (spelling, codes & within)
            for index in (self.names, self.aliases)
            for spelling, codes in index.items()
        ]
        scores: dict[str, float] = {}
        known = [spelling for spelling, codes in spellings if codes]
        for _, score, position in process.extract(
            key, known, scorer=fuzz.ratio, limit=None, score_cutoff=FUZZY_SCORE - FUZZY_LEAD
        ):
            for code in [codes for _, codes in spellings if codes][position]:
                scores[code] = max(score, scores.get(code, 0.0))
        ranked = sorted(scores, key=lambda code: (-scores[code], code))
        if not ranked or scores[ranked[0]] < FUZZY_SCORE:
            return Match(None, "unknown name", tuple(ranked))
        if len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] < FUZZY_LEAD:
            return Match(None, "ambiguous name", tuple(ranked))
        return Match(ranked[0], "similar district name", tuple(ranked))


def match_names(
    names: Iterable[tuple[str, str | None]], districts: pd.DataFrame
) -> dict[tuple[str, str | None], Match]:
    """Match many names at once, each distinct pair of name and province one time.

    Parameters
    ----------
    names : iterable of (name, province or None)
    districts : DataFrame

    Returns
    -------
    dict
        Pair to `Match`.
    """
    gazetteer = Gazetteer(districts)
    return {pair: gazetteer.match(*pair) for pair in dict.fromkeys(names)}
