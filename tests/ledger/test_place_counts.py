"""Plans without money: projects and places are counted, and never shown as money."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.ledger.place_counts import count_places
from geoplan.model.errors import UsageError
from geoplan.page import build_map
from geoplan.plan.plan_tables import Plan, make_plan, read_plan

from ..cli.test_nothing import COMMANDS, check_endings
from ..conftest import DISTRICTS

pytestmark = pytest.mark.usefixtures("plans_read_once")

TOML = """[plan]
title = "Who is where"
[districts]
file = "districts.csv"
[projects]
file = "projects.csv"
[locations]
file = "locations.csv"
"""
FILES = {
    "geoplan.toml": TOML,
    "districts.csv": DISTRICTS,
    "projects.csv": "project,title,component,funder\nP,Wells,Water,Red Cross\nQ,Clinics,Health,Oxfam\nR,Office,Health,Oxfam\n",
    # P is in A twice and in B; Q in B, and once in no district of the layer; R nowhere.
    "locations.csv": "project,name,district\nP,North well,A\nP,South well,A\nP,Well,B\nQ,Clinic,Beta\nQ,Tent,Nowhere\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan").mkdir()
    for name, text in FILES.items():
        (tmp_path / "plan" / name).write_text(text)
    return tmp_path / "plan"


def counted(plan: Plan, *by: str) -> list[tuple[object, ...]]:
    table = count_places(plan, by)
    keys = [*by, "place"] if "district" in by else [*by]
    return [*table.astype(object).where(table.notna(), None)[[*dict.fromkeys(keys), "projects", "places"]].itertuples(index=False, name=None)]  # fmt: skip


def test_projects_and_places_are_counted_by_district(folder: Path) -> None:
    assert counted(read_plan(folder), "district") == [
        ("A", "district", 1, 2),
        ("B", "district", 2, 2),
        ("C", "district", 0, 0),
        (None, "unlocated", 1, 0),
        (None, "unmatched", 1, 1),
    ]


def test_projects_and_places_are_counted_by_component_and_funder(folder: Path) -> None:
    plan = read_plan(folder)
    assert counted(plan, "component") == [("Health", 2, 2), ("Water", 1, 3)]
    assert counted(plan, "funder", "district")[:2] == [
        ("Oxfam", "B", "district", 1, 1),
        ("Oxfam", None, "unlocated", 1, 0),
    ]
    assert counted(plan, "place") == [("district", 2, 4), ("unlocated", 1, 0), ("unmatched", 1, 1)]


def test_a_grouping_of_money_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="cannot be counted by year"):
        count_places(read_plan(folder), ["year"])


def test_each_command_counts_or_says_that_there_is_no_money(folder: Path, more: Path, tmp_path: Path) -> None:
    counting = ("check", "summary", "map", "export", "report", "allocate", "compare", "phase", "gaps")
    for number, command in enumerate(COMMANDS):
        out = tmp_path / f"out{number}"
        out.mkdir()
        name, *options = (part.format(out=out, plan=folder, more=more) for part in command.split())
        check_endings(command, [name, str(folder), *options], out)
        done = CliRunner().invoke(app, [name, str(folder), *options])
        assert "EUR" not in done.output and "0.00" not in done.output, command
        if name not in counting:
            assert (done.exit_code, "has no money" in done.stderr) == (2, True), command


def test_summary_and_check_count(folder: Path) -> None:
    done = CliRunner().invoke(app, ["summary", str(folder), "--by", "component", "--format", "json"])
    assert json.loads(done.stdout) == [
        {"component": "Health", "projects": 2, "places": 2},
        {"component": "Water", "projects": 1, "places": 3},
    ]
    checked = CliRunner().invoke(app, ["check", str(folder)]).output
    assert "No amounts: 3 projects and 5 places are counted (4 in districts, 1 unmatched)" in checked
    assert "1 of 3 districts without any project: 'Gamma'" in checked
    assert "money" not in checked


def test_the_map_shows_counts_and_no_measure_of_money(folder: Path) -> None:
    data = build_map(read_plan(folder)).data
    assert data["measure"] == "count_projects"
    assert data["measures"] == ["poverty_class", "count_projects", "count_places"]
    assert data["extra_measures"][0]["values"] == [1, 2, 0]


@pytest.mark.parametrize("name", ["counts.gpkg", "counts.geojson"])
def test_districts_are_exported_with_their_counts(name: str, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / name
    assert CliRunner().invoke(app, ["export", str(folder), "-o", str(target)]).exit_code == 0
    layer = gpd.read_file(target, layer="districts")
    assert [*zip(layer["district"], layer["projects"], layer["places"], strict=True)] == [
        ("A", 1, 2), ("B", 2, 2), ("C", 0, 0),
    ]  # fmt: skip
    assert not {"amount", "amount_EUR"} & {*layer.columns}


def test_a_plan_without_money_is_made_in_python_too(folder: Path) -> None:
    plan = make_plan(districts=folder / "districts.csv", locations=folder / "locations.csv")
    assert not plan.has_money
    assert counted(plan, "district")[0] == ("A", "district", 1, 2)
