"""Two countries' real records, through plan folders and the command line."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from .cli.test_cli import run

PLANS = {
    "adb_laos": ("laos/lao_districts_2019.gpkg", 148),
    "nepal_aims": ("nepal/nepal-districts.geojson", 75),
}


@pytest.fixture(params=PLANS)
def real_plan(request: pytest.FixtureRequest, shared: Path, tmp_path: Path) -> Path:
    layer, _ = PLANS[request.param]
    aid = shared / "aid" / request.param
    files = {
        "districts": shared / layer,
        "projects": aid / "projects.csv",
        "locations": aid / "locations.csv",
        "spending": aid / "transactions.csv",
    }
    folder = tmp_path / request.param
    folder.mkdir()
    (folder / "geoplan.toml").write_text(
        "".join(f"[{table}]\nfile = '{path}'\n" for table, path in files.items()), encoding="utf-8"
    )
    return folder


def test_summary_reconciles_to_the_cent(real_plan: Path, shared: Path) -> None:
    transactions = pd.read_csv(shared / "aid" / real_plan.name / "transactions.csv", dtype=str)
    given = sum(Decimal(value) for value in transactions["transaction_value"])
    found = json.loads(run("summary", real_plan, "--format", "json").stdout, parse_float=Decimal)
    # One answer for each kind of money.
    answers = found if isinstance(found, list) else [found]
    for answer in answers:
        assert len(answer["rows"]) == PLANS[real_plan.name][1]
        assert answer["input_total"] == answer["placed_total"]
        assert answer["difference"] == 0
        in_districts = sum(row["amount"] for row in answer["rows"])
        assert in_districts + sum(answer["buckets"].values()) == answer["input_total"]
    assert sum(answer["input_total"] for answer in answers) == given


def test_map_is_written(real_plan: Path, tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    result = run("map", real_plan, "-o", target)
    assert "difference 0.00, balanced" in result.stderr
    assert 200_000 < target.stat().st_size < 3_000_000
