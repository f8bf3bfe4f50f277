"""Words that most names of a column share, and that tell no place from another: District of, Kab., Commune de."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from geoplan.text.spelling import Name

_SHARED_NAMES = 4
"""Fewest distinct names of a column from which shared words are learned."""

_SHARED_ROUNDS = 3
"""Most words at one end of a name that may be shared: District of the …"""


def own_words(names: Sequence[Name], layer: Sequence[Name], end: int) -> frozenset[str]:
    """Return the words that most names of a column share at one end, and those of the layer do not."""
    return frozenset(shared_words(names, end) - shared_words(layer, end))


def shared_words(names: Sequence[Name], end: int) -> set[str]:
    """Return the words that most distinct names have at one end (0 or -1), one after the other."""
    left = list({name.words: None for name in names if name.words})
    shared: set[str] = set()
    for _ in range(_SHARED_ROUNDS if len(left) >= _SHARED_NAMES else 0):
        counts = Counter(words[end] for words in left if len(words) > 1)
        common = {word for word, count in counts.items() if 2 * count > len(left) and not word[0].isdigit()}
        if not common:
            break
        shared |= common
        left = [
            (words[1:] if end == 0 else words[:-1]) if len(words) > 1 and words[end] in common else words
            for words in left
        ]
    return shared
