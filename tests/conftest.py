"""Toy plans of squares, computed by hand, and where the real data may be."""

from __future__ import annotations

import base64
import gc
import os
import re
import signal
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

# Keep compiled modules, whatever the environment says: the tests start many processes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

# Three districts in a row, each one degree wide: A (0 to 1), B (1 to 2), C (2 to 3), latitude 0 to 1.
DISTRICTS = """district,name,aliases,province,province_name,geometry
A,Alpha,Alfa,P1,North,"POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
B,Beta,,P1,North,"POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"
C,Gamma,,P2,South,"POLYGON ((2 0, 3 0, 3 1, 2 1, 2 0))"
"""
PROFILE = """district,year,population,poor,poverty_rate,poverty_class
A,2010,1000,100,0.10,more developed
B,2010,2000,800,0.40,very poor
C,2010,,,,very poor
"""
PROJECTS = """project,title,start,end
P,Road,2010-01-01,2012-12-31
Q,School,2010-01-01,2012-12-31
R,Office,2010-01-01,2012-12-31
"""
LOCATIONS = """project,location,name,precision,geometry
P,1,one,1,POINT (0.5 0.5)
P,2,two,1,POINT (1.5 0.5)
P,3,three,1,POINT (9 9)
Q,1,North,4,
"""
SPENDING = """project,component,funder,year,kind,currency,amount
P,roads,X,2010,budget,EUR,100.00
Q,schools,Y,2011,budget,EUR,50.00
R,office,X,2012,budget,EUR,7.01
"""
TOML = """[plan]
title = "Three squares"
[districts]
file = "districts.csv"
[profile]
file = "profile.csv"
[projects]
file = "projects.csv"
[locations]
file = "locations.csv"
[spending]
file = "spending.csv"
"""
# What `pytest -m quick` runs: the rules that decide where money goes and what is said of it, on toy plans.
QUICK = ("analysis", "ledger", "model", "plan/", "planning/test_", "text", "test_house.py")
# Files of these folders whose tests write maps, reports and exports, or read them back: they are not quick.
NOT_QUICK = (
    "analysis/test_comparison.py",
    "ledger/test_district_figures.py",
    "ledger/test_hexagons.py",
    "ledger/test_place_counts.py",
    "model/test_watched_inputs.py",
    "plan/test_basemap.py",
    "plan/test_made_plans.py",
    "plan/test_translations.py",
    "planning/test_reallocation.py",
)
# Files of few tests that take long. They start first: xdist would leave them to one worker at the end.
LONG = (
    "test_house.py",
    "test_package.py",
    "test_notebooks.py",
    "cli/test_nothing.py",
    "outputs/test_postgis.py",
    "page/test_frontend.py",
    "planning/test_reallocation.py",
    "scale/",
)
TOY = {
    "districts.csv": DISTRICTS,
    "profile.csv": PROFILE,
    "projects.csv": PROJECTS,
    "locations.csv": LOCATIONS,
    "spending.csv": SPENDING,
    "geoplan.toml": TOML,
}

WritePlan = Callable[..., Path]


def needs(package: str, reason: str) -> pytest.MarkDecorator:
    """Skip tests without an optional package; it is imported when the first of them runs, not in every worker."""
    return pytest.mark.skipif(find_spec(package) is None, reason=reason)


def tries(examples: int, **more: Any) -> Any:
    """Return Hypothesis settings for a property: so many examples, the same each time, or with ``THOROUGH=1`` 20 times
    as many, new ones each time."""
    from hypothesis import settings

    thorough = bool(os.environ.get("THOROUGH"))
    many = examples * (20 if thorough else 1)
    return settings(max_examples=many, derandomize=not thorough, database=None, deadline=None, **more)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even read the files that have no quick test when only these are asked for."""
    place = collection_path.relative_to(Path(__file__).parent).as_posix() + "/" * collection_path.is_dir()
    related = any(name.startswith(place) or place.startswith(name) for name in QUICK)
    wanted = related and place not in NOT_QUICK
    return True if config.option.markexpr == "quick" and not wanted else None


def place_of(item: pytest.Item) -> str:
    return item.nodeid.removeprefix("tests/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the quick tests, and put files of long tests first."""
    for item in items:
        real = "shared" in getattr(item, "fixturenames", ())
        place = place_of(item)
        quick = place.startswith(QUICK) and not place.startswith(NOT_QUICK)
        if quick and not real and "[mypy]" not in item.nodeid:
            item.add_marker(pytest.mark.quick)
    items.sort(key=lambda item: not place_of(item).startswith(LONG))


def pytest_collection_finish() -> None:
    """Collect garbage less often: each time, Python would look through all that was imported.

    Hypothesis looks for what refers to an object, and would not find what `gc.freeze` leaves out.
    """
    gc.set_threshold(20_000, 20, 20)


@contextmanager
def heard(number: int) -> Iterator[None]:
    """Have programs that are started meanwhile end on a signal that these tests, started by nohup or `&`, ignore."""
    before = signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """Let no file of this process grow over a size: writing on ends as it does on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A module that is imported meanwhile would leave a compiled file that is cut off.
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = False


@pytest.fixture
def write_plan(tmp_path: Path) -> WritePlan:
    """Return a function that writes the toy plan, with some of its files replaced, and gives its folder."""

    def write(**changes: str | bytes) -> Path:
        folder = tmp_path / "toy"
        folder.mkdir(exist_ok=True)
        files: dict[str, str | bytes] = {**TOY}
        for name, content in changes.items():
            files["geoplan.toml" if name == "toml" else f"{name}.csv"] = content
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(data)
        return folder

    return write


def page_text(path: Path) -> str:
    """Return the text of a page, and of its data where they are compressed."""
    text = path.read_text(encoding="utf-8")
    packed = re.findall(r">([A-Za-z0-9+/]{1000,}={0,2})<", text)
    for data in packed:
        with suppress(zlib.error):
            text += zlib.decompress(base64.b64decode(data)).decode("utf-8", "replace")
    return text


MOST_KEPT = 30
"""Plans and ledgers that a worker keeps for `plans_read_once`."""
_TABLES = ("districts", "profile", "projects", "locations", "spending")
_PLANS: dict[Any, tuple[Any, list[Any]]] = {}
_LEDGERS: dict[Any, tuple[Any, Any]] = {}
_FINDINGS: dict[Any, tuple[Any, Any]] = {}


def files_now(plan: Path) -> tuple[Any, ...]:
    """Return what tells a plan folder from its earlier self: its files, their times and their sizes."""
    folder = plan if plan.is_dir() else plan.parent
    found = [(path, path.stat()) for path in sorted(folder.rglob("*")) if path.is_file()]
    return (plan.resolve(), *((str(path), about.st_mtime_ns, about.st_size) for path, about in found))


@pytest.fixture
def plans_read_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read a plan folder once for all commands that are run on it, and build its ledger and the tables of its report once.

    For tests of what commands do with a plan, not of how it is read. No command may change a table of the plan.
    """
    from geoplan.ledger import entries
    from geoplan.outputs.report import contents
    from geoplan.plan import plan_tables

    read_plan, build_ledger, used = plan_tables.read_plan, entries.build_ledger, set()
    gather_findings = contents.gather_findings

    def read_once(
        path: Any = None, *, sources: Any = (), stream: bool = False, surroundings: bool = True
    ) -> Any:
        if path is None or sources or not Path(path).exists():
            return read_plan(path, sources=sources, stream=stream, surroundings=surroundings)
        key = (str(path), files_now(Path(path)), stream, surroundings)
        if key not in _PLANS:
            plan = read_plan(path, stream=stream, surroundings=surroundings)
            _PLANS[key] = plan, [getattr(plan, name).copy() for name in _TABLES]
        used.add(key)
        return _PLANS[key][0]

    def build_once(plan: Any, **options: Any) -> Any:
        key = tuple(id(getattr(plan, field.name)) for field in fields(plan))
        if options:
            return build_ledger(plan, **options)
        if key not in _LEDGERS:
            _LEDGERS[key] = build_ledger(plan), plan  # a plan that is kept keeps its id
        return _LEDGERS[key][0]

    def gather_once(plan: Any, ledger: Any, *, whole: Any = None, **options: Any) -> Any:
        key = (id(plan), id(ledger), *sorted(options.items()))
        if whole is not plan:
            return gather_findings(plan, ledger, whole=whole, **options)
        if key not in _FINDINGS:
            found = gather_findings(plan, ledger, whole=whole, **options)
            _FINDINGS[key] = found, (plan, ledger)  # they keep their ids
        return _FINDINGS[key][0]

    monkeypatch.setattr(plan_tables, "read_plan", read_once)
    monkeypatch.setattr(entries, "build_ledger", build_once)
    monkeypatch.setattr(contents, "gather_findings", gather_once)
    yield
    for key in used:
        plan, before = _PLANS[key]
        for name, table in zip(_TABLES, before, strict=True):
            assert getattr(plan, name).equals(table), f"a command changed the {name} of the plan"
    for kept in (_PLANS, _LEDGERS, _FINDINGS):
        while len(kept) > MOST_KEPT:
            del kept[next(iter(kept))]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real reference data, or skip the test."""
    if not SHARED.is_dir():
        pytest.skip("the folder of reference data, ../shared/data, is not here")
    return SHARED


@pytest.fixture(scope="session")
def more(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Villages, roads, speeds and a raster of people, for the commands that need them."""
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    folder = tmp_path_factory.mktemp("more")
    (folder / "villages.csv").write_text("code,name,population,lon,lat\n1,a,5,0.5,0.5\n2,b,7,2.5,0.5\n")
    (folder / "roads.geojson").write_text(
        '{"type": "Feature", "properties": {"highway": "main"}, "geometry": '
        '{"type": "LineString", "coordinates": [[0.5, 0.5], [2.5, 0.5]]}}'
    )
    (folder / "speeds.csv").write_text("class,kmh,source,year\nmain,60,toy,2015\nwalking,5,toy,2015\n")
    with rasterio.open(
        folder / "people.tif", "w", driver="GTiff", crs="EPSG:4326", transform=from_origin(0, 1, 0.5, 0.5),
        width=6, height=2, count=1, dtype="float32",
    ) as file:  # fmt: skip
        file.write(np.ones((1, 2, 6), dtype="float32"))
    return folder
