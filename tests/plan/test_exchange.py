from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest

from geoplan.outputs.exports.plan_folder import write_plan_folder
from geoplan.plan.exchange import convert_plan
from geoplan.plan.plan_tables import read_plan
from geoplan.plan.rate_rules import RateRules

from ..cli.test_cli import run
from ..conftest import SPENDING, TOML, WritePlan

WITH_RATES = TOML.replace("[districts]", 'currency = "EUR"\n[rates]\nfile = "rates.csv"\n[districts]')
RATES = """currency,date,rate,source
USD,2009-12-31,0.6942,central bank
USD,2011-06-30,0.7,central bank
"""
MIXED = SPENDING + "P,roads,X,2010,budget,USD,10.01\nP,roads,X,2012,budget,USD,10.00\n"


def test_money_is_converted_at_the_rates_of_the_plan_and_says_so(write_plan: WritePlan) -> None:
    folder = write_plan(spending=MIXED, toml=WITH_RATES, rates=RATES)
    apart = json.loads(run("summary", folder, "--format", "json").stdout)
    assert [(one["currency"], one["input_total"]) for one in apart] == [("EUR", 157.01), ("USD", 20.01)]
    result = run("summary", folder, "--by", "component", "--convert", "--format", "json")
    one = json.loads(result.stdout, parse_float=Decimal)
    # 10.01 × 0.6942 = 6.948942 → 6.95; 10.00 × 0.7 = 7.00
    assert one["currency"] == "EUR"
    assert one["input_total"] == Decimal("157.01") + Decimal("6.948942") + 7
    assert one["rounding"] == Decimal("-0.001058")
    assert one["placed_total"] == Decimal("170.96")
    assert one["difference"] == 0
    assert {row["component"]: row["amount"] for row in one["rows"]}["roads"] == Decimal("113.95")
    assert one["notes"] == [
        "Population and poverty figures of 2010",
        "converted: 1 USD = 0.6942 EUR of 2009-12-31 (central bank)",
        "converted: 1 USD = 0.7 EUR of 2011-06-30 (central bank)",
        # 30 June 2011 to 31 December 2012 are 550 days.
        "old rate: 1 USD = 0.7 EUR of 2011-06-30 (central bank) is used for 1 amount of 2012, up to 1.5 years later",
    ]
    assert one["notes"][1] in result.stderr


def test_missing_and_unreadable_rates_are_refused(write_plan: WritePlan) -> None:
    assert "[rates]" in run("summary", write_plan(spending=MIXED), "--convert", code=2).stderr
    late = write_plan(spending=MIXED, toml=WITH_RATES, rates="currency,date,rate,source\nUSD,2012,0.7,\n")
    assert "no rate of 'USD' dated 2010 or before" in run("summary", late, "--convert", code=1).stderr
    broken = write_plan(spending=MIXED, toml=WITH_RATES, rates="currency,date,rate\ndollar,June,0\n")
    said = run("summary", broken, "--convert", code=1).stderr
    for word in ("'dollar'", "'June'", "'0'"):
        assert word in said
    assert (
        "columns are missing: 'rate'"
        in run(
            "summary",
            write_plan(spending=MIXED, toml=WITH_RATES, rates="currency,date\nUSD,2010\n"),
            "--convert",
            code=1,
        ).stderr
    )


def test_two_rates_of_one_day_are_refused(write_plan: WritePlan) -> None:
    for second in ("2010-06-30", "2010-01-01"):
        day = "2010" if second == "2010-01-01" else second  # a year alone counts from its first day
        rates = f"currency,date,rate\nUSD,{day},0.7\nEUR,{day},1\nUSD,{second},0.8\n"
        said = run("summary", write_plan(spending=MIXED, toml=WITH_RATES, rates=rates), "--convert", code=1)
        assert (
            "rates.csv, rows 2, 4, column 'date': a currency has several values of rate for the same date"
            in said.stderr
        )


def test_an_old_rate_is_a_warning_with_its_age_or_an_error(write_plan: WritePlan) -> None:
    spending = SPENDING + "P,roads,X,2012,budget,USD,10.00\n"
    folder = write_plan(spending=spending, toml=WITH_RATES, rates="currency,date,rate\nUSD,2009-12-31,0.5\n")
    said = run("check", folder, "--convert").stdout
    # 31 December 2009 to 31 December 2012 are 1,096 days.
    assert "old rate: 1 USD = 0.5 EUR of 2009-12-31 (no source named) is used for 1 amount of 2012" in said
    assert "up to 3.0 years later" in said
    (folder / "geoplan.toml").write_text(WITH_RATES.replace('"rates.csv"', '"rates.csv"\nold = "refuse"'))
    assert "raise max_age_days in [rates]" in run("summary", folder, "--convert", code=1).stderr
    for days, warned in ((1095, True), (1096, False)):
        toml = WITH_RATES.replace('"rates.csv"', f'"rates.csv"\nmax_age_days = {days}')
        (folder / "geoplan.toml").write_text(toml)
        assert ("old rate" in run("check", folder, "--convert").stdout) is warned


def test_a_yearly_amount_can_take_the_mean_of_its_year(write_plan: WritePlan) -> None:
    spending = (
        "project,component,funder,year,value_date,kind,currency,amount\n"
        "P,roads,X,2010,,budget,USD,10.00\n"
        "P,roads,X,2010,2010-02-01,budget,USD,10.00\n"
        "P,roads,X,2011,,budget,USD,10.00\n"
    )
    rates = "currency,date,rate\nUSD,2010-01-01,0.5\nUSD,2010-07-01,0.7\nUSD,2010-12-01,0.9\n"
    toml = WITH_RATES.replace('"rates.csv"', '"rates.csv"\nyearly = "mean"')
    folder = write_plan(spending=spending, toml=toml, rates=rates)
    result = run("summary", folder, "--by", "year", "--convert", "--format", "json")
    one = json.loads(result.stdout, parse_float=Decimal)
    # 2010: 10 × 0.7 (the mean) + 10 × 0.5 (of its day); 2011 has no rate of its own: the last one before.
    assert {row["year"]: row["amount"] for row in one["rows"]} == {
        2010: Decimal("12.00"),
        2011: Decimal("9.00"),
    }
    assert any("0.7 EUR, the mean of 3 rates of 2010" in note for note in one["notes"])
    assert "As given, before conversion: USD 30.00" in result.stderr


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("summary --by year", ""),
        ("ledger", ""),
        ("equity", ""),
        ("gaps", ""),
        ("coordination", ""),
        ("explain --project P", ""),
        ("check", ""),
        ("export -o e.geojson", "e.geojson"),
        ("export -o e.xlsx", "e.xlsx"),
        ("report -o r.html", "r.html"),
        ("report -o r.docx", "r.docx"),
        ("map -o m.html --svg m.svg", "m.svg"),
    ],
)
def test_every_output_uses_and_states_the_mean_of_a_year(
    command: str, file: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    """USD 10,000 at the mean of 0.5, 0.7 and 0.9 are EUR 7,000; at its own day, 5,000."""
    spending = (
        "project,component,funder,year,value_date,kind,currency,amount\n"
        "P,roads,X,2010,,disbursement,USD,10000.00\nP,roads,X,2010,2010-02-01,disbursement,USD,10000.00\n"
    )
    rates = "currency,date,rate\nUSD,2010-01-01,0.5\nUSD,2010-07-01,0.7\nUSD,2010-12-01,0.9\n"
    toml = WITH_RATES.replace('"rates.csv"', '"rates.csv"\nyearly = "mean"')
    folder = write_plan(spending=spending, toml=toml, rates=rates)
    name, *options = command.split()
    targets = [str(tmp_path / word) if word[1:2] == "." else word for word in options]
    done = run(name, folder, *targets, "--convert")
    said = done.stdout + done.stderr
    if file:
        path = tmp_path / file
        said = path.read_bytes().decode("utf-8", "replace")
        if path.suffix in (".docx", ".xlsx"):
            with ZipFile(path) as archive:
                said = "".join(archive.read(part).decode("utf-8", "replace") for part in archive.namelist())
    assert "0.7 EUR, the mean of 3 rates of 2010" in said
    digits = re.sub(r"(?<=\d)[,.\s\u202f\u00a0](?=\d)", "", said)
    assert re.search(r"(?<!\d)(?:12000(?:00)?|7000(?:00)?)(?!\d)", digits)


def test_rates_in_several_sections_have_rules_once(write_plan: WritePlan, tmp_path: Path) -> None:
    sections = (
        '[[rates]]\nfile = "rates.csv"\nold = "refuse"\n[[rates]]\nfile = "more.csv"\nmax_age_days = 900\n'
    )
    toml = TOML.replace("[districts]", f'currency = "EUR"\n{sections}[districts]')
    spending = SPENDING.replace("2011,budget,EUR", "2011,budget,USD").replace(
        "2012,budget,EUR", "2012,budget,LAK"
    )
    folder = write_plan(spending=spending, toml=toml, rates="currency,date,rate\nUSD,2010,0.5\n")
    (folder / "more.csv").write_text("currency,date,rate\nLAK,2011-06,0.01\n")
    plan = read_plan(folder)
    assert plan.rate_rules == RateRules(900, "refuse", "last")
    assert convert_plan(plan).spending["amount_minor"].tolist() == [10_000, 2_500, 7]
    write_plan_folder(plan, tmp_path / "again")
    again = read_plan(tmp_path / "again")
    assert again.rate_rules == plan.rate_rules
    assert convert_plan(again).spending["amount_minor"].tolist() == [10_000, 2_500, 7]
    (folder / "geoplan.toml").write_text(
        toml.replace('"more.csv"', '"more.csv"\nold = "warn"').replace("900", "0")
    )
    said = run("check", folder, code=1).stderr
    assert "the sections [[rates]] give different values for old" in said
    assert "[[rates]] number 2: max_age_days in [rates]" in said


def test_rules_for_rates_are_checked(write_plan: WritePlan) -> None:
    rules = 'max_age_days = 0\nold = "ignore"\nyearly = "median"'
    folder = write_plan(toml=WITH_RATES.replace('"rates.csv"', f'"rates.csv"\n{rules}'), rates=RATES)
    said = run("check", folder, code=1).stderr
    for key in ("max_age_days", "old", "yearly"):
        assert f"{key} in [rates]" in said


def test_a_rate_dated_by_a_year_counts_from_its_first_day(write_plan: WritePlan) -> None:
    """An amount of 2011 has the rate before, one of 1 January 2012 has the new one."""
    header = "project,location,component,funder,year,value_date,kind,currency,amount\n"
    rows = "P,,roads,X,2011,2011-12-31,budget,USD,10.00\nQ,,roads,X,2012,2012-01-01,budget,USD,10.00\n"
    rows += "R,,roads,X,2012,2012-06-30,budget,USD,10.00\n"
    rates = "currency,date,rate,source\nUSD,2011,0.5,bank\nUSD,2012,0.7,bank\n"
    folder = write_plan(spending=header + rows, toml=WITH_RATES, rates=rates)
    amounts: dict[str, Decimal] = {}
    for row in csv.DictReader(io.StringIO(run("ledger", folder, "--convert").stdout)):
        amounts[row["project"]] = amounts.get(row["project"], Decimal(0)) + Decimal(row["amount"])
    assert amounts == {"P": 5, "Q": 7, "R": 7}
