"""Class breaks of the library against the table of cases that the page's script passes as well."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from geoplan.outputs.exports.class_breaks import class_breaks

TABLE = Path(__file__).resolve().parents[2] / "shared" / "class_breaks.json"
CASES = [
    case for case in json.loads(TABLE.read_text(encoding="utf-8"))["cases"] if case["method"] == "quantiles"
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_class_breaks(case: dict[str, Any]) -> None:
    values = [math.nan if value is None else value for value in case["values"]]
    assert class_breaks(values, case["most"]) == case["breaks"]


def test_infinite_values_do_not_count() -> None:
    assert class_breaks([math.inf, 4, -math.inf, 8]) == [8]
