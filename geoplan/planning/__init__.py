"""Planning: where the next money could go, by a rule that can be followed by hand.

Belongs here: a new budget split over districts (`allocation`, `apportionment`, `formula`,
`needs`), money by year under ceilings (`phasing`), a proposal as a plan (`proposal`), and the
choice of sites (`siting`).

Does not belong here: what the money so far reaches (`analysis`), and the workbook in which a
split is edited (`outputs.report.allocation_workbook`, read back by `edited_allocation`).
"""

from __future__ import annotations

from geoplan.model.choices import SPLIT_RULES
from geoplan.planning.allocation import Allocation, allocate, describe_split
from geoplan.planning.formula import FACTORS, parse_formula
from geoplan.planning.needs import describe_needs, find_currency
from geoplan.planning.phasing import Phasing, phase, schedule_plan
from geoplan.planning.proposal import compare_equity, propose_plan
from geoplan.planning.transfers import find_transfers

__all__ = [
    "FACTORS",
    "SPLIT_RULES",
    "Allocation",
    "Phasing",
    "allocate",
    "compare_equity",
    "describe_needs",
    "describe_split",
    "find_currency",
    "find_transfers",
    "parse_formula",
    "phase",
    "propose_plan",
    "schedule_plan",
]
