"""See where a province's investment lands, and whether it reaches the poor.

District boundaries, project locations and spending are joined in a ledger that balances to the
cent; maps, tables and measures are group-bys of that ledger. Start with `read_plan` or `make_plan`,
`build_ledger`, `summarize`, `reconcile` and `build_map`.
"""

from __future__ import annotations

from importlib import import_module
from inspect import isfunction
from typing import TYPE_CHECKING

from geoplan.model.calls import check_call

if TYPE_CHECKING:
    from geoplan.analysis.alignment import measure_alignment
    from geoplan.analysis.bivariate import cross_money_and_poverty
    from geoplan.analysis.clusters import Clusters, find_clusters
    from geoplan.analysis.comparison import compare, compare_projects
    from geoplan.analysis.coordination import (
        cross_funders,
        describe_funders,
        describe_presence,
        describe_sectors,
        find_overlaps,
    )
    from geoplan.analysis.duplicates import find_duplicates
    from geoplan.analysis.equity import Equity, EquityDescription, describe_equity, measure_equity
    from geoplan.analysis.gaps import rank_gaps
    from geoplan.analysis.planned_vs_paid import compare_kinds, cumulate_months
    from geoplan.analysis.rates import add_rates
    from geoplan.geo.boundaries import CoverageReport, check_coverage, make_crosswalk
    from geoplan.ledger.bounds import bound_amounts
    from geoplan.ledger.crosstab import cross_amounts
    from geoplan.ledger.entries import Ledger, Reconciliation, build_ledger, list_entries, reconcile
    from geoplan.ledger.explain import explain_amount
    from geoplan.ledger.placement import place_locations
    from geoplan.ledger.summary import summarize, summarize_buckets
    from geoplan.ledger.warnings import find_warnings
    from geoplan.model.errors import BalanceError, GeoplanError, InputError, Problem, UsageError
    from geoplan.outputs.choropleths import plot_ledger
    from geoplan.outputs.exports import export_plan
    from geoplan.outputs.exports.iati_file import Publisher
    from geoplan.outputs.exports.plan_folder import write_plan_folder
    from geoplan.page import build_map
    from geoplan.page.extras import DistrictMeasure, ExtraLayer
    from geoplan.page.folium_map import PlanMap
    from geoplan.page.unreached_layers import draw_unreached
    from geoplan.plan.exchange import convert_plan
    from geoplan.plan.plan_file import find_bundled_plan
    from geoplan.plan.plan_tables import Plan, make_plan, read_plan
    from geoplan.plan.prices import deflate_plan
    from geoplan.plan.vintages import carry_plan
    from geoplan.planning import allocate, describe_needs, phase, propose_plan, schedule_plan
    from geoplan.planning.allocation import Allocation
    from geoplan.planning.phasing import Phasing
    from geoplan.planning.siting import Siting, choose_sites
    from geoplan.sources.origins import Origin

    __version__: str

_HOMES = {
    "Allocation": "planning.allocation",
    "BalanceError": "model.errors",
    "Clusters": "analysis.clusters",
    "CoverageReport": "geo.boundaries",
    "DistrictMeasure": "page.extras",
    "Equity": "analysis.equity",
    "EquityDescription": "analysis.equity",
    "ExtraLayer": "page.extras",
    "GeoplanError": "model.errors",
    "InputError": "model.errors",
    "Ledger": "ledger.entries",
    "Origin": "sources.origins",
    "Phasing": "planning.phasing",
    "Plan": "plan.plan_tables",
    "PlanMap": "page.folium_map",
    "Problem": "model.errors",
    "Publisher": "outputs.exports.iati_file",
    "Reconciliation": "ledger.entries",
    "Siting": "planning.siting",
    "UsageError": "model.errors",
    "add_rates": "analysis.rates",
    "allocate": "planning",
    "bound_amounts": "ledger.bounds",
    "build_ledger": "ledger.entries",
    "build_map": "page",
    "carry_plan": "plan.vintages",
    "check_coverage": "geo.boundaries",
    "choose_sites": "planning.siting",
    "compare": "analysis.comparison",
    "compare_kinds": "analysis.planned_vs_paid",
    "compare_projects": "analysis.comparison",
    "convert_plan": "plan.exchange",
    "cross_amounts": "ledger.crosstab",
    "cross_funders": "analysis.coordination",
    "cross_money_and_poverty": "analysis.bivariate",
    "cumulate_months": "analysis.planned_vs_paid",
    "deflate_plan": "plan.prices",
    "describe_equity": "analysis.equity",
    "describe_funders": "analysis.coordination",
    "describe_needs": "planning",
    "describe_presence": "analysis.coordination",
    "describe_sectors": "analysis.coordination",
    "draw_unreached": "page.unreached_layers",
    "explain_amount": "ledger.explain",
    "export_plan": "outputs.exports",
    "find_bundled_plan": "plan.plan_file",
    "find_clusters": "analysis.clusters",
    "find_duplicates": "analysis.duplicates",
    "find_overlaps": "analysis.coordination",
    "find_warnings": "ledger.warnings",
    "list_entries": "ledger.entries",
    "make_crosswalk": "geo.boundaries",
    "make_plan": "plan.plan_tables",
    "measure_alignment": "analysis.alignment",
    "measure_equity": "analysis.equity",
    "phase": "planning",
    "place_locations": "ledger.placement",
    "plot_ledger": "outputs.choropleths",
    "propose_plan": "planning",
    "rank_gaps": "analysis.gaps",
    "read_plan": "plan.plan_tables",
    "reconcile": "ledger.entries",
    "schedule_plan": "planning",
    "summarize": "ledger.summary",
    "summarize_buckets": "ledger.summary",
    "write_plan_folder": "outputs.exports.plan_folder",
}

__all__ = [
    "Allocation",
    "BalanceError",
    "Clusters",
    "CoverageReport",
    "DistrictMeasure",
    "Equity",
    "EquityDescription",
    "ExtraLayer",
    "GeoplanError",
    "InputError",
    "Ledger",
    "Origin",
    "Phasing",
    "Plan",
    "PlanMap",
    "Problem",
    "Publisher",
    "Reconciliation",
    "Siting",
    "UsageError",
    "add_rates",
    "allocate",
    "bound_amounts",
    "build_ledger",
    "build_map",
    "carry_plan",
    "check_coverage",
    "choose_sites",
    "compare",
    "compare_kinds",
    "compare_projects",
    "convert_plan",
    "cross_amounts",
    "cross_funders",
    "cross_money_and_poverty",
    "cumulate_months",
    "deflate_plan",
    "describe_equity",
    "describe_funders",
    "describe_needs",
    "describe_presence",
    "describe_sectors",
    "draw_unreached",
    "explain_amount",
    "export_plan",
    "find_bundled_plan",
    "find_clusters",
    "find_duplicates",
    "find_overlaps",
    "find_warnings",
    "list_entries",
    "make_crosswalk",
    "make_plan",
    "measure_alignment",
    "measure_equity",
    "phase",
    "place_locations",
    "plot_ledger",
    "propose_plan",
    "rank_gaps",
    "read_plan",
    "reconcile",
    "schedule_plan",
    "summarize",
    "summarize_buckets",
    "write_plan_folder",
]

if not TYPE_CHECKING:
    # Hidden from type checkers, so that a name that does not exist is an error for them.

    def __getattr__(name: str) -> object:
        # Public names are imported when they are first used: pandas and its kin take most of a second,
        # and `geoplan --help` needs none of them.
        if name == "__version__":
            return import_module("geoplan.model.version").installed_version()
        if name in _HOMES:
            found = getattr(import_module(f"geoplan.{_HOMES[name]}"), name)
            # Kept, so that the next use finds it without asking again.
            globals()[name] = check_call(found) if isfunction(found) else found
            return globals()[name]
        from difflib import get_close_matches

        close = get_close_matches(name, _HOMES, n=1)
        hint = f". Did you mean {close[0]!r}?" if close else ""
        raise AttributeError(f"module 'geoplan' has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
