"""Population and poverty figures of a district are of one year, and every output states it."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

import geoplan as gp
from geoplan.analysis.gaps import rank_gaps
from geoplan.cli import app
from geoplan.ledger.district_figures import list_figure_years
from geoplan.ledger.warnings import find_warnings
from geoplan.model.errors import InputError
from geoplan.outputs.report.chapters import list_chapters
from geoplan.outputs.report.contents import gather_findings
from geoplan.outputs.text_tables import closing_lines

from ..conftest import WritePlan

HEAD = "district,year,population,poor,poverty_rate,poverty_class,villages\n"
# Population doubles by 2014, but poor persons were counted in 2008 only: 2008 is the year of all three figures.
PROFILE = (
    HEAD
    + "A,2008,400,200,,poor,4\nA,2014,800,,,,5\nB,2008,300,30,,,\nB,2014,600,,,not poor,\nC,2008,100,50,,,\n"
)


def described(write_plan: WritePlan, profile: str) -> gp.Ledger:
    return gp.build_ledger(gp.read_plan(write_plan(profile=profile)))


def test_figures_of_a_district_are_of_one_year(write_plan: WritePlan) -> None:
    rows = described(write_plan, PROFILE).districts.set_index("district")
    assert rows["population"].tolist() == [400, 300, 100]
    assert rows["poor"].tolist() == [200, 30, 50]
    assert rows["profile_year"].tolist() == [2008, 2008, 2008]
    # Class and villages are the latest stated.
    assert rows["poverty_class"].tolist()[:2] == ["poor", "not poor"] and rows.loc["A", "villages"] == 5


@pytest.mark.parametrize(
    ("rows", "year", "population", "poor"),
    [
        ("A,2008,400,200,,,\nA,2010,500,210,,,\nA,2012,600,,,,", 2010, 500, 210),  # the latest complete year
        ("A,2008,400,,,,\nA,2010,500,,,,\nA,2012,,70,,,", 2010, 500, None),  # population before poor persons
        ("A,2008,,60,,,\nA,2010,,70,,,\nA,2012,,,,poor,", 2010, None, 70),  # a class is no figure
        ("A,2008,400,,0.5,,\nA,2010,500,,,,", 2008, 400, None),  # a rate is a poverty figure
    ],
)
def test_the_year_is_the_latest_that_states_most(
    rows: str, year: int, population: float | None, poor: float | None, write_plan: WritePlan
) -> None:
    found = described(write_plan, HEAD + rows + "\n").districts.iloc[0]
    assert found["profile_year"] == year
    for name, expected in (("population", population), ("poor", poor)):
        assert found[name] == expected if expected is not None else found[name] != found[name]


def test_a_rate_is_never_made_of_two_years(write_plan: WritePlan) -> None:
    ranked = rank_gaps(described(write_plan, PROFILE)).set_index("district")
    assert (ranked.loc["A", "poor"], ranked.loc["A", "profile_year"]) == (200, 2008)


@pytest.mark.parametrize(
    "command",
    [["equity"], ["gaps"], ["summary", "--rates"], ["allocate", "--budget", "90", "--rule", "poor"],
     ["allocate", "--budget", "90", "--rule", "poor", "--format", "json"], ["equity", "--format", "json"],
     ["summary", "--rates", "--format", "json"], ["equity", "--format", "md"]],
)  # fmt: skip
def test_every_output_states_the_year(command: list[str], write_plan: WritePlan) -> None:
    folder = write_plan(profile=PROFILE)
    done = CliRunner().invoke(app, [command[0], str(folder), *command[1:]], catch_exceptions=False)
    assert done.exit_code == 0
    assert "Population and poverty figures of 2008" in (done.stdout if len(command) > 4 else done.output)
    if "json" in command:
        json.loads(done.stdout)


MIXED = HEAD + "A,2008,400,200,,,\nB,2014,600,30,,,\nC,2014,100,50,,,\n"
COUNTED = "2008 (1 district), 2014 (2 districts)"


def text_of(path: Path) -> str:
    if path.suffix in (".xlsx", ".docx"):
        with ZipFile(path) as archive:
            return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize(
    "command",
    ["report -o r.html", "report --one-page -o r.html", "report -o r.docx", "report -o r.xlsx", "export -o e.gpkg",
     "export -o e.xlsx", "export -o e.geojson", "export -o e.parquet", "export -o e.fgb", "gaps -o g.xlsx",
     "allocate --budget 90 --rule poor -o a.xlsx"],
)  # fmt: skip
def test_every_file_states_the_years_of_districts_that_differ(
    command: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    name, *options, file = command.split()
    done = CliRunner().invoke(app, [name, str(write_plan(profile=MIXED)), *options, str(tmp_path / file)])
    assert done.exit_code == 0, done.output
    assert COUNTED in text_of(tmp_path / file)


@pytest.mark.parametrize(
    ("command", "file", "said"),
    [
        ("report -o r/", "r/curve.svg", COUNTED),
        ("report -o r/", "r/curve.csv", COUNTED),
        ("report -o r/ --language fr", "r/curve.svg", "2008 (1 district), 2014 (2 districts)"),
        ("report -o r/ --language lo", "r/curve.svg", "2008 (1 ເມືອງ), 2014 (2 ເມືອງ)"),
        ("map -o m.html --svg m.svg", "m.svg", "Profile of 2008–2014."),
        ("map -o m.html --svg m.svg --language fr", "m.svg", "Profil de 2008–2014."),
    ],
)
def test_pictures_and_their_tables_state_the_years(
    command: str, file: str, said: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    name, *options = command.split()
    places = [str(tmp_path / word) if word[0] in "rm" and word != "map" else word for word in options]
    folder = [f"{tmp_path / 'r'}/" if word.endswith("/r") else word for word in places]
    done = CliRunner().invoke(app, [name, str(write_plan(profile=MIXED)), *folder])
    assert done.exit_code == 0, done.output
    assert said in (tmp_path / file).read_text(encoding="utf-8")


def test_a_report_has_the_year_of_each_district_where_they_differ(write_plan: WritePlan) -> None:
    for profile, shown in ((MIXED, True), (PROFILE, False)):
        plan = gp.read_plan(write_plan(profile=profile))
        found = gather_findings(plan, gp.build_ledger(plan))
        assert found.districts["profile_year"].tolist() == ([2008, 2014, 2014] if shown else [2008] * 3)
        chapter = next(chapter for chapter in list_chapters(found) if chapter.title == "Money by district")
        heads = [head for table in chapter.tables for head, _ in table.heads]
        assert ("profile year" in heads) == shown


def test_different_years_are_counted_and_a_warning(write_plan: WritePlan) -> None:
    plan = gp.read_plan(write_plan(profile=MIXED))
    ledger = gp.build_ledger(plan)
    years = COUNTED
    assert list_figure_years(ledger.districts) == years
    assert f"Population and poverty figures of {years}" in closing_lines(ledger)
    assert any(f"of different years: {years}" in problem.message for problem in find_warnings(plan, ledger))


@pytest.mark.parametrize(("rate", "warned"), [(0.505, False), (0.506, True)])
def test_a_rate_that_contradicts_the_persons_is_a_warning(
    rate: float, warned: bool, write_plan: WritePlan
) -> None:
    plan = gp.read_plan(write_plan(profile=HEAD + f"A,2008,400,200,{rate},,\nB,2008,600,30,0.05,,\n"))
    found = [
        problem
        for problem in find_warnings(plan, gp.build_ledger(plan))
        if "differ from poor ÷ population" in problem.message
    ]
    assert [problem.values for problem in found] == ([("Alpha: 0.506, not 0.500",)] if warned else [])


def test_check_finds_the_impossible_figures_that_would_stop_a_map(write_plan: WritePlan) -> None:
    plan = gp.read_plan(write_plan(profile=HEAD + "A,2008,400,401,,,\n"))
    with pytest.raises(InputError, match="more poor persons than people"):
        find_warnings(plan, gp.build_ledger(plan))
