"""Accounts of reading: what each column is used as, and sums to check the reading by."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.schema import LOCATIONS, SPENDING
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.reading_account import ReadingAccount

from ..conftest import SPENDING as TOY_SPENDING
from ..conftest import TOML, WritePlan


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
