"""Joint money by partner: below each summary by funder, and in its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyogrio
import pytest
from click.testing import CliRunner

from geoplan.analysis.coordination import describe_funders
from geoplan.cli import app
from geoplan.ledger.entries import build_ledger
from geoplan.plan.plan_tables import read_plan

from ..conftest import WritePlan

pytestmark = pytest.mark.usefixtures("plans_read_once")

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


ALONE_AND_JOINTLY = {
    "Luxembourg": (10, 30, "Japan; Laos"), "Laos": (0, 30, "Japan; Luxembourg"), "Japan": (5, 10, "Laos; Luxembourg"),
    "not stated": (3, 0, None),
}  # fmt: skip


def run(folder: Path, *arguments: str, command: str = "summary") -> str:
    done = CliRunner().invoke(app, [command, str(folder), *arguments])
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
        ["disbursement", "Japan", 0.0, 4.0, "Laos"], ["disbursement", "Laos", 0.0, 4.0, "Japan"],
    ]  # fmt: skip
    assert [row["jointly_up_to"] for row in found[0]["partners"]] == [30, 30, 10]


def test_a_workbook_has_the_lines_too(write_plan: WritePlan, tmp_path: Path) -> None:
    run(write_plan(spending=SPENDING), "--by", "funder", "-o", str(tmp_path / "s.xlsx"))
    book = openpyxl.load_workbook(tmp_path / "s.xlsx")
    cells = {
        str(cell).replace("\u202f", "") for sheet in book for row in sheet.values for cell in row if cell
    }
    assert {*LINES} <= cells


def read_funders(path: Path) -> pd.DataFrame:
    match path.suffix:
        case ".csv":
            return pd.read_csv(path)
        case ".parquet":
            return pd.read_parquet(path)
        case ".gpkg":
            return pd.DataFrame(pyogrio.read_dataframe(path, layer="funders"))
        case _:
            return pd.read_excel(path, sheet_name="Funders", engine="openpyxl")


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".gpkg", ".xlsx"])
def test_exports_have_the_funders(suffix: str, write_plan: WritePlan, tmp_path: Path) -> None:
    target = tmp_path / f"f{suffix}"
    chosen = ["--table", "funders"] if suffix in (".csv", ".parquet") else []
    run(write_plan(spending=SPENDING), "-o", str(target), *chosen, command="export")
    rows = read_funders(target)
    assert {*rows["kind"]} == {"budget"} and {*rows["currency"]} == {"EUR"}
    found = {
        row.funder: (row.alone, row.jointly_up_to, None if pd.isna(row.partners) else row.partners)
        for row in rows.itertuples()
    }
    assert found == ALONE_AND_JOINTLY


def test_an_export_without_joint_money_has_no_table_of_funders(write_plan: WritePlan, tmp_path: Path) -> None:
    alone = "\n".join(line for line in SPENDING.splitlines() if not {*";|"} & {*line})
    run(write_plan(spending=alone), "-o", str(tmp_path / "f.xlsx"), command="export")
    assert "Funders" not in openpyxl.load_workbook(tmp_path / "f.xlsx").sheetnames


def test_the_report_has_a_sheet_of_funders(write_plan: WritePlan, tmp_path: Path) -> None:
    run(write_plan(spending=SPENDING), "-o", str(tmp_path / "r.xlsx"), "--language", "fr", command="report")
    head, *rows = openpyxl.load_workbook(tmp_path / "r.xlsx")["Bailleurs"].iter_rows(
        max_col=7, values_only=True
    )
    assert head == ("bailleur", "monnaie", "seul", "ensemble jusqu’à", "projets", "districts", "partenaires")
    found = {
        "not stated" if name == "non indiqué" else name: (alone, jointly, partners)
        for name, _, alone, jointly, _, _, partners in rows
    }
    assert found == ALONE_AND_JOINTLY


def test_a_name_given_twice_is_one_funder(write_plan: WritePlan) -> None:
    folder = write_plan(
        spending="project,component,funder,year,kind,currency,amount\nP,roads,Laos|Laos,2010,budget,EUR,7\n"
    )
    [row] = describe_funders(build_ledger(read_plan(folder))).to_dict("records")
    assert (row["funder"], row["alone_minor"], row["jointly_up_to_minor"]) == ("Laos", 700, 0)
