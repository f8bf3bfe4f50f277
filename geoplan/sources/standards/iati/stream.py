"""Stream: the activities of an IATI file one by one, with only one in memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from geoplan.model.errors import InputError, Problem
from geoplan.sources.standards.iati.codes import VERSIONS

if TYPE_CHECKING:
    from lxml import etree

LARGEST_ACTIVITY = 64 << 20
"""Largest size of an activity in bytes, so that no file can fill the memory."""

_GZIP = b"\x1f\x8b"
_AGAIN = "download it again; it must be an IATI activity file (.xml or .xml.gz)"


class _Bounded:
    """A file that may be read only this far beyond the last activity.

    Parameters
    ----------
    stream : binary file
    name : str
    """

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.stream, self.name, self.since = stream, name, 0

    def read(self, size: int = -1) -> bytes:
        """Read on, or raise if no activity ends within `LARGEST_ACTIVITY`."""
        data = self.stream.read(size)
        self.since += len(data)
        if self.since > LARGEST_ACTIVITY:
            message = f"no activity ends within {LARGEST_ACTIVITY >> 20} MB"
            raise InputError(Problem(self.name, message, way_out=_AGAIN))
        return data


def stream_activities(path: Path) -> Iterator[tuple[etree._Element, Set[str]]]:
    """Yield the activities of a file, with the namespaces it has declared so far.

    An activity is removed when the next one is read. The file may be gzipped, whatever its name. Its root may be a
    single ``<iati-activity>``. Nothing outside the file is read: a document type that declares entities or names
    another file is refused before it is used.

    Raises
    ------
    InputError
        The file is not an IATI activity file, is cut short, or uses entities.
    """
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
        yield from _parse(_Bounded(stream, path.name), path.name)


def _parse(bounded: _Bounded, name: str) -> Iterator[tuple[etree._Element, Set[str]]]:
    from lxml import etree

    events = etree.iterparse(
        bounded,
        events=("start", "end", "start-ns"),
        tag=("iati-activities", "iati-activity"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    seen = False
    namespaces: set[str] = set()
    try:
        for event, element in events:
            if event == "start-ns":
                namespaces.add(element[1])
            elif event == "start":
                if not seen:
                    _check_document(element, name)
                    seen = True
            elif element.tag == "iati-activity":
                yield element, namespaces
                element.clear()
                # Remove what was before it too, so that the tree does not grow.
                while element.getprevious() is not None:
                    del element.getparent()[0]
                bounded.since = 0
    except etree.XMLSyntaxError as error:
        raise InputError(_syntax_problem(error, events.error_log, name)) from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        message = f"the gzip archive is cut short or damaged ({error})"
        raise InputError(Problem(name, message, way_out=_AGAIN)) from None
    if not seen:
        raise InputError(_no_activities(name, events.root))


def _check_document(root: etree._Element, name: str) -> None:
    """Refuse a document type with entities or another file, another root, or an unknown major version."""
    information = root.getroottree().docinfo
    internal = information.internalDTD
    if (
        information.system_url
        or information.public_id
        or (internal is not None and any(internal.iterentities()))
    ):
        raise InputError(
            Problem(
                name,
                "has a document type (DOCTYPE) that declares entities or names another file",
                way_out="remove the DOCTYPE, which an IATI file does not need, and check where the file comes from",
            )
        )
    if root.getparent() is None and root.tag not in ("iati-activities", "iati-activity"):
        raise InputError(_no_activities(name, root))
    version = root.get("version")
    if version is not None and not _is_readable(version.strip()):
        known = ", ".join(VERSIONS)
        raise InputError(
            Problem(
                name,
                "unknown version of IATI",
                "version",
                values=(version,),
                way_out=f"geoplan reads {known} and other minor versions of 1 and 2",
            )
        )


def _is_readable(version: str) -> bool:
    """Tell whether a version is 1.x or 2.x: minor versions only add to a standard."""
    major, _, minor = version.partition(".")
    return major in ("1", "2") and minor.isdigit()


def _syntax_problem(error: etree.XMLSyntaxError, log: Iterable[Any], name: str) -> Problem:
    """Return the first message of the parser's log, because the error itself does not always have one."""
    found = next(((entry.message, entry.line) for entry in log), (error.msg or "it is empty", error.lineno))
    said, line = str(found[0]).partition(", line")[0], int(found[1] or 0)
    where = (line,) if line else ()
    if "ntity" in said:
        way_out = "write the character itself, because geoplan does not expand entities"
        return Problem(name, f"uses an entity ({said})", rows=where, way_out=way_out)
    return Problem(name, f"is not well-formed XML ({said})", rows=where, way_out=_AGAIN)


def _no_activities(name: str, root: etree._Element | None) -> Problem:
    tag = "nothing" if root is None else f"<{root.tag}>"
    return Problem(name, f"contains {tag}, not <iati-activities>", way_out=_AGAIN)
