"""Paths in a plan file: hints for backslashes, which TOML reads as escapes, and folders separated as on Windows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geoplan.model.errors import InputError
from geoplan.plan.plan_file import read_origins, read_settings, read_specs
from geoplan.plan.plan_tables import read_plan

from ..conftest import WritePlan

LAKE = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "Lake"},
"geometry": {"type": "Polygon", "coordinates": [[[0.1, 0.1], [0.2, 0.1], [0.2, 0.2], [0.1, 0.1]]]}}]}"""


@pytest.mark.parametrize(
    "line",
    [
        r'file = "C:\Users\kham\plan.xlsx"',  # no escape of TOML
        r'file = "C:\data\new.xlsx"',  # \d is none, although \n is
        r'file = "C:\temp\new.xlsx"',  # valid: a tab and a line break
        r'file = "data\b.csv"',
        r'review = "D:\forms\review.csv"',
    ],
)
def test_a_backslash_in_double_quotation_marks_gets_the_right_hint(line: str, tmp_path: Path) -> None:
    path = tmp_path / "geoplan.toml"
    path.write_text(f"[spending]\n{line}\n")
    with pytest.raises(InputError, match=r"write paths with / such as"):
        read_settings(path)


def test_other_errors_of_a_plan_file_keep_their_hint(tmp_path: Path) -> None:
    path = tmp_path / "geoplan.toml"
    path.write_text("[plan]\ntitle = My province\n")
    with pytest.raises(InputError, match="text goes in quotation marks"):
        read_settings(path)


def test_texts_that_are_no_paths_may_have_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "geoplan.toml"
    path.write_text('[plan]\nsubtitle = "one\\ntwo"\n')
    assert read_settings(path) == {"plan": {"subtitle": "one\ntwo"}}


def test_a_backslash_separates_folders_where_the_path_exists(tmp_path: Path) -> None:
    (tmp_path / "data of 2020").mkdir()
    (tmp_path / "data of 2020" / "ຈ່າຍ.csv").write_text("x")
    toml = tmp_path / "geoplan.toml"
    settings = {"districts": {"file": "d.csv"}, "spending": {"file": "data of 2020\\ຈ່າຍ.csv"}}
    specs, problems = read_specs(settings, toml)
    assert not problems
    assert specs["spending"].path == tmp_path / "data of 2020" / "ຈ່າຍ.csv"


def test_every_key_with_a_path_takes_backslashes(write_plan: WritePlan) -> None:
    """All files of a plan are in a folder of a Lao name with a space, and written as Windows shows them."""
    folder = write_plan()
    inside = folder / "ຂໍ້ມູນ ປີ 2020"
    inside.mkdir()
    for path in folder.glob("*.csv"):
        path.rename(inside / path.name)
    (inside / "rates.csv").write_text("currency,date,rate\nUSD,2010,0.8\n")
    (inside / "deflators.csv").write_text("currency,year,index\nEUR,2010,100\n")
    (inside / "review.csv").write_text("name,province,district\nOmega,,A\n")
    (inside / "names.csv").write_text("district,name\nA,Alpha\nB,Beta\nC,Gamma\n")
    (inside / "lake.geojson").write_text(LAKE)
    toml = folder / "geoplan.toml"
    text = re.sub(r'"(\w+\.csv)"', rf"'{inside.name}\\\1'", toml.read_text())
    lake = f"'{inside.name}\\lake.geojson'"
    text = text.replace(
        "[districts]", f"[districts]\nattributes = '{inside.name}\\names.csv'\nwater = {lake}"
    )
    text = text.replace("[locations]", f"[locations]\nreview = '{inside.name}\\review.csv'")
    text += f"""
[map]
water = {lake}
context = [{{ file = {lake}, name = "Lake" }}]
neighbours = [{lake}]
[rates]
file = '{inside.name}\\rates.csv'
[deflators]
file = '{inside.name}\\defl*.csv'
[vintages.old.districts]
file = '{inside.name}\\districts.csv'
"""
    toml.write_text(text, encoding="utf-8")
    plan = read_plan(folder)
    assert len(plan.surroundings) == 3
    assert {path.parent.name for name, path in plan.files.items() if name != "plan"} == {inside.name}
    assert plan.rates is not None and plan.rates.path == inside / "rates.csv"


def test_sources_take_backslashes_with_stars(tmp_path: Path) -> None:
    (tmp_path / "iati files").mkdir()
    for name in ("a.xml", "b.xml"):
        (tmp_path / "iati files" / name).touch()
    settings = {
        "sources": [{"kind": "iati", "file": ["iati files\\*.xml", "iati files\\a.xml", "iati files\\"]}]
    }
    origins, problems = read_origins(settings, tmp_path / "geoplan.toml")
    assert not problems
    assert [origin.path.name for origin in origins] == ["a.xml", "b.xml", "a.xml", "a.xml", "b.xml"]


@pytest.mark.parametrize("line", [r'water = "C:\new.gpkg"', r'context = ["a.gpkg", "C:\table.gpkg"]'])
def test_a_layer_of_the_map_gets_the_hint_too(line: str, tmp_path: Path) -> None:
    path = tmp_path / "geoplan.toml"
    path.write_text(f"[map]\n{line}\n")
    with pytest.raises(InputError, match=r"write paths with / such as"):
        read_settings(path)


def test_lists_in_lists_without_end_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "geoplan.toml"
    path.write_text("[plan]\ntitle = " + "[" * 100_000)
    with pytest.raises(InputError, match=r"geoplan.toml: its lists or tables are nested too deeply"):
        read_plan(path)
