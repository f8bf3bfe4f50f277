"""Archives at the edges of what one may unpack to: 64 MiB at any ratio, then 100 times its size, 4 GiB at most."""

from __future__ import annotations

import struct
from pathlib import Path
from zipfile import ZipFile

import pytest

from geoplan.model.errors import InputError
from geoplan.sources.archives import check_archive

MEBIBYTE = 1024**2
HEADER = b"PK\x01\x02"


def write_archive(path: Path, sizes: list[tuple[int, int]]) -> None:
    """Write an archive whose directory states these packed and unpacked sizes; nothing is unpacked."""
    with ZipFile(path, "w") as archive:
        for number in range(len(sizes)):
            archive.writestr(f"{number}.csv", "a")
    content = bytearray(path.read_bytes())
    at = 0
    for packed, unpacked in sizes:
        at = content.index(HEADER, at)
        struct.pack_into("<II", content, at + 20, packed, unpacked)
        at += len(HEADER)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("sizes", "refused"),
    [
        ([(1, 64 * MEBIBYTE)], False),
        ([(1, 64 * MEBIBYTE + 1)], True),
        ([(MEBIBYTE, 100 * MEBIBYTE)], False),
        ([(MEBIBYTE, 100 * MEBIBYTE + 1)], True),
        ([(1024 * MEBIBYTE, 2048 * MEBIBYTE)] * 2, False),
        ([(1024 * MEBIBYTE, 2048 * MEBIBYTE)] * 2 + [(1, 1)], True),
    ],
)
def test_an_archive_may_unpack_to_so_much(
    sizes: list[tuple[int, int]], refused: bool, tmp_path: Path
) -> None:
    write_archive(tmp_path / "a.zip", sizes)
    if refused:
        with pytest.raises(InputError, match="it was not opened"):
            check_archive(tmp_path / "a.zip")
    else:
        assert len(check_archive(tmp_path / "a.zip")) == len(sizes)
