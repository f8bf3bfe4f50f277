"""Boundaries by name, from a local server that answers as geoBoundaries does."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.errors import InputError, UnreachableError, UsageError
from geoplan.outputs.downloaded_boundaries import get_boundaries
from geoplan.sources import download

LAYER = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "shapeName": f"D{x}",
                    "shapeID": f"{x}",
                    "shapeGroup": "LAO",
                    "shapeType": "ADM2",
                },
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]],
                },
            }
            for x in range(3)
        ],
    }
).encode()


class Service(BaseHTTPRequestHandler):
    """One answer of each kind, by path."""

    asked: ClassVar[list[tuple[str, str | None]]] = []
    tag: ClassVar[str] = '"one"'
    layer: ClassVar[bytes] = LAYER
    heeds_tags: ClassVar[bool] = True
    cuts: ClassVar[bool] = True

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Range")))
        here = f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[attr-defined]
        if self.path == "/api/LAO/ADM2/":
            about = {"boundaryID": "LAO-ADM2-1", "boundaryName": "Laos", "boundaryISO": "LAO", "boundaryType": "ADM2",
                     "boundaryYearRepresented": "2019", "boundaryLicense": "CC BY 3.0 IGO", "boundarySource": "OCHA",
                     "admUnitCount": "3", "gjDownloadURL": f"{here}/moved"}  # fmt: skip
            self.send(json.dumps(about).encode())
        elif self.path == "/api/LAO/ADM1/":
            self.send(json.dumps({"gjDownloadURL": f"{here}/layer", "admUnitCount": "18"}).encode())
        elif self.path == "/api/PAG/ADM2/":
            self.send(b"<html>maintenance</html>")
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/layer")
            self.end_headers()
        elif self.path in ("/layer", "/cut"):
            self.send_layer(cut=self.path == "/cut" and self.cuts and not self.headers.get("Range"))
        elif self.path == "/page":
            self.send(b"<!DOCTYPE html><html></html>")
        elif self.path == "/pointer":
            self.send(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
        else:
            self.send_error(404)

    def send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_layer(self, *, cut: bool) -> None:
        asked = self.headers.get("Range")
        if self.heeds_tags and self.headers.get("If-Range") != self.tag:
            asked = None
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(self.layer) - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(self.layer) - 1}/{len(self.layer)}")
        if self.tag.startswith('"'):
            self.send_header("ETag", self.tag)
        elif self.tag:
            self.send_header("Last-Modified", self.tag)
        self.end_headers()
        self.wfile.write(self.layer[start : 100 if cut else None])

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def here() -> Iterator[str]:
    Service.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_that_cannot_take_its_place_leaves_nothing_beside_it(tmp_path: Path) -> None:
    source, target = tmp_path / "source.geojson", tmp_path / "data" / "lao.geojson"
    source.write_bytes(LAYER)
    (target / "taken").mkdir(parents=True)
    with pytest.raises((OSError, UsageError)):
        get_boundaries("LAO", level=2, target=target, source=str(source))
    assert [path.name for path in target.parent.iterdir()] == ["lao.geojson"]


def test_a_layer_comes_with_licence_and_checksum(here: str, tmp_path: Path) -> None:
    target = tmp_path / "data" / "lao.geojson"
    note = get_boundaries("lao", level=2, target=target, service=f"{here}/api")
    assert target.read_bytes() == LAYER
    text = note.read_text()
    for said in (
        "licence: CC BY 3.0 IGO",
        "year represented: 2019",
        "areas: 3",
        hashlib.sha256(LAYER).hexdigest(),
    ):
        assert said in text
    assert sorted(path.name for path in target.parent.iterdir()) == [
        "lao.geojson",
        "lao.geojson.provenance.txt",
    ]


def test_a_download_that_was_cut_off_goes_on(here: str, tmp_path: Path) -> None:
    target = tmp_path / "lao.geojson"
    target.write_text("precious")
    with pytest.raises(InputError, match="cut off after 100 bytes"):
        get_boundaries("LAO", level=2, target=target, source=f"{here}/cut")
    assert target.read_text() == "precious"
    get_boundaries("LAO", level=2, target=target, source=f"{here}/cut")
    assert target.read_bytes() == LAYER
    assert Service.asked == [("/cut", None), ("/cut", "bytes=100-")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lao.geojson", "lao.geojson.provenance.txt"]


OTHER = LAYER.replace(b'"D1"', b'"Another name"')


@pytest.mark.parametrize("heeds_tags", [True, False])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"one"', '"two"'),
        ("Mon, 01 Jan 2024 00:00:00 GMT", "Tue, 02 Jan 2024 00:00:00 GMT"),
        ("", ""),
        ('"one"', ""),
    ],
)
def test_a_file_that_changed_in_between_is_never_stitched(
    before: str, after: str, heeds_tags: bool, here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the server heeds the tag, or sends the rest of the other file all the same."""
    monkeypatch.setattr(Service, "heeds_tags", heeds_tags)
    monkeypatch.setattr(Service, "tag", before)
    target = tmp_path / "lao.geojson"
    with pytest.raises(InputError, match="it starts again" if not before else "it continues"):
        get_boundaries("LAO", level=2, target=target, source=f"{here}/cut")
    monkeypatch.setattr(Service, "tag", after)
    monkeypatch.setattr(Service, "layer", OTHER)
    monkeypatch.setattr(Service, "cuts", False)
    get_boundaries("LAO", level=2, target=target, source=f"{here}/cut")
    assert target.read_bytes() == OTHER


def test_what_was_begun_elsewhere_is_not_gone_on_with(here: str, tmp_path: Path) -> None:
    target = tmp_path / "lao.geojson"
    with pytest.raises(InputError, match="cut off"):
        get_boundaries("LAO", level=2, target=target, source=f"{here}/cut")
    get_boundaries("LAO", level=2, target=target, source=f"{here}/layer")
    assert target.read_bytes() == LAYER
    assert Service.asked[-1] == ("/layer", None)


def test_a_full_disk_is_told_as_such(here: str, tmp_path: Path) -> None:
    (tmp_path / "lao.geojson.part").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        get_boundaries("LAO", level=2, target=tmp_path / "lao.geojson", source=f"{here}/layer")


@pytest.mark.parametrize(
    ("country", "level", "source", "said"),
    [
        ("XXX", 2, "geoboundaries", "answers 404"),
        ("PAG", 2, "geoboundaries", "not answer with JSON"),
        ("LAO", 1, "geoboundaries", "has 3 areas, but the service says 18"),
        ("LAO", 2, "/page", "a web page, not a layer"),
        ("LAO", 2, "/pointer", "Git LFS"),
        ("LAO", 2, "/gone", "answers 404"),
    ],
)
def test_what_is_no_layer_is_refused(
    country: str, level: int, source: str, said: str, here: str, tmp_path: Path
) -> None:
    target = tmp_path / "lao.geojson"
    target.write_text("precious")
    where = source if source == "geoboundaries" else here + source
    with pytest.raises(InputError, match=said):
        get_boundaries(country, level=level, target=target, source=where, service=f"{here}/api")
    assert [path.name for path in tmp_path.iterdir()] == ["lao.geojson"]
    assert target.read_text() == "precious"


def test_without_network_or_with_a_wrong_code(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=r"127.0.0.1: cannot be reached"):
        get_boundaries("LAO", level=2, target=tmp_path / "x.geojson", service="http://127.0.0.1:9/api")
    with pytest.raises(UsageError, match="three letters"):
        get_boundaries("Laos", level=2, target=tmp_path / "x.geojson")
    target = tmp_path / "x.geojson"
    command = ["boundaries", "get", "LAO", "--source", "http://127.0.0.1:9/layer", "-o", str(target)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert "give a local file as source" in done.stderr and "usage" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_takes_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.geojson").write_bytes(LAYER)
    target = tmp_path / "out.geojson"
    done = CliRunner().invoke(
        app, ["boundaries", "get", "LAO", "--source", str(tmp_path / "mine.geojson"), "-o", str(target)]
    )
    assert done.exit_code == 0, done.stderr
    assert target.read_bytes() == LAYER
    assert "licence: not stated" in (tmp_path / "out.geojson.provenance.txt").read_text()


def test_https_is_not_left_by_a_redirect_or_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    request = urllib.request.Request("https://maps.example/a")
    redirects = download._SafeRedirects()
    with pytest.raises(InputError, match=r"not https.*'http://other.example/b'"):
        redirects.redirect_request(request, None, 302, "Found", {}, "http://other.example/b")
    followed = redirects.redirect_request(request, None, 302, "Found", {}, "https://other.example/b")
    assert followed is not None and followed.full_url == "https://other.example/b"
    answer = io.BytesIO(json.dumps({"gjDownloadURL": "http://other.example/layer"}).encode())
    monkeypatch.setattr(download, "_open", lambda _: answer)
    with pytest.raises(InputError, match="names no layer to download"):
        download._ask("https://maps.example/api/LAO/ADM2/")


def test_a_download_ends_after_its_time(here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_LONGEST", -1)
    monkeypatch.setattr(download, "_PIECE", 10)
    with pytest.raises(InputError, match="cut off after"):
        get_boundaries("LAO", level=2, target=tmp_path / "d.geojson", source=f"{here}/layer")
    assert not (tmp_path / "d.geojson").exists()


def test_certificates_are_known_where_the_system_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for the Python of python.org on macOS before the script of its installer is run."""
    (tmp_path / "none").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert download.trusted_certificates().cert_store_stats()["x509_ca"] > 50
