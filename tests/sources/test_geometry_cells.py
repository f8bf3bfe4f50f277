"""Geometries in cells of tables: WKT with Z and M, WKB as databases export it, and what cannot be read."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
import shapely

from geoplan.model.errors import InputError
from geoplan.plan.districts import read_layer
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.vector.geometry_cells import read_cells

POINT = shapely.Point(103.5, 18.25)

READ = {
    "little endian": ("0101000000" + "0000000000E05940" + "0000000000403240", 0),
    "big endian": ("0000000001" + "4059E00000000000" + "4032400000000000", 0),
    "EWKB": ("0101000020E6100000" + "0000000000E05940" + "0000000000403240", 4326),
    "with Z": ("0101000080" + "0000000000E05940" + "0000000000403240" + "0" * 16, 0),
    "bytea": (r"\x" + "0101000000" + "0000000000e05940" + "0000000000403240", 0),
    "SQL Server": ("0x" + "0101000000" + "0000000000E05940" + "0000000000403240", 0),
    "base64": ("AQEAAAAAAAAAAOBZQAAAAAAAQDJA", 0),
    "base64 of EWKB": ("AQEAACDmEAAAAAAAAADgWUAAAAAAAEAyQA==", 4326),
    "WKT": ("POINT (103.5 18.25)", 0),
    "WKT Z": ("POINT Z (103.5 18.25 7)", 0),
    "WKT M": ("POINT M (103.5 18.25 7)", 0),
    "WKT ZM": ("POINTZM(103.5 18.25 7 8)", 0),
}


@pytest.mark.parametrize("kind", READ)
def test_a_cell_is_a_shape_without_z_and_m(kind: str) -> None:
    cell, code = READ[kind]
    shapes, codes = read_cells(np.array([cell, None], dtype=object))
    assert shapes.tolist() == [POINT, None]
    assert not shapely.has_z(shapes).any()
    assert codes.tolist() == [code, 0]


@pytest.mark.parametrize(
    "cell",
    [
        "0101000000",  # nothing after the kind
        "0106000000FFFFFFFF0000000000000000",  # four thousand million polygons
        "AQEAAAAAAAAAAADgWUAAAAAAAEAyQA=",  # base64 that ends early
        "0108000000" + "03000000" + "00" * 48,  # a curve
        "0101000000" + "000000000000F87F" + "0" * 16,  # a coordinate that is no number
        "POINT (103.5",
        "somewhere",
        "",
    ],
)
def test_what_cannot_be_read_is_none(cell: str) -> None:
    shapes, codes = read_cells(np.array([cell], dtype=object))
    assert (shapes.tolist(), codes.tolist()) == ([None], [0])


@pytest.mark.parametrize("header", ["geometry", "wkt", "wkb", "the_geom"])
def test_districts_of_a_table_may_be_wkb(header: str, tmp_path: Path) -> None:
    square = shapely.box(0, 0, 1, 1)
    cells = [
        shapely.to_wkb(square, hex=True),
        base64.b64encode(shapely.to_wkb(shapely.box(1, 0, 2, 1))).decode(),
        "POLYGON Z ((2 0 5, 3 0 5, 3 1 5, 2 1 5, 2 0 5))",
    ]
    path = tmp_path / "d.csv"
    rows = "".join(f'{code},"{cell}"\n' for code, cell in zip("ABC", cells, strict=True))
    path.write_text(f"district,{header}\n{rows}", encoding="utf-8")
    shapes = read_layer(FileSpec(path)).districts.geometry
    assert shapes.iloc[0].equals(square)
    assert shapely.area(shapes.to_numpy()).tolist() == [1, 1, 1]


def test_the_srid_of_a_cell_is_its_crs(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    box = shapely.set_srid(shapely.box(341_000, 2_018_000, 342_000, 2_019_000), 32648)
    path.write_text(
        f"district,geom\nA,{shapely.to_wkb(box, hex=True, include_srid=True)}\n", encoding="utf-8"
    )
    west, south, *_ = read_layer(FileSpec(path)).districts.total_bounds
    assert (west, south) == pytest.approx((103.5, 18.25), abs=0.01)
    unknown = shapely.to_wkb(shapely.set_srid(box, 999_999), hex=True, include_srid=True)
    path.write_text(f"district,geom\nA,{unknown}\n", encoding="utf-8")
    with pytest.raises(InputError, match="no CRS has the code EPSG:999999"):
        read_layer(FileSpec(path))


HEADERS = {
    "in the first part": bytes.fromhex("010700000001000000"),
    "in the second part": bytes.fromhex("010700000002000000") + shapely.to_wkb(shapely.box(0, 0, 1, 1)),
    "big endian": bytes.fromhex("000000000700000001"),
    "EWKB": bytes.fromhex("0107000020E610000001000000"),
    "beside Z": bytes.fromhex("01EF03000002000000")
    + shapely.to_wkb(shapely.LineString([(0, 0, 1), (1, 1, 2)]), output_dimension=3, flavor="iso"),
    "with curves": bytes.fromhex("010C00000001000000"),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_collections_in_collections_beyond_reason_do_not_end_the_program(kind: str) -> None:
    # 100,000 levels would overflow the stack of GEOS.
    cells = [(HEADERS[kind] * levels + shapely.to_wkb(POINT)).hex() for levels in (101, 100_000)]
    assert read_cells(np.array(cells, dtype=object))[0].tolist() == [None, None]


@pytest.mark.parametrize(
    "kind", ["GEOMETRYCOLLECTION", "GeometryCollection Z ", "MULTISURFACE", "CURVEPOLYGON", "POLYGON"]
)
def test_brackets_in_brackets_beyond_reason_do_not_end_the_program(kind: str) -> None:
    cells = [f"{kind}(" * levels + "POINT (0 0)" + ")" * levels for levels in (101, 50_000)]
    assert read_cells(np.array(cells, dtype=object))[0].tolist() == [None, None]


def test_a_shape_of_many_parts_is_not_deep() -> None:
    squares = [
        shapely.box(x, 0, x + 0.5, 1).difference(shapely.box(x + 0.1, 0.1, x + 0.2, 0.2)) for x in range(120)
    ]
    lines = [shapely.LineString([(x, 0), (x, 1)]) for x in range(120)]
    shape = shapely.GeometryCollection(
        [shapely.MultiPolygon(squares), *lines, shapely.MultiPoint([(0, 0)] * 120)]
    )
    given = [shapely.to_wkt(shape), *(shapely.to_wkb(shape, byte_order=order).hex() for order in (0, 1))]
    assert all(found.equals(shape) for found in read_cells(np.array(given, dtype=object))[0])
