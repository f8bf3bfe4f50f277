"""Matching of district names: spelling, script and prefix aside, never across provinces in silence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

FUZZY_SCORE = 88.0
"""Least similarity (0 to 100, rapidfuzz ratio of romanisation keys) of an approximate match."""

FUZZY_LEAD = 6.0
"""How much better than the next district an approximate match must be."""

FUZZY_LENGTH = 5
"""Shortest romanisation key that may be matched approximately: one letter of four says little."""

LONG_NAME = 7
"""Romanisation keys from this length on seldom agree by chance; shorter ones need a province to vouch."""

CANDIDATE_SCORE = 66.0
"""Least similarity of a district that is offered as a candidate for review."""

CANDIDATES = 5
"""Most candidates offered for a name that is unknown."""

_AT_ONCE = 1024
"""Names compared in one table of similarities: bounds its size."""

DISTRICT, PROVINCE, CAPITAL = "district", "province", "capital"

# The word with a name that says of what level it is; a capital may bear the name of the province next to it.
_LEVEL_WORDS = {
    **dict.fromkeys(("muang", "muong", "mueang", "meuang", "district", "distrito", "ມ", "ເມືອງ"), DISTRICT),
    **dict.fromkeys(("khoueng", "khoueang", "khwaeng", "khuaeng", "province", "ຂ", "ແຂວງ"), PROVINCE),
    **dict.fromkeys(
        ("prefecture", "capital", "municipality", "ນະຄອນຫຼວງ", "ນະຄອນຫລວງ", "ກໍາແພງນະຄອນ"), CAPITAL
    ),
}
_LAO_LEVEL_WORD = re.compile(  # Lao is written without spaces: the longer words count when joined, too
    "(" + "|".join(word for word in _LEVEL_WORDS if not word.isascii() and len(word) > 1) + ")(?=.)"
)

# Words that tell two places of one name apart: a name with another of them is another place.
_APART = re.compile(
    "(?:north|south|east|west)(?:ern)?|upper|lower|inner|outer|central|old|new"
    "|nord|sud|est|ouest|norte|sur|este|oeste|haut|bas"
)

_LATIN_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_LAO_TONES_AFTER_RING = re.compile("(\u0ecd+)([\u0ec8-\u0ecb]+)")

# Lao sounds that are spelled in more than one way in Lao: tone marks left out, ຫຼ/ຫລ, ໃ/ໄ, ຣ/ລ.
_LAO_VARIANTS = str.maketrans("\u0ebcໃຣ", "ລໄລ", "\u0ec8\u0ec9\u0eca\u0ecb")

# How Lao names are romanised, after French, English and their own fashion, each brought to one spelling.
# Applied in order to a normalised name; V is a vowel, C stands before a consonant or the end.
_V, _C = "(?<=[aeiou])", "(?![aeiou])"
_ROMANISATIONS = [
    (re.compile(pattern), spelling)
    for pattern, spelling in (
        ("c(?!h)", "k"),
        ("sh", "s"),
        ("(?:(?<!n)gn|ny|nh)(?=[aeiouy])", "ñ"),  # ຍ: Gnot, Nyot, Nhot
        ("y", "i"),
        ("(?<=[kptc])+h", ""),  # aspiration: Khoun and Koun, Thateng and Tateng
        ("oo|ou", "u"),  # Houn, Hoon
        ("(?:e|i|u|eu)r" + _C, "u"),  # the vowel ເີ: Hinherb, Hinheup; Kirth, Keut
        (_V + "r" + _C, ""),  # a long vowel in English: Ngarm, Mork
        ("(?<=[kptbdgfs])r", ""),  # clusters that Lao no longer speaks: Phrabang
        ("r", "l"),  # Borikhan, Bolikhan
        ("[uo]?[ue][ei]i|u[oa]i", "uai"),  # Houay, Huoi, Houei
        ("eu|ue|oe", "u"),  # ຶ, ື, ເີ: Meung, Mueng
        ("oa|uo", "ua"),  # Khoa, Khua
        ("ie", "ia"),  # Vieng, Viang
        ("ae", "e"),  # Nalae, Nalè
        ("ee", "i"),
        ("(?<=[aeiou][nm])e$", ""),  # a mute e of French: Khoune, Home
        ("(?<=[a-zñ])h" + _C, ""),  # Bolikhanh
        ("d" + _C, "t"),  # stops that end a syllable sound alike
        ("b" + _C, "p"),
        ("(?<!n)g" + _C, "k"),
        (r"(.)\1+", r"\1"),  # Xaisettha
    )
]
_ONE_LETTER = str.maketrans("wxzq", "vssk")  # ວ; ຊ and ສ
_ROYAL = re.compile("^luang(?=.{4})")  # ຫຼວງ, put before a name or left out: Louang Namtha, Namtha
_FINAL_NASAL = re.compile("(?:ng|n|m)" + _C)
_FINAL_STOP = re.compile("[kpt]" + _C)


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
    return _without_level(_words(name))[0]


def romanise(key: str) -> str:
    """Bring a normalised name to one spelling for all the ways in which Lao is romanised.

    Names of one key are spoken alike in Lao: x and s, v and w, ou, oo and u, ie and ia, ay and ai,
    kh and k, final h, e and d are one. Spellings in Lao script lose their tone marks.

    Parameters
    ----------
    key : str
        As `normalise` returns it.

    Returns
    -------
    str

    >>> romanise(normalise("Muang Houayxay")), romanise(normalise("Huoixai"))
    ('huaisai', 'huaisai')
    """
    if not key.isascii():
        key = key.translate(_LAO_VARIANTS)
    key = key.translate(_ONE_LETTER)
    for pattern, spelling in _ROMANISATIONS:
        key = pattern.sub(spelling, key)
    return key


def split_aliases(aliases: object) -> list[str]:
    """Return the spellings in an ``aliases`` cell, separated by ``|``."""
    if not isinstance(aliases, str):
        return []
    return [alias.strip() for alias in aliases.split("|") if alias.strip()]


def _words(name: str) -> list[str]:
    """Fold case, accents and Lao AM, and split at all that is no letter, digit or vowel sign."""
    # NFKD splits Lao AM (U+0EB3) into U+0ECD U+0EB2, the other spelling in use: one form for both.
    # Some letters fold to others that fold again, so it is done twice.
    text = name
    for _ in range(2):
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = text.translate(_LATIN_ACCENTS)
    if text.isascii():
        return re.findall("[a-z0-9]+", text)
    return "".join(_kept(char) for char in text).split()


def _kept(char: str) -> str:
    """Return a letter, digit or mark as it is, nothing for an invisible character, else a space."""
    category = unicodedata.category(char)
    if char.isalnum() or category[0] == "M":
        return char
    return "" if category == "Cf" else " "


def _without_level(words: list[str]) -> tuple[str, str]:
    """Join words without those for district or province around them; return the level these named."""
    first, last, level = 0, len(words), ""
    while first < last - 1 and words[first] in _LEVEL_WORDS:
        level = _LEVEL_WORDS[words[first]]
        first += 1
    while first < last - 1 and words[last - 1].isascii() and words[last - 1] in _LEVEL_WORDS:
        level = level or _LEVEL_WORDS[words[last - 1]]
        last -= 1
    key = _in_order("".join(words[first:last]))
    while found := _LAO_LEVEL_WORD.match(key):
        level = _LEVEL_WORDS[found[1]]
        key = key[found.end() :]
    return key, level


def _in_order(key: str) -> str:
    """Bring the marks over and under a letter into one order, Lao tone marks before the ring of AM."""
    if key.isascii():
        return key
    key = unicodedata.normalize("NFKD", key)
    while (found := _LAO_TONES_AFTER_RING.sub(r"\2\1", key)) != key:
        key = found
    return unicodedata.normalize("NFKD", key)


@dataclass(frozen=True)
class _Name:
    """A name as it is compared: normalised, romanised, and the words that set it apart."""

    key: str
    level: str
    romanised: str
    apart: frozenset[str]

    @classmethod
    def read(cls, name: str) -> _Name:
        words = _words(name)
        key, level = _without_level(words)
        apart = [word for word in words if _APART.fullmatch(word)]
        numbers = [] if key.isalpha() else re.findall(r"\d+", key)
        return cls(key, level, romanise(key), frozenset(apart + numbers))

    @property
    def strict(self) -> str:
        """The romanisation key; for a short name with its r and l as written: Bala is not Bara everywhere."""
        if len(self.romanised) >= LONG_NAME:
            return self.romanised
        return self.romanised + "|" + re.sub("[^rl]", "", self.key)

    @property
    def loose(self) -> str:
        """The romanisation key with the ends of syllables blurred (Khan and Kham), without ຫຼວງ (royal)."""
        return _FINAL_STOP.sub("t", _FINAL_NASAL.sub("n", _ROYAL.sub("", self.romanised)))


@dataclass(frozen=True)
class Match:
    """What a name was found to mean.

    Parameters
    ----------
    district : str or None
        Code of the one district, or None.
    rule : str
        ``district code``, ``district name``, ``district alias``, ``district name, other
        romanisation``, ``similar district name``, ``province name``, ``ambiguous name`` or
        ``unknown name``.
    candidates : tuple of str
        Codes that came into question, best first, when there is not one answer. Those of an
        unknown name may lie in other provinces than the one it was given with.
    """

    district: str | None
    rule: str
    candidates: tuple[str, ...] = ()


Index = dict[str, list[str]]
Ranking = list[tuple[str, float]]


@dataclass(frozen=True)
class _Area:
    """Spellings of the districts (or provinces) of an area, each with the code it stands for."""

    spellings: list[tuple[_Name, str, bool]]

    @cached_property
    def names(self) -> Index:
        return self._index(lambda name: name.key, False)

    @cached_property
    def aliases(self) -> Index:
        return self._index(lambda name: name.key, True)

    @cached_property
    def romanised(self) -> Index:
        return self._index(lambda name: name.romanised)

    @cached_property
    def strict(self) -> Index:
        return self._index(lambda name: name.strict)

    @cached_property
    def loose(self) -> Index:
        return self._index(lambda name: name.loose)

    @cached_property
    def _keys(self) -> list[str]:
        return [name.romanised for name, _, _ in self.spellings]

    def _index(self, key_of: Callable[[_Name], str], aliases: bool | None = None) -> Index:
        found: dict[str, set[str]] = {}
        for name, code, is_alias in self.spellings:
            if aliases is None or aliases == is_alias:
                found.setdefault(key_of(name), set()).add(code)
        return {key: sorted(codes) for key, codes in found.items()}

    def similar(self, asked: Sequence[_Name], shortest: int = FUZZY_LENGTH) -> list[Ranking]:
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

    def _ranked(self, asked: Sequence[_Name], scores: np.ndarray[Any, Any]) -> Iterator[Ranking]:
        best: list[dict[str, float]] = [{} for _ in asked]
        hits = np.nonzero(scores)
        for row, column, score in zip(*(at.tolist() for at in (*hits, scores[hits])), strict=True):
            name, code, _ = self.spellings[column]
            if name.apart == asked[row].apart:
                best[row][code] = max(best[row].get(code, 0.0), score)
        for found in best:
            yield sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


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

    def match(self, name: str, province: str | None = None) -> Match:
        """Find the district a code or name means.

        Order: code, name, alias, the same name romanised otherwise, similar name; each but the
        code only within the province when one is given. A name of a province is recognised as
        that, unless a district bears it too. Without a province, in a layer of several, a similar
        name decides nothing.

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

    def match_all(self, pairs: Sequence[tuple[str, str | None]]) -> list[Match]:
        """Find what many names mean, each with its province: as `match`, and faster.

        Parameters
        ----------
        pairs : sequence of (name, province or None)

        Returns
        -------
        list of Match
            In the order of the pairs.
        """
        matches: list[Match | None] = []
        nearly: dict[frozenset[str], list[tuple[int, _Name]]] = {}
        for position, (name, province) in enumerate(pairs):
            code = self._codes.get(name) or self._codes.get(name.casefold())
            if code is not None:
                matches.append(Match(code, "district code"))
                continue
            asked, provinces = _Name.read(name), self._provinces_of(province)
            matches.append(self._same(asked, provinces))
            if matches[-1] is None:
                nearly.setdefault(provinces, []).append((position, asked))
        for provinces, waiting in nearly.items():
            positions, names = zip(*waiting, strict=True)
            for position, match in zip(positions, self._nearly(names, provinces), strict=True):
                matches[position] = match
        return [match for match in matches if match is not None]

    # --- the rules, in order --------------------------------------------------------------

    def province(self, name: str) -> str | None:
        """Return the code of the one province that a code, a name or a path of areas means, or None."""
        found = self._provinces_of(name)
        return next(iter(found)) if len(found) == 1 and len(self._provinces) > 0 else None

    def _same(self, asked: _Name, provinces: frozenset[str]) -> Match | None:
        """Match a name that is the district's, or a province's, but for script and romanisation."""
        if not asked.key:
            return Match(None, "unknown name")
        area = self._area(provinces)
        in_key = asked.key in self._province_names.names
        in_sound = asked.romanised in self._province_names.romanised
        if asked.level in (PROVINCE, CAPITAL) and (in_key or in_sound):
            return Match(None, "province name")
        vouched = area.romanised.get(asked.romanised) if _is_one(provinces) else area.strict.get(asked.strict)
        may_be_province = asked.level != DISTRICT
        for rule, codes, is_province in (
            ("district name", area.names.get(asked.key), False),
            ("district alias", area.aliases.get(asked.key), in_key),
            ("district name, other romanisation", vouched, in_sound),
        ):
            if codes:
                return _decide(codes, rule)
            if is_province and may_be_province:
                return Match(None, "province name")
        return None

    def _nearly(self, asked: Sequence[_Name], provinces: frozenset[str]) -> list[Match]:
        """Match spellings that come close; else offer what is nearest."""
        area, is_one = self._area(provinces), _is_one(provinces)
        if not is_one and len(self._provinces) > 1:
            return [self._unknown(name, area.loose.get(name.loose, [])) for name in asked]
        of_districts = area.similar(asked, shortest=FUZZY_LENGTH if is_one else LONG_NAME)
        of_provinces = self._province_names.similar(asked)
        alike = [area.loose.get(name.loose, []) if is_one else [] for name in asked]
        return [
            self._approximate(name, same, districts, named)
            or self._unknown(name, [code for code, _ in districts])
            for name, same, districts, named in zip(asked, alike, of_districts, of_provinces, strict=True)
        ]

    def _approximate(
        self, asked: _Name, alike: list[str], districts: Ranking, provinces: Ranking
    ) -> Match | None:
        """Match a spelling that is close to one district's and clearly farther from all others."""
        if alike and len(asked.romanised) >= FUZZY_LENGTH:
            return _decide(alike, "similar district name")
        score = districts[0][1] if districts else 0.0
        if provinces and provinces[0][1] >= max(score, FUZZY_SCORE):
            return Match(None, "province name")
        if score < FUZZY_SCORE:
            return None
        return _decide(_close(districts), "similar district name")

    def _unknown(self, asked: _Name, near: list[str]) -> Match:
        """Offer what is nearest in the area, and who bears the name elsewhere."""
        if asked.romanised in self._province_names.romanised:
            return Match(None, "province name")
        elsewhere = self._everywhere.romanised.get(asked.romanised, [])
        return Match(None, "unknown name", tuple(dict.fromkeys([*near, *elsewhere]))[:CANDIDATES])

    # --- the province a name was given with -----------------------------------------------

    def _provinces_of(self, given: str | None) -> frozenset[str]:
        """Return the provinces a cell may mean: all when it is empty, none when it is unknown."""
        known = self._remembered
        if given not in known:
            parts = split_aliases(given)
            anywhere = not parts or self._provinces.keys() <= {""}
            known[given] = frozenset(self._provinces) if anywhere else self._provinces_on(parts)
        return known[given]

    def _provinces_on(self, path: list[str]) -> frozenset[str]:
        """Return the provinces of the first part of a path of areas that is one, exactly before nearly."""
        for part in path:
            if code := self._province_codes.get(part.casefold()):
                return frozenset([code])
        asked = [name for name in map(_Name.read, path) if name.key and name.level != DISTRICT]
        for find in (
            lambda name: self._province_names.names.get(name.key),
            lambda name: self._province_names.romanised.get(name.romanised),
            self._similar_provinces,
        ):
            for name in asked:
                if codes := find(name):
                    return self._of_level(codes, name)
        return frozenset()

    def _similar_provinces(self, asked: _Name) -> list[str] | None:
        ranked = self._province_names.similar([asked])[0]
        return _close(ranked) if ranked and ranked[0][1] >= FUZZY_SCORE else None

    def _of_level(self, codes: list[str], asked: _Name) -> frozenset[str]:
        """Tell a capital from the province of the same name, where there are both."""
        wants_capital = asked.level == CAPITAL
        fitting = [code for code in codes if (code in self._capitals) == wants_capital]
        return frozenset(fitting or codes)

    # --- what the layer holds -------------------------------------------------------------

    @cached_property
    def _codes(self) -> dict[str, str]:
        """District code, exact and without case, to itself."""
        exact = {code: code for code in self.districts["district"]}
        return {code.casefold(): code for code in exact} | exact

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        """The cells of the layer that hold codes and names, empty where there is none."""
        columns = ["district", "name", "name_lo", "aliases", "province", "province_name", "province_aliases"]
        cells = self.districts.reindex(columns=columns)
        rows = zip(*(cells[column].to_numpy(dtype=object) for column in columns), strict=True)
        return [
            {column: cell if isinstance(cell, str) else "" for column, cell in zip(columns, row, strict=True)}
            for row in rows
        ]

    @cached_property
    def _provinces(self) -> dict[str, list[tuple[_Name, str, bool]]]:
        """Province (its code, else its name) to the spellings of its districts."""
        found: dict[str, list[tuple[_Name, str, bool]]] = {}
        for row in self._rows:
            spellings = found.setdefault(_province_of(row), [])
            for column in ("name", "name_lo", "aliases"):
                names = [_Name.read(spelling) for spelling in split_aliases(row[column])]
                spellings += [(name, row["district"], column == "aliases") for name in names if name.key]
        return found

    @cached_property
    def _province_names(self) -> _Area:
        found = {
            (spelling, _province_of(row)): None
            for row in self._rows
            for spelling in [row["province_name"], *split_aliases(row["province_aliases"])]
        }
        read = [(_Name.read(spelling), code, False) for spelling, code in found]
        return _Area([spelling for spelling in read if spelling[0].key])

    @cached_property
    def _capitals(self) -> set[str]:
        return {code for name, code, _ in self._province_names.spellings if name.level == CAPITAL}

    @cached_property
    def _province_codes(self) -> dict[str, str]:
        return {row["province"].casefold(): row["province"] for row in self._rows if row["province"]}

    @cached_property
    def _everywhere(self) -> _Area:
        return _Area([spelling for spellings in self._provinces.values() for spelling in spellings])

    @cached_property
    def _remembered(self) -> dict[str | None, frozenset[str]]:
        """Answers about provinces already given."""
        return {}

    @cached_property
    def _areas(self) -> dict[frozenset[str], _Area]:
        """Areas already asked for."""
        return {}

    def _area(self, provinces: frozenset[str]) -> _Area:
        if len(provinces) == len(self._provinces):
            return self._everywhere
        if provinces not in self._areas:
            chosen = [spelling for code in sorted(provinces) for spelling in self._provinces[code]]
            self._areas[provinces] = _Area(chosen)
        return self._areas[provinces]


def _province_of(row: dict[str, str]) -> str:
    return row["province"] or row["province_name"]


def _is_one(provinces: frozenset[str]) -> bool:
    """Tell whether the names come from one known province, which vouches for a looser match."""
    return len(provinces) == 1 and "" not in provinces


def _close(ranked: Ranking) -> list[str]:
    """Return the best of a ranking and all that do not clearly stand behind it."""
    return [code for code, score in ranked if ranked[0][1] - score < FUZZY_LEAD]


def _decide(codes: list[str], rule: str) -> Match:
    """Take the only candidate; never one of several."""
    if len(codes) == 1:
        return Match(codes[0], rule)
    return Match(None, "ambiguous name", tuple(codes))


def match_names(
    names: Iterable[tuple[str, str | None]], districts: pd.DataFrame
) -> dict[tuple[str, str | None], Match]:
    """Match many names at once, each distinct pair of name and province one time.

    Parameters
    ----------
    names : iterable of (name, province or None)
    districts : DataFrame
        As for `Gazetteer`.

    Returns
    -------
    dict
        Pair to `Match`.
    """
    pairs = list(dict.fromkeys(names))
    return dict(zip(pairs, Gazetteer(districts).match_all(pairs), strict=True))
