"""Start-up: `geoplan --help` against importing click, `geoplan summary` against importing the libraries it needs.

Run ``python benchmarks/startup.py [ROUNDS]``. The processes take turns, so that what else the machine does
falls on both; the ratio is that of the fastest of each.
"""

from __future__ import annotations

import subprocess
import sys
import time

# What placing, allocating and laying out the home case takes, imported and no more.
LIBRARIES = "import click, geopandas, pandas, pyproj, pyogrio, rapidfuzz, rich.console, rich.table, shapely"
PAIRS = {
    "geoplan --help": (["-m", "geoplan", "--help"], ["-c", "import click"], 2.0),
    "geoplan summary": (["-m", "geoplan", "summary"], ["-c", LIBRARIES], 1.3),
}


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


def main(rounds: int) -> None:
    print("| command | seconds | the libraries alone | ratio | target |\n|---|---:|---:|---:|---:|")
    for name, (ours, theirs, target) in PAIRS.items():
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds + 1)][1:]
        fastest = [min(column) for column in zip(*pairs, strict=True)]
        ratio = fastest[0] / fastest[1]
        print(f"| `{name}` | {fastest[0]:.3f} | {fastest[1]:.3f} | {ratio:.2f} | ≤ {target} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
