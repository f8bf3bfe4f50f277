"""Which money a command shows: the options kind, vintage, convert and constant prices, and what the manifest says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..conftest import DISTRICTS, SPENDING, TOML, WritePlan
from .test_cli import run

pytestmark = pytest.mark.usefixtures("plans_read_once")

BESIDE = """[rates]
file = "rates.csv"
[deflators]
file = "deflators.csv"
[vintages.old.districts]
file = "old.csv"
"""
WITH_ALL = TOML.replace("[districts]", f'currency = "EUR"\n{BESIDE}[districts]')
FILES = {
    "toml": WITH_ALL,
    "spending": SPENDING + "Q,schools,Y,2011,disbursement,USD,30.00\n",
    "rates": "currency,date,rate,source\nUSD,2011-01-01,0.5,bank\n",
    "deflators": "currency,year,index,source\n"
    + "".join(f"{code},{year},{index},office\n" for code in ("EUR", "USD")
              for year, index in ((2010, 100), (2011, 125), (2012, 200))),
    "old": DISTRICTS,
}  # fmt: skip
ALLOCATE = ("allocate", "--budget", "900", "--rule", "equal", "--currency", "EUR")
PHASE = ("phase", "--ceilings", "2013=90", "--currency", "EUR", "--priority", "none")
ALL = ("--kind", "budget", "--vintage", "old", "--convert")
STATED = {"kind": "budget", "vintage": "old", "convert": True}
WITHOUT_KIND = {"vintage": "old", "convert": True}


@pytest.mark.parametrize(
    ("command", "options", "stated", "target"),
    [
        (("summary",), ALL, STATED, "out.csv"),
        (("ledger",), ALL, STATED, "out.csv"),
        (("explain",), ALL, STATED, "out.csv"),
        (("export",), ALL, STATED, "out.csv"),
        (("map",), ALL, STATED, "out.html"),
        (("report",), ALL, STATED, "out.xlsx"),
        (("coordination",), ALL, STATED, "out.csv"),
        (("execution",), ALL[2:], WITHOUT_KIND, "out.csv"),
        (ALLOCATE, ALL[:2], {"kind": "budget"}, "out.csv"),
        (PHASE, ALL[:2], {"kind": "budget"}, "out.csv"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) and not value[0].startswith("-") else "",
)
def test_the_manifest_names_which_money_is_shown(
    command: tuple[str, ...],
    options: tuple[str, ...],
    stated: dict[str, object],
    target: str,
    write_plan: WritePlan,
    tmp_path: Path,
) -> None:
    name, *others = command
    folder = write_plan(**FILES)
    output = tmp_path / target
    run(name, folder, *others, *options, "--constant-prices", "2012", "-o", output)
    manifest = json.loads((tmp_path / f"{target}.manifest.json").read_text(encoding="utf-8"))
    view = {"kind", "vintage", "convert", "constant_prices"}
    assert {key: value for key, value in manifest["options"].items() if key in view} == {
        **stated,
        "constant_prices": 2012,
    }


def test_both_plans_of_a_map_are_in_constant_prices(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan(**FILES)
    other = folder.rename(tmp_path / "other")
    output = tmp_path / "map.html"
    run("map", write_plan(**FILES), "--compare", other, "--constant-prices", "2012", "-o", output)
    manifest = json.loads((tmp_path / "map.html.manifest.json").read_text(encoding="utf-8"))
    assert any("constant prices of 2012" in note for note in manifest["notes"])
    assert manifest["compared_with"]["notes"] == manifest["notes"]


def test_money_is_converted_before_it_is_deflated(write_plan: WritePlan) -> None:
    answer = json.loads(
        run("summary", write_plan(**FILES), *ALL[:1], "disbursement", *ALL[2:], "--constant-prices", "2012",
            "--format", "json").stdout
    )  # fmt: skip
    # USD 30.00 × 0.5 = EUR 15.00; × 200/125
    assert (answer["currency"], answer["placed_total"]) == ("EUR", 24)


def test_a_budget_is_split_beside_money_in_constant_prices(write_plan: WritePlan, tmp_path: Path) -> None:
    target = tmp_path / "kept"
    folder = write_plan(**FILES)
    run(
        "allocate",
        folder,
        *ALLOCATE[1:],
        "--constant-prices",
        "2012",
        "--kind",
        "budget",
        "--keep",
        "-o",
        target,
    )
    answer = json.loads(run("summary", target, "--by", "year", "--format", "json").stdout)
    # 100.00 × 200/100, 50.00 × 200/125 and 7.01 are in no district or in several; 900.00 is new
    assert answer["input_total"] == 200 + 80 + 7.01 + 900
    new = [row for row in answer["rows"] if row["year"] == 2013]
    assert [row["amount"] for row in new] == [900]
