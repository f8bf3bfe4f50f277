"""Plain cells: what formats with types of their own bring, as what a table may have in its cells.

How this works: text, whole numbers, floats, Decimals, booleans, dates and shapes pass as they are.
Everything else (lists, objects, bytes, times, dates outside the years 1 to 9999) becomes text, once,
right after reading. So no later step meets a cell that cannot be compared, sorted or written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem

_PLAIN = (str, int, float, bool, Decimal, dt.date, dt.datetime, type(None), np.integer, np.floating, np.bool_)
_BETWEEN_NAMES = "|"


def check_headers(names: Iterable[object], source: str) -> None:
    """Raise `InputError` where two columns of a file have the same name: only one of them could be read."""
    counted = Counter(map(str, names))
    twice = [name for name, count in counted.items() if count > 1]
    if twice:
        raise InputError(
            Problem(
                source,
                "two columns have the same name",
                values=tuple(twice),
                way_out="rename one of them in the file",
            )
        )


def as_plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose cells are plain; a column that is plain already is not touched.

    >>> as_plain(pd.DataFrame({"names": [["Paksan", "Pakxan"], None]}))["names"].tolist()
    ['Paksan|Pakxan', None]
    """
    changed = {}
    for name, cells in table.items():
        # A date may be outside the years that Python has; numbers cannot be anything but plain.
        if name == "geometry" or (cells.dtype != object and not pd.api.types.is_datetime64_any_dtype(cells)):
            continue
        values = cells.to_numpy(dtype=object)
        if any(not _is_plain(kind) for kind in set(map(type, values))):
            changed[str(name)] = pd.Series(
                [_plain(value) for value in values], index=cells.index, dtype=object
            )
    return table.assign(**changed) if changed else table


def _is_plain(kind: type) -> bool:
    return issubclass(kind, _PLAIN) and not issubclass(kind, pd.Timestamp | type(pd.NaT))


def _plain(value: Any) -> Any:
    """Return a cell as it is where a table can have it, else as text."""
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value if 1 <= value.year <= 9999 else str(value.to_datetime64())
    return value if isinstance(value, _PLAIN) else _as_text(value)


def _as_text(value: Any) -> str:
    """Write a list of names with bars between them, anything nested as JSON, bytes as the text they are."""
    if isinstance(value, bytes | bytearray | memoryview):
        return _text_of(bytes(value))
    items = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(items, list | tuple) and all(
        isinstance(item, str | int | float | Decimal) for item in items
    ):
        return _BETWEEN_NAMES.join(map(str, items))
    if isinstance(items, list | tuple | Mapping):
        return json.dumps(items, ensure_ascii=False, default=_jsonable)
    return str(items)


def _jsonable(value: Any) -> Any:
    """Return what JSON has no form for as what it has."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    plain = _plain(value)
    return plain if isinstance(plain, str | None) else str(plain)


def _text_of(data: bytes) -> str:
    """Return bytes as the text they are in UTF-8, else as hexadecimal digits."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data.hex()
    return text if text.isprintable() else data.hex()
