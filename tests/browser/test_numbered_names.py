"""Districts without room for their name have a number on the map, and their names stand in a list."""

from __future__ import annotations

import pytest
from shapely import box

from geoplan.page import build_map, render_page

from .conftest import DESK
from .test_legibility import WRITTEN

LISTED = "(list) => [...document.querySelectorAll(`${list} li`)].map((item) => item.textContent)"


@pytest.fixture
def opened(open_page, toys):
    """Open a page of 24 squares whose names are wider than they are; the names fall as the codes rise."""
    districts = [
        {
            **row,
            "name": f"Nongbouakhaotengthong {24 - at}",
            "geometry": box(at % 6, at // 6, at % 6 + 1, at // 6 + 1),
        }
        for at, row in enumerate(toys.squares(24))
    ]
    plan = toys.plan_of(
        districts, [{"project": "A"}], [{"project": "A", "district": "D1"}], [toys.amount("A", 100)]
    )
    found = open_page(render_page(build_map(plan)), viewport=DESK)
    yield found
    found.check()


def test_every_district_has_its_name_or_a_number_that_lies_over_it(opened):
    written = opened.page.evaluate(WRITTEN)
    listed = opened.page.evaluate(LISTED, "#numbered")
    assert listed == sorted(listed, key=lambda name: int(name.split()[-1]))
    named = [text for text, *_ in written if text.startswith("Nong")]
    assert len(named) > 3 and len(listed) > 3
    assert sorted([*named, *listed]) == sorted(f"Nongbouakhaotengthong {at + 1}" for at in range(24))
    numbers = written[-len(listed) :]
    assert [text for text, *_ in numbers] == [str(at + 1) for at in range(len(listed))]
    under = opened.page.evaluate(
        """(spots) => {
            const { data, drawnDistricts, canvas } = geoplan.page;
            const { scale, left, top } = canvas.frame();
            return spots.map(([, x, y]) => data.districts.name[geoplan.districtAt(drawnDistricts, (x - left) / scale, (y - top) / scale)]);
        }""",
        numbers,
    )
    assert under == listed


def test_nearer_names_need_no_number(opened):
    opened.page.evaluate("geoplan.page.map.setZoom(geoplan.page.map.getZoom() + 2, { animate: false })")
    opened.settle()
    assert opened.page.is_hidden("#numbered")
    opened.page.evaluate("geoplan.page.change({ labels: false })")
    assert opened.page.evaluate(WRITTEN) == []


def test_paper_lists_the_names_beside_the_map(opened):
    assert not opened.page.is_visible("#numbered-sheet")
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    listed = opened.page.evaluate(LISTED, "#numbered-sheet")
    assert listed == opened.page.evaluate(
        "geoplan.page.numbered.map((at) => geoplan.page.data.districts.name[at])"
    )
    assert opened.page.is_visible("#numbered-sheet") and not opened.page.is_visible("#numbered")
    opened.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert not opened.page.is_visible("#numbered-sheet")
