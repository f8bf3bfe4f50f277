"""The commands that measure, as their users meet them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from click.testing import CliRunner, Result

from geoplan.cli import app, execution_command, measure_commands, money_commands
from geoplan.model.errors import GeoplanError, InputError, UsageError
from geoplan.text.languages import Catalogue, read_catalogue

from ..conftest import SPENDING, WritePlan

pytestmark = pytest.mark.usefixtures("plans_read_once")


def run(command: click.Command, *arguments: object) -> Result:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if isinstance(result.exception, GeoplanError):
        raise result.exception
    assert result.exception is None, result.exception
    return result


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- equity ---------------------------------------------------------------------------------


def test_equity_says_its_verdict_and_its_sentences() -> None:
    printed = run(measure_commands.equity).stdout
    assert "depends on where EUR 1\u202f620\u202f000 went" in printed
    for name in (
        "Gini",
        "Theil T, between poverty classes",
        "Hoover",
        "concentration index",
        "dissimilarity",
    ):
        assert name in printed
    assert "district means, not people)." in printed
    assert "Illustrative figures" in printed
    assert "Districts are ranked by poverty rate." in printed


def test_equity_json_keeps_its_contract(write_plan: WritePlan) -> None:
    answer = json.loads(run(measure_commands.equity, write_plan(), "--format", "json").stdout)
    assert list(answer) == [
        "measures",
        "verdicts",
        "districts",
        "classes",
        "left_out",
        "curve",
        "notes",
        "illustrative",
    ]
    assert list(answer["measures"][0]) == [
        "currency", "measure", "label", "reading", "value", "exact", "sentence", "needs", "obstacle", "left_out",
    ]  # fmt: skip
    assert len(answer["measures"]) == 9 * 4
    assert answer["measures"][0]["exact"] is True
    assert {row["district"] for row in answer["left_out"]} == {"C"}
    certain = [row for row in answer["districts"] if row["reading"] == "certain"]
    assert [row["spending"] for row in certain] == [33.34, 33.33, 0]


def test_what_is_infinite_is_null_in_json(write_plan: WritePlan) -> None:
    profile = "district,year,population\nA,2010,1000\nB,2010,2000\nC,2010,3000\n"
    answer = json.loads(run(measure_commands.equity, write_plan(profile=profile), "--format", "json").stdout)
    (row,) = [
        row
        for row in answer["measures"]
        if (row["measure"], row["reading"]) == ("mean_log_deviation", "certain")
    ]
    assert row["value"] is None and row["obstacle"].startswith("infinite")


def test_equity_by_component_as_csv(tmp_path: Path) -> None:
    target = tmp_path / "equity.csv"
    run(measure_commands.equity, "--by", "component", "-o", target)
    written = rows(target.read_text(encoding="utf-8"))
    assert len(written) == 3 * 9 * 4
    assert {row["illustrative"] for row in written} == {"yes"}
    assert (tmp_path / "equity.csv.manifest.json").exists()


def test_equity_as_markdown_names_what_is_left_out(write_plan: WritePlan) -> None:
    written = run(measure_commands.equity, write_plan(), "--format", "md").stdout
    assert written.startswith("## Measures\n\n| currency | measure | certain | expected | lowest | highest |")
    assert "Left out: Gamma (population missing), with EUR 0" in written
    assert "balanced" in written


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "dépend de l’endroit où sont allés"), ("lo", "ຂຶ້ນກັບວ່າ 1\u202f620\u202f000 EUR")],
)
def test_equity_speaks(language: str, said: str) -> None:
    printed = run(measure_commands.equity, "--language", language).stdout
    assert said in printed
    words = read_catalogue("geoplan.outputs.report", language)
    for key in ("section.classes", "column.people_share", "column.highest", "column.poor_share"):
        assert words.say(key) in " ".join(printed.split()) or words.say(key).capitalize() in printed
    answer = json.loads(run(measure_commands.equity, "--language", language, "--format", "json").stdout)
    assert said in answer["verdicts"][0]["verdict"]


def test_equity_by_class_order(write_plan: WritePlan) -> None:
    folder = write_plan()
    printed = run(measure_commands.equity, folder, "--class-order", "very poor, more developed").stdout
    assert "Districts are ranked by poverty class" in printed
    with pytest.raises(UsageError, match="does not have"):
        run(measure_commands.equity, folder, "--class-order", "very poor")


def test_equity_of_several_kinds_asks_for_one(write_plan: WritePlan) -> None:
    folder = write_plan(spending=SPENDING + "P,roads,X,2011,disbursement,EUR,30.00\n")
    with pytest.raises(UsageError, match="choose one kind, such as budget"):
        run(measure_commands.equity, folder)
    assert "Gini" in run(measure_commands.equity, folder, "--kind", "budget").stdout
    for command in ("equity", "gaps", "coordination"):
        result = CliRunner().invoke(app, [command, str(folder)])
        assert result.exit_code == 2, command
        said = " ".join(result.stderr.split())
        assert "choose one kind, such as --kind budget" in said and "plan.only" not in said, command


def test_little_money_per_person_is_not_shown_as_none(write_plan: WritePlan) -> None:
    header = SPENDING.splitlines()[0]
    folder = write_plan(spending=f"{header}\nP,roads,X,2010,budget,EUR,0.10\n")
    answer = json.loads(run(measure_commands.equity, folder, "--format", "json").stdout)
    shown = [row for row in answer["districts"] if row["spending"]]
    assert shown and all(row["per_person"] > 0 for row in shown)
    for row in shown:
        assert row["per_person"] == pytest.approx(row["spending"] / row["population"], rel=0.05)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--by", "colour"], UsageError),
        (["--spread", "population"], InputError),
        (["-o", "x.doc"], UsageError),
    ],
)
def test_equity_refuses(write_plan: WritePlan, arguments: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        run(measure_commands.equity, write_plan(), *arguments)


def test_equity_on_another_vintage() -> None:
    printed = run(measure_commands.equity, "--vintage", "2009", "--spread", "poor").stdout
    assert "LA.BL.KH" in printed and "money without a known district is spread by poor persons" in printed


def test_the_same_input_gives_the_same_output(write_plan: WritePlan) -> None:
    folder = write_plan()
    once: Any = [
        run(measure_commands.equity, folder, "--format", form).stdout
        for form in ("table", "csv", "json", "md")
    ]
    again = [
        run(measure_commands.equity, folder, "--format", form).stdout
        for form in ("table", "csv", "json", "md")
    ]
    assert once == again


# --- summaries and execution ----------------------------------------------------------------


def test_summary_across(write_plan: WritePlan) -> None:
    folder = write_plan()
    written = rows(run(money_commands.summary, folder, "--across", "year", "--format", "csv").stdout)
    assert [(row["district"], row["place"], row["2010"], row["total"]) for row in written] == [
        ("A", "district", "33.34", "33.34"),
        ("B", "district", "33.33", "33.33"),
        ("C", "district", "", "0.00"),
        ("", "province-wide", "", "50.00"),
        ("", "outside area", "33.33", "33.33"),
        ("", "unlocated", "", "7.01"),
    ]
    for form in ("table", "md"):
        printed = run(money_commands.summary, folder, "--across", "year", "--format", form).stdout
        assert "cells with 0: 0; empty cells, because no amount is recorded: 13" in printed
    answer = json.loads(run(money_commands.summary, folder, "--across", "year", "--format", "json").stdout)
    assert answer["summary"][2]["2010"] is None and answer["summary"][2]["total"] == 0
    with pytest.raises(UsageError, match="shows amounts only"):
        run(money_commands.summary, folder, "--across", "year", "--rates")


def test_summary_counts_zero_and_missing(write_plan: WritePlan) -> None:
    folder = write_plan()
    printed = run(money_commands.summary, folder, "--rates", "--counts").stdout
    assert "amount 0: 1 of 3 rows" in printed
    assert "per person missing, not 0: 1 of 3 rows" in printed
    answer = json.loads(run(money_commands.summary, folder, "--rates", "--counts", "--format", "json").stdout)
    assert answer["zero"] == 1 and answer["missing"]["per_village"] == 3
    assert [row["amounts"] for row in answer["rows"]] == [1, 1, 0]
    written = rows(run(money_commands.summary, folder, "--counts", "--format", "csv").stdout)
    assert [row["amounts"] for row in written] == ["1", "1", "0", "1", "1", "1"]


def test_summary_by_period_and_village(write_plan: WritePlan) -> None:
    for options in ([], ["--periods", "2011-2015"]):
        printed = run(money_commands.summary, "--by", "period", *options).stdout
        assert "before 2011" in printed and "7\u202f130\u202f000.00" in printed
    assert "2012–2014" in run(money_commands.summary, "--by", "period", "--periods", "2012-2014").stdout
    with pytest.raises(UsageError, match="file not found"):
        run(money_commands.summary, write_plan(), "--villages", "nowhere.gpkg")


def test_execution(write_plan: WritePlan) -> None:
    folder = write_plan(spending=SPENDING + "P,roads,X,2010,disbursement,EUR,80.00\n")
    printed = run(execution_command.execution, folder).stdout
    assert "Planned is budget; paid is disbursement." in printed
    assert "paid: 0 in 0, not recorded in 2 of 3 rows." in printed
    answer = json.loads(run(execution_command.execution, folder, "--by", "funder", "--format", "json").stdout)
    assert answer["execution"][0]["execution_rate"] == pytest.approx(80 / 107.01)
    assert answer["execution"][1]["paid"] is None
    (total,) = answer["in_all"]
    assert (total["planned"], total["planned_alone"], total["paid"]) == (107.01, 50, 80)
    months = json.loads(run(execution_command.execution, folder, "--months", "--format", "json").stdout)[
        "months"
    ]
    assert months[-1]["so_far"] == 80 or months[-1]["so_far"] == 157.01


# --- coordination ---------------------------------------------------------------------------


def test_coordination_says_who_is_where(write_plan: WritePlan) -> None:
    folder = write_plan(spending=SPENDING + "R,schools,Y,2010,budget,EUR,20.00\n")
    printed = run(measure_commands.coordination, folder).stdout
    assert "no funder: 1 district (Gamma)" in printed
    assert "one funder: 2 districts (Alpha, Beta)" in printed
    assert "probable duplicates to review (none merged): 0" in printed


def test_the_matrix_holds_all_money() -> None:
    written = rows(run(measure_commands.coordination, "--format", "csv").stdout)
    assert sum(round(float(row["amount"]) * 100) for row in written) == 820_000_000
    by_sector = rows(run(measure_commands.coordination, "--topic", "sector", "--format", "csv").stdout)
    assert sum(round(float(row["amount"]) * 100) for row in by_sector) == 820_000_000
    assert {"Transport", "Finance"} <= {row["sector"] for row in by_sector}


def test_coordination_json_keeps_its_contract(write_plan: WritePlan) -> None:
    answer = json.loads(run(measure_commands.coordination, write_plan(), "--format", "json").stdout)
    assert list(answer) == [
        "matrix",
        "districts",
        "funders",
        "overlaps",
        "probable_duplicates",
        "notes",
        "illustrative",
    ]
    assert [row["state"] for row in answer["districts"]] == ["alone", "alone", "left out"]
    assert answer["districts"][2]["hhi"] is None


# --- gaps -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", ["20", "20km", "20000 M"])
def test_gaps_rank_and_measure(reach: str, write_plan: WritePlan) -> None:
    answer = json.loads(run(measure_commands.gaps, write_plan(), "--reach", reach, "--format", "json").stdout)
    assert [(row["rank"], row["district"]) for row in answer["gaps"]] == [(1, "B"), (2, "A"), (None, "C")]
    # C begins half a degree east of the location in B: 55.66 km along the parallel of half a degree.
    (row,) = answer["districts_out_of_reach"]
    assert (row["district"], row["nearest_project"]) == ("C", "P")
    assert row["kilometres"] == pytest.approx(55.66, abs=0.01)
    assert "0 of 3 districts" in run(measure_commands.gaps, write_plan(), "--reach", "60").stdout


def test_rates_of_a_currency_without_cents_have_decimals(write_plan: WritePlan) -> None:
    head = "project,component,funder,year,kind,currency,amount\n"
    folder = write_plan(spending=head + "P,roads,X,2010,budget,JPY,300\n")
    answer = json.loads(run(measure_commands.gaps, folder, "--format", "json").stdout)
    assert [(row["district"], row["per_poor_person"], row["spending"]) for row in answer["gaps"][:2]] == [
        ("B", 0.12, 100),  # 100 over 800 poor is 0.125, half to even
        ("A", 1.0, 100),
    ]


def test_gaps_of_villages(write_plan: WritePlan, tmp_path: Path) -> None:
    villages = tmp_path / "villages.geojson"
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": place}}
        for name, place in (("near", [0.5, 0.51]), ("far", [2.5, 0.5]))
    ]
    villages.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    answer = json.loads(
        run(measure_commands.gaps, write_plan(), "--points", villages, "--format", "json").stdout
    )
    assert [(row["name"], row["district"]) for row in answer["points_out_of_reach"]] == [("far", "C")]
    assert "1 of 2 points have no project location within 10 km" in run(measure_commands.gaps, write_plan(), "--points", villages).stdout  # fmt: skip


@pytest.mark.parametrize("arguments", [["--reach", "-1"], ["--points", "nowhere.gpkg"], ["--reach", "nan"]])
def test_gaps_refuse(write_plan: WritePlan, arguments: list[str]) -> None:
    with pytest.raises(UsageError):
        run(measure_commands.gaps, write_plan(), *arguments)


@pytest.mark.parametrize("command", [measure_commands.coordination, measure_commands.gaps])
@pytest.mark.parametrize("ending", ["csv", "json", "md", "txt"])
def test_files_come_with_their_manifest(command: click.Command, ending: str, tmp_path: Path) -> None:
    target = tmp_path / f"out.{ending}"
    assert run(command, "-o", target).stdout.strip() == str(target)
    assert target.stat().st_size > 0
    assert json.loads((tmp_path / f"out.{ending}.manifest.json").read_text(encoding="utf-8"))[
        "reconciliation"
    ]


@pytest.mark.parametrize(
    ("command", "sheet"),
    [
        (measure_commands.equity, "Measures"),
        (measure_commands.coordination, "Matrix"),
        (measure_commands.gaps, "Gaps"),
        (execution_command.execution, "Execution"),
    ],
)
def test_workbooks_have_a_sheet_per_table(command: click.Command, sheet: str, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    run(command, "-o", target)
    workbook = openpyxl.load_workbook(target)
    assert workbook.sheetnames[:2] == ["Read me", sheet]
    assert workbook[sheet].freeze_panes == "A2" and workbook[sheet].max_row > 3
    said = " ".join(str(row[0]) for row in workbook["Read me"].iter_rows(values_only=True))
    assert "balanced" in said and "Illustrative" in said
    heads = [cell.value for cell in workbook[sheet][1]]
    assert not [head for head in heads if "_" in head]


@pytest.mark.parametrize(
    "command", [measure_commands.equity, measure_commands.coordination, measure_commands.gaps]
)
def test_text_from_data_is_kept_from_becoming_something_else(
    command: click.Command, write_plan: WritePlan
) -> None:
    folder = write_plan()
    districts = (folder / "districts.csv").read_text(encoding="utf-8")
    (folder / "districts.csv").write_text(districts.replace("Gamma", "=1+1<b>|"), encoding="utf-8")
    written = run(command, folder, "--format", "md").stdout
    assert "<b>" not in written
    assert "\n=1" not in run(command, folder, "--format", "csv").stdout.replace(",=", "\n=")


RULE = """
[classification]
method = "index"
classes = [{ name = "needy", districts = 1 }, { name = "less needy" }]
[classification.indicators]
poverty_rate = { needier = "high", weight = 0.5 }
population = { needier = "low", weight = 0.5 }
"""


def test_classify_shows_the_classes_and_writes_a_profile_that_reads_back(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    folder = write_plan(profile="district,year,population,poor\nA,2015,100,50\nB,2015,200,20\n")
    toml = folder / "geoplan.toml"
    plain = toml.read_text()
    toml.write_text(plain + RULE)
    shown = CliRunner().invoke(app, ["classify", str(folder), "--draws", "20", "--format", "json"])
    assert shown.exit_code == 0, shown.output
    found = json.loads(shown.stdout)
    assert {row["poverty_class"] for row in found["districts"]} == {"needy", "less needy"}
    assert [row["weight"] for row in found["indicators"]] == [0.5, 0.5]
    target = tmp_path / "profile.csv"
    assert CliRunner().invoke(app, ["classify", str(folder), "-o", str(target)]).exit_code == 0
    toml.write_text(plain)
    (folder / "profile.csv").write_bytes(target.read_bytes())
    again = CliRunner().invoke(app, ["summary", str(folder), "--by", "poverty_class", "--format", "csv"])
    assert again.exit_code == 0 and "needy" in again.stdout


def test_classify_without_a_rule_says_what_to_paste(write_plan: WritePlan) -> None:
    refused = CliRunner().invoke(app, ["classify", str(write_plan())])
    assert refused.exit_code == 2
    assert 'poverty_rate = { needier = "high", weight = 0.7 }' in refused.output


@pytest.mark.parametrize("language", ["fr", "lo"])
def test_every_head_of_a_table_is_in_its_language(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown: list[str] = []
    knows = Catalogue.knows

    def note(words: Catalogue, key: str) -> bool:
        known = knows(words, key)
        unknown.extend([] if known else [key])
        return known

    monkeypatch.setattr(Catalogue, "knows", note)
    for by in ([], ["--by", "component"]):
        run(measure_commands.equity, "--language", language, *by)
    assert [key for key in unknown if key.startswith(("column.", "section."))] == []
