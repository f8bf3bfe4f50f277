"""The command line as its users meet it: exit codes, streams, formats, files."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
from click.testing import CliRunner, Result

from geoplan.cli import app
from geoplan.cli.arguments import ExampleCommand
from geoplan.model.schema import BUCKETS, LEDGER_COLUMNS
from geoplan.plan.plan_file import find_bundled_plan

from ..conftest import LOCATIONS, PROJECTS, SPENDING, TOML, WritePlan, files_now
from ..test_house import commands

pytestmark = pytest.mark.usefixtures("plans_read_once")

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.stderr
    return result


def test_summary_json_keeps_its_contract(write_plan: WritePlan) -> None:
    answer = json.loads(run("summary", write_plan(), "--format", "json").stdout)
    assert answer["rows"] == [
        {"district": "A", "name": "Alpha", "poverty_class": "more developed", "amount": 33.34},
        {"district": "B", "name": "Beta", "poverty_class": "very poor", "amount": 33.33},
        {"district": "C", "name": "Gamma", "poverty_class": "very poor", "amount": 0},
    ]
    assert answer["buckets"] == dict.fromkeys(BUCKETS, 0) | {
        "province-wide": 50,
        "outside area": 33.33,
        "unlocated": 7.01,
    }
    assert (answer["input_total"], answer["placed_total"], answer["difference"]) == (157.01, 157.01, 0)
    assert answer["currency"] == "EUR"


def test_several_currencies_are_a_list(write_plan: WritePlan) -> None:
    folder = write_plan(spending=SPENDING + "P,roads,X,2010,budget,JPY,30\n")
    answer = json.loads(run("summary", folder, "--by", "component", "--format", "json").stdout)
    assert [(one["currency"], one["input_total"], one["difference"]) for one in answer] == [
        ("EUR", 157.01, 0),
        ("JPY", 30, 0),
    ]


def test_results_on_stdout_messages_on_stderr(write_plan: WritePlan) -> None:
    result = run("summary", write_plan(), "--by", "component,year", "--format", "csv")
    assert result.stdout.splitlines()[0] == "component,year,currency,amount"
    assert "difference 0.00, balanced" in result.stderr
    assert "Three squares" in result.stderr


@pytest.mark.parametrize("command", ["summary", "ledger", "check", "map"])
def test_every_command_prints_the_reconciliation(command: str, write_plan: WritePlan, tmp_path: Path) -> None:
    more = ["-o", tmp_path / "m.html"] if command == "map" else []
    result = run(command, write_plan(), *more)
    assert (
        "EUR 157.01 given = 66.67 in districts + 50.00 province-wide + 33.33 outside area + 7.01 unlocated"
        in result.output
    )


def test_ledger_csv_keeps_its_contract(write_plan: WritePlan) -> None:
    rows = list(csv.reader(io.StringIO(run("ledger", write_plan()).stdout)))
    assert rows[0] == list(LEDGER_COLUMNS)
    assert rows[1] == [
        "P",
        "1",
        "roads",
        "X",
        "2010",
        "budget",
        "EUR",
        "district",
        "A",
        "33.34",
        "point; even split",
        "P1",
    ]
    assert rows[-1] == [
        "R",
        "",
        "office",
        "X",
        "2012",
        "budget",
        "EUR",
        "unlocated",
        "",
        "7.01",
        "no location",
        "",
    ]


def test_ledger_files_hold_the_same_money(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    for suffix in ("csv", "parquet", "gpkg", "xlsx"):
        assert run("ledger", folder, "-o", tmp_path / f"l.{suffix}").stdout.strip().endswith(f"l.{suffix}")
    printed = run("ledger", folder).stdout
    assert (tmp_path / "l.csv").read_text(encoding="utf-8-sig") == printed
    amounts = [row["amount"] for row in csv.DictReader(io.StringIO(printed))]
    table = pq.read_table(tmp_path / "l.parquet")
    assert table.column_names == list(LEDGER_COLUMNS)
    assert [str(amount) for amount in table["amount"].to_pylist()] == amounts
    entries = pyogrio.read_dataframe(tmp_path / "l.gpkg", layer="ledger")
    assert [f"{amount:.2f}" for amount in entries["amount"]] == amounts
    districts = pyogrio.read_dataframe(tmp_path / "l.gpkg", layer="districts")
    assert districts["amount_eur"].tolist() == [33.34, 33.33, 0]
    sheet = openpyxl.load_workbook(tmp_path / "l.xlsx")["Ledger"]
    assert [f"{row[9].value:.2f}" for row in sheet.iter_rows(min_row=2)] == amounts


@pytest.mark.parametrize("form", ["table", "csv", "json", "md", "xlsx"])
def test_the_same_input_gives_the_same_bytes(form: str, write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    for name in ("one", "two"):
        run("summary", folder, "--format", form, "-o", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_illustrative_figures_say_so_in_every_format(tmp_path: Path) -> None:
    for form in ("table", "csv", "json", "md", "xlsx"):
        target = tmp_path / f"out.{form}"
        result = run("summary", "--format", form, "-o", target)
        assert "llustrative" in result.stderr
        if form == "xlsx":
            book = openpyxl.load_workbook(target)
            text = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
        else:
            text = target.read_text(encoding="utf-8")
        assert "llustrative" in text, form


def test_formulas_in_data_stay_text(write_plan: WritePlan, tmp_path: Path) -> None:
    spending = (
        SPENDING.replace("roads", '"=HYPERLINK(""http://x"")"')
        .replace("schools", "@SUM(A1)")
        .replace("office", "-1+1")
    )
    folder = write_plan(spending=spending)
    written = run("summary", folder, "--by", "component", "--format", "csv").stdout
    cells = [row[0] for row in csv.reader(io.StringIO(written))][1:]
    assert cells == ["'-1+1", '\'=HYPERLINK("http://x")', "'@SUM(A1)"]
    run("summary", folder, "--by", "component", "-o", tmp_path / "s.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "s.xlsx")["Summary"]
    assert {cell.data_type for (cell,) in sheet.iter_rows(min_row=2, max_col=1)} == {"s"}


def test_markup_in_data_stays_text_in_markdown_and_terminal(write_plan: WritePlan) -> None:
    folder = write_plan(spending=SPENDING.replace("roads", "<b>[red]a|b[/red]\x1b[31m"))
    table = run("summary", folder, "--by", "component").stdout
    assert "<b>[red]a|b[/red]\\x1b[31m" in table
    markdown = run("summary", folder, "--by", "component", "--format", "md").stdout
    assert "&lt;b&gt;\\[red\\]a\\|b\\[/red\\]\\\\x1b\\[31m" in markdown


def test_single_tables_need_no_toml(write_plan: WritePlan) -> None:
    folder = write_plan()
    options = [
        part
        for name in ("districts", "locations", "spending", "projects", "profile")
        for part in (f"--{name}", folder / f"{name}.csv")
    ]
    assert run("ledger", *options).stdout == run("ledger", folder).stdout
    few = [
        part
        for name in ("districts", "locations", "spending")
        for part in (f"--{name}", folder / f"{name}.csv")
    ]
    assert run("ledger", *few).stdout == run("ledger", folder).stdout


def test_kind_chooses_the_money(write_plan: WritePlan) -> None:
    folder = write_plan(spending=SPENDING + "P,roads,X,2011,disbursement,EUR,9\n")
    answer = json.loads(run("summary", folder, "--kind", "disbursement", "--format", "json").stdout)
    assert answer["input_total"] == 9
    assert "it has budget, disbursement" in run("summary", folder, "--kind", "expenditure", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["summary", "nowhere"], "there is no plan at 'nowhere'"),
        (["summary", "--by", "village"], "cannot group by 'village'"),
        (["summary", "--format", "xlsx"], "add -o FILE.xlsx"),
        (["summary", "-o", "s.pdf"], "add --format"),
        (["summary", "--districts", "d.csv"], "--spending must be given too"),
        (
            ["summary", "--districts", "d.csv", "--locations", "l.csv", "--spending", "s.csv"],
            "file not found: --districts d.csv, --locations l.csv, --spending s.csv",
        ),
        (["ledger", "-o", "l.docx"], ".csv, .parquet, .gpkg, .xlsx"),
        (["map", "-o", "m.pdf"], "a map is an HTML file"),
        (["maps"], "No such command 'maps'"),
        (["layers", "nothing.gpkg"], "file not found"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in run(*arguments, code=2).stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_plan_the_current_folder_then_the_home_case(
    write_plan: WritePlan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "the bundled home case" in run("summary").stderr
    monkeypatch.chdir(write_plan())
    assert "Three squares (geoplan.toml)" in run("summary").stderr


def test_init_writes_a_plan_that_gives_the_home_case(tmp_path: Path) -> None:
    folder = tmp_path / "my province"
    written = run("init", folder).stdout.splitlines()
    assert {Path(line).name for line in written} >= {
        "geoplan.toml",
        "districts.csv",
        "profile.csv",
        "projects.csv",
        "locations.csv",
        "spending.csv",
    }
    assert run("ledger", folder).stdout == run("ledger").stdout
    assert run("summary", folder).stdout == run("summary").stdout
    assert "not empty" in run("init", folder, code=2).stderr


def test_names_in_districts_csv_overrule_the_boundary_file(tmp_path: Path) -> None:
    run("init", tmp_path / "p")
    table = tmp_path / "p" / "districts.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("Paksan,", "Capital,", 1), encoding="utf-8")
    assert "Capital" in run("summary", tmp_path / "p").stdout
    table.write_text("\n".join(table.read_text(encoding="utf-8").splitlines()[:-1]), encoding="utf-8")
    assert "'LA1107'" in run("summary", tmp_path / "p", code=1).stderr


def test_check_tells_what_is_doubtful(write_plan: WritePlan) -> None:
    said = run("check", write_plan()).stdout
    for words in (
        "50.00 (31.8%) of 1 project is province-wide",
        "'R'",
        "more than 1 km outside",
        "'three'",
        "1 of 3 districts without any money: 'Gamma'",
    ):
        assert words in said


def test_check_names_swapped_axes_and_approximate_names(write_plan: WritePlan) -> None:
    locations = LOCATIONS.replace("POINT (9 9)", "POINT (0.5 2.5)") + "Q,2,Alfaa,3,\nR,1,Omega,3,\n"
    said = run("check", write_plan(locations=locations)).stdout
    assert "longitude and latitude look swapped: 'three'" in said
    assert "names matched approximately: 'Alfaa'" in said
    assert "names that match no district: 'Omega'" in said


def test_map_writes_one_file_in_place_of_the_old(
    write_plan: WritePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write_plan()
    assert run("map", folder).stdout.strip() == str(Path("maps/toy.html"))
    page = Path("maps/toy.html").read_text(encoding="utf-8")
    assert "Three squares" in page
    assert sorted(path.name for path in Path("maps").iterdir()) == ["toy.html", "toy.html.manifest.json"]


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_protected_target_is_left_alone(write_plan: WritePlan, tmp_path: Path) -> None:
    target = tmp_path / "l.csv"
    target.write_text("precious")
    target.chmod(0o444)
    assert "write-protected" in run("ledger", write_plan(), "-o", target, code=2).stderr
    assert target.read_text() == "precious"


def test_layers_lists_what_a_file_holds(write_plan: WritePlan, tmp_path: Path) -> None:
    run("ledger", write_plan(), "-o", tmp_path / "l.gpkg")
    listed = run("layers", tmp_path / "l.gpkg").stdout
    assert "districts" in listed
    assert "EPSG:4326" in listed
    (tmp_path / "x.gpkg").write_text("<html>")
    assert "it is a web page, not a layer" in run("layers", tmp_path / "x.gpkg", code=1).stderr


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom geoplan.cli import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "heavy = {'pandas', 'numpy', 'geopandas', 'shapely', 'folium', 'fiona', 'pyogrio', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_summary_does_not_read_what_only_the_map_shows(write_plan: WritePlan) -> None:
    plan = write_plan(toml=TOML + '[map]\nwater = "gone.geojson"\n')
    assert "balanced" in run("summary", plan).stderr
    assert "gone.geojson" in run("map", plan, "-o", plan / "m.html", code=1).stderr


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "geoplan", "--version"], check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("geoplan")


def test_projects_may_come_from_the_project_table(write_plan: WritePlan) -> None:
    projects = PROJECTS.replace("title", "funder").replace("Road", "Donor|Other")
    spending = "project,year,kind,currency,amount\nP,2010,budget,EUR,1\n"
    printed = run(
        "summary", write_plan(projects=projects, spending=spending), "--by", "funder", "--format", "csv"
    ).stdout
    assert printed.splitlines()[1] == "Donor|Other,EUR,1.00"


CLASSIFICATION = """
[classification]
method = "index"
classes = [{ name = "first", districts = 3 }, { name = "second" }]
[classification.indicators]
poverty_rate = { needier = "high", weight = 0.5 }
population = { needier = "high", weight = 0.5 }
"""


def _write_rates(path: Path) -> None:
    """Replace the people of a raster by a rate of 0.25."""
    import rasterio

    with rasterio.open(path) as raster:
        about, people = raster.profile, raster.read(1)
    with rasterio.open(path, "w", **about) as raster:
        raster.write(people * 0 + 0.25, 1)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with all files that the examples of the help name, once for all of them."""
    place = tmp_path_factory.mktemp("examples")
    folder = place / "my-province"
    run("init", folder)
    illustrative = ROOT / "data" / "illustrative"
    for name in ("roads.geojson", "speeds.csv"):
        shutil.copy(illustrative / name, place)
    for name in ("lao_ppp_2015.tif", "lao_ppp_2015_UNadj.tif", "people.tif", "rate.tif"):
        shutil.copy(illustrative / "people_2015.tif", place / name)
    _write_rates(place / "rate.tif")
    for name in ("locations", "spending"):
        shutil.copy(folder / f"{name}.csv", place)
    boundaries = folder / "boundaries"
    shutil.copy(boundaries / "bolikhamxay_2019.geojson", place / "districts.geojson")
    villages = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": spot}}
        for spot in ([103.66, 18.38], [104.95, 18.2])
    ]
    collection = {"type": "FeatureCollection", "features": villages}
    (place / "villages.geojson").write_text(json.dumps(collection))
    for year in (2009, 2019):
        shutil.copy(boundaries / f"bolikhamxay_{year}.geojson", place / f"districts_{year}.geojson")
    # Some examples name layers of other formats, with other columns.
    for name, year, column in (
        ("districts.shp", 2019, "ID_2"),
        ("before.shp", 2009, "ID_2"),
        ("now.gpkg", 2019, "pcode"),
    ):
        layer = pyogrio.read_dataframe(
            boundaries / f"bolikhamxay_{year}.geojson", columns=["district", "name"]
        )
        pyogrio.write_dataframe(layer.rename(columns={"district": column}), place / name)
    (place / "ceilings.csv").write_text("year,ceiling\n2017,300000\n2018,400000\n")
    return place


# `get` asks a service on the network; tests/test_download.py serves what it answers.
@pytest.mark.parametrize(
    "command",
    [
        command
        for _, command in commands(app)
        if isinstance(command, ExampleCommand) and command.name not in ("init", "get")
    ],
    ids=lambda command: command.name,
)
def test_the_examples_of_the_help_work(
    command: ExampleCommand, province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = province
    if command.name == "classify":
        place = shutil.copytree(province, tmp_path / "classified")
        with (place / "my-province" / "geoplan.toml").open("a", encoding="utf-8") as toml:
            toml.write(CLASSIFICATION)
    given = files_now(place)
    monkeypatch.chdir(place)
    if command.name == "phase":
        run("allocate", "my-province", "--budget", "500000", "--rule", "poor", "-o", "next-phase")
    assert command.examples
    for example in command.examples:
        run(*shlex.split(example))
    read = {Path(path) for path, *_ in given[1:]}
    for path in sorted(place.rglob("*"), reverse=True):
        if path.is_dir():
            with suppress(OSError):  # it holds files that examples read
                path.rmdir()
        elif path not in read:
            path.unlink()
    assert files_now(place) == given, "an example changed what it reads"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")
def test_progress_is_shown_to_a_terminal_only(write_plan: WritePlan, tmp_path: Path) -> None:
    import pty

    command = [sys.executable, "-m", "geoplan", "summary", str(write_plan())]
    quiet = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "reading" not in quiet.stderr
    master, slave = pty.openpty()
    watched = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
        check=True,
        env=os.environ | {"TERM": "xterm"},
    )
    os.close(slave)
    seen = os.read(master, 1_000_000).decode(errors="replace")  # a full buffer may end within a letter
    os.close(master)
    assert "reading" in seen
    assert watched.stdout == quiet.stdout


def test_boundary_layers_are_checked_and_repaired(shared: Path, tmp_path: Path) -> None:
    layer = shared / "laos" / "lao_districts_pre2011.gpkg"
    checked = run("boundaries", "check", layer, "-o", tmp_path / "findings.csv", code=1)
    assert "50 overlap" in checked.stderr
    found = list(csv.DictReader((tmp_path / "findings.csv").read_text(encoding="utf-8-sig").splitlines()))
    kinds = [row["kind"] for row in found]
    assert (kinds.count("overlap"), kinds.count("gap")) == (50, 1033)
    doubled = run("boundaries", "repair", layer, "-o", tmp_path / "repaired.gpkg", code=1)
    assert "'LA.VI.XA (Meun)', 'LA.VI.XA (Xanakham)'" in doubled.stderr
    run("boundaries", "repair", layer, "--column", "district=wof_id", "-o", tmp_path / "repaired.gpkg")
    said = run("boundaries", "check", tmp_path / "repaired.gpkg").stderr
    assert "gap" not in said
    assert "overlap" not in said
    run(
        "boundaries",
        "simplify",
        tmp_path / "repaired.gpkg",
        "--tolerance",
        "200",
        "-o",
        tmp_path / "small.geojson",
    )
    assert (tmp_path / "small.geojson").stat().st_size < layer.stat().st_size
    assert "end it in" in run("boundaries", "repair", layer, "-o", tmp_path / "x.shp", code=2).stderr


def test_map_compares_with_a_vintage_and_says_both_reconciliations(tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    result = run("map", "--compare", "2009", "-o", target)
    assert result.stderr.count("difference 0.00, balanced") == 2
    manifest = json.loads((tmp_path / "map.html.manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"] == {"compare": "2009"}
    other = manifest["compared_with"]
    assert other["vintage"] == "2009"
    assert other["inputs"]["districts"]["file"] == "bolikhamxay_2009.geojson"
    assert len(other["inputs"]["districts"]["sha256"]) == 64
    assert other["reconciliation"] == manifest["reconciliation"]


def test_the_manifest_of_a_comparison_names_the_files_of_both_plans(tmp_path: Path) -> None:
    run("init", tmp_path / "other")
    spending = tmp_path / "other" / "spending.csv"
    spending.write_text(spending.read_text(encoding="utf-8").replace("2009", "2010"), encoding="utf-8")
    for command in (
        ["map", "--compare", tmp_path / "other"],
        ["compare", find_bundled_plan(), tmp_path / "other"],
    ):
        target = tmp_path / "out.html"
        run(*command, "-o", target)
        manifest = json.loads((tmp_path / "out.html.manifest.json").read_text(encoding="utf-8"))
        digests = [side["inputs"]["spending"]["sha256"] for side in (manifest, manifest["compared_with"])]
        assert len(set(digests)) == 2


def test_map_says_when_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    result = run("map", "--compare", tmp_path / "nowhere", "-o", tmp_path / "map.html", code=2)
    assert "there is no plan at" in result.stderr
    assert not (tmp_path / "map.html").exists()


def test_options_of_iati_files_are_refused_with_other_formats(write_plan: WritePlan, tmp_path: Path) -> None:
    target = tmp_path / "a.gpkg"
    result = run("export", write_plan(), "-o", target, "--country", "LA", "--language", "fr", code=2)
    assert (
        "--country, --language only applies to IATI output: omit it, or end the output in .xml"
        in result.stderr
    )
    assert not target.exists()
