"""Targets that cannot be written: a full disk, no rights, a folder, an interruption. What was there stays."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from geoplan.cli import app
from geoplan.model.errors import UsageError
from geoplan.outputs.whole_files import write_text

from ..conftest import DISTRICTS, TOML, WritePlan, file_limit, heard

pytestmark = pytest.mark.usefixtures("plans_read_once")

ROOT = Path(__file__).resolve().parents[2]
PRECIOUS = b"what was there before"
# Every way in which a command writes a file, with the ending that chooses the format.
WRITERS = [
    *[("export", suffix) for suffix in (".gpkg", ".parquet", ".geojson", ".fgb", ".csv", ".xlsx", ".xml")],
    *[("ledger", suffix) for suffix in (".csv", ".parquet", ".gpkg", ".xlsx")],
    *[("summary", suffix) for suffix in (".csv", ".json", ".md", ".xlsx")],
    *[("equity", suffix) for suffix in (".csv", ".md")],
    ("map", ".html"),
]
ONE_EACH = [("export", suffix) for suffix in (".gpkg", ".geojson", ".xlsx", ".xml")] + [
    ("summary", ".json"),
    ("map", ".html"),
]
LAYERS = [("repair", ".gpkg"), ("repair", ".geojson"), ("repair", ".fgb")]

Command = tuple[str, str]


def invoke(command: Command, plan: Path, target: Path) -> Result:
    name, _ = command
    if name == "repair":
        arguments = ["boundaries", "repair", str(plan / "districts.csv"), "-o", str(target)]
    else:
        arguments = [name, str(plan), "-o", str(target)]
    return CliRunner().invoke(app, arguments)


def check_refused(result: Result, said: str) -> None:
    assert isinstance(result.exception, SystemExit), result.exc_info
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output


def listing(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"a folder"
        for path in sorted(folder.rglob("*"))
    }


# Here the folder for temporary files has no room either, in which openpyxl writes sheets; it complains once more when
# it throws them away.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("command", [*WRITERS, *LAYERS], ids="".join)
def test_a_file_that_can_not_grow_is_one_clear_error(
    command: Command, write_plan: WritePlan, tmp_path: Path
) -> None:
    plan = write_plan()
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / f"a{command[1]}"
    target.write_bytes(PRECIOUS)
    with file_limit(100):
        result = invoke(command, plan, target)
    check_refused(result, "cannot be written")
    del result
    # What a test leaves is young: a look at all that was imported would take as long as the test.
    gc.collect(1)
    assert listing(folder) == {target.name: PRECIOUS}


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a real file system with next to no room."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=8k", "tmpfs", folder], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("a disk cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("command", [*ONE_EACH, *LAYERS], ids="".join)
def test_a_full_disk_is_one_clear_error(command: Command, write_plan: WritePlan, full_disk: Path) -> None:
    target = full_disk / f"a{command[1]}"
    target.write_bytes(PRECIOUS)
    (full_disk / "filler").write_bytes(b"x" * 4096)
    result = invoke(command, write_plan(), target)
    check_refused(result, "cannot be written")
    assert listing(full_disk) == {target.name: PRECIOUS, "filler": b"x" * 4096}


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("ledger", ".csv"), ("export", ".gpkg"), ("map", ".html")], ids="".join)
def test_a_file_that_the_plan_names_and_nobody_read_is_missing_and_nothing_is_written(
    command: tuple[str, str], write_plan: WritePlan, tmp_path: Path
) -> None:
    """The manifest lists the rates of a plan, also where nothing is converted."""
    target = tmp_path / f"out{command[1]}"
    plan = write_plan(toml=TOML + '[rates]\nfile = "rates.csv"\n')
    result = CliRunner().invoke(app, [command[0], str(plan), "-o", str(target)])
    assert (result.exit_code, "rates.csv: file not found" in result.stderr) == (1, True), result.stderr
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("out")]


@pytest.mark.parametrize("folder", [".", "new/deeper"])
@pytest.mark.parametrize("length", [246, 300])
def test_a_name_that_is_too_long_for_it_or_its_manifest_writes_nothing(
    folder: str, length: int, write_plan: WritePlan, tmp_path: Path
) -> None:
    plan = write_plan()
    before = listing(tmp_path)
    target = tmp_path / folder / f"{'x' * (length - 4)}.csv"
    check_refused(invoke(("export", ".csv"), plan, target), "cannot be written")
    assert listing(tmp_path) == before


# --- inputs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (["export", "PLAN"], "spending.csv"),
        (["ledger", "PLAN"], "locations.csv"),
        (["summary", "PLAN", "--format", "csv"], "geoplan.toml"),
        (["summary", "PLAN", "--format", "csv"], "names.csv"),
        (["export", "PLAN"], "old.csv"),
        (["check", "PLAN", "--left-out"], "projects.csv"),
        (["check", "PLAN", "--review"], "profile.csv"),
        (["export", "--districts", "PLAN/districts.csv", "--locations", "PLAN/locations.csv", "--spending",
          "PLAN/spending.csv"], "districts.csv"),
        (["boundaries", "check", "PLAN/districts.csv"], "districts.csv"),
        (["crosswalk", "PLAN/old.csv", "PLAN/districts.csv"], "old.csv"),
    ],
)  # fmt: skip
def test_what_a_command_reads_is_no_target(command: list[str], named: str, write_plan: WritePlan) -> None:
    toml = TOML.replace("[profile]", 'attributes = "names.csv"\n[profile]')
    folder = write_plan(
        toml=toml + '[vintages.old.districts]\nfile = "old.csv"\n',
        names="district,name\nA,Alpha\nB,Beta\nC,Gamma\n",
        old=DISTRICTS,
    )
    before = listing(folder)
    option = [] if command[-1] in ("--left-out", "--review") else ["-o"]
    arguments = [word.replace("PLAN", str(folder)) for word in command]
    result = CliRunner().invoke(app, [*arguments, *option, str(folder / named)])
    check_refused(result, "is an input of this command: choose another output name")
    assert listing(folder) == before


def test_no_file_of_a_folder_that_is_read_is_a_target(write_plan: WritePlan) -> None:
    folder = write_plan(toml=TOML.replace('"spending.csv"', '"parts"'))
    parts = folder / "parts"
    parts.mkdir()
    pd.read_csv(folder / "spending.csv", dtype=str).to_parquet(parts / "a.parquet")
    before = listing(folder)
    result = CliRunner().invoke(app, ["ledger", str(folder), "-o", str(parts / "a.parquet")])
    check_refused(result, "is an input of this command: choose another output name")
    assert listing(folder) == before
    # The folder of the plan itself is none that is read: a map in it can be written again.
    for _ in range(2):
        result = CliRunner().invoke(app, ["map", str(folder), "-o", str(folder / "map.html"), "--quiet"])
        assert result.exit_code == 0, result.output


# --- rights ----------------------------------------------------------------------------------


@pytest.fixture
def somebody() -> Iterator[Callable[[], object]]:
    """Return what makes this process somebody without special rights; afterwards it is itself again."""
    if not hasattr(os, "setresuid"):
        pytest.skip("rights are otherwise here")
    if os.geteuid() != 0:
        yield lambda: None
        return
    yield lambda: os.setresuid(65534, 65534, 0)
    os.setresuid(0, 0, 0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that everyone may look into, which pytest's own may not be."""
    with tempfile.TemporaryDirectory(dir="/tmp" if os.name == "posix" else None) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.parametrize(
    "command", [("ledger", ".csv"), ("export", ".gpkg"), ("export", ".xml"), ("map", ".html")], ids="".join
)
def test_a_folder_without_rights_is_one_clear_error(
    command: Command, write_plan: WritePlan, open_folder: Path, somebody: Callable[[], object]
) -> None:
    plan = shutil.copytree(write_plan(), open_folder / "plan")
    folder = open_folder / "out"
    folder.mkdir()
    target = folder / f"a{command[1]}"
    assert invoke(command, plan, open_folder / f"b{command[1]}").exit_code == 0  # all modules are read by now
    target.write_bytes(PRECIOUS)
    target.chmod(0o666)
    folder.chmod(0o555)
    somebody()
    check_refused(invoke(command, plan, target), "Permission denied")
    check_refused(invoke(command, plan, folder / "new" / target.name), "Permission denied")
    assert listing(folder) == {target.name: PRECIOUS}


@pytest.mark.parametrize("command", [("ledger", ".csv"), ("export", ".gpkg")], ids="".join)
def test_a_protected_file_is_left_alone(
    command: Command, write_plan: WritePlan, open_folder: Path, somebody: Callable[[], object]
) -> None:
    plan = shutil.copytree(write_plan(), open_folder / "plan")
    folder = open_folder / "out"
    folder.mkdir()
    folder.chmod(0o777)
    target = folder / f"a{command[1]}"
    assert invoke(command, plan, open_folder / f"b{command[1]}").exit_code == 0
    target.write_bytes(PRECIOUS)
    target.chmod(0o444)
    somebody()
    check_refused(invoke(command, plan, target), "write-protected")
    assert listing(folder) == {target.name: PRECIOUS}


@pytest.mark.parametrize("command", [("ledger", ".csv"), ("export", ".xml"), ("map", ".html")], ids="".join)
def test_a_folder_is_no_target(command: Command, write_plan: WritePlan, tmp_path: Path) -> None:
    target = tmp_path / f"a{command[1]}"
    target.mkdir()
    check_refused(invoke(command, write_plan(), target), "is a folder")
    beneath = tmp_path / "file" / f"a{command[1]}"
    (tmp_path / "file").write_bytes(PRECIOUS)
    check_refused(invoke(command, write_plan(), beneath), "cannot be written")
    assert (tmp_path / "file").read_bytes() == PRECIOUS


def test_a_pipe_or_device_is_no_target(write_plan: WritePlan, tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes with names here")
    target = tmp_path / "a.csv"
    os.mkfifo(target)
    check_refused(invoke(("ledger", ".csv"), write_plan(), target), "is a device or a pipe")
    assert target.is_fifo()


def linked(link: Path, to: Path) -> Path:
    try:
        link.symlink_to(to)
    except OSError:
        pytest.skip("links cannot be made here")
    return link


def test_a_link_stays_a_link(write_plan: WritePlan, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.csv").write_bytes(PRECIOUS)
    link = linked(tmp_path / "link.csv", Path("real", "a.csv"))
    assert invoke(("ledger", ".csv"), write_plan(), link).exit_code == 0
    assert link.is_symlink()
    assert (tmp_path / "real" / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfproject,")


@pytest.mark.parametrize("there", [True, False])
def test_a_link_out_of_its_folder_is_no_target(there: bool, write_plan: WritePlan, tmp_path: Path) -> None:
    """A folder from a stranger may have a link by the name of an output."""
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange-not").mkdir()
    named = tmp_path / "strange-not" / "passwd"
    if there:
        named.write_bytes(PRECIOUS)
    link = linked(tmp_path / "strange" / "a.csv", named)
    words = f"is a link to '{named}', which is in another folder"
    check_refused(invoke(("ledger", ".csv"), write_plan(), link), words)
    with pytest.raises(UsageError, match="is a link to"):
        write_text(link, "new")
    assert link.is_symlink()
    assert [path.read_bytes() for path in (tmp_path / "strange-not").iterdir()] == [PRECIOUS] * there


def test_links_in_a_circle_are_no_target(write_plan: WritePlan, tmp_path: Path) -> None:
    link = linked(tmp_path / "a.csv", tmp_path / "b.csv")
    linked(tmp_path / "b.csv", link)
    check_refused(invoke(("ledger", ".csv"), write_plan(), link), "cannot be written")


def test_of_two_files_that_belong_together_none_appears_without_the_other(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.xml").write_bytes(PRECIOUS)
    (folder / "a.districts.csv").mkdir()
    check_refused(invoke(("export", ".xml"), write_plan(), folder / "a.xml"), "is a folder")
    assert (folder / "a.xml").read_bytes() == PRECIOUS
    assert sorted(path.name for path in folder.iterdir()) == ["a.districts.csv", "a.xml"]


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["with space.gpkg", "ບໍລິຄັນ.gpkg", "-dash.gpkg", "per%cent#.gpkg", "'quoted\".gpkg"]
)
def test_names_of_files_may_be_as_people_write_them(
    name: str, write_plan: WritePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = write_plan()
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    result = CliRunner().invoke(app, ["export", str(plan), "--table", "ledger", "-o", name])
    assert result.exit_code == 0, result.stderr
    assert sorted(path.name for path in Path().iterdir()) == sorted([name, f"{name}.manifest.json"])


# --- interruptions ---------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="signals are otherwise here")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interruption_leaves_nothing_behind(name: str, write_plan: WritePlan, tmp_path: Path) -> None:
    """The program is stopped while its temporary file is there: writing is held up by a pipe that nobody reads."""
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "a.csv"
    target.write_bytes(PRECIOUS)
    script = (
        "import time\n"
        "from geoplan.outputs import whole_files\n"
        "fill = whole_files.fill_text\n"
        "def slow(path, parts):\n"
        "    fill(path, parts)\n"
        "    time.sleep(60)\n"
        "whole_files.fill_text = slow\n"
        "from geoplan.cli import main\n"
        "main()\n"
    )
    with heard(getattr(signal, name)):
        running = subprocess.Popen(
            [sys.executable, "-c", script, "ledger", str(write_plan()), "-o", str(target)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(list(folder.rglob("*.csv"))) < 2 and time.monotonic() < deadline and running.poll() is None:
        time.sleep(0.02)
    assert len(list(folder.rglob("*.csv"))) == 2
    running.send_signal(getattr(signal, name))
    _, said = running.communicate(timeout=50)
    assert running.returncode != 0
    assert b"Traceback" not in said
    assert listing(folder) == {"a.csv": PRECIOUS}


def test_files_of_one_run_appear_together_or_not_at_all(write_plan: WritePlan, tmp_path: Path) -> None:
    plan = write_plan()
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "m.html").write_bytes(PRECIOUS)
    (folder / "m.svg.manifest.json").mkdir()
    arguments = ["map", str(plan), "-o", str(folder / "m.html"), "--svg", str(folder / "m.svg")]
    before = listing(folder)
    result = CliRunner().invoke(app, arguments)
    check_refused(result, "is a folder")
    assert result.stdout == ""
    assert listing(folder) == before
    (folder / "m.svg.manifest.json").rmdir()
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    names = ["m.html", "m.html.manifest.json", "m.svg", "m.svg.manifest.json"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert result.stdout.split() == [str(folder / name) for name in ("m.html", "m.svg")]
    manifest = json.loads((folder / "m.html.manifest.json").read_text())
    assert manifest["output"] == {
        "file": "m.html",
        "bytes": (folder / "m.html").stat().st_size,
        "sha256": hashlib.sha256((folder / "m.html").read_bytes()).hexdigest(),
    }
