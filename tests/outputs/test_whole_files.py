"""Outputs appear whole or not at all; those of one run all together, or none of them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from geoplan.model.errors import GeoplanError, UsageError
from geoplan.outputs import whole_files
from geoplan.outputs.manifests import manifest_path
from geoplan.outputs.whole_files import (
    check_target,
    published_together,
    replacing,
    replacing_folder,
    staged_path,
    when_published,
    write_text,
)

ROOT = Path(__file__).resolve().parents[2]


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8-sig")
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_file_appears_whole_and_nothing_else(tmp_path: Path) -> None:
    write_text(tmp_path / "new folder" / "ລາວ.txt", "ປາກຊັນ\n")
    assert (tmp_path / "new folder" / "ລາວ.txt").read_bytes() == "ປາກຊັນ\n".encode()
    assert [path.name for path in (tmp_path / "new folder").iterdir()] == ["ລາວ.txt"]


@pytest.mark.parametrize("fault", [ValueError("broken"), GeoplanError("refused"), KeyboardInterrupt()])
def test_what_was_there_stays_when_writing_fails(fault: BaseException, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("precious")
    with pytest.raises(type(fault)), replacing(target) as temporary:
        temporary.write_text("half")
        raise fault
    assert target.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(UsageError, match="No space left on device"), replacing(tmp_path / "new" / "out.csv"):
        full.write_text("x" * 100_000)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"), replacing(tmp_path):
        pass


def test_a_target_is_checked_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Not a directory"):
        check_target(tmp_path / "file" / "out.csv")
    with pytest.raises(UsageError, match="cannot be written"):
        check_target(tmp_path / ("x" * 300))
    check_target(tmp_path / "new" / "deeper" / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# --- sets ------------------------------------------------------------------------------------


def write_set(folder: Path) -> None:
    """Write two files, one in a new folder, and a folder with a file in it."""
    with published_together():
        write_text(folder / "a.txt", "new a")
        write_text(folder / "deep" / "b.txt", "new b")
        with replacing_folder(folder / "c", record=False) as new:
            (new / "inside.txt").write_text("new c")


ALL_NEW = {"a.txt": "new a", "deep/b.txt": "new b", "c/inside.txt": "new c"}


def test_a_set_is_held_back_and_appears_together(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    said: list[str] = []
    with published_together():
        write_text(target, "first")
        write_text(target, "second")
        when_published(lambda: said.append(target.read_text()))
        assert not target.exists()
        assert staged_path(target).read_text() == "second"
        assert said == []
    assert said == ["second"]
    assert staged_path(target) == target
    assert contents(tmp_path) == {"a.txt": "second"}


def test_a_set_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(GeoplanError), published_together():
        write_text(tmp_path / "deep" / "a.txt", "new")
        raise GeoplanError("refused")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("existing", [False, True], ids=["nothing there", "files there"])
@pytest.mark.parametrize("name", ["rename", "replace", "link", "mkdir", "open", "fsync"])
def test_whichever_file_operation_fails_the_set_is_all_old_or_all_new(
    name: str, existing: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail the n-th operation for all n until none fails any more."""
    for at in range(100):
        folder = tmp_path / str(at)
        folder.mkdir()
        if existing:
            (folder / "deep").mkdir()
            (folder / "c").mkdir()
            (folder / "a.txt").write_text("old a")
            (folder / "deep" / "b.txt").write_text("old b")
        before = contents(folder)
        fails = failing(name, at)
        with monkeypatch.context() as patched:
            owner = Path if name in ("replace", "mkdir", "open") else os
            patched.setattr(owner, name, fails(getattr(owner, name)))
            try:
                write_set(folder)
            except UsageError as error:
                assert "cannot be written" in str(error)
                assert contents(folder) == before
                continue
        assert contents(folder) == ALL_NEW
        if not fails.done:
            return
    raise AssertionError("each of a hundred operations failed")


class failing:  # noqa: N801 - reads as what it does
    """Make the n-th call of a function raise, as a full disk does."""

    def __init__(self, name: str, at: int) -> None:
        self.name, self.at, self.calls, self.done = name, at, 0, False

    def __call__(self, function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            self.calls += 1
            if self.calls == self.at + 1:
                self.done = True
                raise OSError(errno.ENOSPC, "No space left on device")
            return function(*args, **kwargs)

        return call


def in_use(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file be replaced by nothing, as Windows does for one that Excel has open."""
    replace = Path.replace

    def refuse(self: Path, to: Path) -> Path:
        if Path(to) == target:
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", refuse)


def test_beside_a_file_in_use_the_whole_new_set_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.csv", "b.xlsx", "b (new).xlsx"):
        (tmp_path / name).write_text("old")
    in_use(tmp_path / "b.xlsx", monkeypatch)
    with (
        pytest.raises(UsageError, match=r"open in another program .*'a \(new\).csv', 'b \(new 2\).xlsx'"),
        published_together(),
    ):
        write_text(tmp_path / "a.csv", "new a")
        write_text(tmp_path / "b.xlsx", "new b")
    assert contents(tmp_path) == {
        "a.csv": "old", "b.xlsx": "old", "b (new).xlsx": "old", "a (new).csv": "new a", "b (new 2).xlsx": "new b",
    }  # fmt: skip


def test_a_file_that_is_in_use_for_a_moment_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace
    tries: list[Path] = []

    def refuse_twice(self: Path, to: Path) -> Path:
        tries.append(self)
        if len(tries) <= 2:
            error = PermissionError(errno.EACCES, "in use")
            error.winerror = 32  # type: ignore[attr-defined]  # as on Windows
            raise error
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", refuse_twice)
    monkeypatch.setattr(whole_files, "SECONDS_BETWEEN", 0.01)
    write_text(tmp_path / "a.txt", "new")
    assert contents(tmp_path) == {"a.txt": "new"}


def test_a_file_that_another_program_keeps_open_is_named_after_two_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("old a")
    (tmp_path / "b.csv").write_text("old b")
    replace, tries = Path.replace, []

    def refuse(self: Path, to: Path) -> Path:
        if Path(to).name == "b.csv":
            tries.append(self)
            error = PermissionError(errno.EACCES, "The process cannot access the file")
            error.winerror = 33  # type: ignore[attr-defined]
            raise error
        return replace(self, to)

    now = iter(range(1000))
    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(whole_files.time, "sleep", lambda _: None)
    monkeypatch.setattr(whole_files.time, "monotonic", lambda: next(now) * 0.5)
    with pytest.raises(UsageError, match=r"b\.csv' is open in another program"), published_together():
        write_text(tmp_path / "a.csv", "new a")
        write_text(tmp_path / "b.csv", "new b")
    assert len(tries) > 2
    assert (tmp_path / "a.csv").read_text() == "old a"
    assert (tmp_path / "b.csv").read_text() == "old b"


def test_a_file_that_cannot_be_put_back_stays_beside_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scanner may hold the place of a file after the old one was moved away, on a stick without second names."""
    (tmp_path / "a.txt").write_text("old")
    replace = Path.replace

    def refuse(self: Path, to: Path) -> Path:
        if Path(to) == tmp_path / "a.txt":
            raise OSError(errno.EIO, "Input/output error")
        return replace(self, to)

    def no_link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UsageError, match=r"could not be put back .* beside as 'a \(old\).txt'"):
        write_text(tmp_path / "a.txt", "new")
    assert contents(tmp_path) == {"a (old).txt": "old"}


@pytest.mark.parametrize("name", ["nul.html", "COM1.csv", "a.", "aux/map.html", "b /map.html"])
def test_names_that_windows_reserves_are_refused_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_target(tmp_path / name)
    monkeypatch.setattr(whole_files.sys, "platform", "win32")
    with pytest.raises(UsageError, match="Windows reserves the name"):
        check_target(tmp_path / name)


def test_file_systems_without_a_second_name_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "a.txt").write_text("old")
    write_text(tmp_path / "a.txt", "new")
    assert contents(tmp_path) == {"a.txt": "new"}


# --- staging ---------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="processes are killed by signals of POSIX")
def test_a_killed_process_leaves_only_what_the_next_one_sweeps(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from geoplan.outputs.whole_files import replacing\n"
        "with replacing(Path(sys.argv[1])) as new:\n    new.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, tmp_path / "a.txt"], env=environment, check=False, timeout=60)
    assert len(list(tmp_path.iterdir())) == 1
    write_text(tmp_path / "a.txt", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_the_path_in_the_making_is_short(tmp_path: Path) -> None:
    """No longer than that of the manifest, the longest that a run writes: Windows takes 259 characters."""
    for name in ("m.html", f"{'x' * 200}.gpkg"):
        target = tmp_path / name
        with replacing(target) as temporary:
            temporary.write_text("")
            assert len(str(temporary)) <= len(str(manifest_path(target)))
            assert temporary.suffix == target.suffix
        assert target.exists()


def test_a_name_of_a_file_that_is_no_text_is_written_with_escapes(tmp_path: Path) -> None:
    write_text(tmp_path / "note.txt", f"from {os.fsdecode(bytes([97, 255]))}.geojson")
    assert (tmp_path / "note.txt").read_text(encoding="utf-8") == "from a\\udcff.geojson"


LONGEST = 259
"""Characters of a path that Windows takes."""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_where_windows_takes_the_target_it_takes_what_is_written_before(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_files, "_LONG_PATH", 100)
    parent = tmp_path / "plans" / "2026"
    parent.mkdir(parents=True)
    parent /= "p" * (LONGEST - 12 - len(str(parent)) - len("/p/x.csv"))
    seen: list[str] = []
    if kind == "file":
        with replacing(target := parent / "x.csv") as new:
            new.write_text("1")
            seen = [str(new)]
    else:
        with replacing_folder(target := parent / "p") as new:
            rest = "r" * (LONGEST - len(str(target / "data")) - 1)
            (new / "data").mkdir()
            (new / "data" / rest).write_text("1")
            seen = [str(new / "data" / rest)]
            assert len(str(target / "data" / rest)) == LONGEST
    assert [len(path) <= LONGEST for path in seen] == [True]
    assert target.exists()
    assert [path.name for path in tmp_path.rglob(".geoplan~*")] == []


def test_a_folder_above_without_rights_is_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files, "_LONG_PATH", 0)
    above = tmp_path / "a" / "b" / ("c" * 30)
    above.mkdir(parents=True)
    refused = {above.parent, above.parent.parent}
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) not in refused)
    with replacing(above / "x.csv") as new:
        new.write_text("1")
        assert new.parent.parent == tmp_path
    assert (above / "x.csv").read_text() == "1"
