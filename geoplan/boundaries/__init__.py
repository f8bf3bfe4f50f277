"""Boundary layers: are they one coverage, mend them, generalise them, carry one vintage to another."""

from __future__ import annotations

from geoplan.boundaries.area import geodesic_area
from geoplan.boundaries.coverage import (
    FINDING_KINDS,
    INEXACT_KINDS,
    SLIVER_WIDTH,
    CoverageReport,
    check_coverage,
)
from geoplan.boundaries.crosswalks import CRUMB, crosswalk
from geoplan.boundaries.findings import FINDING_COLUMNS
from geoplan.boundaries.repairs import CHANGE_COLUMNS, LARGEST_GAP, repair
from geoplan.boundaries.simplification import simplify

__all__ = [
    "CHANGE_COLUMNS",
    "CRUMB",
    "FINDING_COLUMNS",
    "FINDING_KINDS",
    "INEXACT_KINDS",
    "LARGEST_GAP",
    "SLIVER_WIDTH",
    "CoverageReport",
    "check_coverage",
    "crosswalk",
    "geodesic_area",
    "repair",
    "simplify",
]
