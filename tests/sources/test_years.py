"""Years side by side: columns that stand for years are turned into rows, and each value keeps where it stood."""

from __future__ import annotations

import tempfile
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.cli import app
from geoplan.model.schema import LOCATIONS, PROFILE, SPENDING
from geoplan.model.schema import Table as Contract
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.year_columns import suggest_years

from ..conftest import TOML, WritePlan

EUR = {"currency": "EUR"}
BUDGET = {**EUR, "kind": "budget"}
PLANNED_AND_PAID = {"Planned {year}": {"kind": "budget"}, "Paid {year}": {"kind": "disbursement"}}


def conformed(text: str, path: Path, table: Contract = SPENDING, **options: Any) -> Conformed:
    path = path if path.suffix else path / "wide.csv"
    path.write_text(text, encoding="utf-8")
    return read(FileSpec(path, **options), table)


def rows_of(found: Conformed, *columns: str) -> list[tuple[Any, ...]]:
    assert found.problems == []
    return list(found.frame[[*columns]].itertuples(index=False, name=None))


def said(found: Conformed) -> str:
    return "\n".join(str(problem) for problem in found.problems)


def test_a_column_for_each_year(tmp_path: Path) -> None:
    text = "project,2010,2011,Remarks\nP,1.5,,late\nQ,,20,\nR,,,nothing\n"
    found = conformed(text, tmp_path, years="{year}", constant=BUDGET)
    assert rows_of(found, "project", "year", "amount_minor", "source_row") == [
        ("P", 2010, 150, 2),
        ("Q", 2011, 2000, 3),
    ]
    assert "2 year columns are turned into rows; 4 empty cells are skipped" in found.detected[-1]


@pytest.mark.parametrize(
    ("headers", "calendar", "expected"),
    [
        ("1440,1441", "lunar-hijri", [2019, 2020]),
        ("1399,1400", "solar-hijri", [2020, 2021]),
        ("2562,2563", "buddhist", [2019, 2020]),
        ("2005 EFY,2006 EFY", "ethiopian", [2013, 2014]),
    ],
)
def test_a_column_for_each_year_of_another_calendar(
    headers: str, calendar: str, expected: list[int], tmp_path: Path
) -> None:
    text = f"project,{headers}\nP,15,20\n"
    years = "{year} EFY" if "EFY" in headers else "{year}"
    (problem,) = conformed(text, tmp_path, years=years, constant=BUDGET).problems
    assert f'calendar = "{calendar}"' in problem.way_out
    found = conformed(text, tmp_path, years=years, constant=BUDGET, calendar=calendar)
    assert rows_of(found, "year", "amount_minor") == [(expected[0], 1500), (expected[1], 2000)]


@pytest.mark.parametrize(
    ("headers", "years", "expected"),
    [
        (["Amount 2010", "Amount 2011"], "Amount {year}", [2010, 2011]),
        (["FY 2010/11", "FY 2011/12"], "fy {year}/*", [2010, 2011]),
        (["2010/2011", "2011/2012"], "*/{year}", [2011, 2012]),
        (["2010", "2011 (plan)"], ["2010", "2011 (plan)"], [2010, 2011]),
        (["2010", "2011 (plan)"], ["{year}", "{year} (plan)"], [2010, 2011]),
    ],
)
def test_headers_with_years_in_them(
    headers: list[str], years: str | list[str], expected: list[int], tmp_path: Path
) -> None:
    found = conformed(f"project,{','.join(headers)}\nP,1,2\n", tmp_path, years=years, constant=BUDGET)
    assert rows_of(found, "year", "amount_minor") == list(zip(expected, [100, 200], strict=True))


def test_planned_and_paid_under_merged_headers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["Project", "Component", "Planned", None, "Paid", None],
        [None, None, 2010, 2011, 2010, 2011],
        ["P", "roads", 100, 200.5, 90, None],
        ["P", None, 1, None, None, None],
    ):
        book.active.append(row)
    for cells in ("A1:A2", "B1:B2", "C1:D1", "E1:F1", "B3:B4"):
        book.active.merge_cells(cells)
    book.save(tmp_path / "wide.xlsx")
    spec = FileSpec(tmp_path / "wide.xlsx", years=PLANNED_AND_PAID, constant=EUR)
    found = read(spec, SPENDING)
    assert rows_of(found, "component", "year", "kind", "amount_minor", "source_row") == [
        ("roads", 2010, "budget", 10000, 3),
        ("roads", 2011, "budget", 20050, 3),
        ("roads", 2010, "disbursement", 9000, 3),
        ("roads", 2010, "budget", 100, 4),
    ]
    assert any("'component' is merged over rows 3 to 4" in note for note in found.detected)


def test_a_profile_with_several_figures_for_each_year(tmp_path: Path) -> None:
    text = "district,Population 2010,Population 2015,Poor 2010\nA,1000,1100,50\nB,2000,,\n"
    found = conformed(
        text, tmp_path, PROFILE, years={"Population {year}": "population", "Poor {year}": "poor"}
    )
    frame = found.frame.fillna(-1)
    assert found.problems == []
    assert list(frame[["district", "year", "population", "poor"]].itertuples(index=False, name=None)) == [
        ("A", 2010, 1000, 50),
        ("A", 2015, 1100, -1),
        ("B", 2010, 2000, -1),
    ]


def test_each_problem_names_the_header_it_stands_under(tmp_path: Path) -> None:
    text = "project,2010,2011,2012\nP,1,n/a,2\n,3,-5,soon\nTotal,4,,\n"
    found = conformed(text, tmp_path, years="{year}", constant=BUDGET)
    assert {(p.column, p.rows, p.values) for p in found.problems} == {
        ("project", (3,), ()),
        ("2011", (2,), ("n/a",)),
        ("2012", (3,), ("soon",)),
        ("2011", (3,), ("-5",)),
        ("", (4,), ("Total",)),
    }
    text = "district,Population 2010,Population 2011\nA,many,45.000\nA,1,30.000\n"
    found = conformed(text, tmp_path, PROFILE, years={"Population {year}": "population"})
    assert {(p.column, p.rows) for p in found.problems} >= {
        ("Population 2010", (2,)),
        ("Population 2011", (2, 3)),
    }
    assert "2010" in next(str(p) for p in found.problems if "must be unique" in p.message)


def test_words_for_no_amount(tmp_path: Path) -> None:
    text = "project,2010,2011\nP,-,n/a\nQ,5,6\n"
    values = {"amount": {"-": "0", "n/a": ""}}
    found = conformed(text, tmp_path, years="{year}", constant=BUDGET, values=values)
    assert rows_of(found, "project", "year", "amount_minor") == [
        ("P", 2010, 0),
        ("Q", 2010, 500),
        ("Q", 2011, 600),
    ]


WRONG: dict[str, tuple[str, Any, dict[str, Any], str]] = {
    "fits nothing": ("project,2010", "Amount {year}", BUDGET, "no header matches 'Amount {year}'"),
    "counted twice": ("project,Q1 2010,Q2 2010", "* {year}", BUDGET, "several columns of the same year match '* {year}'"),
    "two patterns": ("project,Q 2010", ["{year}", "Q {year}", "* {year}"], BUDGET, "columns match both '* {year}' and 'Q {year}'"),
    "no year": ("project,2010", "year", BUDGET, "'year' under years names no year"),
    "unknown column": ("project,2010", {"{year}": {"kid": "budget"}}, BUDGET, "names unknown columns: 'kid'"),
    "given twice": ("project,2010", {"{year}": {"kind": "budget"}}, BUDGET, "given under years and elsewhere too: 'kind'"),
    "a column of the file": ("kind,2010", {"{year}": {"kind": "budget"}}, EUR, "given under years and elsewhere too: 'kind'"),
    "given for some": ("project,2010,Paid 2010", {"{year}": {}, "Paid {year}": {"kind": "budget"}}, EUR, "given only for some patterns under years: 'kind'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_years_are_listed(case: str, tmp_path: Path) -> None:
    header, years, constant, message = WRONG[case]
    cells = ",".join("1" for _ in header.split(","))
    found = conformed(f"{header}\n{cells}\n", tmp_path, years=years, constant=constant)
    assert message in said(found)
    assert all(problem.way_out for problem in found.problems)


def test_quarters_of_a_year_are_an_amount_each(tmp_path: Path) -> None:
    years = ["Q1 {year}", "Q2 {year}"]
    found = conformed("project,Q1 2010,Q2 2010\nP,1,2\n", tmp_path, years=years, constant=BUDGET)
    assert rows_of(found, "year", "amount_minor") == [(2010, 100), (2010, 200)]


def test_year_columns_without_a_pattern_are_listed(tmp_path: Path) -> None:
    found = conformed("project,2010,Plan 2011\nP,1,2\n", tmp_path, years="{year}", constant=BUDGET)
    assert any("are not read: 'Plan 2011'" in note for note in found.detected)


def test_other_tables_do_not_support_years(tmp_path: Path) -> None:
    found = conformed("project,2010\nP,1\n", tmp_path, LOCATIONS, years="{year}")
    assert "[locations] does not support years" in said(found)


def test_the_error_says_what_to_write(tmp_path: Path, write_plan: WritePlan) -> None:
    """What the error proposes is put into the plan file as it stands, and then the plan is read."""
    wide = "project,currency,Planned 2010,Planned 2011,Spent 2010\nP,EUR,100,50,7\n"
    folder = write_plan(spending=wide)
    done = CliRunner().invoke(app, ["summary", str(folder)])
    assert done.exit_code == 1
    (advice,) = [line for line in done.stderr.splitlines() if "side by side" in line]
    (folder / "geoplan.toml").write_text(TOML + advice.partition("[spending] ")[2])
    done = CliRunner().invoke(app, ["summary", str(folder), "--by", "year,kind", "--format", "csv"])
    assert done.exit_code == 0, done.stderr
    assert [line.split(",")[:2] for line in done.stdout.splitlines()[1:]] == [
        ["2010", "budget"],
        ["2010", "expenditure"],
        ["2011", "budget"],
    ]


@pytest.mark.parametrize(
    ("headers", "table", "expected"),
    [
        (["project", "2010", "2011"], SPENDING, 'years = "{year}"'),
        (["FY 2010/11", "FY 2011/12"], SPENDING, 'years = "FY {year}/*"'),
        (["2010-2011", "2011-2012"], SPENDING, 'years = "{year}-*"'),
        (["Population 2010", "Poor 2010"], PROFILE, 'years = { "Population {year}" = "population", "Poor {year}" = "poor" }'),
    ],
)  # fmt: skip
def test_suggestions_fit_the_headers(headers: list[str], table: Contract, expected: str) -> None:
    suggested = suggest_years(headers, table)
    assert suggested.endswith(expected)
    tomllib.loads(expected)


def test_one_year_or_none_is_not_a_wide_table() -> None:
    assert suggest_years(["project", "amount", "Approved in 2010"], SPENDING) == ""
    assert suggest_years(["2010", "2011"], LOCATIONS) == ""


AMOUNTS = st.dictionaries(
    st.tuples(st.sampled_from("PQR"), st.integers(2008, 2012), st.sampled_from(["budget", "disbursement"])),
    st.decimals(min_value=0, max_value=10**9, places=2),
    min_size=1,
)


@settings(max_examples=40, deadline=None)
@given(given=AMOUNTS)
def test_a_wide_table_equals_the_long_one(given: dict[tuple[str, int, str], Decimal]) -> None:
    long = pd.DataFrame(
        [(*key, amount) for key, amount in given.items()], columns=["project", "year", "kind", "amount"]
    )
    wide = long.assign(kind=long["kind"].map({"budget": "Planned", "disbursement": "Paid"})).pivot(
        index="project", columns=["kind", "year"], values="amount"
    )
    wide.columns = [f"{kind} {year}" for kind, year in wide.columns]
    years = {text: says for text, says in PLANNED_AND_PAID.items() if any(text[:4] in name for name in wide)}
    keys = ["project", "year", "kind"]
    with tempfile.TemporaryDirectory() as folder:
        long.to_csv(Path(folder) / "long.csv", index=False)
        wide.reset_index().to_csv(Path(folder) / "wide.csv", index=False)
        one = read(FileSpec(Path(folder) / "long.csv", constant=EUR), SPENDING)
        other = read(FileSpec(Path(folder) / "wide.csv", constant=EUR, years=years), SPENDING)
    assert one.problems == other.problems == []
    frames = [
        found.frame.sort_values(keys, ignore_index=True)[[*keys, "amount_minor"]] for found in (one, other)
    ]
    pd.testing.assert_frame_equal(*frames)
