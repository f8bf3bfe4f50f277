"""District names in tables about districts: replaced by codes with the same matching as for locations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from geoplan.model.errors import Problem, list_first, show_value
from geoplan.model.placement_rules import APPROXIMATE, PlacementRule
from geoplan.model.schema import DISTRICT, SOURCE_ROW
from geoplan.plan.cross_checks import by_file
from geoplan.plan.name_decisions import parse_decision
from geoplan.text.names import Gazetteer, Match

Decisions = Mapping[tuple[str, str], str]
"""What a planner decided about names, by name and province, as `geoplan.plan.name_decisions` reads it."""


@dataclass(frozen=True)
class CodedTable:
    """A table whose district names are replaced by codes where they match.

    Parameters
    ----------
    frame : DataFrame
        Names that fit no district stay unchanged. Rows whose name a planner decided to be in no district are left out.
    problems : list of Problem
        Names that fit several districts, and rows that now have the same district and year.
    remarks : list of str
        Names that were matched approximately, codes whose leading zeros were restored, and rows left out.
    names : tuple of (str, str)
        The names, each with its province (empty where none is given), that are no codes of the layer.
    """

    frame: pd.DataFrame
    problems: list[Problem]
    remarks: list[str]
    names: tuple[tuple[str, str], ...] = ()

    def explains(self, repeated: Problem) -> bool:
        """Return whether rows with a repeated key have names that fit several districts, which is another problem."""
        rows = {row for problem in self.problems for row in problem.rows if not problem.values}
        return repeated.message.endswith("must be unique") and {*repeated.rows} <= rows


def code_districts(
    profile: pd.DataFrame, districts: pd.DataFrame, source: str, decisions: Decisions | None = None
) -> CodedTable:
    """Replace the names in the column ``district`` of a profile by codes.

    Parameters
    ----------
    profile : DataFrame
        Columns ``district`` and ``year``; ``province``, if given, tells equal names apart and is not kept.
    districts : DataFrame
        Boundary layer.
    source : str
        Name of the profile's file, for messages.
    decisions : mapping of (name, province) to str, optional
        Of a planner; they come before all matching.
    """
    key = 'a column with the province, or map yours in geoplan.toml: [profile.columns] province = "…"'
    found = match_districts(profile, districts, source, key, decisions)
    profile = profile.loc[found.frame.index]
    # The province has done its work here: from now on, the code tells districts apart.
    coded = found.frame.drop(columns="province", errors="ignore")
    known = profile["province"].notna() if "province" in profile else False
    changed = ~profile["district"].isin(districts["district"]) | known
    return replace(found, frame=coded, problems=[*found.problems, *_doubled(coded, changed, source)])


def match_districts(
    table: pd.DataFrame,
    districts: pd.DataFrame,
    source: str,
    key: str,
    decisions: Decisions | None = None,
) -> CodedTable:
    """Replace the names of districts in a table by codes, within the province of each row if it is given.

    Parameters
    ----------
    table : DataFrame
        Columns ``district`` and, optionally, ``province``.
    districts : DataFrame
        Boundary layer.
    source : str
        Name of the table's file, for messages.
    key : str
        What to add to the table if names fit several districts, as an object of "add".
    decisions : mapping of (name, province) to str, optional
        Of a planner; they come before all matching. Those for districts of another layer are ignored.

    Returns
    -------
    CodedTable
        A name that fits several districts is missing in the frame, and a problem.
    """
    given = table["district"]
    unknown = (given.notna() & ~given.isin(districts["district"])).to_numpy()
    if not unknown.any():
        return CodedTable(table, [], [])
    provinces = table["province"] if "province" in table else pd.Series(None, table.index, dtype=object)
    of_province = ["" if pd.isna(province) else str(province) for province in provinces[unknown]]
    asked = [*zip(map(str, given[unknown]), of_province, strict=True)]
    matches = Gazetteer(districts).match_all([(name, province or None) for name, province in asked])
    known = {*districts["district"]}
    matches = [
        _decided((decisions or {}).get(pair, ""), known) or match
        for pair, match in zip(asked, matches, strict=True)
    ]
    named = [*zip(asked, matches, strict=True)]
    doubtful = {
        f"{show_value(name)} as {match.district}": None
        for (name, _), match in named
        if match.district and match.rule & (APPROXIMATE | PlacementRule.ZEROS_RESTORED)
    }
    codes = given.astype(object).copy()
    several = [bool(match.rule & PlacementRule.AMBIGUOUS_NAME) for match in matches]
    codes[unknown] = [
        None if is_several else match.district or name
        for ((name, _), match), is_several in zip(named, several, strict=True)
    ]
    rows = table[unknown]
    ambiguous = [
        (pair[0], match) for (pair, match), is_several in zip(named, several, strict=True) if is_several
    ]
    problems = _fit_several(rows[several], table, ambiguous, districts, source, key) if ambiguous else []
    remarks = [f"{source}: districts matched approximately: {list_first(doubtful)}"] if doubtful else []
    left_out = [match.rule == PlacementRule.REVIEWED_NAME and match.district is None for match in matches]
    nowhere = rows[left_out]
    if len(nowhere):
        listed = list_first(map(show_value, dict.fromkeys(nowhere["district"])))
        remarks.append(f"{source}: rows left out, because the review places them in no district: {listed}")
    frame = table.assign(district=codes).drop(index=nowhere.index)
    return CodedTable(frame, problems, remarks, tuple(dict.fromkeys(asked)))


def _decided(decision: str, known: set[str]) -> Match | None:
    """Return a decision as a match, or None if there is none for districts of this layer."""
    parts = parse_decision(decision) if decision else []
    codes = tuple(part.district for part in parts if part.place == DISTRICT and part.district is not None)
    if not parts or not known.issuperset(codes):
        return None
    # The figures of a row belong to one district: a decision for several leaves the name ambiguous.
    if len(parts) > 1:
        return Match(None, PlacementRule.AMBIGUOUS_NAME, codes)
    return Match(parts[0].district, PlacementRule.REVIEWED_NAME)


def _fit_several(
    rows: pd.DataFrame,
    table: pd.DataFrame,
    matches: Sequence[tuple[str, Match]],
    districts: pd.DataFrame,
    source: str,
    key: str,
) -> list[Problem]:
    """Return a problem for names that fit several districts, with the provinces that these are in."""
    provinces = districts["province_name"].where(districts["province_name"].notna(), districts["province"])
    of_code = dict(zip(districts["district"], provinces, strict=True))
    where: dict[str, None] = {}
    for name, match in matches:
        found = [of_code[code] for code in match.candidates]
        apart = len({*found} - {None}) == len(found)
        places = [
            f"{code} in {show_value(province)}" if apart else code
            for code, province in zip(match.candidates, found, strict=True)
        ]
        where[f"{show_value(name)} ({', '.join(places)})"] = None
    way_out = f"add {key}; or write the codes"
    return [
        Problem(
            file,
            f"names that fit several districts: {list_first(where)}",
            column="district",
            rows=tuple(int(row) for row in part[SOURCE_ROW]),
            way_out=way_out,
        )
        for file, part in by_file(rows, table, source)
    ]


def _joined(keys: pd.DataFrame) -> pd.Series[str]:
    return keys["district"].astype(str) + "\x1f" + keys["year"].astype(str)


def _doubled(coded: pd.DataFrame, changed: pd.Series[bool], source: str) -> list[Problem]:
    """Return a problem for rows with the same district and year."""
    keys = ["district", "year"]
    doubled = coded.duplicated(keys, keep=False) & coded["district"].notna()
    if not doubled.any():
        return []
    # Rows that had the same code in the file are reported when it is read.
    doubled &= _joined(coded[keys]).isin(_joined(coded.loc[changed, keys]))
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
