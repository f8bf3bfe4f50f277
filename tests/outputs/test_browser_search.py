"""The search for a browser: known places first, never the current folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.model.errors import UsageError
from geoplan.outputs import browser_pictures


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\necho cannot open display >&2\nexit 7\n")
    path.chmod(0o755)
    return path


def test_a_program_in_the_current_folder_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = program(tmp_path / "chromium")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(browser_pictures, "_PLACES", ())
    # Windows looks in the current folder first, whatever the path says.
    monkeypatch.setattr("shutil.which", lambda name: str(planted) if name == "chromium" else None)
    with pytest.raises(UsageError, match="none was found"):
        browser_pictures.find_browser()
    monkeypatch.chdir(program(tmp_path / "bin" / "other").parent)
    assert browser_pictures.find_browser() == str(planted)


def test_a_known_place_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = program(tmp_path / "apps" / "Google" / "chrome.exe")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "apps"))
    monkeypatch.setattr(browser_pictures, "_PLACES", ("${LOCALAPPDATA}/Google/chrome.exe",))
    monkeypatch.setattr("shutil.which", lambda name: "/somewhere/chromium")
    assert browser_pictures.find_browser() == str(installed)


def test_the_message_of_the_browser_is_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_pictures, "_PLACES", (str(program(tmp_path / "chrome")),))
    with pytest.raises(UsageError, match=r"it ended with 7\): 'cannot open display'"):
        browser_pictures.draw_png("<html></html>", tmp_path / "map.png")


def test_edge_keeps_the_rights_of_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_pictures.os, "name", "nt")
    assert browser_pictures._by_system() == ["--do-not-de-elevate"]
