"""Topics of headers: what is left of ``NUTS_ID`` and ``NUTS_NAME`` without the words for codes and names.

A code and a name with the same topic belong together. So does a parent whose topic contains that of a code, such as
``code_insee`` and ``code_insee_du_departement``.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+|\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_AT_END = re.compile(r"(?<=.)(?:code|kode|cod|name|nom|nama|id)$")

_CODE_WORDS = frozenset(
    ("c", "cd", "cod", "code", "codigo", "cve", "geoid", "gid", "id", "kod", "kode", "no", "num", "pcode")
)
_NAME_WORDS = frozenset(
    (
        "n",
        "nam",
        "nama",
        "name",
        "namn",
        "names",
        "naz",
        "nazwa",
        "nimi",
        "nm",
        "nom",
        "nombre",
        "nome",
        "noms",
    )
)
_OTHER_NAMES = re.compile(
    r"[a-z]{2}|eng|english|fra|spa|por|ara|lao|latn|latin|alt|int|local|loc|native|official|old|variant|preferred|x"
)


def topic_of(header: str) -> frozenset[str]:
    """Return the words of a header that do not only say that it holds codes or names, or of which year.

    >>> topic_of("NUTS_ID") == topic_of("nutsName") == topic_of("NM_NUTS_21") == {"nuts"}
    True
    """
    words = {word.casefold() for word in _WORD.findall(_HUMP.sub(" ", header))}
    words = {_AT_END.sub("", word) for word in words}
    years = {word for word in words if len(word) > 1 and word.isdigit()}
    return frozenset(words - years - _CODE_WORDS - _NAME_WORDS)


def is_other_name(header: str) -> bool:
    """Return whether a header says that it holds names in another language or spelling.

    >>> is_other_name("name:en"), is_other_name("NAME_LATN"), is_other_name("name"), is_other_name("head_name")
    (True, True, False, False)
    """
    words = [word.casefold() for word in _WORD.findall(_HUMP.sub(" ", header))]
    others = [word for word in words if word not in _NAME_WORDS]
    return 0 < len(others) < len(words) and all(_OTHER_NAMES.fullmatch(word) for word in others)
