"""Pointing at a row outlines its district on the map, and pointing at a district marks its row."""

from geoplan.page import build_map, render_page

OUTLINED = """(side) => {
    const on = side ? geoplan.page[side] : geoplan.page;
    const outline = on.map.outline;
    if (!outline || !on.map.hasLayer(outline)) return [];
    const frame = outline.frame();
    const pen = outline._container.getContext("2d");
    return on.data.districts.code.filter((code, at) => {
        const { box } = on.drawnDistricts.shapes[at];
        // A little above the middle of the lower edge: inside the line, on this side of the border.
        const x = ((box[0] + box[2]) / 2) * frame.scale + frame.left;
        const y = box[3] * frame.scale + frame.top;
        const [, , , opaque] = pen.getImageData(Math.round(x * frame.ratio), Math.round(y * frame.ratio), 1, 1).data;
        return opaque > 200;
    });
}"""


def marked(opened):
    return opened.page.eval_on_selector_all("#districts tr.pointed", "rows => rows.map(row => row.innerText.split('\\t')[0].trim())")  # fmt: skip


def outlined_under(page, selector):
    """Point at an element until the outline stays: on a slow machine the page may still move under the pointer."""
    before = None
    for _ in range(20):
        page.hover(selector)
        page.wait_for_timeout(50)
        found = page.evaluate(OUTLINED, None)
        if found == before:
            return found
        before = found
    raise AssertionError(f"the outline never came to rest: {found}")


def test_a_row_under_the_pointer_or_with_the_focus_outlines_its_district(open_page, small_html):
    opened = open_page(small_html)
    page = opened.page
    assert page.evaluate(OUTLINED, None) == []
    assert outlined_under(page, "#districts tr[data-district='2'] td") == ["D2"]
    assert marked(opened) == ["District 2"]
    assert outlined_under(page, "#districts tr[data-district='1'] td") == ["D1"]
    assert outlined_under(page, "h1") == []
    assert marked(opened) == []
    page.focus("#districts tr[data-district='0'] button")
    assert page.evaluate(OUTLINED, None) == ["D0"]
    page.keyboard.press("Tab")
    second = page.evaluate("document.activeElement.closest('tr').dataset.district")
    assert page.evaluate(OUTLINED, None) == [f"D{second}"]
    page.hover("#districts tr[data-district='3'] td")
    page.hover("h1")
    assert page.evaluate(OUTLINED, None) == [f"D{second}"]  # the focus is still there
    page.evaluate("document.activeElement.blur()")
    assert page.evaluate(OUTLINED, None) == []
    opened.check()


def test_a_district_under_the_pointer_is_outlined_and_marks_its_row(open_page, small_html):
    opened = open_page(small_html)
    spot = opened.page.evaluate(
        """() => {
            const point = geoplan.page.map.latLngToContainerPoint([0.15, 3.5]);
            const frame = geoplan.page.map.getContainer().getBoundingClientRect();
            return [frame.left + point.x, frame.top + point.y];
        }"""
    )
    opened.page.mouse.move(*spot)
    opened.page.wait_for_selector("#districts tr.pointed")
    assert marked(opened) == ["District 3"]
    assert opened.page.evaluate(OUTLINED, None) == ["D3"]
    opened.page.hover("h1")
    opened.wait("document.querySelector('#districts tr.pointed') === null")
    assert opened.page.evaluate(OUTLINED, None) == []
    opened.check()


def test_two_maps_outline_the_same_district_and_paper_none(open_page, toys):
    other = toys.plan_of(
        toys.squares(6)[2:],
        [{"project": "P"}],
        [{"project": "P", "geometry": toys.Point(2.5, 0.5)}],
        [toys.amount("P", 100)],
        title="Other",
    )
    opened = open_page(render_page(build_map(toys.small_plan(), compare=other)))
    opened.page.hover("#districts tr[data-district='3'] td")
    assert opened.page.evaluate(OUTLINED, None) == ["D3"]
    assert opened.page.evaluate(OUTLINED, "second") == ["D3"]
    opened.page.hover("#districts tr[data-district='0'] td")  # which the other plan does not have
    assert opened.page.evaluate(OUTLINED, "second") == []
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.page.evaluate(OUTLINED, None) == []
    opened.check()


def test_the_outline_stays_in_place_when_the_map_moves(open_page, small_html):
    opened = open_page(small_html)
    opened.page.focus("#districts tr[data-district='2'] button")
    opened.page.evaluate("geoplan.page.map.setZoom(geoplan.page.map.getZoom() + 0.5, { animate: false })")
    opened.page.evaluate("geoplan.page.map.panBy([40, 30], { animate: false })")
    assert opened.page.evaluate(OUTLINED, None) == ["D2"]
