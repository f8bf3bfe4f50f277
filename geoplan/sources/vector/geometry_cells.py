"""Geometry cells of tables: WKT, and WKB as hexadecimal digits or base64, as databases and programs export them."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import Any

import numpy as np

from geoplan.geo.polygons import Integers, Shapes

_HEX = re.compile(r"\s*(?:\\\\?x|0x)?((?:0[01])(?:[0-9a-f]{2}){8,})\s*", re.IGNORECASE)
_BASE64 = re.compile(r"\s*(A[AQ](?:[A-Za-z0-9+/\s]{8,}={0,2}))\s*")
"""The first byte of WKB, 0 or 1, tells its byte order."""
_DEEPEST = 100
"""Levels of collections in collections. GEOS descends by recursion: 100,000 levels would end the program."""
_SHALLOW = 9 * _DEEPEST  # bytes: each level has a byte order, a kind and a number of parts
_POINT, _POLYGON = 1, 3
_LINES = (2, 8)
_GATHERED = (4, 5, 6, 7, 9, 10, 11, 12)  # of parts with headers of their own, also those with curves


def read_cells(cells: Shapes) -> tuple[Shapes, Integers]:
    """Read cells as two-dimensional shapes.

    Parameters
    ----------
    cells : (n,) array of str or None

    Returns
    -------
    shapes : (n,) array of geometries or None
        None where a cell is empty or not readable, has curves, or coordinates that are no numbers.
    codes : (n,) array of int
        SRID in the WKB of each cell (EWKB), 0 where it has none.
    """
    import shapely

    data = [_bytes_of(cell) if isinstance(cell, str) else None for cell in cells]
    binary = np.array([each is not None for each in data], dtype=np.bool_)
    shapes = np.full(len(cells), None, dtype=object)
    shapes[~binary] = _read_wkt(np.asarray(cells, dtype=object)[~binary])
    shapes[binary] = [_read_wkb(each) for each in data if each is not None]
    codes = np.where(binary, shapely.get_srid(shapes), 0)
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    shapes[~finite & ~shapely.is_empty(shapes)] = None
    return shapely.force_2d(shapes), np.maximum(codes, 0)


def _bytes_of(cell: str) -> bytes | None:
    """Return the WKB that a cell writes as text, None if it is none."""
    found = _HEX.fullmatch(cell)
    if found:
        return bytes.fromhex(found[1])
    found = _BASE64.fullmatch(cell)
    try:
        return base64.b64decode(re.sub(r"\s", "", found[1]), validate=True) if found else None
    except binascii.Error:
        return None


def _read_wkb(data: bytes) -> Any:
    """Return a shape; none for damaged WKB, and for kinds of shapes that cannot be placed."""
    import shapely

    try:
        return shapely.from_wkb(shallow_wkb(data), on_invalid="ignore")
    except NotImplementedError:
        return None


def _read_wkt(cells: Shapes) -> Shapes:
    """Return shapes; none for what is no WKT, or has curves: it cannot be placed."""
    import shapely

    deep = [isinstance(cell, str) and cell.count("(") > _DEEPEST and _brackets_deep(cell) for cell in cells]
    if any(deep):
        cells = cells.copy()
        cells[deep] = None
    try:
        shapes: Shapes = shapely.from_wkt(cells, on_invalid="ignore")
    except NotImplementedError:  # one of them has curves
        if len(cells) == 1:
            return np.array([None])
        middle = len(cells) // 2
        return np.concatenate([_read_wkt(cells[:middle]), _read_wkt(cells[middle:])])
    return shapes


def _brackets_deep(text: str) -> bool:
    """Return whether brackets are nested deeper than those of any real shape."""
    letters = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
    levels = np.cumsum((letters == ord("(")).astype(np.int64) - (letters == ord(")")))
    return bool(levels.max(initial=0) > _DEEPEST)


def shallow_wkb(data: bytes | None) -> bytes | None:
    """Return WKB, or None where its collections are nested deeper than any real shape."""
    return None if data is None or (len(data) > _SHALLOW and _is_deep(data)) else data


def _is_deep(data: bytes) -> bool:
    """Follow the headers of the parts, without recursion. What is damaged is left to GEOS, which says so."""
    at, parts = 0, [1]
    try:
        while parts:
            parts[-1] -= 1
            if parts[-1] < 0:
                parts.pop()
                continue
            order = "<" if data[at] else ">"
            (kind,) = struct.unpack_from(f"{order}I", data, at + 1)
            at += 9 if kind & 0x20000000 else 5  # EWKB can have an SRID
            simple = kind & 0x0FFFFFFF
            size = 8 * (2 + (kind >> 31 & 1) + (kind >> 30 & 1) + (0, 1, 1, 2)[simple // 1000 % 4])
            if simple % 1000 == _POINT:
                at += size
                continue
            (count,) = struct.unpack_from(f"{order}I", data, at)
            at += 4
            if simple % 1000 in _GATHERED:
                parts.append(count)
                if len(parts) > _DEEPEST:
                    return True
            elif simple % 1000 in _LINES:
                at += count * size
            elif simple % 1000 == _POLYGON:
                for _ in range(count):
                    (vertices,) = struct.unpack_from(f"{order}I", data, at)
                    at += 4 + vertices * size
            else:
                return False
    except (struct.error, IndexError):
        return False
    return False
