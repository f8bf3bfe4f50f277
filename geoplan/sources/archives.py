"""Archives: what a zip holds, and whether it is safe to unpack."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from geoplan.model.errors import InputError, Problem, show_value

LARGEST_CONTENT = 4 * 1024**3
"""Bytes that may come out of one archive."""

_SMALL_CONTENT = 64 * 1024**2
_LARGEST_RATIO = 100
_VECTOR_SUFFIXES = (".shp", ".gpkg", ".geojson", ".json", ".topojson", ".fgb", ".kml", ".gml", ".gdb")


def check_archive(path: Path, what: str = "zip archive") -> list[str]:
    """List the members of a zip (a workbook is one too), refusing what would flood the memory.

    Parameters
    ----------
    path : Path
    what : str
        What the file should be, for the message.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        It is no zip, or unpacks to far more than it should.
    """
    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(
            Problem(
                path.name,
                f"is no readable {what} ({_reason(error)})",
                way_out="it may have come over only in part: copy or download it again, or save it anew",
            )
        ) from None
    size = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if size > LARGEST_CONTENT or (size > _SMALL_CONTENT and size / packed > _LARGEST_RATIO):
        raise InputError(
            Problem(
                path.name,
                f"unpacks from {_shown(path.stat().st_size)} to {_shown(size)}, which no real {what} does; it is not opened",
                way_out="ask who made it; if it is right, unpack it and give the file inside",
            )
        )
    # A damaged archive may have a member without a name, which zipfile does not look into.
    return [member.filename for member in members if not member.filename.endswith("/")]


def pick_member(path: Path, layer: str | None) -> tuple[str, str | None]:
    """Choose the vector file in a zip: the only one, or the one that ``layer`` names.

    Returns
    -------
    tuple of str and (str or None)
        Path for GDAL, and the layer that is then left to choose.
    """
    members = vector_members(path)
    if not members:
        raise InputError(
            Problem(
                path.name,
                "the archive holds no vector layer",
                way_out="it needs a Shapefile (.shp with .dbf and .shx), GeoPackage, GeoJSON, KML or FlatGeobuf",
            )
        )
    if len(members) == 1:
        return gdal_path(path, members[0]), layer
    chosen = [member for member in members if layer in (member, PurePosixPath(member).stem)]
    if len(chosen) == 1:
        return gdal_path(path, chosen[0]), None
    names = layer_names(members)
    listed = ", ".join(show_value(name) for name in names)
    if layer is not None:
        raise InputError(
            Problem(path.name, "there is no such layer", values=(layer,), way_out=f"the layers are {listed}")
        )
    raise InputError(
        Problem(
            path.name,
            f"the file holds {len(members)} layers: {listed}",
            way_out=f'name one in geoplan.toml, such as layer = "{names[0]}", or on the command line: {path.name}::{names[0]}',
        )
    )


def layer_names(members: list[str]) -> list[str]:
    """Return the short names of members where these tell them apart, else their paths."""
    stems = [PurePosixPath(member).stem for member in members]
    return [stem if stems.count(stem) == 1 else member for stem, member in zip(stems, members, strict=True)]


def vector_members(path: Path) -> list[str]:
    """List the vector files in a zip."""
    return sorted(
        member
        for member in check_archive(path)
        if member.lower().endswith(_VECTOR_SUFFIXES) and not member.startswith("__MACOSX/")
    )


def gdal_path(path: Path, member: str) -> str:
    """Return the path by which GDAL opens a member without unpacking the archive."""
    return f"/vsizip/{{{path}}}/{member}"


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _shown(size: int) -> str:
    units = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")
    value = float(size)
    for unit in units:
        if value < 1000 or unit == units[-1]:
            return f"{value:.4g} {unit}"
        value /= 1000
    raise AssertionError(size)
