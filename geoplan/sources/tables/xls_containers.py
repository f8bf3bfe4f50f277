"""Containers of old workbooks (.xls): refuse those that would make a reader fill the memory.

How this works: an .xls file is a compound file of sectors, each of which names the next. A reader follows
these chains and trusts the sizes in the records. This module walks the same chains first and refuses loops and
cells outside a sheet. Sources: [MS-CFB] for the sectors, [MS-XLS] for the records.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from struct import iter_unpack, unpack_from

_MAGIC = b"\xd0\xcf\x11\xe0"
_ENTRY = 128  # bytes of one entry of the directory
_STREAMS = ("Workbook", "Book")
_LARGEST_SHIFT = 12
_ROWS, _COLUMNS = 65_536, 256
_END, _SHEET, _STRINGS, _SIZE = 0x0A, 0x85, 0xFC, 0x200
_CELLS = frozenset(
    (0x06, 0x206, 0x406, 0x01, 0x201, 0x03, 0x203, 0x04, 0x204, 0x05, 0x205, 0x27E, 0xFD, 0xD6)
)
_CELLS_OF_A_ROW = frozenset((0xBD, 0xBE))


def check_compound(path: Path) -> None:
    """Refuse an .xls file whose sectors form a loop, or with cells outside a sheet.

    Raises
    ------
    ValueError
        With the reason. A file that is not a compound file, or has no workbook, is left to its reader.
    """
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        return
    try:
        workbook = _Compound(data).read_workbook()
        sheets = [_check_records(workbook, 0)] if workbook else []
        for at in [start for starts in sheets for start in starts]:
            _check_records(workbook, at)
    except (IndexError, struct.error) as error:
        raise ValueError("it ends too early") from error


def workbook_stream(path: Path) -> bytes:
    """Return the records of an .xls file that `check_compound` let pass; empty if it has none."""
    data = path.read_bytes()
    return _Compound(data).read_workbook() if data.startswith(_MAGIC) else b""


@dataclass(frozen=True)
class _Compound:
    """A compound file: sectors, each of which names the next."""

    data: bytes

    @cached_property
    def size(self) -> int:
        (shift,) = unpack_from("<H", self.data, 30)
        if shift > _LARGEST_SHIFT:
            raise ValueError("its sector size is unknown")
        return 1 << int(shift)

    @cached_property
    def next_sector(self) -> Sequence[int]:
        """Which sector comes after each one."""
        tables = [at for (at,) in iter_unpack("<I", self.data[76:512])]
        (more,) = unpack_from("<I", self.data, 68)
        seen = set()
        while more < len(self.data) // self.size:
            if more in seen:
                raise ValueError("its sectors form a loop")
            seen.add(more)
            *found, more = self._numbers(more)
            tables += found
        return _checked([number for at in tables for number in self._numbers(at)])

    def read_workbook(self) -> bytes:
        """Return the stream of the workbook, or empty bytes."""
        directory = self._read(unpack_from("<I", self.data, 48)[0])
        entries = [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
        self._check_small()
        for entry in entries:
            name = entry[: max(unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace")
            if name in _STREAMS:
                start, length = unpack_from("<II", entry, 116)
                small = length < unpack_from("<I", self.data, 56)[0]
                found = self._read_small(start, entries[0]) if small else self._read(start)
                return found[:length]
        return b""

    def _check_small(self) -> Sequence[int]:
        """Return which small sector comes after each one."""
        table = self._read(unpack_from("<I", self.data, 60)[0])
        return _checked([number for (number,) in iter_unpack("<I", table[: len(table) // 4 * 4])])

    def _read_small(self, start: int, root: bytes) -> bytes:
        size = 1 << min(unpack_from("<H", self.data, 32)[0], _LARGEST_SHIFT)
        whole = self._read(unpack_from("<I", root, 116)[0])
        return b"".join(whole[at * size : (at + 1) * size] for at in _chain(self._check_small(), start))

    def _read(self, start: int) -> bytes:
        return b"".join(self._sector(at) for at in _chain(self.next_sector, start))

    def _sector(self, at: int) -> bytes:
        return self.data[(at + 1) * self.size : (at + 2) * self.size]

    def _numbers(self, at: int) -> list[int]:
        sector = self._sector(at)
        return [number for (number,) in iter_unpack("<I", sector[: len(sector) // 4 * 4])]


def _chain(after: Sequence[int], start: int) -> Iterator[int]:
    """Yield the sectors of a chain; a number beyond the last sector ends it."""
    at = start
    while at < len(after):
        yield at
        at = after[at]


def _checked(after: list[int]) -> list[int]:
    """Return the table of sectors after checking that no chain forms a loop."""
    done = bytearray(len(after))
    for start in range(len(after)):
        walked = []
        for at in _chain(after, start):
            if done[at]:
                break
            done[at] = 1
            walked.append(at)
        if walked and after[walked[-1]] < len(after) and after[walked[-1]] in set(walked):
            raise ValueError("its sectors form a loop")
    return after


def _check_records(stream: bytes, at: int) -> list[int]:
    """Check the records of a part, and return the offsets of the sheets they name."""
    sheets = []
    while at + 4 <= len(stream):
        kind, length = unpack_from("<HH", stream, at)
        record = stream[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == _END:
            break
        if kind == _SHEET:
            sheets.append(unpack_from("<I", record)[0])
        elif kind == _SIZE:
            wide = "<IIHH" if length >= 14 else "<HHHH"
            _, rows, _, columns = unpack_from(wide, record)
            _check_place(rows - 1, columns - 1)
        elif kind == _STRINGS and unpack_from("<I", record, 4)[0] > len(stream):
            raise ValueError("it claims more strings than it has bytes")
        elif kind in _CELLS:
            _check_place(*unpack_from("<HH", record))
        elif kind in _CELLS_OF_A_ROW:
            _check_place(unpack_from("<H", record)[0], unpack_from("<H", record, len(record) - 2)[0])
    return sheets


def _check_place(row: int, column: int) -> None:
    if row >= _ROWS or column >= _COLUMNS:
        raise ValueError(f"a cell in row {row + 1:,}, column {column + 1:,}, outside a sheet")
