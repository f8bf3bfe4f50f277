"""Totals: rows that sum up others are found by what they sum up, and then checked against the rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geoplan.model.schema import LOCATIONS, PROFILE, PROJECTS, SPENDING
from geoplan.model.schema import Table as Contract
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.totals import _lacking

CONSTANT = {"kind": "budget", "currency": "EUR", "year": "2012"}
Rows = list[tuple[str, str]]
WHOLE: Rows = [("Road A", "120.5"), ("Road B", "30"), ("Celkem", "150.5")]
GROUPS: Rows = [
    ("R1", "10"), ("R2", "20"), ("Nord", "30"),
    ("R3", "5"), ("R4", "7"), ("R5", "1"), ("Süd", "13"),
    ("Alles", "43"),
]  # fmt: skip


def conformed(rows: Rows, folder: Path, table: Contract = SPENDING, **options: object) -> Conformed:
    path = folder / "s.csv"
    lines = ["project;amount", *(f"{name};{amount}" for name, amount in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return read(FileSpec(path, constant=CONSTANT, **options), table)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "totals"),
    [
        (WHOLE, [4]),
        ([("R1", "1"), ("R2", "2"), ("R3", "4"), ("R4", "7")], [5]),  # a code, but the sum of three
        (GROUPS, [4, 8, 9]),
        (GROUPS[:-1], [4, 8]),  # subtotals down to the last row
        ([("R1", "1 200,50"), ("R2", "300"), ("sum of these", "1 500,50")], [4]),
        ([("R1", "5 EUR"), ("R2", "6 EUR"), ("both of them", "11 EUR")], [4]),
    ],
)
def test_a_row_that_is_the_sum_of_the_rows_above_is_found(
    rows: Rows, totals: list[int], tmp_path: Path
) -> None:
    (problem,) = conformed(rows, tmp_path).problems
    assert "equals the sum of the rows above" in problem.message
    assert list(problem.rows) == totals
    assert '[spending] totals = "leave out"; or totals = "keep"' in problem.way_out
    found = conformed(rows, tmp_path, totals="leave out")
    assert found.problems == []
    kept = [row for row in range(2, len(rows) + 2) if row not in totals]
    assert found.frame["source_row"].tolist() == kept
    listed = f"left out as sums of the rows above ({', '.join(map(str, totals))}): "
    assert any(listed in note for note in found.detected)
    assert any("totals of the file agree with its rows" in note for note in found.detected)
    assert len(conformed(rows, tmp_path, totals="keep").frame) == len(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [("R1", "100"), ("R2", "50"), ("R3", "150")],  # two records and a third like them
        [("R1", "1"), ("R2", "2"), ("R1", "4"), ("R1", "7")],  # the project occurs again
        [("R1", "1"), ("R2", "2"), ("R3", "3"), ("R4", "9")],  # a sum within, that explains nothing
        [("R1", "0"), ("R2", "0"), ("Nothing at all", "0")],
        [("R1", "5"), ("The same again", "5")],
    ],
)
def test_a_record_that_happens_to_be_a_sum_is_kept(rows: Rows, tmp_path: Path) -> None:
    found = conformed(rows, tmp_path)
    assert found.problems == []
    assert len(found.frame) == len(rows)


def test_an_equal_amount_beside_one_row_is_no_total(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("project,district,amount\nP,A,9\nQ,,9\nR,B,4\nS,C,1\n")
    given = {"constant": {"kind": "budget", "currency": "EUR", "year": "2012"}}
    found = read(FileSpec(path, **given), SPENDING)
    assert (found.problems, len(found.frame)) == ([], 4)


def test_a_total_without_the_cells_of_the_other_rows(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("project,place,amount\nR1,x,4\nR2,y,6\n,,10\nR3,z,1\n")
    (problem,) = read(FileSpec(path, constant=CONSTANT), SPENDING).problems
    assert problem.rows == (4,)
    found = read(FileSpec(path, constant=CONSTANT, totals="leave out"), SPENDING)
    assert found.frame["amount_minor"].tolist() == [400, 600, 100]


def test_totals_of_year_columns(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("project,2010,2011\nR1,1,10\nR2,2,20\nall in all,3,30\n")
    constant = {"kind": "budget", "currency": "EUR"}
    (problem,) = read(FileSpec(path, years="{year}", constant=constant), SPENDING).problems
    assert problem.rows == (4,)
    path.write_text("project,2010,2011\nR1,1,10\nR2,2,20\nanother,3,31\n")
    assert read(FileSpec(path, years="{year}", constant=constant), SPENDING).problems == []


def test_a_total_that_disagrees_with_its_rows_is_told(tmp_path: Path) -> None:
    rows = [("R1", "100"), ("R2", "40"), ("Total", "130")]
    found = conformed(rows, tmp_path, totals="leave out")
    assert found.frame["amount_minor"].tolist() == [10000, 4000]
    assert found.detected[-1] == (
        "s.csv: the total in row 4, column 'amount', is 130, but the rows add up to 140 (difference -10)"
    )
    rows = [*rows[:2], ("Total", "140"), ("R3", "5"), ("Total", "145")]
    found = conformed(rows, tmp_path, totals="leave out")
    assert found.detected[-1] == "s.csv: the totals of the file agree with its rows (2 compared)"


def test_a_total_of_persons(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("district,year,population\nA,2012,300\nB,2012,200\nC,2012,50\nwhole province,,550\n")
    (problem,) = [p for p in read(FileSpec(path), PROFILE).problems if p.rows == (5,) and not p.column]
    assert '[profile] totals = "leave out"' in problem.way_out
    assert len(read(FileSpec(path, totals="leave out"), PROFILE).frame) == 3


def test_headings_of_groups_are_no_projects(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "project,title,sector\nI. Schools and roads,,\nP1,School,education\nP2,Road,transport\n"
        "II. Other works,,\nP3,Well,water\n"
    )
    found = read(FileSpec(path), PROJECTS)
    assert found.problems == []
    assert found.frame["project"].tolist() == ["P1", "P2", "P3"]
    assert any("rows 2, 5 left out as headings" in note for note in found.detected)


@pytest.mark.parametrize("table", [PROJECTS, SPENDING])
@pytest.mark.parametrize(
    ("headings", "codes"),
    [
        (("I,Roads", "II,Schools"), "12"),
        (("A.,Roads", "B.,Schools"), "12"),
        (("1,Roads", "2,Schools"), ("1.1", "2.1")),
    ],
)
def test_headings_with_a_number_of_another_kind(
    headings: tuple[str, str], codes: str, table: Contract, tmp_path: Path
) -> None:
    path = tmp_path / "p.csv"
    rows = [headings[0], f"{codes[0]},Gravel road,transport,7", headings[1], f"{codes[1]},School,education,5"]
    path.write_text(
        "\n".join(["project,title,sector,amount", *(row + "," * (3 - row.count(",")) for row in rows)])
    )
    found = read(FileSpec(path, constant=CONSTANT if table is SPENDING else {}), table)
    assert found.problems == []
    assert found.frame["project"].tolist() == [*codes]
    assert any("rows 2, 4 left out as headings" in note for note in found.detected)


def test_a_row_like_the_others_is_no_heading(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("project,title,sector\n1,Road,transport\n2,Roads,\n3,School,education\n")
    assert read(FileSpec(path), PROJECTS).frame["project"].tolist() == ["1", "2", "3"]


def test_a_heading_of_one_word(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("project,district,amount\nRoads,,\nP1,A,7\nSchools:,,\nP2,B,5\n")
    found = read(FileSpec(path, constant=CONSTANT), SPENDING)
    assert found.problems == [] and found.frame["project"].tolist() == ["P1", "P2"]
    # A word like those of the records is a record, which lacks its amount.
    path.write_text("project,district,amount\nRoads,,\nWells,A,7\n")
    assert read(FileSpec(path, constant=CONSTANT), SPENDING).problems


def test_each_group_may_end_with_the_same_word(tmp_path: Path) -> None:
    rows = "P,A,10\nQ,A,5\nCộng,,15\nR,B,20\nS,B,7\nCộng,,27\nTất cả,,42\n"
    path = tmp_path / "s.csv"
    path.write_text("project,district,amount\n" + rows, encoding="utf-8")
    constant = {"kind": "budget", "currency": "EUR", "year": "2015"}
    spec = FileSpec(path, constant=constant, encoding="utf-8", totals="leave out")
    assert read(spec, SPENDING).frame["project"].tolist() == ["P", "Q", "R", "S"]


def test_a_total_without_any_word(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("project,district,year,amount\nP1,A,2015,7\nP2,B,2015,5\nP3,B,2015,2\n,,2015,14\n")
    constant = {"kind": "budget", "currency": "EUR"}
    problem = read(FileSpec(path, constant=constant, values={"project": {"": "none"}}), SPENDING).problems[0]
    assert problem.rows == (5,) and "equals the sum" in problem.message


@pytest.mark.parametrize(
    ("rows", "sums"),
    [
        ("ALL,,150\nP,A,100\nQ,B,43\nR,C,7\n", (2,)),
        ("Roads,,130\nP,A,100\nQ,B,30\nSchools,,8\nR,A,3\nS,C,5\n", (2, 5)),
    ],
)
def test_totals_before_the_rows_they_sum_up(rows: str, sums: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"project,district,amount\n{rows}")
    given = {"constant": {"kind": "budget", "currency": "EUR", "year": "2012"}}
    (problem,) = read(FileSpec(path, **given), SPENDING).problems
    assert problem.rows == sums
    assert problem.message == "equals the sum of the rows below, so it looks like a total"
    found = read(FileSpec(path, totals="leave out", **given), SPENDING)
    assert found.problems == []
    assert len(found.frame) == rows.count("\n") - len(sums)
    assert any("the totals of the file agree with its rows" in remark for remark in found.remarks)
    assert len(read(FileSpec(path, totals="keep", **given), SPENDING).frame) == rows.count("\n")


def test_a_total_in_whole_numbers_of_rows_with_decimals_is_found_where_it_lacks_a_cell(
    tmp_path: Path,
) -> None:
    rows = "R1;10.4;a\nR2;25.3;b\nR3;7.1;c\n"
    for last, found in (("Summe;43;", [5]), ("R4;43;d", []), ("Summe;44;", [])):
        (tmp_path / "s.csv").write_text(f"project;amount;component\n{rows}{last}\n")
        read_one = read(FileSpec(tmp_path / "s.csv", constant=CONSTANT), SPENDING)
        assert [row for problem in read_one.problems for row in problem.rows] == found


@pytest.mark.parametrize(("empty", "lacks"), [(1, True), (2, False)])
def test_a_row_lacks_a_cell_that_nine_of_ten_others_have(empty: int, lacks: bool) -> None:
    """Of 11 rows the last has no name, and so have some of the other 10."""
    names = ["x"] * (10 - empty) + [None] * (empty + 1)
    assert bool(_lacking(pd.DataFrame({"name": names, "amount": range(11)}))[-1]) == lacks


@pytest.mark.parametrize("header", ["2011,2012", "Cost,note"])
def test_totals_of_amounts_are_left_out_where_only_places_are_read(header: str, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(f"project,district,{header}\nP,A,10,1\nQ,B,20,2\nR,C,30,4\nAll,,60,7\n")
    found = read(FileSpec(path, totals="leave out"), LOCATIONS)
    assert found.frame["project"].tolist() == ["P", "Q", "R"]
