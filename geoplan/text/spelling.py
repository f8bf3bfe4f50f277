"""Spelling: what of a name counts when names are compared, across scripts and romanisations."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

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
class Name:
    """A name as it is compared: normalised, romanised, and the words that set it apart."""

    key: str
    level: str
    romanised: str
    apart: frozenset[str]

    @classmethod
    def read(cls, name: str) -> Name:
        """Read a name as it is written."""
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
