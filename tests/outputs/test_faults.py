"""Every writing command with every file operation failing once: all targets are old or all new, and nothing else is left.

How this works: the operations of `_OPERATIONS` are counted during a run that succeeds. Then the command runs again,
with the n-th of them raising "No space left on device": for two n of each command, spread over all commands, or for all
n with GEOPLAN_ALL_FAULTS=1 in the environment (with ``-rP`` it prints how many end in what).
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.locked_folders import PREFIX
from geoplan.outputs.whole_files import write_text

from ..conftest import DISTRICTS, LOCATIONS, PROFILE, PROJECTS, SPENDING, TOML

pytestmark = pytest.mark.usefixtures("plans_read_once")

_OPERATIONS = [
    (os, "fsync"), (os, "link"), (os, "mkdir"), (os, "replace"), (os, "rename"), (os, "rmdir"), (os, "unlink"), (os, "open"),
    (Path, "replace"), (Path, "mkdir"), (Path, "open"), (tempfile, "mkdtemp"), (shutil, "copyfile"),
]  # fmt: skip
_ALL = "GEOPLAN_ALL_FAULTS" in os.environ
_OLD = "what was there before"
_RULE = """
[classification]
method = "index"
classes = [{ name = "needy", districts = 1 }, { name = "less needy" }]
[classification.indicators]
poverty_rate = { needier = "high", weight = 0.5 }
population = { needier = "low", weight = 0.5 }
"""
# In place of a browser, which takes seconds and whose own files are not those of geoplan.
_BROWSER = """#!/bin/sh
for word; do case "$word" in --screenshot=*|--print-to-pdf=*) echo "a picture" > "${word#*=}";; esac; done
"""

COMMANDS: dict[str, tuple[str, ...]] = {
    "map": ("map", "PLAN", "-o", "OUT/m.html", "--svg", "OUT/m.svg"),
    "map, pictures": ("map", "PLAN", "-o", "OUT/m.html", "--png", "OUT/m.png", "--pdf", "OUT/m.pdf"),
    "map of gaps": ("map", "PLAN", "--gaps", "10", "-o", "OUT/m.html"),
    "ledger": ("ledger", "PLAN", "-o", "OUT/l.csv"),
    "ledger, layers": ("ledger", "PLAN", "-o", "OUT/l.gpkg"),
    "export": ("export", "PLAN", "-o", "OUT/e.gpkg"),
    "export, workbook": ("export", "PLAN", "-o", "OUT/e.xlsx"),
    "export, IATI": ("export", "PLAN", "-o", "OUT/e.xml", "--reporting-org", "LU-1", "--reporting-name", "x"),
    "summary": ("summary", "PLAN", "-o", "OUT/s.json"),
    "explain": ("explain", "PLAN", "-o", "OUT/x.csv"),
    "equity": ("equity", "PLAN", "-o", "OUT/q.md"),
    "execution": ("execution", "PLAN", "-o", "OUT/x.csv"),
    "coordination": ("coordination", "PLAN", "-o", "OUT/c.xlsx"),
    "gaps": ("gaps", "PLAN", "-o", "OUT/g.csv"),
    "gaps by road": ("gaps", "PLAN", "--points", "PLAN/points.csv", "--travel", "PLAN/roads.geojson", "--speeds", "PLAN/speeds.csv", "--reach", "30min", "-o", "OUT/g.xlsx"),
    "gaps of people": ("gaps", "PLAN", "--population", "PLAN/p.tif", "--values", "counts", "-o", "OUT/g.json"),
    "classify": ("classify", "PLAN/classified.toml", "--draws", "5", "-o", "OUT/c.csv"),
    "clusters": ("clusters", "PLAN/four.toml", "--measure", "spending", "--permutations", "99", "-o", "OUT/c.csv"),
    "clusters, map": ("clusters", "PLAN/four.toml", "--measure", "spending", "--permutations", "99", "-o", "OUT/c.html"),
    "compare": ("compare", "PLAN", "--years", "2010,2011", "-o", "OUT/c.csv"),
    "compare, map": ("compare", "PLAN", "--years", "2010,2011", "-o", "OUT/c.html"),
    "report": ("report", "PLAN", "-o", "OUT/r.xlsx"),
    "report, page": ("report", "PLAN", "-o", "OUT/r.html"),
    "allocate": ("allocate", "PLAN", "--budget", "100", "--rule", "equal", "-o", "OUT/new"),
    "allocate, workbook": ("allocate", "PLAN", "--budget", "100", "--rule", "equal", "-o", "OUT/a.xlsx"),
    "phase": ("phase", "PLAN", "--ceilings", "2010=500,2011=500,2012=500", "-o", "OUT/new"),
    "site": ("site", "PLAN", "--demand", "PLAN/points.csv", "--candidates", "PLAN/points.csv", "--n", "1", "--p-median", "-o", "OUT/s.csv"),
    "check": ("check", "PLAN", "--review", "OUT/names.csv", "--left-out", "OUT/left.xlsx", "-o", "OUT/check.json"),
    "layers": ("layers", "PLAN/d.geojson", "-o", "OUT/l.csv"),
    "districts": ("districts", "PLAN", "-o", "OUT/d.csv"),
    "profile": ("profile", "PLAN", "--population", "PLAN/p.tif", "--values", "counts", "--year", "2010", "-o", "OUT/p.csv"),
    "crosswalk": ("crosswalk", "PLAN/districts.csv", "PLAN/districts.csv", "-o", "OUT/w.csv"),
    "boundaries check": ("boundaries", "check", "PLAN/districts.csv", "-o", "OUT/b.csv"),
    "boundaries repair": ("boundaries", "repair", "PLAN/districts.csv", "-o", "OUT/b.gpkg"),
    "boundaries simplify": ("boundaries", "simplify", "PLAN/districts.csv", "--tolerance", "1", "-o", "OUT/b.geojson"),
    "boundaries get": ("boundaries", "get", "LAO", "--source", "PLAN/d.geojson", "-o", "OUT/b.geojson"),
    "init": ("init", "OUT/new"),
    "init --empty": ("init", "OUT/new", "--empty"),
    "init --from": ("init", "OUT/new", "--from", "PLAN/list.csv", "--districts", "PLAN/d.geojson"),
}  # fmt: skip


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    folder = tmp_path_factory.mktemp("faults") / "plan"
    folder.mkdir()
    texts = {
        "districts.csv": DISTRICTS, "profile.csv": PROFILE, "projects.csv": PROJECTS, "locations.csv": LOCATIONS,
        "spending.csv": SPENDING, "geoplan.toml": TOML, "classified.toml": TOML + _RULE,
        "four.csv": DISTRICTS + 'D,Delta,,P2,South,"POLYGON((3 0,4 0,4 1,3 1,3 0))"\n', "four.toml": TOML.replace("districts.csv", "four.csv"),
        "speeds.csv": "class,kmh,source,year\nmain,50,x,2015\nwalking,4.5,x,2015\n",
        "roads.geojson": '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"class": "main"}, '
        '"geometry": {"type": "LineString", "coordinates": [[0.1, 0.5], [0.5, 0.5], [1.5, 0.5]]}}]}',
        "points.csv": "code,lon,lat\na,0.5,0.5\nb,1.5,0.5\n",
        "list.csv": "project,district,year,kind,currency,amount\nP,Alpha,2010,budget,EUR,5\nQ,Beta,2011,budget,EUR,6\n",
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    squares = ",".join(
        f'{{"type": "Feature", "properties": {{"district": "{code}", "name": "{name}"}}, "geometry": {{"type": "Polygon", '
        f'"coordinates": [[[{x}, 0], [{x + 1}, 0], [{x + 1}, 1], [{x}, 1], [{x}, 0]]]}}}}'
        for x, (code, name) in enumerate((("A", "Alpha"), ("B", "Beta"), ("C", "Gamma")))
    )
    (folder / "d.geojson").write_text(f'{{"type": "FeatureCollection", "features": [{squares}]}}')
    with rasterio.open(
        folder / "p.tif", "w", driver="GTiff", width=6, height=2, count=1, dtype="float32", crs=4326,
        transform=from_origin(0, 1, 0.5, 0.5),
    ) as raster:  # fmt: skip
        raster.write(np.full((1, 2, 6), 500, dtype="float32"))
    return folder


class Faults:
    """Counts file operations that write beside the targets, and lets one of them fail."""

    def __init__(self, folder: Path, fails_at: int | None) -> None:
        self.folder, self.fails_at, self.inside = str(folder), fails_at, False
        self.names: list[str] = []

    @property
    def count(self) -> int:
        return len(self.names)

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            # An operation that is made of others, and one that only reads, is not one to fail.
            if self.inside or not self._writes(args, kwargs):
                return function(*args, **kwargs)
            self.names.append(name)
            if self.count - 1 == self.fails_at:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.inside = True
            try:
                return function(*args, **kwargs)
            finally:
                self.inside = False

        return call

    def _writes(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        named = [str(value) for value in (*args, *kwargs.values()) if isinstance(value, str | Path)]
        modes = [*args[1:2], kwargs.get("mode"), *kwargs.values()]
        if any(mode in ("r", "rb") for mode in modes if isinstance(mode, str)):
            return False
        # What fsync gets is a number.
        return any(name.startswith(self.folder) for name in named) or (
            len(args) == 1 and type(args[0]) is int
        )


@contextmanager
def failing_at(folder: Path, number: int | None) -> Iterator[Faults]:
    faults = Faults(folder, number)
    with pytest.MonkeyPatch.context() as patched:
        for owner, name in _OPERATIONS:
            patched.setattr(owner, name, faults.around(name, getattr(owner, name)))
        yield faults


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and PREFIX not in str(path)
    }


def prepared(folder: Path, words: list[str]) -> Path:
    """Return a fresh folder in which the files that a command writes are there already."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for word in words:
        if word.startswith(str(folder)) and Path(word).suffix:
            Path(word).write_text(_OLD)
    return folder


# What cannot be removed is said, by a warning that the command line prints with --verbose.
@pytest.mark.filterwarnings("ignore:.*the next run removes it:UserWarning")
@pytest.mark.parametrize("name", COMMANDS)
def test_whichever_file_operation_fails_all_targets_are_old_or_all_new(
    name: str, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "pictures" in name:
        if os.name == "nt":
            pytest.skip("a script is no program on Windows")
        browser = tmp_path / "bin" / "chromium"
        browser.parent.mkdir()
        browser.write_text(_BROWSER)
        browser.chmod(0o755)
        monkeypatch.setenv("PATH", f"{browser.parent}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "out"
    words = [word.replace("PLAN", str(plan)).replace("OUT", str(folder)) for word in COMMANDS[name]]
    old = contents(prepared(folder, words))
    with failing_at(folder, None) as faults:
        done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    new = contents(folder)
    assert new != old and faults.count > 3
    # The last of the set to be renamed, and one place in the run, another for each command.
    last = max(at for at, operation in enumerate(faults.names) if operation == "replace")
    place = round([*COMMANDS].index(name) / (len(COMMANDS) - 1) * (faults.count - 1))
    chosen = {*range(faults.count)} if _ALL else {last, place}
    outcomes: Counter[str] = Counter()
    for at in sorted(chosen):
        prepared(folder, words)
        with failing_at(folder, at):
            done = CliRunner().invoke(app, words)
        found = contents(folder)
        if done.exit_code == 0:
            assert found.keys() == new.keys(), at
            outcomes["done all the same"] += 1
        else:
            assert done.exit_code == 2, (at, done.output)
            assert found == old, at
            (said,) = [line for line in done.stderr.splitlines() if "cannot be written" in line]
            assert "No space left on device" in said
            outcomes["one error"] += 1
        # What could not be removed, the next output there sweeps; ten minutes later if its lock is gone.
        for left in folder.glob(f"{PREFIX}*"):
            os.utime(left, (0, 0))
        write_text(folder / "next.txt", "")
        assert not [*folder.glob(f"{PREFIX}*")], at
    print(f"{name}: {faults.count} operations, {dict(outcomes)}")
