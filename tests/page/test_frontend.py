"""The page's script: its sources pass their checks, and the bundle in the package is what they build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "geoplan" / "page"
FRONTEND = PAGE / "frontend"
BUNDLE = PAGE / "assets" / "bundle"
LOCK = FRONTEND / "package-lock.json"


def give_up(reason: str) -> None:
    """Skip, or fail where the tests must not be skipped in silence."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=FRONTEND, capture_output=True, text=True, check=False, encoding="utf-8"
    )


@pytest.fixture(scope="module")
def node() -> str:
    """Return the path of Node.js, with the packages of the lock file installed."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        give_up("Node.js or npm is not installed: the page's script is not checked")
    assert found is not None and npm is not None
    # npm writes this file last: it is newer than the lock file when the packages are those of the lock.
    installed = FRONTEND / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < LOCK.stat().st_mtime:
        done = run(npm, "ci", "--no-fund", "--no-audit")
        if done.returncode != 0:
            give_up(f"npm ci failed: the page's script is not checked\n{done.stderr}")
    return found


def tool(name: str) -> str:
    return str(FRONTEND / "node_modules" / ".bin" / name)


@pytest.mark.parametrize(
    "check",
    [("eslint", "."), ("prettier", "--check", "src", "test", "*.js"), ("tsc", "-p", ".")],
    ids=["rules and import cycles", "style", "types"],
)
def test_sources_keep_the_rules(node: str, check: tuple[str, ...]) -> None:
    done = run(tool(check[0]), *check[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def test_unit_tests_pass(node: str) -> None:
    tests = sorted(path.relative_to(FRONTEND).as_posix() for path in FRONTEND.glob("test/*.test.js"))
    done = run(node, "--test", *tests)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(tests) > 4


def test_the_bundle_is_what_the_sources_build(node: str, tmp_path: Path) -> None:
    done = run(node, "build.js", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    built = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    committed = {path.relative_to(BUNDLE).as_posix() for path in BUNDLE.rglob("*") if path.is_file()}
    assert set(built) == committed
    stale = [name for name, path in built.items() if path.read_bytes() != (BUNDLE / name).read_bytes()]
    assert stale == [], f"run `npm run build` in {FRONTEND.name} and commit the bundle"


@pytest.mark.parametrize("name", ["start.js", "leaflet.js", "page.js"])
def test_scripts_can_stand_inside_a_page(name: str) -> None:
    script = (BUNDLE / name).read_text(encoding="utf-8")
    assert re.findall(r"</script|<!--|sourceMappingURL", script, re.IGNORECASE) == []
    assert "\r" not in script


def test_the_lock_names_no_host() -> None:
    lock = LOCK.read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') > 20


def test_the_licences_of_bundled_packages_are_beside_the_bundle() -> None:
    licences = (BUNDLE / "LICENSES.txt").read_text(encoding="utf-8")
    for wanted in (
        "leaflet 1.9",
        "BSD 2-Clause License",
        "Volodymyr Agafonkin",
        "d3-array",
        "simple-statistics",
    ):
        assert wanted in licences
