"""Encodings: detect the encoding of a text by its bytes, and report it."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from geoplan.model.errors import InputError, Problem, show_value
from geoplan.sources.raw_table import FileSpec

# UTF-32 comes first: its marks start with those of UTF-16.
_BYTE_ORDER_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_UNCERTAIN = ("cp1252", "cp1250", "cp1251", "cp874", "mac_roman", "cp850")
# Characters of Western European text beyond ASCII: letters of Latin-1 and cp1252, and typography.
_WESTERN = re.compile(r"[À-ÖØ-öø-ÿŒœŠšŽžŸ–—‘’“”…•€£§°²³µ«»·ºª¿¡½¼¾©®™×\xa0]")
_DBF_LANGUAGE = 29


def decode(data: bytes, spec: FileSpec) -> tuple[str, list[str]]:
    """Decode a text by the plan file, by its byte order mark, as UTF-8, or as the only encoding that fits.

    Parameters
    ----------
    data : bytes
    spec : FileSpec

    Returns
    -------
    tuple of str and list of str
        The text, and what was detected.

    Raises
    ------
    InputError
        The bytes do not fit the given encoding, or several encodings fit.
    """
    name = spec.path.name
    if spec.encoding is not None:
        return _decode_as(data, spec.encoding, name), []
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return _decode_as(data, encoding, name), [f"{name} is read as {encoding.upper()}"]
    wide = _wide_encoding(data)
    if wide is not None:
        return _decode_as(data, wide, name), [f"{name} is read as UTF-16 (without a byte order mark)"]
    if b"\0" in data:
        raise InputError(
            Problem(
                name,
                "has NUL bytes, so it is not a text table",
                rows=(data[: data.index(b"\0")].count(b"\n") + 1,),
                way_out="save it as CSV UTF-8 again, or set encoding",
            )
        )
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        return _decode_western(data, name, error)


def _wide_encoding(data: bytes) -> str | None:
    """Recognise UTF-16 without a byte order mark: every second byte of its commas, digits and line ends is NUL."""
    start = data[:4096]
    if len(data) % 2 or len(start) < 8:
        return None
    even, odd = start[::2].count(0) / len(start[::2]), start[1::2].count(0) / len(start[1::2])
    if odd > 0.3 and even < 0.02:
        return "utf-16-le"
    return "utf-16-be" if even > 0.3 and odd < 0.02 else None


def _decode_as(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(_not_decoded(data, name, error)) from None
    except LookupError:
        raise InputError(
            Problem(
                name,
                "unknown encoding",
                values=(encoding,),
                way_out='use a name such as "utf-8", "cp1252" or "utf-16"',
            )
        ) from None


def _not_decoded(data: bytes, name: str, error: UnicodeDecodeError) -> Problem:
    around = data[max(0, error.start - 12) : error.start + 12]
    readings = " or ".join(
        f'encoding = "{encoding}" ({show_value(around.decode(encoding, "replace").strip())})'
        for encoding in _UNCERTAIN[:3]
    )
    return Problem(
        name,
        f"the text is not {error.encoding.upper()}",
        rows=(data[: error.start].count(b"\n") + 1,),
        values=(around.decode("ascii", "backslashreplace"),),
        way_out=f'save it as "CSV UTF-8", or give the encoding that reads right in geoplan.toml: {readings}',
    )


def _decode_western(data: bytes, name: str, error: UnicodeDecodeError) -> tuple[str, list[str]]:
    """Decode Western European text as Windows-1252, which includes Latin-1."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise InputError(_not_decoded(data, name, error)) from None
    if not _reads_western(text):
        raise InputError(_not_decoded(data, name, error))
    word = next(re.finditer(r"[\w'’-]*[^\x00-\x7f][\w'’-]*", text)).group()
    return text, [f"{name} is not UTF-8; it is read as cp1252 (Windows, Western Europe): {show_value(word)}"]


def _reads_western(text: str) -> bool:
    """Return whether the letters beyond ASCII occur as in Western European words."""
    beyond = {char for char in text if char > "\x7f"}
    if not all(_WESTERN.fullmatch(char) for char in beyond):
        return False
    for word in re.findall(r"\w+", text):
        if word.isascii():
            continue
        if re.search(r"[^\x00-\x7f]{3}", word) or _has_inner_capital(word):
            return False
    return True


def _has_inner_capital(word: str) -> bool:
    """Return whether a capital beyond ASCII follows a small letter, a sign of the wrong encoding."""
    return any(
        before.islower() and char > "\x7f" and unicodedata.category(char) == "Lu"
        for before, char in pairwise(word)
    )


def shapefile_encoding(spec: FileSpec) -> tuple[str | None, list[str]]:
    """Choose the encoding of the table of a Shapefile if neither the file nor the plan file names one.

    Returns
    -------
    tuple of (str or None) and list of str
        The encoding, or None if GDAL knows it (by the .cpg file or the mark in the .dbf); what was detected.
    """
    if spec.encoding is not None:
        return spec.encoding, []
    table = _table_without_encoding(spec)
    if table is None or table.isascii():
        return None, []
    name = spec.path.name
    try:
        table.decode("utf-8")
    except UnicodeDecodeError as error:
        _, remarks = _decode_western(table, name, error)
        return "cp1252", remarks
    return "utf-8", [f"{name} names no encoding (it has no .cpg); it is read as UTF-8"]


def _table_without_encoding(spec: FileSpec) -> bytes | None:
    """Return the records of the .dbf if neither it nor a .cpg file names its encoding."""
    suffix = spec.path.suffix.lower()
    if suffix == ".shp":
        found = {path.suffix.lower(): path for path in spec.path.parent.glob(f"{_escaped(spec.path.stem)}.*")}
        data = found[".dbf"].read_bytes() if ".dbf" in found and ".cpg" not in found else b""
    elif suffix == ".zip":
        data = _zipped_table(spec.path, spec.layer)
    else:
        return None
    if len(data) <= _DBF_LANGUAGE or data[_DBF_LANGUAGE]:
        return None
    return data[int.from_bytes(data[8:10], "little") :]


def _escaped(stem: str) -> str:
    import glob

    return glob.escape(stem)


def _zipped_table(path: Path, layer: str | None) -> bytes:
    with ZipFile(path) as archive:
        names = {PurePosixPath(name) for name in archive.namelist()}
        tables = [name for name in names if name.suffix.lower() == ".dbf"]
        chosen = [table for table in tables if layer in (None, table.stem, str(table.with_suffix(".shp")))]
        if len(chosen) != 1 or any(
            name.with_suffix("") == chosen[0].with_suffix("") and name.suffix.lower() == ".cpg"
            for name in names
        ):
            return b""
        return archive.read(str(chosen[0]))
