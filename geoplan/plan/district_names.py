"""District names in tables about districts: replaced by codes with the same matching as for locations."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from geoplan.model.errors import Problem, show_value
from geoplan.model.placement_rules import APPROXIMATE, PlacementRule
from geoplan.model.schema import SOURCE_ROW
from geoplan.plan.cross_checks import by_file
from geoplan.text.names import Gazetteer

_LISTED = 5


@dataclass(frozen=True)
class CodedTable:
    """A table whose district names are replaced by codes where they match.

    Parameters
    ----------
    frame : DataFrame
        Names without a unique match stay unchanged.
    problems : list of Problem
        Rows that now have the same district and year.
    remarks : list of str
        Names that were matched approximately, and codes whose leading zeros were restored.
    """

    frame: pd.DataFrame
    problems: list[Problem]
    remarks: list[str]


def code_districts(profile: pd.DataFrame, districts: pd.DataFrame, source: str) -> CodedTable:
    """Replace the names in the column ``district`` of a profile by codes.

    Parameters
    ----------
    profile : DataFrame
        Columns ``district`` and ``year``; ``province``, if given, tells equal names apart and is not kept.
    districts : DataFrame
        Boundary layer.
    source : str
        Name of the profile's file, for messages.
    """
    given = profile["district"]
    provinces = profile["province"] if "province" in profile else pd.Series(None, profile.index, dtype=object)
    # The province has done its work here: from now on, the code tells districts apart.
    profile = profile.drop(columns="province", errors="ignore")
    unknown = given.notna() & ~given.isin(districts["district"])
    if not unknown.any():
        return CodedTable(profile, _doubled(profile, provinces.notna(), source), [])
    names = [str(name) for name in given[unknown]]
    of_province = [None if pd.isna(province) else str(province) for province in provinces[unknown]]
    matches = Gazetteer(districts).match_all(list(zip(names, of_province, strict=True)))
    codes = given.astype(object).copy()
    codes[unknown] = [
        name if match.district is None else match.district for name, match in zip(names, matches, strict=True)
    ]
    doubtful = {
        f"{show_value(name)} as {match.district}": None
        for name, match in zip(names, matches, strict=True)
        if match.district and match.rule & (APPROXIMATE | PlacementRule.ZEROS_RESTORED)
    }
    coded = profile.assign(district=codes)
    listed = ", ".join([*doubtful][:_LISTED]) + (
        f" and {len(doubtful) - _LISTED} more" if len(doubtful) > _LISTED else ""
    )
    remarks = [f"{source}: districts matched approximately: {listed}"] if doubtful else []
    return CodedTable(coded, _doubled(coded, unknown | provinces.notna(), source), remarks)


def _doubled(coded: pd.DataFrame, changed: pd.Series[bool], source: str) -> list[Problem]:
    """Return a problem for rows with the same district and year."""
    keys = ["district", "year"]
    doubled = coded.duplicated(keys, keep=False)
    if not doubled.any():
        return []
    # Rows that had the same code in the file are reported when it is read.
    doubled &= (
        coded[keys]
        .astype(str)
        .agg("\x1f".join, axis=1)
        .isin(coded.loc[changed, keys].astype(str).agg("\x1f".join, axis=1))
    )
    if not doubled.any():
        return []
    return [
        Problem(
            file,
            "rows that mean the same district and year",
            column="district",
            rows=tuple(int(row) for row in rows[SOURCE_ROW]),
            values=tuple(rows["district"]),
            way_out="keep one of them, or write the district codes",
        )
        for file, rows in by_file(coded[doubled], coded, source)
    ]
