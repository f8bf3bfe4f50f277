"""The level of a boundary layer: whether its districts are areas of the first level, the second or one below.

Precision codes of aid data name a level: 3 is a unit of the second one, 4 of the first. The headers of a layer say its own.
"""

from __future__ import annotations

import re

import pandas as pd

from geoplan.sources.tables.cell_values import as_text
from geoplan.sources.tables.headers import HeaderMatch
from geoplan.sources.tables.known_headers import level_of

_TYPE = re.compile(r"ADM(\d)", re.IGNORECASE)
"""Type of all areas of a layer, as geoBoundaries states it: ADM1."""


def add_level(frame: pd.DataFrame, matches: HeaderMatch) -> pd.DataFrame:
    """Add the level of the districts, as the header of their codes or a column with the type of all areas says.

    Parameters
    ----------
    frame : DataFrame
        A boundary layer, with the columns of the schema and all others.
    matches : HeaderMatch
        Which header is which column.

    Returns
    -------
    DataFrame
        With ``district_level`` filled in, where it is known and the layer does not state it itself.
    """
    if frame.empty or not matches.is_open("district_level"):
        return frame
    level = level_of(matches.header_of("district") or "") or _level_of_types(frame, matches)
    if level is None:
        return frame
    column = frame["district_level"]
    return frame.assign(district_level=pd.Series(level, index=frame.index, dtype=column.dtype))


def _level_of_types(frame: pd.DataFrame, matches: HeaderMatch) -> int | None:
    for header in matches.headers:
        if header in frame and header not in matches.used and frame[header].nunique(dropna=False) == 1:
            found = _TYPE.fullmatch(as_text(frame[header].iloc[0]))
            if found:
                matches.taken[header] = "district_level"
                return int(found[1])
    return None
