"""Rows of projects, with those that only other tables name, and what amounts take from their project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from geoplan.model.schema import GIVEN_COLUMNS, TABLES

if TYPE_CHECKING:
    import pandas as pd


def list_projects(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the table of projects, with added rows for projects that only spending or locations name."""
    import numpy as np
    import pandas as pd

    listed = frames["projects"]
    found = sorted(
        {*frames["spending"]["project"].unique(), *frames["locations"]["project"].unique()}
        - {*listed["project"]}
    )
    if not found:
        return listed
    columns = {name: np.full(len(found), None, dtype=object) for name in TABLES["projects"].names}
    columns["project"][:] = found
    named = pd.DataFrame(columns, dtype=object)
    if listed.empty:
        return named
    return pd.concat([listed.astype(object), named.astype(object)], ignore_index=True)


def fill_from_projects(spending: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """Take component and funder from the project if the amount does not state them."""
    from geoplan.model.schema import NOT_STATED

    # An export of a converted plan has these columns already. They are renamed, so that a new conversion adds its own.
    spending = spending.rename(columns={name: f"first_{name}" for name in GIVEN_COLUMNS})
    for column in ("component", "funder"):
        known = spending[column].notna()
        if not known.all():
            of_project = (
                spending["project"].astype(object).map(projects.set_index("project")[column].to_dict())
            )
            cells = spending[column].astype(object).where(known, of_project)
            spending[column] = cells.where(cells.notna(), NOT_STATED)
    return spending


def describe_illustrative(frames: Mapping[str, pd.DataFrame]) -> str:
    """Describe which tables have rows that are marked illustrative."""
    marked = [name for name in ("spending", "locations", "profile") if frames[name]["illustrative"].any()]
    return f"some figures in {', '.join(marked)} are illustrative" if marked else ""
