"""Equity: how evenly spending reaches people and districts, and whether it reaches the poor."""

from __future__ import annotations

from geoplan.analysis.equity.allocations import (
    GROUPS,
    Spending,
    check_one_kind,
    choose_spread,
    lay_out_spending,
)
from geoplan.analysis.equity.description import Equity, EquityDescription, describe_equity
from geoplan.analysis.equity.families import MEASURES, READINGS
from geoplan.analysis.equity.indices import (
    coady_grosh_hoddinott,
    concentration_curve,
    concentration_index,
    concentration_of_funders,
    decompose_theil,
    dissimilarity,
    gini,
    hoover,
    mean_log_deviation,
    theil,
)
from geoplan.analysis.equity.measures import measure_equity, measure_spending
from geoplan.analysis.equity.poverty import Ranking, rank_by_poverty
from geoplan.analysis.equity.targeting import compare_classes, target_districts, trace_curve

__all__ = [
    "GROUPS",
    "MEASURES",
    "READINGS",
    "Equity",
    "EquityDescription",
    "Ranking",
    "Spending",
    "check_one_kind",
    "choose_spread",
    "coady_grosh_hoddinott",
    "compare_classes",
    "concentration_curve",
    "concentration_index",
    "concentration_of_funders",
    "decompose_theil",
    "describe_equity",
    "dissimilarity",
    "gini",
    "hoover",
    "lay_out_spending",
    "mean_log_deviation",
    "measure_equity",
    "measure_spending",
    "rank_by_poverty",
    "target_districts",
    "theil",
    "trace_curve",
]
