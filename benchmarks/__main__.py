"""One table of what geoplan costs beside what one would use instead: processor seconds, results checked equal.

Points are compared with the faster of two ways: `geopandas.sjoin(predicate="within")`, `shapely.contains_xy` on boxes.

    python -m benchmarks
    python -m benchmarks --rows 100000 --rounds 1

Each way is run once to load its libraries, then ROUNDS times in turn with the other; the least counts. The benchmarks
of single parts say more about each.
"""

from __future__ import annotations

import argparse
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from benchmarks import ledger, points, startup
from benchmarks.layers import clustered_points, district_layer
from geoplan.model.schema import SPENDING
from geoplan.model.version import installed_version
from geoplan.outputs.workbook import write_workbook
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec

SEED = 5
POINTS = tuple((10**power, districts) for districts in (10, 150, 5_000) for power in range(3, 7))
LISTED, WRITTEN = 17_105, 61_000
"""Rows of the workbook that is read, and of the one that is written."""


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
        for work in works(Path(folder), chosen.rows):
            ours, theirs = compare(work, chosen.rounds)
            print(
                f"| {work.name} | {ours:.3f} | {work.peer} | {theirs:.3f} | {ours / theirs:.2f} |", flush=True
            )


def works(folder: Path, rows: int) -> Iterator[Work]:
    """Yield all that is measured."""
    yield from reading(folder, rows)
    yield building(rows)
    yield reading_workbook(folder)
    yield writing_workbook(folder)
    yield from looking_up()
    yield starting()


def compare(work: Work, rounds: int) -> tuple[float, float]:
    """Return the processor seconds of both ways."""
    if not work.agree(work.ours(), work.theirs()):
        sys.exit(f"the results differ: {work.name}")
    pairs = [(seconds(work.ours), seconds(work.theirs)) for _ in range(rounds)]
    return min(ours for ours, _ in pairs), min(theirs for _, theirs in pairs)


def seconds(run: Callable[[], Any]) -> float:
    """Return the processor seconds of a call and of the processes that it starts."""
    before = used()
    run()
    return used() - before


def used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def spending(rows: int) -> pd.DataFrame:
    """Make a table of amounts with two decimals."""
    chance = np.random.default_rng(SEED)
    return pd.DataFrame(
        {
            "project": [f"P{number:06}" for number in chance.integers(0, max(1, rows // 50), rows)],
            "component": chance.choice(["roads", "schools", "health"], rows),
            "funder": chance.choice(["Luxembourg", "Lao PDR, local", "others"], rows),
            "year": chance.integers(2009, 2017, rows),
            "kind": chance.choice(["budget", "disbursement"], rows),
            "currency": "EUR",
            "amount": chance.integers(100, 50_000_000, rows) / 100,
        }
    )


def reading(folder: Path, rows: int) -> list[Work]:
    """Write a spending table in two formats; its amounts must add up to the same minor units."""
    table = spending(rows)
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


def reading_workbook(folder: Path) -> Work:
    """Read a list with dates, coordinates and remarks from a workbook; amounts must be equal."""
    table = spending(LISTED)
    chance = np.random.default_rng(SEED)
    table = table.assign(
        title=[f"Road and water works no. {number}" for number in range(LISTED)],
        start=pd.to_datetime("2009-01-01") + pd.to_timedelta(chance.integers(0, 2_000, LISTED), unit="D"),
        lat=chance.uniform(18, 19, LISTED).round(5),
        lon=chance.uniform(103, 104, LISTED).round(5),
        remarks=chance.choice(["see annex", ""], LISTED),
    )
    path = folder / "list.xlsx"
    table.to_excel(path, index=False)
    return Work(
        f"read and check {LISTED:,} rows (xlsx)",
        lambda: list(read(FileSpec(path), SPENDING).frame["amount_minor"]),
        "python-calamine alone",
        lambda: [round(row[6] * 100) for row in read_by_calamine(path)[1:]],
        list.__eq__,
    )


def read_by_calamine(path: Path) -> list[list[Any]]:
    from python_calamine import load_workbook

    return load_workbook(path).get_sheet_by_index(0).to_python()


def writing_workbook(folder: Path) -> Work:
    """Write a table to a workbook; what is read back must be equal."""
    table = spending(WRITTEN)
    cells = table.astype(object).to_numpy().tolist()
    ours, theirs = folder / "ours.xlsx", folder / "theirs.xlsx"

    def write_cells() -> Path:
        import xlsxwriter

        with xlsxwriter.Workbook(theirs, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for at, row in enumerate([list(table.columns), *cells]):
                for column, cell in enumerate(row):
                    sheet.write(at, column, cell)
        return theirs

    def write_columns() -> Path:
        write_workbook(ours, {"amounts": table}, [])
        return ours

    def agree(ours: Path, theirs: Path) -> bool:
        from python_calamine import load_workbook

        return bool(load_workbook(ours).get_sheet_by_index(1).to_python() == read_by_calamine(theirs))

    return Work(
        f"write {WRITTEN:,} rows (xlsx)", write_columns, "XlsxWriter in constant memory", write_cells, agree
    )


def starting() -> Work:
    """Run `geoplan summary` of the home case, and import its libraries; there is nothing to compare."""
    ours, theirs, _ = startup.PAIRS["geoplan summary"]
    return Work(
        "`geoplan summary` of the home case",
        lambda: subprocess.run([sys.executable, *ours], check=True, capture_output=True),
        "importing its libraries",
        lambda: subprocess.run([sys.executable, *theirs], check=True, capture_output=True),
        lambda ours, theirs: True,
    )


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


def looking_up() -> Iterator[Work]:
    """Sum points by district, from their coordinates and a layer without an index; sums must be equal."""
    for count, districts in POINTS:
        layer = shapely.to_wkb(district_layer(districts))
        columns = (*clustered_points(count), np.ones(count))

        def run(way: points.Sum, layer: Any = layer, columns: Any = columns) -> Any:
            return way(shapely.from_wkb(layer), *columns)

        peers = {"contains_xy on boxes": points.sum_with_candidates, "within": points.sum_with_geopandas}
        times = {name: seconds(partial(run, way)) for name, way in peers.items()}
        peer = min(times, key=times.__getitem__)
        yield Work(
            f"{count:,} points in {districts:,} districts",
            partial(run, points.sum_with_index),
            peer,
            partial(run, peers[peer]),
            np.array_equal,
        )


if __name__ == "__main__":
    main()
