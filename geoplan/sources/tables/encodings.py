"""Encodings: detect the encoding of a text by its bytes, and report it."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
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
_ONE_BYTE = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp874",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
)
_UNCERTAIN = (*_ONE_BYTE, "mac_roman", "cp850", "cp866", "koi8_r", "gb18030", "big5", "shift_jis", "euc_kr")
_OTHER_SCRIPTS = ("gb18030", "big5", "shift_jis", "euc_kr", "cp874", "cp1251", "cp1253", "cp1255", "cp1256")
"""Encodings of other scripts, whose words may be valid UTF-8 by chance."""
_MISREAD = re.compile(r"[\x80-\x9f]|[Â-ôŒŠŽ][\x80-\xbfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]")
"""Control characters of Latin-1, and two letters that come from one letter in UTF-8."""
# Characters of Western European text beyond ASCII: letters of Latin-1 and cp1252, and typography.
_WESTERN = re.compile(r"[À-ÖØ-öø-ÿŒœŠšŽžŸ–—‘’“”…•€£§°²³µ«»·ºª¿¡½¼¾©®™×\xa0]")
_SIGN_IN_WORD = re.compile(r"[À-ÖØ-öø-ÿ][€£§°²³µ«»·º¿¡½¼¾©®™×][À-ÖØ-öø-ÿ€£§°²³µ·º½¼¾©®™×]")
"""A letter beyond ASCII, a sign and another of these, as the bytes of Chinese letters give."""

_TURKISH = re.compile("[ÐÝÞðýþ]")
"""The only letters of cp1252 that are others in cp1254: both give words."""
_MISTAKEN = ("cp1252", "cp437", "cp850", "cp874", "cp1250", "cp1251", "cp1254", "cp1258", "mac_roman")
"""Encodings of systems that UTF-8 is read in by mistake."""
_USUAL = _MISTAKEN[:3]

_LOST_WORD = re.compile(r"\?{4}")
_LOST_LETTER = re.compile(r"[^\W\d_]\?+[^\W\d_]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_NAMED = 2
_MOSTLY = 0.5
"""Share of the runs of letters that must turn into UTF-8; Excel may replace single letters for good."""

_WIDE_WORD = re.compile(r"[A-Za-z]*[^\x00-\x7f][^\x00-\x40\x5b-\x60\x7b-\x7f]*")
"""A word with letters beyond ASCII."""
_LATIN = ("\xc0", "\u017f")
"""First and last letter of Latin-1 and Latin Extended-A, which may be words by themselves, as à."""
_CHANCE_BYTES = 4
"""Bytes of a word that may be valid UTF-8 by chance: two letters of another encoding."""
_SIGNS = frozenset("°§²³–—‘’“”…•€£«»©®™×½¼¾µ·\xa0")
"""Signs that stand alone in texts of any language."""

_DBF_LANGUAGE = 29
_SAMPLE = 100_000


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
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if data.startswith(codecs.BOM_UTF8):  # the mark says UTF-8 and the bytes do not
            raise InputError(_not_decoded(data, name, error)) from None
        return _decode_western(data, name, error)
    # A byte order mark, as Excel and geoplan write it, is no chance.
    others = [] if data.startswith(codecs.BOM_UTF8) else _other_readings(data, text)
    if others:
        raise InputError(_two_readings(data, text, others, name))
    return text, []


def _wide_encoding(data: bytes) -> str | None:
    """Recognise UTF-16 without a byte order mark: of its two orders of bytes, one gives text with line ends."""
    start = data[:4096]
    if len(data) % 2 or b"\0" not in start:
        return None
    texts = {encoding: start.decode(encoding, "replace") for encoding in ("utf-16-le", "utf-16-be")}
    fitting = [
        encoding
        for encoding, text in texts.items()
        if "\n" in text and all(char.isprintable() or char in "\r\n\t\ufeff\ufffd" for char in text)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _other_readings(data: bytes, text: str) -> list[str]:
    """Return the encodings in which a text gives words too, where its few letters may be UTF-8 only by chance.

    Two letters of Chinese are valid UTF-8 now and then: the bytes of a word in GB 18030 may be those of a Cyrillic and
    a Hebrew letter. Letters beside those of ASCII, or words of more than four bytes in one script, are no chance.
    """
    if text.isascii():
        return []
    words = dict.fromkeys(_WIDE_WORD.findall(text[:_SAMPLE]))
    if not words or any(map(_is_sure, words)):
        return []
    return [encoding for encoding in _OTHER_SCRIPTS if _gives_words(data, encoding)]


def _is_sure(word: str) -> bool:
    """Return whether a word beyond ASCII is one in UTF-8, and not by chance.

    >>> [_is_sure(word) for word in ("Sékong", "à", "学校", "школа", "°", "Сѧ", "רҵ", "آ")]
    [True, True, True, True, True, False, False, False]
    """
    if all(char in _SIGNS or char.isdecimal() or _LATIN[0] <= char <= _LATIN[1] for char in word):
        return True
    return _is_word(word) and (word[0].isascii() or len(word.encode()) > _CHANCE_BYTES)


def _two_readings(data: bytes, text: str, others: list[str], name: str) -> Problem:
    """Ask in which encoding a text is, where it gives words in UTF-8 and in others."""
    word = next(iter(_WIDE_WORD.findall(text)))
    readings = {"utf-8": word, **{code: word.encode().decode(code, "replace") for code in others}}
    lines = " or ".join(f'encoding = "{code}" ({show_value(meant)})' for code, meant in readings.items())
    return Problem(
        name,
        f"the text has few letters beyond ASCII, which are words in several encodings: {', '.join(readings)}",
        rows=(data[: data.index(word.encode())].count(b"\n") + 1,),
        values=(word,),
        way_out=f"give the encoding that reads right in geoplan.toml: {lines}",
    )


def _decode_as(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode(encoding).removeprefix("\ufeff")
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
    data = data.removeprefix(codecs.BOM_UTF8)
    start = min(error.start, len(data) - 1)
    around = data[max(0, start - 12) : start + 12]
    fitting = [encoding for encoding in _UNCERTAIN if _gives_words(data, encoding)] or list(_UNCERTAIN[:3])
    readings = " or ".join(
        f'encoding = "{encoding}" ({show_value(around.decode(encoding, "replace").strip())})'
        for encoding in fitting
    )
    return Problem(
        name,
        f"the text is not {error.encoding.upper()}",
        rows=(data[:start].count(b"\n") + 1,),
        values=(around.decode("ascii", "backslashreplace"),),
        way_out=f'save it as "CSV UTF-8", or give the encoding that reads right in geoplan.toml: {readings}',
    )


def _gives_words(data: bytes, encoding: str) -> bool:
    """Return whether the words beyond ASCII are words in an encoding: letters of one script, no capital inside."""
    start = data[:_SAMPLE].removeprefix(codecs.BOM_UTF8)
    words = re.findall(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*", start)
    try:
        texts = [word.decode(encoding) for word in words]
    except UnicodeDecodeError:
        return False
    return bool(texts) and all(_is_word(text) for text in texts)


def _is_word(text: str) -> bool:
    kinds = [unicodedata.category(char)[0] for char in text]
    if kinds[0] != "L" or not {*kinds} <= {"L", "M"} or _has_inner_capital(text):
        return False
    scripts = {
        unicodedata.name(char, "?").split(" ")[0] for char in text if unicodedata.category(char)[0] == "L"
    }
    return len(scripts) == 1


def misread_text(texts: Iterable[str]) -> tuple[str, str, str] | None:
    """Return a text that was read in the wrong encoding, what it means, and the right encoding; or None.

    >>> misread_text(["Champhon", "KhamkhÃ©ut"])
    ('KhamkhÃ©ut', 'Khamkhéut', 'utf-8')
    """
    for text in texts:
        if text.isascii() or not _MISREAD.search(text):
            continue
        for read_as in ("cp1252", "latin-1"):
            try:
                return text, text.encode(read_as).decode("utf-8"), "utf-8"
            except UnicodeError:
                continue
        if re.search(r"[\x80-\x9f]", text):
            for encoding in _ONE_BYTE:
                try:
                    meant = text.encode("latin-1").decode(encoding)
                except UnicodeError:
                    continue
                if all(_is_word(word) for word in re.findall(r"[^\W\d_]+", meant)):
                    return text, meant, encoding
            return text, text, ""
    return None


def damaged_text(texts: Iterable[str]) -> tuple[str, str, str] | None:
    """Return a text that is UTF-8 read in another encoding and saved again, what it was, and the encodings; or None.

    Excel does so when it opens a CSV without a byte order mark, and PowerShell 5.1 when it redirects output with ``>``.
    Texts are damaged if most of their runs of letters beyond ASCII turn into valid UTF-8, with letters, when the
    encoding is undone.

    >>> damaged_text(["Khéne", "Nong"]), damaged_text(["KhÃ©ne", "Nong"])
    (None, ('KhÃ©ne', 'Khéne', 'cp1252 or cp850'))
    """
    wide = [text for text in texts if not text.isascii()]
    runs = {found[0]: found for text in wide for found in _BEYOND_ASCII.finditer(text)}
    if not runs:
        return None
    undone = {
        encoding: {
            run: meant
            for run, found in runs.items()
            if (meant := _undone(run, encoding)) and _fits_in(meant, found)
        }
        for encoding in _MISTAKEN
    }
    # One run, such as ÷Ü, may be text; in the encodings of other systems it takes two to tell.
    undone = {
        encoding: found if encoding in _USUAL or len(found) > 1 else {} for encoding, found in undone.items()
    }
    most = max(map(len, undone.values()))
    if most == 0 or most < _MOSTLY * len(runs):
        return None
    likely = [encoding for encoding in _MISTAKEN if len(undone[encoding]) == most]
    meanings = undone[likely[0]]
    text = runs[next(iter(meanings))].string
    meant = _BEYOND_ASCII.sub(lambda found: meanings.get(found[0], found[0]), text)
    return text, meant, " or ".join(likely[:_NAMED])


def _fits_in(meant: str, run: re.Match[str]) -> bool:
    """Return whether letters fit the word in which they take the place of a run of letters.

    In CAFÉ» the last two letters are UTF-8 for ɻ by chance: a small letter in a word of capitals.
    """
    before = re.findall(r"[A-Za-z]*$", run.string[: run.start()])[0]
    after = re.findall(r"^[A-Za-z]*", run.string[run.end() :])[0]
    letters = [char for char in meant if char.isalpha()]
    if not before + after:
        # One letter alone is a word such as à or É, not a rare letter such as Ʌ, which É… would be.
        return len(letters) > 1 or letters[0] <= "\u017f"
    scripts = {unicodedata.name(char, "?").split(" ")[0] for char in letters}
    is_capital = len(before + after) > 1 and (before + after).isupper()
    return scripts == {"LATIN"} and not (is_capital and any(char.islower() for char in letters))


def _undone(run: str, encoding: str) -> str:
    """Return a run of letters as it was before UTF-8 was read in an encoding, or an empty text if it was not."""
    data = bytearray()
    for char in run:
        try:
            data += char.encode(encoding)
        except UnicodeEncodeError:
            # Windows keeps bytes that a code page leaves free as control characters.
            if not "\x80" <= char <= "\x9f":
                return ""
            data.append(ord(char))
    try:
        meant = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return meant if any(char.isalpha() for char in meant) else ""


def lost_letters(texts: Iterable[str]) -> str | None:
    """Return a text whose letters were saved as question marks, or None.

    Excel does so when it saves letters as plain CSV that the code page of Windows lacks. Four marks in a row are a
    word in another script; one mark between letters counts if several texts have one.

    >>> lost_letters(["Paksan", "?????????"]), lost_letters(["H?i Phòng", "B?c Ninh"]), lost_letters(["???", "who?me"])
    ('?????????', 'H?i Phòng', None)
    """
    inside: list[str] = []
    for text in texts:
        if "?" not in text:
            continue
        if _LOST_WORD.search(text):
            return text
        if _LOST_LETTER.search(text) and "=" not in text and "/" not in text and text not in inside:
            inside.append(text)
    return inside[0] if len(inside) > 1 else None


def find_damage(texts: Iterable[str], source: str, role: str) -> Problem | None:
    """Return the problem of a file whose texts are damaged, as `damaged_text` and `lost_letters` find them.

    Parameters
    ----------
    texts : iterable of str
    source : str
        Name of the file.
    role : str
        Section of the plan file, or empty if there is none to set an encoding in.
    """
    texts = list(texts)
    right = (
        f'. If the text is right as it is, write encoding = "utf-8" under [{role}] in geoplan.toml'
        if role
        else ""
    )
    misread = damaged_text(texts)
    if misread is not None:
        text, meant, encoding = misread
        return Problem(
            source,
            f"the text is damaged: UTF-8 was read as {encoding} and saved again ({show_value(meant)} became "
            f"{show_value(text)}); Excel does this to a CSV without a byte order mark, and PowerShell 5.1 with >",
            values=(text,),
            way_out="use the file from before; in Excel, open it by Data > From Text/CSV with file origin UTF-8"
            + right,
        )
    lost = lost_letters(texts)
    if lost is None:
        return None
    return Problem(
        source,
        "letters are lost: they became question marks; Excel does this when it saves as CSV without UTF-8",
        values=(lost,),
        way_out="use the file from before, and save it as CSV UTF-8 or as a workbook" + right,
    )


def _decode_western(data: bytes, name: str, error: UnicodeDecodeError) -> tuple[str, list[str]]:
    """Decode Western European text as Windows-1252, which includes Latin-1."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise InputError(_not_decoded(data, name, error)) from None
    if not _reads_western(text):
        raise InputError(_not_decoded(data, name, error))
    words = re.findall(r"[\w'’-]*[^\x00-\x7f][\w'’-]*", text)
    turkish = next((word for word in words if _TURKISH.search(word)), "")
    said = f"{name} is not UTF-8; it is read as cp1252 (Windows, Western Europe): {show_value(turkish or words[0])}"
    if turkish:
        meant = turkish.encode("cp1252").decode("cp1254")
        said += f'. If {show_value(meant)} is right, write encoding = "cp1254" (Turkish) in geoplan.toml'
    return text, [said]


def _reads_western(text: str) -> bool:
    """Return whether the letters beyond ASCII occur as in Western European words."""
    beyond = {char for char in text if char > "\x7f"}
    if not all(_WESTERN.fullmatch(char) for char in beyond) or _SIGN_IN_WORD.search(text):
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
    """Choose the encoding of the table of a Shapefile by its bytes, unless the plan file gives it.

    Bytes beyond ASCII that are valid UTF-8 are UTF-8, whatever the .cpg file or the mark in the .dbf says: text in
    another encoding is practically never valid UTF-8.

    Returns
    -------
    tuple of (str or None) and list of str
        The encoding, or None if GDAL knows it (by the .cpg file or the mark in the .dbf); what was detected.
    """
    if spec.encoding is not None:
        return spec.encoding, []
    data, cpg = _shapefile_table(spec)
    table = data[int.from_bytes(data[8:10], "little") :] if len(data) > _DBF_LANGUAGE else b""
    if table.isascii() or re.fullmatch(r"utf-?8|65001", cpg.casefold()):
        return None, []
    name = spec.path.name
    is_marked = bool(cpg or data[_DBF_LANGUAGE])
    mark = f"its .cpg says {show_value(cpg)}" if cpg else "its .dbf is marked with another encoding"
    said = f"although {mark}" if is_marked else "and it names no encoding (it has no .cpg)"
    try:
        text = table.decode("utf-8")
    except UnicodeDecodeError as error:
        return (None, []) if is_marked else ("cp1252", _decode_western(table, name, error)[1])
    others = _other_readings(table, text)
    if others and is_marked:
        return None, []
    if others:
        raise InputError(_two_readings(table, text, others, name))
    return "utf-8", [f"{name} is read as UTF-8, because its text is valid UTF-8, {said}"]


def _shapefile_table(spec: FileSpec) -> tuple[bytes, str]:
    """Return the .dbf of a Shapefile and the text of its .cpg, empty if there is none."""
    suffix = spec.path.suffix.lower()
    parts: dict[str, bytes] = {}
    if suffix == ".shp":
        found = {path.suffix.lower(): path for path in spec.path.parent.glob(f"{_escaped(spec.path.stem)}.*")}
        parts = {ending: found[ending].read_bytes() for ending in (".dbf", ".cpg") if ending in found}
    elif suffix == ".zip":
        parts = _zipped_table(spec.path, spec.layer)
    return parts.get(".dbf", b""), parts.get(".cpg", b"").decode("ascii", "replace").strip()


def _escaped(stem: str) -> str:
    import glob

    return glob.escape(stem)


def _zipped_table(path: Path, layer: str | None) -> dict[str, bytes]:
    """Return the .dbf and the .cpg of a Shapefile in an archive, by ending."""
    with ZipFile(path) as archive:
        names = {PurePosixPath(name) for name in archive.namelist()}
        tables = [name for name in names if name.suffix.lower() == ".dbf"]
        chosen = [table for table in tables if layer in (None, table.stem, str(table.with_suffix(".shp")))]
        if len(chosen) != 1:
            return {}
        stem = chosen[0].with_suffix("")
        return {
            name.suffix.lower(): archive.read(str(name))
            for name in names
            if name.with_suffix("") == stem and name.suffix.lower() in (".dbf", ".cpg")
        }
