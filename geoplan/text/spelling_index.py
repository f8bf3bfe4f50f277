"""Indexes of the spellings of an area, from strict to loose, and their ranking by similarity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from geoplan.text.spelling import Name, differ_by_abbreviation

FUZZY_SCORE = 88.0
"""Least similarity (0 to 100, rapidfuzz ratio of romanisation keys) of an approximate match."""

FUZZY_LEAD = 6.0
"""How much better than the next district an approximate match must be."""

FUZZY_LENGTH = 5
"""Shortest romanisation key that may be matched approximately: one letter of four says little."""

CANDIDATE_SCORE = 66.0
"""Least similarity of a district that is offered as a candidate for review."""

_BETWEEN = frozenset(("of", "the", "de", "del", "du", "des", "da", "do", "di", "la", "le", "el"))
"""Words that join others and say nothing of a place."""

_AT_ONCE = 1024
"""Names compared in one table of similarities: bounds its size."""

Index = dict[str, list[str]]
Ranking = list[tuple[str, float]]


@dataclass(frozen=True)
class SpellingIndex:
    """Spellings of the districts (or provinces) of an area, each with the code it stands for."""

    spellings: list[tuple[Name, str, bool]]

    @cached_property
    def names(self) -> Index:
        """Codes by the district's own name."""
        return self._index(lambda name: name.key, False)

    @cached_property
    def aliases(self) -> Index:
        """Codes by alias."""
        return self._index(lambda name: name.key, True)

    @cached_property
    def romanised(self) -> Index:
        """Codes by name or alias, whatever its script and romanisation."""
        return self._index(lambda name: name.spoken)

    @cached_property
    def strict(self) -> Index:
        """Codes by a name whose romanisation differs little."""
        return self._index(lambda name: name.strict)

    @cached_property
    def loose(self) -> Index:
        """Codes by a name that sounds alike."""
        return self._index(lambda name: name.loose)

    @cached_property
    def _keys(self) -> list[str]:
        return [name.romanised for name, _, _ in self.spellings]

    def _index(self, key_of: Callable[[Name], str], aliases: bool | None = None) -> Index:
        found: dict[str, set[str]] = {}
        for name, code, is_alias in self.spellings:
            if aliases is None or aliases == is_alias:
                found.setdefault(key_of(name), set()).add(code)
        return {key: sorted(codes) for key, codes in found.items()}

    @cached_property
    def _by_word(self) -> dict[str, list[tuple[Name, str]]]:
        found: dict[str, list[tuple[Name, str]]] = {}
        for name, code, _ in self.spellings:
            for word in name.words if len(name.words) > 1 else ():
                found.setdefault(word, []).append((name, code))
        return found

    def abbreviated(self, asked: Name) -> list[str]:
        """Return the districts with the words of a name, one of them written shorter: St Ann, Mount Elgon."""
        near = [pair for word in asked.words for pair in self._by_word.get(word, ())]
        near = [pair for pair in near if pair[0].apart == asked.apart]
        return sorted({code for name, code in near if differ_by_abbreviation(name.words, asked.words)})

    def reordered(self, asked: Name) -> list[str]:
        """Return the districts with the words of a name in another order: City of Balanga, Balanga City."""
        return self._by_words.get(_in_any_order(asked), []) if len(asked.words) > 1 else []

    @cached_property
    def _by_words(self) -> Index:
        return self._index(_in_any_order)

    def similar(self, asked: Sequence[Name], shortest: int = FUZZY_LENGTH) -> list[Ranking]:
        """Rank, for each name, the codes by the similarity of their nearest spelling, best first.

        Where either name is shorter than ``shortest``, the similarity stays below `FUZZY_SCORE`.
        """
        ranked: list[Ranking] = []
        lengths = np.array([len(key) for key in self._keys])
        for start in range(0, len(asked) if self._keys else 0, _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            keys = [name.romanised for name in some]
            scores = process.cdist(
                keys, self._keys, scorer=fuzz.ratio, score_cutoff=CANDIDATE_SCORE, dtype=np.float32
            )
            shorter = np.minimum.outer([len(key) for key in keys], lengths) < shortest
            np.minimum(scores, FUZZY_SCORE - 1, out=scores, where=shorter)
            ranked += self._ranked(some, scores)
        return ranked or [[] for _ in asked]

    def _ranked(self, asked: Sequence[Name], scores: np.ndarray[Any, Any]) -> Iterator[Ranking]:
        best: list[dict[str, float]] = [{} for _ in asked]
        hits = np.nonzero(scores)
        for row, column, score in zip(*(at.tolist() for at in (*hits, scores[hits])), strict=True):
            name, code, _ = self.spellings[column]
            if name.apart == asked[row].apart:
                best[row][code] = max(best[row].get(code, 0.0), score)
        for found in best:
            yield sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))

    def sounding_like(self, asked: Name) -> list[str]:
        """Return the districts whose name sounds alike, or is what is left of a name with more words."""
        codes = self.loose.get(asked.loose) or self.abbreviated(asked)
        if codes:
            return codes
        for name in asked.within():
            if len(name.romanised) >= FUZZY_LENGTH and (named := self.romanised.get(name.spoken)):
                return named
        return []


def close_to_best(ranked: Ranking) -> list[str]:
    """Return the best of a ranking and all that do not clearly stand behind it."""
    return [code for code, score in ranked if ranked[0][1] - score < FUZZY_LEAD]


def _in_any_order(name: Name) -> str:
    return " ".join(sorted(word for word in name.words if word not in _BETWEEN))
