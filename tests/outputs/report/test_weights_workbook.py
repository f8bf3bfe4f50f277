"""The weights workbook: scores and ranks follow the weights that somebody writes into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from geoplan.analysis.sturdiness import describe_indicators
from geoplan.outputs.report.weights_workbook import write_weights
from geoplan.plan.classification_rules import read_classification
from geoplan.plan.need_scores import classify_districts, indicator_table, score_districts

from ...planning.test_reallocation import recalculated

PROFILE = pd.DataFrame(
    {
        "district": ["A", "B", "C", "D"],
        "name": ["=Alpha", "Beta", "Gamma", "Delta"],
        "year": 2015,
        "rate": [0.1, 0.5, 0.3, 0.2],
        "road": [9.0, 3.0, 1.0, np.nan],
    }
)


@pytest.mark.parametrize(
    "changes",
    [{}, {"missing": "leave out"}, {"aggregation": "geometric", "floor": 0.05, "missing": "leave out"}],
    ids=["mean", "leave out", "geometric"],
)
def test_scores_follow_the_weights_in_libreoffice(changes: dict[str, Any], tmp_path: Path) -> None:
    section = {
        "method": "index",
        "indicators": {"rate": {"needier": "high", "weight": 0.5}, "road": {"needier": "low", "weight": 0.5}},
        "classes": [{"name": "first", "districts": 1}, {"name": "rest"}],
    }
    rule, problems = read_classification({**section, **changes}, "geoplan.toml")
    assert rule is not None, problems
    table = indicator_table(PROFILE, rule)
    classified = classify_districts(PROFILE, rule).assign(name=PROFILE["name"])
    path = tmp_path / "weights.xlsx"
    scored = score_districts(table, rule)
    write_weights(path, describe_indicators(PROFILE, rule), scored, classified, rule, ["a note"])

    shown = openpyxl.load_workbook(path, data_only=True)["Scores"]
    for row, (score, rank) in enumerate(zip(scored["score"], scored["rank"], strict=True), start=4):
        assert shown.cell(row, 5).value == (None if pd.isna(score) else pytest.approx(score))
        assert shown.cell(row, 6).value == (None if pd.isna(rank) else rank)
        assert shown.cell(row, 9).value == 2015
    book = openpyxl.load_workbook(path)
    assert book["Scores"]["B4"].value == "=Alpha" and book["Scores"]["B4"].data_type == "s"
    book["Weights"]["C2"], book["Weights"]["C3"] = 0.2, 0.8
    book.save(path)
    live = openpyxl.load_workbook(recalculated(path), data_only=True)["Scores"]
    expected = score_districts(table, rule, weights=np.array([0.2, 0.8]))
    for row, (score, rank) in enumerate(zip(expected["score"], expected["rank"], strict=True), start=4):
        assert live.cell(row, 5).value == (None if pd.isna(score) else pytest.approx(score))
        assert live.cell(row, 6).value == (None if pd.isna(rank) else rank)
