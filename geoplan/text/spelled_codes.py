"""Spelled codes: codes of districts as spreadsheets and people write them, without their zeros or with marks."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHORTEST_CODE = 4
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: ord(" ")}


def plain_width(text: str) -> str:
    """Write the full-width letters, digits and marks of East Asian keyboards as the plain ones, which they stand for.

    >>> plain_width("ＬＡ１１０５"), plain_width("LA1105")
    ('LA1105', 'LA1105')
    """
    return text if text.isascii() else text.translate(_WIDE)


def plain_text(cell: str) -> str:
    """Return what a spreadsheet shows for a text that is written as a formula or guarded: ="0101", '0101."""
    cell = plain_width(cell)
    found = re.fullmatch(r'\s*=\s*"([^"]*)"\s*|\s*\'(\w[^\']*)', cell)
    return (found[1] or found[2] or "").strip() if found else cell


def bare_code(cell: str) -> str:
    """Return the letters and digits of a code that has both, in small letters; nothing for other cells."""
    bare = re.sub(r"[\W_]+", "", plain_text(cell)).casefold()
    is_code = len(bare) >= _SHORTEST_CODE and any(map(str.isdecimal, bare)) and any(map(str.isalpha, bare))
    return bare if is_code else ""


def gazetteer_code(cell: str) -> str:
    """Return a code of a gazetteer without the address, scheme or type that publishers write before it.

    >>> [gazetteer_code(cell) for cell in ("http://sws.geonames.org/1655559/", "relation/9001", "-9001", "Q42")]
    ['1655559', '9001', '9001', 'q42']
    """
    code = cell.strip().casefold()
    if "://" in code:
        parts = [part for part in re.split(r"[/?#=&]+", code.split("://", 1)[1])[1:] if part]
        code = next((part for part in parts if re.search(r"\d", part)), code)
    code = re.sub(r"^[a-z][\w .-]*:", "", code)
    number = re.fullmatch(r"(?:(?:relation|way|node|r|w|n)[/ ]?|-)?(\d+)(?:\.0+)?", code)
    return number[1] if number else code


def as_number(cell: str) -> str | None:
    """Return the digits of a whole number without leading zeros, None for anything else."""
    found = re.fullmatch(r"\s*0*([0-9]+)(?:\.0+)?\s*", plain_text(cell))
    return found[1] if found else None


def by_number(codes: Iterable[str]) -> dict[str, str]:
    """Return codes that are whole numbers by their digits; none when two are the same number."""
    numbers = {code: number for code in codes if (number := as_number(code)) is not None}
    found = {number: code for code, number in numbers.items()}
    return found if len(found) == len(numbers) else {}


def by_other_codes(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the owner of each code in other gazetteers; none of codes that several owners share.

    Parameters
    ----------
    given : iterable of (str, str)
        Codes separated by ``|``, and their owner.
    """
    owners: dict[str, set[str]] = {}
    for codes, owner in given:
        for code in filter(None, map(gazetteer_code, codes.split("|"))):
            owners.setdefault(code, set()).add(owner)
    return {code: min(found) for code, found in owners.items() if len(found) == 1}
