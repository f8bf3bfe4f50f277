from __future__ import annotations

import csv
from pathlib import Path

from ..cli.test_cli import run
from ..conftest import DISTRICTS, LOCATIONS, TOML, WritePlan

TWICE = DISTRICTS.replace("Gamma", "Beta")
NAMED = LOCATIONS + "Q,2,Beta,3,\nR,1,Omega,3,\nR,2,=cmd,3,\n"
WITH_REVIEW = TOML.replace('file = "locations.csv"', 'file = "locations.csv"\nreview = "review.csv"')


def test_names_are_decided_by_a_planner_and_read_back(write_plan: WritePlan) -> None:
    folder = write_plan(districts=TWICE, locations=NAMED)
    said = run("check", folder, "--review", folder / "review.csv")
    assert "3 names in" in said.stderr
    rows = list(csv.DictReader((folder / "review.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["name"], row["found"], row["candidates"], row["district"]) for row in rows] == [
        ("Beta", "ambiguous name", "B Beta | C Beta", ""),
        ("Omega", "unknown name", "", ""),
        ("'=cmd", "unknown name", "", ""),
    ] or [row["name"] for row in rows] == ["'=cmd", "Beta", "Omega"]
    assert "unmatched" in run("summary", folder).stdout

    for row in rows:
        row["district"] = {"Beta": "C", "Omega": "A", "'=cmd": ""}[row["name"]]
    write_rows(folder / "review.csv", rows)
    folder = write_plan(districts=TWICE, locations=NAMED, toml=WITH_REVIEW)
    ledger = run("ledger", folder).stdout
    assert "district,C,25.00,reviewed name; even split" in ledger
    assert "district,A,3.51,reviewed name; even split" in ledger
    assert "unmatched,,3.50,unknown name; even split" in ledger

    run("check", folder, "--review", folder / "again.csv")
    again = {
        row["name"]: row["district"]
        for row in csv.DictReader((folder / "again.csv").read_text(encoding="utf-8").splitlines())
    }
    assert again == {"Beta": "C", "Omega": "A", "'=cmd": ""}


def test_a_decision_for_no_district_is_refused(write_plan: WritePlan) -> None:
    folder = write_plan(toml=WITH_REVIEW)
    assert "review.csv" in run("summary", folder, code=1).stderr
    (folder / "review.csv").write_text("name,province,district\nOmega,,Z\n")
    assert "review.csv, row 2, column 'district'" in run("summary", folder, code=1).stderr


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
