"""Other codes of districts: columns of a boundary layer with their codes in other gazetteers, such as GeoNames.

Releases of aid data name places by the code of any gazetteer. A layer that has such codes beside its own says
which district they mean. A column counts if its header says that it holds codes, and each district has another one.
"""

from __future__ import annotations

import re

import pandas as pd

from geoplan.model.schema import fold
from geoplan.sources.district_headers import CODE_WORDS, COUNTERS
from geoplan.sources.tables.cell_values import as_text
from geoplan.sources.tables.headers import HeaderMatch
from geoplan.text.spelled_codes import gazetteer_code

_GAZETTEERS = re.compile(r"wikidata|geonames?|osm|wof|unlocode|ufi", re.IGNORECASE)
_SHORTEST = 4
"""Fewest characters of a code: shorter numbers only count the rows."""


def add_other_codes(frame: pd.DataFrame, matches: HeaderMatch) -> pd.DataFrame:
    """Add the codes that districts and provinces have in other gazetteers.

    Parameters
    ----------
    frame : DataFrame
        A boundary layer, with the columns of the schema and all others.
    matches : HeaderMatch
        Which header is which column; the headers of other codes are added to it.

    Returns
    -------
    DataFrame
        With ``other_codes`` and ``province_other_codes``, separated by ``|``, unless the plan names their columns.
    """
    headers = [
        header
        for header in matches.headers
        if header in frame and header not in matches.used and _names_codes(header)
    ]
    cells = {header: _texts(frame[header]) for header in headers}
    own = _texts(frame["district"])
    above = _texts(frame["province"].where(frame["province"].notna(), frame["province_name"]))
    for name, owners in (("other_codes", own), ("province_other_codes", above)):
        if not matches.is_open(name):
            continue
        found = [header for header in headers if _identify(cells[header], owners)]
        if found:
            rows = zip(*(cells[header] for header in found), strict=True)
            joined = ["|".join(dict.fromkeys(filter(None, row))) or None for row in rows]
            frame = frame.assign(**{name: pd.Series(joined, index=frame.index, dtype=object)})
            matches.taken.update(dict.fromkeys(found, name))
    return frame


def _names_codes(header: str) -> bool:
    is_counter = fold(header) in COUNTERS and not _GAZETTEERS.search(header)
    return not is_counter and (
        CODE_WORDS.search(header) is not None or _GAZETTEERS.search(header) is not None
    )


def _texts(column: pd.Series[str]) -> pd.Series[str]:
    column = column.astype(object)
    return column.where(column.notna(), "").map(as_text)


def _identify(codes: pd.Series[str], owners: pd.Series[str]) -> bool:
    """Tell whether each code is of one owner only, and none is the owner's own or another's."""
    pairs = {
        (gazetteer_code(code), owner) for code, owner in zip(codes, owners, strict=True) if code and owner
    }
    distinct = {code for code, _ in pairs}
    known = {gazetteer_code(owner) for owner in owners}
    are_codes = all(len(code) >= _SHORTEST and not re.search(r"[\s|]", code) for code in distinct)
    is_one_to_one = len(pairs) == len(distinct) == len({owner for _, owner in pairs})
    return are_codes and is_one_to_one and 2 * len(pairs) > len(known - {""}) and not distinct & known
