"""Spelling: what of a name counts when names are compared, across scripts and romanisations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

LONG_NAME = 7
"""Romanisation keys from this length on seldom agree by chance; shorter ones need a province to vouch."""

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

_LATIN_VARIANT = re.compile(
    "LATIN SMALL LETTER (?:DOTLESS |OPEN )?([A-Z]|AE|OE|ETH|THORN|ENG|SCHWA)(?: WITH .*)?"
)
_LATIN_NAMES = {"ETH": "d", "THORN": "th", "ENG": "ng", "SCHWA": "e"}
_ROMAN = re.compile("x{0,3}(?:ix|iv|v?i{0,3})")
_ROMAN_LETTERS = {"i": 1, "v": 5, "x": 10}
_LATIN_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_LAO_TONES_AFTER_RING = re.compile("(\u0ecd+)([\u0ec8-\u0ecb]+)")

# Lao sounds that are spelled in more than one way in Lao: tone marks left out, ຫຼ/ຫລ, ໃ/ໄ, ຣ/ລ.
_LAO_VARIANTS = str.maketrans("\u0ebcໃຣ", "ລໄລ", "\u0ec8\u0ec9\u0eca\u0ecb")

# How Lao names are romanised, by French, English and Lao conventions, each mapped to one spelling.
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

_LONGEST_ABBREVIATION = 3
"""Letters of a word that may be short for another, as St for Saint."""


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
    # As `Name.read`, without the keys that take longer.
    return _join(_without_level(_words(name))[0])[0]


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


def split_words(text: str) -> list[str]:
    """Split a text into words without case and punctuation; unlike in `normalise`, accents stay.

    >>> split_words("(Non-précisé), Divers")
    ['non', 'précisé', 'divers']
    """
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join(" " if unicodedata.category(char)[0] in "PZSC" else char for char in folded).split()


def _words(name: str) -> list[str]:
    """Fold case, accents, digits and Lao AM, and split at everything that is no letter, digit or vowel sign."""
    # NFKD splits Lao AM (U+0EB3) into U+0ECD U+0EB2, the other spelling in use: one form for both.
    # Some letters fold to others that fold again, so it is done twice.
    if name.isascii():
        return re.findall("[a-z0-9]+", name.lower())
    text = name
    for _ in range(2):
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = text.translate(_LATIN_ACCENTS)
    if not text.isascii():
        text = "".join(_folded(char) for char in text)
    if text.isascii():
        return re.findall("[a-z0-9]+", text)
    return text.split()


@cache
def _folded(char: str) -> str:
    """Return what a letter, digit or mark counts as, nothing for an invisible character, else a space."""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    # Letters such as đ, ł, ø and ı do not decompose; their names say which letter they are made from.
    if found := _LATIN_VARIANT.fullmatch(unicodedata.name(char, "")):
        return _LATIN_NAMES.get(found[1], found[1]).casefold()
    category = unicodedata.category(char)
    if (char.isalnum() and not "\u02b0" <= char <= "\u02ff") or category[0] == "M":
        return char
    return "" if category in ("Cf", "Lm") else " "


def _without_level(words: list[str]) -> tuple[list[str], str]:
    """Leave out the words for district or province around a name; return the level these named."""
    first, last, level = 0, len(words), ""
    while first < last - 1 and words[first] in _LEVEL_WORDS:
        level = _LEVEL_WORDS[words[first]]
        first += 1
    while first < last - 1 and words[last - 1].isascii() and words[last - 1] in _LEVEL_WORDS:
        level = level or _LEVEL_WORDS[words[last - 1]]
        last -= 1
    return words[first:last], level


def _join(words: Sequence[str]) -> tuple[str, str]:
    """Join words to a key, without a Lao word for the level; return the level it named."""
    key = ""
    for word in words:
        # "1 11" is not "11 1".
        between = "." if key[-1:].isdigit() and word[:1].isdigit() else ""
        key += between + word
    key, level = _in_order(key), ""
    while found := _LAO_LEVEL_WORD.match(key):
        level = _LEVEL_WORDS[found[1]]
        key = key[found.end() :]
    return key, level


def _split_numerals(words: Sequence[str], has_level: bool) -> tuple[list[str], list[str]]:
    """Return the words without their numerals, and the numerals: 2, II and 02 are the same, 5A has two.

    A single letter counts where it follows a number or ends the name: Block 5A, Zone C.
    """
    rest: list[str] = []
    numerals: list[str] = []
    is_part = len(words) > 1 or has_level  # a name that is only "Xi" is no eleventh
    after_number = False
    for at, word in enumerate(words):
        is_last = at == len(words) - 1
        if is_part and (at or has_level or len(word) > 1) and (value := _roman_value(word)):
            numerals.append(str(value))
            after_number = True
            continue
        for run in re.findall(r"\d+|\D+", word):
            is_letter = len(run) == 1 and run.isascii()
            if run[0].isdigit():
                numerals.append(str(int(run)))
                after_number = True
            elif is_letter and (after_number or (is_part and is_last)):
                numerals.append(run)
                after_number = False
            else:
                rest.append(run)
                after_number = False
    return rest, numerals


def _roman_value(word: str) -> int:
    """Return the value of a Roman numeral up to 39, 0 for anything else."""
    if not word or not _ROMAN.fullmatch(word):
        return 0
    values = [_ROMAN_LETTERS[letter] for letter in word]
    return sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))


def _in_order(key: str) -> str:
    """Bring the marks over and under a letter into one order, Lao tone marks before the ring of AM."""
    if key.isascii():
        return key
    key = unicodedata.normalize("NFKD", key)
    while (found := _LAO_TONES_AFTER_RING.sub(r"\2\1", key)) != key:
        key = found
    return unicodedata.normalize("NFKD", key)


@dataclass(frozen=True)
class Name:
    """A name as it is compared.

    Parameters
    ----------
    words : tuple of str
        Folded, without the words for the level around them.
    key : str
        The words joined.
    level : str
        `DISTRICT`, `PROVINCE`, `CAPITAL` or empty.
    romanised : str
        The key without its numerals, in one romanisation.
    numerals : tuple of str
        Numbers, Roman numerals and letters that number a place; they are its identity.
    apart : frozenset of str
        Words that tell two places of one name apart, and the numerals.
    """

    words: tuple[str, ...]
    key: str
    level: str
    romanised: str
    numerals: tuple[str, ...]
    apart: frozenset[str]

    @classmethod
    def read(cls, name: str) -> Name:
        """Read a name as it is written."""
        return cls._of(*_without_level(_words(name)))

    @classmethod
    def _of(cls, words: Sequence[str], level: str) -> Name:
        key, named = _join(words)
        rest, numerals = _split_numerals(words, bool(level or named))
        sound = romanise(_join(rest)[0] if numerals and rest else key)
        apart = [word for word in words if _APART.fullmatch(word)]
        return cls(tuple(words), key, named or level, sound, tuple(numerals), frozenset(apart + numerals))

    def without(self, first: Collection[str], last: Collection[str]) -> Name:
        """Return the name without these words at its start and at its end; one word always stays."""
        start, end = 0, len(self.words)
        while start < end - 1 and self.words[start] in first:
            start += 1
        while start < end - 1 and self.words[end - 1] in last:
            end -= 1
        return self if end - start == len(self.words) else self._of(self.words[start:end], self.level)

    def within(self) -> Iterator[Name]:
        """Yield the names that are left when words at the start or end are left out, longest first."""
        count = len(self.words)
        for length in range(count - 1, 0, -1):
            for start in {0, count - length}:
                found = self._of(self.words[start : start + length], self.level)
                if found.apart == self.apart:
                    yield found

    @property
    def spoken(self) -> str:
        """The romanisation key with the numerals."""
        return self._numbered(self.romanised)

    @property
    def strict(self) -> str:
        """As `spoken`; for a short name with its r and l as written: Bala is not Bara everywhere."""
        if len(self.romanised) >= LONG_NAME:
            return self.spoken
        return self._numbered(self.romanised + "|" + re.sub("[^rl]", "", self.key))

    @property
    def loose(self) -> str:
        """As `spoken`, with the ends of syllables blurred (Khan and Kham), without ຫຼວງ (royal)."""
        blurred = _FINAL_NASAL.sub("n", _ROYAL.sub("", self.romanised))
        return self._numbered(_FINAL_STOP.sub("t", blurred))

    def _numbered(self, key: str) -> str:
        return "#".join((key, *self.numerals))


def differ_by_abbreviation(words: Sequence[str], others: Sequence[str]) -> bool:
    """Return whether two names have the same words but for one that is short for the other.

    >>> differ_by_abbreviation(("st", "ann"), ("saint", "ann")), differ_by_abbreviation(("mt", "ann"), ("saint", "ann"))
    (True, False)
    """
    pairs = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    if len(words) != len(others) or len(pairs) != 1:
        return False
    short, long = sorted(pairs[0], key=len)
    if not short.isalpha() or len(short) == len(long) or len(short) > _LONGEST_ABBREVIATION:
        return False
    letters = iter(long)
    in_order = all(letter in letters for letter in short)
    return in_order and short[0] == long[0] and (short[-1] == long[-1] or long.startswith(short))
