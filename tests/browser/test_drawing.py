"""Districts are drawn with the corners that a screen can show, and no others."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import box

from geoplan.page import build_map, render_page

from .conftest import tick

RINGS = """() => {
    const { arcs, rings, shapes } = geoplan.page.drawnDistricts;
    const forth = (index) => [...(index < 0 ? arcs[~index] : arcs[index])];
    const pairs = (flat) => flat.flatMap((_, at) => (at % 2 ? [] : [[flat[at], flat[at + 1]]]));
    const whole = rings.map((own) => own.map((ring) =>
        ring.flatMap((index) => (index < 0 ? pairs(forth(index)).reverse() : pairs(forth(index))))));
    return [whole, shapes.map(({ outlines }) => outlines.map((outline) => pairs([...outline]))), geoplan.page.canvas.frame()];
}"""


def outlines(opened):
    """Return each outline with all its corners, as it is drawn, and how many pixels a unit has."""
    whole, drawn, frame = opened.page.evaluate(RINGS)
    pairs = [
        pair for of_district in zip(whole, drawn, strict=True) for pair in zip(*of_district, strict=True)
    ]
    return [(np.array(full), np.array(shown)) for full, shown in pairs], frame["scale"] * frame["ratio"]


@pytest.mark.parametrize(("nearer", "ratio"), [(-3, 1), (-1, 1), (0, 1), (0, 2.5), (2, 1)])
def test_no_border_is_seen_beside_where_it_is(open_page, home_html, nearer, ratio):
    opened = open_page(home_html, device_scale_factor=ratio)
    opened.page.evaluate(
        "(nearer) => geoplan.page.map.setZoom(geoplan.page.map.getZoom() + nearer, { animate: false })",
        nearer,
    )
    pairs, scale = outlines(opened)
    assert len(pairs) >= 7
    for full, shown in pairs:
        beside = shapely.hausdorff_distance(shapely.LinearRing(full), shapely.LinearRing(shown), densify=0.2)
        assert beside * scale < 0.4
        assert {tuple(corner) for corner in shown} <= {tuple(corner) for corner in full}


PRINTED = 3  # pixels on paper for each pixel of the page


@pytest.mark.parametrize("paper", ["a4", "a3"])
def test_no_border_is_printed_beside_where_it_is(open_page, home_html, paper):
    opened = open_page(home_html, address=f"#paper={paper}")
    pairs, scale = outlines(opened)
    on_screen = sum(len(shown) for _, shown in pairs)
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    pairs, _ = outlines(opened)
    scale = opened.page.evaluate("geoplan.page.canvas.frame().scale") * PRINTED
    for full, shown in pairs:
        beside = shapely.hausdorff_distance(shapely.LinearRing(full), shapely.LinearRing(shown), densify=0.2)
        assert beside * scale < 0.4
    assert sum(len(shown) for _, shown in pairs) > on_screen


def test_the_nearer_the_more_corners(open_page, home_html):
    opened = open_page(home_html)
    corners = []
    for zoom in (5, 7, 9, 14):
        opened.page.evaluate("(zoom) => geoplan.page.map.setZoom(zoom, { animate: false })", zoom)
        pairs, _ = outlines(opened)
        corners.append(sum(len(shown) for _, shown in pairs))
    assert corners == sorted(corners) and corners[0] < 0.2 * corners[-1]
    whole = sum(len(np.unique(full, axis=0)) for full, _ in pairs)
    assert corners[-1] > 0.97 * whole
    opened.check()


PAINTED = """() => {
    const { canvas, drawnDistricts: { shapes, inner, provinces, outer } } = geoplan.page;
    const painted = new Set();
    const pen = canvas._container.getContext("2d");
    for (const act of ["fill", "stroke"])
        pen[act] = function (path, ...rest) {
            painted.add(path);
            CanvasRenderingContext2D.prototype[act].call(this, ...[path, ...rest].filter(Boolean));
        };
    canvas.paint();
    for (const act of ["fill", "stroke"]) delete pen[act];
    const among = (pieces) => pieces.map(({ path }, at) => (painted.has(path) ? at : -1)).filter((at) => at >= 0);
    const borders = [...inner, ...provinces, ...outer];
    return [among(shapes), among(borders).length, borders.length];
}"""


def test_what_is_out_of_sight_is_not_painted(open_page, home_html):
    opened = open_page(home_html)
    districts, borders, all_borders = opened.page.evaluate(PAINTED)
    assert (districts, borders) == (list(range(7)), all_borders)
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 0 }, true)")
    opened.page.evaluate("geoplan.page.map.setZoom(geoplan.page.map.getZoom() + 3, { animate: false })")
    districts, borders, all_borders = opened.page.evaluate(PAINTED)
    assert 0 in districts and len(districts) < 7
    assert borders < all_borders
    opened.check()


def test_projects_are_sorted_only_while_their_tab_is_open(open_page, home_html):
    opened = open_page(home_html)
    assert opened.page.locator("#projects *").count() == 0
    opened.page.click("#open-projects")
    shown = opened.page.locator("#projects tbody tr").count()
    assert shown > 0
    choose_one = "geoplan.page.change({ from: geoplan.page.view.to })"
    opened.page.evaluate(choose_one)
    assert 0 < opened.page.locator("#projects tbody tr").count() <= shown
    opened.page.click("#open-districts")
    opened.page.evaluate("geoplan.page.reset()")
    assert opened.page.locator("#projects *").count() == 0
    opened.check()


def test_a_zoom_and_a_move_paint_once_each(open_page, home_html):
    opened = open_page(home_html)
    counts = opened.page.evaluate("""() => {
        const { map, canvas } = geoplan.page;
        let count = 0;
        const own = canvas.paintWith;
        canvas.paintWith = function (pen) { count += 1; own.call(this, pen); };
        const painted = (act) => { count = 0; act(); return count; };
        return [
            painted(() => map.setZoom(map.getZoom() + 1, { animate: false })),
            painted(() => map.panBy([60, 40], { animate: false })),
            painted(() => canvas.paintAt(3)),
            painted(() => canvas.paintAt(3)),
            painted(() => canvas.paint()),
        ];
    }""")
    assert counts == [1] * 5
    opened.check()


COLOURED = """() => {
    const { canvas, drawnDistricts, classes } = geoplan.page;
    const shown = canvas._container;
    const [frame, area] = [canvas.frame(), new OffscreenCanvas(shown.width, shown.height).getContext("2d")];
    const scale = frame.scale * frame.ratio;
    area.setTransform(scale, 0, 0, scale, frame.left * frame.ratio, frame.top * frame.ratio);
    for (const { path } of drawnDistricts.shapes) area.fill(path);
    const pixels = (pen) => pen.getImageData(0, 0, shown.width, shown.height).data;
    const [inside, drawn] = [pixels(area), pixels(shown.getContext("2d"))];
    const colours = classes.rows.map(({ colour }) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
    let [all, coloured] = [0, 0];
    for (let at = 0; at < inside.length; at += 4) {
        if (inside[at + 3] < 250) continue;
        all += 1;
        coloured += colours.some((colour) => colour.every((part, of) => Math.abs(part - drawn[at + of]) < 5));
    }
    return coloured / all;
}"""


@pytest.mark.parametrize("side", [20, 70])
def test_colour_fills_small_districts(open_page, toys, side):
    districts = toys.squares(side * side)
    for at, row in enumerate(districts):
        row["geometry"] = box(at % side, at // side, at % side + 1, at // side + 1)
    projects = [{"project": f"P{at:04}"} for at in range(side * side)]
    places = [{"project": f"P{at:04}", "district": f"D{at}"} for at in range(side * side)]
    amounts = [toys.amount(f"P{at:04}", 100 * (1 + at * at % 97)) for at in range(side * side)]
    opened = open_page(render_page(build_map(toys.plan_of(districts, projects, places, amounts))))
    tick(opened.page, "#show-labels", on=False)
    opened.settle()
    assert opened.page.evaluate(COLOURED) > 0.75
    opened.check()
