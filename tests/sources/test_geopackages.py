"""GeoPackages from strangers: what they compute must end, and what another program has not finished is not read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geoplan.model.errors import InputError
from geoplan.sources.layer_list import list_layers
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.vector import geopackages
from geoplan.sources.vector.vector_layers import read_vector

ENDLESS = "WITH c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
HARMFUL = {
    "a view that never ends": f"CREATE VIEW v AS {ENDLESS}",
    "one that shows nothing before its end": f"CREATE VIEW v AS SELECT max(x) FROM ({ENDLESS})",
    "one behind a function of GDAL": f"CREATE VIEW v AS SELECT ST_MinX(x) FROM ({ENDLESS})",
    "a value of any size": "CREATE VIEW v AS SELECT zeroblob(900000000) AS x",
    "a text of any size": "CREATE VIEW v AS SELECT printf('%900000000d', 1) AS x",
    "an extension": "CREATE VIEW v AS SELECT load_extension('/tmp/x.so') AS x",
    "an address": "CREATE VIEW v AS SELECT ogr_geocode('Paris') AS x",
    "another file": "CREATE VIEW v AS SELECT gdal_get_layer_pixel_value('/etc/x.tif', 1, 'georef', 0, 0) AS x",
    "a computed column of any size": "CREATE TABLE v (a, x AS (hex(zeroblob(99000000))))",
}


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    path = tmp_path / "d.gpkg"
    points = [shapely.Point(x, 1) for x in range(60)]
    gpd.GeoDataFrame({"a": range(60)}, geometry=points, crs=4326).to_file(path, layer="d")
    return path


def run_sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


@pytest.mark.parametrize("kind", HARMFUL)
def test_what_need_not_end_or_reaches_out_is_refused(kind: str, layer: Path) -> None:
    run_sql(layer, HARMFUL[kind], *(["INSERT INTO v (a) VALUES (1)"] if "column" in kind else []))
    for read in (lambda: read_vector(FileSpec(layer, layer="d")), lambda: list_layers(layer)):
        with pytest.raises(InputError, match=r"views or computed columns.*'v'"):
            read()


def test_a_view_that_takes_too_long_is_refused(layer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geopackages, "_SECONDS", 0.05)
    run_sql(layer, "CREATE VIEW v AS SELECT a.a FROM d a, d b, d c, d e, d f")
    with pytest.raises(InputError, match=r"views or computed columns.*'v'"):
        read_vector(FileSpec(layer, layer="d"))


def test_views_and_computed_columns_of_a_database_are_no_fault(layer: Path) -> None:
    run_sql(
        layer,
        "CREATE VIEW named AS SELECT row_number() OVER (ORDER BY a) AS fid, upper('d' || a) AS name, ST_MinX(geom) AS x FROM d",
        "CREATE VIEW on_a_lost_table AS SELECT * FROM lost",
        "CREATE TABLE twice (a, b AS (2 * a))",
        "INSERT INTO twice VALUES (1)",
    )
    assert len(read_vector(FileSpec(layer, layer="d")).table) == 60


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_what_another_program_has_not_finished_is_said_and_nothing_is_changed(mode: str, layer: Path) -> None:
    with closing(sqlite3.connect(layer, isolation_level=None)) as other:
        other.execute(f"PRAGMA journal_mode = {mode}")
        if mode == "DELETE":
            other.execute("PRAGMA cache_size = 1")
            other.execute("BEGIN")
        other.execute("UPDATE gpkg_contents SET description = hex(zeroblob(50000))")
        beside = layer.with_name(f"d.gpkg-{'wal' if mode == 'WAL' else 'journal'}")
        before = layer.read_bytes(), beside.read_bytes()
        with pytest.raises(InputError, match=f"not finished, in '{beside.name}'"):
            read_vector(FileSpec(layer))
        assert (layer.read_bytes(), beside.read_bytes()) == before


def test_a_journal_that_is_left_over_is_no_fault(layer: Path) -> None:
    layer.with_name("d.gpkg-journal").write_bytes(bytes(512))  # as PRAGMA journal_mode = PERSIST leaves it
    layer.with_name("d.gpkg-wal").write_bytes(b"")
    assert len(read_vector(FileSpec(layer)).table) == 60
