from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from ..cli.test_cli import run
from ..conftest import SPENDING, TOML, WritePlan

WITH_BOTH = TOML.replace(
    "[districts]",
    'currency = "EUR"\n[rates]\nfile = "rates.csv"\n[deflators]\nfile = "deflators.csv"\n[districts]',
)
RATES = "currency,date,rate,source\nUSD,2010-01-01,0.5,bank\nUSD,2010-07-01,0.8,bank\n"
DEFLATORS = """currency,year,index,source
EUR,2010,100,statistics office
EUR,2011,102.5,statistics office
EUR,2012,104,statistics office
"""
DATED = (
    SPENDING.replace("amount\n", "amount,value_date\n").replace("00\n", "00,\n").replace("7.01\n", "7.01,\n")
    + "P,roads,X,2010,disbursement,USD,10.00,2010-06-30\nP,roads,X,2010,disbursement,USD,10.00,2010-07-01\n"
)


def test_the_rate_is_that_of_the_day_an_amount_is_valued_at(write_plan: WritePlan) -> None:
    folder = write_plan(spending=DATED, toml=WITH_BOTH, rates=RATES, deflators=DEFLATORS)
    answer = json.loads(
        run("summary", folder, "--kind", "disbursement", "--convert", "--format", "json").stdout
    )
    # 10.00 × 0.5 + 10.00 × 0.8
    assert answer["input_total"] == 13
    early = write_plan(
        spending=DATED.replace("2010-06-30", "2009-12-31"), toml=WITH_BOTH, rates=RATES, deflators=DEFLATORS
    )
    assert "no rate of 'USD' dated 2009 or before" in run("summary", early, "--convert", code=1).stderr


def test_constant_prices_keep_what_was_given_beside_them(write_plan: WritePlan) -> None:
    folder = write_plan(spending=DATED, toml=WITH_BOTH, rates=RATES, deflators=DEFLATORS)
    result = run("ledger", folder, "--convert", "--constant-prices", "2012")
    rows = list(csv.DictReader(StringIO(result.stdout)))
    by_place = {(row["project"], row["year"], row["given_currency"]): Decimal(0) for row in rows}
    given = dict(by_place)
    for row in rows:
        key = (row["project"], row["year"], row["given_currency"])
        by_place[key] += Decimal(row["amount"])
        given[key] += Decimal(row["given_amount"])
    assert given == {
        ("P", "2010", "EUR"): 100,
        ("P", "2010", "USD"): 20,
        ("Q", "2011", "EUR"): 50,
        ("R", "2012", "EUR"): Decimal("7.01"),
    }
    # 100 × 104/100; 5.00 and 8.00 × 1.04; 50 × 104/102.5 = 50.731707; the base year stays
    assert by_place == {
        ("P", "2010", "EUR"): Decimal("104.00"),
        ("P", "2010", "USD"): Decimal("13.52"),
        ("Q", "2011", "EUR"): Decimal("50.73"),
        ("R", "2012", "EUR"): Decimal("7.01"),
    }
    assert (
        "EUR in constant prices of 2012: deflators 2010 = 100, 2011 = 102.5, 2012 = 104 (statistics office)"
        in result.stderr
    )
    assert (
        "(rounding when read: 0.001707) =" in result.stderr
        and "difference 0.000000, balanced" in result.stderr
    )
    explained = run(
        "explain",
        folder,
        "--project",
        "Q",
        "--constant-prices",
        "2010",
        "--kind",
        "budget",
        "--format",
        "csv",
    ).stdout
    assert "given_amount" in explained and "50.00" in explained


@pytest.mark.parametrize("command", ["equity", "coordination", "gaps"])
def test_measures_convert_too(command: str, write_plan: WritePlan) -> None:
    folder = write_plan(spending=DATED, toml=WITH_BOTH, rates=RATES, deflators=DEFLATORS)
    said = run(
        command, folder, "--kind", "disbursement", "--convert", "--constant-prices", "2012", "--format", "csv"
    )
    assert "USD" not in said.stdout and "EUR" in said.stdout
    assert "converted: 1 USD = 0.8 EUR of 2010-07-01 (bank)" in said.stderr


@pytest.mark.parametrize(
    ("table", "part"),
    [
        ("currency,year\nEUR,2010\n", "columns are missing: 'index'"),
        ("currency,year,index\nEUR,2010,0\n", "not readable: '0'"),
        ("currency,year,index\neuro,2010,100\n", "not readable: 'euro'"),
        (
            "currency,year,index\nEUR,2010,100\nEUR,2010,101\n",
            "a currency has several values of index for the same year",
        ),
        ("currency,year,index\nEUR,2010,100\n", "no deflator of 'EUR' for 2011"),
    ],
)
def test_missing_and_unreadable_deflators_are_refused(table: str, part: str, write_plan: WritePlan) -> None:
    folder = write_plan(toml=WITH_BOTH, rates=RATES, deflators=table)
    assert part in run("summary", folder, "--constant-prices", "2010", code=1).stderr


def test_without_a_table_there_are_no_constant_prices(write_plan: WritePlan) -> None:
    assert "[deflators]" in run("summary", write_plan(), "--constant-prices", "2010", code=2).stderr


def test_an_export_of_converted_money_can_be_converted_again(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan(spending=DATED, toml=WITH_BOTH, rates=RATES, deflators=DEFLATORS)
    ledger = tmp_path / "spending.csv"
    run("export", folder, "--convert", "-o", ledger, "--table", "spending")
    (folder / "spending.csv").write_bytes(ledger.read_bytes())
    rows = list(csv.DictReader(StringIO(run("ledger", folder, "--constant-prices", "2012").stdout)))
    assert {row["given_currency"] for row in rows} == {"EUR"}
