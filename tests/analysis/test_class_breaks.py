"""Class breaks of the library against the table of cases that the page's script passes as well."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from geoplan.analysis.class_breaks import SEQUENTIAL, class_breaks

TABLE = Path(__file__).resolve().parents[1] / "shared" / "class_breaks.json"
CASES = [
    case
    for case in json.loads(TABLE.read_text(encoding="utf-8"))["cases"]
    if case["method"] in {"quantiles", "fisher"}
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_class_breaks(case: dict[str, Any]) -> None:
    values = [math.nan if value is None else value for value in case["values"]]
    assert class_breaks(values, case["most"], case["method"]) == case["breaks"]


def test_infinite_values_do_not_count() -> None:
    assert class_breaks([math.inf, 4, -math.inf, 8]) == [8]


def test_few_values_are_classed_by_natural_breaks_and_many_by_quantiles() -> None:
    values = [1, 2, 3, 4, 5, 6, 7, 90]
    assert class_breaks(values, 2) == [90]
    assert class_breaks([*values, *[0.0] * 7], 2) == [5]


def test_there_are_at_most_5_classes_each_with_its_colour() -> None:
    assert [len(class_breaks(range(1, 1 + count))) for count in (15, 99)] == [4, 4]
    assert [len(colours) for colours in SEQUENTIAL.values()] == [*SEQUENTIAL] == [1, 2, 3, 4, 5]


def test_fourteen_values_are_few_and_zeros_count() -> None:
    assert class_breaks([1, 2, 3, 4, 5, 6, 7, 90, *[0.0] * 6], 2) == [90]


@pytest.mark.parametrize(("least", "is_clear"), [(98.99, True), (99.01, False)])
def test_no_class_ends_in_a_gap_of_less_than_one_per_cent(least: float, is_clear: bool) -> None:
    assert len(class_breaks([least, 100], 2)) == is_clear
