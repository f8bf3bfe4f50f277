"""Several values in a cell of locations: split at a stated separator, suggested where one is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.schema import LOCATIONS
from geoplan.plan.plan_tables import read_plan
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec

from ..conftest import DISTRICTS, WritePlan


def locations(text: str, folder: Path, **separator: object) -> Conformed:
    (folder / "l.csv").write_text(text, encoding="utf-8")
    return read(FileSpec(folder / "l.csv", separator=separator), LOCATIONS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "separator"),
    [("A; B;C", ";"), ('"A, B,C"', ","), ("A and B / C", ["and", "/"]), ("A & B & C", "&"), ("A|B|C|", "|")],
)
def test_a_row_for_each_district(cell: str, separator: object, tmp_path: Path) -> None:
    found = locations(f"project,district\nP,{cell}\nQ,Sandand\n", tmp_path, district=separator)
    assert found.problems == []
    assert found.frame[["project", "district", "source_row"]].to_numpy().tolist() == [
        ["P", "A", 2], ["P", "B", 2], ["P", "C", 2], ["Q", "Sandand", 3],
    ]  # fmt: skip
    assert found.frame["location"].is_unique or found.frame.duplicated(["project", "location"]).sum() == 0


def test_shares_are_divided_and_identifiers_numbered(tmp_path: Path) -> None:
    text = "project,location,district,share\nP,x,A;B,0.5\nP,y,C,0.5\n"
    found = locations(text, tmp_path, district=";")
    assert found.problems == []
    assert found.frame[["location", "share"]].to_numpy().tolist() == [
        ["x.1", 0.25],
        ["x.2", 0.25],
        ["y", 0.5],
    ]


@pytest.mark.parametrize(
    ("cell", "is_whole"),
    [
        ("A/B 60/40", True),
        ("60/40 A/B", True),
        ("A (60 %) / B (40 %)", True),
        ("A 0.6 / B 0.4", True),
        ("A 33% / B 33% / C 33%", True),
        ("Block 5 / Block 6", False),
        ("1101 / 1102", False),
        ("1101 / A", False),
    ],
)
def test_a_cell_that_states_weights_is_not_split_evenly(cell: str, is_whole: bool, tmp_path: Path) -> None:
    found = locations(f"project,district\nP,{cell}\nQ,A/C\n", tmp_path, district="/")
    assert (found.frame["district"].iloc[0] == cell) == is_whole
    assert found.frame["district"].tolist()[-2:] == ["A", "C"]
    said = [remark for remark in found.remarks if "state the weights" in remark]
    assert [repr(cell) in remark for remark in said] == [True] * is_whole
    numbered = locations(f"project,district\n{cell},A\n", tmp_path, project="/")
    assert len(numbered.frame) == len(cell.split("/"))


def test_a_place_of_several_projects_keeps_its_share(tmp_path: Path) -> None:
    found = locations("project,location,district,share\nP;Q,x,A,1\n", tmp_path, project=";")
    assert found.problems == []
    assert found.frame[["project", "location", "share"]].to_numpy().tolist() == [["P", "x", 1], ["Q", "x", 1]]


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["A;B"], ";"),
        (['"A, B"', "A", "B"], ","),
        (["A and B", "B", "A"], "and"),
        (["A + B", "B", "A"], "+"),
        (["A|B"], "|"),
        (['"A,B"', "A", "B"], ","),
        *((([f"A{mark}B", "A", "B"], mark)) for mark in "/&+"),
        (["A et B", "B", "A"], "et"),
        (["A ແລະ B", "B", "A"], "ແລະ"),
        (["A+", "A"], ""),
        (["Trinidad and Tobago"], ""),
        (["Cap et Baie", "Baie"], ""),
    ],
)
def test_a_separator_is_suggested_where_it_is_seen(cells: list[str], mark: str, tmp_path: Path) -> None:
    rows = "".join(f"P{n},{cell}\n" for n, cell in enumerate(cells))
    found = locations(f"project,district\n{rows}", tmp_path)
    assert len(found.frame) == len(cells)
    told = [remark for remark in found.remarks if "[locations.separator]" in remark]
    assert [f'district = "{mark}"' in remark for remark in told] == ([True] if mark else [])


def test_all_separators_of_a_column_are_suggested_at_once(tmp_path: Path) -> None:
    found = locations(
        "project,district\nP,A / B\nP,A\nP,B and C\nP,B\nP,C\nP,D & B\nP,D\nP,E - B\n", tmp_path
    )
    (told,) = [remark for remark in found.remarks if "[locations.separator]" in remark]
    assert told.endswith('[locations.separator] district = ["/", "and", "&"]')
    assert "('A / B', 'B and C', 'D & B')" in told


def test_a_dash_between_names_is_not_the_one_within_a_name(write_plan: WritePlan) -> None:
    places = "project,district\nP,Nord-Est - Sud\nQ,Nord-Est\n"
    layer = DISTRICTS.replace("Alpha,Alfa", "Nord-Est,").replace("Beta", "Sud")
    spending = "project,year,kind,currency,amount\nP,2010,budget,EUR,8\nQ,2010,budget,EUR,2\n"
    folder = write_plan(locations=places, districts=layer, spending=spending)
    said = CliRunner().invoke(app, ["check", str(folder)]).output
    line = '[locations.separator] district = " - "'
    assert line in said
    toml = folder / "geoplan.toml"
    toml.write_text(toml.read_text() + line.replace("] ", "]\n"))
    assert read_plan(folder).locations["district"].tolist() == ["Nord-Est", "Sud", "Nord-Est"]
