"""Links of projects: columns of the table of projects whose cells are addresses of web pages or documents."""

from __future__ import annotations

import pandas as pd

from geoplan.model.schema import TABLES

LINK_COLUMNS = ("url", "documents")
"""Headers, in any case, of columns with links."""

_START = "https://"


def find_link_columns(projects: pd.DataFrame) -> list[str]:
    """Return the columns with links: those named `LINK_COLUMNS`, and others of the input in which a cell begins with https.

    >>> find_link_columns(pd.DataFrame({"project": ["P"], "Website": ["https://example.org"], "note": ["see https"]}))
    ['Website']
    """
    known = set(TABLES["projects"].read_names)
    found = []
    for name in projects.columns:
        if name in known:
            continue
        texts = [cell.strip().casefold() for cell in projects[name].dropna() if isinstance(cell, str)]
        is_named = str(name).strip().casefold() in LINK_COLUMNS
        if texts and (is_named or any(text.startswith(_START) for text in texts)):
            found.append(str(name))
    return found
