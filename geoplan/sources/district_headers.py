"""Which columns of a boundary layer are the code, the name and the province of a district.

How this works. Publishers name these columns in their own ways, so three kinds of evidence are tried in turn:

1. Headers with a level, as in GADM (``GID_2``, ``NAME_2``), OCHA (``ADM2_PCODE``, ``admin2Name_fr``) and HXL
   (``#adm2+code``). The level of the layer is the deepest one whose code is unique; the province is one above.
2. What a column holds: a code is unique, short, and written without spaces. It is a district's code if it starts
   with the code of its parent in another column, or if its header says so. A known header of codes that repeat in
   most rows belongs to the level above. The name is the only column of words that differ in most rows.
3. A column ``district`` that holds names gives way to a unique code beside it, and becomes the name.
4. A province without a known header shows by its level (``niv2_kode`` has ``niv1_kode`` above it), or by dependence:
   a column of codes and one of names that stand for each other, where all districts of one province follow each
   other in the order of their codes.
5. In a layer with one filled column, such as TopoJSON with no more than its own ``id``, that column is the code.

Where two columns have the same evidence, nothing is guessed: the planner is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, permutations

import pandas as pd

from geoplan.model.errors import show_value
from geoplan.model.schema import DISTRICTS, fold
from geoplan.sources.header_topics import is_other_name, topic_of
from geoplan.sources.object_cells import with_object_fields
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import as_text
from geoplan.sources.tables.headers import HeaderMatch
from geoplan.sources.tables.known_headers import LEVEL_ALIASES, LEVEL_CODES, LEVEL_NAMES, level_of
from geoplan.text.spelling import split_aliases

CODE_WORDS = re.compile(
    r"(?:^|[\W_\d])(?:p?code?|kode|kod|cod|cd|cve|clave|id|gid|geoid|fips|insee|ags|nuts|hasc|gss|psgc|a2c|shapeid|ref)(?:$|[\W_\d])|(?:code|kode?|id|cd)\d*$",
    re.IGNORECASE,
)
COUNTERS = frozenset(
    {"objectid", "fid", "ogcfid", "gid", "oid", "index", "osmid", "globalid", "guid", "uuid"}
)
"""Folded headers of numbers that a program counts, which are no codes."""

_IDENTIFIERS = ("id", "osmid")
"""Folded headers of numbers of the publisher's own: they are the code if nothing else is."""

_LONGEST_IDENTIFIER = 64

_MEASURES = re.compile(r"area|leng|perim|pop|year|date|modified|shape_?st|len_|hect|sqkm|km2", re.IGNORECASE)
_NAME_WORDS = re.compile(r"name|nom|nama|nm|nombre|nome|ten|district|dist|mun|kab", re.IGNORECASE)
_LONGEST_CODE = 24
_ENOUGH_ROWS = 12  # for a column of names alone to follow the order of the codes by more than chance
_KNOWN_NAMES = frozenset(fold(name) for name in ("name", *DISTRICTS.column("name").synonyms))
_KNOWN_ALIASES = frozenset(fold(name) for name in ("aliases", *DISTRICTS.column("aliases").synonyms))
_KNOWN_PROVINCES = frozenset(
    fold(name)
    for column in (DISTRICTS.column("province"), DISTRICTS.column("province_name"))
    for name in (column.name, *column.synonyms)
)
"""Folded headers of provinces that the schema knows."""


def find_district_columns(raw: RawTable, spec: FileSpec) -> tuple[RawTable, FileSpec, list[str]]:
    """Add the columns of a boundary layer that are recognised to its specification, and say which.

    Columns that the plan names, or that geoplan's own names and synonyms find, stay as they are.

    Returns
    -------
    raw : RawTable
        With a remark on each column found by what it holds, because that is a guess.
    spec : FileSpec
    remarks : list of str
        On columns found by well-known headers.
    """
    raw = replace(raw, table=with_object_fields(raw.table))
    named = {*spec.columns, *spec.constant}
    if "district" in named or raw.table.empty:
        return raw, spec, []
    cells = _LayerCells(raw.table)
    by_level = _by_level(cells)
    if by_level and _is_above(cells[by_level["district"]]) and "district" in _by_content(cells):
        by_level = {}  # only the level above has such headers
    found = by_level or _by_content(cells) or _only_column(cells) or _by_identifier(cells)
    above = _above_by_level(found, cells) or _above_by_word(found, cells)
    found = {**above, **found}
    by_dependence = {**above, **_other_names(found, cells), **_depending_province(found, cells)}
    taken = set(spec.columns.values())
    new = {
        name: header
        for name, header in {**found, **by_dependence}.items()
        if name not in named and header not in taken
    }
    known = next((header for header in cells if _is_known(header)), None)
    if not by_level and known is not None and new.get("district") == known:
        del new["district"]  # read by its header, with the remark of such a column
    if not new:
        return raw, spec, []
    remarks = [
        f"{raw.source}: column {show_value(header)} is read as {name}"
        for name, header in new.items()
        if fold(header) != fold(name)
    ]
    spec = replace(spec, columns={**new, **spec.columns})
    if by_level and not by_dependence:
        return raw, spec, remarks
    return replace(raw, remarks=(*raw.remarks, *remarks)), spec, []


def add_other_names(frame: pd.DataFrame, matches: HeaderMatch) -> pd.DataFrame:
    """Add the names in other languages, such as ``ADM2_FR`` beside ``ADM2_EN``, to the aliases.

    Parameters
    ----------
    frame : DataFrame
        A boundary layer, with the columns of the schema and all others.
    matches : HeaderMatch
        Which header is which column; the headers of other names are added to it.

    Returns
    -------
    DataFrame
    """
    for column, name, code in (
        ("aliases", "name", "district"),
        ("province_aliases", "province_name", "province"),
    ):
        headers = [header for header in map(matches.header_of, (name, code)) if header is not None]
        levels = {level for header in headers if (level := level_of(header)) is not None}
        others = [
            header
            for header in matches.headers
            if header in frame and header not in matches.used and _names_level(header) in levels
        ]
        others = [
            header for header in others if _holds_names(frame[header].astype(object).fillna("").astype(str))
        ]
        if not others:
            continue
        lists = frame[[column, *others]].astype(object).to_numpy()
        own = frame[name].astype(object).to_numpy()
        joined = [_joined(cells, known) for cells, known in zip(lists, own, strict=True)]
        frame = frame.assign(**{column: pd.Series(joined, index=frame.index, dtype=object)})
        matches.taken.update(dict.fromkeys(others, column))
    return frame


def _names_level(header: str) -> int | None:
    """Return the level of the areas whose names a header has, or None."""
    folded = fold(header)
    if any(pattern.fullmatch(folded) for pattern in LEVEL_CODES):
        return None
    found = next(
        (match for form in (*LEVEL_NAMES, *LEVEL_ALIASES) if (match := form.fullmatch(folded))), None
    )
    return int(found[1]) if found else None


def _joined(cells: Iterable[object], known: object) -> str | None:
    """Return different names as a list of aliases, without the name itself; None without any."""
    names = [part for cell in cells if isinstance(cell, str) for part in split_aliases(cell) if part != known]
    return "|".join(dict.fromkeys(names)) or None


def list_code_columns(table: pd.DataFrame) -> list[str]:
    """List the columns that could be the code of a district, because each row has a short code of its own."""
    cells = _LayerCells(table)
    return [header for header in cells if _may_be_code(header, cells)]


def advise_on_codes(table: pd.DataFrame) -> str:
    """Say which columns could be the code of a district, for an error about a layer in which none is sure."""
    codes = list_code_columns(table)
    if codes:
        return f"these columns could be the code: {', '.join(map(show_value, codes))}; "
    cells = _LayerCells(table)
    advice = ""
    numbers = [
        header
        for header, column in cells.items()
        if column.str.fullmatch(rf"[^\s,]{{1,{_LONGEST_CODE}}}").all() and not _MEASURES.search(header)
    ]
    numbers = [
        header for header in numbers if not _holds_names(cells[header]) and cells[header].nunique() > 1
    ]
    for code, parent in permutations(numbers, 2):
        if cells[parent].nunique() < cells[code].nunique() and _is_unique(cells[parent] + "\0" + cells[code]):
            advice = (
                f"{show_value(code)} repeats, and only {show_value(parent)} and {show_value(code)} together are unique: "
                "add a column with both to the file; "
            )
            break
    names = [header for header, column in cells.items() if _is_unique(column) and _holds_names(column)]
    if names:
        advice += f"the names in {', '.join(map(show_value, names))} are unique and can be the code too; "
    return advice


class _LayerCells(Mapping[str, "pd.Series[str]"]):
    """The cells of each column as strings, empty where missing; a column is converted when it is first used."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table
        self._read: dict[str, pd.Series[str]] = {}

    def __getitem__(self, header: str) -> pd.Series[str]:
        if header not in self._read:
            column = self._table[header].astype(object)
            self._read[header] = column.where(column.notna(), "").map(as_text)
        return self._read[header]

    def __iter__(self) -> Iterator[str]:
        return (str(header) for header in self._table.columns if str(header) != "geometry")

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _by_level(cells: Mapping[str, pd.Series[str]]) -> dict[str, str]:
    """Find the columns by headers with a level."""
    codes = {level: headers for level, headers in _at_levels(cells, LEVEL_CODES).items() if level > 0}
    if not codes:
        return {}
    unique = {
        level: [header for header in headers if _is_unique(cells[header])] for level, headers in codes.items()
    }
    levels = [level for level, headers in unique.items() if headers] or list(codes)
    level = max(levels)
    names, aliases = _at_levels(cells, LEVEL_NAMES), _at_levels(cells, LEVEL_ALIASES)
    below = [header for header in names.get(level + 1, []) if _is_unique(cells[header])]
    if below and not unique[level]:
        # Only the level above has codes: the names of the districts are all that tells them apart.
        above = {"district": below[0], "province": codes[level][0]}
        return above | ({"province_name": names[level][0]} if level in names else {})
    found = {"district": (unique[level] or codes[level])[0]}
    for column, headers in (
        ("name", names.get(level)),
        ("aliases", aliases.get(level)),
        ("province", codes.get(level - 1)),
        ("province_name", names.get(level - 1) if level > 1 else None),
    ):
        if headers:
            found[column] = headers[0]
    return found


def _at_levels(
    cells: Mapping[str, pd.Series[str]], patterns: Collection[re.Pattern[str]]
) -> dict[int, list[str]]:
    """Return the headers that a pattern fits, by level, the best pattern first; empty columns are left out."""
    found: dict[int, list[str]] = {}
    for pattern in patterns:
        for header in cells:
            match = pattern.fullmatch(fold(header))
            if match and (cells[header] != "").any() and header not in found.get(int(match[1]), []):
                found.setdefault(int(match[1]), []).append(header)
    return found


def _by_content(cells: Mapping[str, pd.Series[str]]) -> dict[str, str]:
    """Find the code by what columns hold; a name and a province beside it only where they are clear."""
    own = [header for header in cells if fold(header) == "district"]
    if own and not (_is_unique(cells[own[0]]) and _holds_names(cells[own[0]])):
        return {}
    known = [header for header in cells if _is_known(header)]
    if not own and not all(_is_above(cells[header]) for header in known):
        return _beside_known(known, cells)
    codes = [header for header in cells if header not in own and _may_be_code(header, cells)]
    parents = {code: _parent_of(code, cells) for code in codes}
    best = [code for code in codes if parents[code]] or [code for code in codes if CODE_WORDS.search(code)]
    best = [code for code in best if not _counts_rows(cells[code])] or best
    if not best and any(fold(header) in _IDENTIFIERS for header in cells):
        return {}
    if not best:
        # Beside a name, any other numbers could be the only ones that differ: the header must begin alike.
        best = [code for code in codes if not own or fold(code).startswith(fold(own[0]))]
    best = _of_one_topic(_most_complete(best, cells), parents, cells)
    if len(best) != 1:
        return {}
    (code,) = best
    found = {"district": code}
    parent = parents[code]
    if parent is not None and cells[parent].nunique() > 1 and not any(fold(h) == "province" for h in cells):
        found["province"] = parent
    name = own[0] if own else _name_beside(code, cells)
    if name is not None:
        found["name"] = name
    return found


def _beside_known(known: list[str], cells: Mapping[str, pd.Series[str]]) -> dict[str, str]:
    """Return a code with a known header, if it is the only one, and the name beside it."""
    if len(known) != 1 or not _is_unique(cells[known[0]]):
        return {}
    name, parent = _name_beside(known[0], cells), _parent_of(known[0], cells)
    found = {"district": known[0]} | ({} if name is None else {"name": name})
    above = [header for header in cells if fold(header) in _KNOWN_PROVINCES and header != parent]
    if parent is None or cells[parent].nunique() < 2 or any(_holds_names(cells[header]) for header in above):
        return found
    # A column such as ``region`` with codes of another level is not the name of the province.
    return found | {"province": parent} | ({"province_name": parent} if above else {})


def _most_complete(codes: list[str], cells: Mapping[str, pd.Series[str]]) -> list[str]:
    """Return columns of codes without those that only lack the leading zeros of another one."""
    padded = sorted(codes, key=lambda header: -int(cells[header].str.len().sum()))
    kept: list[str] = []
    for header in padded:
        bare = cells[header].str.lstrip("0")
        if not any(bare.equals(cells[other].str.lstrip("0")) for other in kept):
            kept.append(header)
    return kept


def _of_one_topic(
    codes: list[str], parents: Mapping[str, str | None], cells: Mapping[str, pd.Series[str]]
) -> list[str]:
    """Return the only code whose header belongs to that of a name or of its parent; else all of them."""
    if len(codes) < 2:
        return codes
    names = {topic_of(header) for header, column in cells.items() if _holds_names(column)}
    paired = [code for code in codes if topic_of(code) and topic_of(code) in names]
    if not paired:
        paired = [code for code in codes if topic_of(code) and topic_of(code) < topic_of(parents[code] or "")]
    return paired if len(paired) == 1 else codes


def _by_identifier(cells: Mapping[str, pd.Series[str]]) -> dict[str, str]:
    """Return a number of the publisher's own as the code, and the name beside it, if no header is known."""
    if any(_is_known(header) for header in cells):
        return {}
    for folded in _IDENTIFIERS:
        for header in cells:
            column = cells[header]
            written = column.str.fullmatch(rf"\S{{1,{_LONGEST_IDENTIFIER}}}").all()
            if fold(header) == folded and written and _is_unique(column) and not _counts_rows(column):
                name = _name_beside(header, cells)
                return {"district": header} | ({} if name is None else {"name": name})
    return {}


def _counts_rows(column: pd.Series[str]) -> bool:
    """Return whether a column counts the rows in their order, so that it is no code."""
    if len(column) < 2 or not column.str.fullmatch(r"\d{1,9}").all():
        return False
    return bool((column.astype("int64").diff().iloc[1:] == 1).all())


def _other_names(found: Mapping[str, str], cells: Mapping[str, pd.Series[str]]) -> dict[str, str]:
    """Find names in another language or spelling; English comes first, because plans are often written in it."""
    if not found or "aliases" in found or any(fold(header) in _KNOWN_ALIASES for header in cells):
        return {}
    name = found.get("name") or next((header for header in cells if fold(header) in _KNOWN_NAMES), None)
    others = [
        header
        for header, column in cells.items()
        if header not in found.values()
        and header != name
        and is_other_name(header)
        and _holds_names(column)
        and column.nunique() > len(column) / 2
        # Names of the areas above, as NM_UF beside NM_MUN, repeat where those of the districts do not.
        and not (
            name is not None and column[column != ""].duplicated().sum() > cells[name].duplicated().sum()
        )
        and not (name is not None and column.equals(cells[name]))
    ]
    others.sort(key=lambda header: not re.search(r"(?:^|[\W_])en", header, re.IGNORECASE))
    return {"aliases": others[0]} if others and name is not None else {}


def _name_beside(code: str, cells: Mapping[str, pd.Series[str]]) -> str | None:
    """Return the column with the name of each district: words that differ in most rows; None if several could be it."""
    if any(fold(header) in _KNOWN_NAMES for header in cells):
        return None
    names = [
        header
        for header, column in cells.items()
        if header != code and _holds_names(column) and column.nunique() > len(column) / 2
    ]
    names = [header for header in names if _NAME_WORDS.search(header)] or names
    names = [header for header in names if topic_of(header) and topic_of(header) == topic_of(code)] or names
    # The same names once in capitals, or without accents: the one that has most of both.
    written = {
        "".join(map(_bare, cells[header])): header
        for header in sorted(names, key=lambda h: _plainness(cells[h]), reverse=True)
    }
    return next(iter(written.values())) if len(written) == 1 else None


def _bare(name: str) -> str:
    """Return a name without capitals and accents."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _plainness(column: pd.Series[str]) -> int:
    """Return how many letters of names are capitals or have no accent."""
    text = "".join(column)
    return sum(char.isupper() for char in text) - sum(not char.isascii() for char in text)


def _above_by_level(found: Mapping[str, str], cells: Mapping[str, pd.Series[str]]) -> dict[str, str]:
    """Find code and name of the province by the headers of the district with a level one lower."""
    above = {}
    for column, upper in (("district", "province"), ("name", "province_name")):
        if column not in found or upper in found:
            continue
        levels = [*re.finditer(r"\d", header := found[column])]
        for level in levels:
            lower = f"{header[: level.start()]}{int(level[0]) - 1}{header[level.end() :]}"
            if int(level[0]) > 1 and lower in cells and _is_above(cells[lower]):
                above[upper] = lower
    return above


def _above_by_word(found: Mapping[str, str], cells: Mapping[str, pd.Series[str]]) -> dict[str, str]:
    """Find the code of the province by a header that calls it the parent of the district."""
    if (
        "district" not in found
        or "province" in found
        or any(fold(header) in _KNOWN_PROVINCES for header in cells)
    ):
        return {}
    parents = [
        header
        for header, column in cells.items()
        if "parent" in topic_of(header)
        and not column.str.startswith("{").any()
        and _is_above(column)
        and column.nunique() > 1
    ]
    return {"province": parents[0]} if len(parents) == 1 else {}


def _only_column(cells: Mapping[str, pd.Series[str]]) -> dict[str, str]:
    """Return the only column with values as the code, if it is unique."""
    filled = [*islice((header for header in cells if (cells[header] != "").any()), 2)]
    return {"district": filled[0]} if len(filled) == 1 and _is_unique(cells[filled[0]]) else {}


def _depending_province(found: Mapping[str, str], cells: Mapping[str, pd.Series[str]]) -> dict[str, str]:
    """Find code and name of the province where no header tells them, see "How this works"."""
    known = [header for header in cells if fold(header) in _KNOWN_PROVINCES]
    if "district" not in found or "province_name" in found or not all(_holds_names(cells[h]) for h in known):
        return {}
    own = cells[found["district"]]
    counts = bool(own.str.fullmatch(r"\d{1,15}").all())
    order = own.sort_values(
        kind="stable", key=(lambda codes: codes.astype("int64")) if counts else None
    ).index
    free = [header for header in cells if header not in found.values() and not _MEASURES.search(header)]
    groups = [header for header in free if _are_groups(cells[header].loc[order])]
    names = known or [header for header in groups if _holds_names(cells[header])]
    codes = [found["province"]] if "province" in found else [code for code in groups if code not in names]
    pairs = [
        (code, name) for code in codes for name in names if _stand_for_each_other(cells[code], cells[name])
    ]
    if not pairs and len(names) == 1 and not known and len(own) >= _ENOUGH_ROWS:
        return {"province_name": names[0]}
    if not pairs or any(not cells[name].equals(cells[pairs[0][1]]) for _, name in pairs):
        return {}
    # Where several agencies number the same provinces, codes that begin those of the districts come first.
    begins = [pair for pair in pairs if _begin_with(own, cells[pair[0]])]
    code, name = (begins or pairs)[0]
    return {"province": code, "province_name": name}


def _begin_with(codes: pd.Series[str], parents: pd.Series[str]) -> bool:
    """Return whether codes start with those of their parents, all after the same prefix, such as a country's."""
    pairs = list(zip(codes, parents, strict=True))
    country = codes.iloc[0]
    return any(
        all(code.startswith(country[:length] + parent) for code, parent in pairs)
        for length in range(len(country))
    )


def _are_groups(ordered: pd.Series[str]) -> bool:
    """Return whether a column, in the order of the districts' codes, has one run for each of its values."""
    runs = int((ordered != ordered.shift()).sum())
    return bool((ordered != "").all()) and 1 < runs == ordered.nunique() <= len(ordered) / 2


def _stand_for_each_other(ones: pd.Series[str], others: pd.Series[str]) -> bool:
    return len(set(zip(ones, others, strict=True))) == ones.nunique() == others.nunique()


def _is_known(header: str) -> bool:
    """Return whether the schema knows a header as the code of a district."""
    column = DISTRICTS.column("district")
    return fold(header) in {fold(name) for name in (column.name, *column.synonyms)}


def _is_above(column: pd.Series[str]) -> bool:
    """Return whether the values of a column are filled and repeat, each for two rows or more on average."""
    return bool((column != "").all()) and column.nunique() <= len(column) / 2


def _is_unique(column: pd.Series[str]) -> bool:
    return bool((column != "").all() and column.is_unique)


def _may_be_code(header: str, cells: Mapping[str, pd.Series[str]]) -> bool:
    """Return whether a column is unique, short and written without spaces, and is no counter or measure."""
    if fold(header) in COUNTERS or _MEASURES.search(header) or not _is_unique(cells[header]):
        return False
    column = cells[header]
    return bool(column.str.fullmatch(rf"[^\s,]{{1,{_LONGEST_CODE}}}").all()) and not _holds_names(column)


def _holds_names(column: pd.Series[str]) -> bool:
    """Return whether most cells are words: letters, no digits, and not written like codes."""
    filled = column[column != ""]
    if filled.empty or filled.str.startswith("{").any():
        return False
    no_digits = ~filled.str.contains(r"\d")
    words = filled.str.contains(r"[^\W\d_]{3}") & (filled != filled.str.upper())
    # In capitals, names differ in length; codes such as LAXI or LA.XI do not.
    if filled.str.len().nunique() >= 3 and filled.str.len().mean() >= 5:
        words |= filled.str.contains(r"[^\W\d_]{4}")
    several = filled.str.contains(r"[^\W\d_]{3,} [^\W\d_]{3,}")
    other_script = filled.str.contains(r"[^\W\d_]{2}") & filled.str.fullmatch(r"[^A-Za-z\d]+")
    return bool((words & no_digits | several | other_script).mean() > 0.5)


def _parent_of(code: str, cells: Mapping[str, pd.Series[str]]) -> str | None:
    """Return the column with the longest codes that those of ``code`` start with, or None."""
    best: tuple[int, str] | None = None
    for header in cells:
        column = cells[header]
        if header == code or _MEASURES.search(header) or column.nunique() >= cells[code].nunique():
            continue
        starts = [
            own.startswith(parent) and 0 < len(parent) < len(own)
            for own, parent in zip(cells[code], column, strict=True)
        ]
        length = int(column.str.len().min())
        if all(starts) and length > 1 and (best is None or length > best[0]):
            best = (length, header)
    return None if best is None else best[1]
