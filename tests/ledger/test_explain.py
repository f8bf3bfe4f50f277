from __future__ import annotations

import csv
import hashlib
import io
import json
from decimal import Decimal
from pathlib import Path

from geoplan.ledger.entries import build_ledger
from geoplan.ledger.explain import explain_amount
from geoplan.ledger.summary import summarize
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from ..cli.test_cli import run
from ..conftest import WritePlan


def test_a_figure_leads_back_to_its_rows(write_plan: WritePlan) -> None:
    folder = write_plan()
    rows = json.loads(
        run("explain", folder, "--district", "Alpha", "--format", "json").stdout, parse_float=Decimal
    )
    assert rows == [
        {
            "amount": Decimal("33.34"), "currency": "EUR", "year": 2010, "kind": "budget", "component": "roads",
            "funder": "X", "project": "P", "title": "Road", "location": "1", "name": "one", "place": "district",
            "district": "A", "province": "P1", "rule": "point; even split", "file": "spending.csv", "row": 2,
        }
    ]  # fmt: skip
    line = (folder / "spending.csv").read_text().splitlines()[rows[0]["row"] - 1]
    assert line == "P,roads,X,2010,budget,EUR,100.00"


def test_explained_amounts_add_up_to_the_summary() -> None:
    plan = read_plan(find_bundled_plan())
    ledger = build_ledger(plan)
    rows = summarize(ledger, ["district", "component"])
    for row in rows.to_dict("records"):
        if row["amount_minor"]:
            found = explain_amount(plan, ledger, district=row["district"], component=row["component"])
            assert found["amount"].sum() == Decimal(row["amount_minor"]) / 100
    options = ("--district", "LA1104", "--component", "3 Rural microcredit")
    text = run("explain", *options, "--format", "csv").stdout
    told = sum(Decimal(entry["amount"]) for entry in csv.DictReader(io.StringIO(text)))
    of_one = rows[(rows["district"] == "LA1104") & (rows["component"] == "3 Rural microcredit")]
    assert told == Decimal(int(of_one["amount_minor"].sum())) / 100
    summary = json.loads(run("summary", "--format", "json").stdout, parse_float=Decimal)
    bucket = run("explain", "--place", "unlocated", "--format", "csv").stdout
    assert (
        sum(Decimal(entry["amount"]) for entry in csv.DictReader(io.StringIO(bucket)))
        == summary["buckets"]["unlocated"]
    )


def test_wrong_filters_are_refused(write_plan: WritePlan) -> None:
    folder = write_plan()
    assert (
        "no district has the code or name 'Omega'"
        in run("explain", folder, "--district", "Omega", code=2).stderr
    )
    assert "'nowhere' is no bucket" in run("explain", folder, "--place", "nowhere", code=2).stderr
    assert (
        "it has 'office', 'roads', 'schools'" in run("explain", folder, "--component", "road", code=2).stderr
    )


def test_every_written_file_has_its_manifest(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    target = tmp_path / "s.csv"
    run("summary", folder, "--by", "year", "-o", target)
    manifest = json.loads((tmp_path / "s.csv.manifest.json").read_text(encoding="utf-8"), parse_float=Decimal)
    for name in ("districts", "profile", "projects", "locations", "spending"):
        data = (folder / f"{name}.csv").read_bytes()
        assert manifest["inputs"][name] == {
            "file": f"{name}.csv",
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    assert manifest["inputs"]["plan"]["file"] == "geoplan.toml"
    assert manifest["output"]["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert manifest["options"] == {"by": "year", "spread": "none"}
    assert manifest["reconciliation"][0]["input_total"] == Decimal("157.01")
    assert str(tmp_path) not in json.dumps(manifest, default=str)
