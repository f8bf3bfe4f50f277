"""See where a province's investment lands, and whether it reaches the poor.

District boundaries, project locations and spending are joined in a ledger that balances to the
cent; maps, tables and measures are group-bys of that ledger. See `read_plan`, `build_ledger`,
`summarize`, `reconcile` and `build_map`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoplan.alignment import measure_alignment
    from geoplan.audit import explain_amount
    from geoplan.boundaries import check_coverage, crosswalk
    from geoplan.bounds import bound_amounts
    from geoplan.comparison import compare, compare_projects
    from geoplan.coordination import cross_funders, find_duplicates
    from geoplan.crossing import cross_amounts
    from geoplan.equity import describe_equity, measure_equity
    from geoplan.errors import BalanceError, GeoplanError, InputError, Problem, UsageError
    from geoplan.exchange import convert_plan
    from geoplan.execution import compare_kinds, cumulate_months
    from geoplan.exports.folder import write_plan_folder
    from geoplan.gaps import rank_gaps
    from geoplan.ledger import Ledger, Reconciliation, build_ledger, reconcile, written_ledger
    from geoplan.page import build_map
    from geoplan.page.extras import DistrictMeasure, ExtraLayer
    from geoplan.page.unreached import draw_unreached
    from geoplan.placement import place_locations
    from geoplan.plan import Plan, read_plan, read_tables
    from geoplan.planfile import bundled_plan
    from geoplan.planning import allocate, describe_needs, phase, phased_plan, propose_plan
    from geoplan.rates import add_rates
    from geoplan.siting import choose_sites
    from geoplan.summary import summarize
    from geoplan.vintages import carry_plan

_HOMES = {
    "BalanceError": "errors",
    "DistrictMeasure": "page.extras",
    "ExtraLayer": "page.extras",
    "GeoplanError": "errors",
    "InputError": "errors",
    "Ledger": "ledger",
    "Plan": "plan",
    "Problem": "errors",
    "Reconciliation": "ledger",
    "UsageError": "errors",
    "add_rates": "rates",
    "allocate": "planning",
    "bound_amounts": "bounds",
    "build_ledger": "ledger",
    "build_map": "page",
    "bundled_plan": "planfile",
    "carry_plan": "vintages",
    "check_coverage": "boundaries",
    "choose_sites": "siting",
    "compare": "comparison",
    "compare_kinds": "execution",
    "compare_projects": "comparison",
    "convert_plan": "exchange",
    "cross_amounts": "crossing",
    "cross_funders": "coordination",
    "crosswalk": "boundaries",
    "cumulate_months": "execution",
    "describe_equity": "equity",
    "describe_needs": "planning",
    "draw_unreached": "page.unreached",
    "explain_amount": "audit",
    "find_duplicates": "coordination",
    "measure_alignment": "alignment",
    "measure_equity": "equity",
    "phase": "planning",
    "phased_plan": "planning",
    "place_locations": "placement",
    "propose_plan": "planning",
    "rank_gaps": "gaps",
    "read_plan": "plan",
    "read_tables": "plan",
    "reconcile": "ledger",
    "summarize": "summary",
    "write_plan_folder": "exports.folder",
    "written_ledger": "ledger",
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
        return _installed_version()
    if name in _HOMES:
        return getattr(import_module(f"geoplan.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'geoplan' has no attribute {name!r}")


def _installed_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("geoplan")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0+unknown"


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
