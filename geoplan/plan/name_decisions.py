"""Decisions of a planner about names that fit no district, or several, read from a reviewed table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.model.errors import InputError, Problem, raise_if
from geoplan.model.schema import SOURCE_ROW
from geoplan.plan.cross_checks import unlisted
from geoplan.sources.raw_table import FileSpec

if TYPE_CHECKING:
    import pandas as pd


def read_decisions(path: Path, districts: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Read a planner's decisions about names: those rows whose column district is filled in."""
    from geoplan.sources.tables.table_files import read_table

    if not path.is_file():
        raise InputError(
            Problem(path.name, "there is no such file", way_out="make it with geoplan check --review")
        )
    raw = read_table(FileSpec(path))
    missing = [name for name in ("name", "province", "district") if name not in raw.table]
    if missing:
        raise InputError(
            Problem(
                path.name,
                "columns are missing",
                values=tuple(missing),
                way_out="make it with geoplan check --review",
            )
        )
    table = raw.table.assign(**{SOURCE_ROW: raw.rows.to_numpy()})
    decided = table[table["district"].notna()]
    raise_if(unlisted(decided, "district", path.name, districts, "the boundary layer"))
    provinces = decided["province"].fillna("")
    return dict(zip(zip(decided["name"], provinces, strict=True), decided["district"], strict=True))
