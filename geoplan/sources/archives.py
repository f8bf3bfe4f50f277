"""Archives: lists the files in a zip, checks that unpacking is safe, and unpacks them."""

from __future__ import annotations

import re
import shutil
import zlib
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from geoplan.model.errors import InputError, Problem, show_number, show_value
from geoplan.model.watched_inputs import SHAPEFILE_PARTS

LARGEST_CONTENT = 4 * 1024**3
"""Most bytes that one archive may unpack to."""

_SMALL_CONTENT = 64 * 1024**2
_LARGEST_RATIO = 100
_VECTOR_SUFFIXES = (".shp", ".gpkg", ".geojson", ".json", ".topojson", ".fgb", ".kml")
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f<>:"/\\|?*]')


def check_archive(path: Path, what: str = "zip archive") -> list[str]:
    """List the members of a zip (or workbook); refuse one that would fill memory or disk.

    Parameters
    ----------
    path : Path
    what : str
        Expected type of the file, for the message.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        The file is not a zip, or unpacks to far more than it should.
    """
    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(
            Problem(
                path.name,
                f"not a readable {what} ({_reason(error)})",
                way_out="it may be cut off: copy or download it again, or save it again",
            )
        ) from None
    size = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if size > LARGEST_CONTENT or (size > _SMALL_CONTENT and size / packed > _LARGEST_RATIO):
        raise InputError(
            Problem(
                path.name,
                f"unpacks from {_shown(path.stat().st_size)} to {_shown(size)}, which no real {what} does; it was not opened",
                way_out="ask who made it; if it is right, unpack it and give the file inside",
            )
        )
    # A damaged archive can have a member without a name, which zipfile does not check.
    return [member.filename for member in members if not member.filename.endswith("/")]


def pick_member(path: Path, layer: str | None) -> tuple[str, str | None]:
    """Choose a vector file in a zip: the only one, or the one that ``layer`` names.

    Returns
    -------
    tuple of str and (str or None)
        The member, and the layer to choose in it.
    """
    members = vector_members(path)
    if not members:
        raise InputError(
            Problem(
                path.name,
                "the archive has no vector layer",
                way_out="it needs a Shapefile (.shp with .dbf and .shx), GeoPackage, GeoJSON, KML or FlatGeobuf",
            )
        )
    if len(members) == 1:
        return members[0], layer
    chosen = [member for member in members if layer in (member, PurePosixPath(member).stem)]
    if len(chosen) == 1:
        return chosen[0], None
    names = layer_names(members)
    listed = ", ".join(show_value(name) for name in names)
    if layer is not None:
        raise InputError(
            Problem(path.name, "no such layer", values=(layer,), way_out=f"the layers are {listed}")
        )
    raise InputError(
        Problem(
            path.name,
            f"the file has {len(members)} layers: {listed}",
            way_out=f'name one in geoplan.toml, such as layer = "{names[0]}" ("*" for all), or on the command line: {path.name}::{names[0]}',
        )
    )


def layer_names(members: list[str]) -> list[str]:
    """Return the short names of members if these are unique, else their paths."""
    stems = [PurePosixPath(member).stem for member in members]
    return [stem if stems.count(stem) == 1 else member for stem, member in zip(stems, members, strict=True)]


def vector_members(path: Path) -> list[str]:
    """List the vector files in a zip."""
    return sorted(
        member
        for member in check_archive(path)
        if member.lower().endswith(_VECTOR_SUFFIXES) and not member.startswith("__MACOSX/")
    )


def unpack_member(path: Path, member: str, folder: Path) -> Path:
    """Unpack one vector file of a zip into a folder, with all parts of a Shapefile.

    Parameters
    ----------
    path : Path
    member : str
        A name from `vector_members`.
    folder : Path
        Must be empty. Nothing is written outside it, even if the name of the member points elsewhere.

    Returns
    -------
    Path
        The unpacked file.

    Raises
    ------
    InputError
        The member is damaged, protected by a password, or compressed with an unknown method.
    """
    stem = _NOT_IN_NAMES.sub("_", PurePosixPath(member).stem) or "layer"
    suffix = PurePosixPath(member).suffix.lower()
    wanted = {member.casefold(): folder / f"{stem}{suffix}"}
    if suffix == ".shp":
        whole = member[: -len(suffix)].casefold()
        wanted |= {whole + part: folder / f"{stem}{part}" for part in SHAPEFILE_PARTS}
    try:
        with ZipFile(path) as archive:
            for found in archive.infolist():
                target = wanted.pop(found.filename.casefold(), None)
                if target is not None:
                    with archive.open(found) as packed, target.open("wb") as file:
                        shutil.copyfileobj(packed, file)
    # zipfile raises RuntimeError for a password, and its subclass NotImplementedError for an unknown compression.
    except (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise InputError(
            Problem(
                path.name,
                f"{show_value(member)} in the archive cannot be unpacked ({_reason(error)})",
                way_out="copy or download the archive again, or unpack it yourself and give the file inside",
            )
        ) from None
    return folder / f"{stem}{suffix}"


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _shown(size: int) -> str:
    units = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")
    value = float(size)
    for unit in units:
        if value < 1000 or unit == units[-1]:
            return f"{show_number(value, 4)} {unit}"
        value /= 1000
    raise AssertionError(size)
