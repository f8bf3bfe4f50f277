"""The CRS that a GeoJSON file names, as the older form of the format allows."""

from __future__ import annotations

import json
import mmap
import re
from pathlib import Path
from typing import Any

from geoplan.model.errors import InputError, Problem
from geoplan.model.schema import CRS
from geoplan.sources.vector.crs import known_crs

# The key in capitals or escapes is the same key to GDAL. In single quotes it is no JSON, but GDAL may read it.
_KEY = re.compile(
    rb"""(["'])(?:[cC]|\\u00[46]3)(?:[rR]|\\u00[57]2)(?:[sS]|\\u00[57]3)\1\s*(?:/[*/]|:\s*(?=[{/]))"""
)
_FIRST_PIECE = 1 << 16
_LINKS = ("link", "url")
_DEGREES = ("crs84", "crs:84")  # names of EPSG:4326 that GDAL knows and PROJ does not


def list_crs_names(path: Path, shown: str) -> list[str]:
    """Return the names of CRS in a GeoJSON file, each once; a file without any is in degrees.

    Parameters
    ----------
    path : Path
    shown : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        A CRS is a link, which GDAL would fetch, or is not written as JSON.
    """
    members = _find_members(path, shown)
    if any(str(member.get("type")).casefold() in _LINKS for member in members):
        raise InputError(
            Problem(
                shown,
                "the file gives its CRS as a link; links are not opened",
                column="crs",
                way_out="save the layer again with a named CRS, for example from QGIS as EPSG:4326",
            )
        )
    properties = [member["properties"] for member in members if isinstance(member.get("properties"), dict)]
    return list(dict.fromkeys(str(named["name"]) for named in properties if named.get("name") is not None))


def _find_members(path: Path, shown: str) -> list[dict[str, Any]]:
    """Return the objects under a key ``crs`` anywhere in a file; their own keys in lower case."""
    if path.stat().st_size == 0:
        return []
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        # A match that is kept would keep the file open.
        ends = [found.end() for found in _KEY.finditer(content)]
        return [_read_member(content, end, shown) for end in ends]


def _read_member(content: mmap.mmap, start: int, shown: str) -> dict[str, Any]:
    for end in (start + _FIRST_PIECE, len(content)):
        try:
            text = content[start:end].decode("utf-8", "replace")
            member, _ = _DECODER.raw_decode(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(member, dict):
            return member
    raise InputError(
        Problem(
            shown,
            "the CRS of the file is not written as JSON",
            column="crs",
            way_out="save the layer again, for example from QGIS as GeoJSON in EPSG:4326",
        )
    )


def _lowered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name.casefold(): value for name, value in pairs}


_DECODER = json.JSONDecoder(object_pairs_hook=_lowered, strict=False)


def with_named_crs(frame: Any, names: tuple[str, ...], shown: str) -> Any:
    """Give a GeoDataFrame of GeoJSON the CRS that its file names.

    GDAL takes a name that it does not know for degrees, without a word.

    Raises
    ------
    InputError
        The name is not known.
    """
    if len(names) != 1 or frame.crs != CRS or names[0].casefold() in _DEGREES:
        return frame
    return frame.set_crs(known_crs(names[0], shown), allow_override=True)
