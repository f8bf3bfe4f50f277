"""Review of names that match no district, or several, for a planner to decide."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.ledger.placement import asked_names
from geoplan.model.placement_rules import PlacementRule, describe_rule
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
        One row per name and province: ``name``, ``province``, ``locations`` (how many have this name),
        ``found`` (the rule in words), ``candidates`` (codes and names, separated by ``|``) and ``district``
        (the planner's decision, empty at first). The plan reads the file back through ``[locations] review``.
    """
    gazetteer = Gazetteer(plan.districts)
    names = plan.districts.set_index("district")["name"]
    rows = []
    asked = asked_names(plan.locations)
    for (name, province), count in Counter(zip(asked["name"], asked["province"], strict=True)).items():
        match = gazetteer.match(name, province or None)
        decided = plan.reviewed.get((name, province))
        if match.rule & _UNDECIDED or decided is not None:
            candidates = " | ".join(f"{code} {names[code]}" for code in match.candidates)
            rows.append((name, province, count, describe_rule(match.rule), candidates, decided or ""))
    return pd.DataFrame(sorted(rows), columns=[*REVIEW_COLUMNS])
