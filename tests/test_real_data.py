"""Two countries' real records, through plan folders and the command line."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import openpyxl
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


def test_a_list_of_who_does_what_where_gives_the_sums_of_its_own_codes(shared: Path, tmp_path: Path) -> None:
    # The stored boundaries of wild/drc_3w have no attributes, so squares stand for the codes of the list itself.
    path = shared / "wild" / "drc_3w" / "extract_2025_05.xlsx"
    header, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    at = {str(name): number for number, name in enumerate(header)}
    truth: Counter[object] = Counter()
    areas = {}
    for row in rows:
        code, budget = row[at["Code Terrtoire"]], str(row[at["BUDGET"]])
        truth[code] += Decimal(budget) if budget.replace(".", "").isdecimal() else Decimal(0)
        if code is not None:
            areas[code] = [row[at[name]] for name in ("Territoire", "Code Province", "Province")]
    shapes = [
        f'{code},{",".join(map(str, named))},"POLYGON (({x} 0, {x + 1} 0, {x + 1} 1, {x} 1, {x} 0))"'
        for x, (code, named) in enumerate(sorted(areas.items()))
    ]
    layer = tmp_path / "layer.csv"
    layer.write_text("\n".join(["ADM2_PCODE,ADM2_FR,ADM1_PCODE,ADM1_FR,geometry", *shapes]), encoding="utf-8")
    run("init", tmp_path / "plan", "--from", path, "--districts", layer)
    found: Counter[object] = Counter()
    for entry in csv.DictReader(run("ledger", tmp_path / "plan").stdout.splitlines()):
        found[entry["district"] or None] += Decimal(entry["amount"])
    assert +found == +truth
    assert (found["CD5407"], found["CD9105"]) == (595_690, 15_000)
