"""Start-up: `geoplan --help` against importing click, `geoplan summary` against importing the libraries it needs.

Run ``python benchmarks/startup.py [ROUNDS]``. Modules of both are compiled beforehand, as pip does when it installs
them. The processes take turns, so that what else the machine does falls on both; the least processor seconds count.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

# What reading, placing, allocating and laying out the home case takes, imported and no more.
LIBRARIES = (
    "import click, geopandas, iso4217, pandas, pyproj, pyogrio, rapidfuzz, rich.console, rich.table, shapely"
)
PAIRS = {
    "geoplan --help": (["-m", "geoplan", "--help"], ["-c", "import click"], 2.0),
    "geoplan summary": (["-m", "geoplan", "summary"], ["-c", LIBRARIES], 1.2),
}


def seconds(arguments: list[str], compiled: str) -> float:
    """Return the processor seconds of a Python process that keeps its compiled modules in a folder."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(name: str, rounds: int) -> tuple[float, float]:
    """Return the least processor seconds of a command and of its libraries."""
    ours, theirs, _ = PAIRS[name]
    with tempfile.TemporaryDirectory() as compiled:
        pairs = [(seconds(ours, compiled), seconds(theirs, compiled)) for _ in range(rounds + 1)][1:]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def main(rounds: int) -> None:
    print("| command | seconds | the libraries alone | ratio | target |\n|---|---:|---:|---:|---:|")
    for name, (_, _, target) in PAIRS.items():
        ours, theirs = compare(name, rounds)
        print(f"| `{name}` | {ours:.3f} | {theirs:.3f} | {ours / theirs:.2f} | ≤ {target} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
