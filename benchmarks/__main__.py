"""One table of what geoplan costs beside what one would use instead: processor seconds, results checked equal.

    python -m benchmarks
    python -m benchmarks --rows 100000 --rounds 1

Each way is run once to load its libraries, then ROUNDS times in turn with the other; the least counts. The benchmarks
of single parts say more about each.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from benchmarks import ledger, points
from benchmarks.layers import clustered_points, district_layer
from geoplan.model.schema import SPENDING
from geoplan.model.version import installed_version
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec

SEED = 5
POINTS = ((10**4, 150), (10**5, 150), (10**6, 150), (10**4, 5_000), (10**5, 5_000), (10**6, 5_000))


@dataclass(frozen=True)
class Work:
    """Something that geoplan and a peer both do, and whether their results agree."""

    name: str
    ours: Callable[[], Any]
    peer: str
    theirs: Callable[[], Any]
    agree: Callable[[Any, Any], bool]


def main() -> None:
    options = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rows", type=int, default=1_000_000, help="amounts in a table")
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    versions = f"geoplan {installed_version()}, pandas {pd.__version__}, pyarrow {pa.__version__}, shapely {shapely.__version__}"
    print(f"{date.today()}, Python {platform.python_version()}, {versions}\n")
    print("| work | geoplan | instead | | ratio |\n|---|---:|---|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for work in [*reading(Path(folder), chosen.rows), building(chosen.rows), *looking_up()]:
            ours, theirs = compare(work, chosen.rounds)
            print(
                f"| {work.name} | {ours:.3f} | {work.peer} | {theirs:.3f} | {ours / theirs:.2f} |", flush=True
            )


def compare(work: Work, rounds: int) -> tuple[float, float]:
    """Return the processor seconds of both ways."""
    if not work.agree(work.ours(), work.theirs()):
        sys.exit(f"the results differ: {work.name}")
    pairs = [(seconds(work.ours), seconds(work.theirs)) for _ in range(rounds)]
    return min(ours for ours, _ in pairs), min(theirs for _, theirs in pairs)


def seconds(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def reading(folder: Path, rows: int) -> list[Work]:
    """Write a spending table in two formats; its amounts must add up to the same minor units."""
    chance = np.random.default_rng(SEED)
    minor = chance.integers(100, 50_000_000, rows)
    table = pd.DataFrame(
        {
            "project": [f"P{number:06}" for number in chance.integers(0, max(1, rows // 50), rows)],
            "component": chance.choice(["roads", "schools", "health"], rows),
            "funder": chance.choice(["Luxembourg", "Lao PDR, local", "others"], rows),
            "year": chance.integers(2009, 2017, rows),
            "kind": chance.choice(["budget", "disbursement"], rows),
            "currency": "EUR",
            "amount": minor / 100,
        }
    )
    table.to_csv(folder / "spending.csv", index=False, float_format="%.2f")
    table.to_parquet(folder / "spending.parquet")

    def agree(ours: pd.DataFrame, theirs: pd.DataFrame) -> bool:
        given = np.rint(theirs["amount"] * 100).astype(np.int64)
        return np.array_equal(ours["amount_minor"], given) and ours["project"].equals(
            theirs["project"].astype(object)
        )

    def work(suffix: str, theirs: Callable[[Path], pd.DataFrame]) -> Work:
        path = folder / f"spending.{suffix}"
        return Work(
            f"read and check {rows:,} amounts ({suffix})",
            lambda: read(FileSpec(path), SPENDING).frame,
            f"pandas.read_{suffix}",
            lambda: theirs(path),
            agree,
        )

    return [work("csv", pd.read_csv), work("parquet", pd.read_parquet)]


def building(rows: int) -> Work:
    """Place and split the amounts of a plan, and sum them up; each part is within a cent."""
    plan = ledger.make_plan(rows)
    keys = ["district", "component", "year"]

    def agree(ours: pd.DataFrame, theirs: pd.DataFrame) -> bool:
        both = pd.concat(
            [ours.set_index(keys)["amount_minor"], theirs.set_index(keys)["part"]], axis=1
        ).fillna(0)
        return float((both["amount_minor"] - both["part"]).abs().max()) <= rows

    return Work(
        f"ledger and sums of {rows:,} amounts, 2 places each",
        lambda: ledger.with_geoplan(plan),
        "sjoin, merge and groupby in floats",
        lambda: ledger.with_pandas(plan),
        agree,
    )


def looking_up() -> list[Work]:
    """Sum points by district, from their coordinates and a layer without an index; sums must be equal."""
    works = []
    for count, districts in POINTS:
        layer = shapely.to_wkb(district_layer(districts))
        columns = (*clustered_points(count), np.ones(count))

        def run(way: points.Sum, layer: Any = layer, columns: Any = columns) -> Any:
            return way(shapely.from_wkb(layer), *columns)

        works.append(
            Work(
                f"{count:,} points in {districts:,} districts",
                lambda run=run: run(points.sum_with_index),  # type: ignore[misc]
                "contains_xy on boxes",
                lambda run=run: run(points.sum_with_candidates),  # type: ignore[misc]
                np.array_equal,
            )
        )
    return works


if __name__ == "__main__":
    main()
