"""Stream: the activities of an IATI file one after the other, with no more than one of them in memory."""

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
"""Bytes within which an activity must end, so that no file can fill the memory."""

_GZIP = b"\x1f\x8b"
_AGAIN = "download it again; it must be an IATI activity file (.xml or .xml.gz)"


class _Bounded:
    """A file that is read only so far beyond the last activity.

    Parameters
    ----------
    stream : binary file
    name : str
    """

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.stream, self.name, self.since = stream, name, 0

    def read(self, size: int = -1) -> bytes:
        """Read on; refuse when no activity ends within `LARGEST_ACTIVITY`."""
        data = self.stream.read(size)
        self.since += len(data)
        if self.since > LARGEST_ACTIVITY:
            message = f"no activity ends within {LARGEST_ACTIVITY >> 20} MB"
            raise InputError(Problem(self.name, message, way_out=_AGAIN))
        return data


def stream_activities(path: Path) -> Iterator[tuple[etree._Element, Set[str]]]:
    """Yield the activities of a file, with the namespaces it has declared so far.

    An activity is gone when the next one is asked for.

    The file may be gzipped, whatever its name says. Nothing outside it is ever read: a document type
    that declares entities or points to another file is refused before anything of it is used.

    Raises
    ------
    InputError
        The file is no IATI activity file, is cut short, or tries to have entities expanded.
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
                # What stood before it too, so that the tree does not grow.
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
    """Refuse a document type with entities or another file, another root, an unknown version."""
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
                "has a document type (DOCTYPE) that declares entities or points to another file",
                way_out="an IATI file needs none: take the DOCTYPE out, and ask where the file comes from",
            )
        )
    if root.getparent() is None and root.tag != "iati-activities":
        raise InputError(_no_activities(name, root))
    version = root.get("version")
    if root.tag == "iati-activities" and version is not None and version.strip() not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise InputError(
            Problem(
                name,
                "a version of IATI that is not known",
                "version",
                values=(version,),
                way_out=f"known are {known}",
            )
        )


def _syntax_problem(error: etree.XMLSyntaxError, log: Iterable[Any], name: str) -> Problem:
    """Say what the parser's log says first: the error itself does not always know."""
    found = next(((entry.message, entry.line) for entry in log), (error.msg or "it is empty", error.lineno))
    said, line = str(found[0]).partition(", line")[0], int(found[1] or 0)
    where = (line,) if line else ()
    if "ntity" in said:
        way_out = "write the character itself; entities are never expanded"
        return Problem(name, f"refers to an entity ({said})", rows=where, way_out=way_out)
    return Problem(name, f"is no well-formed XML ({said})", rows=where, way_out=_AGAIN)


def _no_activities(name: str, root: etree._Element | None) -> Problem:
    tag = "nothing" if root is None else f"<{root.tag}>"
    return Problem(name, f"holds {tag}, not <iati-activities>", way_out=_AGAIN)
