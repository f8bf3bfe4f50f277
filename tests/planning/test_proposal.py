"""Proposals: plans of their own, that read back, with equity before and after."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from pyproj import Geod

from geoplan.analysis.equity import measure_equity
from geoplan.cli import app
from geoplan.ledger.entries import build_ledger, reconcile
from geoplan.ledger.summary import summarize
from geoplan.outputs.exports.plan_folder import write_plan_folder
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan
from geoplan.planning import allocate, compare_equity, describe_needs, propose_plan
from geoplan.planning.proposal import join_ledgers

from ..conftest import SPENDING, WritePlan, page_text

pytestmark = pytest.mark.usefixtures("plans_read_once")
GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def home() -> Plan:
    return read_plan(find_bundled_plan())


def run(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    return done.exit_code, done.stdout, done.stderr.replace("\u202f", " ")


def test_areas_are_in_square_kilometres_on_the_ellipsoid(home: Plan) -> None:
    needs = describe_needs(build_ledger(home), currency="EUR").set_index("district")["area"]
    shapes = home.districts.set_index("district").geometry
    metres = {code: abs(GEOD.geometry_area_perimeter(shape)[0]) for code, shape in shapes.items()}
    assert needs.to_dict() == pytest.approx({code: area / 1e6 for code, area in metres.items()}, rel=1e-6)


def test_the_home_case_by_poor_persons(home: Plan) -> None:
    needs = describe_needs(build_ledger(home), currency="EUR")
    found = allocate(needs, 1_000_000, currency="EUR", rule="poor")
    # 105,507 poor persons; Viengthong has 30,562: 1,000,000.00 × 30,562 / 105,507 = 289,667.984…;
    # three cents are left after rounding down, for Khamkeut (.599), Pakkading (.592) and Thaphabath (.485).
    assert [str(amount) for amount in found.districts["amount"]] == [
        "52527.32", "30263.40", "69170.77", "96846.65", "321011.88", "289667.98", "140512.00",
    ]  # fmt: skip
    proposal = propose_plan(home, found)
    ledger = build_ledger(proposal)
    assert [str(row.input_total) for row in reconcile(ledger)] == ["1000000.00"]
    assert summarize(ledger)["amount_minor"].tolist() == found.districts["amount_minor"].tolist()
    assert set(proposal.spending["year"]) == {2017}
    assert set(proposal.spending["kind"]) == {"budget"}
    assert set(proposal.locations["precision"]) == {3}  # of a district
    assert "not a decision" in proposal.notes[-1]
    equity = compare_equity(build_ledger(home), ledger, currency="EUR").set_index("measure")
    # In proportion to the poor: nothing of it would have to move.
    assert equity.loc["dissimilarity", "proposal"] == pytest.approx(0, abs=1e-6)
    assert equity.loc["dissimilarity", "after"] < equity.loc["dissimilarity", "before"]


def test_after_is_what_the_plan_with_the_proposal_measures(home: Plan) -> None:
    ledger = build_ledger(home)
    needs = describe_needs(ledger, currency="EUR")
    found = allocate(needs, 1_000_000, currency="EUR", rule="poverty-gap", components={"a": 1, "b": 2})
    kept = build_ledger(propose_plan(home, found, keep=True))
    joined = join_ledgers(ledger, build_ledger(propose_plan(home, found)))
    assert kept.given == joined.given
    one, other = (measure_equity(each).measures["value"].tolist() for each in (kept, joined))
    assert one == pytest.approx(other, nan_ok=True)


@pytest.mark.parametrize("keep", [False, True])
def test_the_folder_of_a_proposal_reads_back(keep: bool, home: Plan, tmp_path: Path) -> None:
    needs = describe_needs(build_ledger(home), currency="EUR")
    found = allocate(needs, "1000000.01", currency="EUR", rule="poor", components={"=a": 1, "ລາວ": 2})
    proposal = propose_plan(home, found, keep=keep)
    write_plan_folder(proposal, tmp_path / "next")
    again = read_plan(tmp_path / "next")
    assert again.notes == proposal.notes
    assert summarize(build_ledger(again), ["district", "component"]).equals(
        summarize(build_ledger(proposal), ["district", "component"])
    )


def test_the_command_writes_a_folder_a_map_and_tables(tmp_path: Path) -> None:
    given = ("allocate", "--budget", "1000000", "--rule", "poor", "--by", "component")
    code, out, err = run(*given)
    assert code == 0, err
    assert "Arithmetic" in out and "Equity" in out
    assert "EUR 1 000 000.00 given = 1 000 000.00 in districts; difference 0.00, balanced" in err
    assert run(*given, "-o", tmp_path / "next")[0] == 0
    code, out, err = run("summary", tmp_path / "next", "--by", "component", "--format", "csv")
    assert code == 0 and "Proposal, not a decision" in err
    assert run("compare", tmp_path / "next", tmp_path / "next")[0] == 0
    assert run(*given, "-o", tmp_path / "next.html", "--keep")[0] == 0
    assert "Proposed per poor person" in page_text(tmp_path / "next.html")
    assert run(*given, "-o", tmp_path / "next.json")[0] == 0
    (tmp_path / "next" / "spending.csv").write_text("mine")
    code, _, err = run(*given, "-o", tmp_path / "next")
    assert code == 2 and "choose a new folder" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rule", "poor"), "--budget must be given"),
        (("--budget", "5", "--rule", "poor", "--min", "LA1101"), "write it like --min LA1101=50000"),
        (("--budget", "5", "--rule", "poor", "--min", "LA1101=1", "--min", "LA1101=2"), "twice"),
        (("--budget", "5", "--rule", "poor", "--currency", "XYZ"), "'XYZ' is no currency"),
        (("--budget", "5", "--rule", "poor", "--from", "x.xlsx"), "omit --budget, --rule"),
        (("--from", "no.xlsx"), "file not found"),
    ],
)
def test_wrong_usage_is_one_clear_error(arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run("allocate", *arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_several_currencies_need_one_chosen(write_plan: WritePlan) -> None:
    folder = write_plan(spending=SPENDING + "P,roads,X,2010,budget,LAK,5\n")
    code, _, err = run("allocate", folder, "--budget", "5", "--rule", "equal")
    assert code == 2 and "give the currency of the budget" in err
    code, _, err = run("allocate", folder, "--budget", "5", "--rule", "equal", "--currency", "LAK")
    assert code == 0, err
    assert "LAK 5.00 given = 5.00 in districts" in err


def test_a_currency_that_the_plan_does_not_have_yet(tmp_path: Path) -> None:
    code, _, err = run(
        "allocate",
        "--budget",
        "1000001",
        "--rule",
        "poor",
        "--currency",
        "JPY",
        "--keep",
        "-o",
        tmp_path / "next",
    )
    assert code == 0, err
    assert "JPY 1 000 001 given = 1 000 001 in districts; difference 0, balanced" in err
    kept = build_ledger(read_plan(tmp_path / "next"))
    assert kept.currencies == ["EUR", "JPY"]


def test_rates_and_deflators_go_with_a_written_plan(write_plan: WritePlan, tmp_path: Path) -> None:
    from ..conftest import TOML

    folder = write_plan(toml=TOML + '[rates]\nfile = "rates.csv"\n[deflators]\nfile = "deflators.csv"\n')
    (folder / "rates.csv").write_text("currency,date,rate,source\nLAK,2010,0.0001,x\n")
    (folder / "deflators.csv").write_text("currency,year,index,source\nEUR,2010,100,x\n")
    write_plan_folder(read_plan(folder), tmp_path / "again")
    again = read_plan(tmp_path / "again")
    assert again.rates is not None and again.rates.path.read_text().startswith("currency,date")
    assert again.deflators is not None and again.deflators.path.read_text().startswith("currency,year")


def test_several_kinds_need_one_chosen(write_plan: WritePlan) -> None:
    folder = write_plan(spending=SPENDING + "P,roads,X,2010,disbursement,EUR,5\n")
    code, _, err = run("allocate", folder, "--budget", "5", "--rule", "equal")
    assert code == 2 and "choose one kind" in err
    assert run("allocate", folder, "--budget", "5", "--rule", "equal", "--kind", "budget")[0] == 0
