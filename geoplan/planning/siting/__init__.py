"""Siting: chooses the new sites that serve the demand best, together with existing sites."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoplan.planning.siting.catchments import draw_catchments
    from geoplan.planning.siting.choice import Siting, choose_sites
    from geoplan.planning.siting.demand import weigh_demand
    from geoplan.planning.siting.service_coverage import compare_coverage
    from geoplan.planning.siting.travel_costs import measure_costs, read_costs

_HOMES = {
    "Siting": "choice",
    "choose_sites": "choice",
    "compare_coverage": "service_coverage",
    "draw_catchments": "catchments",
    "measure_costs": "travel_costs",
    "read_costs": "travel_costs",
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
        return getattr(import_module(f"geoplan.planning.siting.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'geoplan.planning.siting' has no attribute {name!r}")
