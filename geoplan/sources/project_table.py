"""Projects table: checks beyond the types of its columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem
from geoplan.model.schema import PLAN_LEVEL_SYNONYMS, PLAN_LEVELS, PROJECTS
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import cell_problem


def conform_projects(frame: pd.DataFrame, raw: RawTable, spec: FileSpec) -> list[Problem]:
    """Translate plan levels to the known ones, in place, and list contradictions."""
    if "plan_level" not in frame:
        return []
    given = frame["plan_level"].astype(object)
    folded = given.where(given.notna(), "").astype(str).str.strip().str.casefold()
    level = folded.map(lambda text: PLAN_LEVEL_SYNONYMS.get(text, text))
    frame["plan_level"] = level.where(level != "", None).astype(object)
    item = frame["plan_item"].notna() if "plan_item" in frame else pd.Series(False, frame.index)
    column = PROJECTS.column("plan_level")
    known = ", ".join(PLAN_LEVELS)
    checks = [
        (~level.isin([*PLAN_LEVELS, ""]), "unknown plan level", f"use {known}, or leave it empty"),
        ((level == "none") & item, "plan_level is none but plan_item is given", "give the level of the plan, or remove plan_item"),
        (level.isin(PLAN_LEVELS[:-1]) & ~item, "plan_level is given without plan_item", "fill in plan_item"),
    ]  # fmt: skip
    return [
        cell_problem(raw, column, np.asarray(wrong), given, message, way_out)
        for wrong, message, way_out in checks
        if wrong.any()
    ]
