"""Layer files: which files GDAL may open, and by which driver.

How this works: GDAL picks a driver by looking into a file, whatever its name says. Some drivers then
open other files or addresses that the file names (VRT, GDALG, WFS, …). So each file passes here first:

1. The suffix names the format, and the first bytes must be those of that format.
2. Binary formats start with bytes that no other driver claims. JSON is opened with the driver's name
   before its path. XML must be well-formed KML without a DOCTYPE and without markers of other drivers. A GeoPackage
   must not compute what need not end (`geopackages`).
3. A layer in an archive is unpacked first, so that it passes the same checks as a file.
4. What describes the CRS must not name files (grids of shifts between datums) in a folder: GDAL would open them.
5. While GDAL reads, its network access is off (`gdal_session`).
"""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

from geoplan.model.errors import InputError, Problem, show_value
from geoplan.sources.archives import check_archive, pick_member, unpack_member
from geoplan.sources.vector.crs import refuse_named_files
from geoplan.sources.vector.geojson_crs import list_crs_names
from geoplan.sources.vector.geopackages import check_geopackage, open_geopackage

FORMATS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".topojson": "TopoJSON",
    ".shp": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
    ".kml": "LIBKML",
    ".kmz": "LIBKML",
}
"""Drivers of GDAL that geoplan uses, by suffix."""

_ACCEPTED = "a GeoPackage, GeoJSON, TopoJSON, Shapefile (.shp or zipped), FlatGeobuf, GeoParquet or KML"
_SIGNATURES = {
    "GPKG": (b"SQLite format 3\x00",),
    "ESRI Shapefile": (b"\x00\x00\x27\x0a",),
    "FlatGeobuf": (b"fgb",),
}
_HEAD = 1 << 16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TOPOLOGY = re.compile(rb'"type"\s*:\s*"Topology"')
_COLLECTION = re.compile(rb'"type"\s*:\s*"(?:FeatureCollection|Feature)"')
_OTHER_XML = re.compile(rb"<(?:\w+:)?(?:OGR|GDAL|WFS_|WMS_|CSW|Capabilities|Service\b)", re.I)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class LayerFile:
    """A file that passed the checks, as GDAL is to open it.

    Parameters
    ----------
    source : str
        Path for GDAL, with the name of the driver before it where GDAL could choose another.
    driver : str
        The only driver that may open it.
    layer : str, optional
        The layer that is left to choose.
    path : Path
        The file that is opened: the one given, or one unpacked from it.
    crs_names : tuple of str
        Names of CRS in GeoJSON, which GDAL may not know.
    """

    source: str
    driver: str
    layer: str | None
    path: Path
    crs_names: tuple[str, ...] = ()


@contextmanager
def open_layer_file(path: Path, layer: str | None = None, member: str | None = None) -> Iterator[LayerFile]:
    """Check a vector file and say how GDAL is to open it; what is unpacked from an archive goes away at the end.

    Parameters
    ----------
    path : Path
    layer : str, optional
        Layer to choose; in an archive it may name a file.
    member : str, optional
        File in an archive to open, instead of choosing it by ``layer``.

    Raises
    ------
    InputError
        The format is not supported, or the content is not what the suffix says.
    """
    _refuse_pointer(path)
    suffix = path.suffix.lower()
    if suffix not in (".zip", ".kmz"):
        with _with_null_shapes(_checked(path, layer, path.name)) as file:
            yield file
        return
    with tempfile.TemporaryDirectory(prefix="geoplan-") as folder:
        if suffix == ".zip":
            if member is None:
                member, layer = pick_member(path, layer)
            unpacked = unpack_member(path, member, Path(folder))
            with _with_null_shapes(_checked(unpacked, layer, path.name, member)) as file:
                yield file
        else:
            yield _checked_kmz(path, layer, Path(folder))


def _checked(path: Path, layer: str | None, name: str, member: str = "") -> LayerFile:
    """Check that the content of a file is what its suffix says."""
    driver = FORMATS.get(path.suffix.lower())
    if driver is None:
        raise InputError(
            Problem(
                name,
                f"{show_value(path.suffix)} is not a supported layer format"
                if path.suffix
                else "the file name has no ending",
                way_out=f"convert it, for example in QGIS: give {_ACCEPTED}",
            )
        )
    shown = f"{name}/{member}" if member else name
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    # A folder before the name keeps GDAL from taking a leading dash or a colon for something else.
    source = str(path.absolute())
    if driver in ("GeoJSON", "TopoJSON"):
        driver = _json_driver(path, head, shown)
        if driver == "TopoJSON":
            _check_arcs(path, shown)
        source = f"{driver}:{source}"
    elif driver == "LIBKML":
        _check_kml(path, head, shown)
    elif not head.startswith(_SIGNATURES[driver]):
        raise InputError(_another_format(shown, path.suffix, head))
    if driver == "GPKG":
        check_geopackage(path, shown)
    # GDAL opens the files that a CRS names as soon as it reads the CRS.
    names = list_crs_names(path, shown) if driver in ("GeoJSON", "TopoJSON") else []
    refuse_named_files("\n".join([_crs_text(path, driver, head), *names]), shown)
    return LayerFile(source, driver, layer, path, tuple(names))


def _checked_kmz(path: Path, layer: str | None, folder: Path) -> LayerFile:
    """Check the documents of a KMZ.

    A single one is opened itself: in a KMZ, libkml does not find the columns of a document within it.
    """
    members = [name for name in check_archive(path, "KMZ") if name.lower().endswith(".kml")]
    for at, member in enumerate(members):
        inner = folder / str(at)
        inner.mkdir()
        document = _checked(unpack_member(path, member, inner), layer, path.name, member)
    if len(members) == 1:
        return document
    return LayerFile(str(path.absolute()), "LIBKML", layer, path)


def _json_driver(path: Path, head: bytes, shown: str) -> str:
    """Tell GeoJSON from TopoJSON, refusing text that is neither."""
    if not head.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"{"):
        raise InputError(_another_format(shown, path.suffix, head))
    collection = _COLLECTION.search(head)
    if collection is None:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _HEAD))
            head += stream.read()
    topology = _TOPOLOGY.search(head)
    if topology is not None and (collection is None or topology.start() < collection.start()):
        return "TopoJSON"
    return "GeoJSON"


def _check_kml(path: Path, head: bytes, shown: str) -> None:
    """Refuse XML that is not plain KML; GDAL reads the same bytes afterwards, perhaps by another driver."""
    if not head.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"<"):
        raise InputError(_another_format(shown, path.suffix, head))
    parser = expat.ParserCreate(namespace_separator=" ")
    root: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        if not root:
            root.append(name.rpartition(" ")[2])

    def doctype(*_: object) -> None:
        raise InputError(
            Problem(
                shown,
                "the KML has a DOCTYPE, which could name other files",
                way_out="save it again, for example in QGIS or Google Earth",
            )
        )

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    before = b""
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
                if _OTHER_XML.search(before[-64:] + chunk) or (root and root[0].lower() != "kml"):
                    raise InputError(_another_format(shown, path.suffix, head))
                before = chunk
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InputError(
            Problem(
                shown,
                f"the file is not well-formed XML ({error})",
                way_out="save it again, or download it again if it is cut off",
            )
        ) from None


def _crs_text(path: Path, driver: str, head: bytes) -> str:
    """Return the text that describes the CRS of a file other than JSON, with whatever stands beside it; empty where there is none."""
    found = b""
    if driver == "ESRI Shapefile":
        beside = [path.with_suffix(suffix) for suffix in (".prj", ".PRJ")]
        found = b"\n".join(prj.read_bytes()[:_HEAD] for prj in beside if prj.is_file())
    elif driver == "FlatGeobuf":
        found = head[12 : 12 + int.from_bytes(head[8:12], "little")]
    elif driver == "GPKG":
        with closing(open_geopackage(path)) as database, suppress(sqlite3.Error):
            rows = database.execute("SELECT * FROM gpkg_spatial_ref_sys").fetchall()
            found = b"\n".join(cell for row in rows for cell in row if isinstance(cell, bytes))
    return found.decode("latin-1")


def _check_arcs(path: Path, shown: str) -> None:
    """Refuse a topology whose shapes name borders that it does not have: GDAL would close the gaps by straight lines."""
    try:
        topology = json.loads(path.read_bytes())
        count = len(topology["arcs"])
        named = {index for name in topology["objects"] for index in _indices(topology["objects"][name])}
    except (ValueError, TypeError, KeyError, RecursionError):
        return  # GDAL says what is wrong
    missing = sorted(index for index in named if not -count <= index < count)
    if missing:
        raise InputError(
            Problem(
                shown,
                f"shapes name borders (arcs) that the file does not have; it has {count:,}",
                values=tuple(missing),
                way_out="download or make the file again",
            )
        )


@contextmanager
def _with_null_shapes(file: LayerFile) -> Iterator[LayerFile]:
    """Return a TopoJSON file whose shapes that are null are empty ones: GDAL drops features without a shape in silence."""
    if file.driver != "TopoJSON":
        yield file
        return
    try:
        topology = json.loads(file.path.read_bytes())
        shapes = [shape for each in topology["objects"].values() for shape in each.get("geometries", ())]
        null = [shape for shape in shapes if shape.get("type") is None]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        null = []  # GDAL says what is wrong
    if not null:
        yield file
        return
    for shape in null:
        shape |= {"type": "MultiPolygon", "arcs": []}
    with tempfile.TemporaryDirectory(prefix="geoplan-") as folder:
        copy = Path(folder) / file.path.name
        copy.write_text(json.dumps(topology), encoding="utf-8")
        yield replace(file, source=f"{file.driver}:{copy}", path=copy)


def _indices(found: Any) -> Iterator[int]:
    """Yield the positions of borders in an object of a topology, or in a part of one."""
    if isinstance(found, int):
        yield found
    elif isinstance(found, dict):
        yield from _indices(found.get("arcs"))
        yield from _indices(found.get("geometries"))
    elif isinstance(found, list):
        for part in found:
            yield from _indices(part)


def _another_format(shown: str, suffix: str, head: bytes) -> Problem:
    """Make the problem of a file whose content is not what its suffix says."""
    start = head[:512].removeprefix(_BYTE_ORDER_MARK).lstrip()
    lowered = start.lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        return Problem(
            shown,
            "it is a web page, not a layer",
            way_out="download the file again by its own link",
        )
    if not start.strip(b"\x00"):
        what, way_out = "the file is empty", "copy or download it again"
        return Problem(shown, what, way_out=way_out)
    if lowered.startswith(b"<") and b"<kml" not in lowered:
        what = "an XML document of another kind"
    else:
        what = next((name for name, marks in _KNOWN_STARTS.items() if start.startswith(marks)), "")
    return Problem(
        shown,
        f"the content is not what the ending {suffix} says" + (f"; it looks like {what}" if what else ""),
        way_out=f"give {_ACCEPTED}, with the ending of its format",
    )


_KNOWN_STARTS = {
    "a GeoPackage or SQLite database": (b"SQLite format 3",),
    "a Shapefile": (b"\x00\x00\x27\x0a",),
    "FlatGeobuf": (b"fgb",),
    "a zip archive": (b"PK\x03\x04",),
    "Parquet": (b"PAR1",),
    "KML": (b"<",),
    "JSON": (b"{", b"["),
}


def _refuse_pointer(path: Path) -> None:
    """Refuse what Git LFS leaves in place of a large file."""
    if (
        path.is_file()
        and path.stat().st_size < 1024
        and path.read_bytes().startswith(b"version https://git-lfs")
    ):
        raise InputError(
            Problem(
                path.name,
                "the file is only a pointer of Git LFS, not the layer itself",
                way_out="download the file from the project's page, or run git lfs pull",
            )
        )
