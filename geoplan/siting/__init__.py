"""Siting: where new facilities serve the demand best, next to those that exist."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoplan.siting.catchments import draw_catchments
    from geoplan.siting.choice import Siting, choose_sites
    from geoplan.siting.costs import measure_costs, read_costs
    from geoplan.siting.coverage import compare_coverage
    from geoplan.siting.demand import weigh_demand

_HOMES = {
    "Siting": "choice",
    "choose_sites": "choice",
    "compare_coverage": "coverage",
    "draw_catchments": "catchments",
    "measure_costs": "costs",
    "read_costs": "costs",
    "weigh_demand": "demand",
}

__all__ = [
    "Siting",
    "choose_sites",
    "compare_coverage",
    "draw_catchments",
    "measure_costs",
    "read_costs",
    "weigh_demand",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"geoplan.siting.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'geoplan.siting' has no attribute {name!r}")
