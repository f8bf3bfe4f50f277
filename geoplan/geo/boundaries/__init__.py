"""Boundary layers: check, repair and simplify them, and compare two vintages."""

from __future__ import annotations

from geoplan.geo.boundaries.area_changes import AREA_COLUMNS, list_area_changes
from geoplan.geo.boundaries.coverage import (
    ACCEPTED_GAP,
    FINDING_KINDS,
    HARMLESS_KINDS,
    INEXACT_KINDS,
    SLIVER_WIDTH,
    CoverageReport,
    check_coverage,
)
from geoplan.geo.boundaries.coverage_findings import FINDING_COLUMNS
from geoplan.geo.boundaries.crosswalks import SMALLEST_PART, UNDECIDED_BASIS, make_crosswalk
from geoplan.geo.boundaries.repairs import CHANGE_COLUMNS, LARGEST_GAP, repair
from geoplan.geo.boundaries.simplification import simplify
from geoplan.geo.geodesy import geodesic_area

__all__ = [
    "ACCEPTED_GAP",
    "AREA_COLUMNS",
    "CHANGE_COLUMNS",
    "FINDING_COLUMNS",
    "FINDING_KINDS",
    "HARMLESS_KINDS",
    "INEXACT_KINDS",
    "LARGEST_GAP",
    "SLIVER_WIDTH",
    "SMALLEST_PART",
    "UNDECIDED_BASIS",
    "CoverageReport",
    "check_coverage",
    "geodesic_area",
    "list_area_changes",
    "make_crosswalk",
    "repair",
    "simplify",
]
