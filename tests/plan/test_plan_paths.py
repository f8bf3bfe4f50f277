"""Paths in a plan file: hints for backslashes, which TOML reads as escapes, and folders separated as on Windows."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.model.errors import InputError
from geoplan.plan.plan_file import read_settings, read_specs


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
