"""A file that changes while a run reads or uses it is refused, and the manifest describes the bytes that were read."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.errors import InputError
from geoplan.model.watched_inputs import WatchedInputs, parts_of, watch, watched_inputs
from geoplan.outputs.manifests import describe_file
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.tables.table_files import read_table

from ..conftest import DISTRICTS, TOML, WritePlan


@pytest.mark.parametrize("change", ["content", "size", "gone", "another file"])
def test_each_change_is_seen(change: str, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("a,b\n1,2\n")
    with watched_inputs() as inputs:
        read_table(FileSpec(path))
        inputs.check_unchanged()
        about = path.stat()
        if change == "content":
            path.write_text("a,b\n1,3\n")
            os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
        elif change == "size":
            path.write_text("a,b\n1,20\n")
            os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
        elif change == "gone":
            path.unlink()
        else:
            (tmp_path / "new").write_text("a,b\n1,3\n")
            os.utime(tmp_path / "new", ns=(about.st_atime_ns, about.st_mtime_ns))
            (tmp_path / "new").replace(path)
        with pytest.raises(InputError, match=r"s\.csv: the file changed while it was used"):
            inputs.check_unchanged()


def test_a_change_while_it_is_read_is_refused_without_a_run(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("a\n1\n")
    with pytest.raises(InputError, match="changed while it was used"), faults_as_problems(path):
        path.write_text("a\n1\n2\n")


def test_the_first_state_counts_when_a_file_is_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("a\n1\n")
    with watched_inputs() as inputs:
        watch(path)
        path.write_text("a\n1\n2\n")
        watch(path)
        with pytest.raises(InputError):
            inputs.check_unchanged()


CLASSES = """
[classification]
method = "index"
classes = [{ name = "very poor", districts = 1 }, { name = "poor" }]
[classification.indicators]
poor = { needier = "high", weight = 1 }
"""
_TRAVEL = "gaps PLAN --points PLAN/v.csv --reach 60min --travel PLAN/roads.geojson --speeds PLAN/speeds.csv --barriers PLAN/river.geojson"
_PROFILE = "profile PLAN --population PLAN/p.tif --poverty-rate PLAN/rate.tif --values counts --year 2010"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("spending.csv", "ledger PLAN"),
        ("geoplan.toml", "ledger PLAN"),
        ("profile.csv", "classify PLAN --draws 1"),
        ("spending.csv", "clusters PLAN --permutations 99"),
        *((name, _TRAVEL) for name in ("roads.geojson", "speeds.csv", "river.geojson", "v.csv")),
        *((name, _PROFILE) for name in ("p.tif", "rate.tif", "districts.csv")),
    ],
)
def test_nothing_is_written_when_an_input_changes_before_the_end(
    name: str, command: str, write_plan: WritePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fourth = 'D,Delta,,P2,South,"POLYGON ((3 0, 4 0, 4 1, 3 1, 3 0))"\n'
    plan, target = (
        write_plan(toml=TOML + CLASSES, districts=DISTRICTS + fourth),
        tmp_path / "out" / "made.csv",
    )
    profile = (
        "district,year,population,poor\nA,2010,1000,100\nB,2010,2000,800\nC,2010,900,50\nD,2010,800,70\n"
    )
    for file, text in {
        "profile.csv": profile,
        "v.csv": "name,lon,lat\nv,0.5,0.5\n",
        "speeds.csv": "class,kmh,source,year\nmain,60,toy,2015\nwalking,5,toy,2015\n",
    }.items():
        (plan / file).write_text(text, encoding="utf-8")
    for file, line in (
        ("roads.geojson", "[[0.4, 0.5], [0.6, 0.5]]"),
        ("river.geojson", "[[0, 0.9], [1, 0.9]]"),
    ):
        shape = f'{{"type": "LineString", "coordinates": {line}}}'
        (plan / file).write_text(
            f'{{"type": "Feature", "properties": {{"class": "main"}}, "geometry": {shape}}}', encoding="utf-8"
        )
    if ".tif" in command:
        write_raster(plan / "p.tif", 500)
        write_raster(plan / "rate.tif", 0.5)
    check = WatchedInputs.check_unchanged

    def saving(inputs: WatchedInputs) -> None:
        if plan / "geoplan.toml" in inputs.states:  # the check before publishing, not that of one file
            with (plan / name).open("a") as stream:
                stream.write("\n")
        check(inputs)

    monkeypatch.setattr(WatchedInputs, "check_unchanged", saving)
    words = command.replace("PLAN", str(plan)).split()
    result = CliRunner().invoke(app, [*words, "-o", str(target)])
    assert result.exit_code == 1, result.output
    assert f"{name}: the file changed while it was used" in result.stderr
    assert "1 problem in the data; nothing was written" in result.stderr
    assert result.stdout.splitlines()[:1] != [str(target)]
    assert not target.parent.exists()


def write_raster(path: Path, value: float) -> None:
    """Write a raster of 6 × 2 cells over the three districts of the toy plan."""
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(
        path, "w", driver="GTiff", width=6, height=2, count=1, dtype="float32", crs=4326,
        transform=rasterio.transform.from_origin(0, 1, 0.5, 0.5),
    ) as raster:  # fmt: skip
        raster.write(np.full((1, 2, 6), value, dtype="float32"))


def test_a_shapefile_is_watched_and_described_with_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "d.shp"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=4326).to_file(path)
    (tmp_path / "d.txt").touch()
    assert [part.suffix for part in parts_of(path)] == [".shp", ".shx", ".dbf", ".prj", ".cpg"]
    described = describe_file(path)
    assert [part["file"] for part in described["with"]] == ["d.shx", "d.dbf", "d.prj", "d.cpg"]  # type: ignore[attr-defined]
    with watched_inputs() as inputs:
        watch(path)
        path.with_suffix(".dbf").write_bytes(b"")
        with pytest.raises(InputError, match=r"d\.dbf"):
            inputs.check_unchanged()
