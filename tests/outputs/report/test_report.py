"""The report: workbook, page and charts, made of the plan's own figures."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from geoplan.analysis.equity import measure_equity
from geoplan.cli.report_command import report
from geoplan.ledger.entries import build_ledger
from geoplan.ledger.summary import summarize
from geoplan.model.choices import LANGUAGES
from geoplan.model.errors import GeoplanError, UsageError
from geoplan.outputs.report.book import _sheets
from geoplan.outputs.report.chapters import list_brief, list_chapters
from geoplan.outputs.report.charts import Chart, draw_charts
from geoplan.outputs.report.contents import Findings, gather_findings
from geoplan.outputs.report.html_report import render_report
from geoplan.outputs.report.poverty_matrix import lay_out_matrix
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan
from geoplan.text.languages import read_catalogue

from ...conftest import PROJECTS, SPENDING, WritePlan

pytestmark = pytest.mark.usefixtures("plans_read_once")

PAID = SPENDING + "P,roads,X,2010,disbursement,EUR,80.00\nP,roads,X,2011,disbursement,EUR,30.00\n"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(report, [str(argument) for argument in arguments])
    if isinstance(result.exception, GeoplanError):
        raise result.exception
    assert result.exception is None, result.exception
    return result


def findings(plan: Plan, **options: Any) -> Findings:
    return gather_findings(plan, build_ledger(plan), **options)


@pytest.fixture(scope="module")
def home() -> Plan:
    return read_plan(find_bundled_plan())


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("book") / "home.xlsx"
    run("-o", target)
    return target


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows if any(cell is not None for cell in row)]


# --- catalogues -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_say_the_same_things(language: str) -> None:
    ours, english = (read_catalogue("geoplan.outputs.report", name).texts for name in (language, "en"))
    assert ours.keys() == english.keys()
    for key, text in ours.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", english[key])), key


# --- workbook -------------------------------------------------------------------------------


def test_the_workbook_has_its_sheets(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    assert workbook.sheetnames == [
        "Read me", "Districts", "Money × poverty", "Poor and left out", "Components", "Sectors", "Sectors × districts", "Funders",
        "Funders × districts", "Largest projects", "Years", "Equity", "Unplaced money", "Reconciliation", "Ledger",
    ]  # fmt: skip
    for sheet in workbook.worksheets[1:]:
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == sheet.dimensions, sheet.title
        assert sheet.print_title_rows == "$1:$1"
    assert workbook["Ledger"].print_area.endswith("$61") and not workbook["Districts"].print_area
    assert len(workbook["Districts"]._charts) == len(workbook["Years"]._charts) == 1
    opening = "\n".join(str(row[0]) for row in workbook["Read me"].iter_rows(values_only=True))
    for said in (
        "Illustrative figures",
        "balanced",
        "depends on where EUR 1\u202f620\u202f000 went",
        "spread by population",
    ):
        assert said in opening


def test_every_sheet_holds_all_money(book: Path, home: Plan) -> None:
    workbook = openpyxl.load_workbook(book)
    total = Decimal("8200000.00")

    def summed(sheet: str, column: str) -> Decimal:
        return sum((Decimal(str(row[column] or 0)) for row in rows_of(workbook[sheet])), Decimal(0))

    assert summed("Components", "total") == summed("Funders × districts", "total") == total
    assert summed("Sectors × districts", "total") == summed("Largest projects", "total") == total
    assert summed("Funders", "alone") == summed("Sectors", "alone") == total
    assert summed("Years", "planned") == summed("Ledger", "amount") == total
    assert summed("Districts", "certain") + summed("Unplaced money", "amount") == total
    wide = {row["province"] for row in rows_of(workbook["Unplaced money"]) if row["place"] == "province-wide"}
    assert wide == {"Bolikhamxay"}
    (row,) = rows_of(workbook["Reconciliation"])
    assert (row["given"], row["difference"], row["balanced"]) == (8200000, 0, "yes")
    sums = summarize(build_ledger(home)).set_index("district")["amount"].astype(float)
    assert {row["code"]: row["certain"] for row in rows_of(workbook["Districts"])} == pytest.approx(
        sums.to_dict()
    )


def test_cells_are_numbers_with_formats(book: Path) -> None:
    sheet = openpyxl.load_workbook(book)["Districts"]
    heads = [cell.value for cell in sheet[1]]
    shapes = {head: cell.number_format for head, cell in zip(heads, sheet[2], strict=True)}
    assert (shapes["certain"], shapes["share"], shapes["population"]) == ("#,##0.00", "0.0%", "#,##0")
    assert all(
        isinstance(sheet.cell(2, heads.index(name) + 1).value, int | float) for name in ("certain", "share")
    )


def test_the_same_plan_gives_the_same_bytes(book: Path, tmp_path: Path) -> None:
    run("-o", tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == book.read_bytes()
    run("-o", tmp_path / "once.html")
    run("-o", tmp_path / "twice.html")
    assert (tmp_path / "once.html").read_bytes() == (tmp_path / "twice.html").read_bytes()


HOSTILE = '=HYPERLINK("http://x","y")<script>alert(1)</script>&{0}'


def hostile(write_plan: WritePlan) -> Path:
    folder = write_plan(projects=PROJECTS.replace("Road", '"' + HOSTILE.replace('"', '""') + '"'))
    for name, was in (
        ("districts.csv", "Gamma"),
        ("spending.csv", "office"),
        ("profile.csv", "more developed"),
    ):
        with (folder / name).open(newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))
        with (folder / name).open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([[HOSTILE if cell == was else cell for cell in row] for row in rows])
    return folder


def test_no_cell_is_executed(write_plan: WritePlan, tmp_path: Path) -> None:
    target = tmp_path / "hostile.xlsx"
    run(hostile(write_plan), "-o", target)
    workbook = openpyxl.load_workbook(target)
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert any(HOSTILE in str(cell.value) for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]
    # A cell that looks like a formula stays text when someone edits it.
    assert not [cell for cell in cells if str(cell.value).startswith("=") and not cell.quotePrefix]
    with zipfile.ZipFile(target) as archive:
        assert not [
            name for name in archive.namelist() if b"<f>" in archive.read(name) and "chart" not in name
        ]


@pytest.mark.parametrize("language", ["fr", "lo"])
def test_the_workbook_speaks(language: str, tmp_path: Path) -> None:
    target = tmp_path / "book.xlsx"
    run("--language", language, "-o", target)
    words = read_catalogue("geoplan.outputs.report", language)
    workbook = openpyxl.load_workbook(target)
    assert workbook.sheetnames[1] == words.say("sheet.districts")
    heads = [cell.value for cell in workbook.worksheets[1][1]]
    assert words.say("column.at_most") in heads and "at_most" not in heads
    if language == "lo":
        assert "ປາກຊັນ" in {cell.value for cell in workbook.worksheets[1]["B"]}


@pytest.mark.parametrize("form", ["pdf", "csv"])
def test_libreoffice_opens_it_without_complaint(book: Path, form: str, tmp_path: Path) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        if os.environ.get("CI"):
            pytest.fail("LibreOffice is missing, and CI is to have it")
        pytest.skip("LibreOffice (soffice) is not installed")
    wanted = (
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
        if form == "csv"
        else "pdf"
    )
    done = subprocess.run(
        [soffice, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", wanted,
         "--outdir", str(tmp_path), str(book)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "Error" not in done.stderr, done.stderr
    written = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    if form == "pdf":
        assert (tmp_path / "home.pdf").stat().st_size > 20_000
        return
    assert len(written) == 15, written
    districts = (tmp_path / "home-Districts.csv").read_text(encoding="utf-8")
    assert "704616.05" in districts and "Err:" not in districts and "#" not in districts


# --- charts ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def charts(home: Plan) -> list[Chart]:
    pytest.importorskip("altair")
    return draw_charts(findings(home))


def test_charts_are_svg_with_text_and_a_table(charts: list[Chart]) -> None:
    assert [chart.name for chart in charts] == ["districts", "curve", "years", "months"]
    for chart in charts:
        root = ET.fromstring(chart.svg)
        assert root.get("role") == "img" and root.get("aria-label") == chart.title
        assert len(list(root.iter("{http://www.w3.org/2000/svg}text"))) > 5
        assert len(chart.table) and chart.about
        hrefs = [
            value for node in root.iter() for name, value in node.attrib.items() if name.endswith("href")
        ]
        assert not hrefs and "script" not in {node.tag.split("}")[-1] for node in root.iter()}


def test_bars_are_as_long_as_their_amounts(charts: list[Chart]) -> None:
    svg = charts[0].svg
    bars = re.findall(
        r'aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="bar"[^>]* d="M0,[\d.]+h([\d.]+)',
        svg,
    )
    bars = bars or [
        (label, width)
        for label, width in re.findall(
            r'aria-label="([^"]*)"[^>]*aria-roledescription="bar" d="[^"]*?h([\d.]+)', svg
        )
    ]
    widths = {label.split("name: ")[1].split(";")[0]: float(width) for label, width in bars}
    table = charts[0].table.set_index("district")["certain"].astype(float)
    assert len(widths) == 7
    for name, width in widths.items():
        assert width / widths["Bolikhan"] == pytest.approx(table[name] / table["Bolikhan"], abs=0.01)


def test_a_line_to_at_most_does_not_shrink_the_bars(charts: list[Chart]) -> None:
    """Each of seven districts could have all 1.62 m of the coarse money on top of 0.2 to 1.4 m."""
    texts = [
        "".join(node.itertext())
        for node in ET.fromstring(charts[0].svg).iter("{http://www.w3.org/2000/svg}text")
    ]
    table = charts[0].table.set_index("district").astype(float)
    top = 1.15 * table[["certain", "expected"]].max(axis=None)
    clipped = table.loc[table["at most"] > top, "at most"]
    assert 0 < len(clipped) < 7
    for most in clipped:
        assert f"{most / 1e3:,.0f}".replace(",", "\u202f") in texts
    widths = [
        float(width)
        for width in re.findall(r'aria-roledescription="bar"[^>]*d="M0,[\d.]+h([\d.]+)', charts[0].svg)
    ]
    assert max(widths) > 300
    assert "arrow" in charts[0].about


def test_chart_ids_do_not_meet(charts: list[Chart]) -> None:
    ids = [name for chart in charts for name in re.findall(r'\bid="([^"]+)"', chart.svg)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_speak(home: Plan, language: str) -> None:
    pytest.importorskip("altair")
    words = read_catalogue("geoplan.outputs.report", language)
    districts, curve, years, _ = draw_charts(findings(home, language=language))
    assert words.say("chart.curve.x") in curve.svg and words.say("unit.1000000", currency="EUR") in years.svg
    assert ("ວຽງທອງ" if language == "lo" else "Viengthong") in districts.svg
    assert "2.0" in years.svg if language == "en" else "2,0" in years.svg


def test_what_can_not_be_drawn_says_why(write_plan: WritePlan) -> None:
    pytest.importorskip("altair")
    plan = read_plan(write_plan(profile="district,year,population\nA,2010,5\nB,2010,5\n"))
    curve = draw_charts(findings(plan))[1]
    assert curve.svg == "" and "poverty rate" in curve.about


def test_planned_and_paid_have_their_bars(write_plan: WritePlan) -> None:
    pytest.importorskip("altair")
    plan = read_plan(write_plan(spending=PAID))
    found = gather_findings(plan.only("budget"), build_ledger(plan.only("budget")), whole=plan)
    years = draw_charts(found)[2]
    assert years.table["paid"].tolist() == [Decimal("80.00"), Decimal("30.00"), None]
    assert len(re.findall('aria-roledescription="bar"', years.svg)) == 5  # three planned, two paid
    assert "Planned is budget, paid is disbursement." in years.about


def test_many_districts_are_drawn_in_part_and_said(home: Plan) -> None:
    pytest.importorskip("altair")
    found = findings(home)
    many = pd.concat([found.districts.assign(name=f"D{at}") for at in range(10)], ignore_index=True)
    chart = draw_charts(dataclasses.replace(found, districts=many))[0]
    assert (
        "The chart shows the 40 districts with most money; the table has all 70" in chart.about
        and len(chart.table) == 70
    )
    assert len(re.findall('aria-roledescription="bar"', chart.svg)) == 40
    # The workbook has a chart only where it shows all districts.
    charted = [
        _sheets(dataclasses.replace(found, districts=many[:rows]))["districts"].bars is not None
        for rows in (40, 41)
    ]
    assert charted == [True, False]


def test_charts_fit_a_printed_page(charts: list[Chart]) -> None:
    # A4 has 794 pixels of 1/96 inch; the bars of districts use most of them.
    widths = [float(re.search(r'<svg[^>]* width="([\d.]+)"', chart.svg)[1]) for chart in charts if chart.svg]  # type: ignore[index]
    assert 640 < max(widths) < 794


# --- what donors and ministries ask ---------------------------------------------------------

GIVERS = """project,component,funder,year,kind,currency,amount
P,roads,Ada|Bo,2010,budget,EUR,100.00
P,roads,Ada,2010,budget,EUR,30.00
Q,schools,Bo|Bo,2011,budget,EUR,50.00
R,office,unknown,2012,budget,EUR,7.01
"""


def cells(frame: Any) -> list[list[Any]]:
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame.to_numpy().tolist()]


def test_who_is_where_adds_up_to_all_money(write_plan: WritePlan) -> None:
    """P has points in A, B and outside: a third of 130.00 each. Q is somewhere in its province, R nowhere."""
    found = findings(read_plan(write_plan(spending=GIVERS)))
    table = found.funder_places
    assert list(table) == [
        "name",
        "currency",
        "funders",
        "projects",
        "name:Bo",
        "name:Ada",
        "jointly",
        "not stated",
        "total",
    ]
    third, ten = Decimal("33.33"), Decimal("10.00")
    first, second, none, wide, outside, nowhere = cells(table.drop(columns=["currency"]))
    assert first == ["Alpha", 2, 1, None, ten, third + Decimal("0.01"), None, Decimal("43.34")]
    assert second == ["Beta", 2, 1, None, ten, third, None, Decimal("43.33")]
    assert none == ["Gamma", 0, 0, None, None, None, None, Decimal("0.00")]
    assert wide == ["province-wide", None, None, Decimal("50.00"), None, None, None, Decimal("50.00")]
    assert outside[0] == "outside the area" and nowhere[-2:] == [Decimal("7.01"), Decimal("7.01")]
    payers = cells(found.funders[["funder", "alone", "jointly_up_to"]])
    assert payers == [["Bo", Decimal("50.00"), Decimal("100.00")], ["Ada", Decimal("30.00"), Decimal("100.00")],
                      ["not stated", Decimal("7.01"), Decimal("0.00")]]  # fmt: skip
    assert cells(found.reasons[["place", "reason", "amount"]]) == [
        ["province-wide", "recorded for a whole province only", Decimal("50.00")],
        ["outside the area", "the place is outside all districts", Decimal("43.33")],
        ["unlocated", "no place is recorded", Decimal("7.01")],
    ]


def test_the_poor_and_left_out_come_first_and_no_data_has_its_row(write_plan: WritePlan) -> None:
    """A gets 90.00 and B 30.00: per poor person 0.9 and 0.0375, on average 120 / 900; B lacks 800 × average − 30."""
    locations = "project,location,geometry\nP,1,POINT (0.5 0.5)\nQ,1,POINT (1.5 0.5)\n"
    spending = SPENDING.splitlines()[0] + "\nP,,X,2010,budget,EUR,90.00\nQ,,X,2010,budget,EUR,30.00\n"
    found = findings(read_plan(write_plan(locations=locations, spending=spending)))
    assert found.crossing["name"].tolist() == ["Beta", "Alpha", "Gamma"]
    assert found.crossing["is_left_out"].tolist() == [True, False, False]
    assert found.crossing["gap"].iloc[0] == pytest.approx(800 * 120 / 900 - 30)
    matrix = lay_out_matrix(found.crossing, found.words)
    assert cells(matrix) == [
        ["high poverty", "1: Beta", "0"],
        ["low poverty", "0", "1: Alpha"],
        ["no data", "1: Gamma", None],
    ]
    about = {chapter.title: chapter.about for chapter in list_chapters(found)}
    assert "at the average of the plan. From 20 districts on" in about["Money and poverty"]


def test_a_summary_of_one_page_shows_8_rows_of_each_table(home: Plan) -> None:
    found = findings(home)
    ten = pd.concat([found.projects] * 2, ignore_index=True).head(10)
    tables = [
        table for chapter in list_brief(dataclasses.replace(found, projects=ten)) for table in chapter.tables
    ]
    assert len(ten) == 10 and max(len(table.rows) for table in tables) == 8


def test_a_summary_of_one_page(home: Plan, tmp_path: Path) -> None:
    page = render_report(findings(home), one_page=True)
    for said in (
        "Poor and left out",
        "Luxembourg",
        "7\u202f600\u202f000",
        "no place is recorded",
        "difference 0.00",
    ):
        assert said in page
    assert "<svg" not in page and page.count("Illustrative figures") == 1
    with pytest.raises(UsageError, match=r"--one-page writes a page: name it x\.html or x\.pdf"):
        run("--one-page", "-o", tmp_path / "x.xlsx")


def test_a_word_document_has_the_chapters(write_plan: WritePlan, tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    folder = hostile(write_plan)
    for name in ("once.docx", "twice.docx"):
        run(folder, "-o", tmp_path / name)
    assert (tmp_path / "once.docx").read_bytes() == (tmp_path / "twice.docx").read_bytes()
    document = docx.Document(tmp_path / "once.docx")
    heads = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Heading 1"]
    assert (
        heads[:3] == ["Money by district", "Money and poverty", "Who funds"] and heads[-1] == "Reconciliation"
    )
    texts = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert HOSTILE in texts and "no place is recorded" in texts


def test_bars_grow_to_the_right_from_the_first_row_down(book: Path) -> None:
    with zipfile.ZipFile(book) as archive:
        (chart,) = [text for name in archive.namelist() if "charts/chart" in name
                    if 'barDir val="bar"' in (text := archive.read(name).decode())]  # fmt: skip
    names, amounts = re.findall(r"<c:(?:cat|val)Ax>.*?</c:(?:cat|val)Ax>", chart)
    assert 'orientation val="maxMin"' in names and 'orientation val="minMax"' in amounts
    assert 'formatCode="#,##0"' in amounts


# --- page -----------------------------------------------------------------------------------


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_links_nothing_and_runs_nothing(write_plan: WritePlan) -> None:
    pytest.importorskip("altair")
    page = render_report(findings(read_plan(hostile(write_plan))))
    reader = _Reader()
    reader.feed(page)
    assert "script" not in reader.tags and "default-src 'none'" in page
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert not [value for name, value in reader.attributes if name in ("src", "href")]
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_charts_tables_and_the_reconciliation(home: Plan, language: str) -> None:
    pytest.importorskip("altair")
    page = render_report(findings(home, language=language))
    words = read_catalogue("geoplan.outputs.report", language)
    assert f'<html lang="{language}">' in page and page.count("<svg") == 4 and page.count("<table") == 16
    assert words.say("balanced") in page and words.say("chart.curve") in page
    assert page.count('@font-face { font-family: "Page Sans"') == 2
    assert ('@font-face { font-family: "Page Lao"' in page) == (language == "lo")


# --- command --------------------------------------------------------------------------------


def test_a_folder_of_charts(tmp_path: Path) -> None:
    pytest.importorskip("altair")
    printed = run("-o", tmp_path / "charts").stdout.split()
    names = {Path(line).name for line in printed}
    assert names == {
        f"{name}.{end}" for name in ("districts", "curve", "years", "months") for end in ("svg", "csv")
    }
    manifest = json.loads((tmp_path / "charts" / "curve.svg.manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"]["language"] == "en"
    # Its letters are inside; Word, which ignores them, has those of its system for Lao.
    root = ET.parse(tmp_path / "charts" / "curve.svg").getroot()
    style = root[0].text or ""
    assert style.count("@font-face") == 4 and "Page Lao" in style and "http" not in style
    assert "Leelawadee UI" in (tmp_path / "charts" / "curve.svg").read_text(encoding="utf-8")
    written = list(
        csv.DictReader(io.StringIO((tmp_path / "charts" / "years.csv").read_text(encoding="utf-8-sig")))
    )
    assert [row["paid"] for row in written] == [""] * 8


def test_what_can_not_be_written(tmp_path: Path, write_plan: WritePlan) -> None:
    with pytest.raises(UsageError, match="end it in"):
        run("-o", tmp_path / "report.odt")
    with pytest.raises(UsageError, match="choose one kind, such as budget"):
        run(write_plan(spending=PAID), "-o", tmp_path / "report.xlsx")
    run(write_plan(spending=PAID), "--kind", "budget", "-o", tmp_path / "report.xlsx")
    with pytest.raises(UsageError, match="or both if they are different money"):
        run(
            write_plan(spending=PAID + "P,roads,X,2010,expenditure,EUR,1.00\n"),
            "--kind",
            "budget",
            "-o",
            tmp_path / "x.xlsx",
        )
    assert not (tmp_path / "x.xlsx").exists()


def test_a_plan_without_profile_or_money_in_districts(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan(
        profile="district,year\nA,2010\n", locations="project,location,name,precision\nQ,1,North,4\n"
    )
    run(folder, "-o", tmp_path / "bare.xlsx")
    run(folder, "-o", tmp_path / "bare.html")
    sheet = openpyxl.load_workbook(tmp_path / "bare.xlsx")["Districts"]
    assert [row["certain"] for row in rows_of(sheet)] == [0, 0, 0]
    # Without people there are no figures per person: the column is left out, and so is the sheet of sectors.
    assert "per person" not in [cell.value for cell in sheet[1]]
    assert "Sectors" not in openpyxl.load_workbook(tmp_path / "bare.xlsx").sheetnames


def test_no_sheet_has_a_column_without_any_value(book: Path, write_plan: WritePlan, tmp_path: Path) -> None:
    # No component, no funder and no province are known here.
    spending = "project,year,kind,currency,amount\nP,2010,budget,EUR,100.00\nQ,2010,budget,EUR,7.00\n"
    run(
        write_plan(spending=spending, projects="project,title\nP,Road\nQ,Well\n"),
        "-o",
        tmp_path / "bare.xlsx",
    )
    drawn = {"expected", "certain", "planned", "paid"}
    for path in (book, tmp_path / "bare.xlsx"):
        for sheet in openpyxl.load_workbook(path):
            head, *rows = sheet.iter_rows(values_only=True)
            empty = [
                name
                for name, *cells in zip(head, *rows, strict=True)
                if all(cell in (None, "") for cell in cells)
            ]
            assert not rows or set(empty) <= drawn, sheet.title


def test_each_currency_has_its_charts(write_plan: WritePlan, tmp_path: Path) -> None:
    pytest.importorskip("altair")
    folder = write_plan(spending=SPENDING + "P,roads,X,2010,budget,JPY,300000\n")
    names = {
        Path(line).stem
        for line in run(folder, "-o", tmp_path / "charts").stdout.split()
        if line.endswith(".svg")
    }
    assert {"districts-EUR", "districts-JPY", "curve-EUR", "years-JPY"} <= names
    # A large total in one currency rounds no cents of another.
    page = render_report(findings(read_plan(folder)), one_page=True)
    assert "157.01" in page and "Amounts are in EUR, JPY." in page
    run(folder, "-o", tmp_path / "both.xlsx")
    rows = rows_of(openpyxl.load_workbook(tmp_path / "both.xlsx")["Reconciliation"])
    assert [(row["currency"], row["given"], row["balanced"]) for row in rows] == [
        ("EUR", 157.01, "yes"),
        ("JPY", 300000, "yes"),
    ]


def test_the_range_of_an_index_is_under_its_headings(book: Path, home: Plan) -> None:
    rows = {
        row["measure"]: row for row in rows_of(openpyxl.load_workbook(book)["Equity"]) if row.get("lowest")
    }
    measures = measure_equity(build_ledger(home)).measures.set_index(["measure", "reading"])["value"]
    assert len(rows) > 4
    for label, name in (("Gini", "gini"), ("concentration index", "concentration_index")):
        (row,) = [row for head, row in rows.items() if str(head).casefold().startswith(label.casefold())]
        assert row["lowest"] == pytest.approx(measures[name, "at most, low"])
        assert row["highest"] == pytest.approx(measures[name, "at most, high"])
        assert row["lowest"] < row["expected"] < row["highest"]
