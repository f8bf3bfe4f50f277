"""Optional libraries: without fiona and pyarrow the commands work, and what needs one names the extra in one line."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner, Result

from geoplan.cli import app

from .conftest import SPENDING, WritePlan

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"

LAYERS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".shp": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
}


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.stderr
    return result


ABSENT = """
import importlib.abc, json, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in ("fiona", "pyarrow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from click.testing import CliRunner
from geoplan.cli import app
for arguments in json.load(sys.stdin):
    done = CliRunner().invoke(app, arguments)
    print(json.dumps([done.exit_code, done.stdout, done.stderr.splitlines()[-1:]]))
"""


def test_what_works_without_fiona_and_pyarrow(write_plan: WritePlan, tmp_path: Path) -> None:
    """In a process of its own: pandas and pyogrio look for pyarrow when they are loaded."""
    rows = "".join(f"P,part {at % 7},X,2010,budget,EUR,{at}.50\n" for at in range(1, 7001))
    large = [str(write_plan(spending=SPENDING + rows)), "--by", "component,district", "--format", "csv"]
    (tmp_path / "given.parquet").write_bytes(b"PAR1")
    outputs = [("map", "m.html"), ("report", "r.xlsx"), ("export", "e.gpkg"), ("export", "e.fgb")]
    working = [
        *([command, "-o", str(tmp_path / name)] for command, name in outputs),
        *([command] for command in ("check", "equity", "coordination", "gaps", "execution")),
        ["layers", str(tmp_path / "e.gpkg")],
        ["summary", *large],
    ]
    refused = [["layers", str(tmp_path / "given.parquet")], ["export", "-o", str(tmp_path / "e.parquet")]]
    done = subprocess.run(
        [sys.executable, "-c", ABSENT],
        input=json.dumps(working + refused),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for arguments, (code, _, said) in zip(working, answers, strict=False):
        assert code == 0, (arguments, said)
    assert answers[len(working) - 1][1] == run("summary", *large).stdout
    for code, _, said in answers[len(working) :]:
        assert (code, said) == (
            2,
            ['  Parquet files and Arrow tables need an extra: pip install "geoplan[parquet]"'],
        )


@pytest.mark.parametrize("suffix", LAYERS)
def test_layers_says_the_same_with_and_without_fiona(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"sites{suffix}"
    shapes = [shapely.Point(102.1, 18.2), shapely.Point(103.4, 18.0)]
    frame = gpd.GeoDataFrame({"code": ["a", "b"], "people": [5, 7]}, geometry=shapes, crs="EPSG:4326")
    frame.to_file(path, driver=LAYERS[suffix], engine="pyogrio")
    pytest.importorskip("fiona", reason="fiona has no wheels here")
    expected = run("layers", path, "--format", "csv").stdout
    assert next(csv.DictReader(io.StringIO(expected)))["columns"] == "code, people"
    monkeypatch.setitem(sys.modules, "fiona", None)
    assert run("layers", path, "--format", "csv").stdout == expected


EXTRAS = {
    "altair": ("charts", "report", "{plan}", "-o", "{out}/r.html"),
    "docx": ("word", "report", "{plan}", "-o", "{out}/r.docx"),
    "esda": ("spatial", "clusters", "{plan}"),
    "rasterio": (
        "raster",
        "profile",
        "{plan}",
        "--population",
        "{out}/people.tif",
        "--values",
        "counts",
        "--year",
        "2010",
    ),
    "sqlalchemy": (
        "postgis",
        "summary",
        "--districts",
        "postgresql://nobody@localhost/none/districts",
        "--locations",
        "{plan}/locations.csv",
        "--spending",
        "{plan}/spending.csv",
    ),
}


@pytest.mark.parametrize("library", EXTRAS)
def test_a_missing_extra_is_one_line(
    library: str, write_plan: WritePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra, *arguments = EXTRAS[library]
    folder = write_plan()
    monkeypatch.setitem(sys.modules, library, None)
    said = run(*[text.format(plan=folder, out=tmp_path) for text in arguments], code=2).stderr
    assert said.splitlines()[-1].endswith(f'an extra: pip install "geoplan[{extra}]"')
    assert extra in tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
