"""A condition compares columns, and nothing else: no subqueries, no end of time, no swallowed interrupt."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan.model.errors import InputError
from geoplan.sources import where_clauses
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.vector.vector_layers import read_vector
from geoplan.sources.where_clauses import LONGEST_WHERE, rows_where

TABLE = pd.DataFrame({"year": ["2011", "2012", None], "name": ["Paksan", "ປາກຊັນ", "Pakxan"]})
ENDLESS = "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c) > 0"
REFUSED = {
    "an endless subquery": (ENDLESS, "is not allowed"),
    "a subquery": ("year IN (SELECT 2011)", "a subquery is not allowed"),
    "another table": ("EXISTS (SELECT 1 FROM sqlite_master)", "a subquery is not allowed"),
    "a function that fills the memory": (
        "length(zeroblob(1000000000)) > 0",
        "function zeroblob is not allowed",
    ),
    "a function that loads code": ("load_extension('x')", "function load_extension is not allowed"),
    "a union": ("1) UNION SELECT (1", "a subquery is not allowed"),
    "a long pattern": (f"name LIKE '{'%a' * 150}'", "pattern too complex"),
    "a long condition": ("year > 0 OR " * 300 + "year > 0", f"longer than {LONGEST_WHERE:,} characters"),
}


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("year > 2011", [1]),
        ("year IS NULL OR lower(name) LIKE 'pak%'", [0, 2]),
        ("coalesce(year, 0) BETWEEN 2011 AND 2012 AND substr(name, 1, 1) = 'P'", [0]),
        ("CASE WHEN year = 2012 THEN 1 ELSE 0 END", [1]),
        ("name IN ('ປາກຊັນ')", [1]),
    ],
)
def test_conditions_on_columns_pass(where: str, rows: list[int]) -> None:
    assert rows_where(TABLE, where, "t.csv").nonzero()[0].tolist() == rows


@pytest.mark.parametrize("case", REFUSED)
def test_more_than_a_condition_is_refused(case: str) -> None:
    where, words = REFUSED[case]
    start = time.monotonic()
    with pytest.raises(InputError, match=words):
        rows_where(TABLE, where, "t.csv")
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_the_same_holds_where_gdal_reads(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"d{suffix}"
    gpd.GeoDataFrame({"name": ["A", "B"]}, geometry=[shapely.Point(1, 2)] * 2, crs=4326).to_file(path)
    with pytest.raises(InputError, match="is not allowed"):
        read_vector(FileSpec(path, where=ENDLESS))
    assert read_vector(FileSpec(path, where="name = 'B'")).table["name"].tolist() == ["B"]
    with pytest.raises(InputError, match="invalid condition"):
        read_vector(FileSpec(path, where="nosuch = 1"))


def test_a_condition_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where_clauses, "_SECONDS", -1.0)
    monkeypatch.setattr(where_clauses, "_STEPS_BETWEEN_LOOKS", 1)
    with pytest.raises(InputError, match="takes longer than -1 seconds"):
        rows_where(TABLE, "year > 2011", "t.csv")


@pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="no signals here")
def test_an_interrupt_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where_clauses, "_STEPS_BETWEEN_LOOKS", 1)
    clock = time.monotonic
    looks = iter(range(100))

    def interrupted() -> float:
        if next(looks) == 3:
            raise KeyboardInterrupt
        return clock()

    monkeypatch.setattr(where_clauses.time, "monotonic", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rows_where(TABLE, "year > 2011", "t.csv")
