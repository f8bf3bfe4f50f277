"""HXL hashtags and P-codes: the row of tags, and which column of a table a tag means.

Source of the syntax: HXL standard 1.1, tagging conventions: a hashtag, then attributes in any order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from geoplan.model.schema import DISTRICTS, Table
from geoplan.sources.raw_table import RawTable

_TAG = re.compile(r"#[A-Za-z]\w*(?:\s*\+[A-Za-z]\w*)*\s*", re.ASCII)
_CODES = frozenset({"code", "pcode", "id"})


class Meaning(NamedTuple):
    """What a hashtag means: it fits with all of ``wanted`` attributes and none of ``unwanted``."""

    tag: str
    column: str
    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()


def _meaning(pattern: str, column: str) -> Meaning:
    """Read ``#tag+wanted-unwanted``, as HXL writes the patterns of tags."""
    tag, *marks = re.split(r"(?=[+-])", pattern)
    wanted = frozenset(mark[1:] for mark in marks if mark[0] == "+")
    return Meaning(tag, column, wanted, frozenset(mark[1:] for mark in marks if mark[0] == "-"))


# The first that fits a column not yet taken wins.
_MEANINGS = {
    "districts": (
        _meaning("#adm2+code", "district"),
        _meaning("#adm2+name+lo", "name_lo"),
        _meaning("#adm2+i_lo", "name_lo"),
        _meaning("#adm2+alt", "aliases"),
        _meaning("#adm2+name", "name"),
        _meaning("#adm2-code", "name"),
        _meaning("#adm+code-parent", "district"),
        _meaning("#adm+name-parent", "name"),
        _meaning("#adm1+code", "province"),
        _meaning("#adm1-code", "province_name"),
        _meaning("#adm+code+parent", "province"),
        _meaning("#date+start", "valid_from"),
        _meaning("#date+end", "valid_to"),
        _meaning("#geo+wkt", "geometry"),
        _meaning("#geo+bounds", "geometry"),
        _meaning("#meta+source", "source"),
    ),
    "profile": (
        _meaning("#adm2+code", "district"),
        _meaning("#date+year", "year"),
        _meaning("#date", "year"),
        _meaning("#population-poor", "population"),
        _meaning("#population+poor", "poor"),
        _meaning("#affected+poor", "poor"),
        _meaning("#indicator+poverty+rate", "poverty_rate"),
        _meaning("#indicator+poverty+class", "poverty_class"),
        _meaning("#severity", "poverty_class"),
        _meaning("#meta+source", "source"),
    ),
    "projects": (
        _meaning("#activity+code", "project"),
        _meaning("#activity+name", "title"),
        _meaning("#activity", "project"),
        _meaning("#sector", "sector"),
        _meaning("#subsector", "component"),
        _meaning("#status", "status"),
        _meaning("#date+start", "start"),
        _meaning("#date+end", "end"),
        _meaning("#org+funder", "funder"),
        _meaning("#org+funding", "funder"),
        _meaning("#org", "funder"),
    ),
    "locations": (
        _meaning("#activity+code", "project"),
        _meaning("#activity", "project"),
        _meaning("#loc+code", "location"),
        _meaning("#loc+name", "name"),
        _meaning("#loc", "name"),
        _meaning("#adm2+code", "district"),
        _meaning("#adm2", "district"),
        _meaning("#adm1+code", "province"),
        _meaning("#adm1", "province"),
        _meaning("#geo+lat", "lat"),
        _meaning("#geo+lon", "lon"),
        _meaning("#geo+wkt", "geometry"),
        _meaning("#geo+precision", "precision"),
        _meaning("#meta+source", "source"),
    ),
    "spending": (
        _meaning("#activity+code", "project"),
        _meaning("#activity", "project"),
        _meaning("#loc+code", "location"),
        _meaning("#subsector", "component"),
        _meaning("#sector", "component"),
        _meaning("#org+funder", "funder"),
        _meaning("#org+funding", "funder"),
        _meaning("#org", "funder"),
        _meaning("#date+year", "year"),
        _meaning("#date", "year"),
        _meaning("#value+type", "kind"),
        _meaning("#financial+type", "kind"),
        _meaning("#currency", "currency"),
        _meaning("#value+currency", "currency"),
        _meaning("#value", "amount"),
        _meaning("#meta+source", "source"),
    ),
}


def is_tag_row(cells: Sequence[object]) -> bool:
    """Tell whether a row holds HXL hashtags: every cell that is filled is one.

    >>> is_tag_row(["#adm2+code", "", "#value+usd"]), is_tag_row(["#1", "#2"])
    (True, False)
    """
    filled = [str(cell).strip() for cell in cells if str(cell).strip()]
    return bool(filled) and all(_TAG.fullmatch(cell) for cell in filled)


def tags_of(raw: RawTable) -> tuple[str, ...]:
    """Return the hashtag of each column: from the row of tags, or the name of the column, as layers have them."""
    names = [str(name) for name in raw.table.columns]
    return raw.tags or tuple(name if _TAG.fullmatch(name) else "" for name in names)


def read_tag(text: str) -> tuple[str, frozenset[str]]:
    """Take a hashtag apart: ``#adm2 +code`` is ``#adm2`` with the attribute code."""
    tag, *attributes = re.sub(r"\s", "", text).casefold().split("+")
    return tag, frozenset(attributes)


def columns_of_tags(tags: Sequence[str], table: Table) -> dict[int, str]:
    """Tell which column of a table each tagged column is.

    Parameters
    ----------
    tags : sequence of str
        One per column of the file, ``""`` where it has none.
    table : Table

    Returns
    -------
    dict of int to str
        Position in the file to column of the table; each at most once.

    Notes
    -----
    In a list of P-codes of all levels the tag is ``#adm`` with no number, see `level_column`.
    """
    read = [read_tag(tag) if tag else ("", frozenset[str]()) for tag in tags]
    found: dict[int, str] = {}
    known = "districts" if is_of_districts(table) else table.name
    for meaning in _MEANINGS.get(known, ()):
        if meaning.column in found.values() or meaning.column not in table.names:
            continue
        for position, (tag, attributes) in enumerate(read):
            if position not in found and _fits(meaning, tag, attributes):
                found[position] = meaning.column
                break
    return found


def is_of_districts(table: Table) -> bool:
    """Tell whether a row of a table is one district: of the districts, or of their attributes."""
    return table.key == DISTRICTS.key


def level_column(tags: Sequence[str]) -> int | None:
    """Return the position of the column that gives the administrative level of each row, if there is one."""
    levels = [("#geo", "admin_level"), ("#adm", "level")]
    for position, (tag, attributes) in enumerate(
        read_tag(text) if text else ("", frozenset()) for text in tags
    ):
        if any(tag == wanted and attribute in attributes for wanted, attribute in levels):
            return position
    return None


def at_district_level(raw: RawTable) -> RawTable:
    """Keep the districts of a list of places of several levels (2 is the level of districts), and say so."""
    position = level_column(tags_of(raw))
    if position is None:
        return raw
    keep = (
        raw.table.iloc[:, position].map(lambda cell: str(cell).strip() in ("2", "2.0", "ADM2")).to_numpy(bool)
    )
    if keep.all() or not keep.any():
        return raw
    remark = f"{raw.source}: {int(keep.sum()):,} of {len(keep):,} rows are districts (level 2); the others are left out"
    return replace(
        raw,
        table=raw.table[keep].reset_index(drop=True),
        rows=raw.rows[keep].reset_index(drop=True),
        remarks=(*raw.remarks, remark),
    )


def _fits(meaning: Meaning, tag: str, attributes: frozenset[str]) -> bool:
    # A code may be called a P-code or an identifier; a parent's code is not the place's own.
    known = attributes | ({"code"} if attributes & _CODES else frozenset())
    return tag == meaning.tag and meaning.wanted <= known and not meaning.unwanted & known
