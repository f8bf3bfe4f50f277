"""Chromium with the network off, and pages written to a folder as a planner would have them."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan
from geoplan.plan.vintages import carry_plan

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
LARGE = {"width": 1920, "height": 1080}


def give_up(reason: str) -> None:
    """Skip, or fail where the tests must not be skipped in silence."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        give_up("Chromium is not installed: the page is not tested in a browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("playwright is not installed: the page is not tested in a browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


def _turn(page: Any, selector: str, *, is_open: bool) -> None:
    page.evaluate(
        "([selector, isOpen]) => { document.querySelector(selector).closest('details').open = isOpen; }",
        [selector, is_open],
    )


def tick(page: Any, selector: str, *, on: bool = True) -> None:
    """Tick a box of a chip, or take its tick away; the chip is closed again, so that it hides nothing."""
    _turn(page, selector, is_open=True)
    page.set_checked(selector, on)
    _turn(page, selector, is_open=False)


def choose(page: Any, selector: str, value: str) -> None:
    """Choose an option of a select in a chip; the chip is closed again, so that it hides nothing."""
    _turn(page, selector, is_open=True)
    page.select_option(selector, value)
    _turn(page, selector, is_open=False)


@dataclass
class Opened:
    """A page in the browser, and what it asked for and complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Fail when anything was asked of the network or anything was complained about."""
        assert [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))] == []
        # The tests read pixels back, of which Chromium thinks it slow.
        assert [text for text in self.complaints if "willReadFrequently" not in text] == []

    def text(self, selector: str) -> str:
        """Return the text of an element, with thin and hard spaces as plain ones."""
        return self.page.inner_text(selector).replace("\u202f", " ").replace("\u00a0", " ")

    @property
    def address(self) -> str:
        """Return the page's address; Playwright's own `page.url` lags behind on a loaded machine."""
        return self.page.evaluate("location.href")

    def settle(self) -> None:
        """Wait until what was changed is laid out and drawn."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def wait(self, expression: str) -> None:
        """Wait until an expression holds; Playwright's own way runs strings, which the page's policy forbids."""
        for _ in range(500):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"never came true: {expression}")

    def colour(self, longitude: float, latitude: float) -> list[int]:
        """Return the colour of the map at a place, as red, green, blue."""
        return self.page.evaluate(
            """([longitude, latitude]) => {
                const { canvas, map } = geoplan.page;
                const frame = canvas.frame();
                const spot = map.latLngToLayerPoint([latitude, longitude]).subtract(canvas._bounds.min);
                const pixel = canvas._container.getContext("2d").getImageData(
                    Math.round(spot.x * frame.ratio), Math.round(spot.y * frame.ratio), 1, 1);
                return [...pixel.data].slice(0, 3);
            }""",
            [longitude, latitude],
        )

    def keep(self, name: str, *labels: str) -> None:
        """Keep only some names in a filter, by its check-list."""
        self.page.evaluate(
            """([name, labels]) => {
                const list = document.getElementById(`choose-${name}`);
                list.open = true;
                list.dispatchEvent(new Event("toggle"));
                list.querySelectorAll(".check-buttons button")[1].click();
                for (const label of list.querySelectorAll("li label"))
                    if (labels.includes(label.querySelector("bdi").textContent)) label.firstElementChild.click();
                list.open = false;
            }""",
            [name, labels],
        )

    def click_at(self, longitude: float, latitude: float) -> None:
        """Click on the map at a place."""
        spot = self.page.evaluate(
            """([longitude, latitude]) => {
                const { map } = geoplan.page;
                map.getContainer().scrollIntoView({ block: "nearest" });
                const point = map.latLngToContainerPoint([latitude, longitude]);
                const frame = map.getContainer().getBoundingClientRect();
                return [frame.left + point.x, frame.top + point.y];
            }""",
            [longitude, latitude],
        )
        self.page.mouse.click(*spot)


class Tab:
    """A tab with a context of its own, which one test after the other uses.

    Chromium needs four times as long for a page in a new tab as for one in a tab that it already has.
    """

    def __init__(self, browser: Any, options: dict[str, Any]) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.opened = Opened(self.page)
        self.page.on("request", lambda request: self.opened.requests.append(request.url))
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.opened.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.opened.complaints.append(message.text)

    def start(self, viewport: dict[str, int], *, offline: bool) -> Opened:
        """Forget the page before: an address that differs after its # only would not be loaded again."""
        self.page.goto("about:blank")
        self.page.emulate_media(media="null")
        self.page.mouse.move(0, 0)
        self.page.set_viewport_size(viewport)
        self.context.set_offline(offline)
        self.opened = Opened(self.page)
        return self.opened


@pytest.fixture(scope="session")
def tabs(browser: Any) -> Iterator[dict[str, list[Tab]]]:
    """Tabs of this run that no test uses now, by the options of their contexts."""
    free: dict[str, list[Tab]] = {}
    yield free
    for tab in (tab for alike in free.values() for tab in alike):
        tab.context.close()


@pytest.fixture
def open_page(browser: Any, tabs: dict[str, list[Tab]], tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Return a function that writes a page to a folder and opens it, with no network unless it may ask."""
    used: list[tuple[str, Tab]] = []

    def open_(
        html: str,
        *,
        viewport: dict[str, int] = DESK,
        address: str = "",
        wait: bool = True,
        offline: bool = True,
        **options: Any,
    ) -> Opened:
        path = tmp_path / "page.html"
        path.write_bytes(html.encode("utf-8"))
        key = repr(sorted(options.items()))
        free = tabs.setdefault(key, [])
        tab = free.pop() if free else Tab(browser, options)
        used.append((key, tab))
        opened = tab.start(viewport, offline=offline)
        page = tab.page
        page.goto(f"{path.as_uri()}{address}")
        if wait:
            page.wait_for_selector("html[data-ready=yes]", timeout=15_000)
        return opened

    yield open_
    for key, tab in used:
        tabs[key].append(tab)


@pytest.fixture(scope="session")
def toys() -> ModuleType:
    path = Path(__file__).parent.parent / "page" / "toy_plans.py"
    spec = importlib.util.spec_from_file_location("browser_toy_plans", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def small_html(toys: ModuleType) -> str:
    from geoplan.page import build_map, render_page

    return render_page(build_map(toys.small_plan()))


@pytest.fixture(scope="session")
def home_html() -> str:
    """Return the page of the home case, built once for all tests."""
    from geoplan.page import build_map, render_page

    return render_page(build_map(read_plan(find_bundled_plan())))


@pytest.fixture(scope="session")
def compared_html() -> str:
    """Return the page of the home case beside its districts of 2009, built once for all tests."""
    from geoplan.page import build_map, render_page

    plan = read_plan(find_bundled_plan())
    return render_page(build_map(plan, compare=carry_plan(plan, "2009")))
