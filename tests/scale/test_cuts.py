"""Cuts: whatever the files, row groups, batches, order of rows and workers, the ledger has the same bytes."""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from geoplan.outputs.exports.streamed import write_streamed
from geoplan.scale import stream_plan
from geoplan.scale.workers import open_workers

from ..conftest import tries
from .conftest import DISTRICTS, location_rows, plan_of, spending_rows, whole_ledger

# Fewer rows than other tests have, and a failing example is not made smaller: each example is a whole run.
AMOUNTS = 240
CODES = {"plain": "P", "Lao": "ໂຄງການ-", "beyond 16 bits": "\U0001f6b0 ﬀ", "numbers": "1"}


def write_tables(
    folder: Path, tables: dict[str, pd.DataFrame], cuts: dict[str, list[int]], group: int
) -> None:
    """Write datasets with files that end at these rows; two ends at one row make a file without any."""
    folder.mkdir()
    (folder / "districts.csv").write_text(DISTRICTS, encoding="utf-8")
    for table, rows in tables.items():
        (folder / table).mkdir()
        ends = [0, *sorted(cuts[table]), len(rows)]
        for number, (start, end) in enumerate(itertools.pairwise(ends)):
            path = folder / table / f"{number}.parquet"
            rows.iloc[start:end].to_parquet(path, index=False, row_group_size=group)


def renamed(rows: pd.DataFrame, codes: str) -> pd.DataFrame:
    return rows.assign(project=[f"{CODES[codes]}{code[1:]}" for code in rows["project"]])


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """By project codes, the ledger of the same rows that are read whole."""
    ledgers = {}
    for codes in CODES:
        folder = tmp_path_factory.mktemp("whole") / "plan"
        tables = {
            "spending": renamed(spending_rows().iloc[:AMOUNTS], codes),
            "locations": renamed(location_rows(), codes),
        }
        write_tables(folder, tables, {"spending": [], "locations": []}, 10_000)
        ledgers[codes] = whole_ledger(folder)
    return ledgers


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str | None]:
    """Address of a cluster of two workers, where Dask is installed."""
    if importlib.util.find_spec("distributed") is None and "CI" not in os.environ:
        yield None
        return
    with open_workers("processes", 2) as pool:
        yield pool.client.scheduler.address  # type: ignore[union-attr]


@tries(5, phases=[Phase.generate])
@given(data=st.data())
def test_the_bytes_are_the_same_whatever_the_cut(
    data: st.DataObject,
    expected: dict[str, bytes],
    scheduler: str | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    draw: Any = data.draw
    codes = draw(st.sampled_from(sorted(CODES)), label="codes")
    random = np.random.default_rng(draw(st.integers(0, 1 << 30), label="order of rows"))
    tables = {
        "spending": renamed(spending_rows().iloc[:AMOUNTS], codes),
        "locations": renamed(location_rows(), codes),
    }
    cuts = {
        name: draw(st.lists(st.integers(0, len(rows)), max_size=5), label=f"files of {name}")
        for name, rows in tables.items()
    }
    folder = tmp_path_factory.mktemp("cut") / "plan"
    shuffled = {name: rows.iloc[random.permutation(len(rows))] for name, rows in tables.items()}
    write_tables(folder, shuffled, cuts, draw(st.integers(1, 300), label="rows of a row group"))
    rows = draw(st.one_of(st.integers(20, 200), st.just(10_000)), label="batch")
    workers = draw(st.sampled_from([None, scheduler]), label="workers")
    plan = plan_of(folder)
    with stream_plan(plan, folder, rows=rows, scheduler=workers) as result:
        write_streamed(plan, result, folder / "streamed.csv")
    assert (folder / "streamed.csv").read_bytes() == expected[codes]


@pytest.fixture
def prefixed_names(tmp_path: Path) -> Path:
    """Most names of the column have a word before them that no district of the layer has, most provinces too.

    The first projects, in the order of their codes, have the plain names: a shard of them learns nothing.
    """
    names = ["Alpha", "Beta", "Gamma", "Alfa", *(f"Dist. {name}" for name in ("Alpha", "Beta", "Gamma"))]
    names += ["Dist. Alfa", "Dist. Delta", "Dist. Omega"]
    provinces = [None, "Zone North", "North", "Zone South", "South", "Zone Est", "Zone West"]
    locations = pd.DataFrame(
        [
            {"project": f"P{number:02d}", "location": "L", "name": name, "province": province}
            for number, (name, province) in enumerate((n, p) for n in names for p in provinces)
        ]
    ).assign(precision=3.0, lon=np.nan, lat=np.nan)
    # A zone that only the paths of other projects tell to be in North.
    locations.loc[:1, "province"] = "Land|Upper"
    place = {"location": "U", "name": "Upper", "precision": 3.0, "lon": 0.5, "lat": 0.5}
    unit = {"project": locations["project"].iloc[-1], **place}
    locations = pd.concat([locations, pd.DataFrame([unit])], ignore_index=True)
    spending = pd.DataFrame(
        {
            "project": locations["project"],
            "component": "roads",
            "funder": "X",
            "year": 2011,
            "kind": "budget",
            "currency": "EUR",
            "amount": np.arange(100, 100 + len(locations)),
        }
    )
    folder = tmp_path / "plan"
    ends = [len(locations) // 3, len(locations) // 2]
    write_tables(
        folder,
        {"spending": spending, "locations": locations},
        {"spending": ends, "locations": ends},
        7,
    )
    return folder


@pytest.mark.parametrize("rows", [8, 20, 10_000])
def test_words_that_names_share_are_learned_from_the_whole_column(prefixed_names: Path, rows: int) -> None:
    expected = whole_ledger(prefixed_names)
    plan = plan_of(prefixed_names)
    with stream_plan(plan, prefixed_names, rows=rows) as result:
        assert (len(result.parts) > 2) == (rows < 100)
        write_streamed(plan, result, prefixed_names / "streamed.csv")
    assert (prefixed_names / "streamed.csv").read_bytes() == expected
