"""Bad files and bad targets of every kind: one clear error each, memory bounded, nothing written, what was there intact.

Each is built on the spot; what would take all memory is read in a process of its own that cannot have it. That every
command and format keeps to this where it writes is in ``tests/test_targets.py``.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from random import Random

import geopandas as gpd
import openpyxl
import pyarrow.parquet as pq
import pytest
import shapely
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.errors import InputError
from geoplan.model.schema import DISTRICTS as DISTRICTS_TABLE
from geoplan.model.schema import SPENDING as SPENDING_TABLE
from geoplan.sources import read
from geoplan.sources.layer_list import list_layers
from geoplan.sources.raw_table import FileSpec

from ..conftest import LOCATIONS, SPENDING, TOML, WritePlan, file_limit
from ..programs import run_program
from ..sources.test_tables import WORKBOOKS

MEMORY = 3 * 1024**3  # of addresses; libraries alone map about one of these
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HTML = b"<!DOCTYPE html><html><body>404 Not found</body></html>"
KML = '<?xml version="1.0"?>{doctype}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>{name}</name><Point><coordinates>0.5,0.5</coordinates></Point></Placemark></Document></kml>'
_LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
BOMB_KML = KML.format(doctype=f"<!DOCTYPE kml [{_LAUGHS}]>", name="&a11;").encode()
EXTERNAL_KML = KML.format(
    doctype='<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/hostname">]>', name="&x;"
).encode()
IATI = '<?xml version="1.0"?>{doctype}<iati-activities version="2.03"><iati-activity><iati-identifier>{name}</iati-identifier></iati-activity></iati-activities>'
BOMB_IATI = IATI.format(doctype=f"<!DOCTYPE iati-activities [{_LAUGHS}]>", name="&a11;").encode()
EXTERNAL_IATI = IATI.format(
    doctype='<!DOCTYPE iati-activities [<!ENTITY x SYSTEM "file:///etc/hostname">]>', name="&x;"
).encode()
ODS = """<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>
<office:spreadsheet><table:table table:name="S"><table:table-row table:number-rows-repeated="1000000">
<table:table-cell table:number-columns-repeated="90" office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>
</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"""


def squares() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"district": ["A"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)


def saved(suffix: str, folder: Path) -> bytes:
    path = folder / f"whole{suffix}"
    squares().to_parquet(path) if suffix == ".parquet" else squares().to_file(path)
    return path.read_bytes()


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for line in SPENDING.splitlines():
        book.active.append(line.split(","))
    book.save(out)
    return out.getvalue()


def doctored(old: bytes, new: bytes) -> bytes:
    """Return a workbook with something in its first sheet changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as whole, zipfile.ZipFile(out, "w") as packed:
        for name in whole.namelist():
            data = whole.read(name)
            assert old in data or "sheet1" not in name
            packed.writestr(name, data.replace(old, new) if "sheet1" in name else data)
    return out.getvalue()


def old_workbook(folder: Path) -> bytes:
    WORKBOOKS[".xls"](folder / "whole.xls", [line.split(",") for line in SPENDING.splitlines()])
    return (folder / "whole.xls").read_bytes()


def sectors_in_a_circle(folder: Path) -> bytes:
    """Return an old workbook whose directory comes after itself."""
    data = bytearray(old_workbook(folder))
    (table,), (directory,) = (struct.unpack_from("<I", data, at) for at in (76, 48))
    struct.pack_into("<I", data, (table + 1) * 512 + 4 * directory, directory)
    return bytes(data)


def far_cell(folder: Path) -> bytes:
    """Return an old workbook whose last cell is as far away as its record can say."""
    data = bytearray(old_workbook(folder))
    struct.pack_into("<HH", data, data.rindex(b"\xfd\x00\x0a\x00") + 4, 0xFFFF, 0xFFFF)
    return bytes(data)


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return out.getvalue()


def nameless() -> bytes:
    """Return an archive with a member that has no name, as damage can leave one."""
    out, member = io.BytesIO(), zipfile.ZipInfo("a")
    member.filename = ""
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(member, b"a")
    return out.getvalue()


def zeros(name: str, size: int) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open(name, "w", force_zip64=True) as file,
    ):
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
    return out.getvalue()


def nested_parquet(folder: Path) -> bytes:
    """Return GeoParquet whose metadata has no end that a reader by recursion reaches."""
    table = pq.read_table(io.BytesIO(saved(".parquet", folder)))
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({b"geo": b"[" * 100_000}), out)
    return out.getvalue()


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


# name of the case: table, file, what it holds (given a folder to build in), what the message must say
# (what is there instead of a file: a folder, nothing, or, for None, a pipe)
Build = Callable[[Path], bytes | Path | None]
CASES: dict[str, tuple[str, str, Build, str]] = {
    "truncated GeoPackage": ("districts", "d.gpkg", lambda at: half(saved(".gpkg", at)), "d.gpkg"),
    "truncated FlatGeobuf": ("districts", "d.fgb", lambda at: saved(".fgb", at)[:200], "d.fgb"),
    "truncated GeoJSON": ("districts", "d.geojson", lambda at: half(saved(".geojson", at)), "the layer cannot be read"),
    "truncated parquet": ("districts", "d.parquet", lambda at: half(saved(".parquet", at)), "not a readable Parquet file"),
    "parquet of garbage": ("districts", "d.parquet", lambda at: b"PAR1" + bytes(64) + b"PAR1", "not a readable Parquet file"),
    "truncated KML": ("locations", "l.kml", lambda at: half(KML.format(doctype="", name="P").encode()), "not well-formed XML"),
    "truncated zip": ("districts", "d.zip", lambda at: half(archive(d_dot_geojson=saved(".geojson", at))), "not a readable zip archive"),
    "truncated workbook": ("spending", "s.xlsx", lambda at: half(workbook()), "readable workbook"),
    "truncated ODS": ("spending", "s.ods", lambda at: half(archive(content_dot_xml=ODS.encode())), "readable workbook"),
    "truncated XLS": ("spending", "s.xls", lambda at: OLE + bytes(600), "readable workbook"),
    "XLS bomb of sectors in a circle": ("spending", "s.xls", sectors_in_a_circle, "form a loop"),
    "XLS bomb of one far cell": ("spending", "s.xls", far_cell, "outside a sheet"),
    "zip with a member without a name": ("districts", "d.zip", lambda at: nameless(), "has no vector layer"),
    "zip without a layer": ("districts", "d.zip", lambda at: archive(readme_dot_txt=b"hello"), "has no vector layer"),
    "zip bomb": ("districts", "d.zip", lambda at: zeros("d.geojson", 200 << 20), "unpacks from"),
    "zip bomb as a workbook": ("spending", "s.xlsx", lambda at: zeros("xl/workbook.xml", 200 << 20), "unpacks from"),
    "zip bomb as KMZ": ("locations", "l.kmz", lambda at: zeros("doc.kml", 200 << 20), "unpacks from"),
    "ODS of repeated cells": ("spending", "s.ods", lambda at: archive(content_dot_xml=ODS.encode()), "90,000,000 cells"),
    "cell of a workbook in a row of a million million": ("spending", "s.xlsx", lambda at: doctored(b'r="2"', b'r="1000000000000"'), "outside the rows and columns of a sheet"),
    "cell of a workbook in a column of a million": ("spending", "s.xlsx", lambda at: doctored(b'r="A2"', b'r="ZZZZZZ2"'), "outside the rows and columns of a sheet"),
    "entity bomb in a workbook": ("spending", "s.xlsx", lambda at: doctored(b"<worksheet", f"<!DOCTYPE w [{_LAUGHS}]><worksheet".encode()), "declares a document type"),
    "entity bomb in an ODS": ("spending", "s.ods", lambda at: archive(content_dot_xml=f"<!DOCTYPE w [{_LAUGHS}]><w>&a11;</w>".encode()), "declares a document type"),
    "workbook with damaged bytes": ("spending", "s.xlsx", lambda at: doctored(b"roads", b"roads").replace(b"roads", b"roadz"), "readable workbook"),
    "ODS with damaged bytes": ("spending", "s.ods", lambda at: archive(content_dot_xml=ODS.encode()).replace(b"\xcd", b"\xce"), "readable workbook"),
    "entity bomb in IATI": ("source", "i.xml", lambda at: BOMB_IATI, "DOCTYPE"),
    "external entity in IATI": ("source", "i.xml", lambda at: EXTERNAL_IATI, "DOCTYPE"),
    "entity bomb in KML": ("locations", "l.kml", lambda at: BOMB_KML, "has a DOCTYPE"),
    "entity bomb in KMZ": ("locations", "l.kmz", lambda at: archive(doc_dot_kml=BOMB_KML), "has a DOCTYPE"),
    "external entity in KML": ("locations", "l.kml", lambda at: EXTERNAL_KML, "has a DOCTYPE"),
    "line of ten million columns": ("spending", "s.csv", lambda at: b"," * 10_000_000, "10,000,001 columns"),
    "NUL bytes in CSV": ("spending", "s.csv", lambda at: SPENDING.encode().replace(b"roads", b"ro\0ds"), "has NUL bytes"),
    "NUL bytes in GeoJSON": ("districts", "d.geojson", lambda at: bytes(100), "the file is empty"),
    "GeoPackage that is HTML": ("districts", "d.gpkg", lambda at: HTML, "it is a web page"),
    "Shapefile that is HTML": ("districts", "d.shp", lambda at: HTML, "it is a web page"),
    "workbook that is HTML": ("spending", "s.xlsx", lambda at: HTML, "web page, not a workbook as its name says"),
    "CSV that is HTML": ("spending", "s.csv", lambda at: HTML, "is a web page or XML, not a table"),
    "Shapefile without its parts": ("districts", "d.shp", lambda at: bytes(100), "d.shp"),
    "pointer of Git LFS": ("districts", "d.geojson", lambda at: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "pointer of Git LFS"),
    "empty file": ("districts", "d.gpkg", lambda at: b"", "d.gpkg"),
    "empty CSV": ("spending", "s.csv", lambda at: b"", "the file is empty"),
    "empty workbook": ("spending", "s.xlsx", lambda at: b"", "the file is empty"),
    "empty Parquet": ("districts", "d.parquet", lambda at: b"", "not a readable Parquet file"),
    "only a header": ("spending", "s.csv", lambda at: SPENDING.encode().splitlines()[0], "there is a header but no record"),
    "only a byte order mark": ("spending", "s.csv", lambda at: b"\xef\xbb\xbf\n", "the file is empty"),
    "CSV that is a workbook": ("spending", "s.csv", lambda at: workbook(), "an Excel workbook"),
    "CSV that is a PDF": ("spending", "s.csv", lambda at: b"%PDF-1.4", "a PDF"),
    "CSV that is gzipped": ("spending", "s.csv", lambda at: gzip.compress(SPENDING.encode()), "a gzip archive"),
    "CSV with an open quotation mark": ("spending", "s.csv", lambda at: SPENDING.encode().replace(b"roads", b'"roads'), "opened and not closed"),
    "workbook that is a CSV": ("spending", "s.xlsx", lambda at: SPENDING.encode(), "is text, not a workbook"),
    "XLS that is an XLSX": ("spending", "s.xls", lambda at: workbook(), "newer workbook"),
    "XLS that is HTML": ("spending", "s.xls", lambda at: HTML, "web page, not a workbook as its name says"),
    "XLSX that is an XLS": ("spending", "s.xlsx", lambda at: OLE + bytes(600), "old Excel workbook"),
    "XLSX that is a document": ("spending", "s.xlsx", lambda at: archive(word__document_dot_xml=b"<a/>"), "readable workbook"),
    "workbook with a password": ("spending", "s.xlsx", lambda at: OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
    "folder for a table": ("spending", "s.csv", lambda at: at, "is a folder, not a file"),
    "folder for a layer": ("districts", "d.gpkg", lambda at: at, "is a folder, not a file"),
    "folder without Parquet": ("districts", "d.parquet", lambda at: at, "has no Parquet file"),
    "pipe for a table": ("spending", "s.csv", lambda at: None, "a device or a pipe"),
    "pipe for a layer": ("districts", "d.geojson", lambda at: None, "a device or a pipe"),
    "pipe for Parquet": ("districts", "d.parquet", lambda at: None, "a device or a pipe"),
    "link in a circle": ("districts", "d.geojson", lambda at: Path("d.geojson"), "file not found"),
    "GeoParquet nested without end": ("districts", "d.parquet", nested_parquet, "not a readable Parquet file"),
    "NUL bytes in a file with spaces and Lao letters": ("spending", "ລາຍ ຈ່າຍ 2012.csv", lambda at: SPENDING.encode().replace(b"roads", b"ro\0ds"), "has NUL bytes"),
    "truncated file with a leading dash": ("districts", "-d.gpkg", lambda at: half(saved(".gpkg", at)), "cannot be read"),
    "no file": ("locations", "l.csv", lambda at: Path("nowhere"), "file not found"),
}  # fmt: skip

FLOODS = {"bomb", "repeated", "million"}
"""Words of cases that would take all memory; they are read in a process that cannot have it."""


def put(made: bytes | Path | None, path: Path) -> None:
    """Put what a case made in its place."""
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif made is not None and made.is_dir():
        path.mkdir()
    elif made is not None and made.name == path.name:
        path.symlink_to(path)
    elif made is None:
        if not hasattr(os, "mkfifo"):
            pytest.skip("there are no pipes with names here")
        os.mkfifo(path)


def run_here(arguments: list[str]) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stderr


def run_bounded(arguments: list[str], folder: Path) -> tuple[int, str]:
    done = run_program(arguments, folder, MEMORY)
    return done.returncode, done.stderr


@contextmanager
def no_room(target: Path) -> Iterator[None]:
    with file_limit(100):
        yield


@contextmanager
def without_rights(path: Path) -> Iterator[None]:
    """Be somebody without special rights, and take the right to write away from a path."""
    if not hasattr(os, "setresuid"):
        pytest.skip("rights are otherwise here")
    path.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        if root:
            os.setresuid(0, 0, 0)
        path.chmod(0o755)


@contextmanager
def in_use(target: Path) -> Iterator[None]:
    """Hold the target as only Windows can; elsewhere nobody may lock a file against a rename."""
    if os.name != "nt":
        pytest.skip("files are not locked here")
    with target.open("r+b"):
        yield


# name of the case: what is done to a target while it is written, and what the message must say
Arrange = Callable[[Path], AbstractContextManager[None]]
TARGETS: dict[str, tuple[Arrange, str]] = {
    "full disk while writing": (no_room, "cannot be written"),
    "read-only target": (without_rights, "write-protected"),
    "read-only folder": (
        lambda target: without_rights(target.parent),
        "cannot be written (Permission denied)",
    ),
    "locked target": (in_use, "cannot be written"),
}


@pytest.mark.parametrize("case", [*CASES, *TARGETS])
def test_each_ends_in_one_clear_error(case: str, write_plan: WritePlan, tmp_path: Path) -> None:
    if case in CASES:
        check_bad_file(case, write_plan, tmp_path)
    else:
        check_bad_target(case, write_plan)


def check_bad_target(case: str, write_plan: WritePlan) -> None:
    arrange, said = TARGETS[case]
    # Not in pytest's own folder, which nobody else may look into.
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        plan = shutil.copytree(write_plan(), Path(place) / "plan")
        target = Path(place) / "ຜົນ out" / "-ledger 1.csv"
        target.parent.mkdir()
        assert run_here(["ledger", str(plan), "-o", str(target)])[0] == 0
        (target.parent / f"{target.name}.manifest.json").unlink()
        target.write_text("precious")
        target.chmod(0o666)
        with arrange(target):
            code, said_all = run_here(["ledger", str(plan), "-o", str(target)])
        assert code == 2, said_all
        assert said in said_all
        assert target.name in said_all
        assert "Traceback" not in said_all
        assert [path.name for path in target.parent.iterdir()] == [target.name]
        assert target.read_text() == "precious"


def check_bad_file(case: str, write_plan: WritePlan, tmp_path: Path) -> None:
    table, name, build, said = CASES[case]
    folder = write_plan(toml=TOML.replace(f'"{table}.csv"', f'"{name}"'))
    building = tmp_path / "building"
    building.mkdir()
    put(build(building), folder / name)
    out = tmp_path / "out"
    out.mkdir()
    (out / "ledger.csv").write_text("precious")
    arguments = ["ledger", str(folder), "-o", str(out / "ledger.csv")]
    if table == "source":
        arguments += ["--source", f"iati:{folder / name}"]
    code, said_all = run_bounded(arguments, out) if FLOODS & set(case.split()) else run_here(arguments)
    assert code == 1, said_all[-2000:]
    assert said in said_all
    assert name in said_all
    assert "→" in said_all
    assert "Traceback" not in said_all
    assert [path.name for path in out.iterdir()] == ["ledger.csv"]
    assert (out / "ledger.csv").read_text() == "precious"


def test_layers_of_a_file_that_complains_in_bytes_are_refused(tmp_path: Path) -> None:
    """What SQLite quotes of a damaged file need not be text; asked for by itself, fiona falls over it."""
    (tmp_path / "d.gpkg").write_bytes(saved(".gpkg", tmp_path).replace(b"CREATE TABLE", b"CREATE TA\xa0LE"))
    code, said_all = run_bounded(["layers", str(tmp_path / "d.gpkg")], tmp_path)
    assert (code, "d.gpkg: some text in the file is not UTF-8" in said_all) == (1, True)


@pytest.mark.parametrize("name", ["with spaces", "ແຜນການ ບໍລິຄຳໄຊ", "-o"])
def test_a_path_of_any_kind_is_read(name: str, write_plan: WritePlan, tmp_path: Path) -> None:
    """A file may be called anything: read from within its folder, where its name is all there is of its path."""
    folder = write_plan(
        toml=TOML.replace('"districts.csv"', f'"{name}.zip"').replace('"locations.csv"', f'"{name}.csv"')
    )
    (folder / f"{name}.csv").write_text(LOCATIONS)
    layer = gpd.GeoDataFrame(
        {"district": ["A", "B", "C"]}, geometry=[shapely.box(x, 0, x + 1, 1) for x in range(3)], crs=4326
    )
    layer.to_file(tmp_path / "d.gpkg")
    with zipfile.ZipFile(folder / f"{name}.zip", "w") as packed:
        packed.write(tmp_path / "d.gpkg", f"{name}.gpkg")
    folder.rename(tmp_path / name)
    done = run_program(["check", "."], tmp_path / name)
    assert done.returncode == 0, done.stderr
    assert "3 districts" in done.stdout


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names of files are text here")
def test_a_file_whose_name_is_no_text_is_read(write_plan: WritePlan) -> None:
    folder = write_plan()
    path = folder / os.fsdecode(b"a\xff.csv")
    (folder / "districts.csv").rename(path)
    tables = [f"--{name}={folder / name}.csv" for name in ("locations", "spending")]
    for arguments in (["layers", str(path)], ["ledger", f"--districts={path}", *tables]):
        assert run_here(arguments)[0] == 0, arguments


DAMAGED = (".gpkg", ".fgb", ".geojson", ".parquet", ".zip", ".xlsx", ".xls", ".ods", ".csv")


@pytest.mark.parametrize("suffix", DAMAGED)
def test_a_damaged_file_is_read_or_refused(suffix: str, tmp_path: Path) -> None:
    """Bytes changed, cut off or left out at random, the same ones each time: whatever a library makes of them."""
    whole = whole_file(suffix, tmp_path)
    chance = Random(suffix)
    table = SPENDING_TABLE if suffix in (".xlsx", ".xls", ".ods", ".csv") else DISTRICTS_TABLE
    refused = 0
    for _ in range(12):
        data, at = bytearray(whole), chance.randrange(len(whole))
        data[at : at + chance.choice((1, 8, 60))] = chance.randbytes(chance.choice((0, 1, 8)))
        (tmp_path / f"damaged{suffix}").write_bytes(
            data[: chance.choice((len(data), chance.randrange(len(data))))]
        )
        found = read(FileSpec(tmp_path / f"damaged{suffix}"), table)
        refused += bool(found.problems)
        assert all(str(problem).startswith("damaged") for problem in found.problems)
        with suppress(InputError):
            list_layers(tmp_path / f"damaged{suffix}")
    assert refused


def whole_file(suffix: str, folder: Path) -> bytes:
    """Make a file of a format that is as it should be."""
    if suffix == ".csv":
        return SPENDING.encode()
    if suffix == ".zip":
        return archive(d_dot_geojson=saved(".geojson", folder))
    rows = [line.split(",") for line in SPENDING.splitlines()]
    if suffix in WORKBOOKS:
        WORKBOOKS[suffix](folder / f"whole{suffix}", rows)
        return (folder / f"whole{suffix}").read_bytes()
    return saved(suffix, folder)
