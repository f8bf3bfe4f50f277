"""The reallocation workbook: edited by a planner, saved by LibreOffice, read back or refused."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.plan.plan_tables import read_plan

from ..conftest import TOY, WritePlan

pytestmark = pytest.mark.usefixtures("plans_read_once")

Edit = Callable[[Any], None]
SETTINGS = ("--budget", "1000.00", "--rule", "equal", "--floor", "100", "--max", "A=500")


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    return done.exit_code, done.stderr.replace("\u202f", " ")


def make(folder: Path, target: Path, *more: str) -> Path:
    code, err = run("allocate", folder, *SETTINGS, *more, "-o", target)
    assert code == 0, err
    return target


def edit(path: Path, change: Edit) -> None:
    workbook = openpyxl.load_workbook(path)
    change(workbook["Split"])
    workbook.save(path)


def put(**cells: Any) -> Edit:
    def change(sheet: Any) -> None:
        for address, value in cells.items():
            sheet[address] = value

    return change


def recalculated(path: Path) -> Path:
    """Open a workbook in LibreOffice and save it as .xlsx again."""
    program = shutil.which("soffice")
    if program is None:
        if "CI" in os.environ:
            pytest.fail("LibreOffice Calc is not here: .ci/run installs it")
        pytest.skip("LibreOffice Calc is not here: the workbook is not opened in it")
    target = path.parent / "saved"
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(target), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return target / path.name


def test_an_edited_workbook_saved_by_libreoffice_is_the_new_plan(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    folder = write_plan()
    path = make(folder, tmp_path / "split.xlsx", "--by", "roads=0.5", "--by", "=schools=0.5")
    # By district: A 333.34, B 333.33, C 333.33. B gives 100 of its schools to C's roads.
    sheet = openpyxl.load_workbook(path)["Split"]
    assert [sheet.cell(6, column).value for column in (5, 6)] == ["=schools", "roads"]
    before = {address: sheet[address].value for address in ("E8", "F9")}
    edit(path, put(E8=float(before["E8"]) - 100, F9=float(before["F9"]) + 100, M8="earlier commitment"))
    saved = recalculated(path)
    live = openpyxl.load_workbook(saved, data_only=True)["Split"]
    assert (live["D3"].value, live["F3"].value, live["B4"].value) == (1000, 0, 100)
    assert [round(live[f"I{row}"].value, 2) for row in (7, 8, 9)] == [0, -100, 100]
    code, err = run("allocate", folder, "--from", saved, "-o", tmp_path / "agreed")
    assert code == 0, err
    assert "2 of 3 districts differ from the proposal; EUR 100.00 moved" in err
    spending = read_plan(tmp_path / "agreed").spending
    assert spending.groupby("location")["amount_minor"].sum().to_dict() == {
        "A": 33334,
        "B": 23333,
        "C": 43333,
    }
    assert set(spending["component"]) == {"roads", "=schools"}
    assert run("allocate", folder, "--from", saved, "-o", tmp_path / "agreed.html")[0] == 0


def test_a_workbook_that_libreoffice_saved_untouched_is_the_proposal(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    # 0.21 × 32000 is 6720.000000000001 in floating point, and LibreOffice keeps 15 digits.
    profile = "district,year,population,poverty_rate\nA,2015,32000,0.21\nB,2015,30000,0.07\nC,2015,1000,0.3\n"
    folder = write_plan(profile=profile)
    code, err = run(
        "allocate", folder, "--budget", "1000.01", "--rule", "poor", "-o", tmp_path / "split.xlsx"
    )
    assert code == 0, err
    saved = recalculated(tmp_path / "split.xlsx")
    code, err = run("allocate", folder, "--from", saved, "-o", tmp_path / "same")
    assert code == 0, err
    assert "0 of 3 districts differ from the proposal" in err


def test_a_workbook_shows_its_totals_to_programs_that_do_not_calculate(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    # Poor persons: A 30, B 10, C not known. Equal shares of 90.00: 30.00 each.
    profile = (
        "district,year,population,poor,poverty_class\nA,2015,100,30,low\nB,2015,100,10,high\nC,2015,100,,\n"
    )
    folder = write_plan(profile=profile)
    code, err = run("allocate", folder, "--budget", "90.00", "--rule", "equal", "-o", tmp_path / "split.xlsx")
    assert code == 0, err
    sheet = openpyxl.load_workbook(tmp_path / "split.xlsx", data_only=True)["Split"]
    shown = {
        address: sheet[address].value
        for address in ("D3", "F3", "B4", "D7", "D9", "F7", "F10", "I7", "I8", "I9")
    }
    assert shown == {
        "D3": 90,
        "F3": 0,
        "B4": 0,
        "D7": 30,
        "D9": None,
        "F7": 30,
        "F10": 90,
        "I7": 1,
        "I8": 3,
        "I9": None,
    }
    classes = {sheet[f"C{row}"].value: sheet[f"F{row}"].value for row in (12, 13, 14)}
    assert classes == {"high": 30, "low": 30, "not stated": 30}
    assert sheet["C9"].value == "not stated"
    live = openpyxl.load_workbook(recalculated(tmp_path / "split.xlsx"), data_only=True)["Split"]
    again = {address: live[address].value for address in shown}
    assert {address: value or None for address, value in again.items()} == {
        address: value or None for address, value in shown.items()
    }


def test_a_workbook_read_back_unchanged_is_the_proposal(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    path = make(folder, tmp_path / "split.xlsx")
    code, err = run("allocate", folder, "--from", path, "-o", tmp_path / "same")
    assert code == 0, err
    assert read_plan(tmp_path / "same").spending["amount_minor"].tolist() == [33334, 33333, 33333]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put(E7=400), "Split!F3: the total moved: the cells add up to EUR 1 066.66, the budget is 1 000.00"),
        (put(A8="X"), "Split!A8: this cell must not be changed: 'X'"),
        (put(B3=2000), "Split!B3: this cell must not be changed: '2000'"),
        (put(E6="Money"), "Split!E6: this cell must not be changed: 'Money'"),
        (put(G7=1), "Split!G7: this cell must not be changed: '1'"),
        (put(K7=1000), "Split!K7: this cell must not be changed: '1000'"),
        (put(E7="much"), "Split!E7: not an amount: 'much'"),
        (put(E7=None), "Split!E7: no amount"),
        (put(E7="=100+233.34"), "Split!E7: no amount"),
        (put(E7=True), "Split!E7: not an amount"),
        (put(E7=-1), "Split!E7: an amount below 0: '-1'"),
        (put(E7=333.335), "Split!E7: more decimals than the currency has (2)"),
        (put(E7=600, E8=200, E9=200), "Split!F7: more than the maximum of A, 500: '600.00'"),
        (put(E7=450, E8=500, E9=50), "Split!F9: less than the minimum of C, 100: '50.00'"),
        (put(A13="D"), "Split!A13: a row was added: 'D'"),
        (lambda sheet: sheet.delete_rows(8), "Split!A8: this cell must not be changed: 'C'"),
        (lambda sheet: sheet.delete_cols(3), "Split!C6: this cell must not be changed"),
    ],
    ids=lambda part: part if isinstance(part, str) else "change",
)  # fmt: skip
def test_what_was_not_to_be_changed_is_named_by_cell(
    change: Edit, said: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    folder = write_plan()
    path = make(folder, tmp_path / "split.xlsx")
    edit(path, change)
    code, err = run("allocate", folder, "--from", path, "-o", tmp_path / "agreed")
    assert code == 1
    assert said in err
    assert not (tmp_path / "agreed").exists()


def test_all_faults_are_named_at_once(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    path = make(folder, tmp_path / "split.xlsx")
    edit(path, put(A7="X", B8="Y", E7="a", E8="b"))
    code, err = run("allocate", folder, "--from", path)
    assert code == 1
    assert "4 problems in the data" in err


def test_hidden_sheets_are_sealed(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    path = make(folder, tmp_path / "split.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["As written"]["A7"] = workbook["Split"]["A7"] = "X"
    workbook.save(path)
    code, err = run("allocate", folder, "--from", path)
    assert code == 1 and "the hidden sheets As written and Record were changed" in err


def test_another_workbook_or_plan_is_refused(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    path = make(folder, tmp_path / "split.xlsx")
    code, err = run("allocate", "--from", path)
    assert code == 1 and "its districts differ from the plan's" in err
    other = openpyxl.load_workbook(path)
    del other["Record"]
    other.save(tmp_path / "other.xlsx")
    code, err = run("allocate", folder, "--from", tmp_path / "other.xlsx")
    assert code == 1 and "is not a workbook of geoplan allocate" in err
    (tmp_path / "text.xlsx").write_text("text")
    code, err = run("allocate", folder, "--from", tmp_path / "text.xlsx")
    assert code == 1 and "is not a readable Excel workbook" in err


def test_data_is_never_a_formula_and_codes_are_locked(write_plan: WritePlan, tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://x")'
    folder = write_plan(districts=TOY["districts.csv"].replace("Beta", '"=HYPERLINK(""http://x"")"'))
    path = make(folder, tmp_path / "split.xlsx", "--by", f"{formula}=1")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Split"]
    ours = ("=SUM(", "=IF(N(", "=ROUND($B$3", "=ROUND(B3-", "=SUMPRODUCT(", "=F", "=")
    formulas = [
        cell for each in workbook for row in each.iter_rows() for cell in row if cell.data_type == "f"
    ]
    assert formulas and all(
        "HYPERLINK" not in cell.value and cell.value.startswith(ours) for cell in formulas
    )
    unlocked = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert sheet.protection.sheet
    assert unlocked == {f"{letter}{row}" for letter in "EL" for row in (7, 8, 9)}
    assert run("allocate", folder, "--from", path, "-o", tmp_path / "agreed")[0] == 0


def test_the_smallest_move_is_half_of_what_differs(write_plan: WritePlan, tmp_path: Path) -> None:
    profile = TOY["profile.csv"].replace("C,2010,,,,very poor", "C,2010,500,100,,very poor")
    path = make(write_plan(profile=profile), tmp_path / "split.xlsx")
    sheet = openpyxl.load_workbook(path)["Smallest move"]
    # Equal shares 333.34, 333.33, 333.33 against 100 : 800 : 100 of 1000: A gives 233.34 and C 233.33 to B.
    assert "EUR 466.67, 46.67%" in sheet["A1"].value.replace("\u202f", " ")
    moves = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert moves == [["A", "B", 233.34], ["C", "B", 233.33]]


def test_the_same_split_gives_the_same_bytes(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    one, other = (make(folder, tmp_path / f"{name}.xlsx").read_bytes() for name in "ab")
    assert one == other


def test_an_edited_workbook_is_written_and_edited_once_more(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    first = make(folder, tmp_path / "first.xlsx")
    sheet = openpyxl.load_workbook(first)["Split"]
    amounts = [float(sheet[f"E{row}"].value) for row in (7, 8)]
    edit(first, put(E7=amounts[0] - 10, E8=amounts[1] + 10))
    second = tmp_path / "second.xlsx"
    assert run("allocate", folder, "--from", first, "-o", second)[0] == 0
    written = openpyxl.load_workbook(second)["Split"]
    head = [written.cell(6, column).value for column in range(1, 13)]
    low, high = head.index("Minimum") + 1, head.index("Maximum") + 1
    assert [written.cell(row, low).value for row in (7, 8, 9)] == [100, 100, 100]
    assert [written.cell(row, high).value for row in (7, 8, 9)] == [500, None, None]
    assert [float(written[f"E{row}"].value) for row in (7, 8)] == [amounts[0] - 10, amounts[1] + 10]
    edit(second, put(E7=600.0, E8=amounts[1] + 10 - (600.0 - amounts[0] + 10)))
    code, err = run("allocate", folder, "--from", second, "--format", "json")
    assert code == 1
    assert "more than the maximum of A, 500" in err


def test_a_plain_table_of_districts_and_amounts_is_a_split(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    table = tmp_path / "meeting.csv"
    table.write_text("District,Amount\nA,70.10\nGamma,29.90\n", encoding="utf-8")
    code, err = run("allocate", folder, "--from", table, "-o", tmp_path / "agreed")
    assert code == 0, err
    assert "The split is as given in meeting.csv; it adds up to EUR 100.00." in err
    spending = read_plan(tmp_path / "agreed").spending
    assert spending.set_index("location")["amount_minor"].to_dict() == {"A": 7010, "C": 2990}
    workbook = openpyxl.Workbook()
    for row in (
        ("district", "component", "amount"),
        ("A", "roads", 60),
        ("A", "wells", 10.1),
        ("C", "roads", 29.9),
    ):
        workbook.active.append(row)
    workbook.save(tmp_path / "meeting.xlsx")
    code, err = run(
        "allocate",
        folder,
        "--from",
        tmp_path / "meeting.xlsx",
        "--currency",
        "LAK",
        "-o",
        tmp_path / "by.xlsx",
    )
    assert code == 0, err
    sheet = openpyxl.load_workbook(tmp_path / "by.xlsx", data_only=True)["Split"]
    assert [sheet[f"{letter}10"].value for letter in "EF"] == [89.9, 10.1]
    assert run("allocate", folder, "--from", tmp_path / "by.xlsx", "-o", tmp_path / "again")[0] == 0


def test_a_plain_table_names_every_wrong_row(write_plan: WritePlan, tmp_path: Path) -> None:
    table = tmp_path / "meeting.csv"
    table.write_text("district,amount\nA,1\nA,2\nZeta,3\nB,much\n", encoding="utf-8")
    code, err = run("allocate", write_plan(), "--from", table)
    assert code == 1
    for said in (
        "row 3, column 'district': the district has an amount already: 'A'",
        "row 4, column 'district': no district has the code or name 'Zeta'",
        "row 5, column 'amount': not an amount: 'much'",
    ):
        assert said in err
    table.write_text("name,amount\nA,1\n", encoding="utf-8")
    assert "column 'district': a column is missing" in run("allocate", write_plan(), "--from", table)[1]


def test_a_plain_table_may_name_districts_as_locations_do(write_plan: WritePlan, tmp_path: Path) -> None:
    table = tmp_path / "meeting.csv"
    table.write_text("district,amount\nAlpha District,1\nmuang beta,2\n", encoding="utf-8")
    code, err = run("allocate", write_plan(), "--from", table, "-o", tmp_path / "split.csv")
    assert code == 0, err
    rows = list(csv.DictReader((tmp_path / "split.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["district"], float(row["proposed"])) for row in rows][:2] == [("A", 1), ("B", 2)]


def test_amounts_are_multiples_of_a_unit_and_add_up(write_plan: WritePlan, tmp_path: Path) -> None:
    # Ten thousands in thirds: 4, 3 and 3 thousands; in two halves of components 5 and 5.
    folder = write_plan()
    code, err = run("allocate", folder, "--budget", "10000", "--rule", "equal", "--unit", "1000", "--by", "roads=1",
                    "--by", "wells=1", "--min", "C=3500", "--max", "A=3900", "-o", tmp_path / "split")  # fmt: skip
    assert code == 0, err
    spending = read_plan(tmp_path / "split").spending
    assert all(amount % 100_000 == 0 for amount in spending["amount_minor"])
    # C needs at least 4 thousands, A gets at most 3.
    assert spending.groupby("location")["amount_minor"].sum().to_dict() == {
        "A": 300_000,
        "B": 300_000,
        "C": 400_000,
    }
    assert spending.groupby("component")["amount_minor"].sum().to_dict() == {
        "roads": 500_000,
        "wells": 500_000,
    }
    assert "multiples of EUR 1 000.00" in err
    code, err = run("allocate", folder, "--budget", "10500", "--rule", "equal", "--unit", "1000")
    assert code == 2 and "the budget 10 500.00 is not a multiple of the unit 1 000.00" in err
