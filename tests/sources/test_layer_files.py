"""Only documented formats are opened, by their own driver, and no file makes GDAL open another file or an address."""

from __future__ import annotations

import http.server
import json
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.errors import InputError
from geoplan.model.watched_inputs import parts_of
from geoplan.sources.layer_list import list_layers, list_readable_layers
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.vector import gdal_session
from geoplan.sources.vector.layer_files import FORMATS, open_layer_file
from geoplan.sources.vector.vector_layers import read_vector

POINT = {"type": "Feature", "properties": {"own": 1}, "geometry": {"type": "Point", "coordinates": [3, 4]}}
KML = '<?xml version="1.0"?>{before}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{inside}<Placemark><name>own</name><Point><coordinates>3,4</coordinates></Point></Placemark></Document></kml>'
VRT = '<OGRVRTDataSource><OGRVRTLayer name="other"><SrcDataSource relativeToVRT="1">other.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Write a layer that none of the tests' files may open."""
    path = tmp_path / "other.geojson"
    gpd.GeoDataFrame({"secret": ["S"]}, geometry=[shapely.Point(1, 2)], crs=4326).to_file(path)
    return path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """Serve on loopback, and list what is asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}", asked
        found.shutdown()


def pipeline(**more: object) -> str:
    """Return JSON that GDAL runs as a pipeline of its own commands when it may choose the driver."""
    return json.dumps(
        {"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read other.geojson", **more}
    )


NOT_WHAT_THEY_SAY: dict[str, tuple[str, str]] = {
    **{f"VRT as {suffix}": (f"d{suffix}", VRT) for suffix in FORMATS if suffix != ".kmz"},
    "pipeline as .geojson": ("d.geojson", pipeline()),
    "pipeline as .json with features": ("d.json", pipeline(features=[POINT])),
    "WFS as .kml": ("d.kml", "<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs?</URL></OGRWFSDataSource>"),
    "VRT in a comment of KML": ("d.kml", KML.format(before=f"<!-- {VRT} -->", inside="")),
    "VRT within KML": ("d.kml", KML.format(before="", inside=VRT)),
    "KML with a DOCTYPE": ("d.kml", KML.format(before='<!DOCTYPE kml SYSTEM "other.dtd">', inside="")),
    "KML cut off": ("d.kml", KML.format(before="", inside="")[:-8]),
    "lines of JSON": ("d.geojson", "\n".join(json.dumps(POINT) for _ in range(2))),
    "a list": ("d.json", "[]"),
    "empty": ("d.fgb", ""),
    "another format": ("d.gml", "<gml/>"),
    "no ending": ("districts", json.dumps(POINT)),
}


@pytest.mark.parametrize("case", NOT_WHAT_THEY_SAY)
@pytest.mark.parametrize("zipped", [False, True], ids=["file", "zip"])
def test_content_that_is_not_what_the_ending_says_is_refused(
    case: str, zipped: bool, tmp_path: Path, other: Path
) -> None:
    name, text = NOT_WHAT_THEY_SAY[case]
    path = tmp_path / name
    path.write_text(text)
    if zipped:
        path = tmp_path / "d.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(tmp_path / name, name)
            archive.write(other, "folder/notes.txt")
    for opened in (lambda: read_vector(FileSpec(path)), lambda: list_layers(path)):
        with pytest.raises(InputError) as caught:
            opened()
        (problem,) = caught.value.problems
        assert "→ " in str(problem)
        assert "secret" not in str(problem)


def test_an_address_as_crs_is_not_fetched(server: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = server
    for name, link in {"link": {"href": address}, "url": {"url": address}}.items():
        path = tmp_path / f"{name}.geojson"
        crs = {"type": name, "properties": link}
        path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [POINT]}))
        with pytest.raises(InputError, match="gives its CRS as a link"):
            read_vector(FileSpec(path))
    # In escapes, and deep in the file, it is the same; and while geoplan uses GDAL, the network is off.
    hidden = tmp_path / "hidden.geojson"
    geometry = {**POINT["geometry"], "c\u0072s": {"properties": {"href": address}, "type": "link"}}  # type: ignore[dict-item]
    text = json.dumps({"type": "FeatureCollection", "features": [{**POINT, "geometry": geometry}]})
    hidden.write_text(text.replace('"crs"', '"\\u0063rs"'))
    for reading in (lambda: read_vector(FileSpec(hidden)), lambda: list_layers(hidden)):
        with pytest.raises(InputError, match="gives its CRS as a link"):
            reading()
    with gdal_session.gdal_session():
        assert len(pyogrio.read_dataframe(hidden)) == 1
    assert asked == []
    # Afterwards GDAL's options are as before.
    assert {pyogrio.get_gdal_config_option(name) for name in gdal_session.OFFLINE} == {None}
    # The same file makes GDAL ask when nothing stops it. In a process of its own: GDAL keeps Python's lock while
    # it waits, so that a server in the same process could not answer.
    code = "import sys, pyogrio; pyogrio.read_dataframe(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(hidden)], check=True, capture_output=True)
    assert asked == ["/"]


def test_kml_with_links_stays_one_file(server: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = server
    inside = f"<NetworkLink><Link><href>{address}/more.kml</href></Link></NetworkLink><Placemark><styleUrl>{address}/s.kml#s</styleUrl></Placemark>"
    path = tmp_path / "d.kml"
    path.write_text(KML.format(before="", inside=inside))
    assert "own" in set(read_vector(FileSpec(path)).table["Name"])
    assert asked == []


def test_virtual_tables_of_a_geopackage_are_refused_and_its_index_is_not(tmp_path: Path) -> None:
    path = tmp_path / "d.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=4326).to_file(path)
    assert len(read_vector(FileSpec(path)).table) == 1
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA writable_schema = ON")
        statement = "CREATE VIRTUAL TABLE x USING VirtualOGR('other.geojson')"
        database.execute("INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 0, ?)", [statement])
    database.close()
    with pytest.raises(InputError, match=r"virtual tables.*'x'"):
        read_vector(FileSpec(path))


def test_a_shapefile_in_a_zip_is_unpacked_with_its_parts_and_nothing_else(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"name": ["ປາກຊັນ"]}, geometry=[shapely.Point(3, 4)], crs=4326).to_file(
        tmp_path / "d.shp", encoding="UTF-8"
    )
    packed = tmp_path / "d.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in parts_of(tmp_path / "d.shp"):
            archive.write(part, f"../../up/D{part.suffix.upper()}")
        archive.writestr("../../up/notes.txt", "no part of it")
    with open_layer_file(packed) as found:
        folder = found.path.parent
        assert sorted(part.suffix for part in folder.iterdir()) == [".cpg", ".dbf", ".prj", ".shp", ".shx"]
    assert not folder.exists()
    assert read_vector(FileSpec(packed)).table["name"].tolist() == ["ປາກຊັນ"]


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "shp", "geojson", "parquet"])
def test_a_crs_that_names_other_files_is_refused(suffix: str, tmp_path: Path) -> None:
    crs = f"+proj=longlat +ellps=clrk66 +nadgrids=@null,{tmp_path}/shifts.gsb +type=crs"
    path = tmp_path / f"d.{suffix}"
    layer = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=crs)
    if suffix == "parquet":
        layer.to_parquet(path)
    elif suffix == "geojson":
        named = {"type": "name", "properties": {"name": crs}}
        path.write_text(json.dumps({"type": "FeatureCollection", "crs": named, "features": [POINT]}))
    else:
        layer.to_file(path)
    with pytest.raises(InputError, match=r"column 'crs': the CRS names other files.*'/"):
        read_vector(FileSpec(path))
    if suffix != "parquet":  # whose CRS is not listed
        with pytest.raises(InputError, match="names other files"):
            list_layers(path)


@pytest.mark.parametrize(
    "crs",
    ["+proj=longlat +geoidgrids={}/g.gtx +datum=WGS84 +type=crs", "+init={}/init:4326", "+init=~/init:4326"],
)
def test_a_crs_of_a_plan_names_no_files_either(crs: str, tmp_path: Path) -> None:
    path = tmp_path / "d.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [POINT]}))
    with pytest.raises(InputError, match="names other files"):
        read_vector(FileSpec(path, crs=crs.format(tmp_path)))
    named = {"type": "name", "properties": {"name": crs.format(tmp_path)}}
    text = json.dumps({"type": "FeatureCollection", "crs": named, "features": [POINT]})
    path.write_text(text.replace("/", "\\/"))
    with pytest.raises(InputError, match="names other files"):
        read_vector(FileSpec(path))


def test_a_crs_with_grids_of_proj_itself_is_read_if_they_are_there(tmp_path: Path) -> None:
    path = tmp_path / "d.gpkg"
    points = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(100_000, 0)], crs="EPSG:3857")
    points.to_file(path)
    sphere = "+proj=merc +a=6378137 +b=6378137 +units=m +nadgrids={} +wktext +type=crs"
    read = read_vector(FileSpec(path, crs=sphere.format("@null"))).table
    assert read["geometry"][0].x == pytest.approx(0.898315, abs=1e-6)
    with pytest.raises(InputError, match="its CRS cannot be converted to degrees"):
        read_vector(FileSpec(path, crs=sphere.format("no_such_grid.gsb")))


def damaged(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d.geojson", json.dumps({"type": "FeatureCollection", "features": [POINT] * 50}))
    data = bytearray(path.read_bytes())
    data[60:80] = bytes(20)
    path.write_bytes(data)


def with_password(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("d.geojson", json.dumps(POINT))
    data = bytearray(path.read_bytes())
    for start, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(start) + at] |= 1
    path.write_bytes(data)


@pytest.mark.parametrize("write", [damaged, with_password])
def test_a_member_that_cannot_be_unpacked_is_named(write: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    write(path)
    with pytest.raises(InputError, match=r"'d.geojson' in the archive cannot be unpacked"):
        read_vector(FileSpec(path))


def test_topology_and_collection_are_told_apart_by_what_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text(
        "\ufeff"
        + json.dumps(
            {"type": "FeatureCollection", "features": [{**POINT, "properties": {"type": "Topology"}}]}
        )
    )
    assert read_vector(FileSpec(path)).table["type"].tolist() == ["Topology"]
    shape = {"type": "Point", "coordinates": [3, 4], "properties": {"type": "Feature"}}
    objects = {"a": {"type": "GeometryCollection", "geometries": [shape]}}
    path.write_text(json.dumps({"type": "Topology", "objects": objects, "arcs": []}))
    assert read_vector(FileSpec(path)).table["type"].tolist() == ["Feature"]
    path.write_text(json.dumps({"arcs": [], "filler": "x" * 70_000, "objects": objects, "type": "Topology"}))
    assert list_layers(path)["layer"].tolist() == ["a"]


def test_a_topology_without_some_of_its_borders_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.topojson"
    arcs = [[[1, 1], [0, 1], [0, 0], [1, 0]], [[1, 0], [1, 1]]]
    shape = {"type": "Polygon", "arcs": [[0, 1]], "properties": {"district": "A"}}
    for other, missing in (([[0, -2]], None), ([[0, -4]], "-4"), ([[0, 2]], "2")):
        shapes = [shape, {"type": "MultiPolygon", "arcs": [other], "properties": {"district": "B"}}]
        objects = {"d": {"type": "GeometryCollection", "geometries": shapes}}
        path.write_text(json.dumps({"type": "Topology", "objects": objects, "arcs": arcs}))
        if missing is None:
            assert len(read_vector(FileSpec(path)).table) == 2
            continue
        with pytest.raises(
            InputError, match=f"borders .arcs. that the file does not have; it has 2: '{missing}'"
        ):
            read_vector(FileSpec(path))


def test_layers_on_the_command_line_refuses_with_one_error(tmp_path: Path, other: Path) -> None:
    path = tmp_path / "d.gpkg"
    path.write_text(VRT)
    result = CliRunner().invoke(app, ["layers", str(path)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the content is not what the ending .gpkg says" in result.stderr


def write_named(path: Path, crs: object, key: str = '"crs"', at: tuple[float, float] = (3, 4)) -> Path:
    """Write GeoJSON with a CRS after its features, where the start of a large file does not show it."""
    feature = {**POINT, "geometry": {"type": "Point", "coordinates": at}}
    start = json.dumps({"type": "FeatureCollection", "about": "x" * 70_000, "features": [feature]})
    path.write_text(f"{start[:-1]}, {key}: {json.dumps(crs)}}}")
    return path


@pytest.mark.parametrize(
    "key", ['"crs"', '"CRS"', r'"\u0063rs"', r'"c\u0072\u0053" ', '"crs" /* */', "'crs'"]
)
def test_a_crs_is_looked_at_wherever_and_however_its_key_stands(key: str, tmp_path: Path) -> None:
    files = {"type": "name", "properties": {"name": "+proj=longlat +nadgrids=/a/b.gsb +type=crs"}}
    link = {"type": "link", "properties": {"href": "http://127.0.0.1:9/x", "type": "proj4"}}
    for crs in (files, link):
        with pytest.raises(InputError, match=r"names other files|links are not opened|not written as JSON"):
            read_vector(FileSpec(write_named(tmp_path / "d.geojson", crs, key)))


def test_a_crs_whose_name_gdal_does_not_know_is_not_taken_for_degrees(tmp_path: Path) -> None:
    unknown = {"type": "name", "properties": {"name": "the grid of our office"}}
    path = write_named(tmp_path / "d.geojson", unknown)
    with pytest.raises(InputError, match=r"unknown CRS.*'the grid of our office'\n.*crs = \"EPSG:4326\""):
        read_vector(FileSpec(path))
    assert read_vector(FileSpec(path, crs="EPSG:4326")).table["geometry"][0].coords[0] == (3, 4)
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "CRS84", "CRS:84", "EPSG:4326", "WGS 84"):
        path = write_named(tmp_path / "d.geojson", {"type": "name", "properties": {"name": name}})
        assert read_vector(FileSpec(path)).table["geometry"][0].coords[0] == pytest.approx((3, 4))
    # A name without its code: the central meridian of UTM zone 48 is 105° E.
    named = {"type": "name", "properties": {"name": "WGS 84 / UTM zone 48N"}}
    point = read_vector(FileSpec(write_named(path, named, at=(500_000, 0)))).table["geometry"][0]
    assert point.coords[0] == pytest.approx((105, 0), abs=1e-9)


def test_a_view_that_fails_is_told_in_one_plain_line(tmp_path: Path) -> None:
    path = tmp_path / "d.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=4326).to_file(path, layer="t")
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIEW v AS SELECT * FROM nowhere")
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', 'features', 'v', 4326)"
        )
        database.execute("INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POINT', 4326, 0, 0)")
    database.close()
    result = CliRunner().invoke(app, ["layers", str(path)])
    assert result.exit_code == 1 and "TypeError" not in result.output
    assert (
        "d.gpkg: the layer 'v' cannot be read (its features cannot be counted: if it is a view"
        in result.stderr
    )
    assert result.stderr.startswith("geoplan: 1 layer cannot be read\n")
    assert result.stdout.split()[-6:] == ["t", "GPKG", "Point", "1", "EPSG:4326", "a"]
    with pytest.raises(InputError, match="layer 'v'"):
        list_layers(path)


def test_a_damaged_file_in_a_zip_does_not_hide_the_others(tmp_path: Path) -> None:
    whole = '{"type": "FeatureCollection", "features": []}'
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("a.geojson", whole[:20])
        archive.writestr("b.geojson", whole)
    listed, problems = list_readable_layers(tmp_path / "d.zip")
    assert listed["layer"].tolist() == ["b"]
    assert [problem.source for problem in problems] == ["d.zip/a.geojson"]
