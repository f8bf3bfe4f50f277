"""Accounts of reading: what each column is used as, and sums to check the reading by."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.schema import LOCATIONS, SPENDING
from geoplan.plan.plan_tables import make_plan
from geoplan.sources import read
from geoplan.sources.origins import Origin
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.reading_account import ReadingAccount

from ..conftest import DISTRICTS, TOML, WritePlan
from ..conftest import SPENDING as TOY_SPENDING


def account_of(path: Path, **options: object) -> ReadingAccount:
    found = read(FileSpec(path, **options), SPENDING)  # type: ignore[arg-type]
    assert found.problems == []
    (account,) = found.accounts
    return account


def test_every_column_is_accounted_for(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "ProjectCode;Jahr;Budget;Contract cost;Remark\nP;2012;1,5;7;x\nQ;2013;2,25;8;y\nTotal;;3,75;;\n"
    )
    columns = {"year": "Jahr", "amount": "Budget"}
    account = account_of(
        path, columns=columns, constant={"kind": "budget", "currency": "EUR"}, totals="leave out"
    )
    assert account.rows == 2
    assert account.columns == {
        "ProjectCode": "project",
        "Jahr": "year",
        "Budget": "amount",
        "Contract cost": "looks like amount and is not used",
        "Remark": "not used",
    }
    assert account.settings == {
        "encoding": "UTF-8",
        "calendar": "gregorian",
        "unit": "1 (nothing names another)",
        "currency": "EUR (constant)",
        "numbers": "a comma as the decimal mark (the only reading of the column)",
    }
    (found,) = account.sums
    assert (found.header, found.currency, found.total, found.given) == (
        "Budget",
        "EUR",
        Decimal("3.75"),
        "3,75",
    )
    assert any("left out as totals (4)" in note for note in account.notes)


def test_sums_by_year_column_and_currency(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("project,currency,2010,2011\nP,EUR,1,2\nQ,LAK,30,\nR,EUR,5,6\nTotal,,36,8\n")
    account = account_of(path, years="{year}", constant={"kind": "budget"}, totals="leave out")
    assert [(found.header, found.currency, str(found.total), found.given) for found in account.sums] == [
        ("2010", "EUR", "6.00", "36"),
        ("2010", "LAK", "30.00", "36"),
        ("2011", "EUR", "8.00", "8"),
    ]
    assert account.columns == {
        "project": "project", "currency": "currency", "2010": "amount of a year", "2011": "amount of a year",
    }  # fmt: skip


def test_check_writes_accounts_as_json(write_plan: WritePlan) -> None:
    folder = write_plan(spending=TOY_SPENDING.replace("funder", "who paid"))
    done = CliRunner().invoke(app, ["check", str(folder), "--format", "json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    (spending,) = [account for account in found["files"] if account["table"] == "spending"]
    assert spending["columns"]["who paid"] == "not used"
    assert spending["sums"] == [
        {"column": "amount", "currency": "EUR", "sum": "157.01", "total in the file": ""}
    ]
    assert found["errors"] == 0
    assert any("in no district" in warning for warning in found["warnings"])


@pytest.mark.parametrize("header", ["Distrito Municipal", "ADM3_PCODE"])
def test_locations_without_a_place_are_an_error_if_columns_are_unused(
    header: str, write_plan: WritePlan
) -> None:
    folder = write_plan(locations=f"project,{header}\nP,A\nQ,B\n", toml=TOML)
    done = CliRunner().invoke(app, ["summary", str(folder)])
    assert done.exit_code == 1
    assert "no column gives a place" in done.stderr
    assert f"'{header}'" in done.stderr
    assert '[locations.columns] district = "' in done.stderr


def test_locations_of_projects_only_have_nothing_to_map(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("project\nP\n")
    assert read(FileSpec(path), LOCATIONS).problems == []


def test_a_plan_with_errors_is_accounted_for(tmp_path: Path) -> None:
    (tmp_path / "districts.csv").write_text(DISTRICTS)
    (tmp_path / "list.csv").write_text("project,district,Betrag,year\nP,A,5,2012\n")
    toml = '[plan]\ncurrency = "EUR"\n[districts]\nfile = "districts.csv"\n[spending]\nfile = "list.csv"\n'
    (tmp_path / "geoplan.toml").write_text(toml)
    done = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert done.exit_code == 1
    assert "list.csv as spending and locations: 1 rows" in done.stdout
    assert "\ncolumns: project, district, year\nlooks like amount and is not used: 'Betrag'\n" in done.stdout
    # The errors come first: what to correct is not below pages of accounts.
    assert done.output.index("a column is missing") < done.output.index("How the files are read:")
    assert "column 'amount': a column is missing" in done.stderr
    as_json = json.loads(CliRunner().invoke(app, ["check", str(tmp_path), "--format", "json"]).stdout)
    assert as_json["errors"] == len(as_json["problems"]) == 2  # the amount and the kind
    assert as_json["files"][1]["columns"]["district"] == "district"
    target = tmp_path / "check.json"
    assert CliRunner().invoke(app, ["check", str(tmp_path), "-o", str(target)]).exit_code == 1
    assert not target.exists()


def test_each_note_of_reading_is_printed_once(tmp_path: Path) -> None:
    (tmp_path / "districts.csv").write_text(DISTRICTS)
    (tmp_path / "list.csv").write_text("Nr,district,Betrag,year,kind\nP,A,5,2012,budget\nTotal,,5,,\n")
    toml = '[plan]\ncurrency = "EUR"\n[districts]\nfile = "districts.csv"\n[spending]\nfile = "list.csv"\n'
    toml += 'totals = "leave out"\ncolumns = { project = "Nr", amount = "Betrag" }\n'
    (tmp_path / "geoplan.toml").write_text(toml)
    done = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert done.exit_code == 0, done.stderr
    assert done.output.count("1 row left out as totals") == 1
    assert "\ncolumns: 'Nr' as project, district, 'Betrag' as amount, year, kind\n" in done.stdout
    table = CliRunner().invoke(app, ["check", str(tmp_path), "--format", "csv"])
    assert "1 row left out as totals" in table.stderr and "Betrag,amount" in table.stdout


def test_a_total_beside_the_years_names_their_unit(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("project,district,2011,2012,Total (million kip)\nP,A,5,6,11\nQ,B,1,1,2\n")
    given = {"years": "{year}", "constant": {"kind": "budget", "currency": "LAK"}}
    (problem,) = read(FileSpec(path, **given), SPENDING).problems  # type: ignore[arg-type]
    assert "in units of 1,000,000" in str(problem) and "'Total (million kip)'" in str(problem)
    account = account_of(path, **given, unit=1)
    assert [found.total for found in account.sums] == [Decimal(6), Decimal(7)]


def test_another_amount_does_not_name_the_unit_of_a_column_of_amounts(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("project,year,amount,Total cost (million kip)\nP,2012,5,7\n")
    account = account_of(path, constant={"kind": "budget", "currency": "LAK"})
    assert account.columns["Total cost (million kip)"] == "looks like amount and is not used"
    assert [found.total for found in account.sums] == [Decimal(5)]


def test_sources_are_accounted_for(tmp_path: Path) -> None:
    (tmp_path / "districts.csv").write_text(DISTRICTS)
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "projects.csv").write_text("project_id,project_title,motto\nP,Road,x\n")
    (folder / "locations.csv").write_text(
        "project_id,project_location_id,precision_code,place_name,latitude,longitude\nP,1,1,Alpha,0.5,0.5\n"
    )
    (folder / "transactions.csv").write_text(
        "project_id,transaction_year,transaction_value_code,transaction_currency,transaction_value\nP,2011,C,USD,7.5\n"
    )
    plan = make_plan(districts=tmp_path / "districts.csv", sources=[Origin("aiddata", folder, {})])
    accounts = {account.source: account for account in plan.accounts}
    assert accounts["projects.csv"].columns["motto"] == "not used"
    assert accounts["transactions.csv"].columns["transaction_value"] == "amount"
    (tmp_path / "a.xml").write_text(IATI)
    plan = make_plan(districts=tmp_path / "districts.csv", sources=[Origin("iati", tmp_path / "a.xml", {})])
    (account,) = [account for account in plan.accounts if account.source == "a.xml"]
    assert account.notes[0] == "1 locations, 1 projects, 1 spending"
    assert [(found.header, found.currency, str(found.total)) for found in account.sums] == [
        ("commitment", "USD", "7.50")
    ]


IATI = """<iati-activities version="2.03"><iati-activity><iati-identifier>X-1</iati-identifier>
<title><narrative>Road</narrative></title>
<location><point><pos>0.5 0.5</pos></point><exactness code="1"/></location>
<transaction><transaction-type code="2"/><transaction-date iso-date="2012-03-01"/>
<value currency="USD" value-date="2012-03-01">7.5</value></transaction>
</iati-activity></iati-activities>"""


def test_how_a_header_is_read_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "districts.csv").write_text(DISTRICTS)
    (tmp_path / "list.csv").write_text("project,district,Donor,amount,year,kind\nP,A,X,5,2012,budget\n")
    toml = '[plan]\ncurrency = "EUR"\n[districts]\nfile = "districts.csv"\n[spending]\nfile = "list.csv"\n'
    (tmp_path / "geoplan.toml").write_text(toml)
    said = CliRunner().invoke(app, ["check", str(tmp_path)]).stdout
    assert "'Donor' is read as" not in said.replace("note: ", "") and "'Donor' as funder" in said
    assert f"No errors, {said.count(chr(10) + '- ')} warnings:" in said
