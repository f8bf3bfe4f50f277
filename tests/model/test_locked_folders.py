"""Locked folders: one for each run, gone at its end, and swept by the next run when it was killed."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from geoplan.model import locked_folders
from geoplan.model.locked_folders import PREFIX, locked_folder


def test_two_runs_have_a_folder_each_and_leave_nothing(tmp_path: Path) -> None:
    with locked_folder(tmp_path) as first, locked_folder(tmp_path) as second:
        assert first != second
        (first / "half").touch()
        assert (second / "lock").exists()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_what_another_works_in_is_not(tmp_path: Path) -> None:
    left, begun, old, other = (tmp_path / f"{PREFIX}{name}" for name in ("left", "begun", "old", "other"))
    for folder in (left, begun, old, other):
        folder.mkdir()
    (left / "lock").touch()
    (other / "of the planner.txt").touch()
    hour_ago = time.time() - 3600
    for folder in (old, other):
        os.utime(folder, (hour_ago, hour_ago))
    with locked_folder(tmp_path) as busy, locked_folder(tmp_path) as own:
        assert {*tmp_path.iterdir()} == {busy, own, begun, other}


@pytest.mark.skipif(sys.platform == "win32", reason="this refuses locks as a file system of POSIX does")
def test_without_locks_nobody_sweeps_what_may_be_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with locked_folder(tmp_path) as busy:
        with locked_folder(tmp_path) as own:
            assert {*tmp_path.iterdir()} == {busy, own}
        assert {*tmp_path.iterdir()} == {busy}
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_removed_is_named_and_swept_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Access is denied")

    with monkeypatch.context() as patched:
        patched.setattr(locked_folders.shutil, "rmtree", refuse)
        with pytest.warns(UserWarning, match=f"{PREFIX}.*cannot be removed yet"), locked_folder(tmp_path):
            pass
    (left,) = tmp_path.iterdir()
    with locked_folder(tmp_path):
        assert not left.exists()


def test_a_folder_is_hidden_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, int]] = []
    kernel = SimpleNamespace(SetFileAttributesW=lambda path, bits: calls.append((path, bits)))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(locked_folders.sys, "platform", "win32")
    locked_folders._hide(tmp_path / "x")
    assert calls == [(str(tmp_path / "x"), 2)]
