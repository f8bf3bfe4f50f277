"""Pictures: a page as PNG or PDF, drawn by an installed Chromium, Chrome or Edge."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from geoplan.model.errors import UsageError, show_value
from geoplan.outputs.whole_files import replacing

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SIZES = {"a4": (1684, 1191), "a3": (2382, 1684)}
"""Paper sizes, landscape, with the pixels of a PNG of that size (144 per inch)."""

_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    *(
        rf"{folder}\{program}"
        for folder in ("${ProgramFiles}", "${ProgramFiles(x86)}", "${ProgramW6432}", "${LOCALAPPDATA}")
        for program in (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")
    ),
    "${HOME}/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_APP_PATHS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths"
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-extensions",
    "--hide-scrollbars",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a picture of an offline page asks nobody anything
)
_SHEET = (1123, 794)  # pixels: A4, landscape, which a picture shows drawn finer
_PATIENCE = 120  # seconds; a page of 200,000 projects is drawn in a few
_WITHOUT_MEMORY = (0xE0000008, 0xC0000017, 0xC000012D)  # exit codes of Chromium and of programs on Windows
_WAIT = 15_000  # milliseconds of the page's own time, which passes as fast as it works


def find_browser() -> str:
    """Return the path of a Chromium, Chrome or Edge.

    Raises
    ------
    UsageError
        None is installed.
    """
    places = [Path(os.path.expandvars(place)) for place in _PLACES]
    # A place whose variable is not set is in the current folder, where a plan may have any program.
    found = next((str(place) for place in places if place.is_absolute() and place.is_file()), None)
    found = found or _registered() or _on_path()
    if found is None:
        raise UsageError(
            "a PNG or PDF needs Chromium, Chrome or Edge, and none was found: install one, "
            "print the HTML map from another browser, or save an .svg, which needs no browser"
        )
    return found


def _registered() -> str | None:
    """Return a browser that is in the registry of Windows (App Paths), or None."""
    if sys.platform != "win32":
        return None
    import winreg

    for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        for program in ("chrome.exe", "msedge.exe"):
            try:
                place = Path(winreg.QueryValue(root, rf"{_APP_PATHS}\{program}").strip('"'))
            except OSError:
                continue
            if place.is_absolute() and place.is_file():
                return str(place)
    return None


def _on_path() -> str | None:
    """Return a browser on the path, or None; never one in the current folder, where Windows looks first."""
    ending = ".exe" if os.name == "nt" else ""
    folders = [folder for folder in map(Path, os.get_exec_path()) if folder.is_absolute()]
    for name in BROWSERS:
        for folder in folders:
            program = folder / f"{name}{ending}"
            if folder != Path.cwd() and program.is_file() and os.access(program, os.X_OK):
                return str(program)
    return None


def draw_png(page: str, target: Path, *, size: str = "a4", language: str = "en") -> None:
    """Save the printed sheet of a page as PNG: title, map, legend, table, sources.

    Parameters
    ----------
    page : str
        HTML, as from `geoplan.page.render_page`.
    target : Path
    size : {"a4", "a3"}
        Paper size, at 144 pixels per inch.
    language : str
        Language of the page.

    Raises
    ------
    UsageError
        No browser is installed, or it fails.
    """
    fine = SIZES[size][0] / _SHEET[0]
    screen = [f"--window-size={_SHEET[0]},{_SHEET[1]}", f"--force-device-scale-factor={fine:.4f}"]
    _run(page, target, "--screenshot", screen, f"#lang={language}&paper=picture")


def print_pdf(page: str, target: Path, *, size: str = "a4", language: str = "en", pages: str = "all") -> None:
    """Print a page as PDF: a sheet with map, legend and table, and the report after it.

    Parameters
    ----------
    page : str
        HTML, as from `geoplan.page.render_page`.
    target : Path
    size : {"a4", "a3"}
        Paper size, landscape.
    language : str
        Language of the page.
    pages : {"all", "map"}
        All pages, or only the sheet with the map.

    Raises
    ------
    UsageError
        No browser is installed, or it fails.
    """
    _run(
        page,
        target,
        "--print-to-pdf",
        # In a window as narrow as a phone the sheet would be measured in the layout of a phone.
        ["--no-pdf-header-footer", "--window-size=1366,900"],
        f"#lang={language}&paper={size}&pages={pages}",
    )


def _run(page: str, target: Path, wanted: str, options: list[str], address: str) -> None:
    browser = find_browser()
    with (
        tempfile.TemporaryDirectory(prefix="geoplan-", ignore_cleanup_errors=True) as folder,
        replacing(target) as temporary,
    ):
        html, made = Path(folder) / "page.html", Path(folder) / f"made{target.suffix}"
        html.write_text(page, encoding="utf-8")
        command = [browser, *_QUIET, *_by_system(), f"--user-data-dir={Path(folder) / 'profile'}",
                   f"--virtual-time-budget={_WAIT}", *options, f"{wanted}={made}", f"{html.as_uri()}{address}&hide=basemap"]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise UsageError(f"{Path(browser).name} did not finish {target.name} in {_PATIENCE} s") from None
        except OSError as error:
            raise UsageError(f"{browser} cannot be run ({error.strerror})") from None
        if done.returncode != 0 or not made.is_file() or made.stat().st_size == 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = f": {show_value(said[-1])}" if said else ""
            raise UsageError(
                f"{Path(browser).name} made no {target.name} ({_ending(done.returncode)}){reason}"
            )
        shutil.copyfile(made, temporary)


def _ending(code: int) -> str:
    """Say how the browser ended; one that the system killed most often had too little memory."""
    if code >= 0 and code not in _WITHOUT_MEMORY:
        return f"it ended with {code}"
    return "it was killed, perhaps because memory ran out; close other programs and try again"


def _by_system() -> list[str]:
    """Return the options that Chromium needs when root runs it, as in a container, or a Windows administrator.

    On Windows it would start again without the administrator's rights, and leave this process without a picture.
    """
    if os.name == "nt":
        return ["--do-not-de-elevate"]
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
