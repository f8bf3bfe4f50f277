"""Warnings about the boundary layer of a plan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from geoplan.geo.boundaries import HARMLESS_KINDS, check_coverage
from geoplan.geo.boundaries.finding_tables import count_findings
from geoplan.model.errors import Problem
from geoplan.model.schema import DISTRICTS, SOURCE_FILE, SOURCE_ROW
from geoplan.model.toml_text import toml_value
from geoplan.plan.districts import read_water

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan


def warn_of_boundaries(plan: Plan, source: str) -> list[Problem]:
    """Warn of gaps, overlaps and the like, one line per kind, the largest first.

    Parameters
    ----------
    plan : Plan
    source : str
        Name of the layer for messages.
    """
    report = check_coverage(plan.districts, water=read_water(plan.water), accepted_gaps=plan.accepted_gaps)
    wrong = report.findings[~report.findings["kind"].isin(HARMLESS_KINDS)]
    problems = []
    for kind in dict.fromkeys(wrong["kind"]):
        rows = wrong[wrong["kind"] == kind]
        measured = (rows[name].tolist() for name in ("districts", "area_m2", "lon", "lat"))
        values = tuple(
            codes if math.isnan(lon) else f"{codes}, {area:,.0f} m² at {lon:.4f}, {lat:.4f}"
            for codes, area, lon, lat in zip(*measured, strict=True)
        )
        message = f"{count_findings(len(rows), kind)} in the boundary layer"
        way_out = "repair the layer before others use it"
        if kind == "empty geometry":
            message = f"{message}: the districts inside have all of the ground"
            way_out = _way_out_of_levels(plan.districts, values)
        problems.append(Problem(source, message, values=values, way_out=way_out))
    return problems


def _way_out_of_levels(districts: gpd.GeoDataFrame, emptied: tuple[str, ...]) -> str:
    """Return how to read one level of a layer that has several; the column is named if one tells the levels apart."""
    above = districts["district"].isin(emptied)
    known = (*DISTRICTS.read_names, SOURCE_FILE, SOURCE_ROW)
    columns = [name for name in districts.columns if name not in known]
    for name in columns:
        values = districts.loc[~above, name].dropna().unique()
        if len(values) == 1 and not districts.loc[above, name].isin(values).any():
            written = values[0] if isinstance(values[0], int | np.integer) else f"'{values[0]}'"
            condition = toml_value(f'"{name}" = {written}')
            return f"if the layer has several levels, read one of them in [districts]: where = {condition}"
    return 'if the layer has several levels, read one of them: add where = "…" to [districts]'
