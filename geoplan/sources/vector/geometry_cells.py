"""Geometry cells of tables: WKT, and WKB as hexadecimal digits or base64, as databases and programs export them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import numpy as np

from geoplan.geo.polygons import Integers, Shapes

_HEX = re.compile(r"\s*(?:\\\\?x|0x)?((?:0[01])(?:[0-9a-f]{2}){8,})\s*", re.IGNORECASE)
_BASE64 = re.compile(r"\s*(A[AQ](?:[A-Za-z0-9+/\s]{8,}={0,2}))\s*")
"""The first byte of WKB, 0 or 1, tells its byte order."""


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
        return shapely.from_wkb(data, on_invalid="ignore")
    except NotImplementedError:
        return None


def _read_wkt(cells: Shapes) -> Shapes:
    """Return shapes; none for what is no WKT, or has curves: it cannot be placed."""
    import shapely

    try:
        shapes: Shapes = shapely.from_wkt(cells, on_invalid="ignore")
    except NotImplementedError:  # one of them has curves
        if len(cells) == 1:
            return np.array([None])
        middle = len(cells) // 2
        return np.concatenate([_read_wkt(cells[:middle]), _read_wkt(cells[middle:])])
    return shapes
