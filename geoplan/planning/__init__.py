"""Planning: where the next money could go, by a rule that can be followed by hand."""

from __future__ import annotations

from geoplan.planning.allocation import RULES, Allocation, allocate, say_rule
from geoplan.planning.formula import FACTORS, parse_formula
from geoplan.planning.moves import find_moves
from geoplan.planning.needs import describe_needs, find_currency
from geoplan.planning.phasing import Phasing, phase, phased_plan
from geoplan.planning.proposal import compare_equity, propose_plan

__all__ = [
    "FACTORS",
    "RULES",
    "Allocation",
    "Phasing",
    "allocate",
    "compare_equity",
    "describe_needs",
    "find_currency",
    "find_moves",
    "parse_formula",
    "phase",
    "phased_plan",
    "propose_plan",
    "say_rule",
]
