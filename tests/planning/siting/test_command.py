"""`geoplan site` on the home case and on toy squares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoplan.cli import app

from ...conftest import needs, page_text

pytestmark = needs("spopt", "spopt is not installed: pip install 'geoplan[siting]'")

VILLAGES = "code,name,lon,lat,people\na,North,0.2,0.5,10\nb,South,0.6,0.5,20\nc,East,2.5,0.5,5\n"


@pytest.fixture
def villages(tmp_path: Path) -> Path:
    path = tmp_path / "villages.csv"
    path.write_text(VILLAGES)
    return path


def run(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    return done.exit_code, done.output


def test_the_mean_distance_has_one_digit(write_plan, villages):
    code, said = run(
        "site", write_plan(), "--demand", villages, "--candidates", villages, "--n", 2, "--p-median"
    )
    assert code == 0
    # Sites at South and East: North goes 0.4 degrees of longitude, 44.5 km, and there are three points.
    assert "Average distance to the nearest site: 14.8 km; proven" in said


def test_a_table_of_sites_and_coverage(write_plan, villages):
    code, said = run("site", write_plan(), "--demand", villages, "--candidates", villages, "--n", 1,
                     "--within", "50km", "--weight", "people")  # fmt: skip
    assert code == 0
    assert "Within 50 km of a site: 30 (85.7%); proven" in said
    assert "Out of reach: 5 in 1 points" in said
    assert "balanced" in said


def test_json_workbook_and_map(write_plan, villages, tmp_path):
    plan = write_plan()
    given = ["site", plan, "--demand", villages, "--candidates", villages, "--within", "50km"]
    for name in ("sites.json", "sites.xlsx", "sites.html"):
        assert run(*given, "-o", tmp_path / name)[0] == 0
        assert (tmp_path / f"{name}.manifest.json").is_file()
    found = json.loads((tmp_path / "sites.json").read_text())
    assert len(found["sites"]) == 2
    assert [row["share_after"] for row in found["coverage_by_district"]] == [1.0, None, 1.0]
    assert "Catchments" in page_text(tmp_path / "sites.html")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give the service radius"),
        (["--within", "ten km"], "--within must be a distance such as 10km or 500m, not 'ten km'"),
        (["--within", "0m"], "--within must be above 0"),
        (["--within", "inf"], "--within must be above 0"),
        (["--within", "5km", "--costs", "costs.csv"], "must be a number in the unit of the costs"),
        (["--p-median"], "add --n"),
        (["--n", 9, "--within", "5km"], "cannot choose 9 new sites from 3 candidates"),
        (["--n", 1, "--within", "5km", "--weight", "cows"], "no column 'cows'"),
        (["--n", 1, "--within", "5km", "--existing", "nowhere.csv"], "file not found"),
    ],
)
def test_wrong_usage(write_plan, villages, options, said):
    code, output = run("site", write_plan(), "--demand", villages, "--candidates", villages, *options)
    assert code == 2
    assert said in output


def test_candidates_outside_the_area_are_listed(write_plan, villages, tmp_path):
    beyond = tmp_path / "beyond.csv"
    beyond.write_text("code,name,lon,lat\nx,Far,9,9\n")
    code, said = run("site", write_plan(), "--demand", villages, "--candidates", beyond, "--n", 1, "--within", "5km",
                     "-o", tmp_path / "never.csv")  # fmt: skip
    assert code == 1
    assert "beyond.csv, row 2: points outside every district: 'Far'" in said
    assert not (tmp_path / "never.csv").exists()


def test_villages_of_bolikhamxay(shared: Path):
    points = shared / "laos" / "bolikhamxay_villages.gpkg"
    code, said = run(
        "site", "--demand", points, "--candidates", points, "--n", 20, "--p-median", "--weight", "poor"
    )
    assert code == 0
    assert "proven: no other choice is better" in said
    assert "one at a time, makes the total distance" in said


def test_the_sites_as_a_plan(write_plan, villages, tmp_path):
    given = ["site", write_plan(), "--demand", villages, "--candidates", villages, "--within", "50km"]
    target = tmp_path / "next"
    code, said = run(*given, "-o", target, "--unit-cost", "12500.50")
    assert code == 0, said
    assert "EUR 25\u202f001.00 given = 25\u202f001.00 in districts" in said
    code, said = run("summary", target, "--format", "json")
    assert code == 0
    found = json.loads(said[said.index("{") : said.rindex("}") + 1])
    assert [row["amount"] for row in found["rows"]] == [12500.5, 0, 12500.5]
    for options in (
        ["-o", tmp_path / "more"],
        ["--unit-cost", "1"],
        ["-o", tmp_path / "more", "--unit-cost", "cheap"],
    ):
        code, said = run(*given, *options)
        assert code == 2, said
    assert not (tmp_path / "more").exists()
