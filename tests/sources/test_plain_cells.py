"""Cells of typed formats become plain once, and a library's exceptions become one problem of the file."""

from __future__ import annotations

import datetime as dt
import json
import warnings
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geoplan.model.errors import InputError
from geoplan.model.schema import DISTRICTS, SPENDING
from geoplan.sources import read
from geoplan.sources.layer_list import list_layers
from geoplan.sources.plain_cells import as_plain
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.reading_faults import faults_as_problems

SQUARE = shapely.box(0, 0, 1, 1)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (["ປາກຊັນ", "Paksan"], "ປາກຊັນ|Paksan"),
        ((1, 2.5), "1|2.5"),
        (np.array(["a", "b"], dtype=object), "a|b"),
        ([], ""),
        ([{"a": 1}], '[{"a": 1}]'),
        ([None, "a"], '[null, "a"]'),
        ({"primary": "ປາກຊັນ", "at": dt.date(2012, 1, 2)}, '{"primary": "ປາກຊັນ", "at": "2012-01-02"}'),
        ({"k": np.int64(7), "l": np.array([1, 2])}, '{"k": 7, "l": [1, 2]}'),
        ("ປາກ".encode(), "ປາກ"),
        (b"\xff\x00", "ff00"),
        (b"\x1b[2J", "1b5b324a"),
        (dt.time(8, 30), "08:30:00"),
        (dt.timedelta(days=1), "1 day, 0:00:00"),
        (pd.Timestamp(np.datetime64("-0043-03-15", "s")), "-043-03-15T00:00:00"),
        (pd.Timestamp("2012-01-02"), pd.Timestamp("2012-01-02")),
        (Decimal("1.50"), Decimal("1.50")),
        (True, True),
        (pd.NaT, None),
    ],
)
def test_each_kind_of_cell(given: object, plain: object) -> None:
    column = pd.Series([None, None], dtype=object)
    column[1] = given
    found = as_plain(pd.DataFrame({"a": column, "b": ["x", "y"]}))
    assert (found.loc[1, "a"], type(found.loc[1, "a"])) == (plain, type(plain))
    assert found["b"].tolist() == ["x", "y"]


def test_what_is_plain_is_not_copied() -> None:
    table = pd.DataFrame({"a": ["x", None], "n": [1, 2], "geometry": [SQUARE, [1]]})
    assert as_plain(table) is table


def test_lists_and_objects_of_layers_become_text(tmp_path: Path) -> None:
    path = tmp_path / "d.geojson"
    properties = {"district": "A", "aliases": ["Alpha", "Alfa"], "names": {"primary": "Alpha"}}
    feature = {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(SQUARE)}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    found = read(FileSpec(path), DISTRICTS)
    assert found.problems == []
    row = found.frame.iloc[0]
    assert row["aliases"] == "Alpha|Alfa"
    assert json.loads(row["names"]) == {"primary": "Alpha"}


def test_structs_of_parquet_come_along_except_the_box(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    layer = gpd.GeoDataFrame(
        {"district": ["A"], "names": [{"primary": "Alpha"}], "tags": [["x", "y"]]},
        geometry=[SQUARE],
        crs=4326,
    )
    layer.to_parquet(path, write_covering_bbox=True)
    row = read(FileSpec(path), DISTRICTS).frame.iloc[0]
    assert (row["names"], row["tags"]) == ('{"primary": "Alpha"}', "x|y")
    assert "bbox" not in row


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    cells = [pa.array(["P"]), pa.array([1.0]), pa.array([2.0])]
    pq.write_table(pa.Table.from_arrays(cells, names=["project", "amount", "amount"]), path)
    (problem,) = read(FileSpec(path), SPENDING).problems
    assert "two columns have the same name: 'amount'" in str(problem)


def test_a_geometry_that_is_not_wkb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    about = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    table = pa.table({"district": ["A"], "geometry": ["POINT (0 0)"]})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(about)}), path)
    (problem,) = read(FileSpec(path), DISTRICTS).problems
    assert "the geometry is of type string, not WKB" in str(problem)


def test_damaged_geometries_are_refused_and_missing_ones_are_not(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    gpd.GeoDataFrame({"district": ["A", "B"]}, geometry=[SQUARE, None], crs=4326).to_parquet(path)
    table = pq.read_table(path)
    assert read(FileSpec(path, empty="leave out"), DISTRICTS).problems == []
    at = table.schema.get_field_index("geometry")
    whole = table["geometry"][0].as_py()
    nested = bytes.fromhex("010700000001000000") * 100_000 + whole  # would overflow the stack of GEOS
    for damaged in (whole[:30], nested):
        pq.write_table(table.set_column(at, table.schema.field(at), pa.array([whole, damaged])), path)
        (problem,) = read(FileSpec(path), DISTRICTS).problems
        assert problem.message == "damaged geometries: 1"


def test_a_shapefile_with_a_broken_projection_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "d.shp"
    gpd.GeoDataFrame({"district": ["A"]}, geometry=[SQUARE], crs=4326).to_file(path)
    path.with_suffix(".prj").write_bytes(b'GEOGCS["x",DATUM["\xff\xfe')
    (problem,) = read(FileSpec(path), DISTRICTS).problems
    assert "d.shp" in str(problem)
    with pytest.raises(InputError):
        list_layers(path)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TypeError("unhashable\nmore"), r"x\.csv: the file cannot be read \(TypeError: unhashable\)"),
        (KeyError(), r"x\.csv: the file cannot be read \(KeyError\)"),
        (MemoryError(), "needs more memory"),
        (RecursionError("deep"), r"x\.csv: its content is nested more deeply"),
        (
            UnicodeDecodeError("utf-8", b"\xb8", 0, 1, "invalid start byte"),
            r"x\.csv: some text in the file is not UTF-8",
        ),
        (PermissionError(13, "Permission denied"), r"cannot be opened \(Permission denied\)"),
    ],
)
def test_exceptions_of_libraries_become_problems(error: Exception, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught, faults_as_problems(Path("folder/x.csv")):
        warnings.warn("a library's own", UserWarning, stacklevel=1)
        raise error
    assert caught.value.__cause__ is error
    with pytest.raises(KeyboardInterrupt), faults_as_problems(Path("x.csv")):
        raise KeyboardInterrupt
