"""The data block: the page's data packed into bytes and compressed, or as JSON.

How this works: `_Packing` takes long columns of whole numbers and of texts out of the JSON text; they become
bytes in the layout that compresses best. JSON text and columns are then compressed together, and the page's
script restores them.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PLANES, STEPS, VARYING = range(3)
"""Layouts of a column of whole numbers: the numbers, their differences, or as many bytes as each number needs."""

_LEAST = 64  # Shorter columns stay JSON, because packing them saves nothing.
_LARGEST = 2**52  # A difference of two such numbers is still exact in JavaScript.
_UNSAFE_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@dataclass(frozen=True)
class DataBlock:
    """Data as it is embedded in the page.

    Parameters
    ----------
    encoding : str
        ``plain`` (JSON) or ``deflate`` (columns packed, zlib, then base64).
    text : str
        Safe inside a script element.
    """

    encoding: str
    text: str


def encode_data(data: Any, *, compress: bool = True) -> DataBlock:
    """Encode data for the page.

    Parameters
    ----------
    data : JSON value
        Without NaN.
    compress : bool
        Whether to pack and compress it; without, it is JSON.

    Returns
    -------
    DataBlock
    """
    if compress:
        return DataBlock("deflate", deflate(_Packing().pack(data)))
    text = _json(data)
    for char, escape in _UNSAFE_IN_SCRIPT.items():
        text = text.replace(char, escape)
    return DataBlock("plain", text)


def deflate(content: bytes) -> str:
    """Compress bytes (zlib) into letters (base64)."""
    return base64.b64encode(zlib.compress(content, 9)).decode("ascii")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


class _Packing:
    """Moves long columns from JSON into bytes, which compress better and load faster.

    The result is the length of the JSON text (4 bytes, little-endian), the JSON text, then the columns. In the
    text a placeholder replaces each column: ``{"ints~": [layout, start, bytes, count, width, lowest]}`` for whole
    numbers, ``{"paths~": [lengths, numbers]}`` for a list of such columns, and ``{"texts~": [shared, rest]}`` for
    strings, where ``shared`` counts the first letters each has in common with the one before (front coding).
    """

    def __init__(self) -> None:
        self.columns: list[bytes] = []
        self.length = 0

    def pack(self, data: Any) -> bytes:
        """Return data as bytes."""
        text = _json(self._value(data)).encode("ascii")
        return b"".join([len(text).to_bytes(4, "little"), text, *self.columns])

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._value(part) for key, part in value.items()}
        if not isinstance(value, list):
            return value
        if len(value) >= _LEAST:
            if _are_ints(value):
                return self._ints(value)
            if all(issubclass(kind, str | None) for kind in set(map(type, value))):
                return self._texts(value)
        if value and all(isinstance(part, list) and _are_ints(part) for part in value):
            joined = [number for part in value for number in part]
            if len(joined) >= _LEAST:
                return {"paths~": [self._value([len(part) for part in value]), self._value(joined)]}
        return [self._value(part) for part in value]

    def _ints(self, numbers: list[int]) -> Any:
        """Store a column in the layout that compresses best."""
        column = np.array(numbers, dtype=np.int64)
        steps = np.diff(column, prepend=0)
        layouts = [
            (PLANES, *_planes(column)),
            (STEPS, *_planes(steps)),
            (VARYING, _varying(column), 0, 0),
        ]
        layout, content, width, lowest = min(layouts, key=lambda laid: len(zlib.compress(laid[1], 6)))
        start = self.length
        self.columns.append(content)
        self.length += len(content)
        return {"ints~": [layout, start, len(content), len(numbers), width, lowest]}

    def _texts(self, texts: list[str | None]) -> Any:
        """Drop the first letters that each string shares with the one before, if the result is smaller."""
        shared, rest, before = [], [], ""
        for text in texts:
            shared.append(_in_common(before, text or ""))
            rest.append(None if text is None else text[shared[-1] :])
            before = text or ""
        if len(zlib.compress(_json([shared, rest]).encode())) >= len(zlib.compress(_json(texts).encode())):
            return texts
        return {"texts~": [self._value(shared), rest]}


def _are_ints(values: Sequence[Any]) -> bool:
    kinds = set(map(type, values))
    return not kinds or (kinds == {int} and min(values) > -_LARGEST and max(values) < _LARGEST)


def _planes(column: NDArray[np.int64]) -> tuple[bytes, int, int]:
    """Return the lowest bytes of all numbers, then the next bytes, and so on; bytes per number; smallest number."""
    lowest = int(column.min())
    above = (column - lowest).astype("<u8")
    width = max(1, (int(above.max()).bit_length() + 7) // 8)
    return above.view(np.uint8).reshape(-1, 8)[:, :width].T.tobytes(), width, lowest


def _varying(column: NDArray[np.int64]) -> bytes:
    """Return numbers with 7 bits per byte, lowest first; the last byte is below 128; the lowest bit is the sign."""
    rest = np.where(column < 0, -2 * column - 1, 2 * column).astype(np.uint64)
    digits = []
    while True:
        digits.append(rest & np.uint64(127))
        rest = rest >> np.uint64(7)
        if not rest.any():
            break
    table = np.stack(digits, axis=1).astype(np.uint8)
    needed = np.ones(len(column), dtype=np.int64)
    for place in range(1, table.shape[1]):
        needed[table[:, place] > 0] = place + 1
    places = np.arange(table.shape[1])
    table[places < needed[:, None] - 1] |= 128
    return table[places < needed[:, None]].tobytes()


def _in_common(before: str, text: str) -> int:
    """Count the first letters that two strings share. Stop at a letter that is two code units in JavaScript."""
    count = 0
    for one, other in zip(before, text, strict=False):
        if one != other or ord(one) > 0xFFFF:
            break
        count += 1
    return count
