"""Start-up: `geoplan --help` against importing click, `geoplan summary` against importing the libraries it needs.

Run ``python benchmarks/startup.py [ROUNDS]``. Modules of both are compiled beforehand, as pip does when it installs
them. The processes take turns, so that what else the machine does falls on both; the ratio is that of the medians.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

# What reading, placing, allocating and laying out the home case takes, imported and no more.
LIBRARIES = (
    "import click, geopandas, iso4217, pandas, pyproj, pyogrio, rapidfuzz, rich.console, rich.table, shapely"
)
PAIRS = {
    "geoplan --help": (["-m", "geoplan", "--help"], ["-c", "import click"], 2.0),
    "geoplan summary": (["-m", "geoplan", "summary"], ["-c", LIBRARIES], 1.3),
}


def seconds(arguments: list[str], compiled: str) -> float:
    """Return how long a Python process takes that keeps its compiled modules in a folder."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


def main(rounds: int) -> None:
    print("| command | seconds | the libraries alone | ratio | target |\n|---|---:|---:|---:|---:|")
    for name, (ours, theirs, target) in PAIRS.items():
        with tempfile.TemporaryDirectory() as compiled:
            pairs = [(seconds(ours, compiled), seconds(theirs, compiled)) for _ in range(rounds + 1)][1:]
        medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
        ratio = medians[0] / medians[1]
        print(f"| `{name}` | {medians[0]:.3f} | {medians[1]:.3f} | {ratio:.2f} | ≤ {target} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
