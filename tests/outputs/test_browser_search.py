"""The search for a browser: known places first, never the current folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from geoplan.model.errors import UsageError
from geoplan.outputs import browser_pictures


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\necho cannot open display >&2\nexit 7\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="programs end in .exe there")
def test_a_program_in_the_current_folder_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = program(tmp_path / "chromium")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(browser_pictures, "_PLACES", ())
    for here in (str(tmp_path), ".", ""):
        monkeypatch.setenv("PATH", here)
        with pytest.raises(UsageError, match="none was found"):
            browser_pictures.find_browser()
    # A place whose variable is not set would be in the current folder too.
    program(tmp_path / "${LOCALAPPDATA}" / "chrome.exe")
    monkeypatch.setattr(browser_pictures, "_PLACES", ("${LOCALAPPDATA}/chrome.exe",))
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    with pytest.raises(UsageError, match="none was found"):
        browser_pictures.find_browser()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(program(tmp_path / "bin" / "other").parent)
    assert browser_pictures.find_browser() == str(planted)


def test_a_known_place_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = program(tmp_path / "apps" / "Google" / "chrome.exe")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "apps"))
    monkeypatch.setattr(browser_pictures, "_PLACES", ("${LOCALAPPDATA}/Google/chrome.exe",))
    monkeypatch.setenv("PATH", str(program(tmp_path / "bin" / "chromium").parent))
    assert browser_pictures.find_browser() == str(installed)


@pytest.mark.skipif(os.name == "nt", reason="the program is a script of a shell")
def test_the_message_of_the_browser_is_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_pictures, "_PLACES", (str(program(tmp_path / "chrome")),))
    with pytest.raises(UsageError, match=r"it ended with 7\): 'cannot open display'"):
        browser_pictures.draw_png("<html></html>", tmp_path / "map.png")


def test_edge_keeps_the_rights_of_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_pictures.os, "name", "nt")
    assert browser_pictures._by_system() == ["--do-not-de-elevate"]


def test_the_places_are_those_of_chrome_and_edge_on_windows_and_macos() -> None:
    places = {place.replace("\\", "/") for place in browser_pictures._PLACES}
    for folder in ("${ProgramFiles}", "${ProgramFiles(x86)}", "${LOCALAPPDATA}"):
        assert f"{folder}/Microsoft/Edge/Application/msedge.exe" in places
        assert f"{folder}/Google/Chrome/Application/chrome.exe" in places
    assert "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" in places


def test_a_browser_in_the_registry_of_windows_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = program(tmp_path / "Edge" / "msedge.exe")
    asked: list[str] = []

    def query(root: int, key: str) -> str:
        asked.append(key)
        if root == 1 or not key.endswith("msedge.exe"):
            raise FileNotFoundError(key)
        return f'"{edge}"'

    registry = SimpleNamespace(HKEY_CURRENT_USER=1, HKEY_LOCAL_MACHINE=2, QueryValue=query)
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(browser_pictures, "_PLACES", ())
    monkeypatch.setattr(browser_pictures.sys, "platform", "win32")
    assert browser_pictures.find_browser() == str(edge)
    assert asked[0] == r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\chrome.exe"


@pytest.mark.skipif(os.name == "nt", reason="programs end in .exe there")
def test_a_sheet_is_printed_from_a_window_wider_than_a_phone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chromium = program(tmp_path / "bin" / "chromium")
    # It "prints" the options that it was given.
    chromium.write_text(
        '#!/bin/sh\nfor each; do case $each in --print-to-pdf=*) made=${each#*=};; esac; done\necho "$@" > "$made"\n'
    )
    monkeypatch.setattr(browser_pictures, "_PLACES", ())
    monkeypatch.setenv("PATH", f"{chromium.parent}{os.pathsep}{os.environ['PATH']}")
    browser_pictures.print_pdf("<html></html>", tmp_path / "sheet.pdf")
    options = (tmp_path / "sheet.pdf").read_text().split()
    (window,) = (option for option in options if option.startswith("--window-size="))
    assert int(window.partition("=")[2].split(",")[0]) > 820  # below that the page is laid out for a phone
