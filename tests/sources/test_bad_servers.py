"""What a bad server can answer: each lie ends in one error, with the old file kept and nothing left behind."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.sources import download

from .test_download import LAYER

ABOUT = {
    "gjDownloadURL": "http://HERE/layer",
    "admUnitCount": "3",
    "boundaryISO": "LAO",
    "boundaryType": "ADM2",
}


def http(body: bytes = b"", *headers: str, status: str = "200 OK", length: object = None) -> bytes:
    told = len(body) if length is None else length
    lines = [
        f"HTTP/1.1 {status}",
        *([f"Content-Length: {told}"] if told != "" else []),
        *headers,
        "Connection: close",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def about(**changes: object) -> bytes:
    return http(json.dumps({**ABOUT, **changes}).encode())


def lie(text: str) -> bytes:
    return LAYER.replace(b"D1", text.encode())


GOOD = about()
CHUNKED = "Transfer-Encoding: chunked"
# Answers to the question about the layer.
ABOUT_LIES: dict[str, bytes] = {
    "nothing at all": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "half a header": b"HTTP/1.1 200 OK\r\nContent-Le",
    "binary noise": bytes(range(256)) * 4,
    "an endless status line": b"HTTP/1.1 200 " + b"O" * 70_000,
    "a hundred thousand headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
    "a status that is no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "forbidden": http(status="403 Forbidden"),
    "too many requests": http(status="429 Too Many Requests"),
    "a server fault": http(status="500 Internal Server Error"),
    "no content": http(status="204 No Content"),
    "no JSON": http(b"<html>maintenance</html>"),
    "an empty list": http(b"[]"),
    "a number": http(b"7"),
    "null": http(b"null"),
    "deep JSON": http(b"[" * 100_000),
    "no UTF-8": http(b"\xff\xfe{"),
    "an address that is a list": about(gjDownloadURL=["http://HERE/layer"]),
    "an address of a file": about(gjDownloadURL="file:///etc/passwd"),
    "an address of another scheme": about(gjDownloadURL="ftp://HERE/layer"),
    "an address without host": about(gjDownloadURL="http://"),
    "an address with a line break": about(gjDownloadURL="http://HERE/layer\r\nX: y"),
    "an address with a wrong port": about(gjDownloadURL="http://127.0.0.1:99999999/layer"),
    "an address with half a bracket": about(gjDownloadURL="http://[::1/layer"),
    "an endless redirect": http(b"", "Location: http://HERE/api/LAO/ADM2/", status="302 Found"),
    "a redirect to a file": http(b"", "Location: file:///etc/passwd", status="302 Found"),
    "a redirect without address": http(status="302 Found"),
    "a wrong number of areas": about(admUnitCount="148"),
    "another country": about(boundaryISO="KHM"),
    "another level": about(boundaryType="ADM1"),
}  # fmt: skip
# Answers to the request for the layer.
LAYER_LIES: dict[str, bytes] = {
    "nothing at all": b"",
    "an empty body": http(),
    "a web page": http(b"<!DOCTYPE html><html>login</html>"),
    "a pointer of Git LFS": http(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
    "zeros": http(b"\0" * 4096),
    "a zip of nothing": http(b"PK\x05\x06" + b"\0" * 18),
    "a database": http(b"SQLite format 3\0" + b"\0" * 4096),
    "half of the layer, told as whole": http(LAYER[: len(LAYER) // 2]),
    "compressed though not asked": http(b"\x1f\x8b\x08\0" + LAYER, "Content-Encoding: gzip"),
    "no features": http(b'{"type": "FeatureCollection", "features": []}'),
    "no layer": http(b'{"type": "Feature"}'),
    "another SHA-256": http(LAYER, f"Repr-Digest: sha-256=:{base64.b64encode(bytes(32)).decode()}:"),
    "points": http(LAYER.replace(b"Polygon", b"Point")),
    "a length below zero": http(LAYER, length=-5),
    "a length that is no number": http(LAYER, length="many"),
    "more than it said": http(LAYER, length=50),
    "less than it said": http(LAYER, length=10**6),
    "a broken chunk": http(b"zz\r\n" + LAYER, CHUNKED, length=""),
    "a chunk that ends early": http(b"fffff\r\n" + LAYER, CHUNKED, length=""),
    "a part that nobody asked for": http(LAYER[9:], f"Content-Range: bytes 9-99/{len(LAYER)}", status="206 Partial Content"),
    "a range that is never there": http(status="416 Range Not Satisfiable"),
    "a redirect to a file": http(b"", "Location: file:///etc/passwd", status="301 Moved"),
    "a new tag each time": http(LAYER[:50], 'ETag: "x"', length=len(LAYER)),
}  # fmt: skip


@pytest.fixture
def serve() -> Iterator[Callable[[bytes, bytes], str]]:
    """Return a function that starts a server with one answer per path, byte for byte, and gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    here = f"127.0.0.1:{listening.getsockname()[1]}"
    answers: dict[bytes, bytes] = {}

    def answer() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                asked = connection.recv(65536)
                if not asked:
                    return
                said = answers[b"/api" if b" /api/" in asked.split(b"\r\n")[0] else b"/layer"]
                try:
                    connection.sendall(said.replace(b"HERE", here.encode()))
                except OSError:
                    continue

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()

    def start(question: bytes, layer: bytes) -> str:
        # The address of the server is longer than its mark: the length is told anew.
        body = question.partition(b"\r\n\r\n")[2]
        grown = len(body.replace(b"HERE", here.encode()))
        answers[b"/api"] = question.replace(b"Content-Length: %d" % len(body), b"Content-Length: %d" % grown)
        answers[b"/layer"] = layer
        return f"http://{here}/api"

    yield start
    with socket.create_connection(listening.getsockname()):
        pass
    thread.join(5)
    listening.close()


LIES = {
    **{f"about: {name}": (said, http(LAYER)) for name, said in ABOUT_LIES.items()},
    **{f"layer: {name}": (GOOD, said) for name, said in LAYER_LIES.items()},
}


def get(target: Path, service: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    ask = download.download_boundaries
    monkeypatch.setattr(
        "geoplan.outputs.downloaded_boundaries.download_boundaries",
        lambda country, **given: ask(country, **{**given, "service": service}),
    )
    done = CliRunner().invoke(app, ["boundaries", "get", "LAO", "-o", str(target)])
    return done.exit_code, done.stderr


@pytest.mark.parametrize("name", LIES)
def test_each_lie_ends_in_one_error_with_nothing_left(
    name: str, serve: Callable[[bytes, bytes], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "lao.geojson"
    target.write_text("precious")
    code, said = get(target, serve(*LIES[name]), monkeypatch)
    assert code == 1, said
    assert said.count("\n  →") <= 1 and "Traceback" not in said
    assert target.read_text() == "precious"
    # What came before a connection broke may stay, to be continued.
    left = {path.name for path in tmp_path.iterdir()} - {"lao.geojson"}
    assert left <= {"lao.geojson.part", "lao.geojson.part.tag"} if "cut off" in said else not left


DIGEST = f"Digest: SHA-256={base64.b64encode(hashlib.sha256(LAYER).digest()).decode()}"


@pytest.mark.parametrize(
    ("layer", "compared"),
    [
        (http(LAYER, length=""), "nothing: the service states neither size nor checksum"),
        (http(LAYER), "size of the service"),
        (http(LAYER, DIGEST), "SHA-256 of the service"),
    ],
)
def test_a_true_answer_is_taken_and_says_what_it_was_compared_with(
    layer: bytes,
    compared: str,
    serve: Callable[[bytes, bytes], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, said = get(tmp_path / "d.geojson", serve(GOOD, layer), monkeypatch)
    assert code == 0, said
    assert f"compared with: {compared}\n" in (tmp_path / "d.geojson.provenance.txt").read_text()
