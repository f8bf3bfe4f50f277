"""The page against ``GeoDataFrame.explore()``: file size, build time, time to ready, heap, slowest frame.

Needs Chromium, and matplotlib for ``explore()`` (which gets Leaflet inside its page and no other library, so
that it is not charged for the line). Run: ``python benchmarks/page.py [--projects 10000 50000] [--runs 3]``
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).parent))

from layers import district_layer

from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.page import build_map, render_page
from geoplan.page.document import leaflet_script, leaflet_style
from geoplan.plan.plan_tables import Plan

SEED = 20095
DISTRICTS = 150
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--enable-precise-memory-info",
]
LIMIT = 180_000  # milliseconds a page may take before it is given up

READY = """(() => {
    // Asked inside the page, so that it is not charged for the way to the driver and back.
    const isThere = () => !%(waits)s || document.documentElement.dataset.ready === "yes";
    const there = new Promise((done) => addEventListener("load", () => {
        if (isThere()) return done();
        new MutationObserver((_, watch) => {
            if (!isThere()) return;
            watch.disconnect();
            done();
        }).observe(document.documentElement, { attributes: true });
    }));
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error("the page was never ready")), %(limit)d));
    window.ready = Promise.race([there, late]).then(async () => {
        // Reading a pixel back waits until all that was drawn on a canvas is there.
        for (const canvas of document.querySelectorAll("canvas")) canvas.getContext("2d").getImageData(0, 0, 1, 1);
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        return performance.now();
    });
})()"""

FRAMES = """async () => {
    const gaps = [];
    let last = performance.now();
    let going = true;
    const beat = (now) => { gaps.push(now - last); last = now; if (going) requestAnimationFrame(beat); };
    requestAnimationFrame(beat);
    await new Promise((done) => setTimeout(done, 2500));
    going = false;
    return Math.max(...gaps.slice(1));
}"""


# The least that a page of this kind can take: Leaflet, script and data are read, and nothing is drawn.
FLOOR = """(() => {
    let kept;
    Object.defineProperty(window, "geoplan", {
        get: () => kept,
        set: (value) => {
            kept = value;
            const opened = () => { document.documentElement.dataset.ready = "yes"; };
            Object.defineProperty(kept, "openPage", { get: () => opened, set: () => null });
        },
    });
})()"""

ZOOMED = """() => {
    const { map, canvas } = geoplan.page;
    const start = map.getZoom();
    const times = [];
    for (let step = 1; step <= 24; step += 1) {
        const before = performance.now();
        map.setZoom(start + (step % 4) / 2, { animate: false });
        canvas._container.getContext("2d").getImageData(0, 0, 1, 1);
        times.push(performance.now() - before);
    }
    times.sort((a, b) => a - b);
    return times[Math.ceil(0.95 * times.length) - 1];
}"""
ZOOMED_DISTRICTS = 5_000


@dataclass(frozen=True)
class Figures:
    """What was measured of one page."""

    megabytes: float
    build: float
    ready: float
    heap: float
    frame: float


def make_plan(projects: int, districts: int) -> Plan:
    """Make a plan of as many projects, each with one point and two amounts, over detailed districts."""
    random = np.random.default_rng(SEED)
    shapes = district_layer(districts)
    codes = [f"D{at:04}" for at in range(districts)]
    west, south, east, north = shapely.total_bounds(shapes)
    points = shapely.points(random.uniform(west, east, projects), random.uniform(south, north, projects))
    names = np.array([f"P{at:06}" for at in range(projects)], dtype=object)
    titles = [f"Rural infrastructure project number {at}" for at in range(projects)]
    twice = np.repeat(names, 2)
    spending = {
        "project": twice,
        "component": random.choice([f"Component {at}" for at in range(6)], len(twice)).astype(object),
        "funder": random.choice([f"Funder {at}" for at in range(12)], len(twice)).astype(object),
        "year": random.integers(2009, 2017, len(twice)),
        "kind": "budget",
        "currency": "EUR",
        "amount_minor": random.integers(100_000, 50_000_000, len(twice)),
        "rounding": Decimal(0),
    }
    profile = {
        "district": codes,
        "year": 2010,
        "population": random.integers(10_000, 90_000, districts),
        "poor": random.integers(1_000, 9_000, districts),
        "poverty_class": random.choice(["better off", "poor", "very poor"], districts),
    }
    return Plan(
        title=f"{projects:,} projects",
        districts=spatial("districts", {"district": codes, "name": codes}, shapes),
        profile=table("profile", profile, districts),
        projects=table("projects", {"project": names, "title": titles}, projects),
        locations=spatial("locations", {"project": names, "location": names, "name": titles}, points),
        spending=table("spending", spending, len(twice)).assign(rounding=Decimal(0)),
    )


def table(name: str, columns: dict[str, Any], rows: int) -> pd.DataFrame:
    """Return a table of the schema, with what is not given missing."""
    made = pd.DataFrame(
        {column: columns.get(column, np.full(rows, None)) for column in TABLES[name].read_names},
        index=range(rows),
    )
    return made.assign(**{SOURCE_ROW: range(2, rows + 2), SOURCE_FILE: f"{name}.csv"})


def spatial(name: str, columns: dict[str, Any], shapes: Any) -> gpd.GeoDataFrame:
    """Return a table of the schema with geometry."""
    made = table(name, columns, len(shapes)).drop(columns="geometry")
    for column in {"precision", "share", "lon", "lat"} & set(made):
        made[column] = pd.to_numeric(made[column])
    return gpd.GeoDataFrame(made, geometry=shapes, crs=4326)


def write_page(plan: Plan) -> str:
    """Return geoplan's page."""
    return render_page(build_map(plan))


def write_explore(plan: Plan, *, canvas: bool = False) -> str:
    """Return what ``explore()`` makes of the same content: districts by amount, projects with what is known of them.

    It draws with SVG unless `prefer_canvas` is set, which few users know.
    """
    told = (
        plan.spending.astype({"year": str}).groupby("project")[["component", "funder", "year"]].agg(", ".join)
    )
    amounts = (plan.spending.groupby("project")["amount_minor"].sum() / 100).rename("amount")
    points = (
        plan.locations[["project", "name", "geometry"]]
        .set_index("project")
        .join(told)
        .join(amounts)
        .reset_index()
    )
    joined = points.sjoin(plan.districts[["district", "geometry"]])
    by_district = joined.groupby("district")["amount"].sum()
    districts = plan.districts[["district", "name", "geometry"]].assign(
        amount=lambda frame: frame["district"].map(by_district)
    )
    shown = districts.explore(
        column="amount", scheme="quantiles", tiles=None, prefer_canvas=canvas, legend=False
    )
    return points.explore(m=shown, color="orange").get_root().render()


def write_floor(plan: Plan) -> str:
    """Return geoplan's page, which is then opened without drawing anything."""
    return write_page(plan)


WRITERS: dict[str, Callable[[Plan], str]] = {
    "geoplan": write_page,
    "floor (nothing drawn)": write_floor,
    "explore()": write_explore,
    "explore(prefer_canvas=True)": lambda plan: write_explore(plan, canvas=True),
}


def measure(browser: Any, write: Callable[[Plan], str], plan: Plan, folder: Path) -> Figures:
    """Write a page, open it and watch it move."""
    start = time.perf_counter()
    html = write(plan)
    built = time.perf_counter() - start
    path = folder / "page.html"
    path.write_bytes(without_links(html).encode() if "https://cdn" in html else html.encode())
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(LIMIT)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        waits = write in (write_page, write_floor)
        page.add_init_script(READY % {"waits": "true" if waits else "false", "limit": LIMIT})
        if write is write_floor:
            page.add_init_script(FLOOR)
        page.goto(path.as_uri(), wait_until="load", timeout=LIMIT)
        ready = page.evaluate("window.ready")
        heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        frame = slowest_frame(page)
    finally:
        page.close()
    if faults:
        raise RuntimeError(f"the page failed: {faults[0]}")
    return Figures(len(html.encode()) / 1e6, built, ready / 1000, heap, frame)


def zoom_time(browser: Any, folder: Path) -> float:
    """Return the time in which 95 % of zooms are drawn, in milliseconds, at `ZOOMED_DISTRICTS` districts."""
    path = folder / "zoomed.html"
    path.write_bytes(write_page(make_plan(1_000, ZOOMED_DISTRICTS)).encode())
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(LIMIT)
    page.goto(path.as_uri(), wait_until="load")
    page.wait_for_selector("html[data-ready=yes]")
    page.evaluate(ZOOMED)  # what is made once for each zoom is there after this
    taken = float(page.evaluate(ZOOMED))
    page.close()
    return taken


def slowest_frame(page: Any) -> float:
    """Drag and zoom the map, and return the longest gap between frames, in milliseconds."""
    page.evaluate(f"window.watching = ({FRAMES})()")
    page.mouse.move(800, 400)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(800 - 18 * step, 400 + 8 * step)
    page.mouse.up()
    page.mouse.wheel(0, -300)
    return float(page.evaluate("window.watching"))


def without_links(html: str) -> str:
    """Take the links to content networks out of a page, and put Leaflet itself in: nothing waits for the line."""
    script, style = leaflet_script(), leaflet_style(images=True)
    bare = re.sub(r'<script src="https:[^>]*></script>|<link rel="stylesheet" href="https:[^>]*/>', "", html)
    return bare.replace("<head>", f"<head><style>{style}</style><script>{script}</script>", 1)


def best(results: list[Figures]) -> Figures:
    """Return the medians over several runs."""
    return Figures(
        *(
            statistics.median(getattr(result, name) for result in results)
            for name in Figures.__dataclass_fields__
        )
    )


def main() -> None:
    """Measure both, side by side."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--projects", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument(
        "--large", action="store_true", help="also 200,000 projects over 1,000 districts, geoplan only"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-explore", action="store_true")
    given = parser.parse_args()
    cases = [(projects, DISTRICTS, not given.no_explore) for projects in given.projects]
    cases += [(200_000, 1_000, False)] if given.large else []
    from playwright.sync_api import sync_playwright

    print(
        f"{'projects':>9} {'districts':>9} {'page':<27} {'file MB':>8} {'build s':>8} {'ready s':>8} {'heap MB':>8} {'slowest frame ms':>17}"
    )
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        for projects, districts, with_explore in cases:
            plan = make_plan(projects, districts)
            for name, write in WRITERS.items():
                if write in (write_page, write_floor) or with_explore:
                    found = best([measure(browser, write, plan, Path(folder)) for _ in range(given.runs)])
                    print(
                        f"{projects:>9,} {districts:>9,} {name:<27} {found.megabytes:>8.2f} {found.build:>8.2f} "
                        f"{found.ready:>8.2f} {found.heap:>8.0f} {found.frame:>17.0f}",
                        flush=True,
                    )
        print(f"zoom at {ZOOMED_DISTRICTS:,} districts, p95: {zoom_time(browser, Path(folder)):.0f} ms")
        browser.close()


if __name__ == "__main__":
    main()
