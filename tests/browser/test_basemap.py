"""The basemap in Chromium: with a real server of tiles on this machine, and without one."""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import xyzservices

from geoplan.page import build_map, render_page
from geoplan.page.catalogues import read_catalogues

from .conftest import tick

GREEN = (40, 160, 90)


def tile() -> bytes:
    """Return a PNG of 256 × 256 pixels, all green."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = (b"\0" + bytes(GREEN) * 256) * 256
    head = struct.pack(">IIBBBBB", 256, 256, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")  # fmt: skip


class TileServer(ThreadingHTTPServer):
    """A server of tiles that remembers what it was asked for, and can be told to fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False
        super().__init__(("127.0.0.1", 0), TileHandler)


class TileHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, TileServer)
        self.server.asked.append(self.path)
        picture = tile()
        self.send_response(404 if self.server.fails else 200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", "0" if self.server.fails else str(len(picture)))
        self.end_headers()
        if not self.server.fails:
            self.wfile.write(picture)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests quiet."""


@pytest.fixture
def server() -> Iterator[TileServer]:
    with TileServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def provider(port: int, **about):
    url = f"http://127.0.0.1:{port}/{{z}}/{{x}}/{{y}}.png"
    return xyzservices.TileProvider(
        {"name": "Ours", "url": url, "attribution": "(C) Survey", "max_zoom": 12, **about}
    )


def becomes(opened, state):
    opened.wait(f"document.documentElement.dataset.basemap === '{state}'")


def pixel(opened, longitude, latitude):
    """Return the colour a reader sees at a place, from a screenshot."""
    spot = opened.page.evaluate(
        """([longitude, latitude]) => {
            const point = geoplan.page.map.latLngToContainerPoint([latitude, longitude]);
            const frame = geoplan.page.map.getContainer().getBoundingClientRect();
            return [frame.left + point.x, frame.top + point.y];
        }""",
        [longitude, latitude],
    )
    shot = opened.page.screenshot(
        clip={"x": round(spot[0]), "y": round(spot[1]), "width": 1, "height": 1}, animations="disabled"
    )
    return pixels_of(shot)


def pixels_of(png: bytes) -> tuple[int, ...]:
    """Return the only pixel of a PNG of one pixel."""
    content, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        content += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + length
    return tuple(zlib.decompress(content)[1:4])


@pytest.fixture
def with_tiles(open_page, toys, server):
    def open_(*, html=None, **options):
        built = html or render_page(build_map(toys.small_plan(), basemap=provider(server.server_port)))
        return open_page(built, offline=False, **options)

    return open_


def test_tiles_lie_under_districts_that_let_some_through(with_tiles, server):
    opened = with_tiles()
    becomes(opened, "shown")
    opened.wait("document.querySelectorAll('img.leaflet-tile-loaded').length > 3")
    opened.wait(
        "[...document.querySelectorAll('img.leaflet-tile-loaded')].every((tile) => getComputedStyle(tile).opacity === '1')"
    )
    assert opened.text("#basemap-note").strip("\u2068\u2069 ").replace("\u2068", "") == "Basemap: © Survey"
    assert pixel(opened, 3.5, 1.08) == GREEN
    for name in ("labels", "hatching", "points", "lines", "areas"):
        tick(opened.page, f"#show-{name}", on=False)
    red, green, blue = pixel(opened, 3.5, 0.5)  # no money: white, let through by a fifth
    assert (red, green, blue) == pytest.approx([0.8 * 255 + 0.2 * part for part in GREEN], abs=2)
    hosts = {url.split("/")[2] for url in opened.requests if url.startswith("http")}
    assert hosts == {f"127.0.0.1:{server.server_port}"}
    assert opened.complaints == []


def test_it_is_turned_off_and_on_and_the_address_keeps_it(with_tiles, server):
    opened = with_tiles()
    becomes(opened, "shown")
    tick(opened.page, "#show-basemap", on=False)
    assert opened.page.locator("img.leaflet-tile").count() == 0
    assert opened.page.is_hidden("#basemap-note")
    assert "hide=basemap" in opened.address
    tick(opened.page, "#show-basemap")
    becomes(opened, "shown")
    again = with_tiles(address="#hide=basemap")
    before = len(server.asked)
    again.page.wait_for_timeout(200)
    assert len(server.asked) == before > 0
    assert again.complaints == []


def test_both_maps_of_a_comparison_have_it_and_paper_has_not(with_tiles):
    opened = with_tiles()
    becomes(opened, "shown")
    opened.page.click("#compare")
    opened.wait("document.querySelectorAll('#second-map img.leaflet-tile-loaded').length > 1")
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator(".leaflet-tile-pane").first.is_hidden()
    assert opened.page.is_hidden("#basemap-note")
    opened.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert opened.page.is_visible("#basemap-note")
    opened.page.click("#compare")
    assert opened.complaints == []


@pytest.mark.parametrize("code", ["en", "fr", "lo"])
def test_a_server_that_does_not_answer_costs_one_request_and_no_tile(with_tiles, server, code):
    server.fails = True
    opened = with_tiles(address=f"#lang={code}")
    becomes(opened, "unreached")
    assert len(server.asked) == 1
    assert opened.page.locator("img").count() == 0
    assert opened.text("#basemap-note") == read_catalogues()[code]["basemap_not_reached"]
    for name in ("labels", "hatching", "points", "lines", "areas"):
        tick(opened.page, f"#show-{name}", on=False)
    assert opened.colour(3.5, 0.5) == [255, 255, 255]
    server.fails = False
    tick(opened.page, "#show-basemap", on=False)
    tick(opened.page, "#show-basemap")
    becomes(opened, "shown")


def test_a_line_that_breaks_takes_the_tiles_away(with_tiles, server):
    opened = with_tiles()
    becomes(opened, "shown")
    server.fails = True
    for at in range(3):
        opened.page.evaluate("at => geoplan.page.map.panBy([900 + at, 700], { animate: false })", at)
        opened.page.wait_for_timeout(150)
    becomes(opened, "unreached")
    assert opened.page.locator("img.leaflet-tile").count() == 0


def test_without_a_line_nothing_is_asked_and_nothing_complained_about(open_page, toys):
    html = render_page(build_map(toys.small_plan(), basemap="OpenStreetMap.Mapnik"))
    opened = open_page(html)
    becomes(opened, "unreached")
    assert "could not be loaded" in opened.text("#basemap-note")
    assert "© OpenStreetMap contributors" in opened.text("#about")
    opened.check()


def test_by_default_there_is_no_basemap_and_no_switch_for_one(open_page, small_html):
    opened = open_page(small_html, offline=False)
    assert opened.page.locator("#show-basemap, #basemap-note").count() == 0
    opened.check()


def test_hostile_names_and_attributions_stay_text(with_tiles, open_page, toys, server):
    for text in (toys.HOSTILE[0], toys.HOSTILE[2], toys.HOSTILE[12]):
        hostile = provider(server.server_port, name=text, attribution=text)
        opened = with_tiles(html=render_page(build_map(toys.small_plan(), basemap=hostile)))
        becomes(opened, "shown")
        assert opened.page.evaluate("window.canary") is None
        assert opened.page.locator("#basemap-note > *").count() == 0
        assert opened.complaints == []
