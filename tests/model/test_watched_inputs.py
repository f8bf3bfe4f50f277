"""A file that changes while a run reads or uses it is refused, and the manifest describes the bytes that were read."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.errors import InputError
from geoplan.model.watched_inputs import parts_of, watch, watched_inputs
from geoplan.outputs import manifests
from geoplan.outputs.manifests import describe_file
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.tables.table_files import read_table

from ..conftest import WritePlan


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


@pytest.mark.parametrize("name", ["spending.csv", "geoplan.toml"])
def test_nothing_is_written_when_an_input_changes_before_the_end(
    name: str, write_plan: WritePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, target = write_plan(), tmp_path / "out" / "ledger.csv"
    describe = manifests.describe_run

    def saving(*given: object, **named: object) -> object:
        with (plan / name).open("a") as stream:
            stream.write("\n")
        return describe(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(manifests, "describe_run", saving)
    result = CliRunner().invoke(app, ["ledger", str(plan), "-o", str(target)])
    assert result.exit_code == 1
    assert f"{name}: the file changed while it was used" in result.stderr
    assert result.stdout == ""
    assert not target.parent.exists()


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
