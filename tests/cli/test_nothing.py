"""Plans with nothing of something: every command writes zero rows, or says in one error what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoplan.cli import app
from tests.sources.iati_files import paid, wrapped

from ..conftest import DISTRICTS, LOCATIONS, PROFILE, PROJECTS, SPENDING, TOML, WritePlan

pytestmark = pytest.mark.usefixtures("plans_read_once")


def first_row(table: str, rows: int = 1) -> str:
    return "".join(line + "\n" for line in table.splitlines()[: rows + 1])


CASES: Mapping[str, Mapping[str, str]] = {
    # Amounts are read and none is left: no kind, currency, year or project remains.
    "no amounts left": {
        "toml": TOML.replace('file = "spending.csv"', 'file = "spending.csv"\nwhere = "year > 2020"')
    },
    "no amounts": {"spending": first_row(SPENDING, 0)},
    "no locations": {
        "toml": TOML.replace('file = "locations.csv"', 'file = "locations.csv"\nwhere = "precision > 9"')
    },
    "no profile": {"toml": TOML.replace('[profile]\nfile = "profile.csv"\n', "")},
    "no projects": {"projects": first_row(PROJECTS, 0)},
    "one district": {"districts": first_row(DISTRICTS), "profile": first_row(PROFILE)},
    "all unlocated": {"locations": first_row(LOCATIONS, 0) + "P,1,,,\n"},
    "another currency": {
        "spending": SPENDING.replace("EUR", "JPY").replace(".00", "").replace(".01", ""),
        "toml": TOML.replace("[districts]", 'currency = "EUR"\n[districts]'),
    },
}

COMMANDS = (
    "check",
    "summary",
    "summary --bounds --spread even",
    "summary --by project,district --bounds --counts --rates",
    "summary --across year",
    "summary --by kind,component --format json",
    "summary --format md",
    "ledger",
    "ledger -o {out}/ledger.gpkg",
    "explain",
    "equity",
    "equity --by component --format json",
    "coordination",
    "coordination --topic sector --format md",
    "gaps",
    "execution --months",
    "compare {plan}",
    "compare --readings certain,expected --spread even",
    "map -o {out}/map.html",
    "export -o {out}/plan.gpkg",
    "export -o {out}/plan.xlsx",
    "export -o {out}/plan.geojson",
    "report -o {out}/report.xlsx",
    "report -o {out}/report.html",
    "report --one-page -o {out}/summary.html",
    "report -o {out}/report.docx",
    "report -o {out}/charts",
    "map -o {out}/map.html --svg {out}/map.svg",
    "allocate --budget 1000 --rule equal",
    "allocate --budget 1000 --rule poor -o {out}/split.xlsx",
    "allocate --budget 1000 --rule equal --year 2030 --keep -o {out}/next",
    "phase --ceilings 2013=50,2014=70",
    "export --table funders -o {out}/funders.csv",
    "compare --kinds budget,disbursement",
    "clusters --permutations 99",
    "profile --population {more}/people.tif --values counts --year 2010",
    "gaps --points {more}/villages.csv --reach 30min --travel {more}/roads.geojson --speeds {more}/speeds.csv",
    "site --demand {more}/villages.csv --candidates {more}/villages.csv --n 1 --p-median",
    "site --demand {more}/villages.csv --candidates {more}/villages.csv --n 1 --weight poor --within 30min"
    " --travel {more}/roads.geojson --speeds {more}/speeds.csv",
)

CLASSIFICATION = """
[classification]
method = "index"
classes = [{ name = "very poor", districts = 1 }, { name = "poor" }]
[classification.indicators]
poverty_rate = { needier = "high", weight = 0.5 }
poor = { needier = "high", weight = 0.5 }
"""
RULED = (
    "check",
    "classify --draws 10",
    "classify -o {out}/weights.xlsx",
    "summary --by poverty_class",
    "equity",
)
"""Commands that are run on a plan with a rule of need too."""


RELEASE = """<iati-activities version="2.03"><iati-activity>
<iati-identifier>X-1</iati-identifier><title><narrative>Road</narrative></title>
<location><point><pos>0.5 0.5</pos></point></location>
</iati-activity></iati-activities>"""


def check_endings(command: str, arguments: list[str], out: Path) -> None:
    """Run a command and check that it ends in a result or in one short error that leaves nothing behind."""
    done = CliRunner().invoke(app, arguments)
    # 0: done. 1: a problem of the data. 2: a problem of the call. Anything else is a fault of geoplan.
    assert done.exit_code in (0, 1, 2), (command, done.output, done.exception)
    if done.exit_code:
        assert not [*out.iterdir()], (command, "nothing half-written")
        assert len(done.stderr.splitlines()) < 12, (command, done.stderr)
    elif "{out}" in command:
        assert [*out.iterdir()], (command, "a command that ends well writes what it was asked for")


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_no_crash(case: str, write_plan: WritePlan, more: Path, tmp_path: Path) -> None:
    folder = write_plan(**CASES[case])
    ruled = folder / "ruled.toml"
    ruled.write_text((folder / "geoplan.toml").read_text(encoding="utf-8") + CLASSIFICATION, encoding="utf-8")
    commands = [*((command, folder) for command in COMMANDS), *((command, ruled) for command in RULED)]
    for number, (command, plan) in enumerate(commands):
        out = tmp_path / f"out{number}"
        out.mkdir()
        name, *options = (part.format(out=out, plan=plan, more=more) for part in command.split())
        check_endings(command, [name, str(plan), *options], out)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("explain --project P", "the ledger has no project 'P'; it has no amounts"),
        ("compare --kinds budget,commitment", "no spending of kind 'budget'; it has no amounts"),
        ("compare --years 2010,2011", "the plan has no money in '2010'; it has no amounts"),
    ],
)
def test_what_a_plan_without_amounts_has_is_said(command: str, said: str, write_plan: WritePlan) -> None:
    name, *options = command.split()
    done = CliRunner().invoke(app, [name, str(write_plan(**CASES["no amounts left"])), *options])
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_a_release_without_a_transaction_is_no_crash(more: Path, tmp_path: Path) -> None:
    release, districts = tmp_path / "release.xml", tmp_path / "districts.csv"
    release.write_text(RELEASE)
    districts.write_text(DISTRICTS)
    given = ["--districts", str(districts), "--source", f"iati:{release}"]
    for number, command in enumerate(COMMANDS):
        name, *options = command.format(out=tmp_path / f"out{number}", plan="", more=more).split()
        if name != "compare":
            out = tmp_path / f"out{number}"
            out.mkdir()
            check_endings(command, [name, *given, *options], out)


def test_a_plan_that_leaves_all_its_money_out_says_so(tmp_path: Path) -> None:
    release, districts = tmp_path / "release.xml", tmp_path / "districts.csv"
    release.write_text(wrapped(paid("7", kind="1")))
    districts.write_text(DISTRICTS)
    done = CliRunner().invoke(app, ["ledger", "--districts", str(districts), "--source", f"iati:{release}"])
    assert done.exit_code == 2
    assert "has no money that counts (left out: EUR 7.00 of incoming funds in 1 amount" in done.stderr
