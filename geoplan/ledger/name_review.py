"""Review of names that match no district, or several, for a planner to decide."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.ledger.placement import asked_names
from geoplan.model.errors import InputError
from geoplan.model.placement_rules import APPROXIMATE, PlacementRule, describe_rule
from geoplan.plan.proposed_decisions import propose_decisions
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.table_files import read_table
from geoplan.text.names import Gazetteer

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

REVIEW_COLUMNS = ("name", "province", "locations", "found", "candidates", "district")
_UNDECIDED = PlacementRule.AMBIGUOUS_NAME | PlacementRule.UNKNOWN_NAME


def names_to_review(plan: Plan) -> pd.DataFrame:
    """List the district names without a unique match, and those a planner has decided.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        One row per name and province: ``name``, ``province``, ``locations`` (how many have this name; 0 if only the
        profile or the attributes of districts have it),
        ``found`` (the rule in words), ``candidates`` (codes and names, separated by ``|``) and ``district``
        (the planner's decision; at first the only candidate, or what `propose_decisions` finds, else empty). The plan
        reads the file back through ``[locations] review``.
    """
    gazetteer = Gazetteer(plan.districts)
    asked = asked_names(plan.locations, plan.districts)
    counts = Counter(dict.fromkeys(plan.named_districts, 0))
    counts.update(zip(asked["name"], asked["province"], strict=True))
    matches = gazetteer.match_all([(name, province or None) for name, province in counts])
    unknown = [
        pair for pair, match in zip(counts, matches, strict=True) if match.rule & PlacementRule.UNKNOWN_NAME
    ]
    proposed = propose_decisions(gazetteer, unknown)
    rows = []
    for ((name, province), count), match in zip(counts.items(), matches, strict=True):
        decided = plan.reviewed.get((name, province))
        if match.rule & (_UNDECIDED | APPROXIMATE) or decided is not None:
            codes = match.candidates if match.district is None else (match.district,)
            candidates = " | ".join(gazetteer.label(code) for code in codes)
            only = codes[0] if len(codes) == 1 else ""
            candidates, only = proposed.get((name, province), (candidates, only))
            found = describe_rule(match.rule)
            rows.append((name, province, count, found, candidates, only if decided is None else decided))
    return pd.DataFrame(sorted(rows), columns=[*REVIEW_COLUMNS])


def count_lost_decisions(path: Path, names: pd.DataFrame) -> int:
    """Return how many decisions a table of names has that the table in its place would not have.

    Parameters
    ----------
    path : Path
        A table as a planner filled it in. Any other file has no decisions.
    names : DataFrame
        Of `names_to_review`.
    """
    try:
        filled_in = read_table(FileSpec(path)).table
    except InputError:
        return 0
    if not {"name", "province", "found", "district"} <= {*filled_in}:
        return 0
    old, new = (
        {tuple(str(cell).lstrip("'") for cell in row) for row in decided.itertuples(index=False)}
        for decided in (
            each[["name", "province", "district"]].fillna("").query("district != ''")
            for each in (filled_in, names)
        )
    )
    return len(old - new)
