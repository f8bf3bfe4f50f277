"""Decisions of a planner about names, read from a reviewed table and written back to one.

A decision is what the column ``district`` of the table says:

- one district, by code or name;
- several, ``A | B``, which share the money evenly, or by weights that add up to 100: ``A 60 | B 40``;
- ``province-wide``, ``country-wide`` or ``outside``;
- ``leave out``: the money stays in the plan, but in no district (``unlocated``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.model.errors import InputError, Problem, raise_if
from geoplan.model.schema import BUCKETS, DISTRICT
from geoplan.sources.raw_table import FileSpec
from geoplan.text.names import Gazetteer

if TYPE_CHECKING:
    import pandas as pd

DECISION_WORDS = {
    "province-wide": "province-wide",
    "country-wide": "country-wide",
    "outside": "outside area",
    "outside area": "outside area",
    "leave out": "unlocated",
    "unlocated": "unlocated",
}
"""What may stand in place of a district, and the bucket it means."""

_WEIGHTED = re.compile(r"(.+?)\s+([0-9]+(?:[.,][0-9]+)?)\s*%?")


@dataclass(frozen=True)
class DecidedPart:
    """A part of a decision.

    Parameters
    ----------
    place : str
        ``district`` or a bucket.
    district : str or None
        Code.
    share : Fraction
        Of the money, 0 to 1.
    """

    place: str
    district: str | None
    share: Fraction


def read_decisions(path: Path, districts: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Read a planner's decisions about names: those rows whose column district is filled in.

    Parameters
    ----------
    path : Path
        A table with the columns ``name``, ``province`` and ``district``.
    districts : DataFrame
        Of the plan.

    Returns
    -------
    dict
        Name and province to the decision, with districts by their codes, as `parse_decision` reads it.

    Raises
    ------
    InputError
        The file or a column is missing, or a decision cannot be read.
    """
    from geoplan.sources.tables.table_files import read_table

    way_out = "make the file with geoplan check --review"
    if not path.is_file():
        raise InputError(Problem(path.name, "the file does not exist", way_out=way_out))
    raw = read_table(FileSpec(path))
    missing = tuple(name for name in ("name", "province", "district") if name not in raw.table)
    if missing:
        raise InputError(Problem(path.name, "columns are missing", values=missing, way_out=way_out))
    gazetteer = Gazetteer(districts)
    decisions: dict[tuple[str, str], str] = {}
    problems: list[Problem] = []
    decided = raw.table[raw.table["district"].notna()]
    cells = decided[["name", "province", "district"]].astype(object)
    for (name, given, said), row in zip(cells.itertuples(index=False), raw.rows[decided.index], strict=True):
        province = given if isinstance(given, str) else ""
        try:
            decisions[name, province] = _with_codes(str(said), province or None, gazetteer)
        except ValueError as fault:
            problems.append(
                Problem(
                    path.name,
                    str(fault),
                    column="district",
                    rows=(int(row),),
                    values=(said,),
                    way_out="write a code or name of a district, several as A | B or A 60 | B 40, or one of "
                    + ", ".join(word for word in DECISION_WORDS if word not in BUCKETS[2:4]),
                )
            )
    raise_if(problems)
    return decisions


def _with_codes(said: str, province: str | None, gazetteer: Gazetteer) -> str:
    """Return a decision with the codes of its districts, or raise ValueError with what is wrong."""
    parts = [_part(text.strip(), province, gazetteer) for text in said.split("|")]
    weights = [weight for _, weight in parts if weight is not None]
    if weights and (len(weights) < len(parts) or sum(weights) not in (1, 100)):
        raise ValueError("weights must be given for all districts and add up to 100")
    if len(parts) == 1:
        return parts[0][0]
    if len({place for place, _ in parts}) < len(parts):
        raise ValueError("a district is given twice")
    return " | ".join(place if weight is None else f"{place} {weight:f}" for place, weight in parts)


def _part(text: str, province: str | None, gazetteer: Gazetteer) -> tuple[str, Decimal | None]:
    """Return the code or word of a part, and its weight; a number counts as one where no district has it."""
    if place := _place(text, province, gazetteer):
        return place, None
    if (found := _WEIGHTED.fullmatch(text)) and (place := _place(found[1], province, gazetteer)):
        return place, Decimal(found[2].replace(",", "."))
    raise ValueError("no district is called so, or several are")


def _place(text: str, province: str | None, gazetteer: Gazetteer) -> str | None:
    if text.casefold() in DECISION_WORDS:
        return text.casefold()
    # The candidates of the table are written as code and name.
    for name in (text, text.partition(" ")[0]):
        match = gazetteer.match(name, province)
        if match.district is not None and (name == text or text == gazetteer.label(match.district)):
            return match.district
    return gazetteer.layer.restore_zeros(text)


def parse_decision(decision: str) -> list[DecidedPart]:
    """Split a decision of `read_decisions` into its parts, whose shares add up to 1."""
    parts = [text.strip() for text in decision.split("|")]
    if len(parts) == 1:
        return [_decided(parts[0], Fraction(1))]
    found = [_WEIGHTED.fullmatch(text) for text in parts]
    if not all(found):
        return [_decided(text, Fraction(1, len(parts))) for text in parts]
    weights = [(match[1], Fraction(match[2])) for match in found if match]
    total = sum(weight for _, weight in weights)
    return [_decided(text, weight / total) for text, weight in weights]


def _decided(text: str, share: Fraction) -> DecidedPart:
    if text in DECISION_WORDS:
        return DecidedPart(DECISION_WORDS[text], None, share)
    return DecidedPart(DISTRICT, text, share)
