"""See where a province's investment lands, and whether it reaches the poor.

District boundaries, project locations and spending are joined in a ledger that balances to the
cent; maps, tables and measures are group-bys of that ledger. See `read_plan`, `build_ledger`,
`summarize`, `reconcile` and `build_map`.
"""

from __future__ import annotations

from importlib import import_module
from inspect import isfunction
from typing import TYPE_CHECKING, Any

from geoplan.model.calls import check_call

if TYPE_CHECKING:
    from geoplan.analysis.alignment import measure_alignment
    from geoplan.analysis.comparison import compare, compare_projects
    from geoplan.analysis.coordination import cross_funders, find_duplicates
    from geoplan.analysis.equity import describe_equity, measure_equity
    from geoplan.analysis.gaps import rank_gaps
    from geoplan.analysis.planned_vs_paid import compare_kinds, cumulate_months
    from geoplan.analysis.rates import add_rates
    from geoplan.geo.boundaries import check_coverage, crosswalk
    from geoplan.ledger.bounds import bound_amounts
    from geoplan.ledger.crosstab import cross_amounts
    from geoplan.ledger.entries import Ledger, Reconciliation, build_ledger, reconcile, written_ledger
    from geoplan.ledger.explain import explain_amount
    from geoplan.ledger.placement import place_locations
    from geoplan.ledger.summary import summarize
    from geoplan.model.errors import BalanceError, GeoplanError, InputError, Problem, UsageError
    from geoplan.outputs.exports.plan_folder import write_plan_folder
    from geoplan.page import build_map
    from geoplan.page.extras import DistrictMeasure, ExtraLayer
    from geoplan.page.unreached_layers import draw_unreached
    from geoplan.plan.exchange import convert_plan
    from geoplan.plan.plan_file import bundled_plan
    from geoplan.plan.plan_tables import Plan, read_plan, read_tables
    from geoplan.plan.vintages import carry_plan
    from geoplan.planning import allocate, describe_needs, phase, phased_plan, propose_plan
    from geoplan.planning.siting import choose_sites

_HOMES = {
    "BalanceError": "model.errors",
    "DistrictMeasure": "page.extras",
    "ExtraLayer": "page.extras",
    "GeoplanError": "model.errors",
    "InputError": "model.errors",
    "Ledger": "ledger.entries",
    "Plan": "plan.plan_tables",
    "Problem": "model.errors",
    "Reconciliation": "ledger.entries",
    "UsageError": "model.errors",
    "add_rates": "analysis.rates",
    "allocate": "planning",
    "bound_amounts": "ledger.bounds",
    "build_ledger": "ledger.entries",
    "build_map": "page",
    "bundled_plan": "plan.plan_file",
    "carry_plan": "plan.vintages",
    "check_coverage": "geo.boundaries",
    "choose_sites": "planning.siting",
    "compare": "analysis.comparison",
    "compare_kinds": "analysis.planned_vs_paid",
    "compare_projects": "analysis.comparison",
    "convert_plan": "plan.exchange",
    "cross_amounts": "ledger.crosstab",
    "cross_funders": "analysis.coordination",
    "crosswalk": "geo.boundaries",
    "cumulate_months": "analysis.planned_vs_paid",
    "describe_equity": "analysis.equity",
    "describe_needs": "planning",
    "draw_unreached": "page.unreached_layers",
    "explain_amount": "ledger.explain",
    "find_duplicates": "analysis.coordination",
    "measure_alignment": "analysis.alignment",
    "measure_equity": "analysis.equity",
    "phase": "planning",
    "phased_plan": "planning",
    "place_locations": "ledger.placement",
    "propose_plan": "planning",
    "rank_gaps": "analysis.gaps",
    "read_plan": "plan.plan_tables",
    "read_tables": "plan.plan_tables",
    "reconcile": "ledger.entries",
    "summarize": "ledger.summary",
    "write_plan_folder": "outputs.exports.plan_folder",
    "written_ledger": "ledger.entries",
}

__all__ = [
    "BalanceError",
    "DistrictMeasure",
    "ExtraLayer",
    "GeoplanError",
    "InputError",
    "Ledger",
    "Plan",
    "Problem",
    "Reconciliation",
    "UsageError",
    "add_rates",
    "allocate",
    "bound_amounts",
    "build_ledger",
    "build_map",
    "bundled_plan",
    "carry_plan",
    "check_coverage",
    "choose_sites",
    "compare",
    "compare_kinds",
    "compare_projects",
    "convert_plan",
    "cross_amounts",
    "cross_funders",
    "crosswalk",
    "cumulate_months",
    "describe_equity",
    "describe_needs",
    "draw_unreached",
    "explain_amount",
    "find_duplicates",
    "measure_alignment",
    "measure_equity",
    "phase",
    "phased_plan",
    "place_locations",
    "propose_plan",
    "rank_gaps",
    "read_plan",
    "read_tables",
    "reconcile",
    "summarize",
    "write_plan_folder",
    "written_ledger",
]


def __getattr__(name: str) -> Any:
    # Public names are imported when they are first used: pandas and its kin take most of a second,
    # and `geoplan --help` needs none of them.
    if name == "__version__":
        return import_module("geoplan.model.version").installed_version()
    if name in _HOMES:
        found = getattr(import_module(f"geoplan.{_HOMES[name]}"), name)
        # Kept, so that the next use finds it without asking again.
        globals()[name] = check_call(found) if isfunction(found) else found
        return globals()[name]
    raise AttributeError(f"module 'geoplan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
