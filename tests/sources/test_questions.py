"""Questions of reading: headers and cells with two readings are asked about, never guessed."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from geoplan.model.errors import InputError
from geoplan.model.schema import PROFILE, PROJECTS, SPENDING
from geoplan.plan.plan_tables import Plan, read_plan
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.header_currencies import currencies_in
from geoplan.sources.tables.magnitudes import magnitudes_beside, magnitudes_in

DISTRICTS = """district,name,province,province_name,geometry
N1,Alpha,N,North,"POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
N2,Beta,N,North,"POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"
S2,Beta,S,South,"POLYGON ((2 0, 3 0, 3 1, 2 1, 2 0))"
"""
ROWS = "project,district,year,kind,{}\nP,N1,2016,budget,1.5\nQ,S2,2016,budget,30\n"


def read_rows(tmp_path: Path, header: str, **options: object) -> Conformed:
    path = tmp_path / "s.csv"
    path.write_text(ROWS.format(header))
    given = {"columns": {"amount": header}, "currency": "EUR", **options}
    return read(FileSpec(path, **given), SPENDING)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("header", "currencies"),
    [
        ("Cost (USD)", {"USD"}),
        ("Kosten TEUR", {"EUR"}),
        ("AMOUNT IN LAK", {"LAK"}),
        ("AMOUNT (LAK)", {"LAK"}),
        ("Presupuesto US$", {"USD"}),
        ("USDm", {"USD"}),
        ("cost_usd", {"USD"}),
        ("amountEur", {"EUR"}),
        ("total_all", set()),
        ("usd spent here", set()),
        ("ALL COSTS TOP DOWN", set()),
        ("All funds", set()),
        ("Budget 2016", set()),
    ],
)
def test_currencies_of_headers(header: str, currencies: set[str]) -> None:
    assert currencies_in(header) == currencies


def test_a_header_with_another_currency_than_the_plan_is_a_question(tmp_path: Path) -> None:
    (problem,) = read_rows(tmp_path, "Cost (USD)").problems
    assert problem.message == "the header names USD, but its amounts are read as EUR"
    assert '[spending.constant] currency = "USD"' in problem.way_out
    said = read_rows(tmp_path, "Cost (USD)", constant={"currency": "CHF"})
    assert said.problems == []
    assert any("the header names USD, but its amounts are read as CHF" in note for note in said.detected)
    for header, currency in (("Cost (USD)", "USD"), ("Cost ($)", "AUD"), ("Cost ($)", "MXN")):
        found = read_rows(tmp_path, header, currency=currency)
        assert (found.problems, [note for note in found.detected if "header" in note]) == ([], [])
    assert (
        read_rows(tmp_path, "Cost ($)", currency="EUR").problems[0].message.startswith("the header names USD")
    )


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Cost US$m", 1_000_000),
        ("USDbn", 1_000_000_000),
        ("Betrag TEUR", 1_000),
        ("T€", 1_000),
        ("CHF mn", 1_000_000),
    ],
)
def test_magnitudes_that_touch_a_currency(header: str, unit: int) -> None:
    assert magnitudes_beside(header) == ([unit], [])
    assert magnitudes_beside("Trend (EUR)") == magnitudes_beside("Amount TTD") == ([], [])


@pytest.mark.parametrize(
    ("text", "currency", "unit"),
    [
        ("Cifras en miles de millones de pesos", "COP", 10**9),
        ("Valores em mil milhões de meticais", "MZN", 10**9),
        ("Thousand million kip", "LAK", 10**9),
        ("hundred thousand rupees", "INR", 10**5),
        ("Cifras en miles de pesos", "MXN", 1_000),
        ("Valores em milhares de reais", "BRL", 1_000),
        ("Angaben in Tsd. Euro", "EUR", 1_000),
        ("в тыс. руб.", "RUB", 1_000),
        ("mld. EUR", "EUR", 10**9),
        ("Budget in 10^6 LAK", "LAK", 10**6),
        ("Budget 10³ €", "EUR", 1_000),
        ("Amount, 1E6", "USD", 10**6),
        ("Amount in 100,000s", "INR", 10**5),
    ],
)
def test_magnitudes_that_multiply_or_are_short_or_powers(text: str, currency: str, unit: int) -> None:
    assert magnitudes_in(text, [currency]) == [unit]


@pytest.mark.parametrize(
    "text", ["Programme 103", "Amount 2010", "Miles of road", "Budget 1093", "cent villages"]
)
def test_other_words_and_numbers_are_no_magnitudes(text: str) -> None:
    assert magnitudes_in(text, ["LAK"]) == []


def test_persons_in_thousands(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("district,year,People (thousands),poor\nN1,2015,45.25,7\nN2,2015,30,5\n")
    columns = {"population": "People (thousands)"}
    (problem,) = read(FileSpec(path, columns=columns), PROFILE).problems
    assert problem.message == "the persons seem to be in units of 1,000"
    assert problem.way_out.startswith("write in geoplan.toml: [profile] unit = 1000;")
    full = read(FileSpec(path, columns=columns, unit=1000), PROFILE)
    assert full.problems == []
    assert full.frame[["population", "poor"]].to_numpy().tolist() == [[45250, 7], [30000, 5]]
    assert any("'People (thousands)' is multiplied by 1,000" in note for note in full.detected)
    (problem,) = read(FileSpec(path, columns=columns, unit=1), PROFILE).problems
    assert problem.values == ("45.25",)


def test_funders_in_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "project,year,kind,funder,amount\nP,2016,budget,EU; GIZ,9\nQ,2016,budget,EU,1\nR,2016,budget,,2\n"
    )
    asked = read(FileSpec(path, currency="EUR"), SPENDING)
    assert any('[spending.separator] funder = ";"' in remark for remark in asked.remarks)
    joint = read(FileSpec(path, currency="EUR", separator={"funder": ";"}), SPENDING)
    assert joint.frame["funder"].tolist() == ["EU|GIZ", "EU", None]
    assert "s.csv: 1 cells of column 'funder' name joint funders" in joint.remarks


def test_dates_that_are_words_or_numbers_of_days(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("project,start,end\nP,42005,TBD\nQ,42370,2016-12-31\n")
    start, end = read(FileSpec(path), PROJECTS).problems
    assert "(Excel day 42005 is 2015-01-01)" in start.way_out
    assert '[projects.values.end] "TBD" = ""' in end.way_out
    path.write_text("project,end\nP,TBD\nQ,2016-12-31\n")
    read_one = read(FileSpec(path, values={"end": {"TBD": ""}}), PROJECTS)
    assert read_one.problems == []
    assert read_one.frame["end"].isna().tolist() == [True, False]


def test_days_with_the_name_of_their_month_are_dates(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("project,start,end\nP,02-Nov-2014,30 novembre 2016\nQ,1er août 2015,Feb 29th 2016\n", encoding="utf-8")  # fmt: skip
    found = read(FileSpec(path), PROJECTS)
    assert found.problems == []
    assert found.frame["start"].astype(str).tolist() == ["2014-11-02", "2015-08-01"]
    assert found.frame["end"].astype(str).tolist() == ["2016-11-30", "2016-02-29"]
    assert "p.csv: column 'start': '02-Nov-2014' is read as 2014-11-02" in found.detected


def test_periods_and_short_years_in_a_column_of_dates_are_one_error(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("project,start,end\nP,Q2 2014,1er trimestre 2015\nQ,02-Nov-12,2016\n")
    start, end = read(FileSpec(path), PROJECTS).problems
    assert start.values == ("Q2 2014", "02-Nov-12") and '[projects.values.start] "Q2 2014" = "2014-04-01"' in start.way_out  # fmt: skip
    assert '[projects.values.end] "1er trimestre 2015" = "2015-03-31"' in end.way_out
    meant = FileSpec(path, values={"start": {"Q2 2014": "2014-04-01", "02-Nov-12": ""}, "end": {"1er trimestre 2015": "2015-03-31"}})  # fmt: skip
    assert read(meant, PROJECTS).problems == []


@pytest.mark.parametrize("cell", ['="{}"', '"=""{}"""'])
def test_texts_written_as_formulas_are_what_a_spreadsheet_shows(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = [[cell.format(value) for value in row] for row in (("007", "2014", "12.50"), ("a;b", "2015", "3"))]
    path.write_text("\n".join(["project;year;amount", *map(";".join, rows)]))
    found = read(FileSpec(path, currency="EUR", constant={"kind": "budget"}), SPENDING)
    assert found.problems == [] and found.frame["project"].tolist() == ["007", "a;b"]
    assert found.frame["year"].tolist() == [2014, 2015] and found.frame["amount_minor"].tolist() == [
        1250,
        300,
    ]


def test_one_header_with_a_year(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("project,district,Budget 2016\nP,N1,100\n")
    said = "\n".join(problem.way_out for problem in read(FileSpec(path, currency="EUR"), SPENDING).problems)
    assert '[spending] years = { "Budget {year}" = { kind = "budget" } }' in said
    years = {"Budget {year}": {"kind": "budget"}}
    found = read(FileSpec(path, currency="EUR", years=years), SPENDING)
    assert found.problems == []
    assert found.frame[["year", "kind"]].to_numpy().tolist() == [[2016, "budget"]]


def plan_of(tmp_path: Path, sections: str, **files: str) -> Plan:
    toml = f'[plan]\ncurrency = "EUR"\n[districts]\nfile = "d.csv"\n[spending]\nfile = "s.csv"\n{sections}'
    for name, text in {
        "d.csv": DISTRICTS,
        "s.csv": ROWS.format("amount"),
        "geoplan.toml": toml,
        **files,
    }.items():
        (tmp_path / name).write_text(text)
    return read_plan(tmp_path)


def test_a_profile_with_provinces_tells_equal_names_apart(tmp_path: Path) -> None:
    rows = "province,district,year,population\nNorth,Alpha,2015,45\nNorth,Beta,2015,30\nS,Beta,2015,7\n"
    plan = plan_of(tmp_path, '[profile]\nfile = "p.csv"\n', **{"p.csv": rows})
    assert plan.profile[["district", "population"]].to_numpy().tolist() == [["N1", 45], ["N2", 30], ["S2", 7]]
    assert "province" not in plan.profile
    with pytest.raises(InputError, match="rows that mean the same district and year: 'N2'"):
        plan_of(tmp_path, '[profile]\nfile = "p.csv"\n', **{"p.csv": rows.replace("S,Beta", "South,N2")})


def test_years_that_fit_no_project_but_another_calendar(tmp_path: Path) -> None:
    projects = "project,start,end\nP,2019-01-01,2022-12-31\nQ,2018-01-01,2021-12-31\n"
    years = "project,district,year,kind,amount\nP,N1,2012,budget,1\nP,N1,2013,budget,1\nQ,S2,2011,budget,1\n"
    files = {"p.csv": projects, "s.csv": years}
    section = '[projects]\nfile = "p.csv"\n'
    with pytest.raises(InputError, match='calendar = "ethiopian" \\(2011 is 2019\\)'):
        plan_of(tmp_path, section, **files)
    assert plan_of(tmp_path, 'calendar = "gregorian"\n' + section, **files).spending["year"].max() == 2013
    plan = plan_of(tmp_path, 'calendar = "ethiopian"\n' + section, **files)
    assert sorted(plan.spending["year"]) == [2019, 2020, 2021]
    # One year inside its project's dates is enough to believe the others.
    some = {**files, "s.csv": years.replace("Q,S2,2011", "Q,S2,2019")}
    assert len(plan_of(tmp_path, section, **some).spending) == 3


def test_amounts_with_their_magnitude_have_the_line_to_write(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "project,year,kind,currency,amount\nP,2012,budget,EUR,1.2 million\nP,2012,budget,EUR,300k\n"
    )
    (problem,) = read(FileSpec(path), SPENDING).problems
    line = 'values.amount = { "1.2 million" = "1200000", "300k" = "300000" }'
    assert line in problem.way_out
    meant = {"amount": {"1.2 million": "1200000", "300k": "300000"}}
    assert read(FileSpec(path, values=meant), SPENDING).frame["amount_minor"].tolist() == [
        120_000_000,
        30_000_000,
    ]
    path.write_text("project,year,kind,currency,amount\nP,2012,budget,EUR,7 trucks\n")
    assert "values.amount" not in read(FileSpec(path), SPENDING).problems[0].way_out


@pytest.mark.parametrize("units", [",,(2016 prices),(million kip)", ",,,(million kip)", ",,,million kip"])
def test_a_row_of_units_below_the_header_is_asked_about(units: str, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"project,district,year,amount\n{units}\nP,N1,2016,5\nQ,N2,2016,7\n")
    constant = {"kind": "budget", "currency": "LAK"}
    (problem,) = read(FileSpec(path, constant=constant), SPENDING).problems
    assert "unit = 1000000" in problem.way_out
    found = read(FileSpec(path, constant=constant, unit=1_000_000), SPENDING)
    assert found.frame["amount_minor"].tolist() == [500_000_000, 700_000_000]
    assert any("left out as a row of units" in note for note in found.detected)
    path.write_text("project,district,year,amount\n(P),N1,2016,5\n(Q),N2,2016,7\n")
    assert len(read(FileSpec(path, constant=constant), SPENDING).frame) == 2


def test_a_note_below_or_the_name_of_the_sheet_may_name_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = "project,district,year,amount\nP,N1,2016,5\nQ,N2,2016,7\n"
    constant = {"kind": "budget", "currency": "LAK"}
    path.write_text(f"{rows}All figures in million kip,,,\n")
    (problem,) = read(FileSpec(path, constant=constant), SPENDING).problems
    assert "unit = 1000000" in problem.way_out and "All figures in million kip" in problem.values
    path.write_text(f"{rows}Source: a survey of 1 million households,,,\n")
    assert read(FileSpec(path, constant=constant), SPENDING).problems == []
    book = openpyxl.Workbook()
    for title in ("Budget (mln kip)", "Other"):
        sheet = book.create_sheet(title)
        for row in rows.split():
            sheet.append([int(cell) if cell.isdigit() else cell for cell in row.split(",")])
    book.save(tmp_path / "s.xlsx")
    (problem,) = read(
        FileSpec(tmp_path / "s.xlsx", sheet="Budget (mln kip)", constant=constant), SPENDING
    ).problems
    assert "unit = 1000000" in problem.way_out
    assert read(FileSpec(tmp_path / "s.xlsx", sheet="Other", constant=constant), SPENDING).problems == []
    for title in book.sheetnames:
        if title != "Budget (mln kip)":
            del book[title]
    book.save(tmp_path / "s.xlsx")
    (problem,) = read(FileSpec(tmp_path / "s.xlsx", constant=constant), SPENDING).problems
    assert "unit = 1000000" in problem.way_out  # also where the messages do not name the only sheet


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Вартість тис. грн", 1_000),
        ("বরাদ্দ লাখ টাকা", 100_000),
        ("予算 百万円", 1_000_000),
        ("预算（万元）", 10_000),
        ("예산 (천원)", 1_000),
        ("예산 백만원", 1_000_000),
        ("Ποσό χιλ. ευρώ", 1_000),
    ],
)
def test_the_script_of_a_header_says_its_language(header: str, unit: int, tmp_path: Path) -> None:
    assert f"units of {unit:,}" in str(read_rows(tmp_path, header, encoding="utf-8").problems[0])


@pytest.mark.parametrize("header", ["Бюджет 2012", "ໂຄງການ", "予算", "사업비", "Сума"])
def test_other_words_of_a_script_name_no_unit(header: str, tmp_path: Path) -> None:
    assert not read_rows(tmp_path, header, encoding="utf-8").problems


def read_units(tmp_path: Path, header: str, *cells: str, **options: object) -> Conformed:
    path = tmp_path / "s.csv"
    rows = "".join(f"P{at},N1,2016,budget,LAK,{at}.5,{cell}\n" for at, cell in enumerate(cells))
    path.write_text(f"project,district,year,kind,currency,amount,{header}\n{rows}", encoding="utf-8")
    return read(FileSpec(path, **options), SPENDING)  # type: ignore[arg-type]


def test_a_column_with_the_unit_of_each_amount_is_a_question(tmp_path: Path) -> None:
    (problem,) = read_units(tmp_path, "Unit", "million kip", "kip").problems
    assert "('million kip' is 1000000, 'kip' is 1)" in problem.message
    assert """where = "\\"Unit\\" = 'million kip'" and unit = 1000000""" in str(problem.way_out)
    (problem,) = read_units(tmp_path, "Scale", "million", "million").problems
    assert "[spending] unit = 1000000" in str(problem.way_out)
    assert not read_units(tmp_path, "Unit", "million kip", "million kip", unit=1000000).problems


@pytest.mark.parametrize("cells", [("km", "m"), ("kip", "kip"), ("GoL", "million project")])
def test_other_units_are_no_question(cells: tuple[str, str], tmp_path: Path) -> None:
    assert not read_units(tmp_path, "Unit", *cells).problems


def test_words_for_currencies_have_the_line_to_write(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "project,district,year,kind,currency,amount\nP,N1,2016,budget,US$,1\nQ,N1,2016,budget,Kip,2\n"
    )
    (problem,) = read(FileSpec(path), SPENDING).problems
    assert 'values.currency = { Kip = "LAK", "US$" = "USD" }' in str(problem.way_out)
