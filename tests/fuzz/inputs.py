"""Inputs that are nearly right: for each family of formats a sound file, changed where its structure is, or in its bytes."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
import sqlite3
import warnings
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import tomli_w
import xlwt

from ..conftest import LOCATIONS, SPENDING, TOY
from ..sources.iati_files import PLAIN

RASTER, ROADS, SPEEDS = "p.tif", "roads.gpkg", "speeds.csv"
"""Inputs that the plan does not name: of ``profile``, and of ``gaps --travel``."""
TEXTS = [
    "", " ", "NaN", "nan", "null", "None", "inf", "1e309", "-0", "0", "-1", "1.234,50", "1,234", "1 000", "=1+1", "9" * 400, "1e-400",
    "0x10", "٣", "A", "Alpha", "P", "X", "EUR", "XXX", "budget", "2010", "2010/11", "2012-13-45", "0000-00-00", "-0043-03-15",
    "99999-01-01", "true", "\x00", "\x1b[2J", "\u202e", "\ufeff", "ປາກຊັນ", "a" * 5000, "POINT (1 1)", "POINT (nan nan)", "POINT EMPTY",
    "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", "CIRCULARSTRING (0 0, 1 1, 2 0)", "GEOMETRYCOLLECTION EMPTY", "../x", "/vsicurl/http://127.0.0.1:9/x",
    "<a>", "&amp;", "]]>", "\"", "'", ";", "\n", "{year}", "%s", "$1",
]  # fmt: skip
VALUES: list[Any] = [
    *TEXTS,
    None,
    True,
    False,
    0,
    -1,
    10**30,
    1.5,
    -1e308,
    [],
    [1],
    ["A", None],
    {},
    {"a": {"b": [1]}},
    [[0, 0], [1, 1]],
]
"""What JSON and TOML can have where something else is expected."""
CELLS: list[Any] = [
    *(t for t in TEXTS if t.isprintable()),
    None,
    True,
    5,
    2.5,
    date(2012, 1, 1),
    datetime(9999, 12, 31),
    timedelta(1),
]


def mutated_bytes(data: bytes, random: Random) -> bytes:
    """Change, cut, double or insert bytes in a few places."""
    found = bytearray(data)
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(found) + 1) if found else 0
        size = random.choice((1, 1, 2, 4, 16, 200))
        match random.randrange(5):
            case 0:
                found[at : at + size] = random.randbytes(size)
            case 1:
                del found[at : at + size]
            case 2:
                found[at:at] = found[at : at + size]
            case 3:
                found[at : at + 4] = random.choice(
                    (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x01\x00\x00\x00")
                )
            case _:
                del found[at:]
                found += b"" if random.random() < 0.7 else random.randbytes(size)
    return bytes(found)


def mutated_tree(tree: Any, random: Random) -> Any:
    """Change, remove, double or rename parts of nested lists and objects."""
    tree = copy.deepcopy(tree)
    for _ in range(random.randint(1, 3)):
        places: list[tuple[Any, Any]] = []
        todo = [tree]
        while todo:
            node = todo.pop()
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            places += [(node, key) for key in keys]
            todo += [node[key] for key in keys if isinstance(node[key], dict | list)]
        if not places:
            break
        node, key = random.choice(places)
        match random.randrange(5):
            case 0 | 1:
                node[key] = copy.deepcopy(random.choice(VALUES))
            case 2:
                del node[key]
            case 3 if isinstance(node, list):
                node.append(copy.deepcopy(node[key]))
            case 3:
                node[random.choice(TEXTS)] = node[key]
            case _:
                other, from_key = random.choice(places)
                node[key] = (
                    copy.deepcopy(other[from_key])
                    if from_key in other or (isinstance(other, list) and from_key < len(other))
                    else None
                )
    return tree


_XML_PARTS = re.compile(r"<[^>]*>|[^<]+")


def mutated_xml(text: str, random: Random) -> str:
    """Change, remove, double or swap tags, attributes and texts."""
    parts = _XML_PARTS.findall(text)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(parts))
        match random.randrange(6):
            case 0:
                del parts[at]
            case 1:
                parts.insert(at, parts[random.randrange(len(parts))])
            case 2:
                parts[at] = re.sub(r'"[^"]*"', lambda _: f'"{random.choice(TEXTS)}"', parts[at], count=1)
            case 3 if not parts[at].startswith("<"):
                parts[at] = random.choice(TEXTS)
            case 4:
                parts[at:at] = parts[at : at + random.randint(1, 12)]
            case _:
                other = random.randrange(len(parts))
                parts[at], parts[other] = parts[other], parts[at]
        if not parts:
            return ""
    return "".join(parts)


def mutated_grid(rows: list[list[Any]], random: Random, values: list[Any]) -> list[list[Any]]:
    """Change cells, rows and columns of a table."""
    rows = copy.deepcopy(rows)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(rows)) if rows else 0
        match random.randrange(8):
            case 0 | 1 | 2 if rows and rows[at]:
                rows[at][random.randrange(len(rows[at]))] = random.choice(values)
            case 3 if rows:
                del rows[at]
            case 4 if rows:
                rows.insert(at, rows[random.randrange(len(rows))][:])
            case 5:
                column = random.randrange(8)
                for row in rows:
                    del row[column : column + 1]
            case 6 if rows:
                rows[0] = [
                    random.choice([cell, random.choice(values), rows[0][0] if rows[0] else ""])
                    for cell in rows[0]
                ]
            case _:
                rows.append([random.choice(values) for _ in range(random.randrange(12))])
    return rows


def _grid() -> list[list[Any]]:
    return [line.split(",") for line in SPENDING.splitlines()]


def _layer() -> gpd.GeoDataFrame:
    shapes = [shapely.box(x, 0, x + 1, 1) for x in range(3)]
    return gpd.GeoDataFrame(
        {"district": list("ABC"), "name": ["Alpha", "Beta", "Gamma"]}, geometry=shapes, crs=4326
    )


@cache
def _saved(suffix: str) -> dict[str, bytes]:
    """Return the files of a sound layer by suffix."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"d{suffix}"
        if suffix == ".parquet":
            _layer().to_parquet(path)
        elif suffix == ".kml":
            _layer().to_file(path, driver="LIBKML")
        else:
            _layer().to_file(path)
        return {part.suffix: part.read_bytes() for part in sorted(Path(folder).iterdir())}


def _zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _in_zip(data: bytes, random: Random, names: str) -> bytes:
    """Change the XML of one member of a zip, or the zip's bytes."""
    if random.random() < 0.3:
        return mutated_bytes(data, random)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = random.choice([name for name in sorted(members) if re.search(names, name)])
    members[name] = mutated_xml(members[name].decode(), random).encode("utf-8", "replace")
    if random.random() < 0.1:
        del members[random.choice(sorted(members))]
    return _zipped(members)


# --- families: each returns the files that replace those of the toy plan, and what of geoplan.toml changes ------------------

Made = tuple[dict[str, bytes], dict[str, dict[str, Any]]]


def _csv(random: Random) -> Made:
    name = random.choice(["spending", "locations", "districts", "profile", "projects"])
    if random.random() < 0.25:
        return {f"{name}.csv": mutated_bytes(TOY[f"{name}.csv"].encode(), random)}, {}
    rows = mutated_grid(list(csv.reader(io.StringIO(TOY[f"{name}.csv"]))), random, TEXTS)
    out = io.StringIO()
    csv.writer(
        out,
        delimiter=random.choice(",,,;\t|"),
        lineterminator=random.choice(["\n", "\r\n", "\r"]),
        escapechar="\\",
    ).writerows(rows)
    encoding = random.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"])
    return {f"{name}.csv": out.getvalue().encode(encoding, "replace")}, {}


def _xlsx(random: Random) -> Made:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    for row in mutated_grid(_grid(), random, CELLS) if random.random() < 0.5 else _grid():
        sheet.append([str(cell)[:100] if isinstance(cell, str) else cell for cell in row])
    if random.random() < 0.3:
        sheet.merge_cells(
            start_row=1, end_row=random.randint(1, 3), start_column=1, end_column=random.randint(2, 5)
        )
    if random.random() < 0.2:
        book.create_sheet("More").append(["x"])
    book.save(out)
    data = out.getvalue()
    if random.random() < 0.6:
        data = _in_zip(data, random, r"sheet1\.xml$|workbook\.xml$|styles|rels$|Types")
    return {"s.xlsx": data}, {"spending": {"file": "s.xlsx"}}


_ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def _ods(random: Random) -> Made:
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in _grid()
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/></manifest:manifest>'
    whole = _zipped(
        {
            "mimetype": mime.encode(),
            "content.xml": _ODS.format(rows=rows).encode(),
            "META-INF/manifest.xml": manifest.encode(),
        }
    )
    return {"s.ods": _in_zip(whole, random, r"xml$")}, {"spending": {"file": "s.ods"}}


def _xls(random: Random) -> Made:
    book, out = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("S")
    for row, cells in enumerate(_grid()):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    book.save(out)
    return {"s.xls": mutated_bytes(out.getvalue(), random)}, {"spending": {"file": "s.xls"}}


def _geojson(random: Random) -> Made:
    data = _saved(".geojson")[".geojson"]
    if random.random() < 0.25:
        data = mutated_bytes(data, random)
    else:
        data = json.dumps(mutated_tree(json.loads(data), random)).encode("utf-8", "replace")
    return {"d.geojson": data}, {"districts": {"file": "d.geojson"}}


def _gpkg(random: Random) -> Made:
    return {"d.gpkg": mutated_geopackage(_saved(".gpkg")[".gpkg"], random)}, {"districts": {"file": "d.gpkg"}}


def mutated_geopackage(data: bytes, random: Random) -> bytes:
    """Change the bytes of a GeoPackage, or its tables by SQL."""
    if random.random() < 0.4:
        return mutated_bytes(data, random)
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(data)
        tables = [
            name
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'rtree%' ORDER BY name"
            )
        ]
        database.execute("PRAGMA writable_schema = ON")
        table = random.choice(tables)
        columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
        for statement in random.sample(
            [
                f'UPDATE "{table}" SET "{random.choice(columns)}" = ?',
                f'DELETE FROM "{table}"',
                f'ALTER TABLE "{table}" ADD COLUMN "geom{random.randrange(3)}" BLOB',
                f'INSERT INTO "{table}" SELECT * FROM "{table}"',
            ],
            2,
        ):
            try:
                database.execute(
                    statement,
                    [random.choice([*TEXTS, b"\xff\x00", b"GP\x00\x01", 10**15])] if "?" in statement else [],
                )
            except sqlite3.Error:
                continue
        database.commit()
        return database.serialize()


def _shp(random: Random) -> Made:
    parts = dict(_saved(".shp"))
    part = random.choice(sorted(parts))
    if random.random() < 0.2:
        del parts[part]
    else:
        parts[part] = mutated_bytes(parts[part], random)
    return {f"d{suffix}": data for suffix, data in parts.items()}, {"districts": {"file": "d.shp"}}


def _fgb(random: Random) -> Made:
    return {"d.fgb": mutated_bytes(_saved(".fgb")[".fgb"], random)}, {"districts": {"file": "d.fgb"}}


def _kml(random: Random) -> Made:
    text = mutated_xml(_saved(".kml")[".kml"].decode(), random)
    return {"d.kml": text.encode("utf-8", "replace")}, {"districts": {"file": "d.kml"}}


def _zip(random: Random) -> Made:
    suffix = random.choice([".shp", ".geojson", ".gpkg", ".fgb"])
    prefix = random.choice(["", "a/", "../", "/", "C:\\", "ໂຟນເດີ/"])
    members = {
        f"{prefix}{random.choice(['d', 'd', 'e'])}{part}": data for part, data in _saved(suffix).items()
    }
    if random.random() < 0.4:
        name = random.choice(sorted(members))
        members[name] = mutated_bytes(members[name], random)
    data = _zipped(members)
    return {"d.zip": mutated_bytes(data, random) if random.random() < 0.5 else data}, {
        "districts": {"file": "d.zip"}
    }


def _parquet(random: Random) -> Made:
    out = io.BytesIO()
    if random.random() < 0.5:
        columns = {name: list(cells) for name, *cells in zip(*_grid(), strict=True)}
        odd: list[Any] = [
            pa.array([["a"], None, []]), pa.array([{"x": 1}, None, {"x": 2}]), pa.array([b"\xff", b"a", None]), pa.array([Decimal("1.5"), None, Decimal("2")]),
            pa.array([1, 2, None], pa.timestamp("s")), pa.array([-(10**12), 0, 1], pa.timestamp("s")), pa.array([1.5, float("nan"), float("inf")]),
            pa.array([True, None, False]), pa.array([1, 2, 3], pa.duration("s")), pa.array([None, None, None]), pa.array(["a", "b", "a"]).dictionary_encode(),
        ]  # fmt: skip
        names = [*columns]
        arrays = [pa.array(columns[name]) for name in names]
        for _ in range(random.randint(1, 3)):
            at = random.randrange(len(arrays))
            arrays[at] = random.choice(odd)
            if random.random() < 0.2:
                names[at] = random.choice([*names, *TEXTS])
        pq.write_table(pa.Table.from_arrays(arrays, names=names), out)
        data, section = out.getvalue(), "spending"
    else:
        table = pq.read_table(io.BytesIO(_saved(".parquet")[".parquet"]))
        about = json.loads(table.schema.metadata[b"geo"])
        text = json.dumps(mutated_tree(about, random)) if random.random() < 0.8 else random.choice(TEXTS)
        pq.write_table(table.replace_schema_metadata({"geo": text.encode("utf-8", "replace")}), out)
        data, section = out.getvalue(), "districts"
    return {"t.parquet": mutated_bytes(data, random) if random.random() < 0.3 else data}, {
        section: {"file": "t.parquet"}
    }


def _iati(random: Random) -> Made:
    data = mutated_xml(PLAIN, random).encode("utf-8", "replace")
    return {"a.xml": mutated_bytes(data, random) if random.random() < 0.2 else data}, {
        "sources": {"kind": "iati", "file": "a.xml"}
    }


_PROJECT = {
    "id": "oc4ids-1", "title": "Road", "status": "completion", "sector": ["transport"], "period": {"startDate": "2010-01-01T00:00:00Z", "endDate": "2012-01-01T00:00:00Z"},
    "locations": [{"id": "1", "description": "one", "geometry": {"type": "Point", "coordinates": [0.5, 0.5]}, "address": {"region": "North"}}],
    "budget": {"amount": {"amount": 100.5, "currency": "EUR"}, "approvalDate": "2010-01-01T00:00:00Z"},
    "completion": {"finalValue": {"amount": 90, "currency": "EUR"}, "endDate": "2012-01-01T00:00:00Z"},
    "contractingProcesses": [{"id": "c", "summary": {"transactions": [{"id": "t", "date": "2011-01-01T00:00:00Z", "value": {"amount": 5, "currency": "EUR"}}]}}],
}  # fmt: skip


def _oc4ids(random: Random) -> Made:
    tree = {
        "uri": "x",
        "publishedDate": "2020-01-01T00:00:00Z",
        "version": "0.9",
        "projects": [_PROJECT, {**_PROJECT, "id": "oc4ids-2"}],
    }
    data = json.dumps(mutated_tree(tree, random)).encode("utf-8", "replace")
    return {"o.json": mutated_bytes(data, random) if random.random() < 0.2 else data}, {
        "sources": {"kind": "oc4ids", "file": "o.json"}
    }


def _toml(random: Random) -> Made:
    tree = {
        "plan": {"title": "T", "currency": "EUR", "periods": ["2010-2012"], "notes": ["n"]},
        "districts": {"file": "districts.csv", "vintage": "2010", "columns": {"name": "name"}, "where": "district <> 'Z'", "bbox": [-1, -1, 9, 9], "crs": "EPSG:4326"},
        "profile": {"file": "profile.csv"}, "projects": {"file": "projects.csv"}, "locations": {"file": "locations.csv", "values": {"name": {"one": "two"}}},
        "spending": {"file": "spending.csv", "constant": {"component": "c"}, "decimal": ".", "totals": "refuse", "header": 1, "unit": 1, "negative": "accept"},
        "translations": {"fr": {"T": "U"}}, "map": {"water": {"file": "districts.csv", "name": "w"}, "basemap": ""},
        "rates": {"file": "profile.csv"}, "vintages": {"v": {"districts": "districts.csv"}},
    }  # fmt: skip
    for name in random.sample(["map", "rates", "vintages", "translations"], random.randint(0, 4)):
        del tree[name]
    changed = mutated_tree(tree, random)
    try:
        text = tomli_w.dumps(_without_none(changed)).encode("utf-8", "replace")
    except (TypeError, ValueError, OverflowError):
        text = tomli_w.dumps(tree).encode()
    return {"geoplan.toml": mutated_bytes(text, random) if random.random() < 0.2 else text}, {}


def _tif(random: Random) -> Made:
    """A raster of people over the districts: its grid, its cells and its tags, or its bytes."""
    import rasterio
    from rasterio.io import MemoryFile
    from rasterio.transform import Affine

    tells: dict[str, Any] = {
        "width": 6,
        "height": 2,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "nodata": -1,
    }
    step = [0.5, 0.0, 0.0, 0.0, -0.5, 1.0]
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        match random.randrange(7):
            case 0:
                tells["dtype"] = random.choice(
                    ["uint8", "int16", "int32", "uint32", "float64", "complex64", "int8"]
                )
                tells["nodata"] = random.choice([None, 0, 1])
            case 1:
                tells["crs"] = random.choice(
                    [None, "EPSG:32648", "EPSG:3857", "EPSG:4978", "EPSG:5773", "EPSG:27700"]
                )
            case 2:
                tells["count"] = random.choice([2, 3, 4])
            case 3:
                tells["compress"] = random.choice([None, "lzw", "packbits", "zstd", "jpeg"])
            case 4:
                tells["width"], tells["height"] = random.choice([(1, 1), (1, 12), (40, 1), (300, 200)])
            case _:
                step[random.randrange(6)] = random.choice(
                    [0.0, -0.5, 0.5, 1e-12, 1e12, 360.0, -180.0, float("nan"), float("inf"), 90.5]
                )
    cells = np.full((tells["count"], tells["height"], tells["width"]), 5.0)
    for _ in range(random.choice([0, 0, 0, 1, 2])):
        odd = random.choice([0.0, -1.0, -5.0, 1e-30, 1e38, float("nan"), float("inf"), -float("inf"), 0.4])
        cells.flat[random.randrange(cells.size)] = odd
    with warnings.catch_warnings(), np.errstate(all="ignore"), MemoryFile() as memory:
        warnings.simplefilter("ignore")
        try:
            with memory.open(driver="GTiff", transform=Affine(*step), **tells) as raster:
                raster.write(
                    np.nan_to_num(cells).astype(raster.dtypes[0])
                    if raster.dtypes[0][0] in "iu"
                    else cells.astype(raster.dtypes[0])
                )
                if random.random() < 0.2:
                    raster.scales = [random.choice([0.0, 2.0, -1.0, 1e300, float("nan")])] * raster.count
        except (rasterio.errors.RasterioError, ValueError):
            return _tif(random)
        data = bytes(memory.read())
    return {RASTER: mutated_bytes(data, random) if random.random() < 0.4 else data}, {}


_SPEEDS = "class,kmh,source,year\nmain,60,toy,2015\ntrack,20,toy,2015\nwalking,5,toy,2015\n"


@cache
def _saved_roads() -> bytes:
    import tempfile

    lines = [
        shapely.LineString([(0.2, 0.5), (1.5, 0.5), (2.8, 0.4)]),
        shapely.LineString([(1.5, 0.1), (1.5, 0.9)]),
    ]
    layer = gpd.GeoDataFrame({"highway": ["main", "track"], "name": ["one", None]}, geometry=lines, crs=4326)
    with tempfile.TemporaryDirectory() as folder:
        layer.to_file(Path(folder) / ROADS)
        return (Path(folder) / ROADS).read_bytes()


def _roads(random: Random) -> Made:
    if random.random() < 0.7:
        return {ROADS: mutated_geopackage(_saved_roads(), random), SPEEDS: _SPEEDS.encode()}, {}
    rows = mutated_grid([line.split(",") for line in _SPEEDS.splitlines()], random, TEXTS)
    out = io.StringIO()
    csv.writer(out, escapechar="\\").writerows(rows)
    return {ROADS: _saved_roads(), SPEEDS: out.getvalue().encode("utf-8", "replace")}, {}


_DECISIONS = [
    "A", "B", "Alpha", "A | B", "A 60 | B 40", "A 60 | B", "A 1e3 | B 40", "A 0 | B 100", "A | A", "A |", "|", "A 50% | B 50 %", "A 33,3 | B 66,7",
    "A -10 | B 110", "leave out", "province-wide", "outside", "unlocated", "A 100", 60, "A " + "9" * 300 + " | B 1", "A ٣٣ | B 67",
]  # fmt: skip


def _review(random: Random) -> Made:
    """A workbook with a planner's decisions about the names of the locations."""
    said = [random.choice(_DECISIONS if random.random() < 0.1 else _DECISIONS[:5]) for _ in range(3)]
    rows = [
        ["name", "province", "locations", "found", "candidates", "district"],
        ["North", None, 1, "no match", "A Alpha | B Beta", said[0]],
        ["Nowhere", "North", 1, "no match", None, said[1]],
        ["Elsewhere", None, 2, "no match", None, said[2]],
    ]
    if random.random() < 0.4:
        rows = mutated_grid(rows, random, [*CELLS, *_DECISIONS])
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([cell[:400] if isinstance(cell, str) else cell for cell in row])
    book.save(out)
    data = out.getvalue()
    if random.random() < 0.3:
        data = _in_zip(data, random, r"sheet1\.xml$|workbook\.xml$|styles|rels$|Types")
    names = "project,location,name,province\nP,1,Nowhere,North\nP,2,Elsewhere,\nQ,1,North,\n"
    return {"review.xlsx": data, "names.csv": names.encode()}, {
        "locations": {"file": "names.csv", "review": "review.xlsx"}
    }


def _without_none(tree: Any) -> Any:
    """TOML has no null."""
    if isinstance(tree, dict):
        return {str(key): _without_none(value) for key, value in tree.items() if value is not None}
    return [_without_none(value) for value in tree if value is not None] if isinstance(tree, list) else tree


FAMILIES: dict[str, Callable[[Random], Made]] = {
    "csv": _csv, "xlsx": _xlsx, "ods": _ods, "xls": _xls, "geojson": _geojson, "gpkg": _gpkg, "shp": _shp, "fgb": _fgb, "kml": _kml, "zip": _zip,
    "parquet": _parquet, "iati": _iati, "oc4ids": _oc4ids, "toml": _toml, "tif": _tif, "roads": _roads, "review": _review,
}  # fmt: skip


def write_input(family: str, seed: int, folder: Path) -> None:
    """Write a plan with one file of a family that is nearly right; the same seed writes the same bytes."""
    files, sections = FAMILIES[family](Random(f"{family} {seed}"))
    plan: dict[str, Any] = {
        name: {"file": f"{name}.csv"}
        for name in ("districts", "profile", "projects", "locations", "spending")
    }
    if "sources" in sections:
        plan["sources"] = [sections.pop("sources")]
    plan |= sections
    written = {**TOY, "locations.csv": LOCATIONS, "geoplan.toml": tomli_w.dumps(plan)}
    for name, data in {**written, **files}.items():
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def as_frame(outcomes: dict[tuple[str, str], int]) -> pd.DataFrame:
    """Return how often each family ended in what."""
    rows = [
        {"family": family, "outcome": outcome, "count": count}
        for (family, outcome), count in outcomes.items()
    ]
    return pd.DataFrame(rows).pivot_table(
        index="family", columns="outcome", values="count", fill_value=0, aggfunc="sum"
    )
