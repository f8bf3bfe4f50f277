"""Calendars and fiscal years: read by a stated rule, or asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.model.schema import SPENDING
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec


def years(cells: list[str], folder: Path, **options: object) -> Conformed:
    path = folder / "s.csv"
    path.write_text("\n".join(["project,year,amount", *(f"P,{cell},5" for cell in cells)]), encoding="utf-8")
    constant = {"kind": "budget", "currency": "NPR"}
    return read(FileSpec(path, constant=constant, **options), SPENDING)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell",
    [
        "2016/17",
        "2016-17",
        "2016/2017",
        "FY2016/17",
        "FY17",
        "FY 2017",
        "AFY17",
        "FY 16/17",
        "AF 2016/17",
        "T 16-17",
    ],
)
def test_fiscal_years_need_a_rule(cell: str, tmp_path: Path) -> None:
    (problem,) = years([cell, "2018"], tmp_path).problems
    assert (problem.rows, problem.values) == ((2,), (cell,))
    assert f"fiscal_year = \"first\" ('{cell}' is 2016)" in problem.way_out
    assert years([cell, "2018"], tmp_path, fiscal_year="first").frame["year"].tolist() == [2016, 2018]
    assert years([cell, "2018"], tmp_path, fiscal_year="last").frame["year"].tolist() == [2017, 2018]


@pytest.mark.parametrize("cell", ["2016/18", "16/17", "FY", "2016/17/18"])
def test_what_is_no_fiscal_year_is_unreadable(cell: str, tmp_path: Path) -> None:
    (problem,) = years([cell], tmp_path, fiscal_year="first").problems
    assert "not readable as a year" in problem.message


@pytest.mark.parametrize(
    ("cells", "calendar", "expected"),
    [
        (["2073", "2074"], "bikram-sambat", [2016, 2017]),
        (["2559", "2560"], "buddhist", [2016, 2017]),
        (["1395", "1396"], "solar-hijri", [2016, 2017]),
        (["2073/74", "2074/75"], "bikram-sambat", [2016, 2017]),
        (["1437", "1438"], "lunar-hijri", [2016, 2017]),
        (["1445", "1446"], "lunar-hijri", [2024, 2024]),
        (["1440/41", "1442/43"], "lunar-hijri", [2019, 2021]),
    ],
)
def test_years_of_other_calendars_are_asked_about(
    cells: list[str], calendar: str, expected: list[int], tmp_path: Path
) -> None:
    problem = years(cells, tmp_path, fiscal_year="first").problems[0]
    assert f"calendar = \"{calendar}\" ('{cells[0]}' is {expected[0]})" in problem.way_out
    found = years(cells, tmp_path, calendar=calendar, fiscal_year="first")
    assert found.problems == []
    assert found.frame["year"].tolist() == expected
    assert any(f"'{cells[0]}' is read as {expected[0]}" in note for note in found.detected)


@pytest.mark.parametrize(
    ("years_given", "dates", "named", "fits"),
    [
        # 1438 is 2017 or 2059, 1398 is 1978 or 2019: the usual year comes first, or the year of the dates.
        (["1438", "1439"], "", ["lunar-hijri", "solar-hijri"], ""),
        (["1398", "1399"], "", ["solar-hijri", "lunar-hijri"], ""),
        (["1438", "1439"], "2016-05-01", ["lunar-hijri", "solar-hijri"], ""),
        (["1438", "1439"], "2017-05-01", ["lunar-hijri", "solar-hijri"], "2017 to 2017, fit lunar-hijri"),
        (["1415", "1416"], "15/04/2037", ["solar-hijri", "lunar-hijri"], "2037 to 2037, fit solar-hijri"),
    ],
)
def test_hijri_years_have_two_readings_and_dates_are_the_evidence(
    years_given: list[str], dates: str, named: list[str], fits: str, tmp_path: Path
) -> None:
    rows = [f"P,{cell},5,{dates}" for cell in years_given]
    (tmp_path / "s.csv").write_text("\n".join(["project,year,amount,signed", *rows]), encoding="utf-8")
    spec = FileSpec(tmp_path / "s.csv", constant={"kind": "budget", "currency": "SAR"})
    (problem,) = read(spec, SPENDING).problems
    assert problem.message.endswith(f"({' or '.join(named)})")
    places = [problem.way_out.index(f'calendar = "{calendar}"') for calendar in [*named, "gregorian"]]
    assert places == sorted(places)
    assert ("fit" in problem.way_out) == bool(fits) and fits in problem.way_out


@pytest.mark.parametrize(
    ("header", "cell", "calendar"),
    [
        ("year", "EFY 2008", "ethiopian"),
        ("year (E.C.)", "2008", "ethiopian"),
        ("ዓ.ም year", "2008", "ethiopian"),
        ("ዓመት", "2008", "ethiopian"),
        ("year B.S.", "2040", "bikram-sambat"),
        ("year, EC grant", "2008", ""),
        ("year", "2008", ""),
    ],
)
def test_a_mark_beside_a_year_names_its_calendar(
    header: str, cell: str, calendar: str, tmp_path: Path
) -> None:
    (tmp_path / "s.csv").write_text(f'project,"{header}",amount\nP,{cell},5\n', encoding="utf-8")
    constant = {"kind": "budget", "currency": "ETB"}
    spec = FileSpec(tmp_path / "s.csv", constant=constant, columns={"year": header}, fiscal_year="last")
    asked = [problem for problem in read(spec, SPENDING).problems if "another calendar" in problem.message]
    assert [f'calendar = "{calendar}"' in problem.way_out for problem in asked] == [True] * bool(calendar)


def test_ethiopian_years_are_read_where_the_plan_says_so(tmp_path: Path) -> None:
    assert years(["2008"], tmp_path, calendar="ethiopian").frame["year"].tolist() == [2016]
    assert years(["2008"], tmp_path).frame["year"].tolist() == [2008]


def test_gregorian_years_far_ahead_can_be_meant(tmp_path: Path) -> None:
    assert years(["2060"], tmp_path, calendar="gregorian").frame["year"].tolist() == [2060]
    assert years(["2016", "2060"], tmp_path).problems == []


def test_a_named_month_quarter_or_half_year_is_of_one_year(tmp_path: Path) -> None:
    found = years(["2014", "2015Q1", "4Q2016", "2e trimestre 2017", "III trimestre de 2018", "2019 H2", "ມີນາ 2020"], tmp_path)  # fmt: skip
    assert found.problems == [] and found.frame["year"].tolist() == [*range(2014, 2021)]
    assert any("'2015Q1' is read as 2015" in note for note in found.detected)
    assert years(["Q3 2073", "Q4 2074"], tmp_path, calendar="bikram-sambat").frame["year"].tolist() == [2016, 2017]  # fmt: skip


@pytest.mark.parametrize("cell", ["Q5 2014", "Q1 14", "Q1 FY2015", "T1 2015/16"])
def test_what_is_no_named_period_is_unreadable(cell: str, tmp_path: Path) -> None:
    (problem,) = years([cell], tmp_path).problems
    assert "not readable as a year" in problem.message and problem.values == (cell,)


@pytest.mark.parametrize(
    "cells", [["2015-03", "2015-12"], ["03/2015", "2015.11"], ["201503", "201511"], ["2015-12", "2015-3"]]
)
def test_months_in_digits_are_of_one_year_and_keep_what_was_written(cells: list[str], tmp_path: Path) -> None:
    found = years(cells, tmp_path)
    assert not found.problems and found.frame["year"].tolist() == [2015, 2015]
    assert found.frame["given_year"].tolist() == cells


def test_a_month_is_no_fiscal_year_beside_one(tmp_path: Path) -> None:
    (problem,) = years(["2015-12", "2014-15", "2015-16"], tmp_path).problems
    assert problem.values == ("2014-15", "2015-16")
    (problem,) = years(["2011-12", "2012-13"], tmp_path).problems
    assert problem.values == ("2011-12", "2012-13")


def test_years_among_words_have_the_line_to_write(tmp_path: Path) -> None:
    (problem,) = years(["2015*", "2016 (est.)", "2017"], tmp_path).problems
    assert '[spending] values.year = { "2015*" = "2015", "2016 (est.)" = "2016" }' in problem.way_out
    meant = {"year": {"2015*": "2015", "2016 (est.)": "2016"}}
    found = years(["2015*", "2016 (est.)", "2017"], tmp_path, values=meant)
    assert not found.problems and found.frame["year"].tolist() == [2015, 2016, 2017]
    (problem,) = years(["42005"], tmp_path).problems
    assert "Excel day 42005 is 2015-01-01" in problem.way_out
    (problem,) = years(["2011-2015"], tmp_path).problems
    assert "values.year" not in problem.way_out
