"""Downloads: boundary layers from geoBoundaries by country code, complete and with their provenance.

Description of the API: https://www.geoboundaries.org/api.html
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi

from geoplan.model.errors import InputError, Problem, UnreachableError, UsageError, show_value
from geoplan.model.watched_inputs import watched_inputs

SERVICE = "https://www.geoboundaries.org/api/current/gbOpen"
_TIMEOUT = 60
_LONGEST = 1800
"""Seconds that a download may take in all; it can be continued."""

_LARGEST = 2 * 1024**3
_PIECE = 1 << 20
_POINTER = b"version https://git-lfs"
_NOTED = {
    "boundaryName": "country",
    "boundaryISO": "ISO code",
    "boundaryType": "level",
    "boundaryID": "identifier",
    "boundaryYearRepresented": "year represented",
    "boundarySource": "source",
    "boundaryLicense": "licence",
    "licenseDetail": "licence, details",
    "licenseSource": "licence, where stated",
    "boundarySourceURL": "source, address",
    "sourceDataUpdateDate": "source updated",
    "buildDate": "built",
    "admUnitCount": "units",
}


@dataclass(frozen=True)
class Download:
    """A layer that was downloaded and checked, but not yet moved to its target.

    Parameters
    ----------
    part : Path
        The complete file, next to the target.
    note : str
        Its provenance: address, number of areas, SHA-256, source and licence.
    """

    part: Path
    note: str


def download_boundaries(
    country: str, *, level: int, target: Path, source: str = "geoboundaries", service: str = SERVICE
) -> Download:
    """Download a boundary layer to a partial file next to its target, and check it.

    Parameters
    ----------
    country : str
        ISO 3166-1 code with three letters.
    level : int
        0 for the country, 1 for provinces, 2 for districts.
    target : Path
        File of the layer to write later.
    source : str
        ``geoboundaries``, or the address (http, https) or file of a layer.
    service : str
        Address of the geoBoundaries API.

    Returns
    -------
    Download

    Raises
    ------
    UsageError
        The country code is not valid, or the file cannot be written.
    UnreachableError
        The server cannot be reached.
    InputError
        The service has no such layer, or sent something else. Nothing is written. After an interruption, the bytes
        received stay in a ``.part`` file, with the tag of the file in ``.part.tag``, so that the next call continues.
    """
    if not re.fullmatch(r"[A-Za-z]{3}", country):
        raise UsageError(f"a country is given by its ISO code of three letters, such as LAO, not {country!r}")
    about: dict[str, Any] = {}
    address = source
    if source == "geoboundaries":
        about = _ask(f"{service}/{country.upper()}/ADM{level}/")
        _refuse_other_layer(about, service, country.upper(), level)
        address = str(about["gjDownloadURL"])
    is_address = re.match(r"https?://", address) is not None
    if not is_address and not Path(address).is_file():
        raise UsageError(f"there is no file {address}: give geoboundaries, an address or a file")
    part = target.with_name(f"{target.name}.part")
    compared = "nothing: it is a local file"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if is_address:
            compared = _fetch(address, part)
        else:
            part.write_bytes(Path(address).read_bytes())
    except OSError as error:
        raise UsageError(
            f"{show_value(part)} cannot be written ({error.strerror}): make room, or choose another place"
        ) from error
    units = _check_layer(part, address, target.suffix, about)
    return Download(part, _provenance(part, target, address, about, units, compared))


def _ask(address: str) -> dict[str, Any]:
    """Request the metadata of a layer from the service."""
    with _open(urllib.request.Request(address)) as answer:
        data = answer.read(_PIECE)
    try:
        about = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError(
            Problem(
                address,
                "the service did not answer with JSON",
                way_out="try again later, or give another source",
            )
        ) from None
    about = about[0] if isinstance(about, list) and about else about
    # A service with https must not point to an address without it, where others could change the answer.
    schemes = ("https",) if address.startswith("https:") else ("https", "http")
    if not isinstance(about, dict) or not _is_address(about.get("gjDownloadURL"), schemes):
        raise InputError(
            Problem(
                address,
                "the answer names no layer to download",
                way_out="try another level, or give another source",
            )
        )
    return about


def _is_address(given: Any, schemes: tuple[str, ...]) -> bool:
    """Return whether a value is an address of a server, by one of some schemes."""
    try:
        parts = urllib.parse.urlsplit(given) if isinstance(given, str) else None
        return parts is not None and parts.scheme in schemes and bool(parts.hostname)
    except ValueError:
        return False


def _refuse_other_layer(about: dict[str, Any], service: str, country: str, level: int) -> None:
    """Refuse an answer about another country or level than was asked for."""
    wanted = {"boundaryISO": country, "boundaryType": f"ADM{level}"}
    wrong = [str(about[key]) for key, value in wanted.items() if about.get(key, value) != value]
    if wrong:
        message = f"the service answers about another layer than {country} ADM{level}"
        raise InputError(Problem(service, message, values=tuple(wrong), way_out="give another source"))


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, except from https to http."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urllib.parse.urlsplit(newurl).scheme not in ("https", urllib.parse.urlsplit(req.full_url).scheme):
            raise InputError(
                Problem(
                    req.full_url,
                    "the service redirects to an address that is not https",
                    values=(newurl,),
                    way_out="give the address of the layer itself as the source",
                )
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def trusted_certificates() -> ssl.SSLContext:
    """Return the settings of https: the certificates of the system, and those of certifi.

    Python from python.org finds none on macOS until a script of its installer is run.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _open(request: urllib.request.Request) -> http.client.HTTPResponse:
    address = request.full_url
    try:
        host = urllib.parse.urlsplit(address).hostname or address
        secure = urllib.request.HTTPSHandler(context=trusted_certificates())
        opener = urllib.request.build_opener(secure, _SafeRedirects)
        answer: http.client.HTTPResponse = opener.open(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        way_out = "check the code of the country and the level" if error.code == 404 else "try again later"
        raise InputError(
            Problem(address, f"the service answers {error.code} {error.reason}", way_out=way_out)
        ) from None
    except (urllib.error.URLError, OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        host = address if isinstance(error, ValueError) else host
        raise UnreachableError(
            Problem(
                host,
                f"cannot be reached ({reason})",
                way_out="check the network, or give a local file as source",
            )
        ) from None
    return answer


def _fetch(address: str, part: Path) -> str:
    """Download to a partial file; continue an earlier download if the file on the server is still the same.

    The server's tag (or date) of the file is stored next to the partial file. With ``If-Range``, the server sends the
    rest of the same file, or all of a new one (RFC 9110, section 13.1.5). Without a tag, the download starts again.
    Returns what the file was compared with: the SHA-256 (RFC 9530) or size that the server states, or nothing.
    """
    tag_file = part.with_name(f"{part.name}.tag")
    start, known = _begun(address, part, tag_file)
    asked = {"Range": f"bytes={start}-", "If-Range": known} if start else {}
    try:
        answer = _open(urllib.request.Request(address, headers={**asked, "Accept-Encoding": "identity"}))
    except urllib.error.HTTPError:
        # The server has no more bytes: its file has changed, or the part is already complete. Start again.
        if not start:
            message = "the service sends no part of the layer (416)"
            raise InputError(Problem(address, message, way_out="give another source")) from None
        part.unlink()
        return _fetch(address, part)
    with answer:
        goes_on = start > 0 and answer.status == http.client.PARTIAL_CONTENT
        if goes_on and not _continues(answer, start, known):
            part.unlink()
            return _fetch(address, part)
        before = start if goes_on else 0
        tag_file.write_text(json.dumps({"address": address, "tag": _tag(answer)}), encoding="utf-8")
        got, cut = _receive(answer, address, part, before)
    length = answer.headers.get("Content-Length", "-1" if cut else None)
    if length is not None and (not length.isdecimal() or got != before + int(length)):
        raise InputError(
            Problem(
                address,
                f"the download was cut off after {got:,} bytes",
                way_out="give the same command again: "
                + ("it continues" if _tag(answer) else "it starts again"),
            )
        )
    tag_file.unlink()
    stated = _stated_digest(answer)
    if stated is not None and hashlib.sha256(part.read_bytes()).digest() != stated:
        part.unlink()
        message = "the download does not have the SHA-256 that the service states"
        raise InputError(Problem(address, message, way_out="try again, or give another source"))
    if stated is not None:
        return "SHA-256 of the service"
    return (
        "nothing: the service states neither size nor checksum" if length is None else "size of the service"
    )


def _stated_digest(answer: http.client.HTTPResponse) -> bytes | None:
    """Return the SHA-256 of the whole file that a server states, by RFC 9530 or the older RFC 3230."""
    for name in ("Repr-Digest", "Digest"):
        stated = re.search(r"sha-256=:?([A-Za-z0-9+/]{43}=)", answer.headers.get(name, ""), re.I)
        if stated:
            return base64.b64decode(stated[1])
    return None


def _begun(address: str, part: Path, tag_file: Path) -> tuple[int, str]:
    """Return the size and tag of an earlier partial download; 0 if it has no tag."""
    try:
        about = json.loads(tag_file.read_text(encoding="utf-8"))
        size, tag = part.stat().st_size, str(about["tag"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""
    return (size, tag) if tag and about.get("address") == address else (0, "")


def _tag(answer: http.client.HTTPResponse) -> str:
    """Return the identifier of a file for ``If-Range``: a strong entity tag, else its date, else empty."""
    tag = answer.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")


def _continues(answer: http.client.HTTPResponse, start: int, known: str) -> bool:
    """Return whether an answer starts at the requested byte and is part of the same file."""
    said = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return (said is None or int(said[1]) == start) and _tag(answer) == known


def _receive(answer: http.client.HTTPResponse, address: str, part: Path, before: int) -> tuple[int, bool]:
    """Append the answer to a partial file; return its new size and whether the answer was interrupted."""
    got, cut, end = before, False, time.monotonic() + _LONGEST
    with part.open("ab" if before else "wb") as file:
        while not cut:
            try:
                # read1 returns after any bytes, so that the time limit also stops a server that sends a byte a minute.
                piece = answer.read1(_PIECE)
            except http.client.IncompleteRead as error:
                piece, cut = error.partial, True
            except (http.client.HTTPException, OSError):
                piece, cut = b"", True
            file.write(piece)
            got += len(piece)
            if time.monotonic() > end:
                return got, True
            if got > _LARGEST:
                raise InputError(Problem(address, "sends more than 2 GB", way_out="give another source"))
            if not piece:
                break
    return got, cut


def _check_layer(part: Path, address: str, suffix: str, about: dict[str, Any]) -> int:
    """Check that the download is a layer with the number of areas that the service states; return it."""
    from geoplan.sources.layer_list import list_layers

    with part.open("rb") as file:
        start = file.read(512).lstrip().lower()
    whole = part.with_name(f".{part.stem}{suffix}")
    part.replace(whole)
    try:
        if start.startswith((b"<!doctype", b"<html")):
            raise InputError(Problem(address, "sends a web page, not a layer", way_out="give another source"))
        if start.startswith(_POINTER):
            raise InputError(
                Problem(
                    address,
                    "sends a pointer of Git LFS, not the layer",
                    way_out="try again, or another source",
                )
            )
        # The temporary file of a download is not an input of the run.
        with watched_inputs():
            layers = list_layers(whole)
        units = int(layers["features"].sum())
        kinds = layers["geometry"].astype(str)
        if kinds.str.contains("Point|Line", regex=True).all():
            message, advice = "has no areas", "give the address of a layer of areas"
            raise InputError(Problem(address, message, values=tuple(kinds), way_out=advice))
        expected = str(about.get("admUnitCount", ""))
        if expected.isdecimal() and int(expected) != units:
            raise InputError(
                Problem(address, f"has {units} areas, but the service says {expected}", way_out="try again")
            )
        whole.replace(part)
    except BaseException:
        whole.unlink(missing_ok=True)
        raise
    return units


def _provenance(
    part: Path, target: Path, address: str, about: dict[str, Any], units: int, compared: str
) -> str:
    digest = hashlib.sha256(part.read_bytes()).hexdigest()
    lines = [f"layer: {target.name}", f"address: {address}", f"areas: {units}", f"sha256: {digest}"]
    lines.append(f"compared with: {compared}")
    lines += [f"{label}: {about[key]}" for key, label in _NOTED.items() if about.get(key)]
    if not about.get("boundaryLicense"):
        lines.append("licence: not stated by the source; ask before you pass it on")
    return "\n".join(re.sub(r"[\x00-\x1f\x7f]+", " ", line) for line in lines) + "\n"
