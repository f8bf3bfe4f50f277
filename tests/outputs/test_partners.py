"""Joint money by partner: below each summary by funder, and in its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from geoplan.cli import app

from ..conftest import WritePlan

# Luxembourg pays 10 alone and 30 with others (20 with Laos, 10 with Laos and Japan); Unspecified is no funder.
SPENDING = """project,component,funder,year,kind,currency,amount
P,roads,Luxembourg,2010,budget,EUR,10
P,roads,Laos; Luxembourg,2010,budget,EUR,20
Q,roads,Luxembourg|Laos|Japan,2011,budget,EUR,10
Q,roads,Unspecified|Japan,2011,budget,EUR,5
R,roads,Unspecified,2011,budget,EUR,3
"""
LINES = [
    "Luxembourg: EUR 10.00 alone and up to 30.00 jointly with Japan; Laos",
    "Laos: EUR 0.00 alone and up to 30.00 jointly with Japan; Luxembourg",
    "Japan: EUR 5.00 alone and up to 10.00 jointly with Laos; Luxembourg",
]


def run(folder: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["summary", str(folder), *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("form", ["table", "md"])
def test_a_summary_by_funder_says_what_each_partner_pays(form: str, write_plan: WritePlan) -> None:
    said = run(write_plan(spending=SPENDING), "--by", "year,funder", "--format", form)
    said = said.replace("\u202f", "")
    for line in LINES:
        assert line in said
    assert "Unspecified:" not in said


def test_other_summaries_and_plans_without_joint_money_say_nothing(write_plan: WritePlan) -> None:
    assert "jointly" not in run(write_plan(spending=SPENDING), "--by", "year")
    alone = SPENDING.replace("Laos; Luxembourg", "Laos").replace("Luxembourg|Laos|Japan", "Japan")
    assert "jointly" not in run(
        write_plan(spending=alone.replace("Unspecified|Japan", "Japan")), "--by", "funder"
    )


def test_json_has_partners_by_kind(write_plan: WritePlan) -> None:
    folder = write_plan(spending=SPENDING + "P,roads,Laos|Japan,2011,disbursement,EUR,4\n")
    found: list[dict[str, Any]] = json.loads(run(folder, "--by", "funder", "--format", "json"))
    assert [one["kind"] for one in found] == ["budget", "disbursement"]
    assert [[*row.values()] for row in found[1]["partners"]] == [
        ["Japan", "disbursement", 0.0, 4.0, "Laos"], ["Laos", "disbursement", 0.0, 4.0, "Japan"],
    ]  # fmt: skip
    assert [row["jointly_up_to"] for row in found[0]["partners"]] == [30, 30, 10]


def test_a_workbook_has_the_lines_too(write_plan: WritePlan, tmp_path: Path) -> None:
    run(write_plan(spending=SPENDING), "--by", "funder", "-o", str(tmp_path / "s.xlsx"))
    book = openpyxl.load_workbook(tmp_path / "s.xlsx")
    cells = {
        str(cell).replace("\u202f", "") for sheet in book for row in sheet.values for cell in row if cell
    }
    assert {*LINES} <= cells
