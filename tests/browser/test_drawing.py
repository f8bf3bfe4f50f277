"""Districts are drawn with the corners that a screen can show, and no others."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

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
